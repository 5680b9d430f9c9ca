/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a good file is damaged, in words (tests/damaged/README.md) or by a seed.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include <zlib.h>

#include "tests/unit/helpers.h"

struct bytes {
    uint8_t *data; /* malloc */
    int64_t n;
};

static inline struct bytes bytes_of(const char *path)
{
    struct bytes b = {malloc(1), 0};
    FILE *file = fopen(path, "rb");

    ck_assert_msg(file != NULL, "%s is missing", path);
    fseek(file, 0, SEEK_END);
    b.n = ftell(file);
    rewind(file);
    b.data = realloc(b.data, (size_t)b.n + 1);
    ck_assert_int_eq(fread(b.data, 1, (size_t)b.n, file), b.n);
    fclose(file);
    return b;
}

static inline void bytes_write(const struct bytes *b, const char *path)
{
    FILE *file = fopen(path, "wb");

    ck_assert_msg(file != NULL, "%s cannot be written", path);
    ck_assert_int_eq(fwrite(b->data, 1, (size_t)b->n, file), b->n);
    fclose(file);
}

/* Bytes [at, at + gone) become n others. */
static inline void bytes_splice(struct bytes *b, int64_t at, int64_t gone,
                                const void *with, int64_t n)
{
    uint8_t *all;

    at = at < b->n ? at : b->n;
    gone = gone < b->n - at ? gone : b->n - at;
    all = calloc((size_t)(b->n - gone + n + 1), 1);
    memcpy(all, b->data, (size_t)at);
    memcpy(all + at, with, (size_t)n);
    memcpy(all + at + n, b->data + at + gone, (size_t)(b->n - at - gone));
    free(b->data);
    b->data = all;
    b->n += n - gone;
}

static inline struct bytes gzipped(const struct bytes *b)
{
    struct bytes out = {calloc(1, (size_t)b->n + 1024), b->n + 1024};
    z_stream z = {0};

    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
    z.next_in = b->data;
    z.avail_in = (unsigned)b->n;
    z.next_out = out.data;
    z.avail_out = (unsigned)out.n;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.n = (int64_t)z.total_out;
    deflateEnd(&z);
    return out;
}

/* What a .gz of less than 8 MB holds; n = -1 where it is none. */
static inline struct bytes gunzipped(const struct bytes *b)
{
    struct bytes out = {calloc(1, 8 << 20), 8 << 20};
    z_stream z = {0};

    ck_assert_int_eq(inflateInit2(&z, 31), Z_OK);
    z.next_in = b->data;
    z.avail_in = (unsigned)b->n;
    z.next_out = out.data;
    z.avail_out = (unsigned)out.n;
    out.n = inflate(&z, Z_FINISH) == Z_STREAM_END ? (int64_t)z.total_out : -1;
    inflateEnd(&z);
    return out;
}

/* The file as a .gz, behind which `times` x 16 MB of zeros follow. */
static inline void bytes_bomb(struct bytes *b, int64_t times)
{
    struct bytes zeros = {calloc(1, 16 << 20), 16 << 20}, packed = gzipped(&zeros);
    struct bytes whole = gzipped(b);

    for (int64_t i = 0; i < times; i++)
        bytes_splice(&whole, whole.n, 0, packed.data, packed.n);
    free(zeros.data);
    free(packed.data);
    free(b->data);
    *b = whole;
}

/* "\x41", "\t", "\n", "\\" and "{12:ab}", twelve times ab, in which "\#" is 1, 2, ...;
 * malloc. */
static inline struct bytes bytes_say(const char *text);

/* A text so many times, each with its number for "\#". */
static inline struct bytes bytes_times(const char *text, long long times)
{
    struct bytes all = {NULL, 0};
    int64_t room = 0;

    for (long long i = 1; i <= times; i++) {
        char numbered[512];
        size_t n = 0;
        struct bytes one;

        for (const char *at = text; *at && n + 32 < sizeof numbered; at++)
            if (at[0] == '\\' && at[1] == '#')
                n += (size_t)sprintf(numbered + n, "%lld", i), at++;
            else
                numbered[n++] = *at;
        numbered[n] = 0;
        one = bytes_say(numbered);
        if (all.n + one.n > room)
            all.data = realloc(all.data, (size_t)(room = 2 * (all.n + one.n)));
        if (one.n > 0)
            memcpy(all.data + all.n, one.data, (size_t)one.n);
        all.n += one.n;
        free(one.data);
    }
    return all;
}

