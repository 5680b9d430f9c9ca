/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A study in words: what will be read, computed and compared.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/study_private.h"

enum { MOST_RUNS = 4 };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* "165 sounds (a.wav .. z.wav)" */
static void write_files(FILE *out, const char *what, int64_t n, const char *const *paths)
{
    if (n == 0)
        return;
    fprintf(out, " %lld %s%s (%s", (long long)n, what, plural(n), file_name(paths[0]));
    if (n > 1)
        fprintf(out, " .. %s", file_name(paths[n - 1]));
    fprintf(out, ")");
}

static void explain_stimuli(const struct ana_study *study, FILE *out)
{
    if (study->n_stimuli > 0)
        fprintf(out, "\nStimuli\n");
    for (int64_t i = 0; i < study->n_stimuli; i++) {
        const struct ana_stimulus_set *set = &study->stimuli[i];

        fprintf(out, "  %-12s", set->name);
        write_files(out, "sound", set->n_audio, set->audio);
        write_files(out, "word table", set->n_words, set->words);
        write_files(out, "image", set->n_images, set->images);
        if (set->names)
            fprintf(out, " names in %s", set->names);
        else if (set->n_audio + set->n_words + set->n_images == 0)
            fprintf(out, " no files");
        fputc('\n', out);
    }
}

static void write_plugin(FILE *out, const struct ana_plugin *plugin)
{
    if (plugin)
        fprintf(out, " %s %s", plugin->id, plugin->version ? plugin->version : "");
    else
        fprintf(out, " plugin missing");
}

/* The parameters that were written, "; bands = 30, rate = 100 Hz". */
static void write_params(FILE *out, const struct ana_params *params)
{
    const char *text = params ? ana_params_text(params) : "", *end, *equals;
    char name[64];

    for (; *text; text = end + 1) {
        end = strchr(text, '\n');
        equals = strstr(text, " = ");
        if (!end)
            return;
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        if (ana_param_given(params, name))
            fprintf(out, "; %.*s", (int)(end - text), text);
    }
}

static void explain_window(const struct ana_window *w, FILE *out)
{
    static const char *const keep[] = {"all samples", "the last sample",
                                       "the middle stretch"};

    if (!w->given)
        return;
    fprintf(out, "; shown in windows of %g %s every %g %s, %s of each kept", w->length,
            w->length_samples ? "samples" : "s", w->stride,
            w->stride_samples ? "samples" : "s", keep[w->keep]);
}

static void explain_twins(const struct ana_study *study, int64_t number, FILE *out)
{
    int64_t n = 0;

    for (int64_t i = 0; i < study->n_models; i++)
        if (study->models[i].twin_of == number)
            fprintf(out, "%s%s", n++ ? ", " : "; beside its twins ",
                    study->models[i].variant);
}

static void explain_models(const struct ana_study *study, FILE *out)
{
    if (study->n_models > 0)
        fprintf(out, "\nModels\n");
    for (int64_t i = 0; i < study->n_models; i++) {
        const struct ana_study_model *model = &study->models[i];

        if (model->twin_of >= 0)
            continue;
        fprintf(out, "  %-12s", model->name);
        write_plugin(out, model->plugin);
        if (model->checkpoint)
            fprintf(out, ", checkpoint %s", model->checkpoint);
        if (model->input >= 0)
            fprintf(out, ", fed with %s%s%s", study->models[model->input].name,
                    model->input_layer ? ", layer " : "",
                    model->input_layer ? model->input_layer : "");
        fprintf(out, ", layers: %s", model->layers);
        explain_window(&model->window, out);
        explain_twins(study, i, out);
        write_params(out, model->params);
        fputc('\n', out);
    }
}

