/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Temporal response functions: sums by shifts beside the lagged matrix written out, the
 * answers of mTRFpy, mTRF-Toolbox and MNE, planted responses, and what may not leak.
 */
#include <math.h>

#include <anaflow/linalg.h>
#include <anaflow/stats.h>

#include "plugins/metrics/trf/losses.h"
#include "tests/unit/trf_trials.h"

/* The lagged matrix, written out: n_rows x D F. */
static double *write_out(const struct trials *q)
{
    const int64_t p = q->n_delays * q->F;
    double *X = ana_alloc(q->ctx, q->n_rows * p, sizeof *X);

    for (int64_t i = 0; i < q->n_rows; i++)
        for (int64_t d = 0; d < q->n_delays; d++)
            for (int64_t f = 0; f < q->F; f++)
                X[i * p + d * q->F + f] = q->x[(q->base[i] - q->delays[d]) * q->F + f];
    return X;
}

/* Some rows: all but every 13th and a stretch, so that runs end within trials. */
static int64_t some_rows(const struct trials *q, int64_t *rows)
{
    int64_t n = 0;

    for (int64_t i = 0; i < q->n_rows; i++)
        if (i % 13 != 5 && (i < 40 || i > 52))
            rows[n++] = i;
    return n;
}

/* Delays in steps of one, and of uneven steps: _i. */
START_TEST(sums_by_shifts_equal_the_lagged_matrix_written_out)
{
    static const int64_t length[] = {60, 9, 83}, uneven[] = {-4, -3, 0, 1, 2, 6, 9};
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 3, length, 3, 4, -4, 9);
    int64_t *rows = ana_alloc(ctx, q.n_rows, sizeof *rows), n, p;
    struct lagged lagged;
    struct lagged_sums sums;
    double *X, *w, *out, most = 0, worst = 0;

    if (_i == 1) {
        q.n_delays = sizeof uneven / sizeof *uneven;
        memcpy(q.delays, uneven, sizeof uneven);
    }
    fill(&q, "sums");
    p = q.n_delays * q.F;
    n = some_rows(&q, rows);
    X = write_out(&q);
    ck_assert_int_eq(lagged_create(ctx, q.n_samples, q.n_rows, q.F, q.x, q.base,
                                   q.n_delays, q.delays, &lagged),
                     0);
    ck_assert_int_eq(lagged_sums_create(ctx, p, q.t, 1, &sums), 0);
    ck_assert_int_eq(lagged_add(ctx, &lagged, n, rows, q.t, q.y, -2, &sums), 0);
    lagged_mirror(p, q.F, sums.gram);
    for (int64_t a = 0; a < p; a++) {
        double sum = 0;

        for (int64_t b = 0; b < p; b++) {
            double g = 0;

            for (int64_t i = 0; i < n; i++)
                g -= 2 * X[rows[i] * p + a] * X[rows[i] * p + b];
            most = fmax(most, fabs(g));
            worst = fmax(worst, fabs(g - sums.gram[a * p + b]));
        }
        for (int64_t j = 0; j < q.t; j++) {
            double c = 0;

            for (int64_t i = 0; i < n; i++)
                c -= 2 * X[rows[i] * p + a] * q.y[rows[i] * q.t + j];
            ck_assert_double_eq_tol(sums.cross[a * q.t + j], c, 1e-11);
        }
        for (int64_t i = 0; i < n; i++)
            sum -= 2 * X[rows[i] * p + a];
        ck_assert_double_eq_tol(sums.sum[a], sum, 1e-11);
    }
    ck_assert_double_lt(worst, 1e-13 * most);
    w = test_normal(ctx, "weights", p * q.t);
    out = ana_alloc(ctx, n * q.t, sizeof *out);
    ck_assert_int_eq(lagged_predict(ctx, &lagged, n, rows, 0, q.n_delays, q.t, w, out),
                     0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < q.t; j++) {
            double v = 0;

            for (int64_t a = 0; a < p; a++)
                v += X[rows[i] * p + a] * w[a * q.t + j];
            ck_assert_double_eq_tol(out[i * q.t + j], v, 1e-11);
        }
    lagged_sums_finish(ctx, &sums);
    lagged_finish(ctx, &lagged);
    ana_free(ctx, X);
    ana_free(ctx, w);
    ana_free(ctx, out);
    ana_free(ctx, rows);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The engine on double samples, without the float32 of a space. */
struct engine {
    struct trf trf;
    struct trf_view all;
    int64_t *rows;
    double *zeros;
    struct trf_total total;
    struct ana_fold fold;
};

static void open_engine(struct trials *q, int intercept, int32_t penalty, int64_t n_train,
                        const int64_t *train, int64_t n_test, const int64_t *test,
                        struct engine *e)
{
    struct ana_ctx *ctx = q->ctx;

