/* SPDX-License-Identifier: BSD-3-Clause
 *
 * bids = FOLDER [: KEY-VALUE ...]: the files of a dataset as recordings, one a subject (one
 * of all subjects for folds by subject): their runs, what each presented and when, what
 * lies beside them. Nothing but names, JSON files and tables is read.
 */
#include "pipeline/study_bids.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/text.h"
#include "data/bids_events.h"
#include "pipeline/bids_select.h"

/* What is being read. */
struct reading {
    struct ana_build *b;
    const struct ana_ini_section *section;
    const struct ana_ini_key *key;
    struct ana_bids *bids;
    const char *shown; /* `shown = NAME`, or NULL */
    int timed_by;      /* ANA_TIMED_BY_... */
};

static const char *keep(const struct reading *r, const char *text)
{
    return ana_build_format(r->b, "%s", text);
}

/* A failure of `ctx` as a problem at the key. */
static int caught(const struct reading *r, int rc)
{
    int found;

    if (rc == 0)
        return 0;
    if (rc == ANA_ERESOURCE)
        return ana_problem_caught(r->b, rc);
    ana_problem(r->b, rc, ana_build_where(r->b, r->key), "`bids` of %s: %s",
                ana_build_place(r->b, r->section).section, ana_error(r->b->ctx));
    found = 1;
    ana_ctx_clear(r->b->ctx);
    return found;
}

/* "story_{task}_{run}" for a file: its own values instead of keys in braces. */
static const char *fill_in(const struct reading *r, const char *pattern,
                           const struct ana_bids_file *file)
{
    struct ana_text text = {0};
    const char *at = pattern, *kept;

    ana_text_write(&text, "", 0);
    while (*at) {
        const char *open = strchr(at, '{'), *close = open ? strchr(open, '}') : NULL;
        char *key;

        if (!close) {
            ana_text_add(&text, "%s", at);
            break;
        }
        key = strndup(open + 1, (size_t)(close - open - 1));
        ana_text_write(&text, at, open - at);
        if (key && !*ana_bids_get(file, key))
            ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                        "`shown` of %s has {%s}, and the name of %s has no %s-",
                        ana_build_place(r->b, r->section).section, key, file->name, key);
        ana_text_add(&text, "%s", key ? ana_bids_get(file, key) : "");
        free(key);
        at = close + 1;
    }
    kept = keep(r, text.data ? text.data : "");
    ana_text_finish(&text);
    return kept;
}

/* The name of the only stimulus there is, for runs that say nothing; NULL. */
static const char *only_stimulus(const struct reading *r)
{
    const struct ana_study *study = r->b->study;
    const struct ana_stimulus_set *set = study->n_stimuli == 1 ? study->stimuli : NULL;
    const char *path = set && set->n_audio == 1 && set->n_words <= 1   ? set->audio[0]
                       : set && set->n_audio == 0 && set->n_words == 1 ? set->words[0]
                                                                       : NULL;
    char *stem = path ? ana_text_stem(path) : NULL;
    const char *kept = stem ? keep(r, stem) : NULL;

    free(stem);
    return kept;
}

static void add_shown(const struct reading *r, struct ana_study_run *run,
                      const char *stimulus, double onset, double duration)
{
    struct ana_shown *grown =
        ana_build_more(r->b, (void *)(uintptr_t)run->shown, run->n_shown, sizeof *grown);

    if (!grown)
        return;
    run->shown = grown;
    grown[run->n_shown++] =
        (struct ana_shown){.stimulus = stimulus, .onset = onset, .duration = duration};
}

/* Without a [stimulus NAME] the dataset's own files are shown, and must be there; each is
 * missed once. */
static void miss_stimulus(const struct reading *r, const struct ana_bids_file *table,
                          const struct ana_event_row *event, const char *path)
{
    const struct ana_study *study = r->b->study;
    char *sentence = NULL;

    if (!path || study->n_stimuli > 0 || access(path, R_OK) == 0 ||
        asprintf(&sentence, "the stimulus %s", path) < 0)
        return;
    for (int64_t i = 0; i < study->n_problems; i++)
        if (strstr(study->problems[i], sentence)) {
            free(sentence);
            return;
        }
    ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                "`bids` of %s: %s:%lld: %s cannot be read; put it there, or add "
                "[stimulus NAME] with the files, which are found by name",
                ana_build_place(r->b, r->section).section, table->path,
                (long long)event->line, sentence);
    free(sentence);
}

/* Events that name a stimulus: what was presented, and when. */
static void take_events(const struct reading *r, const struct ana_bids_file *table,
                        struct ana_study_run *run)
{
    struct ana_events events;

    if (table->missing) {
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                    "%s: is a link to a file that is not there; fetch it (datalad get)",
                    table->path);
        return;
    }
    if (caught(r, ana_events_read(r->b->ctx, table->path, &events)))
        return;
    run->events = keep(r, table->path);
    for (int64_t i = 0; i < events.n && !r->shown; i++)
        if (*events.event[i].stim_file) {
            char *path = ana_bids_stimulus(r->b->ctx, r->bids, events.event[i].stim_file);

            r->b->failed |= !path;
            miss_stimulus(r, table, &events.event[i], path);
            if (path)
                add_shown(r, run, keep(r, path), events.event[i].onset,
                          events.event[i].duration);
            ana_free(r->b->ctx, path);
        }
    ana_events_finish(r->b->ctx, &events);
}

