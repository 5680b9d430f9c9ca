#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The check of ./dev lint finds a public symbol that says too little.
# shellcheck disable=SC2016  # backquotes stand in the messages
. "$ANA_SOURCE/tests/cli/lib.sh"

contract()
{
    awk -f "$ANA_SOURCE/tests/lint/contract.awk" "$@" >out 2>err
}

# planted TEXT MESSAGE...: a header with this text gets these messages and no other.
planted()
{
    {
        printf '/* SPDX-License-Identifier: BSD-3-Clause */\n#ifndef P_H\n#define P_H\n\n'
        printf '%s\n\n#endif\n' "$1"
    } >planted.h
    shift
    contract planted.h
    for message; do
        expect_in out "$message"
    done
    [ "$(wc -l <out)" -eq $# ] || fail "expected $# messages"
}

too_little()
{
    planted '/* Adds. */
ANA_API int ana_add(struct ana_ctx *ctx, int a);' \
        'planted.h:6: `ana_add` does not say Since' \
        '`ana_add` does not say Threads' '`ana_add` does not say Errors'
    planted 'ANA_API double ana_half(double x);' '`ana_half` does not say Since' \
        '`ana_half` does not say Threads'
    planted '/* A name.
 *
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API const char *ana_name(int kind);' '`ana_name` does not say Owns'
    planted '/* A thing. */
struct ana_thing {
    int size;
};' '`struct ana_thing` does not say Since'
    planted '#define ANA_MOST 3' '`ANA_MOST` does not say Since'
    # A blank line ends what a comment is about.
    planted '/* One. Threads: any. Since: ABI 0.1. */
ANA_API void ana_one(void);

ANA_API void ana_two(void);' '`ana_two` does not say Since' '`ana_two` does not say Threads'
}
claim 'a symbol that says too little is found' too_little

enough()
{
    planted '/* Adds up.
 *
 * Owns:    the caller.
 * Errors:  none.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_add(struct ana_ctx *ctx, int a,
                    char **out);
ANA_API int ana_subtract(struct ana_ctx *ctx, int a, char **out);'
    planted '/* Unless said otherwise: Errors: ANA_ESHAPE; Threads: any; Since: ABI 0.2. */

/* Twice. */
ANA_API int ana_twice(struct ana_ctx *ctx, int a);'
}
claim 'one that says enough is left alone' enough

finish
