/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What folds hold out whole: stimuli, runs, subjects, blocks of a run, or (with leave
 * to leak) samples. Exchangeable units are numbered by their sorted names, so that a
 * draw from the numbers does not depend on the order in which rows were recorded.
 */
#include "stats/folds_work.h"

#include <stdlib.h>
#include <string.h>

int ana_folds_exchangeable(const struct ana_folds_spec *spec)
{
    return spec->by != ANA_FOLDS_RUN && spec->by != ANA_FOLDS_BLOCK;
}

const char *ana_folds_what(const struct ana_folds_work *w, int64_t n)
{
    const int one = n == 1;

    switch (w->spec->by) {
    case ANA_FOLDS_RUN:
        return one ? "run" : "runs";
    case ANA_FOLDS_BLOCK:
        return one ? "block" : "blocks";
    case ANA_FOLDS_SUBJECT:
        return one ? "subject" : "subjects";
    case ANA_FOLDS_SHUFFLE:
        return one ? "sample" : "samples";
    default:
        return one ? "stimulus" : "stimuli";
    }
}

/* Rows of each group together, in row order (a counting sort). */
static int index_rows(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const struct ana_fold_rows *rows = w->rows;

    for (int64_t i = 0; i < rows->n_rows; i++) {
        if (rows->group[i] < 0 || rows->group[i] >= rows->n_groups)
            return ana_fail(ctx, ANA_ESHAPE, "folds: row %lld is of group %lld of %lld",
                            (long long)i, (long long)rows->group[i],
                            (long long)rows->n_groups);
        w->start[rows->group[i] + 1]++;
    }
    for (int64_t g = 0; g < rows->n_groups; g++)
        w->start[g + 1] += w->start[g];
    for (int64_t i = 0; i < rows->n_rows; i++)
        w->member[w->start[rows->group[i]]++] = i;
    memmove(w->start + 1, w->start, (size_t)rows->n_groups * sizeof *w->start);
    w->start[0] = 0;
    for (int64_t k = 1; k < rows->n_rows; k++) {
        const int64_t i = w->member[k], before = w->member[k - 1];

        if (rows->group[i] == rows->group[before] &&
            rows->moment[i] < rows->moment[before])
            return ana_fail(ctx, ANA_ESHAPE,
                            "folds: the samples of '%s' are not in order",
                            rows->names[rows->group[i]]);
    }
    return 0;
}

static int by_name(const void *a, const void *b, void *names)
{
    const char *const *name = names;

    return strcmp(name[*(const int64_t *)a], name[*(const int64_t *)b]);
}

static void list_groups(struct ana_folds_work *w)
{
    w->n_order = 0;
    for (int64_t g = 0; g < w->rows->n_groups; g++)
        if (w->start[g + 1] > w->start[g])
            w->order[w->n_order++] = g;
}

static int sort_groups(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const char *const *names = w->rows->names;

    list_groups(w);
    qsort_r(w->order, (size_t)w->n_order, sizeof *w->order, by_name,
            (void *)(uintptr_t)names);
    for (int64_t k = 1; k < w->n_order; k++)
        if (strcmp(names[w->order[k - 1]], names[w->order[k]]) == 0)
            return ana_fail(
                ctx, ANA_EDATA,
                "two groups of rows are named '%s': folds go by name, so names must "
                "differ",
                names[w->order[k]]);
    if (!ana_folds_exchangeable(w->spec))
        list_groups(w);
    return 0;
}

int64_t ana_folds_count_blocks(int64_t total, int64_t length)
{
    const int64_t blocks = total / length + (2 * (total % length) >= length);

    return blocks > 0 ? blocks : 1;
}

/* Blocks of each run, numbered from run to run; without a length, as many a run as
 * there are folds, and block f of each run is unit f. */
static void number_blocks(struct ana_folds_work *w)
{
    const int64_t length = w->spec->block, folds = w->spec->outer;

    for (int64_t k = 0; k < w->n_order; k++) {
        const int64_t *row = w->member + w->start[w->order[k]];
        const int64_t n = w->start[w->order[k] + 1] - w->start[w->order[k]];
        const int64_t first = w->rows->moment[row[0]];
        const int64_t total = w->rows->moment[row[n - 1]] - first + 1;
        const int64_t blocks = length > 0 ? ana_folds_count_blocks(total, length) : folds;

        for (int64_t i = 0; i < n; i++) {
            const int64_t t = w->rows->moment[row[i]] - first;
            const int64_t b =
                length > 0 ? t / length : (int64_t)((__int128)t * folds / total);

            w->unit[row[i]] =
                (length > 0 ? w->n_units : 0) + (b < blocks ? b : blocks - 1);
        }
        w->n_units = length > 0 ? w->n_units + blocks : folds;
    }
}

