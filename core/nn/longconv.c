/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Convolutions of many taps, by discrete Fourier transforms over every fourth frame.
 *
 * P = 4 phases: with t = u P + p and tap j = v P + q,
 *
 *   y[u P + p] = sum_q sum_v w[v P + q] x[(u + v) P + p + q],
 *
 * which for each p and q is a convolution over u of V = taps / P taps. N = 2 V
 * neighbouring u are a block; their transform has N numbers, the sum over v becomes a
 * product a frequency, and U = V + 1 outputs of a block are right (overlap-save). A
 * frequency has a product of its own, of P C channels with O: rows are the real and
 * imaginary parts of all p, columns those of the weights:
 *
 *   [Xr]                [Xr Wr  Xr Wi]      Yr = Xr Wr - Xi Wi
 *   [Xi] x [Wr Wi]  =   [Xi Wr  Xi Wi]      Yi = Xr Wi + Xi Wr
 *
 * The frequencies 0 and N / 2 are real; they go as the parts of one. Phases make these
 * products large enough to be fast. The transforms are short: products, too, with a
 * matrix of cosines and sines. 128 taps take about a quarter of the operations, and round as
 * sums of float32 do.
 */
#include "nn/longconv.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include <anaflow/linalg.h>

#include "base/context.h"
#include "nn/tail.h"

enum {
    P = 4,
    BLOCKS = 4, /* of a task, at most */
};

/* Sizes that follow from the layer; and where the parts of the spectrum begin. */
struct sizes {
    int64_t C, O, V, N, U; /* channels in and out of a group; taps, block, outputs */
    const float *forward;  /* N x N: 2 f + part of a frequency, u */
    const float *inverse;  /* U x N */
    const float *weights;  /* groups x N / 2 x P C x 2 O */
};

static struct sizes measure(const struct ana_nn_conv1d_layer *conv)
{
    struct sizes s = {.C = conv->in / conv->groups, .O = conv->out / conv->groups};

    s.V = (conv->taps + P - 1) / P;
    s.N = 2 * s.V;
    s.U = s.V + 1;
    return s;
}

static struct sizes place(const struct ana_nn_conv1d_layer *conv)
{
    struct sizes s = measure(conv);

    s.forward = conv->spectrum;
    s.inverse = s.forward + s.N * s.N;
    s.weights = s.inverse + s.U * s.N;
    return s;
}

int ana_nn_longconv_fits(const struct ana_nn_conv1d_layer *conv)
{
    return conv->size >=
               offsetof(struct ana_nn_conv1d_layer, spectrum) + sizeof conv->spectrum &&
           conv->spectrum && conv->stride == 1;
}

static int check(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *c)
{
    enum { MOST = 1 << 20 };

    if (c->groups >= 1 && c->in >= 1 && c->out >= 1 && c->in % c->groups == 0 &&
        c->out % c->groups == 0 && c->taps >= 1 && c->stride == 1 && c->in <= MOST &&
        c->out <= MOST && c->taps <= MOST)
        return 0;
    return ana_fail(
        ctx, ANA_ESHAPE,
        "conv1d: there is no spectrum of %lld taps every %lld frames, %lld to "
        "%lld channels in %lld groups",
        (long long)c->taps, (long long)c->stride, (long long)c->in, (long long)c->out,
        (long long)c->groups);
}

int ana_nn_conv1d_spectrum_size(struct ana_ctx *ctx,
                                const struct ana_nn_conv1d_layer *conv, int64_t *count)
{
    const int rc = check(ctx, conv);
    struct sizes s;

    *count = 0;
    if (rc != 0)
        return rc;
    s = measure(conv);
    *count = s.N * s.N + s.U * s.N + s.V * P * s.C * 2 * conv->out;
    return 0;
}

/* Part 0 or 1 of frequency f at u: cosine and -sine; frequencies 0 and N / 2 are the
 * parts of 0. The angle is turned back to below 2 pi before it rounds. */
