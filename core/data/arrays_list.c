/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a file holds, for `inspect`, and labels that stand beside the data.
 */
#include "data/arrays.h"

int ana_arrays_labels(struct ana_ctx *ctx, void *self, const char *variable, int64_t *n,
                      char ***labels)
{
    struct ana_arrays *arrays = self;
    struct ana_strings strings;
    int rc = ana_arrays_turn_to(ctx, arrays, 0);

    if (rc == 0)
        rc = ana_arrays_strings(ctx, arrays, variable, " for the labels", &strings);
    ana_arrays_shut(ctx, arrays);
    if (rc != 0)
        return rc;
    *n = strings.n;
    *labels = strings.item;
    return 0;
}

static void free_entries(struct ana_ctx *ctx, int64_t n, struct ana_entry *entries)
{
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(ctx, entries);
}

/* Take over the name. What the format has a note on ("complex: not read") is listed
 * without a shape; any other variable that has none is damaged. */
static int fill_entry(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                      void *file, char *name, struct ana_entry *entry)
{
    char *note = NULL;
    int64_t cells = 0;
    int rc;

    entry->size = sizeof *entry;
    entry->name = name;
    rc = format->note ? format->note(ctx, file, name, &note) : 0;
    entry->note = note ? note : ana_strdup(ctx, "");
    if (rc == 0 && !entry->note)
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = format->cells(ctx, file, name, &cells);
    if (rc != 0 || cells > 0)
        return rc != 0 && entry->note && entry->note[0] ? 0 : rc;
    rc = format->shape(ctx, file, name, -1, &entry->dtype, &entry->ndim, entry->shape);
    if (rc != 0)
        entry->dtype = entry->ndim = 0;
    return rc != 0 && entry->note[0] ? 0 : rc;
}

int ana_arrays_list(struct ana_ctx *ctx, const struct ana_array_file_vt *format,
                    const char *path, int64_t *n, struct ana_entry **entries)
{
    struct ana_strings names = {0};
    void *file = NULL;
    int rc = format->open(ctx, path, &file);

    *n = 0;
    *entries = NULL;
    if (rc != 0)
        return rc;
    rc = format->list(ctx, file, &names.n, &names.item);
    if (rc == 0) {
        *entries = ana_alloc(ctx, names.n, sizeof **entries);
        rc = *entries ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < names.n; i++) {
        rc = fill_entry(ctx, format, file, names.item[i], &(*entries)[i]);
        names.item[i] = NULL;
        *n = i + 1;
    }
    ana_strings_finish(ctx, &names);
    format->close(ctx, file);
    if (rc != 0) {
        free_entries(ctx, *n, *entries);
        *entries = NULL;
        *n = 0;
    }
    return rc;
}
