/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Training sets of the primal, factored. The sums over an inner training set are those
 * over the outer one less the rows left out, where its columns are not made anew.
 */
#include <anaflow/linalg.h>
#include <stdatomic.h>
#include <string.h>

#include "plugins/metrics/lib/large_making.h"

/* Room for a decomposition and for what is summed after it; NULL: no memory. */
static double *take_room(struct ana_ctx *ctx, struct ana_making *making)
{
    double *room = NULL;

    for (int i = 0; !room && i < ANA_MAKING_ROOMS; i++)
        room = atomic_exchange(&making->rooms[i], NULL);
    return room ? room : ana_alloc(ctx, ana_eigh_room(making->x.shape[1]), sizeof *room);
}

static void leave_room(struct ana_ctx *ctx, struct ana_making *making, double *room)
{
    for (int i = 0; room && i < ANA_MAKING_ROOMS; i++) {
        double *none = NULL;

        if (atomic_compare_exchange_strong(&making->rooms[i], &none, room))
            return;
    }
    ana_free(ctx, room);
}

void ana_making_drop_rooms(struct ana_ctx *ctx, struct ana_making *making)
{
    for (int i = 0; i < ANA_MAKING_ROOMS; i++)
        ana_free(ctx, atomic_exchange(&making->rooms[i], NULL));
}

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
                        double *room, struct ana_large_unit *unit)
{
    const struct ana_ridge *ridge = &making->large->ridge;
    int rc = ana_sweep_create(ctx, spectrum, held, ridge->n_alphas, ridge->alphas, room,
                              &unit->sweep);

    if (rc == 0 && making->in_place)
        return 0;
    if (rc == 0 && making->rotated.data)
        return ana_sweep_turn(ctx, spectrum, &making->lead, room, unit->sweep);
    return rc == 0 ? ana_fit_create(ctx, spectrum, train, NULL, 0, &unit->fit) : rc;
}

/* The diagonal of a p x p matrix. */
static void diagonal(int64_t p, const double *gram, double *out)
{
    for (int64_t k = 0; k < p; k++)
        out[k] = gram[k * p + k];
}

/* An outer training set: T is in its directions, or turned into them. */
static int make_outer(struct ana_ctx *ctx, const struct ana_making *making,
                      struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    const int led = ana_large_led(making->large);
    const struct ana_spectrum *own = led ? &making->beside : &making->lead;
    const double square = making->lead.size * making->lead.size;
    const struct ana_picked train = {making->x.data, NULL, unit->n, p};
    const struct ana_picked held = {making->x_test.data, NULL, unit->m, p};
    double *turned;
    int rc = ana_fit_create(ctx, own, making->rotated.data ? NULL : &train, &held, led,
                            &unit->fit);

    if (rc != 0 || !led)
        return rc;
    turned = ana_alloc(ctx, p * p, sizeof *turned);
    rc = turned ? ana_gemm(ctx, 1, 0, p, p, p, square, making->lead.basis, p, own->basis,
                           p, 0, turned, p)
                : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < p * p; i++)
        unit->fit->basis[i] = (float)turned[i];
    ana_free(ctx, turned);
    if (rc == 0 && ana_large_maps(making->large, unit->m))
        rc = ana_fit_map(ctx, unit->fit, making->large->ridge.n_alphas,
                         making->large->ridge.alphas);
    return rc;
}

/* The inner training set that leads: T is in its directions, but for its place and for those
 * that are null in it. */
static int make_lead(struct ana_ctx *ctx, const struct ana_making *making, double *room,
                     struct ana_large_unit *unit)
{
    const struct ana_ridge *ridge = &making->large->ridge;
    const struct ana_spectrum *lead = &making->lead;
    const int64_t r = lead->r;
    const float *rotated = making->rotated.data;
    float *held = ana_alloc(ctx, unit->m * r, sizeof *held);
    const struct ana_picked rows = {held, NULL, unit->m, r};
    struct ana_spectrum own = *lead;
    int rc = ANA_ERESOURCE;

    own.basis = NULL;
    own.p = 0;
    for (int64_t i = 0; held && i < unit->m; i++)
        for (int64_t l = lead->null; l < r; l++)
            held[i * r + l] =
                (float)((double)rotated[unit->test[i] * r + l] - lead->offset[l]);
    if (held)
        rc = ana_sweep_create(ctx, &own, &rows, ridge->n_alphas, ridge->alphas, room,
                              &unit->sweep);
    ana_free(ctx, held);
    return rc;
}

/* The directions of an inner training set, from sums that it shares; `whole` as of
 * ana_spectrum_find. Those of T are in units of what leads. */
