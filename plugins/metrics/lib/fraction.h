/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_FRACTION_H
#define METRICS_FRACTION_H

#include "plugins/metrics/lib/design.h"

/* Fractional ridge (Rokem & Kay 2020): the penalty is what makes the weights' norm a given
 * fraction of the least-squares weights' (of smallest norm), for each target its own.
 *
 *     |w(alpha)|^2 = sum (s b / (s^2 + alpha))^2 = fraction^2 sum (b / s)^2
 *
 * b   r x t, from `ana_design_project` */

/* alpha (t) for the fraction of each target, in (0, 1]; 0 for a fraction of 1, and for a
 * target whose weights are 0. To 1e-13 of the norm. Threads: any. */
void ana_fraction_alphas(const struct ana_design *design, int64_t t, const double *b,
                         const double *fraction, double *alpha);

/* `ana_loss_held_out` for fractions instead of penalties. */
int ana_loss_fractions(struct ana_ctx *ctx, const struct ana_design *design, int32_t loss,
                       int64_t n_fractions, const double *fractions, int64_t t,
                       const double *mean, const double *b, const double *y_test,
                       double *curve, int64_t *counted);

#endif
