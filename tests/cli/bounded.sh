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
    cat >study.ini <<END
[study]
name = bounded
cache = cache
[data x]
plugin = arrays
data = x-*.tsv : (time, target) @ 0.5 Hz
[features x]
from = x
[brain b]
plugin = nifti
data = run-*.nii.gz
mask = mask.nii.gz
prepare = zscore(run)
[folds]
by = run
[metric score]
plugin = ridge
[compare]
main = x -> b
END
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
    expect_in out ' on disk (and 10.5 MB while it runs), '
    anaflow run study.ini --output results --set 'brain b.data=run-*.nii' --dry-run
    expect_code 0
    expect_in out ' on disk, '
    anaflow run study.ini --output results --set 'study.disk=12 MB'
    expect_code 5
    expect_one_sentence
    expect_in err ', 10.5 MB images that are inflated once) and `disk` allows 12.0 MB; raise'
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
    anaflow run study.ini --output results --set 'study.disk=12 MB' \
        --set 'brain b.data=run-*.nii'
    expect_code 0
}
claim 'the disk that inflated images take is stated, and limited by `disk`' scratch_is_planned

finish
