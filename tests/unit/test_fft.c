/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <anaflow/signal.h>

#include "linalg/pool.h"

/* Lengths of every kind: 1, powers, each written-out radix, primes up to the largest
 * that a pass takes, primes beyond it and their multiples (chirp). */
static const int64_t LENGTHS[] = {
    1,  2,  3,  4,  5,   6,   7,   8,   9,   10,  11,  12,  16,  25,  27,  30,  49,  61,
    64, 67, 77, 97, 100, 105, 121, 128, 134, 201, 210, 243, 256, 360, 402, 625, 1009};
enum { N_LENGTHS = sizeof LENGTHS / sizeof *LENGTHS };

static double *noise(struct ana_ctx *ctx, int64_t n, int64_t stream)
{
    double *const x = ana_alloc(ctx, n, 2 * sizeof *x);
    struct ana_rng rng;

    ana_rng_init(ctx, "fft", stream, &rng);
    for (int64_t i = 0; i < 2 * n; i++)
        x[i] = ana_rng_normal(&rng);
    return x;
}

/* The definition. */
static void naive(int64_t n, const double *x, double *out)
{
    for (int64_t k = 0; k < n; k++) {
        out[2 * k] = out[2 * k + 1] = 0;
        for (int64_t t = 0; t < n; t++) {
            const double angle = -2 * M_PI * (double)(k * t % n) / (double)n;

            out[2 * k] += x[2 * t] * cos(angle) - x[2 * t + 1] * sin(angle);
            out[2 * k + 1] += x[2 * t] * sin(angle) + x[2 * t + 1] * cos(angle);
        }
    }
}

START_TEST(every_length_gives_what_the_definition_gives)
{
    const int64_t n = LENGTHS[_i];
    struct ana_ctx *ctx = test_ctx();
    double *x = noise(ctx, n, n), *got = noise(ctx, n, 0), *want = noise(ctx, n, 0);
    struct ana_fft *fft;

    ck_assert_int_eq(ana_fft_create(ctx, n, &fft), 0);
    ck_assert_int_eq(ana_fft_forward(ctx, fft, x, got), 0);
    naive(n, x, want);
    ck_assert(test_difference(got, want, 2 * n) < 1e-13);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, x);
    ana_free(ctx, got);
    ana_free(ctx, want);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

static double energy(int64_t n, const double *x)
{
    double sum = 0;

    for (int64_t i = 0; i < 2 * n; i++)
        sum += x[i] * x[i];
    return sum;
}

/* Long ones, for which the definition would be too slow: 2^a 3^b 5^c, primes. */
START_TEST(the_inverse_returns_and_energy_is_kept)
{
    const int64_t lengths[] = {48000, 65536, 44100, 10007, 20014, 61 * 61};
    const int64_t n = lengths[_i];
    struct ana_ctx *ctx = test_ctx();
    double *x = noise(ctx, n, n), *f = noise(ctx, n, 0), *back = noise(ctx, n, 0);
    struct ana_fft *fft;

    ck_assert_int_eq(ana_fft_create(ctx, n, &fft), 0);
    ck_assert_int_eq(ana_fft_forward(ctx, fft, x, f), 0);
    ck_assert_int_eq(ana_fft_inverse(ctx, fft, f, back), 0);
    ck_assert(test_difference(back, x, 2 * n) < 1e-13);
    ck_assert(fabs(energy(n, f) / (double)n / energy(n, x) - 1) < 1e-12);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, x);
    ana_free(ctx, f);
    ana_free(ctx, back);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_transform_is_linear)
{
    const int64_t n = 360;
    struct ana_ctx *ctx = test_ctx();
    double *a = noise(ctx, n, 1), *b = noise(ctx, n, 2), *sum = noise(ctx, n, 3);
    double *A = noise(ctx, n, 0), *B = noise(ctx, n, 0), *C = noise(ctx, n, 0);
    struct ana_fft *fft;

    ana_fft_create(ctx, n, &fft);
    for (int64_t i = 0; i < 2 * n; i++)
        sum[i] = 3 * a[i] - 2 * b[i];
    ana_fft_forward(ctx, fft, a, A);
    ana_fft_forward(ctx, fft, b, B);
    ana_fft_forward(ctx, fft, sum, C);
    for (int64_t i = 0; i < 2 * n; i++)
        A[i] = 3 * A[i] - 2 * B[i];
    ck_assert(test_difference(C, A, 2 * n) < 1e-13);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, a);
    ana_free(ctx, b);
    ana_free(ctx, sum);
    ana_free(ctx, A);
    ana_free(ctx, B);
    ana_free(ctx, C);
    ana_ctx_destroy(ctx);
}
END_TEST

