/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow report DIR`: the page of a results folder, made again from what lies in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file_set.h"
#include "cli/command.h"
#include "pipeline/run_folder.h"
#include "report/results.h"

/* The page of a folder as it is, which nobody changes meanwhile. */
static int make_page(struct ana_ctx *ctx, const char *folder)
{
    struct ana_results *results = NULL;
    struct ana_file_set *set = NULL;
    int rc = ana_results_read(ctx, folder, &results);

    if (rc == 0)
        rc = ana_file_set_begin(ctx, &set);
    if (rc == 0)
        rc = ana_report_write(ctx, results);
    if (rc == 0)
        rc = ana_file_set_commit(ctx, set);
    else
        ana_file_set_abort(ctx, set);
    ana_results_destroy(ctx, results);
    return rc;
}

/* A folder that no run ever locked has no lock to take; in another, what a killed run left
 * comes first. */
static int take_lock(struct ana_ctx *ctx, const char *folder, int *lock)
{
    char *path = ana_path_join(ctx, folder, ".lock");
    struct ana_file_sign sign;
    int rc = path ? 0 : ANA_ERESOURCE;

    if (path && ana_file_sign(path, &sign)) {
        rc = ana_lock_take(ctx, path, ANA_LOCK_ALONE, lock);
        if (rc == 0 && *lock < 0)
            rc = ana_fail(ctx, ANA_ERESOURCE, "%s: a run is writing there; wait for it",
                          folder);
        if (rc == 0)
            rc = ana_run_folder_clear(ctx, folder);
    }
    ana_free(ctx, path);
    return rc;
}

static int report(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *folder = arguments->operand;
    struct stat st;
    int lock = -1, rc;

    if (stat(folder, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s", folder,
                        strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is no folder; give the folder that `run` wrote its results "
                        "into",
                        folder);
    rc = take_lock(ctx, folder, &lock);
    if (rc == 0)
        rc = make_page(ctx, folder);
    if (rc == 0)
        printf("the page is in %s/report.html\n", folder);
    ana_lock_release(&lock);
    return rc;
}

const struct ana_command ana_command_report = {
    .name = "report",
    .operand = "DIR",
    .summary = "make the page of a results folder again",
    .details =
        "Writes report.html and figures/ from report.json and the arrays of a folder of\n"
        "results. Nothing is computed and nothing else is needed, so that a page can be\n"
        "made anew by a later anaflow, or where the data is not. The same anaflow gives\n"
        "the same bytes.",
    .examples = "  anaflow report results/natural-sounds",
    .run = report,
};
