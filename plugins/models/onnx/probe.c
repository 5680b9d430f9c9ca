/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What shapes the inner tensors have is asked of the network itself: it is run on a
 * little noise with every tensor declared as an output, and, where it takes any length,
 * once more on a longer one. track.c says where time should have gone; an axis that
 * grew with the input and is not the one expected is believed instead, its stride being
 * the ratio of the two growths and its samples centred on the whole.
 */
#include "onnx.h"

#include <math.h>
#include <string.h>

enum { TRIES = 3 };

struct seen {
    int32_t ndim;
    int64_t shape[GRAPH_DIMS];
};

static int run_once(struct ana_ctx *ctx, struct onnx *onnx, struct runtime *runtime,
                    int64_t samples, int64_t n, const int32_t *tensors,
                    const char *const *names, struct seen *seen, int32_t *type)
{
    const int64_t cells = samples * onnx->input.units;
    float *x = ana_alloc(ctx, cells, sizeof *x),
          *filled = ana_alloc(ctx, cells, sizeof *x);
    struct runtime_value *in = ana_alloc(ctx, onnx->n_feeds + 1, sizeof *in);
    const char **in_names = ana_alloc(ctx, onnx->n_feeds + 1, sizeof *in_names);
    struct runtime_outputs out = {0};
    struct ana_rng rng;
    int rc = x && filled && in && in_names ? 0 : ANA_ERESOURCE;

    ana_rng_init(ctx, "onnx probe", 0, &rng);
    for (int64_t i = 0; rc == 0 && i < cells; i++)
        x[i] = (float)(0.1 * ana_rng_normal(&rng));
    if (rc == 0)
        rc = input_fill(ctx, onnx, samples, x, filled, &in[0]);
    if (rc == 0) {
        in_names[0] = onnx->graph.tensor[onnx->input.tensor].name;
        for (int64_t i = 0; i < onnx->n_feeds; i++) {
            in[i + 1] = onnx->feed[i];
            in_names[i + 1] = onnx->feed_name[i];
        }
        rc = runtime_run(ctx, runtime, onnx->n_feeds + 1, in_names, in, n, names, &out);
    }
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        seen[tensors[i]].ndim = out.value[i].type ? out.value[i].ndim : -1;
        memcpy(seen[tensors[i]].shape, out.value[i].shape, sizeof seen->shape);
        type[tensors[i]] = out.value[i].type;
    }
    runtime_release(ctx, runtime, &out);
    ana_free(ctx, (void *)in_names);
    ana_free(ctx, in);
    ana_free(ctx, filled);
    ana_free(ctx, x);
    return rc;
}

/* Every tensor that a node makes from the network's input. */
static int64_t list_tensors(struct onnx *onnx, int32_t *tensors, const char **names)
{
    const struct graph *g = &onnx->graph;
    int64_t n = 0;

    onnx->track[onnx->input.tensor].dynamic = 1;
    for (int64_t i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->node[i];

        if (track_source(onnx->track, node) == -1)
            continue;
        for (int32_t k = 0; k < node->n_out; k++) {
            if (node->out[k] < 0 || onnx->track[node->out[k]].dynamic)
                continue;
            onnx->track[node->out[k]].dynamic = 1;
            names[n] = g->tensor[node->out[k]].name;
            tensors[n++] = node->out[k];
        }
    }
    for (int64_t t = 0; t < g->n_tensors; t++)
        onnx->track[t].dynamic = 0; /* track_axes sets them again, with all else */
    return n;
}

static void begin_track(struct onnx *onnx, const struct seen *seen)
{
    const struct input *in = &onnx->input;
    struct track *t;

    for (int64_t i = 0; i < onnx->graph.n_tensors; i++) {
        onnx->track[i].ndim = seen[i].ndim;
        memcpy(onnx->track[i].shape, seen[i].shape, sizeof seen->shape);
    }
    t = &onnx->track[in->tensor];
    *t = (struct track){.dynamic = 1,
                        .time = in->time,
                        .frequency = in->frequency,
                        .local = 1,
                        .stride = 1,
                        .ndim = in->ndim};
    memcpy(t->shape, in->shape, sizeof t->shape);
    t->shape[in->time] = onnx->probe;
}

