/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_MAT_TOOLBOX_H
#define PLUGIN_MAT_TOOLBOX_H

#include <anaflow/arrays.h>

/* A recording in a MAT file: arrays that `data =` names, or those of a toolbox's layout,
 * with the runs' beginnings and the sensors' places that the layout adds. */
struct toolbox;

/* Open a source. Owns: the caller; `toolbox_close` (NULL allowed).
 * Errors: of ana_arrays_open; ANA_EDATA for files of different layouts. */
int toolbox_open(struct ana_ctx *ctx, const struct ana_source *source,
                 const char *feature, struct toolbox **out);
void toolbox_close(struct ana_ctx *ctx, struct toolbox *toolbox);
struct ana_arrays *toolbox_arrays(struct toolbox *toolbox);
int toolbox_describe(struct ana_ctx *ctx, struct toolbox *toolbox,
                     struct ana_recording_info *info);

#endif
