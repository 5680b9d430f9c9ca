/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which vertices are targets, where they lie and what their regions are called.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anaflow/files.h>

#include "gifti.h"

/* What is known of every vertex. */
struct vertices {
    int64_t N;
    uint8_t *wanted;
    int64_t *region; /* -1 = none */
    double *xyz;     /* 3 N, or NULL */
};

/* The first array with one value a vertex. */
static const struct gii_array *map_of(const struct gii_file *f, int64_t N)
{
    for (int64_t i = 0; i < f->n_arrays; i++)
        if (f->array[i].n == N && f->array[i].intent != GII_POINTS)
            return &f->array[i];
    return NULL;
}

static int other_mesh(struct ana_ctx *ctx, const char *path, int64_t N)
{
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: has no array of %lld values, one a vertex of the data; it belongs "
        "to another mesh or hemisphere",
        path, (long long)N);
}

struct wanted {
    const char *path;
    struct vertices *v;
};

static int want(struct ana_ctx *ctx, void *arg, int64_t line, int64_t vertex,
                const double place[3])
{
    const struct wanted *w = arg;

    (void)place;
    if (vertex < 0 || vertex >= w->v->N)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: vertex %lld does not exist; the data have %lld",
                        w->path, (long long)line, (long long)vertex, (long long)w->v->N);
    w->v->wanted[vertex] = 1;
    return 0;
}

static int mask_by_label(struct ana_ctx *ctx, const char *path, struct vertices *v)
{
    int64_t n;

    return gii_label_read(ctx, path, 0, NULL, &n, want, &(struct wanted){path, v});
}

/* The files that hold values of the mask, atlas or surface stay known. */
static void keep_external(struct gii_file *f, int which, struct gii_targets *out)
{
    out->external[which].n = f->n_external;
    out->external[which].path = f->external;
    f->external = NULL;
    f->n_external = 0;
}

static int take_mask(struct ana_ctx *ctx, const char *path, struct vertices *v,
                     struct gii_targets *out)
{
    const struct gii_array *a;
    struct gii_file f;
    int rc;

    memset(v->wanted, !*path, (size_t)v->N);
    if (!*path)
        return 0;
    if (gii_is_label(path))
        return mask_by_label(ctx, path, v);
    rc = gii_file_read(ctx, path, &f);
    a = rc == 0 ? map_of(&f, v->N) : NULL;
    if (rc == 0 && !a)
        rc = other_mesh(ctx, path, v->N);
    for (int64_t i = 0; rc == 0 && i < v->N; i++)
        v->wanted[i] = gii_value(a, i) != 0 && !isnan(gii_value(a, i));
    keep_external(&f, 0, out);
    gii_file_finish(ctx, &f);
    return rc;
}

/* What is called ???, unknown, or in any way medial wall, or nothing, is no region. */
static int is_region(const char *name)
{
    return *name && strcmp(name, "???") != 0 && strcasecmp(name, "unknown") != 0 &&
           !strcasestr(name, "medial_wall") && !strcasestr(name, "medialwall") &&
           !strcasestr(name, "medial wall");
}

static int take_annot(struct ana_ctx *ctx, const char *path, struct vertices *v,
                      struct gii_targets *out)
{
    const int rc =
        gii_annot_read(ctx, path, v->N, v->region, &out->n_regions, &out->region);

    for (int64_t i = 0; rc == 0 && i < v->N; i++) {
        if (v->region[i] >= 0 && !is_region(out->region[v->region[i]]))
            v->region[i] = -1;
        v->wanted[i] = v->wanted[i] && v->region[i] >= 0;
    }
    return rc;
}

static int take_atlas(struct ana_ctx *ctx, const char *path, struct vertices *v,
                      struct gii_targets *out)
{
    const struct gii_array *a;
    struct gii_file f;
    int rc;

    for (int64_t i = 0; i < v->N; i++)
        v->region[i] = -1;
    if (!*path)
        return 0;
    if (gii_is_annot(path))
        return take_annot(ctx, path, v, out);
    rc = gii_file_read(ctx, path, &f);
    a = rc == 0 ? map_of(&f, v->N) : NULL;
    if (rc == 0 && !a)
        rc = other_mesh(ctx, path, v->N);
    if (rc == 0 && f.n_labels == 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: an atlas needs a <LabelTable>, and it is empty", path);
    for (int64_t i = 0; rc == 0 && i < v->N; i++) {
        for (int64_t k = 0; k < f.n_labels; k++)
            if ((double)f.key[k] == gii_value(a, i) && f.key[k] != 0 &&
                is_region(f.label[k]))
                v->region[i] = k;
        v->wanted[i] = v->wanted[i] && v->region[i] >= 0;
    }
    if (rc == 0) { /* the names stay */
        out->region = f.label;
        out->n_regions = f.n_labels;
        f.label = NULL;
        f.n_labels = 0;
    }
    keep_external(&f, 1, out);
    gii_file_finish(ctx, &f);
    return rc;
}

static int take_surface(struct ana_ctx *ctx, const char *path, struct vertices *v,
                        struct gii_targets *out)
{
    const struct gii_array *points = NULL;
    struct gii_file f;
    int rc;

