/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_RUNTIME_H
#define ONNX_RUNTIME_H

#include <anaflow/anaflow.h>

/* ONNX Runtime behind four calls. One thread a call; what it logs is kept and handed to
 * the context of the next call. */
struct runtime;

/* A value that goes in or comes out. */
struct runtime_value {
    int32_t type; /* element type as ONNX numbers them; 0 = no tensor */
    int32_t ndim;
    int64_t shape[8];
    void *data; /* out: of the library, until `runtime_release` */
};

struct runtime_outputs {
    int64_t n;
    struct runtime_value *value;
    void **handle;
};

/* Make a session of an ONNX file's bytes. external: the folder of weights that lie
 * beside it. exact = 1: nothing is fused, so that every inner tensor exists.
 * Owns: the caller; release with `runtime_close` (NULL is allowed).
 * Errors: ANA_EPLUGIN where the library cannot be had; ANA_EDATA with its sentence. */
int runtime_open(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                 int64_t size, const char *external, int exact, struct runtime **out);
void runtime_close(struct ana_ctx *ctx, struct runtime *runtime);

/* Run it. Threads: any, at once. Owns: the caller; release the outputs.
 * Errors: ANA_EDATA with the library's sentence. */
int runtime_run(struct ana_ctx *ctx, struct runtime *runtime, int64_t n_in,
                const char *const *in_names, const struct runtime_value *in,
                int64_t n_out, const char *const *out_names, struct runtime_outputs *out);
void runtime_release(struct ana_ctx *ctx, struct runtime *runtime,
                     struct runtime_outputs *out);

#endif
