/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The key beside `memory` that would make a plan fit: tried, not guessed.
 */
#include <stdio.h>

#include "base/context.h"
#include "linalg/pool.h"
#include "pipeline/plan.h"

static int fits(struct ana_ctx *ctx, const struct ana_tasks *tasks, int64_t memory)
{
    struct ana_plan plan;
    int rc = ana_plan_make(ctx, tasks, NULL, memory, &plan);
    const int does = rc == 0 && plan.memory <= memory - ANA_PLAN_WAVERS;

    if (rc != 0)
        ana_ctx_clear(ctx); /* a metric that takes no PCA, say */
    ana_plan_finish(ctx, &plan);
    return does;
}

static int fits_one_thread(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                           int64_t memory)
{
    struct ana_pool *all = ana_ctx_pool(ctx), *one = NULL;
    int does = 0;

    if (ana_workers(ctx) == 1)
        return 0;
    if (ana_pool_create(ctx, 1, &one) == 0) {
        ana_ctx_set_pool(ctx, one);
        does = fits(ctx, tasks, memory);
        ana_ctx_set_pool(ctx, all);
    } else {
        ana_ctx_clear(ctx);
    }
    ana_pool_destroy(one);
    return does;
}

void ana_plan_advise(struct ana_ctx *ctx, struct ana_opened *opened,
                     const struct ana_tasks *tasks, int64_t memory, struct ana_plan *plan)
{
    static const int64_t components[] = {100, 30, 10, 3};

    if (plan->memory <= memory || plan->largest == ANA_PLAN_RECORDING ||
        plan->largest == ANA_PLAN_OPENING)
        return; /* nothing to say; or a shorter recording always helps; or it is spent */
    for (size_t i = 0; i < sizeof components / sizeof *components && !*plan->advice;
         i++) {
        opened->try_pca = components[i];
        if (fits(ctx, tasks, memory))
            snprintf(plan->advice, sizeof plan->advice,
                     "make the space smaller with `pca = %lld` in [features]",
                     (long long)components[i]);
    }
    opened->try_pca = 0;
    if (!*plan->advice && fits_one_thread(ctx, tasks, memory))
        snprintf(plan->advice, sizeof plan->advice,
                 "work on one thread with `jobs = 1` in [study]");
}
