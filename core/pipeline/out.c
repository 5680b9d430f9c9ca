/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The receiving end of a metric: scores, choices, counters and notes of one y, each
 * checked against what the metric promised before it is kept.
 */
#include "pipeline/out.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

static int copy_measures(struct ana_ctx *ctx, struct ana_collector *c,
                         const struct ana_metric_plan *plan)
{
    c->measures = ana_alloc(ctx, plan->n_measures, sizeof *c->measures);
    if (!c->measures)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < plan->n_measures; i++) {
        const char *help = plan->measures[i].help;

        c->n_measures = i + 1;
        c->measures[i].id = ana_strdup(ctx, plan->measures[i].id);
        c->measures[i].help = ana_strdup(ctx, help ? help : "");
        if (!c->measures[i].id || !c->measures[i].help)
            return ANA_ERESOURCE;
    }
    return 0;
}

int ana_collector_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                         const struct ana_metric_plan *plan, int64_t n_targets,
                         struct ana_collector **out)
{
    struct ana_collector *c = ana_alloc(ctx, 1, sizeof *c);

    *out = c;
    if (!c)
        return ANA_ERESOURCE;
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        ana_free(ctx, c);
        *out = NULL;
        return ana_fail(ctx, ANA_ERESOURCE, "the system has no lock to give");
    }
    c->problem = problem;
    c->plan = plan;
    c->n_targets = n_targets;
    c->n_folds = problem ? problem->n_folds : 0;
    if (!plan || copy_measures(ctx, c, plan) == 0)
        return 0;
    ana_collector_destroy(ctx, c);
    *out = NULL;
    return ANA_ERESOURCE;
}

static void free_table(struct ana_ctx *ctx, struct ana_out_table *table)
{
    for (int64_t i = 0; table->names && i < table->n_targets; i++)
        ana_free(ctx, table->names[i]);
    ana_free(ctx, table->names);
    ana_free(ctx, table->measure);
    ana_free(ctx, table->part);
    ana_free(ctx, table->score);
    ana_free(ctx, table->seen);
}

void ana_collector_destroy(struct ana_ctx *ctx, struct ana_collector *c)
{
    if (!c)
        return;
    for (int64_t i = 0; i < c->n_tables; i++)
        free_table(ctx, &c->tables[i]);
    for (int64_t i = 0; i < c->n_choices; i++) {
        ana_free(ctx, c->choices[i].name);
        ana_free(ctx, c->choices[i].values);
    }
    for (int64_t i = 0; i < c->n_counters; i++)
        ana_free(ctx, c->counters[i].what);
    for (int64_t i = 0; i < c->n_notes; i++)
        ana_free(ctx, c->notes[i]);
    for (int64_t i = 0; i < c->n_arrays; i++)
        ana_out_array_finish(ctx, &c->arrays[i]);
    ana_free(ctx, c->arrays);
    for (int64_t i = 0; i < c->n_measures; i++) {
        ana_free(ctx, (void *)(uintptr_t)c->measures[i].id);
        ana_free(ctx, (void *)(uintptr_t)c->measures[i].help);
    }
    ana_free(ctx, c->measures);
    ana_free(ctx, c->tables);
    ana_free(ctx, c->choices);
    ana_free(ctx, c->counters);
    ana_free(ctx, c->notes);
    pthread_mutex_destroy(&c->lock);
    ana_free(ctx, c);
}

/* A list with one zeroed item more. */
static void *grow(struct ana_ctx *ctx, void *list, int64_t n, size_t size)
{
    char *grown = ana_alloc(ctx, n + 1, size);

    if (!grown)
        return NULL;
    if (n > 0)
        memcpy(grown, list, (size_t)n * size);
    ana_free(ctx, list);
    return grown;
}

static int check_measure(struct ana_ctx *ctx, const struct ana_collector *c,
                         const char *measure)
{
    for (int64_t i = 0; i < c->plan->n_measures; i++)
        if (strcmp(c->plan->measures[i].id, measure) == 0)
            return 0;
    return ana_fail(ctx, ANA_EPLUGIN,
                    "the metric scored '%s', which its plan does not name", measure);
}

