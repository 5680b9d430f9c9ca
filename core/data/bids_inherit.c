/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The inheritance rule: what stands at the dataset's root holds for all, what stands
 * nearer to a file beats it, key by key.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "data/bids_private.h"

enum { MOST_JSON = 16 << 20 };

static int compare_kind(const struct ana_bids_file *a, const char *pipeline,
                        const char *suffix, const char *extension, const char *subject)
{
    int order = strcmp(a->pipeline, pipeline);

    order = order ? order : strcmp(a->suffix, suffix);
    order = order ? order : strcmp(a->extension, extension);
    return order ? order : strcmp(ana_bids_get(a, "sub"), subject);
}

static int by_kind(const void *a, const void *b, void *arg)
{
    const struct ana_bids_file *file = arg;
    const struct ana_bids_file *x = &file[*(const int64_t *)a],
                               *y = &file[*(const int64_t *)b];
    const int order =
        compare_kind(x, y->pipeline, y->suffix, y->extension, ana_bids_get(y, "sub"));

    return order ? order : (x > y) - (x < y);
}

void ana_bids_index(struct ana_bids_own *own)
{
    if (own->bids.n_files > 0)
        qsort_r(own->by_kind, (size_t)own->bids.n_files, sizeof *own->by_kind, by_kind,
                own->file);
}

/* The first of a kind and subject in `by_kind`, or where it would stand. */
static int64_t first_of(const struct ana_bids_own *own,
                        const struct ana_bids_wanted *wanted, const char *subject)
{
    int64_t low = 0, high = own->bids.n_files;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (compare_kind(&own->file[own->by_kind[middle]], wanted->pipeline,
                         wanted->suffix, wanted->extension, subject) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Every entity of `a`, but those that are asked for by themselves, is one of `file`. */
static int applies(const struct ana_bids_file *a, const struct ana_bids_file *file,
                   const struct ana_bids_wanted *wanted)
{
    if (wanted->desc && strcmp(ana_bids_get(a, "desc"), wanted->desc) != 0)
        return 0;
    for (int32_t i = 0; i < a->n_entities; i++) {
        const char *key = a->entity[i].key, *value = a->entity[i].value;

        if (wanted->desc && strcmp(key, "desc") == 0)
            continue;
        if (wanted->space && strcmp(key, "space") == 0) {
            if (strcmp(wanted->space, "*") != 0 && strcmp(wanted->space, value) != 0)
                return 0;
            continue;
        }
        if (!ana_bids_same(value, ana_bids_get(file, key)))
            return 0;
    }
    return 1;
}

static int is_nearer(const struct ana_bids_file *a, const struct ana_bids_file *b)
{
    return a->depth != b->depth ? a->depth > b->depth : a->n_entities > b->n_entities;
}

/* Into the list, sorted; what does not fit pushes the least specific out. */
static void insert(const struct ana_bids_file *a, const struct ana_bids_file **out,
                   int64_t *n)
{
    int64_t at = *n;

    while (at > 0 && is_nearer(out[at - 1], a))
        at--;
    if (*n == ANA_BIDS_MOST) {
        if (at == 0)
            return;
        memmove(out, out + 1, (size_t)(at - 1) * sizeof *out);
        out[at - 1] = a;
        return;
    }
    memmove(out + at + 1, out + at, (size_t)(*n - at) * sizeof *out);
    out[at] = a;
    ++*n;
}

int64_t ana_bids_applying(const struct ana_bids *bids, const struct ana_bids_file *file,
                          const struct ana_bids_wanted *wanted,
                          const struct ana_bids_file *out[ANA_BIDS_MOST], int *level)
{
    const struct ana_bids_own *own = bids->own_;
    const char *const subjects[] = {"", ana_bids_get(file, "sub")};
    int64_t n = 0;

    for (int s = 0; s < (*subjects[1] ? 2 : 1); s++)
        for (int64_t i = first_of(own, wanted, subjects[s]); i < bids->n_files; i++) {
            const struct ana_bids_file *a = &own->file[own->by_kind[i]];

            if (compare_kind(a, wanted->pipeline, wanted->suffix, wanted->extension,
                             subjects[s]) != 0)
                break;
            if (applies(a, file, wanted))
                insert(a, out, &n);
        }
    if (level)
        *level = n > 1 && !is_nearer(out[n - 1], out[n - 2]);
    return n;
}

int ana_bids_json(struct ana_ctx *ctx, const char *path, json_t **out)
{
    json_error_t error;
    char *text = NULL;
    int64_t n = 0;
    int rc = ana_file_read(ctx, path, MOST_JSON, &text, &n);

    *out = NULL;
    if (rc != 0)
        return rc;
    *out = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    ana_free(ctx, text);
    if (*out && json_is_object(*out))
        return 0;
    if (!*out)
        return ana_fail(ctx, ANA_EDATA, "%s:%d: is no JSON: %s", path, error.line,
                        error.text);
    json_decref(*out);
    *out = NULL;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: expected a JSON object, {\"KEY\": VALUE, ...}, found another "
                    "value",
                    path);
}

/* A file's JSON, read once. */
static int read_once(struct ana_ctx *ctx, const struct ana_bids *bids,
                     const struct ana_bids_file *file, json_t **out)
{
    const struct ana_bids_own *own = bids->own_;
    json_t **kept = &own->json[file - own->file];
    int rc = *kept ? 0 : ana_bids_json(ctx, file->path, kept);

    *out = *kept;
    return rc;
}

int64_t ana_bids_sidecars(const struct ana_bids *bids, const struct ana_bids_file *file,
                          const struct ana_bids_file *out[2 * ANA_BIDS_MOST])
{
    struct ana_bids_wanted wanted = {
        .pipeline = "", .suffix = file->suffix, .extension = ".json"};
    int64_t n = ana_bids_applying(bids, file, &wanted, out, NULL);

    wanted.pipeline = file->pipeline;
    if (*file->pipeline)
        n += ana_bids_applying(bids, file, &wanted, out + n, NULL);
    return n;
}

int ana_bids_sidecar(struct ana_ctx *ctx, const struct ana_bids *bids,
                     const struct ana_bids_file *file, json_t **out)
{
    const struct ana_bids_file *chain[2 * ANA_BIDS_MOST];
    const int64_t n = ana_bids_sidecars(bids, file, chain);
    json_t *merged = json_object();
    int rc = merged ? 0 : ana_fail(ctx, ANA_ERESOURCE, "no memory for metadata");

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        json_t *one = NULL;

        rc = read_once(ctx, bids, chain[i], &one);
        if (rc == 0 && json_object_update(merged, one) != 0)
            rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for %s", chain[i]->path);
    }
    if (rc != 0) {
        json_decref(merged);
        merged = NULL;
    }
    *out = merged;
    return rc;
}

double ana_bids_number(const json_t *sidecar, const char *key)
{
    const json_t *value = json_object_get(sidecar, key);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *ana_bids_text(const json_t *sidecar, const char *key)
{
    const char *text = json_string_value(json_object_get(sidecar, key));

    return text ? text : "";
}
