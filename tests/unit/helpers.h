/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What every test program shares: a context, a random matrix, temporary files, the
 * place of ../shared, and a main that runs one suite.
 */
#ifndef TESTS_HELPERS_H
#define TESTS_HELPERS_H

#include <check.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"

/* A fresh context; the test destroys it (ana_ctx_destroy). */
static inline struct ana_ctx *test_ctx(void)
{
    struct ana_ctx *ctx = NULL;

    ck_assert_int_eq(ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &ctx), 0);
    return ctx;
}

/* Largest |got - want| over the largest |want|: how ../shared/reference compares. */
static inline double test_difference(const double *got, const double *want, int64_t n)
{
    double most = 0, scale = 0;

    for (int64_t i = 0; i < n; i++) {
        const double d = fabs(got[i] - want[i]);

        if (!(d <= most))
            most = d; /* keeps a NaN */
        if (fabs(want[i]) > scale)
            scale = fabs(want[i]);
    }
    return scale > 0 ? most / scale : most;
}

/* A path in ../shared beside the checkout, or NULL where it is missing; the test
 * then says so with TEST_SKIP. */
static inline const char *test_shared(const char *name, char *buffer, size_t room)
{
    const char *source = getenv("ANA_SOURCE");

    snprintf(buffer, room, "%s/../shared/%s", source ? source : ".", name);
    return access(buffer, R_OK) == 0 ? buffer : NULL;
}

/* Leave a test that lacks its data; counted by ./dev test. */
#define TEST_SKIP(what)                                                                  \
    do {                                                                                 \
        printf("SKIPPED: %s: %s\n", __func__, what);                                     \
        fflush(stdout);                                                                  \
        return;                                                                          \
    } while (0)

/* A folder for a test's files, made anew inside the one that test_main removes. */
static inline const char *test_folder(char *buffer, size_t room)
{
    const char *all = getenv("ANA_TEST_FOLDER");

    snprintf(buffer, room, "%s/XXXXXX", all ? all : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(buffer));
    return buffer;
}

static inline int test_remove(const char *path, const struct stat *st, int kind,
                              struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    chmod(path, 0700); /* a test may have taken its folder's permissions */
    remove(path);
    return 0;
}

static inline int test_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    char folder[] = "/tmp/anaflow-test-XXXXXX", cache[64];
    int failed;

    if (!mkdtemp(folder))
        return 99;
    setenv("ANA_TEST_FOLDER", folder, 1);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    setenv("ANAFLOW_CACHE", cache, 1);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    nftw(folder, test_remove, 16, FTW_DEPTH | FTW_PHYS);
    return failed != 0;
}

#endif
