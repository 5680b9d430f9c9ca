/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a problem is cut up, from its shapes alone, and what it will take: bytes, and the
 * operations that the calls of <anaflow/linalg.h> count.
 */
#include <math.h>

#include "plugins/metrics/trf/trf.h"

enum { BLOCK = 512, MOST_PARTS = 64, PART_NUMBERS = 1 << 23 };

int64_t trf_block(int64_t p, int64_t t)
{
    return t <= BLOCK + BLOCK / 2 || t <= p / 2 ? t : BLOCK;
}

int trf_has_choice(const struct trf *trf)
{
    return trf->ridge.n_alphas > 1 || (trf->mode == ANA_LAGS_TUNE && trf->n_views > 1);
}

/* 1 where products with y are kept for each group: few groups, which folds hold out whole
 * again and again. */
int trf_keeps_parts(const struct trf *trf, const struct ana_problem *problem, int64_t t)
{
    return problem->n_groups > 1 && problem->n_groups <= MOST_PARTS &&
           (double)problem->n_groups * (double)trf->lagged.p * (double)t <= PART_NUMBERS;
}

/* The largest fold's test rows, inner folds of all. */
static void count_folds(const struct trf *trf, const struct ana_problem *problem,
                        double *units, double *m)
{
    *units = *m = 0;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        *units += trf_has_choice(trf) ? (double)problem->folds[k].n_inner : 0;
        *m = fmax(*m, (double)problem->folds[k].n_test);
    }
}

double trf_run_bytes(const struct trf *trf, const struct ana_problem *problem, int64_t t,
                     int64_t workers)
{
    const int64_t p = trf->lagged.p;
    const double P = (double)p, B = (double)trf_block(p, t);
    const double V = (double)trf->n_views, n = (double)problem->n_rows;
    double units, m, at_once, inner, outer, kept = 0;

    count_folds(trf, problem, &units, &m);
    at_once = fmin((double)workers, fmax(units, (double)problem->n_folds));
    inner = n < TRF_MANY_ROWS ? trf_set_bytes(p, (int64_t)B, 1) + 16 * P * B
                              : trf_set_bytes(p, (int64_t)B, 0) +
                                    trf_losses_bytes(p, trf->ridge.n_alphas, (int64_t)B);
    inner = units > 0 ? inner + 24 * n : 0;
    outer = trf_set_bytes(p, (int64_t)B, 0) + 16 * P * B + 8 * n +
            8 * (2 * m + 3 * V + 8) * B + 8 * (double)trf->lagged.D + 2048 * P;
    outer += trf->kernels ? 8 * P * B : 0;
    outer += 8 * 256 * P; /* a block of rows being predicted */
    if (trf_keeps_parts(trf, problem, (int64_t)B))
        kept = (double)problem->n_groups * (P * B + P + 2 * B + 1);
    return at_once * fmax(inner, outer) + 8 * kept + 16 * at_once * n +
           8 * (P * B + P + 2 * B + units * V * (double)trf->ridge.n_alphas * B +
                (B < (double)t ? n * B : 0) + 2 * n) +
           4096;
}

/* Sums of one training set: its rows or those that it lacks, whichever are fewer; `known`:
 * products with y are taken from what is kept for each trial. */
static double set_flops(const struct trf *trf, double n_rows, const struct ana_fold *fold,
                        double t, int with_test, int known)
{
    const double p = (double)trf->lagged.p, test = (double)fold->n_test;
    const double left = n_rows - (double)fold->n_train;
    const double gram = lagged_gram_flops(&trf->lagged, 1);

    if (2 * left > n_rows)
        return (double)fold->n_train * (gram + 2 * p * t) +
               (with_test ? test * (gram + 2 * p * t) : 0);
    return left * gram + (with_test ? test : 0) * 2 * p * t +
           (known ? 0 : (left - (with_test ? test : 0)) * 2 * p * t);
}

/* One penalty of every view: factor and weights; how many numbers of a row they predict. */
static double solve_flops(const struct trf *trf, double t, double *columns)
{
    double flops = 0;

    *columns = 0;
    for (int64_t v = 0; v < trf->n_views; v++) {
        const double q = (double)(trf->views[v].m * trf->lagged.F);

        flops += q * q * q / 3 + 2 * q * q * t;
        *columns += q;
    }
    return flops;
}

/* Outer fold k and its inner ones, for a block of t targets. Targets seldom choose more
 * than a few different penalties. */
static double fold_flops(const struct trf *trf, const struct ana_problem *problem,
                         int64_t k, double t)
{
    const struct ana_fold *fold = &problem->folds[k];
    const double n = (double)problem->n_rows, A = (double)trf->ridge.n_alphas;
    const int many = problem->n_rows >= TRF_MANY_ROWS;
    const int parts = trf_keeps_parts(trf, problem, (int64_t)t);
    double columns, solve = solve_flops(trf, t, &columns), flops;

    flops = set_flops(trf, n, fold, t, 0,
                      parts && fold->n_train + fold->n_test == problem->n_rows) +
            fmin(A, 1 + log2(t) / 2) * solve +
            2 * (double)fold->n_test * t *
                (trf->mode == ANA_LAGS_EACH ? columns : (double)trf->lagged.p);
    for (int64_t j = 0; trf_has_choice(trf) && j < fold->n_inner; j++) {
        const struct ana_fold *in = &fold->inner_folds[j];
        const int whole = in->n_train + in->n_test == fold->n_train &&
                          fold->n_train + fold->n_test == problem->n_rows;

        flops += set_flops(trf, n, in, t, !many, parts && whole) + A * solve;
        if (many)
            flops += 2 * (double)in->n_test * columns * A * t;
        for (int64_t v = 0; !many && v < trf->n_views; v++)
            flops += 2 * A * t * pow((double)(trf->views[v].m * trf->lagged.F), 2);
    }
    return flops;
}

double trf_run_flops(const struct trf *trf, const struct ana_problem *problem, int64_t t)
{
    const int64_t block = trf_block(trf->lagged.p, t);
    const double blocks = ceil((double)t / (double)(block > 0 ? block : 1));
    const double each = (double)t / fmax(blocks, 1);
    double flops = 2 * (double)problem->n_rows * (double)trf->lagged.p * (double)t;

    for (int64_t k = 0; t > 0 && k < problem->n_folds; k++)
        flops += blocks * fold_flops(trf, problem, k, each);
    return flops;
}
