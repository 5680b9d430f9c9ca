/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_WINDOWS_H
#define ANA_PIPELINE_WINDOWS_H

#include "pipeline/activations.h"

/* Which windows a stimulus is shown in. Numbers count samples (or frames) of the model's
 * input; all that there is lies in [low, high), and `zero` is where the grid begins: the
 * stimulus' onset, the first frame.
 *
 *   keep all     [zero + k S, + L) that lie inside; the whole where none does
 *   keep centre  the same, and one more that ends where the input does
 *   keep last    those that end at zero + k S, k = 1, 2, ..., with what there is of the L
 *                samples before: the first ones are shorter. `entire`: only those that
 *                are not, from the first that there is, whatever its k */
struct ana_windows {
    int64_t low, high, zero, length;
    double stride;
    int32_t keep;   /* ANA_KEEP_... */
    int32_t entire; /* `keep last`: 1 = of a model that takes one length only */
    int64_t align;  /* `keep centre`: the last one starts at a multiple of this */
};

/* Window number k = 0, 1, ...: [*first, *end); 0 behind the last. */
int ana_window_at(const struct ana_windows *windows, int64_t k, int64_t *first,
                  int64_t *end);

/* The samples [*from, *to) of window k that count (`keep centre`): each moment in the
 * window in which it is farthest from the ends. Others: all. */
void ana_window_kept(const struct ana_windows *windows, int64_t k, double *from,
                     double *to);

#endif
