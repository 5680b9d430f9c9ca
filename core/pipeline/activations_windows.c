/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Showing a stretch of one stimulus to a model in windows. Several go in one call, as many
 * as hold little until it is over. Memory grows with the window and not with the stimulus:
 * sound is read by stretches, and the frames of a model that feeds this one are made by
 * pieces, where that one is exact in pieces.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/activations_parts.h"

enum { MOST_WINDOWS = 32, WINDOW_BYTES = 64 << 20 };

int64_t ana_windows_held(const struct ana_opened_model *model, const uint8_t *wanted)
{
    double bytes = 0;

    for (int64_t i = 0; i < model->info.n_layers; i++) {
        const struct ana_layer *layer = &model->own[i];
        double units = 1, n = 1;

        for (int32_t d = 0; d < layer->ndim; d++)
            units *= (double)layer->shape[d];
        if (layer->timing == ANA_TIMING_RATE &&
            model->study->window.keep != ANA_KEEP_LAST)
            n = layer->rate * (double)model->window / model->info.input_rate;
        bytes += wanted[i] ? n * units * sizeof(float) : 0;
    }
    return (int64_t)bytes;
}

int64_t ana_windows_at_once(const struct ana_opened_model *model, const uint8_t *wanted)
{
    const int64_t bytes = ana_windows_held(model, wanted);
    const int64_t most = bytes > 0 ? WINDOW_BYTES / bytes : MOST_WINDOWS;

    return most < 1 ? 1 : most < MOST_WINDOWS ? most : MOST_WINDOWS;
}

/* The frames of a model that feeds this one, from those on that a window still needs. */
struct feed {
    struct ana_extent piece;  /* of the sound: the next that the feeder is shown */
    struct cut *windows;      /* or the feeder's own windows, where it has some */
    struct ana_frames frames; /* scaled as the study says */
    int64_t first;            /* number of the first of them */
    double start;             /* s: of frame 0 */
    int ended;
};

/* One stimulus' windows, and the input that is at hand: frames, or a stretch of sound. */
struct cut {
    struct ana_opened_model *model;
    const struct ana_stimulus *stimulus;
    struct ana_extent extent;
    struct ana_windows grid;
    struct feed feed; /* of a model that takes frames */
    const uint8_t *wanted;
    int64_t item;
    int64_t next; /* number of the window that is shown next */
    int ended;    /* there is none */
};

static int begin_windows(struct ana_ctx *ctx, struct cut *cut);
static int step_windows(struct ana_ctx *ctx, struct cut *cut, struct ana_sink *sink);
static void end_windows(struct ana_ctx *ctx, struct cut *cut);

static double zero_of(const struct cut *cut)
{
    return cut->model->info.input == ANA_INPUT_AUDIO ? 0 : cut->feed.start;
}

/* Samples [first, end) of the input as an item. hull: what sound was read, from sample
 * `from` on. */
static void cut_window(const struct cut *cut, const struct ana_tensor *hull, int64_t from,
                       int64_t first, int64_t end, struct ana_input *input)
{
    const float *x = hull ? hull->data : cut->feed.frames.x;
    const int64_t units = hull ? 1 : cut->feed.frames.units;
    const int64_t shape[] = {end - first, units};

    *input = (struct ana_input){.size = sizeof *input, .stimulus = cut->stimulus};
    input->rate = cut->model->info.input_rate;
    input->start = (double)first / input->rate + zero_of(cut);
    ana_tensor_view(ANA_F32, hull ? 1 : 2, shape,
                    (float *)(uintptr_t)x + (first - from) * units, &input->data);
}

