/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_LOAD_H
#define ANA_PLUGIN_LOAD_H

#include <anaflow/plugin.h>

/* Make the loader ready; call once before the first `ana_plugin_load`.
 * Errors: ANA_EPLUGIN with libltdl's reason. Threads: main. */
int ana_plugin_load_begin(struct ana_ctx *ctx);

/* Load one file, symbols local to it, and find what it exports as `anaflow_plugin`, which
 * may be anything of `bytes` bytes. Errors, Threads: as `ana_plugin_load`. */
int ana_plugin_open(struct ana_ctx *ctx, const char *path, const void **symbol,
                    int64_t *bytes);

/* Load one file, symbols local to it, and read its descriptor (plugin/descriptor.h). The
 * file stays loaded until the program ends.
 * Owns:   the caller; release with `ana_descriptor_release`.
 * Errors: ANA_EPLUGIN with the loader's own text or what is wrong with the descriptor;
 *         the path is not in the sentence. Threads: main. */
int ana_plugin_load(struct ana_ctx *ctx, const char *path, const struct ana_plugin **out);

/* The file that a loaded reader's code is in.
 * Owns:   the loader; it lives as long as the program.
 * Errors: ANA_EPLUGIN where there is none. */
int ana_plugin_file(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const char **path);

#endif
