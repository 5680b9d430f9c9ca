/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The regressors of detrend, cosine and confounds. Steps that stand side by side are one
 * regression: taking out motion and then drift would bring back the drift of the motion.
 */
#include <anaflow/files.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "pipeline/prepare.h"
#include "signal/nuisance.h"

enum { MOST_BYTES = 1 << 28 };

static int is_nuisance(const struct ana_step *step)
{
    return step->kind == ANA_STEP_DETREND || step->kind == ANA_STEP_COSINE ||
           step->kind == ANA_STEP_CONFOUNDS;
}

/* A file of confounds: rows x columns, with names where it has a header. */
struct confounds {
    const char *path;
    struct ana_table *table; /* .tsv, .csv; else text without a header */
    int64_t rows, columns;
    double *value; /* text: rows x columns */
};

/* Numbers between blanks, a line a sample; every line as many. */
static int read_text(struct ana_ctx *ctx, struct confounds *c)
{
    char *data = NULL, *at, *line, *end;
    int64_t size = 0, room, n = 0, number = 0;
    int rc = ana_file_read(ctx, c->path, MOST_BYTES, &data, &size);

    room = size / 2 + 1;
    if (rc == 0) {
        c->value = ana_alloc(ctx, room, sizeof *c->value);
        rc = c->value ? 0 : ANA_ERESOURCE;
    }
    at = data;
    while (rc == 0 && (line = strsep(&at, "\n"))) {
        const int64_t before = n;

        number++;
        for (char *p = line; n < room; p = end, n++) {
            c->value[n] = strtod(p, &end);
            if (end == p)
                break;
        }
        if (line[strspn(line, " \t\r")] == 0)
            continue;
        c->columns = c->rows == 0 ? n - before : c->columns;
        if (n - before != c->columns || c->columns == 0)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s:%lld: expected %lld numbers, as in the first line, found "
                          "%lld",
                          c->path, (long long)number, (long long)c->columns,
                          (long long)(n - before));
        c->rows++;
    }
    ana_free(ctx, data);
    return rc;
}

static int open_confounds(struct ana_ctx *ctx, const char *path, struct confounds *c)
{
    const char *dot = strrchr(path, '.');
    int rc;

    *c = (struct confounds){.path = path};
    if (!dot || (strcasecmp(dot, ".tsv") != 0 && strcasecmp(dot, ".csv") != 0))
        return read_text(ctx, c);
    rc = ana_table_read(ctx, path, 1, &c->table);
    if (rc == 0) {
        c->rows = c->table->n_rows;
        c->columns = c->table->n_columns;
    }
    return rc;
}

static void close_confounds(struct ana_ctx *ctx, struct confounds *c)
{
    ana_table_destroy(ctx, c->table);
    ana_free(ctx, c->value);
}

static int is_wanted(const struct confounds *c, int64_t column, int64_t n,
                     char *const *patterns)
{
    char number[24];

    snprintf(number, sizeof number, "%lld", (long long)column + 1);
    for (int64_t i = 0; i < n; i++)
        if (fnmatch(patterns[i], c->table ? c->table->column[column] : number,
                    FNM_EXTMATCH) == 0)
            return 1;
    return n == 0;
}

static int value_at(struct ana_ctx *ctx, const struct confounds *c, int64_t row,
                    int64_t column, double *out)
{
    if (c->table)
        return ana_table_number(ctx, c->table, row, column, out);
    *out = c->value[row * c->columns + column];
    return 0;
}

/* A name that no column has would be left out without a word. */
static int check_names(struct ana_ctx *ctx, const struct confounds *c,
                       const struct ana_step *step)
{
    for (int64_t i = 1; i < step->n_words; i++) {
        const int either = strncmp(step->words[i], "@(", 2) == 0; /* @(new|old name) */
        const char *name = step->words[i] + 2 * either, *near;
        const int length = (int)strcspn(name, either ? "|" : "");
        int any = 0;

        for (int64_t k = 0; k < c->columns; k++)
            any |= is_wanted(c, k, 1, step->words + i);
        if (any)
            continue;
        near = c->table ? ana_text_nearest(step->words[i], c->table->column, c->columns)
                        : NULL;
        return ana_fail(ctx, ANA_EDATA, "%s: has no column '%.*s'%s%s%s", c->path, length,
                        name, near ? "; did you mean '" : "", near ? near : "",
                        near ? "'?" : "");
    }
    return 0;
}

