/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SPACE_H
#define ANA_PIPELINE_SPACE_H

#include <anaflow/metric.h>

#define ANA_STANDARDISE_NONE 0
#define ANA_STANDARDISE_CENTRE 1
#define ANA_STANDARDISE_SCALE 2 /* centre, then divide by the population SD */

/* A feature space on a problem's rows: undelayed samples in stretches, one a group,
 * and where each row stands in them. A stretch is long enough that every delay of
 * every row falls inside it, so delays never cross groups. */
struct ana_space {
    char *name;
    int64_t n_rows;      /* T: rows of the problem */
    int64_t features;    /* F: columns of x */
    struct ana_tensor x; /* B x F float32, C order: all stretches, one after another */
    int64_t *base;       /* n_rows: the row of x that a row reads at delay 0 */
    int64_t n_delays;    /* D >= 1 */
    int64_t *delays;     /* in samples of x; positive = the past of x predicts y */
    int32_t standardise; /* ANA_STANDARDISE_... */
    int32_t lag_mode;    /* ANA_LAGS_... */
    int64_t n_windows;
    int64_t *windows; /* n_windows x 2: first and last delay */
    int64_t pca;      /* components of the undelayed features; 0 = none */
};

/* A space over samples that it shares (the tensor is referenced).
 *
 * x       B x F float32, C order; without data for a plan, which sees shapes alone
 * base    n_rows rows of x, copied; base - delay must lie in [0, B) for every delay
 * delays  n_delays >= 1, copied; {0} where there are none
 *
 * Owns:   the caller; release with `ana_space_destroy`.
 * Errors: ANA_EDATA at the first sample of x that is not finite; ANA_EPARAM where a
 *         delay leaves x; ANA_ERESOURCE. */
int ana_space_create(struct ana_ctx *ctx, const char *name, const struct ana_tensor *x,
                     int64_t n_rows, const int64_t *base, int64_t n_delays,
                     const int64_t *delays, int32_t standardise, int64_t pca,
                     struct ana_space **out);
/* Say how its delays are meant; windows are copied. Errors: ANA_ERESOURCE. */
int ana_space_set_lags(struct ana_ctx *ctx, struct ana_space *space, int32_t mode,
                       int64_t n_windows, const int64_t *windows);
void ana_space_destroy(struct ana_ctx *ctx, struct ana_space *space);

/* Whether LAPACK's 32-bit sizes hold the PCA of every fold, from shapes alone.
 * Errors: ANA_ERESOURCE. */
int ana_space_fits(struct ana_ctx *ctx, const struct ana_space *space, int64_t n_folds,
                   const struct ana_fold *folds);

#endif
