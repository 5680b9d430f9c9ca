/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a study to its list of tasks. Per class of comparisons: each model once for each
 * stretch of sound and silence that is asked of it, then each variant of each x side.
 */
#include "pipeline/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/class_tasks.h"
#include "pipeline/extent.h"
#include "pipeline/kept.h"

void ana_tasks_finish(struct ana_ctx *ctx, struct ana_tasks *tasks)
{
    if (!tasks->arena.ctx)
        return;
    ana_classes_destroy(ctx, tasks->opened, tasks->n_classes, tasks->classes,
                        tasks->rows);
    ana_keys_finish(&tasks->keys);
    ana_keys_finish(&tasks->before);
    ana_arena_finish(&tasks->arena);
    memset(tasks, 0, sizeof *tasks);
}

static struct ana_planned *add_task(struct ana_tasks *tasks, int32_t kind,
                                    struct ana_class *c)
{
    struct ana_planned *grown =
        ana_arena_more(&tasks->arena, tasks->task, tasks->n, sizeof *grown);

    if (!grown)
        return NULL;
    tasks->task = grown;
    grown += tasks->n++;
    grown->kind = kind;
    grown->class_ = c;
    return grown;
}

/* "cnn", or "cnn, permuted 2". */
static const char *name_model(struct ana_tasks *tasks, int64_t number)
{
    const struct ana_study_model *model = &tasks->opened->study->models[number];

    return model->twin_of < 0
               ? model->name
               : ana_arena_format(&tasks->arena, "%s, %s,", model->name, model->variant);
}

/* 1 if a model can be shown the same for two spaces. Stretches of sound and silence must
 * be equal, not only overlap: no activations may depend on what else is asked for. */
static int same_pass(const struct ana_tasks *tasks, const struct ana_features *a,
                     const struct ana_features *b, struct ana_trace *one,
                     struct ana_trace *other)
{
    const struct ana_stimuli *stimuli;

    if (a->stimuli != b->stimuli || a->rows != b->rows ||
        (a->reduce == ANA_REDUCE_NONE) != (b->reduce == ANA_REDUCE_NONE))
        return 0;
    stimuli = tasks->opened->stimuli[a->stimuli];
    for (int64_t g = 0; one->stretch && g < a->rows->n_groups; g++) {
        const double duration = stimuli->item[a->rows->item[g]].duration;
        const struct ana_extent x = ana_extent_whole(1, &one, g, duration);
        const struct ana_extent y = ana_extent_whole(1, &other, g, duration);

        if (x.low != y.low || x.high != y.high)
            return 0;
    }
    return 1;
}

static int show_task(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_class *c,
                     const struct ana_features *f, int64_t model, struct ana_trace *trace,
                     struct ana_planned **out)
{
    const struct ana_study *study = tasks->opened->study;
    const char *who;

    (void)ctx;
    for (int64_t i = 0; i < tasks->n; i++) {
        *out = &tasks->task[i];
        if ((*out)->kind == ANA_TASK_SHOW && (*out)->class_ == c &&
            (*out)->model == model &&
            same_pass(tasks, (*out)->features, f, (*out)->trace[0], trace))
            return 0;
    }
    *out = add_task(tasks, ANA_TASK_SHOW, c);
    if (!*out)
        return ANA_ERESOURCE;
    (*out)->model = model;
    (*out)->features = f;
    who = name_model(tasks, model);
    if (!who)
        return ANA_ERESOURCE;
    (*out)->name = f->reduce == ANA_REDUCE_NONE
                       ? ana_arena_format(&tasks->arena, "show %s %s, %g Hz", who,
                                          study->stimuli[f->stimuli].name, f->rows->rate)
                       : ana_arena_format(&tasks->arena, "show %s %s", who,
                                          study->stimuli[f->stimuli].name);
    return (*out)->name ? 0 : ANA_ERESOURCE;
}

