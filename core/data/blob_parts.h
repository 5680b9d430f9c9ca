/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BLOB_PARTS_H
#define ANA_DATA_BLOB_PARTS_H

#include <xxhash.h>

#include "data/blob.h"

/* The tail of a blob, for blob.c and blocks.c alone. */
struct ana_blob_tail {
    char magic[8];
    int64_t n, n_note;  /* bytes of content and note */
    uint64_t low, high; /* XXH3-128 of content (or of its blocks' hashes), note and all
                           lengths */
    uint64_t block;     /* bytes of a block; 0 = the content is one piece */
};
_Static_assert(sizeof(struct ana_blob_tail) == 48, "the tail of a blob");

extern const char ana_blob_whole[8], ana_blob_blocks[8]; /* the two kinds' magics */

/* A block's hash, as it stands between content and note. */
struct ana_block_hash {
    uint64_t low, high;
};
struct ana_block_hash ana_block_hash(const void *data, int64_t n);

/* What stands in the tail of blocks with these hashes and this note. */
XXH128_hash_t ana_blob_blocks_seal(const struct ana_blob_tail *tail, const void *hashes,
                                   const char *note);

/* Number of blocks by a tail whose file has `size` bytes; -1 = they do not fit. */
int64_t ana_blob_blocks_count(const struct ana_blob_tail *tail, int64_t size);

#endif
