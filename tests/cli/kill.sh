#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run that is killed (SIGKILL) at any moment and started again leaves the bytes of one
# that was never disturbed, and nothing else. kill.sh [MOMENTS]: of two pipelines each
# half of them; they are random, the same ones every time.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
moments=$((${1:-20} / 2))

# kill_and_resume SEED: pipeline.ini, killed at one moment after another.
kill_and_resume()
{
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    begin=$(date +%s%N)
    anaflow run pipeline.ini --output results
    took=$((($(date +%s%N) - begin) / 1000000))
    expect_code 0
    mv results whole
    mv cache whole-cache
    # The start, where hardly anything is written, gets fewer of the moments.
    awk -v n="$moments" -v seed="$1" -v took="$took" 'BEGIN {
        srand(seed)
        while (n-- > 0) printf "%.3f\n", took * (.15 + .9 * rand()) / 1000 }' >delays
    killed=0 resumed=0 at=0
    while read -r delay; do
        at=$((at + 1))
        kill_once "$delay"
        [ $((at % 3)) -ne 0 ] || kill_once "$(awk -v d="$delay" 'BEGIN { print d / 3 }')"
        [ -d results/.store ] && resumed=$((resumed + 1))
        anaflow run pipeline.ini --output results
        expect_code 0
        diff -r -x run.log whole results >differs 2>&1 ||
            fail "killed after $delay s of $took ms: $(head -n 5 differs)"
        diff -r -x files -x 'speed-*' whole-cache cache >differs 2>&1 ||
            fail "killed after $delay s of $took ms: $(head -n 5 differs)"
        [ -z "$(find results cache -name '*.tmp-*')" ] || fail 'a leftover was left'
        rm -rf results cache
    done <delays
    echo "$killed of $at runs were killed, $resumed found something to go on with"
    [ "$killed" -gt $((moments / 3)) ] || fail "only $killed of $at runs were killed"
}

kill_once()
{
    "$ANAFLOW" run pipeline.ini --output results >said 2>&1 &
    pid=$!
    sleep "$1"
    kill -9 "$pid" 2>kill.err && killed=$((killed + 1))
    wait "$pid" 2>wait.err
    return 0
}

sounds()
{
    mkdir sounds
    for i in 1 2 3 4 5 6; do
        write_noise sounds/n$i.wav "$i" 1
    done
    cat >study.ini <<END
[study]
name = killed
[stimulus sounds]
audio = sounds/*.wav
[model coch]
plugin = cochleagram
channels = 16
high = 6000 Hz
[features lagged]
from = coch
delays = 0..100 ms
[features late]
from = coch
delays = 500..600 ms
[simulate electrodes]
features = lagged
targets = 5
noise = 1
rate = 50 Hz
output = recording
END
    anaflow simulate study.ini
    expect_code 0
    sed '/^\[simulate/,$d' study.ini >pipeline.ini
    cat >>pipeline.ini <<END
[brain electrodes]
plugin = arrays
data = recording/*.npy : (time, target=targets.txt) @ 50 Hz
[folds]
by = stimulus 3
[metric score]
plugin = ridge
[compare]
main = lagged -> electrodes
late = late -> electrodes
END
    kill_and_resume 11
}
claim "sounds, a model and delays, killed at $moments moments" sounds

rows()
{
    write_tiny
    sed -e 's/^by = stimulus$/by = stimulus 40\/20 x 20/' -e '/^outer = 5$/d' \
        -e '/^main = /d' tiny.ini >pipeline.ini
    cat >>pipeline.ini <<END
ridge = items -> three | score
patterns = items -> three | patterns
[metric patterns]
plugin = rsa
END
    kill_and_resume 12
}
claim "rows, random splits and two metrics, killed at $moments moments" rows

finish
