/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_TOOM_H
#define ANA_NN_TOOM_H

#include <anaflow/nn.h>

/* 1 if a convolution has what `ana_nn_toom` wants: three taps every second frame, one
 * group, and the weights of `ana_nn_conv1d_sums`. */
int ana_nn_toom_fits(const struct ana_nn_conv1d_layer *conv);

/* n outputs by seven products for three (toom.c), y's rows `out` apart; added to y where
 * `add`. x begins at the first output's window.
 * Errors: ANA_ERESOURCE. Threads: any, on distinct y. */
int ana_nn_toom(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv, int64_t n,
                const float *x, int add, float *y);

/* Operations of `ana_nn_toom` on n outputs. */
double ana_nn_toom_flops(const struct ana_nn_conv1d_layer *conv, int64_t n);

#endif
