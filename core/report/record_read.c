/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A results folder read back: report.json and the arrays that it names. Texts stay where
 * jansson put them, so that the JSON lives as long as the results.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/context.h"
#include "base/file.h"
#include "data/npy.h"
#include "report/json.h"
#include "report/machine.h"
#include "report/store.h"

enum { MOST_BYTES = 1 << 30 }; /* of report.json */

/* `results` is what the caller holds; the rest is what it points into. */
struct record {
    struct ana_results results;
    struct ana_arena arena;
    json_t *root;
    struct ana_machine machine;
    struct ana_ctx *ctx;
    const char *path; /* of report.json */
    int rc;           /* of the first failure; what is read after it is empty */
};

/* The first failure, in words. */
static void refuse(struct record *r, const char *key, const char *wanted)
{
    if (r->rc == 0)
        r->rc =
            ana_fail(r->ctx, ANA_EDATA,
                     "%s: `%s` is no %s; the file has been changed, or another anaflow "
                     "wrote it: run the study again",
                     r->path, key, wanted);
}

static void *room(struct record *r, int64_t n, size_t size)
{
    void *memory = r->rc == 0 ? ana_arena_alloc(&r->arena, n > 0 ? n : 1, size) : NULL;

    if (!memory && r->rc == 0)
        r->rc = ANA_ERESOURCE;
    return memory;
}

/* NULL where it is null. */
static const char *text(struct record *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value) && !json_is_null(value))
        refuse(r, key, "text");
    return json_string_value(value);
}

static int64_t count(struct record *r, const json_t *object, const char *key,
                     int64_t least, int64_t most)
{
    const json_t *value = json_object_get(object, key);
    const int64_t n = json_integer_value(value);

    if (json_is_integer(value) && n >= least && n <= most)
        return n;
    refuse(r, key, "number of its range");
    return least;
}

static double real(struct record *r, const json_t *value, const char *key)
{
    if (!json_is_real(value) && !json_is_null(value))
        refuse(r, key, "number");
    return json_is_real(value) ? json_real_value(value) : (double)NAN;
}

static const json_t *list(struct record *r, const json_t *object, const char *key,
                          int64_t *n)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_array(value))
        refuse(r, key, "list");
    *n = r->rc == 0 ? (int64_t)json_array_size(value) : 0;
    return value;
}

static const char *const *texts(struct record *r, const json_t *object, const char *key,
                                int64_t *n)
{
    const json_t *value = list(r, object, key, n);
    const char **out = room(r, *n, sizeof *out);

    for (int64_t i = 0; out && i < *n; i++) {
        out[i] = json_string_value(json_array_get(value, (size_t)i));
        if (!out[i])
            refuse(r, key, "list of texts");
    }
    return out;
}

/* arrays/NAME.npy, which has to be rows x columns of float64. */
static const double *array(struct record *r, const json_t *object, int64_t rows,
                           int64_t columns)
{
    const char *name = text(r, object, "array");
    const int64_t n = rows * columns; /* both were read as below 2^31 */
    struct ana_tensor stored = {0}, exact = {0};
    double *out = NULL;
    char *path = NULL;

    if (r->rc == 0 && (!name || strchr(name, '/')))
        refuse(r, "array", "name");
    if (r->rc == 0)
        path = ana_arena_format(&r->arena, "%s/arrays/%s.npy", r->results.folder, name);
    if (r->rc == 0)
        r->rc = path ? ana_npy_read(r->ctx, path, &stored) : ANA_ERESOURCE;
    if (r->rc == 0 && (stored.dtype != ANA_F64 || stored.ndim != 2 ||
                       stored.shape[0] != rows || stored.shape[1] != columns))
        r->rc =
            ana_fail(r->ctx, ANA_EDATA,
                     "%s: is not the %lld x %lld float64 array that %s speaks of; run "
                     "the study again",
                     path, (long long)rows, (long long)columns, r->path);
    if (r->rc == 0)
        r->rc = ana_tensor_convert(r->ctx, &stored, ANA_F64, &exact);
    out = room(r, n, sizeof *out);
    if (out)
        memcpy(out, exact.data, (size_t)n * sizeof *out);
    ana_tensor_finish(&exact);
    ana_tensor_finish(&stored);
    return out;
}

