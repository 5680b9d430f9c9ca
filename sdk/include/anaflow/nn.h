/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_NN_H
#define ANAFLOW_NN_H

#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The layers that model plugins are built from: forward passes on float32, row-major,
 * channels last. One sequence or picture a call; rows are frames, tokens or pixels.
 * Matrix products are BLAS's with one thread a call; the rows, columns, heads and
 * groups are shared out to the run's workers in pieces that depend on the shapes alone,
 * so that the bits are the same for any number of threads. A NaN goes through; the
 * sink that takes the activations finds it.
 *
 * Unless said otherwise: weights are as torch stores them; inputs and outputs are the
 * caller's and do not overlap; Errors: ANA_ESHAPE for sizes that fit nothing,
 * ANA_ERESOURCE; Threads: any, on distinct outputs.
 *
 * This header has a version of its own; functions and fields are only added.
 * Since: nn 1. */
#define ANA_NN_VERSION 1

/* Activation functions. Since: nn 1. */
#define ANA_NN_NONE 0
#define ANA_NN_RELU 1
#define ANA_NN_GELU 2      /* x (1 + erf(x / sqrt 2)) / 2 */
#define ANA_NN_GELU_TANH 3 /* its approximation by tanh, "gelu_new" */
#define ANA_NN_SILU 4      /* x / (1 + exp(-x)) */
#define ANA_NN_TANH 5
#define ANA_NN_SIGMOID 6

/* What is done to a product while it is warm, in this order, each where it is not
 * NULL (0): y = act(norm(y * scale + bias + residual)). Zero-initialised: nothing.
 * Since: nn 1. */
struct ana_nn_tail {
    uint32_t size;         /* sizeof (struct ana_nn_tail) */
    int32_t act;           /* ANA_NN_... */
    const float *scale;    /* one a column: batch norm, folded */
    const float *bias;     /* one a column */
    const float *residual; /* rows as y's, or y itself: the product is added to it */
    const float *gain;     /* layer norm over the columns ... */
    const float *shift;    /* ... with this bias (may be NULL) ... */
    float eps;             /* ... and this eps */
    uint32_t pad;
};

/* y = act(y) on n numbers, in place. Since: nn 1. */
ANA_API int ana_nn_activate(struct ana_ctx *ctx, int64_t n, int32_t act, float *y);

/* A fully connected layer: y = tail(x w').
 *
 * x  n x in     w  out x in     y  n x out     tail  may be NULL
 *
 * Since: nn 1 */
ANA_API int ana_nn_linear(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out,
                          const float *x, const float *w, const struct ana_nn_tail *tail,
                          float *y);

/* The same with `ldx` and `ldy` numbers between rows of x and of y (and residual).
 * Since: nn 1 */
ANA_API int ana_nn_linear_strided(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out,
                                  const float *x, int64_t ldx, const float *w,
                                  const struct ana_nn_tail *tail, float *y, int64_t ldy);

/* y = (x - mean) / sqrt(var + eps) * gain + bias over each row; gain, bias may be NULL,
 * y may be x. Since: nn 1 */
ANA_API int ana_nn_layer_norm(struct ana_ctx *ctx, int64_t n, int64_t width,
                              const float *x, const float *gain, const float *bias,
                              float eps, float *y);

/* y = x / sqrt(mean of x^2 + eps) * gain over each row (Zhang & Sennrich 2019). y may be
 * x. Since: nn 1 */
ANA_API int ana_nn_rms_norm(struct ana_ctx *ctx, int64_t n, int64_t width, const float *x,
                            const float *gain, float eps, float *y);

/* Normalise each of `groups` groups of neighbouring channels over its channels and all n
 * rows (Wu & He 2018), sums in double. gain and bias: one a channel, or NULL; y may be
 * x. Since: nn 1 */
ANA_API int ana_nn_group_norm(struct ana_ctx *ctx, int64_t n, int64_t channels,
                              int64_t groups, const float *x, const float *gain,
                              const float *bias, float eps, float *y);

/* Batch norm after training as scale and shift for a tail, one each a channel:
 * scale = gain / sqrt(var + eps), shift = bias + (conv_bias - mean) * scale; gain, bias
 * and conv_bias may be NULL. Since: nn 1 */
ANA_API int ana_nn_batch_norm_fold(struct ana_ctx *ctx, int64_t channels,
                                   const float *mean, const float *var, const float *gain,
                                   const float *bias, const float *conv_bias, float eps,
                                   float *scale, float *shift);

/* y = x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta, as
 * torch scales alpha (Krizhevsky et al. 2012 leave out the division). Since: nn 1 */
ANA_API int ana_nn_local_response_norm(struct ana_ctx *ctx, int64_t n, int64_t channels,
                                       int64_t size, float alpha, float beta, float k,
                                       const float *x, float *y);

