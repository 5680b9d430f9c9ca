/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Training sets of the primal, factored. The sums over an inner training set are those
 * over the outer one less the rows left out, where its columns are not made anew.
 */
#include <string.h>

#include "plugins/metrics/lib/large_making.h"

/* What inner units pick their rows from. */
static const float *rows_of(const struct ana_making *making)
{
    return making->in_place ? making->rotated.data : making->x.data;
}

/* Sums over an inner training set (p x p and p), from those over the outer one. */
static int sums_of(struct ana_ctx *ctx, const struct ana_making *making,
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
static int finish_inner(struct ana_ctx *ctx, const struct ana_making *making,
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
static int make_outer(struct ana_ctx *ctx, const struct ana_making *making,
                      struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked train = {making->x.data, NULL, unit->n, p};
    const struct ana_picked held = {making->x_test.data, NULL, unit->m, p};

    return ana_fit_create(ctx, &making->all, making->rotated.data ? NULL : &train, &held,
                          0, &unit->fit);
}

/* The directions of an inner training set, from sums that it shares. */
static int find_inner(struct ana_ctx *ctx, const struct ana_making *making,
                      const struct ana_large_unit *unit, struct ana_spectrum *spectrum)
{
    const struct ana_large *large = making->large;
    const int64_t p = making->x.shape[1];
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    int rc = gram && sum ? sums_of(ctx, making, unit, gram, sum) : ANA_ERESOURCE;

    if (rc == 0) {
        diagonal(p, making->gram, sum + p);
        rc = ana_spectrum_create(
            ctx, unit->n, p, gram, sum, sum + p, ana_making_centred(large),
            ana_space_columns(large->space) == ANA_COLUMNS_SCALED, spectrum);
    }
    ana_free(ctx, gram);
    ana_free(ctx, sum);
    return rc;
}

static int make_inner(struct ana_ctx *ctx, const struct ana_making *making,
                      struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked train = {rows_of(making), unit->train, unit->n, p};
    const struct ana_picked held = {rows_of(making), unit->test, unit->m, p};
    struct ana_spectrum spectrum = {0};
    int rc;

    if (unit->sweep) /* made early, but for this */
        return ana_sweep_turn(ctx, &making->early, &making->all, unit->sweep);
    rc = find_inner(ctx, making, unit, &spectrum);
    if (rc == 0)
        rc = finish_inner(ctx, making, &spectrum, &train, &held, unit);
    ana_spectrum_finish(ctx, &spectrum);
    return rc;
}

static int make_inner_anew(struct ana_ctx *ctx, const struct ana_making *making,
                           int64_t inner, struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    struct ana_tensor x = {0}, x_test = {0};
    struct ana_spectrum spectrum = {0};
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    int rc =
        gram && sum ? ana_making_inner(ctx, making, inner, &x, &x_test) : ANA_ERESOURCE;
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

int ana_making_primal(struct ana_ctx *ctx, const struct ana_making *making, int64_t inner,
                      struct ana_large_unit *unit)
{
    if (inner < 0)
        return make_outer(ctx, making, unit);
    return ana_space_columns(making->large->space) == ANA_COLUMNS_MIXED
               ? make_inner_anew(ctx, making, inner, unit)
               : make_inner(ctx, making, unit);
}

/* T = X V (X'Y is not centred, nor is T'Y). Where no fold scales columns anew, units are
 * made from T as they would be from X: T'T is known, and what they rotate is T'Y. */
static int rotate_rows(struct ana_ctx *ctx, struct ana_making *making,
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

/* The directions of all training rows. */
static int find_all(struct ana_ctx *ctx, struct ana_making *making)
{
    const int64_t p = making->x.shape[1];
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *room = ana_alloc(ctx, p, sizeof *room);
    int rc = gram && room ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        memcpy(gram, making->gram, (size_t)(p * p) * sizeof *gram);
        diagonal(p, gram, room);
        rc = ana_spectrum_create(ctx, making->fold->n_train, p, gram, making->sum, room,
                                 making->large->ridge.intercept, 0, &making->all);
    }
    ana_free(ctx, gram);
    ana_free(ctx, room);
    return rc;
}

/* The inner unit that the batch begins with, from X: the directions of all rows are not
 * known yet. */
static int make_early(struct ana_ctx *ctx, struct ana_making *making)
{
    const struct ana_large *large = making->large;
    const int64_t inner = large->items[making->first].inner;
    struct ana_large_unit *unit =
        &making->stage->units[making->first - making->stage->first];
    struct ana_picked held = {making->x.data, NULL, 0, making->x.shape[1]};
    int rc;

    ana_context_push(ctx, "inner fold %lld", (long long)inner);
    rc = ana_making_take(ctx, making->fold, inner, unit);
    if (rc == 0)
        rc = find_inner(ctx, making, unit, &making->early);
    held.row = unit->test;
    held.n = unit->m;
    if (rc == 0)
        rc = ana_sweep_create(ctx, &making->early, &held, large->ridge.n_alphas,
                              large->ridge.alphas, &unit->sweep);
    ana_context_pop(ctx);
    return rc;
}

static int start_one(struct ana_ctx *ctx, void *arg, int64_t i)
{
    return i == 0 ? find_all(ctx, arg) : make_early(ctx, arg);
}

/* The directions of all training rows, and these in them where units rotate T'Y. One
 * decomposition takes one thread, so that an inner unit is made beside it. */
static int start_directions(struct ana_ctx *ctx, struct ana_making *making,
                            const struct ana_picked *rows)
{
    const int early = ana_large_early(making->large, making->first);
    int rc;

    if (early && making->large->making > 1)
        rc = ana_parallel_for(ctx, 2, start_one, making);
    else {
        rc = find_all(ctx, making);
        if (rc == 0 && early)
            rc = make_early(ctx, making);
    }
    return rc == 0 && ana_large_rotates(making->large) ? rotate_rows(ctx, making, rows)
                                                       : rc;
}

/* Whether anything of the fold is worked on in the directions of all its training rows. */
static int needs_directions(const struct ana_making *making, int64_t last)
{
    return ana_large_rotates(making->large) || making->large->items[last - 1].inner < 0;
}

int ana_making_start_primal(struct ana_ctx *ctx, struct ana_making *making, int64_t first,
                            int64_t last)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked rows = {making->x.data, NULL, making->fold->n_train, p};
    int rc;

    making->first = first;
    making->gram = ana_alloc(ctx, p * p, sizeof(double));
    making->sum = ana_alloc(ctx, p, sizeof(double));
    rc = making->gram && making->sum ? ana_gram(ctx, &rows, making->gram, making->sum)
                                     : ANA_ERESOURCE;
    return rc == 0 && needs_directions(making, last)
               ? start_directions(ctx, making, &rows)
               : rc;
}
