/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a model's samples arrive: checked against what the model promised, searched
 * for numbers that are not finite, then handed to every trace that wants the layer.
 */
#include "pipeline/sink.h"

#include <math.h>
#include <string.h>

static int64_t unit_count(const struct ana_layer *layer)
{
    int64_t n = 1;

    for (int32_t d = 0; d < layer->ndim; d++)
        n *= layer->shape[d];
    return n;
}

static int check(struct ana_ctx *ctx, const struct ana_sink *sink, int64_t item,
                 int64_t layer, int64_t first, const struct ana_tensor *samples)
{
    int64_t units, at, count;

    if (item != 0)
        return ana_fail(ctx, ANA_EPLUGIN, "item %lld was emitted in a batch of 1",
                        (long long)item);
    if (layer < 0 || layer >= sink->info->n_layers || !sink->wanted[layer])
        return ana_fail(ctx, ANA_EPLUGIN, "layer number %lld was emitted but not wanted",
                        (long long)layer);
    units = unit_count(&sink->info->layers[layer]);
    if (samples->dtype != ANA_F32 || samples->ndim < 1 || first < 0 ||
        !ana_tensor_contiguous(samples) ||
        ana_tensor_count(samples) != samples->shape[0] * units)
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "layer %s promised samples of %lld float32 units in C order and gave "
            "something else",
            sink->info->layers[layer].id, (long long)units);
    at = ana_tensor_find_nonfinite(samples, &count);
    if (at >= 0)
        return ana_fail(
            ctx, ANA_ENUMERIC,
            "layer %s is not finite at sample %lld, unit %lld (%lld such values)",
            sink->info->layers[layer].id, (long long)(first + at / units),
            (long long)(at % units), (long long)count);
    return 0;
}

/* Keep frames as the next model's input; they come in ascending order. */
static int keep_frames(struct ana_ctx *ctx, struct ana_frames *frames, double time,
                       double rate, int64_t n, const float *x)
{
    int64_t skip = 0;
    float *grown;

    while (n > 0 && time < frames->from - 0.5e-6) {
        skip++;
        n--;
        time += 1 / rate;
    }
    while (n > 0 && time + (double)(n - 1) / rate >= frames->to - 0.5e-6)
        n--;
    if (n == 0)
        return 0;
    if (frames->n > 0 && fabs((time - frames->time) * rate - (double)frames->n) > 0.5)
        return ana_fail(ctx, ANA_EPLUGIN, "frames came out of order");
    grown = ana_alloc(ctx, (frames->n + n) * frames->units, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (frames->n > 0)
        memcpy(grown, frames->x, (size_t)(frames->n * frames->units) * sizeof *grown);
    else
        frames->time = time;
    memcpy(grown + frames->n * frames->units, x + skip * frames->units,
           (size_t)(n * frames->units) * sizeof *grown);
    ana_free(ctx, frames->x);
    frames->x = grown;
    frames->n += n;
    return 0;
}

/* Narrow n samples to those centred in the part of the stimulus that counts here. */
static void narrow(const struct ana_sink *sink, double rate, double *time, int64_t *skip,
                   int64_t *n)
{
    *skip = 0;
    if (rate <= 0)
        return;
    while (*n > 0 && *time < sink->from - 0.5e-6) {
        *time += 1 / rate;
        ++*skip;
        --*n;
    }
    while (*n > 0 && *time + (double)(*n - 1) / rate >= sink->to - 0.5e-6)
        --*n;
}

int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                  int64_t first, const struct ana_tensor *samples)
{
    const struct ana_layer *info;
    int64_t units, n, skip;
    double time;
    int rc = check(ctx, sink, item, layer, first, samples);

    if (rc != 0)
        return rc;
    info = &sink->info->layers[layer];
    units = unit_count(info);
    n = samples->shape[0];
    time = sink->start + info->start +
           (info->timing == ANA_TIMING_RATE ? (double)first / info->rate : 0);
    if (sink->frames && sink->frames->layer == layer)
        return keep_frames(ctx, sink->frames, time, info->rate, n, samples->data);
    narrow(sink, info->timing == ANA_TIMING_RATE ? info->rate : 0, &time, &skip, &n);
    for (int64_t t = 0; rc == 0 && t < sink->n_traces; t++)
        if (sink->traces[t] && sink->traces[t]->layer == layer)
            rc = ana_trace_add(ctx, sink->traces[t], sink->item, time, sink->duration, n,
                               (const float *)samples->data + skip * units);
    return rc;
}
