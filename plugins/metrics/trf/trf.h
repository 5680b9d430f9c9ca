/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_TRF_TRF_H
#define METRICS_TRF_TRF_H

#include "plugins/metrics/lib/split.h"
#include "plugins/metrics/trf/lagged.h"

/* The metric's settings, samples and ways, shared by its files. */

#define TRF_RIDGE 0
#define TRF_TIKHONOV 1 /* differences along the lags of each feature */
#define TRF_FLAT 2     /* differences along lag x feature, as mTRF-Toolbox and mTRFpy */
#define TRF_LOSS_R ANA_LOSS_R

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

/* From shapes alone: targets that are worked on together; columns of the widest view;
 * whether there is something to choose on inner folds; whether products with y are kept
 * for each group; whether held-out rows are scored by a root of their Gram matrix (else
 * one by one); what a training set keeps of them (TRF_HELD_... of set.h). */
int64_t trf_block(int64_t p, int64_t t);
int64_t trf_widest(const struct trf *trf);
int trf_has_choice(const struct trf *trf);
int trf_keeps_parts(const struct trf *trf, const struct ana_problem *problem, int64_t t);
int trf_takes_root(const struct trf *trf, const struct ana_problem *problem, int64_t t);
int32_t trf_holds(const struct trf *trf, const struct ana_problem *problem, int64_t t);

/* Rows from which losses are computed with float32 products; under them in float64. */
enum { TRF_MANY_ROWS = 1000 };

/* Everything of one recording: choices, fits, scores, arrays. */
int trf_run(struct ana_ctx *ctx, const struct trf_y *y, struct ana_out *out);
int64_t trf_pieces(const struct trf *trf, const struct ana_problem *problem);
double trf_run_bytes(const struct trf *trf, const struct ana_problem *problem, int64_t t,
                     int64_t workers);
double trf_run_flops(const struct trf *trf, const struct ana_problem *problem, int64_t t);
int64_t trf_n_scores(const struct trf *trf); /* of a target in a fold */
double trf_run_loops(const struct trf *trf, const struct ana_problem *problem, int64_t t);
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
