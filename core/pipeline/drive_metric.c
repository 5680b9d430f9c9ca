/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two matrices through a metric: a problem of N stimuli in FOLDS folds, its tiles pushed
 * on the run's workers as a run pushes them.
 */
#include <stdio.h>
#include <string.h>

#include <anaflow/reader.h>

#include "base/context.h"
#include "pipeline/drive.h"
#include "pipeline/out.h"
#include "pipeline/space.h"

enum { FOLDS = 5, INNER = 4 };

/* All that one call needs; whatever is not NULL is freed by `finish`. */
struct drive {
    const struct ana_metric_vt *vt;
    struct ana_space *space;
    int64_t *rows;   /* 0 .. n - 1: where each row stands in x */
    int64_t *group;  /* the same; of a recording, its run */
    int64_t *moment; /* zeros; of a recording, the sample in its run */
    int64_t *split;  /* the folds' rows, then those of the inner folds */
    struct ana_fold fold[FOLDS], inner[FOLDS][INNER];
    const struct ana_space *spaces[1];
    struct ana_problem problem;
    struct ana_metric_plan plan;
    struct ana_target *targets;
    char (*names)[32];
    struct ana_collector *collector;
    const struct ana_tensor *values; /* y */
    int64_t tile;
    void *xs, *ys;
};

static int check_shapes(struct ana_ctx *ctx, const struct ana_tensor *x,
                        const struct ana_tensor *y)
{
    if (x->ndim == 2 && y->ndim == 2 && x->dtype == ANA_F32 && y->dtype == ANA_F64 &&
        x->shape[0] == y->shape[0] && x->shape[0] >= 2 * FOLDS && x->shape[1] > 0 &&
        y->shape[1] > 0 && ana_tensor_contiguous(x))
        return 0;
    return ana_fail(ctx, ANA_ESHAPE,
                    "ana_test_metric takes x (rows x features, float32, in C order) and "
                    "y (rows x targets, float64), with the same number of rows, %d or "
                    "more",
                    2 * FOLDS);
}

/* Row i is tested in fold i mod FOLDS; of a recording, run f in fold f. */
static int64_t fold_of(const struct drive *drive, int64_t i, int64_t n)
{
    return drive->problem.layout == ANA_LAYOUT_SERIES ? i * FOLDS / n : i % FOLDS;
}

/* Inner folds of the places in `train`, dealt as the outer ones; returns behind them. */
static int64_t *deal_inner(struct drive *drive, struct ana_fold *fold, int64_t *row)
{
    const int runs = drive->problem.layout == ANA_LAYOUT_SERIES;
    struct ana_fold *inner = drive->inner[fold->index];

    fold->inner = ANA_INNER_FOLDS;
    fold->n_inner = INNER;
    fold->inner_folds = inner;
    for (int32_t k = 0; k < INNER; k++) {
        inner[k] = (struct ana_fold){.size = sizeof *inner, .index = k, .train = row};
        for (int test = 0; test < 2; test++) {
            int64_t *count = test ? &inner[k].n_test : &inner[k].n_train;

            if (test)
                inner[k].test = row;
            for (int64_t i = 0; i < fold->n_train; i++)
                if (((runs ? i * INNER / fold->n_train : i % INNER) == k) == test) {
                    *row++ = i;
                    ++*count;
                }
        }
    }
    return row;
}

static void deal_folds(struct drive *drive, int64_t n)
{
    int64_t *row = drive->split;

    for (int32_t f = 0; f < FOLDS; f++) {
        struct ana_fold *fold = &drive->fold[f];

        *fold = (struct ana_fold){.size = sizeof *fold, .index = f, .train = row};
        for (int64_t i = 0; i < n; i++)
            if (fold_of(drive, i, n) != f)
                row[fold->n_train++] = i;
        row += fold->n_train;
        fold->test = row;
        for (int64_t i = 0; i < n; i++)
            if (fold_of(drive, i, n) == f)
                row[fold->n_test++] = i;
        row = deal_inner(drive, fold, row + fold->n_test);
    }
}

static int name_targets(struct ana_ctx *ctx, struct drive *drive, int64_t n)
{
    drive->targets = ana_alloc(ctx, n, sizeof *drive->targets);
    drive->names = ana_alloc(ctx, n, sizeof *drive->names);
    if (!drive->targets || !drive->names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        snprintf(drive->names[i], sizeof *drive->names, "%lld", (long long)i + 1);
        drive->targets[i] = (struct ana_target){.size = sizeof *drive->targets,
                                                .name = drive->names[i],
                                                .region = "",
                                                .space = "",
                                                .hemisphere = ""};
    }
    return 0;
}

