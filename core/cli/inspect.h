/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_INSPECT_H
#define ANA_CLI_INSPECT_H

#include <anaflow/base.h>

/* Say on standard output what a folder holds: its files by extension, sounds with their
 * length, and whether it is a BIDS dataset. */
/* 1 if the folder holds a network's weights; then what it is, exit code included. */
int ana_is_checkpoint(struct ana_ctx *ctx, const char *path);
int ana_inspect_checkpoint(struct ana_ctx *ctx, const char *path);
int ana_inspect_folder(struct ana_ctx *ctx, const char *path);

/* 1 if the name ends as a sound file's does. */
int ana_is_sound(const char *path);

/* "1:02:03.5" or "8.50 s": a duration for a person. */
const char *ana_duration_text(double seconds, char buffer[32]);

#endif
