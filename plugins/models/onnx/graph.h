/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_GRAPH_H
#define ONNX_GRAPH_H

#include <anaflow/anaflow.h>

/* What an ONNX file says of its network: the main graph's nodes, tensors by number, and
 * where in the file each weight's bytes lie. Bodies of If and Loop are not entered. */

enum { GRAPH_DIMS = 8, GRAPH_INTS = 16 };

struct graph_ints {
    int32_t n;
    int64_t at[GRAPH_INTS];
};

struct graph_node {
    const char *op, *name;
    int32_t n_in, n_out;
    int32_t *in, *out; /* tensors; -1 = an input or output left out */
    struct graph_ints kernel, strides, dilations, pads, perm;
    int64_t axis, axis_given, trans_b;
    int32_t same; /* auto_pad: 0 none, 1 SAME_UPPER, 2 SAME_LOWER */
};

/* One value of the graph. */
struct graph_tensor {
    const char *name;
    int32_t producer; /* node, or -1 */
    int32_t is_input, is_output, is_weight, external;
    int32_t type;              /* element type as ONNX numbers them, 0 = not said */
    int32_t ndim;              /* -1 = not said */
    int64_t shape[GRAPH_DIMS]; /* -1 = free */
    int64_t at, bytes; /* of a weight: its data in the file; -1 = spelt otherwise */
};

struct graph {
    const char *path;
    uint8_t *bytes; /* the file, owned; twins change weights in place */
    int64_t size;
    int64_t n_nodes, n_tensors, room_nodes, room_tensors;
    struct graph_node *node;
    struct graph_tensor *tensor;
    int64_t n_names, room_names; /* every text, freed with the graph */
    char **names;
    int64_t n_slots;
    int32_t *slot; /* hash of names -> tensor + 1 */
};

#define ONNX_FLOAT 1
#define ONNX_FLOAT16 10
#define ONNX_DOUBLE 11

/* Read a file. Owns: the caller; release with `graph_close` (also after a failure).
 * Errors: ANA_EDATA with the byte at which it is no ONNX file, or the field that is
 * wrong; external data outside the file's own folder is refused. */
int graph_open(struct ana_ctx *ctx, const char *path, struct graph *graph);
void graph_close(struct ana_ctx *ctx, struct graph *graph);

/* The file with more of its tensors declared as outputs: a ModelProto that holds just
 * graph.output entries is put behind it, which protobuf merges. Owns: the caller. */
int graph_with_outputs(struct ana_ctx *ctx, const struct graph *graph, int64_t n,
                       const int32_t *tensors, uint8_t **bytes, int64_t *size);

#endif