static int check_fold(struct ana_ctx *ctx, const struct ana_collector *c, int64_t fold)
{
    if (fold >= -1 && fold < c->problem->n_folds)
        return 0;
    return ana_fail(ctx, ANA_EPLUGIN, "the metric scored fold %lld of %lld",
                    (long long)fold, (long long)c->problem->n_folds);
}

static int check_targets(struct ana_ctx *ctx, const struct ana_collector *c,
                         int64_t first, int64_t n)
{
    if (first >= 0 && n >= 0 && first <= c->n_targets && n <= c->n_targets - first)
        return 0;
    return ana_fail(ctx, ANA_EPLUGIN, "the metric scored targets %lld to %lld of %lld",
                    (long long)first, (long long)(first + n - 1),
                    (long long)c->n_targets);
}

/* Find or make a table. Called with the lock held. */
static struct ana_out_table *find_table(struct ana_ctx *ctx, struct ana_collector *c,
                                        const char *measure, const char *part, double lag,
                                        int pooled, int no_folds)
{
    struct ana_out_table *table, *grown;
    int64_t cells;

    for (int64_t i = 0; i < c->n_tables; i++) {
        table = &c->tables[i];
        if (table->pooled == pooled && table->no_folds == no_folds &&
            memcmp(&table->lag, &lag, sizeof lag) == 0 &&
            strcmp(table->measure, measure) == 0 && strcmp(table->part, part) == 0)
            return table;
    }
    grown = grow(ctx, c->tables, c->n_tables, sizeof *grown);
    if (!grown)
        return NULL;
    c->tables = grown;
    table = &grown[c->n_tables];
    table->pooled = pooled;
    table->no_folds = no_folds;
    table->lag = lag;
    table->n_folds = no_folds || c->problem->n_folds < 1 ? 1 : c->problem->n_folds;
    table->n_targets = pooled ? 0 : c->n_targets;
    cells = table->n_folds * table->n_targets;
    table->measure = ana_strdup(ctx, measure);
    table->part = ana_strdup(ctx, part);
    table->score = ana_alloc(ctx, cells, sizeof *table->score);
    table->seen = ana_alloc(ctx, cells, 1);
    if (!table->measure || !table->part || !table->score || !table->seen) {
        free_table(ctx, table);
        memset(table, 0, sizeof *table);
        return NULL;
    }
    for (int64_t i = 0; i < cells; i++)
        table->score[i] = (double)NAN;
    c->n_tables++;
    return table;
}

static int keep_score(struct ana_ctx *ctx, struct ana_out_table *table, int64_t fold,
                      int64_t target, double score)
{
    const int64_t at = (table->no_folds ? 0 : fold) * table->n_targets + target;

    if (isinf(score))
        return ana_fail(ctx, ANA_ENUMERIC,
                        "measure %s of target %lld in fold %lld is infinite",
                        table->measure, (long long)target, (long long)fold);
    if (table->seen[at])
        return ana_fail(ctx, ANA_EPLUGIN,
                        "the metric scored target %lld in fold %lld twice",
                        (long long)target, (long long)fold);
    table->seen[at] = 1;
    table->score[at] = score;
    return 0;
}

static int keep_scores(struct ana_ctx *ctx, struct ana_collector *c, const char *measure,
                       const char *part, double lag, int derived, int64_t fold,
                       int64_t first, int64_t n, const double *scores)
{
    struct ana_out_table *table;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    table = find_table(ctx, c, measure, part ? part : "", lag, 0, fold < 0);
    if (!table)
        rc = ANA_ERESOURCE;
    else
        table->derived = derived;
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = keep_score(ctx, table, fold, first + i, scores[i]);
    pthread_mutex_unlock(&c->lock);
    return rc;
}

int ana_out_lagged(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                   const char *part, double lag, int64_t fold, int64_t first, int64_t n,
                   const double *scores)
{
    int rc = check_measure(ctx, out->collector, measure);

    if (rc == 0)
        rc = check_fold(ctx, out->collector, fold);
    if (rc == 0)
        rc = check_targets(ctx, out->collector, first, n);
    if (rc == 0)
        rc = keep_scores(ctx, out->collector, measure, part, lag, 0, fold, first, n,
                         scores);
    return rc;
}

