/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A study put to the test without computing. Everything is opened as a run opens it, but
 * one thing at a time and on behind a failure: what depends on a thing that failed is
 * passed over, since its own failure would say nothing new.
 */
#include "pipeline/examine.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/class.h"
#include "pipeline/examine_parts.h"
#include "pipeline/methods.h"
#include "pipeline/opened.h"
#include "pipeline/plan.h"

/* Turn a failure into a problem. 0 = on with it; else the examination itself failed. */
static int note(struct ana_examination *e, int rc)
{
    if (rc == 0)
        return 0;
    return ana_study_note(e->ctx, e->study, rc);
}

static int open_stimuli(struct ana_examination *e)
{
    const struct ana_study *study = e->study;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < study->n_stimuli; i++) {
        const struct ana_stimulus_set *set = &study->stimuli[i];

        if (!ana_section_faulty(study, "stimulus", set->name))
            rc = note(e, ana_opened_stimuli(e->ctx, &e->opened, i));
    }
    return rc;
}

/* Whether a model and all that feed it were read without a problem. */
static int model_whole(const struct ana_examination *e, int64_t number)
{
    const struct ana_study_model *model = &e->study->models[number];

    if (!model->plugin || !model->params || e->model_failed[number] ||
        ana_section_faulty(e->study, "model", model->name) ||
        ana_section_faulty(e->study, "plugin", model->plugin->id))
        return 0;
    return model->input < 0 || model_whole(e, model->input);
}

/* In the order in which they feed each other, so that each fails once. */
static int open_model(struct ana_examination *e, int64_t number)
{
    const struct ana_study_model *model = &e->study->models[number];
    int rc = 0;

    if (!model_whole(e, number) || e->opened.models[number].vt)
        return 0;
    if (model->input >= 0)
        rc = open_model(e, model->input);
    if (rc != 0 || (model->input >= 0 && e->model_failed[model->input]))
        return rc;
    rc = ana_model_open(e->ctx, e->study, e->opened.models, number, ANA_SOURCE_DESCRIBE);
    e->model_failed[number] = rc != 0;
    return note(e, rc);
}

static int open_recordings(struct ana_examination *e)
{
    const struct ana_study *study = e->study;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < study->n_brains; i++) {
        const struct ana_study_brain *brain = &study->brains[i];

        if (brain->plugin && brain->params && brain->source.n_files > 0 &&
            !ana_section_faulty(study, brain->is_brain ? "brain" : "data", brain->of) &&
            !ana_section_faulty(study, "plugin", brain->plugin->id))
            rc = note(e, ana_recording_open(e->ctx, brain, &e->opened.recordings[i]));
        if (ana_cancelled(e->ctx))
            return ana_fail(e->ctx, ANA_ECANCEL, "interrupted");
    }
    return rc;
}

/* Layers that `layers =` names, whether or not a comparison uses the model. */
static int check_layers(struct ana_examination *e, int64_t number)
{
    struct ana_opened_model *model = &e->opened.models[number];
    uint8_t *selected;
    int rc;

    if (!model->vt || e->model_failed[number])
        return 0;
    selected = ana_alloc(e->ctx, model->info.n_layers, 1);
    if (!selected)
        return ANA_ERESOURCE;
    ana_context_push(e->ctx, "%s: `layers` of %s", model->study->place.where,
                     model->study->place.section);
    rc = ana_layers_select(e->ctx, &model->info, model->study->layers, selected);
    ana_context_pop(e->ctx);
    e->layers_failed[number] = rc != 0;
    ana_free(e->ctx, selected);
    return note(e, rc);
}

/* Whether what a space is made of has been opened. */
static int space_whole(const struct ana_examination *e, int64_t number)
{
    const struct ana_study_features *space = &e->study->features[number];

    if (space->n_from == 0 || ana_section_faulty(e->study, "features", space->name) ||
        ana_section_faulty(e->study, "features", ""))
        return 0;
    for (int64_t i = 0; i < space->n_from; i++) {
        const int64_t from = space->from[i];

        if (from >= 0 ? !e->opened.models[from].vt || e->model_failed[from] ||
                            e->layers_failed[from]
                      : !e->opened.recordings[-1 - from].vt)
            return 0;
        if (from >= 0 && !ana_examine_stimuli_ready(e, from))
            return 0;
    }
    return 1;
}

