/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDED_RUN_H
#define BANDED_RUN_H

#include "plugins/metrics/banded/bands.h"

/* The metric's x side and one y on it. */
struct banded {
    const struct ana_problem *problem; /* with the spaces that are bands */
    struct bands_low low;
    struct bands bands;
    int32_t partition;
    int32_t weights;     /* 1 = hand out weights */
    int64_t predictions; /* > 0: hand predictions out, in arrays of so many rows a fold */
};
struct banded_y {
    const struct banded *banded;
    const struct ana_target *targets;
    int64_t n_targets;
    struct ana_tensor y; /* n_rows x t */
};

int bands_create(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, struct bands *bands);
void bands_finish(struct ana_ctx *ctx, struct bands *bands);

const struct ana_measure *bands_measures(int64_t *n);

/* Targets worked on at once: all, or as many as the memory allows where no target's choice
 * hangs on the others' (a shared alpha, refinement). Every block searches anew. */
int64_t bands_block(const struct banded *banded);

/* How many penalties' maps are made for each draw, so that the operations are known before
 * the features are. */
int bands_plan_maps(struct ana_ctx *ctx, struct banded *banded);

/* Bytes, operations and loops of the plan. */
void bands_plan(struct ana_ctx *ctx, const struct banded *banded,
                struct ana_metric_plan *plan);

/* Search, fit, score and hand out one outer fold, so many targets at once. */
int bands_run_fold(struct ana_ctx *ctx, const struct banded_y *y, int64_t k,
                   int64_t block, struct ana_out *out);

/* How the bands share a joint prediction, each number t long.
 *
 * part  n_bands x m x t, less the training mean (t);  y  m x t
 * R2    n_bands x t: sum (2 y yhat_b - yhat_b yhat) / sum y^2, all less their means over
 *       the test rows;  r  n_bands x t: cov(y, yhat_b) / (SD y SD yhat)
 * rest  t: what the mean of the prediction costs; the parts of R2 and it add up to R2 */
int bands_split(struct ana_ctx *ctx, int64_t n_bands, int64_t m, int64_t t,
                const double *part, const double *mean, const double *y, double *R2,
                double *r, double *rest);

/* R2 that each set S of bands adds and no smaller one: sum over subsets T of S of
 * (-1)^(|T| + 1) R2(others + T). whole: 2^n_bands x t by mask (row 0 is not read);
 * own: the same, row 0 untouched. */
void bands_partition(int64_t n_bands, int64_t t, const double *whole, double *own);

#endif
