/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The methods in words, from what was opened rather than from what was asked for.
 */
#include "pipeline/methods.h"

#include <string.h>

#include "base/text.h"
#include "plugin/params.h"

static const char *path_of(const struct ana_registry *registry,
                           const struct ana_plugin *plugin)
{
    const struct ana_plugin_entry *entries;
    const int64_t n = ana_registry_entries(registry, &entries);

    for (int64_t i = 0; i < n; i++)
        if (entries[i].plugin == plugin)
            return entries[i].path;
    return "";
}

/* Add a growing text as a sentence, and release it. */
static int add_sentence(struct ana_ctx *ctx, struct ana_gather *gather,
                        struct ana_text *text)
{
    int rc = text->failed || !text->data
                 ? ana_fail(ctx, ANA_ERESOURCE, "no memory for the report")
                 : ana_gather_method(gather, text->data);

    ana_text_finish(text);
    return rc;
}

static int describe_stimuli(struct ana_ctx *ctx, struct ana_gather *gather,
                            const struct ana_opened *opened)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < opened->study->n_stimuli; i++) {
        const struct ana_stimuli *s = opened->stimuli[i];
        double seconds = 0;
        struct ana_text text = {0};

        for (int64_t k = 0; k < s->n; k++) {
            seconds += s->item[k].duration;
            if (s->item[k].audio_path)
                rc = rc ? rc : ana_gather_input(gather, s->item[k].audio_path);
        }
        ana_text_add(&text, "Stimulus set %s holds %lld stimuli of %.1f s together.",
                     opened->study->stimuli[i].name, (long long)s->n, seconds);
        rc = rc ? rc : add_sentence(ctx, gather, &text);
        ana_text_finish(&text);
    }
    return rc;
}

static int describe_models(struct ana_ctx *ctx, struct ana_gather *gather,
                           const struct ana_registry *registry,
                           const struct ana_opened *opened)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < opened->study->n_models; i++) {
        const struct ana_study_model *m = &opened->study->models[i];
        struct ana_text text = {0};

        ana_text_add(&text, "Model %s is plugin %s %s with %lld layers%s%s.", m->name,
                     m->plugin->id, m->plugin->version,
                     (long long)opened->models[i].info.n_layers,
                     m->input >= 0 ? ", fed by model " : "",
                     m->input >= 0 ? opened->study->models[m->input].name : "");
        if (m->plugin->citation && m->plugin->citation[0])
            ana_text_add(&text, " Cite: %s.", m->plugin->citation);
        rc = add_sentence(ctx, gather, &text);
        if (rc == 0)
            rc = ana_gather_plugin(gather, m->plugin, path_of(registry, m->plugin),
                                   ana_params_text(m->params));
    }
    return rc;
}

static const char *layout_name(int32_t layout)
{
    return layout == ANA_LAYOUT_SERIES   ? "runs over time"
           : layout == ANA_LAYOUT_EPOCHS ? "trials over time"
                                         : "rows";
}

static int describe_recordings(struct ana_ctx *ctx, struct ana_gather *gather,
                               const struct ana_registry *registry,
                               const struct ana_opened *opened)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < opened->study->n_brains; i++) {
        const struct ana_study_brain *b = &opened->study->brains[i];
        const struct ana_recording *r = &opened->recordings[i];
        struct ana_text text = {0};

        ana_text_add(&text, "Recording %s has %lld targets in %lld %s", b->name,
                     (long long)r->info.n_targets, (long long)r->before.n_units,
                     layout_name(r->info.layout));
        if (r->before.rate > 0)
            ana_text_add(&text, " at %g Hz", r->before.rate);
        if (b->onset != 0)
            ana_text_add(&text, ", its clock moved by %g s", b->onset);
        for (int64_t k = 0; k < b->n_prepare; k++)
            ana_text_add(&text, "%s%s", k ? ", then " : "; prepared by ", b->prepare[k]);
        ana_text_add(&text, ". No repeats were read, so no noise ceiling is available.");
        rc = add_sentence(ctx, gather, &text);
        for (int64_t k = 0; rc == 0 && k < b->source.n_files; k++)
            rc = ana_gather_input(gather, b->source.files[k]);
        if (rc == 0)
            rc = ana_gather_plugin(gather, b->plugin, path_of(registry, b->plugin),
                                   ana_params_text(b->params));
    }
    return rc;
}

