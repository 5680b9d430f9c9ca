/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_NIFTI_DEFLATE_H
#define PLUGIN_NIFTI_DEFLATE_H

#include <stdint.h>

/* Deflate (RFC 1951) from any bit on at which a block begins, also without what stands
 * before it: there a copy of what is not known becomes a mark that is resolved later, so
 * that two threads can inflate one stream. */
enum {
    DEFLATE_WINDOW = 1 << 15, /* how far back a copy may reach */
    DEFLATE_COPY = 258,       /* the longest */
    DEFLATE_HEADER = 640,     /* more bytes than a block's header has */
    DEFLATE_PAST = 64,        /* readable bytes that must stand behind the input */
    DEFLATE_SLACK = 320,      /* values that must have room behind the output */
    DEFLATE_MARK = 256        /* + place in the window that is not known */
};

/* Why inflating stopped. */
enum {
    DEFLATE_PAUSED,  /* no more input, or no more room */
    DEFLATE_AT_GOAL, /* a block begins at or behind `goal` */
    DEFLATE_END,     /* the last block has ended */
    DEFLATE_SHORT,   /* the input ended first */
    DEFLATE_KIND,    /* what is wrong: a kind of block that there is not */
    DEFLATE_STORED,  /* a stored block whose length does not fit its complement */
    DEFLATE_CODES,   /* code lengths that make no code */
    DEFLATE_SYMBOL,  /* bits that are no symbol */
    DEFLATE_FAR      /* a copy from before the beginning */
};

struct deflate {
    const uint8_t *in; /* n bytes and DEFLATE_PAST more */
    int64_t n;
    int ended;    /* nothing comes behind them */
    int64_t bit;  /* the next, from `in` on */
    int64_t goal; /* stop between blocks from this bit on */

    int kind, last;        /* of the block: -1 = between blocks */
    int64_t stored;        /* bytes left of a stored block */
    uint32_t letter[2400]; /* literals and lengths */
    uint32_t distance[416];
};

/* Inflate until one of the reasons. What is written goes to *at and on, below `end`, which
 * has DEFLATE_SLACK more room; `begin` is where a copy may reach back to.
 * Threads: any, on distinct structs. */
int deflate_bytes(struct deflate *z, const uint8_t *begin, uint8_t **at, uint8_t *end);

/* The same where DEFLATE_WINDOW marks stand before *at: a value is a byte or a mark. */
int deflate_marked(struct deflate *z, uint16_t **at, uint16_t *end);

/* Read the header of the block at z->bit. 0, or one of the reasons. */
int deflate_header(struct deflate *z);

/* The first bit from z->bit to `end` at which a block with codes of its own may begin, and
 * z in it; -1 = there is none. That it does begin there is known once a stream that is
 * inflated from its beginning comes to that bit between two blocks. */
int64_t deflate_find(struct deflate *z, int64_t end);

#endif
