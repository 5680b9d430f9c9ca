/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A results folder read back: report.json and the arrays that it names.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "report/record.h"
#include "report/store.h"

enum { MOST_BYTES = 1 << 30 }; /* of report.json */

static void read_remarks(struct ana_record *r)
{
    int64_t n_counters, n_notes, n_warnings;
    const json_t *of_counters = ana_record_list(r, r->root, "counters", &n_counters);
    const json_t *of_notes = ana_record_list(r, r->root, "notes", &n_notes);
    const json_t *of_warnings = ana_record_list(r, r->root, "warnings", &n_warnings);
    struct ana_counter *counters = ana_record_room(r, n_counters, sizeof *counters);
    struct ana_note *notes = ana_record_room(r, n_notes, sizeof *notes);
    struct ana_warning *warnings = ana_record_room(r, n_warnings, sizeof *warnings);

    for (int64_t i = 0; r->rc == 0 && i < n_counters; i++) {
        const json_t *object = json_array_get(of_counters, (size_t)i);

        counters[i] = (struct ana_counter){
            ana_record_text(r, object, "comparison"),
            ana_record_text(r, object, "metric"), ana_record_text(r, object, "what"),
            ana_record_count(r, object, "n", 0, INT64_MAX),
            ana_record_count(r, object, "of", 0, INT64_MAX)};
    }
    for (int64_t i = 0; r->rc == 0 && i < n_notes; i++) {
        const json_t *object = json_array_get(of_notes, (size_t)i);

        notes[i] = (struct ana_note){ana_record_text(r, object, "comparison"),
                                     ana_record_text(r, object, "metric"),
                                     ana_record_text(r, object, "text")};
    }
    for (int64_t i = 0; r->rc == 0 && i < n_warnings; i++) {
        const json_t *object = json_array_get(of_warnings, (size_t)i);

        warnings[i] =
            (struct ana_warning){ana_record_text(r, object, "text"),
                                 ana_record_count(r, object, "count", 1, INT64_MAX)};
    }
    r->results.counters = counters;
    r->results.n_counters = n_counters;
    r->results.notes = notes;
    r->results.n_notes = n_notes;
    r->results.warnings = warnings;
    r->results.n_warnings = n_warnings;
}

/* Enough of each plugin to name and cite it. */
static void read_plugins(struct ana_record *r)
{
    int64_t n;
    const json_t *values = ana_record_list(r, r->root, "plugins", &n);
    struct ana_plugin *plugins = ana_record_room(r, n, sizeof *plugins);
    const struct ana_plugin **each = ana_record_room(r, n, sizeof *each);
    const char **paths = ana_record_room(r, n, sizeof *paths),
               **params = ana_record_room(r, n, sizeof *params);

    for (int64_t i = 0; r->rc == 0 && i < n; i++) {
        const json_t *object = json_array_get(values, (size_t)i);

        plugins[i].size = sizeof *plugins;
        plugins[i].kind =
            (int32_t)ana_record_count(r, object, "kind", ANA_KIND_MODEL, ANA_KIND_METRIC);
        plugins[i].id = ana_record_text(r, object, "id");
        plugins[i].version = ana_record_text(r, object, "version");
        plugins[i].summary = ana_record_text(r, object, "summary");
        plugins[i].licence = ana_record_text(r, object, "licence");
        plugins[i].citation = ana_record_text(r, object, "citation");
        paths[i] = ana_record_text(r, object, "path");
        params[i] = ana_record_text(r, object, "parameters");
        each[i] = &plugins[i];
    }
    r->results.plugins = each;
    r->results.plugin_paths = paths;
    r->results.plugin_params = params;
    r->results.n_plugins = n;
}

