/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_WIDEN_H
#define ANA_PLUGIN_WIDEN_H

#include <anaflow/plugin.h>

/* A plugin built against older headers has shorter structs than ours. Those that it hands
 * out one by one are read as far as their `size` says; arrays of them stand closer
 * together. Both become ours here, fields that the plugin does not know being 0. */

/* A copy of n structs of a plugin, each made `full` bytes long; `size`, the first word
 * of each, is at least `least` and the same in all. Texts they point to are not copied.
 *
 * what  names one of them in messages: "layer"
 *
 * Owns:   the caller (ana_free).
 * Errors: ANA_EPLUGIN where a size is not what it can be; ANA_ERESOURCE. */
int ana_widen(struct ana_ctx *ctx, const char *what, const void *structs, int64_t n,
              size_t least, size_t full, void **out);

/* Where the first version of a struct ended: behind its last member of then. */
#define ANA_UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#endif
