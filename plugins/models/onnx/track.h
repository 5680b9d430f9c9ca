/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_TRACK_H
#define ONNX_TRACK_H

#include "graph.h"

/* What became of the input's time and frequency axes in one tensor. Sample i along the
 * time axis is centred at input sample centre + i * stride and depends on the input
 * from `before` samples earlier to `after` later. */
struct track {
    int32_t dynamic;         /* depends on the network's input */
    int32_t time, frequency; /* axes; -1 = none */
    int32_t local;           /* 1: before and after are known and finite */
    double stride, centre, before, after;
    int32_t ndim; /* -1 = the tensor was not seen */
    int64_t shape[GRAPH_DIMS];
};

/* What an operation does to what passes through it. */
#define OP_POINTWISE 1 /* each number by itself, constants aside */
#define OP_WINDOW 2    /* convolutions and pools: slides over the axes from 2 on */
#define OP_VIEW 4      /* the same numbers under another shape */
#define OP_ACROSS 8    /* mixes other axes than time, if time keeps its length */
#define OP_LEARNED 16  /* has learned weights */
int32_t op_kind(const char *op);

/* Follow the axes from the input through all nodes. track has a place a tensor, their
 * shapes filled in from a run; the input's own place is set by the caller. */
void track_axes(const struct graph *graph, struct track *track);

/* Number of the one input of a node that depends on the network's input; -1 if none
 * does, -2 if several do. */
int32_t track_source(const struct track *track, const struct graph_node *node);

#endif
