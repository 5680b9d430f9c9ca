#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Datasets in BIDS: what `inspect` finds, what a study takes from them, what is said where
# they are damaged. The two datasets are those of tests/oracles/make_bids.py.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/bids_story.sh"

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
    head -c 100 $three/sub-02_ses-a_task-listen_ieeg.edf >short
    mv short $three/sub-02_ses-a_task-listen_ieeg.edf
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

# median FILE COMPARISON TARGET: r over all folds.
median()
{
    awk -F '\t' -v c="$2" -v t="$3" \
        '$2 == c && $10 == "r" && $13 == "median" && $14 == t { print $16; exit }' "$1"
}

# above TEXT NUMBER, below TEXT NUMBER
above()
{
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 > b) }' || fail "'$1' is not above $2"
}
below()
{
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 < b) }' || fail "'$1' is not below $2"
}

scans()
{
    write_story "$golden/story" "$preprocessed" 'confounds(motion6, csf) detrend(1) zscore(run)'
    anaflow run story.ini --output results
    expect_code 0
    for subject in sub-01 sub-02; do # x = 0 hears nothing, and moves with the head
        above "$(median results/scores.tsv main-$subject 1,1,0)" .7
        below "$(median results/scores.tsv main-$subject 0,1,0)" .35
    done
    expect_in results/scores.tsv "main-sub-02	sub-02	bold-sub-02"
    expect_not_in results/scores.tsv '	0,0,0	' # outside of the mask
    sed -i 's/confounds(motion6, csf) //' story.ini
    anaflow run story.ini --output plain
    expect_code 0
    above "$(median plain/scores.tsv main-sub-01 0,0,1)" .4
}
claim 'preprocessed scans are found, bound to the story by stim_file, and cleaned' scans

people()
{
    write_story "$golden/story" "$preprocessed" 'detrend(1) zscore(run)'
    sed -i 's/^by = run/by = subject/' story.ini
    anaflow run story.ini --output results
    expect_code 0
    above "$(median results/scores.tsv main 1,1,0)" .7
    expect_in results/folds-main.tsv sub-02
    expect_not_in results/folds-main.tsv run-1
}
claim 'subjects of the dataset are what folds by subject hold out' people

onset_counts()
{
    copy story
    write_story story "$preprocessed sub-01" 'confounds(motion6, csf) detrend(1) zscore(run)'
    sed -i 's/^6.0/30.0/' story/sub-01/func/*_events.tsv # what was heard 24 s too late
    anaflow run story.ini --output results
    expect_code 0
    below "$(median results/scores.tsv main 1,1,0)" .5
}
claim 'the onset of an event counts' onset_counts

write_speech()
{
    cat >speech.ini <<EOF
[study]
name = speech
seed = 1
[model loud]
plugin = cochleagram
channels = 4
input_rate = 2000
low = 20
high = 900
rate = 40
[features sound]
from = loud
delays = 0..250 ms
[brain rec]
bids = $1 : $2
prepare = $3
[folds]
by = $4
inner = gcv
[metric score]
plugin = ridge
[compare]
main = sound -> rec
EOF
}

presentations()
{
    write_speech "$golden/speech" 'sub-01 ses-a' 'zscore(run)' 'stimulus 2'
    anaflow run speech.ini --output results
    expect_code 0
    above "$(median results/scores.tsv main Cz)" .8
    below "$(median results/scores.tsv main Oz)" .3
    awk -F '\t' '$10 == "r" && $13 == 0 && $14 == "Fz" { n = $20 } END { exit n != 512 }' \
        results/scores.tsv || fail 'both presentations of a sound are not held out together'
    write_speech "$golden/speech" 'sub-01' 'zscore(run)' run
    anaflow check speech.ini
    expect_code 2
    expect_in err '_eeg/2 and sub-01_ses-b_task-listen_eeg/2 presented the same stimulus'
}
claim 'presentations are cut out of runs, and repeated ones are held out together' presentations

trials()
{
    write_speech "$golden/speech" sub-01 'zscore(run)' 'stimulus 3'
    anaflow run speech.ini --output cut
    expect_code 0
    sed -i 's/^prepare = .*/prepare = zscore(run) epochs(0..8 s, by stim_file) trials(single)/' speech.ini
    anaflow run speech.ini --output single
    expect_code 0
    for target in Fz Cz Oz; do # two ways to the same rows, in another order
        one=$(median cut/scores.tsv main $target)
        other=$(median single/scores.tsv main $target)
        above "$one" "$(awk -v x="$other" 'BEGIN { printf "%.12f", x - 1e-9 }')"
        below "$one" "$(awk -v x="$other" 'BEGIN { printf "%.12f", x + 1e-9 }')"
    done
    sed -i 's/trials(single)/trials(average)/' speech.ini
    anaflow run speech.ini --output average
    expect_code 0
    above "$(median average/scores.tsv main Fz)" "$(median cut/scores.tsv main Fz)"
}
claim 'trials around the events of a dataset are what is cut out of its runs' trials

