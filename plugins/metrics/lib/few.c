/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pivoted Gram-Schmidt (an interpolative decomposition) of the shrinkage functions
 * lambda / (lambda + alpha), each scaled to 1 at the largest eigenvalue: the function that
 * is farthest from the span of those taken is taken next, until none is farther than
 * 2.5e-6. On a logarithmic grid of eigenvalues; the functions are smooth there.
 */
#include "plugins/metrics/lib/few.h"

#include <math.h>
#include <string.h>

enum { GRID = 128 };
static const double tolerance = 2.5e-6;

/* value: n_alphas x GRID; scale (n_alphas) is what each was multiplied by. */
static void fill(int64_t n, const double *alphas, double low, double high, double *value,
                 double *scale)
{
    for (int64_t a = 0; a < n; a++) {
        scale[a] = (high + alphas[a]) / high;
        for (int64_t g = 0; g < GRID; g++) {
            const double lambda =
                low * exp(log(high / low) * (double)g / (double)(GRID - 1));

            value[a * GRID + g] = scale[a] * lambda / (lambda + alphas[a]);
        }
    }
    scale[n] = 1 / high; /* the limit */
    for (int64_t g = 0; g < GRID; g++)
        value[n * GRID + g] =
            scale[n] * low * exp(log(high / low) * (double)g / (double)(GRID - 1));
}

static double dot(const double *a, const double *b)
{
    double sum = 0;

    for (int64_t g = 0; g < GRID; g++)
        sum += a[g] * b[g];
    return sum;
}

static int64_t farthest(int64_t n, const double *value, double *distance)
{
    int64_t at = 0;

    *distance = -1;
    for (int64_t a = 0; a < n; a++) {
        const double d = sqrt(dot(value + a * GRID, value + a * GRID) / GRID);

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
                    double *value, double *part)
{
    double axis[GRID];
    const double *taken = value + pick[k] * GRID;
    const double norm = sqrt(dot(taken, taken));

    for (int64_t g = 0; g < GRID; g++)
        axis[g] = taken[g] / norm;
    for (int64_t a = 0; a < n; a++) {
        double *v = value + a * GRID;

        part[a * most + k] = 0;
        for (int turn = 0; turn < 2; turn++) { /* twice is enough */
            const double shared = dot(v, axis);

            part[a * most + k] += shared;
            for (int64_t g = 0; g < GRID; g++)
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
static double take(int64_t n, int with_limit, double *value, double *part,
                   struct ana_few *few)
{
    double distance = 0;

    few->k = 0;
    while (few->k < n) {
        const int64_t next =
            few->k == 0 && with_limit ? n : farthest(n, value, &distance);

        if (few->k > 0 && !(distance > tolerance))
            return distance;
        few->pick[few->k] = next;
        deflate(n + 1, few->k, n, few->pick, value, part);
        few->k++;
    }
    farthest(n, value, &distance);
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
    double *value = ana_alloc(ctx, (n_alphas + 1) * GRID, sizeof *value);
    double *part = ana_alloc(ctx, (n_alphas + 1) * n_alphas, sizeof *part);
    double *scale = ana_alloc(ctx, n_alphas + 1, sizeof *scale);
    int rc = ANA_ERESOURCE;
    int64_t used;

    *few = (struct ana_few){.n_alphas = n_alphas};
    few->pick = ana_alloc(ctx, n_alphas, sizeof *few->pick);
    few->weight = ana_alloc(ctx, n_alphas * n_alphas, sizeof *few->weight);
    if (!value || !part || !scale || !few->pick || !few->weight)
        goto done;
    if (plan->span > 0)
        low = fmax(low, high / plan->span);
    fill(n_alphas, alphas, low, high, value, scale);
    if (take(n_alphas, limit, value, part, few) > tolerance && limit) {
        fill(n_alphas, alphas, low, high, value, scale);
        take(n_alphas, 0, value, part, few);
    }
    used = few->k;
    fill_up(plan->least, few);
    solve_weights(n_alphas, used, part, scale, few);
    rc = 0;
done:
    ana_free(ctx, value);
    ana_free(ctx, part);
    ana_free(ctx, scale);
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
    const struct ana_few_plan free = {1, 0, 0};
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
                 int64_t *most)
{
    enum { DECADES = 8 }; /* beyond the penalties nothing changes any more */
    const double far = pow(10, DECADES);
    const struct ana_few_plan free = {1, 0, 0};
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
