/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_COMPONENTS_H
#define ANA_PIPELINE_COMPONENTS_H

#include "pipeline/project.h"

/* Principal components of samples that come by once and are not kept: their number, sum
 * and F x F products in double, whatever their number. */
struct ana_components;

/* Owns: the caller; release with `ana_components_destroy`. Errors: ANA_ERESOURCE.
 * Threads: one, since sums go in the order in which samples come. */
int ana_components_create(struct ana_ctx *ctx, int64_t units,
                          struct ana_components **out);
void ana_components_destroy(struct ana_ctx *ctx, struct ana_components *components);

/* One sample of F units. */
int ana_components_add(struct ana_ctx *ctx, struct ana_components *components,
                       const float *x);

/* The projection y = A (x - mean) onto the n components of most variance, each with its
 * largest weight positive; share: what they hold of all variance.
 * Errors: ANA_EDATA where the samples span fewer than n directions. */
int ana_components_solve(struct ana_ctx *ctx, struct ana_components *components,
                         int64_t n, struct ana_project **out, double *share);

/* Bytes and operations of the fit on `samples`. Threads: any. */
int64_t ana_components_bytes(int64_t units);
double ana_components_flops(int64_t units, double samples);

#endif
