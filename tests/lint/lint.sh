#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What can be judged of the source without running it. Each check prints what is wrong,
# a file and line each, and nothing where all is well.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

sources=$(find core plugins sdk tests examples -name '*.[ch]' | sort)
headers=$(find sdk/include -name '*.h' | sort)

formatting()
{
    # shellcheck disable=SC2086  # one word a file
    clang-format --dry-run -Werror $sources 2>&1 | sed -n 's/:.* error:.*//p' | sort |
        uniq -c | awk '{ print $2 ": clang-format would change " $1 " places" }'
}

# Every name behind ANA_API in the installed headers, once.
public_names()
{
    # shellcheck disable=SC2086
    cat $headers | sed 's,/\*.*\*/,,' | tr '\n' ' ' |
        grep -oE 'ANA_API [^;({]*\(' | grep -oE 'ana_[a-z0-9_]+\($' | tr -d '(' | sort -u
}

exported_symbols()
{
    public_names >"$work/headers"
    sed -n '/^ANAFLOW_0 {/,/local:/p' sdk/anaflow.map | grep -oE '\bana_[a-z0-9_]+' |
        sort -u >"$work/map"
    comm -23 "$work/headers" "$work/map" | sed 's/$/: in the headers, not in sdk\/anaflow.map/'
    comm -13 "$work/headers" "$work/map" | sed 's/$/: in sdk\/anaflow.map, not in the headers/'
}

# What stands above each public symbol says what it must.
documented()
{
    # shellcheck disable=SC2086
    awk -f tests/lint/contract.awk $headers
}

# Each public member has its place asserted.
layout()
{
    tests/abi/freeze.sh check
}

headers_compile_alone()
{
    warnings='-pedantic -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align -Wundef -Werror'
    for header in $headers; do
        name=${header#sdk/include/}
        echo "#include <$name>" >"$work/alone.c"
        cp "$work/alone.c" "$work/alone.cc"
        # shellcheck disable=SC2086
        gcc -std=c11 -Wstrict-prototypes $warnings -Isdk/include -fsyntax-only "$work/alone.c" ||
            echo "$header: does not compile alone as C11"
        # shellcheck disable=SC2086
        g++ -std=c++17 $warnings -Isdk/include -fsyntax-only "$work/alone.cc" || echo "$header: does not compile alone as C++17"
    done
    # A body is a file's lower half, once for each type.
    find core -name '*.h' ! -name '*_body.h' | sort | while read -r header; do
        echo "#include \"${header#core/}\"" >"$work/alone.c"
        gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Isdk/include -Icore -I. -fsyntax-only \
            "$work/alone.c" || echo "$header: does not compile alone"
    done
}

floors()
{
    find core plugins -name '*.[ch]' | sort | xargs awk -f tests/lint/floors.awk
}

# Half of all functions are under 20 lines, nine of ten under 40, none over 80.
function_lengths()
{
    find core plugins -name '*.c' | sort | xargs awk -f tests/lint/functions.awk |
        sort -n >"$work/lengths"
    awk '{ length_of[NR] = $1 }
        END { median = length_of[int((NR + 1) / 2)]; ninth = length_of[int(NR * .9) + 1]
              printf "functions: %d, median %d lines, P90 %d, longest %d\n", NR, median, ninth,
                     length_of[NR] >"/dev/stderr"
              if (median > 20) print "half of all functions have over 20 lines: " median
              if (ninth > 40) print "a tenth of all functions has over 40 lines: " ninth }' \
        "$work/lengths"
    awk '$1 > 80 { print $2 ": a function of " $1 " lines, at most 80" }' "$work/lengths"
}

# Every source and every file of an example is named in a Makefile, so that it is shipped.
shipped()
{
    find . -name local.mk ! -path './build*' -exec cat Makefile.am {} + >"$work/makefiles"
    # shellcheck disable=SC2086
    for file in $sources $(find examples -type f ! -name local.mk | sort); do
        case $file in tests/abi/include/*) continue ;; esac # a folder that is named whole
        grep -qF "$file" "$work/makefiles" ||
            echo "$file: in no local.mk: it would not be in the tarball"
    done
}

licences()
{
    # shellcheck disable=SC2086
    grep -L 'SPDX-License-Identifier: BSD-3-Clause' $sources dev .ci/run Makefile.am configure.ac |
        sed 's/$/: no SPDX line/'
}

scripts()
{
    # shellcheck disable=SC2046
    shellcheck -x -e SC2016 dev .ci/run $(find tests examples -name '*.sh' | sort) 2>&1
}

failed=0
for check in formatting exported_symbols documented layout headers_compile_alone floors \
    function_lengths shipped licences scripts; do
    "$check" >"$work/found"
    if [ -s "$work/found" ]; then
        echo "NOT OK: $check"
        sed 's/^/    /' "$work/found"
        failed=$((failed + 1))
    else
        echo "ok: $check"
    fi
done
[ "$failed" -eq 0 ]
