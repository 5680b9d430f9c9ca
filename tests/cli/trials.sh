#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Trials cut out of runs around their events, averaged or kept single.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

# Twelve stimuli, heard once in each of two runs, in another order; the first electrode
# follows how long their words are, above an offset of its run, the second follows nothing.
write_study()
{
    awk 'BEGIN {
        srand(3)
        for (s = 1; s <= 12; s++) {
            n = 2 + s
            print "word\tonset\tduration" >("s" s ".tsv")
            for (i = 0; i < n; i++) printf "%s\t%.3f\t%.3f\n", substr("abcdefghijklmnop", 1, s), i * 2 / n, 2 / n >("s" s ".tsv")
        }
        for (run = 1; run <= 2; run++) {
            print "onset\tduration\ttrial_type\tstim_file" >("run" run "_events.tsv")
            for (i = 1; i <= 12; i++) {
                s = run == 1 ? i : 13 - i
                printf "%.2f\t2\tsound\tstimuli/s%d.wav\n%.2f\t0\tkey\tn/a\n", 1 + 3 * i, s, 3 + 3 * i >("run" run "_events.tsv")
            }
            for (t = 0; t < 50 * 45; t++) {
                i = int((t / 50 - 1) / 3)
                s = run == 1 ? i : 13 - i
                on = t / 50 - 1 - 3 * i
                y = i >= 1 && i <= 12 && on < 2 ? s : 0
                print y + 40 * run + gauss(), gauss() >("run" run ".txt")
            }
        }
    }
    function gauss(  k, sum) { for (k = 0; k < 12; k++) sum += rand(); return sum - 6 }'
    cat >trials.ini <<'END'
[study]
name = trials
seed = 1
[stimulus sounds]
words = s*.tsv
[model words]
plugin = words
layers = letters
[features letters]
from = words
pool = time
[brain seeg]
plugin = arrays
data = run*.txt : (time, target) @ 50 Hz
events = run*_events.tsv
prepare = epochs(-0.5..2 s, sound) baseline(-0.5..0 s) trials(average) average(0..2 s)
[folds]
by = stimulus 4
[metric score]
plugin = ridge
END
}

# r_of RESULTS TARGET: its median r.
r_of()
{
    awk -F '\t' -v target="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["measure"] == "r" && $at["fold"] == "median" && $at["target"] == target {
            print $at["score"], $at["n"] }' "$1/scores.tsv"
}

# follows RESULTS ROWS: the first electrode does, over so many rows.
follows()
{
    r_of "$1" 1 | awk -v rows="$2" '{ exit !($1 > .9 && $2 == rows) }' ||
        fail "r and rows are $(r_of "$1" 1), expected above .9 and $2"
}

averaged()
{
    write_study
    anaflow run trials.ini --output results
    expect_code 0
    follows results 12
    expect_in results/report.html 'Presentations of a stimulus were averaged'
    expect_in results/report.html 'repeats were averaged'
}
claim 'presentations are cut out around their events and averaged' averaged

single='epochs(-0.5..2 s, sound) baseline(-0.5..0 s) average(0..2 s)'

kept_single()
{
    write_study
    anaflow run trials.ini --output results --set "brain seeg.prepare=$single trials(single)"
    expect_code 0
    follows results 24
    # all rows of a stimulus are on one side of each split: one line a stimulus and split
    awk -F '\t' 'NR > 1 { n[$1 " " $2]++ } END { for (k in n) if (n[k] != 1) exit 1 }' \
        results/folds-*.tsv || fail 'a stimulus is on both sides of a split'
    [ "$(wc -l <results/folds-letters-seeg.tsv)" -eq 49 ] || fail 'expected 12 x 4 lines'
}
claim 'single presentations stay on one side of every fold' kept_single

refused()
{
    text=$1
    shift
    anaflow run trials.ini --output refused "$@"
    expect_in err "$text"
    expect_one_sentence
    [ ! -e refused/scores.tsv ] || fail 'there are scores'
}

wrong()
{
    write_study
    refused 'say what is done with repeated presentations: prepare = trials(average)' \
        --set "brain seeg.prepare=$single"
    expect_code 3
    refused 'of 24 events 24 lie too near an end of their run' \
        --set 'brain seeg.prepare=epochs(-60..60 s, sound)'
    expect_code 3
    refused 'no event of the recording has one of these names; the first run'"'"'s events are: sound, key' \
        --set 'brain seeg.prepare=epochs(0..1 s, souns)'
    expect_code 3
    refused '`onset = event` counts the clock of a run from one event, and epochs from each' \
        --set 'brain seeg.onset=event sound'
    expect_code 2
    refused 'names no stimulus in column `stim_file`' \
        --set 'brain seeg.prepare=epochs(0..1 s, *, by stim_file)'
    expect_code 3
    refused 'or averaged over them, after regressors were taken out of its runs' \
        --set 'features letters.nuisance=yes' --set 'features letters.resample=lanczos 3' \
        --set 'features letters.pool=none' \
        --set 'brain seeg.prepare=detrend(1) epochs(-0.5..2 s, sound) trials(average)'
    expect_code 2
}
claim 'trials that make no sense are refused with what to do' wrong

# Another onset of one event is another result; the same tables give the kept one.
changed()
{
    write_study
    anaflow run trials.ini --output results
    expect_code 0
    anaflow run trials.ini --output same
    expect_code 0
    sed -i 's/^4.00/4.50/' run1_events.tsv
    anaflow run trials.ini --output other
    expect_code 0
    cmp -s results/scores.tsv same/scores.tsv || fail 'the same is not the same'
    ! cmp -s results/scores.tsv other/scores.tsv || fail 'the event was moved for nothing'
}
claim 'a changed table of events is a changed recording' changed

finish
