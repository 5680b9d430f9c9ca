/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scores back into the space that they came from.
 */
#include "pipeline/maps.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/file_set.h"
#include "base/text.h"
#include "report/store.h"

/* The recording of a block, if its reader writes maps of its targets. */
static const struct ana_recording *find_recording(const struct ana_opened *opened,
                                                  const struct ana_score_block *block)
{
    for (int64_t i = 0; i < opened->study->n_brains; i++) {
        const struct ana_recording *r = &opened->recordings[i];

        if (!r->study || strcmp(r->study->name, block->brain) != 0)
            continue;
        return !block->pooled && r->vt && r->vt->write && r->info.map &&
                       (r->montage.average || ana_montage_is_plain(&r->montage)) &&
                       block->n_targets == r->montage.n
                   ? r
                   : NULL;
    }
    return NULL;
}

static int write_map(struct ana_ctx *ctx, const struct ana_recording *r,
                     const struct ana_score_block *block, const char *path)
{
    double *value = ana_alloc(ctx, r->n_channels, sizeof *value);
    char *place = ana_file_set_place(ctx, path, r->info.map);
    struct ana_tensor map;
    int rc = value && place ? 0 : ANA_ERESOURCE;

    for (int64_t c = 0; rc == 0 && c < r->n_channels; c++)
        value[c] = (double)NAN;
    for (int64_t v = 0; rc == 0 && v < block->n_targets; v++)
        value[r->montage.plus[v]] = block->score[v];
    if (rc == 0) {
        ana_tensor_view(ANA_F64, 1, &r->n_channels, value, &map);
        rc = r->vt->write(ctx, r->self, &map, place);
    }
    if (rc == 0)
        rc = ana_file_set_add(ctx, path, place);
    if (rc != 0 && place)
        ana_file_remove(ctx, place);
    ana_free(ctx, place);
    ana_free(ctx, value);
    return rc;
}

static int write_block(struct ana_ctx *ctx, const struct ana_recording *r,
                       const struct ana_score_block *block, const char *folder,
                       const char *name)
{
    struct ana_text path = {0};
    int rc = ana_folder_make(ctx, folder);

    ana_text_add(&path, "%s/%s%s", folder, name, r->info.map);
    if (path.failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for the name of a map");
    if (rc == 0)
        rc = write_map(ctx, r, block, path.data);
    if (rc != 0 && rc != ANA_ECANCEL && !path.failed) {
        ana_warn(ctx, "a map was not written: %s", ana_error(ctx));
        ana_ctx_clear(ctx);
        rc = ana_file_set_add(ctx, path.data, NULL); /* nor is the older one kept */
    }
    ana_text_finish(&path);
    return rc;
}

int ana_maps_write(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_results *results)
{
    char *folder = ana_path_join(ctx, results->folder, "maps");
    struct ana_names names = {0};
    int64_t n = 0;
    int rc = folder ? 0 : ANA_ERESOURCE;

    for (int64_t b = 0; rc == 0 && b < results->n_blocks; b++) {
        const struct ana_score_block *block = &results->blocks[b];
        const struct ana_recording *r = find_recording(opened, block);
        const char *name = ana_block_name(ctx, &names, block);

        rc = name ? 0 : ANA_ERESOURCE;
        if (rc == 0 && r) {
            rc = write_block(ctx, r, block, folder, name);
            n++;
        }
    }
    if (rc == 0 && n > 0)
        ana_log(ctx, "%lld maps in %s", (long long)n, folder);
    ana_names_finish(ctx, &names);
    ana_free(ctx, folder);
    return rc;
}
