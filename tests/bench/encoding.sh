#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: encoding.sh BUILD [ROW...]: ridge and banded ridge beside himalaya on identical
# arrays, each pair in turn in one run, with OpenBLAS's own choice of kernel. Rows: primal
# primal100 dual banded subjects trf. HIMALAYA names a checkout of gallantlab/himalaya;
# ROUNDS is how often each pair is run (1): ratios are the median, then least and most.
set -eu
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
python=/usr/bin/python3
work=${BENCH_DATA:-$(mktemp -d)}
[ -n "${BENCH_DATA:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
[ "$*" = trf ] || [ -f "$work/subjects_Y.npy" ] || "$python" "$here/encoding.py" make "$work"

# ours ROW [KEY=VALUE...]: seconds, of the processor, MiB, operations, BLAS.
ours()
{
    row=$1
    shift
    "$build/bench_ridge" "$work/${row}_X.npy" "$work/${row}_Y.npy" inner_measure=mse \
        intercept=no save="$work/$row" "$@" | cut -d' ' -f1,4-
}

ten() { ours "$1" 'alphas=logspace(-1, 8, 10)'; }
hundred() { ours "$1" 'alphas=logspace(-1, 8, 100)'; }
hundred_subjects() { ours "$1" 'alphas=logspace(-1, 8, 10)' subjects=100; }

banded()
{
    "$build/bench_banded" \
        "$work/banded_X0.npy,$work/banded_X1.npy,$work/banded_X2.npy" \
        "$work/banded_Y.npy" inner_measure=mse intercept=no 'alphas=logspace(-1, 8, 10)' \
        "gammas=$(cat "$work/banded_gamma.txt")" | cut -d' ' -f1,4-
}

# himalaya ROW: seconds, of the processor, MiB.
himalaya()
{
    if [ ! -d "${HIMALAYA:-/nonexistent}/himalaya" ]; then
        echo "nan nan nan"
        return
    fi
    PYTHONPATH=$HIMALAYA "$python" "$here/encoding.py" peer "$work" "$1" numpy
}

# The faster of its backends; torch wants the BLAS that shares threads with it.
himalaya_best()
{
    himalaya "$1" >"$work/backends"
    if "$python" -c 'import torch' 2>/dev/null && [ -d "${HIMALAYA:-/nonexistent}" ]; then
        LD_LIBRARY_PATH=/usr/lib/$(uname -m)-linux-gnu/openblas-openmp \
            PYTHONPATH=$HIMALAYA "$python" "$here/encoding.py" peer "$work" "$1" torch \
            2>/dev/null >>"$work/backends"
    fi
    sort -g "$work/backends" | head -n 1
}

# pairs NAME OURS OTHER ROW PEER FACTOR: both commands in turn. FACTOR runs of the other are
# what one of ours replaces.
pairs()
{
    : >"$work/pairs"
    round=0
    while [ "$round" -lt "${ROUNDS:-1}" ]; do
        printf '%s | %s\n' "$($2 "$4")" "$($3 "$4")" >>"$work/pairs"
        round=$((round + 1))
    done
    awk -v name="$1" -v peer="$5" -v factor="$6" \
        -v rate="$("$python" "$here/encoding.py" rate)" -f "$here/encoding.awk" "$work/pairs"
}

echo "load: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
echo "seconds of both sides are without reading arrays; ours of the processor are with it"
[ $# -gt 0 ] || set -- primal primal100 dual banded subjects trf
for row in "$@"; do
    case $row in
    primal | dual)
        pairs "$row" ten himalaya "$row" himalaya 1
        [ ! -f "$work/${row}_peer.npy" ] ||
            echo "           $("$python" "$here/encoding.py" same "$work" "$row") % of the penalties are equal"
        ;;
    primal100) pairs '100 alphas' hundred ten primal '10 alphas' 1 ;;
    banded) pairs banded banded himalaya_best banded himalaya 1 ;;
    subjects) pairs '100 people' hundred_subjects ten subjects '100 x one' 100 ;;
    trf)
        sh "$here/trf.sh" "$build" "$work"
        ;;
    *)
        echo "bench: no row '$row'" >&2
        exit 2
        ;;
    esac
done
