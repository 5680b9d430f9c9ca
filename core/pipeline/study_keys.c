/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How sections are read: a key is looked up, marked as used, parsed, and what is wrong
 * with it becomes one of the study's problems.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/study_private.h"
#include "plugin/value.h"

const char *ana_build_format(struct ana_build *b, const char *fmt, ...)
{
    char *text = NULL, *copy = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) >= 0)
        copy = ana_arena_strdup(b->arena, text);
    else
        text = NULL;
    va_end(args);
    free(text);
    if (!copy)
        b->failed = 1;
    return copy ? copy : "";
}

void *ana_build_more(struct ana_build *b, void *items, int64_t n, size_t size)
{
    void *grown = ana_arena_more(b->arena, items, n, size);

    if (!grown)
        b->failed = 1;
    return grown;
}

static const char *where(struct ana_build *b, const char *file, int64_t line)
{
    return line > 0 ? ana_build_format(b, "%s:%lld", file, (long long)line) : file;
}

const char *ana_build_where(struct ana_build *b, const struct ana_ini_key *key)
{
    return where(b, key->file, key->line);
}

struct ana_place ana_build_place(struct ana_build *b,
                                 const struct ana_ini_section *section)
{
    struct ana_place place = {.section = ana_build_format(b, "[%s%s%s]", section->kind,
                                                          section->name[0] ? " " : "",
                                                          section->name),
                              .where = where(b, section->file, section->line)};

    return place;
}

const char *ana_build_key_place(struct ana_build *b,
                                const struct ana_ini_section *section,
                                const struct ana_ini_key *key)
{
    return ana_build_format(b, "%s: `%s` of %s", ana_build_where(b, key), key->name,
                            ana_build_place(b, section).section);
}

static void keep_problem(struct ana_build *b, int status, const char *sentence)
{
    b->failed |= ana_study_keep(b->arena, b->study, status, sentence) != 0;
}

void ana_problem(struct ana_build *b, int status, const char *place, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) >= 0)
        keep_problem(b, status, ana_build_format(b, "%s: %s", place, text));
    else
        b->failed = 1;
    va_end(args);
    free(text);
}

int ana_problem_caught(struct ana_build *b, int rc)
{
    if (rc == 0)
        return 0;
    if (rc == ANA_ERESOURCE)
        b->failed = 1;
    else
        keep_problem(b, rc, ana_build_format(b, "%s", ana_error(b->ctx)));
    ana_ctx_clear(b->ctx);
    return 1;
}

const struct ana_ini_key *ana_build_key(struct ana_build *b,
                                        const struct ana_ini_section *section,
                                        const char *name)
{
    struct ana_ini_key *key = section ? ana_ini_key(section, name) : NULL;

    if (!key)
        return NULL;
    if (key->value[0] == 0 && !key->used)
        ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                    "`%s` of %s has no value; write one or remove the key", name,
                    ana_build_place(b, section).section);
    key->used = 1;
    return key->value[0] ? key : NULL;
}

void ana_build_push(struct ana_build *b, const struct ana_ini_section *section,
                    const struct ana_ini_key *key)
{
    ana_context_push(b->ctx, "%s", ana_build_key_place(b, section, key));
}

int ana_build_text(struct ana_build *b, const struct ana_ini_section *section,
                   const char *name, const char **out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);

    if (key)
        *out = key->value;
    return key != NULL;
}

int ana_build_int(struct ana_build *b, const struct ana_ini_section *section,
                  const char *name, int64_t min, int64_t max, int64_t *out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);
    int64_t value = 0;
    int rc;

    if (!key)
        return 0;
    ana_build_push(b, section, key);
    rc = ana_value_int(b->ctx, key->value, &value);
    if (rc == 0 && (value < min || value > max))
        rc = max == INT64_MAX
                 ? ana_fail(b->ctx, ANA_EPARAM,
                            "%lld is too small, expected at least %lld", (long long)value,
                            (long long)min)
                 : ana_fail(b->ctx, ANA_EPARAM, "%lld is outside the allowed %lld..%lld",
                            (long long)value, (long long)min, (long long)max);
    ana_context_pop(b->ctx);
    if (ana_problem_caught(b, rc))
        return 0;
    *out = value;
    return 1;
}

