/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Folds from what [folds] says: label the units once a repeat, then each label in turn
 * is the test part of a split. Random repeats draw from a stream of their own number.
 */
#include "stats/folds.h"

#include "base/checked.h"
#include "stats/folds_work.h"

/* The shape of the plan: `splits` a repeat, drawn to sizes or dealt into folds. */
struct plan {
    int64_t splits, train, test; /* sizes in units; 0 = dealt */
};

static int plan_sizes(struct ana_ctx *ctx, const struct ana_folds_work *w,
                      struct plan *plan)
{
    const struct ana_folds_spec *spec = w->spec;
    int64_t sum = 0;

    plan->splits = 1;
    plan->test = spec->test > 0 ? spec->test : w->n_units - spec->train;
    plan->train = spec->train > 0 ? spec->train : w->n_units - spec->test;
    if (!ana_folds_exchangeable(spec))
        return ana_fail(
            ctx, ANA_EPARAM,
            "%lld/%lld draws at random, but %s are left out in their order; give "
            "the number of folds",
            (long long)plan->train, (long long)plan->test, ana_folds_what(w, w->n_units));
    if (plan->test < 1 || plan->train < 1 || !ana_add_ok(plan->train, plan->test, &sum) ||
        sum > w->n_units)
        return ana_fail(ctx, ANA_EPARAM, "%lld %s cannot give %lld/%lld",
                        (long long)w->n_units, ana_folds_what(w, w->n_units),
                        (long long)plan->train, (long long)plan->test);
    return 0;
}

static int plan_folds(struct ana_ctx *ctx, const struct ana_folds_work *w,
                      struct plan *plan)
{
    const struct ana_folds_spec *spec = w->spec;
    const char *advice =
        w->n_order == 1 && spec->by != ANA_FOLDS_BLOCK
            ? "; for samples of one recording write `by = block` and a gap"
            : "";

    plan->splits = spec->outer > 0 ? spec->outer : w->n_units;
    if (spec->outer == 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "one fold has nothing to train on; give at least 2");
    if (w->n_units < 2 || plan->splits > w->n_units)
        return ana_fail(ctx, ANA_EPARAM, "%lld %s cannot give %lld folds%s",
                        (long long)w->n_units, ana_folds_what(w, w->n_units),
                        (long long)plan->splits, advice);
    if (spec->repeats > 1 && (spec->outer == 0 || !ana_folds_exchangeable(spec)))
        return ana_fail(
            ctx, ANA_EPARAM,
            "`x %lld`: nothing is drawn at random here, so each repeat would be the "
            "same; leave the repeats out",
            (long long)spec->repeats);
    return 0;
}

static int make_plan(struct ana_ctx *ctx, const struct ana_folds_work *w,
                     struct plan *plan)
{
    const struct ana_folds_spec *spec = w->spec;

    if (spec->outer < 0 || spec->train < 0 || spec->test < 0 || spec->gap < 0 ||
        spec->block < 0 || spec->inner_block < 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "folds: sizes, blocks and gaps cannot be negative");
    if (spec->repeats < 1 || spec->repeats > INT32_MAX)
        return ana_fail(ctx, ANA_EPARAM, "folds: %lld repeats; at least 1 is needed",
                        (long long)spec->repeats);
    if (spec->by == ANA_FOLDS_BLOCK && spec->gap == 0)
        ana_warn(ctx,
                 "blocks without a gap: samples next to a border are nearly the same in "
                 "training and test; set `gap`");
    if (spec->outer == 0 && (spec->train > 0 || spec->test > 0))
        return plan_sizes(ctx, w, plan);
    return plan_folds(ctx, w, plan);
}

/* Labels of all units for one repeat: the fold in which each is tested, or its part. */
static int label_units(struct ana_ctx *ctx, const struct ana_folds_work *w,
                       const struct plan *plan, int64_t repeat, int64_t *label)
{
    const int64_t n = w->n_units, k = plan->splits;

    if (plan->test > 0)
        return ana_folds_draw(ctx, "folds", repeat, n, w->stratum, plan->train,
                              plan->test, label);
    if (ana_folds_exchangeable(w->spec) && w->spec->outer > 0)
        return ana_folds_deal(ctx, "folds", repeat, n, w->stratum, k, label);
    for (int64_t u = 0; u < n; u++)
        label[u] =
            w->spec->by == ANA_FOLDS_BLOCK ? u % k : (int64_t)((__int128)u * k / n);
    return 0;
}

