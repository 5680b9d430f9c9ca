/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Losses as quadratic forms of the targets, beside the residuals themselves; what mixes the
 * penalties, on pairs of eigenvalues; and ridge where it chooses by them.
 */
#include <math.h>

#include "base/context.h"
#include "plugins/metrics/lib/large_unit.h"
#include "plugins/metrics/lib/quadric.h"
#include "tests/unit/metric_run.h"

extern const struct ana_plugin anaflow_plugin;

static const double alphas[] = {1e-2, 1, 30, 1e3, 1e5, 1e8};
enum { ALPHAS = sizeof alphas / sizeof *alphas, FOLDS = 4, W = 5 };

/* Contiguous folds with a gap, or scattered ones, of unequal sizes, over n rows. */
static void make_folds(struct ana_ctx *ctx, int64_t n, int scattered, int gap,
                       struct ana_fold fold[FOLDS])
{
    for (int64_t k = 0; k < FOLDS; k++) {
        const int64_t first = k * k * n / (FOLDS * FOLDS);
        const int64_t last = (k + 1) * (k + 1) * n / (FOLDS * FOLDS);
        int64_t *train = ana_alloc(ctx, n, 8), *test = ana_alloc(ctx, n, 8);

        fold[k] = (struct ana_fold){.size = sizeof *fold, .train = train, .test = test};
        for (int64_t i = 0; i < n; i++) {
            const int tests = scattered ? i % (2 * FOLDS) == k || i % 9 == k + 3
                                        : i >= first && i < last;

            if (tests)
                test[fold[k].n_test++] = i;
            else if (scattered || i < first - gap || i >= last + gap)
                train[fold[k].n_train++] = i;
        }
    }
}

static void free_folds(struct ana_ctx *ctx, struct ana_fold fold[FOLDS])
{
    for (int k = 0; k < FOLDS; k++) {
        ana_free(ctx, (void *)(uintptr_t)fold[k].train);
        ana_free(ctx, (void *)(uintptr_t)fold[k].test);
    }
}

/* The sum over folds of mean squared residuals, by the map itself. */
static double residuals(int64_t n, const struct ana_fold *fold, int intercept, int limit,
                        const float *map, const float *y, int64_t j, double *base)
{
    double sum = 0, mean = 0;

    for (int64_t i = 0; intercept && i < fold->n_train; i++)
        mean += (double)y[fold->train[i] * W + j] / (double)fold->n_train;
    for (int64_t i = 0; i < fold->n_test; i++) {
        const double d = (double)y[fold->test[i] * W + j] - mean;
        double p = 0;

        for (int64_t l = 0; l < n; l++)
            p += (double)map[i * n + l] * (double)y[l * W + j];
        sum += (d * d - 2 * d * p + (limit ? 0 : p * p)) / (double)fold->n_test;
        *base += d * d / (double)fold->n_test;
    }
    return sum;
}

static float *random_map(struct ana_ctx *ctx, int64_t n, const struct ana_fold *fold,
                         const char *name)
{
    double *values = test_normal(ctx, name, fold->n_test * n);
    float *map = ana_alloc(ctx, fold->n_test * n, sizeof *map);

    for (int64_t i = 0; i < fold->n_test; i++)
        for (int64_t j = 0; j < fold->n_train; j++)
            map[i * n + fold->train[j]] =
                (float)(values[i * n + fold->train[j]] / sqrt((double)n));
    ana_free(ctx, values);
    return map;
}

