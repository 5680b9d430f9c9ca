/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Members of a gzip file, one after another, in rounds. In a round the front inflates what
 * follows, up to the first block at or behind a goal, while the scout looks for a block
 * from the goal on and inflates from there, with marks for what stands before it. Where the
 * front comes to just that block, the marks are resolved and the scout is the new front;
 * else what the scout has made is forgotten. So the bytes are those of one thread.
 */
#include "gunzip.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "deflate.h"

enum {
    IN = 1 << 17,   /* bytes of the file that a side has */
    MOST = 1 << 21, /* bytes that a side inflates in a round */
    LEAST = 1 << 16,
    AT_ONCE = 1 << 13, /* values, bits between two looks whether the front has ended */
    A_LOOK = 1 << 17,
    SLICE = 1 << 16 /* values that are resolved by one task */
};

/* One place of the file. */
struct side {
    struct deflate z;
    int64_t offset; /* of z.in in the file */
    int why;        /* it stopped */
    uint8_t *in;
};

struct gunzip {
    int fd;
    struct side *front, *scout;
    int in_member;
    int failed, error;   /* why, to be told once what came before was given; its errno */
    int64_t room;        /* bytes or marks of a side in a round */
    uint8_t *out;        /* the window, then what both sides have made */
    uint8_t *begin, *at; /* of the member (or the window), of what comes next */
    uint8_t *summed;     /* the checksum goes to here */
    uint32_t sum;
    int64_t length;      /* of the member, up to `summed`; -1 = there was none yet */
    int64_t found;       /* bit at which the scout began; -1 = it has nothing */
    uint16_t *marked;    /* the window's marks, then what it has made; NULL = no scout */
    uint16_t *marked_at; /* its end */
    uint8_t meaning[DEFLATE_MARK + DEFLATE_WINDOW]; /* of a byte, of a mark */
    uint32_t slice_sum[MOST / SLICE + 1];
    int64_t goal;    /* bit where it looks from */
    int64_t given;   /* bytes so far */
    double shrink;   /* bytes of the file that one of them takes */
    atomic_int over; /* the front has ended */
};

static int64_t room_for(int64_t expected)
{
    const int64_t n = expected / 4;

    return n < LEAST ? LEAST : n > MOST ? MOST : n;
}

static int64_t out_room(int64_t room)
{
    return DEFLATE_WINDOW + 2 * (room + DEFLATE_SLACK);
}

static int64_t marked_room(int64_t room)
{
    return DEFLATE_WINDOW + room + DEFLATE_SLACK;
}

int64_t gunzip_memory(int64_t expected)
{
    const int64_t room = room_for(expected);

    return out_room(room) + 2 * marked_room(room) +
           2 * (IN + DEFLATE_PAST + (int64_t)sizeof(struct side));
}

static struct side *make_side(struct ana_ctx *ctx)
{
    struct side *side = ana_alloc(ctx, 1, sizeof *side + IN + DEFLATE_PAST);

    if (side) {
        side->in = (uint8_t *)(side + 1);
        side->z.in = side->in;
        side->z.kind = -1;
    }
    return side;
}

int gunzip_open(struct ana_ctx *ctx, int fd, int64_t expected, struct gunzip **out)
{
    struct gunzip *g = ana_alloc(ctx, 1, sizeof *g);

    *out = g;
    if (!g)
        return ANA_ERESOURCE;
    g->fd = fd;
    g->room = room_for(expected);
    g->found = g->length = -1;
    g->shrink = .4;
    g->front = make_side(ctx);
    g->scout = make_side(ctx);
    g->out = ana_alloc(ctx, out_room(g->room), 1);
    if (!g->front || !g->scout || !g->out)
        return ANA_ERESOURCE;
    g->begin = g->at = g->summed = g->out + DEFLATE_WINDOW;
    if (expected > 4 * LEAST) {
        g->marked = ana_alloc(ctx, marked_room(g->room), sizeof *g->marked);
        if (!g->marked)
            return ANA_ERESOURCE;
        for (int i = 0; i < DEFLATE_WINDOW; i++)
            g->marked[i] = (uint16_t)(DEFLATE_MARK + i);
        for (int i = 0; i < DEFLATE_MARK; i++)
            g->meaning[i] = (uint8_t)i;
    }
    return 0;
}

