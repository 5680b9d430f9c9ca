/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A machine's speed that is kept, and what is not believed of it.
 */
#include "tests/unit/helpers.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "data/blob.h"
#include "pipeline/calibrate.h"
#include "pipeline/plan.h"

static char folder[64];

static struct ana_ctx *begin(void)
{
    test_folder(folder, sizeof folder);
    return test_ctx();
}

static void end(struct ana_ctx *ctx)
{
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

/* The file that is there, if there is one. */
static char *kept_file(struct ana_ctx *ctx)
{
    char **names, *path = NULL;
    int64_t n;

    ck_assert_int_eq(ana_folder_list(ctx, folder, &n, &names), 0);
    ck_assert_int_le(n, 1);
    if (n == 1) {
        ck_assert_int_eq(strncmp(names[0], "speed-", 6), 0);
        path = ana_path_join(ctx, folder, names[0]);
        ana_free(ctx, names[0]);
    }
    ana_free(ctx, names);
    return path;
}

static double recalled_age(struct ana_ctx *ctx, int64_t threads)
{
    struct ana_rates rates;
    double age;

    ck_assert_int_eq(ana_calibrate_recall(ctx, folder, threads, &rates, &age), 0);
    return age;
}

static void keep(struct ana_ctx *ctx, const char *path, const struct ana_rates *rates)
{
    const struct ana_piece piece = {rates, (int64_t)sizeof *rates};

    ck_assert_int_eq(ana_blob_write(ctx, path, 1, &piece, "speed"), 0);
}

static void look(struct ana_ctx *ctx, struct ana_rates *out, int *agrees)
{
    ck_assert_int_eq(ana_calibrate_look(ctx, folder, out, agrees), 0);
}

START_TEST(what_was_measured_is_recalled)
{
    struct ana_ctx *ctx = begin();
    struct ana_rates measured, recalled;
    char *path = kept_file(ctx);
    double age;

    ck_assert_ptr_null(path);
    ck_assert_double_lt(recalled_age(ctx, 1), 0);
    ck_assert_int_eq(
        ana_calibrate_measure(ctx, folder, ANA_CALIBRATE_WHOLE, 0, &measured), 0);
    ck_assert_int_eq(ana_calibrate_recall(ctx, folder, measured.threads, &recalled, &age),
                     0);
    ck_assert_double_ge(age, 0);
    ck_assert_double_lt(age, 3600);
    ck_assert_mem_eq(&measured, &recalled, sizeof measured);
    ck_assert_double_lt(recalled_age(ctx, measured.threads + 1), 0);
    path = kept_file(ctx);
    ck_assert_ptr_nonnull(path);
    ana_free(ctx, path);
    end(ctx);
}
END_TEST

/* Damage, age, and numbers that no machine has. */
START_TEST(what_cannot_be_is_not_recalled)
{
    struct ana_ctx *ctx = begin();
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {0}};
    struct ana_rates good, bad;
    char *path, *bytes;
    int64_t n;

    ck_assert_int_eq(ana_calibrate_measure(ctx, folder, ANA_CALIBRATE_WHOLE, 0, &good),
                     0);
    path = kept_file(ctx);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 20, &bytes, &n), 0);
    for (int64_t i = 0; i < n; i += 7) {
        bytes[i] ^= 1;
        ck_assert_int_eq(ana_file_write(ctx, path, bytes, n), 0);
        ck_assert_double_lt(recalled_age(ctx, good.threads), 0);
        ck_assert_str_eq(ana_error(ctx), "");
        bytes[i] ^= 1;
    }
    ana_free(ctx, bytes);
    for (int i = 0; i < 4; i++) {
        bad = good;
        bad.gemm = i == 0 ? (double)NAN : i == 1 ? 0 : bad.gemm;
        bad.loop = i == 2 ? -1 : bad.loop;
        bad.threads += i == 3;
        keep(ctx, path, &bad);
        ck_assert_double_lt(recalled_age(ctx, good.threads), 0);
    }
    keep(ctx, path, &good);
    ck_assert_double_ge(recalled_age(ctx, good.threads), 0);
    times[1].tv_sec = time(NULL) - 40 * 86400;
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    ck_assert_double_lt(recalled_age(ctx, good.threads), 0);
    times[1].tv_sec = time(NULL) + 86400; /* the clock was set back since */
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    ck_assert_double_eq(recalled_age(ctx, good.threads), 0);
    ana_free(ctx, path);
    end(ctx);
}
END_TEST

