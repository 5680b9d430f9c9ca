/* SPDX-License-Identifier: BSD-3-Clause
 *
 * y[p, q] = tail(sum_ij w[i, j] x[p s0 + i, q s1 + j]): K = taps0 x taps1 x C numbers
 * under each of the P x Q pixels of y. A few hundred pixels' neighbourhoods are laid side
 * by side, small enough for the cache, and multiplied; a 1 x 1 kernel that steps by one
 * takes its rows as they lie.
 */
#include <string.h>

#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "nn/tail.h"

enum { PATCHES = 1 << 18, FEWEST = 32, MOST = 512 }; /* numbers; pixels of a task */

static int64_t length(int64_t n, int64_t before, int64_t after, int64_t taps,
                      int64_t stride)
{
    return n + before + after < taps ? 0 : (n + before + after - taps) / stride + 1;
}

int64_t ana_nn_conv2d_length(const struct ana_nn_conv2d_layer *conv, int axis, int64_t n)
{
    return length(n, conv->pad_before[axis], conv->pad_after[axis], conv->taps[axis],
                  conv->stride[axis]);
}

int ana_nn_conv2d_weights(struct ana_ctx *ctx, int64_t out, int64_t in_of_group,
                          int64_t taps0, int64_t taps1, const float *w, float *to)
{
    const int64_t taps = taps0 * taps1;

    if (out < 1 || in_of_group < 1 || taps0 < 1 || taps1 < 1)
        return ana_fail(ctx, ANA_ESHAPE, "conv2d: weights of %lld x %lld x %lld x %lld",
                        (long long)out, (long long)in_of_group, (long long)taps0,
                        (long long)taps1);
    for (int64_t o = 0; o < out; o++)
        for (int64_t c = 0; c < in_of_group; c++)
            for (int64_t j = 0; j < taps; j++)
                to[(o * taps + j) * in_of_group + c] =
                    w[(o * in_of_group + c) * taps + j];
    return 0;
}

struct job {
    const struct ana_nn_conv2d_layer *conv;
    const struct ana_nn_tail *tail;
    const struct ana_nn_kernels *kernels;
    int64_t rows, columns;  /* of x */
    int64_t across, pixels; /* of y: columns, and all */
    int64_t per_task, tasks;
    const float *x;
    float *y;
};

/* The neighbourhood of output (p, q) in one group's channels. */
static void lay_out(const struct job *job, int64_t group, int64_t p, int64_t q, float *to)
{
    const struct ana_nn_conv2d_layer *conv = job->conv;
    const int64_t C = conv->in / conv->groups;

    for (int64_t i = 0; i < conv->taps[0]; i++)
        for (int64_t j = 0; j < conv->taps[1]; j++, to += C) {
            const int64_t r = p * conv->stride[0] - conv->pad_before[0] + i;
            const int64_t c = q * conv->stride[1] - conv->pad_before[1] + j;

            if (r >= 0 && r < job->rows && c >= 0 && c < job->columns)
                memcpy(to, job->x + (r * job->columns + c) * conv->in + group * C,
                       (size_t)C * sizeof *to);
            else
                memset(to, 0, (size_t)C * sizeof *to);
        }
}

static int run_task(struct ana_ctx *ctx, void *arg, int64_t task)
{
    const struct job *job = arg;
    const struct ana_nn_conv2d_layer *conv = job->conv;
    const int64_t C = conv->in / conv->groups, O = conv->out / conv->groups;
    const int64_t K = conv->taps[0] * conv->taps[1] * C;
    const int64_t group = task / job->tasks, first = task % job->tasks * job->per_task;
    const int64_t end =
        first + job->per_task < job->pixels ? first + job->per_task : job->pixels;
    const int add = job->tail->residual == job->y;
    const float *residual = add ? NULL : job->tail->residual;
    float *patches = ana_alloc(ctx, job->per_task * K, sizeof *patches);
    float *y = job->y + first * conv->out + group * O;
    int rc;

    if (!patches)
        return ANA_ERESOURCE;
    for (int64_t i = first; i < end; i++)
        lay_out(job, group, i / job->across, i % job->across, patches + (i - first) * K);
    rc = ana_gemm_f32(ctx, 0, 1, end - first, O, K, 1, patches, K,
                      conv->w + group * O * K, K, add ? 1 : 0, y, conv->out);
    for (int64_t i = 0; rc == 0 && i < end - first; i++) {
        ana_tail_columns(job->kernels, job->tail, group * O, O,
                         residual ? residual + (first + i) * conv->out + group * O : NULL,
                         y + i * conv->out);
        if (conv->groups == 1)
            ana_tail_row(job->kernels, job->tail, O, y + i * conv->out);
    }
    ana_free(ctx, patches);
    return rc;
}

static int check(struct ana_ctx *ctx, const struct ana_nn_conv2d_layer *c,
                 const struct ana_nn_tail *tail, int64_t rows, int64_t columns)
{
    int good = rows >= 0 && columns >= 0 && c->groups >= 1 && c->in >= 1 && c->out >= 1 &&
               c->in % c->groups == 0 && c->out % c->groups == 0;

    for (int a = 0; a < 2; a++)
        good = good && c->taps[a] >= 1 && c->stride[a] >= 1 && c->pad_before[a] >= 0 &&
               c->pad_after[a] >= 0;
    if (!good)
        return ana_fail(
            ctx, ANA_ESHAPE,
            "conv2d: %lld x %lld pixels, %lld to %lld channels in %lld groups "
            "are no shape",
            (long long)rows, (long long)columns, (long long)c->in, (long long)c->out,
            (long long)c->groups);
    if (tail && tail->gain && c->groups > 1)
        return ana_fail(ctx, ANA_ESHAPE, "conv2d: a norm over groups' channels");
    return 0;
}

int ana_nn_conv2d(struct ana_ctx *ctx, const struct ana_nn_conv2d_layer *conv,
                  int64_t rows, int64_t columns, const float *x,
                  const struct ana_nn_tail *tail, float *y)
{
    static const struct ana_nn_tail nothing = {.size = sizeof nothing};
    struct job job = {.conv = conv,
                      .tail = tail ? tail : &nothing,
                      .kernels = ana_nn_kernels(),
                      .rows = rows,
                      .columns = columns,
                      .x = x,
                      .y = y};
    int64_t K;
    int rc = check(ctx, conv, tail, rows, columns);

    if (rc != 0)
        return rc;
    job.across = ana_nn_conv2d_length(conv, 1, columns);
    job.pixels = ana_nn_conv2d_length(conv, 0, rows) * job.across;
    K = conv->taps[0] * conv->taps[1] * (conv->in / conv->groups);
    if (K == conv->in && conv->stride[0] == 1 && conv->stride[1] == 1 &&
        job.pixels == rows * columns)
        return ana_nn_linear(ctx, job.pixels, conv->in, conv->out, x, conv->w, tail, y);
    job.per_task = PATCHES / K;
    job.per_task = job.per_task < FEWEST ? FEWEST
                   : job.per_task > MOST ? MOST
                                         : job.per_task;
    job.tasks = (job.pixels + job.per_task - 1) / job.per_task;
    return ana_parallel_for(ctx, conv->groups * job.tasks, run_task, &job);
}
