/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The encoding engine beside the answers of scikit-learn 1.2.1 and himalaya 0.4.11 in
 * ../shared/reference, to the tolerances that its case files state.
 */
#include <anaflow/stats.h>

#include "plugins/metrics/lib/penalty.h"
#include "plugins/metrics/lib/score.h"
#include "tests/unit/metrics.h"

/* A training set, its held-out rows, targets and penalties. */
struct problem {
    int64_t n, m, p, t, a;
    int intercept;
    double *X, *X_test, *y, *y_test, *alphas;
};

/* alphas: the file that holds them. */
static struct problem load(struct ana_ctx *ctx, const char *folder, const char *alphas)
{
    struct problem q = {.intercept = strstr(folder, "no_intercept") == NULL};
    int64_t shape[3];

    q.X = test_reference(ctx, folder, "X", shape);
    q.n = shape[0], q.p = shape[1];
    q.y = test_reference(ctx, folder, "Y", shape);
    q.t = shape[1];
    q.X_test = test_reference(ctx, folder, "X_test", shape);
    q.m = shape[0];
    q.y_test = test_reference(ctx, folder, "Y_test", shape);
    q.alphas = test_reference(ctx, folder, alphas, shape);
    q.a = shape[0];
    return q;
}

static void unload(struct ana_ctx *ctx, struct problem *q)
{
    ana_free(ctx, q->X);
    ana_free(ctx, q->X_test);
    ana_free(ctx, q->y);
    ana_free(ctx, q->y_test);
    ana_free(ctx, q->alphas);
}

static struct ana_design *design(struct ana_ctx *ctx, int64_t n, int64_t m, int64_t p,
                                 const double *X, const double *X_test, int intercept)
{
    double *train = test_copy(ctx, n * p, X), *test = test_copy(ctx, m * p, X_test);
    struct ana_design *out;

    ck_assert_msg(ana_design_create(ctx, n, m, p, train, test, intercept, &out) == 0,
                  "%s", ana_error(ctx));
    ana_free(ctx, train);
    ana_free(ctx, test);
    return out;
}

/* Predictions, means added, of the problem's test rows. */
static double *predict(struct ana_ctx *ctx, const struct problem *q,
                       const int64_t *choice)
{
    struct ana_design *d = design(ctx, q->n, q->m, q->p, q->X, q->X_test, q->intercept);
    double *y = test_copy(ctx, q->n * q->t, q->y);
    double *mean = ana_alloc(ctx, q->t, sizeof *mean);
    double *b = ana_alloc(ctx, d->r * q->t, sizeof *b);
    double *p = ana_alloc(ctx, q->m * q->t, sizeof *p);

    ck_assert_int_eq(ana_design_project(ctx, d, q->t, y, mean, b), 0);
    ck_assert_int_eq(ana_design_predict(ctx, d, q->t, b, q->alphas, choice, p), 0);
    for (int64_t i = 0; i < q->m * q->t; i++)
        p[i] += mean[i % q->t];
    ana_free(ctx, y);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_design_destroy(ctx, d);
    return p;
}

static void assert_close(struct ana_ctx *ctx, const char *folder, const char *name,
                         const double *got, int64_t n, double tolerance)
{
    int64_t shape[4] = {1, 1, 1, 1};
    double *want = test_reference(ctx, folder, name, shape);
    const double difference = test_difference(got, want, n);

    ck_assert_int_eq(shape[0] * shape[1] * shape[2] * shape[3], n);
    printf("%s/%s: %.1e\n", folder, name, difference);
    ck_assert_msg(difference <= tolerance, "%s/%s: %g > %g", folder, name, difference,
                  tolerance);
    ana_free(ctx, want);
}

