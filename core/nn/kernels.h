/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_KERNELS_H
#define ANA_NN_KERNELS_H

#include <stdint.h>

/* Elementwise work on one row of n float32 numbers, once in portable C and once more for
 * each instruction set that the compiler was given. Rows may start anywhere. Each set
 * gives the same numbers to rounding; NaN goes through. Threads: any. */
struct ana_nn_kernels {
    const char *name; /* "generic", "avx2", "avx512" */

    /* y = y * scale + bias + residual, each NULL where it is not wanted */
    void (*affine)(int64_t n, float *y, const float *scale, const float *bias,
                   const float *residual);
    /* y = act(y), act an ANA_NN_... of <anaflow/nn.h> */
    void (*activate)(int64_t n, float *y, int32_t act);
    /* y = (x - mean) / sqrt(var + eps) * gain + bias; y may be x */
    void (*layer_norm)(int64_t n, const float *x, const float *gain, const float *bias,
                       float eps, float *y);
    /* y = x / sqrt(mean of squares + eps) * gain; y may be x */
    void (*rms_norm)(int64_t n, const float *x, const float *gain, float eps, float *y);
    /* x = exp(x - max x); the return value is their sum */
    float (*exp_sum)(int64_t n, float *x);
    void (*multiply)(int64_t n, float *x, float factor);
    /* y = max(y, x); y = y + x */
    void (*maximum)(int64_t n, const float *x, float *y);
    void (*add)(int64_t n, const float *x, float *y);
    /* y[r][c] = act(sum_j x[r * step + j] w[j][c] + bias[c]), j < taps: rows of a
     * convolution that sees few numbers, w taps x n, bias NULL or n, rows of y `ldy`
     * apart */
    void (*few_taps)(int64_t rows, int64_t n, int64_t taps, const float *x, int64_t step,
                     const float *w, const float *bias, int32_t act, float *y,
                     int64_t ldy);
    /* y[c][r] = x[r][c] of rows x columns, rows of x and of y ldx and ldy apart */
    void (*turn)(int64_t rows, int64_t columns, const float *x, int64_t ldx, float *y,
                 int64_t ldy);
    /* y = a + factor b */
    void (*combine)(int64_t n, const float *a, const float *b, float factor, float *y);
    /* a + b, a - b and a + b added to the three rows of n at y */
    void (*spread)(int64_t n, const float *a, const float *b, float *y);
};

/* The best set for this processor; ANAFLOW_ISA=generic in the environment forces
 * portable C. */
const struct ana_nn_kernels *ana_nn_kernels(void);

/* All sets that this processor can run; the return value is their number. For tests. */
int ana_nn_kernel_sets(const struct ana_nn_kernels *sets[3]);

#endif
