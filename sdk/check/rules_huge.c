/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes far beyond what there is. A block outside of a recording is refused before memory
 * is asked for; what is asked from shapes alone is answered, or refused in a sentence.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "check/metric.h"
#include "check/model.h"
#include "check/reader.h"
#include "pipeline/drive.h"

/* cost() is asked from shapes alone, so any shape may be asked. */
static int huge_model(struct ana_bench *bench)
{
    static const int64_t sizes[] = {0, 1, INT64_C(1) << 32, INT64_C(1) << 50};
    struct ana_model_bench model;
    struct ana_emitted emitted = {.n_items = 0};
    int rc = ana_model_bench_open(bench, &model);

    if (rc == 0)
        rc = ana_model_item(&model, 0.5);
    if (rc == 0)
        rc = ana_model_bench_forward(&model, 0, 1, &emitted); /* makes `wanted` */
    ana_emitted_finish(&emitted);
    rc = ana_bench_adopt(bench, rc);
    for (size_t i = 0;
         rc == 0 && model.item[0].data.ndim > 0 && i < sizeof sizes / sizeof *sizes;
         i++) {
        struct ana_model_cost cost = {.size = sizeof cost};
        struct ana_input item = model.item[0];
        const struct ana_batch batch = {.size = sizeof batch, .n = 1, .item = &item};
        char what[64];
        int asked;

        snprintf(what, sizeof what, "cost() of %lld samples", (long long)sizes[i]);
        ana_doing("%s", what);
        item.data.shape[0] = sizes[i];
        asked = model.vt->cost(bench->ctx, model.self, &batch, model.wanted.data, &cost);
        rc = ana_bench_sentence(bench, asked, what);
        if (rc == 0 && asked == 0 && (cost.bytes < 0 || !(cost.flops >= 0)))
            rc = ana_fail(bench->check->ctx, ANA_EPLUGIN,
                          "%s is %lld bytes and %g operations", what,
                          (long long)cost.bytes, cost.flops);
    }
    ana_model_bench_close(&model);
    return rc;
}

/* What a block outside may take while it is refused. */
enum { REFUSAL_BYTES = 1 << 20 };

/* The memory behind `out` holds a whole run, so that only a reader that passes its end
 * leaves it. */
static int refuse_block(struct ana_reader_bench *reader, struct ana_tensor *out,
                        int64_t run, int64_t first, int64_t n, const int64_t *target)
{
    struct ana_bench *bench = reader->bench;
    struct ana_ctx *to = bench->check->ctx;
    const int64_t n_targets = target ? 1 : reader->info.n_targets;
    int64_t before, peak;
    char what[160];
    int rc;

    snprintf(what, sizeof what, "read of run %lld, first %lld, n %lld, target %lld",
             (long long)run, (long long)first, (long long)n,
             (long long)(target ? *target : 0));
    ana_doing("%s, which there is not", what);
    out->shape[0] = n;
    out->shape[out->ndim - 1] = n_targets;
    out->strides[out->ndim - 1] = 1;
    if (out->ndim == 3)
        out->strides[1] = n_targets;
    out->strides[0] = n_targets * (out->ndim == 3 ? out->shape[1] : 1);
    ana_ctx_forget_peak(bench->ctx);
    before = ana_ctx_memory(bench->ctx, NULL);
    rc =
        reader->vt->read(bench->ctx, reader->self, run, first, n, target, n_targets, out);
    ana_ctx_memory(bench->ctx, &peak);
    if (rc == 0)
        return ana_fail(to, ANA_EPLUGIN, "%s: there is no such block, and it gave one",
                        what);
    if (rc == ANA_ERESOURCE || peak - before > REFUSAL_BYTES)
        return ana_fail(to, ANA_EPLUGIN,
                        "%s: it asked for memory before it saw that there is no such "
                        "block",
                        what);
    return ana_bench_sentence(bench, rc, what);
}

