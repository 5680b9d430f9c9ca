/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Time the wav2vec2 plugin as a run calls it: FOLDER NAME ROUNDS REPEATS THREADS. Each
 * round shows the sound (a row of NAME.npy) REPEATS times, ten clips a call and calls
 * shared out to the workers, and keeps all twelve layers. Prints seconds of the clock and
 * of the processors, MiB, GFLOP/s, the rate of bare sgemm calls of the feed-forward's
 * shape by as many threads, the largest relative difference from the last layer that ONNX
 * Runtime has left (-1: none), and the BLAS.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <anaflow/anaflow.h>

#include "base/context.h"
#include "linalg/pool.h"
#include "plugin/params.h"

extern const struct ana_plugin anaflow_plugin;

enum {
    FIRST = 9, /* hidden state 1; how many; of all layers */
    LAYERS = 12,
    MOST = 64,
    TOGETHER = 10 /* clips of a call, at most */
};

/* Keeps the layers of each clip of one call until the next, as the peers do. */
struct ana_sink {
    float *layer[TOGETHER][LAYERS];
    int64_t n[TOGETHER][LAYERS];
};

int ana_sink_emit(struct ana_ctx *ctx, struct ana_sink *sink, int64_t item, int64_t layer,
                  int64_t first, const struct ana_tensor *samples)
{
    const int64_t n = ana_tensor_count(samples), at = layer - FIRST;

    (void)ctx;
    if (first != 0 || at < 0 || at >= LAYERS || item >= TOGETHER)
        return ANA_EPLUGIN;
    if (n != sink->n[item][at])
        sink->layer[item][at] = realloc(sink->layer[item][at], (size_t)n * sizeof(float));
    memcpy(sink->layer[item][at], samples->data, (size_t)n * sizeof(float));
    sink->n[item][at] = n;
    return 0;
}

static void free_layers(struct ana_sink *sink)
{
    for (int i = 0; i < TOGETHER; i++)
        for (int l = 0; l < LAYERS; l++)
            free(sink->layer[i][l]);
    memset(sink, 0, sizeof *sink);
}

struct job {
    void *self;
    const float *sound;
    int64_t n, m, repeats, calls; /* clips in all, and calls that show them */
    uint8_t wanted[MOST];
    struct ana_sink *sink; /* one a call */
    float *a;              /* for bare products */
};

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Calls share the clips evenly; only the last keeps what it was given. */
static int show(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    struct ana_input item[TOGETHER];
    const int64_t from = job->repeats * i / job->calls;
    const struct ana_batch batch = {.size = sizeof batch,
                                    .n = job->repeats * (i + 1) / job->calls - from,
                                    .item = item};
    int rc;

    for (int64_t k = 0; k < batch.n; k++) {
        item[k] = (struct ana_input){.size = sizeof *item, .rate = 16000};
        ana_tensor_view(ANA_F32, 1, &job->n, (void *)(uintptr_t)job->sound,
                        &item[k].data);
    }
    rc =
        anaflow_plugin.model->forward(ctx, job->self, &batch, job->wanted, &job->sink[i]);
    if (i < job->calls - 1)
        free_layers(&job->sink[i]);
    return rc;
}

static double flops_of(struct ana_ctx *ctx, const struct job *job)
{
    struct ana_input item = {.size = sizeof item, .rate = 16000};
    const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
    struct ana_model_cost cost = {.size = sizeof cost};

    ana_tensor_view(ANA_F32, 1, &job->n, NULL, &item.data);
    anaflow_plugin.model->cost(ctx, job->self, &batch, job->wanted, &cost);
    return cost.flops;
}

static int multiply(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    float *y = job->a + 768 * (3072 + job->m) + i * job->m * 3072;

    return ana_gemm_f32(ctx, 0, 1, job->m, 3072, 768, 1, job->a + 768 * 3072, 768, job->a,
                        768, 0, y, 3072);
}

/* Operations a second of `threads` products at once, the best of some. */
static double bare_rate(struct ana_ctx *ctx, struct job *job, int64_t threads)
{
    double best = 0;

    job->a =
        calloc((size_t)(768 * (3072 + job->m) + threads * job->m * 3072), sizeof *job->a);
    for (int i = 0; i < 12 && job->a; i++) {
        const double start = now(CLOCK_MONOTONIC);

        if (ana_parallel_for(ctx, threads, multiply, job) != 0)
            break;
        best = fmax(best, (double)threads * 2.0 * (double)job->m * 3072 * 768 /
                              (now(CLOCK_MONOTONIC) - start));
    }
    free(job->a);
    return best;
}

