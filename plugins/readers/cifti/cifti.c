/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CIFTI-2 as recordings: scans of grayordinates or parcels (SERIES, a file a run), or maps
 * of them (ROWS).
 */
#include "cifti.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/plugin.h>

struct recording {
    int64_t n_files;
    struct cii_file *file;
    struct cii_file atlas;
    int series;
    struct ana_run *run;
    const char **row_name;
    char *names; /* of rows and places */
    int64_t n_rows, n_targets;
    struct ana_target *target;
    int64_t *first, *member; /* places that a target is the mean of */
};
enum { NAME = 64 };

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
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: holds labels, which are no recording; name it in `atlas`",
                          f->path);
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

static double rate_of(const struct ana_params *params, const struct ana_source *source,
                      const struct cii_file *f)
{
    const double tr = ana_param_real(params, "tr");

    if (source->rate > 0)
        return source->rate;
    return tr > 0 ? 1 / tr : f->step > 0 ? 1 / f->step : 0;
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
            r->run[i].rate = rate_of(params, source, &r->file[i]);
        if (r->series && !(r->run[i].rate > 0 && isfinite(r->run[i].rate)))
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: has no SeriesStep in seconds; say the time between scans "
                "with `tr = 2 s`",
                r->file[i].path);
    }
    return 0;
}

/* The values of the atlas' first map, a label a place; NULL without an atlas. */
static int read_atlas(struct ana_ctx *ctx, const char *path, struct recording *r,
                      int64_t **label)
{
    struct cii_file *a = &r->atlas;
    double *value = NULL;
    int rc;

    *label = NULL;
    if (!*path)
        return 0;
    rc = cii_file_open(ctx, path, a);
    if (rc == 0 && a->kind != CII_LABELS)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: an atlas is a dlabel file, with names of labels", path);
    if (rc == 0 && !cii_same_places(a, &r->file[0]))
        rc = ana_fail(ctx, ANA_EDATA, "%s: has other places than %s", path,
                      r->file[0].path);
    if (rc == 0) {
        value = ana_alloc(ctx, a->N * a->T, sizeof *value);
        *label = ana_alloc(ctx, a->N, sizeof **label);
        rc = value && *label ? cii_file_read(ctx, a, 0, a->N, value) : ANA_ERESOURCE;
    }
    for (int64_t n = 0; rc == 0 && n < a->N; n++) {
        (*label)[n] = -1;
        for (int64_t k = 0; k < a->n_labels; k++)
            if (a->key[k] != 0 && (double)a->key[k] == value[n * a->T])
                (*label)[n] = k;
    }
    ana_free(ctx, value);
    return rc;
}

static int is_wanted(const struct cii_file *f, int64_t n, const char *patterns)
{
    const char *name =
        f->place[n].structure >= 0 ? f->structure[f->place[n].structure] : "";
    char text[1024], *rest = text, *one;

    if (!*patterns)
        return 1;
    snprintf(text, sizeof text, "%s", patterns);
    while ((one = strsep(&rest, " ,")))
        if (*one && fnmatch(one, name, 0) == 0)
            return 1;
    return 0;
}

/* The places of each target, one after another. */
static int gather(struct ana_ctx *ctx, struct recording *r, const char *structures,
                  const int64_t *label, int parcels)
{
    const struct cii_file *f = &r->file[0];
    const int64_t groups = parcels ? r->atlas.n_labels : 1;
    int64_t at = 0;

    r->first = ana_alloc(ctx, f->N + 1, sizeof *r->first);
    r->member = ana_alloc(ctx, f->N, sizeof *r->member);
    if (!r->first || !r->member)
        return ANA_ERESOURCE;
    for (int64_t g = 0; g < groups; g++) {
        const int64_t before = at;

        for (int64_t n = 0; n < f->N; n++) {
            if ((label && label[n] < 0) || (parcels && label[n] != g) ||
                !is_wanted(f, n, structures))
                continue;
            if (!parcels)
                r->first[r->n_targets++] = at;
            r->member[at++] = n;
        }
        if (parcels && at > before)
            r->first[++r->n_targets] = at;
    }
    r->first[r->n_targets] = at;
    return r->n_targets > 0
               ? 0
               : ana_fail(ctx, ANA_EDATA, "no place is left by `structures` and `atlas`");
}

static void name_place(const struct cii_file *f, int64_t n, char *out)
{
    const struct cii_place *p = &f->place[n];
    const char *structure = p->structure >= 0 ? f->structure[p->structure] : "";

    if (f->places == CII_PARCELS)
        snprintf(out, NAME, "%s", f->parcel[n]);
    else if (p->j < 0)
        snprintf(out, NAME, "%.40s %lld", structure, (long long)p->i);
    else
        snprintf(out, NAME, "%.30s %lld,%lld,%lld", structure, (long long)p->i,
                 (long long)p->j, (long long)p->k);
}

static void place_target(const struct cii_file *f, const struct recording *r, int64_t t,
                         struct ana_target *target)
{
    double sum[3] = {0};

    for (int64_t i = r->first[t]; i < r->first[t + 1]; i++) {
        const struct cii_place *p = &f->place[r->member[i]];

        for (int d = 0; d < 3; d++)
            sum[d] += f->has_volume && p->j >= 0
                          ? f->ijk_to_mm[d][0] * (double)p->i +
                                f->ijk_to_mm[d][1] * (double)p->j +
                                f->ijk_to_mm[d][2] * (double)p->k + f->ijk_to_mm[d][3]
                          : (double)NAN;
    }
    for (int d = 0; d < 3; d++)
        target->position[d] = sum[d] / (double)(r->first[t + 1] - r->first[t]);
}

static int describe_targets(struct ana_ctx *ctx, struct recording *r,
                            const int64_t *label, int parcels)
{
    const struct cii_file *f = &r->file[0];

    r->target = ana_alloc(ctx, r->n_targets, sizeof *r->target);
    r->names = ana_alloc(ctx, r->n_targets, NAME);
    if (!r->target || !r->names)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < r->n_targets; t++) {
        const int64_t one = r->member[r->first[t]];
        const int32_t s = f->place[one].structure;
        const char *structure = s >= 0 ? f->structure[s] : "";
        char *name = r->names + t * NAME;

        name_place(f, one, name);
        r->target[t] =
            (struct ana_target){.size = sizeof r->target[t],
                                .name = parcels ? r->atlas.label[label[one]] : name,
                                .region = label ? r->atlas.label[label[one]]
                                          : f->places == CII_PARCELS ? name
                                                                     : structure,
                                .space = f->has_volume ? "MNI152" : "",
                                .hemisphere = strstr(structure, "_LEFT")    ? "L"
                                              : strstr(structure, "_RIGHT") ? "R"
                                                                            : ""};
        place_target(f, r, t, &r->target[t]);
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
        rc = read_atlas(ctx, atlas, r, &label);
    if (rc == 0)
        rc = gather(ctx, r, ana_param_text(params, "structures"), label, parcels);
    if (rc == 0)
        rc = describe_targets(ctx, r, label, parcels);
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
                                .note = ana_strdup(ctx, note)};
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
