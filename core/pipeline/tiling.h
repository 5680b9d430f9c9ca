/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_TILING_H
#define ANA_PIPELINE_TILING_H

#include "pipeline/task.h"

/* How a y comes to a metric under a limit of memory: held whole or in tiles, how many of
 * them at once, read how many targets wide. None of it is seen by a score: a tile is as
 * wide as the metric planned it from the problem's sizes, and preparation takes every
 * target by itself. */

/* What a metric may use of the bytes that are left for a task: x is held, and a recording
 * is read and prepared beside it, in a quarter of them where `share` is 4. */
int64_t ana_tiling_memory(const struct ana_opened *opened, const struct ana_task *task,
                          int64_t left, int64_t share);

/* What of them is left for reading, once the metric has its plan; may be negative. */
int64_t ana_tiling_room(const struct ana_opened *opened, const struct ana_task *task,
                        int64_t left);

/* 1 where so many targets are read once and held while the metric works. */
int ana_tiling_holds(const struct ana_task *task, int64_t n_targets);

/* Targets of a tile of one y. */
int64_t ana_tiling_tile(const struct ana_task *task, int64_t n_targets);

/* Bytes that a metric holds while tiles are read for it. */
int64_t ana_tiling_pushing(const struct ana_task *task);

/* Bytes that a metric holds while a y that is held is read. */
int64_t ana_tiling_begun(const struct ana_task *task, int64_t n_targets);

/* Targets to read at once for a tile, or for all of a y that is held: the widest that
 * fits, and 16 where nothing does. */
int64_t ana_tiling_width(const struct ana_task *task,
                         const struct ana_recording *recording);

/* Bytes that reading holds: the tiles that are under way, or a y that is held. */
int64_t ana_tiling_bytes(const struct ana_task *task,
                         const struct ana_recording *recording);

/* 1 where that fits into the task's room for every y, at no width below 64. */
int ana_tiling_fits(const struct ana_opened *opened, const struct ana_task *task);

/* 1 where most of what a metric holds goes with the samples of y, so that a shorter recording
 * lowers it and not a smaller space. */
int ana_tiling_is_y(const struct ana_task *task);

/* Bytes that the process takes beside what a metric holds: the heap's holes, and what BLAS
 * copies its factors to on every thread. */
int64_t ana_tiling_spread(const struct ana_task *task);

/* The side of what a metric decomposes, from the shapes of its problem. */
double ana_tiling_side(const struct ana_problem *problem);

/* Bytes of a task beside the metric's own and a y's: x, its samples as a matrix' rows, and
 * the arrays that are handed out. */
int64_t ana_tiling_beside(const struct ana_task *task);

#endif
