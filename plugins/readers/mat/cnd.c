/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The Continuous-event Neural Data format (CND, cnspworkshop.net). dataSub*.mat: a struct
 * eeg (or meg, ...) with data {1 x trials} of time x channel, fs, chanlocs (of EEGLAB),
 * dataType. dataStim.mat: a struct stim with data {features x trials} of time x dimension,
 * names {features}, fs. A trial is a run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/places.h"
#include "layout.h"

static const char *name_of(char out[2 * LAYOUT_NAME], const char *name, const char *field)
{
    snprintf(out, 2 * (size_t)LAYOUT_NAME, "%s.%s", name, field);
    return out;
}

/* chanlocs.X, Y, Z of the channels that have them, in EEGLAB's own space. */
static int take_places(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                       struct layout *l)
{
    static const char *const axes[] = {"chanlocs.X", "chanlocs.Y", "chanlocs.Z"};
    char whole[2 * LAYOUT_NAME];
    int rc;

    if (!layout_has(f, name, "chanlocs.labels") || !layout_has(f, name, axes[0]) ||
        !layout_has(f, name, axes[1]) || !layout_has(f, name, axes[2]))
        return 0;
    rc = layout_texts(ctx, f, name_of(whole, name, "chanlocs.labels"), &l->n_places,
                      &l->place_name);
    if (rc == 0)
        l->place = ana_alloc(ctx, 3 * l->n_places, sizeof *l->place);
    if (rc == 0 && !l->place)
        rc = ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < 3 * l->n_places; i++) {
        int64_t shape[ANA_MAX_DIMS], n = 1;
        double *value = NULL;
        int32_t ndim;

        rc = layout_numbers(ctx, f, name_of(whole, name, axes[i % 3]),
                            l->n_places > 1 ? i / 3 : -1, &ndim, shape, &value);
        for (int32_t d = 0; rc == 0 && d < ndim; d++)
            n *= shape[d];
        if (rc == 0)
            l->place[i] = n == 1 ? value[0] : (double)NAN;
        ana_free(ctx, value);
    }
    l->space = "EEGLAB";
    if (rc == 0)
        places_to_mm(ctx, f->path, l->n_places, 3, l->place);
    return rc;
}

/* Whether chanlocs names as many channels as the first trial has. */
static int names_fit(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                     int *fit)
{
    char whole[2 * LAYOUT_NAME], **texts = NULL;
    int64_t shape[ANA_MAX_DIMS], n = 0;
    int32_t dtype, ndim = 0;
    int rc = 0;

    *fit = 0;
    if (!layout_has(f, name, "chanlocs.labels"))
        return 0;
    rc = layout_texts(ctx, f, name_of(whole, name, "chanlocs.labels"), &n, &texts);
    if (rc == 0)
        rc = f->format->shape(ctx, f->file, name_of(whole, name, "data"), 0, &dtype,
                              &ndim, shape);
    *fit = rc == 0 && ndim == 2 && shape[1] == n;
    if (rc == 0 && !*fit)
        ana_warn(ctx,
                 "%s: `%s.chanlocs` names %lld channels and the data have %lld; they are "
                 "numbered",
                 f->path, name, (long long)n, (long long)(ndim == 2 ? shape[1] : 0));
    layout_free_texts(ctx, n, texts);
    return rc;
}

/* The row of {features x trials} that is asked for, from 0. */
static int choose_feature(struct ana_ctx *ctx, const struct layout_file *f,
                          const char *feature, int64_t n, char *const *names,
                          int64_t *chosen)
{
    char list[300] = "", *end;
    const long number = strtol(feature, &end, 10);
    size_t used = 0;

    *chosen = 0;
    for (int64_t i = 0; i < n; i++) {
        if (strcmp(names[i], feature) == 0) {
            *chosen = i;
            return 0;
        }
        if (used + 60 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.40s",
                                     i ? ", " : "", names[i]);
    }
    if (*feature && !*end && number >= 1 && number <= (n > 0 ? n : 1)) {
        *chosen = number - 1;
        return 0;
    }
    if (!*feature && n <= 1)
        return 0;
    return ana_fail(ctx, ANA_EPARAM, "%s: %s%s%s; choose one with `feature`: %s", f->path,
                    *feature ? "there is no feature '" : "it holds several features",
                    feature, *feature ? "'" : "", *list ? list : "1");
}

/* Cells f, f + F, f + 2F, ... of features x trials, from 1. */
static int list_cells(struct ana_ctx *ctx, int64_t feature, int64_t n_features,
                      int64_t n_cells, struct layout *l)
{
    const int64_t n = n_cells / n_features;
    size_t used = 0, room = 22 * (size_t)n + 1;

    l->cells = ana_alloc(ctx, (int64_t)room, 1);
    l->start = ana_alloc(ctx, n, sizeof *l->start);
    if (!l->cells || !l->start)
        return ANA_ERESOURCE;
    l->step = n_features;
    for (int64_t k = 0; k < n; k++)
        used += (size_t)snprintf(l->cells + used, room - used, "%s%lld", k ? " " : "",
                                 (long long)(feature + k * n_features + 1));
    l->n_runs = n;
    return 0;
}

