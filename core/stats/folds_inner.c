/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inner folds, by which a metric chooses a penalty without seeing the test rows. They
 * hold out the same kind of thing as the outer ones: random whole stimuli, whole runs in
 * their order, or stretches of a run that keep their neighbours (and the gap) with them.
 */
#include "stats/folds_work.h"

static int refuse_few(struct ana_ctx *ctx, const struct ana_folds_work *w, int64_t have,
                      const char *what, const char *advice)
{
    return ana_fail(ctx, ANA_EPARAM,
                    "split %lld: %lld training %s cannot give %lld inner folds; %s",
                    (long long)w->split + 1, (long long)have, what,
                    (long long)w->spec->inner_folds, advice);
}

/* Training units ascending, each once, into w->choice; their number. */
static int64_t list_training_units(struct ana_folds_work *w, int64_t *number)
{
    int64_t n = 0;

    for (int64_t u = 0; u < w->n_units; u++)
        number[u] = -1;
    for (int64_t i = 0; i < w->rows->n_rows; i++)
        if (w->part[i] == ANA_PART_TRAIN)
            number[w->unit[i]] = 0;
    for (int64_t u = 0; u < w->n_units; u++)
        if (number[u] == 0) {
            number[u] = n;
            w->choice[n++] = u;
        }
    return n;
}

/* The training rows of each run cut into k stretches of equal length. */
static int cut_runs(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const int64_t k = w->spec->inner_folds;
    int64_t longest = 0;

    for (int64_t o = 0; o < w->n_order; o++) {
        const int64_t begin = w->start[w->order[o]], end = w->start[w->order[o] + 1];
        int64_t n = 0, place = 0;

        for (int64_t i = begin; i < end; i++)
            n += w->part[w->member[i]] == ANA_PART_TRAIN;
        for (int64_t i = begin; i < end; i++)
            if (w->part[w->member[i]] == ANA_PART_TRAIN)
                w->inner[w->member[i]] = (int32_t)((__int128)place++ * k / n);
        longest = n > longest ? n : longest;
    }
    if (longest < k)
        return refuse_few(ctx, w, longest, "samples of the longest run", "ask for fewer");
    return 0;
}

/* Whole units: at random, or neighbours together where units have an order. */
static int deal_units(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const int by_default = w->spec->inner_default;
    int64_t *number = ana_alloc(ctx, w->n_units, sizeof *number), n = 0;
    int64_t *label = NULL, *stratum = NULL;
    int rc = ANA_ERESOURCE;

    if (!number)
        goto done;
    n = list_training_units(w, number);
    label = ana_alloc(ctx, n, sizeof *label);
    stratum = ana_alloc(ctx, n, sizeof *stratum);
    if (!label || !stratum)
        goto done;
    if (by_default && n == 1) {
        rc = cut_runs(ctx, w);
        goto done;
    }
    if (by_default && n < w->n_inner)
        w->n_inner = n;
    if (n < w->n_inner) {
        rc = refuse_few(ctx, w, n, ana_folds_what(w, n),
                        "ask for fewer, or cut the runs: `inner = block 40 TR x 5`");
        goto done;
    }
    for (int64_t j = 0; j < n; j++) {
        stratum[j] = w->stratum[w->choice[j]];
        label[j] = j * w->n_inner / n;
    }
    rc = 0;
    if (ana_folds_exchangeable(w->spec))
        rc = ana_folds_deal(ctx, "folds.inner", w->split, n, stratum, w->n_inner, label);
    for (int64_t i = 0; rc == 0 && i < w->rows->n_rows; i++)
        if (w->part[i] == ANA_PART_TRAIN)
            w->inner[i] = (int32_t)label[number[w->unit[i]]];
done:
    ana_free(ctx, number);
    ana_free(ctx, label);
    ana_free(ctx, stratum);
    return rc;
}

/* Blocks of inner_block samples, dealt in turn over all runs: 0, 1, ... k-1, 0 ... */
static int deal_blocks(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const int64_t k = w->spec->inner_folds, length = w->spec->inner_block;
    int64_t dealt = 0;

    for (int64_t o = 0; o < w->n_order; o++) {
        const int64_t begin = w->start[w->order[o]], end = w->start[w->order[o] + 1];
        const int64_t first = w->rows->moment[w->member[begin]];
        const int64_t total = w->rows->moment[w->member[end - 1]] - first + 1;
        const int64_t blocks = ana_folds_count_blocks(total, length);
        int64_t current = -1;

        for (int64_t i = begin; i < end; i++) {
            const int64_t row = w->member[i], b = (w->rows->moment[row] - first) / length;

            if (w->part[row] != ANA_PART_TRAIN)
                continue;
            if (b > current && current < blocks - 1) {
                current = b < blocks ? b : blocks - 1;
                dealt++;
            }
            w->inner[row] = (int32_t)((dealt - 1) % k);
        }
    }
    if (dealt < k)
        return refuse_few(ctx, w, dealt, "blocks", "make the inner blocks shorter");
    return 0;
}

/* Leaving one row out is honest only where rows are not each other's neighbours. */
static int check_single_rows(struct ana_ctx *ctx, const struct ana_folds_work *w)
{
    const int loo = w->spec->inner == ANA_INNER_LOO;

    if (w->leaky)
        return 0; /* allowed to leak, and stamped */
    for (int64_t o = 0; o < w->n_order; o++) {
        const int64_t g = w->order[o], n = w->start[g + 1] - w->start[g];

        if (n < 2)
            continue;
        if (loo)
            return ana_fail(
                ctx, ANA_EPARAM,
                "`inner = loo` leaves single rows out, but '%s' has %lld rows that "
                "are samples of one recording and predict each other; write "
                "`inner = 5`",
                w->rows->names[g], (long long)n);
        ana_warn(
            ctx,
            "`inner = gcv` takes samples of one recording for independent rows and tends "
            "to choose too small a penalty; `inner = 5` holds neighbours out together");
        return 0;
    }
    return 0;
}

int ana_folds_make_inner(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const struct ana_folds_spec *spec = w->spec;

    if (w->n_inner > 0 || spec->inner == ANA_INNER_NONE)
        return 0;
    if (spec->inner == ANA_INNER_LOO || spec->inner == ANA_INNER_GCV)
        return check_single_rows(ctx, w);
    if (spec->inner_folds < 2)
        return ana_fail(ctx, ANA_EPARAM,
                        "`inner = %lld`: at least 2 inner folds are needed",
                        (long long)spec->inner_folds);
    w->n_inner = spec->inner_folds;
    if (spec->inner_block > 0)
        return deal_blocks(ctx, w);
    if (spec->by == ANA_FOLDS_BLOCK)
        return cut_runs(ctx, w);
    return deal_units(ctx, w);
}
