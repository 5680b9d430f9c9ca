/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What readers make of files, in the cache: there once it is whole, told apart by all that
 * it was made from, and never believed where a byte is another.
 */
#include "tests/unit/helpers.h"

#include <dirent.h>

#include "base/file.h"
#include "data/blob.h"
#include "data/blocks.h"

enum { N = 5, BYTES = 72 };

static char folder[100];

static const char *in_folder(const char *name)
{
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *path, const void *bytes, int64_t n)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq((int64_t)fwrite(bytes, 1, (size_t)n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

/* A cache of this test's own, and a file that its blocks are made from. */
struct bench {
    struct ana_ctx *ctx;
    struct ana_keeper keeper;
    char blocks[120];
    int64_t numbers[3];
    struct ana_blocks_key key;
};

static void begin(struct bench *b)
{
    memset(b, 0, sizeof *b);
    test_folder(folder, sizeof folder);
    b->ctx = test_ctx();
    snprintf(b->blocks, sizeof b->blocks, "%s/cache/blocks", folder);
    b->keeper.folder = b->blocks;
    ck_assert_int_eq(ana_known_files_create(b->ctx, NULL, &b->keeper.known), 0);
    ana_ctx_set_keeper(b->ctx, &b->keeper);
    write_bytes(in_folder("file"), "content", 7);
    b->numbers[0] = 4;
    b->key = (struct ana_blocks_key){.size = sizeof b->key,
                                     .file = in_folder("file"),
                                     .how = "test 1",
                                     .numbers = b->numbers,
                                     .n_numbers = 3,
                                     .what = "five blocks",
                                     .n = N,
                                     .bytes = BYTES};
}

static void end(struct bench *b)
{
    ana_ctx_set_keeper(b->ctx, NULL);
    ana_known_files_destroy(b->ctx, b->keeper.known);
    ana_ctx_destroy(b->ctx);
}

static void fill(uint8_t *bytes, int64_t i)
{
    for (int j = 0; j < BYTES; j++)
        bytes[j] = (uint8_t)(i * 31 + j * 7);
}

/* 1 if they were there. */
static int32_t open_blocks(struct bench *b, struct ana_blocks **blocks)
{
    int32_t found = -1;

    if (ana_blocks_open(b->ctx, &b->key, blocks, &found) != 0)
        ck_abort_msg("%s", ana_error(b->ctx));
    return found;
}

static void put_all(struct bench *b, struct ana_blocks *blocks)
{
    uint8_t bytes[BYTES];

    for (int64_t i = N - 1; i >= 0; i--) { /* in any order */
        fill(bytes, i);
        ck_assert_int_eq(ana_blocks_put(b->ctx, blocks, i, bytes), 0);
    }
}

static void make(struct bench *b)
{
    struct ana_blocks *blocks;

    ck_assert_int_eq(open_blocks(b, &blocks), 0);
    put_all(b, blocks);
    ck_assert_int_eq(ana_blocks_seal(b->ctx, blocks), 0);
    ana_blocks_close(b->ctx, blocks);
}

/* Get [first, first + n): 1 = lost, else they are what was put. */
static int get(struct bench *b, const struct ana_blocks *blocks, int64_t first, int64_t n)
{
    uint8_t bytes[N * BYTES], want[BYTES];
    int32_t lost = -1;

    if (ana_blocks_get(b->ctx, blocks, first, n, bytes, &lost) != 0)
        ck_abort_msg("%s", ana_error(b->ctx));
    for (int64_t i = 0; !lost && i < n; i++) {
        fill(want, first + i);
        ck_assert_mem_eq(bytes + i * BYTES, want, BYTES);
    }
    return lost;
}

/* Names in the cache's folder; the first one's path. */
static int count_entries(const struct bench *b, char *path, size_t room)
{
    DIR *dir = opendir(b->blocks);
    int n = 0;

    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.' && n++ == 0 && path)
            snprintf(path, room, "%s/%.60s", b->blocks, e->d_name);
    if (dir)
        closedir(dir);
    return n;
}

START_TEST(what_was_sealed_is_found_again)
{
    struct bench b;
    struct ana_blocks *blocks;
    struct ana_hash name;
    char path[300];
    int there;

    begin(&b);
    ck_assert_int_eq(ana_blocks_look(b.ctx, &b.key, &there, &name), 0);
    ck_assert_int_eq(there, 0);
    ck_assert_int_eq(open_blocks(&b, &blocks), 0);
    put_all(&b, blocks);
    ck_assert_int_eq(ana_blocks_seal(b.ctx, blocks), 0);
    ck_assert_int_eq(get(&b, blocks, 0, N), 0);
    ana_blocks_close(b.ctx, blocks);
    ck_assert_int_eq(ana_blocks_look(b.ctx, &b.key, &there, &name), 0);
    ck_assert_int_eq(there, 1);
    ck_assert_int_eq(count_entries(&b, path, sizeof path), 1);
    ck_assert_str_eq(strrchr(path, '/') + 1, name.hex);
    ck_assert_int_eq(open_blocks(&b, &blocks), 1);
    for (int64_t first = 0; first < N; first++)
        for (int64_t n = 0; first + n <= N; n++)
            ck_assert_int_eq(get(&b, blocks, first, n), 0);
    ana_blocks_close(b.ctx, blocks);
    ck_assert_int_eq(count_entries(&b, NULL, 0), 1);
    ck_assert_int_eq(ana_ctx_warnings(b.ctx, &(const struct ana_warning *){0}), 0);
    end(&b);
}
END_TEST

START_TEST(what_was_not_sealed_is_gone)
{
    struct bench b;
    struct ana_blocks *blocks;

    begin(&b);
    ck_assert_int_eq(open_blocks(&b, &blocks), 0);
    put_all(&b, blocks);
    ck_assert_int_eq(count_entries(&b, NULL, 0), 1); /* temporary */
    ana_blocks_close(b.ctx, blocks);
    ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
    ck_assert_int_eq(open_blocks(&b, &blocks), 0);
    ana_blocks_close(b.ctx, blocks);
    end(&b);
}
END_TEST

/* All that the bytes depend on tells entries apart; a file's name does not. */
START_TEST(content_words_and_numbers_make_the_key)
{
    struct bench b;
    struct ana_blocks *blocks;

    begin(&b);
    make(&b);
    write_bytes(in_folder("copy"), "content", 7);
    b.key.file = in_folder("copy");
    b.key.what = "called otherwise";
    ck_assert_int_eq(open_blocks(&b, &blocks), 1);
    ana_blocks_close(b.ctx, blocks);
    for (int i = 0; i < 5; i++) {
        struct bench other = b;

        other.key.numbers = other.numbers;
        if (i == 0) {
            write_bytes(in_folder("changed"), "Content", 7);
            other.key.file = in_folder("changed");
        }
        other.key.how = i == 1 ? "test 2" : other.key.how;
        other.numbers[2] += i == 2;
        other.key.n_numbers -= i == 3;
        other.key.n -= i == 4;
        ck_assert_int_eq(open_blocks(&other, &blocks), 0);
        ana_blocks_close(b.ctx, blocks);
    }
    b.keeper.fresh = 1;
    ck_assert_int_eq(open_blocks(&b, &blocks), 0);
    ana_blocks_close(b.ctx, blocks);
    end(&b);
}
END_TEST

static void expect_warning(struct bench *b, const char *part)
{
    const struct ana_warning *warnings;
    const int64_t n = ana_ctx_warnings(b->ctx, &warnings);

    ck_assert_int_ge(n, 1);
    ck_assert_msg(strstr(warnings[n - 1].text, part) != NULL, "%s", warnings[n - 1].text);
}

/* Whichever byte is turned over: those who look at all see it, and those who read get what
 * was put, or hear that it is lost. */
START_TEST(a_flipped_byte_is_never_believed)
{
    struct bench b;
    char path[300], *data;
    int64_t n;

    begin(&b);
    make(&b);
    ck_assert_int_eq(count_entries(&b, path, sizeof path), 1);
    ck_assert_int_eq(ana_file_read(b.ctx, path, 1 << 20, &data, &n), 0);
    for (int64_t at = 0; at < n; at++) {
        struct ana_blocks *blocks;
        struct ana_blob blob;
        int damaged;

        data[at] ^= 0x10;
        write_bytes(path, data, n);
        ck_assert_int_eq(ana_blob_open(b.ctx, path, &blob), ANA_EDATA);
        ck_assert(strstr(ana_error(b.ctx), "is damaged: ") != NULL);
        damaged = !open_blocks(&b, &blocks);
        ck_assert_int_eq(damaged, at >= (int64_t)N * BYTES); /* hashes, note and tail */
        for (int64_t i = 0; !damaged && i <= at / BYTES; i++)
            ck_assert_int_eq(get(&b, blocks, i, 1), i == at / BYTES);
        ana_blocks_close(b.ctx, blocks);
        expect_warning(&b, "it was removed and is computed again");
        ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
        data[at] ^= 0x10;
    }
    write_bytes(path, data, n);
    ck_assert_int_eq(count_entries(&b, NULL, 0), 1);
    ana_free(b.ctx, data);
    end(&b);
}
END_TEST

START_TEST(an_entry_that_is_cut_or_longer_is_damaged)
{
    struct bench b;
    char path[300], *data;
    int64_t n;

    begin(&b);
    make(&b);
    ck_assert_int_eq(count_entries(&b, path, sizeof path), 1);
    ck_assert_int_eq(ana_file_read(b.ctx, path, 1 << 20, &data, &n), 0);
    for (int64_t size = 0; size <= n + 1; size += size < n - 60 ? 13 : 1) {
        struct ana_blocks *blocks;
        struct ana_blob blob;

        if (size == n)
            continue;
        write_bytes(path, data, size); /* a zero stands behind what was read */
        ck_assert_int_eq(ana_blob_open(b.ctx, path, &blob), ANA_EDATA);
        ck_assert_int_eq(open_blocks(&b, &blocks), 0);
        ana_blocks_close(b.ctx, blocks);
        ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
    }
    ana_free(b.ctx, data);
    end(&b);
}
END_TEST

START_TEST(an_entry_that_was_removed_meanwhile_is_lost)
{
    struct bench b;
    struct ana_blocks *blocks;
    char path[300];

    begin(&b);
    make(&b);
    ck_assert_int_eq(open_blocks(&b, &blocks), 1);
    ck_assert_int_eq(get(&b, blocks, 1, 2), 0);
    ck_assert_int_eq(count_entries(&b, path, sizeof path), 1);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(get(&b, blocks, 1, 2), 1);
    ana_blocks_close(b.ctx, blocks);
    ck_assert_int_eq(ana_ctx_warnings(b.ctx, &(const struct ana_warning *){0}), 0);
    end(&b);
}
END_TEST

/* What is put may be of the new content, the key is of the old; in the cache or not. */
START_TEST(a_file_that_changed_meanwhile_is_refused)
{
    for (int i = 0; i < 2; i++) {
        struct bench b;
        struct ana_blocks *blocks;

        begin(&b);
        b.keeper.look = i == 1;
        ck_assert_int_eq(open_blocks(&b, &blocks), 0);
        write_bytes(in_folder("new"), "CONTENT", 7);
        ck_assert_int_eq(rename(in_folder("new"), in_folder("file")), 0);
        put_all(&b, blocks);
        ck_assert_int_eq(ana_blocks_seal(b.ctx, blocks), ANA_EDATA);
        ck_assert_ptr_nonnull(
            strstr(ana_error(b.ctx),
                   "/file: changed while it was read; run again once it is in place"));
        ana_blocks_close(b.ctx, blocks);
        ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
        make(&b);
        end(&b);
    }
}
END_TEST

START_TEST(what_is_not_there_to_put_or_get_is_refused)
{
    struct bench b;
    struct ana_blocks *blocks;
    uint8_t bytes[BYTES] = {0};
    int32_t lost;

    begin(&b);
    make(&b);
    ck_assert_int_eq(open_blocks(&b, &blocks), 1);
    ck_assert_int_eq(ana_blocks_put(b.ctx, blocks, 0, bytes), ANA_EPARAM);
    ck_assert_ptr_nonnull(
        strstr(ana_error(b.ctx), "its blocks were found or sealed already"));
    ana_ctx_clear(b.ctx);
    ck_assert_int_eq(ana_blocks_get(b.ctx, blocks, N, 1, bytes, &lost), ANA_EPARAM);
    ck_assert_str_eq(ana_error(b.ctx), "there are no 1 blocks from block 5 of 5 on");
    ana_blocks_close(b.ctx, blocks);
    end(&b);
}
END_TEST

/* Outside of a run, where only is looked, and where the folder cannot be made. */
START_TEST(without_a_cache_a_scratch_file_does)
{
    for (int i = 0; i < 3; i++) {
        struct bench b;
        struct ana_blocks *blocks;

        begin(&b);
        if (i == 0)
            ana_ctx_set_keeper(b.ctx, NULL);
        b.keeper.look = i == 1;
        if (i == 2)
            write_bytes(in_folder("cache"), "a file", 6);
        ck_assert_int_eq(open_blocks(&b, &blocks), 0);
        if (i == 2)
            expect_warning(&b, "/cache/blocks: what is made of compressed files cannot "
                               "be kept there (Not a directory), and the next run makes "
                               "it again");
        put_all(&b, blocks);
        ck_assert_int_eq(ana_blocks_seal(b.ctx, blocks), 0);
        ck_assert_int_eq(get(&b, blocks, 0, N), 0);
        ana_blocks_close(b.ctx, blocks);
        ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
        ck_assert_int_eq(open_blocks(&b, &blocks), 0);
        ana_blocks_close(b.ctx, blocks);
        end(&b);
    }
}
END_TEST

START_TEST(more_than_the_disk_has_is_refused_before_anything_is_made)
{
    struct bench b;
    struct ana_blocks *blocks;
    int32_t found;

    begin(&b);
    b.key.n = 1 << 20;
    b.key.bytes = (int64_t)1 << 40;
    ck_assert_int_eq(ana_blocks_open(b.ctx, &b.key, &blocks, &found), ANA_ERESOURCE);
    ana_blocks_close(b.ctx, blocks);
    ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
    end(&b);
}
END_TEST

/* A reader's own key, and one of its description that nobody has looked at yet. */
START_TEST(what_is_no_key_is_refused)
{
    static const char *const says[] = {
        "its key of blocks has 8 bytes, this anaflow's have ",
        "its key of blocks has no `file`, `how` or `what`",
        "its key of blocks has no `file`, `how` or `what`",
        "its key of blocks has no `file`, `how` or `what`",
        "/file promises 3 `numbers` and has none",
        "/file promises -1 `numbers` and has none",
        "-1 blocks of 72 bytes cannot be kept",
        "5 blocks of 0 bytes cannot be kept",
        "67108864 blocks of 4611686018427387903 bytes cannot be kept",
    };

    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        struct ana_blocks *blocks;
        struct ana_hash name;
        struct bench b;
        int32_t found;
        int there;

        begin(&b);
        b.key.size = i == 0 ? 8 : b.key.size;
        b.key.file = i == 1 ? NULL : b.key.file;
        b.key.how = i == 2 ? NULL : b.key.how;
        b.key.what = i == 3 ? NULL : b.key.what;
        b.key.numbers = i == 4 ? NULL : b.key.numbers;
        b.key.n_numbers = i == 5 ? -1 : b.key.n_numbers;
        b.key.n = i == 6 ? -1 : i == 8 ? 1 << 26 : b.key.n;
        b.key.bytes = i == 7 ? 0 : i == 8 ? INT64_MAX / 2 : b.key.bytes;
        ck_assert_int_eq(ana_blocks_look(b.ctx, &b.key, &there, &name),
                         i < 6 ? ANA_EPLUGIN : ANA_EPARAM);
        ck_assert_msg(strstr(ana_error(b.ctx), says[i]), "%s", ana_error(b.ctx));
        ck_assert_int_eq(ana_blocks_open(b.ctx, &b.key, &blocks, &found),
                         i < 6 ? ANA_EPLUGIN : ANA_EPARAM);
        ck_assert_msg(strstr(ana_error(b.ctx), says[i]), "%s", ana_error(b.ctx));
        ana_blocks_close(b.ctx, blocks);
        ck_assert_int_eq(count_entries(&b, NULL, 0), 0);
        end(&b);
    }
}
END_TEST

/* Whoever takes what was made of a file hears what was seen while it was made. */
START_TEST(a_warning_of_the_file_is_given_by_every_run)
{
    struct bench b;
    struct ana_blocks *blocks;
    char text[300];

    begin(&b);
    snprintf(text, sizeof text, "%s: goes on for long", in_folder("file"));
    for (int run = 0; run < 3; run++) {
        const struct ana_warning *warnings;

        ck_assert_int_eq(open_blocks(&b, &blocks), run > 0);
        if (run == 0) {
            ana_blocks_warn(b.ctx, blocks, "goes on for long");
            put_all(&b, blocks);
            ck_assert_int_eq(ana_blocks_seal(b.ctx, blocks), 0);
        }
        ck_assert_int_eq(get(&b, blocks, 0, N), 0);
        ana_blocks_close(b.ctx, blocks);
        ck_assert_int_eq(ana_ctx_warnings(b.ctx, &warnings), 1);
        ck_assert_str_eq(warnings[0].text, text);
        ck_assert_int_eq(warnings[0].count, run + 1);
    }
    ck_assert_int_eq(count_entries(&b, NULL, 0), 1);
    end(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("blocks");
    TCase *t = tcase_create("blocks");

    tcase_add_test(t, what_was_sealed_is_found_again);
    tcase_add_test(t, what_was_not_sealed_is_gone);
    tcase_add_test(t, content_words_and_numbers_make_the_key);
    tcase_add_test(t, a_flipped_byte_is_never_believed);
    tcase_add_test(t, an_entry_that_is_cut_or_longer_is_damaged);
    tcase_add_test(t, an_entry_that_was_removed_meanwhile_is_lost);
    tcase_add_test(t, a_file_that_changed_meanwhile_is_refused);
    tcase_add_test(t, what_is_not_there_to_put_or_get_is_refused);
    tcase_add_test(t, without_a_cache_a_scratch_file_does);
    tcase_add_test(t, what_is_no_key_is_refused);
    tcase_add_test(t, a_warning_of_the_file_is_given_by_every_run);
    tcase_add_test(t, more_than_the_disk_has_is_refused_before_anything_is_made);
    suite_add_tcase(s, t);
    return test_main(s);
}