bad_in_one_run()
{
    write_speech "$golden/speech" 'sub-01' 'bad(drop) zscore(run)' 'stimulus 3'
    anaflow run speech.ini --output results
    expect_code 0
    above "$(median results/scores.tsv main Fz)" .8
    expect_not_in results/scores.tsv '	Pz	'
    expect_not_in results/scores.tsv '	ECG	'
}
claim 'a channel that is bad in any run is marked, one of another type is none' bad_in_one_run

electrodes()
{
    write_speech "$golden/speech" 'sub-02' 'zscore(run)' 'stimulus 3'
    anaflow check speech.ini
    expect_code 3
    expect_in err 'has electrodes.tsv in several spaces'
    sed -i 's/^bids = .*/&\nelectrodes-space = MNI152NLin2009aSym/' speech.ini
    anaflow run speech.ini --output results
    expect_code 0
    expect_in results/scores.tsv '	A1	STG	'
    expect_in results/scores.tsv '	A4	MTG	'
    expect_in results/report.json '-50'
    expect_in results/report.json 'MNI152NLin2009aSym'
}
claim 'electrodes have their places, in mm, and regions' electrodes

# scored STUDY TEXT FILE WHY: after FILE was changed by sed's TEXT, the scores of sub-01 are made
# anew, and why; those of sub-02 are not.
scored()
{
    sed -i "$2" "$3"
    anaflow run "$1" --output results
    expect_code 0
    awk '/^== / { n = 0 } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }' \
        results/run.log >last
    expect_in last "score main-sub-01 loud cochleagram: $4"
    expect_in last 'score main-sub-02 loud cochleagram: stored'
}

every_file_counts()
{
    copy story
    write_story story "$preprocessed" 'confounds(motion6, csf) detrend(1) zscore(run)'
    anaflow run story.ini --output results
    expect_code 0
    raw=story/sub-01/func/sub-01_task-story_run-1
    made=story/derivatives/fmriprep/sub-01/func/sub-01_task-story_run-1
    for file in "${raw}_events.tsv" "${made}_desc-confounds_timeseries.tsv" \
        "${made}_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz" \
        "${made}_space-MNI152NLin2009cAsym_desc-preproc_bold.json" \
        "${made}_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz" \
        story/task-story_bold.json story/sub-01/sub-01_task-story_bold.json story/stimuli/part1.wav; do
        expect_in results/anaflow.lock.json "\"$file\""
    done
    scored story.ini 's/^6.0/6.5/' "${raw}_events.tsv" 'samples of part1 changed'
    scored story.ini '2s/^[^\t]*/1/' "${made}_desc-confounds_timeseries.tsv" \
        'file sub-01_task-story_run-1_desc-confounds_timeseries.tsv changed'
    scored story.ini 's/false/true/' "${made}_space-MNI152NLin2009cAsym_desc-preproc_bold.json" \
        'file sub-01_task-story_run-1_space-MNI152NLin2009cAsym_desc-preproc_bold.json changed'
    cp "$golden/story/derivatives/fmriprep/sub-02/func/sub-02_task-story_run-1_space-T1w_desc-brain_mask.nii.gz" \
        "${made}_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz"
    printf '\0' >>"${made}_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz"
    scored story.ini '' story.ini \
        'file sub-01_task-story_run-1_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz changed'
    sed -i 's/1.5/1.6/' story/task-story_bold.json # the TR of all
    anaflow run story.ini --output results
    expect_code 0
    [ "$(grep -c '^score main-sub-0[12] loud .*: rate changed$' results/run.log)" -eq 4 ] ||
        fail 'not all scores are of the new TR'
}
claim 'every file of a dataset that a run reads is recorded, and a change of one counts' every_file_counts

