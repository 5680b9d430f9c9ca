/* SPDX-License-Identifier: BSD-3-Clause
 *
 * RDMs beside slow twins and rsatoolbox's answers, and the plugin rsa through the calls
 * that the core makes.
 */
#include "plugins/metrics/lib/rdm.h"
#include "plugins/metrics/rsa/items.h"
#include "tests/unit/metric_run.h"

extern const struct ana_plugin anaflow_plugin;

static double slow_pearson(int64_t n, const double *x, int64_t step, const double *y,
                           int64_t y_step)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

    for (int64_t i = 0; i < n; i++) {
        mx += x[i * step] / (double)n;
        my += y[i * y_step] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i * step] - mx) * (x[i * step] - mx);
        yy += (y[i * y_step] - my) * (y[i * y_step] - my);
        xy += (x[i * step] - mx) * (y[i * y_step] - my);
    }
    return xy / sqrt(xx * yy);
}

START_TEST(distances_equal_pairwise_formulas_far_from_0_too)
{
    enum { N = 9, Q = 14 };
    struct ana_ctx *ctx = test_ctx();
    double *x = test_normal(ctx, "x", N * Q), rdm[2][N * (N - 1) / 2];
    int64_t constant, pair = 0;

    for (int i = 0; i < N * Q; i++)
        x[i] += 1e4;
    for (int k = 0; k < 2; k++) {
        double *copy = test_copy(ctx, N * Q, x);

        ck_assert_int_eq(ana_rdm_distances(ctx, ANA_RDM_CORRELATION + k, N, Q, copy,
                                           rdm[k], &constant),
                         0);
        ck_assert_int_eq(constant, -1);
        ana_free(ctx, copy);
    }
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = i + 1; j < N; j++, pair++) {
            double square = 0;

            for (int64_t k = 0; k < Q; k++)
                square += pow(x[i * Q + k] - x[j * Q + k], 2) / Q;
            ck_assert(fabs(rdm[0][pair] -
                           (1 - slow_pearson(Q, x + i * Q, 1, x + j * Q, 1))) < 1e-10);
            ck_assert(fabs(rdm[1][pair] / square - 1) < 1e-10);
        }
    ana_free(ctx, x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_pattern_without_variance_is_named)
{
    double x[3][4] = {{1, 2, 3, 5}, {.1, .1, .1, .1}, {4, 3, 2, 2}}, rdm[3];
    struct ana_ctx *ctx = test_ctx();
    int64_t constant;

    ck_assert_int_eq(
        ana_rdm_distances(ctx, ANA_RDM_CORRELATION, 3, 4, x[0], rdm, &constant), 0);
    ck_assert_int_eq(constant, 1);
    ana_ctx_destroy(ctx);
}
END_TEST

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Kendall's counts over all pairs of pairs. */
static void slow_tau(int64_t m, const double *u, const double *v, double *a, double *b)
{
    double difference = 0, in_u = 0, in_v = 0;

    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < i; j++) {
            difference += sign(u[i] - u[j]) * sign(v[i] - v[j]);
            in_u += u[i] != u[j];
            in_v += v[i] != v[j];
        }
    *a = difference / ((double)m * (double)(m - 1) / 2);
    *b = difference / sqrt(in_u * in_v);
}