static void write_variable(FILE *out, const struct ana_array_var *var)
{
    if (!var->name && var->n_axes == 0)
        return;
    fprintf(out, ", %s", var->name ? var->name : "the array");
    if (var->cells)
        fprintf(out, ", cells %s", strcmp(var->cells, "*") == 0 ? "all" : var->cells);
    if (var->times)
        fprintf(out, " times %s", var->times);
    for (int64_t i = 0; i < var->n_axes; i++) {
        fprintf(out, "%s%s", i ? " x " : " as ", var->axis[i].name);
        if (var->axis[i].names)
            fprintf(out, " (%s)", var->axis[i].names);
    }
}

/* What the runs of a BIDS dataset presented. */
static void explain_runs(const struct ana_study_brain *brain, FILE *out)
{
    for (int64_t r = 0; r < brain->n_runs && r < MOST_RUNS; r++) {
        const struct ana_study_run *run = &brain->runs[r];

        if (run->n_shown == 0)
            continue;
        fprintf(out, "               %s: %s", run->name,
                file_name(run->shown[0].stimulus));
        if (run->n_shown == 1 && run->timed_by == ANA_TIMED_BY_SHOWN)
            fprintf(out, " from %g s on", run->shown[0].onset);
        else if (run->n_shown > 1)
            fprintf(out, " at %g s and %lld more presentation%s", run->shown[0].onset,
                    (long long)run->n_shown - 1, plural(run->n_shown - 1));
        fputc('\n', out);
    }
    if (brain->n_runs > MOST_RUNS)
        fprintf(out, "               and %lld more runs\n",
                (long long)brain->n_runs - MOST_RUNS);
}

static void explain_brains(const struct ana_study *study, FILE *out)
{
    char number[32];

    if (study->n_brains > 0)
        fprintf(out, "\nRecordings\n");
    for (int64_t i = 0; i < study->n_brains; i++) {
        const struct ana_study_brain *brain = &study->brains[i];

        fprintf(out, "  %-12s", brain->name);
        write_plugin(out, brain->plugin);
        write_files(out, "file", brain->source.n_files, brain->source.files);
        write_variable(out, &brain->source.var);
        if (brain->source.rate > 0)
            fprintf(out, ", at %s Hz", ana_text_number(brain->source.rate, number));
        if (strcmp(brain->subject, "n/a") != 0)
            fprintf(out, ", subject %s", brain->subject);
        if (brain->stimulus)
            fprintf(out, ", recorded to %s", brain->stimulus);
        if (brain->onset_event)
            fprintf(out, ", its clock counted from event %s", brain->onset_event);
        if (brain->onset != 0)
            fprintf(out, ", its clock moved by %s s",
                    ana_text_number(brain->onset, number));
        for (int64_t k = 0; k < brain->n_prepare; k++)
            fprintf(out, "%s%s", k ? " then " : "; prepared by ", brain->prepare[k]);
        write_params(out, brain->params);
        fputc('\n', out);
        explain_runs(brain, out);
    }
}

static void write_time(FILE *out, const struct ana_time *time)
{
    char number[32];

    if (time->unit == ANA_TIME_TR)
        fprintf(out, "%s TR", ana_text_number(time->value, number));
    else
        fprintf(out, "%s s", ana_text_number(time->value, number));
}

static void write_delays(FILE *out, const struct ana_study_features *space)
{
    if (space->n_delays == 0)
        return;
    fprintf(out, space->lag_mode == ANA_LAGS_TUNE
                     ? ", a window of delays from 0 to one of "
                 : space->lag_mode == ANA_LAGS_EACH ? ", each by itself the delays "
                                                    : ", delays ");
    if (space->delays_range) {
        fprintf(out, "from ");
        write_time(out, &space->delays[0]);
        fprintf(out, " to ");
        write_time(out, &space->delays[1]);
        fprintf(out, " in steps of one sample");
        return;
    }
    for (int64_t i = 0; i < space->n_delays; i++) {
        fprintf(out, "%s", i ? ", " : "");
        write_time(out, &space->delays[i]);
    }
}