int ana_examine_stimuli_ready(const struct ana_examination *e, int64_t model)
{
    const struct ana_study *study = e->study;
    const char *name = study->models[model].stimulus;

    for (int64_t i = 0; i < study->n_stimuli; i++)
        if (!name || strcmp(study->stimuli[i].name, name) == 0)
            return e->opened.stimuli[i] != NULL;
    return 0;
}

static int comparison_whole(const struct ana_examination *e,
                            const struct ana_study_comparison *c)
{
    const struct ana_study_metric *metric = &e->study->metrics[c->metric];

    for (int64_t x = 0; x < c->n_x; x++)
        if (!space_whole(e, c->x[x]))
            return 0;
    return c->y >= 0 && e->opened.recordings[c->y].vt && metric->plugin &&
           metric->params && !ana_section_faulty(e->study, "metric", metric->name) &&
           !ana_section_faulty(e->study, "plugin", metric->plugin->id);
}

static int bind_comparisons(struct ana_examination *e)
{
    const struct ana_study *study = e->study;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < study->n_comparisons; i++) {
        if (!comparison_whole(e, &study->comparisons[i]))
            continue;
        rc = ana_class_add(e->ctx, &e->opened, i, &e->n_classes, e->classes, e->rows);
        if (rc != ANA_ERESOURCE) /* which leaves a class half-made */
            rc = note(e, rc);
    }
    return rc;
}

static int begin(struct ana_examination *e)
{
    const struct ana_study *study = e->study;
    int rc = ana_opened_begin(e->ctx, study, &e->opened);

    e->model_failed = ana_alloc(e->ctx, study->n_models, 1);
    e->layers_failed = ana_alloc(e->ctx, study->n_models, 1);
    e->rows = ana_alloc(e->ctx, study->n_comparisons, sizeof *e->rows);
    e->classes = ana_alloc(e->ctx, study->n_comparisons, sizeof *e->classes);
    if (rc == 0 && (!e->model_failed || !e->layers_failed || !e->rows || !e->classes))
        rc = ANA_ERESOURCE;
    return rc;
}

static void finish(struct ana_examination *e)
{
    ana_classes_destroy(e->ctx, &e->opened, e->n_classes, e->classes, e->rows);
    ana_opened_finish(e->ctx, &e->opened);
    ana_free(e->ctx, e->model_failed);
    ana_free(e->ctx, e->layers_failed);
}

/* How the rows of each class are split. */
static int describe_folds(struct ana_examination *e)
{
    struct ana_text text = {0};

    for (int64_t i = 0; i < e->n_classes; i++)
        if (e->classes[i].folds) {
            ana_text_add(&text, "  ");
            ana_methods_folds(&e->opened, &e->classes[i], &text);
            ana_text_add(&text, "\n");
        }
    if (text.failed) {
        ana_text_finish(&text);
        return ana_fail(e->ctx, ANA_ERESOURCE, "no memory to describe the folds");
    }
    e->found.folds = text.data;
    return 0;
}

int ana_study_examine(struct ana_ctx *ctx, const struct ana_registry *registry,
                      struct ana_study *study, int64_t memory, struct ana_examined *out)
{
    const int64_t program = ana_process_memory(NULL); /* a run's plan counts it, too */
    struct ana_examination e = {.ctx = ctx,
                                .study = study,
                                .allowed = memory,
                                .memory = memory > program ? memory - program : 0};
    int rc = begin(&e);

    if (rc == 0)
        rc = open_stimuli(&e);
    for (int64_t i = 0; rc == 0 && i < study->n_models; i++)
        rc = open_model(&e, i);
    for (int64_t i = 0; rc == 0 && i < study->n_models; i++)
        rc = check_layers(&e, i);
    if (rc == 0)
        rc = open_recordings(&e);
    if (rc == 0)
        rc = bind_comparisons(&e);
    for (int64_t i = 0; rc == 0 && i < e.n_classes; i++)
        rc = ana_examine_class(&e, &e.classes[i]);
    if (rc == 0 && study->n_problems == 0 && study->n_comparisons > 0)
        rc = ana_examine_plan(&e, registry);
    if (rc == 0 && study->n_problems == 0)
        rc = describe_folds(&e);
    *out = e.found;
    finish(&e);
    return rc;
}
