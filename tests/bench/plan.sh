#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: plan.sh BUILD [STUDY...]: the time that a study's plan says, after a calibration of a
# second (--dry-run), as the run itself says it when it starts, and the time the run then takes,
# its process from start to end, with an empty cache. Fails where one is not within 1.5 times
# the other. Memory and operations are told, too. The examples need ANAFLOW_DATA; the others are
# made by plan.py. PLAN_DATA keeps them from one call to the next.
set -eu
build=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
unset OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS OPENBLAS_L2_SIZE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ANAFLOW_DATA=${ANAFLOW_DATA:-$source/../shared/data}
ANAFLOW_CACHE=$work/cache
data=${PLAN_DATA:-$work/data}
export ANAFLOW_DATA ANAFLOW_CACHE
program=$build/anaflow
if [ ! -f "$data/made" ]; then
    mkdir -p "$data"
    /usr/bin/python3 "$here/plan.py" make "$data"
    touch "$data/made"
fi

# table NAME METRIC [LINES]: items of NAME-x.npy and NAME-y.npy.
table()
{
    cat <<END
[data x]
plugin = arrays
data = $data/$1-x.npy : (stimulus=$1.txt, target)
[features x]
from = x
[brain y]
plugin = arrays
data = $data/$1-y.npy : (stimulus=$1.txt, target)
[folds]
by = stimulus
outer = 4
[metric score]
plugin = $2
${3:-}
END
}

# series X Y METRIC [LINES]: runs of two recordings, delays in the features.
series()
{
    cat <<END
[data x]
plugin = arrays
data = $data/$1
[features x]
from = x
$4
[brain y]
$2
[folds]
by = run
[metric score]
plugin = $3
END
}

# shown MODEL FEATURES: twenty sounds of 10 s.
shown()
{
    cat <<END
[stimulus sounds]
audio = $data/sound*.wav
[model m]
$1
[features x]
from = m
$2
[brain y]
plugin = arrays
data = $data/heard/*.npy : (time, target) @ 50 Hz
[folds]
by = stimulus 4
[metric score]
plugin = ridge
alphas = logspace(-1, 8, 10)
END
}

ten='alphas = logspace(-1, 8, 10)'

write_made()
{
    printf '[study]\nname = %s\noutput = results\n' "$1"
    case $1 in
    ridge-tall) table tall ridge "$ten" ;;
    ridge-wide) table wide ridge "$ten" ;;
    ridge-small) table items ridge ;;
    ridge-pca) table tall ridge "$ten" | sed '/^\[features x\]/a pca = 100' ;;
    ols) table tall ols ;;
    pls) table items pls ;;
    rsa) table items rsa ;;
    rsa-all) table wide rsa 'rows = all' ;;
    banded)
        table items banded "$ten" | sed "s,^outer = 4,&\ninner = 3," | sed 's/^from = x$/&\n[data z]\nplugin = arrays\ndata = '"$(
            echo "$data" | sed 's/[/&]/\\&/g')"'\/items-y.npy : (stimulus=items.txt, target)\n[features z]\nfrom = z\npca = 50/'
        printf '[compare]\nboth = x + z -> y\n'
        ;;
    trf)
        series 'runs-x-*.npy : (time, target) @ 64 Hz' "plugin = arrays
data = $data/runs-y-*.npy : (time, target) @ 64 Hz" trf 'delays = -100..400 ms'
        ;;
    images)
        series 'design-*.npy : (time, target) @ 0.5 Hz' "plugin = nifti
data = $data/bold-*.nii.gz
mask = $data/mask.nii
prepare = detrend(2) zscore(run)" ridge 'delays = 4 6 8 s'
        ;;
    eeg)
        series 'envelope-*.npy : (time, target) @ 64 Hz' "plugin = edf
data = $data/eeg-*.edf
prepare = notch(50 Hz) bandpass(1-20 Hz) resample(64 Hz) zscore(run)" trf 'delays = 0..400 ms'
        ;;
    cochleagram) shown 'plugin = cochleagram' 'delays = 0 40 80 120 ms' ;;
    speech)
        shown 'plugin = wav2vec2
checkpoint = random
shape = wav2vec2-base
layers = 1 6 12' 'pca = 100'
        ;;
    *) echo "plan.sh: no study is called $1" >&2; exit 1 ;;
    esac
}

made='ridge-small ridge-tall ridge-wide ridge-pca ols pls rsa rsa-all banded trf images eeg
cochleagram speech'
given='natural-sounds/first-look natural-sounds/averaged natural-sounds/resolved
attended-speech/forward attended-speech/backward attended-speech/attention attended-speech/lags
story-fmri/rate story-fmri/isc'

# planned FILE: seconds that the log says, operations, memory
planned()
{
    sed -n 's/.*planned: \([0-9.e+]*\) .* operations, \([0-9]*\) bytes of memory.*, \([0-9.]*\) s$/\3 \1 \2/p' \
        "$1" | tail -n 1
}

now()
{
    date +%s.%N
}

measure()
{
    rm -rf "$ANAFLOW_CACHE" "$work/results"
    "$program" run -v --dry-run --output "$work/results" "$2" 2>"$work/dry" >/dev/null ||
        { tail -n 3 "$work/dry" >&2; exit 1; }
    begun=$(now)
    "$program" run --output "$work/results" "$2" 2>"$work/err" >/dev/null ||
        { tail -n 3 "$work/err" >&2; exit 1; }
    ended=$(now)
    echo "$1 $(planned "$work/dry") $(planned "$work/results/run.log") $begun $ended" \
        "$(sed -n 's/^taken: \([0-9.e+]*\) .*, \([0-9]*\) bytes in the process, \([0-9.]*\) s.*/\1 \2 \3/p' "$work/results/run.log")"
    [ -z "${PLAN_KEEP:-}" ] || cp "$work/results/run.log" "$PLAN_KEEP/$(basename "$2" .ini).log"
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2086  # names
    set -- $made
    if [ -d "$ANAFLOW_DATA" ]; then
        # shellcheck disable=SC2086
        set -- $given "$@"
    else
        echo "plan.sh: $ANAFLOW_DATA is not there, the examples are left out" >&2
    fi
fi
echo "load: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
for study in "$@"; do
    case $study in
    */*) measure "$study" "$source/examples/$study.ini" ;;
    *)
        write_made "$study" >"$work/$study.ini"
        measure "$study" "$work/$study.ini"
        ;;
    esac
done | awk '
    { taken = $9 - $8; dry = $2 / taken; start = $5 / taken
      off = dry > 1.5 || dry < 1 / 1.5 || start > 1.5 || start < 1 / 1.5
      bad += off
      printf "%-28s %7.2f s taken; planned %7.2f s, %.2f x; at the start %7.2f s, %.2f x; " \
             "operations %.3f x; memory %.2f x of %.0f MB%s\n", $1, taken, $2, dry, $5, start,
             ($10 > 0 ? $3 / $10 : 1), $4 / $11, $11 / 1e6, off ? "  OFF" : ""
      fflush() }
    END { exit (bad > 0) }'