/* One column of `n` rows from `skip` on. Rows n/a at the start (differences have none
 * there) are 0; elsewhere they are an error. */
static int take_column(struct ana_ctx *ctx, const struct confounds *c, int64_t column,
                       int64_t skip, struct ana_nuisance *z)
{
    double *x = ana_alloc(ctx, z->n, sizeof *x);
    int rc = x ? 0 : ANA_ERESOURCE;
    int begun = 0;

    for (int64_t t = 0; rc == 0 && t < z->n; t++) {
        rc = value_at(ctx, c, skip + t, column, &x[t]);
        if (rc == 0 && !isfinite(x[t])) {
            if (begun)
                rc = ana_fail(ctx, ANA_EDATA,
                              "%s: row %lld of column %lld is not finite; only the first "
                              "rows may be n/a",
                              c->path, (long long)(skip + t + 1), (long long)column + 1);
            x[t] = 0;
        } else {
            begun = 1;
        }
    }
    if (rc == 0)
        rc = ana_nuisance_column(ctx, z, x);
    ana_free(ctx, x);
    return rc;
}

static int add_file(struct ana_ctx *ctx, const struct ana_step *step, const char *path,
                    struct ana_nuisance *z)
{
    struct confounds c;
    int rc = open_confounds(ctx, path, &c);

    if (rc == 0)
        rc = check_names(ctx, &c, step);
    if (rc == 0 && c.rows - step->order != z->n)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: has %lld rows, %lld after those skipped, and the run has %lld "
            "samples; skip rows with confounds(FILES, skip N), or put confounds "
            "before what shortens the run",
            path, (long long)c.rows, (long long)(c.rows - step->order), (long long)z->n);
    for (int64_t k = 0; rc == 0 && k < c.columns; k++)
        if (is_wanted(&c, k, step->n_words - 1, step->words + 1))
            rc = take_column(ctx, &c, k, step->order, z);
    close_confounds(ctx, &c);
    return rc;
}

/* Files that match one glob, in natural order, behind those that there are. */
static int add_matches(struct ana_ctx *ctx, const char *folder, const char *glob,
                       int64_t *n, char ***paths)
{
    char *pattern = ana_path_join(ctx, folder, glob), **found = NULL, **all = NULL;
    int64_t more = 0;
    int rc = pattern ? ana_file_glob(ctx, pattern, &more, &found) : ANA_ERESOURCE;

    if (rc == 0) {
        all = ana_alloc(ctx, *n + more, sizeof *all);
        rc = all ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < *n; i++)
        all[i] = (*paths)[i];
    for (int64_t i = 0; i < more; i++)
        if (rc == 0)
            all[*n + i] = found[i];
        else
            ana_free(ctx, found[i]);
    if (rc == 0) {
        ana_free(ctx, *paths);
        *paths = all;
        *n += more;
    }
    ana_free(ctx, found);
    ana_free(ctx, pattern);
    return rc;
}

/* Several globs with blanks between, in their order. */
static int add_several(struct ana_ctx *ctx, const char *folder, const char *text,
                       int64_t *n, char ***paths)
{
    char *copy = ana_strdup(ctx, text), *at = copy, *word;
    int rc = copy ? 0 : ANA_ERESOURCE;

    while (rc == 0 && (word = strsep(&at, " \t")))
        if (*word)
            rc = add_matches(ctx, folder, word, n, paths);
    ana_free(ctx, copy);
    return rc;
}

