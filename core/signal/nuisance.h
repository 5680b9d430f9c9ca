/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_NUISANCE_H
#define ANA_SIGNAL_NUISANCE_H

#include <anaflow/base.h>

/* What moves a recording and is no answer to a stimulus: drift, motion. Regressors are
 * columns over the n samples of one run; they are projected out of it together. */
struct ana_nuisance {
    int64_t n, k, room;
    double *column; /* k of them, each n, one after another */
};

/* Add polynomials of degree 0 .. degree (Legendre's on the run). Start with {.n = n}. */
int ana_nuisance_polynomials(struct ana_ctx *ctx, struct ana_nuisance *nuisance,
                             int degree);

/* Add the constant and cosines of periods longer than `period` s, cos(pi/n (t + .5) k),
 * k = 1 .. floor(2 n / (rate period)): a high-pass (as SPM and nilearn). */
int ana_nuisance_cosines(struct ana_ctx *ctx, struct ana_nuisance *nuisance, double rate,
                         double period);

/* Add a column of n values and the constant. */
int ana_nuisance_column(struct ana_ctx *ctx, struct ana_nuisance *nuisance,
                        const double *values);

/* Make the columns orthonormal (twice Gram-Schmidt, in order), dropping those that the
 * ones before them span to 1e-10; then ana_nuisance_remove takes them out of n x V values,
 * in place. Errors: ANA_EPARAM where no sample would be left. */
int ana_nuisance_finish(struct ana_ctx *ctx, struct ana_nuisance *nuisance);
int ana_nuisance_remove(struct ana_ctx *ctx, const struct ana_nuisance *nuisance,
                        int64_t V, double *x);
void ana_nuisance_destroy(struct ana_ctx *ctx, struct ana_nuisance *nuisance);

#endif
