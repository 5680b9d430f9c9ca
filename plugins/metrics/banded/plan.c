/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What banded ridge will take, from shapes alone.
 */
#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/banded/refine.h"
#include "plugins/metrics/banded/run.h"
#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/sweep.h"

enum { LARGE_ROWS = 1000, DRAWS = 4, TILE = 512, FEW_ALPHAS = 24 };

struct effort {
    double x, y, factor, bytes;
};

/* One inner fold of one draw. */
static void add_piece(const struct bands *bands, const struct ana_fold *inner, int large,
                      int dual, int64_t p, int64_t t, struct effort *e)
{
    const int64_t n = inner->n_train, m = inner->n_test, A = bands->ridge.n_alphas;

    if (!large) {
        const int64_t r = ana_design_rank(n, p);

        e->x += ana_design_flops(n, m, p);
        e->factor += ana_design_factor_flops(n, p);
        e->y += ana_gemm_flops(r, t, n) + (double)A * ana_gemm_flops(m, t, r);
    } else if (dual) { /* the maps are counted for all inner folds at once */
        e->y += (double)t * .5 *
                (ana_map_target_flops(n, m, bands->few.least, ANA_MAPS_WHOLE) +
                 ana_map_target_flops(n, m, bands->most, ANA_MAPS_WHOLE));
    } else {
        e->x += ana_gram_flops(n, p) + ana_eigh_flops(p) + ana_sweep_flops(m, p) +
                ana_gemm_flops(n, p, p);
        e->factor += ana_eigh_flops(p);
        e->y += (double)t * ana_sweep_target_flops(m, p, A) + ana_gemm_flops(p, t, n);
    }
}

/* While one inner fold of one draw is made and tried, kernels apart. */
static double piece_bytes(const struct bands *bands, const struct ana_fold *inner,
                          int large, int dual, int64_t p, int64_t t)
{
    const int64_t n = inner->n_train, m = inner->n_test, A = bands->ridge.n_alphas;
    const double rows = (double)(n + m), q = (double)p, w = (double)(t < TILE ? t : TILE);
    const double r = (double)ana_design_rank(n, p);
    const double x = 4 * rows * q, sweep = ana_sweep_bytes(m, p, A);
    const double curve = 8 * (double)(A + 1) * w;

    if (!large)
        return 8 * (rows + 1) * (double)t + ana_design_bytes(n, m, p) +
               fmax(ana_design_work_bytes(n, m, p),
                    8 * (rows * q + (double)t * (2 * r + (double)m + 1)));
    if (dual)
        return 4 * w * (rows + (double)(bands->most * m)) + curve;
    return fmax(
        fmax(3 * x + 8 * q * q, x + 24 * q * q),
        fmax(x + 16 * q * q + sweep + 8 * ANA_GRAM_ROWS * q,
             4 * (double)n * q +
                 fmax(x + 8 * q * q + sweep,
                      sweep + 4 * w * (rows + q + (double)ana_sweep_work(p)) + curve)));
}

/* One draw through its kernel. */
static double draw_bytes(const struct bands *bands, const struct ana_fold *fold,
                         double piece)
{
    const double n = (double)fold->n_train;
    double maps = 0;

    for (int64_t j = 0; j < fold->n_inner; j++)
        maps += ana_map_bytes(fold->inner_folds[j].n_train, fold->inner_folds[j].n_test,
                              bands->most, ANA_MAPS_WHOLE);
    return 8 * n * n + maps + piece +
           ana_map_leave_out_bytes(fold->n_train, fold->n_inner, fold->inner_folds, 0);
}

/* The final fit of all targets, whatever draws they chose. */
static double final_bytes(const struct bands *bands, const struct ana_fold *fold,
                          int kernel, int64_t p, int64_t t, double workers)
{
    const double n = (double)fold->n_train, q = (double)p, k = fmin(n, q);
    const double by = bands->ridge.n_alphas <= FEW_ALPHAS ? 2 : 3; /* Cholesky, dsyevd */

    workers = fmin(workers, fmin((double)bands->n_draws, (double)t));
    return 8 * ((double)t * (n + q + (q > n ? n : 0) + k + 4) + workers * by * k * k +
                (q > n ? kernel ? 0 : workers * n * q : q * q));
}

