/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The discrete Fourier transform X[k] = sum_t x[t] exp(-2 pi i k t / n) in double, of
 * any length: mixed radix where the largest prime factor is small (Cooley & Tukey
 * 1965, Math. Comp. 19:297), else as a convolution with a chirp,
 * k t = (k^2 + t^2 - (k - t)^2) / 2 (Bluestein 1970, IEEE Trans. Audio 18:451).
 *
 * A plan is never written after it is made, so any number of threads may use it.
 */
#include <math.h>
#include <string.h>

#include <anaflow/signal.h>

#include "base/context.h"
#include "signal/butterflies.h"

enum { MOST_PASSES = 63 }; /* 2^63 is longer than anything */

struct ana_fft {
    int64_t n;
    int64_t n_passes; /* 0 for n = 1 and for a chirp */
    struct ana_pass pass[MOST_PASSES];
    double *tables; /* twiddles and roots of all passes */

    struct ana_fft *inner; /* chirp: the transform of length m >= 2n - 1; else NULL */
    double *chirp;         /* n pairs: exp(-pi i k^2 / n) */
    double *kernel;        /* m pairs: transform of the conjugate chirp, over m */
};

static void unit_root(int64_t k, int64_t n, double *out)
{
    const double angle = -2 * M_PI * (double)(k % n) / (double)n;

    out[0] = cos(angle);
    out[1] = sin(angle);
}

/* Radices of n, 4 before 2, small before large; what is left over is returned. */
static int64_t factor(int64_t n, int64_t *n_radices, int64_t *radix)
{
    *n_radices = 0;
    for (; n % 4 == 0; n /= 4)
        radix[(*n_radices)++] = 4;
    for (int64_t r = 2; r <= ANA_PASS_MOST; r++)
        for (; n % r == 0; n /= r)
            radix[(*n_radices)++] = r;
    return n;
}

static int plan_passes(struct ana_ctx *ctx, struct ana_fft *fft, int64_t n_radices,
                       const int64_t *radix)
{
    int64_t left = fft->n, stride = 1, pairs = 0;
    double *table;

    for (int64_t i = 0; i < n_radices; i++) {
        left /= radix[i];
        pairs += left * (radix[i] - 1) + radix[i];
    }
    table = fft->tables = ana_alloc(ctx, pairs, 2 * sizeof *table);
    if (!table)
        return ANA_ERESOURCE;
    left = fft->n;
    for (int64_t i = 0; i < n_radices; i++) {
        const int64_t R = radix[i], n = left;

        left /= R;
        fft->pass[i] = (struct ana_pass){
            .radix = R, .groups = left, .stride = stride, .twiddle = table};
        for (int64_t p = 0; p < left; p++)
            for (int64_t k = 1; k < R; k++, table += 2)
                unit_root(p * k, n, table);
        fft->pass[i].roots = table;
        for (int64_t k = 0; k < R; k++, table += 2)
            unit_root(k, R, table);
        stride *= R;
    }
    fft->n_passes = n_radices;
    return 0;
}

static int plan_chirp(struct ana_ctx *ctx, struct ana_fft *fft)
{
    const int64_t n = fft->n, m = ana_fft_good_length(2 * n - 1);
    double *wrapped = ana_alloc(ctx, m, 2 * sizeof *wrapped);
    int rc = ANA_ERESOURCE;

    fft->chirp = ana_alloc(ctx, n, 2 * sizeof *fft->chirp);
    fft->kernel = ana_alloc(ctx, m, 2 * sizeof *fft->kernel);
    if (!wrapped || !fft->chirp || !fft->kernel)
        goto done;
    rc = ana_fft_create(ctx, m, &fft->inner);
    if (rc != 0)
        goto done;
    for (int64_t k = 0, square = 0; k < n; k++) { /* square = k^2 mod 2n */
        double *const c = fft->chirp + 2 * k;
        const int64_t mirror = k == 0 ? 0 : m - k;

        unit_root(square, 2 * n, c);
        wrapped[2 * k] = wrapped[2 * mirror] = c[0] / (double)m;
        wrapped[2 * k + 1] = wrapped[2 * mirror + 1] = -c[1] / (double)m;
        square = (square + 2 * k + 1) % (2 * n);
    }
    rc = ana_fft_forward(ctx, fft->inner, wrapped, fft->kernel);
done:
    ana_free(ctx, wrapped);
    return rc;
}

