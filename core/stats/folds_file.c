/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Folds from a table (TSV): columns stimulus, split, part (train or test), and if
 * wanted inner (0, 1, ...: the inner fold in which a training line is tested; n/a =
 * never), first and last (samples of the stimulus that the line means; n/a = all),
 * repeat and fold (the numbers under which a split is reported). A stimulus that a
 * split does not mention takes no part in it.
 */
#include <stdlib.h>
#include <string.h>

#include <anaflow/files.h>

#include "base/text.h"
#include "stats/folds_work.h"

enum { STIMULUS, SPLIT, PART, INNER, FIRST, LAST, REPEAT, FOLD, N_COLUMNS };

struct line {
    int64_t row;    /* in the table */
    int64_t begins; /* row of the first line of its split */
    const char *split;
    int64_t group;
    uint8_t part;
    int64_t inner, first, last; /* -1 = n/a */
    int64_t repeat, fold;
};

struct reading {
    struct ana_table *table;
    int64_t column[N_COLUMNS]; /* -1 = not in the file */
    struct line *line;         /* table->n_rows; split after split */
    int64_t n_splits;
};

static int find_columns(struct ana_ctx *ctx, struct reading *r)
{
    static const char *const name[N_COLUMNS] = {"stimulus", "split", "part",   "inner",
                                                "first",    "last",  "repeat", "fold"};

    for (int c = 0; c < N_COLUMNS; c++) {
        r->column[c] = ana_table_column(r->table, name[c]);
        if (r->column[c] < 0 && c <= PART)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: there is no column '%s'; a table of folds needs stimulus, "
                "split and part (train or test)",
                r->table->path, name[c]);
    }
    return 0;
}

static const char *cell(const struct reading *r, int64_t row, int c)
{
    return r->column[c] < 0 ? "n/a"
                            : r->table->cell[row * r->table->n_columns + r->column[c]];
}

static int read_number(struct ana_ctx *ctx, const struct reading *r, int64_t row, int c,
                       int64_t *out)
{
    const char *text = cell(r, row, c);

    *out = -1;
    if (strcmp(text, "n/a") == 0 || *text == 0)
        return 0;
    if (ana_text_to_int(text, out) && *out >= 0 && *out < INT32_MAX)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s:%lld: '%s' in column '%s' is not a whole number from 0, nor n/a",
                    r->table->path, (long long)r->table->line[row], text,
                    r->table->column[r->column[c]]);
}

static int find_group(struct ana_ctx *ctx, const struct ana_folds_work *w,
                      const struct reading *r, int64_t row, int64_t *group)
{
    const char *name = cell(r, row, STIMULUS), *near;
    const char **names = NULL;
    int64_t low = 0, high = w->n_order;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int order = strcmp(w->rows->names[w->order[middle]], name);

        *group = w->order[middle];
        if (order == 0)
            return 0;
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    for (int64_t k = 0; k < w->n_order; k++) {
        *group = w->order[k];
        if (ana_name_means(name, w->rows->names[*group]))
            return 0;
    }
    names = ana_alloc(ctx, w->n_order, sizeof *names);
    if (!names)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < w->n_order; k++)
        names[k] = w->rows->names[w->order[k]];
    near = ana_text_nearest(name, names, w->n_order);
    ana_fail(ctx, ANA_EDATA, "%s:%lld: no row of the recording belongs to '%s'%s%s%s",
             r->table->path, (long long)r->table->line[row], name,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    ana_free(ctx, names);
    return ANA_EDATA;
}

