/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The methods in words, from what was opened rather than from what was asked for: program,
 * stimuli, models, recordings, metrics.
 */
#include "pipeline/methods.h"

#include <math.h>
#include <string.h>

#include "config.h"
#include "pipeline/methods_words.h"
#include "plugin/params.h"
#include "report/escape.h"

enum { MOST_LAYERS = 8 }; /* that are named one by one */

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

static int describe_program(struct ana_ctx *ctx, struct ana_gather *gather,
                            const struct ana_study *study)
{
    struct ana_text text = {0};
    int rc;

    ana_text_add(&text, "Analyses were done with anaflow %s", PACKAGE_VERSION);
    rc = ana_words_cite(gather, &text,
                        "anaflow " PACKAGE_VERSION
                        ", a program that compares model activations with brain "
                        "recordings");
    ana_text_add(&text, " and the seed %llu.", (unsigned long long)study->seed);
    rc = rc ? rc : ana_words_say(ctx, gather, &text);
    ana_text_finish(&text);
    return rc;
}

/* "40 sounds", "12 images", "3 stimuli". */
static void add_kind(struct ana_text *text, const struct ana_stimuli *s)
{
    int64_t sounds = 0, words = 0, images = 0;
    const char *kind;
    char number[32];

    for (int64_t k = 0; k < s->n; k++) {
        sounds += s->item[k].audio_path != NULL;
        words += s->item[k].n_words > 0;
        images += s->item[k].image_path != NULL;
    }
    kind = sounds == s->n ? "sound" : images == s->n ? "image" : "stimulus";
    ana_text_add(text, "%s %s", ana_show_count(s->n, number),
                 s->n == 1                       ? kind
                 : strcmp(kind, "stimulus") == 0 ? "stimuli"
                 : sounds == s->n                ? "sounds"
                                                 : "images");
    ana_text_add(text, words == s->n ? " with a table of words each"
                       : words > 0   ? ", some with a table of words"
                                     : "");
}

static int describe_set(struct ana_ctx *ctx, struct ana_gather *gather,
                        const struct ana_study *study, int64_t i,
                        const struct ana_stimuli *s)
{
    double seconds = 0, shortest = INFINITY, longest = 0;
    struct ana_text text = {0};
    int rc = 0;

    for (int64_t k = 0; k < s->n; k++) {
        seconds += s->item[k].duration;
        shortest = fmin(shortest, s->item[k].duration);
        longest = fmax(longest, s->item[k].duration);
        if (s->item[k].audio_path)
            rc = rc ? rc : ana_gather_input(gather, s->item[k].audio_path);
    }
    if (study->n_stimuli > 1)
        ana_text_add(&text, "The stimuli of set %s were ", study->stimuli[i].name);
    else
        ana_text_add(&text, "The stimuli were ");
    add_kind(&text, s);
    if (s->n > 1 && longest - shortest < 0.05 && seconds > 0)
        ana_text_add(&text, " of %.1f s each, %.1f s in total", longest, seconds);
    else if (s->n > 1 && seconds > 0)
        ana_text_add(&text, " of %.1f to %.1f s, %.1f s in total", shortest, longest,
                     seconds);
    else if (seconds > 0)
        ana_text_add(&text, " of %.1f s", seconds);
    ana_text_add(&text, ".");
    rc = rc ? rc : ana_words_say(ctx, gather, &text);
    ana_text_finish(&text);
    return rc;
}

static int describe_stimuli(struct ana_ctx *ctx, struct ana_gather *gather,
                            const struct ana_opened *opened)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < opened->study->n_stimuli; i++)
        if (opened->stimuli[i])
            rc = describe_set(ctx, gather, opened->study, i, opened->stimuli[i]);
    return rc;
}

static void add_layers(struct ana_text *text, const struct ana_model_info *info,
                       const char *chosen)
{
    const int64_t n = info->n_layers;

    if (n == 1)
        ana_text_add(text, ", one layer, %s", info->layers[0].id);
    else if (n <= MOST_LAYERS)
        ana_text_add(text, ", %lld layers, ", (long long)n);
    for (int64_t l = 0; n > 1 && n <= MOST_LAYERS && l < n; l++)
        ana_words_item(text, l, n, info->layers[l].id);
    if (n > MOST_LAYERS)
        ana_text_add(text, ", %lld layers from %s to %s", (long long)n,
                     info->layers[0].id, info->layers[n - 1].id);
    if (chosen && strcmp(chosen, "all") != 0)
        ana_text_add(text, ", of which %s %s used", chosen,
                     strpbrk(chosen, " -*") ? "were" : "was");
}