/* Draws that refinement adds at most: every group of targets may part in two each round. */
static int64_t refined_draws(const struct bands *bands, int64_t t)
{
    const int64_t most = bands->ridge.shared ? 1 : t < BANDS_GROUPS ? t : BANDS_GROUPS;
    int64_t sum = 0, groups = bands->n_draws;

    for (int64_t k = 0; k < bands->refine; k++) {
        groups = groups < most ? groups : most;
        sum += groups;
        groups *= 2;
    }
    return sum;
}

/* How often draws are tried and fitted, over all subsets of the bands that are. */
struct counts {
    int64_t sets, draws; /* draws: with those of refinement */
    int64_t refined, fits;
    int64_t refining; /* subsets that are refined */
};

static struct counts count_draws(const struct banded *banded, int64_t t)
{
    const struct bands *bands = &banded->bands;
    const int64_t sets = banded->partition ? (1 << bands->n_bands) - 1 : 1;
    const int64_t singles = banded->partition ? bands->n_bands : bands->n_bands == 1;
    const int64_t most = sets * (bands->ridge.shared ? 1 : t); /* that are chosen */
    struct counts c = {.sets = sets};

    c.refining = sets - singles;
    c.refined = (sets - singles) * refined_draws(bands, t);
    c.draws = (sets - singles) * bands->n_draws + singles + c.refined;
    c.fits = c.draws < most ? c.draws : most;
    return c;
}

/* A fold's search over its inner folds; returns the bytes of one piece of it. */
static double add_search(const struct banded *banded, const struct ana_fold *fold,
                         const struct counts *c, int64_t p, int64_t t, struct effort *e)
{
    const struct ana_problem *problem = banded->problem;
    const struct bands *bands = &banded->bands;
    const int64_t n = fold->n_train;
    const int large = problem->n_rows >= LARGE_ROWS;
    const int dual = large && bands_by_kernel(n, p);
    double piece = 0, maps;

    for (int64_t j = 0; j < fold->n_inner; j++) {
        for (int64_t d = 0; d < c->draws; d++)
            add_piece(bands, &fold->inner_folds[j], large, dual, p, t, e);
        piece = fmax(piece, piece_bytes(bands, &fold->inner_folds[j], large, dual, p, t));
    }
    if (!dual)
        return piece;
    maps =
        (double)c->draws * .5 *
        (ana_map_leave_out_flops(n, fold->n_inner, fold->inner_folds, 0,
                                 bands->few.solved) +
         ana_map_leave_out_flops(n, fold->n_inner, fold->inner_folds, 0, bands->solved));
    for (int64_t b = 0; b < bands->n_bands; b++)
        e->x += ana_syrk_flops(n, ana_space_width(problem->spaces[b]));
    e->x += maps;
    e->factor += maps;
    return draw_bytes(bands, fold, piece);
}

/* Whether a batch of draws may be a single one, which has all workers. */
static int may_be_alone(const struct banded *banded)
{
    const struct bands *bands = &banded->bands;

    return bands->n_draws % DRAWS == 1 || bands->refine > 0 || banded->partition ||
           bands->n_bands == 1;
}

/* What draws side by side hold, given one; or one alone, with an inverse a worker. */
static double draws_bytes(const struct banded *banded, const struct ana_fold *fold,
                          double workers, double draw)
{
    const double inverse =
        ana_map_leave_out_bytes(fold->n_train, fold->n_inner, fold->inner_folds, 0);
    const double inverses = fmin(workers, (double)banded->bands.solved);

    return fmax(fmin(workers, DRAWS) * draw,
                may_be_alone(banded) ? draw + fmax(0, inverses - 1) * inverse : 0);
}

/* The gradients of refinement; returns the bytes of one. */
static double add_gradients(const struct bands *bands, const struct ana_fold *fold,
                            const struct counts *c, int64_t p, int64_t t,
                            struct effort *e)
{
    double bytes = 0;

    for (int64_t i = 0; i < bands->refine && fold->n_inner > 0; i++) {
        const struct ana_fold *in = &fold->inner_folds[i % fold->n_inner];
        const double times = (double)c->refined / (double)bands->refine;
        const double sets = (double)c->refining; /* each with groups of its own */
        const int64_t group = times > 0 ? (int64_t)ceil(sets * (double)t / times) : t;

        e->x += times * bands_gradient_flops(in, p, group);
        e->factor += times * bands_gradient_factor(in, p);
        bytes = fmax(bytes, bands_gradient_bytes(in, p, t));
    }
    return bytes;
}

