/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Dissimilarities of the features and of a recording over the same items, and how alike
 * they are (Kriegeskorte, Mur & Bandettini 2008).
 */
#include "plugins/metrics/rsa/sides.h"

#include <anaflow/reader.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/rdm.h"

void rsa_close(struct ana_ctx *ctx, struct rsa *rsa)
{
    if (!rsa)
        return;
    for (int64_t i = 0; rsa->parts && i < rsa->n_parts; i++) {
        rsa_items_finish(ctx, &rsa->parts[i].items);
        ana_free(ctx, rsa->parts[i].rdm);
    }
    ana_tensor_finish(&rsa->x);
    ana_free(ctx, rsa->parts);
    ana_free(ctx, rsa);
}

/* Dissimilarities of a part's items in some columns; *constant as ana_rdm_distances,
 * *constants counts columns that do not move (with z-scores only). */
static int distances(struct ana_ctx *ctx, const struct rsa *rsa,
                     const struct rsa_part *part, const struct ana_tensor *matrix,
                     int64_t columns, const int64_t *column, int z_score, double *rdm,
                     int64_t *constant, int64_t *constants)
{
    const int64_t n = part->items.n, length = part->items.length;
    double *patterns = ana_alloc(ctx, n * length * columns, sizeof *patterns);
    double *room = ana_alloc(ctx, 2 * columns, sizeof *room);
    int rc = ANA_ERESOURCE;

    *constants = 0;
    if (patterns && room) {
        rsa_items_take(&part->items, matrix, columns, column, patterns);
        if (z_score)
            *constants =
                ana_rdm_z_score(n, length, columns, patterns, room, room + columns);
        rc = ana_rdm_distances(ctx, rsa->settings.distance, n, length * columns, patterns,
                               rdm, constant);
    }
    ana_free(ctx, patterns);
    ana_free(ctx, room);
    return rc;
}

/* Whether a correlation over this many numbers says anything: over 2 it is 1 or -1. */
static int too_narrow(struct ana_ctx *ctx, const struct rsa *rsa, const char *what,
                      int64_t numbers)
{
    if (rsa->settings.distance != ANA_RDM_CORRELATION || numbers >= 3)
        return 0;
    ana_warn(
        ctx,
        "%s: patterns of %lld numbers have no useful correlation distance; scores over "
        "them are n/a (try distance = euclidean)",
        what, (long long)numbers);
    return 1;
}

/* One part's items and their RDM in the features. */
static int make_part(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct rsa *rsa = arg;
    struct rsa_part *part = &rsa->parts[i];
    const struct ana_fold *fold = rsa->settings.per_fold ? &rsa->problem->folds[i] : NULL;
    int64_t constant, constants;
    int rc;

    part->fold = fold ? i : -1;
    rc = rsa_items_create(ctx, rsa->problem, fold ? fold->n_test : rsa->problem->n_rows,
                          fold ? fold->test : NULL, &part->items);
    if (rc != 0)
        return rc;
    if (too_narrow(ctx, rsa, ana_space_name(rsa->problem->spaces[0]),
                   rsa->x.shape[1] * part->items.length))
        return 0;
    part->rdm = ana_alloc(ctx, ana_rdm_pairs(part->items.n), sizeof *part->rdm);
    if (!part->rdm)
        return ANA_ERESOURCE;
    rc = distances(ctx, rsa, part, &rsa->x, rsa->x.shape[1], NULL,
                   rsa->settings.z_score_features, part->rdm, &constant, &constants);
    if (rc != 0 || constant < 0)
        return rc;
    ana_warn(ctx,
             "features %s: the pattern of row %lld is the same everywhere, so it has no "
             "correlation distance; scores over it are n/a (try distance = euclidean)",
             ana_space_name(rsa->problem->spaces[0]),
             (long long)part->items.row[constant * part->items.length]);
    ana_free(ctx, part->rdm);
    part->rdm = NULL;
    return 0;
}

int rsa_open(struct ana_ctx *ctx, const struct rsa_settings *settings,
             const struct ana_problem *problem, struct rsa **out)
{
    struct rsa *rsa = ana_alloc(ctx, 1, sizeof *rsa);
    int rc = ANA_ERESOURCE;

    *out = NULL;
    if (!rsa)
        return rc;
    rsa->problem = problem;
    rsa->x.dtype = ANA_F64;
    rsa->settings = *settings;
    rsa->n_parts = rsa->settings.per_fold ? problem->n_folds : 1;
    rsa->parts = ana_alloc(ctx, rsa->n_parts, sizeof *rsa->parts);
    if (rsa->parts)
        rc = ana_space_matrix(ctx, problem->spaces[0], &rsa->x);
    if (rc == 0)
        rc = ana_parallel_for(ctx, rsa->n_parts, make_part, rsa);
    ana_tensor_finish(&rsa->x);
    if (rc == 0)
        *out = rsa;
    else
        rsa_close(ctx, rsa);
    return rc;
}

void rsa_y_close(struct ana_ctx *ctx, struct rsa_y *opened)
{
    if (!opened)
        return;
    for (int64_t i = 0; opened->sets && i < opened->n_sets; i++)
        ana_free(ctx, opened->sets[i].column);
    ana_tensor_finish(&opened->values);
    ana_free(ctx, opened->sets);
    ana_free(ctx, opened->scores);
    ana_free(ctx, opened->constants);
    ana_free(ctx, opened);
}

static const char *region_of(const struct ana_y *y, int64_t target)
{
    const char *region = y->targets ? y->targets[target].region : NULL;

    return region ? region : "";
}

