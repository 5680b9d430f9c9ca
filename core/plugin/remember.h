/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_REMEMBER_H
#define ANA_PLUGIN_REMEMBER_H

#include <anaflow/base.h>

/* What is known of plugin files from outside the package: which have been loaded by a
 * helper without harm, and which crash, hang or exit. Kept in plugins.json under
 * $ANAFLOW_CACHE, $XDG_CACHE_HOME/anaflow or ~/.cache/anaflow: path, size, mtime, hash
 * (XXH3 of the content) and reason. A file is the same if its size and its mtime or hash
 * are. Everything is forgotten when libanaflow itself changes. */
struct ana_memory;

/* Owns: the caller; release with `ana_memory_destroy`. A file that cannot be read or made
 * sense of counts as empty. Errors: ANA_ERESOURCE. */
int ana_memory_create(struct ana_ctx *ctx, struct ana_memory **out);
void ana_memory_destroy(struct ana_memory *memory);

/* 1 if the file is known and has not changed; *reason is why it must not be loaded, or
 * NULL if it may. Owns: the memory. */
int ana_memory_find(const struct ana_memory *memory, const char *path,
                    const char **reason);

/* Remember a verdict; reason = NULL: it loads. Without memory nothing is remembered. */
void ana_memory_note(struct ana_memory *memory, const char *path, const char *reason);

/* Write what is new; a cache that cannot be written is a line in the log, no failure. */
void ana_memory_save(struct ana_ctx *ctx, struct ana_memory *memory);

/* Forget all. */
void ana_memory_forget(struct ana_ctx *ctx);

/* The folder for what anaflow remembers from run to run. Owns: the caller (ana_free).
 * NULL where there is no home. */
char *ana_cache_folder(struct ana_ctx *ctx);

#endif
