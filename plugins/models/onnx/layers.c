/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which tensors are layers, and what each is. `tensors = learned`: behind each learned
 * operation (convolution, matrix product with a weight, recurrence), the tensor after
 * the last pointwise operation that follows it, called by kind and number ("Conv7");
 * then the network's outputs, unless they are such a tensor in another shape.
 * `tensors = all`: what each node gives.
 */
#include "onnx.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int is_float(int32_t type)
{
    return type == ONNX_FLOAT || type == ONNX_FLOAT16 || type == ONNX_DOUBLE;
}

/* Which node takes each tensor: -1 none, -2 several. */
static int64_t *list_users(struct ana_ctx *ctx, const struct graph *g)
{
    int64_t *users = ana_alloc(ctx, g->n_tensors, sizeof *users);

    for (int64_t t = 0; users && t < g->n_tensors; t++)
        users[t] = -1;
    for (int64_t i = 0; users && i < g->n_nodes; i++)
        for (int32_t k = 0; k < g->node[i].n_in; k++) {
            const int32_t t = g->node[i].in[k];

            if (t >= 0)
                users[t] = users[t] == -1 ? i : -2;
        }
    return users;
}

/* Follow pointwise operations (and, for `views`, reshapes) as long as each is all that
 * becomes of the tensor before it. */
static int32_t follow(const struct onnx *onnx, const int64_t *users, int32_t tensor,
                      int32_t kinds)
{
    for (;;) {
        const int64_t i = users[tensor];
        const struct graph_node *node = i >= 0 ? &onnx->graph.node[i] : NULL;

        if (!node || !(op_kind(node->op) & kinds) || node->n_out < 1 ||
            node->out[0] < 0 || track_source(onnx->track, node) < 0 ||
            !is_float(onnx->type[node->out[0]]))
            return tensor;
        tensor = node->out[0];
    }
}

/* A learned operation that the input goes through: one that has a weight of its own. */
static int is_learned(const struct onnx *onnx, const struct graph_node *node)
{
    return (op_kind(node->op) & OP_LEARNED) &&
           strcmp(node->op, "BatchNormalization") != 0 &&
           track_source(onnx->track, node) >= 0 && node->n_out > 0 && node->out[0] >= 0;
}

static int add_tap(struct ana_ctx *ctx, struct onnx *onnx, int32_t tensor,
                   const char *name, int64_t number)
{
    struct tap *tap = &onnx->tap[onnx->n_layers];
    const int64_t room = (int64_t)strlen(name) + 24;
    char *id = ana_alloc(ctx, room, 1);

    if (!id)
        return ANA_ERESOURCE;
    if (number >= 0)
        snprintf(id, (size_t)room, "%s%lld", name, (long long)number);
    else
        snprintf(id, (size_t)room, "%s", name);
    for (char *c = id; *c; c++)
        if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
            *c = '_';
    *tap = (struct tap){.tensor = tensor, .id = id};
    onnx->n_layers++;
    return 0;
}

/* How many nodes before this one are of its kind. */
static int64_t number_of(const struct onnx *onnx, int64_t node, int learned)
{
    const struct graph *g = &onnx->graph;
    int64_t n = 0;

    for (int64_t i = 0; i < node; i++)
        n += strcmp(g->node[i].op, g->node[node].op) == 0 &&
             (!learned || is_learned(onnx, &g->node[i]));
    return n;
}

static int add_node(struct ana_ctx *ctx, struct onnx *onnx, int64_t i, int32_t tensor,
                    int learned, int by_node)
{
    const struct graph_node *node = &onnx->graph.node[i];

    if (by_node && node->name[0])
        return add_tap(ctx, onnx, tensor, node->name, -1);
    return add_tap(ctx, onnx, tensor, node->op, number_of(onnx, i, learned));
}

static int add_outputs(struct ana_ctx *ctx, struct onnx *onnx, const int64_t *users)
{
    const struct graph *g = &onnx->graph;
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < g->n_tensors; t++) {
        int known = !g->tensor[t].is_output || !is_float(onnx->type[t]);

        for (int64_t k = 0; !known && k < onnx->n_layers; k++)
            known = follow(onnx, users, onnx->tap[k].tensor, OP_VIEW) == t;
        if (!known)
            rc = add_tap(ctx, onnx, (int32_t)t, g->tensor[t].name, -1);
    }
    return rc;
}

