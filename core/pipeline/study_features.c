/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [features NAME]: feature spaces; what stands in [features] alone holds for all.
 */
#include <string.h>

#include "pipeline/study_private.h"
#include "plugin/value.h"

int64_t ana_study_find_features(const struct ana_study *study, const char *name)
{
    for (int64_t i = 0; i < study->n_features; i++)
        if (strcmp(study->features[i].name, name) == 0)
            return i;
    return -1;
}

static void take_from(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "from");
    const struct ana_study *study = b->study;
    const char *const *words, *const *names;
    int64_t n, n_names, *from;

    if (!key) {
        if (!ana_ini_key(section, "from"))
            ana_problem(b, ANA_EPARAM, space->place.where,
                        "%s has no `from`; name the models or recordings it is made of",
                        space->place.section);
        return;
    }
    n = ana_build_words(b, section, key, &words);
    n_names = ana_build_source_names(b, &names);
    from = ana_arena_alloc(b->arena, n, sizeof *from);
    b->failed |= !from;
    for (int64_t i = 0; from && i < n; i++) {
        const int64_t model = ana_study_find_model(study, words[i]);
        const int64_t brain = ana_study_find_brain(study, words[i]);

        if (model < 0 && brain < 0)
            ana_problem_no_such(b, ana_build_key_place(b, section, key),
                                "model or recording", words[i], n_names, names);
        else
            from[space->n_from++] = model >= 0 ? model : -1 - brain;
    }
    space->from = from;
}

static void take_layer(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_features *space)
{
    const char *text = NULL;

    if (!ana_build_text(b, section, "layer", &text))
        return;
    space->layer = strcmp(text, "each") == 0  ? ANA_LAYER_EACH
                   : strcmp(text, "all") == 0 ? ANA_LAYER_ALL
                                              : ANA_LAYER_SOME;
    space->layers = space->layer == ANA_LAYER_SOME ? text : NULL;
}

/* Number of each delay as the unit wants it; a list may hold no delay twice. */
static int keep_delays(struct ana_build *b, const char *text, int64_t n,
                       const double *value, int32_t unit,
                       struct ana_study_features *space)
{
    struct ana_time *delays = ana_arena_alloc(b->arena, n, sizeof *delays);

    if (!delays)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < i; k++)
            if (value[k] == value[i])
                return ana_fail(b->ctx, ANA_EPARAM, "'%s' holds a delay twice", text);
        delays[i] = (struct ana_time){.value = value[i], .unit = unit};
    }
    space->delays = delays;
    space->n_delays = n;
    return 0;
}

static int read_delays(struct ana_build *b, const char *text,
                       struct ana_study_features *space)
{
    double ends[2], *list = NULL;
    const char *clock = NULL;
    int64_t n = 2;
    int rc;

    space->delays_range = strstr(text, "..") != NULL;
    if (space->delays_range)
        rc = ana_value_range(b->ctx, text, "s", &ends[0], &ends[1], &clock);
    else
        rc = ana_value_list(b->ctx, text, "s", &n, &list, &clock);
    if (rc == 0 && n > 100000)
        rc = ana_fail(b->ctx, ANA_EPARAM,
                      "'%s' holds %lld delays, at most 100000 are allowed", text,
                      (long long)n);
    if (rc == 0 && space->delays_range && ends[0] == ends[1]) {
        space->delays_range = 0;
        n = 1;
    }
    if (rc == 0)
        rc = keep_delays(b, text, n, list ? list : ends, clock ? ANA_TIME_TR : ANA_TIME_S,
                         space);
    ana_free(b->ctx, list);
    return rc;
}

static void take_delays(struct ana_build *b, const struct ana_ini_section *section,
                        struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "delays");

    if (!key)
        return;
    space->n_delays = 0;
    space->fir = 0;
    space->delays_range = 0;
    space->lag_mode = ANA_LAGS_JOINT;
    if (strcmp(key->value, "none") == 0)
        return;
    ana_build_push(b, section, key);
    ana_problem_caught(b, strncmp(key->value, "tune ", 5) == 0
                              ? ana_build_tune(b, key->value, space)
                              : read_delays(b, key->value, space));
    ana_context_pop(b->ctx);
}

static void take_choices(struct ana_build *b, const struct ana_ini_section *section,
                         struct ana_study_features *space)
{
    static const char *const pools[] = {"none", "time", "time frequency", "mean"};
    static const char *const scalings[] = {"none", "centre", "scale", "no", "yes"};
    int32_t choice;

    if (ana_build_choice(b, section, "pool", pools, 4, &choice))
        space->pool = choice == 3 ? ANA_POOL_TIME : choice;
    if (ana_build_choice(b, section, "standardise", scalings, 5, &choice))
        space->standardise = choice < 3 ? choice : choice == 3 ? 0 : 2;
}

static void take_resample(struct ana_build *b, const struct ana_ini_section *section,
                          struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "resample");
    double lobes = 3;

    if (!key)
        return;
    if (strcmp(key->value, "auto") == 0) {
        space->kernel.kind = ANA_KERNEL_NONE;
        return;
    }
    ana_build_push(b, section, key);
    if (strncmp(key->value, "lanczos", 7) != 0 ||
        (key->value[7] != 0 && key->value[7] != ' '))
        ana_problem_caught(b, ana_fail(b->ctx, ANA_EPARAM,
                                       "'%s': expected auto or lanczos N, with N lobes",
                                       key->value));
    else if (key->value[7] != 0 &&
             ana_problem_caught(
                 b, ana_value_number(b->ctx, key->value + 8, NULL, &lobes, NULL)))
        lobes = 3;
    else if (!(lobes >= 1 && lobes <= 32))
        ana_problem_caught(
            b, ana_fail(b->ctx, ANA_EPARAM, "'%s': expected 1 to 32 lobes", key->value));
    ana_context_pop(b->ctx);
    space->kernel = (struct ana_kernel){.kind = ANA_KERNEL_LANCZOS, .lobes = lobes};
}

