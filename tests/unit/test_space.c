/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <anaflow/linalg.h>

#include "linalg/pool.h"
#include "pipeline/space.h"

enum { B = 40, F = 5, T = 30 };

static struct ana_tensor random_samples(struct ana_ctx *ctx)
{
    struct ana_tensor x = {0};
    struct ana_rng rng;

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){B, F}, &x), 0);
    ana_rng_init(ctx, "space", 0, &rng);
    for (int64_t i = 0; i < B * F; i++)
        ((float *)x.data)[i] = (float)(3 + 2 * ana_rng_normal(&rng));
    return x;
}

static const int64_t train[] = {0,  1,  2,  3,  4,  5,  6,  7,  8, 9,
                                10, 11, 12, 13, 14, 15, 16, 17, 18};
static const int64_t test[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
static const struct ana_fold fold = {
    .size = sizeof fold, .n_train = 19, .n_test = 11, .train = train, .test = test};

static struct ana_space *make_space(struct ana_ctx *ctx, const struct ana_tensor *x,
                                    int64_t n_delays, const int64_t *delays,
                                    int32_t scale, int64_t pca)
{
    struct ana_space *space = NULL;
    int64_t base[T];

    for (int64_t r = 0; r < T; r++)
        base[r] = r + 6;
    ck_assert_int_eq(
        ana_space_create(ctx, "s", x, T, base, n_delays, delays, scale, pca, &space), 0);
    return space;
}

/* The slow twin: every column from its definition. */
static double expected(const struct ana_tensor *x, int64_t row, int64_t delay, int64_t f,
                       int scale)
{
    const float *v = x->data;
    double mean = 0, square = 0;

    for (int64_t i = 0; i < fold.n_train; i++)
        mean += (double)v[(train[i] + 6 - delay) * F + f] / (double)fold.n_train;
    for (int64_t i = 0; i < fold.n_train; i++)
        square += pow((double)v[(train[i] + 6 - delay) * F + f] - mean, 2);
    return ((double)v[(row + 6 - delay) * F + f] - mean) /
           (scale ? sqrt(square / (double)fold.n_train) : 1);
}

START_TEST(delayed_columns_are_scaled_by_training_rows_alone)
{
    const int64_t delays[] = {-2, 0, 5};
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx);
    struct ana_space *space = make_space(ctx, &x, 3, delays, ANA_STANDARDISE_SCALE, 0);
    struct ana_tensor a = {.dtype = ANA_F64}, b = {.dtype = ANA_F32};

    ck_assert_int_eq(ana_space_width(space), 3 * F);
    ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &a, &b), 0);
    ck_assert_int_eq(b.dtype, ANA_F32);
    for (int64_t d = 0; d < 3; d++)
        for (int64_t f = 0; f < F; f++) {
            for (int64_t i = 0; i < fold.n_train; i++)
                ck_assert_double_eq_tol(((double *)a.data)[i * 3 * F + d * F + f],
                                        expected(&x, train[i], delays[d], f, 1), 1e-12);
            for (int64_t i = 0; i < fold.n_test; i++)
                ck_assert_double_eq_tol((double)((float *)b.data)[i * 3 * F + d * F + f],
                                        expected(&x, test[i], delays[d], f, 1), 1e-5);
        }
    ana_tensor_finish(&a);
    ana_tensor_finish(&b);
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Whatever the test rows hold, the training matrix must not change by a bit. */
START_TEST(test_rows_never_touch_the_training_matrix)
{
    const int64_t zero = 0;
    struct ana_ctx *ctx = test_ctx();

    for (int64_t pca = 0; pca <= 3; pca += 3) {
        struct ana_tensor x = random_samples(ctx), a = {.dtype = ANA_F64},
                          b = {.dtype = ANA_F64};
        struct ana_space *space =
            make_space(ctx, &x, 1, &zero, ANA_STANDARDISE_SCALE, pca);

        ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &a, NULL), 0);
        for (int64_t i = 0; i < fold.n_test; i++)
            for (int64_t f = 0; f < F; f++)
                ((float *)x.data)[(test[i] + 6) * F + f] *= 1000;
        ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &b, NULL), 0);
        ck_assert_mem_eq(a.data, b.data, sizeof(double) * (size_t)ana_tensor_count(&a));
        ana_tensor_finish(&a);
        ana_tensor_finish(&b);
        ana_space_destroy(ctx, space);
        ana_tensor_finish(&x);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_column_that_is_constant_in_training_becomes_0)
{
    const int64_t zero = 0;
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx), a = {.dtype = ANA_F64},
                      b = {.dtype = ANA_F64};
    struct ana_space *space = make_space(ctx, &x, 1, &zero, ANA_STANDARDISE_SCALE, 0);

    for (int64_t i = 0; i < fold.n_train; i++)
        ((float *)x.data)[(train[i] + 6) * F + 2] = 0.1f;
    ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &a, &b), 0);
    for (int64_t i = 0; i < fold.n_test; i++)
        ck_assert_double_eq(((double *)b.data)[i * F + 2], 0);
    ana_tensor_finish(&a);
    ana_tensor_finish(&b);
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Components are uncorrelated on the training rows, in falling variance, and hold all of
 * it when there are as many as features (less one). */