/* How many penalties the targets of one draw choose: those of a decade or two, of few
 * about half. */
static double chosen_alphas(const struct ana_ridge *ridge)
{
    const int64_t n = ridge->n_alphas;
    const double decades = log10(ridge->alphas[n - 1] / ridge->alphas[0]);
    const double half = .5 * (double)(n + 1);

    return decades > 0 ? fmin(half, 1 + 1.25 * (double)(n - 1) / decades) : 1;
}

static void add_final(const struct bands *bands, const struct ana_fold *fold,
                      const struct counts *c, int kernel, int64_t p, int64_t t,
                      struct effort *e)
{
    const int64_t n = fold->n_train, small = n < p ? n : p;
    const double each = (double)c->sets * (double)t / (double)c->fits;
    const double factor =
        fmin(chosen_alphas(&bands->ridge), each) * ana_cholesky_flops(small, 0);

    e->x += (double)c->fits * factor;
    e->factor += (double)c->fits * factor;
    if (p <= n)
        e->x += (double)c->sets * ana_syrk_flops(p, n);
    else if (!kernel)
        e->x += (double)c->fits * ana_syrk_flops(n, p);
    e->y += (double)c->sets * (ana_gemm_flops(small, t, small) + ana_gemm_flops(p, t, n) +
                               ana_gemm_flops(fold->n_test, t, p));
}

/* One fold with t targets at once. Returns the bytes held, y apart. */
static double add_fold(const struct banded *banded, const struct ana_fold *fold,
                       double workers, int64_t p, int64_t t, struct effort *e)
{
    const struct bands *bands = &banded->bands;
    const struct counts c = count_draws(banded, t);
    const int64_t n = fold->n_train, m = fold->n_test;
    const int large = banded->problem->n_rows >= LARGE_ROWS;
    const int dual = large && bands_by_kernel(n, p);
    const double rows = (double)(n + m), x = 8 * rows * (double)p;
    double search, piece = add_search(banded, fold, &c, p, t, e), low_bytes = 0, bytes;

    add_final(bands, fold, &c, dual, p, t, e);
    piece = fmax(piece, add_gradients(bands, fold, &c, p, t, e));
    if (bands->low && bands->low->n_low > 0) {
        const struct bands_low_effort low =
            bands_low_effort(workers, bands->low, &bands->ridge, fold, p);

        e->x += low.flops;
        e->factor += low.factor;
        low_bytes = x + low.bytes;
    }
    search =
        8.0 * DRAWS * (dual ? 1 : (double)fold->n_inner) * (double)t *
            (double)(bands->ridge.n_alphas + 1) +
        (large ? (double)t * (4.0 * (double)n + 8.0 * (double)(fold->n_inner + 2)) : 0);
    search += dual ? draws_bytes(banded, fold, workers, piece)
                   : fmin(workers, (double)(fold->n_inner * DRAWS)) * piece;
    bytes = x + 8 * (double)t * (double)(n + 2 * m + bands->n_bands * m + 16) +
            (dual ? 8 * (double)bands->n_bands * (double)n * (double)n : 0) +
            fmax(search, final_bytes(bands, fold, dual, p, t, workers));
    return fmax(bytes, low_bytes);
}

/* All folds with t targets at once. Returns the bytes held, y apart. */
static double estimate(const struct banded *banded, double workers, int64_t t,
                       struct effort *effort)
{
    const struct ana_problem *problem = banded->problem;
    int64_t p = 0;
    double most = 0;

    *effort = (struct effort){0};
    for (int64_t b = 0; b < problem->n_spaces; b++)
        p += ana_space_width(problem->spaces[b]);
    for (int64_t k = 0; k < problem->n_folds; k++)
        most = fmax(most, add_fold(banded, &problem->folds[k], workers, p, t, effort));
    return most + (banded->weights ? 12 * (double)p * (double)t : 0);
}

