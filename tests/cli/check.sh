#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check: a good study is explained, a bad one is listed problem by problem with the line,
# whatever can be known without computing.
# shellcheck disable=SC2016  # dollars and backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"

# A study that is right, with its files: twelve sounds and a value for each at two
# electrodes.
good()
{
    write_noise s01.wav 1 .1
    for i in 02 03 04 05 06 07 08 09 10 11 12; do
        cp s01.wav "s$i.wav"
    done
    awk 'BEGIN {
        print "stimulus\tA1\tA2"
        for (i = 1; i <= 12; i++) printf "s%02d\t%d\t%d\n", i, i, i * i % 7
    }' >brain.tsv
    cat >good.ini <<EOF
[study]
name = small
[stimulus sounds]
audio = *.wav
[model coch]
plugin = cochleagram
[features mean]
from = coch
pool = mean
[brain ecog]
plugin = arrays
data = brain.tsv : (stimulus, target)
[folds]
by = stimulus
outer = 2
[metric score]
plugin = ridge
[compare]
main = mean -> ecog
EOF
}

# An array of 12 x 1 numbers.
write_array()
{
    {
        printf '\223NUMPY\1\0v\0%-117s\n' \
            "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 1), }"
        awk 'BEGIN { for (i = 0; i < 48; i++) printf "A" }'
    } >"$1"
}

# wrong CODE TEXT SED: after this edit of the good study, check ends so and says so.
wrong()
{
    sed "$3" good.ini >bad.ini
    ! cmp -s good.ini bad.ini || fail "the edit '$3' changes nothing"
    anaflow check bad.ini
    expect_code "$1"
    expect_in err "$2"
    expect_in err bad.ini
}

explains()
{
    good
    anaflow check good.ini
    expect_code 0
    expect_in out 'Study small'
    expect_in out '12 sounds'
    expect_in out 'mean -> ecog, scored by score: ridge'
    expect_in out '3 tasks, 4 scores a measure and fold'
    expect_not_in out problem
    expect_in out '12 rows of 12 stimuli: whole stimuli were dealt at random to 2 folds'
    expect_in out '(2 splits; the first has 6 training and 6 test rows)'
    expect_in out 'it chose by exact leave-one-out on the training rows'
    [ ! -s err ] || fail 'something on standard error'
    # What a run from nothing takes is what the run itself says that it takes.
    work=$(sed -n 's/.* fold; \(.* operations\)$/\1/p' out)
    disk=$(sed -n 's/.*), \(.* on disk, .*\)$/\1/p' out)
    anaflow run good.ini --dry-run
    expect_code 0
    expect_in out "s, $work"
    expect_in out "), $disk"
}
claim 'a good study is explained, exit 0' explains

set_changes()
{
    good
    anaflow check good.ini --set folds.outer=2 --set 'metric score.plugin=rsa'
    expect_code 0
    expect_in out 'scored by score: rsa'
    anaflow check good.ini --set=nonsense
    expect_code 2
    expect_one_sentence
    expect_in err "found 'nonsense'"
    anaflow check good.ini --set folds.otuer=2
    expect_code 2
    expect_in err 'otuer'
}
claim '--set changes a key as if it stood in the file' set_changes

wrong_files()
{
    good
    wrong 2 'bad.ini:15' 's/^outer = 2/ouetr = 2/'
    wrong 2 "did you mean" 's/^outer = 2/ouetr = 2/'
    wrong 2 'bad.ini:3' 's/^\[stimulus sounds\]/[stimulsu sounds]/'
    wrong 2 'bad.ini:8' 's/^from = coch/from = cohc/'
    wrong 2 'bad.ini:9' 's/^pool = mean/pool = median/'
    wrong 2 'bad.ini:14' 's/^by = stimulus/by = moonlight/'
    wrong 2 'bad.ini:15' 's/^outer = 2/outer = two/'
    wrong 2 'bad.ini:19' 's/^main = mean -> ecog/main = mean ecog/'
    wrong 2 'bad.ini:19' 's/^main = mean -> ecog/main = mean -> eeg/'
    wrong 2 'bad.ini:2' 's/^name = small/name small/'
    wrong 2 'UNSET_VARIABLE' 's/brain.tsv/${UNSET_VARIABLE}.tsv/'
    wrong 2 'bad.ini:16' 's/^\[metric score\]/[folds]/'
    wrong 4 'ridge' 's/^plugin = ridge/plugin = rigde/'
    wrong 4 'bad.ini:6' 's/^plugin = cochleagram/plugin = ridge/'
    wrong 3 'bad.ini:4' 's/\*\.wav/*.flac/'
    wrong 3 'bad.ini:12: `data` of [brain ecog]: there is no file' 's/brain.tsv/brian.tsv/'
}
claim 'a wrong study is exit 2, 3 or 4 with file, line and reason' wrong_files

