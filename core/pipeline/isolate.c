/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The run's side of isolated tasks: which they are, what the helper is told, and what
 * becomes of a task that ends it.
 *
 * It is told `plan MEMORY` and `go NUMBER MEMORY LEFT DONE TOTAL EACH LIMIT`; it says
 * `ready`, `at ID DEPTH TEXT`, `left ID DEPTH`, `progress DONE TOTAL`, `log TEXT`, and `done
 * FLOPS COUNTED RESIDENT` or `fail STATUS SENTENCE`.
 */
#include "pipeline/isolate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"

enum { OPENING_SECONDS = 600, MOST_NAMED = 3 };

static int from_package(const struct ana_registry *registry,
                        const struct ana_plugin *plugin)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);

    for (int64_t i = 0; i < n; i++)
        if (entry[i].plugin == plugin)
            return entry[i].from_package;
    return 0;
}

/* Name a plugin that is to be kept apart, once. */
static void consider(const struct ana_isolate *isolate, const struct ana_plugin *plugin,
                     struct ana_text *names)
{
    if (isolate->study->isolate == ANA_ISOLATE_AUTO &&
        from_package(isolate->registry, plugin))
        return;
    if (names->data && strstr(names->data, plugin->id))
        return;
    ana_text_add(names, "%s%s", names->length > 0 ? ", " : "", plugin->id);
}

static void consider_model(const struct ana_isolate *isolate, int64_t model,
                           struct ana_text *names)
{
    while (model >= 0) {
        consider(isolate, isolate->study->models[model].plugin, names);
        model = isolate->study->models[model].input;
    }
}

static void consider_score(const struct ana_isolate *isolate,
                           const struct ana_planned *task, struct ana_text *names)
{
    const struct ana_study *study = isolate->study;
    const struct ana_study_comparison *c = task->comparison;

    consider(isolate, study->metrics[c->metric].plugin, names);
    for (int64_t y = 0; y < task->n_y; y++)
        consider(isolate, study->brains[task->y[y].recording].plugin, names);
    for (int64_t x = 0; x < c->n_x; x++) {
        const struct ana_study_features *f = &study->features[c->x[x]];

        for (int64_t i = 0; i < f->n_from; i++)
            if (f->from[i] < 0)
                consider(isolate, study->brains[-1 - f->from[i]].plugin, names);
    }
}

void ana_isolate_culprits(const struct ana_isolate *isolate,
                          const struct ana_planned *task, struct ana_text *names)
{
    if (isolate->study->isolate == ANA_ISOLATE_NO || !isolate->again)
        return;
    if (task->kind == ANA_TASK_SHOW)
        consider_model(isolate, task->model, names);
    else
        consider_score(isolate, task, names);
}

/* The names of all plugins because of which there is a helper. */
static void consider_all(const struct ana_isolate *isolate, struct ana_text *names)
{
    const struct ana_study *study = isolate->study;

    for (int64_t i = 0; i < study->n_models; i++)
        consider(isolate, study->models[i].plugin, names);
    for (int64_t i = 0; i < study->n_metrics; i++)
        consider(isolate, study->metrics[i].plugin, names);
    for (int64_t i = 0; i < study->n_brains; i++)
        consider(isolate, study->brains[i].plugin, names);
}

int ana_isolate_wanted(const struct ana_isolate *isolate)
{
    const struct ana_study *study = isolate->study;
    struct ana_text names = {0};
    int wanted;

    if (study->isolate == ANA_ISOLATE_NO || !isolate->again)
        return 0;
    consider_all(isolate, &names);
    wanted = names.length > 0;
    ana_text_finish(&names);
    return wanted;
}

static void forget_from(struct ana_at *at, int depth)
{
    for (int d = depth; d < ANA_MOST_DEEP; d++) {
        free(at->text[d]);
        at->text[d] = NULL;
    }
}

static void forget_all(struct ana_isolate *isolate)
{
    for (int i = 0; i < isolate->n_at; i++)
        forget_from(&isolate->at[i], 0);
    isolate->n_at = 0;
}

