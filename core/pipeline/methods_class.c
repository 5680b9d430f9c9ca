/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The methods in words, for comparisons that share their rows: feature spaces, splits, and
 * what a score is.
 */
#include <string.h>

#include "pipeline/methods.h"
#include "pipeline/methods_words.h"
#include "report/escape.h"

/* "of each layer of coch and mod", "of the recording eeg". */
static void add_sources(struct ana_text *text, const struct ana_opened *opened,
                        const struct ana_study_features *f)
{
    ana_text_add(text, "%s",
                 f->from[0] < 0                            ? "of "
                 : f->layer == ANA_LAYER_ALL               ? "of all layers together of "
                 : f->layer == ANA_LAYER_SOME && f->layers ? "of the layers "
                                                           : "of each layer of ");
    if (f->from[0] >= 0 && f->layer == ANA_LAYER_SOME && f->layers)
        ana_text_add(text, "%s of ", f->layers);
    for (int64_t i = 0; i < f->n_from; i++)
        ana_words_item(text, i, f->n_from,
                       f->from[i] >= 0 ? opened->study->models[f->from[i]].name
                                       : opened->study->brains[-1 - f->from[i]].name);
}

static void add_delays(struct ana_text *text, const struct ana_features *f)
{
    const double first = 1e3 * (double)f->delays[0] / f->rows->rate;
    const double last = 1e3 * (double)f->delays[f->n_delays - 1] / f->rows->rate;

    if (f->n_delays == 1 && f->delays[0] == 0)
        return;
    if (f->n_delays == 1)
        ana_text_add(text, "; delayed by %g ms", first);
    else
        ana_text_add(text, "; at %lld delays from %g to %g ms%s", (long long)f->n_delays,
                     first, last,
                     f->study->lag_mode == ANA_LAGS_EACH ? ", each by itself"
                     : f->study->lag_mode == ANA_LAGS_TUNE
                         ? ", of which a window is chosen for each target"
                         : "");
    ana_text_add(text, " (positive: the past of the features; delays never cross stimuli "
                       "or runs)");
}

/* 1 if a metric of the study compares patterns and leaves the columns as they are. */
static int compares_patterns(const struct ana_study *study)
{
    for (int64_t m = 0; m < study->n_metrics; m++)
        if (study->metrics[m].plugin->metric &&
            study->metrics[m].plugin->metric->flags & ANA_METRIC_NO_DELAYS)
            return 1;
    return 0;
}

/* Whether the metrics of a study, or of a class of it, hold rows out: 1 = all, 0 = none of
 * them, -1 = some. c: the class, or NULL for the whole study. */
static int holds_out(const struct ana_study *study, const struct ana_class *c)
{
    const int64_t n = c ? c->n_members : study->n_comparisons;
    int64_t with = 0;

    for (int64_t i = 0; i < n; i++) {
        const struct ana_study_comparison *comparison =
            &study->comparisons[c ? c->comparison[i] : i];
        const struct ana_plugin *plugin = study->metrics[comparison->metric].plugin;

        with += plugin->metric && plugin->metric->flags & ANA_METRIC_NEEDS_FOLDS;
    }
    return with == n ? 1 : with == 0 ? 0 : -1;
}

static int describe_features(struct ana_ctx *ctx, struct ana_gather *gather,
                             const struct ana_opened *opened,
                             const struct ana_features *f)
{
    static const char *const scaling[] = {
        "were left as they are", "were centred by their mean over ",
        "were centred and divided by their population SD, both over "};
    static const char *const rows[] = {
        "the training rows, for metrics without folds over all rows", "all rows",
        "the training rows"};
    const int held = holds_out(opened->study, NULL);
    struct ana_text text = {0};

    ana_text_add(&text, "Feature space %s consists ", f->study->name);
    add_sources(&text, opened, f->study);
    if (f->reduce == ANA_REDUCE_NONE)
        ana_text_add(&text,
                     ": samples on the recording's clock of %g Hz, silence around each "
                     "stimulus",
                     f->rows->rate);
    else
        ana_text_add(&text, ": the mean over the samples centred inside each stimulus%s",
                     f->reduce == ANA_REDUCE_TIME_FREQUENCY ? " and over frequency" : "");
    if (f->study->kernel.kind == ANA_KERNEL_LANCZOS)
        ana_text_add(&text,
                     ", through a Lanczos kernel of %g lobes low-passed at that clock's "
                     "rate",
                     f->study->kernel.lobes);
    else if (f->study->kernel.kind != ANA_KERNEL_NONE)
        ana_text_add(&text, "; convolved with the haemodynamic response of %s",
                     f->study->kernel.kind == ANA_KERNEL_SPM ? "SPM" : "Glover (1999)");
    add_delays(&text, f);
    if (f->study->fit >= 0)
        ana_text_add(&text,
                     "; layers of more than %lld units were projected onto that many "
                     "principal components, fitted on the samples of the stimuli of set "
                     "%s, none of which is scored",
                     (long long)f->study->project,
                     opened->study->stimuli[f->study->fit].name);
    else if (f->study->project > 0)
        ana_text_add(&text,
                     "; layers of more than %lld units were projected onto that many "
                     "numbers by a sparse random matrix (Li et al. 2006)",
                     (long long)f->study->project);
    if (f->study->half)
        ana_text_add(&text, "; rounded to float16");
    if (f->study->nuisance)
        ana_text_add(&text, "; what the preparation of the recording projects out of a "
                            "run was projected out of the features of that run, too");
    ana_text_add(&text, "; columns %s%s", scaling[f->study->standardise],
                 f->study->standardise > 0 ? rows[held + 1] : "");
    if (compares_patterns(opened->study))
        ana_text_add(&text, " (metrics that compare patterns take them as they are)");
    if (f->study->pca > 0)
        ana_text_add(&text, "; then reduced to %lld principal components fitted on %s",
                     (long long)f->study->pca, rows[held + 1]);
    ana_text_add(&text, ".");
    return ana_words_say(ctx, gather, &text);
}

