# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# shellcheck disable=SC2034  # whoever sources this uses them
# The datasets of tests/golden/bids, and a study of the scans to a story.

golden=$ANA_SOURCE/tests/golden/bids
preprocessed='space-MNI152NLin2009cAsym desc-preproc'

# copy NAME: the dataset in the current folder, to be changed.
copy()
{
    cp -R "$golden/$1" .
    chmod -R u+w "$1"
}

# write_story DATASET WORDS PREPARE: a study of the sound's loudness and the scans.
write_story()
{
    cat >story.ini <<EOF
[study]
name = story
seed = 1
[model loud]
plugin = cochleagram
channels = 4
input_rate = 1000
low = 20
high = 480
rate = 50
[features sound]
from = loud
delays = 0..4 TR
[brain bold]
bids = $1 : $2
mask = desc-brain_mask
prepare = $3
[folds]
by = run
[metric score]
plugin = ridge
[compare]
main = sound -> bold
EOF
}