static int find_inner(struct ana_ctx *ctx, const struct ana_making *making,
                      const struct ana_large_unit *unit, int whole, double *room,
                      struct ana_spectrum *spectrum)
{
    const struct ana_large *large = making->large;
    const int64_t p = making->x.shape[1];
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *sum = ana_alloc(ctx, 2 * p, sizeof *sum);
    int rc = gram && sum ? sums_of(ctx, making, unit, gram, sum) : ANA_ERESOURCE;

    if (rc == 0) {
        const int centre = ana_making_centred(large);
        const int scaled = ana_space_columns(large->space) == ANA_COLUMNS_SCALED;

        diagonal(p, making->gram, sum + p);
        rc = whole ? ana_spectrum_find(ctx, unit->n, p, gram, sum, sum + p, centre,
                                       scaled, room, spectrum)
                   : ana_spectrum_create(ctx, unit->n, p, gram, sum, sum + p, centre,
                                         scaled, room, spectrum);
        gram = NULL;
    }
    if (rc == 0 && making->in_place)
        spectrum->size *= making->lead.size;
    ana_free(ctx, gram);
    ana_free(ctx, sum);
    return rc;
}

static int make_inner(struct ana_ctx *ctx, const struct ana_making *making, double *room,
                      struct ana_large_unit *unit)
{
    const int64_t p = making->x.shape[1];
    const struct ana_picked train = {rows_of(making), unit->train, unit->n, p};
    const struct ana_picked held = {rows_of(making), unit->test, unit->m, p};
    struct ana_spectrum spectrum = {0};
    int rc;

    if (unit->sweep) /* made beside the directions, but for this */
        return ana_sweep_turn(ctx, &making->beside, &making->lead, room, unit->sweep);
    rc = find_inner(ctx, making, unit, 0, room, &spectrum);
    if (rc == 0)
        rc = finish_inner(ctx, making, &spectrum, &train, &held, room, unit);
    ana_spectrum_finish(ctx, &spectrum);
    return rc;
}

static int make_inner_anew(struct ana_ctx *ctx, const struct ana_making *making,
                           int64_t inner, double *room, struct ana_large_unit *unit)
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
                                 making->large->ridge.intercept, 0, room, &spectrum);
        gram = NULL;
    }
    ana_free(ctx, gram);
    if (rc == 0)
        rc = finish_inner(ctx, making, &spectrum, &train, &held, room, unit);
    ana_spectrum_finish(ctx, &spectrum);
    ana_free(ctx, sum);
    ana_tensor_finish(&x);
    ana_tensor_finish(&x_test);
    return rc;
}

int ana_making_primal(struct ana_ctx *ctx, struct ana_making *making, int64_t inner,
                      struct ana_large_unit *unit)
{
    double *room;
    int rc;

    if (inner < 0)
        return make_outer(ctx, making, unit);
    room = take_room(ctx, making);
    if (!room)
        return ANA_ERESOURCE;
    if (inner == 0 && ana_large_led(making->large))
        rc = make_lead(ctx, making, room, unit);
    else if (ana_space_columns(making->large->space) == ANA_COLUMNS_MIXED)
        rc = make_inner_anew(ctx, making, inner, room, unit);
    else
        rc = make_inner(ctx, making, room, unit);
    leave_room(ctx, making, room);
    return rc;
}

/* The sums over all of T, of what leads: its own are known. */
static int sum_rotated(struct ana_ctx *ctx, struct ana_making *making,
                       const struct ana_large_unit *unit)
{
    const struct ana_spectrum *lead = &making->lead;
    const int64_t p = lead->p;
    const struct ana_picked lacking = {making->rotated.data, unit->lacking,
                                       unit->n_lacking, p};
    const int rc = ana_gram(ctx, &lacking, making->gram, making->sum);

    for (int64_t k = 0; rc == 0 && k < p; k++) {
        double *row = making->gram + k * p;

        for (int64_t l = 0; l < p; l++)
            row[l] += (double)unit->n * lead->offset[k] * lead->offset[l];
        row[k] += k < lead->null ? 0 : lead->lambda[k];
    }
    for (int64_t k = 0; rc == 0 && k < p; k++) /* 0 where nothing is centred */
        making->sum[k] += (double)unit->n * lead->offset[k];
    return rc;
}

/* out = rows in the directions that lead, in float32 where these are even. */
static int rotate_by_lead(struct ana_ctx *ctx, struct ana_making *making,
                          const struct ana_picked *rows, const double *none, float *out)
{
    const struct ana_spectrum *lead = &making->lead;
    const int64_t p = rows->p;
    double *room;
    float *basis;
    int rc;

    if (!ana_spectrum_is_even(lead, making->large->ridge.alphas[0]))
        return ana_rotate(ctx, rows, p, lead->basis, none, out);
    room = take_room(ctx, making);
    if (!room)
        return ANA_ERESOURCE;
    basis = (float *)(void *)room;
    for (int64_t i = 0; i < p * p; i++)
        basis[i] = (float)lead->basis[i];
    rc = ana_rotate_f32(ctx, rows, p, basis, none, out);
    leave_room(ctx, making, room);
    return rc;
}

