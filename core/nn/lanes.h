/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_NN_LANES_H
#define ANA_NN_LANES_H

/* Sixteen float32 numbers at a time, for what is compiled once an instruction set; the
 * compiler turns a vector of sixteen into what the set has.
 *
 * exp(x) = 2^k exp(r), k = round(x / ln 2), |r| <= ln 2 / 2: Taylor to the 7th power.
 * erf(z) = z P(z^2) / Q(z^2) on |z| <= 3.95, fitted by iterated least squares to 2e-8,
 *          4e-7 with float32's rounding; beyond it is 1. */
#include <stdint.h>

#include <anaflow/nn.h>

enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t whole __attribute__((vector_size(64)));
typedef uint32_t bits __attribute__((vector_size(64)));
typedef float loose __attribute__((vector_size(64), aligned(4), may_alias));

/* Nothing is called by these vectors' ABI: everything is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

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

/* step(i) for every i from 15 down to 1 */
#define FIFTEEN(step)                                                                    \
    step(15) step(14) step(13) step(12) step(11) step(10) step(9) step(8) step(7)        \
        step(6) step(5) step(4) step(3) step(2) step(1)

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

#endif
