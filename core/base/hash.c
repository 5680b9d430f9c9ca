/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Contents by name: XXH3-128 in its canonical (big-endian) form.
 */
#include "base/hash.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/file.h"

static struct ana_hash to_hex(XXH128_hash_t value)
{
    struct ana_hash hash;

    snprintf(hash.hex, sizeof hash.hex, "%016llx%016llx",
             (unsigned long long)value.high64, (unsigned long long)value.low64);
    return hash;
}

struct ana_hash ana_hash_bytes(const void *data, int64_t n)
{
    return to_hex(XXH3_128bits(n > 0 ? data : "", (size_t)n));
}

static int take_piece(void *arg, const void *data, int64_t n)
{
    return XXH3_128bits_update(arg, data, (size_t)n) == XXH_OK ? 0 : -1;
}

int ana_hash_file(struct ana_ctx *ctx, const char *path, struct ana_hash *out)
{
    XXH3_state_t *state = XXH3_createState();
    int rc = ANA_ERESOURCE;

    memset(out, 0, sizeof *out);
    if (!state)
        return ana_fail(ctx, rc, "no memory to hash %s", path);
    XXH3_128bits_reset(state);
    rc = ana_file_pieces(ctx, path, take_piece, state);
    if (rc == 0)
        *out = to_hex(XXH3_128bits_digest(state));
    XXH3_freeState(state);
    return rc;
}

int ana_hash_is(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}
