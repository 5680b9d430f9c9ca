#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The three INI files of the design are read and explained, whatever of them this build
# can do already: what it cannot is a sentence each, never a crash or a silent default.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

examples=$ANA_SOURCE/tests/cli/design-examples
ANAFLOW_DATA=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
export ANAFLOW_DATA

sounds()
{
    skip_without "$ANAFLOW_DATA/fmri-natsound165"
    anaflow check "$examples/sounds.ini"
    expect_in out 'sounds       165 sounds'
    expect_in out 'R as stimulus (stim_names) x target (component_names)'
    expect_in out '15 files (speech-elec1-response.mat .. speech-elec15-response.mat)'
    expect_in out 'delays from 0 s to 0.39 s in steps of one sample'
    expect_in out '83 random stimuli to train and 82 to test, 10 times'
    expect_in out 'resolved     lagged -> ecog'
    expect_code 0
    [ ! -s err ] || fail 'something is wrong with it'
}
claim 'the natural sounds are understood without a complaint' sounds

story()
{
    MODELS=$PWD BIDS=$PWD anaflow check "$examples/story.ini"
    expect_code 3
    expect_in out 'delays from 1 TR to 4 TR in steps of one sample'
    expect_in out 'leave one of the runs out; inner choices by 5 folds of blocks of 40 TR'
    expect_in out 'low + net -> bold'
    expect_in err "story.ini:4: \`checkpoint\` of [model w2v]: there is no file"
    expect_in out 'through Lanczos kernels of 3 lobes'
    expect_in err 'story.ini:17: `bids` of [brain bold]: '
    expect_in err 'has no file of a subject (sub-01/...); it is no BIDS dataset'
    [ "$(wc -l <err)" -eq 2 ] || fail 'a sentence beside these two'
}
claim 'the story from BIDS is explained, with what is missing' story

talkers()
{
    skip_without "$ANAFLOW_DATA/eeg-cocktail"
    anaflow check "$examples/talkers.ini"
    expect_code 0
    expect_in out 'F_env.mat), stim1, cells 1-3 as time, at 128 Hz'
    expect_in out 'prepared by resample(64 Hz) then zscore(run)'
    expect_in out 'delays from -0.4 s to 0 s in steps of one sample'
    expect_in out 'response -> attended'
    expect_in out 'scored by score: trf'
}
claim 'the two talkers are understood, forward and backward' talkers

finish
