/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a large problem is worked through and what that takes, from shapes alone.
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/large_cost.h"

/* Targets of a tile: enough for a fast product, few enough for the cache; rows 4 kB apart
 * would share few sets of it. BLAS packs maps anew for every tile: there more are worth
 * their memory. */
enum { TILE = 720, MAPS_TILE = 2016, FEWEST = 64, LARGE_ROWS = 1000 };
enum { SQUARED_ROWS = 3600 };  /* whose quadrics, kept whole, still fit little memory */
enum { HALVED_TARGETS = 500 }; /* so wide that seven products of halves are faster */
static const double TILE_FLOATS = 4e7; /* what a tile works in, until it is that narrow */

int ana_large_suits(const struct ana_problem *problem, const struct ana_ridge *ridge)
{
    if (problem->n_rows < LARGE_ROWS)
        return 0;
    for (int64_t k = 0; k < problem->n_folds; k++)
        if (ridge->n_alphas > 1 &&
            (problem->folds[k].inner != ANA_INNER_FOLDS || problem->folds[k].n_inner < 1))
            return 0;
    return 1;
}

static enum ana_map_form form_of(const struct ana_large *large)
{
    return large->problem->n_targets >= HALVED_TARGETS ? ANA_MAPS_HALVED : ANA_MAPS_WHOLE;
}

/* Whether losses are found by quadrics: these are sums over folds and kept whole; a target
 * takes less of them than of maps, but making them takes more. */
static int suits_squares(const struct ana_large *large)
{
    const struct ana_problem *problem = large->problem;
    const double t = (double)problem->n_targets;

    if (large->ridge.loss != ANA_LOSS_MSE)
        return 0;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        const int64_t n = fold->n_train;
        double maps = 0, squares = t * ana_quadric_target_flops(n, 1);

        for (int64_t j = 0; j < fold->n_inner; j++) {
            const struct ana_fold *inner = &fold->inner_folds[j];

            maps += t * ana_map_target_flops(inner->n_train, inner->n_test, 1,
                                             form_of(large));
            squares += ana_quadric_add_flops(n, inner);
        }
        if (n > SQUARED_ROWS || !(squares < maps))
            return 0;
    }
    return 1;
}

/* How training sets are worked on: whether inner kernels are parts of the outer one, and
 * maps of them come from one inverse of that. */
static void set_way(struct ana_large *large, int dual, int spectral)
{
    const int32_t columns = ana_space_columns(large->space);

    large->dual = dual;
    large->spectral = spectral;
    large->leave_out = dual && !spectral && large->ridge.n_alphas > 1 &&
                       columns != ANA_COLUMNS_MIXED && columns != ANA_COLUMNS_SCALED;
    large->squared = large->leave_out && suits_squares(large);
    large->form = dual && !spectral ? form_of(large) : ANA_MAPS_WHOLE;
}

/* Items of one fold that stand together from i on. */
static int64_t run_of(const struct ana_large *large, int64_t i, int64_t last)
{
    int64_t end = i + 1;

    while (end < last && large->items[end].fold == large->items[i].fold)
        end++;
    return end;
}

/* Operations of a way; cost weighs decompositions, which run far below the rate of
 * products. */
static double way_flops(const struct ana_large *large, double *cost)
{
    double flops = 0, made = 0, made_factor = 0, factor;

    for (int64_t i = 0; i < large->n_items; i = run_of(large, i, large->n_items)) {
        const int64_t last = run_of(large, i, large->n_items);

        made += ana_large_make_flops(large, i, last, &factor);
        made_factor += factor;
    }
    for (int64_t i = 0; i < large->n_items; i++) {
        const struct ana_large_sizes s = ana_large_sizes(large, &large->items[i]);

        flops += (double)large->problem->n_targets * ana_large_target_flops(large, &s);
    }
    *cost = flops + 2 * made + 2 * made_factor;
    return flops + made;
}

/* Of how many penalties maps are made at least, where less would do, and how many of them
 * are solved: so many that whatever the features the operations are within a few per cent
 * of their middle, which is planned. */
static int set_least(struct ana_ctx *ctx, struct ana_large *large)
{
    const double near = 1.15;
    double most, middle, cost;
    int rc;

    set_way(large, 1, 0);
    rc = ana_few_most(ctx, large->ridge.n_alphas, large->alphas, large->squared,
                      &large->most);
    large->least = large->solved = large->most;
    most = way_flops(large, &cost);
    while (large->solved > 1) {
        const int64_t least = large->least, solved = large->solved;

        if (solved == least)
            large->solved--;
        else
            large->least--;
        middle = way_flops(large, &cost);
        if (most > near * (2 * middle - most)) {
            large->least = least;
            large->solved = solved;
            break;
        }
    }
    return rc;
}

/* Whether the way's eigenvalues are found in matrices that LAPACK holds (what ana_eigh_fits
 * says, without an error); maps need none. */
