#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compressed images are inflated once, into the cache, for this run and all later ones:
# what the plan says of it, what the log does, and what becomes of entries that are damaged,
# removed, half-written, or made twice at once.
. "$ANA_SOURCE/tests/cli/lib.sh"

# 4 runs of 16 x 16 x 10 x 60, of which every other voxel is wanted.
write_study()
{
    "${ANA_BUILD:-.}/tests/study/runs" . 4 16 16 10 60 plain || fail 'no runs were made'
    cp "$ANA_SOURCE/tests/study/bounded.ini" study.ini
}

run_into()
{
    folder=$1
    shift
    anaflow run study.ini --output "$folder" "$@"
    expect_code 0
}

# said FOLDER TEXT: how many lines of a folder's log hold a text.
said()
{
    grep -c -F "$2" "$1/run.log"
}

expect_said()
{
    [ "$(said "$1" "$2")" -eq "$3" ] || fail "$1: '$2' stands $(said "$1" "$2") times in the log"
}

entries()
{
    find cache/blocks -type f ! -name '.*' 2>/dev/null | wc -l
}

once()
{
    write_study
    run_into plain --set 'brain b.data=run-*.nii'
    [ "$(entries)" -eq 0 ] || fail 'plain images were kept'
    run_into first
    expect_said first '.nii.gz: into the cache (' 4
    [ "$(entries)" -eq 4 ] || fail "$(entries) entries"
    cmp plain/scores.tsv first/scores.tsv || fail 'other scores from the cache'
    # another run, another metric's settings, another preparation: nothing is inflated
    run_into second --set 'plugin ridge.alphas=1 10' --set 'brain b.prepare=detrend(1)'
    expect_said second '.nii.gz: taken from the cache (' 4
    expect_said second 'into the cache (' 0
    run_into other --set 'plugin ridge.alphas=1 10' --set 'brain b.prepare=detrend(1)' \
        --set 'brain b.data=run-*.nii'
    cmp other/scores.tsv second/scores.tsv || fail 'other scores from the cache'
    # a file under another name is the same file; one that changed is not
    mv run-1.nii.gz run-0.nii.gz
    cp run-3.nii.gz run-2.nii.gz
    run_into moved
    expect_said moved 'taken from the cache (' 4
    # other voxels are other blocks
    run_into all --set 'brain b.mask='
    expect_said all 'into the cache (' 3
    expect_said all 'taken from the cache (' 1
    run_into fresh --fresh
    expect_said fresh 'into the cache (' 4
}
claim 'an image is inflated once, into the cache, and not by later runs' once

