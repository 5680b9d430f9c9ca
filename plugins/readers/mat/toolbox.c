/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A layout made a source, and what it adds to what the arrays say of themselves.
 */
#include "toolbox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "mat.h"

struct toolbox {
    struct ana_arrays *arrays;
    struct layout layout; /* of the first file; toolbox NULL = none */
    int64_t n_start;
    double *start; /* of the runs of all files, or NULL */
    struct ana_run *run;
    char **run_id; /* n_start, where runs have names of their own */
    struct ana_target *target;
};

void toolbox_close(struct ana_ctx *ctx, struct toolbox *t)
{
    if (!t)
        return;
    ana_arrays_close(ctx, t->arrays);
    layout_finish(ctx, &t->layout);
    for (int64_t i = 0; t->run_id && i < t->n_start; i++)
        ana_free(ctx, t->run_id[i]);
    ana_free(ctx, t->run_id);
    ana_free(ctx, t->start);
    ana_free(ctx, t->run);
    ana_free(ctx, t->target);
    ana_free(ctx, t);
}

struct ana_arrays *toolbox_arrays(struct toolbox *t)
{
    return t->arrays;
}

/* Behind the starts of the files before. */
static int add_starts(struct ana_ctx *ctx, struct toolbox *t, const struct layout *l)
{
    double *grown;

    if (!l->start)
        return 0;
    grown = ana_alloc(ctx, t->n_start + l->n_runs, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (t->n_start > 0)
        memcpy(grown, t->start, (size_t)t->n_start * sizeof *grown);
    memcpy(grown + t->n_start, l->start, (size_t)l->n_runs * sizeof *grown);
    ana_free(ctx, t->start);
    t->start = grown;
    t->n_start += l->n_runs;
    return 0;
}

static int same(const struct layout *a, const struct layout *b)
{
    return b->toolbox && strcmp(a->toolbox, b->toolbox) == 0 &&
           strcmp(a->variable, b->variable) == 0 &&
           strcmp(a->cells ? a->cells : "", b->cells ? b->cells : "") == 0 &&
           a->n_axes == b->n_axes && fabs(a->rate - b->rate) <= 1e-9 * a->rate;
}

/* The layouts of all files, which must be one. */
static int find_layouts(struct ana_ctx *ctx, const struct ana_source *source,
                        const char *feature, struct toolbox *t)
{
    int rc = layout_find(ctx, source->files[0], source->var.name, feature, &t->layout);

    if (rc == 0 && t->layout.toolbox)
        rc = add_starts(ctx, t, &t->layout);
    for (int64_t i = 1; rc == 0 && t->layout.toolbox && i < source->n_files; i++) {
        struct layout other;

        rc = layout_find(ctx, source->files[i], source->var.name, feature, &other);
        if (rc == 0 && !same(&t->layout, &other))
            rc = ana_fail(
                ctx, ANA_EDATA,
                "%s: is %s of %s at %g Hz, and %s is %s of %s at %g Hz; files of "
                "one recording must be laid out alike",
                source->files[i], other.toolbox ? other.toolbox : "no layout",
                other.variable, other.rate, source->files[0], t->layout.toolbox,
                t->layout.variable, t->layout.rate);
        if (rc == 0)
            rc = add_starts(ctx, t, &other);
        layout_finish(ctx, &other);
    }
    return rc;
}

static int open_layout(struct ana_ctx *ctx, const struct ana_source *source,
                       struct toolbox *t)
{
    static const char *const names[] = {"", "stimulus", "time", "target"};
    const struct layout *l = &t->layout;
    struct ana_source own = *source;

    if (source->rate > 0 && l->rate > 0 &&
        fabs(source->rate - l->rate) > 1e-6 * source->rate)
        return ana_fail(ctx, ANA_EPARAM, "%s: has %g Hz, not the %g Hz of '@'",
                        source->files[0], l->rate, source->rate);
    own.rate = l->rate;
    own.var.name = l->variable;
    own.var.cells = l->cells;
    own.var.n_axes = l->n_axes;
    for (int64_t i = 0; i < l->n_axes; i++) {
        own.var.axis[i].kind = l->kind[i];
        own.var.axis[i].name = names[l->kind[i] == ANA_AXIS_STIMULUS ? 1
                                     : l->kind[i] == ANA_AXIS_TIME   ? 2
                                                                     : 3];
        own.var.axis[i].names = *l->axis_names[i] ? l->axis_names[i] : NULL;
    }
    return ana_arrays_open(ctx, &mat_any_format, &own, &t->arrays);
}

int toolbox_open(struct ana_ctx *ctx, const struct ana_source *source,
                 const char *feature, struct toolbox **out)
{
    const int bare = source->n_files > 0 && source->var.n_axes == 0 &&
                     !source->var.cells && !source->var.times;
    struct toolbox *t = ana_alloc(ctx, 1, sizeof *t);
    int rc = t ? 0 : ANA_ERESOURCE;

    if (rc == 0 && bare)
        rc = find_layouts(ctx, source, feature, t);
    if (rc == 0)
        rc = t->layout.toolbox
                 ? open_layout(ctx, source, t)
                 : ana_arrays_open(ctx, &mat_any_format, source, &t->arrays);
    if (rc == 0 && t->layout.toolbox && t->layout.n_places > 0)
        rc = ana_arrays_set_space(ctx, t->arrays, t->layout.space);
    if (rc != 0) {
        toolbox_close(ctx, t);
        t = NULL;
    }
    *out = t;
    return rc;
}

/* Runs that are every second cell, say, are called by their trials, 1, 2, ..., and not by
 * their cells: by their names they are found beside recordings. A file's name in front
 * ("dataStim1:3") and what follows the number stay. */
static int name_runs(struct ana_ctx *ctx, struct toolbox *t)
{
    const int64_t step = t->layout.step;
    char name[1100], *rest;

    if (step < 2)
        return 0;
    t->run_id = ana_alloc(ctx, t->n_start, sizeof *t->run_id);
    if (!t->run_id)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < t->n_start; i++) {
        const char *id = t->run[i].id, *colon = strrchr(id, ':');
        const int front = colon ? (int)(colon - id) + 1 : 0;
        const long long cell = strtoll(id + front, &rest, 10);

        snprintf(name, sizeof name, "%.*s%lld%s", front, id, (cell - 1) / step + 1, rest);
        t->run_id[i] = ana_strdup(ctx, name);
        if (!t->run_id[i])
            return ANA_ERESOURCE;
        t->run[i].id = t->run_id[i];
    }
    return 0;
}

