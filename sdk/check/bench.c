/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What all rules stand on: a plugin in a context of its own, rounds of good input, and the
 * numbers that came out.
 */
#include "check/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/process.h"

int ana_bench_open(struct ana_check *check, int64_t workers, struct ana_bench *bench)
{
    int rc = check->plugin ? 0 : ana_check_load(check);

    *bench = (struct ana_bench){.check = check};
    if (rc != 0)
        return rc;
    rc = ana_test_open(check->plugin, check->options.settings, &bench->test);
    if (!bench->test)
        return ana_fail(check->ctx, ANA_ERESOURCE, "no memory for a test");
    bench->ctx = ana_test_ctx(bench->test);
    if (rc == 0 && workers > 0)
        rc = ana_pool_create(bench->ctx, workers, &bench->pool);
    if (rc == 0)
        ana_ctx_set_pool(bench->ctx, bench->pool);
    return ana_bench_adopt(bench, rc);
}

void ana_bench_close(struct ana_bench *bench)
{
    if (bench->ctx)
        ana_ctx_set_pool(bench->ctx, NULL);
    ana_pool_destroy(bench->pool);
    ana_test_close(bench->test);
    *bench = (struct ana_bench){.check = bench->check};
}

int ana_bench_adopt(const struct ana_bench *bench, int rc)
{
    struct ana_ctx *to = bench->check->ctx;

    if (rc == 0)
        return 0;
    if (!*ana_error(bench->ctx))
        return ana_fail(to, ANA_EPLUGIN, "it returned %d without a sentence (ana_fail)",
                        rc);
    return ana_fail(to, ANA_EPLUGIN, "%s", ana_error(bench->ctx));
}

int ana_bench_sentence(struct ana_bench *bench, int rc, const char *what)
{
    const int silent = rc != 0 && !*ana_error(bench->ctx);

    ana_ctx_clear(bench->ctx);
    return silent ? ana_fail(bench->check->ctx, ANA_EPLUGIN,
                             "with %s it returned %d without a sentence (ana_fail)", what,
                             rc)
                  : 0;
}

int ana_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers)
{
    int rc;

    ana_ctx_clear(bench->ctx);
    switch (bench->check->plugin->kind) {
    case ANA_KIND_MODEL:
        rc = ana_model_rounds(bench, times, numbers);
        break;
    case ANA_KIND_READER:
        rc = ana_reader_rounds(bench, times, numbers);
        break;
    default:
        rc = ana_metric_rounds(bench, times, numbers);
    }
    return rc;
}

int ana_round(struct ana_bench *bench, struct ana_sequence *numbers)
{
    return ana_rounds(bench, 1, numbers);
}

void ana_sequence_add(struct ana_sequence *numbers, double value)
{
    if (!numbers)
        return;
    if (numbers->n == numbers->room) {
        const int64_t room = numbers->room ? 2 * numbers->room : 1024;
        double *grown = realloc(numbers->value, (size_t)room * sizeof *grown);

        if (!grown)
            abort(); /* a helper without memory has no verdict */
        numbers->value = grown;
        numbers->room = room;
    }
    numbers->value[numbers->n++] = value;
}

void ana_sequence_finish(struct ana_sequence *numbers)
{
    free(numbers->value);
    *numbers = (struct ana_sequence){.n = 0};
}

int64_t ana_sequence_differ(const struct ana_sequence *a, const struct ana_sequence *b)
{
    const int64_t n = a->n < b->n ? a->n : b->n;

    for (int64_t i = 0; i < n; i++)
        if (memcmp(&a->value[i], &b->value[i], sizeof *a->value) != 0)
            return i;
    return a->n == b->n ? -1 : n;
}

double ana_sequence_distance(const struct ana_sequence *a, const struct ana_sequence *b)
{
    double most = 0, scale = 0;

    if (a->n != b->n)
        return (double)INFINITY;
    for (int64_t i = 0; i < a->n; i++) {
        if (isnan(a->value[i]) != isnan(b->value[i]))
            return (double)INFINITY;
        if (isnan(a->value[i]))
            continue;
        most = fmax(most, fabs(a->value[i] - b->value[i]));
        scale = fmax(scale, fabs(b->value[i]));
    }
    return scale > 0 ? most / scale : most;
}

void ana_doing(const char *fmt, ...)
{
    char what[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    ana_process_report("doing %s", what);
}

/* A multiplicative hash of i (Knuth 6.4). */
double ana_noise(int64_t i)
{
    uint64_t x = ((uint64_t)i + 1) * UINT64_C(0x9E3779B97F4A7C15);

    x ^= x >> 29;
    x *= UINT64_C(0xBF58476D1CE4E5B9);
    x ^= x >> 32;
    return (double)(x >> 11) / (double)(UINT64_C(1) << 52) - 1;
}
