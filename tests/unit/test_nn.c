/* SPDX-License-Identifier: BSD-3-Clause
 *
 * <anaflow/nn.h> against slow, obvious twins in double: each formula as a textbook
 * writes it, on odd sizes.
 */
#include <anaflow/nn.h>

#include "base/context.h"
#include "linalg/blas.h"
#include "linalg/pool.h"
#include "nn/kernels.h"
#include "nn/product.h"
#include "tests/unit/helpers.h"

#define NEW(n) new_row((n), __LINE__)

/* n numbers of about unit size. */
static float *new_row(int64_t n, int seed)
{
    float *x = malloc((size_t)(n > 0 ? n : 1) * sizeof *x);
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng rng;

    ana_rng_init(ctx, "test", seed, &rng);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)ana_rng_normal(&rng);
    ana_ctx_destroy(ctx);
    return x;
}

static double act(double x, int32_t kind)
{
    switch (kind) {
    case ANA_NN_RELU:
        return x > 0 ? x : 0;
    case ANA_NN_GELU:
        return x * (1 + erf(x / sqrt(2))) / 2;
    case ANA_NN_GELU_TANH:
        return x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) / 2;
    case ANA_NN_SILU:
        return x / (1 + exp(-x));
    case ANA_NN_TANH:
        return tanh(x);
    case ANA_NN_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x;
    }
}

static void check_near(const float *got, const double *want, int64_t n, double tolerance)
{
    double scale = 0;

    for (int64_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(want[i]));
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - want[i]) <= tolerance * (scale + 1),
                      "number %lld is %.9g, not %.9g (scale %g)", (long long)i,
                      (double)got[i], want[i], scale);
}