static int refuse_blocks(struct ana_reader_bench *reader, struct ana_tensor *out)
{
    const int64_t last = INT64_MAX, runs = reader->info.n_runs,
                  N = reader->info.runs[0].n;
    const int64_t blocks[][3] = {
        {-1, 0, 1},        {runs, 0, 1},       {last, 0, 1},        {0, -1, 1},
        {0, INT64_MIN, 1}, {0, N, 1},          {0, last, 1},        {0, 0, N + 1},
        {0, 0, last},      {0, 1, last},       {0, last, last},     {0, 0, -1},
        {0, 1, INT64_MIN}, {last, last, last}, {0, 0, last / 8 + 1}};
    const int64_t targets[] = {-1, reader->info.n_targets, INT64_C(1) << 40, last,
                               INT64_MIN};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof blocks / sizeof *blocks; i++)
        rc = refuse_block(reader, out, blocks[i][0], blocks[i][1], blocks[i][2], NULL);
    for (size_t i = 0; rc == 0 && N > 0 && i < sizeof targets / sizeof *targets; i++)
        rc = refuse_block(reader, out, 0, 0, 1, &targets[i]);
    return rc;
}

static int huge_reader(struct ana_bench *bench)
{
    static const int32_t types[] = {ANA_F64, ANA_F32};
    struct ana_buffer buffer = {.data = NULL};
    struct ana_reader_bench reader;
    int64_t shape[3];
    int rc = ana_reader_bench_open(bench, &reader);

    for (int i = 0; rc == 0 && i < 2; i++) {
        const int epochs = reader.info.layout == ANA_LAYOUT_EPOCHS;
        struct ana_tensor out;

        shape[0] = reader.info.runs[0].n;
        shape[1] = epochs ? reader.info.n_times : reader.info.n_targets;
        shape[2] = reader.info.n_targets;
        ana_tensor_view(types[i], epochs ? 3 : 2, shape, NULL, &out);
        if (ana_buffer_create(bench->place, ana_tensor_count(&out) * 8, &buffer) != 0)
            rc = ana_fail(bench->ctx, ANA_ERESOURCE, "no memory for a block");
        out.data = buffer.data;
        if (rc == 0)
            rc = refuse_blocks(&reader, &out);
        ana_buffer_finish(&buffer);
    }
    ana_reader_bench_close(&reader);
    return rc;
}

static int huge_metric(struct ana_bench *bench)
{
    static const int64_t many = INT64_C(1000000000000), rows = 100000;
    const int64_t cases[][3] = {{20, many, 3},     {20, 3, many},     {20, many, many},
                                {rows, 3, 3},      {rows, many, 3},   {rows, 3, many},
                                {2000, 300, many}, {rows, many, many}};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof cases / sizeof *cases; i++) {
        const int64_t *c = cases[i];
        struct ana_metric_plan plan;
        char what[128];
        int asked;

        snprintf(what, sizeof what, "plan() of %lld rows, %lld features, %lld targets",
                 (long long)c[0], (long long)c[1], (long long)c[2]);
        ana_doing("%s", what);
        asked = ana_test_plan(bench->test, c[0], c[1], c[2], &plan);
        rc = ana_bench_sentence(bench, asked, what);
        if (rc == 0 && asked == 0 &&
            (plan.bytes < 0 || plan.tile < 0 || plan.at_once < 0 ||
             !(plan.flops >= 0 && plan.begin_flops >= 0 && plan.factor >= 0 &&
               plan.loops >= 0 && isfinite(plan.flops + plan.loops))))
            rc = ana_fail(bench->check->ctx, ANA_EPLUGIN,
                          "%s is %lld bytes, %g operations (%g in begin, %g of factors), "
                          "%g loops, %lld targets a push",
                          what, (long long)plan.bytes, plan.flops, plan.begin_flops,
                          plan.factor, plan.loops, (long long)plan.tile);
    }
    return rc;
}

int ana_rule_huge(struct ana_check *check)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        const int32_t kind = check->plugin->kind;

        rc = kind == ANA_KIND_MODEL    ? huge_model(&bench)
             : kind == ANA_KIND_READER ? huge_reader(&bench)
                                       : huge_metric(&bench);
        if (rc != 0 && !*ana_error(check->ctx))
            rc = ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    return rc;
}
