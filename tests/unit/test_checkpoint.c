/* SPDX-License-Identifier: BSD-3-Clause
 *
 * <anaflow/checkpoint.h>: shards, types of numbers, spellings and prefixes, what is missing
 * or too much, drawn and shuffled weights.
 */
#include <anaflow/checkpoint.h>

#include "base/file.h"
#include "tests/unit/helpers.h"

static char folder[128];

static void write_file(struct ana_ctx *ctx, const char *name, const char *data, int64_t n)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, data, n), 0);
}

/* A safetensors file with a header and n bytes of data. */
static void write_weights(struct ana_ctx *ctx, const char *name, const char *header,
                          const void *data, int64_t n)
{
    const int64_t length = (int64_t)strlen(header);
    char *file = ana_alloc(ctx, 8 + length + n, 1);

    for (int i = 0; i < 8; i++)
        file[i] = (char)(length >> 8 * i & 255);
    memcpy(file + 8, header, (size_t)length);
    memcpy(file + 8 + length, data, (size_t)n);
    write_file(ctx, name, file, 8 + length + n);
    ana_free(ctx, file);
}

static struct ana_checkpoint *open_folder(struct ana_ctx *ctx, const char *control,
                                          int64_t twin)
{
    const struct ana_model_source source = {
        .size = sizeof source, .checkpoint = folder, .control = control, .twin = twin};
    struct ana_checkpoint *checkpoint;

    ck_assert_msg(ana_checkpoint_open(ctx, &source, NULL, &checkpoint) == 0, "%s",
                  ana_error(ctx));
    return checkpoint;
}

static const struct ana_weight four = {
    .size = sizeof four, .ndim = 2, .init = ANA_INIT_NORMAL, .shape = {2, 2}, .scale = 3};