static void tail_twin(const struct ana_nn_tail *tail, int64_t n, const float *residual,
                      double *row)
{
    double mean = 0, var = 0;

    for (int64_t i = 0; i < n; i++) {
        row[i] = row[i] * (tail->scale ? (double)tail->scale[i] : 1) +
                 (tail->bias ? (double)tail->bias[i] : 0) +
                 (residual ? (double)residual[i] : 0);
        mean += row[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++)
        var += (row[i] - mean) * (row[i] - mean) / (double)n;
    for (int64_t i = 0; i < n; i++) {
        if (tail->gain)
            row[i] =
                (row[i] - mean) / sqrt(var + (double)tail->eps) * (double)tail->gain[i] +
                (tail->shift ? (double)tail->shift[i] : 0);
        row[i] = act(row[i], tail->act);
    }
}

START_TEST(every_kernel_set_computes_every_activation_to_a_millionth)
{
    const struct ana_nn_kernels *sets[3];
    const int n_sets = ana_nn_kernel_sets(sets);
    enum { N = 100003 };
    float *y = malloc(N * sizeof *y);
    double *want = malloc(N * sizeof *want);

    for (int s = 0; s < n_sets; s++)
        for (int32_t kind = ANA_NN_NONE; kind <= ANA_NN_SIGMOID; kind++) {
            for (int64_t i = 0; i < N; i++) {
                y[i] = (float)(24.0 * (double)i / N - 12);
                want[i] = act((double)y[i], kind);
            }
            sets[s]->activate(N, y, kind);
            for (int64_t i = 0; i < N; i++)
                ck_assert_msg(fabs((double)y[i] - want[i]) <
                                  1e-6 * fmax(1, fabs(want[i])),
                              "%s, activation %d: %g is not %g", sets[s]->name, kind,
                              (double)y[i], want[i]);
        }
    free(y);
    free(want);
}
END_TEST

START_TEST(kernel_sets_agree_on_rows_of_every_length)
{
    const struct ana_nn_kernels *sets[3];
    const int n_sets = ana_nn_kernel_sets(sets);

    for (int64_t n = 1; n < 70; n++) {
        float *x = NEW(n), *gain = NEW(n), *bias = NEW(n), *residual = NEW(n);
        float got[3][70], one[3];
        double want[70], sum = 0, most = -1e9;
        const struct ana_nn_tail norm = {
            .gain = gain, .shift = bias, .eps = 1e-5f, .residual = NULL};

        for (int s = 0; s < n_sets; s++) {
            sets[s]->layer_norm(n, x, gain, bias, 1e-5f, got[s]);
            for (int64_t i = 0; i < n; i++)
                want[i] = (double)x[i];
            tail_twin(&norm, n, NULL, want);
            check_near(got[s], want, n, 1e-5);

            memcpy(got[s], x, (size_t)n * sizeof *x);
            sets[s]->affine(n, got[s], gain, bias, residual);
            for (int64_t i = 0; i < n; i++)
                want[i] = (double)x[i] * (double)gain[i] + (double)bias[i] +
                          (double)residual[i];
            check_near(got[s], want, n, 1e-6);

            memcpy(got[s], x, (size_t)n * sizeof *x);
            one[s] = sets[s]->exp_sum(n, got[s]);
            sum = 0;
            most = -1e9;
            for (int64_t i = 0; i < n; i++)
                most = fmax(most, (double)x[i]);
            for (int64_t i = 0; i < n; i++)
                sum += want[i] = exp((double)x[i] - most);
            check_near(got[s], want, n, 1e-6);
            ck_assert_double_eq_tol((double)one[s], sum, 1e-5 * sum);
        }
        free(x);
        free(gain);
        free(bias);
        free(residual);
    }
}
END_TEST

START_TEST(kernel_sets_turn_matrices_and_convolve_few_numbers)
{
    enum { ROWS = 37, COLUMNS = 35, TAPS = 3, STEP = 2 };
    const struct ana_nn_kernels *sets[3];
    const int n_sets = ana_nn_kernel_sets(sets);
    float *x = NEW(ROWS * 40), *w = NEW(TAPS * COLUMNS), *bias = NEW(COLUMNS);
    float y[COLUMNS * 41], z[ROWS * 41];

    for (int s = 0; s < n_sets; s++)
        for (int64_t rows = 1; rows <= ROWS; rows += 4) {
            for (int i = 0; i < COLUMNS * 41; i++)
                y[i] = -5;
            sets[s]->turn(rows, COLUMNS, x, 40, y, 41);
            for (int64_t c = 0; c < COLUMNS; c++)
                for (int64_t r = 0; r < 41; r++)
                    ck_assert(y[c * 41 + r] == (r < rows ? x[r * 40 + c] : -5));
            for (int32_t act = ANA_NN_NONE; act <= ANA_NN_GELU; act++) {
                const int with = act != ANA_NN_RELU; /* a bias */
                const struct ana_nn_tail tail = {.act = act, .bias = with ? bias : NULL};

                sets[s]->few_taps(rows, COLUMNS, TAPS, x, STEP, w, tail.bias, act, z, 41);
                for (int64_t r = 0; r < rows; r++) {
                    double want[COLUMNS] = {0};

                    for (int i = 0; i < TAPS * COLUMNS; i++)
                        want[i % COLUMNS] +=
                            (double)x[r * STEP + i / COLUMNS] * (double)w[i];
                    tail_twin(&tail, COLUMNS, NULL, want);
                    check_near(z + r * 41, want, COLUMNS, 1e-5);
                }
            }
        }
    free(x);
    free(w);
    free(bias);
}
END_TEST

START_TEST(nan_goes_through_every_kernel)
{
    const struct ana_nn_kernels *sets[3];
    const int n_sets = ana_nn_kernel_sets(sets);

    for (int s = 0; s < n_sets; s++)
        for (int64_t at = 0; at < 37; at++) {
            for (int32_t kind = ANA_NN_NONE; kind <= ANA_NN_SIGMOID; kind++) {
                float y[37] = {0};

                y[at] = NAN;
                sets[s]->activate(37, y, kind);
                ck_assert_msg(isnan(y[at]), "%s %d", sets[s]->name, kind);
            }
            float y[37] = {0};

            y[at] = NAN;
            ck_assert(isnan(sets[s]->exp_sum(37, y)));
        }
}
END_TEST

START_TEST(anaflow_isa_generic_forces_portable_c)
{
    setenv("ANAFLOW_ISA", "generic", 1);
    ck_assert_str_eq(ana_nn_kernels()->name, "generic");
    unsetenv("ANAFLOW_ISA");
    const struct ana_nn_kernels *sets[3];
    const int n = ana_nn_kernel_sets(sets);
    ck_assert_ptr_eq(ana_nn_kernels(), sets[n - 1]);
}
END_TEST

/* Which parts of a tail are on, by the bits of `parts`. */
static struct ana_nn_tail make_tail(int parts, const float *numbers, int64_t out,
                                    const float *residual)
{
    return (struct ana_nn_tail){.size = sizeof(struct ana_nn_tail),
                                .act = parts & 1 ? ANA_NN_GELU : ANA_NN_NONE,
                                .scale = parts & 2 ? numbers : NULL,
                                .bias = parts & 4 ? numbers + out : NULL,
                                .residual = parts & 8 ? residual : NULL,
                                .gain = parts & 16 ? numbers + 2 * out : NULL,
                                .shift = parts & 32 ? numbers + 3 * out : NULL,
                                .eps = 1e-5f};
}

START_TEST(linear_does_product_and_every_tail)
{
    static const int64_t shapes[][3] = {
        {1, 1, 1}, {7, 5, 3}, {800, 33, 400}, {2, 9, 850}};
    struct ana_ctx *ctx = test_ctx();

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int parts = 0; parts < 64; parts++) {
            const int64_t n = shapes[s][0], in = shapes[s][1], out = shapes[s][2];
            float *x = NEW(n * in), *w = NEW(out * in), *numbers = NEW(4 * out);
            float *residual = NEW(n * out), *y = malloc((size_t)(n * out) * sizeof *y);
            double *want = malloc((size_t)out * sizeof *want);
            const struct ana_nn_tail tail = make_tail(parts, numbers, out, residual);

            ck_assert_int_eq(ana_nn_linear(ctx, n, in, out, x, w, &tail, y), 0);
            for (int64_t r = 0; r<n; r += n> 100 ? 97 : 1) {
                for (int64_t o = 0; o < out; o++) {
                    want[o] = 0;
                    for (int64_t i = 0; i < in; i++)
                        want[o] += (double)x[r * in + i] * (double)w[o * in + i];
                }
                tail_twin(&tail, out, parts & 8 ? residual + r * out : NULL, want);
                if (out > 2 || !tail.gain) /* the norm of one number is noise */
                    check_near(y + r * out, want, out, 2e-5);
            }
            free(x);
            free(w);
            free(numbers);
            free(residual);
            free(y);
            free(want);
        }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(linear_adds_to_a_residual_in_place)
{
    struct ana_ctx *ctx = test_ctx();
    float *x = NEW(5 * 6), *w = NEW(4 * 6), *y = NEW(5 * 4), *old = NEW(5 * 4);
    struct ana_nn_tail tail = {.size = sizeof tail, .residual = y};

    memcpy(old, y, 20 * sizeof *y);
    ck_assert_int_eq(ana_nn_linear(ctx, 5, 6, 4, x, w, &tail, y), 0);
    for (int i = 0; i < 20; i++) {
        double want = (double)old[i];

        for (int k = 0; k < 6; k++)
            want += (double)x[i / 4 * 6 + k] * (double)w[i % 4 * 6 + k];
        ck_assert_double_eq_tol((double)y[i], want, 1e-5);
    }
    memcpy(old, y, 20 * sizeof *y); /* with a bias, and a norm of it all */
    tail = (struct ana_nn_tail){
        .size = sizeof tail, .bias = x, .residual = y, .gain = w, .eps = 1e-5f};
    ck_assert_int_eq(ana_nn_linear(ctx, 5, 6, 4, x, w, &tail, y), 0);
    for (int r = 0; r < 5; r++) {
        double want[4] = {0};

        for (int i = 0; i < 4; i++)
            for (int k = 0; k < 6; k++)
                want[i] += (double)x[r * 6 + k] * (double)w[i * 6 + k];
        tail_twin(&tail, 4, old + r * 4, want);
        check_near(y + r * 4, want, 4, 1e-5);
    }
    tail = (struct ana_nn_tail){.size = sizeof tail, .scale = w, .residual = y};
    ck_assert_int_eq(ana_nn_linear(ctx, 5, 6, 4, x, w, &tail, y), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx),
                     "linear: a residual in place cannot be kept from the scale");
    ck_assert_int_eq(ana_nn_linear(ctx, 5, 0, 4, x, w, NULL, y), ANA_ESHAPE);
    free(x);
    free(w);
    free(y);
    free(old);
    ana_ctx_destroy(ctx);
}
END_TEST