/* `onset = event NAME` says when by itself; what was shown must be one thing then. */
static void settle_event(const struct reading *r, struct ana_study_run *run)
{
    for (int64_t i = 1; i < run->n_shown; i++)
        if (strcmp(run->shown[i].stimulus, run->shown[0].stimulus) != 0) {
            ana_problem(r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
                        "%s presents several stimuli, whose onsets its events.tsv has; "
                        "remove `onset = event` from %s",
                        run->name, ana_build_place(r->b, r->section).section);
            return;
        }
    run->n_shown = run->n_shown > 0;
}

static void take_run(const struct reading *r, const struct ana_bids_file *file,
                     struct ana_study_run *run)
{
    const struct ana_bids_file *events = ana_bids_events_of(r->bids, file);
    const struct ana_bids_file *beside;
    const char *only;

    run->name = keep(r, file->name);
    run->subject = ana_build_format(r->b, "sub-%s", ana_bids_get(file, "sub"));
    if (events)
        take_events(r, events, run);
    if (r->shown) /* a stimulus begins with its run unless an event says otherwise */
        add_shown(r, run, fill_in(r, r->shown, file), 0, (double)NAN);
    only = run->n_shown == 0 ? only_stimulus(r) : NULL;
    if (only)
        add_shown(r, run, only, 0, (double)NAN);
    if (r->timed_by == ANA_TIMED_BY_EVENT)
        settle_event(r, run);
    run->timed_by = r->timed_by;
    beside = ana_bids_channels_of(r->bids, file);
    run->channels = beside ? keep(r, beside->path) : NULL;
}

static void add_beside(const struct reading *r, const struct ana_bids_file *file,
                       struct ana_bids_recording *to)
{
    const char **beside;

    for (int64_t i = 0; i < to->n_beside; i++)
        if (strcmp(to->beside[i], file->path) == 0)
            return;
    beside =
        ana_build_more(r->b, (void *)(uintptr_t)to->beside, to->n_beside, sizeof *beside);
    if (!beside)
        return;
    to->beside = beside;
    beside[to->n_beside++] = keep(r, file->path);
}

/* TR of the sidecars, the same for all runs; 0 = not said. */
static void take_rate(const struct reading *r, const struct ana_bids_file *file,
                      struct ana_bids_recording *out)
{
    const struct ana_bids_file *chain[2 * ANA_BIDS_MOST];
    const int64_t n = ana_bids_sidecars(r->bids, file, chain);
    json_t *sidecar = NULL;
    double tr;

    if (caught(r, ana_bids_sidecar(r->b->ctx, r->bids, file, &sidecar)))
        return;
    for (int64_t i = 0; i < n; i++)
        add_beside(r, chain[i], out);
    tr = ana_bids_number(sidecar, "RepetitionTime");
    if (json_object_get(sidecar, "RepetitionTime") && !(tr > 0 && isfinite(tr)))
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                    "%s: RepetitionTime of its JSON files is no number above 0",
                    file->path);
    else if (tr > 0 && out->tr > 0 && fabs(tr - out->tr) > 1e-6 * tr)
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                    "%s: its JSON files' RepetitionTime is %g s and %g s in a run before "
                    "it; choose runs of one TR, by run- or acq-",
                    file->path, tr, out->tr);
    else if (tr > 0)
        out->tr = tr;
    json_decref(sidecar);
}

/* electrodes.tsv and what coordsystem.json says of it. */
static void take_electrodes(const struct reading *r, const struct ana_bids_file *file,
                            const char *space, struct ana_bids_recording *out)
{
    static const char *const units[] = {"iEEGCoordinateUnits", "EEGCoordinateUnits"};
    int several = 0;
    const struct ana_bids_file *table =
        ana_bids_electrodes_of(r->bids, file, space, &several);
    const struct ana_bids_file *found[ANA_BIDS_MOST];
    struct ana_bids_wanted wanted = {
        .pipeline = "", .suffix = "coordsystem", .extension = ".json"};
    json_t *system = NULL;

    if (several) {
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                    "%s has electrodes.tsv in several spaces, %s among them; choose one "
                    "with `electrodes-space = %s`",
                    file->name, ana_bids_get(table, "space"),
                    ana_bids_get(table, "space"));
        return;
    }
    if (!table && space)
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, r->key),
                    "%s has no electrodes.tsv with space-%s", file->name, space);
    if (!table)
        return;
    out->electrodes = keep(r, table->path);
    out->space = keep(r, ana_bids_get(table, "space"));
    if (ana_bids_applying(r->bids, table, &wanted, found, NULL) == 0)
        return;
    if (caught(r, ana_bids_json(r->b->ctx, found[0]->path, &system)))
        return;
    add_beside(r, found[0], out);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (*ana_bids_text(system, units[i]))
            out->unit = keep(r, ana_bids_text(system, units[i]));
    json_decref(system);
}

