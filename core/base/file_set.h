/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_FILE_SET_H
#define ANA_BASE_FILE_SET_H

#include "base/file.h"

/* Files that take their places together or not at all, so that a folder never holds some of
 * an earlier run and some of this one:
 *
 *     ana_file_set_begin -> ana_writer_close, ana_file_set_add ... -> ana_file_set_commit
 *
 * While a set is open, what `ana_writer_close` ends (unless the writer is `alone`) stays
 * beside its place, synced, under its temporary name; `ana_file_set_commit` first moves
 * aside all that is replaced, the last first, then moves all into place, in the order in
 * which they were added. Wherever a process is killed, a folder that has the last file has
 * all of one set; beside it may lie files of earlier sets that no later one replaced. */
struct ana_file_set;

/* Open a set in the context, which has one at a time.
 * Owns: the caller; ends with `ana_file_set_commit` or `ana_file_set_abort`.
 * Errors: ANA_ERESOURCE. Threads: main. */
int ana_file_set_begin(struct ana_ctx *ctx, struct ana_file_set **out);

/* All into place, and the set is gone; after a failure the folder is as it was before.
 * Errors: ANA_ERESOURCE with the file. Threads: main. */
int ana_file_set_commit(struct ana_ctx *ctx, struct ana_file_set *set);

/* Of a folder that a process left which was killed between the two: what was moved aside
 * takes its place again, instead of what came there, the file called `last` last. How many
 * files that were. Who calls it has seen that `last` is missing in the set's folder.
 * Threads: main. */
int64_t ana_file_set_restore(const char *folder, const char *last);

/* Remove what was written, and the set. NULL is fine. Threads: main. */
void ana_file_set_abort(struct ana_ctx *ctx, struct ana_file_set *set);

/* Where somebody else may write a file that is to come to `path`, if a set is open: an
 * empty file beside it whose name has the ending, too ("NAME.tmp-XXXXXX.nii.gz"); `path`
 * itself if none is.
 * Owns: the caller (ana_free). Errors: NULL with ANA_ERESOURCE. Threads: any. */
char *ana_file_set_place(struct ana_ctx *ctx, const char *path, const char *ending);

/* The file at `place`, which was written whole, belongs to the set; with place = NULL, what
 * stands at `path` goes when the set comes. Both are copied. Without a set, nothing is
 * done. Errors: ANA_ERESOURCE; the place is left to the caller. Threads: any. */
int ana_file_set_add(struct ana_ctx *ctx, const char *path, const char *place);

#endif
