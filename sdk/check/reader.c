/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A reader under test: what it is given to read, and what it says and reads of it.
 */
#include "check/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <anaflow/files.h>

#include "base/context.h"

enum { ROWS = 12, TARGETS = 3 };

static void set_source(struct ana_reader_bench *reader, const char *path)
{
    snprintf(reader->path, sizeof reader->path, "%s", path);
    reader->files[0] = reader->path;
    reader->source = (struct ana_source){.size = sizeof reader->source,
                                         .n_files = 1,
                                         .files = reader->files,
                                         .text = reader->path};
    reader->source.rate = reader->bench->check->options.rate;
    reader->source.var.name = reader->bench->check->options.variable;
}

int ana_reader_bench_open_file(struct ana_bench *bench, const char *path,
                               struct ana_reader_bench *reader)
{
    int rc;

    memset(reader, 0, sizeof *reader);
    reader->bench = bench;
    reader->vt = bench->check->plugin->reader;
    set_source(reader, path);
    rc = reader->vt->open(bench->ctx, ana_test_params(bench->test), &reader->source,
                          &reader->self);
    return rc ? rc
              : ana_reader_describe(bench->ctx, reader->vt, reader->self, &reader->info,
                                    &reader->described);
}

void ana_reader_bench_close(struct ana_reader_bench *reader)
{
    if (!reader->vt)
        return;
    ana_described_finish(reader->bench->ctx, &reader->described);
    reader->vt->close(reader->bench->ctx, reader->self);
    reader->self = NULL;
}

static void write_table(FILE *file, char between)
{
    fprintf(file, "stimulus");
    for (int t = 0; t < TARGETS; t++)
        fprintf(file, "%cchannel%d", between, t + 1);
    for (int r = 0; r < ROWS; r++) {
        fprintf(file, "\nsound%d", r + 1);
        for (int t = 0; t < TARGETS; t++)
            fprintf(file, "%c%.6f", between, ana_noise(r * TARGETS + t));
    }
    fprintf(file, "\n");
}

/* The files that we can make: a table in two forms, an array. */
static int make_file(struct ana_bench *bench, int number, char *path, size_t room)
{
    static const char *const names[] = {"responses.tsv", "responses.csv",
                                        "responses.npy"};
    const int64_t shape[] = {ROWS, TARGETS};
    double values[ROWS * TARGETS];
    struct ana_tensor view;
    FILE *file;

    snprintf(path, room, "%s/%s", bench->check->folder, names[number]);
    if (number == 2) {
        for (int i = 0; i < ROWS * TARGETS; i++)
            values[i] = ana_noise(i);
        ana_tensor_view(ANA_F64, 2, shape, values, &view);
        return ana_npy_write(bench->ctx, path, &view);
    }
    file = fopen(path, "we");
    if (!file)
        return ana_fail(bench->ctx, ANA_ERESOURCE, "%s cannot be written", path);
    write_table(file, number == 0 ? '\t' : ',');
    return fclose(file) == 0
               ? 0
               : ana_fail(bench->ctx, ANA_ERESOURCE, "%s cannot be written", path);
}

static int probe(struct ana_bench *bench, const char *path, int32_t *confidence)
{
    struct ana_reader_bench reader = {.bench = bench, .vt = bench->check->plugin->reader};

    set_source(&reader, path);
    *confidence = 0;
    return reader.vt->probe(bench->ctx, &reader.source, confidence);
}

int ana_reader_bench_open(struct ana_bench *bench, struct ana_reader_bench *reader)
{
    char path[512];
    int32_t confidence;
    int rc;

    memset(reader, 0, sizeof *reader);
    if (bench->check->options.file)
        return ana_reader_bench_open_file(bench, bench->check->options.file, reader);
    for (int i = 0; i < 3; i++) {
        rc = make_file(bench, i, path, sizeof path);
        if (rc != 0)
            return rc;
        rc = probe(bench, path, &confidence);
        if (rc == ANA_ERESOURCE)
            return rc;
        if (rc != 0 || confidence < 1)
            continue;
        rc = ana_reader_bench_open_file(bench, path, reader);
        if (rc == 0 || rc == ANA_ERESOURCE || i == 2)
            return rc;
        ana_reader_bench_close(reader);
    }
    memset(reader, 0, sizeof *reader);
    return ana_untried(bench->check, "it reads none of the files that can be made for "
                                     "it (.tsv, .csv, .npy); name one by --file");
}

