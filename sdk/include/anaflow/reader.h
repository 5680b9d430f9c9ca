/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_READER_H
#define ANAFLOW_READER_H

#include <anaflow/blocks.h>
#include <anaflow/plugin.h>
#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The layouts of a recording. Since: ABI 0.1. */
#define ANA_LAYOUT_SERIES 1 /* time x target, in runs */
#define ANA_LAYOUT_EPOCHS 2 /* trial x time x target */
#define ANA_LAYOUT_ROWS 3   /* item x target */
#define ANA_LAYOUT_RDM 4    /* item x item */
#define ANA_LAYOUT_TABLE 5  /* behaviour */
#define ANA_LAYOUT_LABELS 6 /* masks, atlases */
#define ANA_LAYOUT_MESH 7

/* One unbroken stretch of recording. ROWS and EPOCHS have one run. Since: ABI 0.1. */
struct ana_run {
    uint32_t size; /* sizeof (struct ana_run) */
    uint32_t flags;
    const char *id;
    const char *stimulus; /* the stimulus it was recorded to, or NULL = bound by id */
    int64_t n;            /* samples (SERIES), trials (EPOCHS), items (ROWS, RDM) */
    double rate;          /* Hz; 0 where there is no time */
    double start;         /* s from the stimulus' onset to sample 0 (SERIES) */
};

/* One voxel, vertex, parcel, electrode or sensor. Since: ABI 0.1. */
struct ana_target {
    uint32_t size; /* sizeof (struct ana_target) */
    int32_t bad;   /* 1 = marked as bad by the recording itself */
    const char *name;
    const char *region;     /* "" = none */
    const char *space;      /* of the position: "MNI152", "ras", ""; */
    const char *hemisphere; /* "L", "R", "" */
    double position[3];     /* mm; NaN = unknown */
};

/* Something that happened: an annotation, a trigger. Since: ABI 0.1. */
struct ana_event {
    uint32_t size; /* sizeof (struct ana_event) */
    int32_t pad;
    int64_t run;
    double onset;     /* s after the run's sample 0 */
    double duration;  /* s; NaN = not given */
    const char *text; /* UTF-8 */
};

/* What a recording is. All pointers belong to the reader's self. Since: ABI 0.1. */
struct ana_recording_info {
    uint32_t size;    /* sizeof (struct ana_recording_info) */
    int32_t layout;   /* ANA_LAYOUT_... */
    const char *unit; /* of the values, "" = unknown */
    int64_t n_runs;
    const struct ana_run *runs;
    int64_t n_targets;
    const struct ana_target *targets;
    int64_t n_rows;               /* ROWS, EPOCHS: items or trials */
    const char *const *row_names; /* n_rows stimulus names; NULL = none given */
    int64_t n_times;              /* EPOCHS: samples a trial */
    double rate;                  /* EPOCHS: Hz */
    double start;                 /* EPOCHS: s from stimulus onset to sample 0 */
    int64_t block; /* the cheapest number of rows or samples to read at once */
    int64_t n_events;
    const struct ana_event *events; /* in the files' order */
    int64_t scratch; /* bytes of files that reading it makes (ana_scratch), at most */
    int64_t n_files; /* files beside the source's own that it was made from: a header's */
    const char *const *files; /* data, tables, ...: a change of one is a change of it */
    const char *map; /* what the file of a map that `write` makes ends with, as in
                        ".nii.gz"; NULL = a run asks for none */
    int64_t memory;  /* bytes that the reader holds beside its output once it has read, or
                       while it does, at most; 0 = next to nothing */
    int64_t n_kept; /* blocks that reading all of it finds in the cache, or makes there */
    const struct ana_blocks_key *kept;
};

/* One axis of an array in `data = FILES : VAR(axis=names, ...)`. Since: ABI 0.1. */
struct ana_array_axis {
    int32_t kind; /* ANA_AXIS_STIMULUS, TIME, TARGET, FEATURE, RUN */
    int32_t pad;
    const char *name;  /* as written */
    const char *names; /* the variable with its names or times, or NULL */
};

