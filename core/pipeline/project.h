/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_PROJECT_H
#define ANA_PIPELINE_PROJECT_H

#include <anaflow/base.h>

/* A sparse random projection of F units onto N numbers, F > N: y = R x, each entry of R
 *
 *     +v, -v with probability 1 / (2 sqrt F) each, else 0;  v = sqrt(sqrt F / N)
 *
 * so that E |R x|^2 = |x|^2 (Li, Hastie & Church 2006, after Johnson & Lindenstrauss
 * 1984 and Achlioptas 2003; scikit-learn's SparseRandomProjection with its own density).
 * Drawn from the study's seed and the number of the layer. */
struct ana_project;

/* Owns: the caller; release with `ana_project_destroy`. Errors: ANA_ERESOURCE.
 * Threads: any. */
int ana_project_create(struct ana_ctx *ctx, int64_t units, int64_t n, int64_t layer,
                       struct ana_project **out);
void ana_project_destroy(struct ana_ctx *ctx, struct ana_project *project);

/* y = A (x - mean) instead: A n x units, mean `units`; both are copied. Errors:
 * ANA_ERESOURCE. Threads: any. */
int ana_project_create_axes(struct ana_ctx *ctx, int64_t units, int64_t n,
                            const double *mean, const float *axes,
                            struct ana_project **out);

/* y (N) = R x (F). Sums in double, in the order of the units. Threads: any. */
void ana_project_apply(const struct ana_project *project, const float *x, double *sums,
                       float *y);

#endif
