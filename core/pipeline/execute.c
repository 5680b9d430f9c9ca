/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run from a checked study to a results folder. Open what the study names; make the
 * list of tasks; do those whose results are not stored yet; gather all results from the
 * store and write them out.
 */
#include "pipeline/execute.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/context.h"
#include "linalg/pool.h"
#include "pipeline/budget.h"
#include "pipeline/calibrate.h"
#include "pipeline/class.h"
#include "pipeline/gather.h"
#include "pipeline/isolate.h"
#include "pipeline/leave.h"
#include "pipeline/methods.h"
#include "pipeline/opened.h"
#include "pipeline/plan.h"
#include "pipeline/relative.h"
#include "pipeline/run_folder.h"
#include "pipeline/stamp.h"
#include "pipeline/tasks.h"
#include "plugin/apart.h"

struct run {
    const struct ana_registry *registry;
    const struct ana_study *study;
    const struct ana_run_options *options;
    struct ana_opened opened;
    struct ana_cache cache;
    struct ana_tasks tasks;
    struct ana_rates rates;
    struct ana_plan plan;
    struct ana_gather gather;
    struct ana_budget budget;
    struct ana_isolate isolate;
    struct ana_pool *pool;
    const char *folder;
    struct ana_run_folder written;
    int status;
    struct timespec started;
    double before; /* s that the program had run by then */
};

static double processor_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Since the program began. */
static double seconds_so_far(const struct run *run)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return run->before + (double)(now.tv_sec - run->started.tv_sec) +
           1e-9 * (double)(now.tv_nsec - run->started.tv_nsec);
}

/* Remember a failed task and go on, unless the run is being stopped. */
static int note_failure(struct ana_ctx *ctx, struct run *run, int rc)
{
    if (run->status == 0)
        run->status = rc;
    if (rc == ANA_ECANCEL)
        return rc;
    ana_log(ctx, "failed: %s", ana_error(ctx));
    return ana_gather_failure(&run->gather, ana_error(ctx));
}

/* What is known of a class before anything runs, in words. */
static int begin_class(struct ana_ctx *ctx, struct run *run, const struct ana_class *c)
{
    int rc = ana_methods_class(ctx, &run->gather, &run->opened, c);

    if (rc == 0 && c->folds->leaky)
        rc = ana_gather_stamp(&run->gather, "Leakage allowed: samples of one recording "
                                            "were shuffled into training and test.");
    return rc;
}

/* A task's share of the progress is the seconds that were planned for it. */
static void begin_progress(struct run *run, int64_t number)
{
    const struct ana_planned *task = &run->tasks.task[number];
    int64_t targets = 0;

    for (int64_t y = 0; y < task->n_y; y++)
        if (task->y[y].todo)
            targets += run->opened.recordings[task->y[y].recording].info.n_targets;
    run->budget.done = 0;
    for (int64_t i = 0; i < number; i++)
        run->budget.done += run->plan.task_seconds[i];
    run->budget.each =
        run->plan.task_seconds[number] / (targets > 0 ? (double)targets : 1);
}

/* Random weights may overflow: a twin that gives no finite numbers loses its own rows,
 * and the study goes on. */
static int is_twin(const struct run *run, const struct ana_planned *task)
{
    return task->kind == ANA_TASK_SHOW && run->study->models[task->model].twin_of >= 0;
}

/* Here, or in a process of its own. */
static int do_task(struct ana_ctx *ctx, struct run *run, int64_t number, int *elsewhere)
{
    struct ana_text culprits = {0};
    int rc;

    if (run->tasks.task[number].todo)
        ana_isolate_culprits(&run->isolate, &run->tasks.task[number], &culprits);
    *elsewhere = culprits.length > 0;
    if (*elsewhere)
        rc = ana_isolate_run(ctx, &run->isolate, &run->tasks, number, culprits.data,
                             &run->budget);
    else
        rc = ana_tasks_run(ctx, &run->tasks, number, &run->budget);
    ana_text_finish(&culprits);
    return rc;
}

