/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compressed images: inflated once and kept in blocks, in memory or in a scratch file, by
 * one thread or two, they give what the same image gives plain; what is damaged is found.
 */
#include "tests/unit/sources.h"

#include <zlib.h>

#include "base/file.h"
#include "linalg/pool.h"

enum { X = 60, Y = 50, Z = 30, SMALL = 6, LARGE = 90, BYTES = X * Y * Z * 2 };

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Value i of the image is i * 7919 modulo 30011. */
static uint8_t *make_image(struct ana_ctx *ctx, int64_t T)
{
    uint8_t *image = ana_alloc(ctx, 352 + BYTES * T, 1);
    char *head;
    int64_t n;

    ck_assert_int_eq(
        ana_file_read(ctx, test_golden("nifti/i2_le.nii"), 1 << 20, &head, &n), 0);
    memcpy(image, head, 352);
    memcpy(image + 42, (int16_t[]){X, Y, Z, (int16_t)T}, 8);
    for (int64_t i = 0; i < X * Y * Z * T; i++)
        memcpy(image + 352 + 2 * i, &(int16_t){(int16_t)(i * 7919 % 30011)}, 2);
    ana_free(ctx, head);
    return image;
}

/* mode "wb" starts a file, "ab" adds a member. */
static void pack(const char *path, const char *mode, const void *bytes, int64_t n)
{
    gzFile gz = gzopen(path, mode);

    ck_assert_int_eq(gzwrite(gz, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(gz), Z_OK);
}

/* plain.nii and packed.nii.gz. */
static void make_pair(int64_t T)
{
    struct ana_ctx *ctx = test_ctx();
    uint8_t *image = make_image(ctx, T);

    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("plain.nii"), (char *)image, 352 + BYTES * T), 0);
    pack(in_folder("packed.nii.gz"), "wb1", image, 352 + BYTES * T);
    ana_free(ctx, image);
    ana_ctx_destroy(ctx);
}

static int read_f64(struct test_recording *r, int64_t first, int64_t n,
                    const int64_t *targets, int64_t n_targets, double *out)
{
    struct ana_tensor view;

    ana_tensor_view(ANA_F64, 2, (int64_t[]){n, n_targets}, out, &view);
    return r->vt->read(r->ctx, r->self, 0, first, n, targets, n_targets, &view);
}

/* Once in memory, once in a scratch file; some rows of some voxels, again and again. */
START_TEST(blocks_give_what_the_plain_image_gives)
{
    enum { N = 3000 };
    const int64_t T = _i ? LARGE : SMALL;
    struct test_recording plain, packed;
    int64_t voxels[N];
    static double a[N * 3], b[N * 3];

    make_pair(T);
    test_open_ok(&plain, "nifti", in_folder("plain.nii"), "");
    test_open_ok(&packed, "nifti", in_folder("packed.nii.gz"), "");
    if (_i)
        ck_assert_int_gt(packed.info.scratch, BYTES * T - 1);
    else
        ck_assert_int_eq(packed.info.scratch, 0);
    for (int i = 0; i < N; i++)
        voxels[i] = (int64_t)i * 29 + i % 7;
    for (int64_t first = 0; first + 3 <= T; first += T / 3) {
        ck_assert_int_eq(read_f64(&plain, first, 3, voxels, N, a), 0);
        ck_assert_int_eq(read_f64(&packed, first, 3, voxels, N, b), 0);
        ck_assert_mem_eq(a, b, sizeof a);
        ck_assert_double_eq(a[0],
                            (double)((first * X * Y * Z + voxels[0]) * 7919 % 30011));
    }
    test_recording_close(&plain);
    test_recording_close(&packed);
}
END_TEST

