/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A metric: the mean absolute cosine of a target with the features,
 *     score(t) = mean over features f of (|<x_f, y_t>| / (|x_f| |y_t|))^power,
 * between 0 and 1. Nothing is fitted, so folds are not used. Shapes: x is n x F (rows x
 * features), y is n x T (rows x targets). The contract is <anaflow/metric.h>.
 */
#include <math.h>

#include <anaflow/anaflow.h>

/* What [plugin frozen-metric] may set; anaflow checks it and fills in defaults. */
static const struct ana_param params[] = {
    {sizeof *params, ANA_PARAM_REAL, .name = "power", .fallback = "1", .min = 0.1,
     .max = 10, .help = "exponent of each absolute cosine before the mean"},
};

static const struct ana_measure measure = {"frozen_metric",
                                           "mean |cosine|^power, 0 .. 1"};

struct work {
    struct ana_tensor x; /* n x F float64, C order */
    double power;
};

/* What it will take, from shapes alone. */
static int plan(struct ana_ctx *ctx, const struct ana_params *p,
                const struct ana_problem *problem, struct ana_metric_plan *out)
{
    const int64_t n = problem->n_rows, F = ana_space_width(problem->spaces[0]);

    (void)ctx, (void)p;
    out->passes = 1, out->tile = 64; /* times over y; targets a push */
    out->bytes = n * F * (int64_t)sizeof(double);
    out->flops = 6.0 * (double)n * (double)F * (double)problem->n_targets;
    out->measures = &measure, out->n_measures = 1;
    return ANA_OK;
}

/* All that needs only x. *xs goes to close_x, also where this fails. */
static int begin(struct ana_ctx *ctx, const struct ana_params *p,
                 const struct ana_problem *problem, void **xs)
{
    struct work *work = *xs = ana_alloc(ctx, 1, sizeof *work); /* zeroed */

    if (!work)
        return ANA_ERESOURCE;
    work->power = ana_param_real(p, "power");
    work->x.dtype = ANA_F64;
    return ana_space_matrix(ctx, problem->spaces[0], &work->x);
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    (void)ctx, (void)y; /* there is nothing to keep for one subject */
    *ys = xs;
    return ANA_OK;
}

static double score(const struct work *work, const double *y, int64_t stride)
{
    const int64_t n = work->x.shape[0], F = work->x.shape[1];
    const double *x = work->x.data;
    double sum = 0;

    for (int64_t f = 0; f < F; f++) {
        double xy = 0, xx = 0, yy = 0;
        for (int64_t i = 0; i < n; i++) {
            xy += x[i * F + f] * y[i * stride];
            xx += x[i * F + f] * x[i * F + f];
            yy += y[i * stride] * y[i * stride];
        }
        if (yy == 0)
            return (double)NAN; /* n/a: a target that never answers has no score */
        sum += xx > 0 ? pow(fabs(xy) / sqrt(xx * yy), work->power) : 0;
    }
    return sum / (double)F;
}

/* Several threads are in here at once: it reads `ys` and hands its own scores out. */
static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    int rc = ANA_OK;
    for (int64_t t = 0; rc == ANA_OK && t < tile->y.shape[1]; t++) {
        const double *y = (const double *)tile->y.data + t * tile->y.strides[1];
        const double s = score(ys, y, tile->y.strides[0]);
        rc = ana_out_scores(ctx, out, measure.id, "", -1, tile->first + t, 1, &s);
    }
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    (void)ys;
    *again = 0; /* no second pass over y */
    return ana_out_note(ctx, out, "columns are compared as they are, not centred");
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    (void)ctx, (void)ys; /* xs itself: close_x frees it */
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    if (xs)
        ana_tensor_finish(&((struct work *)xs)->x);
    ana_free(ctx, xs);
}

static const struct ana_metric_vt table = {
    sizeof table, ANA_METRIC_PER_TARGET | ANA_METRIC_TAKES_ROWS | ANA_METRIC_TAKES_SERIES,
    plan,         begin,
    open_y,       push,
    pass,         close_y,
    close_x};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC),
    .id = "frozen-metric",
    .version = "1.0",
    .summary = "Mean absolute cosine of a target with the features",
    .licence = "BSD-3-Clause",
    .citation = "",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &table};
