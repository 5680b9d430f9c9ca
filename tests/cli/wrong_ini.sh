#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each INI file of tests/cli/wrong-ini gets one sentence, with its line, and its exit code.
# expected.tsv: file, exit code, line (0 = the file as a whole), part of the sentence.
. "$ANA_SOURCE/tests/cli/lib.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"

table=$ANA_SOURCE/tests/cli/wrong-ini/expected.tsv
unset ANAFLOW_DATA ANAFLOW_NOWHERE
ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/study/.libs
export ANAFLOW_PLUGIN_PATH

# The files are about a sound and a recording that only have to be there.
refuse_one()
{
    cp "$ANA_SOURCE/tests/cli/wrong-ini/$file" wrong-ini.ini || fail "no $file"
    : >a.wav
    : >b.mat
    anaflow check wrong-ini.ini --ini-only
    expect_code "$exit_code"
    expect_one_sentence
    place=wrong-ini.ini
    [ "$line" -eq 0 ] || place=wrong-ini.ini:$line
    expect_in err "anaflow: $place: "
    expect_in err "$sentence"
}

tab=$(printf '\t')
while IFS=$tab read -r file exit_code line sentence; do
    [ "$file" = file ] || claim "$file is refused with its sentence" refuse_one
done <"$table"

every_file_is_listed()
{
    for ini in "$ANA_SOURCE"/tests/cli/wrong-ini/*.ini; do
        grep -q "^${ini##*/}$tab" "$table" || fail "${ini##*/} is not in expected.tsv"
    done
}
claim 'every wrong INI file is in the table' every_file_is_listed

finish
