/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CACHE_H
#define ANA_PIPELINE_CACHE_H

#include "data/blob.h"
#include "data/blocks.h"
#include "data/known_files.h"

/* What a run keeps of its work, under keys made from everything that the work depends on.
 *
 *   CACHE/activations/KEY.npy   a layer's activations, float32; shared by all studies
 *   CACHE/blocks/KEY            what readers make of a file (data/blocks.h): a compressed
 *                               image's wanted voxels; shared by all studies
 *   CACHE/files                 hashes of files that were read
 *   CACHE/speed-KEY             how fast a machine is (calibrate.h)
 *   OUTPUT/.store/KEY           what a task found for one recording
 *   OUTPUT/.store/tasks         keys of the last run and what they were made from
 *
 * CACHE is `cache =` of [study], else $ANAFLOW_CACHE, else $XDG_CACHE_HOME/anaflow, else
 * ~/.cache/anaflow; where none of them can be written, OUTPUT/.store. Every entry is a
 * blob (data/blob.h): checked when it is read; a damaged one is removed, with a warning,
 * and made again. Several processes may share a cache. */
struct ana_cache {
    char *folder, *activations, *blocks, *results;
    int lock;  /* shared while a run uses the folder; -1 = none */
    int fresh; /* 1 = nothing counts as stored */
    int look;  /* 1 = nothing is made or removed */
    struct ana_known_files *known;
    struct ana_keeper keeper; /* what readers see of it */
};

#define ANA_CACHE_RUN 0   /* the run itself: makes folders, removes what a kill left */
#define ANA_CACHE_LOOK 1  /* reads only; nothing is made or removed */
#define ANA_CACHE_CHILD 2 /* a process that the run started */

/* Open the cache and the store of an output folder.
 *
 * written  `cache =` of the study, or NULL
 * output   the folder of the results
 * role     ANA_CACHE_...
 *
 * The context's readers keep their blocks there until it is closed.
 *
 * Owns: the caller, who leaves it where it is; release with `ana_cache_close`, also after a
 * failure.
 * Errors: ANA_ERESOURCE: a folder that was asked for by name cannot be written. */
int ana_cache_open(struct ana_ctx *ctx, const char *written, const char *output, int role,
                   struct ana_cache *cache);
void ana_cache_close(struct ana_ctx *ctx, struct ana_cache *cache);

#define ANA_KEPT_ACTIVATIONS 0
#define ANA_KEPT_RESULT 1

/* Read an entry; one that is not there gives data = NULL, and so does a damaged one,
 * which is removed with a warning (*damaged = 1; may be NULL).
 * Owns: the caller; `ana_blob_close`. */
int ana_cache_get(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key, struct ana_blob *out, int *damaged);

/* The same without looking at every byte, for what its note says: nothing is judged. */
int ana_cache_peek(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                   const char *key, struct ana_blob *out);

/* Keep an entry. note: its first line says what it is, the rest what its key was made
 * from. Errors: ANA_ERESOURCE. */
int ana_cache_put(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key, int64_t n_pieces, const struct ana_piece *pieces,
                  const char *note);

/* Begin an entry whose n bytes come piece by piece (ana_blob_place, ana_blob_seal).
 * Owns: the caller; `ana_blob_abort` if it is not sealed. Errors: ANA_ERESOURCE. */
int ana_cache_begin(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                    const char *key, int64_t n, struct ana_blob_writer *out);

/* Nothing counts as stored from here on. */
void ana_cache_forget(struct ana_cache *cache);

/* 1 if an entry is there (it may be damaged). */
int ana_cache_has(struct ana_ctx *ctx, const struct ana_cache *cache, int kind,
                  const char *key);

/* Remove every result that is none of the keys: once a run is complete. */
int ana_cache_keep_only(struct ana_ctx *ctx, const struct ana_cache *cache, int64_t n,
                        const char *const *keys);

#endif
