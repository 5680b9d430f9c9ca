/* SPDX-License-Identifier: BSD-3-Clause
 *
 * usage: bench_ridge X.npy[,X.npy...] Y.npy [jobs=2] [inner=5] [subjects=1] [save=PREFIX]
 *                    [KEY=VALUE of the metric ...]
 *
 * Times a metric on matrices of features (n x p) and one of targets (n x t), all float32
 * in C order, as a run goes about it: plan, begin, then tiles of targets that are read
 * when their turn comes. The fold trains on all rows, chooses the penalty over
 * contiguous inner folds and predicts the first tenth of the rows. Prints one line:
 * seconds in all, of begin, of the targets and of the processor, peak memory in MiB,
 * operations, the BLAS. What threads wait for the file of targets is not in these seconds:
 * a peer's clock starts when its arrays are in memory. With save, what was chosen is
 * written to PREFIX.NAME.f64.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <anaflow/reader.h>

#include "base/context.h"
#include "data/npy.h"
#include "linalg/pool.h"
#include "pipeline/out.h"
#include "pipeline/space.h"
#include "plugin/params.h"

extern const struct ana_plugin anaflow_plugin;

enum { SETTINGS = 8, BANDS = 8, ROOMS = 16 };

struct bench {
    struct ana_ctx *ctx;
    struct ana_tensor x[BANDS];
    int y_file;
    int64_t y_data; /* where the numbers of Y begin */
    int64_t n, t, inner, subjects, jobs;
    const char *save;
    struct ana_setting settings[SETTINGS];
    int64_t n_settings;
    struct ana_params *params;
    struct ana_fold fold, *inner_folds;
    int64_t n_bands;
    struct ana_space *space[BANDS];
    const struct ana_space *spaces[BANDS];
    struct ana_problem problem;
    struct ana_metric_plan plan;
    struct ana_collector *collector;
    void *ys;
    int64_t tile;
    _Atomic(double *) rooms[ROOMS]; /* of tiles, NULL = in use or not made yet */
    atomic_llong reading;           /* nanoseconds of all threads in the file of Y */
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