/* Put the traces of a space into the tasks that make them, each key once. */
static int plan_shows(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_class *c,
                      const struct ana_features *f)
{
    int rc = 0;

    for (int64_t i = 0; i < f->n_variants; i++) {
        const struct ana_variant *v = &f->variants[i];

        if (v->model < 0 || !ana_kept_model(tasks->opened, v->model))
            continue;
        for (int64_t t = 0; rc == 0 && t < v->n_traces; t++) {
            struct ana_trace *trace = v->traces[t];
            struct ana_planned *task;
            int64_t k = 0;

            rc = ana_keys_trace(ctx, &tasks->keys, c, f, v->model, trace, &trace->key);
            if (rc == 0)
                rc = show_task(ctx, tasks, c, f, v->model, trace, &task);
            if (rc != 0)
                break;
            while (k < task->n_traces && task->trace[k]->key != trace->key)
                k++;
            if (k < task->n_traces)
                continue;
            task->trace = ana_arena_more(&tasks->arena, task->trace, task->n_traces,
                                         sizeof *task->trace);
            task->wanted = ana_arena_more(&tasks->arena, task->wanted, task->n_traces,
                                          sizeof *task->wanted);
            task->space = ana_arena_more(&tasks->arena, (void *)task->space,
                                         task->n_traces, sizeof *task->space);
            if (!task->trace || !task->wanted || !task->space)
                return ANA_ERESOURCE;
            task->space[task->n_traces] = f->study->name;
            task->trace[task->n_traces++] = trace;
        }
    }
    return rc;
}

/* "score averaged coch conv1", "score low+net spec all + w2v layer3". */
static const char *name_score(struct ana_tasks *tasks, const struct ana_class *c,
                              const struct ana_study_comparison *comparison,
                              const char *who, const int64_t *variant)
{
    const char *name = who ? ana_arena_format(&tasks->arena, "score %s", who) : NULL;

    for (int64_t x = 0; name && x < comparison->n_x; x++) {
        const struct ana_variant *v =
            &c->features[comparison->x[x]]->variants[variant[x]];
        const char *model = v->model < 0 ? ana_variant_model(tasks->opened, v)
                                         : name_model(tasks, v->model);

        if (!model)
            return NULL;
        name = ana_arena_format(&tasks->arena, "%s%s %s%s%s", name, x > 0 ? " +" : "",
                                model, v->model < 0 ? "" : " ",
                                v->model < 0 ? "" : ana_variant_layer(tasks->opened, v));
    }
    return name;
}

/* One planned result a recording. */
static int plan_y(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_planned *task,
                  const struct ana_task_y *from, const char *x_key,
                  struct ana_planned_y *y)
{
    const struct ana_study_comparison *c =
        &tasks->opened->study->comparisons[from->comparison];

    y->comparison = from->comparison;
    y->recording = from->recording;
    y->rows = from->rows;
    y->name = name_score(tasks, task->class_, c, c->name, task->variant);
    return y->name ? ana_keys_y(ctx, &tasks->keys, x_key, y->recording, y->rows, &y->key)
                   : ANA_ERESOURCE;
}

/* Targets of the widest recording of a task: what its plan is made for. */
static int64_t most_targets(const struct ana_tasks *tasks, const struct ana_task *task)
{
    int64_t most = 0;

    for (int64_t i = 0; i < task->n_y; i++) {
        const int64_t n = tasks->opened->recordings[task->y[i].recording].info.n_targets;

        most = n > most ? n : most;
    }
    return most;
}

/* Where the tasks of a class go. */
struct planning {
    struct ana_tasks *tasks;
    struct ana_class *class_;
};

