/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_TAIL_H
#define ANA_NN_TAIL_H

#include <string.h>

#include <anaflow/nn.h>

#include "nn/kernels.h"

/* The activation, where no norm comes before it. */
static inline void ana_tail_act(const struct ana_nn_kernels *k,
                                const struct ana_nn_tail *tail, int64_t n, float *row)
{
    if (!tail->gain && tail->act != ANA_NN_NONE)
        k->activate(n, row, tail->act);
}

/* Columns [column, column + n) of one row of a product: scale, bias and residual, and
 * the activation where no norm comes before it. `row` is y's, `residual` the row of the
 * residual or NULL; both begin at that column. */
static inline void ana_tail_columns(const struct ana_nn_kernels *k,
                                    const struct ana_nn_tail *tail, int64_t column,
                                    int64_t n, const float *residual, float *row)
{
    if (tail->scale || tail->bias || residual)
        k->affine(n, row, tail->scale ? tail->scale + column : NULL,
                  tail->bias ? tail->bias + column : NULL, residual);
    ana_tail_act(k, tail, n, row);
}

/* Columns [column, column + n) of one row before a product that is to be added to it:
 * residual and bias, so that they cost no pass of their own where BLAS would clear the
 * row. 1 if there is something to add to; 0 and nothing done if not, or if a scale has to
 * come first: then ana_tail_columns does it all afterwards. */
static inline int ana_tail_begin(const struct ana_nn_kernels *k,
                                 const struct ana_nn_tail *tail, int64_t column,
                                 int64_t n, const float *residual, float *row)
{
    const float *bias = tail->bias ? tail->bias + column : NULL;

    if (tail->scale || (!bias && !residual))
        return 0;
    if (residual == row && tail->gain)
        return 1; /* ana_tail_row_after adds the bias, where the row is read anyway */
    if (residual != row)
        memcpy(row, residual ? residual : bias, (size_t)n * sizeof *row);
    if (residual && bias)
        k->affine(n, row, NULL, bias, NULL);
    return 1;
}

/* What needs the whole row of n columns: norm, then activation. */
static inline void ana_tail_row(const struct ana_nn_kernels *k,
                                const struct ana_nn_tail *tail, int64_t n, float *row)
{
    if (!tail->gain)
        return;
    k->layer_norm(n, row, tail->gain, tail->shift, tail->eps, row);
    if (tail->act != ANA_NN_NONE)
        k->activate(n, row, tail->act);
}

/* The same of a row that is its own residual, begun by ana_tail_begin. */
static inline void ana_tail_row_after(const struct ana_nn_kernels *k,
                                      const struct ana_nn_tail *tail, int64_t n,
                                      float *row)
{
    if (tail->bias)
        k->affine(n, row, NULL, tail->bias, NULL);
    ana_tail_row(k, tail, n, row);
}

#endif
