#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# run: from a small study to a results folder, and how it ends when it cannot.
. "$ANA_SOURCE/tests/cli/lib.sh"
. "$ANA_SOURCE/tests/cli/tiny.sh"

# The median over folds of measure $2 for target $1 in results/scores.tsv.
score_of()
{
    awk -F '\t' -v target="$1" -v measure="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["fold"] == "median" && $column["target"] == target &&
            $column["measure"] == measure { print $column["score"] }' results/scores.tsv
}

# between VALUE LOW HIGH
between()
{
    awk -v x="$1" -v low="$2" -v high="$3" \
        'BEGIN { exit !(x != "" && x + 0 >= low && x + 0 <= high) }' ||
        fail "'$1' is not in $2 .. $3"
}

finds_what_was_planted()
{
    write_tiny
    anaflow run tiny.ini --output results
    expect_code 0
    expect_in out 'results are in results'
    between "$(score_of follows r)" .95 1
    between "$(score_of half r)" .3 .95
    between "$(score_of noise r)" -.5 .4
    for file in scores.tsv summary.json anaflow.lock.json report.html run.log; do
        [ -s "results/$file" ] || fail "no $file"
    done
    [ -z "$(find results -name '*.tmp-*')" ] || fail 'temporary files are left'
}
claim 'a target that follows the features is predicted, noise is not' finds_what_was_planted

same_bits()
{
    write_tiny
    for jobs in 1 2 4; do
        anaflow run tiny.ini --output "results-$jobs" --jobs "$jobs"
        expect_code 0
    done
    cmp results-1/scores.tsv results-2/scores.tsv || fail '1 and 2 threads differ'
    cmp results-1/scores.tsv results-4/scores.tsv || fail '1 and 4 threads differ'
}
claim 'scores have the same bits for 1, 2 and 4 threads' same_bits

swaps_the_metric()
{
    write_tiny
    anaflow run tiny.ini --output results --set 'metric score.plugin=rsa'
    expect_code 0
    grep -q 'rsa\|rho' results/scores.tsv || fail 'no RSA in scores.tsv'
}
claim 'one line makes ridge rsa' swaps_the_metric

# array NAME FOLDS...: the array of banded's comparison has this shape.
array()
{
    file=results/arrays/$1
    shift
    head -c 128 "$file" | tr -d '\0' | grep -qF "'shape': ($*)" ||
        fail "$file is not $*: $(head -c 128 "$file" | tr -d '\0')"
}

# Feature 1, in a space of its own, explains `follows` with feature 2; removed from the
# features, it leaves them feature 2's part.
removes_low_features()
{
    write_tiny
    awk -F'\t' '{ print $1 "\t" $2 }' features.tsv >low.tsv
    awk '/^\[metric/ { print "[data one]\nplugin = arrays\ndata = low.tsv : (stimulus, target)\n" \
                             "[features low]\nfrom = one" }
         { print }' tiny.ini |
        sed 's/^plugin = ridge/plugin = banded\nresidualise = low\npredictions = yes\nweights = yes/
             s/^main = items/main = low + items/; s/^outer = 5/outer = 5\ninner = 4/' >low.ini
    anaflow run low.ini --output results
    expect_code 0
    expect_in results/summary.json 'from 1 low-level space'
    array main_three_low___items_one_prediction.npy 5, 12, 3
    array main_three_low___items_one_weights.npy 5, 6, 3
}
claim 'low-level features are removed first, predictions and weights written' removes_low_features

