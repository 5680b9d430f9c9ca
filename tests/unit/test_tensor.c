/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <pthread.h>

#include "data/tensor.h"

START_TEST(a_new_tensor_is_zero_and_in_c_order)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 3, (int64_t[]){2, 3, 4}, &x), 0);
    ck_assert_int_eq(x.strides[0], 12);
    ck_assert_int_eq(x.strides[2], 1);
    ck_assert_int_eq(ana_tensor_count(&x), 24);
    ck_assert(ana_tensor_contiguous(&x));
    for (int i = 0; i < 24; i++)
        ck_assert_double_eq(ana_tensor_get(&x, i), 0);
    ana_tensor_finish(&x);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(shapes_that_cannot_be_are_refused)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;
    const int64_t huge[] = {1ll << 40, 0, 1ll << 40}, minus[] = {3, -1};

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 3, huge, &x), ANA_ERESOURCE);
    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 2, minus, &x), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "a tensor of size -1 along axis 1");
    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 9, huge, &x), ANA_ESHAPE);
    ck_assert_int_eq(ana_tensor_create(ctx, 77, 0, NULL, &x), ANA_ESHAPE);
    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F64, 1, (int64_t[]){1ll << 61}, &x),
                     ANA_ERESOURCE);
    ck_assert_ptr_null(x.data);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(memory_goes_with_the_last_of_its_tensors)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x, y;

    ana_tensor_create(ctx, ANA_F64, 1, (int64_t[]){100}, &x);
    ana_tensor_ref(&x, &y);
    ana_tensor_finish(&x);
    ((double *)y.data)[99] = 5;
    ck_assert_double_eq(ana_tensor_get(&y, 99), 5);
    ck_assert_int_gt(ana_ctx_memory(ctx, NULL), 800);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

static void *ref_and_finish(void *shared)
{
    struct ana_tensor mine;

    for (int i = 0; i < 20000; i++) {
        ana_tensor_ref(shared, &mine);
        ana_tensor_finish(&mine);
    }
    return NULL;
}