static double difference(const char *path, const float *got, int64_t n)
{
    FILE *f = fopen(path, "rb");
    double most = 0, scale = 0;
    float want;

    for (int64_t i = 0; f && i < n && fread(&want, sizeof want, 1, f) == 1; i++) {
        most = fmax(most, fabs((double)(want - got[i])));
        scale = fmax(scale, fabs((double)want));
    }
    if (f)
        fclose(f);
    return scale > 0 ? most / scale : -1;
}

static int order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct ana_ctx *ctx = NULL;
    struct ana_pool *pool = NULL;
    struct ana_params *params = NULL;
    struct ana_tensor sound;
    struct job job = {0};
    double times[99], cpu[99], flops, bare;
    char path[4096];
    struct rusage usage;
    int64_t rounds, repeats, threads;
    const char *const no_repeat = "usage: network FOLDER NAME ROUNDS REPEATS THREADS";

    if (argc != 6)
        return fprintf(stderr, "%s\n", no_repeat), 2;
    rounds = atoll(argv[3]);
    repeats = atoll(argv[4]);
    threads = atoll(argv[5]);
    if (rounds < 1 || rounds > 99 || repeats < 1 || threads < 1)
        return fprintf(stderr, "%s\n", no_repeat), 2;
    const struct ana_model_source source = {.size = sizeof source, .checkpoint = argv[1]};
    snprintf(path, sizeof path, "%s/%s.npy", argv[1], argv[2]);
    if (ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &ctx) != 0 ||
        ana_pool_create(ctx, threads, &pool) != 0)
        return 1;
    ana_ctx_set_pool(ctx, pool);
    job.repeats = repeats;
    job.calls = (repeats + TOGETHER - 1) / TOGETHER;
    job.sink = calloc((size_t)job.calls, sizeof *job.sink);
    memset(job.wanted + FIRST, 1, LAYERS);
    if (!job.sink || ana_npy_read(ctx, path, &sound) != 0 ||
        ana_params_create(ctx, &anaflow_plugin, 0, NULL, &params) != 0 ||
        anaflow_plugin.model->open(ctx, params, &source, &job.self) != 0)
        return fprintf(stderr, "%s\n", ana_error(ctx)), 1;
    job.sound = sound.data;
    job.n = sound.shape[1];
    for (int64_t r = -1; r < rounds; r++) { /* one to warm up */
        const double start = now(CLOCK_MONOTONIC), spent = now(CLOCK_PROCESS_CPUTIME_ID);

        if (ana_parallel_for(ctx, job.calls, show, &job) != 0)
            return fprintf(stderr, "%s\n", ana_error(ctx)), 1;
        if (r >= 0) {
            times[r] = now(CLOCK_MONOTONIC) - start;
            cpu[r] = now(CLOCK_PROCESS_CPUTIME_ID) - spent;
        }
    }
    getrusage(RUSAGE_SELF, &usage);
    qsort(times, (size_t)rounds, sizeof *times, order);
    qsort(cpu, (size_t)rounds, sizeof *cpu, order);
    flops = flops_of(ctx, &job) * (double)repeats / times[rounds / 2];
    job.m = job.sink[job.calls - 1].n[0][LAYERS - 1] / 768;
    bare = bare_rate(ctx, &job, threads);
    snprintf(path, sizeof path, "%s/%s.last.f32", argv[1], argv[2]);
    printf("%.4f %.4f %.0f %.0f %.0f %.2g %s\n", times[rounds / 2], cpu[rounds / 2],
           (double)usage.ru_maxrss / 1024, flops / 1e9, bare / 1e9,
           difference(path, job.sink[job.calls - 1].layer[0][LAYERS - 1],
                      job.sink[job.calls - 1].n[0][LAYERS - 1]),
           ana_blas_name());
    anaflow_plugin.model->close(ctx, job.self);
    free_layers(&job.sink[job.calls - 1]);
    free(job.sink);
    ana_params_destroy(params);
    ana_tensor_finish(&sound);
    ana_ctx_destroy(ctx);
    ana_pool_destroy(pool);
    return 0;
}
