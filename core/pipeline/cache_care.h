/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CACHE_CARE_H
#define ANA_PIPELINE_CACHE_CARE_H

#include "pipeline/cache.h"

/* Looking after a cache and a store from outside a run: `anaflow cache`. */
struct ana_cache_item {
    char *path, *what; /* what: the first line of its note, "" if it has none */
    int64_t bytes;
    double idle; /* s since it was last made or read */
};

/* Everything that is kept in a cache folder and, if not NULL, for a folder of results, the
 * one that was used last first. Owns: the caller; `ana_cache_items_free`. */
int ana_cache_items(struct ana_ctx *ctx, const char *folder, const char *output,
                    int64_t *n, struct ana_cache_item **out);
void ana_cache_items_free(struct ana_ctx *ctx, int64_t n, struct ana_cache_item *items);

/* Remove activations and blocks that were not used for `older` seconds (INFINITY = none),
 * and speeds that were measured so long ago; then those used longest ago until at most
 * `most` bytes are left (< 0 = no limit); and, where no run is at work, what killed ones
 * left. */
int ana_cache_collect(struct ana_ctx *ctx, const char *folder, double older, int64_t most,
                      int64_t *n_removed, int64_t *bytes_removed);

/* Check every byte of an item: 0, or ANA_EDATA with the sentence. */
int ana_cache_check(struct ana_ctx *ctx, const struct ana_cache_item *item);

#endif