/* "stimuli", "runs", "subjects": what is held out whole. */
static const char *unit_word(const struct ana_class *c, int many)
{
    if (c->spec.by == ANA_FOLDS_SUBJECT)
        return many ? "subjects" : "subject";
    if (c->spec.by == ANA_FOLDS_RUN || c->spec.by == ANA_FOLDS_BLOCK)
        return many ? "runs" : "run";
    return many ? "stimuli" : "stimulus";
}

static void add_outer(struct ana_text *text, const struct ana_class *c)
{
    const struct ana_folds_spec *spec = &c->spec;
    const char *units = unit_word(c, 1),
               *slash = spec->file ? strrchr(spec->file, '/') : 0;

    if (spec->by == ANA_FOLDS_FILE)
        ana_text_add(text, "splits into training and test were read from %s",
                     slash ? slash + 1 : spec->file);
    else if (spec->by == ANA_FOLDS_SHUFFLE)
        ana_text_add(text,
                     "single samples were shuffled into %lld folds, so that test samples "
                     "have neighbours in training (leakage, allowed by the "
                     "configuration)",
                     (long long)spec->outer);
    else if (spec->by == ANA_FOLDS_BLOCK && spec->block > 0)
        ana_text_add(text, "each run was cut into blocks of %g s, left out in turn",
                     (double)spec->block / c->rows->rate);
    else if (spec->by == ANA_FOLDS_BLOCK)
        ana_text_add(text, "each run was cut into %lld blocks, left out in turn",
                     (long long)spec->outer);
    else if (spec->train > 0)
        ana_text_add(text,
                     "%s were split at random into %lld for training and %lld for "
                     "testing",
                     units, (long long)spec->train, (long long)spec->test);
    else if (spec->outer > 0)
        ana_text_add(text, "whole %s were dealt%s to %lld folds, each left out once",
                     units,
                     spec->by == ANA_FOLDS_STIMULUS || spec->by == ANA_FOLDS_SUBJECT
                         ? " at random"
                         : " in their order",
                     (long long)spec->outer);
    else
        ana_text_add(text, "each %s was left out once", unit_word(c, 0));
    if (spec->repeats > 1)
        ana_text_add(text, ", %lld times", (long long)spec->repeats);
    if (spec->by == ANA_FOLDS_BLOCK && spec->gap > 0)
        ana_text_add(text, "; %g s on both sides of a test block were in neither part",
                     (double)spec->gap / c->rows->rate);
}

static void add_inner(struct ana_text *text, const struct ana_fold *fold)
{
    static const char *const inner[] = {
        NULL, "folds of the training rows",
        "exact leave-one-out on the training rows, by squared error",
        "generalised cross-validation on the training rows"};

    if (!inner[fold->inner])
        return;
    ana_text_add(text, " What a metric chooses from data it chose by ");
    if (fold->inner == ANA_INNER_FOLDS)
        ana_text_add(text, "%lld ", (long long)fold->n_inner);
    ana_text_add(text, "%s.", inner[fold->inner]);
}

void ana_methods_folds(const struct ana_opened *opened, const struct ana_class *c,
                       struct ana_text *text)
{
    const struct ana_fold *fold = &c->folds->fold[0];
    const int held = holds_out(opened->study, c);
    char first[32], second[32];

    ana_text_add(text, c->n_members == 1 ? "Comparison " : "Comparisons ");
    for (int64_t m = 0; m < c->n_members; m++)
        ana_words_item(text, m, c->n_members,
                       opened->study->comparisons[c->comparison[m]].name);
    ana_text_add(text, c->n_members == 1 ? " has %s rows of " : " have %s rows of ",
                 ana_show_count(c->rows->n_rows, first));
    ana_text_add(text, "%s %s: ", ana_show_count(c->rows->n_groups, second),
                 c->rows->layout == ANA_LAYOUT_SERIES ? "runs" : "stimuli");
    if (held == 0) {
        ana_text_add(text, "their metric compares all rows at once, nothing was held "
                           "out.");
        return;
    }
    if (held < 0)
        ana_text_add(text, "for metrics that fit on some rows and test on others, ");
    add_outer(text, c);
    ana_text_add(text, " (%lld split%s", (long long)c->folds->n,
                 c->folds->n == 1 ? "" : "s");
    ana_text_add(text, "; the first has %s training and",
                 ana_show_count(fold->n_train, first));
    ana_text_add(text, " %s test rows).", ana_show_count(fold->n_test, first));
    add_inner(text, fold);
}

static int describe_folds(struct ana_ctx *ctx, struct ana_gather *gather,
                          const struct ana_opened *opened, const struct ana_class *c)
{
    struct ana_text text = {0};

    ana_methods_folds(opened, c, &text);
    return ana_words_say(ctx, gather, &text);
}

int ana_methods_class(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_opened *opened, const struct ana_class *c)
{
    int rc = 0;

    for (int64_t f = 0; rc == 0 && f < opened->study->n_features; f++)
        if (c->features[f])
            rc = describe_features(ctx, gather, opened, c->features[f]);
    return rc == 0 ? describe_folds(ctx, gather, opened, c) : rc;
}

int ana_methods_scores(struct ana_ctx *ctx, struct ana_gather *gather)
{
    struct ana_text text = {0};

    ana_text_add(&text, "The score of a target is the median over splits where there are "
                        "splits; figures and tables give medians and quartiles over "
                        "targets. The best layer is the one with the highest median over "
                        "targets, chosen by the same splits that score it.");
    return ana_words_say(ctx, gather, &text);
}