/* Version 1.0 of NPY: 10 bytes, then as much header as bytes 8 and 9 say. */
static void open_y(struct bench *b, const char *path)
{
    unsigned char head[10];
    char text[512] = "", *shape;
    size_t length;

    b->y_file = open(path, O_RDONLY);
    if (b->y_file < 0 || read(b->y_file, head, sizeof head) != (ssize_t)sizeof head) {
        fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    length = head[8] + 256u * head[9];
    if (length >= sizeof text || read(b->y_file, text, length) != (ssize_t)length ||
        !strstr(text, "<f4") || !(shape = strstr(text, "'shape': ("))) {
        fprintf(stderr, "bench: %s: not a float32 NPY of version 1.0\n", path);
        exit(1);
    }
    b->y_data = 10 + (int64_t)length;
    b->t = atoll(strchr(shape, ',') + 1);
}

static int64_t *ascending(struct ana_ctx *ctx, int64_t first, int64_t n)
{
    int64_t *rows = ana_alloc(ctx, n, sizeof *rows);

    for (int64_t i = 0; rows && i < n; i++)
        rows[i] = first + i;
    return rows;
}

static void pose(struct bench *b)
{
    const int64_t none = 0, n = b->n;
    int64_t *rows = ascending(b->ctx, 0, n), *moment = ana_alloc(b->ctx, n, 8);

    b->inner_folds = ana_alloc(b->ctx, b->inner, sizeof *b->inner_folds);
    for (int64_t k = 0; k < b->inner; k++) {
        const int64_t first = k * n / b->inner, last = (k + 1) * n / b->inner;
        int64_t *train = ana_alloc(b->ctx, n, sizeof *train), m = 0;

        for (int64_t i = 0; i < n; i++)
            if (i < first || i >= last)
                train[m++] = i;
        b->inner_folds[k] = (struct ana_fold){.size = sizeof b->fold,
                                              .n_train = m,
                                              .n_test = last - first,
                                              .train = train,
                                              .test = rows + first};
    }
    b->fold = (struct ana_fold){.size = sizeof b->fold,
                                .inner = ANA_INNER_FOLDS,
                                .n_train = n,
                                .n_test = n / 10,
                                .train = rows,
                                .test = rows,
                                .n_inner = b->inner,
                                .inner_folds = b->inner_folds};
    for (int64_t i = 0; i < b->n_bands; i++) {
        char name[16];

        snprintf(name, sizeof name, "x%d", (int)i);
        need(b,
             ana_space_create(b->ctx, name, &b->x[i], n, rows, 1, &none,
                              ANA_STANDARDISE_NONE, 0, &b->space[i]),
             "space");
        b->spaces[i] = b->space[i];
    }
    b->problem = (struct ana_problem){.size = sizeof b->problem,
                                      .layout = ANA_LAYOUT_ROWS,
                                      .n_rows = n,
                                      .group = rows,
                                      .moment = moment,
                                      .n_groups = n,
                                      .n_spaces = b->n_bands,
                                      .spaces = b->spaces,
                                      .n_folds = 1,
                                      .folds = &b->fold,
                                      .n_targets = b->t,
                                      .memory = INT64_C(4000000000)};
}

/* Room for a tile, left by the one before it: the kernel's clearing of fresh pages is not
 * what is measured. */
static double *take_room(struct bench *b)
{
    double *room = NULL;

    for (int i = 0; !room && i < ROOMS; i++)
        room = atomic_exchange(&b->rooms[i], NULL);
    return room ? room : ana_alloc(b->ctx, b->n * b->tile, sizeof *room);
}

static void leave_room(struct bench *b, double *room)
{
    for (int i = 0; room && i < ROOMS; i++)
        room = atomic_exchange(&b->rooms[i], room);
    ana_free(b->ctx, room);
}

/* w targets of row k. */
static int read_row(struct ana_ctx *ctx, struct bench *b, int64_t k, int64_t first,
                    int64_t w, float *row)
{
    const size_t bytes = (size_t)w * sizeof *row;
    const double start = now();
    const ssize_t had =
        pread(b->y_file, row, bytes, (off_t)(b->y_data + 4 * (k * b->t + first)));

    atomic_fetch_add(&b->reading, (long long)(1e9 * (now() - start)));
    return had == (ssize_t)bytes ? 0 : ana_fail(ctx, ANA_EDATA, "Y ends early");
}

static int push(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct bench *b = arg;
    struct ana_tile tile = {.size = sizeof tile, .first = i * b->tile};
    const int64_t w = b->t - tile.first < b->tile ? b->t - tile.first : b->tile;
    struct ana_out out = {b->collector, &tile};
    float *row = ana_alloc(ctx, w, sizeof *row);
    double *room = take_room(b);
    int rc = row && room ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        ana_tensor_view(ANA_F64, 2, (const int64_t[]){b->n, w}, room, &tile.y);

    for (int64_t k = 0; rc == 0 && k < b->n; k++) {
        double *to = (double *)tile.y.data + k * w;

        rc = read_row(ctx, b, k, tile.first, w, row);
        for (int64_t j = 0; j < w; j++)
            to[j] = (double)row[j];
    }
    if (rc == 0)
        rc = anaflow_plugin.metric->push(ctx, b->ys, &tile, &out);
    leave_room(b, room);
    ana_free(ctx, row);
    return rc;
}

/* All targets of one subject. */
static void run_y(struct bench *b, void *xs)
{
    const struct ana_metric_vt *vt = anaflow_plugin.metric;
    const struct ana_y y = {.size = sizeof y, .name = "y", .n_targets = b->t};
    struct ana_out out = {NULL, NULL};
    int32_t again = 1;

    need(b, ana_collector_create(b->ctx, &b->problem, &b->plan, b->t, &b->collector),
         "collector");
    out.collector = b->collector;
    need(b, vt->open_y(b->ctx, xs, &y, &b->ys), "open_y");
    b->tile = b->plan.tile > 0 && b->plan.tile < b->t ? b->plan.tile : b->t;
    while (again) {
        need(b, ana_parallel_for(b->ctx, (b->t + b->tile - 1) / b->tile, push, b),
             "push");
        need(b, vt->pass(b->ctx, b->ys, &out, &again), "pass");
    }
    need(b, ana_collector_complete(b->ctx, b->collector), "scores");
    vt->close_y(b->ctx, b->ys);
}

static void save(struct bench *b)
{
    char path[4096];
    FILE *file;

    for (int64_t i = 0; i < b->collector->n_choices; i++) {
        snprintf(path, sizeof path, "%s.%s.f64", b->save, b->collector->choices[i].name);
        file = fopen(path, "wb");
        if (!file || fwrite(b->collector->choices[i].values, 8, (size_t)b->t, file) !=
                         (size_t)b->t)
            fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
        if (file)
            fclose(file);
    }
}

static void read_arguments(struct bench *b, int argc, char **argv)
{
    b->jobs = 2;
    b->inner = 5;
    b->subjects = 1;
    for (int i = 3; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(argv[i], "jobs") == 0)
            b->jobs = atoll(value);
        else if (strcmp(argv[i], "inner") == 0)
            b->inner = atoll(value);
        else if (strcmp(argv[i], "subjects") == 0)
            b->subjects = atoll(value);
        else if (strcmp(argv[i], "save") == 0)
            b->save = value;
        else if (b->n_settings < SETTINGS)
            b->settings[b->n_settings++] =
                (struct ana_setting){argv[i], value, "the command line"};
    }
}