static void read_machine(struct ana_record *r)
{
    const json_t *object = json_object_get(r->root, "machine");
    const char *cpu = ana_record_text(r, object, "cpu"),
               *flags = ana_record_text(r, object, "flags");
    const char *system = ana_record_text(r, object, "system");

    snprintf(r->machine.cpu, sizeof r->machine.cpu, "%s", cpu ? cpu : "");
    snprintf(r->machine.flags, sizeof r->machine.flags, "%s", flags ? flags : "");
    snprintf(r->machine.system, sizeof r->machine.system, "%s", system ? system : "");
    r->machine.blas = ana_record_text(r, object, "blas");
    r->machine.compiler = ana_record_text(r, object, "compiler");
    r->machine.libc = ana_record_text(r, object, "libc");
    r->results.machine = &r->machine;
}

static void read_study(struct ana_record *r)
{
    struct ana_results *results = &r->results;
    const char *seed = ana_record_text(r, r->root, "seed");

    results->version = ana_record_text(r, r->root, "anaflow");
    results->study = ana_record_text(r, r->root, "study");
    results->stamp = ana_record_text(r, r->root, "stamp");
    results->status = ana_record_text(r, r->root, "status");
    results->command = ana_record_text(r, r->root, "command");
    results->config = ana_record_text(r, r->root, "configuration");
    results->fold_rows = (int32_t)ana_record_count(r, r->root, "fold_rows", -1, 1);
    results->seed = seed ? strtoull(seed, NULL, 10) : 0;
    results->methods = ana_record_texts(r, r->root, "methods", &results->n_methods);
    results->references =
        ana_record_texts(r, r->root, "references", &results->n_references);
    results->failures = ana_record_texts(r, r->root, "failures", &results->n_failures);
    results->inputs = ana_record_texts(r, r->root, "inputs", &results->n_inputs);
}

static int parse(struct ana_record *r, const char *json, int64_t n)
{
    json_error_t error;

    r->root = json_loadb(json, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (!r->root)
        return ana_fail(r->ctx, ANA_EDATA, "%s: line %d: %s; run the study again",
                        r->path, error.line, error.text);
    if (json_integer_value(json_object_get(r->root, "format")) != ANA_RECORD_FORMAT)
        return ana_fail(r->ctx, ANA_EDATA,
                        "%s: another version of anaflow wrote it; run the study again "
                        "with this one",
                        r->path);
    return 0;
}

static int load(struct ana_record *r, const char *folder)
{
    char *json = NULL;
    int64_t n = 0;
    int rc;

    r->results.folder = ana_arena_strdup(&r->arena, folder);
    r->path = ana_arena_format(&r->arena, "%s/report.json", folder);
    if (!r->results.folder || !r->path)
        return ANA_ERESOURCE;
    rc = ana_file_read(r->ctx, r->path, MOST_BYTES, &json, &n);
    if (rc == 0)
        rc = parse(r, json, n);
    ana_free(r->ctx, json);
    return rc;
}

int ana_results_read(struct ana_ctx *ctx, const char *folder, struct ana_results **out)
{
    struct ana_record *r = ana_alloc(ctx, 1, sizeof *r);

    *out = NULL;
    if (!r)
        return ANA_ERESOURCE;
    r->ctx = ctx;
    r->arena.ctx = ctx;
    r->rc = load(r, folder);
    if (r->rc == 0) {
        read_study(r);
        read_remarks(r);
        read_plugins(r);
        read_machine(r);
        ana_record_blocks(r);
        ana_record_choices(r);
    }
    if (r->rc == 0)
        r->rc = ana_record_arrays(ctx, &r->arena, folder, r->root, &r->results);
    if (r->rc != 0) {
        const int rc = r->rc;

        ana_results_destroy(ctx, &r->results);
        return rc;
    }
    *out = &r->results;
    return 0;
}

void ana_results_destroy(struct ana_ctx *ctx, struct ana_results *results)
{
    struct ana_record *r = (struct ana_record *)results; /* its first member */

    if (!r)
        return;
    for (int64_t i = 0; i < results->n_arrays; i++) {
        struct ana_tensor values = results->arrays[i].values;

        ana_tensor_finish(&values);
    }
    json_decref(r->root);
    ana_arena_finish(&r->arena);
    ana_free(ctx, r);
}