/* Any maps: one, two and three blocks of rows, the last of them small. */
START_TEST(a_quadric_is_the_sum_of_squared_residuals)
{
    static const int64_t sizes[] = {40, ANA_QUADRIC_ROWS, 2 * ANA_QUADRIC_ROWS + 7};
    const int64_t n = sizes[_i / 4];
    const int intercept = _i % 2, scattered = _i / 2 % 2;
    const struct ana_few_plan plan = {1, 0, 0, 1};
    struct ana_ctx *ctx = test_ctx();
    struct ana_quadric *quadric;
    struct ana_fold fold[FOLDS];
    double *normal = test_normal(ctx, "y", n * W), own[ALPHAS][W] = {{0}};
    double base[W] = {0}, errors[ALPHAS * W] = {0}, worst = 0;
    float *y = ana_alloc(ctx, n * W, sizeof *y), *room;
    int limits = 0;

    for (int64_t i = 0; i < n * W; i++)
        y[i] = (float)(normal[i] + .5);
    make_folds(ctx, n, scattered, 3, fold);
    ck_assert_int_eq(ana_quadric_create(ctx, n, ALPHAS, alphas, 20, 2e4, &plan, &quadric),
                     0);
    for (int64_t q = 0; q < quadric->few.k; q++) {
        const int64_t a = quadric->few.pick[q];

        limits += a == ALPHAS;
        for (int k = 0; k < FOLDS; k++) {
            char name[16];
            float *map;

            snprintf(name, sizeof name, "map %d %d", (int)q, k);
            map = random_map(ctx, n, &fold[k], name);
            ck_assert_int_eq(ana_quadric_add(ctx, quadric, q, &fold[k], intercept, map),
                             0);
            for (int64_t j = 0; j < W; j++) {
                double once = 0;
                const double sum =
                    residuals(n, &fold[k], intercept, a == ALPHAS, map, y, j, &once);

                base[j] += q == 0 ? once : 0;
                for (int64_t b = 0; b < ALPHAS; b++)
                    own[b][j] +=
                        quadric->few.weight[b * quadric->few.k + q] * (sum - once);
            }
            ana_free(ctx, map);
        }
    }
    ck_assert_int_eq(limits, 1);
    room = ana_alloc(ctx, ana_quadric_room(quadric->few.k) * W, sizeof *room);
    ck_assert_int_eq(ana_quadric_errors(ctx, quadric, W, y, room, errors), 0);
    for (int a = 0; a < ALPHAS; a++)
        for (int j = 0; j < W; j++)
            worst = fmax(worst, fabs(errors[a * W + j] - own[a][j]) /
                                    (base[j] + fabs(own[a][j])));
    printf("n %d, intercept %d, scattered %d: to %.1e of the loss\n", (int)n, intercept,
           scattered, worst);
    ck_assert_double_lt(worst, 2e-6);
    ana_quadric_destroy(ctx, quadric);
    free_folds(ctx, fold);
    ana_free(ctx, normal);
    ana_free(ctx, room);
    ana_free(ctx, y);
    ana_ctx_destroy(ctx);
}
END_TEST

/* What a penalty takes off a square, of a pair of eigenvalues; of the limit without the
 * product. */
static double taken(double lambda, double mu, double alpha)
{
    if (!isfinite(alpha))
        return lambda + mu;
    return lambda / (lambda + alpha) + mu / (mu + alpha) -
           lambda / (lambda + alpha) * (mu / (mu + alpha));
}

/* Between points of the grid, too; each penalty beside what it takes at the most. */
START_TEST(few_penalties_mix_squares_of_all)
{
    static const struct {
        double low, high;
    } ranges[] = {{70, 1.4e4}, {1, 1e4}, {1e-3, 1e7}, {1e5, 2e5}, {1e-9, 1e12}};
    const double low = ranges[_i].low, high = ranges[_i].high;
    const struct ana_few_plan plan = {1, 0, 0, 1};
    struct ana_ctx *ctx = test_ctx();
    double grid[40], worst = 0;
    struct ana_few few;
    struct ana_rng rng;

    for (int a = 0; a < 40; a++)
        grid[a] = pow(10, -3 + .3 * a);
    ck_assert_int_eq(ana_few_create(ctx, 40, grid, low, high, &plan, &few), 0);
    ana_rng_init(ctx, "pairs", 0, &rng);
    for (int i = 0; i < 2000; i++) {
        const double lambda = low * pow(high / low, ana_rng_uniform(&rng));
        const double mu = i % 5 ? low * pow(high / low, ana_rng_uniform(&rng)) : 0;

        for (int64_t a = 0; a < 40; a++) {
            double sum = 0;

            for (int64_t k = 0; k < few.k; k++)
                sum += few.weight[a * few.k + k] *
                       taken(lambda, mu, ana_few_alpha(&few, grid, k));
            worst = fmax(worst, fabs(sum - taken(lambda, mu, grid[a])) /
                                    taken(high, high, grid[a]));
        }
    }
    printf("%g .. %g: %d of 40, to %.1e\n", low, high, (int)few.k, worst);
    ck_assert_double_lt(worst, 2e-5);
    if (high / low < 1e5)
        ck_assert_int_lt(few.k, 20);
    ana_few_finish(ctx, &few);
    ana_ctx_destroy(ctx);
}
END_TEST

