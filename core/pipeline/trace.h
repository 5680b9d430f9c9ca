/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_TRACE_H
#define ANA_PIPELINE_TRACE_H

#include <anaflow/model.h>

#include "pipeline/components.h"
#include "signal/kernel.h"

/* A trace: one layer's activations over all stimuli, already reduced to what a
 * feature space needs, so that a layer of an hour is never held whole. Either
 * pooled (one row a stimulus) or on a recording's clock (one stretch a stimulus).
 * Only rows that can still change are added up (trace_fill.c); those before them go to x,
 * or to whoever takes them. */

#define ANA_REDUCE_NONE 0 /* samples on the clock */
#define ANA_REDUCE_TIME 1 /* mean over the samples centred inside the stimulus */
#define ANA_REDUCE_TIME_FREQUENCY 2 /* and over the units' frequency axis */

/* The samples of one stimulus that a recording asks for: sample k of the stretch
 * lies (first + k) / rate + start seconds after the stimulus' onset. */
struct ana_stretch {
    int64_t first; /* <= 0: delays reach back before the recording's sample 0 */
    int64_t n;
    double start; /* s from the onset to the recording's sample 0 */
};

struct ana_trace {
    int64_t layer;  /* of its model */
    int32_t reduce; /* ANA_REDUCE_... */
    int32_t slow;   /* 1 = the layer is slower than the clock: interpolated */
    int32_t spread; /* 1 = samples reach the clock through `on` */
    int32_t half;   /* 1 = rounded to float16, as it is kept */
    struct ana_kernel_on on;
    double rate; /* of the clock; 0 for pooled traces */
    int64_t n_items;
    const struct ana_stretch *stretch; /* n_items; NULL for pooled traces */
    int64_t features;                  /* F, after reduction and projection */
    int64_t unprojected;               /* F before a projection; 0 = there is none */
    struct ana_project *project;       /* while filling */
    int64_t fit;                /* stimulus set that it is a PCA of; -1 = at random */
    struct ana_project *fitted; /* that PCA, until it fills */
    struct ana_components *components; /* what samples are for where one is fitted */
    int64_t *offset;     /* n_items + 1: first row of each item in x; pooled: the item */
    struct ana_tensor x; /* rows x F float32, valid after `ana_trace_finish`; none where
                            rows are taken */
    struct ana_filling *filling; /* n_items, while filling */
    int (*take)(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n, const float *x);
    void *take_arg;
    double layer_rate;
    const struct ana_layer *info;
    const char *key; /* of its activations in the cache; NULL = they are not kept */
};

/* Work out a trace's shape; nothing is held yet. stretch is borrowed; NULL pools.
 * kernel: how samples come onto the clock; NULL = by averages or interpolation.
 * Errors: ANA_EPARAM where TIME_FREQUENCY meets a layer without a frequency axis, or a
 *         layer of words a clock without a kernel. */
int ana_trace_create(struct ana_ctx *ctx, const struct ana_layer *layer,
                     int64_t layer_index, int32_t reduce, int64_t n_items,
                     const struct ana_stretch *stretch, double rate,
                     const struct ana_kernel *kernel, struct ana_trace **out);

/* Project what has more than `project` features (0 = nothing) onto that many, at random,
 * as samples arrive; `half`: round every number to float16, which is how it is kept then,
 * so that a score does not depend on where its activations came from. Before
 * `ana_trace_begin`. */
void ana_trace_shrink(struct ana_trace *trace, int64_t project, int half);

/* What is added goes to `components` (the caller's) and is not kept: of every sample that
 * lies inside its stimulus. Instead of `ana_trace_begin`; one item at a time. */
void ana_trace_fit(struct ana_trace *trace, struct ana_components *components);

/* Hand finished rows row .. row + n - 1 (n x F) to `take` instead of keeping them in x: in
 * any order of rows and from any thread, each at most once; rows that never come are 0.
 * What `take` fails with is the trace's failure. NULL = x. Before `ana_trace_begin`. */
void ana_trace_take(struct ana_trace *trace,
                    int (*take)(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n,
                                const float *x),
                    void *arg);

/* Make room to be filled, empty. Errors: ANA_ERESOURCE. */
int ana_trace_begin(struct ana_ctx *ctx, struct ana_trace *trace);
void ana_trace_destroy(struct ana_ctx *ctx, struct ana_trace *trace);

/* Add n samples (n x units float32, C order) of an item, the first of them centred at
 * `time` s after its onset; `duration` is the stimulus' own. Threads: any, on distinct
 * items. Errors: ANA_EPLUGIN where a sample belongs to rows that are finished. */
int ana_trace_add(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item, double time,
                  double duration, int64_t n, const float *samples);

/* No sample of the item that still comes is centred before `time`: rows that none of them
 * can reach are finished. Errors: ANA_ENUMERIC where float16 cannot hold a number; those
 * of `take`. Threads: as `ana_trace_add`. */
int ana_trace_pass(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item,
                   double time);

/* All samples of the item have come: its rows are finished. */
int ana_trace_end(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item);

/* Forget what was added of an item that was not ended, which is shown again. */
void ana_trace_restart(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item);

/* End what is not ended and release what filling needed. A stretch's samples that the
 * model never reached are 0; a pooled item without samples is ANA_EDATA. */
int ana_trace_finish(struct ana_ctx *ctx, struct ana_trace *trace,
                     const char *const *ids);

/* Release what filling needed, and what came so far. */
void ana_trace_drop(struct ana_ctx *ctx, struct ana_trace *trace);

/* Bytes that rows of one item take while they are added up, where a pass gives samples of
 * up to `seconds` before rows are finished. */
int64_t ana_trace_filling_bytes(const struct ana_trace *trace, double seconds);

/* Bytes of its rows where they go to x instead of the cache, else 0. */
int64_t ana_trace_held_bytes(const struct ana_trace *trace);

#endif
