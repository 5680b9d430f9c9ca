/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Choosing a layer on half of the folds and scoring it on the other half:
 *   l*(t, h) = argmax over layers of the median over folds in A_h of s[l, f, t]
 *   score(t, h) = median over folds in B_h of s[l*, f, t]
 * A_h holds floor(n / 2) folds of a shuffle, B_h the others.
 */
#include "stats/halves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/stats.h>

struct work {
    int64_t n_layers, n_folds, n_targets;
    const double *const *layers;
    const double *depth;
    double *values;         /* n_folds */
    double *score, *chosen; /* ANA_HALVINGS x n_targets */
};

/* Median over some folds of one layer and target. */
static double median_of(const struct work *w, int64_t layer, int64_t target, int64_t n,
                        const int64_t *folds)
{
    for (int64_t f = 0; f < n; f++)
        w->values[f] = w->layers[layer][folds[f] * w->n_targets + target];
    return ana_median(n, w->values);
}

static void choose(struct work *w, int64_t halving, const int64_t *order)
{
    const int64_t half = w->n_folds / 2;

    for (int64_t t = 0; t < w->n_targets; t++) {
        double *score = &w->score[halving * w->n_targets + t];
        double *depth = &w->chosen[halving * w->n_targets + t], best = (double)NAN;
        int64_t layer = -1;

        for (int64_t l = 0; l < w->n_layers; l++) {
            const double median = median_of(w, l, t, half, order);

            if (!isnan(median) && (layer < 0 || median > best)) {
                best = median;
                layer = l;
            }
        }
        *score = *depth = (double)NAN;
        if (layer < 0)
            continue;
        *score = median_of(w, layer, t, w->n_folds - half, order + half);
        *depth = isnan(*score) ? (double)NAN : w->depth[layer];
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* By linear interpolation between order statistics, as all quantiles here. NaN are left
 * out; `list` is sorted. */
static double quantile(int64_t n, double *list, double p)
{
    int64_t m = 0, below;
    double at;

    for (int64_t i = 0; i < n; i++)
        if (!isnan(list[i]))
            list[m++] = list[i];
    if (m == 0)
        return (double)NAN;
    qsort(list, (size_t)m, sizeof *list, ascending);
    at = p * (double)(m - 1);
    below = (int64_t)floor(at);
    return below + 1 < m
               ? list[below] + (at - (double)below) * (list[below + 1] - list[below])
               : list[m - 1];
}

static double middle(const double *values, int64_t n, int64_t stride, double p)
{
    double list[ANA_HALVINGS];

    for (int64_t i = 0; i < n; i++)
        list[i] = values[i * stride];
    return quantile(n, list, p);
}

static void summarise(const struct work *w, struct ana_halves *out,
                      struct ana_halves_targets *targets)
{
    double score[ANA_HALVINGS], depth[ANA_HALVINGS];
    const int64_t V = w->n_targets;

    for (int64_t h = 0; h < ANA_HALVINGS; h++) {
        score[h] = ana_median(V, w->score + h * V);
        depth[h] = ana_median(V, w->chosen + h * V);
    }
    out->score = middle(score, ANA_HALVINGS, 1, 0.5);
    out->depth = middle(depth, ANA_HALVINGS, 1, 0.5);
    out->depth_p05 = middle(depth, ANA_HALVINGS, 1, 0.05);
    out->depth_p95 = middle(depth, ANA_HALVINGS, 1, 0.95);
    for (int64_t t = 0; targets && t < V; t++) {
        targets->score[t] = middle(w->score + t, ANA_HALVINGS, V, 0.5);
        targets->depth[t] = middle(w->chosen + t, ANA_HALVINGS, V, 0.5);
        targets->depth_p05[t] = middle(w->chosen + t, ANA_HALVINGS, V, 0.05);
        targets->depth_p95[t] = middle(w->chosen + t, ANA_HALVINGS, V, 0.95);
    }
}

int ana_halves_choose(struct ana_ctx *ctx, int64_t n_layers, int64_t n_folds,
                      int64_t n_targets, const double *const *layers, const double *depth,
                      struct ana_halves *out, struct ana_halves_targets *targets)
{
    struct work w = {n_layers, n_folds, n_targets, layers, depth, NULL, NULL, NULL};
    int64_t *order;

    memset(out, 0, sizeof *out);
    if (n_layers < 2 || n_folds < 4 || n_targets < 1)
        return 0;
    order = ana_alloc(ctx, n_folds, sizeof *order);
    w.values = ana_alloc(ctx, n_folds, sizeof *w.values);
    w.score = ana_alloc(ctx, ANA_HALVINGS * n_targets, sizeof *w.score);
    w.chosen = ana_alloc(ctx, ANA_HALVINGS * n_targets, sizeof *w.chosen);
    if (order && w.values && w.score && w.chosen) {
        for (int64_t h = 0; h < ANA_HALVINGS; h++) {
            struct ana_rng rng = {
                .key = 0x68616c766573u, .index = (uint64_t)h, .used = 4};

            for (int64_t f = 0; f < n_folds; f++)
                order[f] = f;
            ana_rng_shuffle(&rng, n_folds, order);
            choose(&w, h, order);
        }
        summarise(&w, out, targets);
        out->n_halvings = ANA_HALVINGS;
    }
    ana_free(ctx, order);
    ana_free(ctx, w.values);
    ana_free(ctx, w.score);
    ana_free(ctx, w.chosen);
    return out->n_halvings > 0 ? 0 : ANA_ERESOURCE;
}
