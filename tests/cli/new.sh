#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# new: from a folder of sounds and arrays to an INI file that passes check and runs.
# shellcheck disable=SC2016  # dollars and backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
unset ANAFLOW_PLUGIN_PATH

# write_array FILE ROWS COLUMNS: float32, different numbers; every byte can be printed.
write_array()
{
    {
        printf '\223NUMPY\1\0v\0%-117s\n' \
            "{'descr': '<f4', 'fortran_order': False, 'shape': ($2, $3), }"
        awk -v n=$(($2 * $3)) 'BEGIN { for (i = 0; i < n; i++)
            printf "%c%c%cA", 33 + i * 7 % 90, 33 + i * 31 % 90, 65 + i * 13 % 26 }'
    } >"$1"
}

# Twelve sounds of .5 s; a table, an array with a list of names, an array a sound at 20 Hz.
make_folder()
{
    mkdir -p my-data/sounds my-data/table my-data/array my-data/series
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        name=$(printf 's%02d' "$i")
        write_noise "my-data/sounds/$name.wav" "$i" .5
        write_array "my-data/series/$name.npy" 10 2
        echo "$name.wav" >>my-data/array/names.txt
    done
    write_array my-data/array/voxels.npy 12 3
    awk 'BEGIN { print "stimulus\tA1\tA2"
        for (i = 12; i > 0; i--) printf "s%02d\t%d\t%d\n", i, i, i * i % 7 }' >my-data/table/rating.tsv
    echo notes >my-data/README.txt
}

generated()
{
    make_folder
    anaflow new my-data
    expect_code 0
    expect_in out 'pipeline.ini: 12 sounds, 3 recordings; next: anaflow check pipeline.ini'
    expect_in pipeline.ini 'audio = my-data/sounds/*.wav'
    expect_in pipeline.ini 'data = my-data/array/voxels.npy : (stimulus=my-data/array/names.txt, target)'
    expect_in pipeline.ini 'data = my-data/table/rating.tsv : (stimulus, target)'
    expect_in pipeline.ini 'data = my-data/series/*.npy : (time, target) @ 20 Hz'
    expect_in pipeline.ini '; the rate was guessed from the lengths of the sounds: correct it'
    expect_in pipeline.ini 'plugin = ridge'
    expect_in pipeline.ini '; others: '
    anaflow check pipeline.ini
    expect_code 0
    [ ! -s err ] || fail 'check has something to say'
    anaflow run pipeline.ini --output results
    expect_code 0
    for name in voxels rating series; do
        grep -q "	$name	" results/scores.tsv || fail "no score of $name"
    done
    anaflow new my-data
    expect_code 2
    expect_one_sentence
    expect_in err 'pipeline.ini: is there already; choose another --output'
    anaflow new my-data --output elsewhere/first.ini
    expect_code 2
    mkdir elsewhere
    anaflow new my-data --output elsewhere/first.ini
    expect_code 0
    anaflow check elsewhere/first.ini
    expect_code 0
}
claim 'a folder becomes a study that passes check and runs' generated

