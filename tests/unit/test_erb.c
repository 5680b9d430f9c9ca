/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <anaflow/files.h>
#include <anaflow/signal.h>
#include <anaflow/tensor.h>

START_TEST(numbers_and_frequencies_are_each_others_inverse)
{
    for (double f = 0; f < 20000; f += 123.4)
        ck_assert(fabs(ana_erb_frequency(ana_erb_number(f)) - f) < 1e-9 * (f + 1));
    ck_assert_double_eq(ana_erb_number(0), 0);
}
END_TEST

/* Hand computed: 24.7 (4.37 + 1) at 1 kHz; 21.4 log10(5.37). */
START_TEST(the_scale_at_1_khz_is_the_published_one)
{
    ck_assert(fabs(ana_erb(1000) - 132.639) < 1e-9);
    ck_assert(fabs(ana_erb_number(1000) - 15.6214) < 1e-4);
}
END_TEST

static double *reference(struct ana_ctx *ctx, const char *name, int64_t n)
{
    char at[512], path[640];
    struct ana_tensor tensor;
    double *out = ana_alloc(ctx, n, sizeof *out);

    test_shared("reference/gammatone_erb", at, sizeof at);
    snprintf(path, sizeof path, "%s/%s.npy", at, name);
    ck_assert_int_eq(ana_npy_read(ctx, path, &tensor), 0);
    ck_assert_int_eq(ana_tensor_count(&tensor), n);
    for (int64_t i = 0; i < n; i++)
        out[i] = ana_tensor_get(&tensor, i);
    ana_tensor_finish(&tensor);
    return out;
}

START_TEST(bandwidths_numbers_and_spacing_equal_the_reference)
{
    char at[512];
    struct ana_ctx *ctx = test_ctx();
    double *f, *bandwidth, *number, *spaced, got[32];
    double low, step;

    if (!test_shared("reference/gammatone_erb", at, sizeof at)) {
        ana_ctx_destroy(ctx);
        TEST_SKIP("../shared/reference/gammatone_erb is missing");
    }
    f = reference(ctx, "erb_input_hz", 8);
    bandwidth = reference(ctx, "erb_bandwidth", 8);
    number = reference(ctx, "erb_number", 8);
    spaced = reference(ctx, "erb_spaced_32_50_8000", 32);
    for (int i = 0; i < 8; i++) {
        ck_assert(fabs(ana_erb(f[i]) / bandwidth[i] - 1) < 1e-12);
        ck_assert(fabs(ana_erb_number(f[i]) / number[i] - 1) < 1e-12);
    }
    low = ana_erb_number(50);
    step = (ana_erb_number(8000) - low) / 31;
    for (int i = 0; i < 32; i++)
        got[i] = ana_erb_frequency(low + i * step);
    ck_assert(test_difference(got, spaced, 32) < 1e-12);
    ana_free(ctx, f);
    ana_free(ctx, bandwidth);
    ana_free(ctx, number);
    ana_free(ctx, spaced);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("erb");
    TCase *all = tcase_create("all");

    tcase_add_test(all, numbers_and_frequencies_are_each_others_inverse);
    tcase_add_test(all, the_scale_at_1_khz_is_the_published_one);
    tcase_add_test(all, bandwidths_numbers_and_spacing_equal_the_reference);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