static double wave(int64_t N, int64_t f, int part, int64_t u)
{
    const double pi = 3.14159265358979323846;

    if (f == 0)
        return part == 0 || u % 2 == 0 ? 1 : -1;
    return part == 0 ? cos(2 * pi * (double)(f * u % N) / (double)N)
                     : -sin(2 * pi * (double)(f * u % N) / (double)N);
}

static void make_transforms(const struct sizes *s, float *forward, float *inverse)
{
    for (int64_t k = 0; k < s->N; k++)
        for (int64_t u = 0; u < s->N; u++) {
            const double v = wave(s->N, k / 2, k % 2, u);

            forward[k * s->N + u] = (float)v;
            if (u < s->U)
                inverse[u * s->N + k] = (float)(v * (k < 2 ? 1 : 2) / (double)s->N);
        }
}

struct making {
    const struct ana_nn_conv1d_layer *conv;
    struct sizes s;
    float *waves; /* N x V: of the conjugate transform */
    float *to;    /* groups x N / 2 x P C x 2 O */
};

/* The transforms of one output's weights, and their way to its two columns. */
static int make_output(struct ana_ctx *ctx, const struct making *job, int64_t output,
                       float *taps, float *part)
{
    const struct sizes *s = &job->s;
    const int64_t group = output / s->O, o = output % s->O, width = P * s->C;
    const int64_t all = job->conv->taps * s->C;
    float *to = job->to + group * s->V * width * 2 * s->O + o;
    int rc;

    memset(taps, 0, (size_t)(s->V * width) * sizeof *taps);
    memcpy(taps, job->conv->w + output * all, (size_t)all * sizeof *taps);
    rc = ana_gemm_f32(ctx, 0, 0, s->N, width, s->V, 1, job->waves, s->V, taps, width, 0,
                      part, width);
    for (int64_t f = 0; rc == 0 && f < s->V; f++)
        for (int64_t k = 0; k < width; k++, to += 2 * s->O) {
            to[0] = part[2 * f * width + k];
            to[s->O] = part[(2 * f + 1) * width + k];
        }
    return rc;
}

static int make_group(struct ana_ctx *ctx, void *arg, int64_t group)
{
    const struct making *job = arg;
    const struct sizes *s = &job->s;
    float *taps = ana_alloc_unset(ctx, 3 * s->V * P * s->C, sizeof *taps);
    int rc = taps ? 0 : ANA_ERESOURCE;

    for (int64_t o = 0; rc == 0 && o < s->O; o++)
        rc = make_output(ctx, job, group * s->O + o, taps, taps + s->V * P * s->C);
    ana_free(ctx, taps);
    return rc;
}

int ana_nn_conv1d_spectrum(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                           float *spectrum)
{
    struct making job = {.conv = conv};
    int rc = check(ctx, conv);

    if (rc != 0)
        return rc;
    job.s = measure(conv);
    job.to = spectrum + (job.s.N + job.s.U) * job.s.N;
    make_transforms(&job.s, spectrum, spectrum + job.s.N * job.s.N);
    job.waves = ana_alloc(ctx, job.s.N * job.s.V, sizeof *job.waves);
    if (!job.waves)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < job.s.N; k++)
        for (int64_t v = 0; v < job.s.V; v++)
            job.waves[k * job.s.V + v] =
                (float)(wave(job.s.N, k / 2, k % 2, v) * (k >= 2 && k % 2 == 1 ? -1 : 1));
    rc = ana_parallel_for(ctx, conv->groups, make_group, &job);
    ana_free(ctx, job.waves);
    return rc;
}

/* A block is outputs [first, first + n) of one item. */
struct block {
    int64_t item, first, n;
};

struct job {
    const struct ana_nn_conv1d_layer *conv;
    const struct ana_nn_tail *tail;
    const struct ana_nn_kernels *kernels;
    struct sizes s;
    const int64_t *first;
    int64_t *out; /* where each item's outputs begin */
    const float *x;
    float *y;
    struct block *block;
    int64_t blocks, parts; /* in all; tasks a group */
};

