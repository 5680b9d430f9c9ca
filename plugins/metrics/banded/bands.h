/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDED_BANDS_H
#define BANDED_BANDS_H

#include "plugins/metrics/banded/low.h"
#include "plugins/metrics/lib/few.h"
#include "plugins/metrics/lib/split.h"

/* What banded ridge is told. A draw is a set of weights gamma, one a band, that add up to
 * 1: minimise |y - sum X_b w_b|^2 + sum alpha / gamma_b |w_b|^2, which is ridge with
 * penalty alpha on the features sqrt(gamma_b) X_b. */
struct bands {
    struct ana_ridge ridge; /* alphas, intercept, shared, loss */
    int64_t n_bands, n_draws;
    int64_t refine;              /* rounds of refinement after the draws */
    double *gamma;               /* n_draws x n_bands */
    const struct bands_low *low; /* removed from the bands first; NULL = nothing */
    struct ana_few_plan few;     /* by kernels: of how many penalties maps are made */
    int64_t most, solved;        /* and at most, and how many of them are solved */
    int32_t by_draw; /* 1 = all targets share each draw's alpha, not the draw */
    int32_t pad;
};

/* The matrices of one outer fold: its training rows above its test rows, the bands side by
 * side, standardised by the training rows, less their training means with an intercept.
 * Rows count 0 .. n - 1 for training, n .. n + m - 1 for test. */
struct bands_fold {
    const struct bands *bands;
    const struct ana_fold *fold;
    int64_t n, m, p;
    int64_t *start;  /* n_bands + 1: first column of each band */
    double *x;       /* (n + m) x p */
    double *mean;    /* p: what was subtracted from x */
    double **kernel; /* n_bands, n^2: X_b X_b' of the training rows, or NULL */
    int32_t large;   /* float32 products, as ridge from 1,000 rows on */
    int32_t pad;
};

/* Whether a large fold goes through kernels (n x n) rather than p x p sums. */
int bands_by_kernel(int64_t n, int64_t p);

/* Owns: the caller; release with `bands_fold_finish`, also after an error. */
int bands_fold_create(struct ana_ctx *ctx, const struct bands *bands,
                      const struct ana_problem *problem, int64_t fold,
                      struct bands_fold *out);
void bands_fold_finish(struct ana_ctx *ctx, struct bands_fold *fold);

/* What the search found for each target (t). */
struct bands_choice {
    int64_t *draw, *alpha; /* places in their lists */
    double *loss;
    char *flat; /* 1 = all penalties of that draw did alike; NULL = not asked */
};

/* Try every draw and every penalty on the inner folds and keep each target's best; a later
 * draw wins only if it is better by more than 1e-12 of the loss. y: n x t training targets.
 * mask: the bands that take part. Threads: uses all workers. */
int bands_search(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                 int64_t t, const double *y, struct bands_choice *choice);

/* The same for the draws from `first` on, beside what was best before. */
int bands_try(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
              int64_t first, int64_t t, const double *y, struct bands_choice *choice);

/* gamma of a draw over the bands of a mask, adding up to 1 again. */
void bands_gamma(const struct bands *bands, int64_t draw, uint32_t mask, double *gamma);

/* Fit all training rows with each target's choice: prediction (n_bands x m x t) of the
 * test rows by each band, less the training mean of y. weights: p x t, or NULL. */
int bands_predict(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                  int64_t t, const double *y, const struct bands_choice *choice,
                  double *prediction, double *weights);

#endif
