/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings in NumPy's .npy files and in tables; which axis is what stands in
 * `data = FILES : (axis=names, ...) @ rate`.
 */
#include "file.h"

#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>
#include <anaflow/plugin.h>

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    uint8_t head[1024] = {0};
    FILE *file = source->n_files > 0 && ana_file_check(ctx, source->files[0]) == 0
                     ? fopen(source->files[0], "rb")
                     : NULL;
    const size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    const char *path = n > 0 ? source->files[0] : "";
    const int kind = n > 0 ? file_kind(path, head, (int64_t)n) : FILE_NONE;
    const size_t length = strlen(path);

    if (file)
        fclose(file);
    if (kind != FILE_NONE)
        *confidence = kind == FILE_NPY ? 100 : kind == FILE_TABLE ? 50 : 30;
    else /* to say what is wrong with it */
        *confidence = length > 4 && strcmp(path + length - 4, ".npy") == 0 ? 20 : 0;
    return 0;
}

static int open(struct ana_ctx *ctx, const struct ana_params *params,
                const struct ana_source *source, void **self)
{
    struct ana_arrays *arrays = NULL;
    int rc = ana_arrays_open(ctx, &file_format, source, &arrays);

    if (rc == 0)
        rc = ana_arrays_set_targets(ctx, arrays, ana_param_text(params, "positions"),
                                    ana_param_text(params, "regions"));
    if (rc == 0)
        rc = ana_arrays_set_space(ctx, arrays, ana_param_text(params, "space"));
    if (rc == 0)
        rc = ana_arrays_set_table(ctx, arrays, ana_param_text(params, "targets"));
    if (rc != 0) {
        ana_arrays_close(ctx, arrays);
        arrays = NULL;
    }
    *self = arrays;
    return rc;
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    return ana_arrays_list(ctx, &file_format, path, n, entries);
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .probe = probe,
                                        .open = open,
                                        .describe = ana_arrays_describe,
                                        .read = ana_arrays_read,
                                        .close = ana_arrays_close,
                                        .list = list,
                                        .labels = ana_arrays_labels};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "positions",
     .fallback = "",
     .help = "variable or file with x, y, z of each target, mm"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "regions",
     .fallback = "",
     .help = "variable or file with the region of each target"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "space",
     .fallback = "",
     .help = "coordinate system of the positions: MNI152, fsaverage, CapTrak, CTF ..."},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "targets",
     .fallback = "",
     .help = "table with name, x, y, z (mm), region, hemisphere, space, status"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "arrays",
    .version = "1.0",
    .summary = "NumPy arrays (.npy), tables (.tsv, .csv) and columns of numbers (.txt)",
    .licence = "BSD-3-Clause",
    .citation = "",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
