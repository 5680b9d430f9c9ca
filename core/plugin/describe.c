/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a plugin says of itself, in structs of our length.
 */
#include "plugin/describe.h"

#include <stddef.h>
#include <string.h>

#include "plugin/widen.h"

int ana_model_describe(struct ana_ctx *ctx, const struct ana_model_vt *vt, void *self,
                       struct ana_model_info *info, void **layers)
{
    int rc;

    *layers = NULL;
    *info = (struct ana_model_info){.size = sizeof *info};
    rc = vt->describe(ctx, self, info);
    if (rc != 0 || !info->layers || info->n_layers < 1)
        return rc;
    rc = ana_widen(ctx, "layer", info->layers, info->n_layers,
                   ANA_UP_TO(struct ana_layer, axes), sizeof *info->layers, layers);
    info->layers = *layers;
    return rc;
}

int ana_reader_describe(struct ana_ctx *ctx, const struct ana_reader_vt *vt, void *self,
                        struct ana_recording_info *info, struct ana_described *arrays)
{
    int rc;

    memset(arrays, 0, sizeof *arrays);
    *info = (struct ana_recording_info){.size = sizeof *info};
    rc = vt->describe(ctx, self, info);
    if (rc == 0 && info->runs && info->n_runs > 0) {
        rc = ana_widen(ctx, "run", info->runs, info->n_runs,
                       ANA_UP_TO(struct ana_run, start), sizeof *info->runs,
                       &arrays->runs);
        info->runs = arrays->runs;
    }
    if (rc == 0 && info->targets && info->n_targets > 0) {
        rc = ana_widen(ctx, "target", info->targets, info->n_targets,
                       ANA_UP_TO(struct ana_target, position), sizeof *info->targets,
                       &arrays->targets);
        info->targets = arrays->targets;
    }
    if (rc == 0 && info->events && info->n_events > 0) {
        rc = ana_widen(ctx, "event", info->events, info->n_events,
                       ANA_UP_TO(struct ana_event, text), sizeof *info->events,
                       &arrays->events);
        info->events = arrays->events;
    }
    if (rc == 0 && info->kept && info->n_kept > 0) {
        rc = ana_widen(ctx, "key of blocks", info->kept, info->n_kept,
                       ANA_UP_TO(struct ana_blocks_key, bytes), sizeof *info->kept,
                       &arrays->kept);
        info->kept = arrays->kept;
    }
    return rc;
}

void ana_described_finish(struct ana_ctx *ctx, struct ana_described *arrays)
{
    ana_free(ctx, arrays->runs);
    ana_free(ctx, arrays->targets);
    ana_free(ctx, arrays->events);
    ana_free(ctx, arrays->kept);
    memset(arrays, 0, sizeof *arrays);
}

/* Texts of entries whose structs are as long as the first says. */
static void free_texts(struct ana_ctx *ctx, int64_t n, const void *entries)
{
    const char *at = entries;
    const char *name, *note;
    uint32_t size;

    for (int64_t i = 0; i < n; i++) {
        memcpy(&size, entries, sizeof size);
        memcpy(&name, at + offsetof(struct ana_entry, name), sizeof name);
        memcpy(&note, at + offsetof(struct ana_entry, note), sizeof note);
        ana_free(ctx, (void *)(uintptr_t)name);
        ana_free(ctx, (void *)(uintptr_t)note);
        at += size;
    }
}

int ana_reader_list_here(struct ana_ctx *ctx, const struct ana_reader_vt *vt,
                         const char *path, int64_t *n, struct ana_entry **entries)
{
    struct ana_entry *theirs = NULL;
    void *ours = NULL;
    int rc;

    *n = 0;
    *entries = NULL;
    rc = vt->list(ctx, path, n, &theirs);
    if (rc != 0) {
        *n = 0;
        return rc;
    }
    rc = ana_widen(ctx, "entry", theirs, *n, ANA_UP_TO(struct ana_entry, shape),
                   sizeof *theirs, &ours);
    if (rc == ANA_ERESOURCE) /* of structs that cannot be read nothing can be freed */
        free_texts(ctx, *n, theirs);
    if (rc != 0)
        *n = 0;
    ana_free(ctx, theirs);
    *entries = ours;
    return rc;
}

void ana_entries_free(struct ana_ctx *ctx, int64_t n, struct ana_entry *entries)
{
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(ctx, entries);
}
