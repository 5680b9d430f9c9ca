/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where time goes in a network. A convolution or pool of kernel k, dilation d, stride s
 * and leading padding p turns (stride, centre, reach) along the axis it slides over into
 *
 *   stride' = stride * s
 *   centre' = centre + stride * ((k - 1) d / 2 - p)
 *   reach'  = reach  + stride *  (k - 1) d / 2
 *
 * Pointwise operations leave them, reshapes move the axis, and what mixes time in any
 * other way (recurrence, attention, a maximum over everything) makes the tensor depend
 * on all of the input: it is then not `local`.
 */
#include "track.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *op;
    int32_t kind;
} ops[] = {
    {"Abs", OP_POINTWISE},
    {"Add", OP_POINTWISE},
    {"BatchNormalization", OP_POINTWISE | OP_LEARNED},
    {"Cast", OP_POINTWISE},
    {"Celu", OP_POINTWISE},
    {"Clip", OP_POINTWISE},
    {"Div", OP_POINTWISE},
    {"Dropout", OP_POINTWISE},
    {"Elu", OP_POINTWISE},
    {"Erf", OP_POINTWISE},
    {"Exp", OP_POINTWISE},
    {"Gelu", OP_POINTWISE},
    {"HardSigmoid", OP_POINTWISE},
    {"HardSwish", OP_POINTWISE},
    {"Identity", OP_POINTWISE},
    {"LeakyRelu", OP_POINTWISE},
    {"Log", OP_POINTWISE},
    {"Max", OP_POINTWISE},
    {"Min", OP_POINTWISE},
    {"Mish", OP_POINTWISE},
    {"Mul", OP_POINTWISE},
    {"Neg", OP_POINTWISE},
    {"PRelu", OP_POINTWISE},
    {"Pow", OP_POINTWISE},
    {"Reciprocal", OP_POINTWISE},
    {"Relu", OP_POINTWISE},
    {"Selu", OP_POINTWISE},
    {"Sigmoid", OP_POINTWISE},
    {"Softplus", OP_POINTWISE},
    {"Softsign", OP_POINTWISE},
    {"Sqrt", OP_POINTWISE},
    {"Sub", OP_POINTWISE},
    {"Tanh", OP_POINTWISE},
    {"ThresholdedRelu", OP_POINTWISE},
    {"Conv", OP_WINDOW | OP_LEARNED},
    {"AveragePool", OP_WINDOW},
    {"LpPool", OP_WINDOW},
    {"MaxPool", OP_WINDOW},
    {"Flatten", OP_VIEW},
    {"Reshape", OP_VIEW},
    {"Squeeze", OP_VIEW},
    {"Transpose", OP_VIEW},
    {"Unsqueeze", OP_VIEW},
    {"Concat", OP_ACROSS},
    {"Gather", OP_ACROSS},
    {"Gemm", OP_ACROSS | OP_LEARNED},
    {"LRN", OP_ACROSS},
    {"LayerNormalization", OP_ACROSS},
    {"LogSoftmax", OP_ACROSS},
    {"MatMul", OP_ACROSS | OP_LEARNED},
    {"Softmax", OP_ACROSS},
    {"Attention", OP_LEARNED},
    {"ConvTranspose", OP_LEARNED},
    {"GRU", OP_LEARNED},
    {"LSTM", OP_LEARNED},
    {"RNN", OP_LEARNED},
};

int32_t op_kind(const char *op)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].op, op) == 0)
            return ops[i].kind;
    return 0;
}

int32_t track_source(const struct track *track, const struct graph_node *node)
{
    int32_t found = -1;

    for (int32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] < 0 || !track[node->in[i]].dynamic)
            continue;
        if (found >= 0)
            return -2;
        found = i;
    }
    return found;
}

/* Numbers of one row along the axes behind `axis`. */
static int64_t behind(const struct track *t, int32_t axis)
{
    int64_t n = 1;

    for (int32_t d = axis + 1; d < t->ndim; d++)
        n *= t->shape[d];
    return n;
}

/* Where an axis stands after a reshape: the axis of the same size with as many numbers
 * behind it. An axis of one sample may have gone anywhere: any axis of size 1. */
static int32_t moved(const struct track *from, int32_t axis, const struct track *to)
{
    if (axis < 0)
        return -1;
    for (int32_t d = 0; d < to->ndim; d++)
        if (to->shape[d] == from->shape[axis] && behind(to, d) == behind(from, axis))
            return d;
    for (int32_t d = 1; d < to->ndim && from->shape[axis] == 1; d++)
        if (to->shape[d] == 1)
            return d;
    return -1;
}

static int32_t transposed(const struct graph_node *node, int32_t axis, int32_t ndim)
{
    if (axis < 0)
        return -1;
    if (node->perm.n == 0)
        return ndim - 1 - axis;
    for (int32_t d = 0; d < node->perm.n; d++)
        if (node->perm.at[d] == axis)
            return d;
    return -1;
}

static int64_t one_of(const struct graph_ints *list, int32_t i, int64_t fallback)
{
    return i >= 0 && i < list->n ? list->at[i] : fallback;
}

