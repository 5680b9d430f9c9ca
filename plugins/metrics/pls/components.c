/* SPDX-License-Identifier: BSD-3-Clause
 *
 * PLS2 with both sides deflated (Wold 1975; Wegelin 2000), in the form of Dayal &
 * MacGregor 1997: of all that is deflated only X'y is needed, X_k'y = X_k'y_k. In turn,
 *
 *     w = leading left singular vector of X'y
 *     score = X w, made orthogonal to the scores before it
 *     X'y -= loading (weight'X'y),   loading = X'score / |score|^2
 *
 * PLS does not see a rotation of X, so all this is done in its principal directions,
 * where X = diag(s).
 */
#include "plugins/metrics/pls/components.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double inner(int64_t r, int64_t stride, const double *a, const double *b)
{
    double sum = 0;

    for (int64_t i = 0; i < r; i++)
        sum += a[i * stride] * b[i];
    return sum;
}

/* weight and score (r each) less the parts along earlier scores, twice for the digits.
 * Returns the score's squared norm. */
static double orthogonalise(const struct pls_components *q, int64_t stride,
                            const double *norm, double *weight, double *score)
{
    for (int twice = 0; twice < 2; twice++)
        for (int64_t j = 0; j < q->k; j++) {
            const double by = inner(q->r, stride, q->score + j, score);

            for (int64_t i = 0; i < q->r; i++) {
                score[i] -= by * norm[j] * q->score[i * stride + j];
                weight[i] -= by * q->weight[i * stride + j];
            }
        }
    return inner(q->r, 1, score, score);
}

/* cross (r x c) -= loading (weight' cross); row has room for c. */
static void deflate(int64_t r, int64_t c, const double *loading, const double *weight,
                    double *cross, double *row)
{
    memset(row, 0, (size_t)c * sizeof *row);
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < c; j++)
            row[j] += weight[i] * cross[i * c + j];
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < c; j++)
            cross[i * c + j] -= loading[i] * row[j];
}

/* The components so far, r x most, as r x k. */
static void close_up(int64_t r, int64_t most, int64_t k, double *a)
{
    for (int64_t i = 1; i < r; i++)
        memmove(a + i * k, a + i * most, (size_t)k * sizeof *a);
}

int pls_components_finite(struct ana_ctx *ctx, int64_t n, const double *products)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(products[i]))
            return ana_fail(ctx, ANA_ENUMERIC,
                            "products of features and targets are too large for a "
                            "number; divide them by something (scale = yes)");
    return 0;
}

/* cross over its largest magnitude: components do not depend on its scale, squares would
 * overflow. */
static int to_units(struct ana_ctx *ctx, int64_t n, double *cross)
{
    const int rc = pls_components_finite(ctx, n, cross);
    double most = 0;

    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(cross[i]));
    for (int64_t i = 0; rc == 0 && most > 0 && i < n; i++)
        cross[i] /= most;
    return rc;
}

int pls_components_find(struct ana_ctx *ctx, int64_t r, const double *s, int64_t c,
                        double *cross, int64_t most, double floor,
                        struct pls_components *q)
{
    double *memory = ana_alloc(ctx, 2 * r + most + c, sizeof *memory);
    double *weight = memory, *score = memory + r, *norm = memory + 2 * r;
    double *row = norm + most, value, first = 0;
    const double unit = r > 0 ? 1 / s[0] : 1; /* of X */
    int rc = ANA_ERESOURCE;

    *q = (struct pls_components){.r = r};
    q->weight = ana_alloc(ctx, r * most, sizeof *q->weight);
    q->score = ana_alloc(ctx, r * most, sizeof *q->score);
    if (memory && q->weight && q->score)
        rc = to_units(ctx, r * c, cross);
    while (rc == 0 && q->k < most) {
        rc = pls_leading(ctx, r, c, cross, weight, &value);
        first = q->k == 0 ? value : first;
        if (rc != 0 || !(value > floor * first))
            break;
        for (int64_t i = 0; i < r; i++)
            score[i] = s[i] * unit * weight[i];
        norm[q->k] = orthogonalise(q, most, norm, weight, score);
        if (!(norm[q->k] > DBL_MIN))
            break;
        for (int64_t i = 0; i < r; i++) {
            q->weight[i * most + q->k] = weight[i];
            q->score[i * most + q->k] = score[i] / norm[q->k];
            score[i] *= s[i] * unit / norm[q->k]; /* the loading */
        }
        deflate(r, c, score, weight, cross, row);
        q->k++;
    }
    ana_free(ctx, memory);
    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < r * most; i++)
        q->score[i] *= unit;
    close_up(r, most, q->k, q->weight);
    close_up(r, most, q->k, q->score);
    return 0;
}

void pls_components_finish(struct ana_ctx *ctx, struct pls_components *q)
{
    ana_free(ctx, q->weight);
    ana_free(ctx, q->score);
    memset(q, 0, sizeof *q);
}
