/* SPDX-License-Identifier: BSD-3-Clause
 *
 * y[t] = tail(sum_j w[j] x[t s + j]): N frames, C channels of a group, O of its outputs,
 * k taps, stride s.
 *
 * Frames lie one behind the other, so the window of k frames under output t is a row of
 * k C numbers that begins at t s C: a matrix of overlapping rows, multiplied as it lies.
 * BLAS wants rows no longer than their distance. So every R-th output is taken together
 * (distance R s C) and the taps are cut into runs of R s: R products a run, added up,
 * with R so large that a run is worth a call.
 *
 * Three taps every second frame go with fewer products where the caller has made the sums
 * of weights that this takes (toom.c), many taps where it has made their spectrum
 * (longconv.c).
 *
 * A window of few numbers (sound has one channel) is no matter for BLAS, which would go
 * over y once a call: a kernel of our own does some rows at a time, and their tail.
 */
#include <string.h>

#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "base/context.h"
#include "nn/longconv.h"
#include "nn/product.h"
#include "nn/tail.h"
#include "nn/toom.h"

enum {
    WORTH = 256, /* numbers of a run, at least */
    BLOCK = 512, /* outputs of a task, at most ... */
    TOOM = 1920, /* ... and where three are made together */
    FEW = 32,    /* numbers of a window that are no matter for BLAS */
    ROWS = 16,   /* of such, whose tail follows while they are in the first cache */
};

int64_t ana_nn_conv1d_length(const struct ana_nn_conv1d_layer *conv, int64_t n)
{
    const int64_t padded = n + conv->pad_before + conv->pad_after;

    return padded < conv->taps ? 0 : (padded - conv->taps) / conv->stride + 1;
}

int ana_nn_conv1d_weights(struct ana_ctx *ctx, int64_t out, int64_t in_of_group,
                          int64_t taps, const float *w, float *to)
{
    if (out < 1 || in_of_group < 1 || taps < 1)
        return ana_fail(ctx, ANA_ESHAPE, "conv1d: weights of %lld x %lld x %lld",
                        (long long)out, (long long)in_of_group, (long long)taps);
    for (int64_t o = 0; o < out; o++)
        for (int64_t c = 0; c < in_of_group; c++)
            for (int64_t j = 0; j < taps; j++)
                to[(o * taps + j) * in_of_group + c] =
                    w[(o * in_of_group + c) * taps + j];
    return 0;
}

struct job {
    const struct ana_nn_conv1d_layer *conv;
    const struct ana_nn_tail *tail;
    const struct ana_nn_kernels *kernels;
    int64_t n, frames;     /* of x; of y */
    int64_t block, blocks; /* outputs of a task; tasks a group */
    const float *x;
    float *padded, *y; /* groups x (n + pads) x C where frames are copied, else NULL */
    float *turned;     /* few numbers: (taps C) x out weights, else NULL */
};

/* A group's channels beside each other, with the frames of silence. */
static int pad_group(struct ana_ctx *ctx, void *arg, int64_t group)
{
    const struct job *job = arg;
    const struct ana_nn_conv1d_layer *conv = job->conv;
    const int64_t C = conv->in / conv->groups;
    const int64_t rows = job->n + conv->pad_before + conv->pad_after;
    float *to = job->padded + group * rows * C;

    (void)ctx;
    memset(to, 0, (size_t)(conv->pad_before * C) * sizeof *to);
    for (int64_t t = 0; t < job->n; t++)
        memcpy(to + (conv->pad_before + t) * C, job->x + t * conv->in + group * C,
               (size_t)C * sizeof *to);
    memset(to + (conv->pad_before + job->n) * C, 0,
           (size_t)(conv->pad_after * C) * sizeof *to);
    return 0;
}

/* Outputs [0, n) of a group, x at the first's window, y at its row and column. */
static int multiply(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t n, const float *x, const float *w, int add, float *y)
{
    const int64_t C = conv->in / conv->groups, O = conv->out / conv->groups;
    const int64_t step = conv->stride * C, all = conv->taps * C;
    const int64_t want = all < WORTH ? all : WORTH;
    const int64_t R = (want + step - 1) / step, run = R * step;
    int rc = 0;

    for (int64_t r = 0; rc == 0 && r < R && r < n; r++)
        for (int64_t k = 0; rc == 0 && k < all; k += run)
            rc = ana_nn_product(ctx, (n - r + R - 1) / R, k + run < all ? run : all - k,
                                O, x + r * step + k, run, w + k, all, k > 0 || add,
                                y + r * conv->out, R * conv->out);
    return rc;
}

