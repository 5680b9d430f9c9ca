/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Training sets, factored. The sums over an inner training set are those over the outer
 * one less the rows left out; delays, scaling and PCA are those of each training set, as
 * if its matrix had been made anew.
 */
#include <string.h>

#include "plugins/metrics/lib/large_cost.h"

/* A stage while it is made. */
struct making {
    const struct ana_large *large;
    struct ana_large_stage *stage;
    int64_t first; /* item of the batch */
    const struct ana_fold *fold;
    struct ana_tensor x, x_test; /* of the fold */
    float *stack;                /* dual: x over x_test */
    double *gram, *sum;          /* primal: p x p, p */
    struct ana_spectrum all;     /* primal: of all training rows, */
    struct ana_tensor rotated;   /* and these in its directions, n x p: T */
    int in_place;                /* 1 = gram and sum are those of T, and so are units */
    double *kernel;              /* dual: (n + m)^2 */
};

static int centred(const struct ana_large *large)
{
    return large->ridge.intercept || ana_space_columns(large->space) != ANA_COLUMNS_PLAIN;
}

static int64_t *copy_rows(struct ana_ctx *ctx, int64_t n, const int64_t *from)
{
    int64_t *rows = ana_alloc(ctx, n, sizeof *rows);

    for (int64_t i = 0; rows && i < n; i++)
        rows[i] = from ? from[i] : i;
    return rows;
}

/* Which places of the outer training rows an inner training set has, lacks and tests. */
static int take_rows(struct ana_ctx *ctx, const struct ana_fold *fold, int64_t inner,
                     struct ana_large_unit *unit)
{
    const struct ana_fold *rows = inner < 0 ? fold : &fold->inner_folds[inner];
    int64_t k = 0, h = 0;

    unit->n = rows->n_train;
    unit->m = rows->n_test;
    unit->train = copy_rows(ctx, unit->n, inner < 0 ? NULL : rows->train);
    unit->test = copy_rows(ctx, unit->m, rows->test);
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
    ana_free(ctx, unit->train);
    ana_free(ctx, unit->test);
    ana_free(ctx, unit->lacking);
    ana_free(ctx, unit->gap);
    memset(unit, 0, sizeof *unit);
}

/* What inner units pick their rows from. */
static const float *rows_of(const struct making *making)
{
    return making->in_place ? making->rotated.data : making->x.data;
}

/* Sums over an inner training set (p x p and p), from those over the outer one. */
static int sums_of(struct ana_ctx *ctx, const struct making *making,
                   const struct ana_large_unit *unit, double *gram, double *sum)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked lacking = {rows_of(making), unit->lacking, unit->n_lacking,
                                       p};
    const int rc = ana_gram(ctx, &lacking, gram, sum);

    for (int64_t i = 0; rc == 0 && i < p * p; i++)
        gram[i] = making->gram[i] - gram[i];
    for (int64_t k = 0; rc == 0 && k < p; k++)
        sum[k] = making->sum[k] - sum[k];
    return rc;
}

/* From x's rows to an inner unit: its own rows are kept, or T'Y turned where there is T. */
static int finish_inner(struct ana_ctx *ctx, const struct making *making,
                        const struct ana_spectrum *spectrum,
                        const struct ana_picked *train, const struct ana_picked *held,
                        struct ana_large_unit *unit)
{
    const struct ana_ridge *ridge = &making->large->ridge;
    int rc = ana_sweep_create(ctx, spectrum, held, ridge->n_alphas, ridge->alphas,
                              &unit->sweep);

    if (rc == 0 && making->in_place)
        return 0;
    if (rc == 0 && making->rotated.data)
        return ana_sweep_turn(ctx, spectrum, &making->all, unit->sweep);
    return rc == 0 ? ana_fit_create(ctx, spectrum, train, NULL, 0, &unit->fit) : rc;
}

/* The diagonal of a p x p matrix. */
static void diagonal(int64_t p, const double *gram, double *out)
{
    for (int64_t k = 0; k < p; k++)
        out[k] = gram[k * p + k];
}

/* An outer training set; the directions of all rows are its own. */
static int make_outer(struct ana_ctx *ctx, const struct making *making,
                      struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked train = {making->x.data, NULL, unit->n, p};
    const struct ana_picked held = {making->x_test.data, NULL, unit->m, p};

    return ana_fit_create(ctx, &making->all, making->rotated.data ? NULL : &train, &held,
                          0, &unit->fit);
}

