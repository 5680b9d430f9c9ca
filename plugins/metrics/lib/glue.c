/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Encoding metrics where they meet the core.
 */
#include "plugins/metrics/lib/glue.h"

#include <anaflow/reader.h>
#include <stdlib.h>
#include <string.h>

int ana_glue_check(struct ana_ctx *ctx, const char *metric,
                   const struct ana_problem *problem)
{
    if (problem->n_spaces != 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s takes one feature space, not %lld; join them in one "
                        "[features] section (from = a b)",
                        metric, (long long)problem->n_spaces);
    if (problem->n_folds < 1)
        return ana_fail(ctx, ANA_EPARAM, "%s needs folds; add a [folds] section", metric);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int64_t ana_glue_sort(int64_t n, double *list)
{
    int64_t kept = 0;

    qsort(list, (size_t)n, sizeof *list, ascending);
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || list[i] > list[kept - 1])
            list[kept++] = list[i];
    return kept;
}

/* Stimuli or runs in a fold's training rows. */
static int64_t count_groups(const struct ana_problem *problem,
                            const struct ana_fold *fold)
{
    int64_t n = 0, last = -1;

    for (int64_t i = 0; i < fold->n_train; i++) {
        const int64_t group = problem->group[fold->train[i]];

        n += group != last;
        last = group;
    }
    return n;
}

/* What a penalty of another program is multiplied by to be scikit-learn's. */
static int find_factor(struct ana_ctx *ctx, const char *convention,
                       const struct ana_problem *problem, double *factor)
{
    *factor = 1;
    if (strncmp(convention, "mtrf", 4) != 0)
        return 0;
    if (!(problem->rate > 0))
        return ana_fail(
            ctx, ANA_EPARAM,
            "`lambda = %s` multiplies by the sampling rate, and these rows are "
            "not samples over time; leave it out",
            convention);
    *factor = problem->rate;
    if (strcmp(convention, "mtrfpy") != 0)
        return 0;
    for (int64_t k = 1; k < problem->n_folds; k++)
        if (count_groups(problem, &problem->folds[k]) !=
            count_groups(problem, &problem->folds[0]))
            return ana_fail(
                ctx, ANA_EPARAM,
                "`lambda = mtrfpy` multiplies by the number of training trials, "
                "and fold %lld has %lld where the first has %lld; use mtrf",
                (long long)k, (long long)count_groups(problem, &problem->folds[k]),
                (long long)count_groups(problem, &problem->folds[0]));
    *factor *= (double)count_groups(problem, &problem->folds[0]);
    return 0;
}

int ana_glue_penalties(struct ana_ctx *ctx, const struct ana_params *given,
                       const char *convention, const struct ana_problem *problem,
                       int64_t *n, double **alphas)
{
    const char *whose = convention ? convention : "sklearn";
    const int squared = strcmp(whose, "huth") == 0 || strcmp(whose, "normalised") == 0;
    const double *list = ana_param_list(given, "alphas", n);
    double factor, *own = *alphas = ana_alloc(ctx, *n, sizeof *own);
    int rc;

    if (!own)
        return ANA_ERESOURCE;
    if (*n < 1)
        return ana_fail(ctx, ANA_EPARAM, "`alphas` is empty; give at least one penalty");
    rc = find_factor(ctx, whose, problem, &factor);
    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < *n; i++)
        own[i] = factor * list[i] * (squared ? list[i] : 1);
    *n = ana_glue_sort(*n, own);
    return 0;
}

int ana_glue_finite(struct ana_ctx *ctx, const struct ana_target *targets,
                    const struct ana_tile *tile)
{
    const int64_t at = ana_tensor_find_nonfinite(&tile->y, NULL), t = tile->y.shape[1];
    const struct ana_target *target;

    if (at < 0)
        return 0;
    target = targets ? &targets[tile->first + at % t] : NULL;
    return ana_fail(
        ctx, ANA_ENUMERIC,
        "row %lld of target %lld (%s) is not finite; repair the recording or say "
        "what to do with `nan =`",
        (long long)(at / t), (long long)(tile->first + at % t),
        target && target->name ? target->name : "unnamed");
}

int ana_glue_take(struct ana_ctx *ctx, const struct ana_target *targets,
                  int64_t n_targets, const struct ana_tile *tile, struct ana_tensor *y)
{
    int rc = ana_glue_finite(ctx, targets, tile);

    if (rc != 0)
        return rc;
    if (tile->y.shape[1] != n_targets || y->data)
        return ana_fail(ctx, ANA_ESHAPE,
                        "the plan asked for all %lld targets at once, a tile has %lld",
                        (long long)n_targets, (long long)tile->y.shape[1]);
    if (!tile->y.owner)
        return ana_tensor_convert(ctx, &tile->y, ANA_F64, y);
    ana_tensor_ref(&tile->y, y);
    return 0;
}

/* Folds from `first` on, for a parallel loop. */
struct batch {
    int (*work)(struct ana_ctx *ctx, void *arg, int64_t fold);
    void *arg;
    int64_t first;
};

static int run_one(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct batch *batch = arg;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    ana_context_push(ctx, "fold %lld", (long long)(batch->first + i));
    rc = batch->work(ctx, batch->arg, batch->first + i);
    ana_context_pop(ctx);
    return rc;
}

int ana_glue_folds(struct ana_ctx *ctx, int64_t n, int64_t at_once,
                   int (*work)(struct ana_ctx *ctx, void *arg, int64_t fold), void *arg)
{
    struct batch batch = {work, arg, 0};
    int rc = 0;

    if (at_once >= ana_workers(ctx))
        at_once = n; /* no more run at once than there are workers */
    for (; rc == 0 && batch.first < n; batch.first += at_once) {
        const int64_t left = n - batch.first;

        rc = ana_parallel_for(ctx, left < at_once ? left : at_once, run_one, &batch);
    }
    return rc;
}

int ana_glue_state(struct ana_ctx *ctx, struct ana_out *out)
{
    return ana_out_note(ctx, out,
                        "r2 = max(r, 0)^2; constant prediction: r = 0; constant "
                        "target: n/a");
}
