# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# The plan in results/run.log against what was then taken.

# number LINE WORDS: what stands in front of WORDS in the line "LINE: ..." of run.log.
number()
{
    sed -n "s/^$1:.*[ (]\\([0-9.e+]*\\) $2.*/\\1/p" results/run.log | tail -n 1
}

# compare_plan NAME COMMAND...: operations within 10 %; the process's memory below the plan, and
# the plan within 10 % and 6 MB of the most that one of three runs takes, since it depends on
# which tasks are at work at once; what is in the results folder within 10 % and 100 KB.
# Without a command the run that was is compared.
compare_plan()
{
    name=$1 most=0 left=3
    shift
    [ $# -gt 0 ] || left=1
    while [ "$left" -gt 0 ]; do
        left=$((left - 1))
        if [ $# -gt 0 ]; then
            rm -rf results
            "$@"
            expect_code 0
        fi
        taken=$(number taken 'bytes in the process')
        [ "$taken" -le "$most" ] || most=$taken
        compare_run "$name" "$most" || fail "$name: the plan and what was taken differ"
        [ -e too_much ] || return 0
    done
    fail "$name: the plan is far above what was taken"
}

# compare_run NAME MOST: one run; too_much is there where even MOST bytes are far below the plan.
compare_run()
{
    rm -f too_much
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
        -v sanitized="$sanitized" -v most="$2" -v process="$(number taken 'bytes in the process')" 'BEGIN {
            disk = results + store
            printf "%s planned, %s counted; %.1f MB planned (%.1f MB the program), " \
                   "%.1f MB allocated, %.1f MB in the process; %.2f MB planned on disk, " \
                   "%.2f MB there\n", flops, counted, memory / 1e6, program / 1e6,
                   own / 1e6, process / 1e6, disk / 1e6, written / 1e6
            if (!sanitized && memory > 1.1 * most + 6e6)
                print "" >"too_much"
            exit !(flops > 0 && counted > .9 * flops && counted < 1.1 * flops &&
                   own > 0 && own <= memory - program + 8e6 &&
                   (sanitized || process <= memory) &&
                   disk <= 1.1 * written + 1e5 && written <= 1.1 * disk + 1e5)
        }'
}
