/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run on paper, task by task. Memory is the highest of its moments: a model being shown
 * the stimuli while its traces fill; an x side with its recording, tiles and scores; all
 * results and the page at the end. Each moment is added up from what is held then; all of
 * it is an upper bound.
 */
#include "pipeline/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/effort.h"
#include "pipeline/fit.h"
#include "pipeline/kept.h"
#include "pipeline/plan_disk.h"
#include "pipeline/plan_time.h"
#include "pipeline/tiling.h"

enum {
    SLACK = 7 << 19, /* small things, and what the allocator cannot give back */
    SLACK_THREAD = 1 << 20,
    WORKER = 3 << 19,    /* by which a reader's worker grows beside its data */
    PAGE_BYTES = 4 << 20 /* while the page is made */
};

struct planning {
    const struct ana_tasks *tasks;
    const struct ana_opened *opened;
    const struct ana_rates *rates;
    struct ana_plan *plan;
    int64_t base;   /* held by what is opened, and by readers that have read */
    int64_t apart;  /* of base: pieces that a reader's worker sends */
    uint8_t *read;  /* of the study's recordings: 1 = an earlier task read it */
    int64_t asked;  /* of the system, the most that one task did so far */
    int64_t scores; /* of everything, gathered at the end */
};

/* A moment of the run; the highest is the plan's. */
static void note_moment(struct planning *p, int64_t bytes, int32_t largest,
                        int64_t largest_bytes, const char *what, const char *name)
{
    struct ana_plan *plan = p->plan;

    bytes += plan->program + p->base;
    if (bytes <= plan->memory)
        return;
    plan->memory = bytes;
    plan->largest = largest;
    plan->largest_bytes = largest_bytes;
    snprintf(plan->what, sizeof plan->what, "%s%s", what, name);
}

/* The system clears what a task asks it for. */
static void add_clearing(struct planning *p, int64_t bytes, double *seconds)
{
    if (!p->rates)
        return;
    *seconds += ana_plan_clearing_seconds(p->rates, bytes, p->asked);
    p->asked = bytes > p->asked ? bytes : p->asked;
}

/* Components that are fitted first (`project = pca N`), one stimulus at a time. */
static int plan_fit(struct ana_ctx *ctx, struct planning *p, int64_t number, int64_t n,
                    struct ana_trace *const *traces, int64_t other_bytes, double *seconds)
{
    struct ana_effort fit;
    int rc = ana_fit_effort(ctx, p->opened, number, n, traces, &fit);

    if (rc != 0 || fit.bytes == 0)
        return rc;
    p->plan->flops += fit.flops;
    if (p->rates)
        *seconds += ana_plan_model_seconds(p->rates, &fit, 0, 1);
    note_moment(p, other_bytes + fit.bytes, ANA_PLAN_MODELS, fit.bytes,
                "components of model ", p->opened->models[number].study->name);
    return 0;
}

/* A model shown the stimuli for some traces, of which those rows are held that can still
 * change; other_bytes are held beside them. */
