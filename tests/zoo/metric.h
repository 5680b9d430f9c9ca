/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A metric that keeps all rules: the mean over features of their absolute cosine with a
 * target. An animal defines one of the places below before it includes this.
 */
#ifndef TESTS_ZOO_METRIC_H
#define TESTS_ZOO_METRIC_H

#include <math.h>

#include "tests/zoo/zoo.h"

#ifndef ZOO_PROMISES
#define ZOO_PROMISES ANA_METRIC_SCALE
#endif
#ifndef ZOO_SCORE /* of xy, xx, yy */
#define ZOO_SCORE (xx > 0 ? fabs(xy) / sqrt(xx * yy) : 0)
#endif
#ifndef ZOO_PLANNED /* with problem, plan: once the bytes are known */
#define ZOO_PLANNED
#endif
#ifndef ZOO_PUSHING /* with tile, t, s: before a score is handed out */
#define ZOO_PUSHING
#endif

static int zoo_plan_real(struct ana_ctx *ctx, const struct ana_params *params,
                         const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    static const struct ana_measure measure = {"cosine", "mean |cosine| over features"};

    (void)ctx, (void)params;
    plan->passes = 1;
    plan->bytes =
        8 * problem->n_rows * ana_space_width(problem->spaces[0]) + (int64_t)(1 << 12);
    plan->flops = fabs((double)plan->bytes);
    ZOO_PLANNED;
    plan->tile = 64;
    plan->n_measures = 1;
    plan->measures = &measure;
    return 0;
}

static int zoo_begin_real(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_problem *problem, void **xs)
{
    struct ana_tensor *x = ana_alloc(ctx, 1, sizeof *x);

    (void)params;
    *xs = x;
    if (!x)
        return ANA_ERESOURCE;
    x->dtype = ANA_F64;
    return ana_space_matrix(ctx, problem->spaces[0], x);
}

static int zoo_open_y_real(struct ana_ctx *ctx, void *xs, const struct ana_y *y,
                           void **ys)
{
    (void)ctx, (void)y;
    *ys = xs;
    return 0;
}

static double zoo_mean(const struct ana_tensor *x, const double *y, int64_t stride)
{
    const int64_t n = x->shape[0], F = x->shape[1];
    const double *values = x->data;
    double sum = 0;

    for (int64_t f = 0; f < F; f++) {
        double xy = 0, xx = 0, yy = 0;

        for (int64_t i = 0; i < n; i++) {
            xy += values[i * F + f] * y[i * stride];
            xx += values[i * F + f] * values[i * F + f];
            yy += y[i * stride] * y[i * stride];
        }
        if (!(yy > 0) || !isfinite(yy))
            return (double)NAN; /* n/a */
        sum += ZOO_SCORE;
    }
    return sum / (double)F;
}

static int zoo_push_real(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                         struct ana_out *out)
{
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < tile->y.shape[1]; t++) {
        const double *y = (const double *)tile->y.data + t * tile->y.strides[1];
        double s = zoo_mean(ys, y, tile->y.strides[0]);

        ZOO_PUSHING;
        rc = ana_out_scores(ctx, out, "cosine", "", -1, tile->first + t, 1, &s);
    }
    return rc;
}

static int zoo_pass_real(struct ana_ctx *ctx, void *ys, struct ana_out *out,
                         int32_t *again)
{
    (void)ctx, (void)ys, (void)out;
    *again = 0;
    return 0;
}

static void zoo_close_y_real(struct ana_ctx *ctx, void *ys)
{
    (void)ctx, (void)ys;
}

static void zoo_close_real(struct ana_ctx *ctx, void *xs)
{
    if (xs)
        ana_tensor_finish(xs);
    ana_free(ctx, xs);
}

static const struct ana_metric_vt zoo_table = {
    .size = sizeof zoo_table,
    .flags = ANA_METRIC_PER_TARGET | ANA_METRIC_TAKES_ROWS | ANA_METRIC_TAKES_SERIES |
             (ZOO_PROMISES),
    .plan = zoo_plan_real,
    .begin = zoo_begin_real,
    .open_y = zoo_open_y_real,
    .push = zoo_push_real,
    .pass = zoo_pass_real,
    .close_y = zoo_close_y_real,
    .close = zoo_close_real};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC), ZOO_NAMES(ZOO_ID), .metric = &zoo_table};

#endif