static inline struct bytes bytes_say(const char *text)
{
    struct bytes out = {calloc(1, 1), 0};

    for (; *text; text++) {
        char one = *text;
        long long times;
        int skip = 0;

        if (one == '{' && sscanf(text, "{%lld:%n", &times, &skip) == 1 && skip > 0) {
            const int64_t n = (int64_t)strcspn(text + skip, "}");

            char inner[256];
            struct bytes one_time;

            snprintf(inner, sizeof inner, "%.*s", (int)n, text + skip);
            one_time = bytes_times(inner, times);
            if (one_time.n > 0)
                bytes_splice(&out, out.n, 0, one_time.data, one_time.n);
            free(one_time.data);
            text += skip + n;
            continue;
        }
        if (one == '\\' && text[1] == 'x') {
            one = (char)strtol((char[]){text[2], text[3], 0}, NULL, 16);
            text += 3;
        } else if (one == '\\') {
            one = *++text == 't' ? '\t' : *text == 'n' ? '\n' : *text;
        }
        bytes_splice(&out, out.n, 0, &one, 1);
    }
    return out;
}

static inline int64_t bytes_find(const struct bytes *b, const struct bytes *what)
{
    for (int64_t i = 0; i + what->n <= b->n; i++)
        if (memcmp(b->data + i, what->data, (size_t)what->n) == 0)
            return i;
    return -1;
}

/* "swap A -> B": the first A becomes B. */
static inline void bytes_swap(struct bytes *b, const char *change)
{
    const char *arrow = strstr(change, " -> ");
    char from[512];
    struct bytes a, to;
    int64_t at;

    ck_assert_msg(arrow != NULL, "no arrow in '%s'", change);
    snprintf(from, sizeof from, "%.*s", (int)(arrow - change), change);
    a = bytes_say(from);
    to = bytes_say(arrow + 4);
    at = bytes_find(b, &a);
    ck_assert_msg(at >= 0, "there is no '%s'", from);
    bytes_splice(b, at, a.n, to.data, to.n);
    free(a.data);
    free(to.data);
}

/* One change in words. */
static inline void bytes_change(struct bytes *b, const char *change)
{
    long long at = 0;
    int skip = 0;

    if (sscanf(change, "cut %lld", &at) == 1) {
        at += at < 0 ? b->n : 0;
        bytes_splice(b, at, b->n, "", 0);
    } else if (sscanf(change, "pad %lld", &at) == 1) {
        void *zeros = calloc(1, (size_t)at);

        bytes_splice(b, b->n, 0, zeros, at);
        free(zeros);
    } else if (sscanf(change, "put %lld %n", &at, &skip) == 1 && skip > 0) {
        struct bytes say = bytes_say(change + skip);

        bytes_splice(b, at, say.n, say.data, say.n);
        free(say.data);
    } else if (strncmp(change, "swap ", 5) == 0) {
        bytes_swap(b, change + 5);
    } else if (strcmp(change, "gzip") == 0) {
        bytes_bomb(b, 0);
    } else if (sscanf(change, "bomb %lld", &at) == 1) {
        bytes_bomb(b, at);
    } else {
        ck_abort_msg("no such change: '%s'", change);
    }
}

/* --- by a seed --- */

static inline void put_number(struct ana_rng *rng, struct bytes *b, int64_t at)
{
    static const int64_t whole[] = {0,          -1,        1,           INT64_MAX,
                                    INT64_MIN,  INT32_MAX, INT32_MIN,   65535,
                                    0x10000000, 348,       0x7fffffff0, -32768};
    const double real[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, 1e300,
                           -1,          0,        1e-300,    2147483648.};
    static const int64_t widths[] = {2, 4, 8};
    const int64_t n = widths[ana_rng_below(rng, 3)];
    uint8_t bytes[8];

    if (ana_rng_below(rng, 3) > 0 || n == 2) {
        memcpy(bytes, &whole[ana_rng_below(rng, 12)], 8);
    } else if (n == 8) {
        memcpy(bytes, &real[ana_rng_below(rng, 8)], 8);
    } else {
        const float f = (float)real[ana_rng_below(rng, 8)];

        memcpy(bytes, &f, 4);
    }
    if (ana_rng_below(rng, 2))
        for (int64_t i = 0; i < n / 2; i++) {
            const uint8_t t = bytes[i];

            bytes[i] = bytes[n - 1 - i];
            bytes[n - 1 - i] = t;
        }
    at &= ~1ll;
    if (at + n <= b->n)
        memcpy(b->data + at, bytes, (size_t)n);
}

