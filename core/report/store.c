/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A results folder without its page: scores.tsv, arrays/, report.json, the lock and summary.json. No
 * file holds a time or a duration, so that equal results are equal bytes.
 */
#include "report/store.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "data/npy.h"
#include "report/escape.h"
#include "report/scores.h"

/* COMPARISON_BRAIN_SPACE_MODEL_LAYER_... of what is given, safe as a file name; a brain
 * called like its comparison is not said twice. */
static const char *take_name(struct ana_ctx *ctx, struct ana_names *names,
                             const char *const *parts, int64_t n, double lag)
{
    struct ana_text name = {0};
    const char *taken = NULL;

    for (int64_t i = 0; i < n; i++)
        if (ana_says(parts[i]) && (i != 1 || strcmp(parts[0], parts[1]) != 0)) {
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

const char *ana_block_name(struct ana_ctx *ctx, struct ana_names *names,
                           const struct ana_score_block *b)
{
    const char *const parts[] = {b->comparison, b->brain,   b->subject,
                                 b->features,   b->model,   b->variant,
                                 b->layer,      b->measure, b->part};

    return take_name(ctx, names, parts, sizeof parts / sizeof *parts, b->lag);
}

static const char *name_choice(struct ana_ctx *ctx, struct ana_names *names,
                               const struct ana_choice_block *c)
{
    const char *const parts[] = {c->comparison, c->brain, c->features, c->layer, c->name};

    return take_name(ctx, names, parts, sizeof parts / sizeof *parts, (double)NAN);
}

static const char *name_array(struct ana_ctx *ctx, struct ana_names *names,
                              const struct ana_array_block *a)
{
    const char *const parts[] = {a->comparison, a->brain,   a->subject, a->features,
                                 a->model,      a->variant, a->layer,   a->name};

    return take_name(ctx, names, parts, sizeof parts / sizeof *parts, (double)NAN);
}

/* The arrays of a run, to be written by all workers: most of the time goes into waiting
 * for the disk, one file at a time. */
struct store {
    const struct ana_results *results;
    const struct ana_names *names;
    const char *folder;
};

static int write_array(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct store *store = arg;
    const struct ana_results *results = store->results;
    const int64_t choice = i - results->n_blocks, named = choice - results->n_choices;
    struct ana_text path = {0};
    struct ana_tensor tensor;
    const double *values = NULL;
    int64_t shape[2] = {0, 0};
    int rc;

    if (named >= 0) {
        tensor = results->arrays[named].values;
    } else if (choice < 0) {
        shape[0] = results->blocks[i].n_folds > 0 ? results->blocks[i].n_folds : 1;
        shape[1] = results->blocks[i].n_targets;
        values = results->blocks[i].by_fold;
    } else {
        shape[0] = results->choices[choice].n_folds;
        shape[1] = results->choices[choice].n_targets;
        values = results->choices[choice].values;
    }
    ana_text_add(&path, "%s/%s.npy", store->folder, store->names->taken[i]);
    /* ana_npy_write reads only, but a tensor's data is not const. */
    if (named < 0)
        ana_tensor_view(ANA_F64, 2, shape, (void *)(uintptr_t)values, &tensor);
    rc = path.failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for the name of an array")
                     : ana_npy_write(ctx, path.data, &tensor);
    ana_text_finish(&path);
    return rc;
}

int ana_store_write(struct ana_ctx *ctx, const struct ana_results *results,
                    struct ana_names *names)
{
    char *folder = ana_path_join(ctx, results->folder, "arrays");
    int rc = folder ? ana_folder_make(ctx, folder) : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < results->n_blocks; b++)
        rc = ana_block_name(ctx, names, &results->blocks[b]) ? 0 : ANA_ERESOURCE;
    for (int64_t c = 0; rc == 0 && c < results->n_choices; c++)
        rc = name_choice(ctx, names, &results->choices[c]) ? 0 : ANA_ERESOURCE;
    for (int64_t a = 0; rc == 0 && a < results->n_arrays; a++)
        rc = name_array(ctx, names, &results->arrays[a]) ? 0 : ANA_ERESOURCE;
    if (rc == 0)
        rc = ana_parallel_for(ctx,
                              results->n_blocks + results->n_choices + results->n_arrays,
                              write_array, &(struct store){results, names, folder});
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
    if (rc == 0)
        rc = ana_record_write(ctx, results, &names);
    /* Last: a folder with a summary has everything that it names. */
    if (rc == 0)
        rc = ana_summary_write(ctx, results, &names);
    ana_names_finish(ctx, &names);
    uselocale(old);
    freelocale(c);
    return rc;
}