/* Recordings have no layers. */
static void write_layers(FILE *out, const struct ana_study_features *space)
{
    int models = 0;

    for (int64_t k = 0; k < space->n_from; k++)
        models |= space->from[k] >= 0;
    if (models && space->layer == ANA_LAYER_SOME)
        fprintf(out, "; each of the layers %s by itself", space->layers);
    else if (models)
        fprintf(out, "; %s",
                space->layer == ANA_LAYER_ALL ? "all layers side by side"
                                              : "each layer by itself");
}

static void explain_features(const struct ana_study *study, FILE *out)
{
    static const char *const pools[] = {
        "on the recording's clock", "averaged over time",
        "averaged over time and frequency",
        "averaged over time if the recording is, else on its clock"};
    static const char *const scalings[] = {"as they are", "centred",
                                           "centred and scaled"};

    if (study->n_features > 0)
        fprintf(out, "\nFeature spaces\n");
    for (int64_t i = 0; i < study->n_features; i++) {
        const struct ana_study_features *space = &study->features[i];

        fprintf(out, "  %-12s from", space->name);
        for (int64_t k = 0; k < space->n_from; k++)
            fprintf(out, " %s",
                    space->from[k] >= 0 ? study->models[space->from[k]].name
                                        : study->brains[-1 - space->from[k]].name);
        write_layers(out, space);
        fprintf(out, "; %s", pools[space->pool]);
        if (space->kernel.kind == ANA_KERNEL_LANCZOS)
            fprintf(out, " through Lanczos kernels of %g lobes", space->kernel.lobes);
        else if (space->kernel.kind != ANA_KERNEL_NONE)
            fprintf(out, ", convolved with the response %s",
                    space->kernel.kind == ANA_KERNEL_SPM ? "spm" : "glover");
        write_delays(out, space);
        if (space->nuisance)
            fprintf(out, "; without the recording's nuisance");
        fprintf(out, "; %s", scalings[space->standardise]);
        if (space->project > 0)
            fprintf(out, "; layers of more than %lld units projected onto so many%s%s",
                    (long long)space->project,
                    space->fit >= 0 ? " components of [stimulus " : "",
                    space->fit >= 0 ? study->stimuli[space->fit].name : "");
        if (space->project > 0 && space->fit >= 0)
            fputc(']', out);
        if (space->half)
            fprintf(out, "; float16");
        if (space->pca > 0)
            fprintf(out, ", first %lld principal components", (long long)space->pca);
        fputc('\n', out);
    }
}

static void write_outer(FILE *out, const struct ana_study_folds *folds)
{
    static const char *const units[] = {"",         "stimuli", "runs",   "blocks",
                                        "subjects", "",        "samples"};
    const struct ana_folds_spec *spec = &folds->spec;

    if (spec->by == 0) {
        fprintf(out,
                "  as the recording asks: separate stimuli are dealt at random into %lld "
                "folds, runs are left out one by one, a single run is cut into blocks",
                (long long)(spec->outer > 0 ? spec->outer : 5));
        return;
    }
    if (spec->by == ANA_FOLDS_FILE) {
        fprintf(out, "  splits from %s", spec->file ? spec->file : "a file");
        return;
    }
    if (spec->train > 0)
        fprintf(out, "  %lld random %s to train and %lld to test", (long long)spec->train,
                units[spec->by], (long long)spec->test);
    else if (spec->outer > 0)
        fprintf(out, "  %lld folds of whole %s%s", (long long)spec->outer,
                units[spec->by],
                spec->by == ANA_FOLDS_STIMULUS ? ", dealt at random" : "");
    else
        fprintf(out, "  leave one of the %s out", units[spec->by]);
    if (spec->by == ANA_FOLDS_BLOCK && folds->block.value > 0) {
        fprintf(out, " of ");
        write_time(out, &folds->block);
    }
    if (spec->repeats > 1)
        fprintf(out, ", %lld times", (long long)spec->repeats);
}

