/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The arithmetic of preparation, on float64 blocks: units one after another, each
 * n samples x V targets.
 */
#include <math.h>
#include <string.h>

#include "pipeline/prepare_work.h"
#include "signal/nuisance.h"
#include "signal/resample.h"

static int64_t total(const struct ana_geometry *g)
{
    int64_t n = 0;

    for (int64_t u = 0; u < g->n_units; u++)
        n += g->n[u];
    return n;
}

/* Mean of a unit's samples [first, first + n) for each target. */
static void mean_of(const double *x, int64_t first, int64_t n, int64_t V, double *mean)
{
    memset(mean, 0, (size_t)V * sizeof *mean);
    for (int64_t t = first; t < first + n; t++)
        for (int64_t v = 0; v < V; v++)
            mean[v] += x[t * V + v];
    for (int64_t v = 0; v < V; v++)
        mean[v] /= (double)n;
}

static void average(const struct ana_step *step, const struct ana_geometry *g, int64_t V,
                    const double *x, double *out)
{
    for (int64_t u = 0; u < g->n_units; u++) {
        int64_t first, n;

        ana_geometry_samples(g, u, step->a, step->b, &first, &n);
        mean_of(x, first, n, V, out + u * V);
        x += g->n[u] * V;
    }
}

/* Copy the samples that stay of each unit. */
static void keep(const struct ana_step *step, const struct ana_geometry *g, int64_t V,
                 const double *x, double *out)
{
    const double unit = step->in_tr ? 1 : g->rate;

    for (int64_t u = 0; u < g->n_units; u++) {
        int64_t first, n;

        if (step->kind == ANA_STEP_CROP) {
            ana_geometry_samples(g, u, step->a, step->b, &first, &n);
        } else {
            first = llround(step->a * unit);
            n = g->n[u] - first - llround(step->b * unit);
        }
        memcpy(out, x + first * V, (size_t)(n * V) * sizeof *out);
        out += n * V;
        x += g->n[u] * V;
    }
}

static void subtract_baseline(const struct ana_step *step, const struct ana_geometry *g,
                              int64_t V, double *x, double *mean)
{
    for (int64_t u = 0; u < g->n_units; u++) {
        int64_t first, n;

        ana_geometry_samples(g, u, step->a, step->b, &first, &n);
        mean_of(x, first, n, V, mean);
        for (int64_t t = 0; t < g->n[u]; t++)
            for (int64_t v = 0; v < V; v++)
                x[t * V + v] -= mean[v];
        x += g->n[u] * V;
    }
}

/* One run of n samples: each target to mean 0, SD 1; a constant one to 0. */
static void zscore_run(int64_t n, int64_t V, double *x, double *mean, double *sd)
{
    mean_of(x, 0, n, V, mean);
    memset(sd, 0, (size_t)V * sizeof *sd);
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < V; v++)
            sd[v] += (x[t * V + v] - mean[v]) * (x[t * V + v] - mean[v]);
    for (int64_t v = 0; v < V; v++) {
        sd[v] = sqrt(sd[v] / (double)n);
        sd[v] = sd[v] > 1e-12 * fabs(mean[v]) ? 1 / sd[v] : 0;
    }
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < V; v++)
            x[t * V + v] = (x[t * V + v] - mean[v]) * sd[v];
}

/* Sample t takes what was at t - A: a run's end comes round to its start. */
static void shift(const struct ana_step *step, const struct ana_geometry *g, int64_t V,
                  const double *x, double *out)
{
    for (int64_t u = 0; u < g->n_units; u++) {
        const int64_t n = g->n[u];
        /* fmod is exact, so that no shift is too large for an integer */
        const int64_t by = llround(fmod(step->a * g->rate, (double)n));
        const int64_t head = ((by % n) + n) % n;

        memcpy(out + head * V, x, (size_t)((n - head) * V) * sizeof *out);
        memcpy(out, x + (n - head) * V, (size_t)(head * V) * sizeof *out);
        x += n * V;
        out += n * V;
    }
}

static void zscore(const struct ana_geometry *g, int64_t V, double *x, double *work)
{
    if (g->one_run) {
        zscore_run(total(g), V, x, work, work + V);
        return;
    }
    for (int64_t u = 0; u < g->n_units; u++) {
        zscore_run(g->n[u], V, x, work, work + V);
        x += g->n[u] * V;
    }
}

/* Values beyond K SDs of one run of n samples are set there. */
static void clip_run(double most, int64_t n, int64_t V, double *x, double *mean,
                     double *sd)
{
    mean_of(x, 0, n, V, mean);
    memset(sd, 0, (size_t)V * sizeof *sd);
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < V; v++)
            sd[v] += (x[t * V + v] - mean[v]) * (x[t * V + v] - mean[v]);
    for (int64_t v = 0; v < V; v++)
        sd[v] = most * sqrt(sd[v] / (double)n);
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < V; v++)
            x[t * V + v] = fmin(fmax(x[t * V + v], mean[v] - sd[v]), mean[v] + sd[v]);
}

static void clip(const struct ana_step *step, const struct ana_geometry *g, int64_t V,
                 double *x, double *work)
{
    if (g->one_run) {
        clip_run(step->a, total(g), V, x, work, work + V);
        return;
    }
    for (int64_t u = 0; u < g->n_units; u++) {
        clip_run(step->a, g->n[u], V, x, work, work + V);
        x += g->n[u] * V;
    }
}

static int remove_nuisance(struct ana_ctx *ctx, const struct ana_step *step,
                           const struct ana_geometry *g, int64_t V, double *x)
{
    int rc = 0;

    for (int64_t u = 0; !step->done && rc == 0 && u < g->n_units; u++) {
        rc = ana_nuisance_remove(ctx, &step->nuisance[u], V, x);
        x += g->n[u] * V;
    }
    return rc;
}