static void mark_parts(struct ana_folds_work *w, const struct plan *plan, int64_t index,
                       const int64_t *label)
{
    for (int64_t i = 0; i < w->rows->n_rows; i++) {
        const int64_t of_unit = label[w->unit[i]];

        w->part[i] = plan->test > 0     ? (uint8_t)of_unit
                     : of_unit == index ? ANA_PART_TEST
                                        : ANA_PART_TRAIN;
    }
}

static int make_splits(struct ana_ctx *ctx, struct ana_folds_work *w,
                       const struct plan *plan, struct ana_fold *folds)
{
    int64_t *label = ana_alloc(ctx, w->n_units, sizeof *label);
    int rc = label ? 0 : ANA_ERESOURCE;

    for (int64_t r = 0; rc == 0 && r < w->spec->repeats; r++) {
        rc = label_units(ctx, w, plan, r, label);
        for (int64_t f = 0; rc == 0 && f < plan->splits; f++) {
            struct ana_fold *fold = &folds[r * plan->splits + f];

            ana_folds_begin_split(w, r * plan->splits + f);
            mark_parts(w, plan, f, label);
            fold->repeat = (int32_t)r;
            fold->index = (int32_t)f;
            rc = ana_fold_build(ctx, w, fold);
        }
    }
    ana_free(ctx, label);
    return rc;
}

static int make_folds(struct ana_ctx *ctx, struct ana_folds_work *w, int64_t *n,
                      struct ana_fold **folds)
{
    struct plan plan = {0};
    int rc;

    if (w->spec->by == ANA_FOLDS_FILE)
        return ana_folds_read(ctx, w, n, folds);
    if (w->spec->by == ANA_FOLDS_SHUFFLE && !w->spec->allow_leakage)
        return ana_fail(
            ctx, ANA_EPARAM,
            "shuffled samples of one recording have their neighbours on the other "
            "side of the split; write `by = block` and a gap, or `allow_leakage = "
            "yes` and every output will say so");
    w->leaky = w->spec->by == ANA_FOLDS_SHUFFLE;
    rc = make_plan(ctx, w, &plan);
    if (rc != 0)
        return rc;
    if (!ana_mul_ok(w->spec->repeats, plan.splits, n) || *n > INT32_MAX)
        return ana_fail(ctx, ANA_EPARAM, "%lld x %lld splits are too many",
                        (long long)plan.splits, (long long)w->spec->repeats);
    *folds = ana_alloc(ctx, *n, sizeof **folds);
    return *folds ? make_splits(ctx, w, &plan, *folds) : ANA_ERESOURCE;
}

int ana_folds_create(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                     const struct ana_fold_rows *rows, struct ana_folds **out)
{
    struct ana_folds *folds = ana_alloc(ctx, 1, sizeof *folds);
    struct ana_folds_work work;
    struct ana_fold *made = NULL;
    int rc;

    *out = NULL;
    if (!folds)
        return ANA_ERESOURCE;
    rc = ana_folds_work_open(ctx, spec, rows, &work);
    if (rc == 0)
        rc = make_folds(ctx, &work, &folds->n, &made);
    folds->leaky = work.leaky;
    ana_folds_work_close(ctx, &work);
    folds->fold = made;
    folds->memory = made;
    if (rc != 0) {
        ana_folds_destroy(ctx, folds);
        return rc;
    }
    *out = folds;
    return 0;
}

void ana_folds_destroy(struct ana_ctx *ctx, struct ana_folds *folds)
{
    struct ana_fold *made = folds ? folds->memory : NULL;

    for (int64_t f = 0; made && f < folds->n; f++)
        ana_fold_release(ctx, &made[f]);
    ana_free(ctx, made);
    ana_free(ctx, folds);
}
