/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_LOSSES_H
#define METRICS_TRF_LOSSES_H

#include "plugins/metrics/trf/set.h"

/* The losses of all penalties at once on the rows held out of a set, with float32
 * products. Room for views of up to q columns. */
struct trf_losses {
    int64_t q, A, t;
    float *factor;  /* q x q */
    float *root;    /* q x q, or NULL: rows are predicted */
    float *weights; /* q x (A t) */
    float *rows;    /* a block x q, and behind it the block x (A t) */
    double *sum;    /* A t means, squares and products of predictions; q places */
};

/* Owns: the caller; release with `trf_losses_finish`, also after an error. */
int trf_losses_create(struct ana_ctx *ctx, int64_t q, int64_t A, int64_t t, int root,
                      struct trf_losses *losses);
void trf_losses_finish(struct ana_ctx *ctx, struct trf_losses *losses);
double trf_losses_bytes(int64_t q, int64_t A, int64_t t, int root);

/* out: A x t. The set has just taken this fold with its test rows. */
int trf_losses_find(struct ana_ctx *ctx, struct trf_losses *losses,
                    const struct trf_set *set, const struct trf_view *view,
                    const struct ana_fold *fold, double *out);

/* Operations of one fold with m test rows and one view of q columns, besides solving. */
double trf_losses_flops(double q, double A, double t, double m, int root);

#endif
