/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a large problem is worked through and what that takes, from shapes alone.
 */
#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/large_unit.h"

/* Targets of a tile: enough for a fast product. */
enum { TILE = 512, FEWEST = 64, LARGE_ROWS = 1000, FEW = 10 };

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

/* The sizes of one unit and what its fold holds beside it. */
struct sizes {
    int64_t n, m, p, lacking, gap;
    int64_t k; /* penalties solved in the dual */
    int outer;
};

static struct sizes sizes_of(const struct ana_large *large,
                             const struct ana_large_item *item)
{
    const struct ana_fold *fold = &large->problem->folds[item->fold];
    const int64_t n_alphas = large->ridge.n_alphas;
    struct sizes s = {.p = ana_space_width(large->space),
                      .k = n_alphas < FEW ? n_alphas : FEW,
                      .outer = item->inner < 0};

    if (!s.outer)
        fold = &fold->inner_folds[item->inner];
    s.n = fold->n_train;
    s.m = fold->n_test;
    s.lacking = s.outer ? 0 : large->problem->folds[item->fold].n_train - s.n;
    s.gap = s.lacking > s.m ? s.lacking - s.m : 0;
    return s;
}

/* Whether units rotate sums of X'Y rather than rows of Y. */
static int sums_of(const struct ana_large *large)
{
    return !large->dual && large->ridge.n_alphas > 1 &&
           ana_space_columns(large->space) != ANA_COLUMNS_MIXED;
}

static double unit_bytes(const struct ana_large *large, const struct sizes *s)
{
    if (large->dual)
        return ana_map_bytes(s->n, s->m, s->k);
    return s->outer ? ana_fit_bytes(s->n, s->m, s->p, large->ridge.weights)
                    : ana_sweep_bytes(s->m, s->p, large->ridge.n_alphas);
}

/* Kernels made anew take X and a kernel each. */
static int made_anew(const struct ana_large *large, const struct sizes *s)
{
    const int32_t columns = ana_space_columns(large->space);

    return !s->outer && (columns == ANA_COLUMNS_MIXED ||
                         (large->dual && columns == ANA_COLUMNS_SCALED));
}

static double unit_work(const struct ana_large *large, const struct sizes *s)
{
    const double p = (double)s->p, rows = (double)(s->n + s->m);
    const double anew = made_anew(large, s) ? 4 * rows * p : 0;

    if (large->dual)
        return fmax(3 * anew, anew + ana_map_work_bytes(s->n, s->m) +
                                  (anew > 0 ? 8 * rows * rows : 0));
    /* Gram and LAPACK's 2 p^2, or basis and the held-out rows' Gram */
    return fmax(3 * anew, anew + 8 * 3 * p * (p + 4)) + 8 * ANA_GRAM_ROWS * p;
}

/* Of an outer training set: while its matrices are made, and while units are made of
 * what is then left of them beside the X that is kept. */
static double start_work(const struct ana_large *large, int64_t k)
{
    const struct ana_fold *fold = &large->problem->folds[k];
    const double rows = (double)(fold->n_train + fold->n_test);
    const double x = 4 * rows * (double)ana_space_width(large->space);

    return (double)ana_fold_matrix_bytes(large->space, fold) + 3 * x;
}

static double fold_work(const struct ana_large *large, int64_t k)
{
    const struct ana_fold *fold = &large->problem->folds[k];
    const double n = (double)fold->n_train, m = (double)fold->n_test;
    const double p = (double)ana_space_width(large->space);

    return large->dual ? 8 * (n + m) * (n + m)
                       : 4 * (sums_of(large) ? m : n + m) * p + 8 * p * (p + 1);
}

