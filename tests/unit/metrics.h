/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests of metrics share: matrices from NPY files and from random numbers.
 */
#ifndef TESTS_METRICS_H
#define TESTS_METRICS_H

#include "data/npy.h"
#include "tests/unit/helpers.h"

/* A file of ../shared/reference as float64; shape may be NULL. Freed with ana_free. */
static inline double *test_reference(struct ana_ctx *ctx, const char *folder,
                                     const char *name, int64_t *shape)
{
    char relative[200], path[4096];
    struct ana_tensor raw, x;
    double *copy;
    int64_t n;

    snprintf(relative, sizeof relative, "reference/%s/%s.npy", folder, name);
    ck_assert_ptr_nonnull(test_shared(relative, path, sizeof path));
    ck_assert_msg(ana_npy_read(ctx, path, &raw) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(ana_tensor_convert(ctx, &raw, ANA_F64, &x), 0);
    n = ana_tensor_count(&x);
    copy = ana_alloc(ctx, n, sizeof *copy);
    memcpy(copy, x.data, (size_t)n * sizeof *copy);
    for (int i = 0; shape && i < x.ndim; i++)
        shape[i] = x.shape[i];
    ana_tensor_finish(&raw);
    ana_tensor_finish(&x);
    return copy;
}

static inline int test_has_reference(const char *folder)
{
    char relative[200], path[4096];

    snprintf(relative, sizeof relative, "reference/%s", folder);
    return test_shared(relative, path, sizeof path) != NULL;
}

static inline double *test_normal(struct ana_ctx *ctx, const char *stage, int64_t n)
{
    double *x = ana_alloc(ctx, n, sizeof *x);
    struct ana_rng rng;

    ana_rng_init(ctx, stage, 0, &rng);
    for (int64_t i = 0; i < n; i++)
        x[i] = ana_rng_normal(&rng);
    return x;
}

static inline double *test_copy(struct ana_ctx *ctx, int64_t n, const double *from)
{
    double *x = ana_alloc(ctx, n, sizeof *x);

    memcpy(x, from, (size_t)n * sizeof *x);
    return x;
}

/* Rows of an n-column matrix. */
static inline double *test_rows(struct ana_ctx *ctx, int64_t n, const int64_t *rows,
                                int64_t columns, const double *from)
{
    double *x = ana_alloc(ctx, n * columns, sizeof *x);

    for (int64_t i = 0; i < n; i++)
        memcpy(x + i * columns, from + rows[i] * columns, (size_t)columns * sizeof *x);
    return x;
}

#endif