START_TEST(counting_survives_threads)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;
    pthread_t thread[4];

    ana_tensor_create(ctx, ANA_U8, 1, (int64_t[]){10}, &x);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, ref_and_finish, &x), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    ck_assert_int_gt(ana_ctx_memory(ctx, NULL), 0);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(labels_and_coordinates_are_copied)
{
    struct ana_ctx *ctx = test_ctx();
    char a[] = "one", b[] = "two";
    const char *labels[] = {a, b};
    double coords[] = {1.5, 2.5};
    struct ana_axis axis = {.size = sizeof axis,
                            .kind = ANA_AXIS_TARGET,
                            .name = "target",
                            .labels = labels,
                            .coords = coords};
    struct ana_tensor x, borrowed;

    ana_tensor_create(ctx, ANA_F32, 2, (int64_t[]){3, 2}, &x);
    ck_assert_int_eq(ana_tensor_set_axis(ctx, &x, 1, &axis), 0);
    a[0] = 'X';
    coords[1] = 9;
    ck_assert_str_eq(x.axes[1]->labels[0], "one");
    ck_assert_str_eq(x.axes[1]->labels[1], "two");
    ck_assert_double_eq(x.axes[1]->coords[1], 2.5);
    ck_assert_int_eq(ana_tensor_set_axis(ctx, &x, 2, &axis), ANA_ESHAPE);
    ana_tensor_view(ANA_F32, 2, x.shape, x.data, &borrowed);
    ck_assert_int_eq(ana_tensor_set_axis(ctx, &borrowed, 1, &axis), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "a tensor that borrows its data cannot be labelled");
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_slice_moves_a_clock_and_drops_labels)
{
    struct ana_ctx *ctx = test_ctx();
    const char *labels[] = {"a", "b"};
    struct ana_axis clock = {.kind = ANA_AXIS_TIME, .rate = 10, .start = 1};
    struct ana_axis names = {.kind = ANA_AXIS_TARGET, .labels = labels};
    struct ana_tensor x;

    ana_tensor_create(ctx, ANA_I32, 2, (int64_t[]){5, 2}, &x);
    for (int i = 0; i < 10; i++)
        ((int32_t *)x.data)[i] = i;
    ana_tensor_set_axis(ctx, &x, 0, &clock);
    ana_tensor_set_axis(ctx, &x, 1, &names);
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 0, 0, 5), 0);
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 0, 2, 3), 0);
    ck_assert_double_eq(x.axes[0]->start, 1.2);
    ck_assert_str_eq(x.axes[1]->labels[1], "b");
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 1, 1, 1), 0);
    ck_assert_ptr_null(x.axes[1]);
    ck_assert(!ana_tensor_contiguous(&x));
    ck_assert_double_eq(ana_tensor_get(&x, 0), 5);
    ck_assert_double_eq(ana_tensor_get(&x, 2), 9);
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 0, 1, 3), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "3 items from number 1 are outside an axis of 3");
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 0, INT64_MAX, 1), ANA_ESHAPE);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A view in any order must read as the obvious three loops do. */
START_TEST(strided_tensors_convert_as_three_loops_would)
{
    struct ana_ctx *ctx = test_ctx();
    int16_t data[2 * 3 * 700];
    struct ana_tensor x, y;
    double want[2 * 3 * 700];

    for (int i = 0; i < 4200; i++)
        data[i] = (int16_t)(i * 7 - 9000);
    ana_tensor_view(ANA_I16, 3, (int64_t[]){2, 3, 700}, data + 699, &x);
    memcpy(x.strides, (int64_t[]){700, 1400, -1}, 3 * sizeof *x.strides);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 700; k++)
                want[(i * 3 + j) * 700 + k] = data[699 + i * 700 + j * 1400 - k];
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_F64, &y), 0);
    ck_assert(ana_tensor_contiguous(&y));
    ck_assert(memcmp(y.data, want, sizeof want) == 0);
    for (int i = 0; i < 4200; i += 97)
        ck_assert_double_eq(ana_tensor_get(&x, i), want[i]);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_I16, &y), 0);
    for (int i = 0; i < 4200; i++)
        ck_assert_int_eq(((int16_t *)y.data)[i], (int)want[i]);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_I64, &y), 0);
    for (int i = 0; i < 4200; i++)
        ck_assert_int_eq(((int64_t *)y.data)[i], (int64_t)want[i]);
    ana_tensor_finish(&y);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(all_65536_half_floats_survive_the_round_trip)
{
    uint16_t back;
    double value;

    for (int type = ANA_F16; type <= ANA_BF16; type++) {
        for (uint32_t bits = 0; bits < 65536; bits++) {
            const uint16_t half = (uint16_t)bits;

            ana_elements_load(type, &half, 0, 1, 1, &value);
            ana_elements_store(type, &value, 1, &back, 0);
            if (isnan(value))
                ck_assert((back & 0x7fff) > (type == ANA_F16 ? 0x7c00 : 0x7f80));
            else
                ck_assert_int_eq(back, half);
        }
    }
}
END_TEST

static double through(int32_t dtype, double value)
{
    uint16_t half;
    double out;

    ana_elements_store(dtype, &value, 1, &half, 0);
    ana_elements_load(dtype, &half, 0, 1, 1, &out);
    return out;
}

