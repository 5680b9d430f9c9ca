#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tasks in processes of their own: one that crashes, hangs or exits is that task's failure,
# with plugin, signal and last input; the others go on, and the exit code is 4.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/sounds.sh"
: "${ANA_BUILD:?is the build folder; run this by make check}"
ANAFLOW_PLUGIN_PATH=$ANA_BUILD/tests/zoo/.libs
export ANAFLOW_PLUGIN_PATH

# Ten sounds, a brain that follows nothing, two models of them.
write_study()
{
    printf 'stimulus\ta\tb\n' >brain.tsv
    for i in 1 2 3 4 5 6 7 8 9 10; do
        write_noise "s$i.wav" "$i" 0.2
        awk -v i="$i" 'BEGIN { printf "s%d\t%.4f\t%.4f\n", i, sin(i * 3), cos(i * 7) }' >>brain.tsv
    done
    cat >study.ini <<EOF
[study]
name = isolated
cache = cache
[stimulus sounds]
audio = s*.wav
[model good]
plugin = zoo-good-model
[model other]
plugin = zoo-good-model
[features good]
from = good
pool = mean
[features other]
from = other
pool = mean
[brain first]
plugin = arrays
data = brain.tsv : (stimulus, target)
[folds]
by = stimulus 5
inner = loo
[metric score]
plugin = ridge
[compare]
good = good -> first
other = other -> first
EOF
}

# Scores of a comparison in results/scores.tsv.
scored()
{
    awk -F '\t' -v want="$1" '$2 == want { n++ } END { print n + 0 }' results/scores.tsv
}

sentence_of()
{
    awk -F '\t' -v animal="$1" '$1 == animal { print $3 }' "$ANA_SOURCE/tests/zoo/expected.tsv"
}

broken_model()
{
    write_study
    for animal in crash-in-forward exit-in-forward hang-in-forward; do
        rm -rf results
        anaflow run study.ini --output results --jobs 1 --set "model other.plugin=zoo-$animal" \
            --set 'study.timeout=2 s'
        expect_code 4
        expect_in err "$(sentence_of $animal)"
        expect_in err 'show other'
        [ "$(scored good)" -gt 0 ] || fail 'the other model has no scores'
        [ "$(scored other)" -eq 0 ] || fail 'the broken model has scores'
        expect_in results/report.html "plugin zoo-$animal"
        grep -q "left out, since" results/run.log || fail 'its scores are not left out'
    done
}
claim 'a model that crashes, exits or hangs loses its own scores alone' broken_model

# What a plugin says of its cost is asked before anything is computed.
broken_plan()
{
    write_study
    for animal in crash-in-cost exit-in-plan; do
        case $animal in
        *-cost) change="model other.plugin=zoo-$animal" ;;
        *) change="metric score.plugin=zoo-$animal" ;;
        esac
        for command in 'run --output results' check 'run --dry-run'; do
            # shellcheck disable=SC2086  # two words
            anaflow $command study.ini --set "$change"
            expect_code 4
            expect_in err 'planning the study, plugin '
            expect_in err "$(sentence_of $animal)"
        done
        [ ! -e results ] || fail 'a run began that could not be planned'
    done
}
claim 'a plugin that crashes or exits while it is planned ends no program but the helper' broken_plan

broken_reader()
{
    write_study
    cp brain.tsv again.tsv
    cat >>study.ini <<EOF
second = good -> broken
[brain broken]
plugin = zoo-crash-in-read
data = again.tsv
EOF
    anaflow run study.ini --output results
    expect_code 4
    expect_in err "$(sentence_of crash-in-read)"
    expect_in err 'brain broken, run 1, targets 1 .. 2'
    [ "$(scored good)" -gt 0 ] || fail 'the other recording has no scores'
    [ "$(scored other)" -gt 0 ] || fail 'the other comparison has no scores'
    [ "$(scored second)" -eq 0 ] || fail 'the broken reader has scores'
}
claim 'a reader that crashes loses its recording alone' broken_reader

broken_metric()
{
    write_study
    cat >>study.ini <<EOF
second = good -> first | broken
[metric broken]
plugin = zoo-crash-in-push
EOF
    sed 's/^good = good -> first$/& | score/; s/^other = other -> first$/& | score/' study.ini >two.ini
    anaflow run two.ini --output results
    expect_code 4
    expect_in err "$(sentence_of crash-in-push)"
    expect_in err 'brain first'
    expect_in err 'targets 1 .. 2'
    [ "$(scored good)" -gt 0 ] || fail 'the other metric has no scores'
    [ "$(scored second)" -eq 0 ] || fail 'the broken metric has scores'
}
claim 'a metric that crashes loses its own comparison alone' broken_metric

# The same bits in one process, in two, and with everything isolated.
same_scores()
{
    write_study
    anaflow run study.ini --output auto
    expect_code 0
    rm -rf cache
    anaflow run study.ini --output here --in-process --jobs 1
    expect_code 0
    rm -rf cache
    anaflow run study.ini --output apart --set study.isolate=yes
    expect_code 0
    cmp auto/scores.tsv here/scores.tsv || fail 'in process the scores differ'
    cmp auto/scores.tsv apart/scores.tsv || fail 'with all isolated the scores differ'
}
claim 'scores are the same bits in one process and in several' same_scores

not_at_all()
{
    write_study
    anaflow run study.ini --set study.isolate=maybe
    expect_code 2
    expect_in err 'isolate'
}
claim 'a wrong choice is exit 2' not_at_all

finish
