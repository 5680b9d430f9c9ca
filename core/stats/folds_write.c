/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Folds as a table that ANA_FOLDS_FILE reads back to the same folds: a line for each
 * split and group, or, where a group is cut, for each unbroken stretch of it:
 *
 *   stimulus  split  part        inner          first  last         repeat  fold
 *   dog       1      train|test  0.. or n/a     samples, or n/a     from 0  from 0
 */
#include "stats/folds.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "stats/folds_work.h"

struct labels {
    uint8_t *part;
    int32_t *inner;
};

static void label_rows(const struct ana_fold *fold, int64_t n,
                       const struct labels *labels)
{
    memset(labels->part, 0, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        labels->inner[i] = -1;
    for (int64_t i = 0; i < fold->n_train; i++)
        labels->part[fold->train[i]] = ANA_PART_TRAIN;
    for (int64_t i = 0; i < fold->n_test; i++)
        labels->part[fold->test[i]] = ANA_PART_TEST;
    for (int64_t j = 0; j < fold->n_inner; j++)
        for (int64_t i = 0; i < fold->inner_folds[j].n_test; i++)
            labels->inner[fold->train[fold->inner_folds[j].test[i]]] = (int32_t)j;
}

static void write_stretch(FILE *file, const struct ana_folds_work *w, int64_t split,
                          const struct ana_fold *fold, const struct labels *labels,
                          int64_t begin, int64_t end)
{
    const int64_t row = w->member[begin], group = w->rows->group[row];
    const int whole = begin == w->start[group] && end == w->start[group + 1];

    fprintf(file, "%s\t%lld\t%s\t", w->rows->names[group], (long long)split + 1,
            labels->part[row] == ANA_PART_TEST ? "test" : "train");
    if (labels->inner[row] >= 0)
        fprintf(file, "%d\t", labels->inner[row]);
    else
        fprintf(file, "n/a\t");
    if (whole)
        fprintf(file, "n/a\tn/a");
    else
        fprintf(file, "%lld\t%lld", (long long)w->rows->moment[row],
                (long long)w->rows->moment[w->member[end - 1]]);
    fprintf(file, "\t%d\t%d\n", fold->repeat, fold->index);
}

static void write_split(FILE *file, const struct ana_folds_work *w, int64_t split,
                        const struct ana_fold *fold, const struct labels *labels)
{
    for (int64_t o = 0; o < w->n_order; o++) {
        const int64_t stop = w->start[w->order[o] + 1];

        for (int64_t begin = w->start[w->order[o]], end; begin < stop; begin = end) {
            const int64_t row = w->member[begin];

            for (end = begin + 1; end < stop; end++)
                if (labels->part[w->member[end]] != labels->part[row] ||
                    labels->inner[w->member[end]] != labels->inner[row])
                    break;
            if (labels->part[row] != ANA_PART_NONE)
                write_stretch(file, w, split, fold, labels, begin, end);
        }
    }
}

static int check_names(struct ana_ctx *ctx, const struct ana_fold_rows *rows)
{
    for (int64_t g = 0; g < rows->n_groups; g++)
        if (strpbrk(rows->names[g], "\t\r\n"))
            return ana_fail(
                ctx, ANA_EDATA,
                "the name '%s' holds a tab or a line break and cannot stand in a "
                "table; rename it",
                rows->names[g]);
    return 0;
}

int ana_folds_write(struct ana_ctx *ctx, const struct ana_folds *folds,
                    const struct ana_fold_rows *rows, const char *path)
{
    const struct ana_folds_spec as_file = {.by = ANA_FOLDS_FILE};
    struct ana_folds_work work;
    struct ana_writer writer;
    struct labels labels;
    int rc = ana_folds_work_open(ctx, &as_file, rows, &work);

    labels = (struct labels){work.part, work.inner};
    if (rc == 0)
        rc = check_names(ctx, rows);
    if (rc == 0)
        rc = ana_writer_open(ctx, path, &writer);
    if (rc != 0)
        goto done;
    fprintf(writer.file, "stimulus\tsplit\tpart\tinner\tfirst\tlast\trepeat\tfold\n");
    for (int64_t f = 0; f < folds->n; f++) {
        label_rows(&folds->fold[f], rows->n_rows, &labels);
        write_split(writer.file, &work, f, &folds->fold[f], &labels);
    }
    rc = ana_writer_close(ctx, &writer);
done:
    ana_folds_work_close(ctx, &work);
    return rc;
}
