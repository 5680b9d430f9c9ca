/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files as one recording: the first file's wanted signals are the targets, found by name
 * in the others; every file is a run, and where a file has gaps, every stretch between
 * them is one.
 */
#include "recording.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../lib/targets.h"
#include "edf.h"

struct recording {
    int64_t n_files;
    struct edf_file **file;
    int64_t n_runs;
    struct ana_run *run;
    int64_t *run_file, *run_segment; /* n_runs */
    char **run_id;
    int64_t n_events;
    struct ana_event *event;
    struct targets targets;
    int64_t *signal; /* n_files x targets: number in that file */
    double rate;
    const char *unit;
};

void edf_recording_close(struct ana_ctx *ctx, void *self)
{
    struct recording *r = self;

    if (!r)
        return;
    for (int64_t f = 0; r->file && f < r->n_files; f++)
        edf_close(ctx, r->file[f]);
    for (int64_t i = 0; r->run_id && i < r->n_runs; i++)
        ana_free(ctx, r->run_id[i]);
    targets_finish(ctx, &r->targets);
    ana_free(ctx, r->file);
    ana_free(ctx, r->run);
    ana_free(ctx, r->run_file);
    ana_free(ctx, r->run_segment);
    ana_free(ctx, r->run_id);
    ana_free(ctx, r->event);
    ana_free(ctx, r->signal);
    ana_free(ctx, r);
}

/* Samples a record that most signals of numbers have: the recording's rate. */
static int64_t usual_samples(const struct edf_file *file)
{
    int64_t best = 0, most = 0;

    for (int64_t i = 0; i < file->n_signals; i++) {
        const struct edf_signal *s = &file->signals[i];
        int64_t same = 0;

        if (s->annotations || s->status || s->samples == 0)
            continue;
        for (int64_t j = 0; j < file->n_signals; j++)
            same += !file->signals[j].annotations && !file->signals[j].status &&
                    file->signals[j].samples == s->samples;
        if (same > most || (same == most && s->samples > best)) {
            most = same;
            best = s->samples;
        }
    }
    return best;
}

/* All wanted signals must share a rate and a unit. */
static int check_wanted(struct ana_ctx *ctx, const struct edf_file *file,
                        const uint8_t *wanted)
{
    const struct edf_signal *first = NULL;

    for (int64_t i = 0; i < file->n_signals; i++) {
        const struct edf_signal *s = &file->signals[i];

        if (!wanted[i])
            continue;
        if (s->annotations)
            return ana_fail(ctx, ANA_EPARAM, "%s: '%s' holds text, not numbers",
                            file->path, s->label);
        if (!first)
            first = s;
        if (s->samples != first->samples)
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s: '%s' has %g Hz and '%s' %g Hz; choose signals of one rate with "
                "`channels`",
                file->path, first->label, (double)first->samples / file->record_seconds,
                s->label, (double)s->samples / file->record_seconds);
    }
    return 0;
}

static void say_left_out(struct ana_ctx *ctx, const struct edf_file *file,
                         const uint8_t *wanted, const char *asked)
{
    int64_t other = 0;

    for (int64_t i = 0; i < file->n_signals; i++)
        other += !wanted[i] && !file->signals[i].annotations && !file->signals[i].status;
    if (other > 0 && !*asked)
        ana_warn(ctx,
                 "%s: %lld signals of another rate or type were left out; name those you "
                 "want with `channels`",
                 file->path, (long long)other);
}

static const char **signal_names(struct ana_ctx *ctx, const struct edf_file *file)
{
    const char **names = ana_alloc(ctx, file->n_signals, sizeof *names);

    for (int64_t i = 0; names && i < file->n_signals; i++)
        names[i] = file->signals[i].label;
    return names;
}

/* Choose the first file's signals and make them the targets. */
static int make_targets(struct ana_ctx *ctx, const struct ana_params *params,
                        struct recording *r)
{
    const struct edf_file *file = r->file[0];
    const char *asked = ana_param_text(params, "channels");
    const int64_t n = file->n_signals, samples = usual_samples(file);
    const char **names = signal_names(ctx, file);
    uint8_t *flags = ana_alloc(ctx, 3 * n, 1), *usual = flags, *bad = flags + n,
            *wanted = flags + 2 * n;
    char *channels = NULL, *electrodes = NULL;
    int rc = names && flags ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        usual[i] = !file->signals[i].annotations && !file->signals[i].status &&
                   file->signals[i].samples == samples && samples > 0;
    if (rc == 0)
        rc = targets_beside(ctx, file->path, ana_param_text(params, "channels-table"),
                            "channels", &channels);
    if (rc == 0 && channels)
        rc = targets_channels(ctx, channels, n, names, bad, usual);
    if (rc == 0)
        rc = targets_choose(ctx, file->path, asked, n, names, usual, wanted);
    if (rc == 0)
        rc = check_wanted(ctx, file, wanted);
    if (rc == 0) {
        say_left_out(ctx, file, wanted, asked);
        rc = targets_create(ctx, n, names, wanted, &r->targets);
    }
    for (int64_t i = 0; rc == 0 && i < r->targets.n; i++)
        r->targets.target[i].bad = bad[r->targets.channel[i]];
    if (rc == 0)
        rc = targets_beside(ctx, file->path, ana_param_text(params, "electrodes"),
                            "electrodes", &electrodes);
    if (rc == 0 && electrodes)
        rc = targets_electrodes(ctx, electrodes,
                                ana_param_text(params, "electrodes-unit"), &r->targets);
    ana_free(ctx, channels);
    ana_free(ctx, electrodes);
    ana_free(ctx, (void *)names);
    ana_free(ctx, flags);
    return rc;
}

