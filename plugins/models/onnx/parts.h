/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_PARTS_H
#define ONNX_PARTS_H

#include "graph.h"
#include "proto.h"

/* The messages inside a graph, each into `g`. Errors: ANA_EDATA, ANA_ERESOURCE. */
int graph_read_node(struct ana_ctx *ctx, struct graph *g, struct proto p);
int graph_read_weight(struct ana_ctx *ctx, struct graph *g, struct proto p);
int graph_read_value(struct ana_ctx *ctx, struct graph *g, struct proto p, int output);

/* ANA_EDATA: the bytes at p are no protobuf message. */
int graph_fault(struct ana_ctx *ctx, const struct graph *g, const struct proto *p);

/* The tensor of a name, made where it is new; -1 (and ANA_ERESOURCE or ANA_EDATA in ctx)
 * if it cannot be. An empty name is tensor -1 with *rc 0. */
int32_t graph_tensor_named(struct ana_ctx *ctx, struct graph *g,
                           const struct proto_field *name, int *rc);

/* A copy of a text field, owned by the graph; NULL: ctx says why. */
const char *graph_text(struct ana_ctx *ctx, struct graph *g,
                       const struct proto_field *text);

#endif
