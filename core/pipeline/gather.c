/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From what metrics hand out to what the report writes: one block for each measure of
 * each layer and recording, summarised as the median over folds for each target.
 */
#include "pipeline/gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"

static const char *const no_ceiling = "not available: no repeats";
static const char *const unused_repeats = "not computed: repeats were averaged";

void ana_gather_finish(struct ana_gather *gather)
{
    for (int64_t i = 0; i < gather->results.n_arrays; i++)
        ana_tensor_finish(&gather->arrays[i].values);
    for (int64_t i = 0; i < gather->n_blobs; i++)
        ana_blob_close(&gather->blobs[i]);
    ana_arena_finish(&gather->arena);
    memset(gather, 0, sizeof *gather);
}

/* Room for one item more at the end of a list of the gather. */
static int make_room(struct ana_gather *g, void *list, int64_t n, size_t size)
{
    void *old, *grown;

    memcpy(&old, list, sizeof old);
    grown = ana_arena_more(&g->arena, old, n, size);
    if (!grown)
        return ANA_ERESOURCE;
    memcpy(list, &grown, sizeof grown);
    return 0;
}

/* Medians over folds, target by target. */
static int summarise(struct ana_ctx *ctx, struct ana_gather *g,
                     const struct ana_out_table *t, const struct ana_fold *folds,
                     struct ana_score_block *block)
{
    const int64_t cells = t->n_folds * t->n_targets;
    double *by_fold = ana_arena_alloc(&g->arena, cells, sizeof *by_fold);
    double *score = ana_arena_alloc(&g->arena, t->n_targets, sizeof *score);
    double *column = ana_alloc(ctx, t->n_folds, sizeof *column);
    int64_t *rows = ana_arena_alloc(&g->arena, t->n_folds, sizeof *rows);

    if (!by_fold || !score || !column || !rows) {
        ana_free(ctx, column);
        return ANA_ERESOURCE;
    }
    memcpy(by_fold, t->score, (size_t)cells * sizeof *by_fold);
    for (int64_t v = 0; v < t->n_targets; v++) {
        for (int64_t f = 0; f < t->n_folds; f++)
            column[f] = by_fold[f * t->n_targets + v];
        score[v] = ana_median(t->n_folds, column);
    }
    ana_free(ctx, column);
    for (int64_t f = 0; !t->no_folds && f < t->n_folds; f++)
        rows[f] = folds[f].n_test;
    block->fold_rows = t->no_folds ? NULL : rows;
    block->n_folds = t->no_folds ? 0 : t->n_folds;
    block->n_targets = t->n_targets;
    block->by_fold = by_fold;
    block->score = score;
    return 0;
}

static const char *measure_help(const struct ana_collector *c, const char *id)
{
    const struct ana_measure *derived;
    int64_t n;

    for (int64_t i = 0; i < c->n_measures; i++)
        if (strcmp(c->measures[i].id, id) == 0)
            return c->measures[i].help;
    derived = ana_clip_measures(&n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(derived[i].id, id) == 0)
            return derived[i].help;
    return "";
}

/* "trained", or which control network or "random": that of the first space that is. */
static const char *name_variant(const struct ana_opened *opened,
                                const struct ana_planned *task)
{
    const char *name = "n/a";

    for (int64_t i = 0; i < task->comparison->n_x; i++) {
        const struct ana_features *f = task->class_->features[task->comparison->x[i]];
        const int64_t number = f->variants[task->variant[i]].model;
        const struct ana_study_model *model =
            number >= 0 ? &opened->study->models[number] : NULL;

        if (model && model->twin_of >= 0)
            return model->variant;
        if (model && (i == 0 || strcmp(model->variant, "trained") != 0))
            name = model->variant;
    }
    return name;
}

/* What all blocks of one y of a task have in common. */
static int name_block(struct ana_gather *g, const struct ana_opened *opened,
                      const struct ana_planned *task, const struct ana_planned_y *y,
                      struct ana_score_block *block)
{
    const struct ana_study_comparison *c = task->comparison;
    const struct ana_features *const first = task->class_->features[c->x[0]];
    const struct ana_recording *recording = &opened->recordings[y->recording];
    const struct ana_variant *v = &first->variants[task->variant[0]];
    const struct ana_layer *layer = v->model >= 0 && v->layer >= 0
                                        ? &opened->models[v->model].info.layers[v->layer]
                                        : NULL;
    const char *features = first->study->name;

