/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of a run will take. Rows, arrays and the list of tasks are counted; the
 * page, its figures and the JSON files are as long as those of the examples were.
 */
#include "pipeline/plan_disk.h"

#include <math.h>
#include <string.h>

#include "pipeline/space.h"

enum {
    MOST_SETS = 64,    /* of targets that a metric scores, all of them beside */
    SCORE_BYTES = 9,   /* of a score while a metric works: itself, and that it came */
    FOLD_ROWS = 1000,  /* targets up to which scores.tsv has a row a fold (scores.c) */
    TEXT_BYTES = 512,  /* names and notes of one result in the store */
    ROW_BYTES = 84,    /* of a row of scores.tsv beside the names */
    ARRAY_BYTES = 128, /* a .npy header */
    PAGE_BYTES = 48 << 10, /* the page without figures, and run.log */
    Y_BYTES = 24 << 10,    /* of one y: figures, twice; report.json, summary.json */
    MAP_BYTES = 24 << 10,  /* more where the targets have places: maps */
    DOT_BYTES = 150,       /* of a target in a map, up to MOST_DOTS */
    MOST_DOTS = 2000,
    KERNEL_BYTES = 80 << 10, /* more where a metric hands out arrays: a kernel, twice */
    CURVE_BYTES = 8 << 10,   /* more where they have regions: curves */
    PART_BYTES = 4600, /* more for each score of a part: its figures, twice, and JSON */
    LOCK_BYTES = 200,  /* of a file in anaflow.lock.json */
    FOLD_BYTES = 28    /* of a line of folds-*.tsv beside the name */
};

static int64_t length(const char *text)
{
    return text ? (int64_t)strlen(text) : 0;
}

/* A line for each split and group (folds_write.c). */
static int64_t folds_bytes(const struct ana_class *c)
{
    int64_t names = 0;

    for (int64_t g = 0; g < c->units.n_groups; g++)
        names += length(c->units.names[g]) + FOLD_BYTES;
    return names * c->folds->n;
}

static int64_t input_count(const struct ana_opened *opened)
{
    const struct ana_study *study = opened->study;
    int64_t n = 3 * study->n_models; /* a checkpoint's */

    for (int64_t i = 0; i < study->n_stimuli; i++)
        n += opened->stimuli[i] ? opened->stimuli[i]->n : 0;
    for (int64_t i = 0; i < study->n_brains; i++)
        n += opened->recordings[i].seen.n;
    return n;
}

int64_t ana_plan_files(const struct ana_tasks *tasks)
{
    int64_t bytes = PAGE_BYTES + LOCK_BYTES * input_count(tasks->opened);

    for (int64_t i = 0; i < tasks->n_classes; i++)
        bytes += folds_bytes(&tasks->classes[i]);
    for (int64_t i = 0; i < tasks->keys.n;
         i++) /* .store/tasks, once and as it is written */
        bytes += 48 + length(tasks->keys.node[i].text);
    for (int64_t i = 0; i < tasks->n; i++)
        bytes += 80 * (tasks->task[i].n_traces + tasks->task[i].n_y);
    return bytes;
}

/* Scores of a target in a fold, those that the core derives from predictions included. */
static int64_t measures(const struct ana_task *task)
{
    int64_t derived = 0;

    if (task->problem.want_predictions &&
        (task->metric->plugin->metric->flags & ANA_METRIC_NEEDS_FOLDS))
        ana_clip_measures(&derived);
    return (task->plan.scores > 0 ? task->plan.scores : task->plan.n_measures) + derived;
}

/* Targets in a table of scores: a metric that scores sets has one a region at most. */
static int64_t columns(const struct ana_task *task, int64_t targets)
{
    if (task->metric->plugin->metric->flags & ANA_METRIC_PER_TARGET)
        return targets;
    return targets < MOST_SETS ? targets + 1 : MOST_SETS + 1;
}

/* Scores a measure and fold: of each target, or of all targets and of each region. */
static int64_t count_scores(const struct ana_task *task,
                            const struct ana_recording_info *info)
{
    const char *names[MOST_SETS];
    int64_t n = 0;

    if (task->metric->plugin->metric->flags & ANA_METRIC_PER_TARGET)
        return info->n_targets;
    for (int64_t t = 0; t < info->n_targets && n < MOST_SETS; t++) {
        const char *region = info->targets[t].region;
        int64_t i = n - 1; /* neighbours often share one */

        if (length(region) == 0)
            continue;
        while (i >= 0 && strcmp(names[i], region) != 0)
            i--;
        if (i < 0)
            names[n++] = region;
    }
    return n + 1;
}

