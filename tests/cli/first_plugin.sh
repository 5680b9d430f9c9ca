#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# sdk/first-plugin.md, word by word: its sh blocks, one after another, in a fresh folder.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"
unset CFLAGS LDFLAGS CPPFLAGS MAKEFLAGS MFLAGS MAKELEVEL CONFIG_SITE ANAFLOW_PLUGIN_PATH

the_tour()
{
    for tool in autoreconf pkg-config; do
        command -v $tool >/dev/null || { echo "$tool is not there"; exit 77; }
    done
    if grep -q '^ANA_CFLAGS = .*-fsanitize=' "$ANA_BUILD/Makefile"; then
        echo 'the tour builds without sanitizers, this library has them'
        exit 77
    fi
    [ "$(wc -l <"$ANA_SOURCE/sdk/first-plugin.md")" -lt 200 ] || fail 'over 200 lines'
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$ANA_SOURCE/sdk/first-plugin.md" >tour
    mkdir fresh
    code=0
    (cd fresh && PATH=$(dirname "$ANAFLOW"):$PATH PKG_CONFIG_PATH=$ANA_BUILD/sdk sh -eu ../tour) \
        >out 2>err || code=$?
    expect_code 0
    [ "$(grep -c '^# PASS:  *1$' out)" -eq 3 ] || fail 'expected three tests to pass'
    expect_in out 'the same scores'
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { score[$at["target"]] = $at["score"] }
        END { exit !(score["clean"] > .9999 && score["noisy"] < .99 && score["noisy"] > .3 &&
                     score["nothing"] < score["noisy"]) }' fresh/results-best/scores.tsv ||
        { cat fresh/results-best/scores.tsv; fail 'not the scores that the tour promises'; }
}
claim 'the tour leads from plugin new to three tests that pass and the scores it promises' the_tour

finish
