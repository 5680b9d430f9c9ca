# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# The plan in results/run.log against what was then taken.

# number LINE WORDS: what stands in front of WORDS in the line "LINE: ..." of run.log.
number()
{
    sed -n "s/^$1:.*[ (]\\([0-9.e+]*\\) $2.*/\\1/p" results/run.log | tail -n 1
}

# Operations within 10 %; the process's memory below the plan and within 10 % and 6 MB of
# it; what is in the results folder within 10 % and 100 KB.
compare_plan()
{
    sanitized=0 # whose allocator keeps what was freed
    ! grep -q 'enable-sanitize' "${ANA_BUILD:-.}/config.log" 2>/dev/null || sanitized=1
    awk -v flops="$(number planned 'floating-point operations')" \
        -v counted="$(number taken 'floating-point operations')" \
        -v memory="$(number planned 'bytes of memory')" \
        -v program="$(number planned 'of them the program')" \
        -v own="$(number taken 'bytes of memory allocated')" \
        -v results="$(number planned 'bytes of results')" \
        -v store="$(number planned 'of scores')" \
        -v written="$(du -sb results/. | cut -f 1)" \
        -v sanitized="$sanitized" -v process="$(number taken 'bytes in the process')" 'BEGIN {
            disk = results + store
            printf "%s planned, %s counted; %.1f MB planned (%.1f MB the program), " \
                   "%.1f MB allocated, %.1f MB in the process; %.2f MB planned on disk, " \
                   "%.2f MB there\n", flops, counted, memory / 1e6, program / 1e6,
                   own / 1e6, process / 1e6, disk / 1e6, written / 1e6
            exit !(flops > 0 && counted > .9 * flops && counted < 1.1 * flops &&
                   own > 0 && own <= memory - program + 8e6 &&
                   (sanitized || (process <= memory && memory <= 1.1 * process + 6e6)) &&
                   disk <= 1.1 * written + 1e5 && written <= 1.1 * disk + 1e5)
        }' || fail "$1: the plan and what was taken differ"
}
