/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What folds hold out whole: a stimulus, a run, or all runs of one subject. Whose run
 * is whose, and which label a stimulus has, stands in a table of two columns.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/tsv.h"
#include "pipeline/class.h"

int ana_class_labels(struct ana_ctx *ctx, const char *path, const char *key,
                     const struct ana_class *c, char ***out)
{
    struct ana_table *table = NULL;
    char **labels = ana_alloc(ctx, c->rows->n_groups, sizeof *labels);
    int rc = labels ? ana_table_read(ctx, path, 0, &table) : ANA_ERESOURCE;

    *out = labels;
    if (rc == 0 && table->n_columns < 2)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` needs two columns, name and label", path,
                      key);
    for (int64_t g = 0; rc == 0 && g < c->rows->n_groups; g++) {
        for (int64_t r = 0; r < table->n_rows && !labels[g]; r++)
            if (ana_text_same_stem(table->cell[r * table->n_columns], c->rows->name[g])) {
                labels[g] = ana_strdup(ctx, table->cell[r * table->n_columns + 1]);
                rc = labels[g] ? 0 : ANA_ERESOURCE;
            }
        if (rc == 0 && !labels[g])
            rc = ana_fail(ctx, ANA_EDATA, "%s: has no line for %s", path,
                          c->rows->name[g]);
    }
    ana_table_destroy(ctx, table);
    return rc;
}

/* Number of a subject among those seen so far; a new one is added at the end. */
static int64_t subject_number(struct ana_class *c, const char *label)
{
    int64_t s = 0;

    while (s < c->units.n_groups && strcmp(c->subjects[s], label) != 0)
        s++;
    if (s == c->units.n_groups)
        c->subjects[c->units.n_groups++] = label;
    return s;
}

static int merge_subjects(struct ana_ctx *ctx, struct ana_class *c)
{
    const struct ana_rows *rows = c->rows;
    int64_t *length = ana_alloc(ctx, rows->n_groups, sizeof *length);

    c->subjects = ana_alloc(ctx, rows->n_groups, sizeof *c->subjects);
    c->unit = ana_alloc(ctx, rows->n_rows, sizeof *c->unit);
    c->sample = ana_alloc(ctx, rows->n_rows, sizeof *c->sample);
    if (!length || !c->subjects || !c->unit || !c->sample) {
        ana_free(ctx, length);
        return ANA_ERESOURCE;
    }
    c->units.n_groups = 0;
    for (int64_t r = 0; r < rows->n_rows; r++) {
        c->unit[r] = subject_number(c, c->labels[rows->group[r]]);
        c->sample[r] = length[c->unit[r]]++;
    }
    c->units.group = c->unit;
    c->units.moment = c->sample;
    c->units.names = (const char *const *)c->subjects;
    ana_free(ctx, length);
    return 0;
}

int ana_class_units(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *c)
{
    const struct ana_study_folds *study = &opened->study->folds;
    int rc;

    c->units = (struct ana_fold_rows){.n_rows = c->rows->n_rows,
                                      .group = c->rows->group,
                                      .moment = c->rows->moment,
                                      .n_groups = c->rows->n_groups,
                                      .names = (const char *const *)c->rows->name};
    if (study->spec.by != ANA_FOLDS_SUBJECT)
        return 0;
    rc = ana_class_labels(ctx, study->subjects, "subjects", c, &c->labels);
    return rc == 0 ? merge_subjects(ctx, c) : rc;
}

void ana_class_units_finish(struct ana_ctx *ctx, struct ana_class *c)
{
    for (int64_t g = 0; c->labels && g < c->rows->n_groups; g++)
        ana_free(ctx, c->labels[g]);
    ana_free(ctx, c->labels);
    ana_free(ctx, c->unit);
    ana_free(ctx, c->sample);
    ana_free(ctx, (void *)c->subjects);
}
