/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The helper's side of isolated tasks: open the study once, then do what standard input
 * says, a task a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "linalg/pool.h"
#include "pipeline/budget.h"
#include "pipeline/isolate.h"
#include "pipeline/opened.h"
#include "pipeline/plan.h"
#include "plugin/apart.h"

static void tell_step(void *arg, const void *id, int depth, const char *text)
{
    (void)arg;
    if (text)
        ana_process_report("at %p %d %.250s", id, depth, text);
    else
        ana_process_report("left %p %d", id, depth);
}

static void tell_progress(void *arg, int64_t done, int64_t total)
{
    (void)arg;
    ana_process_report("progress %lld %lld", (long long)done, (long long)total);
}

struct serving {
    const struct ana_registry *registry;
    const struct ana_run_options *options;
    struct ana_opened opened;
    struct ana_cache cache;
    struct ana_tasks tasks;
    int listed;
};

/* The list is made when the first task is asked for: the run has made the folders then. */
static int list_tasks(struct ana_ctx *ctx, struct serving *s)
{
    const struct ana_study *study = s->opened.study;
    int rc;

    if (s->listed)
        return 0;
    s->listed = 1;
    rc = ana_cache_open(ctx, study->cache,
                        s->options->output ? s->options->output : study->output,
                        ANA_CACHE_CHILD, &s->cache);
    if (s->options->fresh)
        ana_cache_forget(&s->cache);
    return rc ? rc : ana_tasks_create(ctx, s->registry, &s->opened, &s->cache, &s->tasks);
}

/* All tasks, as if nothing were kept: what cost() and plan() do, they do here first. */
static int plan_all(struct ana_ctx *ctx, struct serving *s, int64_t memory)
{
    struct ana_tasks tasks = {0};
    struct ana_plan plan = {0};
    int rc = ana_tasks_create(ctx, s->registry, &s->opened, NULL, &tasks);

    if (rc == 0)
        rc = ana_plan_make(ctx, &tasks, NULL, memory, &plan);
    ana_plan_finish(ctx, &plan);
    ana_tasks_finish(ctx, &tasks);
    return rc;
}

/* What was there to do when the list was made may have been done since: the run says what
 * is to do now. */
static int run_line(struct ana_ctx *ctx, struct serving *s, const char *line)
{
    long long number, memory, left, limit;
    struct ana_budget budget = {0};
    int rc;

    if (sscanf(line, "plan %lld", &memory) == 1)
        return plan_all(ctx, s, memory);
    if (sscanf(line, "go %lld %lld %lld %lld %lf %lf %lf", &number, &memory, &left,
               &limit, &budget.done, &budget.total, &budget.each) != 7)
        return ana_fail(ctx, ANA_EPARAM, "the worker was told '%.80s'", line);
    rc = list_tasks(ctx, s);
    if (rc != 0)
        return rc;
    if (number < 0 || number >= s->tasks.n)
        return ana_fail(ctx, ANA_EDATA,
                        "there are %lld tasks, not %lld: the study was "
                        "changed while it ran",
                        (long long)s->tasks.n, number + 1);
    budget.memory = memory;
    budget.left = left;
    ana_ctx_limit_memory(ctx, limit);
    return ana_tasks_run(ctx, &s->tasks, number, &budget);
}

static void answer(struct ana_ctx *ctx, int rc, double flops)
{
    int64_t counted, resident;

    if (rc != 0) {
        ana_process_report("fail %d %s", rc, ana_error(ctx));
        ana_ctx_clear(ctx);
        return;
    }
    ana_ctx_memory(ctx, &counted);
    ana_process_memory(&resident);
    ana_process_report("done %.17g %lld %lld", flops, (long long)counted,
                       (long long)resident);
}

static int serve(struct ana_ctx *ctx, struct serving *s)
{
    char *line = NULL;
    size_t room = 0;

    ana_process_report("ready");
    while (getline(&line, &room, stdin) > 0) {
        const double before = ana_ctx_flops(ctx);
        const int rc = run_line(ctx, s, line);

        answer(ctx, rc, ana_ctx_flops(ctx) - before);
    }
    free(line);
    return 0;
}

int ana_isolate_serve(struct ana_ctx *ctx, const struct ana_registry *registry,
                      struct ana_study *take_study, const struct ana_run_options *options)
{
    const int64_t jobs = options->jobs > 0 ? options->jobs : take_study->jobs;
    struct serving s = {.registry = registry, .options = options, .cache = {.lock = -1}};
    FILE *log = ana_process_log();
    struct ana_pool *pool = NULL;
    int rc;

    ana_ctx_set_steps(ctx, tell_step, NULL);
    ana_ctx_set_progress(ctx, tell_progress, NULL);
    ana_ctx_set_seed(ctx, take_study->seed);
    rc = ana_pool_create(ctx, jobs > 0 ? jobs : sysconf(_SC_NPROCESSORS_ONLN), &pool);
    ana_ctx_set_pool(ctx, pool);
    if (rc == 0)
        rc = ana_opened_create(ctx, take_study, &s.opened);
    ana_ctx_set_log(ctx, log); /* what opening says, the run says itself */
    if (rc == 0)
        rc = serve(ctx, &s);
    else
        ana_process_report("fail %d %s", rc, ana_error(ctx));
    ana_tasks_finish(ctx, &s.tasks);
    ana_cache_close(ctx, &s.cache);
    ana_opened_finish(ctx, &s.opened);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(pool);
    ana_ctx_set_log(ctx, NULL);
    if (log)
        fclose(log);
    ana_study_destroy(ctx, take_study);
    return rc;
}
