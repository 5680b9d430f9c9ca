/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Training sets, factored. The sums over an inner training set are those over the outer
 * one less the rows left out; delays, scaling and PCA are those of each training set, as
 * if its matrix had been made anew.
 */
#include <string.h>

#include "plugins/metrics/lib/large_making.h"

int ana_making_centred(const struct ana_large *large)
{
    return large->ridge.intercept || ana_space_columns(large->space) != ANA_COLUMNS_PLAIN;
}

int64_t *ana_making_rows(struct ana_ctx *ctx, int64_t n, const int64_t *from)
{
    int64_t *rows = ana_alloc(ctx, n, sizeof *rows);

    for (int64_t i = 0; rows && i < n; i++)
        rows[i] = from ? from[i] : i;
    return rows;
}

int ana_making_take(struct ana_ctx *ctx, const struct ana_fold *fold, int64_t inner,
                    struct ana_large_unit *unit)
{
    const struct ana_fold *rows = inner < 0 ? fold : &fold->inner_folds[inner];
    int64_t k = 0, h = 0;

    unit->n = rows->n_train;
    unit->m = rows->n_test;
    unit->train = ana_making_rows(ctx, unit->n, inner < 0 ? NULL : rows->train);
    unit->test = ana_making_rows(ctx, unit->m, rows->test);
    unit->lacking = ana_alloc(ctx, fold->n_train - unit->n, sizeof *unit->lacking);
    unit->gap = ana_alloc(ctx, fold->n_train - unit->n, sizeof *unit->gap);
    if (!unit->train || !unit->test || !unit->lacking || !unit->gap)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < fold->n_train; i++) {
        if (k < unit->n && unit->train[k] == i) {
            k++;
            continue;
        }
        unit->lacking[unit->n_lacking++] = i;
        if (h < unit->m && unit->test[h] == i)
            h++;
        else
            unit->gap[unit->n_gap++] = i;
    }
    return 0;
}

static void drop_unit(struct ana_ctx *ctx, struct ana_large_unit *unit)
{
    ana_sweep_destroy(ctx, unit->sweep);
    ana_fit_destroy(ctx, unit->fit);
    ana_map_destroy(ctx, unit->map);
    ana_quadric_destroy(ctx, unit->quadric);
    ana_free(ctx, unit->train);
    ana_free(ctx, unit->test);
    ana_free(ctx, unit->lacking);
    ana_free(ctx, unit->gap);
    memset(unit, 0, sizeof *unit);
}

int ana_making_inner(struct ana_ctx *ctx, const struct ana_making *making, int64_t inner,
                     struct ana_tensor *x, struct ana_tensor *x_test)
{
    struct ana_fold rows = {0};
    int rc = ana_split_inner_fold(ctx, making->fold, inner, &rows);

    x->dtype = x_test->dtype = ANA_F32;
    if (rc == 0)
        rc = ana_fold_matrix(ctx, making->large->space, &rows, x, x_test);
    ana_split_inner_free(ctx, &rows);
    return rc;
}

static int make_unit(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct ana_making *making = arg;
    /* in the dual the outer training set takes longest: it goes first, from the end */
    const int64_t at = making->first + (making->large->dual ? making->n - 1 - i : i);
    const struct ana_large_item *item = &making->large->items[at];
    struct ana_large_unit *unit = &making->stage->units[at - making->stage->first];
    const int inner = item->inner >= 0;
    int rc = unit->train ? 0 : ana_making_take(ctx, making->fold, item->inner, unit);

    if (inner)
        ana_context_push(ctx, "inner fold %lld", (long long)item->inner);
    if (rc == 0)
        rc = making->large->dual ? ana_making_dual(ctx, making, item->inner, unit)
                                 : ana_making_primal(ctx, making, item->inner, unit);
    if (inner)
        ana_context_pop(ctx);
    return rc;
}

/* Features far from 0 lose digits in float32 products; with an intercept their place does
 * not matter. */
static int centre_rows(struct ana_ctx *ctx, struct ana_making *making)
{
    const int64_t n = making->x.shape[0], m = making->x_test.shape[0];
    const int64_t p = making->x.shape[1];
    float *x = making->x.data, *x_test = making->x_test.data;
    double *mean = ana_alloc(ctx, p, sizeof *mean);

    if (!mean)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < p; k++)
            mean[k] += (double)x[i * p + k] / (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < p; k++)
            x[i * p + k] = (float)((double)x[i * p + k] - mean[k]);
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < p; k++)
            x_test[i * p + k] = (float)((double)x_test[i * p + k] - mean[k]);
    ana_free(ctx, mean);
    return 0;
}

