/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_CLASS_TASKS_H
#define ANA_PIPELINE_CLASS_TASKS_H

#include "pipeline/class.h"

/* Hand out the tasks of a prepared class one after the other: each x side (a choice of
 * one variant a space, with a metric) once, with every recording that it is compared
 * with. A task is made for the call and finished behind it.
 *
 * Errors: what `each` returns first, 0 to go on; ANA_ERESOURCE. */
int ana_class_tasks(struct ana_ctx *ctx, const struct ana_opened *opened,
                    const struct ana_class *class_,
                    int (*each)(struct ana_ctx *ctx, void *arg, struct ana_task *task),
                    void *arg);

#endif
