/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The encoding engine on random matrices: beside slow refits, and under changes of the
 * problem whose effect is known.
 */
#include "plugins/metrics/lib/fraction.h"
#include "plugins/metrics/lib/penalty.h"
#include "plugins/metrics/lib/score.h"
#include "tests/unit/metric_run.h"

#define COUNT(a) ((int64_t)(sizeof(a) / sizeof *(a)))

/* Solve a w = b for a small dense a by elimination with pivots; both overwritten. */
static void eliminate(int64_t n, double *a, double *b)
{
    for (int64_t k = 0; k < n; k++) {
        int64_t pivot = k;

        for (int64_t i = k; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
                pivot = i;
        for (int64_t j = 0; j < n; j++) {
            const double held = a[k * n + j];

            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = held;
        }
        b[n] = b[k], b[k] = b[pivot], b[pivot] = b[n];
        for (int64_t i = 0; i < n; i++) {
            const double factor = i == k ? 0 : a[i * n + k] / a[k * n + k];

            for (int64_t j = k; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
            b[i] -= factor * b[k];
        }
    }
    for (int64_t k = 0; k < n; k++)
        b[k] /= a[k * n + k];
}

/* Ridge by the normal equations (X'X + alpha I) w = X'y, one target, without row `skip`
 * (-1: none); the prediction of the row x. */
static double slow_ridge(int64_t n, int64_t p, const double *X, const double *y,
                         double alpha, int intercept, int64_t skip, const double *x)
{
    double *a = calloc((size_t)(p * p), sizeof *a);
    double *w = calloc((size_t)p + 1, sizeof *w), *mean = calloc((size_t)p, sizeof *mean);
    double offset = 0, prediction;
    const double rows = (double)(skip < 0 ? n : n - 1);

    for (int64_t i = 0; intercept && i < n; i++) {
        for (int64_t k = 0; i != skip && k < p; k++)
            mean[k] += X[i * p + k] / rows;
        offset += i == skip ? 0 : y[i] / rows;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; i != skip && k < p; k++) {
            for (int64_t l = 0; l < p; l++)
                a[k * p + l] += (X[i * p + k] - mean[k]) * (X[i * p + l] - mean[l]);
            w[k] += (X[i * p + k] - mean[k]) * (y[i] - offset);
        }
    for (int64_t k = 0; k < p; k++)
        a[k * p + k] += alpha;
    eliminate(p, a, w);
    prediction = offset;
    for (int64_t k = 0; k < p; k++)
        prediction += (x[k] - mean[k]) * w[k];
    free(a);
    free(w);
    free(mean);
    return prediction;
}

/* A design and one set of targets, made from copies. */
struct fixture {
    struct ana_design *design;
    double *y, *mean, *b; /* centred y */
};

static struct fixture fixture_by(struct ana_ctx *ctx, int32_t form, int64_t n, int64_t m,
                                 int64_t p, int64_t t, const double *X,
                                 const double *X_test, const double *y, int intercept)
{
    double *train = test_copy(ctx, n * p, X), *test = test_copy(ctx, m * p, X_test);
    struct fixture f = {0};

    ck_assert_msg(
        (form
             ? ana_design_create_by(ctx, form, n, m, p, train, test, intercept, &f.design)
             : ana_design_create(ctx, n, m, p, train, test, intercept, &f.design)) == 0,
        "%s", ana_error(ctx));
    f.y = test_copy(ctx, n * t, y);
    f.mean = ana_alloc(ctx, t, sizeof *f.mean);
    f.b = ana_alloc(ctx, f.design->r * t, sizeof *f.b);
    ck_assert_int_eq(ana_design_project(ctx, f.design, t, f.y, f.mean, f.b), 0);
    ana_free(ctx, train);
    ana_free(ctx, test);
    return f;
}

static void drop(struct ana_ctx *ctx, struct fixture *f)
{
    ana_design_destroy(ctx, f->design);
    ana_free(ctx, f->y);
    ana_free(ctx, f->mean);
    ana_free(ctx, f->b);
}

/* Prediction of all held-out rows with one alpha, means added. Freed with ana_free. */
static double *predict(struct ana_ctx *ctx, const struct fixture *f, int64_t t,
                       double alpha)
{
    int64_t *choice = ana_alloc(ctx, t, sizeof *choice);
    double *p = ana_alloc(ctx, f->design->m * t, sizeof *p);

    ck_assert_int_eq(ana_design_predict(ctx, f->design, t, f->b, &alpha, choice, p), 0);
    for (int64_t i = 0; i < f->design->m * t; i++)
        p[i] += f->mean[i % t];
    ana_free(ctx, choice);
    return p;
}

static double *fit_predict(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p,
                           int64_t t, const double *X, const double *X_test,
                           const double *y, double alpha)
{
    struct fixture f = fixture_by(ctx, 0, n, m, p, t, X, X_test, y, 1);
    double *prediction = predict(ctx, &f, t, alpha);

    drop(ctx, &f);
    return prediction;
}

static const double some_alphas[] = {1e-3, .1, 1, 30, 1e4};

START_TEST(leave_one_out_equals_refitting_without_each_row)
{
    static const int64_t shape[][2] = {{12, 4}, {9, 8}, {10, 10},
                                       {8, 20}, {5, 1}, {2, 3}};
    struct ana_ctx *ctx = test_ctx();

    for (int64_t k = 0; k < 2 * COUNT(shape); k++) {
        const int64_t n = shape[k / 2][0], p = shape[k / 2][1], t = 3;
        const int intercept = k % 2 == 0;
        double *X = test_normal(ctx, "X", n * p), *y = test_normal(ctx, "y", n * t);
        double *errors = ana_alloc(ctx, n * t, sizeof *errors);
        double *one = ana_alloc(ctx, n, sizeof *one);

        for (int64_t a = 0; a < COUNT(some_alphas); a++) {
            struct fixture f = fixture_by(ctx, 0, n, n, p, t, X, X, y, intercept);

            ck_assert_int_eq(
                ana_loo_errors(ctx, f.design, some_alphas[a], t, f.y, f.b, errors), 0);
            for (int64_t j = 0; j < t; j++) {
                for (int64_t i = 0; i < n; i++)
                    one[i] = y[i * t + j];
                for (int64_t i = 0; i < n; i++) {
                    const double want = one[i] - slow_ridge(n, p, X, one, some_alphas[a],
                                                            intercept, i, X + i * p);

                    ck_assert_msg(fabs(errors[i * t + j] - want) < 1e-8,
                                  "%lld x %lld, alpha %g: %.12g, not %.12g", (long long)n,
                                  (long long)p, some_alphas[a], errors[i * t + j], want);
                }
            }
            drop(ctx, &f);
        }
        ana_free(ctx, X);
        ana_free(ctx, y);
        ana_free(ctx, errors);
        ana_free(ctx, one);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

/* Where p >= n - 1 the textbook form is 0/0 as alpha falls; the limit is finite. */
START_TEST(leave_one_out_has_its_limit_where_features_outnumber_rows)
{
    const int64_t n = 12, p = 40, t = 2;
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", n * p), *y = test_normal(ctx, "y", n * t);
    double *at[3];
    static const double alphas[] = {1e-6, 1e-20, 1e-50};

    for (int k = 0; k < 3; k++) {
        struct fixture f = fixture_by(ctx, 0, n, n, p, t, X, X, y, 1);

        at[k] = ana_alloc(ctx, n * t, sizeof(double));
        ck_assert_int_eq(f.design->r, n - 1);
        ck_assert_int_eq(ana_loo_errors(ctx, f.design, alphas[k], t, f.y, f.b, at[k]), 0);
        drop(ctx, &f);
    }
    ck_assert(test_difference(at[1], at[0], n * t) < 1e-6);
    ck_assert(test_difference(at[2], at[1], n * t) < 1e-12);
    for (int k = 0; k < 3; k++)
        ana_free(ctx, at[k]);
    ana_free(ctx, X);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A row that alone carries a feature cannot be predicted from the others: its error is
 * y less the others' mean at every alpha, although 1 - h_ii falls to 0 with alpha. */
START_TEST(a_row_of_full_leverage_keeps_its_true_error)
{
    enum { N = 6 };
    double X[N] = {0}, y[N] = {1, 2, 3, 4, 5, 60}, errors[N];
    struct ana_ctx *ctx = test_ctx();
    static const double alphas[] = {0, 1e-50, 1e-18, 1e-8, 1, 1e8};

    X[N - 1] = 1;
    for (int64_t a = 0; a < COUNT(alphas); a++) {
        struct fixture f = fixture_by(ctx, 0, N, N, 1, 1, X, X, y, 1);

        ck_assert_int_eq(ana_loo_errors(ctx, f.design, alphas[a], 1, f.y, f.b, errors),
                         0);
        ck_assert_msg(fabs(errors[N - 1] - 57) < 1e-6, "alpha %g: %g", alphas[a],
                      errors[N - 1]);
        drop(ctx, &f);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(gcv_equals_its_definition)
{
    static const int64_t shape[][2] = {{14, 5}, {8, 20}};
    struct ana_ctx *ctx = test_ctx();

    for (int64_t k = 0; k < COUNT(shape); k++) {
        const int64_t n = shape[k][0], p = shape[k][1];
        double *X = test_normal(ctx, "X", n * p), *y = test_normal(ctx, "y", n);
        double *unit = ana_alloc(ctx, n, sizeof *unit);

        for (int64_t a = 0; a < COUNT(some_alphas); a++) {
            const double alpha = some_alphas[a];
            struct fixture f = fixture_by(ctx, 0, n, n, p, 1, X, X, y, 1);
            double sse = 0, trace = 0, got, want;

            for (int64_t i = 0; i < n; i++) { /* h_ii: what y_i adds to its own fit */
                const double e = y[i] - slow_ridge(n, p, X, y, alpha, 1, -1, X + i * p);

                sse += e * e;
                memset(unit, 0, (size_t)n * sizeof *unit);
                unit[i] = 1;
                trace += slow_ridge(n, p, X, unit, alpha, 1, -1, X + i * p);
            }
            want = sse / (double)n / pow(1 - trace / (double)n, 2);
            ck_assert_int_eq(ana_loss_gcv(ctx, f.design, 1, &alpha, 1, f.y, f.b, &got),
                             0);
            ck_assert_msg(fabs(got / want - 1) < 1e-8, "%g, not %g", got, want);
            drop(ctx, &f);
        }
        ana_free(ctx, X);
        ana_free(ctx, y);
        ana_free(ctx, unit);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(svd_gram_and_kernel_forms_agree)
{
    static const int64_t shape[][2] = {{60, 20}, {40, 40}, {20, 60}};
    struct ana_ctx *ctx = test_ctx();

    for (int64_t k = 0; k < COUNT(shape); k++) {
        const int64_t n = shape[k][0], p = shape[k][1], m = 7, t = 4;
        double *X = test_normal(ctx, "X", n * p), *X_test = test_normal(ctx, "T", m * p);
        double *y = test_normal(ctx, "y", n * t);
        struct fixture by_svd =
            fixture_by(ctx, ANA_DESIGN_SVD, n, m, p, t, X, X_test, y, 1);
        double *want = predict(ctx, &by_svd, t, .5), loss[4];

        ck_assert_int_eq(
            ana_loss_loo(ctx, by_svd.design, 1, some_alphas, t, by_svd.y, by_svd.b, loss),
            0);
        for (int32_t form = ANA_DESIGN_GRAM; form <= ANA_DESIGN_KERNEL; form++) {
            struct fixture f;
            double *got, other[4];

            if (form == ANA_DESIGN_GRAM && p > n)
                continue;
            f = fixture_by(ctx, form, n, m, p, t, X, X_test, y, 1);
            ck_assert_int_eq(f.design->r, by_svd.design->r);
            got = predict(ctx, &f, t, .5);
            ck_assert(test_difference(got, want, m * t) < 1e-10);
            ck_assert_int_eq(
                ana_loss_loo(ctx, f.design, 1, some_alphas, t, f.y, f.b, other), 0);
            ck_assert(test_difference(other, loss, t) < 1e-9);
            ana_free(ctx, got);
            drop(ctx, &f);
        }
        ana_free(ctx, want);
        ana_free(ctx, X);
        ana_free(ctx, X_test);
        ana_free(ctx, y);
        drop(ctx, &by_svd);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

/* Numbers by tests/oracles/make_ridge.py. */
START_TEST(predictions_equal_scikit_learns_down_to_alpha_1e_minus_50)
{
    enum { N = 12, M = 5, P = 30, A = 6 };
    double X[(N + M) * P], y[N];
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor alphas, want;
    const char *source = getenv("ANA_SOURCE");
    char path[4096];

    for (int i = 0; i < N + M; i++)
        for (int j = 0; j < P; j++)
            X[i * P + j] = sin(1 + 7 * i + 3 * j + .37 * i * j);
    for (int i = 0; i < N; i++)
        y[i] = cos(2. * i) + .1 * i;
    snprintf(path, sizeof path, "%s/tests/golden/ridge/alphas.npy",
             source ? source : ".");
    ck_assert_int_eq(ana_npy_read(ctx, path, &alphas), 0);
    snprintf(path, sizeof path, "%s/tests/golden/ridge/predictions.npy",
             source ? source : ".");
    ck_assert_int_eq(ana_npy_read(ctx, path, &want), 0);
    ck_assert_int_eq(ana_tensor_count(&want), A * M);
    for (int a = 0; a < A; a++) {
        double *got = fit_predict(ctx, N, M, P, 1, X, X + N * P, y,
                                  ana_tensor_get(&alphas, a)),
               expected[M];

        for (int i = 0; i < M; i++)
            expected[i] = ana_tensor_get(&want, a * M + i);
        ck_assert(test_difference(got, expected, M) < 1e-8);
        ana_free(ctx, got);
    }
    ana_tensor_finish(&alphas);
    ana_tensor_finish(&want);
    ana_ctx_destroy(ctx);
}
END_TEST

/* One problem for the invariances: n x p with m rows held out, t targets. */
enum { N = 30, M = 9, P = 12, T = 3 };

START_TEST(the_order_of_training_rows_does_not_matter)
{
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", N * P), *X_test = test_normal(ctx, "T", M * P);
    double *y = test_normal(ctx, "y", N * T), *shuffled, *y_shuffled, *a, *b;
    int64_t order[N];
    struct ana_rng rng;

    for (int64_t i = 0; i < N; i++)
        order[i] = i;
    ana_rng_init(ctx, "order", 0, &rng);
    ana_rng_shuffle(&rng, N, order);
    shuffled = test_rows(ctx, N, order, P, X);
    y_shuffled = test_rows(ctx, N, order, T, y);
    a = fit_predict(ctx, N, M, P, T, X, X_test, y, .7);
    b = fit_predict(ctx, N, M, P, T, shuffled, X_test, y_shuffled, .7);
    ck_assert(test_difference(a, b, M * T) < 1e-12);
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_free(ctx, shuffled);
    ana_free(ctx, y_shuffled);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(scaling_and_shifting_a_target_scales_and_shifts_its_prediction)
{
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", N * P), *X_test = test_normal(ctx, "T", M * P);
    double *y = test_normal(ctx, "y", N * T), *moved = test_copy(ctx, N * T, y), *a, *b;

    for (int64_t i = 0; i < N * T; i++)
        moved[i] = -250 * y[i] + 7;
    a = fit_predict(ctx, N, M, P, T, X, X_test, y, 2);
    b = fit_predict(ctx, N, M, P, T, X, X_test, moved, 2);
    for (int64_t i = 0; i < M * T; i++)
        a[i] = -250 * a[i] + 7;
    ck_assert(test_difference(a, b, M * T) < 1e-12);
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_free(ctx, moved);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* x H with the reflection H = I - 2 v v'. */
static void reflect(int64_t n, double *x, const double *v)
{
    for (int64_t i = 0; i < n; i++) {
        double dot = 0;

        for (int64_t k = 0; k < P; k++)
            dot += x[i * P + k] * v[k];
        for (int64_t k = 0; k < P; k++)
            x[i * P + k] -= 2 * dot * v[k];
    }
}

START_TEST(rotating_the_features_changes_nothing)
{
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", N * P), *X_test = test_normal(ctx, "T", M * P);
    double *y = test_normal(ctx, "y", N * T), *v = test_normal(ctx, "v", P), *a, *b;
    double norm = 0;

    for (int64_t k = 0; k < P; k++)
        norm += v[k] * v[k];
    for (int64_t k = 0; k < P; k++)
        v[k] /= sqrt(norm);
    a = fit_predict(ctx, N, M, P, T, X, X_test, y, 3);
    reflect(N, X, v);
    reflect(M, X_test, v);
    b = fit_predict(ctx, N, M, P, T, X, X_test, y, 3);
    ck_assert(test_difference(a, b, M * T) < 1e-12);
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_free(ctx, v);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* X's columns twice and a constant one, the copies divided by sqrt(2): the same Gram. */
START_TEST(repeated_and_constant_columns_change_nothing_not_even_at_alpha_0)
{
    enum { WIDE = 2 * P + 1 };
    static const double alphas[] = {0, 1e-30, 1e-3, 5};
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", N * P), *X_test = test_normal(ctx, "T", M * P);
    double *y = test_normal(ctx, "y", N * T);
    double *wide = ana_alloc(ctx, N * WIDE, sizeof *wide);
    double *wide_test = ana_alloc(ctx, M * WIDE, sizeof *wide_test);

    for (int64_t i = 0; i < N + M; i++) {
        double *row = i < N ? wide + i * WIDE : wide_test + (i - N) * WIDE;

        row[WIDE - 1] = 4;
        for (int64_t k = 0; k < P; k++)
            row[k] = row[P + k] =
                (i < N ? X[i * P + k] : X_test[(i - N) * P + k]) / sqrt(2);
    }
    for (int64_t k = 0; k < COUNT(alphas); k++) {
        double *a = fit_predict(ctx, N, M, P, T, X, X_test, y, alphas[k]);
        double *b = fit_predict(ctx, N, M, WIDE, T, wide, wide_test, y, alphas[k]);

        ck_assert(test_difference(a, b, M * T) < 1e-11);
        ana_free(ctx, a);
        ana_free(ctx, b);
    }
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_free(ctx, wide);
    ana_free(ctx, wide_test);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(features_that_never_move_predict_the_mean)
{
    enum { ROWS = 4 };
    double X[ROWS] = {3, 3, 3, 3}, y[ROWS] = {1, 2, 3, 6}, curve[2];
    static const double alphas[] = {.1, 10};
    struct ana_ctx *ctx = test_ctx();
    struct fixture f = fixture_by(ctx, 0, ROWS, ROWS, 1, 1, X, X, y, 1);
    double *got = predict(ctx, &f, 1, 1);
    int64_t choice;

    ck_assert_int_eq(f.design->r, 0);
    for (int i = 0; i < ROWS; i++)
        ck_assert(got[i] == 3);
    ck_assert_int_eq(ana_loss_loo(ctx, f.design, 2, alphas, 1, f.y, f.b, curve), 0);
    ana_penalty_choose(2, 1, curve, &choice);
    ck_assert_int_eq(choice, 1);
    ana_free(ctx, got);
    drop(ctx, &f);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(ties_go_to_the_larger_alpha_and_flat_curves_are_no_edge)
{
    /* 4 alphas x 5 targets */
    static const double curve[] = {2, 1, 3, 0, NAN, /* */
                                   1, 1, 2, 0, NAN, /* */
                                   1, 2, 1, 0, NAN, /* */
                                   3, 3, 0, 0, NAN};
    static const int64_t want[] = {2, 1, 3, 3, 3};
    int64_t choice[5], low, high;

    ana_penalty_choose(4, 5, curve, choice);
    for (int j = 0; j < 5; j++)
        ck_assert_int_eq(choice[j], want[j]);
    ana_penalty_edges(4, 5, curve, choice, &low, &high);
    ck_assert_int_eq(low, 0);
    ck_assert_int_eq(high, 1);
}
END_TEST

START_TEST(scores_equal_their_formulas)
{
    static const double prediction[] = {1, 2, 3, 4}, mean = 1, y[] = {2, 3, 5, 4};
    double r, r2, R2;
    struct ana_scores scores = {&r, &r2, &R2, 0, 0};
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_score(ctx, 4, 1, prediction, &mean, y, &scores), 0);
    ck_assert(fabs(r - .8) < 1e-15); /* 4 / sqrt(5 * 5) */
    ck_assert(fabs(r2 - .64) < 1e-15);
    ck_assert(fabs(R2 - .6) < 1e-15); /* 1 - (0 + 0 + 1 + 1) / 5 */
    ck_assert_int_eq(scores.constant_targets + scores.constant_predictions, 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Targets: constant; one predicted by a constant; one predicted with the wrong sign. */
START_TEST(constant_targets_have_no_score_and_constant_predictions_score_0)
{
    static const double prediction[] = {1, 1e-30, 3, 2, 2e-30, 2, 3, 1e-31, 1};
    static const double y[] = {.1, 1, 1, .1, 2, 2, .1, 4, 3};
    static const double mean[] = {0, 0, 0};
    double r[3], r2[3], R2[3];
    struct ana_scores scores = {r, r2, R2, 0, 0};
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_score(ctx, 3, 3, prediction, mean, y, &scores), 0);
    ck_assert(isnan(r[0]) && isnan(r2[0]) && isnan(R2[0]));
    ck_assert(r[1] == 0 && r2[1] == 0 && R2[1] < 0);
    ck_assert(fabs(r[2] + 1) < 1e-15 && r2[2] == 0);
    ck_assert_int_eq(scores.constant_targets, 1);
    ck_assert_int_eq(scores.constant_predictions, 1);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_prediction_that_is_not_finite_is_an_error)
{
    static const double prediction[] = {1, INFINITY, 3}, mean = 0, y[] = {1, 2, 3};
    double r, r2, R2;
    struct ana_scores scores = {&r, &r2, &R2, 0, 0};
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_score(ctx, 3, 1, prediction, &mean, y, &scores), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx),
                     "the prediction of target 0 of the block is not finite; scale the "
                     "features (standardise) or raise the smallest alpha");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(inner_folds_average_over_those_where_the_target_moves)
{
    enum { ROWS = 6, HELD = 3, TARGETS = 2 };
    static const double alphas[] = {.5, 5};
    static const double held[2][HELD * TARGETS] = {{1, 2, 1, 3, 1, 5},
                                                   {4, 4, 2, 4, 1, 4}};
    struct ana_ctx *ctx = test_ctx();
    double *X = test_normal(ctx, "X", ROWS * 2),
           *X_test = test_normal(ctx, "T", HELD * 2);
    double *y = test_normal(ctx, "y", ROWS * TARGETS), curve[4] = {0}, want[4] = {0};
    int64_t counted[TARGETS] = {0};
    struct fixture f = fixture_by(ctx, 0, ROWS, HELD, 2, TARGETS, X, X_test, y, 1);

    for (int fold = 0; fold < 2; fold++)
        ck_assert_int_eq(ana_loss_held_out(ctx, f.design, ANA_LOSS_R2, 2, alphas, TARGETS,
                                           f.mean, f.b, held[fold], curve, counted),
                         0);
    ana_loss_mean(2, TARGETS, counted, curve);
    for (int a = 0; a < 2; a++) /* target 0 moves in fold 1 only, target 1 in fold 0 */
        for (int j = 0; j < TARGETS; j++) {
            const double *h = held[1 - j] + j;
            const double mean = (h[0] + h[2] + h[4]) / 3;
            double *p = predict(ctx, &f, TARGETS, alphas[a]), sse = 0, sst = 0;

            for (int i = 0; i < HELD; i++) {
                sse += pow(h[2 * i] - p[i * TARGETS + j], 2);
                sst += pow(h[2 * i] - mean, 2);
            }
            want[a * TARGETS + j] = sse / sst;
            ana_free(ctx, p);
        }
    ck_assert_int_eq(counted[0], 1);
    ck_assert_int_eq(counted[1], 1);
    ck_assert(test_difference(curve, want, 4) < 1e-12);
    drop(ctx, &f);
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Weights of each form on a test row are that form's prediction of it. */
START_TEST(weights_make_the_predictions_in_every_form)
{
    static const int32_t forms[] = {ANA_DESIGN_SVD, ANA_DESIGN_GRAM, ANA_DESIGN_KERNEL};
    const int64_t n = 20, m = 3, t = 2, p = _i == 2 ? 30 : 8, choice[] = {1, 0};
    const double alphas[] = {.5, 20};
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", n * p), *test = test_normal(ctx, "test", m * p);
    double *own = test_copy(ctx, m * p, test), *y = test_normal(ctx, "y", n * t);
    double *b, mean[2], prediction[6], *weights = ana_alloc(ctx, p * t, sizeof *weights);
    double intercept[2];
    struct ana_design *design;

    for (int64_t i = 0; i < n * p; i++)
        x[i] += 5;
    ck_assert_int_eq(ana_design_create_by(ctx, forms[_i] | ANA_DESIGN_BASIS, n, m, p, x,
                                          test, 1, &design),
                     0);
    b = ana_alloc(ctx, design->r * t, sizeof *b);
    ana_design_project(ctx, design, t, y, mean, b);
    ck_assert_int_eq(ana_design_predict(ctx, design, t, b, alphas, choice, prediction),
                     0);
    ck_assert_int_eq(
        ana_design_weights(ctx, design, t, b, mean, alphas, choice, weights, intercept),
        0);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < t; j++) {
            double sum = intercept[j];

            for (int64_t k = 0; k < p; k++)
                sum += own[i * p + k] * weights[k * t + j];
            ck_assert_double_eq_tol(sum, mean[j] + prediction[i * t + j], 1e-12);
        }
    ana_design_destroy(ctx, design);
    ana_free(ctx, x);
    ana_free(ctx, test);
    ana_free(ctx, own);
    ana_free(ctx, y);
    ana_free(ctx, b);
    ana_free(ctx, weights);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Norms of the weights themselves, over spectra that reach down to 1e-9. */
START_TEST(fractions_shorten_the_weights_by_what_they_say)
{
    enum { ROWS = 30, TARGETS = 6 };
    const int64_t p = _i ? 50 : 10;
    const double fraction[TARGETS] = {1, .99, .5, .1, 1e-3, 1e-6};
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", ROWS * p),
           *y = test_normal(ctx, "y", ROWS * TARGETS);
    double *b, mean[TARGETS], alpha[TARGETS], intercept[TARGETS], *weights,
        norm[2][TARGETS] = {{0}};
    const double none = 0;
    const int64_t first[TARGETS] = {0}, own[TARGETS] = {0, 1, 2, 3, 4, 5};
    struct ana_design *design;

    for (int64_t i = 0; i < ROWS * p; i++)
        x[i] *= pow(10, -9 * (double)(i % p) / (double)(p - 1));
    weights = ana_alloc(ctx, p * TARGETS, sizeof *weights);
    ck_assert_int_eq(ana_design_create_by(ctx, ANA_DESIGN_SVD | ANA_DESIGN_BASIS, ROWS, 0,
                                          p, x, NULL, 1, &design),
                     0);
    b = ana_alloc(ctx, design->r * TARGETS, sizeof *b);
    ana_design_project(ctx, design, TARGETS, y, mean, b);
    ana_fraction_alphas(design, TARGETS, b, fraction, alpha);
    for (int which = 0; which < 2; which++) {
        ck_assert_int_eq(ana_design_weights(ctx, design, TARGETS, b, mean,
                                            which ? alpha : &none, which ? own : first,
                                            weights, intercept),
                         0);
        for (int64_t k = 0; k < p; k++)
            for (int j = 0; j < TARGETS; j++)
                norm[which][j] += weights[k * TARGETS + j] * weights[k * TARGETS + j];
    }
    ck_assert(!(alpha[0] > 0));
    for (int j = 0; j < TARGETS; j++)
        ck_assert_double_eq_tol(sqrt(norm[1][j] / norm[0][j]) / fraction[j], 1, 1e-12);
    for (int64_t k = 0; k < design->r; k++)
        design->s[k] = 2; /* all alike: |w| = 2 b / (4 + alpha) */
    ana_fraction_alphas(design, TARGETS, b, fraction, alpha);
    for (int j = 0; j < TARGETS; j++)
        ck_assert_double_eq_tol(alpha[j], 4 / fraction[j] - 4, 1e-12 * (1 + alpha[j]));
    for (int64_t i = 0; i < design->r * TARGETS; i++)
        b[i] = 0;
    ana_fraction_alphas(design, TARGETS, b, fraction, alpha);
    ck_assert(!(alpha[5] > 0));
    ana_design_destroy(ctx, design);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, b);
    ana_free(ctx, weights);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("encode");
    TCase *tests = tcase_create("encode");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, leave_one_out_equals_refitting_without_each_row);
    tcase_add_test(tests, leave_one_out_has_its_limit_where_features_outnumber_rows);
    tcase_add_test(tests, a_row_of_full_leverage_keeps_its_true_error);
    tcase_add_test(tests, gcv_equals_its_definition);
    tcase_add_test(tests, svd_gram_and_kernel_forms_agree);
    tcase_add_test(tests, predictions_equal_scikit_learns_down_to_alpha_1e_minus_50);
    tcase_add_test(tests, the_order_of_training_rows_does_not_matter);
    tcase_add_test(tests, scaling_and_shifting_a_target_scales_and_shifts_its_prediction);
    tcase_add_test(tests, rotating_the_features_changes_nothing);
    tcase_add_test(tests,
                   repeated_and_constant_columns_change_nothing_not_even_at_alpha_0);
    tcase_add_test(tests, features_that_never_move_predict_the_mean);
    tcase_add_test(tests, ties_go_to_the_larger_alpha_and_flat_curves_are_no_edge);
    tcase_add_test(tests, scores_equal_their_formulas);
    tcase_add_test(tests,
                   constant_targets_have_no_score_and_constant_predictions_score_0);
    tcase_add_test(tests, a_prediction_that_is_not_finite_is_an_error);
    tcase_add_test(tests, inner_folds_average_over_those_where_the_target_moves);
    tcase_add_loop_test(tests, weights_make_the_predictions_in_every_form, 0, 3);
    tcase_add_loop_test(tests, fractions_shorten_the_weights_by_what_they_say, 0, 2);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
