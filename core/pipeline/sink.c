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

    if (item < 0 || item >= sink->n_items)
        return ana_fail(ctx, ANA_EPLUGIN, "item %lld was emitted in a batch of %lld",
                        (long long)item, (long long)sink->n_items);
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
static void narrow(const struct ana_sink_item *item, double rate, double *time,
                   int64_t *skip, int64_t *n)
{
    *skip = 0;
    if (rate <= 0)
        return;
    while (*n > 0 && *time < item->from - 0.5e-6) {
        *time += 1 / rate;
        ++*skip;
        --*n;
    }
    while (*n > 0 && *time + (double)(*n - 1) / rate >= item->to - 0.5e-6)
        --*n;
}

/* A layer of words: each sample at the middle of its word. */
static int deliver_words(struct ana_ctx *ctx, struct ana_sink *sink,
                         const struct ana_sink_item *item, int64_t layer, int64_t first,
                         int64_t n, int64_t units, const float *x)
{
    int rc = 0;

    if (first + n > item->n_words)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "layer %s gave a sample for word %lld of stimulus %s, which has "
                        "%lld",
                        sink->info->layers[layer].id, (long long)(first + n), item->id,
                        (long long)item->n_words);
    for (int64_t i = 0; i < n; i++) {
        const struct ana_word *word = &item->words[first + i];

        for (int64_t t = 0; rc == 0 && t < sink->n_traces; t++)
            if (sink->traces[t] && sink->traces[t]->layer == layer)
                rc = ana_trace_add(ctx, sink->traces[t], item->item,
                                   word->onset + word->duration / 2, item->duration, 1,
                                   x + i * units);
    }
    return rc;
}

static void note_samples(struct ana_coverage *c, double time, double rate, int64_t n)
{
    const double last = time + (double)(n - 1) / rate;

    c->low = c->n == 0 || time < c->low ? time : c->low;
    c->high = c->n == 0 || last > c->high ? last : c->high;
    c->n += n;
}

static int layer_covered(struct ana_ctx *ctx, const struct ana_sink *sink,
                         const struct ana_layer *layer, const struct ana_coverage *c,
                         double end)
{
    const double rate = layer->rate;
    const double margin = 2 * fmax(layer->start, 0) + sink->info->context_before +
                          sink->info->context_after + 4 / rate;
    const int64_t all = llround((c->high - c->low) * rate) + 1;

    if (c->n == 0) /* whoever needs some says so */
        return 0;
    if (c->n > all)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "layer %s gave %lld samples where there are %lld, from %g s to "
                        "%g s; each may be emitted once",
                        layer->id, (long long)c->n, (long long)all, c->low, c->high);
    if (c->n < all)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "layer %s left out %lld of %lld samples between %g s and %g s; "
                        "emit all of them, and declare what input they see "
                        "(context_before, context_after)",
                        layer->id, (long long)(all - c->n), (long long)all, c->low,
                        c->high);
    if (c->high < end - margin)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "layer %s ends at %g s, and its input at %g s; at %g samples a "
                        "second some are missing",
                        layer->id, c->high, end, rate);
    return 0;
}

int ana_sink_covered(struct ana_ctx *ctx, const struct ana_sink *sink, int64_t item,
                     double end)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < sink->info->n_layers; i++) {
        const struct ana_layer *layer =
            sink->own ? &sink->own[i] : &sink->info->layers[i];

        if (sink->wanted[i] && layer->timing == ANA_TIMING_RATE && layer->rate > 0)
            rc = layer_covered(ctx, sink, layer,
                               &sink->coverage[item * sink->info->n_layers + i], end);
    }
    return rc;
}

