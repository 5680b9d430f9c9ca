/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The grid of windows.
 */
#include "pipeline/windows.h"

#include <math.h>

/* The first k whose place on the grid is not before `low`. */
static int64_t first_step(const struct ana_windows *w)
{
    const int64_t low = w->low + (w->entire ? w->length : 0);
    const int64_t k = (int64_t)ceil((double)(low - w->zero) / w->stride - 1e-9);

    return w->keep == ANA_KEEP_LAST && !w->entire &&
                   w->zero + llround((double)k * w->stride) <= w->low
               ? k + 1
               : k;
}

static int64_t place(const struct ana_windows *w, int64_t k)
{
    return w->zero + llround((double)(first_step(w) + k) * w->stride);
}

/* Windows of `keep centre` and `keep all` that lie inside. */
static int64_t count_whole(const struct ana_windows *w)
{
    int64_t n;

    if (w->high - w->low < w->length)
        return 0;
    n = (int64_t)((double)(w->high - w->length - place(w, 0)) / w->stride) + 2;
    while (n > 0 && place(w, n - 1) + w->length > w->high)
        n--;
    return n;
}

int ana_window_at(const struct ana_windows *w, int64_t k, int64_t *first, int64_t *end)
{
    const int64_t whole = w->keep == ANA_KEEP_LAST ? 0 : count_whole(w);

    if (w->keep == ANA_KEEP_LAST) {
        *end = place(w, k);
        *first = *end - w->length > w->low ? *end - w->length : w->low;
        return *end <= w->high;
    }
    if (whole == 0) {
        *first = w->low;
        *end = w->high;
        return k == 0;
    }
    *first = place(w, k);
    *end = *first + w->length;
    if (k < whole || w->keep == ANA_KEEP_ALL)
        return k < whole;
    if (k > whole || place(w, whole - 1) + w->length >= w->high)
        return 0;
    *first = w->high - w->length - w->zero;
    *first = w->zero + (*first + w->align - 1) / w->align * w->align;
    *end = w->high;
    return *first < *end;
}

void ana_window_kept(const struct ana_windows *w, int64_t k, double *from, double *to)
{
    int64_t a, b, c, d;

    *from = -(double)INFINITY;
    *to = (double)INFINITY;
    if (w->keep != ANA_KEEP_CENTRE || !ana_window_at(w, k, &a, &b))
        return;
    if (k > 0 && ana_window_at(w, k - 1, &c, &d))
        *from = (double)(a + d) / 2;
    if (ana_window_at(w, k + 1, &c, &d))
        *to = (double)(c + b) / 2;
}
