/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Changing an INI from the command line (--set), and writing it out again: what ran,
 * in a form that `ana_ini_read` takes back.
 */
#include <string.h>

#include "base/text.h"
#include "pipeline/ini_private.h"

/* Another section of a kind that the file has is a name misspelt: made, it would run
 * beside the one that was meant. [plugin ID] holds what all of that ID share. */
static int refuse_new(struct ana_ctx *ctx, const struct ana_ini *ini, const char *kind,
                      const char *name, const char *file)
{
    const char **names = ana_alloc(ctx, ini->n_sections + 1, sizeof *names), *near;
    struct ana_text list = {0};
    int64_t n = 0;

    if (!names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; strcmp(kind, "plugin") != 0 && i < ini->n_sections; i++) {
        const struct ana_ini_section *s = &ini->sections[i];

        if (strcmp(s->kind, kind) != 0)
            continue;
        ana_text_add(&list, "%s[%s%s%s]", n ? ", " : "", kind, s->name[0] ? " " : "",
                     s->name);
        names[n++] = s->name;
    }
    near = ana_text_nearest(name, names, n);
    if (n > 0)
        ana_fail(ctx, ANA_EPARAM,
                 "%s: makes a new section [%s %s]; the file has %s%s%s%s", file, kind,
                 name, list.failed ? "others" : list.data,
                 near ? "; did you mean '" : "; write a new one into the file",
                 near ? near : "", near ? "'?" : "");
    ana_text_finish(&list);
    ana_free(ctx, (void *)names);
    return n > 0 ? ANA_EPARAM : 0;
}

/* "metric" may mean [metric score] if that is the only one. */
static int find_section(struct ana_ctx *ctx, struct ana_ini *ini, const char *header,
                        const char *file, struct ana_ini_section **out)
{
    const char *blank = strchr(header, ' ');
    struct ana_arena *arena = ana_ini_arena(ini);
    char *kind =
        ana_arena_copy(arena, header, blank ? blank - header : (int64_t)strlen(header));
    struct ana_ini_section *found = NULL;
    int64_t n = 0;
    int rc = 0;

    if (!kind)
        return ANA_ERESOURCE;
    *out = ana_ini_section(ini, kind, blank ? blank + 1 : "");
    if (*out)
        return 0;
    if (blank)
        rc = refuse_new(ctx, ini, kind, blank + 1, file);
    for (int64_t i = 0; !blank && i < ini->n_sections; i++) {
        if (strcmp(ini->sections[i].kind, kind) == 0) {
            found = &ini->sections[i];
            n++;
        }
    }
    if (n > 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s: there are %lld sections [%s NAME]; say which, as "
                        "in --set '%s %s.key=value'",
                        file, (long long)n, kind, kind, found->name);
    if (rc == 0 && n == 0) {
        rc = ana_ini_add_section(ctx, ini, header, file, 0);
        found = rc == 0 ? &ini->sections[ini->n_sections - 1] : NULL;
    }
    *out = found;
    return rc;
}

/* [from, to) without the blanks around it. */
static char *trimmed(struct ana_arena *arena, const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return ana_arena_copy(arena, from, to - from);
}

static int put_value(struct ana_ctx *ctx, struct ana_ini *ini,
                     struct ana_ini_section *section, const struct ana_ini_key *key)
{
    struct ana_ini_key *old = ana_ini_key(section, key->name);

    if (!old)
        return ana_ini_add_key(ctx, ini, section, key);
    *old = *key;
    return 0;
}

int ana_ini_set(struct ana_ctx *ctx, struct ana_ini *ini, const char *assignment)
{
    const char *equals = strchr(assignment, '='), *dot = NULL, *header;
    struct ana_arena *arena = ana_ini_arena(ini);
    struct ana_ini_key key = {.folder = "."};
    struct ana_ini_section *section;
    int rc;

    for (const char *c = assignment; equals && c < equals; c++)
        if (*c == '.')
            dot = c;
    if (!dot || dot == assignment || dot + 1 == equals)
        return ana_fail(
            ctx, ANA_EPARAM,
            "expected section.key=value, as in --set 'metric score.plugin=rsa', "
            "found '%s'",
            assignment);
    if (strpbrk(assignment, "\n\r"))
        return ana_fail(ctx, ANA_EPARAM, "--set %.*s: the value holds a line break",
                        (int)(equals - assignment), assignment);
    header = trimmed(arena, assignment, dot);
    key.name = trimmed(arena, dot + 1, equals);
    key.value = trimmed(arena, equals + 1, equals + strlen(equals));
    key.file =
        ana_arena_format(arena, "--set %.*s", (int)(equals - assignment), assignment);
    if (!header || !key.name || !key.value || !key.file)
        return ANA_ERESOURCE;
    rc = ana_ini_expand(ctx, arena, key.file, ".", key.value, &key.value,
                        &key.data_default);
    if (rc == 0)
        rc = find_section(ctx, ini, header, key.file, &section);
    return rc == 0 ? put_value(ctx, ini, section, &key) : rc;
}

/* A blank at which a line that begins at `from` may be broken: the last within the
 * room, not in front of what would look like a key. NULL if there is none. */
static const char *find_break(const char *from, int64_t room)
{
    const char *best = NULL;

    for (const char *c = from; *c && c - from < room; c++) {
        const size_t word = strcspn(c + 1, " \t=");

        if (c > from && *c == ' ' && c[1] != ' ' && c[1 + word] != '=' && c[1] != '[' &&
            c[1 + word + strspn(c + 1 + word, " \t")] != '=')
            best = c;
    }
    return best;
}

static void write_key(struct ana_text *text, const struct ana_ini_key *key)
{
    const char *value = key->value, *at;
    int64_t room = ANA_INI_LINE - (int64_t)strlen(key->name) - 3;

    ana_text_add(text, "%s =%s", key->name, *value ? " " : "");
    while ((int64_t)strlen(value) > room && (at = find_break(value, room)) != NULL) {
        ana_text_add(text, "%.*s\n    ", (int)(at - value), value);
        value = at + 1;
        room = ANA_INI_LINE - 4;
    }
    ana_text_add(text, "%s\n", value);
}

char *ana_ini_text(struct ana_ctx *ctx, const struct ana_ini *ini)
{
    struct ana_text text = {0};
    char *copy = NULL;

    ana_text_write(&text, "", 0);
    for (int64_t i = 0; i < ini->n_sections; i++) {
        const struct ana_ini_section *s = &ini->sections[i];

        ana_text_add(&text, "%s[%s%s%s]\n", i ? "\n" : "", s->kind, s->name[0] ? " " : "",
                     s->name);
        for (int64_t k = 0; k < s->n_keys; k++)
            write_key(&text, &s->keys[k]);
    }
    if (text.failed)
        ana_fail(ctx, ANA_ERESOURCE, "no memory for the text of %s", ini->path);
    else
        copy = ana_strdup(ctx, text.data);
    ana_text_finish(&text);
    return copy;
}
