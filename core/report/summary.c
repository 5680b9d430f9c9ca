/* SPDX-License-Identifier: BSD-3-Clause
 *
 * summary.json: one object a comparison x recording x layer x measure with the median
 * over targets (of each target's median over folds), its quartiles and what is n/a; the
 * best layers; the index of arrays/; counters, notes, warnings, failures.
 */
#include <math.h>

#include "config.h"
#include "report/escape.h"
#include "report/json.h"
#include "report/panels.h"
#include "report/series_halves.h"
#include "report/store.h"
#include "report/warnings.h"

static void set_place(json_t *object, const struct ana_score_block *b, int *failed)
{
    ana_json_name(object, "comparison", b->comparison, failed);
    ana_json_name(object, "subject", b->subject, failed);
    ana_json_name(object, "brain", b->brain, failed);
    ana_json_name(object, "metric", b->metric, failed);
    ana_json_name(object, "measure", b->measure, failed);
    ana_json_name(object, "part", b->part, failed);
    ana_json_real(object, "lag", b->lag, failed);
}

static void set_layer(json_t *object, const struct ana_score_block *b, int *failed)
{
    ana_json_name(object, "features", b->features, failed);
    ana_json_name(object, "model", b->model, failed);
    ana_json_name(object, "variant", b->variant, failed);
    ana_json_name(object, "layer", b->layer, failed);
}

static void set_array(json_t *object, const char *name, int *failed)
{
    ana_json_set(object, "array", json_sprintf("arrays/%s.npy", name), failed);
}

static json_t *score_object(const struct ana_score_block *b,
                            const struct ana_spread *spread, const char *array,
                            int *failed)
{
    json_t *object = json_object();

    set_place(object, b, failed);
    set_layer(object, b, failed);
    set_array(object, array, failed);
    ana_json_name(object, "branch", b->branch, failed);
    ana_json_real(object, "depth", b->depth, failed);
    ana_json_text(object, "measure_help", b->measure_help, failed);
    ana_json_set(object, "primary", json_boolean(b->primary), failed);
    ana_json_set(object, "pooled", json_boolean(b->pooled), failed);
    ana_json_count(object, "n_rows", b->n_rows, failed);
    ana_json_count(object, "n_folds", b->n_folds, failed);
    ana_json_count(object, "n_targets", b->n_targets, failed);
    ana_json_count(object, "n_na", spread->n_na, failed);
    ana_json_real(object, "median", spread->median, failed);
    ana_json_real(object, "q1", spread->q1, failed);
    ana_json_real(object, "q3", spread->q3, failed);
    ana_json_real(object, "min", spread->low, failed);
    ana_json_real(object, "max", spread->high, failed);
    return object;
}

static int set_ceiling(struct ana_ctx *ctx, json_t *object,
                       const struct ana_score_block *b, int *failed)
{
    struct ana_spread spread = {.median = (double)NAN};

    if (b->ceiling && ana_spread_of(ctx, b->n_targets, b->ceiling, &spread) != 0)
        return ANA_ERESOURCE;
    ana_json_real(object, "ceiling", spread.median, failed);
    ana_json_name(object, "ceiling_note", b->ceiling_note, failed);
    return 0;
}

static int add_scores(struct ana_ctx *ctx, const struct ana_results *results,
                      const struct ana_names *names, json_t *root, int *failed)
{
    json_t *list = json_array();

    ana_json_set(root, "scores", list, failed);
    for (int64_t b = 0; b < results->n_blocks; b++) {
        const struct ana_score_block *block = &results->blocks[b];
        struct ana_spread spread;
        json_t *object;

        if (ana_spread_of(ctx, block->n_targets, block->score, &spread) != 0)
            return ANA_ERESOURCE;
        object = score_object(block, &spread, names->taken[b], failed);
        ana_json_append(list, object, failed);
        if (*failed || set_ceiling(ctx, object, block, failed) != 0)
            return ANA_ERESOURCE;
    }
    return 0;
}

static json_t *best_object(const struct ana_panel *panel, const struct ana_series *series,
                           const int64_t *peaks, int *failed)
{
    const struct ana_point *point = &series->points[series->best];
    json_t *object = json_object(), *counts = json_array();

    set_place(object, point->block, failed);
    set_layer(object, point->block, failed);
    ana_json_real(object, "median", point->spread.median, failed);
    ana_json_real(object, "relative_depth", ana_series_depth(series, series->best),
                  failed);
    ana_json_count(object, "n_layers", series->n, failed);
    ana_json_set(object, "best_of_comparison",
                 json_boolean(series == &panel->series[panel->best]), failed);
    for (int64_t i = 0; i < series->n; i++)
        ana_json_append(counts,
                        json_pack("{s:o, s:I}", "layer",
                                  ana_json_string(series->points[i].block->layer), "n",
                                  (json_int_t)peaks[i]),
                        failed);
    ana_json_set(object, "targets_peaking", counts, failed);
    return object;
}

/* Targets that peak at each layer of series s; peaks has n_points places. */
static int count_peaks(struct ana_ctx *ctx, const struct ana_panel *panel, int64_t s,
                       int64_t *peaks)
{
    int64_t *place = ana_alloc(ctx, panel->key->n_targets, sizeof *place), first = 0;

    if (!place)
        return ANA_ERESOURCE;
    for (int64_t before = 0; before < s; before++)
        first += panel->series[before].n;
    for (int64_t i = 0; i < panel->series[s].n; i++)
        peaks[i] = 0;
    ana_panel_peaks(panel, s, place);
    for (int64_t t = 0; t < panel->key->n_targets; t++)
        if (place[t] >= 0)
            peaks[place[t] - first]++;
    ana_free(ctx, place);
    return 0;
}