int64_t bands_block(const struct banded *banded)
{
    enum {
        FEWEST = 16,
        WORKERS = 4
    }; /* whatever there are: blocks may change last bits */
    const struct ana_problem *problem = banded->problem;
    const double y = 8 * (double)problem->n_rows * (double)problem->n_targets;
    int64_t block = problem->n_targets > 0 ? problem->n_targets : 1;
    struct effort effort;

    if (problem->memory <= 0 || banded->bands.ridge.shared || banded->bands.by_draw ||
        banded->bands.refine > 0)
        return block;
    while (block > FEWEST &&
           y + estimate(banded, WORKERS, block, &effort) > (double)problem->memory)
        block = (block + 1) / 2;
    return block;
}

/* Between what the largest eigenvalue of a draw's kernel lies. Columns of unit variance
 * make the trace known, as weights add up to 1; it is what their number times rows is. */
static void find_sizes(const struct banded *banded, double *first, double *last)
{
    const struct ana_problem *problem = banded->problem;
    const struct ana_ridge *ridge = &banded->bands.ridge;
    const double far = 1e6, greatest = ridge->alphas[ridge->n_alphas - 1];
    int scaled = !(banded->bands.low && banded->bands.low->n_low > 0);
    double rows = 0;

    *first = (double)INFINITY;
    *last = 0;
    for (int64_t k = 0; k < problem->n_folds; k++)
        rows = fmax(rows, (double)problem->folds[k].n_train);
    for (int64_t b = 0; b < problem->n_spaces; b++) {
        const double width = (double)ana_space_width(problem->spaces[b]);

        scaled &= ana_space_columns(problem->spaces[b]) == ANA_COLUMNS_SCALED;
        *first = fmin(*first, .01 * width); /* some may be constant */
        *last = fmax(*last, rows * width);
    }
    if (scaled)
        return;
    *first = fmax(ridge->alphas[0], 1e-20 * greatest) / far;
    *last = greatest * far * far; /* beyond nothing changes any more */
}

static double search_flops(const struct banded *banded)
{
    const int64_t t = banded->problem->n_targets;
    struct effort e;

    estimate(banded, 1, t > 0 ? t : 1, &e);
    return e.x + e.y;
}

int bands_plan_maps(struct ana_ctx *ctx, struct banded *banded)
{
    const double near = 1.13; /* the most operations, of the least */
    struct bands *bands = &banded->bands;
    const struct ana_ridge *ridge = &bands->ridge;
    double first, last, most;
    int limit, rc;

    if (banded->problem->n_rows < LARGE_ROWS)
        return 0;
    bands->few.span = 1e10; /* float64 resolves the others to float32's precision */
    find_sizes(banded, &first, &last);
    rc = ana_few_within(ctx, ridge->n_alphas, ridge->alphas, first, last, bands->few.span,
                        &bands->most, &bands->solved);
    limit = bands->solved < bands->most;
    bands->few.least = bands->most;
    bands->few.solved = bands->solved;
    most = search_flops(banded);
    while (rc == 0 && bands->few.solved > 1) {
        const struct ana_few_plan before = bands->few;

        if (limit || before.solved < before.least)
            bands->few.least--;
        if (limit || before.solved == before.least)
            bands->few.solved--;
        if (most > near * (2 * search_flops(banded) - most)) {
            bands->few = before;
            break;
        }
    }
    return rc;
}

void bands_plan(struct ana_ctx *ctx, const struct banded *banded,
                struct ana_metric_plan *plan)
{
    const struct ana_problem *problem = banded->problem;
    const int64_t t = problem->n_targets, block = bands_block(banded);
    const int64_t sets = banded->partition ? (1 << banded->bands.n_bands) - 1 : 1;
    const double whole = (double)(t / block);
    struct effort e, rest = {0};
    const double workers = (double)ana_workers(ctx);
    const double bytes = estimate(banded, workers, block, &e);

    if (t % block > 0)
        estimate(banded, workers, t % block, &rest);
    plan->bytes = (int64_t)fmin(bytes + 8 * (double)problem->n_rows * (double)t, 9e18);
    plan->flops = whole * (e.x + e.y) + rest.x + rest.y;
    plan->factor = whole * e.factor + rest.factor;
    plan->loops = (double)(sets * banded->bands.n_draws) * (double)problem->n_folds *
                  (double)t * (double)problem->n_rows;
}
