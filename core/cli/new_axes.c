/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which axes of an array can be what: rows called by names that stand beside it, time where
 * a vector of numbers is as long, targets. A guess is kept if the reader then gives a row or
 * a run for every sound.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "cli/new_trial.h"
#include "plugin/apart.h"
#include "plugin/describe.h"

enum {
    MOST_TRIES = 400,
    MOST_PATHS = 120 /* bytes of an array's path and its folder, in a line of 197 */
};

/* Dimensions that are not 1. */
static int32_t extents(const struct ana_entry *entry, int64_t out[ANA_MAX_DIMS])
{
    int32_t n = 0;

    for (int32_t d = 0; d < entry->ndim; d++)
        if (entry->shape[d] != 1)
            out[n++] = entry->shape[d];
    return n;
}

static int64_t length_of(const struct ana_entry *entry)
{
    int64_t length = 1;

    for (int32_t d = 0; d < entry->ndim; d++)
        length = entry->shape[d] < INT32_MAX && length < INT32_MAX
                     ? length * entry->shape[d]
                     : INT64_MAX;
    return length;
}

/* What one trial of axes is. */
struct guess {
    const char *variable, *rows, *times, *targets; /* names of axes; NULL = bare */
    int beside; /* `rows` is a file of the data's folder */
    double rate;
    int32_t n_axes;
    int32_t kind[3]; /* ANA_AXIS_... */
};

static const char *axis_names(const struct guess *g, int32_t kind)
{
    return kind == ANA_AXIS_STIMULUS ? g->rows
           : kind == ANA_AXIS_TIME   ? g->times
                                     : g->targets;
}

static const char *axis_word(int32_t kind)
{
    return kind == ANA_AXIS_STIMULUS ? "stimulus"
           : kind == ANA_AXIS_TIME   ? "time"
                                     : "target";
}

static void write_guess(const struct ana_new_trial *t, const struct guess *g,
                        struct ana_text *out)
{
    ana_text_add(out, "%s : %s(", t->written, g->variable);
    for (int32_t d = 0; d < g->n_axes; d++) {
        const char *names = axis_names(g, g->kind[d]);
        const int beside = g->beside && names == g->rows && /* where the line has room */
                           strlen(t->written) + strlen(t->group->folder) < MOST_PATHS;

        ana_text_add(out, "%s%s%s%s%s%s", d ? ", " : "", axis_word(g->kind[d]),
                     names ? "=" : "", beside ? t->group->folder : "", beside ? "/" : "",
                     names ? names : "");
    }
    ana_text_add(out, ")");
    if (g->rate > 0)
        ana_text_add(out, " @ %g Hz", g->rate);
}

/* Try one guess; 1 = it fits and is kept. */
static int try_guess(struct ana_new_trial *t, const struct guess *g)
{
    struct ana_source source = {
        .size = sizeof source, .n_files = t->n_files, .files = t->file, .rate = g->rate};
    struct ana_text text = {0};
    int32_t layout = 0;
    int fit = 0;

    if (t->tries >= MOST_TRIES)
        return 0;
    write_guess(t, g, &text);
    source.var.name = *g->variable ? g->variable : NULL;
    source.var.n_axes = g->n_axes;
    for (int32_t d = 0; d < g->n_axes; d++) {
        source.var.axis[d].kind = g->kind[d];
        source.var.axis[d].name = axis_word(g->kind[d]);
        source.var.axis[d].names = axis_names(g, g->kind[d]);
    }
    source.text = text.failed ? "" : text.data;
    fit = !text.failed && ana_new_fits(t, &source, &layout);
    if (fit) {
        t->found.plugin = t->plugin->id;
        t->found.data = ana_arena_strdup(t->arena, text.data);
        t->found.layout = layout;
        fit = t->found.data != NULL;
    }
    ana_text_finish(&text);
    return fit;
}

/* A variable of texts (numbers = 0) or numbers as long as an axis, the n-th; or NULL. */
static const char *vector(const struct ana_new_trial *t, int64_t length, int numbers,
                          int64_t n)
{
    for (int64_t i = 0; i < t->n_entries; i++) {
        const struct ana_entry *e = &t->entry[i];
        int64_t extent[ANA_MAX_DIMS];

        if (numbers && (!e->dtype || extents(e, extent) != 1 || extent[0] != length))
            continue;
        if (!numbers && (e->dtype || (e->ndim > 0 && length_of(e) != length)))
            continue;
        if (*e->name && n-- == 0)
            return e->name;
    }
    return NULL;
}

/* The n-th list of names beside the data: a text or a table of its folder; or NULL. */
static const char *list_beside(const struct ana_new_trial *t, int64_t n)
{
    static const char *const endings[] = {"txt", "tsv", "csv"};

    for (int64_t i = 0; i < t->files->n; i++)
        for (int e = 0; e < 3; e++)
            for (int64_t k = 0;
                 strcmp(t->files->group[i].folder, t->group->folder) == 0 &&
                 strcmp(t->files->group[i].ending, endings[e]) == 0 &&
                 k < t->files->group[i].n;
                 k++)
                if (n-- == 0)
                    return strrchr(t->files->group[i].path[k], '/') + 1;
    return NULL;
}