    memset(e, 0, sizeof *e);
    e->trf = (struct trf){.penalty = penalty,
                          .columns = ANA_COLUMNS_PLAIN,
                          .ridge.intercept = intercept,
                          .x = q->x};
    e->zeros = ana_alloc(ctx, q->F, sizeof *e->zeros);
    e->trf.x_mean = e->zeros;
    ck_assert_int_eq(lagged_create(ctx, q->n_samples, q->n_rows, q->F, q->x, q->base,
                                   q->n_delays, q->delays, &e->trf.lagged),
                     0);
    e->all = (struct trf_view){0, q->n_delays};
    e->rows = ana_alloc(ctx, q->n_rows, sizeof *e->rows);
    for (int64_t i = 0; i < q->n_rows; i++)
        e->rows[i] = i;
    ck_assert_int_eq(lagged_sums_create(ctx, e->trf.lagged.p, q->t, 1, &e->total.all), 0);
    ck_assert_int_eq(
        lagged_add(ctx, &e->trf.lagged, q->n_rows, e->rows, q->t, q->y, 1, &e->total.all),
        0);
    e->fold = (struct ana_fold){.size = sizeof e->fold,
                                .n_train = n_train,
                                .train = train,
                                .n_test = n_test,
                                .test = test};
}

static void close_engine(struct ana_ctx *ctx, struct engine *e)
{
    lagged_sums_finish(ctx, &e->total.all);
    lagged_finish(ctx, &e->trf.lagged);
    ana_free(ctx, e->rows);
    ana_free(ctx, e->zeros);
}

static double relative(int64_t n, const double *got, const double *want)
{
    double most = 0, worst = 0;

    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fabs(want[i]));
        worst = fmax(worst, fabs(got[i] - want[i]));
    }
    return worst / most;
}

/* Inputs of a case of mTRFpy or mTRF-Toolbox. */
static struct trials load_trials(struct ana_ctx *ctx, const char *folder, int backward)
{
    int64_t length[4], shape[8], lags[64], n_lags, F = 0, t = 0;
    double *stimulus[4], *response[4], *lag;
    struct trials q;

    for (int g = 0; g < 4; g++) {
        char name[32];

        snprintf(name, sizeof name, "stimulus_%d", g);
        stimulus[g] = test_reference(ctx, folder, name, shape);
        length[g] = shape[0], F = shape[1];
        snprintf(name, sizeof name, "response_%d", g);
        response[g] = test_reference(ctx, folder, name, shape);
        t = shape[1];
    }
    lag = test_reference(ctx, folder, "lags", shape);
    n_lags = shape[0];
    for (int64_t i = 0; i < n_lags; i++)
        lags[i] = (int64_t)lag[i];
    q = make_trials(ctx, 4, length, backward ? t : F, backward ? F : t, lags[0],
                    lags[n_lags - 1]);
    for (int64_t i = 0; i < q.n_rows; i++) {
        const int64_t g = q.group[i];
        const double *x = backward ? response[g] : stimulus[g];
        const double *y = backward ? stimulus[g] : response[g];

        memcpy(q.x + q.base[i] * q.F, x + q.moment[i] * q.F, (size_t)q.F * sizeof *x);
        memcpy(q.y + i * q.t, y + q.moment[i] * q.t, (size_t)q.t * sizeof *y);
    }
    for (int g = 0; g < 4; g++) {
        ana_free(ctx, stimulus[g]);
        ana_free(ctx, response[g]);
    }
    ana_free(ctx, lag);
    return q;
}

static const struct {
    const char *folder;
    int backward, toolbox;
    int32_t penalty;
} cases[] = {{"mtrf_forward_ridge", 0, 0, TRF_RIDGE},
             {"mtrf_forward_tikhonov", 0, 0, TRF_FLAT},
             {"mtrf_backward_ridge", 1, 0, TRF_RIDGE},
             {"mtrf_toolbox_forward", 0, 1, TRF_RIDGE},
             {"mtrf_toolbox_backward", 1, 1, TRF_RIDGE}};

/* Largest differences of weights, predictions, r and bias. */
struct mtrf_worst {
    double weights, prediction, r, bias;
};

static void compare_one(struct ana_ctx *ctx, const char *folder, const char *name,
                        int64_t n, int64_t at, const double *got, double *worst)
{
    double *want = test_reference(ctx, folder, name, NULL);

    *worst = fmax(*worst, relative(n, got, want + at * n));
    ana_free(ctx, want);
}

/* Three trials train, the fourth is predicted; weights there are times the rate. Features
 * were multiplied by `scale` (F). */
static void compare_mtrf(const char *folder, struct trials *q, int32_t penalty,
                         double alpha, double fs, const double *scale, int64_t a,
                         struct mtrf_worst *worst)
{
    struct ana_ctx *ctx = q->ctx;
    const int64_t m = q->n_rows - q->start[3], p = q->n_delays * q->F;
    double *w = ana_alloc(ctx, 2 * p * q->t, sizeof *w), *c = w + p * q->t;
    double *offset = ana_alloc(ctx, q->t, sizeof *offset);
    double *out = ana_alloc(ctx, m * q->t, sizeof *out), loss[8];
    struct engine e;
    struct trf_set set;