static float *make_spectrum(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *conv)
{
    float *spectrum;
    int64_t count;

    ck_assert_int_eq(ana_nn_conv1d_spectrum_size(ctx, conv, &count), 0);
    spectrum = malloc((size_t)count * sizeof *spectrum);
    ck_assert_int_eq(ana_nn_conv1d_spectrum(ctx, conv, spectrum), 0);
    return spectrum;
}

/* by: directly, with the sums of weights that save products, or with their spectrum. */
enum { DIRECT, SUMMED, SPECTRUM };

static void check_conv1d(struct ana_ctx *ctx, const struct ana_nn_conv1d_layer *shape,
                         int64_t n, int parts, int by)
{
    struct ana_nn_conv1d_layer conv = *shape;
    const int64_t C = conv.in / conv.groups, O = conv.out / conv.groups;
    const int64_t T = ana_nn_conv1d_length(&conv, n);
    float *x = NEW(n * conv.in), *torch = NEW(conv.out * C * conv.taps);
    float *w = malloc((size_t)(conv.out * C * conv.taps) * sizeof *w);
    float *numbers = NEW(4 * conv.out), *residual = NEW(T * conv.out), *sums = NULL;
    float *y = malloc((size_t)(T * conv.out + 1) * sizeof *y);
    double *want = malloc((size_t)conv.out * sizeof *want), flops;
    const struct ana_nn_tail tail = make_tail(parts, numbers, conv.out, residual);

    ck_assert_int_eq(ana_nn_conv1d_weights(ctx, conv.out, C, conv.taps, torch, w), 0);
    conv.w = w;
    conv.size = sizeof conv;
    if (by == SUMMED) {
        sums = malloc((size_t)(2 * conv.out * C) * sizeof *sums);
        ck_assert_int_eq(ana_nn_conv1d_sums(ctx, &conv, sums), 0);
        conv.sums = sums;
    }
    if (by == SPECTRUM)
        conv.spectrum = sums = make_spectrum(ctx, &conv);
    flops = ana_ctx_flops(ctx);
    ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, n, x, &tail, y), 0);
    ck_assert_double_eq(ana_ctx_flops(ctx) - flops, ana_nn_conv1d_flops(&conv, n));
    for (int64_t t = 0; t < T; t++) {
        for (int64_t o = 0; o < conv.out; o++) {
            want[o] = 0;
            for (int64_t j = 0; j < conv.taps; j++)
                for (int64_t c = 0; c < C; c++) {
                    const int64_t from = t * conv.stride - conv.pad_before + j;

                    if (from >= 0 && from < n)
                        want[o] += (double)x[from * conv.in + o / O * C + c] *
                                   (double)torch[(o * C + c) * conv.taps + j];
                }
        }
        tail_twin(&tail, conv.out, parts & 8 ? residual + t * conv.out : NULL, want);
        check_near(y + t * conv.out, want, conv.out, 3e-5);
    }
    free(x);
    free(torch);
    free(w);
    free(sums);
    free(numbers);
    free(residual);
    free(y);
    free(want);
}

START_TEST(conv1d_is_the_sum_over_taps)
{
    static const struct ana_nn_conv1d_layer shapes[] = {
        {.in = 1, .out = 12, .taps = 10, .stride = 5, .groups = 1},
        {.in = 32, .out = 7, .taps = 3, .stride = 2, .groups = 1},
        {.in = 300, .out = 5, .taps = 2, .stride = 2, .groups = 1},
        {.in = 300, .out = 4, .taps = 3, .stride = 2, .groups = 1},
        {.in = 12,
         .out = 12,
         .taps = 128,
         .stride = 1,
         .groups = 4,
         .pad_before = 64,
         .pad_after = 63},
        {.in = 20,
         .out = 6,
         .taps = 3,
         .stride = 1,
         .groups = 1,
         .pad_before = 1,
         .pad_after = 1},
        {.in = 6, .out = 9, .taps = 4, .stride = 1, .groups = 3, .pad_before = 3},
        {.in = 5, .out = 4, .taps = 2, .stride = 7, .groups = 1},
        {.in = 8,
         .out = 8,
         .taps = 5,
         .stride = 1,
         .groups = 8,
         .pad_before = 2,
         .pad_after = 2},
    };
    struct ana_ctx *ctx = test_ctx();

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int parts = 0; parts < 64; parts += 9)
            check_conv1d(ctx, &shapes[s], 131, parts, DIRECT);
    check_conv1d(ctx, &shapes[1], 1203, 0, DIRECT); /* more than one block of outputs */
    ck_assert_int_eq(ana_nn_conv1d_length(&shapes[0], 9), 0);
    ck_assert_int_eq(ana_nn_conv1d_length(&shapes[0], 10), 1);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(conv1d_with_sums_is_the_same_with_fewer_operations)
{
    static const struct ana_nn_conv1d_layer conv = {
        .in = 33, .out = 20, .taps = 3, .stride = 2, .groups = 1};
    static const struct ana_nn_conv1d_layer padded = {.in = 40,
                                                      .out = 7,
                                                      .taps = 3,
                                                      .stride = 2,
                                                      .groups = 1,
                                                      .pad_before = 1,
                                                      .pad_after = 1};
    static const struct ana_nn_conv1d_layer other = {
        .in = 8, .out = 8, .taps = 3, .stride = 1, .groups = 1};
    struct ana_ctx *ctx = test_ctx();
    double direct, summed;
    float none;

    for (int64_t n = 3; n < 20; n++) /* fewer than three, whole threes, and a rest */
        check_conv1d(ctx, &conv, n, 0, SUMMED);
    for (int parts = 0; parts < 64; parts += 9) {
        check_conv1d(ctx, &conv, 131, parts, SUMMED);
        check_conv1d(ctx, &padded, 130, parts, SUMMED);
    }
    check_conv1d(ctx, &conv, 4003, 0, SUMMED); /* more than one block of outputs */
    direct = ana_ctx_flops(ctx);
    check_conv1d(ctx, &conv, 1201, 0, DIRECT);
    summed = ana_ctx_flops(ctx);
    direct = summed - direct;
    check_conv1d(ctx, &conv, 1201, 0, SUMMED);
    summed = ana_ctx_flops(ctx) - summed;
    ck_assert_double_eq_tol(summed / direct, 7.0 / 9, 1e-9);
    ck_assert_int_eq(ana_nn_conv1d_sums(ctx, &other, &none), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "conv1d: there are no sums for 3 taps every 1 "
                                     "frames in 1 groups, only for 3 every 2 in one");
    ana_ctx_destroy(ctx);
}
END_TEST

