/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_EDF_RECORDING_H
#define PLUGIN_EDF_RECORDING_H

#include <anaflow/reader.h>

/* The reader's own functions, as they stand in struct ana_reader_vt. */
int edf_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self);
int edf_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info);
int edf_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out);
void edf_recording_close(struct ana_ctx *ctx, void *self);

#endif
