/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Dual ridge (Saunders, Gammerman & Vovk 1998) as linear maps from training targets to
 * held-out predictions. A centred kernel has the constant in its null space; adding the
 * mean of its diagonal there changes no answer and keeps Cholesky's factor regular.
 */
#include "plugins/metrics/lib/map.h"

#include <anaflow/linalg.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/kernels.h"
#include "plugins/metrics/lib/map_range.h"

/* A training set's kernels, and room to solve one penalty. */
struct solving {
    struct ana_kernels kernels;
    double *factor, *solved; /* n x n, n x m */
};

/* factor = Cholesky of K + alpha. */
static int factorise(struct ana_ctx *ctx, struct solving *s, int centre, double alpha)
{
    const struct ana_kernels *k = &s->kernels;
    const int64_t n = k->n;
    const double least = DBL_EPSILON * k->trace;
    const double constant = centre ? k->trace / (double)n / (double)n : 0;

    for (int64_t i = 0; i < n * n; i++)
        s->factor[i] = k->own[i] + constant;
    for (int64_t i = 0; i < n; i++)
        s->factor[i * n + i] += alpha > least ? alpha : least;
    return ana_cholesky(ctx, n, s->factor, n);
}

/* Make the vectors (n x VECTORS) orthonormal, each to those before it; norm is what was
 * left of each. */
static void orthonormalise(int64_t n, double *v, double *norm)
{
    const int64_t V = ANA_RANGE_VECTORS;

    for (int64_t c = 0; c < V; c++) {
        for (int64_t d = 0; d < c; d++) {
            double shared = 0;

            for (int64_t i = 0; i < n; i++)
                shared += v[i * V + c] * v[i * V + d];
            for (int64_t i = 0; i < n; i++)
                v[i * V + c] -= shared * v[i * V + d];
        }
        norm[c] = 0;
        for (int64_t i = 0; i < n; i++)
            norm[c] += v[i * V + c] * v[i * V + c];
        norm[c] = sqrt(norm[c]);
        for (int64_t i = 0; norm[c] > 0 && i < n; i++)
            v[i * V + c] /= norm[c];
    }
}

/* From the largest eigenvalues of (kernel + alpha)^-1, descending: the smallest of the
 * kernel, and the smallest that counts beside alpha. */
static void find_low(const double *weak, double alpha, struct ana_range *range)
{
    const double counts = 1e-6 * alpha;

    range->least = weak[0] > 0 ? fmax(.5 * (1 / weak[0] - alpha), 0) : 0;
    range->low = 0;
    for (int64_t c = 0; c < ANA_RANGE_VECTORS && range->low == 0; c++)
        if (weak[c] > 0 && .8 * (1 / weak[c] - alpha) > counts)
            range->low = .8 * (1 / weak[c] - alpha);
    range->low = fmax(range->low, counts);
}

int ana_map_range(struct ana_ctx *ctx, int64_t n, int64_t stride, const double *kernel,
                  const double *factor, double trace, double least_alpha,
                  struct ana_range *range)
{
    const int64_t V = ANA_RANGE_VECTORS;
    double *v = ana_alloc(ctx, 2 * n * V, sizeof *v), *next = v + n * V;
    double norm[ANA_RANGE_VECTORS] = {0};
    struct ana_rng rng;
    int rc = v ? 0 : ANA_ERESOURCE;

    *range = (struct ana_range){0};
    ana_rng_init(ctx, "kernel range", 0, &rng);
    for (int64_t i = 0; rc == 0 && i < n * V; i++)
        v[i] = ana_rng_normal(&rng);
    for (int turn = 0; rc == 0 && turn < ANA_RANGE_TURNS; turn++) {
        rc = ana_gemm(ctx, 0, 0, n, V, n, 1, kernel, stride, v, V, 0, next, V);
        memcpy(v, next, (size_t)(n * V) * sizeof *v);
        orthonormalise(n, v, norm);
    }
    range->high = fmin(1.2 * norm[0], trace);
    for (int64_t i = 0; rc == 0 && i < n * V; i++)
        v[i] = ana_rng_normal(&rng);
    for (int turn = 0; rc == 0 && turn < ANA_RANGE_TURNS; turn++) {
        rc = ana_cholesky_apply(ctx, n, V, factor, n, v, V);
        orthonormalise(n, v, norm);
    }
    find_low(norm, least_alpha, range);
    range->low = fmax(range->low, DBL_EPSILON * trace);
    range->high = fmax(range->high, range->low);
    ana_free(ctx, v);
    return rc;
}