/* T: X times the whole basis of what leads (X'Y is not centred, nor is T'Y). Where an inner
 * fold leads, no fold scales columns anew, and units are made from T as they would be from
 * X. */
static int rotate_rows(struct ana_ctx *ctx, struct ana_making *making,
                       const struct ana_picked *rows)
{
    const int64_t p = rows->p;
    double *none = ana_alloc(ctx, p, sizeof *none);
    int rc = none ? ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){rows->n, p},
                                      &making->rotated)
                  : ANA_ERESOURCE;

    if (rc == 0)
        rc = rotate_by_lead(ctx, making, rows, none, making->rotated.data);
    ana_free(ctx, none);
    making->in_place = ana_large_led(making->large);
    if (rc == 0 && making->in_place)
        rc = sum_rotated(ctx, making,
                         &making->stage->leads[making->large->items[making->first].fold]);
    return rc;
}

/* The directions of all training rows. */
static int find_outer(struct ana_ctx *ctx, const struct ana_making *making, double *room,
                      struct ana_spectrum *spectrum)
{
    const int64_t p = making->x.shape[1], n = making->fold->n_train;
    const int32_t centre = making->large->ridge.intercept;
    double *gram = ana_alloc(ctx, p * p, sizeof *gram);
    double *all = ana_alloc(ctx, p, sizeof *all);
    int rc = gram && all ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        memcpy(gram, making->gram, (size_t)(p * p) * sizeof *gram);
        diagonal(p, gram, all);
        rc = ana_spectrum_create(ctx, n, p, gram, making->sum, all, centre, 0, room,
                                 spectrum);
        gram = NULL;
    }
    ana_free(ctx, gram);
    ana_free(ctx, all);
    return rc;
}

/* The directions that lead: of the first inner fold, or of all rows. */
static int find_lead(struct ana_ctx *ctx, struct ana_making *making, double *room)
{
    const int64_t fold = making->large->items[making->first].fold;
    struct ana_large_unit *unit = &making->stage->leads[fold];
    int rc;

    if (!ana_large_led(making->large))
        return find_outer(ctx, making, room, &making->lead);
    ana_context_push(ctx, "inner fold 0");
    rc = ana_making_take(ctx, making->fold, 0, unit);
    if (rc == 0)
        rc = find_inner(ctx, making, unit, 1, room, &making->lead);
    ana_context_pop(ctx);
    return rc;
}

/* The inner unit that the batch begins with, from X: the directions of all rows are not
 * known yet. */
static int make_early(struct ana_ctx *ctx, struct ana_making *making, double *room)
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
        rc = find_inner(ctx, making, unit, 0, room, &making->beside);
    held.row = unit->test;
    held.n = unit->m;
    if (rc == 0)
        rc = ana_sweep_create(ctx, &making->beside, &held, large->ridge.n_alphas,
                              large->ridge.alphas, room, &unit->sweep);
    ana_context_pop(ctx);
    return rc;
}

static int start_one(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct ana_making *making = arg;
    double *room = take_room(ctx, making);
    int rc;

    if (!room)
        return ANA_ERESOURCE;
    if (i == 0)
        rc = find_lead(ctx, making, room);
    else if (ana_large_led(making->large))
        rc = find_outer(ctx, making, room, &making->beside);
    else
        rc = make_early(ctx, making, room);
    leave_room(ctx, making, room);
    return rc;
}

/* The directions that lead, and the rows in them where units rotate T'Y. One decomposition
 * takes one thread, so that another unit is made beside it. */
static int start_directions(struct ana_ctx *ctx, struct ana_making *making,
                            const struct ana_picked *rows, int64_t last)
{
    const int beside = ana_large_beside(making->large, making->first, last);
    int rc;

    if (beside && making->large->making > 1)
        rc = ana_parallel_for(ctx, 2, start_one, making);
    else {
        rc = start_one(ctx, making, 0);
        if (rc == 0 && beside)
            rc = start_one(ctx, making, 1);
    }
    return rc == 0 && ana_large_rotates(making->large) ? rotate_rows(ctx, making, rows)
                                                       : rc;
}

/* Whether anything of the fold is worked on in directions that its training sets share. */
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
               ? start_directions(ctx, making, &rows, last)
               : rc;
}