/* "ID DEPTH TEXT"; without text, the context has left that depth. */
static void note_step(struct ana_isolate *isolate, const char *words, int enters)
{
    struct ana_at *at = NULL;
    char id[24];
    int depth, used = 0;

    if (sscanf(words, "%23s %d%n", id, &depth, &used) != 2 || depth < 0 ||
        depth >= ANA_MOST_DEEP)
        return;
    for (int i = 0; i < isolate->n_at; i++)
        if (strcmp(isolate->at[i].id, id) == 0)
            at = &isolate->at[i];
    if (!at && isolate->n_at < ANA_MOST_AT) {
        at = &isolate->at[isolate->n_at++];
        memset(at, 0, sizeof *at);
        memcpy(at->id, id, sizeof at->id);
    }
    if (!at)
        return;
    forget_from(at, depth);
    if (enters)
        at->text[depth] = strdup(words + used + (words[used] == ' '));
}

static void add_texts(const struct ana_at *at, struct ana_text *text)
{
    for (int d = 0; d < ANA_MOST_DEEP; d++)
        if (at->text[d])
            ana_text_add(text, "%s%s", text->length > 0 ? ", " : "", at->text[d]);
}

/* What it was at: the main thread's contexts, then those of threads beside it. */
static void describe_at(const struct ana_isolate *isolate, struct ana_text *text)
{
    int named = 0;

    if (isolate->n_at > 0)
        add_texts(&isolate->at[0], text);
    for (int i = 1; i < isolate->n_at && named < MOST_NAMED; i++) {
        struct ana_text own = {0};

        add_texts(&isolate->at[i], &own);
        if (own.length > 0)
            ana_text_add(text, "%s%s",
                         named++ > 0        ? " or "
                         : text->length > 0 ? ", "
                                            : "",
                         own.data);
        ana_text_finish(&own);
    }
}

/* Say of a task, or of opening, how it ended the helper. */
static int fail_by_end(struct ana_ctx *ctx, struct ana_isolate *isolate, const char *what,
                       const char *culprits)
{
    struct ana_process_end end;
    struct ana_text at = {0};
    char how[256];
    int rc;

    ana_process_finish(ctx, isolate->process, &end);
    isolate->process = NULL;
    ana_process_describe(&end, how, sizeof how);
    describe_at(isolate, &at);
    forget_all(isolate);
    rc = ana_fail(ctx, ANA_EPLUGIN, "%s, plugin %s: %s; last input: %s%s%.200s", what,
                  culprits, how, at.length > 0 ? at.data : "none",
                  *end.printed ? "; the last it said: " : "", end.printed);
    ana_text_finish(&at);
    return rc;
}

static int start(struct ana_ctx *ctx, struct ana_isolate *isolate)
{
    const char *arguments[200] = {"task"};
    char jobs[24];
    int n = 4;

    snprintf(jobs, sizeof jobs, "%lld", (long long)isolate->jobs);
    arguments[1] = isolate->output;
    arguments[2] = jobs;
    arguments[3] = isolate->fresh ? "fresh" : "stored";
    for (int i = 0; isolate->again[i]; i++) {
        if (n + 1 == sizeof arguments / sizeof *arguments)
            return ana_fail(ctx, ANA_ERESOURCE,
                            "there are too many --set to hand on; write them into the "
                            "file, or run with --in-process");
        arguments[n++] = isolate->again[i];
    }
    return ana_process_start(ctx, arguments, 1, &isolate->process);
}

/* Lines that every state may have. */
static void hear(struct ana_ctx *ctx, struct ana_isolate *isolate, const char *line)
{
    long long done, total;

    if (strncmp(line, "at ", 3) == 0)
        note_step(isolate, line + 3, 1);
    else if (strncmp(line, "left ", 5) == 0)
        note_step(isolate, line + 5, 0);
    else if (sscanf(line, "progress %lld %lld", &done, &total) == 2)
        ana_progress(ctx, done, total);
    else if (strncmp(line, "log ", 4) == 0 && strncmp(line + 4, "warning: ", 9) != 0)
        ana_log(ctx, "%s", line + 4);
}

/* Wait until the helper says so, or fails in a sentence; 1 in `refused` then, which is no
 * failure here: the same will be refused here, too. */
