/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a BIDS dataset says of the runs of a recording: whose they are, what they presented
 * and when, which channels are bad. A run that presented one stimulus is bound to it as a
 * whole; where runs presented several, each presentation becomes a unit of its own, cut
 * out of the run after that was prepared as a whole.
 */
#include <math.h>
#include <string.h>

#include <anaflow/files.h>

#include "base/text.h"
#include "pipeline/recording.h"

/* The file that a run of the reader comes from: their names begin alike. A stretch between
 * gaps is called FILE/2. */
static int64_t file_of(const struct ana_recording *r, int64_t run)
{
    const char *id = r->info.runs[run].id;
    const size_t n = strcspn(id, "/");

    if (r->info.n_runs == r->study->n_runs)
        return run;
    for (int64_t f = 0; f < r->study->n_runs; f++)
        if (strncmp(r->study->runs[f].name, id, n) == 0 &&
            r->study->runs[f].name[n] == '.')
            return f;
    return -1;
}

static int lost_run(struct ana_ctx *ctx, const struct ana_recording *r, int64_t run)
{
    return ana_fail(ctx, ANA_EDATA,
                    "run %s belongs to none of the files of `bids`; name the files with "
                    "`data =` instead",
                    r->info.runs[run].id);
}

/* Marks of all runs' channels.tsv together: a channel that is bad in one is bad. The
 * reader itself reads the first run's. */
static int mark_bad(struct ana_ctx *ctx, struct ana_recording *r, const char *path)
{
    struct ana_target *targets = r->described.targets;
    struct ana_table *table = NULL;
    int rc = ana_table_read(ctx, path, 1, &table);
    const int64_t name = rc == 0 ? ana_table_column(table, "name") : -1;
    const int64_t status = rc == 0 ? ana_table_column(table, "status") : -1;

    for (int64_t row = 0; rc == 0 && name >= 0 && status >= 0 && row < table->n_rows;
         row++) {
        const char *const *cell = table->cell + row * table->n_columns;

        for (int64_t t = 0; t < r->info.n_targets; t++)
            if (strcmp(cell[status], "bad") == 0 && targets[t].name &&
                strcmp(cell[name], targets[t].name) == 0)
                targets[t].bad = 1;
    }
    ana_table_destroy(ctx, table);
    return rc;
}

static int mark_targets(struct ana_ctx *ctx, struct ana_recording *r)
{
    struct ana_target *targets = r->described.targets;
    const char *space = r->study->space;
    int rc = 0;

    for (int64_t t = 0; space && *space && t < r->info.n_targets; t++)
        if (!isnan(targets[t].position[0]) && (!targets[t].space || !*targets[t].space))
            targets[t].space = space;
    for (int64_t f = 1; rc == 0 && f < r->study->n_runs; f++)
        if (r->study->runs[f].channels)
            rc = mark_bad(ctx, r, r->study->runs[f].channels);
    return rc;
}

static int add_unit(struct ana_ctx *ctx, struct ana_recording *r, int64_t run,
                    const struct ana_study_run *file, const struct ana_shown *shown,
                    int64_t number)
{
    struct ana_recording_unit *unit = &r->unit[r->n_units];

    *unit = (struct ana_recording_unit){.run = run,
                                        .subject = file->subject,
                                        .stimulus = shown ? shown->stimulus : NULL,
                                        .shown = shown,
                                        .id = ana_alloc(ctx, 600, 1)};
    if (!unit->id)
        return ANA_ERESOURCE;
    r->n_units++;
    snprintf(unit->id, 600, number > 0 ? "%.560s/%lld" : "%.560s", r->info.runs[run].id,
             (long long)number);
    return 0;
}

/* Whether two presentations are of one stimulus, wherever they are. */
static int find_repeats(const struct ana_recording *r)
{
    for (int64_t i = 1; i < r->n_units; i++)
        for (int64_t k = 0; k < i; k++)
            if (r->unit[i].stimulus && r->unit[k].stimulus &&
                ana_text_same_stem(r->unit[i].stimulus, r->unit[k].stimulus))
                return 1;
    return 0;
}

static int check_cut(struct ana_ctx *ctx, const struct ana_study_run *file)
{
    if (file->n_shown > 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: its events.tsv names no stimulus, and other runs present "
                    "several; fill in stim_file, or leave the run out (run-, task-)",
                    file->name);
}