static int read_line(struct ana_ctx *ctx, const struct ana_folds_work *w,
                     const struct reading *r, int64_t row, struct line *line)
{
    const char *part = cell(r, row, PART);
    int rc = find_group(ctx, w, r, row, &line->group);

    line->row = row;
    line->split = cell(r, row, SPLIT);
    line->part = strcmp(part, "train") == 0 ? ANA_PART_TRAIN : ANA_PART_TEST;
    if (rc == 0 && line->part == ANA_PART_TEST && strcmp(part, "test") != 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s:%lld: part is 'train' or 'test', not '%s'",
                      r->table->path, (long long)r->table->line[row], part);
    if (rc == 0)
        rc = read_number(ctx, r, row, INNER, &line->inner);
    if (rc == 0)
        rc = read_number(ctx, r, row, FIRST, &line->first);
    if (rc == 0)
        rc = read_number(ctx, r, row, LAST, &line->last);
    if (rc == 0)
        rc = read_number(ctx, r, row, REPEAT, &line->repeat);
    return rc == 0 ? read_number(ctx, r, row, FOLD, &line->fold) : rc;
}

static int by_split(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    const int order = strcmp(x->split, y->split);

    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_appearance(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->begins != y->begins)
        return x->begins < y->begins ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Lines of a split together, splits in the order in which the file first names them. */
static void gather_splits(struct reading *r)
{
    const int64_t n = r->table->n_rows;

    qsort(r->line, (size_t)n, sizeof *r->line, by_split);
    for (int64_t i = 0; i < n; i++) {
        const int same = i > 0 && strcmp(r->line[i].split, r->line[i - 1].split) == 0;

        r->line[i].begins = same ? r->line[i - 1].begins : r->line[i].row;
        r->n_splits += !same;
    }
    qsort(r->line, (size_t)n, sizeof *r->line, by_appearance);
}

static int mark_rows(struct ana_ctx *ctx, struct ana_folds_work *w,
                     const struct reading *r, const struct line *line)
{
    const char *name = w->rows->names[line->group];
    int64_t marked = 0;

    for (int64_t i = w->start[line->group]; i < w->start[line->group + 1]; i++) {
        const int64_t row = w->member[i], t = w->rows->moment[row];

        if ((line->first >= 0 && t < line->first) || (line->last >= 0 && t > line->last))
            continue;
        if (w->part[row] != ANA_PART_NONE)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s:%lld: '%s' is in split '%s' already (as %s); each sample may be "
                "in one part",
                r->table->path, (long long)r->table->line[line->row], name, line->split,
                w->part[row] == ANA_PART_TEST ? "test" : "train");
        w->part[row] = line->part;
        w->inner[row] = line->part == ANA_PART_TRAIN ? (int32_t)line->inner : -1;
        marked++;
    }
    if (marked > 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s:%lld: '%s' has no samples from first = %lld to last = %lld",
                    r->table->path, (long long)r->table->line[line->row], name,
                    (long long)line->first, (long long)line->last);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The file's inner labels in ascending order become inner folds 0, 1, ... */
static int number_inner(struct ana_ctx *ctx, struct ana_folds_work *w,
                        const struct line *line)
{
    int64_t *label = w->choice, n = 0, distinct = 0;

    for (int64_t i = 0; i < w->rows->n_rows; i++)
        if (w->inner[i] >= 0)
            label[n++] = w->inner[i];
    if (n == 0 || (w->spec->inner != ANA_INNER_FOLDS && !w->spec->inner_default))
        return 0;
    qsort(label, (size_t)n, sizeof *label, by_number);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || label[i] != label[distinct - 1])
            label[distinct++] = label[i];
    if (distinct < 2)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: split '%s' has one inner fold; at least 2 are needed, or n/a for "
            "all lines",
            w->spec->file, line->split);
    if (!w->spec->inner_default && w->spec->inner_folds > 0 &&
        w->spec->inner_folds != distinct)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s gives %lld inner folds in split '%s', but `inner = %lld` asks for "
            "others; drop one of the two",
            w->spec->file, (long long)distinct, line->split,
            (long long)w->spec->inner_folds);
    for (int64_t i = 0; i < w->rows->n_rows; i++)
        if (w->inner[i] >= 0) {
            const int64_t own = w->inner[i];
            const int64_t *at =
                bsearch(&own, label, (size_t)distinct, sizeof *label, by_number);

            w->inner[i] = (int32_t)(at - label);
        }
    w->n_inner = distinct;
    return 0;
}

/* A test sample between two training samples of its group is what shuffling makes;
 * a border between two stretches is only worth a warning. */
