/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [simulate NAME]:  features = SPACES, targets = N, noise = LIST, rate = R Hz,
 *                   output = FOLDER
 */
#include <string.h>

#include "pipeline/study_private.h"
#include "plugin/value.h"

enum { MOST_TARGETS = 100000 };

static void read_features(struct ana_build *b, const struct ana_ini_section *section,
                          struct ana_study_simulation *s)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "features");
    const char *const *words = NULL, **names;
    int64_t n, *features;

    if (!key) {
        ana_problem(b, ANA_EPARAM, s->place.where,
                    "%s: `features` is missing; name the spaces that electrodes follow",
                    s->place.section);
        return;
    }
    n = ana_build_words(b, section, key, &words);
    features = ana_arena_alloc(b->arena, n, sizeof *features);
    names = ana_arena_alloc(b->arena, b->study->n_features, sizeof *names);
    if (!features || !names) {
        b->failed = 1;
        return;
    }
    for (int64_t f = 0; f < b->study->n_features; f++)
        names[f] = b->study->features[f].name;
    for (int64_t i = 0; i < n; i++) {
        const int64_t f = ana_study_find_features(b->study, words[i]);

        if (f < 0)
            ana_problem_no_such(b, ana_build_key_place(b, section, key),
                                "[features NAME]", words[i], b->study->n_features, names);
        else
            features[s->n_features++] = f;
    }
    s->features = features;
}

static void read_noise(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_simulation *s)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "noise");
    double *given = NULL, *noise;
    int64_t n = 0;
    int rc = 0;

    if (key) {
        ana_build_push(b, section, key);
        rc = ana_value_list(b->ctx, key->value, NULL, &n, &given, NULL);
        for (int64_t i = 0; rc == 0 && i < n; i++)
            if (given[i] < 0)
                rc = ana_fail(b->ctx, ANA_EPARAM, "a noise level must not be negative");
        ana_context_pop(b->ctx);
    }
    noise = ana_arena_alloc(b->arena, n > 0 ? n : 1, sizeof *noise);
    if (!noise) {
        b->failed = 1;
    } else if (!ana_problem_caught(b, rc)) {
        noise[0] = 1;
        if (n > 0)
            memcpy(noise, given, (size_t)n * sizeof *noise);
        s->noise = noise;
        s->n_noise = n > 0 ? n : 1;
    }
    ana_free(b->ctx, given);
}

static void read_output(struct ana_build *b, const struct ana_ini_section *section,
                        struct ana_study_simulation *s)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "output");

    if (key)
        s->output = key->value[0] == '/'
                        ? ana_build_format(b, "%s", key->value)
                        : ana_build_format(b, "%s/%s", key->folder, key->value);
    else
        s->output = ana_build_format(b, "%s-recording", section->name);
}

static void read_section(struct ana_build *b, const struct ana_ini_section *section,
                         struct ana_study_simulation *s)
{
    *s = (struct ana_study_simulation){.name = section->name,
                                       .place = ana_build_place(b, section),
                                       .targets = 4,
                                       .rate = 100};
    read_features(b, section, s);
    ana_build_int(b, section, "targets", 1, MOST_TARGETS, &s->targets);
    read_noise(b, section, s);
    if (ana_build_number(b, section, "rate", "Hz", &s->rate) && !(s->rate > 0))
        ana_problem(b, ANA_EPARAM, s->place.where, "%s: `rate` must be above 0 Hz",
                    s->place.section);
    read_output(b, section, s);
    ana_build_leftovers(b, section);
}

void ana_build_simulations(struct ana_build *b)
{
    struct ana_study *study = b->study;

    for (int64_t i = 0; i < b->ini->n_sections && !b->failed; i++) {
        if (strcmp(b->ini->sections[i].kind, "simulate") != 0)
            continue;
        study->simulations = ana_build_more(b, study->simulations, study->n_simulations,
                                            sizeof *study->simulations);
        if (!b->failed)
            read_section(b, &b->ini->sections[i],
                         &study->simulations[study->n_simulations++]);
    }
}
