#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# r at one delay at a time: sh lags.sh [STEP [FROM TO]], in ms, 25 -400 400.
# One line a delay: ms, r of the attended and of the ignored talker.
set -eu
here=$(dirname "$0")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for lag in $(seq "${2:--400}" "${1:-25}" "${3:-400}"); do
    "${ANAFLOW:-anaflow}" run "$here/forward.ini" --output "$results/$lag" \
        --set "features heard.delays=$lag ms" --set "features unheard.delays=$lag ms" \
        >"$results/log" 2>&1 || { cat "$results/log" >&2; exit 1; }
    sh "$here/talkers.sh" "$results/$lag" | awk -v lag="$lag" '
        { r = r " " $NF } END { print lag r }'
    rm -r "${results:?}/$lag"
done