stated()
{
    write_study
    anaflow run study.ini --output results --dry-run
    expect_code 0
    expect_in out ' MB on disk (1.2 MB of it compressed files, inflated once into the cache), '
    [ ! -e cache ] || fail 'a dry run has made a cache'
    run_into results
    taken=$(find cache/blocks -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
    planned=$(sed -n 's/.* \([0-9]*\) of compressed files inflated into.*/\1/p' results/run.log)
    awk -v a="$planned" -v b="$taken" 'BEGIN { exit !(a <= b && b < 1.01 * a + 4000) }' ||
        fail "$planned bytes planned, $taken taken"
    anaflow run study.ini --output more --dry-run
    expect_in out ' on disk (0 B of it compressed files; 1.2 MB are in the cache already), '
    rm "$(find cache/blocks -type f | head -n 1)"
    anaflow run study.ini --output more --dry-run
    expect_in out ' (307 KB of it compressed files, inflated once into the cache; 922 KB are in'
    anaflow run study.ini --output more --set 'study.disk=200 KB'
    expect_code 5
    expect_one_sentence
    expect_in err ', 307 KB images that are inflated once) and `disk` allows 200 KB; raise `disk`'
    anaflow check study.ini
    expect_code 0
}
claim 'the dry run states the disk it takes, and 0 B once it is there' stated

# Two brains of the same images make each once, and the plan says so.
shared()
{
    write_study
    cat >>study.ini <<END
other = x -> c
[brain c]
plugin = nifti
data = run-*.nii.gz
mask = mask.nii.gz
END
    anaflow run study.ini --output results --dry-run
    expect_code 0
    expect_in out ' MB on disk (1.2 MB of it compressed files, inflated once into the cache), '
    disk=$(sed -n 's/.* \([0-9.]* MB\) on disk.*/\1/p' out)
    anaflow check study.ini # which looks into no file, and goes by their names
    expect_in out " $disk on disk, "
    run_into results
    expect_said results 'into the cache (' 4
    expect_said results 'taken from the cache (' 4
    anaflow run study.ini --output more --dry-run
    expect_in out ' on disk (0 B of it compressed files; 1.2 MB are in the cache already), '
}
claim 'images that two brains read count their disk once' shared

# More than 64 MB behind the values: nobody looks at it, and each run says so.
beyond()
{
    write_study
    head -c 70000000 /dev/zero | gzip -1 >>run-1.nii.gz
    run_into first
    expect_in err 'run-1.nii.gz: holds 64 MB more than the values of its header and goes on;'
    expect_said first '.nii.gz: into the cache (' 4
    mv run-1.nii.gz run-0.nii.gz
    run_into second --set 'plugin ridge.alphas=1 10'
    expect_said second '.nii.gz: taken from the cache (' 4
    expect_in err 'run-0.nii.gz: holds 64 MB more than the values of its header and goes on;'
    expect_in second/report.html 'whether it is damaged was not looked at'
}
claim 'what is wrong with an image is said by the runs that take it from the cache, too' beyond

damaged()
{
    write_study
    run_into first
    for entry in cache/blocks/*; do
        size=$(wc -c <"$entry")
        number=$((${number:-0} + 1))
        flip "$entry" $((size * number / 5)) # within the blocks, and, the last, behind them
        [ "$number" -ne 4 ] || flip "$entry" $((size - 60))
        anaflow cache verify --cache cache
        expect_code 3
        expect_in out "$entry: is damaged"
        run_into again
        expect_in err "$entry: is damaged"
        expect_in err 'it was removed and is computed again'
        expect_in again/report.html 'is damaged'
        expect_said again 'into the cache (' 1
        cmp first/scores.tsv again/scores.tsv || fail 'other scores'
        anaflow cache verify --cache cache
        expect_code 0
        rm -r again
    done
}
claim 'a flipped byte is found, reported, and the image inflated again' damaged

cared_for()
{
    write_study
    run_into first
    anaflow cache ls --cache cache
    expect_code 0
    expect_in out 'run-1, inflated: 60 volumes x 1280 voxels, float32'
    [ "$(grep -c ', inflated: 60 volumes' out)" -eq 4 ] || fail 'four entries were expected'
    anaflow cache gc --cache cache --to 700KB
    expect_code 0
    expect_in out 'removed 2 entries, 615 KB'
    run_into second
    expect_said second 'into the cache (' 2
    expect_said second 'taken from the cache (' 2
    anaflow cache gc --cache cache --older-than 0h
    [ "$(entries)" -eq 0 ] || fail 'entries were left'
    run_into third
    cmp first/scores.tsv third/scores.tsv || fail 'other scores'
}
claim 'what was inflated is listed, and removed by gc' cared_for

killed()
{
    "${ANA_BUILD:-.}/tests/study/runs" . 4 64 64 10 60 plain || fail 'no runs were made'
    cp "$ANA_SOURCE/tests/study/bounded.ini" study.ini
    seen=0
    for after in 1 2 3; do
        "$ANAFLOW" run study.ini --output results >said 2>&1 &
        pid=$!
        for _ in $(seq 2000); do # until the n-th file is being written
            [ "$(find cache/blocks -type f 2>/dev/null | wc -l)" -lt "$after" ] || break
            kill -0 "$pid" 2>/dev/null || break
        done
        ! kill -9 "$pid" 2>kill.err || seen=$((seen + 1))
        wait "$pid" 2>wait.err
        [ ! -d cache ] || anaflow cache verify --cache cache
        expect_code 0
    done
    [ "$seen" -gt 0 ] || fail 'no run was killed'
    run_into results
    [ -z "$(find cache -name '*.tmp-*')" ] || fail 'a leftover was left'
    run_into whole --set 'brain b.data=run-*.nii'
    cmp whole/scores.tsv results/scores.tsv || fail 'other scores'
}
claim 'what a killed run had not finished counts for nothing' killed

together()
{
    write_study
    run_into whole --set 'brain b.data=run-*.nii'
    for i in 1 2 3; do
        "$ANAFLOW" run study.ini --output "r$i" >"said$i" 2>&1 &
    done
    wait
    for i in 1 2 3; do
        cmp whole/scores.tsv "r$i/scores.tsv" || fail "other scores: $(cat "said$i")"
    done
    [ "$(entries)" -eq 4 ] || fail "$(entries) entries"
    anaflow cache verify --cache cache
    expect_code 0
}
claim 'three runs at once share one cache' together

unwritable()
{
    write_study
    run_into whole --set 'brain b.data=run-*.nii'
    : >cache/blocks
    run_into results
    expect_in err 'cache/blocks: what is made of compressed files cannot be kept there (Not'
    expect_in results/report.html 'and the next run makes it again'
    expect_said results 'into a scratch file (' 4
    cmp whole/scores.tsv results/scores.tsv || fail 'other scores'
    : >closed
    anaflow run study.ini --output other --set study.cache=closed
    expect_code 5
    expect_one_sentence
    expect_in err 'closed/'
}
claim 'a cache that cannot be written is said, and a scratch file does' unwritable

finish