/* One variable of `data =`. Since: ABI 0.1. */
struct ana_array_var {
    const char *file; /* as resolved, for {FILE:VAR}; NULL = each of the source's files */
    const char *name; /* "R", "C.category_labels"; NULL = the file's only array */
    const char
        *cells; /* what stands in {...}: "1-3", "*", "order.mat:idx"; NULL = none */
    const char
        *times; /* the right factor of a matrix product, "W" in "R * W(...)", or NULL */
    int64_t n_axes; /* 0 = take the file's own order */
    struct ana_array_axis axis[ANA_MAX_DIMS];
};

/* Where a recording comes from. Since: ABI 0.1. */
struct ana_source {
    uint32_t size; /* sizeof (struct ana_source) */
    uint32_t flags;
    int64_t n_files;
    const char *const *files; /* resolved paths, in the order that was asked for */
    struct ana_array_var var;
    double rate;      /* "@ 128 Hz"; 0 = not given */
    const char *text; /* the whole value, for messages */
};

/* One thing that a file holds, for `inspect`. Since: ABI 0.1. */
struct ana_entry {
    uint32_t size;    /* sizeof (struct ana_entry) */
    int32_t dtype;    /* ANA_F64 ...; 0 = strings, or not an array */
    const char *name; /* as `data =` writes it: "R", "C.ids"; "" = the only array */
    const char *note; /* "cell array of 40", "strings", "complex: not read"; "" = none */
    int32_t ndim;
    int32_t pad;
    int64_t shape[ANA_MAX_DIMS];
    double rate; /* Hz along time, the first of one or two axes and the last of four, as
                    the file itself says; 0 = no time, or not said */
};

/* What a reader is like. Since: ABI 0.1. */
#define ANA_READER_RANDOM_ACCESS 1u /* any block at the price of its size */
#define ANA_READER_UNTRUSTED_LIB                                                         \
    2u /* wraps a library that is not safe on hostile files */
#define ANA_READER_SELF_DESCRIBING                                                       \
    4u /* its files say what their axes are: `data = FILES` is all of it */

/* A reader plugin. Every function returns a status. Since: ABI 0.1.
 *
 * probe     confidence 0..100 that it can read the source, from names [any]
 *           and the first 64 KiB; it is 0 on entry
 * open      make a recording from parameters and source. After a      [main thread]
 *           failure close is not called: it frees what it had made
 * describe  say what it is; info belongs to self                      [any]
 * read      rows [first, first + n) of one run and the chosen targets [worker, one
 *           (NULL = all n_targets of them) into out, float32 or       at a time]
 *           float64 as out says: n x targets, for EPOCHS n x times x targets.
 *           Its strides may be any; a missing value is NaN;
 *           what lies outside of what describe said is refused
 * write     scores in this file's own space, one a target; may be     [main thread]
 *           NULL. A failure leaves no file
 * close     free self; NULL is allowed                                [main thread]
 * list      what one file holds, without any `data =`; may be NULL.   [main thread]
 *           The caller ana_frees each name and note, then entries
 * labels    a variable of strings or numbers beside the data (a       [main thread]
 *           category a row, say) as n strings; may be NULL. The caller
 *           ana_frees each, then the list */
struct ana_reader_vt {
    uint32_t size;  /* sizeof (struct ana_reader_vt) */
    uint32_t flags; /* ANA_READER_... */
    int (*probe)(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence);
    int (*open)(struct ana_ctx *ctx, const struct ana_params *params,
                const struct ana_source *source, void **self);
    int (*describe)(struct ana_ctx *ctx, void *self, struct ana_recording_info *info);
    int (*read)(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out);
    int (*write)(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                 const char *path);
    void (*close)(struct ana_ctx *ctx, void *self);
    int (*list)(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries);
    int (*labels)(struct ana_ctx *ctx, void *self, const char *variable, int64_t *n,
                  char ***labels);
};

#ifdef __cplusplus
}
#endif
#endif