/* What a task holds. */
struct work {
    float *rows;     /* (N + 1) P x C: the frames under a block */
    float *parts;    /* blocks x N / 2 x (2 x P) x P C */
    float *product;  /* (2 x P) x 2 O */
    float *spectrum; /* blocks x N x P O */
    float *outputs;  /* U x P O */
};

/* A group's channels of the frames under a block, and silence beside them. */
static void gather(const struct job *job, int64_t group, const struct block *block,
                   float *rows)
{
    const int64_t C = job->s.C, n = (job->s.N + 1) * P, in = job->conv->in;
    const int64_t frames = job->first[block->item + 1] - job->first[block->item];
    const float *x = job->x + job->first[block->item] * in + group * C;

    for (int64_t r = 0; r < n; r++, rows += C) {
        const int64_t t = block->first - job->conv->pad_before + r;

        if (t >= 0 && t < frames)
            memcpy(rows, x + t * in, (size_t)C * sizeof *rows);
        else
            memset(rows, 0, (size_t)C * sizeof *rows);
    }
}

/* Phase p's transforms take the rows from p on, P of them beside each other. */
static int transform(struct ana_ctx *ctx, const struct sizes *s, const float *rows,
                     float *parts)
{
    const int64_t width = P * s->C;
    int rc = 0;

    for (int64_t p = 0; rc == 0 && p < P; p++)
        rc = ana_gemm_f32(ctx, 0, 0, s->N, width, s->N, 1, s->forward, s->N,
                          rows + p * s->C, width, 0, parts + p * width, P * width);
    return rc;
}

/* One frequency f of a block by its weights w; the parts of the result to their place. */
static int multiply(struct ana_ctx *ctx, const struct job *job, int64_t f, const float *w,
                    const struct work *work, int64_t b)
{
    const struct sizes *s = &job->s;
    const int64_t width = P * s->C, O = s->O, part = P * 2 * O;
    const float *x = work->parts + (b * s->N + 2 * f) * P * width;
    float *re = work->spectrum + (b * s->N + 2 * f) * P * O, *im = re + P * O;
    int rc = ana_gemm_f32(ctx, 0, 0, 2 * P, 2 * O, width, 1, x, width, w, 2 * O, 0,
                          work->product, 2 * O);

    for (int64_t p = 0; rc == 0 && p < P; p++, re += O, im += O) {
        const float *a = work->product + p * 2 * O;

        if (f > 0) {
            job->kernels->combine(O, a, a + part + O, -1, re);
            job->kernels->combine(O, a + O, a + part, 1, im);
        } else {
            memcpy(re, a, (size_t)O * sizeof *re);
            memcpy(im, a + part + O, (size_t)O * sizeof *im);
        }
    }
    return rc;
}

/* A block's outputs with their tail, to their rows of y. */
static void finish(const struct job *job, int64_t group, const struct block *block,
                   float *row)
{
    const int64_t O = job->s.O, out = job->conv->out;
    const int64_t from = (job->out[block->item] + block->first) * out + group * O;
    const float *residual = job->tail->residual;

    for (int64_t t = 0; t < block->n; t++, row += O) {
        ana_tail_columns(job->kernels, job->tail, group * O, O,
                         residual ? residual + from + t * out : NULL, row);
        if (job->conv->groups == 1)
            ana_tail_row(job->kernels, job->tail, O, row);
        memcpy(job->y + from + t * out, row, (size_t)O * sizeof *row);
    }
}

/* Each product is of one block, whose bits so do not depend on what is beside it; those
 * of one frequency follow each other, so that its weights are in cache. */