static int is_held(const struct ana_large *large)
{
    enum { EIGH_MOST = 32766 };
    const struct ana_problem *problem = large->problem;
    int64_t most = 0;

    for (int64_t k = 0; large->spectral && k < problem->n_folds; k++)
        if (problem->folds[k].n_train > most)
            most = problem->folds[k].n_train;
    if (!large->dual)
        most = ana_space_width(large->space);
    return most <= EIGH_MOST;
}

/* The cheapest way. */
static void choose_way(struct ana_large *large)
{
    double cost[3];
    int least = 1;

    for (int way = 0; way < 3; way++) {
        set_way(large, way > 0, way == 2);
        way_flops(large, &cost[way]);
        if (!is_held(large) || (way == 2 && large->ridge.n_alphas < 2))
            cost[way] = (double)INFINITY;
    }
    for (int way = 0; way < 3; way += 2)
        if (cost[way] < cost[least])
            least = way;
    set_way(large, least > 0, least == 2);
}

/* Inner folds before the outer one; all inner ones first where a penalty is shared. */
static int list_items(struct ana_ctx *ctx, struct ana_large *large)
{
    const struct ana_problem *problem = large->problem;
    const int choose = large->ridge.n_alphas > 1, shared = choose && large->ridge.shared;
    int64_t n = 0;

    for (int64_t k = 0; k < problem->n_folds; k++)
        n += 1 + (choose ? problem->folds[k].n_inner : 0);
    large->items = ana_alloc(ctx, n, sizeof *large->items);
    large->stage_end = ana_alloc(ctx, n, sizeof *large->stage_end);
    if (!large->items || !large->stage_end)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        for (int64_t j = 0; choose && j < problem->folds[k].n_inner; j++)
            large->items[large->n_items++] = (struct ana_large_item){k, j};
        if (!shared)
            large->items[large->n_items++] = (struct ana_large_item){k, -1};
    }
    for (int64_t k = 0; shared && k < problem->n_folds; k++)
        large->items[large->n_items++] = (struct ana_large_item){k, -1};
    return 0;
}

static void lay_stages(struct ana_large *large, double budget)
{
    const int shared = large->ridge.shared && large->ridge.n_alphas > 1;
    double held = 0, most = 0, all = 0;
    int64_t fold = -1, n = 0;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct ana_large_item *item = &large->items[i];
        const struct ana_large_sizes s = ana_large_sizes(large, item);
        double bytes = ana_large_unit_bytes(large, &s);

        bytes += item->fold != fold ? ana_large_x_bytes(large, item->fold) : 0;
        if (i > 0 && !(large->squared && item->inner > 0) && /* one quadric of them all */
            (held + bytes > budget ||
             (shared && item->inner < 0 && large->items[i - 1].inner >= 0))) {
            large->stage_end[n++] = i;
            all += held;
            held = 0;
            bytes =
                ana_large_unit_bytes(large, &s) + ana_large_x_bytes(large, item->fold);
        }
        held += bytes;
        most = fmax(most, held);
        fold = item->fold;
    }
    large->stage_end[n++] = large->n_items;
    large->n_stages = n;
    all += held;
    large->kept = all <= budget;
    large->bytes = large->kept ? all : most;
}

static int64_t stage_first(const struct ana_large *large, int64_t stage)
{
    return stage > 0 ? large->stage_end[stage - 1] : 0;
}

static void count_flops(struct ana_large *large)
{
    const double t = (double)large->problem->n_targets;
    const double p = (double)ana_space_width(large->space);
    double y = 0, factor;

    for (int64_t stage = 0; stage < large->n_stages; stage++)
        for (int64_t i = stage_first(large, stage); i < large->stage_end[stage];) {
            const int64_t last = run_of(large, i, large->stage_end[stage]);
            const int64_t fold = large->items[i].fold;

            large->made += ana_large_make_flops(large, i, last, &factor);
            large->factor += factor;
            large->loops += 12.0 * (double)large->problem->folds[fold].n_train * p;
            y += t * ana_large_sums_flops(large, i);
            i = last;
        }
    for (int64_t i = 0; i < large->n_items; i++) {
        const struct ana_large_sizes s = ana_large_sizes(large, &large->items[i]);

        y += t * ana_large_target_flops(large, &s);
        large->loops += t * ana_large_target_loops(large, &s);
    }
    large->flops = large->made + y;
}

/* One fold's units, with `at_once` in the making: the most that is held while that is
 * done, and what is kept in the end. */
static double making_bytes(const struct ana_large *large, int64_t first, int64_t last,
                           double workers, double at_once, double *kept)
{
    const int64_t k = large->items[first].fold, n = large->problem->folds[k].n_train;
    const struct ana_fold *fold = &large->problem->folds[k];
    const int outer = large->items[last - 1].inner < 0;
    const double starting = ana_large_start_bytes(large, first, last, workers, at_once);
    double work = 0, most;
    int apart;

    *kept = 0;
    for (int64_t i = first; i < last; i++) {
        const struct ana_large_sizes s = ana_large_sizes(large, &large->items[i]);

        *kept += ana_large_unit_bytes(large, &s);
        work = fmax(work, ana_large_unit_work(large, &s));
    }
    if (large->leave_out) {
        work = ana_map_leave_out_bytes(
            n, last - first - outer,
            outer && last - first == 1 ? NULL
                                       : fold->inner_folds + large->items[first].inner,
            outer ? fold->n_test : 0);
        if (large->squared && large->items[first].inner >= 0)
            work += ana_map_leave_out_wide_bytes(
                n, last - first - outer, fold->inner_folds + large->items[first].inner);
        at_once = fmin(at_once, (double)large->most);
    } else {
        at_once = fmin(at_once, (double)(last - first));
    }
    apart = ana_large_apart(large, first, last);
    most = (apart ? 0 : ana_large_fold_bytes(large, first, last)) +
           fmax(large->leave_out ? 8 * (double)n * (double)n : 0, *kept + at_once * work);
    *kept += ana_large_x_bytes(large, k);
    return fmax(most, apart ? 0 : starting);
}

