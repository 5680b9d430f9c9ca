/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [brain NAME] and [data NAME]: recordings, and anything else that a reader reads.
 */
#include <string.h>

#include "pipeline/prepare.h"
#include "pipeline/study_bids.h"
#include "plugin/value.h"

int64_t ana_study_find_brain(const struct ana_study *study, const char *name)
{
    for (int64_t i = 0; i < study->n_brains; i++)
        if (strcmp(study->brains[i].name, name) == 0)
            return i;
    return -1;
}

int64_t ana_build_source_names(struct ana_build *b, const char *const **out)
{
    const struct ana_study *study = b->study;
    const int64_t n = study->n_models + study->n_brains;
    const char **names = ana_arena_alloc(b->arena, n, sizeof *names);

    *out = names;
    b->failed |= !names;
    for (int64_t i = 0; names && i < n; i++)
        names[i] = i < study->n_models ? study->models[i].name
                                       : study->brains[i - study->n_models].name;
    return names ? n : 0;
}

static void take_data(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_brain *brain)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "data");

    brain->source.size = sizeof brain->source;
    if (key && brain->bids)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "%s has both `data` and `bids`; keep one of the two",
                    brain->place.section);
    else if (key)
        ana_build_source(b, section, key, &brain->source);
    else if (!brain->bids && !ana_ini_key(section, "data"))
        ana_problem(
            b, ANA_EPARAM, brain->place.where,
            "%s has no `data`; write data = FILES : VARIABLE(axis=names, ...) @ RATE",
            brain->place.section);
}

static void take_steps(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_brain *brain)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "prepare");
    struct ana_step step;

    if (!key)
        return;
    brain->n_prepare = ana_build_words(b, section, key, &brain->prepare);
    brain->prepare_folder = key->folder;
    for (int64_t i = 0; i < brain->n_prepare; i++) {
        ana_build_push(b, section, key);
        ana_problem_caught(b, ana_step_parse(b->ctx, brain->prepare[i], &step));
        brain->cuts_epochs |= step.kind == ANA_STEP_EPOCHS;
        ana_step_finish(b->ctx, &step);
        ana_context_pop(b->ctx);
    }
}

/* What stands behind the name in `onset = event NAME, ...`, one part. */
static void take_onset_part(struct ana_build *b, char *part,
                            struct ana_study_brain *brain)
{
    part += strspn(part, " \t");
    if (strncmp(part, "at ", 3) == 0)
        brain->onset_column = part + 3 + strspn(part + 3, " ");
    else if (strncmp(part, "to ", 3) == 0)
        brain->onset_end = part + 3 + strspn(part + 3, " ");
    else if (strncmp(part, "within ", 7) == 0)
        ana_problem_caught(
            b, ana_value_number(b->ctx, part + 7, "s", &brain->onset_within, NULL));
    else if (ana_problem_caught(b,
                                ana_value_number(b->ctx, part, "s", &brain->onset, NULL)))
        brain->onset = 0;
}

/* `onset = event NAME`: sample 0 is counted from the first event of that name; `onset =
 * event NAME, 40 ms` from 40 ms before it; `, at COLUMN` from many such events whose times
 * after the onset stand there; `, to NAME` ends the stimulus; `, within TIME`: how far
 * clocks may drift apart.
 * `onset = 40 ms`: the file's sample 0 was taken 40 ms later, counted from the onset of
 * the stimulus, than the file says. A recording that leads its stimulus is put right by
 * a positive onset. */
static void take_onset(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_brain *brain)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "onset");
    char *text, *part;

    if (!key)
        return;
    text = ana_arena_strdup(b->arena, key->value);
    b->failed |= !text;
    if (!text)
        return;
    ana_build_push(b, section, key);
    if (strncmp(text, "event ", 6) == 0) {
        part = strsep(&text, ",");
        brain->onset_event = part + 6 + strspn(part + 6, " ");
    }
    while ((part = strsep(&text, ",")))
        take_onset_part(b, part, brain);
    if (brain->onset_column && brain->onset_end)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`onset` finds a drift by `at COLUMN` or by `to NAME`, not by both");
    else if (!brain->onset_event &&
             (brain->onset_column || brain->onset_end || brain->onset_within > 0))
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`at`, `to` and `within` of `onset` go with an event: onset = event "
                    "NAME, at COLUMN");
    ana_context_pop(b->ctx);
}

/* Tables of events: one a run. */
static void take_events(struct ana_build *b, const struct ana_ini_section *section,
                        struct ana_study_brain *brain)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "events");
    const char *const *words;
    int64_t n;

    if (!key)
        return;
    n = ana_build_words(b, section, key, &words);
    brain->n_events = ana_build_files(b, section, key, n, words, &brain->events);
    if (!brain->onset_event && !brain->cuts_epochs)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "%s has `events` and nothing that asks for them; write onset = event "
                    "NAME, or prepare = epochs(A..B s), or remove them",
                    brain->place.section);
}

