#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Words that predict scans: rates under a haemodynamic response, Lanczos resampling, nuisance
# taken out of both sides; examples/story-fmri, where the recordings are there.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
ANAFLOW_DATA=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
export ANAFLOW_DATA ANAFLOW
example=$ANA_SOURCE/examples/story-fmri

# Three runs of 150 scans of 2 s: y follows words (Poisson-like, in bursts) under a gamma
# response that peaks after 5 s; a drift far larger than that runs through y, and at other
# phases through the rate of the words.
write_story()
{
    awk 'BEGIN {
        srand(7)
        for (run = 1; run <= 3; run++) {
            grid = "run" run ".TextGrid"
            scans = "run" run ".txt"
            n = 0
            t = 0
            while (t < 296) {
                t += .15 + .9 * rand() + (rand() < .06 ? 6 * rand() : 0) + .3 * (1 + sin(t / 40 + run))
                at[n++] = t
            }
            printf "\"ooTextFile\"\n\"TextGrid\"\n0\n300\n<exists>\n1\n" >grid
            printf "\"IntervalTier\"\n\"words\"\n0\n300\n%d\n", 2 * n >grid
            end = 0
            for (i = 0; i < n; i++) {
                printf "%.4f\n%.4f\n\"sil\"\n%.4f\n%.4f\n\"w%d\"\n", end, at[i] - .05, at[i] - .05, at[i] + .05, i >grid
                end = at[i] + .05
            }
            for (k = 0; k < 150; k++) {
                y = 0
                for (i = 0; i < n; i++) {
                    u = 2 * k - at[i]
                    if (u > 0 && u < 32) y += u ^ 5 * exp(-u) / 120
                }
                print y + .15 * gauss(), gauss() >scans
                print 20 * cos(3.14159 * (k + .5) * run / 150), k >("drift" run ".txt")
            }
            close(scans)
            while ((getline line <scans) > 0) lines[m++] = line
            close(scans)
            for (k = 0; k < 150; k++) {
                split(lines[k], cell, " ")
                print cell[1] + 20 * cos(3.14159 * (k + .5) * run / 150) + .1 * k, cell[2] >scans
            }
            m = 0
        }
    }
    function gauss(  k, sum) { for (k = 0; k < 12; k++) sum += rand(); return sum - 6 }'
    cat >story.ini <<'END'
[study]
name = story
seed = 1
[stimulus story]
words = run*.TextGrid
[model words]
plugin = words
layers = rate
[features rate]
from = words
hrf = glover
nuisance = yes
[brain scans]
plugin = arrays
data = run*.txt : (time, target) @ 0.5 Hz
prepare = confounds(drift*.txt) zscore(run)
[folds]
by = run
[metric score]
plugin = ridge
END
}

# r_of TARGET: its median r.
r_of()
{
    awk -F '\t' -v target="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["measure"] == "r" && $at["fold"] == "median" && $at["target"] == target {
            print $at["score"] }' results/scores.tsv
}

# expect_r TARGET LOW HIGH
expect_r()
{
    awk -v r="$(r_of "$1")" -v low="$2" -v high="$3" 'BEGIN { exit !(r != "" && r >= low && r <= high) }' ||
        fail "r of target $1 is $(r_of "$1"), expected $2 to $3"
}

words_predict_scans()
{
    write_story
    anaflow run story.ini --output results
    expect_code 0
    expect_r 1 .75 1
    expect_r 2 -.25 .25
    expect_in results/report.html 'convolved with the haemodynamic response of Glover'
    expect_in results/report.html 'projected out of the features of that run, too'
    for set in hrf=spm nuisance=no; do
        rm -rf results
        anaflow run story.ini --output results --set "features rate.$set"
        expect_code 0
        expect_r 1 .6 1
    done
    rm -rf results
    anaflow run story.ini --output results --set 'features rate.hrf=none' \
        --set 'features rate.resample=lanczos 3' --set 'features rate.delays=0..8 TR'
    expect_code 0
    expect_r 1 .75 1
    rm -rf results
    anaflow run story.ini --output results --set 'features rate.resample=lanczos 3' \
        --set 'features rate.hrf=fir'
    expect_code 0
    expect_r 1 .7 1
}
claim 'the rate of words predicts scans through a response and through delays' \
    words_predict_scans

