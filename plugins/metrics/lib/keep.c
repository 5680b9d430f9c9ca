/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Held-out predictions and weights for whoever works on with them.
 */
#include "plugins/metrics/lib/keep.h"

#include <math.h>
#include <stdio.h>

int64_t ana_keep_rows(const struct ana_problem *problem)
{
    int64_t rows = 0;

    for (int64_t k = 0; k < problem->n_folds; k++)
        if (problem->folds[k].n_test > rows)
            rows = problem->folds[k].n_test;
    return rows;
}

/* One fold's part of an array, rows x t; values beyond its own m rows are NaN. */
static int keep(struct ana_ctx *ctx, struct ana_out *out, const char *name,
                const char *help, const struct ana_axis *axis, int64_t fold,
                int64_t first, int64_t rows, int64_t m, int64_t t, const double *values)
{
    struct ana_tensor part = {.size = sizeof part};
    float *to;
    int rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){rows, t}, &part);

    if (rc == 0)
        rc = ana_tensor_set_axis(ctx, &part, 0, axis);
    to = part.data;
    for (int64_t i = 0; rc == 0 && i < rows * t; i++)
        to[i] = i < m * t ? (float)values[i] : NAN;
    if (rc == 0)
        rc = ana_out_array(ctx, out, name, help, fold, first, &part);
    ana_tensor_finish(&part);
    return rc;
}

int ana_keep_predictions(struct ana_ctx *ctx, struct ana_out *out, int64_t rows,
                         int64_t fold, int64_t first, int64_t m, int64_t t,
                         const double *prediction)
{
    const struct ana_axis axis = {
        .size = sizeof axis, .kind = ANA_AXIS_STIMULUS, .name = "test row"};

    return keep(ctx, out, "prediction",
                "held-out predictions of each fold's test rows, in the target's unit",
                &axis, fold, first, rows, m, t, prediction);
}

int ana_keep_weights(struct ana_ctx *ctx, struct ana_out *out, int64_t fold,
                     int64_t first, int64_t p, int64_t t, const double *weights,
                     const double *intercept)
{
    const struct ana_axis axis = {
        .size = sizeof axis, .kind = ANA_AXIS_FEATURE, .name = "feature"};
    struct ana_tensor view;
    int rc = keep(ctx, out, "weights",
                  "weights of the features as they are fitted (the metric's README says "
                  "whether scaled), in the target's unit",
                  &axis, fold, first, p, p, t, weights);

    ana_tensor_view(ANA_F64, 1, &t, (void *)(uintptr_t)intercept, &view);
    if (rc == 0)
        rc =
            ana_out_array(ctx, out, "intercept",
                          "what is added to features times weights, in the target's unit",
                          fold, first, &view);
    return rc;
}

int ana_note_grid(struct ana_ctx *ctx, struct ana_out *out, const char *name, int64_t n,
                  const double *values)
{
    enum { DIGITS = 16 };
    char *text = ana_alloc(ctx, n * DIGITS + 1, 1);
    size_t at = 0;
    int rc = ANA_ERESOURCE;

    for (int64_t i = 0; text && i < n; i++)
        at += (size_t)snprintf(text + at, DIGITS, " %.5g", values[i]);
    if (text)
        rc = ana_out_note(ctx, out, "%s:%s", name, text);
    ana_free(ctx, text);
    return rc;
}

int64_t ana_keep_bytes(const struct ana_problem *problem, int predictions, int weights,
                       int64_t p)
{
    const double cells = (double)problem->n_folds * (double)problem->n_targets;
    const double bytes = cells * ((predictions ? 4 * (double)ana_keep_rows(problem) : 0) +
                                  (weights ? 4 * (double)p + 8 : 0));

    return (int64_t)fmin(bytes, 9e18);
}
