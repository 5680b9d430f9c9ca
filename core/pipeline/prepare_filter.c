/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Preparation by frequency: filters forward and backward, and the amplitude of a high band.
 * Each unit by itself, each target by itself.
 */
#include <math.h>
#include <string.h>

#include <anaflow/signal.h>

#include "pipeline/prepare_work.h"
#include "signal/filter.h"
#include "signal/resample.h"

/* The filters of one step: one, or, for a notch, one for each harmonic. */
static int design(struct ana_ctx *ctx, const struct ana_step *step, double rate, int *n,
                  struct ana_filter filters[ANA_MOST_NOTCHES])
{
    int rc = 0;

    *n = 1;
    switch (step->kind) {
    case ANA_STEP_HIGHPASS:
        return ana_butterworth(ctx, (int)step->order, step->a, 0, rate, filters);
    case ANA_STEP_LOWPASS:
        return ana_butterworth(ctx, (int)step->order, 0, step->a, rate, filters);
    case ANA_STEP_BANDPASS:
        return ana_butterworth(ctx, (int)step->order, step->a, step->b, rate, filters);
    default:
        *n = 0;
        do
            rc = ana_notch(ctx, step->a * (*n + 1), 30, rate, &filters[*n]);
        while (rc == 0 && ++*n < ANA_MOST_NOTCHES && step->a * (*n + 1) < .49 * rate);
        return rc;
    }
}

/* Samples of the longest unit. */
static int64_t longest(const struct ana_geometry *g)
{
    int64_t n = 0;

    for (int64_t u = 0; u < g->n_units; u++)
        n = g->n[u] > n ? g->n[u] : n;
    return n;
}

static int filter_units(struct ana_ctx *ctx, const struct ana_filter *filter,
                        const struct ana_geometry *g, int64_t V, double *x, double *work)
{
    int rc = 0;

    for (int64_t u = 0; rc == 0 && u < g->n_units; u++) {
        for (int64_t v = 0; rc == 0 && v < V; v++)
            rc = ana_filter_twice(ctx, filter, x + v, g->n[u], V, work);
        x += g->n[u] * V;
    }
    return rc;
}

/* The low-pass before every `down`-th sample, as scipy.signal.decimate's. */
static int design_decimation(struct ana_ctx *ctx, int64_t down, double rate,
                             struct ana_filter *filter)
{
    return ana_chebyshev(ctx, 8, .05, .4 * rate / (double)down, rate, filter);
}

static int check_ratio(struct ana_ctx *ctx, const struct ana_step *step, double rate,
                       int64_t *up, int64_t *down)
{
    if (ana_ratio(rate, step->a, up, down) != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "resample: from %g to %g Hz is no ratio of whole numbers; leave "
                        "`%s` out",
                        rate, step->a,
                        step->order == ANA_RESAMPLE_POLY ? "poly" : "decimate");
    if (step->order == ANA_RESAMPLE_DECIMATE && *up != 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "resample: %g Hz is not a whole part of %g Hz, so that no "
                        "decimation leads there; leave `decimate` out",
                        step->a, rate);
    return 0;
}

int ana_step_check_filter(struct ana_ctx *ctx, const struct ana_step *step,
                          const struct ana_geometry *g)
{
    struct ana_filter *filters = ana_alloc(ctx, ANA_MOST_NOTCHES, sizeof *filters);
    int64_t up = 1, down = 1, edge = 0;
    int n = 1, rc = filters ? 0 : ANA_ERESOURCE;

    if (rc == 0 && step->kind == ANA_STEP_RESAMPLE) {
        rc = check_ratio(ctx, step, g->rate, &up, &down);
        n = rc == 0 && step->order == ANA_RESAMPLE_DECIMATE && down > 1;
        if (n > 0)
            rc = design_decimation(ctx, down, g->rate, filters);
    } else if (rc == 0 && step->kind == ANA_STEP_HIGHGAMMA) {
        rc = ana_butterworth(ctx, 4, step->a, step->b, g->rate, filters);
    } else if (rc == 0) {
        rc = design(ctx, step, g->rate, &n, filters);
    }
    for (int i = 0; rc == 0 && i < n; i++)
        edge = ana_filter_edge(&filters[i]) > edge ? ana_filter_edge(&filters[i]) : edge;
    for (int64_t u = 0; rc == 0 && n > 0 && u < g->n_units; u++)
        if (g->n[u] <= edge)
            rc = ana_fail(ctx, ANA_EPARAM,
                          "%s: unit %lld has %lld samples, too few for the filter, which "
                          "needs more than %lld; filter before you cut",
                          ana_step_name(step), (long long)u, (long long)g->n[u],
                          (long long)edge);
    ana_free(ctx, filters);
    return rc;
}