/* One text a target; "" where the column was left out. */
static const char *column(struct record *r, const json_t *object, const char *key,
                          int64_t n, int64_t target)
{
    const json_t *values = json_object_get(object, key);
    const char *one;

    if (!values)
        return "";
    one = json_string_value(json_array_get(values, (size_t)target));
    if (!one || (int64_t)json_array_size(values) != n)
        refuse(r, key, "text for each target");
    return one ? one : "";
}

static const struct ana_target *read_targets(struct record *r, const json_t *object,
                                             int64_t n)
{
    const json_t *xyz = json_object_get(object, "position");
    struct ana_target *targets = room(r, n, sizeof *targets);

    if (xyz && (int64_t)json_array_size(xyz) != 3 * n)
        refuse(r, "position", "place of each target");
    for (int64_t t = 0; targets && t < n; t++) {
        targets[t].size = sizeof *targets;
        targets[t].name = column(r, object, "name", n, t);
        targets[t].region = column(r, object, "region", n, t);
        targets[t].space = column(r, object, "space", n, t);
        targets[t].hemisphere = column(r, object, "hemisphere", n, t);
        for (int i = 0; i < 3; i++)
            targets[t].position[i] =
                xyz ? real(r, json_array_get(xyz, (size_t)(3 * t + i)), "position")
                    : (double)NAN;
    }
    return targets;
}

static const double *read_ceiling(struct record *r, const json_t *values, int64_t n)
{
    double *ceiling = room(r, n, sizeof *ceiling);

    if ((int64_t)json_array_size(values) != n)
        refuse(r, "ceilings", "list of one a target");
    for (int64_t t = 0; ceiling && t < n; t++)
        ceiling[t] = real(r, json_array_get(values, (size_t)t), "ceilings");
    return ceiling;
}

/* Medians over folds, as the run took them. */
static const double *medians(struct record *r, const struct ana_score_block *b)
{
    const int64_t rows = b->n_folds > 0 ? b->n_folds : 1;
    double *score = room(r, b->n_targets, sizeof *score);
    double *folds = score ? ana_alloc(r->ctx, rows, sizeof *folds) : NULL;

    if (score && !folds)
        r->rc = ANA_ERESOURCE;
    for (int64_t t = 0; folds && t < b->n_targets; t++) {
        for (int64_t f = 0; f < rows; f++)
            folds[f] = b->by_fold[f * b->n_targets + t];
        score[t] = ana_median(rows, folds);
    }
    ana_free(r->ctx, folds);
    return score;
}

static void read_names(struct record *r, const json_t *object, struct ana_score_block *b)
{
    b->comparison = text(r, object, "comparison");
    b->subject = text(r, object, "subject");
    b->brain = text(r, object, "brain");
    b->features = text(r, object, "features");
    b->model = text(r, object, "model");
    b->variant = text(r, object, "variant");
    b->layer = text(r, object, "layer");
    b->branch = text(r, object, "branch");
    b->metric = text(r, object, "metric");
    b->measure = text(r, object, "measure");
    b->measure_help = text(r, object, "measure_help");
    b->part = text(r, object, "part");
    b->ceiling_note = text(r, object, "ceiling_note");
    b->depth = real(r, json_object_get(object, "depth"), "depth");
    b->lag = real(r, json_object_get(object, "lag"), "lag");
    b->primary = (int32_t)count(r, object, "primary", 0, 1);
    b->pooled = (int32_t)count(r, object, "pooled", 0, 1);
    b->n_rows = count(r, object, "n_rows", 0, INT64_MAX);
    b->n_folds = count(r, object, "n_folds", 0, INT32_MAX);
    b->n_targets = count(r, object, "n_targets", 0, INT32_MAX);
}

static void read_fold_rows(struct record *r, const json_t *object,
                           struct ana_score_block *b)
{
    const json_t *values = json_object_get(object, "fold_rows");
    int64_t *rows = values ? room(r, b->n_folds, sizeof *rows) : NULL;

    if (values && (int64_t)json_array_size(values) != b->n_folds)
        refuse(r, "fold_rows", "list of one a fold");
    for (int64_t f = 0; rows && f < b->n_folds; f++)
        rows[f] = json_integer_value(json_array_get(values, (size_t)f));
    b->fold_rows = rows;
}