/* All of it as float32, by one thread and by two, the first time and from blocks. */
START_TEST(any_number_of_threads_gives_the_same_bits)
{
    const int64_t T = LARGE, V = X * Y * Z;
    struct ana_ctx *ctx = test_ctx();
    float *x[3];

    make_pair(T);
    for (int i = 0; i < 3; i++) {
        struct test_recording r;
        struct ana_pool *pool = NULL;
        struct ana_tensor out;

        x[i] = ana_alloc(ctx, T * V, sizeof **x);
        ana_tensor_view(ANA_F32, 2, (int64_t[]){T, V}, x[i], &out);
        test_open_ok(&r, "nifti", in_folder(i == 0 ? "plain.nii" : "packed.nii.gz"), "");
        ck_assert_int_eq(ana_pool_create(r.ctx, i == 2 ? 2 : 1, &pool), 0);
        ana_ctx_set_pool(r.ctx, pool);
        for (int again = 0; again < 2; again++) {
            memset(x[i], 0, (size_t)(T * V) * sizeof **x);
            ck_assert_int_eq(r.vt->read(r.ctx, r.self, 0, 0, T, NULL, V, &out), 0);
            ck_assert(memcmp(x[0], x[i], (size_t)(T * V) * sizeof **x) == 0);
        }
        ana_ctx_set_pool(r.ctx, NULL);
        ana_pool_destroy(pool);
        test_recording_close(&r);
    }
    for (int i = 0; i < 3; i++)
        ana_free(ctx, x[i]);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A parcel of 56,550 voxels is averaged some rows at a time. */
START_TEST(a_large_parcel_has_the_mean_of_its_voxels)
{
    const int64_t T = LARGE, V = X * Y * Z;
    static double mean[LARGE];
    struct test_recording all, parcel;
    double *x = calloc((size_t)(T * V), sizeof *x);

    make_pair(T);
    test_open_ok(&all, "nifti", in_folder("plain.nii"), "spheres=ball 0 0 0 80");
    test_open_ok(&parcel, "nifti", in_folder("packed.nii.gz"),
                 "spheres=ball 0 0 0 80;average=parcels");
    ck_assert_int_gt(all.info.n_targets, 12000); /* more than 4 MB of 90 rows */
    ck_assert_int_eq(parcel.info.n_targets, 1);
    ck_assert_int_eq(read_f64(&all, 0, T, NULL, all.info.n_targets, x), 0);
    ck_assert_int_eq(read_f64(&parcel, 0, T, NULL, 1, mean), 0);
    for (int64_t t = 0; t < T; t++) {
        double sum = 0;

        for (int64_t v = 0; v < all.info.n_targets; v++)
            sum += x[t * all.info.n_targets + v];
        ck_assert_double_eq(mean[t], sum / (double)all.info.n_targets);
    }
    free(x);
    test_recording_close(&all);
    test_recording_close(&parcel);
}
END_TEST

static int read_packed(char *sentence, size_t room)
{
    struct test_recording r;
    static double x[X * Y * Z];
    int rc = test_open(&r, "nifti", in_folder("packed.nii.gz"), 0, "");

    for (int64_t t = 0; rc == 0 && t < SMALL; t++) {
        rc = read_f64(&r, t, 1, NULL, X * Y * Z, x);
        for (int64_t v = 0; rc == 0 && v < X * Y * Z; v++)
            ck_assert_double_eq(x[v], (double)((t * X * Y * Z + v) * 7919 % 30011));
    }
    snprintf(sentence, room, "%s", rc ? ana_error(r.ctx) : "");
    test_recording_close(&r);
    return rc;
}

/* Members may end anywhere: inside the header, between volumes; zeros or other bytes may
 * stand behind the last. */
START_TEST(members_one_after_another_are_one_image)
{
    static const int64_t cuts[][3] = {
        {1, 2, 3}, {200, 352, 353}, {352 + BYTES - 1, 352 + BYTES, 352 + 3 * BYTES + 1}};
    const int64_t all = 352 + BYTES * SMALL;
    struct ana_ctx *ctx = test_ctx();
    uint8_t *image = make_image(ctx, SMALL);
    const char *path = in_folder("packed.nii.gz");
    char sentence[512];

    for (size_t i = 0; i < 3; i++) {
        int64_t from = 0;
        FILE *file;

        for (int c = 0; c <= 3; c++) {
            const int64_t to = c < 3 ? cuts[i][c] : all;

            pack(path, c == 0 ? "wb1" : "ab9", image + from, to - from);
            from = to;
        }
        file = fopen(path, "ab");
        ck_assert_uint_eq(
            fwrite(i == 1 ? "\0\0\0\0\0" : "later", 1, i == 0 ? 0 : 5, file),
            i == 0 ? 0 : 5);
        fclose(file);
        ck_assert_msg(read_packed(sentence, sizeof sentence) == 0, "%s", sentence);
    }
    ana_free(ctx, image);
    ana_ctx_destroy(ctx);
}
END_TEST

static const struct {
    int64_t from_end; /* of a byte that is turned over; 0 = none */
    int64_t cut;      /* bytes less */
    const char *sentence;
} damages[] = {
    {8, 0, "what it holds does not have its checksum; the file is damaged"},
    {4, 0, "what it holds does not have its checksum; the file is damaged"},
    {0, 1, "ends inside volume 5 of 6; it is cut short, copy it again"},
    {0, 8, "ends inside volume 5 of 6; it is cut short, copy it again"},
    {0, 5000, "of 6; it is cut short, copy it again"},
};

START_TEST(a_checksum_that_does_not_fit_is_found)
{
    struct ana_ctx *ctx = test_ctx();
    char sentence[512], *data;
    int64_t n;

    make_pair(SMALL);
    ck_assert_int_eq(ana_file_read(ctx, in_folder("packed.nii.gz"), 1 << 24, &data, &n),
                     0);
    if (damages[_i].from_end)
        data[n - damages[_i].from_end] ^= 1;
    ck_assert_int_eq(
        ana_file_write(ctx, in_folder("packed.nii.gz"), data, n - damages[_i].cut), 0);
    ana_free(ctx, data);
    ck_assert_int_eq(read_packed(sentence, sizeof sentence), ANA_EDATA);
    ck_assert_msg(strstr(sentence, damages[_i].sentence) != NULL, "%s", sentence);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A header may promise what no file of its size can hold. */
START_TEST(a_promise_that_cannot_be_kept_takes_no_memory)
{
    struct ana_ctx *ctx = test_ctx();
    uint8_t *image = make_image(ctx, 1);
    char sentence[512];

    memcpy(image + 42, (int16_t[]){30000, 30000, 30000, 30000}, 8);
    pack(in_folder("packed.nii.gz"), "wb", image, 352 + BYTES);
    ana_free(ctx, image);
    {
        struct test_recording r;
        const char *mask = test_golden("nifti/mask.nii.gz");
        char settings[600];

        snprintf(settings, sizeof settings, "mask=%s", mask);
        ck_assert_int_eq(test_open(&r, "nifti", in_folder("packed.nii.gz"), 0, settings),
                         ANA_EDATA);
        test_recording_close(&r);
        snprintf(settings, sizeof settings, "mask=%s", in_folder("packed.nii.gz"));
        ck_assert_int_eq(
            test_open(&r, "nifti", test_golden("nifti/mask.nii.gz"), 1, settings),
            ANA_EDATA);
        snprintf(sentence, sizeof sentence, "%s", ana_error(r.ctx));
        test_recording_close(&r);
    }
    ck_assert_msg(*sentence != 0, "no sentence");
    ana_ctx_destroy(ctx);
}
END_TEST

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
}

int main(void)
{
    Suite *s = suite_create("nifti_gz");
    TCase *t = tcase_create("nifti_gz");

    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_loop_test(t, blocks_give_what_the_plain_image_gives, 0, 2);
    tcase_add_test(t, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(t, a_large_parcel_has_the_mean_of_its_voxels);
    tcase_add_test(t, members_one_after_another_are_one_image);
    tcase_add_loop_test(t, a_checksum_that_does_not_fit_is_found, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_test(t, a_promise_that_cannot_be_kept_takes_no_memory);
    suite_add_tcase(s, t);
    return test_main(s);
}
