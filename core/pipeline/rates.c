/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The machine's speed, measured on pieces of work like those of a run. All threads work
 * at once, since they share caches, memory and clock.
 */
#include "pipeline/rates.h"

#include <anaflow/linalg.h>
#include <anaflow/signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/context.h"
#include "linalg/pool.h"

enum {
    SIDE = 192,        /* of the matrices that are multiplied */
    FACTOR_SIDE = 128, /* of the one that is decomposed, and of a larger one */
    LARGE_SIDE = 384,
    HALF_SIDE = 450,   /* where a decomposition runs at half its speed, unless measured */
    TRANSFORM = 18000, /* complex numbers, in a */
    SUMMED = 1 << 13,
    KINDS = 6,
    PAGE = 1 << 21, /* of large blocks, and of what a fault brings where there are none */
    SMALL_PAGE = 1 << 12,
    MOST_PAGES = 128 /* of a thread */
};

_Static_assert(2 * TRANSFORM <= SIDE * SIDE, "the transform's numbers fit into a");

/* A calibration this long (seconds) has time for the large matrix. */
static const double LONG = .08;

/* One thread's room: a and b of SIDE^2, c of LARGE_SIDE^2. */
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

/* A symmetric matrix whose eigenvalues all differ, as those of data do. */
static int decompose_side(struct ana_ctx *ctx, const struct bench *bench, int64_t n,
                          double *work)
{
    uint32_t seed = 1;

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            seed = seed * 1664525u + 1013904223u;
            bench->c[i * n + j] = bench->c[j * n + i] = (double)(seed >> 8) / (1 << 24);
        }
    *work = ana_eigh_flops(n);
    return ana_eigh(ctx, n, bench->c, n, bench->b);
}

static int decompose(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    return decompose_side(ctx, bench, FACTOR_SIDE, work);
}

static int decompose_large(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    return decompose_side(ctx, bench, LARGE_SIDE, work);
}

static int transform(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    *work = ana_fft_flops(bench->fft);
    return ana_fft_forward(ctx, bench->fft, bench->a, bench->c);
}

/* Additions that wait for one another: what most plain loops do, and what other programs'
 * use of the memory does not slow down. */
static int loop(struct ana_ctx *ctx, const struct bench *bench, double *work)
{
    volatile double kept;
    double sum = 0;

    (void)ctx;
    for (int64_t i = 0; i < SUMMED; i++)
        sum += bench->a[i];
    kept = sum;
    (void)kept;
    *work = 2 * SUMMED;
    return 0;
}

static int (*const kinds[KINDS])(struct ana_ctx *ctx, const struct bench *bench,
                                 double *work) = {
    multiply, multiply_f32, decompose, transform, loop, decompose_large};

struct job {
    double seconds;
    int n_kinds;
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
    struct bench bench = {ana_alloc(ctx, SIDE * SIDE, sizeof(double)),
                          ana_alloc(ctx, SIDE * SIDE, sizeof(double)),
                          ana_alloc(ctx, LARGE_SIDE * LARGE_SIDE, sizeof(double)), NULL};
    int rc = bench.a && bench.b && bench.c ? ana_fft_create(ctx, TRANSFORM, &bench.fft)
                                           : ANA_ERESOURCE;

    ana_ctx_mute_flops(ctx, 1);
    for (int64_t k = 0; rc == 0 && k < SIDE * SIDE; k++)
        bench.a[k] = bench.b[k] = 1 + 1e-3 * (double)(k % 7);
    for (int k = 0; rc == 0 && k < job->n_kinds; k++)
        rc = run_kind(ctx, &bench, k, job->seconds, &job->rate[i * KINDS + k]);
    ana_ctx_mute_flops(ctx, 0);
    ana_fft_destroy(ctx, bench.fft);
    ana_free(ctx, bench.a);
    ana_free(ctx, bench.b);
    ana_free(ctx, bench.c);
    return rc;
}

double ana_rates_factor(const struct ana_rates *rates, double side)
{
    return rates->factor * side / (side + rates->factor_side);
}

