/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One task: make the spaces, ask the metric for its plan, factor x once, then stream
 * every recording through it in tiles of targets. A tile is read, prepared and scored
 * by one worker, so the memory of a run is x plus as many tiles as there are workers, or
 * as few as fit (tiling.c).
 */
#include "pipeline/task.h"

#include <stdatomic.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "linalg/pool.h"
#include "pipeline/tiling.h"

void ana_budget_progress(struct ana_ctx *ctx, const struct ana_budget *budget,
                         int64_t targets)
{
    ana_progress(ctx, (int64_t)(1e6 * (budget->done + budget->each * (double)targets)),
                 (int64_t)(1e6 * budget->total));
}

void ana_budget_spend(struct ana_ctx *ctx, struct ana_budget *budget, int64_t targets)
{
    ana_budget_progress(ctx, budget, targets);
    budget->done += budget->each * (double)targets;
}

static int make_spaces(struct ana_ctx *ctx, const struct ana_opened *opened,
                       struct ana_task *task)
{
    const int delays = !(task->metric->plugin->metric->flags & ANA_METRIC_NO_DELAYS);
    int rc = 0;

    task->spaces = ana_alloc(ctx, task->n_features, sizeof *task->spaces);
    task->space_list = ana_alloc(ctx, task->n_features, sizeof *task->space_list);
    if (!task->spaces || !task->space_list)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < task->n_features; i++) {
        rc = ana_features_space(ctx, opened, task->features[i], task->variant[i], delays,
                                &task->spaces[i]);
        task->space_list[i] = task->spaces[i];
    }
    return rc;
}

static void make_problem(const struct ana_opened *opened, struct ana_task *task)
{
    const struct ana_rows *rows = task->rows;
    struct ana_problem *p = &task->problem;

    *p = (struct ana_problem){.size = sizeof *p,
                              .layout = rows->layout,
                              .n_rows = rows->n_rows,
                              .group = rows->group,
                              .moment = rows->moment,
                              .n_groups = rows->n_groups,
                              .rate = rows->rate,
                              .n_spaces = task->n_features,
                              .spaces = task->space_list,
                              .n_folds = task->folds->n,
                              .folds = task->folds->fold,
                              .want_predictions = rows->layout == ANA_LAYOUT_EPOCHS};
    for (int64_t i = 0; i < task->n_y; i++) {
        const struct ana_recording *y = &opened->recordings[task->y[i].recording];

        if (i > 0 && y->info.n_targets <= p->n_targets)
            continue;
        p->n_targets = y->info.n_targets;
        task->widest = (struct ana_y){.size = sizeof task->widest,
                                      .name = y->study->name,
                                      .n_targets = y->info.n_targets,
                                      .targets = y->info.targets};
    }
    p->widest = &task->widest;
}

static int check_plan(struct ana_ctx *ctx, const struct ana_task *task)
{
    const struct ana_metric_plan *plan = &task->plan;
    const int64_t most = INT64_MAX / 64; /* what can be added up with the rest */
    char needed[32], left[32];

    if (plan->n_measures < 1 || !plan->measures || plan->passes < 1 || plan->tile < 0 ||
        plan->bytes < 0 || plan->arrays < 0)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "the metric's plan has no measures or no passes");
    if (task->unchecked && plan->bytes < most && plan->arrays < most)
        return 0;
    if (plan->bytes > task->problem.memory ||
        plan->arrays > task->problem.memory - plan->bytes)
        return ana_fail(ctx, ANA_ERESOURCE,
                        "the metric needs %s and the run has %s left; raise `memory` "
                        "in [study], or %s",
                        ana_text_bytes(plan->arrays > INT64_MAX - plan->bytes
                                           ? INT64_MAX
                                           : plan->bytes + plan->arrays,
                                       needed),
                        ana_text_bytes(task->problem.memory, left),
                        ana_tiling_is_y(task)
                            ? "shorten the recording with `prepare` in [brain]"
                            : "make the space smaller with `pca` in [features]");
    return 0;
}

/* One pass over a y: its tiles, on the pool. */
struct pass {
    const struct ana_metric_vt *vt;
    void *ys;
    struct ana_recording *recording;
    struct ana_task_y *y;
    struct ana_tensor whole;        /* all targets, if that fits */
    int64_t tile, width, n_targets; /* width: targets that are read at once */
    struct ana_budget *budget;
    atomic_llong done;
};