static int make_inner(struct ana_ctx *ctx, const struct making *making,
                      struct ana_large_unit *unit)
{
    const struct ana_large *large = making->large;
    const int64_t p = making->x.shape[1];
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    struct ana_spectrum spectrum = {0};
    const struct ana_picked train = {rows_of(making), unit->train, unit->n, p};
    const struct ana_picked held = {rows_of(making), unit->test, unit->m, p};
    int rc = gram && sum ? sums_of(ctx, making, unit, gram, sum) : ANA_ERESOURCE;

    if (rc == 0) {
        diagonal(p, making->gram, sum + p);
        rc = ana_spectrum_create(ctx, unit->n, p, gram, sum, sum + p, centred(large),
                                 ana_space_columns(large->space) == ANA_COLUMNS_SCALED,
                                 &spectrum);
    }
    ana_free(ctx, gram);
    if (rc == 0)
        rc = finish_inner(ctx, making, &spectrum, &train, &held, unit);
    ana_spectrum_finish(ctx, &spectrum);
    ana_free(ctx, sum);
    return rc;
}

/* The matrices of an inner fold, made from its own rows. */
static int inner_matrices(struct ana_ctx *ctx, const struct making *making, int64_t inner,
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

static int make_inner_anew(struct ana_ctx *ctx, const struct making *making,
                           int64_t inner, struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    struct ana_tensor x = {0}, x_test = {0};
    struct ana_spectrum spectrum = {0};
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    int rc =
        gram && sum ? inner_matrices(ctx, making, inner, &x, &x_test) : ANA_ERESOURCE;
    struct ana_picked train = {x.data, NULL, unit->n, p};
    struct ana_picked held = {x_test.data, NULL, unit->m, p};

    if (rc == 0)
        rc = ana_gram(ctx, &train, gram, sum);
    if (rc == 0) {
        diagonal(p, gram, sum + p);
        rc = ana_spectrum_create(ctx, unit->n, p, gram, sum, sum + p,
                                 making->large->ridge.intercept, 0, &spectrum);
    }
    ana_free(ctx, gram);
    if (rc == 0)
        rc = finish_inner(ctx, making, &spectrum, &train, &held, unit);
    ana_spectrum_finish(ctx, &spectrum);
    ana_free(ctx, sum);
    ana_tensor_finish(&x);
    ana_tensor_finish(&x_test);
    return rc;
}

/* One matrix over another: (n + m) x p. */
static float *stack_rows(struct ana_ctx *ctx, const struct ana_tensor *x,
                         const struct ana_tensor *x_test)
{
    const int64_t n = x->shape[0], m = x_test->shape[0], p = x->shape[1];
    float *stack = ana_alloc(ctx, (n + m) * p, sizeof *stack);

    if (stack) {
        memcpy(stack, x->data, (size_t)(n * p) * sizeof *stack);
        if (m > 0)
            memcpy(stack + n * p, x_test->data, (size_t)(m * p) * sizeof *stack);
    }
    return stack;
}

/* A kernel over stacked rows, whose training rows come first. */
static int map_stacked(struct ana_ctx *ctx, const struct ana_large *large,
                       const struct ana_tensor *x, const struct ana_tensor *x_test,
                       struct ana_large_unit *unit)
{
    const int64_t rows = unit->n + unit->m;
    float *stack = stack_rows(ctx, x, x_test);
    double *kernel = ana_alloc(ctx, rows * rows, sizeof *kernel);
    int64_t *place = copy_rows(ctx, rows, NULL);
    const struct ana_picked picked = {stack, NULL, rows, x->shape[1]};
    int rc = stack && kernel && place ? ana_kernel(ctx, &picked, kernel) : ANA_ERESOURCE;

    ana_free(ctx, stack);
    if (rc == 0)
        rc = ana_map_create(ctx, rows, kernel, unit->n, place, unit->m, place + unit->n,
                            large->ridge.intercept, large->ridge.n_alphas,
                            large->ridge.alphas, large->few - 1, &unit->map);
    ana_free(ctx, kernel);
    ana_free(ctx, place);
    return rc;
}

static int make_dual(struct ana_ctx *ctx, const struct making *making, int64_t inner,
                     struct ana_large_unit *unit)
{
    const struct ana_large *large = making->large;
    const int32_t columns = ana_space_columns(large->space);
    struct ana_tensor x = {0}, x_test = {0};
    int rc;

    if (inner >= 0 && (columns == ANA_COLUMNS_MIXED || columns == ANA_COLUMNS_SCALED)) {
        rc = inner_matrices(ctx, making, inner, &x, &x_test);
        if (rc == 0)
            rc = map_stacked(ctx, large, &x, &x_test, unit);
        ana_tensor_finish(&x);
        ana_tensor_finish(&x_test);
        return rc;
    }
    if (inner < 0)
        return ana_map_leave_out(ctx, unit->n + unit->m, making->kernel, unit->n, 0, NULL,
                                 unit->m, large->ridge.intercept, large->ridge.n_alphas,
                                 large->ridge.alphas, large->few - 1, ana_workers(ctx),
                                 &unit->map);
    return ana_map_create(ctx, making->fold->n_train + making->fold->n_test,
                          making->kernel, unit->n, unit->train, unit->m, unit->test,
                          centred(large), large->ridge.n_alphas, large->ridge.alphas,
                          large->few - 1, &unit->map);
}

/* All of the stage's items [first, last) of one fold, from what they share. */
static int make_left_out(struct ana_ctx *ctx, const struct making *making, int64_t first,
                         int64_t last)
{
    const struct ana_large *large = making->large;
    const struct ana_fold *fold = making->fold;
    const struct ana_large_item *items = large->items + first;
    const int outer = items[last - first - 1].inner < 0;
    const int64_t n_inner = last - first - outer;
    struct ana_large_unit *units = making->stage->units + first - making->stage->first;
    struct ana_map **maps = ana_alloc(ctx, last - first, sizeof(struct ana_map *));
    int rc = maps ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < last - first; i++)
        rc = take_rows(ctx, fold, items[i].inner, &units[i]);
    if (rc == 0)
        rc = ana_map_leave_out(
            ctx, fold->n_train + fold->n_test, making->kernel, fold->n_train, n_inner,
            n_inner > 0 ? fold->inner_folds + items->inner : NULL,
            outer ? fold->n_test : 0, centred(large), large->ridge.n_alphas,
            large->ridge.alphas, large->few - 1, large->making, maps);
    for (int64_t i = 0; maps && i < last - first; i++)
        units[i].map = maps[i];
    ana_free(ctx, maps);
    return rc;
}

