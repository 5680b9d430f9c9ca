/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The large engine beside the float64 designs, which are tested on their own: scores,
 * chosen penalties and every loss; with gaps, scattered folds, each scaling, PCA, primal
 * and dual, in one pass and in many, on any number of threads.
 */
#include <math.h>

#include "base/context.h"
#include "plugins/metrics/lib/encode_job.h"
#include "plugins/metrics/lib/large_push.h"
#include "plugins/metrics/lib/large_unit.h"
#include "plugins/metrics/lib/score.h"
#include "tests/unit/metric_run.h"

extern const struct ana_plugin anaflow_plugin;

enum { TARGETS = 70 };

struct shape {
    int64_t n, p, folds, inner;
    int32_t standardise, intercept;
    int64_t pca;
    int gap, scattered;
    int summed; /* so many times features are summed with those before them */
    int rests;  /* 1 = columns are centred over the first training set beforehand */
    int even;   /* 1 = features that are about as strong in every direction */
};

/* Features of different sizes, far from 0, and targets that follow them more or less. */
static double *features(struct ana_ctx *ctx, const struct shape *q)
{
    double *x = test_normal(ctx, "x", q->n * q->p);

    for (int64_t i = 0; !q->even && i < q->n; i++)
        for (int64_t k = 0; k < q->p; k++)
            x[i * q->p + k] = (x[i * q->p + k] + (k > 0 ? .5 * x[i * q->p + k - 1] : 0)) /
                                  (1 + .02 * (double)k) +
                              (double)(k % 3);
    for (int64_t i = 0; i < q->n; i++)
        for (int turn = 0; turn < q->summed; turn++)
            for (int64_t k = 1; k < q->p; k++)
                x[i * q->p + k] += x[i * q->p + k - 1];
    return x;
}

static double *targets(struct ana_ctx *ctx, const struct shape *q, const double *x)
{
    double *y = test_normal(ctx, "y", q->n * TARGETS);

    for (int64_t i = 0; i < q->n; i++)
        for (int64_t j = 0; j < TARGETS; j++) {
            y[i * TARGETS + j] *= .2 + .1 * (double)j;
            for (int64_t k = 0; k < q->p; k += 3)
                y[i * TARGETS + j] += x[i * q->p + k] * (double)((k + j) % 5 - 2) / 10;
            y[i * TARGETS + j] = 1e-13 * (y[i * TARGETS + j] + 4); /* tesla */
        }
    return y;
}

/* Contiguous folds, where test_folds scatters them; with a gap the two rows on either side
 * of a held-out stretch are in neither set. */
static void make_contiguous(struct ana_fold *fold, int64_t n, int64_t k, int gap)
{
    int64_t *train = (int64_t *)(uintptr_t)fold->train;
    int64_t *test = (int64_t *)(uintptr_t)fold->test;
    const int64_t first = k * fold->n_test;

    fold->n_train = 0;
    for (int64_t i = 0; i < fold->n_test; i++)
        test[i] = first + i;
    for (int64_t i = 0; i < n; i++)
        if (i < first - gap || i >= first + fold->n_test + gap)
            train[fold->n_train++] = i;
}

static struct ana_fold *folds_of(struct ana_ctx *ctx, const struct shape *q)
{
    struct ana_fold *folds = test_folds(ctx, q->n, q->folds, ANA_INNER_FOLDS, q->inner);

    for (int64_t k = 0; !q->scattered && k < q->folds; k++) {
        struct ana_fold *inner = (struct ana_fold *)(uintptr_t)folds[k].inner_folds;
        const int64_t n = folds[k].n_train;

        for (int64_t j = 0; j < q->inner; j++) {
            inner[j].n_test = n / q->inner;
            make_contiguous(&inner[j], n, j, q->gap);
        }
    }
    return folds;
}

struct case_data {
    double *x, *y;
    struct ana_space *space;
    const struct ana_space *spaces[1];
    struct ana_fold *folds;
    struct ana_problem problem;
    struct ana_tensor view;
};

static void centre(const struct shape *q, const struct ana_fold *fold, double *x)
{
    for (int64_t k = 0; k < q->p; k++) {
        double sum = 0;

        for (int64_t i = 0; i < fold->n_train; i++)
            sum += x[fold->train[i] * q->p + k];
        for (int64_t i = 0; i < q->n; i++)
            x[i * q->p + k] -= sum / (double)fold->n_train;
    }
}

