# SPDX-License-Identifier: BSD-3-Clause
# Sums what `gcov -b -n` says of each object ("Lines executed:91.30% of 23") over folders.
# A source that was compiled more than once, into a plugin and into its test, counts once,
# with the better of its figures.
function keep(total, hit, share, count) {
    gsub(/[^0-9.]/, "", share)
    total[file] = count
    if (share * count / 100 > hit[file])
        hit[file] = share * count / 100
}

function report(name, lines, run, branches, taken) {
    printf "%-24s lines %5.1f %% of %6d, branches %5.1f %% of %6d\n", name,
        lines ? 100 * run / lines : 0, lines, branches ? 100 * taken / branches : 0, branches
}

/^File / {
    split($0, quoted, "'")
    file = quoted[2]
    sub(/^(\.\.\/)+/, "", file)
    ours = file ~ /^(core|plugins)\/.*\.c$/
    counted = 0
}
# The sum of all files follows the last one's figures: take one of each a file.
ours && /^Lines executed:/ && !counted++ { keep(lines, run, $2, $4) }
ours && /^Taken at least once:/ { keep(branches, taken, $4, $6) }

END {
    for (file in lines) {
        folder = file
        sub(/\/[^\/]*$/, "", folder)
        l[folder] += lines[file]
        r[folder] += run[file]
        b[folder] += branches[file]
        t[folder] += taken[file]
        all_l += lines[file]
        all_r += run[file]
        all_b += branches[file]
        all_t += taken[file]
    }
    for (folder in l)
        report(folder, l[folder], r[folder], b[folder], t[folder])
    report("together", all_l, all_r, all_b, all_t)
}