START_TEST(shards_are_read_by_their_index)
{
    const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
    static const char index[] = "{\"metadata\":{\"total_size\":32},\"weight_map\":{"
                                "\"net.a.weight\":\"m-1.safetensors\","
                                "\"net.b.weight\":\"m-2.safetensors\"}}";
    static const char *const prefixes[] = {"", "net.", NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;
    const float *x;

    test_folder(folder, sizeof folder);
    write_file(ctx, "config.json", "{}", 2);
    write_file(ctx, "model.safetensors.index.json", index, sizeof index - 1);
    write_weights(ctx, "m-1.safetensors",
                  "{\"net.a.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
                  "\"data_offsets\":[0,16]}}",
                  a, sizeof a);
    write_weights(ctx, "m-2.safetensors",
                  "{\"net.b.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
                  "\"data_offsets\":[0,16]}}",
                  b, sizeof b);
    checkpoint = open_folder(ctx, NULL, 0);
    ana_checkpoint_prefix(checkpoint, prefixes, "b.weight");
    x = ana_checkpoint_weight(ctx, checkpoint, &four, "%c.weight", 'a');
    ck_assert_mem_eq(x, a, sizeof a);
    x = ana_checkpoint_weight(ctx, checkpoint, &four, "b.gamma|b.weight");
    ck_assert_mem_eq(x, b, sizeof b);
    ck_assert_int_eq(ana_checkpoint_finish(ctx, checkpoint, NULL), 0);
    ck_assert_int_eq(ana_checkpoint_parameters(checkpoint), 8);
    ana_checkpoint_close(ctx, checkpoint);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* 1.5, -2, 0.25 and 3 in each type of number. */
START_TEST(half_brain_and_double_floats_become_float32)
{
    static const uint16_t half[] = {0x3e00, 0xc000, 0x3400, 0x4200};
    static const uint16_t brain[] = {0x3fc0, 0xc000, 0x3e80, 0x4040};
    static const double wide[] = {1.5, -2, 0.25, 3};
    static const float want[] = {1.5f, -2, 0.25f, 3};
    char data[48];
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;

    memcpy(data, wide, 32);
    memcpy(data + 32, half, 8);
    memcpy(data + 40, brain, 8);
    test_folder(folder, sizeof folder);
    write_file(ctx, "config.json", "{}", 2);
    write_weights(ctx, "model.safetensors",
                  "{\"w\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[0,32]},"
                  "\"h\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[32,40]},"
                  "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[40,48]}}",
                  data, sizeof data);
    checkpoint = open_folder(ctx, NULL, 0);
    for (const char *name = "whb"; *name; name++)
        ck_assert_mem_eq(ana_checkpoint_weight(ctx, checkpoint, &four, "%c", *name), want,
                         sizeof want);
    ck_assert_int_eq(ana_checkpoint_finish(ctx, checkpoint, NULL), 0);
    ana_checkpoint_close(ctx, checkpoint);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(all_that_does_not_fit_is_listed_at_once)
{
    const float data[8] = {0};
    static const char *const unused[] = {"queue*", NULL};
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;
    char want[512];

    test_folder(folder, sizeof folder);
    write_file(ctx, "config.json", "{}", 2);
    write_weights(
        ctx, "model.safetensors",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
        "\"more\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
        "\"queue.1\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}",
        data, sizeof data);
    checkpoint = open_folder(ctx, NULL, 0);
    ck_assert_ptr_null(ana_checkpoint_weight(ctx, checkpoint, &four, "a"));
    ck_assert_ptr_null(ana_checkpoint_weight(ctx, checkpoint, &four, "b|old_b"));
    ck_assert_int_eq(ana_checkpoint_finish(ctx, checkpoint, unused), ANA_EDATA);
    snprintf(
        want, sizeof want,
        "checkpoint %s: its tensors are not those that config.json describes: missing "
        "(1): b; of another shape (1): 'a' is 4, not 2 x 2; not known (1): more",
        folder);
    ck_assert_str_eq(ana_error(ctx), want);
    ana_checkpoint_close(ctx, checkpoint);
    ana_ctx_destroy(ctx);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

START_TEST(a_shuffled_tensor_keeps_its_numbers_and_a_fixed_one_its_order)
{
    enum { N = 1000 };
    struct ana_ctx *ctx = test_ctx();
    float data[2 * N], sorted[N], first[N];
    struct ana_weight weight = {.size = sizeof weight, .ndim = 1, .shape = {N}};

    for (int i = 0; i < 2 * N; i++)
        data[i] = (float)i;
    test_folder(folder, sizeof folder);
    write_file(ctx, "config.json", "{}", 2);
    write_weights(
        ctx, "model.safetensors",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[0,4000]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[4000,8000]}}",
        data, sizeof data);
    for (int64_t twin = 0; twin < 2; twin++) {
        struct ana_checkpoint *checkpoint = open_folder(ctx, "permuted", twin);
        const float *x;

        weight.flags = 0;
        x = ana_checkpoint_weight(ctx, checkpoint, &weight, "a");
        ck_assert_ptr_nonnull(x);
        ck_assert(memcmp(x, data, sizeof sorted) != 0);
        ck_assert(twin == 0 || memcmp(x, first, sizeof first) != 0);
        memcpy(first, x, sizeof first);
        memcpy(sorted, x, sizeof sorted);
        qsort(sorted, N, sizeof *sorted, by_size);
        ck_assert_mem_eq(sorted, data, sizeof sorted);
        weight.flags = ANA_WEIGHT_FIXED;
        x = ana_checkpoint_weight(ctx, checkpoint, &weight, "b");
        ck_assert_mem_eq(x, data + N, sizeof sorted);
        ck_assert_int_eq(ana_checkpoint_finish(ctx, checkpoint, NULL), 0);
        ana_checkpoint_close(ctx, checkpoint);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(drawn_weights_have_the_spread_that_was_asked_for)
{
    enum { N = 200000 };
    const struct ana_model_source source = {.size = sizeof source,
                                            .checkpoint = "random"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_checkpoint *checkpoint;

    ck_assert_int_eq(ana_checkpoint_open(ctx, &source, "{}", &checkpoint), 0);
    ck_assert_int_eq(ana_checkpoint_is_random(checkpoint), 1);
    for (int32_t init = ANA_INIT_CONSTANT; init <= ANA_INIT_UNIFORM; init++) {
        const struct ana_weight weight = {
            .size = sizeof weight, .ndim = 1, .init = init, .shape = {N}, .scale = 0.5};
        const float *x = ana_checkpoint_weight(ctx, checkpoint, &weight, "w%d", init);
        double mean = 0, square = 0;

        for (int i = 0; i < N; i++) {
            mean += (double)x[i] / N;
            square += (double)x[i] * (double)x[i] / N;
        }
        ck_assert_double_eq_tol(mean, init == ANA_INIT_CONSTANT ? 0.5 : 0, 0.005);
        ck_assert_double_eq_tol(sqrt(square),
                                init == ANA_INIT_UNIFORM ? 0.5 / sqrt(3) : 0.5, 0.005);
    }
    ck_assert_int_eq(ana_checkpoint_finish(ctx, checkpoint, NULL), 0);
    ana_checkpoint_close(ctx, checkpoint);
    ck_assert_int_eq(ana_checkpoint_open(ctx, &source, NULL, &checkpoint), ANA_EPARAM);
    ck_assert_str_eq(
        ana_error(ctx),
        "checkpoint = random needs a shape: name a folder with a config.json "
        "and use `controls = random`");
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *all = tcase_create("all");

    tcase_add_test(all, shards_are_read_by_their_index);
    tcase_add_test(all, half_brain_and_double_floats_become_float32);
    tcase_add_test(all, all_that_does_not_fit_is_listed_at_once);
    tcase_add_test(all, a_shuffled_tensor_keeps_its_numbers_and_a_fixed_one_its_order);
    tcase_add_test(all, drawn_weights_have_the_spread_that_was_asked_for);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
