/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SINK_H
#define ANA_PIPELINE_SINK_H

#include "pipeline/trace.h"

/* Frames of one layer of one item, kept as the input of another model. */
struct ana_frames {
    int64_t layer, units;
    double from, to; /* s: only frames centred in [from, to) are kept */
    double time;     /* s: centre of the first frame kept */
    int64_t n;
    float *x; /* n x units */
};

/* Where the samples of one forward call go, by item. */
struct ana_sink_item {
    const char *id;  /* of the stimulus */
    double start;    /* s from its onset to the input's first sample */
    double from, to; /* s: only samples centred in [from, to) count */
    double duration; /* s, of the stimulus */
    double moment;   /* s: when a sample without a time of its own counts */
    int64_t item;    /* the traces' item */
    int64_t n_words; /* of the stimulus: sample i of a layer of words lies at word i */
    const struct ana_word *words;
};

/* What has come of one layer of one stimulus. */
struct ana_coverage {
    int64_t n;
    double low, high; /* s: centres of the earliest and the latest sample */
};

struct ana_held; /* samples that wait for their turn */

struct ana_sink {
    const struct ana_model_info *info;
    const struct ana_layer
        *own; /* the layers as the plugin describes them; NULL: info's */
    const uint8_t *wanted;
    int64_t n_items;
    const struct ana_sink_item *items;
    int64_t n_traces;
    struct ana_trace *const *traces; /* NULL places are passed over */
    struct ana_frames *frames;       /* or NULL */
    struct ana_coverage *coverage;   /* n_items (1 of windows) x n_layers, or NULL */
    int32_t windows;        /* 1: items are windows, and may be of one stimulus */
    int32_t last;           /* 1: only the last sample of each item counts */
    struct ana_held **held; /* n_items x n_layers */
    /* Takes everything as it was emitted, unchecked, instead of all the above; or NULL. */
    int (*take)(struct ana_ctx *ctx, void *arg, int64_t item, int64_t layer,
                int64_t first, const struct ana_tensor *samples);
    void *take_arg;
};

/* Windows of one stimulus go to one place, in any order and from several threads: a sink
 * with `windows` holds them back until the call is over, then hands them on in order. */
int ana_sink_begin(struct ana_ctx *ctx, struct ana_sink *sink);

/* Whether each wanted layer with a rate gave each of an item's samples once up to `end` s, where
 * a last few may be missing: a layer that sees start s around its samples ends that much
 * earlier. Needs `coverage`. Errors: ANA_EPLUGIN. */
int ana_sink_covered(struct ana_ctx *ctx, const struct ana_sink *sink, int64_t item,
                     double end);
int ana_sink_end(struct ana_ctx *ctx, struct ana_sink *sink, int rc);

#endif