/* Items, unless the metric takes recordings only. */
static int32_t choose_layout(uint32_t flags)
{
    return (flags & ANA_METRIC_TAKES_SERIES) && !(flags & ANA_METRIC_TAKES_ROWS)
               ? ANA_LAYOUT_SERIES
               : ANA_LAYOUT_ROWS;
}

static void deal_rows(struct drive *drive, int64_t n)
{
    const int runs = drive->problem.layout == ANA_LAYOUT_SERIES;

    for (int64_t i = 0; i < n; i++) {
        drive->rows[i] = i;
        drive->group[i] = runs ? fold_of(drive, i, n) : i;
        if (runs && i > 0 && drive->group[i] == drive->group[i - 1])
            drive->moment[i] = drive->moment[i - 1] + 1;
    }
}

static int pose_problem(struct ana_ctx *ctx, struct drive *drive,
                        const struct ana_tensor *x, const struct ana_tensor *y)
{
    const int64_t n = x->shape[0], none = 0;
    struct ana_tensor copy = {.size = 0};
    int rc;

    drive->rows = ana_alloc(ctx, n, sizeof *drive->rows);
    drive->group = ana_alloc(ctx, n, sizeof *drive->group);
    drive->moment = ana_alloc(ctx, n, sizeof *drive->moment);
    drive->split = ana_alloc(ctx, FOLDS * (1 + INNER) * n, sizeof *drive->split);
    if (!drive->rows || !drive->group || !drive->moment || !drive->split)
        return ANA_ERESOURCE;
    drive->problem.layout = choose_layout(drive->vt->flags);
    deal_rows(drive, n);
    deal_folds(drive, n);
    rc = y->data ? name_targets(ctx, drive, y->shape[1]) : 0;
    if (rc == 0 && x->data) /* the space shares its samples, and x may be borrowed */
        rc = ana_tensor_convert(ctx, x, ANA_F32, &copy);
    if (rc == 0)
        rc = ana_space_create(ctx, "test", x->data ? &copy : x, n, drive->rows, 1, &none,
                              ANA_STANDARDISE_SCALE, 0, &drive->space);
    ana_tensor_finish(&copy);
    drive->spaces[0] = drive->space;
    drive->problem =
        (struct ana_problem){.size = sizeof drive->problem,
                             .layout = drive->problem.layout,
                             .n_rows = n,
                             .group = drive->group,
                             .moment = drive->moment,
                             .n_groups = drive->group[n - 1] + 1,
                             .rate = drive->problem.layout == ANA_LAYOUT_SERIES,
                             .n_spaces = 1,
                             .spaces = drive->spaces,
                             .n_folds = FOLDS,
                             .folds = drive->fold,
                             .n_targets = y->shape[1],
                             .memory = INT64_C(1) << 32};
    return rc;
}

static int push_tile(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct drive *drive = arg;
    struct ana_tile tile = {.size = sizeof tile, .first = i * drive->tile};
    struct ana_out out = {drive->collector, &tile};
    const int64_t left = drive->values->shape[1] - tile.first;
    int rc;

    tile.y = *drive->values;
    tile.y.owner = NULL;
    rc = ana_tensor_slice(ctx, &tile.y, 1, tile.first,
                          left < drive->tile ? left : drive->tile);
    return rc ? rc : drive->vt->push(ctx, drive->ys, &tile, &out);
}

static int make_passes(struct ana_ctx *ctx, struct drive *drive)
{
    const int64_t t = drive->problem.n_targets;
    struct ana_tile whole = {.size = sizeof whole, .y = *drive->values};
    struct ana_out out = {drive->collector, drive->plan.tile == 0 ? &whole : NULL};
    int32_t again = 1, passes = 0;
    int rc = 0;

    if (drive->tile == 0 || drive->plan.tile == 0)
        drive->tile = drive->plan.tile > 0 && drive->plan.tile < t ? drive->plan.tile : t;
    while (rc == 0 && again) {
        if (passes++ == drive->plan.passes)
            return ana_fail(ctx, ANA_EPLUGIN,
                            "it planned %d passes over y and wants more",
                            drive->plan.passes);
        again = 0;
        rc = ana_parallel_for(ctx, (t + drive->tile - 1) / drive->tile, push_tile, drive);
        if (rc == 0)
            rc = drive->vt->pass(ctx, drive->ys, &out, &again);
    }
    return rc;
}

static int score(struct ana_ctx *ctx, const struct ana_params *params,
                 struct drive *drive)
{
    const struct ana_y y = {.size = sizeof y,
                            .name = "test",
                            .n_targets = drive->problem.n_targets,
                            .targets = drive->targets};
    int rc;