static int push_tile(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct pass *pass = arg;
    const int64_t first = i * pass->tile;
    const int64_t n =
        pass->n_targets - first < pass->tile ? pass->n_targets - first : pass->tile;
    struct ana_tile tile = {.size = sizeof tile, .first = first};
    struct ana_out out = {pass->y->result.collector, &tile};
    int rc = 0;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "interrupted");
    if (pass->whole.data) {
        ana_tensor_ref(&pass->whole, &tile.y);
        rc = ana_tensor_slice(ctx, &tile.y, 1, first, n);
    } else {
        rc = ana_recording_read_by(ctx, pass->recording, pass->width,
                                   pass->y->rows->n_groups, pass->y->rows->unit, first, n,
                                   &tile.y);
    }
    ana_ctx_step(ctx, "targets %lld .. %lld", (long long)first + 1,
                 (long long)(first + n));
    if (rc == 0)
        rc = pass->vt->push(ctx, pass->ys, &tile, &out);
    ana_tensor_finish(&tile.y);
    if (n < pass->n_targets) /* who takes all at once works at the end of the pass */
        ana_budget_progress(ctx, pass->budget, atomic_fetch_add(&pass->done, n) + n);
    return rc;
}

static int hold_whole(struct ana_ctx *ctx, const struct ana_task *task, struct pass *pass)
{
    int rc;

    if (!ana_tiling_holds(task, pass->n_targets))
        return 0;
    rc = ana_recording_read_by(ctx, pass->recording, pass->width, pass->y->rows->n_groups,
                               pass->y->rows->unit, 0, pass->n_targets, &pass->whole);
    ana_give_back();
    return rc;
}

static int run_passes(struct ana_ctx *ctx, const struct ana_task *task, struct pass *pass)
{
    struct ana_tile whole = {.size = sizeof whole};
    struct ana_out out = {pass->y->result.collector, NULL};
    int32_t again = 1;
    int rc = hold_whole(ctx, task, pass);

    if (rc == 0 && pass->whole.data) { /* for metrics that score at the end of a pass */
        whole.y = pass->whole;
        out.tile = &whole;
    }
    for (int32_t p = 0; rc == 0 && again; p++) {
        if (p == task->plan.passes)
            return ana_fail(ctx, ANA_EPLUGIN,
                            "the metric wants more than the %d passes of its "
                            "plan",
                            task->plan.passes);
        again = 0;
        atomic_store(&pass->done, 0);
        rc = ana_parallel_few(ctx, (pass->n_targets + pass->tile - 1) / pass->tile,
                              task->problem.pushes, push_tile, pass);
        if (rc == 0)
            rc = pass->vt->pass(ctx, pass->ys, &out, &again);
    }
    return rc;
}

static int run_y(struct ana_ctx *ctx, const struct ana_opened *opened,
                 struct ana_task *task, void *xs, struct ana_task_y *ty,
                 struct ana_budget *budget)
{
    struct ana_recording *recording = &opened->recordings[ty->recording];
    const struct ana_y y = {.size = sizeof y,
                            .name = recording->study->name,
                            .n_targets = recording->info.n_targets,
                            .targets = recording->info.targets};
    struct pass pass = {.vt = task->metric->plugin->metric,
                        .recording = recording,
                        .y = ty,
                        .n_targets = y.n_targets,
                        .tile = ana_tiling_tile(task, y.n_targets),
                        .width = ana_tiling_width(task, recording),
                        .budget = budget};
    int rc;

    ana_context_push(ctx, "brain %s", y.name);
    if (!ana_tiling_holds(task, y.n_targets))
        ana_log(
            ctx,
            "brain %s: %lld targets in tiles of %lld, at most %lld at once, read %lld "
            "targets at a time",
            y.name, (long long)y.n_targets, (long long)pass.tile,
            (long long)task->problem.pushes, (long long)pass.width);
    rc = ana_collector_create(ctx, &task->problem, &task->plan, y.n_targets,
                              &ty->result.collector);
    if (rc == 0)
        rc = pass.vt->open_y(ctx, xs, &y, &pass.ys);
    if (rc == 0)
        rc = run_passes(ctx, task, &pass);
    if (rc == 0)
        rc = ana_collector_complete(ctx, ty->result.collector);
    pass.vt->close_y(ctx, pass.ys);
    ana_tensor_finish(&pass.whole);
    ana_budget_spend(ctx, budget, y.n_targets);
    ana_context_pop(ctx);
    return rc;
}

/* Score one y and hand its result over, with the warnings that belong to it. */
static int score_y(struct ana_ctx *ctx, const struct ana_opened *opened,
                   struct ana_task *task, void *xs, int64_t i,
                   const struct ana_warned *x_warned, struct ana_budget *budget)
{
    struct ana_task_y *y = &task->y[i];
    struct ana_warned mark;
    int rc = ana_warned_mark(ctx, &mark);

    if (rc == 0)
        rc = run_y(ctx, opened, task, xs, y, budget);
    if (rc == 0)
        rc = ana_warned_since(ctx, &mark, &y->result.y_warned);
    for (int64_t w = 0; rc == 0 && w < x_warned->n; w++)
        rc = ana_warned_add(ctx, &y->result.x_warned, x_warned->warning[w].text,
                            x_warned->warning[w].count, 0);
    ana_warned_finish(ctx, &mark);
    if (rc == 0)
        rc = task->finished(ctx, task->arg, i, &y->result);
    ana_result_finish(ctx, &y->result);
    return rc;
}

