/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_STUDY_PRIVATE_H
#define ANA_PIPELINE_STUDY_PRIVATE_H

#include "base/arena.h"
#include "pipeline/study.h"
#include "plugin/params.h"

/* A key of a [plugin ID] section that fits the plugin's table. */
struct ana_plugin_default {
    const struct ana_plugin *plugin;
    struct ana_setting setting;
};

/* A study while it is built. Each study_*.c turns one kind of section into its part
 * of `study`; what is wrong goes to the problems, and building goes on, so that a
 * person sees all of it at once. Only a lack of memory (`failed`) ends it early: text
 * functions then return "" and the study is thrown away. */
struct ana_build {
    struct ana_ctx *ctx;
    struct ana_arena *arena;
    const struct ana_registry *registry;
    struct ana_ini *ini;
    struct ana_study *study;
    int64_t n_defaults;
    struct ana_plugin_default *defaults;
    struct ana_study_features space; /* what [features] alone says */
    int failed;
};

/* study_keys.c: text in the arena, places, problems, keys. */
const char *ana_build_format(struct ana_build *b, const char *fmt, ...) ANA_PRINTF(2, 3);
const char *ana_build_where(struct ana_build *b, const struct ana_ini_key *key);
/* "file:line: `key` of [section]". */
const char *ana_build_key_place(struct ana_build *b,
                                const struct ana_ini_section *section,
                                const struct ana_ini_key *key);
struct ana_place ana_build_place(struct ana_build *b,
                                 const struct ana_ini_section *section);
/* Room for one more item behind n, zeroed; items itself (and `failed`) without memory. */
void *ana_build_more(struct ana_build *b, void *items, int64_t n, size_t size);

/* study_note.c: a sentence at the end of the problems, if it is not among them. It
 * belongs to the arena. Errors: ANA_ERESOURCE. */
int ana_study_keep(struct ana_arena *arena, struct ana_study *study, int status,
                   const char *sentence);

/* A sentence on the problems, with `where` in front. */
void ana_problem(struct ana_build *b, int status, const char *where, const char *fmt, ...)
    ANA_PRINTF(4, 5);
/* What a function just failed with, as a problem. `rc` 0 is none. 1 if it was one. */
int ana_problem_caught(struct ana_build *b, int rc);

/* The key, marked as used; NULL if it is missing or empty (an empty one is a problem). */
const struct ana_ini_key *ana_build_key(struct ana_build *b,
                                        const struct ana_ini_section *section,
                                        const char *name);
/* "file:line: `key` of [section]" in front of what a value's parser says. */
void ana_build_push(struct ana_build *b, const struct ana_ini_section *section,
                    const struct ana_ini_key *key);
/* Values of keys: 1 if it was given and right; *out is left alone otherwise. */
int ana_build_text(struct ana_build *b, const struct ana_ini_section *section,
                   const char *name, const char **out);
int ana_build_int(struct ana_build *b, const struct ana_ini_section *section,
                  const char *name, int64_t min, int64_t max, int64_t *out);
int ana_build_number(struct ana_build *b, const struct ana_ini_section *section,
                     const char *name, const char *unit, double *out);
/* One of the n choices: its number in *out. */
int ana_build_choice(struct ana_build *b, const struct ana_ini_section *section,
                     const char *name, const char *const *choices, int64_t n,
                     int32_t *out);
int ana_build_time(struct ana_build *b, const struct ana_ini_section *section,
                   const char *name, struct ana_time *out);
/* Words in the arena; 0 of them (and a problem) where the value is malformed. */
int64_t ana_build_words(struct ana_build *b, const struct ana_ini_section *section,
                        const struct ana_ini_key *key, const char *const **out);

/* study_later.c: refuse the keys that this build does not honour yet, unless the
 * section's plugin has one of that name. Say what is wrong with every key that nobody
 * used; a section's own keys are those of pipeline/sections.h. plugin = NULL: not found,
 * or it has none. */
void ana_build_later(struct ana_build *b, const struct ana_ini_section *section,
                     const struct ana_plugin *plugin);
void ana_build_leftovers(struct ana_build *b, const struct ana_ini_section *section);
/* The names of a section's own keys, at most `room`; returns how many. */
int64_t ana_build_known(const struct ana_ini_section *section, const char **out,
                        int64_t room);
