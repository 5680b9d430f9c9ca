/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <ftw.h>

#include "base/file.h"
#include "data/npy.h"
#include <anaflow/files.h>

static char folder[64];

/* A file that NumPy wrote (tests/oracles/make_npy.py). */
static const char *golden(const char *name)
{
    static char path[512];
    const char *source = getenv("ANA_SOURCE");

    snprintf(path, sizeof path, "%s/tests/golden/npy/%s", source ? source : ".", name);
    return path;
}

static double rule(const char *name, int i)
{
    if (name[0] == 'b')
        return i % 3 == 0;
    return name[0] != 'u' ? i - 3 : i + (name[1] == '1' ? 200 : 250);
}

START_TEST(every_numeric_type_of_numpy_reads_as_written)
{
    static const char *const names[] = {
        "f2_little",   "f2_big",      "f4_little", "f4_big",     "f8_little",
        "f8_big",      "i1_little",   "i2_little", "i2_big",     "i4_little",
        "i4_big",      "i8_little",   "i8_big",    "u1_little",  "u2_little",
        "u2_big",      "u4_little",   "u4_big",    "u8_little",  "u8_big",
        "f8_version2", "f8_version3", "b1",        "f4_fortran", "f8_fortran_big",
    };
    struct ana_ctx *ctx = test_ctx();

    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct ana_tensor x;
        char file[64];

        snprintf(file, sizeof file, "%s.npy", names[k]);
        ck_assert_msg(ana_npy_read(ctx, golden(file), &x) == 0, "%s", ana_error(ctx));
        ck_assert_int_eq(x.ndim, 3);
        ck_assert(x.shape[0] == 2 && x.shape[1] == 3 && x.shape[2] == 4);
        for (int i = 0; i < 24; i++)
            ck_assert_msg(ana_tensor_get(&x, i) == rule(names[k], i), "%s: %d", names[k],
                          i);
        ck_assert_int_eq(ana_tensor_contiguous(&x), strstr(names[k], "fortran") == NULL);
        ana_tensor_finish(&x);
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Every box of x: 2 x 3 x 4. */
static void compare_boxes(struct ana_ctx *ctx, const char *path,
                          const struct ana_tensor *x, int32_t dtype)
{
    for (int64_t code = 0; code < 3 * 6 * 10; code++) {
        static const int64_t from[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 3};
        static const int64_t long_[] = {1, 2, 3, 4, 1, 2, 3, 1, 2, 1};
        static const int64_t middle[][2] = {{0, 1}, {0, 2}, {0, 3},
                                            {1, 1}, {1, 2}, {2, 1}};
        const int64_t a = code / 60, b = code / 10 % 6, c = code % 10;
        const int64_t first[] = {a / 2, middle[b][0], from[c]};
        const int64_t shape[] = {a == 1 ? 2 : 1, middle[b][1], long_[c]};
        const int64_t at[] = {a == 1 ? 0 : first[0], first[1], first[2]};
        struct ana_tensor part;
        int64_t n = 0;

        ck_assert_int_eq(ana_tensor_create(ctx, dtype, 3, shape, &part), 0);
        ck_assert_msg(ana_npy_read_part(ctx, path, at, &part) == 0, "%s", ana_error(ctx));
        for (int64_t i = at[0]; i < at[0] + shape[0]; i++)
            for (int64_t j = at[1]; j < at[1] + shape[1]; j++)
                for (int64_t k = at[2]; k < at[2] + shape[2]; k++)
                    ck_assert_double_eq(ana_tensor_get(&part, n++),
                                        ana_tensor_get(x, (i * 3 + j) * 4 + k));
        ana_tensor_finish(&part);
    }
}

START_TEST(a_box_of_a_file_is_what_the_whole_file_has_there)
{
    static const char *const files[] = {
        "f4_little.npy",  "f4_big.npy",         "f8_big.npy",    "i2_big.npy",
        "f4_fortran.npy", "f8_fortran_big.npy", "u1_little.npy", "f2_little.npy"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x, part;

    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        ck_assert_int_eq(ana_npy_read(ctx, golden(files[k]), &x), 0);
        compare_boxes(ctx, golden(files[k]), &x, ANA_F64);
        compare_boxes(ctx, golden(files[k]), &x, ANA_F32);
        ana_tensor_finish(&x);
    }
    ck_assert_int_eq(
        ana_tensor_create(ctx, ANA_F64, 3, (const int64_t[]){1, 3, 4}, &part), 0);
    ck_assert_int_eq(ana_npy_read_part(ctx, golden("f4_little.npy"),
                                       (const int64_t[]){2, 0, 0}, &part),
                     ANA_ESHAPE);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "f4_little.npy: the part that is asked"));
    ck_assert_int_eq(ana_npy_read_part(ctx, golden("names_little.npy"),
                                       (const int64_t[]){0, 0, 0}, &part),
                     ANA_EDATA);
    ana_tensor_finish(&part);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_scalar_and_an_empty_array_are_arrays)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;

    ck_assert_int_eq(ana_npy_read(ctx, golden("scalar.npy"), &x), 0);
    ck_assert_int_eq(x.ndim, 0);
    ck_assert_double_eq(ana_tensor_get(&x, 0), -3);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_npy_read(ctx, golden("empty.npy"), &x), 0);
    ck_assert_int_eq(ana_tensor_count(&x), 0);
    ck_assert_int_eq(x.shape[1], 3);
    ana_tensor_finish(&x);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(names_of_all_alphabets_come_as_utf8)
{
    static const char *const want[] = {"stim1.wav", "", "gr\xc3\xbcn",
                                       "\xe6\xbc\xa2\xe5\xad\x97", "\xf0\x9f\x98\x80 x"};
    static const char *const files[] = {"names_little.npy", "names_big.npy",
                                        "names_bytes.npy"};
    struct ana_ctx *ctx = test_ctx();
    int32_t dtype, ndim;
    int64_t shape[ANA_MAX_DIMS], n;
    char **names;

    for (int k = 0; k < 3; k++) {
        ck_assert_int_eq(ana_npy_shape(ctx, golden(files[k]), &dtype, &ndim, shape), 0);
        ck_assert(dtype == 0 && ndim == 1 && shape[0] == 5);
        ck_assert_int_eq(ana_npy_read_text(ctx, golden(files[k]), &n, &names), 0);
        ck_assert_int_eq(n, 5);
        for (int i = 0; i < 5; i++) {
            ck_assert_str_eq(names[i], want[i]);
            ana_free(ctx, names[i]);
        }
        ana_free(ctx, names);
    }
    ck_assert_int_eq(ana_npy_read_text(ctx, golden("scalar.npy"), &n, &names), ANA_EDATA);
    ck_assert_ptr_nonnull(
        strstr(ana_error(ctx), "scalar.npy: holds float64; names were"));
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_anaflow_does_not_read_is_refused_with_what_to_do)
{
    static const char *const cases[][2] = {
        {"refused_object.npy",
         "holds Python objects ('|O'), which only Python can read; for "
         "numbers save it from Python with np.save"},
        {"refused_structured.npy",
         "is a structured array (byte 20 of the NPY header); save one "
         "field a file: np.save(path, a['field'])"},
        {"refused_complex.npy", "holds complex numbers ('<c8'); save np.abs(a)"},
        {"refused_date.npy", "save seconds as numbers"},
        {"refused_bytes.npy", "holds raw bytes without a type ('|V2'"},
        {"refused_zip.npz", "is a ZIP archive (.npz); unpack it"},
        {"names_little.npy", "holds text ('<U9'); numbers were expected here"},
        {"missing.npy", "cannot be opened: No such file"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ck_assert_int_eq(ana_npy_read(ctx, golden(cases[k][0]), &x), ANA_EDATA);
        ck_assert_msg(strstr(ana_error(ctx), cases[k][1]) != NULL, "%s", ana_error(ctx));
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), cases[k][0]));
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A version 1 file with this dict and `n` bytes of data. */
static const char *forge(struct ana_ctx *ctx, const char *dict, int64_t n)
{
    static char path[128];
    const size_t length = strlen(dict);
    char *file = ana_alloc(ctx, (int64_t)length + 10 + n, 1);

    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (char)(length & 255);
    file[9] = (char)(length >> 8);
    memcpy(file + 10, dict, length);
    snprintf(path, sizeof path, "%s/forged.npy", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, file, (int64_t)length + 10 + n), 0);
    ana_free(ctx, file);
    return path;
}

