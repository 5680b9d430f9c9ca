/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Nodes, weights and values of a graph. Every count is bounded before it sizes
 * anything: a file cannot ask for more than it has bytes for.
 */
#include "parts.h"

#include <string.h>

enum { MOST_NODES = 100000, MOST_TENSORS = 400000, MOST_PORTS = 4096 };

int graph_fault(struct ana_ctx *ctx, const struct graph *g, const struct proto *p)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s: byte %lld: is no protobuf message, as an ONNX file is one; the "
                    "file is damaged or of another kind",
                    g->path, (long long)(p->at - p->start));
}

const char *graph_text(struct ana_ctx *ctx, struct graph *g,
                       const struct proto_field *text)
{
    char *copy;

    if (memchr(text->data, 0, (size_t)text->size)) {
        ana_fail(ctx, ANA_EDATA, "%s: byte %lld: a name holds a zero byte", g->path,
                 (long long)(text->data - g->bytes));
        return NULL;
    }
    if (g->n_names == g->room_names) {
        const int64_t room = g->room_names ? 2 * g->room_names : 256;
        char **grown = ana_alloc(ctx, room, sizeof *grown);

        if (!grown)
            return NULL;
        if (g->n_names > 0)
            memcpy(grown, g->names, (size_t)g->n_names * sizeof *grown);
        ana_free(ctx, g->names);
        g->names = grown;
        g->room_names = room;
    }
    copy = ana_alloc(ctx, text->size + 1, 1);
    if (!copy)
        return NULL;
    memcpy(copy, text->data, (size_t)text->size);
    g->names[g->n_names++] = copy;
    return copy;
}

/* FNV-1a. */
static uint64_t hash_bytes(const void *data, int64_t n)
{
    const uint8_t *byte = data;
    uint64_t hash = 1469598103934665603u;

    for (int64_t i = 0; i < n; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
    return hash;
}

static int rehash(struct ana_ctx *ctx, struct graph *g)
{
    const int64_t n = g->n_slots ? 2 * g->n_slots : 1024;
    int32_t *slot = ana_alloc(ctx, n, sizeof *slot);

    if (!slot)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < g->n_tensors; t++) {
        const char *name = g->tensor[t].name;
        uint64_t i = hash_bytes(name, (int64_t)strlen(name)) & (uint64_t)(n - 1);

        while (slot[i])
            i = (i + 1) & (uint64_t)(n - 1);
        slot[i] = (int32_t)t + 1;
    }
    ana_free(ctx, g->slot);
    g->slot = slot;
    g->n_slots = n;
    return 0;
}

