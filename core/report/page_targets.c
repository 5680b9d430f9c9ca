/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The scores of targets as data in the page, from which its script makes table rows as
 * they are asked for: {columns, numeric, blocks: [names of a block], rows: [[number of
 * the block, target, region, score]]}.
 */
#include <math.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/json.h"
#include "report/page.h"
#include "report/scores.h"

enum {
    MOST_ROWS = 5000 /* in the page; all are in scores.tsv */
};

/* One row. */
struct pick {
    const struct ana_score_block *block;
    int64_t order, target; /* order: of the block among all points */
};

static int by_block(const void *a, const void *b)
{
    const struct pick *p = a, *q = b;

    if (p->order != q->order)
        return p->order < q->order ? -1 : 1;
    return p->target < q->target ? -1 : p->target > q->target;
}

static int highest_first(const void *a, const void *b)
{
    const struct pick *p = a, *q = b;
    const double x = p->block->score[p->target], y = q->block->score[q->target];

    if (isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1;
    if (!isnan(x) && x != y)
        return x > y ? -1 : 1;
    return by_block(a, b);
}

/* All targets of the points (of the primary measures only, where `primary`); picks may
 * be NULL to count them. */
static int64_t pick_targets(const struct ana_panels *panels, int primary,
                            struct pick *picks)
{
    int64_t n = 0, order = 0;

    for (int64_t p = 0; p < panels->n; p++) {
        if (primary && !ana_panel_primary(panels, p))
            continue;
        for (int64_t s = 0; s < panels->panels[p].n_series; s++)
            for (int64_t i = 0; i < panels->panels[p].series[s].n; i++, order++) {
                const struct ana_score_block *b =
                    panels->panels[p].series[s].points[i].block;

                for (int64_t t = 0; picks && t < b->n_targets; t++)
                    picks[n + t] = (struct pick){b, order, t};
                n += b->n_targets;
            }
    }
    return n;
}

static int any_region(const struct pick *picks, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (ana_says(ana_block_region(picks[i].block, picks[i].target)))
            return 1;
    return 0;
}

static void add_columns(json_t *root, const int said[ANA_N_COLUMNS], int regions,
                        int *failed)
{
    json_t *columns = json_array(), *numeric = json_array();

    ana_json_set(root, "columns", columns, failed);
    ana_json_set(root, "numeric", numeric, failed);
    for (int c = 0; c < ANA_N_COLUMNS; c++)
        if (said[c]) {
            ana_json_append(columns, json_string(ana_column_head(c)), failed);
            ana_json_append(numeric, json_integer(c == ANA_COLUMN_LAG), failed);
        }
    ana_json_append(columns, json_string("Target"), failed);
    ana_json_append(numeric, json_integer(0), failed);
    if (regions) {
        ana_json_append(columns, json_string("Region"), failed);
        ana_json_append(numeric, json_integer(0), failed);
    }
    ana_json_append(columns, json_string("Score"), failed);
    ana_json_append(numeric, json_integer(1), failed);
}

static json_t *block_names(const struct ana_score_block *b, const int said[ANA_N_COLUMNS],
                           int *failed)
{
    json_t *names = json_array();
    char buffer[32];

    for (int c = 0; c < ANA_N_COLUMNS; c++)
        if (said[c])
            ana_json_append(names, ana_json_string(ana_column_text(b, c, buffer)),
                            failed);
    return names;
}

static json_t *target_row(const struct pick *pick, int64_t number, int regions,
                          int *failed)
{
    const struct ana_score_block *b = pick->block;
    const char *region = ana_block_region(b, pick->target);
    json_t *row = json_array();
    char score[32];

    ana_json_append(row, json_integer(number), failed);
    ana_json_append(row, ana_json_string(ana_block_target(b, pick->target)), failed);
    if (regions)
        ana_json_append(row, ana_json_string(ana_says(region) ? region : "n/a"), failed);
    ana_json_append(row, json_string(ana_show_score(b->score[pick->target], score)),
                    failed);
    return row;
}

/* The picks, sorted by block, as one line of JSON (free); NULL if there is no memory. */
static char *make_json(const struct ana_panels *panels, const struct pick *picks,
                       int64_t n)
{
    const int regions = any_region(picks, n);
    const struct ana_score_block *last = NULL;
    json_t *root = json_object(), *blocks = json_array(), *rows = json_array();
    int said[ANA_N_COLUMNS], failed = 0;
    int64_t number = -1;
    char *text = NULL;

    ana_columns_said(panels, said);
    add_columns(root, said, regions, &failed);
    ana_json_set(root, "blocks", blocks, &failed);
    ana_json_set(root, "rows", rows, &failed);
    for (int64_t i = 0; i < n && !failed; i++) {
        if (picks[i].block != last) {
            last = picks[i].block;
            number++;
            ana_json_append(blocks, block_names(last, said, &failed), &failed);
        }
        ana_json_append(rows, target_row(&picks[i], number, regions, &failed), &failed);
    }
    if (!failed)
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    return text;
}

/* What the table holds, in words: n of the `total` rows it could hold, of `all`. */
static void add_explanation(struct ana_text *html, int64_t n, int64_t total, int64_t all)
{
    char shown[32], of[32];

    ana_text_add(html, "<p class=\"note\">Median over folds. ");
    if (n < total)
        ana_text_add(html,
                     "The %s highest of %s scores of the measures that figures draw. ",
                     ana_show_count(n, shown), ana_show_count(total, of));
    else if (total < all)
        ana_text_add(html, "Only the measures that figures draw. ");
    ana_text_add(html, "Every measure, target and fold: <a href=\"scores.tsv\">scores.tsv"
                       "</a>.</p>\n");
}

int ana_page_targets(struct ana_ctx *ctx, struct ana_text *html,
                     const struct ana_panels *panels)
{
    const int64_t all = pick_targets(panels, 0, NULL);
    const int primary = all > MOST_ROWS;
    const int64_t total = primary ? pick_targets(panels, 1, NULL) : all;
    const int64_t n = total > MOST_ROWS ? MOST_ROWS : total;
    struct pick *picks = ana_alloc(ctx, total, sizeof *picks);
    char *json;

    if (!picks)
        return ANA_ERESOURCE;
    pick_targets(panels, primary, picks);
    if (n < total) {
        qsort(picks, (size_t)total, sizeof *picks, highest_first);
        qsort(picks, (size_t)n, sizeof *picks, by_block);
    }
    json = make_json(panels, picks, n);
    ana_free(ctx, picks);
    if (!json)
        return ana_fail(ctx, ANA_ERESOURCE,
                        "report.html: no memory for the table of targets");
    ana_page_heading(html, "targets-heading", "Scores by target");
    add_explanation(html, n, total, all);
    ana_text_add(html,
                 "<div id=\"targets\"></div>\n<noscript><p>This table needs the page's "
                 "script.</p></noscript>\n"
                 "<script type=\"application/json\" id=\"target-scores\">");
    ana_add_json_island(html, json);
    ana_text_add(html, "</script>\n");
    free(json);
    return 0;
}
