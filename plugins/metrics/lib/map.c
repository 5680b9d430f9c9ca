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

enum {
    COLUMNS = 512,
    ROWS = 4
}; /* targets and rows whose errors are added up at a time */

/* A training set's kernels, and room to solve one penalty. */
struct solving {
    struct ana_kernels kernels;
    double *factor, *solved; /* n x n, n x m */
    double *row;             /* n */
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

int ana_map_open(struct ana_ctx *ctx, enum ana_map_form form, struct ana_map *map)
{
    const int64_t k = map->few.k;

    if (form == ANA_MAPS_HALVED)
        return ana_halves_create(ctx, 2 * k * ana_half(map->m), map->n, &map->halves);
    if (map->lent)
        return 0;
    map->maps = ana_alloc(ctx, k * map->m * map->n, sizeof(float));
    return map->maps ? 0 : ANA_ERESOURCE;
}

/* Which row of the predictions that of a penalty is. Halves pair rows of one penalty, lest
 * what a small one rounds shows in the losses of a large one. */
static int64_t row_of(const struct ana_map *map, int64_t q, int64_t row)
{
    const int64_t half = ana_half(map->m);

    if (map->maps)
        return q * map->m + row;
    return row < half ? q * half + row : map->halves.m + q * half + row - half;
}

void ana_map_put(const struct ana_map *map, int64_t q, int64_t row, const double *values)
{
    const int64_t n = map->n, at = row_of(map, q, row);
    const int64_t half = map->maps ? n : map->halves.n;
    float *first, *second = NULL;

    if (map->maps)
        first = map->maps + at * n;
    else
        ana_halves_place(&map->halves, at, &first, &second);
    for (int64_t j = 0; j < half; j++)
        first[j] = (float)values[j];
    for (int64_t j = half; j < n; j++)
        second[j - half] = (float)values[j];
}

void ana_map_complete(const struct ana_map *map, int64_t q)
{
    const int64_t half = ana_half(map->m);

    if (map->halves.parts)
        ana_halves_complete(&map->halves, q * half, (q + 1) * half);
}

/* The q-th penalty's rows of the map. */
static int solve(struct ana_ctx *ctx, struct solving *s, int centre, double alpha,
                 const struct ana_map *map, int64_t q)
{
    const int64_t n = s->kernels.n, m = s->kernels.m;
    int rc = 0;

    memcpy(s->solved, s->kernels.cross, (size_t)(n * m) * sizeof(double));
    if (isfinite(alpha))
        rc = factorise(ctx, s, centre, alpha);
    if (rc == 0 && isfinite(alpha))
        rc = ana_cholesky_apply(ctx, n, m, s->factor, n, s->solved, m);
    for (int64_t i = 0; rc == 0 && i < m; i++) {
        for (int64_t j = 0; j < n; j++)
            s->row[j] = s->solved[j * m + i];
        ana_map_put(map, q, i, s->row);
    }
    if (rc == 0)
        ana_map_complete(map, q);
    return rc;
}

/* Which penalties to solve, and room for their maps. */
static int choose_few(struct ana_ctx *ctx, struct solving *s, int centre,
                      int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, enum ana_map_form form,
                      struct ana_map *map)
{
    const int64_t n = s->kernels.n;
    const double floor = DBL_EPSILON * s->kernels.trace;
    struct ana_range range = {0};
    int rc = factorise(ctx, s, centre, alphas[0]);

    if (rc == 0)
        rc = ana_map_range_high(ctx, n, n, s->kernels.own, s->kernels.trace, &range);
    if (rc == 0)
        rc = ana_map_range_low(ctx, n, s->factor, s->kernels.trace,
                               fmax(alphas[0], floor), &range);
    if (rc == 0)
        rc =
            ana_few_create(ctx, n_alphas, alphas, range.low, range.high, plan, &map->few);
    return rc == 0 ? ana_map_open(ctx, form, map) : rc;
}

int ana_map_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                   const int64_t *train, int64_t m, const int64_t *test, int centre,
                   int64_t n_alphas, const double *alphas,
                   const struct ana_few_plan *plan, enum ana_map_form form,
                   struct ana_map **out)
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
    s.row = ana_alloc(ctx, n, sizeof(double));
    map->n = n;
    map->m = m;
    rc = s.factor && s.solved && s.row
             ? choose_few(ctx, &s, centre, n_alphas, alphas, plan, form, map)
             : ANA_ERESOURCE;
    for (int64_t q = 0; rc == 0 && q < map->few.k; q++)
        rc = solve(ctx, &s, centre, ana_few_alpha(&map->few, alphas, q), map, q);
    if (rc == 0) {
        *out = map;
        map = NULL;
    }
done:
    ana_kernels_finish(ctx, &s.kernels);
    ana_free(ctx, s.factor);
    ana_free(ctx, s.solved);
    ana_free(ctx, s.row);
    ana_map_destroy(ctx, map);
    return rc;
}

void ana_map_destroy(struct ana_ctx *ctx, struct ana_map *map)
{
    if (!map)
        return;
    ana_few_finish(ctx, &map->few);
    if (!map->lent)
        ana_free(ctx, map->maps);
    ana_halves_finish(ctx, &map->halves);
    ana_free(ctx, map);
}