static int grow_tensors(struct ana_ctx *ctx, struct graph *g)
{
    const int64_t room = g->room_tensors ? 2 * g->room_tensors : 256;
    struct graph_tensor *grown;

    if (g->n_tensors < g->room_tensors)
        return 0;
    if (room > MOST_TENSORS)
        return ana_fail(ctx, ANA_EDATA, "%s: has over %d tensors", g->path,
                        MOST_TENSORS / 2);
    grown = ana_alloc(ctx, room, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (g->n_tensors > 0)
        memcpy(grown, g->tensor, (size_t)g->n_tensors * sizeof *grown);
    ana_free(ctx, g->tensor);
    g->tensor = grown;
    g->room_tensors = room;
    return 0;
}

int32_t graph_tensor_named(struct ana_ctx *ctx, struct graph *g,
                           const struct proto_field *name, int *rc)
{
    struct graph_tensor *t;
    uint64_t i;

    *rc = 0;
    if (name->size == 0)
        return -1;
    if (2 * (g->n_tensors + 1) > g->n_slots)
        *rc = rehash(ctx, g);
    if (*rc == 0)
        *rc = grow_tensors(ctx, g);
    if (*rc != 0)
        return -1;
    i = hash_bytes(name->data, name->size) & (uint64_t)(g->n_slots - 1);
    for (; g->slot[i]; i = (i + 1) & (uint64_t)(g->n_slots - 1)) {
        const char *known = g->tensor[g->slot[i] - 1].name;

        if (strlen(known) == (size_t)name->size &&
            memcmp(known, name->data, (size_t)name->size) == 0)
            return g->slot[i] - 1;
    }
    t = &g->tensor[g->n_tensors];
    *t = (struct graph_tensor){.producer = -1, .ndim = -1, .at = -1};
    t->name = graph_text(ctx, g, name);
    if (!t->name) {
        *rc = ANA_EDATA;
        return -1;
    }
    g->slot[i] = (int32_t)++g->n_tensors;
    return g->slot[i] - 1;
}

/* Integers of a field, packed or one by one; more than there is room for are counted
 * but not kept. */
static int take_ints(struct ana_ctx *ctx, const struct graph *g, const struct proto *p,
                     const struct proto_field *f, struct graph_ints *out)
{
    struct proto list;
    uint64_t value;
    int more;

    if (f->wire == PROTO_VARINT) {
        if (out->n < GRAPH_INTS)
            out->at[out->n++] = (int64_t)f->value;
        return 0;
    }
    if (f->wire != PROTO_BYTES)
        return 0;
    list = proto_inside(p, f);
    while ((more = proto_packed(&list, &value)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &list);
        if (out->n < GRAPH_INTS)
            out->at[out->n++] = (int64_t)value;
    }
    return 0;
}

static int is_text(const struct proto_field *f, const char *text)
{
    return f->wire == PROTO_BYTES && (size_t)f->size == strlen(text) &&
           memcmp(f->data, text, (size_t)f->size) == 0;
}

static void keep_attribute(struct graph_node *node, const struct proto_field *name,
                           const struct graph_ints *ints, int64_t number,
                           const struct proto_field *text)
{
    const struct {
        const char *name;
        struct graph_ints *to;
    } lists[] = {{"kernel_shape", &node->kernel},
                 {"strides", &node->strides},
                 {"dilations", &node->dilations},
                 {"pads", &node->pads},
                 {"perm", &node->perm}};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (is_text(name, lists[i].name))
            *lists[i].to = *ints;
    if (is_text(name, "axis")) {
        node->axis = number;
        node->axis_given = 1;
    } else if (is_text(name, "transB")) {
        node->trans_b = number;
    } else if (is_text(name, "auto_pad")) {
        node->same = is_text(text, "SAME_UPPER")   ? 1
                     : is_text(text, "SAME_LOWER") ? 2
                                                   : 0;
    }
}

/* AttributeProto: name 1, i 3, s 4, ints 8. */
static int read_attribute(struct ana_ctx *ctx, const struct graph *g,
                          struct graph_node *node, struct proto p)
{
    struct proto_field f, name = {.wire = PROTO_BYTES, .data = p.at}, text = name;
    struct graph_ints ints = {0};
    int64_t number = 0;
    int more, rc = 0;

    while (rc == 0 && (more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &p);
        if (f.number == 1 && f.wire == PROTO_BYTES)
            name = f;
        else if (f.number == 3 && f.wire == PROTO_VARINT)
            number = (int64_t)f.value;
        else if (f.number == 4 && f.wire == PROTO_BYTES)
            text = f;
        else if (f.number == 8)
            rc = take_ints(ctx, g, &p, &f, &ints);
    }
    if (rc == 0)
        keep_attribute(node, &name, &ints, number, &text);
    return rc;
}

static int grow_nodes(struct ana_ctx *ctx, struct graph *g)
{
    const int64_t room = g->room_nodes ? 2 * g->room_nodes : 64;
    struct graph_node *grown;

    if (g->n_nodes >= MOST_NODES)
        return ana_fail(ctx, ANA_EDATA, "%s: has over %d nodes", g->path, MOST_NODES);
    if (g->n_nodes < g->room_nodes)
        return 0;
    grown = ana_alloc(ctx, room, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (g->n_nodes > 0)
        memcpy(grown, g->node, (size_t)g->n_nodes * sizeof *grown);
    ana_free(ctx, g->node);
    g->node = grown;
    g->room_nodes = room;
    return 0;
}

/* How many inputs and outputs the node lists. */
static int count_ports(struct ana_ctx *ctx, const struct graph *g, struct proto p,
                       int64_t *n_in, int64_t *n_out)
{
    struct proto_field f;
    int more;

    *n_in = *n_out = 0;
    while ((more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &p);
        *n_in += f.number == 1 && f.wire == PROTO_BYTES;
        *n_out += f.number == 2 && f.wire == PROTO_BYTES;
    }
    if (*n_in > MOST_PORTS || *n_out > MOST_PORTS)
        return ana_fail(ctx, ANA_EDATA, "%s: a node has over %d inputs or outputs",
                        g->path, MOST_PORTS);
    return 0;
}

static int read_port(struct ana_ctx *ctx, struct graph *g, struct graph_node *node,
                     const struct proto_field *f)
{
    int rc;
    const int32_t t = graph_tensor_named(ctx, g, f, &rc);

    if (rc != 0)
        return rc;
    if (f->number == 1) {
        node->in[node->n_in++] = t;
        return 0;
    }
    node->out[node->n_out++] = t;
    if (t < 0)
        return 0;
    if (g->tensor[t].producer >= 0)
        return ana_fail(ctx, ANA_EDATA, "%s: two nodes make the tensor '%s'", g->path,
                        g->tensor[t].name);
    g->tensor[t].producer = (int32_t)g->n_nodes - 1;
    return 0;
}

int graph_read_node(struct ana_ctx *ctx, struct graph *g, struct proto p)
{
    int64_t n_in, n_out;
    struct graph_node *node;
    struct proto_field f;
    int rc = count_ports(ctx, g, p, &n_in, &n_out);

    if (rc == 0)
        rc = grow_nodes(ctx, g);
    if (rc != 0)
        return rc;
    node = &g->node[g->n_nodes++];
    *node = (struct graph_node){.op = "", .name = ""};
    node->in = ana_alloc(ctx, n_in, sizeof *node->in);
    node->out = ana_alloc(ctx, n_out, sizeof *node->out);
    if (!node->in || !node->out)
        return ANA_ERESOURCE;
    while (rc == 0 && proto_next(&p, &f) > 0) {
        if (f.wire != PROTO_BYTES)
            continue;
        if (f.number == 1 || f.number == 2)
            rc = read_port(ctx, g, node, &f);
        else if (f.number == 3 || f.number == 4) {
            const char *text = graph_text(ctx, g, &f);

            rc = text ? 0 : ANA_EDATA;
            if (text && f.number == 3)
                node->name = text;
            else if (text)
                node->op = text;
        } else if (f.number == 5) {
            rc = read_attribute(ctx, g, node, proto_inside(&p, &f));
        }
    }
    return rc;
}

/* StringStringEntryProto key 1, value 2: where external data lies. */
static int check_external(struct ana_ctx *ctx, struct graph *g, struct proto p)
{
    struct proto_field f, key = {.data = p.at}, value = key;
    int more;

    while ((more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &p);
        if (f.number == 1)
            key = f;
        else if (f.number == 2)
            value = f;
    }
    if (!is_text(&key, "location"))
        return 0;
    if (value.wire != PROTO_BYTES || value.size == 0 ||
        memchr(value.data, '/', (size_t)value.size) || value.data[0] == '.')
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: weights lie in '%.*s', which is not in the file's "
            "own folder; only a plain file name is followed",
            g->path, (long long)(value.data - g->bytes), (int)value.size,
            value.size > 0 ? (const char *)value.data : "");
    return 0;
}

static int take_shape(struct ana_ctx *ctx, const struct graph *g,
                      const struct graph_ints *dims, struct graph_tensor *t)
{
    if (dims->n > GRAPH_DIMS)
        return ana_fail(ctx, ANA_EDATA, "%s: tensor '%s' has over %d axes", g->path,
                        t->name, GRAPH_DIMS);
    t->ndim = dims->n;
    for (int32_t d = 0; d < dims->n; d++) {
        if (dims->at[d] < -1 || dims->at[d] > INT32_MAX)
            return ana_fail(ctx, ANA_EDATA, "%s: axis %d of tensor '%s' has size %lld",
                            g->path, d, t->name, (long long)dims->at[d]);
        t->shape[d] = dims->at[d];
    }
    return 0;
}

int graph_read_weight(struct ana_ctx *ctx, struct graph *g, struct proto p)
{
    struct proto_field f, name = {.wire = PROTO_BYTES, .data = p.at}, raw = {0};
    struct graph_ints dims = {0};
    int64_t type = 0;
    int more, rc = 0, external = 0;
    int32_t t;

    while (rc == 0 && (more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &p);
        if (f.number == 1)
            rc = take_ints(ctx, g, &p, &f, &dims);
        else if (f.number == 2)
            type = (int64_t)f.value;
        else if (f.number == 8 && f.wire == PROTO_BYTES)
            name = f;
        else if ((f.number == 9 || f.number == 4) && f.wire == PROTO_BYTES)
            raw = f; /* raw_data, or a packed list of floats: the same bytes */
        else if (f.number == 13 && f.wire == PROTO_BYTES) {
            external = 1;
            rc = check_external(ctx, g, proto_inside(&p, &f));
        }
    }
    if (rc != 0)
        return rc;
    t = graph_tensor_named(ctx, g, &name, &rc);
    if (rc != 0 || t < 0)
        return rc;
    g->tensor[t].is_weight = 1;
    g->tensor[t].external = external;
    g->tensor[t].type = type > 0 && type < 64 ? (int32_t)type : 0;
    if (raw.data) {
        g->tensor[t].at = raw.data - g->bytes;
        g->tensor[t].bytes = raw.size;
    }
    return take_shape(ctx, g, &dims, &g->tensor[t]);
}

/* TypeProto.Tensor: elem_type 1, shape 2 { dim 1 { dim_value 1, dim_param 2 } }. */
static int read_type(struct ana_ctx *ctx, const struct graph *g, struct proto p,
                     struct graph_tensor *t)
{
    struct graph_ints dims = {0};
    struct proto_field f, d, v;
    int has_shape = 0;

    while (proto_next(&p, &f) > 0) {
        struct proto shape = proto_inside(&p, &f);

        if (f.number == 1 && f.wire == PROTO_VARINT && f.value < 64)
            t->type = (int32_t)f.value;
        if (f.number != 2 || f.wire != PROTO_BYTES)
            continue;
        has_shape = 1;
        while (proto_next(&shape, &d) > 0) {
            struct proto dim = proto_inside(&shape, &d);
            int64_t size = -1;

            if (d.number != 1 || d.wire != PROTO_BYTES)
                continue;
            while (proto_next(&dim, &v) > 0)
                if (v.number == 1 && v.wire == PROTO_VARINT)
                    size = v.value > 0 && v.value <= INT32_MAX ? (int64_t)v.value : -1;
            if (dims.n < GRAPH_INTS)
                dims.at[dims.n++] = size;
        }
    }
    return has_shape ? take_shape(ctx, g, &dims, t) : 0;
}

/* ValueInfoProto: name 1, type 2 { tensor_type 1 }. */
int graph_read_value(struct ana_ctx *ctx, struct graph *g, struct proto p, int output)
{
    struct proto_field f, name = {.wire = PROTO_BYTES, .data = p.at}, type = {0}, inner;
    struct proto inside;
    int more, rc;
    int32_t t;

    while ((more = proto_next(&p, &f)) != 0) {
        if (more < 0)
            return graph_fault(ctx, g, &p);
        if (f.number == 1 && f.wire == PROTO_BYTES)
            name = f;
        else if (f.number == 2 && f.wire == PROTO_BYTES)
            type = f;
    }
    t = graph_tensor_named(ctx, g, &name, &rc);
    if (rc != 0 || t < 0)
        return rc;
    if (output)
        g->tensor[t].is_output = 1;
    else
        g->tensor[t].is_input = 1;
    if (!type.data || g->tensor[t].is_weight)
        return 0;
    inside = proto_inside(&p, &type);
    while (rc == 0 && proto_next(&inside, &inner) > 0)
        if (inner.number == 1 && inner.wire == PROTO_BYTES)
            rc = read_type(ctx, g, proto_inside(&inside, &inner), &g->tensor[t]);
    return rc;
}
