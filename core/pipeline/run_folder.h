/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_RUN_FOLDER_H
#define ANA_PIPELINE_RUN_FOLDER_H

#include <stdio.h>

struct ana_ctx;

/* The output folder while a run writes there. */
struct ana_run_folder {
    const char *path; /* borrowed */
    FILE *log;
    int lock; /* -1 = not taken */
};

/* Make the folder, take its lock, put back what a killed run was about to replace, remove
 * what it left half-written, and go on writing run.log, which the context logs to from then
 * on.
 *
 * Owns:    the caller; release with `ana_run_folder_close`, also after an error.
 * Errors:  ANA_ERESOURCE: it cannot be made or written, or another run holds it.
 * Threads: one. */
int ana_run_folder_open(struct ana_ctx *ctx, const char *path,
                        struct ana_run_folder *out);

/* Put back what a killed run was about to replace, where no page came, and remove what it
 * left half-written. The folder's lock is held. Errors: ANA_ERESOURCE. Threads: one. */
int ana_run_folder_clear(struct ana_ctx *ctx, const char *path);

/* End the log and give up the lock. One that was never opened has lock -1. */
void ana_run_folder_close(struct ana_ctx *ctx, struct ana_run_folder *folder);

#endif
