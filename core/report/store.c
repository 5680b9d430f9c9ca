/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A results folder without its page: scores.tsv, arrays/, summary.json and the lock. No
 * file holds a time or a duration, so that equal results are equal bytes.
 */
#include "report/store.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "data/npy.h"
#include "report/escape.h"
#include "report/scores.h"

/* COMPARISON_BRAIN_SPACE_MODEL_LAYER_... of what is given, safe as a file name. */
static const char *take_name(struct ana_ctx *ctx, struct ana_names *names,
                             const char *const *parts, int64_t n, double lag)
{
    struct ana_text name = {0};
    const char *taken = NULL;

    for (int64_t i = 0; i < n; i++)
        if (ana_says(parts[i])) {
            ana_text_add(&name, "%s", name.length ? "_" : "");
            ana_add_file_part(&name, parts[i], 28);
        }
    if (!isnan(lag))
        ana_text_add(&name, "_%gs", lag);
    if (name.failed || name.length == 0)
        ana_fail(ctx, ANA_ERESOURCE, "no memory for the name of an array");
    else
        taken = ana_names_take(ctx, names, name.data);
    ana_text_finish(&name);
    return taken;
}

static int write_array(struct ana_ctx *ctx, const char *folder, const char *name,
                       int64_t n_folds, int64_t n_targets, const double *values)
{
    const int64_t shape[] = {n_folds, n_targets};
    struct ana_text path = {0};
    struct ana_tensor tensor;
    int rc;

    ana_text_add(&path, "%s/%s.npy", folder, name);
    if (path.failed)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for the name of an array");
    /* ana_npy_write reads only, but a tensor's data is not const. */
    ana_tensor_view(ANA_F64, 2, shape, (void *)(uintptr_t)values, &tensor);
    rc = ana_npy_write(ctx, path.data, &tensor);
    ana_text_finish(&path);
    return rc;
}

static int write_block(struct ana_ctx *ctx, const char *folder, struct ana_names *names,
                       const struct ana_score_block *b)
{
    const char *const parts[] = {b->comparison, b->brain,   b->subject,
                                 b->features,   b->model,   b->variant,
                                 b->layer,      b->measure, b->part};
    const char *name = take_name(ctx, names, parts, sizeof parts / sizeof *parts, b->lag);

    if (!name)
        return ANA_ERESOURCE;
    return write_array(ctx, folder, name, b->n_folds > 0 ? b->n_folds : 1, b->n_targets,
                       b->by_fold);
}

static int write_choice(struct ana_ctx *ctx, const char *folder, struct ana_names *names,
                        const struct ana_choice_block *c)
{
    const char *const parts[] = {c->comparison, c->brain, c->features, c->layer, c->name};
    const char *name =
        take_name(ctx, names, parts, sizeof parts / sizeof *parts, (double)NAN);

    if (!name)
        return ANA_ERESOURCE;
    return write_array(ctx, folder, name, c->n_folds, c->n_targets, c->values);
}

int ana_store_write(struct ana_ctx *ctx, const struct ana_results *results,
                    struct ana_names *names)
{
    char *folder = ana_path_join(ctx, results->folder, "arrays");
    int rc = folder ? ana_folder_make(ctx, folder) : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < results->n_blocks; b++)
        rc = write_block(ctx, folder, names, &results->blocks[b]);
    for (int64_t c = 0; rc == 0 && c < results->n_choices; c++)
        rc = write_choice(ctx, folder, names, &results->choices[c]);
    ana_free(ctx, folder);
    return rc;
}

int ana_results_write(struct ana_ctx *ctx, const struct ana_results *results)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = uselocale(c);
    struct ana_names names = {0};
    int rc = ana_store_write(ctx, results, &names);

    if (rc == 0)
        rc = ana_scores_write(ctx, results);
    if (rc == 0)
        rc = ana_lock_write(ctx, results);
    /* Last: a folder with a summary has everything that it names. */
    if (rc == 0)
        rc = ana_summary_write(ctx, results, &names);
    ana_names_finish(ctx, &names);
    uselocale(old);
    freelocale(c);
    return rc;
}