static int plan_passes(struct ana_ctx *ctx, struct planning *p,
                       const struct ana_features *f, int64_t number, int64_t n,
                       struct ana_trace *const *traces, int64_t other_bytes,
                       double *seconds)
{
    struct ana_opened_model *model = &p->opened->models[number];
    const int reentrant = (model->info.flags & ANA_MODEL_REENTRANT) != 0;
    const int64_t items = f->rows->n_groups, weights = ana_twin_bytes(model);
    int64_t filling = 0, passes = reentrant ? p->plan->threads : 1;
    struct ana_effort effort;
    int rc;

    ana_context_push(ctx, "model %s", model->study->name);
    rc = ana_model_effort(ctx, model, p->opened->stimuli[f->stimuli], items,
                          f->rows->item, n, traces, &effort);
    ana_context_pop(ctx);
    if (rc != 0)
        return rc;
    rc = plan_fit(ctx, p, number, n, traces, other_bytes + weights, seconds);
    if (rc != 0)
        return rc;
    passes = passes < items ? passes : items;
    for (int64_t t = 0; t < n; t++)
        filling += ana_trace_held_bytes(traces[t]) +
                   passes * ana_trace_filling_bytes(traces[t], effort.seconds);
    p->plan->flops += effort.flops;
    if (p->rates)
        *seconds += ana_plan_model_seconds(p->rates, &effort, reentrant, items);
    passes *= effort.bytes;
    other_bytes += weights;
    add_clearing(p, other_bytes + filling + passes, seconds);
    if (weights > filling && weights > passes)
        note_moment(p, other_bytes + filling + passes, ANA_PLAN_MODELS, weights,
                    "weights of a control of model ", model->study->name);
    else
        note_moment(p, other_bytes + filling + passes,
                    filling > passes ? ANA_PLAN_ACTIVATIONS : ANA_PLAN_MODELS,
                    filling > passes ? filling : passes,
                    filling > passes ? "what is kept of model " : "passes of model ",
                    model->study->name);
    return 0;
}

static int plan_show(struct ana_ctx *ctx, struct planning *p,
                     const struct ana_planned *task, double *seconds)
{
    struct ana_trace **some = ana_alloc(ctx, task->n_traces, sizeof *some);
    int64_t n = 0;
    int rc = some ? 0 : ANA_ERESOURCE;

    for (int64_t t = 0; some && t < task->n_traces; t++)
        if (task->wanted[t]) {
            some[n++] = task->trace[t];
            p->plan->cache += task->trace[t]->offset[task->trace[t]->n_items] *
                              task->trace[t]->features * (task->trace[t]->half ? 2 : 4);
        }
    if (rc == 0)
        rc = plan_passes(ctx, p, task->features, task->model, n, some, 0, seconds);
    ana_free(ctx, some);
    return rc;
}

/* What a scoring task has to load: activations that are not kept are made, recordings
 * read; the others come from the cache, file and copy at once. */
static int plan_loading(struct ana_ctx *ctx, struct planning *p,
                        const struct ana_task *task, double *seconds)
{
    const int64_t held = ana_task_x_bytes(task);
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < task->n_features; i++) {
        const struct ana_features *f = task->features[i];
        const struct ana_variant *v = &f->variants[task->variant[i]];

        if (v->model < 0) {
            const struct ana_recording *x = &p->opened->recordings[-1 - v->model];
            const int64_t bytes = ana_features_reading(x, v->x.shape[0]);

            note_moment(p, held + bytes, ANA_PLAN_RECORDING, bytes, "reading ",
                        x->study->name);
            if (p->rates)
                *seconds += ana_plan_reading_seconds(p->rates, x, 0);
        } else if (v->traces[0]->key && ana_kept_model(p->opened, v->model)) {
            note_moment(p, 2 * held, ANA_PLAN_ACTIVATIONS, held, "the feature space ",
                        f->study->name);
        } else {
            rc = plan_passes(ctx, p, f, v->model, v->n_traces, v->traces, held, seconds);
        }
    }
    return rc;
}

/* A y that is read while the metric works is read anew in each pass, one that lies in
 * memory once. */
static double y_seconds(const struct planning *p, const struct ana_task *task,
                        const struct ana_recording *recording)
{
    const int64_t V = recording->info.n_targets;
    const int whole = ana_tiling_holds(task, V);
    const double passes = whole ? 1 : fmax(task->plan.passes, 1);

    return ana_plan_metric_seconds(&task->plan, &task->problem, p->rates) +
           passes * ana_plan_reading_seconds(p->rates, recording,
                                             whole ? 0 : ana_tiling_tile(task, V)) +
           ana_plan_stored_seconds();
}

/* What is to do of a task, one y at a time: a narrower one needs less, and the metric
 * says how much. */
