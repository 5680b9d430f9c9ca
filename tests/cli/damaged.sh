#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Damaged recordings: one sentence that names the file and what is wrong, exit 3.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"

golden=$ANA_SOURCE/tests/golden

# refused FILE TEXT: inspect leaves with one sentence that names the file.
refused()
{
    anaflow inspect "$1"
    expect_code 3
    expect_one_sentence
    expect_in err "$1"
    expect_in err "$2"
}

# put FIXTURE FILE OFFSET BYTES: a copy with some bytes replaced.
put()
{
    cat "$golden/$1" >"$2"
    # shellcheck disable=SC2059  # the bytes are written as printf's escapes
    printf "$4" | dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}

cut_files()
{
    head -c 1000 "$golden/mat/v5.mat" >short.mat
    refused short.mat 'is cut short'
    head -c 2000 "$golden/mat/v7.mat" >packed.mat
    refused packed.mat 'is cut short'
    head -c 60 "$golden/mat/v4_le.mat" >old.mat
    refused old.mat 'is cut short: variable 1 at byte 0 needs 118 bytes'
    head -c 200 "$golden/npy/f8_little.npy" >short.npy
    refused short.npy 'short.npy'
    head -c 20 "$golden/npy/f8_little.npy" >head.npy
    refused head.npy 'head.npy'
}
claim 'a file that was cut short is refused with where it ends' cut_files

lying_sizes()
{
    put mat/v5_le.mat rows.mat 160 '\377\377\377\177'
    refused rows.mat 'variable 1 at byte 128 is damaged'
    put mat/v5_le.mat more.mat 160 '\005\000\000\000'
    refused more.mat 'it has another number of values than its dimensions say'
    put mat/v5_le.mat size.mat 132 '\377\377\377\177'
    refused size.mat 'needs 2147483655 bytes, the file ends at byte 288'
    put mat/v4_le.mat old.mat 4 '\377\377\377\177'
    refused old.mat 'is cut short'
    put npy/f8_little.npy length.npy 8 '\377\377'
    refused length.npy 'length.npy'
}
claim 'sizes that lie are refused before anything is read by them' lying_sizes

flipped_bytes()
{
    put mat/v7.mat packed.mat 150 '\377\377\377\377\377\377\377\377'
    refused packed.mat 'variable 1 at byte 128 is damaged'
    put mat/v5.mat version.mat 124 '\007\007\007\007'
    refused version.mat 'its header of 128 bytes is damaged'
    put mat/v5_le.mat type.mat 128 '\143\000\000\000'
    refused type.mat 'expected a variable, found element type 99'
    put npy/f8_little.npy magic.npy 0 'X'
    refused magic.npy 'is no .npy file: it does not begin with'
    put npy/f8_little.npy brace.npy 10 '['
    refused brace.npy 'brace.npy'
}
claim 'flipped bytes are refused with their place' flipped_bytes

finish
