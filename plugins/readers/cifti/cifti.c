/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CIFTI-2 as recordings: scans of grayordinates or parcels (SERIES, a file a run), or maps
 * of them (ROWS).
 */
#include "cifti.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/plugin.h>

static void close_recording(struct ana_ctx *ctx, void *self)
{
    struct recording *r = self;

    if (!r)
        return;
    for (int64_t i = 0; r->file && i < r->n_files; i++)
        cii_file_finish(ctx, &r->file[i]);
    cii_file_finish(ctx, &r->atlas);
    ana_free(ctx, r->file);
    ana_free(ctx, r->run);
    ana_free(ctx, (void *)r->row_name);
    ana_free(ctx, r->names);
    ana_free(ctx, r->target);
    ana_free(ctx, r->first);
    ana_free(ctx, r->member);
    ana_free(ctx, r);
}

static int open_files(struct ana_ctx *ctx, const struct ana_source *source,
                      struct recording *r)
{
    int rc = 0;

    r->file = ana_alloc(ctx, source->n_files, sizeof *r->file);
    if (!r->file)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < source->n_files; i++) {
        struct cii_file *f = &r->file[i];

        r->n_files = i + 1;
        rc = cii_file_open(ctx, source->files[i], f);
        if (rc == 0 && f->kind == CII_LABELS)
            rc = ana_fail(
                ctx, ANA_EDATA,
                "%s: CIFTI XML, line %lld: holds labels, which are no recording; "
                "name it in `atlas`",
                f->path, (long long)f->kind_line);
        if (rc == 0 && i > 0 && f->kind != r->file[0].kind)
            rc = ana_fail(ctx, ANA_EDATA, "%s: is of another kind than %s", f->path,
                          r->file[0].path);
        if (rc == 0 && i > 0 && !cii_same_places(f, &r->file[0]))
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: has other places than %s; one recording lies in one space",
                          f->path, r->file[0].path);
    }
    r->series = rc == 0 && r->file[0].kind == CII_SERIES;
    return rc;
}

static const double LONG_TR = 100; /* s; nobody waits so long, and some write ms as s */

static double rate_of(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_source *source, const struct cii_file *f)
{
    const double asked =
        source->rate > 0 ? 1 / source->rate : ana_param_real(params, "tr");

    if (asked > 0 && f->step > 0 && fabs(f->step - asked) > .01 * asked)
        ana_warn(ctx, "%s: its TR is %g s; the %g s that was asked for was taken",
                 f->path, f->step, asked);
    if (!(asked > 0) && f->step >= LONG_TR)
        ana_warn(
            ctx,
            "%s: a TR of %g s; if the file means milliseconds, say it with `tr = %g s`",
            f->path, f->step, f->step / 1000);
    return asked > 0 ? 1 / asked : f->step > 0 ? 1 / f->step : 0;
}

static int make_runs(struct ana_ctx *ctx, const struct ana_params *params,
                     const struct ana_source *source, struct recording *r)
{
    for (int64_t i = 0; i < r->n_files; i++)
        r->n_rows += r->file[i].T;
    r->run = ana_alloc(ctx, r->n_files, sizeof *r->run);
    if (!r->run)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < (r->series ? r->n_files : 1); i++) {
        r->run[i] = (struct ana_run){.size = sizeof *r->run,
                                     .id = r->series ? r->file[i].stem : "maps",
                                     .n = r->series ? r->file[i].T : r->n_rows};
        if (r->series)
            r->run[i].rate = rate_of(ctx, params, source, &r->file[i]);
        if (r->series && !(r->run[i].rate > 0 && isfinite(r->run[i].rate)))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: CIFTI XML, line %lld: has no SeriesStep in seconds; say the time "
                "between scans with `tr = 2 s`",
                r->file[i].path, (long long)r->file[i].kind_line);
    }
    return 0;
}

static int name_rows(struct ana_ctx *ctx, struct recording *r)
{
    int64_t at = 0;

    r->row_name = ana_alloc(ctx, r->n_rows, sizeof *r->row_name);
    if (!r->row_name)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < r->n_files; i++)
        for (int64_t t = 0; t < r->file[i].T; t++)
            r->row_name[at++] =
                r->file[i].T == 1 ? r->file[i].stem : r->file[i].map_name[t];
    return 0;
}

