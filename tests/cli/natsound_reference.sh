#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# ridge through the whole program, on real features, real responses and given splits: the
# answers of scikit-learn's RidgeCV (inner = loo) and of a loop over the file's inner folds
# (inner = 5), 2 models x 10 splits x 21 targets each.
. "$ANA_SOURCE/tests/cli/lib.sh"

shared=$ANA_SOURCE/../shared
reference=$shared/reference/natsound_ridge
python=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import numpy' 2>/dev/null && python=$candidate && break
done

write_reference()
{
    skip_without "$reference"
    [ -n "$python" ] || { echo 'there is no python3 with numpy'; exit 77; }
    "$python" "$ANA_SOURCE/tests/oracles/natsound_reference.py" write "$reference" \
        >out 2>err || fail 'the reference could not be rewritten'
    cat >reference.ini <<EOF
[data features]
plugin = arrays
data = $1.npy : (stimulus=names.txt, target)
[brain brain]
plugin = arrays
data = brain.npy : (stimulus=names.txt, target)
[features features]
from = features
[folds]
by = ./folds.tsv
inner = $2
[metric score]
plugin = ridge
[plugin ridge]
alphas = logspace(-10, 10, 41)
EOF
}

# same FEATURES INNER CASE ANSWER
same()
{
    write_reference "$1" "$2"
    anaflow run reference.ini --output results
    expect_code 0
    "$python" "$ANA_SOURCE/tests/oracles/natsound_reference.py" compare results \
        "$reference/ridge_case_$3/$4_r.npy" "$reference/ridge_case_$3/$4_alpha.npy" \
        >out 2>err || fail 'another answer than the reference'
    cat out
}

coch_loo() { same coch loo coch_mean sklearn; }
cnn_loo() { same cnn loo cnn_cm_conv13 sklearn; }
coch_inner() { same coch 5 coch_mean own_inner5_meanR2; }
cnn_inner() { same cnn 5 cnn_cm_conv13 own_inner5_meanR2; }

claim "inner = loo is RidgeCV on a cochleagram's mean" coch_loo
claim "inner = loo is RidgeCV on a trained network's layer" cnn_loo
claim "inner = 5 is the looped answer on a cochleagram's mean" coch_inner
claim "inner = 5 is the looped answer on a trained network's layer" cnn_inner

other_count()
{
    write_reference coch 4
    anaflow run reference.ini --output results
    expect_code 2
    expect_in err 'gives 5 inner folds'
}
claim 'inner = 4 is refused where the file has five inner folds' other_count

# The example's own cochleagram on the same splits, beside what other programs measured
# with theirs (examples/natural-sounds/README.md).
first_look()
{
    ANAFLOW_DATA=${ANAFLOW_DATA:-$shared/data}
    export ANAFLOW_DATA
    skip_without "$ANAFLOW_DATA/fmri-natsound165"
    write_reference coch loo
    anaflow run "$ANA_SOURCE/examples/natural-sounds/first-look.ini" --output results \
        --set "folds.by=$PWD/folds.tsv" --set folds.inner=loo
    expect_code 0
    awk -F '\t' '$13 == "median" && $10 == "r2" && $8 == "cochleagram" {
        want["lowfreq"] = .46; want["highfreq"] = .28; want["envsounds"] = .24
        want["pitch"] = .04; want["speech"] = .04; want["music"] = .10
        apart = $16 - want[$14]
        if (apart < 0) apart = -apart
        n++
        if (apart > .05) { print $14, $16; wrong = 1 } }
        END { exit !(n == 6 && !wrong) }' results/scores.tsv ||
        fail 'other scores than other programs measured'
}
claim 'the first look scores what other programs measured, within .05' first_look

finish
