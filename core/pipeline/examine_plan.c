/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a study without a mistake would take, from nothing: the plan that `run` makes,
 * with files told apart by their paths, since to hash them is to read them.
 */
#include <unistd.h>

#include "linalg/pool.h"
#include "pipeline/examine_parts.h"
#include "pipeline/plan.h"

/* The tasks and their plan, with as many threads as a run has. */
static int plan(struct ana_examination *e, const struct ana_registry *registry,
                struct ana_plan *out)
{
    struct ana_tasks tasks = {0};
    int rc = ana_tasks_create(e->ctx, registry, &e->opened, NULL, &tasks);

    if (rc == 0)
        rc = ana_plan_make(e->ctx, &tasks, NULL, e->allowed, out);
    if (rc == 0)
        ana_plan_advise(e->ctx, &e->opened, &tasks, e->allowed, out);
    ana_tasks_finish(e->ctx, &tasks);
    return rc;
}

/* Against the limits and what is free where the results and the cache will be. */
static int check_limits(struct ana_examination *e, const struct ana_plan *made)
{
    struct ana_cache cache;
    int rc =
        ana_cache_open(e->ctx, e->study->cache, e->study->output, ANA_CACHE_LOOK, &cache);

    if (rc == 0)
        rc = ana_plan_check(e->ctx, made, e->allowed, e->study->disk, e->study->output,
                            cache.folder);
    ana_cache_close(e->ctx, &cache);
    return rc;
}

int ana_examine_plan(struct ana_examination *e, const struct ana_registry *registry)
{
    const int64_t jobs = e->study->jobs;
    struct ana_pool *pool = NULL;
    struct ana_plan made = {0};
    int rc =
        ana_pool_create(e->ctx, jobs > 0 ? jobs : sysconf(_SC_NPROCESSORS_ONLN), &pool);

    if (rc != 0)
        return rc;
    ana_ctx_set_pool(e->ctx, pool);
    rc = plan(e, registry, &made);
    if (rc == 0)
        rc = check_limits(e, &made);
    e->found = (struct ana_examined){.tasks = made.tasks,
                                     .scores = made.scores,
                                     .bytes = made.memory,
                                     .disk = made.results + made.store + made.cache +
                                             made.reading.scratch + made.reading.to_keep,
                                     .flops = made.flops,
                                     .threads = made.threads};
    ana_plan_finish(e->ctx, &made);
    ana_ctx_set_pool(e->ctx, NULL);
    ana_pool_destroy(pool);
    return rc ? ana_study_note(e->ctx, e->study, rc) : 0;
}