int ana_methods_study(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_registry *registry,
                      const struct ana_opened *opened)
{
    int rc = ana_gather_input(gather, opened->study->ini->path);

    if (rc == 0)
        rc = describe_stimuli(ctx, gather, opened);
    if (rc == 0)
        rc = describe_models(ctx, gather, registry, opened);
    if (rc == 0)
        rc = describe_recordings(ctx, gather, registry, opened);
    for (int64_t i = 0; rc == 0 && i < opened->study->n_metrics; i++) {
        const struct ana_study_metric *m = &opened->study->metrics[i];
        struct ana_text text = {0};

        ana_text_add(&text, "Metric %s is plugin %s %s: %s.", m->name, m->plugin->id,
                     m->plugin->version, m->plugin->summary);
        if (m->plugin->citation && m->plugin->citation[0])
            ana_text_add(&text, " Cite: %s.", m->plugin->citation);
        rc = add_sentence(ctx, gather, &text);
        if (rc == 0)
            rc = ana_gather_plugin(gather, m->plugin, path_of(registry, m->plugin),
                                   ana_params_text(m->params));
    }
    return rc;
}

static int describe_features(struct ana_ctx *ctx, struct ana_gather *gather,
                             const struct ana_features *f)
{
    static const char *const scaling[] = {
        "left as they are", "centred by the training rows' mean",
        "centred and divided by the training rows' mean and population SD"};
    struct ana_text text = {0};

    ana_text_add(&text, "Features %s: ", f->study->name);
    if (f->reduce == ANA_REDUCE_NONE)
        ana_text_add(
            &text, "samples on the recording's clock of %g Hz, silence around each sound",
            f->rows->rate);
    else
        ana_text_add(&text, "the mean over the samples centred inside each stimulus%s",
                     f->reduce == ANA_REDUCE_TIME_FREQUENCY ? " and over frequency" : "");
    if (f->n_delays > 1 || f->delays[0] != 0)
        ana_text_add(
            &text,
            "; %lld delays from %g to %g ms (positive: the past of the features), which "
            "never cross stimuli or runs",
            (long long)f->n_delays, 1e3 * (double)f->delays[0] / f->rows->rate,
            1e3 * (double)f->delays[f->n_delays - 1] / f->rows->rate);
    if (f->study->pca > 0)
        ana_text_add(&text, "; %lld principal components fitted on training rows",
                     (long long)f->study->pca);
    ana_text_add(
        &text, "; columns are %s (metrics that compare patterns take them as they are).",
        scaling[f->study->standardise]);
    return add_sentence(ctx, gather, &text);
}

static int describe_folds(struct ana_ctx *ctx, struct ana_gather *gather,
                          const struct ana_opened *opened, const struct ana_class *c)
{
    static const char *const inner[] = {"none", "folds of whole units (mean R2)",
                                        "leave-one-out (squared error)",
                                        "generalised cross-validation"};
    const struct ana_fold *fold = &c->folds->fold[0];
    struct ana_text text = {0};

    ana_text_add(&text, "Comparison");
    for (int64_t m = 0; m < c->n_members; m++)
        ana_text_add(&text, "%s %s", m ? "," : "",
                     opened->study->comparisons[c->comparison[m]].name);
    ana_text_add(
        &text,
        ": %lld %s in %lld groups; %lld splits into training and test, the first of "
        "%lld and %lld rows, drawn with seed %llu; inner choice by %s",
        (long long)c->rows->n_rows, "rows", (long long)c->rows->n_groups,
        (long long)c->folds->n, (long long)fold->n_train, (long long)fold->n_test,
        (unsigned long long)opened->study->seed, inner[fold->inner]);
    if (fold->inner == ANA_INNER_FOLDS)
        ana_text_add(&text, " (%lld)", (long long)fold->n_inner);
    ana_text_add(
        &text, ". Scores are the median over splits for each target, figures the median "
               "over targets.");
    return add_sentence(ctx, gather, &text);
}

int ana_methods_class(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_opened *opened, const struct ana_class *c)
{
    int rc = 0;

    for (int64_t f = 0; rc == 0 && f < opened->study->n_features; f++)
        if (c->features[f])
            rc = describe_features(ctx, gather, c->features[f]);
    if (rc == 0)
        rc = describe_folds(ctx, gather, opened, c);
    return rc;
}
