/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Adding up the rows of a trace. A layer faster than the recording's clock is averaged in
 * the bin around each of its samples, [t - 1/2r, t + 1/2r): the average is the
 * anti-aliasing filter. A slower one is interpolated linearly. With a kernel
 * (signal/kernel.h) each sample is added to the rows that it reaches. Sums are float64, in
 * the order in which a model emits, which is fixed.
 *
 * Rows are held in blocks, from the first sample that reaches one to the moment from which
 * on none can: what is held grows with what one pass shows, not with the stimulus. A row
 * of a block is F sums and the number of samples in them.
 */
#include "pipeline/trace_fill.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "data/tensor.h"

enum { BLOCK_ROWS = 32, BLOCK_BYTES = 1 << 18 };

static const int64_t ENDED =
    INT64_MAX; /* blocks of an item whose samples have all come */

/* A sink lets samples count that lie this much before the moment that was named. */
static const double ROUNDING = 1e-6;

static int64_t row_count(const struct ana_trace *t, int64_t item)
{
    return t->stretch ? t->stretch[item].n : 1;
}

/* Rows of a block. */
static int64_t block_rows(const struct ana_trace *t)
{
    const int64_t fit = BLOCK_BYTES / ((t->features + 1) * (int64_t)sizeof(double));

    return !t->stretch || fit < 1 ? 1 : fit < BLOCK_ROWS ? fit : BLOCK_ROWS;
}

static double row_time(const struct ana_trace *t, int64_t item, int64_t row)
{
    return t->stretch[item].start + (double)(t->stretch[item].first + row) / t->rate;
}

/* Where an item's row is added up; NULL with the error recorded. */
static double *open_row(struct ana_ctx *ctx, struct ana_trace *t, int64_t item,
                        int64_t row)
{
    struct ana_filling *f = &t->filling[item];
    const int64_t rows = block_rows(t), b = row / rows;

    if (b < f->done) {
        ana_fail(ctx, ANA_EPLUGIN, "layer %s came out of order", t->info->id);
        return NULL;
    }
    if (f->n_blocks == 0) {
        const int64_t n = (row_count(t, item) + rows - 1) / rows;

        f->block = ana_alloc(ctx, n, sizeof *f->block);
        if (!f->block)
            return NULL;
        f->n_blocks = n;
    }
    if (!f->block[b])
        f->block[b] = ana_alloc(ctx, rows * (t->features + 1), sizeof **f->block);
    return f->block[b] ? f->block[b] + (row - b * rows) * (t->features + 1) : NULL;
}

int64_t ana_trace_row(const struct ana_trace *t, int64_t item, double time)
{
    return (int64_t)floor((time - t->stretch[item].start) * t->rate + 0.5 + 1e-6) -
           t->stretch[item].first;
}

int ana_filling_average(struct ana_ctx *ctx, struct ana_trace *t, int64_t item,
                        int64_t row, const float *sample)
{
    double *sum;

    if (row < 0 || row >= row_count(t, item))
        return 0;
    sum = open_row(ctx, t, item, row);
    if (!sum)
        return ana_ctx_status(ctx);
    t->filling[item].added++;
    for (int64_t f = 0; f < t->features; f++)
        sum[f] += (double)sample[f];
    sum[t->features]++;
    return 0;
}

int ana_filling_spread(struct ana_ctx *ctx, struct ana_trace *t, int64_t item,
                       double time, const float *sample)
{
    const struct ana_stretch *s = &t->stretch[item];
    const double start = s->start + (double)s->first / t->rate;
    int64_t first, end;

    ana_kernel_reach(&t->on, time, start, t->rate, s->n, &first, &end);
    for (int64_t k = first; k < end; k++) {
        const double w = ana_kernel_weight(&t->on, start + (double)k / t->rate - time);
        double *sum = w != 0 ? open_row(ctx, t, item, k) : NULL;

        if (w != 0 && !sum)
            return ana_ctx_status(ctx);
        for (int64_t f = 0; sum && f < t->features; f++)
            sum[f] += w * (double)sample[f];
    }
    t->filling[item].added++;
    return 0;
}