static int check_leak(struct ana_ctx *ctx, struct ana_folds_work *w,
                      const struct line *line)
{
    int64_t borders = 0;

    ana_folds_apply_gap(w, w->part);
    for (int64_t k = 1; k < w->rows->n_rows; k++) {
        const int64_t row = w->member[k], before = w->member[k - 1];
        const int64_t after = k + 1 < w->rows->n_rows ? w->member[k + 1] : row;
        const int64_t g = w->rows->group[row], t = w->rows->moment[row];
        const int near = w->rows->group[before] == g &&
                         t - w->rows->moment[before] == 1 &&
                         w->part[row] + w->part[before] == ANA_PART_TRAIN + ANA_PART_TEST;

        borders += near;
        if (!near || w->part[row] != ANA_PART_TEST || w->part[after] != ANA_PART_TRAIN ||
            w->rows->group[after] != g || w->rows->moment[after] - t != 1)
            continue;
        if (!w->spec->allow_leakage)
            return ana_fail(
                ctx, ANA_EPARAM,
                "%s: split '%s' tests sample %lld of '%s' between two training "
                "samples; test longer stretches with a `gap`, or write "
                "`allow_leakage = yes` and every output will say so",
                w->spec->file, line->split, (long long)t, w->rows->names[g]);
        w->leaky = 1;
    }
    if (borders > 0 && !w->leaky)
        ana_warn(
            ctx,
            "%s: training and test samples of one recording touch; set `gap`: neighbours "
            "are nearly the same",
            w->spec->file);
    return 0;
}

static int make_split(struct ana_ctx *ctx, struct ana_folds_work *w,
                      const struct reading *r, int64_t begin, int64_t end, int64_t split,
                      struct ana_fold *fold)
{
    const struct line *line = &r->line[begin];
    int rc = 0;

    ana_folds_begin_split(w, split);
    for (int64_t i = begin; rc == 0 && i < end; i++)
        rc = mark_rows(ctx, w, r, &r->line[i]);
    if (rc == 0)
        rc = check_leak(ctx, w, line);
    if (rc == 0)
        rc = number_inner(ctx, w, line);
    fold->repeat = line->repeat >= 0 ? (int32_t)line->repeat : 0;
    fold->index = line->fold >= 0 ? (int32_t)line->fold : (int32_t)split;
    return rc == 0 ? ana_fold_build(ctx, w, fold) : rc;
}

static int read_table(struct ana_ctx *ctx, const struct ana_folds_work *w,
                      struct reading *r)
{
    int rc = ana_table_read(ctx, w->spec->file, 1, &r->table);

    if (rc == 0)
        rc = find_columns(ctx, r);
    if (rc == 0 && r->table->n_rows == 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: the table of folds has no lines",
                      r->table->path);
    if (rc != 0)
        return rc;
    r->line = ana_alloc(ctx, r->table->n_rows, sizeof *r->line);
    if (!r->line)
        return ANA_ERESOURCE;
    for (int64_t row = 0; rc == 0 && row < r->table->n_rows; row++)
        rc = read_line(ctx, w, r, row, &r->line[row]);
    if (rc == 0)
        gather_splits(r);
    return rc;
}

int ana_folds_read(struct ana_ctx *ctx, struct ana_folds_work *w, int64_t *n,
                   struct ana_fold **folds)
{
    struct reading r = {0};
    int rc = read_table(ctx, w, &r);

    if (rc != 0)
        goto done;
    *folds = ana_alloc(ctx, r.n_splits, sizeof **folds);
    *n = *folds ? r.n_splits : 0;
    rc = *folds ? 0 : ANA_ERESOURCE;
    for (int64_t s = 0, begin = 0, end; rc == 0 && s < r.n_splits; s++, begin = end) {
        for (end = begin;
             end < r.table->n_rows && r.line[end].begins == r.line[begin].begins;)
            end++;
        rc = make_split(ctx, w, &r, begin, end, s, &(*folds)[s]);
    }
done:
    ana_free(ctx, r.line);
    ana_table_destroy(ctx, r.table);
    return rc;
}
