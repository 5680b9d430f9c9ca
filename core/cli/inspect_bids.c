/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A BIDS dataset as a whole: subjects, sessions, tasks, and its recordings by kind, each
 * header read once.
 */
#include "cli/inspect_bids.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "plugin/apart.h"
#include "plugin/describe.h"

/* GIFTI is read whole to know what it holds: larger files are passed over. */
enum { MOST_WHOLE = 8 << 20 };

static int ends_in(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);

    return n >= m && strcmp(text + n - m, ending) == 0;
}

static void take_entries(int64_t n, const struct ana_entry *entry,
                         struct ana_bids_header *out)
{
    for (int64_t i = 0; i < n; i++) {
        const struct ana_entry *e = &entry[i];
        const int64_t T = e->ndim == 4 ? e->shape[3] : e->shape[0];

        if (!e->dtype || (e->rate <= 0 && e->ndim < 2))
            continue;
        if (e->ndim == 1)
            out->channels++;
        else
            out->channels = e->ndim == 4   ? e->shape[0] * e->shape[1] * e->shape[2]
                            : e->ndim == 2 ? e->shape[1]
                                           : 0;
        if (T > out->samples)
            out->samples = T;
        if (e->rate > 0 && !(out->rate > e->rate))
            out->rate = e->rate;
    }
    if (out->rate > 0)
        out->seconds = (double)out->samples / out->rate;
}

/* Read a header, quietly; what the reader says against it is a problem. */
static void read_header(struct ana_bids_survey *s, const struct ana_bids_file *file,
                        struct ana_bids_header *out)
{
    const struct ana_plugin *plugin;
    const struct ana_warning *warning;
    struct ana_entry *entry = NULL;
    int32_t confidence;
    int64_t n = 0, n_warned;

    *out = (struct ana_bids_header){.rate = (double)NAN, .seconds = (double)NAN};
    if (file->missing || (ends_in(file->extension, ".gii") && file->bytes > MOST_WHOLE))
        return;
    plugin = ana_registry_surest(s->quiet, s->registry, file->path, &confidence);
    if (!plugin || !plugin->reader->list)
        return;
    if (ana_reader_list(s->quiet, plugin, file->path, &n, &entry) == 0) {
        out->read = 1;
        take_entries(n, entry, out);
    } else {
        ana_bids_say(s, "%s", ana_bids_short(s->bids, ana_error(s->quiet)));
        ana_ctx_clear(s->quiet);
        out->told = 1;
    }
    n_warned = ana_ctx_warnings(s->quiet, &warning);
    for (; s->n_warned < n_warned; s->n_warned++) {
        ana_bids_say(s, "%s", ana_bids_short(s->bids, warning[s->n_warned].text));
        out->told = 1;
    }
    ana_entries_free(s->quiet, n, entry);
}

/* What tells recordings of one kind from those of another. */
static const char *const keys[] = {"task", "space", "res", "den", "hemi", "desc", "echo"};
enum { N_KEYS = sizeof keys / sizeof *keys };

static int same_kind(const struct ana_bids_file *a, const struct ana_bids_file *b)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(ana_bids_get(a, keys[i]), ana_bids_get(b, keys[i])) != 0)
            return 0;
    return strcmp(a->pipeline, b->pipeline) == 0 && strcmp(a->suffix, b->suffix) == 0 &&
           strcmp(a->extension, b->extension) == 0;
}

static struct ana_bids_group *find_group(struct ana_bids_survey *s,
                                         const struct ana_bids_file *file)
{
    struct ana_bids_group *g = NULL;

    for (int64_t i = 0; i < s->n_groups; i++)
        if (same_kind(s->group[i].first, file))
            return &s->group[i];
    if ((s->n_groups & (s->n_groups - 1)) == 0) {
        g = ana_alloc(s->facts->ctx, s->n_groups > 0 ? 2 * s->n_groups : 1, sizeof *g);
        if (!g) {
            s->facts->failed = 1;
            return NULL;
        }
        if (s->n_groups > 0)
            memcpy(g, s->group, (size_t)s->n_groups * sizeof *g);
        ana_free(s->facts->ctx, s->group);
        s->group = g;
    }
    g = &s->group[s->n_groups++];
    *g = (struct ana_bids_group){.first = file,
                                 .kind = ana_bids_recording(file),
                                 .last_subject = "",
                                 .rate = {INFINITY, -INFINITY},
                                 .seconds = {INFINITY, -INFINITY},
                                 .channels = {INT64_MAX, 0}};
    return g;
}

static void widen(double range[2], double x)
{
    range[0] = fmin(range[0], x); /* which pass over a NaN */
    range[1] = fmax(range[1], x);
}

