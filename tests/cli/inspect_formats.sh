#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# inspect says of each format of recordings what a person wants to know first: what it is,
# shape, rate, unit, channels, positions, events, and what is odd about it.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

golden=$ANA_SOURCE/tests/golden

# told FILE LINE...: inspect says each, and its second line is the recording as a whole.
told()
{
    file=$1
    anaflow inspect "$golden/$file"
    expect_code 0
    shift
    for line; do
        expect_in out "$line"
    done
}

edf()
{
    told edf/plain.edf 'read by `plugin = edf`: EDF, EDF+ and BDF recordings' \
        'as a whole: series, 2 targets, 32 samples in 1 run at 16 Hz (2.00 s), uV' \
        "events: 1; 'word' x 1 from 0.75 s" 'EEG Fz          32 int16, 16 Hz, uV' \
        'EDF Annotations text' 'Temp            8 int16, 4 Hz, degC' 'plugin = edf'
    expect_in err '1 signals of another rate or type were left out'
}
claim 'EDF: channels with their rates and units, annotations, what is left out' edf

brainvision()
{
    told brainvision/plain.vhdr 'BrainVision recordings (.vhdr with .eeg and .vmrk)' \
        'series, 3 targets, 40 samples in 2 runs at 500 Hz (0.08 s), µV' \
        "events: 2; 'Stimulus/S  1' x 1 from 0.02 s" 'C,z       40' 'plugin = brainvision'
    expect_in err 'has 1 gap; each stretch between them is a run'
    cp "$golden/brainvision/plain.eeg" "$golden/brainvision/plain.vhdr" .
    anaflow inspect plain.eeg
    expect_code 3
    expect_in err 'plain.eeg: no reader knows this file by itself; plain.vhdr beside it is read by `plugin = brainvision`'
    grep -v '^Ch3' plain.vhdr >two.vhdr
    printf 'Ch3=Pz,,,mV\n' >>two.vhdr
    anaflow inspect two.vhdr
    expect_in err "its channels differ in unit: 'Fz' is in µV and 'Pz' in mV; name those you want"
}
claim 'BrainVision: gaps, markers, mixed units; its samples point to the header' brainvision

eeglab()
{
    told eeglab/embedded.set 'EEGLAB data sets (.set, with or without .fdt)' \
        'series, 4 targets, 50 samples in 1 run at 100 Hz (0.50 s), uV' \
        'positions: 4 in EEGLAB, x 0 .. 30, y -15 .. 0, z 1.5 .. 1.5 mm' \
        "events: 3; '7' x 1 from 0 s" 'Ä1' 'plugin = eeglab'
}
claim 'EEGLAB: channels, where they are, events' eeglab

nifti()
{
    told nifti/i2_le.nii 'NIfTI-1 and NIfTI-2 images' \
        'series, 24 targets, 5 samples in 1 run at 0.666667 Hz (7.50 s)' \
        'positions: 24' ' mm; regions: none' '4 x 3 x 2 x 5 int16, NIfTI-1; voxel (0, 0, 0) at ' \
        'TR 1.5 s' 'plugin = nifti'
    told nifti/f4.mgh '4 x 3 x 2 x 5 float32, MGH'
    told nifti/atlas.nii 'rows, 24 targets, 1 row'
}
claim 'NIfTI and MGH: size, type, TR, where the voxels are' nifti

cifti()
{
    told cifti/rest.dtseries.nii 'CIFTI-2 grayordinates and parcels' \
        'series, 11 targets, 6 samples in 1 run at 0.666667 Hz (9.00 s)' 'with a region: 11' \
        'scans x vertices and voxels of 3 structures' 'plugin = cifti'
    told cifti/areas.dlabel.nii 'labels x vertices' 'not by itself: ' 'name it in `atlas`'
    expect_not_in out 'data ='
}
claim 'CIFTI: structures and scans; labels are told, and where they belong' cifti

gifti()
{
    told gifti/two.shape.gii 'GIFTI surfaces' 'rows, 12 targets, 2 rows' \
        '12 float32, values of vertices: thick' 'plugin = gifti'
    told gifti/mesh.surf.gii 'points of a mesh, mm' 'triangles of a mesh' 'not by itself: ' \
        'name it in `surface`, `mask` or `atlas`'
    expect_not_in out 'data ='
}
claim 'GIFTI: values of vertices; meshes are told, and where they belong' gifti

arrays()
{
    told npy/f8_little.npy 'NumPy arrays (.npy), tables' '2 x 3 x 4 float64' 'values ' \
        ': f8_little(stimulus=NAMES, time, target)'
    told arrays/table.tsv 'stimulus names of the rows' 'kind     text' 'left     3 float64' \
        ': (stimulus, target)'
    told arrays/numbers.txt '1 3 float64' '2 3 float64'
    told npy/names_little.npy 'text'
}
claim 'arrays and tables: shapes, which columns are text' arrays

many_channels()
{
    {
        sed '/^NumberOf/s/3/20/; /^\[Channel/q' "$golden/brainvision/plain.vhdr" | tr -d '\r'
        i=1
        while [ $i -le 20 ]; do
            echo "Ch$i=A$i,,0.5,uV"
            i=$((i + 1))
        done
    } >many.vhdr
    cp "$golden/brainvision/plain.eeg" many.eeg
    anaflow inspect many.vhdr
    expect_code 0
    expect_in out '20, each 6 float64, 500 Hz, uV:'
    expect_in out '    A1, A2, A3,'
    anaflow inspect many.vhdr --json
    expect_in out '"name": "A20"'
    expect_in out "not there; "
}
claim 'many channels alike are told together, and each by --json; its warnings too' many_channels

