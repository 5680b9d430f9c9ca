/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inflating by one thread and by two gives zlib's bytes and zlib's verdict: on streams of
 * every kind that zlib and libdeflate write, on damaged ones, and on noise.
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/mman.h>
#include <zlib.h>

#include "linalg/pool.h"
#include "plugins/readers/nifti/deflate.h"
#include "plugins/readers/nifti/gunzip.h"
#include "tests/unit/helpers.h"

enum { MANY = 3 << 20, PACKED = MANY + (MANY >> 3) + 4096 };

static uint8_t plain[MANY], packed[PACKED + DEFLATE_PAST], again[MANY + 4096];

static uint32_t random_state;

static uint32_t draw(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

/* 0 zeros, 1 noise, 2 words, 3 an image's volumes, 4 one period of 20,000 bytes again and
 * again, 5 stretches of all of them. */
static void make_plain(int kind, int64_t n)
{
    static const char *const words[] = {"voxel ", "slice ", "volume ",
                                        "the ",   "of ",    "brain "};

    for (int64_t i = 0; i < n; i++) {
        const int now = kind == 5 ? (int)(i / 40000 % 5) : kind;
        const int64_t from = i;

        switch (now) {
        case 0:
            plain[i] = 0;
            break;
        case 1:
            plain[i] = (uint8_t)draw();
            break;
        case 2:
            for (const char *c = words[draw() % 6]; *c && i < n; c++)
                plain[i++] = (uint8_t)*c;
            i--;
            break;
        case 3:
            plain[i] = i % 2 ? 3 : (uint8_t)(i / 2 % 4096 < 1500 ? 0 : draw() % 40);
            break;
        default:
            plain[i] = i < 20000 ? (uint8_t)draw() : plain[from - 20000];
        }
    }
}

/* zlib's stream of plain[from, to), behind the `at` bytes that are packed; a flush of the
 * kind `flush` every 100,000 bytes (0 = none). */
static int64_t pack(int64_t at, int64_t from, int64_t to, int level, int strategy,
                    int memory, int flush)
{
    z_stream z = {.next_out = packed + at, .avail_out = (uInt)(PACKED - at)};

    ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, 31, memory, strategy), Z_OK);
    while (from < to) {
        const int64_t n = flush && to - from > 100000 ? 100000 : to - from;

        z.next_in = plain + from;
        z.avail_in = (uInt)n;
        from += n;
        ck_assert_int_ge(deflate(&z, from == to ? Z_FINISH : flush), 0);
    }
    at = z.next_out - packed;
    deflateEnd(&z);
    return at;
}

/* What gunzip makes of packed[0, n): its verdict, and the bytes to `again`. */
static int inflate_all(int64_t n, int64_t expected, int64_t threads, int64_t *n_out)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = NULL;
    struct gunzip *g;
    const int fd = memfd_create("packed", MFD_CLOEXEC);
    int why = 0;

    ck_assert_int_eq(write(fd, packed, (size_t)n), n);
    ck_assert_int_eq(ana_pool_create(ctx, threads, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    ck_assert_int_eq(gunzip_open(ctx, fd, expected, &g), 0);
    for (*n_out = 0;;) {
        const uint8_t *bytes;
        int64_t some;

        ck_assert_int_eq(gunzip_next(ctx, g, &bytes, &some, &why), 0);
        if (some == 0)
            break;
        ck_assert_int_le(some, (int64_t)sizeof again - *n_out);
        if (*n_out >= 8)
            ck_assert_mem_eq(bytes - 8, again + *n_out - 8, 8);
        memcpy(again + *n_out, bytes, (size_t)some);
        *n_out += some;
    }
    ck_assert_int_le(gunzip_at(g), n);
    gunzip_close(ctx, g);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_ctx_destroy(ctx);
    close(fd);
    return why;
}

static void expect_plain(int64_t n_packed, int64_t n)
{
    for (int64_t threads = 1; threads <= 2; threads++) {
        int64_t got;

        memset(again, 0xaa, sizeof again);
        ck_assert_int_eq(inflate_all(n_packed, n, threads, &got), 0);
        ck_assert_int_eq(got, n);
        ck_assert(memcmp(again, plain, (size_t)n) == 0);
    }
}

START_TEST(every_kind_of_stream_of_zlib_is_inflated)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY,
                                     Z_RLE, Z_FIXED};
    const int64_t n = _i == 3 ? MANY : 400001;

    make_plain(_i, n);
    for (int level = 0; level <= 9; level += level < 2 ? 1 : 4) {
        expect_plain(pack(0, 0, n, level, Z_DEFAULT_STRATEGY, 8, 0), n);
        expect_plain(pack(0, 0, n, level, Z_DEFAULT_STRATEGY, 1, Z_SYNC_FLUSH), n);
    }
    for (int s = 1; s < 5; s++)
        expect_plain(pack(0, 0, n, 6, strategies[s], 9, s == 1 ? Z_FULL_FLUSH : 0), n);
}
END_TEST

