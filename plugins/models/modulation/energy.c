/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From frames to modulation energy, a block at a time: each frequency through each rate
 * filter (overlap-save over time), each frame of that through all scale filters (by one
 * F x 2SF matrix), and the moduli. With the analytic output of a rate filter
 * a + i b and a one-sided scale filter k + i l,
 *   down = | (a + i b) * (k + i l) |,  up = | (a + i b) * (k - i l) |
 * so that the four products a*k, a*l, b*k, b*l serve both directions.
 *
 * C input channels, F frequencies, R rates, S scales, N padded frames.
 */
#include "modulation.h"

#include <math.h>
#include <string.h>

enum { INNER = 4096, PIECE = 64 }; /* frames filtered, and emitted, at a time */

/* What one item is worked on in; N = padded frames of a block. */
struct work {
    struct block size;
    struct ana_fft *fft;
    double *response; /* R x N pairs */
    double *spectrum; /* F x N pairs */
    double *a, *b;    /* N pairs */
    float *filtered; /* R x 2 x frames x F: after the rate filters, real then imaginary */
    float *re, *im;  /* PIECE x 2SF: each times the scale matrix */
    float *full;     /* PIECE x R*2*S*F */
    float *mean;     /* PIECE x R*2*S */
};

void energy_block(const struct modulation *self, int64_t n, struct block *block)
{
    const int64_t most = n > 0 ? n - 1 : 0;

    block->frames = n < INNER ? n : INNER;
    block->before = self->filters.before < most ? self->filters.before : most;
    block->after = self->filters.after < most ? self->filters.after : most;
    block->N = ana_fft_good_length(block->frames + block->before + block->after);
}

double energy_bytes(const struct modulation *self, const struct block *block)
{
    const double F = (double)self->F, R = (double)self->R, S = (double)self->S;

    /* spectra and two lines, then a transform's tables and its own line */
    return 16 * (double)block->N * (R + F + 2) + 48 * (double)block->N +
           8 * R * F * (double)block->frames +
           4 * PIECE * (4 * S * F + 2 * R * S * (F + 1));
}

static void work_finish(struct ana_ctx *ctx, struct work *work)
{
    ana_fft_destroy(ctx, work->fft);
    ana_free(ctx, work->response);
    ana_free(ctx, work->spectrum);
    ana_free(ctx, work->a);
    ana_free(ctx, work->b);
    ana_free(ctx, work->filtered);
    ana_free(ctx, work->re);
    ana_free(ctx, work->im);
    ana_free(ctx, work->full);
    ana_free(ctx, work->mean);
    *work = (struct work){0};
}

static int work_create(struct ana_ctx *ctx, const struct modulation *self, int64_t n,
                       struct work *work)
{
    const int64_t wide = 2 * self->S * self->F, units = self->R * DIRECTIONS * self->S;

    energy_block(self, n, &work->size);
    work->response = ana_alloc(ctx, self->R * work->size.N, 2 * sizeof *work->response);
    work->spectrum = ana_alloc(ctx, self->F * work->size.N, 2 * sizeof *work->spectrum);
    work->a = ana_alloc(ctx, work->size.N, 2 * sizeof *work->a);
    work->b = ana_alloc(ctx, work->size.N, 2 * sizeof *work->b);
    work->filtered =
        ana_alloc(ctx, self->R * 2 * work->size.frames * self->F, sizeof(float));
    work->re = ana_alloc(ctx, PIECE * wide, sizeof *work->re);
    work->im = ana_alloc(ctx, PIECE * wide, sizeof *work->im);
    work->full = ana_alloc(ctx, PIECE * units * self->F, sizeof *work->full);
    work->mean = ana_alloc(ctx, PIECE * units, sizeof *work->mean);
    if (!work->response || !work->spectrum || !work->a || !work->b || !work->filtered ||
        !work->re || !work->im || !work->full || !work->mean)
        return ANA_ERESOURCE;
    return ana_fft_create(ctx, work->size.N, &work->fft);
}

/* Transforms of the impulse responses, with the lags of this item's margins. */
static int transform_filters(struct ana_ctx *ctx, const struct modulation *self,
                             const struct work *work)
{
    const struct rate_filters *const filters = &self->filters;
    const int64_t N = work->size.N, taps = filters->before + 1 + filters->after;
    int rc = 0;

    for (int64_t r = 0; rc == 0 && r < self->R; r++) {
        const double *const response =
            filters->response + 2 * (r * taps + filters->after);

        memset(work->a, 0, (size_t)N * 2 * sizeof *work->a);
        for (int64_t lag = -work->size.after; lag <= work->size.before; lag++)
            memcpy(work->a + 2 * ((lag + N) % N), response + 2 * lag,
                   2 * sizeof *response);
        rc = ana_fft_forward(ctx, work->fft, work->a, work->response + 2 * r * N);
    }
    return rc;
}

/* Spectra over time of the block that starts at frame `first`, margins around it. */
static int transform_input(struct ana_ctx *ctx, const struct modulation *self,
                           const struct work *work, const float *x, int64_t n,
                           int64_t first)
{
    int rc = 0;

    for (int64_t f = 0; rc == 0 && f < self->F; f++) {
        const double w = self->portion[f];

        memset(work->a, 0, (size_t)work->size.N * 2 * sizeof *work->a);
        for (int64_t i = 0; i < work->size.before + work->size.frames + work->size.after;
             i++) {
            const int64_t t = first - work->size.before + i;

            if (t >= 0 && t < n) {
                const float *const at = x + t * self->C + self->below[f];

                work->a[2 * i] = (1 - w) * (double)at[0] + w * (double)at[1];
            }
        }
        rc = ana_fft_forward(ctx, work->fft, work->a,
                             work->spectrum + 2 * f * work->size.N);
    }
    return rc;
}

