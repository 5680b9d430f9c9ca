#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same bytes for 1, 2 and 4 worker threads: sounds through a model, delays, folds of a
# continuous recording; and rows with a random split and inner folds.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
. "$ANA_SOURCE/tests/cli/bids_story.sh"

# run_with_jobs INI: the folders jobs1, jobs2 and jobs4.
run_with_jobs()
{
    for jobs in 1 2 4; do
        anaflow run "$1" --output "jobs$jobs" --jobs "$jobs"
        expect_code 0
    done
}

# nine_ways INI: with 1, 2 and 4 threads, each from nothing (cold), again with everything
# stored (warm), and killed half-way and resumed: the folders cold1, warm1, resumed1, ...
nine_ways()
{
    for jobs in 1 2 4; do
        ANAFLOW_CACHE=$PWD/cache$jobs
        export ANAFLOW_CACHE
        begin=$(date +%s%N)
        anaflow run "$1" --output "run$jobs" --jobs "$jobs"
        half=$(awk -v ns="$(($(date +%s%N) - begin))" 'BEGIN { print ns / 2e9 }')
        expect_code 0
        cp -r "run$jobs" "cold$jobs"
        anaflow run "$1" --output "run$jobs" --jobs "$jobs"
        expect_code 0
        expect_not_in err 'left' # no progress, since nothing was computed
        mv "run$jobs" "warm$jobs"
        ANAFLOW_CACHE=$PWD/other$jobs
        "$ANAFLOW" run "$1" --output "run$jobs" --jobs "$jobs" >said 2>&1 &
        pid=$!
        sleep "$half"
        kill -9 "$pid" 2>kill.err
        wait "$pid" 2>wait.err
        anaflow run "$1" --output "run$jobs" --jobs "$jobs"
        expect_code 0
        mv "run$jobs" "resumed$jobs"
    done
    for run in warm1 resumed1 cold2 warm2 resumed2 cold4 warm4 resumed4; do
        diff -r -x run.log -x anaflow.lock.json -x 'report.*' -x tasks cold1 "$run" >differs 2>&1 ||
            fail "cold1 and $run: $(head -n 5 differs)"
    done
    for jobs in 1 2 4; do
        for run in warm resumed; do
            diff -r -x run.log "cold$jobs" "$run$jobs" >differs 2>&1 ||
                fail "cold$jobs and $run$jobs: $(head -n 5 differs)"
        done
    done
    for kind in scores.tsv 'arrays/*.npy' 'figures/*.svg'; do
        # shellcheck disable=SC2086  # a pattern
        ls cold1/$kind >/dev/null || fail "no $kind"
    done
}

# Everything is compared but what tells one run from another: run.log and the lock say
# how it was started, and so does the page.
expect_same_bytes()
{
    for kind in scores.tsv summary.json 'folds-*.tsv' 'arrays/*.npy' 'figures/*.svg'; do
        seen=0
        for file in jobs1/$kind; do
            [ -f "$file" ] || fail "no $file"
            seen=$((seen + 1))
            for jobs in 2 4; do
                cmp "$file" "jobs$jobs/${file#jobs1/}" >differs 2>&1 ||
                    fail "--jobs 1 and --jobs $jobs: $(cat differs)"
            done
        done
        for jobs in 2 4; do
            # shellcheck disable=SC2012,SC2086  # names of our own making
            [ "$(ls jobs$jobs/$kind | wc -l)" -eq "$seen" ] || fail "--jobs $jobs: more $kind"
        done
    done
}