/* Shapes whose taps are no multiple of the phases, and few; more blocks than a task's. */
START_TEST(conv1d_by_its_spectrum_is_the_same_with_a_quarter_of_the_operations)
{
    static const struct ana_nn_conv1d_layer shapes[] = {
        {.in = 12,
         .out = 12,
         .taps = 128,
         .stride = 1,
         .groups = 4,
         .pad_before = 64,
         .pad_after = 63},
        {.in = 10,
         .out = 6,
         .taps = 19,
         .stride = 1,
         .groups = 2,
         .pad_before = 9,
         .pad_after = 9},
        {.in = 5, .out = 7, .taps = 1, .stride = 1, .groups = 1},
        {.in = 3, .out = 4, .taps = 6, .stride = 1, .groups = 1, .pad_before = 5},
    };
    static const struct ana_nn_conv1d_layer base = {.size = sizeof base,
                                                    .in = 768,
                                                    .out = 768,
                                                    .taps = 128,
                                                    .stride = 1,
                                                    .groups = 16,
                                                    .pad_before = 64,
                                                    .pad_after = 63};
    static const struct ana_nn_conv1d_layer other = {
        .in = 8, .out = 8, .taps = 3, .stride = 2, .groups = 1};
    struct ana_nn_conv1d_layer summed = base;
    struct ana_ctx *ctx = test_ctx();
    int64_t count;

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int parts = 0; parts < 64; parts += 9) {
            check_conv1d(ctx, &shapes[s], 131, parts, SPECTRUM);
            check_conv1d(ctx, &shapes[s], 6, parts, SPECTRUM);
        }
    check_conv1d(ctx, &shapes[0], 1203, 0, SPECTRUM);
    summed.spectrum = (const float[]){0};
    ck_assert_double_eq_tol(
        ana_nn_conv1d_flops(&summed, 528) / ana_nn_conv1d_flops(&base, 528), 0.22, 0.01);
    ck_assert_int_eq(ana_nn_conv1d_spectrum_size(ctx, &other, &count), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "conv1d: there is no spectrum of 3 taps every 2 "
                                     "frames, 8 to 8 channels in 1 groups");
    ana_ctx_destroy(ctx);
}
END_TEST

/* One behind the other, with and without a spectrum, the norm and the residual too. */
START_TEST(conv1d_of_each_sequence_has_the_bits_of_that_sequence_alone)
{
    enum { D = 96, N = 700 };
    static const int64_t first[] = {0, 99, 99, 400, 402, 403, N};
    struct ana_ctx *ctx = test_ctx();
    float *x = NEW(N * D), *w = NEW(D * 128 * 6), *norm = NEW(D), *residual = NEW(N * D);
    float *y = malloc(N * D * sizeof *y), *alone = malloc(N * D * sizeof *alone);
    struct ana_nn_conv1d_layer conv = {.size = sizeof conv,
                                       .in = D,
                                       .out = D,
                                       .taps = 128,
                                       .stride = 1,
                                       .groups = 16,
                                       .pad_before = 64,
                                       .pad_after = 63,
                                       .w = w};
    struct ana_nn_tail tail = {
        .size = sizeof tail, .act = ANA_NN_GELU, .gain = norm, .eps = 1e-5f};
    float *spectrum = make_spectrum(ctx, &conv);

    for (int by = 0; by < 2; by++) {
        conv.spectrum = by ? spectrum : NULL;
        tail.residual = residual;
        ck_assert_int_eq(ana_nn_conv1d_each(ctx, &conv, 6, first, x, &tail, y), 0);
        for (int i = 0; i < 6; i++) {
            tail.residual = residual + first[i] * D;
            ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, first[i + 1] - first[i],
                                           x + first[i] * D, &tail, alone + first[i] * D),
                             0);
        }
        ck_assert_mem_eq(y, alone, N * D * sizeof *y);
    }
    free(x);
    free(w);
    free(norm);
    free(residual);
    free(y);
    free(alone);
    free(spectrum);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(causal_conv1d_sees_nothing_that_comes_later)
{
    struct ana_ctx *ctx = test_ctx();
    float *w = NEW(4 * 3 * 5), *x = NEW(40 * 3), a[160], b[160];
    const struct ana_nn_conv1d_layer conv = {
        .in = 3, .out = 4, .taps = 5, .stride = 1, .groups = 1, .pad_before = 4, .w = w};

    ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, 40, x, NULL, a), 0);
    for (int i = 20 * 3; i < 120; i++)
        x[i] += 1;
    ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, 40, x, NULL, b), 0);
    ck_assert_mem_eq(a, b, 80 * sizeof *a);
    ck_assert(memcmp(a + 80, b + 80, 4 * sizeof *a) != 0);
    free(w);
    free(x);
    ana_ctx_destroy(ctx);
}
END_TEST

