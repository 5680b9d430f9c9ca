/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `run --why`: what a run would do, task by task, and for what reason. Nothing is
 * computed and nothing is written.
 */
#include "base/context.h"
#include "pipeline/execute.h"
#include "pipeline/opened.h"
#include "pipeline/tasks.h"

static void say_tasks(const struct ana_tasks *tasks, FILE *out)
{
    int64_t todo = 0;

    for (int64_t i = 0; i < tasks->n; i++) {
        const struct ana_planned *task = &tasks->task[i];

        todo += task->todo;
        fprintf(out, "%s: %s\n", task->name, task->why);
        for (int64_t y = 0; task->n_y > 1 && task->todo && y < task->n_y; y++)
            fprintf(out, "  %s: %s\n", task->y[y].name, task->y[y].why);
    }
    fprintf(out, "%lld of %lld task%s to be done\n", (long long)todo, (long long)tasks->n,
            tasks->n == 1 ? " is"
            : todo == 1   ? "s is"
                          : "s are");
}

int ana_why(struct ana_ctx *ctx, const struct ana_registry *registry,
            struct ana_study *take_study, const struct ana_run_options *options,
            FILE *out)
{
    const char *folder = options->output ? options->output : take_study->output;
    struct ana_opened opened = {0};
    struct ana_tasks tasks = {0};
    struct ana_cache cache;
    int rc;

    ana_ctx_set_seed(ctx, take_study->seed);
    rc = ana_cache_open(ctx, take_study->cache, folder, ANA_CACHE_LOOK, &cache);
    if (options->fresh)
        ana_cache_forget(&cache);
    if (rc == 0)
        rc = ana_opened_create(ctx, take_study, &opened);
    if (rc == 0)
        rc = ana_tasks_create(ctx, registry, &opened, &cache, &tasks);
    if (rc == 0)
        say_tasks(&tasks, out);
    ana_tasks_finish(ctx, &tasks);
    ana_opened_finish(ctx, &opened);
    ana_cache_close(ctx, &cache);
    ana_study_destroy(ctx, take_study);
    return rc;
}