static int run_task(struct ana_ctx *ctx, struct run *run, int64_t number)
{
    struct ana_planned *task = &run->tasks.task[number];
    const struct ana_planned *blocked = ana_tasks_blocked(&run->tasks, number);
    int rc, elsewhere;
    double begun, flops;

    if (blocked) {
        ana_log(ctx, "%s: left out, since '%s' failed", task->name, blocked->name);
        return 0;
    }
    ana_log(ctx, "%s: %s", task->name, task->why);
    if (ana_cancelled(ctx) || ana_ctx_stopping(ctx))
        return note_failure(ctx, run, ana_fail(ctx, ANA_ECANCEL, "interrupted"));
    begin_progress(run, number);
    flops = ana_ctx_flops(ctx);
    begun = seconds_so_far(run);
    rc = do_task(ctx, run, number, &elsewhere);
    if (task->todo)
        ana_log(ctx, "%s: %.4g operations (planned: %.4g), %.3f s (planned: %.3f s)",
                task->name, ana_ctx_flops(ctx) - flops, run->plan.task_flops[number],
                seconds_so_far(run) - begun, run->plan.task_seconds[number]);
    task->failed = rc != 0;
    if (rc == ANA_ENUMERIC && is_twin(run, task)) {
        ana_warn(ctx, "control network %s is left out: %s",
                 run->study->models[task->model].variant, ana_error(ctx));
        ana_ctx_clear(ctx);
        return 0;
    }
    if (rc != 0)
        return note_failure(ctx, run, rc);
    return ana_tasks_repeat(ctx, &run->tasks, number, elsewhere);
}

/* Collect what all tasks left in the store; a failed one left nothing. */
static int gather_results(struct ana_ctx *ctx, struct run *run)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < run->tasks.n; i++) {
        const int left_out = ana_tasks_blocked(&run->tasks, i) != NULL;

        for (int64_t y = 0; rc == 0 && !left_out && y < run->tasks.task[i].n_y; y++) {
            struct ana_result result;

            rc = ana_tasks_result(ctx, &run->tasks, i, y, &result);
            if (rc == 0 && !result.collector && run->gather.results.n_failures == 0)
                rc = ana_fail(ctx, ANA_ERESOURCE,
                              "%s: what was just found could not be read again; run the "
                              "study once more",
                              run->tasks.task[i].y[y].name);
            if (rc == 0 && result.collector)
                rc = ana_gather_result(ctx, &run->gather, &run->opened,
                                       &run->tasks.task[i], y, &result);
            ana_result_finish(ctx, &result);
        }
    }
    return rc;
}

/* A complete run keeps what it used and no more. */
static int prune_store(struct ana_ctx *ctx, struct run *run)
{
    const struct ana_tasks *tasks = &run->tasks;
    const char **keys;
    int64_t n = 0;
    int rc;

    for (int64_t i = 0; i < tasks->n; i++)
        n += tasks->task[i].n_y;
    keys = ana_alloc(ctx, n, sizeof *keys);
    if (!keys)
        return ANA_ERESOURCE;
    n = 0;
    for (int64_t i = 0; i < tasks->n; i++)
        for (int64_t y = 0; y < tasks->task[i].n_y; y++)
            keys[n++] = tasks->task[i].y[y].key;
    rc = ana_cache_keep_only(ctx, &run->cache, n, keys);
    ana_free(ctx, (void *)keys);
    return rc;
}

/* The list of tasks, as it stands before anything runs. */
static int list_tasks(struct ana_ctx *ctx, struct run *run)
{
    int rc = ana_cache_open(ctx, run->study->cache, run->folder,
                            run->options->dry_run ? ANA_CACHE_LOOK : ANA_CACHE_RUN,
                            &run->cache);

    if (run->options->fresh)
        ana_cache_forget(&run->cache);
    if (rc == 0)
        rc = ana_tasks_create(ctx, run->registry, &run->opened, &run->cache, &run->tasks);
    return rc;
}

/* Plan with the rates that are known. */
static int make_plan(struct ana_ctx *ctx, struct run *run)
{
    int rc;

    ana_plan_finish(ctx, &run->plan);
    rc = ana_plan_make(ctx, &run->tasks, &run->rates, run->budget.memory, &run->plan);
    run->budget.left = run->plan.left;
    run->budget.total = run->plan.seconds - run->plan.writing;
    return rc;
}

/* What a run spends on a measurement, where none is kept: a share of what it takes itself, a
 * larger one where that would be too short to tell a large matrix's speed from a small one's. */
static double spent(double planned)
{
    const double least = .15;

    return fmin(ANA_CALIBRATE_WHOLE, fmax(planned / 8, fmin(planned / 3, least)));
}

/* Memory that a measurement may take of what the run will, which is not there yet. */
static int64_t memory_to_measure(const struct run *run)
{
    const int64_t most = 256 << 20, planned = run->plan.memory;
    int64_t so_far, room;

    room = (planned < run->budget.memory ? planned : run->budget.memory) -
           ana_process_memory(&so_far);
    return room < 0 ? 0 : room / 2 < most ? room / 2 : most;
}

/* A look at the machine is enough where an earlier run has measured what it finds, and for
 * a run that takes little more itself. */
