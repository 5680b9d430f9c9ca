/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tiles under a limit of memory. A tile is n_rows x its targets, whatever is short: what
 * gives way is how many targets are read and prepared at once into it, then how many tiles
 * are under way.
 */
#include "pipeline/tiling.h"

#include <math.h>

#include "pipeline/plan_disk.h"

enum {
    HOLES = 10,           /* the share of a metric's memory that the heap has holes of, */
    MOST_HOLES = 8 << 20, /* in blocks that are not the system's own: those have few */
    FEW_HOLES = 100,      /* the share of all that it holds */
    COPIED = 3 << 10,     /* bytes a row of a factor that BLAS copies, with LAPACK's */
    COMPONENTS = 1 << 20, /* what a thread's PCA copies beside the metric's work */
    MOST_COPIED = 4 << 10, /* rows */
    MOST_BLOCK = 1 << 10,  /* of series, which are taken in blocks */
    NARROW = 64,           /* targets: below, readers read much that they do not need */
    LEAST = 16
};

static double most_trained(const struct ana_problem *problem)
{
    double rows = 0;

    for (int64_t k = 0; k < problem->n_folds; k++)
        rows = fmax(rows, (double)problem->folds[k].n_train);
    return problem->n_folds > 0 ? rows : (double)problem->n_rows;
}

double ana_tiling_side(const struct ana_problem *problem)
{
    double width = 0;

    for (int64_t s = 0; s < problem->n_spaces; s++) {
        const struct ana_space *space = problem->spaces[s];

        width +=
            space->pca > 0 ? (double)space->features : (double)ana_space_width(space);
    }
    return fmin(width, most_trained(problem));
}

static int has_components(const struct ana_problem *problem)
{
    for (int64_t s = 0; s < problem->n_spaces; s++)
        if (problem->spaces[s]->pca > 0)
            return 1;
    return 0;
}

/* Copies of BLAS and LAPACK on all threads. */
static int64_t copies(const struct ana_task *task)
{
    const double rows = task->problem.layout == ANA_LAYOUT_ROWS
                            ? fmin(most_trained(&task->problem), MOST_COPIED)
                            : fmin(ana_tiling_side(&task->problem), MOST_BLOCK);

    return task->threads * (int64_t)(COPIED * rows) +
           (has_components(&task->problem) ? task->threads * COMPONENTS : 0);
}

static int64_t holes(int64_t bytes)
{
    const int64_t some = bytes / HOLES;

    return bytes / FEW_HOLES + (some < MOST_HOLES ? some : MOST_HOLES);
}

int64_t ana_tiling_spread(const struct ana_task *task)
{
    return holes(task->plan.bytes) + copies(task);
}

int ana_tiling_is_y(const struct ana_task *task)
{
    return task->rows->layout == ANA_LAYOUT_SERIES && task->plan.begun > 1 &&
           task->plan.begun < task->plan.bytes / 2;
}

int64_t ana_tiling_beside(const struct ana_task *task)
{
    return ana_task_x_bytes(task) + 8 * task->rows->n_rows * task->n_features +
           task->plan.arrays;
}

static const struct ana_recording *recording_of(const struct ana_opened *opened,
                                                const struct ana_task *task, int64_t i)
{
    return &opened->recordings[task->y[i].recording];
}

int64_t ana_tiling_memory(const struct ana_opened *opened, const struct ana_task *task,
                          int64_t left, int64_t share)
{
    int64_t most = 0;

    left -= ana_tiling_beside(task) + copies(task);
    left -= left > 0 ? holes(left) : 0;
    for (int64_t i = 0; i < task->n_y; i++) {
        const struct ana_recording *y = recording_of(opened, task, i);
        const int64_t V = y->info.n_targets, bytes = ana_recording_bytes(y, V, V);

        most = bytes > most ? bytes : most;
    }
    left -= most < left / share ? most : left / share;
    return left > 1 ? left : 1; /* 0 would be no limit */
}

