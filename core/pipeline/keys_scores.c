/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a score depends on: the metric, the x side with its rows and folds, and the
 * recording that it predicts.
 */
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "pipeline/keys.h"

static void integers(struct ana_text *text, const char *name, int64_t n,
                     const int64_t *values)
{
    ana_text_add(text, "%s = %lld %s\n", name, (long long)n,
                 ana_hash_bytes(values, n * (int64_t)sizeof *values).hex);
}

/* A variable, or a file beside the data: its content counts, then. */
static int named_lines(struct ana_ctx *ctx, struct ana_keys *keys, const char *label,
                       const char *value, struct ana_text *text)
{
    const char *colon = value ? strrchr(value, ':') : NULL;
    struct ana_file_sign sign;
    char *path;
    int rc = 0;

    if (!value)
        return 0;
    if (ana_file_sign(value, &sign))
        return ana_keys_files(ctx, keys, value, text);
    path = colon ? ana_strdup(ctx, value) : NULL;
    if (colon && !path)
        return ANA_ERESOURCE;
    if (path)
        path[colon - value] = 0;
    if (path && ana_file_sign(path, &sign)) {
        rc = ana_keys_files(ctx, keys, path, text);
        value = colon;
    }
    ana_text_add(text, "%s = %s\n", label, value);
    ana_free(ctx, path);
    return rc;
}

static int source_lines(struct ana_ctx *ctx, struct ana_keys *keys,
                        const struct ana_source *s, struct ana_text *text)
{
    char label[64];
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < s->n_files; i++)
        rc = ana_keys_files(ctx, keys, s->files[i], text);
    ana_text_add(text, "variable = %s * %s\nrate = %.17g Hz\n",
                 s->var.name ? s->var.name : "", s->var.times ? s->var.times : "",
                 s->rate);
    if (rc == 0)
        rc = named_lines(ctx, keys, "file of the variable", s->var.file, text);
    if (rc == 0)
        rc = named_lines(ctx, keys, "cells", s->var.cells, text);
    for (int64_t a = 0; rc == 0 && a < s->var.n_axes; a++) {
        ana_text_add(text, "axis %lld = %s\n", (long long)a, s->var.axis[a].name);
        snprintf(label, sizeof label, "names of axis %lld", (long long)a);
        rc = named_lines(ctx, keys, label, s->var.axis[a].names, text);
    }
    return rc;
}

/* Keys that count through what they name, or that only results speak of. */
static const char *const brain_keys[] = {
    "plugin",   "data",   "subject", "onset", "prepare",
    "stimulus", "events", "bids",    "shown", "electrodes-space"};

/* What the reader found beside its source by means of its own. */
static int beside_lines(struct ana_ctx *ctx, struct ana_keys *keys, int64_t number,
                        struct ana_text *text)
{
    const struct ana_recording *r = &keys->opened->recordings[number];
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < r->info.n_files; i++)
        rc = ana_keys_files(ctx, keys, r->info.files[i], text);
    return rc;
}

/* What a BIDS dataset says of the runs. */
static int run_lines(struct ana_ctx *ctx, struct ana_keys *keys,
                     const struct ana_study_brain *b, struct ana_text *text)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < b->n_runs; i++) {
        const struct ana_study_run *run = &b->runs[i];

        ana_text_add(text, "run %s of %s\n", run->name, run->subject);
        for (int64_t s = 0; s < run->n_shown; s++)
            ana_text_add(text, "shown at %.17g s for %.17g s\n", run->shown[s].onset,
                         run->shown[s].duration);
        if (run->channels)
            rc = ana_keys_files(ctx, keys, run->channels, text);
    }
    return rc;
}