static int choose(struct ana_ctx *ctx, struct onnx *onnx, int learned, int by_node)
{
    const struct graph *g = &onnx->graph;
    int64_t *users = list_users(ctx, g);
    int rc = users ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < g->n_nodes; i++) {
        const struct graph_node *node = &g->node[i];
        int32_t t;

        if (learned ? !is_learned(onnx, node)
                    : node->n_out < 1 || node->out[0] < 0 ||
                          !onnx->track[node->out[0]].dynamic)
            continue;
        t = learned ? follow(onnx, users, node->out[0], OP_POINTWISE) : node->out[0];
        if (is_float(onnx->type[t]))
            rc = add_node(ctx, onnx, i, t, learned, by_node);
    }
    if (rc == 0 && learned)
        rc = add_outputs(ctx, onnx, users);
    ana_free(ctx, users);
    if (rc == 0 && onnx->n_layers == 0)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: no tensor of the network can be a layer (float, and at most one "
            "axis grows with the input)",
            onnx->path);
    return rc;
}

/* Two nodes of one name: the second is NAME#2. */
static int make_unique(struct ana_ctx *ctx, struct onnx *onnx)
{
    for (int64_t i = 1; i < onnx->n_layers; i++) {
        int64_t same = 1;
        char *id;

        for (int64_t k = 0; k < i; k++) {
            const size_t n = strlen(onnx->tap[i].id);

            same += strncmp(onnx->tap[k].id, onnx->tap[i].id, n) == 0 &&
                    (onnx->tap[k].id[n] == 0 || onnx->tap[k].id[n] == '#');
        }
        if (same == 1)
            continue;
        id = ana_alloc(ctx, (int64_t)strlen(onnx->tap[i].id) + 24, 1);
        if (!id)
            return ANA_ERESOURCE;
        sprintf(id, "%s#%lld", onnx->tap[i].id, (long long)same);
        ana_free(ctx, onnx->tap[i].id);
        onnx->tap[i].id = id;
    }
    return 0;
}

/* The units' axes: all but time and those of one number, frequency always. More than
 * four become one. */
static void describe_units(const struct onnx *onnx, struct tap *tap,
                           struct ana_layer *layer)
{
    const struct track *t = &onnx->track[tap->tensor];
    int32_t n = 0;

    tap->time = t->time;
    tap->outer = tap->inner = 1;
    for (int32_t d = 0; d < t->ndim; d++) {
        if (d == t->time)
            continue;
        *(d < t->time ? &tap->outer : &tap->inner) *= t->shape[d];
        if (t->shape[d] == 1 && d != t->frequency)
            continue;
        if (n < 4) {
            layer->shape[n] = t->shape[d];
            layer->axes[n] = d == t->frequency       ? &onnx->frequency_axis
                             : d == 1 && t->ndim > 2 ? &onnx->channel_axis
                                                     : NULL;
        }
        n++;
    }
    layer->ndim = n;
    if (n == 0 || n > 4) {
        layer->ndim = 1;
        layer->shape[0] = tap->outer * tap->inner;
        memset(layer->axes, 0, sizeof layer->axes);
    }
}

static void describe_layer(const struct onnx *onnx, int64_t i)
{
    struct tap *tap = &onnx->tap[i];
    const struct track *t = &onnx->track[tap->tensor];
    const int output = onnx->graph.tensor[tap->tensor].is_output;

    onnx->layer[i] = (struct ana_layer){
        .size = sizeof onnx->layer[i],
        .kind = output ? ANA_LAYER_OUTPUT : ANA_LAYER_ACTIVATION,
        .timing = t->time >= 0 ? ANA_TIMING_RATE : ANA_TIMING_ITEM,
        .id = tap->id,
        .branch = "",
        .depth = onnx->n_layers > 1 ? (double)i / (double)(onnx->n_layers - 1) : 0,
        .rate = t->time >= 0 ? onnx->rate / t->stride : 0,
        .start = t->time >= 0 ? t->centre / onnx->rate : 0};
    describe_units(onnx, tap, &onnx->layer[i]);
}

