/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compressed images: inflated once and kept in blocks, in the cache or in a scratch file,
 * by one thread or two, they give what the same image gives plain; what is damaged is
 * found.
 */
#include "tests/unit/sources.h"

#include <zlib.h>

#include "base/file.h"
#include "data/blob.h"
#include "data/blocks.h"
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

/* Few volumes and many; some rows of some voxels, again and again. */
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
    ck_assert_int_eq(plain.info.n_kept, 0);
    ck_assert_int_eq(packed.info.n_kept, 1); /* as float32, filled up to whole blocks */
    ck_assert_int_ge(packed.info.kept[0].n * packed.info.kept[0].bytes, 2 * BYTES * T);
    ck_assert_int_le(packed.info.kept[0].n * packed.info.kept[0].bytes,
                     2 * BYTES * T * 21 / 20);
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

/* The cache of a recording that is open; what is known of files is read from `index`. */
static struct ana_keeper keeper;

static void use_cache(struct test_recording *r, const char *blocks, const char *index)
{
    keeper = (struct ana_keeper){.folder = blocks};
    ck_assert_int_eq(ana_known_files_create(r->ctx, index, &keeper.known), 0);
    ana_ctx_set_keeper(r->ctx, &keeper);
}

static void close_with_cache(struct test_recording *r)
{
    ana_ctx_set_keeper(r->ctx, NULL);
    ana_known_files_destroy(r->ctx, keeper.known);
    test_recording_close(r);
}

/* All of a file, with a cache, and the line that the log has of it. */
static int read_cached(const char *path, const char *index, int32_t dtype, int64_t n,
                       void *out, char *log, size_t room)
{
    struct test_recording r;
    struct ana_tensor view;
    FILE *file = tmpfile();
    int rc;

    test_open_ok(&r, "nifti", path, "tr=2;stack=runs");
    use_cache(&r, in_folder("blocks"), index);
    ana_ctx_set_log(r.ctx, file);
    ck_assert_int_eq(n, r.info.runs[0].n * r.info.n_targets);
    ana_tensor_view(dtype, 2, (int64_t[]){r.info.runs[0].n, r.info.n_targets}, out,
                    &view);
    rc = r.vt->read(r.ctx, r.self, 0, 0, r.info.runs[0].n, NULL, r.info.n_targets, &view);
    ana_ctx_set_log(r.ctx, NULL);
    rewind(file);
    log[fread(log, 1, room - 1, file)] = 0;
    fclose(file);
    if (rc != 0)
        snprintf(log, room, "%s", ana_error(r.ctx));
    close_with_cache(&r);
    return rc;
}

static const char *const every_type[] = {
    "u1_le", "i1_le", "i2_le",  "i2_be",  "u2_le",  "u2_be",     "i4_le",    "i4_be",
    "u4_le", "u4_be", "i8_le",  "i8_be",  "u8_le",  "u8_be",     "f4_le",    "f4_be",
    "f8_le", "f8_be", "f16_le", "f16_be", "f10_le", "scaled_le", "scaled_be"};

/* Scaled or not, as float32 or in a type of their own: inflated for the first time, or
 * taken from the cache, numbers are those of the plain file to the last bit. */
START_TEST(the_cache_changes_no_bit_of_any_type)
{
    char from[64], log[1000];
    struct ana_ctx *ctx = test_ctx();
    struct test_recording plain;
    int64_t n, size;
    char *data;
    void *x[3];

    snprintf(from, sizeof from, "nifti/%s.nii", every_type[_i]);
    ck_assert_int_eq(ana_file_read(ctx, test_golden(from), 1 << 20, &data, &size), 0);
    pack(in_folder("typed.nii.gz"), "wb", data, size);
    ana_free(ctx, data);
    test_open_ok(&plain, "nifti", test_golden(from), "tr=2;stack=runs");
    n = plain.info.runs[0].n * plain.info.n_targets;
    for (int i = 0; i < 3; i++)
        x[i] = calloc((size_t)n, 8);
    for (int32_t wide = 0; wide < 2; wide++) {
        const int32_t dtype = wide ? ANA_F64 : ANA_F32;
        struct ana_tensor view;

        ana_tensor_view(dtype, 2, (int64_t[]){plain.info.runs[0].n, plain.info.n_targets},
                        x[0], &view);
        ck_assert_int_eq(plain.vt->read(plain.ctx, plain.self, 0, 0, plain.info.runs[0].n,
                                        NULL, plain.info.n_targets, &view),
                         0);
        for (int i = 1; i < 3; i++) {
            ck_assert_int_eq(read_cached(in_folder("typed.nii.gz"), NULL, dtype, n, x[i],
                                         log, sizeof log),
                             0);
            ck_assert_msg(strstr(log, wide || i == 2 ? ": taken from the cache ("
                                                     : ": into the cache (") != NULL,
                          "%s", log);
            ck_assert_mem_eq(x[0], x[i], (size_t)n * (wide ? 8 : 4));
        }
    }
    for (int i = 0; i < 3; i++)
        free(x[i]);
    test_recording_close(&plain);
    ana_ctx_destroy(ctx);
}
END_TEST

