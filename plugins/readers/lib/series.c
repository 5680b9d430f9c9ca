/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files of channels as one recording.
 */
#include "series_own.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/plugin.h>

enum { NEXT_TO_NOTHING = 1 << 16 }; /* bytes */

void series_close(struct ana_ctx *ctx, void *self)
{
    struct series *s = self;

    if (!s)
        return;
    for (int64_t f = 0; s->file && f < s->n_files; f++)
        s->format->close(ctx, s->file[f].self);
    for (int64_t i = 0; s->run_id && i < s->n_runs; i++)
        ana_free(ctx, s->run_id[i]);
    targets_finish(ctx, &s->targets);
    ana_free(ctx, s->table);
    ana_free(ctx, s->electrodes);
    ana_free(ctx, (void *)s->more);
    ana_free(ctx, s->file);
    ana_free(ctx, s->run);
    ana_free(ctx, s->run_file);
    ana_free(ctx, s->run_segment);
    ana_free(ctx, s->run_id);
    ana_free(ctx, s->event);
    ana_free(ctx, s->channel);
    ana_free(ctx, s);
}

/* The first of that name, or the one at `likely`: files mostly have the same order. */
static int64_t find_channel(const struct series_file *file, const char *name,
                            int64_t likely)
{
    if (likely < file->n_channels && !file->channels[likely].text &&
        strcmp(file->channels[likely].name, name) == 0)
        return likely;
    for (int64_t i = 0; i < file->n_channels; i++)
        if (!file->channels[i].text && strcmp(file->channels[i].name, name) == 0)
            return i;
    return -1;
}

/* Find every target in another file, with the same rate and unit. */
static int bind_file(struct ana_ctx *ctx, struct series *s, int64_t f)
{
    const struct series_file *file = &s->file[f], *first = &s->file[0];

    for (int64_t v = 0; v < s->targets.n; v++) {
        const struct series_channel *want = &first->channels[s->targets.channel[v]];
        const int64_t found = find_channel(file, want->name, s->targets.channel[v]);
        const struct series_channel *have = found < 0 ? NULL : &file->channels[found];

        if (!have)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: has no signal '%s', which %s has; choose signals that "
                            "all files have with `channels`",
                            file->path, want->name, first->path);
        if (fabs(have->rate - s->rate) > 1e-9 * s->rate)
            return ana_fail(ctx, ANA_EDATA, "%s: '%s' has %g Hz and %g Hz in %s",
                            file->path, want->name, have->rate, s->rate, first->path);
        if (strcmp(have->unit, want->unit) != 0)
            return ana_fail(ctx, ANA_EDATA, "%s: '%s' is in '%s' and in '%s' in %s",
                            file->path, want->name, have->unit, want->unit, first->path);
        s->channel[f * s->targets.n + v] = found;
    }
    return 0;
}

static int list_more(struct ana_ctx *ctx, struct series *s)
{
    s->more = ana_alloc(ctx, 2 + 2 * s->n_files, sizeof *s->more);
    if (!s->more)
        return ANA_ERESOURCE;
    if (s->table)
        s->more[s->n_more++] = s->table;
    if (s->electrodes)
        s->more[s->n_more++] = s->electrodes;
    for (int64_t f = 0; f < s->n_files; f++)
        for (int i = 0; i < 2; i++)
            if (s->file[f].more[i])
                s->more[s->n_more++] = s->file[f].more[i];
    return 0;
}

static int check_source(struct ana_ctx *ctx, const struct series_format *format,
                        const struct ana_source *source)
{
    if (source->n_files < 1)
        return ana_fail(ctx, ANA_EPARAM, "no file was named");
    if (source->var.name || source->var.n_axes > 0 || source->var.cells)
        return ana_fail(ctx, ANA_EPARAM, "%s", format->advice);
    return 0;
}

static int open_files(struct ana_ctx *ctx, const struct ana_params *params,
                      const struct ana_source *source, struct series *s)
{
    int rc = check_source(ctx, s->format, source);

    if (rc != 0)
        return rc;
    s->file = ana_alloc(ctx, source->n_files, sizeof *s->file);
    if (!s->file)
        return ANA_ERESOURCE;
    for (int64_t f = 0; rc == 0 && f < source->n_files; f++) {
        s->file[f].space = "";
        rc = s->format->open_as ? s->format->open_as(ctx, params, source->rate,
                                                     source->files[f], &s->file[f])
                                : s->format->open(ctx, source->files[f], &s->file[f]);
        s->n_files = f + 1;
    }
    return rc;
}