/* A value that no reader writes by chance: a NaN with a payload. */
static double unwritten(void)
{
    const uint64_t bits = UINT64_C(0x7FF8A5A5A5A5A5A5);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static int is_unwritten(double value)
{
    const double mark = unwritten();

    return memcmp(&value, &mark, sizeof value) == 0;
}

static int is_unwritten_f32(float value)
{
    const float mark = (float)unwritten();

    return memcmp(&value, &mark, sizeof value) == 0;
}

static int collect(struct ana_reader_bench *reader, const struct ana_tensor *out,
                   struct ana_sequence *numbers)
{
    const int64_t n = ana_tensor_count(out);

    for (int64_t i = 0; i < n; i++) {
        const double value = out->dtype == ANA_F32 ? (double)((float *)out->data)[i]
                                                   : ((double *)out->data)[i];

        if (out->dtype == ANA_F32 ? is_unwritten_f32(((float *)out->data)[i])
                                  : is_unwritten(value))
            return ana_fail(reader->bench->ctx, ANA_EPLUGIN,
                            "read left number %lld of %lld unwritten", (long long)i,
                            (long long)n);
        ana_sequence_add(numbers, value);
    }
    return 0;
}

int ana_reader_bench_read(struct ana_reader_bench *reader, int64_t run, int64_t first,
                          int64_t n, const int64_t *targets, int64_t n_targets,
                          int32_t dtype, struct ana_sequence *numbers)
{
    const int epochs = reader->info.layout == ANA_LAYOUT_EPOCHS;
    const int64_t shape[] = {n, epochs ? reader->info.n_times : n_targets, n_targets};
    struct ana_ctx *ctx = reader->bench->ctx;
    struct ana_buffer buffer;
    struct ana_tensor out;
    int64_t count;
    int rc;

    ana_tensor_view(dtype, epochs ? 3 : 2, shape, NULL, &out);
    count = ana_tensor_count(&out);
    if (ana_buffer_create(reader->bench->place, count * (int64_t)ana_dtype_size(dtype),
                          &buffer) != 0)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for a block");
    out.data = buffer.data;
    for (int64_t i = 0; i < count; i++) {
        if (dtype == ANA_F32)
            ((float *)out.data)[i] = (float)unwritten();
        else
            ((double *)out.data)[i] = unwritten();
    }
    rc = reader->vt->read(ctx, reader->self, run, first, n, targets, n_targets, &out);
    if (rc == 0)
        rc = collect(reader, &out, numbers);
    ana_buffer_finish(&buffer);
    return rc;
}

static int check_targets(struct ana_ctx *ctx, const struct ana_recording_info *info)
{
    if (info->n_targets < 1 || !info->targets)
        return ana_fail(ctx, ANA_EPLUGIN, "it describes no targets");
    for (int64_t i = 0; i < info->n_targets; i++) {
        const struct ana_target *t = &info->targets[i];

        if (!t->name || !t->region || !t->space || !t->hemisphere)
            return ana_fail(ctx, ANA_EPLUGIN,
                            "target %lld lacks a name, region, space or hemisphere; "
                            "\"\" stands for none",
                            (long long)i + 1);
    }
    return 0;
}

int ana_reader_bench_info(struct ana_ctx *ctx, const struct ana_recording_info *info)
{
    if (info->layout < ANA_LAYOUT_SERIES || info->layout > ANA_LAYOUT_MESH)
        return ana_fail(ctx, ANA_EPLUGIN, "its layout is %d, expected 1 .. 7",
                        info->layout);
    if (info->n_runs < 1 || !info->runs)
        return ana_fail(ctx, ANA_EPLUGIN, "it describes no runs");
    if (info->layout != ANA_LAYOUT_SERIES && info->n_runs != 1)
        return ana_fail(ctx, ANA_EPLUGIN, "it has %lld runs; only a SERIES has several",
                        (long long)info->n_runs);
    for (int64_t i = 0; i < info->n_runs; i++) {
        const struct ana_run *run = &info->runs[i];

        if (!run->id || run->n < 0)
            return ana_fail(ctx, ANA_EPLUGIN, "run %lld has no id or %lld samples",
                            (long long)i, (long long)run->n);
        if (info->layout == ANA_LAYOUT_SERIES && !(run->rate > 0))
            return ana_fail(ctx, ANA_EPLUGIN, "run %s has samples at %g Hz", run->id,
                            run->rate);
    }
    if (info->layout == ANA_LAYOUT_EPOCHS && (info->n_times < 1 || !(info->rate > 0)))
        return ana_fail(ctx, ANA_EPLUGIN, "its trials have %lld samples at %g Hz",
                        (long long)info->n_times, info->rate);
    for (int64_t i = 0; info->row_names && i < info->n_rows; i++)
        if (!info->row_names[i])
            return ana_fail(ctx, ANA_EPLUGIN, "row %lld has no name", (long long)i + 1);
    return check_targets(ctx, info);
}

int ana_reader_rounds(struct ana_bench *bench, int times, struct ana_sequence *numbers)
{
    struct ana_reader_bench reader;
    int rc = ana_reader_bench_open(bench, &reader);

    for (int i = 0; rc == 0 && i < times; i++)
        for (int64_t r = 0; rc == 0 && r < reader.info.n_runs; r++)
            rc = ana_reader_bench_read(&reader, r, 0, reader.info.runs[r].n, NULL,
                                       reader.info.n_targets, ANA_F64, numbers);
    ana_reader_bench_close(&reader);
    return rc;
}
