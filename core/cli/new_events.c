/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One long recording to which all sounds were played: what it marks itself, or a table of
 * events beside it, says when each was, and its trials are cut out around those.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "cli/new_trial.h"
#include "data/events.h"

enum { MOST_TABLES = 200, LEAST_SAMPLES = 2 };

/* What says when each sound was. */
struct when {
    const struct ana_recording_info *info;
    const char *table, *column; /* NULL = what the recording marks itself */
    const char *names;          /* a glob of the events that count; NULL = all */
    int repeated;
};

/* Which sounds are named, how often anything else is. */
struct tally {
    uint8_t *seen;
    int64_t named, other, sounds;
};

static void count_name(const struct ana_new_trial *t, struct tally *tally,
                       const char *name)
{
    const int64_t item = *name ? ana_stimuli_find(t->stimuli, name) : -1;

    tally->other += *name && item < 0;
    if (item < 0)
        return;
    tally->named++;
    tally->sounds += !tally->seen[item];
    tally->seen[item] = 1;
}

static int begin_tally(struct ana_new_trial *t, struct tally *tally)
{
    *tally = (struct tally){.seen = ana_alloc(t->ctx, t->stimuli->n, 1)};
    return tally->seen != NULL;
}

/* 1 if every sound was named. */
static int end_tally(struct ana_new_trial *t, struct tally *tally)
{
    ana_free(t->ctx, tally->seen);
    tally->seen = NULL;
    return tally->sounds == t->stimuli->n;
}

/* "dog*" or "*.wav": what the events that name sounds have in common and no other has. */
static const char *find_glob(const struct ana_new_trial *t,
                             const struct ana_recording_info *info)
{
    const char *first = NULL, *dot = NULL, *glob;
    size_t n = 0;
    int good[2] = {1, 1}; /* ending, beginning */

    for (int64_t i = 0; i < info->n_events; i++) {
        const char *text = info->events[i].text;
        size_t k = 0;

        if (ana_stimuli_find(t->stimuli, text) < 0)
            continue;
        n = first ? n : strlen(text);
        first = first ? first : text;
        while (k < n && text[k] == first[k])
            k++;
        n = k;
    }
    dot = first ? strrchr(first, '.') : NULL;
    if (!first || strpbrk(first, "*?[],()\\"))
        return NULL;
    for (int64_t i = 0; i < info->n_events; i++) {
        const char *text = info->events[i].text, *end = strrchr(text, '.');
        const int is_sound = ana_stimuli_find(t->stimuli, text) >= 0;

        good[0] &= dot && (end && strcmp(end, dot) == 0) == is_sound;
        good[1] &= n > 0 && (strncmp(text, first, n) == 0) == is_sound;
    }
    glob = good[0]   ? ana_arena_format(t->arena, "*%s", dot)
           : good[1] ? ana_arena_format(t->arena, "%.*s*", (int)n, first)
                     : NULL;
    return glob && !strpbrk(glob, " \t\"';#$") ? glob : NULL;
}

static int marks_them(struct ana_new_trial *t, struct when *when)
{
    struct tally tally;

    if (!begin_tally(t, &tally))
        return 0;
    for (int64_t i = 0; i < when->info->n_events; i++)
        count_name(t, &tally, when->info->events[i].text);
    when->table = when->column = when->names = NULL;
    when->repeated = tally.named > t->stimuli->n;
    if (!end_tally(t, &tally))
        return 0;
    if (tally.other > 0)
        when->names = find_glob(t, when->info);
    return tally.other == 0 || when->names;
}

/* A column of a table, each of whose cells is empty or names a sound. */
static int column_names(struct ana_new_trial *t, const struct ana_events *events,
                        const char *column, struct when *when)
{
    struct tally tally;
    int all;

    if (!begin_tally(t, &tally))
        return 0;
    for (int64_t i = 0; i < events->n; i++) {
        const char *cell = ana_events_cell(events, i, column);

        count_name(t, &tally, cell ? cell : "");
    }
    when->repeated = tally.named > t->stimuli->n;
    all = end_tally(t, &tally) && tally.other == 0;
    if (all)
        when->column = ana_arena_strdup(t->arena, column);
    return all && when->column;
}

static int table_names(struct ana_new_trial *t, const char *path, struct when *when)
{
    struct ana_events events = {0};
    int found = 0;

    if (ana_events_read(t->ctx, path, &events) == 0 && events.table)
        for (int64_t c = 0; !found && c < events.table->n_columns; c++)
            found = column_names(t, &events, events.table->column[c], when);
    ana_events_finish(t->ctx, &events);
    ana_ctx_clear(t->ctx);
    when->table = found ? path : NULL;
    when->names = NULL;
    return found;
}

/* A table beside it; its name may hold nothing that an INI file takes for grammar. */
static int find_table(struct ana_new_trial *t, struct when *when)
{
    int64_t tried = 0;

    for (int64_t g = 0; when->info->n_runs == 1 && g < t->files->n; g++) {
        const struct ana_new_group *group = &t->files->group[g];

        if (strcmp(group->ending, "tsv") != 0)
            continue;
        for (int64_t i = 0; i < group->n && tried++ < MOST_TABLES; i++)
            if (!strpbrk(group->path[i], " \t*?[]{};#\"'$,") &&
                table_names(t, group->path[i], when))
                return 1;
    }
    return 0;
}

static double shortest(const struct ana_stimuli *stimuli)
{
    double least = (double)INFINITY;

    for (int64_t i = 0; i < stimuli->n; i++)
        least = fmin(least, stimuli->item[i].duration);
    return floor(100 * least) / 100;
}

/* The section's further lines, and the sentence about them. */
static int write_found(struct ana_new_trial *t, const struct when *when, double seconds)
{
    struct ana_text lines = {0};

    if (when->table)
        ana_text_add(&lines, "events = %s\n", when->table);
    ana_text_add(&lines, "; to clean the run first: prepare = zscore(run) epochs...\n");
    ana_text_add(&lines, "prepare = epochs(0..%g s", seconds);
    if (when->names)
        ana_text_add(&lines, ", %s", when->names);
    if (when->column)
        ana_text_add(&lines, ", by %s", when->column);
    ana_text_add(&lines, ")%s\n", when->repeated ? " trials(average)" : "");
    t->found.lines = lines.failed ? NULL : ana_arena_strdup(t->arena, lines.data);
    t->found.says = when->table ? "one long recording; a table of events says when each "
                                  "sound was, and trials as long as the shortest sound "
                                  "are cut out"
                                : "one long recording; its own marks say when each "
                                  "sound was, and trials as long as the shortest sound "
                                  "are cut out";
    ana_text_finish(&lines);
    return t->found.lines != NULL;
}

static int look(struct ana_new_trial *t, const struct ana_recording_info *info, void *arg)
{
    const double seconds = shortest(t->stimuli);
    struct when when = {.info = info};

    (void)arg;
    if (info->layout != ANA_LAYOUT_SERIES || info->n_targets < 1 || info->n_runs < 1 ||
        !(seconds * info->runs[0].rate >= LEAST_SAMPLES))
        return 0;
    return (marks_them(t, &when) || find_table(t, &when)) &&
           write_found(t, &when, seconds);
}

int ana_new_try_events(struct ana_new_trial *t, const struct ana_source *source)
{
    if (!ana_new_open(t, source, look, NULL))
        return 0;
    t->found.layout = ANA_LAYOUT_EPOCHS;
    return 1;
}