static void assert_alphas(struct ana_ctx *ctx, const char *folder, const char *name,
                          const struct problem *q, const int64_t *choice)
{
    int64_t shape[2];
    double *want = test_reference(ctx, folder, name, shape);

    for (int64_t j = 0; j < q->t; j++) {
        const double alpha = want[shape[0] == q->t ? j : 0];

        ck_assert_msg(fabs(q->alphas[choice[j]] / alpha - 1) < 1e-12,
                      "%s/%s: target %lld has %g, not %g", folder, name, (long long)j,
                      q->alphas[choice[j]], alpha);
    }
    ana_free(ctx, want);
}

/* Mean over targets, for one alpha shared by all. */
static void share(const struct problem *q, const double *curve, int64_t *choice)
{
    double mean[64] = {0};

    for (int64_t a = 0; a < q->a; a++)
        for (int64_t j = 0; j < q->t; j++)
            mean[a] += curve[a * q->t + j] / (double)q->t;
    ana_penalty_choose(q->a, 1, mean, choice);
    for (int64_t j = 1; j < q->t; j++)
        choice[j] = choice[0];
}

static void check_loo(const char *folder)
{
    struct ana_ctx *ctx = test_ctx();
    struct problem q = load(ctx, folder, "alphas");
    struct ana_design *d = design(ctx, q.n, q.m, q.p, q.X, q.X_test, 1);
    double *y = test_copy(ctx, q.n * q.t, q.y), *mean = ana_alloc(ctx, q.t, sizeof *mean);
    double *b = ana_alloc(ctx, d->r * q.t, sizeof *b), *rest;
    double *curve = ana_alloc(ctx, q.a * q.t, sizeof *curve), *p;
    double *table = ana_alloc(ctx, q.n * q.t * q.a, sizeof *table);
    double *errors = ana_alloc(ctx, q.n * q.t, sizeof *errors);
    int64_t *choice = ana_alloc(ctx, q.t, sizeof *choice);

    ck_assert_int_eq(ana_design_project(ctx, d, q.t, y, mean, b), 0);
    for (int64_t a = 0; a < q.a; a++) {
        rest = test_copy(ctx, q.n * q.t, y);
        ck_assert_int_eq(ana_loo_errors(ctx, d, q.alphas[a], q.t, rest, b, errors), 0);
        for (int64_t i = 0; i < q.n * q.t; i++)
            table[i * q.a + a] = errors[i] * errors[i];
        ana_free(ctx, rest);
    }
    assert_close(ctx, folder, "loo_squared_error", table, q.n * q.t * q.a, 1e-7);
    rest = test_copy(ctx, q.n * q.t, y);
    ck_assert_int_eq(ana_loss_loo(ctx, d, q.a, q.alphas, q.t, rest, b, curve), 0);
    ana_penalty_choose(q.a, q.t, curve, choice);
    assert_alphas(ctx, folder, "alpha_per_target", &q, choice);
    p = predict(ctx, &q, choice);
    assert_close(ctx, folder, "prediction_per_target", p, q.m * q.t, 1e-7);
    ana_free(ctx, p);
    share(&q, curve, choice);
    assert_alphas(ctx, folder, "alpha_shared", &q, choice);
    p = predict(ctx, &q, choice);
    assert_close(ctx, folder, "prediction_shared", p, q.m * q.t, 1e-7);
    ck_assert_int_eq(ana_loss_gcv(ctx, d, q.a, q.alphas, q.t, y, b, curve), 0);
    assert_close(ctx, folder, "gcv", curve, q.a * q.t, 1e-7);
    ana_penalty_choose(q.a, q.t, curve, choice);
    assert_alphas(ctx, folder, "gcv_alpha_per_target", &q, choice);
    ana_free(ctx, p);
    ana_free(ctx, y);
    ana_free(ctx, rest);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_free(ctx, curve);
    ana_free(ctx, table);
    ana_free(ctx, errors);
    ana_free(ctx, choice);
    ana_design_destroy(ctx, d);
    unload(ctx, &q);
    ana_ctx_destroy(ctx);
}

