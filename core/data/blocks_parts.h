/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BLOCKS_PARTS_H
#define ANA_DATA_BLOCKS_PARTS_H

#include "data/blocks.h"

/* What blocks.c and blocks_key.c share: from a key to where its entry is. */

/* Whether a key is one: a reader made it, and where it came by `kept`, nobody has looked
 * yet. Errors: ANA_EPARAM, ANA_EPLUGIN. */
int ana_blocks_check(struct ana_ctx *ctx, const struct ana_blocks_key *key);

/* The entry of a key in the context's cache. Each is NULL without failure where there is no
 * cache.
 *
 * content  the hash of key->file, which is a part of the key
 * note     all that the bytes depend on, as a text that `cache ls` can show
 * path     of the entry
 *
 * Owns: the caller (ana_free). Errors: ANA_EDATA: key->file cannot be read. */
struct ana_blocks_entry {
    struct ana_hash content, name;
    char *note, *path;
};
int ana_blocks_find(struct ana_ctx *ctx, const struct ana_blocks_key *key,
                    struct ana_blocks_entry *entry);

#endif
