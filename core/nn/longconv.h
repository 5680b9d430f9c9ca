/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_LONGCONV_H
#define ANA_NN_LONGCONV_H

#include <anaflow/nn.h>

/* Whether `ana_nn_longconv` can do a convolution: every frame, and with the weights of
 * `ana_nn_conv1d_spectrum`. */
int ana_nn_longconv_fits(const struct ana_nn_conv1d_layer *conv);

/* y = tail(conv(x)) of `items` sequences, of which i has frames first[i] .. first[i + 1]
 * of x; their outputs lie one behind the other, too. Norms of the tail are left to the
 * caller where there are several groups. Errors: ANA_ERESOURCE. Threads: any. */
int ana_nn_longconv(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t items, const int64_t *first, const float *x,
                    const struct ana_nn_tail *tail, float *y);

/* Operations of `ana_nn_longconv` on n frames that lie together. */
double ana_nn_longconv_flops(const struct ana_nn_conv1d_layer *conv, int64_t n);

#endif