sounds()
{
    mkdir sounds
    for i in 1 2 3 4 5 6; do
        write_noise sounds/n$i.wav "$i" 2
    done
    cat >study.ini <<END
[study]
name = threads
seed = 4
[stimulus sounds]
audio = sounds/*.wav
[model coch]
plugin = cochleagram
channels = 12
high = 6000 Hz
[features lagged]
from = coch
delays = 0..100 ms
[simulate electrodes]
features = lagged
targets = 5
noise = 1
rate = 50 Hz
output = recording
END
    for jobs in 1 2 4; do
        anaflow simulate study.ini --output "recording$jobs" --set "study.jobs=$jobs"
        expect_code 0
    done
    for jobs in 2 4; do
        diff -r recording1 "recording$jobs" >out || fail "another recording with $jobs threads"
    done
    sed '/^\[simulate/,$d' study.ini >pipeline.ini
    cat >>pipeline.ini <<END
[brain electrodes]
plugin = arrays
data = recording1/*.npy : (time, target=targets.txt) @ 50 Hz
[folds]
by = stimulus 3
[metric score]
plugin = ridge
[compare]
main = lagged -> electrodes
END
    run_with_jobs pipeline.ini
    expect_same_bytes
}
claim 'sounds, a model and delays: the same bytes for 1, 2 and 4 threads' sounds

rows()
{
    write_tiny
    run_with_jobs tiny.ini
    expect_same_bytes
    rm -rf jobs?
    sed -e 's/^by = stimulus$/by = stimulus 40\/20 x 4/' -e '/^outer = 5$/d' tiny.ini >split.ini
    run_with_jobs split.ini
    expect_same_bytes
}
claim 'rows in folds and in random splits: the same bytes for 1, 2 and 4 threads' rows

# The demo with a fifth of its sentences.
demo()
{
    command -v espeak-ng >/dev/null || { echo 'espeak-ng is not installed'; exit 77; }
    DEMO=$PWD
    export DEMO
    mkdir speech
    head -n 8 "$ANA_SOURCE/examples/demo/text.txt" | while IFS= read -r sentence; do
        number=$((${number:-0} + 1))
        espeak-ng -w "speech/s0$number.wav" -- "$sentence"
    done
    anaflow simulate "$ANA_SOURCE/examples/demo/simulate.ini"
    expect_code 0
    nine_ways "$ANA_SOURCE/examples/demo/pipeline.ini"
}
claim 'the demo on 1, 2 and 4 threads, cold, warm and resumed: the same bytes' demo

# Natural sounds: a model of hearing, two recordings with other orders of the sounds.
real()
{
    ANAFLOW_DATA=${ANAFLOW_DATA:-$ANA_SOURCE/../shared/data}
    export ANAFLOW_DATA
    skip_without "$ANAFLOW_DATA/fmri-natsound165/stimuli/wav"
    cat >study.ini <<END
[study]
name = real
[stimulus sounds]
audio = \${ANAFLOW_DATA}/fmri-natsound165/stimuli/wav/*.wav
[model coch]
plugin = cochleagram
channels = 8
layers = cochleagram
[features mean]
from = coch
pool = time
[brain components]
plugin = mat
data = \${ANAFLOW_DATA}/fmri-natsound165/data/components.mat : R(stimulus=stim_names, target=component_names)
[brain electrodes]
plugin = mat
data = \${ANAFLOW_DATA}/ecog-natsound165/individual-electrodes/speech-elec*.mat : R(stimulus=stim_names, time=t)
prepare = average(0..2 s)
[folds]
by = stimulus 83/82 x 4
[metric score]
plugin = ridge
[metric patterns]
plugin = rsa
[compare]
components = mean -> components | score
electrodes = mean -> electrodes | score
patterns = mean -> electrodes | patterns
END
    nine_ways study.ini
}
claim 'natural sounds on 1, 2 and 4 threads, cold, warm and resumed: the same bytes' real

# A BIDS dataset of images: its scores go back into maps.
images()
{
    copy story
    write_story story "$preprocessed sub-01" 'confounds(motion6, csf) detrend(1) zscore(run)'
    nine_ways story.ini
    ls cold1/maps/*.nii.gz >maps || fail 'no maps'
}
claim 'maps on 1, 2 and 4 threads, cold, warm and resumed: the same bytes' images

again()
{
    write_tiny
    anaflow run tiny.ini --output first
    expect_code 0
    anaflow run tiny.ini --output second
    expect_code 0
    cmp first/scores.tsv second/scores.tsv || fail 'another day, other scores'
    anaflow run tiny.ini --output third --set study.seed=4
    expect_code 0
    cmp -s first/scores.tsv third/scores.tsv && fail 'the seed changes nothing'
    return 0
}
claim 'the seed, and only the seed, decides the folds' again

finish