static int64_t fold_count(const struct ana_task *task)
{
    return task->folds->n > 0 ? task->folds->n : 1;
}

/* Names and numbers of a row of scores.tsv, the target's own name taken as the first's. */
static int64_t row_bytes(const struct ana_opened *opened, const struct ana_task *task,
                         const struct ana_task_y *y)
{
    const struct ana_study *study = opened->study;
    const struct ana_features *f = task->features[0];
    const struct ana_variant *v = &f->variants[task->variant[0]];
    const struct ana_recording_info *info = &opened->recordings[y->recording].info;

    return ROW_BYTES + length(study->name) + length(study->stamp) +
           length(study->comparisons[y->comparison].name) +
           length(study->brains[y->recording].name) + length(f->study->name) +
           length(ana_variant_model(opened, v)) + length(ana_variant_layer(opened, v)) +
           length(info->targets[0].name) + length(info->targets[0].region);
}

static int64_t figure_bytes(const struct ana_recording_info *info)
{
    const int64_t dots = info->n_targets < MOST_DOTS ? info->n_targets : MOST_DOTS;
    int64_t bytes = Y_BYTES;

    if (!isnan(info->targets[0].position[0]))
        bytes += MAP_BYTES + DOT_BYTES * dots;
    return length(info->targets[0].region) > 0 ? bytes + CURVE_BYTES : bytes;
}

/* Scores of parts (a band, a window): each lag's have one figure together. */
static int64_t parts(const struct ana_task *task)
{
    const int64_t n = task->plan.scores - task->plan.n_measures;

    for (int64_t s = 0; s < task->problem.n_spaces; s++)
        if (task->problem.spaces[s]->lag_mode == ANA_LAGS_EACH)
            return 0;
    return n > 0 ? n : 0;
}

/* What scores.tsv, arrays/ and the page take of one y. */
static int64_t written_bytes(const struct ana_opened *opened, const struct ana_task *task,
                             const struct ana_task_y *y, int64_t targets)
{
    const struct ana_study *study = opened->study;
    const int64_t V = columns(task, targets), K = fold_count(task), M = measures(task);
    const int by_fold = study->fold_rows > 0 || (study->fold_rows < 0 && V <= FOLD_ROWS);

    return M * V * (by_fold ? K + 1 : 1) * row_bytes(opened, task, y) +
           (M + 1) * (8 * V * K + ARRAY_BYTES) + /* alphas, too */
           figure_bytes(&opened->recordings[y->recording].info) +
           PART_BYTES * parts(task) + (task->plan.arrays > 0 ? KERNEL_BYTES : 0);
}

/* Named arrays of a y of so many targets. */
static int64_t array_bytes(const struct ana_task *task, int64_t targets)
{
    const int64_t most = task->problem.n_targets;

    return (int64_t)((double)task->plan.arrays * (double)targets /
                     (double)(most > 0 ? most : 1));
}

int64_t ana_plan_score_bytes(const struct ana_task *task, int64_t targets)
{
    return columns(task, targets) * fold_count(task) * (measures(task) * SCORE_BYTES + 8);
}

int64_t ana_plan_scores(const struct ana_opened *opened, const struct ana_task *task,
                        struct ana_plan *plan, int64_t *gathered)
{
    int64_t most = 0;

    for (int64_t i = 0; i < task->n_y; i++) {
        const struct ana_recording_info *info =
            &opened->recordings[task->y[i].recording].info;
        const int64_t targets = info->n_targets;
        const int64_t V = columns(task, targets), cells = V * fold_count(task);
        const int64_t bytes = ana_plan_score_bytes(task, targets);

        most = bytes > most ? bytes : most;
        *gathered += (cells + V) * (measures(task) + 1) * 8 + TEXT_BYTES;
        plan->results += written_bytes(opened, task, &task->y[i], targets) +
                         array_bytes(task, targets);
        plan->store += bytes + TEXT_BYTES + array_bytes(task, targets);
        plan->scores += count_scores(task, info);
    }
    return most;
}
