/* SPDX-License-Identifier: BSD-3-Clause
 *
 * report.json: all that the page is made of and that no other file holds bit for bit, so
 * that `anaflow report FOLDER` can make it again. The numbers stay in arrays/. Lists of
 * targets and of ceilings, which the layers of a recording share, are kept once.
 */
#include <math.h>
#include <stdlib.h>

#include "config.h"
#include "report/json.h"
#include "report/machine.h"
#include "report/store.h"
#include "report/warnings.h"

/* null for NULL, which reads back as NULL. */
static void set_text(json_t *object, const char *key, const char *text, int *failed)
{
    ana_json_set(object, key, text ? ana_json_string(text) : json_null(), failed);
}

static void set_texts(json_t *object, const char *key, int64_t n, const char *const *list,
                      int *failed)
{
    json_t *texts = json_array();

    ana_json_set(object, key, texts, failed);
    for (int64_t i = 0; i < n; i++)
        ana_json_append(texts, ana_json_string(list[i]), failed);
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static const void *names_of(const struct ana_score_block *b)
{
    return b->pooled || !b->targets ? (const void *)b->target_names
                                    : (const void *)b->targets;
}

/* The first block with the same list of targets; itself if it is the first. */
static int64_t first_with_targets(const struct ana_results *results, int64_t block)
{
    const struct ana_score_block *b = &results->blocks[block];
    int64_t i = 0;

    while (i < block && (names_of(&results->blocks[i]) != names_of(b) ||
                         results->blocks[i].n_targets != b->n_targets))
        i++;
    return i;
}

static int64_t first_with_ceiling(const struct ana_results *results, int64_t block)
{
    int64_t i = 0;

    while (i < block && results->blocks[i].ceiling != results->blocks[block].ceiling)
        i++;
    return i;
}

static const char *name_of(const struct ana_target *target)
{
    return target->name;
}

static const char *region_of(const struct ana_target *target)
{
    return target->region;
}

static const char *space_of(const struct ana_target *target)
{
    return target->space;
}

static const char *hemisphere_of(const struct ana_target *target)
{
    return target->hemisphere;
}

/* One text a target, left out where all are "" (but their names). */
static void set_column(json_t *object, const char *key, const struct ana_score_block *b,
                       const char *(*text)(const struct ana_target *), int *failed)
{
    json_t *column = json_array();
    int64_t said = text == name_of;

    for (int64_t t = 0; t < b->n_targets; t++) {
        const char *one = text(&b->targets[t]);

        said += one && *one;
        ana_json_append(column, ana_json_string(one), failed);
    }
    if (said > 0)
        ana_json_set(object, key, column, failed);
    else
        json_decref(column);
}

static void set_positions(json_t *object, const struct ana_score_block *b, int *failed)
{
    json_t *xyz = json_array();
    int64_t known = 0;

    for (int64_t t = 0; t < b->n_targets; t++)
        for (int i = 0; i < 3; i++) {
            known += isfinite(b->targets[t].position[i]);
            ana_json_append(xyz, real(b->targets[t].position[i]), failed);
        }
    if (known > 0)
        ana_json_set(object, "position", xyz, failed);
    else
        json_decref(xyz);
}

static json_t *targets_object(const struct ana_score_block *b, int *failed)
{
    json_t *object = json_object();

    if (b->pooled || !b->targets) {
        set_texts(object, "name", b->target_names ? b->n_targets : 0, b->target_names,
                  failed);
        return object;
    }
    set_column(object, "name", b, name_of, failed);
    set_column(object, "region", b, region_of, failed);
    set_column(object, "space", b, space_of, failed);
    set_column(object, "hemisphere", b, hemisphere_of, failed);
    set_positions(object, b, failed);
    return object;
}

static json_t *ceiling_list(const struct ana_score_block *b, int *failed)
{
    json_t *list = json_array();

    for (int64_t t = 0; t < b->n_targets; t++)
        ana_json_append(list, real(b->ceiling[t]), failed);
    return list;
}

static json_t *block_object(const struct ana_score_block *b, const char *array,
                            int *failed)
{
    json_t *object = json_object();

    set_text(object, "array", array, failed);
    set_text(object, "comparison", b->comparison, failed);
    set_text(object, "subject", b->subject, failed);
    set_text(object, "brain", b->brain, failed);
    set_text(object, "features", b->features, failed);
    set_text(object, "model", b->model, failed);
    set_text(object, "variant", b->variant, failed);
    set_text(object, "layer", b->layer, failed);
    set_text(object, "branch", b->branch, failed);
    set_text(object, "metric", b->metric, failed);
    set_text(object, "measure", b->measure, failed);
    set_text(object, "measure_help", b->measure_help, failed);
    set_text(object, "part", b->part, failed);
    set_text(object, "ceiling_note", b->ceiling_note, failed);
    ana_json_set(object, "depth", real(b->depth), failed);
    ana_json_set(object, "lag", real(b->lag), failed);
    ana_json_count(object, "primary", b->primary, failed);
    ana_json_count(object, "pooled", b->pooled, failed);
    ana_json_count(object, "n_rows", b->n_rows, failed);
    ana_json_count(object, "n_folds", b->n_folds, failed);
    ana_json_count(object, "n_targets", b->n_targets, failed);
    if (b->fold_rows) {
        json_t *rows = json_array();

        ana_json_set(object, "fold_rows", rows, failed);
        for (int64_t f = 0; f < b->n_folds; f++)
            ana_json_append(rows, json_integer(b->fold_rows[f]), failed);
    }
    return object;
}

static void add_blocks(const struct ana_results *results, const struct ana_names *names,
                       int64_t *number, json_t *root, int *failed)
{
    json_t *scores = json_array(), *targets = json_array(), *ceilings = json_array();

    ana_json_set(root, "scores", scores, failed);
    ana_json_set(root, "targets", targets, failed);
    ana_json_set(root, "ceilings", ceilings, failed);
    for (int64_t b = 0; b < results->n_blocks; b++) {
        const struct ana_score_block *block = &results->blocks[b];
        const int64_t first = first_with_targets(results, b);
        const int64_t like = block->ceiling ? first_with_ceiling(results, b) : b;
        json_t *object = block_object(block, names->taken[b], failed);

        ana_json_append(scores, object, failed);
        number[2 * b] = number[2 * first];
        number[2 * b + 1] = number[2 * like + 1];
        if (first == b) {
            number[2 * b] = (int64_t)json_array_size(targets);
            ana_json_append(targets, targets_object(block, failed), failed);
        }
        if (block->ceiling && like == b) {
            number[2 * b + 1] = (int64_t)json_array_size(ceilings);
            ana_json_append(ceilings, ceiling_list(block, failed), failed);
        }
        if (*failed)
            return;
        ana_json_count(object, "targets", number[2 * b], failed);
        if (block->ceiling)
            ana_json_count(object, "ceiling", number[2 * b + 1], failed);
    }
}

static void add_choices(const struct ana_results *results, const struct ana_names *names,
                        json_t *root, int *failed)
{
    json_t *list = json_array();

    ana_json_set(root, "choices", list, failed);
    for (int64_t i = 0; i < results->n_choices; i++) {
        const struct ana_choice_block *c = &results->choices[i];
        json_t *object = json_object();

        set_text(object, "array", names->taken[results->n_blocks + i], failed);
        set_text(object, "comparison", c->comparison, failed);
        set_text(object, "brain", c->brain, failed);
        set_text(object, "features", c->features, failed);
        set_text(object, "layer", c->layer, failed);
        set_text(object, "metric", c->metric, failed);
        set_text(object, "name", c->name, failed);
        ana_json_count(object, "n_folds", c->n_folds, failed);
        ana_json_count(object, "n_targets", c->n_targets, failed);
        ana_json_append(list, object, failed);
    }
}

static void add_remarks(const struct ana_results *results, json_t *root, int *failed)
{
    json_t *counters = json_array(), *notes = json_array();

    ana_json_set(root, "counters", counters, failed);
    ana_json_set(root, "notes", notes, failed);
    for (int64_t i = 0; i < results->n_counters; i++) {
        const struct ana_counter *c = &results->counters[i];
        json_t *object = json_object();

        set_text(object, "comparison", c->comparison, failed);
        set_text(object, "metric", c->metric, failed);
        set_text(object, "what", c->what, failed);
        ana_json_count(object, "n", c->n, failed);
        ana_json_count(object, "of", c->of, failed);
        ana_json_append(counters, object, failed);
    }
    for (int64_t i = 0; i < results->n_notes; i++) {
        json_t *object = json_object();

        set_text(object, "comparison", results->notes[i].comparison, failed);
        set_text(object, "metric", results->notes[i].metric, failed);
        set_text(object, "text", results->notes[i].text, failed);
        ana_json_append(notes, object, failed);
    }
    set_texts(root, "methods", results->n_methods, results->methods, failed);
    set_texts(root, "references", results->n_references, results->references, failed);
    set_texts(root, "failures", results->n_failures, results->failures, failed);
    set_texts(root, "inputs", results->n_inputs, results->inputs, failed);
}

static int add_warnings(struct ana_ctx *ctx, const struct ana_results *results,
                        json_t *root, int *failed)
{
    json_t *list = json_array();
    struct ana_warning *warnings;
    int64_t n;

    ana_json_set(root, "warnings", list, failed);
    if (ana_warnings_sorted(ctx, results, &n, &warnings) != 0)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++) {
        json_t *object = json_object();

        set_text(object, "text", warnings[i].text, failed);
        ana_json_count(object, "count", warnings[i].count, failed);
        ana_json_append(list, object, failed);
    }
    ana_free(ctx, warnings);
    return 0;
}

