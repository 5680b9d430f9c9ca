/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a problem is cut up, from its shapes alone, and what it will take: bytes, and the
 * operations that the calls of <anaflow/linalg.h> count.
 */
#include <math.h>

#include "plugins/metrics/lib/score.h"
#include "plugins/metrics/trf/losses.h"

enum { BLOCK = 512, MOST_PARTS = 64, PART_NUMBERS = 1 << 23 };

/* Blocks up to so many bytes lie in the heap, which holds as much again once they are freed:
 * a worker's largest. */
enum { HEAP = 4 << 20 };

/* Numbers of a loop for each value that is laid against a rival in one window, or held out
 * to choose a penalty. */
enum { DECIDED = 16, TRIED = 4 };

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

int64_t trf_widest(const struct trf *trf)
{
    int64_t q = 0;

    for (int64_t v = 0; v < trf->n_views; v++)
        if (trf->views[v].m * trf->lagged.F > q)
            q = trf->views[v].m * trf->lagged.F;
    return q;
}

/* Double precision costs twice as much. */
int trf_takes_root(const struct trf *trf, const struct ana_problem *problem, int64_t t)
{
    const double A = (double)trf->ridge.n_alphas, T = (double)t;
    double rows = 0, n = 0, root = 0, each = 0;

    for (int64_t k = 0; k < problem->n_folds; k++)
        for (int64_t j = 0; j < problem->folds[k].n_inner; j++, n++)
            rows += (double)problem->folds[k].inner_folds[j].n_test;
    rows /= fmax(n, 1);
    for (int64_t v = 0; v < trf->n_views; v++) {
        const double q = (double)(trf->views[v].m * trf->lagged.F);

        root += trf_losses_flops(q, A, T, rows, 1) + q * q * q / 3;
        each += trf_losses_flops(q, A, T, rows, 0);
    }
    return rows > (double)trf_widest(trf) && root < each;
}

int32_t trf_holds(const struct trf *trf, const struct ana_problem *problem, int64_t t)
{
    if (!trf_has_choice(trf))
        return TRF_HELD_NONE;
    if (problem->n_rows < TRF_MANY_ROWS)
        return TRF_HELD_APART;
    return trf->n_views > 1 && trf_takes_root(trf, problem, t) ? TRF_HELD_APART
                                                               : TRF_HELD_BRIEFLY;
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
    const int64_t p = trf->lagged.p, block = trf_block(p, t);
    const double P = (double)p, B = (double)(block < t ? block : t);
    const double V = (double)trf->n_views, n = (double)problem->n_rows;
    double units, m, lane, at_once, inner, outer, kept = 0;

    count_folds(trf, problem, &units, &m);
    at_once = fmin((double)workers, fmax(units, (double)problem->n_folds));
    lane = trf_set_bytes(p, (int64_t)B, trf_holds(trf, problem, (int64_t)B));
    if (units > 0 && problem->n_rows >= TRF_MANY_ROWS)
        lane += trf_losses_bytes(trf_widest(trf), trf->ridge.n_alphas, (int64_t)B,
                                 trf_takes_root(trf, problem, (int64_t)B));
    inner = units > 0 ? 24 * n : 0;
    if (units > 0 && problem->n_rows < TRF_MANY_ROWS)
        inner += 16 * P * B;
    outer = 16 * P * B + 8 * n + 8 * (2 * m + 3 * V + 8) * B + 8 * (double)trf->lagged.D +
            2048 * P;
    outer += trf->kernels ? 8 * P * B : 0;
    if (trf_keeps_parts(trf, problem, (int64_t)B))
        kept = (double)problem->n_groups * (P * B + P + 2 * B + 1);
    lane += fmin(HEAP, 4 * (double)trf_widest(trf) * (double)trf_widest(trf));
    return at_once * (lane + fmax(inner, outer)) + 8 * kept + 16 * at_once * n +
           8 * (P * B + P + 2 * B + units * V * (double)trf->ridge.n_alphas * B +
                (B < (double)t ? n * B : 0) + 2 * n) +
           4096;
}