/* Windows k .. k + n - 1 in one forward call. */
static int show_windows(struct ana_ctx *ctx, const struct cut *cut, int64_t k, int64_t n,
                        struct ana_sink *sink)
{
    const double rate = cut->model->info.input_rate;
    const int sound = cut->model->info.input == ANA_INPUT_AUDIO;
    const double zero = zero_of(cut);
    struct ana_input input[MOST_WINDOWS];
    struct ana_sink_item to[MOST_WINDOWS];
    struct ana_batch batch = {.size = sizeof batch, .n = n, .item = input};
    struct ana_tensor hull = {.size = 0};
    int64_t first = 0, end = 0, low = INT64_MAX, high = INT64_MIN;
    int rc = 0;

    for (int64_t i = 0; i < n; i++) {
        ana_window_at(&cut->grid, k + i, &first, &end);
        low = first < low ? first : low;
        high = end > high ? end : high;
    }
    if (sound)
        rc = ana_tensor_create(ctx, ANA_F32, 1, (const int64_t[]){high - low}, &hull);
    if (sound && rc == 0)
        rc = ana_stimulus_audio(ctx, cut->stimulus, rate, low, high - low, hull.data);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        ana_window_at(&cut->grid, k + i, &first, &end);
        cut_window(cut, sound ? &hull : NULL, sound ? low : cut->feed.first, first, end,
                   &input[i]);
        to[i] = (struct ana_sink_item){.id = cut->stimulus->id,
                                       .start = input[i].start,
                                       .duration = cut->stimulus->duration,
                                       .item = cut->item};
        ana_window_kept(&cut->grid, k + i, &to[i].from, &to[i].to);
        to[i].from = zero + to[i].from / rate;
        to[i].to = zero + to[i].to / rate;
        to[i].moment =
            zero +
            (cut->grid.keep == ANA_KEEP_LAST ? (double)end : (double)(first + end) / 2) /
                rate;
    }
    sink->n_items = n;
    sink->items = to;
    if (rc == 0)
        rc = ana_sink_begin(ctx, sink);
    if (rc == 0)
        rc = ana_model_forward(ctx, cut->model, &batch, cut->wanted, sink);
    rc = ana_sink_end(ctx, sink, rc);
    ana_tensor_finish(&hull);
    return rc;
}

/* How many windows from k on a forward call takes; those that end before the wanted
 * stretch begins, or begin behind it, are passed over. */
static int64_t next_windows(const struct cut *cut, int64_t most, int64_t *k)
{
    const double rate = cut->model->info.input_rate;
    const double zero = zero_of(cut);
    int64_t first, end, n = 0;

    while (ana_window_at(&cut->grid, *k, &first, &end) &&
           zero + (double)end / rate < cut->extent.from)
        ++*k;
    while (n < most && ana_window_at(&cut->grid, *k + n, &first, &end) &&
           zero + (double)first / rate < cut->extent.to)
        n++;
    return n;
}

/* From where on the samples of window k and those behind it count. */
static double begin_of(const struct cut *cut, int64_t k)
{
    const double rate = cut->model->info.input_rate;
    const double zero = zero_of(cut);
    double from, to;
    int64_t first, end;

    if (!ana_window_at(&cut->grid, k, &first, &end))
        return (double)INFINITY;
    ana_window_kept(&cut->grid, k, &from, &to);
    return zero + fmax(from, (double)first) / rate;
}

static int shows_entire(const struct ana_opened_model *model)
{
    return model->study->window.keep == ANA_KEEP_LAST &&
           (model->info.flags & ANA_MODEL_ONE_LENGTH) != 0;
}

double ana_windows_ahead(const struct ana_opened_model *model, double low)
{
    const double ahead = (double)model->window / model->info.input_rate;
    const struct ana_opened_model *feeder = model->input;

    if (!shows_entire(model))
        return 0;
    if (feeder && feeder->window > 0) { /* whose frames begin on its own grid */
        const double stride = feeder->stride / feeder->info.input_rate;

        return low - floor((low - ahead) / stride + 1e-9) * stride;
    }
    return ahead;
}

