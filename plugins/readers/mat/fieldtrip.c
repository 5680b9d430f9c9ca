/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FieldTrip's data structs (Oostenveld et al. 2011). Raw: label {C}, trial {N} of C x T,
 * time {N} of 1 x T, fsample; every trial is a run that begins at time{k}(1). Timelocked:
 * avg, or trial as an array, whose dimensions `dimord` names, with one `time`.
 * elec.chanpos stands in elec.unit beside elec.label.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

static const char *name_of(char out[2 * LAYOUT_NAME], const char *name, const char *field)
{
    snprintf(out, 2 * (size_t)LAYOUT_NAME, "%s.%s", name, field);
    return out;
}

static void set_axis(struct layout *l, int32_t kind, const char *name, const char *field)
{
    char whole[2 * LAYOUT_NAME];

    l->kind[l->n_axes] = kind;
    if (field)
        snprintf(l->axis_names[l->n_axes], LAYOUT_NAME, "%.*s", LAYOUT_NAME - 1,
                 name_of(whole, name, field));
    l->n_axes++;
}

/* Trial k's first second and its samples against its own times. */
static int take_trial(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                      int64_t k, struct layout *l)
{
    char trial[2 * LAYOUT_NAME], time[2 * LAYOUT_NAME];
    int64_t shape[ANA_MAX_DIMS], n = 1, samples;
    int32_t ndim, dtype;
    double *t = NULL;
    int rc = f->format->shape(ctx, f->file, name_of(trial, name, "trial"), k, &dtype,
                              &ndim, shape);

    samples = rc == 0 && ndim == 2 ? shape[1] : -1;
    if (rc == 0)
        rc = layout_numbers(ctx, f, name_of(time, name, "time"), k, &ndim, shape, &t);
    for (int32_t d = 0; rc == 0 && d < ndim; d++)
        n *= shape[d];
    if (rc == 0 && (n != samples || n < 2))
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: trial %lld of `%s` has %lld samples and %lld times; at least 2 "
                     "of each were expected",
                     f->path, (long long)k + 1, name, (long long)samples, (long long)n);
    if (rc == 0 && l->rate == 0)
        l->rate = (double)(n - 1) / (t[n - 1] - t[0]);
    if (rc == 0 && (!(l->rate > 0) || !isfinite(l->rate) ||
                    !(fabs((t[n - 1] - t[0]) * l->rate - (double)(n - 1)) < .5)))
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: the times of trial %lld of `%s` run from %g s to %g s, which is "
            "not %lld samples at %g Hz",
            f->path, (long long)k + 1, name, t[0], t[n - 1], (long long)n, l->rate);
    if (rc == 0)
        l->start[k] = t[0];
    ana_free(ctx, t);
    return rc;
}

static int take_raw(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                    struct layout *l)
{
    char whole[2 * LAYOUT_NAME];
    int64_t n = 0;
    int rc = f->format->cells(ctx, f->file, name_of(whole, name, "trial"), &n);

    if (rc == 0 && layout_has(f, name, "fsample"))
        rc = layout_number(ctx, f, name_of(whole, name, "fsample"), &l->rate);
    if (rc != 0)
        return rc;
    l->start = ana_alloc(ctx, n, sizeof *l->start);
    l->cells = ana_strdup(ctx, "*");
    if (!l->start || !l->cells)
        return ANA_ERESOURCE;
    l->n_runs = n;
    for (int64_t k = 0; rc == 0 && k < n; k++)
        rc = take_trial(ctx, f, name, k, l);
    snprintf(l->variable, sizeof l->variable, "%s.trial", name);
    set_axis(l, ANA_AXIS_TARGET, name, "label");
    set_axis(l, ANA_AXIS_TIME, name, NULL);
    if (rc == 0)
        snprintf(l->note, sizeof l->note,
                 "FieldTrip, %lld trials at %g Hz: `data = FILE`", (long long)n, l->rate);
    return rc;
}

