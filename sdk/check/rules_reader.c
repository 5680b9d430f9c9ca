/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What readers promise: any block, choice of targets and type gives what one whole read
 * gives; a file that is damaged or missing is refused in a sentence.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "check/reader.h"

/* The whole run, from which blocks and targets are picked. */
struct whole {
    struct ana_reader_bench *reader;
    struct ana_sequence numbers;
    int64_t run, n, targets, times; /* times: samples a trial, else 1 */
};

/* Read rows [first, first + n) of `chosen` targets and compare with the whole. */
static int compare_block(struct whole *w, int64_t first, int64_t n, const int64_t *chosen,
                         int64_t n_chosen, int32_t dtype)
{
    struct ana_sequence block = {.n = 0};
    struct ana_ctx *ctx = w->reader->bench->ctx;
    int rc = ana_reader_bench_read(w->reader, w->run, first, n, chosen,
                                   chosen ? n_chosen : w->targets, dtype, &block);

    for (int64_t i = 0; rc == 0 && i < block.n; i++) {
        const int64_t row = i / n_chosen,
                      t = chosen ? chosen[i % n_chosen] : i % n_chosen;
        const double want = w->numbers.value[(first * w->times + row) * w->targets + t];
        const double got = block.value[i];
        const int same = dtype == ANA_F64
                             ? memcmp(&want, &got, sizeof got) == 0
                             : (isnan(want) && isnan(got)) || (float)want == (float)got;

        if (!same)
            rc = ana_fail(ctx, ANA_EPLUGIN,
                          "%s %lld .. %lld of run %lld, target %lld: %.9g in the block, "
                          "%.9g in the whole (%s)",
                          w->times > 1 ? "trials" : "samples", (long long)first,
                          (long long)(first + n - 1), (long long)w->run, (long long)t,
                          got, want, ana_dtype_name(dtype));
    }
    ana_sequence_finish(&block);
    return rc;
}

static int try_blocks(struct whole *w)
{
    const int64_t third = w->n / 3, last = w->targets - 1, backwards[] = {last, 0};
    int rc = 0;

    for (int64_t at = 0; rc == 0 && third > 0 && at < w->n; at += third)
        rc = compare_block(w, at, at + third < w->n ? third : w->n - at, NULL, w->targets,
                           ANA_F64);
    if (rc == 0)
        rc = compare_block(w, w->n - 1, 1, NULL, w->targets, ANA_F64);
    if (rc == 0)
        rc = compare_block(w, 0, w->n, NULL, w->targets, ANA_F32);
    if (rc == 0)
        rc = compare_block(w, 0, w->n, backwards, last > 0 ? 2 : 1, ANA_F64);
    if (rc == 0)
        rc = compare_block(w, w->n / 2, 1, &last, 1, ANA_F32);
    return rc;
}

int ana_rule_blocks(struct ana_check *check)
{
    struct ana_reader_bench reader;
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        rc = ana_reader_bench_open(&bench, &reader);
        for (int64_t r = 0; rc == 0 && r < reader.info.n_runs; r++) {
            struct whole w = {.reader = &reader,
                              .run = r,
                              .n = reader.info.runs[r].n,
                              .targets = reader.info.n_targets,
                              .times = reader.info.layout == ANA_LAYOUT_EPOCHS
                                           ? reader.info.n_times
                                           : 1};

            rc = ana_reader_bench_read(&reader, r, 0, w.n, NULL, w.targets, ANA_F64,
                                       &w.numbers);
            if (rc == 0 && w.n > 0)
                rc = try_blocks(&w);
            ana_sequence_finish(&w.numbers);
        }
        rc = ana_bench_adopt(&bench, rc);
        ana_reader_bench_close(&reader);
    }
    ana_bench_close(&bench);
    return rc;
}

/* probe, open, describe and read all of a file that may be anything. A failure must have
 * a sentence. */