static void push_task(struct ana_ctx *ctx, const struct ana_opened *opened,
                      const struct ana_task *task)
{
    const struct ana_variant *v = &task->features[0]->variants[task->variant[0]];

    ana_context_push(ctx, "metric %s, features %s, %s %s", task->metric->plugin->id,
                     task->features[0]->study->name, ana_variant_model(opened, v),
                     ana_variant_layer(opened, v));
}

/* All layers in one space are joined beside the layers themselves. */
int64_t ana_task_x_bytes(const struct ana_task *task)
{
    int64_t bytes = 0;

    for (int64_t i = 0; i < task->n_features; i++) {
        const struct ana_variant *v = &task->features[i]->variants[task->variant[i]];

        bytes += v->x.shape[0] * v->x.shape[1] * (v->n_traces > 1 ? 8 : 4);
    }
    return bytes;
}

static int fits(const struct ana_opened *opened, const struct ana_task *task)
{
    return task->plan.bytes <= task->problem.memory && ana_tiling_fits(opened, task);
}

/* With as many tiles at once as there are workers, or fewer until all fits; the metric gets
 * more of what there is where that alone does not help. */
static int plan_pushes(struct ana_ctx *ctx, const struct ana_opened *opened,
                       struct ana_task *task, int64_t left)
{
    enum { SHARE = 4, LEAST_SHARE = 16 };
    const struct ana_metric_vt *vt = task->metric->plugin->metric;
    int rc = 0;

    task->threads = ana_workers(ctx);
    for (int64_t share = SHARE; share <= LEAST_SHARE; share *= SHARE) {
        task->problem.memory = ana_tiling_memory(opened, task, left, share);
        for (int64_t pushes = ana_workers(ctx); pushes > 0; pushes -= 1 + pushes / 8) {
            task->problem.pushes = pushes;
            task->plan = (struct ana_metric_plan){.size = sizeof task->plan};
            rc = vt->plan(ctx, task->metric->params, &task->problem, &task->plan);
            task->room = ana_tiling_room(opened, task, left);
            if (rc != 0 || fits(opened, task))
                return rc;
        }
    }
    return 0;
}

static int check_pca(struct ana_ctx *ctx, const struct ana_task *task)
{
    const struct ana_problem *problem = &task->problem;
    int rc = 0;

    for (int64_t s = 0; rc == 0 && s < problem->n_spaces; s++)
        rc = ana_space_fits(ctx, problem->spaces[s], problem->n_folds, problem->folds);
    return rc;
}

int ana_task_plan(struct ana_ctx *ctx, const struct ana_opened *opened,
                  struct ana_task *task, int64_t left)
{
    int rc;

    push_task(ctx, opened, task);
    rc = make_spaces(ctx, opened, task);
    if (rc == 0) {
        make_problem(opened, task);
        rc = check_pca(ctx, task);
    }
    if (rc == 0)
        rc = plan_pushes(ctx, opened, task, left);
    if (rc == 0)
        rc = check_plan(ctx, task);
    ana_context_pop(ctx);
    return rc;
}

int ana_task_run(struct ana_ctx *ctx, const struct ana_opened *opened,
                 struct ana_task *task, const struct ana_warned *mark,
                 struct ana_budget *budget)
{
    const struct ana_metric_vt *vt = task->metric->plugin->metric;
    struct ana_warned x_warned = {0};
    void *xs = NULL;
    int rc = ana_task_plan(ctx, opened, task,
                           budget->left > 0 ? budget->left
                                            : budget->memory + ana_task_x_bytes(task) -
                                                  ana_ctx_memory(ctx, NULL));

    push_task(ctx, opened, task);
    ana_give_back();
    ana_ctx_loop_begins(ctx); /* of folds and of y, which take blocks of one size */
    ana_ctx_loop_plans(ctx, ana_ctx_memory(ctx, NULL) + task->plan.bytes);
    if (rc == 0)
        rc = vt->begin(ctx, task->metric->params, &task->problem, &xs);
    if (rc == 0)
        rc = ana_warned_since(ctx, mark, &x_warned);
    ana_give_back();
    for (int64_t i = 0; rc == 0 && i < task->n_y; i++)
        if (task->y[i].wanted)
            rc = score_y(ctx, opened, task, xs, i, &x_warned, budget);
    vt->close(ctx, xs);
    ana_ctx_loop_ends(ctx);
    ana_warned_finish(ctx, &x_warned);
    ana_context_pop(ctx);
    return rc;
}

void ana_task_finish(struct ana_ctx *ctx, struct ana_task *task)
{
    for (int64_t i = 0; task->spaces && i < task->n_features; i++)
        ana_space_destroy(ctx, task->spaces[i]);
    ana_free(ctx, task->spaces);
    ana_free(ctx, task->space_list);
    for (int64_t i = 0; i < task->n_y; i++)
        ana_result_finish(ctx, &task->y[i].result);
    task->spaces = NULL;
    task->space_list = NULL;
}
