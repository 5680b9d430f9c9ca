/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From an INI to a checked study. Sections are read in the order in which they name
 * each other: plugins' defaults, stimuli, models, recordings, spaces, folds, metrics,
 * comparisons. Each kind of section has a file of its own, study_*.c.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "pipeline/study_bids.h"

static void take_bytes(struct ana_build *b, const struct ana_ini_section *section,
                       const char *name, int64_t *out)
{
    const struct ana_ini_key *key = ana_ini_key(section, name);
    double bytes = 0;

    if (!ana_build_number(b, section, name, "B", &bytes))
        return;
    if (key && ana_text_to_double(key->value, &bytes)) {
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`%s` of [study]: '%s' has no unit; write '%s GB' or '%s MB'", name,
                    key->value, key->value, key->value);
        return;
    }
    if (bytes >= 1 && bytes < 9e18)
        *out = (int64_t)bytes;
    else
        ana_problem(b, ANA_EPARAM, ana_build_where(b, ana_ini_key(section, name)),
                    "`%s` of [study] must be between 1 B and 9e18 B", name);
}

static const char *stem_of(struct ana_build *b, const char *path)
{
    char *stem = ana_text_stem(path);
    const char *kept = ana_build_format(b, "%s", stem ? stem : "study");

    free(stem);
    return kept;
}

static const char *beside(struct ana_build *b, const char *folder, const char *path)
{
    char *joined = ana_path_join(b->ctx, folder, path);
    const char *kept = ana_build_format(b, "%s", joined ? joined : "");

    b->failed |= !joined;
    ana_free(b->ctx, joined);
    return kept;
}

static void build_head(struct ana_build *b)
{
    static const char *const isolations[] = {"auto", "yes", "no"};
    static const char *const trusts[] = {"normal", "strict"};
    const struct ana_ini_section *section = ana_ini_section(b->ini, "study", "");
    const struct ana_ini_key *output = ana_build_key(b, section, "output");
    const struct ana_ini_key *cache = ana_build_key(b, section, "cache");
    const char *slash = strrchr(b->ini->path, '/');
    struct ana_study *study = b->study;
    int64_t seed = 1;

    study->name = stem_of(b, b->ini->path);
    study->stamp = "";
    study->timeout = 3600;
    if (section) {
        ana_build_text(b, section, "name", &study->name);
        ana_build_text(b, section, "simulated", &study->stamp);
        ana_build_int(b, section, "seed", 0, INT64_MAX, &seed);
        ana_build_int(b, section, "jobs", 1, 4096, &study->jobs);
        take_bytes(b, section, "memory", &study->memory);
        take_bytes(b, section, "disk", &study->disk);
        ana_build_choice(b, section, "isolate", isolations, 3, &study->isolate);
        ana_build_choice(b, section, "trust", trusts, 2, &study->trust);
        ana_build_number(b, section, "timeout", "s", &study->timeout);
        ana_build_later(b, section, NULL);
        ana_build_leftovers(b, section);
    }
    study->seed = (uint64_t)seed;
    if (cache)
        study->cache = beside(b, cache->folder, cache->value);
    if (output)
        study->output = beside(b, output->folder, output->value);
    else
        study->output = ana_build_format(b, "%.*sresults/%s",
                                         (int)(slash ? slash - b->ini->path + 1 : 0),
                                         b->ini->path, stem_of(b, b->ini->path));
}

static void build_report(struct ana_build *b)
{
    static const char *const answers[] = {"no", "yes", "auto"};
    const struct ana_ini_section *section = ana_ini_section(b->ini, "report", "");
    int32_t answer = 2;

    if (section) {
        ana_build_choice(b, section, "folds", answers, 3, &answer);
        ana_build_leftovers(b, section);
    }
    b->study->fold_rows = answer == 2 ? -1 : answer;
}

static void build_all(struct ana_build *b)
{
    ana_build_sections(b);
    build_head(b);
    ana_build_defaults(b);
    ana_build_stimuli(b);
    ana_build_models(b);
    ana_build_brains(b);
    ana_build_bids_stimuli(b);
    ana_build_features(b);
    ana_build_folds(b);
    ana_build_metrics(b);
    ana_build_simulations(b);
    ana_build_comparisons(b);
    ana_build_controls(b);
    build_report(b);
}

int ana_study_create(struct ana_ctx *ctx, const struct ana_registry *registry,
                     struct ana_ini *take_ini, struct ana_study **out)
{
    struct ana_study *study = ana_alloc(ctx, 1, sizeof *study);
    struct ana_arena *arena = ana_alloc(ctx, 1, sizeof *arena);
    struct ana_build b = {.ctx = ctx,
                          .arena = arena,
                          .registry = registry,
                          .ini = take_ini,
                          .study = study};

    *out = NULL;
    if (!study || !arena) {
        ana_free(ctx, study);
        ana_free(ctx, arena);
        ana_ini_destroy(take_ini);
        return ANA_ERESOURCE;
    }
    arena->ctx = ctx;
    study->ini = take_ini;
    study->memory_ = arena;
    build_all(&b);
    if (b.failed) {
        ana_study_destroy(ctx, study);
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for the study");
    }
    *out = study;
    return 0;
}

void ana_study_destroy(struct ana_ctx *ctx, struct ana_study *study)
{
    if (!study)
        return;
    for (int64_t i = 0; i < study->n_models; i++)
        if (study->models[i].twin_of < 0) /* twins share theirs */
            ana_params_destroy(study->models[i].params);
    for (int64_t i = 0; i < study->n_brains; i++)
        ana_params_destroy(study->brains[i].params);
    for (int64_t i = 0; i < study->n_metrics; i++)
        ana_params_destroy(study->metrics[i].params);
    ana_ini_destroy(study->ini);
    ana_arena_finish(study->memory_);
    ana_free(ctx, study->memory_);
    ana_free(ctx, study);
}
