/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading an INI file: inih splits keys from values, our own line reader feeds it,
 * counts lines and keeps from it what it would misread (ini_lines.c). Sections are
 * taken by the line reader itself, since inih says nothing of an empty one.
 */
#include "pipeline/ini.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "pipeline/ini_private.h"
#include "plugin/value.h"

enum { MOST_BYTES = 4 << 20, MOST_INCLUDES = 16 };

struct memory {
    struct ana_arena arena;
};

/* A file on its way in, and the files that include it. */
struct source {
    struct ana_ctx *ctx;
    struct ana_ini *ini;
    struct ana_ini own; /* sections of this file alone */
    struct source *parent;
    const char *file, *folder;
    char *real;
    const char *data, *at, *end;
    int64_t line;
    int status, what;         /* of the current line */
    struct ana_ini_key *last; /* the key above, if a line may continue it */
    int64_t n_includes;
    struct ana_ini_key *includes;
};

struct ana_arena *ana_ini_arena(const struct ana_ini *ini)
{
    return &((struct memory *)ini->memory)->arena;
}

/* inih's fgets: the next line, once it is known to be read as written. */
static char *next_line(char *buffer, int room, void *arg)
{
    struct source *s = arg;
    const char *end;
    struct ana_ini_line line = {.file = s->file, .number = s->line + 1, .text = s->at};

    if (s->status != 0 || s->at >= s->end)
        return NULL;
    end = memchr(s->at, '\n', (size_t)(s->end - s->at));
    end = end ? end : s->end;
    line.n = end - s->at - (end > s->at && end[-1] == '\r');
    line.may_continue = s->last != NULL;
    line.open_brackets = s->last ? ana_ini_open_brackets(s->last->value) : 0;
    s->line++;
    s->status = ana_ini_check_line(s->ctx, &line, &s->what);
    if (s->status == 0 && line.n + 2 > room)
        s->status = ana_fail(s->ctx, ANA_EPARAM,
                             "%s:%lld: the line has %lld bytes, this inih "
                             "reads %d; break it and indent the rest",
                             s->file, (long long)s->line, (long long)line.n, room - 2);
    if (s->status != 0)
        return NULL;
    memcpy(buffer, line.text, (size_t)line.n);
    memcpy(buffer + line.n, "\n", 2);
    s->at = end < s->end ? end + 1 : end;
    if (s->what == ANA_INI_BLANK || s->what == ANA_INI_HEADER)
        s->last = NULL;
    if (s->what == ANA_INI_HEADER) {
        const char *close = strchr(buffer, ']');
        const char *header =
            ana_arena_copy(ana_ini_arena(s->ini), buffer + 1, close - buffer - 1);

        s->status = header
                        ? ana_ini_add_section(s->ctx, &s->own, header, s->file, s->line)
                        : ANA_ERESOURCE;
    }
    return buffer;
}

/* More of the value above, joined by a blank. */
static int continue_key(struct source *s, const char *piece)
{
    s->last->value =
        s->last->value[0] == 0
            ? piece
            : ana_arena_format(ana_ini_arena(s->ini), "%s %s", s->last->value, piece);
    return s->last->value ? 0 : ANA_ERESOURCE;
}

static int add_include(struct source *s, const struct ana_ini_key *key)
{
    struct ana_ini_key *grown =
        ana_arena_more(ana_ini_arena(s->ini), s->includes, s->n_includes, sizeof *grown);

    if (!grown)
        return ANA_ERESOURCE;
    s->includes = grown;
    grown[s->n_includes++] = *key;
    s->last = &grown[s->n_includes - 1];
    return 0;
}

static int add_key(struct source *s, struct ana_ini_key *key)
{
    struct ana_ini_section *section =
        s->own.n_sections ? &s->own.sections[s->own.n_sections - 1] : NULL;
    int rc;

    if (strcmp(key->name, "include") == 0 &&
        (!section || strcmp(section->kind, "study") == 0))
        return add_include(s, key);
    if (!section)
        return ana_fail(s->ctx, ANA_EPARAM,
                        "%s:%lld: the key `%s` stands before the first "
                        "section; only `include` may",
                        s->file, (long long)s->line, key->name);
    rc = ana_ini_add_key(s->ctx, &s->own, section, key);
    if (rc == 0)
        s->last = &section->keys[section->n_keys - 1];
    return rc;
}

/* inih's handler; it wants 1 for success. */
static int take_value(void *arg, const char *section, const char *name, const char *value)
{
    struct source *s = arg;
    struct ana_arena *arena = ana_ini_arena(s->ini);
    struct ana_ini_key key = {.file = s->file, .line = s->line, .folder = s->folder};
    const char *where;
    int32_t *data_default =
        s->what == ANA_INI_MORE ? &s->last->data_default : &key.data_default;

    (void)section;
    if (s->status != 0)
        return 0;
    where = ana_arena_format(arena, "%s:%lld", s->file, (long long)s->line);
    s->status = where ? ana_ini_expand(s->ctx, arena, where, s->folder, value, &value,
                                       data_default)
                      : ANA_ERESOURCE;
    if (s->status == 0 && s->what == ANA_INI_MORE) {
        s->status = continue_key(s, value);
    } else if (s->status == 0) {
        key.name = ana_arena_strdup(arena, name);
        key.value = value;
        s->status = key.name ? add_key(s, &key) : ANA_ERESOURCE;
    }
    return s->status == 0;
}

static const char *folder_of(struct ana_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash ? "." : slash == path ? "/" : ana_arena_copy(arena, path, slash - path);
}