int ana_recording_runs(struct ana_ctx *ctx, struct ana_recording *r)
{
    const struct ana_study_brain *study = r->study;
    int64_t n = 0;
    int rc = 0;

    if (study->n_runs == 0)
        return 0;
    if (r->info.layout != ANA_LAYOUT_SERIES)
        return ana_fail(ctx, ANA_EDATA,
                        "the files of `bids` are no runs over time (%s); name them with "
                        "`data =` instead",
                        study->runs[0].name);
    for (int64_t u = 0; u < r->info.n_runs; u++) {
        const int64_t f = file_of(r, u);

        if (f < 0)
            return lost_run(ctx, r, u);
        n += study->runs[f].n_shown > 1 && !study->cuts_epochs ? study->runs[f].n_shown
                                                               : 1;
        r->is_cut |= study->runs[f].n_shown > 1 && !study->cuts_epochs;
    }
    r->unit = ana_alloc(ctx, n, sizeof *r->unit);
    rc = r->unit ? mark_targets(ctx, r) : ANA_ERESOURCE;
    for (int64_t u = 0; rc == 0 && u < r->info.n_runs; u++) {
        const struct ana_study_run *file = &study->runs[file_of(r, u)];

        rc = r->is_cut ? check_cut(ctx, file) : 0;
        for (int64_t s = 0; rc == 0 && s < (r->is_cut ? file->n_shown : 1); s++)
            rc = add_unit(ctx, r, u, file, file->n_shown > 0 ? &file->shown[s] : NULL,
                          r->is_cut ? s + 1 : 0);
        if (rc == 0 && !r->is_cut && file->n_shown > 0 &&
            file->timed_by == ANA_TIMED_BY_SHOWN)
            r->before.start[u] -= file->shown[0].onset;
        if (rc == 0 && !r->is_cut && r->unit[r->n_units - 1].stimulus)
            r->before.name[u] = r->unit[r->n_units - 1].stimulus;
    }
    r->repeats = rc == 0 && find_repeats(r);
    return rc;
}

/* Where presentation `u` ends: as its event says, else where the run's next begins. */
static double end_of(const struct ana_recording *r, int64_t u)
{
    const struct ana_shown *shown = r->unit[u].shown;

    if (shown->duration > 0)
        return shown->onset + shown->duration;
    if (u + 1 < r->n_units && r->unit[u + 1].run == r->unit[u].run)
        return r->unit[u + 1].shown->onset;
    return INFINITY;
}

/* The samples of a presentation in its prepared run; 0 of them where it lies outside. */
static int64_t find_samples(const struct ana_recording *r, int64_t u, int64_t *first)
{
    const struct ana_geometry *g = &r->whole;
    const int64_t run = r->unit[u].run;
    const double low = (r->unit[u].shown->onset - g->start[run]) * g->rate;
    const double high = (end_of(r, u) - g->start[run]) * g->rate;
    const int64_t from = low > 0 ? (int64_t)fmin(ceil(low - 1e-6), (double)g->n[run]) : 0;
    const int64_t to = high > 0 ? (int64_t)fmin(ceil(high - 1e-6), (double)g->n[run]) : 0;

    *first = from;
    return to > from ? to - from : 0;
}

int ana_recording_cut(struct ana_ctx *ctx, struct ana_recording *r)
{
    struct ana_geometry *g = &r->after;
    int64_t kept = 0;

    if (!r->is_cut)
        return 0;
    r->whole = r->after;
    *g = (struct ana_geometry){.layout = r->whole.layout, .rate = r->whole.rate};
    g->n = ana_alloc(ctx, r->n_units, sizeof *g->n);
    g->start = ana_alloc(ctx, r->n_units, sizeof *g->start);
    g->name = ana_alloc(ctx, r->n_units, sizeof *g->name);
    if (!g->n || !g->start || !g->name)
        return ANA_ERESOURCE;
    for (int64_t u = 0; u < r->n_units; u++) {
        struct ana_recording_unit *unit = &r->unit[u];
        const int64_t n = find_samples(r, u, &unit->first);

        if (n == 0) {
            ana_warn(ctx,
                     "%s: the presentation of %s at %g s lies outside of the run and was "
                     "left out",
                     r->info.runs[unit->run].id, unit->stimulus, unit->shown->onset);
            ana_free(ctx, unit->id);
            continue;
        }
        g->n[kept] = n;
        g->name[kept] = unit->stimulus;
        g->start[kept] = r->whole.start[unit->run] + (double)unit->first / g->rate -
                         unit->shown->onset;
        r->unit[kept++] = *unit;
    }
    for (int64_t u = kept; u < r->n_units; u++)
        r->unit[u].id = NULL;
    r->n_units = g->n_units = kept;
    if (kept > 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "every presentation lies outside of its run; check the onsets of "
                    "events.tsv, and `trim` and `crop` of `prepare`");
}

void ana_recording_runs_finish(struct ana_ctx *ctx, struct ana_recording *r)
{
    for (int64_t u = 0; r->unit && u < r->n_units; u++)
        ana_free(ctx, r->unit[u].id);
    ana_free(ctx, r->unit);
    ana_geometry_finish(ctx, &r->whole);
}

