/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Doing one task. What it needs is read from the cache, what it finds is written there
 * or into the store before anything else begins.
 */
#include <string.h>

#include "base/context.h"
#include "pipeline/kept.h"
#include "pipeline/tasks.h"

static int run_show(struct ana_ctx *ctx, struct ana_tasks *tasks,
                    struct ana_planned *task)
{
    struct ana_trace **some = ana_alloc(ctx, task->n_traces, sizeof *some);
    int64_t n = 0;
    int rc;

    if (!some)
        return ANA_ERESOURCE;
    for (int64_t t = 0; t < task->n_traces; t++)
        if (task->wanted[t])
            some[n++] = task->trace[t];
    rc = ana_kept_show(ctx, tasks->cache, &tasks->keys, tasks->opened, task->model,
                       task->features, n, some);
    ana_free(ctx, some);
    return rc;
}

struct keeping {
    struct ana_tasks *tasks;
    struct ana_planned *task;
    struct ana_warned shown; /* as in struct ana_result */
};

/* Warnings that lie with the activations of an x side, each behind its key. */
static int note_shown(struct ana_ctx *ctx, struct keeping *keeping)
{
    const struct ana_planned *task = keeping->task;
    int rc = 0;

    for (int64_t x = 0; x < task->comparison->n_x; x++) {
        const struct ana_variant *v =
            &task->class_->features[task->comparison->x[x]]->variants[task->variant[x]];

        for (int64_t t = 0; rc == 0 && t < v->n_traces; t++) {
            const char *key = v->traces[t]->key;
            struct ana_warned list = {0};

            if (key)
                rc = ana_kept_warned(ctx, keeping->tasks->cache, key, &list);
            for (int64_t i = 0; rc == 0 && i < list.n; i++) {
                struct ana_text text = {0};

                ana_text_add(&text, "%s %s", key, list.warning[i].text);
                rc = text.failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for a warning")
                                 : ana_warned_add(ctx, &keeping->shown, text.data,
                                                  list.warning[i].count, 1);
                ana_text_finish(&text);
            }
            ana_warned_finish(ctx, &list);
        }
    }
    return rc;
}

static int keep_result(struct ana_ctx *ctx, void *arg, int64_t i,
                       struct ana_result *result)
{
    const struct keeping *keeping = arg;
    struct ana_planned_y *y = &keeping->task->y[i];
    const char *key = ana_keys_text(&keeping->tasks->keys, y->key);
    struct ana_text bytes = {0}, note = {0};
    struct ana_piece *pieces = NULL;
    int64_t n = 0;
    int rc;

    result->shown = keeping->shown; /* borrowed */
    rc = ana_result_pack(ctx, result, &bytes);
    memset(&result->shown, 0, sizeof result->shown);
    ana_text_add(&note, "%s\n%s", y->name, key ? key : "");
    if (rc == 0 && note.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory to keep a result");
    if (rc == 0)
        rc = ana_result_pieces(ctx, result, &bytes, &n, &pieces);
    if (rc == 0)
        rc = ana_cache_put(ctx, keeping->tasks->cache, ANA_KEPT_RESULT, y->key, n, pieces,
                           note.data);
    ana_free(ctx, pieces);
    ana_text_finish(&bytes);
    ana_text_finish(&note);
    return rc;
}

/* Load the variants of an x side and score what is to do of the task. */
static int score(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_planned *task,
                 const struct ana_features **features, struct ana_task_y *y,
                 struct ana_budget *budget)
{
    const struct ana_study_comparison *c = task->comparison;
    struct keeping keeping = {tasks, task, {0}};
    struct ana_task work = {.metric = &tasks->opened->study->metrics[c->metric],
                            .n_features = c->n_x,
                            .features = features,
                            .variant = task->variant,
                            .rows = task->class_->rows,
                            .folds = task->class_->folds,
                            .n_y = task->n_y,
                            .y = y,
                            .finished = keep_result,
                            .arg = &keeping};
    struct ana_warned mark;
    int rc = ana_warned_mark(ctx, &mark);

    for (int64_t x = 0; x < c->n_x; x++) {
        struct ana_features *f = task->class_->features[c->x[x]];

        features[x] = f;
        if (rc == 0)
            rc = ana_kept_load(ctx, tasks->cache, &tasks->keys, tasks->opened, f,
                               &f->variants[task->variant[x]]);
    }
    for (int64_t i = 0; i < task->n_y; i++)
        y[i] = (struct ana_task_y){.comparison = task->y[i].comparison,
                                   .recording = task->y[i].recording,
                                   .rows = task->y[i].rows,
                                   .wanted = task->y[i].todo};
    if (rc == 0)
        rc = note_shown(ctx, &keeping);
    if (rc == 0)
        rc = ana_task_run(ctx, tasks->opened, &work, &mark, budget);
    ana_task_finish(ctx, &work);
    ana_warned_finish(ctx, &keeping.shown);
    for (int64_t x = 0; x < c->n_x; x++)
        ana_kept_unload(&task->class_->features[c->x[x]]->variants[task->variant[x]]);
    ana_warned_finish(ctx, &mark);
    return rc;
}

/* 1 if one of the x side's variants is made of a trace with this key. */
static int uses(const struct ana_planned *task, const char *key)
{
    for (int64_t x = 0; x < task->comparison->n_x; x++) {
        const struct ana_variant *v =
            &task->class_->features[task->comparison->x[x]]->variants[task->variant[x]];

        for (int64_t t = 0; t < v->n_traces; t++)
            if (v->traces[t]->key == key)
                return 1;
    }
    return 0;
}

const struct ana_planned *ana_tasks_blocked(const struct ana_tasks *tasks, int64_t number)
{
    const struct ana_planned *task = &tasks->task[number];

    for (int64_t i = 0; task->kind == ANA_TASK_SCORE && task->todo && i < tasks->n; i++) {
        const struct ana_planned *show = &tasks->task[i];

        for (int64_t t = 0; show->failed && t < show->n_traces; t++)
            if (show->wanted[t] && uses(task, show->trace[t]->key))
                return show;
    }
    return NULL;
}

int ana_tasks_run(struct ana_ctx *ctx, struct ana_tasks *tasks, int64_t number,
                  struct ana_budget *budget)
{
    struct ana_planned *task = &tasks->task[number];
    const struct ana_features **features;
    struct ana_task_y *y;
    int rc;