void ana_build_sections(struct ana_build *b); /* unknown and unnamed sections */

/* study_plugins.c: [plugin ID] sections; the plugin of `plugin =` and its parameters
 * from what is left of a section's keys. */
void ana_build_defaults(struct ana_build *b);
int ana_plugin_has(const struct ana_plugin *plugin, const char *key);
const struct ana_plugin *ana_build_plugin(struct ana_build *b,
                                          const struct ana_ini_section *section,
                                          int32_t kind);
struct ana_params *ana_build_params(struct ana_build *b,
                                    const struct ana_ini_section *section,
                                    const struct ana_plugin *plugin);
/* The same with settings beside the section's own, which go before these: `extra` are
 * what a BIDS dataset says; those that the plugin does not have are left out. */
struct ana_params *ana_build_params_with(struct ana_build *b,
                                         const struct ana_ini_section *section,
                                         const struct ana_plugin *plugin, int64_t n_extra,
                                         const struct ana_setting *extra);

/* study_files.c: paths of a key's words, globs expanded, relative to the file the key
 * stands in; missing ones are problems. */
int64_t ana_build_files(struct ana_build *b, const struct ana_ini_section *section,
                        const struct ana_ini_key *key, int64_t n_words,
                        const char *const *words, const char *const **out);
/* One path as it is, NULL (and a problem) if nothing is there. */
const char *ana_build_path(struct ana_build *b, const struct ana_ini_section *section,
                           const struct ana_ini_key *key, const char *word);

/* study_window.c: `window`, `stride`, `affine`; `controls` and `twins` of a model, which
 * become models of their own behind all others, and join every space it is in. */
void ana_build_window(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_model *model);
void ana_build_affine(struct ana_build *b, const struct ana_ini_section *section,
                      struct ana_study_model *model);
void ana_build_controls(struct ana_build *b);

/* study_stimuli.c: a problem if `stimulus =` names no set. */
void ana_build_check_stimulus(struct ana_build *b, const struct ana_ini_section *section,
                              const char *name);

/* study_data.c: the grammar of `data =`. */
void ana_build_source(struct ana_build *b, const struct ana_ini_section *section,
                      const struct ana_ini_key *key, struct ana_source *out);

/* One file a part of the study; in this order. */
/* `delays = tune ...`, and `lag = each ...` of [features] (study_lags.c). */
int ana_build_tune(struct ana_build *b, const char *text,
                   struct ana_study_features *space);
void ana_build_lag(struct ana_build *b, const struct ana_ini_section *section,
                   struct ana_study_features *space);

void ana_build_stimuli(struct ana_build *b);
void ana_build_models(struct ana_build *b);
void ana_build_brains(struct ana_build *b);
void ana_build_features(struct ana_build *b);
void ana_build_folds(struct ana_build *b);
void ana_build_metrics(struct ana_build *b);
void ana_build_comparisons(struct ana_build *b);
void ana_build_simulations(struct ana_build *b);

/* A feature space that takes one model (>= 0) or recording (-1 - number) with the
 * defaults of [features]; its number. */
int64_t ana_build_plain_space(struct ana_build *b, int64_t from);

/* The number of what is called `name`, or -1. */
/* `project` and `fit` (study_project.c): what a section says, and whether a space has what
 * they need of each other. */
void ana_build_project(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_features *space);
void ana_build_check_project(struct ana_build *b, const struct ana_study_features *space);

int64_t ana_study_find_stimuli(const struct ana_study *study, const char *name);
int64_t ana_study_find_model(const struct ana_study *study, const char *name);
int64_t ana_study_find_brain(const struct ana_study *study, const char *name);
int64_t ana_study_find_features(const struct ana_study *study, const char *name);
int64_t ana_study_find_metric(const struct ana_study *study, const char *name);
/* "there is no WHAT called `name`; did you mean ...?" with those there are. */
void ana_problem_no_such(struct ana_build *b, const char *where, const char *what,
                         const char *name, int64_t n, const char *const *names);
/* Names of all models, then all recordings. */
int64_t ana_build_source_names(struct ana_build *b, const char *const **out);

#endif