void gunzip_close(struct ana_ctx *ctx, struct gunzip *g)
{
    if (!g)
        return;
    ana_free(ctx, g->front);
    ana_free(ctx, g->scout);
    ana_free(ctx, g->out);
    ana_free(ctx, g->marked);
    ana_free(ctx, g);
}

/* The file from the side's next bit on. */
static int fill(int fd, struct side *side)
{
    struct deflate *z = &side->z;
    const int64_t byte = z->bit >> 3;

    side->offset += byte;
    z->bit -= 8 * byte;
    z->goal -= 8 * byte;
    for (z->n = 0; z->n < IN;) {
        const ssize_t got =
            pread(fd, side->in + z->n, (size_t)(IN - z->n), side->offset + z->n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return GUNZIP_UNREAD;
        if (got == 0)
            break;
        z->n += got;
    }
    z->ended = z->n < IN;
    memset(side->in + z->n, 0, DEFLATE_PAST);
    return 0;
}

/* The next byte, for headers and trailers; -1 = there is none, -2 = it cannot be read. */
static int next_byte(int fd, struct side *side)
{
    struct deflate *z = &side->z;

    if (z->bit >> 3 >= z->n && !z->ended && fill(fd, side) != 0)
        return -2;
    if (z->bit >> 3 >= z->n)
        return -1;
    z->bit += 8;
    return z->in[(z->bit >> 3) - 1];
}

static uint32_t next_number(int fd, struct side *side, int bytes, int *why)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes && *why == 0; i++) {
        const int byte = next_byte(fd, side);

        if (byte < 0)
            *why = byte == -1 ? DEFLATE_SHORT : GUNZIP_UNREAD;
        else
            value |= (uint32_t)byte << 8 * i;
    }
    return value;
}

static void pass_text(int fd, struct side *side, int *why)
{
    while (*why == 0 && next_number(fd, side, 1, why) != 0)
        continue;
}

/* What stands behind the two bytes by which a member is known. Flags: 2 = a checksum of
 * the header, 4 = more fields, 8 = a name, 16 = a comment. */
static int read_header(struct gunzip *g)
{
    struct side *side = g->front;
    int why = 0;
    const uint32_t method = next_number(g->fd, side, 1, &why);
    const uint32_t flags = next_number(g->fd, side, 1, &why);
    uint32_t n;

    if (why == 0 && (method != 8 || flags & 0xe0))
        return GUNZIP_HEADER;
    next_number(g->fd, side, 4, &why); /* when */
    next_number(g->fd, side, 2, &why); /* by what */
    n = flags & 4 ? next_number(g->fd, side, 2, &why) : 0;
    while (why == 0 && n-- > 0)
        next_number(g->fd, side, 1, &why);
    if (flags & 8)
        pass_text(g->fd, side, &why);
    if (flags & 16)
        pass_text(g->fd, side, &why);
    if (flags & 2)
        next_number(g->fd, side, 2, &why);
    return why;
}

/* Zeros may stand behind a member, then another. What is neither is nothing of ours:
 * DEFLATE_END. */
static int begin_member(struct gunzip *g)
{
    struct side *side = g->front;
    const int none = g->length < 0 ? GUNZIP_HEADER : DEFLATE_END;
    int byte, why;

    do
        byte = next_byte(g->fd, side);
    while (byte == 0 && none == DEFLATE_END);
    if (byte == 0x1f) {
        byte = next_byte(g->fd, side);
        if (byte == -1)
            return DEFLATE_SHORT;
        byte = byte == 0x8b ? 0x1f : byte;
    }
    if (byte != 0x1f)
        return byte == -2 ? GUNZIP_UNREAD : none;
    why = read_header(g);
    g->in_member = why == 0;
    g->begin = g->summed = g->at;
    g->sum = 0;
    g->length = 0;
    side->z.kind = -1;
    return why;
}

