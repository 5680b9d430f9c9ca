/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_H5_ARRAYS_H
#define READERS_H5_ARRAYS_H

#include <anaflow/arrays.h>

#include "h5.h"

/* HDF5 files as ana_arrays_* wants them. Datasets are named by path ("/a/b"); in a v7.3
 * file of MATLAB, as MATLAB does ("C.ids"): dimensions in its order, structs are groups,
 * cell arrays and struct arrays are datasets of references. A name of NULL is the file's
 * only dataset. */
extern const struct ana_array_file_vt h5_arrays_format;

/* What a name leads to: one object, or the cells of a cell or struct array. */
struct h5_place {
    hid_t object;     /* -1 = an empty cell */
    hid_t cells;      /* a dataset of references, or -1 */
    char rest[256];   /* what comes behind each cell */
    int64_t n;        /* cells; 0 = there are none */
    int is_structs;   /* the cells are elements of a struct array */
    hobj_ref_t *cell; /* n of them once one was asked for */
};

/* h5_place.c: a name to a place, and to its cell (from 0; -1 = none).
 * Owns: the caller: `h5_place_finish`, also after a failure. */
int h5_place(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
             int64_t cell, struct h5_place *place);
int h5_place_cell(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                  struct h5_place *place, int64_t cell, hid_t *object);
void h5_place_finish(struct ana_ctx *ctx, struct h5_place *place);

/* Why an object of MATLAB's is no array of real numbers, or NULL. */
const char *h5_not_numbers(hid_t object);

/* Whether an object is MATLAB's [] or the like; the dimensions that it then has. */
int h5_is_empty(struct ana_ctx *ctx, const struct h5_file *file, hid_t object);

#endif