static int decimate(struct ana_ctx *ctx, int64_t down, double rate, int64_t n, int64_t V,
                    const double *x, double *out, int64_t n_out)
{
    struct ana_filter *filter = ana_alloc(ctx, 1, sizeof *filter);
    double *one = ana_alloc(ctx, n, sizeof *one), *work = NULL;
    int rc = filter && one ? 0 : ANA_ERESOURCE;

    if (rc == 0 && down > 1)
        rc = design_decimation(ctx, down, rate, filter);
    if (rc == 0)
        work = ana_alloc(ctx, n + 2 * ana_filter_edge(filter), sizeof *work);
    rc = rc == 0 && !work ? ANA_ERESOURCE : rc;
    for (int64_t v = 0; rc == 0 && v < V; v++) {
        for (int64_t t = 0; t < n; t++)
            one[t] = x[t * V + v];
        rc = down > 1 ? ana_filter_twice(ctx, filter, one, n, 1, work) : 0;
        for (int64_t t = 0; rc == 0 && t < n_out; t++)
            out[t * V + v] = one[t * down];
    }
    ana_free(ctx, work);
    ana_free(ctx, one);
    ana_free(ctx, filter);
    return rc;
}

int ana_step_resample(struct ana_ctx *ctx, const struct ana_step *step, double rate,
                      int64_t n, int64_t V, const double *x, double *out, int64_t n_out)
{
    int64_t up, down;
    const int rc = check_ratio(ctx, step, rate, &up, &down);

    if (rc != 0)
        return rc;
    return step->order == ANA_RESAMPLE_POLY
               ? ana_resample_poly(ctx, x, n, V, up, down, out, n_out)
               : decimate(ctx, down, rate, n, V, x, out, n_out);
}

int ana_step_filter(struct ana_ctx *ctx, const struct ana_step *step,
                    const struct ana_geometry *g, int64_t V, double *x)
{
    struct ana_filter *filters = ana_alloc(ctx, ANA_MOST_NOTCHES, sizeof *filters);
    double *work = NULL;
    int n = 0;
    int rc = filters ? design(ctx, step, g->rate, &n, filters) : ANA_ERESOURCE;

    for (int i = 0; rc == 0 && i < n; i++) {
        if (!work)
            work = ana_alloc(ctx, longest(g) + 2 * ana_filter_edge(&filters[0]),
                             sizeof *work);
        rc = work ? filter_units(ctx, &filters[i], g, V, x, work) : ANA_ERESOURCE;
    }
    ana_free(ctx, work);
    ana_free(ctx, filters);
    return rc;
}

/* Add one band's amplitude of one target of one unit to `sum`. */
static int add_band(struct ana_ctx *ctx, const struct ana_filter *filter,
                    const struct ana_fft *fft, const double *x, int64_t n, int64_t stride,
                    double *work, double *sum)
{
    double *band = work, *rest = work + n;
    int rc;

    for (int64_t t = 0; t < n; t++)
        band[t] = x[t * stride];
    rc = ana_filter_twice(ctx, filter, band, n, 1, rest);
    if (rc == 0)
        rc = ana_envelope(ctx, fft, band, n, rest, band);
    for (int64_t t = 0; rc == 0 && t < n; t++)
        sum[t] += band[t];
    return rc;
}

static int gamma_unit(struct ana_ctx *ctx, int64_t bands,
                      const struct ana_filter *filters, int64_t n, int64_t V, double *x)
{
    const int64_t edge = ana_filter_edge(&filters[0]);
    double *work =
        ana_alloc(ctx, n + (4 * n > n + 2 * edge ? 4 * n : n + 2 * edge), sizeof *work);
    double *sum = ana_alloc(ctx, n, sizeof *sum);
    struct ana_fft *fft = NULL;
    int rc = work && sum ? ana_fft_create(ctx, n, &fft) : ANA_ERESOURCE;

    for (int64_t v = 0; rc == 0 && v < V; v++) {
        memset(sum, 0, (size_t)n * sizeof *sum);
        for (int64_t b = 0; rc == 0 && b < bands; b++)
            rc = add_band(ctx, &filters[b], fft, x + v, n, V, work, sum);
        for (int64_t t = 0; rc == 0 && t < n; t++)
            x[t * V + v] = sum[t] / (double)bands;
    }
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, sum);
    ana_free(ctx, work);
    return rc;
}

int ana_step_high_gamma(struct ana_ctx *ctx, const struct ana_step *step,
                        const struct ana_geometry *g, int64_t V, double *x)
{
    const double width = (step->b - step->a) / (double)step->order;
    struct ana_filter *filters = ana_alloc(ctx, step->order, sizeof *filters);
    int rc = filters ? 0 : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < step->order; b++)
        rc = ana_butterworth(ctx, 4, step->a + width * (double)b,
                             step->a + width * (double)(b + 1), g->rate, &filters[b]);
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++) {
        rc = gamma_unit(ctx, step->order, filters, g->n[u], V, x);
        x += g->n[u] * V;
    }
    ana_free(ctx, filters);
    return rc;
}