int ana_build_number(struct ana_build *b, const struct ana_ini_section *section,
                     const char *name, const char *unit, double *out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);
    double value = 0;
    int rc;

    if (!key)
        return 0;
    ana_build_push(b, section, key);
    rc = ana_value_number(b->ctx, key->value, unit, &value, NULL);
    if (rc == 0 && value <= 0)
        rc = ana_fail(b->ctx, ANA_EPARAM, "'%s' is not above 0", key->value);
    ana_context_pop(b->ctx);
    if (ana_problem_caught(b, rc))
        return 0;
    *out = value;
    return 1;
}

int ana_build_choice(struct ana_build *b, const struct ana_ini_section *section,
                     const char *name, const char *const *choices, int64_t n,
                     int32_t *out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);
    const char *near;
    char *list;

    if (!key)
        return 0;
    for (int64_t i = 0; i < n; i++) {
        if (strcmp(choices[i], key->value) == 0) {
            *out = (int32_t)i;
            return 1;
        }
    }
    near = ana_text_nearest(key->value, choices, n);
    list = ana_text_list(choices, n, 20);
    ana_problem(b, ANA_EPARAM, ana_build_where(b, key),
                "`%s` of %s: '%s' is none of its choices: %s%s%s%s", name,
                ana_build_place(b, section).section, key->value, list ? list : "",
                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(list);
    return 0;
}

int ana_build_time(struct ana_build *b, const struct ana_ini_section *section,
                   const char *name, struct ana_time *out)
{
    const struct ana_ini_key *key = ana_build_key(b, section, name);
    const char *clock = NULL;
    double value = 0;
    int rc;

    if (!key)
        return 0;
    ana_build_push(b, section, key);
    rc = ana_value_number(b->ctx, key->value, "s", &value, &clock);
    if (rc == 0 && value < 0)
        rc = ana_fail(b->ctx, ANA_EPARAM, "'%s' is negative", key->value);
    ana_context_pop(b->ctx);
    if (ana_problem_caught(b, rc))
        return 0;
    *out = (struct ana_time){.value = value, .unit = clock ? ANA_TIME_TR : ANA_TIME_S};
    return 1;
}

int64_t ana_build_words(struct ana_build *b, const struct ana_ini_section *section,
                        const struct ana_ini_key *key, const char *const **out)
{
    const char **kept = NULL;
    char **words = NULL;
    int64_t n = 0;
    int rc;

    *out = NULL;
    ana_build_push(b, section, key);
    rc = ana_value_words(b->ctx, key->value, &n, &words);
    ana_context_pop(b->ctx);
    if (ana_problem_caught(b, rc))
        return 0;
    kept = ana_arena_alloc(b->arena, n, sizeof *kept);
    b->failed |= !kept;
    for (int64_t i = 0; i < n; i++) {
        if (kept)
            kept[i] = ana_build_format(b, "%s", words[i]);
        ana_free(b->ctx, words[i]);
    }
    ana_free(b->ctx, words);
    *out = kept;
    return kept ? n : 0;
}

void ana_problem_no_such(struct ana_build *b, const char *place, const char *what,
                         const char *name, int64_t n, const char *const *names)
{
    const char *near = ana_text_nearest(name, names, n);
    char *list = ana_text_list(names, n, 12);

    if (near)
        ana_problem(b, ANA_EPARAM, place,
                    "there is no %s called '%s'; did you mean '%s'?", what, name, near);
    else
        ana_problem(b, ANA_EPARAM, place, "there is no %s called '%s'; there %s%s", what,
                    name, n > 0 ? "are: " : "is none in this file",
                    n > 0 && list ? list : "");
    free(list);
}
