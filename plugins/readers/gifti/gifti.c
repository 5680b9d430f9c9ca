/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GIFTI surfaces as a reader: what is its file, what a file holds, its parameters.
 */
#include "gifti.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <anaflow/plugin.h>

static int is_named(const char *path)
{
    const size_t n = strlen(path);

    return (n > 4 && strcasecmp(path + n - 4, ".gii") == 0) ||
           (n > 7 && strcasecmp(path + n - 7, ".gii.gz") == 0);
}

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    const char *path = source->n_files > 0 ? source->files[0] : "";
    char head[1024] = {0};
    gzFile in = is_named(path) ? gzopen(path, "rb") : NULL;

    (void)ctx;
    *confidence = in ? 20 : 0; /* to say what is wrong with it */
    if (in) {
        if (gzread(in, head, sizeof head - 1) > 0 && strstr(head, "<GIFTI"))
            *confidence = 100;
        gzclose(in);
    }
    return 0;
}

/* "3 names: V1, V2, MT" */
static void name_labels(const struct gii_file *f, size_t room, char *out)
{
    size_t n = (size_t)snprintf(out, room, "; %lld name%s", (long long)f->n_labels,
                                f->n_labels == 1 ? "" : "s");

    for (int64_t i = 0; i < f->n_labels && n + 40 < room; i++)
        n += (size_t)snprintf(out + n, room - n, "%s%.30s", i > 0 ? ", " : ": ",
                              f->label[i]);
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

    if (a->intent == GII_LABEL)
        name_labels(f, sizeof labels, labels);
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

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
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

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = gii_recording_open,
                                        .describe = gii_recording_describe,
                                        .read = gii_recording_read,
                                        .write = gii_recording_write,
                                        .close = gii_recording_close,
                                        .list = list};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "mask",
     .fallback = "",
     .help = "map of the same mesh, or a FreeSurfer .label: vertices that are targets"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "atlas",
     .fallback = "",
     .help = "labels of the same mesh (.label.gii or FreeSurfer's .annot): each vertex's "
             "region"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "surface",
     .fallback = "",
     .help = "mesh (.surf.gii) with the vertices' positions"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "space",
     .fallback = "",
     .help = "coordinate system of the surface: fsaverage, MNI152, ..."},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "average",
     .fallback = "vertices",
     .choices = "vertices|parcels",
     .help = "a target is a vertex, or the mean over a parcel of the atlas"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "tr",
     .fallback = "0",
     .min = 0,
     .max = 1000,
     .unit = "s",
     .help = "time between scans; 0 = as the JSON file or TimeStep says"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "gifti",
    .version = "1.0",
    .summary = "GIFTI surfaces: time series and maps of vertices (.func.gii, .shape.gii)",
    .licence = "BSD-3-Clause",
    .citation = "Harwell et al. 2011, GIFTI surface data format, version 1.0",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
