/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BIDS_PRIVATE_H
#define ANA_DATA_BIDS_PRIVATE_H

#include "base/arena.h"
#include "data/bids.h"

/* What stands behind a dataset: its memory, files by kind for `ana_bids_applying`, and
 * JSON files that were read already. */
struct ana_bids_own {
    struct ana_bids bids; /* what the caller sees */
    struct ana_arena arena;
    struct ana_bids_file *file;
    const char **problem;
    int64_t *by_kind; /* files by pipeline, suffix, extension, subject, path */
    json_t **json;    /* of each file, once it was read */
    int failed;       /* 1 = there was no memory for some of it */
};

/* bids_names.c: take a name apart; 0 where it says nothing. Texts go to the arena. */
int ana_bids_parse(struct ana_arena *arena, const char *name, struct ana_bids_file *out);

/* bids_tree.c: find the files. bids_list.c keeps them and says what is odd. */
int ana_bids_walk(struct ana_ctx *ctx, struct ana_bids_own *own);
int ana_bids_keep(struct ana_ctx *ctx, struct ana_bids_own *own, const char *path,
                  const char *pipeline, const char *datatype, int depth, int64_t bytes,
                  int missing);
/* bids_inherit.c: sort `by_kind`. */
void ana_bids_index(struct ana_bids_own *own);
void ana_bids_problem(struct ana_bids_own *own, const char *fmt, ...) ANA_PRINTF(2, 3);

#endif
