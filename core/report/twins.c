/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Control networks of one kind, taken together.
 */
#include "report/twins.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Letters of the kind in "random 3"; 0 where a variant has no number. */
static size_t kind_length(const char *variant)
{
    const char *blank = variant ? strrchr(variant, ' ') : NULL;

    if (!blank || blank == variant || !isdigit((unsigned char)blank[1]))
        return 0;
    return strspn(blank + 1, "0123456789") == strlen(blank + 1)
               ? (size_t)(blank - variant)
               : 0;
}

static int equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int together(const struct ana_panel *panel, int64_t a, int64_t b)
{
    const struct ana_score_block *x = panel->series[a].points[0].block;
    const struct ana_score_block *y = panel->series[b].points[0].block;
    const size_t n = kind_length(x->variant);

    return n > 0 && n == kind_length(y->variant) && equal(x->model, y->model) &&
           equal(x->features, y->features) && equal(x->comparison, y->comparison) &&
           strncmp(x->variant, y->variant, n) == 0 &&
           panel->series[a].n == panel->series[b].n;
}

static int64_t count(const struct ana_panel *panel, int64_t s)
{
    int64_t n = 0;

    for (int64_t k = 0; k < panel->n_series; k++)
        n += together(panel, s, k);
    return n;
}

int64_t ana_twins_first(const struct ana_panel *panel, int64_t s)
{
    if (count(panel, s) < 2)
        return -1;
    for (int64_t k = 0; k < s; k++)
        if (together(panel, s, k))
            return k;
    return s;
}

int64_t ana_twins_at(const struct ana_panel *panel, int64_t first, int64_t i,
                     double *mean, double *low, double *high)
{
    double sum = 0;
    int64_t n = 0;

    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t k = first; k < panel->n_series; k++) {
        const double median = together(panel, first, k)
                                  ? panel->series[k].points[i].spread.median
                                  : (double)NAN;

        if (isnan(median))
            continue;
        sum += median;
        *low = fmin(*low, median);
        *high = fmax(*high, median);
        n++;
    }
    *mean = n > 0 ? sum / (double)n : (double)NAN;
    return n;
}

void ana_twins_label(const struct ana_panel *panel, int64_t first, char *out, size_t room)
{
    const struct ana_score_block *b = panel->series[first].points[0].block;

    snprintf(out, room, "%s, %lld %.*s", b->model, (long long)count(panel, first),
             (int)kind_length(b->variant), b->variant);
}
