/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The program as a helper: a table of what it can be asked to do apart.
 */
#include "cli/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/process.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/open_study.h"
#include "pipeline/isolate.h"
#include "plugin/apart.h"
#include "plugin/scan.h"

static int scan(struct ana_ctx *ctx, int argc, char **argv)
{
    return ana_plugin_scan_serve(ctx, argc, argv);
}

/* FILE: answer for the reader in it. */
static int reader(struct ana_ctx *ctx, int argc, char **argv)
{
    if (argc != 1)
        return ana_fail(ctx, ANA_EPARAM, "the worker's job `reader` has a file");
    return ana_apart_serve(ctx, argv[0]);
}

/* OUTPUT JOBS fresh|stored FILE SET...: open the study and do what the run says. */
static int task(struct ana_ctx *ctx, int argc, char **argv)
{
    const struct ana_option set = {.name = "set"};
    struct ana_arguments arguments = {.operand = argc > 3 ? argv[3] : NULL};
    struct ana_run_options options = {.output = argv[0]};
    struct ana_apart *apart = NULL;
    struct ana_registry *registry = NULL;
    struct ana_study *study = NULL;
    int rc;

    if (argc < 4 || !ana_text_to_int(argv[1], &options.jobs))
        return ana_fail(ctx, ANA_EPARAM, "the worker's job `task` has 4 arguments");
    options.fresh = strcmp(argv[2], "fresh") == 0;
    arguments.given = ana_alloc(ctx, argc, sizeof *arguments.given);
    rc = arguments.given ? ana_apart_create(ctx, &apart) : ANA_ERESOURCE;
    ana_ctx_set_apart(ctx, apart);
    if (rc == 0) {
        ana_apart_hurry(apart);
        rc = ana_registry_create(ctx, &registry);
    }
    for (int i = 4; rc == 0 && i < argc; i++)
        arguments.given[arguments.n_given++] = (struct ana_given){&set, argv[i]};
    if (rc == 0)
        rc = ana_open_study(ctx, registry, &arguments, &study);
    if (rc == 0 && study->n_problems > 0) {
        rc = ana_fail(ctx, study->status, "%s", study->problems[0]);
    } else if (rc == 0) {
        rc = ana_isolate_serve(ctx, registry, study, &options);
        study = NULL;
    }
    if (rc != 0)
        ana_process_report("fail %d %s", rc, ana_error(ctx));
    ana_apart_destroy(ctx, apart);
    return rc;
}

static const struct {
    const char *name;
    int (*work)(struct ana_ctx *ctx, int argc, char **argv);
} jobs[] = {
    {"scan", scan},
    {"check", ana_check_serve},
    {"reader", reader},
    {"task", task},
};

int ana_worker(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_ctx *quiet; /* what it warns of goes to whoever asked */
    int rc = ANA_EPARAM;

    if (argc < 1 || fcntl(ANA_REPORT_FD, F_GETFD) < 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`anaflow worker` is what anaflow calls itself with; it is of no "
                        "use to type");
    ana_process_behave(0);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        if (strcmp(jobs[i].name, argv[0]) != 0)
            continue;
        rc = ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &quiet);
        if (rc != 0)
            return ana_fail(ctx, rc, "no memory for a worker's context");
        rc = jobs[i].work(quiet, argc - 1, argv + 1);
        if (rc != 0)
            fprintf(stderr, "%s\n", ana_error(quiet));
        _exit(ana_exit_code(rc));
    }
    return ana_fail(ctx, rc, "there is no job '%s' for a worker", argv[0]);
}
