/* SPDX-License-Identifier: BSD-3-Clause
 *
 * usage: bench_trf S.npy Y.npy RATE LOW HIGH TRIALS [jobs=2] [save=PREFIX] [KEY=VALUE ...]
 *
 * Times the metric trf as `mTRFcrossval` of mTRF-Toolbox is timed: S (n x F) predicts Y
 * (n x t), both float64, cut into trials, each of which is held out from the others once
 * while every penalty is tried; then, which the peer does not do, one fit on all trials.
 * Lags LOW .. HIGH in samples. Prints one line as encoding.c does. With save, the penalty
 * of each target is written to PREFIX.alpha.f64.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <anaflow/reader.h>

#include "base/context.h"
#include "data/npy.h"
#include "linalg/pool.h"
#include "pipeline/out.h"
#include "pipeline/space.h"
#include "plugin/params.h"

extern const struct ana_plugin anaflow_plugin;

enum { SETTINGS = 8 };

struct bench {
    struct ana_ctx *ctx;
    int64_t n, F, t, K, low, high, jobs;
    double rate;
    struct ana_tensor s, y;
    const char *save;
    struct ana_setting settings[SETTINGS];
    int64_t n_settings;
    struct ana_params *params;
    int64_t *base, *group, *moment, *rows, *delays;
    struct ana_fold fold, *inner;
    struct ana_space *space;
    const struct ana_space *spaces[1];
    struct ana_problem problem;
    struct ana_metric_plan plan;
    struct ana_collector *collector;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(struct bench *b, int rc, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, ana_error(b->ctx));
    exit(1);
}

static int64_t first_of(const struct bench *b, int64_t trial)
{
    return llround((double)b->n * (double)trial / (double)b->K);
}

/* Trials with zeros around each, as many as the longest lag. */
static void make_space(struct bench *b)
{
    const int64_t pad = llabs(b->low) > llabs(b->high) ? llabs(b->low) : llabs(b->high);
    const int64_t D = b->high - b->low + 1;
    struct ana_tensor x;

    need(b,
         ana_tensor_create(b->ctx, ANA_F32, 2,
                           (const int64_t[]){b->n + 2 * pad * b->K, b->F}, &x),
         "samples");
    b->base = ana_alloc(b->ctx, 4 * b->n + D, sizeof *b->base);
    b->group = b->base + b->n;
    b->moment = b->group + b->n;
    b->rows = b->moment + b->n;
    b->delays = b->rows + b->n;
    for (int64_t k = 0; k < b->K; k++)
        for (int64_t i = first_of(b, k); i < first_of(b, k + 1); i++) {
            b->base[i] = i + pad * (2 * k + 1);
            b->group[i] = k;
            b->moment[i] = i - first_of(b, k);
            b->rows[i] = i;
            for (int64_t f = 0; f < b->F; f++)
                ((float *)x.data)[b->base[i] * b->F + f] =
                    (float)((const double *)b->s.data)[i * b->F + f];
        }
    for (int64_t d = 0; d < D; d++)
        b->delays[d] = b->low + d;
    need(b,
         ana_space_create(b->ctx, "s", &x, b->n, b->base, D, b->delays,
                          ANA_STANDARDISE_NONE, 0, &b->space),
         "space");
    ana_tensor_finish(&x);
}

static void pose(struct bench *b)
{
    make_space(b);
    b->inner = ana_alloc(b->ctx, b->K, sizeof *b->inner);
    for (int64_t k = 0; k < b->K; k++) {
        int64_t *train = ana_alloc(b->ctx, b->n, sizeof *train), m = 0;

        for (int64_t i = 0; i < b->n; i++)
            if (b->group[i] != k)
                train[m++] = i;
        b->inner[k] = (struct ana_fold){.size = sizeof b->fold,
                                        .n_train = m,
                                        .n_test = b->n - m,
                                        .train = train,
                                        .test = b->rows + first_of(b, k)};
    }
    b->fold = (struct ana_fold){.size = sizeof b->fold,
                                .inner = ANA_INNER_FOLDS,
                                .n_train = b->n,
                                .n_test = first_of(b, 1),
                                .train = b->rows,
                                .test = b->rows,
                                .n_inner = b->K,
                                .inner_folds = b->inner};
    b->spaces[0] = b->space;
    b->problem = (struct ana_problem){.size = sizeof b->problem,
                                      .layout = ANA_LAYOUT_SERIES,
                                      .n_rows = b->n,
                                      .group = b->group,
                                      .moment = b->moment,
                                      .n_groups = b->K,
                                      .rate = b->rate,
                                      .n_spaces = 1,
                                      .spaces = b->spaces,
                                      .n_folds = 1,
                                      .folds = &b->fold,
                                      .n_targets = b->t,
                                      .memory = INT64_C(4000000000)};
}

