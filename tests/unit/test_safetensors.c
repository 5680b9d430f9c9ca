/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "data/safetensors.h"

static char folder[64], path[128];

/* A file with this header, its length `length` (-1 = the true one), and n bytes 1, 2, 3... */
static const char *forge(struct ana_ctx *ctx, const char *header, int64_t length,
                         int64_t n)
{
    const int64_t true_length = (int64_t)strlen(header);
    char *file = ana_alloc(ctx, 8 + true_length + n, 1);
    const int64_t said = length < 0 ? true_length : length;

    snprintf(path, sizeof path, "%s/f.safetensors", test_folder(folder, sizeof folder));
    for (int i = 0; i < 8; i++)
        file[i] = (char)(said >> 8 * i & 255);
    memcpy(file + 8, header, (size_t)true_length);
    for (int64_t i = 0; i < n; i++)
        file[8 + true_length + i] = (char)(i + 1);
    ck_assert_int_eq(ana_file_write(ctx, path, file, 8 + true_length + n), 0);
    ana_free(ctx, file);
    return path;
}

#define T(name, type, shape, offsets)                                                    \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets \
    "}"

START_TEST(tensors_come_in_the_order_of_their_data)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\"}," T("z", "U8", "[3]", "[0,3]") "," T(
            "half", "F16", "[1,2]",
            "[3,7]") "," T("a", "I32", "[]",
                           "[7,11]") "," T("none", "F32", "[0,5]",
                                           "[11,11]") "," T("eight", "F8_E4M3", "[1]",
                                                            "[11,12]") "}   ";
    struct ana_ctx *ctx = test_ctx();
    struct ana_safetensors *file;
    const char *const *names;
    struct ana_tensor x;

    ck_assert_msg(ana_safetensors_open(ctx, forge(ctx, header, -1, 12), &file) == 0, "%s",
                  ana_error(ctx));
    ck_assert_int_eq(ana_safetensors_names(file, &names), 5);
    ck_assert_str_eq(names[0], "z");
    ck_assert_str_eq(names[1], "half");
    ck_assert_str_eq(names[2], "a");
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "z", &x), 0);
    ck_assert(x.ndim == 1 && x.shape[0] == 3 && x.flags & ANA_TENSOR_READ_ONLY);
    ck_assert_double_eq(ana_tensor_get(&x, 2), 3);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "a", &x), 0);
    ck_assert(x.ndim == 0 && x.dtype == ANA_I32);
    ck_assert_double_eq(ana_tensor_get(&x, 0), 0x0b0a0908);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "none", &x), 0);
    ck_assert_int_eq(ana_tensor_count(&x), 0);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "hlaf", &x), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "no tensor 'hlaf'; did you mean 'half'?"));
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "conv", &x), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "there are: z, half, a, none, eight"));
    ck_assert_int_eq(ana_safetensors_get(ctx, file, "eight", &x), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "holds F8_E4M3, which is not read"));
    ana_safetensors_close(ctx, file);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(damaged_files_are_refused_by_tensor_and_field)
{
    static const struct {
        const char *header;
        int64_t length, n;
        const char *sentence;
    } cases[] = {
        {"{}", -1, 0, "holds no tensors"},
        {"[]", -1, 0, "the header is a JSON list; an object was expected"},
        {"{", -1, 0, "the header is not JSON at byte 9"},
        {"{}x", -1, 0, "the header is not JSON at byte 11: end of file expected"},
        {"{}", 1ll << 62, 0, "promise a header of 4611686018427387904 bytes; 2 follow"},
        {"{}", 100000001, 0, "and 100000000 are allowed"},
        {"{}", 3, 0, "promise a header of 3 bytes; 2 follow"},
        {"{" T("a", "F32", "[1]", "[0,4]") "," T("a", "F32", "[1]", "[4,8]") "}", -1, 8,
         "duplicate object key"},
        {"{\"a\":3}", -1, 0, "tensor 'a': is not described by an object"},
        {"{\"a\":{}}", -1, 0, "tensor 'a': dtype is missing or no string"},
        {"{" T("a", "F31", "[1]", "[0,4]") "}", -1, 4,
         "tensor 'a': dtype 'F31' is not known"},
        {"{" T("a", "F32", "4", "[0,4]") "}", -1, 4, "tensor 'a': shape is not a list"},
        {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", -1, 4, "at most 8 whole"},
        {"{" T("a", "F32", "[-1]", "[0,4]") "}", -1, 4,
         "shape holds something else than sizes"},
        {"{" T("a", "F32", "[1.5]", "[0,4]") "}", -1, 4, "something else than sizes"},
        {"{" T("a", "F32", "[4294967296,4294967296]", "[0,4]") "}", -1, 4,
         "tensor 'a': its shape overflows"},
        {"{" T("a", "F32", "[0,4611686018427387904]", "[0,0]") "}", -1, 0,
         "shape overflows"},
        {"{" T("a", "F32", "[2]", "[0,4]") "}", -1, 4,
         "tensor 'a': shape and dtype F32 need 8 bytes, data_offsets hold 4"},
        {"{" T("a", "F32", "[1]", "[0]") "}", -1, 4,
         "data_offsets are not two whole numbers"},
        {"{" T("a", "F32", "[1]", "[4,0]") "}", -1, 4, "data_offsets [4, 0] are outside"},
        {"{" T("a", "F32", "[1]", "[-4,0]") "}", -1, 4,
         "data_offsets [-4, 0] are outside"},
        {"{" T("a", "F32", "[2]", "[0,8]") "}", -1, 7,
         "data_offsets [0, 8] are outside the file's 7 bytes of data; was it cut short?"},
        {"{" T("a", "F32", "[1]", "[0,4]") "}", -1, 6,
         "the last 2 bytes belong to no tensor"},
        {"{" T("a", "U8", "[2]", "[0,2]") "," T("b", "U8", "[2]", "[3,5]") "}", -1, 5,
         "1 bytes before tensor 'b', at byte 115, belong to no tensor"},
        {"{" T("a", "U8", "[3]", "[0,3]") "," T("b", "U8", "[2]", "[2,4]") "}", -1, 4,
         "tensors 'a' and 'b' overlap at byte 115"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_safetensors *file;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *name = forge(ctx, cases[k].header, cases[k].length, cases[k].n);

        ck_assert_int_eq(ana_safetensors_open(ctx, name, &file), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[k].sentence) != NULL, "%zu: %s", k,
                      ana_error(ctx));
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), "f.safetensors: "));
        ck_assert_ptr_null(file);
    }
    ck_assert_int_eq(ana_file_write(ctx, path, "1234567", 7), 0);
    ck_assert_int_eq(ana_safetensors_open(ctx, path, &file), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "7 bytes are too few"));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(changed_bytes_never_crash)
{
    static const char header[] = "{" T("a", "F32", "[1, 2]", "[0,8]") "}";
    struct ana_ctx *ctx = test_ctx();
    struct ana_safetensors *file;
    char text[sizeof header];

    for (size_t i = 0; i + 1 < sizeof header; i++) {
        memcpy(text, header, sizeof header);
        text[i] = (char)(text[i] ^ (i % 2 ? 0x10 : 3));
        if (text[i] && ana_safetensors_open(ctx, forge(ctx, text, -1, 8), &file) == 0)
            ana_safetensors_close(ctx, file);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The checkpoint of the reference case opens, and each tensor can be had. */
START_TEST(published_checkpoints_open)
{
    static const char *const files[] = {
        "reference/model_gpt2/model.safetensors",
        "reference/model_llama_bf16_sharded/model-00001-of-00002.safetensors",
        "reference/model_whisper_30s/model.safetensors",
    };
    struct ana_ctx *ctx = test_ctx();
    char buffer[512];

    for (int k = 0; k < 3; k++) {
        const char *name = test_shared(files[k], buffer, sizeof buffer);
        struct ana_safetensors *file;
        const char *const *names;
        int64_t n;

        if (!name) {
            ana_ctx_destroy(ctx);
            TEST_SKIP("no ../shared/reference");
        }
        ck_assert_msg(ana_safetensors_open(ctx, name, &file) == 0, "%s", ana_error(ctx));
        n = ana_safetensors_names(file, &names);
        ck_assert_int_gt(n, 3);
        for (int64_t i = 0; i < n; i++) {
            struct ana_tensor x;

            ck_assert_int_eq(ana_safetensors_get(ctx, file, names[i], &x), 0);
            ck_assert_int_eq(ana_tensor_find_nonfinite(&x, NULL), -1);
            ana_tensor_finish(&x);
        }
        ana_safetensors_close(ctx, file);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *all = tcase_create("all");

    tcase_add_test(all, tensors_come_in_the_order_of_their_data);
    tcase_add_test(all, damaged_files_are_refused_by_tensor_and_field);
    tcase_add_test(all, changed_bytes_never_crash);
    tcase_add_test(all, published_checkpoints_open);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