START_TEST(leave_one_out_equals_scikit_learns_for_tall_x)
{
    if (!test_has_reference("sklearn_ridgecv_loo_tall"))
        TEST_SKIP("../shared/reference is missing");
    check_loo("sklearn_ridgecv_loo_tall");
}
END_TEST

START_TEST(leave_one_out_equals_scikit_learns_for_wide_x)
{
    if (!test_has_reference("sklearn_ridgecv_loo_wide"))
        TEST_SKIP("../shared/reference is missing");
    check_loo("sklearn_ridgecv_loo_wide");
}
END_TEST

/* Weights (p x t) and intercepts (t) of given penalties. */
static void fit_given(struct ana_ctx *ctx, const struct problem *q, const int64_t *choice,
                      double *weights, double *intercept)
{
    double *train = test_copy(ctx, q->n * q->p, q->X);
    double *y = test_copy(ctx, q->n * q->t, q->y);
    double *mean = ana_alloc(ctx, q->t, sizeof *mean), *b;
    struct ana_design *d;

    ck_assert_int_eq(ana_design_create_by(ctx, ANA_DESIGN_SVD | ANA_DESIGN_BASIS, q->n, 0,
                                          q->p, train, NULL, q->intercept, &d),
                     0);
    b = ana_alloc(ctx, d->r * q->t, sizeof *b);
    ck_assert_int_eq(ana_design_project(ctx, d, q->t, y, mean, b), 0);
    ck_assert_int_eq(
        ana_design_weights(ctx, d, q->t, b, mean, q->alphas, choice, weights, intercept),
        0);
    ana_free(ctx, train);
    ana_free(ctx, y);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_design_destroy(ctx, d);
}

static void compare(struct ana_ctx *ctx, const char *folder, const char *what,
                    const char *kind, const double *got, int64_t n)
{
    char name[64];

    snprintf(name, sizeof name, "%s_%s", what, kind);
    assert_close(ctx, folder, name, got, n, 1e-8);
}

/* kind: per_target or shared. */
static void check_given(struct ana_ctx *ctx, const char *folder, const char *kind)
{
    struct problem q;
    double r[16], r2[16], R2[16], zero[16] = {0}, *weights, *intercept, *p;
    struct ana_scores scores = {r, r2, R2, 0, 0};
    int64_t choice[16];
    char name[32];

    snprintf(name, sizeof name, "alpha_%s", kind);
    q = load(ctx, folder, name);
    for (int64_t j = 0; j < q.t; j++)
        choice[j] = q.a > 1 ? j : 0;
    weights = ana_alloc(ctx, (q.p + 1) * q.t, sizeof *weights);
    intercept = weights + q.p * q.t;
    fit_given(ctx, &q, choice, weights, intercept);
    compare(ctx, folder, "coef", kind, weights, q.p * q.t);
    if (q.intercept)
        compare(ctx, folder, "intercept", kind, intercept, q.t);
    p = predict(ctx, &q, choice);
    compare(ctx, folder, "prediction", kind, p, q.m * q.t);
    ck_assert_int_eq(ana_score(ctx, q.m, q.t, p, zero, q.y_test, &scores), 0);
    compare(ctx, folder, "r2", kind, R2, q.t);
    compare(ctx, folder, "correlation", kind, r, q.t);
    ana_free(ctx, p);
    ana_free(ctx, weights);
    unload(ctx, &q);
}

START_TEST(given_penalties_equal_himalayas)
{
    struct ana_ctx *ctx = test_ctx();

    if (!test_has_reference("himalaya_ridge_intercept")) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is missing");
    }
    for (int k = 0; k < 4; k++)
        check_given(ctx,
                    k & 1 ? "himalaya_ridge_no_intercept" : "himalaya_ridge_intercept",
                    k & 2 ? "shared" : "per_target");
    ana_ctx_destroy(ctx);
}
END_TEST

