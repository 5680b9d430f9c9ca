/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run from a checked study to a results folder. Open what the study names; group
 * comparisons that share rows; for each group show the models what they need, make the
 * folds, and score every layer with every metric; write what was found.
 */
#include "pipeline/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "linalg/pool.h"
#include "pipeline/budget.h"
#include "pipeline/class_tasks.h"
#include "pipeline/gather.h"
#include "pipeline/methods.h"
#include "pipeline/opened.h"
#include "pipeline/stamp.h"

struct run {
    const struct ana_registry *registry;
    const struct ana_study *study;
    struct ana_opened opened;
    struct ana_gather gather;
    struct ana_budget budget;
    struct ana_pool *pool;
    const char *folder;
    FILE *log;
    int lock, status;
    struct timespec started;
};

/* One run a folder: the second says so and stops. */
static int lock_folder(struct ana_ctx *ctx, struct run *run)
{
    char *path = ana_path_join(ctx, run->folder, ".lock");

    if (!path)
        return ANA_ERESOURCE;
    run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    ana_free(ctx, path);
    if (run->lock < 0)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written to: %s", run->folder,
                        strerror(errno));
    if (flock(run->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "%s: another run is writing there; wait for it or choose another --output",
        run->folder);
}

static int open_folder(struct ana_ctx *ctx, struct run *run)
{
    char *path;
    int rc = ana_folder_make(ctx, run->folder);

    if (rc == 0)
        rc = lock_folder(ctx, run);
    if (rc != 0)
        return rc;
    path = ana_path_join(ctx, run->folder, "run.log");
    if (!path)
        return ANA_ERESOURCE;
    run->log = fopen(path, "we");
    if (!run->log)
        rc = ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path,
                      strerror(errno));
    ana_free(ctx, path);
    ana_ctx_set_log(ctx, run->log);
    return rc;
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

static int run_task(struct ana_ctx *ctx, void *arg, struct ana_task *task)
{
    struct run *run = arg;
    int rc = ana_task_run(ctx, &run->opened, task, &run->budget);

    if (rc == 0)
        rc = ana_gather_task(ctx, &run->gather, &run->opened, task);
    return rc ? note_failure(ctx, run, rc) : 0;
}

static int write_folds(struct ana_ctx *ctx, const struct run *run,
                       const struct ana_class *c)
{
    char name[160], *path;
    int rc;

    snprintf(name, sizeof name, "folds-%s.tsv",
             run->study->comparisons[c->comparison[0]].name);
    path = ana_path_join(ctx, run->folder, name);
    rc = path ? ana_folds_write(ctx, c->folds, &c->units, path) : ANA_ERESOURCE;
    ana_free(ctx, path);
    return rc;
}

static int run_models(struct ana_ctx *ctx, const struct run *run, struct ana_class *c)
{
    struct ana_features **some = ana_alloc(ctx, run->study->n_features, sizeof *some);
    int64_t n = 0;
    int rc;

    if (!some)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < run->study->n_features; f++)
        if (c->features[f])
            some[n++] = c->features[f];
    rc = ana_features_run(ctx, &run->opened, n, some);
    ana_free(ctx, some);
    return rc;
}

static int run_class(struct ana_ctx *ctx, struct run *run, struct ana_class *c)
{
    int rc = ana_class_fits(ctx, &run->opened, c, run->budget.memory);

    if (rc == 0)
        rc = write_folds(ctx, run, c);
    if (rc == 0)
        rc = run_models(ctx, run, c);
    if (rc == 0)
        rc = ana_methods_class(ctx, &run->gather, &run->opened, c);
    if (rc == 0 && c->folds->leaky)
        rc = ana_gather_stamp(&run->gather, "Leakage allowed: samples of one recording "
                                            "were shuffled into training and test.");
    if (rc != 0)
        return note_failure(ctx, run, rc);
    rc = ana_class_tasks(ctx, &run->opened, c, run_task, run);
    for (int64_t f = 0; f < run->study->n_features; f++) {
        ana_features_destroy(ctx, c->features[f]);
        c->features[f] = NULL;
    }
    return rc;
}

/* Targets to be scored, over all classes, for the progress. */
static int64_t count_work(const struct run *run, int64_t n,
                          const struct ana_class *classes)
{
    int64_t total = 0;

    for (int64_t i = 0; i < n; i++)
        for (int64_t m = 0; m < classes[i].n_members; m++) {
            const struct ana_study_comparison *c =
                &run->study->comparisons[classes[i].comparison[m]];
            int64_t tasks = 1;

            for (int64_t x = 0; x < c->n_x; x++)
                tasks *= classes[i].features[c->x[x]]->n_variants;
            total += tasks * run->opened.recordings[c->y].info.n_targets;
        }
    return total;
}

