#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: readers.sh BUILD [PAIRS]: a 64 x 64 x 40 x 300 int16 .nii.gz and an EDF of 128 channels,
# 30 minutes at 512 Hz, to masked z-scored float32: anaflow and nibabel or MNE in turn.
# Ratios are of each pair; the median is printed. Seconds leave out Python's imports; peak
# memory is that of the whole process.
set -eu
build=$1
pairs=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
work=${BENCH_DATA:-$(mktemp -d)}
[ -n "${BENCH_DATA:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
[ -f "$work/eeg.edf" ] || "$python" "$here/readers.py" make "$work"

# row NAME PEER: reads ours and peers' lines of three numbers from "$work/NAME"
row()
{
    awk -v name="$1" -v peer="$2" '
        function median(a, n,  i, k, t) {
            for (i = 1; i <= n; i++) for (k = i + 1; k <= n; k++) if (a[k] < a[i]) { t = a[i]; a[i] = a[k]; a[k] = t }
            return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2 }
        { time[++n] = $4 / $1; memory[n] = $2 / $5; ours[n] = $1; theirs[n] = $4; peak[n] = $2; high[n] = $5
          d = $3 - $6; if (d < 0) d = -d; if (d > 1e-3 * $6) bad = 1 }
        END { printf "%-8s %.2f s, %.0f MB; %s %.2f s, %.0f MB: %.1f times as fast, %.2f of its memory%s\n",
                  name, median(ours, n), median(peak, n), peer, median(theirs, n), median(high, n),
                  median(time, n), median(memory, n), bad ? " (OTHER NUMBERS)" : "" }' "$work/$1"
}

: >"$work/nii.gz"
: >"$work/edf"
for _ in $(seq "$pairs"); do
    echo "$("$build/bench_readers" "$build" nifti "$work/bold.nii.gz" "mask=$work/mask.nii.gz")" \
        "$("$python" "$here/readers.py" nifti "$work/bold.nii.gz" "$work/mask.nii.gz")" >>"$work/nii.gz"
    echo "$("$build/bench_readers" "$build" edf "$work/eeg.edf")" \
        "$("$python" "$here/readers.py" edf "$work/eeg.edf")" >>"$work/edf"
done
row nii.gz nibabel
row edf MNE