static double sum_squares(const struct ana_tensor *x)
{
    const float *value = x->data;
    const int64_t n = ana_tensor_count(x);
    double sum = 0;

    for (int64_t i = 0; i < n; i++)
        sum += (double)value[i] * (double)value[i];
    return sum;
}

/* X of the fold, and what its training sets share. */
static int start_fold(struct ana_ctx *ctx, struct ana_making *making, int64_t first,
                      int64_t last)
{
    const struct ana_large *large = making->large;
    int rc;

    making->in_place = 0;
    making->x = (struct ana_tensor){.dtype = ANA_F32};
    making->x_test = (struct ana_tensor){.dtype = ANA_F32};
    rc = ana_fold_matrix(ctx, large->space, making->fold, &making->x, &making->x_test);
    if (rc == 0 && large->ridge.intercept &&
        ana_space_columns(large->space) == ANA_COLUMNS_PLAIN)
        rc = centre_rows(ctx, making);
    if (rc != 0)
        return rc;
    making->stage->square[large->items[last - 1].fold] = sum_squares(&making->x);
    return large->dual ? ana_making_start_dual(ctx, making)
                       : ana_making_start_primal(ctx, making, first, last);
}

static void end_fold(struct ana_ctx *ctx, struct ana_making *making, int64_t fold)
{
    if (making->rotated.data) {
        making->stage->x[fold] = making->rotated;
        memset(&making->rotated, 0, sizeof making->rotated);
    }
    ana_spectrum_finish(ctx, &making->lead);
    ana_spectrum_finish(ctx, &making->beside);
    ana_tensor_finish(&making->x);
    ana_tensor_finish(&making->x_test);
    ana_making_drop_rooms(ctx, making);
    ana_free(ctx, making->gram);
    ana_free(ctx, making->sum);
    ana_free(ctx, making->kernel);
    making->gram = making->sum = making->kernel = NULL;
}

/* All of the stage's items of one fold; they stand together. */
static int make_fold(struct ana_ctx *ctx, struct ana_making *making, int64_t first,
                     int64_t last)
{
    const struct ana_large *large = making->large;
    const int64_t fold = large->items[first].fold;
    const int64_t step = large->making < ana_workers(ctx) ? large->making : last - first;
    int rc;

    ana_context_push(ctx, "fold %lld", (long long)fold);
    making->fold = &large->problem->folds[fold];
    rc = ana_large_apart(large, first, last) ? 0 : start_fold(ctx, making, first, last);
    if (rc == 0 && large->leave_out) {
        rc = ana_making_left_out(ctx, making, first, last);
        first = last;
    }
    for (making->first = first; rc == 0 && making->first < last; making->first += step) {
        const int64_t left = last - making->first;

        making->n = left < step ? left : step;
        rc = ana_parallel_for(ctx, making->n, make_unit, making);
    }
    end_fold(ctx, making, fold);
    ana_context_pop(ctx);
    return rc;
}

int ana_large_make_stage(struct ana_ctx *ctx, const struct ana_large *large,
                         int64_t stage, struct ana_large_stage *out)
{
    struct ana_making making = {.large = large, .stage = out};
    int rc = 0;

    *out = (struct ana_large_stage){.first = stage > 0 ? large->stage_end[stage - 1] : 0,
                                    .last = large->stage_end[stage]};
    out->units = ana_alloc(ctx, out->last - out->first, sizeof *out->units);
    out->x = ana_alloc(ctx, large->problem->n_folds, sizeof *out->x);
    out->square = ana_alloc(ctx, large->problem->n_folds, sizeof *out->square);
    out->leads = ana_alloc(ctx, large->problem->n_folds, sizeof *out->leads);
    if (!out->units || !out->x || !out->square || !out->leads)
        return ANA_ERESOURCE;
    for (int64_t i = out->first; rc == 0 && i < out->last;) {
        int64_t last = i + 1;

        while (last < out->last && large->items[last].fold == large->items[i].fold)
            last++;
        rc = make_fold(ctx, &making, i, last);
        i = last;
    }
    return rc;
}

void ana_large_drop_stage(struct ana_ctx *ctx, const struct ana_large *large,
                          struct ana_large_stage *stage)
{
    for (int64_t i = 0; stage->units && i < stage->last - stage->first; i++)
        drop_unit(ctx, &stage->units[i]);
    for (int64_t k = 0; stage->x && k < large->problem->n_folds; k++)
        ana_tensor_finish(&stage->x[k]);
    for (int64_t k = 0; stage->leads && k < large->problem->n_folds; k++)
        drop_unit(ctx, &stage->leads[k]);
    ana_free(ctx, stage->leads);
    ana_free(ctx, stage->units);
    ana_free(ctx, stage->x);
    ana_free(ctx, stage->square);
    memset(stage, 0, sizeof *stage);
}
