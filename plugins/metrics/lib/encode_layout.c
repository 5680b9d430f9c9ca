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
    int can_be_tall;
};

static struct sizes measure(const struct ana_problem *problem,
                            const struct ana_ridge *ridge)
{
    const int64_t p = ana_space_width(problem->spaces[0]), t = problem->n_targets;
    struct sizes sizes = {.can_be_tall = 1};

    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        double kept, work;

        fold_bytes(fold, ridge, p, &kept, &work);
        sizes.kept += kept;
        sizes.work = fmax(sizes.work, work);
        sizes.fold = fmax(sizes.fold, kept + work);
        sizes.target = fmax(sizes.target, target_bytes(fold, ridge, p));
        sizes.flops += fold_flops(fold, ridge, p, t);
        sizes.tall =
            fmax(sizes.tall, (double)ana_tall_bytes(fold, p, t, ridge->n_alphas));
        sizes.tall_flops += ana_tall_flops(fold, p, t, ridge->n_alphas);
        if (fold->n_train <= p || (ridge->n_alphas > 1 && !has_inner(fold, ridge)))
            sizes.can_be_tall = 0;
    }
    return sizes;
}

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

void ana_encode_layout(const struct ana_ctx *ctx, const struct ana_problem *problem,
                       const struct ana_ridge *ridge, struct ana_encode_layout *layout)
{
    const double workers = (double)ana_workers(ctx), folds = (double)problem->n_folds;
    const double memory = problem->memory > 0 ? (double)problem->memory : 1e18;
    const double t = (double)problem->n_targets;
    const double y = 8 * (double)problem->n_rows * t;
    const struct sizes sizes = measure(problem, ridge);
    double each, bytes, making;

    *layout = (struct ana_encode_layout){.passes = 1, .flops = sizes.flops};
    making = fmin(workers, folds) * sizes.work;
    layout->kept = sizes.kept + making <= memory / 2;
    layout->gather = !layout->kept || y <= memory / 8;
    layout->tall = !layout->kept && sizes.can_be_tall;
    layout->block = 16 * (int64_t)(between(FEWEST, 64e6 / sizes.target, MOST) / 16);
    layout->in_flight = problem->n_folds;
    each = (double)layout->block * sizes.target;
    bytes = fmin(workers, folds) * (each + 8 * (double)ridge->n_alphas * t) + y;
    if (layout->kept && layout->gather) {
        bytes = sizes.kept + fmax(making, bytes);
    } else if (layout->kept) {
        each += 8 * (double)problem->n_rows * (double)layout->block;
        bytes = sizes.kept + fmax(making, workers * each);
        if (ridge->shared && ridge->n_alphas > 1) {
            layout->passes = 2;
            bytes += 8 * folds * t * (double)(ridge->n_alphas + 1);
        }
    } else {
        each = layout->tall ? sizes.tall : sizes.fold + each;
        layout->in_flight =
            (int64_t)between(1, (memory - y) / each, fmin(workers, folds));
        bytes = y + (double)layout->in_flight * (each + 8 * (double)ridge->n_alphas * t);
    }
    if (layout->tall)
        layout->flops = sizes.tall_flops;
    layout->bytes = (int64_t)fmin(bytes, 9e18);
}