    open_engine(q, 1, penalty, q->start[3], NULL, m, NULL, &e);
    e.fold.train = e.rows;
    e.fold.test = e.rows + q->start[3];
    ck_assert_int_eq(trf_set_create(ctx, &e.trf, q->t, TRF_HELD_APART, &set), 0);
    ck_assert_int_eq(trf_set_take(ctx, &set, &e.fold, q->y, &e.total, 1), 0);
    ck_assert_int_eq(
        trf_set_solve(ctx, &set, &e.all, alpha, q->t, NULL, set.factor, w, offset), 0);
    ck_assert_int_eq(trf_set_loss(ctx, &set, &e.all, TRF_LOSS_R, w, offset, c, loss), 0);
    for (int64_t f = 0; f < q->F; f++)
        for (int64_t d = 0; d < q->n_delays; d++)
            for (int64_t j = 0; j < q->t; j++)
                c[(f * q->n_delays + d) * q->t + j] =
                    fs * scale[f] * w[(d * q->F + f) * q->t + j];
    compare_one(ctx, folder, "weights", p * q->t, a, c, &worst->weights);
    ck_assert_int_eq(
        lagged_predict(ctx, &e.trf.lagged, m, e.fold.test, 0, q->n_delays, q->t, w, out),
        0);
    for (int64_t i = 0; i < m * q->t; i++)
        out[i] += offset[i % q->t];
    compare_one(ctx, folder, "prediction", m * q->t, a, out, &worst->prediction);
    for (int64_t j = 0; j < q->t; j++) {
        loss[j] = 1 - loss[j];
        offset[j] *= fs;
    }
    compare_one(ctx, folder, "r", q->t, a, loss, &worst->r);
    compare_one(ctx, folder, "bias", q->t, a, offset, &worst->bias);
    ana_free(ctx, w);
    ana_free(ctx, offset);
    ana_free(ctx, out);
    trf_set_finish(ctx, &set);
    close_engine(ctx, &e);
}

static void assert_mtrf(const char *folder, const struct mtrf_worst *worst)
{
    printf("%s: weights %.1e, predictions %.1e, r %.1e, bias %.1e\n", folder,
           worst->weights, worst->prediction, worst->r, worst->bias);
    ck_assert_double_lt(worst->weights, 1e-8);
    ck_assert_double_lt(worst->prediction, 1e-8);
    ck_assert_double_lt(worst->r, 1e-8);
    ck_assert_double_lt(worst->bias, 1e-8);
}

