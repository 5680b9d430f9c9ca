/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_FILE_H
#define ONNX_FILE_H

#include <anaflow/anaflow.h>

/* A whole regular file of at most 2 GB, protobuf's own limit. Owns: the caller. */
int file_read_whole(struct ana_ctx *ctx, const char *path, uint8_t **bytes,
                    int64_t *size);

#endif
