/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_NPY_HEADER_H
#define ANA_DATA_NPY_HEADER_H

#include <anaflow/tensor.h>

/* What the header of an .npy file says, checked against the size of the file. */
struct ana_npy_header {
    int32_t dtype; /* 0 = text */
    int32_t ndim;
    int64_t shape[ANA_MAX_DIMS];
    int fortran;
    int swapped;       /* the other byte order than this machine's */
    char letter;       /* NumPy's kind: f, i, u, b, S, U */
    char type[16];     /* as written, "<f4" */
    int64_t item_size; /* bytes */
    int64_t count;     /* elements */
    int64_t offset;    /* of the first element in the file */
};

/* Parse the header at the start of a whole file of n bytes.
 * Errors: ANA_EDATA with the byte in the file. Threads: any. */
int ana_npy_parse(struct ana_ctx *ctx, const char *path, const uint8_t *data, int64_t n,
                  struct ana_npy_header *out);

#endif
