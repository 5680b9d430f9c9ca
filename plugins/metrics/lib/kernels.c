/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parts of a kernel, centred where they are taken out of it.
 */
#include "plugins/metrics/lib/kernels.h"

#include <string.h>

static void take(int64_t N, const double *kernel, const int64_t *train,
                 const int64_t *test, struct ana_kernels *k)
{
    for (int64_t i = 0; i < k->n; i++) {
        const double *row = kernel + train[i] * N;

        for (int64_t j = 0; j < k->n; j++)
            k->own[i * k->n + j] = row[train[j]];
        for (int64_t j = 0; j < k->m; j++)
            k->cross[i * k->m + j] = row[test[j]];
    }
}

/* (x_i - mean)'(x_j - mean), mean over the training rows. */
static int centre_kernels(struct ana_ctx *ctx, struct ana_kernels *k)
{
    const int64_t n = k->n, m = k->m;
    double *own = ana_alloc(ctx, n, sizeof *own),
           *cross = ana_alloc(ctx, m, sizeof *cross);
    double all = 0;
    int rc = own && cross ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            own[i] += k->own[i * n + j] / (double)n;
        for (int64_t j = 0; j < m; j++)
            cross[j] += k->cross[i * m + j] / (double)n;
        all += own[i] / (double)n;
    }
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            k->own[i * n + j] += all - own[i] - own[j];
        for (int64_t j = 0; j < m; j++)
            k->cross[i * m + j] += all - own[i] - cross[j];
    }
    ana_free(ctx, own);
    ana_free(ctx, cross);
    return rc;
}

int ana_kernels_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                       const int64_t *train, int64_t m, const int64_t *test, int centre,
                       struct ana_kernels *k)
{
    int rc = ANA_ERESOURCE;

    *k = (struct ana_kernels){.n = n, .m = m};
    k->own = ana_alloc(ctx, n * n, sizeof(double));
    k->cross = ana_alloc(ctx, n * m, sizeof(double));
    if (!k->own || !k->cross)
        return rc;
    take(N, kernel, train, test, k);
    rc = centre ? centre_kernels(ctx, k) : 0;
    for (int64_t i = 0; i < n; i++)
        k->trace += k->own[i * n + i];
    if (!(k->trace > 0))
        k->trace = 1; /* nothing moves: every prediction is 0 */
    return rc;
}

void ana_kernels_finish(struct ana_ctx *ctx, struct ana_kernels *k)
{
    ana_free(ctx, k->own);
    ana_free(ctx, k->cross);
    memset(k, 0, sizeof *k);
}
