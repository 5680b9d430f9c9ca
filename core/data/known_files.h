/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_KNOWN_FILES_H
#define ANA_DATA_KNOWN_FILES_H

#include "base/hash.h"

/* Hashes of files, remembered by path, size, times and inode, so that a start does not
 * read 20 GB again. A file that changed within the last two seconds is not remembered:
 * another change might leave the same times. */
struct ana_known_files;

/* Read the index (NULL or no such file: start empty; one that cannot be understood is
 * left aside, since it only saves time).
 * Owns: the caller; release with `ana_known_files_destroy`. */
int ana_known_files_create(struct ana_ctx *ctx, const char *index,
                           struct ana_known_files **out);
void ana_known_files_destroy(struct ana_ctx *ctx, struct ana_known_files *known);

/* The hash of a file's content. Errors: ANA_EDATA. Threads: any. */
int ana_known_files_hash(struct ana_ctx *ctx, struct ana_known_files *known,
                         const char *path, struct ana_hash *out);

/* Write what is new into the index, together with what other processes wrote since. Does
 * nothing where nothing is new. */
int ana_known_files_save(struct ana_ctx *ctx, struct ana_known_files *known);

#endif
