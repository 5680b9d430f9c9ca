/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What comparisons with the same rows would do: can every model be shown every stimulus,
 * are the folds possible, does each metric take the problem, does it fit into memory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/examine_parts.h"

static int note(struct ana_examination *e, int rc)
{
    return rc ? ana_study_note(e->ctx, e->study, rc) : 0;
}

/* The stimuli of a class, as one batch without samples, for `cost`. */
static int ask_cost(struct ana_examination *e, const struct ana_class *c,
                    struct ana_opened_model *model)
{
    const struct ana_stimuli *stimuli = e->opened.stimuli[c->stimuli];
    struct ana_input *item = ana_alloc(e->ctx, c->rows->n_groups, sizeof *item);
    uint8_t *wanted = ana_alloc(e->ctx, model->info.n_layers, 1);
    const struct ana_batch batch = {
        .size = sizeof batch, .n = c->rows->n_groups, .item = item};
    struct ana_model_cost cost = {.size = sizeof cost};
    int rc = ANA_ERESOURCE;

    if (item && wanted) {
        for (int64_t g = 0; g < batch.n; g++) {
            item[g].size = sizeof *item;
            item[g].stimulus = &stimuli->item[c->rows->item[g]];
        }
        rc = ana_layers_select(e->ctx, &model->info, model->study->layers, wanted);
        if (rc == 0)
            rc = model->vt->cost(e->ctx, model->self, &batch, wanted, &cost);
    }
    ana_free(e->ctx, item);
    ana_free(e->ctx, wanted);
    return rc;
}

/* Every stimulus must have what the model takes: a sound, words, an image; for
 * activations computed elsewhere, its name among theirs. */
static int check_shown(struct ana_examination *e, const struct ana_class *c,
                       struct ana_opened_model *model)
{
    static const char *const kinds[] = {"", "sound", "words", "image"};
    const int32_t input = model->info.input;
    const char **lacking;
    int64_t n = 0;
    char *list;
    int rc = 0;

    if (input == ANA_INPUT_NONE)
        return ask_cost(e, c, model);
    if (input < ANA_INPUT_AUDIO || input > ANA_INPUT_IMAGE)
        return 0;
    lacking = ana_alloc(e->ctx, c->rows->n_groups, sizeof *lacking);
    if (!lacking)
        return ANA_ERESOURCE;
    for (int64_t g = 0; g < c->rows->n_groups; g++) {
        const struct ana_stimulus *s =
            &e->opened.stimuli[c->stimuli]->item[c->rows->item[g]];

        if (input == ANA_INPUT_AUDIO   ? s->audio_rate <= 0
            : input == ANA_INPUT_IMAGE ? !s->image_path
                                       : s->n_words == 0)
            lacking[n++] = s->id;
    }
    list = n > 0 ? ana_text_list(lacking, n, 5) : NULL;
    if (n > 0)
        rc = ana_fail(e->ctx, ANA_EDATA,
                      "the model takes %s and %lld of the stimuli have none: %s",
                      kinds[input], (long long)n, list ? list : "");
    free(list);
    ana_free(e->ctx, (void *)lacking);
    return rc;
}

/* Models are used again by other spaces and classes; each is asked once a class. */
static int check_models(struct ana_examination *e, const struct ana_class *c)
{
    uint8_t *used = ana_alloc(e->ctx, e->study->n_models, 1);
    int rc = used ? 0 : ANA_ERESOURCE;

    for (int64_t f = 0; rc == 0 && f < e->study->n_features; f++)
        for (int64_t v = 0; c->features[f] && v < c->features[f]->n_variants; v++)
            if (c->features[f]->variants[v].model >= 0)
                used[c->features[f]->variants[v].model] = 1;
    for (int64_t m = 0; rc == 0 && m < e->study->n_models; m++) {
        struct ana_opened_model *model = &e->opened.models[m];

        if (!used[m])
            continue;
        while (model->input) /* the stimulus is shown to the first of a chain */
            model = model->input;
        ana_context_push(e->ctx, "%s: model %s", model->study->place.where,
                         model->study->name);
        rc = check_shown(e, c, model);
        ana_context_pop(e->ctx);
        rc = note(e, rc);
    }
    ana_free(e->ctx, used);
    return rc;
}

/* A recording on the left has to have a unit for each row. */
static int check_bound(struct ana_examination *e, const struct ana_class *c,
                       const struct ana_features *f)
{
    int64_t *unit = ana_alloc(e->ctx, c->rows->n_groups, sizeof *unit);
    int32_t by_order;
    int rc = unit ? 0 : ANA_ERESOURCE;

    ana_context_push(e->ctx, "%s: features %s", f->study->place.where, f->study->name);
    for (int64_t v = 0; rc == 0 && v < f->n_variants; v++)
        if (f->variants[v].model < 0)
            rc = note(e, ana_features_bind(e->ctx, &e->opened, f, &f->variants[v], unit,
                                           &by_order));
    ana_context_pop(e->ctx);
    ana_free(e->ctx, unit);
    return rc;
}