static int bind(struct ana_ctx *ctx, const struct ana_source *source, struct series *s)
{
    const struct series_channel *c = &s->file[0].channels[s->targets.channel[0]];
    int rc = 0;

    s->rate = c->rate;
    s->unit = c->unit;
    s->channel = ana_alloc(ctx, s->n_files * s->targets.n, sizeof *s->channel);
    if (!s->channel)
        return ANA_ERESOURCE;
    if (source->rate > 0 && fabs(source->rate - s->rate) > 1e-6 * s->rate)
        return ana_fail(ctx, ANA_EPARAM, "%s: has %g Hz, not the %g Hz of '@'",
                        source->files[0], s->rate, source->rate);
    for (int64_t f = 0; rc == 0 && f < s->n_files; f++)
        rc = bind_file(ctx, s, f);
    return rc;
}

/* "" where the targets' units differ. */
static const char *common_unit(const struct series *s)
{
    for (int64_t v = 0; v < s->targets.n; v++)
        if (strcmp(s->file[0].channels[s->targets.channel[v]].unit, s->unit) != 0)
            return "";
    return s->unit;
}

/* Microvolts beside microsiemens: a score of all of them together means little. */
static void warn_of_units(struct ana_ctx *ctx, const struct series *s)
{
    const struct series_channel *all = s->file[0].channels;
    const struct series_channel *first = &all[s->targets.channel[0]];

    for (int64_t v = 1; v < s->targets.n; v++) {
        const struct series_channel *c = &all[s->targets.channel[v]];

        if (strcmp(c->unit, first->unit) != 0) {
            ana_warn(
                ctx,
                "%s: its channels differ in unit: '%s' is in %s and '%s' in %s; name "
                "those you want with `channels`",
                s->file[0].path, first->name, *first->unit ? first->unit : "none",
                c->name, *c->unit ? c->unit : "none");
            return;
        }
    }
}

int series_open(struct ana_ctx *ctx, const struct series_format *format,
                const struct ana_params *params, const struct ana_source *source,
                void **self)
{
    struct series *s = ana_alloc(ctx, 1, sizeof *s);
    int rc;

    *self = NULL;
    if (!s)
        return ANA_ERESOURCE;
    s->format = format;
    rc = open_files(ctx, params, source, s);
    if (rc == 0)
        rc = series_choose(ctx, params, s);
    if (rc == 0)
        rc = bind(ctx, source, s);
    if (rc == 0)
        rc = series_make_runs(ctx, s);
    if (rc == 0)
        rc = series_make_events(ctx, s);
    if (rc == 0)
        rc = list_more(ctx, s);
    if (rc == 0)
        warn_of_units(ctx, s);
    if (rc == 0)
        *self = s;
    else
        series_close(ctx, s);
    return rc;
}

/* One file is read to its end before another is begun. */
int series_describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    const struct series *s = self;
    int hold = 1;

    (void)ctx;
    info->layout = ANA_LAYOUT_SERIES;
    info->unit = common_unit(s);
    info->n_runs = s->n_runs;
    info->runs = s->run;
    info->n_targets = s->targets.n;
    info->targets = s->targets.target;
    info->n_events = s->n_events;
    info->events = s->event;
    info->n_files = s->n_more;
    info->files = s->more;
    for (int64_t f = 0; f < s->n_files; f++) {
        if (s->file[f].memory > NEXT_TO_NOTHING && s->file[f].memory > info->memory)
            info->memory = s->file[f].memory;
        hold = hold && s->file[f].holds;
    }
    info->block = !hold && s->rate > 1 ? (int64_t)s->rate : 1;
    return 0;
}

int series_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out)
{
    const struct series *s = self;
    const struct series_file *file;
    const int64_t *of_file;
    int64_t *channels;
    int rc;

    if (run < 0 || run >= s->n_runs || first < 0 || n < 0 || n > s->run[run].n - first)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld samples from %lld on of run %lld do not exist",
                        (long long)n, (long long)first, (long long)run);
    for (int64_t v = 0; targets && v < n_targets; v++)
        if (targets[v] < 0 || targets[v] >= s->targets.n)
            return ana_fail(ctx, ANA_EPARAM, "target %lld does not exist; there are %lld",
                            (long long)targets[v], (long long)s->targets.n);
    if (!targets)
        n_targets = s->targets.n;
    file = &s->file[s->run_file[run]];
    of_file = s->channel + s->run_file[run] * s->targets.n;
    channels = ana_alloc(ctx, n_targets, sizeof *channels);
    if (!channels)
        return ANA_ERESOURCE;
    for (int64_t v = 0; v < n_targets; v++)
        channels[v] = of_file[targets ? targets[v] : v];
    first +=
        file->segments[s->run_segment[run]].first * file->channels[of_file[0]].per_frame;
    rc = s->format->read(ctx, file, first, n, n_targets, channels, out->dtype == ANA_F32,
                         out->data);
    ana_free(ctx, channels);
    return rc;
}