static int plan_start(struct ana_ctx *ctx, struct run *run)
{
    const int fresh = run->cache.fresh;
    int known;
    int rc =
        ana_calibrate_look(ctx, fresh ? NULL : run->cache.folder, &run->rates, &known);

    if (rc == 0)
        rc = make_plan(ctx, run);
    if (rc == 0 && !known && spent(run->plan.seconds) > 2 * ANA_CALIBRATE_LOOK) {
        rc = ana_calibrate_measure(ctx, run->cache.folder, spent(run->plan.seconds),
                                   memory_to_measure(run), &run->rates);
        if (rc == 0)
            rc = make_plan(ctx, run);
    }
    run->plan.seconds += seconds_so_far(run);
    return rc;
}

/* Who asks for the plan alone has a whole second measured, which a run may do without. */
static int plan_dry(struct ana_ctx *ctx, struct run *run)
{
    const double before = seconds_so_far(run) + ANA_CALIBRATE_LOOK;
    struct ana_rates kept;
    double age = -1;
    int rc = ana_rates_measure(ctx, ANA_CALIBRATE_LOOK, &run->rates);

    if (rc == 0)
        rc = make_plan(ctx, run); /* for its memory */
    if (rc == 0)
        rc = ana_calibrate_measure(ctx, NULL, ANA_CALIBRATE_WHOLE, memory_to_measure(run),
                                   &run->rates);
    if (rc == 0)
        rc = make_plan(ctx, run);
    if (rc == 0 && !run->cache.fresh)
        rc =
            ana_calibrate_recall(ctx, run->cache.folder, run->rates.threads, &kept, &age);
    if (age < 0 && spent(run->plan.seconds) > 2 * ANA_CALIBRATE_LOOK)
        run->plan.seconds += spent(run->plan.seconds);
    run->plan.seconds += before;
    return rc;
}

/* The plan beside what then happened, for whoever reads run.log. */
static void log_plan(struct ana_ctx *ctx, const struct ana_plan *plan)
{
    ana_log(ctx,
            "planned: %.4g floating-point operations, %lld bytes of memory (%lld of them "
            "the program's, most beside it for %s), %lld bytes of results, %lld of "
            "scores and %lld of "
            "activations kept, %lld of compressed files inflated into the cache, %.2f s",
            plan->flops, (long long)plan->memory, (long long)plan->program, plan->what,
            (long long)plan->results, (long long)plan->store, (long long)plan->cache,
            (long long)plan->reading.to_keep, plan->seconds);
}

static void log_taken(struct ana_ctx *ctx, const struct run *run)
{
    int64_t counted, resident;

    ana_ctx_memory(ctx, &counted);
    ana_process_memory(&resident);
    counted = run->isolate.counted > counted ? run->isolate.counted : counted;
    resident = run->isolate.resident > resident ? run->isolate.resident : resident;
    ana_log(ctx,
            "taken: %.4g floating-point operations, %lld bytes of memory allocated, %lld "
            "bytes in the process, %.2f s",
            ana_ctx_flops(ctx), (long long)counted, (long long)resident,
            run->gather.results.seconds);
}

/* Say what the run will take and refuse what does not fit. */
static int plan_run(struct ana_ctx *ctx, struct run *run)
{
    const struct ana_run_options *options = run->options;
    int rc = options->dry_run ? plan_dry(ctx, run) : plan_start(ctx, run);

    if (rc != 0)
        return rc;
    ana_plan_advise(ctx, &run->opened, &run->tasks, run->budget.memory, &run->plan);
    log_plan(ctx, &run->plan);
    if (options->tell)
        options->tell(options->tell_arg, &run->plan, run->budget.memory);
    rc = ana_plan_check(ctx, &run->plan, run->budget.memory, run->study->disk,
                        run->folder, run->cache.folder);
    if (rc == 0 && run->study->memory > 0) { /* what a plan did not foresee, too */
        run->budget.limit = run->study->memory - run->plan.program + run->plan.slack;
        ana_ctx_limit_memory(ctx, run->budget.limit);
    }
    return rc;
}

static int run_tasks(struct ana_ctx *ctx, struct run *run)
{
    int rc = ana_tasks_remember(ctx, &run->tasks);

    for (int64_t i = 0; rc == 0 && i < run->tasks.n_classes; i++)
        rc = begin_class(ctx, run, &run->tasks.classes[i]);
    for (int64_t i = 0; rc == 0 && i < run->tasks.n; i++)
        rc = run_task(ctx, run, i);
    if (rc == 0)
        rc = gather_results(ctx, run);
    if (rc == 0)
        rc = ana_gather_relative(ctx, &run->gather, run->study);
    if (rc == 0 && run->gather.results.n_failures == 0)
        rc = prune_store(ctx, run);
    return rc;
}

