/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How an encoding problem is worked through, and what that takes: estimates from shapes
 * alone, so that a run can be refused, tiled or predicted before it starts.
 */
#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/lib/encode.h"
#include "plugins/metrics/lib/large.h"
#include "plugins/metrics/lib/score.h"

/* Targets at once: enough for a fast product, few enough to stay in the cache. */
enum { FEWEST = 16, MOST = 512 };

static int has_inner(const struct ana_fold *fold, const struct ana_ridge *ridge)
{
    return fold->inner == ANA_INNER_FOLDS && ridge->n_alphas > 1;
}

/* Bytes of designs that are made one after another: what is kept so far, the most that
 * was held, and the most that making one takes. */
struct held {
    double kept, most, work;
};

static void hold_design(const struct ana_space *space, const struct ana_fold *rows,
                        int weights, struct held *held)
{
    const int64_t n = rows->n_train, m = rows->n_test, p = ana_space_width(space);
    const double work =
        ana_design_work_bytes(n, m, p) + (double)ana_fold_matrix_bytes(space, rows);

    held->kept += ana_design_bytes(n, m, p);
    if (weights)
        held->kept += 8 * (double)p * (double)ana_design_rank(n, p);
    held->work = fmax(held->work, work);
    held->most = fmax(held->most, held->kept + work);
}

static void hold_fold(const struct ana_space *space, const struct ana_fold *fold,
                      const struct ana_ridge *ridge, struct held *held)
{
    hold_design(space, fold, ridge->weights, held);
    for (int64_t j = 0; has_inner(fold, ridge) && j < fold->n_inner; j++)
        hold_design(space, &fold->inner_folds[j], 0, held);
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
                         (double)((ridge->fractional ? 40 : 1) * k +
                                  (ridge->loss == ANA_LOSS_R ? 6 : 3) * inner->n_test);
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
    effort->loops += (double)t * (double)(6 * n + r + ANA_SCORED * fold->n_test);
    if (ridge->weights) {
        const int64_t p = ana_space_width(space);

        effort->y += ana_gemm_flops(r, t, n) + ana_gemm_flops(p, t, r);
        effort->loops += 3 * (double)p * (double)t;
        if (ana_design_form(n, p) == ANA_DESIGN_KERNEL)
            effort->x += ana_gemm_flops(p, ana_design_rank(n, p), n);
    }
}

/* Doubles that a target of a block takes while its losses are found. */
static double curve_numbers(const struct ana_fold *fold, const struct ana_ridge *ridge,
                            int64_t p)
{
    const double n = (double)fold->n_train, m = (double)fold->n_test;
    const double r = (double)directions(fold->n_train, p, ridge);
    const double A = (double)ridge->n_alphas;
    double most = 0;

    if (ridge->n_alphas < 2)
        return 0;
    for (int64_t j = 0; has_inner(fold, ridge) && j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        most = fmax(most, (double)inner->n_train + 2 * (double)inner->n_test + 3 +
                              ANA_LOSS_ROOM +
                              2 * (double)directions(inner->n_train, p, ridge));
    }
    if (has_inner(fold, ridge))
        return A + most;
    return A + m + 2 + (fold->inner == ANA_INNER_LOO ? 2 * (n + r) : n + r);
}

/* And from there to its scores. */
static double score_numbers(const struct ana_fold *fold, const struct ana_ridge *ridge,
                            int64_t p)
{
    const double n = (double)fold->n_train, m = (double)fold->n_test;
    const double r = (double)directions(fold->n_train, p, ridge);
    const double fit = n + 2 * r + m + 4;
    double most = fmax(fit, 4 + .5 * (double)ridge->predictions);

    if (ridge->weights)
        most = fmax(most, (double)p + 1 + fmax(fit, .5 * (double)p));
    return 2 * m + 2 + most;
}

struct sizes {
    struct held designs;  /* all folds' */
    double fold;          /* the most while one fold's are made */
    double fold_kept;     /* what they keep */
    double curve, scores; /* doubles of a target of a block */
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
        struct held own = {0};

