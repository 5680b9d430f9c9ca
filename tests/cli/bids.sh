#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Datasets in BIDS: what `inspect` finds, what a study takes from them, what is said where
# they are damaged. The two datasets are those of tests/oracles/make_bids.py.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

golden=$ANA_SOURCE/tests/golden/bids

# copy NAME: the dataset in the current folder, to be changed.
copy()
{
    cp -R "$golden/$1" .
    chmod -R u+w "$1"
}

lists_fmri()
{
    anaflow inspect "$golden/story"
    expect_code 0
    expect_in out "a BIDS dataset, 'A story', BIDS 1.9.0"
    expect_in out 'subjects    2: 01 02'
    expect_in out 'raw fMRI, task-story (.nii.gz): 4 runs of 2 subjects, TR 1.5 s, 1 min 36 s each, 18 voxels'
    expect_in out 'derivatives/fmriprep fMRI, task-story space-MNI152NLin2009cAsym desc-preproc (.nii.gz): 4 runs'
    expect_in out 'derivatives-fmriprep task-story space-MNI152NLin2009cAsym desc-preproc sub-01'
    expect_in out 'nothing is missing and nothing disagrees'
    anaflow inspect "$golden/story/derivatives/fmriprep/"
    expect_code 0
    expect_in out 'space-MNI152NLin2009cAsym desc-preproc (.nii.gz): 4 runs'
}
claim 'inspect lists subjects, tasks, runs, spaces and what sidecars say' lists_fmri

lists_channels()
{
    anaflow inspect "$golden/speech"
    expect_code 0
    expect_in out 'sessions    2: a b'
    expect_in out 'raw EEG, task-listen (.edf): 2 runs of 1 subject, 32 Hz, 40.00 s each, 5 channels'
    expect_in out 'raw iEEG, task-listen (.edf): 1 run of 1 subject'
    expect_in out '1 of 2 subjects have no eeg of task-listen: 02'
}
claim 'inspect lists EEG and iEEG with rates and channels' lists_channels

tells_other_programs()
{
    [ -x /usr/bin/python3 ] || { echo 'there is no python3'; exit 77; }
    anaflow inspect "$golden/story" --json
    expect_code 0
    /usr/bin/python3 -c "import json, sys
it = json.load(open('out'))
raw = it['recordings'][0]
sys.exit(not (it['kind'] == 'bids' and it['subjects'] == ['01', '02'] and it['sessions'] == [] and
    it['tasks'] == ['story'] and it['problems'] == {'n': 0, 'sentences': []} and
    len(it['recordings']) == 3 and raw['runs'] == 4 and raw['pipeline'] == '' and
    abs(1 / raw['lowest_rate'] - 1.5) < 1e-6 and raw['longest'] == 96))" || fail 'not so'
}
claim 'inspect --json says the same to other programs' tells_other_programs

finds_what_is_missing()
{
    copy story
    cd story || exit 1
    rm sub-01/func/*run-1_bold.nii.gz sub-02/func/*run-2_events.tsv stimuli/part1.wav
    rm derivatives/fmriprep/sub-02/func/*run-1*confounds* derivatives/fmriprep/sub-02/func/*run-2*MNI*mask*
    ln -sf ../../.git/annex/x sub-02/func/sub-02_task-story_run-1_bold.nii.gz
    printf '{"RepetitionTime": 2.5}' >sub-01/func/sub-01_task-story_run-2_bold.json
    printf '{"RepetitionTime": "fast"}' >sub-02/func/sub-02_task-story_run-2_bold.json
    printf 'participant_id\nsub-01\nsub-09\n' >participants.tsv
    mkdir -p sub-03/anat
    : >sub-03/anat/sub-03_T1w.nii.gz
    cd ..
    anaflow inspect story
    expect_code 0
    expect_in out 'sub-01/func/sub-01_task-story_run-1_events.tsv: events without their run'
    expect_in out 'sub-02/func/sub-02_task-story_run-2_bold.nii.gz: a run without events.tsv'
    expect_in out 'names stimuli that stimuli/ does not hold: part1.wav'
    expect_in out 'run-1_bold.nii.gz: is a link to a file that is not there; fetch it (datalad get'
    expect_in out "sub-01_task-story_run-2_bold.nii.gz: the header's TR is 1.5 s and the JSON file's 2.5 s"
    expect_in out "desc-preproc_bold.nii.gz: its header says 1.5 s a scan and its JSON files' RepetitionTime 2.5"
    expect_in out 'run-2_bold.json: RepetitionTime: expected a number of seconds above 0'
    expect_in out 'sub-02_task-story_run-1_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz: has no table of confounds'
    expect_in out 'run-2_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz: has no brain mask'
    expect_in out 'participants.tsv: does not list sub-02'
    expect_in out 'participants.tsv: lists 1 subjects that have no files, such as sub-09'
    expect_in out '1 of 3 subjects have no bold of task-story: 03'
}
claim 'inspect finds what is missing and what disagrees' finds_what_is_missing

finds_damage()
{
    copy speech
    cd speech || exit 1
    one=sub-01/ses-a/eeg two=sub-01/ses-b/eeg three=sub-02/ses-a/ieeg
    printf '{"a": 1, "a": 2}' >task-listen_ieeg.json
    printf '{' >dataset_description.json
    printf 'onset\tduration\n-3\t1\n900\tn/a\nn/a\t1\n' >$one/sub-01_ses-a_task-listen_events.tsv
    printf 'when\tduration\n1\t1\n' >$two/sub-01_ses-b_task-listen_events.tsv
    printf 'onset\tduration\n1\t-1\n' >$three/sub-02_ses-a_task-listen_events.tsv
    head -c 100 sub-02/ses-a/ieeg/*_ieeg.edf >cut
    mv cut $three/sub-02_ses-a_task-listen_ieeg.edf
    printf 'name\ttype\nFz\tEEG\n' >$one/sub-01_ses-a_task-listen_channels.tsv
    printf 'label\n' >$two/sub-01_ses-b_task-listen_channels.tsv
    rm sub-02/ses-a/ieeg/*_electrodes.tsv
    ln -s .. sub-01/ses-a/again
    mkdir -p sub-01/ses-a/eeg/a/b/c/d
    : >'sub-01/ses-a/eeg/no name.txt'
    cd ..
    anaflow inspect speech
    expect_code 0
    expect_in out 'task-listen_ieeg.json:1: is no JSON: duplicate object key'
    expect_in out 'dataset_description.json:1: is no JSON'
    expect_in out 'events.tsv:2: an event at -3 s, before the'
    expect_in out 'events.tsv: 1 events have no onset (n/a)'
    expect_in out 'lasts 40.0 s, and sub-01/ses-a/eeg/sub-01_ses-a_task-listen_events.tsv has an event at 900.0 s'
    expect_in out 'events.tsv: has no column `onset`'
    expect_in out "events.tsv:2: an event at 1 s of -1 s; expected a finite onset"
    expect_in out '_ieeg.edf: '
    expect_in out 'has 5 channels and sub-01/ses-a/eeg/sub-01_ses-a_task-listen_channels.tsv 1 lines'
    expect_in out 'channels.tsv: has no column `name`'
    expect_in out '_ieeg.edf: has no electrodes.tsv'
    expect_in out 'sub-01/ses-a/again: leads back into a folder above it'
    expect_in out 'sub-01/ses-a/eeg/a/b: lies deeper than BIDS has folders'
    expect_in out 'no name.txt: its name is not KEY-VALUE'
}
claim 'inspect says what is damaged and goes on' finds_damage

finish
