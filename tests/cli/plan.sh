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
    anaflow run study.ini --output results --jobs 2 "$@"
    expect_code 0
    compare_plan "$name"
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

refuses_memory()
{
    write_study 300 60 400
    anaflow run study.ini --output results --set 'study.memory=20 MB'
    expect_code 5
    expect_one_sentence
    expect_in err 'and the run may use 20.0 MB; raise `memory` in [study], or '
    anaflow run study.ini --output first
    expect_code 0
    program=$(sed -n 's/^planned: .*(\([0-9]*\) of them the program.*/\1/p' first/run.log)
    # The program's own size differs from run to run, by a megabyte or more on a busy machine,
    # so that where the metric is what no longer fits is looked for.
    for megabytes in 1 2 3 4 5 6 7 8; do
        limit=$((program + megabytes * 1000000))
        anaflow run study.ini --output results --set "study.memory=$limit B"
        expect_code 5
        expect_one_sentence
        expect_in err 'raise `memory` in [study], or'
        [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
        ! grep -qF 'make the space smaller with `pca` in' err || break
    done
    # Under sanitizers the limit may first be met while the metric works.
    grep -q 'enable-sanitize' "${ANA_BUILD:-.}/config.log" 2>/dev/null ||
        expect_in err 'raise `memory` in [study], or make the space smaller with `pca` in'
    [ ! -e results/scores.tsv ] || fail 'a refused run has written scores'
    anaflow run study.ini --output results --set 'study.memory=20 MB' --dry-run
    expect_code 5
}
claim 'a run that does not fit into memory is refused before it starts' refuses_memory

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