int64_t trf_pieces(const struct trf *trf, const struct ana_problem *problem)
{
    double units, m;

    count_folds(trf, problem, &units, &m);
    return units > 0 ? (int64_t)units : problem->n_folds;
}

/* Sums of one training set: its rows or those that it lacks, whichever are fewer; `known`:
 * products with y are taken from what is kept for each trial. */
static double set_flops(const struct trf *trf, double n_rows, const struct ana_fold *fold,
                        double t, int with_test, int known)
{
    const double p = (double)trf->lagged.p, test = with_test ? (double)fold->n_test : 0;
    const double left = n_rows - (double)fold->n_train;
    const double gram = lagged_gram_flops(&trf->lagged, 1), cross = known ? 0 : 2 * p * t;

    return (2 * left > n_rows ? (double)fold->n_train + test : left) * (gram + cross);
}

/* One penalty of every view: factors; weights; how many numbers of a row they predict. */
static double solve_flops(const struct trf *trf, double t, double *weights,
                          double *columns)
{
    double flops = 0;

    *columns = *weights = 0;
    for (int64_t v = 0; v < trf->n_views; v++) {
        const double q = (double)(trf->views[v].m * trf->lagged.F);

        flops += q * q * q / 3;
        *weights += 2 * q * q * t;
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
    const int root = trf_takes_root(trf, problem, (int64_t)t);
    const int tuned = trf->mode == ANA_LAGS_TUNE;
    double columns, weights, factor = solve_flops(trf, t, &weights, &columns), flops;

    flops = set_flops(trf, n, fold, t, 0,
                      parts && fold->n_train + fold->n_test == problem->n_rows) +
            fmin(A, 1 + log2(t) / 2) * factor +
            weights / (tuned ? (double)trf->n_views : 1) +
            2 * (double)fold->n_test * t *
                (trf->mode == ANA_LAGS_EACH ? columns : (double)trf->lagged.p);
    for (int64_t j = 0; trf_has_choice(trf) && j < fold->n_inner; j++) {
        const struct ana_fold *in = &fold->inner_folds[j];
        const int whole = in->n_train + in->n_test == fold->n_train &&
                          fold->n_train + fold->n_test == problem->n_rows;

        flops += set_flops(trf, n, in, t, 1, parts && whole) + A * (factor + weights);
        for (int64_t v = 0; v < trf->n_views; v++) {
            const double q = (double)(trf->views[v].m * trf->lagged.F);

            flops += many ? trf_losses_flops(q, A, t, (double)in->n_test,
                                             root && (double)in->n_test > q)
                          : 2 * A * t * q * q;
        }
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

/* Window lengths in which attention is decided. */
static int64_t lengths_of(const struct trf *trf)
{
    int64_t n = 0;

    if (trf->rival)
        ana_param_list(trf->params, "windows", &n);
    return n;
}

int64_t trf_n_scores(const struct trf *trf)
{
    return 3 * (trf->mode == ANA_LAGS_EACH ? trf->n_views : 1) + 6 * lengths_of(trf);
}

/* Numbers that plain loops work on: y is copied and centred, what is held out is predicted,
 * scored (each lag by itself where each is fitted so), and laid against a rival in windows of
 * every length. */
double trf_run_loops(const struct trf *trf, const struct ana_problem *problem, int64_t t)
{
    const double views = trf->mode == ANA_LAGS_EACH ? (double)trf->n_views : 1;
    const double T = (double)t;
    double loops = 12 * (double)problem->n_rows * T;
    const int64_t lengths = lengths_of(trf);

    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];

        loops +=
            (double)fold->n_test * T * (views * ANA_SCORED + (double)lengths * DECIDED);
        for (int64_t j = 0; trf_has_choice(trf) && j < fold->n_inner; j++)
            loops += (double)fold->inner_folds[j].n_test *
                     ((double)trf->lagged.p + TRIED * (double)trf->n_views * T);
    }
    return loops;
}