/* x x' of n rows of p features. */
static double *kernel_of(struct ana_ctx *ctx, int64_t n, int64_t p)
{
    double *x = test_normal(ctx, "x", n * p), *kernel = ana_alloc(ctx, n * n, 8);

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = 0; k < p; k++)
                kernel[i * n + j] += x[i * p + k] * x[j * p + k];
    ana_free(ctx, x);
    return kernel;
}

START_TEST(what_fails_leaves_nothing_behind)
{
    enum { N = 30, HELD = 4 };
    const struct ana_few_plan plan = {1, 0, 0, 1};
    struct ana_ctx *ctx = test_ctx();
    double *kernel = kernel_of(ctx, N + HELD, 60);
    struct ana_fold fold[FOLDS];
    int64_t before, n = 0;
    int rc = ANA_ERESOURCE;

    make_folds(ctx, N, 0, 1, fold);
    before = ana_ctx_memory(ctx, NULL);
    while (rc != 0) {
        struct ana_map *out[FOLDS + 1];
        struct ana_quadric *quadric;

        ana_ctx_fail_allocation(ctx, ++n);
        rc = ana_map_leave_out(ctx, N + HELD, kernel, N, FOLDS, fold, HELD, 1, 1, ALPHAS,
                               alphas, &plan, ANA_MAPS_WHOLE, 2, &quadric, out);
        ana_ctx_fail_allocation(ctx, 0);
        ck_assert(rc == 0 || rc == ANA_ERESOURCE);
        for (int k = 0; k < FOLDS; k++)
            ck_assert_ptr_null(out[k]);
        ana_map_destroy(ctx, out[FOLDS]);
        ana_quadric_destroy(ctx, quadric);
        ck_assert_int_eq(ana_ctx_memory(ctx, NULL), before);
    }
    ck_assert_int_gt(n, 20);
    free_folds(ctx, fold);
    ana_free(ctx, kernel);
    ana_ctx_destroy(ctx);
}
END_TEST

enum { ROWS = 1600, WIDE = 1000, TARGETS = 2400, OUTER = 2, CELLS = OUTER * TARGETS };

/* Targets that follow some features, each more loudly. */
static double *make_targets(struct ana_ctx *ctx, const double *x)
{
    double *y = test_normal(ctx, "y", ROWS * TARGETS);

    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < TARGETS; j++)
            for (int64_t k = 0; k < 3; k++)
                y[i * TARGETS + j] +=
                    1e-3 * (double)j * x[i * WIDE + (j + 17 * k) % WIDE];
    return y;
}