/* Hand n samples of a layer to all that want them. */
static int deliver(struct ana_ctx *ctx, struct ana_sink *sink, int64_t number,
                   int64_t layer, int64_t first, int64_t n, const float *x)
{
    const struct ana_layer *own =
        sink->own ? &sink->own[layer] : &sink->info->layers[layer];
    const struct ana_sink_item *item = &sink->items[number];
    const int64_t units = unit_count(own);
    const int timed = own->timing == ANA_TIMING_RATE;
    double time = item->start + own->start + (timed ? (double)first / own->rate : 0);
    int64_t skip;
    int rc = 0;

    if (!timed && sink->windows)
        time = item->moment;
    if (own->timing == ANA_TIMING_TOKEN && !sink->windows)
        return deliver_words(ctx, sink, item, layer, first, n, units, x);
    narrow(item, timed ? own->rate : 0, &time, &skip, &n);
    if (sink->frames && sink->frames->layer == layer)
        return keep_frames(ctx, sink->frames, time, sink->info->layers[layer].rate, n,
                           x + skip * units);
    if (timed && sink->coverage && n > 0)
        note_samples(
            &sink->coverage[(sink->windows ? 0 : number) * sink->info->n_layers + layer],
            time, own->rate, n);
    for (int64_t t = 0; rc == 0 && t < sink->n_traces; t++)
        if (sink->traces[t] && sink->traces[t]->layer == layer)
            rc = ana_trace_add(ctx, sink->traces[t], item->item, time, item->duration, n,
                               x + skip * units);
    return rc;
}

struct ana_held {
    int64_t first, n;
    float *x;
    struct ana_held *next;
};

/* Keep samples until the call is over: all, or the last so far. */
static int hold(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                int64_t first, int64_t n, int64_t units, const float *x)
{
    struct ana_held **at = &sink->held[item * sink->info->n_layers + layer], *new;

    if (n == 0 || (sink->last && *at && (*at)->first > first + n - 1))
        return 0;
    if (sink->last) {
        x += (n - 1) * units;
        first += n - 1;
        n = 1;
    }
    new = ana_alloc(ctx, 1, sizeof *new);
    if (!new)
        return ANA_ERESOURCE;
    *new = (struct ana_held){.first = first, .n = n};
    new->x = ana_alloc(ctx, n * units, sizeof *x);
    if (new->x)
        memcpy(new->x, x, (size_t)(n * units) * sizeof *x);
    if (sink->last && *at) {
        ana_free(ctx, (*at)->x);
        ana_free(ctx, *at);
        *at = NULL;
    }
    while (*at)
        at = &(*at)->next;
    *at = new;
    return new->x ? 0 : ANA_ERESOURCE;
}

int ana_sink_begin(struct ana_ctx *ctx, struct ana_sink *sink)
{
    sink->held = NULL;
    if (!sink->windows)
        return 0;
    sink->held = ana_alloc(ctx, sink->n_items * sink->info->n_layers, sizeof *sink->held);
    return sink->held ? 0 : ANA_ERESOURCE;
}

int ana_sink_end(struct ana_ctx *ctx, struct ana_sink *sink, int rc)
{
    const int64_t L = sink->info->n_layers;

    for (int64_t i = 0; sink->held && i < sink->n_items * L; i++) {
        struct ana_held *held = sink->held[i], *next;

        for (; held; held = next) {
            next = held->next;
            if (rc == 0)
                rc = deliver(ctx, sink, i / L, i % L, held->first, held->n, held->x);
            ana_free(ctx, held->x);
            ana_free(ctx, held);
        }
    }
    ana_free(ctx, sink->held);
    sink->held = NULL;
    return rc;
}

int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                  int64_t first, const struct ana_tensor *samples)
{
    int rc;

    if (sink->take)
        return sink->take(ctx, sink->take_arg, item, layer, first, samples);
    rc = check(ctx, sink, item, layer, first, samples);
    if (rc != 0)
        return rc;
    if (sink->held)
        return hold(ctx, sink, item, layer, first, samples->shape[0],
                    unit_count(&sink->info->layers[layer]), samples->data);
    return deliver(ctx, sink, item, layer, first, samples->shape[0], samples->data);
}
