/* SPDX-License-Identifier: BSD-3-Clause
 *
 * scores.tsv: one row a measure, target and fold, and one a target with the median over
 * folds (fold = "median"), which also stands alone where a metric has no folds. Stamped
 * results have a last column `stamp`, so that no row can be taken for more than it is.
 * Streamed: a million rows are ordinary, so what a block's rows share is made once.
 */
#include "report/scores.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "report/escape.h"

static const char COLUMNS[] =
    "study\tcomparison\tsubject\tbrain\tfeatures\tmodel\tvariant\t"
    "layer\tmetric\tmeasure\tpart\tlag\tfold\ttarget\tregion\t"
    "score\tceiling\tp\tq\tn";

enum {
    FLUSH_AT = 1 << 16,   /* bytes of rows held before they go to the file */
    AUTO_FOLD_ROWS = 1000 /* targets up to which fold_rows = -1 writes a row a fold */
};

struct writing {
    struct ana_writer file;
    struct ana_text rows; /* not yet in the file */
    struct ana_text head; /* columns study .. lag of the block */
    struct ana_text name; /* target and region of the target */
    struct ana_text end;  /* of every row: the stamp, if there is one, and the line end */
};

static void add_number(struct ana_text *text, double value)
{
    char number[32];
    const int64_t n = ana_shortest(value, number);

    ana_text_write(text, number, n);
}

static void begin_rows(struct writing *w, const char *stamp)
{
    ana_text_add(&w->rows, "%s%s\n", COLUMNS, ana_says(stamp) ? "\tstamp" : "");
    if (ana_says(stamp)) {
        ana_text_write(&w->end, "\t", 1);
        ana_add_cell(&w->end, stamp);
    }
    ana_text_write(&w->end, "\n", 1);
}

static void begin_block(struct writing *w, const char *study,
                        const struct ana_score_block *b)
{
    const char *const cells[] = {study,       b->comparison, b->subject, b->brain,
                                 b->features, b->model,      b->variant, b->layer,
                                 b->metric,   b->measure,    b->part};

    w->head.length = 0;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        ana_add_cell(&w->head, cells[i]);
        ana_text_write(&w->head, "\t", 1);
    }
    add_number(&w->head, b->lag);
    ana_text_write(&w->head, "\t", 1);
}

static void begin_target(struct writing *w, const struct ana_score_block *b,
                         int64_t target)
{
    w->name.length = 0;
    ana_text_write(&w->name, "\t", 1);
    ana_add_cell(&w->name, ana_block_target(b, target));
    ana_text_write(&w->name, "\t", 1);
    ana_add_cell(&w->name, ana_block_region(b, target));
    ana_text_write(&w->name, "\t", 1);
}

static void add_row(struct writing *w, const char *fold, double score, double ceiling,
                    int64_t n)
{
    struct ana_text *rows = &w->rows;

    ana_text_write(rows, w->head.data, w->head.length);
    ana_text_write(rows, fold, (int64_t)strlen(fold));
    ana_text_write(rows, w->name.data, w->name.length);
    add_number(rows, score);
    ana_text_write(rows, "\t", 1);
    add_number(rows, ceiling);
    ana_text_add(rows, "\tn/a\tn/a\t%lld", (long long)n);
    ana_text_write(rows, w->end.data, w->end.length);
    if (rows->length >= FLUSH_AT) {
        fwrite(rows->data, 1, (size_t)rows->length, w->file.file);
        rows->length = 0;
    }
}

static void add_block(struct writing *w, const struct ana_results *results,
                      const struct ana_score_block *b)
{
    const int by_fold = results->fold_rows > 0 ||
                        (results->fold_rows < 0 && b->n_targets <= AUTO_FOLD_ROWS);
    char fold[32];

    begin_block(w, results->study, b);
    for (int64_t t = 0; t < b->n_targets; t++) {
        const double ceiling = b->ceiling ? b->ceiling[t] : (double)NAN;

        begin_target(w, b, t);
        for (int64_t f = 0; by_fold && f < b->n_folds; f++) {
            snprintf(fold, sizeof fold, "%lld", (long long)f);
            add_row(w, fold, b->by_fold[f * b->n_targets + t], ceiling,
                    b->fold_rows ? b->fold_rows[f] : b->n_rows);
        }
        add_row(w, "median", b->score[t], ceiling, b->n_rows);
    }
}

int ana_scores_write(struct ana_ctx *ctx, const struct ana_results *results)
{
    char *path = ana_path_join(ctx, results->folder, "scores.tsv");
    struct writing w = {0};
    int rc = path ? ana_writer_open(ctx, path, &w.file) : ANA_ERESOURCE;

    if (rc != 0)
        goto done;
    begin_rows(&w, results->stamp);
    for (int64_t b = 0; b < results->n_blocks; b++)
        add_block(&w, results, &results->blocks[b]);
    if (w.rows.failed || w.head.failed || w.name.failed || w.end.failed) {
        ana_writer_abort(&w.file);
        rc = ana_fail(ctx, ANA_ERESOURCE, "%s: no memory for a row", path);
    } else {
        fwrite(w.rows.data, 1, (size_t)w.rows.length, w.file.file);
        rc = ana_writer_close(ctx, &w.file);
    }
done:
    ana_text_finish(&w.rows);
    ana_text_finish(&w.head);
    ana_text_finish(&w.name);
    ana_text_finish(&w.end);
    ana_free(ctx, path);
    return rc;
}

const char *ana_block_target(const struct ana_score_block *block, int64_t target)
{
    if (block->pooled || !block->targets)
        return block->target_names ? block->target_names[target] : NULL;
    return block->targets[target].name;
}

const char *ana_block_region(const struct ana_score_block *block, int64_t target)
{
    return block->pooled || !block->targets ? NULL : block->targets[target].region;
}
