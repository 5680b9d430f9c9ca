#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# report: the page made again from a results folder alone; run --only: some comparisons.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"

same_bytes()
{
    write_tiny
    anaflow run tiny.ini --output results
    expect_code 0
    mkdir kept
    cp -r results/report.html results/figures kept
    rm -r tiny.ini features.tsv brain.tsv results/report.html results/figures
    anaflow report results
    expect_code 0
    expect_in out 'the page is in results/report.html'
    cmp results/report.html kept/report.html || fail 'report.html differs'
    diff -r results/figures kept/figures || fail 'figures differ'
    mv results moved
    anaflow report moved
    expect_code 0
    cmp moved/report.html kept/report.html || fail 'report.html of a moved folder differs'
}
claim 'the page comes out byte for byte, without data or INI file' same_bytes

no_results()
{
    mkdir empty
    anaflow report empty
    expect_code 3
    expect_one_sentence
    anaflow report nowhere
    expect_code 3
    expect_one_sentence
    expect_in err 'nowhere: cannot be read'
    echo x >file
    anaflow report file
    expect_code 3
    expect_in err 'file: is no folder; give the folder that `run` wrote its results into'
}
claim 'a folder without results is exit 3' no_results

only()
{
    write_tiny
    printf 'again = items -> three\nthird = items -> three\n' >>tiny.ini
    anaflow run tiny.ini --output results --only again --only third
    expect_code 0
    grep -q '	again	' results/scores.tsv || fail 'again was not scored'
    grep -q '	third	' results/scores.tsv || fail 'third was not scored'
    ! grep -q '	main	' results/scores.tsv || fail 'main was scored'
    anaflow check tiny.ini --only main
    expect_code 0
    expect_in out '1 task'
    anaflow run tiny.ini --output other --only agian
    expect_code 2
    expect_one_sentence
    expect_in err "--only: there is no comparison 'agian', did you mean 'again'? There are: main, again, third"
    [ ! -e other ] || fail 'a folder was made'
}
claim '--only leaves the other comparisons out' only

wrong_options()
{
    write_tiny
    anaflow run tiny.ini --olny main
    expect_code 2
    expect_in err 'did you mean --only?'
    anaflow run tiny.ini --set folds.otuer=2
    expect_code 2
    expect_in err 'did you mean `outer`?'
    anaflow run tiny.ini --set fodls.outer=2
    expect_code 2
    expect_in err 'did you mean [folds'
    anaflow rnu tiny.ini
    expect_code 2
    expect_in err "did you mean 'run'?"
}
claim 'options, sections and keys that are nearly right are suggested' wrong_options

finish
