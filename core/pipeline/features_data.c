/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A recording as a feature space: an envelope that predicts the EEG, or the EEG from
 * which an envelope is reconstructed. Its units are bound to the other side's by name,
 * its samples brought onto that side's clock.
 */
#include <string.h>

#include "base/context.h"
#include "pipeline/features.h"
#include "signal/resample.h"

/* Through the space's kernel. */
static int spread_unit(struct ana_ctx *ctx, const struct ana_features *f,
                       const struct ana_geometry *g, int64_t group, int64_t unit,
                       int64_t F, const float *x, float *out)
{
    const struct ana_stretch *s = &f->stretch[group];
    double *sum = ana_alloc(ctx, s->n * F, sizeof *sum);
    struct ana_kernel_on on;

    if (!sum)
        return ANA_ERESOURCE;
    ana_kernel_on(&f->study->kernel, g->rate, f->rows->rate, &on);
    for (int64_t i = 0; i < g->n[unit]; i++)
        ana_kernel_spread(&on, g->start[unit] + (double)i / g->rate, F, x + i * F,
                          s->start + (double)s->first / f->rows->rate, f->rows->rate,
                          s->n, sum);
    for (int64_t i = 0; i < s->n * F; i++)
        out[i] = (float)sum[i];
    ana_free(ctx, sum);
    return 0;
}

/* One bound unit (n x F float64) onto the stretch of its group. */
static int align_unit(struct ana_ctx *ctx, const struct ana_features *f,
                      const struct ana_recording *recording, int64_t group, int64_t unit,
                      int64_t F, const double *x, float *out)
{
    const struct ana_geometry *g = &recording->after;
    const struct ana_stretch *stretch = &f->stretch[group];
    const int64_t n = g->n[unit];
    float *in = ana_alloc(ctx, n * F, sizeof *in),
          *fill = ana_alloc(ctx, F, sizeof *fill);
    int rc = in && fill ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n * F; i++)
        in[i] = (float)x[i];
    if (rc == 0 && f->study->kernel.kind != ANA_KERNEL_NONE)
        rc = spread_unit(ctx, f, g, group, unit, F, in, out);
    else if (rc == 0 && f->reduce == ANA_REDUCE_NONE)
        rc = ana_align(ctx, in, n, F, g->start[unit], g->rate,
                       stretch->start + (double)stretch->first / f->rows->rate,
                       f->rows->rate, fill, stretch->n, out);
    else if (rc == 0)
        memcpy(out, in, (size_t)F * sizeof *out);
    ana_free(ctx, in);
    ana_free(ctx, fill);
    return rc;
}

static int check_layouts(struct ana_ctx *ctx, const struct ana_features *f,
                         const struct ana_recording *recording)
{
    const int x_rows = recording->after.layout == ANA_LAYOUT_ROWS;
    const int y_rows = f->rows->layout == ANA_LAYOUT_ROWS;

    if (x_rows == y_rows)
        return 0;
    return ana_fail(ctx, ANA_EPARAM,
                    "%s has %s and the other side %s; bring both to one with `prepare = "
                    "average(...)`",
                    recording->study->name,
                    x_rows ? "one value an item" : "samples over time",
                    y_rows ? "one value an item" : "samples over time");
}

/* Targets that are read and brought onto the clock at once: of a wide recording, little
 * stands beside the float32 that it becomes. */
enum { AT_ONCE = 256 };

static int64_t at_once(const struct ana_recording *recording)
{
    return recording->info.n_targets < AT_ONCE ? recording->info.n_targets : AT_ONCE;
}

int64_t ana_features_reading(const struct ana_recording *recording, int64_t rows)
{
    const int64_t V = at_once(recording);
    const int64_t read = ana_recording_bytes(recording, V, V);
    const int64_t turned = V * (12 * ana_recording_samples(recording) + 4 * rows);

    return read > turned ? read : turned;
}

/* Targets [first, first + V) of the bound units, aligned: rows x V. */
static int read_some(struct ana_ctx *ctx, const struct ana_features *f,
                     struct ana_recording *recording, const int64_t *unit, int64_t first,
                     int64_t V, float *to)
{
    struct ana_tensor some = {0};
    const double *from;
    int rc;

    ana_context_push(ctx, "%s %s", recording->study->is_brain ? "brain" : "data",
                     recording->study->name);
    rc = ana_recording_read(ctx, recording, f->rows->n_groups, unit, first, V, &some);
    ana_context_pop(ctx);
    from = some.data;
    for (int64_t g = 0; rc == 0 && g < f->rows->n_groups; g++) {
        rc = align_unit(ctx, f, recording, g, unit[g], V, from, to);
        from += recording->after.n[unit[g]] * V;
        to += (f->reduce == ANA_REDUCE_NONE ? f->stretch[g].n : 1) * V;
    }
    ana_tensor_finish(&some);
    return rc;
}

/* All targets, some at a time, into x (rows x targets). */
static int read_all(struct ana_ctx *ctx, const struct ana_features *f,
                    struct ana_recording *recording, const int64_t *unit, int64_t rows,
                    float *x)
{
    const int64_t F = recording->info.n_targets, most = at_once(recording);
    float *some = most < F ? ana_alloc(ctx, rows * most, sizeof *some) : x;
    int rc = some ? 0 : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < F; first += most) {
        const int64_t V = F - first < most ? F - first : most;

        rc = read_some(ctx, f, recording, unit, first, V, some);
        for (int64_t i = 0; rc == 0 && some != x && i < rows; i++)
            memcpy(x + i * F + first, some + i * V, (size_t)V * sizeof *x);
    }
    if (some != x)
        ana_free(ctx, some);
    return rc;
}

int ana_features_bind(struct ana_ctx *ctx, const struct ana_opened *opened,
                      const struct ana_features *f, const struct ana_variant *v,
                      int64_t *unit, int32_t *by_order)
{
    const struct ana_recording *recording = &opened->recordings[-1 - v->model];
    int rc = check_layouts(ctx, f, recording);

    *by_order = 0;
    return rc ? rc : ana_rows_bind(ctx, f->rows, recording, unit, by_order);
}

int ana_features_read(struct ana_ctx *ctx, const struct ana_opened *opened,
                      const struct ana_features *f, struct ana_variant *v)
{
    struct ana_recording *recording = &opened->recordings[-1 - v->model];
    const int64_t F = recording->info.n_targets, n_groups = f->rows->n_groups;
    int64_t *unit = ana_alloc(ctx, n_groups, sizeof *unit), rows = 0;
    int32_t by_order = 0;
    int rc = unit ? ana_features_bind(ctx, opened, f, v, unit, &by_order) : ANA_ERESOURCE;

    if (rc == 0 && by_order)
        ana_warn(
            ctx,
            "features %s: no run of %s has a name of the other side; both were bound in "
            "their order",
            f->study->name, recording->study->name);
    for (int64_t g = 0; g < n_groups; g++)
        rows += f->reduce == ANA_REDUCE_NONE ? f->stretch[g].n : 1;
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){rows, F}, &v->x);
    if (rc == 0)
        rc = read_all(ctx, f, recording, unit, rows, v->x.data);
    ana_free(ctx, unit);
    return rc;
}
