#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The n-th allocation, or the n-th open, read, write, sync or rename fails: no crash, no
# leak, nothing half-written, a sentence and exit code 5 (3 where data could not be read),
# and a run afterwards gives the same bytes. All n with FAULT_ALL=1, else a sample.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/images.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
. "$ANA_SOURCE/tests/cli/bids_story.sh"

study=tiny.ini
points=${FAULT_POINTS:-12} # of a scenario and kind, unless all are asked for
library=$ANA_BUILD/tests/fault/.libs/fault.so
program=$ANA_BUILD/.libs/anaflow
OPENBLAS_NUM_THREADS=1
LD_LIBRARY_PATH=$ANA_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0:detect_leaks=1
export OPENBLAS_NUM_THREADS LD_LIBRARY_PATH ASAN_OPTIONS

if [ ! -f "$library" ] || [ ! -x "$program" ]; then
    echo 'SKIPPED: the program is not a shared build'
    exit 77
fi

if grep -q 'enable-sanitize' "$ANA_BUILD/config.log"; then
    echo 'SKIPPED: a sanitizer does not start behind a library that stands in for malloc'
    exit 77
fi

# with_fault KIND N ARGUMENT...: the program, whose N-th call fails.
with_fault()
{
    kind=$1 at=$2
    shift 2
    code=0
    FAULT_KIND=$kind FAULT_AT=$at FAULT_COUNT=$PWD/count LD_PRELOAD=$library \
        "$program" "$@" >out 2>err || code=$?
}

# What every end must be, whichever call failed.
check_end()
{
    case $code in
    0) ;;
    3 | 5) grep -q '^anaflow: .' err || fail "$name: no sentence when call $at ($kind) failed" ;;
    *) fail "$name: exit code $code when call $at ($kind) failed" ;;
    esac
    # What a command that succeeds still holds at its end is no leak: each plugin's own.
    [ "$(cut -d ' ' -f 2 count)" -le "$usual" ] ||
        fail "$name: $(cut -d ' ' -f 2 count) bytes kept ($usual are usual) when call $at ($kind) failed"
}

# A results folder holds whole files only, and the scores are right or not there.
check_folder()
{
    [ -z "$(find results cache -name '*.tmp-*' 2>/dev/null)" ] ||
        fail "$name: a temporary file is left when call $at ($kind) failed"
    [ ! -e results/scores.tsv ] || # a task that failed has no rows
        ! grep -qvxFf reference/scores.tsv results/scores.tsv ||
        fail "$name: other scores when call $at ($kind) failed"
    [ "$code" -ne 0 ] || cmp -s results/scores.tsv reference/scores.tsv ||
        fail "$name: no scores and no failure when call $at ($kind) failed"
}

# A run behind a failed one finds everything as it should be.
check_after()
{
    "$program" run "$study" --output results --jobs 1 >after 2>&1 ||
        fail "$name: the run after call $at ($kind) failed: $(cat after)"
    cmp -s results/scores.tsv reference/scores.tsv ||
        fail "$name: other scores in the run after call $at ($kind) failed"
}

# every NAME PREPARE CHECK ARGUMENT...: the calls of a command, one failing after the other.
every()
{
    name=$1 prepare=$2 check=$3
    shift 3
    for which in ${FAULT_KINDS:-memory files}; do
        "$prepare"
        with_fault "$which" 0 "$@"
        expect_code 0
        total=$(cut -d ' ' -f 1 count) usual=$(cut -d ' ' -f 2 count)
        step=$(((total + points - 1) / points))
        [ -z "${FAULT_ALL:-}" ] || step=1
        [ "$step" -gt 0 ] || step=1
        n=1 tried=0
        while [ "$n" -le "$total" ]; do
            "$prepare"
            with_fault "$which" "$n" "$@"
            check_end
            "$check"
            n=$((n + step)) tried=$((tried + 1))
        done
        echo "$name: $tried of $total calls ($which)"
    done
}

nothing()
{
    :
}

prepare_study()
{
    write_tiny
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    "$program" run tiny.ini --output reference --jobs 1 >out 2>err || fail 'no reference'
    mv cache kept
}

make_cold()
{
    rm -rf results cache
}

check_run()
{
    check_folder
    case $n in *1) check_after ;; esac
}

cold_run()
{
    prepare_study
    every 'a first run' make_cold check_run run tiny.ini --output results --jobs 1
    cp log "$work/cold" 2>/dev/null || true
}
claim 'a run that starts from nothing survives every call that fails' cold_run