static void write_inner(FILE *out, const struct ana_study_folds *folds)
{
    if (!folds->inner_given) {
        fprintf(out, "; inner choices as the recording allows\n");
    } else if (folds->spec.inner == ANA_INNER_FOLDS) {
        fprintf(out, "; inner choices by %lld folds", (long long)folds->spec.inner_folds);
        if (folds->inner_block.value > 0) {
            fprintf(out, " of blocks of ");
            write_time(out, &folds->inner_block);
        }
        fputc('\n', out);
    } else {
        fprintf(out, "; inner choices by %s\n",
                folds->spec.inner == ANA_INNER_LOO ? "leaving one row out"
                : folds->spec.inner == ANA_INNER_GCV
                    ? "generalised cross-validation"
                    : "nothing: the metric's own values");
    }
}

static void explain_folds(const struct ana_study *study, FILE *out)
{
    const struct ana_study_folds *folds = &study->folds;

    fprintf(out, "\nFolds\n");
    write_outer(out, folds);
    if (folds->gap_given) {
        fprintf(out, ", gap ");
        write_time(out, &folds->gap);
    }
    if (folds->subjects)
        fprintf(out, ", runs belong to subjects by %s", folds->subjects);
    if (folds->stratify)
        fprintf(out, ", balanced by %s", folds->stratify);
    if (folds->spec.allow_leakage)
        fprintf(out, " (leakage allowed: every output says so)");
    write_inner(out, folds);
}

static void explain_comparisons(const struct ana_study *study, FILE *out)
{
    if (study->n_comparisons > 0)
        fprintf(out, "\nComparisons\n");
    for (int64_t i = 0; i < study->n_comparisons; i++) {
        const struct ana_study_comparison *c = &study->comparisons[i];
        const struct ana_study_metric *metric = &study->metrics[c->metric];

        fprintf(out, "  %-12s", c->name);
        for (int64_t k = 0; k < c->n_x; k++)
            fprintf(out, "%s%s", k ? " + " : " ", study->features[c->x[k]].name);
        fprintf(out, " -> %s, scored by %s:",
                c->y >= 0 ? study->brains[c->y].name : study->features[-1 - c->y].name,
                metric->name);
        write_plugin(out, metric->plugin);
        write_params(out, metric->params);
        if (c->relative_to)
            fprintf(out, "; also relative to %s", c->relative_to);
        fputc('\n', out);
    }
}

static void explain_simulations(const struct ana_study *study, FILE *out)
{
    char number[32];

    if (study->n_simulations > 0)
        fprintf(out, "\nSimulated recordings, made by `anaflow simulate`\n");
    for (int64_t i = 0; i < study->n_simulations; i++) {
        const struct ana_study_simulation *s = &study->simulations[i];

        fprintf(out, "  %-12s %lld target%s for each layer of", s->name,
                (long long)s->targets, plural(s->targets));
        for (int64_t k = 0; k < s->n_features; k++)
            fprintf(out, "%s %s", k ? "," : "", study->features[s->features[k]].name);
        fprintf(out, "; at %s Hz; to %s\n", ana_text_number(s->rate, number), s->output);
    }
}

int ana_study_explain(struct ana_ctx *ctx, const struct ana_study *study, FILE *out)
{
    fprintf(out, "Study %s (%s), seed %" PRIu64 ", results to %s\n", study->name,
            study->ini->path, study->seed, study->output);
    if (study->stamp[0])
        fprintf(out, "Simulated: %s\n", study->stamp);
    explain_stimuli(study, out);
    explain_models(study, out);
    explain_brains(study, out);
    explain_features(study, out);
    explain_folds(study, out);
    explain_comparisons(study, out);
    explain_simulations(study, out);
    if (ferror(out))
        return ana_fail(ctx, ANA_ERESOURCE, "the explanation could not be written");
    return 0;
}
