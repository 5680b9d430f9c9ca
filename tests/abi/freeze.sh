#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Renew what the suite holds the plugin interface to:
#
#   freeze.sh layout   tests/abi/layout.c, the offset and size of every public member, from
#                      today's headers: after a member was added. It refuses if one of
#                      those that it asserted until now has moved.
#   freeze.sh headers  that, and tests/abi/include, the headers that tests/abi/*.c are built
#                      against: only where old plugins may stop loading, that is while the
#                      interface's major number is 0, or when it rises.
#   freeze.sh check    print the members that layout.c does not assert; for ./dev lint
set -eu
cd "$(dirname "$0")/../.."
headers=sdk/include
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Structs of a fixed length: they stand in arrays that plugins read, or inside others.
fixed='ana_tensor ana_input ana_fold ana_target ana_word ana_measure ana_rng ana_array_axis
ana_array_var'

members()
{
    # shellcheck disable=SC2046  # one word a file
    awk -f tests/abi/members.awk $(find $headers -name '*.h' | sort)
}

# A program that prints the assertions as the compiler sees the structs.
write_program()
{
    cat <<'EOF'
#include <anaflow/anaflow.h>
#include <anaflow/test.h>
#include <stdio.h>
#define AT(s, m) printf("AT(" #s ", " #m ", %zu, %zu)\n", offsetof(struct s, m), \
    sizeof(((struct s *)0)->m));
#define IS(s, how) printf("_Static_assert(sizeof(struct " #s ") " how " %zu, \"" #s "\");\n", \
    sizeof(struct s));
int main(void) {
EOF
    members | awk -v fixed="$fixed" '
        BEGIN { n = split(fixed, word); for (i = 1; i <= n; i++) is_fixed[word[i]] = 1 }
        function finish() {
            if (last != "")
                printf "IS(%s, \"%s\") puts(\"\");\n", last, is_fixed[last] ? "==" : ">=" }
        $1 != last { finish(); last = $1 }
        { printf "AT(%s, %s)\n", $1, $2 }
        END { finish() }'
    echo 'return 0; }'
}

write_layout()
{
    write_program >"$work/print.c"
    cc -std=c11 -I$headers -o "$work/print" "$work/print.c"
    cat <<'EOF'
/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where every public member lies, on x86-64 and aarch64 alike. Written by
 * tests/abi/freeze.sh. An assertion that fails means that plugins which are built
 * already would read something else: put a new member at the end of its struct.
 */
#include <stddef.h>

#include <anaflow/anaflow.h>
#include <anaflow/test.h>

#define AT(s, m, at, bytes)                                                              \
    _Static_assert(offsetof(struct s, m) == (at) &&                                      \
                       sizeof(((struct s *)0)->m) == (bytes),                            \
                   #s "." #m);

EOF
    "$work/print"
    echo
    echo 'extern const int ana_layout_holds;'
    echo 'const int ana_layout_holds = 1;'
}

# Members, "struct member", that layout.c asserts.
asserted()
{
    sed -n 's/^AT(\([a-z0-9_]*\), \([a-z0-9_]*\), .*/\1 \2/p' tests/abi/layout.c
}

layout()
{
    if [ -f tests/abi/layout.c ] &&
        ! cc -std=c11 -fsyntax-only -I$headers tests/abi/layout.c 2>"$work/moved"; then
        grep 'error:' "$work/moved" >&2
        echo "freeze.sh: public members have moved; put them back, or run: $0 headers" >&2
        exit 1
    fi
    write_layout >"$work/layout.c"
    ! command -v clang-format >/dev/null || clang-format -i --style=file:.clang-format "$work/layout.c"
    cp "$work/layout.c" tests/abi/layout.c
}

case ${1:-} in
layout) layout ;;
headers)
    rm -rf tests/abi/include tests/abi/layout.c
    mkdir -p tests/abi/include
    cp -r $headers/anaflow tests/abi/include/anaflow
    layout
    ;;
check)
    members | sort >"$work/members"
    asserted | sort >"$work/asserted"
    comm -23 "$work/members" "$work/asserted" | while read -r struct member; do
        echo "struct $struct: \`$member\` is not in tests/abi/layout.c; run tests/abi/freeze.sh layout"
    done
    ;;
*)
    sed -n '3,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