static int make_unit(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct making *making = arg;
    const struct ana_large_item *item = &making->large->items[making->first + i];
    struct ana_large_unit *unit =
        &making->stage->units[making->first + i - making->stage->first];
    const int inner = item->inner >= 0;
    int rc = take_rows(ctx, making->fold, item->inner, unit);

    if (inner)
        ana_context_push(ctx, "inner fold %lld", (long long)item->inner);
    if (rc == 0 && making->large->dual)
        rc = make_dual(ctx, making, item->inner, unit);
    else if (rc == 0 && inner &&
             ana_space_columns(making->large->space) == ANA_COLUMNS_MIXED)
        rc = make_inner_anew(ctx, making, item->inner, unit);
    else if (rc == 0)
        rc = inner ? make_inner(ctx, making, unit) : make_outer(ctx, making, unit);
    if (inner)
        ana_context_pop(ctx);
    return rc;
}

/* Features far from 0 lose digits in float32 products; with an intercept their place does
 * not matter. */
static int centre_rows(struct ana_ctx *ctx, struct making *making)
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

/* T = X V (X'Y is not centred, nor is T'Y). Where no fold scales columns anew, units are
 * made from T as they would be from X: T'T is known, and what they rotate is T'Y. */
static int rotate_rows(struct ana_ctx *ctx, struct making *making,
                       const struct ana_picked *rows)
{
    const int64_t p = rows->p;
    const double size = making->all.size;
    double *turn = ana_alloc(ctx, p * p, sizeof *turn);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    int rc = turn && sum
                 ? ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){rows->n, p},
                                     &making->rotated)
                 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < p * p; i++)
        turn[i] = size * making->all.basis[i];
    if (rc == 0)
        rc = ana_rotate(ctx, rows, p, turn, sum + p, making->rotated.data);
    making->in_place = ana_space_columns(making->large->space) != ANA_COLUMNS_SCALED;
    for (int64_t k = 0; rc == 0 && making->in_place && k < p; k++)
        for (int64_t l = 0; l < p; l++)
            sum[l] += making->sum[k] * turn[k * p + l];
    for (int64_t k = 0; rc == 0 && making->in_place && k < p; k++) {
        double *row = making->gram + k * p;

        for (int64_t l = 0; l < p; l++)
            row[l] =
                making->large->ridge.intercept ? sum[k] * sum[l] / (double)rows->n : 0;
        row[k] += k < making->all.null ? 0 : size * size * making->all.lambda[k];
        making->sum[k] = sum[k];
    }
    ana_free(ctx, turn);
    ana_free(ctx, sum);
    return rc;
}

