/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scores relative to a named baseline (Li et al. 2023, who divide a network's score by
 * that of an acoustic-phonetic model). A quotient of two scores, no ceiling: it may be
 * larger than 1, and says nothing where the baseline explains nothing.
 */
#include "pipeline/relative.h"

#include <math.h>
#include <string.h>

static int same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-9;
}

static const struct ana_study_comparison *find_comparison(const struct ana_study *study,
                                                          const char *name)
{
    for (int64_t i = 0; i < study->n_comparisons; i++)
        if (strcmp(study->comparisons[i].name, name) == 0)
            return &study->comparisons[i];
    return NULL;
}

static int same_folds(const struct ana_score_block *a, const struct ana_score_block *b)
{
    if (a->n_folds != b->n_folds || a->n_targets != b->n_targets ||
        a->n_rows != b->n_rows || !a->fold_rows != !b->fold_rows)
        return 0;
    for (int64_t f = 0; a->fold_rows && f < a->n_folds; f++)
        if (a->fold_rows[f] != b->fold_rows[f])
            return 0;
    return 1;
}

/* The baseline's block for a block; *n counts how many there are. */
static const struct ana_score_block *find_baseline(const struct ana_gather *g,
                                                   int64_t n_blocks,
                                                   const struct ana_score_block *b,
                                                   const char *baseline, int64_t *n)
{
    const struct ana_score_block *found = NULL;

    *n = 0;
    for (int64_t i = 0; i < n_blocks; i++) {
        const struct ana_score_block *other = &g->blocks[i];

        if (strcmp(other->comparison, baseline) == 0 && other->brain == b->brain &&
            strcmp(other->metric, b->metric) == 0 &&
            strcmp(other->measure, b->measure) == 0 &&
            strcmp(other->part, b->part) == 0 && other->pooled == b->pooled &&
            (same(other->lag, b->lag) || isnan(other->lag))) {
            found = other;
            ++*n;
        }
    }
    return found;
}

/* Quotients of every fold and target, and their median over folds. */
static int divide(struct ana_ctx *ctx, struct ana_gather *g,
                  const struct ana_score_block *b, const struct ana_score_block *baseline,
                  struct ana_score_block *out)
{
    const int64_t rows = b->n_folds > 0 ? b->n_folds : 1, V = b->n_targets;
    double *by_fold = ana_arena_alloc(&g->arena, rows * V, sizeof *by_fold);
    double *score = ana_arena_alloc(&g->arena, V, sizeof *score);
    double *column = ana_alloc(ctx, rows, sizeof *column);
    const char *measure =
        ana_arena_format(&g->arena, "%s/%s", b->measure, baseline->comparison);
    const char *help = ana_arena_format(
        &g->arena,
        "%s divided by that of %s, for each target on the same folds; n/a where that is "
        "not above 0",
        b->measure, baseline->comparison);

    if (!by_fold || !score || !column || !measure || !help) {
        ana_free(ctx, column);
        return ANA_ERESOURCE;
    }
    for (int64_t v = 0; v < V; v++) {
        for (int64_t f = 0; f < rows; f++) {
            const double under = baseline->by_fold[f * V + v];

            column[f] = under > 0 ? b->by_fold[f * V + v] / under : (double)NAN;
            by_fold[f * V + v] = column[f];
        }
        score[v] = ana_median(rows, column);
    }
    ana_free(ctx, column);
    *out = *b;
    out->measure = measure;
    out->measure_help = help;
    out->by_fold = by_fold;
    out->score = score;
    out->primary = 0;
    out->ceiling = NULL;
    return 0;
}

static int add_relative(struct ana_ctx *ctx, struct ana_gather *g, int64_t n_blocks,
                        int64_t i, const char *baseline)
{
    int64_t n;
    const struct ana_score_block *under =
        find_baseline(g, n_blocks, &g->blocks[i], baseline, &n);
    struct ana_score_block made;
    int rc;

    if (n == 0)
        return 0;
    if (n > 1) {
        ana_warn(
            ctx,
            "relative_to: %s has %lld layers, and one is wanted to divide by; choose "
            "it with `layer` in [features]",
            baseline, (long long)n);
        return 0;
    }
    if (!same_folds(&g->blocks[i], under)) {
        ana_warn(ctx,
                 "relative_to: %s and %s were not scored on the same folds; nothing "
                 "is divided",
                 g->blocks[i].comparison, baseline);
        return 0;
    }
    rc = divide(ctx, g, &g->blocks[i], under, &made);
    if (rc == 0) {
        struct ana_score_block *grown =
            ana_arena_more(&g->arena, g->blocks, g->results.n_blocks, sizeof *g->blocks);

        if (!grown)
            return ANA_ERESOURCE;
        g->blocks = grown;
        grown[g->results.n_blocks++] = made;
    }
    return rc;
}

int ana_gather_relative(struct ana_ctx *ctx, struct ana_gather *g,
                        const struct ana_study *study)
{
    const int64_t n = g->results.n_blocks;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const struct ana_study_comparison *c =
            find_comparison(study, g->blocks[i].comparison);

        if (c && c->relative_to && !find_comparison(study, c->relative_to))
            ana_warn(ctx, "relative_to: %s was left out of this run; nothing is divided",
                     c->relative_to);
        else if (c && c->relative_to && !g->blocks[i].pooled && !g->blocks[i].part[0])
            rc = add_relative(ctx, g, n, i, c->relative_to);
    }
    return rc;
}
