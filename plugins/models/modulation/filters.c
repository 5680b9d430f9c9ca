/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Chi, Ru & Shamma 2005, "Multiresolution spectrotemporal analysis of complex sounds",
 * J. Acoust. Soc. Am. 118:887, section II B. With W a rate in Hz and S a scale in cycles
 * an octave,
 *   h(t; W) = W h(W t),  h(u) = u^2 exp(-3.5 u) sin(2 pi u), u >= 0
 *   H(w; S) = (w / S)^2 exp(1 - (w / S)^2), the transform of a Gaussian's second
 *             derivative, w in cycles an octave
 * each scaled to a greatest response of 1. Both are made one-sided: a positive rate (by
 * h plus i times its Hilbert transform) with a positive scale answers to ripples that
 * move down in frequency, with a negative scale to those that move up, and the modulus
 * does not depend on the ripple's phase.
 */
#include "filters.h"

#include <math.h>
#include <string.h>

/* A response ends this many periods of the slowest rate behind and before its time 0 (the
 * Hilbert transform has a tail before it), fading from FADE periods earlier on. */
enum { BEHIND = 6, AHEAD = 3, FADE = 1 };

/* The seed sampled at a rate. Its mean, half a percent of its peak response, is taken out
 * in its own shape, so that a constant gives 0. */
static void sample_seed(double rate, double frame_rate, int64_t n, double *out)
{
    double sum = 0, weight = 0;

    for (int64_t i = 0; i < n; i++) {
        const double u = (double)i * rate / frame_rate, bump = u * u * exp(-3.5 * u);

        out[2 * i] = bump * sin(2 * M_PI * u);
        out[2 * i + 1] = 0;
        sum += out[2 * i];
        weight += bump;
    }
    for (int64_t i = 0; i < n; i++) {
        const double u = (double)i * rate / frame_rate;

        out[2 * i] -= sum / weight * u * u * exp(-3.5 * u);
    }
}

/* Twice the positive frequencies of a, over the greatest response, and once the one that
 * is its own negative (half the rate, where n is even). */
static void make_analytic(int64_t n, double *a)
{
    double most = 0;

    for (int64_t k = 0; 2 * k < n; k++)
        most = fmax(most, hypot(a[2 * k], a[2 * k + 1]));
    a[0] = a[1] = 0;
    for (int64_t k = 1; k < n; k++) {
        const double gain = (2 * k < n ? 2 : 2 * k == n ? 1 : 0) / most;

        a[2 * k] *= gain;
        a[2 * k + 1] *= gain;
    }
}

static double fade(int64_t lag, int64_t end, int64_t length)
{
    const double u = (double)(end - lag) / (double)length;

    return u >= 1 ? 1 : 0.5 - 0.5 * cos(M_PI * u);
}

static int design_rate(struct ana_ctx *ctx, const struct ana_fft *fft, int64_t n,
                       double rate, double frame_rate, int64_t length, double *a,
                       double *b, const struct rate_filters *filters, double *out)
{
    int rc;

    sample_seed(rate, frame_rate, n, a);
    rc = ana_fft_forward(ctx, fft, a, b);
    if (rc != 0)
        return rc;
    make_analytic(n, b);
    rc = ana_fft_inverse(ctx, fft, b, a);
    if (rc != 0)
        return rc;
    for (int64_t lag = -filters->after; lag <= filters->before; lag++, out += 2) {
        const double *const from = a + 2 * ((lag + n) % n);
        const double w = lag < 0 ? fade(-lag, filters->after + 1, length)
                                 : fade(lag, filters->before + 1, length);

        out[0] = w * from[0];
        out[1] = w * from[1];
    }
    return 0;
}

int rate_filters_create(struct ana_ctx *ctx, int64_t n, const double *rates,
                        double frame_rate, struct rate_filters *out)
{
    double slowest = rates[0], *a = NULL, *b = NULL;
    struct ana_fft *fft = NULL;
    int64_t length, period, taps;
    int rc = ANA_ERESOURCE;

    for (int64_t r = 1; r < n; r++)
        slowest = fmin(slowest, rates[r]);
    period = (int64_t)ceil(frame_rate / slowest);
    *out =
        (struct rate_filters){.n = n, .before = BEHIND * period, .after = AHEAD * period};
    taps = out->before + 1 + out->after;
    length = ana_fft_good_length(8 * taps); /* so long that the Hilbert tail's ends, which
                                               wrap around, are small */
    out->response = ana_alloc(ctx, n * taps, 2 * sizeof *out->response);
    a = ana_alloc(ctx, length, 2 * sizeof *a);
    b = ana_alloc(ctx, length, 2 * sizeof *b);
    if (out->response && a && b)
        rc = ana_fft_create(ctx, length, &fft);
    for (int64_t r = 0; rc == 0 && r < n; r++)
        rc = design_rate(ctx, fft, length, rates[r], frame_rate, FADE * period, a, b, out,
                         out->response + 2 * r * taps);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, a);
    ana_free(ctx, b);
    if (rc != 0)
        rate_filters_finish(ctx, out);
    return rc;
}

void rate_filters_finish(struct ana_ctx *ctx, struct rate_filters *filters)
{
    ana_free(ctx, filters->response);
    *filters = (struct rate_filters){0};
}

/* k(m) = integral over w > 0 of H(w; S) exp(2 pi i w m / R), m in channels of 1 / R
 * octave, up to the w = R / 2 that they can hold: the inverse transform of the positive half, the
 * last bin counted half (trapezoids), into b. */
static int scale_kernel(struct ana_ctx *ctx, const struct ana_fft *fft, int64_t P,
                        double scale, double resolution, double *a, double *b)
{
    memset(a, 0, (size_t)P * 2 * sizeof *a);
    for (int64_t q = 1; 2 * q <= P; q++) {
        const double w = (double)q * resolution / (double)P / scale;

        a[2 * q] = (2 * q == P ? 0.5 : 1) * w * w * exp(1 - w * w);
    }
    return ana_fft_inverse(ctx, fft, a, b);
}

int scale_matrix(struct ana_ctx *ctx, int64_t n, const double *scales, double resolution,
                 int64_t channels, float *out)
{
    const int64_t F = channels, P = ana_fft_good_length(16 * F);
    double *const a = ana_alloc(ctx, P, 2 * sizeof *a);
    double *const b = ana_alloc(ctx, P, 2 * sizeof *b);
    struct ana_fft *fft = NULL;
    int rc = a && b ? ana_fft_create(ctx, P, &fft) : ANA_ERESOURCE;

    for (int64_t s = 0; rc == 0 && s < n; s++) {
        rc = scale_kernel(ctx, fft, P, scales[s], resolution, a, b);
        for (int64_t i = 0; rc == 0 && i < F; i++)
            for (int64_t j = 0; j < F; j++) {
                const double *const k = b + 2 * ((j - i + P) % P);

                out[i * 2 * n * F + s * F + j] = (float)k[0];
                out[i * 2 * n * F + (n + s) * F + j] = (float)k[1];
            }
    }
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, a);
    ana_free(ctx, b);
    return rc;
}