static int run_blocks(struct ana_ctx *ctx, const struct job *job, int64_t group,
                      const struct block *block, int64_t n, const struct work *work)
{
    const struct sizes *s = &job->s;
    const int64_t width = P * s->C, each = width * 2 * s->O;
    const float *w = s->weights + group * s->V * each;
    int rc = 0;

    for (int64_t b = 0; rc == 0 && b < n; b++) {
        gather(job, group, block + b, work->rows);
        rc = transform(ctx, s, work->rows, work->parts + b * s->N * P * width);
    }
    for (int64_t f = 0; rc == 0 && f < s->V; f++)
        for (int64_t b = 0; rc == 0 && b < n; b++)
            rc = multiply(ctx, job, f, w + f * each, work, b);
    for (int64_t b = 0; rc == 0 && b < n; b++) {
        rc = ana_gemm_f32(ctx, 0, 0, s->U, P * s->O, s->N, 1, s->inverse, s->N,
                          work->spectrum + b * s->N * P * s->O, P * s->O, 0,
                          work->outputs, P * s->O);
        if (rc == 0)
            finish(job, group, block + b, work->outputs);
    }
    return rc;
}

static int run_part(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct sizes *s = &job->s;
    const int64_t at = i % job->parts * BLOCKS;
    const int64_t n = at + BLOCKS < job->blocks ? BLOCKS : job->blocks - at;
    const int64_t size[] = {(s->N + 1) * P * s->C, s->N * n * P * P * s->C,
                            2 * P * 2 * s->O, n * s->N * P * s->O, s->U * P * s->O};
    struct work work;
    float *all = ana_alloc_unset(ctx, size[0] + size[1] + size[2] + size[3] + size[4],
                                 sizeof *all);
    int rc = ANA_ERESOURCE;

    if (all) {
        work.rows = all;
        work.parts = work.rows + size[0];
        work.product = work.parts + size[1];
        work.spectrum = work.product + size[2];
        work.outputs = work.spectrum + size[3];
        rc = run_blocks(ctx, job, i / job->parts, job->block + at, n, &work);
    }
    ana_free(ctx, all);
    return rc;
}

/* Blocks of each item for itself, so that its bits do not depend on its neighbours. */
static int cut_blocks(struct ana_ctx *ctx, struct job *job, int64_t items)
{
    const int64_t step = job->s.U * P;

    job->out = ana_alloc(ctx, items + 1, sizeof *job->out);
    if (!job->out)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < items; i++) {
        const int64_t n =
            ana_nn_conv1d_length(job->conv, job->first[i + 1] - job->first[i]);

        job->out[i + 1] = job->out[i] + n;
        job->blocks += (n + step - 1) / step;
    }
    job->parts = (job->blocks + BLOCKS - 1) / BLOCKS;
    job->block = ana_alloc(ctx, job->blocks, sizeof *job->block);
    if (!job->block)
        return ANA_ERESOURCE;
    for (int64_t i = 0, b = 0; i < items; i++) {
        const int64_t n = job->out[i + 1] - job->out[i];

        for (int64_t t = 0; t < n; t += step)
            job->block[b++] = (struct block){i, t, t + step < n ? step : n - t};
    }
    return 0;
}

int ana_nn_longconv(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t items, const int64_t *first, const float *x,
                    const struct ana_nn_tail *tail, float *y)
{
    struct job job = {.conv = conv,
                      .tail = tail,
                      .kernels = ana_nn_kernels(),
                      .s = place(conv),
                      .first = first,
                      .x = x,
                      .y = y};
    int rc = cut_blocks(ctx, &job, items);

    if (rc == 0)
        rc = ana_parallel_for(ctx, conv->groups * job.parts, run_part, &job);
    ana_free(ctx, job.block);
    ana_free(ctx, job.out);
    return rc;
}

double ana_nn_longconv_flops(const struct ana_nn_conv1d_layer *conv, int64_t n)
{
    const struct sizes s = measure(conv);
    const int64_t step = s.U * P, frames = ana_nn_conv1d_length(conv, n);
    const double in = (double)(P * s.C), out = (double)(P * s.O);

    return (double)conv->groups * (double)((frames + step - 1) / step) *
           (P * 2.0 * (double)(s.N * s.N) * in +
            2.0 * (double)(s.V * P * 4) * in * (double)s.O +
            2.0 * (double)(s.U * s.N) * out);
}