static int write_results(struct ana_ctx *ctx, struct run *run)
{
    struct ana_results *r = &run->gather.results;
    char *config = ana_ini_text(ctx, run->study->ini);
    int rc;

    if (!config)
        return ANA_ERESOURCE;
    r->study = run->study->name;
    r->folder = run->folder;
    r->config = config;
    r->command = run->options->command ? run->options->command : "";
    r->seed = run->study->seed;
    r->seconds = seconds_so_far(run);
    r->fold_rows = run->study->fold_rows;
    if (!r->stamp)
        r->stamp = "";
    r->status =
        r->n_failures == 0
            ? "complete"
            : ana_arena_format(&run->gather.arena, "incomplete: %lld of the tasks failed",
                               (long long)r->n_failures);
    rc = r->status
             ? ana_leave(ctx, &run->opened, &run->tasks, ana_gather_results(&run->gather))
             : ANA_ERESOURCE;
    ana_free(ctx, config);
    return rc;
}

static int run_study(struct ana_ctx *ctx, struct run *run)
{
    int rc;

    ana_log(ctx, "anaflow: %s", run->options->command ? run->options->command : "run");
    ana_log(ctx, "BLAS: %s; %lld threads; %.1f GB of memory", ana_blas_name(),
            (long long)ana_pool_threads(run->pool), (double)run->budget.memory / 1e9);
    rc = list_tasks(ctx, run);
    if (rc == 0)
        rc = plan_run(ctx, run);
    if (rc != 0 || run->options->dry_run)
        return rc;
    rc = ana_stamp_study(ctx, &run->gather, run->study);
    if (rc == 0 && run->gather.results.stamp)
        ana_log(ctx, "%s", run->gather.results.stamp);
    if (rc == 0)
        rc = ana_methods_study(ctx, &run->gather, run->registry, &run->opened);
    if (rc == 0)
        rc = run_tasks(ctx, run);
    if (rc == 0)
        rc = ana_methods_scores(ctx, &run->gather);
    if (rc == 0)
        rc = write_results(ctx, run);
    log_taken(ctx, run);
    if (rc == 0 && run->gather.results.n_failures == 1)
        rc = ana_fail(ctx, run->status, "%s", run->gather.failures[0]);
    else if (rc == 0 && run->status != 0)
        rc = ana_fail(ctx, run->status, "%lld tasks failed, the first: %s",
                      (long long)run->gather.results.n_failures, run->gather.failures[0]);
    return rc;
}

int ana_run(struct ana_ctx *ctx, const struct ana_registry *registry,
            struct ana_study *take_study, const struct ana_run_options *options)
{
    struct run run = {.registry = registry,
                      .study = take_study,
                      .options = options,
                      .cache = {.lock = -1},
                      .written = {.lock = -1}};
    int64_t jobs = options->jobs > 0 ? options->jobs : take_study->jobs;
    int rc;

    clock_gettime(CLOCK_MONOTONIC, &run.started);
    run.before = processor_seconds();
    run.folder = options->output ? options->output : take_study->output;
    run.budget.memory =
        take_study->memory > 0 ? take_study->memory : ana_memory_available();
    run.isolate = (struct ana_isolate){.registry = registry,
                                       .study = take_study,
                                       .again = options->again,
                                       .output = run.folder,
                                       .jobs = jobs,
                                       .memory = run.budget.memory,
                                       .fresh = options->fresh};
    ana_ctx_set_seed(ctx, take_study->seed);
    run.gather.arena.ctx = ctx;
    rc = ana_pool_create(ctx, jobs > 0 ? jobs : sysconf(_SC_NPROCESSORS_ONLN), &run.pool);
    if (rc == 0) {
        ana_ctx_set_pool(ctx, run.pool);
        if (ana_isolate_wanted(&run.isolate))
            rc = ana_isolate_open(ctx, &run.isolate);
    }
    if (rc == 0)
        rc = ana_opened_create(ctx, take_study, &run.opened);
    if (rc == 0 && !options->dry_run)
        rc = ana_run_folder_open(ctx, run.folder, &run.written);
    if (rc == 0)
        rc = run_study(ctx, &run);
    ana_isolate_close(ctx, &run.isolate);
    if (rc == ANA_ECANCEL)
        rc = ana_fail(ctx, ANA_ECANCEL,
                      "the run was interrupted; what was finished is kept, and the same "
                      "command goes on from there");
    ana_ctx_limit_memory(ctx, 0);
    ana_plan_finish(ctx, &run.plan);
    ana_gather_finish(&run.gather);
    ana_tasks_finish(ctx, &run.tasks);
    ana_cache_close(ctx, &run.cache);
    ana_opened_finish(ctx, &run.opened);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(run.pool);
    ana_run_folder_close(ctx, &run.written);
    ana_study_destroy(ctx, take_study);
    return rc;
}
