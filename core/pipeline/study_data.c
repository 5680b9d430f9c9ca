/* SPDX-License-Identifier: BSD-3-Clause
 *
 * data = FILES [: [VAR][{CELLS}] [* VAR] [(AXIS[=NAMES], ...)]] [@ RATE]
 *
 * FILES are paths and globs, VAR a variable of each of them, CELLS which cells of a
 * cell array and in which order ("*", "1-3", "FILE:VAR"), the second VAR the right
 * factor of a matrix product, NAMES the variable or file with an axis' names or times.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "pipeline/study_private.h"
#include "plugin/value.h"

static const struct {
    const char *name;
    int32_t kind;
} axes[] = {{"stimulus", ANA_AXIS_STIMULUS},
            {"time", ANA_AXIS_TIME},
            {"target", ANA_AXIS_TARGET},
            {"feature", ANA_AXIS_FEATURE},
            {"run", ANA_AXIS_RUN}};
enum { N_AXES = sizeof axes / sizeof *axes };

/* What is being read, for the messages. */
struct reading {
    struct ana_build *b;
    const struct ana_ini_section *section;
    const struct ana_ini_key *key;
    const struct ana_source *out; /* its files are known before what they hold */
};

static void refuse(const struct reading *r, const char *what, const char *found)
{
    ana_problem(
        r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
        "`data` of %s: %s, found '%s'; write FILES : VARIABLE(axis=names, ...) @ RATE",
        ana_build_place(r->b, r->section).section, what, found);
}

/* The first `wanted` outside brackets and quotes; '@' only behind a blank or a closing
 * bracket, since it may be part of a file's name. */
