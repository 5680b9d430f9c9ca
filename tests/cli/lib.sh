# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# What the command-line tests share. A test is a claim in words and a function:
#     claim 'an unknown command is answered with the nearest' unknown_command
# The function runs in a shell of its own and folder of its own; it fails by `expect_...`.
set -u

: "${ANAFLOW:?is the program to test; run this by make check}"
: "${ANA_SOURCE:?is the source folder; run this by make check}"
passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/anaflow-cli-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
ANAFLOW_CACHE=$work/cache
export ANAFLOW_CACHE

# claim TEXT FUNCTION: 0 = holds, 77 = skipped, anything else = does not hold.
claim()
{
    mkdir "$work/claim" || exit 99
    status=0
    (cd "$work/claim" && "$2") >"$work/log" 2>&1 || status=$?
    case $status in
    0) passed=$((passed + 1)); echo "ok: $1" ;;
    77) skipped=$((skipped + 1)); echo "SKIP: $1: $(tail -n 1 "$work/log")" ;;
    *) failed=$((failed + 1)); echo "NOT OK: $1"; sed 's/^/    /' "$work/log" ;;
    esac
    rm -rf "$work/claim"
}

# Run the program; its streams are in out and err, its exit code in $code.
anaflow()
{
    code=0
    "$ANAFLOW" "$@" >out 2>err || code=$?
}

# flip FILE OFFSET: add one to that byte.
flip()
{
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059  # the format is the byte
    printf "\\$(printf %03o $(((byte + 1) % 256)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2>dd.log
}

fail()
{
    echo "$*"
    echo "--- out (exit code ${code:-?})"
    head -n 30 out
    echo "--- err"
    head -n 30 err
    exit 1
}

expect_code()
{
    [ "$code" -eq "$1" ] || fail "expected exit code $1, found $code"
}

# expect_in FILE TEXT: the text stands in the file as it is.
expect_in()
{
    grep -qF -e "$2" "$1" || fail "'$1' does not hold: $2"
}

expect_not_in()
{
    ! grep -qF -e "$2" "$1" || fail "'$1' holds: $2"
}

# One sentence for a person: one line on standard error, from us, and nothing else there.
expect_one_sentence()
{
    [ "$(wc -l <err)" -eq 1 ] || fail "expected one line on standard error"
    grep -q '^anaflow: ' err || fail "the line does not begin with 'anaflow: '"
}

# skip_without PATH: leave the claim where its data is missing.
skip_without()
{
    if [ ! -e "$1" ]; then
        echo "$1 is not there"
        exit 77
    fi
}

finish()
{
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
