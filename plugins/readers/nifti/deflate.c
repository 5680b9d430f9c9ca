/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Blocks of deflate (RFC 1951): their symbols, by tables (deflate_tables.c makes them).
 */
#include "deflate.h"

#include <string.h>

#include "deflate_tables.h"

/* Bits of a stream, least significant first; at least 56 are there after `refill`. */
struct bits {
    const uint8_t *in;
    uint64_t word;
    unsigned n;
};

static inline __attribute__((always_inline)) void refill(struct bits *b)
{
    b->word |= load_bits(b->in) << b->n;
    b->in += (63 - b->n) >> 3;
    b->n |= 56;
}

static inline __attribute__((always_inline)) void drop(struct bits *b, unsigned n)
{
    b->word >>= n;
    b->n -= n;
}

static inline __attribute__((always_inline)) unsigned low(const struct bits *b,
                                                          unsigned n)
{
    return (unsigned)(b->word & ((UINT64_C(1) << n) - 1));
}

/* A value is 1 byte wide, or 2. */
static inline __attribute__((always_inline)) uint8_t *put(uint8_t *out, uint32_t entry,
                                                          int wide)
{
    const uint16_t value = (uint8_t)(entry >> 16);

    if (!wide)
        *out = (uint8_t)value;
    else
        memcpy(out, &value, 2);
    return out + 1 + wide;
}

/* Copies overlap where the distance is short; up to 15 bytes more are written. */
static inline __attribute__((always_inline)) uint8_t *copy(uint8_t *out, int64_t back,
                                                           int64_t n, int wide)
{
    const uint8_t *from = out - back;
    uint8_t *const end = out + n;

    if (back >= 8) {
        do {
            memcpy(out, from, 8);
            out += 8;
            from += 8;
        } while (out < end);
    } else if (back == 1 && !wide) {
        memset(out, *from, (size_t)n);
    } else {
        do
            *out++ = *from++;
        while (out < end);
    }
    return end;
}

struct symbols {
    const uint8_t *begin; /* of what a copy may reach */
    uint8_t *at, *end;
};

/* Look up the next letter, then fill up: the one need not wait for the other. */
static inline __attribute__((always_inline)) uint32_t look_up(struct bits *b,
                                                              const uint32_t *letter)
{
    uint32_t e;

    if (__builtin_expect(b->n < LETTER_BITS, 0))
        refill(b);
    e = letter[low(b, LETTER_BITS)];
    refill(b);
    return e;
}

/* An entry for bits of which there is a table of their own. */
static inline __attribute__((always_inline)) uint32_t
longer(struct bits *b, uint32_t e, const uint32_t *table, unsigned bits)
{
    drop(b, bits);
    return table[(e >> 16) + low(b, e >> 8 & 15)];
}

/* What a length or a distance is, which takes its bits. */
static inline __attribute__((always_inline)) unsigned number(struct bits *b, uint32_t e)
{
    const unsigned value = (e >> 16) + (low(b, e & 31) >> (e >> 8 & 15));

    drop(b, e & 31);
    return value;
}

/* The symbols of a block until it ends, the input or the room is used up. At least 56 bits
 * are there when a letter is looked at, of which two literals take 22, a length 20 and a
 * distance 28. */
