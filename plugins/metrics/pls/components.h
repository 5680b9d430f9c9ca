/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLS_COMPONENTS_H
#define PLS_COMPONENTS_H

#include <anaflow/base.h>

/* The components of a partial least squares regression, in directions in which the
 * centred training features are X = U diag(s) (r of them, U orthonormal):
 *
 *     prediction = X_test W C'y~,   y~ = U'y (r x targets)
 *
 * W holds a component's weights of the undeflated X, C its score over its squared norm:
 * score = s * weight is orthogonal to the others'. */
struct pls_components {
    int64_t r, k;
    double *weight; /* r x k */
    double *score;  /* r x k */
};

/* Up to `most` components from the cross-products of X and y.
 *
 * s      r, > 0, descending
 * cross  r x c, overwritten: X'y = diag(s) U'y of c targets, or any matrix whose product
 *        with its own transpose is the same
 * floor  stop where the largest singular value of what is left falls to this part of
 *        the first: it is rounding
 *
 * Owns:    the caller; release with `pls_components_finish`, also after an error.
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC where cross is not finite.
 * Threads: any. */
int pls_components_find(struct ana_ctx *ctx, int64_t r, const double *s, int64_t c,
                        double *cross, int64_t most, double floor,
                        struct pls_components *components);
void pls_components_finish(struct ana_ctx *ctx, struct pls_components *components);

/* ANA_ENUMERIC where one of n products of features and targets is not finite. */
int pls_components_finite(struct ana_ctx *ctx, int64_t n, const double *products);

/* The largest singular value of a (r x c) and its left vector (r, norm 1); 0 and zeros
 * for a matrix of zeros. By Lanczos' method on a'a with full orthogonalisation,
 * restarted until the residual is below 1e-13 of the squared value.
 *
 * Errors:  ANA_ERESOURCE.
 * Threads: any. */
int pls_leading(struct ana_ctx *ctx, int64_t r, int64_t c, const double *a, double *left,
                double *value);

#endif