static int read_damaged(struct ana_bench *bench, const char *path, const char *what)
{
    const char *files[] = {path};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = path};
    struct ana_reader_bench reader = {.vt = NULL};
    int32_t confidence = 0;
    int rc;

    ana_doing("%s", what);
    ana_ctx_clear(bench->ctx);
    rc = bench->check->plugin->reader->probe(bench->ctx, &source, &confidence);
    if (rc == 0 && (confidence < 0 || confidence > 100))
        return ana_fail(bench->check->ctx, ANA_EPLUGIN,
                        "probe's confidence in %s is %d, expected 0 .. 100", what,
                        confidence);
    ana_ctx_clear(bench->ctx);
    rc = ana_reader_bench_open_file(bench, path, &reader);
    for (int64_t r = 0; rc == 0 && r < reader.info.n_runs; r++)
        rc = ana_reader_bench_read(&reader, r, 0, reader.info.runs[r].n, NULL,
                                   reader.info.n_targets, ANA_F64, NULL);
    ana_reader_bench_close(&reader);
    if (rc == 0 || *ana_error(bench->ctx))
        return 0;
    return ana_fail(bench->check->ctx, ANA_EPLUGIN,
                    "of %s it returned %d without a sentence (ana_fail)", what, rc);
}

/* Where to cut: at eighths of the file, and behind the next line end of each. */
static int64_t cut_at(const char *data, int64_t n, int64_t eighth, int at_line)
{
    const int64_t at = n * eighth / 8;
    const char *end = at_line ? memchr(data + at, '\n', (size_t)(n - at)) : NULL;

    return end ? end - data + 1 : at;
}

static int try_damage(struct ana_bench *bench, const char *data, int64_t n,
                      const char *extension)
{
    struct ana_ctx *ctx = bench->ctx;
    char path[600], what[128], *copy;
    int rc = 0;

    snprintf(path, sizeof path, "%s/damaged%s", bench->check->folder, extension);
    for (int64_t i = 0; rc == 0 && i < 16; i++) {
        const int64_t at = cut_at(data, n, i / 2, (int)(i % 2));

        snprintf(what, sizeof what, "a file cut at byte %lld of %lld", (long long)at,
                 (long long)n);
        rc = ana_file_write(ctx, path, data, at);
        if (rc == 0)
            rc = read_damaged(bench, path, what);
    }
    copy = malloc((size_t)n + 1);
    for (int64_t i = 0; rc == 0 && copy && i < 64 && n > 0; i++) {
        const int64_t at = i < 32 ? i % n : (i - 32) * n / 32;

        memcpy(copy, data, (size_t)n);
        copy[at] = (char)(copy[at] ^ (i % 2 ? 0x80 : 0xff));
        snprintf(what, sizeof what, "a file with another byte at %lld", (long long)at);
        rc = ana_file_write(ctx, path, copy, n);
        if (rc == 0)
            rc = read_damaged(bench, path, what);
    }
    free(copy);
    if (rc == 0) {
        snprintf(path, sizeof path, "%s/missing%s", bench->check->folder, extension);
        rc = read_damaged(bench, path, "a file that is missing");
    }
    return rc ? rc
              : read_damaged(bench, bench->check->folder, "a folder where a file is due");
}

int ana_rule_damage(struct ana_check *check)
{
    struct ana_reader_bench reader;
    struct ana_bench bench;
    char *data = NULL, path[512];
    const char *dot;
    int64_t n = 0;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        rc = ana_reader_bench_open(&bench, &reader);
        snprintf(path, sizeof path, "%s", reader.path);
        ana_reader_bench_close(&reader);
        dot = strrchr(path, '.');
        if (rc == 0)
            rc = ana_file_read(bench.ctx, path, 16 << 20, &data, &n);
        rc = ana_bench_adopt(&bench, rc);
        if (rc == 0)
            rc = try_damage(&bench, data, n, dot ? dot : "");
        ana_free(bench.ctx, data);
    }
    ana_bench_close(&bench);
    return rc;
}