/* The lists that blocks share, read when the first block asks for them. */
struct shared {
    const json_t *targets, *ceilings;
    int64_t n_targets, n_ceilings;
    const struct ana_target **target;
    const char *const **names; /* of sets of targets */
    const double **ceiling;
};

static void read_block(struct record *r, const json_t *object, struct shared *shared,
                       struct ana_score_block *b)
{
    const json_t *names;
    int64_t k, n;

    read_names(r, object, b);
    read_fold_rows(r, object, b);
    k = count(r, object, "targets", 0, shared->n_targets - 1);
    names = json_array_get(shared->targets, (size_t)k);
    if (r->rc == 0 &&
        (int64_t)json_array_size(json_object_get(names, "name")) != b->n_targets)
        refuse(r, "targets", "list of each target");
    if (r->rc == 0 && b->pooled) {
        if (!shared->names[k])
            shared->names[k] = texts(r, names, "name", &n);
        b->target_names = shared->names[k];
    } else if (r->rc == 0) {
        if (!shared->target[k])
            shared->target[k] = read_targets(r, names, b->n_targets);
        b->targets = shared->target[k];
    }
    if (json_object_get(object, "ceiling")) {
        k = count(r, object, "ceiling", 0, shared->n_ceilings - 1);
        if (r->rc == 0 && !shared->ceiling[k])
            shared->ceiling[k] = read_ceiling(
                r, json_array_get(shared->ceilings, (size_t)k), b->n_targets);
        b->ceiling = r->rc == 0 ? shared->ceiling[k] : NULL;
    }
    b->by_fold = array(r, object, b->n_folds > 0 ? b->n_folds : 1, b->n_targets);
    if (r->rc == 0)
        b->score = medians(r, b);
}

static void read_blocks(struct record *r)
{
    struct shared shared = {0};
    int64_t n;
    const json_t *values = list(r, r->root, "scores", &n);
    struct ana_score_block *blocks = room(r, n, sizeof *blocks);

    shared.targets = list(r, r->root, "targets", &shared.n_targets);
    shared.ceilings = list(r, r->root, "ceilings", &shared.n_ceilings);
    shared.target = room(r, shared.n_targets, sizeof *shared.target);
    shared.names = room(r, shared.n_targets, sizeof *shared.names);
    shared.ceiling = room(r, shared.n_ceilings, sizeof *shared.ceiling);
    for (int64_t b = 0; r->rc == 0 && b < n; b++)
        read_block(r, json_array_get(values, (size_t)b), &shared, &blocks[b]);
    r->results.blocks = blocks;
    r->results.n_blocks = n;
}

static void read_choices(struct record *r)
{
    int64_t n;
    const json_t *values = list(r, r->root, "choices", &n);
    struct ana_choice_block *choices = room(r, n, sizeof *choices);

    for (int64_t i = 0; r->rc == 0 && i < n; i++) {
        const json_t *object = json_array_get(values, (size_t)i);
        struct ana_choice_block *c = &choices[i];

        c->comparison = text(r, object, "comparison");
        c->brain = text(r, object, "brain");
        c->features = text(r, object, "features");
        c->layer = text(r, object, "layer");
        c->metric = text(r, object, "metric");
        c->name = text(r, object, "name");
        c->n_folds = count(r, object, "n_folds", 1, INT32_MAX);
        c->n_targets = count(r, object, "n_targets", 0, INT32_MAX);
        c->values = array(r, object, c->n_folds, c->n_targets);
    }
    r->results.choices = choices;
    r->results.n_choices = n;
}