static void add_plugins(const struct ana_results *results, json_t *root, int *failed)
{
    json_t *list = json_array();

    ana_json_set(root, "plugins", list, failed);
    for (int64_t i = 0; i < results->n_plugins; i++) {
        const struct ana_plugin *plugin = results->plugins[i];
        json_t *object = json_object();

        set_text(object, "id", plugin->id, failed);
        set_text(object, "version", plugin->version, failed);
        set_text(object, "summary", plugin->summary, failed);
        set_text(object, "licence", plugin->licence, failed);
        set_text(object, "citation", plugin->citation, failed);
        set_text(object, "path", results->plugin_paths[i], failed);
        set_text(object, "parameters",
                 results->plugin_params ? results->plugin_params[i] : NULL, failed);
        ana_json_count(object, "kind", plugin->kind, failed);
        ana_json_append(list, object, failed);
    }
}

static void add_machine(struct ana_ctx *ctx, const struct ana_results *results,
                        json_t *root, int *failed)
{
    struct ana_machine *here = ana_alloc(ctx, 1, sizeof *here);
    const struct ana_machine *machine = results->machine ? results->machine : here;
    json_t *object = json_object();

    ana_json_set(root, "machine", object, failed);
    if (here) {
        ana_machine_describe(here);
        set_text(object, "blas", machine->blas, failed);
        set_text(object, "compiler", machine->compiler, failed);
        set_text(object, "cpu", machine->cpu, failed);
        set_text(object, "flags", machine->flags, failed);
        set_text(object, "libc", machine->libc, failed);
        set_text(object, "system", machine->system, failed);
    }
    *failed |= !here;
    ana_free(ctx, here);
}

