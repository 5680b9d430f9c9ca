/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Convolutions of three taps every second frame, with seven products for three outputs
 * instead of nine. C channels in, O out.
 *
 * With e[t] = x[2t] and o[t] = x[2t + 1],  y[t] = w0 e[t] + w2 e[t + 1] + w1 o[t]. The
 * even frames meet a filter of two taps every frame, of which three outputs cost four
 * products (Toom and Cook; F(3,2) of Winograd 1980):
 *
 *   a = (w0 + w2) / 2 (e1 + e2)      b = (w0 - w2) / 2 (e2 - e1)
 *   y0 = w0 (e0 - e2) + a + b        y1 = a - b        y2 = w2 (e3 - e1) + a + b
 *
 * Each is a product of many rows, the sums cost next to nothing beside it, and with
 * factors of 1 and 1/2 alone rounding hardly grows.
 */
#include "nn/toom.h"

#include <stddef.h>

#include <anaflow/linalg.h>

#include "base/context.h"
#include "nn/kernels.h"
#include "nn/product.h"

enum { TAPS = 3, STRIDE = 2, OUTPUTS = 3 };

int ana_nn_toom_fits(const struct ana_nn_conv1d_layer *conv)
{
    return conv->size >= offsetof(struct ana_nn_conv1d_layer, sums) + sizeof conv->sums &&
           conv->sums && conv->taps == TAPS && conv->stride == STRIDE &&
           conv->groups == 1;
}

int ana_nn_conv1d_sums(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                       float *sums)
{
    const int64_t C = conv->in, O = conv->out;

    if (C < 1 || O < 1 || conv->taps != TAPS || conv->stride != STRIDE ||
        conv->groups != 1)
        return ana_fail(ctx, ANA_ESHAPE,
                        "conv1d: there are no sums for %lld taps every %lld frames in "
                        "%lld groups, only for 3 every 2 in one",
                        (long long)conv->taps, (long long)conv->stride,
                        (long long)conv->groups);
    for (int64_t o = 0; o < O; o++)
        for (int64_t c = 0; c < C; c++) {
            const float *w = conv->w + o * TAPS * C + c;

            sums[o * C + c] = (w[0] + w[2 * C]) / 2;
            sums[(O + o) * C + c] = (w[0] - w[2 * C]) / 2;
        }
    return 0;
}

/* One sum of even frames a group: e[plus] + sign e[other]. */
struct mix {
    int plus, other;
    float sign;
};

static void mix_frames(int64_t groups, int64_t C, const float *x, struct mix mix,
                       float *to)
{
    const struct ana_nn_kernels *kernels = ana_nn_kernels();
    const int64_t step = STRIDE * C;

    for (int64_t g = 0; g < groups; g++, x += OUTPUTS * step, to += C)
        kernels->combine(C, x + mix.plus * step, x + mix.other * step, mix.sign, to);
}

/* The products of the even frames, added to `groups` x 3 rows of y. */
static int add_even(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv,
                    int64_t groups, const float *x, float *work, float *y)
{
    const struct ana_nn_kernels *kernels = ana_nn_kernels();
    const int64_t C = conv->in, O = conv->out;
    float *a = work + groups * C, *b = a + groups * O;
    const struct {
        struct mix mix;
        const float *w;
        int64_t ldw;
        int add;
        float *y;
        int64_t ldy;
    } product[] = {
        {{0, 2, -1}, conv->w, TAPS * C, 1, y, OUTPUTS * O},
        {{3, 1, -1}, conv->w + 2 * C, TAPS * C, 1, y + 2 * O, OUTPUTS * O},
        {{1, 2, 1}, conv->sums, C, 0, a, O},
        {{2, 1, -1}, conv->sums + O * C, C, 0, b, O},
    };
    int rc = 0;

    for (int i = 0; rc == 0 && i < 4; i++) {
        mix_frames(groups, C, x, product[i].mix, work);
        rc = ana_nn_product(ctx, groups, C, O, work, C, product[i].w, product[i].ldw,
                            product[i].add, product[i].y, product[i].ldy);
    }
    for (int64_t g = 0; rc == 0 && g < groups; g++)
        kernels->spread(O, a + g * O, b + g * O, y + g * OUTPUTS * O);
    return rc;
}

int ana_nn_toom(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv, int64_t n,
                const float *x, int add, float *y)
{
    const int64_t C = conv->in, O = conv->out, step = STRIDE * C;
    const int64_t groups = n / OUTPUTS, done = groups * OUTPUTS;
    float *work = ana_alloc_unset(ctx, groups * (C + 2 * O), sizeof *work);
    int rc = work ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_nn_product(ctx, n, C, O, x + C, step, conv->w + C, TAPS * C, add, y, O);
    if (rc == 0 && groups > 0)
        rc = add_even(ctx, conv, groups, x, work, y);
    for (int64_t tap = 0; rc == 0 && done < n && tap < TAPS; tap += 2)
        rc = ana_nn_product(ctx, n - done, C, O, x + done * step + tap * C, step,
                            conv->w + tap * C, TAPS * C, 1, y + done * O, O);
    ana_free(ctx, work);
    return rc;
}

double ana_nn_toom_flops(const struct ana_nn_conv1d_layer *conv, int64_t n)
{
    return ana_gemm_flops(n + 4 * (n / OUTPUTS) + 2 * (n % OUTPUTS), conv->out, conv->in);
}
