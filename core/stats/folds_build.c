/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a part for each row to the lists that a metric reads. A training row leaves the
 * fold when a test row of its group is at most `gap` samples away, before or after; the
 * same holds between the inner folds of a split.
 */
#include "stats/folds_work.h"

#include <string.h>

/* Walk a group's rows one way and drop what follows a test row too closely. */
static void drop_after_test(const struct ana_folds_work *w, uint8_t *part, int64_t from,
                            int64_t to, int64_t step)
{
    int64_t last = 0;
    int seen = 0;

    for (int64_t i = from; i != to; i += step) {
        const int64_t row = w->member[i], moment = w->rows->moment[row];

        if (part[row] == ANA_PART_TEST) {
            last = moment;
            seen = 1;
        } else if (seen && step * (moment - last) <= w->spec->gap) {
            part[row] = ANA_PART_NONE;
        }
    }
}

void ana_folds_apply_gap(const struct ana_folds_work *w, uint8_t *part)
{
    for (int64_t g = 0; g < w->rows->n_groups; g++) {
        const int64_t begin = w->start[g], end = w->start[g + 1];

        drop_after_test(w, part, begin, end, 1);
        drop_after_test(w, part, end - 1, begin - 1, -1);
    }
}

static int64_t count_part(int64_t n, const uint8_t *part, uint8_t which)
{
    int64_t count = 0;

    for (int64_t i = 0; i < n; i++)
        count += part[i] == which;
    return count;
}

/* The numbers of the rows with this part, ascending; NULL if there is no memory. */
static int64_t *list_part(struct ana_ctx *ctx, int64_t n, const uint8_t *part,
                          uint8_t which, int64_t *count)
{
    int64_t *list, k = 0;

    *count = count_part(n, part, which);
    list = ana_alloc(ctx, *count, sizeof *list);
    for (int64_t i = 0; list && i < n; i++)
        if (part[i] == which)
            list[k++] = i;
    return list;
}

static int build_lists(struct ana_ctx *ctx, int64_t n, const uint8_t *part,
                       struct ana_fold *fold)
{
    fold->size = sizeof *fold;
    fold->train = list_part(ctx, n, part, ANA_PART_TRAIN, &fold->n_train);
    fold->test = list_part(ctx, n, part, ANA_PART_TEST, &fold->n_test);
    return fold->train && fold->test ? 0 : ANA_ERESOURCE;
}

static int check_filled(struct ana_ctx *ctx, const struct ana_folds_work *w,
                        const struct ana_fold *fold, const char *kind, int64_t number)
{
    if (fold->n_train > 0 && fold->n_test > 0)
        return 0;
    return ana_fail(
        ctx, ANA_EPARAM,
        "split %lld: %s %lld has no %s rows (a gap of %lld samples on both sides "
        "of what is tested is left out); use fewer folds or a shorter gap",
        (long long)w->split + 1, kind, (long long)number + 1,
        fold->n_train > 0 ? "test" : "training", (long long)w->spec->gap);
}

/* Inner fold j: its rows are tested, the other training rows train, less the gap. Row
 * numbers count the places in the outer training rows. */
static int build_inner(struct ana_ctx *ctx, struct ana_folds_work *w,
                       const struct ana_fold *outer, uint8_t *part, uint8_t *placed,
                       int64_t j, struct ana_fold *fold)
{
    int rc;

    memset(part, 0, (size_t)w->rows->n_rows);
    for (int64_t p = 0; p < outer->n_train; p++) {
        const int64_t row = outer->train[p];

        part[row] = w->inner[row] == j ? ANA_PART_TEST : ANA_PART_TRAIN;
    }
    ana_folds_apply_gap(w, part);
    for (int64_t p = 0; p < outer->n_train; p++)
        placed[p] = part[outer->train[p]];
    rc = build_lists(ctx, outer->n_train, placed, fold);
    fold->inner = ANA_INNER_NONE;
    fold->repeat = outer->repeat;
    fold->index = (int32_t)j;
    return rc == 0 ? check_filled(ctx, w, fold, "inner fold", j) : rc;
}

int ana_fold_build(struct ana_ctx *ctx, struct ana_folds_work *w, struct ana_fold *fold)
{
    const int64_t n = w->rows->n_rows;
    struct ana_fold *inner = NULL;
    uint8_t *part = NULL, *placed = NULL;
    int rc;

    ana_folds_apply_gap(w, w->part);
    fold->inner = w->spec->inner;
    rc = build_lists(ctx, n, w->part, fold);
    if (rc == 0)
        rc = check_filled(ctx, w, fold, "fold", fold->index);
    if (rc == 0)
        rc = ana_folds_make_inner(ctx, w);
    if (rc != 0 || w->n_inner == 0)
        return rc;
    fold->inner = ANA_INNER_FOLDS; /* a file's may stand in for what was not written */
    inner = ana_alloc(ctx, w->n_inner, sizeof *inner);
    part = ana_alloc(ctx, n, 1);
    placed = ana_alloc(ctx, n, 1);
    fold->inner_folds = inner;
    fold->n_inner = inner ? w->n_inner : 0;
    rc = inner && part && placed ? 0 : ANA_ERESOURCE;
    for (int64_t j = 0; rc == 0 && j < w->n_inner; j++)
        rc = build_inner(ctx, w, fold, part, placed, j, &inner[j]);
    ana_free(ctx, part);
    ana_free(ctx, placed);
    return rc;
}

void ana_fold_release(struct ana_ctx *ctx, struct ana_fold *fold)
{
    for (int64_t j = 0; j < fold->n_inner; j++) {
        ana_free(ctx, (void *)(uintptr_t)fold->inner_folds[j].train);
        ana_free(ctx, (void *)(uintptr_t)fold->inner_folds[j].test);
    }
    ana_free(ctx, (void *)(uintptr_t)fold->inner_folds);
    ana_free(ctx, (void *)(uintptr_t)fold->train);
    ana_free(ctx, (void *)(uintptr_t)fold->test);
    memset(fold, 0, sizeof *fold);
}
