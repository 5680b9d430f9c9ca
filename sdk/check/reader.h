/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_READER_H
#define SDK_CHECK_READER_H

#include <anaflow/reader.h>

#include "check/bench.h"
#include "plugin/describe.h"

/* A reader that has opened a file. */
struct ana_reader_bench {
    struct ana_bench *bench;
    const struct ana_reader_vt *vt;
    void *self;
    struct ana_recording_info info;
    struct ana_described described; /* what info points to */
    struct ana_source source;
    char path[512];
    const char *files[1];
};

/* The file that the options name, else the first of those made in the rules' folder that
 * the reader says it can read. ANA_UNTRIED (check->note says why) where there is none.
 * Release with `ana_reader_bench_close`, whatever is returned. */
int ana_reader_bench_open(struct ana_bench *bench, struct ana_reader_bench *reader);
int ana_reader_bench_open_file(struct ana_bench *bench, const char *path,
                               struct ana_reader_bench *reader);
void ana_reader_bench_close(struct ana_reader_bench *reader);

/* Samples [first, first + n) of a run and the chosen targets (NULL = all), as numbers.
 * What the reader leaves unwritten is a failure. dtype: ANA_F32 or ANA_F64. */
int ana_reader_bench_read(struct ana_reader_bench *reader, int64_t run, int64_t first,
                          int64_t n, const int64_t *targets, int64_t n_targets,
                          int32_t dtype, struct ana_sequence *numbers);

int ana_reader_bench_info(struct ana_ctx *ctx, const struct ana_recording_info *info);

#endif
