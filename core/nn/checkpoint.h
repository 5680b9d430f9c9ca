/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_CHECKPOINT_H
#define ANA_NN_CHECKPOINT_H

#include <anaflow/checkpoint.h>
#include <jansson.h>

#include "base/text.h"

/* What the files of a checkpoint share. */

struct ana_shard {
    char *path;
    struct ana_safetensors *file;
};

struct ana_named { /* one tensor of one shard */
    const char *name;
    int32_t shard;
    int32_t used;
};

struct ana_span { /* numbers that were handed out as they are mapped */
    const float *x;
    int64_t n;
    int copied; /* by whoever asked for them */
};

struct ana_checkpoint {
    char *folder; /* as the user wrote it; "random" where there is none */
    int random, permuted;
    int describe; /* names and shapes are wanted, no numbers */
    int64_t twin;
    json_t *config, *preprocessor; /* the latter NULL where there is none */
    int64_t n_shards, n_names;
    struct ana_shard *shard;
    struct ana_named *named; /* by name */
    const char *prefix;
    int64_t n_made, room_made;
    int64_t n_mapped, room_mapped;
    struct ana_span *mapped;
    void **made; /* converted, drawn and shuffled tensors */
    int64_t parameters, n_missing, n_misshapen;
    struct ana_text missing, misshapen;
    int status;    /* of the first failure that is neither ... */
    char *failure; /* ... with its sentence */
};

/* Open the files of weights and list their tensors by name. */
int ana_checkpoint_open_weights(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint);
void ana_checkpoint_close_weights(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint);

/* The tensor called prefix + one of name's spellings, or NULL; the spelling found, with
 * its prefix, in `full` (256 bytes). */
struct ana_named *ana_checkpoint_find(const struct ana_checkpoint *checkpoint,
                                      const char *prefix, const char *name, char *full);

/* 1 if a file's name is that of a pickle; the first such file of a folder, also only where
 * a folder holds nothing else (hidden files apart); the sentence that refuses `name`, with
 * the command that converts the file or folder `convert`. */
int ana_is_pickle(const char *name);
int ana_find_pickle(const char *folder, char name[256]);
int ana_holds_pickles_alone(const char *folder, char name[256]);
int ana_fail_pickle(struct ana_ctx *ctx, const char *place, const char *name,
                    const char *convert);

/* The types that a plugin reads, where an error's sentence is that of ana_checkpoint_type
 * (another plugin's checkpoint), else NULL; what the checkpoint is stands before byte *at. */
const char *ana_checkpoint_foreign(const char *error, int *at);

/* x = drawn as `weight` says; x = its own n numbers in another order. */
int ana_checkpoint_draw(struct ana_ctx *ctx, const struct ana_weight *weight,
                        const char *name, int64_t twin, int64_t n, float *x);
int ana_checkpoint_shuffle(struct ana_ctx *ctx, const char *name, int64_t twin, int64_t n,
                           float *x);

#endif