static int squares_are_chosen(struct ana_ctx *ctx, const struct ana_problem *problem)
{
    static const double grid[] = {.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    const struct ana_ridge ridge = {10, grid, 1, 0, ANA_LOSS_MSE, 0};
    struct ana_large large;
    int squared;

    ck_assert_int_eq(ana_large_lay_out(ctx, problem, &ridge, &large), 0);
    squared = large.squared;
    ana_large_lay_down(ctx, &large);
    return squared;
}

static void run_ridge(struct ana_ctx *ctx, const struct ana_problem *problem,
                      const double *y, const char *precision, const char *alpha,
                      int64_t workers, int64_t memory, double *r, double *chosen)
{
    struct test_run run = {.plugin = &anaflow_plugin,
                           .problem = *problem,
                           .y = y,
                           .tile = strcmp(precision, "auto") == 0 ? 512 : 0,
                           .key = {"alphas", "inner_measure", "precision", "alpha"},
                           .value = {"logspace(-1, 8, 10)", "mse", precision, alpha}};
    struct ana_pool *pool = NULL;

    run.problem.memory = memory;
    ck_assert_int_eq(ana_pool_create(ctx, workers, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    memcpy(r, test_table(&run, "r")->score, CELLS * sizeof *r);
    memcpy(chosen, test_choice(&run, "alpha"), CELLS * sizeof *chosen);
    ck_assert_int_le(test_count(&run,
                                "loss so small beside the target that float32 loses "
                                "digits (precision = double keeps them)"),
                     0);
    test_run_end(ctx, &run);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
}

/* So many targets that squares are chosen: float64 chooses the same and predicts the same; neither
 * threads nor memory change a bit. */
START_TEST(ridge_chooses_by_squares_what_it_chooses_in_float64)
{
    static const char *const alpha[] = {"target", "shared"};
    const int64_t plenty = INT64_C(1) << 32;
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", ROWS * WIDE), *y = make_targets(ctx, x);
    double *r = ana_alloc(ctx, 4 * CELLS, sizeof *r), *again = r + 2 * CELLS, worst = 0;
    struct ana_space *space = test_space(ctx, ROWS, WIDE, x, ANA_STANDARDISE_CENTRE);
    const struct ana_space *spaces[] = {space};
    struct ana_fold *folds = test_folds(ctx, ROWS, OUTER, ANA_INNER_FOLDS, 10);
    const struct ana_problem problem = {.size = sizeof problem,
                                        .layout = ANA_LAYOUT_ROWS,
                                        .n_rows = ROWS,
                                        .n_groups = ROWS,
                                        .n_spaces = 1,
                                        .spaces = spaces,
                                        .n_folds = OUTER,
                                        .folds = folds,
                                        .n_targets = TARGETS};
    int64_t same = 0;

    ck_assert_int_eq(squares_are_chosen(ctx, &problem), 1);
    run_ridge(ctx, &problem, y, "auto", alpha[_i], 1, plenty, r, r + CELLS);
    for (int way = 0; way < 2; way++) {
        run_ridge(ctx, &problem, y, "auto", alpha[_i], 2, way == 0 ? plenty : 60000000,
                  again, again + CELLS);
        ck_assert_mem_eq(r, again, 2 * CELLS * sizeof *r);
    }
    run_ridge(ctx, &problem, y, "double", alpha[_i], 2, plenty, again, again + CELLS);
    for (int64_t i = 0; i < CELLS; i++)
        if (fabs(r[CELLS + i] / again[CELLS + i] - 1) < 1e-9) {
            same++;
            worst = fmax(worst, fabs(r[i] - again[i]));
        }
    printf("%s: %.2f %% of the choices, r to %.1e\n", alpha[_i],
           100 * (double)same / CELLS, worst);
    ck_assert_int_ge(same, CELLS - 2);
    ck_assert_double_lt(worst, 1e-5);
    ana_space_destroy(ctx, space);
    ana_free(ctx, folds);
    ana_free(ctx, x);
    ana_free(ctx, y);
    ana_free(ctx, r);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quadrics");
    TCase *tests = tcase_create("losses");

    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, a_quadric_is_the_sum_of_squared_residuals, 0, 12);
    tcase_add_loop_test(tests, few_penalties_mix_squares_of_all, 0, 5);
    tcase_add_test(tests, what_fails_leaves_nothing_behind);
    tcase_add_loop_test(tests, ridge_chooses_by_squares_what_it_chooses_in_float64, 0, 2);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
