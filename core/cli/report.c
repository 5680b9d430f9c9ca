/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow report DIR`: the page of a results folder, made again from what lies in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "report/results.h"

static int report(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *folder = arguments->operand;
    struct ana_results *results = NULL;
    struct stat st;
    int rc;

    if (stat(folder, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s", folder,
                        strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is no folder; give the folder that `run` wrote its results "
                        "into",
                        folder);
    rc = ana_results_read(ctx, folder, &results);
    if (rc == 0)
        rc = ana_report_write(ctx, results);
    if (rc == 0)
        printf("the page is in %s/report.html\n", folder);
    ana_results_destroy(ctx, results);
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
