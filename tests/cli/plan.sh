#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a run says before it starts, whether it then takes that, and what is refused.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"
. "$ANA_SOURCE/tests/cli/planned.sh"

# write_study ROWS FEATURES TARGETS: tables of that size and study.ini.
write_study()
{
    awk -v n="$1" -v p="$2" -v t="$3" 'BEGIN {
        srand(7)
        for (i = 0; i <= n; i++) {
            line = "stimulus"
            if (i > 0) line = sprintf("item%04d", i)
            row = line
            for (f = 1; f <= p; f++) {
                if (i > 0) x[f] = rand() - .5
                row = row "\t" (i > 0 ? sprintf("%.5f", x[f]) : "f" f)
            }
            print row >"features.tsv"
            row = line
            for (j = 1; j <= t; j++)
                row = row "\t" (i > 0 ? sprintf("%.5f", x[1 + j % p] + rand() - .5) : "t" j)
            print row >"brain.tsv"
        }
    }'
    cat >study.ini <<EOF
[study]
name = planned
[data items]
plugin = arrays
data = features.tsv : (stimulus, target)
[brain many]
plugin = arrays
data = brain.tsv : (stimulus, target)
[features items]
from = items
[folds]
by = stimulus
outer = 4
inner = loo
[metric score]
plugin = ridge
[plugin ridge]
alphas = logspace(-2, 6, 9)
[compare]
main = items -> many
EOF
}

# planned NAME [--set ...]: run study.ini and compare.
planned()
{
    name=$1
    shift
    compare_plan "$name" anaflow run study.ini --output results --jobs 2 "$@"
}

keeps_to_the_plan()
{
    write_study 300 60 400
    planned 'ridge, primal, leave-one-out'
    planned 'ridge, inner folds' --set folds.inner=5
    planned 'rsa' --set 'metric score.plugin=rsa'
    sed '/^\[plugin ridge\]/,/^alphas/d' study.ini >plain.ini
    mv plain.ini study.ini
    planned 'ols' --set 'metric score.plugin=ols'
    planned 'pls' --set 'metric score.plugin=pls'
    planned 'banded' --set 'metric score.plugin=banded' --set folds.inner=3
    write_study 120 900 300
    planned 'ridge, dual, leave-one-out'
    planned 'ridge on principal components' --set features.pca=40
    planned 'ridge on components of each inner fold' --set features.pca=90 --set folds.inner=3
}
claim 'a run takes the operations and the memory that were planned' keeps_to_the_plan

says_what_it_will_take()
{
    write_tiny
    anaflow run tiny.ini --output results --dry-run
    expect_code 0
    expect_in out 'plan: 1 task, 3 scores a measure and fold; '
    expect_in out ' operations'
    expect_in out 'of memory (allowed: '
    expect_in out ' on disk, '
    [ ! -e results ] || fail 'a dry run has made the output folder'
    anaflow run tiny.ini --output results
    expect_code 0
    expect_in out 'plan: 1 task, 3 scores a measure and fold; '
}
claim 'a run says first what it will take, a dry run that alone' says_what_it_will_take

# Of two tasks the one that is left, once the other is done.
counts_what_is_left()
{
    write_study 120 30 100
    anaflow run study.ini --output results
    expect_code 0
    first=$(number taken 'floating-point operations')
    printf 'second = few -> many\n[features few]\nfrom = items\npca = 3\n' >>study.ini
    anaflow run study.ini --output whole --dry-run
    expect_in out 'plan: 2 tasks, 200 scores a measure and fold; '
    anaflow run study.ini --output results --dry-run
    expect_code 0
    expect_in out 'plan: 2 tasks (1 done before), 200 scores a measure and fold; '
    anaflow run study.ini --output results
    expect_code 0
    awk -v plan="$(number planned 'floating-point operations')" -v first="$first" \
        -v taken="$(number taken 'floating-point operations')" 'BEGIN {
            print plan, "planned,", taken, "taken, before that", first
            exit !(plan > 0 && taken < 1.1 * plan && taken > .9 * plan)
        }' || fail 'what is done before is planned, too'
    anaflow run study.ini --output results --dry-run
    expect_in out 'plan: 2 tasks (done before), 200 scores a measure and fold; '
    expect_in out ' s, 0 operations'
}
claim 'a run that goes on plans what is left' counts_what_is_left

