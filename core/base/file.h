/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_FILE_H
#define ANA_BASE_FILE_H

#include <stdio.h>

#include <anaflow/base.h>
#include <anaflow/files.h> /* ana_file_glob */

/* Files as a run needs them: read whole with a limit, mapped, or written whole or
 * not at all. Every error names the file. */

/* Read a whole regular file of at most `most` bytes, with a zero byte behind it.
 * Owns: the caller (ana_free). Errors: ANA_EDATA, ANA_ERESOURCE. */
int ana_file_read(struct ana_ctx *ctx, const char *path, int64_t most, char **data,
                  int64_t *n);

/* Hand a whole regular file over in pieces, in order; `take` returns 0 to go on.
 * Errors: ANA_EDATA, ANA_ERESOURCE. */
int ana_file_pieces(struct ana_ctx *ctx, const char *path,
                    int (*take)(void *arg, const void *data, int64_t n), void *arg);

/* Map a regular file read-only. Release with `ana_file_unmap`. An empty file is refused. */
int ana_file_map(struct ana_ctx *ctx, const char *path, const uint8_t **data, int64_t *n);
void ana_file_unmap(const uint8_t *data, int64_t n);

/* A file that appears under its name whole or not at all: temporary file in the
 * same folder, then fsync, rename and fsync of the folder.
 *     ana_writer_open -> fprintf/fwrite to writer.file -> ana_writer_close
 * `ana_writer_abort` removes what there is; close after a failed write does too. */
struct ana_writer {
    FILE *file;
    char *path, *temporary;
    int alone; /* 1 = comes at once, whatever set of files is open (base/file_set.h) */
};
int ana_writer_open(struct ana_ctx *ctx, const char *path, struct ana_writer *writer);
int ana_writer_close(struct ana_ctx *ctx, struct ana_writer *writer);
void ana_writer_abort(struct ana_writer *writer);

/* One that is written out of order, and for long: between `rest` and `wake` no file is
 * open, so that there may be thousands of them, and `ana_writer_place` puts bytes
 * anywhere (threads: any, on distinct bytes); gaps are zeros. Errors: ANA_ERESOURCE. */
int ana_writer_rest(struct ana_ctx *ctx, struct ana_writer *writer);
int ana_writer_place(struct ana_ctx *ctx, const struct ana_writer *writer, int64_t at,
                     const void *data, int64_t n);
int ana_writer_wake(struct ana_ctx *ctx, struct ana_writer *writer);

/* Write a whole string atomically. */
int ana_file_write(struct ana_ctx *ctx, const char *path, const char *data, int64_t n);

/* Take room on the disk for an open file now, where the file system can: later there may
 * be none left. ANA_ERESOURCE: "WHAT of 3 GB does not fit into FOLDER, which has ...". */
int ana_file_reserve(struct ana_ctx *ctx, int fd, int64_t bytes, const char *what,
                     const char *folder);

/* Have the system keep what happened to the names in a file's folder. Best effort. */
void ana_file_sync_folder(const char *path);

/* Make a folder and its parents; existing is fine. ANA_ERESOURCE with the reason. */
int ana_folder_make(struct ana_ctx *ctx, const char *path);

/* What tells a file from what it was: equal signatures mean an untouched file. */
struct ana_file_sign {
    int64_t size, mtime, ctime; /* bytes, ns, ns since 1970 */
    uint64_t inode;
};
/* 1 if there is a regular file; 0 if there is none (sign is then zero). */
int ana_file_sign(const char *path, struct ana_file_sign *sign);

/* Names of everything in a folder but "." and "..", in natural order; a folder that
 * cannot be read has none. Owns: the caller (each, then the list). ANA_ERESOURCE. */
int ana_folder_list(struct ana_ctx *ctx, const char *path, int64_t *n, char ***names);
int ana_folder_is(const char *path);

/* Remove a file; one that is gone already is fine. ANA_ERESOURCE with the reason. */
int ana_file_remove(struct ana_ctx *ctx, const char *path);

/* Remove the temporary files of a folder, which killed processes left. What cannot be
 * removed stays, and nothing is said: it may be called once a run has failed. */
void ana_folder_sweep(const char *path);

/* Set a file's times to now: it was used. Best effort. */
void ana_file_touch(const char *path);

/* 1 if a file's name is that of a temporary file of `ana_writer_open` or of a set. */
int ana_file_is_temporary(const char *name);

/* A lock that ends with the process, on a file made for it. ANA_LOCK_ALONE never waits:
 * *lock is -1 where somebody else holds it (return 0). ANA_LOCK_SHARED waits for those
 * who hold it alone, which is to be never long.
 * Owns: the caller; release with `ana_lock_release`. ANA_ERESOURCE: no such file can be
 * made. */
#define ANA_LOCK_SHARED 0
#define ANA_LOCK_ALONE 1
int ana_lock_take(struct ana_ctx *ctx, const char *path, int wanted, int *lock);
/* Turn a held lock into the other kind; 0 if somebody else stands in the way. */
int ana_lock_change(int lock, int wanted);
void ana_lock_release(int *lock);

/* 1 if both paths lead to one existing file. */
int ana_file_same(const char *a, const char *b);

/* a joined to the folder `base` unless it is absolute. Owns: the caller (ana_free). */
char *ana_path_join(struct ana_ctx *ctx, const char *base, const char *path);

#endif
