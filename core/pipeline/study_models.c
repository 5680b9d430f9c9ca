/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [model NAME] and [metric NAME]: a plugin, its parameters, and for a model what it is
 * fed with.
 */
#include <string.h>

#include "pipeline/study_private.h"

int64_t ana_study_find_model(const struct ana_study *study, const char *name)
{
    for (int64_t i = 0; i < study->n_models; i++)
        if (strcmp(study->models[i].name, name) == 0)
            return i;
    return -1;
}

int64_t ana_study_find_metric(const struct ana_study *study, const char *name)
{
    for (int64_t i = 0; i < study->n_metrics; i++)
        if (strcmp(study->metrics[i].name, name) == 0)
            return i;
    return -1;
}

static void take_checkpoint(struct ana_build *b, const struct ana_ini_section *section,
                            struct ana_study_model *model)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "checkpoint");

    if (!key)
        return;
    model->checkpoint = strcmp(key->value, "random") == 0
                            ? key->value
                            : ana_build_path(b, section, key, key->value);
}

static void build_model(struct ana_build *b, const struct ana_ini_section *section)
{
    struct ana_study *study = b->study;
    struct ana_study_model *model =
        ana_build_more(b, study->models, study->n_models, sizeof *model);

    if (!model)
        return;
    study->models = model;
    model += study->n_models++;
    model->name = section->name;
    model->place = ana_build_place(b, section);
    model->input = -1;
    model->layers = "all";
    model->scale = 1;
    model->control = "";
    model->twin_of = -1;
    model->variant = "trained";
    model->plugin = ana_build_plugin(b, section, ANA_KIND_MODEL);
    take_checkpoint(b, section, model);
    if (model->checkpoint && strcmp(model->checkpoint, "random") == 0)
        model->variant = "random";
    ana_build_text(b, section, "layers", &model->layers);
    ana_build_text(b, section, "input",
                   &model->input_layer); /* until all models are known */
    if (ana_build_text(b, section, "stimulus", &model->stimulus))
        ana_build_check_stimulus(b, section, model->stimulus);
    ana_build_window(b, section, model);
    ana_build_affine(b, section, model);
    ana_build_later(b, section, model->plugin);
    for (int i = 0; i < 2; i++) { /* read when all models are known */
        struct ana_ini_key *key = ana_ini_key(section, i ? "twins" : "controls");

        if (key && !ana_plugin_has(model->plugin, key->name))
            key->used = 1;
    }
    model->params = ana_build_params(b, section, model->plugin);
}

static int64_t model_names(struct ana_build *b, const char *const **out)
{
    const struct ana_study *study = b->study;
    const char **names = ana_arena_alloc(b->arena, study->n_models, sizeof *names);

    *out = names;
    b->failed |= !names;
    for (int64_t i = 0; names && i < study->n_models; i++)
        names[i] = study->models[i].name;
    return names ? study->n_models : 0;
}

/* "coch" or "coch.subbands": names have no dots, layers may. */
static void link_input(struct ana_build *b, struct ana_study_model *model)
{
    const char *text = model->input_layer, *dot = strchr(text, '.'), *const * names;
    const char *name = dot ? ana_build_format(b, "%.*s", (int)(dot - text), text) : text;
    const struct ana_ini_section *section = ana_ini_section(b->ini, "model", model->name);
    int64_t n;

    model->input = ana_study_find_model(b->study, name);
    model->input_layer = dot ? dot + 1 : NULL;
    if (model->input >= 0)
        return;
    n = model_names(b, &names);
    ana_problem_no_such(b, ana_build_key_place(b, section, ana_ini_key(section, "input")),
                        "model", name, n, names);
}

/* A model may not be fed with what it makes itself, over however many others. */
static void check_cycles(struct ana_build *b, int64_t number)
{
    const struct ana_study *study = b->study;
    int64_t at = study->models[number].input, steps = 0;

    while (at >= 0 && at != number && steps++ < study->n_models)
        at = study->models[at].input;
    if (at == number)
        ana_problem(
            b, ANA_EPARAM, study->models[number].place.where,
            "%s: its `input` leads back to itself; one of these models must take the "
            "stimuli",
            study->models[number].place.section);
}

/* A BIDS folder holds its stimuli itself (study_bids_stimuli.c says if it does not). */
static int has_bids(const struct ana_ini *ini)
{
    for (int64_t i = 0; i < ini->n_sections; i++)
        if (ana_ini_key(&ini->sections[i], "bids"))
            return 1;
    return 0;
}

/* What a model is shown: what it says, else what the model that feeds it is shown, else
 * the only set there is. */
static void choose_stimuli(struct ana_build *b, struct ana_study_model *model)
{
    const struct ana_study *study = b->study;
    int64_t at = model->input;

    for (int64_t n = 0; !model->stimulus && at >= 0 && n < study->n_models; n++) {
        model->stimulus = study->models[at].stimulus;
        at = study->models[at].input;
    }
    if (model->stimulus || study->n_stimuli == 1 || has_bids(b->ini))
        return;
    if (study->n_stimuli == 0)
        ana_problem(
            b, ANA_EPARAM, model->place.where,
            "%s has nothing to be shown; add a section [stimulus NAME] with `audio = "
            "FILES`, or `names = FILE` for activations computed elsewhere",
            model->place.section);
    else
        ana_problem(
            b, ANA_EPARAM, model->place.where,
            "%s does not say what it is shown; add `stimulus = %s` or another of the "
            "%lld sets",
            model->place.section, study->stimuli[0].name, (long long)study->n_stimuli);
}

/* What is made of a random network's layers is random, too. */
static void name_variant(const struct ana_study *study, struct ana_study_model *model)
{
    int64_t at = model->input;

    for (int64_t n = 0; at >= 0 && n < study->n_models; n++) {
        if (strcmp(study->models[at].variant, "trained") != 0)
            model->variant = study->models[at].variant;
        at = study->models[at].input;
    }
}

void ana_build_models(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++)
        if (strcmp(b->ini->sections[i].kind, "model") == 0)
            build_model(b, &b->ini->sections[i]);
    for (int64_t i = 0; i < b->study->n_models; i++)
        if (b->study->models[i].input_layer)
            link_input(b, &b->study->models[i]);
    for (int64_t i = 0; i < b->study->n_models; i++)
        check_cycles(b, i);
    for (int64_t i = 0; i < b->study->n_models; i++)
        choose_stimuli(b, &b->study->models[i]);
    for (int64_t i = 0; i < b->study->n_models; i++)
        name_variant(b->study, &b->study->models[i]);
}

static void build_metric(struct ana_build *b, const struct ana_ini_section *section)
{
    struct ana_study *study = b->study;
    struct ana_study_metric *metric =
        ana_build_more(b, study->metrics, study->n_metrics, sizeof *metric);

    if (!metric)
        return;
    study->metrics = metric;
    metric += study->n_metrics++;
    metric->name = section->name;
    metric->place = ana_build_place(b, section);
    metric->plugin = ana_build_plugin(b, section, ANA_KIND_METRIC);
    metric->params = ana_build_params(b, section, metric->plugin);
}

void ana_build_metrics(struct ana_build *b)
{
    for (int64_t i = 0; i < b->ini->n_sections; i++)
        if (strcmp(b->ini->sections[i].kind, "metric") == 0)
            build_metric(b, &b->ini->sections[i]);
}
