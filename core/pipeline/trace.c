/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reducing activations as they arrive: which rows a trace has, which samples come into
 * them, and what is left of a sample that is averaged over frequency or projected.
 */
#include "pipeline/trace.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "data/tensor.h"
#include "pipeline/trace_fill.h"

static int64_t unit_count(const struct ana_layer *layer)
{
    int64_t n = 1;

    for (int32_t d = 0; d < layer->ndim; d++)
        n *= layer->shape[d];
    return n;
}

static int32_t frequency_axis(const struct ana_layer *layer)
{
    for (int32_t d = 0; d < layer->ndim; d++)
        if (layer->axes[d] && layer->axes[d]->kind == ANA_AXIS_FREQUENCY)
            return d;
    return -1;
}

static int make_offsets(struct ana_ctx *ctx, struct ana_trace *trace)
{
    trace->offset = ana_alloc(ctx, trace->n_items + 1, sizeof *trace->offset);
    if (!trace->offset)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < trace->n_items; i++) {
        const int64_t n = trace->stretch ? trace->stretch[i].n : 1;

        if (!ana_add_ok(trace->offset[i], n, &trace->offset[i + 1]))
            return ana_fail(ctx, ANA_ERESOURCE, "the recording has too many samples");
    }
    return 0;
}

int ana_trace_create(struct ana_ctx *ctx, const struct ana_layer *layer,
                     int64_t layer_index, int32_t reduce, int64_t n_items,
                     const struct ana_stretch *stretch, double rate,
                     const struct ana_kernel *kernel, struct ana_trace **out)
{
    struct ana_trace *t = ana_alloc(ctx, 1, sizeof *t);
    int64_t cells;
    int rc;

    *out = t;
    if (!t)
        return ANA_ERESOURCE;
    t->layer = layer_index;
    t->info = layer;
    t->fit = -1;
    t->reduce = reduce;
    t->rate = rate;
    t->n_items = n_items;
    t->stretch = reduce == ANA_REDUCE_NONE ? stretch : NULL;
    t->features = unit_count(layer);
    t->layer_rate = layer->timing == ANA_TIMING_RATE ? layer->rate : 0;
    if (reduce == ANA_REDUCE_TIME_FREQUENCY) {
        if (frequency_axis(layer) < 0)
            return ana_fail(
                ctx, ANA_EPARAM,
                "layer %s has no frequency axis to average over; use `pool = time`",
                layer->id);
        t->features /= layer->shape[frequency_axis(layer)];
    }
    if (t->stretch && kernel && kernel->kind != ANA_KERNEL_NONE) {
        t->spread = layer->timing != ANA_TIMING_ITEM;
        ana_kernel_on(kernel, t->layer_rate, rate, &t->on);
    }
    if (reduce == ANA_REDUCE_NONE && layer->timing == ANA_TIMING_TOKEN && !t->spread)
        return ana_fail(
            ctx, ANA_EPARAM,
            "layer %s has a sample a word: say how words come onto the recording's clock "
            "with `resample = lanczos 3` or `hrf = glover` in [features]",
            layer->id);
    if (reduce == ANA_REDUCE_NONE && t->layer_rate <= 0 && !t->spread)
        return ana_fail(
            ctx, ANA_EPARAM,
            "layer %s has one sample an item and no time course; it can predict a "
            "recording with one value a stimulus: add `prepare = average(...)` to "
            "the recording, or `pool = time`",
            layer->id);
    t->slow = t->stretch && !t->spread && t->layer_rate < t->rate * (1 - 1e-9);
    rc = make_offsets(ctx, t);
    if (rc != 0)
        return rc;
    if (!ana_mul_ok(t->offset[n_items], t->features, &cells))
        return ana_fail(ctx, ANA_ERESOURCE,
                        "layer %s: %lld samples x %lld units do not fit", layer->id,
                        (long long)t->offset[n_items], (long long)t->features);
    return 0;
}

void ana_trace_shrink(struct ana_trace *t, int64_t project, int half)
{
    t->half = half;
    if (project > 0 && project < t->features) {
        t->unprojected = t->features;
        t->features = project;
    }
}

void ana_trace_fit(struct ana_trace *t, struct ana_components *components)
{
    t->components = components;
}

void ana_trace_take(struct ana_trace *t,
                    int (*take)(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n,
                                const float *x),
                    void *arg)
{
    t->take = take;
    t->take_arg = arg;
}

static void stop_filling(struct ana_ctx *ctx, struct ana_trace *t)
{
    for (int64_t i = 0; t->filling && i < t->n_items; i++)
        ana_filling_release(ctx, &t->filling[i]);
    ana_free(ctx, t->filling);
    t->filling = NULL;
    ana_project_destroy(ctx, t->project);
    t->project = NULL;
}

int ana_trace_begin(struct ana_ctx *ctx, struct ana_trace *t)
{
    int rc = 0;

    stop_filling(ctx, t);
    if (t->fitted) {
        t->project = t->fitted;
        t->fitted = NULL;
    } else if (t->unprojected > 0) {
        rc = ana_project_create(ctx, t->unprojected, t->features, t->layer, &t->project);
    }
    if (rc != 0)
        return rc;
    t->filling = ana_alloc(ctx, t->n_items, sizeof *t->filling);
    if (!t->filling)
        return ANA_ERESOURCE;
    ana_tensor_finish(&t->x);
    return t->take
               ? 0
               : ana_tensor_create(ctx, ANA_F32, 2,
                                   (const int64_t[]){t->offset[t->n_items], t->features},
                                   &t->x);
}

