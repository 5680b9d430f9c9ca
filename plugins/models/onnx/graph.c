/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading an ONNX file (a protobuf ModelProto) far enough to know its layers. Numbers
 * of fields are those of onnx.proto: ModelProto.graph 7; GraphProto.node 1,
 * initializer 5, input 11, output 12; NodeProto input 1, output 2, name 3, op_type 4,
 * attribute 5; TensorProto dims 1, data_type 2, name 8, raw_data 9, external_data 13.
 */
#include "graph.h"

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "parts.h"
#include "proto.h"

static int read_graph(struct ana_ctx *ctx, struct graph *g, struct proto p)
{
    struct proto_field f;
    int more, rc = 0;

    while (rc == 0 && (more = proto_next(&p, &f)) != 0) {
        struct proto inside;

        if (more < 0)
            return graph_fault(ctx, g, &p);
        if (f.wire != PROTO_BYTES)
            continue;
        inside = proto_inside(&p, &f);
        if (f.number == 1)
            rc = graph_read_node(ctx, g, inside);
        else if (f.number == 5)
            rc = graph_read_weight(ctx, g, inside);
        else if (f.number == 11 || f.number == 12)
            rc = graph_read_value(ctx, g, inside, f.number == 12);
    }
    return rc;
}

static int check(struct ana_ctx *ctx, const struct graph *g)
{
    int64_t inputs = 0, outputs = 0;

    for (int64_t t = 0; t < g->n_tensors; t++) {
        inputs += g->tensor[t].is_input && !g->tensor[t].is_weight;
        outputs += g->tensor[t].is_output;
    }
    if (g->n_nodes == 0 || inputs == 0 || outputs == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: holds %lld nodes, %lld inputs and %lld outputs; an ONNX "
                        "network has at least one of each",
                        g->path, (long long)g->n_nodes, (long long)inputs,
                        (long long)outputs);
    return 0;
}

int graph_open(struct ana_ctx *ctx, const char *path, struct graph *graph)
{
    struct proto p;
    struct proto_field f;
    int more, rc;

    memset(graph, 0, sizeof *graph);
    graph->path = path;
    rc = file_read_whole(ctx, path, &graph->bytes, &graph->size);
    p = (struct proto){graph->bytes, graph->bytes, graph->bytes + graph->size};
    while (rc == 0 && (more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            rc = graph_fault(ctx, graph, &p);
        else if (f.number == 7 && f.wire == PROTO_BYTES)
            rc = read_graph(ctx, graph, proto_inside(&p, &f));
    }
    if (rc == 0)
        rc = check(ctx, graph);
    return rc;
}

void graph_close(struct ana_ctx *ctx, struct graph *graph)
{
    for (int64_t i = 0; graph->node && i < graph->n_nodes; i++) {
        ana_free(ctx, graph->node[i].in);
        ana_free(ctx, graph->node[i].out);
    }
    for (int64_t i = 0; graph->names && i < graph->n_names; i++)
        ana_free(ctx, graph->names[i]);
    ana_free(ctx, graph->node);
    ana_free(ctx, graph->tensor);
    ana_free(ctx, graph->names);
    ana_free(ctx, graph->slot);
    ana_free(ctx, graph->bytes);
    memset(graph, 0, sizeof *graph);
}

int graph_with_outputs(struct ana_ctx *ctx, const struct graph *graph, int64_t n,
                       const int32_t *tensors, uint8_t **bytes, int64_t *size)
{
    size_t inner = 0, total;
    uint8_t *at;

    /* graph.output (12) { name (1) } */
    for (int64_t i = 0; i < n; i++) {
        const size_t name = strlen(graph->tensor[tensors[i]].name);

        if (!graph->tensor[tensors[i]].is_output)
            inner += proto_bytes_size(12, proto_bytes_size(1, name));
    }
    total = (size_t)graph->size + (inner > 0 ? proto_bytes_size(7, inner) : 0);
    *bytes = ana_alloc(ctx, (int64_t)total, 1);
    *size = (int64_t)total;
    if (!*bytes)
        return ANA_ERESOURCE;
    memcpy(*bytes, graph->bytes, (size_t)graph->size);
    if (inner == 0)
        return 0;
    at = proto_put_head(*bytes + graph->size, 7, inner);
    for (int64_t i = 0; i < n; i++) {
        const char *name = graph->tensor[tensors[i]].name;
        const size_t length = strlen(name);

        if (graph->tensor[tensors[i]].is_output)
            continue;
        at = proto_put_head(at, 12, proto_bytes_size(1, length));
        at = proto_put_head(at, 1, length);
        memcpy(at, name, length);
        at += length;
    }
    return 0;
}