static void add_to_group(struct ana_bids_survey *s, const struct ana_bids_file *file,
                         const struct ana_bids_header *header)
{
    struct ana_bids_group *g = find_group(s, file);
    const char *subject = ana_bids_get(file, "sub");

    if (!g)
        return;
    g->n++;
    g->n_events += ana_bids_events_of(s->bids, file) != NULL;
    g->bytes += file->bytes;
    g->n_subjects += strcmp(subject, g->last_subject) != 0; /* files come by subject */
    g->last_subject = subject;
    if (!header->read)
        return;
    g->n_read++;
    widen(g->rate, header->rate);
    widen(g->seconds, header->seconds);
    if (header->channels < g->channels[0])
        g->channels[0] = header->channels;
    if (header->channels > g->channels[1])
        g->channels[1] = header->channels;
}

/* The different values of an entity, in the order of the files. */
static void set_values(struct ana_bids_survey *s, const char *name, const char *key)
{
    json_t *list = json_array(), *seen = json_object();

    for (int64_t i = 0; i < s->bids->n_files; i++) {
        const char *value = ana_bids_get(&s->bids->file[i], key);

        if (!*value || json_object_get(seen, value))
            continue;
        ana_json_set(seen, value, json_true(), &s->facts->failed);
        ana_json_append(list, json_string(value), &s->facts->failed);
    }
    json_decref(seen);
    ana_json_set(s->facts->root, name, list, &s->facts->failed);
}

static void set_range(json_t *object, const char *low, const char *high,
                      const double range[2], int *failed)
{
    if (range[1] < range[0])
        return;
    ana_json_real(object, low, range[0], failed);
    ana_json_real(object, high, range[1], failed);
}

static const char *const kinds[] = {"", "fMRI", "EEG", "iEEG", "MEG"};

static void set_groups(struct ana_bids_survey *s)
{
    int *failed = &s->facts->failed;
    json_t *list = json_array();

    for (int64_t i = 0; i < s->n_groups; i++) {
        const struct ana_bids_group *g = &s->group[i];
        json_t *object = json_object();

        ana_json_text(object, "kind", kinds[g->kind], failed);
        ana_json_text(object, "pipeline", g->first->pipeline, failed);
        for (size_t k = 0; k < N_KEYS; k++)
            if (*ana_bids_get(g->first, keys[k]))
                ana_json_text(object, keys[k], ana_bids_get(g->first, keys[k]), failed);
        ana_json_text(object, "extension", g->first->extension, failed);
        ana_json_count(object, "runs", g->n, failed);
        ana_json_count(object, "subjects", g->n_subjects, failed);
        ana_json_count(object, "bytes", g->bytes, failed);
        ana_json_count(object, "headers", g->n_read, failed);
        set_range(object, "lowest_rate", "highest_rate", g->rate, failed);
        set_range(object, "shortest", "longest", g->seconds, failed);
        if (g->channels[1] > 0) {
            ana_json_count(object, "fewest_channels", g->channels[0], failed);
            ana_json_count(object, "most_channels", g->channels[1], failed);
        }
        ana_json_append(list, object, failed);
    }
    ana_json_set(s->facts->root, "recordings", list, failed);
}

/* The kind that a study would take: preprocessed in a volume, with events, in a space that
 * people share; else what there is most of. */
static const struct ana_bids_group *best_group(const struct ana_bids_survey *s)
{
    const struct ana_bids_group *best = NULL;
    int64_t most = 0;

    for (int64_t i = 0; i < s->n_groups; i++) {
        const struct ana_bids_group *g = &s->group[i];
        const int volume = strncmp(g->first->extension, ".nii", 4) == 0;
        const int preproc = strcmp(ana_bids_get(g->first, "desc"), "preproc") == 0;
        const int64_t rank = g->kind == ANA_BIDS_MEG
                                 ? 0
                                 : 1 + g->n_subjects + 4000000 * (volume && preproc) +
                                       2000000 * (g->n_events > 0) +
                                       1000000 * (*ana_bids_get(g->first, "space") != 0);

        if (rank > most) {
            best = g;
            most = rank;
        }
    }
    return best;
}

/* 1 if recordings that have all that `g` says have a key of which it says nothing. */
static int others_have(const struct ana_bids_survey *s, const struct ana_bids_group *g,
                       const char *key)
{
    for (int64_t i = 0; i < s->n_groups; i++) {
        const struct ana_bids_file *other = s->group[i].first;
        int same = strcmp(other->pipeline, g->first->pipeline) == 0;

        for (size_t k = 0; same && k < N_KEYS; k++)
            same = !*ana_bids_get(g->first, keys[k]) ||
                   strcmp(ana_bids_get(g->first, keys[k]),
                          ana_bids_get(other, keys[k])) == 0;
        if (same && *ana_bids_get(other, key))
            return 1;
    }
    return 0;
}