/* Each row becomes exp(x) / sum exp(x), in place. Since: nn 1 */
ANA_API int ana_nn_softmax(struct ana_ctx *ctx, int64_t n, int64_t width, float *x);

/* A convolution over time. Frame t of y sees frames t * stride - pad_before ... of x;
 * frames outside are 0. Causal: pad_before = taps - 1, pad_after = 0. Since: nn 1. */
struct ana_nn_conv1d_layer {
    uint32_t size; /* sizeof (struct ana_nn_conv1d_layer) */
    int32_t reserved;
    int64_t in, out; /* channels, multiples of `groups` */
    int64_t taps, stride, groups;
    int64_t pad_before, pad_after;
    const float *w;        /* out x taps x in/groups: `ana_nn_conv1d_weights` */
    const float *sums;     /* `ana_nn_conv1d_sums`, or NULL */
    const float *spectrum; /* `ana_nn_conv1d_spectrum`, or NULL; with it, w is not read */
};

/* Frames of y for n frames of x; 0 if x is too short. Threads: any. Since: nn 1. */
ANA_API int64_t ana_nn_conv1d_length(const struct ana_nn_conv1d_layer *conv, int64_t n);

/* torch's out x in/groups x taps -> out x taps x in/groups. Since: nn 1 */
ANA_API int ana_nn_conv1d_weights(struct ana_ctx *ctx, int64_t out, int64_t in_of_group,
                                  int64_t taps, const float *w, float *to);

/* Sums of the outer taps, 2 x out x in, for a convolution with 3 taps, stride 2 and one
 * group whose other fields are set: with them `ana_nn_conv1d` needs two products fewer of
 * nine, and rounds a little differently. Errors: ANA_ESHAPE for any other convolution.
 * Since: nn 1 */
ANA_API int ana_nn_conv1d_sums(struct ana_ctx *ctx,
                               const struct ana_nn_conv1d_layer *conv, float *sums);

/* The weights of a convolution with stride 1, whose other fields are set, transformed,
 * and their count: with them `ana_nn_conv1d` goes by Fourier transforms of blocks, which
 * for 128 taps take about a quarter of the operations. They are twice as many as w; outputs
 * round as sums of float32 do, relative to the largest input of a block. Errors:
 * ANA_ESHAPE for a stride. Since: nn 1 */
ANA_API int ana_nn_conv1d_spectrum_size(struct ana_ctx *ctx,
                                        const struct ana_nn_conv1d_layer *conv,
                                        int64_t *count);
ANA_API int ana_nn_conv1d_spectrum(struct ana_ctx *ctx,
                                   const struct ana_nn_conv1d_layer *conv,
                                   float *spectrum);

/* x  n x in     y  ana_nn_conv1d_length x out     tail  may be NULL
 * Runs as products on overlapping rows: nothing is unrolled. Since: nn 1 */
ANA_API int ana_nn_conv1d(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                          int64_t n, const float *x, const struct ana_nn_tail *tail,
                          float *y);

/* The same of each of `items` sequences, of which i has frames first[i] .. first[i + 1]
 * of x, first[0] = 0; their outputs lie one behind the other, too, and are those of the
 * sequence alone. Where there is a spectrum, short ones share what weights cost.
 * Since: nn 1 */
ANA_API int ana_nn_conv1d_each(struct ana_ctx *ctx,
                               const struct ana_nn_conv1d_layer *conv, int64_t items,
                               const int64_t *first, const float *x,
                               const struct ana_nn_tail *tail, float *y);

/* Operations that `ana_nn_conv1d` counts for n frames of x; `sums` and `spectrum` need be
 * set, not filled. Threads: any. Since: nn 1. */
ANA_API double ana_nn_conv1d_flops(const struct ana_nn_conv1d_layer *conv, int64_t n);

/* A convolution over pictures, rows x columns x channels; pixels outside are 0.
 * Since: nn 1. */
struct ana_nn_conv2d_layer {
    uint32_t size; /* sizeof (struct ana_nn_conv2d_layer) */
    int32_t reserved;
    int64_t in, out, groups;    /* channels, multiples of `groups` */
    int64_t taps[2], stride[2]; /* over rows, over columns */
    int64_t pad_before[2], pad_after[2];
    const float *w; /* out x taps[0] x taps[1] x in/groups: `ana_nn_conv2d_weights` */
};

/* Rows (axis 0) or columns (axis 1) of y for n of x. Threads: any. Since: nn 1. */
ANA_API int64_t ana_nn_conv2d_length(const struct ana_nn_conv2d_layer *conv, int axis,
                                     int64_t n);

