/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of few taps, and turning a matrix over: blocks of rows and columns, sixteen
 * numbers at a time. Compiled once an instruction set, as kernels.c is.
 */
#include "nn/kernels_set.h"
#include "nn/lanes.h"

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
    ANA_KERNELS.activate(n - from, y + from, act);
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

void ANA_KERNEL(few_taps)(int64_t rows, int64_t n, int64_t taps, const float *x,
                          int64_t step, const float *w, const float *bias, int32_t act,
                          float *y, int64_t ldy)
{
    if (act == ANA_NN_GELU) { /* the one that such convolutions have */
        rows_of_taps(rows, n, taps, x, step, w, bias, ANA_NN_GELU, y, ldy);
        return;
    }
    rows_of_taps(rows, n, taps, x, step, w, bias, ANA_NN_NONE, y, ldy);
    for (int64_t r = 0; act != ANA_NN_NONE && r < rows; r++)
        ANA_KERNELS.activate(n, y + r * ldy, act);
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

void ANA_KERNEL(turn)(int64_t rows, int64_t columns, const float *x, int64_t ldx,
                      float *y, int64_t ldy)
{
    const int64_t R = rows - rows % LANES, C = columns - columns % LANES;

    for (int64_t r = 0; r < R; r += LANES)
        for (int64_t c = 0; c < C; c += LANES)
            turn_square(x + r * ldx + c, ldx, y + c * ldy + r, ldy);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = r < R ? C : 0; c < columns; c++)
            y[c * ldy + r] = x[r * ldx + c];
}
