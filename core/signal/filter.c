/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Butterworth filters (Butterworth 1930) and notches as second-order sections, run forward
 * and backward.
 *
 * Design: the poles of the analog prototype lie on the unit circle's left half, are moved to
 * the warped edges w = 2 fs tan(pi f / fs), and go to the z-plane by
 * z = (2 fs + s) / (2 fs - s). Zeros are at z = -1 (low-pass), 1 (high-pass) or one of each
 * (band-pass). The gain is 1 at 0 Hz, at half the rate, or at the geometric middle of the
 * band. Chebyshev's poles lie on an ellipse instead, sinh(mu) and cosh(mu) wide.
 */
#include "signal/filter.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include <anaflow/signal.h>

enum { LOW, HIGH, BAND, MOST_ORDER = 12 };

typedef double complex cplx;

static cplx to_z(cplx s) /* with 2 fs = 4, fs = 2 */
{
    return (4 + s) / (4 - s);
}

/* A section with poles p and its conjugate (or two real ones), and zeros by kind. */
static struct ana_section section_of(cplx p, cplx q, int kind)
{
    const double sum = creal(p + q), product = creal(p * q);

    switch (kind) {
    case LOW:
        return (struct ana_section){1, 2, 1, -sum, product};
    case HIGH:
        return (struct ana_section){1, -2, 1, -sum, product};
    default:
        return (struct ana_section){1, 0, -1, -sum, product};
    }
}

static cplx response(const struct ana_filter *f, cplx z)
{
    cplx h = 1;

    for (int i = 0; i < f->n; i++) {
        const struct ana_section *s = &f->section[i];

        h *= (s->b0 * z * z + s->b1 * z + s->b2) / (z * z + s->a1 * z + s->a2);
    }
    return h;
}

static void scale_to_one(struct ana_filter *f, cplx z)
{
    const double gain = 1 / cabs(response(f, z));

    f->section[0].b0 *= gain;
    f->section[0].b1 *= gain;
    f->section[0].b2 *= gain;
}

static void add_low_or_high(struct ana_filter *f, cplx prototype, double w, int kind)
{
    const cplx p = to_z(kind == LOW ? prototype * w : w / prototype);

    f->section[f->n++] = section_of(p, conj(p), kind);
}

/* The real pole of an odd order: a section of first order. */
static void add_real(struct ana_filter *f, double w, int kind)
{
    const double p = creal(to_z(-w));

    f->section[f->n++] = (struct ana_section){1, kind == LOW ? 1 : -1, 0, -p, 0};
}

/* One pole of the prototype becomes two: s^2 - p b s + w^2 = 0. */
static void add_band(struct ana_filter *f, cplx prototype, double width, double square)
{
    const cplx half = prototype * width / 2, root = csqrt(half * half - square);
    const cplx a = to_z(half + root), b = to_z(half - root);

    if (fabs(cimag(prototype)) < 1e-12) {
        f->section[f->n++] = section_of(a, b, BAND);
        return;
    }
    f->section[f->n++] = section_of(a, conj(a), BAND);
    f->section[f->n++] = section_of(b, conj(b), BAND);
}

static int check_edges(struct ana_ctx *ctx, int order, double low, double high,
                       double rate)
{
    if (order < 1 || order > MOST_ORDER)
        return ana_fail(ctx, ANA_EPARAM, "a filter's order is from 1 to %d, not %d",
                        MOST_ORDER, order);
    if ((low > 0 && !(low < rate / 2)) || (high > 0 && !(high < rate / 2)) ||
        (low > 0 && high > 0 && low >= high) || !(low > 0 || high > 0))
        return ana_fail(ctx, ANA_EPARAM,
                        "a filter from %g to %g Hz does not fit a rate of %g Hz: edges "
                        "must rise and lie between 0 and %g Hz",
                        low > 0 ? low : 0, high > 0 ? high : rate / 2, rate, rate / 2);
    return 0;
}

int ana_butterworth(struct ana_ctx *ctx, int order, double low, double high, double rate,
                    struct ana_filter *out)
{
    const int kind = !(low > 0) ? LOW : !(high > 0) ? HIGH : BAND;
    const double w1 = low > 0 ? 4 * tan(M_PI * low / rate) : 0;
    const double w2 = high > 0 ? 4 * tan(M_PI * high / rate) : 0;
    const int rc = check_edges(ctx, order, low, high, rate);

    if (rc != 0)
        return rc;
    out->n = 0;
    for (int k = 0; k < order / 2; k++) {
        const double angle = M_PI * (2 * k + 1) / (2. * order);
        const cplx pole = CMPLX(-sin(angle), cos(angle));

        if (kind == BAND)
            add_band(out, pole, w2 - w1, w1 * w2);
        else
            add_low_or_high(out, pole, kind == LOW ? w2 : w1, kind);
    }
    if (order % 2 == 1 && kind == BAND)
        add_band(out, -1, w2 - w1, w1 * w2);
    else if (order % 2 == 1)
        add_real(out, kind == LOW ? w2 : w1, kind);
    scale_to_one(out, kind == LOW    ? 1
                      : kind == HIGH ? -1
                                     : cexp(CMPLX(0, 2 * atan(sqrt(w1 * w2) / 4))));
    return 0;
}

