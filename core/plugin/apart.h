/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_APART_H
#define ANA_PLUGIN_APART_H

#include "plugin/params.h"
#include "plugin/registry.h"

/* Readers whose library is not safe on damaged files (ANA_READER_UNTRUSTED_LIB) work in a
 * process of their own, `anaflow worker reader FILE`, one for each plugin, started when it
 * is first needed. No file is opened by such a library here: what it is, what it holds and
 * its values come back in messages whose sizes are checked. One call is under way at a
 * time. A file that ends the worker is refused in a sentence, and the next call starts
 * another one. */
struct ana_apart;

/* Nothing is started yet. Owns: the caller; release with `ana_apart_destroy`, behind the
 * last recording that was opened through it. Errors: ANA_ERESOURCE. */
int ana_apart_create(struct ana_ctx *ctx, struct ana_apart **out);
void ana_apart_destroy(struct ana_ctx *ctx, struct ana_apart *apart);

/* Seconds that a worker may go without a sign; 0 = for ever for a read. For all else it
 * has ten minutes at most. */
void ana_apart_set_timeout(struct ana_apart *apart, double seconds);
/* Whoever asks is waited for as long itself: wait a tenth less, so that it can still say
 * whom it waited for. */
void ana_apart_hurry(struct ana_apart *apart);

/* Open a recording with a reader, or have it opened by its worker where the context has
 * one to ask (ana_ctx_set_apart) and the reader is such a one. What is done with `self`
 * goes through *vt, whose describe, read, write and close are the reader's or ask it.
 *
 * Owns:   the caller: (*vt)->close; after a failure there is nothing to close.
 * Errors: the reader's; ANA_EDATA where the file ended the worker. Threads: main. */
int ana_reader_open(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const struct ana_params *params, const struct ana_source *source,
                    const struct ana_reader_vt **vt, void **self);

/* Bytes that it takes to have so many read by a worker, which holds and sends them in
 * pieces of a block, if that has more than a few MB; 0 for a reader that works here. */
int64_t ana_apart_bytes(const struct ana_ctx *ctx, const struct ana_plugin *plugin,
                        int64_t read, int64_t block);

/* What a reader lists of a file, here or by its worker; its `list` is not NULL.
 * Owns, Errors: as `ana_reader_list_here` (plugin/describe.h); as above. */
int ana_reader_list(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const char *path, int64_t *n, struct ana_entry **entries);

/* The worker's side: `file` is the plugin's. Answers requests until there are no more. */
int ana_apart_serve(struct ana_ctx *ctx, const char *file);

#endif
