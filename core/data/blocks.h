/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BLOCKS_H
#define ANA_DATA_BLOCKS_H

#include <anaflow/blocks.h>

#include "data/known_files.h"

/* The program's side of <anaflow/blocks.h>: each file's blocks are a blob (data/blob.h),
 * FOLDER/KEY, whose key is made from the content's hash and what the reader says. */
struct ana_keeper {
    const char *folder; /* of the blocks */
    struct ana_known_files *known;
    int fresh; /* 1 = what is there does not count */
    int look;  /* 1 = nothing is made or removed */
};

/* *there = 1 if blocks are in the cache of the context; they may be damaged. The entry's
 * name, by which two readers share one (where there is no cache: one that the file's path
 * stands in for its content in). Bytes of the entry, of a
 * key that was looked at.
 * Errors: ANA_EDATA: the file they are made from cannot be read; ANA_EPLUGIN, ANA_EPARAM:
 * it is no key. */
int ana_blocks_look(struct ana_ctx *ctx, const struct ana_blocks_key *key, int *there,
                    struct ana_hash *name);
int64_t ana_blocks_bytes(const struct ana_blocks_key *key);

#endif