    for (int64_t i = 1; features && i < c->n_x; i++)
        features = ana_arena_format(&g->arena, "%s + %s", features,
                                    task->class_->features[c->x[i]]->study->name);
    if (!features)
        return ANA_ERESOURCE;
    *block = (struct ana_score_block){
        .comparison = opened->study->comparisons[y->comparison].name,
        .subject = recording->study->subject ? recording->study->subject : "n/a",
        .brain = recording->study->name,
        .features = features,
        .model = ana_variant_model(opened, v),
        .variant = name_variant(opened, task),
        .layer = ana_variant_layer(opened, v),
        .branch = layer && layer->branch ? layer->branch : "",
        .depth = layer ? layer->depth : (double)NAN,
        .metric = opened->study->metrics[c->metric].plugin->id,
        .lag = (double)NAN,
        .n_rows = task->class_->rows->n_rows,
        .targets = recording->info.targets,
        .ceiling_note =
            ana_recording_has_repeats(recording) ? unused_repeats : no_ceiling,
    };
    return 0;
}

/* Targets without any score are named: what does not move in a test part, or a test part
 * of one row, has no correlation. */
static void warn_unscored(struct ana_ctx *ctx, const struct ana_score_block *block)
{
    enum { MOST_NAMED = 5 };
    const char *names[MOST_NAMED];
    int64_t n = 0, most = 0;
    char *list;

    for (int64_t v = 0; v < block->n_targets; v++) {
        if (!isnan(block->score[v]))
            continue;
        if (n < MOST_NAMED)
            names[n] =
                block->target_names ? block->target_names[v] : block->targets[v].name;
        n++;
    }
    if (n == 0)
        return;
    for (int64_t f = 0; f < block->n_folds; f++)
        most = block->fold_rows[f] > most ? block->fold_rows[f] : most;
    list = ana_text_list(names, n < MOST_NAMED ? n : MOST_NAMED, MOST_NAMED);
    ana_warn(ctx, "%s, %s: %lld of %lld targets have no score: %s%s; %s",
             block->comparison, block->measure, (long long)n, (long long)block->n_targets,
             list ? list : "", n > MOST_NAMED ? ", ..." : "",
             most == 1 ? "every test part is a single row; make fewer folds"
                       : "a target that does not move in a test part has none there");
    free(list);
}

static int gather_tables(struct ana_ctx *ctx, struct ana_gather *g,
                         const struct ana_planned *task, const struct ana_collector *c,
                         const struct ana_score_block *common)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < c->n_tables; i++) {
        const struct ana_out_table *t = &c->tables[i];
        struct ana_score_block *block;

        rc = make_room(g, &g->blocks, g->results.n_blocks, sizeof *g->blocks);
        if (rc != 0)
            break;
        block = &g->blocks[g->results.n_blocks];
        *block = *common;
        block->measure = ana_arena_strdup(&g->arena, t->measure);
        block->part = ana_arena_strdup(&g->arena, t->part);
        block->measure_help = ana_arena_strdup(&g->arena, measure_help(c, t->measure));
        block->primary = strcmp(t->measure, c->measures[0].id) == 0;
        block->pooled = t->pooled;
        block->lag = t->lag;
        if (!block->measure || !block->part || !block->measure_help)
            return ANA_ERESOURCE;
        if (t->pooled) {
            const char **names = ana_arena_alloc(&g->arena, t->n_targets, sizeof *names);

            for (int64_t k = 0; names && k < t->n_targets; k++)
                names[k] = ana_arena_strdup(&g->arena, t->names[k]);
            block->targets = NULL;
            block->target_names = names;
        }
        rc = summarise(ctx, g, t, task->class_->folds->fold, block);
        if (rc == 0 && block->primary)
            warn_unscored(ctx, block);
        if (rc == 0)
            g->results.n_blocks++;
    }
    return rc;
}

