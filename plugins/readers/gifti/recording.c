/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings on a surface: time series of vertices (SERIES, a file a run) or maps (ROWS, an
 * item a map).
 */
#include "gifti.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/plugin.h>

#include "../lib/sidecar.h"

/* One row: an array of a file, or one column of a 2-D array. */
struct row {
    int64_t file, array, column;
};

struct recording {
    int64_t n_files;
    struct gii_file *file;
    int series;
    int64_t n_rows;
    struct row *row;
    const char **row_name; /* n_rows, for maps */
    char *names;           /* of those that need one of their own */
    int64_t *run_first;    /* n_files + 1, into row */
    struct ana_run *run;
    char hemisphere[2];
    char **json; /* n_files: the sidecar that was read, or NULL */
    int64_t n_more;
    const char **more; /* those, and files that hold values */
    struct gii_targets targets;
};
enum { ROW_NAME = 160 };

void gii_recording_close(struct ana_ctx *ctx, void *self)
{
    struct recording *r = self;

    if (!r)
        return;
    for (int64_t i = 0; r->file && i < r->n_files; i++)
        gii_file_finish(ctx, &r->file[i]);
    for (int64_t i = 0; r->json && i < r->n_files; i++)
        ana_free(ctx, r->json[i]);
    ana_free(ctx, r->json);
    ana_free(ctx, (void *)r->more);
    ana_free(ctx, r->file);
    ana_free(ctx, r->row);
    ana_free(ctx, (void *)r->row_name);
    ana_free(ctx, r->names);
    ana_free(ctx, r->run_first);
    ana_free(ctx, r->run);
    gii_targets_finish(ctx, &r->targets);
    ana_free(ctx, r);
}

/* Rows of an array: 0 = it holds no values of vertices. */
static int64_t rows_of(const struct gii_array *a)
{
    if (a->intent == GII_POINTS || a->intent == GII_TRIANGLES || a->intent == GII_LABEL)
        return 0;
    return a->ndim == 1 ? 1 : a->ndim == 2 ? a->dim[1] : 0;
}

static int find_rows(struct ana_ctx *ctx, struct recording *r)
{
    int64_t n = 0;

    for (int64_t f = 0; f < r->n_files; f++)
        for (int64_t i = 0; i < r->file[f].n_arrays; i++) {
            n += rows_of(&r->file[f].array[i]);
            r->series |= r->file[f].array[i].intent == GII_TIME;
        }
    r->row = ana_alloc(ctx, n, sizeof *r->row);
    r->run_first = ana_alloc(ctx, r->n_files + 1, sizeof *r->run_first);
    if (!r->row || !r->run_first)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < r->n_files; f++) {
        for (int64_t i = 0; i < r->file[f].n_arrays; i++)
            for (int64_t c = 0; c < rows_of(&r->file[f].array[i]); c++)
                r->row[r->n_rows++] = (struct row){f, i, c};
        r->run_first[f + 1] = r->n_rows;
        if (r->n_rows == r->run_first[f])
            return ana_fail(
                ctx, ANA_EDATA,
                "%s:%lld: holds no values of vertices, but a mesh or labels: name it "
                "in `surface`, `mask` or `atlas`",
                r->file[f].path,
                (long long)(r->file[f].n_arrays > 0 ? r->file[f].array[0].line : 1));
    }
    return 0;
}

/* Every array has a value for each vertex of one mesh. */
static int check_sizes(struct ana_ctx *ctx, struct recording *r)
{
    const struct row *first = &r->row[0];
    const int64_t N = r->file[first->file].array[first->array].dim[0];

    for (int64_t i = 0; i < r->n_rows; i++) {
        const struct gii_file *f = &r->file[r->row[i].file];
        const struct gii_array *a = &f->array[r->row[i].array];

        if (a->dim[0] != N)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: array %lld has %lld values, that of %s %lld; one recording "
                "lies on one mesh",
                f->path, (long long)r->row[i].array + 1, (long long)a->dim[0],
                r->file[0].path, (long long)N);
        if (strcmp(f->hemisphere, r->file[0].hemisphere) != 0)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: is of hemisphere %s and %s of %s; give each a [brain] of "
                "its own",
                f->path, f->hemisphere[0] ? f->hemisphere : "(none)", r->file[0].path,
                r->file[0].hemisphere[0] ? r->file[0].hemisphere : "(none)");
    }
    strcpy(r->hemisphere, r->file[0].hemisphere);
    return 0;
}

