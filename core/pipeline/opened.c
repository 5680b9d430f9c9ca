/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Everything a study names, opened once: stimulus sets, models, recordings.
 */
#include "pipeline/opened.h"

#include <string.h>

#include "base/context.h"

/* The one stimulus set that a name, or no name, means; -1 = the study has none. */
static int64_t find_set(const struct ana_study *study, const char *name)
{
    if (!name)
        return study->n_stimuli > 0 ? 0 : -1;
    for (int64_t i = 0; i < study->n_stimuli; i++)
        if (strcmp(study->stimuli[i].name, name) == 0)
            return i;
    return -1;
}

int ana_comparison_stimuli(struct ana_ctx *ctx, const struct ana_study *study,
                           int64_t number, int64_t *set)
{
    const struct ana_study_comparison *c = &study->comparisons[number];
    const struct ana_study_brain *brain = c->y >= 0 ? &study->brains[c->y] : NULL;
    int models = 0;

    *set = -1;
    for (int64_t x = 0; x < c->n_x; x++) {
        const struct ana_study_features *f = &study->features[c->x[x]];

        for (int64_t i = 0; i < f->n_from; i++) {
            const int64_t used = f->from[i] >= 0
                                     ? find_set(study, study->models[f->from[i]].stimulus)
                                     : -1;

            if (f->from[i] < 0)
                continue;
            models = 1;
            if (used < 0)
                return ana_fail(
                    ctx, ANA_EPARAM,
                    "%s: model %s has nothing to be shown; add a section [stimulus "
                    "NAME] with `audio = FILES` or `names = FILE`",
                    study->models[f->from[i]].place.where,
                    study->models[f->from[i]].name);
            if (*set >= 0 && used != *set)
                return ana_fail(
                    ctx, ANA_EPARAM,
                    "%s: the models of one comparison are shown two sets, [stimulus "
                    "%s] and [stimulus %s]",
                    c->place.where, study->stimuli[*set].name, study->stimuli[used].name);
            *set = used;
        }
    }
    if (models && brain && brain->stimulus && find_set(study, brain->stimulus) != *set)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s: brain %s was recorded to [stimulus %s] and the models are shown "
            "[stimulus %s]",
            c->place.where, brain->name, brain->stimulus, study->stimuli[*set].name);
    return 0;
}

int ana_opened_begin(struct ana_ctx *ctx, const struct ana_study *study,
                     struct ana_opened *opened)
{
    memset(opened, 0, sizeof *opened);
    opened->study = study;
    opened->stimuli = ana_alloc(ctx, study->n_stimuli, sizeof *opened->stimuli);
    opened->models = ana_alloc(ctx, study->n_models, sizeof *opened->models);
    opened->recordings = ana_alloc(ctx, study->n_brains, sizeof *opened->recordings);
    return opened->stimuli && opened->models && opened->recordings ? 0 : ANA_ERESOURCE;
}

int ana_opened_stimuli(struct ana_ctx *ctx, struct ana_opened *opened, int64_t number)
{
    const struct ana_stimulus_set *s = &opened->study->stimuli[number];
    struct ana_stimuli **out = &opened->stimuli[number];
    int rc;

    ana_context_push(ctx, "%s: stimulus %s", s->place.where, s->name);
    rc = s->names
             ? ana_stimuli_create_named(ctx, s->names, out)
             : ana_stimuli_create_tier(ctx, s->tier, s->n_audio, s->audio, s->n_words,
                                       s->words, s->n_images, s->images, out);
    ana_context_pop(ctx);
    return rc;
}

static int open_model(struct ana_ctx *ctx, struct ana_opened *opened, int64_t number)
{
    const int64_t input = opened->study->models[number].input;
    struct ana_seen seen = {0};
    int rc = 0;

    if (opened->models[number].vt) /* it feeds one that was opened before */
        return 0;
    if (input >= 0)
        rc = open_model(ctx, opened, input);
    if (rc != 0)
        return rc;
    ana_seen_begin(ctx, &seen);
    rc = ana_model_open(ctx, opened->study, opened->models, number, 0);
    if (ana_seen_end(ctx, &seen) != 0 && rc == 0)
        rc = ANA_ERESOURCE;
    opened->models[number].seen = seen;
    return rc;
}

static int open_recording(struct ana_ctx *ctx, struct ana_opened *opened, int64_t number)
{
    struct ana_seen seen = {0};
    int rc;

    ana_seen_begin(ctx, &seen);
    rc = ana_recording_open(ctx, &opened->study->brains[number],
                            &opened->recordings[number]);
    if (ana_seen_end(ctx, &seen) != 0 && rc == 0)
        rc = ANA_ERESOURCE;
    opened->recordings[number].seen = seen;
    return rc;
}

int ana_opened_create(struct ana_ctx *ctx, const struct ana_study *study,
                      struct ana_opened *opened)
{
    int rc = ana_opened_begin(ctx, study, opened);

    for (int64_t i = 0; rc == 0 && i < study->n_stimuli; i++)
        rc = ana_opened_stimuli(ctx, opened, i);
    for (int64_t i = 0; rc == 0 && i < study->n_models; i++)
        rc = open_model(ctx, opened, i);
    for (int64_t i = 0; rc == 0 && i < study->n_brains; i++)
        rc = open_recording(ctx, opened, i);
    return rc;
}

void ana_opened_finish(struct ana_ctx *ctx, struct ana_opened *opened)
{
    const struct ana_study *study = opened->study;

    if (!study)
        return;
    ana_models_close(ctx, study->n_models, opened->models);
    for (int64_t i = 0; opened->models && i < study->n_models; i++)
        ana_seen_finish(ctx, &opened->models[i].seen);
    for (int64_t i = 0; opened->recordings && i < study->n_brains; i++)
        ana_seen_finish(ctx, &opened->recordings[i].seen);
    for (int64_t i = 0; opened->recordings && i < study->n_brains; i++)
        ana_recording_close(ctx, &opened->recordings[i]);
    for (int64_t i = 0; opened->stimuli && i < study->n_stimuli; i++)
        ana_stimuli_destroy(ctx, opened->stimuli[i]);
    ana_free(ctx, opened->models);
    ana_free(ctx, opened->recordings);
    ana_free(ctx, opened->stimuli);
    memset(opened, 0, sizeof *opened);
}
