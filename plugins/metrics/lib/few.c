/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pivoted Gram-Schmidt (an interpolative decomposition) of the shrinkage functions
 * lambda / (lambda + alpha), each scaled to 1 at the largest eigenvalue: the function that
 * is farthest from the span of those taken is taken next, until none is farther than
 * 2.5e-6. On a logarithmic grid of eigenvalues; the functions are smooth there. For squared
 * errors each is followed by its values on the pairs of that grid.
 */
#include "plugins/metrics/lib/few.h"

#include <math.h>
#include <string.h>

enum { GRID = 128, PAIRED = 64, CELLS = PAIRED + PAIRED * (PAIRED + 1) / 2 };
static const double tolerance = 2.5e-6;

/* The functions of n_alphas penalties, and the limit behind them. */
struct functions {
    int64_t grid, cells;
    double *value; /* (n_alphas + 1) x cells, and */
    double *scale; /* (n_alphas + 1) what each was multiplied by */
};

/* value: of the pairs of grid points behind what is there of each; the limit has no
 * products. */
static void pair(int64_t grid, int limit, double scale, double *value)
{
    double *to = value + grid;

    for (int64_t g = 0; g < grid; g++)
        for (int64_t h = 0; h <= g; h++)
            *to++ = value[g] + value[h] - (limit ? 0 : value[g] * value[h] / scale);
}

static void fill(int64_t n, const double *alphas, double low, double high, int squares,
                 struct functions *f)
{
    f->grid = squares ? PAIRED : GRID;
    f->cells = squares ? CELLS : GRID;
    for (int64_t a = 0; a <= n; a++) {
        double *value = f->value + a * f->cells;

        f->scale[a] = a < n ? (high + alphas[a]) / high : 1 / high;
        for (int64_t g = 0; g < f->grid; g++) {
            const double lambda =
                low * exp(log(high / low) * (double)g / (double)(f->grid - 1));

            value[g] = f->scale[a] * (a < n ? lambda / (lambda + alphas[a]) : lambda);
        }
        if (squares)
            pair(f->grid, a == n, f->scale[a], value);
    }
}

static double dot(int64_t cells, const double *a, const double *b)
{
    double sum = 0;

    for (int64_t g = 0; g < cells; g++)
        sum += a[g] * b[g];
    return sum;
}

static int64_t farthest(int64_t n, const struct functions *f, double *distance)
{
    int64_t at = 0;

    *distance = -1;
    for (int64_t a = 0; a < n; a++) {
        const double *v = f->value + a * f->cells;
        const double d = sqrt(dot(f->cells, v, v) / (double)f->cells);

        if (d > *distance) {
            *distance = d;
            at = a;
        }
    }
    return at;
}

/* Take away from every function what it shares with the k-th taken one; what each shared
 * is kept in part (n x k_max). */
static void deflate(int64_t n, int64_t k, int64_t most, const int64_t *pick,
                    struct functions *f, double *part)
{
    double axis[CELLS];
    const double *taken = f->value + pick[k] * f->cells;
    const double norm = sqrt(dot(f->cells, taken, taken));

    for (int64_t g = 0; g < f->cells; g++)
        axis[g] = taken[g] / norm;
    for (int64_t a = 0; a < n; a++) {
        double *v = f->value + a * f->cells;

        part[a * most + k] = 0;
        for (int turn = 0; turn < 2; turn++) { /* twice is enough */
            const double shared = dot(f->cells, v, axis);

            part[a * most + k] += shared;
            for (int64_t g = 0; g < f->cells; g++)
                v[g] -= shared * axis[g];
        }
    }
}

/* weight = part (picked part)^-1, row by row, of the first `used`; the picked part is lower
 * triangular. */
static void solve_weights(int64_t most, int64_t used, const double *part,
                          const double *scale, struct ana_few *few)
{
    for (int64_t a = 0; a < few->n_alphas; a++) {
        double *w = few->weight + a * few->k;

        for (int64_t k = used - 1; k >= 0; k--) {
            double rest = part[a * most + k];

            for (int64_t l = k + 1; l < used; l++)
                rest -= w[l] * part[few->pick[l] * most + k];
            w[k] = rest / part[few->pick[k] * most + k];
        }
        for (int64_t k = 0; k < used; k++)
            w[k] *= scale[few->pick[k]] / scale[a];
    }
    for (int64_t k = 0; k < few->k; k++) { /* exactly themselves */
        if (few->pick[k] == few->n_alphas)
            continue;
        memset(few->weight + few->pick[k] * few->k, 0, (size_t)few->k * sizeof(double));
        few->weight[few->pick[k] * few->k + k] = 1;
    }
}

