/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random folds over exchangeable units, balanced over strata. Both ways shuffle the
 * units first (Philox, fixed by seed, stage and index) and then go by stratum:
 *
 *   deal: strata one behind the other, unit i of that list goes to fold i mod k
 *         (each fold differs by at most 1 in size, in total and within a stratum);
 *   draw: unit j of n_s in its stratum gets the key (j + u_s) / n_s, u_s uniform in
 *         [0, 1), and the smallest keys are taken: systematic sampling (Madow 1949),
 *         by which any share of the whole is, within 1, that share of each stratum.
 */
#include "stats/folds_work.h"

#include <stdlib.h>

struct card {
    int64_t unit, stratum;
    int64_t place; /* in the shuffled order: keeps the sorts below stable */
    double key;
};

static int by_stratum(const void *a, const void *b)
{
    const struct card *x = a, *y = b;

    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static int by_key(const void *a, const void *b)
{
    const struct card *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return by_stratum(a, b);
}

/* The units shuffled, then stratum after stratum. */
static struct card *shuffle(struct ana_ctx *ctx, struct ana_rng *rng, int64_t n,
                            const int64_t *stratum)
{
    struct card *cards = ana_alloc(ctx, n, sizeof *cards);
    int64_t *order = ana_alloc(ctx, n, sizeof *order);

    if (!cards || !order) {
        ana_free(ctx, cards);
        ana_free(ctx, order);
        return NULL;
    }
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    ana_rng_shuffle(rng, n, order);
    for (int64_t i = 0; i < n; i++)
        cards[i] = (struct card){order[i], stratum[order[i]], i, 0};
    ana_free(ctx, order);
    qsort(cards, (size_t)n, sizeof *cards, by_stratum);
    return cards;
}

int ana_folds_deal(struct ana_ctx *ctx, const char *stage, int64_t index, int64_t n,
                   const int64_t *stratum, int64_t k, int64_t *label)
{
    struct ana_rng rng;
    struct card *cards;

    ana_rng_init(ctx, stage, index, &rng);
    cards = shuffle(ctx, &rng, n, stratum);
    if (!cards)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        label[cards[i].unit] = i % k;
    ana_free(ctx, cards);
    return 0;
}

int ana_folds_draw(struct ana_ctx *ctx, const char *stage, int64_t index, int64_t n,
                   const int64_t *stratum, int64_t n_train, int64_t n_test,
                   int64_t *label)
{
    struct ana_rng rng;
    struct card *cards;

    ana_rng_init(ctx, stage, index, &rng);
    cards = shuffle(ctx, &rng, n, stratum);
    if (!cards)
        return ANA_ERESOURCE;
    for (int64_t first = 0, end; first < n; first = end) {
        const double start = ana_rng_uniform(&rng);

        for (end = first; end < n && cards[end].stratum == cards[first].stratum;)
            end++;
        for (int64_t j = first; j < end; j++)
            cards[j].key = ((double)(j - first) + start) / (double)(end - first);
    }
    qsort(cards, (size_t)n, sizeof *cards, by_key);
    for (int64_t i = 0; i < n; i++)
        label[cards[i].unit] = i < n_test             ? ANA_PART_TEST
                               : i < n_test + n_train ? ANA_PART_TRAIN
                                                      : ANA_PART_NONE;
    ana_free(ctx, cards);
    return 0;
}