/* exp(+2 pi i 3 t / n) must come out in bin 3 with height n, and nowhere else. */
START_TEST(a_positive_frequency_lands_in_its_own_bin)
{
    const int64_t lengths[] = {20, 1009}, n = lengths[_i];
    struct ana_ctx *ctx = test_ctx();
    double *x = noise(ctx, n, 0), *f = noise(ctx, n, 0);
    struct ana_fft *fft;

    for (int64_t t = 0; t < n; t++) {
        x[2 * t] = cos(2 * M_PI * 3 * (double)t / (double)n);
        x[2 * t + 1] = sin(2 * M_PI * 3 * (double)t / (double)n);
    }
    ana_fft_create(ctx, n, &fft);
    ana_fft_forward(ctx, fft, x, f);
    for (int64_t k = 0; k < n; k++)
        ck_assert(hypot(f[2 * k] - (k == 3 ? (double)n : 0), f[2 * k + 1]) < 1e-9);
    ana_fft_destroy(ctx, fft);
    ana_free(ctx, x);
    ana_free(ctx, f);
    ana_ctx_destroy(ctx);
}
END_TEST

struct shared {
    const struct ana_fft *fft;
    const double *x;
    double *out[32];
};

static int transform(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct shared *const shared = arg;

    return ana_fft_forward(ctx, shared->fft, shared->x, shared->out[i]);
}

START_TEST(one_plan_serves_many_threads_with_the_same_bits)
{
    const int64_t n = 1009;
    struct ana_ctx *ctx = test_ctx();
    struct shared shared = {.x = noise(ctx, n, 5)};
    struct ana_pool *pool;
    struct ana_fft *fft;

    ck_assert_int_eq(ana_pool_create(ctx, 4, &pool), 0);
    ana_ctx_set_pool(ctx, pool);
    ana_fft_create(ctx, n, &fft);
    shared.fft = fft;
    for (int i = 0; i < 32; i++)
        shared.out[i] = noise(ctx, n, 0);
    ck_assert_int_eq(ana_parallel_for(ctx, 32, transform, &shared), 0);
    for (int i = 1; i < 32; i++)
        ck_assert_mem_eq(shared.out[i], shared.out[0], (size_t)n * 2 * sizeof(double));
    for (int i = 0; i < 32; i++)
        ana_free(ctx, shared.out[i]);
    ana_free(ctx, (void *)(uintptr_t)shared.x);
    ana_fft_destroy(ctx, fft);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_good_length_is_the_least_product_of_2_3_and_5)
{
    for (int64_t n = 1; n <= 3000; n++) {
        int64_t want = n;

        for (;; want++) {
            int64_t left = want;

            while (left % 2 == 0)
                left /= 2;
            while (left % 3 == 0)
                left /= 3;
            while (left % 5 == 0)
                left /= 5;
            if (left == 1)
                break;
        }
        ck_assert_int_eq(ana_fft_good_length(n), want);
    }
    ck_assert_int_eq(ana_fft_good_length(0), 1);
    ck_assert_int_eq(ana_fft_good_length(1000000007), 1006632960);
}
END_TEST

START_TEST(a_length_below_1_or_beyond_memory_is_refused)
{
    struct ana_ctx *ctx = NULL;
    struct ana_fft *fft;

    ana_ctx_create(&(struct ana_ctx_options){.memory = 1 << 20}, &ctx);
    ck_assert_int_eq(ana_fft_create(ctx, 0, &fft), ANA_EPARAM);
    ck_assert_str_eq(ana_error(ctx), "a Fourier transform of length 0 was asked for");
    ck_assert_int_eq(ana_fft_create(ctx, INT64_MAX, &fft), ANA_EPARAM);
    ck_assert_int_eq(ana_fft_create(ctx, 1 << 20, &fft), ANA_ERESOURCE);
    ck_assert_int_eq(ana_fft_create(ctx, 1000003, &fft), ANA_ERESOURCE);
    ck_assert_ptr_null(fft);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_fft_destroy(ctx, NULL);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fft");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, every_length_gives_what_the_definition_gives, 0, N_LENGTHS);
    tcase_add_loop_test(all, the_inverse_returns_and_energy_is_kept, 0, 6);
    tcase_add_test(all, the_transform_is_linear);
    tcase_add_loop_test(all, a_positive_frequency_lands_in_its_own_bin, 0, 2);
    tcase_add_test(all, one_plan_serves_many_threads_with_the_same_bits);
    tcase_add_test(all, a_good_length_is_the_least_product_of_2_3_and_5);
    tcase_add_test(all, a_length_below_1_or_beyond_memory_is_refused);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
