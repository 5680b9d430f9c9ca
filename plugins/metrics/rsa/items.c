/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rows into items. The samples of a trial are put in the order of their moments, so that
 * the order in which a recording lists its rows does not matter.
 */
#include "plugins/metrics/rsa/items.h"

#include <anaflow/reader.h>
#include <string.h>

static int64_t longest_group(const struct ana_problem *problem, int64_t *length)
{
    int64_t longest = 0;

    for (int64_t i = 0; i < problem->n_rows; i++) {
        length[problem->group[i]]++;
        if (length[problem->group[i]] > longest)
            longest = length[problem->group[i]];
    }
    return longest;
}

/* Rows of one trial, `length` of them, by moment; insertion, since they mostly ascend. */
static void sort_by_moment(const struct ana_problem *problem, int64_t length,
                           int64_t *row)
{
    for (int64_t i = 1; i < length; i++) {
        const int64_t held = row[i];
        int64_t k = i;

        for (; k > 0 && problem->moment[row[k - 1]] > problem->moment[held]; k--)
            row[k] = row[k - 1];
        row[k] = held;
    }
}

/* Each trial is taken whole or not at all, and all have one length. */
static int check_trials(struct ana_ctx *ctx, const struct ana_problem *problem,
                        const int64_t *length, const int64_t *taken, int64_t longest)
{
    for (int64_t g = 0; g < problem->n_groups; g++) {
        if (taken[g] > 0 && length[g] != longest)
            return ana_fail(
                ctx, ANA_EPARAM,
                "rsa compares trials of one length, but stimulus %lld has %lld "
                "samples and others %lld; cut the epochs to one window",
                (long long)g, (long long)length[g], (long long)longest);
        if (taken[g] > 0 && taken[g] < longest)
            return ana_fail(ctx, ANA_EPARAM,
                            "a fold takes %lld of the %lld samples of stimulus %lld; rsa "
                            "needs whole trials: write `by = stimulus` into [folds] or "
                            "`rows = all`",
                            (long long)taken[g], (long long)longest, (long long)g);
    }
    return 0;
}

/* Deal the rows to their trials, which are numbered as they are met. */
static void deal(const struct ana_problem *problem, int64_t n_rows, const int64_t *rows,
                 int64_t *found, int64_t *place, struct rsa_items *items)
{
    for (int64_t i = 0; i < n_rows; i++) {
        const int64_t row = rows ? rows[i] : i, group = problem->group[row];

        if (found[group] == 0)
            place[group] = items->n++;
        items->row[place[group] * items->length + found[group]++] = row;
    }
    for (int64_t k = 0; k < items->n; k++)
        sort_by_moment(problem, items->length, items->row + k * items->length);
}

static int take_trials(struct ana_ctx *ctx, const struct ana_problem *problem,
                       int64_t n_rows, const int64_t *rows, struct rsa_items *items)
{
    const int64_t groups = problem->n_groups;
    int64_t *length = ana_alloc(ctx, 4 * groups, sizeof *length),
            *taken = length + groups;
    int rc;

    if (!length)
        return ANA_ERESOURCE;
    items->length = longest_group(problem, length);
    for (int64_t i = 0; i < n_rows; i++)
        taken[problem->group[rows ? rows[i] : i]]++;
    rc = check_trials(ctx, problem, length, taken, items->length);
    if (rc == 0)
        deal(problem, n_rows, rows, length + 2 * groups, length + 3 * groups, items);
    ana_free(ctx, length);
    return rc;
}

int rsa_items_create(struct ana_ctx *ctx, const struct ana_problem *problem,
                     int64_t n_rows, const int64_t *rows, struct rsa_items *items)
{
    int rc = 0;

    *items = (struct rsa_items){.length = 1};
    items->row = ana_alloc(ctx, n_rows, sizeof *items->row);
    if (!items->row)
        return ANA_ERESOURCE;
    if (problem->layout == ANA_LAYOUT_EPOCHS)
        rc = take_trials(ctx, problem, n_rows, rows, items);
    else
        for (; items->n < n_rows; items->n++)
            items->row[items->n] = rows ? rows[items->n] : items->n;
    if (rc == 0 && items->n < 3)
        rc = ana_fail(
            ctx, ANA_EPARAM,
            "rsa compares pairs of items and needs at least 3, not %lld; hold out "
            "more in [folds] or write `rows = all`",
            (long long)items->n);
    if (rc != 0)
        rsa_items_finish(ctx, items);
    return rc;
}

void rsa_items_finish(struct ana_ctx *ctx, struct rsa_items *items)
{
    ana_free(ctx, items->row);
    items->row = NULL;
}

void rsa_items_take(const struct rsa_items *items, const struct ana_tensor *matrix,
                    int64_t columns, const int64_t *column, double *patterns)
{
    const int64_t step = matrix->strides[1];

    for (int64_t i = 0; i < items->n * items->length; i++) {
        const double *row =
            (const double *)matrix->data + items->row[i] * matrix->strides[0];

        for (int64_t k = 0; k < columns; k++)
            patterns[i * columns + k] = row[(column ? column[k] : k) * step];
    }
}
