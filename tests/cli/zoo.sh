#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The zoo of broken plugins: each gets its own sentence and exit code 4 from the command
# that meets it, and everything else still works. tests/zoo/expected.tsv is the table.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"
ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/zoo/.libs
export ANAFLOW_PLUGIN_PATH
tab=$(printf '\t')

# Lines of the table for a command: animal and sentence.
expected()
{
    awk -F '\t' -v want="$1" '!/^#/ && $2 == want { print $1 "\t" $3 }' \
        "$ANA_SOURCE/tests/zoo/expected.tsv"
}

list_names_each()
{
    anaflow plugin list
    expect_code 0
    expected load | while IFS=$tab read -r animal sentence; do
        grep -F "refused " out | grep -F "/$animal.so: " | grep -qF -e "$sentence" ||
            fail "$animal: the list does not say: $sentence"
    done || exit 1
    for plugin in zoo-good ridge cochleagram mat; do
        grep -q "^[a-z]*  *$plugin " out || fail "$plugin is not listed"
    done
    [ "$(grep -c '^refused' out)" -eq "$(expected load | wc -l)" ] || fail 'others were refused'
}
claim 'a list names each broken plugin with its own sentence, and the others work' \
    list_names_each

info_is_exit_4()
{
    expected load | while IFS=$tab read -r animal sentence; do
        anaflow plugin info "$animal"
        expect_code 4
        expect_one_sentence
        expect_in err "$sentence"
    done || exit 1
    anaflow plugin info zoo-good
    expect_code 0
}
claim 'info of each is exit 4 with that sentence' info_is_exit_4

# Sanitizers change what can be seen: they have variables of their own in every library,
# and they stop a program where it would crash a moment later.
sanitized()
{
    grep -q '^untried  *globals .*built with a sanitizer' out
}

# Lines of the table for rules of plugin check: animal, rule and sentence.
check_finds_each()
{
    awk -F '\t' '!/^#/ && $2 != "load" && $2 != "run"' "$ANA_SOURCE/tests/zoo/expected.tsv" |
        while IFS=$tab read -r animal rule sentence; do
            anaflow plugin check "$ANAFLOW_PLUGIN_PATH/$animal.so"
            if sanitized; then
                [ "$rule" != globals ] || continue
                sentence=${sentence#it crashed (*: *) }
            fi
            expect_code 4
            expect_one_sentence
            expect_in err "$animal.so: 1 rule fails"
            grep -q "^FAILS  *$rule " out || fail "$animal: not the rule $rule"
            [ "$(grep -c '^FAILS' out)" -eq 1 ] || fail "$animal: other rules fail, too"
            grep -A 1 '^FAILS' out | grep -qF -e "$sentence" ||
                fail "$animal: it does not say: $sentence"
        done || exit 1
}
claim 'check finds each with the rule made for it, and only that one' check_finds_each

check_of_those_that_do_not_load()
{
    for animal in no-symbol crash-at-load exit-at-load; do
        anaflow plugin check "$ANAFLOW_PLUGIN_PATH/$animal.so"
        expect_code 4
        grep -q '^FAILS  *loads' out || fail "$animal: it loads"
        [ "$(grep -c '^FAILS' out)" -eq 1 ] || fail "$animal: other rules fail, too"
        [ "$(grep -c '^holds' out)" -eq 0 ] || fail "$animal: something holds"
    done
    for animal in wrong-magic newer-minor short-struct null-entry; do
        anaflow plugin check "$ANAFLOW_PLUGIN_PATH/$animal.so"
        expect_code 4
        grep -q '^FAILS  *descriptor' out || fail "$animal: its descriptor holds"
    done
    anaflow plugin check "$ANAFLOW_PLUGIN_PATH/bad-default.so"
    expect_code 4
    grep -q '^FAILS  *parameters' out || fail 'its parameters hold'
}
claim 'check of what does not load fails there and tries nothing else' \
    check_of_those_that_do_not_load

check_passes_good_ones()
{
    for animal in good-model good-reader good-metric; do
        anaflow plugin check "$ANAFLOW_PLUGIN_PATH/$animal.so"
        expect_code 0
        expect_not_in out FAILS
        [ "$(grep -c '^holds' out)" -ge 18 ] || fail "$animal: few rules were tried"
    done
    anaflow plugin check --json "$ANAFLOW_PLUGIN_PATH/good-metric.so"
    expect_code 0
    expect_in out '"passes": true'
    expect_in out '"rule": "guards"'
}
claim 'check passes plugins that keep the rules' check_passes_good_ones

tried_again()
{
    rm -rf plugins && mkdir plugins
    cp "$ANAFLOW_PLUGIN_PATH/exit-at-load.so" plugins
    ANAFLOW_PLUGIN_PATH=$PWD/plugins
    anaflow plugin list
    sed 's/called exit/once called exit/' "$ANAFLOW_CACHE/plugins.json" >changed.json
    cp changed.json "$ANAFLOW_CACHE/plugins.json"
    anaflow plugin list
    expect_in out 'it once called exit(3)'
    anaflow plugin list --fresh
    expect_in out 'it called exit(3)'
}
claim 'a verdict is remembered, and --fresh forgets it' tried_again

others_may_not_write()
{
    mkdir plugins
    cp "$ANAFLOW_PLUGIN_PATH/good.so" plugins
    chmod 0777 plugins
    ANAFLOW_PLUGIN_PATH=$PWD/plugins
    anaflow plugin list
    expect_in out "plugins: everybody may write to it"
    expect_not_in out zoo-good
    chmod 0755 plugins
    anaflow plugin info zoo-good
    expect_code 0
}
claim 'nothing is loaded from a folder that everybody may write to' others_may_not_write

not_to_be_typed()
{
    anaflow worker scan nothing.so
    expect_code 2
    expect_one_sentence
    expect_in err 'is what anaflow calls itself with'
}
claim 'the worker refuses to be typed' not_to_be_typed

finish