static void take_nan(struct ana_build *b, const struct ana_ini_section *section,
                     struct ana_study_brain *brain)
{
    static const char *const words[] = {"error", "mask", "zero"};
    const struct ana_ini_key *key = ana_build_key(b, section, "nan");

    for (int32_t i = 0; key && i < 3; i++)
        if (strcmp(key->value, words[i]) == 0) {
            brain->nan = i;
            return;
        }
    if (key)
        ana_problem(b, ANA_EPARAM, brain->place.where,
                    "`nan = %s`: expected error, mask or zero", key->value);
}

static void check_name(struct ana_build *b, const struct ana_study_brain *brain)
{
    const struct ana_study *study = b->study;
    const int64_t model = ana_study_find_model(study, brain->name);
    const int64_t other = ana_study_find_brain(study, brain->name);

    if (model >= 0)
        ana_problem(
            b, ANA_EPARAM, brain->place.where,
            "%s has the name of the model at %s; `from` could mean either, rename one",
            brain->place.section, study->models[model].place.where);
    else if (&study->brains[other] != brain)
        ana_problem(b, ANA_EPARAM, brain->place.where,
                    "%s has the name of %s at %s; rename one", brain->place.section,
                    study->brains[other].place.section, study->brains[other].place.where);
}

/* What all recordings of a section share; `bids` is read afterwards. */
static void take_common(struct ana_build *b, const struct ana_ini_section *section,
                        struct ana_study_brain *brain)
{
    static const char *const of_bids[] = {"shown", "electrodes-space"};

    brain->name = brain->of = section->name;
    brain->place = ana_build_place(b, section);
    brain->is_brain = strcmp(section->kind, "brain") == 0;
    brain->subject = "n/a";
    brain->bids =
        ana_ini_key(section, "bids") ? ana_ini_key(section, "bids")->value : NULL;
    if (!brain->bids || ana_ini_key(section, "plugin"))
        brain->plugin = ana_build_plugin(b, section, ANA_KIND_READER);
    take_data(b, section, brain);
    for (size_t i = 0; !brain->bids && i < sizeof of_bids / sizeof *of_bids; i++)
        if (ana_build_key(b, section, of_bids[i]))
            ana_problem(
                b, ANA_EPARAM, brain->place.where,
                "`%s` of %s is for recordings of a BIDS dataset, `bids = FOLDER`; "
                "remove it",
                of_bids[i], brain->place.section);
    ana_build_text(b, section, "subject", &brain->subject);
    if (ana_build_text(b, section, "stimulus", &brain->stimulus))
        ana_build_check_stimulus(b, section, brain->stimulus);
    take_steps(b, section, brain);
    take_onset(b, section, brain);
    take_events(b, section, brain);
    take_nan(b, section, brain);
}

/* `trust = strict` wants only readers that were written for hostile files. */
static void check_trust(struct ana_build *b, const struct ana_study_brain *brain)
{
    if (b->study->trust == ANA_TRUST_STRICT && brain->plugin &&
        (brain->plugin->reader->flags & ANA_READER_UNTRUSTED_LIB))
        ana_problem(
            b, ANA_EPARAM, brain->place.where,
            "`trust = strict` of [study] refuses the reader %s of %s: its library "
            "may crash on a damaged file; convert the recording (to .npy, EDF, "
            "NIfTI), or write `trust = normal`",
            brain->plugin->id, brain->place.section);
}

struct ana_study_brain *ana_build_add_brain(struct ana_build *b,
                                            const struct ana_study_brain *brain)
{
    struct ana_study *study = b->study;
    struct ana_study_brain *grown =
        ana_build_more(b, study->brains, study->n_brains, sizeof *grown);

    if (!grown)
        return NULL;
    study->brains = grown;
    grown += study->n_brains++;
    *grown = *brain;
    check_name(b, grown);
    check_trust(b, grown);
    return grown;
}

static void build_brain(struct ana_build *b, const struct ana_ini_section *section)
{
    struct ana_study_brain common = {0}, *brain;

    take_common(b, section, &common);
    if (common.bids) {
        ana_build_bids_brains(b, section, &common);
        return;
    }
    ana_build_later(b, section, common.plugin);
    brain = ana_build_add_brain(b, &common);
    if (brain)
        brain->params = ana_build_params(b, section, brain->plugin);
}

void ana_build_brains(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++)
        if (strcmp(b->ini->sections[i].kind, "brain") == 0 ||
            strcmp(b->ini->sections[i].kind, "data") == 0)
            build_brain(b, &b->ini->sections[i]);
}