START_TEST(every_kind_of_stream_of_libdeflate_is_inflated)
{
    const int64_t n = 1500000;

    make_plain(_i, n);
    for (int level = 1; level <= 12; level += level == 1 ? 5 : 6) {
        struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);

        expect_plain(
            (int64_t)libdeflate_gzip_compress(c, plain, (size_t)n, packed, PACKED), n);
        libdeflate_free_compressor(c);
    }
}
END_TEST

/* As bgzip has them: members of 60,000 bytes, and an empty one at the end. */
START_TEST(members_of_any_length_are_one_stream)
{
    const int64_t n = 1000000;
    int64_t at = 0;

    make_plain(5, n);
    for (int64_t from = 0, step = _i ? 60000 : 1; from < n; from += step) {
        step = _i ? step : 1 + draw() % 300000;
        at = pack(at, from, from + step < n ? from + step : n, 1 + (int)(draw() % 9), 0,
                  8, 0);
    }
    at = pack(at, n, n, 6, 0, 8, 0);
    memset(packed + at, 0, 100);
    expect_plain(at + 100, n);
    memcpy(packed + at + 100, "\x1f\x8c", 2);
    expect_plain(at + 102, n);
    memcpy(packed + at + 100, "x", 1);
    expect_plain(at + 101, n);
}
END_TEST

/* A header with a name, a comment, more fields and a checksum of its own. */
START_TEST(a_long_header_is_passed_over)
{
    const int64_t n = 300000;
    static Bytef name[] = "name of the file", comment[] = "what it is";
    gz_header header = {.text = 1,
                        .extra = (Bytef[300]){1, 2, 3},
                        .extra_len = 300,
                        .name = name,
                        .comment = comment,
                        .hcrc = 1};
    z_stream z = {.next_in = plain, .avail_in = (uInt)n};

    make_plain(2, n);
    z.next_out = packed;
    z.avail_out = PACKED;
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
    ck_assert_int_eq(deflateSetHeader(&z, &header), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    expect_plain(z.next_out - packed, n);
}
END_TEST

/* Bits at which blocks begin, up to `room` of them, and what each gives from there on. */
static int64_t list_blocks(int64_t n_packed, int64_t n, int64_t *bit, int64_t *place,
                           int64_t room)
{
    struct deflate *z = calloc(1, sizeof *z);
    uint8_t *out = malloc((size_t)n + 1 + DEFLATE_SLACK), *at = out;
    int64_t blocks = 0;

    *z = (struct deflate){.in = packed, .n = n_packed, .ended = 1, .bit = 80, .kind = -1};
    while (blocks < room) {
        bit[blocks] = z->bit;
        place[blocks++] = at - out;
        z->goal = z->bit + 1;
        if (deflate_bytes(z, out, &at, out + n + 1) != DEFLATE_AT_GOAL)
            break;
    }
    free(out);
    free(z);
    return blocks;
}

/* What follows a block that was found, with its marks resolved. */
static void expect_rest(struct deflate *z, int64_t place, int64_t n)
{
    uint16_t *marked = calloc((size_t)(DEFLATE_WINDOW + n + DEFLATE_SLACK), 2);
    uint16_t *at = marked + DEFLATE_WINDOW;
    const uint8_t *window = plain + place - DEFLATE_WINDOW;

    for (int i = 0; i < DEFLATE_WINDOW; i++)
        marked[i] = (uint16_t)(DEFLATE_MARK + i);
    z->goal = INT64_MAX;
    ck_assert_int_eq(deflate_marked(z, &at, marked + DEFLATE_WINDOW + n), DEFLATE_END);
    ck_assert_int_eq(at - marked - DEFLATE_WINDOW, n - place);
    for (int64_t i = place; i < n; i++) {
        const uint16_t value = marked[DEFLATE_WINDOW + i - place];

        if ((value < DEFLATE_MARK ? value : window[value - DEFLATE_MARK]) != plain[i])
            ck_abort_msg("byte %lld is another", (long long)i);
    }
    free(marked);
}

START_TEST(a_block_is_found_from_any_bit_and_inflated_with_marks)
{
    enum { BLOCKS = 4000 };
    static int64_t bit[BLOCKS], place[BLOCKS];
    const int64_t n = 900000;
    struct deflate *z = calloc(1, sizeof *z);
    int64_t n_packed, blocks, found = 0;

    make_plain(_i == 4 ? 5 : _i, n);
    n_packed = pack(0, 0, n, 1 + 5 * (_i % 2), 0, 7, 0);
    blocks = list_blocks(n_packed, n, bit, place, BLOCKS);
    ck_assert_int_gt(blocks, 2);
    for (int64_t b = 1; b < blocks; b += 1 + blocks / 10) {
        int64_t at, k = b;

        *z = (struct deflate){.in = packed, .n = n_packed, .ended = 1, .kind = -1};
        z->bit = bit[b - 1] + 1 + draw() % (bit[b] - bit[b - 1]);
        at = deflate_find(z, n_packed * 8);
        if (at < 0 || place[b] < DEFLATE_WINDOW)
            continue;
        while (k < blocks && bit[k] < at)
            k++;
        ck_assert_int_eq(bit[k], at); /* no block is found where there is none */
        expect_rest(z, place[k], n);
        found++;
    }
    ck_assert_int_gt(found, 0);
    free(z);
}
END_TEST

/* zlib's verdict: 1 = all is well. */
static int zlib_agrees(const uint8_t *in, int64_t n, int bits, int64_t *n_out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)n};
    static uint8_t out[1 << 20];
    int rc;

    z.next_out = out;
    z.avail_out = sizeof out;
    ck_assert_int_eq(inflateInit2(&z, bits), Z_OK);
    rc = inflate(&z, Z_FINISH);
    *n_out = (int64_t)z.total_out;
    inflateEnd(&z);
    return rc == Z_STREAM_END;
}