int ana_out_scores(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                   const char *part, int64_t fold, int64_t first, int64_t n,
                   const double *scores)
{
    return ana_out_lagged(ctx, out, measure, part, (double)NAN, fold, first, n, scores);
}

/* One more named column in a pooled table. Called with the lock held. */
static int add_column(struct ana_ctx *ctx, struct ana_out_table *table, const char *name)
{
    const int64_t n = table->n_targets, folds = table->n_folds;
    double *score = ana_alloc(ctx, folds * (n + 1), sizeof *score);
    uint8_t *seen = ana_alloc(ctx, folds * (n + 1), 1);
    char **names = grow(ctx, table->names, n, sizeof *names);
    char *copy = ana_strdup(ctx, name);

    if (names)
        table->names = names;
    if (!score || !seen || !names || !copy) {
        ana_free(ctx, score);
        ana_free(ctx, seen);
        ana_free(ctx, copy);
        return ANA_ERESOURCE;
    }
    for (int64_t f = 0; f < folds; f++) {
        for (int64_t i = 0; i < n; i++) {
            score[f * (n + 1) + i] = table->score[f * n + i];
            seen[f * (n + 1) + i] = table->seen[f * n + i];
        }
        score[f * (n + 1) + n] = (double)NAN;
    }
    ana_free(ctx, table->score);
    ana_free(ctx, table->seen);
    table->score = score;
    table->seen = seen;
    names[n] = copy;
    table->n_targets = n + 1;
    return 0;
}

int ana_out_pooled(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                   const char *part, int64_t fold, const char *targets, double score)
{
    struct ana_collector *c = out->collector;
    struct ana_out_table *table;
    int64_t column = 0;
    int rc = check_measure(ctx, c, measure);

    if (rc == 0)
        rc = check_fold(ctx, c, fold);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&c->lock);
    table = find_table(ctx, c, measure, part ? part : "", (double)NAN, 1, fold < 0);
    rc = table ? 0 : ANA_ERESOURCE;
    while (rc == 0 && column < table->n_targets &&
           strcmp(table->names[column], targets) != 0)
        column++;
    if (rc == 0 && column == table->n_targets)
        rc = add_column(ctx, table, targets);
    if (rc == 0)
        rc = keep_score(ctx, table, fold, column, score);
    pthread_mutex_unlock(&c->lock);
    return rc;
}

int ana_out_predictions(struct ana_ctx *ctx, struct ana_out *out, int64_t fold,
                        int64_t first, const struct ana_tensor *predictions)
{
    struct ana_collector *c = out->collector;
    const int64_t n = predictions->shape[1];
    const struct ana_measure *measures;
    struct ana_tensor y;
    int64_t n_measures;
    double *score;
    int rc = check_targets(ctx, c, first, n);

    if (rc != 0 || !c->problem->want_predictions)
        return rc;
    if (!out->tile || fold < 0 || fold >= c->problem->n_folds || predictions->ndim != 2 ||
        predictions->dtype != ANA_F64 || !ana_tensor_contiguous(predictions) ||
        predictions->shape[0] != c->problem->folds[fold].n_test ||
        first < out->tile->first || first + n > out->tile->first + out->tile->y.shape[1])
        return ana_fail(
            ctx, ANA_EPLUGIN,
            "the metric's predictions of fold %lld are not its test rows x the "
            "tile's targets in float64",
            (long long)fold);
    measures = ana_clip_measures(&n_measures);
    score = ana_alloc(ctx, n_measures * n, sizeof *score);
    if (!score)
        return ANA_ERESOURCE;
    y = out->tile->y;
    y.data = (double *)y.data + (first - out->tile->first) * y.strides[1];
    y.shape[1] = n;
    y.owner = NULL;
    rc = ana_clip_scores(ctx, c->problem, &c->problem->folds[fold], &y, predictions,
                         score);
    for (int64_t m = 0; rc == 0 && m < n_measures; m++)
        rc = keep_scores(ctx, c, measures[m].id, "", (double)NAN, 1, fold, first, n,
                         score + m * n);
    ana_free(ctx, score);
    return rc;
}

