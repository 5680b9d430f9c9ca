/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a PLS regression is worked through, and what that takes, from shapes alone.
 */
#include "plugins/metrics/pls/layout.h"

#include <anaflow/linalg.h>
#include <math.h>

struct effort {
    double bytes, flops, factor, loops;
};

/* One fold with the targets held whole: bytes beside the design, operations, numbers of
 * plain loops. */
static void measure_fold(const struct pls_x *x, int64_t fold, int64_t t,
                         struct effort *effort)
{
    enum { ROUNDS = 30 }; /* of Lanczos' method, usually */
    const int64_t n = x->problem->folds[fold].n_train, m = x->problem->folds[fold].n_test;
    const int64_t p = ana_space_width(x->problem->spaces[0]);
    const int64_t r = ana_design_rank(n, p);
    const int64_t c = r < t ? r : t;
    const int64_t k = x->settings.components < r ? x->settings.components : r;
    const double w = (double)(t < PLS_BLOCK ? t : PLS_BLOCK),
                 square = (double)r * (double)r;
    const double find = (double)(n + r + 1) * PLS_BLOCK + (t > r ? square : 0);
    const double root = t > r ? 4 * square : 0; /* with LAPACK's workspace */
    const double lanczos = 41 * (double)c + 4 * (double)r;
    const double weights =
        x->settings.weights ? ((double)r + 1.5 * (double)p + 2) * w : 0;
    const double hand =
        (double)(n + 3 * m + 2 * k + r + 8) * w + (double)(m * k) + weights;

    effort->bytes = 8 * fmax((double)(r * c) + fmax(fmax(find, root), lanczos), hand);
    effort->bytes += 16 * (double)(r * k);
    effort->factor = t > r ? ana_eigh_flops(r) : 0;
    effort->flops = effort->factor + (t > r ? ana_syrk_flops(r, t) : 0) +
                    2 * ana_gemm_flops(r, t, n) + ana_gemm_flops(m, k, r) +
                    ana_gemm_flops(k, t, r) + ana_gemm_flops(m, t, k);
    if (x->settings.weights)
        effort->flops += ana_gemm_flops(r, t, k) + ana_gemm_flops(p, t, r);
    effort->loops = (double)k * (double)(r * c) * (2 * ROUNDS + 3) +
                    (double)t * (double)(4 * n + 3 * r + 20 * m);
}

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

static int fits_each_fold(const struct ana_space *space)
{
    return ana_space_columns(space) == ANA_COLUMNS_MIXED;
}

static double design_bytes(const struct pls_x *x, const struct ana_fold *fold)
{
    const int64_t n = fold->n_train, p = ana_space_width(x->problem->spaces[0]);

    return ana_design_bytes(n, fold->n_test, p) +
           (x->settings.weights ? 8 * (double)p * (double)(ana_design_rank(n, p) + 1)
                                : 0);
}

static double making_bytes(const struct pls_x *x, const struct ana_fold *fold)
{
    const struct ana_space *space = x->problem->spaces[0];
    const int64_t p = ana_space_width(space);

    return ana_design_work_bytes(fold->n_train, fold->n_test, p) +
           fmax(8 * (double)p,
                fits_each_fold(space) ? (double)ana_fold_matrix_bytes(space, fold) : 0);
}

/* All folds: what is done in making designs and with the targets; bytes of all designs,
 * of the largest, and the most that making one, and working on one, takes. */
struct sizes {
    double kept, most, making, working;
    double design_flops, design_factor, loops;
    struct effort effort;
    int outnumbered; /* 1 = targets outnumber directions in each */
};

static struct sizes measure(const struct pls_x *x)
{
    const struct ana_problem *problem = x->problem;
    const struct ana_space *space = problem->spaces[0];
    const int64_t p = ana_space_width(space), t = problem->n_targets;
    struct sizes sizes = {.outnumbered = 1};

    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        const int64_t n = fold->n_train, m = fold->n_test, r = ana_design_rank(n, p);
        const double anew =
            fits_each_fold(space) ? ana_fold_matrix_flops(space, fold) : 0;
        struct effort effort;

        measure_fold(x, k, t, &effort);
        sizes.working = fmax(sizes.working, effort.bytes);
        sizes.effort.flops += effort.flops;
        sizes.effort.factor += effort.factor;
        sizes.loops += effort.loops + (double)(n + m) * 8 * (double)p;
        sizes.design_flops += ana_design_flops(n, m, p) + anew;
        sizes.design_factor += ana_design_factor_flops(n, p) + anew;
        if (x->settings.weights && ana_design_form(n, p) == ANA_DESIGN_KERNEL)
            sizes.design_flops += ana_gemm_flops(p, r, n);
        sizes.kept += design_bytes(x, fold);
        sizes.most = fmax(sizes.most, design_bytes(x, fold));
        sizes.making = fmax(sizes.making, making_bytes(x, fold));
        sizes.outnumbered &= t > r;
    }
    return sizes;
}

/* Bytes of a stage's folds: held through it; parts that wait for their turn, a tile; the
 * most of one push; of fitting one. */