# A metric that scores sets has a row a fold for all targets, not for each.
counts_what_is_written()
{
    write_tiny
    anaflow run tiny.ini --output results --set 'metric score.plugin=rsa'
    expect_code 0
    written=$(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { seen[$at["target"] FS $at["region"]] } END { for (i in seen) n++; print n }' \
        results/scores.tsv)
    expect_in out "plan: 1 task, $written score"
}
claim 'what scores sets of targets is counted by its sets' counts_what_is_written

# refused BYTES [ARGUMENT...]: a run with that limit is refused; `more` is what the sentence
# asks for, in bytes.
refused()
{
    limit=$1
    shift
    anaflow run study.ini --output results "$@" --set "study.memory=$limit B"
    note_refusal
}

# What the last command said in refusing, and how much memory it named.
note_refusal()
{
    expect_code 5
    expect_one_sentence
    expect_in err 'raise `memory` in [study], or '
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
    cp err refusal
    more=$(awk '{ for (i = 1; i < NF; i++) if ($i == "needs") printf "%d", $(i + 1) * 1e6 }' refusal)
}

# sought WORDS [ARGUMENT...]: below what the tightest plan needs, the metric's own key helps;
# where exactly, the program's size decides, which differs from run to run.
sought()
{
    words=$1
    shift
    anaflow run study.ini --output first "$@"
    expect_code 0
    program=$(sed -n 's/^planned: .*(\([0-9]*\) of them the program.*/\1/p' first/run.log)
    refused "$((program + 11000000))" "$@"
    tight=$more
    for step in 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do
        limit=$((tight - step * 300000))
        anaflow run study.ini --output tried --dry-run "$@" --set "study.memory=$limit B"
        [ "$code" -ne 0 ] || continue # what it needs is said with room
        note_refusal
        ! grep -qF "$words" refusal || return 0
    done
    return 1
}

refuses_memory()
{
    # what ASan keeps of freed memory counts as the program's, and grows with the run before
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1"
    write_study 300 60 400
    anaflow run study.ini --output results --set 'study.memory=20 MB'
    expect_code 5
    expect_one_sentence
    expect_in err 'and the run may use 20.0 MB; raise `memory` in [study], or '
    anaflow run study.ini --output results --set 'study.memory=20 MB' --dry-run
    expect_code 5
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
    anaflow run study.ini --output first
    expect_code 0
    program=$(sed -n 's/^planned: .*(\([0-9]*\) of them the program.*/\1/p' first/run.log)
    for megabytes in 1 2 3 4; do
        refused "$((program + megabytes * 1000000))"
    done
}
claim 'a run that does not fit into memory is refused before it starts' refuses_memory

# Each of the two keys that a sentence names, and nothing else.
what_is_advised_fits()
{
    ! grep -q 'enable-sanitize' "${ANA_BUILD:-.}/config.log" 2>/dev/null ||
        { echo 'the program varies by more than a key saves under sanitizers'; exit 77; }
    write_study 600 800 300
    sought 'or make the space smaller with `pca = ' --set folds.inner=5 ||
        fail "no limit had the advice: $(cat refusal)"
    anaflow run study.ini --output raised --set folds.inner=5 --set "study.memory=$more B"
    expect_code 0
    expect_in out 'results are in raised'
    pca=$(sed -n 's/.*`pca = \([0-9]*\)`.*/\1/p' refusal)
    anaflow run study.ini --output smaller --set folds.inner=5 --set "features.pca=$pca" \
        --set "study.memory=$limit B"
    expect_code 0
    expect_in out 'results are in smaller'
    refused "$((program + 11000000))" --set folds.inner=5 # no component is few enough
    expect_in refusal 'with `data` in [brain]'
    write_study 150 200 300
    anaflow run study.ini --output fewer --set folds.inner=5 --set "study.memory=$limit B"
    expect_code 0
}
claim 'what is refused fits with either of the keys that its sentence names' what_is_advised_fits

refuses_disk()
{
    write_study 300 60 400
    anaflow run study.ini --output results --set 'study.disk=100 KB'
    expect_code 5
    expect_one_sentence
    expect_in err 'and `disk` allows 100 KB; raise `disk` in [study], or write fewer rows'
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
}
claim 'a run that writes more than `disk` is refused before it starts' refuses_disk

small_disk()
{
    write_study 300 60 400
    [ "$(id -u)" -eq 0 ] || { echo 'only root can mount a small disk'; exit 77; }
    mkdir small
    mount -t tmpfs -o size=500k tmpfs small 2>/dev/null ||
        { echo 'no file system can be mounted here'; exit 77; }
    anaflow run study.ini --output small/results
    umount small
    expect_code 5
    expect_one_sentence
    expect_in err 'free; choose another folder with `output` in [study], or '
}
claim 'a disk that is too small is found before the run' small_disk

keeps_to_jobs()
{
    write_tiny
    anaflow run tiny.ini --output results --jobs 1
    expect_code 0
    expect_in out ' on disk, 1 thread'
    expect_in results/run.log ' 1 threads; '
    anaflow run tiny.ini --output results --set study.jobs=2
    expect_in out ' on disk, 2 threads'
}
claim 'no more threads work than `jobs` says' keeps_to_jobs

finish
