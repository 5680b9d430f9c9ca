#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# by = subject: no subject stands on both sides of a split.
# shellcheck disable=SC2016  # backquotes are the program's own
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"

# Sixty items of six subjects, dealt out so that neighbours belong to different people.
write_subjects()
{
    write_tiny
    awk 'BEGIN { for (i = 1; i <= 60; i++) printf "item%02d\tsub-%d\n", i, i % 6 }' \
        >subjects.tsv
}

whole_subjects()
{
    write_subjects
    sed -i 's/^by = stimulus$/by = subject 3/; s/^outer = 5$/subjects = subjects.tsv/' tiny.ini
    anaflow run tiny.ini --output results --set folds.inner=2
    expect_code 0
    awk -F '\t' 'NR > 1 && $10 == "r2" && $13 != "median" { n[$13] = $20 }
        END { for (f in n) { folds++; if (n[f] != 20) exit 1 } exit folds != 3 }' \
        results/scores.tsv || fail 'folds are not three of twenty rows'
    expect_in results/folds-main.tsv sub-3
    expect_not_in results/folds-main.tsv item01
}
claim 'three folds of two whole subjects each' whole_subjects

needs_the_table()
{
    write_subjects
    sed -i 's/^by = stimulus$/by = subject 3/; /^outer = 5$/d' tiny.ini
    anaflow run tiny.ini --output results
    expect_code 2
    expect_in err 'by = subject` needs to know whose run is whose'
}
claim 'without a table of subjects the run is refused' needs_the_table

names_who_is_missing()
{
    write_subjects
    sed -i 's/^by = stimulus$/by = subject 3/; s/^outer = 5$/subjects = subjects.tsv/' tiny.ini
    sed -i '/^item07/d' subjects.tsv
    anaflow run tiny.ini --output results
    expect_code 3
    expect_in err 'has no line for item07'
}
claim 'an item without a subject is named' names_who_is_missing

finish