START_TEST(kendalls_taus_equal_counting_all_pairs_with_and_without_ties)
{
    enum { M = 77 };
    struct ana_ctx *ctx = test_ctx();
    double *u = test_normal(ctx, "u", M), *v = test_normal(ctx, "v", M), a, b, got;

    for (int levels = 0; levels < 3; levels++) {
        for (int i = 0; i < M; i++) {
            v[i] += .3 * u[i];
            if (levels > 0)
                u[i] = floor(u[i] * levels);
            if (levels > 1)
                v[i] = floor(v[i] * levels);
        }
        slow_tau(M, u, v, &a, &b);
        ck_assert_int_eq(ana_rdm_compare(ctx, ANA_RDM_TAU_A, M, u, v, &got), 0);
        ck_assert(fabs(got - a) < 1e-12);
        ck_assert_int_eq(ana_rdm_compare(ctx, ANA_RDM_TAU_B, M, u, v, &got), 0);
        ck_assert(fabs(got - b) < 1e-12);
    }
    ana_free(ctx, u);
    ana_free(ctx, v);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(
    rank_comparisons_ignore_monotone_changes_and_rdms_that_do_not_vary_have_no_score)
{
    enum { M = 40 };
    static const int32_t kinds[] = {ANA_RDM_SPEARMAN, ANA_RDM_RHO_A, ANA_RDM_TAU_A,
                                    ANA_RDM_TAU_B};
    struct ana_ctx *ctx = test_ctx();
    double *u = test_normal(ctx, "u", M), *v = test_normal(ctx, "v", M), flat[M], a, b;
    double *bent = test_copy(ctx, M, u);

    for (int i = 0; i < M; i++) {
        flat[i] = .3;
        bent[i] = exp(3 * u[i]);
    }
    for (int k = 0; k < 4; k++) {
        ck_assert_int_eq(ana_rdm_compare(ctx, kinds[k], M, u, v, &a), 0);
        ck_assert_int_eq(ana_rdm_compare(ctx, kinds[k], M, bent, v, &b), 0);
        ck_assert(a == b);
        ck_assert_int_eq(ana_rdm_compare(ctx, kinds[k], M, u, flat, &b), 0);
        ck_assert(isnan(b));
    }
    ck_assert_int_eq(ana_rdm_compare(ctx, ANA_RDM_PEARSON, M, u, flat, &b), 0);
    ck_assert(isnan(b));
    memset(flat, 0, sizeof flat);
    ck_assert_int_eq(ana_rdm_compare(ctx, ANA_RDM_COSINE, M, u, flat, &b), 0);
    ck_assert(isnan(b));
    flat[3] = (double)NAN;
    ck_assert_int_eq(ana_rdm_compare(ctx, ANA_RDM_COSINE, M, u, flat, &b), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx), "pair 3 of an RDM is not finite");
    ana_free(ctx, u);
    ana_free(ctx, v);
    ana_free(ctx, bent);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(comparisons_equal_rsatoolboxs)
{
    static const struct {
        const char *name;
        int32_t kind;
    } way[] = {{"spearman", ANA_RDM_SPEARMAN}, {"corr", ANA_RDM_PEARSON},
               {"rho_a", ANA_RDM_RHO_A},       {"tau_a", ANA_RDM_TAU_A},
               {"tau_b", ANA_RDM_TAU_B},       {"cosine", ANA_RDM_COSINE}};
    struct ana_ctx *ctx;
    double *first, *second, got[12];

    if (!test_has_reference("rsa_compare"))
        TEST_SKIP("../shared/reference is missing");
    ctx = test_ctx();
    first = test_reference(ctx, "rsa_compare", "rdms_1", NULL);
    second = test_reference(ctx, "rsa_compare", "rdms_2", NULL);
    for (int k = 0; k < 6; k++) {
        double *want = test_reference(ctx, "rsa_compare", way[k].name, NULL);

        for (int i = 0; i < 12; i++)
            ck_assert_int_eq(ana_rdm_compare(ctx, way[k].kind, 28, first + i / 4 * 28,
                                             second + i % 4 * 28, &got[i]),
                             0);
        printf("rsa_compare/%s: %.1e\n", way[k].name, test_difference(got, want, 12));
        ck_assert(test_difference(got, want, 12) < 1e-8);
        ana_free(ctx, want);
    }
    ana_free(ctx, first);
    ana_free(ctx, second);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(distances_equal_rsatoolboxs)
{
    enum { ROWS = 36, Q = 14, N = 9 };
    static const char *const name[] = {"correlation", "euclidean"};
    struct ana_ctx *ctx;
    double *x, *condition, rdm[N * (N - 1) / 2];
    int64_t constant;

    if (!test_has_reference("rsa_rdm"))
        TEST_SKIP("../shared/reference is missing");
    ctx = test_ctx();
    x = test_reference(ctx, "rsa_rdm", "measurements", NULL);
    condition = test_reference(ctx, "rsa_rdm", "condition", NULL);
    for (int k = 0; k < 2; k++) {
        double *want = test_reference(ctx, "rsa_rdm", name[k], NULL), mean[N * Q] = {0};
        int count[N] = {0};

        for (int i = 0; i < ROWS; i++)
            count[(int)condition[i]]++;
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < Q; j++)
                mean[(int)condition[i] * Q + j] +=
                    x[i * Q + j] / count[(int)condition[i]];
        ck_assert_int_eq(
            ana_rdm_distances(ctx, ANA_RDM_CORRELATION + k, N, Q, mean, rdm, &constant),
            0);
        printf("rsa_rdm/%s: %.1e\n", name[k], test_difference(rdm, want, 36));
        ck_assert(test_difference(rdm, want, 36) < 1e-10);
        ana_free(ctx, want);
    }
    ana_free(ctx, x);
    ana_free(ctx, condition);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A problem: 30 items whose targets are a noisy copy of the features; regions A, B. */
enum { N = 30, P = 8, T = 8, FOLDS = 3 };

struct setup {
    struct ana_ctx *ctx;
    double *x, *y;
    struct ana_space *space;
    const struct ana_space *spaces[1];
    struct ana_fold *folds;
    int64_t group[N], moment[N];
    struct ana_target targets[T];
    struct test_run run;
};

static void set_up(struct setup *s, int64_t folds)
{
    double *noise;

    memset(s, 0, sizeof *s);
    s->ctx = test_ctx();
    s->x = test_normal(s->ctx, "x", N * P);
    noise = test_normal(s->ctx, "noise", N * T);
    s->y = ana_alloc(s->ctx, N * T, sizeof(double));
    for (int64_t i = 0; i < N * T; i++)
        s->y[i] = s->x[i] + (i % T < 5 ? .05 : 3) * noise[i];
    ana_free(s->ctx, noise);
    for (int64_t i = 0; i < N; i++)
        s->group[i] = i;
    for (int64_t j = 0; j < T; j++)
        s->targets[j].region = j < 4 ? "A" : j < 7 ? "B" : "";
    s->space = test_space(s->ctx, N, P, s->x, ANA_STANDARDISE_SCALE);
    s->spaces[0] = s->space;
    s->folds = test_folds(s->ctx, N, folds ? folds : 1, 0, 0);
    s->run = (struct test_run){.plugin = &anaflow_plugin,
                               .y = s->y,
                               .targets = s->targets,
                               .problem = {.size = sizeof s->run.problem,
                                           .layout = ANA_LAYOUT_ROWS,
                                           .n_rows = N,
                                           .group = s->group,
                                           .moment = s->moment,
                                           .n_groups = N,
                                           .n_spaces = 1,
                                           .spaces = s->spaces,
                                           .n_folds = folds,
                                           .folds = s->folds,
                                           .n_targets = T,
                                           .memory = 1 << 30}};
}

static void set(struct setup *s, const char *key, const char *value)
{
    int k = 0;

    while (s->run.key[k])
        k++;
    s->run.key[k] = key;
    s->run.value[k] = value;
}

static void run(struct setup *s)
{
    ck_assert_msg(test_run(s->ctx, &s->run) == 0, "%s", ana_error(s->ctx));
}

static void tear_down(struct setup *s)
{
    test_run_end(s->ctx, &s->run);
    ana_space_destroy(s->ctx, s->space);
    ana_free(s->ctx, s->folds);
    ana_free(s->ctx, s->x);
    ana_free(s->ctx, s->y);
    ana_ctx_destroy(s->ctx);
}

/* Ranks by counting. */
static double slow_spearman(int64_t m, const double *u, const double *v)
{
    double *ranks = calloc((size_t)(2 * m), sizeof *ranks), rho;

    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) {
            ranks[i] += (u[j] < u[i]) + .5 * (u[j] == u[i]);
            ranks[m + i] += (v[j] < v[i]) + .5 * (v[j] == v[i]);
        }
    rho = slow_pearson(m, ranks, 1, ranks + m, 1);
    free(ranks);
    return rho;
}

/* Spearman between the 1 - r RDMs of rows first, first + step ... in columns. */
static double slow_rsa(const struct setup *s, int64_t first, int64_t step, int64_t column,
                       int64_t columns)
{
    double u[N * N], v[N * N];
    int64_t m = 0;

    for (int64_t i = first; i < N; i += step)
        for (int64_t j = i + step; j < N; j += step, m++) {
            float a[P], b[P]; /* the core keeps activations as float32 */
            double c[P], d[P];

            for (int k = 0; k < P; k++) {
                a[k] = (float)s->x[i * P + k];
                b[k] = (float)s->x[j * P + k];
                c[k] = (double)a[k];
                d[k] = (double)b[k];
            }
            u[m] = 1 - slow_pearson(P, c, 1, d, 1);
            v[m] = 1 - slow_pearson(columns, s->y + i * T + column, 1,
                                    s->y + j * T + column, 1);
        }
    return slow_spearman(m, u, v);
}

START_TEST(scores_of_folds_and_regions_equal_the_slow_twin)
{
    static const int64_t column[] = {0, 0, 4}, columns[] = {T, 4, 3};
    static const char *const name[] = {"all", "A", "B"};
    const struct ana_out_table *rho;
    struct setup s;

    set_up(&s, FOLDS);
    run(&s);
    rho = test_table(&s.run, "rho");
    ck_assert_int_eq(rho->pooled, 1);
    ck_assert_int_eq(rho->n_targets, 3);
    for (int64_t k = 0; k < FOLDS; k++)
        for (int j = 0; j < 3; j++) {
            ck_assert_str_eq(rho->names[j], name[j]);
            ck_assert(fabs(rho->score[k * 3 + j] -
                           slow_rsa(&s, k, FOLDS, column[j], columns[j])) < 1e-12);
        }
    ck_assert(test_has_note(&s.run, "target_scale = none, feature_scale = none"));
    ck_assert(test_has_note(&s.run, "one score for the test items of each fold"));
    tear_down(&s);
    set_up(&s, FOLDS);
    set(&s, "rows", "all");
    run(&s);
    rho = test_table(&s.run, "rho");
    ck_assert_int_eq(rho->no_folds, 1);
    ck_assert(fabs(rho->score[0] - slow_rsa(&s, 0, 1, 0, T)) < 1e-12);
    ck_assert(test_has_note(&s.run, "one score over all items"));
    tear_down(&s);
    set_up(&s, 0);
    run(&s);
    ck_assert_int_eq(test_table(&s.run, "rho")->no_folds, 1);
    tear_down(&s);
}
END_TEST

START_TEST(features_that_are_the_recording_score_1_by_every_comparison)
{
    static const char *const compare[] = {"spearman", "pearson", "rho-a",
                                          "tau-a",    "tau-b",   "cosine"};
    static const char *const measure[] = {"rho",   "r",     "rho-a",
                                          "tau-a", "tau-b", "cosine"};

    for (int k = 0; k < 12; k++) {
        struct setup s;

        set_up(&s, 0);
        for (int64_t i = 0; i < N * P; i++)
            s.y[i] = (double)(float)s.x[i];
        set(&s, "compare", compare[k / 2]);
        if (k % 2)
            set(&s, "distance", "euclidean");
        run(&s);
        ck_assert(fabs(test_table(&s.run, measure[k / 2])->score[0] - 1) < 1e-12);
        tear_down(&s);
    }
}
END_TEST

/* With z-scores a target's unit does not matter; without, the largest unit rules. */
START_TEST(z_scored_targets_have_no_unit)
{
    double score[2][2];

    for (int k = 0; k < 4; k++) {
        struct setup s;

        set_up(&s, 0);
        for (int64_t i = 0; k / 2 && i < N; i++)
            s.y[i * T + 7] = 1e3 * s.y[i * T + 7] - 50;
        for (int64_t i = 0; i < N; i++)
            s.y[i * T + 6] = 4;
        set(&s, "target_scale", k % 2 ? "zscore" : "none");
        run(&s);
        score[k % 2][k / 2] = test_table(&s.run, "rho")->score[0];
        ck_assert_int_eq(test_count(&s.run, "constant target"), k % 2 ? 1 : -1);
        tear_down(&s);
    }
    ck_assert(fabs(score[1][0] - score[1][1]) < 1e-12);
    ck_assert(fabs(score[0][0] - score[0][1]) > .05);
}
END_TEST

/* 6 trials of 5 samples, listed sample by sample, each trial in an order of its own. */
START_TEST(a_trial_is_one_item_whatever_the_order_of_its_samples)
{
    double score[2];

    for (int k = 0; k < 2; k++) {
        struct setup s;
        double *shuffled;
        int64_t order[N];

        set_up(&s, 0);
        for (int64_t i = 0; i < N; i++)
            order[i] = k == 0 ? i : i % 6 * 5 + (2 * (i / 6) + i) % 5;
        for (int64_t i = 0; i < N; i++) {
            s.group[i] = order[i] / 5;
            s.moment[i] = order[i] % 5;
        }
        shuffled = test_rows(s.ctx, N, order, T, s.y);
        s.run.y = shuffled;
        ana_space_destroy(s.ctx, s.space);
        double *x = test_rows(s.ctx, N, order, P, s.x);

        s.space = test_space(s.ctx, N, P, x, 0);
        s.spaces[0] = s.space;
        s.run.problem.layout = ANA_LAYOUT_EPOCHS;
        s.run.problem.n_groups = 6;
        run(&s);
        score[k] = test_table(&s.run, "rho")->score[0];
        ck_assert(test_has_note(&s.run, "all targets at all samples of a trial"));
        ana_free(s.ctx, shuffled);
        ana_free(s.ctx, x);
        tear_down(&s);
    }
    ck_assert(fabs(score[0] - score[1]) < 1e-12);
    ck_assert(score[0] > .1);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    double want[3 * FOLDS];

    for (int threads = 1; threads <= 4; threads++) {
        struct ana_pool *pool;
        struct setup s;

        set_up(&s, FOLDS);
        ck_assert_int_eq(ana_pool_create(s.ctx, threads, &pool), 0);
        ana_ctx_set_pool(s.ctx, pool);
        run(&s);
        if (threads == 1)
            memcpy(want, test_table(&s.run, "rho")->score, sizeof want);
        ck_assert_mem_eq(test_table(&s.run, "rho")->score, want, sizeof want);
        ana_ctx_set_pool(s.ctx, NULL);
        ana_pool_destroy(pool);
        tear_down(&s);
    }
}
END_TEST

START_TEST(constant_patterns_make_a_score_not_available_with_a_sentence)
{
    const struct ana_warning *warnings;
    struct setup s;

    set_up(&s, 0);
    s.y[4 * T + 4] = s.y[4 * T + 5] = s.y[4 * T + 6] = 2; /* region B */
    run(&s);
    ck_assert(!isnan(test_table(&s.run, "rho")->score[0]));
    ck_assert(isnan(test_table(&s.run, "rho")->score[2]));
    ck_assert_int_eq(ana_ctx_warnings(s.ctx, &warnings), 1);
    ck_assert_str_eq(
        warnings[0].text,
        "B: the pattern of row 4 over 3 targets is the same everywhere, so it "
        "has no correlation distance; scores over it are n/a (try distance = "
        "euclidean)");
    tear_down(&s);
    set_up(&s, 0);
    for (int k = 0; k < P; k++)
        ((float *)s.space->x.data)[7 * P + k] = 1;
    run(&s);
    ck_assert(isnan(test_table(&s.run, "rho")->score[0]));
    ck_assert_int_eq(ana_ctx_warnings(s.ctx, &warnings), 1);
    ck_assert_ptr_nonnull(
        strstr(warnings[0].text, "features test: the pattern of row 7 is"));
    tear_down(&s);
}
END_TEST

START_TEST(patterns_of_two_numbers_have_no_correlation_distance)
{
    const struct ana_warning *warnings;
    struct setup s;

    for (int k = 0; k < 2; k++) {
        set_up(&s, 0);
        s.targets[4].region = "";
        if (k == 1)
            set(&s, "distance", "euclidean");
        run(&s);
        ck_assert(isnan(test_table(&s.run, "rho")->score[2]) == (k == 0));
        ck_assert_int_eq(ana_ctx_warnings(s.ctx, &warnings), 1 - k);
        if (k == 0)
            ck_assert_str_eq(
                warnings[0].text,
                "B: patterns of 2 numbers have no useful correlation distance; "
                "scores over them are n/a (try distance = euclidean)");
        tear_down(&s);
    }
}
END_TEST

START_TEST(problems_that_rsa_cannot_take_are_refused_with_a_sentence)
{
    struct setup s;

    set_up(&s, 0);
    s.run.problem.layout = ANA_LAYOUT_SERIES;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "rsa compares items, and a continuous recording has none; average it "
        "per stimulus (pool) or score it with ridge");
    tear_down(&s);
    set_up(&s, 15);
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "rsa compares pairs of items and needs at least 3, not 2; hold out more "
        "in [folds] or write `rows = all`");
    tear_down(&s);
    set_up(&s, 0);
    s.run.problem.n_rows = 30000;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_ERESOURCE);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "an RDM over 30000 items takes 7.2 GB, more than rsa works on (20000 "
        "items); score fewer rows, or one part at a time with [folds]");
    tear_down(&s);
    set_up(&s, 0);
    s.run.problem.layout = ANA_LAYOUT_EPOCHS;
    s.run.problem.n_groups = 2;
    for (int64_t i = 0; i < N; i++)
        s.group[i] = i >= 10;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "rsa compares trials of one length, but stimulus 0 has 10 samples and "
        "others 20; cut the epochs to one window");
    tear_down(&s);
    set_up(&s, FOLDS);
    s.run.problem.layout = ANA_LAYOUT_EPOCHS;
    s.run.problem.n_groups = 6;
    for (int64_t i = 0; i < N; i++)
        s.group[i] = i / 5;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(s.ctx),
        "a fold takes 2 of the 5 samples of stimulus 0; rsa needs whole trials: "
        "write `by = stimulus` into [folds] or `rows = all`");
    tear_down(&s);
    set_up(&s, 0);
    s.y[3 * T + 2] = INFINITY;
    ck_assert_int_eq(test_run(s.ctx, &s.run), ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(s.ctx),
                     "row 3 of target 2 is not finite; repair the recording "
                     "or say what to do with `nan =`");
    tear_down(&s);
}
END_TEST

