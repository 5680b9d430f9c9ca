/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Nothing of what a fold holds out reaches its fit: scaling, PCA, penalties, the sums that
 * training sets share. And what autocorrelation alone predicts when folds let it: the
 * built-in null model `oasm` (an identity smoothed within blocks, Feghhi et al. 2024), which
 * beats the true features under shuffled folds and predicts nothing under contiguous ones.
 */
#include "tests/unit/leak_run.h"
#include "tests/unit/sink.h"

extern const struct ana_plugin anaflow_plugin, oasm_plugin;

enum { BLOCKS = 6, LENGTH = 40, ROWS = BLOCKS * LENGTH, TRUE_P = 8, TARGETS = 10 };
enum { WIDTH = 240 }; /* of the null model */
static const double sigma = 3;

static double weight_at(int64_t distance, double width)
{
    return exp(-.5 * (double)(distance * distance) / (width * width));
}

/* Rows x width of noise that is smoothed within each block, so that its autocorrelation is
 * a Gaussian of SD sigma. */
static double *smooth_noise(struct ana_ctx *ctx, const char *stage, int64_t width)
{
    double *white = test_normal(ctx, stage, ROWS * width);
    double *x = ana_alloc(ctx, ROWS * width, sizeof *x);
    const double own = sigma / sqrt(2);
    double size = 0;

    for (int64_t d = -LENGTH; d <= LENGTH; d++)
        size += weight_at(d, own) * weight_at(d, own);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t k = i / LENGTH * LENGTH; k < (i / LENGTH + 1) * LENGTH; k++)
            for (int64_t j = 0; j < width; j++)
                x[i * width + j] +=
                    weight_at(i - k, own) * white[k * width + j] / sqrt(size);
    ana_free(ctx, white);
    return x;
}

/* What the built-in model makes of the blocks, each a stimulus of LENGTH samples. */
static double *oasm(struct ana_ctx *ctx, int seed)
{
    static const char *const settings[] = {"rate",  "1 Hz", "sigma", "3 s",
                                           "width", "240",  NULL};
    double *x = ana_alloc(ctx, ROWS * WIDTH, sizeof *x);
    void *self;

    ck_assert_msg(test_open(ctx, &oasm_plugin, NULL, settings, &self) == 0, "%s",
                  ana_error(ctx));
    for (int block = 0; block < BLOCKS; block++) {
        char id[40];
        const struct ana_stimulus stimulus = {
            .size = sizeof stimulus, .id = id, .duration = LENGTH};
        const struct ana_input input = {.size = sizeof input, .stimulus = &stimulus};
        const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &input};
        const uint8_t wanted[] = {1};
        struct ana_sink sink = {{0}};

        snprintf(id, sizeof id, "block %d of recording %d", block, seed);
        ck_assert_int_eq(oasm_plugin.model->forward(ctx, self, &batch, wanted, &sink), 0);
        ck_assert_int_eq(sink.frames[0], LENGTH);
        ck_assert_int_eq(sink.units[0], WIDTH);
        for (int64_t i = 0; i < LENGTH * WIDTH; i++)
            x[block * LENGTH * WIDTH + i] = (double)sink.data[0][i];
        test_sink_finish(&sink);
    }
    oasm_plugin.model->close(ctx, self);
    return x;
}

/* Four folds: every fourth row, or a quarter of the recording in one piece with a gap of
 * 3 sigma on either side. */
static struct ana_fold *make_folds(struct ana_ctx *ctx, int contiguous)
{
    struct ana_fold *folds = test_folds(ctx, ROWS, 4, ANA_INNER_FOLDS, 3);

    for (int64_t k = 0; contiguous && k < 4; k++) {
        int64_t *train = (int64_t *)(uintptr_t)folds[k].train;
        int64_t *test = (int64_t *)(uintptr_t)folds[k].test, n = 0, m = 0;
        const int64_t first = k * ROWS / 4, last = first + ROWS / 4;

        for (int64_t i = 0; i < ROWS; i++) {
            if (i >= first && i < last)
                test[m++] = i;
            else if (i < first - 3 * (int64_t)sigma || i >= last + 3 * (int64_t)sigma)
                train[n++] = i;
        }
        folds[k].n_train = n;
        folds[k].n_test = m;
        for (int64_t j = 0; j < 3; j++) { /* inner folds: whole blocks */
            struct ana_fold *in =
                &((struct ana_fold *)(uintptr_t)folds[k].inner_folds)[j];
            int64_t *own = (int64_t *)(uintptr_t)in->train;
            int64_t *held = (int64_t *)(uintptr_t)in->test;

            in->n_train = in->n_test = 0;
            for (int64_t i = 0; i < n; i++) {
                if (train[i] / LENGTH % 3 == j)
                    held[in->n_test++] = i;
                else
                    own[in->n_train++] = i;
            }
        }
    }
    return folds;
}

