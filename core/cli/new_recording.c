/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which arrays are recordings of the sounds: each is opened by its reader with the axes
 * that its shape allows, and kept if the reader then gives a row or a run for every sound.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "cli/inspect.h"
#include "cli/new.h"
#include "plugin/describe.h"
#include "plugin/params.h"

enum { MOST_ENTRIES = 200, MOST_TRIES = 400, MOST_GROUPED = 400 };

/* One file, or several that hold the same, while it is tried. */
struct trial {
    struct ana_ctx *ctx;
    struct ana_arena *arena;
    const struct ana_registry *registry;
    const struct ana_stimuli *stimuli;
    const struct ana_new_files *files;
    const struct ana_new_group *group;
    const struct ana_plugin *plugin;
    int64_t n_entries;
    struct ana_entry *entry; /* of the first file */
    int64_t n_files;
    const char *const *file;
    const char *written; /* the files as `data =` writes them */
    int64_t tries;
    struct ana_new_recording found;
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

/* Whether every stimulus is named by exactly one of n names. */
static int names_all(const struct trial *t, int64_t n,
                     const char *(*name)(const void *, int64_t), const void *of)
{
    uint8_t *seen = ana_alloc(t->ctx, t->stimuli->n, 1);
    int all = seen && n == t->stimuli->n;

    for (int64_t i = 0; all && i < n; i++) {
        const char *text = name(of, i);
        const int64_t item = text ? ana_stimuli_find(t->stimuli, text) : -1;

        all = item >= 0 && !seen[item];
        if (all)
            seen[item] = 1;
    }
    ana_free(t->ctx, seen);
    return all;
}

static const char *row_name(const void *of, int64_t i)
{
    const struct ana_recording_info *info = of;

    if (info->layout == ANA_LAYOUT_SERIES)
        return info->runs[i].stimulus ? info->runs[i].stimulus : info->runs[i].id;
    return info->row_names ? info->row_names[i] : NULL;
}

static const char *path_name(const void *of, int64_t i)
{
    return ((const char *const *)of)[i];
}

/* Open the files as a source says and look whether rows or runs are the sounds. */
static int fits(struct trial *t, const struct ana_source *source, int32_t *layout)
{
    struct ana_params *params = NULL;
    struct ana_described arrays = {NULL, NULL, NULL};
    struct ana_recording_info info;
    void *self = NULL;
    int rc = ana_params_create(t->ctx, t->plugin, 0, NULL, &params), fit = 0;

    if (rc == 0)
        rc = t->plugin->reader->open(t->ctx, params, source, &self);
    if (rc == 0)
        rc = ana_reader_describe(t->ctx, t->plugin->reader, self, &info, &arrays);
    if (rc == 0 && info.n_targets > 0) {
        *layout = info.layout;
        fit = names_all(t, info.layout == ANA_LAYOUT_SERIES ? info.n_runs : info.n_rows,
                        row_name, &info);
    }
    ana_described_finish(t->ctx, &arrays);
    t->plugin->reader->close(t->ctx, self);
    ana_params_destroy(params);
    ana_ctx_clear(t->ctx);
    t->tries++;
    return fit;
}

/* What one trial of axes is. */
struct guess {
    const char *variable, *rows, *times, *targets; /* names of axes; NULL = bare */
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

static void write_guess(const struct trial *t, const struct guess *g,
                        struct ana_text *out)
{
    ana_text_add(out, "%s : %s(", t->written, g->variable);
    for (int32_t d = 0; d < g->n_axes; d++) {
        const char *names = axis_names(g, g->kind[d]);

        ana_text_add(out, "%s%s%s%s", d ? ", " : "", axis_word(g->kind[d]),
                     names ? "=" : "", names ? names : "");
    }
    ana_text_add(out, ")");
    if (g->rate > 0)
        ana_text_add(out, " @ %g Hz", g->rate);
}

/* Try one guess; 1 = it fits and is kept. */
static int try_guess(struct trial *t, const struct guess *g)
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
    fit = !text.failed && fits(t, &source, &layout);
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
static const char *vector(const struct trial *t, int64_t length, int numbers, int64_t n)
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
static const char *list_beside(const struct trial *t, int64_t n)
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
static int try_names(struct trial *t, struct guess *g, int64_t rows)
{
    for (int64_t n = 0; (g->rows = vector(t, rows, 0, n)); n++)
        if (try_guess(t, g))
            return 1;
    for (int64_t n = 0; (g->rows = list_beside(t, n)); n++)
        if (try_guess(t, g))
            return 1;
    return 0;
}

/* One order of the axes: time where a vector of numbers is as long as its axis, targets
 * with each list of names that there could be, then without. */
static int try_order(struct trial *t, struct guess *g, const int64_t *extent,
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

static int try_axes(struct trial *t, const struct ana_entry *entry)
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
static int try_rows(struct trial *t)
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
static int try_table(struct trial *t)
{
    const struct guess g = {
        .variable = "", .n_axes = 2, .kind = {ANA_AXIS_STIMULUS, ANA_AXIS_TARGET}};

    t->found.says = "each column of numbers is a target";
    return try_guess(t, &g);
}

/* Samples of one file's only array along its first axis; 0 = it is no such file. */
static int64_t samples_of(struct trial *t, const char *path)
{
    struct ana_entry *entry = NULL;
    int64_t n = 0, samples = 0;

    if (ana_reader_list(t->ctx, t->plugin->reader, path, &n, &entry) == 0 && n == 1 &&
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

/* A file a sound: how many samples they have for how many seconds gives the rate. */
static int try_series(struct trial *t)
{
    double samples = 0, seconds = 0;
    struct guess g = {
        .variable = "", .n_axes = 2, .kind = {ANA_AXIS_TIME, ANA_AXIS_TARGET}};
    int64_t extent[ANA_MAX_DIMS];

    if (t->n_files != t->stimuli->n || t->n_entries != 1 ||
        !names_all(t, t->n_files, path_name, t->file))
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

static void free_entries(struct trial *t)
{
    for (int64_t i = 0; i < t->n_entries; i++) {
        ana_free(t->ctx, (void *)(uintptr_t)t->entry[i].name);
        ana_free(t->ctx, (void *)(uintptr_t)t->entry[i].note);
    }
    ana_free(t->ctx, t->entry);
    t->entry = NULL;
    t->n_entries = 0;
}

/* Whether a helper comes back from a file whose reader's library may crash on it. */
static int survives(struct trial *t)
{
    struct ana_facts facts = {.ctx = t->ctx, .root = json_object()};
    int rc = 0;

    if (t->plugin->reader->flags & ANA_READER_UNTRUSTED_LIB)
        rc = ana_inspect_apart(&facts, t->plugin, t->file[0]);
    json_decref(facts.root);
    return rc == 0;
}

/* What the first of the trial's files holds. 0 = nothing that could be a recording. */
static int look(struct trial *t)
{
    int32_t confidence;

    t->plugin = ana_registry_surest(t->ctx, t->registry, t->file[0], &confidence);
    if (!t->plugin || !t->plugin->reader->list || !survives(t) ||
        ana_reader_list(t->ctx, t->plugin->reader, t->file[0], &t->n_entries,
                        &t->entry) != 0) {
        t->n_entries = 0;
        ana_ctx_clear(t->ctx);
        return 0;
    }
    return t->n_entries > 0 && t->n_entries <= MOST_ENTRIES;
}

static int is_table(const char *ending)
{
    return strcmp(ending, "tsv") == 0 || strcmp(ending, "csv") == 0;
}

/* "subject-1 data" as the name of a section: letters, digits, '-' and '_'. */
static const char *section_name(struct ana_arena *arena, const char *path, int64_t number)
{
    const char *slash = strrchr(path, '/');
    char *name = ana_arena_strdup(arena, slash ? slash + 1 : path), *to = name;
    char *dot = name ? strrchr(name, '.') : NULL;

    if (!name)
        return NULL;
    if (dot && dot != name)
        *dot = 0;
    for (char *c = name; *c; c++) {
        const int good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                         (*c >= '0' && *c <= '9') || *c == '-' || *c == '_';

        if (good)
            *to++ = *c;
        else if (to > name && to[-1] != '-')
            *to++ = '-';
    }
    *to = 0;
    return *name && strcmp(name, "sounds") != 0
               ? name
               : ana_arena_format(arena, "recording-%lld", (long long)number);
}

static int try_files(struct trial *t)
{
    int fit = 0;

    if (look(t))
        fit = t->n_files > 1               ? try_series(t) || try_rows(t)
              : is_table(t->group->ending) ? try_table(t)
                                           : try_rows(t);
    free_entries(t);
    if (!fit)
        ana_log(t->ctx, "%s: no rows or runs of the sounds' names", t->written);
    return fit;
}

/* A name with nothing in it that `data =` would take for grammar. */
static int plain(const char *path)
{
    return !strpbrk(path, " \t:@{}()[]*?,;#\"'$");
}

/* All files of a group at once; where that fits nothing, each by itself. */
static int try_group(struct trial *t, int64_t room, struct ana_new_recording *out,
                     int64_t *n)
{
    const struct ana_new_group *group = t->group;

    if (!plain(group->path[0]) || *n == room)
        return 0;
    if (group->n > 1 && group->n <= MOST_GROUPED && *group->ending) {
        t->n_files = group->n;
        t->file = group->path;
        t->written = ana_arena_format(t->arena, "%s/*.%s", group->folder, group->ending);
        if (t->written && try_files(t)) {
            t->found.name = section_name(t->arena, group->folder, *n + 1);
            out[(*n)++] = t->found;
            return 0;
        }
    }
    for (int64_t i = 0; i < group->n && *n < room; i++) {
        if (ana_cancelled(t->ctx))
            return ana_fail(t->ctx, ANA_ECANCEL, "interrupted");
        if (!plain(group->path[i]))
            continue;
        t->n_files = 1;
        t->file = &group->path[i];
        t->written = group->path[i];
        if (try_files(t)) {
            t->found.name = section_name(t->arena, group->path[i], *n + 1);
            out[(*n)++] = t->found;
        }
    }
    return 0;
}

int ana_new_recordings(struct ana_ctx *ctx, const struct ana_registry *registry,
                       const struct ana_new_files *files,
                       const struct ana_stimuli *stimuli, int64_t room,
                       struct ana_new_recording *out, int64_t *n)
{
    int rc = 0;

    *n = 0;
    for (int64_t i = 0; rc == 0 && i < files->n; i++) {
        struct trial t = {.ctx = ctx,
                          .arena = files->arena,
                          .registry = registry,
                          .stimuli = stimuli,
                          .files = files,
                          .group = &files->group[i]};

        if (!ana_is_sound(files->group[i].path[0]))
            rc = try_group(&t, room, out, n);
    }
    for (int64_t i = 0; i < *n; i++) /* two files of one name in two folders */
        for (int64_t k = 0; k < i; k++)
            if (out[i].name && out[k].name && strcmp(out[i].name, out[k].name) == 0)
                out[i].name = ana_arena_format(files->arena, "%s-%lld", out[i].name,
                                               (long long)i + 1);
    for (int64_t i = 0; rc == 0 && i < *n; i++)
        rc = out[i].name ? 0 : ANA_ERESOURCE;
    return rc;
}
