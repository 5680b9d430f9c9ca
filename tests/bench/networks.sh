#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: networks.sh BUILD [PAIRS [THREADS]]: wav2vec 2.0 base, every transformer layer kept,
# here, in ONNX Runtime and in torchaudio, by turns, on the same weights and sound: 10 s,
# 30 s, and a hundred clips of 2 s, on 2 threads. OpenBLAS's own choice of kernel is timed:
# both OPENBLAS_ variables are taken away. Processor time is told too: another program's load
# disturbs it less than the clock, but threads that spin while they wait count in it. What
# cannot be had is said and left out.
set -eu
build=$1
pairs=${2:-3}
source=$(cd "$(dirname "$0")/../.." && pwd)
threads=${3:-2}
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
data=$build/bench-networks
python=/usr/bin/python3

have_torchaudio=yes
if ! "$python" -c 'import torchaudio' 2>/dev/null; then
    have_torchaudio=no
    echo "bench: python3-torchaudio is missing (apt-get install python3-torchaudio)" >&2
fi
if [ ! -f "$data/2s-batch.onnx" ]; then
    [ "$have_torchaudio" = yes ] ||
        { echo "bench: without it the weights cannot be made" >&2; exit 1; }
    echo "bench: making weights and graphs in $data (2 GB)" >&2
    "$python" "$source/tests/bench/make_networks.py" "$data" >"$build/bench-networks.log" 2>&1 ||
        { tail -n 5 "$build/bench-networks.log" >&2; exit 1; }
fi
have_ort=yes
if ! NODE_PATH=$build/bench-npm/node_modules node -e 'require("onnxruntime-node")' 2>/dev/null; then
    mkdir -p "$build/bench-npm"
    (cd "$build/bench-npm" && npm i --ignore-scripts onnxruntime-node@1.30.0 >npm.log 2>&1) || true
    NODE_PATH=$build/bench-npm/node_modules node -e 'require("onnxruntime-node")' 2>/dev/null ||
        { have_ort=no; echo "bench: onnxruntime-node could not be installed by npm" >&2; }
fi

here()
{
    "$build/tests/bench/network" "$data" "$@" "$threads"
}

onnxruntime()
{
    NODE_PATH=$build/bench-npm/node_modules node "$source/tests/bench/peer_onnxruntime.js" "$data" \
        "$@" "$threads"
}

# The OpenMP build of OpenBLAS is the faster one for torch; used where it is installed.
torchaudio()
{
    LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp OMP_NUM_THREADS=$threads \
        OPENBLAS_NUM_THREADS=$threads \
        "$python" "$source/tests/bench/peer_torchaudio.py" "$data" "$@" 2>/dev/null
}

# Median of the numbers in column $1 of a file.
median()
{
    awk -v c="$1" '{ print $c }' "$2" | sort -g | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# compare TITLE NAME PEER_NAME ROUNDS REPEATS PEER_REPEATS
compare()
{
    work=$(mktemp -d)
    i=0
    while [ "$i" -lt "$pairs" ]; do
        [ "$have_ort" = no ] || onnxruntime "$3" "$4" "$6" >>"$work/ort"
        here "$2" "$4" "$5" >>"$work/here"
        [ "$have_torchaudio" = no ] || torchaudio "$3" "$4" "$6" >>"$work/torch"
        i=$((i + 1))
    done
    printf '%-14s %-12s %8.3f s (%.3f s of processor) %5.0f MiB  %s\n' "$1" here \
        "$(median 1 "$work/here")" "$(median 2 "$work/here")" "$(median 3 "$work/here")" \
        "$(awk 'END { n = $7; for (i = 8; i <= NF; i++) n = n " " $i
            printf "%s GFLOP/s = %.0f%% of sgemm (%s), differs by %s, %s", $4, 100 * $4 / $5, $5, $6, n }' "$work/here")"
    for peer in ort torch; do
        [ -s "$work/$peer" ] || continue
        paste -d ' ' "$work/here" "$work/$peer" |
            awk '{ print $(NF - 2) / $1, $(NF - 1) / $2, $NF / $3 }' >"$work/ratio"
        printf '%-14s %-12s %8.3f s (%.3f s of processor) %5.0f MiB  %.2f x our time (%.2f x our processor time), %.2f x our memory\n' \
            "$1" "$peer" "$(median 1 "$work/$peer")" "$(median 2 "$work/$peer")" \
            "$(median 3 "$work/$peer")" "$(median 1 "$work/ratio")" \
            "$(median 2 "$work/ratio")" "$(median 3 "$work/ratio")"
    done
    rm -rf "$work"
}

echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg); $pairs pairs, $threads threads"
compare '10 s' 10s 10s 5 1 1
compare '30 s' 30s 30s 3 1 1
compare '100 x 2 s' 2s 2s 1 100 100
compare '100 x 2 s / 10' 2s 2s-batch 1 100 10