/* The directions of all training rows, and these in them where units rotate T'Y. */
static int start_directions(struct ana_ctx *ctx, struct making *making,
                            const struct ana_picked *rows)
{
    const int64_t p = rows->p;
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *room = ana_alloc(ctx, p, sizeof *room);
    int rc = gram && room ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        memcpy(gram, making->gram, (size_t)(p * p) * sizeof *gram);
        diagonal(p, gram, room);
        rc = ana_spectrum_create(ctx, rows->n, p, gram, making->sum, room,
                                 making->large->ridge.intercept, 0, &making->all);
    }
    ana_free(ctx, gram);
    ana_free(ctx, room);
    return rc == 0 && ana_large_rotates(making->large) ? rotate_rows(ctx, making, rows)
                                                       : rc;
}

/* Whether anything of the fold is worked on in the directions of all its training rows. */
static int needs_directions(const struct making *making, int64_t last)
{
    return ana_large_rotates(making->large) || making->large->items[last - 1].inner < 0;
}

/* X of the fold, and what its training sets share. */
static int start_fold(struct ana_ctx *ctx, struct making *making, int64_t last)
{
    const struct ana_large *large = making->large;
    struct ana_picked rows = {0};
    int64_t p;
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
    p = making->x.shape[1];
    rows = (struct ana_picked){making->x.data, NULL, making->fold->n_train, p};
    if (!large->dual) {
        making->gram = ana_alloc(ctx, p * p, sizeof(double));
        making->sum = ana_alloc(ctx, p, sizeof(double));
        rc = making->gram && making->sum ? ana_gram(ctx, &rows, making->gram, making->sum)
                                         : ANA_ERESOURCE;
        return rc == 0 && needs_directions(making, last)
                   ? start_directions(ctx, making, &rows)
                   : rc;
    }
    making->stack = stack_rows(ctx, &making->x, &making->x_test);
    ana_tensor_finish(&making->x);
    ana_tensor_finish(&making->x_test);
    rows.x = making->stack;
    rows.n += making->fold->n_test;
    making->kernel = ana_alloc(ctx, rows.n * rows.n, sizeof(double));
    rc = making->stack && making->kernel ? ana_kernel(ctx, &rows, making->kernel)
                                         : ANA_ERESOURCE;
    ana_free(ctx, making->stack);
    making->stack = NULL;
    return rc;
}

static void end_fold(struct ana_ctx *ctx, struct making *making, int64_t fold)
{
    if (making->rotated.data) {
        making->stage->x[fold] = making->rotated;
        memset(&making->rotated, 0, sizeof making->rotated);
    }
    ana_spectrum_finish(ctx, &making->all);
    ana_tensor_finish(&making->x);
    ana_tensor_finish(&making->x_test);
    ana_free(ctx, making->stack);
    ana_free(ctx, making->gram);
    ana_free(ctx, making->sum);
    ana_free(ctx, making->kernel);
    making->stack = NULL;
    making->gram = making->sum = making->kernel = NULL;
}

/* All of the stage's items of one fold; they stand together. */
static int make_fold(struct ana_ctx *ctx, struct making *making, int64_t first,
                     int64_t last)
{
    const struct ana_large *large = making->large;
    const int64_t fold = large->items[first].fold;
    const int64_t step = large->making < ana_workers(ctx) ? large->making : last - first;
    int rc;

    ana_context_push(ctx, "fold %lld", (long long)fold);
    making->fold = &large->problem->folds[fold];
    rc = ana_large_apart(large, first, last) ? 0 : start_fold(ctx, making, last);
    if (rc == 0 && large->leave_out) {
        rc = make_left_out(ctx, making, first, last);
        first = last;
    }
    for (making->first = first; rc == 0 && making->first < last; making->first += step) {
        const int64_t left = last - making->first;

        rc = ana_parallel_for(ctx, left < step ? left : step, make_unit, making);
    }
    end_fold(ctx, making, fold);
    ana_context_pop(ctx);
    return rc;
}

int ana_large_make_stage(struct ana_ctx *ctx, const struct ana_large *large,
                         int64_t stage, struct ana_large_stage *out)
{
    struct making making = {.large = large, .stage = out};
    int rc = 0;

    *out = (struct ana_large_stage){.first = stage > 0 ? large->stage_end[stage - 1] : 0,
                                    .last = large->stage_end[stage]};
    out->units = ana_alloc(ctx, out->last - out->first, sizeof *out->units);
    out->x = ana_alloc(ctx, large->problem->n_folds, sizeof *out->x);
    if (!out->units || !out->x)
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
    ana_free(ctx, stage->units);
    ana_free(ctx, stage->x);
    memset(stage, 0, sizeof *stage);
}
