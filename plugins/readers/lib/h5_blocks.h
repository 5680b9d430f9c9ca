/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_H5_BLOCKS_H
#define READERS_H5_BLOCKS_H

#include "h5.h"

/* A number of `width` bytes, little-endian as all of HDF5's own; at most INT64_MAX. */
int64_t h5_number_at(const uint8_t *bytes, int width);

/* Where a superblock of version 0 to 3 says that the file begins and ends, and the bytes,
 * counted from it, at which it says that, how wide a length is, and where the root is. */
struct h5_super {
    int64_t begin, end, root; /* root: of its group's header, counted from begin */
    int begin_at, length_at, root_at;
};

/* Read the superblock `super`, of which n bytes are known and which stands at file->base.
 * Fills the widths of the file. Returns 0 where it is no superblock we know. */
int h5_take_super(struct h5_file *file, const uint8_t *super, int64_t n,
                  struct h5_super *out);

int h5_is_width(int width); /* of an address or a length */

/* The first byte that is wrong in what a header of version 1 at byte `header` leads to: the
 * names of a group (B-tree, heap, symbol nodes), the B-tree of a dataset's chunks. -1 =
 * none is, or it is no such header. libhdf5 says that one is wrong, and never which. */
int64_t h5_bad_block(const struct h5_file *file, int64_t header);

#endif
