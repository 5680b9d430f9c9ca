/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_DESCRIPTOR_H
#define ANA_PLUGIN_DESCRIPTOR_H

#include <anaflow/plugin.h>

/* Read what a file exports as `anaflow_plugin`, `bytes` long: first the frozen head
 * (magic, interface, size, kind) and nothing else, then the rest of the struct, then
 * the function table of its kind, then every parameter. No function is called. The
 * result is a copy whose structs are as long as ours, whatever older headers the plugin
 * was built against; its texts are the plugin's.
 *
 * Owns:   the caller; release with `ana_descriptor_release`.
 * Errors: ANA_EPLUGIN; every mismatch of the head is in the sentence, with both sides
 *         and the cure. Threads: any. */
int ana_descriptor_read(struct ana_ctx *ctx, const void *symbol, int64_t bytes,
                        const struct ana_plugin **out);
/* The same without its parameters: it then has none. */
int ana_descriptor_read_bare(struct ana_ctx *ctx, const void *symbol, int64_t bytes,
                             const struct ana_plugin **out);
void ana_descriptor_release(const struct ana_plugin *plugin);

/* Check a parameter table: names, types, choices, bounds, and defaults that parse; and,
 * before it is touched, how long it says that it is.
 * Errors: ANA_EPLUGIN, naming the parameter. */
int ana_descriptor_check_params(struct ana_ctx *ctx, const struct ana_plugin *plugin);
int ana_descriptor_count_params(struct ana_ctx *ctx, int64_t n,
                                const struct ana_param *params);

#endif
