/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <anaflow/linalg.h>

#include "linalg/blas.h"
#include "linalg/pool.h"

/* Matrices of a test: uniform in [-1, 1), fixed by `stream`. */
static double *random_matrix(struct ana_ctx *ctx, int64_t stream, int64_t rows,
                             int64_t stride)
{
    double *a = ana_alloc(ctx, rows * stride, sizeof *a);
    struct ana_rng rng;

    ana_rng_init(ctx, "test", stream, &rng);
    for (int64_t i = 0; i < rows * stride; i++)
        a[i] = 2 * ana_rng_uniform(&rng) - 1;
    return a;
}

/* The obvious twin of a product: element (i, j) by its definition. */
static double product_at(int ta, int tb, int64_t k, const double *a, int64_t lda,
                         const double *b, int64_t ldb, int64_t i, int64_t j)
{
    double sum = 0;

    for (int64_t l = 0; l < k; l++)
        sum += (ta ? a[l * lda + i] : a[i * lda + l]) *
               (tb ? b[j * ldb + l] : b[l * ldb + j]);
    return sum;
}

START_TEST(gemm_equals_its_definition_for_each_transpose_and_leaves_gaps_alone)
{
    enum { M = 7, N = 5, K = 9, LD = 13 };
    struct ana_ctx *ctx = test_ctx();

    for (int flags = 0; flags < 4; flags++) {
        const int ta = flags & 1, tb = flags >> 1;
        double *a = random_matrix(ctx, 1, LD, LD), *b = random_matrix(ctx, 2, LD, LD);
        double *c = random_matrix(ctx, 3, LD, LD), *old = random_matrix(ctx, 3, LD, LD);

        ck_assert_int_eq(ana_gemm(ctx, ta, tb, M, N, K, 0.5, a, LD, b, LD, 2, c, LD), 0);
        for (int64_t i = 0; i < LD; i++)
            for (int64_t j = 0; j < LD; j++) {
                const int inside = i < M && j < N;
                const double want =
                    inside ? 0.5 * product_at(ta, tb, K, a, LD, b, LD, i, j) +
                                 2 * old[i * LD + j]
                           : old[i * LD + j];

                ck_assert_double_eq_tol(c[i * LD + j], want, 1e-14);
                ck_assert(inside || c[i * LD + j] == want);
            }
        ana_free(ctx, a);
        ana_free(ctx, b);
        ana_free(ctx, c);
        ana_free(ctx, old);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(gemm_f32_agrees_with_the_double_product)
{
    enum { M = 6, N = 4, K = 31 };
    struct ana_ctx *ctx = test_ctx();
    double *a = random_matrix(ctx, 1, M, K), *b = random_matrix(ctx, 2, N, K);
    float fa[M * K], fb[N * K], fc[M * N];

    for (int i = 0; i < M * K; i++)
        fa[i] = (float)a[i];
    for (int i = 0; i < N * K; i++)
        fb[i] = (float)b[i];
    ck_assert_int_eq(ana_gemm_f32(ctx, 0, 1, M, N, K, 1, fa, K, fb, K, 0, fc, N), 0);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            ck_assert_double_eq_tol(fc[i * N + j], product_at(0, 1, K, a, K, b, K, i, j),
                                    1e-5);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_empty_inner_size_scales_c_and_empty_results_are_fine)
{
    struct ana_ctx *ctx = test_ctx();
    double c[4] = {1, 2, 3, 4};

    ck_assert_int_eq(ana_gemm(ctx, 0, 0, 2, 2, 0, 1, c, 0, c, 2, 3, c, 2), 0);
    ck_assert_double_eq(c[3], 12);
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, 0, 2, 5, 1, NULL, 5, NULL, 2, 0, NULL, 2), 0);
    ck_assert_int_eq(ana_syrk(ctx, 0, 0, 5, 1, NULL, 5, 0, NULL, 0), 0);
    ck_assert_int_eq(ana_svd(ctx, 0, 5, NULL, 5, NULL, NULL, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(sizes_beyond_32_bits_are_refused_not_wrapped)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t large = (int64_t)1 << 32 | 3; /* 3 where 32 bits are left */
    double one = 1, value;

    ck_assert_int_eq(ana_gemm(ctx, 0, 0, large, 1, 1, 1, &one, 1, &one, 1, 0, &one, 1),
                     ANA_ERESOURCE);
    ck_assert_str_eq(ana_error(ctx),
                     "the left factor of a product of 4294967299 x 1 is larger "
                     "than this BLAS can address (2147483647 a side); use fewer "
                     "rows or features");
    ck_assert_int_eq(ana_syrk(ctx, 1, 1, large, 1, &one, 1, 0, &one, 1), ANA_ERESOURCE);
    ck_assert_int_eq(ana_svd(ctx, 1, large, &one, large, NULL, &one, NULL),
                     ANA_ERESOURCE);
    ck_assert_int_eq(ana_cholesky_solve(ctx, large, 1, &one, large, &one, 1),
                     ANA_ERESOURCE);
    ck_assert_int_eq(ana_eigh(ctx, 32767, &one, 32767, &value), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "LAPACK's workspace allows 32766 rows"));
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, 1, 1, 2, 1, &one, 1, &one, 1, 0, &one, 1),
                     ANA_ESHAPE);
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, -1, 1, 1, 1, &one, 1, &one, 1, 0, &one, 1),
                     ANA_ESHAPE);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(syrk_fills_both_triangles)
{
    enum { N = 131, K = 17, LD = 140 };
    struct ana_ctx *ctx = test_ctx();

    for (int transpose = 0; transpose < 2; transpose++) {
        double *a = random_matrix(ctx, 1, LD, LD), *c = random_matrix(ctx, 2, N, LD);

        ck_assert_int_eq(ana_syrk(ctx, transpose, N, K, 2, a, LD, 0, c, LD), 0);
        for (int64_t i = 0; i < N; i++)
            for (int64_t j = 0; j < N; j++)
                ck_assert_double_eq_tol(
                    c[i * LD + j],
                    2 * product_at(transpose, !transpose, K, a, LD, a, LD, i, j), 1e-13);
        ck_assert_double_eq(c[3 * LD + 100], c[100 * LD + 3]);
        ana_free(ctx, a);
        ana_free(ctx, c);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(eigenvectors_are_orthonormal_columns_that_rebuild_the_matrix)
{
    enum { N = 45, LD = 48 };
    struct ana_ctx *ctx = test_ctx();
    double *x = random_matrix(ctx, 1, N, N), *a = ana_alloc(ctx, N * LD, sizeof *a), w[N];
    double *v = ana_alloc(ctx, N * LD, sizeof *v);

    ana_syrk(ctx, 0, N, N, 1, x, N, 0, a, LD);
    memcpy(v, a, N * LD * sizeof *v);
    ck_assert_int_eq(ana_eigh(ctx, N, v, LD, w), 0);
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++) {
            double rebuilt = 0, dot = 0;

            for (int64_t k = 0; k < N; k++) {
                rebuilt += v[i * LD + k] * w[k] * v[j * LD + k];
                dot += v[k * LD + i] * v[k * LD + j];
            }
            ck_assert_double_eq_tol(rebuilt, a[i * LD + j], 1e-12);
            ck_assert_double_eq_tol(dot, i == j, 1e-13);
        }
    for (int64_t i = 1; i < N; i++)
        ck_assert_double_le(w[i - 1], w[i]);
    ana_free(ctx, x);
    ana_free(ctx, a);
    ana_free(ctx, v);
    ana_ctx_destroy(ctx);
}
END_TEST

static void check_svd(struct ana_ctx *ctx,
                      int (*svd)(struct ana_ctx *ctx, int64_t m, int64_t n, double *a,
                                 int64_t lda, double *u, double *s, double *vt),
                      int64_t m, int64_t n, int64_t lda)
{
    const int64_t k = m < n ? m : n;
    double *a = random_matrix(ctx, m, m, lda), *old = random_matrix(ctx, m, m, lda);
    double *u = ana_alloc(ctx, m * k, 8), *s = ana_alloc(ctx, k, 8),
           *vt = ana_alloc(ctx, k * n, 8);
    double *u2 = ana_alloc(ctx, m * k, 8), *s2 = ana_alloc(ctx, k, 8);

    ck_assert_int_eq(svd(ctx, m, n, a, lda, u, s, vt), 0);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < lda; j++) {
            double rebuilt = 0;

            for (int64_t l = 0; j < n && l < k; l++)
                rebuilt += u[i * k + l] * s[l] * vt[l * n + j];
            ck_assert_double_eq_tol(j < n ? rebuilt : a[i * lda + j], old[i * lda + j],
                                    1e-13);
        }
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < k; j++) {
            ck_assert_double_eq_tol(product_at(1, 0, m, u, k, u, k, i, j), i == j, 1e-13);
            ck_assert_double_eq_tol(product_at(0, 1, n, vt, n, vt, n, i, j), i == j,
                                    1e-13);
        }
    for (int64_t i = 1; i < k; i++)
        ck_assert_double_ge(s[i - 1], s[i]);
    memcpy(a, old, (size_t)(m * lda) * sizeof *a);
    ck_assert_int_eq(svd(ctx, m, n, a, lda, u2, s2, NULL), 0);
    ck_assert_double_lt(test_difference(u2, u, m * k), 1e-12);
    memcpy(a, old, (size_t)(m * lda) * sizeof *a);
    ck_assert_int_eq(svd(ctx, m, n, a, lda, NULL, s2, NULL), 0);
    ck_assert_double_lt(test_difference(s2, s, k), 1e-13);
    ana_free(ctx, a);
    ana_free(ctx, old);
    ana_free(ctx, u);
    ana_free(ctx, s);
    ana_free(ctx, vt);
    ana_free(ctx, u2);
    ana_free(ctx, s2);
}