START_TEST(weights_predictions_and_r_are_those_of_mtrf_programs)
{
    const char *folder = cases[_i].folder;
    struct ana_ctx *ctx = test_ctx();
    struct mtrf_worst worst = {0};
    double *lambdas, *rates, scale[16];
    int64_t shape[4];
    struct trials q;

    if (!test_has_reference(folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    q = load_trials(ctx, folder, cases[_i].backward);
    lambdas = test_reference(ctx, folder, "lambdas", shape);
    rates = test_reference(ctx, folder, "fs_tmin_tmax", NULL);
    for (int64_t f = 0; f < q.F; f++)
        scale[f] = 1;
    for (int64_t a = 0; a < shape[0]; a++)
        compare_mtrf(folder, &q, cases[_i].penalty,
                     lambdas[a] * rates[0] * (cases[_i].toolbox ? 1 : 3), rates[0], scale,
                     a, &worst);
    assert_mtrf(folder, &worst);
    drop_trials(&q);
    ana_free(ctx, lambdas);
    ana_free(ctx, rates);
    ana_ctx_destroy(ctx);
}
END_TEST

/* mTRFpy's `banded`: a penalty lambda_b for each feature is a penalty of 1 on features over
 * its square root, as `banded` makes its bands. */
START_TEST(a_penalty_for_each_band_is_mtrfpys)
{
    static const char folder[] = "mtrf_forward_banded";
    struct ana_ctx *ctx = test_ctx();
    struct mtrf_worst worst = {0};
    double *lambdas, *rates, scale[16];
    int64_t shape[4];

    if (!test_has_reference(folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    lambdas = test_reference(ctx, folder, "band_lambdas", shape);
    rates = test_reference(ctx, folder, "fs_tmin_tmax", NULL);
    for (int64_t a = 0; a < shape[0]; a++) {
        struct trials q = load_trials(ctx, folder, 0);

        ck_assert_int_eq(q.F, shape[1]); /* bands of one feature */
        for (int64_t f = 0; f < q.F; f++)
            scale[f] = 1 / sqrt(lambdas[a * q.F + f]);
        for (int64_t i = 0; i < q.n_samples * q.F; i++)
            q.x[i] *= scale[i % q.F];
        compare_mtrf(folder, &q, TRF_RIDGE, 3 * rates[0], rates[0], scale, a, &worst);
        drop_trials(&q);
    }
    assert_mtrf(folder, &worst);
    ana_free(ctx, lambdas);
    ana_free(ctx, rates);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The two ways to the losses of penalties: float32 products from a thousand rows on, by a
 * root of the held-out rows' Gram matrix or by the rows. */
START_TEST(losses_by_float32_products_are_those_of_float64)
{
    static const double alphas[] = {1e-2, 1e3, 1e4, 1e6};
    static const int64_t length[] = {500, 460, 520};
    static const int32_t losses[] = {ANA_LOSS_R2, ANA_LOSS_MSE, TRF_LOSS_R};
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 3, length, 3, 5, -2, 9);
    const int64_t p = 12 * 3, t = 5;
    double w[12 * 3 * 5], spare[12 * 3 * 5], offset[5], exact[5], fast[4 * 5];
    struct trf_losses room;
    struct engine e;
    struct trf_set set;

    fill(&q, "single");
    plant(&q, 1, 1, 4, .3);
    for (int64_t i = 0; i < q.n_rows; i++) /* neighbouring samples alike */
        for (int64_t f = 0; f < 3 && q.moment[i] > 0; f++)
            q.x[q.base[i] * 3 + f] += .95 * q.x[(q.base[i] - 1) * 3 + f];
    open_engine(&q, 1, TRF_RIDGE, q.start[2], NULL, q.n_rows - q.start[2], NULL, &e);
    e.trf.ridge.alphas = alphas;
    e.trf.ridge.n_alphas = 4;
    e.trf.ridge.loss = losses[_i % 3];
    e.fold.train = e.rows;
    e.fold.test = e.rows + q.start[2];
    ck_assert_int_eq(trf_set_create(ctx, &e.trf, q.t, TRF_HELD_APART, &set), 0);
    ck_assert_int_eq(trf_set_take(ctx, &set, &e.fold, q.y, &e.total, 1), 0);
    ck_assert_int_eq(set.train.gram != NULL && p == e.trf.lagged.p, 1);
    ck_assert_int_eq(trf_losses_create(ctx, p, 4, t, _i >= 3, &room), 0);
    ck_assert_int_eq(trf_losses_find(ctx, &room, &set, &e.all, &e.fold, fast), 0);
    for (int64_t a = 0; a < 4; a++) {
        ck_assert_int_eq(
            trf_set_solve(ctx, &set, &e.all, alphas[a], q.t, NULL, set.factor, w, offset),
            0);
        ck_assert_int_eq(
            trf_set_loss(ctx, &set, &e.all, losses[_i % 3], w, offset, spare, exact), 0);
        for (int64_t j = 0; j < t; j++)
            ck_assert_double_eq_tol(fast[a * t + j], exact[j], 1e-5);
    }
    trf_losses_finish(ctx, &room);
    trf_set_finish(ctx, &set);
    close_engine(ctx, &e);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* MNE takes the plain means off both sides before it lags with zeros (or not), and has no
 * bias. */
START_TEST(weights_are_those_of_mne)
{
    const char *folder =
        _i ? "mne_time_delaying_ridge_no_intercept" : "mne_time_delaying_ridge_intercept";
    struct ana_ctx *ctx = test_ctx();
    int64_t shape[4], n, A;
    double *X, *Y, *alphas, *lag, *coef, worst = 0;
    struct trials q;
    struct engine e;
    struct trf_set set;

    if (!test_has_reference(folder)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("no ../shared/reference");
    }
    alphas = test_reference(ctx, folder, "alphas", shape);
    A = shape[0];
    lag = test_reference(ctx, folder, "lags", shape);
    coef = test_reference(ctx, folder, "coef", NULL);
    X = test_reference(ctx, folder, "X", shape);
    n = shape[0];
    Y = test_reference(ctx, folder, "Y", NULL);
    q = make_trials(ctx, 1, &n, 2, 5, (int64_t)lag[0], (int64_t)lag[18]);
    for (int64_t c = 0; c < 7; c++) {
        const double *from = c < 2 ? X + c : Y + c - 2;
        const int64_t step = c < 2 ? 2 : 5;
        double mean = 0;

        for (int64_t i = 0; _i == 0 && i < n; i++)
            mean += from[i * step] / (double)n;
        for (int64_t i = 0; i < n; i++)
            *(c < 2 ? &q.x[q.base[i] * 2 + c] : &q.y[i * 5 + c - 2]) =
                from[i * step] - mean;
    }
    open_engine(&q, 0, TRF_RIDGE, n, NULL, 0, NULL, &e);
    e.fold.train = e.rows;
    ck_assert_int_eq(trf_set_create(ctx, &e.trf, q.t, TRF_HELD_NONE, &set), 0);
    ck_assert_int_eq(trf_set_take(ctx, &set, &e.fold, q.y, &e.total, 0), 0);
    for (int64_t a = 0; a < A; a++) {
        double w[38 * 5], c[38 * 5], offset[5];

        ck_assert_int_eq(
            trf_set_solve(ctx, &set, &e.all, alphas[a], q.t, NULL, set.factor, w, offset),
            0);
        for (int64_t j = 0; j < 5; j++)
            for (int64_t f = 0; f < 2; f++)
                for (int64_t d = 0; d < 19; d++)
                    c[(j * 2 + f) * 19 + d] = w[(d * 2 + f) * 5 + j];
        worst = fmax(worst, relative(190, c, coef + a * 190));
    }
    printf("%s: weights to %.1e\n", folder, worst);
    ck_assert_double_lt(worst, 1e-7);
    trf_set_finish(ctx, &set);
    close_engine(ctx, &e);
    drop_trials(&q);
    ana_free(ctx, alphas);
    ana_free(ctx, lag);
    ana_free(ctx, coef);
    ana_free(ctx, X);
    ana_free(ctx, Y);
    ana_ctx_destroy(ctx);
}
END_TEST

static const int64_t four[] = {150, 141, 160, 133};

/* y is x of 7 samples ago; then the other way round: x is y 7 samples later. */
START_TEST(an_impulse_is_found_at_its_lag_in_both_directions)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 3, -10, 10);
    struct posed posed;
    const struct ana_axis *axis;
    const double *w;

    fill(&q, "impulse");
    plant(&q, 1, 2, _i ? -7 : 7, 2);
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    posed.run.key[0] = "direction";
    posed.run.value[0] = _i ? "backward" : "forward";
    run(&q, &posed);
    w = kernel(&posed);
    axis = posed.run.collector->arrays[0].values.axes[1];
    ck_assert_str_eq(axis->unit, "s");
    for (int64_t k = 0; k < 4; k++) {
        int64_t best = 0;

        for (int64_t i = 0; i < 21 * 2; i++)
            if (fabs(w[(k * 42 + i) * 3 + 2]) > fabs(w[(k * 42 + best) * 3 + 2]))
                best = i;
        ck_assert_int_eq(best % 2, 1);
        ck_assert_double_eq_tol(axis->coords[best / 2], _i ? -7. / 50 : 7. / 50, 1e-12);
        ck_assert_double_eq_tol(w[(k * 42 + best) * 3 + 2], 2, .2);
        ck_assert_double_gt(test_table(&posed.run, "r")->score[k * 3 + 2], .7);
        ck_assert_double_lt(test_table(&posed.run, "r")->score[k * 3], .4);
    }
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Time run backwards in every trial mirrors the kernel and leaves the scores. */
START_TEST(time_reversed_mirrors_the_kernel)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 2, -6, 6);
    struct trials z = make_trials(ctx, 4, four, 2, 2, -6, 6);
    struct posed posed, mirrored;
    const double *w, *v;

    fill(&q, "mirror");
    plant(&q, 0, 0, 4, 1);
    plant(&q, 1, 1, -2, 1);
    for (int64_t i = 0; i < q.n_rows; i++) {
        const int64_t g = q.group[i], other = q.start[g] + q.start[g + 1] - 1 - i;

        memcpy(z.x + z.base[other] * 2, q.x + q.base[i] * 2, 2 * sizeof *z.x);
        memcpy(z.y + other * 2, q.y + i * 2, 2 * sizeof *z.y);
    }
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    pose(&z, ANA_STANDARDISE_SCALE, &mirrored);
    posed.run.key[0] = mirrored.run.key[0] = "regularization";
    posed.run.value[0] = mirrored.run.value[0] = "tikhonov";
    run(&q, &posed);
    run(&z, &mirrored);
    w = kernel(&posed);
    v = kernel(&mirrored);
    for (int64_t k = 0; k < 4; k++)
        for (int64_t d = 0; d < 13; d++)
            for (int64_t i = 0; i < 4; i++)
                ck_assert_double_eq_tol(w[(k * 13 + d) * 4 + i],
                                        v[(k * 13 + 12 - d) * 4 + i], 1e-9);
    for (int64_t i = 0; i < 8; i++)
        ck_assert_double_eq_tol(test_table(&posed.run, "r")->score[i],
                                test_table(&mirrored.run, "r")->score[i], 1e-9);
    drop_posed(&q, &posed);
    drop_posed(&z, &mirrored);
    drop_trials(&q);
    drop_trials(&z);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The tested trial replaced by something a hundred times larger: its fold's kernel, alpha
 * and bias stay what they were, but for rounding; the other folds' do not. */
START_TEST(a_held_out_trial_leaks_nothing_into_its_fold)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 3, 0, 8);
    struct posed before, after;
    const double *w, *v, *a, *b;
    double moved = 0;

    fill(&q, "leak");
    plant(&q, 0, 0, 3, .5);
    pose(&q, ANA_STANDARDISE_SCALE, &before);
    run(&q, &before);
    for (int64_t i = q.start[2]; i < q.start[3]; i++) {
        for (int64_t f = 0; f < 2; f++)
            q.x[q.base[i] * 2 + f] = 100 * cos((double)(i * i));
        for (int64_t j = 0; j < 3; j++)
            q.y[i * 3 + j] = 50 + 100 * cos((double)(i * i + j));
    }
    pose(&q, ANA_STANDARDISE_SCALE, &after);
    run(&q, &after);
    w = kernel(&before);
    v = kernel(&after);
    for (int64_t i = 0; i < 9 * 2 * 3; i++) {
        ck_assert_double_eq_tol(w[2 * 54 + i], v[2 * 54 + i], 1e-9);
        moved = fmax(moved, fabs(w[54 + i] - v[54 + i]));
    }
    ck_assert_double_gt(moved, 1e-3);
    a = test_choice(&before.run, "alpha");
    b = test_choice(&after.run, "alpha");
    for (int64_t j = 6; j < 9; j++) {
        ck_assert_double_eq_tol(a[j], b[j], 1e-9 * a[j]);
        ck_assert_double_eq_tol(test_choice(&before.run, "bias")[j],
                                test_choice(&after.run, "bias")[j], 1e-7);
    }
    drop_posed(&q, &before);
    drop_posed(&q, &after);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The twin: each fold's lagged matrix written out, scaled and centred, alpha chosen by
 * refitting on every inner fold. */
static double twin_fit(const struct trials *q, const double *X, const struct ana_fold *f,
                       const int64_t *within, double alpha, int64_t j, double *r)
{
    const int64_t p = q->n_delays * q->F, F = q->F;
    double *A = ana_alloc(q->ctx, p * p, sizeof *A), *w = ana_alloc(q->ctx, p, sizeof *w);
    double mean[64] = {0}, sd[8], y = 0, sse = 0, sst = 0, n = (double)f->n_train;
    double *hat = ana_alloc(q->ctx, 2 * f->n_test, sizeof *hat), test_mean = 0;

#define ROW(list, i) (within ? within[(list)[i]] : (list)[i])
    for (int64_t g = 0; g < F; g++) {
        double m = 0, s = 0;

        for (int64_t i = 0; i < f->n_train; i++)
            m += q->x[q->base[ROW(f->train, i)] * F + g] / n;
        for (int64_t i = 0; i < f->n_train; i++)
            s += pow(q->x[q->base[ROW(f->train, i)] * F + g] - m, 2) / n;
        sd[g] = sqrt(s);
    }
    for (int64_t i = 0; i < f->n_train; i++) {
        for (int64_t a = 0; a < p; a++)
            mean[a] += X[ROW(f->train, i) * p + a] / n;
        y += q->y[ROW(f->train, i) * q->t + j] / n;
    }
    for (int64_t i = 0; i < f->n_train; i++) {
        const double *x = X + ROW(f->train, i) * p;

        for (int64_t a = 0; a < p; a++) {
            const double u = (x[a] - mean[a]) / sd[a % F];

            for (int64_t b = 0; b < p; b++)
                A[a * p + b] += u * (x[b] - mean[b]) / sd[b % F];
            w[a] += u * (q->y[ROW(f->train, i) * q->t + j] - y);
        }
    }
    for (int64_t a = 0; a < p; a++)
        A[a * p + a] += alpha;
    ck_assert_int_eq(ana_cholesky_solve(q->ctx, p, 1, A, p, w, 1), 0);
    for (int64_t i = 0; i < f->n_test; i++) {
        hat[i] = y;
        for (int64_t a = 0; a < p; a++)
            hat[i] += w[a] * (X[ROW(f->test, i) * p + a] - mean[a]) / sd[a % F];
        hat[f->n_test + i] = q->y[ROW(f->test, i) * q->t + j];
        test_mean += hat[f->n_test + i] / (double)f->n_test;
    }
    for (int64_t i = 0; i < f->n_test; i++) {
        sse += pow(hat[f->n_test + i] - hat[i], 2);
        sst += pow(hat[f->n_test + i] - test_mean, 2);
    }
    *r = ana_pearson(f->n_test, hat, hat + f->n_test, NULL);
#undef ROW
    ana_free(q->ctx, hat);
    ana_free(q->ctx, A);
    ana_free(q->ctx, w);
    return 1 - sse / sst;
}

START_TEST(scores_and_penalties_equal_nested_refits)
{
    static const double grid[] = {.1, 10, 300};
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 2, -1, 3);
    struct posed posed;
    double *X;

    fill(&q, "twin");
    plant(&q, 0, 0, 2, .4);
    plant(&q, 1, 1, -1, .1);
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    posed.run.key[0] = "alphas";
    posed.run.value[0] = "0.1 10 300";
    run(&q, &posed);
    X = write_out(&q);
    for (int64_t k = 0; k < 4; k++)
        for (int64_t j = 0; j < 2; j++) {
            const struct ana_fold *fold = &posed.folds[k];
            double best = -INFINITY, alpha = 0, r, R2;

            for (int a = 0; a < 3; a++) {
                double sum = 0;

                for (int64_t i = 0; i < 3; i++)
                    sum += twin_fit(&q, X, &fold->inner_folds[i], fold->train, grid[a], j,
                                    &r);
                if (sum >= best) {
                    best = sum;
                    alpha = grid[a];
                }
            }
            R2 = twin_fit(&q, X, fold, NULL, alpha, j, &r);
            ck_assert_double_eq(test_choice(&posed.run, "alpha")[k * 2 + j], alpha);
            ck_assert_double_eq_tol(test_table(&posed.run, "r")->score[k * 2 + j], r,
                                    1e-9);
            ck_assert_double_eq_tol(test_table(&posed.run, "R2")->score[k * 2 + j], R2,
                                    1e-9);
        }
    ana_free(ctx, X);
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Windows of 0 .. 2, 0 .. 6 and 0 .. 12 samples: the one that reaches the planted lag. */
START_TEST(each_target_gets_the_window_that_it_needs)
{
    static const int64_t windows[] = {0, 2, 0, 6, 0, 12};
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 1, 3, 0, 12);
    struct posed posed;
    const double *window, *w;
    int edges = 0;

    fill(&q, "tune");
    plant(&q, 0, 0, 1, 2);
    plant(&q, 0, 1, 5, 2);
    plant(&q, 0, 2, 11, 2);
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    ck_assert_int_eq(ana_space_set_lags(ctx, posed.space[0], ANA_LAGS_TUNE, 3, windows),
                     0);
    run(&q, &posed);
    window = test_choice(&posed.run, "window");
    w = kernel(&posed);
    for (int64_t i = 0; i < posed.run.collector->n_counters; i++)
        if (strstr(posed.run.collector->counters[i].what, "edge of the grid")) {
            edges++; /* of the windows that were chosen alone */
            ck_assert_int_eq(posed.run.collector->counters[i].of, 4 * 3);
        }
    ck_assert_int_eq(edges, 2);
    for (int64_t k = 0; k < 4; k++) {
        ck_assert_double_eq(window[k * 3], 2. / 50);
        ck_assert_double_eq(window[k * 3 + 1], 6. / 50);
        ck_assert_double_eq(window[k * 3 + 2], 12. / 50);
        for (int64_t d = 3; d < 13; d++)
            ck_assert_double_eq(w[(k * 13 + d) * 3], 0);
        for (int64_t j = 0; j < 3; j++)
            ck_assert_double_gt(test_table(&posed.run, "r")->score[k * 3 + j], .8);
    }
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(each_lag_has_its_own_score)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 1, -4, 6);
    struct posed posed;
    int64_t lags = 0;

    fill(&q, "each");
    plant(&q, 1, 0, 3, 2);
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    ck_assert_int_eq(ana_space_set_lags(ctx, posed.space[0], ANA_LAGS_EACH, 0, NULL), 0);
    run(&q, &posed);
    for (int64_t i = 0; i < posed.run.collector->n_tables; i++) {
        const struct ana_out_table *table = &posed.run.collector->tables[i];

        if (strcmp(table->measure, "r") != 0)
            continue;
        lags++;
        for (int64_t k = 0; k < 4; k++)
            if (fabs(table->lag - 3. / 50) < 1e-9)
                ck_assert_double_gt(table->score[k], .8);
            else
                ck_assert_double_lt(table->score[k], .35);
    }
    ck_assert_int_eq(lags, 11);
    ck_assert_int_eq(posed.run.collector->n_arrays, 2);
    ck_assert_str_eq(posed.run.collector->arrays[0].name, "r-by-lag");
    ck_assert_double_eq_tol(posed.run.collector->arrays[0].values.axes[1]->coords[7],
                            3. / 50, 1e-12);
    for (int64_t k = 0; k < 4; k++)
        ck_assert_double_gt(
            ((const double *)posed.run.collector->arrays[0].values.data)[k * 11 + 7], .8);
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

static double pooled(const struct posed *posed, const char *measure, const char *part)
{
    for (int64_t i = 0; i < posed->run.collector->n_tables; i++)
        if (strcmp(posed->run.collector->tables[i].measure, measure) == 0 &&
            strcmp(posed->run.collector->tables[i].part, part) == 0)
            return posed->run.collector->tables[i].score[0];
    ck_abort_msg("no %s of %s", measure, part);
    return 0;
}

/* x is the response to y, 3 samples later: the future of x. The other stream is noise;
 * then (_i = 1) the same as y: every window ties; then (_i = 2) no fold of whole trials;
 * then (_i = 3) every fold twice, which decides no more trials. */
START_TEST(attention_is_decoded_from_trials_that_were_not_seen)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 3, 1, -5, 0);
    struct ana_fold twice[8];
    double *other;
    struct posed posed;

    fill(&q, "attend");
    for (int64_t i = 0; i < q.n_rows; i++)
        for (int64_t f = 0; f < 3 && q.moment[i] >= 3; f++)
            q.x[q.base[i] * 3 + f] += q.y[i - 3];
    other = test_normal(ctx, "other", q.n_samples);
    for (int64_t i = 0; _i == 1 && i < q.n_rows; i++)
        other[q.base[i]] = (double)(float)(q.y[i] = (double)(float)q.y[i]);
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    posed.space[1] = pose_space(&q, 1, other, ANA_STANDARDISE_NONE);
    ana_free(ctx, posed.space[1]->name);
    posed.space[1]->name = ana_strdup(ctx, "ignored, data");
    posed.spaces[1] = posed.space[1];
    posed.run.problem.n_spaces = 2;
    posed.run.key[0] = "rival", posed.run.value[0] = "ignored";
    posed.run.key[1] = "windows", posed.run.value[1] = "0.5 1 s";
    posed.run.key[2] = "direction", posed.run.value[2] = "backward";
    for (int k = 0; k < 8; k++)
        twice[k] = posed.folds[k % 4];
    if (_i == 3) {
        posed.run.problem.folds = twice;
        posed.run.problem.n_folds = 8;
    }
    if (_i == 2) {
        int64_t *train = (int64_t *)(uintptr_t)posed.folds[0].train;

        train[0] = posed.folds[0].test[posed.folds[0].n_test - 1];
        ck_assert_int_eq(test_run(ctx, &posed.run), ANA_EPARAM);
        ck_assert_ptr_nonnull(
            strstr(ana_error(ctx), "fold 0 tests and trains on trial 1, and a decoder of "
                                   "attention must not have seen the trial"));
    } else {
        run(&q, &posed);
        /* 150, 141, 160, 133 samples: 6, 5, 6, 5 windows of 25, 3, 2, 3, 2 of 50 */
        ck_assert_double_eq(pooled(&posed, "windows", "window 0.5 s"), _i == 3 ? 44 : 22);
        ck_assert_double_eq(pooled(&posed, "windows", "window 1 s"), _i == 3 ? 20 : 10);
        ck_assert_double_eq(pooled(&posed, "trials", "window 1 s"), 4);
        if (_i == 1)
            ck_assert_double_eq(pooled(&posed, "accuracy", "window 1 s"), .5);
        else
            ck_assert_double_ge(pooled(&posed, "accuracy", "window 1 s"), .95);
        ck_assert_double_lt(pooled(&posed, "low", "window 1 s"), .52);
        ck_assert_double_eq((double)test_count(&posed.run, "attention: windows that tie"),
                            _i == 1 ? 32 : 0);
    }
    ana_free(ctx, other);
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* KEY, value, part of the sentence. */
static const char *const wrong[][3] = {
    {"rival", "nobody", "`rival = nobody` is none of the spaces of x"},
    {"rival", "x", "`rival` is the only space of x"},
    {"alphas", "0", "are not determined by"},
};