/* The unit of the reader that a step's unit comes from, and of averaged ones the first;
 * from[u] = -1 where several subjects' are averaged. */
static void trace_step(const struct ana_recording *r, const struct ana_step *step,
                       int64_t *from)
{
    int64_t next = 0;

    for (int64_t i = 0; i < step->n_trials; i++) /* the first of such steps */
        from[i] = step->trial[i].unit;
    for (int64_t u = 0; u < step->n_members; u++) {
        const int64_t k = step->member[u];

        if (k == next)
            from[next++] = from[u];
        else if (r->n_units > 0 && from[k] >= 0 &&
                 r->unit[from[u]].subject != r->unit[from[k]].subject &&
                 strcmp(r->unit[from[u]].subject, r->unit[from[k]].subject) != 0)
            from[k] = -1;
    }
}

/* 1 if a step makes trials or says what is done with them; the most units there are. */
static int has_trials(const struct ana_recording *r, int64_t *most)
{
    int any = 0;

    *most = r->before.n_units > r->after.n_units ? r->before.n_units : r->after.n_units;
    for (int64_t i = 0; i < r->n_steps; i++) {
        any |= r->steps[i].kind == ANA_STEP_EPOCHS || r->steps[i].kind == ANA_STEP_TRIALS;
        *most = r->steps[i].n_trials > *most ? r->steps[i].n_trials : *most;
    }
    return any;
}

static int name_trial(struct ana_ctx *ctx, const struct ana_recording *r, int64_t u,
                      int64_t from, int64_t number, struct ana_recording_unit *unit)
{
    const int series = r->info.layout == ANA_LAYOUT_SERIES;

    *unit = (struct ana_recording_unit){.run = series ? from : 0,
                                        .subject =
                                            r->n_units > 0 ? r->unit[from].subject : NULL,
                                        .stimulus = r->after.name[u],
                                        .id = ana_alloc(ctx, 600, 1)};
    if (!unit->id)
        return ANA_ERESOURCE;
    if (series)
        snprintf(unit->id, 600, "%.560s/%lld", r->info.runs[from].id, (long long)number);
    else
        snprintf(unit->id, 600, "%.590s", r->after.name[u] ? r->after.name[u] : "?");
    return 0;
}

int ana_recording_trials(struct ana_ctx *ctx, struct ana_recording *r)
{
    const int64_t n = r->before.n_units;
    int64_t most, *from, *count;
    struct ana_recording_unit *units;
    int rc = 0;

    if (!has_trials(r, &most))
        return 0;
    if (r->is_cut)
        return ana_fail(ctx, ANA_EPARAM,
                        "runs of `bids` are cut into what they presented behind "
                        "preparation; for trials within it, cut them by epochs(A..B s)");
    from = ana_alloc(ctx, most, sizeof *from);
    count = ana_alloc(ctx, n, sizeof *count);
    units = ana_alloc(ctx, r->after.n_units, sizeof *units);
    if (!from || !count || !units)
        rc = ANA_ERESOURCE;
    for (int64_t u = 0; rc == 0 && u < n; u++)
        from[u] = u;
    for (int64_t i = 0; rc == 0 && i < r->n_steps; i++)
        trace_step(r, &r->steps[i], from);
    for (int64_t u = 0; rc == 0 && u < r->after.n_units; u++)
        if (from[u] < 0)
            rc =
                ana_fail(ctx, ANA_EPARAM,
                         "trials(average) would average presentations of '%s' to several "
                         "subjects; use trials(single), or take one subject",
                         r->after.name[u]);
        else
            rc = name_trial(ctx, r, u, from[u], ++count[from[u]], &units[u]);
    if (rc == 0) {
        struct ana_recording_unit *old = r->unit;

        for (int64_t u = 0; old && u < r->n_units; u++)
            ana_free(ctx, old[u].id);
        r->unit = units;
        r->n_units = r->after.n_units;
        r->repeats = r->after.singles;
        units = old;
    } else {
        for (int64_t u = 0; units && u < r->after.n_units; u++)
            ana_free(ctx, units[u].id);
    }
    ana_free(ctx, units);
    ana_free(ctx, from);
    ana_free(ctx, count);
    return rc;
}

const char *ana_recording_id(const struct ana_recording *r, int64_t unit)
{
    if (unit < r->n_units)
        return r->unit[unit].id;
    if (r->info.layout == ANA_LAYOUT_SERIES)
        return r->info.runs[unit].id;
    return r->info.row_names ? r->info.row_names[unit] : NULL;
}

const char *ana_recording_stimulus(const struct ana_recording *r, int64_t unit)
{
    return r->after.name[unit] ? r->after.name[unit] : ana_recording_id(r, unit);
}