START_TEST(principal_components_are_uncorrelated_and_ordered)
{
    const int64_t zero = 0;
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx), a = {.dtype = ANA_F64};
    struct ana_space *space = make_space(ctx, &x, 1, &zero, ANA_STANDARDISE_SCALE, 4);
    double gram[16] = {0};

    ck_assert_int_eq(ana_space_width(space), 4);
    ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &a, NULL), 0);
    for (int64_t i = 0; i < fold.n_train; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 4; k++)
                gram[j * 4 + k] +=
                    ((double *)a.data)[i * 4 + j] * ((double *)a.data)[i * 4 + k];
    for (int j = 0; j < 4; j++) {
        ck_assert(j == 0 || gram[j * 5] <= gram[(j - 1) * 5]);
        for (int k = 0; k < 4; k++)
            ck_assert(j == k || fabs(gram[j * 4 + k]) < 1e-9 * gram[0]);
    }
    ck_assert(gram[0] + gram[5] + gram[10] + gram[15] <= 5 * 19 + 1e-9);
    ana_tensor_finish(&a);
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_sample_that_is_not_finite_is_located)
{
    const int64_t zero = 0, base = 0;
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx);
    struct ana_space *space = NULL;

    ((float *)x.data)[7 * F + 3] = NAN;
    ck_assert_int_eq(ana_space_create(ctx, "coch", &x, 1, &base, 1, &zero, 2, 0, &space),
                     ANA_EDATA);
    ck_assert_str_eq(
        ana_error(ctx),
        "features coch: 1 values are not finite, the first at sample 7, feature 3; "
        "repair the activations or leave that layer out");
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A matrix that is large enough to be made on several threads. */
static void make_large(struct ana_ctx *ctx, int64_t threads, int32_t standardise,
                       int32_t dtype, struct ana_tensor *a, struct ana_tensor *b)
{
    enum { ROWS = 2400, COLUMNS = 33, LAGS = 4, TESTED = 700 };
    const int64_t delays[LAGS] = {0, 1, 3, 7};
    static int64_t base[ROWS];
    struct ana_fold large = {.size = sizeof large, .n_train = ROWS - TESTED};
    struct ana_pool *pool = NULL;
    struct ana_space *space = NULL;
    struct ana_tensor x = {0};
    struct ana_rng rng;

    ck_assert_int_eq(ana_pool_create(ctx, threads, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    ck_assert_int_eq(
        ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){ROWS + 7, COLUMNS}, &x), 0);
    ana_rng_init(ctx, "large", 0, &rng);
    for (int64_t i = 0; i < (ROWS + 7) * COLUMNS; i++)
        ((float *)x.data)[i] = (float)(3 + 2 * ana_rng_normal(&rng));
    for (int64_t i = 0; i < ROWS; i++)
        base[i] = 7 + (i * 7) % ROWS; /* no order */
    ck_assert_int_eq(
        ana_space_create(ctx, "s", &x, ROWS, base, LAGS, delays, standardise, 0, &space),
        0);
    for (int64_t i = 0; i < ROWS; i++)
        base[i] = i;
    large.train = base + TESTED;
    large.test = base;
    large.n_test = TESTED;
    a->dtype = b->dtype = dtype;
    ck_assert_int_eq(ana_fold_matrix(ctx, space, &large, a, b), 0);
    for (int64_t i = 0; i < 50; i++) { /* rows of either, here and there */
        const int64_t row = i * 13, d = i % LAGS, f = i % COLUMNS;
        const int64_t at = 7 + row * 7 % ROWS - delays[d];

        if (standardise == ANA_STANDARDISE_NONE)
            ck_assert(ana_tensor_get(b, row * COLUMNS * LAGS + d * COLUMNS + f) ==
                      (double)((float *)x.data)[at * COLUMNS + f]);
    }
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
}