static void add_windows(struct ana_text *text, const struct ana_study_model *m)
{
    static const char *const kept[] = {"all samples of each", "the last sample of each",
                                       "the middle stretch of each"};
    const struct ana_window *w = &m->window;

    if (w->given)
        ana_text_add(text,
                     ", shown in windows of %g %s that begin every %g %s, of which %s "
                     "counted",
                     w->length, w->length_samples ? "samples of its input" : "s",
                     w->stride, w->stride_samples ? "samples" : "s", kept[w->keep]);
}

/* "beside 5 random and 5 permuted control networks" */
static void add_twins(struct ana_text *text, const struct ana_study *study,
                      int64_t number)
{
    static const char *const controls[] = {"random", "permuted"};
    int64_t said = 0;

    for (int k = 0; k < 2; k++) {
        int64_t n = 0;

        for (int64_t i = 0; i < study->n_models; i++)
            n += study->models[i].twin_of == number &&
                 strcmp(study->models[i].control, controls[k]) == 0;
        if (n > 0)
            ana_text_add(text, "%s%lld %s", said++ ? " and " : ", beside ", (long long)n,
                         controls[k]);
    }
    if (said)
        ana_text_add(text, " control networks of its shape");
}

static int describe_model(struct ana_ctx *ctx, struct ana_gather *gather,
                          const struct ana_opened *opened, int64_t i)
{
    const struct ana_study_model *m = &opened->study->models[i];
    struct ana_text text = {0};
    int rc;

    if (m->twin_of >= 0) /* said with what it is a control of */
        return 0;
    ana_text_add(&text, "Model %s is %s %s", m->name, m->plugin->id, m->plugin->version);
    rc = ana_words_cite(gather, &text, m->plugin->citation);
    if (m->plugin->summary && m->plugin->summary[0])
        ana_text_add(&text, " (%s)", m->plugin->summary);
    if (m->input >= 0)
        ana_text_add(&text, ", fed by model %s%s%s", opened->study->models[m->input].name,
                     m->input_layer ? ", layer " : "",
                     m->input_layer ? m->input_layer : "");
    if (m->checkpoint && m->checkpoint[0]) {
        const char *slash = strrchr(m->checkpoint, '/');

        ana_text_add(&text,
                     strcmp(m->checkpoint, "random") == 0 ? ", with random weights"
                                                          : ", with the weights of %s",
                     slash && slash[1] ? slash + 1 : m->checkpoint);
    }
    add_layers(&text, &opened->models[i].info, m->layers);
    add_windows(&text, m);
    add_twins(&text, opened->study, i);
    ana_words_params(&text, "; ", ana_params_text(m->params), "");
    ana_text_add(&text, ".");
    rc = rc ? rc : ana_words_say(ctx, gather, &text);
    for (int64_t k = 0; rc == 0 && k < opened->models[i].seen.n; k++)
        rc = ana_gather_input(gather, opened->models[i].seen.path[k]);
    ana_text_finish(&text);
    return rc;
}

static const char *units_name(int32_t layout, int64_t n)
{
    return layout == ANA_LAYOUT_SERIES   ? (n == 1 ? "run" : "runs")
           : layout == ANA_LAYOUT_EPOCHS ? (n == 1 ? "trial" : "trials")
                                         : "rows, one a stimulus";
}

/* Masks, atlases, tables: what the plugin's parameters name. */
static int take_named(struct ana_gather *gather, const struct ana_study_brain *b)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && b->params && i < b->plugin->n_params; i++) {
        const struct ana_param *param = &b->plugin->params[i];
        const char *path =
            param->type == ANA_PARAM_PATH ? ana_param_text(b->params, param->name) : NULL;
        struct ana_file_sign sign;

        if (path && *path && ana_file_sign(path, &sign))
            rc = ana_gather_input(gather, path);
    }
    return rc;
}

static int take_list(struct ana_gather *gather, int64_t n, const char *const *paths)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = ana_gather_input(gather, paths[i]);
    return rc;
}

/* Every file that says something of a recording. */
static int take_inputs(struct ana_gather *gather, const struct ana_study_brain *b,
                       const struct ana_recording *r)
{
    int rc = take_list(gather, b->source.n_files, b->source.files);

    if (rc == 0)
        rc = take_list(gather, r->info.n_files, r->info.files);
    if (rc == 0)
        rc = take_named(gather, b);
    for (int64_t k = 0; rc == 0 && k < b->n_runs; k++) {
        rc = b->runs[k].events ? ana_gather_input(gather, b->runs[k].events) : 0;
        if (rc == 0 && b->runs[k].channels)
            rc = ana_gather_input(gather, b->runs[k].channels);
    }
    for (int64_t k = 0; rc == 0 && k < b->n_events; k++)
        rc = ana_gather_input(gather, b->events[k]);
    if (rc == 0)
        rc = take_list(gather, b->n_beside, b->beside);
    for (int64_t k = 0; rc == 0 && k < r->seen.n; k++)
        rc = ana_gather_input(gather, r->seen.path[k]);
    return rc;
}