static int gather_choices(struct ana_gather *g, const struct ana_collector *c,
                          const struct ana_score_block *common)
{
    const int64_t cells = c->n_folds * c->n_targets;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < c->n_choices; i++) {
        double *values = ana_arena_alloc(&g->arena, cells, sizeof *values);

        rc = values ? make_room(g, &g->choices, g->results.n_choices, sizeof *g->choices)
                    : ANA_ERESOURCE;
        if (rc != 0)
            break;
        memcpy(values, c->choices[i].values, (size_t)cells * sizeof *values);
        g->choices[g->results.n_choices++] = (struct ana_choice_block){
            common->comparison,
            common->brain,
            common->features,
            ana_arena_format(&g->arena, "%s %s", common->model, common->layer),
            common->metric,
            ana_arena_strdup(&g->arena, c->choices[i].name),
            c->n_folds,
            c->n_targets,
            values};
    }
    return rc;
}

/* Arrays stay where they are: the blob that they point into goes with them. */
static int gather_arrays(struct ana_gather *g, struct ana_result *result,
                         const struct ana_score_block *common)
{
    const struct ana_collector *c = result->collector;
    int rc = c->n_arrays > 0 ? make_room(g, &g->blobs, g->n_blobs, sizeof *g->blobs) : 0;

    if (rc != 0 || c->n_arrays == 0)
        return rc;
    g->blobs[g->n_blobs++] = result->blob;
    memset(&result->blob, 0, sizeof result->blob);
    for (int64_t i = 0; rc == 0 && i < c->n_arrays; i++) {
        const struct ana_out_array *a = &c->arrays[i];
        struct ana_array_block *block;

        rc = make_room(g, &g->arrays, g->results.n_arrays, sizeof *g->arrays);
        if (rc != 0)
            break;
        block = &g->arrays[g->results.n_arrays];
        *block = (struct ana_array_block){common->comparison,
                                          common->subject,
                                          common->brain,
                                          common->features,
                                          common->model,
                                          common->variant,
                                          common->layer,
                                          common->metric,
                                          ana_arena_strdup(&g->arena, a->name),
                                          ana_arena_strdup(&g->arena, a->help),
                                          a->targets ? c->n_targets : 0,
                                          a->targets ? common->targets : NULL,
                                          {.size = 0}};
        if (!block->name || !block->help)
            return ANA_ERESOURCE;
        ana_tensor_ref(&a->values, &block->values);
        g->results.n_arrays++;
    }
    return rc;
}

/* Counters of all layers of a comparison are added up; notes are kept once. */
static int gather_words(struct ana_gather *g, const struct ana_collector *c,
                        const struct ana_score_block *common)
{
    for (int64_t i = 0; i < c->n_counters; i++) {
        int64_t k = 0;

        while (k < g->results.n_counters &&
               (strcmp(g->counters[k].comparison, common->comparison) != 0 ||
                strcmp(g->counters[k].metric, common->metric) != 0 ||
                strcmp(g->counters[k].what, c->counters[i].what) != 0))
            k++;
        if (k == g->results.n_counters) {
            if (make_room(g, &g->counters, k, sizeof *g->counters) != 0)
                return ANA_ERESOURCE;
            g->counters[k] = (struct ana_counter){
                common->comparison, common->metric,
                ana_arena_strdup(&g->arena, c->counters[i].what), 0, 0};
            g->results.n_counters++;
        }
        g->counters[k].n += c->counters[i].n;
        g->counters[k].of += c->counters[i].of;
    }
    for (int64_t i = 0; i < c->n_notes; i++) {
        int64_t k = 0;

        while (k < g->results.n_notes &&
               (strcmp(g->notes[k].comparison, common->comparison) != 0 ||
                strcmp(g->notes[k].text, c->notes[i]) != 0))
            k++;
        if (k < g->results.n_notes)
            continue;
        if (make_room(g, &g->notes, k, sizeof *g->notes) != 0)
            return ANA_ERESOURCE;
        g->notes[k] = (struct ana_note){common->comparison, common->metric,
                                        ana_arena_strdup(&g->arena, c->notes[i])};
        g->results.n_notes++;
    }
    return 0;
}

