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
#include "check/check.h"
#include "plugin/scan.h"

static int scan(struct ana_ctx *ctx, int argc, char **argv)
{
    return ana_plugin_scan_serve(ctx, argc, argv);
}

static const struct {
    const char *name;
    int (*work)(struct ana_ctx *ctx, int argc, char **argv);
} jobs[] = {
    {"scan", scan},
    {"check", ana_check_serve},
};

int ana_worker(struct ana_ctx *ctx, int argc, char **argv)
{
    int rc = ANA_EPARAM;

    if (argc < 1 || fcntl(ANA_REPORT_FD, F_GETFD) < 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`anaflow worker` is what anaflow calls itself with; it is of no "
                        "use to type");
    ana_process_behave(0);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        if (strcmp(jobs[i].name, argv[0]) != 0)
            continue;
        rc = jobs[i].work(ctx, argc - 1, argv + 1);
        if (rc != 0)
            fprintf(stderr, "%s\n", ana_error(ctx));
        _exit(ana_exit_code(rc));
    }
    return ana_fail(ctx, rc, "there is no job '%s' for a worker", argv[0]);
}
