/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_MAP_INVERSE_H
#define METRICS_MAP_INVERSE_H

#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/map_range.h"
#include "plugins/metrics/lib/quadric.h"

/* What the penalties of ana_map_leave_out share. */
struct ana_leaving {
    int64_t N, n, n_folds, m;
    const double *kernel;
    const struct ana_fold *folds;
    int centre;
    const double *alphas;
    double trace; /* of the kernel */
    double
        constant; /* what is added to all of it, so that the constant is no direction in
                        which nothing moves: 0 = nothing */
    struct ana_range range;
    struct ana_few_plan plan;
    const struct ana_few *few;   /* of all maps */
    struct ana_quadric *quadric; /* the folds' losses in place of their maps, or NULL; */
    int intercept;               /* 1 = there an intercept takes the mean */
    double high, low; /* of A_LL^-1 with the smallest penalty, of every fold: the largest
                         eigenvalue, INFINITY = not known, and the smallest */
    struct ana_map **out; /* n_folds, NULL with a quadric, and the last */
    int64_t *rows;        /* N: 0, 1, .. */
};

/* Room to work on one penalty, for items of 8 or 4 bytes. */
struct ana_inverse {
    void *a;          /* n x n */
    int factored;     /* 1 = Cholesky's factor in float64 is in it already, not divided */
    int predicted;    /* 1 = the last map is made already */
    int measure;      /* 1 = find the largest and the smallest eigenvalue of */
    double high, low; /* every A_LL^-1 */
    double *u, *g;    /* n */
    int summed;       /* 1 = sums are there already, not multiplied by the size */
    double *sums;     /* n: A1, and */
    double back;      /* A + back A1 1'A is what A would be without the constant */
    double *vector;   /* twice the most left out */
    void *block;      /* most left out, squared */
    void *cross;      /* most left out x n, and as much for what comes of it */
    float *rows;      /* with a quadric: most tested x n, a fold's map */
    int64_t *left;    /* rows left out */
    int64_t *kept;    /* of the test rows: where they stand in left */
    int64_t *runs;    /* places in the fold's training rows from which they follow each */
    int64_t n_runs;   /* other */
};

/* factor (n x n) = Cholesky's of K + alpha, with something for the constant. Threads: any. */
int ana_inverse_factor(struct ana_ctx *ctx, const struct ana_leaving *l, double alpha,
                       double *factor);

/* All maps of one penalty, the q-th of the few, by its inverse in float64 or float32.
 * Threads: any. */
int ana_inverse_run_f64(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q,
                        double alpha, struct ana_inverse *v);
int ana_inverse_run_f32(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q,
                        double alpha, struct ana_inverse *v);

/* The last map, if there is one, and sums from the factor in v->a, which float32 would lose:
 * its right sides are solved in float64. Threads: any. */
int ana_inverse_predict(struct ana_ctx *ctx, const struct ana_leaving *l, int64_t q,
                        struct ana_inverse *v);

/* What back is: from 1'A1 and what was added to the kernel. Centred, the constant is none of
 * it at all. */
double ana_inverse_back(const struct ana_leaving *l, double added, double sum);

/* Lists which rows a fold leaves out, where its test rows are among them, and runs of
 * training rows; returns how many are left out. */
int64_t ana_inverse_list(int64_t n_rows, const struct ana_fold *fold,
                         struct ana_inverse *v);

#endif
