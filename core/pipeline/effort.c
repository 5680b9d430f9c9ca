/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a model will take: the run's way through stimuli and pieces (activations*.c), with
 * inputs that have a shape and no samples.
 */
#include "pipeline/effort.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/activations_parts.h"

enum { MOST_AT_ONCE = 32 }; /* windows */
enum { PREPARED = 32 }; /* stimuli for which prepare() is asked; others are as the last */

struct walk {
    struct ana_effort *effort;
    int64_t item, n_items;
    int64_t frames;             /* bytes of another model's that were reckoned last */
    struct ana_tensor prepared; /* the shape that prepare() made last */
};

static int add_pass(struct ana_ctx *ctx, struct walk *walk,
                    struct ana_opened_model *model, const struct ana_stimulus *stimulus,
                    const struct ana_extent *extent, const uint8_t *wanted,
                    int64_t *bytes);

/* The shape that the model's own prepare() gives; the data goes at once. */
static int ask_prepare(struct ana_ctx *ctx, struct walk *walk,
                       struct ana_opened_model *model, struct ana_input *input)
{
    const int64_t step = 1 + (walk->n_items - 1) / PREPARED;
    struct ana_tensor made;
    int rc;

    if (walk->item % step != 0 && walk->prepared.ndim > 0) {
        input->data = walk->prepared;
        return 0;
    }
    rc = model->vt->prepare(ctx, model->self, input->stimulus, input);
    made = input->data;
    walk->prepared = made;
    walk->prepared.data = walk->prepared.owner = NULL;
    input->data = walk->prepared;
    ana_tensor_finish(&made);
    return rc;
}

/* How much is made of a feeder's frames at once: a piece, or as many windows of its own as
 * go in one call. */
static double feed_seconds(const struct ana_opened_model *feeder,
                           const struct ana_extent *part, const uint8_t *wanted)
{
    if (feeder->window == 0)
        return part->to - part->from;
    return ((double)feeder->window +
            (double)ana_windows_at_once(feeder, wanted) * feeder->stride) /
           feeder->info.input_rate;
}

/* Frames of another model: what it takes to make them, and how many there are. Windows
 * hold those of one call and of the piece of sound behind it. */
static int frames_shape(struct ana_ctx *ctx, struct walk *walk,
                        struct ana_opened_model *model, const struct ana_extent *extent,
                        double a, double b, struct ana_input *input, int64_t *bytes)
{
    struct ana_opened_model *feeder = model->input;
    const struct ana_layer *layer = &feeder->info.layers[model->input_layer];
    struct ana_extent part = {extent->low, extent->high, a, b, 0};
    int64_t shape[] = {llround(fmax(b - a, 0) * layer->rate), 1}, held = 0, one;
    uint8_t *wanted = ana_alloc(ctx, feeder->info.n_layers, 1);
    int rc = 0, more = 1;

    if (!wanted)
        return ANA_ERESOURCE;
    wanted[model->input_layer] = 1;
    if (a <= extent->low && b >= extent->high && feeder->window == 0)
        ana_extent_first(&feeder->info, &part);
    if (model->window > 0)
        held = model->window + (int64_t)ceil(MOST_AT_ONCE * model->stride) +
               (int64_t)ceil(feed_seconds(feeder, &part, wanted) * layer->rate);
    for (; rc == 0 && more; more = ana_extent_next(&part)) {
        rc = add_pass(ctx, walk, feeder, input->stimulus, &part, wanted, &one);
        *bytes = one > *bytes ? one : *bytes;
    }
    for (int32_t d = 0; d < layer->ndim; d++)
        shape[1] *= layer->shape[d];
    ana_tensor_view(ANA_F32, 2, shape, NULL, &input->data);
    held = model->window > 0 && held < shape[0] ? held : shape[0];
    walk->frames = 2 * held * shape[1] * (int64_t)sizeof(float); /* as it grows */
    *bytes += walk->frames;
    ana_free(ctx, wanted);
    return rc;
}

static int input_shape(struct ana_ctx *ctx, struct walk *walk,
                       struct ana_opened_model *model, const struct ana_extent *extent,
                       struct ana_input *input, int64_t *bytes)
{
    int64_t first, n;
    double a, b;

    ana_extent_input(&model->info, extent, &a, &b);
    if (model->info.input == ANA_INPUT_FRAMES)
        return frames_shape(ctx, walk, model, extent, a, b, input, bytes);
    if (model->vt->prepare)
        return ask_prepare(ctx, walk, model, input);
    if (model->info.input == ANA_INPUT_AUDIO) {
        ana_extent_samples(model->info.input_rate, a, b, &first, &n);
        ana_tensor_view(ANA_F32, 1, &n, NULL, &input->data);
        walk->effort->sound += (double)n;
    }
    return 0;
}

