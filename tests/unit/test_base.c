/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <locale.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/file_set.h"
#include "base/text.h"

START_TEST(an_error_carries_the_contexts_it_happened_in)
{
    struct ana_ctx *ctx = test_ctx();

    ana_context_push(ctx, "metric %s", "ridge");
    ana_context_push(ctx, "layer 7");
    ck_assert_int_eq(ana_fail(ctx, ANA_EDATA, "row %d is missing", 3), ANA_EDATA);
    ck_assert_str_eq(ana_error(ctx), "metric ridge, layer 7: row 3 is missing");
    ck_assert_int_eq(ana_exit_code(ana_ctx_status(ctx)), 3);
    ana_context_pop(ctx);
    ana_context_pop(ctx);
    ana_fail(ctx, ANA_EPARAM, "alone");
    ck_assert_str_eq(ana_error(ctx), "alone");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(contexts_deeper_than_the_stack_are_dropped_not_written)
{
    struct ana_ctx *ctx = test_ctx();

    for (int i = 0; i < 40; i++)
        ana_context_push(ctx, "%0300d", i);
    ana_fail(ctx, ANA_EDATA, "deep");
    for (int i = 0; i < 40; i++)
        ana_context_pop(ctx);
    ana_fail(ctx, ANA_EDATA, "flat");
    ck_assert_str_eq(ana_error(ctx), "flat");
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_same_warning_is_kept_once_and_counted)
{
    struct ana_ctx *ctx = test_ctx(), *child = NULL;
    const struct ana_warning *list;

    ck_assert_int_eq(ana_ctx_child(ctx, &child), 0);
    ana_warn(ctx, "edge hit");
    ana_warn(child, "edge hit");
    ana_warn(child, "other");
    ck_assert_int_eq(ana_ctx_warnings(ctx, &list), 2);
    ck_assert_str_eq(list[0].text, "edge hit");
    ck_assert_int_eq(list[0].count, 2);
    ana_ctx_destroy(child);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_was_said_before_there_was_a_log_stands_in_it)
{
    struct ana_ctx *ctx = test_ctx();
    char *text = NULL;
    size_t n = 0;
    FILE *log = open_memstream(&text, &n);

    ana_log(ctx, "opened %d", 1);
    ana_warn(ctx, "odd");
    ana_ctx_tell_early(ctx, log);
    ana_ctx_set_log(ctx, log);
    ana_log(ctx, "then");
    ana_ctx_set_log(ctx, NULL);
    fclose(log);
    ck_assert_str_eq(text, "opened 1\nwarning: odd\nthen\n");
    free(text);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_was_too_much_to_be_kept_for_a_log_is_counted)
{
    enum { LINES = 100, LENGTH = 1023 };
    struct ana_ctx *ctx = test_ctx();
    char *text = NULL;
    size_t n = 0;
    FILE *log = open_memstream(&text, &n);

    for (int i = 0; i < LINES; i++)
        ana_log(ctx, "%0*d", LENGTH, i);
    ana_ctx_tell_early(ctx, log);
    fclose(log);
    ck_assert_ptr_nonnull(strstr(text, "063\n(36 more lines were not kept)\n"));
    ck_assert_ptr_null(strstr(text, "064\n"));
    free(text);
    ana_ctx_destroy(ctx);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* under which nothing is kept */
/* Leave this process so many bytes of addresses more than it has. */
static void leave_addresses(int64_t bytes)
{
    FILE *file = fopen("/proc/self/statm", "r");
    struct rlimit limit;
    long pages;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld", &pages), 1);
    fclose(file);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = (rlim_t)(pages * sysconf(_SC_PAGESIZE) + bytes);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

START_TEST(what_is_spare_goes_before_an_allocation_fails)
{
    const int64_t mb = 1 << 20;
    struct ana_ctx *ctx = test_ctx();
    void *first, *second;

    ana_ctx_loop_begins(ctx);
    ana_ctx_loop_plans(ctx, 1000 * mb);
    first = ana_alloc_unset(ctx, 100 * mb, 1);
    ck_assert_ptr_nonnull(first);
    ana_free(ctx, first); /* is kept, and too large for the next */
    leave_addresses(8 * mb);
    first = ana_alloc_unset(ctx, 40 * mb, 1);
    ck_assert_ptr_nonnull(first);
    leave_addresses(43 * mb); /* enough, if it is not to grow */
    second = ana_alloc_unset(ctx, 40 * mb, 1);
    ck_assert_ptr_nonnull(second);
    leave_addresses(8 * mb);
    ck_assert_ptr_null(ana_alloc_unset(ctx, 40 * mb, 1));
    ana_free(ctx, first);
    ana_free(ctx, second);
    ana_ctx_loop_ends(ctx);
    ana_ctx_destroy(ctx);
}
END_TEST
#endif

START_TEST(memory_is_aligned_zeroed_counted_and_limited)
{
    struct ana_ctx *ctx = NULL;
    int64_t peak;
    char *block;

    ana_ctx_create(&(struct ana_ctx_options){.memory = 1 << 20}, &ctx);
    block = ana_alloc(ctx, 1000, 3);
    ck_assert_ptr_nonnull(block);
    ck_assert_int_eq((int)((uintptr_t)block % 64), 0);
    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(block[i], 0);
    ck_assert_int_ge(ana_ctx_memory(ctx, &peak), 3000);
    ck_assert_ptr_null(ana_alloc(ctx, 1 << 20, 1));
    ck_assert_int_eq(ana_ctx_status(ctx), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "`memory`"));
    ck_assert_ptr_null(ana_alloc(ctx, INT64_MAX / 2, 8));
    ck_assert_ptr_null(ana_alloc(ctx, -1, 8));
    ana_free(ctx, block);
    ck_assert_int_eq(ana_ctx_memory(ctx, &peak), 0);
    ck_assert_int_ge(peak, 3000);
    ana_ctx_destroy(ctx);
}
END_TEST

/* The published test vector of Philox 4x32-10: counter 0, key 0. */
#ifndef __SANITIZE_ADDRESS__
/* Whether the page that an address is in is this process's. */
static int is_mapped(const void *at)
{
    const uintptr_t page = (uintptr_t)at / 4096 * 4096;

    return msync((void *)page, 4096, MS_ASYNC) == 0;
}
#endif

/* Sanitizers watch what malloc gives, which keeps nothing. */
START_TEST(a_loop_hands_large_blocks_on_zeroed_and_keeps_none)
{
    const int64_t size = 8 << 20;
    struct ana_ctx *ctx = test_ctx();
    unsigned char *block, *again, *larger;
    int64_t before = ana_ctx_memory(ctx, NULL), peak, set = 0;

    ana_ctx_loop_begins(ctx);
    ana_ctx_loop_begins(ctx);
    block = ana_alloc(ctx, size, 1);
    ck_assert_ptr_nonnull(block);
    memset(block, 7, (size_t)size);
    ana_free(ctx, block);
    ana_ctx_loop_ends(ctx); /* the inner one */
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), before);
    again = ana_alloc(ctx, size, 1);
    ck_assert_ptr_nonnull(again);
#ifndef __SANITIZE_ADDRESS__
    ck_assert_ptr_eq(again, block);
#endif
    for (int64_t i = 0; i < size; i++)
        set += again[i] != 0; /* an assertion for each would take seconds */
    ck_assert_int_eq(set, 0);
    ana_free(ctx, again);
    ana_ctx_memory(ctx, &peak);
    larger = ana_alloc(ctx, size - 4096, 1); /* fits only where the first has gone */
    ck_assert_ptr_nonnull(larger);
    larger[0] = larger[size - 4097] = 1;
#ifndef __SANITIZE_ADDRESS__
    ck_assert(larger <= block || !is_mapped(block));
#endif
    ck_assert_int_lt(ana_ctx_memory(ctx, NULL), peak);
    ana_free(ctx, larger);
    ana_ctx_loop_ends(ctx);
#ifndef __SANITIZE_ADDRESS__
    ck_assert(!is_mapped(larger));
#endif
    block = ana_alloc(ctx, size, 1);
    ana_free(ctx, block);
#ifndef __SANITIZE_ADDRESS__
    ck_assert(!is_mapped(block));
#endif
    ana_ctx_destroy(ctx);
}
END_TEST