# Between runs whose drifts differ, drift that is left in y ruins the score; the same
# regressors out of x lose nothing.
drift_matters()
{
    write_story
    anaflow run story.ini --output results --set 'brain scans.prepare=zscore(run)' \
        --set 'features rate.nuisance=no'
    expect_code 0
    expect_r 1 -.3 .4
}
claim 'without confounds the drift ruins the score' drift_matters

# refused SENTENCE ARGUMENT...
refused()
{
    sentence=$1
    shift
    anaflow run story.ini --output results "$@"
    expect_code 2
    expect_in err "$sentence"
}

wrong_keys()
{
    write_story
    refused 'has a sample a word: say how words come onto' --set 'features rate.hrf=none'
    refused '`hrf = fir` stands for `delays = 1..4 TR`' --set 'features rate.hrf=fir' \
        --set 'features rate.delays=1 TR'
    refused 'takes features onto the recording'"'"'s clock by itself' \
        --set 'features rate.resample=lanczos 3'
    refused 'expected auto or lanczos N' --set 'features rate.resample=sinc'
    refused 'expected 1 to 32 lobes' --set 'features rate.resample=lanczos 99'
    refused 'takes no regressors out: add detrend, cosine or confounds' \
        --set 'brain scans.prepare=zscore(run)'
    refused 'put resample before them' \
        --set 'brain scans.prepare=confounds(drift*.txt) resample(0.25 Hz)'
    refused 'turns scans under its regressors' \
        --set 'brain scans.prepare=confounds(drift*.txt) shift(20 s)'
    refused 'remove one of the three' --set 'features rate.delays=0..2 TR' \
        --set 'features rate.pca=1'
    sed -i 's/run\*.txt : (time, target) @ 0.5 Hz/means.tsv : (stimulus, target)/; /^prepare/d' story.ini
    printf 'stimulus\ty\nrun1\t1\nrun2\t3\nrun3\t2\n' >means.tsv
    refused 'has one value a stimulus, and `nuisance` needs one over time' \
        --set 'folds.by=stimulus 3'
}
claim 'keys that make no sense are refused with what to do' wrong_keys

# The scans begin 20 s before the story: an event marks where it starts.
events_place_the_story()
{
    write_story
    anaflow run story.ini --output results
    want=$(r_of 1)
    for run in 1 2 3; do
        awk 'NR > 1 || 1 { print }' run$run.txt >body
        awk 'BEGIN { for (k = 0; k < 10; k++) print 0, 0 }' | cat - body >run$run.txt
        awk 'BEGIN { for (k = 0; k < 10; k++) print 0, 0 }' | cat - drift$run.txt >body
        mv body drift$run.txt
        printf 'onset\tduration\ttrial_type\n3\t1\tfixation\n20\t300\tstory\n30\t1\tstory\n' \
            >run-${run}_events.tsv
    done
    set -- --set 'brain scans.events=run-*_events.tsv' \
        --set 'brain scans.prepare=trim(10 TR, 0 TR) confounds(drift*.txt, skip 10) zscore(run)'
    rm -rf results
    anaflow run story.ini --output results --set 'brain scans.onset=event st*' "$@"
    expect_code 0
    [ "$(r_of 1)" = "$want" ] || fail "r is $(r_of 1), expected $want"
    expect_in results/report.html 'its clock counted from event st* in each run'
    rm -rf results
    anaflow run story.ini --output results --set 'brain scans.onset=event story, 4 s' "$@" \
        --set study.isolate=yes # whose helper opens the scans, too, and says nothing of it
    expect_code 0
    expect_r 1 0 .7
    [ "$(grep -c 'run run1: 2 events match' results/run.log)" -eq 1 ] ||
        fail 'the log does not say once which event counts'
    anaflow run story.ini --output more --set 'brain scans.onset=event stroy' "$@"
    expect_code 3
    expect_in err 'run run1 has no event of that name; its events are: fixation, story'
    anaflow run story.ini --output more --set 'brain scans.onset=event story'
    expect_code 3
    expect_in err 'its events are: none'
    anaflow run story.ini --output more --set 'brain scans.events=run-1_events.tsv' \
        --set 'brain scans.onset=event story'
    expect_code 3
    expect_in err '`events` names 1 tables and the recording has 3 runs'
    anaflow check story.ini --set 'brain scans.events=run-*_events.tsv'
    expect_code 2
    expect_in err 'has `events` and nothing that asks for them'
}
claim 'onset = event finds where the stimulus began in each run' events_place_the_story