int ana_out_choice(struct ana_ctx *ctx, struct ana_out *out, const char *name,
                   int64_t fold, int64_t first, int64_t n, const double *values)
{
    struct ana_collector *c = out->collector;
    const int64_t cells = c->problem->n_folds * c->n_targets;
    struct ana_out_choice_table *table = NULL;
    int rc = check_targets(ctx, c, first, n);

    if (rc == 0)
        rc = fold < 0 ? ana_fail(ctx, ANA_EPLUGIN, "a choice needs its fold")
                      : check_fold(ctx, c, fold);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&c->lock);
    for (int64_t i = 0; i < c->n_choices; i++)
        if (strcmp(c->choices[i].name, name) == 0)
            table = &c->choices[i];
    if (!table && (table = grow(ctx, c->choices, c->n_choices, sizeof *table))) {
        c->choices = table;
        table += c->n_choices;
        table->name = ana_strdup(ctx, name);
        table->values = ana_alloc(ctx, cells, sizeof *table->values);
        if (table->name && table->values) {
            c->n_choices++;
            for (int64_t i = 0; i < cells; i++)
                table->values[i] = (double)NAN;
        } else {
            ana_free(ctx, table->name);
            ana_free(ctx, table->values);
            table = NULL;
        }
    }
    if (table)
        memcpy(table->values + fold * c->n_targets + first, values,
               (size_t)n * sizeof *values);
    pthread_mutex_unlock(&c->lock);
    return table ? 0 : ANA_ERESOURCE;
}

int ana_out_count(struct ana_ctx *ctx, struct ana_out *out, const char *what, int64_t n,
                  int64_t of)
{
    struct ana_collector *c = out->collector;
    struct ana_out_counter *counter = NULL;

    pthread_mutex_lock(&c->lock);
    for (int64_t i = 0; i < c->n_counters; i++)
        if (strcmp(c->counters[i].what, what) == 0)
            counter = &c->counters[i];
    if (!counter && (counter = grow(ctx, c->counters, c->n_counters, sizeof *counter))) {
        c->counters = counter;
        counter += c->n_counters;
        counter->what = ana_strdup(ctx, what);
        if (counter->what)
            c->n_counters++;
        else
            counter = NULL;
    }
    if (counter) {
        counter->n += n;
        counter->of += of;
    }
    pthread_mutex_unlock(&c->lock);
    return counter ? 0 : ANA_ERESOURCE;
}

int ana_out_note(struct ana_ctx *ctx, struct ana_out *out, const char *fmt, ...)
{
    struct ana_collector *c = out->collector;
    char text[1024], **grown;
    va_list args;
    int rc = 0;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pthread_mutex_lock(&c->lock);
    for (int64_t i = 0; i < c->n_notes; i++)
        if (strcmp(c->notes[i], text) == 0)
            goto done;
    grown = grow(ctx, c->notes, c->n_notes, sizeof *grown);
    if (grown) {
        c->notes = grown;
        grown[c->n_notes] = ana_strdup(ctx, text);
        if (grown[c->n_notes])
            c->n_notes++;
        else
            rc = ANA_ERESOURCE;
    } else {
        rc = ANA_ERESOURCE;
    }
done:
    pthread_mutex_unlock(&c->lock);
    return rc;
}

int ana_collector_complete(struct ana_ctx *ctx, const struct ana_collector *c)
{
    if (c->n_tables == 0)
        return ana_fail(ctx, ANA_EPLUGIN, "the metric ended without a single score");
    for (int64_t i = 0; i < c->n_tables; i++) {
        const struct ana_out_table *table = &c->tables[i];

        for (int64_t k = 0; k < table->n_folds * table->n_targets; k++)
            if (!table->seen[k])
                return ana_fail(ctx, ANA_EPLUGIN,
                                "the metric never scored %s of target %lld in fold %lld",
                                table->measure, (long long)(k % table->n_targets),
                                (long long)(k / table->n_targets));
    }
    return 0;
}