int ana_gather_result(struct ana_ctx *ctx, struct ana_gather *g,
                      const struct ana_opened *opened, const struct ana_planned *task,
                      int64_t i, struct ana_result *result)
{
    struct ana_score_block common;
    int rc = name_block(g, opened, task, &task->y[i], &common);

    if (rc == 0)
        rc = gather_tables(ctx, g, task, result->collector, &common);
    if (rc == 0)
        rc = gather_choices(g, result->collector, &common);
    if (rc == 0)
        rc = gather_arrays(g, result, &common);
    if (rc == 0)
        rc = gather_words(g, result->collector, &common);
    return rc;
}

static int add_text(struct ana_gather *g, const char ***list, int64_t *n,
                    const char *text)
{
    int rc = make_room(g, list, *n, sizeof **list);

    if (rc != 0)
        return rc;
    (*list)[*n] = ana_arena_strdup(&g->arena, text);
    if (!(*list)[*n])
        return ANA_ERESOURCE;
    ++*n;
    return 0;
}

int ana_gather_failure(struct ana_gather *g, const char *sentence)
{
    return add_text(g, &g->failures, &g->results.n_failures, sentence);
}

int ana_gather_method(struct ana_gather *g, const char *sentence)
{
    for (int64_t i = 0; i < g->results.n_methods; i++)
        if (strcmp(g->methods[i], sentence) == 0)
            return 0;
    return add_text(g, &g->methods, &g->results.n_methods, sentence);
}

int ana_gather_reference(struct ana_gather *g, const char *work, int64_t *number)
{
    for (int64_t i = 0; i < g->results.n_references; i++)
        if (strcmp(g->references[i], work) == 0) {
            *number = i + 1;
            return 0;
        }
    *number = g->results.n_references + 1;
    return add_text(g, &g->references, &g->results.n_references, work);
}

int ana_gather_stamp(struct ana_gather *g, const char *sentence)
{
    const char *before = g->results.stamp;

    if (before && strstr(before, sentence))
        return 0;
    g->results.stamp = before && before[0]
                           ? ana_arena_format(&g->arena, "%s %s", before, sentence)
                           : ana_arena_strdup(&g->arena, sentence);
    return g->results.stamp ? 0 : ANA_ERESOURCE;
}

int ana_gather_input(struct ana_gather *g, const char *path)
{
    for (int64_t i = 0; i < g->results.n_inputs; i++)
        if (strcmp(g->inputs[i], path) == 0)
            return 0;
    return add_text(g, &g->inputs, &g->results.n_inputs, path);
}

int ana_gather_plugin(struct ana_gather *g, const struct ana_plugin *plugin,
                      const char *path, const char *params)
{
    const int64_t n = g->results.n_plugins;

    for (int64_t i = 0; i < n; i++)
        if (g->plugins[i] == plugin && strcmp(g->plugin_params[i], params) == 0)
            return 0;
    if (make_room(g, &g->plugins, n, sizeof *g->plugins) != 0 ||
        make_room(g, &g->plugin_paths, n, sizeof *g->plugin_paths) != 0 ||
        make_room(g, &g->plugin_params, n, sizeof *g->plugin_params) != 0)
        return ANA_ERESOURCE;
    g->plugins[n] = plugin;
    g->plugin_paths[n] = ana_arena_strdup(&g->arena, path);
    g->plugin_params[n] = ana_arena_strdup(&g->arena, params);
    g->results.n_plugins = n + 1;
    return g->plugin_paths[n] && g->plugin_params[n] ? 0 : ANA_ERESOURCE;
}

const struct ana_results *ana_gather_results(struct ana_gather *g)
{
    g->results.blocks = g->blocks;
    g->results.choices = g->choices;
    g->results.arrays = g->arrays;
    g->results.counters = g->counters;
    g->results.notes = g->notes;
    g->results.failures = g->failures;
    g->results.methods = g->methods;
    g->results.references = g->references;
    g->results.inputs = g->inputs;
    g->results.plugins = g->plugins;
    g->results.plugin_paths = g->plugin_paths;
    g->results.plugin_params = g->plugin_params;
    return &g->results;
}