/* `hrf = fir` is the set of delays that the field takes: 1, 2, 3 and 4 scans. */
static void take_fir(struct ana_build *b, const struct ana_ini_key *key,
                     struct ana_study_features *space)
{
    static const struct ana_time scans[] = {{1, ANA_TIME_TR, 0}, {4, ANA_TIME_TR, 0}};

    if (space->n_delays > 0 && !space->fir)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`hrf = fir` stands for `delays = 1..4 TR`, and %s has delays; "
                    "remove one of them",
                    space->place.section ? space->place.section : "[features]");
    space->fir = 1;
    space->delays = scans;
    space->n_delays = 2;
    space->delays_range = 1;
}

static void take_hrf(struct ana_build *b, const struct ana_ini_section *section,
                     struct ana_study_features *space)
{
    static const char *const names[] = {"none", "fir", "glover", "spm"};
    const struct ana_ini_key *key = ana_ini_key(section, "hrf");
    int32_t choice;

    if (!ana_build_choice(b, section, "hrf", names, 4, &choice))
        return;
    if (choice != 1 && space->fir) {
        space->n_delays = 0;
        space->fir = 0;
    }
    if (choice == 1)
        take_fir(b, key, space);
    if (choice < 2) {
        if (space->kernel.kind > ANA_KERNEL_LANCZOS)
            space->kernel.kind = ANA_KERNEL_NONE;
        return;
    }
    if (ana_ini_key(section, "resample") && space->kernel.kind == ANA_KERNEL_LANCZOS)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`hrf = %s` takes features onto the recording's clock by itself, and "
                    "low-passes them more than Lanczos does; remove `resample`",
                    names[choice]);
    space->kernel.kind = choice == 2 ? ANA_KERNEL_GLOVER : ANA_KERNEL_SPM;
}

/* Every key but `from`; a key that is missing leaves what the defaults said. */
static void take_keys(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_features *space)
{
    static const char *const answers[] = {"no", "yes"};
    static const char *const types[] = {"float32", "float16"};

    take_layer(b, section, space);
    take_choices(b, section, space);
    take_delays(b, section, space);
    ana_build_lag(b, section, space);
    take_resample(b, section, space);
    take_hrf(b, section, space);
    ana_build_choice(b, section, "nuisance", answers, 2, &space->nuisance);
    ana_build_int(b, section, "pca", 1, 1000000, &space->pca);
    ana_build_project(b, section, space);
    ana_build_choice(b, section, "activations", types, 2, &space->half);
    ana_build_later(b, section, NULL);
    ana_build_leftovers(b, section);
}

/* What [features] alone says. */
static struct ana_study_features read_defaults(struct ana_build *b)
{
    struct ana_study_features space = {
        .pool = ANA_POOL_AUTO, .standardise = 2, .fit = -1};
    const struct ana_ini_section *section = ana_ini_section(b->ini, "features", "");
    struct ana_ini_key *from = section ? ana_ini_key(section, "from") : NULL;

    if (!section)
        return space;
    if (from) {
        from->used = 1;
        ana_problem(
            b, ANA_EPARAM, ana_build_where(b, from),
            "`from` stands in [features], which holds defaults for all spaces; give the "
            "space a name, as in [features NAME]");
    }
    take_keys(b, section, &space);
    return space;
}

static struct ana_study_features *add_space(struct ana_build *b, const char *name)
{
    struct ana_study *study = b->study;
    struct ana_study_features *grown =
        ana_build_more(b, study->features, study->n_features, sizeof *grown);

    if (!grown)
        return NULL;
    study->features = grown;
    grown += study->n_features++;
    *grown = b->space;
    grown->name = name;
    return grown;
}

int64_t ana_build_plain_space(struct ana_build *b, int64_t from)
{
    struct ana_study *study = b->study;
    int64_t *only = ana_arena_alloc(b->arena, 1, sizeof *only);
    struct ana_study_features *space;

    space = add_space(b, from >= 0 ? study->models[from].name
                                   : study->brains[-1 - from].name);
    if (!space || !only) {
        b->failed = 1;
        return -1;
    }
    *only = from;
    space->from = only;
    space->n_from = 1;
    space->place = from >= 0 ? study->models[from].place : study->brains[-1 - from].place;
    ana_build_check_project(b, space);
    return study->n_features - 1;
}

void ana_build_features(struct ana_build *b)
{
    b->space = read_defaults(b);
    for (int64_t i = 0; i < b->ini->n_sections; i++) {
        const struct ana_ini_section *section = &b->ini->sections[i];
        struct ana_study_features *space;

        if (strcmp(section->kind, "features") != 0 || !section->name[0])
            continue;
        space = add_space(b, section->name);
        if (!space)
            return;
        space->place = ana_build_place(b, section);
        take_from(b, section, space);
        take_keys(b, section, space);
        ana_build_check_project(b, space);
    }
}
