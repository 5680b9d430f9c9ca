#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# plugin list, plugin info and doctor, with the zoo of broken plugins in the path.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

zoo()
{
    ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/zoo/.libs
    export ANAFLOW_PLUGIN_PATH
}

list_shows_good_and_refused()
{
    zoo
    anaflow plugin list
    expect_code 0
    grep -q '^metric  *zoo-good  *1\.0  *An animal of the zoo$' out || fail 'zoo-good is missing'
    grep -q '^refused .*/no-symbol\.so: it exports no ' out || fail 'no reason for no-symbol'
    grep -q '^refused .*zoo_function_that_nobody_wrote' out || fail 'no true loader text'
    [ ! -s err ] || fail 'something on standard error'
}
claim 'a list shows good plugins, and refused files with their reasons' \
    list_shows_good_and_refused

list_without_zoo()
{
    anaflow plugin list
    expect_code 0
    expect_not_in out refused
}
claim 'none of our own plugins is refused' list_without_zoo

info_shows_the_table()
{
    zoo
    anaflow plugin info zoo-good
    expect_code 0
    expect_in out 'zoo-good 1.0 (metric)'
    expect_in out 'step = 20 ms'
    expect_in out 'number in s, 0.001 .. 1'
    expect_in out 'one of auto, primal, dual'
    expect_in out 'column (must be given)'
    expect_in out 'tests/zoo/.libs/good.so'
}
claim 'info shows each parameter with default, type, unit and bounds' info_shows_the_table

info_of_the_unknown()
{
    zoo
    anaflow plugin info zoo-goood
    expect_code 4
    expect_one_sentence
    expect_in err "there is no plugin 'zoo-goood', did you mean 'zoo-good'?"
    anaflow plugin info null-entry
    expect_code 4
    expect_in err 'function `push` is NULL'
}
claim 'info of an unknown or refused plugin is exit 4 and says why' info_of_the_unknown

doctor_is_well()
{
    anaflow doctor
    expect_code 0
    for word in 'plugin interface' OpenBLAS libsndfile 'cores' "$ANA_BUILD/plugins"; do
        expect_in out "$word"
    done
}
claim 'doctor names versions, BLAS, cores and the search path' doctor_is_well

doctor_finds_the_zoo()
{
    zoo
    anaflow doctor
    expect_code 4
    expect_one_sentence
    expect_in err 'plugin files were refused'
}
claim 'doctor is exit 4 where a plugin was refused' doctor_finds_the_zoo

finish
