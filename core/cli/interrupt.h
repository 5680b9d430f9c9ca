/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_INTERRUPT_H
#define ANA_CLI_INTERRUPT_H

#include <anaflow/base.h>

/* From now on the first SIGINT or SIGTERM asks the run behind ctx to stop, and the second
 * ends the program at once with exit code 130; unless the first let a task be finished.
 * ctx outlives the program's work.
 * finish_task  1 = a first SIGINT lets the task at hand be finished; the second signal then
 *              gives the run two seconds to clear up, the third ends it */
void ana_interrupt_catch(struct ana_ctx *ctx, int finish_task);

#endif
