/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plugins from outside the package, loaded in a helper before they are loaded here. The
 * helper says `begin` before each file and `good` or `bad` behind it, so that the file at
 * hand is known when the helper dies; another one goes on behind that file (so does
 * GStreamer's scanner).
 */
#include "plugin/scan.h"

#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/process.h"
#include "plugin/descriptor.h"
#include "plugin/load.h"
#include "plugin/remember.h"

enum { SECONDS = 5, FILES_A_HELPER = 32 };

struct scan {
    int64_t n;
    struct ana_plugin_place **file; /* those to be loaded by a helper */
    struct ana_memory *memory;
};

int ana_plugin_scan_serve(struct ana_ctx *ctx, int64_t n, char **files)
{
    const struct ana_plugin *plugin = NULL;
    int rc = ana_plugin_load_begin(ctx);

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        ana_process_report("begin");
        if (ana_plugin_load(ctx, files[i], &plugin) == 0)
            ana_process_report("good");
        else
            ana_process_report("bad %s", ana_error(ctx));
        ana_descriptor_release(plugin);
        ana_ctx_clear(ctx);
    }
    return rc;
}

static int keep_problem(struct ana_ctx *ctx, struct ana_plugin_place *file,
                        const char *problem)
{
    file->problem = ana_strdup(ctx, problem);
    return file->problem ? 0 : ANA_ERESOURCE;
}

/* The helper died over this file, or (began = 0) before it had come to it. */
static int blame(struct ana_ctx *ctx, const struct scan *scan,
                 struct ana_plugin_place *file, const struct ana_process_end *end,
                 int began)
{
    char how[256], sentence[1024];

    ana_process_describe(end, how, sizeof how);
    if (!began) {
        snprintf(sentence, sizeof sentence,
                 "it was not tried: the helper that would load it first ended before "
                 "(%s)%s%.300s",
                 how, *end->printed ? "; the last it said: " : "", end->printed);
        return keep_problem(ctx, file, sentence);
    }
    snprintf(sentence, sizeof sentence,
             "%s while it was being loaded; it is skipped until the file changes%s%.300s",
             how, *end->printed ? "; the last it said: " : "", end->printed);
    ana_memory_note(scan->memory, file->path, sentence);
    return keep_problem(ctx, file, sentence);
}

/* Take the report of one helper, which was given `n` files from `first` on; *done of them
 * are settled when it returns, the last by blame where the helper died over it. */
static int follow(struct ana_ctx *ctx, const struct scan *scan,
                  struct ana_process *process, int64_t first, int64_t n, int64_t *done)
{
    struct ana_process_end end;
    const char *line = "";
    int rc = 0, began = 0;

    *done = 0;
    while (rc == 0 && *done < n) {
        struct ana_plugin_place *file = scan->file[first + *done];

        rc = ana_process_line(ctx, process, SECONDS, &line);
        if (rc != 0 || !line)
            break;
        if (strcmp(line, "good") == 0)
            ana_memory_note(scan->memory, file->path, NULL);
        else if (strncmp(line, "bad ", 4) == 0)
            rc = keep_problem(ctx, file, line + 4);
        began = strcmp(line, "begin") == 0;
        *done += !began;
    }
    ana_process_finish(ctx, process, &end);
    if (rc == 0 && *done < n)
        rc = blame(ctx, scan, scan->file[first + (*done)++], &end, began);
    return rc;
}

static int scan_some(struct ana_ctx *ctx, const struct scan *scan, int64_t first,
                     int64_t *done)
{
    const char *arguments[FILES_A_HELPER + 2] = {"scan"};
    const int64_t left = scan->n - first;
    const int64_t n = left < FILES_A_HELPER ? left : FILES_A_HELPER;
    struct ana_process *process;
    int rc;

    for (int64_t i = 0; i < n; i++)
        arguments[i + 1] = scan->file[first + i]->path;
    rc = ana_process_start(ctx, arguments, 0, &process);
    if (rc == 0)
        return follow(ctx, scan, process, first, n, done);
    *done = n;
    rc = 0;
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = keep_problem(ctx, scan->file[first + i], ana_error(ctx));
    ana_ctx_clear(ctx);
    return rc;
}

/* Settle what is known already; the others are to be scanned. */
static int recall(struct ana_ctx *ctx, struct scan *scan, int64_t n,
                  struct ana_plugin_place *files)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        const char *reason;

        if (files[i].from_package || files[i].problem)
            continue;
        if (!ana_memory_find(scan->memory, files[i].path, &reason))
            scan->file[scan->n++] = files + i;
        else if (reason)
            rc = keep_problem(ctx, files + i, reason);
    }
    return rc;
}

int ana_plugin_scan(struct ana_ctx *ctx, int64_t n, struct ana_plugin_place *files)
{
    struct scan scan = {.file = ana_alloc(ctx, n, sizeof *scan.file)};
    int rc = scan.file ? ana_memory_create(ctx, &scan.memory) : ANA_ERESOURCE;

    if (rc == 0)
        rc = recall(ctx, &scan, n, files);
    for (int64_t first = 0, done; rc == 0 && first < scan.n; first += done)
        rc = scan_some(ctx, &scan, first, &done);
    if (rc == 0)
        ana_memory_save(ctx, scan.memory);
    ana_memory_destroy(scan.memory);
    ana_free(ctx, scan.file);
    return rc;
}