enum { CHILD_BYTES = 64 << 20 };

/* A process that has so much memory, started by this thread, until *end is closed. */
static void *start_child(void *arg)
{
    int *pipes = arg; /* told: 0, 1; end: 2, 3 */
    pid_t child = fork();
    char byte = 1;

    if (child == 0) {
        char *bytes = malloc(CHILD_BYTES);

        close(pipes[3]);
        memset(bytes, 1, CHILD_BYTES);
        _exit(write(pipes[1], bytes, 1) == 1 && read(pipes[2], &byte, 1) == 0 ? 0 : 1);
    }
    close(pipes[1]);
    waitpid(child, NULL, 0);
    return NULL;
}

START_TEST(what_any_thread_started_counts_as_memory)
{
    int64_t before, with, after;
    pthread_t thread;
    int pipes[4];
    char byte;

    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(pipe(pipes + 2), 0);
    before = ana_process_memory(NULL);
    ck_assert_int_eq(pthread_create(&thread, NULL, start_child, pipes), 0);
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    with = ana_process_memory(NULL);
    close(pipes[3]);
    pthread_join(thread, NULL);
    after = ana_process_memory(NULL);
    ck_assert_int_ge(with - before, CHILD_BYTES);
    ck_assert_int_ge(with - after, CHILD_BYTES);
    close(pipes[0]);
    close(pipes[2]);
}
END_TEST

/* Kept speeds a thousand times those of today are not believed; one kind of work alone does
 * not decide. */
START_TEST(a_look_tells_whether_the_machine_is_still_so_fast)
{
    struct ana_ctx *ctx = begin();
    struct ana_rates today, kept, found;
    char *path;
    int agrees;

    ck_assert_int_eq(ana_calibrate_look(ctx, NULL, &found, &agrees), 0);
    ck_assert(!agrees && found.gemm > 0);
    look(ctx, &found, &agrees);
    ck_assert(!agrees && found.gemm > 0);
    ck_assert_int_eq(ana_calibrate_measure(ctx, folder, ANA_CALIBRATE_WHOLE, 0, &today),
                     0);
    path = kept_file(ctx);
    kept = today;
    kept.gemm *= 1e3;
    kept.gemm_f32 *= 1e3;
    kept.factor *= 1e3;
    kept.transform *= 1e3;
    kept.loop *= 1e3;
    keep(ctx, path, &kept);
    look(ctx, &found, &agrees);
    ck_assert(!agrees);
    ck_assert_double_lt(found.gemm, 30 * today.gemm);
    ck_assert_double_gt(found.gemm, today.gemm / 30);
    ck_assert_double_eq_tol(found.gemm / found.loop, kept.gemm / kept.loop,
                            1e-9 * kept.gemm / kept.loop);
    kept = today;
    kept.gemm *= 1e3;
    keep(ctx, path, &kept);
    look(ctx, &found, &agrees);
    ck_assert_double_gt(found.gemm, 30 * today.gemm);
    ana_free(ctx, path);
    end(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calibrate");
    TCase *t = tcase_create("calibrate");

    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_was_measured_is_recalled);
    tcase_add_test(t, what_cannot_be_is_not_recalled);
    tcase_add_test(t, what_any_thread_started_counts_as_memory);
    tcase_add_test(t, a_look_tells_whether_the_machine_is_still_so_fast);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