int ana_step_in_place(const struct ana_step *step)
{
    switch (step->kind) {
    case ANA_STEP_AVERAGE:
    case ANA_STEP_CROP:
    case ANA_STEP_TRIM:
    case ANA_STEP_SHIFT:
    case ANA_STEP_EPOCHS:
    case ANA_STEP_RESAMPLE:
        return 0;
    case ANA_STEP_TRIALS:
        return !step->order;
    default:
        return 1;
    }
}

/* Those that are made of a mean and an SD of each target. */
static int apply_moments(struct ana_ctx *ctx, const struct ana_step *step,
                         const struct ana_geometry *g, int64_t V, double *x)
{
    double *work = ana_alloc(ctx, 2 * V, sizeof *work);

    if (!work)
        return ANA_ERESOURCE;
    if (step->kind == ANA_STEP_BASELINE)
        subtract_baseline(step, g, V, x, work);
    else if (step->kind == ANA_STEP_ZSCORE)
        zscore(g, V, x, work);
    else
        clip(step, g, V, x, work);
    ana_free(ctx, work);
    return 0;
}

static int apply_in_place(struct ana_ctx *ctx, const struct ana_step *step,
                          const struct ana_geometry *g, int64_t V, double *x)
{
    switch (step->kind) {
    case ANA_STEP_BASELINE:
    case ANA_STEP_ZSCORE:
    case ANA_STEP_CLIP:
        return apply_moments(ctx, step, g, V, x);
    case ANA_STEP_DETREND:
    case ANA_STEP_COSINE:
    case ANA_STEP_CONFOUNDS:
        return remove_nuisance(ctx, step, g, V, x);
    case ANA_STEP_HIGHPASS:
    case ANA_STEP_LOWPASS:
    case ANA_STEP_BANDPASS:
    case ANA_STEP_NOTCH:
        return ana_step_filter(ctx, step, g, V, x);
    case ANA_STEP_HIGHGAMMA:
        return ana_step_high_gamma(ctx, step, g, V, x);
    default: /* trials(single); a montage is made as the recording is read */
        return 0;
    }
}

/* Channels lo..hi-1 of a unit through float32, as they come into `in` and `got`. */
static int resample_block(struct ana_ctx *ctx, int64_t n, int64_t V, int64_t lo,
                          int64_t hi, double from, double to, const double *x,
                          double *out, int64_t n_out, float *in, float *got)
{
    const int64_t C = hi - lo;
    int rc;

    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < C; c++)
            in[i * C + c] = (float)x[i * V + lo + c];
    rc = ana_resample(ctx, in, n, C, from, to, got, n_out);
    for (int64_t i = 0; rc == 0 && i < n_out; i++)
        for (int64_t c = 0; c < C; c++)
            out[i * V + lo + c] = (double)got[i * C + c];
    return rc;
}

/* A few channels at a time: soxr keeps 180 kB a channel. */
static int resample_unit(struct ana_ctx *ctx, int64_t n, int64_t V, double from,
                         double to, const double *x, double *out, int64_t n_out)
{
    enum { CHANNELS = 8 };
    float *in = ana_alloc(ctx, n * CHANNELS, sizeof *in),
          *got = ana_alloc(ctx, n_out * CHANNELS, sizeof *got);
    int rc = in && got ? 0 : ANA_ERESOURCE;

    for (int64_t lo = 0; rc == 0 && lo < V; lo += CHANNELS)
        rc = resample_block(ctx, n, V, lo, lo + CHANNELS < V ? lo + CHANNELS : V, from,
                            to, x, out, n_out, in, got);
    ana_free(ctx, in);
    ana_free(ctx, got);
    return rc;
}

int ana_step_apply(struct ana_ctx *ctx, const struct ana_step *step,
                   const struct ana_geometry *g, int64_t V, double **x)
{
    struct ana_geometry after;
    double *out = NULL, *from = *x, *to;
    int rc;

    if (ana_step_in_place(step))
        return apply_in_place(ctx, step, g, V, *x);
    rc = ana_geometry_copy(ctx, g, &after);
    if (rc != 0)
        return rc;
    rc = ana_step_geometry(ctx, step, &after);
    if (rc == 0) {
        out = ana_alloc(ctx, total(&after) * V, sizeof *out);
        rc = out ? 0 : ANA_ERESOURCE;
    }
    if (rc != 0)
        goto done;
    switch (step->kind) {
    case ANA_STEP_AVERAGE:
        average(step, g, V, *x, out);
        break;
    case ANA_STEP_CROP:
    case ANA_STEP_TRIM:
        keep(step, g, V, *x, out);
        break;
    case ANA_STEP_SHIFT:
        shift(step, g, V, *x, out);
        break;
    case ANA_STEP_EPOCHS:
        rc = ana_trials_cut(ctx, step, g, V, *x, out);
        break;
    case ANA_STEP_TRIALS:
        rc = ana_trials_average(ctx, step, g, &after, V, *x, out);
        break;
    default:
        to = out;
        for (int64_t u = 0; rc == 0 && u < g->n_units; u++) {
            rc = step->order == ANA_RESAMPLE_SOXR
                     ? resample_unit(ctx, g->n[u], V, g->rate, step->a, from, to,
                                     after.n[u])
                     : ana_step_resample(ctx, step, g->rate, g->n[u], V, from, to,
                                         after.n[u]);
            from += g->n[u] * V;
            to += after.n[u] * V;
        }
    }
    if (rc == 0) {
        ana_free(ctx, *x);
        *x = out;
        out = NULL;
    }
done:
    ana_free(ctx, out);
    ana_geometry_finish(ctx, &after);
    return rc;
}
