/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Small ONNX files, written byte by byte: what the tests of the plugin onnx read.
 */
#ifndef TESTS_ONNX_FILE_H
#define TESTS_ONNX_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
    uint8_t data[16384];
    size_t n;
};

static inline void put_varint(struct message *m, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        m->data[m->n++] = (uint8_t)(value | 0x80);
    m->data[m->n++] = (uint8_t)value;
}

static inline void put_int(struct message *m, int number, int64_t value)
{
    put_varint(m, (uint64_t)number << 3);
    put_varint(m, (uint64_t)value);
}

static inline void put_bytes(struct message *m, int number, const void *data, size_t n)
{
    put_varint(m, (uint64_t)number << 3 | 2);
    put_varint(m, n);
    memcpy(m->data + m->n, data, n);
    m->n += n;
}

static inline void put_text(struct message *m, int number, const char *text)
{
    put_bytes(m, number, text, strlen(text));
}

static inline void put_message(struct message *m, int number, const struct message *inner)
{
    put_bytes(m, number, inner->data, inner->n);
}

/* graph.initializer */
static inline void put_weight(struct message *graph, const char *name, int n_dims,
                              const int64_t *dims, const float *values)
{
    struct message t = {.n = 0};
    size_t n = 1;

    for (int d = 0; d < n_dims; d++) {
        put_int(&t, 1, dims[d]);
        n *= (size_t)dims[d];
    }
    put_int(&t, 2, 1);
    put_text(&t, 8, name);
    put_bytes(&t, 9, values, n * sizeof *values);
    put_message(graph, 5, &t);
}

/* graph.input (11) or graph.output (12), float32; a size of -1 is left free. */
static inline void put_value(struct message *graph, int number, const char *name,
                             int n_dims, const int64_t *dims)
{
    struct message shape = {.n = 0}, tensor = {.n = 0}, type = {.n = 0}, value = {.n = 0};

    for (int d = 0; d < n_dims; d++) {
        struct message dim = {.n = 0};

        if (dims[d] >= 0)
            put_int(&dim, 1, dims[d]);
        put_message(&shape, 1, &dim);
    }
    put_int(&tensor, 1, 1);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_text(&value, 1, name);
    put_message(&value, 2, &type);
    put_message(graph, number, &value);
}

static inline void put_ints(struct message *node, const char *name, int n,
                            const int64_t *values)
{
    struct message a = {.n = 0};

    put_text(&a, 1, name);
    for (int i = 0; i < n; i++)
        put_int(&a, 8, values[i]);
    put_int(&a, 20, 7);
    put_message(node, 5, &a);
}

/* A node; inputs and attributes that follow go into *node before put_message. */
static inline void begin_node(struct message *node, const char *op, const char *name,
                              const char *in0, const char *in1, const char *in2,
                              const char *out)
{
    node->n = 0;
    put_text(node, 1, in0);
    if (in1)
        put_text(node, 1, in1);
    if (in2)
        put_text(node, 1, in2);
    put_text(node, 2, out);
    put_text(node, 3, name);
    put_text(node, 4, op);
}

/* ModelProto: ir_version 7, graph, opset 13. */
static inline void put_model(struct message *model, const struct message *graph)
{
    struct message opset = {.n = 0};

    put_int(model, 1, 7);
    put_message(model, 7, graph);
    put_text(&opset, 1, "");
    put_int(&opset, 2, 13);
    put_message(model, 8, &opset);
}

static inline void write_file(const char *path, const uint8_t *data, size_t n)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq((int)fwrite(data, 1, n, file), (int)n);
    fclose(file);
}

#endif