/* The tail of outputs [first, first + n) of a group, y at the first's row and column. */
static void finish(const struct job *job, int64_t group, int64_t first, int64_t n,
                   float *y)
{
    const struct ana_nn_conv1d_layer *conv = job->conv;
    const int64_t O = conv->out / conv->groups;
    const float *residual = job->tail->residual == job->y ? NULL : job->tail->residual;

    for (int64_t t = 0; t < n; t++) {
        float *row = y + t * conv->out;

        ana_tail_columns(job->kernels, job->tail, group * O, O,
                         residual ? residual + (first + t) * conv->out + group * O : NULL,
                         row);
        if (conv->groups == 1)
            ana_tail_row(job->kernels, job->tail, O, row);
    }
}

/* Outputs [first, first + n), x at the first's window, y at its row. Where no residual and
 * no norm come between, bias and activation are the kernel's. */
static void run_few(const struct job *job, int64_t first, int64_t n, const float *x,
                    float *y)
{
    const struct ana_nn_conv1d_layer *conv = job->conv;
    const struct ana_nn_tail *tail = job->tail;
    const int64_t step = conv->stride * conv->in, all = conv->taps * conv->in;
    const int fused = !tail->residual && !tail->gain;

    for (int64_t t = 0; t < n; t += ROWS) {
        const int64_t some = t + ROWS < n ? ROWS : n - t;

        job->kernels->few_taps(some, conv->out, all, x + t * step, step, job->turned,
                               fused ? tail->bias : NULL, fused ? tail->act : ANA_NN_NONE,
                               y + t * conv->out, conv->out);
        if (!fused)
            finish(job, 0, first + t, some, y + t * conv->out);
    }
}

static int run_block(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct ana_nn_conv1d_layer *conv = job->conv;
    const int64_t C = conv->in / conv->groups, O = conv->out / conv->groups;
    const int64_t group = i / job->blocks, first = i % job->blocks * job->block;
    const int64_t n = first + job->block < job->frames ? job->block : job->frames - first;
    const int64_t rows = job->n + conv->pad_before + conv->pad_after;
    const float *x = job->padded ? job->padded + group * rows * C : job->x;
    float *y = job->y + first * conv->out + group * O;
    int rc = 0;

    x += first * conv->stride * C;
    if (job->turned) {
        run_few(job, first, n, x, y);
        return 0;
    }
    rc = ana_nn_toom_fits(conv)
             ? ana_nn_toom(ctx, conv, n, x, job->tail->residual == job->y, y)
             : multiply(ctx, conv, n, x, conv->w + group * O * conv->taps * C,
                        job->tail->residual == job->y, y);
    if (rc == 0)
        finish(job, group, first, n, y);
    return rc;
}

/* w' where a window is few numbers; the tail's scale is in it where `run_few` fuses. */
static int turn_weights(struct ana_ctx *ctx, struct job *job)
{
    const struct ana_nn_conv1d_layer *conv = job->conv;
    const int64_t all = conv->taps * conv->in;
    const float *scale = NULL;

    if (conv->groups > 1 || all > FEW || job->tail->residual == job->y)
        return 0;
    job->turned = ana_alloc(ctx, all * conv->out, sizeof *job->turned);
    if (!job->turned)
        return ANA_ERESOURCE;
    if (!job->tail->residual && !job->tail->gain)
        scale = job->tail->scale;
    for (int64_t j = 0; j < all; j++)
        for (int64_t o = 0; o < conv->out; o++)
            job->turned[j * conv->out + o] =
                conv->w[o * all + j] * (scale ? scale[o] : 1);
    ana_ctx_count_flops(ctx, ana_gemm_flops(job->frames, conv->out, all));
    return 0;
}

static int norm_block(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;

    (void)ctx;
    for (int64_t t = i * job->block; t < (i + 1) * job->block && t < job->frames; t++)
        ana_tail_row(job->kernels, job->tail, job->conv->out,
                     job->y + t * job->conv->out);
    return 0;
}

/* Where three outputs are made together, blocks are whole threes and about equal. */
static void cut_blocks(struct job *job)
{
    job->block = BLOCK;
    if (ana_nn_toom_fits(job->conv)) {
        const int64_t blocks = (job->frames + TOOM - 1) / TOOM;

        job->block = ((job->frames + blocks - 1) / blocks + 2) / 3 * 3;
    }
    job->blocks = (job->frames + job->block - 1) / job->block;
}

