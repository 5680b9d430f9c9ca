/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opening a study's models, each behind the one that feeds it; its windows; its twins.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/activations.h"

static int open_input(struct ana_ctx *ctx, const struct ana_study *study,
                      struct ana_opened_model *models, struct ana_opened_model *model)
{
    struct ana_opened_model *input = &models[model->study->input];
    uint8_t *selected;
    int64_t found = 0;
    int rc;

    (void)study;
    model->input = input;
    model->input_layer = input->info.n_layers - 1;
    if (!model->study->input_layer)
        return 0;
    selected = ana_alloc(ctx, input->info.n_layers, 1);
    if (!selected)
        return ANA_ERESOURCE;
    rc = ana_layers_select(ctx, &input->info, model->study->input_layer, selected);
    for (int64_t i = 0; i < input->info.n_layers; i++)
        if (selected[i]) {
            model->input_layer = i;
            found++;
        }
    ana_free(ctx, selected);
    if (rc == 0 && found != 1)
        rc = ana_fail(ctx, ANA_EPARAM, "`input` must name one layer, '%s' names %lld",
                      model->study->input_layer, (long long)found);
    return rc;
}

static int check_info(struct ana_ctx *ctx, const struct ana_opened_model *model)
{
    const struct ana_model_info *info = &model->info;

    if (info->n_layers < 1 || !info->layers)
        return ana_fail(ctx, ANA_EPLUGIN, "the model describes no layers");
    for (int64_t i = 0; i < info->n_layers; i++) {
        const struct ana_layer *layer = &info->layers[i];

        if (!layer->id || layer->ndim < 1 || layer->ndim > 4 ||
            (layer->timing == ANA_TIMING_RATE && !(layer->rate > 0)))
            return ana_fail(ctx, ANA_EPLUGIN, "layer number %lld is described wrongly",
                            (long long)i);
        for (int32_t d = 0; d < layer->ndim; d++)
            if (layer->shape[d] < 1 || layer->shape[d] > INT32_MAX)
                return ana_fail(ctx, ANA_EPLUGIN, "layer %s has %lld units on axis %d",
                                layer->id, (long long)layer->shape[d], d);
    }
    if (info->input == ANA_INPUT_FRAMES && !model->input)
        return ana_fail(ctx, ANA_EPARAM,
                        "the model takes another model's frames: add `input = MODEL`");
    if (info->input != ANA_INPUT_FRAMES && model->input)
        return ana_fail(ctx, ANA_EPARAM, "the model takes no frames: remove `input`");
    return 0;
}

/* Windows in samples of the input, and the layers as windows leave them: `keep last`
 * gives one sample a stride, and so does a layer that has one sample an item. */
static int set_windows(struct ana_ctx *ctx, struct ana_opened_model *model)
{
    const struct ana_window *w = &model->study->window;
    const double rate = model->info.input_rate;
    int64_t L;

    model->own = model->info.layers;
    if (!w->given)
        return 0;
    if ((model->info.input != ANA_INPUT_AUDIO && model->info.input != ANA_INPUT_FRAMES) ||
        (model->vt->prepare && model->info.input != ANA_INPUT_FRAMES))
        return ana_fail(ctx, ANA_EPARAM,
                        "`window` cuts sound or frames, and this model takes whole "
                        "stimuli; remove it");
    L = llround(w->length_samples ? w->length : w->length * rate);
    model->stride = w->stride_samples ? w->stride : w->stride * rate;
    if (L < 1 || model->stride < 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "the window or its stride is shorter than a sample at %g Hz",
                        rate);
    model->window = L;
    model->windowed = ana_alloc(ctx, model->info.n_layers, sizeof *model->windowed);
    if (!model->windowed)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < model->info.n_layers; i++) {
        struct ana_layer *layer = &model->windowed[i];

        *layer = model->own[i];
        if (w->keep != ANA_KEEP_LAST && layer->timing != ANA_TIMING_ITEM)
            continue;
        layer->timing = ANA_TIMING_RATE;
        layer->rate = rate / model->stride;
        layer->start = 0;
    }
    model->info.layers = model->windowed;
    return 0;
}

/* Open the plugin as the study says, or as a control of that. */
static int open_self(struct ana_ctx *ctx, struct ana_opened_model *model, uint32_t flags)
{
    const struct ana_study_model *study = model->study;
    struct ana_model_source source = {.size = sizeof source,
                                      .flags = flags,
                                      .checkpoint = study->checkpoint,
                                      .control = study->control,
                                      .twin = study->twin};

    if (model->input)
        source.input = &model->input->info.layers[model->input_layer];
    return study->plugin->model->open(ctx, study->params, &source, &model->self);
}