/* An index that knows a file's hash by its size, times and inode, as it is now. */
static void write_index(struct ana_ctx *ctx, const char *path,
                        const struct ana_hash *hash)
{
    char *whole = realpath(path, NULL), line[1000];
    struct ana_file_sign sign;
    int n;

    ck_assert(ana_file_sign(whole, &sign));
    n = snprintf(line, sizeof line, "%s\t%lld\t%lld\t%lld\t%llu\t%s\n", hash->hex,
                 (long long)sign.size, (long long)sign.mtime, (long long)sign.ctime,
                 (unsigned long long)sign.inode, whole);
    ck_assert_int_eq(ana_blob_write(ctx, in_folder("files"), 1,
                                    &(struct ana_piece){line, n}, "hashes"),
                     0);
    free(whole);
}

/* All but the start of the file is spoilt, behind the back of the index: who is content
 * with the cache does not see it, who inflates does. */
START_TEST(what_is_in_the_cache_is_not_inflated_again)
{
    const int64_t n = SMALL * X * Y * Z;
    char path[300];
    struct ana_ctx *ctx = test_ctx();
    double *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)n, sizeof *y);
    int rc;
    char log[1000], *data;
    struct ana_hash hash;
    int64_t size;

    snprintf(path, sizeof path, "%s", in_folder("packed.nii.gz"));
    make_pair(SMALL);
    ck_assert_int_eq(ana_hash_file(ctx, path, &hash), 0);
    ck_assert_int_eq(read_cached(path, NULL, ANA_F64, n, x, log, sizeof log), 0);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 24, &data, &size), 0);
    memset(data + 4096, 0xff, (size_t)size - 4096);
    ck_assert_int_eq(ana_file_write(ctx, path, data, size), 0);
    write_index(ctx, path, &hash);
    ck_assert_int_eq(
        read_cached(path, in_folder("files"), ANA_F64, n, y, log, sizeof log), 0);
    ck_assert_mem_eq(x, y, (size_t)n * sizeof *x);
    rc = read_cached(path, NULL, ANA_F64, n, y, log, sizeof log);
    ck_assert_msg(rc == ANA_EDATA, "%s", log);
    ck_assert_msg(strstr(log, "; the file is damaged, copy it again") ||
                      strstr(log, "; it is cut short, copy it again"),
                  "%s", log);
    ana_free(ctx, data);
    free(x);
    free(y);
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
    {0, 1,
     "its checksum is cut off, so that nobody can tell whether its 6 volumes are right; "
     "it is cut short, copy it again"},
    {0, 8,
     "its checksum is cut off, so that nobody can tell whether its 6 volumes are right; "
     "it is cut short, copy it again"},
    {0, 5000, "of 6; it is cut short, copy it again"},
    {500000, 0, "; the file is damaged, copy it again"},
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
    tcase_add_loop_test(t, the_cache_changes_no_bit_of_any_type, 0,
                        sizeof every_type / sizeof *every_type);
    tcase_add_test(t, what_is_in_the_cache_is_not_inflated_again);
    tcase_add_test(t, a_large_parcel_has_the_mean_of_its_voxels);
    tcase_add_test(t, members_one_after_another_are_one_image);
    tcase_add_loop_test(t, a_checksum_that_does_not_fit_is_found, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_test(t, a_promise_that_cannot_be_kept_takes_no_memory);
    suite_add_tcase(s, t);
    return test_main(s);
}
