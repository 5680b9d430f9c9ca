#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: encoding.sh BUILD [ROW...]: ridge and banded ridge beside himalaya on identical
# arrays, each pair in turn in one run, with OpenBLAS's own choice of kernel. Rows: primal
# primal100 dual banded subjects trf. HIMALAYA names a checkout of gallantlab/himalaya.
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

ours()
{
    row=$1
    shift
    "$build/bench_ridge" "$work/${row}_X.npy" "$work/${row}_Y.npy" inner_measure=mse \
        intercept=no save="$work/$row" "$@"
}

banded()
{
    "$build/bench_banded" \
        "$work/banded_X0.npy,$work/banded_X1.npy,$work/banded_X2.npy" \
        "$work/banded_Y.npy" inner_measure=mse intercept=no 'alphas=logspace(-1, 8, 10)' \
        "gammas=$(cat "$work/banded_gamma.txt")"
}

peer()
{
    if [ ! -d "${HIMALAYA:-/nonexistent}/himalaya" ]; then
        echo "nan nan nan"
        return
    fi
    PYTHONPATH=$HIMALAYA "$python" "$here/encoding.py" peer "$work" "$@"
}

# NAME OURS PEER: seconds, processor, MiB and operations of ours; three numbers of theirs.
report()
{
    printf '%s\n%s\n' "$2" "$3" | awk -v name="$1" -v rate="$("$python" "$here/encoding.py" rate)" '
        NR == 1 { wall = $1; cpu = $4; peak = $5; flops = $6; blas = $7 " " $8 " " $9 }
        NR == 2 {
            printf "%-10s %7.2f s (processor %.2f), %4.0f MiB, %.0f%% of sgemm at %d GF/s, %s\n",
                name, wall, cpu, peak, 100 * flops / wall / 1e9 / rate, rate, blas
            if ($1 + 0 > 0)
                printf "%-10s %7.2f s (processor %.2f), %4.0f MiB: %.1f x faster (processor %.1f x), %.2f of the memory\n",
                    "  himalaya", $1, $2, $3, $1 / wall, $2 / cpu, peak / $3
        }'
}

echo "load: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
[ $# -gt 0 ] || set -- primal primal100 dual banded subjects trf
for row in "$@"; do
    case $row in
    primal | dual)
        report "$row" "$(ours "$row" 'alphas=logspace(-1, 8, 10)')" "$(peer "$row")"
        [ ! -f "$work/${row}_peer.npy" ] ||
            echo "           $("$python" "$here/encoding.py" same "$work" "$row") % of the penalties are equal"
        ;;
    primal100)
        ten=$(ours primal 'alphas=logspace(-1, 8, 10)')
        hundred=$(ours primal 'alphas=logspace(-1, 8, 100)')
        printf '%s\n%s\n' "$ten" "$hundred" | awk '
            NR == 1 { wall = $1; cpu = $4 }
            NR == 2 { printf "100 alphas %7.2f s (processor %.2f): %.2f x 10 alphas (processor %.2f x)\n",
                          $1, $4, $1 / wall, $4 / cpu }'
        ;;
    banded)
        report banded "$(banded)" "$(peer banded)"
        ;;
    subjects)
        one=$(ours subjects 'alphas=logspace(-1, 8, 10)')
        many=$(ours subjects 'alphas=logspace(-1, 8, 10)' subjects=100)
        printf '%s\n%s\n' "$one" "$many" | awk '
            NR == 1 { wall = $1; cpu = $4 }
            NR == 2 { printf "subjects   %7.2f s (processor %.2f) for 100: %.1f x cheaper than 100 runs of %.2f s (processor %.1f x)\n",
                          $1, $4, 100 * wall / $1, wall, 100 * cpu / $4 }'
        ;;
    trf)
        sh "$here/trf.sh" "$build" "$work"
        ;;
    *)
        echo "bench: no row '$row'" >&2
        exit 2
        ;;
    esac
done
