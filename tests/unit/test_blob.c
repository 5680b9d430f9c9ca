/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <fcntl.h>

#include "base/file.h"
#include "data/blob.h"
#include "data/known_files.h"

/* A path in a folder of this test's own. */
static const char *test_path(const char *name)
{
    static char folder[100], paths[4][200];
    static int next;
    char *path = paths[next++ % 4];

    if (!*folder)
        test_folder(folder, sizeof folder);
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Written as an editor would, without waiting for the disk. */
static void write_bytes(const char *path, const char *bytes, int64_t n)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq((int64_t)fwrite(bytes, 1, (size_t)n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

static const char note[] = "two pieces\nfor a test";

static void write_one(struct ana_ctx *ctx, const char *path)
{
    const struct ana_piece pieces[] = {{"first ", 6}, {"second", 6}};

    ck_assert_int_eq(ana_blob_write(ctx, path, 2, pieces, note), 0);
}

START_TEST(content_and_note_come_back)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("blob");
    struct ana_blob blob;

    write_one(ctx, path);
    ck_assert_int_eq(ana_blob_open(ctx, path, &blob), 0);
    ck_assert_int_eq(blob.n, 12);
    ck_assert(memcmp(blob.data, "first second", 12) == 0);
    ck_assert_int_eq(blob.n_note, (int64_t)strlen(note));
    ck_assert(memcmp(blob.note, note, strlen(note)) == 0);
    ana_blob_close(&blob);
    ck_assert_int_eq(ana_blob_open(ctx, test_path("no such"), &blob), 0);
    ck_assert_ptr_null(blob.data);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Every bit of the file, wherever it stands, and every length that is cut short. */
START_TEST(each_flipped_bit_and_each_lost_byte_is_damage)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("blob"), *broken = test_path("broken");
    struct ana_blob blob;
    char *bytes;
    int64_t n;

    write_one(ctx, path);
    ck_assert_int_eq(ana_file_read(ctx, path, 1000, &bytes, &n), 0);
    ck_assert_int_eq(n, 12 + (int64_t)strlen(note) + 48);
    for (int64_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
        write_bytes(broken, bytes, n);
        ck_assert_int_eq(ana_blob_open(ctx, broken, &blob), ANA_EDATA);
        ck_assert_ptr_nonnull(strstr(ana_error(ctx), "broken: is damaged: "));
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
    for (int64_t k = 0; k < n; k++) {
        write_bytes(broken, bytes, k);
        ck_assert_int_eq(ana_blob_open(ctx, broken, &blob), ANA_EDATA);
    }
    ana_free(ctx, bytes);
    ana_ctx_destroy(ctx);
}
END_TEST

static void write_text(const char *path, const char *text)
{
    write_bytes(path, text, (int64_t)strlen(text));
}

/* Give a file times of long ago, so that its hash may be remembered. */
static void make_old(const char *path)
{
    const struct timespec then[2] = {{1000000000, 5}, {1000000000, 5}};

    ck_assert_int_eq(utimensat(AT_FDCWD, path, then, 0), 0);
}

START_TEST(a_changed_file_has_another_hash_even_with_its_old_times)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("input");
    struct ana_known_files *known;
    struct ana_hash before, again, after;

    ck_assert_int_eq(ana_known_files_create(ctx, test_path("index"), &known), 0);
    write_text(path, "abcd");
    make_old(path);
    ck_assert_int_eq(ana_known_files_hash(ctx, known, path, &before), 0);
    ck_assert_int_eq(ana_known_files_hash(ctx, known, path, &again), 0);
    ck_assert_str_eq(before.hex, again.hex);
    ck_assert_str_eq(before.hex, ana_hash_bytes("abcd", 4).hex);
    write_text(path, "abce");
    make_old(path);
    ck_assert_int_eq(ana_known_files_hash(ctx, known, path, &after), 0);
    ck_assert_str_eq(after.hex, ana_hash_bytes("abce", 4).hex);
    ana_known_files_destroy(ctx, known);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The change of a file's status (ctime) is always young here, so nothing may be saved; an
 * index of our own making shows that what is remembered is believed. */
START_TEST(the_index_is_believed_for_an_untouched_file_and_no_other)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("input"), *index = test_path("index");
    const char *lie = "0123456789abcdef0123456789abcdef";
    struct ana_known_files *known;
    struct ana_file_sign sign;
    struct ana_hash hash;
    char line[5000];

    write_text(path, "abcd");
    ck_assert_int_eq(ana_file_sign(path, &sign), 1);
    for (int wrong = 0; wrong < 5; wrong++) {
        snprintf(line, sizeof line, "%s\t%lld\t%lld\t%lld\t%llu\t%s\n", lie,
                 (long long)sign.size + (wrong == 1),
                 (long long)sign.mtime + (wrong == 2),
                 (long long)sign.ctime + (wrong == 3),
                 (unsigned long long)sign.inode + (wrong == 4), path);
        ck_assert_int_eq(ana_blob_write(ctx, index, 1,
                                        &(struct ana_piece){line, (int64_t)strlen(line)},
                                        ""),
                         0);
        ck_assert_int_eq(ana_known_files_create(ctx, index, &known), 0);
        ck_assert_int_eq(ana_known_files_hash(ctx, known, path, &hash), 0);
        ck_assert_str_eq(hash.hex, wrong ? ana_hash_bytes("abcd", 4).hex : lie);
        ana_known_files_destroy(ctx, known);
    }
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_file_changed_this_second_is_not_remembered)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("input"), *index = test_path("index");
    struct ana_known_files *known;
    struct ana_file_sign sign;
    struct ana_hash hash;

    write_text(path, "abcd");
    ck_assert_int_eq(ana_known_files_create(ctx, index, &known), 0);
    ck_assert_int_eq(ana_known_files_hash(ctx, known, path, &hash), 0);
    ck_assert_int_eq(ana_known_files_save(ctx, known), 0);
    ck_assert_int_eq(ana_file_sign(index, &sign), 0);
    ana_known_files_destroy(ctx, known);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_damaged_index_is_removed_with_a_warning)
{
    struct ana_ctx *ctx = test_ctx();
    const char *index = test_path("index");
    const struct ana_warning *warnings;
    struct ana_known_files *known;
    struct ana_file_sign sign;

    write_text(index, "nothing that a blob would be, and long enough to have a tail");
    ck_assert_int_eq(ana_known_files_create(ctx, index, &known), 0);
    ck_assert_int_eq(ana_file_sign(index, &sign), 0);
    ck_assert_int_eq(ana_ctx_warnings(ctx, &warnings), 1);
    ck_assert_ptr_nonnull(strstr(warnings[0].text, "index: is damaged: "));
    ana_known_files_destroy(ctx, known);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The file that pieces in any order make is that of the whole; nothing stands under its
 * name before it is sealed, and nothing is left of one that is given up. */
START_TEST(pieces_in_any_order_make_the_file_of_the_whole)
{
    static char content[300000];
    struct ana_ctx *ctx = test_ctx();
    const char *whole = test_path("whole"), *pieces = test_path("pieces");
    struct ana_blob_writer writer;
    struct ana_file_sign sign;
    int64_t n_names, n_whole, n_pieces;
    char **names, *a, *b, folder[256], gone[300];

    memset(content + 1000, 'x', 5000);
    memset(content + 200000, 'y', 99999);
    test_folder(folder, sizeof folder);
    ck_assert_int_eq(ana_blob_write(ctx, whole, 1,
                                    &(struct ana_piece){content, sizeof content}, "note"),
                     0);
    ck_assert_int_eq(ana_blob_begin(ctx, pieces, sizeof content, &writer), 0);
    ck_assert_int_eq(ana_blob_place(ctx, &writer, 200000, content + 200000, 99999), 0);
    ck_assert_int_eq(ana_blob_place(ctx, &writer, 1000, content + 1000, 5000), 0);
    ck_assert(!ana_file_sign(pieces, &sign));
    ck_assert_int_eq(ana_blob_seal(ctx, &writer, "note"), 0);
    ck_assert_int_eq(ana_file_read(ctx, whole, 1 << 20, &a, &n_whole), 0);
    ck_assert_int_eq(ana_file_read(ctx, pieces, 1 << 20, &b, &n_pieces), 0);
    ck_assert_int_eq(n_whole, n_pieces);
    ck_assert_mem_eq(a, b, (size_t)n_whole);
    ana_free(ctx, a);
    ana_free(ctx, b);
    snprintf(gone, sizeof gone, "%s/gone", folder);
    ck_assert_int_eq(ana_blob_begin(ctx, gone, 9, &writer), 0);
    ck_assert_int_eq(ana_folder_list(ctx, folder, &n_names, &names), 0);
    ck_assert_int_eq(n_names, 1);
    ck_assert(ana_file_is_temporary(names[0])); /* a run that is killed leaves this */
    ana_free(ctx, names[0]);
    ana_free(ctx, names);
    ana_blob_abort(&writer);
    ck_assert_int_eq(ana_folder_list(ctx, folder, &n_names, &names), 0);
    ck_assert_int_eq(n_names, 0);
    ana_free(ctx, names);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(one_lock_alone_or_many_shared)
{
    struct ana_ctx *ctx = test_ctx();
    const char *path = test_path("lock");
    int a, b;

    ck_assert_int_eq(ana_lock_take(ctx, path, ANA_LOCK_ALONE, &a), 0);
    ck_assert_int_ge(a, 0);
    ck_assert_int_eq(ana_lock_take(ctx, path, ANA_LOCK_ALONE, &b), 0);
    ck_assert_int_eq(b, -1);
    ck_assert_int_eq(ana_lock_change(a, ANA_LOCK_SHARED), 1);
    ck_assert_int_eq(ana_lock_take(ctx, path, ANA_LOCK_SHARED, &b), 0);
    ck_assert_int_ge(b, 0);
    ck_assert_int_eq(ana_lock_change(a, ANA_LOCK_ALONE), 0);
    ana_lock_release(&b);
    ana_lock_release(&a);
    ck_assert_int_eq(a, -1);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blob");
    TCase *all = tcase_create("all");

    tcase_add_test(all, content_and_note_come_back);
    tcase_add_test(all, each_flipped_bit_and_each_lost_byte_is_damage);
    tcase_add_test(all, a_changed_file_has_another_hash_even_with_its_old_times);
    tcase_add_test(all, the_index_is_believed_for_an_untouched_file_and_no_other);
    tcase_add_test(all, a_file_changed_this_second_is_not_remembered);
    tcase_add_test(all, a_damaged_index_is_removed_with_a_warning);
    tcase_add_test(all, pieces_in_any_order_make_the_file_of_the_whole);
    tcase_add_test(all, one_lock_alone_or_many_shared);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