/* Group after group a unit, or sample after sample; rows of one moment stay together. */
static void number_groups(struct ana_folds_work *w)
{
    const int samples = w->spec->by == ANA_FOLDS_SHUFFLE;

    for (int64_t k = 0; k < w->n_order; k++) {
        const int64_t g = w->order[k];

        for (int64_t i = w->start[g]; i < w->start[g + 1]; i++) {
            if (samples && i > w->start[g] &&
                w->rows->moment[w->member[i]] != w->rows->moment[w->member[i - 1]])
                w->n_units++;
            w->unit[w->member[i]] = w->n_units;
        }
        w->n_units++;
    }
}

/* Strata as numbers: the place of a unit's label among the sorted labels, so that they
 * too do not depend on recording order. Equal labels share the lowest place. */
static int number_strata(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    const struct ana_fold_rows *rows = w->rows;
    int64_t *sorted, place = 0;

    w->stratum = ana_alloc(ctx, w->n_units, sizeof *w->stratum);
    if (!w->stratum)
        return ANA_ERESOURCE;
    if (!rows->stratum || !ana_folds_exchangeable(w->spec))
        return 0;
    sorted = ana_alloc(ctx, w->n_order, sizeof *sorted);
    if (!sorted)
        return ANA_ERESOURCE;
    memcpy(sorted, w->order, (size_t)w->n_order * sizeof *sorted);
    qsort_r(sorted, (size_t)w->n_order, sizeof *sorted, by_name,
            (void *)(uintptr_t)rows->stratum);
    for (int64_t k = 0; k < w->n_order; k++) {
        const int64_t g = sorted[k];

        if (k > 0 && strcmp(rows->stratum[sorted[k - 1]], rows->stratum[g]) != 0)
            place = k;
        for (int64_t i = w->start[g]; i < w->start[g + 1]; i++)
            w->stratum[w->unit[w->member[i]]] = place;
    }
    ana_free(ctx, sorted);
    return 0;
}

int ana_folds_work_open(struct ana_ctx *ctx, const struct ana_folds_spec *spec,
                        const struct ana_fold_rows *rows, struct ana_folds_work *w)
{
    int rc;

    memset(w, 0, sizeof *w);
    w->spec = spec;
    w->rows = rows;
    if (rows->n_rows < 2)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld rows cannot be split into training and test",
                        (long long)rows->n_rows);
    w->start = ana_alloc(ctx, rows->n_groups + 1, sizeof *w->start);
    w->order = ana_alloc(ctx, rows->n_groups, sizeof *w->order);
    w->member = ana_alloc(ctx, rows->n_rows, sizeof *w->member);
    w->unit = ana_alloc(ctx, rows->n_rows, sizeof *w->unit);
    w->part = ana_alloc(ctx, rows->n_rows, sizeof *w->part);
    w->inner = ana_alloc(ctx, rows->n_rows, sizeof *w->inner);
    w->choice = ana_alloc(ctx, rows->n_rows, sizeof *w->choice);
    if (!w->start || !w->order || !w->member || !w->unit || !w->part || !w->inner ||
        !w->choice)
        return ANA_ERESOURCE;
    rc = index_rows(ctx, w);
    if (rc == 0)
        rc = sort_groups(ctx, w);
    if (rc != 0)
        return rc;
    if (spec->by == ANA_FOLDS_BLOCK)
        number_blocks(w);
    else
        number_groups(w);
    return number_strata(ctx, w);
}

void ana_folds_begin_split(struct ana_folds_work *w, int64_t split)
{
    w->split = split;
    w->n_inner = 0;
    for (int64_t i = 0; i < w->rows->n_rows; i++) {
        w->part[i] = ANA_PART_NONE;
        w->inner[i] = -1;
    }
}

void ana_folds_work_close(struct ana_ctx *ctx, struct ana_folds_work *w)
{
    ana_free(ctx, w->start);
    ana_free(ctx, w->order);
    ana_free(ctx, w->member);
    ana_free(ctx, w->unit);
    ana_free(ctx, w->stratum);
    ana_free(ctx, w->part);
    ana_free(ctx, w->inner);
    ana_free(ctx, w->choice);
}