/* The folds of a run differ by some rows: blocks shrink and grow in their place, zeroed. */
START_TEST(a_loop_hands_blocks_on_to_those_of_about_their_size)
{
    const int64_t sizes[] = {8 << 20, 9 << 20, 7 << 20, 2 << 20, (2 << 20) + 5000};
    struct ana_ctx *ctx = test_ctx();
    const void *places[5];
    unsigned char *block;
    int64_t peak, set = 0;

    ana_ctx_loop_begins(ctx);
    for (int i = 0; i < 5; i++) {
        places[i] = block = ana_alloc(ctx, sizes[i] - 128, 1);
        ck_assert_ptr_nonnull(block);
        for (int64_t k = 0; k < sizes[i] - 128; k++)
            set += block[k] != 0;
        memset(block, 7, (size_t)sizes[i] - 128);
        ana_free(ctx, block);
    }
    ck_assert_int_eq(set, 0);
#ifdef __SANITIZE_ADDRESS__
    (void)places;
#else
    ck_assert_ptr_eq(places[1], places[0]);
    ck_assert_ptr_eq(places[2], places[0]);
    ck_assert_ptr_ne(places[3], places[0]); /* too small for it */
    ck_assert_ptr_eq(places[4], places[3]);
#endif
    ana_ctx_memory(ctx, &peak);
    ck_assert_int_le(peak, sizes[1]);
    ana_ctx_loop_ends(ctx);
    ana_ctx_destroy(ctx);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
static int64_t addresses(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long pages = 0;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lld", &pages), 1);
    fclose(file);
    return pages * 4096;
}

/* Blocks of 1, 2, 4, 8 and 16 times `first`, one after another: how many times `first` is
 * kept of them in the end. */
static int64_t kept(int64_t first, int64_t planned)
{
    struct ana_ctx *ctx = test_ctx();
    const int64_t before = addresses();
    int64_t after;

    ana_ctx_loop_begins(ctx);
    ana_ctx_loop_plans(ctx, planned);
    for (int i = 0; i < 5; i++) {
        void *block = ana_alloc(ctx, first << i, 1);

        ck_assert_ptr_nonnull(block);
        ana_free(ctx, block);
    }
    after = addresses();
    ana_ctx_loop_ends(ctx);
    ck_assert_int_lt(addresses() - before, first / 2);
    ana_ctx_destroy(ctx);
    return (after - before) * 8 / 9 / first; /* each may grow by an eighth */
}
#endif

START_TEST(a_loop_keeps_what_it_once_held_or_is_planned_to)
{
#ifndef __SANITIZE_ADDRESS__
    const int64_t first = 40 << 20;

    ck_assert_int_eq(kept(first, 0), 16); /* the last one, which is the peak */
    ck_assert_int_eq(kept(first, 32 * first), 31);
    ck_assert_int_eq(kept(first, 25 * first), 24); /* the oldest went first */
#endif
}
END_TEST

START_TEST(random_words_match_the_published_vector)
{
    struct ana_rng rng = {.used = 4};

    ck_assert(ana_rng_u64(&rng) == 0x6627e8d5e169c58dull);
    ck_assert(ana_rng_u64(&rng) == 0xbc57ac4c9b00dbd8ull);
}
END_TEST

START_TEST(a_stream_depends_on_seed_stage_and_index_only)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_rng a, b, c;

    ana_rng_init(ctx, "folds", 3, &a);
    ana_rng_init(ctx, "folds", 3, &b);
    ana_rng_init(ctx, "folds", 4, &c);
    for (int i = 0; i < 100; i++)
        ck_assert(ana_rng_u64(&a) == ana_rng_u64(&b));
    ck_assert(ana_rng_u64(&a) != ana_rng_u64(&c));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(normals_have_mean_0_and_variance_1)
{
    struct ana_ctx *ctx = test_ctx();
    double sum = 0, squares = 0;
    struct ana_rng rng;

    ana_rng_init(ctx, "test", 0, &rng);
    for (int i = 0; i < 100000; i++) {
        const double x = ana_rng_normal(&rng);

        sum += x;
        squares += x * x;
    }
    ck_assert(fabs(sum / 1e5) < .02);
    ck_assert(fabs(squares / 1e5 - 1) < .02);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_shuffle_is_a_permutation)
{
    struct ana_ctx *ctx = test_ctx();
    int64_t index[50], seen[50] = {0};
    struct ana_rng rng;

    for (int64_t i = 0; i < 50; i++)
        index[i] = i;
    ana_rng_init(ctx, "test", 1, &rng);
    ana_rng_shuffle(&rng, 50, index);
    for (int64_t i = 0; i < 50; i++)
        seen[index[i]]++;
    for (int64_t i = 0; i < 50; i++)
        ck_assert_int_eq(seen[i], 1);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_nearest_word_is_found_within_a_third_of_its_letters)
{
    const char *const keys[] = {"standardise", "delays", "layer", "layers", "pool"};

    ck_assert_str_eq(ana_text_nearest("standardize", keys, 5), "standardise");
    ck_assert_str_eq(ana_text_nearest("delyas", keys, 5), "delays");
    ck_assert_str_eq(ana_text_nearest("layres", keys, 5), "layers");
    ck_assert_ptr_null(ana_text_nearest("checkpoint", keys, 5));
}
END_TEST

START_TEST(numbers_read_back_equal_in_any_locale)
{
    const double values[] = {0.1, 1e-300, -123456.789, 1.0 / 3, 3, 1e22};
    char buffer[32];
    double back;
    int64_t i;

    setlocale(LC_ALL, "de_DE.UTF-8");
    for (int k = 0; k < 6; k++) {
        ck_assert(ana_text_to_double(ana_text_number(values[k], buffer), &back));
        ck_assert_double_eq(back, values[k]);
    }
    ck_assert_str_eq(ana_text_number(NAN, buffer), "n/a");
    ck_assert_str_eq(ana_text_number(1500, buffer), "1500");
    ck_assert_str_eq(ana_text_number(-0.5, buffer), "-0.5");
    ck_assert_str_eq(ana_text_bytes(999, buffer), "999 B");
    ck_assert_str_eq(ana_text_bytes(23456789, buffer), "23.5 MB");
    ck_assert_str_eq(ana_text_bytes(INT64_C(168000000000), buffer), "168 GB");
    ck_assert_str_eq(ana_text_bytes(85049999, buffer), "85.0 MB");
    ck_assert_str_eq(ana_text_bytes_up(85049999, buffer), "85.1 MB");
    ck_assert_str_eq(ana_text_bytes_up(85100000, buffer), "85.1 MB");
    ck_assert_str_eq(ana_text_bytes_up(99900001, buffer), "100 MB");
    ck_assert_str_eq(ana_text_bytes_up(999000001, buffer), "1.0 GB");
    ck_assert_str_eq(ana_text_bytes_up(999, buffer), "999 B");
    ck_assert_str_eq(ana_text_bytes_up(0, buffer), "0 B");
    ck_assert(!ana_text_to_double("0x10", &back));
    ck_assert(!ana_text_to_double("1,5", &back));
    ck_assert(!ana_text_to_double("nan", &back));
    ck_assert(!ana_text_to_double("1e999", &back));
    ck_assert(!ana_text_to_double("", &back));
    ck_assert(ana_text_to_int("-12", &i) && i == -12);
    ck_assert(!ana_text_to_int("12a", &i));
    ck_assert(!ana_text_to_int("99999999999999999999", &i));
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    int64_t out;

    ck_assert(ana_mul_ok(1 << 20, 1 << 20, &out) && out == 1ll << 40);
    ck_assert(!ana_mul_ok(INT64_MAX, 2, &out));
    ck_assert(!ana_mul_ok(-1, 2, &out));
    ck_assert(!ana_add_ok(INT64_MAX, 1, &out));
}
END_TEST

START_TEST(a_file_appears_whole_or_not_at_all)
{
    char folder[64], path[128], *data;
    struct ana_ctx *ctx = test_ctx();
    struct ana_writer writer;
    int64_t n;

    snprintf(path, sizeof path, "%s/a.txt", test_folder(folder, sizeof folder));
    ck_assert_int_eq(ana_writer_open(ctx, path, &writer), 0);
    fputs("half", writer.file);
    ck_assert_int_ne(access(path, F_OK), 0);
    ana_writer_abort(&writer);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(ana_file_write(ctx, path, "whole", 5), 0);
    ck_assert_int_eq(ana_file_read(ctx, path, 100, &data, &n), 0);
    ck_assert_str_eq(data, "whole");
    ana_free(ctx, data);
    ck_assert_int_eq(ana_file_read(ctx, path, 4, &data, &n), ANA_EDATA);
    ck_assert_int_eq(ana_file_read(ctx, folder, 100, &data, &n), ANA_EDATA);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "not a regular file"));
    ana_ctx_destroy(ctx);
}
END_TEST