tables_count()
{
    copy speech
    write_speech speech 'sub-02' 'zscore(run)' 'stimulus 3'
    sed -i 's/^bids = .*/&\nelectrodes-space = MNI152NLin2009aSym/' speech.ini
    anaflow run speech.ini --output results
    expect_code 0
    at=speech/sub-02/ses-a/ieeg/sub-02_ses-a
    for file in "${at}_task-listen_channels.tsv" "${at}_space-MNI152NLin2009aSym_electrodes.tsv" \
        "${at}_space-MNI152NLin2009aSym_coordsystem.json" "${at}_task-listen_events.tsv"; do
        expect_in results/anaflow.lock.json "\"$file\""
    done
    sed -i 's/good/bad/' "${at}_task-listen_channels.tsv"
    anaflow run speech.ini --output results
    expect_in results/run.log 'cochleagram: file sub-02_ses-a_task-listen_channels.tsv changed'
    sed -i 's/STG/MTG/' "${at}_space-MNI152NLin2009aSym_electrodes.tsv"
    anaflow run speech.ini --output results
    expect_in results/run.log 'cochleagram: file sub-02_ses-a_space-MNI152NLin2009aSym_electrodes.tsv changed'
    sed -i 's/"cm"/"mm"/' "${at}_space-MNI152NLin2009aSym_coordsystem.json"
    anaflow run speech.ini --output results
    expect_in results/run.log 'cochleagram: electrodes-unit changed'
}
claim 'tables of channels and electrodes are recorded, and a change of one counts' tables_count

# A mask is chosen by any entities of its name, in the derivative's folder of any kind.
masks()
{
    copy story
    for subject in 01 02; do
        at=story/derivatives/fmriprep/sub-$subject
        mkdir "$at/anat"
        cp "$at/func/sub-${subject}_task-story_run-1_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz" \
            "$at/anat/sub-${subject}_space-MNI152NLin2009cAsym_label-GM_mask.nii.gz"
        cp "$at/func/sub-${subject}_task-story_run-1_space-T1w_desc-brain_mask.nii.gz" \
            "$at/anat/sub-${subject}_space-T1w_label-GM_desc-thin_mask.nii.gz"
    done
    write_story story "$preprocessed" 'zscore(run)'
    sed -i 's/^mask = .*/mask = label-GM_mask/' story.ini
    anaflow check story.ini
    expect_code 0
    expect_in out 'mask = story/derivatives/fmriprep/sub-02/anat/sub-02_space-MNI152NLin2009cAsym_label-GM_mask.nii.gz'
    sed -i 's/^mask = .*/mask = label-GM_desc-thin/' story.ini # of another space
    anaflow check story.ini
    expect_code 3
    expect_in err 'there is no label-GM_desc-thin_mask beside story/derivatives/fmriprep/sub-01/func'
}
claim 'a mask is chosen by the entities of its name' masks

hemispheres()
{
    copy story
    for file in story/derivatives/fmriprep/sub-*/func/*_run-?_*preproc_bold.nii.gz; do
        for hemi in L R; do
            at=$(dirname "$file")/$(basename "$file" | sed 's/_space.*//')
            : >"${at}_hemi-${hemi}_space-fsaverage5_bold.func.gii"
        done
    done
    write_story story 'space-fsaverage5' 'zscore(run)'
    anaflow check story.ini
    expect_code 3
    expect_in err '`hemi` is L, R; choose one with hemi-VALUE: each hemisphere is a [brain NAME] of its own'
}
claim 'two hemispheres are told to be two recordings' hemispheres

# refused STUDY CODE TEXT
refused()
{
    anaflow check "$1"
    expect_code "$2"
    expect_in err "$3"
}

