/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Showing all stimuli to a model, on the pool: one by one, or short clips together where
 * the model gains by it.
 */
#include <math.h>

#include "base/context.h"
#include "pipeline/activations_parts.h"

enum { MOST_CLIPS = 32, CLIP_SECONDS = 20 };

struct job {
    struct ana_opened_model *model;
    const struct ana_stimuli *stimuli;
    const int64_t *items;
    int64_t n_items, n_traces;
    struct ana_trace *const *traces;
    const uint8_t *wanted;
    int64_t *first; /* items of each group of clips that are shown together */
};

static int run_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct ana_stimulus *stimulus = &job->stimuli->item[job->items[i]];
    struct ana_sink sink = {.n_traces = job->n_traces, .traces = job->traces};
    struct ana_extent extent =
        ana_extent_whole(job->n_traces, job->traces, i, stimulus->duration);

    if (job->model->window > 0) {
        extent.from = extent.low;
        extent.to = extent.high;
    } else {
        ana_extent_first(&job->model->info, &extent);
    }
    return ana_stretch_run(ctx, job->model, stimulus, &extent, job->wanted, &sink, i);
}

/* Clips whose common call has failed (with rc), one by one: so that the sentence names the
 * stimulus. */
static int run_alone(struct ana_ctx *ctx, const struct job *job, int64_t first,
                     int64_t end, int rc)
{
    for (int64_t i = first; i < end; i++) {
        int alone;

        for (int64_t t = 0; t < job->n_traces; t++)
            if (job->traces[t])
                ana_trace_restart(ctx, job->traces[t], i);
        alone = run_item(ctx, (void *)(uintptr_t)job, i);
        if (alone != 0)
            return alone;
    }
    return rc;
}

/* Clips [first, end) in one call. */
static int run_clips(struct ana_ctx *ctx, const struct job *job, int64_t first,
                     int64_t end)
{
    struct ana_opened_model *model = job->model;
    const int64_t n = end - first;
    struct ana_input input[MOST_CLIPS];
    struct ana_sink_item to[MOST_CLIPS];
    double until[MOST_CLIPS];
    const struct ana_batch batch = {.size = sizeof batch, .n = n, .item = input};
    struct ana_sink sink = {
        .info = &model->info,
        .own = model->own,
        .wanted = job->wanted,
        .n_items = n,
        .items = to,
        .n_traces = job->n_traces,
        .traces = job->traces,
        .coverage = ana_alloc(ctx, n * model->info.n_layers, sizeof *sink.coverage)};
    int64_t made = 0;
    int rc = sink.coverage ? 0 : ANA_ERESOURCE;

    for (; rc == 0 && made < n; made++) {
        const struct ana_stimulus *s = &job->stimuli->item[job->items[first + made]];
        struct ana_extent extent =
            ana_extent_whole(job->n_traces, job->traces, first + made, s->duration);

        until[made] = fmin(extent.high, s->duration);
        ana_extent_first(&model->info, &extent);
        input[made] = (struct ana_input){.size = sizeof *input, .stimulus = s};
        rc = ana_piece_input(ctx, model, &extent, first + made, &input[made], &to[made]);
    }
    if (rc == 0)
        rc = ana_model_forward(ctx, model, &batch, job->wanted, &sink);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = ana_sink_covered(ctx, &sink, i, until[i]);
    while (made > 0)
        ana_tensor_finish(&input[--made].data);
    ana_free(ctx, sink.coverage);
    if (rc != 0 && rc != ANA_ECANCEL && !ana_cancelled(ctx))
        return run_alone(ctx, job, first, end, rc);
    for (int64_t i = first; rc == 0 && i < end; i++)
        rc = ana_sink_pass(ctx, &sink, i, (double)INFINITY);
    return rc;
}

int64_t ana_clips_end(const struct ana_opened_model *model,
                      const struct ana_stimuli *stimuli, int64_t n_items,
                      const int64_t *items, int64_t n_traces,
                      struct ana_trace *const *traces, int64_t first)
{
    double seconds = 0;
    int64_t end = first;

    if (!(model->info.flags & ANA_MODEL_TOGETHER) || model->window > 0 ||
        model->info.input != ANA_INPUT_AUDIO)
        return first + 1;
    while (end < n_items && end - first < MOST_CLIPS) {
        const struct ana_stimulus *s = &stimuli->item[items[end]];
        const struct ana_extent all =
            ana_extent_whole(n_traces, traces, end, s->duration);

        seconds += all.high - all.low;
        if (s->audio_rate <= 0 || seconds > CLIP_SECONDS)
            break;
        end++;
    }
    return end > first ? end : first + 1;
}

static int run_group(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const int64_t first = job->first[i], end = job->first[i + 1];

    return end - first > 1 ? run_clips(ctx, job, first, end) : run_item(ctx, arg, first);
}

static int run_pass(struct ana_ctx *ctx, struct job *job)
{
    uint8_t *wanted = ana_alloc(ctx, job->model->info.n_layers, 1);
    int64_t n_groups = 0;
    int rc = 0, any = 0;

    if (!wanted)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < job->n_traces; t++)
        if (job->traces[t]) {
            wanted[job->traces[t]->layer] = 1;
            any = 1;
        }
    job->wanted = wanted;
    job->first = ana_alloc(ctx, job->n_items + 1, sizeof *job->first);
    if (!job->first) {
        ana_free(ctx, wanted);
        return ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < job->n_items; i = job->first[++n_groups])
        job->first[n_groups + 1] =
            ana_clips_end(job->model, job->stimuli, job->n_items, job->items,
                          job->n_traces, job->traces, i);
    if (any && (job->model->info.flags & ANA_MODEL_REENTRANT))
        rc = ana_parallel_for(ctx, n_groups, run_group, job);
    else
        for (int64_t i = 0; any && rc == 0 && i < n_groups; i++)
            rc = run_group(ctx, job, i);
    ana_free(ctx, job->first);
    ana_free(ctx, wanted);
    return rc;
}

/* Pooled traces are made from the stimulus as it is, those on a clock from the one
 * with silence around it, so that a pooled score never depends on what else is asked. */
int ana_model_run(struct ana_ctx *ctx, struct ana_opened_model *model,
                  const struct ana_stimuli *stimuli, int64_t n_items,
                  const int64_t *items, int64_t n_traces, struct ana_trace *const *traces)
{
    struct ana_trace **some = ana_alloc(ctx, n_traces, sizeof *some);
    struct job job = {model, stimuli, items, n_items, n_traces, some, NULL, NULL};
    int rc = some ? 0 : ANA_ERESOURCE;

    for (int pooled = 1; rc == 0 && pooled >= 0; pooled--) {
        for (int64_t t = 0; t < n_traces; t++)
            some[t] = (traces[t]->stretch == NULL) == pooled ? traces[t] : NULL;
        rc = run_pass(ctx, &job);
    }
    ana_free(ctx, some);
    return rc;
}
