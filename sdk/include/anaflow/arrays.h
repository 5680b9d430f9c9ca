/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_ARRAYS_H
#define ANAFLOW_ARRAYS_H

#include <anaflow/reader.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file format that holds named arrays (MAT, NPY, HDF5, TSV). A reader of such a
 * format writes these functions; `ana_arrays_*` does the rest of a reader: binds
 * axes, stacks files, picks cells, multiplies factors, names rows and targets.
 * Since: ABI 0.1.
 *
 * open   open one file                                    [any, one at a time]
 * list   the names of its variables, n of them            [same]
 * cells  how many cells a cell array or struct array has; 0 for a plain array
 * shape  type and shape of a variable (or of its cell `cell`, from 0; -1 = none)
 * load   the whole variable as float64 or float32 as out->dtype says, C order
 * text   a variable of strings: n of them
 * close  close the file; NULL is allowed
 *
 * `name` may reach into structs: "C.category_labels". NULL = the only array.
 * Strings and lists come from ana_alloc; the caller frees them, list first. */
struct ana_array_file_vt {
    uint32_t size; /* sizeof (struct ana_array_file_vt) */
    uint32_t flags;
    int (*open)(struct ana_ctx *ctx, const char *path, void **file);
    int (*list)(struct ana_ctx *ctx, void *file, int64_t *n, char ***names);
    int (*cells)(struct ana_ctx *ctx, void *file, const char *name, int64_t *n);
    int (*shape)(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                 int32_t *dtype, int32_t *ndim, int64_t *shape);
    int (*load)(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                struct ana_tensor *out);
    int (*text)(struct ana_ctx *ctx, void *file, const char *name, int64_t *n,
                char ***strings);
    void (*close)(struct ana_ctx *ctx, void *file);
};

/* A recording made of named arrays. Opaque. */
struct ana_arrays;

/* Bind the source's arrays to a recording. Layout by the axes named:
 *
 *   (time, target), (time)            SERIES; every file or cell is one run
 *   (stimulus, time, target)          EPOCHS
 *   (stimulus, time)                  EPOCHS; every file is one target
 *   (stimulus, target), (stimulus)    ROWS
 *
 * Axes may stand in any order; a missing axis of size 1 may be dropped. Several
 * files or cells stack along the one axis not named; where none is left that is
 * refused. Files of one stack must agree in the other axes and their names.
 * `time = t` takes rate and start from a variable of seconds, evenly spaced to 1e-6
 * of a step; "@ RATE" gives the rate, then start is 0.
 *
 * Owns:    the caller; release with `ana_arrays_close`.
 * Errors:  ANA_EDATA, naming file and variable, and what the file does hold.
 * Threads: one at a time.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_open(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                            const struct ana_source *source, struct ana_arrays **out);

/* A reader's describe, read and close. Read as in struct ana_reader_vt. Since: ABI 0.1. */
ANA_API int ana_arrays_describe(struct ana_ctx *ctx, struct ana_arrays *arrays,
                                struct ana_recording_info *info);
ANA_API int ana_arrays_read(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t run,
                            int64_t first, int64_t n, const int64_t *targets,
                            int64_t n_targets, struct ana_tensor *out);
ANA_API void ana_arrays_close(struct ana_ctx *ctx, struct ana_arrays *arrays);

#ifdef __cplusplus
}
#endif
#endif
