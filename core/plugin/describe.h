/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_DESCRIBE_H
#define ANA_PLUGIN_DESCRIBE_H

#include <anaflow/model.h>
#include <anaflow/reader.h>

/* Ask a model or a reader what it is. Its layers, or its runs, targets, events and blocks,
 * are handed out as copies whose structs are as long as ours, whatever headers the plugin
 * was built against; texts stay the plugin's.
 *
 * Owns:   the caller: `layers`, or each of `arrays` (ana_free), also after a failure.
 * Errors: the plugin's; ANA_EPLUGIN where a struct's size cannot be. */
int ana_model_describe(struct ana_ctx *ctx, const struct ana_model_vt *vt, void *self,
                       struct ana_model_info *info, void **layers);

struct ana_described { /* what a recording's info points to */
    void *runs, *targets, *events, *kept;
};
int ana_reader_describe(struct ana_ctx *ctx, const struct ana_reader_vt *vt, void *self,
                        struct ana_recording_info *info, struct ana_described *arrays);
void ana_described_finish(struct ana_ctx *ctx, struct ana_described *arrays);

/* What a reader lists of a file, in structs of our length; its `list` is not NULL. It is
 * called in this process: `ana_reader_list` (plugin/apart.h) asks where it belongs.
 * Owns:   the caller: each name and note, then `entries` (ana_free).
 * Errors: the reader's; ANA_EPLUGIN where a struct's size cannot be; ANA_ERESOURCE. */
int ana_reader_list_here(struct ana_ctx *ctx, const struct ana_reader_vt *vt,
                         const char *path, int64_t *n, struct ana_entry **entries);

/* Free what `ana_reader_list` gave. */
void ana_entries_free(struct ana_ctx *ctx, int64_t n, struct ana_entry *entries);

#endif
