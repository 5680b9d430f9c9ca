/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a model under test emits: kept sample by sample, with a mark for each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "check/model.h"
#include "pipeline/sink.h"

static int64_t count_units(const struct ana_layer *layer)
{
    int64_t n = 1;

    for (int32_t d = 0; d < layer->ndim; d++)
        n *= layer->shape[d];
    return n;
}

static int grow(struct ana_layer_samples *s, int64_t n)
{
    float *x = realloc(s->x, (size_t)(n * s->units) * sizeof *x + 1);
    uint8_t *seen;

    if (!x)
        return -1;
    s->x = x;
    seen = realloc(s->seen, (size_t)n + 1);
    if (!seen)
        return -1;
    s->seen = seen;
    memset(seen + s->n, 0, (size_t)(n - s->n));
    memset(x + s->n * s->units, 0, (size_t)((n - s->n) * s->units) * sizeof *x);
    s->n = n;
    return 0;
}

static int take(struct ana_ctx *ctx, void *arg, int64_t item, int64_t layer,
                int64_t first, const struct ana_tensor *samples)
{
    struct ana_emitted *e = arg;
    const struct ana_layer *promised;
    struct ana_layer_samples *s;
    int64_t n;

    if (item < 0 || item >= e->n_items)
        return ana_fail(ctx, ANA_EPLUGIN, "it emitted item %lld of a batch of %lld",
                        (long long)item, (long long)e->n_items);
    if (layer < 0 || layer >= e->n_layers)
        return ana_fail(ctx, ANA_EPLUGIN, "it emitted layer number %lld of %lld",
                        (long long)layer, (long long)e->n_layers);
    promised = &e->model->info.layers[layer];
    s = &e->of[item * e->n_layers + layer];
    if (samples->dtype != ANA_F32 || samples->ndim < 1 || first < 0 ||
        !ana_tensor_contiguous(samples) ||
        ana_tensor_count(samples) != samples->shape[0] * s->units)
        return ana_fail(
            ctx, ANA_ESHAPE,
            "layer `%s` promised samples of %lld float32 units in C order and gave %s, "
            "%lld numbers for %lld samples",
            promised->id, (long long)s->units, ana_dtype_name(samples->dtype),
            (long long)ana_tensor_count(samples),
            (long long)(samples->ndim > 0 ? samples->shape[0] : 0));
    n = samples->shape[0];
    if (first + n > s->n && grow(s, first + n) != 0)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for what the model emits");
    for (int64_t i = first; i < first + n; i++)
        if (s->seen[i]++)
            return ana_fail(ctx, ANA_EPLUGIN, "sample %lld of layer `%s` came twice",
                            (long long)i, promised->id);
    if (n > 0)
        memcpy(s->x + first * s->units, samples->data,
               (size_t)(n * s->units) * sizeof *s->x);
    return 0;
}

int ana_model_bench_want(struct ana_model_bench *model, int64_t layer)
{
    ana_buffer_finish(&model->wanted);
    model->wanted = (struct ana_buffer){0};
    if (ana_buffer_create(model->bench->place, model->info.n_layers, &model->wanted) != 0)
        return ana_fail(model->bench->ctx, ANA_ERESOURCE,
                        "no memory for what is emitted");
    memset(model->wanted.data, 0, (size_t)model->info.n_layers);
    ((uint8_t *)model->wanted.data)[layer] = 1;
    ana_buffer_freeze(&model->wanted);
    return 0;
}

int ana_model_bench_forward(struct ana_model_bench *model, int64_t first, int64_t n,
                            struct ana_emitted *emitted)
{
    const struct ana_batch batch = {
        .size = sizeof batch, .n = n, .item = model->item + first};
    struct ana_sink sink = {.info = &model->info, .take = take, .take_arg = emitted};