    if (!task->todo)
        return 0;
    if (task->kind == ANA_TASK_SHOW)
        return run_show(ctx, tasks, task);
    features = ana_alloc(ctx, task->comparison->n_x, sizeof *features);
    y = ana_alloc(ctx, task->n_y, sizeof *y);
    rc = features && y ? score(ctx, tasks, task, features, y, budget) : ANA_ERESOURCE;
    ana_free(ctx, (void *)features);
    ana_free(ctx, y);
    return rc;
}

int ana_tasks_result(struct ana_ctx *ctx, const struct ana_tasks *tasks, int64_t number,
                     int64_t i, struct ana_result *out)
{
    const struct ana_planned_y *y = &tasks->task[number].y[i];
    struct ana_blob blob;
    int rc;

    memset(out, 0, sizeof *out);
    rc = ana_cache_get(ctx, tasks->cache, ANA_KEPT_RESULT, y->key, &blob, NULL);
    if (rc == 0 && blob.data)
        rc = ana_result_unpack(ctx, y->name, blob.data, blob.n, out);
    if (rc == 0 && out->collector && out->collector->n_arrays > 0)
        out->blob = blob;
    else
        ana_blob_close(&blob);
    return rc;
}

/* What was warned of when activations were made that are no longer in the cache, from a
 * result that was made of them. */
static int recall_shown(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                        const struct ana_planned *show, const char *key,
                        struct ana_warned *all)
{
    const size_t n = strlen(key);
    int rc = 0;

    for (int64_t i = 0; i < tasks->n; i++) {
        const struct ana_planned *task = &tasks->task[i];
        struct ana_result result;

        if (task->kind != ANA_TASK_SCORE || task->class_ != show->class_ ||
            task->n_y == 0 || !uses(task, key))
            continue;
        rc = ana_tasks_result(ctx, tasks, i, 0, &result);
        for (int64_t w = 0; rc == 0 && w < result.shown.n; w++)
            if (strncmp(result.shown.warning[w].text, key, n) == 0)
                rc = ana_warned_add(ctx, all, result.shown.warning[w].text + n + 1,
                                    result.shown.warning[w].count, 1);
        ana_result_finish(ctx, &result);
        break;
    }
    return rc;
}

/* Warnings of a pass stand with each layer that it made: the larger count is the pass'.
 * What was given here while the missing layers were made is not given twice. */
static int repeat_show(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                       const struct ana_planned *task, int elsewhere)
{
    struct ana_warned all = {0}, here = {0};
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < task->n_traces; t++) {
        const char *key = task->trace[t]->key;

        rc = ana_cache_has(ctx, tasks->cache, ANA_KEPT_ACTIVATIONS, key)
                 ? ana_kept_warned(ctx, tasks->cache, key, &all)
                 : recall_shown(ctx, tasks, task, key, &all);
        if (rc == 0 && task->todo && !elsewhere && task->wanted[t])
            rc = ana_kept_warned(ctx, tasks->cache, key, &here);
    }
    if (rc == 0)
        ana_warned_repeat(ctx, &all, &here);
    ana_warned_finish(ctx, &all);
    ana_warned_finish(ctx, &here);
    return rc;
}

/* The x side's warnings were given once, with the first result that this process made. */
int ana_tasks_repeat(struct ana_ctx *ctx, const struct ana_tasks *tasks, int64_t number,
                     int elsewhere)
{
    const struct ana_planned *task = &tasks->task[number];
    int x_given = 0, rc = 0;

    if (task->kind == ANA_TASK_SHOW)
        return repeat_show(ctx, tasks, task, elsewhere);
    for (int64_t i = 0; i < task->n_y; i++)
        x_given |= task->y[i].todo && !elsewhere;
    for (int64_t i = 0; rc == 0 && i < task->n_y; i++) {
        struct ana_result result;

        if (task->y[i].todo && !elsewhere)
            continue;
        rc = ana_tasks_result(ctx, tasks, number, i, &result);
        if (rc == 0 && result.collector) {
            ana_warned_repeat(ctx, &result.y_warned, NULL);
            if (!x_given)
                ana_warned_repeat(ctx, &result.x_warned, NULL);
            x_given = 1;
        }
        ana_result_finish(ctx, &result);
    }
    return rc;
}
