#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check: a good study is explained, a bad one is listed problem by problem with the line.
# shellcheck disable=SC2016  # dollars and backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

# A study that is right, and the files that its globs look for.
good()
{
    : >a.wav
    : >b.wav
    : >brain.mat
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
plugin = mat
data = brain.mat : R(stimulus=names, target=electrodes)
[folds]
by = stimulus
outer = 2
[metric score]
plugin = ridge
[compare]
main = mean -> ecog
EOF
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
    expect_in out '2 sounds'
    expect_in out 'mean -> ecog, scored by score: ridge'
    expect_not_in out problem
    [ ! -s err ] || fail 'something on standard error'
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
    wrong 2 'UNSET_VARIABLE' 's/brain.mat/${UNSET_VARIABLE}.mat/'
    wrong 2 'bad.ini:16' 's/^\[metric score\]/[folds]/'
    wrong 4 'ridge' 's/^plugin = ridge/plugin = rigde/'
    wrong 4 'bad.ini:6' 's/^plugin = cochleagram/plugin = ridge/'
    wrong 3 'bad.ini:4' 's/\*\.wav/*.flac/'
}
claim 'a wrong study is exit 2, 3 or 4 with file, line and reason' wrong_files

all_at_once()
{
    good
    sed -e 's/^from = coch/from = cohc/' -e 's/^by = stimulus/by = moonlight/' good.ini >bad.ini
    anaflow check bad.ini
    expect_code 2
    expect_in err 'bad.ini:8: '
    expect_in err 'bad.ini:14: '
    [ "$(wc -l <err)" -eq 2 ] || fail 'expected two lines on standard error'
}
claim 'all problems are listed at once' all_at_once

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