/* A call with n inputs, `times` times; the most bytes that it holds. */
static int add_calls(struct ana_ctx *ctx, struct walk *walk,
                     struct ana_opened_model *model, int64_t n,
                     const struct ana_input *input, double times, const uint8_t *wanted,
                     int64_t *bytes)
{
    const struct ana_batch batch = {.size = sizeof batch, .n = n, .item = input};
    struct ana_model_cost cost = {.size = sizeof cost};
    int rc = model->vt->cost(ctx, model->self, &batch, wanted, &cost);

    walk->effort->flops += cost.flops * times;
    walk->effort->slow += cost.slow * times;
    walk->effort->loops += cost.loops * times;
    *bytes = cost.bytes;
    return rc;
}

/* Windows of an input, as they are shown: as many in a call as the run takes, those of one
 * length reckoned together. */
static int add_windows(struct ana_ctx *ctx, struct walk *walk,
                       struct ana_opened_model *model, const struct ana_input *whole,
                       int64_t low, double ahead, const uint8_t *wanted, int64_t *bytes)
{
    const struct ana_windows grid =
        ana_windows_grid(model, low, low + whole->data.shape[0], ahead);
    const int64_t most = ana_windows_at_once(model, wanted);
    const int64_t hull = model->window + (int64_t)ceil((double)most * model->stride);
    const int64_t units = whole->data.ndim > 1 ? whole->data.shape[1] : 1;
    struct ana_input *input = ana_alloc(ctx, most, sizeof *input);
    int64_t first, end, next_first, next_end, same = 1;
    int rc = input ? 0 : ANA_ERESOURCE;

    *bytes = 0;
    for (int64_t k = 0; rc == 0 && ana_window_at(&grid, k, &first, &end); k++) {
        int64_t one, n;

        if (ana_window_at(&grid, k + 1, &next_first, &next_end) &&
            next_end - next_first == end - first) {
            same++;
            continue;
        }
        n = same < most ? same : most;
        for (int64_t i = 0; i < n; i++) {
            input[i] = *whole;
            input[i].data.shape[0] = end - first;
        }
        rc =
            add_calls(ctx, walk, model, n, input, (double)same / (double)n, wanted, &one);
        one += n * (ana_windows_held(model, wanted) +
                    (int64_t)sizeof(float) * (end - first) * units);
        *bytes = one > *bytes ? one : *bytes;
        same = 1;
    }
    ana_free(ctx, input);
    if (model->info.input == ANA_INPUT_AUDIO)
        *bytes += hull * (int64_t)sizeof(float);
    walk->effort->seconds =
        fmax(walk->effort->seconds, (double)hull / model->info.input_rate);
    return rc;
}

/* One pass, with those of the models that feed it; the most bytes that it holds. */
static int add_pass(struct ana_ctx *ctx, struct walk *walk,
                    struct ana_opened_model *model, const struct ana_stimulus *stimulus,
                    const struct ana_extent *extent, const uint8_t *wanted,
                    int64_t *bytes)
{
    struct ana_input input = {
        .size = sizeof input, .stimulus = stimulus, .rate = model->info.input_rate};
    const double ahead = model->window > 0 ? ana_windows_ahead(model, extent->low) : 0;
    struct ana_extent shown = *extent;
    int64_t before = 0, low = 0, n;
    int rc;

    shown.low -= ahead;
    shown.from -= ahead;
    rc = input_shape(ctx, walk, model, &shown, &input, &before);
    if (model->info.input == ANA_INPUT_AUDIO)
        ana_extent_samples(model->info.input_rate, shown.from, shown.to, &low, &n);
    if (rc == 0 && model->window > 0 && input.data.ndim > 0) {
        const int64_t frames = model->info.input == ANA_INPUT_FRAMES ? walk->frames : 0;

        rc = add_windows(ctx, walk, model, &input, low, ahead, wanted, bytes);
        *bytes += frames;
    } else if (rc == 0) {
        rc = add_calls(ctx, walk, model, 1, &input, 1, wanted, bytes);
        *bytes +=
            ana_tensor_count(&input.data) * (int64_t)ana_dtype_size(input.data.dtype);
        walk->effort->seconds = fmax(walk->effort->seconds, extent->to - extent->from);
    }
    *bytes = *bytes > before ? *bytes : before;
    return rc;
}