/* The files of a confounds step: one a unit, in the order of its globs. */
static int find_files(struct ana_ctx *ctx, const char *folder,
                      const struct ana_step *step, int64_t n_units, char ***paths)
{
    int64_t n = 0;
    int rc = add_matches(ctx, folder, step->words[0], &n, paths);

    if (rc == 0 && n == 0 && strpbrk(step->words[0], " \t"))
        rc = add_several(ctx, folder, step->words[0], &n, paths);
    if (rc == 0 && n != n_units) {
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "confounds(%s): %lld file%s and the recording has %lld run%s; there "
                     "must be one a run, in the same order",
                     step->words[0], (long long)n, n == 1 ? " matches" : "s match",
                     (long long)n_units, n_units == 1 ? "" : "s");
        for (int64_t i = 0; i < n; i++)
            ana_free(ctx, (*paths)[i]);
        ana_free(ctx, *paths);
        *paths = NULL;
    }
    return rc;
}

static int add_confounds(struct ana_ctx *ctx, const char *folder,
                         const struct ana_step *step, const struct ana_geometry *g,
                         struct ana_nuisance *z)
{
    char **paths = NULL;
    int rc;

    if (g->layout != ANA_LAYOUT_SERIES)
        return ana_fail(ctx, ANA_EPARAM,
                        "confounds go with runs over time, and this recording has none");
    if (step->n_files > 0 && step->n_files != g->n_units)
        return ana_fail(ctx, ANA_EDATA,
                        "confounds: the dataset has %lld file%s and the recording %lld "
                        "run%s",
                        (long long)step->n_files, step->n_files == 1 ? "" : "s",
                        (long long)g->n_units, g->n_units == 1 ? "" : "s");
    for (int64_t u = 0; step->n_files > 0 && u < g->n_units; u++) {
        rc = add_file(ctx, step, step->files[u], &z[u]);
        if (rc != 0)
            return rc;
    }
    if (step->n_files > 0)
        return 0;
    rc = find_files(ctx, folder, step, g->n_units, &paths);
    for (int64_t u = 0; paths && u < g->n_units; u++) {
        if (rc == 0)
            rc = add_file(ctx, step, paths[u], &z[u]);
        ana_free(ctx, paths[u]);
    }
    ana_free(ctx, paths);
    return rc;
}

static int add_step(struct ana_ctx *ctx, const char *folder, const struct ana_step *step,
                    const struct ana_geometry *g, struct ana_nuisance *z)
{
    int rc = 0;

    if (step->kind == ANA_STEP_CONFOUNDS)
        return add_confounds(ctx, folder, step, g, z);
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++)
        rc = step->kind == ANA_STEP_DETREND
                 ? ana_nuisance_polynomials(ctx, &z[u], (int)step->order)
                 : ana_nuisance_cosines(ctx, &z[u], g->rate, step->a);
    return rc;
}

/* Steps [first, last) stand side by side: the first does the work of all. */
static int make_group(struct ana_ctx *ctx, const char *folder,
                      const struct ana_geometry *g, struct ana_step *first,
                      const struct ana_step *last)
{
    int rc = 0;

    first->nuisance = ana_alloc(ctx, g->n_units, sizeof *first->nuisance);
    if (!first->nuisance)
        return ANA_ERESOURCE;
    first->n_nuisance = g->n_units;
    for (int64_t u = 0; u < g->n_units; u++)
        first->nuisance[u].n = g->n[u];
    for (struct ana_step *step = first; rc == 0 && step < last; step++) {
        rc = add_step(ctx, folder, step, g, first->nuisance);
        step->done = step > first;
    }
    for (int64_t u = 0; rc == 0 && u < g->n_units; u++)
        rc = ana_nuisance_finish(ctx, &first->nuisance[u]);
    return rc;
}

int ana_steps_nuisance(struct ana_ctx *ctx, const char *folder,
                       const struct ana_geometry *before, int64_t n,
                       struct ana_step *steps)
{
    struct ana_geometry g;
    int rc = ana_geometry_copy(ctx, before, &g);

    for (int64_t i = 0; rc == 0 && i < n;) {
        int64_t last = i;

        while (last < n && is_nuisance(&steps[last]))
            last++;
        if (last > i) {
            rc = make_group(ctx, folder, &g, &steps[i], &steps[last]);
            i = last;
        } else {
            rc = ana_step_geometry(ctx, &steps[i++], &g);
        }
    }
    ana_geometry_finish(ctx, &g);
    return rc;
}
