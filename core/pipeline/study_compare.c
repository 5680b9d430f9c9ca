/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [compare]:  name = X [+ X ...] -> Y [| METRIC]      or <-> for a symmetric metric
 *
 * X are feature spaces (a model or recording by itself is the space of all its layers,
 * one after another); Y is a recording. Without [compare] every space is compared with
 * every recording by every metric.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/opened.h"
#include "pipeline/study_private.h"

/* A comparison before its metric is chosen. */
struct sides {
    const char *name;
    struct ana_place place;
    int64_t n_x, *x, y;
    int symmetric;
    const char *several; /* the section's name where it became a recording a subject */
};

static const char *trimmed(struct ana_build *b, const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return ana_build_format(b, "%.*s", (int)(to - from), from);
}

/* The number of the space called `name`; a model or recording becomes a space. */
static int64_t find_space(struct ana_build *b, const char *name)
{
    const struct ana_study *study = b->study;
    const int64_t space = ana_study_find_features(study, name);
    const int64_t model = space < 0 ? ana_study_find_model(study, name) : -1;
    const int64_t brain = space < 0 && model < 0 ? ana_study_find_brain(study, name) : -1;

    return space >= 0   ? space
           : model >= 0 ? ana_build_plain_space(b, model)
           : brain >= 0 ? ana_build_plain_space(b, -1 - brain)
                        : -1;
}

static const char *side_place(struct ana_build *b, const struct sides *sides,
                              const char *where)
{
    return ana_build_format(b, "%s: `%s` of [compare]", where, sides->name);
}

