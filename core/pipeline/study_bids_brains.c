/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `bids =` found as recordings of the study: which reader, which parameters, whose.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/bids_beside.h"
#include "pipeline/study_bids.h"

enum { MOST_SETTINGS = 8 };

/* Folds by subject hold all runs of one person out: these are one recording then. */
static int is_pooled(const struct ana_build *b)
{
    const struct ana_ini_section *folds = ana_ini_section(b->ini, "folds", "");
    const struct ana_ini_key *by = folds ? ana_ini_key(folds, "by") : NULL;

    return by && strncmp(by->value, "subject", 7) == 0 && strchr(" \t", by->value[7]);
}

static int is_one_subject(const struct ana_bids_recording *found)
{
    for (int64_t i = 0; i < found->n; i++)
        if (strcmp(found->run[i].subject, found->subject) != 0)
            return 0;
    return 1;
}

/* Which reader is surest of the first file, where none is named. */
static void choose_plugin(struct ana_build *b, const struct ana_ini_section *section,
                          const struct ana_bids_recording *found,
                          struct ana_study_brain *brain)
{
    int32_t sure = 0;

    if (brain->plugin || ana_ini_key(section, "plugin"))
        return;
    brain->plugin = ana_registry_surest(b->ctx, b->registry, found->file[0], &sure);
    if (!brain->plugin)
        ana_problem(b, ANA_EDATA, brain->place.where,
                    "`bids` of %s: no reader knows %s; `anaflow plugin list` shows those "
                    "there are",
                    brain->place.section, found->file[0]);
}

/* One more setting, where the section does not have it itself. */
static void add_setting(const struct ana_ini_section *section, const char *where,
                        const char *key, const char *value, struct ana_setting *settings,
                        int64_t *n)
{
    if (value && *value && !ana_ini_key(section, key))
        settings[(*n)++] = (struct ana_setting){
            .key = key, .value = value, .where = where, .folder = ""};
}

/* Readers know mm, cm and m; BIDS writes those, "n/a", or another word for them. */
static const char *unit_of(const char *unit)
{
    return !unit                                                      ? NULL
           : strcmp(unit, "cm") == 0                                  ? "cm"
           : strcmp(unit, "m") == 0 || strncmp(unit, "meter", 5) == 0 ? "m"
                                                                      : NULL;
}

static struct ana_params *make_params(struct ana_build *b,
                                      const struct ana_ini_section *section,
                                      const struct ana_bids_recording *found,
                                      const struct ana_study_brain *brain)
{
    struct ana_setting settings[MOST_SETTINGS];
    struct ana_ini_key *mask = ana_ini_key(section, "mask");
    const char *where = brain->place.where;
    int64_t n = 0;

    if (found->mask && mask) {
        mask->used = 1;
        settings[n++] = (struct ana_setting){
            .key = "mask", .value = found->mask, .where = where, .folder = ""};
    }
    add_setting(section, where, "channels-table", found->run[0].channels, settings, &n);
    add_setting(section, where, "electrodes", found->electrodes, settings, &n);
    if (found->electrodes)
        add_setting(section, where, "electrodes-unit", unit_of(found->unit), settings,
                    &n);
    return ana_build_params_with(b, section, brain->plugin, n, settings);
}

/* What the tables of events say is asked for by onset = event and epochs. */
static void take_tables(struct ana_build *b, const struct ana_bids_recording *found,
                        struct ana_study_brain *brain)
{
    const char **tables = ana_arena_alloc(b->arena, found->n, sizeof *tables);

    if (brain->n_events > 0)
        return;
    b->failed |= !tables;
    for (int64_t i = 0; tables && i < found->n; i++) {
        tables[i] = found->run[i].events;
        if (!tables[i] && brain->onset_event)
            ana_problem(b, ANA_EDATA, brain->place.where,
                        "`onset` of %s names an event, and %s has no events.tsv",
                        brain->place.section, found->run[i].name);
        if (!tables[i])
            return;
    }
    brain->n_events = tables ? found->n : 0;
    brain->events = tables;
}

static int timed_by(const struct ana_study_brain *brain)
{
    return brain->cuts_epochs   ? ANA_TIMED_BY_EPOCHS
           : brain->onset_event ? ANA_TIMED_BY_EVENT
                                : ANA_TIMED_BY_SHOWN;
}

static void add_recording(struct ana_build *b, const struct ana_ini_section *section,
                          const struct ana_bids_recording *found, int several,
                          const struct ana_study_brain *common)
{
    struct ana_study_brain brain = *common, *added;

    if (several)
        brain.name = ana_build_format(b, "%s-%s", common->name, found->subject);
    if (strcmp(brain.subject, "n/a") == 0 && is_one_subject(found))
        brain.subject = found->subject;
    choose_plugin(b, section, found, &brain);
    brain.source = (struct ana_source){
        .size = sizeof brain.source,
        .n_files = found->n,
        .files = found->file,
        .rate = found->tr > 0 && !ana_ini_key(section, "tr") ? 1 / found->tr : 0,
        .text = common->bids};
    brain.n_runs = found->n;
    brain.runs = found->run;
    brain.confounds = found->confounds;
    brain.space = found->space;
    brain.n_beside = found->n_beside;
    brain.beside = found->beside;
    take_tables(b, found, &brain);
    ana_build_later(b, section, brain.plugin);
    added = ana_build_add_brain(b, &brain);
    if (added)
        added->params = make_params(b, section, found, &brain);
}

void ana_build_bids_brains(struct ana_build *b, const struct ana_ini_section *section,
                           const struct ana_study_brain *common)
{
    struct ana_bids_recording *found;
    const int64_t n = ana_build_bids(b, section, is_pooled(b), timed_by(common), &found);
    int32_t *used = ana_arena_alloc(b->arena, section->n_keys, sizeof *used);

    b->failed |= !used;
    if (!used)
        return;
    for (int64_t k = 0; k < section->n_keys; k++)
        used[k] = section->keys[k].used;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < section->n_keys; k++) /* the plugin's keys go to each */
            section->keys[k].used = used[k];
        add_recording(b, section, &found[i], n > 1, common);
    }
    if (n == 0) { /* so that what names it is not said to name nothing */
        for (int64_t k = 0; k < section->n_keys; k++)
            section->keys[k].used = 1;
        ana_build_add_brain(b, common);
    }
}