    drive->plan.size = sizeof drive->plan;
    rc = drive->vt->plan(ctx, params, &drive->problem, &drive->plan);
    if (rc == 0 && (drive->plan.n_measures < 1 || drive->plan.passes < 1))
        rc = ana_fail(ctx, ANA_EPLUGIN,
                      "its plan has %lld measures and %d passes; each is 1 or more",
                      (long long)drive->plan.n_measures, drive->plan.passes);
    if (rc == 0)
        rc = ana_collector_create(ctx, &drive->problem, &drive->plan, y.n_targets,
                                  &drive->collector);
    if (rc == 0)
        rc = drive->vt->begin(ctx, params, &drive->problem, &drive->xs);
    if (rc == 0)
        rc = drive->vt->open_y(ctx, drive->xs, &y, &drive->ys);
    if (rc == 0)
        rc = make_passes(ctx, drive);
    if (rc == 0)
        rc = ana_collector_complete(ctx, drive->collector);
    return rc;
}

static int keep(struct ana_ctx *ctx, const struct drive *drive, const char *measure,
                struct ana_tensor *out)
{
    const char *wanted = measure ? measure : drive->plan.measures[0].id;

    for (int64_t i = 0; i < drive->collector->n_tables; i++) {
        const struct ana_out_table *table = &drive->collector->tables[i];
        const int64_t shape[] = {table->n_folds, table->n_targets};
        int rc;

        if (strcmp(table->measure, wanted) != 0)
            continue;
        rc = ana_tensor_create(ctx, ANA_F64, 2, shape, out);
        if (rc == 0)
            memcpy(out->data, table->score,
                   (size_t)(shape[0] * shape[1]) * sizeof *table->score);
        return rc;
    }
    return ana_fail(ctx, ANA_EPLUGIN, "it scored no measure '%s'", wanted);
}

static void finish(struct ana_ctx *ctx, struct drive *drive)
{
    drive->vt->close_y(ctx, drive->ys);
    drive->vt->close(ctx, drive->xs);
    ana_collector_destroy(ctx, drive->collector);
    ana_space_destroy(ctx, drive->space);
    ana_free(ctx, drive->targets);
    ana_free(ctx, drive->names);
    ana_free(ctx, drive->rows);
    ana_free(ctx, drive->group);
    ana_free(ctx, drive->moment);
    ana_free(ctx, drive->split);
}

int ana_test_metric(struct ana_test *test, const struct ana_tensor *x,
                    const struct ana_tensor *y, const char *measure,
                    struct ana_tensor *out)
{
    struct drive drive = {.values = y, .tile = test->tile};
    int64_t before, peak;
    int rc = ana_test_expect(test, ANA_KIND_METRIC);

    *out = (struct ana_tensor){.size = 0};
    if (rc == 0)
        rc = check_shapes(test->ctx, x, y);
    if (rc != 0)
        return rc;
    drive.vt = test->plugin->metric;
    rc = pose_problem(test->ctx, &drive, x, y);
    ana_ctx_forget_peak(test->ctx);
    before = ana_ctx_memory(test->ctx, NULL);
    if (rc == 0)
        rc = score(test->ctx, test->params, &drive);
    ana_ctx_memory(test->ctx, &peak);
    test->used = peak - before;
    test->plan = drive.plan;
    if (rc == 0 && test->look)
        test->look(test->look_arg, drive.collector);
    if (rc == 0)
        rc = keep(test->ctx, &drive, measure, out);
    finish(test->ctx, &drive);
    return ana_test_conclude(test, rc);
}

int ana_test_plan(struct ana_test *test, int64_t rows, int64_t features, int64_t targets,
                  struct ana_metric_plan *plan)
{
    const int64_t x_shape[] = {rows, features}, y_shape[] = {rows, targets};
    struct drive drive = {.tile = 0};
    struct ana_tensor x, y;
    int rc = ana_test_expect(test, ANA_KIND_METRIC);

    *plan = (struct ana_metric_plan){.size = sizeof *plan};
    ana_tensor_view(ANA_F32, 2, x_shape, NULL, &x);
    ana_tensor_view(ANA_F64, 2, y_shape, NULL, &y);
    if (rc == 0)
        rc = check_shapes(test->ctx, &x, &y);
    if (rc != 0)
        return rc;
    drive.vt = test->plugin->metric;
    rc = pose_problem(test->ctx, &drive, &x, &y);
    if (rc == 0)
        rc = drive.vt->plan(test->ctx, test->params, &drive.problem, plan);
    finish(test->ctx, &drive);
    return ana_test_conclude(test, rc);
}