finds_before_computing()
{
    write_story "$golden/story" 'task-storm' 'zscore(run)'
    refused story.ini 3 'no recording has task-storm; of those that match the rest, `task` is: story'
    write_story "$golden/story" 'tasc-story' 'zscore(run)'
    refused story.ini 2 "'tasc-story' chooses nothing, did you mean 'task-...'?"
    write_story "$golden/story" 'desc-preproc' 'zscore(run)'
    refused story.ini 3 '`space` is MNI152NLin2009cAsym, T1w; choose one with space-VALUE'
    write_story "$golden/story" 'task-story' 'confounds(motion6)'
    refused story.ini 3 'there is no desc-brain_mask beside'
    sed -i '/^mask/d' story.ini
    refused story.ini 3 'raw data has none: choose derivatives, or name files'
    write_story "$golden/story" "$preprocessed" 'confounds(csff)'
    refused story.ini 3 "has no column 'csff'; did you mean 'csf'?"
    write_speech "$golden/speech" '' 'zscore(run)' run
    refused speech.ini 3 'recordings of several kinds match: `datatype` is eeg, ieeg'
    copy story
    rm story/stimuli/part2.wav
    write_story story "$preprocessed sub-01" 'zscore(run)'
    refused story.ini 3 'run-2_events.tsv:2: the stimulus story/stimuli/part2.wav cannot be read; put it there'
    rm story/sub-01/func/*_events.tsv
    refused story.ini 3 'no events.tsv of its runs names a stimulus (column stim_file); add [stimulus NAME]'
    printf '[stimulus parts]\naudio = %s/story/stimuli/*.wav\n' "$golden" >>story.ini
    refused story.ini 3 'no events.tsv says a stimulus of: add it, choose other runs, or say it with'
    sed -i 's/^bids = .*/&\nshown = part{run}/' story.ini
    anaflow check story.ini
    expect_code 0
    sed -i 's/part{run}/part{acq}/' story.ini
    refused story.ini 3 'has {acq}, and the name of'
    mkdir -p story/sub-09/meg
    : >story/sub-09/meg/sub-09_task-story_meg.fif
    write_story story 'sub-09' 'zscore(run)'
    refused story.ini 3 'MEG is not read by this anaflow'
}
claim 'check finds what is wrong before anything is computed' finds_before_computing

# fMRIPrep's own output has no space in its name: beside others it is chosen by `space-none`.
native_space()
{
    copy story
    for file in story/derivatives/fmriprep/sub-*/func/*_space-T1w_desc-*; do
        mv "$file" "$(echo "$file" | sed 's/_space-T1w//')"
    done
    for run in 1 2; do # a task that comes before the story's, and presents nothing
        cp story/derivatives/fmriprep/sub-01/func/*_run-${run}_desc-preproc_bold.nii.gz \
            story/derivatives/fmriprep/sub-01/func/sub-01_task-rest_run-${run}_desc-preproc_bold.nii.gz
    done
    anaflow inspect story
    expect_code 0
    expect_in out 'fMRI, task-story desc-preproc (.nii.gz): 4 runs of 2 subjects'
    tail -n 20 out | sed -n 's/^  bids = //p' >told
    expect_in told 'derivatives-fmriprep task-story space-MNI152NLin2009cAsym desc-preproc sub-01'
    write_story story 'task-story desc-preproc sub-01' 'zscore(run)'
    refused story.ini 3 '`space` is none, MNI152NLin2009cAsym; choose one with space-VALUE'
    write_story story 'task-story space-none desc-preproc sub-01' 'zscore(run)'
    anaflow check story.ini
    expect_code 0
    expect_in out 'sub-01_task-story_run-1_desc-preproc_bold.nii.gz: part1.wav'
    rm story/derivatives/fmriprep/sub-*/func/*_space-MNI*_bold.nii.gz
    anaflow inspect story
    expect_in out 'derivatives-fmriprep task-story desc-preproc sub-01'
}
claim 'what has no space in its name is chosen by space-none; inspect tells words that choose' native_space

several_echoes()
{
    copy story
    for echo in 1 2; do
        for run in 1 2; do
            cp "$golden/story/sub-01/func/sub-01_task-story_run-${run}_bold.nii.gz" \
                story/sub-01/func/sub-01_task-story_run-${run}_echo-${echo}_bold.nii.gz
        done
    done
    rm story/sub-01/func/*_run-?_bold.nii.gz
    anaflow inspect story
    expect_code 0
    expect_in out 'raw fMRI, task-story echo-2 (.nii.gz): 2 runs of 1 subject'
    expect_not_in out 'without events.tsv' # those of the run are of each echo
    write_story story 'task-story sub-01' 'zscore(run)'
    refused story.ini 3 '`echo` is 1, 2; choose one with echo-VALUE'
}
claim 'echoes of a run are kinds of it, with the same events' several_echoes

finish