static void run(struct bench *b)
{
    const struct ana_metric_vt *vt = anaflow_plugin.metric;
    const struct ana_y y = {.size = sizeof y, .name = "y", .n_targets = b->t};
    struct ana_tile tile = {.size = sizeof tile, .y = b->y};
    struct ana_out out = {NULL, &tile};
    void *xs = NULL, *ys = NULL;
    int32_t again;

    b->plan.size = sizeof b->plan;
    need(b, vt->plan(b->ctx, b->params, &b->problem, &b->plan), "plan");
    ana_collector_destroy(b->ctx, b->collector);
    need(b, ana_collector_create(b->ctx, &b->problem, &b->plan, b->t, &b->collector),
         "collector");
    out.collector = b->collector;
    need(b, vt->begin(b->ctx, b->params, &b->problem, &xs), "begin");
    need(b, vt->open_y(b->ctx, xs, &y, &ys), "open_y");
    need(b, vt->push(b->ctx, ys, &tile, &out), "push");
    need(b, vt->pass(b->ctx, ys, &out, &again), "pass");
    vt->close_y(b->ctx, ys);
    vt->close(b->ctx, xs);
}

static void save(const struct bench *b)
{
    char path[4096];
    FILE *file;

    for (int64_t i = 0; i < b->collector->n_choices; i++) {
        snprintf(path, sizeof path, "%s.%s.f64", b->save, b->collector->choices[i].name);
        file = fopen(path, "wb");
        if (file) {
            fwrite(b->collector->choices[i].values, 8, (size_t)b->t, file);
            fclose(file);
        }
    }
}

static void read_arguments(struct bench *b, int argc, char **argv)
{
    b->jobs = 2;
    b->rate = atof(argv[3]);
    b->low = atoll(argv[4]);
    b->high = atoll(argv[5]);
    b->K = atoll(argv[6]);
    for (int i = 7; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(argv[i], "jobs") == 0)
            b->jobs = atoll(value);
        else if (strcmp(argv[i], "save") == 0)
            b->save = value;
        else if (b->n_settings < SETTINGS)
            b->settings[b->n_settings++] =
                (struct ana_setting){argv[i], value, "the command line", NULL};
    }
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct ana_pool *pool;
    struct rusage usage, before;
    double wall = 0, cpu, start;

    if (argc < 7) {
        fprintf(stderr, "usage: S.npy Y.npy RATE LOW HIGH TRIALS [KEY=VALUE ...]\n");
        return 2;
    }
    read_arguments(&b, argc, argv);
    if (ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &b.ctx) != 0)
        return 1;
    need(&b, ana_pool_create(b.ctx, b.jobs, &pool), "pool");
    ana_ctx_set_pool(b.ctx, pool);
    need(&b, ana_npy_read(b.ctx, argv[1], &b.s), argv[1]);
    need(&b, ana_npy_read(b.ctx, argv[2], &b.y), argv[2]);
    b.n = b.s.shape[0];
    b.F = b.s.shape[1];
    b.t = b.y.shape[1];
    need(&b,
         ana_params_create(b.ctx, &anaflow_plugin, b.n_settings, b.settings, &b.params),
         "parameters");
    pose(&b);
    run(&b); /* the first call warms the machine, as the peer's does */
    getrusage(RUSAGE_SELF, &before);
    start = now();
    run(&b);
    wall = now() - start;
    getrusage(RUSAGE_SELF, &usage);
    cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec -
                   before.ru_utime.tv_sec - before.ru_stime.tv_sec) +
          1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec -
                          before.ru_utime.tv_usec - before.ru_stime.tv_usec);
    printf("%.3f %.3f %.3f %.3f %.1f %.4g %s\n", wall, 0., wall, cpu,
           (double)usage.ru_maxrss / 1024, ana_ctx_flops(b.ctx) / 2, ana_blas_name());
    if (b.save)
        save(&b);
    return 0;
}