static const char *find_outside(const char *text, char wanted)
{
    int depth = 0, quoted = 0;

    for (const char *c = text; *c; c++) {
        if (*c == '"')
            quoted = !quoted;
        else if (!quoted && (*c == '(' || *c == '{'))
            depth++;
        else if (!quoted && (*c == ')' || *c == '}'))
            depth--;
        else if (!quoted && depth == 0 && *c == wanted &&
                 (wanted != '@' || c == text || strchr(" \t)}", c[-1])))
            return c;
    }
    return NULL;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* [from, to) without the blanks around it; NULL if nothing is left. */
static const char *piece(struct ana_build *b, const char *from, const char *to)
{
    from = skip_blanks(from);
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return to > from ? ana_build_format(b, "%.*s", (int)(to - from), from) : NULL;
}

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int same_bytes(const char *path, const char *other)
{
    FILE *a = fopen(path, "rb"), *b = fopen(other, "rb");
    int same = a && b, c = 0;

    while (same && c != EOF) {
        c = getc(a);
        same = c == getc(b);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

/* `path` is taken, beside the INI; another list of that name beside the data may be the
 * one that was meant. */
static void refuse_two(const struct reading *r, const char *name, const char *path)
{
    for (int64_t i = 0; i < r->out->n_files; i++) {
        const char *file = r->out->files[i], *slash = strrchr(file, '/');
        const int n = slash ? (int)(slash - file) : 0;
        const char *other;

        if (i > 0 && strncmp(file, r->out->files[i - 1], (size_t)n + 1) == 0 &&
            !strchr(r->out->files[i - 1] + n + 1, '/'))
            continue; /* that folder again */
        other =
            ana_build_format(r->b, "%.*s/%s", slash ? n : 1, slash ? file : ".", name);
        if (!is_file(other) || ana_file_same(path, other) || same_bytes(path, other))
            continue;
        ana_problem(r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
                    "`data` of %s: %s is meant, or %s? They differ; remove or rename "
                    "one, or write a whole path",
                    ana_build_place(r->b, r->section).section, path, other);
        return;
    }
}

/* "FILE" or "FILE:VAR" with the file's path made whole, if there is such a file beside
 * the INI; the reader looks beside the data otherwise. */
static const char *resolve(const struct reading *r, const char *text)
{
    const char *colon = strrchr(text, ':'), *path, *name;

    path = ana_build_format(r->b, "%s/%s", r->key->folder, text);
    if (text[0] == '/')
        return text;
    if (is_file(path)) {
        refuse_two(r, text, path);
        return path;
    }
    if (!colon)
        return text;
    name = ana_build_format(r->b, "%.*s", (int)(colon - text), text);
    path = ana_build_format(r->b, "%s/%s", r->key->folder, name);
    if (!is_file(path))
        return text;
    refuse_two(r, name, path);
    return ana_build_format(r->b, "%s%s", path, colon);
}

static void read_axis(const struct reading *r, const char *text,
                      struct ana_array_var *var)
{
    const char *equals = strchr(text, '='), *names[N_AXES], *near;
    const char *name = piece(r->b, text, equals ? equals : text + strlen(text));
    struct ana_array_axis *axis = &var->axis[var->n_axes];

    for (int i = 0; i < N_AXES; i++) {
        names[i] = axes[i].name;
        if (name && strcmp(name, axes[i].name) == 0)
            axis->kind = axes[i].kind;
    }
    if (!name || axis->kind == 0) {
        near = name ? ana_text_nearest(name, names, N_AXES) : NULL;
        ana_problem(r->b, ANA_EPARAM, ana_build_where(r->b, r->key),
                    "`data` of %s: '%s' is no axis; the axes are stimulus, time, target, "
                    "feature and run%s%s%s",
                    ana_build_place(r->b, r->section).section, text,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return;
    }
    for (int64_t i = 0; i < var->n_axes; i++)
        if (var->axis[i].kind == axis->kind)
            refuse(r, "each axis stands once", text);
    axis->name = name;
    if (equals) {
        axis->names = piece(r->b, equals + 1, equals + strlen(equals));
        if (!axis->names)
            refuse(r, "expected a variable or file behind the '='", text);
        else
            axis->names = resolve(r, axis->names);
    }
    var->n_axes++;
}

/* "(stimulus=stim_names, time=t)" at the cursor. */
static int read_axes(const struct reading *r, const char **cursor,
                     struct ana_array_var *var)
{
    const char *close = find_outside(*cursor + 1, ')'), *end;
    int depth = 0;

    for (close = *cursor; *close && (*close != ')' || depth > 1); close++)
        depth += (*close == '(') - (*close == ')');
    if (!*close)
        return refuse(r, "a '(' is not closed", *cursor), 0;
    for (const char *at = *cursor + 1; at <= close; at = end + 1) {
        const char *one;

        for (end = at; end < close && *end != ',';)
            end++;
        one = piece(r->b, at, end);
        if (!one || var->n_axes == ANA_MAX_DIMS)
            return refuse(r, "expected axis names separated by commas", *cursor), 0;
        read_axis(r, one, var);
    }
    *cursor = close + 1;
    return 1;
}

/* The name of a variable: up to a blank or what may follow it. */
static const char *read_name(const struct reading *r, const char **cursor)
{
    const char *from = skip_blanks(*cursor);
    const size_t n = strcspn(from, " \t{}()*@,");

    *cursor = skip_blanks(from + n);
    return n > 0 ? piece(r->b, from, from + n) : NULL;
}

static int read_variable(const struct reading *r, const char *text,
                         struct ana_array_var *var)
{
    const char *at = text, *close;

    var->name = read_name(r, &at);
    if (*at == '{') {
        close = strchr(at, '}');
        var->cells = close ? piece(r->b, at + 1, close) : NULL;
        if (!var->cells)
            return refuse(r, "expected cells as in {1-3}, {*} or {FILE:VAR}", at), 0;
        var->cells = resolve(r, var->cells);
        at = skip_blanks(close + 1);
    }
    if (*at == '*') {
        at++;
        var->times = read_name(r, &at);
        if (!var->name || !var->times)
            return refuse(r, "expected a variable on both sides of '*'", text), 0;
    }
    if (*at == '(' && !read_axes(r, &at, var))
        return 0;
    if (*skip_blanks(at) != 0)
        return refuse(r, "expected nothing behind the variable and its axes", at), 0;
    return 1;
}

static void read_rate(const struct reading *r, const char *text, double *rate)
{
    int rc;

    ana_build_push(r->b, r->section, r->key);
    rc = ana_value_number(r->b->ctx, text, "Hz", rate, NULL);
    if (rc == 0 && !(*rate > 0))
        rc = ana_fail(r->b->ctx, ANA_EPARAM, "the rate '%s' is not above 0",
                      skip_blanks(text));
    ana_context_pop(r->b->ctx);
    if (ana_problem_caught(r->b, rc))
        *rate = 0;
}

/* Words of the FILES part, quotes taken off. */
static void read_files(const struct reading *r, const char *text, struct ana_source *out)
{
    const struct ana_ini_key part = {.name = r->key->name,
                                     .value = text,
                                     .file = r->key->file,
                                     .line = r->key->line,
                                     .folder = r->key->folder,
                                     .data_default = r->key->data_default};
    const char *const *words;
    const int64_t n = ana_build_words(r->b, r->section, &part, &words);

    if (n == 0)
        refuse(r, "no file is named", r->key->value);
    out->n_files = ana_build_files(r->b, r->section, r->key, n, words, &out->files);
}

void ana_build_source(struct ana_build *b, const struct ana_ini_section *section,
                      const struct ana_ini_key *key, struct ana_source *out)
{
    const struct reading r = {b, section, key, out};
    const char *at = find_outside(key->value, '@'), *colon, *head;

    out->size = sizeof *out;
    out->text = key->value;
    head = ana_build_format(
        b, "%.*s", (int)(at ? at - key->value : (long)strlen(key->value)), key->value);
    if (at)
        read_rate(&r, at + 1, &out->rate);
    colon = find_outside(head, ':');
    read_files(&r, colon ? ana_build_format(b, "%.*s", (int)(colon - head), head) : head,
               out);
    if (colon)
        read_variable(&r, colon + 1, &out->var);
}
