# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# A study that takes less than a second, in the current folder: 60 items with 6 features;
# `follows` is a weighted sum of features 1 and 2, `half` the same with as much noise,
# `noise` has nothing to do with them. tiny.ini compares them.
write_tiny()
{
    awk 'BEGIN {
        srand(5)
        features = "features.tsv"
        brain = "brain.tsv"
        printf "stimulus" >features
        for (f = 1; f <= 6; f++) printf "\tf%d", f >features
        printf "\n" >features
        printf "stimulus\tfollows\thalf\tnoise\n" >brain
        for (i = 1; i <= 60; i++) {
            printf "item%02d", i >features
            for (f = 1; f <= 6; f++) { x[f] = gauss(); printf "\t%.6f", x[f] >features }
            printf "\n" >features
            y = x[1] - .5 * x[2]
            printf "item%02d\t%.6f\t%.6f\t%.6f\n", i, y, y + gauss(), gauss() >brain
        }
    }
    function gauss(  k, sum) { for (k = 0; k < 12; k++) sum += rand(); return sum - 6 }'
    cat >tiny.ini <<EOF
[study]
name = tiny
seed = 3
[data items]
plugin = arrays
data = features.tsv : (stimulus, target)
[brain three]
plugin = arrays
data = brain.tsv : (stimulus, target)
[features items]
from = items
[folds]
by = stimulus
outer = 5
[metric score]
plugin = ridge
[compare]
main = items -> three
EOF
}