static int check(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *c, int64_t n)
{
    if (n < 0 || c->groups < 1 || c->in < 1 || c->out < 1 || c->in % c->groups != 0 ||
        c->out % c->groups != 0 || c->taps < 1 || c->stride < 1 || c->pad_before < 0 ||
        c->pad_after < 0)
        return ana_fail(ctx, ANA_ESHAPE,
                        "conv1d: %lld frames, %lld to %lld channels in %lld groups, %lld "
                        "taps every %lld frames are no shape",
                        (long long)n, (long long)c->in, (long long)c->out,
                        (long long)c->groups, (long long)c->taps, (long long)c->stride);
    return 0;
}

/* Products on rows, as the top of this file says. */
static int multiply_rows(struct ana_ctx *ctx, struct job *job)
{
    const struct ana_nn_conv1d_layer *conv = job->conv;
    int rc = 0;

    cut_blocks(job);
    if (conv->groups > 1 || conv->pad_before > 0 || conv->pad_after > 0) {
        job->padded =
            ana_alloc(ctx, (job->n + conv->pad_before + conv->pad_after) * conv->in,
                      sizeof *job->padded);
        if (!job->padded)
            return ANA_ERESOURCE;
        rc = ana_parallel_for(ctx, conv->groups, pad_group, job);
    }
    if (rc == 0)
        rc = turn_weights(ctx, job);
    if (rc == 0)
        rc = ana_parallel_for(ctx, conv->groups * job->blocks, run_block, job);
    ana_free(ctx, job->padded);
    ana_free(ctx, job->turned);
    return rc;
}

/* Whole rows' norms, where groups have written their columns. */
static int norm_rows(struct ana_ctx *ctx, struct job *job)
{
    job->block = BLOCK;
    job->blocks = (job->frames + BLOCK - 1) / BLOCK;
    return ana_parallel_for(ctx, job->blocks, norm_block, job);
}

static int run_item(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t n, const float *x, const struct ana_nn_tail *tail, float *y)
{
    struct job job = {.conv = conv,
                      .tail = tail,
                      .kernels = ana_nn_kernels(),
                      .n = n,
                      .frames = ana_nn_conv1d_length(conv, n),
                      .x = x,
                      .y = y};
    int rc = job.frames > 0 ? multiply_rows(ctx, &job) : 0;

    return rc == 0 && conv->groups > 1 && tail->gain ? norm_rows(ctx, &job) : rc;
}

/* All items at once, by their spectra. */
static int run_long(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t items, const int64_t *first, const float *x,
                    const struct ana_nn_tail *tail, float *y)
{
    struct job job = {.conv = conv, .tail = tail, .kernels = ana_nn_kernels(), .y = y};
    int rc = ana_nn_longconv(ctx, conv, items, first, x, tail, y);

    for (int64_t i = 0; i < items; i++)
        job.frames += ana_nn_conv1d_length(conv, first[i + 1] - first[i]);
    return rc == 0 && conv->groups > 1 && tail->gain ? norm_rows(ctx, &job) : rc;
}

int ana_nn_conv1d(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv, int64_t n,
                  const float *x, const struct ana_nn_tail *tail, float *y)
{
    const int64_t first[] = {0, n};

    return ana_nn_conv1d_each(ctx, conv, 1, first, x, tail, y);
}

int ana_nn_conv1d_each(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                       int64_t items, const int64_t *first, const float *x,
                       const struct ana_nn_tail *tail, float *y)
{
    struct ana_nn_tail own = {.size = sizeof own};
    int64_t done = 0;
    int rc = 0;

    own = tail ? *tail : own;
    for (int64_t i = 0; rc == 0 && i < items; i++)
        rc = check(ctx, conv, first[i + 1] - first[i]);
    if (rc == 0 && ana_nn_longconv_fits(conv))
        return run_long(ctx, conv, items, first, x, &own, y);
    for (int64_t i = 0; rc == 0 && i < items; i++) {
        const int64_t n = first[i + 1] - first[i];

        own.residual = own.residual ? tail->residual + done * conv->out : NULL;
        rc = run_item(ctx, conv, n, x + first[i] * conv->in, &own, y + done * conv->out);
        done += ana_nn_conv1d_length(conv, n);
    }
    return rc;
}

double ana_nn_conv1d_flops(const struct ana_nn_conv1d_layer *conv, int64_t n)
{
    const int64_t frames = ana_nn_conv1d_length(conv, n);

    if (ana_nn_longconv_fits(conv))
        return ana_nn_longconv_flops(conv, n);
    if (ana_nn_toom_fits(conv) && conv->taps * conv->in > FEW)
        return ana_nn_toom_flops(conv, frames);
    return ana_gemm_flops(frames, conv->out, conv->taps * (conv->in / conv->groups));
}