/* Reach, flags and alignment of the whole model. */
static void describe_model(struct onnx *onnx)
{
    double before = 0, after = 0, hop = 1;
    int exact = onnx->input.length == 0;

    for (int64_t i = 0; i < onnx->n_layers; i++) {
        const struct track *t = &onnx->track[onnx->tap[i].tensor];

        exact = exact && t->time >= 0 && t->local;
        before = t->before > before ? t->before : before;
        after = t->after > after ? t->after : after;
        hop = t->stride > hop ? t->stride : hop;
    }
    for (int64_t i = 0; exact && i < onnx->n_layers; i++) {
        const double ratio = hop / onnx->track[onnx->tap[i].tensor].stride;

        exact = ratio == (double)(int64_t)ratio;
    }
    onnx->info = (struct ana_model_info){
        .size = sizeof onnx->info,
        .flags = ANA_MODEL_REENTRANT | ANA_MODEL_CONTROLS |
                 (exact ? ANA_MODEL_EXACT_IN_CHUNKS : 0) |
                 (onnx->input.length > 0 ? ANA_MODEL_ONE_LENGTH : 0),
        .input = onnx->frames ? ANA_INPUT_FRAMES : ANA_INPUT_AUDIO,
        .channels = (int32_t)onnx->input.units,
        .input_rate = onnx->rate,
        .context_before = exact ? (before + hop) / onnx->rate : 0,
        .context_after = exact ? (after + hop) / onnx->rate : 0,
        .hop = exact ? hop / onnx->rate : 0,
        .n_layers = onnx->n_layers,
        .layers = onnx->layer};
}

/* `output_axes`: what the axes of the network's outputs are, where tracking lost it. */
static int take_output_axes(struct ana_ctx *ctx, struct onnx *onnx, const char *text)
{
    const struct graph *g = &onnx->graph;
    int32_t frequency = -1, n = 0;

    if (strcmp(text, "auto") == 0)
        return 0;
    while (*text) {
        const size_t skip = strspn(text, " "), length = strcspn(text + skip, " ");

        text += skip;
        if (length == 9 && strncmp(text, "frequency", 9) == 0)
            frequency = n;
        n += length > 0;
        text += length;
    }
    for (int64_t t = 0; t < g->n_tensors; t++) {
        if (!g->tensor[t].is_output || !onnx->track[t].dynamic)
            continue;
        if (onnx->track[t].ndim != n)
            return ana_fail(ctx, ANA_EPARAM,
                            "`output_axes` names %d axes, and output '%s' has %d", n,
                            g->tensor[t].name, onnx->track[t].ndim);
        if (frequency != onnx->track[t].time)
            onnx->track[t].frequency = frequency;
    }
    return 0;
}

int layers_set_up(struct ana_ctx *ctx, struct onnx *onnx, const struct ana_params *params)
{
    const int learned = strcmp(ana_param_text(params, "tensors"), "learned") == 0;
    const int by_node = strcmp(ana_param_text(params, "names"), "node") == 0;
    int rc = take_output_axes(ctx, onnx, ana_param_text(params, "output_axes"));

    onnx->frequency_axis = (struct ana_axis){.size = sizeof onnx->frequency_axis,
                                             .kind = ANA_AXIS_FREQUENCY,
                                             .name = "frequency"};
    onnx->channel_axis = (struct ana_axis){
        .size = sizeof onnx->channel_axis, .kind = ANA_AXIS_FEATURE, .name = "channel"};
    onnx->tap =
        ana_alloc(ctx, onnx->graph.n_nodes + onnx->graph.n_tensors, sizeof *onnx->tap);
    if (rc == 0)
        rc = onnx->tap ? choose(ctx, onnx, learned, by_node) : ANA_ERESOURCE;
    if (rc == 0)
        rc = make_unique(ctx, onnx);
    if (rc != 0)
        return rc;
    onnx->layer = ana_alloc(ctx, onnx->n_layers, sizeof *onnx->layer);
    if (!onnx->layer)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < onnx->n_layers; i++)
        describe_layer(onnx, i);
    describe_model(onnx);
    return 0;
}