static int plan_score(struct ana_ctx *ctx, void *arg, struct ana_task *from)
{
    const struct planning *planning = arg;
    struct ana_tasks *tasks = planning->tasks;
    struct ana_planned *task = add_task(tasks, ANA_TASK_SCORE, planning->class_);
    const struct ana_study_comparison *c =
        &tasks->opened->study->comparisons[from->y[0].comparison];
    const char *x_key, *who = c->name;
    int rc;

    if (!task)
        return ANA_ERESOURCE;
    task->comparison = c;
    task->n_y = from->n_y;
    task->y = ana_arena_alloc(&tasks->arena, from->n_y, sizeof *task->y);
    task->variant = ana_arena_alloc(&tasks->arena, c->n_x, sizeof *task->variant);
    if (!task->y || !task->variant)
        return ANA_ERESOURCE;
    memcpy(task->variant, from->variant, (size_t)c->n_x * sizeof *task->variant);
    if (from->n_y > 1)
        who = ana_arena_format(&tasks->arena, "%s and %lld more", c->name,
                               (long long)from->n_y - 1);
    task->name = name_score(tasks, task->class_, c, who, task->variant);
    rc = task->name ? ana_keys_x(ctx, &tasks->keys, task->class_, c, task->variant,
                                 most_targets(tasks, from), &x_key)
                    : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < task->n_y; i++)
        rc = plan_y(ctx, tasks, task, &from->y[i], x_key, &task->y[i]);
    return rc;
}

static int plan_class(struct ana_ctx *ctx, struct ana_tasks *tasks, struct ana_class *c)
{
    const struct ana_study *study = tasks->opened->study;
    int rc = 0;

    for (int64_t f = 0; rc == 0 && f < study->n_features; f++)
        if (c->features[f])
            rc = plan_shows(ctx, tasks, c, c->features[f]);
    if (rc == 0)
        rc = ana_class_tasks(ctx, tasks->opened, c, plan_score,
                             &(struct planning){tasks, c});
    return rc;
}

/* By name, then in the order of recordings and of files in each. */
static int by_name(const void *a, const void *b)
{
    const struct ana_kept_file *x = *(struct ana_kept_file *const *)a;
    const struct ana_kept_file *y = *(struct ana_kept_file *const *)b;
    const int names = strcmp(x->name.hex, y->name.hex);

    if (names != 0)
        return names;
    return x->recording != y->recording
               ? (x->recording > y->recording) - (x->recording < y->recording)
               : (x > y) - (x < y);
}

/* Tie files of one name together, so that nobody looks through all of them for it. */
static int tie_files(struct ana_ctx *ctx, const struct ana_tasks *tasks)
{
    const struct ana_recording *r = tasks->opened->recordings;
    const int64_t n_brains = tasks->opened->study->n_brains;
    struct ana_kept_file **file, *first = NULL, *last = NULL;
    int64_t n = 0;

    for (int64_t b = 0; b < n_brains; b++)
        n += r[b].info.n_kept;
    file = ana_alloc(ctx, n, sizeof *file);
    if (!file)
        return ANA_ERESOURCE;
    n = 0;
    for (int64_t b = 0; b < n_brains; b++)
        for (int64_t i = 0; i < r[b].info.n_kept; i++)
            file[n++] = &tasks->kept[b][i];
    if (n > 0)
        qsort(file, (size_t)n, sizeof *file, by_name);
    for (int64_t i = 0; i < n; i++) {
        struct ana_kept_file *f = file[i];

        if (!first || strcmp(first->name.hex, f->name.hex) != 0)
            first = last = f;
        f->again = f != last && f->recording == last->recording;
        if (f->again)
            continue;
        last->next = f;
        f->next = first;
        last = f;
    }
    ana_free(ctx, file);
    return 0;
}

/* What the readers' blocks take: without a cache they are all to be made. */
static int look_for_blocks(struct ana_ctx *ctx, struct ana_tasks *tasks)
{
    const int64_t n = tasks->opened->study->n_brains;
    int rc = 0;

    tasks->kept = ana_arena_alloc(&tasks->arena, n, sizeof *tasks->kept);
    if (!tasks->kept)
        return ANA_ERESOURCE;
    for (int64_t r = 0; rc == 0 && r < n; r++) {
        const struct ana_recording_info *info = &tasks->opened->recordings[r].info;
        struct ana_kept_file *kept =
            ana_arena_alloc(&tasks->arena, info->n_kept, sizeof *kept);

        tasks->kept[r] = kept;
        rc = kept ? 0 : ANA_ERESOURCE;
        for (int64_t i = 0; rc == 0 && i < info->n_kept; i++) {
            rc = ana_blocks_look(ctx, &info->kept[i], &kept[i].there, &kept[i].name);
            if (rc == 0)
                kept[i].bytes = ana_blocks_bytes(&info->kept[i]);
            kept[i].recording = r;
        }
    }
    return rc ? rc : tie_files(ctx, tasks);
}