int ana_chebyshev(struct ana_ctx *ctx, int order, double ripple, double edge, double rate,
                  struct ana_filter *out)
{
    const double w = 4 * tan(M_PI * edge / rate);
    const double e = sqrt(pow(10, ripple / 10) - 1), mu = asinh(1 / e) / order;
    const int rc = check_edges(ctx, order, 0, edge, rate);

    if (rc == 0 && (order % 2 == 1 || !(ripple > 0)))
        return ana_fail(ctx, ANA_EPARAM,
                        "a Chebyshev filter takes an even order and a ripple, not %d and "
                        "%g dB",
                        order, ripple);
    out->n = 0;
    for (int k = 0; rc == 0 && k < order / 2; k++) {
        const double angle = M_PI * (2 * k + 1) / (2. * order);

        add_low_or_high(out, CMPLX(-sinh(mu) * sin(angle), cosh(mu) * cos(angle)), w,
                        LOW);
    }
    if (rc != 0)
        return rc;
    scale_to_one(out, 1);
    out->section[0].b0 /= sqrt(1 + e * e); /* an even order has its trough at 0 Hz */
    out->section[0].b1 /= sqrt(1 + e * e);
    out->section[0].b2 /= sqrt(1 + e * e);
    return 0;
}

int ana_notch(struct ana_ctx *ctx, double frequency, double q, double rate,
              struct ana_filter *out)
{
    const double w = 2 * M_PI * frequency / rate;
    double gain;

    if (!(frequency > 0 && frequency < rate / 2 && q > 0))
        return ana_fail(ctx, ANA_EPARAM,
                        "a notch at %g Hz of quality %g does not fit a rate of %g Hz",
                        frequency, q, rate);
    gain = 1 / (1 + tan(w / q / 2));
    out->n = 1;
    out->section[0] = (struct ana_section){gain, -2 * gain * cos(w), gain,
                                           -2 * gain * cos(w), 2 * gain - 1};
    return 0;
}

int64_t ana_filter_edge(const struct ana_filter *f)
{
    int64_t taps = 2 * f->n + 1, first_order = 0;

    for (int i = 0; i < f->n; i++)
        first_order += f->section[i].b2 == 0 && f->section[i].a2 == 0;
    return 3 * (taps - first_order);
}

/* One pass over y, begun in the steady state of a constant y[0]. */
static void pass(const struct ana_filter *f, double *y, int64_t n)
{
    double level = y[0];

    for (int i = 0; i < f->n; i++) {
        const struct ana_section s = f->section[i];
        const double out = level * (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2);
        double z2 = s.b2 * level - s.a2 * out;
        double z1 = s.b1 * level - s.a1 * out + z2;

        for (int64_t t = 0; t < n; t++) {
            const double x = y[t];

            y[t] = s.b0 * x + z1;
            z1 = s.b1 * x - s.a1 * y[t] + z2;
            z2 = s.b2 * x - s.a2 * y[t];
        }
        level = out;
    }
}

static void reverse(double *y, int64_t n)
{
    for (int64_t t = 0; t < n / 2; t++) {
        const double keep = y[t];

        y[t] = y[n - 1 - t];
        y[n - 1 - t] = keep;
    }
}

int ana_filter_twice(struct ana_ctx *ctx, const struct ana_filter *f, double *x,
                     int64_t n, int64_t stride, double *work)
{
    const int64_t edge = ana_filter_edge(f), all = n + 2 * edge;

    if (n <= edge)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld samples are too few for the filter, which needs more than "
                        "%lld",
                        (long long)n, (long long)edge);
    for (int64_t t = 0; t < n; t++)
        work[edge + t] = x[t * stride];
    for (int64_t t = 0; t < edge; t++) {
        work[t] = 2 * x[0] - x[(edge - t) * stride];
        work[edge + n + t] = 2 * x[(n - 1) * stride] - x[(n - 2 - t) * stride];
    }
    for (int twice = 0; twice < 2; twice++) {
        pass(f, work, all);
        reverse(work, all);
    }
    for (int64_t t = 0; t < n; t++)
        x[t * stride] = work[edge + t];
    return 0;
}

int ana_envelope(struct ana_ctx *ctx, const struct ana_fft *fft, const double *x,
                 int64_t n, double *work, double *out)
{
    double *time = work, *spectrum = work + 2 * n;
    int rc;

    for (int64_t t = 0; t < n; t++) {
        time[2 * t] = x[t];
        time[2 * t + 1] = 0;
    }
    rc = ana_fft_forward(ctx, fft, time, spectrum);
    for (int64_t k = 1; k < n; k++) {
        const double keep = 2 * k < n ? 2 : 2 * k == n ? 1 : 0;

        spectrum[2 * k] *= keep;
        spectrum[2 * k + 1] *= keep;
    }
    if (rc == 0)
        rc = ana_fft_inverse(ctx, fft, spectrum, time);
    for (int64_t t = 0; rc == 0 && t < n; t++)
        out[t] = hypot(time[2 * t], time[2 * t + 1]);
    return rc;
}