static int open_recording(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_source *source, void **self)
{
    const char *atlas = ana_param_text(params, "atlas");
    const int parcels = strcmp(ana_param_text(params, "average"), "parcels") == 0;
    struct recording *r = ana_alloc(ctx, 1, sizeof *r);
    int64_t *label = NULL;
    int rc = r ? open_files(ctx, source, r) : ANA_ERESOURCE;

    *self = NULL;
    if (rc == 0)
        rc = make_runs(ctx, params, source, r);
    if (rc == 0 && !r->series)
        rc = name_rows(ctx, r);
    if (rc == 0 && parcels && !*atlas)
        rc = ana_fail(
            ctx, ANA_EPARAM,
            "`average = parcels` needs to know the parcels: name a dlabel file in "
            "`atlas`");
    if (rc == 0)
        rc = cii_read_atlas(ctx, atlas, r, &label);
    if (rc == 0)
        rc = cii_gather(ctx, r, ana_param_text(params, "structures"), label, parcels);
    if (rc == 0)
        rc = cii_describe_targets(ctx, r, label, parcels);
    ana_free(ctx, label);
    if (rc == 0)
        *self = r;
    else
        close_recording(ctx, r);
    return rc;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    const struct recording *r = self;

    (void)ctx;
    info->layout = r->series ? ANA_LAYOUT_SERIES : ANA_LAYOUT_ROWS;
    info->unit = "";
    info->n_runs = r->series ? r->n_files : 1;
    info->runs = r->run;
    info->n_targets = r->n_targets;
    info->targets = r->target;
    info->n_rows = r->series ? 0 : r->n_rows;
    info->row_names = r->series ? NULL : r->row_name;
    info->block = r->series ? r->run[0].n : r->n_rows;
    info->map = r->file[0].places == CII_PARCELS ? ".pscalar.nii" : ".dscalar.nii";
    return 0;
}

/* Rows [first, first + n) of one file of one target, added to column t of out. */
static int read_target(struct ana_ctx *ctx, const struct recording *r, int64_t file,
                       int64_t first, int64_t n, int64_t target, int64_t step,
                       double *series, double *out)
{
    const struct cii_file *f = &r->file[file];
    const int64_t from = r->first[target], to = r->first[target + 1];
    int rc = 0;

    for (int64_t t = 0; t < n; t++)
        out[t * step] = 0;
    for (int64_t i = from; rc == 0 && i < to; i++) {
        rc = cii_file_read(ctx, f, r->member[i], 1, series);
        for (int64_t t = 0; rc == 0 && t < n; t++)
            out[t * step] += series[first + t];
    }
    for (int64_t t = 0; to - from > 1 && t < n; t++)
        out[t * step] /= (double)(to - from);
    return rc;
}

static int read_rows(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                     int64_t n, const int64_t *targets, int64_t n_targets,
                     struct ana_tensor *out)
{
    const struct recording *r = self;
    double *x, *series;
    int64_t longest = 1, at = 0;
    int rc = 0;

    if (run < 0 || run >= (r->series ? r->n_files : 1) || first < 0 || n < 0 ||
        n > r->run[run].n - first)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld rows from %lld on of run %lld do not exist", (long long)n,
                        (long long)first, (long long)run);
    for (int64_t i = 0; targets && i < n_targets; i++)
        if (targets[i] < 0 || targets[i] >= r->n_targets)
            return ana_fail(ctx, ANA_EPARAM, "target %lld does not exist; there are %lld",
                            (long long)targets[i], (long long)r->n_targets);
    n_targets = targets ? n_targets : r->n_targets;
    for (int64_t f = 0; f < r->n_files; f++)
        longest = r->file[f].T > longest ? r->file[f].T : longest;
    series = ana_alloc(ctx, longest, sizeof *series);
    x = ana_alloc(ctx, n * n_targets, sizeof *x);
    rc = series && x ? 0 : ANA_ERESOURCE;
    for (int64_t f = r->series ? run : 0;
         rc == 0 && f < (r->series ? run + 1 : r->n_files); f++) {
        const int64_t low = first > at ? first - at : 0;
        const int64_t high =
            first + n - at < r->file[f].T ? first + n - at : r->file[f].T;

        for (int64_t i = 0; rc == 0 && low < high && i < n_targets; i++)
            rc = read_target(ctx, r, f, low, high - low, targets ? targets[i] : i,
                             n_targets, series, x + (at + low - first) * n_targets + i);
        at += r->series ? 0 : r->file[f].T;
    }
    for (int64_t i = 0; rc == 0 && i < n * n_targets; i++) {
        if (out->dtype == ANA_F64)
            ((double *)out->data)[i] = x[i];
        else
            ((float *)out->data)[i] = (float)x[i];
    }
    ana_free(ctx, series);
    ana_free(ctx, x);
    return rc;
}