        hold_fold(space, fold, ridge, &sizes.designs);
        hold_fold(space, fold, ridge, &own);
        sizes.fold = fmax(sizes.fold, own.most);
        sizes.fold_kept = fmax(sizes.fold_kept, own.kept);
        sizes.curve = fmax(sizes.curve, curve_numbers(fold, ridge, p));
        sizes.scores = fmax(sizes.scores, score_numbers(fold, ridge, p));
        add_fold(space, fold, ridge, t, &sizes.effort);
    }
    return sizes;
}

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Bytes of one fold's work on t targets, w at once. */
static double run_bytes(const struct sizes *sizes, const struct ana_ridge *ridge,
                        double t, double w)
{
    const double A = ridge->n_alphas > 1 ? (double)ridge->n_alphas : 0;

    return 8 * fmax(t * (A + 1) + w * sizes->curve, t + w * sizes->scores);
}

/* Folds run at the end of a pass, with y held whole. */
static double gathered_bytes(const struct ana_encode_layout *layout,
                             const struct sizes *sizes, double run)
{
    return layout->kept ? run : fmax(sizes->fold, sizes->fold_kept + run);
}

/* Tiles are scored as they come, for all folds. */
static double tiled_bytes(const struct ana_problem *problem,
                          const struct ana_ridge *ridge, const struct sizes *sizes,
                          double block, double workers)
{
    const double t = (double)problem->n_targets, w = fmin(block, t);
    const double pushes =
        problem->pushes > 0 ? fmin(workers, (double)problem->pushes) : workers;
    double bytes = fmin(pushes * w, t) / w * run_bytes(sizes, ridge, w, w);

    if (block >= t) /* one tile: y is the metric's */
        bytes += 8 * (double)problem->n_rows * t;
    if (ridge->shared && ridge->n_alphas > 1)
        bytes += 8 * (double)problem->n_folds * t * (double)ridge->n_alphas;
    return bytes;
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
    const struct held *designs = &sizes.designs;
    double fold, making = 0, running;

    layout->flops = sizes.effort.x + sizes.effort.y;
    layout->factor = sizes.effort.factor;
    layout->loops = sizes.effort.loops;
    layout->kept = designs->kept + designs->work <= memory / 2;
    layout->gather = !layout->kept || y <= memory / 8;
    layout->begin_flops = layout->kept ? sizes.effort.x : 0;
    layout->begun = 1 + (layout->kept ? (int64_t)fmin(designs->kept, 9e18) : 0);
    layout->block =
        16 * (int64_t)(between(FEWEST, 8e6 / fmax(sizes.curve, sizes.scores), MOST) / 16);
    fold = gathered_bytes(layout, &sizes,
                          run_bytes(&sizes, ridge, t, fmin((double)layout->block, t)));
    layout->running = (int64_t)between(1, (memory - y) / fold, at_once);
    layout->pieces = problem->n_folds;
    running = y + (double)layout->running * fold;
    if (layout->kept) {
        layout->making =
            (int64_t)between(1, (memory - designs->kept) / designs->work, at_once);
        making =
            designs->most - designs->kept + ((double)layout->making - 1) * designs->work;
    }
    if (!layout->gather) {
        layout->passes = ridge->shared && ridge->n_alphas > 1 ? 2 : 1;
        running = tiled_bytes(problem, ridge, &sizes, (double)layout->block, workers);
    }
    layout->bytes =
        (int64_t)fmin((layout->kept ? designs->kept : 0) + fmax(making, running), 9e18);
}

/* Every training set's decomposition; the dual of many rows needs none (Cholesky). */
static int check_sizes(struct ana_ctx *ctx, const struct ana_problem *problem, int large)
{
    const int64_t p = problem->n_spaces > 0 ? ana_space_width(problem->spaces[0]) : 0;
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < problem->n_folds; k++)
        if (!large || p <= problem->folds[k].n_train)
            rc = ana_design_fits(ctx, problem->folds[k].n_train, p);
    return rc;
}

int ana_encode_layout(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const struct ana_ridge *ridge, struct ana_encode_layout *layout)
{
    *layout = (struct ana_encode_layout){.passes = 1};
    layout->large = !ridge->float64 && ana_large_suits(problem, ridge);
    if (check_sizes(ctx, problem, layout->large) != 0)
        return ANA_ERESOURCE;
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
    plan->begun = layout->begun;
    plan->pushing = layout->pushing;
    plan->flops = layout->flops;
    plan->begin_flops = layout->begin_flops;
    plan->factor = layout->factor;
    plan->loops = layout->loops;
    plan->at_once = layout->gather ? layout->running : 0;
    plan->pieces = layout->gather ? layout->pieces : 0;
    plan->tile = layout->gather ? 0 : layout->block;
    plan->measures = ana_encode_measures(&plan->n_measures);
}
