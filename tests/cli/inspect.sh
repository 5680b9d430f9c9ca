#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# inspect: what files and folders are, and exit 3 for what cannot be read.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

# One second of silence, 16-bit mono at 8 kHz, in file $1.
write_sound()
{
    {
        printf 'RIFF\244\076\0\0WAVEfmt \020\0\0\0\001\0\001\0'
        printf '\100\037\0\0\200\076\0\0\002\0\020\0data\200\076\0\0'
        head -c 16000 /dev/zero
    } >"$1"
}

sound()
{
    write_sound one.wav
    anaflow inspect one.wav
    expect_code 0
    expect_in out 'one.wav: a sound'
    expect_in out '1.00 s, 8000 samples at 8000 Hz, 1 channel'
    expect_in out 'audio = one.wav'
}
claim 'a sound is told with length, rate and channels' sound

folder()
{
    mkdir -p sounds/more
    write_sound sounds/a.wav
    write_sound sounds/more/b.wav
    echo notes >sounds/README
    anaflow inspect sounds
    expect_code 0
    expect_in out '2 wav'
    expect_in out 'sounds: 2, 2.00 s in all, 8000 Hz'
    expect_in out 'audio = sounds/*.wav'
    echo 'not a sound' >sounds/c.wav
    anaflow inspect sounds
    expect_code 0
    expect_in out '1 file is named as a sound but cannot be read'
}
claim 'a folder is told by its kinds of files and its sounds' folder

arrays()
{
    anaflow inspect "$ANA_SOURCE/tests/golden/npy/f8_little.npy"
    expect_code 0
    expect_in out 'float64'
    expect_in out 'values '
    expect_in out 'data = '
    printf 'stimulus\tleft\tright\na\t1\t2\nb\t3\t4\n' >table.tsv
    anaflow inspect table.tsv
    expect_code 0
    expect_in out 'left '
    expect_in out 'data = table.tsv : (stimulus, target)'
}
claim 'arrays and tables are told with shapes, values and their line' arrays

# A file that says all of itself needs no axes, and is told as the recording that it is.
self_describing()
{
    anaflow inspect "$ANA_SOURCE/tests/golden/edf/plain.edf"
    expect_code 0
    expect_in out 'as a whole: series, 2 targets, 32 samples in 1 run at 16 Hz (2.00 s), uV'
    expect_in out "events: 1; 'word' x 1 from 0.75 s"
    expect_in out '  plugin = edf'
    expect_not_in out '(stimulus'
    anaflow inspect "$ANA_SOURCE/tests/golden/nifti/f4_be.nii" --json
    expect_code 0
    expect_in out '"positions": 24'
    expect_in out '"layout": "series"'
}
claim 'a recording that says all of itself is told whole, and used by its name' self_describing

# HDF5 says of an NWB series all that a person asks; of other files what they hold.
hdf5()
{
    anaflow inspect "$ANA_SOURCE/tests/golden/hdf5/ecog.nwb"
    expect_code 0
    expect_in out '/acquisition/ElectricalSeries/data 240 x 4 int16, gzip'
    expect_in out 'as a whole: series, 4 targets, 240 samples in 1 run at 512 Hz (0.47 s), V'
    expect_in out 'positions: 3, x -40 .. -37, y -4 .. 0, z 0.25 .. 2.25 mm'
    expect_in out '; with a region: 4; marked as bad: LA3'
    expect_in out "events: 2; 'trials: dog' x 1 from 0 s"
    expect_in out '  plugin = hdf5'
    anaflow inspect "$ANA_SOURCE/tests/golden/hdf5/outside.h5"
    expect_code 0
    expect_in out '/link    not read: it is a link into another file (other.h5)'
    expect_in out 'not by itself: '
    expect_in out 'say which dataset it is with `dataset = /a/b`'
}
claim 'HDF5 files are told with datasets, rate, unit, positions, bad channels and events' hdf5

