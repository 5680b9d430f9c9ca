/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One open file: its header, its events, its gaps.
 */
#include "edf.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <anaflow/files.h>

static void close_file(struct ana_ctx *ctx, void *self)
{
    struct edf_file *file = self;

    if (!file)
        return;
    for (int64_t e = 0; e < file->n_events; e++)
        ana_free(ctx, file->text[e]);
    ana_free(ctx, file->text);
    ana_free(ctx, file->events);
    ana_free(ctx, file->segments);
    ana_free(ctx, file->channels);
    ana_free(ctx, file->signals);
    ana_free(ctx, file->path);
    ana_free(ctx, file->stem);
    if (file->fd >= 0)
        close(file->fd);
    ana_free(ctx, file);
}

static int open_fd(struct ana_ctx *ctx, const char *path, struct edf_file *file)
{
    const int rc = ana_file_check(ctx, path);

    file->path = ana_strdup(ctx, path);
    file->stem = series_stem(ctx, path);
    if (rc != 0)
        return rc;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    return file->path && file->stem ? 0 : ANA_ERESOURCE;
}

static int make_channels(struct ana_ctx *ctx, struct edf_file *file)
{
    file->channels = ana_alloc(ctx, file->n_signals, sizeof *file->channels);
    for (int64_t i = 0; file->channels && i < file->n_signals; i++) {
        const struct edf_signal *s = &file->signals[i];

        file->channels[i] =
            (struct series_channel){.name = s->label,
                                    .unit = s->unit,
                                    .rate = (double)s->samples / file->record_seconds,
                                    .per_frame = s->samples,
                                    .position = {(double)NAN, (double)NAN, (double)NAN},
                                    .text = s->annotations,
                                    .aside = s->status};
    }
    return file->channels ? 0 : ANA_ERESOURCE;
}

static int open_file(struct ana_ctx *ctx, const char *path, struct series_file *out)
{
    struct edf_file *file = ana_alloc(ctx, 1, sizeof *file);
    int rc = file ? open_fd(ctx, path, file) : ANA_ERESOURCE;

    if (rc == 0)
        rc = edf_header(ctx, file);
    if (rc == 0)
        rc = make_channels(ctx, file);
    if (rc == 0)
        rc = edf_annotations(ctx, file);
    if (rc == 0)
        rc = edf_status(ctx, file);
    if (rc != 0) {
        close_file(ctx, file);
        return rc;
    }
    out->path = file->path;
    out->stem = file->stem;
    out->n_channels = file->n_signals;
    out->channels = file->channels;
    out->n_segments = file->n_segments;
    out->segments = file->segments;
    out->n_events = file->n_events;
    out->events = file->events;
    out->self = file;
    return 0;
}

const struct series_format edf_format = {
    .advice = "EDF files name their own signals; write `data = FILES` and choose with "
              "`channels`",
    .open = open_file,
    .read = edf_samples,
    .close = close_file};
