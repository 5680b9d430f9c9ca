#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# How a run ends before its end: Ctrl-C once and twice, a disk that fills up, a folder that
# may not be written. What was finished is kept, nothing is half-written, and the next run
# gives what an undisturbed one does.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
library=$ANA_BUILD/tests/fault/.libs/fault.so
program=$ANA_BUILD/.libs/anaflow

# A study of several tasks, each of which takes a while: long.ini.
write_long()
{
    awk 'BEGIN {
        srand(9)
        for (i = 0; i <= 400; i++) {
            row = i ? sprintf("item%04d", i) : "stimulus"
            line = row
            for (f = 1; f <= 120; f++) { x[f] = rand() - .5; row = row "\t" (i ? x[f] : "f" f) }
            print row >"features.tsv"
            for (j = 1; j <= 300; j++) line = line "\t" (i ? x[1 + j % 120] + rand() : "t" j)
            print line >"brain.tsv"
        }
    }'
    {
        printf '[study]\nname = long\n[data items]\nplugin = arrays\n'
        printf 'data = features.tsv : (stimulus, target)\n'
        printf '[brain many]\nplugin = arrays\ndata = brain.tsv : (stimulus, target)\n'
        printf '[folds]\nby = stimulus\nouter = 10\ninner = loo\n'
        printf '[metric score]\nplugin = ridge\n'
        for i in 1 2 3 4 5 6; do
            printf '[features space%s]\nfrom = items\npca = %s\n' "$i" $((110 - i))
        done
        printf '[compare]\n'
        for i in 1 2 3 4 5 6; do printf 'c%s = space%s -> many\n' "$i" "$i"; done
    } >long.ini
}

# Wait until the log says that task $1 has begun.
wait_for_task()
{
    for _ in $(seq 3000); do
        begun=$(grep -c '^score .*: ' results/run.log 2>/dev/null)
        [ "${begun:-0}" -lt "$1" ] || return 0
        sleep .05
    done
    fail 'the run has not begun'
}

# interrupt TIMES [OPTION...]: a run that gets so many interrupts during its second task.
interrupt()
{
    times=$1
    shift
    "$program" run long.ini --output results --jobs 1 "$@" >out 2>err &
    run=$!
    wait_for_task 2
    helper=$(awk "{ print \$1 }" "/proc/$run/task/$run/children" 2>/dev/null)
    for _ in $(seq "$times"); do
        kill -INT "$run"
        sleep .02
    done
    code=0
    wait "$run" || code=$?
}

nothing_half_written()
{
    [ -z "$(find results cache -name '*.tmp-*')" ] || fail 'temporary files are left'
    [ ! -e results/scores.tsv ] || fail 'scores of a run that was stopped'
}

goes_on()
{
    anaflow run long.ini --output results --jobs 2
    expect_code 0
    expect_in results/run.log ': stored'
    ANAFLOW_CACHE=$PWD/other anaflow run long.ini --output whole --jobs 2
    expect_code 0
    cmp results/scores.tsv whole/scores.tsv || fail 'other scores'
}

LD_LIBRARY_PATH=$ANA_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

once()
{
    [ -x "$program" ] || { echo 'the program is not a shared build'; exit 77; }
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    write_long
    interrupt 1
    expect_code 130
    expect_in err 'stopping after the task at hand; again to stop at once'
    expect_in err 'anaflow: the run was interrupted; what was finished is kept, and the'
    nothing_half_written
    goes_on
    [ "$(grep -c '^score .*: stored$' results/run.log)" -ge 2 ] ||
        fail 'the task at hand was not finished'
}
claim 'Ctrl-C stops a run cleanly, what was finished is kept' once

twice()
{
    [ -x "$program" ] || { echo 'the program is not a shared build'; exit 77; }
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    write_long
    interrupt 2
    expect_code 130
    [ ! -e results/scores.tsv ] || fail 'scores of a run that was stopped'
    # Unless a slow machine did not come to it in time.
    ! grep -q '^anaflow: the run was interrupted' err || nothing_half_written
    goes_on
    [ -z "$(find results cache -name '*.tmp-*')" ] || fail 'temporary files are left'
}
claim 'Ctrl-C twice stops at once, and the next run clears up and goes on' twice

# The same where the task is done by a process of its own, which must not outlive the run.
apart()
{
    [ -x "$program" ] || { echo 'the program is not a shared build'; exit 77; }
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    write_long
    for times in 1 2; do
        rm -rf results cache
        interrupt "$times" --set study.isolate=yes
        expect_code 130
        expect_in err 'stopping after the task at hand; again to stop at once'
        [ ! -e results/scores.tsv ] || fail 'scores of a run that was stopped'
        [ -n "$helper" ] || fail 'there is no process of its own'
        for _ in $(seq 100); do
            kill -0 "$helper" 2>/dev/null || break
            sleep .1
        done
        ! kill -0 "$helper" 2>/dev/null || fail 'its process goes on'
    done
}
claim 'and so where tasks are processes of their own, which end with the run' apart

full_disk()
{
    [ -f "$library" ] || { echo 'the program is not a shared build'; exit 77; }
    ! grep -q 'enable-sanitize' "$ANA_BUILD/config.log" ||
        { echo 'a sanitizer does not start behind a library that stands in for malloc'; exit 77; }
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    write_tiny
    "$program" run tiny.ini --output reference --jobs 1 >out 2>err || fail 'no reference'
    for at in 1 2 5 10 20 40 60 80; do
        rm -rf results cache
        code=0
        FAULT_KIND=disk FAULT_AT=$at LD_PRELOAD=$library \
            ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
            "$program" run tiny.ini --output results --jobs 1 >out 2>err || code=$?
        expect_code 5
        grep -q '^anaflow: .*\(No space left on device\|Input/output error\)' err ||
            fail "no sentence when the disk is full from call $at on"
        [ -z "$(find . -name '*.tmp-*')" ] || fail 'temporary files are left'
    done
    anaflow run tiny.ini --output results --jobs 1
    expect_code 0
    cmp results/scores.tsv reference/scores.tsv || fail 'other scores'
}
claim 'a disk that fills up ends a run with a sentence and nothing half-written' full_disk

no_permission()
{
    write_tiny
    mkdir closed
    chmod 555 closed
    if [ "$(id -u)" -eq 0 ]; then
        command -v setpriv >/dev/null || { echo 'root may write everywhere'; exit 77; }
        chmod 755 . "$work"
        mkdir -m 777 open
        code=0
        ANAFLOW_CACHE=$PWD/open setpriv --reuid=65534 --clear-groups \
            "$program" run tiny.ini --output closed/results >open/out 2>open/err || code=$?
        cp open/out open/err .
        case $code in
        126 | 127)
            echo 'another user cannot run the program here'
            exit 77
            ;;
        esac
    else
        anaflow run tiny.ini --output closed/results
    fi
    expect_code 5
    expect_in err 'closed/results: the folder cannot be made: Permission denied'
}
claim 'an output folder that may not be made is exit 5 with the reason' no_permission

finish
