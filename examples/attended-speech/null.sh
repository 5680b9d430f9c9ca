#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# How large r gets by chance: sh null.sh STUDY.ini [STEP]
# Both envelopes are turned in a circle within each trial, by 5 s to 55 s of its 60 s in
# steps of STEP s (5), which leaves each side's autocorrelation and takes away what they
# share; each time everything is fitted and tested anew. STUDY.null.txt, in the current
# folder, keeps the lines of talkers.sh with the shift in front, 0 s first.
set -eu
study=${1:?is missing; write: sh null.sh forward.ini}
step=${2:-5}
here=$(dirname "$0")
table=$(basename "$study" .ini).null.txt
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# The lines of one shift, in seconds.
run_shifted()
{
    steps="resample(64 Hz) zscore(run) shift($1 s)"
    "${ANAFLOW:-anaflow}" run "$study" --output "$results/$1" \
        --set "data attended.prepare=$steps" --set "data ignored.prepare=$steps" \
        >"$results/log" 2>&1 || { cat "$results/log" >&2; exit 1; }
    sh "$here/talkers.sh" "$results/$1" >"$results/lines"
    rm -r "${results:?}/$1"
    sed "s/^/$1 /" "$results/lines"
}

run_shifted 0 >"$table"
for shift in $(seq 5 "$step" 55); do
    run_shifted "$shift" >>"$table"
done
# p counts the unshifted run among its own null, so that it is never 0.
awk '
    $1 == 0 { r[$2] = $NF; order[++talkers] = $2; next }
    {
        n[$2]++
        reach[$2] += $NF >= r[$2]
        if (n[$2] == 1 || $NF > most[$2]) most[$2] = $NF
    }
    END {
        for (i = 1; i <= talkers; i++) {
            t = order[i]
            printf "%s: r %.4f; %d of %d shifts reach it, p = %.3f; the largest is %.4f\n",
                t, r[t], reach[t], n[t], (1 + reach[t]) / (1 + n[t]), most[t]
        }
    }' "$table"