/* map (m x n) of one penalty. */
static int solve(struct ana_ctx *ctx, struct solving *s, int centre, double alpha,
                 float *map)
{
    const int64_t n = s->kernels.n, m = s->kernels.m;
    int rc = 0;

    memcpy(s->solved, s->kernels.cross, (size_t)(n * m) * sizeof(double));
    if (isfinite(alpha))
        rc = factorise(ctx, s, centre, alpha);
    if (rc == 0 && isfinite(alpha))
        rc = ana_cholesky_apply(ctx, n, m, s->factor, n, s->solved, m);
    for (int64_t i = 0; rc == 0 && i < m; i++)
        for (int64_t j = 0; j < n; j++)
            map[i * n + j] = (float)s->solved[j * m + i];
    return rc;
}

/* Which penalties to solve, and room for their maps. */
static int choose_few(struct ana_ctx *ctx, struct solving *s, int centre,
                      int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, struct ana_map *map)
{
    const int64_t n = s->kernels.n;
    const double floor = DBL_EPSILON * s->kernels.trace;
    struct ana_range range;
    int rc = factorise(ctx, s, centre, alphas[0]);

    if (rc == 0)
        rc = ana_map_range(ctx, n, n, s->kernels.own, s->factor, s->kernels.trace,
                           fmax(alphas[0], floor), &range);
    if (rc == 0)
        rc =
            ana_few_create(ctx, n_alphas, alphas, range.low, range.high, plan, &map->few);
    if (rc == 0) {
        map->maps = ana_alloc(ctx, map->few.k * map->m * n, sizeof(float));
        rc = map->maps ? 0 : ANA_ERESOURCE;
    }
    return rc;
}

int ana_map_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                   const int64_t *train, int64_t m, const int64_t *test, int centre,
                   int64_t n_alphas, const double *alphas,
                   const struct ana_few_plan *plan, struct ana_map **out)
{
    struct ana_map *map = ana_alloc(ctx, 1, sizeof *map);
    struct solving s = {0};
    int rc =
        map ? ana_kernels_create(ctx, N, kernel, n, train, m, test, centre, &s.kernels)
            : ANA_ERESOURCE;

    *out = NULL;
    if (rc != 0)
        goto done;
    s.factor = ana_alloc(ctx, n * n, sizeof(double));
    s.solved = ana_alloc(ctx, n * m, sizeof(double));
    map->n = n;
    map->m = m;
    rc = s.factor && s.solved ? choose_few(ctx, &s, centre, n_alphas, alphas, plan, map)
                              : ANA_ERESOURCE;
    for (int64_t q = 0; rc == 0 && q < map->few.k; q++)
        rc = solve(ctx, &s, centre, ana_few_alpha(&map->few, alphas, q),
                   map->maps + q * m * n);
    if (rc == 0) {
        *out = map;
        map = NULL;
    }
done:
    ana_kernels_finish(ctx, &s.kernels);
    ana_free(ctx, s.factor);
    ana_free(ctx, s.solved);
    ana_map_destroy(ctx, map);
    return rc;
}

void ana_map_destroy(struct ana_ctx *ctx, struct ana_map *map)
{
    if (!map)
        return;
    ana_few_finish(ctx, &map->few);
    ana_free(ctx, map->maps);
    ana_free(ctx, map);
}

int ana_map_predict(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                    const float *y, float *predictions)
{
    return ana_gemm_f32(ctx, 0, 0, map->few.k * map->m, w, map->n, 1, map->maps, map->n,
                        y, w, 0, predictions, w);
}