static int write_map(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                     const char *path)
{
    const struct recording *r = self;
    double *value;
    int rc;

    if (ana_tensor_count(map) != r->n_targets)
        return ana_fail(ctx, ANA_ESHAPE,
                        "%s: expected %lld values, one a target, got %lld", path,
                        (long long)r->n_targets, (long long)ana_tensor_count(map));
    value = ana_alloc(ctx, r->file[0].N, sizeof *value);
    if (!value)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < r->n_targets; t++)
        for (int64_t i = r->first[t]; i < r->first[t + 1]; i++)
            value[r->member[i]] = ana_tensor_get(map, t);
    rc = cii_write(ctx, &r->file[0], value, path);
    ana_free(ctx, value);
    return rc;
}

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    static const char *const kinds[] = {".dtseries.nii", ".ptseries.nii", ".dscalar.nii",
                                        ".dlabel.nii",   ".pscalar.nii",  ".dconn.nii",
                                        ".pconn.nii",    ".plabel.nii"};
    const char *path = source->n_files > 0 ? source->files[0] : "";
    const size_t length = strlen(path);

    (void)ctx;
    *confidence = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t n = strlen(kinds[i]);

        if (length > n && strcasecmp(path + length - n, kinds[i]) == 0)
            *confidence = 100;
    }
    return 0;
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    static const char *const kinds[] = {"", "scans", "maps", "labels"};
    struct cii_file f;
    struct ana_entry *e = NULL;
    char note[256];
    int rc = cii_file_open(ctx, path, &f);

    *n = 0;
    if (rc == 0) {
        snprintf(note, sizeof note, "CIFTI-2, %s x %s of %lld structures%s",
                 kinds[f.kind],
                 f.places == CII_PARCELS ? "parcels" : "vertices and voxels",
                 (long long)f.n_structures, f.has_volume ? ", some in a volume" : "");
        e = ana_alloc(ctx, 1, sizeof *e);
        rc = e ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0) {
        *e = (struct ana_entry){.size = sizeof *e,
                                .dtype = ANA_F32,
                                .ndim = 2,
                                .shape = {f.T, f.N},
                                .name = ana_strdup(ctx, ""),
                                .note = ana_strdup(ctx, note),
                                .rate = f.step > 0 ? 1 / f.step : 0};
        rc = e->name && e->note ? 0 : ANA_ERESOURCE;
    }
    if (rc != 0 && e) {
        ana_free(ctx, (void *)(uintptr_t)e->name);
        ana_free(ctx, (void *)(uintptr_t)e->note);
        ana_free(ctx, e);
        e = NULL;
    }
    *n = rc == 0;
    *entries = e;
    cii_file_finish(ctx, &f);
    return rc;
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = open_recording,
                                        .describe = describe,
                                        .read = read_rows,
                                        .write = write_map,
                                        .close = close_recording,
                                        .list = list};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "structures",
     .fallback = "",
     .help =
         "structures that are targets, as in CORTEX_LEFT or CORTEX_* (blanks between)"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "atlas",
     .fallback = "",
     .help = "labels of the same places (dlabel): each place's region; label 0 is none"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "average",
     .fallback = "places",
     .choices = "places|parcels",
     .help = "a target is a vertex or voxel, or the mean over a parcel of the atlas"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "tr",
     .fallback = "0",
     .min = 0,
     .max = 1000,
     .unit = "s",
     .help = "time between scans; 0 = as SeriesStep says"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "cifti",
    .version = "1.0",
    .summary =
        "CIFTI-2 grayordinates and parcels (.dtseries, .ptseries, .dscalar, .pscalar)",
    .licence = "BSD-3-Clause",
    .citation = "Glasser et al. 2013, NeuroImage 80:105",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
