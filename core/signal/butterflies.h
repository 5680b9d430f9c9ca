/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_BUTTERFLIES_H
#define ANA_SIGNAL_BUTTERFLIES_H

#include <stdint.h>

/* One pass of a self-sorting (Stockham) transform: all butterflies of one radix. */
struct ana_pass {
    int64_t radix;         /* R */
    int64_t groups;        /* M = what is left of the length after this pass */
    int64_t stride;        /* S = product of the radices before; R*M*S = n */
    const double *twiddle; /* M x pairs: exp(-2 pi i p k / (R*M)), k = 1 .. R-1 */
    const double
        *roots; /* R pairs: exp(-2 pi i k / R), for radices without their own code */
};

/* y[(p R + k) S + q] = twiddle[p][k] * sum_j x[(p + j M) S + q] exp(-2 pi i j k / R)
 * for p < M, q < S; x and y are n pairs, distinct. */
void ana_pass_run(const struct ana_pass *pass, const double *x, double *y);

/* The largest radix a pass takes. */
#define ANA_PASS_MOST 61

#endif