struct stage {
    double held, waiting, push, fit;
};

static void add_to_stage(const struct pls_x *x, const struct pls_layout *layout,
                         int64_t k, struct stage *stage)
{
    const struct ana_fold *fold = &x->problem->folds[k];
    const int64_t p = ana_space_width(x->problem->spaces[0]);
    const double n = (double)fold->n_train, m = (double)fold->n_test;
    const double r = (double)ana_design_rank(fold->n_train, p);
    const double K = fmin((double)x->settings.components, r);
    const double weights = x->settings.weights ? r + 1.5 * (double)p + 2 : 0;

    stage->held += 8 * (r * r + 2 * r * K + m * K);
    stage->held += layout->kept ? 0 : design_bytes(x, fold);
    stage->waiting += 8 * r * PLS_TILE;
    stage->push = fmax(
        stage->push, 8 * PLS_BLOCK * (n + 1 + fmax(r, r + 3 * m + 2 * K + 8 + weights)));
    stage->fit = fmax(stage->fit, 8 * (4 * r * r + 41 * r));
}

static double allowed(const struct pls_x *x)
{
    return x->problem->memory > 0 ? (double)x->problem->memory : 1e18;
}

/* Bytes of the features where all rows are held as they are. */
static double rows_bytes(const struct pls_x *x)
{
    const struct ana_space *space = x->problem->spaces[0];

    return fits_each_fold(space)
               ? 0
               : 4 * (double)x->problem->n_rows * (double)ana_space_width(space);
}

int64_t pls_stage_end(const struct pls_x *x, const struct pls_layout *layout,
                      int64_t first)
{
    const double most = allowed(x) / 2 - rows_bytes(x);
    struct stage stage = {0};
    int64_t last = first;

    while (last < x->problem->n_folds) {
        add_to_stage(x, layout, last, &stage);
        if (!layout->kept && last > first && stage.held > most)
            break;
        last++;
    }
    return last;
}

/* y in tiles: the bytes beside designs that are kept, stage by stage. */
static double stream_bytes(const struct ana_ctx *ctx, const struct pls_x *x,
                           const struct sizes *sizes, struct pls_layout *layout)
{
    const double workers = (double)ana_workers(ctx);
    const double pushes =
        fmin(x->problem->pushes > 0 ? fmin(workers, (double)x->problem->pushes) : workers,
             ceil((double)x->problem->n_targets / PLS_TILE));
    double most = 0, least_at_once = workers;

    layout->n_stages = 0;
    for (int64_t first = 0; first < x->problem->n_folds; layout->n_stages++) {
        const int64_t last = pls_stage_end(x, layout, first);
        struct stage stage = {0};
        double at_once;

        for (int64_t k = first; k < last; k++)
            add_to_stage(x, layout, k, &stage);
        at_once = between(1, (allowed(x) - rows_bytes(x) - stage.held) / stage.fit,
                          fmin(workers, (double)(last - first)));
        least_at_once = fmin(least_at_once, at_once);
        most = fmax(most, stage.held + (layout->kept ? 0 : sizes->making));
        most = fmax(most, stage.held + pushes * (stage.push + stage.waiting));
        most = fmax(most, stage.held + floor(at_once) * stage.fit);
        first = last;
    }
    layout->running = (int64_t)least_at_once;
    return most;
}

void pls_lay_out(const struct ana_ctx *ctx, const struct pls_x *x,
                 struct pls_layout *layout)
{
    const struct ana_problem *problem = x->problem;
    const struct sizes sizes = measure(x);
    const double y = 8 * (double)problem->n_rows * (double)problem->n_targets;
    const double memory = allowed(x), whole = rows_bytes(x);
    const double at_once = fmin((double)ana_workers(ctx), (double)problem->n_folds);
    double running, making = 0, fold = sizes.working;

    *layout = (struct pls_layout){.making = 1, .n_stages = 1};
    layout->flops = sizes.design_flops + sizes.effort.flops;
    layout->factor = sizes.design_factor + sizes.effort.factor;
    layout->loops = sizes.loops;
    layout->kept = sizes.kept + sizes.making + whole <= memory / 2;
    layout->begin_flops = layout->kept ? sizes.design_flops : 0;
    layout->begun = 1 + (layout->kept ? sizes.kept : whole);
    if (layout->kept) {
        layout->making = (int64_t)between(
            1, (memory / 2 - sizes.kept - whole) / sizes.making, at_once);
        making = (double)layout->making * sizes.making;
    } else {
        fold = sizes.most + fmax(sizes.making, sizes.working);
    }
    running = (layout->kept ? sizes.kept : 0) + y;
    layout->running = (int64_t)between(1, (memory - whole - running) / fold, at_once);
    running += (double)layout->running * fold;
    making += layout->kept ? sizes.kept : 0;
    layout->stream = sizes.outnumbered && whole + running > memory;
    if (layout->stream)
        running = (layout->kept ? sizes.kept : 0) + stream_bytes(ctx, x, &sizes, layout);
    layout->bytes = whole + fmax(2 * whole, fmax(making, running));
}