/* Find every target in another file, with the same rate and unit. */
static int bind_file(struct ana_ctx *ctx, struct recording *r, int64_t f)
{
    const struct edf_file *file = r->file[f];

    for (int64_t v = 0; v < r->targets.n; v++) {
        const struct edf_signal *want = &r->file[0]->signals[r->targets.channel[v]];
        int64_t found = -1;

        for (int64_t i = 0; i < file->n_signals; i++)
            if (!file->signals[i].annotations &&
                strcmp(file->signals[i].label, want->label) == 0)
                found = i;
        if (found < 0)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: has no signal '%s', which %s has; choose signals that "
                            "all files have with `channels`",
                            file->path, want->label, r->file[0]->path);
        if (fabs((double)file->signals[found].samples / file->record_seconds - r->rate) >
            1e-9 * r->rate)
            return ana_fail(ctx, ANA_EDATA, "%s: '%s' has %g Hz and %g Hz in %s",
                            file->path, want->label,
                            (double)file->signals[found].samples / file->record_seconds,
                            r->rate, r->file[0]->path);
        if (strcmp(file->signals[found].unit, want->unit) != 0)
            return ana_fail(ctx, ANA_EDATA, "%s: '%s' is in '%s' and in '%s' in %s",
                            file->path, want->label, file->signals[found].unit,
                            want->unit, r->file[0]->path);
        r->signal[f * r->targets.n + v] = found;
    }
    return 0;
}

static int make_run(struct ana_ctx *ctx, struct recording *r, int64_t f, int64_t segment)
{
    const struct edf_file *file = r->file[f];
    const struct edf_segment *s = &file->segments[segment];
    const int64_t samples = file->signals[r->signal[f * r->targets.n]].samples;
    const int64_t i = r->n_runs;
    char id[512];

    if (segment == 0)
        snprintf(id, sizeof id, "%.480s", file->stem);
    else
        snprintf(id, sizeof id, "%.480s/%lld", file->stem, (long long)segment + 1);
    r->run_id[i] = ana_strdup(ctx, id);
    if (!r->run_id[i])
        return ANA_ERESOURCE;
    r->run_file[i] = f;
    r->run_segment[i] = segment;
    r->run[i] = (struct ana_run){.size = sizeof r->run[i],
                                 .id = r->run_id[i],
                                 .stimulus = segment > 0 ? file->stem : NULL,
                                 .n = s->n * samples,
                                 .rate = r->rate,
                                 .start = s->onset};
    r->n_runs++;
    return 0;
}

static int make_runs(struct ana_ctx *ctx, struct recording *r)
{
    int64_t n = 0;
    int rc = 0;

    for (int64_t f = 0; f < r->n_files; f++)
        n += r->file[f]->n_segments;
    r->run = ana_alloc(ctx, n, sizeof *r->run);
    r->run_file = ana_alloc(ctx, n, sizeof *r->run_file);
    r->run_segment = ana_alloc(ctx, n, sizeof *r->run_segment);
    r->run_id = ana_alloc(ctx, n, sizeof *r->run_id);
    if (!r->run || !r->run_file || !r->run_segment || !r->run_id)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < r->n_files; f++) {
        const struct edf_file *file = r->file[f];

        if (file->n_segments > 1)
            ana_warn(ctx, "%s: has %lld gaps; each stretch between them is a run",
                     file->path, (long long)file->n_segments - 1);
        for (int64_t s = 0; rc == 0 && s < file->n_segments; s++)
            rc = make_run(ctx, r, f, s);
    }
    return rc;
}

/* The run of a file in which a time lies. */
static int64_t run_at(const struct recording *r, int64_t f, double onset)
{
    int64_t found = -1;

    for (int64_t i = 0; i < r->n_runs; i++)
        if (r->run_file[i] == f && (found < 0 || r->run[i].start <= onset))
            found = i;
    return found;
}

