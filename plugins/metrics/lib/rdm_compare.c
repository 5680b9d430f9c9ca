/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How alike two RDMs are (Nili et al. 2014; rho-a: Schuett et al. 2023). Kendall's counts
 * come from sorting (Knight 1966): with the pairs in the order of u, the discordant ones
 * are the exchanges that sorting by v makes.
 *
 * m numbers of each RDM.
 */
#include "plugins/metrics/lib/rdm.h"

#include <anaflow/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double cosine(int64_t m, const double *u, const double *v)
{
    double uu = 0, vv = 0, uv = 0;

    for (int64_t i = 0; i < m; i++) {
        uu += u[i] * u[i];
        vv += v[i] * v[i];
        uv += u[i] * v[i];
    }
    return uu > 0 && vv > 0 ? uv / sqrt(uu * vv) : (double)NAN;
}

/* 12 sum r s / (m^3 - m), ranks less their mean. */
static double rho_a(int64_t m, const double *r, const double *s)
{
    const double n = (double)m, middle = (n + 1) / 2;
    double sum = 0;

    for (int64_t i = 0; i < m; i++)
        sum += (r[i] - middle) * (s[i] - middle);
    return 12 * sum / (n * n * n - n);
}

static int by_ranks(struct ana_ctx *ctx, int32_t kind, int64_t m, const double *u,
                    const double *v, double *score)
{
    double *ranks = ana_alloc(ctx, 2 * m, sizeof *ranks);
    int rc = ranks ? ana_ranks(ctx, m, u, ranks) : ANA_ERESOURCE;
    int32_t constant;

    if (rc == 0)
        rc = ana_ranks(ctx, m, v, ranks + m);
    if (rc == 0) {
        *score = ana_pearson(m, ranks, ranks + m, &constant);
        if (kind == ANA_RDM_RHO_A && !constant)
            *score = rho_a(m, ranks, ranks + m);
    }
    ana_free(ctx, ranks);
    return rc;
}

struct pair {
    double u, v;
};

static int by_u_then_v(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->u != y->u)
        return x->u < y->u ? -1 : 1;
    return (x->v > y->v) - (x->v < y->v);
}

/* Sort by v, counting how many places each value passes larger ones. */
static double count_exchanges(int64_t m, struct pair *pair, struct pair *spare)
{
    double exchanges = 0;

    for (int64_t width = 1; width < m; width *= 2) {
        for (int64_t low = 0; low < m; low += 2 * width) {
            const int64_t middle = low + width < m ? low + width : m;
            const int64_t high = low + 2 * width < m ? low + 2 * width : m;
            int64_t a = low, b = middle;

            for (int64_t k = low; k < high; k++) {
                if (b >= high || (a < middle && pair[a].v <= pair[b].v)) {
                    spare[k] = pair[a++];
                } else {
                    exchanges += (double)(middle - a);
                    spare[k] = pair[b++];
                }
            }
        }
        memcpy(pair, spare, (size_t)m * sizeof *pair);
    }
    return exchanges;
}

static double choose_two(int64_t n)
{
    return (double)n * (double)(n - 1) / 2;
}

/* Pairs tied in u (and in v too, if joint) of a list in the order of u, then v. */
static double ties(int64_t m, const struct pair *pair, int joint)
{
    double tied = 0;

    for (int64_t first = 0, last; first < m; first = last) {
        for (last = first + 1; last < m; last++)
            if (pair[last].u != pair[first].u || (joint && pair[last].v != pair[first].v))
                break;
        tied += choose_two(last - first);
    }
    return tied;
}

static int by_order(struct ana_ctx *ctx, int32_t kind, int64_t m, const double *u,
                    const double *v, double *score)
{
    struct pair *pair = ana_alloc(ctx, 2 * m, sizeof *pair);
    double all, tied_u, tied_v, tied_both, difference;

    if (!pair)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < m; i++)
        pair[i] = (struct pair){u[i], v[i]};
    qsort(pair, (size_t)m, sizeof *pair, by_u_then_v);
    all = choose_two(m);
    tied_u = ties(m, pair, 0);
    tied_both = ties(m, pair, 1);
    difference = -2 * count_exchanges(m, pair, pair + m);
    for (int64_t i = 0; i < m; i++)
        pair[i].u = pair[i].v; /* now in the order of v */
    tied_v = ties(m, pair, 0);
    difference += all - tied_u - tied_v + tied_both;
    if (tied_u >= all || tied_v >= all)
        *score = (double)NAN;
    else
        *score = difference /
                 (kind == ANA_RDM_TAU_A ? all : sqrt((all - tied_u) * (all - tied_v)));
    ana_free(ctx, pair);
    return 0;
}

int ana_rdm_compare(struct ana_ctx *ctx, int32_t kind, int64_t m, const double *u,
                    const double *v, double *score)
{
    for (int64_t i = 0; i < m; i++)
        if (!isfinite(u[i]) || !isfinite(v[i]))
            return ana_fail(ctx, ANA_ENUMERIC, "pair %lld of an RDM is not finite",
                            (long long)i);
    switch (kind) {
    case ANA_RDM_PEARSON:
        *score = ana_pearson(m, u, v, NULL);
        return 0;
    case ANA_RDM_COSINE:
        *score = cosine(m, u, v);
        return 0;
    case ANA_RDM_TAU_A:
    case ANA_RDM_TAU_B:
        return by_order(ctx, kind, m, u, v, score);
    default:
        return by_ranks(ctx, kind, m, u, v, score);
    }
}
