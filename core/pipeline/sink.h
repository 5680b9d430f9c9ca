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

/* Where the samples of one item of one forward call go. */
struct ana_sink {
    const struct ana_model_info *info;
    const uint8_t *wanted;
    const char *id;  /* of the stimulus */
    double start;    /* s from its onset to the input's first sample */
    double from, to; /* s: only samples centred in [from, to) count */
    double duration; /* s, of the stimulus */
    int64_t item;    /* the traces' item */
    int64_t n_traces;
    struct ana_trace *const *traces; /* NULL places are passed over */
    struct ana_frames *frames;       /* or NULL */
};

#endif
