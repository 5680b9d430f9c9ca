/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Input that no study should have, but one will: the plugin may refuse it in a sentence or
 * work on it; it may not crash, hang, or fail without saying why.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "check/metric.h"
#include "check/model.h"
#include "check/reader.h"
#include "pipeline/drive.h"

int ana_rule_cancel(struct ana_check *check)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench), ended;

    if (rc == 0) {
        ana_doing("a round in a run that is being stopped");
        ana_ctx_cancel(bench.ctx);
        ended = ana_round(&bench, NULL);
        if (ended != ANA_ECANCEL)
            rc = ana_bench_sentence(&bench, ended, "a run that is being stopped");
    }
    ana_bench_close(&bench);
    return rc;
}

/* Show the model the item whose data `change` has made worse. */
static int show_changed(struct ana_bench *bench, const char *what,
                        void (*change)(struct ana_tensor *data))
{
    struct ana_emitted emitted = {.n_items = 0};
    struct ana_model_bench model;
    struct ana_tensor copy = {.size = 0};
    int rc, judged;

    ana_doing("%s", what);
    rc = ana_model_bench_open(bench, &model);
    if (rc == 0)
        rc = ana_model_item(&model, 0.5);
    if (rc == 0 && model.item[0].data.ndim > 0 && model.item[0].data.data) {
        rc = ana_tensor_convert(bench->ctx, &model.item[0].data, model.item[0].data.dtype,
                                &copy);
        if (rc == 0) {
            change(&copy);
            model.item[0].data = copy;
            model.item[0].data.owner = NULL;
            rc = ana_model_bench_forward(&model, 0, 1, &emitted);
        }
    }
    judged = ana_bench_sentence(bench, rc, what);
    ana_emitted_finish(&emitted);
    ana_model_bench_close(&model);
    ana_tensor_finish(&copy);
    return judged;
}

static void make_empty(struct ana_tensor *data)
{
    data->shape[0] = 0;
}

static void make_single(struct ana_tensor *data)
{
    if (data->shape[0] > 0)
        data->shape[0] = 1;
}

static void make_nan(struct ana_tensor *data)
{
    if (data->dtype == ANA_F32 && ana_tensor_count(data) > 3)
        ((float *)data->data)[3] = NAN;
    if (data->dtype == ANA_I64 && ana_tensor_count(data) > 0)
        ((int64_t *)data->data)[0] = INT64_C(1) << 40; /* no such token */
}

static void make_infinite(struct ana_tensor *data)
{
    if (data->dtype == ANA_F32 && ana_tensor_count(data) > 0)
        ((float *)data->data)[0] = INFINITY;
    if (data->dtype == ANA_I64 && ana_tensor_count(data) > 0)
        ((int64_t *)data->data)[0] = -1;
}

static void make_zero(struct ana_tensor *data)
{
    memset(data->data, 0, (size_t)ana_tensor_count(data) * ana_dtype_size(data->dtype));
}

static void make_loud(struct ana_tensor *data)
{
    for (int64_t i = 0; data->dtype == ANA_F32 && i < ana_tensor_count(data); i++)
        ((float *)data->data)[i] = i % 2 ? 3e38f : -3e38f;
}

static int hostile_model(struct ana_bench *bench)
{
    static const struct {
        const char *what;
        void (*change)(struct ana_tensor *data);
    } cases[] = {{"an empty item", make_empty},
                 {"an item of one sample", make_single},
                 {"a NaN, or a token that there is not", make_nan},
                 {"an Inf, or a negative token", make_infinite},
                 {"silence", make_zero},
                 {"samples of 3e38", make_loud}};
    int rc = 0;

    ana_doing("close(NULL)");
    bench->check->plugin->model->close(bench->ctx, NULL);
    for (size_t i = 0; rc == 0 && i < sizeof cases / sizeof *cases; i++)
        rc = show_changed(bench, cases[i].what, cases[i].change);
    return rc;
}

static int read_nothing(struct ana_bench *bench)
{
    struct ana_reader_bench reader;
    const int64_t first[] = {0};
    int rc = ana_reader_bench_open(bench, &reader), asked;

    if (rc == 0) {
        ana_doing("a read of no samples");
        asked = ana_reader_bench_read(&reader, 0, 0, 0, NULL, reader.info.n_targets,
                                      ANA_F64, NULL);
        rc = ana_bench_sentence(bench, asked, "a read of no samples");
    }
    if (rc == 0) {
        ana_doing("a read of no samples at the end");
        asked = ana_reader_bench_read(&reader, 0, reader.info.runs[0].n, 0, first, 1,
                                      ANA_F64, NULL);
        rc = ana_bench_sentence(bench, asked, "a read of no samples at the end");
    }
    if (rc == 0 && reader.vt->labels) {
        char **labels = NULL;
        int64_t n = 0;

        ana_doing("labels of a variable that there is not");
        asked =
            reader.vt->labels(bench->ctx, reader.self, "no-such-variable", &n, &labels);
        rc = ana_bench_sentence(bench, asked, "labels of a variable that there is not");
        for (int64_t i = 0; asked == 0 && i < n; i++)
            ana_free(bench->ctx, labels[i]);
        if (asked == 0)
            ana_free(bench->ctx, labels);
    }
    ana_reader_bench_close(&reader);
    return rc;
}

