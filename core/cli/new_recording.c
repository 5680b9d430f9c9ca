/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which arrays are recordings of the sounds: each is opened by its reader with the axes
 * that its shape allows, and kept if the reader then gives a row or a run for every sound.
 */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "cli/inspect.h"
#include "cli/new_trial.h"
#include "plugin/apart.h"
#include "plugin/describe.h"
#include "plugin/params.h"

enum { MOST_ENTRIES = 200, MOST_GROUPED = 400, SURE = 50 };

int ana_new_names_all(const struct ana_new_trial *t, int64_t n,
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

/* What a reader warns of is said once the file is taken, by `check`. */
int ana_new_open(struct ana_new_trial *t, const struct ana_source *source,
                 int (*look)(struct ana_new_trial *t,
                             const struct ana_recording_info *info, void *arg),
                 void *arg)
{
    const struct ana_reader_vt *vt = t->plugin->reader;
    struct ana_params *params = NULL;
    struct ana_described arrays = {NULL, NULL, NULL};
    struct ana_recording_info info;
    struct ana_ctx *quiet = NULL;
    void *self = NULL;
    int rc = ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &quiet), fit = 0;

    t->tries++;
    if (rc != 0)
        return 0;
    ana_ctx_set_apart(quiet, ana_ctx_apart(t->ctx));
    rc = ana_params_create(quiet, t->plugin, 0, NULL, &params);
    if (rc == 0)
        rc = ana_reader_open(quiet, t->plugin, params, source, &vt, &self);
    if (rc == 0)
        rc = ana_reader_describe(quiet, vt, self, &info, &arrays);
    if (rc == 0)
        fit = look(t, &info, arg);
    ana_described_finish(quiet, &arrays);
    vt->close(quiet, self);
    ana_params_destroy(params);
    ana_ctx_destroy(quiet);
    return fit;
}

static int names_rows(struct ana_new_trial *t, const struct ana_recording_info *info,
                      void *arg)
{
    int32_t *layout = arg;

    *layout = info->layout;
    return info->n_targets > 0 &&
           ana_new_names_all(
               t, info->layout == ANA_LAYOUT_SERIES ? info->n_runs : info->n_rows,
               row_name, info);
}

int ana_new_fits(struct ana_new_trial *t, const struct ana_source *source,
                 int32_t *layout)
{
    return ana_new_open(t, source, names_rows, layout);
}

static void free_entries(struct ana_new_trial *t)
{
    for (int64_t i = 0; i < t->n_entries; i++) {
        ana_free(t->ctx, (void *)(uintptr_t)t->entry[i].name);
        ana_free(t->ctx, (void *)(uintptr_t)t->entry[i].note);
    }
    ana_free(t->ctx, t->entry);
    t->entry = NULL;
    t->n_entries = 0;
}

/* What the first of the trial's files holds. 0 = nothing that could be a recording. */
static int look(struct ana_new_trial *t)
{
    int32_t confidence;

    t->plugin = ana_registry_surest(t->ctx, t->registry, t->file[0], &confidence);
    if (!t->plugin || !t->plugin->reader->list ||
        ana_reader_list(t->ctx, t->plugin, t->file[0], &t->n_entries, &t->entry) != 0) {
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

/* Formats that say themselves what their axes are: EEGLAB, BrainVision, EDF, NWB, images.
 * Their runs are called by their files. */
static int try_itself(struct ana_new_trial *t)
{
    const struct ana_source source = {.size = sizeof source,
                                      .n_files = t->n_files,
                                      .files = t->file,
                                      .text = t->written};
    int32_t confidence, layout = 0;

    t->plugin = ana_registry_surest(t->ctx, t->registry, t->file[0], &confidence);
    ana_ctx_clear(t->ctx);
    t->found = (struct ana_new_recording){.data = t->written};
    if (!t->plugin || confidence < SURE ||
        !(t->plugin->reader->flags & ANA_READER_SELF_DESCRIBING))
        return 0;
    t->found.plugin = t->plugin->id;
    if (ana_new_fits(t, &source, &layout)) {
        t->found.layout = layout;
        t->found.says = layout == ANA_LAYOUT_SERIES
                            ? "runs were bound to the sounds by the names of their files"
                            : "rows were bound to the sounds by their names";
        return 1;
    }
    return t->n_files == 1 && ana_new_try_events(t, &source);
}

static int try_files(struct ana_new_trial *t)
{
    int fit = try_itself(t);

    if (!fit && look(t))
        fit = t->n_files > 1               ? ana_new_try_series(t) || ana_new_try_rows(t)
              : is_table(t->group->ending) ? ana_new_try_table(t)
                                           : ana_new_try_rows(t);
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
static int try_group(struct ana_new_trial *t, int64_t room, struct ana_new_recording *out,
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
        struct ana_new_trial t = {.ctx = ctx,
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