static int describe_recording(struct ana_ctx *ctx, struct ana_gather *gather,
                              const struct ana_opened *opened, int64_t i)
{
    const struct ana_study_brain *b = &opened->study->brains[i];
    const struct ana_recording *r = &opened->recordings[i];
    struct ana_text text = {0};
    char number[32];
    int rc;

    ana_text_add(&text, b->is_brain ? "Recording %s" : "Data %s", b->name);
    if (ana_says(b->subject))
        ana_text_add(&text, " (subject %s)", b->subject);
    ana_text_add(&text, ", read by %s %s", b->plugin->id, b->plugin->version);
    rc = ana_words_cite(gather, &text, b->plugin->citation);
    ana_text_add(&text, ", has %s target%s in ",
                 ana_show_count(r->info.n_targets, number),
                 r->info.n_targets == 1 ? "" : "s");
    ana_text_add(&text, "%s %s", ana_show_count(r->before.n_units, number),
                 units_name(r->info.layout, r->before.n_units));
    if (r->before.rate > 0)
        ana_text_add(&text, " at %g Hz", r->before.rate);
    if (b->n_runs > 0)
        ana_text_add(&text, ", bound by the events of the BIDS dataset");
    if (r->is_cut)
        ana_text_add(&text, " and cut into %s presentations",
                     ana_show_count(r->n_units, number));
    if (b->onset_event)
        ana_text_add(&text, ", its clock counted from event %s in each run",
                     b->onset_event);
    if (b->onset_column)
        ana_text_add(&text, " and those like it, whose clocks drift by at most %.2g ms",
                     1e3 * r->drift);
    if (b->onset != 0)
        ana_text_add(&text, ", its clock moved by %g s", b->onset);
    for (int64_t k = 0; k < b->n_prepare; k++)
        ana_text_add(&text, "%s%s", k ? ", then " : "; it was prepared by ",
                     b->prepare[k]);
    ana_text_add(&text, ". %s",
                 ana_recording_has_repeats(r)
                     ? "Presentations of a stimulus were averaged; no noise ceiling was "
                       "computed."
                     : "No repeats were read, so no noise ceiling is available.");
    rc = rc ? rc : ana_words_say(ctx, gather, &text);
    ana_text_finish(&text);
    return rc ? rc : take_inputs(gather, b, r);
}

static int describe_metric(struct ana_ctx *ctx, struct ana_gather *gather,
                           const struct ana_study_metric *m)
{
    struct ana_text text = {0};
    int rc;

    ana_text_add(&text, "Metric %s is %s %s", m->name, m->plugin->id, m->plugin->version);
    rc = ana_words_cite(gather, &text, m->plugin->citation);
    ana_text_add(&text, ": %s", m->plugin->summary);
    ana_words_params(&text, " (", ana_params_text(m->params), ")");
    ana_text_add(&text, ".");
    rc = rc ? rc : ana_words_say(ctx, gather, &text);
    ana_text_finish(&text);
    return rc;
}

int ana_methods_study(struct ana_ctx *ctx, struct ana_gather *gather,
                      const struct ana_registry *registry,
                      const struct ana_opened *opened)
{
    const struct ana_study *study = opened->study;
    int rc = ana_gather_input(gather, study->ini->path);

    if (rc == 0)
        rc = describe_program(ctx, gather, study);
    if (rc == 0)
        rc = describe_stimuli(ctx, gather, opened);
    for (int64_t i = 0; rc == 0 && i < study->n_models; i++) {
        const struct ana_study_model *m = &study->models[i];

        rc = describe_model(ctx, gather, opened, i);
        if (rc == 0)
            rc = ana_gather_plugin(gather, m->plugin, path_of(registry, m->plugin),
                                   ana_params_text(m->params));
    }
    for (int64_t i = 0; rc == 0 && i < study->n_brains; i++) {
        const struct ana_study_brain *b = &study->brains[i];

        rc = describe_recording(ctx, gather, opened, i);
        if (rc == 0)
            rc = ana_gather_plugin(gather, b->plugin, path_of(registry, b->plugin),
                                   ana_params_text(b->params));
    }
    for (int64_t i = 0; rc == 0 && i < study->n_metrics; i++) {
        const struct ana_study_metric *m = &study->metrics[i];

        rc = describe_metric(ctx, gather, m);
        if (rc == 0)
            rc = ana_gather_plugin(gather, m->plugin, path_of(registry, m->plugin),
                                   ana_params_text(m->params));
    }
    return rc;
}
