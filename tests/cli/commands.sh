#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command line itself: help, version, mistakes in words and options.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

help_lists_commands()
{
    for word in --help -h help; do
        anaflow $word
        expect_code 0
        for command in 'plugin list' 'plugin info ID' doctor; do
            expect_in out "  $command"
        done
        expect_in out 'Exit status: 0 ok, 2 configuration'
    done
}
claim 'help lists every command and the exit codes' help_lists_commands

help_of_a_command()
{
    anaflow plugin info --help
    expect_code 0
    expect_in out 'Usage: anaflow plugin info [OPTION]... ID'
    expect_in out '-v, --verbose'
    anaflow plugin info -h --nonsense
    expect_code 0
}
claim 'help of a command beats what is wrong beside it' help_of_a_command

version()
{
    anaflow --version
    expect_code 0
    grep -q '^anaflow [0-9]*\.[0-9]*\.[0-9]*$' out || fail 'no version'
    cp out first
    anaflow doctor --version
    expect_code 0
    cmp first out || fail 'another version'
}
claim 'the version is one line, the same from every command' version

no_command()
{
    anaflow
    expect_code 2
    expect_one_sentence
    expect_in err 'a command is missing'
}
claim 'no command at all is exit 2' no_command

unknown_command()
{
    anaflow docter
    expect_code 2
    expect_one_sentence
    expect_in err "there is no command 'docter', did you mean 'doctor'?"
    anaflow plugn list
    expect_code 2
    expect_in err "did you mean 'plugin'?"
    anaflow plugin lst
    expect_code 2
    expect_in err '`plugin`, not `lst`, needs one of: list, info'
    [ ! -s out ] || fail 'something on standard output'
}
claim 'an unknown command is exit 2 and answered with the nearest' unknown_command

unknown_option()
{
    anaflow doctor --verbsoe
    expect_code 2
    expect_one_sentence
    expect_in err '`doctor` has no option --verbsoe, did you mean --verbose?'
    anaflow doctor --frobnicate=3
    expect_code 2
    expect_in err 'has no option --frobnicate;'
    anaflow doctor -x
    expect_code 2
    expect_in err 'has no option -x;'
    anaflow doctor --verbose=1
    expect_code 2
    expect_in err "--verbose takes no value, found '1'"
}
claim 'an unknown option is exit 2 and answered with the nearest' unknown_option

operands()
{
    anaflow plugin info
    expect_code 2
    expect_in err 'the ID is missing: anaflow plugin info ID'
    anaflow plugin info a b
    expect_code 2
    expect_in err "takes one ID, found 'a' and 'b'"
    anaflow doctor now
    expect_code 2
    expect_in err "takes nothing but options, found 'now'"
}
claim 'a missing or needless operand is exit 2' operands

full_disk()
{
    skip_without /dev/full
    code=0
    "$ANAFLOW" --help >/dev/full 2>err || code=$?
    : >out
    expect_code 5
    expect_in err 'standard output cannot be written'
}
claim 'output that cannot be written is exit 5' full_disk

no_escapes()
{
    anaflow doctor
    if grep -q "$(printf '\033')" out; then
        fail 'escapes in a file'
    fi
    anaflow nonsense
    if grep -q "$(printf '\033')" err; then
        fail 'escapes in a file'
    fi
}
claim 'a file gets no colours' no_escapes

colours()
{
    command -v script >/dev/null || { echo 'no program called script'; exit 77; }
    red=$(printf '\033[1;31m')
    TERM=xterm script -qec "'$ANAFLOW' nonsense" /dev/null >out 2>err
    expect_in out "${red}anaflow:"
    NO_COLOR=1 TERM=xterm script -qec "'$ANAFLOW' nonsense" /dev/null >out 2>err
    expect_in out 'anaflow: there is no command'
    expect_not_in out "$red"
}
claim 'a terminal gets colours unless NO_COLOR is set' colours

finish