/* TimeStep is in s by the standard and in ms where FreeSurfer wrote it. */
static double own_step(struct ana_ctx *ctx, const struct gii_file *f)
{
    double step = 0;

    for (int64_t i = 0; i < f->n_arrays && step <= 0; i++)
        step = f->array[i].step;
    if (!(step > 0) || !isfinite(step))
        return 0;
    if (step >= 50)
        ana_warn(ctx, "%s: a TimeStep of %g was taken for ms", f->path, step);
    return step >= 50 ? step / 1000 : step;
}

/* The INI file's word goes before the JSON file's, that before TimeStep; what disagrees
 * is said. */
static int find_rate(struct ana_ctx *ctx, const struct ana_params *params,
                     const struct ana_source *source, struct recording *r, int64_t i)
{
    const struct gii_file *f = &r->file[i];
    const double asked =
        source->rate > 0 ? 1 / source->rate : ana_param_real(params, "tr");
    double sidecar = 0, own, known;
    int rc = sidecar_tr(ctx, f->path, strstr(f->path, ".func.gii") ? ".func.gii" : ".gii",
                        &r->json[i], &sidecar);

    if (rc != 0)
        return rc;
    own = sidecar > 0 && asked > 0 ? 0 : own_step(ctx, f);
    if (sidecar_disagree(sidecar, own))
        ana_warn(ctx,
                 "%s: its TimeStep is %g s and the JSON file's TR %g s; the JSON file's "
                 "was taken",
                 f->path, own, sidecar);
    known = sidecar > 0 ? sidecar : own;
    if (sidecar_disagree(asked, known))
        ana_warn(ctx, "%s: its TR is %g s; the %g s that was asked for was taken",
                 f->path, known, asked);
    known = asked > 0 ? asked : known;
    if (!(known > 0))
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: has no TimeStep; say the time between scans with `tr = "
                        "2 s`",
                        f->path, (long long)f->array[0].line);
    r->run[i].rate = 1 / known;
    return 0;
}

static int make_runs(struct ana_ctx *ctx, const struct ana_params *params,
                     const struct ana_source *source, struct recording *r)
{
    const int64_t n = r->series ? r->n_files : 1;
    int rc = 0;

    r->run = ana_alloc(ctx, n, sizeof *r->run);
    r->json = ana_alloc(ctx, r->n_files, sizeof *r->json);
    if (!r->run || !r->json)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        r->run[i] = (struct ana_run){
            .size = sizeof *r->run,
            .id = r->series ? r->file[i].stem : "maps",
            .n = r->series ? r->run_first[i + 1] - r->run_first[i] : r->n_rows};
        if (r->series)
            rc = find_rate(ctx, params, source, r, i);
    }
    return rc;
}

/* A file's only map has the file's name, others the name of their array. */
static int name_rows(struct ana_ctx *ctx, struct recording *r)
{
    r->row_name = ana_alloc(ctx, r->n_rows, sizeof *r->row_name);
    r->names = ana_alloc(ctx, r->n_rows, ROW_NAME);
    if (!r->row_name || !r->names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < r->n_rows; i++) {
        const struct gii_file *f = &r->file[r->row[i].file];
        const char *own = f->array[r->row[i].array].name;
        char *name = r->names + i * ROW_NAME;

        if (r->run_first[r->row[i].file + 1] - r->run_first[r->row[i].file] == 1)
            snprintf(name, ROW_NAME, "%s", f->stem);
        else if (own)
            snprintf(name, ROW_NAME, "%s", own);
        else
            snprintf(name, ROW_NAME, "%.100s:%lld", f->stem,
                     (long long)(i - r->run_first[r->row[i].file]) + 1);
        r->row_name[i] = name;
    }
    return 0;
}

static void add_more(struct recording *r, int64_t n, char *const *path)
{
    for (int64_t i = 0; i < n; i++)
        r->more[r->n_more++] = path[i];
}

/* Files that were read beside those of the source: sidecars, and files of values. */
static int list_more(struct ana_ctx *ctx, struct recording *r)
{
    int64_t n = r->n_files;

    for (int64_t f = 0; f < r->n_files; f++)
        n += r->file[f].n_external;
    for (int k = 0; k < 3; k++)
        n += r->targets.external[k].n;
    r->more = ana_alloc(ctx, n, sizeof *r->more);
    if (!r->more)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < r->n_files; f++) {
        add_more(r, r->json[f] != NULL, &r->json[f]);
        add_more(r, r->file[f].n_external, r->file[f].external);
    }
    for (int k = 0; k < 3; k++)
        add_more(r, r->targets.external[k].n, r->targets.external[k].path);
    return 0;
}