/* The speed at a side n is factor n / (n + half): from one measured, or from two. */
static void set_factor(struct ana_rates *rates, double small, double large)
{
    const double a = FACTOR_SIDE, b = LARGE_SIDE;
    double half = HALF_SIDE;

    if (large > small) {
        half = (large / small - 1) / (1 / a - large / small / b);
        half = half > 0 && half < 4 * HALF_SIDE ? half : HALF_SIDE;
    }
    rates->factor_side = half;
    rates->factor = large > 0 ? large * (b + half) / b : small * (a + half) / a;
}

/* Pages as large blocks have them, each of which is touched once. */
struct pages {
    double seconds;
    int64_t n;
    double *fresh, *again; /* threads: bytes a second */
};

/* How many of n pages can be touched until then; the seconds of a later one: the middle one
 * of their last half, since another program may have come between. */
static int64_t touch(char *map, int64_t n, double seconds, double *late)
{
    const double begun = now();
    double took[MOST_PAGES], at = begun;
    int64_t done = 0, first;

    for (; done < n && (done < 2 || at - begun < seconds); done++) {
        const double before = at;

        for (int64_t k = 0; k < PAGE; k += SMALL_PAGE)
            ((volatile char *)map)[done * PAGE + k] = 1;
        at = now();
        took[done] = at - before;
    }
    first = done > 3 ? done / 2 : 0;
    for (int64_t i = first + 1; i < done; i++)
        for (int64_t k = i; k > first && took[k - 1] > took[k]; k--) {
            const double t = took[k];

            took[k] = took[k - 1];
            took[k - 1] = t;
        }
    *late = took[first + (done - 1 - first) / 2];
    return done;
}

static int touch_pages(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct pages *pages = arg;
    int64_t n = pages->n;
    const size_t size = (size_t)(n + 1) * PAGE;

    for (int again = 0; again < 2; again++) {
        char *map =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *first;
        double late;

        if (map == MAP_FAILED)
            return ana_fail(ctx, ANA_ERESOURCE, "the system has no memory to measure");
        first = map + (PAGE - (uintptr_t)map % PAGE) % PAGE;
        madvise(first, (size_t)n * PAGE, MADV_HUGEPAGE);
        n = touch(first, n, pages->seconds, &late);
        (again ? pages->again : pages->fresh)[i] = PAGE / (late + 1e-9);
        munmap(map, size);
    }
    return 0;
}

int ana_rates_measure_fresh(struct ana_ctx *ctx, double seconds, int64_t bytes,
                            struct ana_rates *rates)
{
    const int64_t threads = ana_workers(ctx), most = bytes / PAGE / threads;
    struct pages pages = {seconds / 2,
                          most < 2            ? 2
                          : most > MOST_PAGES ? MOST_PAGES
                                              : most,
                          ana_alloc(ctx, 2 * threads, sizeof(double)), NULL};
    int rc = ANA_ERESOURCE;

    pages.again = pages.fresh ? pages.fresh + threads : NULL;
    if (pages.fresh)
        rc = ana_parallel_for(ctx, threads, touch_pages, &pages);
    rates->fresh = rates->again = 0;
    for (int64_t i = 0; rc == 0 && i < threads; i++) {
        rates->fresh += pages.fresh[i] / (double)threads;
        rates->again += pages.again[i] / (double)threads;
    }
    ana_free(ctx, pages.fresh);
    return rc;
}

int ana_rates_measure(struct ana_ctx *ctx, double seconds, struct ana_rates *out)
{
    const int64_t threads = ana_workers(ctx);
    const int n_kinds = seconds >= LONG ? KINDS : KINDS - 1;
    struct job job = {seconds / (n_kinds + 1), n_kinds,
                      ana_alloc(ctx, threads * KINDS, sizeof(double))};
    double mean[KINDS] = {0};
    int rc = job.rate ? ana_parallel_for(ctx, threads, run_thread, &job) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < threads * KINDS; i++)
        mean[i % KINDS] += job.rate[i] / (double)threads;
    ana_ctx_forget_peak(ctx);
    *out = (struct ana_rates){.gemm = mean[0],
                              .gemm_f32 = mean[1],
                              .transform = mean[3],
                              .loop = mean[4],
                              .threads = threads};
    set_factor(out, mean[2], mean[5]);
    ana_free(ctx, job.rate);
    return rc == 0 ? ana_rates_measure_fresh(ctx, job.seconds, 0, out) : rc;
}
