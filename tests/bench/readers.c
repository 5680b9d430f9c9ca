/* SPDX-License-Identifier: BSD-3-Clause
 *
 * readers BUILD ID FILE [KEY=VALUE ...]: open a recording with a reader plugin, read all of
 * its first run as float32, z-score every target, and print seconds, peak memory of the
 * process (MB), and a checksum (the mean of squares of the first hundred targets' sums over
 * every third sample), by which the peers are known to have done the same.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <anaflow/reader.h>

#include "base/context.h"
#include "linalg/pool.h"
#include "plugin/params.h"

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct scaling {
    int64_t n, V;
    float *x;
};

enum { TILE = 512 };

/* TILE targets, row by row, so that each is read in order; sums in double. */
static int zscore_tile(struct ana_ctx *ctx, void *arg, int64_t tile)
{
    const struct scaling *s = arg;
    const int64_t left = s->V - tile * TILE, m = left < TILE ? left : TILE;
    double mean[TILE] = {0}, scale[TILE] = {0};

    (void)ctx;
    for (int64_t t = 0; t < s->n; t++) {
        const float *row = s->x + t * s->V + tile * TILE;

        for (int64_t v = 0; v < m; v++) {
            mean[v] += (double)row[v];
            scale[v] += (double)row[v] * (double)row[v];
        }
    }
    for (int64_t v = 0; v < m; v++) {
        mean[v] /= (double)s->n;
        scale[v] = scale[v] / (double)s->n - mean[v] * mean[v];
        scale[v] = scale[v] > 0 ? 1 / sqrt(scale[v]) : 0;
    }
    for (int64_t t = 0; t < s->n; t++) {
        float *row = s->x + t * s->V + tile * TILE;

        for (int64_t v = 0; v < m; v++)
            row[v] = (float)(((double)row[v] - mean[v]) * scale[v]);
    }
    return 0;
}

static int zscore(struct ana_ctx *ctx, int64_t n, int64_t V, float *x)
{
    struct scaling s = {n, V, x};

    return ana_parallel_for(ctx, (V + TILE - 1) / TILE, zscore_tile, &s);
}

static double checksum(int64_t n, int64_t V, const float *x)
{
    double sum = 0;

    for (int64_t v = 0; v < V && v < 100; v++) {
        double column = 0;

        for (int64_t t = 0; t < n; t += 3)
            column += (double)x[t * V + v];
        sum += column * column;
    }
    return sum / 100;
}

static int run(struct ana_ctx *ctx, const struct ana_plugin *plugin,
               const struct ana_params *params, const char *file)
{
    const char *const files[] = {file};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = file};
    struct ana_recording_info info = {.size = sizeof info};
    const double begun = now();
    struct ana_tensor x = {0};
    struct rusage usage;
    void *self;
    int64_t n;
    int rc = plugin->reader->open(ctx, params, &source, &self);

    if (rc == 0)
        rc = plugin->reader->describe(ctx, self, &info);
    n = rc == 0 ? info.runs[0].n : 0;
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){n, info.n_targets}, &x);
    if (rc == 0)
        rc = plugin->reader->read(ctx, self, 0, 0, n, NULL, info.n_targets, &x);
    if (rc == 0)
        rc = zscore(ctx, n, info.n_targets, x.data);
    if (rc == 0) {
        getrusage(RUSAGE_SELF, &usage);
        printf("%.4f %.1f %.6g\n", now() - begun, (double)usage.ru_maxrss / 1024,
               checksum(n, info.n_targets, x.data));
    }
    ana_tensor_finish(&x);
    plugin->reader->close(ctx, self);
    return rc;
}

int main(int argc, char **argv)
{
    struct ana_setting settings[16];
    const struct ana_plugin *plugin;
    struct ana_params *params = NULL;
    struct ana_ctx *ctx = NULL;
    char path[4096];
    struct ana_pool *pool = NULL;
    void *module;
    int64_t n = 0;
    int rc;

    if (argc < 4)
        return 2;
    snprintf(path, sizeof path, "%s/plugins/readers/%s/.libs/%s.so", argv[1], argv[2],
             argv[2]);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    plugin = module ? dlsym(module, "anaflow_plugin") : NULL;
    if (!plugin || ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &ctx) != 0)
        return 4;
    for (int i = 4; i < argc && n < 16; i++) {
        char *equals = strchr(argv[i], '=');

        if (!equals)
            return 2;
        *equals = 0;
        settings[n++] =
            (struct ana_setting){.key = argv[i], .value = equals + 1, .where = ""};
    }
    rc = ana_pool_create(ctx, sysconf(_SC_NPROCESSORS_ONLN), &pool); /* as a run's */
    ana_ctx_set_pool(ctx, pool);
    if (rc == 0)
        rc = ana_params_create(ctx, plugin, n, settings, &params);
    if (rc == 0)
        rc = run(ctx, plugin, params, argv[3]);
    if (rc != 0)
        fprintf(stderr, "readers: %s\n", ana_error(ctx));
    ana_params_destroy(params);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_ctx_destroy(ctx);
    return rc != 0;
}