/* The HuthLab code's penalties are squared; its `normalpha` times the largest singular value
 * first. In float64, where the plugin hands float32 out. */
START_TEST(huths_weights_equal_to_the_last_digits)
{
    static const char folder[] = "huth_ridge";
    struct ana_ctx *ctx = test_ctx();
    struct problem q = {.intercept = 0};
    int64_t shape[2], choice[8];
    double *weights, *given, zero[8], largest;
    struct ana_design *d;

    if (!test_has_reference(folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference is missing");
    }
    q.X = test_reference(ctx, folder, "X", shape);
    q.n = shape[0], q.p = shape[1];
    q.y = test_reference(ctx, folder, "Y", shape);
    q.t = shape[1];
    given = test_reference(ctx, folder, "alphas", NULL);
    q.alphas = ana_alloc(ctx, q.t, sizeof *q.alphas);
    weights = ana_alloc(ctx, q.p * q.t, sizeof *weights);
    d = design(ctx, q.n, 0, q.p, q.X, q.X, 0);
    largest = d->s[0];
    ana_design_destroy(ctx, d);
    for (int normal = 0; normal < 2; normal++) {
        for (int64_t j = 0; j < q.t; j++) {
            choice[j] = j;
            q.alphas[j] = pow(given[j] * (normal ? largest : 1), 2);
        }
        fit_given(ctx, &q, choice, weights, zero);
        assert_close(ctx, folder, normal ? "coef_normalpha" : "coef", weights, q.p * q.t,
                     1e-9);
    }
    ana_free(ctx, given);
    ana_free(ctx, weights);
    unload(ctx, &q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Losses (alphas x targets) of one inner fold: the rows whose number is `fold`. */
static void inner_loss(struct ana_ctx *ctx, const struct problem *q, const double *number,
                       int64_t fold, int32_t loss, double *curve)
{
    int64_t *train = ana_alloc(ctx, q->n, sizeof *train), n = 0;
    int64_t *test = ana_alloc(ctx, q->n, sizeof *test), m = 0;
    int64_t *counted = ana_alloc(ctx, q->t, sizeof *counted);
    double *X, *X_test, *y, *y_test, *mean = ana_alloc(ctx, q->t, sizeof *mean), *b;
    struct ana_design *d;

    for (int64_t i = 0; i < q->n; i++) {
        if ((int64_t)number[i] == fold)
            test[m++] = i;
        else
            train[n++] = i;
    }
    X = test_rows(ctx, n, train, q->p, q->X);
    X_test = test_rows(ctx, m, test, q->p, q->X);
    y = test_rows(ctx, n, train, q->t, q->y);
    y_test = test_rows(ctx, m, test, q->t, q->y);
    d = design(ctx, n, m, q->p, X, X_test, q->intercept);
    b = ana_alloc(ctx, d->r * q->t, sizeof *b);
    ck_assert_int_eq(ana_design_project(ctx, d, q->t, y, mean, b), 0);
    ck_assert_int_eq(ana_loss_held_out(ctx, d, loss, q->a, q->alphas, q->t, mean, b,
                                       y_test, curve, counted),
                     0);
    ana_free(ctx, train);
    ana_free(ctx, test);
    ana_free(ctx, counted);
    ana_free(ctx, X);
    ana_free(ctx, X_test);
    ana_free(ctx, y);
    ana_free(ctx, y_test);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_design_destroy(ctx, d);
}

/* suffix: "_l2", "_r2", "_corr" or "" (the kernel cases, which are l2). */
static void check_folds(const char *folder, const char *suffix, double tolerance)
{
    const int32_t loss = strcmp(suffix, "_r2") == 0     ? ANA_LOSS_R2
                         : strcmp(suffix, "_corr") == 0 ? ANA_LOSS_R
                                                        : ANA_LOSS_MSE;
    struct ana_ctx *ctx = test_ctx();
    struct problem q = load(ctx, folder, "alphas");
    const int64_t cells = q.a * q.t;
    double *fold = test_reference(ctx, folder, "fold", NULL), *p;
    double *table = ana_alloc(ctx, 5 * cells, sizeof *table);
    double *curve = ana_alloc(ctx, cells, sizeof *curve);
    int64_t *choice = ana_alloc(ctx, q.t, sizeof *choice);
    double r[16], r2[16], R2[16], zero[16] = {0};
    struct ana_scores scores = {r, r2, R2, 0, 0};
    char name[64];

    for (int64_t k = 0; k < 5; k++) {
        inner_loss(ctx, &q, fold, k, loss, table + k * cells);
        for (int64_t i = 0; i < cells; i++) {
            curve[i] += table[k * cells + i] / 5;
            table[k * cells + i] =
                loss == ANA_LOSS_MSE ? -table[k * cells + i] : 1 - table[k * cells + i];
        }
    }
    snprintf(name, sizeof name, "cv_score_table%s", suffix);
    assert_close(ctx, folder, name, table, 5 * cells, tolerance);
    if (strstr(folder, "shared"))
        share(&q, curve, choice);
    else
        ana_penalty_choose(q.a, q.t, curve, choice);
    snprintf(name, sizeof name, "best_alphas%s", suffix);
    assert_alphas(ctx, folder, name, &q, choice);
    p = predict(ctx, &q, choice);
    snprintf(name, sizeof name, "prediction%s", suffix);
    assert_close(ctx, folder, name, p, q.m * q.t, tolerance);
    ck_assert_int_eq(ana_score(ctx, q.m, q.t, p, zero, q.y_test, &scores), 0);
    snprintf(name, sizeof name, "r2%s", suffix);
    assert_close(ctx, folder, name, R2, q.t, tolerance);
    snprintf(name, sizeof name, "correlation%s", suffix);
    assert_close(ctx, folder, name, r, q.t, tolerance);
    ana_free(ctx, p);
    ana_free(ctx, fold);
    ana_free(ctx, table);
    ana_free(ctx, curve);
    ana_free(ctx, choice);
    unload(ctx, &q);
    ana_ctx_destroy(ctx);
}

START_TEST(inner_folds_equal_himalayas)
{
    static const char *const kind[] = {"local_intercept", "local_no_intercept",
                                       "shared_intercept", "shared_no_intercept"};
    char folder[64];

    if (!test_has_reference("himalaya_ridgecv_local_intercept"))
        TEST_SKIP("../shared/reference is missing");
    for (int k = 0; k < 4; k++) {
        snprintf(folder, sizeof folder, "himalaya_ridgecv_%s", kind[k]);
        check_folds(folder, "_l2", 1e-8);
        check_folds(folder, "_r2", 1e-8);
        if (k < 2) /* with a shared penalty it was not run by r */
            check_folds(folder, "_corr", 1e-8);
        snprintf(folder, sizeof folder, "himalaya_kernelridgecv_%s", kind[k]);
        check_folds(folder, "", 1e-7);
    }
}
END_TEST

/* Columns of train by its mean and population SD, of test by the same. */
static void z_score(int64_t n, int64_t m, int64_t p, double *train, double *test)
{
    for (int64_t k = 0; k < p; k++) {
        double mean = 0, square = 0;

        for (int64_t i = 0; i < n; i++)
            mean += train[i * p + k] / (double)n;
        for (int64_t i = 0; i < n; i++)
            square += pow(train[i * p + k] - mean, 2) / (double)n;
        for (int64_t i = 0; i < n; i++)
            train[i * p + k] = (train[i * p + k] - mean) / sqrt(square);
        for (int64_t i = 0; i < m; i++)
            test[i * p + k] = (test[i * p + k] - mean) / sqrt(square);
    }
}

/* Split k of a natural-sounds case: 83 rows to train on, 82 to test, X z-scored. */
static struct problem natsound_split(struct ana_ctx *ctx, const char *folder, int64_t k)
{
    struct problem q = {.n = 83, .m = 82, .intercept = 1};
    double *train = test_reference(ctx, folder, "train", NULL), *X, *y;
    double *test = test_reference(ctx, folder, "test", NULL);
    int64_t rows[83], held[82], shape[2];

    for (int64_t i = 0; i < 83; i++)
        rows[i] = (int64_t)train[k * 83 + i];
    for (int64_t i = 0; i < 82; i++)
        held[i] = (int64_t)test[k * 82 + i];
    X = test_reference(ctx, folder, "X", shape);
    q.p = shape[1];
    y = test_reference(ctx, folder, "Y", shape);
    q.t = shape[1];
    q.alphas = test_reference(ctx, folder, "alphas", shape);
    q.a = shape[0];
    q.X = test_rows(ctx, 83, rows, q.p, X);
    q.X_test = test_rows(ctx, 82, held, q.p, X);
    q.y = test_rows(ctx, 83, rows, q.t, y);
    q.y_test = test_rows(ctx, 82, held, q.t, y);
    ana_free(ctx, train);
    ana_free(ctx, test);
    ana_free(ctx, X);
    ana_free(ctx, y);
    return q;
}

static void loo_curve(struct ana_ctx *ctx, const struct problem *q, double *curve)
{
    struct ana_design *d = design(ctx, q->n, q->m, q->p, q->X, q->X_test, 1);
    double *y = test_copy(ctx, q->n * q->t, q->y);
    double *mean = ana_alloc(ctx, q->t, sizeof *mean);
    double *b = ana_alloc(ctx, d->r * q->t, sizeof *b);

    ck_assert_int_eq(ana_design_project(ctx, d, q->t, y, mean, b), 0);
    ck_assert_int_eq(ana_loss_loo(ctx, d, q->a, q->alphas, q->t, y, b, curve), 0);
    ana_free(ctx, y);
    ana_free(ctx, mean);
    ana_free(ctx, b);
    ana_design_destroy(ctx, d);
}

/* Inner folds i mod 5, X z-scored anew on each one's training rows. */
static void inner5_curve(struct ana_ctx *ctx, const struct problem *q, double *curve)
{
    for (int64_t k = 0; k < 5; k++) {
        int64_t rows[83], held[83], n = 0, m = 0, counted[64] = {0};
        struct problem in = *q;

        for (int64_t i = 0; i < 83; i++)
            if (i % 5 == k)
                held[m++] = i;
            else
                rows[n++] = i;
        in.n = n, in.m = m;
        in.X = test_rows(ctx, n, rows, q->p, q->X);
        in.X_test = test_rows(ctx, m, held, q->p, q->X);
        in.y = test_rows(ctx, n, rows, q->t, q->y);
        in.y_test = test_rows(ctx, m, held, q->t, q->y);
        z_score(n, m, q->p, in.X, in.X_test);
        struct ana_design *d = design(ctx, n, m, q->p, in.X, in.X_test, 1);
        double *mean = ana_alloc(ctx, q->t, sizeof *mean);
        double *b = ana_alloc(ctx, d->r * q->t, sizeof *b);

        ck_assert_int_eq(ana_design_project(ctx, d, q->t, in.y, mean, b), 0);
        ck_assert_int_eq(ana_loss_held_out(ctx, d, ANA_LOSS_R2, q->a, q->alphas, q->t,
                                           mean, b, in.y_test, curve, counted),
                         0);
        ana_free(ctx, in.X);
        ana_free(ctx, in.X_test);
        ana_free(ctx, in.y);
        ana_free(ctx, in.y_test);
        ana_free(ctx, mean);
        ana_free(ctx, b);
        ana_design_destroy(ctx, d);
    }
}

/* name: "sklearn" with leave-one-out, "own_inner5_meanR2" with inner folds. */
static void check_natsound(const char *folder, const char *name)
{
    enum { SPLITS = 10, TARGETS = 21 };
    const int loo = strcmp(name, "sklearn") == 0;
    struct ana_ctx *ctx = test_ctx();
    double r[SPLITS * TARGETS], r2[SPLITS][TARGETS], R2[TARGETS], zero[TARGETS] = {0};
    double *predictions = ana_alloc(ctx, SPLITS * 82 * TARGETS, sizeof *predictions);
    char file[64];

    for (int64_t k = 0; k < SPLITS; k++) {
        struct problem q = natsound_split(ctx, folder, k);
        double *curve = ana_alloc(ctx, q.a * q.t, sizeof *curve), *p;
        double *alpha = NULL;
        int64_t choice[TARGETS];
        struct ana_scores scores = {r + k * TARGETS, r2[k], R2, 0, 0};

        ck_assert_int_eq(q.t, TARGETS);
        if (!loo)
            inner5_curve(ctx, &q, curve);
        z_score(q.n, q.m, q.p, q.X, q.X_test);
        if (loo)
            loo_curve(ctx, &q, curve);
        ana_penalty_choose(q.a, q.t, curve, choice);
        snprintf(file, sizeof file, "%s_alpha", name);
        alpha = test_reference(ctx, folder, file, NULL);
        for (int64_t j = 0; j < TARGETS; j++)
            ck_assert_msg(fabs(q.alphas[choice[j]] / alpha[k * TARGETS + j] - 1) < 1e-12,
                          "%s: split %lld, target %lld: alpha %g, not %g", folder,
                          (long long)k, (long long)j, q.alphas[choice[j]],
                          alpha[k * TARGETS + j]);
        p = predict(ctx, &q, choice);
        memcpy(predictions + k * 82 * TARGETS, p, 82 * TARGETS * sizeof *p);
        ck_assert_int_eq(ana_score(ctx, q.m, q.t, p, zero, q.y_test, &scores), 0);
        ana_free(ctx, p);
        ana_free(ctx, alpha);
        ana_free(ctx, curve);
        unload(ctx, &q);
    }
    snprintf(file, sizeof file, "%s_r", name);
    assert_close(ctx, folder, file, r, SPLITS * TARGETS, 1e-6);
    if (loo) {
        double median[TARGETS], column[SPLITS];

        assert_close(ctx, folder, "sklearn_pred", predictions, SPLITS * 82 * TARGETS,
                     1e-6);
        for (int64_t j = 0; j < TARGETS; j++) {
            for (int64_t k = 0; k < SPLITS; k++)
                column[k] = r2[k][j];
            median[j] = ana_median(SPLITS, column);
        }
        assert_close(ctx, folder, "sklearn_median_r2_clamped", median, TARGETS, 1e-6);
    }
    ana_free(ctx, predictions);
    ana_ctx_destroy(ctx);
}

START_TEST(natural_sounds_equal_scikit_learn_and_the_looped_inner_folds)
{
    static const char *const folder[] = {"natsound_ridge/ridge_case_coch_mean",
                                         "natsound_ridge/ridge_case_cnn_cm_conv13"};

    if (!test_has_reference(folder[0]))
        TEST_SKIP("../shared/reference is missing");
    for (int k = 0; k < 2; k++) {
        check_natsound(folder[k], "sklearn");
        check_natsound(folder[k], "own_inner5_meanR2");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("encode_reference");
    TCase *tests = tcase_create("encode_reference");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, leave_one_out_equals_scikit_learns_for_tall_x);
    tcase_add_test(tests, leave_one_out_equals_scikit_learns_for_wide_x);
    tcase_add_test(tests, given_penalties_equal_himalayas);
    tcase_add_test(tests, huths_weights_equal_to_the_last_digits);
    tcase_add_test(tests, inner_folds_equal_himalayas);
    tcase_add_test(tests, natural_sounds_equal_scikit_learn_and_the_looped_inner_folds);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