static void set_use(struct ana_bids_survey *s, const char *path)
{
    const struct ana_bids_group *g = best_group(s);
    struct ana_text line = {0};
    json_t *use;

    if (!g)
        return;
    ana_text_add(&line, "bids = %s :", path);
    if (*g->first->pipeline && !s->bids->only[0])
        ana_text_add(&line, " derivatives-%s", g->first->pipeline);
    for (size_t k = 0; k < N_KEYS; k++)
        if (*ana_bids_get(g->first, keys[k]))
            ana_text_add(&line, " %s-%s", keys[k], ana_bids_get(g->first, keys[k]));
        else if (others_have(s, g, keys[k]))
            ana_text_add(&line, " %s-none", keys[k]);
    ana_text_add(&line, " sub-%s", ana_bids_get(g->first, "sub"));
    use = json_object();
    ana_json_text(use, "as", "as a recording, such as", &s->facts->failed);
    ana_json_text(use, "line", line.failed ? NULL : line.data, &s->facts->failed);
    ana_json_text(use, "kind", kinds[g->kind], &s->facts->failed);
    ana_json_set(use, "mask",
                 json_boolean(ana_bids_mask_of(s->bids, g->first, "desc-brain")),
                 &s->facts->failed);
    ana_json_set(s->facts->root, "use", use, &s->facts->failed);
    ana_text_finish(&line);
}

static int survey(struct ana_bids_survey *s)
{
    const struct ana_bids *bids = s->bids;

    for (int64_t i = 0; i < bids->n_files; i++)
        s->has_raw |= !*bids->file[i].pipeline && ana_bids_recording(&bids->file[i]);
    for (int64_t i = 0; i < bids->n_files; i++) {
        struct ana_bids_header header;

        if (!ana_bids_recording(&bids->file[i]))
            continue;
        if (ana_cancelled(s->facts->ctx))
            return ana_fail(s->facts->ctx, ANA_ECANCEL, "interrupted");
        read_header(s, &bids->file[i], &header);
        ana_bids_check_file(s, &bids->file[i], &header);
        add_to_group(s, &bids->file[i], &header);
    }
    ana_bids_check_all(s);
    return 0;
}

static void set_all(struct ana_bids_survey *s, const char *path)
{
    json_t *problems = json_object();
    int *failed = &s->facts->failed;

    ana_json_text(s->facts->root, "kind", "bids", failed);
    ana_json_text(s->facts->root, "name", s->bids->name, failed);
    ana_json_text(s->facts->root, "version", s->bids->version, failed);
    ana_json_text(s->facts->root, "pipeline", s->bids->only, failed);
    ana_json_count(s->facts->root, "files", s->bids->n_files, failed);
    set_values(s, "subjects", "sub");
    set_values(s, "sessions", "ses");
    set_values(s, "tasks", "task");
    set_values(s, "spaces", "space");
    set_groups(s);
    ana_json_count(problems, "n", s->n_problems, failed);
    ana_json_set(problems, "sentences", s->problems, failed);
    s->problems = NULL;
    ana_json_set(s->facts->root, "problems", problems, failed);
    set_use(s, path);
}

static int open_survey(struct ana_bids_survey *s, struct ana_registry **registry)
{
    struct ana_ctx *ctx = s->facts->ctx;
    int rc = ana_registry_create(ctx, registry);

    s->registry = *registry;
    s->used = ana_alloc(ctx, s->bids->n_files, 1);
    s->last = ana_alloc(ctx, s->bids->n_files, sizeof *s->last);
    s->problems = json_array();
    if (rc == 0 && (!s->used || !s->last || !s->problems))
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for what it holds");
    for (int64_t i = 0; rc == 0 && i < s->bids->n_files; i++)
        s->last[i] = (double)NAN;
    if (rc == 0)
        rc = ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &s->quiet);
    if (rc == 0)
        ana_ctx_set_apart(s->quiet, ana_ctx_apart(ctx));
    return rc;
}

/* A folder that says it is a dataset, or has the folder of a subject. */
static int seems_one(struct ana_ctx *ctx, const char *path)
{
    char *file = ana_path_join(ctx, path, "dataset_description.json"), **names = NULL;
    int64_t n = 0;
    int found = file && access(file, F_OK) == 0;

    ana_free(ctx, file);
    if (!found && ana_folder_list(ctx, path, &n, &names) == 0)
        for (int64_t i = 0; i < n; i++)
            found |= strncmp(names[i], "sub-", 4) == 0;
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, names[i]);
    ana_free(ctx, names);
    return found;
}

int ana_inspect_bids(struct ana_facts *facts, const char *path, int *is_one)
{
    struct ana_bids_survey s = {.facts = facts};
    struct ana_registry *registry = NULL;
    struct ana_bids *bids = NULL;
    int rc = 0;

    *is_one = seems_one(facts->ctx, path);
    if (*is_one)
        rc = ana_bids_open(facts->ctx, path, &bids);
    if (!*is_one || rc == ANA_EDATA) { /* a folder like any other */
        *is_one = 0;
        ana_ctx_clear(facts->ctx);
        return 0;
    }
    s.bids = bids;
    if (rc == 0)
        rc = open_survey(&s, &registry);
    if (rc == 0)
        rc = survey(&s);
    if (rc == 0)
        set_all(&s, path);
    json_decref(s.problems);
    ana_ctx_destroy(s.quiet);
    ana_free(facts->ctx, s.used);
    ana_free(facts->ctx, s.last);
    ana_free(facts->ctx, s.group);
    ana_registry_destroy(registry);
    ana_bids_close(facts->ctx, bids);
    return rc;
}