static void check_conv2d(struct ana_ctx *ctx, const struct ana_nn_conv2d_layer *shape,
                         int64_t H, int64_t W, int parts)
{
    struct ana_nn_conv2d_layer conv = *shape;
    const int64_t C = conv.in / conv.groups, O = conv.out / conv.groups;
    const int64_t *k = conv.taps, P = ana_nn_conv2d_length(&conv, 0, H);
    const int64_t Q = ana_nn_conv2d_length(&conv, 1, W), each = k[0] * k[1];
    float *x = NEW(H * W * conv.in), *torch = NEW(conv.out * C * each);
    float *w = malloc((size_t)(conv.out * C * each) * sizeof *w);
    float *numbers = NEW(4 * conv.out), *residual = NEW(P * Q * conv.out);
    float *y = malloc((size_t)(P * Q * conv.out) * sizeof *y);
    double *want = malloc((size_t)conv.out * sizeof *want);
    const struct ana_nn_tail tail = make_tail(parts, numbers, conv.out, residual);

    ck_assert_int_eq(ana_nn_conv2d_weights(ctx, conv.out, C, k[0], k[1], torch, w), 0);
    conv.w = w;
    ck_assert_int_eq(ana_nn_conv2d(ctx, &conv, H, W, x, &tail, y), 0);
    for (int64_t p = 0; p < P * Q; p++) {
        for (int64_t o = 0; o < conv.out; o++) {
            want[o] = 0;
            for (int64_t i = 0; i < each; i++) {
                const int64_t r = p / Q * conv.stride[0] - conv.pad_before[0] + i / k[1];
                const int64_t q = p % Q * conv.stride[1] - conv.pad_before[1] + i % k[1];

                for (int64_t c = 0; c < C && r >= 0 && r < H && q >= 0 && q < W; c++)
                    want[o] += (double)x[(r * W + q) * conv.in + o / O * C + c] *
                               (double)torch[(o * C + c) * each + i];
            }
        }
        tail_twin(&tail, conv.out, parts & 8 ? residual + p * conv.out : NULL, want);
        check_near(y + p * conv.out, want, conv.out, 3e-5);
    }
    free(x);
    free(torch);
    free(w);
    free(numbers);
    free(residual);
    free(y);
    free(want);
}

