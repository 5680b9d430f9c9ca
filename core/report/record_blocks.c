/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scores read back: a block a measure of a layer and a recording, with its targets, and the
 * numbers that were chosen.
 */
#include <math.h>

#include "base/context.h"
#include "report/record.h"
#include "report/store.h"

/* One text a target; "" where the column was left out. */
static const char *column(struct ana_record *r, const json_t *object, const char *key,
                          int64_t n, int64_t target)
{
    const json_t *values = json_object_get(object, key);
    const char *one;

    if (!values)
        return "";
    one = json_string_value(json_array_get(values, (size_t)target));
    if (!one || (int64_t)json_array_size(values) != n)
        ana_record_refuse(r, key, "text for each target");
    return one ? one : "";
}

static const struct ana_target *read_targets(struct ana_record *r, const json_t *object,
                                             int64_t n)
{
    const json_t *xyz = json_object_get(object, "position");
    struct ana_target *targets = ana_record_room(r, n, sizeof *targets);

    if (xyz && (int64_t)json_array_size(xyz) != 3 * n)
        ana_record_refuse(r, "position", "place of each target");
    for (int64_t t = 0; targets && t < n; t++) {
        targets[t].size = sizeof *targets;
        targets[t].name = column(r, object, "name", n, t);
        targets[t].region = column(r, object, "region", n, t);
        targets[t].space = column(r, object, "space", n, t);
        targets[t].hemisphere = column(r, object, "hemisphere", n, t);
        for (int i = 0; i < 3; i++)
            targets[t].position[i] =
                xyz ? ana_record_real(r, json_array_get(xyz, (size_t)(3 * t + i)),
                                      "position")
                    : (double)NAN;
    }
    return targets;
}

static const double *read_ceiling(struct ana_record *r, const json_t *values, int64_t n)
{
    double *ceiling = ana_record_room(r, n, sizeof *ceiling);

    if ((int64_t)json_array_size(values) != n)
        ana_record_refuse(r, "ceilings", "list of one a target");
    for (int64_t t = 0; ceiling && t < n; t++)
        ceiling[t] = ana_record_real(r, json_array_get(values, (size_t)t), "ceilings");
    return ceiling;
}

/* Medians over folds, as the run took them. */
static const double *medians(struct ana_record *r, const struct ana_score_block *b)
{
    const int64_t rows = b->n_folds > 0 ? b->n_folds : 1;
    double *score = ana_record_room(r, b->n_targets, sizeof *score);
    double *folds = score ? ana_alloc(r->ctx, rows, sizeof *folds) : NULL;

    if (score && !folds)
        r->rc = ANA_ERESOURCE;
    for (int64_t t = 0; folds && t < b->n_targets; t++) {
        for (int64_t f = 0; f < rows; f++)
            folds[f] = b->by_fold[f * b->n_targets + t];
        score[t] = ana_median(rows, folds);
    }
    ana_free(r->ctx, folds);
    return score;
}

static void read_names(struct ana_record *r, const json_t *object,
                       struct ana_score_block *b)
{
    b->comparison = ana_record_text(r, object, "comparison");
    b->subject = ana_record_text(r, object, "subject");
    b->brain = ana_record_text(r, object, "brain");
    b->features = ana_record_text(r, object, "features");
    b->model = ana_record_text(r, object, "model");
    b->variant = ana_record_text(r, object, "variant");
    b->layer = ana_record_text(r, object, "layer");
    b->branch = ana_record_text(r, object, "branch");
    b->metric = ana_record_text(r, object, "metric");
    b->measure = ana_record_text(r, object, "measure");
    b->measure_help = ana_record_text(r, object, "measure_help");
    b->part = ana_record_text(r, object, "part");
    b->ceiling_note = ana_record_text(r, object, "ceiling_note");
    b->depth = ana_record_real(r, json_object_get(object, "depth"), "depth");
    b->lag = ana_record_real(r, json_object_get(object, "lag"), "lag");
    b->primary = (int32_t)ana_record_count(r, object, "primary", 0, 1);
    b->pooled = (int32_t)ana_record_count(r, object, "pooled", 0, 1);
    b->n_rows = ana_record_count(r, object, "n_rows", 0, INT64_MAX);
    b->n_folds = ana_record_count(r, object, "n_folds", 0, INT32_MAX);
    b->n_targets = ana_record_count(r, object, "n_targets", 0, INT32_MAX);
}