static void add_to_sum(struct gunzip *g)
{
    g->sum = libdeflate_crc32(g->sum, g->summed, (size_t)(g->at - g->summed));
    g->length += g->at - g->summed;
    g->summed = g->at;
}

static int read_trailer(struct gunzip *g)
{
    struct side *side = g->front;
    int why = 0;
    uint32_t sum, length;

    side->z.bit = (side->z.bit + 7) & ~INT64_C(7);
    sum = next_number(g->fd, side, 4, &why);
    length = next_number(g->fd, side, 4, &why);
    g->in_member = 0;
    add_to_sum(g);
    return why ? why : sum != g->sum || length != (uint32_t)g->length ? GUNZIP_SUM : 0;
}

static int64_t bit_of(const struct side *side)
{
    return 8 * side->offset + side->z.bit;
}

/* The front: up to the goal, or until its room is used up. */
static int advance(struct gunzip *g)
{
    struct side *side = g->front;
    uint8_t *const end = g->out + DEFLATE_WINDOW + g->room;
    int why = 0;

    while (why == 0 && g->at < end) {
        if (!g->in_member) {
            why = begin_member(g);
            continue;
        }
        if (side->why == DEFLATE_END) {
            side->why = 0;
            why = read_trailer(g);
            continue;
        }
        side->z.goal = g->goal - 8 * side->offset;
        side->why = deflate_bytes(&side->z, g->begin, &g->at, end);
        if (side->why == DEFLATE_PAUSED && g->at < end)
            why = fill(g->fd, side);
        else if (side->why == DEFLATE_AT_GOAL)
            break;
        else if (side->why != DEFLATE_PAUSED && side->why != DEFLATE_END)
            why = side->why;
    }
    add_to_sum(g);
    return why;
}

/* Look for a block as far as the front will have come. */
static int scout_finds(struct gunzip *g)
{
    struct side *side = g->scout;
    struct deflate *z = &side->z;
    const int64_t last = (g->goal >> 3) + (int64_t)((double)g->room * g->shrink);

    side->offset = g->goal >> 3;
    z->bit = z->n = 0;
    while (!atomic_load(&g->over) && side->offset < last) {
        int64_t end;

        if (fill(g->fd, side) != 0)
            return 0;
        end = z->n * 8 - (z->ended ? 0 : 8 * DEFLATE_HEADER);
        while (g->found < 0 && z->bit < end && !atomic_load(&g->over))
            g->found = deflate_find(z, end - z->bit < A_LOOK ? end : z->bit + A_LOOK);
        if (g->found >= 0) {
            g->found += 8 * side->offset;
            return 1;
        }
        if (z->ended)
            return 0;
    }
    return 0;
}

static void scout(struct gunzip *g)
{
    struct side *side = g->scout;
    uint16_t *const end = g->marked + DEFLATE_WINDOW + g->room;

    side->why = 0;
    g->marked_at = g->marked + DEFLATE_WINDOW;
    if (!scout_finds(g))
        return;
    side->z.goal = INT64_MAX;
    while (g->marked_at < end && !atomic_load(&g->over)) {
        const int64_t n = end - g->marked_at < AT_ONCE ? end - g->marked_at : AT_ONCE;
        const uint16_t *before = g->marked_at;

        side->why = deflate_marked(&side->z, &g->marked_at, g->marked_at + n);
        if (side->why != DEFLATE_PAUSED)
            break;
        if (g->marked_at < before + n && fill(g->fd, side) != 0)
            side->why = GUNZIP_UNREAD;
        if (side->why != DEFLATE_PAUSED)
            break;
    }
    if (side->why != DEFLATE_PAUSED && side->why != DEFLATE_END)
        g->found = -1; /* it was none, or the front will find the same */
}

static int work(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct gunzip *g = arg;

    (void)ctx;
    if (i == 0) {
        g->failed = advance(g);
        g->error = errno; /* of this thread */
        atomic_store(&g->over, 1);
    } else if (g->found < 0) {
        scout(g);
    }
    return 0;
}

