/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How an encoding problem is worked through, and what that takes: estimates from shapes
 * alone, so that a run can be refused, tiled or predicted before it starts.
 */
#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/lib/encode.h"
#include "plugins/metrics/lib/large.h"

/* Targets at once: enough for a fast product, few enough to stay in the cache. */
enum { FEWEST = 16, MOST = 512 };

static int has_inner(const struct ana_fold *fold, const struct ana_ridge *ridge)
{
    return fold->inner == ANA_INNER_FOLDS && ridge->n_alphas > 1;
}

/* What the designs of a fold keep, and the most that making one of them takes. */
static void fold_bytes(const struct ana_space *space, const struct ana_fold *fold,
                       const struct ana_ridge *ridge, double *kept, double *work)
{
    const int64_t p = ana_space_width(space);

    *kept = ana_design_bytes(fold->n_train, fold->n_test, p);
    *work = ana_design_work_bytes(fold->n_train, fold->n_test, p);
    for (int64_t j = 0; has_inner(fold, ridge) && j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        *kept += ana_design_bytes(inner->n_train, inner->n_test, p);
        *work = fmax(*work, ana_design_work_bytes(inner->n_train, inner->n_test, p));
    }
    *work += (double)ana_fold_matrix_bytes(space, fold);
    if (ridge->weights)
        *kept += 8 * (double)p * (fmin((double)fold->n_train, (double)p) + 1);
}

/* What is done: on x alone, and with the targets. */
struct effort {
    double x, y;   /* operations of linear algebra */
    double factor; /* of x: decompositions */
    double loops;
};

/* One design from n rows, held against m. */
static void add_design(const struct ana_space *space, const struct ana_fold *rows,
                       struct effort *effort)
{
    const int64_t n = rows->n_train, m = rows->n_test, p = ana_space_width(space);

    effort->x += ana_design_flops(n, m, p) + ana_fold_matrix_flops(space, rows);
    effort->factor += ana_design_factor_flops(n, p) + ana_fold_matrix_flops(space, rows);
    effort->loops += (double)(n + m) * 12 * (double)p;
}

static int64_t directions(int64_t n, int64_t p, const struct ana_ridge *ridge)
{
    const int64_t r = ana_design_rank(n, p);

    return ridge->most > 0 && ridge->most < r ? ridge->most : r;
}

/* The losses of all penalties, as split.c and penalty.c go about it. */
static void add_curve(const struct ana_space *space, const struct ana_fold *fold,
                      const struct ana_ridge *ridge, int64_t t, struct effort *effort)
{
    const int64_t n = fold->n_train, p = ana_space_width(space);
    const int64_t r = directions(n, p, ridge), A = ridge->n_alphas;
    const int64_t rest = r < n - 1 ? n : 0; /* rows with something left over */

    for (int64_t j = 0; has_inner(fold, ridge) && j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];
        const int64_t k = directions(inner->n_train, p, ridge);

        add_design(space, inner, effort);
        effort->y += ana_gemm_flops(k, t, inner->n_train);
        effort->y += (double)A * ana_gemm_flops(inner->n_test, t, k);
        effort->loops += (double)(A * t) *
                         (double)((ridge->fractional ? 40 : 1) * k + 3 * inner->n_test);
        effort->loops += 5 * (double)t * (double)(inner->n_train + inner->n_test);
    }
    if (A < 2 || has_inner(fold, ridge))
        return;
    effort->y += ana_gemm_flops(r, t, n) + ana_gemm_flops(rest, t, r);
    if (fold->inner == ANA_INNER_LOO) {
        effort->y += (double)A * ana_gemm_flops(n, t, r);
        effort->loops += (double)A * ((double)t * (double)(5 * n + r) + 5.0 * n * r);
    } else {
        effort->loops += 2 * (double)A * (double)t * (double)r;
    }
}

static void add_fold(const struct ana_space *space, const struct ana_fold *fold,
                     const struct ana_ridge *ridge, int64_t t, struct effort *effort)
{
    const int64_t n = fold->n_train, r = directions(n, ana_space_width(space), ridge);

    add_design(space, fold, effort);
    add_curve(space, fold, ridge, t, effort);
    effort->y += ana_gemm_flops(r, t, n) + ana_gemm_flops(fold->n_test, t, r);
    effort->loops += (double)t * (double)(6 * n + r + 20 * fold->n_test);
    if (ridge->weights) {
        const int64_t p = ana_space_width(space);

        effort->y += ana_gemm_flops(r, t, n) + ana_gemm_flops(p, t, r);
        effort->loops += 3 * (double)p * (double)t;
        if (ana_design_form(n, p) == ANA_DESIGN_KERNEL)
            effort->x += ana_gemm_flops(p, ana_design_rank(n, p), n);
    }
}