/* Of making a unit: all operations, and those of decompositions among them. */
static double make_flops(const struct ana_large *large, const struct sizes *s,
                         double *factor)
{
    const int anew = made_anew(large, s);

    if (large->dual) {
        *factor = ana_map_factor_flops(s->n, s->m, s->k);
        return *factor + (anew ? ana_kernel_flops(s->n + s->m, s->p) : 0);
    }
    *factor = ana_eigh_flops(s->p);
    if (s->outer)
        return *factor + ana_gemm_flops((sums_of(large) ? 0 : s->n) + s->m, s->p, s->p);
    return *factor + ana_sweep_flops(s->m, s->p) +
           ana_gram_flops(anew ? s->n : s->lacking, s->p) +
           (anew ? ana_gemm_flops(s->n, s->p, s->p) : 0);
}

static double target_flops(const struct ana_large *large, const struct sizes *s)
{
    if (large->dual)
        return ana_map_target_flops(s->n, s->m, s->k);
    if (s->outer) /* from sums where there are some */
        return ana_fit_target_flops(sums_of(large) ? s->p : s->n, s->m, s->p,
                                    large->ridge.weights);
    return ana_sweep_target_flops(s->m, s->p, large->ridge.n_alphas) +
           (made_anew(large, s) ? ana_gemm_flops(s->p, 1, s->n)
                                : ana_gemm_flops(s->p, 1, s->p + s->gap));
}

/* Numbers that plain loops touch for one target. */
static double target_loops(const struct ana_large *large, const struct sizes *s)
{
    const double A = (double)large->ridge.n_alphas, m = (double)s->m, p = (double)s->p;

    if (s->outer)
        return 6 * (double)s->n + 24 * m + (large->dual ? (double)s->k * m : p);
    return 5 * m + 3 * A + (double)s->lacking +
           (large->dual ? (double)s->n + A * (double)(s->k + 2) * m : 6 * p);
}

/* Floats of scratch that a target of a tile takes in its worker. */
static double tile_floats(const struct ana_large *large)
{
    const struct ana_problem *problem = large->problem;
    const double p = (double)ana_space_width(large->space),
                 A = (double)large->ridge.n_alphas;
    double most = 0;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct sizes s = sizes_of(large, &large->items[i]);
        const struct ana_fold *fold = &problem->folds[large->items[i].fold];
        const double n = (double)s.n, m = (double)s.m, k = (double)s.k;
        double own = (double)fold->n_train + 2 * A + 16;

        own += sums_of(large) ? p * (s.gap > 0 ? 2 : 1) : 0;
        if (s.outer)
            own += 7 * m + (large->dual ? k * m : p);
        else
            own += m + 3 * A + 12 + (large->dual ? n + k * m : 4 * p);
        most = fmax(most, own);
    }
    return most + 2 * (double)problem->n_rows; /* y itself, in float64 */
}

static int choose_dual(struct ana_large *large)
{
    double flops[2] = {0, 0}, factor;

    for (int dual = 0; dual < 2; dual++) {
        large->dual = dual;
        for (int64_t i = 0; i < large->n_items; i++) {
            const struct sizes s = sizes_of(large, &large->items[i]);

            flops[dual] += (double)large->problem->n_targets * target_flops(large, &s);
            flops[dual] += 2 * make_flops(large, &s, &factor) + 2 * factor;
        }
        for (int64_t k = 0; k < large->problem->n_folds; k++) {
            const double n = (double)large->problem->folds[k].n_train,
                         p = (double)ana_space_width(large->space);

            flops[dual] += 2 * n * p * (dual ? n : p);
        }
    }
    return flops[1] < flops[0];
}

/* Whether the kernels of inner training sets are parts of the outer one's, and one inverse
 * of that is cheaper than a factor of each. */
