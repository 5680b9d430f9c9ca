/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What models promise: an item in a batch gives what it gives alone; with
 * EXACT_IN_CHUNKS, chunks with their context give what the whole gives.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "check/model.h"

/* To this part of a layer's largest value, as model.h says. */
static const double tolerance = 1e-5;

static int compare_items(struct ana_bench *bench, const struct ana_emitted *batch,
                         int64_t item, const struct ana_emitted *alone)
{
    struct ana_sequence a = {.n = 0}, b = {.n = 0};
    double far;

    ana_emitted_numbers(batch, item, &a);
    ana_emitted_numbers(alone, 0, &b);
    far = ana_sequence_distance(&a, &b);
    ana_sequence_finish(&a);
    ana_sequence_finish(&b);
    if (far <= tolerance)
        return 0;
    return ana_fail(bench->ctx, ANA_EPLUGIN,
                    "item %lld of a batch of %d differs from that item alone by %g of "
                    "the largest value",
                    (long long)item + 1, ANA_MOST_ITEMS, far);
}

static int try_batch(struct ana_bench *bench, struct ana_model_bench *model)
{
    static const double seconds[ANA_MOST_ITEMS] = {0.9, 0.5, 0.7};
    struct ana_emitted batch = {.n_items = 0}, alone = {.n_items = 0};
    int rc = 0;

    for (int i = 0; rc == 0 && i < ANA_MOST_ITEMS; i++)
        rc = ana_model_item(model, seconds[i]);
    if (rc == 0)
        rc = ana_model_bench_forward(model, 0, ANA_MOST_ITEMS, &batch);
    for (int64_t i = 0; rc == 0 && i < ANA_MOST_ITEMS; i++) {
        rc = ana_model_bench_forward(model, i, 1, &alone);
        if (rc == 0)
            rc = compare_items(bench, &batch, i, &alone);
        ana_emitted_finish(&alone);
    }
    ana_emitted_finish(&batch);
    return rc;
}

int ana_rule_batch(struct ana_check *check)
{
    struct ana_model_bench model;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        rc = ana_model_bench_open(&bench, &model);
        if (rc == 0)
            rc = try_batch(&bench, &model);
        rc = ana_bench_adopt(&bench, rc);
        ana_model_bench_close(&model);
    }
    ana_bench_close(&bench);
    return rc;
}

/* A sample of the whole at the same moment, or NULL where the whole has none there. */
static const float *sample_at(const struct ana_layer_samples *s,
                              const struct ana_layer *layer, double time)
{
    const int64_t i = llround((time - layer->start) * layer->rate);

    return i >= 0 && i < s->n ? s->x + i * s->units : NULL;
}

/* Samples of a chunk that are centred in [from, to) against the whole's. */
static int compare_chunk(struct ana_bench *bench, const struct ana_emitted *whole,
                         const struct ana_emitted *chunk, double start, double from,
                         double to)
{
    for (int64_t l = 0; l < whole->n_layers; l++) {
        const struct ana_layer *layer = &whole->model->info.layers[l];
        const struct ana_layer_samples *a = &chunk->of[l], *b = &whole->of[l];
        double most = 0, scale = 0;
        int64_t there = 0, came = 0;

        if (layer->timing != ANA_TIMING_RATE)
            continue;
        for (int64_t i = 0; i < b->n * b->units; i++)
            scale = fmax(scale, fabs((double)b->x[i]));
        for (int64_t i = 0; i < b->n; i++) {
            const double time = layer->start + (double)i / layer->rate;

            there += time >= from + 1e-6 && time < to - 1e-6;
        }
        for (int64_t i = 0; i < a->n; i++) {
            const double time = start + layer->start + (double)i / layer->rate;
            const float *want = sample_at(b, layer, time);

            if (!want || time < from + 1e-6 || time >= to - 1e-6)
                continue;
            came++;
            for (int64_t u = 0; u < a->units; u++)
                most = fmax(most, fabs((double)a->x[i * a->units + u] - (double)want[u]));
        }
        if (came < there)
            return ana_fail(bench->ctx, ANA_EPLUGIN,
                            "layer `%s`: a chunk around %g .. %g s gives %lld of the "
                            "%lld samples that the whole has there; declare the input "
                            "that they see (context_before, context_after)",
                            layer->id, from, to, (long long)came, (long long)there);
        if (!(most <= tolerance * scale))
            return ana_fail(bench->ctx, ANA_EPLUGIN,
                            "layer `%s`: a chunk around %g .. %g s differs from the "
                            "whole by %g of its largest value; 1e-5 is allowed",
                            layer->id, from, to, scale > 0 ? most / scale : most);
    }
    return 0;
}

/* The middle third of a sound, cut with the context that the model asks for, at a
 * multiple of its hop. */
static int try_chunk(struct ana_bench *bench, struct ana_model_bench *model)
{
    const struct ana_model_info *info = &model->info;
    const double around = info->context_before + info->context_after;
    const double length = 2 * around + 1.2, from = length / 3, to = 2 * length / 3;
    struct ana_emitted whole = {.n_items = 0}, chunk = {.n_items = 0};
    double begin = fmax(from - info->context_before, 0);
    int64_t first, last, n;
    int rc = ana_model_item(model, length);

    if (rc != 0)
        return rc;
    if (info->hop > 0)
        begin = floor(begin / info->hop + 1e-9) * info->hop;
    n = model->item[0].data.shape[0];
    first = llround(floor(begin * model->item[0].rate + 1e-6));
    last = llround(ceil((to + info->context_after) * model->item[0].rate - 1e-6));
    last = last > n ? n : last;
    rc = ana_model_part(model, 0, first, last - first);
    if (rc == 0)
        rc = ana_model_bench_forward(model, 0, 1, &whole);
    if (rc == 0)
        rc = ana_model_bench_forward(model, 1, 1, &chunk);
    if (rc == 0)
        rc = compare_chunk(bench, &whole, &chunk, (double)first / model->item[0].rate,
                           from, to);
    ana_emitted_finish(&whole);
    ana_emitted_finish(&chunk);
    return rc;
}

int ana_rule_chunks(struct ana_check *check)
{
    struct ana_model_bench model;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench), untried = 0;

    if (rc == 0) {
        rc = ana_model_bench_open(&bench, &model);
        if (rc == 0) {
            untried = !(model.info.flags & ANA_MODEL_EXACT_IN_CHUNKS) ||
                      (model.info.input != ANA_INPUT_AUDIO &&
                       model.info.input != ANA_INPUT_FRAMES);
            if (!untried)
                rc = try_chunk(&bench, &model);
        }
        rc = ana_bench_adopt(&bench, rc);
        ana_model_bench_close(&model);
    }
    ana_bench_close(&bench);
    return rc == 0 && untried ? ana_untried(check, "it does not declare it") : rc;
}
