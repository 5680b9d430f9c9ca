/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What treats each row by itself: activation, layer and RMS norm, softmax, local response
 * norm; in blocks of rows on the workers.
 */
#include <math.h>
#include <string.h>

#include <anaflow/nn.h>

#include "nn/kernels.h"

enum { BLOCK = 16384 }; /* numbers that are worth a call of a worker, at least */

struct rows {
    int64_t n, width, per_block;
    const float *x, *gain, *bias;
    float eps, *y;
    int32_t act;
    int64_t size; /* local response norm's ... */
    float alpha, beta, k;
    const struct ana_nn_kernels *kernels;
    void (*row)(const struct rows *job, int64_t i);
};

static int run_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct rows *job = arg;
    const int64_t from = block * job->per_block;
    const int64_t to = from + job->per_block < job->n ? from + job->per_block : job->n;

    (void)ctx;
    for (int64_t i = from; i < to; i++)
        job->row(job, i);
    return 0;
}

static int run(struct ana_ctx *ctx, struct rows *job)
{
    if (job->n < 0 || job->width < 1)
        return ana_fail(ctx, ANA_ESHAPE, "%lld rows of %lld numbers are no shape",
                        (long long)job->n, (long long)job->width);
    job->kernels = ana_nn_kernels();
    job->per_block = job->width < BLOCK ? BLOCK / job->width : 1;
    return ana_parallel_for(ctx, (job->n + job->per_block - 1) / job->per_block,
                            run_block, job);
}

static void activate(const struct rows *job, int64_t i)
{
    const int64_t n = (i + 1) * BLOCK <= job->size ? BLOCK : job->size - i * BLOCK;

    job->kernels->activate(n, job->y + i * BLOCK, job->act);
}

int ana_nn_activate(struct ana_ctx *ctx, int64_t n, int32_t act, float *y)
{
    struct rows job = {.n = (n + BLOCK - 1) / BLOCK,
                       .width = BLOCK,
                       .size = n,
                       .act = act,
                       .y = y,
                       .row = activate};

    if (n < 0 || act < ANA_NN_NONE || act > ANA_NN_SIGMOID)
        return ana_fail(ctx, ANA_ESHAPE, "activation %d of %lld numbers is not known",
                        act, (long long)n);
    return run(ctx, &job);
}

static void layer_norm(const struct rows *job, int64_t i)
{
    job->kernels->layer_norm(job->width, job->x + i * job->width, job->gain, job->bias,
                             job->eps, job->y + i * job->width);
}

int ana_nn_layer_norm(struct ana_ctx *ctx, int64_t n, int64_t width, const float *x,
                      const float *gain, const float *bias, float eps, float *y)
{
    struct rows job = {.n = n,
                       .width = width,
                       .x = x,
                       .gain = gain,
                       .bias = bias,
                       .eps = eps,
                       .y = y,
                       .row = layer_norm};

    return run(ctx, &job);
}

static void rms_norm(const struct rows *job, int64_t i)
{
    job->kernels->rms_norm(job->width, job->x + i * job->width, job->gain, job->eps,
                           job->y + i * job->width);
}

int ana_nn_rms_norm(struct ana_ctx *ctx, int64_t n, int64_t width, const float *x,
                    const float *gain, float eps, float *y)
{
    struct rows job = {.n = n,
                       .width = width,
                       .x = x,
                       .gain = gain,
                       .eps = eps,
                       .y = y,
                       .row = rms_norm};

    return run(ctx, &job);
}

static void softmax(const struct rows *job, int64_t i)
{
    float *row = job->y + i * job->width;

    job->kernels->multiply(job->width, row, 1 / job->kernels->exp_sum(job->width, row));
}

int ana_nn_softmax(struct ana_ctx *ctx, int64_t n, int64_t width, float *x)
{
    struct rows job = {.n = n, .width = width, .y = x, .row = softmax};

    return run(ctx, &job);
}

/* A sliding sum would let a large neighbour's rounding linger; sizes are small. */
static void local_response(const struct rows *job, int64_t i)
{
    const float *x = job->x + i * job->width;
    float *y = job->y + i * job->width;

    for (int64_t c = 0; c < job->width; c++) {
        const int64_t low = c - job->size / 2, high = low + job->size;
        float sum = 0;

        for (int64_t d = low < 0 ? 0 : low; d < high && d < job->width; d++)
            sum += x[d] * x[d];
        sum = job->k + job->alpha / (float)job->size * sum;
        y[c] = x[c] / powf(sum, job->beta);
    }
}

int ana_nn_local_response_norm(struct ana_ctx *ctx, int64_t n, int64_t channels,
                               int64_t size, float alpha, float beta, float k,
                               const float *x, float *y)
{
    struct rows job = {.n = n,
                       .width = channels,
                       .size = size,
                       .alpha = alpha,
                       .beta = beta,
                       .k = k,
                       .x = x,
                       .y = y,
                       .row = local_response};

    if (size < 1)
        return ana_fail(ctx, ANA_ESHAPE, "a local response norm over %lld channels",
                        (long long)size);
    return run(ctx, &job);
}