static int make_events(struct ana_ctx *ctx, struct recording *r)
{
    int64_t n = 0;

    for (int64_t f = 0; f < r->n_files; f++)
        n += r->file[f]->n_events;
    r->event = ana_alloc(ctx, n, sizeof *r->event);
    if (!r->event)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < r->n_files; f++)
        for (int64_t e = 0; e < r->file[f]->n_events; e++) {
            const struct edf_event *from = &r->file[f]->events[e];
            const int64_t run = run_at(r, f, from->onset);

            r->event[r->n_events++] =
                (struct ana_event){.size = sizeof *r->event,
                                   .run = run,
                                   .onset = from->onset - r->run[run].start,
                                   .duration = from->duration,
                                   .text = from->text};
        }
    return 0;
}

static int check_source(struct ana_ctx *ctx, const struct ana_source *source)
{
    if (source->n_files < 1)
        return ana_fail(ctx, ANA_EPARAM, "no file was named");
    if (source->var.name || source->var.n_axes > 0 || source->var.cells)
        return ana_fail(
            ctx, ANA_EPARAM,
            "EDF files name their own signals; write `data = FILES` and choose "
            "with `channels`");
    return 0;
}

int edf_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self)
{
    struct recording *r = ana_alloc(ctx, 1, sizeof *r);
    int rc = r ? check_source(ctx, source) : ANA_ERESOURCE;

    *self = NULL;
    if (rc == 0) {
        r->file = ana_alloc(ctx, source->n_files, sizeof *r->file);
        rc = r->file ? 0 : ANA_ERESOURCE;
    }
    for (int64_t f = 0; rc == 0 && f < source->n_files; f++) {
        rc = edf_open(ctx, source->files[f], &r->file[f]);
        r->n_files = f + 1;
    }
    if (rc == 0)
        rc = make_targets(ctx, params, r);
    if (rc == 0) {
        const struct edf_signal *s = &r->file[0]->signals[r->targets.channel[0]];

        r->rate = (double)s->samples / r->file[0]->record_seconds;
        r->unit = s->unit;
        r->signal = ana_alloc(ctx, r->n_files * r->targets.n, sizeof *r->signal);
        rc = r->signal ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0 && source->rate > 0 && fabs(source->rate - r->rate) > 1e-6 * r->rate)
        rc = ana_fail(ctx, ANA_EPARAM, "%s: has %g Hz, not the %g Hz of '@'",
                      source->files[0], r->rate, source->rate);
    for (int64_t f = 0; rc == 0 && f < r->n_files; f++)
        rc = bind_file(ctx, r, f);
    if (rc == 0)
        rc = make_runs(ctx, r);
    if (rc == 0)
        rc = make_events(ctx, r);
    if (rc == 0)
        *self = r;
    else
        edf_recording_close(ctx, r);
    return rc;
}

/* "" where the targets' units differ. */
static const char *common_unit(const struct recording *r)
{
    for (int64_t v = 0; v < r->targets.n; v++)
        if (strcmp(r->file[0]->signals[r->targets.channel[v]].unit, r->unit) != 0)
            return "";
    return r->unit;
}

int edf_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info)
{
    const struct recording *r = self;

    (void)ctx;
    info->layout = ANA_LAYOUT_SERIES;
    info->unit = common_unit(r);
    info->n_runs = r->n_runs;
    info->runs = r->run;
    info->n_targets = r->targets.n;
    info->targets = r->targets.target;
    info->block = (int64_t)r->rate > 0 ? (int64_t)r->rate : 1;
    info->n_events = r->n_events;
    info->events = r->event;
    return 0;
}

int edf_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out)
{
    const struct recording *r = self;
    const struct edf_file *file;
    const int64_t *of_file;
    int64_t *signals;
    int rc;

    if (run < 0 || run >= r->n_runs || first < 0 || n < 0 || n > r->run[run].n - first)
        return ana_fail(ctx, ANA_EPARAM, "samples %lld to %lld of run %lld do not exist",
                        (long long)first, (long long)(first + n), (long long)run);
    if (!targets)
        n_targets = r->targets.n;
    file = r->file[r->run_file[run]];
    of_file = r->signal + r->run_file[run] * r->targets.n;
    signals = ana_alloc(ctx, n_targets, sizeof *signals);
    if (!signals)
        return ANA_ERESOURCE;
    for (int64_t v = 0; v < n_targets; v++)
        signals[v] = of_file[targets ? targets[v] : v];
    first +=
        file->segments[r->run_segment[run]].first * file->signals[of_file[0]].samples;
    rc = edf_samples(ctx, file, first, n, n_targets, signals, out->dtype == ANA_F32,
                     out->data);
    ana_free(ctx, signals);
    return rc;
}
