#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# simulate and run, small: what was planted comes back, and every output says that nobody
# was measured. The demo itself does the same with speech and two models.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
. "$ANA_SOURCE/tests/cli/planned.sh"
compare=$ANA_SOURCE/examples/demo/compare.sh

# The study in the current folder: 12 sounds, two layers at two delays, noise 0.5.
write_study()
{
    mkdir sounds
    for i in 01 02 03 04 05 06 07 08 09 10 11 12; do
        write_noise sounds/n$i.wav "$i" 3
    done
    cat >models.ini <<END
[stimulus sounds]
audio = sounds/*.wav
[model coch]
plugin = cochleagram
channels = 16
high = 6000 Hz
[features now]
from = coch
[features after80]
from = coch
delays = 80 ms
END
    cat >simulate.ini <<END
include = models.ini
[study]
name = planted
seed = 11
[simulate electrodes]
features = now after80
targets = 3
noise = 0.5
rate = 50 Hz
output = recording
END
    cat >pipeline.ini <<END
include = models.ini
[study]
name = planted
seed = 12
[brain electrodes]
plugin = arrays
data = recording/*.npy : (time, target=targets.txt) @ 50 Hz
targets = electrodes.tsv
[folds]
by = stimulus 4
[metric score]
plugin = ridge
[compare]
now = now -> electrodes
after80 = after80 -> electrodes
END
}

# Made once; the claims look at copies.
prepare()
{
    write_study
    anaflow simulate simulate.ini
    expect_code 0
    anaflow run pipeline.ini --output results
    expect_code 0
}
mkdir "$work/made"
if ! (cd "$work/made" && prepare) >"$work/made.log" 2>&1; then
    echo "NOT OK: simulate and run"
    sed 's/^/    /' "$work/made.log"
    failed=1
    finish
    exit
fi
recording=$work/made/recording results=$work/made/results

planted_come_back()
{
    sh "$compare" "$recording/truth.tsv" "$results/scores.tsv" >out 2>err || code=$?
    [ "${code:-0}" -eq 0 ] || fail 'an electrode was not found'
    expect_in out '12 of 12 electrodes peak at the layer and delay that they follow'
}
claim 'every electrode peaks at the layer and delay that it follows' planted_come_back

# The score of an electrode at what it follows, beside the most that any model can reach.
near_the_limit()
{
    awk -F '\t' '
        FNR == NR { if (FNR > 1) { follows[$1] = $2 SUBSEP $4; best[$1] = $6 } next }
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["measure"] == "r" && $at["fold"] == "median" {
            target = $at["target"]
            if (follows[target] == $at["features"] SUBSEP $at["layer"]) {
                seen++
                off = $at["score"] - best[target]
                if (off > .05 || off < -.05) print target, $at["score"], best[target]
            }
        }
        END { if (seen != 12) print seen + 0 " electrodes were scored" }
    ' "$recording/truth.tsv" "$results/scores.tsv" >out 2>err
    [ ! -s out ] || fail 'scores that are not within .05 of the limit'
}
claim 'the score at what was planted is within .05 of 1 / sqrt(1 + noise^2)' near_the_limit

regions_say_what()
{
    cut -f 15 "$results/scores.tsv" | sort -u >out
    expect_in out 'after80 coch subbands'
    expect_in out 'now coch cochleagram'
}
claim 'the region of a simulated electrode is what it follows' regions_say_what

# The methods in words, with the numbers of this study and the works to cite.
methods_say_what()
{
    page=$results/report.html
    expect_in "$page" 'The stimuli were 12 sounds of 3.0 s each, 36.0 s in total.'
    expect_in "$page" 'Model coch is cochleagram 1.0 [2, 3] ('
    expect_in "$page" '), 2 layers, subbands and cochleagram; channels = 16, '
    expect_in "$page" 'has 12 targets in 12 runs at 50 Hz.'
    expect_in "$page" 'Metric score is ridge 1.0 ['
    expect_in "$page" 'Feature space after80 consists of each layer of coch: samples on the'
    expect_in "$page" '; delayed by 80 ms (positive: the past of the features;'
    expect_in "$page" 'Comparisons now and after80 have 1,800 rows of 12 runs: whole stimuli'
    expect_in "$page" ' were dealt at random to 4 folds, each left out once (4 splits; the first'
    expect_in "$page" ' has 1,350 training and 450 test rows).'
    expect_in "$page" '<li>Glasberg &amp; Moore 1990, Hear. Res. 47:103'
}
claim 'the page says in words what was done, with the numbers and what to cite' \
    methods_say_what

# Electrodes have places on both sides of a made-up brain.
places()
{
    expect_in "$recording/electrodes.tsv" 'name	x	y	z	region	hemisphere	space'
    awk -F '\t' 'FNR > 1 && ($6 == "L") == ($2 < 0) && $2 * $2 < 70 * 70 { n[$6]++ }
        END { print n["L"], n["R"] }' "$recording/electrodes.tsv" >out
    expect_in out '8 4'
}
claim 'simulated electrodes lie on the side that electrodes.tsv says' places

every_output_says_so()
{
    stamp='Simulated recording: made by anaflow simulate, not measured.'
    : >out
    : >err
    awk -F '\t' -v stamp="$stamp" 'FNR > 1 && $NF != stamp' "$results/scores.tsv" >unstamped
    [ ! -s unstamped ] || fail "rows of scores.tsv without the stamp: $(head -n 1 unstamped)"
    for file in summary.json anaflow.lock.json report.html run.log; do
        grep -qF "$stamp" "$results/$file" || fail "$file does not say so"
    done
    for file in "$results"/figures/*.svg; do
        grep -q '<text.*>Simulated recording' "$file" || fail "$file does not show it"
    done
    grep -q '^This recording is simulated' "$recording/SIMULATED.txt" || fail 'no mark'
}
claim 'every output of a simulated recording says so, whatever the INI file admits' \
    every_output_says_so

as_planned()
{
    ln -s "$work/made/results" results
    : >out
    : >err
    compare_plan 'models, delays and trials over time'
}
claim 'models and metric take the operations and the memory that were planned' as_planned

same_recording_again()
{
    cp -r "$work/made" again
    cd again || exit 99
    anaflow simulate simulate.ini --output second
    expect_code 0
    diff -r recording second >differences || fail "another recording: $(head -n 3 differences)"
    anaflow simulate simulate.ini --output third --set study.seed=12
    expect_code 0
    cmp -s recording/n01.npy third/n01.npy && fail 'the seed changes nothing'
    return 0
}
claim 'a simulated recording is fixed by the seed' same_recording_again

# compare.sh itself must be able to fail.
a_miss_is_told()
{
    awk -F '\t' -v OFS='\t' 'FNR == 2 { $2 = "never" } { print }' "$recording/truth.tsv" >truth.tsv
    code=0
    sh "$compare" truth.tsv "$results/scores.tsv" >out 2>err || code=$?
    expect_code 1
    expect_in out 'e001 follows never coch'
    expect_in out '11 of 12 electrodes'
}
claim 'the demo fails where a planted layer does not come back' a_miss_is_told

finish