START_TEST(the_plan_covers_what_is_taken)
{
    struct setup s;
    int64_t before, peak;

    set_up(&s, FOLDS);
    before = ana_ctx_memory(s.ctx, NULL);
    run(&s);
    ana_ctx_memory(s.ctx, &peak);
    ck_assert_int_le(peak - before, s.run.plan.bytes + (24 << 10));
    ck_assert(s.run.plan.flops > 0);
    tear_down(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rsa");
    TCase *tests = tcase_create("rsa");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, distances_equal_pairwise_formulas_far_from_0_too);
    tcase_add_test(tests, a_pattern_without_variance_is_named);
    tcase_add_test(tests, kendalls_taus_equal_counting_all_pairs_with_and_without_ties);
    tcase_add_test(
        tests,
        rank_comparisons_ignore_monotone_changes_and_rdms_that_do_not_vary_have_no_score);
    tcase_add_test(tests, comparisons_equal_rsatoolboxs);
    tcase_add_test(tests, distances_equal_rsatoolboxs);
    tcase_add_test(tests, scores_of_folds_and_regions_equal_the_slow_twin);
    tcase_add_test(tests, features_that_are_the_recording_score_1_by_every_comparison);
    tcase_add_test(tests, z_scored_targets_have_no_unit);
    tcase_add_test(tests, a_trial_is_one_item_whatever_the_order_of_its_samples);
    tcase_add_test(tests, threads_change_no_bit);
    tcase_add_test(tests, constant_patterns_make_a_score_not_available_with_a_sentence);
    tcase_add_test(tests, patterns_of_two_numbers_have_no_correlation_distance);
    tcase_add_test(tests, problems_that_rsa_cannot_take_are_refused_with_a_sentence);
    tcase_add_test(tests, the_plan_covers_what_is_taken);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
