/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rows of <anaflow/nn.h> that are no matrix product, sixteen numbers at a time.
 * The Makefile compiles this file once an instruction set, ANA_KERNELS naming the table
 * that results; the compiler turns a vector of sixteen into what the set has.
 *
 * exp(x) = 2^k exp(r), k = round(x / ln 2), |r| <= ln 2 / 2: Taylor to the 7th power.
 * erf(z) = z P(z^2) / Q(z^2) on |z| <= 3.95, fitted by iterated least squares to 2e-8,
 *          4e-7 with float32's rounding; beyond it is 1.
 */
#include "nn/kernels.h"

#include <math.h>

#include <anaflow/nn.h>

enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t whole __attribute__((vector_size(64)));
typedef uint32_t bits __attribute__((vector_size(64)));
typedef float loose __attribute__((vector_size(64), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* Vectors go by value and no address of anything local is taken: so they live in
 * registers, and ASan's stacks, which are not aligned for them, hold none. */
INLINE lanes load(const float *x)
{
    return *(const loose *)x;
}

INLINE void store(lanes v, float *x)
{
    *(loose *)x = v;
}

#define FALL __attribute__((fallthrough));
#define FIFTEEN(step)                                                                    \
    step(15) step(14) step(13) step(12) step(11) step(10) step(9) step(8) step(7)        \
        step(6) step(5) step(4) step(3) step(2) step(1)

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

/* Each lane with the one n further on, n = 8 4 2 1 by turns: a tree. */
#define HALVES(step)                                                                     \
    step(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);                          \
    step(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);                          \
    step(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);                          \
    step(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)

INLINE lanes choose(whole mask, lanes yes, lanes no)
{
    return (lanes)((mask & (whole)yes) | (~mask & (whole)no));
}

/* A NaN stays one. */
INLINE lanes clamp(lanes v, float low, float high)
{
    const lanes zero = {0}, least = zero + low, most = zero + high;

    v = choose(v < least, least, v);
    return choose(v > most, most, v);
}

INLINE float sum(lanes v)
{
#define ADD(...) v += __builtin_shufflevector(v, v, __VA_ARGS__)
    HALVES(ADD);
#undef ADD
    return v[0];
}

/* For -87 <= x <= 88, where 2^k is added to the exponent of exp(r). */
INLINE lanes exponential_inside(lanes x)
{
    const float high = 0.693359375f, low = -2.12194440e-4f; /* together ln 2 */
    lanes shifted, k, r, p;

    /* Adding and taking away 1.5 * 2^23 rounds to a whole number, which meanwhile stands
     * in the lowest bits. */
    shifted = x * 1.44269504f + 12582912.0f;
    k = shifted - 12582912.0f;
    r = x - k * high;
    r = r - k * low;
    p = r * (1.0f / 5040) + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return (lanes)((bits)p + ((bits)shifted << 23));
}

INLINE lanes exponential(lanes x)
{
    return choose(x == x, exponential_inside(clamp(x, -87.0f, 88.0f)), x);
}

/* The same where no x is above 0. */
INLINE lanes exponential_below(lanes x)
{
    const lanes least = (lanes){0} - 87.0f;

    return choose(x == x, exponential_inside(choose(x < least, least, x)), x);
}

INLINE lanes error_function(lanes z)
{
    lanes u, p, q;

    z = clamp(z, -3.95f, 3.95f);
    u = z * z;
    p = u * 2.01373059e-06f + 0.00028709178f;
    p = p * u + 0.00389897518f;
    p = p * u + 0.0531505248f;
    p = p * u + 0.193621094f;
    p = p * u + 1.12837902f;
    q = u * 3.78335401e-05f + 0.00119356415f;
    q = q * u + 0.0152342034f;
    q = q * u + 0.11541774f;
    q = q * u + 0.50492387f;
    q = q * u + 1.0f;
    return z * p / q;
}

INLINE lanes logistic(lanes v)
{
    return 1.0f / (1.0f + exponential(-v));
}

INLINE lanes relu(lanes v)
{
    const lanes zero = {0};

    return choose(v < zero, zero, v); /* so that a NaN stays */
}

INLINE lanes gelu(lanes v)
{
    return 0.5f * v * (1.0f + error_function(v * 0.707106781f));
}

/* x (1 + tanh u) / 2 = x / (1 + exp(-2 u)) */
INLINE lanes gelu_tanh(lanes v)
{
    return v * logistic(1.59576912f * (v + 0.044715f * v * v * v));
}

INLINE lanes tangent(lanes v)
{
    return 2.0f * logistic(2.0f * v) - 1.0f;
}

INLINE lanes apply(lanes v, int32_t act)
{
    switch (act) {
    case ANA_NN_RELU:
        return relu(v);
    case ANA_NN_GELU:
        return gelu(v);
    case ANA_NN_GELU_TANH:
        return gelu_tanh(v);
    case ANA_NN_SILU:
        return v * logistic(v);
    case ANA_NN_TANH:
        return tangent(v);
    case ANA_NN_SIGMOID:
        return logistic(v);
    default:
        return v;
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

/* Sixteen columns of four rows at x, x + step, ...: a tap's weights are read once. */
INLINE void four_rows(int64_t n, int64_t taps, const float *x, int64_t step,
                      const float *w, lanes bias, int32_t act, float *y, int64_t ldy)
{
    lanes a = bias, b = bias, c = bias, d = bias;

    for (int64_t j = 0; j < taps; j++, x++, w += n) {
        const lanes weight = load(w);

        a += weight * x[0];
        b += weight * x[step];
        c += weight * x[2 * step];
        d += weight * x[3 * step];
    }
    store(apply(a, act), y);
    store(apply(b, act), y + ldy);
    store(apply(c, act), y + 2 * ldy);
    store(apply(d, act), y + 3 * ldy);
}

/* Columns [from, n) of one row. */
static void one_row(int64_t from, int64_t n, int64_t taps, const float *x, const float *w,
                    const float *bias, int32_t act, float *y)
{
    for (int64_t c = from; c < n; c++) {
        float all = bias ? bias[c] : 0;

        for (int64_t j = 0; j < taps; j++)
            all += x[j] * w[j * n + c];
        y[c] = all;
    }
    activate(n - from, y + from, act);
}

INLINE void rows_of_taps(int64_t rows, int64_t n, int64_t taps, const float *x,
                         int64_t step, const float *w, const float *bias, int32_t act,
                         float *y, int64_t ldy)
{
    const int64_t even = n - n % LANES;
    int64_t r = 0;

    for (; r + 4 <= rows; r += 4)
        for (int64_t c = 0; c < even; c += LANES)
            four_rows(n, taps, x + r * step, step, w + c,
                      bias ? load(bias + c) : (lanes){0}, act, y + r * ldy + c, ldy);
    for (int64_t t = 0; t < rows; t++)
        one_row(t < r ? even : 0, n, taps, x + t * step, w, bias, act, y + t * ldy);
}

static void few_taps(int64_t rows, int64_t n, int64_t taps, const float *x, int64_t step,
                     const float *w, const float *bias, int32_t act, float *y,
                     int64_t ldy)
{
    if (act == ANA_NN_GELU) { /* the one that such convolutions have */
        rows_of_taps(rows, n, taps, x, step, w, bias, ANA_NN_GELU, y, ldy);
        return;
    }
    rows_of_taps(rows, n, taps, x, step, w, bias, ANA_NN_NONE, y, ldy);
    for (int64_t r = 0; act != ANA_NN_NONE && r < rows; r++)
        activate(n, y + r * ldy, act);
}

#define LOW(a, b)                                                                        \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b)                                                                       \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,  \
                            15, 31)
/* Sixteen vectors a, of which i and i + 8 are shuffled together: four times is a square
 * turned over. */
#define SHUFFLE(a, b)                                                                    \
    lanes b##0 = LOW(a##0, a##8), b##1 = HIGH(a##0, a##8), b##2 = LOW(a##1, a##9),       \
          b##3 = HIGH(a##1, a##9), b##4 = LOW(a##2, a##10), b##5 = HIGH(a##2, a##10),    \
          b##6 = LOW(a##3, a##11), b##7 = HIGH(a##3, a##11), b##8 = LOW(a##4, a##12),    \
          b##9 = HIGH(a##4, a##12), b##10 = LOW(a##5, a##13), b##11 = HIGH(a##5, a##13), \
          b##12 = LOW(a##6, a##14), b##13 = HIGH(a##6, a##14), b##14 = LOW(a##7, a##15), \
          b##15 = HIGH(a##7, a##15)
static void turn_square(const float *x, int64_t ldx, float *y, int64_t ldy)
{
#define GET(i) lanes a##i = load(x + (i)*ldx);
#define PUT(i) store(e##i, y + (i)*ldy);
    FIFTEEN(GET)
    GET(0)
    SHUFFLE(a, b);
    SHUFFLE(b, c);
    SHUFFLE(c, d);
    SHUFFLE(d, e);
    FIFTEEN(PUT)
    PUT(0)
#undef GET
#undef PUT
}

static void turn(int64_t rows, int64_t columns, const float *x, int64_t ldx, float *y,
                 int64_t ldy)
{
    const int64_t R = rows - rows % LANES, C = columns - columns % LANES;

    for (int64_t r = 0; r < R; r += LANES)
        for (int64_t c = 0; c < C; c += LANES)
            turn_square(x + r * ldx + c, ldx, y + c * ldy + r, ldy);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = r < R ? C : 0; c < columns; c++)
            y[c * ldy + r] = x[r * ldx + c];
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

extern const struct ana_nn_kernels ANA_KERNELS;
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
    .few_taps = few_taps,
    .turn = turn,
    .combine = combine,
    .spread = spread,
};