/* The set of a region's name, made when it is met first. */
static struct rsa_set *find_set(struct rsa_y *opened, const char *name)
{
    for (int64_t i = 1; i < opened->n_sets; i++)
        if (strcmp(opened->sets[i].name, name) == 0)
            return &opened->sets[i];
    opened->sets[opened->n_sets].name = name;
    return &opened->sets[opened->n_sets++];
}

/* All targets, and each region unless it is all of them. */
static int make_sets(struct ana_ctx *ctx, struct rsa_y *opened)
{
    const int64_t t = opened->y->n_targets;

    opened->sets = ana_alloc(ctx, t + 1, sizeof *opened->sets);
    if (!opened->sets)
        return ANA_ERESOURCE;
    opened->sets[0] = (struct rsa_set){.name = "all", .n = t};
    opened->n_sets = 1;
    for (int64_t j = 0; j < t; j++)
        if (region_of(opened->y, j)[0])
            find_set(opened, region_of(opened->y, j))->n++;
    for (int64_t i = 1; i < opened->n_sets; i++) {
        opened->sets[i].column = ana_alloc(ctx, opened->sets[i].n, sizeof(int64_t));
        if (!opened->sets[i].column)
            return ANA_ERESOURCE;
        opened->sets[i].n = 0;
    }
    for (int64_t j = 0; j < t; j++)
        if (region_of(opened->y, j)[0]) {
            struct rsa_set *set = find_set(opened, region_of(opened->y, j));

            set->column[set->n++] = j;
        }
    return 0;
}

int rsa_y_open(struct ana_ctx *ctx, const struct rsa *rsa, const struct ana_y *y,
               struct rsa_y **out)
{
    struct rsa_y *opened = ana_alloc(ctx, 1, sizeof *opened);
    int rc;

    *out = NULL;
    if (!opened)
        return ANA_ERESOURCE;
    opened->rsa = rsa;
    opened->y = y;
    rc = make_sets(ctx, opened);
    if (rc == 0) {
        opened->scores =
            ana_alloc(ctx, rsa->n_parts * opened->n_sets, sizeof *opened->scores);
        opened->constants = ana_alloc(ctx, rsa->n_parts, sizeof *opened->constants);
        rc = opened->scores && opened->constants ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        *out = opened;
    else
        rsa_y_close(ctx, opened);
    return rc;
}

int rsa_y_take(struct ana_ctx *ctx, struct rsa_y *opened, const struct ana_tile *tile)
{
    const int64_t t = opened->y->n_targets;
    const int64_t at = ana_tensor_find_nonfinite(&tile->y, NULL);

    if (at >= 0)
        return ana_fail(
            ctx, ANA_ENUMERIC,
            "row %lld of target %lld is not finite; repair the recording or say "
            "what to do with `nan =`",
            (long long)(at / tile->y.shape[1]),
            (long long)(tile->first + at % tile->y.shape[1]));
    if (tile->y.shape[1] != t || opened->values.data)
        return ana_fail(ctx, ANA_ESHAPE,
                        "the plan asked for all %lld targets at once, a tile has %lld",
                        (long long)t, (long long)tile->y.shape[1]);
    if (!tile->y.owner)
        return ana_tensor_convert(ctx, &tile->y, ANA_F64, &opened->values);
    ana_tensor_ref(&tile->y, &opened->values);
    return 0;
}

static int compare(struct ana_ctx *ctx, const struct rsa_y *opened,
                   const struct rsa_part *part, const struct rsa_set *set, double *rdm,
                   double *score, int64_t *constants)
{
    const struct rsa *rsa = opened->rsa;
    int64_t constant;
    int rc = distances(ctx, rsa, part, &opened->values, set->n, set->column,
                       rsa->settings.z_score_targets, rdm, &constant, constants);

    if (rc == 0 && constant >= 0)
        ana_warn(
            ctx,
            "%s: the pattern of row %lld over %lld targets is the same everywhere, so "
            "it has no correlation distance; scores over it are n/a (try distance = "
            "euclidean)",
            set->name, (long long)part->items.row[constant * part->items.length],
            (long long)set->n);
    else if (rc == 0)
        rc = ana_rdm_compare(ctx, rsa->settings.compare, ana_rdm_pairs(part->items.n),
                             part->rdm, rdm, score);
    return rc;
}

/* One part and one set: the score, NaN where an RDM is not defined or does not vary. */
static int score_one(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct rsa_y *opened = arg;
    const struct rsa_part *part = &opened->rsa->parts[i / opened->n_sets];
    const struct rsa_set *set = &opened->sets[i % opened->n_sets];
    int64_t constants = 0;
    double *rdm;
    int rc;

    opened->scores[i] = (double)NAN;
    if (!part->rdm ||
        too_narrow(ctx, opened->rsa, set->name, set->n * part->items.length))
        return 0;
    rdm = ana_alloc(ctx, ana_rdm_pairs(part->items.n), sizeof *rdm);
    rc = rdm ? compare(ctx, opened, part, set, rdm, &opened->scores[i], &constants)
             : ANA_ERESOURCE;
    if (i % opened->n_sets == 0)
        opened->constants[i / opened->n_sets] = constants;
    ana_free(ctx, rdm);
    return rc;
}

int rsa_y_score(struct ana_ctx *ctx, struct rsa_y *opened)
{
    return ana_parallel_for(ctx, opened->rsa->n_parts * opened->n_sets, score_one,
                            opened);
}