    if (!*path)
        return 0;
    rc = gii_file_read(ctx, path, &f);
    for (int64_t i = 0; rc == 0 && i < f.n_arrays; i++)
        if (f.array[i].intent == GII_POINTS && f.array[i].ndim == 2 &&
            f.array[i].dim[0] == v->N && f.array[i].dim[1] == 3)
            points = &f.array[i];
    if (rc == 0 && !points)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: has no points (NIFTI_INTENT_POINTSET) of %lld vertices", path,
                      (long long)v->N);
    if (rc == 0) {
        v->xyz = ana_alloc(ctx, 3 * v->N, sizeof *v->xyz);
        rc = v->xyz ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < 3 * v->N; i++)
        v->xyz[i] = gii_value(points, i);
    keep_external(&f, 2, out);
    gii_file_finish(ctx, &f);
    return rc;
}

/* The vertices of each target, one after another. */
static int gather(struct ana_ctx *ctx, const struct vertices *v, int parcels,
                  struct gii_targets *out)
{
    int64_t at = 0;

    out->first = ana_alloc(ctx, v->N + 1, sizeof *out->first);
    out->member = ana_alloc(ctx, v->N, sizeof *out->member);
    if (!out->first || !out->member)
        return ANA_ERESOURCE;
    for (int64_t r = 0; r < (parcels ? out->n_regions : 1); r++) {
        for (int64_t i = 0; i < v->N; i++) {
            if (!v->wanted[i] || (parcels && v->region[i] != r))
                continue;
            if (!parcels)
                out->first[out->n++] = at;
            out->member[at++] = i;
        }
        if (parcels && at > (out->n > 0 ? out->first[out->n] : 0)) {
            out->first[++out->n] = at;
        }
    }
    out->first[out->n] = at;
    return 0;
}

static void describe(const struct vertices *v, const struct gii_choice *choice,
                     const char *hemisphere, struct gii_targets *out)
{
    for (int64_t t = 0; t < out->n; t++) {
        struct ana_target *target = &out->target[t];
        const int64_t one = out->member[out->first[t]];
        const int64_t n = out->first[t + 1] - out->first[t];
        const char *region = v->region[one] >= 0 ? out->region[v->region[one]] : "";

        snprintf(out->names + t * GII_NAME, GII_NAME, "%lld", (long long)one);
        *target = (struct ana_target){.size = sizeof *target,
                                      .name = choice->parcels ? region
                                                              : out->names + t * GII_NAME,
                                      .region = region,
                                      .space = choice->space,
                                      .hemisphere = hemisphere};
        for (int d = 0; d < 3; d++) {
            double sum = 0;

            for (int64_t i = out->first[t]; v->xyz && i < out->first[t + 1]; i++)
                sum += v->xyz[3 * out->member[i] + d];
            target->position[d] = v->xyz ? sum / (double)n : (double)NAN;
        }
    }
}

int gii_targets_make(struct ana_ctx *ctx, const struct gii_choice *choice, int64_t N,
                     const char *hemisphere, struct gii_targets *out)
{
    struct vertices v = {.N = N};
    int rc = ANA_ERESOURCE;

    memset(out, 0, sizeof *out);
    out->N = N;
    v.wanted = ana_alloc(ctx, N, 1);
    v.region = ana_alloc(ctx, N, sizeof *v.region);
    if (v.wanted && v.region)
        rc = take_mask(ctx, choice->mask, &v, out);
    if (rc == 0)
        rc = take_atlas(ctx, choice->atlas, &v, out);
    if (rc == 0)
        rc = take_surface(ctx, choice->surface, &v, out);
    if (rc == 0 && choice->parcels && !*choice->atlas)
        rc = ana_fail(
            ctx, ANA_EPARAM,
            "`average = parcels` needs to know the parcels: name a .label.gii in "
            "`atlas`");
    if (rc == 0)
        rc = gather(ctx, &v, choice->parcels, out);
    if (rc == 0 && out->n == 0)
        rc = ana_fail(ctx, ANA_EDATA, "no vertex is left by `mask` and `atlas`");
    if (rc == 0) {
        out->target = ana_alloc(ctx, out->n, sizeof *out->target);
        out->names = ana_alloc(ctx, out->n, GII_NAME);
        rc = out->target && out->names ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        describe(&v, choice, hemisphere, out);
    ana_free(ctx, v.wanted);
    ana_free(ctx, v.region);
    ana_free(ctx, v.xyz);
    return rc;
}

void gii_targets_finish(struct ana_ctx *ctx, struct gii_targets *t)
{
    for (int64_t i = 0; i < t->n_regions; i++)
        ana_free(ctx, t->region[i]);
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < t->external[k].n; i++)
            ana_free(ctx, t->external[k].path[i]);
        ana_free(ctx, t->external[k].path);
    }
    ana_free(ctx, t->region);
    ana_free(ctx, t->target);
    ana_free(ctx, t->names);
    ana_free(ctx, t->first);
    ana_free(ctx, t->member);
    memset(t, 0, sizeof *t);
}
