#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: wide.sh BUILD [TARGETS FEATURES ROWS MEMORY]: ridge on arrays of such sizes (100,000
# x 10,000 x 10,000 under 4 GB: an hour of two cores, 4.5 GB of disk), and whether operations
# and bytes are within 10 % of what was planned.
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
targets=${2:-100000} features=${3:-10000} rows=${4:-10000} memory=${5:-4 GB}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/study/wide" "$work" "$rows" "$features" "$targets"
cp "$source/tests/study/wide.ini" "$work/study.ini"
code=0
"$build/anaflow" run "$work/study.ini" --output "$work/results" \
    --set "study.memory=$memory" >"$work/plan" 2>"$work/err" || code=$?
if [ $code -ne 0 ]; then
    tail -n 1 "$work/err"
    exit $code
fi

# planned|taken WORDS: the number in front of WORDS.
number()
{
    sed -n "s/^$1:.*[ (]\\([0-9.e+]*\\) $2.*/\\1/p" "$work/results/run.log" | tail -n 1
}
sed -n 's/^brain y: //p' "$work/results/run.log"
awk -v flops="$(number planned 'floating-point operations')" \
    -v counted="$(number taken 'floating-point operations')" \
    -v memory="$(number planned 'bytes of memory')" -v process="$(number taken 'bytes in the process')" \
    -v disk="$(($(number planned 'bytes of results') + $(number planned 'of scores')))" \
    -v written="$(du -sb "$work/results/." | cut -f 1)" \
    -v seconds="$(number planned s)" -v took="$(number taken s)" -v sizes="$targets x $features x $rows" 'BEGIN {
        printf "%s: %.3g operations planned, %.3g counted (%+.1f %%); %.0f MB planned, %.0f in " \
            "the process (%+.1f %%); %.1f MB on disk planned, %.1f there; %s s planned, %s taken\n",
            sizes, flops, counted, 100 * (flops / counted - 1), memory / 1e6, process / 1e6,
            100 * (memory / process - 1), disk / 1e6, written / 1e6, seconds, took
        exit !(flops <= 1.1 * counted && counted <= 1.1 * flops &&
               process <= memory && memory <= 1.1 * process) }'
