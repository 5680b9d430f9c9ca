/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_SAFETENSORS_H
#define ANA_DATA_SAFETENSORS_H

#include <anaflow/tensor.h>

/* A mapped .safetensors file: header <= 100 MB, offsets without holes or overlaps,
 * names unique, sizes checked before use. */
struct ana_safetensors;

int ana_safetensors_open(struct ana_ctx *ctx, const char *path, struct ana_safetensors **out);
void ana_safetensors_close(struct ana_ctx *ctx, struct ana_safetensors *file);

/* Names in the order of their data. Owns: the file. */
int64_t ana_safetensors_names(const struct ana_safetensors *file, const char *const **names);

/* A view of one tensor; valid while the file is open. ANA_EDATA with the nearest name. */
int ana_safetensors_get(struct ana_ctx *ctx, const struct ana_safetensors *file,
                        const char *name, struct ana_tensor *out);

#endif
