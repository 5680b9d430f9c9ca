/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a file of channels holds, for `inspect`.
 */
#include <stdio.h>
#include <string.h>

#include "series.h"

static int64_t frames(const struct series_file *file)
{
    int64_t n = 0;

    for (int64_t i = 0; i < file->n_segments; i++)
        n += file->segments[i].n;
    return n;
}

static int finish_entry(struct ana_ctx *ctx, const char *name, const char *note,
                        struct ana_entry *e)
{
    e->name = ana_strdup(ctx, name);
    e->note = ana_strdup(ctx, note);
    return e->name && e->note ? 0 : ANA_ERESOURCE;
}

static int channel_entry(struct ana_ctx *ctx, const struct series_file *file, int64_t i,
                         int32_t dtype, struct ana_entry *e)
{
    const struct series_channel *c = &file->channels[i];
    char note[128];

    *e = (struct ana_entry){.size = sizeof *e, .dtype = c->text ? 0 : dtype, .ndim = 1};
    e->shape[0] = frames(file) * c->per_frame;
    e->rate = c->rate;
    if (c->text)
        snprintf(note, sizeof note, "text");
    else
        snprintf(note, sizeof note, "%g Hz, %s%s", c->rate,
                 *c->unit ? c->unit : "no unit", c->aside ? ", triggers" : "");
    return finish_entry(ctx, c->name, note, e);
}

static int event_entry(struct ana_ctx *ctx, const struct series_file *file,
                       struct ana_entry *e)
{
    char note[256];
    size_t n = (size_t)snprintf(note, sizeof note, "%lld", (long long)file->n_events);

    for (int64_t i = 0; i < file->n_events && i < 4 && n + 64 < sizeof note; i++)
        n += (size_t)snprintf(note + n, sizeof note - n, "%s '%.24s' at %g s",
                              i ? "," : ":", file->events[i].text, file->events[i].onset);
    if (file->n_events > 4)
        snprintf(note + n, sizeof note - n, " ...");
    *e = (struct ana_entry){.size = sizeof *e};
    return finish_entry(ctx, "events", note, e);
}

static int gap_entry(struct ana_ctx *ctx, const struct series_file *file,
                     struct ana_entry *e)
{
    char note[128];

    snprintf(note, sizeof note, "%lld, with gaps between them; the last begins at %g s",
             (long long)file->n_segments, file->segments[file->n_segments - 1].onset);
    *e = (struct ana_entry){.size = sizeof *e};
    return finish_entry(ctx, "stretches", note, e);
}

int series_list(struct ana_ctx *ctx, const struct series_format *format, int32_t dtype,
                const char *path, int64_t *n, struct ana_entry **entries)
{
    struct series_file file = {.space = ""};
    int rc = format->open(ctx, path, &file);

    *n = 0;
    *entries = NULL;
    if (rc == 0) {
        *entries = ana_alloc(ctx, file.n_channels + 2, sizeof **entries);
        rc = *entries ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < file.n_channels; i++)
        rc = channel_entry(ctx, &file, i, dtype, &(*entries)[(*n)++]);
    if (rc == 0 && file.n_events > 0)
        rc = event_entry(ctx, &file, &(*entries)[(*n)++]);
    if (rc == 0 && file.n_segments > 1)
        rc = gap_entry(ctx, &file, &(*entries)[(*n)++]);
    for (int64_t i = 0; rc != 0 && i < *n; i++) {
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].name);
        ana_free(ctx, (void *)(uintptr_t)(*entries)[i].note);
    }
    if (rc != 0) {
        ana_free(ctx, *entries);
        *entries = NULL;
        *n = 0;
    }
    format->close(ctx, file.self);
    return rc;
}