places()
{
    told eeglab/sphere.set 'positions: 4 in EEGLAB'
    expect_in err 'the positions lie on a sphere of radius 1: they are directions, and were put on EEGLAB'
    told eeglab/metres.set 'positions: 4 in EEGLAB'
    expect_in err 'the positions were taken for metres, since none lies 0.3 or more from the origin'
    told eeglab/embedded.set 'positions: 4 in EEGLAB, x 0 .. 30, y -15 .. 0, z 1.5 .. 1.5 mm'
    expect_not_in err positions
}
claim 'EEGLAB: what the numbers of its positions are' places

toolboxes()
{
    for version in v5 v73; do
        told mat/fieldtrip_$version.mat 'series, 4 targets, 135 samples in 3 runs at 200 Hz' \
            'FieldTrip, 3 trials at 200 Hz: `data = FILE`'
        tail -n 2 out >last
        expect_in last 'plugin = mat'
        expect_in last "data = $golden/mat/fieldtrip_$version.mat"
        expect_not_in last ' : '
        told mat/cnd_eeg_$version.mat 'series, 3 targets, 180 samples in 3 runs at 64 Hz'
        told mat/cnd_stim_$version.mat 'CND, 3 trials of 2 features at 64 Hz: `data = FILE`, `feature`' \
            'not by itself: ' 'choose one with `feature`: envelope, spectrogram'
        tail -n 3 out >last
        expect_in last "data = $golden/mat/cnd_stim_$version.mat"
        expect_in last 'feature = ...'
    done
}
claim 'FieldTrip and CND: the layout, and the keys that read it' toolboxes

freesurfer()
{
    told gifti/atlas.annot '12 int32, regions of vertices (FreeSurfer); 3 names: unknown, HG, STG' \
        'names vertices, which is no recording: name it in `atlas`'
    told gifti/roi.label '3 x 5 float64, vertices of one region (FreeSurfer): subject fsaverage; x 0 .. 1, y 0 .. 2, z 0 .. 3 mm' \
        'names vertices, which is no recording: name it in `mask`'
    told gifti/mesh.surf.gii 'points of a mesh, mm; hemisphere L; x '
    head -c 3 "$golden/gifti/atlas.annot" >short.annot
    anaflow inspect short.annot
    expect_code 3
    expect_in err 'short.annot: byte 0: ends before its vertices; it is cut short'
    printf '\177\377\377\377\0\0' >huge.annot
    anaflow inspect huge.annot
    expect_code 3
    expect_in err 'huge.annot: byte 0: is of 2147483647 vertices, for which its 6 bytes have no room'
    head -n 3 "$golden/gifti/roi.label" >short.label
    anaflow inspect short.label
    expect_code 3
    expect_in err 'short.label:4: expected vertex 2 of 3'
}
claim 'FreeSurfer annotations and labels: regions, names, where the vertices are' freesurfer

timing()
{
    printf '"ooTextFile"\n"TextGrid"\n0\n2\n<exists>\n1\n"IntervalTier"\n"words"\n0\n2\n2\n0\n0.5\n""\n0.5\n1.5\n"dog"\n' >dog.TextGrid
    anaflow inspect dog.TextGrid
    expect_code 0
    expect_in out "dog.TextGrid: a word table: 1 word, 0.50 s .. 1.50 s, 'dog' ... 'dog'; as a stimulus:"
    expect_in out '  words = dog.TextGrid'
    printf '"ooTextFile"\n"TextGrid"\n0\n2\n<exists>\n1\n"IntervalTier"\n"words"\n0\n2\n0\n' >none.TextGrid
    anaflow inspect none.TextGrid
    expect_code 0
    expect_in out 'none.TextGrid: a word table without a word'
    head -c 60 dog.TextGrid >cut.TextGrid
    anaflow inspect cut.TextGrid
    expect_code 3
    expect_in err 'cut.TextGrid'
    printf '{"segments": [{"start": 0, "end": 1, "words": [{"word": "rain", "start": 0.25, "end": 0.75}]}]}' >said.json
    anaflow inspect said.json
    expect_code 0
    expect_in out "said.json: a word table: 1 word, 0.25 s .. 0.75 s, 'rain'"
    printf 'onset\tduration\ttrial_type\n1.5\t2\tstory\n9\tn/a\tbutton\n12\tn/a\tbutton\n' >run_events.tsv
    anaflow inspect run_events.tsv
    expect_code 0
    expect_in out "events: 3, 1.5 s .. 12 s; 'story' x 1 from 1.5 s, 'button' x 2 from 9 s; for a recording:"
    expect_in out '  events = run_events.tsv'
    printf 'name\tx\ty\tz\nA1\t-40.5\t2\t3\nA2\tn/a\tn/a\tn/a\nA3\t10\t-7\t3\n' >electrodes.tsv
    anaflow inspect electrodes.tsv
    expect_code 0
    expect_in out 'positions: 2 of 3, x -40.5 .. 10, y -7 .. 2, z 3 .. 3; for a recording:'
    expect_in out '  electrodes = electrodes.tsv'
}
claim 'words, events and electrodes that stand beside a recording are told, too' timing

finish
