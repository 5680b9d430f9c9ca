/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The files in memory that the tests of ana_arrays_* share.
 */
#ifndef TESTS_FAKE_FILES_H
#define TESTS_FAKE_FILES_H

#include "tests/unit/fake_arrays.h"

static const char *const sounds[] = {"dog.wav", "rain.wav", "speech.wav", "violin.wav"};
static const char *const fewer[] = {"dog.wav", "rain.wav", "speech.wav"};
static const char *const other[] = {"dog.wav", "rain.wav", "violin.wav", "speech.wav"};
static const char *const voxels[] = {"v1", "v2", "v3"};
static const double tenths[] = {-.1, 0, .1, .2, .3};
static const double uneven[] = {-.1, 0, .1, .25, .3};
static const double single_t[] = {(double)2.97f, (double)2.98f, (double)2.99f,
                                  (double)3.00f, (double)3.01f};
static const double order[] = {3, 1, 3};
static const double ids[] = {11, 12, 5, 7};
static const double xyz[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static const struct fake_variable files[] = {
    {"a.mat", "ST", ANA_F64, 2, {4, 3}, 0, 0, NULL, NULL},
    {"a.mat", "TS", ANA_F64, 2, {3, 4}, 0, 0, NULL, NULL},
    {"a.mat", "one", ANA_F64, 2, {1, 4}, 0, 0, NULL, NULL},
    {"a.mat", "cube", ANA_F32, 3, {4, 5, 3}, 0, 0, NULL, NULL},
    {"a.mat", "time_only", ANA_F64, 2, {5, 1}, 0, 0, NULL, NULL},
    {"a.mat", "series", ANA_F64, 2, {5, 3}, 0, 0, NULL, NULL},
    {"a.mat", "nothing", ANA_F64, 2, {0, 3}, 0, 0, NULL, NULL},
    {"a.mat", "four", ANA_F64, 4, {2, 2, 2, 2}, 0, 0, NULL, NULL},
    {"a.mat", "trials", ANA_F64, 2, {5, 3}, 4, 2, NULL, NULL},
    {"a.mat", "rows", ANA_F64, 2, {1, 3}, 4, 0, NULL, NULL},
    {"a.mat", "stim_names", 0, 2, {4, 1}, 0, 0, sounds, NULL},
    {"a.mat", "C.labels", 0, 2, {4, 1}, 0, 0, sounds, NULL},
    {"a.mat", "few_names", 0, 2, {3, 1}, 0, 0, fewer, NULL},
    {"a.mat", "voxel_names", 0, 2, {3, 1}, 0, 0, voxels, NULL},
    {"a.mat", "ids", ANA_U16, 2, {1, 4}, 0, 0, NULL, ids},
    {"a.mat", "t", ANA_F64, 2, {1, 5}, 0, 0, NULL, tenths},
    {"a.mat", "jumpy", ANA_F64, 2, {1, 5}, 0, 0, NULL, uneven},
    {"a.mat", "single_t", ANA_F32, 2, {1, 5}, 0, 0, NULL, single_t},
    {"a.mat", "order", ANA_F64, 2, {1, 3}, 0, 0, NULL, order},
    {"a.mat", "xyz", ANA_F64, 2, {4, 3}, 0, 0, NULL, xyz},
    {"a.mat", "L", ANA_F64, 2, {1100, 6}, 0, 0, NULL, NULL},
    {"a.mat", "R", ANA_F64, 2, {6, 700}, 0, 0, NULL, NULL},
    {"s/e1.mat", "R", ANA_F64, 2, {4, 5}, 0, 0, NULL, NULL},
    {"s/e1.mat", "names", 0, 2, {4, 1}, 0, 0, sounds, NULL},
    {"s/e1.mat", "t", ANA_F64, 2, {1, 5}, 0, 0, NULL, tenths},
    {"s/e2.mat", "R", ANA_F64, 2, {4, 5}, 0, 0, NULL, NULL},
    {"s/e2.mat", "names", 0, 2, {4, 1}, 0, 0, sounds, NULL},
    {"s/e2.mat", "t", ANA_F64, 2, {1, 5}, 0, 0, NULL, tenths},
    {"s/e3.mat", "R", ANA_F64, 2, {4, 5}, 0, 0, NULL, NULL},
    {"s/e3.mat", "names", 0, 2, {4, 1}, 0, 0, other, NULL},
    {"s/e3.mat", "t", ANA_F64, 2, {1, 5}, 0, 0, NULL, xyz},
    {"s/e4.mat", "R", ANA_F64, 2, {4, 6}, 0, 0, NULL, NULL},
    {"s/e4.mat", "names", 0, 2, {4, 1}, 0, 0, sounds, NULL},
    {"u/e1.mat", "R", ANA_F64, 2, {4, 5}, 0, 0, NULL, NULL},
};

struct opened {
    struct ana_ctx *ctx;
    struct ana_arrays *arrays;
    struct ana_recording_info info;
};

static inline struct opened open_data(const char *paths, const char *name,
                                      const char *cells, const char *times,
                                      const char *axes, double rate)
{
    struct opened o = {.ctx = test_ctx()};
    struct test_source s;
    const struct ana_source *source =
        test_source_of(&s, paths, name, cells, times, axes, rate);

    FAKE_FILES(files);
    if (ana_arrays_open(o.ctx, &fake_format, source, &o.arrays) != 0)
        ck_abort_msg("%s", ana_error(o.ctx));
    ck_assert_int_eq(ana_arrays_describe(o.ctx, o.arrays, &o.info), 0);
    ck_assert_int_eq(fake.open_now, 0);
    memset(&s, 'x', sizeof s); /* nothing of the source is needed any more */
    return o;
}

static inline void close_data(struct opened *o)
{
    int64_t peak;

    ana_arrays_close(o->ctx, o->arrays);
    ck_assert_int_eq(ana_ctx_memory(o->ctx, &peak), 0);
    ana_ctx_destroy(o->ctx);
}

#endif
