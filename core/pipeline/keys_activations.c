/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What activations depend on: the model with its checkpoint and the model that feeds it,
 * the stimuli it is shown, the layer, and how the layer is reduced.
 */
#include <string.h>

#include "base/context.h"
#include "pipeline/keys.h"

/* Keys that count through what they name, or choose layers without changing any. */
static const char *const model_keys[] = {"plugin",   "checkpoint", "layers", "input",
                                         "stimulus", "window",     "stride", "affine",
                                         "controls", "twins"};

static int model_node(struct ana_ctx *ctx, struct ana_keys *keys, int64_t number,
                      const char **key)
{
    const struct ana_opened_model *model = &keys->opened->models[number];
    const struct ana_study_model *study = model->study;
    struct ana_text text = {0};
    const char *input = NULL;
    int rc = 0;

    *key = ana_keys_recall(keys, model, "model");
    if (*key)
        return 0;
    if (study->input >= 0)
        rc = model_node(ctx, keys, study->input, &input);
    ana_text_add(&text, "name = %s\n", study->name);
    if (rc == 0)
        rc = ana_keys_plugin(ctx, keys, study->plugin, study->params, &text);
    if (study->checkpoint && strcmp(study->checkpoint, "random") == 0)
        ana_text_add(&text, "checkpoint = random, seed %llu\n",
                     (unsigned long long)keys->opened->study->seed);
    else if (rc == 0 && study->checkpoint)
        rc = ana_keys_files(ctx, keys, study->checkpoint, &text);
    if (study->window.given)
        ana_text_add(&text, "window = %.17g%s every %.17g%s, keep %d\n",
                     study->window.length, study->window.length_samples ? "" : " s",
                     study->window.stride, study->window.stride_samples ? "" : " s",
                     study->window.keep);
    if (study->twin_of >= 0)
        ana_text_add(&text, "control = %s, twin %lld of seed %llu\n", study->control,
                     (long long)study->twin,
                     (unsigned long long)keys->opened->study->seed);
    if (input && (study->scale != 1 || study->offset != 0))
        ana_text_add(&text, "affine = %.17g %.17g\n", study->scale, study->offset);
    if (rc == 0)
        rc = ana_keys_seen(ctx, keys, &model->seen, &text);
    ana_keys_settings(
        keys, "model",
        study->twin_of >= 0 ? keys->opened->study->models[study->twin_of].name
                            : study->name,
        study->plugin, sizeof model_keys / sizeof *model_keys, model_keys, &text);
    if (input)
        ana_text_add(&text, "input layer = %s\n@model %s = %s\n",
                     model->input->info.layers[model->input_layer].id,
                     model->input->study->name, input);
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, model, "model", *key);
}

static int stimulus_lines(struct ana_ctx *ctx, struct ana_keys *keys,
                          const struct ana_stimulus *s, struct ana_text *text)
{
    int rc = 0;

    ana_text_add(text, "stimulus %s = %.17g s\n", s->id, s->duration);
    if (s->audio_path)
        rc = ana_keys_files(ctx, keys, s->audio_path, text);
    if (rc == 0 && s->image_path)
        rc = ana_keys_files(ctx, keys, s->image_path, text);
    for (int64_t w = 0; w < s->n_words; w++)
        ana_text_add(text, "word %lld of %s = %.17g %.17g %s\n", (long long)w, s->id,
                     s->words[w].onset, s->words[w].duration, s->words[w].text);
    return rc;
}

static int stimuli_node(struct ana_ctx *ctx, struct ana_keys *keys,
                        const struct ana_class *c, const char **key)
{
    const struct ana_stimuli *stimuli = keys->opened->stimuli[c->stimuli];
    struct ana_text text = {0};
    int rc = 0;

    *key = ana_keys_recall(keys, c, "stimuli");
    if (*key)
        return 0;
    for (int64_t g = 0; rc == 0 && g < c->rows->n_groups; g++)
        rc = stimulus_lines(ctx, keys, &stimuli->item[c->rows->item[g]], &text);
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, c, "stimuli", *key);
}

/* All stimuli of a set, on which a projection is fitted. */
static int fit_node(struct ana_ctx *ctx, struct ana_keys *keys, int64_t set,
                    const char **key)
{
    const struct ana_stimuli *stimuli = keys->opened->stimuli[set];
    struct ana_text text = {0};
    int rc = 0;

    *key = ana_keys_recall(keys, stimuli, "fit");
    if (*key)
        return 0;
    for (int64_t i = 0; rc == 0 && i < stimuli->n; i++)
        rc = stimulus_lines(ctx, keys, &stimuli->item[i], &text);
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, stimuli, "fit", *key);
}

/* Which samples of each stimulus are wanted. */
static int clock_node(struct ana_ctx *ctx, struct ana_keys *keys,
                      const struct ana_features *f, const char **key)
{
    struct ana_text text = {0};
    int rc;

    *key = ana_keys_recall(keys, f, "clock");
    if (*key)
        return 0;
    ana_text_add(&text, "rate = %.17g Hz\n", f->rows->rate);
    for (int64_t g = 0; g < f->rows->n_groups; g++)
        ana_text_add(&text, "samples of %s = %lld from %lld at %.17g s\n",
                     f->rows->name[g], (long long)f->stretch[g].n,
                     (long long)f->stretch[g].first, f->stretch[g].start);
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, f, "clock", *key);
}

void ana_keys_features(const struct ana_keys *keys, const char *name,
                       struct ana_text *text)
{
    static const char *const known[] = {"from",   "layer",       "pool",
                                        "delays", "standardise", "pca"};
    const int64_t n = sizeof known / sizeof *known;

    ana_keys_settings(keys, "features", "", NULL, n, known, text);
    ana_keys_settings(keys, "features", name, NULL, n, known, text);
}

int ana_keys_trace(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_class *c,
                   const struct ana_features *f, int64_t number,
                   const struct ana_trace *trace, const char **key)
{
    static const char *const reduced[] = {[ANA_REDUCE_NONE] = "none",
                                          [ANA_REDUCE_TIME] = "time",
                                          [ANA_REDUCE_TIME_FREQUENCY] = "time frequency"};
    const struct ana_study_model *study = &keys->opened->study->models[number];
    const char *model, *stimuli, *samples = NULL, *fit = NULL;
    struct ana_text text = {0};
    int rc = model_node(ctx, keys, number, &model);

    if (rc == 0)
        rc = stimuli_node(ctx, keys, c, &stimuli);
    if (rc == 0 && trace->stretch)
        rc = clock_node(ctx, keys, f, &samples);
    if (rc == 0 && trace->fit >= 0 && trace->unprojected > 0)
        rc = fit_node(ctx, keys, trace->fit, &fit);
    if (rc != 0)
        return rc;
    ana_text_add(&text,
                 "layer = %s\npool = %s\n@model %s = %s\n@stimuli %s = %s\n"
                 "@program = %s\n",
                 trace->info->id, reduced[f->reduce], study->name, model,
                 keys->opened->study->stimuli[c->stimuli].name, stimuli, keys->program);
    if (samples)
        ana_text_add(&text, "@clock = %s\n", samples);
    if (fit)
        ana_text_add(&text, "@fit %s = %s\n",
                     keys->opened->study->stimuli[trace->fit].name, fit);
    ana_keys_features(keys, f->study->name, &text);
    return ana_keys_node(ctx, keys, &text, key);
}
