#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: bounded.sh BUILD [RUNS]: RUNS (20) compressed runs of 64 x 64 x 64 x 400 int16, 210 MB
# each, under memory = 1 GB: the peak of the process, and how long it took.
set -eu
build=$(cd "$1" && pwd)
runs=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ANAFLOW_CACHE=$work/cache
export ANAFLOW_CACHE
"$build/tests/study/runs" "$work" "$runs" 64 64 64 400
cat >"$work/study.ini" <<END
[study]
name = bounded
memory = 1 GB
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
outer = 4
[metric score]
plugin = ridge
[report]
folds = no
END
"$build/anaflow" run "$work/study.ini" --output "$work/results" >/dev/null
sed -n 's/^taken:.*, \([0-9]*\) bytes in the process, \(.*\) s$/\1 \2/p' "$work/results/run.log" |
    awk -v runs="$runs" '{ printf "%.1f GB of runs: %.0f MB in the process, %s s\n",
        runs * 0.2097152, $1 / 1e6, $2; exit $1 > 1e9 }'
