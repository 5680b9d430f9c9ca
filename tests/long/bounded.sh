#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: bounded.sh BUILD [RUNS]: RUNS (20; 96 are 20 GB) compressed runs of 64 x 64 x 64 x 400
# int16, 210 MB each, under memory = 1 GB: what was planned and what then happened.
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
runs=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/study/runs" "$work" "$runs" 64 64 64 400
cp "$source/tests/study/bounded.ini" "$work/study.ini"

# Kilobytes of the disk that are taken. The scratch files have no name: only the disk knows.
taken()
{
    df -Pk "$work" | awk 'NR == 2 { print $3 }'
}

before=$(taken) most=0
"$build/anaflow" run "$work/study.ini" --output "$work/results" --set 'study.memory=1 GB' \
    --set report.folds=no >"$work/plan" 2>"$work/err" &
run=$!
while kill -0 $run 2>/dev/null; do
    now=$(($(taken) - before))
    [ $now -le $most ] || most=$now
    sleep 1
done
code=0
wait $run || code=$?
if [ $code -ne 0 ]; then
    tail -n 1 "$work/err"
    exit $code
fi
planned=$(sed -n 's/^planned:.* operations, \([0-9]*\) bytes of memory.*/\1/p' "$work/results/run.log")
disk=$(sed -n 's/.*allowed: [^)]*), \(.*\), [0-9]* threads.*/\1/p' "$work/plan")
sed -n 's/^taken:.*, \([0-9]*\) bytes in the process, \(.*\) s$/\1 \2/p' "$work/results/run.log" |
    awk -v runs="$runs" -v planned="$planned" -v disk="$disk" -v most="$most" '{
        printf "%.1f GB of runs: %.0f MB in the process of %.0f planned, %s s; planned %s, " \
            "at most %.1f GB more were taken of the disk\n",
            runs * 0.2097152, $1 / 1e6, planned / 1e6, $2, disk, most * 1024 / 1e9
        exit !($1 <= planned && planned <= 1e9) }'