/* `mask = desc-brain_mask`, `label-GM_desc-thin_mask`: the one that lies beside the first
 * file. Anything with a dot or a slash is a path. */
static void take_mask(const struct reading *r, const struct ana_bids_file *file,
                      struct ana_bids_recording *out)
{
    const struct ana_ini_key *key = ana_ini_key(r->section, "mask");
    const size_t n = key ? strlen(key->value) : 0;
    const struct ana_bids_file *mask;
    const char *words;

    if (!key || !strchr(key->value, '-') || strpbrk(key->value, "./ "))
        return;
    words = n > 5 && strcmp(key->value + n - 5, "_mask") == 0
                ? ana_build_format(r->b, "%.*s", (int)n - 5, key->value)
                : key->value;
    if (!words)
        return;
    mask = ana_bids_mask_of(r->bids, file, words);
    if (mask)
        out->mask = keep(r, mask->path);
    else
        ana_problem(r->b, ANA_EDATA, ana_build_where(r->b, key),
                    "`mask` of %s: there is no %s_mask beside %s",
                    ana_build_place(r->b, r->section).section, words, file->path);
}

/* One more recording that begins with a file. */
static struct ana_bids_recording *begin(const struct reading *r,
                                        const struct ana_bids_file *file,
                                        const char *space, int64_t *n,
                                        struct ana_bids_recording **all)
{
    struct ana_bids_recording *out = ana_build_more(r->b, *all, *n, sizeof *out);

    if (!out)
        return NULL;
    *all = out;
    out += (*n)++;
    out->subject = ana_build_format(r->b, "sub-%s", ana_bids_get(file, "sub"));
    out->kind = ana_bids_recording(file);
    take_mask(r, file, out);
    if (out->kind == ANA_BIDS_EEG || out->kind == ANA_BIDS_IEEG)
        take_electrodes(r, file, space, out);
    return out;
}

static void add_file(const struct reading *r, const struct ana_bids_file *file,
                     struct ana_bids_recording *to)
{
    struct ana_study_run *runs = ana_build_more(r->b, to->run, to->n, sizeof *runs);
    const char **paths =
        ana_build_more(r->b, (void *)(uintptr_t)to->file, to->n, sizeof *paths);

    const char **confounds =
        ana_build_more(r->b, (void *)(uintptr_t)to->confounds, to->n, sizeof *confounds);
    const struct ana_bids_file *beside = ana_bids_confounds_of(r->bids, file);

    if (!runs || !paths || !confounds)
        return;
    to->confounds = confounds;
    confounds[to->n] = beside ? keep(r, beside->path) : NULL;
    to->run = runs;
    to->file = paths;
    paths[to->n] = keep(r, file->path);
    take_run(r, file, &runs[to->n++]);
    if (to->kind == ANA_BIDS_BOLD)
        take_rate(r, file, to);
}

/* "FOLDER : WORDS": a colon between blanks, or at the end. */
static const char *find_colon(const char *text)
{
    for (const char *c = text; (c = strchr(c, ':')); c++)
        if ((c > text && (c[-1] == ' ' || c[-1] == '\t')) &&
            (!c[1] || c[1] == ' ' || c[1] == '\t'))
            return c;
    return NULL;
}

static int open_folder(struct reading *r, const char *text, const char *colon)
{
    const char *end = colon ? colon : text + strlen(text), *folder;

    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    folder = ana_build_path(r->b, r->section, r->key,
                            ana_build_format(r->b, "%.*s", (int)(end - text), text));
    return folder && !caught(r, ana_bids_open(r->b->ctx, folder, &r->bids));
}

int64_t ana_build_bids(struct ana_build *b, const struct ana_ini_section *section,
                       int pooled, int timed_by, struct ana_bids_recording **out)
{
    struct reading r = {.b = b,
                        .section = section,
                        .key = ana_build_key(b, section, "bids"),
                        .timed_by = timed_by};
    const char *colon = r.key ? find_colon(r.key->value) : NULL, *space = NULL;
    const struct ana_bids_file **files = NULL;
    const char *const *words = NULL;
    int64_t n = 0, n_files = 0, n_words = 0;
    struct ana_bids_recording *to = NULL;

    *out = NULL;
    ana_build_text(b, section, "shown", &r.shown);
    ana_build_text(b, section, "electrodes-space", &space);
    if (!r.key || !open_folder(&r, r.key->value, colon))
        return 0;
    if (colon && colon[1 + strspn(colon + 1, " \t")]) {
        struct ana_ini_key part = *r.key;

        part.value = colon + 1;
        n_words = ana_build_words(b, section, &part, &words);
    }
    caught(&r, ana_bids_select(b->ctx, r.bids, n_words, words, &n_files, &files));
    for (int64_t i = 0; i < n_files; i++) {
        const char *subject = ana_bids_get(files[i], "sub");

        if (!to || (!pooled && strcmp(to->subject + 4, subject) != 0))
            to = begin(&r, files[i], space, &n, out);
        if (to)
            add_file(&r, files[i], to);
    }
    ana_free(b->ctx, (void *)files);
    ana_bids_close(b->ctx, r.bids);
    return n;
}
