/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_TRF_H
#define METRICS_TRF_TRF_H

#include "plugins/metrics/lib/split.h"
#include "plugins/metrics/trf/lagged.h"

/* The metric's settings, samples and ways, shared by its files. */

#define TRF_RIDGE 0
#define TRF_TIKHONOV 1 /* differences along the lags of each feature */
#define TRF_FLAT 2     /* differences along lag x feature, as mTRF-Toolbox and mTRFpy */
#define TRF_LOSS_R 3   /* 1 - r, beside ANA_LOSS_R2 and ANA_LOSS_MSE */

/* Consecutive lags that are fitted together: all of them, one, or a window. */
struct trf_view {
    int64_t first, m; /* places in `delays` */
};

struct trf {
    const struct ana_params *params;
    const struct ana_problem *problem;
    struct ana_ridge ridge; /* alphas as scikit-learn's, intercept, shared, loss */
    int32_t penalty;        /* TRF_... */
    int32_t columns;        /* ANA_COLUMNS_... */
    int32_t mode;           /* ANA_LAGS_... */
    int32_t kernels;
    int64_t n_views;
    struct trf_view *views;
    struct ana_lags lags;          /* of the space that predicts */
    const struct ana_space *rival; /* the stream that was not attended to, or NULL */
    double *x, *x_mean; /* samples less their mean over all (0 without an intercept) */
    struct lagged lagged;
    struct lagged_sums total; /* of all rows; t = 0 */
};

/* One recording: its values less their mean over all rows (0 without an intercept). */
struct trf_y {
    const struct trf *trf;
    const struct ana_y *about;
    int64_t t;
    double *y, *y_mean; /* n_rows x t, t */
};

/* Everything that is known without samples. Owns: the caller; `trf_settings_finish`, also
 * after an error. Errors: ANA_EPARAM in a sentence. */
int trf_settings_read(struct ana_ctx *ctx, const struct ana_params *given,
                      const struct ana_problem *problem, struct trf *trf);
void trf_settings_finish(struct ana_ctx *ctx, struct trf *trf);

/* Targets that are worked on together, whether there is something to choose on inner
 * folds, and whether products with y are kept for each group: from shapes alone. */
int64_t trf_block(int64_t p, int64_t t);
int trf_has_choice(const struct trf *trf);
int trf_keeps_parts(const struct trf *trf, const struct ana_problem *problem, int64_t t);

/* Sums over all rows and, where it pays, cross products and sums of y of each group. */
struct trf_total {
    struct lagged_sums all;   /* its gram and sum are borrowed */
    struct lagged_sums *part; /* n_groups, without gram; NULL = none */
    int64_t *size;            /* n_groups: rows */
};

/* A training set, centred and scaled, ready to be solved for any penalty. */
struct trf_set {
    const struct trf *trf;
    int64_t t;
    struct lagged_sums train, test; /* test: only where losses are wanted */
    double *shift, *scale;          /* p each */
    double *y_shift;                /* t */
    double *factor;                 /* room for p x p */
};

/* Sums over the training rows (places in the problem) and, with_test, over the test rows.
 * y: n_rows x t. Owns: the caller; release with `trf_set_finish`, also after an error. */
int trf_set_create(struct ana_ctx *ctx, const struct trf *trf,
                   const struct ana_fold *fold, int64_t t, const double *y,
                   const struct trf_total *total, int with_test, struct trf_set *out);
void trf_set_finish(struct ana_ctx *ctx, struct trf_set *set);
/* Most bytes of one, and operations beside solving. */
double trf_set_bytes(int64_t p, int64_t t, int with_test);

/* factor = the Cholesky factor of a view with a penalty (upper triangle, q x q). */
int trf_set_factor(struct ana_ctx *ctx, const struct trf_set *set,
                   const struct trf_view *view, double alpha);

/* Weights of a view per unit of x (m F x t), and the offset of each target (t). */
int trf_set_solve(struct ana_ctx *ctx, const struct trf_set *set,
                  const struct trf_view *view, double alpha, double *weights,
                  double *offset);

/* Loss of these weights on the test rows (t); NaN where a target is constant there.
 * spare: m F x t. */
int trf_set_loss(struct ana_ctx *ctx, const struct trf_set *set,
                 const struct trf_view *view, int32_t loss, const double *weights,
                 const double *offset, double *spare, double *out);

/* Sums over n rows of one target, its prediction, and their products. */
struct trf_moments {
    double n, prediction, square, product, y, y_square;
};
/* The loss; NaN where the target is constant (but for the squared error). */
double trf_loss(int32_t loss, const struct trf_moments *moments);

/* Losses of every penalty on a fold's test rows (n_alphas x t) by float32 products; the
 * set needs no test sums. */
int trf_set_losses(struct ana_ctx *ctx, const struct trf_set *set,
                   const struct trf_view *view, const struct ana_fold *fold,
                   const double *y, double *out);
double trf_losses_bytes(int64_t q, int64_t A, int64_t t);

/* Rows from which losses are computed so; under them in float64. */
enum { TRF_MANY_ROWS = 1000 };

/* What is chosen for a block of t targets in one outer fold. */
struct trf_choice {
    int64_t *alpha; /* n_views x t: places in alphas */
    int64_t *view;  /* t: which window; 0 but for ANA_LAGS_TUNE */
};

/* Everything of one recording: choices, fits, scores, arrays. */
int trf_run(struct ana_ctx *ctx, const struct trf_y *y, struct ana_out *out);
double trf_run_bytes(const struct trf *trf, const struct ana_problem *problem, int64_t t,
                     int64_t workers);
double trf_run_flops(const struct trf *trf, const struct ana_problem *problem, int64_t t);
const struct ana_measure *trf_measures(const struct trf *trf, int64_t *n);

/* Windows of the attended and of the other stream (attend.c). prediction: n_test x t of
 * fold k, in y's units up to a constant. */
struct attending;
int trf_attend_create(struct ana_ctx *ctx, const struct trf_y *y, struct attending **out);
int trf_attend_fold(struct ana_ctx *ctx, struct attending *attending, int64_t k,
                    const double *prediction);
int trf_attend_finish(struct ana_ctx *ctx, struct attending *attending,
                      struct ana_out *out);
void trf_attend_destroy(struct ana_ctx *ctx, struct attending *attending);

#endif
