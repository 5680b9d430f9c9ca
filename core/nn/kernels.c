/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rows of <anaflow/nn.h> that are no matrix product, sixteen numbers at a time.
 * The Makefile compiles this file once an instruction set, ANA_KERNELS naming the table
 * that results.
 */
#include "nn/kernels_set.h"
#include "nn/lanes.h"

#include <math.h>

#define FALL __attribute__((fallthrough));
/* The last, shorter piece of a row, the other lanes `rest`; n < 16. */
static lanes load_part(const float *x, int64_t n, float rest)
{
    lanes v = (lanes){0} + rest;

    switch (n) {
#define TAKE(count)                                                                      \
    case count:                                                                          \
        v[(count)-1] = x[(count)-1];                                                     \
        FALL
        FIFTEEN(TAKE)
#undef TAKE
    default:
        return v;
    }
}

static void store_part(lanes v, float *x, int64_t n)
{
    switch (n) {
#define GIVE(count)                                                                      \
    case count:                                                                          \
        x[(count)-1] = v[(count)-1];                                                     \
        FALL
        FIFTEEN(GIVE)
#undef GIVE
    default:
        break;
    }
}

INLINE void activate_row(int64_t n, float *y, int32_t act)
{
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(apply(load(y + i), act), y + i);
    if (i < n)
        store_part(apply(load_part(y + i, n - i, 0), act), y + i, n - i);
}

static void activate(int64_t n, float *y, int32_t act)
{
    switch (act) { /* one loop each, so that none asks inside */
    case ANA_NN_RELU:
        activate_row(n, y, ANA_NN_RELU);
        break;
    case ANA_NN_GELU:
        activate_row(n, y, ANA_NN_GELU);
        break;
    case ANA_NN_GELU_TANH:
        activate_row(n, y, ANA_NN_GELU_TANH);
        break;
    case ANA_NN_SILU:
        activate_row(n, y, ANA_NN_SILU);
        break;
    case ANA_NN_TANH:
        activate_row(n, y, ANA_NN_TANH);
        break;
    case ANA_NN_SIGMOID:
        activate_row(n, y, ANA_NN_SIGMOID);
        break;
    default:
        break;
    }
}

/* Simple enough for the compiler to widen by itself. */
static void affine(int64_t n, float *y, const float *scale, const float *bias,
                   const float *residual)
{
    if (scale && bias)
        for (int64_t i = 0; i < n; i++)
            y[i] = y[i] * scale[i] + bias[i];
    else if (scale)
        for (int64_t i = 0; i < n; i++)
            y[i] *= scale[i];
    else if (bias)
        for (int64_t i = 0; i < n; i++)
            y[i] += bias[i];
    if (residual)
        for (int64_t i = 0; i < n; i++)
            y[i] += residual[i];
}

INLINE float row_sum(int64_t n, const float *x)
{
    lanes all = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES)
        all += load(x + i);
    return sum(all + load_part(x + i, n - i, 0));
}

INLINE float row_squares(int64_t n, const float *x, float mean)
{
    lanes v, all = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        v = load(x + i) - mean;
        all += v * v;
    }
    v = load_part(x + i, n - i, mean) - mean;
    return sum(all + v * v);
}

static void layer_norm(int64_t n, const float *x, const float *gain, const float *bias,
                       float eps, float *y)
{
    const float mean = row_sum(n, x) / (float)n;
    const float factor = 1.0f / sqrtf(row_squares(n, x, mean) / (float)n + eps);

    for (int64_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * factor;
    affine(n, y, gain, bias, NULL);
}

static void rms_norm(int64_t n, const float *x, const float *gain, float eps, float *y)
{
    const float factor = 1.0f / sqrtf(row_squares(n, x, 0) / (float)n + eps);

    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * factor;
    affine(n, y, gain, NULL, NULL);
}

INLINE lanes larger(lanes a, lanes b)
{
    return choose(a > b, a, b);
}

/* 0 of no numbers; NaN may be passed over. */
INLINE float largest(int64_t n, const float *x)
{
    float most = n > 0 ? x[0] : 0;
    int64_t i = 0;

    if (n >= LANES) { /* four at once, that none waits for the one before */
        lanes top = load(x), b = top, c = top, d = top, v;

        for (; i + 4 * LANES <= n; i += 4 * LANES) {
            top = larger(load(x + i), top);
            b = larger(load(x + i + LANES), b);
            c = larger(load(x + i + 2 * LANES), c);
            d = larger(load(x + i + 3 * LANES), d);
        }
        top = larger(larger(b, top), larger(d, c));
        for (; i + LANES <= n; i += LANES)
            top = larger(load(x + i), top);
#define LARGER(...)                                                                      \
    v = __builtin_shufflevector(top, top, __VA_ARGS__);                                  \
    top = larger(v, top)
        HALVES(LARGER);
#undef LARGER
        most = top[0];
    }
    for (; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* The last vector of a row overlaps the one before: it is read before that is written, and
 * only its lanes beyond count. */
static float exp_sum(int64_t n, float *x)
{
    const whole lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const float most = largest(n, x);
    const int64_t rest = n % LANES;
    lanes v, last = {0}, all = {0};

    if (n < LANES) {
        v = exponential_below(load_part(x, n, 0) - most);
        store_part(v, x, n);
        return sum(load_part(x, n, 0));
    }
    if (rest > 0)
        last = exponential_below(load(x + n - LANES) - most);
    for (int64_t i = 0; i + LANES <= n; i += LANES) {
        v = exponential_below(load(x + i) - most);
        all += v;
        store(v, x + i);
    }
    if (rest > 0) {
        store(last, x + n - LANES);
        all += choose(lane >= (int32_t)(LANES - rest), last, (lanes){0});
    }
    return sum(all);
}

static void multiply(int64_t n, float *x, float factor)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= factor;
}

static void maximum(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = y[i] >= x[i] || y[i] != y[i] ? y[i] : x[i];
}

static void add(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void combine(int64_t n, const float *a, const float *b, float factor, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a[i] + factor * b[i];
}

static void spread(int64_t n, const float *a, const float *b, float *y)
{
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        const lanes sum = load(a + i) + load(b + i), rest = load(a + i) - load(b + i);

        store(load(y + i) + sum, y + i);
        store(load(y + n + i) + rest, y + n + i);
        store(load(y + 2 * n + i) + sum, y + 2 * n + i);
    }
    for (; i < n; i++) {
        y[i] += a[i] + b[i];
        y[n + i] += a[i] - b[i];
        y[2 * n + i] += a[i] + b[i];
    }
}

const struct ana_nn_kernels ANA_KERNELS = {
    .name = ANA_KERNELS_NAME,
    .affine = affine,
    .activate = activate,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .exp_sum = exp_sum,
    .multiply = multiply,
    .maximum = maximum,
    .add = add,
    .few_taps = ANA_KERNEL(few_taps),
    .turn = ANA_KERNEL(turn),
    .combine = combine,
    .spread = spread,
};
