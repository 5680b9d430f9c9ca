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
};
int ana_writer_open(struct ana_ctx *ctx, const char *path, struct ana_writer *writer);
int ana_writer_close(struct ana_ctx *ctx, struct ana_writer *writer);
void ana_writer_abort(struct ana_writer *writer);

/* Write a whole string atomically. */
int ana_file_write(struct ana_ctx *ctx, const char *path, const char *data, int64_t n);

/* Make a folder and its parents; existing is fine. ANA_ERESOURCE with the reason. */
int ana_folder_make(struct ana_ctx *ctx, const char *path);

/* 1 if both paths lead to one existing file. */
int ana_file_same(const char *a, const char *b);

/* a joined to the folder `base` unless it is absolute. Owns: the caller (ana_free). */
char *ana_path_join(struct ana_ctx *ctx, const char *base, const char *path);

#endif