void ana_trace_destroy(struct ana_ctx *ctx, struct ana_trace *t)
{
    if (!t)
        return;
    stop_filling(ctx, t);
    ana_project_destroy(ctx, t->fitted);
    ana_free(ctx, t->offset);
    ana_tensor_finish(&t->x);
    ana_free(ctx, t);
}

/* out (F) = a sample averaged over its frequency axis. */
static void average_frequency(const struct ana_trace *t, const float *sample, int64_t F,
                              double *out)
{
    const int32_t axis = frequency_axis(t->info);
    int64_t outer = 1, middle = 1, inner = 1;

    for (int32_t d = 0; d < t->info->ndim; d++)
        *(d < axis ? &outer : d == axis ? &middle : &inner) *= t->info->shape[d];
    for (int64_t f = 0; f < F; f++)
        out[f] = 0;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t m = 0; m < middle; m++)
            for (int64_t i = 0; i < inner; i++)
                out[o * inner + i] +=
                    (double)sample[(o * middle + m) * inner + i] / (double)middle;
}

/* Whether a sample centred at `at` belongs to its stimulus; those without a time do. */
static int inside(const struct ana_trace *t, double at, double duration)
{
    return t->layer_rate <= 0 || (at >= -1e-9 && at < duration - 1e-9);
}

/* Put n samples, each of the trace's features, where they belong. */
static int place_samples(struct ana_ctx *ctx, struct ana_trace *t, int64_t item,
                         double time, double duration, int64_t n, const float *samples)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const double at = t->layer_rate > 0 ? time + (double)i / t->layer_rate : 0;
        const float *sample = samples + i * t->features;

        if (t->slow)
            rc = ana_filling_interpolate(ctx, t, item, at, sample);
        else if (t->spread)
            rc = ana_filling_spread(ctx, t, item, t->layer_rate > 0 ? at : time, sample);
        else if (t->stretch)
            rc = ana_filling_average(ctx, t, item, ana_trace_row(t, item, at), sample);
        else if (inside(t, at, duration))
            rc = ana_filling_average(ctx, t, item, 0, sample);
    }
    return rc;
}

/* A sample of the layer's units as one of the trace's features; mean: as many numbers as
 * there are before the projection, sums: as there are after it. */
static void narrow_sample(const struct ana_trace *t, const float *sample, double *mean,
                          float *single, double *sums, float *out)
{
    const int64_t F = t->project ? t->unprojected : t->features;
    const float *x = sample;

    if (t->reduce == ANA_REDUCE_TIME_FREQUENCY) {
        average_frequency(t, sample, F, mean);
        for (int64_t f = 0; f < F; f++)
            single[f] = (float)mean[f];
        x = single;
    }
    if (t->project)
        ana_project_apply(t->project, x, sums, out);
    else
        memcpy(out, x, (size_t)F * sizeof *out);
}

/* Samples for a PCA. */
static int add_components(struct ana_ctx *ctx, struct ana_trace *t, double time,
                          double duration, int64_t n, const float *samples)
{
    const int64_t units = unit_count(t->info), F = t->features;
    double *mean = ana_alloc(ctx, F, sizeof *mean);
    float *single = ana_alloc(ctx, 2 * F, sizeof *single);
    int rc = mean && single ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const double at = t->layer_rate > 0 ? time + (double)i / t->layer_rate : 0;

        if (!inside(t, at, duration))
            continue;
        narrow_sample(t, samples + i * units, mean, single, NULL, single + F);
        rc = ana_components_add(ctx, t->components, single + F);
    }
    ana_free(ctx, mean);
    ana_free(ctx, single);
    return rc;
}

int ana_trace_add(struct ana_ctx *ctx, struct ana_trace *t, int64_t item, double time,
                  double duration, int64_t n, const float *samples)
{
    const int64_t units = unit_count(t->info), F = t->features;
    const int64_t before = t->project ? t->unprojected : F;
    double *wide;
    float *narrow, *single;
    int rc = ANA_ERESOURCE;

    if (t->components)
        return add_components(ctx, t, time, duration, n, samples);
    if (!t->project && t->reduce != ANA_REDUCE_TIME_FREQUENCY)
        return place_samples(ctx, t, item, time, duration, n, samples);
    wide = ana_alloc(ctx, before + F, sizeof *wide);
    single = ana_alloc(ctx, before, sizeof *single);
    narrow = ana_alloc(ctx, n * F, sizeof *narrow);
    if (wide && single && narrow) {
        for (int64_t i = 0; i < n; i++)
            narrow_sample(t, samples + i * units, wide, single, wide + before,
                          narrow + i * F);
        rc = place_samples(ctx, t, item, time, duration, n, narrow);
    }
    ana_free(ctx, wide);
    ana_free(ctx, single);
    ana_free(ctx, narrow);
    return rc;
}

void ana_trace_drop(struct ana_ctx *ctx, struct ana_trace *t)
{
    stop_filling(ctx, t);
    ana_tensor_finish(&t->x);
}

int ana_trace_finish(struct ana_ctx *ctx, struct ana_trace *t, const char *const *ids)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < t->n_items; i++) {
        if (!t->stretch && t->filling[i].added == 0)
            rc = ana_fail(
                ctx, ANA_EDATA,
                "layer %s gave no sample inside stimulus %s; it may be too short for "
                "the model: leave it out, or take `layers` before this one",
                t->info->id, ids[i]);
        else
            rc = ana_trace_end(ctx, t, i);
    }
    stop_filling(ctx, t);
    return rc;
}
