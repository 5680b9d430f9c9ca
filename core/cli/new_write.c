/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The INI file of `anaflow new` for a folder of sounds and recordings.
 */
#include <string.h>

#include "cli/new.h"

enum { MOST_FOLDS = 5 };

/* "; others: a, b" */
static void write_others(const struct ana_new_study *s, const struct ana_plugin *chosen,
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

void ana_new_write_plugin(const struct ana_new_study *s, const char *section,
                          const struct ana_plugin *plugin, struct ana_text *out)
{
    ana_text_add(out, "\n[%s]\n; %s\n", section, plugin->summary);
    write_others(s, plugin, out);
    if (plugin->kind == ANA_KIND_METRIC)
        ana_text_add(out, "; one that chooses penalties over inner folds needs `inner = "
                          "5`, say, in [folds]\n");
    ana_text_add(out, "; `anaflow plugin info %s` lists its keys\nplugin = %s\n",
                 plugin->id, plugin->id);
}

static void write_recordings(const struct ana_new_study *s, struct ana_text *out)
{
    for (int64_t i = 0; i < s->n; i++) {
        const struct ana_new_recording *r = &s->recording[i];

        ana_text_add(out, "\n[brain %s]\n; %s\nplugin = %s\ndata = %s\n", r->name,
                     r->says, r->plugin, r->data);
        if (r->lines)
            ana_text_add(out, "%s", r->lines);
        else if (r->layout == ANA_LAYOUT_SERIES)
            ana_text_add(out, "; to clean each run first: prepare = zscore(run)\n");
        else if (r->layout == ANA_LAYOUT_EPOCHS)
            ana_text_add(out,
                         "; to score the mean over time: prepare = average(0..1 s)\n");
    }
}

static void write_compare(const struct ana_new_study *s, struct ana_text *out)
{
    ana_text_add(
        out,
        "\n[folds]\n; whole stimuli are held out; also: stimulus TRAIN/TEST x "
        "REPEATS, FILE\nby = stimulus %lld\n",
        (long long)(s->stimuli->n / 2 < MOST_FOLDS ? s->stimuli->n / 2 : MOST_FOLDS));
    ana_new_write_plugin(s, "metric score", s->metric, out);
    ana_text_add(out, "\n[compare]\n; NAME = what predicts -> what is predicted\n");
    for (int64_t i = 0; i < s->n; i++)
        ana_text_add(out, "%s = sound%s -> %s\n", s->recording[i].name,
                     s->recording[i].layout == ANA_LAYOUT_ROWS ? "" : "-over-time",
                     s->recording[i].name);
}

static int has_layout(const struct ana_new_study *s, int rows)
{
    for (int64_t i = 0; i < s->n; i++)
        if ((s->recording[i].layout == ANA_LAYOUT_ROWS) == rows)
            return 1;
    return 0;
}

static void write_features(const struct ana_new_study *s, struct ana_text *out)
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

void ana_new_write_head(const char *folder, const char *name, struct ana_text *out)
{
    ana_text_add(
        out,
        "; Begun by `anaflow new %s`. anaflow.ini(5) explains every key;\n"
        "; `anaflow check %s` says what this would do, `anaflow run %s` does it.\n",
        folder, name, name);
    ana_text_add(out, "\n[study]\nseed = 1\n");
}

void ana_new_write_sounds(const struct ana_new_study *s, struct ana_text *out)
{
    ana_text_add(out, "\n[stimulus sounds]\n; %lld sounds\naudio = %s/*.%s\n",
                 (long long)s->sounds->n, s->sounds->folder, s->sounds->ending);
}

void ana_new_write_folder(const struct ana_new_study *s, const char *folder,
                          const char *name, struct ana_text *out)
{
    ana_new_write_head(folder, name, out);
    ana_new_write_sounds(s, out);
    ana_new_write_plugin(s, "model model", s->model, out);
    write_recordings(s, out);
    write_features(s, out);
    write_compare(s, out);
}