int64_t ana_tiling_room(const struct ana_opened *opened, const struct ana_task *task,
                        int64_t left)
{
    int64_t scores = 0;

    for (int64_t i = 0; i < task->n_y; i++) {
        const int64_t bytes =
            ana_plan_score_bytes(task, recording_of(opened, task, i)->info.n_targets);

        scores = bytes > scores ? bytes : scores;
    }
    return left - ana_tiling_beside(task) - scores - ana_tiling_pushing(task) -
           ana_tiling_spread(task);
}

int64_t ana_tiling_tile(const struct ana_task *task, int64_t n_targets)
{
    return task->plan.tile > 0 && task->plan.tile < n_targets ? task->plan.tile
                                                              : n_targets;
}

/* A small recording is held whole rather than read again for every tile. */
int ana_tiling_holds(const struct ana_task *task, int64_t n_targets)
{
    const double bytes = (double)task->rows->n_rows * (double)n_targets * 8;

    return bytes * 3 <= (double)task->problem.memory / 4 ||
           ana_tiling_tile(task, n_targets) == n_targets;
}

int64_t ana_tiling_pushing(const struct ana_task *task)
{
    const struct ana_metric_plan *plan = &task->plan;

    return plan->pushing > 0 && plan->pushing < plan->bytes ? plan->pushing : plan->bytes;
}

int64_t ana_tiling_begun(const struct ana_task *task, int64_t n_targets)
{
    if (task->plan.begun > 0)
        return task->plan.begun;
    if (ana_tiling_tile(task, n_targets) < n_targets)
        return task->plan.bytes;
    return task->plan.bytes - 8 * task->rows->n_rows * n_targets; /* y is part of them */
}

/* What is read at a time into one place, and the bytes for all of those: a y that is held is
 * read before the metric works. */
static int64_t pose(const struct ana_task *task, int64_t n_targets, int64_t *room)
{
    *room = task->room;
    if (!ana_tiling_holds(task, n_targets))
        return ana_tiling_tile(task, n_targets);
    *room += ana_tiling_pushing(task) - ana_tiling_begun(task, n_targets);
    return n_targets;
}

/* Bytes of the places that are filled at once; the last of a y's tiles is a narrower one. */
static int64_t places_bytes(const struct ana_task *task,
                            const struct ana_recording *recording, int64_t n,
                            int64_t width)
{
    const int64_t V = recording->info.n_targets, pushes = task->problem.pushes;
    const int64_t full = V / n < pushes ? V / n : pushes;
    const int64_t rest = full < pushes ? V - full * n : 0;

    return full * ana_recording_bytes(recording, n, width) +
           (rest > 0 ? ana_recording_bytes(recording, rest, width) : 0);
}

int64_t ana_tiling_width(const struct ana_task *task,
                         const struct ana_recording *recording)
{
    int64_t room;
    const int64_t n = pose(task, recording->info.n_targets, &room);
    int64_t width = n;

    while (width > LEAST && places_bytes(task, recording, n, width) > room)
        width = (width / 2 + LEAST - 1) / LEAST * LEAST;
    return width;
}

int64_t ana_tiling_bytes(const struct ana_task *task,
                         const struct ana_recording *recording)
{
    int64_t room;
    const int64_t n = pose(task, recording->info.n_targets, &room);

    return places_bytes(task, recording, n, ana_tiling_width(task, recording));
}

int ana_tiling_fits(const struct ana_opened *opened, const struct ana_task *task)
{
    for (int64_t i = 0; i < task->n_y; i++) {
        const struct ana_recording *y = recording_of(opened, task, i);
        int64_t room;
        const int64_t n = pose(task, y->info.n_targets, &room);
        const int64_t width = ana_tiling_width(task, y);

        if (places_bytes(task, y, n, width) > room || (width < NARROW && width < n))
            return 0;
    }
    return 1;
}
