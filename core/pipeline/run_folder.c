/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The folder of a run: made, locked against a second run, cleared of what a killed one
 * left, and its log.
 */
#include "pipeline/run_folder.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/context.h"
#include "base/file_set.h"
#include "base/version.h"

/* One run a folder: the second says so and stops. */
static int lock_folder(struct ana_ctx *ctx, struct ana_run_folder *folder)
{
    char *path = ana_path_join(ctx, folder->path, ".lock");
    int rc =
        path ? ana_lock_take(ctx, path, ANA_LOCK_ALONE, &folder->lock) : ANA_ERESOURCE;

    ana_free(ctx, path);
    if (rc != 0 || folder->lock >= 0)
        return rc;
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "%s: another run is writing there; wait for it or choose another --output",
        folder->path);
}

/* The log goes on where an earlier run ended, wherever that was. */
static int open_log(struct ana_ctx *ctx, struct ana_run_folder *folder)
{
    char *path = ana_path_join(ctx, folder->path, "run.log"), when[32];
    const time_t now = time(NULL);
    struct tm utc;
    int rc = 0;

    if (!path)
        return ANA_ERESOURCE;
    folder->log = fopen(path, "ae");
    if (!folder->log)
        rc = ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path,
                      strerror(errno));
    ana_free(ctx, path);
    if (rc != 0)
        return rc;
    gmtime_r(&now, &utc);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &utc);
    fprintf(folder->log, "%s== %s UTC, anaflow %s ==\n",
            ftell(folder->log) > 0 ? "\n" : "", when, ana_version());
    ana_ctx_tell_early(ctx, folder->log);
    ana_ctx_set_log(ctx, folder->log);
    return 0;
}

/* The page comes last, and with it the folder's own files. */
int ana_run_folder_clear(struct ana_ctx *ctx, const char *path)
{
    static const char *const written[] = {"arrays", "figures", "maps", "."};
    const int n = sizeof written / sizeof *written;
    char *page = ana_path_join(ctx, path, "report.html");
    struct ana_file_sign sign;
    const int is_whole = page && ana_file_sign(page, &sign);
    int64_t n_back = 0;
    int rc = page ? 0 : ANA_ERESOURCE;

    for (int i = 0; rc == 0 && i < n; i++) {
        char *inside = ana_path_join(ctx, path, written[i]);

        rc = inside ? 0 : ANA_ERESOURCE;
        if (inside && !is_whole)
            n_back += ana_file_set_restore(inside, "report.html");
        if (inside)
            ana_folder_sweep(inside);
        ana_free(ctx, inside);
    }
    if (n_back > 0)
        ana_log(ctx,
                "%lld file%s of an earlier run %s back in place, which a killed one was "
                "about "
                "to replace",
                (long long)n_back, n_back == 1 ? "" : "s", n_back == 1 ? "is" : "are");
    ana_free(ctx, page);
    return rc;
}

int ana_run_folder_open(struct ana_ctx *ctx, const char *path, struct ana_run_folder *out)
{
    int rc;

    *out = (struct ana_run_folder){.path = path, .lock = -1};
    rc = ana_folder_make(ctx, path);
    if (rc == 0)
        rc = lock_folder(ctx, out);
    if (rc == 0)
        rc = ana_run_folder_clear(ctx, path);
    if (rc == 0)
        rc = open_log(ctx, out);
    return rc;
}

void ana_run_folder_close(struct ana_ctx *ctx, struct ana_run_folder *folder)
{
    ana_ctx_set_log(ctx, NULL);
    if (folder->log)
        fclose(folder->log);
    folder->log = NULL;
    ana_lock_release(&folder->lock);
}
