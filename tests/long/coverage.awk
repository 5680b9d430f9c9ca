# SPDX-License-Identifier: BSD-3-Clause
# Sums what `gcov -b -n` says of each file ("Lines executed:91.30% of 23") over folders.
function add(total, hit, share, count) {
    gsub(/[^0-9.]/, "", share)
    total[folder] += count
    hit[folder] += share * count / 100
}

function report(name, lines, run, branches, taken) {
    printf "%-24s lines %5.1f %% of %6d, branches %5.1f %% of %6d\n", name,
        lines ? 100 * run / lines : 0, lines, branches ? 100 * taken / branches : 0, branches
}

/^File / {
    split($0, quoted, "'")
    sub(/^(\.\.\/)+/, "", quoted[2])
    counted = 0
    ours = quoted[2] ~ /^(core|plugins)\/.*\.c$/
    folder = quoted[2]
    sub(/\/[^\/]*$/, "", folder)
}
# The sum of all files follows the last one's figures: take one of each a file.
ours && /^Lines executed:/ && !counted++ { add(lines, run, $2, $4) }
ours && /^Taken at least once:/ { add(branches, taken, $4, $6) }

END {
    for (folder in lines) {
        report(folder, lines[folder], run[folder], branches[folder], taken[folder])
        l += lines[folder]
        r += run[folder]
        b += branches[folder]
        t += taken[folder]
    }
    report("together", l, r, b, t)
}
