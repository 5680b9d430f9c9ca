#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A model, a reader and a metric that were built against older headers (tests/abi/include)
# are loaded by today's program and score a study with it.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"
ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/abi/.libs
export ANAFLOW_PLUGIN_PATH

frozen_study()
{
    for i in 1 2 3 4 5 6; do
        write_noise "s$i.wav" "$i" .2
    done
    awk 'BEGIN {
        print "stimulus\tA1\tA2"
        for (i = 1; i <= 6; i++) printf "s%d\t%d\t%d\n", i, i, 1 + i * i % 7
    }' >brain.tsv
    cat >frozen.ini <<EOF
[stimulus sounds]
audio = *.wav
[model net]
plugin = frozen-model
gain = 20
[brain two]
plugin = frozen-reader
data = brain.tsv
scale = 2
[folds]
by = stimulus 2
[metric score]
plugin = frozen-metric
[compare]
main = net -> two
EOF
}

listed()
{
    anaflow plugin list
    expect_code 0
    for kind in model reader metric; do
        grep -q "^$kind  *frozen-$kind  *1\.0 " out || fail "frozen-$kind is not listed"
    done
    expect_not_in out refused
}
claim 'plugins built against the frozen headers are listed' listed

scored()
{
    frozen_study
    anaflow check frozen.ini
    expect_code 0
    expect_in out '3 tasks, 4 scores'
    anaflow run frozen.ini --output results
    expect_code 0
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["measure"] == "frozen_metric" && $column["score"] > 0 &&
            $column["score"] <= 1 { n++ }
        END { exit n < 4 }' results/scores.tsv || fail 'no scores of the frozen plugins'
}
claim 'they score a study together' scored

finish