static int copy_runs(struct ana_ctx *ctx, struct toolbox *t,
                     struct ana_recording_info *info)
{
    if (info->n_runs != t->n_start)
        return ana_fail(ctx, ANA_EDATA, "%lld runs were expected, there are %lld",
                        (long long)t->n_start, (long long)info->n_runs);
    if (!t->run) {
        int rc;

        t->run = ana_alloc(ctx, info->n_runs, sizeof *t->run);
        if (!t->run)
            return ANA_ERESOURCE;
        memcpy(t->run, info->runs, (size_t)info->n_runs * sizeof *t->run);
        for (int64_t i = 0; i < info->n_runs; i++)
            t->run[i].start = t->start[i];
        rc = name_runs(ctx, t);
        if (rc != 0)
            return rc;
    }
    info->runs = t->run;
    return 0;
}

static int copy_targets(struct ana_ctx *ctx, struct toolbox *t,
                        struct ana_recording_info *info)
{
    const struct layout *l = &t->layout;

    if (!t->target) {
        t->target = ana_alloc(ctx, info->n_targets, sizeof *t->target);
        if (!t->target)
            return ANA_ERESOURCE;
        memcpy(t->target, info->targets, (size_t)info->n_targets * sizeof *t->target);
    }
    for (int64_t i = 0; i < info->n_targets; i++)
        for (int64_t p = 0; p < l->n_places; p++)
            if (isnan(t->target[i].position[0]) &&
                strcmp(t->target[i].name, l->place_name[p]) == 0)
                memcpy(t->target[i].position, l->place + 3 * p, 3 * sizeof *l->place);
    info->targets = t->target;
    return 0;
}

int toolbox_describe(struct ana_ctx *ctx, struct toolbox *t,
                     struct ana_recording_info *info)
{
    int rc = ana_arrays_describe(ctx, t->arrays, info);

    if (rc == 0 && t->start)
        rc = copy_runs(ctx, t, info);
    if (rc == 0 && t->layout.n_places > 0)
        rc = copy_targets(ctx, t, info);
    return rc;
}