/* No space of that name: spaces, models and recordings would do. */
static void miss_space(struct ana_build *b, const struct sides *sides, const char *where,
                       const char *name)
{
    const struct ana_study *study = b->study;
    const char *const *sources, **names;
    int64_t n = ana_build_source_names(b, &sources);

    names = ana_arena_alloc(b->arena, n + study->n_features, sizeof *names);
    if (!names) {
        b->failed = 1;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        names[i] = sources[i];
    for (int64_t i = 0; i < study->n_features; i++)
        if (ana_study_find_model(study, study->features[i].name) < 0 &&
            ana_study_find_brain(study, study->features[i].name) < 0)
            names[n++] = study->features[i].name;
    ana_problem_no_such(b, side_place(b, sides, where), "feature space", name, n, names);
}

static void miss_recording(struct ana_build *b, const struct sides *sides,
                           const char *where, const char *name)
{
    const char *const *names;
    const int64_t n = ana_build_source_names(b, &names);
    const int64_t n_models = b->study->n_models;

    if (n > 0)
        ana_problem_no_such(b, side_place(b, sides, where), "recording", name,
                            n - n_models, names + n_models);
}

static int read_x(struct ana_build *b, const char *text, const char *where,
                  struct sides *out)
{
    const char *plus, *name;
    int64_t *grown, space;

    for (const char *at = text; at; at = plus ? plus + 1 : NULL) {
        plus = strchr(at, '+');
        name = trimmed(b, at, plus ? plus : at + strlen(at));
        space = find_space(b, name);
        if (space < 0) {
            miss_space(b, out, where, name);
            return 0;
        }
        grown = ana_build_more(b, out->x, out->n_x, sizeof *grown);
        if (!grown)
            return 0;
        out->x = grown;
        grown[out->n_x++] = space;
    }
    return 1;
}

static int read_y(struct ana_build *b, const char *name, const char *where,
                  struct sides *out)
{
    out->y = ana_study_find_brain(b->study, name);
    if (out->y >= 0)
        return 1;
    for (int64_t i = 0; i < b->study->n_brains; i++)
        if (strcmp(b->study->brains[i].of, name) == 0) {
            out->several = b->study->brains[i].of;
            return 1;
        }
    if (ana_study_find_features(b->study, name) >= 0 ||
        ana_study_find_model(b->study, name) >= 0)
        ana_problem(
            b, ANA_EPARAM, side_place(b, out, where),
            "'%s' is no recording: a model behind the arrow is not part of this build "
            "yet; name a [brain NAME] or [data NAME] there",
            name);
    else
        miss_recording(b, out, where, name);
    return 0;
}

static int is_made_of(const struct ana_study_features *space, int64_t brain)
{
    for (int64_t k = 0; k < space->n_from; k++)
        if (space->from[k] == -1 - brain)
            return 1;
    return 0;
}

/* A recording must not predict itself. */
static int check_circle(struct ana_build *b, const char *where, const struct sides *sides)
{
    const struct ana_study *study = b->study;

    for (int64_t i = 0; i < sides->n_x; i++) {
        const struct ana_study_features *space = &study->features[sides->x[i]];

        if (is_made_of(space, sides->y)) {
            ana_problem(b, ANA_EPARAM, where,
                        "`%s` of [compare]: both sides of the arrow are "
                        "made of the same thing; compare two different ones",
                        sides->name);
            return 0;
        }
    }
    return 1;
}

static int check_metric(struct ana_build *b, const char *where, const struct sides *sides,
                        const struct ana_study_metric *metric)
{
    const uint32_t flags = metric->plugin && metric->plugin->metric
                               ? metric->plugin->metric->flags
                               : UINT32_MAX;

    if (sides->n_x > 1 && !(flags & ANA_METRIC_MANY_X)) {
        ana_problem(
            b, ANA_EPARAM, where,
            "`%s` of [compare]: the metric %s (plugin %s) takes one feature space, not "
            "%lld; write one comparison for each",
            sides->name, metric->name, metric->plugin->id, (long long)sides->n_x);
        return 0;
    }
    for (int64_t i = 0; i < sides->n_x; i++)
        if (b->study->features[sides->x[i]].lag_mode != ANA_LAGS_JOINT &&
            !(flags & ANA_METRIC_TUNES_LAGS)) {
            ana_problem(b, ANA_EPARAM, where,
                        "`%s` of [compare]: the space %s has `delays = tune` or `lag = "
                        "each`, and the metric %s (plugin %s) takes all delays together; "
                        "use `plugin = trf`",
                        sides->name, b->study->features[sides->x[i]].name, metric->name,
                        metric->plugin->id);
            return 0;
        }
    if (sides->symmetric && !(flags & ANA_METRIC_SYMMETRIC)) {
        ana_problem(
            b, ANA_EPARAM, where,
            "`%s` of [compare]: the metric %s (plugin %s) is not symmetric; write '->' "
            "with what predicts on the left",
            sides->name, metric->name, metric->plugin->id);
        return 0;
    }
    return 1;
}

static void add_comparison(struct ana_build *b, const char *where,
                           const struct sides *sides, int64_t metric, int several)
{
    struct ana_study *study = b->study;
    struct ana_study_comparison *grown;

    if (!check_metric(b, where, sides, &study->metrics[metric]))
        return;
    grown = ana_build_more(b, study->comparisons, study->n_comparisons, sizeof *grown);
    if (!grown)
        return;
    study->comparisons = grown;
    grown += study->n_comparisons++;
    grown->name =
        several ? ana_build_format(b, "%s-%s", sides->name, study->metrics[metric].name)
                : sides->name;
    grown->place = sides->place;
    grown->n_x = sides->n_x;
    grown->x = sides->x;
    grown->y = sides->y;
    grown->metric = metric;
}

/* Behind '|', or every metric there is. */
static void choose_metrics(struct ana_build *b, const char *where, const char *name,
                           const struct sides *sides)
{
    const struct ana_study *study = b->study;
    const char **names;
    int64_t metric;

    if (study->n_metrics == 0)
        return; /* that is a problem already */
    if (!name) {
        for (int64_t m = 0; m < study->n_metrics; m++)
            add_comparison(b, where, sides, m, study->n_metrics > 1);
        return;
    }
    metric = ana_study_find_metric(study, name);
    if (metric >= 0) {
        add_comparison(b, where, sides, metric, 0);
        return;
    }
    names = ana_arena_alloc(b->arena, study->n_metrics, sizeof *names);
    for (int64_t m = 0; names && m < study->n_metrics; m++)
        names[m] = study->metrics[m].name;
    if (names)
        ana_problem_no_such(b, side_place(b, sides, where), "[metric]", name,
                            study->n_metrics, names);
}

/* With the recording, or with each that the section became: NAME-sub-01, ... */
static void compare_each(struct ana_build *b, const char *where, const char *metric,
                         const struct sides *sides)
{
    const struct ana_study *study = b->study;

    if (!sides->several && check_circle(b, where, sides))
        choose_metrics(b, where, metric, sides);
    for (int64_t y = 0; sides->several && y < study->n_brains; y++) {
        struct sides one = *sides;

        if (strcmp(study->brains[y].of, sides->several) != 0)
            continue;
        one.y = y;
        one.name = ana_build_format(b, "%s%s", sides->name,
                                    study->brains[y].name + strlen(sides->several));
        if (check_circle(b, where, &one))
            choose_metrics(b, where, metric, &one);
    }
}

static int check_name(const char *name)
{
    return strspn(name,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
               strlen(name) &&
           name[0] != '.';
}

static void read_line(struct ana_build *b, const struct ana_ini_section *section,
                      const struct ana_ini_key *key)
{
    const char *where = ana_build_where(b, key), *text = key->value;
    const char *both = strstr(text, "<->"), *arrow = both ? both : strstr(text, "->");
    const char *bar = strchr(text, '|'), *end = bar ? bar : text + strlen(text);
    struct sides sides = {.name = key->name, .symmetric = both != NULL};

    sides.place = ana_build_place(b, section);
    sides.place.where = where;
    if (!check_name(key->name)) {
        ana_problem(b, ANA_EPARAM, where,
                    "`%s` of [compare] names a comparison; use letters, "
                    "digits, '-', '_' and '.', since results are filed under it",
                    key->name);
        return;
    }
    if (!arrow || arrow > end) {
        ana_problem(b, ANA_EPARAM, where,
                    "`%s` of [compare]: expected X -> Y or X -> Y | "
                    "METRIC, found '%s'",
                    key->name, text);
        return;
    }
    if (read_x(b, trimmed(b, text, arrow), where, &sides) &&
        read_y(b, trimmed(b, arrow + (both ? 3 : 2), end), where, &sides))
        compare_each(b, where, bar ? trimmed(b, bar + 1, bar + strlen(bar)) : NULL,
                     &sides);
}

/* No [compare]: every space, or every model where there are none, with every brain. */
static void compare_all(struct ana_build *b)
{
    struct ana_study *study = b->study;
    const int64_t n_models = study->n_features == 0 ? study->n_models : 0;

    for (int64_t m = 0; m < n_models; m++)
        ana_build_plain_space(b, m);
    for (int64_t f = 0; f < study->n_features; f++) {
        for (int64_t y = 0; y < study->n_brains; y++) {
            struct sides sides = {.n_x = 1, .y = y};

            if (!study->brains[y].is_brain || is_made_of(&study->features[f], y))
                continue;
            sides.x = ana_arena_alloc(b->arena, 1, sizeof *sides.x);
            if (!sides.x) {
                b->failed = 1;
                return;
            }
            sides.x[0] = f;
            sides.name = ana_build_format(b, "%s-%s", study->features[f].name,
                                          study->brains[y].name);
            sides.place = study->features[f].place;
            choose_metrics(b, sides.place.where, NULL, &sides);
        }
    }
}

/* With several sets of stimuli: do the two sides of a comparison know the same one? */
static void check_stimuli(struct ana_build *b)
{
    const struct ana_study *study = b->study;
    int64_t set;

    for (int64_t i = 0;
         study->n_stimuli > 1 && study->n_problems == 0 && i < study->n_comparisons; i++)
        ana_problem_caught(b, ana_comparison_stimuli(b->ctx, study, i, &set));
}

/* 1 if a comparison is NAME, or NAME with one of several subjects or metrics. */
static int is_named(const struct ana_study *study, int64_t i, const char *name)
{
    const struct ana_study_comparison *c = &study->comparisons[i];
    const struct ana_study_brain *y = &study->brains[c->y];
    const char *subject = y->name + strlen(y->of); /* "-sub-01", or "" */
    const char *rest = c->name + strlen(name);

    if (strncmp(c->name, name, strlen(name)) != 0)
        return 0;
    if (*subject && strncmp(rest, subject, strlen(subject)) == 0)
        rest += strlen(subject);
    return !*rest ||
           (*rest == '-' && strcmp(rest + 1, study->metrics[c->metric].name) == 0);
}

/* `relative_to = NAMES`: what every other comparison of the same recording and metric is
 * divided by. */
static void read_relative(struct ana_build *b, const struct ana_ini_section *section,
                          const struct ana_ini_key *key)
{
    struct ana_study *study = b->study;
    const char *const *words, **names;
    int64_t n = ana_build_words(b, section, key, &words);

    for (int64_t w = 0; w < n; w++) {
        int64_t found = 0;

        for (int64_t i = 0; i < study->n_comparisons; i++) {
            if (!is_named(study, i, words[w]))
                continue;
            found++;
            for (int64_t k = 0; k < study->n_comparisons; k++)
                if (k != i && study->comparisons[k].y == study->comparisons[i].y &&
                    study->comparisons[k].metric == study->comparisons[i].metric)
                    study->comparisons[k].relative_to = study->comparisons[i].name;
        }
        names = found
                    ? NULL
                    : ana_arena_alloc(b->arena, study->n_comparisons + 1, sizeof *names);
        for (int64_t i = 0; names && i < study->n_comparisons; i++)
            names[i] = study->comparisons[i].name;
        if (names)
            ana_problem_no_such(b, ana_build_key_place(b, section, key), "comparison",
                                words[w], study->n_comparisons, names);
    }
    for (int64_t w = 0; w < n; w++)
        for (int64_t i = 0; i < study->n_comparisons; i++)
            if (is_named(study, i, words[w]))
                study->comparisons[i].relative_to = NULL;
}

/* One line of [compare] after the other; what they are relative to, last. */
static void compare_listed(struct ana_build *b, const struct ana_ini_section *section)
{
    const struct ana_ini_key *relative = ana_build_key(b, section, "relative_to");

    for (int64_t i = 0; i < section->n_keys; i++)
        if (strcmp(section->keys[i].name, "relative_to") != 0 &&
            ana_build_key(b, section, section->keys[i].name))
            read_line(b, section, &section->keys[i]);
    if (relative)
        read_relative(b, section, relative);
}

void ana_build_comparisons(struct ana_build *b)
{
    const struct ana_ini_section *section = ana_ini_section(b->ini, "compare", "");
    struct ana_study *study = b->study;

    if (study->n_simulations > 0 && study->n_brains == 0 && !section)
        return; /* an INI that only makes a recording */
    if (study->n_metrics == 0)
        ana_problem(b, ANA_EPARAM, b->ini->path,
                    "there is no [metric NAME]; add one with `plugin = ID`");
    if (section && section->n_keys > 0)
        compare_listed(b, section);
    else
        compare_all(b);
    if (study->n_comparisons == 0 && study->n_problems == 0)
        ana_problem(
            b, ANA_EPARAM, b->ini->path,
            "there is nothing to compare; add a [model NAME] or [features NAME], and "
            "a [brain NAME]");
    check_stimuli(b);
}
