#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# libhdf5 and libmatio open files in workers alone, whatever is asked, and a file that
# crashes one of them is a sentence and exit 3.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

library=$ANA_BUILD/tests/fault/.libs/libraries.so
program=$ANA_BUILD/.libs/anaflow
LD_LIBRARY_PATH=$ANA_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

if [ ! -f "$library" ] || [ ! -x "$program" ]; then
    echo 'SKIPPED: the program is not a shared build'
    exit 77
fi
if grep -q 'enable-sanitize' "$ANA_BUILD/config.log"; then
    echo 'SKIPPED: a sanitizer does not start behind another library'
    exit 77
fi

# watched [CALL] ARGUMENT...: the program, whose calls are in `calls`; CALL=... crashes.
watched()
{
    crash=
    case $1 in
    crash=*) crash=${1#crash=}; shift ;;
    esac
    rm -f calls
    code=0
    LIBRARIES_LOG=$PWD/calls LIBRARIES_CRASH=$crash LD_PRELOAD=$library \
        "$program" "$@" >out 2>err || code=$?
}

# Each of the calls was made, by workers alone.
expect_apart()
{
    for call in "$@"; do
        grep -q "^$call worker$" calls || fail "no worker called $call"
    done
    ! grep -n 'main$' calls || fail 'the program itself opened a file by such a library'
}

# FieldTrip's trials, once by matio and once by HDF5, and an array of HDF5 beside them.
write_studies()
{
    cp "$ANA_SOURCE/tests/golden/mat/fieldtrip_v5.mat" "$ANA_SOURCE/tests/golden/mat/fieldtrip_v73.mat" \
        "$ANA_SOURCE/tests/golden/hdf5/plain.h5" .
    cat >trials.ini <<END
[study]
name = trials
[data shown]
plugin = mat
data = fieldtrip_v5.mat
[brain eeg]
plugin = mat
data = fieldtrip_v73.mat
[features x]
from = shown
[folds]
by = run
inner = 2
[metric score]
plugin = ridge
[compare]
main = x -> eeg
END
    cat >blocks.ini <<END
[study]
name = blocks
[data shown]
plugin = hdf5
data = plain.h5
dataset = /session/turned
time-axis = last
rate = 100
[brain lfp]
plugin = hdf5
data = plain.h5
dataset = /session/lfp
rate = 100
[features x]
from = shown
[folds]
by = block 0.5 s x 3
gap = 0.1 s
inner = 2
[metric score]
plugin = ridge
[compare]
main = x -> lfp
END
}

apart()
{
    write_studies
    for study in trials blocks; do
        calls='H5Fopen H5Dread_chunk'
        [ $study = blocks ] || calls='H5Fopen Mat_Open'
        watched check $study.ini
        expect_code 0
        # shellcheck disable=SC2086  # words
        expect_apart ${calls%H5Dread_chunk}
        watched run $study.ini --dry-run
        expect_code 0
        expect_apart H5Fopen
        for isolate in auto no yes; do
            watched run $study.ini --fresh --output results-$isolate --set study.isolate=$isolate
            expect_code 0
            # shellcheck disable=SC2086
            expect_apart $calls
            cmp results-$isolate/scores.tsv results-auto/scores.tsv || fail 'other scores'
        done
        # With everything in one process, as gdb wants it, the same bits.
        watched run $study.ini --fresh --output results-here --in-process --jobs 1
        expect_code 0
        grep -q '^H5Fopen main$' calls || fail '--in-process does not open in the process'
        ! grep -q 'worker$' calls || fail '--in-process has a worker'
        cmp results-here/scores.tsv results-auto/scores.tsv || fail 'other scores in one process'
        rm -rf results-*
    done
    watched inspect fieldtrip_v5.mat
    expect_code 0
    expect_apart Mat_Open
    watched inspect fieldtrip_v73.mat
    expect_code 0
    expect_apart H5Fopen
    watched inspect plain.h5 --json
    expect_code 0
    expect_apart H5Fopen
}
claim 'run, check and inspect open HDF5 and MAT files in workers alone' apart