/* One row's error of one penalty, given y less its offset: its square is added. */
static void add_error(const struct ana_map *map, int64_t w, const double *weight,
                      const float *predictions, const float *y, float *error,
                      double *errors)
{
    memcpy(error, y, (size_t)w * sizeof *error);
    for (int64_t q = 0; q < map->few.k; q++) {
        const float *p = predictions + q * map->m * w;
        const float by = (float)weight[q];

        if (by == 0)
            continue;
        for (int64_t j = 0; j < w; j++)
            error[j] -= by * p[j];
    }
    for (int64_t j = 0; j < w; j++)
        errors[j] += (double)(error[j] * error[j]);
}

int ana_map_errors(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                   const float *predictions, const float *y, const double *offset,
                   double *errors)
{
    const int64_t A = map->few.n_alphas, k = map->few.k;
    float *row = ana_alloc(ctx, 2 * w, sizeof *row), *error = row + w;

    if (!row)
        return ANA_ERESOURCE;
    memset(errors, 0, (size_t)(A * w) * sizeof *errors);
    for (int64_t i = 0; i < map->m; i++) {
        for (int64_t j = 0; j < w; j++)
            row[j] = y[i * w + j] - (float)offset[j];
        for (int64_t a = 0; a < A; a++)
            add_error(map, w, map->few.weight + a * k, predictions + i * w, row, error,
                      errors + a * w);
    }
    ana_free(ctx, row);
    return 0;
}

/* The map of the a-th penalty: one of the few itself, or mixed of them. */
static const float *mix(const struct ana_map *map, int64_t a, float *mixed)
{
    const int64_t cells = map->m * map->n, k = map->few.k;
    const double *weight = map->few.weight + a * k;

    for (int64_t q = 0; q < k; q++)
        if (map->few.pick[q] == a)
            return map->maps + q * cells;
    memset(mixed, 0, (size_t)cells * sizeof *mixed);
    for (int64_t q = 0; q < k; q++) {
        const float by = (float)weight[q], *from = map->maps + q * cells;

        for (int64_t i = 0; i < cells; i++)
            mixed[i] += by * from[i];
    }
    return mixed;
}

/* Columns of a matrix of w, to or from a matrix of those that are listed. */
static void gather(int64_t n, int64_t w, int64_t few, const int64_t *list,
                   const float *from, float *to)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < few; j++)
            to[i * few + j] = from[i * w + list[j]];
}

static void scatter(int64_t n, int64_t w, int64_t few, const int64_t *list,
                    const float *from, float *to)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < few; j++)
            to[i * w + list[j]] = from[i * few + j];
}

int ana_map_predict_chosen(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                           const float *y, const int64_t *choice, float *work,
                           float *prediction)
{
    const int64_t m = map->m, n = map->n;
    float *mixed = ana_alloc(ctx, m * n, sizeof *mixed);
    int64_t *list = ana_alloc(ctx, w, sizeof *list);
    int rc = mixed && list ? 0 : ANA_ERESOURCE;

    for (int64_t a = 0; rc == 0 && a < map->few.n_alphas; a++) {
        int64_t few = 0;

        for (int64_t j = 0; j < w; j++)
            if (choice[j] == a)
                list[few++] = j;
        if (few == 0)
            continue;
        gather(n, w, few, list, y, work);
        rc = ana_gemm_f32(ctx, 0, 0, m, few, n, 1, mix(map, a, mixed), n, work, few, 0,
                          work + n * few, few);
        if (rc == 0)
            scatter(m, w, few, list, work + n * few, prediction);
    }
    ana_free(ctx, mixed);
    ana_free(ctx, list);
    return rc;
}

double ana_map_bytes(int64_t n, int64_t m, int64_t k)
{
    return 4 * (double)n * (double)m * (double)k;
}

double ana_map_work_bytes(int64_t n, int64_t m)
{
    return 16 * (double)n * (double)(n + m);
}

double ana_map_factor_flops(int64_t n, int64_t m, int64_t k)
{
    return (double)k * ana_cholesky_flops(n, m) +
           ana_cholesky_flops(n, 2 * ANA_RANGE_TURNS * ANA_RANGE_VECTORS);
}

double ana_map_target_flops(int64_t n, int64_t m, int64_t k)
{
    return ana_gemm_flops(k * m, 1, n);
}
