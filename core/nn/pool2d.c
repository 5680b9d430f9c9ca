/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The largest or the mean of the pixels under a window, channel by channel.
 */
#include <math.h>
#include <string.h>

#include <anaflow/nn.h>

#include "nn/kernels.h"

int64_t ana_nn_pool2d_length(const struct ana_nn_pool2d_layer *pool, int axis, int64_t n)
{
    const int64_t padded = n + pool->pad_before[axis] + pool->pad_after[axis];

    return padded < pool->taps[axis]
               ? 0
               : (padded - pool->taps[axis]) / pool->stride[axis] + 1;
}

struct job {
    const struct ana_nn_pool2d_layer *pool;
    const struct ana_nn_kernels *kernels;
    int64_t rows, columns, channels, across;
    const float *x;
    float *y;
};

static void pool_pixel(const struct job *job, int64_t p, int64_t q, float *y)
{
    const struct ana_nn_pool2d_layer *pool = job->pool;
    const int64_t C = job->channels;
    int64_t n = 0;

    for (int64_t i = 0; i < pool->taps[0]; i++)
        for (int64_t j = 0; j < pool->taps[1]; j++) {
            const int64_t r = p * pool->stride[0] - pool->pad_before[0] + i;
            const int64_t c = q * pool->stride[1] - pool->pad_before[1] + j;
            const float *x = job->x + (r * job->columns + c) * C;

            if (r < 0 || r >= job->rows || c < 0 || c >= job->columns)
                continue;
            if (n++ == 0)
                memcpy(y, x, (size_t)C * sizeof *y);
            else if (pool->kind == ANA_NN_MAX)
                job->kernels->maximum(C, x, y);
            else
                job->kernels->add(C, x, y);
        }
    if (n == 0)
        memset(y, 0, (size_t)C * sizeof *y);
    else if (pool->kind != ANA_NN_MAX)
        job->kernels->multiply(
            C, y,
            1 / (float)(pool->kind == ANA_NN_MEAN ? n : pool->taps[0] * pool->taps[1]));
}

static int pool_row(struct ana_ctx *ctx, void *arg, int64_t p)
{
    const struct job *job = arg;

    (void)ctx;
    for (int64_t q = 0; q < job->across; q++)
        pool_pixel(job, p, q, job->y + (p * job->across + q) * job->channels);
    return 0;
}

int ana_nn_pool2d(struct ana_ctx *ctx, const struct ana_nn_pool2d_layer *pool,
                  int64_t rows, int64_t columns, int64_t channels, const float *x,
                  float *y)
{
    struct job job = {.pool = pool,
                      .kernels = ana_nn_kernels(),
                      .rows = rows,
                      .columns = columns,
                      .channels = channels,
                      .x = x,
                      .y = y};
    int good = rows >= 0 && columns >= 0 && channels >= 1 && pool->kind >= ANA_NN_MAX &&
               pool->kind <= ANA_NN_MEAN_PADDED;

    for (int a = 0; a < 2; a++)
        good = good && pool->taps[a] >= 1 && pool->stride[a] >= 1 &&
               pool->pad_before[a] >= 0 && pool->pad_after[a] >= 0;
    if (!good)
        return ana_fail(ctx, ANA_ESHAPE, "pooling %lld x %lld x %lld is no shape",
                        (long long)rows, (long long)columns, (long long)channels);
    job.across = ana_nn_pool2d_length(pool, 1, columns);
    return ana_parallel_for(ctx, ana_nn_pool2d_length(pool, 0, rows), pool_row, &job);
}