int ana_fft_create(struct ana_ctx *ctx, int64_t n, struct ana_fft **out)
{
    int64_t n_radices, radix[MOST_PASSES];
    struct ana_fft *fft;
    int rc;

    *out = NULL;
    if (n < 1 || n > INT64_MAX / 64)
        return ana_fail(ctx, ANA_EPARAM,
                        "a Fourier transform of length %lld was asked for", (long long)n);
    fft = ana_alloc(ctx, 1, sizeof *fft);
    if (!fft)
        return ANA_ERESOURCE;
    fft->n = n;
    if (factor(n, &n_radices, radix) == 1)
        rc = plan_passes(ctx, fft, n_radices, radix);
    else
        rc = plan_chirp(ctx, fft);
    if (rc != 0) {
        ana_fft_destroy(ctx, fft);
        return rc;
    }
    *out = fft;
    return 0;
}

void ana_fft_destroy(struct ana_ctx *ctx, struct ana_fft *fft)
{
    if (!fft)
        return;
    ana_fft_destroy(ctx, fft->inner);
    ana_free(ctx, fft->tables);
    ana_free(ctx, fft->chirp);
    ana_free(ctx, fft->kernel);
    ana_free(ctx, fft);
}

static int run_passes(struct ana_ctx *ctx, const struct ana_fft *fft, const double *in,
                      double *out)
{
    const size_t bytes = (size_t)fft->n * 2 * sizeof *in;
    double *scratch = NULL;

    if (fft->n_passes == 0)
        memcpy(out, in, bytes);
    if (fft->n_passes > 1) {
        scratch = ana_alloc(ctx, fft->n, 2 * sizeof *scratch);
        if (!scratch)
            return ANA_ERESOURCE;
    }
    for (int64_t i = 0; i < fft->n_passes; i++) { /* so that the last one ends in out */
        double *const to = (fft->n_passes - i) % 2 == 1 ? out : scratch;

        ana_pass_run(&fft->pass[i], in, to);
        in = to;
    }
    ana_free(ctx, scratch);
    ana_ctx_count_flops(ctx, ana_fft_flops(fft));
    return 0;
}

/* out[k] = a[k] b[k], n pairs */
static void multiply(int64_t n, const double *a, const double *b, double *out)
{
    for (int64_t k = 0; k < n; k++) {
        const double re = a[2 * k] * b[2 * k] - a[2 * k + 1] * b[2 * k + 1];

        out[2 * k + 1] = a[2 * k] * b[2 * k + 1] + a[2 * k + 1] * b[2 * k];
        out[2 * k] = re;
    }
}

/* The inverse transform, not scaled, is the forward one with the outputs in
 * reverse order but for the first. */
static void reverse(int64_t n, double *x)
{
    for (int64_t k = 1; k < n - k; k++) {
        double *const a = x + 2 * k, *const b = x + 2 * (n - k);
        const double re = a[0], im = a[1];

        a[0] = b[0];
        a[1] = b[1];
        b[0] = re;
        b[1] = im;
    }
}

static int run_chirp(struct ana_ctx *ctx, const struct ana_fft *fft, const double *in,
                     double *out)
{
    const int64_t m = fft->inner->n;
    double *const a = ana_alloc(ctx, m, 2 * sizeof *a);
    double *const b = ana_alloc(ctx, m, 2 * sizeof *b);
    int rc = a && b ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        multiply(fft->n, in, fft->chirp, a);
        rc = ana_fft_forward(ctx, fft->inner, a, b);
    }
    if (rc == 0) {
        multiply(m, b, fft->kernel, b);
        rc = ana_fft_forward(ctx, fft->inner, b, a);
    }
    if (rc == 0) {
        reverse(m, a);
        multiply(fft->n, a, fft->chirp, out);
    }
    ana_free(ctx, a);
    ana_free(ctx, b);
    return rc;
}

int ana_fft_forward(struct ana_ctx *ctx, const struct ana_fft *fft, const double *in,
                    double *out)
{
    if (fft->inner)
        return run_chirp(ctx, fft, in, out);
    return run_passes(ctx, fft, in, out);
}

int ana_fft_inverse(struct ana_ctx *ctx, const struct ana_fft *fft, const double *in,
                    double *out)
{
    const double share = 1 / (double)fft->n;
    const int rc = ana_fft_forward(ctx, fft, in, out);

    if (rc != 0)
        return rc;
    reverse(fft->n, out);
    for (int64_t i = 0; i < 2 * fft->n; i++)
        out[i] *= share;
    return 0;
}

double ana_fft_flops(const struct ana_fft *fft)
{
    const double n = (double)fft->n;

    return fft->inner ? 2 * ana_fft_flops(fft->inner) : 5 * n * log2(n);
}

int64_t ana_fft_good_length(int64_t n)
{
    int64_t best = INT64_MAX;

    if (n > INT64_MAX / 16)
        return n; /* beyond any memory; planning it fails */
    for (int64_t five = 1; five < 5 * n; five *= 5)
        for (int64_t three = five; three < 3 * n; three *= 3) {
            int64_t product = three;

            while (product < n)
                product *= 2;
            if (product < best)
                best = product;
        }
    return n <= 1 ? 1 : best;
}
