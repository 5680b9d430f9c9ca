/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow new` of a BIDS dataset: one subject's recordings of the kind that `inspect` would
 * take, the sounds that its events name, or those of the dataset, and the first way of making
 * folds that `check` finds nothing wrong with.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "cli/inspect_bids.h"
#include "cli/new.h"

/* What is tried, in this order. */
static const struct {
    int sounds; /* 1 = a section names them */
    const char *by, *why;
} ways[] = {
    {0, "run", "whole runs are held out"},
    {0, "stimulus 5", "whole stimuli are held out, with all presentations of each"},
    {0, "stimulus 2", "whole stimuli are held out, with all presentations of each"},
    {1, "run", "whole runs are held out"},
    {1, "stimulus 5", "whole stimuli are held out, with all presentations of each"},
    {1, "stimulus 2", "whole stimuli are held out, with all presentations of each"},
};

struct dataset {
    const char *bids; /* the line: "bids = FOLDER : WORDS" */
    int is_bold, has_mask;
};

static void write_brain(const struct dataset *d, struct ana_text *out)
{
    ana_text_add(out,
                 "\n[brain recording]\n; the words choose by entities of the names; "
                 "without sub- all subjects are read\n%s\n",
                 d->bids);
    if (d->has_mask)
        ana_text_add(out, "mask = desc-brain_mask\n; to remove what the head's motion "
                          "explains: prepare = confounds(motion6) detrend(1) "
                          "zscore(run)\n");
    ana_text_add(out, "prepare = %szscore(run)\n", d->is_bold ? "detrend(1) " : "");
}

static void write_dataset(const struct ana_new_study *s, const struct dataset *d,
                          size_t way, const char *given, const char *name,
                          struct ana_text *out)
{
    ana_new_write_head(given, name, out);
    if (ways[way].sounds)
        ana_new_write_sounds(s, out);
    ana_new_write_plugin(s, "model model", s->model, out);
    write_brain(d, out);
    ana_text_add(out,
                 "\n[features sound]\n; %s\nfrom = model\nlayer = each\ndelays = %s\n",
                 d->is_bold ? "the sound of the last scans predicts the response"
                            : "the sound of up to 300 ms ago predicts the response",
                 d->is_bold ? "1..4 TR" : "0..300 ms");
    ana_text_add(out, "\n[folds]\n; %s\nby = %s\n", ways[way].why, ways[way].by);
    ana_new_write_plugin(s, "metric score", s->metric, out);
    ana_text_add(out, "\n[compare]\n; NAME = what predicts -> what is predicted\n"
                      "main = sound -> recording\n");
}

/* The first way that passes; where none does, what is wrong with the first. */
static int try_ways(struct ana_new_study *s, const struct dataset *d, const char *given,
                    const char *path)
{
    const char *slash = strrchr(path, '/');
    char *first = NULL;
    int rc = ANA_EDATA, status = 0;

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct ana_text text = {0};

        if (ways[i].sounds && !s->sounds)
            continue;
        write_dataset(s, d, i, given, slash ? slash + 1 : path, &text);
        rc = ana_new_file(s, path, &text);
        ana_text_finish(&text);
        if (rc != 0)
            break;
        rc = ana_new_check(s, path);
        if (rc == 0)
            break;
        unlink(path);
        if (rc == ANA_ECANCEL || rc == ANA_ERESOURCE)
            break;
        if (!first) {
            first = ana_strdup(s->ctx, ana_error(s->ctx));
            status = rc;
        }
        ana_ctx_clear(s->ctx);
    }
    if (rc != 0 && rc != ANA_ECANCEL && rc != ANA_ERESOURCE && first)
        rc = ana_fail(s->ctx, status, "%s", first);
    ana_free(s->ctx, first);
    return rc;
}

/* What `inspect` finds, as far as it is needed here. */
static int look(struct ana_new_study *s, const json_t *root, const char *folder,
                struct dataset *out)
{
    const json_t *use = json_object_get(root, "use");
    const char *line = json_string_value(json_object_get(use, "line"));
    const char *kind = json_string_value(json_object_get(use, "kind"));

    if (!line || !kind)
        return ana_fail(s->ctx, ANA_EDATA,
                        "%s: is a BIDS dataset without fMRI, EEG or iEEG; `anaflow "
                        "inspect %s` lists what is there",
                        folder, folder);
    out->bids = ana_arena_strdup(&s->arena, line);
    out->is_bold = strcmp(kind, "fMRI") == 0;
    out->has_mask = out->is_bold && json_is_true(json_object_get(use, "mask"));
    s->n = 1;
    s->recording[0].layout = ANA_LAYOUT_SERIES;
    return out->bids ? 0 : ANA_ERESOURCE;
}

int ana_new_bids(struct ana_new_study *s, const char *folder, const char *given,
                 const char *path, int *is_one)
{
    struct ana_facts facts = {.ctx = s->ctx, .root = json_object()};
    struct dataset dataset = {0};
    int rc = ana_inspect_bids(&facts, folder, is_one);

    if (rc == 0 && *is_one)
        rc = facts.failed ? ana_fail(s->ctx, ANA_ERESOURCE, "no memory for %s", folder)
                          : look(s, facts.root, folder, &dataset);
    json_decref(facts.root);
    if (rc != 0 || !*is_one)
        return rc;
    ana_new_find_sounds(s);
    rc = ana_new_choose(s);
    if (rc == 0)
        rc = try_ways(s, &dataset, given, path);
    if (rc == 0)
        printf("%s: a BIDS dataset, '%s'; next: anaflow check %s\n", path, dataset.bids,
               path);
    return rc;
}
