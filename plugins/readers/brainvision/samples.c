/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Samples of a BrainVision recording: channel after channel within a sample
 * (multiplexed), or sample after sample within a channel (vectorized).
 */
#include "brainvision.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 4 << 20 };

int64_t bv_width(int type)
{
    return type <= BV_UINT16 ? 2 : type <= BV_FLOAT32 ? 4 : 8;
}

static double value_of(const uint8_t *p, int type, int big_endian)
{
    const int width = (int)bv_width(type);
    uint64_t bits = 0;
    uint32_t half;
    float f;
    double d;

    for (int i = 0; i < width; i++)
        bits |= (uint64_t)p[big_endian ? width - 1 - i : i] << 8 * i;
    switch (type) {
    case BV_INT16:
        return (double)(int16_t)bits;
    case BV_UINT16:
        return (double)bits;
    case BV_INT32:
        return (double)(int32_t)bits;
    case BV_FLOAT32:
        half = (uint32_t)bits;
        memcpy(&f, &half, sizeof f);
        return (double)f;
    default:
        memcpy(&d, &bits, sizeof d);
        return d;
    }
}

static int read_bytes(struct ana_ctx *ctx, const struct bv_file *file, int64_t at,
                      int64_t n, uint8_t *out)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t got = pread(file->fd, out + done, (size_t)(n - done), at + done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ana_fail(ctx, ANA_EDATA, "%s: byte %lld cannot be read: %s",
                            file->data, (long long)(at + done),
                            got < 0 ? strerror(errno) : "the file ends there");
        done += got;
    }
    return 0;
}

static void put(const struct bv_file *file, const uint8_t *p, int64_t channel, int is_f32,
                void *out, int64_t at)
{
    const double x =
        value_of(p, file->type, file->big_endian) * file->channel[channel].resolution;

    if (is_f32)
        ((float *)out)[at] = (float)x;
    else
        ((double *)out)[at] = x;
}

static int multiplexed(struct ana_ctx *ctx, const struct bv_file *file, int64_t first,
                       int64_t n, int64_t V, const int64_t *channels, int is_f32,
                       uint8_t *chunk, void *out)
{
    const int64_t width = bv_width(file->type), a_sample = width * file->n_channels;
    const int64_t most = CHUNK / a_sample > 0 ? CHUNK / a_sample : 1;
    int rc = 0;

    for (int64_t at = 0; rc == 0 && at < n; at += most) {
        const int64_t count = n - at < most ? n - at : most;

        rc = read_bytes(ctx, file, (first + at) * a_sample, count * a_sample, chunk);
        for (int64_t t = 0; rc == 0 && t < count; t++)
            for (int64_t v = 0; v < V; v++)
                put(file, chunk + t * a_sample + channels[v] * width, channels[v], is_f32,
                    out, (at + t) * V + v);
    }
    return rc;
}

static int vectorized(struct ana_ctx *ctx, const struct bv_file *file, int64_t first,
                      int64_t n, int64_t V, const int64_t *channels, int is_f32,
                      uint8_t *chunk, void *out)
{
    const int64_t width = bv_width(file->type), most = CHUNK / width;
    int rc = 0;

    for (int64_t v = 0; v < V; v++)
        for (int64_t at = 0; rc == 0 && at < n; at += most) {
            const int64_t count = n - at < most ? n - at : most;

            rc = read_bytes(ctx, file, (channels[v] * file->n + first + at) * width,
                            count * width, chunk);
            for (int64_t t = 0; rc == 0 && t < count; t++)
                put(file, chunk + t * width, channels[v], is_f32, out, (at + t) * V + v);
        }
    return rc;
}

int bv_samples(struct ana_ctx *ctx, const struct series_file *series, int64_t first,
               int64_t n, int64_t n_channels, const int64_t *channels, int is_f32,
               void *out)
{
    const struct bv_file *file = series->self;
    const int64_t a_sample = bv_width(file->type) * file->n_channels;
    uint8_t *chunk = ana_alloc(ctx, CHUNK + a_sample, 1);
    int rc;

    if (!chunk)
        return ANA_ERESOURCE;
    rc = (file->vectorized ? vectorized : multiplexed)(ctx, file, first, n, n_channels,
                                                       channels, is_f32, chunk, out);
    ana_free(ctx, chunk);
    return rc;
}
