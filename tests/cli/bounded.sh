#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs that are larger than the memory that a study may use.
. "$ANA_SOURCE/tests/cli/lib.sh"

# Under sanitizers the program alone takes more.
memory='90 MB'
! grep -q 'enable-sanitize' "${ANA_BUILD:-.}/config.log" 2>/dev/null || memory='1 GB'

# write_runs: 4 runs of 64 x 64 x 8 x 80, of which a study on half the voxels takes 42 MB as
# float64 alone.
write_runs()
{
    "${ANA_BUILD:-.}/tests/study/runs" . 4 64 64 8 80 plain || fail 'no runs were made'
    cp "$ANA_SOURCE/tests/study/bounded.ini" study.ini
}

runs_larger_than_memory()
{
    write_runs
    anaflow run study.ini --output bounded --set "study.memory=$memory"
    expect_code 0
    anaflow run study.ini --output whole --set 'brain b.data=run-*.nii'
    expect_code 0
    cmp bounded/scores.tsv whole/scores.tsv || fail 'the scores differ'
    taken=$(sed -n 's/^taken:.*, \([0-9]*\) bytes in the process.*/\1/p' bounded/run.log)
    [ "$memory" = '1 GB' ] || [ "$taken" -le 90000000 ] || fail "$taken bytes were taken"
    [ -z "$(find cache -name 'anaflow-*')" ] || fail 'a scratch file was left'
}
claim 'runs larger than memory are read within it, with the same scores' runs_larger_than_memory

scratch_is_planned()
{
    write_runs
    anaflow run study.ini --output results --dry-run
    expect_code 0
    expect_in out ' on disk (21.0 MB of it compressed files, inflated once into the cache), '
    anaflow run study.ini --output results --set 'brain b.data=run-*.nii' --dry-run
    expect_code 0
    expect_in out ' on disk, '
    anaflow run study.ini --output results --set 'study.disk=24 MB'
    expect_code 5
    expect_one_sentence
    expect_in err ', 21.0 MB images that are inflated once) and `disk` allows 24.0 MB; raise'
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
    anaflow run study.ini --output results --set 'study.disk=12 MB' \
        --set 'brain b.data=run-*.nii'
    expect_code 0
}
claim 'the disk that inflated images take is stated, and limited by `disk`' scratch_is_planned

# 100 runs of 16 x 16 x 10 x 60: 6,000 rows, so that a tile of 720 voxels takes 35 MB as
# float64 alone, and what ridge works in as much again.
write_rows()
{
    "${ANA_BUILD:-.}/tests/study/runs" . 100 16 16 10 60 || fail 'no runs were made'
    cp "$ANA_SOURCE/tests/study/bounded.ini" study.ini
}

# The whole megabytes that the refusal in `err` says are needed.
needed()
{
    sed -n 's/.*the run needs \([0-9]*\)[.0-9]* MB of memory.*/\1/p' err
}

tiles_give_way()
{
    shorter='brain b.prepare=zscore(run) trim(10 TR, 10 TR)'
    write_rows
    anaflow run study.ini --output whole --set 'study.memory=8 GB' --jobs 2
    expect_code 0
    tight='1 GB'
    if [ "$memory" = '90 MB' ]; then
        # what the shorter recording needs, which differs with the machine, is not enough
        anaflow run study.ini --output refused --set 'study.memory=75 MB' --jobs 2 \
            --set "$shorter"
        expect_code 5
        refused="$(($(needed) + 1)) MB"
        [ "${refused% MB}" -le 90 ] || fail "the shorter recording needs $refused"
        anaflow run study.ini --output refused --set "study.memory=$refused" --jobs 2
        expect_code 5
        expect_one_sentence
        expect_in err 'raise `memory` in [study], or shorten the recording with `prepare` in'
        [ ! -e refused/scores.tsv ] || fail 'a refused run has written scores'
        tight="$(($(needed) + 4)) MB" # a third thread takes more of the program's own
    fi
    for jobs in 1 2 3; do
        anaflow run study.ini --output "tight$jobs" --set "study.memory=$tight" --jobs $jobs
        expect_code 0
        cmp whole/scores.tsv "tight$jobs/scores.tsv" || fail "the scores of $jobs differ"
    done
    [ "$memory" = '90 MB' ] || return 0
    taken=$(sed -n 's/^taken:.*, \([0-9]*\) bytes in the process.*/\1/p' tight2/run.log)
    [ "$taken" -le "${tight% MB}000000" ] || fail "$taken bytes were taken, not $tight"
    anaflow run study.ini --output shorter --set "study.memory=$refused" --jobs 2 \
        --set "$shorter"
    expect_code 0
}
claim 'many rows fit as tiles are read narrower, fewer at once, with the same bits' tiles_give_way

finish