/* The next run of digits behind `at` becomes something else. */
static inline void put_digits(struct ana_rng *rng, struct bytes *b, int64_t at)
{
    static const char *const say[] = {"-1",
                                      "0",
                                      "",
                                      "nan",
                                      "inf",
                                      "1e308",
                                      "99999999999999999999",
                                      "2147483648",
                                      "x",
                                      "1",
                                      "1e-20",
                                      "0x10",
                                      "-0",
                                      "65536",
                                      "9223372036854775807",
                                      "3.5",
                                      ",",
                                      ".",
                                      "\t",
                                      "\xff\xfe"};
    const char *text = say[ana_rng_below(rng, 20)];
    int64_t n = 0;

    while (at < b->n && (b->data[at] < '0' || b->data[at] > '9'))
        at++;
    while (at + n < b->n && b->data[at + n] >= '0' && b->data[at + n] <= '9')
        n++;
    bytes_splice(b, at, n, text, (int64_t)strlen(text));
}

/* Elements inside each other, or an entity that grows, before some '<'. */
static inline void put_nest(struct ana_rng *rng, struct bytes *b, int64_t at)
{
    struct bytes say =
        bytes_say(ana_rng_below(rng, 3) ? "{10000:<a>}"
                                        : "<!DOCTYPE a [<!ENTITY b \"{50:cc}\">]>&b;");

    while (at < b->n && b->data[at] != '<')
        at++;
    if (at < b->n)
        bytes_splice(b, at, 0, say.data, say.n);
    free(say.data);
}

/* Where a change goes: into the head oftener than its share. */
static inline int64_t some_place(struct ana_rng *rng, const struct bytes *b)
{
    const int64_t head = b->n < 700 ? b->n : 700;

    return ana_rng_below(rng, ana_rng_below(rng, 2) ? b->n : head);
}

static inline void damage_once(struct ana_rng *rng, struct bytes *b)
{
    const int64_t at = b->n > 0 ? some_place(rng, b) : 0;
    const int64_t n = 1 + ana_rng_below(rng, 64);

    if (b->n < 4)
        return;
    switch (ana_rng_below(rng, 10)) {
    case 0:
        bytes_splice(b, at, b->n, "", 0);
        break;
    case 1:
        b->data[at] ^= (uint8_t)(1u << ana_rng_below(rng, 8));
        break;
    case 2:
        b->data[at] = (uint8_t)ana_rng_below(rng, 256);
        break;
    case 3:
        bytes_splice(b, at, n, "", 0);
        break;
    case 4: {
        uint8_t again[64] = {0};

        memcpy(again, b->data + at, (size_t)(n < b->n - at ? n : b->n - at));
        bytes_splice(b, some_place(rng, b), 0, again, n);
        break;
    }
    case 5:
        put_nest(rng, b, at);
        break;
    case 6:
    case 7:
        put_digits(rng, b, at);
        break;
    default:
        put_number(rng, b, at);
    }
}

/* One to four changes; what is compressed is damaged outside or inside, or swells. */
static inline void bytes_damage(struct ana_rng *rng, struct bytes *b)
{
    const int packed = b->n > 2 && b->data[0] == 0x1f && b->data[1] == 0x8b;
    struct bytes inside = {NULL, -1};

    if (packed && ana_rng_below(rng, 3) > 0)
        inside = gunzipped(b);
    if (inside.n >= 0) {
        free(b->data);
        *b = inside;
    } else {
        free(inside.data);
    }
    for (int64_t i = 1 + ana_rng_below(rng, 4); i > 0; i--)
        damage_once(rng, b);
    if (inside.n >= 0)
        bytes_bomb(b, ana_rng_below(rng, 8) == 0 ? 40 : 0);
}

#endif