static void read_fold_rows(struct ana_record *r, const json_t *object,
                           struct ana_score_block *b)
{
    const json_t *values = json_object_get(object, "fold_rows");
    int64_t *rows = values ? ana_record_room(r, b->n_folds, sizeof *rows) : NULL;

    if (values && (int64_t)json_array_size(values) != b->n_folds)
        ana_record_refuse(r, "fold_rows", "list of one a fold");
    for (int64_t f = 0; rows && f < b->n_folds; f++)
        rows[f] = json_integer_value(json_array_get(values, (size_t)f));
    b->fold_rows = rows;
}

/* The lists that blocks share, read when the first block asks for them. */
struct shared {
    const json_t *targets, *ceilings;
    int64_t n_targets, n_ceilings;
    const struct ana_target **target;
    const char *const **names; /* of sets of targets */
    const double **ceiling;
};

static void read_block(struct ana_record *r, const json_t *object, struct shared *shared,
                       struct ana_score_block *b)
{
    const json_t *names;
    int64_t k, n;

    read_names(r, object, b);
    read_fold_rows(r, object, b);
    k = ana_record_count(r, object, "targets", 0, shared->n_targets - 1);
    names = json_array_get(shared->targets, (size_t)k);
    if (r->rc == 0 &&
        (int64_t)json_array_size(json_object_get(names, "name")) != b->n_targets)
        ana_record_refuse(r, "targets", "list of each target");
    if (r->rc == 0 && b->pooled) {
        if (!shared->names[k])
            shared->names[k] = ana_record_texts(r, names, "name", &n);
        b->target_names = shared->names[k];
    } else if (r->rc == 0) {
        if (!shared->target[k])
            shared->target[k] = read_targets(r, names, b->n_targets);
        b->targets = shared->target[k];
    }
    if (json_object_get(object, "ceiling")) {
        k = ana_record_count(r, object, "ceiling", 0, shared->n_ceilings - 1);
        if (r->rc == 0 && !shared->ceiling[k])
            shared->ceiling[k] = read_ceiling(
                r, json_array_get(shared->ceilings, (size_t)k), b->n_targets);
        b->ceiling = r->rc == 0 ? shared->ceiling[k] : NULL;
    }
    b->by_fold =
        ana_record_array(r, object, b->n_folds > 0 ? b->n_folds : 1, b->n_targets);
    if (r->rc == 0)
        b->score = medians(r, b);
}

void ana_record_blocks(struct ana_record *r)
{
    struct shared shared = {0};
    int64_t n;
    const json_t *values = ana_record_list(r, r->root, "scores", &n);
    struct ana_score_block *blocks = ana_record_room(r, n, sizeof *blocks);

    shared.targets = ana_record_list(r, r->root, "targets", &shared.n_targets);
    shared.ceilings = ana_record_list(r, r->root, "ceilings", &shared.n_ceilings);
    shared.target = ana_record_room(r, shared.n_targets, sizeof *shared.target);
    shared.names = ana_record_room(r, shared.n_targets, sizeof *shared.names);
    shared.ceiling = ana_record_room(r, shared.n_ceilings, sizeof *shared.ceiling);
    for (int64_t b = 0; r->rc == 0 && b < n; b++)
        read_block(r, json_array_get(values, (size_t)b), &shared, &blocks[b]);
    r->results.blocks = blocks;
    r->results.n_blocks = n;
}

void ana_record_choices(struct ana_record *r)
{
    int64_t n;
    const json_t *values = ana_record_list(r, r->root, "choices", &n);
    struct ana_choice_block *choices = ana_record_room(r, n, sizeof *choices);

    for (int64_t i = 0; r->rc == 0 && i < n; i++) {
        const json_t *object = json_array_get(values, (size_t)i);
        struct ana_choice_block *c = &choices[i];

        c->comparison = ana_record_text(r, object, "comparison");
        c->brain = ana_record_text(r, object, "brain");
        c->features = ana_record_text(r, object, "features");
        c->layer = ana_record_text(r, object, "layer");
        c->metric = ana_record_text(r, object, "metric");
        c->name = ana_record_text(r, object, "name");
        c->n_folds = ana_record_count(r, object, "n_folds", 1, INT32_MAX);
        c->n_targets = ana_record_count(r, object, "n_targets", 0, INT32_MAX);
        c->values = ana_record_array(r, object, c->n_folds, c->n_targets);
    }
    r->results.choices = choices;
    r->results.n_choices = n;
}
