/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory: the plugin stays within what it is handed, gives back what it takes, and lives
 * with getting none.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "check/bench.h"

int ana_rule_guards(struct ana_check *check)
{
    static const struct {
        int place;
        const char *what;
    } cases[] = {{ANA_BUFFER_AT_END, "ends"}, {ANA_BUFFER_AT_BEGIN, "begins"}};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof cases / sizeof *cases; i++) {
        struct ana_bench bench;

        rc = ana_bench_open(check, 0, &bench);
        ana_doing("a round whose buffers each %s at a guard page: it reads or writes %s "
                  "one, or writes to its input",
                  cases[i].what,
                  cases[i].place == ANA_BUFFER_AT_END ? "behind" : "in front of");
        if (rc == 0) {
            bench.place = cases[i].place;
            rc = ana_bench_adopt(&bench, ana_round(&bench, NULL));
        }
        ana_bench_close(&bench);
    }
    return rc;
}

/* A sanitizer has an allocator of its own. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static int64_t heap_bytes(void)
{
    const struct mallinfo2 info = mallinfo2();

    if (__sanitizer_get_current_allocated_bytes)
        return (int64_t)__sanitizer_get_current_allocated_bytes();
    return (int64_t)(info.uordblks + info.hblkhd);
}

/* malloc gives out no less than 32 bytes, so that a leak a round is that at least; what its
 * caches come to hold is less. */
enum { WARM = 10, HALF = 45, SMALLEST = 32 };

/* Large models get fewer rounds. */
static const double seconds_allowed = 20;

static double clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* `times` rounds, each from opening to closing or all within one opening. */
static int make_rounds(struct ana_bench *bench, int within, int times)
{
    int rc = 0;

    if (within)
        return ana_rounds(bench, times, NULL);
    for (int i = 0; rc == 0 && i < times; i++)
        rc = ana_round(bench, NULL);
    return rc;
}

/* Grows at each of two halves: what is kept once is no leak. */
static int grow(struct ana_check *check, int within, const char *what, int *rounds)
{
    int64_t at[3] = {0}, counted[3] = {0};
    struct ana_bench bench;
    int half = HALF, rc = ana_bench_open(check, 0, &bench);
    const double begin = clock_now();

    if (rc == 0)
        rc = ana_bench_adopt(&bench, make_rounds(&bench, within, 1));
    if (rc == 0 && (clock_now() - begin) * (WARM + 2 * HALF) > seconds_allowed)
        half = (int)(seconds_allowed / (clock_now() - begin)) / 3 + 2;
    for (int i = 0; rc == 0 && i < 3; i++) {
        const int times = i == 0 ? (half < WARM ? half : WARM) : half;

        rc = ana_bench_adopt(&bench, make_rounds(&bench, within, times));
        at[i] = heap_bytes();
        counted[i] = ana_ctx_memory(bench.ctx, NULL);
    }
    *rounds = 2 * half + WARM;
    if (rc == 0 && counted[2] > counted[0])
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "%s leave %lld bytes of ana_alloc behind each", what,
                      (long long)(counted[2] - counted[0]) / (2 * half));
    else if (rc == 0 && at[1] - at[0] >= SMALLEST * half &&
             at[2] - at[1] >= SMALLEST * half)
        rc = ana_fail(check->ctx, ANA_EPLUGIN, "%s leave %lld bytes behind each", what,
                      (long long)(at[2] - at[0]) / (2 * half));
    ana_bench_close(&bench);
    return rc;
}

int ana_rule_growth(struct ana_check *check)
{
    int rounds, rc;

    ana_doing("100 rounds from opening to closing");
    rc = grow(check, 0, "rounds from opening to closing", &rounds);
    if (rc == 0 && check->plugin->kind != ANA_KIND_METRIC) {
        ana_doing("100 calls within one opening");
        rc = grow(check, 1, "calls within one opening", &rounds);
    }
    if (rc == 0 && rounds < WARM + 2 * HALF)
        ana_found(check, "%d rounds", rounds);
    return rc;
}

enum { MOST_REFUSALS = 300 };

/* One round in which the n-th allocation fails; *asked is how many there were. */
static int refuse(struct ana_check *check, int64_t n, int64_t *asked)
{
    int64_t before, after, first;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc != 0) {
        ana_bench_close(&bench);
        return rc;
    }
    before = ana_ctx_memory(bench.ctx, NULL);
    first = ana_ctx_allocations(bench.ctx);
    ana_ctx_fail_allocation(bench.ctx, n);
    rc = ana_round(&bench, NULL);
    *asked = ana_ctx_allocations(bench.ctx) - first;
    after = ana_ctx_memory(bench.ctx, NULL);
    if (n == 0 || *asked < n)
        rc = ana_bench_adopt(&bench, rc);
    else if (rc == 0)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "allocation %lld failed and it went on as if it had not",
                      (long long)n);
    else if (!*ana_error(bench.ctx))
        rc = ana_bench_adopt(&bench, rc);
    else
        rc = 0;
    if (rc == 0 && after > before)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "after allocation %lld failed, %lld bytes were not given back",
                      (long long)n, (long long)(after - before));
    ana_bench_close(&bench);
    return rc;
}

int ana_rule_refused(struct ana_check *check)
{
    const double begin = clock_now();
    int64_t asked = 0, step, tried = 0, here, most = MOST_REFUSALS;
    int rc = refuse(check, 0, &asked);

    if ((clock_now() - begin) * (double)most > seconds_allowed)
        most = (int64_t)(seconds_allowed / (clock_now() - begin)) + 1;
    step = asked > most ? asked / most + 1 : 1;
    for (int64_t n = 1; rc == 0 && n <= asked; n += step) {
        ana_doing("a round whose allocation %lld of %lld fails", (long long)n,
                  (long long)asked);
        rc = refuse(check, n, &here);
        tried++;
    }
    if (rc == 0)
        ana_found(check, "%lld of %lld allocations failed, one a round", (long long)tried,
                  (long long)asked);
    return rc;
}