/* "rpt_chan_time" as axes. */
static int take_dimord(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                       const char *dimord, struct layout *l)
{
    for (const char *at = dimord; *at;) {
        const int n = (int)strcspn(at, "_");

        if (l->n_axes == 3)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: `%s.dimord` is '%s': three at most are read", f->path,
                            name, dimord);
        if (strncmp(at, "chan", (size_t)n) == 0 && n == 4)
            set_axis(l, ANA_AXIS_TARGET, name, "label");
        else if (strncmp(at, "time", (size_t)n) == 0 && n == 4)
            set_axis(l, ANA_AXIS_TIME, name, "time");
        else if ((strncmp(at, "rpt", (size_t)n) == 0 && n == 3) ||
                 (strncmp(at, "subj", (size_t)n) == 0 && n == 4))
            set_axis(l, ANA_AXIS_STIMULUS, name, NULL);
        else
            return ana_fail(ctx, ANA_EDATA,
                            "%s: `%s.dimord` is '%s'; chan, time, rpt and subj are read: "
                            "average over '%.*s', or name the axes in `data`",
                            f->path, name, dimord, n, at);
        at += n + (at[n] == '_');
    }
    return 0;
}

static int take_timelocked(struct ana_ctx *ctx, const struct layout_file *f,
                           const char *name, struct layout *l)
{
    const int trials = layout_has(f, name, "trial");
    char whole[2 * LAYOUT_NAME], **dimord = NULL;
    int64_t n = 0;
    int rc = 0;

    if (layout_has(f, name, "dimord"))
        rc = layout_texts(ctx, f, name_of(whole, name, "dimord"), &n, &dimord);
    if (rc == 0)
        rc = take_dimord(ctx, f, name,
                         n == 1   ? dimord[0]
                         : trials ? "rpt_chan_time"
                                  : "chan_time",
                         l);
    snprintf(l->variable, sizeof l->variable, "%s.%s", name, trials ? "trial" : "avg");
    snprintf(l->note, sizeof l->note, "FieldTrip, %s: `data = FILE`",
             n == 1 ? dimord[0] : "timelocked");
    layout_free_texts(ctx, n, dimord);
    return rc;
}

static int take_places(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                       struct layout *l)
{
    char elec[2 * LAYOUT_NAME], whole[2 * LAYOUT_NAME], **unit = NULL;
    int64_t shape[ANA_MAX_DIMS], n = 0;
    double factor = 1, *place = NULL;
    int32_t ndim;
    int rc;

    name_of(elec, name, "elec");
    if (strlen(elec) >= LAYOUT_NAME || !layout_has(f, elec, "label") ||
        !layout_has(f, elec, "chanpos"))
        return 0;
    if (layout_has(f, elec, "unit")) {
        rc = layout_texts(ctx, f, name_of(whole, elec, "unit"), &n, &unit);
        if (rc == 0 && n == 1)
            factor = strcmp(unit[0], "m") == 0    ? 1000
                     : strcmp(unit[0], "cm") == 0 ? 10
                                                  : 1;
        layout_free_texts(ctx, n, unit);
        if (rc != 0)
            return rc;
    }
    rc =
        layout_texts(ctx, f, name_of(whole, elec, "label"), &l->n_places, &l->place_name);
    if (rc == 0)
        rc = layout_numbers(ctx, f, name_of(whole, elec, "chanpos"), -1, &ndim, shape,
                            &place);
    if (rc == 0 && (ndim != 2 || shape[0] != l->n_places || shape[1] != 3))
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` was expected to be %lld x 3", f->path,
                      whole, (long long)l->n_places);
    l->place = place;
    for (int64_t i = 0; rc == 0 && i < 3 * l->n_places; i++)
        place[i] *= factor;
    return rc;
}

int fieldtrip_find(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                   struct layout *l, int *is)
{
    char whole[2 * LAYOUT_NAME];
    int64_t cells = 0;
    int rc = 0;

    *is = layout_has(f, name, "label") && layout_has(f, name, "time") &&
          (layout_has(f, name, "trial") || layout_has(f, name, "avg"));
    if (!*is)
        return 0;
    l->toolbox = "FieldTrip";
    l->space = "";
    if (layout_has(f, name, "trial"))
        rc = f->format->cells(ctx, f->file, name_of(whole, name, "trial"), &cells);
    if (rc == 0)
        rc = cells > 0 ? take_raw(ctx, f, name, l) : take_timelocked(ctx, f, name, l);
    return rc == 0 ? take_places(ctx, f, name, l) : rc;
}
