/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_TAIL_H
#define ANA_NN_TAIL_H

#include <anaflow/nn.h>

#include "nn/kernels.h"

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
    if (!tail->gain && tail->act != ANA_NN_NONE)
        k->activate(n, row, tail->act);
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

#endif