# Everything but the scores of one recording is there already.
make_resumed()
{
    rm -rf results cache
    cp -r kept cache
    cp -r reference results
    rm -f results/scores.tsv
    find results/.store -type f -name '????????????????????????????????' -exec rm -f {} +
}

resumed_run()
{
    prepare_study
    every 'a run that goes on' make_resumed check_run run tiny.ini --output results --jobs 1
}
claim 'a run that goes on where one was stopped survives every call that fails' resumed_run

# Results of an earlier run of other settings, `old`; what is to replace them, `new`, needs
# nothing but to be written.
prepare_sets()
{
    write_images
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    "$program" run nifti.ini --output results --jobs 1 >out 2>err || fail 'no new results'
    mv results new
    "$program" run nifti.ini --output results --jobs 1 --set folds.outer=2 \
        --set 'plugin ridge.inner_measure=mse' >out 2>err ||
        fail 'no old results'
    mv results old
    rm -r old/.store
    cp -r new/.store old
    mv cache kept
    for file in scores.tsv summary.json report.html report.json folds-main.tsv maps/main_b_x_x_r.nii.gz; do
        ! cmp -s "old/$file" "new/$file" || fail "$file is no different"
    done
}

make_old()
{
    rm -rf results cache
    cp -r kept cache
    cp -r old results
}

sum_up()
{
    (cd "$1" && find . -type f ! -path './.store/*' ! -name run.log ! -name .lock | sort |
        xargs sha256sum) >"$1.sums"
}

# All of the old ones, or all of the new ones. A run that ends well may say more than an
# undisturbed one: that the machine's name is not known, or that a map could not be written,
# which is then not there; nor is the older one.
check_set()
{
    [ -z "$(find results cache -name '*.tmp-*' 2>/dev/null)" ] ||
        fail "$name: a temporary file is left when call $at ($kind) failed"
    sum_up results
    sum_up old
    sum_up new
    # The last that a run does is to say where the results are.
    if [ "$code" -ne 0 ] && ! grep -q 'standard output cannot be written' err; then
        diff results.sums old.sums || fail "$name: not all is old when call $at ($kind) failed"
        return
    fi
    ! grep -Fxf old.sums results.sums || fail "$name: some is old when call $at ($kind) failed"
    ! grep -vFxf new.sums results.sums | grep -v '/[a-z.]*\.json$\|/report.html$' ||
        fail "$name: some is not new when call $at ($kind) failed"
    if [ "$(wc -l <results.sums)" -ne "$(wc -l <new.sums)" ]; then
        expect_in err 'a map was not written'
    fi
}

replaced_run()
{
    prepare_sets
    FAULT_KINDS='memory files disk'
    every 'a run over the results of another' make_old check_set \
        run nifti.ini --output results --jobs 1
}
claim 'results of an earlier run stay whole until all of the new ones are there' replaced_run

looking()
{
    prepare_study
    every check nothing nothing check tiny.ini
    every 'inspect a table' nothing nothing inspect features.tsv
    every 'inspect an array' nothing nothing inspect \
        "$(find reference/arrays -name '*.npy' | head -n 1)"
}
claim 'looking at files survives every call that fails' looking

make_report()
{
    rm -rf results cache
    cp -r reference results
}

check_report()
{
    [ -z "$(find results -name '*.tmp-*')" ] || fail 'a temporary file is left'
    grep -q '</html>' results/report.html || fail 'half a page'
}

pages_and_lists()
{
    prepare_study
    every 'plugin list' nothing nothing plugin list
    "$program" report --help >out 2>err ||
        { echo 'this build has no `report`'; return 0; }
    every report make_report check_report report results
}
claim 'the page and the list of plugins survive every call that fails' pages_and_lists

# A BIDS dataset: names, tables, JSON files, compressed images, confounds.
write_dataset()
{
    copy story
    write_story story "$preprocessed sub-01" 'confounds(motion6, csf) detrend(1) zscore(run)'
    study=story.ini
    ANAFLOW_CACHE=$PWD/cache
    export ANAFLOW_CACHE
    "$program" run story.ini --output reference --jobs 1 >out 2>err || fail 'no reference'
    mv cache kept
}

# What was inflated is there, and no result.
make_inflated()
{
    rm -rf results cache
    cp -r kept cache
}

dataset()
{
    write_dataset
    points=${FAULT_POINTS:-6}
    every 'check of a dataset' nothing nothing check story.ini
    every 'inspect of a dataset' nothing nothing inspect story
    every 'a run of a dataset' make_cold check_run run story.ini --output results --jobs 1
    every 'a run with the images in the cache' make_inflated check_run \
        run story.ini --output results --jobs 1
}
claim 'a study of a BIDS dataset survives every call that fails' dataset

finish
