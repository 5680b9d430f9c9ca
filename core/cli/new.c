/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow new FOLDER`: a starter INI for the sounds and recordings of a folder, or for a
 * dataset. What is written has been through `check`.
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

enum { FEWEST_SOUNDS = 4 };

void ana_new_find_sounds(struct ana_new_study *s)
{
    for (int64_t i = 0; i < s->files.n; i++) {
        const struct ana_new_group *group = &s->files.group[i];

        if (ana_is_sound(group->path[0]) && (!s->sounds || group->n > s->sounds->n))
            s->sounds = group;
    }
}

static int find_sounds(struct ana_new_study *s, const char *folder)
{
    ana_new_find_sounds(s);
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
static int predicts(struct ana_new_study *s, const struct ana_plugin *plugin)
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

/* What suits any number of features and rows: a penalty chosen from `alphas` on training
 * rows, and one feature space. */
static int suits_all(const struct ana_plugin *plugin)
{
    int penalised = 0;

    for (int64_t i = 0; i < plugin->n_params; i++)
        penalised |= strcmp(plugin->params[i].name, "alphas") == 0;
    return penalised && (plugin->metric->flags & ANA_METRIC_MANY_X) == 0;
}

/* Whether a metric is rather begun with than another; of two alike, the shorter name. */
static int before(const struct ana_plugin *a, const struct ana_plugin *b)
{
    if (suits_all(a) != suits_all(b))
        return suits_all(a);
    if (strlen(a->id) != strlen(b->id))
        return strlen(a->id) < strlen(b->id);
    return strcmp(a->id, b->id) < 0;
}

int ana_new_choose(struct ana_new_study *s)
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
        if (p->kind == ANA_KIND_METRIC && (!s->metric || before(p, s->metric)) &&
            predicts(s, p))
            s->metric = p;
    }
    if (s->model && s->metric)
        return 0;
    return ana_fail(s->ctx, ANA_EPLUGIN,
                    "there is no %s plugin to begin with; `anaflow doctor` says why",
                    s->model ? "metric" : "model");
}

int ana_new_check(struct ana_new_study *s, const char *path)
{
    struct ana_study *study = NULL;
    struct ana_examined found = {0};
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
    free(found.folds);
    ana_study_destroy(s->ctx, study);
    return rc;
}

int ana_new_file(struct ana_new_study *s, const char *path, const struct ana_text *text)
{
    FILE *file = text->failed ? NULL : fopen(path, "wxe");
    int failed = !file;

    if (text->failed)
        return ana_fail(s->ctx, ANA_ERESOURCE, "no memory for the INI file");
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

static int find_all(struct ana_new_study *s, const char *folder)
{
    int rc = find_sounds(s, folder);

    if (rc == 0)
        rc = ana_new_recordings(s->ctx, s->registry, &s->files, s->stimuli,
                                ANA_NEW_RECORDINGS, s->recording, &s->n);
    if (rc == 0 && s->n == 0)
        rc = ana_fail(s->ctx, ANA_EDATA,
                      "%s: holds %lld sounds, but no array with a row for each and their "
                      "names beside it, and no recording whose events, or a table (TSV) "
                      "of them, name every sound; `anaflow inspect FILE` shows what a "
                      "file holds, names may stand in names.txt, one a line",
                      folder, (long long)s->stimuli->n);
    return rc ? rc : ana_new_choose(s);
}

/* A folder's sounds and what was recorded to them. */
static int begin_folder(struct ana_new_study *s, const char *folder, const char *given,
                        const char *path)
{
    const char *slash = strrchr(path, '/');
    struct ana_text text = {0};
    int rc = find_all(s, folder), written = 0;

    if (rc == 0) {
        ana_new_write_folder(s, given, slash ? slash + 1 : path, &text);
        rc = ana_new_file(s, path, &text);
        written = rc == 0;
    }
    if (rc == 0)
        rc = ana_new_check(s, path);
    if (rc != 0 && written)
        unlink(path);
    if (rc == 0)
        printf("%s: %lld sounds, %lld recording%s; next: anaflow check %s\n", path,
               (long long)s->stimuli->n, (long long)s->n, s->n == 1 ? "" : "s", path);
    ana_text_finish(&text);
    return rc;
}

static int new (struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *output = ana_arguments_value(arguments, "output");
    const char *path = output ? output : "pipeline.ini";
    const char *given = arguments->operand;
    char *whole = strchr(path, '/') ? realpath(given, NULL) : NULL;
    char *folder = ana_strdup(ctx, whole ? whole : given);
    struct ana_new_study s = {.ctx = ctx, .arena = {.ctx = ctx}};
    int rc = folder ? 0 : ANA_ERESOURCE, is_dataset = 0;

    s.files.arena = &s.arena;
    if (rc == 0 && access(path, F_OK) == 0)
        rc = ana_fail(ctx, ANA_EPARAM, "%s: is there already; choose another --output",
                      path);
    if (rc == 0)
        rc = ana_registry_create(ctx, &s.registry);
    if (rc == 0)
        rc = ana_new_walk(ctx, folder, &s.files);
    if (rc == 0)
        rc = ana_new_bids(&s, folder, given, path, &is_dataset);
    if (rc == 0 && !is_dataset)
        rc = begin_folder(&s, folder, given, path);
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
    .summary = "begin a study of the sounds and recordings of a folder",
    .details =
        "Looks for sounds, and for recordings, arrays, tables and MATLAB files with a\n"
        "row, a trial or a file for every one of them, called by the sounds' names, and\n"
        "for one long recording whose marks, or a table of events beside it, name them;\n"
        "guesses which axis is what, and writes an INI file with comments that name the\n"
        "choices. Of a BIDS dataset it takes the first subject's preprocessed runs, or\n"
        "what there is most of, and what its events name. It passes `anaflow check` and\n"
        "can be run as it stands.",
    .examples = "  anaflow new my-data\n"
                "  anaflow new my-data --output studies/first.ini",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = new,
};