/* With every list of names that there could be. */
static int try_names(struct ana_new_trial *t, struct guess *g, int64_t rows)
{
    g->beside = 0;
    for (int64_t n = 0; (g->rows = vector(t, rows, 0, n)); n++)
        if (try_guess(t, g))
            return 1;
    g->beside = 1;
    for (int64_t n = 0; (g->rows = list_beside(t, n)); n++)
        if (try_guess(t, g))
            return 1;
    return 0;
}

/* One order of the axes: time where a vector of numbers is as long as its axis, targets
 * with each list of names that there could be, then without. */
static int try_order(struct ana_new_trial *t, struct guess *g, const int64_t *extent,
                     int32_t rows, int32_t time)
{
    int64_t n_targets = 0;

    for (int32_t d = 0; d < g->n_axes; d++) {
        g->kind[d] = d == rows   ? ANA_AXIS_STIMULUS
                     : d == time ? ANA_AXIS_TIME
                                 : ANA_AXIS_TARGET;
        n_targets = g->kind[d] == ANA_AXIS_TARGET ? extent[d] : n_targets;
    }
    g->times = time >= 0 ? vector(t, extent[time], 1, 0) : NULL;
    if (time >= 0 && !g->times)
        return 0;
    for (int64_t n = 0;; n++) {
        g->targets = n_targets > 0 ? vector(t, n_targets, 0, n) : NULL;
        if (try_names(t, g, extent[rows]))
            return 1;
        if (!g->targets)
            return 0;
    }
}

static int try_axes(struct ana_new_trial *t, const struct ana_entry *entry)
{
    int64_t extent[ANA_MAX_DIMS];
    const int32_t n = extents(entry, extent);

    for (int32_t s = 0; n >= 1 && n <= 3 && s < n; s++)
        for (int32_t time = n == 3 ? 0 : -1; time < n; time++) {
            struct guess g = {.variable = t->n_entries > 1 ? entry->name : "",
                              .n_axes = n};

            if (extent[s] == t->stimuli->n && time != s &&
                try_order(t, &g, extent, s, time))
                return 1;
        }
    return 0;
}

static int larger_first(const void *a, const void *b)
{
    const struct ana_entry *x = *(const struct ana_entry *const *)a;
    const struct ana_entry *y = *(const struct ana_entry *const *)b;
    const int64_t n = length_of(x), m = length_of(y);

    return (n < m) - (n > m);
}

/* The largest array with a row for every sound. */
int ana_new_try_rows(struct ana_new_trial *t)
{
    const struct ana_entry **order = ana_alloc(t->ctx, t->n_entries, sizeof *order);
    int64_t n = 0;
    int fit = 0;

    for (int64_t i = 0; order && i < t->n_entries; i++)
        if (t->entry[i].dtype)
            order[n++] = &t->entry[i];
    if (n > 0)
        qsort(order, (size_t)n, sizeof *order, larger_first);
    for (int64_t i = 0; !fit && i < n; i++)
        fit = try_axes(t, order[i]);
    ana_free(t->ctx, (void *)order);
    if (fit)
        t->found.says = "rows were bound to the sounds by their names";
    return fit;
}

/* Tables name their rows and columns themselves. */
int ana_new_try_table(struct ana_new_trial *t)
{
    const struct guess g = {
        .variable = "", .n_axes = 2, .kind = {ANA_AXIS_STIMULUS, ANA_AXIS_TARGET}};

    t->found.says = "each column of numbers is a target";
    return try_guess(t, &g);
}

/* Samples of one file's only array along its first axis; 0 = it is no such file. */
static int64_t samples_of(struct ana_new_trial *t, const char *path)
{
    struct ana_entry *entry = NULL;
    int64_t n = 0, samples = 0;

    if (ana_reader_list(t->ctx, t->plugin, path, &n, &entry) == 0 && n == 1 &&
        entry[0].dtype && entry[0].ndim >= 1)
        samples = entry[0].shape[0];
    for (int64_t i = 0; i < n; i++) {
        ana_free(t->ctx, (void *)(uintptr_t)entry[i].name);
        ana_free(t->ctx, (void *)(uintptr_t)entry[i].note);
    }
    ana_free(t->ctx, entry);
    ana_ctx_clear(t->ctx);
    return samples;
}

static const char *path_name(const void *of, int64_t i)
{
    return ((const char *const *)of)[i];
}

/* A file a sound: how many samples they have for how many seconds gives the rate. */
int ana_new_try_series(struct ana_new_trial *t)
{
    double samples = 0, seconds = 0;
    struct guess g = {
        .variable = "", .n_axes = 2, .kind = {ANA_AXIS_TIME, ANA_AXIS_TARGET}};
    int64_t extent[ANA_MAX_DIMS];

    if (t->n_files != t->stimuli->n || t->n_entries != 1 ||
        !ana_new_names_all(t, t->n_files, path_name, t->file))
        return 0;
    for (int64_t i = 0; i < t->n_files; i++) {
        const int64_t item = ana_stimuli_find(t->stimuli, t->file[i]);

        samples += (double)samples_of(t, t->file[i]);
        seconds += t->stimuli->item[item].duration;
    }
    if (!(samples > 0) || !(seconds > 0))
        return 0;
    g.rate = round(samples / seconds);
    g.n_axes = extents(&t->entry[0], extent) > 1 ? 2 : 1;
    t->found.says = "the rate was guessed from the lengths of the sounds: correct it";
    return g.rate > 0 && try_guess(t, &g);
}
