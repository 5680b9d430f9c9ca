/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a BIDS dataset lacks, and where its files disagree.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/inspect_bids.h"
#include "data/bids_events.h"

enum { MOST_PROBLEMS = 500, MOST_NAMED = 5 };

const char *ana_bids_short(const struct ana_bids *bids, const char *path)
{
    const size_t n = strlen(bids->root);

    return strncmp(path, bids->root, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

/* What many files inherit would be said for each. */
static int is_said(const struct ana_bids_survey *s, const char *text)
{
    for (size_t i = 0; i < json_array_size(s->problems); i++) {
        const char *said = json_string_value(json_array_get(s->problems, i));

        if (said && strcmp(said, text) == 0)
            return 1;
    }
    return 0;
}

void ana_bids_say(struct ana_bids_survey *s, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    if (!text) {
        s->facts->failed = 1;
        return;
    }
    if (!is_said(s, text)) {
        s->n_problems++;
        if (json_array_size(s->problems) < MOST_PROBLEMS)
            ana_json_append(s->problems, ana_json_string(text), &s->facts->failed);
    }
    free(text);
}

static int64_t number_of(const struct ana_bids_survey *s, const struct ana_bids_file *f)
{
    return f - s->bids->file;
}

/* 1 % apart, as a reader judges it. */
static int differ(double a, double b)
{
    return a > 0 && b > 0 && fabs(a - b) > .01 * b;
}

static void check_rate(struct ana_bids_survey *s, const struct ana_bids_file *file,
                       const struct ana_bids_header *header, const json_t *sidecar)
{
    const char *name = ana_bids_short(s->bids, file->path);
    const int bold = ana_bids_recording(file) == ANA_BIDS_BOLD;
    const char *key = bold ? "RepetitionTime" : "SamplingFrequency";
    const json_t *value = json_object_get(sidecar, key);
    const double said = ana_bids_number(sidecar, key);
    const double found = bold ? 1 / header->rate : header->rate;

    if (header->told)
        return; /* the reader saw as much */
    if (value && !(said > 0 && isfinite(said)))
        ana_bids_say(s, "%s: %s of its JSON files is no number above 0", name, key);
    else if (!value && bold && header->read && !(header->rate > 0))
        ana_bids_say(s, "%s: its TR stands neither in the header nor in a JSON file",
                     name);
    else if (!value && bold)
        ana_bids_say(s, "%s: no JSON file says its RepetitionTime", name);
    else if (value && header->read && differ(found, said))
        ana_bids_say(s, "%s: its header says %g %s and its JSON files' %s %g", name,
                     found, bold ? "s a scan" : "Hz", key, said);
    if (ana_bids_number(sidecar, "RecordingDuration") > 1.02 * header->seconds + 1)
        ana_bids_say(
            s, "%s: lasts %.1f s and its JSON files' RecordingDuration is %.1f s", name,
            header->seconds, ana_bids_number(sidecar, "RecordingDuration"));
}

static void check_stimuli(struct ana_bids_survey *s, const struct ana_bids_file *file,
                          const struct ana_events *events)
{
    const char *missing[MOST_NAMED], *last = "";
    int64_t n = 0;
    char *list;

    for (int64_t i = 0; i < events->n; i++) {
        const char *name = events->event[i].stim_file;
        char *path;
        int known = 0;

        if (!*name || strcmp(name, last) == 0)
            continue;
        last = name;
        for (int64_t k = 0; k < n && k < MOST_NAMED; k++)
            known |= strcmp(missing[k], name) == 0;
        path = known ? NULL : ana_bids_stimulus(s->facts->ctx, s->bids, name);
        if (path && access(path, R_OK) != 0) {
            if (n < MOST_NAMED)
                missing[n] = name;
            n++;
        }
        ana_free(s->facts->ctx, path);
    }
    if (n == 0)
        return;
    list = ana_text_list(missing, n < MOST_NAMED ? n : MOST_NAMED, MOST_NAMED);
    ana_bids_say(s, "%s: names stimuli that stimuli/ does not hold: %s%s",
                 ana_bids_short(s->bids, file->path), list ? list : "",
                 n > MOST_NAMED ? " and more" : "");
    free(list);
}

/* Read a table of events once; where its last one begins. */
static double check_events(struct ana_bids_survey *s, const struct ana_bids_file *file)
{
    double *last = &s->last[number_of(s, file)];
    const char *name = ana_bids_short(s->bids, file->path);
    struct ana_events events;

    if (!isnan(*last))
        return *last;
    *last = -INFINITY;
    if (file->missing)
        return *last;
    if (ana_events_read(s->facts->ctx, file->path, &events) != 0) {
        if (ana_ctx_status(s->facts->ctx) == ANA_ERESOURCE)
            s->facts->failed = 1;
        ana_bids_say(s, "%s", ana_bids_short(s->bids, ana_error(s->facts->ctx)));
        ana_ctx_clear(s->facts->ctx);
        return *last;
    }
    if (events.n_without > 0)
        ana_bids_say(s, "%s: %lld events have no onset (n/a)", name,
                     (long long)events.n_without);
    if (events.n == 0)
        ana_bids_say(s, "%s: holds no event", name);
    else if (events.event[0].onset < 0)
        ana_bids_say(s,
                     "%s:%lld: an event at %g s, before the run's first sample; if that "
                     "is not meant, its onsets are counted from another moment",
                     name, (long long)events.event[0].line, events.event[0].onset);
    if (events.n > 0)
        *last = events.event[events.n - 1].onset;
    check_stimuli(s, file, &events);
    ana_events_finish(s->facts->ctx, &events);
    return *last;
}

static void check_run(struct ana_bids_survey *s, const struct ana_bids_file *file,
                      const struct ana_bids_header *header)
{
    const struct ana_bids_file *events = ana_bids_events_of(s->bids, file);
    const char *name = ana_bids_short(s->bids, file->path);
    double last;

    if (!events) {
        if (!*file->pipeline && strncmp(ana_bids_get(file, "task"), "rest", 4) != 0)
            ana_bids_say(s, "%s: a run without events.tsv", name);
        return;
    }
    if (!*file->pipeline || !s->has_raw)
        s->used[number_of(s, events)] = 1;
    last = check_events(s, events);
    if (header->seconds > 0 && last > header->seconds && !*file->pipeline)
        ana_bids_say(s, "%s: lasts %.1f s, and %s has an event at %.1f s", name,
                     header->seconds, ana_bids_short(s->bids, events->path), last);
}

/* Tables that go with a recording, where there is none. */
static void check_alone(struct ana_bids_survey *s)
{
    const struct ana_bids_file *first = NULL;
    int64_t n = 0;

    for (int64_t i = 0; i < s->bids->n_files; i++) {
        const struct ana_bids_file *f = &s->bids->file[i];

        if (*f->pipeline || strcmp(f->extension, ".tsv") != 0 || s->used[i])
            continue;
        if (strcmp(f->suffix, "events") == 0)
            ana_bids_say(s, "%s: events without their run",
                         ana_bids_short(s->bids, f->path));
        if (strcmp(f->suffix, "channels") != 0)
            continue;
        first = first ? first : f;
        n++;
    }
    if (n > 0)
        ana_bids_say(s,
                     "%lld channels.tsv have no recording that anaflow knows, such as %s",
                     (long long)n, ana_bids_short(s->bids, first->path));
}

/* channels.tsv has a line for each channel of the file. */
static void check_channels(struct ana_bids_survey *s, const struct ana_bids_file *file,
                           const struct ana_bids_header *header)
{
    const struct ana_bids_file *channels = ana_bids_channels_of(s->bids, file);
    const char *name = ana_bids_short(s->bids, file->path);
    struct ana_table *table = NULL;

    if (!channels) {
        ana_bids_say(s, "%s: has no channels.tsv, so that no channel is known to be bad",
                     name);
        return;
    }
    s->used[number_of(s, channels)] = 1;
    if (channels->missing)
        return;
    if (ana_table_read(s->facts->ctx, channels->path, 1, &table) != 0) {
        ana_bids_say(s, "%s", ana_bids_short(s->bids, ana_error(s->facts->ctx)));
        ana_ctx_clear(s->facts->ctx);
    } else if (ana_table_column(table, "name") < 0) {
        ana_bids_say(s, "%s: has no column `name`",
                     ana_bids_short(s->bids, channels->path));
    } else if (header->read && header->channels > 0 &&
               table->n_rows != header->channels) {
        ana_bids_say(s, "%s: has %lld channels and %s %lld lines", name,
                     (long long)header->channels, ana_bids_short(s->bids, channels->path),
                     (long long)table->n_rows);
    }
    ana_table_destroy(s->facts->ctx, table);
}

static void check_beside(struct ana_bids_survey *s, const struct ana_bids_file *file,
                         const struct ana_bids_header *header)
{
    const char *name = ana_bids_short(s->bids, file->path);
    const int32_t kind = ana_bids_recording(file);
    int several = 0;

    if (kind == ANA_BIDS_MEG)
        ana_bids_say(s, "%s: MEG is not read by this anaflow", name);
    if (kind == ANA_BIDS_EEG || kind == ANA_BIDS_IEEG)
        check_channels(s, file, header);
    if (kind == ANA_BIDS_IEEG && !ana_bids_electrodes_of(s->bids, file, NULL, &several))
        ana_bids_say(s, "%s: has no electrodes.tsv, so that no electrode has a place",
                     name);
    if (kind != ANA_BIDS_BOLD || !*file->pipeline)
        return;
    if (strncmp(file->extension, ".nii", 4) == 0 &&
        !ana_bids_mask_of(s->bids, file, "desc-brain"))
        ana_bids_say(s, "%s: has no brain mask (desc-brain_mask) of its space", name);
    if (!ana_bids_confounds_of(s->bids, file))
        ana_bids_say(s, "%s: has no table of confounds", name);
}

void ana_bids_check_file(struct ana_bids_survey *s, const struct ana_bids_file *file,
                         const struct ana_bids_header *header)
{
    json_t *sidecar = NULL;

    if (file->missing) {
        ana_bids_say(s,
                     "%s: is a link to a file that is not there; fetch it (datalad get, "
                     "git annex get)",
                     ana_bids_short(s->bids, file->path));
        return;
    }
    if (ana_bids_sidecar(s->facts->ctx, s->bids, file, &sidecar) != 0) {
        ana_bids_say(s, "%s", ana_bids_short(s->bids, ana_error(s->facts->ctx)));
        ana_ctx_clear(s->facts->ctx);
    } else if (ana_bids_recording(file) != ANA_BIDS_MEG) {
        check_rate(s, file, header, sidecar);
    }
    json_decref(sidecar);
    check_run(s, file, header);
    check_beside(s, file, header);
}

/* Subjects that have no recording of a kind that others have. */
static void check_complete(struct ana_bids_survey *s, const struct ana_bids_group *g,
                           const json_t *subjects)
{
    const char *lacking[MOST_NAMED + 1];
    const size_t n = json_array_size(subjects);
    json_t *have = json_object();
    int64_t n_lacking = 0, n_subjects = (int64_t)n;
    char *list;

    for (int64_t i = 0; i < s->bids->n_files; i++) {
        const struct ana_bids_file *f = &s->bids->file[i];

        if (ana_bids_recording(f) == g->kind &&
            strcmp(f->pipeline, g->first->pipeline) == 0 &&
            strcmp(ana_bids_get(f, "task"), ana_bids_get(g->first, "task")) == 0 &&
            strcmp(ana_bids_get(f, "space"), ana_bids_get(g->first, "space")) == 0)
            ana_json_set(have, ana_bids_get(f, "sub"), json_true(), &s->facts->failed);
    }
    for (size_t i = 0; i < n; i++) {
        const char *subject = json_string_value(json_array_get(subjects, i));

        if (subject && !json_object_get(have, subject) && n_lacking++ < MOST_NAMED)
            lacking[n_lacking - 1] = subject;
    }
    json_decref(have);
    if (n_lacking == 0 || n_lacking >= n_subjects)
        return;
    list = ana_text_list(lacking, n_lacking < MOST_NAMED ? n_lacking : MOST_NAMED,
                         MOST_NAMED);
    ana_bids_say(s, "%lld of %lld subjects have no %s of task-%s%s%s%s%s: %s%s",
                 (long long)n_lacking, (long long)n_subjects, g->first->suffix,
                 ana_bids_get(g->first, "task"),
                 *ana_bids_get(g->first, "space") ? " in space-" : "",
                 ana_bids_get(g->first, "space"), *g->first->pipeline ? " of " : "",
                 g->first->pipeline, list ? list : "",
                 n_lacking > MOST_NAMED ? " ..." : "");
    free(list);
}

/* participants.tsv and the folders name the same people. */
static void check_participants(struct ana_bids_survey *s, const json_t *subjects)
{
    struct ana_ctx *ctx = s->facts->ctx;
    char *path = ana_path_join(ctx, s->bids->root, "participants.tsv");
    struct ana_table *table = NULL;
    json_t *named = json_object();
    int64_t column = -1;

    if (path && access(path, F_OK) == 0 && ana_table_read(ctx, path, 1, &table) != 0) {
        ana_bids_say(s, "%s", ana_bids_short(s->bids, ana_error(ctx)));
        ana_ctx_clear(ctx);
    }
    if (table)
        column = ana_table_column(table, "participant_id");
    if (table && column < 0)
        ana_bids_say(s, "participants.tsv: has no column `participant_id`");
    for (int64_t r = 0; column >= 0 && r < table->n_rows; r++)
        ana_json_set(named, table->cell[r * table->n_columns + column], json_true(),
                     &s->facts->failed);
    for (size_t i = 0; column >= 0 && i < json_array_size(subjects); i++) {
        char name[256];

        snprintf(name, sizeof name, "sub-%.240s",
                 json_string_value(json_array_get(subjects, i)));
        if (!json_object_get(named, name))
            ana_bids_say(s, "participants.tsv: does not list %s", name);
        else
            json_object_del(named, name);
    }
    if (column >= 0 && json_object_size(named) > 0)
        ana_bids_say(
            s, "participants.tsv: lists %zu subjects that have no files, such as %s",
            json_object_size(named), json_object_iter_key(json_object_iter(named)));
    json_decref(named);
    ana_table_destroy(ctx, table);
    ana_free(ctx, path);
}

void ana_bids_check_all(struct ana_bids_survey *s)
{
    const struct ana_bids *bids = s->bids;
    json_t *subjects = json_array();
    const char *last = "";

    for (int64_t i = 0; i < bids->n_problems; i++)
        ana_bids_say(s, "%s", ana_bids_short(bids, bids->problem[i]));
    for (int64_t i = 0; i < bids->n_files; i++) {
        const struct ana_bids_file *f = &bids->file[i];
        const char *subject = ana_bids_get(f, "sub");

        if (!*f->pipeline && *subject && strcmp(subject, last) != 0) {
            ana_json_append(subjects, json_string(subject), &s->facts->failed);
            last = subject;
        }
        if (strcmp(f->suffix, "events") == 0 && strcmp(f->extension, ".tsv") == 0 &&
            !s->used[i])
            check_events(s, f);
    }
    check_alone(s);
    for (int64_t i = 0; i < s->n_groups; i++)
        check_complete(s, &s->group[i], subjects);
    check_participants(s, subjects);
    json_decref(subjects);
}
