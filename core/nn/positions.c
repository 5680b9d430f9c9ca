/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a row stands: sinusoids added to it, a rotation of its queries and keys, or a
 * row of a learned table.
 */
#include <math.h>
#include <string.h>

#include <anaflow/nn.h>

int ana_nn_sinusoids(struct ana_ctx *ctx, int64_t n, int64_t width, double longest,
                     float *y)
{
    const int64_t half = width / 2;

    if (n < 0 || half < 2 || width % 2 != 0 || !(longest > 1))
        return ana_fail(ctx, ANA_ESHAPE, "sinusoids: %lld rows of %lld columns",
                        (long long)n, (long long)width);
    for (int64_t i = 0; i < half; i++) {
        const double rate = exp(-log(longest) / (double)(half - 1) * (double)i);

        for (int64_t t = 0; t < n; t++) {
            y[t * width + i] = (float)sin((double)t * rate);
            y[t * width + half + i] = (float)cos((double)t * rate);
        }
    }
    return 0;
}

int ana_nn_rotate(struct ana_ctx *ctx, int64_t n, int64_t heads, int64_t width,
                  int64_t half, double base, int64_t first, int64_t ld, float *x)
{
    if (n < 0 || heads < 1 || half < 1 || 2 * half > width || ld < heads * width ||
        !(base > 1))
        return ana_fail(ctx, ANA_ESHAPE,
                        "rotary positions: %lld of %lld columns in %lld heads",
                        (long long)(2 * half), (long long)width, (long long)heads);
    for (int64_t i = 0; i < half; i++) {
        const double rate = pow(base, -(double)i / (double)half);

        for (int64_t t = 0; t < n; t++) {
            const double angle = (double)(first + t) * rate;
            const float c = (float)cos(angle), s = (float)sin(angle);

            for (int64_t h = 0; h < heads; h++) {
                float *a = x + t * ld + h * width + i, *b = a + half;
                const float turned = *a * c - *b * s;

                *b = *b * c + *a * s;
                *a = turned;
            }
        }
    }
    return 0;
}

int ana_nn_embed(struct ana_ctx *ctx, int64_t n, const int64_t *ids, int64_t vocabulary,
                 int64_t width, const float *table, float *y)
{
    for (int64_t i = 0; i < n; i++) {
        if (ids[i] < 0 || ids[i] >= vocabulary)
            return ana_fail(ctx, ANA_EDATA,
                            "token %lld has id %lld; the table has %lld rows",
                            (long long)i, (long long)ids[i], (long long)vocabulary);
        memcpy(y + i * width, table + ids[i] * width, (size_t)width * sizeof *y);
    }
    return 0;
}
