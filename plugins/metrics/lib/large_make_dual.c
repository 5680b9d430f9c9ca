/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Training sets of the dual: their maps, from one kernel of all rows where their columns
 * are not made anew.
 */
#include <string.h>

#include "plugins/metrics/lib/large_making.h"

/* The kernel of one matrix over another, (n + m) x (n + m). */
static int make_kernel(struct ana_ctx *ctx, const struct ana_tensor *x,
                       const struct ana_tensor *x_test, double *kernel)
{
    const struct ana_picked rows = {x->data, NULL, x->shape[0], x->shape[1]};
    const struct ana_picked more = {x_test->data, NULL, x_test->shape[0], x->shape[1]};

    return ana_kernel(ctx, &rows, more.n > 0 ? &more : NULL, kernel);
}

/* A training set from the kernel of N rows. */
static int make_of(struct ana_ctx *ctx, const struct ana_large *large, int64_t N,
                   const double *kernel, const int64_t *train, const int64_t *test,
                   int centre, int inner, struct ana_large_unit *unit)
{
    const struct ana_ridge *ridge = &large->ridge;
    const struct ana_few_plan plan = {large->least, large->solved, 0, large->squared};

    if (large->spectral)
        return ana_spectral_create(ctx, N, kernel, unit->n, train, unit->m, test, centre,
                                   inner ? ridge->n_alphas : 0, ridge->alphas,
                                   &unit->sweep, &unit->fit);
    return ana_map_create(ctx, N, kernel, unit->n, train, unit->m, test, centre,
                          ridge->n_alphas, ridge->alphas, &plan,
                          inner ? large->form : ANA_MAPS_WHOLE, &unit->map);
}

/* A training set that comes first in the kernel's rows, its held-out rows behind it. */
static int make_first(struct ana_ctx *ctx, const struct ana_large *large,
                      const double *kernel, int inner, struct ana_large_unit *unit)
{
    const int64_t rows = unit->n + unit->m;
    int64_t *place = ana_making_rows(ctx, rows, NULL);
    const int rc = place ? make_of(ctx, large, rows, kernel, place, place + unit->n,
                                   large->ridge.intercept, inner, unit)
                         : ANA_ERESOURCE;

    ana_free(ctx, place);
    return rc;
}

static int make_stacked(struct ana_ctx *ctx, const struct ana_large *large,
                        const struct ana_tensor *x, const struct ana_tensor *x_test,
                        struct ana_large_unit *unit)
{
    const int64_t rows = unit->n + unit->m;
    double *kernel = ana_alloc(ctx, rows * rows, sizeof *kernel);
    int rc = kernel ? make_kernel(ctx, x, x_test, kernel) : ANA_ERESOURCE;

    if (rc == 0)
        rc = make_first(ctx, large, kernel, 1, unit);
    ana_free(ctx, kernel);
    return rc;
}

int ana_making_dual(struct ana_ctx *ctx, const struct ana_making *making, int64_t inner,
                    struct ana_large_unit *unit)
{
    const struct ana_large *large = making->large;
    const int32_t columns = ana_space_columns(large->space);
    struct ana_tensor x = {0}, x_test = {0};
    const struct ana_few_plan plan = {large->least, large->solved, 0, large->squared};
    int rc;

    if (inner >= 0 && (columns == ANA_COLUMNS_MIXED || columns == ANA_COLUMNS_SCALED)) {
        rc = ana_making_inner(ctx, making, inner, &x, &x_test);
        if (rc == 0)
            rc = make_stacked(ctx, large, &x, &x_test, unit);
        ana_tensor_finish(&x);
        ana_tensor_finish(&x_test);
        return rc;
    }
    if (inner < 0 && !large->spectral)
        return ana_map_leave_out(ctx, unit->n + unit->m, making->kernel, unit->n, 0, NULL,
                                 unit->m, large->ridge.intercept, 0,
                                 large->ridge.n_alphas, large->ridge.alphas, &plan,
                                 ANA_MAPS_WHOLE, ana_workers(ctx), NULL, &unit->map);
    if (inner < 0)
        return make_first(ctx, large, making->kernel, 0, unit);
    return make_of(ctx, large, making->fold->n_train + making->fold->n_test,
                   making->kernel, unit->train, unit->test, ana_making_centred(large), 1,
                   unit);
}

/* All of the stage's items [first, last) of one fold, from what they share. */
int ana_making_left_out(struct ana_ctx *ctx, const struct ana_making *making,
                        int64_t first, int64_t last)
{
    const struct ana_large *large = making->large;
    const struct ana_fold *fold = making->fold;
    const struct ana_large_item *items = large->items + first;
    const int outer = items[last - first - 1].inner < 0;
    const int64_t n_inner = last - first - outer;
    const struct ana_few_plan plan = {large->least, large->solved, 0, large->squared};
    struct ana_large_unit *units = making->stage->units + first - making->stage->first;
    struct ana_map **maps = ana_alloc(ctx, last - first, sizeof(struct ana_map *));
    int rc = maps ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < last - first; i++)
        rc = ana_making_take(ctx, fold, items[i].inner, &units[i]);
    if (rc == 0)
        rc = ana_map_leave_out(
            ctx, fold->n_train + fold->n_test, making->kernel, fold->n_train, n_inner,
            n_inner > 0 ? fold->inner_folds + items->inner : NULL,
            outer ? fold->n_test : 0, ana_making_centred(large), large->ridge.intercept,
            large->ridge.n_alphas, large->ridge.alphas, &plan, large->form, large->making,
            large->squared && n_inner > 0 ? &units->quadric : NULL, maps);
    for (int64_t i = 0; maps && i < last - first; i++)
        units[i].map = maps[i];
    ana_free(ctx, maps);
    return rc;
}

int ana_making_start_dual(struct ana_ctx *ctx, struct ana_making *making)
{
    const int64_t n = making->fold->n_train + making->fold->n_test;
    int rc = ANA_ERESOURCE;

    making->kernel = ana_alloc(ctx, n * n, sizeof(double));
    if (making->kernel)
        rc = make_kernel(ctx, &making->x, &making->x_test, making->kernel);
    ana_tensor_finish(&making->x);
    ana_tensor_finish(&making->x_test);
    return rc;
}