/* Mean r over folds and targets. */
static double score(struct ana_ctx *ctx, const double *x, int64_t p, const double *y,
                    const struct ana_fold *folds)
{
    struct ana_space *space = test_space(ctx, ROWS, p, x, ANA_STANDARDISE_CENTRE);
    const struct ana_space *spaces[] = {space};
    struct test_run run = {.plugin = &anaflow_plugin,
                           .y = y,
                           .problem = {.size = sizeof run.problem,
                                       .layout = ANA_LAYOUT_ROWS,
                                       .n_rows = ROWS,
                                       .n_spaces = 1,
                                       .spaces = spaces,
                                       .n_folds = 4,
                                       .folds = folds,
                                       .n_targets = TARGETS,
                                       .memory = INT64_C(1) << 32},
                           .key = {"alphas"},
                           .value = {"logspace(-2, 4, 7)"}};
    double sum = 0;

    ck_assert_msg(test_run(ctx, &run) == 0, "%s", ana_error(ctx));
    for (int64_t i = 0; i < 4 * TARGETS; i++)
        sum += test_table(&run, "r")->score[i] / (4 * TARGETS);
    test_run_end(ctx, &run);
    ana_space_destroy(ctx, space);
    return sum;
}

/* Responses: the true features at a signal-to-noise ratio of .1, and noise that is as
 * smooth in time. */
static double *responses(struct ana_ctx *ctx, const double *x, const char *seed)
{
    char stage[40];
    double *noise, *map;

    snprintf(stage, sizeof stage, "noise %s", seed);
    noise = smooth_noise(ctx, stage, TARGETS);
    snprintf(stage, sizeof stage, "map %s", seed);
    map = test_normal(ctx, stage, TRUE_P * TARGETS);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < TARGETS; j++)
            for (int64_t k = 0; k < TRUE_P; k++)
                noise[i * TARGETS + j] +=
                    sqrt(.1 / TRUE_P) * x[i * TRUE_P + k] * map[k * TARGETS + j];
    ana_free(ctx, map);
    return noise;
}

START_TEST(smoothness_predicts_under_shuffled_folds_and_not_under_contiguous_ones)
{
    enum { SEEDS = 20 };
    struct ana_ctx *ctx = test_ctx();
    double sum[2][2] = {{0}}, square[2] = {0};
    int wins = 0;

    for (int s = 0; s < SEEDS; s++) {
        char seed[16], stage[40];
        double *x, *y, *null = oasm(ctx, s);

        snprintf(seed, sizeof seed, "%d", s);
        snprintf(stage, sizeof stage, "x %s", seed);
        x = smooth_noise(ctx, stage, TRUE_P);
        y = responses(ctx, x, seed);
        for (int contiguous = 0; contiguous < 2; contiguous++) {
            struct ana_fold *folds = make_folds(ctx, contiguous);
            const double r = score(ctx, null, WIDTH, y, folds);
            const double of_true = score(ctx, x, TRUE_P, y, folds);

            sum[contiguous][0] += r / SEEDS;
            square[contiguous] += r * r / SEEDS;
            sum[contiguous][1] += of_true / SEEDS;
            wins += !contiguous && r > of_true;
            ana_free(ctx, folds);
        }
        ana_free(ctx, x);
        ana_free(ctx, y);
        ana_free(ctx, null);
    }
    for (int contiguous = 0; contiguous < 2; contiguous++)
        printf("%s: oasm %.4f (s.e. %.4f), true features %.4f\n",
               contiguous ? "contiguous" : "shuffled", sum[contiguous][0],
               sqrt((square[contiguous] - sum[contiguous][0] * sum[contiguous][0]) /
                    (SEEDS - 1)),
               sum[contiguous][1]);
    ck_assert_int_eq(wins, SEEDS);
    ck_assert_double_gt(sum[0][0], sum[0][1] + .1);
    ck_assert_double_lt(fabs(sum[1][0]),
                        3 * sqrt((square[1] - sum[1][0] * sum[1][0]) / (SEEDS - 1)));
    ck_assert_double_gt(sum[1][1], sum[1][0]);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct test_leak stages[] = {
    {"fractions",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"fractions"},
     {"0.2 0.4 0.6 0.8 1"}},
    {"normalised alphas",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas", "lambda"},
     {"logspace(-3, 2, 12)", "normalised"}},
    {"scaling",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
    {"scaling, choice by r",
     160,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas", "inner_measure"},
     {"logspace(-1, 5, 25)", "r"}},
    {"centring",
     160,
     12,
     0,
     ANA_STANDARDISE_CENTRE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
    {"PCA", 160, 12, 5, ANA_STANDARDISE_SCALE, 0, {"alphas"}, {"logspace(-1, 5, 25)"}},
    {"scaling, float32",
     1200,
     12,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
    {"PCA, float32",
     1200,
     12,
     5,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
    {"centring, dual, float32",
     1000,
     900,
     0,
     ANA_STANDARDISE_CENTRE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
    {"scaling, dual, float32",
     1000,
     900,
     0,
     ANA_STANDARDISE_SCALE,
     0,
     {"alphas"},
     {"logspace(-1, 5, 25)"}},
};

START_TEST(held_out_rows_leave_no_trace_in_a_fit)
{
    test_no_leak(&anaflow_plugin, &stages[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leaks");
    TCase *tests = tcase_create("leaks");

    tcase_set_timeout(tests, 600);
    tcase_add_test(
        tests, smoothness_predicts_under_shuffled_folds_and_not_under_contiguous_ones);
    tcase_add_loop_test(tests, held_out_rows_leave_no_trace_in_a_fit, 0,
                        sizeof stages / sizeof *stages);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
