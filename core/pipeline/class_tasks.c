/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which tasks the comparisons of a class come to.
 */
#include "pipeline/class_tasks.h"

#include <string.h>

/* 1 if two comparisons have the same metric and the same x side. */
static int same_task(const struct ana_study_comparison *a,
                     const struct ana_study_comparison *b)
{
    return a->metric == b->metric && a->n_x == b->n_x &&
           memcmp(a->x, b->x, (size_t)a->n_x * sizeof *a->x) == 0;
}

static const struct ana_study_comparison *
comparison(const struct ana_opened *opened, const struct ana_class *c, int64_t member)
{
    return &opened->study->comparisons[c->comparison[member]];
}

/* The recordings of a class that a metric compares with one list of spaces. */
static int64_t collect_y(const struct ana_opened *opened, const struct ana_class *c,
                         const struct ana_study_comparison *like, struct ana_task_y *y)
{
    int64_t n = 0;

    for (int64_t m = 0; m < c->n_members; m++)
        if (same_task(comparison(opened, c, m), like))
            y[n++] = (struct ana_task_y){.comparison = c->comparison[m],
                                         .recording = comparison(opened, c, m)->y,
                                         .rows = c->member_rows[m],
                                         .wanted = 1};
    return n;
}

/* 1 if an earlier member of the class has the same x side and metric. */
static int done_before(const struct ana_opened *opened, const struct ana_class *c,
                       int64_t member)
{
    for (int64_t m = 0; m < member; m++)
        if (same_task(comparison(opened, c, m), comparison(opened, c, member)))
            return 1;
    return 0;
}

/* Advance to the next combination of the spaces' variants; 0 after the last. */
static int next_variant(int64_t n, const struct ana_features *const *features,
                        int64_t *variant)
{
    for (int64_t x = n - 1; x >= 0; x--) {
        if (++variant[x] < features[x]->n_variants)
            return 1;
        variant[x] = 0;
    }
    return 0;
}

/* All variants of one comparison's x side. */
static int hand_out(struct ana_ctx *ctx, const struct ana_opened *opened,
                    const struct ana_class *c, int64_t member,
                    int (*each)(struct ana_ctx *ctx, void *arg, struct ana_task *task),
                    void *arg)
{
    const struct ana_study_comparison *like = comparison(opened, c, member);
    const struct ana_features **features = ana_alloc(ctx, like->n_x, sizeof *features);
    int64_t *variant = ana_alloc(ctx, like->n_x, sizeof *variant);
    struct ana_task_y *y = ana_alloc(ctx, c->n_members, sizeof *y);
    int rc = features && variant && y ? 0 : ANA_ERESOURCE;

    for (int64_t x = 0; rc == 0 && x < like->n_x; x++)
        features[x] = c->features[like->x[x]];
    if (rc == 0)
        do {
            struct ana_task task = {.metric = &opened->study->metrics[like->metric],
                                    .n_features = like->n_x,
                                    .features = features,
                                    .variant = variant,
                                    .rows = c->rows,
                                    .folds = c->folds,
                                    .n_y = collect_y(opened, c, like, y),
                                    .y = y};

            rc = each(ctx, arg, &task);
            ana_task_finish(ctx, &task);
        } while (rc == 0 && next_variant(like->n_x, features, variant));
    ana_free(ctx, (void *)features);
    ana_free(ctx, variant);
    ana_free(ctx, y);
    return rc;
}

int ana_class_tasks(struct ana_ctx *ctx, const struct ana_opened *opened,
                    const struct ana_class *c,
                    int (*each)(struct ana_ctx *ctx, void *arg, struct ana_task *task),
                    void *arg)
{
    int rc = 0;

    for (int64_t m = 0; rc == 0 && m < c->n_members; m++)
        if (!done_before(opened, c, m))
            rc = hand_out(ctx, opened, c, m, each, arg);
    return rc;
}
