/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables of text. The file is read whole and cut in place: each cell is a string in the
 * file's own bytes. TSV has no quoting (BIDS 1.9, tabular files); CSV has RFC 4180's.
 */
#include "data/tsv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <anaflow/files.h>

#include "base/file.h"
#include "base/text.h"

static const int64_t most_bytes = 1ll << 30;

/* Everything behind a table, in one block that starts with the table itself. */
struct memory {
    struct ana_table table;
    char *data, *names;
    const char **column, **cell;
    int64_t *line;
};

struct parser {
    struct ana_ctx *ctx;
    const char *path;
    char *at, *end; /* end points to the zero behind the file */
    int64_t line;   /* of `at` */
    char stops[4];  /* the separator and '\n' */
    int quotes;
};

static int64_t count_lines(const char *data, int64_t n)
{
    int64_t lines = 1;

    for (int64_t i = 0; i < n; i++)
        lines += data[i] == '\n';
    return lines;
}

static int check_text(struct ana_ctx *ctx, const char *path, const char *data, int64_t n)
{
    const char *nul = memchr(data, 0, (size_t)n);
    int64_t bad;

    if (nul)
        return ana_fail(
            ctx, ANA_EDATA, "%s:%lld: a NUL byte (byte %lld): not a text file", path,
            (long long)count_lines(data, nul - data), (long long)(nul - data));
    bad = ana_utf8_invalid(data, n);
    if (bad >= 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s:%lld: byte 0x%02x (byte %lld) is not UTF-8; convert the file, for "
            "example with iconv -f latin1 -t utf8",
            path, (long long)count_lines(data, bad), (unsigned char)data[bad],
            (long long)bad);
    return 0;
}

/* Cut at `stop`, a separator, a newline or the end, and step over it. 1 = row ends. */
static int cut(struct parser *p, char *stop)
{
    const char mark = *stop;

    if (mark != p->stops[0] && stop > p->at && stop[-1] == '\r')
        stop[-1] = 0;
    *stop = 0;
    p->at = stop < p->end ? stop + 1 : stop;
    p->line += mark == '\n';
    return mark != p->stops[0];
}

/* A cell in quotes: "" is a quote, and separators and newlines mean themselves. */
static int next_quoted(struct parser *p, const char **cell, int *row_ends)
{
    const int64_t opened = p->line;
    char *from = p->at + 1, *to = p->at;

    *cell = to;
    for (; from < p->end && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        p->line += *from == '\n';
        *to++ = *from;
    }
    if (from >= p->end)
        return ana_fail(p->ctx, ANA_EDATA, "%s:%lld: a quote that is not closed", p->path,
                        (long long)opened);
    from++;
    from += *from == '\r' && from[1] == '\n';
    if (*from != p->stops[0] && *from != '\n' && from < p->end)
        return ana_fail(
            p->ctx, ANA_EDATA,
            "%s:%lld: '%c' after a closing quote; expected '%c' or the line's end",
            p->path, (long long)p->line, *from, p->stops[0]);
    p->at = from;
    *row_ends = cut(p, from);
    *to = 0;
    return 0;
}

static int next_cell(struct parser *p, const char **cell, int *row_ends)
{
    char *stop = p->at;

    if (p->quotes && *p->at == '"')
        return next_quoted(p, cell, row_ends);
    *cell = p->at;
    /* A loop: under sanitizers strcspn measures the whole rest of the file each time. */
    while (*stop && *stop != p->stops[0] && *stop != '\n')
        stop++;
    *row_ends = cut(p, stop);
    return 0;
}

/* Step over empty lines. 0 = the file ends. */
static int at_row(struct parser *p)
{
    for (;;) {
        if (*p->at == '\r' && p->at[1] == '\n')
            p->at++;
        if (*p->at != '\n')
            return p->at < p->end;
        p->at++;
        p->line++;
    }
}

/* Cells of the first row, which say how many columns there are. */
static int parse_first(struct parser *p, struct memory *memory)
{
    struct ana_table *table = &memory->table;
    int row_ends = 0;

    if (!at_row(p))
        return ana_fail(p->ctx, ANA_EDATA, "%s:%lld: the file is empty", p->path,
                        (long long)p->line);
    memory->line[0] = p->line;
    while (!row_ends) {
        int rc = next_cell(p, &memory->cell[table->n_columns++], &row_ends);

        if (rc != 0)
            return rc;
    }
    table->n_rows = 1;
    return 0;
}

static int parse_rows(struct parser *p, struct memory *memory)
{
    struct ana_table *table = &memory->table;

    while (at_row(p)) {
        const char **row = memory->cell + table->n_rows * table->n_columns, *extra;
        int64_t n = 0;
        int row_ends = 0;

        memory->line[table->n_rows] = p->line;
        while (!row_ends) {
            int rc = next_cell(p, n < table->n_columns ? &row[n] : &extra, &row_ends);

            if (rc != 0)
                return rc;
            n++;
        }
        if (n != table->n_columns)
            return ana_fail(p->ctx, ANA_EDATA,
                            "%s:%lld: has %lld cells, the first line has %lld; cells are "
                            "separated by %s",
                            p->path, (long long)memory->line[table->n_rows], (long long)n,
                            (long long)table->n_columns, p->quotes ? "commas" : "tabs");
        table->n_rows++;
    }
    return 0;
}

