#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What is kept of a run: taken back whole, told apart by what it was made from, checked
# before it is believed.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
. "$ANA_SOURCE/tests/cli/planned.sh"

# A study of four sounds, two layers and a recording of five electrodes.
write_study()
{
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    mkdir sounds
    for i in 1 2 3 4; do
        write_noise sounds/n$i.wav "$i" 1
    done
    cat >study.ini <<END
[study]
seed = 4
[stimulus sounds]
audio = sounds/*.wav
[model coch]
plugin = cochleagram
channels = 8
high = 6000 Hz
[features lagged]
from = coch
delays = 0..100 ms
[simulate electrodes]
features = lagged
targets = 3
noise = 1
rate = 20 Hz
output = recording
END
    anaflow simulate study.ini
    expect_code 0
    sed '/^\[simulate/,$d' study.ini >pipeline.ini
    cat >>pipeline.ini <<END
[brain electrodes]
plugin = arrays
data = recording/*.npy : (time, target=targets.txt) @ 20 Hz
[folds]
by = stimulus 4
[metric score]
plugin = ridge
[plugin ridge]
alphas = 1 100
[compare]
main = lagged -> electrodes
END
}

run_into()
{
    folder=$1
    shift
    anaflow run pipeline.ini --output "$folder" "$@"
    expect_code 0
}

# last_log FOLDER: what the last run said.
last_log()
{
    awk '/^== / { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$1/run.log" >log
}

# Everything of two folders but the log of what happened when.
expect_same_results()
{
    diff -r -x run.log -x .lock "$1" "$2" >differs 2>&1 || fail "$1 and $2: $(head -n 5 differs)"
}

warm()
{
    write_study
    run_into results
    cp -r results first
    run_into results
    expect_same_results first results
    last_log results
    expect_in log 'show coch sounds, 20 Hz: stored'
    expect_in log 'score main coch subbands: stored'
    expect_in log 'score main coch cochleagram: stored'
    expect_not_in log 'model coch:'
    [ "$(grep -c '^== ' results/run.log)" -eq 2 ] || fail 'the log has not two runs'
    rm -r results
    run_into results
    last_log results
    expect_in log 'show coch sounds, 20 Hz: stored'
    expect_in log 'score main coch subbands: no entry'
    expect_same_results first results
}
claim 'a second run computes nothing and leaves the same bytes' warm

changed()
{
    write_study
    run_into results
    anaflow run pipeline.ini --output results --why --set 'plugin ridge.alphas=1 10'
    expect_code 0
    expect_in out 'show coch sounds, 20 Hz: stored'
    expect_in out 'score main coch subbands: alphas changed'
    expect_in out '2 of 3 tasks are to be done'
    run_into results --set 'plugin ridge.alphas=1 10'
    last_log results
    expect_in log 'show coch sounds, 20 Hz: stored'
    expect_in log 'score main coch subbands: alphas changed'
    expect_in log 'score main coch cochleagram: alphas changed'
    anaflow run pipeline.ini --output results --why --set 'plugin ridge.alphas=1 10' \
        --set study.seed=5
    expect_in out 'score main coch subbands: seed changed'
    anaflow run pipeline.ini --output results --why --set 'plugin ridge.alphas=1 10' \
        --set 'model coch.channels=9'
    expect_in out 'show coch sounds, 20 Hz: channels changed'
    expect_in out 'score main coch subbands: channels changed'
    write_noise sounds/n3.wav 9 1
    anaflow run pipeline.ini --output results --why --set 'plugin ridge.alphas=1 10'
    expect_in out 'show coch sounds, 20 Hz: file n3.wav changed'
    expect_in out 'score main coch subbands: file n3.wav changed'
    cp recording/n1.npy recording/n2.npy
    anaflow run pipeline.ini --output results --why --set 'plugin ridge.alphas=1 10'
    expect_in out 'file n3.wav changed, file n2.npy changed'
    run_into results --set 'plugin ridge.alphas=1 10'
    last_log results
    expect_in log 'show coch sounds, 20 Hz: file n3.wav changed'
    run_into other --set 'plugin ridge.alphas=1 10' --fresh
    cmp results/scores.tsv other/scores.tsv || fail 'stale scores'
}
claim 'a changed key, seed or file is named, and only what depends on it is computed' changed

one_more()
{
    write_study
    run_into results --set 'model coch.layers=cochleagram'
    anaflow cache ls
    [ "$(grep -c '\.npy  coch' out)" -eq 1 ] || fail 'expected one array'
    run_into results
    last_log results
    expect_in log 'model coch: 4 stimuli, 1 layers'
    expect_in log 'score main coch cochleagram: stored'
    expect_in log 'score main coch subbands: no entry'
    anaflow cache ls
    [ "$(grep -c '\.npy  coch' out)" -eq 2 ] || fail 'expected two arrays'
    run_into once --fresh
    cmp once/scores.tsv results/scores.tsv || fail 'other scores'
}
claim 'one more layer computes that one alone' one_more

fresh()
{
    write_study
    run_into results
    cp -r results first
    run_into results --fresh
    last_log results
    expect_in log 'show coch sounds, 20 Hz: --fresh'
    expect_in log 'model coch: 4 stimuli, 2 layers'
    expect_in log 'score main coch subbands: --fresh'
    cmp first/scores.tsv results/scores.tsv || fail 'other scores'
}
claim '--fresh computes everything again' fresh

# flip_some FILE SEED: change one byte somewhere.
flip_some()
{
    size=$(wc -c <"$1")
    flip "$1" "$(awk -v n="$size" -v seed="$2" 'BEGIN { srand(seed); print int(rand() * n) }')"
}

flipped()
{
    write_study
    run_into results
    cp -r results first
    number=0
    for file in results/.store/????????????????????????????????; do
        number=$((number + 1))
        flip_some "$file" "$number"
        anaflow cache verify --output results
        expect_code 3
        expect_in out "$file: is damaged"
        expect_in err '1 of '
        run_into results
        expect_in err "$file: is damaged"
        expect_in err 'it was removed and is computed again'
        expect_in results/summary.json "$file"
        expect_in results/report.html 'is damaged'
        cmp first/scores.tsv results/scores.tsv || fail 'other scores'
        last_log results
        expect_in log 'its entry was damaged'
        run_into results
        expect_same_results first results
    done
    [ "$number" -eq 2 ] || fail "expected 2 results in the store, found $number"
    for file in "$ANAFLOW_CACHE"/activations/*.npy; do
        number=$((number + 1))
        rm -r results
        flip_some "$file" "$number"
        run_into results
        expect_in err "$file: is damaged"
        cmp first/scores.tsv results/scores.tsv || fail 'other scores'
        anaflow cache verify --output results
        expect_code 0
        expect_in out 'all whole'
    done
    [ "$number" -eq 4 ] || fail 'expected 2 arrays in the cache'
    : >"$ANAFLOW_CACHE/activations/$(basename "$file")"
    rm -r results
    run_into results
    expect_in err 'is damaged: it is too short'
    cmp first/scores.tsv results/scores.tsv || fail 'other scores'
    for file in "$ANAFLOW_CACHE/files" results/.store/tasks; do
        if [ -f "$file" ]; then
            flip_some "$file" 7
            anaflow cache verify --output results
            expect_code 3
            expect_in out "$file: is damaged"
            run_into results
            expect_in err "$file: is damaged"
            expect_in results/report.html "$(basename "$file"): is damaged"
        fi
    done
    cmp first/scores.tsv results/scores.tsv || fail 'other scores'
}
claim 'a flipped byte in any entry is found, reported and computed again' flipped

care()
{
    write_study
    run_into results
    anaflow cache ls --output results
    expect_code 0
    expect_in out 'coch subbands, 4 stimuli at 20 Hz: '
    expect_in out 'score main coch cochleagram'
    anaflow cache verify --output results
    expect_code 0
    touch "$ANAFLOW_CACHE/activations/0123.npy.tmp-abcdef"
    anaflow cache gc
    expect_code 0
    expect_in out 'removed 0 entries'
    [ ! -e "$ANAFLOW_CACHE/activations/0123.npy.tmp-abcdef" ] || fail 'a leftover was left'
    oldest=$(find "$ANAFLOW_CACHE/activations" -name '*.npy' | head -n 1)
    touch -d '40 days ago' "$oldest"
    anaflow cache gc --older-than 30d
    expect_in out 'removed 1 entry, '
    [ ! -e "$oldest" ] || fail 'the oldest is there'
    anaflow cache gc --to 1KB
    expect_in out 'removed 1 entry, '
    anaflow cache ls
    expect_not_in out '.npy'
    # what a machine's speed was, as long as that is believed
    for age in 29 31; do
        speed=$ANAFLOW_CACHE/speed-0123456789abcdef0123456789abcde$((age - 29))
        echo 'speed of a machine' >"$speed"
        touch -d "$age days ago" "$speed"
    done
    anaflow cache gc --to 1KB
    expect_in out 'removed 0 entries'
    anaflow cache gc
    expect_in out 'removed 1 entry, '
    [ ! -e "$speed" ] || fail 'the old speed is left'
    [ -e "${speed%2}0" ] || fail 'a speed that is believed was removed'
    rm "${speed%2}0"
    anaflow cache gc --older-than soon
    expect_code 2
    expect_in err "--older-than is 'soon', expected a number of hours, days or weeks"
    cp -r results first
    run_into results
    expect_same_results first results
    last_log results
    expect_in log 'show coch sounds, 20 Hz: not needed: what was made from it is stored'
}
claim 'ls lists, gc removes what was not used, and no run misses it' care

numpy()
{
    python=python3
    "$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
    "$python" -c 'import numpy' 2>/dev/null || { echo 'there is no numpy'; exit 77; }
    write_study
    run_into results
    run_into narrow --set features.activations=float16 --set features.project=3
    "$python" -c 'import sys, numpy
x = [numpy.load(f) for f in sys.argv[1:]]
assert sorted((str(a.dtype), a.shape[1]) for a in x) == 2 * [("float16", 3)] + 2 * [("float32", 8)]
assert all(a.ndim == 2 and a.std() > 0 for a in x)' "$ANAFLOW_CACHE"/activations/*.npy ||
        fail 'numpy does not open what was kept'
}
claim 'numpy opens kept activations' numpy

# Scores do not depend on whether activations were computed or read back.
narrow()
{
    write_study
    printf '[features]\nproject = 3\nactivations = float16\n' >>pipeline.ini
    run_into results
    [ "$(grep -la "'<f2'.*, 3)" "$ANAFLOW_CACHE"/activations/*.npy | wc -l)" -eq 2 ] ||
        fail 'expected two arrays of float16, three wide'
    run_into again --set 'plugin ridge.alphas=1 10 100'
    last_log again
    expect_in log 'show coch sounds, 20 Hz: stored'
    run_into fresh --set 'plugin ridge.alphas=1 10 100' --fresh
    cmp again/scores.tsv fresh/scores.tsv || fail 'scores of kept and fresh activations differ'
    expect_in again/report.html 'projected onto that many numbers by a sparse random matrix'
    sed 's/^from = coch/from = again/' pipeline.ini >wrong.ini
    sed -n '/^\[brain/,/^data/s/electrodes\]/again]/p; /^plugin = arrays/p; /^data/p' pipeline.ini \
        >>wrong.ini
    anaflow run wrong.ini --output wrong
    expect_code 2
    expect_in err "\`project\` is for layers of models, and again is a recording; remove it"
}
claim 'activations are projected and halved before they are kept' narrow

# project = pca N: components of other sounds than the scored ones, kept by what they were
# fitted on; what is planned is what is done.
components()
{
    write_study
    mkdir others
    for i in 11 12 13; do
        write_noise others/o$i.wav "$i" 1
    done
    sed -i.old 's/^plugin = cochleagram/&\nstimulus = sounds/' pipeline.ini
    printf '[stimulus others]\naudio = others/*.wav\n[features]\nproject = pca 3\nfit = others\n' \
        >>pipeline.ini
    run_into results
    last_log results
    expect_in log '3 components of 8 units hold'
    compare_plan components
    expect_in results/report.html 'principal components, fitted on the samples of the stimuli of set others'
    [ "$(grep -la "'<f4'.*, 3)" "$ANAFLOW_CACHE"/activations/*.npy | wc -l)" -eq 2 ] ||
        fail 'expected two arrays, three wide'
    anaflow run pipeline.ini --output fresh --fresh --set study.jobs=1
    expect_code 0
    cmp results/scores.tsv fresh/scores.tsv || fail 'one thread gives other scores'
    write_noise others/o12.wav 99 1
    run_into again
    cmp -s results/scores.tsv again/scores.tsv && fail 'other sounds to fit on gave the same scores'
    ln -s ../sounds/n2.wav others/renamed.wav
    anaflow check pipeline.ini
    expect_code 3
    expect_in err '`fit = others` would fit the PCA on 1 of the stimuli that are scored (renamed), so test'
    rm others/renamed.wav
    anaflow check pipeline.ini --set features.fit=sounds
    expect_code 3
    expect_in err '`fit = sounds` would fit the PCA on 4 of the stimuli that are scored (n1, n2, n3, n4), so'
    anaflow check pipeline.ini --set features.project=3
    expect_code 2
    expect_in err 'there is no such projection; remove `fit`'
    sed '/^fit/d' pipeline.ini >alone.ini
    anaflow check alone.ini
    expect_code 2
    expect_in err '`project = pca 3` needs `fit = NAME`, the [stimulus NAME] over which components'
    anaflow check pipeline.ini --set features.fit=other
    expect_code 2
    expect_in err 'others'
    anaflow check pipeline.ini --set 'features.project=pca x'
    expect_code 2
}
claim 'components of other sounds are kept, and never those of scored ones' components

# A table that the reader finds by itself, beside the data, counts like one that is named.
beside()
{
    write_study
    mkdir elsewhere
    mv recording elsewhere/recording
    sed 's,recording/,elsewhere/recording/,' pipeline.ini >moved.ini
    sed -e '/^data = /a targets = electrodes.tsv' moved.ini >pipeline.ini
    cp elsewhere/recording/electrodes.tsv kept.tsv
    run_into results
    cp kept.tsv elsewhere/recording/electrodes.tsv
    anaflow run pipeline.ini --output results --why
    expect_in out '0 of 3 tasks are to be done'
    sed '$d' kept.tsv >short
    tail -n 1 kept.tsv | awk -F '\t' -v OFS='\t' '{ $2 = $2 + 1; print }' >>short
    mv short elsewhere/recording/electrodes.tsv
    anaflow run pipeline.ini --output results --why
    expect_in out 'show coch sounds, 20 Hz: stored'
    expect_in out 'score main coch subbands: file electrodes.tsv changed'
    mv kept.tsv elsewhere/recording/electrodes.tsv
    anaflow run pipeline.ini --output results --why
    expect_in out '0 of 3 tasks are to be done'
}
claim 'a table that the reader looks up beside the data counts, by its content' beside

# A study that warns: the items' names match nothing, so they are bound in their order.
warnings()
{
    write_tiny
    sed 's/^item/other/' features.tsv >renamed.tsv
    mv renamed.tsv features.tsv
    cp tiny.ini pipeline.ini
    run_into results
    expect_in err 'bound in their order'
    cp -r results first
    run_into results
    expect_in err 'bound in their order'
    expect_same_results first results
    run_into results --fresh --jobs 1
    expect_in results/summary.json 'bound in'
}
claim 'a run that takes its results from the store gives the same warnings' warnings

# A model that warns at each sound: said again with activations from the cache, and also
# when those are gone and only the scores are left; counted as in one run, too.
hoarse()
{
    write_study
    ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/study/.libs
    export ANAFLOW_PLUGIN_PATH
    sed -i -e 's/^plugin = cochleagram$/plugin = hoarse/' -e '/^channels = /d' \
        -e '/^high = /d' pipeline.ini
    run_into results
    expect_in err 'the voice is hoarse'
    cp -r results first
    run_into results
    expect_in err 'the voice is hoarse'
    expect_same_results first results
    rm -r results/.store
    run_into results
    expect_same_results first results
    rm "$ANAFLOW_CACHE"/activations/*
    run_into results
    expect_same_results first results
    rm -r results cache
    run_into results --set 'model coch.layers=voice'
    run_into results
    last_log results
    expect_in log 'model coch: 4 stimuli, 1 layers'
    cmp first/summary.json results/summary.json || fail 'other warnings'
}
claim 'what a model warned of is said as often, whatever was kept' hoarse

# variants FOLDER: those that have scores.
variants()
{
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["variant"] }' \
        "$1/scores.tsv" | sort -u | tr '\n' ' '
}

bursting()
{
    write_study
    ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/study/.libs
    export ANAFLOW_PLUGIN_PATH
    sed -i -e '/^\[model/a controls = random\ntwins = 3' -e 's/^plugin = cochleagram$/plugin = hoarse/' \
        -e '/^channels = /d' -e '/^high = /d' pipeline.ini
    run_into results
    expect_in err 'control network random 2 is left out: model coch, stimulus n1: layer voice is not finite at sample'
    [ "$(variants results)" = 'random 1 random 3 trained ' ] || fail "$(variants results)"
    run_into results
    [ "$(variants results)" = 'random 1 random 3 trained ' ] || fail "again: $(variants results)"
}
claim 'a twin whose activations are not finite ends its own row only' bursting

together()
{
    write_study
    run_into alone
    rm -rf "$ANAFLOW_CACHE"
    for i in 1 2 3; do
        "$ANAFLOW" run pipeline.ini --output "out$i" >"said$i" 2>&1 &
    done
    wait
    for i in 1 2 3; do
        cmp alone/scores.tsv "out$i/scores.tsv" || fail "out$i: $(cat "said$i")"
    done
    anaflow cache verify
    expect_code 0
    [ "$(find "$ANAFLOW_CACHE" -name '*.tmp-*' | wc -l)" -eq 0 ] || fail 'leftovers'
}
claim 'three runs at once share a cache' together

elsewhere()
{
    write_study
    run_into results --set study.cache=kept
    [ "$(find kept/activations -name '*.npy' | wc -l)" -eq 2 ] || fail 'not in kept/'
    [ ! -e "$ANAFLOW_CACHE/activations" ] || fail 'the other cache was used'
    code=0
    env -u ANAFLOW_CACHE HOME="$PWD/study.ini" XDG_CACHE_HOME='' "$ANAFLOW" run pipeline.ini \
        --output homeless >out 2>err || code=$?
    expect_code 0
    [ "$(find homeless/.store/activations -name '*.npy' | wc -l)" -eq 2 ] ||
        fail 'not in the store'
    cmp results/scores.tsv homeless/scores.tsv || fail 'other scores'
    anaflow run pipeline.ini --output results --set study.cache=sounds/n1.wav
    expect_code 5
    expect_in err 'sounds/n1.wav'
}
claim 'the cache lies where the study or the environment says, else beside the results' elsewhere

# What lies in the way of clearing up is no reason to say nothing of the run's own failure.
swept()
{
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    write_tiny
    mkdir -p cache/x.tmp-abcdef results/.store/y.tmp-abcdef
    : >cache/z.tmp-abcdef
    anaflow run tiny.ini --output results --set 'study.disk=1 KB'
    expect_code 5
    expect_one_sentence
    expect_in err 'raise `disk`'
    [ ! -e cache/z.tmp-abcdef ] || fail 'a temporary file is left'
    anaflow run tiny.ini --output results
    expect_code 0
}
claim 'a failed run says why, whatever cannot be cleared away' swept

finish