static int plan_metric(struct ana_ctx *ctx, struct planning *p, struct ana_task *task,
                       double *seconds)
{
    const struct ana_metric_plan widest = task->plan;
    const int64_t targets = task->problem.n_targets;
    int64_t reading = 0, held;
    int begun = 0, rc = 0;

    for (int64_t i = 0; rc == 0 && i < task->n_y; i++) {
        const struct ana_recording *recording =
            &p->opened->recordings[task->y[i].recording];
        const struct ana_y y = {.size = sizeof y,
                                .name = recording->study->name,
                                .n_targets = recording->info.n_targets,
                                .targets = recording->info.targets};

        if (!task->y[i].wanted)
            continue;
        task->plan = widest; /* by whose tiles all are read */
        held = ana_tiling_bytes(task, recording);
        task->plan = (struct ana_metric_plan){.size = sizeof task->plan};
        task->problem.n_targets = y.n_targets;
        task->problem.widest = &y;
        rc = task->metric->plugin->metric->plan(ctx, task->metric->params, &task->problem,
                                                &task->plan);
        p->plan->flops += task->plan.flops - (begun ? task->plan.begin_flops : 0);
        begun = 1;
        reading = held > reading ? held : reading;
        if (p->rates)
            *seconds += y_seconds(p, task, recording);
    }
    if (begun)
        add_clearing(p, widest.bytes + ana_task_x_bytes(task) + reading, seconds);
    task->problem.n_targets = targets;
    task->problem.widest = &task->widest;
    task->plan = widest;
    return rc;
}

/* A moment of a metric, named after what is most of it. */
static void note_work(struct planning *p, const struct ana_task *task,
                      const struct ana_recording *recording, int64_t beside,
                      int64_t metric, int64_t reading)
{
    const int64_t x = ana_task_x_bytes(task), bytes = beside + metric + reading;

    if (metric >= reading && metric >= x)
        note_moment(p, bytes,
                    ana_tiling_is_y(task) ? ANA_PLAN_RECORDING : ANA_PLAN_METRIC, metric,
                    "metric ", task->metric->plugin->id);
    else if (x > reading)
        note_moment(p, bytes, ANA_PLAN_ACTIVATIONS, x, "the feature space ",
                    task->features[0]->study->name);
    else
        note_moment(p, bytes, ANA_PLAN_RECORDING, reading, "reading ",
                    recording->study->name);
}

/* One y: read whole before the metric works, which then holds it or has it beside; or read
 * in tiles meanwhile. Its scores are packed in the end. */
static void note_y(struct planning *p, const struct ana_task *task,
                   const struct ana_recording *recording, int64_t scores)
{
    const struct ana_metric_plan *plan = &task->plan;
    const int64_t V = recording->info.n_targets, y = 8 * task->rows->n_rows * V;
    const int64_t reading = ana_tiling_bytes(task, recording);
    const int64_t beside = ana_tiling_beside(task) + scores + ana_tiling_spread(task);
    int64_t working = reading;

    if (ana_tiling_holds(task, V)) {
        note_work(p, task, recording, beside, ana_tiling_begun(task, V), reading);
        working = ana_tiling_tile(task, V) == V ? 0 : y; /* or part of the metric's */
    }
    note_work(p, task, recording, beside, ana_tiling_pushing(task), working);
    working = ana_tiling_holds(task, V) && working > 2 * scores ? working : 2 * scores;
    note_work(p, task, recording, beside, plan->bytes, working);
}

static void note_metric(struct planning *p, const struct ana_task *task, int64_t scores)
{
    for (int64_t i = 0; i < task->n_y; i++)
        if (task->y[i].wanted)
            note_y(p, task, &p->opened->recordings[task->y[i].recording], scores);
}

static int plan_work(struct ana_ctx *ctx, struct planning *p, struct ana_task *task,
                     int todo, double *seconds)
{
    int rc = todo ? plan_loading(ctx, p, task, seconds) : 0;
    int64_t scores;

    if (rc == 0)
        rc = ana_task_plan(ctx, p->opened, task, p->plan->left);
    if (rc != 0)
        return rc;
    scores = ana_plan_scores(p->opened, task, p->plan, &p->scores);
    if (!todo)
        return 0;
    note_metric(p, task, scores);
    return plan_metric(ctx, p, task, seconds);
}