static inline __attribute__((always_inline)) int
inflate(struct deflate *z, struct symbols *s, int64_t stop, int wide)
{
    const uint32_t *letter = z->letter, *distance = z->distance;
    struct bits b = {.in = z->in + (z->bit >> 3)};
    uint8_t *out = s->at;
    int why = DEFLATE_PAUSED;
    uint32_t e;

    refill(&b);
    drop(&b, z->bit & 7);
    e = look_up(&b, letter);
    while (b.in - z->in < stop && out < s->end) {
        int64_t n, back;

        if (e & IS_LITERAL) {
            drop(&b, e & 31);
            out = put(out, e, wide);
            e = letter[low(&b, LETTER_BITS)];
            if (e & IS_LITERAL) {
                drop(&b, e & 31);
                out = put(out, e, wide);
                e = look_up(&b, letter);
                continue;
            }
        }
        if (e & IS_OTHER) {
            if (e & IS_TABLE)
                e = longer(&b, e, letter, LETTER_BITS);
            if (e & (IS_LITERAL | IS_OTHER)) {
                drop(&b, e & 31);
                if (e & IS_OTHER) {
                    why = e & IS_END ? DEFLATE_END : DEFLATE_SYMBOL;
                    break;
                }
                out = put(out, e, wide);
                e = look_up(&b, letter);
                continue;
            }
        }
        n = number(&b, e);
        if (__builtin_expect(b.n < 28, 0))
            refill(&b);
        e = distance[low(&b, DISTANCE_BITS)];
        if (e & IS_OTHER) {
            if (e & IS_TABLE)
                e = longer(&b, e, distance, DISTANCE_BITS);
            if (e & IS_OTHER) {
                why = DEFLATE_SYMBOL;
                break;
            }
        }
        back = (int64_t)number(&b, e) << wide;
        if (back > out - s->begin) {
            why = DEFLATE_FAR;
            break;
        }
        e = look_up(&b, letter);
        out = copy(out, back, n << wide, wide);
    }
    z->bit = (b.in - z->in) * 8 - b.n;
    s->at = out;
    return z->bit > z->n * 8 ? DEFLATE_SHORT : why;
}

/* All but the last bytes of the input; those one by one where nothing comes behind them,
 * so that nothing is made of bits that are not there. */
static inline __attribute__((always_inline)) int
inflate_block(struct deflate *z, struct symbols *s, int wide)
{
    enum { MARGIN = 24 }; /* what is looked at ahead */
    uint8_t *const end = s->end;
    int why = inflate(z, s, z->n - MARGIN, wide);

    while (z->ended && why == DEFLATE_PAUSED && s->at < end) {
        uint8_t *before = s->at;

        s->end = before + 1;
        why = inflate(z, s, z->n + MARGIN, wide);
        if (why == DEFLATE_SHORT)
            s->at = before;
    }
    s->end = end;
    return why;
}

/* What a stored block still has. */
static int take_stored(struct deflate *z, struct symbols *s, int wide)
{
    const uint8_t *in = z->in + (z->bit >> 3);
    const int64_t there = z->n - (z->bit >> 3), room = (s->end - s->at) >> wide;
    int64_t n = z->stored < there ? z->stored : there;

    n = n < room ? n : room;
    for (int64_t i = 0; i < n; i++)
        s->at = put(s->at, (uint32_t)in[i] << 16, wide);
    z->bit += 8 * n;
    z->stored -= n;
    if (z->stored == 0)
        return DEFLATE_END;
    return n == there && z->ended ? DEFLATE_SHORT : DEFLATE_PAUSED;
}

static int run(struct deflate *z, struct symbols *s, int wide)
{
    for (int why; s->at < s->end;) {
        if (z->kind < 0) {
            if (z->bit >= z->goal)
                return DEFLATE_AT_GOAL;
            if (!z->ended && z->n - (z->bit >> 3) < DEFLATE_HEADER)
                return DEFLATE_PAUSED;
            why = deflate_header(z);
            if (why != 0)
                return why;
        }
        why = z->kind == 0 ? take_stored(z, s, wide)
              : wide       ? inflate_block(z, s, 1)
                           : inflate_block(z, s, 0);
        if (why != DEFLATE_END)
            return why;
        z->kind = -1;
        if (z->last)
            return DEFLATE_END;
    }
    return DEFLATE_PAUSED;
}

int deflate_bytes(struct deflate *z, const uint8_t *begin, uint8_t **at, uint8_t *end)
{
    struct symbols s = {begin, *at, end};
    const int why = run(z, &s, 0);

    *at = s.at;
    return why;
}

int deflate_marked(struct deflate *z, uint16_t **at, uint16_t *end)
{
    struct symbols s = {(const uint8_t *)(*at - DEFLATE_WINDOW), (uint8_t *)*at,
                        (uint8_t *)end};
    const int why = run(z, &s, 1);

    *at = (uint16_t *)(void *)s.at;
    return why;
}