# The n-th block of README.md that is fenced as language $1.
readme_block()
{
    awk -v fence="\`\`\`$1" -v n="$2" '
        $0 == fence && ++met == n { inside = 1; next }
        /^```/ { inside = 0 }
        inside' "$ANA_SOURCE/README.md"
}

readme_example()
{
    python=python3
    python3 -c 'import pandas' 2>/dev/null || python=/usr/bin/python3
    "$python" -c 'import pandas' 2>/dev/null || { echo 'python3 has no pandas'; exit 77; }
    {
        echo 'import numpy as np'
        echo 'activations = {c: np.random.default_rng(ord(c)).normal(size=(40, 8)) for c in ["a", "b"]}'
        echo 'responses = activations["b"][:, :3] @ np.ones((3, 2))'
        echo 'names = [f"item{i}.wav" for i in range(40)]'
        readme_block python 1
    } >save.py
    "$python" save.py >out 2>err || fail 'the lines that save do not run'
    readme_block ini 1 >pipeline.ini
    anaflow run pipeline.ini --output results
    expect_code 0
    {
        readme_block python 2 | sed '3s/^/table = /'
        echo 'print(table.shape, (table.loc["b"] > .9).all(), (table.loc["a"] < .9).all())'
    } >read.py
    "$python" read.py >out 2>err || fail 'the lines that read do not run'
    expect_in out '(2, 2) True True'
}
claim "README's example with NumPy arrays runs as it stands" readme_example

missing_name()
{
    write_tiny
    sed -i 's/^item07/item99/' brain.tsv
    anaflow run tiny.ini --output results
    expect_code 3
    expect_in err item99
}
claim 'a row without its partner is exit 3 with its name' missing_name

not_a_number()
{
    write_tiny
    sed -i '5s/\t[-.0-9]*$/\tinf/' brain.tsv
    anaflow run tiny.ini --output results
    expect_code 3
    expect_in err 'brain.tsv'
}
claim 'a number that is not finite is exit 3 with its file' not_a_number

no_place()
{
    write_tiny
    anaflow run tiny.ini --output /proc/anaflow
    expect_code 5
    expect_one_sentence
    expect_in err /proc/anaflow
}
claim 'a folder that cannot be made is exit 5' no_place

interrupted()
{
    write_tiny
    sed -i 's/^outer = 5/outer = 30/; /^outer/a repeats = 3000' tiny.ini
    code=0
    "$ANAFLOW" run tiny.ini --output results >out 2>err &
    run=$!
    for _ in $(seq 1200); do
        ! grep -q '^score ' results/run.log 2>/dev/null || break
        sleep .05
    done
    kill -TERM "$run"
    wait "$run" || code=$?
    expect_code 130
    expect_in err 'stopping; again to stop at once'
    [ ! -e results/scores.tsv ] || fail 'scores of a run that was not finished'
}
claim 'a run that is terminated within a task is exit 130 and leaves no half results' interrupted

# Two layers make two pieces of work: after the first, the time left is known.
# A run that was killed while it put its results in their places: half of the older ones
# are moved aside, and a newer one has come. The next run, which fails, has them back.
replaced()
{
    write_tiny
    anaflow run tiny.ini --output results
    expect_code 0
    cp -r results whole
    (cd results && for file in report.html scores.tsv arrays/*.npy figures/*.svg; do
        mv "$file" "$file.tmp-former"
    done)
    echo newer >results/scores.tsv
    anaflow run tiny.ini --output results --set 'study.disk=1 KB'
    expect_code 5
    expect_in results/run.log 'of an earlier run are back in place'
    diff -r -x run.log -x .store whole results >differs 2>&1 || fail "$(cat differs)"
    for file in report.html summary.json report.json; do # so has who makes the page again
        mv results/$file results/$file.tmp-former
    done
    anaflow report results
    expect_code 0
    diff -r -x run.log -x .store whole results >differs 2>&1 || fail "$(cat differs)"
    # With its page a folder has all of the newer run: what is aside is no longer needed.
    cp results/scores.tsv results/scores.tsv.tmp-former
    echo newer >results/scores.tsv
    anaflow run tiny.ini --output results --set 'study.disk=1 KB'
    expect_code 5
    expect_in results/scores.tsv newer
    [ -z "$(find results -name '*.tmp-*')" ] || fail 'a leftover was left'
}
claim 'what a killed run was about to replace is back before the next one' replaced

progress()
{
    command -v script >/dev/null || { echo 'no program called script'; exit 77; }
    write_tiny
    sed -i 's/^outer = 5/outer = 20/; /^outer/a repeats = 20' tiny.ini
    sed 's/^main.*/main = items -> three\nmore = again -> three/' tiny.ini >two.ini
    printf '[features again]\nfrom = items\npca = 2\n' >>two.ini
    anaflow run two.ini --output plain
    expect_code 0
    grep -q '^[1-9]0 % done, .* left$' err || fail 'no plain line of progress'
    TERM=xterm script -qec "'$ANAFLOW' run two.ini --output pretty" /dev/null >out 2>err
    grep -q "$(printf '\033\\[K *[0-9]* %% done, .* left\r')" out || fail 'no line that is rewritten'
}
claim 'progress is one line on a terminal and plain lines elsewhere' progress

# A test part of one row has no correlation: no silent column of n/a.
single_rows()
{
    write_tiny
    anaflow run tiny.ini --output results --set folds.outer=60
    expect_code 0
    expect_in err '3 of 3 targets have no score: follows, half, noise; every test part is a single row; make fewer folds'
    expect_in results/summary.json 'have no score'
}
claim 'targets without any score are named' single_rows

finish