/* Take functions until those that are left are close; without the limit that ends with
 * all of them. Returns the distance that is left. */
static double take(int64_t n, int with_limit, struct functions *f, double *part,
                   struct ana_few *few)
{
    double distance = 0;

    few->k = 0;
    while (few->k < n) {
        const int64_t next = few->k == 0 && with_limit ? n : farthest(n, f, &distance);

        if (few->k > 0 && !(distance > tolerance))
            return distance;
        few->pick[few->k] = next;
        deflate(n + 1, few->k, n, few->pick, f, part);
        few->k++;
    }
    farthest(n, f, &distance);
    return distance;
}

/* As many as a plan counts on: penalties that are solved for themselves alone. */
static void fill_up(int64_t least, struct ana_few *few)
{
    for (int64_t a = few->n_alphas - 1; few->k < least && a >= 0; a--) {
        int64_t k = 0;

        while (k < few->k && few->pick[k] != a)
            k++;
        if (k == few->k)
            few->pick[few->k++] = a;
    }
}

int ana_few_create(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                   double low, double high, const struct ana_few_plan *plan,
                   struct ana_few *few)
{
    const int limit =
        plan->solved < plan->least && n_alphas > 1 && alphas[n_alphas - 1] > high;
    struct functions f = {
        .value = ana_alloc(ctx, (n_alphas + 1) * (plan->squares ? CELLS : GRID), 8),
        .scale = ana_alloc(ctx, n_alphas + 1, sizeof(double))};
    double *part = ana_alloc(ctx, (n_alphas + 1) * n_alphas, sizeof *part);
    int rc = ANA_ERESOURCE;
    int64_t used;

    *few = (struct ana_few){.n_alphas = n_alphas};
    few->pick = ana_alloc(ctx, n_alphas, sizeof *few->pick);
    few->weight = ana_alloc(ctx, n_alphas * n_alphas, sizeof *few->weight);
    if (!f.value || !part || !f.scale || !few->pick || !few->weight)
        goto done;
    if (plan->span > 0)
        low = fmax(low, high / plan->span);
    fill(n_alphas, alphas, low, high, plan->squares, &f);
    if (take(n_alphas, limit, &f, part, few) > tolerance && limit) {
        fill(n_alphas, alphas, low, high, plan->squares, &f);
        take(n_alphas, 0, &f, part, few);
    }
    used = few->k;
    fill_up(plan->least, few);
    solve_weights(n_alphas, used, part, f.scale, few);
    rc = 0;
done:
    ana_free(ctx, f.value);
    ana_free(ctx, f.scale);
    ana_free(ctx, part);
    return rc;
}

double ana_few_alpha(const struct ana_few *few, const double *alphas, int64_t k)
{
    return few->pick[k] == few->n_alphas ? (double)INFINITY : alphas[few->pick[k]];
}

int ana_few_within(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                   double first, double last, double span, int64_t *most, int64_t *solved)
{
    enum { STEPS = 3 }; /* by ten: less of them may need one more */
    const double step = sqrt(10), counts = 1e-6 * alphas[0];
    const struct ana_few_plan free = {1, 0, 0, 0};
    int rc = 0, limit = 1;

    *most = 0;
    for (double next = first; rc == 0 && next < last * step; next *= step)
        for (int i = 0; rc == 0 && i < STEPS; i++) {
            const double high = fmin(next, last);
            const double low = fmin(fmax(high / span * pow(10, i), counts), high);
            struct ana_few few;

            rc = ana_few_create(ctx, n_alphas, alphas, low, high, &free, &few);
            limit &= few.k > 0 && few.pick[0] == n_alphas;
            *most = few.k > *most ? few.k : *most;
            ana_few_finish(ctx, &few);
        }
    *solved = *most - limit; /* filled up, others have none that is not solved */
    return rc;
}

int ana_few_most(struct ana_ctx *ctx, int64_t n_alphas, const double *alphas,
                 int32_t squares, int64_t *most)
{
    enum { DECADES = 8 }; /* beyond the penalties nothing changes any more */
    const double far = pow(10, DECADES);
    const struct ana_few_plan free = {1, 0, 0, squares};
    struct ana_few few;
    const int rc = ana_few_create(ctx, n_alphas, alphas, alphas[0] / far,
                                  alphas[n_alphas - 1] * far, &free, &few);

    *most = few.k < n_alphas ? few.k + 1 : n_alphas;
    ana_few_finish(ctx, &few);
    return rc;
}

void ana_few_finish(struct ana_ctx *ctx, struct ana_few *few)
{
    ana_free(ctx, few->pick);
    ana_free(ctx, few->weight);
    memset(few, 0, sizeof *few);
}
