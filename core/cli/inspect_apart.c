/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A file whose reader's library may crash, looked into by a helper: what it finds comes
 * back as the lines of one JSON object, `json PIECE`, then `done`; a refusal as `fail
 * STATUS SENTENCE`, warnings as `warn TEXT`.
 */
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/inspect.h"

enum { PIECE = 4000, SECONDS = 60 };

static void report_json(const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        const size_t length = n < PIECE ? n : PIECE;

        ana_process_report("json %.*s", (int)length, text);
        text += length;
        n -= length;
    }
}

static void report_warnings(struct ana_ctx *ctx)
{
    const struct ana_warning *warning;
    const int64_t n = ana_ctx_warnings(ctx, &warning);

    for (int64_t i = 0; i < n; i++)
        ana_process_report("warn %s", warning[i].text);
}

int ana_inspect_serve(struct ana_ctx *ctx, int argc, char **argv)
{
    struct ana_facts facts = {.ctx = ctx, .root = json_object()};
    struct ana_registry *registry = NULL;
    char *text = NULL;
    int rc = argc == 1
                 ? ana_registry_create(ctx, &registry)
                 : ana_fail(ctx, ANA_EPARAM, "the worker's job `inspect` has a file");

    if (rc == 0)
        rc = ana_inspect_recording(&facts, registry, argv[0]);
    if (rc == 0) {
        text = json_dumps(facts.root, JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (!text || facts.failed)
            rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for what %s holds", argv[0]);
    }
    report_warnings(ctx);
    if (rc == 0) {
        report_json(text);
        ana_process_report("done");
    } else {
        ana_process_report("fail %d %s", rc, ana_error(ctx));
    }
    free(text);
    json_decref(facts.root);
    ana_registry_destroy(registry);
    return rc;
}

/* The helper's lines until it is done. 1 = it ended before. */
static int follow(struct ana_ctx *ctx, struct ana_process *process, struct ana_text *json)
{
    for (;;) {
        const char *line = NULL;
        int status, used = 0;
        int rc = ana_process_line(ctx, process, SECONDS, &line);

        if (rc != 0)
            return rc;
        if (!line)
            return 1;
        if (strncmp(line, "json ", 5) == 0)
            ana_text_add(json, "%s", line + 5);
        else if (strncmp(line, "warn ", 5) == 0)
            ana_warn(ctx, "%s", line + 5);
        else if (strcmp(line, "done") == 0)
            return 0;
        else if (sscanf(line, "fail %d %n", &status, &used) == 1 && used > 0)
            return ana_fail(ctx, status < 0 ? status : ANA_EDATA, "%s", line + used);
    }
}

int ana_inspect_apart(struct ana_facts *facts, const struct ana_plugin *plugin,
                      const char *path)
{
    const char *const arguments[] = {"inspect", path, NULL};
    struct ana_ctx *ctx = facts->ctx;
    struct ana_process_end end = {0};
    struct ana_process *process = NULL;
    struct ana_text json = {0};
    json_t *found = NULL;
    char how[256];
    int rc = ana_process_start(ctx, arguments, 0, &process);

    if (rc == 0)
        rc = follow(ctx, process, &json);
    ana_process_finish(ctx, process, &end);
    if (rc == 1) {
        ana_process_describe(&end, how, sizeof how);
        rc = ana_fail(ctx, ANA_EDATA,
                      "reader %s: %s: %s inside its library; the file is damaged",
                      plugin->id, path, how);
    } else if (rc == 0) {
        found = json.failed ? NULL : json_loads(json.data ? json.data : "", 0, NULL);
        if (!found || json_object_update(facts->root, found) != 0)
            rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for what %s holds", path);
    }
    json_decref(found);
    ana_text_finish(&json);
    return rc;
}