/* torch's out x in/groups x taps0 x taps1 -> out x taps0 x taps1 x in/groups. Since: nn 1 */
ANA_API int ana_nn_conv2d_weights(struct ana_ctx *ctx, int64_t out, int64_t in_of_group,
                                  int64_t taps0, int64_t taps1, const float *w,
                                  float *to);

/* x  rows x columns x in     y  ..length(rows) x ..length(columns) x out. Since: nn 1 */
ANA_API int ana_nn_conv2d(struct ana_ctx *ctx, const struct ana_nn_conv2d_layer *conv,
                          int64_t rows, int64_t columns, const float *x,
                          const struct ana_nn_tail *tail, float *y);

/* Pooling over pictures; a sequence is a picture of one column. Since: nn 1. */
#define ANA_NN_MAX 1
#define ANA_NN_MEAN 2        /* over the pixels inside the picture */
#define ANA_NN_MEAN_PADDED 3 /* pixels outside count as 0: torch's count_include_pad */
struct ana_nn_pool2d_layer {
    uint32_t size; /* sizeof (struct ana_nn_pool2d_layer) */
    int32_t kind;  /* ANA_NN_MAX, ... */
    int64_t taps[2], stride[2], pad_before[2], pad_after[2];
};

/* Rows (axis 0) or columns (axis 1) of y for n of x. Threads: any. Since: nn 1. */
ANA_API int64_t ana_nn_pool2d_length(const struct ana_nn_pool2d_layer *pool, int axis,
                                     int64_t n);

/* x  rows x columns x channels     y  ..length(rows) x ..length(columns) x channels
 *
 * Since: nn 1 */
ANA_API int ana_nn_pool2d(struct ana_ctx *ctx, const struct ana_nn_pool2d_layer *pool,
                          int64_t rows, int64_t columns, int64_t channels, const float *x,
                          float *y);

/* Attention of n_queries on n_keys rows, H heads of `width` columns each; where kv_heads
 * < heads, neighbouring query heads share one (grouped-query). Scores are
 * scale * q'k + gate * bias; a CAUSAL query i sees keys up to i + n_keys - n_queries.
 * Nothing larger than a few rows of scores is held. Since: nn 1. */
#define ANA_NN_CAUSAL 1u
struct ana_nn_attention {
    uint32_t size; /* sizeof (struct ana_nn_attention) */
    uint32_t flags;
    int64_t n_queries, n_keys, heads, kv_heads, width;
    float scale; /* 1 / sqrt(width), as a rule */
    uint32_t pad;
    const float *q, *k, *v; /* rows of heads x width, `ld` numbers apart */
    int64_t ld_q, ld_k, ld_v, ld_out;
    const float
        *bias; /* heads x (n_queries + n_keys - 1), of key - query + n_queries - 1;
                          or NULL */
    const float *gate; /* n_queries x heads, factors of bias; NULL = 1 */
    float *near;       /* n_queries x heads x (2 reach + 1): the weights of keys
                          query - reach ... query + reach, 0 outside; NULL = not wanted */
    int64_t reach;
};

/* out  n_queries rows of heads x width, ld_out apart. Since: nn 1 */
ANA_API int ana_nn_attend(struct ana_ctx *ctx, const struct ana_nn_attention *attention,
                          float *out);

/* Turn the first 2 * half columns of each head by position / base^(i / half), i < half,
 * in place: column i with column i + half (Su et al. 2021, the half-split rule of Hugging
 * Face). Rows are `ld` apart, the first at position `first`. Since: nn 1 */
ANA_API int ana_nn_rotate(struct ana_ctx *ctx, int64_t n, int64_t heads, int64_t width,
                          int64_t half, double base, int64_t first, int64_t ld, float *x);

/* Sinusoidal positions, n x width: column i < width/2 is sin(t / longest^(i / (width/2 -
 * 1))), the second half its cosine (Whisper's layout). Since: nn 1 */
ANA_API int ana_nn_sinusoids(struct ana_ctx *ctx, int64_t n, int64_t width,
                             double longest, float *y);

/* The rows of a table (vocabulary x width) that ids name.
 * Errors: ANA_EDATA for an id outside the table. Since: nn 1 */
ANA_API int ana_nn_embed(struct ana_ctx *ctx, int64_t n, const int64_t *ids,
                         int64_t vocabulary, int64_t width, const float *table, float *y);

/* One direction of an LSTM layer, gates in torch's order (input, forget, cell, output);
 * backwards in time where `reverse` is 1, frame t still lying at row t.
 *
 * x  n x in     w_in  4 hidden x in     w_hidden  4 hidden x hidden
 * bias  4 hidden (both of torch's added), or NULL     y  n x hidden
 *
 * Since: nn 1 */
ANA_API int ana_nn_lstm(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t hidden,
                        int reverse, const float *x, const float *w_in,
                        const float *w_hidden, const float *bias, float *y);

#ifdef __cplusplus
}
#endif
#endif