static int take_stim(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
                     const char *feature, int64_t n_cells, struct layout *l)
{
    char whole[2 * LAYOUT_NAME], **names = NULL;
    int64_t n = 0, chosen = 0;
    int rc = 0;

    if (layout_has(f, name, "names"))
        rc = layout_texts(ctx, f, name_of(whole, name, "names"), &n, &names);
    if (rc == 0)
        rc = choose_feature(ctx, f, feature, n, names, &chosen);
    if (rc == 0 && n_cells % (n > 0 ? n : 1) != 0)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s.data` has %lld cells, which is no whole number of trials of "
            "%lld features",
            f->path, name, (long long)n_cells, (long long)n);
    if (rc == 0)
        rc = list_cells(ctx, chosen, n > 0 ? n : 1, n_cells, l);
    if (rc == 0)
        snprintf(l->note, sizeof l->note,
                 "CND, %lld trials of %lld features at %g Hz: `data = FILE`, `feature`",
                 (long long)l->n_runs, (long long)(n > 0 ? n : 1), l->rate);
    layout_free_texts(ctx, n, names);
    return rc;
}

/* Samples before the stimulus: one number, or one a trial. */
static int take_padding(struct ana_ctx *ctx, const struct layout_file *f,
                        const char *name, struct layout *l)
{
    int64_t shape[ANA_MAX_DIMS], n = 1;
    char whole[2 * LAYOUT_NAME];
    double *padding = NULL;
    int32_t ndim = 0;
    int rc = layout_numbers(ctx, f, name_of(whole, name, "paddingStartSample"), -1, &ndim,
                            shape, &padding);

    for (int32_t d = 0; rc == 0 && d < ndim; d++)
        n *= shape[d];
    if (rc == 0 && n > 1 && n != l->n_runs)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` has %lld numbers; expected one, or one for each of the %lld "
            "trials",
            f->path, whole, (long long)n, (long long)l->n_runs);
    for (int64_t k = 0; rc == 0 && n > 0 && k < l->n_runs; k++) {
        const double samples = padding[n > 1 ? k : 0];

        if (!(samples >= 0 && samples < 1e9))
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: `%s` is %g; expected the number of samples before the "
                          "stimulus",
                          f->path, whole, samples);
        l->start[k] = -samples / l->rate;
    }
    ana_free(ctx, padding);
    return rc;
}

static int take_recording(struct ana_ctx *ctx, const struct layout_file *f,
                          const char *name, int64_t n_cells, struct layout *l)
{
    int fit = 0;
    int rc = names_fit(ctx, f, name, &fit);

    if (rc == 0 && fit) {
        snprintf(l->axis_names[1], LAYOUT_NAME, "%.60s.chanlocs.labels", name);
        rc = take_places(ctx, f, name, l);
    }
    if (rc == 0 && layout_has(f, name, "extChan"))
        ana_log(ctx, "%s: the external channels in `%s.extChan` are left out", f->path,
                name);
    l->n_runs = n_cells;
    l->cells = ana_strdup(ctx, "*");
    l->start = ana_alloc(ctx, n_cells, sizeof *l->start);
    if (rc == 0 && (!l->cells || !l->start))
        rc = ANA_ERESOURCE;
    if (rc == 0 && layout_has(f, name, "paddingStartSample"))
        rc = take_padding(ctx, f, name, l);
    snprintf(l->note, sizeof l->note, "CND, %lld trials at %g Hz: `data = FILE`",
             (long long)n_cells, l->rate);
    return rc;
}

int cnd_find(struct ana_ctx *ctx, const struct layout_file *f, const char *name,
             const char *feature, struct layout *l, int *is)
{
    const int stim = strcmp(name, "stim") == 0;
    char whole[2 * LAYOUT_NAME];
    int64_t n = 0;
    int rc = 0;

    *is = layout_has(f, name, "data") && layout_has(f, name, "fs") &&
          (stim || layout_has(f, name, "dataType") || layout_has(f, name, "chanlocs"));
    if (*is)
        rc = f->format->cells(ctx, f->file, name_of(whole, name, "data"), &n);
    *is = *is && rc == 0 && n > 0;
    if (rc != 0 || !*is)
        return rc;
    l->toolbox = "CND";
    l->space = "";
    rc = layout_number(ctx, f, name_of(whole, name, "fs"), &l->rate);
    if (rc == 0 && !(l->rate > 0 && isfinite(l->rate)))
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` is %g Hz", f->path, whole, l->rate);
    snprintf(l->variable, sizeof l->variable, "%.64s.data", name);
    l->n_axes = 2;
    l->kind[0] = ANA_AXIS_TIME;
    l->kind[1] = ANA_AXIS_TARGET;
    if (rc == 0)
        rc = stim ? take_stim(ctx, f, name, feature, n, l)
                  : take_recording(ctx, f, name, n, l);
    return rc;
}
