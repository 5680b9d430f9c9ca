/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The blocks of HDF5 that hold a file together, read apart from libhdf5 so that the byte
 * at which one is damaged can be told: superblocks, and the B-trees, heaps and symbol
 * nodes that list a group's names. Every address and count is checked before it is used.
 */
#include <stdio.h>
#include <string.h>

#include "h5_blocks.h"

enum { MOST_LOADS = 1 << 16, MOST_PARTS = 16, DEEPEST = 16, HEADER = 16, MESSAGE = 8 };
enum { LAYOUT = 0x08, CONTINUATION = 0x10, SYMBOL_TABLE = 0x11 }; /* types of messages */

int64_t h5_number_at(const uint8_t *bytes, int width)
{
    uint64_t x = 0;

    for (int i = 0; i < width; i++)
        x |= (uint64_t)bytes[i] << (8 * i);
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

int h5_is_width(int width)
{
    return width == 2 || width == 4 || width == 8;
}

int h5_take_super(struct h5_file *file, const uint8_t *super, int64_t n,
                  struct h5_super *out)
{
    const int version = super[8], old = version < 2;
    const int width = old ? super[13] : super[9];
    const int at = version == 0 ? 24 : version == 1 ? 28 : 12;
    const int root = at + (old ? 5 : 3) * width; /* old: behind a name's offset */

    if (version > 3 || !h5_is_width(width) || at + 3 * width > n)
        return 0;
    *out = (struct h5_super){.begin = h5_number_at(super + at, width),
                             .end = h5_number_at(super + at + 2 * width, width),
                             .root = root + width > n ? INT64_MAX
                                                      : h5_number_at(super + root, width),
                             .begin_at = at,
                             .length_at = old ? 14 : 10,
                             .root_at = root};
    file->offset_width = width;
    file->length_width = super[out->length_at];
    return 1;
}

/* What a look at a group needs: the file, and how many pieces may still be loaded. */
struct look {
    const struct h5_file *file;
    FILE *stream;
    int64_t left;
};

/* n bytes at an address; 0 = the file has no such bytes. */
static int load(struct look *look, int64_t byte, uint8_t *out, int64_t n)
{
    return byte >= 0 && byte <= look->file->bytes - n && look->left-- > 0 &&
           fseeko(look->stream, (off_t)byte, SEEK_SET) == 0 &&
           fread(out, 1, (size_t)n, look->stream) == (size_t)n;
}

static int64_t byte_at(const struct look *look, const uint8_t *bytes)
{
    const int64_t address = h5_number_at(bytes, look->file->offset_width);

    return address > look->file->bytes ? -1 : address + look->file->base;
}

static int64_t bad_heap(struct look *look, int64_t at)
{
    const int length = look->file->length_width, offset = look->file->offset_width;
    uint8_t bytes[8 + 3 * 8];
    int64_t size, data;

    if (!load(look, at, bytes, 8 + 2 * length + offset))
        return -1;
    if (memcmp(bytes, "HEAP", 4) != 0)
        return at;
    if (bytes[4] != 0)
        return at + 4;
    size = h5_number_at(bytes + 8, length);
    data = byte_at(look, bytes + 8 + 2 * length);
    if (data < 0 || data > look->file->bytes)
        return at + 8 + 2 * length;
    return size > look->file->bytes - data ? at + 8 : -1;
}

static int64_t bad_symbols(struct look *look, int64_t at)
{
    uint8_t bytes[8];

    if (!load(look, at, bytes, sizeof bytes))
        return -1;
    return memcmp(bytes, "SNOD", 4) != 0 ? at : bytes[4] != 1 ? at + 4 : -1;
}

/* A tree of names (type 0) or of chunks (type 1), with keys of `key` bytes. */
struct tree {
    int type;
    int64_t key;
};

/* A node, and what is below it; a child is on the level below. */
static int64_t bad_tree(struct look *look, const struct tree *tree, int64_t at, int level)
{
    const int offset = look->file->offset_width;
    uint8_t head[8], child[8];
    int64_t bad = -1;

    if (!load(look, at, head, sizeof head))
        return -1;
    if (memcmp(head, "TREE", 4) != 0)
        return at;
    if (head[4] != tree->type)
        return at + 4;
    if (level >= 0 ? head[5] != level : head[5] > DEEPEST)
        return at + 5;
    for (int64_t i = 0; bad < 0 && i < h5_number_at(head + 6, 2); i++) {
        const int64_t place = at + 8 + 2 * offset + tree->key + i * (tree->key + offset);
        const int64_t below =
            load(look, place, child, offset) ? byte_at(look, child) : -1;

        if (look->left <= 0)
            break;
        if (below < 0 || below >= look->file->bytes)
            return place;
        if (head[5] > 0)
            bad = bad_tree(look, tree, below, head[5] - 1);
        else if (tree->type == 0)
            bad = bad_symbols(look, below);
    }
    return bad;
}

/* Where a group's tree and heap are. */
static int64_t bad_names(struct look *look, int64_t at)
{
    const struct tree names = {0, look->file->length_width};
    const int offset = look->file->offset_width;
    uint8_t bytes[2 * 8];
    int64_t tree, heap, bad;

    if (!load(look, at, bytes, 2 * offset))
        return -1;
    tree = byte_at(look, bytes);
    heap = byte_at(look, bytes + offset);
    if (tree < 0 || tree >= look->file->bytes)
        return at;
    if (heap < 0 || heap >= look->file->bytes)
        return at + offset;
    bad = bad_tree(look, &names, tree, -1);
    return bad >= 0 ? bad : bad_heap(look, heap);
}

/* How a dataset is stored: of version 3 and in chunks, by a tree of them; an address of
 * ones alone is that of a dataset without any. */
static int64_t bad_layout(struct look *look, int64_t at)
{
    const int offset = look->file->offset_width;
    uint8_t bytes[3 + 8];
    int64_t tree;

    if (!load(look, at, bytes, 3 + offset) || bytes[0] != 3 || bytes[1] != 2)
        return -1;
    tree = byte_at(look, bytes + 3);
    return tree < 0
               ? -1
               : bad_tree(look, &(struct tree){1, 8 + 8 * (int64_t)bytes[2]}, tree, -1);
}

/* The messages of one block of a header. A block that goes on elsewhere sets *next. */
static int64_t bad_messages(struct look *look, int64_t at, int64_t end, int64_t next[2])
{
    const int offset = look->file->offset_width, length = look->file->length_width;
    uint8_t head[MESSAGE], more[2 * 8];

    for (int64_t body; at <= end - MESSAGE && load(look, at, head, sizeof head);
         at = body + h5_number_at(head + 2, 2)) {
        body = at + MESSAGE;
        switch (h5_number_at(head, 2)) {
        case SYMBOL_TABLE:
            return bad_names(look, body);
        case LAYOUT:
            return bad_layout(look, body);
        case CONTINUATION:
            if (!load(look, body, more, offset + length))
                return -1;
            next[0] = byte_at(look, more);
            next[1] = h5_number_at(more + offset, length);
            if (next[0] < 0 || next[1] > look->file->bytes - next[0])
                return body;
            break;
        default:
            break;
        }
    }
    return -1;
}

static int64_t bad_header(struct look *look, int64_t header)
{
    uint8_t head[HEADER];
    int64_t next[2], bad = -1;

    if (!load(look, header, head, sizeof head) || head[0] != 1)
        return -1;
    next[0] = header + HEADER;
    next[1] = h5_number_at(head + 8, 4);
    for (int i = 0; bad < 0 && i < MOST_PARTS && next[0] >= 0; i++) {
        const int64_t at = next[0], end = at + next[1];

        next[0] = -1;
        bad = bad_messages(look, at, end, next);
    }
    return bad;
}

int64_t h5_bad_block(const struct h5_file *file, int64_t header)
{
    struct look look = {.file = file, .left = MOST_LOADS};
    int64_t bad = -1;

    if (header < 0 || !h5_is_width(file->offset_width) ||
        !h5_is_width(file->length_width))
        return -1;
    look.stream = fopen(file->path, "rb");
    if (look.stream) {
        bad = bad_header(&look, header);
        fclose(look.stream);
    }
    return bad;
}