static int leaves_out(const struct ana_large *large)
{
    const int32_t columns = ana_space_columns(large->space);

    return large->dual && large->ridge.n_alphas > 1 && columns != ANA_COLUMNS_MIXED &&
           columns != ANA_COLUMNS_SCALED;
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

/* X of a fold stays while primal inner units of it do. */
static double x_bytes(const struct ana_large *large, int64_t fold)
{
    return large->dual ? 0
                       : 4 * (double)large->problem->folds[fold].n_train *
                             (double)ana_space_width(large->space);
}

static void lay_stages(struct ana_large *large, double budget)
{
    const int shared = large->ridge.shared && large->ridge.n_alphas > 1;
    double held = 0, most = 0, all = 0;
    int64_t fold = -1, n = 0;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct ana_large_item *item = &large->items[i];
        const struct sizes s = sizes_of(large, item);
        double bytes = unit_bytes(large, &s);

        bytes += item->fold != fold ? x_bytes(large, item->fold) : 0;
        if (i > 0 && (held + bytes > budget ||
                      (shared && item->inner < 0 && large->items[i - 1].inner >= 0))) {
            large->stage_end[n++] = i;
            all += held;
            held = 0;
            bytes = unit_bytes(large, &s) + x_bytes(large, item->fold);
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

/* Operations of a fold's shared sums, and what standardised matrices take. */
static double fold_flops(const struct ana_large *large, int64_t k)
{
    const struct ana_fold *fold = &large->problem->folds[k];
    const int64_t n = fold->n_train, m = fold->n_test;
    const int64_t p = ana_space_width(large->space);

    return ana_fold_matrix_flops(large->space, fold) +
           (large->dual ? ana_kernel_flops(n + m, p) : ana_gram_flops(n, p));
}

/* A fold is begun anew in each stage that has items of it. */
static int begins_fold(const struct ana_large *large, int64_t item)
{
    if (item == 0 || large->items[item - 1].fold != large->items[item].fold)
        return 1;
    for (int64_t s = 0; s < large->n_stages; s++)
        if (large->stage_end[s] == item)
            return 1;
    return 0;
}

static void count_flops(struct ana_large *large)
{
    const int64_t p = ana_space_width(large->space);
    const double t = (double)large->problem->n_targets;
    double y = 0, factor;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct sizes s = sizes_of(large, &large->items[i]);
        const int64_t fold = large->items[i].fold;
        const int64_t n = large->problem->folds[fold].n_train;

        large->made += make_flops(large, &s, &factor);
        large->factor += factor;
        y += t * target_flops(large, &s);
        large->loops += t * target_loops(large, &s);
        if (!begins_fold(large, i))
            continue;
        large->made += fold_flops(large, fold);
        large->loops += 12.0 * (double)n * (double)p;
        if (sums_of(large))
            y += ana_gemm_flops(p, large->problem->n_targets, n);
    }
    large->flops = large->made + y;
}

static void count_bytes(struct ana_ctx *ctx, struct ana_large *large, double memory)
{
    const double workers = (double)ana_workers(ctx),
                 t = (double)large->problem->n_targets;
    const double block = fmin((double)large->block, t);
    const double tiles_at_once = fmin(workers, ceil(t / block));
    double work = 0, fold = 0, start = 0, tiles;

    for (int64_t i = 0; i < large->n_items; i++) {
        const struct sizes s = sizes_of(large, &large->items[i]);

        work = fmax(work, unit_work(large, &s));
    }
    for (int64_t k = 0; k < large->problem->n_folds; k++) {
        fold = fmax(fold, fold_work(large, k));
        start = fmax(start, start_work(large, k));
    }
    large->making = (int64_t)fmax(
        1, fmin(workers, floor((memory - large->bytes - fold) / fmax(work, 1))));
    tiles = tiles_at_once * 4 * tile_floats(large) * block;
    if (large->n_stages > 1)
        tiles +=
            8 * (double)large->problem->n_folds * t * ((double)large->ridge.n_alphas + 2);
    large->bytes += fmax(fmax(start, fold + (double)large->making * work), tiles);
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
    large->dual = choose_dual(large);
    large->leave_out = leaves_out(large);
    large->block =
        16 * (int64_t)fmin(TILE / 16, fmax(FEWEST / 16, 4e6 / tile_floats(large)));
    lay_stages(large, memory / 2);
    count_flops(large);
    count_bytes(ctx, large, memory);
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
        layout->flops = large.flops;
        layout->begin_flops = large.kept ? large.made : 0;
        layout->factor = large.factor;
        layout->loops = large.loops;
        layout->kept = large.kept;
    }
    ana_large_lay_down(ctx, &large);
    return rc;
}
