/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_PRODUCT_H
#define ANA_NN_PRODUCT_H

#include <anaflow/base.h>

/* y = x w', added to y where `add`: n rows of `in` numbers x and of `out` numbers y, out
 * rows of w; each with its distance between rows. By one thread, in whatever pieces BLAS
 * is fastest on; a row's bits do not depend on those beside it where `out` is a multiple
 * of 4 and BLAS takes small products directly. Errors: ANA_ERESOURCE. Threads: any, on distinct y. */
int ana_nn_product(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out,
                   const float *x, int64_t ldx, const float *w, int64_t ldw, int add,
                   float *y, int64_t ldy);

/* The same as on a BLAS whose `ana_blas_direct` is `direct`; apart so that tests reach
 * it. */
int ana_nn_product_by(struct ana_ctx *ctx, int64_t direct, int64_t n, int64_t in,
                      int64_t out, const float *x, int64_t ldx, const float *w,
                      int64_t ldw, int add, float *y, int64_t ldy);

#endif