struct ana_windows ana_windows_grid(const struct ana_opened_model *model, int64_t low,
                                    int64_t high, double ahead)
{
    struct ana_windows grid = {.low = low,
                               .high = high,
                               .length = model->window,
                               .stride = model->stride,
                               .keep = model->study->window.keep,
                               .entire = shows_entire(model)};

    if (model->info.input == ANA_INPUT_FRAMES)
        grid.zero = low + llround(ahead * model->info.input_rate);
    if (model->info.hop > 0)
        grid.align = llround(model->info.hop * model->info.input_rate);
    if (grid.align < 1)
        grid.align = 1;
    return grid;
}

/* Show the feeder the next piece of the sound, or its next windows. */
static int show_feeder(struct ana_ctx *ctx, struct cut *cut, const uint8_t *wanted)
{
    struct ana_opened_model *feeder = cut->model->input;
    struct feed *feed = &cut->feed;
    struct ana_sink sink = {.frames = &feed->frames};
    struct ana_extent piece = feed->piece;
    int rc;

    if (!feed->windows) {
        piece.step = 0;
        rc = ana_stretch_run(ctx, feeder, cut->stimulus, &piece, wanted, &sink, 0);
        feed->ended = !ana_extent_next(&feed->piece);
        return rc;
    }
    sink.info = &feeder->info;
    sink.own = feeder->own;
    sink.wanted = feed->windows->wanted = wanted;
    ana_context_push(ctx, "model %s", feeder->study->name);
    rc = step_windows(ctx, feed->windows, &sink);
    ana_context_pop(ctx);
    feed->ended = feed->windows->ended;
    return rc;
}

static int feed_more(struct ana_ctx *ctx, struct cut *cut)
{
    const struct ana_opened_model *model = cut->model;
    const float scale = (float)model->study->scale, offset = (float)model->study->offset;
    struct feed *feed = &cut->feed;
    const int64_t had = feed->frames.n;
    uint8_t *wanted = ana_alloc(ctx, model->input->info.n_layers, 1);
    int rc;

    if (!wanted)
        return ANA_ERESOURCE;
    wanted[model->input_layer] = 1;
    rc = show_feeder(ctx, cut, wanted);
    ana_free(ctx, wanted);
    for (int64_t i = had * feed->frames.units; i < feed->frames.n * feed->frames.units;
         i++)
        feed->frames.x[i] = scale * feed->frames.x[i] + offset;
    if (had == 0 && feed->first == 0 && feed->frames.n > 0)
        feed->start = feed->frames.time;
    cut->grid.high = feed->first + feed->frames.n;
    return rc;
}

/* Frames for windows k .. k + most - 1 and, so that it is known to be there, the next; or
 * all there are. Those before window k are let go. */
static int feed_windows(struct ana_ctx *ctx, struct cut *cut, int64_t k, int64_t most)
{
    struct feed *feed = &cut->feed;
    struct ana_windows endless = cut->grid;
    int64_t first, end, skip;
    int rc = 0;

    endless.high = INT64_MAX / 4;
    if (!ana_window_at(&endless, k + most, &first, &end))
        return ana_fail(ctx, ANA_ERESOURCE, "there are too many windows");
    while (rc == 0 && !feed->ended && feed->first + feed->frames.n < end)
        rc = feed_more(ctx, cut);
    if (rc != 0 || !ana_window_at(&cut->grid, k, &first, &end))
        return rc;
    skip = first - feed->first;
    if (skip > 0 && skip <= feed->frames.n) {
        const int64_t units = feed->frames.units;

        feed->frames.n -= skip;
        feed->frames.time += (double)skip / cut->model->info.input_rate;
        feed->first += skip;
        memmove(feed->frames.x, feed->frames.x + skip * units,
                (size_t)(feed->frames.n * units) * sizeof *feed->frames.x);
    }
    return rc;
}

