/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_SIGNAL_LANCZOS_H
#define ANA_SIGNAL_LANCZOS_H

#include <anaflow/base.h>

/* From samples at any times (words) to a regular clock (scans), low-passed on the way, as
 * HuthLab's code does (LeBel et al. 2023):
 *
 *     out[j] = sum_i w(u_ij) x[i],   u_ij = (new_j - old_i) cutoff
 *     w(u) = sinc(u) sinc(u / lobes) for |u| <= lobes, else 0; sinc(u) = sin(pi u)/(pi u)
 *
 * cutoff in Hz, 1 / TR to keep all that scans can show. Weights are not normalised: words
 * that come denser give more.
 * x n x F at `old` (s, ascending); out m x F at `new_` (s).
 * Errors: none. Threads: any. */
void ana_lanczos(int64_t n, const double *old, int64_t F, const double *x, double cutoff,
                 double lobes, int64_t m, const double *new_, double *out);

#endif