static int recording_node(struct ana_ctx *ctx, struct ana_keys *keys, int64_t number,
                          const char **key)
{
    const struct ana_study_brain *b = &keys->opened->study->brains[number];
    struct ana_text text = {0};
    int rc;

    *key = ana_keys_recall(keys, b, "recording");
    if (*key)
        return 0;
    ana_text_add(&text, "name = %s\nonset = %.17g s\nnan = %d\n", b->name, b->onset,
                 b->nan);
    if (b->onset_event)
        ana_text_add(&text, "onset = event %s at %s to %s\n", b->onset_event,
                     b->onset_column ? b->onset_column : "",
                     b->onset_end ? b->onset_end : "");
    for (int64_t i = 0; i < b->n_prepare; i++)
        ana_text_add(&text, "prepare %lld = %s\n", (long long)i + 1, b->prepare[i]);
    rc = ana_keys_plugin(ctx, keys, b->plugin, b->params, &text);
    if (rc == 0)
        rc = source_lines(ctx, keys, &b->source, &text);
    for (int64_t i = 0; rc == 0 && i < b->n_events; i++)
        rc = ana_keys_files(ctx, keys, b->events[i], &text);
    if (rc == 0)
        rc = beside_lines(ctx, keys, number, &text);
    if (rc == 0)
        rc = ana_keys_seen(ctx, keys, &keys->opened->recordings[number].seen, &text);
    if (rc == 0)
        rc = run_lines(ctx, keys, b, &text);
    ana_keys_settings(keys, b->is_brain ? "brain" : "data", b->of, b->plugin,
                      sizeof brain_keys / sizeof *brain_keys, brain_keys, &text);
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, b, "recording", *key);
}

static int rows_node(struct ana_ctx *ctx, struct ana_keys *keys,
                     const struct ana_rows *rows, const char **key)
{
    struct ana_text text = {0};
    int rc;

    *key = ana_keys_recall(keys, rows, "rows");
    if (*key)
        return 0;
    ana_text_add(&text, "layout = %d\nrate = %.17g Hz\n", rows->layout, rows->rate);
    for (int64_t g = 0; g < rows->n_groups; g++)
        ana_text_add(&text, "rows of %s = %lld at %.17g s\n", rows->name[g],
                     (long long)rows->n[g], rows->start[g]);
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, rows, "rows", *key);
}

static void fold_lines(struct ana_text *text, const char *name,
                       const struct ana_fold *fold)
{
    char line[96];

    snprintf(line, sizeof line, "%s training rows", name);
    integers(text, line, fold->n_train, fold->train);
    snprintf(line, sizeof line, "%s test rows", name);
    integers(text, line, fold->n_test, fold->test);
    ana_text_add(text, "%s inner = %d %d %d %lld\n", name, fold->inner, fold->repeat,
                 fold->index, (long long)fold->n_inner);
}

static int folds_node(struct ana_ctx *ctx, struct ana_keys *keys,
                      const struct ana_folds *folds, const char **key)
{
    struct ana_text text = {0};
    char name[64];
    int rc;

    *key = ana_keys_recall(keys, folds, "folds");
    if (*key)
        return 0;
    ana_text_add(&text, "number of folds = %lld\n", (long long)folds->n);
    for (int64_t k = 0; k < folds->n; k++) {
        snprintf(name, sizeof name, "fold %lld", (long long)k + 1);
        fold_lines(&text, name, &folds->fold[k]);
        for (int64_t i = 0; i < folds->fold[k].n_inner; i++) {
            snprintf(name, sizeof name, "fold %lld.%lld", (long long)k + 1,
                     (long long)i + 1);
            fold_lines(&text, name, &folds->fold[k].inner_folds[i]);
        }
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, folds, "folds", *key);
}