# refused CODE SENTENCE: check of bad.ini says nothing but this.
refused()
{
    anaflow check bad.ini
    expect_code "$1"
    expect_one_sentence
    expect_in err "anaflow: bad.ini:$2"
}

opens_files()
{
    good
    echo 'no sound at all' >s05.wav
    cp good.ini bad.ini
    refused 3 '3: stimulus sounds: '
    expect_in err s05.wav
    good
    write_array brain.npy
    seq -f 's%02g' 12 >names.txt
    sed 's/^data = .*/data = brain.npy : (target, stimulus=names.txt)/' good.ini >bad.ini
    refused 3 '10: brain ecog: brain.npy: '
    expect_in err 12
    seq -f 's%02g' 11 >names.txt
    sed 's/^data = .*/data = brain.npy : (stimulus=names.txt, target)/' good.ini >bad.ini
    refused 3 '10: brain ecog: '
    expect_in err 'names.txt'
    printf 's13\t1\n' >>brain.tsv
    cp good.ini bad.ini
    refused 3 '10: brain ecog: '
    expect_in err 'brain.tsv'
}
claim 'files that are not what they should be are found' opens_files

layers()
{
    good
    sed 's/^plugin = cochleagram/&\nlayers = cochlea bands/' good.ini >bad.ini
    refused 2 "5: \`layers\` of [model coch]: there is no layer 'cochlea'; the model has 2: "
    sed 's/^pool = mean/&\nlayer = cochlea/' good.ini >bad.ini
    refused 2 "7: features mean: there is no layer 'cochlea'"
}
claim 'layers that do not exist are found' layers

names()
{
    good
    sed 's/^s\(0[2-8]\)/t\1/' brain.tsv >moved
    mv moved brain.tsv
    cp good.ini bad.ini
    refused 3 '19: comparison main: brain ecog: 7 rows or runs have no stimulus of that name: t02, t03, t04, t05, t06 and 2 more; names are compared without folder and extension'
    good
    cp s01.wav s13.wav
    refused 3 '19: comparison main: brain ecog: 1 stimuli have no row or run: s13; '
    rm s13.wav
    anaflow check good.ini
    expect_code 0
    awk 'BEGIN { print "stimulus\tf1"
        for (i = 1; i <= 12; i++) printf "%s%02d\t%d\n", (i < 7 ? "x" : "s"), i, i }' >table.tsv
    sed 's/^\[model coch\]/[data table]/; s/^plugin = cochleagram/plugin = arrays\ndata = table.tsv : (stimulus, target)/
        s/^from = coch/from = table/' good.ini >bad.ini
    refused 3 '8: features mean: data table: 6 runs or rows of the other side are missing here: s01, s02, s03, s04, s05 and 1 more; '
}
claim 'names without a partner are found, the first five listed' names

computed_elsewhere()
{
    good
    mkdir acts
    write_array acts/one.npy
    awk 'BEGIN { for (i = 1; i <= 12; i++) printf "%s%02d\n", (i > 9 ? "u" : "s"), i }' >acts/names.txt
    sed 's/^plugin = cochleagram/plugin = arrays\ndata = acts/' good.ini >bad.ini
    refused 3 '5: model coch: acts/names.txt: has nothing for 3 of the 12 stimuli: s10, s11, s12; '
    rm acts/names.txt
    refused 3 '5: model coch: '
    rm s??.wav
    seq -f 's%02g' 12 >names.txt
    sed 's/^audio = .*/names = names.txt/' good.ini >bad.ini
    refused 3 '5: model coch: the model takes sound and 12 of the stimuli have none: s01, s02, s03, s04, s05 and 7 more'
}
claim 'stimuli that a model cannot be shown are found' computed_elsewhere

rows_and_folds()
{
    good
    sed 's/^outer = 2/outer = 13/' good.ini >bad.ini
    refused 2 '13: [folds]: '
    expect_in err 13
    sed 's/^by = stimulus/by = run/' good.ini >bad.ini
    refused 2 '13: [folds]: `by = run` needs a recording in unbroken runs'
    sed 's/^pool = mean/delays = 0..100 ms/' good.ini >bad.ini
    refused 2 '7: features mean: `delays` need samples over time'
    sed 's/^data = .*/&\nprepare = zscore(run) resample(10 Hz)/' good.ini >bad.ini
    anaflow check bad.ini
    expect_code 2
    expect_in err 'bad.ini:10: brain ecog: '
}
claim 'folds, delays and preparations that the rows do not allow are found' rows_and_folds

