/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Drift, motion and the like, projected out: x - Q Q'x, Q an orthonormal basis of the
 * regressors.
 */
#include "signal/nuisance.h"

#include <math.h>
#include <string.h>

static double *new_column(struct ana_ctx *ctx, struct ana_nuisance *z)
{
    if (z->k == z->room) {
        const int64_t room = z->room > 0 ? 2 * z->room : 16;
        double *more = ana_alloc(ctx, room * z->n, sizeof *more);

        if (!more)
            return NULL;
        if (z->k > 0)
            memcpy(more, z->column, (size_t)(z->k * z->n) * sizeof *more);
        ana_free(ctx, z->column);
        z->column = more;
        z->room = room;
    }
    return z->column + z->n * z->k++;
}

int ana_nuisance_polynomials(struct ana_ctx *ctx, struct ana_nuisance *z, int degree)
{
    for (int d = 0; d <= degree; d++) {
        double *c = new_column(ctx, z);

        if (!c)
            return ANA_ERESOURCE;
        for (int64_t t = 0; t < z->n; t++) {
            const double x = z->n > 1 ? 2. * (double)t / (double)(z->n - 1) - 1 : 0;
            double before = 1, now = x;

            for (int i = 1; i < d; i++) { /* (i+1) P = (2i+1) x P - i P */
                const double next = ((2 * i + 1) * x * now - i * before) / (i + 1);

                before = now;
                now = next;
            }
            c[t] = d == 0 ? 1 : now;
        }
    }
    return 0;
}

int ana_nuisance_cosines(struct ana_ctx *ctx, struct ana_nuisance *z, double rate,
                         double period)
{
    const int64_t most = (int64_t)floor(2 * (double)z->n / (rate * period) + 1e-9);
    int rc = ana_nuisance_polynomials(ctx, z, 0);

    for (int64_t k = 1; rc == 0 && k <= most && k < z->n; k++) {
        double *c = new_column(ctx, z);

        if (!c)
            return ANA_ERESOURCE;
        for (int64_t t = 0; t < z->n; t++)
            c[t] = cos(M_PI / (double)z->n * ((double)t + .5) * (double)k);
    }
    return rc;
}

int ana_nuisance_column(struct ana_ctx *ctx, struct ana_nuisance *z, const double *values)
{
    int rc = ana_nuisance_polynomials(ctx, z, 0);
    double *c = rc == 0 ? new_column(ctx, z) : NULL;

    if (!c)
        return ANA_ERESOURCE;
    memcpy(c, values, (size_t)z->n * sizeof *c);
    return 0;
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;

    for (int64_t t = 0; t < n; t++)
        sum += a[t] * b[t];
    return sum;
}

int ana_nuisance_finish(struct ana_ctx *ctx, struct ana_nuisance *z)
{
    int64_t kept = 0;

    for (int64_t i = 0; i < z->k; i++) {
        double *c = z->column + i * z->n, *to = z->column + kept * z->n;
        const double before = sqrt(dot(z->n, c, c));
        double after;

        for (int twice = 0; twice < 2; twice++)
            for (int64_t j = 0; j < kept; j++) {
                const double *q = z->column + j * z->n;
                const double w = dot(z->n, q, c);

                for (int64_t t = 0; t < z->n; t++)
                    c[t] -= w * q[t];
            }
        after = sqrt(dot(z->n, c, c));
        if (!(after > 1e-10 * before) || before == 0)
            continue;
        for (int64_t t = 0; t < z->n; t++)
            to[t] = c[t] / after;
        kept++;
    }
    z->k = kept;
    if (kept >= z->n)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld regressors leave nothing of a run of %lld samples",
                        (long long)kept, (long long)z->n);
    return 0;
}

int ana_nuisance_remove(struct ana_ctx *ctx, const struct ana_nuisance *z, int64_t V,
                        double *x)
{
    double *w = ana_alloc(ctx, V, sizeof *w);

    if (!w)
        return ANA_ERESOURCE;
    for (int64_t j = 0; j < z->k; j++) {
        const double *q = z->column + j * z->n;

        memset(w, 0, (size_t)V * sizeof *w);
        for (int64_t t = 0; t < z->n; t++)
            for (int64_t v = 0; v < V; v++)
                w[v] += q[t] * x[t * V + v];
        for (int64_t t = 0; t < z->n; t++)
            for (int64_t v = 0; v < V; v++)
                x[t * V + v] -= q[t] * w[v];
    }
    ana_free(ctx, w);
    return 0;
}

void ana_nuisance_destroy(struct ana_ctx *ctx, struct ana_nuisance *z)
{
    ana_free(ctx, z->column);
    memset(z, 0, sizeof *z);
}