crashes()
{
    write_studies
    for call in H5Fopen Mat_Open; do
        file=fieldtrip_v73.mat study=trials
        [ $call = H5Fopen ] || file=fieldtrip_v5.mat
        for command in "inspect $file" "check $study.ini" "run $study.ini --output results" \
            "run $study.ini --dry-run"; do
            # shellcheck disable=SC2086
            watched crash=$call $command
            expect_code 3
            expect_in err "$file: it crashed (SIGSEGV: Segmentation fault) inside its library"
            [ "$(grep -c '^anaflow: ' err)" -eq 1 ] || fail 'more than one sentence'
            [ ! -e results/scores.tsv ] || fail 'there are scores'
        done
    done
    watched crash=H5Fopen inspect plain.h5
    expect_code 3
    expect_in err 'reader hdf5: plain.h5: it crashed'
}
claim 'a file that crashes its library is a sentence and exit 3 from inspect, check and run' crashes

# A SIGKILL that is not ours says nothing about the file.
killed()
{
    write_studies
    LIBRARIES_KILL=H5Fopen
    export LIBRARIES_KILL
    watched inspect plain.h5
    unset LIBRARIES_KILL
    expect_code 5
    expect_in err 'plain.h5: its worker was killed from outside, perhaps for want of memory'
    ! grep -q damaged err || fail 'a file is told of as damaged'
}
claim 'a worker that is killed from outside is a matter of resources, exit 5' killed

# `timeout` of [study] holds for opening as for reading; the worker of a task's process is
# waited for a tenth less than that process is, so that it is told which file it was.
hangs()
{
    write_studies
    LIBRARIES_HANG=H5Fopen
    export LIBRARIES_HANG
    hung='inside its library; the file is damaged'
    for how in check 'run --output results'; do
        # shellcheck disable=SC2086
        watched $how blocks.ini --set study.timeout=1s
        expect_code 3
        expect_in err "reader hdf5: plain.h5: it did not come back within 1 s $hung"
        [ ! -e results/scores.tsv ] || fail 'there are scores'
    done
    LIBRARIES_HANG=H5Dread_chunk
    watched run blocks.ini --output results --set study.timeout=1s
    expect_code 3
    expect_in err "plain.h5: it did not come back within 1 s $hung"
    watched run blocks.ini --output results --set study.timeout=3s --set study.isolate=yes
    unset LIBRARIES_HANG
    expect_code 3
    expect_in err "plain.h5: it did not come back within 2.7 s $hung"
}
claim 'a library that hangs is a sentence after the timeout of the study' hangs

# compare_beside FILE: another comparison, of a brain of that file.
compare_beside()
{
    cat >>blocks.ini <<END
other = even -> gaps
[data even]
plugin = hdf5
data = plain.h5
dataset = /session/even
rate = 100
[brain gaps]
plugin = hdf5
data = $1
dataset = /session/gaps
rate = 100
[features even]
from = even
END
}

# What crashes only when values are read loses its comparison, and the next one goes on.
crashes_in_values()
{
    write_studies
    watched crash=H5Dread_chunk check blocks.ini
    expect_code 0
    watched crash=H5Dread_chunk run blocks.ini --output results
    expect_code 3
    expect_in err 'plain.h5: it crashed (SIGSEGV: Segmentation fault) inside its library'
    watched crash=Mat_VarRead run trials.ini --output results
    expect_code 3
    expect_in err 'fieldtrip_v5.mat: it crashed'
    compare_beside plain.h5
    watched crash=H5Dread_chunk run blocks.ini --output results
    expect_code 3
    expect_in err 'plain.h5: it crashed'
    grep -q "^blocks	other	" results/scores.tsv || fail 'the comparison beside it has no scores'
}
claim 'a file that crashes its library by its values loses its own comparison alone' crashes_in_values

# The next worker opens again what the one that crashed had open: here a file that was put
# in the place of another meanwhile, a sample shorter.
changed()
{
    write_studies
    cp plain.h5 second.h5
    cp plain.h5 second.h5.later
    for at in 10680 10688; do # of gaps: how many there are, how many there may be
        printf '\053\001' | dd of=second.h5.later bs=1 seek=$at conv=notrunc status=none
    done
    compare_beside second.h5
    LIBRARIES_SWAP=second.h5
    export LIBRARIES_SWAP
    watched crash=H5Dread_chunk run blocks.ini --output results
    unset LIBRARIES_SWAP
    expect_code 3
    [ ! -e second.h5.later ] || fail 'no file was put in the place of another'
    expect_in results/run.log 'second.h5: is not what it was when the run began'
    ! grep -q "^blocks	other	" results/scores.tsv || fail 'there are scores of two files'
}
claim 'a recording that is opened again has to be what it was' changed

finish