single_rows()
{
    good
    anaflow check good.ini --set folds.outer=12
    expect_code 0
    expect_in err 'main: 12 of 12 splits test a single row, of which there is no r, r2 or R2'
    anaflow check good.ini --set folds.outer=8
    expect_code 0
    expect_in err 'main: 4 of 8 splits test a single row'
    anaflow check good.ini --set folds.outer=12 --set 'metric score.plugin=rsa'
    expect_not_in err 'single row'
    anaflow check good.ini --set folds.inner=6
    expect_code 2
    expect_in err 'inner folds tests a single row, and one row has no R2 or r to choose by'
    sed 's/^\[brain ecog\]/[features other]\nfrom = coch\npool = mean\n&/
         s/^main = /&other + /' good.ini >two.ini
    anaflow check two.ini --set folds.inner=6 --set 'metric score.plugin=banded' \
        --set 'metric score.alphas=1'
    expect_code 2
    expect_in err 'inner folds tests a single row, and one row has no R2 or r to choose by'
    anaflow check two.ini --set folds.inner=6 --set 'metric score.plugin=banded' \
        --set 'metric score.alphas=1' --set 'metric score.inner_measure=mse'
    expect_code 0
}
claim 'splits of single rows, which have no score, are said' single_rows

memory()
{
    good
    sed 's/^name = small/&\nmemory = 1 KB/' good.ini >bad.ini
    refused 5 '20: comparison main: the activations take '
    expect_in err 'raise `memory` in [study]'
    # The program itself counts, as it does where a run is planned.
    sed 's/^name = small/&\nmemory = 5 MB/' good.ini >bad.ini
    refused 5 '20: comparison main: the activations take '
    anaflow run bad.ini --output results
    expect_code 5
    sed 's/^name = small/&\ndisk = 100 KB/' good.ini >bad.ini
    anaflow check bad.ini
    expect_code 5
    expect_one_sentence
    expect_in err 'and `disk` allows 100 KB; raise `disk` in [study], or '
}
claim 'more memory or disk than there may be is found' memory

all_at_once()
{
    good
    sed -e 's/^from = coch/from = cohc/' -e 's/^by = stimulus/by = moonlight/' good.ini >bad.ini
    anaflow check bad.ini
    expect_code 2
    expect_in err 'bad.ini:8: '
    expect_in err 'bad.ini:14: '
    [ "$(wc -l <err)" -eq 2 ] || fail 'expected two lines on standard error'
    # What one problem leaves whole is examined all the same.
    sed 's/^s03/t03/' brain.tsv >other.tsv
    sed -e 's/^pool = mean/pool = median/' -e 's/^outer = 2/outer = 13/' good.ini >bad.ini
    cat >>bad.ini <<EOF
other = coch -> second
third = coch -> ecog | score
[brain second]
plugin = arrays
data = other.tsv : (stimulus, target)
[brain third]
plugin = arrays
data = brain.tsv : (stimulus)
[model deep]
plugin = cochleagram
layers = 12
EOF
    anaflow check bad.ini
    expect_code 2
    expect_in err 'bad.ini:9: `pool` of [features mean]'
    expect_in err 'bad.ini:13: [folds]: '
    expect_in err 'bad.ini:20: comparison other: brain second: 1 rows or runs have no stimulus of that name: t03; '
    expect_in err 'bad.ini:25: brain third: '
    expect_in err "bad.ini:28: \`layers\` of [model deep]: there is no layer '12'"
    [ "$(wc -l <err)" -eq 5 ] || fail 'expected five lines on standard error'
}
claim 'all problems are listed at once' all_at_once

ini_only()
{
    good
    echo 'no sound at all' >s05.wav
    anaflow check good.ini --ini-only
    expect_code 0
    expect_in out '12 sounds'
    [ ! -s err ] || fail 'something on standard error'
}
claim '--ini-only opens nothing that the file names' ini_only

run_refuses()
{
    good
    sed -e 's/^from = coch/from = cohc/' -e 's/^by = stimulus/by = moonlight/' good.ini >bad.ini
    anaflow run bad.ini
    expect_code 2
    expect_in err 'bad.ini:8'
    expect_in err 'bad.ini:14'
    [ ! -e results ] || fail 'a results folder was made'
    anaflow run nowhere.ini
    expect_code 2
    expect_one_sentence
    expect_in err nowhere.ini
    anaflow run good.ini --jobs none
    expect_code 2
    expect_in err "--jobs is 'none', expected a whole number"
}
claim 'run refuses what check lists, and computes nothing' run_refuses

finish
