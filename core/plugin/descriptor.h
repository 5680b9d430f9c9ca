/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_DESCRIPTOR_H
#define ANA_PLUGIN_DESCRIPTOR_H

#include <anaflow/plugin.h>

/* Check what a file exports as `anaflow_plugin`, `bytes` long: first the frozen head
 * (magic, interface, size, kind) and nothing else, then the rest of the struct, then
 * the function table of its kind, then every parameter. No function is called.
 * Errors: ANA_EPLUGIN; every mismatch of the head is in the sentence, with both sides
 * and the cure. Threads: any. */
int ana_descriptor_check(struct ana_ctx *ctx, const void *symbol, int64_t bytes);

/* Check a parameter table: names, types, choices, bounds, and defaults that parse.
 * Errors: ANA_EPLUGIN, naming the parameter. */
int ana_descriptor_check_params(struct ana_ctx *ctx, const struct ana_plugin *plugin);

#endif