/* Hold one tensor against its shape on a longer input. */
static void compare(struct onnx *onnx, int32_t tensor, const struct seen *longer,
                    int64_t more)
{
    struct track *t = &onnx->track[tensor];
    int32_t axis = -1, changed = 0;
    int64_t grown;

    for (int32_t d = 0; d < t->ndim && longer->ndim == t->ndim; d++)
        if (longer->shape[d] != t->shape[d]) {
            axis = d;
            changed++;
        }
    if (longer->ndim != t->ndim || changed > 1) {
        onnx->type[tensor] = 0;
        return;
    }
    if (changed == 0) {
        t->time = -1;
        t->local = 0;
        return;
    }
    grown = longer->shape[axis] - t->shape[axis];
    if (axis == t->time && fabs((double)grown * t->stride - (double)more) <= t->stride)
        return;
    t->time = axis;
    t->frequency = -1;
    t->local = 0;
    t->stride = (double)more / (double)(grown > 0 ? grown : 1);
    t->centre =
        ((double)(onnx->probe - 1) - (double)(t->shape[axis] - 1) * t->stride) / 2;
}

static int probe_with(struct ana_ctx *ctx, struct onnx *onnx, struct runtime *runtime,
                      int64_t n, const int32_t *tensors, const char *const *names,
                      struct seen *seen)
{
    const int64_t more = onnx->frames ? 96 : 10240;
    int32_t *type = ana_alloc(ctx, onnx->graph.n_tensors, sizeof *type);
    int rc = type ? ANA_EDATA : ANA_ERESOURCE;

    onnx->probe = onnx->input.length  ? onnx->input.length
                  : onnx->frames      ? 128
                  : onnx->rate > 1000 ? (int64_t)onnx->rate
                                      : 1000;
    for (int k = 0; k < TRIES && rc == ANA_EDATA; k++) {
        onnx->probe *= k > 0 && !onnx->input.length ? 4 : 1;
        rc = run_once(ctx, onnx, runtime, onnx->probe, n, tensors, names, seen,
                      onnx->type);
    }
    if (rc == 0) {
        begin_track(onnx, seen);
        track_axes(&onnx->graph, onnx->track);
    }
    if (rc == 0 && !onnx->input.length)
        rc = run_once(ctx, onnx, runtime, onnx->probe + more, n, tensors, names, seen,
                      type);
    for (int64_t i = 0; rc == 0 && !onnx->input.length && i < n; i++)
        compare(onnx, tensors[i], &seen[tensors[i]], more);
    ana_free(ctx, type);
    return rc;
}

int probe_run(struct ana_ctx *ctx, struct onnx *onnx, const char *folder)
{
    const int64_t room = onnx->graph.n_tensors;
    int32_t *tensors = ana_alloc(ctx, room, sizeof *tensors);
    const char **names = ana_alloc(ctx, room, sizeof *names);
    struct seen *seen = ana_alloc(ctx, room, sizeof *seen);
    struct runtime *runtime = NULL;
    uint8_t *bytes = NULL;
    int64_t n = 0, size;
    int rc;

    onnx->track = ana_alloc(ctx, room, sizeof *onnx->track);
    onnx->type = ana_alloc(ctx, room, sizeof *onnx->type);
    rc = tensors && names && seen && onnx->track && onnx->type ? 0 : ANA_ERESOURCE;
    for (int64_t t = 0; rc == 0 && t < room; t++)
        seen[t].ndim = -1;
    if (rc == 0) {
        n = list_tensors(onnx, tensors, names);
        rc = graph_with_outputs(ctx, &onnx->graph, n, tensors, &bytes, &size);
    }
    if (rc == 0)
        rc = runtime_open(ctx, onnx->path, bytes, size, folder, 1, &runtime);
    if (rc == 0)
        rc = probe_with(ctx, onnx, runtime, n, tensors, names, seen);
    runtime_close(ctx, runtime);
    ana_free(ctx, bytes);
    ana_free(ctx, seen);
    ana_free(ctx, (void *)names);
    ana_free(ctx, tensors);
    return rc;
}