static int filter_rates(struct ana_ctx *ctx, const struct modulation *self,
                        const struct work *work)
{
    const int64_t N = work->size.N, F = self->F;

    for (int64_t r = 0; r < self->R; r++)
        for (int64_t f = 0; f < F; f++) {
            const double *const x = work->spectrum + 2 * f * N;
            const double *const h = work->response + 2 * r * N;
            float *const re = work->filtered + r * 2 * work->size.frames * F + f;
            float *const im = re + work->size.frames * F;
            int rc;

            for (int64_t k = 0; k < 2 * N; k += 2) {
                work->a[k] = x[k] * h[k] - x[k + 1] * h[k + 1];
                work->a[k + 1] = x[k] * h[k + 1] + x[k + 1] * h[k];
            }
            rc = ana_fft_inverse(ctx, work->fft, work->a, work->b);
            if (rc != 0)
                return rc;
            for (int64_t t = 0; t < work->size.frames; t++) {
                re[t * F] = (float)work->b[2 * (work->size.before + t)];
                im[t * F] = (float)work->b[2 * (work->size.before + t) + 1];
            }
        }
    return 0;
}

/* One scale, F frequencies: (a + ib) with the kernel k + il, and with k - il. ak ... bl
 * are the four products; down and up take the moduli; their means are returned. */
static void take_moduli(int64_t F, const float *ak, const float *al, const float *bk,
                        const float *bl, float *down, float *up, float *means,
                        int64_t apart)
{
    double sum_down = 0, sum_up = 0;

    for (int64_t f = 0; f < F; f++) {
        const float re = ak[f] - bl[f], im = al[f] + bk[f];
        const float re_ = ak[f] + bl[f], im_ = bk[f] - al[f];

        down[f] = sqrtf(re * re + im * im);
        up[f] = sqrtf(re_ * re_ + im_ * im_);
    }
    for (int64_t f = 0; f < F; f++) {
        sum_down += (double)down[f];
        sum_up += (double)up[f];
    }
    means[0] = (float)(sum_down / (double)F);
    means[apart] = (float)(sum_up / (double)F);
}

/* Scale filters of one rate for `count` frames from frame t of the block on. */
static int filter_scales(struct ana_ctx *ctx, const struct modulation *self,
                         const struct work *work, int64_t r, int64_t t, int64_t count)
{
    const int64_t F = self->F, S = self->S, wide = 2 * S * F;
    const float *const re = work->filtered + (r * 2 * work->size.frames + t) * F;
    const float *const im = re + work->size.frames * F;
    int rc = ana_gemm_f32(ctx, 0, 0, count, wide, F, 1, re, F, self->matrix, wide, 0,
                          work->re, wide);

    if (rc == 0)
        rc = ana_gemm_f32(ctx, 0, 0, count, wide, F, 1, im, F, self->matrix, wide, 0,
                          work->im, wide);
    for (int64_t i = 0; rc == 0 && i < count; i++)
        for (int64_t s = 0; s < S; s++) {
            const float *const a = work->re + i * wide + s * F;
            const float *const b = work->im + i * wide + s * F;
            const int64_t unit = ((i * self->R + r) * DIRECTIONS + DOWN) * S + s;
            float *const full = work->full + unit * F;

            take_moduli(F, a, a + S * F, b, b + S * F, full, full + S * F,
                        work->mean + unit, S);
        }
    return rc;
}

static int emit(struct ana_ctx *ctx, const struct modulation *self,
                const struct work *work, const uint8_t *wanted, int64_t item,
                int64_t first, int64_t count, struct ana_sink *sink)
{
    const int64_t units = self->R * DIRECTIONS * self->S;
    const int64_t full[] = {count, units * self->F}, mean[] = {count, units};
    struct ana_tensor view;
    int rc = 0;

    if (wanted[FULL]) {
        ana_tensor_view(ANA_F32, 2, full, work->full, &view);
        rc = ana_sink_emit(ctx, sink, item, FULL, first, &view);
    }
    if (rc == 0 && wanted[MEAN]) {
        ana_tensor_view(ANA_F32, 2, mean, work->mean, &view);
        rc = ana_sink_emit(ctx, sink, item, MEAN, first, &view);
    }
    return rc;
}

static int run_block(struct ana_ctx *ctx, const struct modulation *self,
                     const struct work *work, const uint8_t *wanted, const float *x,
                     int64_t n, int64_t first, int64_t item, struct ana_sink *sink)
{
    const int64_t left = n - first < work->size.frames ? n - first : work->size.frames;
    int rc = transform_input(ctx, self, work, x, n, first);

    if (rc == 0)
        rc = filter_rates(ctx, self, work);
    for (int64_t t = 0; rc == 0 && t < left; t += PIECE) {
        const int64_t count = left - t < PIECE ? left - t : PIECE;

        for (int64_t r = 0; rc == 0 && r < self->R; r++)
            rc = filter_scales(ctx, self, work, r, t, count);
        if (rc == 0)
            rc = emit(ctx, self, work, wanted, item, first + t, count, sink);
        if (rc == 0 && ana_cancelled(ctx))
            rc = ANA_ECANCEL;
    }
    return rc;
}

int energy_run(struct ana_ctx *ctx, const struct modulation *self, const float *x,
               int64_t n, int64_t item, const uint8_t *wanted, struct ana_sink *sink)
{
    struct work work = {0};
    int rc = work_create(ctx, self, n, &work);

    if (rc == 0)
        rc = transform_filters(ctx, self, &work);
    for (int64_t first = 0; rc == 0 && first < n; first += work.size.frames)
        rc = run_block(ctx, self, &work, wanted, x, n, first, item, sink);
    work_finish(ctx, &work);
    return rc;
}
