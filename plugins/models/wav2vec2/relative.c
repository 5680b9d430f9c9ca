/* SPDX-License-Identifier: BSD-3-Clause
 *
 * WavLM's gated relative position bias (Chen et al. 2022, eq. 3-6; the buckets of Raffel
 * et al. 2020): a learned number for each head and bucket of key - query, and a gate that
 * the query sets itself.
 */
#include <math.h>

#include "network.h"

/* Half of the buckets for keys before the query, half for those after it; in each, the
 * first half counts frames, the rest grows with the logarithm. */
static int64_t bucket(const struct shape *shape, int64_t away)
{
    const int64_t half = shape->buckets / 2, exact = half / 2;
    const int64_t side = away > 0 ? half : 0, distance = away < 0 ? -away : away;
    int64_t far;

    if (distance < exact)
        return side + distance;
    /* In float32, as the published code: truncation must fall on the same side. */
    far = exact + (int64_t)(logf((float)distance / (float)exact) /
                            (float)log((double)shape->farthest / (double)exact) *
                            (float)(half - exact));
    return side + (far < half - 1 ? far : half - 1);
}

void relative_bias(const struct shape *shape, const float *table, int64_t T, float *bias)
{
    for (int64_t away = 1 - T; away < T; away++) {
        const int64_t row = bucket(shape, away);

        for (int64_t h = 0; h < shape->heads; h++)
            bias[h * (2 * T - 1) + away + T - 1] = table[row * shape->heads + h];
    }
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* gate = a (b factor - 1) + 2, a and b sigmoids of sums of four dense outputs each. */
void relative_gates(const struct shape *shape, const struct layer *layer, int64_t T,
                    const float *x, float *gates)
{
    const int64_t H = shape->heads, W = shape->width / H;

    for (int64_t i = 0; i < T * H; i++) {
        const float *head = x + i * W; /* row i / H, its columns of head i % H */
        float half[2] = {0, 0};

        for (int64_t o = 0; o < 8; o++) {
            float sum = layer->gate_bias[o];

            for (int64_t c = 0; c < W; c++)
                sum += layer->gate_w[o * W + c] * head[c];
            half[o / 4] += sum;
        }
        gates[i] =
            sigmoid(half[0]) * (sigmoid(half[1]) * layer->gate_factor[i % H] - 1) + 2;
    }
}
