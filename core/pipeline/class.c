/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which comparisons share their rows, and with them their activations and folds.
 */
#include "pipeline/class.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "pipeline/opened.h"

/* 1 if a comparison's x has regressors of its recording taken out: it cannot share x. */
static int is_cleaned(const struct ana_study *study, int64_t number)
{
    const struct ana_study_comparison *c = &study->comparisons[number];
    int any = 0;

    for (int64_t x = 0; x < c->n_x; x++)
        any |= study->features[c->x[x]].nuisance;
    return any;
}

static struct ana_class *find_class(struct ana_class *classes, int64_t n, int64_t stimuli,
                                    const struct ana_rows *rows,
                                    const struct ana_recording *cleaned)
{
    for (int64_t i = 0; i < n; i++)
        if (classes[i].stimuli == stimuli && classes[i].cleaned == cleaned &&
            ana_rows_equal(classes[i].rows, rows))
            return &classes[i];
    return NULL;
}

static int add_member(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t *n,
                      struct ana_class *classes, int64_t number, int64_t stimuli,
                      const struct ana_rows *rows)
{
    const int64_t most = opened->study->n_comparisons;
    const struct ana_recording *cleaned =
        is_cleaned(opened->study, number) ? rows->recording : NULL;
    struct ana_class *c = find_class(classes, *n, stimuli, rows, cleaned);

    if (!c) {
        c = &classes[(*n)++];
        c->rows = rows;
        c->cleaned = cleaned;
        c->stimuli = stimuli;
        c->comparison = ana_alloc(ctx, most, sizeof *c->comparison);
        c->member_rows = ana_alloc(ctx, most, sizeof *c->member_rows);
        c->features = ana_alloc(ctx, opened->study->n_features, sizeof *c->features);
        if (!c->comparison || !c->member_rows || !c->features)
            return ANA_ERESOURCE;
    }
    c->comparison[c->n_members] = number;
    c->member_rows[c->n_members++] = rows;
    return 0;
}

int ana_class_add(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t number,
                  int64_t *n, struct ana_class *classes, struct ana_rows **rows)
{
    const struct ana_study *study = opened->study;
    const struct ana_study_comparison *c = &study->comparisons[number];
    int64_t stimuli = -1;
    int rc = 0;

    ana_context_push(ctx, "%s: comparison %s", c->place.where, c->name);
    if (c->y < 0)
        rc = ana_fail(
            ctx, ANA_EPARAM,
            "the right side must be a recording, [brain NAME] or [data NAME]; a model "
            "there is not done yet");
    if (rc == 0)
        rc = ana_comparison_stimuli(ctx, study, number, &stimuli);
    if (rc == 0)
        rc = ana_rows_create(ctx, &opened->recordings[c->y],
                             stimuli >= 0 ? opened->stimuli[stimuli] : NULL,
                             study->folds.spec.by == ANA_FOLDS_SUBJECT ||
                                 opened->recordings[c->y].repeats,
                             &rows[number]);
    if (rc == 0)
        rc = add_member(ctx, opened, n, classes, number, stimuli, rows[number]);
    ana_context_pop(ctx);
    return rc;
}

int ana_classes_create(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t *n,
                       struct ana_class **classes, struct ana_rows **rows)
{
    const int64_t most = opened->study->n_comparisons;
    int rc = 0;

    *n = 0;
    *classes = ana_alloc(ctx, most, sizeof **classes);
    if (!*classes)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < most; i++)
        rc = ana_class_add(ctx, opened, i, n, *classes, rows);
    return rc;
}

void ana_classes_destroy(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t n,
                         struct ana_class *classes, struct ana_rows **rows)
{
    for (int64_t i = 0; classes && i < n; i++) {
        for (int64_t f = 0; classes[i].features && f < opened->study->n_features; f++)
            ana_features_destroy(ctx, classes[i].features[f]);
        ana_folds_destroy(ctx, classes[i].folds);
        ana_class_units_finish(ctx, &classes[i]);
        ana_free(ctx, classes[i].comparison);
        ana_free(ctx, (void *)classes[i].member_rows);
        ana_free(ctx, classes[i].features);
    }
    ana_free(ctx, classes);
    for (int64_t i = 0; rows && i < opened->study->n_comparisons; i++)
        ana_rows_destroy(ctx, rows[i]);
    ana_free(ctx, rows);
}

int64_t ana_class_bytes(const struct ana_opened *opened, const struct ana_class *c)
{
    int64_t bytes = 0;

    for (int64_t f = 0; f < opened->study->n_features; f++)
        if (c->features[f])
            bytes += ana_features_bytes(opened, c->features[f]);
    return bytes;
}

int ana_class_fits(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_class *c, int64_t memory)
{
    const int64_t bytes = ana_class_bytes(opened, c);
    char needed[32], allowed[32];

    if (bytes <= memory)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE,
                    "the activations take %s and the run has %s left; raise `memory` in "
                    "[study], or choose fewer `layers` in [model]",
                    ana_text_bytes(bytes, needed), ana_text_bytes(memory, allowed));
}

int ana_class_prepare(struct ana_ctx *ctx, const struct ana_opened *opened,
                      struct ana_class *c)
{
    const struct ana_study *study = opened->study;
    int rc = 0;

    for (int64_t m = 0; rc == 0 && m < c->n_members; m++) {
        const struct ana_study_comparison *comparison =
            &study->comparisons[c->comparison[m]];

        for (int64_t x = 0; rc == 0 && x < comparison->n_x; x++)
            if (!c->features[comparison->x[x]])
                rc = ana_features_create(ctx, opened, comparison->x[x], c->rows,
                                         c->stimuli, &c->features[comparison->x[x]]);
    }
    if (rc == 0)
        rc = ana_class_folds(ctx, opened, c);
    return rc;
}
