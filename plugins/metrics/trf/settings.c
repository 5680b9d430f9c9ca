/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the INI file and the problem say of the metric trf: penalties in one convention, the
 * space that predicts and its rival, lags as views; everything that is known without
 * samples.
 */
#include <string.h>

#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/trf/trf.h"

static int read_alphas(struct ana_ctx *ctx, struct trf *trf)
{
    double *alphas;
    const int rc =
        ana_glue_penalties(ctx, trf->params, ana_param_text(trf->params, "lambda"),
                           trf->problem, &trf->ridge.n_alphas, &alphas);

    trf->ridge.alphas = alphas;
    return rc;
}

static int32_t choice_of(const struct ana_params *given, const char *name,
                         const char *const *choices, int32_t n)
{
    const char *text = ana_param_text(given, name);
    int32_t i = 0;

    while (i + 1 < n && strcmp(text, choices[i]) != 0)
        i++;
    return i;
}

/* The space that predicts, and the rival beside it. */
static int find_spaces(struct ana_ctx *ctx, struct trf *trf,
                       const struct ana_space **predicts)
{
    const struct ana_problem *problem = trf->problem;
    const char *rival = ana_param_text(trf->params, "rival");
    const size_t n = strlen(rival);

    *predicts = NULL;
    trf->rival = NULL;
    for (int64_t s = 0; s < problem->n_spaces; s++) {
        const char *name = ana_space_name(problem->spaces[s]);

        if (n > 0 && strncmp(name, rival, n) == 0 && (name[n] == 0 || name[n] == ','))
            trf->rival = problem->spaces[s];
        else if (*predicts)
            return ana_fail(ctx, ANA_EPARAM,
                            "trf takes one feature space, not several (%s and %s); join "
                            "them in one [features] section (from = a b)",
                            ana_space_name(*predicts), name);
        else
            *predicts = problem->spaces[s];
    }
    if (n > 0 && !trf->rival)
        return ana_fail(ctx, ANA_EPARAM,
                        "`rival = %s` is none of the spaces of x; write [compare] as "
                        "NAME = RESPONSE + %s -> ATTENDED",
                        rival, rival);
    if (!*predicts)
        return ana_fail(ctx, ANA_EPARAM,
                        "`rival` is the only space of x, and nothing is left to predict "
                        "from");
    if (trf->rival && strcmp(ana_param_text(trf->params, "direction"), "backward") != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "attention is decoded by a backward model: with `rival`, write "
                        "`direction = backward` too");
    return 0;
}

static int64_t place_of(const struct lagged *l, int64_t delay)
{
    int64_t i = 0;

    while (i < l->D && l->delays[i] < delay)
        i++;
    return i;
}

/* All lags, each lag, or each window. */
static int make_views(struct ana_ctx *ctx, struct trf *trf)
{
    const struct ana_lags *lags = &trf->lags;
    const struct lagged *l = &trf->lagged;

    trf->n_views = lags->mode == ANA_LAGS_EACH   ? l->D
                   : lags->mode == ANA_LAGS_TUNE ? lags->n_windows
                                                 : 1;
    trf->views = ana_alloc(ctx, trf->n_views, sizeof *trf->views);
    if (!trf->views)
        return ANA_ERESOURCE;
    for (int64_t v = 0; v < trf->n_views; v++)
        if (lags->mode == ANA_LAGS_EACH) {
            trf->views[v] = (struct trf_view){v, 1};
        } else if (lags->mode == ANA_LAGS_TUNE) {
            const int64_t first = place_of(l, lags->windows[2 * v]);

            trf->views[v] = (struct trf_view){
                first, place_of(l, lags->windows[2 * v + 1] + 1) - first};
        } else {
            trf->views[v] = (struct trf_view){0, l->D};
        }
    return 0;
}