static void open_case(struct ana_ctx *ctx, const struct shape *q, struct case_data *c)
{
    c->x = features(ctx, q);
    c->y = targets(ctx, q, c->x);
    c->folds = folds_of(ctx, q);
    if (q->rests)
        centre(q, &c->folds[0], c->x);
    c->space = test_space(ctx, q->n, q->p, c->x, q->standardise);
    c->space->pca = q->pca;
    c->spaces[0] = c->space;
    c->problem = (struct ana_problem){.size = sizeof c->problem,
                                      .layout = ANA_LAYOUT_ROWS,
                                      .n_rows = q->n,
                                      .n_groups = q->n,
                                      .n_spaces = 1,
                                      .spaces = c->spaces,
                                      .n_folds = q->folds,
                                      .folds = c->folds,
                                      .n_targets = TARGETS,
                                      .memory = INT64_C(1) << 32};
    ana_tensor_view(ANA_F64, 2, (const int64_t[]){q->n, TARGETS}, c->y, &c->view);
}

static void close_case(struct ana_ctx *ctx, struct case_data *c)
{
    ana_space_destroy(ctx, c->space);
    ana_free(ctx, c->folds);
    ana_free(ctx, c->x);
    ana_free(ctx, c->y);
}

static const double alphas[] = {1e-3, 1, 30, 1e3, 3e4, 1e7};
enum { ALPHAS = sizeof alphas / sizeof *alphas };

enum way { PRIMAL, MAPS, HALVED, LEAVING_OUT, HALVED_OUT, SPECTRAL, SQUARED, WAYS };

/* Losses of one fold by the large engine: all inner units in a stage of their own. */
static void large_curve(struct ana_ctx *ctx, struct case_data *c,
                        const struct ana_ridge *ridge, enum way way, double *curve)
{
    struct ana_large large;
    struct ana_large_stage stage = {0};
    struct ana_large_y y = {.large = &large, .n_targets = TARGETS};
    struct ana_large_room room = {0};
    struct ana_tile tile = {.size = sizeof tile, .y = c->view};
    int64_t *counted = ana_alloc(ctx, TARGETS, sizeof *counted);
    int64_t last;

    ck_assert_int_eq(ana_large_lay_out(ctx, &c->problem, ridge, &large), 0);
    large.dual = way != PRIMAL;
    large.squared = way == SQUARED;
    large.leave_out = way == LEAVING_OUT || way == HALVED_OUT || way == SQUARED;
    large.form = way == HALVED || way == HALVED_OUT ? ANA_MAPS_HALVED : ANA_MAPS_WHOLE;
    large.spectral = way == SPECTRAL;
    last = c->folds[0].n_inner;
    large.stage_end[0] = last;
    ck_assert_msg(ana_large_make_stage(ctx, &large, 0, &stage) == 0, "%s",
                  ana_error(ctx));
    memset(curve, 0, ALPHAS * TARGETS * sizeof *curve);
    y.curves = curve;
    y.counted = counted;
    ck_assert_msg(ana_large_push_fold(ctx, &y, &stage, 0, last, &tile, &room, NULL) == 0,
                  "%s", ana_error(ctx));
    ana_loss_mean(ALPHAS, TARGETS, counted, curve);
    ana_large_drop_stage(ctx, &large, &stage);
    ana_large_lay_down(ctx, &large);
    ana_free(ctx, room.y);
    ana_free(ctx, room.work);
    ana_free(ctx, counted);
}

/* Largest difference over the largest value. */
static double difference(const double *a, const double *b, int64_t n)
{
    double size = 0, worst = 0;

    for (int64_t i = 0; i < n; i++) {
        size = fmax(size, fabs(b[i]));
        worst = fmax(worst, fabs(a[i] - b[i]));
    }
    return worst / size;
}