/* What a small file of a folder holds; "" if there is none. */
static const char *text_of(const char *folder, const char *name, char out[64])
{
    char path[160];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "r");
    memset(out, 0, 64);
    if (file) {
        ck_assert_uint_lt(fread(out, 1, 63, file), 63);
        fclose(file);
    }
    return out;
}

static int64_t files_in(struct ana_ctx *ctx, const char *folder)
{
    char **names;
    int64_t n;

    ck_assert_int_eq(ana_folder_list(ctx, folder, &n, &names), 0);
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, names[i]);
    ana_free(ctx, names);
    return n;
}

static void put(struct ana_ctx *ctx, const char *folder, const char *name,
                const char *text)
{
    char path[160];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

/* A set that replaces a, adds b, takes c away and has d written by somebody else. */
static struct ana_file_set *write_set(struct ana_ctx *ctx, const char *folder)
{
    char path[160], *place;
    struct ana_file_set *set;
    FILE *file;

    ck_assert_int_eq(ana_file_set_begin(ctx, &set), 0);
    put(ctx, folder, "a", "new a");
    put(ctx, folder, "b", "new b");
    snprintf(path, sizeof path, "%s/c", folder);
    ck_assert_int_eq(ana_file_set_add(ctx, path, NULL), 0);
    snprintf(path, sizeof path, "%s/d.nii.gz", folder);
    place = ana_file_set_place(ctx, path, ".nii.gz");
    ck_assert_ptr_nonnull(place);
    ck_assert_str_eq(place + strlen(place) - 7, ".nii.gz");
    ck_assert(ana_file_is_temporary(strrchr(place, '/') + 1));
    file = fopen(place, "w");
    ck_assert_ptr_nonnull(file);
    fputs("new d", file);
    fclose(file);
    ck_assert_int_eq(ana_file_set_add(ctx, path, place), 0);
    ana_free(ctx, place);
    return set;
}

static void check_old(struct ana_ctx *ctx, const char *folder)
{
    char text[64];

    ck_assert_str_eq(text_of(folder, "a", text), "old a");
    ck_assert_str_eq(text_of(folder, "b", text), "");
    ck_assert_str_eq(text_of(folder, "c", text), "old c");
    ck_assert_str_eq(text_of(folder, "d.nii.gz", text), "old d");
    ck_assert_int_eq(files_in(ctx, folder), 3);
}

START_TEST(a_set_of_files_comes_whole_or_not_at_all)
{
    char folder[64], path[160], name[400], text[64];
    struct ana_ctx *ctx = test_ctx();
    struct ana_file_set *set;

    test_folder(folder, sizeof folder);
    put(ctx, folder, "a", "old a");
    put(ctx, folder, "c", "old c");
    put(ctx, folder, "d.nii.gz", "old d");
    ana_file_set_abort(ctx, write_set(ctx, folder));
    check_old(ctx, folder);

    set =
        write_set(ctx, folder); /* one does not come into its place: a folder is there */
    snprintf(path, sizeof path, "%s/e", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, "new e", 5), 0);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    ck_assert_int_eq(ana_file_set_commit(ctx, set), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/e: cannot be replaced: Is a direc"));
    ck_assert_int_eq(rmdir(path), 0);
    check_old(ctx, folder);

    set = write_set(ctx, folder); /* the last one has gone, when all others have come */
    snprintf(path, sizeof path, "%s/nowhere", folder);
    ck_assert_int_eq(ana_file_set_add(ctx, path, path), 0);
    ck_assert_int_eq(ana_file_set_commit(ctx, set), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/nowhere: cannot be written: No such"));
    check_old(ctx, folder);

    put(ctx, folder, "f", "old f");
    snprintf(path, sizeof path, "%s/f", folder);
    snprintf(name, sizeof name, "%s/%0250d", folder, 0);
    ck_assert_int_eq(rename(path, name), 0);
    set = write_set(ctx, folder);
    ck_assert_int_eq(ana_file_set_add(ctx, name, NULL), 0);
    snprintf(path, sizeof path, "%s/a/inside", folder); /* what cannot be there */
    ck_assert_int_eq(ana_file_set_add(ctx, path, NULL), 0);
    snprintf(name, sizeof name, "%s/%0300d", folder, 0);
    ck_assert_int_eq(ana_file_set_add(ctx, name, NULL), 0);
    ck_assert_int_eq(ana_file_set_commit(ctx, set), 0);
    ck_assert_str_eq(text_of(folder, "a", text), "new a");
    ck_assert_str_eq(text_of(folder, "b", text), "new b");
    ck_assert_str_eq(text_of(folder, "d.nii.gz", text), "new d");
    ck_assert_int_eq(files_in(ctx, folder), 3);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Killed while the files came: a is new, b has not come, d is aside; the page, too. */
START_TEST(what_a_killed_set_moved_aside_is_put_back)
{
    char folder[64], text[64];
    struct ana_ctx *ctx = test_ctx();

    test_folder(folder, sizeof folder);
    put(ctx, folder, "a", "new a");
    put(ctx, folder, "a.tmp-former", "old a");
    put(ctx, folder, "b.tmp-123456", "new b");
    put(ctx, folder, "d.nii.gz.tmp-former", "old d");
    put(ctx, folder, "page.tmp-former", "old page");
    ck_assert_int_eq(ana_file_set_restore(folder, "page"), 3);
    ana_folder_sweep(folder);
    ck_assert_str_eq(text_of(folder, "a", text), "old a");
    ck_assert_str_eq(text_of(folder, "d.nii.gz", text), "old d");
    ck_assert_str_eq(text_of(folder, "page", text), "old page");
    ck_assert_int_eq(files_in(ctx, folder), 3);
    ck_assert_int_eq(ana_file_set_restore("nowhere", "page"), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(names_of_temporary_files_are_known)
{
    ck_assert(ana_file_is_temporary("a.tmp-123456"));
    ck_assert(ana_file_is_temporary("scores.tsv.tmp-former"));
    ck_assert(ana_file_is_temporary("a.tmp-123456.nii.gz"));
    ck_assert(ana_file_is_temporary("a.tmp-123456.nii.tmp-000123"));
    ck_assert(!ana_file_is_temporary("a.tmp-12345"));
    ck_assert(!ana_file_is_temporary("a.tmp-1234567"));
    ck_assert(!ana_file_is_temporary(".tmp-123456"));
    ck_assert(!ana_file_is_temporary("scores.tsv"));
}
END_TEST

START_TEST(a_full_disk_is_an_error_with_the_file_name)
{
    struct ana_ctx *ctx = test_ctx();

    ck_assert_int_eq(ana_file_write(ctx, "/proc/anaflow", "x", 1), ANA_ERESOURCE);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "/proc/anaflow: cannot be written"));
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_glob_is_sorted_as_people_count)
{
    char folder[64], path[128], **paths;
    struct ana_ctx *ctx = test_ctx();
    int64_t n;

    test_folder(folder, sizeof folder);
    for (int i = 10; i > 0; i--) {
        snprintf(path, sizeof path, "%s/e%d.txt", folder, i);
        ck_assert_int_eq(ana_file_write(ctx, path, "x", 1), 0);
    }
    snprintf(path, sizeof path, "%s/e*.txt", folder);
    ck_assert_int_eq(ana_file_glob(ctx, path, &n, &paths), 0);
    ck_assert_int_eq(n, 10);
    ck_assert_ptr_nonnull(strstr(paths[1], "/e2.txt"));
    ck_assert_ptr_nonnull(strstr(paths[9], "/e10.txt"));
    for (int64_t i = 0; i < n; i++)
        ana_free(ctx, paths[i]);
    ana_free(ctx, paths);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *all = tcase_create("all");

    tcase_add_test(all, an_error_carries_the_contexts_it_happened_in);
    tcase_add_test(all, contexts_deeper_than_the_stack_are_dropped_not_written);
    tcase_add_test(all, the_same_warning_is_kept_once_and_counted);
    tcase_add_test(all, what_was_said_before_there_was_a_log_stands_in_it);
    tcase_add_test(all, what_was_too_much_to_be_kept_for_a_log_is_counted);
    tcase_add_test(all, memory_is_aligned_zeroed_counted_and_limited);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(all, what_is_spare_goes_before_an_allocation_fails);
#endif
    tcase_add_test(all, a_loop_hands_large_blocks_on_zeroed_and_keeps_none);
    tcase_add_test(all, a_loop_hands_blocks_on_to_those_of_about_their_size);
    tcase_add_test(all, a_loop_keeps_what_it_once_held_or_is_planned_to);
    tcase_add_test(all, random_words_match_the_published_vector);
    tcase_add_test(all, a_stream_depends_on_seed_stage_and_index_only);
    tcase_add_test(all, normals_have_mean_0_and_variance_1);
    tcase_add_test(all, a_shuffle_is_a_permutation);
    tcase_add_test(all, the_nearest_word_is_found_within_a_third_of_its_letters);
    tcase_add_test(all, numbers_read_back_equal_in_any_locale);
    tcase_add_test(all, sizes_that_overflow_are_refused);
    tcase_add_test(all, a_file_appears_whole_or_not_at_all);
    tcase_add_test(all, a_set_of_files_comes_whole_or_not_at_all);
    tcase_add_test(all, names_of_temporary_files_are_known);
    tcase_add_test(all, what_a_killed_set_moved_aside_is_put_back);
    tcase_add_test(all, a_full_disk_is_an_error_with_the_file_name);
    tcase_add_test(all, a_glob_is_sorted_as_people_count);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
