/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of activations with weights. BLAS copies both factors into an order of its
 * own first, which for some hundred rows is a tenth of the time. Some kernels of OpenBLAS
 * do without where a product is small and neither factor is turned over: so weights are
 * turned here, some columns of y and a piece of their depth at a time, and stay in the
 * second cache while all rows pass by them.
 */
#include "nn/product.h"

#include <anaflow/linalg.h>

#include "base/context.h"
#include "linalg/blas.h"
#include "nn/kernels.h"

/* Columns of y, numbers of their depth at most, and rows a call that are worth it. How many
 * rows there are decides nothing: a clip of one frame is to have the bits that it has in a
 * batch. */
enum { COLUMNS = 64, DEPTH = 768, LEAST = 8 };

/* `in` cut into equal pieces of at most DEPTH, a multiple of 16 each. */
static int64_t piece(int64_t in)
{
    const int64_t pieces = (in + DEPTH - 1) / DEPTH, size = (in + pieces - 1) / pieces;

    return (size + 15) / 16 * 16;
}

static int multiply_rows(struct ana_ctx *ctx, int64_t n, int64_t depth, int64_t columns,
                         int64_t at_once, const float *x, int64_t ldx, const float *w,
                         int add, float *y, int64_t ldy)
{
    int rc = 0;

    for (int64_t r = 0; rc == 0 && r < n; r += at_once)
        rc = ana_gemm_f32(ctx, 0, 0, r + at_once < n ? at_once : n - r, columns, depth, 1,
                          x + r * ldx, ldx, w, columns, add, y + r * ldy, ldy);
    return rc;
}

int ana_nn_product(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out,
                   const float *x, int64_t ldx, const float *w, int64_t ldw, int add,
                   float *y, int64_t ldy)
{
    return ana_nn_product_by(ctx, ana_blas_direct(), n, in, out, x, ldx, w, ldw, add, y,
                             ldy);
}

int ana_nn_product_by(struct ana_ctx *ctx, int64_t direct, int64_t n, int64_t in,
                      int64_t out, const float *x, int64_t ldx, const float *w,
                      int64_t ldw, int add, float *y, int64_t ldy)
{
    const struct ana_nn_kernels *kernels = ana_nn_kernels();
    const int64_t depth = piece(in);
    const int64_t at_once = direct / COLUMNS / depth / 4 * 4;
    float *turned;
    int rc = 0;

    if (at_once < LEAST)
        return ana_gemm_f32(ctx, 0, 1, n, out, in, 1, x, ldx, w, ldw, add, y, ldy);
    turned = ana_alloc_unset(ctx, COLUMNS * depth, sizeof *turned);
    if (!turned)
        return ANA_ERESOURCE;
    for (int64_t k = 0; rc == 0 && k < in; k += depth)
        for (int64_t c = 0; rc == 0 && c < out; c += COLUMNS) {
            const int64_t columns = c + COLUMNS < out ? COLUMNS : out - c;
            const int64_t deep = k + depth < in ? depth : in - k;

            kernels->turn(columns, deep, w + c * ldw + k, ldw, turned, columns);
            rc = multiply_rows(ctx, n, deep, columns, at_once, x + k, ldx, turned,
                               add || k > 0, y + c, ldy);
        }
    ana_free(ctx, turned);
    return rc;
}
