/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How layers are narrowed as they are computed:
 *
 *     project = N                       onto N numbers, at random
 *     project = pca N, fit = NAME       onto N components of [stimulus NAME]
 */
#include <string.h>

#include "pipeline/study_private.h"
#include "plugin/value.h"

enum { MOST = 1000000 };

static void take_project(struct ana_build *b, const struct ana_ini_section *section,
                         struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "project");
    int64_t n = 0;
    int rc = 0;

    if (!key)
        return;
    ana_build_push(b, section, key);
    space->components = strncmp(key->value, "pca ", 4) == 0;
    rc = ana_value_int(b->ctx, key->value + (space->components ? 4 : 0), &n);
    if (rc == 0 && (n < 1 || n > MOST))
        rc = ana_fail(b->ctx, ANA_EPARAM, "'%s': expected N or pca N, N from 1 to %d",
                      key->value, MOST);
    ana_problem_caught(b, rc);
    ana_context_pop(b->ctx);
    space->project = rc == 0 ? n : 0;
}

static void take_fit(struct ana_build *b, const struct ana_ini_section *section,
                     struct ana_study_features *space)
{
    const struct ana_ini_key *key = ana_build_key(b, section, "fit");
    const struct ana_study *study = b->study;
    const char **names = ana_arena_alloc(b->arena, study->n_stimuli, sizeof *names);

    if (!key || !names)
        return;
    space->fit = ana_study_find_stimuli(study, key->value);
    for (int64_t i = 0; i < study->n_stimuli; i++)
        names[i] = study->stimuli[i].name;
    if (space->fit < 0)
        ana_problem_no_such(b, ana_build_key_place(b, section, key), "stimulus set",
                            key->value, study->n_stimuli, names);
}

void ana_build_project(struct ana_build *b, const struct ana_ini_section *section,
                       struct ana_study_features *space)
{
    take_project(b, section, space);
    take_fit(b, section, space);
}

void ana_build_check_project(struct ana_build *b, const struct ana_study_features *space)
{
    if (space->components && space->fit < 0)
        ana_problem(
            b, ANA_EPARAM, space->place.where,
            "`project = pca %lld` needs `fit = NAME`, the [stimulus NAME] over "
            "which components are found: other sounds than the scored ones, for a "
            "PCA of those would know the test sounds. (`pca = N` is fitted on each "
            "fold's training rows and needs none)",
            (long long)space->project);
    else if (!space->components && space->fit >= 0)
        ana_problem(
            b, ANA_EPARAM, space->place.where,
            "`fit` says over which stimuli the components of `project = pca N` are "
            "found, and there is no such projection; remove `fit`");
}
