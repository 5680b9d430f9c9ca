/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The list of what is wrong with a study: sentences that begin with their place.
 */
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/study_private.h"

/* Which of two statuses decides the exit code: what must be mended first. */
static int graver(int a, int b)
{
    static const int order[] = {ANA_EPARAM, ANA_EDATA, ANA_EPLUGIN};

    for (int i = 0; i < 3; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a ? a : b;
}

int ana_study_keep(struct ana_arena *arena, struct ana_study *study, int status,
                   const char *sentence)
{
    const char **grown;

    for (int64_t i = 0; i < study->n_problems; i++)
        if (strcmp(study->problems[i], sentence) == 0)
            return 0;
    grown = ana_arena_more(arena, (void *)(uintptr_t)study->problems, study->n_problems,
                           sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    study->problems = grown;
    grown[study->n_problems++] = sentence;
    study->status = graver(study->status, status);
    return 0;
}

int ana_study_note(struct ana_ctx *ctx, struct ana_study *study, int rc)
{
    const char *sentence;

    if (rc == 0 || rc == ANA_ECANCEL)
        return rc;
    sentence = ana_arena_strdup(study->memory_, ana_error(ctx));
    if (!sentence || ana_study_keep(study->memory_, study, rc, sentence) != 0)
        return ANA_ERESOURCE;
    ana_ctx_clear(ctx);
    return 0;
}

/* Whether a problem begins with "file:line:". */
static int problem_at(const struct ana_study *study, const char *file, int64_t line)
{
    const size_t n = strlen(file);
    char number[32];

    snprintf(number, sizeof number, ":%lld:", (long long)line);
    for (int64_t i = 0; i < study->n_problems; i++)
        if (strncmp(study->problems[i], file, n) == 0 &&
            strncmp(study->problems[i] + n, number, strlen(number)) == 0)
            return 1;
    return 0;
}

int ana_section_faulty(const struct ana_study *study, const char *kind, const char *name)
{
    const struct ana_ini_section *section = ana_ini_section(study->ini, kind, name);

    if (!section)
        return 0;
    if (problem_at(study, section->file, section->line))
        return 1;
    for (int64_t i = 0; i < section->n_keys; i++)
        if (problem_at(study, section->keys[i].file, section->keys[i].line))
            return 1;
    return 0;
}
