/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How an encoding problem is worked through, and what that takes: estimates from shapes
 * alone, so that a run can be refused, tiled or predicted before it starts.
 */
#include <math.h>

#include "plugins/metrics/lib/encode.h"
#include "plugins/metrics/lib/tall.h"

/* Targets at once: enough for a fast product, few enough to stay in the cache. */
enum { FEWEST = 16, MOST = 512 };

static int has_inner(const struct ana_fold *fold, const struct ana_ridge *ridge)
{
    return fold->inner == ANA_INNER_FOLDS && ridge->n_alphas > 1;
}

/* What the designs of a fold keep, and the most that making one of them takes. */
static void fold_bytes(const struct ana_fold *fold, const struct ana_ridge *ridge,
                       int64_t p, double *kept, double *work)
{
    *kept = (double)ana_design_bytes(fold->n_train, fold->n_test, p);
    *work = (double)ana_design_work_bytes(fold->n_train, fold->n_test, p);
    for (int64_t j = 0; has_inner(fold, ridge) && j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        *kept += (double)ana_design_bytes(inner->n_train, inner->n_test, p);
        *work =
            fmax(*work, (double)ana_design_work_bytes(inner->n_train, inner->n_test, p));
    }
}

static double fold_flops(const struct ana_fold *fold, const struct ana_ridge *ridge,
                         int64_t p, int64_t t)
{
    const double columns = (double)ridge->n_alphas * (double)t;
    const double n = (double)fold->n_train, r = fmin(n, (double)p);
    double flops = ana_design_flops(fold->n_train, fold->n_test, p);

    if (!has_inner(fold, ridge))
        return flops + 2 * n * r * columns;
    for (int64_t j = 0; j < fold->n_inner; j++) {
        const struct ana_fold *inner = &fold->inner_folds[j];

        flops += ana_design_flops(inner->n_train, inner->n_test, p);
        flops +=
            2 * (double)inner->n_test * fmin((double)inner->n_train, (double)p) * columns;
    }
    return flops;
}

/* Doubles that one target of a block takes: y, its rotation, predictions, curve. */
static double target_bytes(const struct ana_fold *fold, const struct ana_ridge *ridge,
                           int64_t p)
{
    const double n = (double)fold->n_train, m = (double)fold->n_test;

    return 8 *
           (2 * n + 3 * m + 2 * fmin(n, (double)p) + 2 * (double)ridge->n_alphas + 16);
}

struct sizes {
    double kept;   /* all folds' designs */
    double work;   /* making one */
    double fold;   /* one fold's designs and making them */
    double tall;   /* one fold through Gram matrices */
    double target; /* a target of a block */
    double flops, tall_flops;
    int tall_form; /* every fold has many more rows than an SVD likes */
};

static struct sizes measure(const struct ana_problem *problem,
                            const struct ana_ridge *ridge)
{
    const int64_t p = ana_space_width(problem->spaces[0]), t = problem->n_targets;
    struct sizes sizes = {.tall_form = 1};

    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        double kept, work;

        fold_bytes(fold, ridge, p, &kept, &work);
        sizes.kept += kept;
        sizes.work = fmax(sizes.work, work);
        sizes.fold = fmax(sizes.fold, kept + work);
        sizes.target = fmax(sizes.target, target_bytes(fold, ridge, p));
        sizes.flops += fold_flops(fold, ridge, p, t);
        sizes.tall = fmax(sizes.tall, (double)ana_tall_bytes(problem->spaces[0], fold, t,
                                                             ridge->n_alphas));
        sizes.tall_flops += ana_tall_flops(problem->spaces[0], fold, t, ridge->n_alphas);
        if (fold->n_train <= p || (ridge->n_alphas > 1 && !has_inner(fold, ridge)) ||
            ana_design_form(fold->n_train, p) == ANA_DESIGN_SVD)
            sizes.tall_form = 0;
    }
    return sizes;
}

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* What the bits of an answer depend on (tall or not) is decided from shapes, not from the
 * memory or the threads of the day; those decide what is held and how much is done at
 * once. */
void ana_encode_layout(const struct ana_ctx *ctx, const struct ana_problem *problem,
                       const struct ana_ridge *ridge, struct ana_encode_layout *layout)
{
    const double workers = (double)ana_workers(ctx);
    const double at_once = fmin(workers, (double)problem->n_folds);
    const double memory = problem->memory > 0 ? (double)problem->memory : 1e18;
    const double t = (double)problem->n_targets, y = 8 * (double)problem->n_rows * t;
    const struct sizes sizes = measure(problem, ridge);
    double block, fold, making = 0, running;

    *layout = (struct ana_encode_layout){.passes = 1, .tall = sizes.tall_form};
    layout->flops = layout->tall ? sizes.tall_flops : sizes.flops;
    layout->kept = !layout->tall && sizes.kept + sizes.work <= memory / 2;
    layout->gather = !layout->kept || y <= memory / 8;
    layout->block = 16 * (int64_t)(between(FEWEST, 64e6 / sizes.target, MOST) / 16);
    block = (double)layout->block * sizes.target;
    fold = 8 * (double)ridge->n_alphas * t + (layout->tall   ? sizes.tall
                                              : layout->kept ? block
                                                             : sizes.fold + block);
    layout->running = (int64_t)between(1, (memory - y) / fold, at_once);
    running = y + (double)layout->running * fold;
    if (layout->kept) {
        layout->making = (int64_t)between(1, (memory - sizes.kept) / sizes.work, at_once);
        making = (double)layout->making * sizes.work;
    }
    if (!layout->gather) {
        running = workers * (block + 8 * (double)(problem->n_rows * layout->block));
        if (ridge->shared && ridge->n_alphas > 1) {
            layout->passes = 2;
            running += 8 * (double)problem->n_folds * t * (double)(ridge->n_alphas + 1);
        }
    }
    layout->bytes =
        (int64_t)fmin((layout->kept ? sizes.kept : 0) + fmax(making, running), 9e18);
}