/* One variant of a space: its settings and what it is made of. */
static int space_node(struct ana_ctx *ctx, struct ana_keys *keys,
                      const struct ana_class *c, const struct ana_features *f,
                      const struct ana_variant *v, const char **key)
{
    struct ana_text text = {0};
    const char *part;
    int rc = 0;

    ana_text_add(&text, "name = %s\nlayer = %s\nstandardise = %d\npca = %lld\n",
                 f->study->name, ana_variant_layer(keys->opened, v),
                 f->study->standardise, (long long)f->study->pca);
    ana_keys_features(keys, f->study->name, &text);
    ana_text_add(&text, "delays =");
    for (int64_t d = 0; d < f->n_delays; d++)
        ana_text_add(&text, " %lld", (long long)f->delays[d]);
    ana_text_add(&text, "\n");
    if (f->study->lag_mode == ANA_LAGS_EACH)
        ana_text_add(&text, "lag = each\n");
    for (int64_t w = 0; w < f->n_windows; w++)
        ana_text_add(&text, "window = %lld %lld\n", (long long)f->windows[2 * w],
                     (long long)f->windows[2 * w + 1]);
    for (int64_t t = 0; rc == 0 && t < v->n_traces; t++) {
        rc = ana_keys_trace(ctx, keys, c, f, v->model, v->traces[t], &part);
        if (rc == 0)
            ana_text_add(&text, "@activations %s %s = %s\n",
                         ana_variant_model(keys->opened, v), v->traces[t]->info->id,
                         part);
    }
    if (rc == 0 && v->model < 0) {
        rc = recording_node(ctx, keys, -1 - v->model, &part);
        ana_text_add(&text, "pool = %d\n@recording %s = %s\n", f->reduce,
                     ana_variant_model(keys->opened, v), rc == 0 ? part : "");
        for (int64_t g = 0; g < f->rows->n_groups; g++)
            ana_text_add(&text, "samples of %s = %lld from %lld\n", f->rows->name[g],
                         (long long)f->stretch[g].n, (long long)f->stretch[g].first);
    }
    if (rc == 0 && f->study->nuisance) {
        const int64_t number = f->rows->recording - keys->opened->recordings;

        rc = recording_node(ctx, keys, number, &part);
        ana_text_add(&text, "@nuisance of %s = %s\n", f->rows->recording->study->name,
                     rc == 0 ? part : "");
    }
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    return ana_keys_node(ctx, keys, &text, key);
}

static int metric_node(struct ana_ctx *ctx, struct ana_keys *keys,
                       const struct ana_study_metric *m, const char **key)
{
    struct ana_text text = {0};
    int rc;

    *key = ana_keys_recall(keys, m, "metric");
    if (*key)
        return 0;
    rc = ana_keys_plugin(ctx, keys, m->plugin, m->params, &text);
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    rc = ana_keys_node(ctx, keys, &text, key);
    return rc ? rc : ana_keys_remember(ctx, keys, m, "metric", *key);
}

int ana_keys_x(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_class *c,
               const struct ana_study_comparison *comparison, const int64_t *variant,
               int64_t n_targets, const char **key)
{
    const struct ana_study *study = keys->opened->study;
    const struct ana_study_metric *m = &study->metrics[comparison->metric];
    const char *metric, *rows = NULL, *folds = NULL, *space;
    struct ana_text text = {0};
    int rc = metric_node(ctx, keys, m, &metric);

    if (rc == 0)
        rc = rows_node(ctx, keys, c->rows, &rows);
    if (rc == 0)
        rc = folds_node(ctx, keys, c->folds, &folds);
    ana_text_add(&text, "seed = %llu\nlargest recording = %lld targets\n",
                 (unsigned long long)study->seed, (long long)n_targets);
    for (int64_t x = 0; rc == 0 && x < comparison->n_x; x++) {
        const struct ana_features *f = c->features[comparison->x[x]];

        rc = space_node(ctx, keys, c, f, &f->variants[variant[x]], &space);
        if (rc == 0)
            ana_text_add(&text, "@features %s = %s\n", f->study->name, space);
    }
    if (rc != 0) {
        ana_text_finish(&text);
        return rc;
    }
    ana_text_add(&text, "@metric %s = %s\n@rows = %s\n@folds = %s\n@program = %s\n",
                 m->plugin->id, metric, rows, folds, keys->program);
    return ana_keys_node(ctx, keys, &text, key);
}

int ana_keys_y(struct ana_ctx *ctx, struct ana_keys *keys, const char *x,
               int64_t recording, const struct ana_rows *rows, const char **key)
{
    const struct ana_study_brain *b = &keys->opened->study->brains[recording];
    struct ana_text text = {0};
    const char *y;
    int rc = recording_node(ctx, keys, recording, &y);

    if (rc != 0)
        return rc;
    ana_text_add(&text, "@x = %s\n@recording %s = %s\n", x, b->name, y);
    integers(&text, "order of rows", rows->n_groups, rows->unit);
    return ana_keys_node(ctx, keys, &text, key);
}
