/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The best layer that did not see its own score.
 */
#include "report/series_halves.h"

#include <math.h>

#include "report/escape.h"
#include "stats/halves.h"

enum { MOST_TARGETS = 100 }; /* that summary.json lists one by one */

/* Layers whose folds or targets differ in number cannot be compared fold by fold. */
static int comparable(const struct ana_series *series)
{
    const struct ana_score_block *first = series->points[0].block;

    for (int64_t i = 0; i < series->n; i++)
        if (series->points[i].block->n_folds != first->n_folds ||
            series->points[i].block->n_targets != first->n_targets)
            return 0;
    return series->n > 1;
}

static int choose(struct ana_ctx *ctx, const struct ana_series *series,
                  struct ana_halves *out, struct ana_halves_targets *targets)
{
    const double **layers = ana_alloc(ctx, series->n, sizeof *layers);
    double *depth = ana_alloc(ctx, series->n, sizeof *depth);
    const struct ana_score_block *first = series->n > 0 ? series->points[0].block : NULL;
    int rc = layers && depth ? 0 : ANA_ERESOURCE;

    *out = (struct ana_halves){.n_halvings = 0};
    for (int64_t i = 0; rc == 0 && i < series->n; i++) {
        layers[i] = series->points[i].block->by_fold;
        depth[i] = ana_series_depth(series, i);
    }
    if (rc == 0 && first && comparable(series))
        rc = ana_halves_choose(ctx, series->n, first->n_folds, first->n_targets, layers,
                               depth, out, targets);
    ana_free(ctx, (void *)layers);
    ana_free(ctx, depth);
    return rc;
}

static void add_targets(const struct ana_score_block *b,
                        const struct ana_halves_targets *t, json_t *object, int *failed)
{
    json_t *list = json_array();

    ana_json_set(object, "targets", list, failed);
    for (int64_t i = 0; i < b->n_targets; i++) {
        json_t *one = json_object();

        ana_json_name(one, "target",
                      b->targets        ? b->targets[i].name
                      : b->target_names ? b->target_names[i]
                                        : "",
                      failed);
        ana_json_real(one, "score", t->score[i], failed);
        ana_json_real(one, "relative_depth", t->depth[i], failed);
        ana_json_real(one, "relative_depth_p05", t->depth_p05[i], failed);
        ana_json_real(one, "relative_depth_p95", t->depth_p95[i], failed);
        ana_json_append(list, one, failed);
    }
}

int ana_series_halves_json(struct ana_ctx *ctx, const struct ana_series *series,
                           json_t *object, int *failed)
{
    const struct ana_score_block *b = series->points[0].block;
    double *room = ana_alloc(ctx, 4 * b->n_targets, sizeof *room);
    struct ana_halves_targets targets;
    struct ana_halves halves;
    int rc = room ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        targets = (struct ana_halves_targets){
            room, room + b->n_targets, room + 2 * b->n_targets, room + 3 * b->n_targets};
        rc = choose(ctx, series, &halves, b->n_targets <= MOST_TARGETS ? &targets : NULL);
    }
    if (rc == 0 && halves.n_halvings > 0) {
        json_t *one = json_object();

        ana_json_set(object, "on_other_half", one, failed);
        ana_json_real(one, "score", halves.score, failed);
        ana_json_real(one, "relative_depth", halves.depth, failed);
        ana_json_real(one, "relative_depth_p05", halves.depth_p05, failed);
        ana_json_real(one, "relative_depth_p95", halves.depth_p95, failed);
        ana_json_count(one, "n_halvings", halves.n_halvings, failed);
        if (b->n_targets <= MOST_TARGETS)
            add_targets(b, &targets, one, failed);
    }
    ana_free(ctx, room);
    return rc;
}

int ana_series_halves_words(struct ana_ctx *ctx, const struct ana_series *series,
                            struct ana_text *html)
{
    struct ana_halves halves;
    char score[32], depth[32], low[32], high[32];
    int rc = choose(ctx, series, &halves, NULL);

    if (rc != 0 || halves.n_halvings == 0 || isnan(halves.score))
        return rc;
    ana_text_add(
        html,
        " With each target's layer chosen on half of the splits and scored on the "
        "other half: %s, at relative depth %s (0 first layer, 1 last; 5 "
        "to 95 %% of %lld random halvings of the splits: %s to %s).",
        ana_show_score(halves.score, score), ana_show_score(halves.depth, depth),
        (long long)halves.n_halvings, ana_show_score(halves.depth_p05, low),
        ana_show_score(halves.depth_p95, high));
    return 0;
}