START_TEST(a_damaged_stream_gets_the_verdict_of_zlib)
{
    const int64_t n = 300000, n_packed = (make_plain(5, n), pack(0, 0, n, _i, 0, 8, 0));
    int64_t bad = 0;

    for (int i = 0; i < 150; i++) {
        const int64_t at = 10 + draw() % (n_packed - 10);
        const uint8_t was = packed[at];
        int64_t ours, theirs;
        int why;

        packed[at] ^= (uint8_t)(1 << draw() % 8);
        why = inflate_all(n_packed, n, 1 + i % 2, &ours);
        ck_assert_int_eq(why == 0, zlib_agrees(packed, n_packed, 31, &theirs));
        bad += why != 0;
        packed[at] = was;
    }
    ck_assert_int_gt(bad, 140);
}
END_TEST

START_TEST(a_stream_that_is_cut_anywhere_is_short)
{
    const int64_t n = 300000, n_packed = (make_plain(5, n), pack(0, 0, n, 6, 0, 8, 0));
    int64_t got;

    for (int64_t cut = 1; cut < n_packed; cut += 1 + (cut > 30 ? draw() % 900 : 0)) {
        ck_assert_int_eq(inflate_all(n_packed - cut, n, 1 + cut % 2, &got),
                         DEFLATE_SHORT);
        ck_assert_int_le(got, n);
        ck_assert(memcmp(again, plain, (size_t)got) == 0);
    }
}
END_TEST

/* Bits drawn at random, most of them behind the beginning of a block with codes: what
 * zlib takes is taken, what it refuses is refused, and the bytes before that are the
 * same. */
START_TEST(noise_gets_the_verdict_of_zlib)
{
    static uint8_t in[4096 + DEFLATE_PAST], out[(1 << 18) + DEFLATE_SLACK];
    struct deflate *z = calloc(1, sizeof *z);
    int64_t taken = 0;

    for (int i = 0; i < 20000; i++) {
        const int64_t n = 20 + draw() % 100;
        int64_t theirs;
        uint8_t *at = out;
        int why, agrees;

        memset(in, 0, sizeof in);
        for (int64_t b = 0; b < n; b++)
            in[b] = (uint8_t)draw();
        if (i % 8 != 0)
            in[0] = (uint8_t)((in[0] & ~7) | (i % 4 == 1 ? 3 : 5)); /* the last block */
        if (i % 2 && i % 4 != 1) { /* lengths of the code of lengths: eight of 3 bits */
            static const uint8_t lengths[19] = {3, 3, 3, 3, 3, 3, 3, 3};

            in[1] |= 0xc0;
            in[2] |= 1;
            for (int k = 0; k < 19; k++)
                for (int bit = 0; bit < 3; bit++) {
                    const int place = 17 + 3 * k + bit;

                    in[place / 8] = (uint8_t)((in[place / 8] & ~(1 << place % 8)) |
                                              (lengths[k] >> bit & 1) << place % 8);
                }
        }
        *z =
            (struct deflate){.in = in, .n = n, .ended = 1, .goal = INT64_MAX, .kind = -1};
        why = deflate_bytes(z, out, &at, out + (1 << 18));
        agrees = zlib_agrees(in, n, -15, &theirs);
        ck_assert_msg((why == DEFLATE_END) == agrees, "stream %d: %d, zlib says %d", i,
                      why, agrees);
        if (why == DEFLATE_END)
            ck_assert_int_eq(at - out, theirs);
        taken += why == DEFLATE_END;
    }
    ck_assert_int_gt(taken, 100);
    free(z);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gunzip");
    TCase *t = tcase_create("gunzip");

    random_state = 7;
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, every_kind_of_stream_of_zlib_is_inflated, 0, 6);
    tcase_add_loop_test(t, every_kind_of_stream_of_libdeflate_is_inflated, 0, 6);
    tcase_add_loop_test(t, members_of_any_length_are_one_stream, 0, 2);
    tcase_add_test(t, a_long_header_is_passed_over);
    tcase_add_loop_test(t, a_block_is_found_from_any_bit_and_inflated_with_marks, 2, 5);
    tcase_add_loop_test(t, a_damaged_stream_gets_the_verdict_of_zlib, 0, 10);
    tcase_add_test(t, a_stream_that_is_cut_anywhere_is_short);
    tcase_add_test(t, noise_gets_the_verdict_of_zlib);
    suite_add_tcase(s, t);
    return test_main(s);
}