static void compare_curves(struct ana_ctx *ctx, const struct shape *q, int32_t loss)
{
    const struct ana_ridge ridge = {ALPHAS, alphas, q->intercept, 0, loss, 0};
    struct case_data c;
    struct ana_split *split;
    double *own = ana_alloc(ctx, (1 + WAYS) * ALPHAS * TARGETS, sizeof *own);
    static const char *const names[] = {"primal",
                                        "dual",
                                        "dual by halves",
                                        "dual, leaving out",
                                        "leaving out by halves",
                                        "dual, in directions",
                                        "leaving out by squares"};

    open_case(ctx, q, &c);
    c.problem.n_folds = 1;
    ck_assert_msg(ana_split_create(ctx, c.space, &c.folds[0], &ridge, &split) == 0, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(ana_split_curve(ctx, split, &ridge, &c.view, own), 0);
    for (int way = PRIMAL; way < WAYS; way++) {
        double *curve = own + (1 + way) * ALPHAS * TARGETS, worst = 0, largest;

        if (q->pca == 0 && way == PRIMAL && q->p > q->n * 4 / 5)
            continue; /* rounding directions: the engine would not go that way */
        if (way == SQUARED && loss != ANA_LOSS_MSE)
            continue;
        if ((way == LEAVING_OUT || way == HALVED_OUT || way == SQUARED) &&
            (q->pca > 0 || q->standardise == ANA_STANDARDISE_SCALE))
            continue; /* inner kernels are no parts of the outer one */
        large_curve(ctx, &c, &ridge, (enum way)way, curve);
        for (int64_t i = 0; i < ALPHAS * TARGETS; i++)
            worst = fmax(worst, fabs(curve[i] / own[i] - 1));
        largest = difference(curve, own, ALPHAS * TARGETS);
        printf("n %lld p %lld scale %d intercept %d pca %lld gap %d scattered %d %s %s: "
               "loss to %.1e, %.1e of the largest\n",
               (long long)q->n, (long long)q->p, q->standardise, q->intercept,
               (long long)q->pca, q->gap, q->scattered, names[way],
               loss == ANA_LOSS_R2 ? "R2" : "mse", worst, largest);
        fflush(stdout);
        ck_assert_msg(largest < 1e-5, "losses differ by %g of the largest", largest);
        ck_assert_msg(worst < 2e-5 || q->summed > 1, "losses differ by %g", worst);
    }
    ana_split_destroy(ctx, split);
    close_case(ctx, &c);
    ana_free(ctx, own);
}

static const struct shape shapes[] = {
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 0, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 3, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 0, 1},
    {200, 30, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 1},
    {200, 30, 2, 4, ANA_STANDARDISE_NONE, 1, 0, 2, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_NONE, 0, 0, 2, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_CENTRE, 0, 0, 2, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 0, 0, 0, 1},
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 1, 9, 2, 0},
    {200, 30, 2, 4, ANA_STANDARDISE_SCALE, 0, 9, 0, 1},
    {120, 200, 2, 3, ANA_STANDARDISE_SCALE, 1, 0, 2, 0},
    {120, 200, 2, 3, ANA_STANDARDISE_NONE, 1, 0, 0, 1},
    {120, 200, 2, 3, ANA_STANDARDISE_NONE, 0, 0, 0, 0},
    {120, 200, 2, 3, ANA_STANDARDISE_CENTRE, 0, 0, 0, 0},
    {900, 300, 2, 5, ANA_STANDARDISE_SCALE, 1, 0, 0, 0},
    {300, 60, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 0, 1},
    {300, 60, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 0, 1},
    {300, 60, 2, 4, ANA_STANDARDISE_NONE, 1, 0, 0, 1, 1},
    {300, 60, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 0, 2},
    {1200, 200, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 1, 2},
    {160, 130, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 0, 0},
    {160, 130, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 0, 1, 0},
    {160, 240, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 0, 1},
    {160, 240, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 1, 1},
    {160, 240, 2, 4, ANA_STANDARDISE_NONE, 1, 0, 0, 0, 1},
    {160, 240, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 0, 2},
    {160, 240, 2, 4, ANA_STANDARDISE_NONE, 0, 0, 2, 0, 0, 1},
    {240, 900, 2, 3, ANA_STANDARDISE_NONE, 0, 0, 0, 1, 0, 1},
    {160, 240, 2, 4, ANA_STANDARDISE_NONE, 0, 0, 2, 1, 1, 1},
    {600, 100, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 0, 0, 0, 1},
    {600, 100, 2, 4, ANA_STANDARDISE_SCALE, 1, 0, 0, 1, 0, 0, 1},
    {600, 100, 2, 4, ANA_STANDARDISE_NONE, 0, 0, 0, 1, 0, 0, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(losses_of_every_penalty_are_those_of_the_designs)
{
    struct ana_ctx *ctx = test_ctx();

    compare_curves(ctx, &shapes[_i], ANA_LOSS_R2);
    compare_curves(ctx, &shapes[_i], ANA_LOSS_MSE);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Which penalty has the least loss over all targets, each in its own unit. */
static int shared_choice(const double *curve)
{
    double sum[ALPHAS] = {0};
    int best = 0;

    for (int a = 0; a < ALPHAS; a++) {
        for (int64_t j = 0; j < TARGETS; j++)
            sum[a] += curve[a * TARGETS + j];
        best = sum[a] < sum[best] ? a : best;
    }
    return best;
}

/* Add what features predict wholly, so loud. */
static void follow(const struct shape *q, double loud, struct case_data *c)
{
    for (int64_t i = 0; i < q->n; i++)
        for (int64_t j = 0; j < TARGETS; j++)
            c->y[i * TARGETS + j] += 1e-13 * loud * c->x[i * q->p + 1 + j % 7];
}

/* One is masked (0), one rests at a number that no mean of it is exactly; all others are as
 * small as tesla are. */
START_TEST(targets_that_do_not_move_have_no_loss_beside_small_ones)
{
    static const struct shape q = {160, 240, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 2, 0, 1};
    const struct ana_ridge ridge = {ALPHAS, alphas, 1, 0, ANA_LOSS_MSE, 0};
    static const int still[] = {5, TARGETS - 2};
    struct ana_ctx *ctx = test_ctx();
    double *curve = ana_alloc(ctx, WAYS * ALPHAS * TARGETS, sizeof *curve);
    struct case_data c;

    open_case(ctx, &q, &c);
    c.problem.n_folds = 1;
    for (int64_t i = 0; i < q.n; i++) {
        c.y[i * TARGETS + still[0]] = 0;
        c.y[i * TARGETS + still[1]] = .1;
    }
    for (int way = MAPS; way < WAYS; way++) {
        double *own = curve + way * ALPHAS * TARGETS;

        large_curve(ctx, &c, &ridge, (enum way)way, own);
        for (int k = 0; k < 2; k++)
            for (int a = 0; a < ALPHAS; a++)
                ck_assert_msg(fabs(own[a * TARGETS + still[k]]) <= 0,
                              "way %d, target %d: loss %g of penalty %d", way, still[k],
                              own[a * TARGETS + still[k]], a);
        ck_assert_int_eq(shared_choice(own),
                         shared_choice(curve + MAPS * ALPHAS * TARGETS));
    }
    close_case(ctx, &c);
    ana_free(ctx, curve);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A product by halves beside sums in float64, of odd and even sizes. */
START_TEST(product_of_halves_is_the_product)
{
    static const int64_t sizes[][3] = {{6, 8, 4}, {7, 9, 5}, {1, 1, 1}, {64, 51, 30}};
    const int64_t m = sizes[_i][0], n = sizes[_i][1], w = sizes[_i][2];
    const int64_t rows = 2 * ana_half(n), width = 2 * ana_half(w);
    struct ana_ctx *ctx = test_ctx();
    double *a = test_normal(ctx, "a", m * n), *b = test_normal(ctx, "b", n * w);
    float *even = ana_alloc(ctx, rows * width, sizeof *even);
    float *c = ana_alloc(ctx, 2 * ana_half(m) * width, sizeof *c);
    float *room = ana_alloc(ctx, rows * width / 4, sizeof *room);
    struct ana_halves halves;

    ck_assert_int_eq(ana_halves_create(ctx, m, n, &halves), 0);
    for (int64_t i = 0; i < m; i++) {
        float *first, *second;

        ana_halves_place(&halves, i, &first, &second);
        for (int64_t k = 0; k < n; k++)
            *(k < halves.n ? first + k : second + k - halves.n) = (float)a[i * n + k];
    }
    for (int64_t k = 0; k < n; k++)
        for (int64_t j = 0; j < w; j++)
            even[k * width + j] = (float)b[k * w + j];
    ana_halves_complete(&halves, 0, halves.m / 3);
    ana_halves_complete(&halves, halves.m / 3, halves.m);
    ck_assert_int_eq(ana_halves_multiply(ctx, &halves, width / 2, even, room, c), 0);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < w; j++) {
            double sum = 0;

            for (int64_t k = 0; k < n; k++)
                sum += a[i * n + k] * b[k * w + j];
            ck_assert_double_eq_tol((double)c[i * width + j], sum, 2e-6 * (double)n);
        }
    ck_assert(ana_ctx_flops(ctx) == (double)width * ana_halves_target_flops(m, n));
    ana_halves_finish(ctx, &halves);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_free(ctx, even);
    ana_free(ctx, c);
    ana_free(ctx, room);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(maps_of_penalties_predict_as_directions_do)
{
    enum { M = 7, P = 5, R = 5, W = 33, A = 4 };
    const double penalties[A] = {1e-3, .5, 20, 1e6};
    struct ana_ctx *ctx = test_ctx();
    struct ana_fit *fit = ana_alloc(ctx, 1, sizeof *fit);
    float xy[P * W], room[(P + M) * W], prediction[M * W];
    double test[M * R], basis[P * R];
    int64_t choice[W];

    *fit = (struct ana_fit){.m = M, .p = P, .r = R, .size = 3};
    fit->lambda = ana_alloc(ctx, R, sizeof(double));
    fit->test = ana_alloc(ctx, M * R, sizeof(float));
    fit->basis = ana_alloc(ctx, P * R, sizeof(float));
    for (int l = 0; l < R; l++)
        fit->lambda[l] = .01 * pow(3, l);
    for (int i = 0; i < M * R; i++)
        test[i] = (double)(fit->test[i] = (float)sin(1.7 * i + 1));
    for (int i = 0; i < P * R; i++)
        basis[i] = (double)(fit->basis[i] = (float)cos(2.3 * i));
    for (int i = 0; i < P * W; i++)
        xy[i] = (float)sin(.9 * i * i);
    for (int j = 0; j < W; j++)
        choice[j] = (j * j) % 3 == 0 ? 3 : (j % 2); /* nobody takes the third */
    ck_assert_int_eq(ana_fit_map(ctx, fit, A, penalties), 0);
    ck_assert_int_eq(ana_fit_predict_chosen(ctx, fit, A, W, xy, choice, room, prediction),
                     0);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < W; j++) {
            double sum = 0, size = 0;

            for (int l = 0; l < R; l++) {
                double b = 0;

                for (int k = 0; k < P; k++)
                    b += basis[k * R + l] * (double)xy[k * W + j];
                b *= test[i * R + l] / (fit->lambda[l] + penalties[choice[j]] / 9);
                sum += b;
                size += fabs(b);
            }
            ck_assert_double_le(fabs((double)prediction[i * W + j] - sum), 2e-6 * size);
        }
    ana_fit_destroy(ctx, fit);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The plugin on a case; scores and alphas are copied out. */
static void run_case(struct ana_ctx *ctx, const struct case_data *c, int64_t memory,
                     int64_t tile, const char *alpha, double *r, double *chosen)
{
    const int64_t cells = c->problem.n_folds * TARGETS;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .problem = c->problem,
                           .y = c->y,
                           .tile = tile,
                           .key = {"alphas", "alpha"},
                           .value = {"1e-3 1 30 1e3 3e4 1e7", alpha}};

    run.problem.memory = memory;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    memcpy(r, test_table(&run, "r")->score, (size_t)cells * sizeof *r);
    memcpy(chosen, test_choice(&run, "alpha"), (size_t)cells * sizeof *chosen);
    test_run_end(ctx, &run);
}

static const struct shape big = {1200, 24, 3, 4, ANA_STANDARDISE_SCALE, 1, 0, 2, 0};
static const struct shape wide = {1000, 950, 2, 2, ANA_STANDARDISE_NONE, 1, 0, 0, 0};

/* Scores by the designs, with the alphas that the engine chose. */
static void design_scores(struct ana_ctx *ctx, const struct case_data *c, int intercept,
                          const double *chosen, double *r)
{
    for (int64_t k = 0; k < c->problem.n_folds; k++) {
        const struct ana_ridge ridge = {ALPHAS, alphas, intercept, 0, ANA_LOSS_R2, 0};
        const int64_t m = c->folds[k].n_test;
        struct ana_split *split;
        double *prediction = ana_alloc(ctx, 2 * m * TARGETS, sizeof *prediction);
        double *y_test = prediction + m * TARGETS, mean[TARGETS], r2[TARGETS],
               R2[TARGETS];
        struct ana_scores scores = {r + k * TARGETS, r2, R2, 0, 0};
        int64_t choice[TARGETS];

        for (int64_t j = 0; j < TARGETS; j++)
            for (int64_t a = 0; a < ALPHAS; a++)
                if (fabs(alphas[a] / chosen[k * TARGETS + j] - 1) < 1e-9)
                    choice[j] = a;
        ck_assert_int_eq(ana_split_create(ctx, c->space, &c->folds[k], &ridge, &split),
                         0);
        ck_assert_int_eq(ana_split_predict(ctx, split, &ridge, &c->view, choice,
                                           prediction, mean, NULL),
                         0);
        ana_take_rows(&c->view, m, c->folds[k].test, y_test);
        ck_assert_int_eq(ana_score(ctx, m, TARGETS, prediction, mean, y_test, &scores),
                         0);
        ana_split_destroy(ctx, split);
        ana_free(ctx, prediction);
    }
}

static void compare_scores(const struct shape *q)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t cells = q->folds * TARGETS;
    double *r = ana_alloc(ctx, 3 * cells, sizeof *r);
    struct case_data c;
    double d;

    open_case(ctx, q, &c);
    run_case(ctx, &c, INT64_C(1) << 32, 0, "target", r, r + cells);
    design_scores(ctx, &c, q->intercept, r + cells, r + 2 * cells);
    d = difference(r, r + 2 * cells, cells);
    printf("r to %.1e\n", d);
    ck_assert_msg(d < 1e-5, "r differs by %g", d);
    close_case(ctx, &c);
    ana_free(ctx, r);
    ana_ctx_destroy(ctx);
}

START_TEST(scores_are_those_of_the_designs)
{
    compare_scores(&big);
    compare_scores(&wide);
}
END_TEST

/* Features that are sums of sums span ten decades; penalties between which float32 holds
 * their directions and does not, and the same in float64 on demand. */
static void run_small(struct ana_ctx *ctx, const struct shape *q, const char *alpha,
                      const char *precision, double *r, int64_t *small)
{
    struct case_data c;
    struct test_run run = {.plugin = &anaflow_plugin,
                           .key = {"alphas", "precision"},
                           .value = {alpha, precision}};

    open_case(ctx, q, &c);
    run.problem = c.problem;
    run.y = c.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    memcpy(r, test_table(&run, "r")->score, (size_t)(q->folds * TARGETS) * sizeof *r);
    *small = test_count(&run, "alpha so small beside the features that float32 loses "
                              "digits (precision = double keeps them)");
    test_run_end(ctx, &run);
    close_case(ctx, &c);
}

START_TEST(penalties_too_small_for_float32_are_counted_and_double_keeps_their_digits)
{
    static const struct shape sums[] = {
        {1200, 200, 2, 4, ANA_STANDARDISE_CENTRE, 1, 0, 0, 0, 2},
        {1000, 1200, 2, 2, ANA_STANDARDISE_CENTRE, 1, 0, 0, 0, 2}};
    static const char *const alpha[] = {"1e-3", "1e10"};
    const struct shape *q = &sums[_i];
    struct ana_ctx *ctx = test_ctx();
    const int64_t cells = q->folds * TARGETS;
    double *r = ana_alloc(ctx, 2 * cells, sizeof *r);

    for (int k = 0; k < 2; k++) {
        int64_t small[2];
        double d;

        run_small(ctx, q, alpha[k], "auto", r, &small[0]);
        run_small(ctx, q, alpha[k], "double", r + cells, &small[1]);
        d = difference(r, r + cells, cells);
        printf("%d features, alpha %s: r to %.1e, %d counted\n", (int)q->p, alpha[k], d,
               (int)small[0]);
        ck_assert_int_eq(small[0], k == 0 ? cells : 0);
        ck_assert_int_eq(small[1], -1);
        ck_assert_msg(k == 0 || d < 1e-5, "r differs by %g", d);
    }
    ana_free(ctx, r);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(losses_too_small_for_float32_are_counted)
{
    static const double loud[] = {0, 1e4};
    static const char *const measure[] = {"R2", "mse"};
    struct ana_ctx *ctx = test_ctx();
    struct case_data c;

    for (int k = 0; k < 2; k++)
        for (int shared = 0; shared < 2; shared++) {
            struct test_run run = {
                .plugin = &anaflow_plugin,
                .key = {"alphas", "inner_measure", "alpha"},
                .value = {"1e-3 1e3", measure[_i], shared ? "shared" : "target"}};

            open_case(ctx, &big, &c);
            follow(&big, loud[k], &c);
            run.problem = c.problem;
            run.y = c.y;
            ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
            ck_assert_int_eq(test_count(&run,
                                        "loss so small beside the target that float32 "
                                        "loses digits (precision = double keeps them)"),
                             k == 1 ? big.folds * TARGETS : 0);
            test_run_end(ctx, &run);
            close_case(ctx, &c);
        }
    ana_ctx_destroy(ctx);
}
END_TEST

/* Primal and dual; the least memory makes several passes. */
START_TEST(neither_memory_nor_threads_nor_passes_change_a_bit)
{
    struct ana_ctx *ctx = test_ctx();
    const struct shape shape = _i == 0 ? big : wide;
    const int64_t cells = shape.folds * TARGETS, little = _i == 0 ? 3000000 : 20000000;
    double *r = ana_alloc(ctx, 4 * cells, sizeof *r), *again = r + 2 * cells;
    struct case_data c;

    open_case(ctx, &shape, &c);
    for (int shared = 0; shared < 2; shared++) {
        const char *alpha = shared ? "shared" : "target";

        run_case(ctx, &c, INT64_C(1) << 32, 16, alpha, r, r + cells);
        for (int way = 0; way < 3; way++) {
            struct ana_pool *pool = NULL;

            ck_assert_int_eq(ana_pool_create(ctx, 1 + way, &pool), 0);
            ana_ctx_set_pool(ctx, pool);
            run_case(ctx, &c, way == 2 ? little : INT64_C(1) << 32, 16, alpha, again,
                     again + cells);
            ana_ctx_set_pool(ctx, NULL);
            ana_pool_destroy(pool);
            ck_assert_mem_eq(r, again, (size_t)(2 * cells) * sizeof *r);
        }
        for (int64_t j = 1; shared && j < TARGETS; j++)
            ck_assert_double_eq(r[cells + j], r[cells]);
    }
    close_case(ctx, &c);
    ana_free(ctx, r);
    ana_ctx_destroy(ctx);
}
END_TEST

enum { MANY = 41 };

/* One fold of many penalties by the designs: the loss of what the engine chose is the least
 * as far as float32 goes, and its scores are met. */
static void compare_fold(struct ana_ctx *ctx, const struct case_data *c,
                         const struct ana_ridge *ridge, int64_t k, const double *chosen,
                         const double *r)
{
    const int64_t m = c->folds[k].n_test;
    double *own = ana_alloc(ctx, (MANY + 2 * m + 4) * TARGETS, sizeof *own);
    double *prediction = own + MANY * TARGETS, *y_test = prediction + m * TARGETS;
    double *mean = y_test + m * TARGETS, *score = mean + TARGETS, worst = 0, d;
    struct ana_scores scores = {score, score + TARGETS, score + 2 * TARGETS, 0, 0};
    int64_t choice[TARGETS];
    struct ana_split *split;

    ck_assert_int_eq(ana_split_create(ctx, c->space, &c->folds[k], ridge, &split), 0);
    ck_assert_int_eq(ana_split_curve(ctx, split, ridge, &c->view, own), 0);
    for (int64_t j = 0; j < TARGETS; j++) {
        double best = own[j];

        choice[j] = -1;
        for (int64_t a = 0; a < MANY; a++) {
            if (fabs(ridge->alphas[a] / chosen[j] - 1) < 1e-9)
                choice[j] = a;
            best = fmin(best, own[a * TARGETS + j]);
        }
        ck_assert_int_ge(choice[j], 0);
        worst = fmax(worst, (own[choice[j] * TARGETS + j] - best) / best);
    }
    ck_assert_int_eq(
        ana_split_predict(ctx, split, ridge, &c->view, choice, prediction, mean, NULL),
        0);
    ana_take_rows(&c->view, m, c->folds[k].test, y_test);
    ck_assert_int_eq(ana_score(ctx, m, TARGETS, prediction, mean, y_test, &scores), 0);
    d = difference(r, score, TARGETS);
    printf("loss of the choice over the least %.1e, r to %.1e\n", worst, d);
    fflush(stdout);
    ck_assert_msg(worst < 1e-5, "a loss that is %g above the least was chosen", worst);
    ck_assert_msg(d < 1e-5, "r differs by %g", d);
    ana_split_destroy(ctx, split);
    ana_free(ctx, own);
}

static const struct shape wider[] = {
    {1000, 950, 2, 2, ANA_STANDARDISE_NONE, 1, 0, 0, 0, 0},
    {1000, 700, 2, 2, ANA_STANDARDISE_SCALE, 1, 0, 2, 1, 0},
    {1000, 700, 2, 2, ANA_STANDARDISE_CENTRE, 1, 0, 0, 0, 1},
};
enum { WIDER = sizeof wider / sizeof *wider };

START_TEST(many_penalties_in_the_dual_give_the_designs_choices_and_scores)
{
    struct ana_ctx *ctx = test_ctx();
    const struct shape *q = &wider[_i];
    double grid[MANY];
    const struct ana_ridge ridge = {MANY, grid, q->intercept, 0, ANA_LOSS_R2, 0};
    struct test_run run = {
        .plugin = &anaflow_plugin, .key = {"alphas"}, .value = {"logspace(-10, 10, 41)"}};
    struct case_data c;
    struct ana_large large;

    for (int a = 0; a < MANY; a++)
        grid[a] = pow(10, .5 * a - 10);
    open_case(ctx, q, &c);
    ck_assert_int_eq(ana_large_lay_out(ctx, &c.problem, &ridge, &large), 0);
    ck_assert_int_eq(large.spectral, 1);
    ana_large_lay_down(ctx, &large);
    run.problem = c.problem;
    run.y = c.y;
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t k = 0; k < q->folds; k++)
        compare_fold(ctx, &c, &ridge, k, test_choice(&run, "alpha") + k * TARGETS,
                     test_table(&run, "r")->score + k * TARGETS);
    test_run_end(ctx, &run);
    close_case(ctx, &c);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Of many penalties the dual goes by eigenvalues where LAPACK holds their matrices. */
START_TEST(many_penalties_go_by_eigenvalues_that_lapack_can_find)
{
    static const int64_t n_train[] = {3000, 40000};
    const int64_t p = 100000, rows[4] = {0, 1, 2, 3};
    struct ana_ctx *ctx = test_ctx();
    const struct ana_tensor x = {.size = sizeof x,
                                 .dtype = ANA_F32,
                                 .ndim = 2,
                                 .shape = {1, p},
                                 .strides = {p, 1}};
    double grid[41];

    for (int a = 0; a < 41; a++)
        grid[a] = pow(10, .5 * a - 10);
    for (int i = 0; i < 2; i++) {
        const struct ana_ridge ridge = {41, grid, 1, 0, ANA_LOSS_R2, 0};
        const int64_t n = n_train[i];
        struct ana_fold inner[2], fold = {.size = sizeof fold,
                                          .inner = ANA_INNER_FOLDS,
                                          .n_train = n,
                                          .n_test = 4,
                                          .train = rows,
                                          .test = rows,
                                          .n_inner = 2,
                                          .inner_folds = inner};
        struct ana_space *space;
        const struct ana_space *spaces[1];
        struct ana_problem problem = {.size = sizeof problem,
                                      .n_rows = n + 4,
                                      .n_spaces = 1,
                                      .spaces = spaces,
                                      .n_folds = 1,
                                      .folds = &fold,
                                      .n_targets = 1000,
                                      .memory = INT64_MAX};
        struct ana_large large;

        for (int j = 0; j < 2; j++)
            inner[j] =
                (struct ana_fold){.size = sizeof fold, .n_train = n / 2, .n_test = n / 2};
        ck_assert_int_eq(ana_space_create(ctx, "x", &x, 1, rows, 1, rows,
                                          ANA_STANDARDISE_CENTRE, 0, &space),
                         0);
        spaces[0] = space;
        ck_assert_int_eq(ana_large_lay_out(ctx, &problem, &ridge, &large), 0);
        ck_assert_int_eq(large.dual, 1);
        ck_assert_int_eq(large.spectral, i == 0);
        ck_assert(large.flops > 0 && isfinite(large.flops));
        ana_large_lay_down(ctx, &large);
        ana_space_destroy(ctx, space);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("large");
    TCase *tests = tcase_create("large");

    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(
        tests, many_penalties_in_the_dual_give_the_designs_choices_and_scores, 0, WIDER);
    tcase_add_test(tests, many_penalties_go_by_eigenvalues_that_lapack_can_find);
    tcase_add_test(tests, maps_of_penalties_predict_as_directions_do);
    tcase_add_loop_test(tests, losses_of_every_penalty_are_those_of_the_designs, 0,
                        SHAPES);
    tcase_add_loop_test(tests, losses_too_small_for_float32_are_counted, 0, 2);
    tcase_add_test(tests, targets_that_do_not_move_have_no_loss_beside_small_ones);
    tcase_add_loop_test(tests, product_of_halves_is_the_product, 0, 4);
    tcase_add_test(tests, scores_are_those_of_the_designs);
    tcase_add_loop_test(
        tests, penalties_too_small_for_float32_are_counted_and_double_keeps_their_digits,
        0, 2);
    tcase_add_loop_test(tests, neither_memory_nor_threads_nor_passes_change_a_bit, 0, 2);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
