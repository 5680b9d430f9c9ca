#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Our own plugins keep the rules that plugin check holds others to.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

# check KIND/NAME RULES OPTIONS...: at least RULES rules hold, none fails.
check()
{
    plugin=$1 rules=$2
    shift 2
    anaflow plugin check "$ANA_BUILD/plugins/$plugin/.libs/${plugin#*/}.so" "$@"
    expect_code 0
    expect_not_in out FAILS
    # Sanitizers have variables of their own in every plugin, so that rule is untried.
    ! grep -q '^untried  *globals .*sanitizer' out || rules=$((rules - 1))
    [ "$(grep -c '^holds' out)" -ge "$rules" ] || fail "fewer than $rules rules were tried"
}

metric_ridge() { check metrics/ridge 17; }
claim 'the metric ridge keeps the rules' metric_ridge

metric_rsa()
{
    check metrics/rsa 19
    for rule in symmetric scale identity; do
        grep -q "^holds  *$rule " out || fail "$rule was not tried"
    done
}
claim 'the metric rsa keeps the rules, and what it promises' metric_rsa

metric_trf() { check metrics/trf 19; }
claim 'the metric trf keeps the rules' metric_trf

metric_banded() { check metrics/banded 17; }
claim 'the metric banded keeps the rules, with the one space that it is shown' metric_banded

metric_ols() { check metrics/ols 17; }
claim 'the metric ols keeps the rules' metric_ols

metric_pls() { check metrics/pls 17; }
claim 'the metric pls keeps the rules' metric_pls

model_cochleagram() { check models/cochleagram 17; }
claim 'the model cochleagram keeps the rules' model_cochleagram

model_words() { check models/words 18; }
claim 'the model words keeps the rules' model_words

model_modulation() { check models/modulation 17; }
claim 'the model modulation keeps the rules' model_modulation

model_arrays()
{
    cp "$ANA_SOURCE/tests/golden/npy/f4_little.npy" x.npy
    printf 'one\ntwo\n' >names.txt
    check models/arrays 16 --set data=x.npy --set names=names.txt --stimulus two
}
claim 'the model arrays keeps the rules' model_arrays

reader_arrays()
{
    check readers/arrays 16
    check readers/arrays 16 --file "$ANA_SOURCE/tests/golden/npy/f8_fortran_big.npy" --rate 100
}
claim 'the reader arrays keeps the rules, of tables and of arrays' reader_arrays

reader_mat()
{
    check readers/mat 16 --file "$ANA_SOURCE/tests/golden/mat/v7.mat" --variable R
}
claim 'the reader mat keeps the rules' reader_mat

reader_edf() { check readers/edf 16 --file "$ANA_SOURCE/tests/golden/edf/plain.edf"; }
claim 'the reader edf keeps the rules' reader_edf

reader_hdf5()
{
    check readers/hdf5 16 --file "$ANA_SOURCE/tests/golden/hdf5/ecog.nwb"
    check readers/hdf5 16 --file "$ANA_SOURCE/tests/golden/hdf5/plain.h5" --variable /session/lfp \
        --rate 250
}
claim 'the reader hdf5 keeps the rules, of NWB and of datasets by path' reader_hdf5

# Two channels of 16 bits at 250 Hz.
reader_brainvision()
{
    cat >s.vhdr <<'EOF'
Brain Vision Data Exchange Header File Version 1.0

[Common Infos]
Codepage=UTF-8
DataFile=s.eeg
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=2
SamplingInterval=4000

[Binary Infos]
BinaryFormat=INT_16

[Channel Infos]
Ch1=Fp1,,0.1,uV
Ch2=Fp2,,0.1,uV
EOF
    awk 'BEGIN { for (i = 0; i < 200; i++) printf "%c%c", 33 + i % 90, i % 7 + 1 }' >s.eeg
    check readers/brainvision 16 --file s.vhdr
}
claim 'the reader brainvision keeps the rules' reader_brainvision

# put OFFSET BYTES: into s.nii, as printf's escapes.
put()
{
    # shellcheck disable=SC2059  # the format is the bytes
    printf "$2" | dd of=s.nii conv=notrunc bs=1 seek="$1" 2>dd.log
}

# 2 x 2 x 3 voxels, 5 volumes of 16 bits, every 2 s.
reader_nifti()
{
    head -c 352 /dev/zero >s.nii
    put 0 '\134\001\0\0'
    put 40 '\004\0\002\0\002\0\003\0\005\0\001\0\001\0\001\0'
    put 70 '\004\0\020\0'
    put 76 '\0\0\200\077\0\0\0\100\0\0\0\100\0\0\0\100\0\0\0\100'
    put 108 '\0\0\260\103\0\0\200\077'
    put 123 '\012'
    put 344 'n+1\0'
    awk 'BEGIN { for (i = 0; i < 60; i++) printf "%c%c", 33 + i * 37 % 90, i % 7 + 1 }' >>s.nii
    check readers/nifti 16 --file s.nii
    for rule in huge write; do
        grep -q "^holds  *$rule " out || fail "$rule was not tried"
    done
}
claim 'the reader nifti keeps the rules' reader_nifti

reader_gifti()
{
    for file in two.shape.gii b64gz_little.func.gii; do
        check readers/gifti 20 --file "$ANA_SOURCE/tests/golden/gifti/$file"
        grep -q '^holds  *write ' out || fail 'write was not tried'
    done
}
claim 'the reader gifti keeps the rules' reader_gifti

reader_cifti()
{
    for file in two.dscalar.nii rest.ptseries.nii; do
        check readers/cifti 20 --file "$ANA_SOURCE/tests/golden/cifti/$file"
        grep -q '^holds  *write ' out || fail 'write was not tried'
    done
}
claim 'the reader cifti keeps the rules' reader_cifti

reader_eeglab()
{
    for file in embedded packed; do
        check readers/eeglab 19 --file "$ANA_SOURCE/tests/golden/eeglab/$file.set"
    done
}
claim 'the reader eeglab keeps the rules' reader_eeglab

# Networks with the small checkpoints of the reference set.
network()
{
    folder=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}/../reference/$2
    skip_without "$folder"
    config=$(find "$folder" -name config.json | head -n 1)
    check "models/$1" 18 --checkpoint "${config%/*}"
}
model_wav2vec2() { network wav2vec2 model_wav2vec2_base; }
model_whisper() { network whisper model_whisper_short; }
claim 'the network wav2vec2 keeps the rules' model_wav2vec2
claim 'the network whisper keeps the rules' model_whisper

a_missing_parameter()
{
    anaflow plugin check "$ANA_BUILD/plugins/models/arrays/.libs/arrays.so"
    expect_code 4
    expect_in out 'give it with --set KEY=VALUE'
}
claim 'a parameter without default is asked for' a_missing_parameter

finish