#define DICT(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }\n"

START_TEST(hostile_headers_are_refused_at_their_byte)
{
    static const struct {
        const char *dict, *sentence;
    } cases[] = {
        {DICT("(3, 4)"),
         "promises 3 x 4 elements of '<f4' (48 bytes), but only 16 follow it at "
         "byte 70; the file was cut short"},
        {DICT("(4294967296, 4294967296)"),
         "shape, 4294967296 x 4294967296, is more than a file can hold"},
        {DICT("(4611686018427387904,)"),
         "shape, 4611686018427387904, is more than a file can hold"},
        {DICT("(0, 4611686018427387904)"), "more than a file can hold"},
        {DICT("(99999999999999999999,)"), "a size beyond 2^63"},
        {DICT("(-1,)"), "byte 61 of the NPY header: expected a size, found '-'"},
        {DICT("(4)"), "expected ',' inside '(n,)'"},
        {DICT("(,)"), "expected a size, found ','"},
        {DICT("(2 2)"), "byte 63 of the NPY header: expected ',' or ')', found '2'"},
        {DICT("(1,1,1,1,1,1,1,1,1)"), "the array has more than 8 axes"},
        {DICT("[4]"), "expected the shape's '(', found '['"},
        {DICT("(4,), 'shape': (4,)"), "key 'shape' is there twice"},
        {DICT("(4,), 'x': 1"), "key 'x' is not NumPy's"},
        {"{'descr': '<f4', 'fortran_order': False, }", "lacks the key 'shape'"},
        {"{'descr': '<f4', 'shape': (4,), }", "lacks the key 'fortran_order'"},
        {"{'descr': '<f4', 'fortran_order': 1, 'shape': (4,)}",
         "byte 44 of the NPY header: expected True or False, found '1'"},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (4,)}", "has the type '<f3'"},
        {"{'descr': '<>f4', 'fortran_order': False, 'shape': (4,)}",
         "has the type '<>f4'"},
        {"{'descr': '<f4x', 'fortran_order': False, 'shape': (4,)}",
         "has the type '<f4x'"},
        {"{'descr': '<', 'fortran_order': False, 'shape': (4,)}", "has the type '<'"},
        {"{'descr': '<U0', 'fortran_order': False, 'shape': (999999999,)}", "type '<U0'"},
        {"{'descr': '<U4611686018427387905', 'fortran_order': False, 'shape': (1,)}",
         "expected a type such as '<f4'"},
        {"{'descr': '|S9223372036', 'fortran_order': False, 'shape': (9223372036,)}",
         "shape, 9223372036, is more than a file can hold"},
        {"{'descr: '<f4'", "byte 11 of the NPY header: key 'descr: ' is not NumPy's"},
        {"{'descr' '<f4'", "expected ':', found '''"},
        {"{'descr': '<f4", "expected a closing quote, found its end"},
        {"", "byte 10 of the NPY header: expected '{', found its end"},
        {"[]", "expected '{', found '['"},
        {DICT("(4,)") "import os", "expected blanks to the header's end, found 'i'"},
    };
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x;

    test_folder(folder, sizeof folder);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *path = forge(ctx, cases[k].dict, 16);

        ck_assert_msg(ana_npy_read(ctx, path, &x) == ANA_EDATA, "case %zu", k);
        ck_assert_msg(strstr(ana_error(ctx), cases[k].sentence) != NULL, "%zu: %s", k,
                      ana_error(ctx));
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), path));
    }
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_file_cut_anywhere_or_with_any_byte_changed_never_crashes)
{
    struct ana_ctx *ctx = test_ctx();
    char path[128], *file;
    struct ana_tensor x;
    int64_t n;

    snprintf(path, sizeof path, "%s/cut.npy", test_folder(folder, sizeof folder));
    ck_assert_int_eq(ana_file_read(ctx, golden("f4_little.npy"), 4096, &file, &n), 0);
    for (int64_t cut = 0; cut < n; cut += 1 + (cut > 80) * 16) {
        FILE *out = fopen(path, "wb");

        fwrite(file, 1, (size_t)cut, out);
        fclose(out);
        ck_assert_int_eq(ana_npy_read(ctx, path, &x), ANA_EDATA);
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), "cut.npy: "));
    }
    for (int64_t i = 0; i < 128; i++) {
        FILE *out = fopen(path, "wb");

        file[i] ^= 0x15;
        fwrite(file, 1, (size_t)n, out);
        fclose(out);
        file[i] ^= 0x15;
        if (ana_npy_read(ctx, path, &x) == 0)
            ana_tensor_finish(&x);
    }
    ana_free(ctx, file);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(bytes_after_the_array_are_warned_of)
{
    struct ana_ctx *ctx = test_ctx();
    const struct ana_warning *list;
    struct ana_tensor x;

    test_folder(folder, sizeof folder);
    ck_assert_int_eq(ana_npy_read(ctx, forge(ctx, DICT("(4,)"), 21), &x), 0);
    ana_tensor_finish(&x);
    ck_assert_int_eq(ana_ctx_warnings(ctx, &list), 1);
    ck_assert_ptr_nonnull(
        strstr(list[0].text, "forged.npy: 5 bytes after the array's end"));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(data_at_an_odd_byte_and_large_files_read_alike)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x, y;
    char path[128];

    test_folder(folder, sizeof folder);
    ck_assert_int_eq(ana_npy_read(ctx, forge(ctx, " " DICT("(4,)"), 16), &x), 0);
    ck_assert_double_eq(ana_tensor_get(&x, 3), 0);
    ana_tensor_finish(&x);

    snprintf(path, sizeof path, "%s/large.npy", folder);
    ana_tensor_create(ctx, ANA_F64, 2, (int64_t[]){400, 500}, &x);
    for (int i = 0; i < 200000; i++)
        ((double *)x.data)[i] = i * .5;
    ck_assert_int_eq(ana_npy_write(ctx, path, &x), 0);
    ck_assert_int_eq(ana_npy_read(ctx, path, &y), 0);
    ck_assert(y.flags & ANA_TENSOR_READ_ONLY);
    ck_assert(memcmp(x.data, y.data, 200000 * sizeof(double)) == 0);
    ana_tensor_finish(&x);
    ana_tensor_finish(&y);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_is_written_reads_back_and_numpy_agrees)
{
    static const char script[] =
        "import sys, numpy as np\n"
        "for t in 'f4 f8 i1 u1 i2 u2 i4 u4 i8 u8 f2'.split():\n"
        "    a = np.load(f'{sys.argv[1]}/{t}.npy')\n"
        "    assert a.dtype == np.dtype(t) and a.shape == (3, 2), (a.dtype, a.shape)\n"
        "    assert (a == np.arange(6).reshape(2, 3).T).all(), a\n"
        "assert np.load(sys.argv[1] + '/scalar.npy').shape == ()\n";
    static const char *const types[] = {"f4", "f8", "i1", "u1", "i2", "u2",
                                        "i4", "u4", "i8", "u8", "f2"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_tensor x, y, back;
    int64_t data[] = {0, 1, 2, 3, 4, 5};
    char path[128], command[256];

    test_folder(folder, sizeof folder);
    for (int32_t t = ANA_F32; t <= ANA_F16; t++) {
        ana_tensor_view(ANA_I64, 2, (int64_t[]){2, 3}, data, &x);
        ck_assert_int_eq(ana_tensor_convert(ctx, &x, t, &y), 0);
        memcpy(y.shape, (int64_t[]){3, 2}, 2 * sizeof *y.shape); /* the transpose */
        memcpy(y.strides, (int64_t[]){1, 3}, 2 * sizeof *y.strides);
        snprintf(path, sizeof path, "%s/%s.npy", folder, types[t - 1]);
        ck_assert_int_eq(ana_npy_write(ctx, path, &y), 0);
        ck_assert_int_eq(ana_npy_read(ctx, path, &back), 0);
        ck_assert_int_eq(back.dtype, t);
        for (int i = 0; i < 6; i++)
            ck_assert_double_eq(ana_tensor_get(&back, i), ana_tensor_get(&y, i));
        ana_tensor_finish(&back);
        ana_tensor_finish(&y);
    }
    ana_tensor_view(ANA_I64, 0, NULL, data, &x);
    snprintf(path, sizeof path, "%s/scalar.npy", folder);
    ck_assert_int_eq(ana_npy_write(ctx, path, &x), 0);
    x.dtype = ANA_BF16;
    ck_assert_int_eq(ana_npy_write(ctx, path, &x), ANA_ESHAPE);
    ana_ctx_destroy(ctx);
    if (system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
        TEST_SKIP("no NumPy to read back with");
    snprintf(path, sizeof path, "%s/read.py", folder);
    ctx = test_ctx();
    ck_assert_int_eq(ana_file_write(ctx, path, script, (int64_t)strlen(script)), 0);
    ana_ctx_destroy(ctx);
    snprintf(command, sizeof command, "/usr/bin/python3 %s %s", path, folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static struct ana_ctx *walk_ctx;
static int walked;

static int read_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    const size_t n = strlen(path);
    int32_t dtype, ndim;
    int64_t shape[ANA_MAX_DIMS];
    struct ana_tensor x;

    (void)st;
    (void)where;
    if (type != FTW_F || n < 4 || strcmp(path + n - 4, ".npy") != 0)
        return 0;
    ck_assert_msg(ana_npy_shape(walk_ctx, path, &dtype, &ndim, shape) == 0, "%s",
                  ana_error(walk_ctx));
    if (dtype != 0) {
        ck_assert_msg(ana_npy_read(walk_ctx, path, &x) == 0, "%s", ana_error(walk_ctx));
        ana_tensor_finish(&x);
    }
    walked++;
    return 0;
}

START_TEST(every_reference_file_reads)
{
    const struct ana_warning *list;
    char buffer[512];
    const char *path = test_shared("reference", buffer, sizeof buffer);

    if (!path)
        TEST_SKIP("no ../shared/reference");
    walk_ctx = test_ctx();
    ck_assert_int_eq(nftw(path, read_one, 16, FTW_PHYS), 0);
    ck_assert_int_gt(walked, 100);
    ck_assert_int_eq(ana_ctx_warnings(walk_ctx, &list), 0);
    ana_ctx_destroy(walk_ctx);
}
END_TEST

START_TEST(utf8_is_checked_as_rfc_3629_says)
{
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xc3(",
                                      "\xff"};
    char out[4];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(ana_utf8_invalid(bad[i], (int64_t)strlen(bad[i])), 0);
    ck_assert_int_eq(ana_utf8_invalid("ab\xc3\xbc\xff", 5), 4);
    for (uint32_t code = 0; code < 0x120000; code += 7) {
        const int n = ana_utf8_put(code, out);

        ck_assert_int_eq(n > 0, code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
        ck_assert_int_eq(ana_utf8_invalid(out, n), -1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("npy");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_test(all, every_numeric_type_of_numpy_reads_as_written);
    tcase_add_test(all, a_box_of_a_file_is_what_the_whole_file_has_there);
    tcase_add_test(all, a_scalar_and_an_empty_array_are_arrays);
    tcase_add_test(all, names_of_all_alphabets_come_as_utf8);
    tcase_add_test(all, what_anaflow_does_not_read_is_refused_with_what_to_do);
    tcase_add_test(all, hostile_headers_are_refused_at_their_byte);
    tcase_add_test(all, a_file_cut_anywhere_or_with_any_byte_changed_never_crashes);
    tcase_add_test(all, bytes_after_the_array_are_warned_of);
    tcase_add_test(all, data_at_an_odd_byte_and_large_files_read_alike);
    tcase_add_test(all, what_is_written_reads_back_and_numpy_agrees);
    tcase_add_test(all, every_reference_file_reads);
    tcase_add_test(all, utf8_is_checked_as_rfc_3629_says);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
