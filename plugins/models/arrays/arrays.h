/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGINS_MODELS_ARRAYS_H
#define PLUGINS_MODELS_ARRAYS_H

#include <anaflow/anaflow.h>

/* The parts of the plugin `arrays`: which arrays are layers (layers.c), which row is
 * which stimulus (names.c), handing rows out (arrays.c). */

/* A layer is one array with a row a stimulus, or a folder with an array a stimulus. */
struct layer {
    char *id, *path;
    struct ana_tensor array; /* empty for a folder */
    int64_t n_files;         /* a folder's arrays, or 0 */
    char **files;            /* their paths */
    int32_t ndim;            /* of one sample's units, 1 .. 4 */
    int64_t shape[4], units; /* units: their product */
};

struct arrays {
    double rate, start; /* rate = 0: one sample a stimulus */
    int64_t n_layers, room;
    struct layer *layers;
    int64_t n_safetensors;
    struct ana_safetensors **safetensors; /* open as long as their tensors are used */
    char *folder;                         /* where a list of names is looked for */
    int64_t n_names;
    char **names; /* of the rows; NULL if all layers are folders */
    char *names_path;
    struct ana_layer *info;
};

/* Find and open the layers that `data` means, in natural order of their ids.
 * Errors: ANA_EDATA. */
int layers_open(struct ana_ctx *ctx, struct arrays *arrays, const char *data);
void layers_close(struct ana_ctx *ctx, struct arrays *arrays);

/* Read the names of the rows from `path`, or from a list beside the data where `path` is
 * empty. Errors: ANA_EDATA, also where a layer has another number of rows. */
int names_read(struct ana_ctx *ctx, struct arrays *arrays, const char *path);

/* 1 for names.txt and its kin: lists that are no layers. */
int names_is_list(const char *path);

/* Which of n names (or paths) means the stimulus `id`: the one that equals it, else the
 * one that does without its extension. `where` is named if there is none or more than
 * one. Errors: ANA_EDATA. */
int names_find(struct ana_ctx *ctx, int64_t n, char *const *names, const char *id,
               const char *where, int64_t *out);

/* Whether every stimulus of a batch is among n names. Errors: as `names_find`; where
 * several are missing, ANA_EDATA with the first five. */
int names_find_all(struct ana_ctx *ctx, int64_t n, char *const *names,
                   const struct ana_batch *batch, const char *where);

#endif