START_TEST(wrong_settings_are_refused_in_a_sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 70, 1, 0, 9);
    struct posed posed;

    fill(&q, "wrong");
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    posed.run.key[0] = wrong[_i][0];
    posed.run.value[0] = wrong[_i][1];
    ck_assert_int_ne(test_run(ctx, &posed.run), 0);
    ck_assert_msg(strstr(ana_error(ctx), wrong[_i][2]) != NULL, "%s", ana_error(ctx));
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

/* One row has no R2; a squared error it has. */
START_TEST(inner_folds_of_single_rows_are_refused_unless_by_squared_error)
{
    struct ana_ctx *ctx = test_ctx();
    struct trials q = make_trials(ctx, 4, four, 2, 1, 0, 3);
    struct posed posed;

    fill(&q, "single");
    pose(&q, ANA_STANDARDISE_SCALE, &posed);
    for (int j = 0; j < 12; j++)
        posed.folds[4 + j].n_test = 1;
    posed.run.key[0] = "alphas", posed.run.value[0] = "1 10";
    ck_assert_int_eq(test_run(ctx, &posed.run), ANA_EPARAM);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "each of its 3 inner folds tests a single row"));
    test_run_end(ctx, &posed.run);
    posed.run.key[1] = "inner_measure", posed.run.value[1] = "mse";
    ck_assert_int_eq(test_run(ctx, &posed.run), 0);
    drop_posed(&q, &posed);
    drop_trials(&q);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trf");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, sums_by_shifts_equal_the_lagged_matrix_written_out, 0, 2);
    tcase_add_loop_test(all, weights_predictions_and_r_are_those_of_mtrf_programs, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_loop_test(all, losses_by_float32_products_are_those_of_float64, 0, 6);
    tcase_add_loop_test(all, weights_are_those_of_mne, 0, 2);
    tcase_add_test(all, a_penalty_for_each_band_is_mtrfpys);
    tcase_add_loop_test(all, an_impulse_is_found_at_its_lag_in_both_directions, 0, 2);
    tcase_add_test(all, time_reversed_mirrors_the_kernel);
    tcase_add_test(all, a_held_out_trial_leaks_nothing_into_its_fold);
    tcase_add_test(all, scores_and_penalties_equal_nested_refits);
    tcase_add_test(all, each_target_gets_the_window_that_it_needs);
    tcase_add_test(all, each_lag_has_its_own_score);
    tcase_add_loop_test(all, attention_is_decoded_from_trials_that_were_not_seen, 0, 4);
    tcase_add_test(all, inner_folds_of_single_rows_are_refused_unless_by_squared_error);
    tcase_add_loop_test(all, wrong_settings_are_refused_in_a_sentence, 0,
                        sizeof wrong / sizeof *wrong);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
