/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_PROTO_H
#define ONNX_PROTO_H

#include <stddef.h>
#include <stdint.h>

/* A bounded walk over one protobuf message: nothing outside [at, end) is ever read. */
struct proto {
    const uint8_t *start; /* of the file, so that a fault has a byte to name */
    const uint8_t *at, *end;
};

#define PROTO_VARINT 0
#define PROTO_64 1
#define PROTO_BYTES 2
#define PROTO_32 5

struct proto_field {
    uint32_t number;
    int32_t wire;        /* PROTO_... */
    uint64_t value;      /* of varints and fixed sizes */
    const uint8_t *data; /* of PROTO_BYTES: `size` bytes */
    int64_t size;
};

/* Step to the next field: 1, 0 at the end, -1 where the bytes are no message (`at` is
 * then the faulty byte). */
int proto_next(struct proto *p, struct proto_field *field);

/* The message inside a field of PROTO_BYTES. */
struct proto proto_inside(const struct proto *p, const struct proto_field *field);

/* The next number of a packed list of varints: 1, 0 at the end, -1 where it is cut. */
int proto_packed(struct proto *p, uint64_t *value);

/* Bytes that a varint, and a field of PROTO_BYTES around `size` bytes, take. */
size_t proto_varint_size(uint64_t value);
size_t proto_bytes_size(uint32_t number, size_t size);

/* Write the head of a field of PROTO_BYTES; the place behind it. */
uint8_t *proto_put_head(uint8_t *out, uint32_t number, size_t size);

#endif
