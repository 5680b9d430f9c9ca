/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings of Brain Products' recorders: .vhdr with its .eeg and .vmrk.
 */
#include "brainvision.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <anaflow/files.h>
#include <anaflow/plugin.h>

static void close_file(struct ana_ctx *ctx, void *self)
{
    struct bv_file *file = self;

    if (!file)
        return;
    for (int64_t e = 0; e < file->n_events; e++)
        ana_free(ctx, file->text[e]);
    ana_free(ctx, file->text);
    ana_free(ctx, file->events);
    ana_free(ctx, file->segments);
    ana_free(ctx, file->channels);
    ana_free(ctx, file->channel);
    ana_free(ctx, file->markers);
    ana_free(ctx, file->data);
    ana_free(ctx, file->stem);
    ana_free(ctx, file->path);
    if (file->fd >= 0)
        close(file->fd);
    ana_free(ctx, file);
}

/* Open the samples and count them against the file's bytes. */
static int open_data(struct ana_ctx *ctx, struct bv_file *file)
{
    const int64_t a_sample = bv_width(file->type) * file->n_channels;
    struct stat status;
    const int rc = ana_file_check(ctx, file->data);

    if (rc != 0)
        return rc;
    file->fd = open(file->data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->data,
                        strerror(errno));
    if (fstat(file->fd, &status) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: %s", file->data, strerror(errno));
    file->n = (int64_t)status.st_size / a_sample;
    if (file->n == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends, and one sample of %lld channels "
                        "takes %lld bytes",
                        file->data, (long long)status.st_size,
                        (long long)file->n_channels, (long long)a_sample);
    if ((int64_t)status.st_size % a_sample == 0)
        return 0;
    if (file->vectorized)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends, and so many bytes are not the "
                        "same number of samples for %lld channels one after another; it "
                        "is cut short, copy it again",
                        file->data, (long long)status.st_size,
                        (long long)file->n_channels);
    ana_warn(ctx, "%s: the last sample is cut short by %lld bytes; it was left out",
             file->data, (long long)((int64_t)status.st_size % a_sample));
    return 0;
}

static int open_file(struct ana_ctx *ctx, const char *path, struct series_file *out)
{
    struct bv_file *file = ana_alloc(ctx, 1, sizeof *file);
    int rc;

    if (!file)
        return ANA_ERESOURCE;
    file->fd = -1;
    file->path = ana_strdup(ctx, path);
    file->stem = series_stem(ctx, path);
    rc = file->path && file->stem ? bv_header(ctx, file) : ANA_ERESOURCE;
    if (rc == 0)
        rc = open_data(ctx, file);
    if (rc == 0)
        rc = bv_markers(ctx, file);
    if (rc != 0) {
        close_file(ctx, file);
        return rc;
    }
    out->path = file->path;
    out->stem = file->stem;
    out->n_channels = file->n_channels;
    out->channels = file->channels;
    out->n_segments = file->n_segments;
    out->segments = file->segments;
    out->n_events = file->n_events;
    out->events = file->events;
    out->more[0] = file->data;
    out->more[1] = file->markers;
    out->self = file;
    return 0;
}

static const struct series_format format = {
    .advice =
        "a BrainVision header names its own channels; write `data = FILES.vhdr` and "
        "choose with `channels`",
    .open = open_file,
    .read = bv_samples,
    .close = close_file};

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    static const char start[] = "Brain Vision";
    const char *path = source->n_files > 0 ? source->files[0] : "";
    const char *dot = strrchr(path, '.');
    char head[16] = "";
    FILE *file = *path ? fopen(path, "rb") : NULL;

    (void)ctx;
    if (file) {
        const size_t n = fread(head, 1, sizeof head - 1, file);

        head[n] = 0;
        fclose(file);
    }
    *confidence = dot && strcasecmp(dot, ".vhdr") == 0 ? 20 : 0;
    if (strncmp(head, start, sizeof start - 1) == 0 && *confidence > 0)
        *confidence = 100;
    return 0;
}

static int open_recording(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_source *source, void **self)
{
    return series_open(ctx, &format, params, source, self);
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    return series_list(ctx, &format, ANA_F64, path, n, entries);
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
    .id = "brainvision",
    .version = "1.0",
    .summary = "BrainVision recordings (.vhdr with .eeg and .vmrk)",
    .licence = "BSD-3-Clause",
    .citation = "Brain Products, BrainVision Core Data Format 1.0",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
