#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: trf.sh BUILD FOLDER: temporal response functions beside mTRF-Toolbox (MTRF names a
# checkout of mickcrosse/mTRF-Toolbox; runs in octave-cli) and mTRFpy (MTRFPY: of
# powerfulbean/mTRFpy), on one set of arrays: 120 s x 128 Hz x 128 channels, 16 bands,
# -100 .. 400 ms, 10 penalties, 10 trials each held out once. Pairs run in turn.
set -eu
build=$1
work=$2
here=$(cd "$(dirname "$0")" && pwd)
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
python=/usr/bin/python3
[ -f "$work/trf_Y.txt" ] || "$python" "$here/trf.py" make "$work"

# The peers round the lags outwards: 66 of them.
ours()
{
    "$build/bench_trf" "$work/trf_S.npy" "$work/trf_Y.npy" 128 -13 52 10 save="$work/trf" \
        lambda=mtrf inner_measure=r kernels=no 'alphas=logspace(-2, 7, 10)'
}

toolbox()
{
    if [ ! -d "${MTRF:-/nonexistent}/mtrf" ] || ! command -v octave-cli >/dev/null; then
        echo "nan nan nan"
        return
    fi
    MTRF=$MTRF FOLDER=$work octave-cli --no-gui --quiet "$here/trf.m"
}

mtrfpy()
{
    if [ ! -d "${MTRFPY:-/nonexistent}/mtrf" ]; then
        echo "nan nan nan"
        return
    fi
    PYTHONPATH=$MTRFPY "$python" "$here/trf.py" mtrfpy "$work"
}

for turn in 1 2 3; do
    printf '%s\n%s\n%s\n' "$(ours)" "$(toolbox)" "$(mtrfpy)" | awk -v turn="$turn" '
        NR == 1 {
            wall = $1; cpu = $4; peak = $5
            printf "trf %d      %7.2f s (processor %.2f), %4.0f MiB, %.0f GF/s, %s %s %s\n",
                turn, wall, cpu, peak, $6 / wall / 1e9, $7, $8, $9
        }
        NR > 1 && $1 + 0 > 0 {
            printf "  %-9s %7.2f s (processor %.2f), %4.0f MiB: %.1f x faster (processor %.1f x), %.2f of the memory\n",
                NR == 2 ? "toolbox" : "mTRFpy", $1, $2, $3, $1 / wall, $2 / cpu, peak / $3
        }'
done
[ ! -f "$work/trf_toolbox.txt" ] ||
    echo "           $("$python" "$here/trf.py" same "$work") % of the penalties are the toolbox's"
