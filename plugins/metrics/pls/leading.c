/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The leading singular vector of a matrix by Lanczos' method (Golub & Kahan 1965): a'a in
 * an orthonormal Krylov basis is tridiagonal; its largest eigenvector is found there. A
 * power iteration, which NIPALS is, needs hundreds of rounds where two singular values
 * are close.
 *
 * a is r x c, row-major.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/pls/components.h"

enum { STEPS = 40, RESTARTS = 200 };

static double dot(int64_t n, const double *x, const double *y)
{
    double part[4] = {0}, sum = 0;
    int64_t i = 0;

    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            part[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        sum += x[i] * y[i];
    return sum + (part[0] + part[1]) + (part[2] + part[3]);
}

static void add(int64_t n, double by, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += by * x[i];
}

/* to (c) = a'(a v), in one pass over the rows. */
static void multiply(int64_t r, int64_t c, const double *a, const double *v, double *to)
{
    memset(to, 0, (size_t)c * sizeof *to);
    for (int64_t i = 0; i < r; i++)
        add(c, dot(c, a + i * c, v), a + i * c, to);
}

/* Whether mu exceeds every eigenvalue of the tridiagonal matrix; pivots of mu - T. */
static int exceeds(int n, const double *diagonal, const double *beside, double mu,
                   double *pivot)
{
    for (int i = 0; i < n; i++) {
        pivot[i] = mu - diagonal[i];
        if (i > 0)
            pivot[i] -= beside[i - 1] * beside[i - 1] / pivot[i - 1];
        if (!(pivot[i] > 0))
            return 0;
    }
    return 1;
}

/* The largest eigenvalue of a symmetric tridiagonal matrix by bisection, its vector (n,
 * norm 1) by inverse iteration. */
static double top_of_tridiagonal(int n, const double *diagonal, const double *beside,
                                 double *vector)
{
    double low = diagonal[0], high = 0, pivot[STEPS];

    for (int i = 0; i < n; i++) {
        const double reach =
            diagonal[i] + (i > 0 ? beside[i - 1] : 0) + (i + 1 < n ? beside[i] : 0);

        low = fmax(low, diagonal[i]);
        high = fmax(high, reach);
        vector[i] = 1;
    }
    high *= 1 + 4 * DBL_EPSILON;
    for (int round = 0; round < 200 && high - low > 2 * DBL_EPSILON * high; round++) {
        const double middle = low + (high - low) / 2;

        if (exceeds(n, diagonal, beside, middle, pivot))
            high = middle;
        else
            low = middle;
    }
    for (int round = 0; round < 100; round++) {
        if (exceeds(n, diagonal, beside, high, pivot))
            break;
        high *= 1 + 8 * DBL_EPSILON;
    }
    for (int round = 0; round < 3; round++) {
        double size;

        for (int i = 1; i < n; i++)
            vector[i] += beside[i - 1] / pivot[i - 1] * vector[i - 1];
        for (int i = n - 1; i >= 0; i--) {
            vector[i] /= pivot[i];
            if (i + 1 < n)
                vector[i] += beside[i] / pivot[i] * vector[i + 1];
        }
        size = sqrt(dot(n, vector, vector));
        for (int i = 0; i < n; i++)
            vector[i] /= size;
    }
    return high;
}

struct krylov {
    int64_t r, c;
    const double *a;
    double *basis; /* (STEPS + 1) x c */
    double value;  /* of a'a */
    double rest;   /* norm of what its vector misses by */
};

/* One round from the first basis vector, which becomes the best vector of the round. */
static void search(struct krylov *k)
{
    double diagonal[STEPS] = {0}, beside[STEPS], top[STEPS];
    const int64_t c = k->c;
    const int most = c < STEPS ? (int)c : STEPS;
    double size = 0;
    int n = 0;

    while (n < most) {
        double *next = k->basis + (n + 1) * c;

        multiply(k->r, c, k->a, k->basis + n * c, next);
        diagonal[n] = dot(c, k->basis + n * c, next);
        size = fmax(size, diagonal[n]);
        for (int twice = 0; twice < 2; twice++)
            for (int i = 0; i <= n; i++)
                add(c, -dot(c, k->basis + i * c, next), k->basis + i * c, next);
        beside[n] = sqrt(dot(c, next, next));
        if (!(beside[n++] > DBL_EPSILON * size))
            break;
        for (int64_t i = 0; i < c; i++)
            next[i] /= beside[n - 1];
    }
    k->value = top_of_tridiagonal(n, diagonal, beside, top);
    k->rest = beside[n - 1] * fabs(top[n - 1]);
    for (int64_t i = 0; i < c; i++) {
        double x = 0;

        for (int j = 0; j < n; j++)
            x += top[j] * k->basis[j * c + i];
        k->basis[i] = x;
    }
    size = sqrt(dot(c, k->basis, k->basis));
    for (int64_t i = 0; i < c; i++)
        k->basis[i] /= size;
}

int pls_leading(struct ana_ctx *ctx, int64_t r, int64_t c, const double *a, double *left,
                double *value)
{
    struct krylov k = {.r = r, .c = c, .a = a};
    struct ana_rng rng;
    double size;

    *value = 0;
    memset(left, 0, (size_t)r * sizeof *left);
    k.basis = ana_alloc(ctx, (STEPS + 1) * c, sizeof *k.basis);
    if (!k.basis)
        return ANA_ERESOURCE;
    ana_rng_init(ctx, "pls start", 0, &rng);
    for (int64_t i = 0; i < c; i++)
        k.basis[i] = ana_rng_normal(&rng);
    size = sqrt(dot(c, k.basis, k.basis));
    for (int64_t i = 0; i < c; i++)
        k.basis[i] /= size;
    for (int round = 0; dot(r * c, a, a) > 0 && round < RESTARTS; round++) {
        search(&k);
        if (k.rest <= 1e-13 * k.value)
            break;
    }
    for (int64_t i = 0; i < r; i++)
        left[i] = dot(c, a + i * c, k.basis);
    *value = sqrt(dot(r, left, left));
    for (int64_t i = 0; *value > 0 && i < r; i++)
        left[i] /= *value;
    ana_free(ctx, k.basis);
    return 0;
}
