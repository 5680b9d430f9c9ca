/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is stored already, and why something is not. The last run left its names and keys
 * in .store/tasks, with every node that they were made from:
 *
 *     task KEY NAME
 *     node KEY LENGTH
 *     the node's text
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "pipeline/tasks.h"

static const char stored[] = "stored";

static int add_node(struct ana_arena *arena, struct ana_node **list, int64_t *n,
                    const char *key, const char *text)
{
    struct ana_node *grown = ana_arena_more(arena, *list, *n, sizeof *grown);

    if (!grown)
        return ANA_ERESOURCE;
    *list = grown;
    grown[*n] = (struct ana_node){key, text};
    ++*n;
    return 0;
}

/* Parse what `ana_tasks_remember` wrote; stops at what it does not understand. */
static int parse(struct ana_tasks *tasks, char *text)
{
    struct ana_keys *before = &tasks->before;
    char *at = text, *end = text + strlen(text);
    int rc = 0;

    while (rc == 0 && at < end) {
        char *line = strsep(&at, "\n"), *rest;

        if (!at || strlen(line) < 39 || line[37] != ' ')
            return 0;
        line[37] = 0;
        if (strncmp(line, "task ", 5) == 0) {
            rc = add_node(&tasks->arena, &tasks->named, &tasks->n_named, line + 5,
                          line + 38);
            continue;
        }
        if (strtoll(line + 38, &rest, 10) > end - at || *rest)
            return 0;
        rest = at + strtoll(line + 38, NULL, 10);
        if (rest > at && rest[-1] == '\n')
            rest[-1] = 0; /* the text's last line ends without it */
        rc = add_node(&tasks->arena, &before->node, &before->n, line + 5, at);
        at = rest;
    }
    return rc;
}

static char *tasks_path(struct ana_ctx *ctx, const struct ana_tasks *tasks)
{
    return ana_path_join(ctx, tasks->cache->results, "tasks");
}

int ana_tasks_recall(struct ana_ctx *ctx, struct ana_tasks *tasks)
{
    char *path = tasks_path(ctx, tasks), *text;
    struct ana_blob blob = {0};
    int rc = path ? ana_blob_open(ctx, path, &blob) : ANA_ERESOURCE;

    tasks->before.arena.ctx = ctx;
    if (rc == ANA_EDATA) {
        if (!tasks->cache->look)
            ana_warn(ctx,
                     "%s; it was removed, and why a task is computed again is not known",
                     ana_error(ctx));
        ana_ctx_clear(ctx);
        rc = tasks->cache->look ? 0 : ana_file_remove(ctx, path);
    } else if (rc == 0 && blob.data) {
        text = ana_arena_copy(&tasks->arena, (const char *)blob.data, blob.n);
        rc = text ? parse(tasks, text) : ANA_ERESOURCE;
    }
    ana_blob_close(&blob);
    ana_free(ctx, path);
    return rc;
}

static void write_task(struct ana_text *text, const char *key, const char *name)
{
    ana_text_add(text, "task %s %s\n", key, name);
}

/* The name under which a trace's key is remembered. */
static const char *trace_name(struct ana_tasks *tasks, const struct ana_planned *task,
                              int64_t t)
{
    return ana_arena_format(&tasks->arena, "%s: %s for %s", task->name,
                            task->trace[t]->info->id, task->space[t]);
}

int ana_tasks_remember(struct ana_ctx *ctx, struct ana_tasks *tasks)
{
    struct ana_text text = {0};
    char *path = tasks_path(ctx, tasks);
    int rc = path ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < tasks->n; i++) {
        const struct ana_planned *task = &tasks->task[i];

        for (int64_t t = 0; rc == 0 && t < task->n_traces; t++) {
            const char *name = trace_name(tasks, task, t);

            rc = name ? 0 : ANA_ERESOURCE;
            if (name)
                write_task(&text, task->trace[t]->key, name);
        }
        for (int64_t y = 0; y < task->n_y; y++)
            write_task(&text, task->y[y].key, task->y[y].name);
    }
    for (int64_t i = 0; i < tasks->keys.n; i++)
        ana_text_add(&text, "node %s %lld\n%s", tasks->keys.node[i].key,
                     (long long)strlen(tasks->keys.node[i].text),
                     tasks->keys.node[i].text);
    if (rc == 0 && text.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory to remember the tasks");
    if (rc == 0 && text.data)
        rc = ana_blob_write(ctx, path, 1, &(struct ana_piece){text.data, text.length},
                            "what the last run was made from");
    if (rc == 0)
        rc = ana_known_files_save(ctx, tasks->cache->known);
    ana_text_finish(&text);
    ana_free(ctx, path);
    return rc;
}

