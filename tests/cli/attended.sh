#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Regression on the past and the future: the sign of delays, on a planted impulse, and
# examples/attended-speech, where the sample of EEG is there.
. "$ANA_SOURCE/tests/cli/lib.sh"
ANAFLOW_DATA=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
export ANAFLOW_DATA ANAFLOW
example=$ANA_SOURCE/examples/attended-speech

# Three runs of 12 s at 50 Hz: y is x of 120 ms (6 samples) ago, and as much noise.
plant_response()
{
    awk 'BEGIN {
        srand(11)
        for (run = 1; run <= 3; run++) {
            print "x" >("x" run ".tsv")
            print "y" >("y" run ".tsv")
            for (t = 1; t <= 600; t++) {
                x[t] = gauss()
                printf "%.6f\n", x[t] >("x" run ".tsv")
                printf "%.6f\n", (t > 6 ? x[t - 6] : 0) + gauss() >("y" run ".tsv")
            }
        }
    }
    function gauss(  k, sum) { for (k = 0; k < 12; k++) sum += rand(); return sum - 6 }'
}

# write_delays X Y: one feature space for each delay from -200 to 200 ms, X to Y.
write_delays()
{
    cat <<END
[study]
name = planted
seed = 1
[data x]
plugin = arrays
data = x*.tsv : (time, target) @ 50 Hz
prepare = shift(0 s)
onset = 0 ms
[brain y]
plugin = arrays
data = y*.tsv : (time, target) @ 50 Hz
onset = 0 ms
[folds]
by = run
[metric score]
plugin = ridge
END
    for ms in $(seq -200 20 200); do
        printf '[features at%s]\nfrom = %s\ndelays = %s ms\n' "$ms" "$1" "$ms"
    done
    echo '[compare]'
    for ms in $(seq -200 20 200); do
        printf 'c%s = at%s -> %s\n' "$ms" "$ms" "$2"
    done
}

# expect_best MS [ARGUMENT...]: the delay at which planted.ini predicts best.
expect_best()
{
    want=$1
    shift
    rm -rf results
    anaflow run planted.ini --output results "$@"
    expect_code 0
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["measure"] == "r" && $at["fold"] == "median" { print $at["score"], $at["features"] }
    ' results/scores.tsv | sort -g >found
    [ "$(wc -l <found)" -eq 21 ] || fail "expected 21 delays: $(cat found)"
    [ "$(tail -n 1 found | cut -d ' ' -f 2)" = "at$want" ] ||
        fail "expected the best at $want ms: $(tail -n 2 found)"
    # r = 1 / sqrt(2) where it was planted, and noise next to it
    tail -n 2 found | awk 'NR == 1 { next_best = $1 } NR == 2 { best = $1 }
        END { exit !(best > .6 && best < .8 && next_best < .2) }' ||
        fail "not a single peak: $(tail -n 2 found)"
}

delays_count_from_the_past()
{
    plant_response
    write_delays x y >planted.ini
    expect_best 120
}
claim 'a response 120 ms after its cause is found at a delay of +120 ms' \
    delays_count_from_the_past

backward_delays_are_negative()
{
    plant_response
    write_delays y x >planted.ini
    expect_best -120
}
claim 'its cause is reconstructed from the response at a delay of -120 ms' \
    backward_delays_are_negative

clocks_and_circles_move_the_peak()
{
    plant_response
    write_delays x y >planted.ini
    expect_best 180 --set 'brain y.onset=60 ms'
    expect_best 60 --set 'data x.onset=60 ms'
    expect_best 120 --set 'brain y.onset=-1 s' --set 'data x.onset=-1 s'
    expect_best -80 --set 'data x.prepare=shift(200 ms)'
}
claim 'onset and shift move the peak by as much as they say' clocks_and_circles_move_the_peak

onset_needs_a_clock()
{
    printf 'name\ty\na\t1\nb\t2\nc\t4\nd\t3\n' >rows.tsv
    cat >rows.ini <<'END'
[data x]
plugin = arrays
data = rows.tsv : (stimulus, target)
onset = 40 ms
[brain y]
plugin = arrays
data = rows.tsv : (stimulus, target)
[folds]
by = stimulus 2
[metric score]
plugin = ridge
[compare]
main = x -> y
END
    anaflow run rows.ini --output results
    expect_code 2
    expect_one_sentence
    expect_in err 'moves a clock, and this recording has one value an item'
}
claim 'a recording without a clock has no onset to move' onset_needs_a_clock

