/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Dissimilarity matrices (Kriegeskorte, Mur & Bandettini 2008): with rows centred and of
 * unit length 1 - r is one minus their product, so that a matrix is one X X'.
 *
 * n items, q dimensions of a pattern.
 */
#include "plugins/metrics/lib/rdm.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

int64_t ana_rdm_pairs(int64_t n)
{
    return n * (n - 1) / 2;
}

/* Centre a pattern and give it unit length; 0 if it does not vary beyond rounding. */
static int normalise(int64_t q, double *row)
{
    double mean = 0, size = 0, square = 0;

    for (int64_t k = 0; k < q; k++) {
        mean += row[k];
        size = fmax(size, fabs(row[k]));
    }
    mean /= (double)q;
    for (int64_t k = 0; k < q; k++) {
        row[k] -= mean;
        square += row[k] * row[k];
    }
    if (square <= 1e-26 * size * size * (double)q)
        return 0;
    square = 1 / sqrt(square);
    for (int64_t k = 0; k < q; k++)
        row[k] *= square;
    return 1;
}

/* |a - b|^2 = a'a + b'b - 2 a'b loses digits where patterns lie far from 0, so their
 * common mean goes first. */
static void remove_mean_pattern(int64_t n, int64_t q, double *x)
{
    for (int64_t k = 0; k < q; k++) {
        double mean = 0;

        for (int64_t i = 0; i < n; i++)
            mean += x[i * q + k];
        mean /= (double)n;
        for (int64_t i = 0; i < n; i++)
            x[i * q + k] -= mean;
    }
}

static void fill(int32_t kind, int64_t n, int64_t q, const double *gram, double *rdm)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            const double dot = gram[i * n + j];

            if (kind == ANA_RDM_CORRELATION)
                *rdm++ = 1 - dot;
            else
                *rdm++ = fmax(gram[i * n + i] + gram[j * n + j] - 2 * dot, 0) / (double)q;
        }
}

int ana_rdm_distances(struct ana_ctx *ctx, int32_t kind, int64_t n, int64_t q, double *x,
                      double *rdm, int64_t *constant)
{
    double *gram;
    int rc = ANA_ERESOURCE;

    *constant = -1;
    for (int64_t i = 0; kind == ANA_RDM_CORRELATION && i < n; i++)
        if (!normalise(q, x + i * q)) {
            *constant = i;
            return 0;
        }
    if (kind == ANA_RDM_EUCLIDEAN)
        remove_mean_pattern(n, q, x);
    gram = ana_alloc(ctx, n * n, sizeof *gram);
    if (gram)
        rc = ana_syrk(ctx, 0, n, q, 1, x, q, 0, gram, n);
    if (rc == 0)
        fill(kind, n, q, gram, rdm);
    ana_free(ctx, gram);
    return rc;
}

int64_t ana_rdm_z_score(int64_t n, int64_t repeats, int64_t q, double *x, double *mean,
                        double *square)
{
    const int64_t rows = n * repeats;
    int64_t constants = 0;

    memset(mean, 0, (size_t)q * sizeof *mean);
    memset(square, 0, (size_t)q * sizeof *square);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < q; k++)
            mean[k] += x[i * q + k];
    for (int64_t k = 0; k < q; k++)
        mean[k] /= (double)rows;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < q; k++)
            square[k] += (x[i * q + k] - mean[k]) * (x[i * q + k] - mean[k]);
    for (int64_t k = 0; k < q; k++) {
        const int moves = square[k] > 1e-26 * mean[k] * mean[k] * (double)rows;

        square[k] = moves ? sqrt((double)rows / square[k]) : 0;
        constants += !moves;
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < q; k++)
            x[i * q + k] = (x[i * q + k] - mean[k]) * square[k];
    return constants;
}