static int any_apart(const struct ana_ctx *ctx, const struct planning *p)
{
    for (int64_t i = 0; i < p->opened->study->n_brains; i++)
        if (ana_recording_apart(ctx, &p->opened->recordings[i]) > 0)
            return 1;
    return 0;
}

/* From its first task on a recording's reader holds what it keeps. */
static void open_reader(struct ana_ctx *ctx, struct planning *p, int64_t recording,
                        double *seconds)
{
    const struct ana_recording *r = &p->opened->recordings[recording];
    const int64_t apart = ana_recording_apart(ctx, r);
    int64_t to_keep;

    if (p->read[recording])
        return;
    to_keep = ana_tasks_first_reading(p->tasks, p->read, recording).to_keep;
    p->read[recording] = 1;
    p->base += r->info.memory + (apart > p->apart ? apart - p->apart : 0);
    p->apart = apart > p->apart ? apart : p->apart;
    if (p->rates)
        *seconds += ana_plan_first_seconds(p->rates, r, to_keep);
}

static void open_readers(struct ana_ctx *ctx, struct planning *p,
                         const struct ana_task *task, double *seconds)
{
    for (int64_t i = 0; i < task->n_y; i++)
        if (task->y[i].wanted)
            open_reader(ctx, p, task->y[i].recording, seconds);
    for (int64_t i = 0; i < task->n_features; i++) {
        const int64_t model = task->features[i]->variants[task->variant[i]].model;

        if (model < 0)
            open_reader(ctx, p, -1 - model, seconds);
    }
}

/* A scoring task as it will be run (tasks_run.c), its spaces shapes alone. */
static int plan_score(struct ana_ctx *ctx, struct planning *p,
                      const struct ana_planned *planned, double *seconds)
{
    const struct ana_study_comparison *c = planned->comparison;
    const struct ana_features **features = ana_alloc(ctx, c->n_x, sizeof *features);
    struct ana_task_y *y = ana_alloc(ctx, planned->n_y, sizeof *y);
    struct ana_task task = {.metric = &p->opened->study->metrics[c->metric],
                            .n_features = c->n_x,
                            .unchecked = 1,
                            .features = features,
                            .variant = planned->variant,
                            .rows = planned->class_->rows,
                            .folds = planned->class_->folds,
                            .n_y = planned->n_y,
                            .y = y};
    int rc = features && y ? 0 : ANA_ERESOURCE;

    for (int64_t x = 0; rc == 0 && x < c->n_x; x++) {
        ana_features_shape(p->opened, planned->class_->features[c->x[x]]);
        features[x] = planned->class_->features[c->x[x]];
    }
    for (int64_t i = 0; rc == 0 && i < planned->n_y; i++)
        y[i] = (struct ana_task_y){.comparison = planned->y[i].comparison,
                                   .recording = planned->y[i].recording,
                                   .rows = planned->y[i].rows,
                                   .wanted = planned->y[i].todo};
    if (rc == 0) {
        if (planned->todo)
            open_readers(ctx, p, &task, seconds);
        rc = plan_work(ctx, p, &task, planned->todo, seconds);
        ana_task_finish(ctx, &task);
    }
    ana_free(ctx, (void *)features);
    ana_free(ctx, y);
    return rc;
}

static int plan_tasks(struct ana_ctx *ctx, struct planning *p)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < p->tasks->n; i++) {
        const struct ana_planned *task = &p->tasks->task[i];
        double *seconds = &p->plan->task_seconds[i], before = p->plan->flops;

        p->plan->stored += !task->todo;
        ana_context_push(ctx, "planning %s", task->name);
        if (task->kind == ANA_TASK_SCORE)
            rc = plan_score(ctx, p, task, seconds);
        else if (task->todo)
            rc = plan_show(ctx, p, task, seconds);
        ana_context_pop(ctx);
        p->plan->task_flops[i] = p->plan->flops - before;
        p->plan->seconds += *seconds;
    }
    return rc;
}

