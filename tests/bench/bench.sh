#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: bench.sh ANAFLOW: wall time and peak memory of the natural-sounds pipelines on
# the real recordings, with one thread and with all. Needs ANAFLOW_DATA.
set -eu
program=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
cores=$(nproc)
if [ ! -d "${ANAFLOW_DATA:-/nonexistent}/fmri-natsound165" ]; then
    echo "bench: set ANAFLOW_DATA to the folder with fmri-natsound165/ (examples/natural-sounds/README.md)" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ANAFLOW_CACHE="$work/cache" # nothing that an earlier run computed
printf '%-12s %8s %10s %10s\n' pipeline threads seconds 'peak MB'
for pipeline in averaged resolved; do
    for jobs in 1 $([ "$cores" -eq 1 ] || echo "$cores"); do
        rm -rf "$ANAFLOW_CACHE"
        command time -f '%e %M' -o "$work/time" "$program" run --jobs "$jobs" \
            --output "$work/$pipeline-$jobs" "$source/examples/natural-sounds/$pipeline.ini" \
            >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; exit 1; }
        awk -v name="$pipeline" -v jobs="$jobs" \
            '{ printf "%-12s %8d %10.1f %10.0f\n", name, jobs, $1, $2 / 1024 }' "$work/time"
    done
done