/* A row between two samples: (1 - w) a + w b. */
static int mix_row(struct ana_ctx *ctx, struct ana_trace *t, int64_t item, int64_t row,
                   double w, const float *a, const float *b)
{
    double *sum = open_row(ctx, t, item, row);

    if (!sum)
        return ana_ctx_status(ctx);
    for (int64_t f = 0; f < t->features; f++)
        sum[f] = w > 0 ? (1 - w) * (double)a[f] + w * (double)b[f] : (double)a[f];
    sum[t->features] = 1;
    return 0;
}

/* The rows up to sample number `n`, the next to come: between the samples n - 2 and n - 1,
 * or, at the item's end (b = NULL), up to half a period behind the last. Those before the
 * first sample, up to half a period, are as the first. */
static int mix_rows(struct ana_ctx *ctx, struct ana_trace *t, int64_t item, int64_t n,
                    const float *a, const float *b)
{
    struct ana_filling *f = &t->filling[item];
    const double until = b ? (double)n - 1 : (double)n - 0.5 + 1e-9;
    int rc = 0;

    for (; rc == 0 && f->next < row_count(t, item); f->next++) {
        const double at = (row_time(t, item, f->next) - f->time) * t->layer_rate;

        if (b ? at >= until : at > until)
            break;
        if (at < -0.5 - 1e-9)
            continue;
        rc = mix_row(ctx, t, item, f->next, at < 0 || !b ? 0 : at - floor(at), a, b);
    }
    return rc;
}

int ana_filling_interpolate(struct ana_ctx *ctx, struct ana_trace *t, int64_t item,
                            double time, const float *sample)
{
    struct ana_filling *f = &t->filling[item];
    int rc = 0;

    if (f->done == ENDED ||
        (f->added > 0 && fabs((time - f->time) * t->layer_rate - (double)f->added) > 0.5))
        return ana_fail(ctx, ANA_EPLUGIN, "layer %s came out of order", t->info->id);
    if (f->added == 0) {
        f->time = time;
        f->last = ana_alloc(ctx, t->features, sizeof *f->last);
        if (!f->last)
            return ANA_ERESOURCE;
    }
    f->added++;
    if (f->added > 1)
        rc = mix_rows(ctx, t, item, f->added, f->last, sample);
    memcpy(f->last, sample, (size_t)t->features * sizeof *sample);
    return rc;
}

/* Round to what float16 holds. row: of the trace. */
static int round_to_half(struct ana_ctx *ctx, const struct ana_trace *t, int64_t row,
                         int64_t n, float *x)
{
    for (int64_t i = 0; i < n * t->features; i++) {
        double value = (double)x[i];
        uint16_t bits;

        ana_elements_store(ANA_F16, &value, 1, &bits, 0);
        ana_elements_load(ANA_F16, &bits, 0, 1, 1, &value);
        if (isinf(value))
            return ana_fail(ctx, ANA_ENUMERIC,
                            "layer %s: %g in row %lld is beyond float16 (65504); use "
                            "`activations = float32`",
                            t->info->id, (double)x[i],
                            (long long)(row + i / t->features));
        x[i] = (float)value;
    }
    return 0;
}

/* n rows of sums as they leave: means, but where a kernel has weighed them. */
static void make_means(const struct ana_trace *t, int64_t n, const double *sum, float *x)
{
    const int64_t F = t->features;

    for (int64_t r = 0; r < n; r++, sum += F + 1, x += F)
        for (int64_t f = 0; (t->spread || sum[F] > 0) && f < F; f++)
            x[f] = (float)(t->spread ? sum[f] : sum[f] / sum[F]);
}