START_TEST(the_thin_svd_rebuilds_tall_wide_and_square_matrices_by_either_method)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t shape[][3] = {
        {40, 9, 9}, {9, 40, 44}, {20, 20, 21}, {1, 6, 6}, {6, 1, 3}};

    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        check_svd(ctx, ana_svd, shape[i][0], shape[i][1], shape[i][2]);
        check_svd(ctx, ana_svd_by_qr, shape[i][0], shape[i][1], shape[i][2]);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(cholesky_solves_and_says_which_row_is_not_positive)
{
    enum { N = 23, M = 4, LD = 25 };
    struct ana_ctx *ctx = test_ctx();
    double *x = random_matrix(ctx, 1, N, N), *a = ana_alloc(ctx, N * LD, sizeof *a);
    double *b = random_matrix(ctx, 2, N, M), *z = random_matrix(ctx, 2, N, M);
    double *old = ana_alloc(ctx, N * LD, sizeof *a);

    ana_syrk(ctx, 0, N, N, 1, x, N, 0, a, LD);
    for (int64_t i = 0; i < N; i++)
        a[i * LD + i] += 1;
    memcpy(old, a, N * LD * sizeof *a);
    ck_assert_int_eq(ana_cholesky_solve(ctx, N, M, a, LD, z, M), 0);
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < M; j++)
            ck_assert_double_eq_tol(product_at(0, 0, N, old, LD, z, M, i, j),
                                    b[i * M + j], 1e-12);
    old[7 * LD + 7] = -1;
    ck_assert_int_eq(ana_cholesky_solve(ctx, N, M, old, LD, z, M), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "Cholesky: the 23 x 23 matrix is not positive definite "
                     "(from row 7 on); add a larger penalty to its diagonal");
    ana_free(ctx, x);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_free(ctx, z);
    ana_free(ctx, old);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_cholesky_factor_serves_many_right_sides_and_gives_the_inverse)
{
    enum { N = 40, M = 7 };
    struct ana_ctx *ctx = test_ctx();
    double *a = ana_alloc(ctx, N * N, sizeof *a),
           *kept = ana_alloc(ctx, N * N, sizeof *a);
    double *x = ana_alloc(ctx, N * M, sizeof *x), *b = ana_alloc(ctx, N * M, sizeof *b);

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            kept[i * N + j] = a[i * N + j] =
                exp(-fabs((double)(i - j)) / 5) + (i == j ? .5 : 0);
    for (int i = 0; i < N * M; i++)
        x[i] = sin(i);
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, N, M, N, 1, kept, N, x, M, 0, b, M), 0);
    ck_assert_int_eq(ana_cholesky(ctx, N, a, N), 0);
    for (int turn = 0; turn < 2; turn++) { /* the factor is not used up */
        double *copy = ana_alloc(ctx, N * M, sizeof *copy);

        memcpy(copy, b, N * M * sizeof *copy);
        ck_assert_int_eq(ana_cholesky_apply(ctx, N, M, a, N, copy, M), 0);
        ck_assert(test_difference(copy, x, N * M) < 1e-12);
        ana_free(ctx, copy);
    }
    ck_assert_int_eq(ana_cholesky_inverse(ctx, N, a, N), 0);
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, N, M, N, 1, a, N, b, M, 0, kept, M), 0);
    ck_assert(test_difference(kept, x, N * M) < 1e-12);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            ck_assert_double_eq(a[i * N + j], a[j * N + i]);
    ana_free(ctx, a);
    ana_free(ctx, kept);
    ana_free(ctx, x);
    ana_free(ctx, b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Sizes on both sides of those at which triangles are halved, and rows that are longer. */
static const int64_t inverse_sizes[] = {1, 2, 31, 32, 33, 47, 64, 65, 100, 257};

START_TEST(inverses_times_the_matrix_are_one)
{
    const int64_t n = inverse_sizes[_i], ld = n + 3;
    struct ana_ctx *ctx = test_ctx();
    double *a = ana_alloc(ctx, n * ld, sizeof *a), *kept = ana_alloc(ctx, n * ld, 8);
    double *one = ana_alloc(ctx, n * n, sizeof *one);
    float *f = ana_alloc(ctx, n * ld, sizeof *f), *g = ana_alloc(ctx, n * ld, sizeof *g);

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            kept[i * ld + j] = exp(-fabs((double)(i - j)) / 5) + (i == j ? .5 : 0);
            a[i * ld + j] = kept[i * ld + j];
            f[i * ld + j] = (float)kept[i * ld + j];
            g[i * ld + j] = j < i ? NAN : f[i * ld + j]; /* is not read */
        }
    ck_assert_int_eq(ana_cholesky(ctx, n, a, ld), 0);
    ck_assert_int_eq(ana_cholesky_inverse(ctx, n, a, ld), 0);
    ck_assert_int_eq(ana_cholesky_f32(ctx, n, f, ld), 0);
    ck_assert_int_eq(ana_cholesky_inverse_f32(ctx, n, f, ld), 0);
    ck_assert_int_eq(ana_inverse_f32(ctx, n, g, ld), 0);
    ck_assert_int_eq(ana_gemm(ctx, 0, 0, n, n, n, 1, a, ld, kept, ld, 0, one, n), 0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            ck_assert_double_eq_tol(one[i * n + j], i == j, 1e-13);
            ck_assert_double_eq_tol((double)f[i * ld + j], a[i * ld + j], 2e-6);
            ck_assert_double_eq_tol((double)g[i * ld + j], a[i * ld + j], 2e-6);
            ck_assert(memcmp(g + i * ld + j, g + j * ld + i, sizeof *g) == 0);
        }
    ck_assert_double_eq(a[n], 0); /* gaps are left alone */
    ana_free(ctx, a);
    ana_free(ctx, kept);
    ana_free(ctx, one);
    ana_free(ctx, f);
    ana_free(ctx, g);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_has_no_inverse_is_refused_where_it_fails)
{
    enum { N = 80 };
    struct ana_ctx *ctx = test_ctx();
    float *a = ana_alloc(ctx, N * N, sizeof *a);

    for (int i = 0; i < N; i++)
        a[i * N + i] = 1;
    a[70 * N + 70] = -1;
    ck_assert_int_eq(ana_inverse_f32(ctx, N, a, N), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "Cholesky: the 80 x 80 matrix is not positive definite "
                     "(from row 70 on); add a larger penalty to its diagonal");
    memset(a, 0, N * N * sizeof *a);
    for (int i = 0; i < N; i++)
        a[i * N + i] = i != 5;
    ck_assert_int_eq(ana_cholesky_inverse_f32(ctx, N, a, N), ANA_ENUMERIC);
    ana_free(ctx, a);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_is_not_finite_is_located)
{
    struct ana_ctx *ctx = test_ctx();
    double a[] = {1, 0, 0, 1, 0, INFINITY}, b[] = {1, 0, NAN, 1}, w[2];

    ck_assert_int_eq(ana_svd(ctx, 2, 3, a, 3, NULL, w, NULL), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "singular values: row 1, column 2 of 2 x 3 (from 0) is inf");
    ck_assert_int_eq(ana_eigh(ctx, 2, b, 2, w), ANA_ENUMERIC);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "row 1, column 0"));
    ck_assert_int_eq(ana_cholesky_solve(ctx, 2, 1, b, 2, w, 1), ANA_ENUMERIC);
    b[2] = 0;
    w[1] = NAN;
    ck_assert_int_eq(ana_cholesky_solve(ctx, 2, 1, b, 2, w, 1), ANA_ENUMERIC);
    ck_assert_str_eq(
        ana_error(ctx),
        "Cholesky: the right side: row 1, column 0 of 2 x 1 (from 0) is nan");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_workspace_beyond_the_memory_limit_is_a_resource_error)
{
    enum { N = 200 };
    struct ana_ctx *ctx = NULL;
    static double a[N * N], w[N];

    ana_ctx_create(&(struct ana_ctx_options){.memory = 4096}, &ctx);
    ck_assert_int_eq(ana_eigh(ctx, N, a, N, w), ANA_ERESOURCE);
    ck_assert_int_eq(ana_svd(ctx, N, N, a, N, NULL, w, NULL), ANA_ERESOURCE);
    ck_assert_int_eq(ana_svd_by_qr(ctx, N, N, a, N, NULL, w, NULL), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "`memory`"));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(blas_names_itself_and_keeps_to_one_thread)
{
    ck_assert_ptr_nonnull(strstr(ana_blas_name(), "OpenBLAS "));
    ck_assert_ptr_nonnull(strstr(ana_blas_name(), ", "));
    ck_assert_int_eq(ana_blas_single_thread(), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linalg");
    TCase *tests = tcase_create("linalg");

    tcase_add_test(tests,
                   gemm_equals_its_definition_for_each_transpose_and_leaves_gaps_alone);
    tcase_add_test(tests, gemm_f32_agrees_with_the_double_product);
    tcase_add_test(tests, an_empty_inner_size_scales_c_and_empty_results_are_fine);
    tcase_add_test(tests, sizes_beyond_32_bits_are_refused_not_wrapped);
    tcase_add_test(tests, syrk_fills_both_triangles);
    tcase_add_test(tests, eigenvectors_are_orthonormal_columns_that_rebuild_the_matrix);
    tcase_add_test(tests,
                   the_thin_svd_rebuilds_tall_wide_and_square_matrices_by_either_method);
    tcase_add_test(tests, cholesky_solves_and_says_which_row_is_not_positive);
    tcase_add_test(tests,
                   a_cholesky_factor_serves_many_right_sides_and_gives_the_inverse);
    tcase_add_loop_test(tests, inverses_times_the_matrix_are_one, 0,
                        sizeof inverse_sizes / sizeof *inverse_sizes);
    tcase_add_test(tests, what_has_no_inverse_is_refused_where_it_fails);
    tcase_add_test(tests, what_is_not_finite_is_located);
    tcase_add_test(tests, a_workspace_beyond_the_memory_limit_is_a_resource_error);
    tcase_add_test(tests, blas_names_itself_and_keeps_to_one_thread);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
