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

/* Number of a label among those seen so far; a new one is added at the end. */
static int64_t subject_number(struct ana_class *c, const char *label)
{
    int64_t s = 0;

    while (s < c->units.n_groups && strcmp(c->subjects[s], label) != 0)
        s++;
    if (s == c->units.n_groups)
        c->subjects[c->units.n_groups++] = label;
    return s;
}

static int merge_groups(struct ana_ctx *ctx, struct ana_class *c)
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

/* A label of each group out of the recording itself: whose run it is, which run it was cut
 * out of, which stimulus it presented. */
static int own_labels(struct ana_ctx *ctx, const struct ana_opened *opened,
                      struct ana_class *c, int32_t by)
{
    const struct ana_recording *r = c->rows->recording;

    c->labels = ana_alloc(ctx, c->rows->n_groups, sizeof *c->labels);
    for (int64_t g = 0; c->labels && g < c->rows->n_groups; g++) {
        const struct ana_recording_unit *unit = &r->unit[c->rows->unit[g]];
        const char *label = by == ANA_FOLDS_SUBJECT ? unit->subject
                            : by == ANA_FOLDS_RUN   ? r->info.runs[unit->run].id
                            : c->rows->item[g] >= 0
                                ? opened->stimuli[c->stimuli]->item[c->rows->item[g]].id
                                : unit->stimulus;

        c->labels[g] = ana_strdup(ctx, label ? label : unit->id);
        if (!c->labels[g])
            return ANA_ERESOURCE;
    }
    return c->labels ? 0 : ANA_ERESOURCE;
}

/* A stimulus that two units of a split presented would be trained and tested on. */
static int check_leak(struct ana_ctx *ctx, const struct ana_class *c, int32_t by)
{
    const struct ana_recording *r = c->rows->recording;

    for (int64_t g = 0; g < c->rows->n_groups; g++)
        for (int64_t k = 0; k < g; k++) {
            const struct ana_recording_unit *a = &r->unit[c->rows->unit[k]],
                                            *b = &r->unit[c->rows->unit[g]];

            if (c->rows->item[g] < 0 || c->rows->item[g] != c->rows->item[k] ||
                (by == ANA_FOLDS_RUN && a->run == b->run))
                continue;
            return ana_fail(ctx, ANA_EPARAM,
                            "`by = %s`: %s and %s presented the same stimulus, which "
                            "would be trained on and tested on; use `by = stimulus`",
                            by == ANA_FOLDS_RUN ? "run" : "block", a->id, b->id);
        }
    return 0;
}

int ana_class_units(struct ana_ctx *ctx, const struct ana_opened *opened,
                    struct ana_class *c)
{
    const struct ana_study_folds *study = &opened->study->folds;
    const struct ana_recording *r = c->rows->recording;
    const int32_t by = c->spec.by;
    int rc = 0;

    c->units = (struct ana_fold_rows){.n_rows = c->rows->n_rows,
                                      .group = c->rows->group,
                                      .moment = c->rows->moment,
                                      .n_groups = c->rows->n_groups,
                                      .names = (const char *const *)c->rows->name};
    if (r->repeats && (by == ANA_FOLDS_RUN || by == ANA_FOLDS_BLOCK))
        rc = check_leak(ctx, c, by);
    if (rc != 0)
        return rc;
    if (by == ANA_FOLDS_SUBJECT && study->subjects)
        rc = ana_class_labels(ctx, study->subjects, "subjects", c, &c->labels);
    else if (by == ANA_FOLDS_SUBJECT && (r->n_units == 0 || !r->unit[0].subject))
        rc = ana_fail(ctx, ANA_EPARAM,
                      "`by = subject`: %s %s does not say whose run is whose; add "
                      "`subjects = FILE`",
                      r->study->is_brain ? "brain" : "data", r->study->name);
    else if (by == ANA_FOLDS_SUBJECT || (by == ANA_FOLDS_RUN && r->is_cut) ||
             (by == ANA_FOLDS_STIMULUS && r->repeats))
        rc = own_labels(ctx, opened, c, by);
    else
        return 0;
    return rc == 0 ? merge_groups(ctx, c) : rc;
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
