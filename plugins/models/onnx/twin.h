/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ONNX_TWIN_H
#define ONNX_TWIN_H

#include "graph.h"

/* Turn a network into a control of itself, in the bytes of its file.
 *
 * control  "random": each learned weight is drawn from N(0, 2 / fan-in) (He et al.
 *          2015), biases become 0, scales of norms 1; "permuted": each weight and bias
 *          tensor is shuffled by itself (Tuckute et al. 2023)
 * twin     0, 1, ...: which of them; the numbers come from (seed, tensor's name, twin)
 * fixed    globs of names of weights and nodes that stay as they are (a front end)
 *
 * Constants that no learned operation uses are never touched; running statistics of
 * batch norms neither.
 * Errors: ANA_EPARAM where nothing is left to change, or a weight cannot be changed. */
int twin_make(struct ana_ctx *ctx, struct graph *graph, const char *control, int64_t twin,
              const char *fixed);

#endif