static int check_folds(struct ana_ctx *ctx, const struct trf *trf)
{
    const struct ana_problem *problem = trf->problem;
    const int choose = trf->ridge.n_alphas > 1 || trf->mode == ANA_LAGS_TUNE;

    if (problem->n_folds < 1)
        return ana_fail(ctx, ANA_EPARAM, "trf needs folds; add a [folds] section");
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];

        if (fold->n_train < 2 || fold->n_test < 1)
            return ana_fail(ctx, ANA_EPARAM,
                            "fold %d of repeat %d has %lld training and %lld test rows; "
                            "trf needs at least 2 and 1",
                            (int)fold->index, (int)fold->repeat, (long long)fold->n_train,
                            (long long)fold->n_test);
        if (choose && (fold->inner != ANA_INNER_FOLDS || fold->n_inner < 1))
            return ana_fail(
                ctx, ANA_EPARAM,
                "trf chooses penalties and windows over inner folds, since neighbouring "
                "samples are alike; write their number into [folds] (inner = N), or "
                "give one alpha");
        for (int64_t j = 0; choose && j < fold->n_inner; j++)
            if (fold->inner_folds[j].n_train < 2 || fold->inner_folds[j].n_test < 1)
                return ana_fail(ctx, ANA_EPARAM,
                                "inner fold %lld has %lld training and %lld test rows; "
                                "lower `inner` in [folds]",
                                (long long)j, (long long)fold->inner_folds[j].n_train,
                                (long long)fold->inner_folds[j].n_test);
        if (choose) {
            const int rc = ana_split_check_single(ctx, fold, trf->ridge.loss);

            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

void trf_settings_finish(struct ana_ctx *ctx, struct trf *trf)
{
    lagged_sums_finish(ctx, &trf->total);
    lagged_finish(ctx, &trf->lagged);
    ana_free(ctx, (void *)(uintptr_t)trf->ridge.alphas);
    ana_free(ctx, trf->views);
    ana_free(ctx, trf->x);
    ana_free(ctx, trf->x_mean);
}

int trf_settings_read(struct ana_ctx *ctx, const struct ana_params *given,
                      const struct ana_problem *problem, struct trf *trf)
{
    static const char *const penalties[] = {"ridge", "tikhonov", "tikhonov-flat"};
    static const char *const losses[] = {"R2", "mse", "r"};
    const struct ana_space *space;
    int rc;

    *trf = (struct trf){.params = given, .problem = problem};
    trf->ridge.intercept = ana_param_bool(given, "intercept");
    trf->ridge.shared = strcmp(ana_param_text(given, "alpha"), "shared") == 0;
    trf->ridge.loss = choice_of(given, "inner_measure", losses, 3) + 1;
    trf->penalty = choice_of(given, "regularization", penalties, 3);
    trf->kernels = ana_param_bool(given, "kernels");
    rc = find_spaces(ctx, trf, &space);
    if (rc == 0)
        rc = read_alphas(ctx, trf);
    if (rc != 0)
        return rc;
    trf->lags.size = sizeof trf->lags;
    ana_space_lags(space, &trf->lags);
    trf->mode = trf->lags.mode;
    trf->columns = ana_space_columns(space);
    if (trf->columns == ANA_COLUMNS_MIXED)
        return ana_fail(
            ctx, ANA_EPARAM,
            "features %s declare `pca`, and trf works on lags of the features "
            "as they are; remove it, or use the metric ridge",
            ana_space_name(space));
    if (trf->lags.n_delays > INT32_MAX / trf->lags.features)
        return ana_fail(ctx, ANA_ERESOURCE,
                        "%lld lags of %lld features are more columns than LAPACK's "
                        "32-bit sizes hold (2147483647); use fewer of both",
                        (long long)trf->lags.n_delays, (long long)trf->lags.features);
    rc =
        lagged_create(ctx, trf->lags.n_samples, problem->n_rows, trf->lags.features, NULL,
                      trf->lags.base, trf->lags.n_delays, trf->lags.delays, &trf->lagged);
    if (rc == 0)
        rc = make_views(ctx, trf);
    return rc ? rc : check_folds(ctx, trf);
}
