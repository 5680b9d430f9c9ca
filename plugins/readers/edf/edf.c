/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings in EDF, EDF+ and BDF files.
 */
#include "edf.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <anaflow/plugin.h>

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

static int open_recording(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_source *source, void **self)
{
    return series_open(ctx, &edf_format, params, source, self);
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    const size_t length = strlen(path);
    const int bdf = length > 4 && strcasecmp(path + length - 4, ".bdf") == 0;

    return series_list(ctx, &edf_format, bdf ? ANA_I32 : ANA_I16, path, n, entries);
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = open_recording,
                                        .describe = series_describe,
                                        .read = series_read,
                                        .close = series_close,
                                        .list = list};

static const struct ana_param params[] = {SERIES_PARAMS};

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
