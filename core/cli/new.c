/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow new FOLDER`: a starter INI for the sounds and arrays of a folder. What is
 * written has been through `check`.
 */
#include "cli/new.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "cli/command.h"
#include "cli/inspect.h"
#include "pipeline/budget.h"
#include "pipeline/examine.h"
#include "plugin/describe.h"
#include "plugin/params.h"

enum { MOST_RECORDINGS = 12, FEWEST_SOUNDS = 4, MOST_FOLDS = 5 };

struct starter {
    struct ana_ctx *ctx;
    struct ana_arena arena;
    struct ana_registry *registry;
    struct ana_new_files files;
    const struct ana_new_group *sounds;
    struct ana_stimuli *stimuli;
    const struct ana_plugin *model, *metric;
    int64_t n;
    struct ana_new_recording recording[MOST_RECORDINGS];
};

/* The folder and ending with most sounds. */
static int find_sounds(struct starter *s, const char *folder)
{
    for (int64_t i = 0; i < s->files.n; i++) {
        const struct ana_new_group *group = &s->files.group[i];

        if (ana_is_sound(group->path[0]) && (!s->sounds || group->n > s->sounds->n))
            s->sounds = group;
    }
    if (!s->sounds || s->sounds->n < FEWEST_SOUNDS)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: holds %lld sounds, and a study needs %d or more; "
                        "`anaflow inspect %s` lists what is there",
                        folder, (long long)(s->sounds ? s->sounds->n : 0), FEWEST_SOUNDS,
                        folder);
    return ana_stimuli_create(s->ctx, s->sounds->n, s->sounds->path, 0, NULL, 0, NULL,
                              &s->stimuli);
}

/* Whether a model opens with nothing said about it and takes sounds. */
static int hears(struct ana_ctx *ctx, const struct ana_plugin *plugin)
{
    const struct ana_model_source source = {.size = sizeof source,
                                            .flags = ANA_SOURCE_DESCRIBE};
    struct ana_params *params = NULL;
    struct ana_model_info info = {.input = 0};
    void *self = NULL, *layers = NULL;
    int rc = ana_params_create(ctx, plugin, 0, NULL, &params);

    if (rc == 0)
        rc = plugin->model->open(ctx, params, &source, &self);
    if (rc == 0)
        rc = ana_model_describe(ctx, plugin->model, self, &info, &layers);
    plugin->model->close(ctx, self);
    ana_free(ctx, layers);
    ana_params_destroy(params);
    ana_ctx_clear(ctx);
    return rc == 0 && info.input == ANA_INPUT_AUDIO;
}

static uint32_t flag_of(int32_t layout)
{
    return layout == ANA_LAYOUT_SERIES   ? ANA_METRIC_TAKES_SERIES
           : layout == ANA_LAYOUT_EPOCHS ? ANA_METRIC_TAKES_EPOCHS
                                         : ANA_METRIC_TAKES_ROWS;
}

/* Whether a metric predicts, from defaults, every recording that was found. */
static int predicts(struct starter *s, const struct ana_plugin *plugin)
{
    struct ana_params *params = NULL;
    int good = ana_params_create(s->ctx, plugin, 0, NULL, &params) == 0 &&
               (plugin->metric->flags & ANA_METRIC_NEEDS_FOLDS) != 0;

    for (int64_t i = 0; i < s->n; i++)
        good &= (plugin->metric->flags & flag_of(s->recording[i].layout)) != 0;
    ana_params_destroy(params);
    ana_ctx_clear(s->ctx);
    return good;
}

/* The first of the package, by their names, that need nothing said. */
static int choose_plugins(struct starter *s)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(s->registry, &entry);

    for (int64_t i = 0; i < n; i++) {
        const struct ana_plugin *p = entry[i].plugin;

        if (!p || !entry[i].from_package)
            continue;
        if (p->kind == ANA_KIND_MODEL && (!s->model || strcmp(p->id, s->model->id) < 0) &&
            hears(s->ctx, p))
            s->model = p;
        if (p->kind == ANA_KIND_METRIC &&
            (!s->metric || strlen(p->id) < strlen(s->metric->id) ||
             (strlen(p->id) == strlen(s->metric->id) &&
              strcmp(p->id, s->metric->id) < 0)) &&
            predicts(s, p))
            s->metric = p;
    }
    if (s->model && s->metric)
        return 0;
    return ana_fail(s->ctx, ANA_EPLUGIN,
                    "there is no %s plugin to begin with; `anaflow doctor` says why",
                    s->model ? "metric" : "model");
}

/* "; others: a, b" */
static void write_others(const struct starter *s, const struct ana_plugin *chosen,
                         struct ana_text *out)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(s->registry, &entry);
    int others = 0;

    for (int64_t i = 0; i < n; i++)
        if (entry[i].plugin && entry[i].plugin->kind == chosen->kind &&
            entry[i].plugin != chosen)
            ana_text_add(out, "%s%s",
                         others++ ? ", " : "; others: ", entry[i].plugin->id);
    ana_text_add(out, "%s\n", others ? "" : "; there is no other");
}

static void write_plugin(const struct starter *s, const char *section,
                         const struct ana_plugin *plugin, struct ana_text *out)
{
    ana_text_add(out, "\n[%s]\n; %s\n", section, plugin->summary);
    write_others(s, plugin, out);
    ana_text_add(out, "; `anaflow plugin info %s` lists its keys\nplugin = %s\n",
                 plugin->id, plugin->id);
}

static void write_recordings(const struct starter *s, struct ana_text *out)
{
    for (int64_t i = 0; i < s->n; i++) {
        const struct ana_new_recording *r = &s->recording[i];

        ana_text_add(out, "\n[brain %s]\n; %s\nplugin = %s\ndata = %s\n", r->name,
                     r->says, r->plugin, r->data);
        if (r->layout == ANA_LAYOUT_SERIES)
            ana_text_add(out, "; to clean each run first: prepare = zscore(run)\n");
        if (r->layout == ANA_LAYOUT_EPOCHS)
            ana_text_add(out,
                         "; to score the mean over time: prepare = average(0..1 s)\n");
    }
}

static void write_compare(const struct starter *s, struct ana_text *out)
{
    ana_text_add(
        out,
        "\n[folds]\n; whole stimuli are held out; also: stimulus TRAIN/TEST x "
        "REPEATS, FILE\nby = stimulus %lld\n",
        (long long)(s->stimuli->n / 2 < MOST_FOLDS ? s->stimuli->n / 2 : MOST_FOLDS));
    write_plugin(s, "metric score", s->metric, out);
    ana_text_add(out, "\n[compare]\n; NAME = what predicts -> what is predicted\n");
    for (int64_t i = 0; i < s->n; i++)
        ana_text_add(out, "%s = sound%s -> %s\n", s->recording[i].name,
                     s->recording[i].layout == ANA_LAYOUT_ROWS ? "" : "-over-time",
                     s->recording[i].name);
}

static int has_layout(const struct starter *s, int rows)
{
    for (int64_t i = 0; i < s->n; i++)
        if ((s->recording[i].layout == ANA_LAYOUT_ROWS) == rows)
            return 1;
    return 0;
}

static void write_features(const struct starter *s, struct ana_text *out)
{
    if (has_layout(s, 1))
        ana_text_add(out,
                     "\n[features sound]\n; each layer by itself, averaged over each "
                     "stimulus\nfrom = model\nlayer = each\npool = time\n");
    if (has_layout(s, 0))
        ana_text_add(out, "\n[features sound-over-time]\n; the sound of up to 300 ms ago "
                          "predicts the response\nfrom = model\nlayer = each\n"
                          "delays = 0..300 ms\n");
}

static void write_ini(const struct starter *s, const char *folder, const char *name,
                      struct ana_text *out)
{
    ana_text_add(
        out,
        "; Begun by `anaflow new %s`. anaflow.ini(5) explains every key;\n"
        "; `anaflow check %s` says what this would do, `anaflow run %s` does it.\n",
        folder, name, name);
    ana_text_add(out, "\n[study]\nseed = 1\n");
    ana_text_add(out, "\n[stimulus sounds]\n; %lld sounds\naudio = %s/*.%s\n",
                 (long long)s->sounds->n, s->sounds->folder, s->sounds->ending);
    write_plugin(s, "model model", s->model, out);
    write_recordings(s, out);
    write_features(s, out);
    write_compare(s, out);
}

/* What was written must be a study that `check` finds nothing wrong with. */
static int check_ini(struct starter *s, const char *path)
{
    struct ana_study *study = NULL;
    struct ana_examined found;
    struct ana_ini *ini;
    int rc = ana_ini_read(s->ctx, path, &ini);

    if (rc == 0)
        rc = ana_study_create(s->ctx, s->registry, ini, &study);
    if (rc == 0)
        rc =
            ana_study_examine(s->ctx, s->registry, study, ana_memory_available(), &found);
    if (rc == 0 && study->n_problems > 0)
        rc = ana_fail(s->ctx, study->status, "what was begun does not pass check: %s",
                      study->problems[0]);
    ana_study_destroy(s->ctx, study);
    return rc;
}

static int write_file(struct starter *s, const char *path, const struct ana_text *text)
{
    FILE *file = fopen(path, "wxe");
    int failed = !file;

    if (file) {
        failed =
            fwrite(text->data, 1, (size_t)text->length, file) != (size_t)text->length;
        failed |= fclose(file) != 0;
    }
    if (failed)
        return ana_fail(
            s->ctx, file ? ANA_ERESOURCE : ANA_EPARAM, "%s: %s; choose another --output",
            path, file ? "cannot be written" : "is there already, or cannot be made");
    return 0;
}

static int find_all(struct starter *s, const char *folder)
{
    int rc = ana_registry_create(s->ctx, &s->registry);

    if (rc == 0)
        rc = ana_new_walk(s->ctx, folder, &s->files);
    if (rc == 0)
        rc = find_sounds(s, folder);
    if (rc == 0)
        rc = ana_new_recordings(s->ctx, s->registry, &s->files, s->stimuli,
                                MOST_RECORDINGS, s->recording, &s->n);
    if (rc == 0 && s->n == 0)
        rc = ana_fail(s->ctx, ANA_EDATA,
                      "%s: holds %lld sounds, but no array with a row for each and their "
                      "names beside it; `anaflow inspect FILE` shows what a file holds, "
                      "names may stand in names.txt, one a line",
                      folder, (long long)s->stimuli->n);
    return rc ? rc : choose_plugins(s);
}

static int new (struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *given = ana_arguments_value(arguments, "output");
    const char *path = given ? given : "pipeline.ini", *slash = strrchr(path, '/');
    char *whole = slash ? realpath(arguments->operand, NULL) : NULL;
    char *folder = ana_strdup(ctx, whole ? whole : arguments->operand);
    struct starter s = {.ctx = ctx, .arena = {.ctx = ctx}};
    struct ana_text text = {0};
    int rc = folder ? 0 : ANA_ERESOURCE, written = 0;

    s.files.arena = &s.arena;
    if (rc == 0 && access(path, F_OK) == 0)
        rc = ana_fail(ctx, ANA_EPARAM, "%s: is there already; choose another --output",
                      path);
    if (rc == 0)
        rc = find_all(&s, folder);
    if (rc == 0) {
        write_ini(&s, arguments->operand, slash ? slash + 1 : path, &text);
        rc = text.failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for the INI file")
                         : write_file(&s, path, &text);
        written = rc == 0;
    }
    if (rc == 0)
        rc = check_ini(&s, path);
    if (rc != 0 && written)
        unlink(path);
    if (rc == 0)
        printf("%s: %lld sounds, %lld recording%s; next: anaflow check %s\n", path,
               (long long)s.stimuli->n, (long long)s.n, s.n == 1 ? "" : "s", path);
    ana_text_finish(&text);
    ana_stimuli_destroy(ctx, s.stimuli);
    ana_arena_finish(&s.arena);
    ana_registry_destroy(s.registry);
    ana_free(ctx, folder);
    free(whole);
    return rc;
}

static const struct ana_option options[] = {
    {"output", 'o', "FILE", "the INI file to write; default pipeline.ini", 0},
};

const struct ana_command ana_command_new = {
    .name = "new",
    .operand = "FOLDER",
    .summary = "begin a study of the sounds and arrays of a folder",
    .details =
        "Looks for sounds, and for arrays, tables and MATLAB files with a row, a trial\n"
        "or a file for every one of them, called by the sounds' names; guesses which\n"
        "axis is what, and writes an INI file with comments that name the choices. It\n"
        "passes `anaflow check` and can be run as it stands.",
    .examples = "  anaflow new my-data\n"
                "  anaflow new my-data --output studies/first.ini",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = new,
};