# The three ways of meaning delays, both directions, and the stream beside the response.
write_trf()
{
    cat <<'END'
[study]
name = planted
seed = 1
[data x]
plugin = arrays
data = x*.tsv : (time, target) @ 50 Hz
[data other]
plugin = arrays
data = x*.tsv : (time, target) @ 50 Hz
prepare = shift(3 s)
[brain y]
plugin = arrays
data = y*.tsv : (time, target) @ 50 Hz
[folds]
by = run
inner = 2
[features all]
from = x
delays = -100..200 ms
[features each]
from = x
lag = each -100..200 ms by 20 ms
[features tuned]
from = x
delays = tune 40 ms 100 ms 200 ms 400 ms
[features later]
from = y
delays = -200..0 ms
[metric forward]
plugin = trf
[metric attention]
plugin = trf
direction = backward
rival = other
windows = 1 4 s
[compare]
all = all -> y | forward
each = each -> y | forward
tuned = tuned -> y | forward
decode = later + other -> x | attention
END
}

# score COMPARISON MEASURE LAG PART: the median over folds of the only target.
score()
{
    awk -F '\t' -v c="$1" -v m="$2" -v lag="$3" -v part="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["comparison"] == c && $at["measure"] == m && $at["lag"] == lag &&
            $at["part"] == part && $at["fold"] == "median" { print $at["score"]; exit }
    ' results/scores.tsv
}

# expect_score LOW HIGH COMPARISON MEASURE LAG PART
expect_score()
{
    low=$1 high=$2
    shift 2
    score "$@" | awk -v low="$low" -v high="$high" '{ ok = $1 >= low && $1 <= high }
        END { exit !ok }' || fail "$* is not $low .. $high: $(score "$@")"
}

response_functions()
{
    plant_response
    write_trf >trf.ini
    anaflow run trf.ini --output results
    expect_code 0
    expect_score .65 .8 all r n/a n/a
    expect_score .65 .8 tuned r n/a n/a
    expect_score .65 .8 each r 0.12 n/a
    expect_score -.2 .2 each r 0.1 n/a
    expect_score .65 .8 decode r n/a n/a
    expect_score 1 1 decode accuracy n/a 'window 4 s'
    expect_score 9 9 decode windows n/a 'window 4 s'
    expect_score 3 3 decode trials n/a 'window 4 s'
    [ -f results/arrays/all_y_all_x_kernel.npy ] || fail 'no kernel'
    grep -q '"coords":\[-0.1[0-9]*,-0.0[78]' results/report.json || fail 'no lags of the kernel'
    [ -f results/figures/lags_each_y.svg ] || fail 'no figure of the scores by lag'
    [ ! -f results/figures/layers_each_y_0.12s.svg ] || fail 'a figure for each lag'
    grep -q 'Best of 16 lags' results/report.html || fail 'the finding does not count lags'
    sed 's/plugin = trf/plugin = ridge/' trf.ini >ridge.ini
    anaflow check ridge.ini
    expect_code 2
    expect_in err 'takes all delays together; use `plugin = trf`'
}
claim 'trf: all lags, each lag, a tuned window, and attention from a backward model' \
    response_functions

# The full window's r divided by that of its last 60 ms, trial by trial and target by
# target: what the two columns of scores.tsv give, and never with another recording's.
scores_relative_to_a_baseline()
{
    plant_response
    {
        write_trf | sed '/^\[compare\]/,$d'
        printf '[features late]\nfrom = x\ndelays = 0..60 ms\n[features near]\nfrom = x\n'
        printf 'delays = 100..140 ms\n[compare]\nlate = late -> y | forward\n'
        printf 'near = near -> y | forward\nall = all -> y | forward\n'
        printf 'decode = later -> x | back\nrelative_to = near\n'
        printf '[metric back]\nplugin = trf\ndirection = backward\n'
    } | sed '/^\[metric attention\]/,/^windows/d' >relative.ini
    anaflow check relative.ini
    expect_code 0
    [ "$(grep -c 'also relative to near' out)" -eq 2 ] || fail 'not two are relative'
    anaflow run relative.ini --output results
    expect_code 0
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["fold"] == "median" { next }
        $at["measure"] == "r" { r[$at["comparison"], $at["fold"]] = $at["score"] }
        $at["measure"] == "r/near" {
            n++
            want = r[$at["comparison"], $at["fold"]] / r["near", $at["fold"]]
            off = $at["score"] - want
            bad += off * off > 1e-18 || $at["comparison"] == "decode" ||
                $at["comparison"] == "near"
        }
        END { exit n != 6 || bad }' results/scores.tsv || fail 'not the quotients of r'
    cp results/report.html page.html
    anaflow report results
    cmp page.html results/report.html || fail 'read back, the page differs'
    sed 's/^relative_to = near/relative_to = nearr/' relative.ini >nobody.ini
    anaflow check nobody.ini
    expect_code 2
    expect_in err "there is no comparison called 'nearr'; did you mean 'near'?"
    anaflow run relative.ini --output only --only all
    expect_code 0
    expect_in err 'relative_to: near was left out of this run; nothing is divided'
}
claim 'relative_to divides scores by those of a named baseline on the same folds' \
    scores_relative_to_a_baseline