int64_t ana_map_width(const struct ana_map *map, int64_t w)
{
    return map->halves.parts ? 2 * ana_half(w) : w;
}

int64_t ana_map_rows(const struct ana_map *map)
{
    return map->halves.parts ? 2 * map->halves.n : map->n;
}

int64_t ana_map_predicted(const struct ana_map *map)
{
    return map->halves.parts ? 2 * map->halves.m : map->few.k * map->m;
}

int64_t ana_map_room(const struct ana_map *map)
{
    return map->halves.parts ? ana_half(map->halves.n) : 0;
}

int ana_map_predict(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                    const float *y, float *room, float *predictions)
{
    if (map->halves.parts)
        return ana_halves_multiply(ctx, &map->halves, ana_half(w), y, room, predictions);
    return ana_gemm_f32(ctx, 0, 0, map->few.k * map->m, w, map->n, 1, map->maps, map->n,
                        y, w, 0, predictions, w);
}

/* Of a penalty's row of the few predictions, `step` from each other, that which a penalty
 * has: its own where it is one of the few, else mixed. */
static const float *mix_row(int64_t k, int64_t w, const double *weight,
                            const float *predictions, int64_t step, float *mixed)
{
    int64_t used = 0, last = 0;

    for (int64_t q = 0; q < k; q++)
        if ((float)weight[q] != 0) {
            used++;
            last = q;
        }
    if (used == 1 && (float)weight[last] == 1)
        return predictions + last * step;
    memset(mixed, 0, (size_t)w * sizeof *mixed);
    for (int64_t q = 0; q < k; q++) {
        const float *p = predictions + q * step;
        const float by = (float)weight[q];

        for (int64_t j = 0; by != 0 && j < w; j++)
            mixed[j] += by * p[j];
    }
    return mixed;
}

/* Squared errors of a few rows, which float32 adds up as well as it holds each. */
static void add_squares(int64_t w, const float y[][COLUMNS], const float *const *p,
                        double *errors)
{
    const float *p0 = p[0], *p1 = p[1], *p2 = p[2], *p3 = p[3];

    for (int64_t j = 0; j < w; j++) {
        const float a = y[0][j] - p0[j], b = y[1][j] - p1[j];
        const float c = y[2][j] - p2[j], d = y[3][j] - p3[j];

        errors[j] += (double)((a * a + b * b) + (c * c + d * d));
    }
}

/* The columns [first, first + w) of all rows: their errors stay in the cache. Rows that are
 * wanting to the last few are 0, predicted to be 0. */
static void add_errors(const struct ana_map *map, int64_t all, int64_t first, int64_t w,
                       const float *predictions, const float *y, const double *offset,
                       double *errors)
{
    const int64_t k = map->few.k, width = ana_map_width(map, all);
    const int64_t step = (row_of(map, 1, 0) - row_of(map, 0, 0)) * width;
    float rows[ROWS][COLUMNS], mixed[ROWS][COLUMNS];
    const float *p[ROWS];

    for (int64_t i = 0; i < map->m; i += ROWS) {
        const int64_t n = map->m - i < ROWS ? map->m - i : ROWS;

        memset(rows[0], 0, sizeof rows);
        for (int64_t r = 0; r < n; r++)
            for (int64_t j = 0; j < w; j++)
                rows[r][j] = y[(i + r) * all + first + j] - (float)offset[first + j];
        for (int64_t a = 0; a < map->few.n_alphas; a++) {
            for (int64_t r = 0; r < n; r++)
                p[r] = mix_row(k, w, map->few.weight + a * k,
                               predictions + row_of(map, 0, i + r) * width + first, step,
                               mixed[r]);
            for (int64_t r = n; r < ROWS; r++)
                p[r] = rows[r];
            add_squares(w, rows, p, errors + a * all + first);
        }
    }
}

void ana_map_errors(const struct ana_map *map, int64_t w, const float *predictions,
                    const float *y, const double *offset, double *errors)
{
    memset(errors, 0, (size_t)(map->few.n_alphas * w) * sizeof *errors);
    for (int64_t first = 0; first < w; first += COLUMNS)
        add_errors(map, w, first, w - first < COLUMNS ? w - first : COLUMNS, predictions,
                   y, offset, errors);
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

double ana_map_bytes(int64_t n, int64_t m, int64_t k, enum ana_map_form form)
{
    return form == ANA_MAPS_HALVED ? ana_halves_bytes(2 * k * ana_half(m), n)
                                   : 4 * (double)n * (double)m * (double)k;
}

double ana_map_work_bytes(int64_t n, int64_t m)
{
    return 16 * (double)n * (double)(n + m) + 8 * (double)n;
}

double ana_map_factor_flops(int64_t n, int64_t m, int64_t k)
{
    return (double)k * ana_cholesky_flops(n, m) +
           ana_cholesky_flops(n, 2 * ANA_RANGE_TURNS * ANA_RANGE_VECTORS);
}

double ana_map_target_flops(int64_t n, int64_t m, int64_t k, enum ana_map_form form)
{
    if (form == ANA_MAPS_HALVED)
        return ana_halves_target_flops(2 * k * ana_half(m), n);
    return ana_gemm_flops(k * m, 1, n);
}