/* Make the first row the names, or name the columns by number. */
static int name_columns(struct parser *p, struct memory *memory, int header)
{
    struct ana_table *table = &memory->table;
    const int64_t n = table->n_columns;

    memory->column = ana_alloc(p->ctx, n, sizeof *memory->column);
    memory->names = header ? NULL : ana_alloc(p->ctx, n, 24);
    if (!memory->column || (!header && !memory->names))
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        memory->column[i] = header ? memory->cell[i] : memory->names + 24 * i;
        if (!header)
            snprintf(memory->names + 24 * i, 24, "%lld", (long long)i + 1);
    }
    table->column = memory->column;
    table->cell = memory->cell + (header ? n : 0);
    table->line = memory->line + (header ? 1 : 0);
    table->n_rows -= header ? 1 : 0;
    return 0;
}

static int order_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names(struct parser *p, const struct memory *memory)
{
    const int64_t n = memory->table.n_columns;
    const char **sorted = ana_alloc(p->ctx, n, sizeof *sorted);
    int rc = 0;

    if (!sorted)
        return ANA_ERESOURCE;
    memcpy(sorted, memory->column, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, order_names);
    for (int64_t i = 1; i < n && rc == 0; i++)
        if (strcmp(sorted[i], sorted[i - 1]) == 0)
            rc = ana_fail(p->ctx, ANA_EDATA, "%s:%lld: column '%s' is there twice",
                          p->path, (long long)memory->line[0], sorted[i]);
    ana_free(p->ctx, sorted);
    return rc;
}

static int parse(struct parser *p, struct memory *memory, int header)
{
    int64_t cells = 1, lines = 1;
    int rc;

    for (const char *c = p->at; c < p->end; c++) {
        cells += *c == p->stops[0] || *c == '\n';
        lines += *c == '\n';
    }
    memory->cell = ana_alloc(p->ctx, cells, sizeof *memory->cell);
    memory->line = ana_alloc(p->ctx, lines, sizeof *memory->line);
    if (!memory->cell || !memory->line)
        return ANA_ERESOURCE;
    rc = parse_first(p, memory);
    if (rc == 0)
        rc = parse_rows(p, memory);
    if (rc == 0)
        rc = name_columns(p, memory, header);
    if (rc == 0 && header)
        rc = check_names(p, memory);
    return rc;
}

int ana_table_read(struct ana_ctx *ctx, const char *path, int header,
                   struct ana_table **out)
{
    const size_t length = strlen(path);
    const int csv = length > 4 && strcasecmp(path + length - 4, ".csv") == 0;
    struct parser p = {
        .ctx = ctx, .line = 1, .quotes = csv, .stops = {csv ? ',' : '\t', '\n'}};
    struct memory *memory = ana_alloc(ctx, 1, sizeof *memory);
    char *copy = ana_strdup(ctx, path);
    int64_t n;
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!memory || !copy)
        goto fail;
    memory->table.memory = memory;
    memory->table.path = p.path = copy;
    rc = ana_file_read(ctx, path, most_bytes, &memory->data, &n);
    if (rc == 0)
        rc = check_text(ctx, path, memory->data, n);
    if (rc != 0)
        goto fail;
    p.at =
        memory->data + (n >= 3 && memcmp(memory->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    p.end = memory->data + n;
    rc = parse(&p, memory, header);
    if (rc != 0)
        goto fail;
    *out = &memory->table;
    return 0;
fail:
    if (memory && memory->table.path)
        ana_table_destroy(ctx, &memory->table);
    else {
        ana_free(ctx, memory);
        ana_free(ctx, copy);
    }
    return rc;
}

void ana_table_destroy(struct ana_ctx *ctx, struct ana_table *table)
{
    struct memory *memory = table ? table->memory : NULL;

    if (!memory)
        return;
    ana_free(ctx, (void *)(uintptr_t)memory->table.path);
    ana_free(ctx, memory->data);
    ana_free(ctx, memory->names);
    ana_free(ctx, memory->column);
    ana_free(ctx, memory->cell);
    ana_free(ctx, memory->line);
    ana_free(ctx, memory);
}

int64_t ana_table_column(const struct ana_table *table, const char *name)
{
    for (int64_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->column[i], name) == 0)
            return i;
    return -1;
}

int ana_table_number(struct ana_ctx *ctx, const struct ana_table *table, int64_t row,
                     int64_t column, double *out)
{
    const char *cell = table->cell[row * table->n_columns + column];

    *out = NAN;
    if (*cell == 0 || strcmp(cell, "n/a") == 0 || ana_text_to_double(cell, out))
        return 0;
    return ana_fail(
        ctx, ANA_EDATA, "%s:%lld: column '%s' holds '%.40s'; expected a number or n/a",
        table->path, (long long)table->line[row], table->column[column], cell);
}