/* Doubles that one target of a block takes: y, its rotation, predictions, curve. */
static double target_bytes(const struct ana_fold *fold, const struct ana_ridge *ridge,
                           int64_t p)
{
    const double n = (double)fold->n_train, m = (double)fold->n_test;

    return 8 *
           (2 * n + 3 * m + 2 * fmin(n, (double)p) + 2 * (double)ridge->n_alphas + 16 +
            .5 * (double)ridge->predictions + (ridge->weights ? 1.5 * (double)p : 0));
}

struct sizes {
    double kept;   /* all folds' designs */
    double work;   /* making one */
    double fold;   /* one fold's designs and making them */
    double target; /* a target of a block */
    struct effort effort;
};

static struct sizes measure(const struct ana_problem *problem,
                            const struct ana_ridge *ridge)
{
    const struct ana_space *space = problem->spaces[0];
    const int64_t p = ana_space_width(space), t = problem->n_targets;
    struct sizes sizes = {0};

    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        double kept, work;

        fold_bytes(space, fold, ridge, &kept, &work);
        sizes.kept += kept;
        sizes.work = fmax(sizes.work, work);
        sizes.fold = fmax(sizes.fold, kept + work);
        sizes.target = fmax(sizes.target, target_bytes(fold, ridge, p));
        add_fold(space, fold, ridge, t, &sizes.effort);
    }
    return sizes;
}

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* What the bits of an answer depend on (large or not) is decided from shapes, not from the
 * memory or the threads of the day; those decide what is held and how much is done at
 * once. */
static void lay_out_designs(const struct ana_ctx *ctx, const struct ana_problem *problem,
                            const struct ana_ridge *ridge,
                            struct ana_encode_layout *layout)
{
    const double workers = (double)ana_workers(ctx);
    const double at_once = fmin(workers, (double)problem->n_folds);
    const double memory = problem->memory > 0 ? (double)problem->memory : 1e18;
    const double t = (double)problem->n_targets, y = 8 * (double)problem->n_rows * t;
    const struct sizes sizes = measure(problem, ridge);
    double block, fold, making = 0, running;

    layout->flops = sizes.effort.x + sizes.effort.y;
    layout->factor = sizes.effort.factor;
    layout->loops = sizes.effort.loops;
    layout->kept = sizes.kept + sizes.work <= memory / 2;
    layout->gather = !layout->kept || y <= memory / 8;
    layout->begin_flops = layout->kept ? sizes.effort.x : 0;
    layout->block = 16 * (int64_t)(between(FEWEST, 64e6 / sizes.target, MOST) / 16);
    block = fmin((double)layout->block, t) * sizes.target;
    fold = 8 * (double)ridge->n_alphas * t + (layout->kept ? block : sizes.fold + block);
    layout->running = (int64_t)between(1, (memory - y) / fold, at_once);
    running = y + (double)layout->running * fold;
    if (layout->kept) {
        layout->making = (int64_t)between(1, (memory - sizes.kept) / sizes.work, at_once);
        making = (double)layout->making * sizes.work;
    }
    if (!layout->gather) {
        running = workers *
                  (block + 8 * (double)problem->n_rows * fmin((double)layout->block, t));
        if (ridge->shared && ridge->n_alphas > 1) {
            layout->passes = 2;
            running += 8 * (double)problem->n_folds * t * (double)(ridge->n_alphas + 1);
        }
    }
    layout->bytes =
        (int64_t)fmin((layout->kept ? sizes.kept : 0) + fmax(making, running), 9e18);
}

int ana_encode_layout(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const struct ana_ridge *ridge, struct ana_encode_layout *layout)
{
    *layout = (struct ana_encode_layout){.passes = 1};
    layout->large = !ridge->float64 && ana_large_suits(problem, ridge);
    if (layout->large)
        return ana_large_plan(ctx, problem, ridge, layout);
    lay_out_designs(ctx, problem, ridge, layout);
    return 0;
}

void ana_encode_fill_plan(const struct ana_encode_layout *layout,
                          struct ana_metric_plan *plan)
{
    plan->passes = layout->passes;
    plan->bytes = layout->bytes;
    plan->flops = layout->flops;
    plan->begin_flops = layout->begin_flops;
    plan->factor = layout->factor;
    plan->loops = layout->loops;
    plan->at_once = layout->gather ? layout->running : 0;
    plan->tile = layout->gather ? 0 : layout->block;
    plan->measures = ana_encode_measures(&plan->n_measures);
}