int main(int argc, char **argv)
{
    const struct ana_metric_vt *vt = anaflow_plugin.metric;
    struct bench b = {0};
    struct ana_pool *pool;
    struct rusage usage;
    double start, begun, done, waited;
    void *xs;

    if (argc < 3) {
        fprintf(stderr, "usage: X.npy[,X.npy...] Y.npy [KEY=VALUE ...]\n");
        return 2;
    }
    read_arguments(&b, argc, argv);
    if (ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &b.ctx) != 0)
        return 1;
    need(&b, ana_pool_create(b.ctx, b.jobs, &pool), "pool");
    ana_ctx_set_pool(b.ctx, pool);
    for (char *path = strtok(argv[1], ","); path && b.n_bands < BANDS;
         path = strtok(NULL, ","))
        need(&b, ana_npy_read(b.ctx, path, &b.x[b.n_bands++]), path);
    b.n = b.x[0].shape[0];
    open_y(&b, argv[2]);
    need(&b,
         ana_params_create(b.ctx, &anaflow_plugin, b.n_settings, b.settings, &b.params),
         "parameters");
    pose(&b);
    start = now();
    b.plan.size = sizeof b.plan;
    need(&b, vt->plan(b.ctx, b.params, &b.problem, &b.plan), "plan");
    ana_ctx_loop_begins(b.ctx); /* as pipeline/task.c: blocks go from fold to fold */
    ana_ctx_loop_plans(b.ctx, ana_ctx_memory(b.ctx, NULL) + b.plan.bytes);
    need(&b, vt->begin(b.ctx, b.params, &b.problem, &xs), "begin");
    begun = now();
    for (int64_t s = 0; s < b.subjects; s++) {
        ana_collector_destroy(b.ctx, b.collector);
        run_y(&b, xs);
    }
    done = now();
    vt->close(b.ctx, xs);
    ana_ctx_loop_ends(b.ctx);
    getrusage(RUSAGE_SELF, &usage);
    waited = 1e-9 * (double)b.reading / (double)b.jobs;
    printf("%.3f %.3f %.3f %.3f %.1f %.4g %s\n", done - start - waited, begun - start,
           done - begun - waited,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
           (double)usage.ru_maxrss / 1024, ana_ctx_flops(b.ctx), ana_blas_name());
    if (b.save)
        save(&b);
    return 0;
}
