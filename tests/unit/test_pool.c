/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Also built with --enable-sanitize=thread, where it must stay silent.
 */
#include "tests/unit/helpers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <anaflow/linalg.h>

#include "linalg/pool.h"

static struct ana_pool *test_pool(struct ana_ctx *ctx, int64_t n_threads)
{
    struct ana_pool *pool = NULL;

    ck_assert_int_eq(ana_pool_create(ctx, n_threads, &pool), 0);
    ck_assert_int_eq(ana_pool_threads(pool), n_threads);
    ana_ctx_set_pool(ctx, pool);
    return pool;
}

/* Destroys both; no byte of the loops may be left. */
static void test_end(struct ana_ctx *ctx, struct ana_pool *pool)
{
    ana_pool_destroy(pool);
    ana_ctx_set_pool(ctx, NULL);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static int count_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    (void)ctx;
    ((int *)arg)[i]++;
    return 0;
}

START_TEST(each_item_runs_once_for_any_number_of_threads_and_items)
{
    enum { MOST = 1000 };
    const int64_t sizes[] = {-1, 0, 1, 2, 3, 7, MOST};

    for (int64_t threads = 1; threads <= 5; threads++) {
        struct ana_ctx *ctx = test_ctx();
        struct ana_pool *pool = test_pool(ctx, threads);

        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            static int times[MOST];

            memset(times, 0, sizeof times);
            ck_assert_int_eq(ana_parallel_for(ctx, sizes[s], count_item, times), 0);
            for (int i = 0; i < MOST; i++)
                ck_assert_int_eq(times[i], i < sizes[s]);
        }
        test_end(ctx, pool);
    }
}
END_TEST

struct under_way {
    int times[60];
    atomic_int now, most;
};

static int count_under_way(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct under_way *w = arg;
    const int now = atomic_fetch_add(&w->now, 1) + 1;
    int most = atomic_load(&w->most);

    (void)ctx;
    while (now > most && !atomic_compare_exchange_weak(&w->most, &most, now))
        ;
    usleep(200);
    w->times[i]++;
    atomic_fetch_sub(&w->now, 1);
    return 0;
}

START_TEST(a_loop_of_few_has_no_more_calls_under_way)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = test_pool(ctx, 4);

    for (int few = 1; few <= 5; few++) {
        struct under_way w = {{0}, 0, 0};

        ck_assert_int_eq(ana_parallel_few(ctx, 60, few, count_under_way, &w), 0);
        ck_assert_int_ge(atomic_load(&w.most), 1);
        ck_assert_int_le(atomic_load(&w.most), few < 4 ? few : 4);
        for (int i = 0; i < 60; i++)
            ck_assert_int_eq(w.times[i], 1);
    }
    test_end(ctx, pool);
}
END_TEST

START_TEST(without_a_pool_the_loop_runs_in_the_callers_thread)
{
    struct ana_ctx *ctx = test_ctx();
    int times[9] = {0};

    ck_assert_int_eq(ana_parallel_for(ctx, 9, count_item, times), 0);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(times[i], 1);
    ck_assert_int_eq(ana_pool_threads(NULL), 1);
    test_end(ctx, NULL);
}
END_TEST

START_TEST(many_tiny_loops_neither_hang_nor_lose_items)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = test_pool(ctx, 4);
    int times[5] = {0};

    for (int loop = 0; loop < 3000; loop++)
        ck_assert_int_eq(ana_parallel_for(ctx, 2 + loop % 4, count_item, times), 0);
    ck_assert_int_eq(times[0], 3000);
    ck_assert_int_eq(times[1], 3000);
    ck_assert_int_eq(times[2], 2250);
    ck_assert_int_eq(times[3], 1500);
    ck_assert_int_eq(times[4], 750);
    test_end(ctx, pool);
}
END_TEST

/* Items 40, 41, 45, ... fail; the low ones take longest, so that high ones fail first. */
static int fail_late(struct ana_ctx *ctx, void *arg, int64_t i)
{
    atomic_int *ran = arg;

    atomic_fetch_add(&ran[i], 1);
    if (i < 40)
        return 0;
    usleep(i == 40 ? 3000 : 0);
    ana_context_push(ctx, "item %lld", (long long)i);
    return ana_fail(ctx, i % 2 ? ANA_ENUMERIC : ANA_EDATA, "row %lld is bad",
                    (long long)i);
}