static int run_classes(struct ana_ctx *ctx, struct run *run)
{
    struct ana_rows **rows = ana_alloc(ctx, run->study->n_comparisons, sizeof *rows);
    struct ana_class *classes = NULL;
    int64_t n = 0;
    int rc =
        rows ? ana_classes_create(ctx, &run->opened, &n, &classes, rows) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = ana_class_prepare(ctx, &run->opened, &classes[i]);
    if (rc == 0)
        run->budget.total = count_work(run, n, classes);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = run_class(ctx, run, &classes[i]);
    ana_classes_destroy(ctx, &run->opened, n, classes, rows);
    return rc;
}

static int write_results(struct ana_ctx *ctx, struct run *run,
                         const struct ana_run_options *options)
{
    struct ana_results *r = &run->gather.results;
    struct timespec now;
    char *config = ana_ini_text(ctx, run->study->ini);
    int rc;

    if (!config)
        return ANA_ERESOURCE;
    clock_gettime(CLOCK_MONOTONIC, &now);
    r->study = run->study->name;
    r->folder = run->folder;
    r->config = config;
    r->command = options->command ? options->command : "";
    r->seed = run->study->seed;
    r->seconds = (double)(now.tv_sec - run->started.tv_sec) +
                 1e-9 * (double)(now.tv_nsec - run->started.tv_nsec);
    r->fold_rows = run->study->fold_rows;
    if (!r->stamp)
        r->stamp = "";
    r->status =
        r->n_failures == 0
            ? "complete"
            : ana_arena_format(&run->gather.arena, "incomplete: %lld of the tasks failed",
                               (long long)r->n_failures);
    rc = r->status ? ana_results_write(ctx, ana_gather_results(&run->gather))
                   : ANA_ERESOURCE;
    if (rc == 0)
        rc = ana_report_write(ctx, ana_gather_results(&run->gather));
    ana_free(ctx, config);
    return rc;
}

static int run_study(struct ana_ctx *ctx, struct run *run,
                     const struct ana_run_options *options)
{
    int rc = ana_opened_create(ctx, run->study, &run->opened);

    if (rc == 0)
        rc = open_folder(ctx, run);
    if (rc != 0)
        return rc;
    ana_log(ctx, "anaflow: %s", options->command ? options->command : "run");
    ana_log(ctx, "BLAS: %s; %lld threads; %.1f GB of memory", ana_blas_name(),
            (long long)ana_pool_threads(run->pool), (double)run->budget.memory / 1e9);
    rc = ana_stamp_study(ctx, &run->gather, run->study);
    if (rc == 0 && run->gather.results.stamp)
        ana_log(ctx, "%s", run->gather.results.stamp);
    if (rc == 0)
        rc = ana_methods_study(ctx, &run->gather, run->registry, &run->opened);
    if (rc == 0)
        rc = run_classes(ctx, run);
    if (rc == 0)
        rc = write_results(ctx, run, options);
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
    struct run run = {.registry = registry, .study = take_study, .lock = -1};
    int64_t jobs = options->jobs > 0 ? options->jobs : take_study->jobs;
    int rc;

    clock_gettime(CLOCK_MONOTONIC, &run.started);
    run.folder = options->output ? options->output : take_study->output;
    run.budget.memory =
        take_study->memory > 0 ? take_study->memory : ana_memory_available();
    ana_ctx_set_seed(ctx, take_study->seed);
    run.gather.arena.ctx = ctx;
    rc = ana_pool_create(ctx, jobs > 0 ? jobs : sysconf(_SC_NPROCESSORS_ONLN), &run.pool);
    if (rc == 0) {
        ana_ctx_set_pool(ctx, run.pool);
        rc = run_study(ctx, &run, options);
    }
    ana_gather_finish(&run.gather);
    ana_opened_finish(ctx, &run.opened);
    ana_ctx_set_pool(ctx, NULL);
    ana_pool_destroy(run.pool);
    ana_ctx_set_log(ctx, NULL);
    if (run.log)
        fclose(run.log);
    if (run.lock >= 0)
        close(run.lock);
    ana_study_destroy(ctx, take_study);
    return rc;
}