int ana_record_write(struct ana_ctx *ctx, const struct ana_results *results,
                     const struct ana_names *names)
{
    /* of each block: its list of targets, its list of ceilings */
    int64_t *number = ana_alloc(ctx, 2 * results->n_blocks, sizeof *number);
    json_t *root = json_object();
    int failed = !number, rc = ANA_ERESOURCE;

    ana_json_count(root, "format", ANA_RECORD_FORMAT, &failed);
    set_text(root, "anaflow", results->version ? results->version : PACKAGE_VERSION,
             &failed);
    set_text(root, "study", results->study, &failed);
    set_text(root, "stamp", results->stamp, &failed);
    set_text(root, "status", results->status, &failed);
    set_text(root, "command", results->command, &failed);
    set_text(root, "configuration", results->config, &failed);
    /* As text: JSON's numbers end at 2^53 for most readers, seeds at 2^64. */
    ana_json_set(root, "seed", json_sprintf("%llu", (unsigned long long)results->seed),
                 &failed);
    ana_json_count(root, "fold_rows", results->fold_rows, &failed);
    if (number)
        add_blocks(results, names, number, root, &failed);
    add_choices(results, names, root, &failed);
    ana_arrays_record(results, names, root, &failed);
    add_remarks(results, root, &failed);
    add_plugins(results, root, &failed);
    add_machine(ctx, results, root, &failed);
    rc = add_warnings(ctx, results, root, &failed);
    ana_free(ctx, number);
    return ana_json_write_exact(ctx, results->folder, "report.json", root,
                                failed || rc != 0);
}