START_TEST(the_lowest_failing_item_is_reported_with_its_contexts)
{
    for (int64_t threads = 1; threads <= 4; threads++) {
        struct ana_ctx *ctx = test_ctx();
        struct ana_pool *pool = test_pool(ctx, threads);

        ana_context_push(ctx, "metric ridge");
        for (int repeat = 0; repeat < 20; repeat++) {
            static atomic_int ran[100];

            for (int i = 0; i < 100; i++)
                atomic_init(&ran[i], 0);
            ck_assert_int_eq(ana_parallel_for(ctx, 100, fail_late, ran), ANA_EDATA);
            ck_assert_str_eq(ana_error(ctx), "metric ridge, item 40: row 40 is bad");
            ck_assert_int_eq(ana_ctx_status(ctx), ANA_EDATA);
            for (int i = 0; i <= 40; i++)
                ck_assert_int_eq(atomic_load(&ran[i]), 1);
            ck_assert_int_eq(atomic_load(&ran[99]), 0);
        }
        ana_fail(ctx, ANA_EDATA, "after");
        ck_assert_str_eq(ana_error(ctx), "metric ridge: after");
        test_end(ctx, pool);
    }
}
END_TEST

static int fail_silently(struct ana_ctx *ctx, void *arg, int64_t i)
{
    (void)arg;
    if (i == 1)
        ana_fail(ctx, ANA_EPLUGIN, "recovered from");
    return i == 3 ? ANA_EPLUGIN : 0;
}

START_TEST(a_failure_without_a_sentence_does_not_borrow_an_older_one)
{
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_parallel_for(ctx, 5, fail_silently, NULL), ANA_EPLUGIN);
    ck_assert_str_eq(ana_error(ctx), "item 3 of 5 failed without saying why");
    test_end(ctx, NULL);
}
END_TEST

struct nested {
    pthread_t thread[8];
    int sum[8];
};

static int inner_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct nested *nested = ((void **)arg)[0];
    const int64_t outer = *(int64_t *)((void **)arg)[1];

    ck_assert_int_eq(ana_ctx_nested(ctx), 1);
    ck_assert(pthread_equal(nested->thread[outer], pthread_self()));
    nested->sum[outer] += (int)i;
    if (outer == 6 && i == 9)
        return ana_fail(ctx, ANA_EDATA, "inner %lld", (long long)i);
    return 0;
}

static int outer_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct nested *nested = arg;
    void *both[2] = {arg, &i};

    ck_assert_int_eq(ana_workers(ctx), 1);
    nested->thread[i] = pthread_self();
    return ana_parallel_for(ctx, 10, inner_item, both);
}

START_TEST(a_nested_loop_runs_in_its_callers_thread_and_passes_errors_up)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = test_pool(ctx, 3);
    struct nested nested;

    memset(&nested, 0, sizeof nested);
    ck_assert_int_eq(ana_workers(ctx), 3);
    ck_assert_int_eq(ana_parallel_for(ctx, 8, outer_item, &nested), ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx), "inner 9");
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(nested.sum[i], 45);
    test_end(ctx, pool);
}
END_TEST

static int cancel_at_five(struct ana_ctx *ctx, void *arg, int64_t i)
{
    atomic_fetch_add((atomic_int *)arg, 1);
    if (i == 5)
        ana_ctx_cancel(ctx);
    usleep(100);
    return 0;
}

START_TEST(cancel_stops_the_loop_and_is_reported)
{
    for (int64_t threads = 1; threads <= 3; threads++) {
        struct ana_ctx *ctx = test_ctx();
        struct ana_pool *pool = test_pool(ctx, threads);
        atomic_int ran;

        atomic_init(&ran, 0);
        ck_assert_int_eq(ana_parallel_for(ctx, 10000, cancel_at_five, &ran), ANA_ECANCEL);
        ck_assert_str_eq(ana_error(ctx), "the run was interrupted");
        ck_assert_int_lt(atomic_load(&ran), 1000);
        ck_assert_int_eq(ana_parallel_for(ctx, 1, cancel_at_five, &ran), ANA_ECANCEL);
        test_end(ctx, pool);
    }
}
END_TEST

static int warn_item(struct ana_ctx *ctx, void *arg, int64_t i)
{
    double *slot = ana_alloc(ctx, 100, sizeof *slot);

    (void)arg;
    slot[i % 100] = 1;
    ana_warn(ctx, "edge hit");
    ana_progress(ctx, i, 50);
    ana_free(ctx, slot);
    return 0;
}

START_TEST(workers_share_warnings_memory_and_progress)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool = test_pool(ctx, 4);
    const struct ana_warning *list;

    ck_assert_int_eq(ana_parallel_for(ctx, 50, warn_item, NULL), 0);
    ck_assert_int_eq(ana_ctx_warnings(ctx, &list), 1);
    ck_assert_int_eq(list[0].count, 50);
    test_end(ctx, pool);
}
END_TEST

