/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading channels, and making targets of them: as they are, less a neighbour, or less the
 * mean over all.
 */
#include <string.h>

#include "base/context.h"
#include "pipeline/recording.h"
#include "plugin/apart.h"

enum { CHANNELS_AT_ONCE = 64 };

static int64_t rows_of(const struct ana_recording *recording)
{
    int64_t n = 0;

    for (int64_t u = 0; u < recording->before.n_units; u++)
        n += recording->before.n[u];
    return n;
}

/* Every unit of V channels of the reader as the file has it; the lock is held. */
static int read_raw(struct ana_ctx *ctx, const struct ana_recording *recording, int64_t V,
                    const int64_t *channels, double *x)
{
    const struct ana_recording_info *info = &recording->info;
    const int series = info->layout == ANA_LAYOUT_SERIES;
    int rc = 0;

    for (int64_t r = 0; rc == 0 && r < (series ? info->n_runs : 1); r++) {
        const int64_t n = series ? info->runs[r].n : info->n_rows;
        const int64_t rows = info->layout == ANA_LAYOUT_EPOCHS ? n * info->n_times : n;
        struct ana_tensor view;

        if (info->layout == ANA_LAYOUT_EPOCHS)
            ana_tensor_view(ANA_F64, 3, (const int64_t[]){n, info->n_times, V}, x, &view);
        else
            ana_tensor_view(ANA_F64, 2, (const int64_t[]){n, V}, x, &view);
        ana_ctx_step(ctx, "%s %s, run %s, targets %lld .. %lld",
                     recording->study->is_brain ? "brain" : "data",
                     recording->study->name, info->runs[r].id, (long long)channels[0] + 1,
                     (long long)channels[V - 1] + 1);
        rc = recording->vt->read(ctx, recording->self, r, 0, n, channels, V, &view);
        x += rows * V;
    }
    return rc;
}

/* The mean over the montage's channels at each sample, made once; the lock is held. */
static int make_mean(struct ana_ctx *ctx, struct ana_recording *recording)
{
    const struct ana_montage *m = &recording->montage;
    const int64_t rows = rows_of(recording);
    double *mean = ana_alloc(ctx, rows, sizeof *mean);
    double *x = ana_alloc(ctx, rows * CHANNELS_AT_ONCE, sizeof *x);
    int rc = mean && x ? 0 : ANA_ERESOURCE;

    for (int64_t first = 0; rc == 0 && first < m->n; first += CHANNELS_AT_ONCE) {
        const int64_t V =
            m->n - first < CHANNELS_AT_ONCE ? m->n - first : CHANNELS_AT_ONCE;

        rc = read_raw(ctx, recording, V, m->plus + first, x);
        for (int64_t t = 0; rc == 0 && t < rows; t++)
            for (int64_t v = 0; v < V; v++)
                mean[t] += x[t * V + v] / (double)m->n;
    }
    ana_free(ctx, x);
    if (rc == 0)
        recording->mean = mean;
    else
        ana_free(ctx, mean);
    return rc;
}

static int subtract_neighbours(struct ana_ctx *ctx, const struct ana_recording *recording,
                               int64_t first, int64_t V, double *x)
{
    const int64_t rows = rows_of(recording);
    double *other = ana_alloc(ctx, rows * V, sizeof *other);
    int rc = other ? read_raw(ctx, recording, V, recording->montage.minus + first, other)
                   : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < rows * V; i++)
        x[i] -= other[i];
    ana_free(ctx, other);
    return rc;
}

static int subtract_mean(struct ana_ctx *ctx, struct ana_recording *recording, int64_t V,
                         double *x)
{
    const int64_t rows = rows_of(recording);
    int rc = recording->mean ? 0 : make_mean(ctx, recording);

    for (int64_t t = 0; rc == 0 && t < rows; t++)
        for (int64_t v = 0; v < V; v++)
            x[t * V + v] -= recording->mean[t];
    return rc;
}

int ana_recording_channels(struct ana_ctx *ctx, struct ana_recording *recording,
                           int64_t first, int64_t V, double *x)
{
    const struct ana_montage *m = &recording->montage;
    int rc;

    pthread_mutex_lock(&recording->lock);
    rc = read_raw(ctx, recording, V, m->plus + first, x);
    if (rc == 0 && m->average)
        rc = subtract_mean(ctx, recording, V, x);
    else if (rc == 0 && !ana_montage_is_plain(m))
        rc = subtract_neighbours(ctx, recording, first, V, x);
    pthread_mutex_unlock(&recording->lock);
    return rc;
}

int64_t ana_recording_apart(const struct ana_ctx *ctx,
                            const struct ana_recording *recording)
{
    const struct ana_recording_info *info = &recording->info;
    const int64_t row = 8 * info->n_targets;

    return ana_apart_bytes(ctx, recording->study->plugin,
                           row * ana_recording_samples(recording), row * info->block);
}