static int wait_for(struct ana_ctx *ctx, struct ana_isolate *isolate, const char *word,
                    const char *what, int *refused)
{
    const double timeout = isolate->study->timeout;
    const double seconds =
        timeout > 0 && timeout < OPENING_SECONDS ? timeout : OPENING_SECONDS;
    struct ana_text names = {0};
    const char *line = "";
    int rc = 0;

    while (rc == 0 && line && strncmp(line, word, strlen(word)) != 0 &&
           strncmp(line, "fail ", 5) != 0) {
        rc = ana_process_line(ctx, isolate->process, seconds, &line);
        if (rc == 0 && line)
            hear(ctx, isolate, line);
    }
    *refused = rc == 0 && line && strncmp(line, "fail ", 5) == 0;
    if (rc == 0 && !line) {
        consider_all(isolate, &names);
        rc = fail_by_end(ctx, isolate, what, names.length > 0 ? names.data : "unknown");
    } else if (rc != 0) {
        ana_isolate_close(ctx, isolate);
    }
    ana_text_finish(&names);
    return rc;
}

int ana_isolate_open(struct ana_ctx *ctx, struct ana_isolate *isolate)
{
    int refused = 0;
    int rc = start(ctx, isolate);

    if (rc == 0)
        rc = wait_for(ctx, isolate, "ready", "opening the study", &refused);
    if (rc == 0 && !refused) {
        ana_process_send(isolate->process, "plan %lld", (long long)isolate->memory);
        rc = wait_for(ctx, isolate, "done", "planning the study", &refused);
    } else if (rc == 0) {
        ana_isolate_close(ctx, isolate);
    }
    return rc;
}

void ana_isolate_close(struct ana_ctx *ctx, struct ana_isolate *isolate)
{
    ana_process_finish(ctx, isolate->process, NULL);
    isolate->process = NULL;
    forget_all(isolate);
}

static void take_account(struct ana_ctx *ctx, struct ana_isolate *isolate,
                         const char *words)
{
    long long counted, resident;
    double flops;

    if (sscanf(words, "%lf %lld %lld", &flops, &counted, &resident) != 3)
        return;
    ana_ctx_count_flops(ctx, flops);
    isolate->counted = counted > isolate->counted ? counted : isolate->counted;
    isolate->resident = resident > isolate->resident ? resident : isolate->resident;
}

/* A study that changed under the run leaves its results under other keys. */
static int check_stored(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                        const struct ana_planned *task)
{
    int there = 1;

    for (int64_t t = 0; t < task->n_traces; t++)
        if (task->wanted[t])
            there &= ana_cache_has(ctx, tasks->cache, ANA_KEPT_ACTIVATIONS,
                                   task->trace[t]->key);
    for (int64_t y = 0; y < task->n_y; y++)
        if (task->y[y].todo)
            there &= ana_cache_has(ctx, tasks->cache, ANA_KEPT_RESULT, task->y[y].key);
    if (there)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: its process left no result under the expected key; the study or "
                    "a file of it was changed while it ran, run it again",
                    task->name);
}

/* Until the task at hand has ended, one way or the other. */
static int follow(struct ana_ctx *ctx, struct ana_isolate *isolate,
                  const struct ana_tasks *tasks, const struct ana_planned *task,
                  const char *culprits)
{
    for (;;) {
        const char *line;
        int status, used = 0;
        int rc = ana_process_line(ctx, isolate->process, isolate->study->timeout, &line);

        if (rc != 0) {
            ana_isolate_close(ctx, isolate);
            return rc;
        }
        if (!line)
            return fail_by_end(ctx, isolate, task->name, culprits);
        if (strncmp(line, "done ", 5) == 0) {
            take_account(ctx, isolate, line + 5);
            return check_stored(ctx, tasks, task);
        }
        if (sscanf(line, "fail %d %n", &status, &used) == 1 && used > 0)
            return ana_fail(ctx, status < 0 ? status : ANA_EPLUGIN, "%s", line + used);
        hear(ctx, isolate, line);
    }
}

int ana_isolate_run(struct ana_ctx *ctx, struct ana_isolate *isolate,
                    const struct ana_tasks *tasks, int64_t number, const char *culprits,
                    const struct ana_budget *budget)
{
    int rc = isolate->process ? 0 : start(ctx, isolate);

    if (rc != 0)
        return rc;
    ana_process_send(isolate->process, "go %lld %lld %lld %lld %.17g %.17g %.17g",
                     (long long)number, (long long)budget->memory,
                     (long long)budget->left, (long long)budget->limit, budget->done,
                     budget->total, budget->each);
    return follow(ctx, isolate, tasks, &tasks->task[number], culprits);
}