START_TEST(a_pool_of_no_or_too_many_threads_is_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_pool *pool;

    ck_assert_int_eq(ana_pool_create(ctx, 0, &pool), ANA_EPARAM);
    ck_assert_ptr_null(pool);
    ck_assert_str_eq(ana_error(ctx), "the number of threads must be 1 to 256, not 0");
    ck_assert_int_eq(ana_pool_create(ctx, 100000, &pool), ANA_EPARAM);
    ana_pool_destroy(NULL);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Tiles of products and the decompositions that metrics put into parallel loops. */
enum { ROWS = 96, WIDE = 70, TILE = 37, TILES = 12, Y = TILE * TILES };

struct tiles {
    const double *x, *y;
    double *product; /* WIDE x Y */
    double *values;  /* TILES x WIDE: eigenvalues of a Gram matrix a tile */
    double *weights; /* TILES x WIDE x TILE: ridge weights, then their left vectors */
};

static int weigh_tile(struct ana_ctx *ctx, const struct tiles *tiles, int64_t i,
                      double *gram)
{
    double *weights = tiles->weights + i * WIDE * TILE, left[WIDE * TILE], s[TILE];
    int rc = ana_syrk(ctx, 1, WIDE, ROWS, 1, tiles->x, WIDE, 0, gram, WIDE);

    for (int64_t k = 0; k < WIDE; k++) {
        gram[k * WIDE + k] += 1;
        memcpy(weights + k * TILE, tiles->product + k * Y + i * TILE,
               TILE * sizeof *weights);
    }
    if (rc == 0)
        rc = ana_cholesky_solve(ctx, WIDE, TILE, gram, WIDE, weights, TILE);
    if (rc == 0)
        rc = ana_svd(ctx, WIDE, TILE, weights, TILE, left, s, NULL);
    if (rc == 0)
        memcpy(weights, left, sizeof left);
    return rc;
}

static int run_tile(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct tiles *tiles = arg;
    double *gram = ana_alloc(ctx, WIDE * WIDE, sizeof *gram);
    int rc = ana_gemm(ctx, 1, 0, WIDE, TILE, ROWS, 1, tiles->x, WIDE, tiles->y + i * TILE,
                      Y, 0, tiles->product + i * TILE, Y);

    if (rc == 0)
        rc = ana_syrk(ctx, 0, WIDE, TILE, 1, tiles->product + i * TILE, Y, 0, gram, WIDE);
    if (rc == 0)
        rc = ana_eigh(ctx, WIDE, gram, WIDE, tiles->values + i * WIDE);
    if (rc == 0)
        rc = weigh_tile(ctx, tiles, i, gram);
    ana_free(ctx, gram);
    return rc;
}

START_TEST(tiles_of_products_and_decompositions_have_the_same_bits_for_any_threads)
{
    static double x[ROWS * WIDE], y[ROWS * Y], product[4][WIDE * Y],
        values[4][TILES * WIDE];
    static double weights[4][TILES * WIDE * TILE];
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;

    ana_rng_init(ctx, "tiles", 0, &rng);
    for (int i = 0; i < ROWS * WIDE; i++)
        x[i] = ana_rng_normal(&rng);
    for (int i = 0; i < ROWS * Y; i++)
        y[i] = ana_rng_normal(&rng);
    for (int k = 0; k < 4; k++) {
        struct tiles tiles = {x, y, product[k], values[k], weights[k]};
        struct ana_pool *pool = test_pool(ctx, k + 1);

        ck_assert_int_eq(ana_parallel_for(ctx, TILES, run_tile, &tiles), 0);
        ana_pool_destroy(pool);
        ck_assert_mem_eq(product[k], product[0], sizeof product[0]);
        ck_assert_mem_eq(values[k], values[0], sizeof values[0]);
        ck_assert_mem_eq(weights[k], weights[0], sizeof weights[0]);
    }
    ana_ctx_set_pool(ctx, NULL);
    test_end(ctx, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, each_item_runs_once_for_any_number_of_threads_and_items);
    tcase_add_test(tests, a_loop_of_few_has_no_more_calls_under_way);
    tcase_add_test(tests, without_a_pool_the_loop_runs_in_the_callers_thread);
    tcase_add_test(tests, many_tiny_loops_neither_hang_nor_lose_items);
    tcase_add_test(tests, the_lowest_failing_item_is_reported_with_its_contexts);
    tcase_add_test(tests, a_failure_without_a_sentence_does_not_borrow_an_older_one);
    tcase_add_test(tests, a_nested_loop_runs_in_its_callers_thread_and_passes_errors_up);
    tcase_add_test(tests, cancel_stops_the_loop_and_is_reported);
    tcase_add_test(tests, workers_share_warnings_memory_and_progress);
    tcase_add_test(tests, a_pool_of_no_or_too_many_threads_is_refused);
    tcase_add_test(
        tests, tiles_of_products_and_decompositions_have_the_same_bits_for_any_threads);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