static void read_remarks(struct record *r)
{
    int64_t n_counters, n_notes, n_warnings;
    const json_t *of_counters = list(r, r->root, "counters", &n_counters);
    const json_t *of_notes = list(r, r->root, "notes", &n_notes);
    const json_t *of_warnings = list(r, r->root, "warnings", &n_warnings);
    struct ana_counter *counters = room(r, n_counters, sizeof *counters);
    struct ana_note *notes = room(r, n_notes, sizeof *notes);
    struct ana_warning *warnings = room(r, n_warnings, sizeof *warnings);

    for (int64_t i = 0; r->rc == 0 && i < n_counters; i++) {
        const json_t *object = json_array_get(of_counters, (size_t)i);

        counters[i] = (struct ana_counter){
            text(r, object, "comparison"), text(r, object, "metric"),
            text(r, object, "what"), count(r, object, "n", 0, INT64_MAX),
            count(r, object, "of", 0, INT64_MAX)};
    }
    for (int64_t i = 0; r->rc == 0 && i < n_notes; i++) {
        const json_t *object = json_array_get(of_notes, (size_t)i);

        notes[i] = (struct ana_note){text(r, object, "comparison"),
                                     text(r, object, "metric"), text(r, object, "text")};
    }
    for (int64_t i = 0; r->rc == 0 && i < n_warnings; i++) {
        const json_t *object = json_array_get(of_warnings, (size_t)i);

        warnings[i] = (struct ana_warning){text(r, object, "text"),
                                           count(r, object, "count", 1, INT64_MAX)};
    }
    r->results.counters = counters;
    r->results.n_counters = n_counters;
    r->results.notes = notes;
    r->results.n_notes = n_notes;
    r->results.warnings = warnings;
    r->results.n_warnings = n_warnings;
}

/* Enough of each plugin to name and cite it. */
static void read_plugins(struct record *r)
{
    int64_t n;
    const json_t *values = list(r, r->root, "plugins", &n);
    struct ana_plugin *plugins = room(r, n, sizeof *plugins);
    const struct ana_plugin **each = room(r, n, sizeof *each);
    const char **paths = room(r, n, sizeof *paths), **params = room(r, n, sizeof *params);

    for (int64_t i = 0; r->rc == 0 && i < n; i++) {
        const json_t *object = json_array_get(values, (size_t)i);

        plugins[i].size = sizeof *plugins;
        plugins[i].kind =
            (int32_t)count(r, object, "kind", ANA_KIND_MODEL, ANA_KIND_METRIC);
        plugins[i].id = text(r, object, "id");
        plugins[i].version = text(r, object, "version");
        plugins[i].summary = text(r, object, "summary");
        plugins[i].licence = text(r, object, "licence");
        plugins[i].citation = text(r, object, "citation");
        paths[i] = text(r, object, "path");
        params[i] = text(r, object, "parameters");
        each[i] = &plugins[i];
    }
    r->results.plugins = each;
    r->results.plugin_paths = paths;
    r->results.plugin_params = params;
    r->results.n_plugins = n;
}

static void read_machine(struct record *r)
{
    const json_t *object = json_object_get(r->root, "machine");
    const char *cpu = text(r, object, "cpu"), *flags = text(r, object, "flags");
    const char *system = text(r, object, "system");

    snprintf(r->machine.cpu, sizeof r->machine.cpu, "%s", cpu ? cpu : "");
    snprintf(r->machine.flags, sizeof r->machine.flags, "%s", flags ? flags : "");
    snprintf(r->machine.system, sizeof r->machine.system, "%s", system ? system : "");
    r->machine.blas = text(r, object, "blas");
    r->machine.compiler = text(r, object, "compiler");
    r->machine.libc = text(r, object, "libc");
    r->results.machine = &r->machine;
}

static void read_study(struct record *r)
{
    struct ana_results *results = &r->results;
    const char *seed = text(r, r->root, "seed");

    results->version = text(r, r->root, "anaflow");
    results->study = text(r, r->root, "study");
    results->stamp = text(r, r->root, "stamp");
    results->status = text(r, r->root, "status");
    results->command = text(r, r->root, "command");
    results->config = text(r, r->root, "configuration");
    results->fold_rows = (int32_t)count(r, r->root, "fold_rows", -1, 1);
    results->seed = seed ? strtoull(seed, NULL, 10) : 0;
    results->methods = texts(r, r->root, "methods", &results->n_methods);
    results->references = texts(r, r->root, "references", &results->n_references);
    results->failures = texts(r, r->root, "failures", &results->n_failures);
    results->inputs = texts(r, r->root, "inputs", &results->n_inputs);
}

static int parse(struct record *r, const char *json, int64_t n)
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

static int load(struct record *r, const char *folder)
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
    struct record *r = ana_alloc(ctx, 1, sizeof *r);

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
        read_blocks(r);
        read_choices(r);
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
    struct record *r = (struct record *)results; /* its first member */

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