static void slide(const struct graph *graph, const struct graph_node *node,
                  const struct track *from, struct track *to)
{
    const int32_t d = from->time - 2, spatial = from->ndim - 2;
    const int32_t weight = node->n_in > 1 ? node->in[1] : -1;
    const int64_t stride = one_of(&node->strides, d, 1);
    const int64_t dilation = one_of(&node->dilations, d, 1);
    int64_t kernel = one_of(&node->kernel, d, 1), pad = one_of(&node->pads, d, 0);
    double half;

    if (from->time < 2) { /* time stands as the channels or the batch: mixed, or kept */
        to->local &= from->time == 0;
        to->time = from->time == 0 ? 0 : -1;
        return;
    }
    if (node->kernel.n == 0 && weight >= 0 && graph->tensor[weight].ndim == from->ndim)
        kernel = graph->tensor[weight].shape[from->time];
    if (node->same && spatial > 0) {
        const int64_t total = (to->shape[to->time] - 1) * stride +
                              (kernel - 1) * dilation + 1 - from->shape[from->time];

        pad = total > 0 ? (total + (node->same == 2)) / 2 : 0;
    }
    half = (double)((kernel - 1) * dilation) / 2;
    to->centre = from->centre + from->stride * (half - (double)pad);
    to->before = from->before + from->stride * half;
    to->after = from->after + from->stride * half;
    to->stride = from->stride * (double)stride;
}

/* Both made of time: they must keep the same clock to be added up. */
static void join(struct track *to, const struct track *other)
{
    if (!other->dynamic || other->time < 0)
        return;
    if (other->stride != to->stride || other->centre != to->centre)
        to->local = 0;
    to->local &= other->local;
    to->before = fmax(to->before, other->before);
    to->after = fmax(to->after, other->after);
}

/* Broadcasting aligns axes at their ends. */
static int32_t aligned(const struct track *from, int32_t axis, const struct track *to)
{
    const int32_t d = axis < 0 ? -1 : axis + to->ndim - from->ndim;

    return d >= 0 && d < to->ndim && to->shape[d] == from->shape[axis] ? d : -1;
}

static void pass(const struct graph_node *node, int32_t kind, const struct track *from,
                 struct track *to)
{
    const int64_t axis = node->axis_given ? node->axis : -1;
    const int64_t along = axis < 0 ? axis + from->ndim : axis;
    const int contracts =
        strcmp(node->op, "MatMul") == 0 || strcmp(node->op, "Gemm") == 0;
    const int normalises = strcmp(node->op, "LayerNormalization") == 0;

    to->time = aligned(from, from->time, to);
    to->frequency = aligned(from, from->frequency, to);
    if (contracts && from->time == from->ndim - 1)
        to->time = -1;
    if (contracts && from->frequency == from->ndim - 1)
        to->frequency = -1;
    if (!(kind & (OP_POINTWISE | OP_ACROSS)) ||
        ((kind & OP_ACROSS) && !contracts &&
         (normalises ? from->time >= along : from->time == along)))
        to->local = 0;
}

static const struct track *first_source(const struct track *track,
                                        const struct graph_node *node)
{
    const struct track *any = NULL;

    for (int32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] < 0 || !track[node->in[i]].dynamic)
            continue;
        if (track[node->in[i]].time >= 0)
            return &track[node->in[i]];
        any = any ? any : &track[node->in[i]];
    }
    return any;
}

static void follow(const struct graph *graph, const struct graph_node *node,
                   struct track *track, struct track *to)
{
    const struct track *from = first_source(track, node);
    const int32_t kind = op_kind(node->op), ndim = to->ndim;
    struct track next;

    next = *from;
    next.ndim = ndim;
    memcpy(next.shape, to->shape, sizeof next.shape);
    *to = next;
    if (ndim < 0 || from->ndim < 0 || from->time < 0) {
        to->time = to->frequency = -1;
        to->local = 0;
        return;
    }
    if (kind & OP_WINDOW) {
        to->frequency = from->frequency >= 2 ? from->frequency : -1;
        slide(graph, node, from, to);
    } else if (strcmp(node->op, "Transpose") == 0) {
        to->time = transposed(node, from->time, ndim);
        to->frequency = transposed(node, from->frequency, ndim);
    } else if (kind & OP_VIEW) {
        to->time = moved(from, from->time, to);
        to->frequency = moved(from, from->frequency, to);
    } else {
        pass(node, kind, from, to);
        for (int32_t i = 0; i < node->n_in; i++)
            if (node->in[i] >= 0)
                join(to, &track[node->in[i]]);
    }
    to->local &= to->time >= 0;
    if (to->frequency == to->time)
        to->frequency = -1;
}

void track_axes(const struct graph *graph, struct track *track)
{
    for (int64_t i = 0; i < graph->n_nodes; i++) {
        const struct graph_node *node = &graph->node[i];

        if (!first_source(track, node))
            continue;
        for (int32_t k = 0; k < node->n_out; k++)
            if (node->out[k] >= 0)
                follow(graph, node, track, &track[node->out[k]]);
        for (int32_t k = 0; k < node->n_out; k++)
            if (node->out[k] >= 0)
                track[node->out[k]].dynamic = 1;
    }
}
