#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# plugin new: what it makes builds outside the tree, passes its test and is listed.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

# The plugin's own build is none of this one's.
unset CFLAGS LDFLAGS CPPFLAGS MAKEFLAGS MFLAGS MAKELEVEL CONFIG_SITE
PKG_CONFIG_PATH=$ANA_BUILD/sdk${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH

# A library with sanitizers in it asks the same of who links it; say which.
sanitize=
if grep -q '^ANA_CFLAGS = .*-fsanitize=' "$ANA_BUILD/Makefile"; then
    sanitize=$(sed -n 's/^ANA_CFLAGS = .*-fsanitize=\([a-z,]*\).*/--enable-sanitize=\1/p' \
        "$ANA_BUILD/Makefile")
fi

# new KIND NAME: make, build and test a plugin in plugins/NAME.
new()
{
    for tool in autoreconf pkg-config; do
        command -v $tool >/dev/null || { echo "$tool is not there"; exit 77; }
    done
    anaflow plugin new "$1" "$2" --dir plugins
    expect_code 0
    [ "$(wc -l <"plugins/$2/$2.c")" -lt 120 ] || fail "$2.c has 120 lines or more"
    ! grep -rl '@name@\|@symbol@' "plugins/$2" || fail 'a placeholder is left'
    # shellcheck disable=SC2086  # nothing, or one option
    (cd "plugins/$2" && autoreconf -fi && ./configure -q --enable-werror $sanitize &&
        make -s check) >build.log 2>&1 || { tail -n 40 build.log; fail "$2 does not build"; }
    grep -q '^# PASS:  *1$' build.log || { tail -n 40 build.log; fail "$2 was not tested"; }
    ANAFLOW_PLUGIN_PATH=$PWD/plugins anaflow plugin list
    expect_code 0
    grep -q "^$1  *$2  *1\.0 " out || fail "$2 is not listed"
    expect_not_in out refused
}

new_model() { new model small-net; }
claim 'a new model builds outside the tree, passes its test and is listed' new_model

new_reader() { new reader my-table; }
claim 'a new reader builds outside the tree, passes its test and is listed' new_reader

new_metric()
{
    new metric cosine
    . "$ANA_SOURCE/tests/cli/tiny.sh"
    write_tiny
    ANAFLOW_PLUGIN_PATH=$PWD/plugins anaflow run tiny.ini --set 'metric score.plugin=cosine' \
        --output results
    expect_code 0
    awk -F '\t' '$0 ~ /follows/ && $0 ~ /cosine/ { found = 1 } END { exit !found }' \
        results/scores.tsv || { head results/scores.tsv; fail 'no score of cosine'; }
}
claim 'a new metric builds, passes its test and scores a study' new_metric

names_are_checked()
{
    anaflow plugin new modell net
    expect_code 2
    expect_one_sentence
    expect_in err "a plugin is a model, a reader or a metric, not a 'modell'; did you mean 'model'?"
    anaflow plugin new model Net
    expect_code 2
    expect_in err "'Net' cannot be a plugin's name"
    anaflow plugin new model ../net
    expect_code 2
    anaflow plugin new model
    expect_code 2
    expect_in err 'the NAME is missing: anaflow plugin new KIND NAME'
    anaflow plugin new model net net2
    expect_code 2
    expect_in err "takes KIND and NAME, found 'net2'"
    [ ! -e net ] || fail 'a folder was made'
}
claim 'a wrong kind or name is exit 2 and makes nothing' names_are_checked

nothing_is_written_over()
{
    mkdir net
    echo mine >net/net.c
    anaflow plugin new model net
    expect_code 2
    expect_one_sentence
    expect_in err 'net is there already'
    [ "$(cat net/net.c)" = mine ] || fail 'the file was written over'
}
claim 'a folder that is there already is left alone' nothing_is_written_over

finish