static int read_source(struct ana_ctx *ctx, struct ana_ini *ini, const char *path,
                       struct source *parent);

static int read_include(struct source *s, const struct ana_ini_key *key, const char *name)
{
    char *path = ana_path_join(s->ctx, s->folder, name);
    char *real = path ? realpath(path, NULL) : NULL;
    int64_t depth = 1;
    int rc = path ? 0 : ANA_ERESOURCE;

    for (struct source *up = s; up && rc == 0; up = up->parent, depth++)
        if (depth > MOST_INCLUDES || (real && up->real && strcmp(real, up->real) == 0))
            rc = ana_fail(s->ctx, ANA_EPARAM,
                          "%s:%lld: `include = %s` leads back to %s; "
                          "remove one of the includes",
                          key->file, (long long)key->line, name, up->file);
    if (rc == 0 && !real)
        rc = ana_fail(s->ctx, ANA_EPARAM,
                      "%s:%lld: `include = %s`: there is no file %s; paths "
                      "start at the folder of the file that includes",
                      key->file, (long long)key->line, name, path);
    if (rc == 0)
        rc = read_source(s->ctx, s->ini, path, s);
    free(real);
    ana_free(s->ctx, path);
    return rc;
}

static int read_includes(struct source *s)
{
    char **words;
    int64_t n;
    int rc = 0;

    for (int64_t i = 0; i < s->n_includes && rc == 0; i++) {
        ana_context_push(s->ctx, "%s:%lld", s->file, (long long)s->includes[i].line);
        rc = ana_value_words(s->ctx, s->includes[i].value, &n, &words);
        ana_context_pop(s->ctx);
        if (rc == 0 && n == 0)
            rc = ana_fail(s->ctx, ANA_EPARAM, "%s:%lld: `include` names no file", s->file,
                          (long long)s->includes[i].line);
        for (int64_t k = 0; k < n; k++) {
            if (rc == 0)
                rc = read_include(s, &s->includes[i], words[k]);
            ana_free(s->ctx, words[k]);
        }
        ana_free(s->ctx, words);
        words = NULL;
    }
    return rc;
}

/* This file's sections behind those of the files it includes. */
static int move_sections(struct source *s)
{
    int rc = 0;

    for (int64_t i = 0; i < s->own.n_sections && rc == 0; i++) {
        const struct ana_ini_section *from = &s->own.sections[i];
        const char *header = ana_arena_format(ana_ini_arena(s->ini), "%s%s%s", from->kind,
                                              from->name[0] ? " " : "", from->name);

        rc = header ? ana_ini_add_section(s->ctx, s->ini, header, from->file, from->line)
                    : ANA_ERESOURCE;
        if (rc == 0) {
            s->ini->sections[s->ini->n_sections - 1].keys = from->keys;
            s->ini->sections[s->ini->n_sections - 1].n_keys = from->n_keys;
        }
    }
    return rc;
}

/* A pipeline file that cannot be read is a wrong argument rather than wrong data. */
static int fail_unreadable(struct ana_ctx *ctx)
{
    char *sentence = strdup(ana_error(ctx));
    const int rc = ana_fail(ctx, ANA_EPARAM, "%s", sentence ? sentence : "no memory");

    free(sentence);
    return rc;
}

static int read_source(struct ana_ctx *ctx, struct ana_ini *ini, const char *path,
                       struct source *parent)
{
    struct ana_arena *arena = ana_ini_arena(ini);
    struct source s = {
        .ctx = ctx, .ini = ini, .parent = parent, .own = {.memory = ini->memory}};
    char *data = NULL;
    int64_t n;
    int rc = ana_file_read(ctx, path, MOST_BYTES, &data, &n), bad;

    if (rc != 0)
        return rc == ANA_EDATA ? fail_unreadable(ctx) : rc;
    s.file = ana_arena_strdup(arena, path);
    s.folder = folder_of(arena, path);
    s.real = realpath(path, NULL);
    s.data = s.at = data;
    s.end = data + n;
    if (n >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        s.at += 3;
    if (!s.file || !s.folder) {
        rc = ANA_ERESOURCE;
        goto done;
    }
    bad = ini_parse_stream(next_line, &s, take_value, &s);
    rc = s.status;
    if (rc == 0 && bad != 0)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "%s:%d: the line cannot be read; write `key = value`", path, bad);
    if (rc == 0)
        rc = read_includes(&s);
    if (rc == 0)
        rc = move_sections(&s);
done:
    free(s.real);
    ana_free(ctx, data);
    return rc;
}

int ana_ini_read(struct ana_ctx *ctx, const char *path, struct ana_ini **out)
{
    struct ana_ini *ini = ana_alloc(ctx, 1, sizeof *ini);
    struct memory *memory = ana_alloc(ctx, 1, sizeof *memory);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!ini || !memory) {
        ana_free(ctx, ini);
        ana_free(ctx, memory);
        return rc;
    }
    memory->arena.ctx = ctx;
    ini->memory = memory;
    ini->path = ana_arena_strdup(&memory->arena, path);
    if (ini->path)
        rc = read_source(ctx, ini, path, NULL);
    if (rc == 0 && ini->n_sections == 0)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "%s: the file has no sections; see the examples in the "
                      "README",
                      path);
    if (rc != 0) {
        ana_ini_destroy(ini);
        return rc;
    }
    *out = ini;
    return 0;
}

void ana_ini_destroy(struct ana_ini *ini)
{
    struct memory *memory;

    if (!ini)
        return;
    memory = ini->memory;
    ana_arena_finish(&memory->arena);
    ana_free(memory->arena.ctx, ini);
    ana_free(NULL, memory);
}
