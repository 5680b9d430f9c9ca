/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The machine's speed, measured on pieces of work like those of a run. All threads work
 * at once, since they share caches, memory and clock.
 */
#include "pipeline/rates.h"

#include <anaflow/linalg.h>
#include <anaflow/signal.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "linalg/pool.h"

enum {
    SIDE = 192,        /* of the matrices that are multiplied */
    FACTOR_SIDE = 128, /* of the one that is decomposed */
    TRANSFORM = 20000,
    NUMBERS = 1 << 17, /* of an array that no cache near the core holds with two others */
    KINDS = 5
};

/* One thread's room: a, b, c of SIDE^2 numbers or more. */
struct bench {
    double *a, *b, *c;
    struct ana_fft *fft;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int multiply(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    *work = ana_gemm_flops(SIDE, SIDE, SIDE);
    return ana_gemm(ctx, 0, 0, SIDE, SIDE, SIDE, 1, bench->a, SIDE, bench->b, SIDE, 0,
                    bench->c, SIDE);
}

static int multiply_f32(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    *work = ana_gemm_flops(SIDE, SIDE, SIDE);
    return ana_gemm_f32(ctx, 0, 0, SIDE, SIDE, SIDE, 1, (const float *)bench->a, SIDE,
                        (const float *)bench->b, SIDE, 0, (float *)bench->c, SIDE);
}

/* A symmetric matrix that is far from diagonal. */
static int decompose(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    for (int64_t i = 0; i < FACTOR_SIDE; i++)
        for (int64_t j = 0; j < FACTOR_SIDE; j++)
            bench->c[i * FACTOR_SIDE + j] = 1 / (1.0 + (double)((i * j) % 97));
    *work = ana_eigh_flops(FACTOR_SIDE);
    return ana_eigh(ctx, FACTOR_SIDE, bench->c, FACTOR_SIDE, bench->b);
}

static int transform(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    *work = ana_fft_flops(bench->fft);
    return ana_fft_forward(ctx, bench->fft, bench->a, bench->c);
}

static int loop(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    (void)ctx;
    for (int64_t i = 0; i < NUMBERS; i++)
        bench->c[i] += 1e-3 * bench->a[i];
    *work = NUMBERS;
    return 0;
}

static int (*const kinds[KINDS])(struct ana_ctx *ctx, const struct bench *bench,
                                 double *work) = {multiply, multiply_f32, decompose,
                                                  transform, loop};

struct job {
    double seconds;
    double *rate; /* threads x KINDS */
};

/* The pieces of one kind until the time is over; the first warms up and is not counted. */
static int run_kind(struct ana_ctx *ctx, const struct bench *bench, int kind,
                    double seconds, double *rate)
{
    double work, done = 0, begun;
    int rc = kinds[kind](ctx, bench, &work);

    begun = now();
    while (rc == 0 && (done == 0 || now() - begun < seconds)) {
        rc = kinds[kind](ctx, bench, &work);
        done += work;
    }
    *rate = done / (now() - begun + 1e-9);
    return rc;
}

static int run_thread(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    struct bench bench = {ana_alloc(ctx, NUMBERS, sizeof(double)),
                          ana_alloc(ctx, NUMBERS, sizeof(double)),
                          ana_alloc(ctx, NUMBERS, sizeof(double)), NULL};
    int rc = bench.a && bench.b && bench.c ? ana_fft_create(ctx, TRANSFORM, &bench.fft)
                                           : ANA_ERESOURCE;

    ana_ctx_mute_flops(ctx, 1);
    for (int64_t k = 0; rc == 0 && k < NUMBERS; k++)
        bench.a[k] = bench.b[k] = 1 + 1e-3 * (double)(k % 7);
    for (int k = 0; rc == 0 && k < KINDS; k++)
        rc = run_kind(ctx, &bench, k, job->seconds, &job->rate[i * KINDS + k]);
    ana_ctx_mute_flops(ctx, 0);
    ana_fft_destroy(ctx, bench.fft);
    ana_free(ctx, bench.a);
    ana_free(ctx, bench.b);
    ana_free(ctx, bench.c);
    return rc;
}

int ana_rates_measure(struct ana_ctx *ctx, double seconds, struct ana_rates *out)
{
    const int64_t threads = ana_workers(ctx);
    struct job job = {seconds / KINDS, ana_alloc(ctx, threads * KINDS, sizeof(double))};
    double mean[KINDS] = {0};
    int rc = job.rate ? ana_parallel_for(ctx, threads, run_thread, &job) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < threads * KINDS; i++)
        mean[i % KINDS] += job.rate[i] / (double)threads;
    ana_ctx_forget_peak(ctx);
    *out = (struct ana_rates){mean[0], mean[1], mean[2], mean[3], mean[4], threads};
    ana_free(ctx, job.rate);
    return rc;
}
