/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a file holds: GIFTI's arrays, and FreeSurfer's labels and annotations, which name
 * vertices and are no recording.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>

#include "gifti.h"

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

int gii_is_annot(const char *path)
{
    return ends_in(path, ".annot");
}

int gii_is_label(const char *path)
{
    return ends_in(path, ".label");
}

struct extent {
    double least[3], most[3];
};

static void extent_begin(struct extent *e)
{
    for (int d = 0; d < 3; d++) {
        e->least[d] = (double)INFINITY;
        e->most[d] = -(double)INFINITY;
    }
}

static void extent_add(struct extent *e, const double place[3])
{
    for (int d = 0; d < 3; d++) {
        e->least[d] = fmin(e->least[d], place[d]); /* which pass over a NaN */
        e->most[d] = fmax(e->most[d], place[d]);
    }
}

/* "; x -60 .. -20, y ..., z ... mm", or nothing where nothing is placed. */
static void extent_tell(const struct extent *e, size_t room, char *out)
{
    *out = 0;
    if (e->least[0] <= e->most[0])
        snprintf(out, room, "; x %.4g .. %.4g, y %.4g .. %.4g, z %.4g .. %.4g mm",
                 e->least[0], e->most[0], e->least[1], e->most[1], e->least[2],
                 e->most[2]);
}

/* Where the points of a mesh lie. */
static void tell_points(const struct gii_array *a, size_t room, char *out)
{
    struct extent e;

    extent_begin(&e);
    for (int64_t i = 0; a->ndim == 2 && a->dim[1] == 3 && i < a->dim[0]; i++)
        extent_add(&e, (double[]){gii_value(a, 3 * i), gii_value(a, 3 * i + 1),
                                  gii_value(a, 3 * i + 2)});
    extent_tell(&e, room, out);
}

/* "; 3 names: V1, V2, MT" */
static void name_labels(int64_t n_labels, char *const *label, size_t room, char *out)
{
    size_t n = (size_t)snprintf(out, room, "; %lld name%s", (long long)n_labels,
                                n_labels == 1 ? "" : "s");

    for (int64_t i = 0; i < n_labels && n + 40 < room; i++)
        n +=
            (size_t)snprintf(out + n, room - n, "%s%.30s", i > 0 ? ", " : ": ", label[i]);
    if (n + 40 >= room)
        snprintf(out + n, room - n, ", ...");
}

static int add_entry(struct ana_ctx *ctx, const struct gii_file *f, int64_t i,
                     struct ana_entry *e)
{
    static const char *const intents[] = {"values of vertices", "a time point", "labels",
                                          "points of a mesh, mm", "triangles of a mesh"};
    const struct gii_array *a = &f->array[i];
    char note[512], labels[256] = "";

    if (a->intent == GII_POINTS)
        tell_points(a, sizeof labels, labels);
    if (a->intent == GII_LABEL)
        name_labels(f->n_labels, f->label, sizeof labels, labels);
    snprintf(note, sizeof note, "%s%s%.100s%s%s%s", intents[a->intent],
             a->name ? ": " : "", a->name ? a->name : "",
             f->hemisphere[0] ? "; hemisphere " : "", f->hemisphere, labels);
    *e = (struct ana_entry){.size = sizeof *e,
                            .dtype = a->dtype,
                            .ndim = a->ndim,
                            .name = ana_strdup(ctx, ""),
                            .note = ana_strdup(ctx, note)};
    for (int d = 0; d < a->ndim && d < ANA_MAX_DIMS; d++)
        e->shape[d] = a->dim[d];
    return e->name && e->note ? 0 : ANA_ERESOURCE;
}

static int list_arrays(struct ana_ctx *ctx, const char *path, int64_t *n,
                       struct ana_entry **entries)
{
    struct gii_file f;
    int rc = gii_file_read(ctx, path, &f);