int gii_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self)
{
    const struct gii_choice choice = {
        ana_param_text(params, "mask"), ana_param_text(params, "atlas"),
        ana_param_text(params, "surface"), ana_param_text(params, "space"),
        strcmp(ana_param_text(params, "average"), "parcels") == 0};
    struct recording *r = ana_alloc(ctx, 1, sizeof *r);
    int rc = r ? 0 : ANA_ERESOURCE;

    *self = NULL;
    if (rc == 0) {
        r->file = ana_alloc(ctx, source->n_files, sizeof *r->file);
        rc = r->file ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < source->n_files; i++) {
        r->n_files = i + 1;
        if (gii_is_annot(source->files[i]) || gii_is_label(source->files[i]))
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: names vertices, which is no recording: name it in `%s`",
                          source->files[i],
                          gii_is_annot(source->files[i]) ? "atlas" : "mask");
        else
            rc = gii_file_read(ctx, source->files[i], &r->file[i]);
    }
    if (rc == 0)
        rc = find_rows(ctx, r);
    if (rc == 0)
        rc = check_sizes(ctx, r);
    if (rc == 0)
        rc = make_runs(ctx, params, source, r);
    if (rc == 0 && !r->series)
        rc = name_rows(ctx, r);
    if (rc == 0)
        rc = gii_targets_make(ctx, &choice,
                              r->file[r->row[0].file].array[r->row[0].array].dim[0],
                              r->hemisphere, &r->targets);
    if (rc == 0)
        rc = list_more(ctx, r);
    if (rc == 0)
        *self = r;
    else
        gii_recording_close(ctx, r);
    return rc;
}

int gii_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info)
{
    const struct recording *r = self;

    (void)ctx;
    info->layout = r->series ? ANA_LAYOUT_SERIES : ANA_LAYOUT_ROWS;
    info->unit = "";
    info->n_runs = r->series ? r->n_files : 1;
    info->runs = r->run;
    info->n_targets = r->targets.n;
    info->targets = r->targets.target;
    info->n_rows = r->series ? 0 : r->n_rows;
    info->row_names = r->series ? NULL : r->row_name;
    info->block = 1;
    info->map = ".func.gii";
    info->n_files = r->n_more;
    info->files = r->more;
    return 0;
}

static double value_at(const struct recording *r, int64_t row, int64_t target)
{
    const struct row *at = &r->row[row];
    const struct gii_array *a = &r->file[at->file].array[at->array];
    const int64_t columns = a->ndim == 2 ? a->dim[1] : 1;
    const int64_t from = r->targets.first[target], to = r->targets.first[target + 1];
    double sum = 0;

    for (int64_t i = from; i < to; i++)
        sum += gii_value(a, r->targets.member[i] * columns + at->column);
    return to - from == 1 ? sum : sum / (double)(to - from);
}

int gii_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out)
{
    const struct recording *r = self;
    const int64_t n_runs = r->series ? r->n_files : 1;

    if (run < 0 || run >= n_runs || first < 0 || n < 0 || n > r->run[run].n - first)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld rows from %lld on of run %lld do not exist", (long long)n,
                        (long long)first, (long long)run);
    for (int64_t i = 0; targets && i < n_targets; i++)
        if (targets[i] < 0 || targets[i] >= r->targets.n)
            return ana_fail(ctx, ANA_EPARAM, "target %lld does not exist; there are %lld",
                            (long long)targets[i], (long long)r->targets.n);
    n_targets = targets ? n_targets : r->targets.n;
    for (int64_t t = 0; t < n; t++)
        for (int64_t i = 0; i < n_targets; i++) {
            const double value =
                value_at(r, (r->series ? r->run_first[run] : 0) + first + t,
                         targets ? targets[i] : i);

            if (out->dtype == ANA_F64)
                ((double *)out->data)[t * n_targets + i] = value;
            else
                ((float *)out->data)[t * n_targets + i] = (float)value;
        }
    return 0;
}

int gii_recording_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                        const char *path)
{
    const struct recording *r = self;
    double *value;
    int rc;

    if (ana_tensor_count(map) != r->targets.n)
        return ana_fail(ctx, ANA_ESHAPE,
                        "%s: expected %lld values, one a target, got %lld", path,
                        (long long)r->targets.n, (long long)ana_tensor_count(map));
    value = ana_alloc(ctx, r->targets.N, sizeof *value);
    if (!value)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < r->targets.n; t++)
        for (int64_t i = r->targets.first[t]; i < r->targets.first[t + 1]; i++)
            value[r->targets.member[i]] = ana_tensor_get(map, t);
    rc = gii_write(ctx, r->targets.N, value, r->hemisphere, path);
    ana_free(ctx, value);
    return rc;
}
