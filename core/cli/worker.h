/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_WORKER_H
#define ANA_CLI_WORKER_H

#include <anaflow/base.h>

/* `anaflow worker JOB ARGUMENTS`: the program as a helper of another one of itself
 * (base/process.h). Not for people; it has no place in --help. Does not return where the
 * job was done: what a plugin left behind must not run at exit. */
int ana_worker(struct ana_ctx *ctx, int argc, char **argv);

#endif