/* Nothing runs where the program alone takes everything. */
static int check_room(struct ana_ctx *ctx, const struct planning *p, int64_t memory)
{
    char taken[32], allowed[32];

    if (p->plan->left > 0)
        return 0;
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "the program and what the study opens take %s of memory and the run "
        "may use %s; raise `memory` in [study], or open less with `data` in [brain]",
        ana_text_bytes(p->plan->program + p->base, taken),
        ana_text_bytes(memory, allowed));
}

/* What is left for a task once every reader holds what it keeps: a run that goes on after a
 * stop plans like one that starts. */
static int64_t leave_readers(const struct ana_ctx *ctx, const struct planning *p,
                             int64_t left)
{
    int64_t most = 0;

    for (int64_t i = 0; i < p->opened->study->n_brains; i++) {
        const int64_t apart = ana_recording_apart(ctx, &p->opened->recordings[i]);

        left -= p->opened->recordings[i].info.memory;
        most = apart > most ? apart : most;
    }
    left -= most;
    return left > 0 ? left : 1;
}

static int64_t count_results(const struct ana_tasks *tasks)
{
    int64_t n = 0;

    for (int64_t i = 0; i < tasks->n; i++)
        n += tasks->task[i].n_y;
    return n;
}

int ana_plan_make(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                  const struct ana_rates *rates, int64_t memory, struct ana_plan *plan)
{
    struct planning p = {
        .tasks = tasks, .opened = tasks->opened, .rates = rates, .plan = plan};
    int64_t resident, most;
    int rc;

    *plan = (struct ana_plan){.threads = (int32_t)ana_workers(ctx), .tasks = tasks->n};
    ana_give_back(); /* of what was read to open the study */
    resident = ana_process_memory(&most);
    p.base = ana_ctx_memory(ctx, NULL);
    plan->slack =
        SLACK + plan->threads * SLACK_THREAD + (any_apart(ctx, &p) ? WORKER : 0);
    plan->program = (resident > p.base ? resident - p.base : 0) + plan->slack;
    plan->left = memory - plan->program - p.base;
    plan->results = ana_plan_files(tasks);
    rc = ana_tasks_reading(ctx, tasks, &plan->reading);
    if (rc == 0)
        rc = check_room(ctx, &p, memory);
    if (rc == 0) {
        plan->left = leave_readers(ctx, &p, plan->left);
        plan->task_seconds = ana_alloc(ctx, tasks->n, sizeof *plan->task_seconds);
        plan->task_flops = ana_alloc(ctx, tasks->n, sizeof *plan->task_flops);
        p.read = ana_alloc(ctx, p.opened->study->n_brains, sizeof *p.read);
        rc = plan->task_seconds && plan->task_flops && p.read ? plan_tasks(ctx, &p)
                                                              : ANA_ERESOURCE;
        ana_free(ctx, p.read);
    }
    note_moment(&p, p.scores + PAGE_BYTES, ANA_PLAN_RESULTS, p.scores, "the ", "results");
    if (most > plan->memory) { /* to open the study took more than the run will */
        plan->memory = plan->largest_bytes = most;
        plan->largest = ANA_PLAN_OPENING;
        snprintf(plan->what, sizeof plan->what, "opening the study");
    }
    if (rates)
        plan->writing = ana_plan_writing_seconds(count_results(tasks), plan->results);
    plan->seconds += plan->writing;
    return rc;
}

void ana_plan_finish(struct ana_ctx *ctx, struct ana_plan *plan)
{
    ana_free(ctx, plan->task_seconds);
    ana_free(ctx, plan->task_flops);
    plan->task_seconds = plan->task_flops = NULL;
}