    *n = 0;
    *entries = rc == 0 ? ana_alloc(ctx, f.n_arrays, sizeof **entries) : NULL;
    if (rc == 0 && !*entries)
        rc = ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < f.n_arrays; i++) {
        rc = add_entry(ctx, &f, i, &(*entries)[i]);
        *n = i + 1;
    }
    for (int64_t i = 0; rc != 0 && i < *n; i++) {
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].name);
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].note);
    }
    if (rc != 0) {
        ana_free(ctx, *entries);
        *entries = NULL;
        *n = 0;
    }
    gii_file_finish(ctx, &f);
    return rc;
}

static int one_entry(struct ana_ctx *ctx, int32_t dtype, int64_t n, int64_t columns,
                     const char *note, struct ana_entry **entries)
{
    struct ana_entry *e = *entries = ana_alloc(ctx, 1, sizeof *e);

    if (!e)
        return ANA_ERESOURCE;
    *e = (struct ana_entry){.size = sizeof *e,
                            .dtype = dtype,
                            .ndim = columns > 1 ? 2 : 1,
                            .shape = {n, columns > 1 ? columns : 0},
                            .name = ana_strdup(ctx, ""),
                            .note = ana_strdup(ctx, note)};
    if (e->name && e->note)
        return 0;
    ana_free(ctx, (void *)(uintptr_t)e->name);
    ana_free(ctx, (void *)(uintptr_t)e->note);
    ana_free(ctx, e);
    *entries = NULL;
    return ANA_ERESOURCE;
}

/* "163842 int32, regions of vertices (FreeSurfer); 34 names: bankssts, ..." */
static int list_annot(struct ana_ctx *ctx, const char *path, int64_t *n,
                      struct ana_entry **entries)
{
    char note[512], names[256];
    int64_t N = 0, n_names = 0, *region;
    char **name = NULL;
    int rc = gii_annot_vertices(ctx, path, &N);

    if (rc != 0)
        return rc;
    region = ana_alloc(ctx, N, sizeof *region);
    rc = region ? gii_annot_read(ctx, path, N, region, &n_names, &name) : ANA_ERESOURCE;
    if (rc == 0) {
        name_labels(n_names, name, sizeof names, names);
        snprintf(note, sizeof note, "regions of vertices (FreeSurfer)%s", names);
        rc = one_entry(ctx, ANA_I32, N, 1, note, entries);
    }
    *n = rc == 0;
    for (int64_t i = 0; name && i < n_names; i++)
        ana_free(ctx, name[i]);
    ana_free(ctx, name);
    ana_free(ctx, region);
    return rc;
}

static int widen(struct ana_ctx *ctx, void *arg, int64_t line, int64_t vertex,
                 const double place[3])
{
    (void)ctx;
    (void)line;
    (void)vertex;
    extent_add(arg, place);
    return 0;
}

/* "4412 x 5 float64, vertices of one region (FreeSurfer): subject fsaverage; x ..." */
static int list_label(struct ana_ctx *ctx, const char *path, int64_t *n,
                      struct ana_entry **entries)
{
    char note[512], about[200] = "", where[200];
    struct extent e;
    int64_t N = 0;
    int rc;

    extent_begin(&e);
    rc = gii_label_read(ctx, path, sizeof about, about, &N, widen, &e);
    if (rc != 0)
        return rc;
    extent_tell(&e, sizeof where, where);
    snprintf(note, sizeof note, "vertices of one region (FreeSurfer)%s%s%s",
             *about ? ": " : "", about, where);
    rc = one_entry(ctx, ANA_F64, N, 5, note, entries);
    *n = rc == 0;
    return rc;
}

int gii_list(struct ana_ctx *ctx, const char *path, int64_t *n,
             struct ana_entry **entries)
{
    *n = 0;
    *entries = NULL;
    if (gii_is_annot(path))
        return list_annot(ctx, path, n, entries);
    if (gii_is_label(path))
        return list_label(ctx, path, n, entries);
    return list_arrays(ctx, path, n, entries);
}
