/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The convolutions: x_{l+1}[t] = GELU(norm(sum_j w_l[j] x_l[t s_l + j] + b_l)).
 *
 * The first layer of ten seconds is 65 MB, so the sound goes through in tiles of some
 * final frames: a tile takes the samples under its frames through all layers, its edges
 * being computed twice (0.4 %). Tiles are what the workers share.
 *
 * In the "group" style the first layer is normalised over time, one channel at a time.
 * Mean and variance of a convolution's output follow from those of its input: with
 * window u_t = x[t s .. t s + k), E[w'u] = w'm and Var[w'u] = w'Sw. So they are known,
 * in double, before the first tile.
 */
#include <math.h>
#include <string.h>

#include <anaflow/linalg.h>

#include "network.h"

enum {
    TILE = 64,      /* final frames, at most */
    WINDOWS = 4096, /* of the first layer, of a block */
};

/* Sums over windows of k numbers, `step` apart. */
struct moments {
    const float *x;
    int64_t k, step, windows;
    double middle; /* what x is taken relative to */
    double *sums;  /* one block's mean and products behind the other's */
};

/* Frames [first[l], end[l]) that a tile computes of layer l; it owns those up to
 * own[l], the rest is its right neighbour's. */
struct tile {
    int64_t first[MOST_CONVS + 1], end[MOST_CONVS + 1], own[MOST_CONVS + 1];
    float *y[MOST_CONVS]; /* results that are kept until they are emitted, or NULL */
    float *work[2];
};

struct job {
    const struct shape *shape;
    const struct weights *weights;
    const struct output *output;
    const float *sound;
    int64_t item, n, frames, tiles;
    int64_t each, begin;        /* frames a tile; the first tile of this wave */
    int64_t length[MOST_CONVS]; /* frames of each layer */
    int64_t room[2];
    float *scale, *shift; /* the group norm, folded */
    float *features;
    struct tile *tile; /* one a worker */
};

/* Sums over the windows of a block, and U'U of them, of x - middle. BLAS wants rows no
 * longer than their distance: every `apart`-th window together. */
static int add_windows(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct moments *job = arg;
    const int64_t k = job->k, s = job->step, from = block * WINDOWS;
    const int64_t n = from + WINDOWS < job->windows ? WINDOWS : job->windows - from;
    const int64_t all = (n - 1) * s + k, apart = (k + s - 1) / s;
    double *m = job->sums + block * k * (k + 1);
    double *u = ana_alloc(ctx, all, sizeof *u);
    int rc = u ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < all; i++)
        u[i] = (double)job->x[from * s + i] - job->middle;
    for (int64_t j = 0; rc == 0 && j < k; j++)
        for (int64_t t = 0; t < n; t++)
            m[j] += u[t * s + j];
    for (int64_t r = 0; rc == 0 && r < apart && r < n; r++)
        rc = ana_gemm(ctx, 1, 0, k, k, (n - r + apart - 1) / apart, 1, u + r * s,
                      apart * s, u + r * s, apart * s, 1, m + k, k);
    ana_free(ctx, u);
    return rc;
}

/* Mean m (k numbers) and covariance S (k x k, behind it) of the first layer's windows;
 * around the sound's own mean, so that the products lose nothing. */
static int window_moments(struct ana_ctx *ctx, const struct job *job, double *m)
{
    const int64_t k = job->shape->taps[0], T = job->length[0];
    const int64_t blocks = (T + WINDOWS - 1) / WINDOWS, size = k * (k + 1);
    struct moments sums = {job->sound, k, job->shape->stride[0], T, 0, NULL};
    double *S = m + k;
    int rc = ANA_ERESOURCE;

    for (int64_t i = 0; i < job->n; i++)
        sums.middle += (double)job->sound[i] / (double)job->n;
    sums.sums = ana_alloc(ctx, blocks * size, sizeof *sums.sums);
    if (sums.sums)
        rc = ana_parallel_for(ctx, blocks, add_windows, &sums);
    for (int64_t i = 0; rc == 0 && i < blocks * size; i++)
        m[i % size] += sums.sums[i] / (double)T;
    for (int64_t i = 0; rc == 0 && i < k * k; i++)
        S[i] -= m[i / k] * m[i % k];
    for (int64_t i = 0; rc == 0 && i < k; i++)
        m[i] += sums.middle;
    ana_free(ctx, sums.sums);
    return rc;
}

/* y = (w'u + b - mean) / sqrt(var + eps) gain + bias as scale and shift of w'u. */
static int fold_group_norm(struct ana_ctx *ctx, struct job *job)
{
    const struct conv *conv = &job->weights->conv[0];
    const int64_t k = job->shape->taps[0], C = job->shape->channels[0];
    double *m = ana_alloc(ctx, k * (k + 1), sizeof *m), *S = m + k;
    int rc;

    job->scale = ana_alloc(ctx, C, 2 * sizeof *job->scale);
    if (!m || !job->scale) {
        ana_free(ctx, m);
        return ANA_ERESOURCE;
    }
    job->shift = job->scale + C;
    rc = window_moments(ctx, job, m);
    for (int64_t c = 0; rc == 0 && c < C; c++) {
        const float *w = conv->w + c * k;
        double mean = 0, var = 0;

        for (int64_t i = 0; i < k; i++) {
            mean += (double)w[i] * m[i];
            for (int64_t j = 0; j < k; j++)
                var += (double)w[i] * (double)w[j] * S[i * k + j];
        }
        var = (double)conv->norm.gain[c] / sqrt((var > 0 ? var : 0) + 1e-5);
        job->scale[c] = (float)var;
        job->shift[c] = (float)((double)conv->norm.bias[c] - mean * var);
    }
    ana_free(ctx, m);
    return rc;
}

/* From the final frames back to the samples under them. */
static void place_tile(const struct job *job, int64_t i, struct tile *tile)
{
    const struct shape *shape = job->shape;
    const int64_t L = shape->n_convs, last = i == job->tiles - 1;

    tile->first[L] = i * job->each;
    tile->own[L] = tile->end[L] = last ? job->frames : (i + 1) * job->each;
    for (int64_t l = L - 1; l >= 0; l--) {
        const int64_t s = shape->stride[l], all = l > 0 ? job->length[l - 1] : job->n;

        tile->first[l] = tile->first[l + 1] * s;
        tile->own[l] = last ? all : tile->own[l + 1] * s;
        tile->end[l] = (tile->end[l + 1] - 1) * s + shape->taps[l];
        if (tile->end[l] < tile->own[l])
            tile->end[l] = tile->own[l];
    }
}

static int run_layer(struct ana_ctx *ctx, const struct job *job, int64_t l, int64_t n,
                     const float *x, float *y)
{
    const struct shape *shape = job->shape;
    const struct conv *weights = &job->weights->conv[l];
    const struct ana_nn_conv1d_layer conv = shape_conv(shape, l, weights);
    struct ana_nn_tail tail = {.size = sizeof tail,
                               .act = shape->conv_act,
                               .bias = weights->bias,
                               .gain = weights->norm.gain,
                               .shift = weights->norm.bias,
                               .eps = 1e-5f};

    if (shape->group_norm) {
        tail.gain = tail.shift = NULL;
        if (l == 0) {
            tail.scale = job->scale;
            tail.bias = job->shift;
        }
    }
    return ana_nn_conv1d(ctx, &conv, n, x, &tail, y);
}

static int run_tile(struct ana_ctx *ctx, void *arg, int64_t slot)
{
    const struct job *job = arg;
    const struct shape *shape = job->shape;
    const int64_t L = shape->n_convs;
    struct tile *tile = &job->tile[slot];
    const float *x;
    int rc = 0;

    place_tile(job, job->begin + slot, tile);
    x = job->sound + tile->first[0];
    for (int64_t l = 0; rc == 0 && l < L; l++) {
        float *y = l == L - 1   ? job->features + tile->first[L] * shape->channels[l]
                   : tile->y[l] ? tile->y[l]
                                : tile->work[l % 2];

        rc = run_layer(ctx, job, l, tile->end[l] - tile->first[l], x, y);
        x = y;
    }
    return rc;
}

/* Numbers of a tile's results at most: those of an inner tile, and of the last one,
 * which goes to the layers' ends. */
static int64_t tile_room(const struct job *job, int64_t l)
{
    struct tile first, last;
    int64_t a, b;

    place_tile(job, 0, &first);
    place_tile(job, job->tiles - 1, &last);
    a = first.end[l + 1] - first.first[l + 1];
    b = last.end[l + 1] - last.first[l + 1];
    return (a > b ? a : b) * job->shape->channels[l];
}

static int make_tiles(struct ana_ctx *ctx, struct job *job, int64_t n)
{
    const int64_t L = job->shape->n_convs;

    job->tile = ana_alloc(ctx, n, sizeof *job->tile);
    if (!job->tile)
        return ANA_ERESOURCE;
    for (int64_t l = 0; l < L - 1; l++)
        if (!job->output->wanted[l] && tile_room(job, l) > job->room[l % 2])
            job->room[l % 2] = tile_room(job, l);
    for (int64_t i = 0; i < n; i++) {
        struct tile *tile = &job->tile[i];

        for (int64_t l = 0; l < L - 1; l++)
            if (job->output->wanted[l] &&
                !(tile->y[l] = ana_alloc(ctx, tile_room(job, l), sizeof(float))))
                return ANA_ERESOURCE;
        for (int k = 0; k < 2; k++)
            if (!(tile->work[k] = ana_alloc(ctx, job->room[k], sizeof(float))))
                return ANA_ERESOURCE;
    }
    return 0;
}

static void free_tiles(struct ana_ctx *ctx, struct job *job, int64_t n)
{
    for (int64_t i = 0; job->tile && i < n; i++) {
        for (int64_t l = 0; l < job->shape->n_convs; l++)
            ana_free(ctx, job->tile[i].y[l]);
        ana_free(ctx, job->tile[i].work[0]);
        ana_free(ctx, job->tile[i].work[1]);
    }
    ana_free(ctx, job->tile);
}

static int emit_tile(struct ana_ctx *ctx, const struct job *job, const struct tile *tile)
{
    const struct output *output = job->output;
    int rc = 0;

    for (int64_t l = 0; rc == 0 && l < job->shape->n_convs - 1; l++)
        if (tile->y[l])
            rc = output->emit(ctx, output->to, job->item, l, tile->first[l + 1],
                              tile->own[l + 1] - tile->first[l + 1],
                              job->shape->channels[l], tile->y[l]);
    return rc;
}

/* As many tiles at once as there are workers; what they keep is emitted in between. */
static int run_tiles(struct ana_ctx *ctx, struct job *job, int64_t at_once)
{
    int rc = make_tiles(ctx, job, at_once);

    for (job->begin = 0; rc == 0 && job->begin < job->tiles; job->begin += at_once) {
        const int64_t left = job->tiles - job->begin;
        const int64_t n = left < at_once ? left : at_once;

        rc = ana_parallel_for(ctx, n, run_tile, job);
        for (int64_t i = 0; rc == 0 && i < n; i++)
            rc = emit_tile(ctx, job, &job->tile[i]);
    }
    free_tiles(ctx, job, at_once);
    return rc;
}

int extract(struct ana_ctx *ctx, const struct shape *shape, const struct weights *weights,
            int64_t item, int64_t n, const float *sound, const struct output *output,
            float *features)
{
    const int64_t L = shape->n_convs;
    struct job job = {.shape = shape,
                      .weights = weights,
                      .output = output,
                      .sound = sound,
                      .item = item,
                      .n = n,
                      .frames = shape_frames(shape, L, n),
                      .features = features};
    int64_t at_once = ana_workers(ctx);
    int rc = 0;

    job.tiles = (job.frames + TILE - 1) / TILE;
    job.each = (job.frames + job.tiles - 1) / job.tiles;
    job.tiles = (job.frames + job.each - 1) / job.each;
    at_once = at_once < job.tiles ? at_once : job.tiles;
    for (int64_t l = 0; l < L; l++)
        job.length[l] = shape_frames(shape, l + 1, n);
    if (shape->group_norm)
        rc = fold_group_norm(ctx, &job);
    if (rc == 0)
        rc = run_tiles(ctx, &job, at_once);
    if (rc == 0 && output->wanted[L - 1])
        rc = output->emit(ctx, output->to, item, L - 1, 0, job.frames,
                          shape->channels[L - 1], features);
    ana_free(ctx, job.scale);
    return rc;
}
