/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The protobuf wire format, as much as an ONNX file needs: varints, fixed 32 and 64 bit
 * fields, and bytes (strings, packed lists, messages). Groups are refused.
 */
#include "proto.h"

#include <string.h>

static int read_varint(struct proto *p, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && p->at < p->end; shift += 7) {
        const uint8_t byte = *p->at++;

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 1;
    }
    return -1;
}

static int read_fixed(struct proto *p, int64_t bytes, uint64_t *value)
{
    if (p->end - p->at < bytes)
        return -1;
    *value = 0;
    for (int64_t i = 0; i < bytes; i++)
        *value |= (uint64_t)p->at[i] << (8 * i);
    p->at += bytes;
    return 1;
}

static int read_bytes(struct proto *p, struct proto_field *field)
{
    uint64_t size;

    if (read_varint(p, &size) < 0 || size > (uint64_t)(p->end - p->at))
        return -1;
    field->data = p->at;
    field->size = (int64_t)size;
    p->at += size;
    return 1;
}

int proto_next(struct proto *p, struct proto_field *field)
{
    uint64_t tag;

    if (p->at == p->end)
        return 0;
    memset(field, 0, sizeof *field);
    if (read_varint(p, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return -1;
    field->number = (uint32_t)(tag >> 3);
    field->wire = (int32_t)(tag & 7);
    switch (field->wire) {
    case PROTO_VARINT:
        return read_varint(p, &field->value);
    case PROTO_64:
        return read_fixed(p, 8, &field->value);
    case PROTO_BYTES:
        return read_bytes(p, field);
    case PROTO_32:
        return read_fixed(p, 4, &field->value);
    default:
        return -1;
    }
}

struct proto proto_inside(const struct proto *p, const struct proto_field *field)
{
    return (struct proto){p->start, field->data, field->data + field->size};
}

int proto_packed(struct proto *p, uint64_t *value)
{
    return p->at == p->end ? 0 : read_varint(p, value);
}

size_t proto_varint_size(uint64_t value)
{
    size_t n = 1;

    while (value >= 0x80) {
        value >>= 7;
        n++;
    }
    return n;
}

size_t proto_bytes_size(uint32_t number, size_t size)
{
    return proto_varint_size((uint64_t)number << 3 | PROTO_BYTES) +
           proto_varint_size(size) + size;
}

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    return out;
}

uint8_t *proto_put_head(uint8_t *out, uint32_t number, size_t size)
{
    return put_varint(put_varint(out, (uint64_t)number << 3 | PROTO_BYTES), size);
}
