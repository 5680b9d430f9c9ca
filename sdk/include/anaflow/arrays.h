/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_ARRAYS_H
#define ANAFLOW_ARRAYS_H

#include <anaflow/reader.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flag of a file format: load() holds the variable as the library gives it beside the copy
 * that is asked for, which the plan of a run counts. Since: ABI 0.1. */
#define ANA_ARRAYS_HOLDS 1u

/* A file format that holds named arrays (MAT, NPY, HDF5, TSV). A reader of such a
 * format writes these functions; `ana_arrays_*` does the rest of a reader: binds
 * axes, stacks files, picks cells, multiplies factors, names rows and targets.
 * Since: ABI 0.1.
 *
 * open   open one file                                    [any, one at a time]
 * list   the names of its variables, n of them            [same]
 * cells  how many cells a cell array or struct array has; 0 for a plain array
 * shape  type and shape of a variable (or of its cell `cell`, from 0; -1 = none);
 *        dtype 0 = it is no array of real numbers (strings, cells, a struct)
 * load   the whole variable into out, float64 or float32 as out->dtype says, whose
 *        memory and shape (as `shape` gave it, C order) are the caller's
 * text   a variable of strings: n of them
 * close  close the file; NULL is allowed
 * names  the names that the file itself gives to the samples of one dimension, as
 *        a table's header does; n = 0 where it gives none. May be NULL
 * note   what to say of a variable in `inspect`: "cell array of 40", "complex: not
 *        read"; ana_free it. May be NULL
 *
 * part   a box of a variable that `load` would give: from `first` of each dimension on,
 *        as much as out's shape says; out as for `load`. Without out, nothing is read.
 *        *can is 0 where this variable cannot be read in parts. May be NULL
 *
 * `name` may reach into structs: "C.category_labels". NULL = the only array.
 * Strings and lists come from ana_alloc; the caller frees each string, then the list. */
struct ana_array_file_vt {
    uint32_t size;  /* sizeof (struct ana_array_file_vt) */
    uint32_t flags; /* ANA_ARRAYS_... */
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
    int (*names)(struct ana_ctx *ctx, void *file, const char *name, int32_t dim,
                 int64_t *n, char ***names);
    int (*note)(struct ana_ctx *ctx, void *file, const char *name, char **note);
    int (*part)(struct ana_ctx *ctx, void *file, const char *name, int64_t cell,
                const int64_t *first, struct ana_tensor *out, int32_t *can);
};

/* A recording made of named arrays. Opaque. */
struct ana_arrays;

/* Bind the source's arrays to a recording. Layout by the axes named:
 *
 *   (time, target), (time)            SERIES; every file or cell is one run
 *   (run, time, target), (run, time)  SERIES; every sample of `run` is one run
 *   (stimulus, time, target)          EPOCHS
 *   (stimulus, time)                  EPOCHS; every file or cell is one target
 *   (stimulus, target), (stimulus)    ROWS; of (stimulus), every file is one target
 *   (target)                          ROWS; every file or cell is one stimulus
 *   none named                        by the number of dimensions: (stimulus),
 *                                     (stimulus, target), (stimulus, time, target);
 *                                     with "@ RATE": (time), (time, target)
 *
 * Axes may stand in any order. Dimensions of size 1 that no axis names are dropped,
 * the last first; an axis too many is a dimension of size 1 behind the others, since
 * MATLAB does not store it. Several files or cells stack along the one axis not
 * named; where none is left that is refused. Files of one stack must agree in the
 * other axes and their names. Where several files or cells are runs, an axis
 * `run=NAMES` stands for them and gives the stimulus of each.
 * `time = t` takes rate and start from a variable of seconds, evenly spaced to 1e-6
 * of a step; "@ RATE" gives the rate, then start is 0.
 * `axis = NAMES` is a variable of the file, else a file beside it: .txt (one name a
 * line), .npy, .tsv or .csv ("table.tsv:column", else its first column).
 * Cells: "*", "1-3 5", or "FILE:VAR" or "FILE:VAR[1-3]", numbers from 1 that another
 * file holds. "R * W(...)": the two matrices' product, made by blocks when read.
 *
 * Owns:    the caller; release with `ana_arrays_close`.
 * Errors:  ANA_EDATA, naming file and variable, and what the file does hold.
 * Threads: one at a time.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_open(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                            const struct ana_source *source, struct ana_arrays **out);

/* A reader's describe, read, labels and close as they stand in struct ana_reader_vt:
 * `arrays` is what ana_arrays_open gave, so that they go into the table themselves.
 *
 * Owns:    as struct ana_reader_vt says: the info's pointers belong to `arrays`, `out` to
 *          the caller.
 * Errors:  ANA_EDATA for a file that is damaged or has changed, with its name;
 *          ANA_ESHAPE for an `out` that does not fit; ANA_ERESOURCE.
 * Threads: one at a time.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_describe(struct ana_ctx *ctx, void *arrays,
                                struct ana_recording_info *info);
ANA_API int ana_arrays_read(struct ana_ctx *ctx, void *arrays, int64_t run, int64_t first,
                            int64_t n, const int64_t *targets, int64_t n_targets,
                            struct ana_tensor *out);
ANA_API void ana_arrays_close(struct ana_ctx *ctx, void *arrays);

/* Give the targets positions (target x 3, mm) and regions from two variables or files,
 * named as `axis = NAMES` is; NULL or "" = none.
 *
 * Errors:  ANA_EDATA with both numbers where the sizes differ.
 * Threads: one at a time, before the first `ana_arrays_describe`.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_set_targets(struct ana_ctx *ctx, struct ana_arrays *arrays,
                                   const char *positions, const char *regions);

/* Say of which space the targets' positions are ("MNI152", "CapTrak"); NULL or "" = leave
 * it as it is.
 *
 * Errors:  ANA_ERESOURCE.
 * Threads: one at a time, before the first `ana_arrays_describe`.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_set_space(struct ana_ctx *ctx, struct ana_arrays *arrays,
                                 const char *space);

/* Give the targets what a table (.tsv, .csv) beside the data says of them. Columns, by
 * name: `name`; x, y, z (mm); region; hemisphere (L, R); space (of the positions:
 * "MNI152", "CapTrak"); status (good, bad); "n/a" = unknown, others are passed over. Rows
 * are found by the targets' names, more of them than targets may be there; where the data
 * name no targets, row k is target k and names it. NULL or "" = none.
 *
 * Errors:  ANA_EDATA with file and line, or the targets that have no row.
 * Threads: one at a time, before the first `ana_arrays_describe`.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_set_table(struct ana_ctx *ctx, struct ana_arrays *arrays,
                                 const char *table);

/* A reader's labels and list.
 *
 * Owns:    the caller: each label, name and note, then the list (ana_free).
 * Errors:  ANA_EDATA, naming file and variable, and what the file does hold.
 * Threads: one at a time.
 * Since:   ABI 0.1 */
ANA_API int ana_arrays_labels(struct ana_ctx *ctx, void *arrays, const char *variable,
                              int64_t *n, char ***labels);
ANA_API int ana_arrays_list(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                            const char *path, int64_t *n, struct ana_entry **entries);

#ifdef __cplusplus
}
#endif
#endif