static int make_spaces(struct ana_examination *e, struct ana_class *c)
{
    int rc = 0;

    for (int64_t m = 0; m < c->n_members; m++) {
        const struct ana_study_comparison *comparison =
            &e->study->comparisons[c->comparison[m]];

        for (int64_t x = 0; rc == 0 && x < comparison->n_x; x++) {
            struct ana_features **f = &c->features[comparison->x[x]];
            int before = *f != NULL;

            if (!before)
                rc = note(e, ana_features_create(e->ctx, &e->opened, comparison->x[x],
                                                 c->rows, c->stimuli, f));
            if (rc != 0 || before || !*f)
                continue;
            ana_features_shape(&e->opened, *f);
            rc = check_bound(e, c, *f);
        }
    }
    return rc;
}

/* A metric's plan for one choice of variants. */
static int plan_task(struct ana_examination *e, const struct ana_class *c, int64_t member,
                     const struct ana_features *const *features, const int64_t *variant)
{
    const struct ana_study_comparison *comparison =
        &e->study->comparisons[c->comparison[member]];
    struct ana_task_y y = {.comparison = c->comparison[member],
                           .recording = comparison->y,
                           .rows = c->member_rows[member],
                           .wanted = 1};
    struct ana_task task = {.metric = &e->study->metrics[comparison->metric],
                            .n_features = comparison->n_x,
                            .features = features,
                            .variant = variant,
                            .rows = c->rows,
                            .folds = c->folds,
                            .n_y = 1,
                            .y = &y};
    int rc;

    ana_context_push(e->ctx, "%s: comparison %s", comparison->place.where,
                     comparison->name);
    rc = ana_task_plan(e->ctx, &e->opened, &task,
                       e->memory - ana_class_bytes(&e->opened, c) +
                           ana_task_x_bytes(&task));
    ana_context_pop(e->ctx);
    ana_task_finish(e->ctx, &task);
    return rc;
}

/* The variants of a comparison one after the other, up to the first that fails: the
 * others would fail for the same reason. */
static int plan_comparison(struct ana_examination *e, const struct ana_class *c,
                           int64_t member)
{
    const struct ana_study_comparison *comparison =
        &e->study->comparisons[c->comparison[member]];
    const struct ana_features **features =
        ana_alloc(e->ctx, comparison->n_x, sizeof *features);
    int64_t *variant = ana_alloc(e->ctx, comparison->n_x, sizeof *variant), x = 0;
    int rc = features && variant ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < comparison->n_x; i++) {
        features[i] = c->features[comparison->x[i]];
        if (!features[i]) /* reported already */
            x = -1;
    }
    while (rc == 0 && x >= 0) {
        rc = plan_task(e, c, member, features, variant);
        for (x = comparison->n_x - 1; x >= 0; x--) {
            if (++variant[x] < features[x]->n_variants)
                break;
            variant[x] = 0;
        }
    }
    ana_free(e->ctx, (void *)features);
    ana_free(e->ctx, variant);
    return note(e, rc);
}

/* Test parts of a single row have no score, and a run says so at its end. */
static void warn_single(const struct ana_examination *e, const struct ana_class *c)
{
    const int32_t scores_rows = ANA_METRIC_NEEDS_FOLDS | ANA_METRIC_PER_TARGET;
    int64_t single = 0, m = 0;

    while (m < c->n_members &&
           (e->study->metrics[e->study->comparisons[c->comparison[m]].metric]
                .plugin->metric->flags &
            scores_rows) != scores_rows)
        m++;
    for (int64_t k = 0; m < c->n_members && k < c->folds->n; k++)
        single += c->folds->fold[k].n_test == 1;
    if (single > 0)
        ana_warn(
            e->ctx,
            "%s: %lld of %lld splits test a single row, of which there is no r, r2 or "
            "R2; make fewer folds",
            e->study->comparisons[c->comparison[m]].name, (long long)single,
            (long long)c->folds->n);
}

int ana_examine_class(struct ana_examination *e, struct ana_class *c)
{
    int rc = make_spaces(e, c), fits;

    if (rc == 0)
        rc = check_models(e, c);
    if (rc == 0 && !ana_section_faulty(e->study, "folds", ""))
        rc = note(e, ana_class_folds(e->ctx, &e->opened, c));
    if (rc != 0)
        return rc;
    ana_context_push(e->ctx, "%s: comparison %s",
                     e->study->comparisons[c->comparison[0]].place.where,
                     e->study->comparisons[c->comparison[0]].name);
    fits = ana_class_fits(e->ctx, &e->opened, c, e->memory);
    ana_context_pop(e->ctx);
    rc = note(e, fits);
    if (c->folds)
        warn_single(e, c);
    for (int64_t m = 0; rc == 0 && fits == 0 && c->folds && m < c->n_members; m++)
        rc = plan_comparison(e, c, m);
    return rc;
}