# The list beside the INI is taken; another beside the data may be what was meant.
two_lists()
{
    make_folder
    cat >study.ini <<'END'
[stimulus s]
audio = my-data/sounds/*.wav
[model m]
plugin = cochleagram
[brain b]
plugin = arrays
data = my-data/array/voxels.npy : (stimulus=names.txt, target)
[folds]
by = stimulus 5
[metric score]
plugin = ridge
[features f]
from = m
pool = time
[compare]
main = f -> b
END
    anaflow check study.ini
    expect_code 0
    cp my-data/array/names.txt names.txt
    anaflow check study.ini
    expect_code 0
    sort -r names.txt >reversed
    mv reversed names.txt
    anaflow check study.ini
    expect_code 2
    expect_in err 'names.txt is meant, or '
    expect_in err 'my-data/array/names.txt? They differ; remove or rename one, or write a whole path'
    sed -i 's,=names.txt,=my-data/array/names.txt,' study.ini
    anaflow check study.ini
    expect_code 0
    sed -i 's,=my-data/array/names.txt,=other.txt,' study.ini
    mv names.txt other.txt
    sed 's,=other.txt,,' study.ini >nameless.ini
    anaflow check nameless.ini
    expect_code 3
    expect_in err 'brain b: its rows have no names, by which they are bound to stimuli; write data = FILE : (stimulus=names.txt, target)'
    anaflow inspect my-data/array/voxels.npy
    expect_in out '(stimulus=NAMES, target)'
    anaflow run study.ini --set 'metric scor.plugin=rsa' --output results
    expect_code 2
    expect_in err 'makes a new section [metric scor]; the file has [metric score]'
    [ ! -e results ] || fail 'something ran'
}
claim 'two lists of one name, or a new section by --set, are refused' two_lists

# A file a sound, in formats that say themselves what their axes are.
formats()
{
    mkdir -p my-data/sounds my-data/set my-data/nwb my-data/vhdr
    golden=$ANA_SOURCE/tests/golden
    for i in 1 2 3 4 5 6; do
        write_noise "my-data/sounds/s$i.wav" "$i" .45
        cp "$golden/eeglab/embedded.set" "my-data/set/s$i.set"
        cp "$golden/hdf5/ecog.nwb" "my-data/nwb/s$i.nwb"
        cp "$golden/brainvision/across.eeg" "my-data/vhdr/s$i.eeg"
        awk '!/New Segment/ || !n++' "$golden/brainvision/across.vmrk" >"my-data/vhdr/s$i.vmrk"
        sed "s/across/s$i/" "$golden/brainvision/across.vhdr" >"my-data/vhdr/s$i.vhdr"
    done
    anaflow new my-data
    expect_code 0
    expect_in out 'pipeline.ini: 6 sounds, 3 recordings; next: anaflow check pipeline.ini'
    expect_in pipeline.ini 'data = my-data/set/*.set'
    expect_in pipeline.ini 'data = my-data/nwb/*.nwb'
    expect_in pipeline.ini 'data = my-data/vhdr/*.vhdr'
    expect_in pipeline.ini '; runs were bound to the sounds by the names of their files'
    anaflow check pipeline.ini
    expect_code 0
    anaflow run pipeline.ini --output results --only set
    expect_code 0
    grep -q '	set	' results/scores.tsv || fail 'no score'
}
claim 'EEGLAB, BrainVision and NWB files called like the sounds become a study' formats

# write_long MARKS: BrainVision, 2 channels, 40 s at 50 Hz, with marks "TYPE,TEXT,SAMPLE".
write_long()
{
    mkdir -p my-data/eeg
    cat >my-data/eeg/long.vhdr <<'END'
Brain Vision Data Exchange Header File Version 1.0
[Common Infos]
DataFile=long.eeg
MarkerFile=long.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=2
SamplingInterval=20000
[Binary Infos]
BinaryFormat=INT_16
[Channel Infos]
Ch1=Cz,,0.1,uV
Ch2=Pz,,0.1,uV
END
    {
        printf 'Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=long.eeg\n[Marker Infos]\n'
        printf 'Mk1=New Segment,,1,1,0\n'
        n=2
        for mark in "$@"; do
            echo "Mk$n=$mark,1,0"
            n=$((n + 1))
        done
    } >my-data/eeg/long.vmrk
    awk 'BEGIN { for (i = 0; i < 4000; i++) printf "%c%c", 33 + i * i % 89, 33 + i * 31 % 90 }' >my-data/eeg/long.eeg
}

# takes_long TEXT...: the long recording becomes a study that passes check and runs.
takes_long()
{
    rm -rf pipeline.ini results
    anaflow new my-data
    expect_code 0
    expect_in out 'pipeline.ini: 6 sounds, 1 recording; next: anaflow check pipeline.ini'
    expect_in pipeline.ini 'data = my-data/eeg/long.vhdr'
    for text in "$@"; do
        expect_in pipeline.ini "$text"
    done
    anaflow check pipeline.ini
    expect_code 0
    [ ! -s err ] || fail 'check has something to say'
    anaflow run pipeline.ini --output results
    expect_code 0
    grep -q '	long	' results/scores.tsv || fail 'no score'
}

one_long_recording()
{
    mkdir -p my-data/sounds
    for i in 1 2 3 4 5 6; do
        write_noise "my-data/sounds/s$i.wav" "$i" .5
    done
    # Its own marks; then with others between, and each sound twice; then a table.
    write_long Stimulus,s1,100 Stimulus,s2,200 Stimulus,s3,300 Stimulus,s4,400 Stimulus,s5,500 Stimulus,s6,600
    takes_long '; one long recording; its own marks say when each sound was' 'prepare = epochs(0..0.5 s)'
    write_long Stimulus,s1,100 Response,key,130 Stimulus,s2,200 Stimulus,s3,300 Stimulus,s4,400 Stimulus,s5,500 \
        Stimulus,s6,600 Stimulus,s2,700 Stimulus,s1,800
    takes_long 'prepare = epochs(0..0.5 s, Stimulus/s*) trials(average)'
    write_long Response,key,130
    printf 'onset\tduration\ttrial_type\tplayed\n' >my-data/eeg/log.tsv
    for i in 1 2 3 4 5 6; do
        printf '%d\t.5\tsound\ts%d.wav\n%d.9\t0\tkey\tn/a\n' $((i * 3)) $i $((i * 3))
    done >>my-data/eeg/log.tsv
    takes_long '; one long recording; a table of events says when each sound was' \
        'events = my-data/eeg/log.tsv' 'prepare = epochs(0..0.5 s, by played)'
    # A sound that nothing names.
    write_noise my-data/sounds/s7.wav 7 .5
    rm pipeline.ini
    anaflow new my-data
    expect_code 3
    expect_in err 'and no recording whose events, or a table (TSV) of them, name every sound'
    [ ! -e pipeline.ini ] || fail 'something was written'
}
claim 'one long recording with marks or a table of events becomes a study' one_long_recording

dataset()
{
    cp -R "$ANA_SOURCE/tests/golden/bids/story" "$ANA_SOURCE/tests/golden/bids/speech" .
    chmod -R u+w story speech
    anaflow new story --output story.ini
    expect_code 0
    expect_in out "story.ini: a BIDS dataset, 'bids = story : derivatives-fmriprep task-story "
    expect_in story.ini 'mask = desc-brain_mask'
    expect_in story.ini 'by = run'
    anaflow run story.ini --output results
    expect_code 0
    grep -q '	recording	' results/scores.tsv || fail 'no score'
    anaflow new speech --output speech.ini # both runs present one sound: no folds by run
    expect_code 0
    expect_in speech.ini 'bids = speech : task-listen sub-01'
    expect_in speech.ini 'by = stimulus 2'
    rm story/sub-01/func/*_events.tsv
    anaflow new story --output other.ini
    expect_code 3
    expect_one_sentence
    expect_in err 'no events.tsv of its runs names a stimulus'
    [ ! -e other.ini ] || fail 'a file was written'
}
claim 'a BIDS dataset becomes a study that passes check and runs' dataset

nothing_there()
{
    mkdir empty
    anaflow new empty
    expect_code 3
    expect_one_sentence
    expect_in err 'empty: holds 0 sounds, and a study needs 4 or more'
    make_folder
    rm -r my-data/table my-data/array my-data/series/s07.npy
    anaflow new my-data
    expect_code 3
    expect_one_sentence
    expect_in err 'my-data: holds 12 sounds, but no array with a row for each'
    [ ! -e pipeline.ini ] || fail 'a file was written'
    anaflow new nowhere
    expect_code 3
    expect_one_sentence
}
claim 'a folder without sounds or arrays is exit 3, and nothing is written' nothing_there

natural_sounds()
{
    data=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}/fmri-natsound165
    skip_without "$data"
    anaflow new "$data" --output natural.ini
    expect_code 0
    expect_in natural.ini 'audio = '
    expect_in natural.ini 'components.mat : '
    expect_in natural.ini 'stimulus=stim_names'
    anaflow check natural.ini
    expect_code 0
    [ ! -s err ] || fail 'check has something to say'
    # One recording is enough to see it run.
    anaflow run natural.ini --output results --only components
    expect_code 0
    grep -q '	components	' results/scores.tsv || fail 'no score'
}
claim 'the natural sounds become a study that passes check and runs' natural_sounds

finish
