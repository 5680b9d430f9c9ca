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
#include <string.h>

#include <anaflow/nn.h>

enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t whole __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

/* Vectors go by pointer: how they are passed by value differs between the sets. */
INLINE void fill(lanes *v, float x)
{
    for (int i = 0; i < LANES; i++)
        (*v)[i] = x;
}

INLINE void load(lanes *v, const float *x)
{
    memcpy(v, x, sizeof *v);
}

INLINE void store(const lanes *v, float *x)
{
    memcpy(x, v, sizeof *v);
}

/* The last, shorter piece of a row, the other lanes `rest`. */
INLINE void load_part(lanes *v, const float *x, int64_t n, float rest)
{
    float part[LANES];

    for (int64_t i = 0; i < LANES; i++)
        part[i] = i < n ? x[i] : rest;
    load(v, part);
}

INLINE void store_part(const lanes *v, float *x, int64_t n)
{
    float part[LANES];

    store(v, part);
    for (int64_t i = 0; i < n; i++)
        x[i] = part[i];
}

INLINE void choose(lanes *out, const whole *mask, const lanes *yes, const lanes *no)
{
    *out = (lanes)((*mask & (whole)*yes) | (~*mask & (whole)*no));
}

INLINE void clamp(lanes *v, float low, float high)
{
    lanes bound;
    whole mask;

    fill(&bound, low);
    mask = *v < bound;
    choose(v, &mask, &bound, v);
    fill(&bound, high);
    mask = *v > bound;
    choose(v, &mask, &bound, v);
}

INLINE float sum(const lanes *v)
{
    float part[LANES];

    store(v, part);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            part[i] += part[i + half];
    return part[0];
}

INLINE void exponential(lanes *v)
{
    const float high = 0.693359375f, low = -2.12194440e-4f; /* together ln 2 */
    lanes x = *v, k, r, p;
    whole power;

    clamp(&x, -87.0f, 88.0f);
    /* Adding and taking away 1.5 * 2^23 rounds to a whole number; a NaN stays one. */
    k = x * 1.44269504f + 12582912.0f;
    k = k - 12582912.0f;
    r = x - k * high;
    r = r - k * low;
    p = r * (1.0f / 5040) + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    clamp(&k, -126.0f, 127.0f);
    power = k == k; /* a NaN is no number to convert */
    k = (lanes)(power & (whole)k);
    power = (__builtin_convertvector(k, whole) + 127) << 23;
    *v = p * (lanes)power;
}

INLINE void error_function(lanes *v)
{
    lanes z = *v, u, p, q;

    clamp(&z, -3.95f, 3.95f);
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
    *v = z * p / q;
}

INLINE void logistic(lanes *v)
{
    lanes e = -*v;

    exponential(&e);
    *v = 1.0f / (1.0f + e);
}

INLINE void relu(lanes *v)
{
    lanes zero = {0};
    const whole mask = *v < zero; /* so that a NaN stays */

    choose(v, &mask, &zero, v);
}

INLINE void gelu(lanes *v)
{
    lanes e = *v * 0.707106781f;

    error_function(&e);
    *v = 0.5f * *v * (1.0f + e);
}

/* x (1 + tanh u) / 2 = x / (1 + exp(-2 u)) */
INLINE void gelu_tanh(lanes *v)
{
    lanes g = 1.59576912f * (*v + 0.044715f * *v * *v * *v);

    logistic(&g);
    *v = *v * g;
}

INLINE void silu(lanes *v)
{
    lanes g = *v;

    logistic(&g);
    *v = *v * g;
}

INLINE void tangent(lanes *v)
{
    lanes g = 2.0f * *v;

    logistic(&g);
    *v = 2.0f * g - 1.0f;
}

INLINE void apply(lanes *v, int32_t act)
{
    switch (act) {
    case ANA_NN_RELU:
        relu(v);
        break;
    case ANA_NN_GELU:
        gelu(v);
        break;
    case ANA_NN_GELU_TANH:
        gelu_tanh(v);
        break;
    case ANA_NN_SILU:
        silu(v);
        break;
    case ANA_NN_TANH:
        tangent(v);
        break;
    case ANA_NN_SIGMOID:
        logistic(v);
        break;
    default:
        break;
    }
}

INLINE void activate_row(int64_t n, float *y, int32_t act)
{
    int64_t i = 0;
    lanes v;

    for (; i + LANES <= n; i += LANES) {
        load(&v, y + i);
        apply(&v, act);
        store(&v, y + i);
    }
    if (i < n) {
        load_part(&v, y + i, n - i, 0);
        apply(&v, act);
        store_part(&v, y + i, n - i);
    }
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
    lanes v, all = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        load(&v, x + i);
        all += v;
    }
    load_part(&v, x + i, n - i, 0);
    all += v;
    return sum(&all);
}

INLINE float row_squares(int64_t n, const float *x, float mean)
{
    lanes v, all = {0};
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        load(&v, x + i);
        v -= mean;
        all += v * v;
    }
    load_part(&v, x + i, n - i, mean);
    v -= mean;
    all += v * v;
    return sum(&all);
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

static float exp_sum(int64_t n, float *x)
{
    float most = n > 0 ? x[0] : 0;
    lanes v, all = {0};
    int64_t i = 0;

    if (n >= LANES) {
        float part[LANES];
        lanes top;

        load(&top, x);
        for (i = LANES; i + LANES <= n; i += LANES) {
            load(&v, x + i);
            const whole mask = v > top;

            choose(&top, &mask, &v, &top);
        }
        store(&top, part);
        for (int l = 0; l < LANES; l++)
            most = part[l] > most ? part[l] : most;
    }
    for (; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (i = 0; i + LANES <= n; i += LANES) {
        load(&v, x + i);
        v -= most;
        exponential(&v);
        all += v;
        store(&v, x + i);
    }
    if (i < n) {
        float part[LANES];

        load_part(&v, x + i, n - i, 0);
        v -= most;
        exponential(&v);
        store(&v, part);
        for (int64_t l = 0; l < LANES; l++)
            part[l] = l < n - i ? part[l] : 0;
        load(&v, part);
        all += v;
        store_part(&v, x + i, n - i);
    }
    return sum(&all);
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
};