START_TEST(a_large_matrix_has_the_same_bits_on_any_number_of_threads)
{
    const int32_t standardise = _i / 2, dtype = _i % 2 ? ANA_F64 : ANA_F32;
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor a = {0}, b = {0};

    make_large(ctx, 1, standardise, dtype, &a, &b);
    for (int64_t threads = 2; threads < 5; threads++) {
        struct ana_tensor c = {0}, d = {0};

        make_large(ctx, threads, standardise, dtype, &c, &d);
        ck_assert_mem_eq(a.data, c.data,
                         (size_t)ana_tensor_count(&a) * ana_dtype_size(dtype));
        ck_assert_mem_eq(b.data, d.data,
                         (size_t)ana_tensor_count(&b) * ana_dtype_size(dtype));
        ana_tensor_finish(&c);
        ana_tensor_finish(&d);
    }
    ana_tensor_finish(&a);
    ana_tensor_finish(&b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Each allocation of a fold's two matrices fails, and then a run that was interrupted:
 * nothing is left to release. */
START_TEST(a_matrix_that_fails_leaves_nothing_behind)
{
    const int64_t zero = 0;
    const int32_t standardise = _i / 2 ? ANA_STANDARDISE_SCALE : ANA_STANDARDISE_NONE;
    const int32_t dtype = _i % 2 ? ANA_F64 : ANA_F32;
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx), a = {0}, b = {0};
    struct ana_space *space = make_space(ctx, &x, 1, &zero, standardise, 0);
    const int64_t before = ana_ctx_memory(ctx, NULL);
    int rc = ANA_ERESOURCE;
    int64_t n = 0;

    while (rc != 0) {
        a = b = (struct ana_tensor){.dtype = dtype};
        ana_ctx_fail_allocation(ctx, ++n);
        rc = ana_fold_matrix(ctx, space, &fold, &a, &b);
        ana_ctx_fail_allocation(ctx, 0);
        ck_assert(rc == 0 || rc == ANA_ERESOURCE);
        ck_assert(rc == 0 || ana_ctx_memory(ctx, NULL) == before);
        ck_assert_int_lt(n, 100);
    }
    ck_assert_int_gt(n, 2);
    ana_tensor_finish(&a);
    ana_tensor_finish(&b);
    ana_ctx_cancel(ctx);
    a = b = (struct ana_tensor){.dtype = dtype};
    ck_assert_int_eq(ana_fold_matrix(ctx, space, &fold, &a, &b), ANA_ECANCEL);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), before);
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_plain_matrix_is_neither_centred_nor_scaled)
{
    const int64_t delays[] = {0, 2};
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x = random_samples(ctx), a = {.dtype = ANA_F64};
    struct ana_space *space = make_space(ctx, &x, 2, delays, ANA_STANDARDISE_SCALE, 0);

    ck_assert_int_eq(ana_space_matrix(ctx, space, &a), 0);
    for (int64_t r = 0; r < T; r++)
        for (int64_t f = 0; f < F; f++)
            ck_assert_double_eq(((double *)a.data)[r * 2 * F + F + f],
                                (double)((float *)x.data)[(r + 4) * F + f]);
    ana_tensor_finish(&a);
    ana_space_destroy(ctx, space);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Known from shapes: there are no samples yet. */
START_TEST(a_pca_that_lapack_cannot_hold_is_refused_before_it_is_run)
{
    static const struct {
        int64_t features, n_train, pca;
        int32_t fits;
    } cases[] = {{40000, 33000, 50, 0},
                 {40000, 32766, 50, 1},
                 {32766, 50000, 50, 1},
                 {40000, 50000, 0, 1}};
    const int64_t zero = 0;
    struct ana_ctx *ctx = test_ctx();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ana_fold folds[] = {
            {.size = sizeof *folds, .n_train = 10},
            {.size = sizeof *folds, .n_train = cases[i].n_train}};
        struct ana_tensor x;
        struct ana_space *space;

        ana_tensor_view(ANA_F32, 2, (const int64_t[]){1, cases[i].features}, NULL, &x);
        ck_assert_int_eq(ana_space_create(ctx, "net, conv5", &x, 1, &zero, 1, &zero,
                                          ANA_STANDARDISE_SCALE, cases[i].pca, &space),
                         0);
        ck_assert_int_eq(ana_space_fits(ctx, space, 2, folds),
                         cases[i].fits ? 0 : ANA_ERESOURCE);
        if (!cases[i].fits)
            ck_assert_str_eq(
                ana_error(ctx),
                "`pca = 50` of features net, conv5: eigenvalues of a 33000 x "
                "33000 matrix: LAPACK's workspace allows 32766 rows; use "
                "fewer rows or features");
        ana_space_destroy(ctx, space);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("space");
    TCase *all = tcase_create("all");

    tcase_add_test(all, delayed_columns_are_scaled_by_training_rows_alone);
    tcase_add_test(all, test_rows_never_touch_the_training_matrix);
    tcase_add_test(all, a_column_that_is_constant_in_training_becomes_0);
    tcase_add_test(all, principal_components_are_uncorrelated_and_ordered);
    tcase_add_test(all, a_sample_that_is_not_finite_is_located);
    tcase_add_loop_test(all, a_large_matrix_has_the_same_bits_on_any_number_of_threads, 0,
                        6);
    tcase_add_loop_test(all, a_matrix_that_fails_leaves_nothing_behind, 0, 4);
    tcase_add_test(all, the_plain_matrix_is_neither_centred_nor_scaled);
    tcase_add_test(all, a_pca_that_lapack_cannot_hold_is_refused_before_it_is_run);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