# Delays of -100 .. 200 ms at 50 Hz reach over 15 samples: between a tested block and what
# trains, outer and inner, at least as many are left out.
gaps_are_as_long_as_the_lags()
{
    plant_response
    cat >gap.ini <<'END'
[data x]
plugin = arrays
data = x*.tsv : (time, target) @ 50 Hz
[brain y]
plugin = arrays
data = y*.tsv : (time, target) @ 50 Hz
[folds]
by = block 2 s x 3
inner = block 1 s x 2
[features all]
from = x
delays = -100..200 ms
[metric score]
plugin = trf
[compare]
all = all -> y
END
    anaflow run gap.ini --output results
    expect_code 0
    cat results/folds-*.tsv | awk -F '\t' '
        NR == 1 { next }
        $3 == "test" { n++; run[n] = $1; from[n] = $5; to[n] = $6; fold[n] = $8 }
        $3 == "train" { m++; r[m] = $1; a[m] = $5; b[m] = $6; f[m] = $8; inner[m] = $4 }
        END {
            least = 1e9
            for (i = 1; i <= n; i++) for (k = 1; k <= m; k++) {
                if (run[i] != r[k] || fold[i] != f[k]) continue
                gap = a[k] > to[i] ? a[k] - to[i] - 1 : from[i] - b[k] - 1
                if (gap < least) least = gap
            }
            exit n == 0 || m == 0 || least < 15
        }' || fail "a gap is shorter: $(cat results/folds-*.tsv)"
    anaflow run gap.ini --output short --set 'folds.gap=200 ms'
    expect_code 0
    expect_in err 'shorter than from the first delay to the last: training rows see test samples'
    # Whole runs are left out: only inner folds cut them.
    anaflow check gap.ini --set folds.by=run --set 'folds.gap=200 ms'
    expect_code 0
    expect_in err 'rows that inner folds train on see samples that they test'
    anaflow check gap.ini --set folds.by=run --set folds.inner=2 --set 'folds.gap=200 ms'
    expect_code 0
    [ ! -s err ] || fail 'whole runs need no gap'
    anaflow check gap.ini --set 'features all.delays=0 5 40 ms'
    expect_code 2
    expect_in err 'delays 1 and 2 fall on the same sample at 50 Hz'
}
claim 'gaps between folds are as long as the lags reach' gaps_are_as_long_as_the_lags

# expect_talkers NAME LOW HIGH: three trials, and their mean in between.
expect_talkers()
{
    awk -v name="$1" -v low="$2" -v high="$3" '
        $1 == name { seen = 1; bad = NF != 5 || $NF < low || $NF > high }
        END { exit !seen || bad }' talkers ||
        fail "$1 has not three trials of mean r $2 .. $3: $(cat talkers)"
}

# Leave one trial out, delays of -100..400 ms, mean over 128 channels: others found .056
# for the attended talker and -.008 for the ignored one, with other penalties.
forward_agrees_with_others()
{
    skip_without "$ANAFLOW_DATA/eeg-cocktail"
    anaflow run "$example/forward.ini" --output results
    expect_code 0
    sh "$example/talkers.sh" results >talkers
    expect_talkers attended .04 .075
    expect_talkers ignored -.025 .015
    [ "$(awk -F '\t' '$2 == "attended" && $13 == 2 && $10 == "r"' results/scores.tsv |
        wc -l)" -eq 128 ] || fail 'expected 128 channels'
}
claim 'envelope to EEG: r of the attended and the ignored talker is what others found' \
    forward_agrees_with_others

attention_is_explained()
{
    skip_without "$ANAFLOW_DATA/eeg-cocktail"
    anaflow check "$example/attention.ini"
    expect_code 0
    expect_in out 'after + other-talker -> attended, scored by attention: trf 1.0'
    for study in backward lags; do
        anaflow check "$example/$study.ini"
        expect_code 0
        expect_in out 'scored by score: trf 1.0'
    done
}
claim 'the other studies of examples/attended-speech can be run' attention_is_explained

finish