static int add_best_of_panel(struct ana_ctx *ctx, const struct ana_panel *panel,
                             json_t *list, int *failed)
{
    int64_t *peaks = ana_alloc(ctx, panel->n_points, sizeof *peaks);
    int rc = peaks ? 0 : ANA_ERESOURCE;

    for (int64_t s = 0; rc == 0 && s < panel->n_series; s++) {
        if (panel->series[s].best < 0)
            continue;
        rc = count_peaks(ctx, panel, s, peaks);
        if (rc == 0) {
            json_t *object = best_object(panel, &panel->series[s], peaks, failed);

            ana_json_append(list, object, failed);
            if (!*failed)
                rc = ana_series_halves_json(ctx, &panel->series[s], object, failed);
        }
    }
    ana_free(ctx, peaks);
    return rc;
}

static int add_best(struct ana_ctx *ctx, const struct ana_results *results, json_t *root,
                    int *failed)
{
    struct ana_panels *panels;
    json_t *list = json_array();
    int rc = ana_panels_create(ctx, results, &panels);

    ana_json_set(root, "best", list, failed);
    for (int64_t p = 0; rc == 0 && p < panels->n; p++)
        rc = add_best_of_panel(ctx, &panels->panels[p], list, failed);
    ana_panels_destroy(ctx, panels);
    return rc;
}

static void add_choices(const struct ana_results *results, const struct ana_names *names,
                        json_t *root, int *failed)
{
    json_t *list = json_array();

    ana_json_set(root, "choices", list, failed);
    for (int64_t i = 0; i < results->n_choices; i++) {
        const struct ana_choice_block *c = &results->choices[i];
        json_t *object = json_object();

        ana_json_name(object, "comparison", c->comparison, failed);
        ana_json_name(object, "brain", c->brain, failed);
        ana_json_name(object, "features", c->features, failed);
        ana_json_name(object, "layer", c->layer, failed);
        ana_json_name(object, "metric", c->metric, failed);
        ana_json_name(object, "name", c->name, failed);
        ana_json_count(object, "n_folds", c->n_folds, failed);
        ana_json_count(object, "n_targets", c->n_targets, failed);
        set_array(object, names->taken[results->n_blocks + i], failed);
        ana_json_append(list, object, failed);
    }
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
    for (int64_t i = 0; i < n; i++)
        ana_json_append(list,
                        json_pack("{s:o, s:I}", "text", ana_json_string(warnings[i].text),
                                  "count", (json_int_t)warnings[i].count),
                        failed);
    ana_free(ctx, warnings);
    return 0;
}

static void add_remarks(const struct ana_results *results, json_t *root, int *failed)
{
    json_t *counters = json_array(), *notes = json_array();
    json_t *failures = json_array(), *methods = json_array();

    ana_json_set(root, "counters", counters, failed);
    ana_json_set(root, "notes", notes, failed);
    ana_json_set(root, "failures", failures, failed);
    ana_json_set(root, "methods", methods, failed);
    for (int64_t i = 0; i < results->n_counters; i++) {
        const struct ana_counter *c = &results->counters[i];
        json_t *object = json_object();

        ana_json_name(object, "comparison", c->comparison, failed);
        ana_json_name(object, "metric", c->metric, failed);
        ana_json_text(object, "what", c->what, failed);
        ana_json_count(object, "n", c->n, failed);
        ana_json_count(object, "of", c->of, failed);
        ana_json_append(counters, object, failed);
    }
    for (int64_t i = 0; i < results->n_notes; i++) {
        json_t *object = json_object();

        ana_json_name(object, "comparison", results->notes[i].comparison, failed);
        ana_json_name(object, "metric", results->notes[i].metric, failed);
        ana_json_text(object, "text", results->notes[i].text, failed);
        ana_json_append(notes, object, failed);
    }
    for (int64_t i = 0; i < results->n_failures; i++)
        ana_json_append(failures, ana_json_string(results->failures[i]), failed);
    for (int64_t i = 0; i < results->n_methods; i++)
        ana_json_append(methods, ana_json_string(results->methods[i]), failed);
}

int ana_summary_write(struct ana_ctx *ctx, const struct ana_results *results,
                      const struct ana_names *names)
{
    json_t *root = json_object();
    int failed = 0, rc;

    ana_json_text(root, "anaflow", PACKAGE_VERSION, &failed);
    ana_json_text(root, "study", results->study, &failed);
    ana_json_text(root, "status", results->status, &failed);
    ana_json_text(root, "stamp", results->stamp, &failed);
    /* As text: JSON's numbers end at 2^53 for most readers, seeds at 2^64. */
    ana_json_set(root, "seed", json_sprintf("%llu", (unsigned long long)results->seed),
                 &failed);
    ana_json_text(
        root, "array_axes",
        "folds x targets, float64, NaN = n/a; folds and targets as in scores.tsv",
        &failed);
    rc = add_scores(ctx, results, names, root, &failed);
    if (rc == 0)
        rc = add_best(ctx, results, root, &failed);
    if (rc == 0)
        rc = add_warnings(ctx, results, root, &failed);
    add_choices(results, names, root, &failed);
    ana_arrays_summary(results, names, root, &failed);
    add_remarks(results, root, &failed);
    return ana_json_write(ctx, results->folder, "summary.json", root, failed || rc != 0);
}
