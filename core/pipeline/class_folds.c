/* SPDX-License-Identifier: BSD-3-Clause
 *
 * [folds] on one set of rows. What is not written follows from what the rows are:
 * separate stimuli are dealt at random, runs are left out whole, a single run is cut
 * into blocks with gaps as long as the delays reach.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "pipeline/class.h"

static int64_t to_samples(const struct ana_time *time, double rate)
{
    return llround(time->unit == ANA_TIME_TR ? time->value : time->value * rate);
}

/* How far apart two rows have to be to share no sample of a space: from its first delay
 * to its last, 0 among them. */
static int64_t reach_of_delays(const struct ana_opened *opened, const struct ana_class *c)
{
    int64_t reach = 0;

    for (int64_t f = 0; f < opened->study->n_features; f++) {
        int64_t low = 0, high = 0;

        for (int64_t d = 0; c->features[f] && d < c->features[f]->n_delays; d++) {
            const int64_t delay = c->features[f]->delays[d];

            low = delay < low ? delay : low;
            high = delay > high ? delay : high;
        }
        reach = high - low > reach ? high - low : reach;
    }
    return reach;
}

static void choose_outer(const struct ana_rows *rows, struct ana_folds_spec *spec)
{
    if (spec->by != 0)
        return;
    if (rows->recording->repeats) { /* all presentations of one are held out together */
        spec->by = ANA_FOLDS_STIMULUS;
        spec->outer = spec->outer > 0 ? spec->outer : 5;
    } else if (rows->layout == ANA_LAYOUT_SERIES) {
        spec->by = rows->n_groups > 1 ? ANA_FOLDS_RUN : ANA_FOLDS_BLOCK;
        spec->outer = spec->outer > 0 || rows->n_groups > 1 ? spec->outer : 5;
    } else {
        spec->by = ANA_FOLDS_STIMULUS;
        spec->outer = spec->outer > 0 ? spec->outer : 5;
    }
}

static void choose_inner(const struct ana_rows *rows, struct ana_folds_spec *spec)
{
    spec->inner_default = 1;
    if (rows->layout == ANA_LAYOUT_ROWS && !rows->recording->repeats) {
        spec->inner = ANA_INNER_LOO;
        return;
    }
    spec->inner = ANA_INNER_FOLDS;
    spec->inner_folds = 5;
}

static int check_kind(struct ana_ctx *ctx, const struct ana_class *c,
                      const struct ana_folds_spec *spec)
{
    const int series = c->rows->layout == ANA_LAYOUT_SERIES;

    if (!series && (spec->by == ANA_FOLDS_RUN || spec->by == ANA_FOLDS_BLOCK))
        return ana_fail(
            ctx, ANA_EPARAM,
            "`by = %s` needs a recording in unbroken runs, and this one has separate "
            "stimuli; use `by = stimulus`",
            spec->by == ANA_FOLDS_RUN ? "run" : "block");
    return 0;
}

/* Whether a training row and a test row of one group are at most `reach` samples apart. */
static int are_near(const struct ana_fold_rows *rows, const uint8_t *part, int64_t reach)
{
    int64_t last[2] = {-1, -1}; /* rows that trained and tested last */

    for (int64_t i = 0; i < rows->n_rows; i++) {
        int64_t other;

        if (!part[i])
            continue;
        other = last[part[i] == 1];
        if (other >= 0 && rows->group[other] == rows->group[i] &&
            rows->moment[i] - rows->moment[other] <= reach)
            return 1;
        last[part[i] - 1] = i;
    }
    return 0;
}

/* 1 trains, 2 tests; inner folds count the places in `outer`, of which there may be none. */
static void mark(const struct ana_fold *fold, const int64_t *outer, int64_t n_rows,
                 uint8_t *part)
{
    memset(part, 0, (size_t)n_rows);
    for (int64_t i = 0; i < fold->n_train; i++)
        part[outer ? outer[fold->train[i]] : fold->train[i]] = 1;
    for (int64_t i = 0; i < fold->n_test; i++)
        part[outer ? outer[fold->test[i]] : fold->test[i]] = 2;
}

/* A gap that was written and is shorter than the delays reach matters where a fold cuts a
 * run. */
static int warn_gap(struct ana_ctx *ctx, const struct ana_class *c, int64_t reach)
{
    const int64_t n = c->units.n_rows;
    uint8_t *part = ana_alloc(ctx, n, 1);
    int near = 0, inner = 0;

    if (!part)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < c->folds->n; k++) {
        const struct ana_fold *fold = &c->folds->fold[k];

        mark(fold, NULL, n, part);
        near = near || are_near(&c->units, part, reach);
        for (int64_t j = 0; !inner && j < fold->n_inner; j++) {
            mark(&fold->inner_folds[j], fold->train, n, part);
            inner = are_near(&c->units, part, reach);
        }
    }
    ana_free(ctx, part);
    if (near)
        ana_warn(ctx, "`gap` is shorter than from the first delay to the last: training "
                      "rows see test samples");
    else if (inner)
        ana_warn(ctx, "`gap` is shorter than from the first delay to the last: rows that "
                      "inner folds train on see samples that they test");
    return 0;
}

int ana_class_folds(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *c)
{
    const struct ana_study_folds *study = &opened->study->folds;
    const struct ana_rows *rows = c->rows;
    struct ana_folds_spec spec = study->spec;
    char **strata = NULL;
    int rc;

    ana_context_push(ctx, "%s%s[folds]", study->place.where ? study->place.where : "",
                     study->place.where ? ": " : "");
    choose_outer(rows, &spec);
    if (!study->inner_given)
        choose_inner(rows, &spec);
    spec.repeats = spec.repeats > 0 ? spec.repeats : 1;
    spec.block = to_samples(&study->block, rows->rate);
    spec.inner_block = to_samples(&study->inner_block, rows->rate);
    spec.gap = study->gap_given ? to_samples(&study->gap, rows->rate)
                                : reach_of_delays(opened, c);
    c->spec = spec;
    rc = check_kind(ctx, c, &spec);
    if (rc == 0 && study->stratify)
        rc = ana_class_labels(ctx, study->stratify, "stratify", c, &strata);
    if (rc == 0)
        rc = ana_class_units(ctx, opened, c);
    c->units.stratum = (const char *const *)strata;
    if (rc == 0 && strata && spec.by == ANA_FOLDS_SUBJECT)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "`stratify` balances stimuli, not subjects; remove it");
    if (rc == 0)
        rc = ana_folds_create(ctx, &spec, &c->units, &c->folds);
    if (rc == 0 && study->gap_given && !c->folds->leaky &&
        spec.gap < reach_of_delays(opened, c))
        rc = warn_gap(ctx, c, reach_of_delays(opened, c));
    c->units.stratum = NULL;
    for (int64_t g = 0; strata && g < rows->n_groups; g++)
        ana_free(ctx, strata[g]);
    ana_free(ctx, strata);
    ana_context_pop(ctx);
    return rc;
}