lengths_are_compared()
{
    write_story
    sed -i '141,$d' run2.txt drift2.txt
    anaflow run story.ini --output results
    expect_code 0
    expect_in err 'run run2: stimulus run2 lasts 2'
    expect_in err 'and the recording ends 280.00 s after its onset: check that they belong'
    expect_not_in err 'run run1: stimulus'
}
claim 'a recording that ends before its stimulus is said so' lengths_are_compared

# mean_r RESULTS COMPARISON TARGET LOW HIGH: the mean over listeners.
mean_r()
{
    awk -F '\t' -v name="$2" -v target="$3" -v low="$4" -v high="$5" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["measure"] == "r" && $at["fold"] != "median" && $at["comparison"] == name &&
            $at["target"] == target { sum += $at["score"]; n++ }
        END { printf "%s %s: %.3f over %d\n", name, target, sum / n, n
            exit !(n == 13 && sum / n >= low && sum / n <= high) }' "$1/scores.tsv" >mean ||
        fail "expected 13 listeners, $4 to $5: $(cat mean)"
}

# With other programs: word rate in LPTL .20 to .23, leave-one-out correlation .32 to .37.
listeners_follow_the_story()
{
    skip_without "$ANAFLOW_DATA/fmri-alice"
    anaflow run "$example/rate.ini" --output rate
    expect_code 0
    mean_r rate rate LPTL .20 .23
    mean_r rate published-rate LPTL .19 .22
    anaflow run "$example/isc.ini" --output isc
    expect_code 0
    mean_r isc isc LPTL .32 .37
}
claim 'examples/story-fmri: word rate and inter-subject correlation are what others found' \
    listeners_follow_the_story

# s33's file holds one number throughout; motion files have ten scans more than the regions.
the_constant_listener()
{
    skip_without "$ANAFLOW_DATA/fmri-alice"
    cat >s33.ini <<'END'
[data rate]
plugin = arrays
data = ${ANAFLOW_DATA}/fmri-alice/s33-rate.txt : (time, target) @ 0.5 Hz
[brain s33]
plugin = arrays
data = ${ANAFLOW_DATA}/fmri-alice/6mm/s33-timecourses.txt : (time, target) @ 0.5 Hz
prepare = detrend(1)
[features rate]
from = rate
[folds]
by = block 100 s x 3
[metric score]
plugin = ridge
END
    anaflow run s33.ini --output results
    expect_code 0
    expect_in results/scores.tsv 'n/a'
    [ -z "$(awk -F '\t' 'NR > 1 && $10 == "r" && $16 != "n/a"' results/scores.tsv)" ] ||
        fail 'a constant target has a score'
    expect_in err 'targets have no score: '
    expect_in err 'a target that does not move in a test part has none there'
    anaflow run s33.ini --output more --set \
        'brain s33.prepare=confounds(${ANAFLOW_DATA}/fmri-alice/s33-rp_*.txt)'
    expect_code 3
    expect_in err 'has 372 rows, 372 after those skipped, and the run has 362 samples'
}
claim 'a listener whose file is constant has no score; motion of other scans is refused' \
    the_constant_listener

finish