/* The most while stages are made, all of them in a row where they are kept. */
static double all_making_bytes(const struct ana_large *large, double workers,
                               double at_once)
{
    double held = 0, most = 0, kept;

    for (int64_t stage = 0; stage < large->n_stages; stage++) {
        held = large->kept ? held : 0;
        for (int64_t i = stage_first(large, stage); i < large->stage_end[stage];) {
            const int64_t last = run_of(large, i, large->stage_end[stage]);

            most =
                fmax(most, held + making_bytes(large, i, last, workers, at_once, &kept));
            held += kept;
            i = last;
        }
    }
    return most;
}

static void count_bytes(struct ana_ctx *ctx, struct ana_large *large, double memory)
{
    const struct ana_problem *problem = large->problem;
    const double workers = (double)ana_workers(ctx), t = (double)problem->n_targets;
    const double block = fmin((double)large->block, t);
    const double pushes =
        problem->pushes > 0 ? fmin(workers, (double)problem->pushes) : workers;
    const double A = (double)large->ridge.n_alphas;
    double tiles = 4 * fmin(pushes * block, t) * ana_large_tile_floats(large);
    double curves = 0, making;

    tiles += 4 * fmin(pushes, ceil(t / block)) * ana_large_worker_floats(large);
    if (t <= (double)large->block) /* one tile: y is the metric's */
        tiles += 8 * (double)problem->n_rows * t;
    if (large->n_stages > 1)
        curves = 8 * (double)problem->n_folds * t * (A + 1);
    large->making = (int64_t)workers;
    while (large->making > 1 &&
           curves + all_making_bytes(large, workers, (double)large->making) > memory)
        large->making--;
    making = all_making_bytes(large, workers, (double)large->making);
    large->begun = curves + large->bytes;
    large->pushing = large->begun + tiles;
    large->bytes = curves + fmax(making, large->bytes + tiles);
}

int ana_large_lay_out(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const struct ana_ridge *ridge, struct ana_large *large)
{
    const double memory = problem->memory > 0 ? (double)problem->memory : 1e18;
    int rc;

    *large = (struct ana_large){
        .problem = problem, .space = problem->spaces[0], .ridge = *ridge};
    large->alphas = ana_alloc(ctx, ridge->n_alphas, sizeof(double));
    rc = large->alphas ? list_items(ctx, large) : ANA_ERESOURCE;
    if (rc != 0)
        return rc;
    memcpy(large->alphas, ridge->alphas, (size_t)ridge->n_alphas * sizeof(double));
    large->ridge.alphas = large->alphas;
    rc = set_least(ctx, large);
    if (rc != 0)
        return rc;
    choose_way(large);
    large->block =
        16 *
        (int64_t)fmin((large->dual && !large->spectral ? MAPS_TILE : TILE) / 16,
                      fmax(FEWEST / 16, TILE_FLOATS / 16 / ana_large_tile_floats(large)));
    for (double budget = memory / 2; budget > memory / 64; budget *= .75) {
        lay_stages(large, budget); /* shorter stages until their making fits, too */
        count_bytes(ctx, large, memory);
        if (large->bytes <= memory || large->n_stages == large->n_items)
            break;
    }
    count_flops(large);
    return 0;
}

void ana_large_lay_down(struct ana_ctx *ctx, struct ana_large *large)
{
    ana_free(ctx, large->alphas);
    ana_free(ctx, large->items);
    ana_free(ctx, large->stage_end);
}

int ana_large_plan(struct ana_ctx *ctx, const struct ana_problem *problem,
                   const struct ana_ridge *ridge, struct ana_encode_layout *layout)
{
    struct ana_large large;
    const int rc = ana_large_lay_out(ctx, problem, ridge, &large);

    if (rc == 0) {
        layout->passes = (int32_t)large.n_stages;
        layout->block = large.block;
        layout->bytes = (int64_t)fmin(large.bytes, 9e18);
        layout->begun = 1 + (int64_t)fmin(large.begun, 9e18);
        layout->pushing = (int64_t)fmin(large.pushing, 9e18);
        layout->flops = large.flops;
        layout->begin_flops = large.kept ? large.made : 0;
        layout->factor = large.factor;
        layout->loops = large.loops;
        layout->kept = large.kept;
    }
    ana_large_lay_down(ctx, &large);
    return rc;
}