START_TEST(conv2d_is_the_sum_over_taps)
{
    static const struct ana_nn_conv2d_layer shapes[] = {
        {.in = 1,
         .out = 6,
         .groups = 1,
         .taps = {9, 9},
         .stride = {3, 3},
         .pad_before = {3, 3},
         .pad_after = {3, 3}},
        {.in = 8, .out = 5, .groups = 1, .taps = {1, 1}, .stride = {1, 1}},
        {.in = 8, .out = 5, .groups = 1, .taps = {1, 1}, .stride = {2, 2}},
        {.in = 6,
         .out = 4,
         .groups = 2,
         .taps = {3, 2},
         .stride = {1, 2},
         .pad_before = {1, 0},
         .pad_after = {1, 1}},
    };
    struct ana_ctx *ctx = test_ctx();

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int parts = 0; parts < 16; parts += 5)
            check_conv2d(ctx, &shapes[s], 23, 31, parts);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(pooling_takes_the_largest_or_the_mean)
{
    struct ana_ctx *ctx = test_ctx();
    enum { H = 7, W = 9, C = 5 };
    float *x = NEW(H * W * C), *y = malloc(4 * H * W * C * sizeof *y);

    for (int32_t kind = ANA_NN_MAX; kind <= ANA_NN_MEAN_PADDED; kind++) {
        const struct ana_nn_pool2d_layer pool = {.kind = kind,
                                                 .taps = {3, 2},
                                                 .stride = {2, 2},
                                                 .pad_before = {1, 0},
                                                 .pad_after = {1, 1}};
        const int64_t P = ana_nn_pool2d_length(&pool, 0, H);
        const int64_t Q = ana_nn_pool2d_length(&pool, 1, W);

        ck_assert_int_eq(P, 4);
        ck_assert_int_eq(Q, 5);
        ck_assert_int_eq(ana_nn_pool2d(ctx, &pool, H, W, C, x, y), 0);
        for (int64_t i = 0; i < P * Q * C; i++) {
            double most = -INFINITY, sum = 0;
            int n = 0;

            for (int64_t j = 0; j < 6; j++) {
                const int64_t r = i / C / Q * 2 - 1 + j / 2, q = i / C % Q * 2 + j % 2;

                if (r < 0 || r >= H || q < 0 || q >= W)
                    continue;
                most = fmax(most, (double)x[(r * W + q) * C + i % C]);
                sum += (double)x[(r * W + q) * C + i % C];
                n++;
            }
            ck_assert_double_eq_tol((double)y[i],
                                    kind == ANA_NN_MAX    ? most
                                    : kind == ANA_NN_MEAN ? sum / n
                                                          : sum / 6,
                                    1e-6);
        }
    }
    free(x);
    free(y);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(norms_give_mean_0_and_variance_1_of_what_they_count)
{
    struct ana_ctx *ctx = test_ctx();
    enum { N = 700, C = 12 };
    float *x = NEW(N * C), *y = malloc(N * C * sizeof *y), gain[C], bias[C];

    for (int i = 0; i < N * C; i++)
        x[i] = x[i] * 3 + 1000; /* far from 0: sums must be careful */
    for (int c = 0; c < C; c++) {
        gain[c] = 1 + (float)c;
        bias[c] = (float)c;
    }
    for (int64_t groups = 1; groups <= C; groups = groups == 1 ? 3 : groups * 4) {
        ck_assert_int_eq(ana_nn_group_norm(ctx, N, C, groups, x, gain, bias, 1e-5f, y),
                         0);
        for (int64_t g = 0; g < groups; g++) {
            double mean = 0, square = 0;

            for (int64_t i = 0; i < N * C; i++)
                if (i % C / (C / groups) == g) {
                    const double d =
                        ((double)y[i] - (double)bias[i % C]) / (double)gain[i % C];

                    mean += d;
                    square += d * d;
                }
            mean /= (double)(N * C / groups);
            square /= (double)(N * C / groups);
            ck_assert_double_eq_tol(mean, 0, 2e-6);
            ck_assert_double_eq_tol(square, 1, 1e-4);
        }
    }
    ck_assert_int_eq(ana_nn_rms_norm(ctx, N, C, x, gain, 0, y), 0);
    for (int i = 0; i < N; i++) {
        double square = 0;

        for (int c = 0; c < C; c++)
            square += (double)(y[i * C + c] / gain[c] * y[i * C + c] / gain[c]);
        ck_assert_double_eq_tol(square / C, 1, 1e-5);
    }
    ck_assert_int_eq(ana_nn_group_norm(ctx, N, C, 5, x, NULL, NULL, 0, y), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "group norm: 700 rows of 12 channels in 5 groups");
    free(x);
    free(y);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(local_response_norm_divides_by_its_neighbours)
{
    struct ana_ctx *ctx = test_ctx();
    float *x = NEW(3 * 11), y[33];

    ck_assert_int_eq(ana_nn_local_response_norm(ctx, 3, 11, 5, 1e-1f, 0.75f, 2, x, y), 0);
    for (int i = 0; i < 33; i++) {
        double sum = 0;

        for (int d = i % 11 - 2; d <= i % 11 + 2; d++)
            if (d >= 0 && d < 11)
                sum += (double)x[i / 11 * 11 + d] * (double)x[i / 11 * 11 + d];
        ck_assert_double_eq_tol((double)y[i],
                                (double)x[i] / pow(2 + 1e-1 / 5 * sum, 0.75), 1e-6);
    }
    free(x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_folded_batch_norm_is_the_batch_norm_of_the_convolution)
{
    struct ana_ctx *ctx = test_ctx();
    const float mean[] = {1, -2}, var[] = {4, 0.25f}, gain[] = {2, 3}, bias[] = {5, 6};
    const float conv[] = {7, 8}, bad[] = {-1, 1};
    float scale[2], shift[2];

    ck_assert_int_eq(
        ana_nn_batch_norm_fold(ctx, 2, mean, var, gain, bias, conv, 1e-3f, scale, shift),
        0);
    for (int c = 0; c < 2; c++)
        ck_assert_double_eq_tol(10 * (double)scale[c] + (double)shift[c],
                                (10 + (double)conv[c] - (double)mean[c]) /
                                        sqrt((double)var[c] + 1e-3) * (double)gain[c] +
                                    (double)bias[c],
                                1e-4);
    ck_assert_int_eq(
        ana_nn_batch_norm_fold(ctx, 2, mean, bad, NULL, NULL, NULL, 1e-3f, scale, shift),
        ANA_ENUMERIC);
    ck_assert_str_eq(ana_error(ctx), "batch norm: the variance of channel 0 is -1");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(softmax_rows_add_up_to_one)
{
    struct ana_ctx *ctx = test_ctx();
    float *x = NEW(50 * 37), *old = NEW(50 * 37);

    for (int i = 0; i < 50 * 37; i++)
        old[i] = x[i] *= 30;
    ck_assert_int_eq(ana_nn_softmax(ctx, 50, 37, x), 0);
    for (int r = 0; r < 50; r++) {
        double sum = 0;

        for (int c = 0; c < 37; c++)
            sum += exp((double)old[r * 37 + c] - (double)old[r * 37]);
        for (int c = 0; c < 37; c++)
            ck_assert_double_eq_tol(
                (double)x[r * 37 + c],
                exp((double)old[r * 37 + c] - (double)old[r * 37]) / sum, 1e-6);
    }
    free(x);
    free(old);
    ana_ctx_destroy(ctx);
}
END_TEST

static void check_attention(struct ana_ctx *ctx, struct ana_nn_attention a)
{
    const int64_t D = a.heads * a.width, KD = a.kv_heads * a.width;
    const int64_t span = 2 * a.reach + 1;
    float *q = NEW(a.n_queries * D), *k = NEW(a.n_keys * KD), *v = NEW(a.n_keys * KD);
    float *out = malloc((size_t)(a.n_queries * D) * sizeof *out);
    float *near = malloc((size_t)(a.n_queries * a.heads * span) * sizeof *near);
    double *p = malloc((size_t)a.n_keys * sizeof *p);

    a.q = q;
    a.k = k;
    a.v = v;
    a.ld_q = a.ld_out = D;
    a.ld_k = a.ld_v = KD;
    a.near = near;
    ck_assert_int_eq(ana_nn_attend(ctx, &a, out), 0);
    for (int64_t i = 0; i < a.n_queries * a.heads; i++) {
        const int64_t t = i / a.heads, h = i % a.heads, g = h / (a.heads / a.kv_heads);
        double sum = 0;

        for (int64_t j = 0; j < a.n_keys; j++) {
            double s = 0;

            for (int64_t c = 0; c < a.width; c++)
                s += (double)q[t * D + h * a.width + c] *
                     (double)k[j * KD + g * a.width + c];
            s *= (double)a.scale;
            if (a.bias)
                s +=
                    (double)(a.gate ? a.gate[i] : 1) *
                    (double)a
                        .bias[h * (a.n_queries + a.n_keys - 1) + j - t + a.n_queries - 1];
            p[j] =
                (a.flags & ANA_NN_CAUSAL) && j > t + a.n_keys - a.n_queries ? 0 : exp(s);
            sum += p[j];
        }
        for (int64_t c = 0; c < a.width; c++) {
            double want = 0;

            for (int64_t j = 0; j < a.n_keys; j++)
                want += p[j] / sum * (double)v[j * KD + g * a.width + c];
            ck_assert_double_eq_tol((double)out[t * D + h * a.width + c], want, 2e-5);
        }
        for (int64_t d = 0; d < span; d++) {
            const int64_t j = t + d - a.reach;
            const double want = j >= 0 && j < a.n_keys ? p[j] / sum : 0;

            ck_assert_double_eq_tol((double)near[i * span + d], want, 1e-5);
        }
    }
    free(q);
    free(k);
    free(v);
    free(out);
    free(near);
    free(p);
}

START_TEST(attention_is_the_weighted_mean_of_its_values)
{
    struct ana_ctx *ctx = test_ctx();
    float *bias = NEW(6 * (2 * 550)), *gate = NEW(550 * 6);
    struct ana_nn_attention a = {.n_queries = 550,
                                 .n_keys = 550,
                                 .heads = 6,
                                 .kv_heads = 6,
                                 .width = 8,
                                 .scale = 0.35f,
                                 .reach = 3};

    check_attention(ctx, a);
    a.flags = ANA_NN_CAUSAL;
    a.kv_heads = 2; /* grouped queries */
    check_attention(ctx, a);
    a.n_queries = 13; /* the last 13 of a longer past */
    a.n_keys = 40;
    check_attention(ctx, a);
    a.flags = 0;
    a.kv_heads = 6;
    a.bias = bias;
    check_attention(ctx, a);
    a.gate = gate;
    a.n_queries = a.n_keys = 101;
    check_attention(ctx, a);
    a.kv_heads = 4;
    ck_assert_int_eq(ana_nn_attend(ctx, &a, NULL), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "attention: 101 queries on 101 keys with 6 heads on "
                                     "4 of 8 columns are no shape");
    free(bias);
    free(gate);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(rotation_keeps_lengths_and_depends_on_distance_alone)
{
    struct ana_ctx *ctx = test_ctx();
    enum { H = 2, W = 10, HALF = 4 };
    float *q = NEW(H * W), *x = malloc(30 * H * W * sizeof *x);

    for (int t = 0; t < 30; t++)
        memcpy(x + t * H * W, q, H * W * sizeof *x);
    ck_assert_int_eq(ana_nn_rotate(ctx, 30, H, W, HALF, 10000, 5, H * W, x), 0);
    for (int t = 0; t + 7 < 30; t++)
        for (int h = 0; h < H; h++) {
            double dot = 0, first = 0;

            for (int c = 0; c < W; c++) {
                dot += (double)x[t * H * W + h * W + c] *
                       (double)x[(t + 7) * H * W + h * W + c];
                first += (double)x[h * W + c] * (double)x[7 * H * W + h * W + c];
            }
            ck_assert_double_eq_tol(dot, first, 1e-4);
            for (int c = 2 * HALF; c < W; c++) /* the rest is left alone */
                ck_assert(x[t * H * W + h * W + c] == q[h * W + c]);
            for (int c = 0; c < HALF; c++) {
                const double angle = (t + 5) * pow(10000, -(double)c / HALF);

                ck_assert_double_eq_tol((double)x[t * H * W + h * W + c],
                                        (double)q[h * W + c] * cos(angle) -
                                            (double)q[h * W + c + HALF] * sin(angle),
                                        1e-5);
            }
        }
    free(q);
    free(x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_id_outside_the_table_is_named)
{
    struct ana_ctx *ctx = test_ctx();
    const float table[] = {1, 2, 3, 4, 5, 6};
    const int64_t ids[] = {2, 0, 3};
    float y[6];

    ck_assert_int_eq(ana_nn_embed(ctx, 2, ids, 3, 2, table, y), 0);
    ck_assert(y[1] == 6);
    ck_assert(y[2] == 1);
    ck_assert_int_eq(ana_nn_embed(ctx, 3, ids, 3, 2, table, y), ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx), "token 2 has id 3; the table has 3 rows");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(lstm_follows_its_equations_both_ways)
{
    struct ana_ctx *ctx = test_ctx();
    enum { N = 9, I = 5, H = 4 };
    float *x = NEW(N * I), *wi = NEW(4 * H * I), *wh = NEW(4 * H * H), *b = NEW(4 * H);
    float y[N * H];

    for (int reverse = 0; reverse < 2; reverse++) {
        double h[H] = {0}, c[H] = {0}, g[4 * H];

        ck_assert_int_eq(ana_nn_lstm(ctx, N, I, H, reverse, x, wi, wh, b, y), 0);
        for (int s = 0; s < N; s++) {
            const int t = reverse ? N - 1 - s : s;

            for (int k = 0; k < 4 * H; k++) {
                g[k] = (double)b[k];
                for (int i = 0; i < I; i++)
                    g[k] += (double)wi[k * I + i] * (double)x[t * I + i];
                for (int i = 0; i < H; i++)
                    g[k] += (double)wh[k * H + i] * h[i];
            }
            for (int i = 0; i < H; i++) {
                c[i] = act(g[H + i], ANA_NN_SIGMOID) * c[i] +
                       act(g[i], ANA_NN_SIGMOID) * tanh(g[2 * H + i]);
                h[i] = act(g[3 * H + i], ANA_NN_SIGMOID) * tanh(c[i]);
                ck_assert_double_eq_tol((double)y[t * H + i], h[i], 1e-5);
            }
        }
    }
    free(x);
    free(wi);
    free(wh);
    free(b);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The bits of a transformer block's parts must not depend on the number of threads. */
START_TEST(two_threads_give_the_bits_of_one)
{
    enum { N = 1000, D = 48 };
    float *x = NEW(N * D), *w = NEW(D * 128 * 3), *norm = NEW(D);
    float *y[2], *z[2];

    for (int threads = 1; threads <= 2; threads++) {
        struct ana_ctx *ctx = NULL;
        struct ana_pool *pool = NULL;
        const struct ana_nn_tail tail = {.act = ANA_NN_GELU, .gain = norm, .eps = 1e-5f};
        const struct ana_nn_conv1d_layer conv = {.in = D,
                                                 .out = D,
                                                 .taps = 128,
                                                 .stride = 1,
                                                 .groups = 16,
                                                 .pad_before = 64,
                                                 .pad_after = 63,
                                                 .w = w};
        struct ana_nn_attention a = {.n_queries = N,
                                     .n_keys = N,
                                     .heads = 6,
                                     .kv_heads = 6,
                                     .width = 8,
                                     .scale = 0.3f,
                                     .q = x,
                                     .k = x,
                                     .v = x,
                                     .ld_q = D,
                                     .ld_k = D,
                                     .ld_v = D,
                                     .ld_out = D};

        ck_assert_int_eq(ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &ctx), 0);
        ck_assert_int_eq(ana_pool_create(ctx, threads, &pool), 0);
        ana_ctx_set_pool(ctx, pool);
        y[threads - 1] = malloc(N * D * sizeof **y);
        z[threads - 1] = malloc(N * D * sizeof **z);
        ck_assert_int_eq(ana_nn_conv1d(ctx, &conv, N, x, &tail, y[threads - 1]), 0);
        a.q = y[threads - 1];
        ck_assert_int_eq(ana_nn_attend(ctx, &a, z[threads - 1]), 0);
        ck_assert_int_eq(
            ana_nn_linear(ctx, N, D, D, z[threads - 1], w, &tail, y[threads - 1]), 0);
        ck_assert_int_eq(ana_nn_group_norm(ctx, N, D, 4, y[threads - 1], norm, norm,
                                           1e-5f, y[threads - 1]),
                         0);
        ana_ctx_destroy(ctx);
        ana_pool_destroy(pool);
    }
    ck_assert_mem_eq(y[0], y[1], N * D * sizeof **y);
    ck_assert_mem_eq(z[0], z[1], N * D * sizeof **z);
    for (int i = 0; i < 2; i++) {
        free(y[i]);
        free(z[i]);
    }
    free(x);
    free(w);
    free(norm);
}
END_TEST

/* Packed by BLAS, and in small pieces of turned weights: several of depth, columns and
 * rows, and what is left of each. Rows have the same bits wherever they are, if the last
 * columns make whole fours. */
START_TEST(products_are_the_same_in_small_pieces)
{
    enum { N = 99, IN = 1030, OUT = 132, LDX = 1040, LDY = 140 };
    struct ana_ctx *ctx = test_ctx();
    float *x = NEW(N * LDX), *w = NEW(OUT * IN), *y = NEW(N * LDY), *old = NEW(N * LDY);
    float *some = NEW(N * LDY);
    double want[OUT];

    for (int64_t direct = 0; direct <= 1000000; direct += 1000000)
        for (int add = 0; add < 2; add++) {
            memcpy(y, old, N * LDY * sizeof *y);
            ck_assert_int_eq(
                ana_nn_product_by(ctx, direct, N, IN, OUT, x, LDX, w, IN, add, y, LDY),
                0);
            for (int64_t r = 0; r < N; r++) {
                for (int64_t o = 0; o < OUT; o++) {
                    want[o] = add ? (double)old[r * LDY + o] : 0;
                    for (int64_t k = 0; k < IN; k++)
                        want[o] += (double)x[r * LDX + k] * (double)w[o * IN + k];
                }
                check_near(y + r * LDY, want, OUT, 1e-5);
                ck_assert_mem_eq(y + r * LDY + OUT, old + r * LDY + OUT,
                                 (LDY - OUT) * sizeof *y);
            }
        }
    for (int64_t rows = 1; ana_blas_direct() > 0 && rows <= 30; rows++) {
        memcpy(some, old, N * LDY * sizeof *y);
        ck_assert_int_eq(ana_nn_product(ctx, rows, IN, OUT, x + 47 * LDX, LDX, w, IN, 1,
                                        some + 47 * LDY, LDY),
                         0);
        ck_assert_mem_eq(some + 47 * LDY, y + 47 * LDY, (size_t)(rows * LDY) * sizeof *y);
    }
    free(x);
    free(w);
    free(y);
    free(old);
    free(some);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nn");
    TCase *c = tcase_create("layers");

    tcase_add_test(c, every_kernel_set_computes_every_activation_to_a_millionth);
    tcase_add_test(c, kernel_sets_agree_on_rows_of_every_length);
    tcase_add_test(c, kernel_sets_turn_matrices_and_convolve_few_numbers);
    tcase_add_test(c, nan_goes_through_every_kernel);
    tcase_add_test(c, anaflow_isa_generic_forces_portable_c);
    tcase_add_test(c, linear_does_product_and_every_tail);
    tcase_add_test(c, linear_adds_to_a_residual_in_place);
    tcase_add_test(c, conv1d_is_the_sum_over_taps);
    tcase_add_test(c, conv1d_with_sums_is_the_same_with_fewer_operations);
    tcase_add_test(c,
                   conv1d_by_its_spectrum_is_the_same_with_a_quarter_of_the_operations);
    tcase_add_test(c, conv1d_of_each_sequence_has_the_bits_of_that_sequence_alone);
    tcase_add_test(c, causal_conv1d_sees_nothing_that_comes_later);
    tcase_add_test(c, conv2d_is_the_sum_over_taps);
    tcase_add_test(c, pooling_takes_the_largest_or_the_mean);
    tcase_add_test(c, norms_give_mean_0_and_variance_1_of_what_they_count);
    tcase_add_test(c, local_response_norm_divides_by_its_neighbours);
    tcase_add_test(c, a_folded_batch_norm_is_the_batch_norm_of_the_convolution);
    tcase_add_test(c, softmax_rows_add_up_to_one);
    tcase_add_test(c, attention_is_the_weighted_mean_of_its_values);
    tcase_add_test(c, rotation_keeps_lengths_and_depends_on_distance_alone);
    tcase_add_test(c, an_id_outside_the_table_is_named);
    tcase_add_test(c, lstm_follows_its_equations_both_ways);
    tcase_add_test(c, two_threads_give_the_bits_of_one);
    tcase_add_test(c, products_are_the_same_in_small_pieces);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