    *emitted = (struct ana_emitted){
        .model = model, .n_items = n, .n_layers = model->info.n_layers};
    emitted->of = calloc((size_t)(n * emitted->n_layers) + 1, sizeof *emitted->of);
    if (!model->wanted.map &&
        ana_buffer_create(model->bench->place, emitted->n_layers, &model->wanted) == 0) {
        memset(model->wanted.data, 1, (size_t)emitted->n_layers);
        ana_buffer_freeze(&model->wanted);
    }
    if (!emitted->of || !model->wanted.data)
        return ana_fail(model->bench->ctx, ANA_ERESOURCE,
                        "no memory for what is emitted");
    for (int64_t i = 0; i < n * emitted->n_layers; i++)
        emitted->of[i].units = count_units(&model->info.layers[i % emitted->n_layers]);
    sink.wanted = model->wanted.data;
    return model->vt->forward(model->bench->ctx, model->self, &batch, sink.wanted, &sink);
}

void ana_emitted_finish(struct ana_emitted *emitted)
{
    for (int64_t i = 0; emitted->of && i < emitted->n_items * emitted->n_layers; i++) {
        free(emitted->of[i].x);
        free(emitted->of[i].seen);
    }
    free(emitted->of);
    *emitted = (struct ana_emitted){.n_items = 0};
}

/* The same margin as a run's (pipeline/sink.h): what a sample sees beyond its centre. */
static int ends_early(const struct ana_model_bench *model, const struct ana_layer *layer,
                      int64_t n)
{
    const double margin = 2 * fmax(layer->start, 0) + model->info.context_before +
                          model->info.context_after + 4 / layer->rate;

    return layer->rate > 0 && layer->start + (double)(n - 1) / layer->rate <
                                  model->stimulus[0].duration - margin;
}

int ana_emitted_check(struct ana_ctx *ctx, const struct ana_emitted *emitted)
{
    const struct ana_model_bench *model = emitted->model;

    for (int64_t i = 0; i < emitted->n_items * emitted->n_layers; i++) {
        const struct ana_layer_samples *s = &emitted->of[i];
        const struct ana_layer *layer = &model->info.layers[i % emitted->n_layers];

        if (s->n < 1)
            return ana_fail(ctx, ANA_EPLUGIN, "layer `%s` was wanted and nothing came",
                            layer->id);
        for (int64_t k = 0; k < s->n; k++)
            if (!s->seen[k])
                return ana_fail(ctx, ANA_EPLUGIN,
                                "sample %lld of layer `%s` is missing: %lld is there",
                                (long long)k, layer->id, (long long)s->n - 1);
        if (layer->timing == ANA_TIMING_RATE && ends_early(model, layer, s->n))
            return ana_fail(ctx, ANA_EPLUGIN,
                            "layer `%s` gives %lld samples, and its input is %g s long: "
                            "at %g a second some are missing",
                            layer->id, (long long)s->n, model->stimulus[0].duration,
                            layer->rate);
        if (layer->timing == ANA_TIMING_ITEM && s->n != 1)
            return ana_fail(ctx, ANA_EPLUGIN,
                            "layer `%s` promised one sample an item and gave %lld",
                            layer->id, (long long)s->n);
    }
    return 0;
}

void ana_emitted_numbers(const struct ana_emitted *emitted, int64_t item,
                         struct ana_sequence *numbers)
{
    for (int64_t l = 0; l < emitted->n_layers; l++) {
        const struct ana_layer_samples *s = &emitted->of[item * emitted->n_layers + l];

        for (int64_t k = 0; k < s->n * s->units; k++)
            ana_sequence_add(numbers, (double)s->x[k]);
    }
}

/* Two items of unequal length in one batch. */
int ana_model_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers)
{
    struct ana_emitted emitted = {.n_items = 0};
    struct ana_model_bench model;
    int rc = ana_model_bench_open(bench, &model);

    if (rc == 0)
        rc = ana_model_item(&model, 1.0);
    if (rc == 0)
        rc = ana_model_item(&model, 0.6);
    for (int i = 0; rc == 0 && i < times; i++) {
        rc = ana_model_bench_forward(&model, 0, 2, &emitted);
        for (int64_t k = 0; rc == 0 && k < 2; k++)
            ana_emitted_numbers(&emitted, k, numbers);
        ana_emitted_finish(&emitted);
    }
    ana_model_bench_close(&model);
    return rc;
}
