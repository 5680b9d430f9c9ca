/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates):
 *   i, f, o = sigmoid(..), g = tanh(..) of w_in x_t + w_hidden h_{t-1} + bias
 *   c_t = f c_{t-1} + i g,    h_t = o tanh(c_t)
 * The inputs of all frames are one product; what remains is frame after frame.
 */
#include <string.h>

#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "nn/kernels.h"

static void step(const struct ana_nn_kernels *kernels, int64_t H, float *gates,
                 float *cell, float *y)
{
    kernels->activate(2 * H, gates, ANA_NN_SIGMOID);
    kernels->activate(H, gates + 2 * H, ANA_NN_TANH);
    kernels->activate(H, gates + 3 * H, ANA_NN_SIGMOID);
    for (int64_t i = 0; i < H; i++) {
        cell[i] = gates[H + i] * cell[i] + gates[i] * gates[2 * H + i];
        y[i] = cell[i];
    }
    kernels->activate(H, y, ANA_NN_TANH);
    for (int64_t i = 0; i < H; i++)
        y[i] *= gates[3 * H + i];
}

int ana_nn_lstm(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t hidden, int reverse,
                const float *x, const float *w_in, const float *w_hidden,
                const float *bias, float *y)
{
    const struct ana_nn_tail tail = {.size = sizeof tail, .bias = bias};
    const struct ana_nn_kernels *kernels = ana_nn_kernels();
    float *gates, *cell;
    int rc = ANA_ERESOURCE;

    if (n < 0 || in < 1 || hidden < 1 || hidden > INT64_MAX / 4)
        return ana_fail(ctx, ANA_ESHAPE, "lstm: %lld frames of %lld to %lld",
                        (long long)n, (long long)in, (long long)hidden);
    gates = ana_alloc(ctx, n, 4 * (size_t)hidden * sizeof *gates);
    cell = ana_alloc(ctx, hidden, sizeof *cell);
    if (gates && cell)
        rc = ana_nn_linear(ctx, n, in, 4 * hidden, x, w_in, &tail, gates);
    for (int64_t s = 0; rc == 0 && s < n; s++) {
        const int64_t t = reverse ? n - 1 - s : s, before = reverse ? t + 1 : t - 1;

        if (s > 0)
            rc = ana_gemm_f32(ctx, 0, 1, 1, 4 * hidden, hidden, 1, y + before * hidden,
                              hidden, w_hidden, hidden, 1, gates + t * 4 * hidden,
                              4 * hidden);
        if (rc == 0)
            step(kernels, hidden, gates + t * 4 * hidden, cell, y + t * hidden);
    }
    ana_free(ctx, gates);
    ana_free(ctx, cell);
    return rc;
}