/* The feeder's pieces, or windows, from the first on. */
static int begin_feed(struct ana_ctx *ctx, struct cut *cut)
{
    struct ana_opened_model *feeder = cut->model->input;
    const struct ana_layer *layer = &feeder->info.layers[cut->model->input_layer];
    struct feed *feed = &cut->feed;

    feed->start = cut->extent.low;
    feed->piece = cut->extent;
    feed->piece.from = cut->extent.low;
    feed->piece.to = cut->extent.high;
    feed->piece.step = 0;
    feed->frames = (struct ana_frames){.layer = cut->model->input_layer,
                                       .units = 1,
                                       .from = cut->extent.low,
                                       .to = cut->extent.high};
    for (int32_t d = 0; d < layer->ndim; d++)
        feed->frames.units *= layer->shape[d];
    if (feeder->window == 0) {
        ana_extent_first(&feeder->info, &feed->piece);
        return 0;
    }
    feed->windows = ana_alloc(ctx, 1, sizeof *feed->windows);
    if (!feed->windows)
        return ANA_ERESOURCE;
    *feed->windows =
        (struct cut){.model = feeder, .stimulus = cut->stimulus, .extent = feed->piece};
    return begin_windows(ctx, feed->windows);
}

/* The grid of one stimulus. */
static int begin_windows(struct ana_ctx *ctx, struct cut *cut)
{
    const struct ana_opened_model *model = cut->model;
    const double ahead = ana_windows_ahead(model, cut->extent.low);
    int64_t low, n;

    cut->extent.low -= ahead;
    if (model->info.input == ANA_INPUT_AUDIO) {
        if (cut->stimulus->audio_rate <= 0)
            return ana_fail(ctx, ANA_EDATA,
                            "the stimulus has no sound and the model wants one");
        ana_extent_samples(model->info.input_rate, cut->extent.low, cut->extent.high,
                           &low, &n);
        cut->grid = ana_windows_grid(model, low, low + n, ahead);
        return 0;
    }
    cut->grid = ana_windows_grid(model, 0, 0, ahead);
    return begin_feed(ctx, cut);
}

static void end_windows(struct ana_ctx *ctx, struct cut *cut)
{
    ana_free(ctx, cut->feed.frames.x);
    if (cut->feed.windows)
        end_windows(ctx, cut->feed.windows);
    ana_free(ctx, cut->feed.windows);
}

/* Show the next windows, as many as go in one call; none where frames are still made. */
static int step_windows(struct ana_ctx *ctx, struct cut *cut, struct ana_sink *sink)
{
    const int64_t most = ana_windows_at_once(cut->model, cut->wanted);
    const int sound = cut->model->info.input == ANA_INPUT_AUDIO;
    int64_t n, first, end;
    int rc = sound ? 0 : feed_windows(ctx, cut, cut->next, most);

    sink->windows = 1;
    sink->last = cut->grid.keep == ANA_KEEP_LAST;
    n = rc == 0 ? next_windows(cut, most, &cut->next) : 0;
    cut->ended = n == 0 && (sound || cut->feed.ended ||
                            ana_window_at(&cut->grid, cut->next, &first, &end));
    if (n > 0)
        rc = ana_cancelled(ctx) ? ana_fail(ctx, ANA_ECANCEL, "interrupted")
                                : show_windows(ctx, cut, cut->next, n, sink);
    cut->next += n;
    return rc;
}

int ana_windows_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimulus *stimulus, const struct ana_extent *extent,
                    const uint8_t *wanted, struct ana_sink *sink, int64_t item)
{
    struct cut cut = {.model = model,
                      .stimulus = stimulus,
                      .extent = *extent,
                      .wanted = wanted,
                      .item = item};
    int rc = begin_windows(ctx, &cut);

    while (rc == 0 && !cut.ended) {
        rc = step_windows(ctx, &cut, sink);
        if (rc == 0 && !cut.ended && !isinf(begin_of(&cut, cut.next)))
            rc = ana_sink_pass(ctx, sink, item, begin_of(&cut, cut.next));
    }
    end_windows(ctx, &cut);
    return rc;
}
