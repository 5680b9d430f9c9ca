/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sections and keys of an INI: added once each, found by name.
 */
#include <string.h>

#include "pipeline/ini_private.h"
#include "plugin/value.h"

static int check_name(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < 0x80 &&
            !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
                    *name))
            return 0;
    return 1;
}

/* "model coch" -> kind and name. */
static int split_header(struct ana_ctx *ctx, struct ana_arena *arena, const char *header,
                        const char *file, int64_t line, struct ana_ini_section *out)
{
    char **words;
    int64_t n;
    int rc = ana_value_words(ctx, header, &n, &words);

    if (rc == ANA_ERESOURCE)
        return rc;
    if (rc != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s:%lld: [%s] has brackets or quotes inside; a name "
                        "has letters, digits, '-' and '_'",
                        file, (long long)line, header);
    out->kind = n > 0 ? ana_arena_strdup(arena, words[0]) : "";
    out->name = n > 1 ? ana_arena_strdup(arena, words[1]) : "";
    out->file = file;
    out->line = line;
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, words[i]);
    ana_free(ctx, words);
    if (!out->kind || !out->name)
        return ANA_ERESOURCE;
    if (n == 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s:%lld: the section header is empty; write [kind] "
                        "or [kind name]",
                        file, (long long)line);
    if (n > 2 || !check_name(out->kind) || !check_name(out->name))
        return ana_fail(ctx, ANA_EPARAM,
                        "%s:%lld: [%s] is no section; write [kind] or "
                        "[kind name], where a name has letters, digits, '-' and '_'",
                        file, (long long)line, header);
    return 0;
}

int ana_ini_add_section(struct ana_ctx *ctx, struct ana_ini *ini, const char *header,
                        const char *file, int64_t line)
{
    struct ana_arena *arena = ana_ini_arena(ini);
    struct ana_ini_section section = {0}, *old, *grown;
    int rc = split_header(ctx, arena, header, file, line, &section);

    if (rc != 0)
        return rc;
    old = ana_ini_section(ini, section.kind, section.name);
    if (old && old->line == line && strcmp(old->file, file) == 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s: the file is included twice; keep one of the "
                        "includes",
                        file);
    if (old)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s:%lld: the section [%s] stands in %s:%lld already; merge the two or "
            "give one another name",
            file, (long long)line, header, old->file, (long long)old->line);
    grown = ana_arena_more(arena, ini->sections, ini->n_sections, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    ini->sections = grown;
    grown[ini->n_sections++] = section;
    return 0;
}

int ana_ini_add_key(struct ana_ctx *ctx, struct ana_ini *ini,
                    struct ana_ini_section *section, const struct ana_ini_key *key)
{
    const struct ana_ini_key *old = ana_ini_key(section, key->name);
    struct ana_ini_key *grown;

    if (old)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s:%lld: the key `%s` stands in this section already, in line %lld; "
            "keep one of the two (an indented line without a key continues "
            "the value above)",
            key->file, (long long)key->line, key->name, (long long)old->line);
    grown =
        ana_arena_more(ana_ini_arena(ini), section->keys, section->n_keys, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    section->keys = grown;
    grown[section->n_keys++] = *key;
    return 0;
}

struct ana_ini_section *ana_ini_section(const struct ana_ini *ini, const char *kind,
                                        const char *name)
{
    for (int64_t i = 0; i < ini->n_sections; i++)
        if (strcmp(ini->sections[i].kind, kind) == 0 &&
            strcmp(ini->sections[i].name, name) == 0)
            return &ini->sections[i];
    return NULL;
}

struct ana_ini_key *ana_ini_key(const struct ana_ini_section *section, const char *name)
{
    for (int64_t i = 0; i < section->n_keys; i++)
        if (strcmp(section->keys[i].name, name) == 0)
            return &section->keys[i];
    return NULL;
}