int ana_twin_begin(struct ana_ctx *ctx, struct ana_opened_model *model)
{
    struct ana_model_info info = {.size = sizeof info};
    void *layers = NULL;
    int rc;

    if (model->study->twin_of < 0 || model->self)
        return 0;
    ana_context_push(ctx, "%s: model %s, %s", model->study->place.where,
                     model->study->name, model->study->variant);
    rc = open_self(ctx, model, 0);
    if (rc == 0)
        rc = ana_model_describe(ctx, model->vt, model->self, &info, &layers);
    if (rc == 0 && info.n_layers != model->info.n_layers)
        rc = ana_fail(ctx, ANA_EPLUGIN, "the twin has %lld layers, the model %lld",
                      (long long)info.n_layers, (long long)model->info.n_layers);
    ana_free(ctx, layers);
    ana_context_pop(ctx);
    return rc;
}

void ana_twin_end(struct ana_ctx *ctx, struct ana_opened_model *model)
{
    if (model->study->twin_of < 0 || !model->self)
        return;
    model->vt->close(ctx, model->self);
    model->self = NULL;
}

int64_t ana_twin_bytes(const struct ana_opened_model *model)
{
    const int64_t weights = model->info.parameters * (int64_t)sizeof(float);
    int64_t opened;

    if (model->study->twin_of < 0)
        return 0;
    opened = model->original->memory;
    return strcmp(model->study->control, "random") == 0 && opened >= weights
               ? opened
               : opened + weights;
}

/* A twin is described as what it is a control of; the first of a kind is tried. */
static int open_twin(struct ana_ctx *ctx, struct ana_opened_model *models,
                     struct ana_opened_model *model)
{
    const struct ana_study_model *study = model->study;
    int rc = 0;

    *model = models[study->twin_of];
    model->study = study;
    model->self = NULL;
    model->original = &models[study->twin_of];
    if (!(model->info.flags & ANA_MODEL_CONTROLS))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "the plugin %s makes no control networks; remove `controls`",
                      study->plugin->id);
    if (rc == 0 && study->twin == 0) {
        rc = open_self(ctx, model, ANA_SOURCE_DESCRIBE);
        if (rc == 0)
            ana_twin_end(ctx, model);
    }
    return rc;
}

int ana_model_open(struct ana_ctx *ctx, const struct ana_study *study,
                   struct ana_opened_model *models, int64_t i, uint32_t flags)
{
    struct ana_opened_model *model = &models[i];
    const struct ana_study_model *described = &study->models[i];
    int rc = 0;

    if (model->vt)
        return 0;
    if (described->twin_of >= 0)
        rc = ana_model_open(ctx, study, models, described->twin_of, flags);
    else if (described->input >= 0)
        rc = ana_model_open(ctx, study, models, described->input, flags);
    if (rc != 0)
        return rc;
    model->study = described;
    ana_context_push(ctx, "%s: model %s", described->place.where, described->name);
    if (described->twin_of >= 0) {
        rc = open_twin(ctx, models, model);
        ana_context_pop(ctx);
        return rc;
    }
    if (described->input >= 0)
        rc = open_input(ctx, study, models, model);
    model->memory = -ana_ctx_memory(ctx, NULL);
    if (rc == 0)
        rc = open_self(ctx, model, flags);
    model->memory += ana_ctx_memory(ctx, NULL);
    if (rc == 0) {
        model->vt = described->plugin->model;
        rc =
            ana_model_describe(ctx, model->vt, model->self, &model->info, &model->layers);
    }
    if (rc == 0)
        rc = check_info(ctx, model);
    if (rc == 0)
        rc = set_windows(ctx, model);
    ana_context_pop(ctx);
    return rc;
}

void ana_models_close(struct ana_ctx *ctx, int64_t n, struct ana_opened_model *models)
{
    for (int64_t i = 0; models && i < n; i++) {
        const int twin = models[i].study && models[i].study->twin_of >= 0;

        if (models[i].vt && models[i].self)
            models[i].vt->close(ctx, models[i].self);
        if (twin) /* it has its model's */
            continue;
        ana_free(ctx, models[i].windowed);
        ana_free(ctx, models[i].layers);
    }
}
