/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_NPY_WRITE_H
#define ANA_DATA_NPY_WRITE_H

#include <anaflow/tensor.h>

/* Room that the head of any .npy file takes at most. */
#define ANA_NPY_HEADER_ROOM 640

/* Write the head of an .npy file for a tensor in C order whose type NumPy has; the bytes
 * it takes. */
int64_t ana_npy_write_header(const struct ana_tensor *tensor,
                             char out[ANA_NPY_HEADER_ROOM]);

#endif
