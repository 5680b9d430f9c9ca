/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `nuisance = yes`: what the recording's preparation projects out of each of its runs
 * (drift, motion) is projected out of the features of that run, too. By the theorem of
 * Frisch, Waugh and Lovell a regression of the cleaned recording on the cleaned features
 * is the one that holds the regressors beside the features; cleaned on one side alone, what
 * drift the features have is fitted to what drift the recording no longer has.
 *
 * Delayed copies are cleaned one by one, since each has samples of its own in the run: the
 * space holds them as columns, and declares no delays.
 */
#include <math.h>
#include <string.h>

#include "pipeline/features.h"
#include "signal/nuisance.h"

/* Where the samples that are scored lie among those of a step's regressors. */
static int find_rows(struct ana_ctx *ctx, const struct ana_recording *r,
                     const struct ana_geometry *g, int64_t unit, int64_t *first)
{
    const double from = (r->after.start[unit] - g->start[unit]) * g->rate;

    *first = llround(from);
    if (fabs(r->after.rate - g->rate) <= 1e-9 * g->rate &&
        fabs(from - (double)*first) <= 1e-3 && *first >= 0 &&
        *first + r->after.n[unit] <= g->n[unit])
        return 0;
    return ana_fail(
        ctx, ANA_EPARAM,
        "`nuisance = yes`: brain %s is resampled after its regressors are taken out, so "
        "that they cannot be taken out of features on its clock; put resample before "
        "them",
        r->study->name);
}

/* The regressors of one unit on the samples that are scored. */
static int slice(struct ana_ctx *ctx, const struct ana_nuisance *from, int64_t first,
                 struct ana_nuisance *to)
{
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < from->k; k++)
        rc = ana_nuisance_column(ctx, to, from->column + k * from->n + first);
    return rc == 0 ? ana_nuisance_finish(ctx, to) : rc;
}

/* What every step of the preparation takes out of a unit, taken out of x (n x V). */
static int clean_unit(struct ana_ctx *ctx, const struct ana_recording *r, int64_t unit,
                      int64_t V, double *x)
{
    struct ana_geometry g;
    int rc = ana_geometry_copy(ctx, &r->before, &g);

    for (int64_t i = 0; rc == 0 && i < r->n_steps; i++) {
        const struct ana_step *step = &r->steps[i];
        struct ana_nuisance z = {.n = r->after.n[unit]};
        int64_t first;

        if (step->n_nuisance > 0) {
            rc = find_rows(ctx, r, &g, unit, &first);
            if (rc == 0)
                rc = slice(ctx, &step->nuisance[unit], first, &z);
            if (rc == 0)
                rc = ana_nuisance_remove(ctx, &z, V, x);
            ana_nuisance_destroy(ctx, &z);
        }
        if (rc == 0)
            rc = ana_step_geometry(ctx, step, &g);
    }
    ana_geometry_finish(ctx, &g);
    return rc;
}

/* 1 if runs are cut into trials behind their regressors, or trials averaged. */
static int is_cut(const struct ana_recording *r)
{
    int cleaned = 0, cut = 0;

    for (int64_t i = 0; i < r->n_steps; i++) {
        cleaned |= r->steps[i].n_nuisance > 0;
        cut |= r->steps[i].n_members > 0 || (cleaned && r->steps[i].n_trials > 0);
    }
    return cut;
}

int ana_features_check_nuisance(struct ana_ctx *ctx, const struct ana_features *f)
{
    const struct ana_recording *r = f->rows->recording;
    const struct ana_step *before = NULL;
    int64_t n = 0, first;
    struct ana_geometry g;
    int rc;

    if (r->is_cut)
        return ana_fail(ctx, ANA_EPARAM,
                        "`nuisance = yes` cleans features of whole runs, and those of %s "
                        "are cut into what they presented; remove `nuisance`",
                        r->study->name);
    if (f->study->pca > 0 && f->n_delays > 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "`nuisance = yes` cleans each delayed copy by itself, and `pca` "
                        "would be fitted on all of them; remove one of the three");
    rc = ana_geometry_copy(ctx, &r->before, &g);
    for (int64_t i = 0; rc == 0 && i < r->n_steps; i++) {
        before = r->steps[i].kind == ANA_STEP_SHIFT ? &r->steps[i] : before;
        n += r->steps[i].n_nuisance > 0;
        if (r->steps[i].n_nuisance > 0 && f->rows->n_groups > 0 && !is_cut(r))
            rc = find_rows(ctx, r, &g, f->rows->unit[0], &first);
        if (rc == 0)
            rc = ana_step_geometry(ctx, &r->steps[i], &g);
    }
    ana_geometry_finish(ctx, &g);
    if (rc == 0 && n == 0)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "`nuisance = yes`, and the preparation of %s takes no regressors "
                      "out: add detrend, cosine or confounds to its `prepare`, or remove "
                      "`nuisance`",
                      r->study->name);
    if (rc == 0 && n > 0 && is_cut(r))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "`nuisance = yes`: %s is cut into trials, or averaged over them, "
                      "after regressors were taken out of its runs; remove `nuisance`, "
                      "or put detrend behind epochs",
                      r->study->name);
    if (rc == 0 && before)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "`nuisance = yes`: shift turns %s under its regressors; remove one "
                      "of them",
                      r->study->name);
    return rc;
}

/* Group g's delayed copies as columns, cleaned: n x (D F) at `out`. */
static int clean_group(struct ana_ctx *ctx, const struct ana_features *f, int64_t group,
                       const float *x, int64_t F, int64_t n_delays, const int64_t *delays,
                       float *out)
{
    const struct ana_recording *r = f->rows->recording;
    const int64_t n = f->rows->n[group], V = F * n_delays;
    double *column = ana_alloc(ctx, n * V, sizeof *column);
    int rc = column ? 0 : ANA_ERESOURCE;

    for (int64_t t = 0; rc == 0 && t < n; t++)
        for (int64_t d = 0; d < n_delays; d++)
            for (int64_t i = 0; i < F; i++)
                column[(t * n_delays + d) * F + i] =
                    (double)x[(t - delays[d] - f->stretch[group].first) * F + i];
    if (rc == 0)
        rc = clean_unit(ctx, r, f->rows->unit[group], V, column);
    for (int64_t i = 0; rc == 0 && i < n * V; i++)
        out[i] = (float)column[i];
    ana_free(ctx, column);
    return rc;
}

int ana_features_clean(struct ana_ctx *ctx, const struct ana_features *f,
                       const struct ana_tensor *x, int64_t n_delays,
                       const int64_t *delays, struct ana_tensor *out)
{
    const struct ana_rows *rows = f->rows;
    const int64_t F = x->shape[1], shape[] = {rows->n_rows, F * n_delays};
    int64_t from = 0, to = 0;
    int rc = 0;

    if (!x->data) {
        ana_tensor_view(ANA_F32, 2, shape, NULL, out);
        return 0;
    }
    rc = ana_tensor_create(ctx, ANA_F32, 2, shape, out);
    for (int64_t g = 0; rc == 0 && g < rows->n_groups; g++) {
        rc = clean_group(ctx, f, g, (const float *)x->data + from * F, F, n_delays,
                         delays, (float *)out->data + to * F * n_delays);
        from += f->stretch[g].n;
        to += rows->n[g];
    }
    return rc;
}