int ana_tasks_create(struct ana_ctx *ctx, const struct ana_registry *registry,
                     const struct ana_opened *opened, struct ana_cache *cache,
                     struct ana_tasks *tasks)
{
    int rc;

    memset(tasks, 0, sizeof *tasks);
    tasks->arena.ctx = ctx;
    tasks->opened = opened;
    tasks->cache = cache;
    tasks->rows = ana_alloc(ctx, opened->study->n_comparisons, sizeof(struct ana_rows *));
    rc = tasks->rows ? ana_keys_begin(ctx, opened, registry, cache ? cache->known : NULL,
                                      &tasks->keys)
                     : ANA_ERESOURCE;
    if (rc == 0)
        rc = ana_classes_create(ctx, opened, &tasks->n_classes, &tasks->classes,
                                tasks->rows);
    for (int64_t i = 0; rc == 0 && i < tasks->n_classes; i++)
        rc = ana_class_prepare(ctx, opened, &tasks->classes[i]);
    for (int64_t i = 0; rc == 0 && i < tasks->n_classes; i++)
        rc = plan_class(ctx, tasks, &tasks->classes[i]);
    if (rc == 0 && cache)
        rc = ana_tasks_recall(ctx, tasks);
    if (rc == 0)
        rc = ana_tasks_state(ctx, tasks);
    if (rc == 0)
        rc = look_for_blocks(ctx, tasks);
    return rc;
}

/* Whether something that is to do reads a recording, as y or as x. */
static int reads(const struct ana_planned *task, int64_t recording)
{
    const struct ana_study_comparison *c = task->comparison;

    if (task->kind != ANA_TASK_SCORE || !task->todo)
        return 0;
    for (int64_t i = 0; i < task->n_y; i++)
        if (task->y[i].todo && task->y[i].recording == recording)
            return 1;
    for (int64_t i = 0; i < c->n_x; i++) {
        const struct ana_features *f = task->class_->features[c->x[i]];

        if (f && -1 - f->variants[task->variant[i]].model == recording)
            return 1;
    }
    return 0;
}

/* Whether a file of a recording is one of those before it, there or of others read. */
static int had_before(const struct ana_kept_file *file, const uint8_t *read)
{
    for (const struct ana_kept_file *o = file->next; !file->again && o != file;
         o = o->next)
        if (read[o->recording])
            return 1;
    return file->again;
}

struct ana_reading ana_tasks_first_reading(const struct ana_tasks *tasks,
                                           const uint8_t *read, int64_t r)
{
    const struct ana_recording_info *info = &tasks->opened->recordings[r].info;
    struct ana_reading all = {.scratch = info->scratch};

    for (int64_t i = 0; i < info->n_kept; i++)
        if (!had_before(&tasks->kept[r][i], read))
            *(tasks->kept[r][i].there ? &all.is_kept : &all.to_keep) +=
                tasks->kept[r][i].bytes;
    return all;
}

int ana_tasks_reading(struct ana_ctx *ctx, const struct ana_tasks *tasks,
                      struct ana_reading *all)
{
    const int64_t n = tasks->opened->study->n_brains;
    uint8_t *read = ana_alloc(ctx, n, sizeof *read);

    memset(all, 0, sizeof *all);
    if (!read)
        return ANA_ERESOURCE;
    for (int64_t r = 0; r < n; r++)
        for (int64_t i = 0; i < tasks->n; i++)
            if (reads(&tasks->task[i], r)) {
                const struct ana_reading one = ana_tasks_first_reading(tasks, read, r);

                all->scratch += one.scratch;
                all->to_keep += one.to_keep;
                all->is_kept += one.is_kept;
                read[r] = 1;
                break;
            }
    ana_free(ctx, read);
    return 0;
}