/* Published corner values, and ties to even. */
START_TEST(half_floats_round_to_nearest_even)
{
    ck_assert_double_eq(through(ANA_F16, 65504), 65504);
    ck_assert_double_eq(through(ANA_F16, 65519.99), 65504);
    ck_assert(isinf(through(ANA_F16, 65520)));
    ck_assert_double_eq(through(ANA_F16, 2049), 2048);
    ck_assert_double_eq(through(ANA_F16, 2051), 2052);
    ck_assert_double_eq(through(ANA_F16, 2047.5), 2048);
    ck_assert_double_eq(through(ANA_F16, ldexp(1, -25)), 0);
    ck_assert_double_eq(through(ANA_F16, ldexp(1.0001, -25)), ldexp(1, -24));
    ck_assert_double_eq(through(ANA_F16, -ldexp(1.5, -24)), -ldexp(1, -23));
    ck_assert_double_eq(through(ANA_BF16, 257), 256);
    ck_assert_double_eq(through(ANA_BF16, 259), 260);
    ck_assert_double_eq(through(ANA_BF16, 257 + 1e-12), 258);
    ck_assert_double_eq(through(ANA_BF16, 259 - 1e-12), 258);
    ck_assert(isinf(through(ANA_BF16, 3.4e38)));
}
END_TEST

START_TEST(values_that_do_not_fit_an_integer_are_refused_by_number)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t wide[] = {1, 255, -1, 256};
    uint64_t top[] = {UINT64_MAX};
    struct ana_tensor x, y;

    ana_tensor_view(ANA_I64, 1, (int64_t[]){4}, wide, &x);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_U8, &y), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx), "element 2, -1, does not fit uint8");
    ck_assert_ptr_null(y.data);
    ana_tensor_view(ANA_U64, 1, (int64_t[]){1}, top, &x);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_I64, &y), ANA_ESHAPE);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_F64, &y), 0);
    ck_assert_double_eq(ana_tensor_get(&y, 0), 18446744073709551616.0);
    ck_assert_int_eq(ana_tensor_convert(ctx, &y, ANA_I32, &x), ANA_ESHAPE);
    ck_assert_str_eq(ana_error(ctx),
                     "float64 is not converted to int32: fractions would be lost");
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_first_nan_is_found_in_the_order_of_the_view)
{
    float data[1200] = {0};
    struct ana_tensor x;
    int64_t count;

    ana_tensor_view(ANA_F32, 2, (int64_t[]){2, 600}, data, &x);
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, &count), -1);
    ck_assert_int_eq(count, 0);
    data[599] = NAN;
    data[700] = -INFINITY;
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, &count), 599);
    ck_assert_int_eq(count, 2);
    memcpy(x.shape, (int64_t[]){600, 2}, 2 * sizeof *x.shape); /* the transpose */
    memcpy(x.strides, (int64_t[]){1, 600}, 2 * sizeof *x.strides);
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, NULL), 201);
    x.ndim = 0;
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, NULL), -1);
    x.data = data + 599;
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, NULL), 0);
}
END_TEST

START_TEST(empty_tensors_are_harmless)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x, y;

    ck_assert_int_eq(ana_tensor_create(ctx, ANA_F32, 2, (int64_t[]){3, 0}, &x), 0);
    ck_assert_int_eq(ana_tensor_count(&x), 0);
    ck_assert(ana_tensor_contiguous(&x));
    ck_assert_int_eq(ana_tensor_find_nonfinite(&x, NULL), -1);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_F64, &y), 0);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_tensor_convert(ctx, &x, ANA_F32, &y), 0);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_tensor_slice(ctx, &x, 0, 3, 0), 0);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tensor");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_new_tensor_is_zero_and_in_c_order);
    tcase_add_test(all, shapes_that_cannot_be_are_refused);
    tcase_add_test(all, memory_goes_with_the_last_of_its_tensors);
    tcase_add_test(all, counting_survives_threads);
    tcase_add_test(all, labels_and_coordinates_are_copied);
    tcase_add_test(all, a_slice_moves_a_clock_and_drops_labels);
    tcase_add_test(all, strided_tensors_convert_as_three_loops_would);
    tcase_add_test(all, all_65536_half_floats_survive_the_round_trip);
    tcase_add_test(all, half_floats_round_to_nearest_even);
    tcase_add_test(all, values_that_do_not_fit_an_integer_are_refused_by_number);
    tcase_add_test(all, the_first_nan_is_found_in_the_order_of_the_view);
    tcase_add_test(all, empty_tensors_are_harmless);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