static int resolve(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct gunzip *g = arg;
    const uint16_t *from = g->marked + DEFLATE_WINDOW + i * SLICE;
    const int64_t left = g->marked_at - from, n = left < SLICE ? left : SLICE;
    uint8_t *to = g->at + i * SLICE;

    (void)ctx;
    for (int64_t k = 0; k < n; k++)
        to[k] = g->meaning[from[k]];
    g->slice_sum[i] = libdeflate_crc32(0, to, (size_t)n);
    return 0;
}

/* The front stands where the scout began: what it made comes next. */
static int join(struct ana_ctx *ctx, struct gunzip *g)
{
    const int64_t n = g->marked_at - (g->marked + DEFLATE_WINDOW);
    struct side *side = g->front;
    int rc;

    memcpy(g->meaning + DEFLATE_MARK, g->at - DEFLATE_WINDOW, DEFLATE_WINDOW);
    rc = ana_parallel_for(ctx, (n + SLICE - 1) / SLICE, resolve, g);
    for (int64_t i = 0, left = n; left > 0; left -= SLICE)
        g->sum = (uint32_t)crc32_combine(g->sum, g->slice_sum[i++],
                                         left < SLICE ? left : SLICE);
    g->at += n;
    g->length += n;
    g->summed = g->at;
    g->front = g->scout;
    g->scout = side;
    g->found = -1;
    return rc;
}

/* The window to the front, and where the scout looks from: where the front will have
 * used most of its room. */
static void begin_round(struct gunzip *g)
{
    uint8_t *window = g->out + DEFLATE_WINDOW;
    const int64_t known = g->at - g->begin;

    memmove(g->out, g->at - DEFLATE_WINDOW, DEFLATE_WINDOW);
    g->begin = window - (known < DEFLATE_WINDOW ? known : DEFLATE_WINDOW);
    g->at = g->summed = window;
    g->goal = INT64_MAX;
    if (g->given > 0)
        g->shrink = (double)bit_of(g->front) / 8 / (double)g->given;
    if (g->marked)
        g->goal = g->found >= 0 ? g->found
                                : bit_of(g->front) +
                                      8 * (int64_t)(.85 * (double)g->room * g->shrink);
    atomic_store(&g->over, 0);
}

/* What the scout has found is of use, is still ahead, or is not. */
static int end_round(struct ana_ctx *ctx, struct gunzip *g)
{
    const int64_t bit = bit_of(g->front);

    if (g->found < 0 || (bit < g->found && !g->failed))
        return 0;
    if (bit == g->found && !g->failed && g->in_member && g->front->z.kind < 0 &&
        g->at - g->begin >= DEFLATE_WINDOW)
        return join(ctx, g);
    g->found = -1;
    return 0;
}

int gunzip_next(struct ana_ctx *ctx, struct gunzip *g, const uint8_t **bytes, int64_t *n,
                int *why)
{
    int rc = 0;

    *bytes = g->out + DEFLATE_WINDOW;
    *n = 0;
    while (rc == 0 && *n == 0 && !g->failed) {
        begin_round(g);
        rc = ana_parallel_for(ctx, g->marked ? 2 : 1, work, g);
        if (rc == 0)
            rc = end_round(ctx, g);
        *n = g->at - *bytes;
        g->given += *n;
    }
    *why = *n > 0 || g->failed == DEFLATE_END ? 0 : g->failed;
    if (*why == GUNZIP_UNREAD)
        errno = g->error;
    return rc;
}

int64_t gunzip_at(const struct gunzip *g)
{
    const struct side *side = g->front;
    const int64_t byte = side->z.bit >> 3;

    return side->offset + (byte < side->z.n ? byte : side->z.n);
}

const char *gunzip_reason(int why)
{
    switch (why) {
    case DEFLATE_KIND:
        return "a block of no known kind";
    case DEFLATE_STORED:
        return "the length of a stored block and its complement differ";
    case DEFLATE_CODES:
        return "code lengths that make no code";
    case DEFLATE_SYMBOL:
        return "bits that are no symbol";
    case DEFLATE_FAR:
        return "a copy from before the beginning";
    case GUNZIP_HEADER:
        return "no header of gzip with deflate";
    default:
        return "not gzip";
    }
}