words()
{
    printf 'word\tonset\tduration\nthe\t0.5\t0.1\ncat\t0.6\t0.4\n' >words.tsv
    anaflow inspect words.tsv
    expect_code 0
    expect_in out 'a word table: 2 words, 0.50 s .. 1.00 s'
    expect_in out 'words = words.tsv'
}
claim 'a word table is told with its words and time' words

safetensors()
{
    {
        printf '\100\0\0\0\0\0\0\0'
        printf '%-64s' '{"conv1":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
        head -c 24 /dev/zero
    } >net.safetensors
    anaflow inspect net.safetensors
    expect_code 0
    expect_in out 'safetensors, 1 array'
    expect_in out 'conv1  2 x 3 float32'
}
claim 'safetensors are told by name and shape' safetensors

study()
{
    printf '[study]\nname = x\n[model a]\nplugin = b\nlayers = all\n' >x.ini
    anaflow inspect x.ini
    expect_code 0
    expect_in out '[model a] 2 keys'
    expect_in out '`anaflow check x.ini` explains it'
}
claim 'an INI file is told by its sections' study

# json FILE EXPRESSION: what --json prints of it is JSON, and this is true of it.
json()
{
    anaflow inspect "$1" --json
    expect_code 0
    /usr/bin/python3 -c "import json, sys
it = json.load(open('out'))
sys.exit(not ($2))" || fail "not so: $2"
}

as_json()
{
    [ -x /usr/bin/python3 ] || { echo 'there is no python3'; exit 77; }
    write_sound one.wav
    json one.wav "it['kind'] == 'sound' and it['samples'] == 8000 and it['seconds'] == 1 and
        it['use']['line'] == 'audio = one.wav' and it['path'] == 'one.wav'"
    json "$ANA_SOURCE/tests/golden/npy/f8_little.npy" "it['kind'] == 'recording' and
        it['reader'] == 'arrays' and it['arrays'][0]['dtype'] == 'float64' and
        it['values']['least'] <= it['values']['mean'] <= it['values']['most']"
    printf 'word\tonset\tduration\nthe\t0.5\t0.1\ncat\t0.6\t0.4\n' >words.tsv
    json words.tsv "it['words'] == {'n': 2, 'from': .5, 'to': 1, 'first': 'the', 'last': 'cat'}"
    json "$ANA_SOURCE/tests/golden/mat/v7.mat" "it['reader'] == 'mat' and
        all(a['dtype'] is None or len(a['shape']) > 1 for a in it['arrays'])"
    printf '[study]\nname = x\n[model a]\nplugin = b\nlayers = all\n' >x.ini
    json x.ini "it['sections'][1] == {'kind': 'model', 'name': 'a', 'keys': 2}"
    mkdir sounds
    mv one.wav sounds
    json sounds "it['kind'] == 'folder' and not it['bids'] and it['sounds']['n'] == 1 and
        it['files'] == [{'extension': 'wav', 'n': 1, 'bytes': 16044}]"
    anaflow inspect nowhere.mat --json
    expect_code 3
    [ ! -s out ] || fail 'something on standard output'
}
claim '--json says the same to other programs' as_json

unreadable()
{
    anaflow inspect nowhere.mat
    expect_code 3
    expect_one_sentence
    expect_in err 'nowhere.mat: cannot be read: No such file or directory'
    echo hello >text.xyz
    anaflow inspect text.xyz
    expect_code 3
    expect_in err 'no reader knows this file'
    head -c 20 /dev/zero >cut.wav
    anaflow inspect cut.wav
    expect_code 3
    expect_one_sentence
    expect_in err 'cut.wav'
    echo MATLAB >broken.mat
    anaflow inspect broken.mat
    expect_code 3
    expect_one_sentence
    expect_in err 'broken.mat'
    mkfifo pipe
    anaflow inspect pipe
    expect_code 3
    expect_in err 'neither a file nor a folder'
}
claim 'what cannot be read is exit 3 with its name' unreadable

finish
