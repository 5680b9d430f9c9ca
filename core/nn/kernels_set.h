/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_KERNELS_SET_H
#define ANA_NN_KERNELS_SET_H

/* What the files of one instruction set give each other. ANA_KERNELS is the name of its
 * table, which the names of its functions begin with. */
#include "nn/kernels.h"

#define ANA_JOINED(set, name) set##_##name
#define ANA_JOIN(set, name) ANA_JOINED(set, name)
#define ANA_KERNEL(name) ANA_JOIN(ANA_KERNELS, name)

extern const struct ana_nn_kernels ANA_KERNELS;

/* kernels_blocks.c; as in the table */
void ANA_KERNEL(few_taps)(int64_t rows, int64_t n, int64_t taps, const float *x,
                          int64_t step, const float *w, const float *bias, int32_t act,
                          float *y, int64_t ldy);
void ANA_KERNEL(turn)(int64_t rows, int64_t columns, const float *x, int64_t ldx,
                      float *y, int64_t ldy);

#endif
