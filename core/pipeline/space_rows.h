/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SPACE_ROWS_H
#define ANA_PIPELINE_SPACE_ROWS_H

#include "pipeline/space.h"

/* Steps on the way from a space to a fold's matrices, large ones on all workers, with the
 * same bits on any number. Errors of all: ANA_ERESOURCE; ANA_ECANCEL; nothing is left in a
 * tensor `out` then. Threads: any. */

/* Where a delayed row's numbers come from: float32 samples, or their projections. */
struct ana_space_source {
    const float *x;  /* B x width, or NULL */
    const double *z; /* B x width, or NULL */
    int64_t width;
};

/* Lay the delayed copies of n rows (NULL = the first n) side by side: out, n x D*width. */
int ana_space_delay(struct ana_ctx *ctx, const struct ana_space *space,
                    const struct ana_space_source *from, int64_t n, const int64_t *rows,
                    double *out);

/* The same of its samples as float32, whose numbers these are: a matrix in float64 on the
 * way would be megabytes to fill and to read again. Owns: the caller owns out. */
int ana_space_copy(struct ana_ctx *ctx, const struct ana_space *space, int64_t n,
                   const int64_t *rows, struct ana_tensor *out);

/* Centre (and scale) the W columns of train and test by train's mean and population SD,
 * which are found in mean and sd (W each, 0 on entry). */
int ana_space_standardise(struct ana_ctx *ctx, int64_t n_train, int64_t n_test, int64_t W,
                          int scale, double *train, double *test, double *mean,
                          double *sd);

/* Hand a float64 matrix over as the type that was asked for; nothing is left in `from`.
 * Owns: the caller owns out. */
int ana_space_hand_over(struct ana_ctx *ctx, int32_t dtype, struct ana_tensor *from,
                        struct ana_tensor *out);

#endif
