/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <float.h>

#include <anaflow/stats.h>

START_TEST(tied_values_share_the_mean_of_their_places)
{
    struct ana_ctx *ctx = test_ctx();
    const double x[] = {3, -1, 3, 7, 3, -1, -0.0, 0.0},
                 want[] = {6, 1.5, 6, 8, 6, 1.5, 3.5, 3.5};
    double ranks[8];

    ck_assert_int_eq(ana_ranks(ctx, 8, x, ranks), 0);
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq(ranks[i], want[i]);
    ck_assert_int_eq(ana_ranks(ctx, 0, x, ranks), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The obvious twin: 1 + values below + half of the other equal ones. */
START_TEST(ranks_equal_counting_who_is_smaller)
{
    enum { N = 300 };
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;
    double x[N], ranks[N], sum = 0;

    ana_rng_init(ctx, "ranks", 0, &rng);
    for (int i = 0; i < N; i++)
        x[i] = (double)ana_rng_below(&rng, 60) - 30;
    ck_assert_int_eq(ana_ranks(ctx, N, x, ranks), 0);
    for (int i = 0; i < N; i++) {
        double below = 0, equal = 0;

        for (int j = 0; j < N; j++) {
            below += x[j] < x[i];
            equal += x[j] == x[i];
        }
        ck_assert_double_eq(ranks[i], below + (equal + 1) / 2);
        sum += ranks[i];
    }
    ck_assert_double_eq(sum, N * (N + 1) / 2.0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_nan_has_no_rank_and_is_located)
{
    struct ana_ctx *ctx = test_ctx();
    const double x[] = {1, 2, NAN};
    double ranks[3];

    ck_assert_int_eq(ana_ranks(ctx, 3, x, ranks), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx), "ranks: value 2 of 3 (from 0) is NaN");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(pearson_does_not_depend_on_offset_scale_or_range)
{
    const double x[] = {1, 2, 4, 7}, y[] = {2, -1, 0, 5};
    const double scale[] = {1, 1e-200, 1e200, 1e-310};
    const double r = ana_pearson(4, x, y, NULL), mx = 3.5, my = 1.5;
    double a[4], xy = 0, xx = 0, yy = 0;

    for (int i = 0; i < 4; i++) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    ck_assert_double_eq_tol(r, xy / sqrt(xx * yy), 1e-15);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 4; i++)
            a[i] = scale[k] * x[i];
        ck_assert_double_eq_tol(ana_pearson(4, a, y, NULL), r, 1e-12);
        ck_assert_double_eq_tol(ana_pearson(4, y, a, NULL), r, 1e-12);
    }
    for (int i = 0; i < 4; i++)
        a[i] = 1e6 - x[i];
    ck_assert_double_eq_tol(ana_pearson(4, a, y, NULL), -r, 1e-9);
    ck_assert_double_eq_tol(ana_pearson(4, x, x, NULL), 1, 1e-15);
}
END_TEST

START_TEST(pearson_says_which_side_is_constant_even_through_rounding)
{
    const double x[] = {1, 2, 3}, flat[] = {0.1, 0.1, 0.1}, zero[] = {0, 0, 0};
    const double almost[] = {1e4, 1e4 * (1 + 2 * DBL_EPSILON), 1e4},
                 small[] = {1e-40, 0, 2e-40};
    int32_t constant;

    ck_assert(isnan(ana_pearson(3, x, flat, &constant)));
    ck_assert_int_eq(constant, ANA_CONSTANT_Y);
    ck_assert(isnan(ana_pearson(3, almost, x, &constant)));
    ck_assert_int_eq(constant, ANA_CONSTANT_X);
    ck_assert(isnan(ana_pearson(3, zero, flat, &constant)));
    ck_assert_int_eq(constant, ANA_CONSTANT_X | ANA_CONSTANT_Y);
    ck_assert(isnan(ana_pearson(1, x, x, &constant)));
    ck_assert_int_eq(constant, ANA_CONSTANT_X | ANA_CONSTANT_Y);
    ck_assert(isfinite(ana_pearson(3, small, x, &constant)));
    ck_assert_int_eq(constant, 0);
}
END_TEST

START_TEST(pearson_of_what_is_not_finite_is_nan_and_not_called_constant)
{
    const double x[] = {1, 2, 3}, bad[] = {1, NAN, 1}, inf[] = {1, 2, INFINITY};
    int32_t constant = 7;

    ck_assert(isnan(ana_pearson(3, x, bad, &constant)));
    ck_assert_int_eq(constant, 0);
    ck_assert(isnan(ana_pearson(3, inf, x, &constant)));
    ck_assert_int_eq(constant, 0);
}
END_TEST

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

START_TEST(the_median_equals_sorting_and_leaves_nan_out)
{
    enum { MOST = 96 }; /* twice what is sorted and not counted */
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;

    ana_rng_init(ctx, "median", 0, &rng);
    for (int round = 0; round < 500; round++) {
        const int64_t n = ana_rng_below(&rng, MOST + 1);
        double x[MOST], sorted[MOST], want, got;
        int64_t m = 0;

        for (int64_t i = 0; i < n; i++) {
            x[i] = ana_rng_normal(&rng) * pow(10, (double)ana_rng_below(&rng, 600) - 300);
            if (ana_rng_below(&rng, 4) == 0)
                x[i] = NAN;
            else if (ana_rng_below(&rng, 4) == 0)
                x[i] = (double)ana_rng_below(&rng, 3) - 1;
            if (!isnan(x[i]))
                sorted[m++] = x[i];
        }
        qsort(sorted, (size_t)m, sizeof *sorted, by_number);
        want = m == 0 ? 0 : (sorted[(m - 1) / 2] + sorted[m / 2]) / 2;
        got = ana_median(n, x);
        ck_assert(m == 0 ? isnan(got) : got == want);
    }
    ck_assert_double_eq(ana_median(3, (const double[]){-INFINITY, 1, INFINITY}), 1);
    ck_assert_double_eq(ana_median(2, (const double[]){DBL_MAX, DBL_MAX}), DBL_MAX);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The numbers of an NPY file of the reference set: float64, C order, version 1. */
static int read_reference(const char *name, int64_t n, double *out)
{
    char buffer[512], path[128];
    unsigned char head[10];
    FILE *file;

    snprintf(path, sizeof path, "reference/stats_correlation/%s.npy", name);
    if (!test_shared(path, buffer, sizeof buffer))
        return 0;
    file = fopen(buffer, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq((int)fread(head, 1, 10, file), 10);
    fseek(file, head[8] + 256L * head[9], SEEK_CUR);
    ck_assert_int_eq((int)fread(out, sizeof *out, (size_t)n, file), (int)n);
    fclose(file);
    return 1;
}

START_TEST(ranks_pearson_and_spearman_equal_scipy)
{
    enum { N = 30, P = 7 };
    struct ana_ctx *ctx = test_ctx();
    double x[N * P], y[N * P], ranks[N * P], r[P], rho[P];

    if (!read_reference("X", N * P, x)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is missing");
    }
    read_reference("Y", N * P, y);
    read_reference("ranks_X", N * P, ranks);
    read_reference("pearson_r", P, r);
    read_reference("spearman_r", P, rho);
    for (int j = 0; j < P; j++) {
        double a[N], b[N], rank_a[N], rank_b[N];

        for (int i = 0; i < N; i++) {
            a[i] = x[i * P + j];
            b[i] = y[i * P + j];
        }
        ck_assert_double_eq_tol(ana_pearson(N, a, b, NULL), r[j], 1e-14);
        ana_ranks(ctx, N, a, rank_a);
        ana_ranks(ctx, N, b, rank_b);
        ck_assert_double_eq_tol(ana_pearson(N, rank_a, rank_b, NULL), rho[j], 1e-14);
        for (int i = 0; i < N; i++)
            ck_assert_double_eq(rank_a[i], ranks[i * P + j]);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tests = tcase_create("stats");

    tcase_add_test(tests, tied_values_share_the_mean_of_their_places);
    tcase_add_test(tests, ranks_equal_counting_who_is_smaller);
    tcase_add_test(tests, a_nan_has_no_rank_and_is_located);
    tcase_add_test(tests, pearson_does_not_depend_on_offset_scale_or_range);
    tcase_add_test(tests, pearson_says_which_side_is_constant_even_through_rounding);
    tcase_add_test(tests, pearson_of_what_is_not_finite_is_nan_and_not_called_constant);
    tcase_add_test(tests, the_median_equals_sorting_and_leaves_nan_out);
    tcase_add_test(tests, ranks_pearson_and_spearman_equal_scipy);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