/* Why an entry is not there, from what the last run called the same. */
static const char *explain(struct ana_tasks *tasks, const char *name, const char *key,
                           int damaged)
{
    const struct ana_node *last = NULL;
    struct ana_text why = {0};
    const char *kept = NULL;

    if (tasks->cache->fresh)
        return "--fresh";
    if (damaged)
        return "its entry was damaged";
    for (int64_t i = 0; i < tasks->n_named; i++)
        if (strcmp(tasks->named[i].text, name) == 0) {
            last = &tasks->named[i];
            if (strcmp(last->key, key) == 0)
                return "was not finished, or removed since; nothing changed";
        }
    if (!last)
        return "no entry";
    ana_keys_differ(&tasks->before, last->key, &tasks->keys, key, &why);
    if (!why.failed)
        kept = ana_arena_strdup(&tasks->arena, why.data);
    ana_text_finish(&why);
    return kept;
}

static int state_y(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_planned_y *y)
{
    struct ana_blob blob;
    int damaged, rc;

    if (!tasks->cache) {
        y->todo = 1;
        y->why = "";
        return 0;
    }
    rc = ana_cache_get(ctx, tasks->cache, ANA_KEPT_RESULT, y->key, &blob, &damaged);
    if (rc != 0)
        return rc;
    y->todo = !blob.data || tasks->cache->fresh;
    ana_blob_close(&blob);
    y->why = y->todo ? explain(tasks, y->name, y->key, damaged) : stored;
    return y->why ? 0 : ANA_ERESOURCE;
}

static int state_score(struct ana_ctx *ctx, struct ana_tasks *tasks,
                       struct ana_planned *task)
{
    int rc = 0;

    task->why = stored;
    for (int64_t i = task->n_y - 1; rc == 0 && i >= 0; i--) {
        rc = state_y(ctx, tasks, &task->y[i]);
        if (rc == 0 && task->y[i].todo) {
            task->todo = 1;
            task->why = task->y[i].why;
        }
    }
    return rc;
}

/* 1 if a score that is to do reads the trace's activations. */
static int is_needed(const struct ana_tasks *tasks, const struct ana_planned *show,
                     const char *key)
{
    for (int64_t i = 0; i < tasks->n; i++) {
        const struct ana_planned *task = &tasks->task[i];

        if (task->kind != ANA_TASK_SCORE || task->class_ != show->class_ || !task->todo)
            continue;
        for (int64_t x = 0; x < task->comparison->n_x; x++) {
            const struct ana_features *f = task->class_->features[task->comparison->x[x]];
            const struct ana_variant *v = &f->variants[task->variant[x]];

            for (int64_t t = 0; t < v->n_traces; t++)
                if (v->traces[t]->key == key)
                    return 1;
        }
    }
    return 0;
}

static int state_show(struct ana_ctx *ctx, struct ana_tasks *tasks,
                      struct ana_planned *task)
{
    const char *name;
    int64_t missing = 0;

    task->why = stored;
    for (int64_t t = 0; t < task->n_traces; t++) {
        const char *key = task->trace[t]->key;

        if (tasks->cache && !tasks->cache->fresh &&
            ana_cache_has(ctx, tasks->cache, ANA_KEPT_ACTIVATIONS, key))
            continue;
        missing++;
        task->wanted[t] = is_needed(tasks, task, key);
        if (!task->wanted[t] || task->todo)
            continue;
        task->todo = 1;
        name = trace_name(tasks, task, t);
        task->why = !tasks->cache ? "" : name ? explain(tasks, name, key, 0) : NULL;
        if (!task->why)
            return ANA_ERESOURCE;
    }
    if (missing > 0 && !task->todo)
        task->why = "not needed: what was made from it is stored";
    return 0;
}

int ana_tasks_state(struct ana_ctx *ctx, struct ana_tasks *tasks)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < tasks->n; i++)
        if (tasks->task[i].kind == ANA_TASK_SCORE)
            rc = state_score(ctx, tasks, &tasks->task[i]);
    for (int64_t i = 0; rc == 0 && i < tasks->n; i++)
        if (tasks->task[i].kind == ANA_TASK_SHOW)
            rc = state_show(ctx, tasks, &tasks->task[i]);
    return rc;
}