/* Hand the next block on. */
static int finish_block(struct ana_ctx *ctx, struct ana_trace *t, int64_t item)
{
    struct ana_filling *f = &t->filling[item];
    const int64_t rows = block_rows(t), from = f->done * rows;
    const int64_t left = row_count(t, item) - from, n = left < rows ? left : rows;
    const int64_t row = t->offset[item] + from;
    double *sum = f->block[f->done];
    float *x = sum && t->take ? ana_alloc(ctx, n * t->features, sizeof *x)
               : sum          ? (float *)t->x.data + row * t->features
                              : NULL;
    int rc = sum && !x ? ANA_ERESOURCE : 0;

    if (sum && x) {
        make_means(t, n, sum, x);
        rc = t->half ? round_to_half(ctx, t, row, n, x) : 0;
        if (rc == 0 && t->take)
            rc = t->take(ctx, t->take_arg, row, n, x);
    }
    if (t->take)
        ana_free(ctx, x);
    ana_free(ctx, sum);
    f->block[f->done++] = NULL;
    return rc;
}

/* Rows before the first that a sample from `time` on can reach. */
static int64_t final_rows(const struct ana_trace *t, int64_t item, double time)
{
    const struct ana_stretch *s = &t->stretch[item];
    int64_t first, end;

    if (t->slow)
        return t->filling[item].next;
    if (!t->spread)
        return ana_trace_row(t, item, time - ROUNDING);
    ana_kernel_reach(&t->on, time - ROUNDING, s->start + (double)s->first / t->rate,
                     t->rate, s->n, &first, &end);
    return first;
}

int ana_trace_pass(struct ana_ctx *ctx, struct ana_trace *t, int64_t item, double time)
{
    struct ana_filling *f = t->filling ? &t->filling[item] : NULL;
    int64_t blocks;
    int rc = 0;

    if (!f || !t->stretch || t->layer_rate <= 0)
        return 0;
    blocks = final_rows(t, item, time) / block_rows(t);
    while (rc == 0 && f->done < blocks && f->done < f->n_blocks)
        rc = finish_block(ctx, t, item);
    return rc;
}

int ana_trace_end(struct ana_ctx *ctx, struct ana_trace *t, int64_t item)
{
    struct ana_filling *f = t->filling ? &t->filling[item] : NULL;
    int rc = 0;

    if (f && f->done == ENDED)
        return 0;
    if (f && t->slow && f->last)
        rc = mix_rows(ctx, t, item, f->added, f->last, NULL);
    while (f && rc == 0 && f->done < f->n_blocks)
        rc = finish_block(ctx, t, item);
    if (f && rc == 0) {
        ana_filling_release(ctx, f);
        f->done = ENDED;
    }
    return rc;
}

void ana_filling_release(struct ana_ctx *ctx, struct ana_filling *f)
{
    for (int64_t b = f->done; b < f->n_blocks; b++)
        ana_free(ctx, f->block[b]);
    ana_free(ctx, f->block);
    ana_free(ctx, f->last);
    *f = (struct ana_filling){.added = f->added};
}

void ana_trace_restart(struct ana_ctx *ctx, struct ana_trace *t, int64_t item)
{
    if (!t->filling)
        return;
    ana_filling_release(ctx, &t->filling[item]);
    t->filling[item].added = 0;
}

int64_t ana_trace_filling_bytes(const struct ana_trace *t, double seconds)
{
    const double reach = t->spread ? t->on.before + t->on.after : 0;
    const int64_t block = block_rows(t), F = t->features;
    int64_t most = 0, blocks;

    for (int64_t i = 0; i < t->n_items; i++)
        most = row_count(t, i) > most ? row_count(t, i) : most;
    blocks = (most + block - 1) / block;
    if (t->stretch && t->layer_rate > 0) {
        const double open = ((seconds + reach) * t->rate + 2) / (double)block + 2;

        blocks = open < (double)blocks ? (int64_t)open : blocks;
    }
    return (most / block + 1) * (int64_t)sizeof(double *) +
           blocks * block * (F + 1) * (int64_t)sizeof(double) +
           (block + 1) * F * (int64_t)(sizeof(float) + (t->half ? sizeof(uint16_t) : 0));
}

int64_t ana_trace_held_bytes(const struct ana_trace *t)
{
    return t->key ? 0 : t->offset[t->n_items] * t->features * (int64_t)sizeof(float);
}
