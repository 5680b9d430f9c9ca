/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings in EDF, EDF+ and BDF files.
 */
#include "edf.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <anaflow/plugin.h>

#include "recording.h"

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    const int fd = source->n_files > 0
                       ? open(source->files[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                       : -1;
    char head[8] = "";

    (void)ctx;
    *confidence = 0;
    if (fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
        (memcmp(head, "0       ", 8) == 0 || memcmp(head,
                                                    "\xff"
                                                    "BIOSEMI",
                                                    8) == 0))
        *confidence = 100;
    else if (source->n_files > 0) { /* to say what is wrong with it */
        const char *dot = strrchr(source->files[0], '.');

        if (dot && (strcasecmp(dot, ".edf") == 0 || strcasecmp(dot, ".bdf") == 0))
            *confidence = 20;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static void free_entries(struct ana_ctx *ctx, int64_t n, struct ana_entry *entries)
{
    for (int64_t i = 0; entries && i < n; i++) {
        ana_free(ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(ctx, entries);
}

static int make_entry(struct ana_ctx *ctx, const struct edf_file *file, int64_t i,
                      struct ana_entry *e)
{
    const struct edf_signal *s = &file->signals[i];
    char note[200];

    if (s->annotations)
        snprintf(note, sizeof note, "annotations: %lld events",
                 (long long)file->n_events);
    else
        snprintf(note, sizeof note, "%g Hz, %g .. %g %s%s",
                 (double)s->samples / file->record_seconds, s->physical_min,
                 s->physical_max, s->unit, s->status ? ", triggers" : "");
    *e = (struct ana_entry){.size = sizeof *e,
                            .dtype = s->annotations     ? 0
                                     : file->width == 2 ? ANA_I16
                                                        : ANA_I32,
                            .ndim = 1,
                            .shape = {file->n_records * s->samples},
                            .name = ana_strdup(ctx, s->label),
                            .note = ana_strdup(ctx, note)};
    return e->name && e->note ? 0 : ANA_ERESOURCE;
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    struct edf_file *file = NULL;
    int rc = edf_open(ctx, path, &file);

    *n = 0;
    *entries = NULL;
    if (rc == 0) {
        *entries = ana_alloc(ctx, file->n_signals, sizeof **entries);
        rc = *entries ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < file->n_signals; i++) {
        rc = make_entry(ctx, file, i, &(*entries)[i]);
        *n = i + 1;
    }
    if (rc != 0) {
        free_entries(ctx, *n, *entries);
        *entries = NULL;
        *n = 0;
    }
    edf_close(ctx, file);
    return rc;
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS,
                                        .probe = probe,
                                        .open = edf_recording_open,
                                        .describe = edf_recording_describe,
                                        .read = edf_recording_read,
                                        .close = edf_recording_close,
                                        .list = list};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "channels",
     .fallback = "",
     .help = "signals, between commas: \"EEG *, A1\"; \"*, -ECG\" leaves one out"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "channels-table",
     .fallback = "",
     .help = "table with name, type, status; default: the file's own *_channels.tsv"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "electrodes",
     .fallback = "",
     .help = "table with name, x, y, z, region; default: the subject's *_electrodes.tsv"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "electrodes-unit",
     .fallback = "mm",
     .choices = "mm|cm|m",
     .help = "unit of x, y, z in `electrodes`"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "edf",
    .version = "1.0",
    .summary = "EDF, EDF+ and BDF recordings (.edf, .bdf)",
    .licence = "BSD-3-Clause",
    .citation = "Kemp & Olivan 2003, Clinical Neurophysiology 114:1755-1761",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
