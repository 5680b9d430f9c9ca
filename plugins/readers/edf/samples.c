/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Samples out of records. A few megabytes of records are read at a time, and each
 * wanted signal is taken out of them and scaled in one go, records side by side.
 */
#include "edf.h"

#include <string.h>

enum { CHUNK = 4 << 20 };

static inline double sample_of(const uint8_t *p, int width)
{
    if (width == 2)
        return (double)(int16_t)(uint16_t)(p[0] | p[1] << 8);
    return (double)((int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 |
                              (uint32_t)p[2] << 24) >>
                    8);
}

/* Samples [from, to) of one record of one signal, down a column of out. */
static void take(const struct edf_signal *s, int width, const uint8_t *record,
                 int64_t from, int64_t to, int is_f32, void *out, int64_t stride)
{
    const uint8_t *p = record + s->at + from * width;

    if (is_f32)
        for (int64_t i = from; i < to; i++, p += width)
            ((float *)out)[(i - from) * stride] =
                (float)(sample_of(p, width) * s->gain + s->offset);
    else
        for (int64_t i = from; i < to; i++, p += width)
            ((double *)out)[(i - from) * stride] =
                sample_of(p, width) * s->gain + s->offset;
}

struct taking {
    const struct edf_file *file;
    const uint8_t *chunk;
    int64_t record; /* the chunk's first */
    int64_t first, last, a_record, n_signals;
    const int64_t *signals;
    int is_f32;
    char *out;
};

static int take_record(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct taking *t = arg;
    const int64_t start = (t->record + i) * t->a_record; /* sample */
    const int64_t from = t->first > start ? t->first - start : 0;
    const int64_t to = t->last - start < t->a_record ? t->last - start : t->a_record;
    const int64_t bytes = t->is_f32 ? 4 : 8;

    (void)ctx;
    for (int64_t v = 0; v < t->n_signals; v++)
        take(&t->file->signals[t->signals[v]], t->file->width,
             t->chunk + i * t->file->record_bytes, from, to, t->is_f32,
             t->out + ((start + from - t->first) * t->n_signals + v) * bytes,
             t->n_signals);
    return 0;
}

int edf_samples(struct ana_ctx *ctx, const struct series_file *series, int64_t first,
                int64_t n, int64_t n_signals, const int64_t *signals, int is_f32,
                void *out)
{
    const struct edf_file *file = series->self;
    const int64_t a_record = n_signals > 0 ? file->signals[signals[0]].samples : 1;
    const int64_t last = first + n;
    const int64_t most =
        file->record_bytes < CHUNK ? CHUNK / file->record_bytes : 1; /* records */
    struct taking taking = {.file = file,
                            .first = first,
                            .last = last,
                            .a_record = a_record,
                            .n_signals = n_signals,
                            .signals = signals,
                            .is_f32 = is_f32,
                            .out = out};
    uint8_t *chunk;
    int rc = 0;

    if (n == 0 || n_signals == 0)
        return 0;
    chunk = ana_alloc(ctx, most * file->record_bytes, 1);
    if (!chunk)
        return ANA_ERESOURCE;
    taking.chunk = chunk;
    for (int64_t r = first / a_record; rc == 0 && r * a_record < last; r += most) {
        int64_t count = (last + a_record - 1) / a_record - r;

        count = count < most ? count : most;
        rc = edf_bytes(ctx, file, file->data + r * file->record_bytes,
                       count * file->record_bytes, chunk);
        taking.record = r;
        if (rc == 0)
            rc = ana_parallel_for(ctx, count, take_record, &taking);
    }
    ana_free(ctx, chunk);
    return rc;
}
