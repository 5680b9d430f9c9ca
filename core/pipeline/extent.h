/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_EXTENT_H
#define ANA_PIPELINE_EXTENT_H

#include "pipeline/trace.h"

/* The part of time that one forward pass shows: the whole of what there is, silence
 * included, and the piece whose samples are wanted. What a run shows and what a plan
 * reckons with is decided here. Seconds from the stimulus' onset. */
struct ana_extent {
    double low, high; /* all that there is */
    double from, to;  /* samples centred here are wanted */
    double step;      /* of the pieces; 0 = one piece */
};

/* From where to where the traces need item i: at least its own length. Silence before and
 * after comes in steps of a quarter of a second, so that spaces whose delays differ by
 * less are shown the same and can share a pass, and yet none of them depends on which
 * others there are. The traces may have empty places. */
struct ana_extent ana_extent_whole(int64_t n_traces, struct ana_trace *const *traces,
                                   int64_t item, double duration);

/* The pieces in which a model is shown it, one after the other: long ones in chunks,
 * where the model is exact in chunks. `next` is 0 behind the last. */
void ana_extent_first(const struct ana_model_info *info, struct ana_extent *extent);
int ana_extent_next(struct ana_extent *extent);

/* The input [a, b) that the piece depends on. */
void ana_extent_input(const struct ana_model_info *info, const struct ana_extent *extent,
                      double *a, double *b);

/* Samples at `rate` in [a, b): the number of the first, and how many (>= 0). */
void ana_extent_samples(double rate, double a, double b, int64_t *first, int64_t *n);

#endif
