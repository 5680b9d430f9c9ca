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
    if (gii_is_annot(path) || gii_is_label(path))
        *confidence = 60;
    if (in) {
        if (gzread(in, head, sizeof head - 1) > 0 && strstr(head, "<GIFTI"))
            *confidence = 100;
        gzclose(in);
    }
    return 0;
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
                                        .list = gii_list};

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
