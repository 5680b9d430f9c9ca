#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A long sound through a network in windows: memory is bounded by the window.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
. "$ANA_SOURCE/tests/cli/planned.sh"

# lengthen FILE TIMES TO: a sound of write_noise, again and again.
lengthen()
{
    samples=$(($(wc -c <"$1") - 44))
    {
        head -c 4 "$1"
        # shellcheck disable=SC2059  # the format is the bytes
        printf "$(little_endian 4 $((samples * $2 + 36)))"
        head -c 40 "$1" | tail -c +9
        # shellcheck disable=SC2059
        printf "$(little_endian 4 $((samples * $2)))"
        i=0
        while [ "$i" -lt "$2" ]; do
            tail -c +45 "$1"
            i=$((i + 1))
        done
    } >"$3"
}

# speech MINUTES...: sounds, recordings of 20 Hz, and the network of tests/golden in windows
# of half a second. Each y is for a set of its own.
speech()
{
    write_noise minute.wav 1 60
    for minutes; do
        mkdir "s$minutes" "y$minutes"
        lengthen minute.wav "$minutes" "s$minutes/speech.wav"
        awk -v n=$((minutes * 1200)) 'BEGIN {
            srand(3)
            print "a"
            while (n-- > 0) print rand() }' >"y$minutes/speech.tsv"
    done
    cat >study.ini <<END
[study]
name = hour
cache = cache
[stimulus speech]
audio = s1/*.wav
[model net]
plugin = wav2vec2
checkpoint = $ANA_SOURCE/tests/golden/wavlm/base
window = 500 ms, stride 400 ms, keep centre
[features net]
from = net
layer = each
[brain b]
plugin = arrays
data = y1/*.tsv : (time, target) @ 20 Hz
[folds]
by = block 5 s x 3
gap = 1 s
[metric score]
plugin = ridge
alphas = 1
[report]
folds = no
END
}

# listen MINUTES [OPTION...]
listen()
{
    minutes=$1
    shift
    rm -rf results
    anaflow run study.ini --output results --set "stimulus speech.audio=s$minutes/*.wav" \
        --set "brain b.data=y$minutes/*.tsv : (time, target) @ 20 Hz" "$@"
    expect_code 0
}

# What was kept of seven layers used to be held as sums, 4 MB of four minutes; scoring one
# of them takes half a megabyte more.
minutes_take_the_same()
{
    speech 1 4
    listen 1
    compare_plan 'one minute'
    one=$(number taken 'bytes of memory allocated')
    listen 4
    compare_plan 'four minutes'
    four=$(number taken 'bytes of memory allocated')
    awk -v a="$one" -v b="$four" 'BEGIN { exit !(b < a + 1e6) }' ||
        fail "one minute takes $one bytes, four take $four"
}
claim 'four minutes of speech take the memory of one, and the plan says so' minutes_take_the_same

killed_in_the_middle()
{
    speech 3
    sed -i 's,s1/,s3/,; s,y1/,y3/,' study.ini
    "$ANAFLOW" run study.ini --output results >said 2>&1 &
    pid=$!
    tries=0
    until [ -n "$(find cache/activations -name '*.tmp-*' -size +40k 2>/dev/null)" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail 'no activations were being written'
        sleep .05
    done
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
    [ -z "$(find cache/activations -name '*.npy')" ] || fail 'it was killed too late'
    anaflow run study.ini --output results
    expect_code 0
    [ -z "$(find cache results -name '*.tmp-*')" ] || fail 'a leftover was left'
    mv cache killed
    mv results killed-results
    anaflow run study.ini --output results
    expect_code 0
    # how fast the machine was is no result, and measured for longer runs alone
    diff -r -x files -x 'speed-*' cache killed >differs 2>&1 || fail "$(head -n 5 differs)"
    diff -r -x run.log results killed-results >differs 2>&1 || fail "$(head -n 5 differs)"
}
claim 'a run that is killed while it writes leaves nothing, and the next gives the same' \
    killed_in_the_middle

finish