static int list_file(struct ana_bench *bench)
{
    const struct ana_reader_vt *vt = bench->check->plugin->reader;
    struct ana_reader_bench reader;
    struct ana_entry *entries = NULL;
    int64_t n = 0;
    int rc = ana_reader_bench_open(bench, &reader), asked;

    if (rc == 0 && vt->list) {
        ana_doing("list");
        asked = vt->list(bench->ctx, reader.path, &n, &entries);
        rc = ana_bench_sentence(bench, asked, "list");
        for (int64_t i = 0; asked == 0 && i < n; i++) {
            ana_free(bench->ctx, (void *)(uintptr_t)entries[i].name);
            ana_free(bench->ctx, (void *)(uintptr_t)entries[i].note);
        }
        if (asked == 0)
            ana_free(bench->ctx, entries);
    }
    ana_reader_bench_close(&reader);
    return rc;
}

static int hostile_reader(struct ana_bench *bench)
{
    int rc;

    ana_doing("close(NULL)");
    bench->check->plugin->reader->close(bench->ctx, NULL);
    rc = read_nothing(bench);
    return rc ? rc : list_file(bench);
}

static int score_changed(struct ana_bench *bench, const char *what, int64_t rows,
                         int64_t features, int64_t targets,
                         void (*change)(struct ana_pair *pair))
{
    struct ana_pair pair;
    int rc = ana_pair_create(bench, rows, features, targets, &pair);

    ana_doing("%s", what);
    if (rc == 0 && change)
        change(&pair);
    if (rc == 0)
        rc = ana_metric_score(bench, &pair, NULL);
    ana_pair_finish(&pair);
    return ana_bench_sentence(bench, rc, what);
}

static void constant_target(struct ana_pair *pair)
{
    for (int64_t i = 0; i < pair->y.shape[0]; i++)
        ((double *)pair->y.data)[i * pair->y.strides[0]] = 2.5;
}

static void constant_x(struct ana_pair *pair)
{
    for (int64_t i = 0; i < ana_tensor_count(&pair->x); i++)
        ((float *)pair->x.data)[i] = 1;
}

static void nan_in_y(struct ana_pair *pair)
{
    ((double *)pair->y.data)[7] = NAN;
}

static void infinite_y(struct ana_pair *pair)
{
    ((double *)pair->y.data)[7] = INFINITY;
}

static void large_y(struct ana_pair *pair)
{
    for (int64_t i = 0; i < ana_tensor_count(&pair->y); i++)
        ((double *)pair->y.data)[i] *= 1e150;
}

static void equal_rows(struct ana_pair *pair)
{
    const int64_t f = pair->x.shape[1];

    for (int64_t i = 0; i < pair->x.shape[0]; i++)
        memcpy((float *)pair->x.data + i * f, pair->x.data, (size_t)f * sizeof(float));
}

static int hostile_metric(struct ana_bench *bench)
{
    static const struct {
        const char *what;
        int64_t rows, features, targets;
        void (*change)(struct ana_pair *pair);
    } cases[] = {{"one feature and one target", 20, 1, 1, NULL},
                 {"two rows a fold", 10, 3, 2, NULL},
                 {"more features than rows", 20, 300, 3, NULL},
                 {"a constant target", 20, 3, 2, constant_target},
                 {"constant features", 20, 3, 2, constant_x},
                 {"rows that are all equal", 20, 3, 2, equal_rows},
                 {"a NaN in y", 20, 3, 2, nan_in_y},
                 {"an Inf in y", 20, 3, 2, infinite_y},
                 {"y of 1e150", 20, 3, 2, large_y}};
    int rc = 0;

    ana_doing("close(NULL) and close_y(NULL)");
    bench->check->plugin->metric->close_y(bench->ctx, NULL);
    bench->check->plugin->metric->close(bench->ctx, NULL);
    for (size_t i = 0; rc == 0 && i < sizeof cases / sizeof *cases; i++)
        rc = score_changed(bench, cases[i].what, cases[i].rows, cases[i].features,
                           cases[i].targets, cases[i].change);
    return rc;
}

int ana_rule_hostile(struct ana_check *check)
{
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0) {
        const int32_t kind = check->plugin->kind;

        rc = kind == ANA_KIND_MODEL    ? hostile_model(&bench)
             : kind == ANA_KIND_READER ? hostile_reader(&bench)
                                       : hostile_metric(&bench);
        if (rc != 0 && !*ana_error(check->ctx))
            rc = ana_bench_adopt(&bench, rc);
    }
    ana_bench_close(&bench);
    return rc;
}
