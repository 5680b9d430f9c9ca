/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a run leaves in its folder: all of it, or what an earlier run left.
 */
#include "pipeline/leave.h"

#include <stdio.h>

#include "base/context.h"
#include "base/file_set.h"
#include "pipeline/class.h"
#include "pipeline/maps.h"

static int write_folds(struct ana_ctx *ctx, const struct ana_study *study,
                       const struct ana_class *c, const char *folder)
{
    char name[160], *path;
    int rc;

    snprintf(name, sizeof name, "folds-%s.tsv",
             study->comparisons[c->comparison[0]].name);
    path = ana_path_join(ctx, folder, name);
    rc = path ? ana_folds_write(ctx, c->folds, &c->units, path) : ANA_ERESOURCE;
    ana_free(ctx, path);
    return rc;
}

/* The page is the last: a folder that has one has all that it shows. */
static int write_all(struct ana_ctx *ctx, const struct ana_opened *opened,
                     const struct ana_tasks *tasks, const struct ana_results *results)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < tasks->n_classes; i++)
        rc = write_folds(ctx, opened->study, &tasks->classes[i], results->folder);
    if (rc == 0)
        rc = ana_maps_write(ctx, opened, results);
    if (rc == 0)
        rc = ana_results_write(ctx, results);
    if (rc == 0)
        rc = ana_report_write(ctx, results);
    return rc;
}

int ana_leave(struct ana_ctx *ctx, const struct ana_opened *opened,
              const struct ana_tasks *tasks, const struct ana_results *results)
{
    struct ana_file_set *set;
    int rc = ana_file_set_begin(ctx, &set);

    if (rc != 0)
        return rc;
    rc = write_all(ctx, opened, tasks, results);
    if (rc == 0)
        return ana_file_set_commit(ctx, set);
    ana_file_set_abort(ctx, set);
    return rc;
}
