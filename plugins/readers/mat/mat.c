/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings in MATLAB files (v4, v5 to v7, v7.3). Which variable is what stands in
 * `data = FILES : VAR(axis=names, ...)`, or is known from the layout of a toolbox.
 */
#include "mat.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/plugin.h>

#include "layout.h"
#include "toolbox.h"

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    uint8_t head[1024] = {0};
    struct stat st;
    FILE *file = source->n_files > 0 && stat(source->files[0], &st) == 0 &&
                         S_ISREG(st.st_mode) /* a pipe would be waited for */
                     ? fopen(source->files[0], "rb")
                     : NULL;
    const size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    const int kind = mat_kind(head, (int64_t)n);

    (void)ctx;
    if (file)
        fclose(file);
    if (kind > 0)
        *confidence = kind == 4 ? 60 : 100; /* v4 has no magic number */
    else
        *confidence =
            n >= 6 && memcmp(head, "MATLAB", 6) == 0 ? 20 : 0; /* to say what is wrong */
    return 0;
}

static void close(struct ana_ctx *ctx, void *self)
{
    toolbox_close(ctx, self);
}

static int open(struct ana_ctx *ctx, const struct ana_params *params,
                const struct ana_source *source, void **self)
{
    struct toolbox *toolbox = NULL;
    struct ana_arrays *arrays;
    int rc = toolbox_open(ctx, source, ana_param_text(params, "feature"), &toolbox);

    *self = NULL;
    if (rc != 0)
        return rc;
    arrays = toolbox_arrays(toolbox);
    rc = ana_arrays_set_targets(ctx, arrays, ana_param_text(params, "positions"),
                                ana_param_text(params, "regions"));
    if (rc == 0)
        rc = ana_arrays_set_space(ctx, arrays, ana_param_text(params, "space"));
    if (rc == 0)
        rc = ana_arrays_set_table(ctx, arrays, ana_param_text(params, "targets"));
    if (rc == 0)
        *self = toolbox;
    else
        close(ctx, toolbox);
    return rc;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    return toolbox_describe(ctx, self, info);
}

static int read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out)
{
    return ana_arrays_read(ctx, toolbox_arrays(self), run, first, n, targets, n_targets,
                           out);
}

static int labels(struct ana_ctx *ctx, void *self, const char *variable, int64_t *n,
                  char ***out)
{
    return ana_arrays_labels(ctx, toolbox_arrays(self), variable, n, out);
}

/* Beside the struct that a toolbox laid out, what it is. */
static int note_layout(struct ana_ctx *ctx, const char *path, int64_t n,
                       struct ana_entry *entries)
{
    struct layout layout;
    int rc = layout_find(ctx, path, NULL, "1", &layout);

    for (int64_t i = 0; rc == 0 && layout.toolbox && i < n; i++)
        if (strcmp(entries[i].name, layout.variable) == 0) {
            char *note = ana_strdup(ctx, layout.note);

            if (!note) {
                rc = ANA_ERESOURCE;
                break;
            }
            ana_free(ctx, (void *)(uintptr_t)entries[i].note);
            entries[i].note = note;
        }
    layout_finish(ctx, &layout);
    return rc == ANA_ERESOURCE ? rc : 0; /* a damaged one is listed as the arrays it is */
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    int rc = ana_arrays_list(ctx, &mat_any_format, path, n, entries);

    if (rc == 0)
        rc = note_layout(ctx, path, *n, *entries);
    for (int64_t i = 0; rc != 0 && *entries && i < *n; i++) {
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].name);
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].note);
    }
    if (rc != 0) {
        ana_free(ctx, *entries);
        *entries = NULL;
        *n = 0;
    }
    return rc;
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_UNTRUSTED_LIB,
                                        .probe = probe,
                                        .open = open,
                                        .describe = describe,
                                        .read = read,
                                        .close = close,
                                        .list = list,
                                        .labels = labels};

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
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "feature",
     .fallback = "",
     .help = "which feature of a CND stim, by name or number; default: the only one"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "mat",
    .version = "1.0",
    .summary = "arrays in MATLAB files, v4 to v7.3",
    .licence = "BSD-3-Clause",
    .citation = "",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