static int add_item(struct ana_ctx *ctx, struct walk *walk,
                    struct ana_opened_model *model, const struct ana_stimulus *stimulus,
                    int64_t n_traces, struct ana_trace *const *traces,
                    const uint8_t *wanted)
{
    struct ana_extent extent =
        ana_extent_whole(n_traces, traces, walk->item, stimulus->duration);
    int rc = 0, more = 1;

    if (model->window > 0) {
        extent.from = extent.low;
        extent.to = extent.high;
    } else {
        ana_extent_first(&model->info, &extent);
    }
    for (; rc == 0 && more; more = ana_extent_next(&extent)) {
        int64_t bytes = 0;

        rc = add_pass(ctx, walk, model, stimulus, &extent, wanted, &bytes);
        walk->effort->bytes = bytes > walk->effort->bytes ? bytes : walk->effort->bytes;
    }
    return rc;
}

/* Clips walk->item .. end - 1 in one call. */
static int add_clips(struct ana_ctx *ctx, struct walk *walk,
                     struct ana_opened_model *model, const struct ana_stimuli *stimuli,
                     const int64_t *items, int64_t end, int64_t n_traces,
                     struct ana_trace *const *traces, const uint8_t *wanted)
{
    const int64_t n = end - walk->item;
    struct ana_input *input = ana_alloc(ctx, n, sizeof *input);
    int64_t bytes = 0, sound = 0;
    int rc = input ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const struct ana_stimulus *s = &stimuli->item[items[walk->item + i]];
        struct ana_extent extent =
            ana_extent_whole(n_traces, traces, walk->item + i, s->duration);

        ana_extent_first(&model->info, &extent);
        input[i] = (struct ana_input){
            .size = sizeof *input, .stimulus = s, .rate = model->info.input_rate};
        rc = input_shape(ctx, walk, model, &extent, &input[i], &bytes);
        sound += ana_tensor_count(&input[i].data) *
                 (int64_t)ana_dtype_size(input[i].data.dtype);
        walk->effort->seconds = fmax(walk->effort->seconds, extent.to - extent.from);
    }
    if (rc == 0)
        rc = add_calls(ctx, walk, model, n, input, 1, wanted, &bytes);
    bytes += sound;
    walk->effort->bytes = bytes > walk->effort->bytes ? bytes : walk->effort->bytes;
    ana_free(ctx, input);
    return rc;
}

/* All stimuli for traces of one kind. */
static int add_items(struct ana_ctx *ctx, struct walk *walk,
                     struct ana_opened_model *model, const struct ana_stimuli *stimuli,
                     const int64_t *items, int64_t n_traces,
                     struct ana_trace *const *traces, const uint8_t *wanted)
{
    int64_t end;
    int rc = 0;

    for (walk->item = 0; rc == 0 && walk->item < walk->n_items; walk->item = end) {
        end = ana_clips_end(model, stimuli, walk->n_items, items, n_traces, traces,
                            walk->item);
        rc = end - walk->item > 1
                 ? add_clips(ctx, walk, model, stimuli, items, end, n_traces, traces,
                             wanted)
                 : add_item(ctx, walk, model, &stimuli->item[items[walk->item]], n_traces,
                            traces, wanted);
    }
    return rc;
}

int ana_model_effort(struct ana_ctx *ctx, struct ana_opened_model *model,
                     const struct ana_stimuli *stimuli, int64_t n_items,
                     const int64_t *items, int64_t n_traces,
                     struct ana_trace *const *traces, struct ana_effort *effort)
{
    struct ana_trace **some = ana_alloc(ctx, n_traces, sizeof *some);
    uint8_t *wanted = ana_alloc(ctx, model->info.n_layers, 1);
    struct walk walk = {.effort = effort, .n_items = n_items};
    int rc = some && wanted ? 0 : ANA_ERESOURCE;

    *effort = (struct ana_effort){0};
    if (model->original) /* what a control takes is what it is a control of takes */
        model = model->original;
    for (int pooled = 1; rc == 0 && pooled >= 0; pooled--) {
        int any = 0;

        memset(wanted, 0, (size_t)model->info.n_layers);
        for (int64_t t = 0; t < n_traces; t++) {
            some[t] = (traces[t]->stretch == NULL) == pooled ? traces[t] : NULL;
            any |= some[t] != NULL;
            if (some[t])
                wanted[some[t]->layer] = 1;
        }
        if (any)
            rc = add_items(ctx, &walk, model, stimuli, items, n_traces, some, wanted);
    }
    ana_free(ctx, some);
    ana_free(ctx, wanted);
    return rc;
}
