/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A dataset as a list of files that can be asked: opened, sorted, released.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "data/bids_private.h"

enum { MOST_FILES = 400000, MOST_PROBLEMS = 200, MOST_ODD = 5 };

void ana_bids_problem(struct ana_bids_own *own, const char *fmt, ...)
{
    struct ana_bids *bids = &own->bids;
    const char **grown;
    char *text = NULL;
    va_list args;

    if (bids->n_problems > MOST_PROBLEMS)
        return;
    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    grown = ana_arena_more(&own->arena, (void *)own->problem, bids->n_problems,
                           sizeof *grown);
    own->failed |= !text || !grown;
    if (text && grown) {
        own->problem = grown;
        bids->problem = grown;
        grown[bids->n_problems] = ana_arena_strdup(
            &own->arena,
            bids->n_problems == MOST_PROBLEMS ? "there is more of this kind" : text);
        own->failed |= !grown[bids->n_problems];
        bids->n_problems += grown[bids->n_problems] != NULL;
    }
    free(text);
}

/* A name that says nothing is odd in a subject's raw folder; elsewhere (README, reports of
 * pipelines) it is usual. */
static void count_odd(struct ana_bids_own *own, const char *path, const char *pipeline,
                      int depth)
{
    if (depth == 0 || *pipeline)
        return;
    if (own->bids.n_odd++ < MOST_ODD)
        ana_bids_problem(own,
                         "%s: its name is not KEY-VALUE_..._SUFFIX.EXTENSION as BIDS "
                         "names files; it was left out",
                         path);
}

int ana_bids_keep(struct ana_ctx *ctx, struct ana_bids_own *own, const char *path,
                  const char *pipeline, const char *datatype, int depth, int64_t bytes,
                  int missing)
{
    struct ana_bids *bids = &own->bids;
    struct ana_bids_file file = {
        .pipeline = pipeline, .bytes = bytes, .depth = depth, .missing = missing};
    const char *slash = strrchr(path, '/');
    struct ana_bids_file *grown;

    if (!ana_bids_parse(&own->arena, slash ? slash + 1 : path, &file)) {
        count_odd(own, path, pipeline, depth);
        return 0;
    }
    if (bids->n_files == MOST_FILES)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: the dataset has more than %d files; name a folder that "
                        "links to the subjects you want",
                        bids->root, MOST_FILES);
    file.path = ana_arena_strdup(&own->arena, path);
    file.datatype = ana_arena_strdup(&own->arena, datatype);
    grown = ana_arena_more(&own->arena, own->file, bids->n_files, sizeof *grown);
    if (!file.path || !file.datatype || !grown)
        return ANA_ERESOURCE;
    slash = strrchr(file.path, '/');
    file.name = slash ? slash + 1 : file.path;
    own->file = grown;
    bids->file = grown;
    grown[bids->n_files++] = file;
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct ana_bids_file *x = a, *y = b;
    const int pipeline = strcmp(x->pipeline, y->pipeline);

    return pipeline ? pipeline : strverscmp(x->path, y->path);
}

/* BIDS says who made it; a folder without that is looked at all the same. */
static int read_description(struct ana_ctx *ctx, struct ana_bids_own *own)
{
    struct ana_bids *bids = &own->bids;
    char *path = ana_path_join(ctx, bids->root, "dataset_description.json");
    json_t *root = NULL;
    struct ana_file_sign sign;
    int rc = path ? 0 : ANA_ERESOURCE;

    bids->name = bids->version = "";
    if (rc == 0 && !ana_file_sign(path, &sign)) {
        ana_bids_problem(own, "%s: is missing; every BIDS dataset has one", path);
    } else if (rc == 0) {
        rc = ana_bids_json(ctx, path, &root);
        if (rc == ANA_EDATA) {
            ana_bids_problem(own, "%s", ana_error(ctx));
            ana_ctx_clear(ctx);
            rc = 0;
        }
    }
    bids->name = ana_arena_strdup(&own->arena, ana_bids_text(root, "Name"));
    bids->version = ana_arena_strdup(&own->arena, ana_bids_text(root, "BIDSVersion"));
    json_decref(root);
    ana_free(ctx, path);
    return rc == 0 && (!bids->name || !bids->version) ? ANA_ERESOURCE : rc;
}

/* DATASET/derivatives/PIPELINE is that pipeline of DATASET. */
static int place_root(struct ana_bids_own *own, const char *folder)
{
    char *root = ana_arena_strdup(&own->arena, folder), *end, *last, *above;

    if (!root)
        return ANA_ERESOURCE;
    for (end = root + strlen(root); end > root + 1 && end[-1] == '/';)
        *--end = 0;
    own->bids.root = root;
    own->bids.only = "";
    last = strrchr(root, '/');
    if (!last || last - root < 12 || strncmp(last - 12, "/derivatives", 12) != 0)
        return 0;
    above = ana_arena_copy(&own->arena, root, last - 12 - root);
    if (!above)
        return ANA_ERESOURCE;
    own->bids.root = *above ? above : "/";
    own->bids.only = last + 1;
    return 0;
}

static int make_index(struct ana_bids_own *own)
{
    const int64_t n = own->bids.n_files;

    if (n > 0)
        qsort(own->file, (size_t)n, sizeof *own->file, by_path);
    own->by_kind = ana_arena_alloc(&own->arena, n, sizeof *own->by_kind);
    own->json = ana_arena_alloc(&own->arena, n, sizeof *own->json);
    if (!own->by_kind || !own->json)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        own->by_kind[i] = i;
    ana_bids_index(own);
    return 0;
}

static int has_subject(const struct ana_bids *bids)
{
    for (int64_t i = 0; i < bids->n_files; i++)
        if (*ana_bids_get(&bids->file[i], "sub"))
            return 1;
    return 0;
}

int ana_bids_open(struct ana_ctx *ctx, const char *folder, struct ana_bids **out)
{
    struct ana_bids_own *own = ana_alloc(ctx, 1, sizeof *own);
    int rc = own ? 0 : ANA_ERESOURCE;

    *out = NULL;
    if (rc == 0) {
        own->arena.ctx = ctx;
        own->bids.own_ = own;
        rc = place_root(own, folder);
    }
    if (rc == 0 && !ana_folder_is(folder))
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no folder; name a BIDS dataset's", folder);
    if (rc == 0)
        rc = read_description(ctx, own);
    if (rc == 0)
        rc = ana_bids_walk(ctx, own);
    if (rc == 0 && own->bids.n_odd > MOST_ODD)
        ana_bids_problem(own, "%lld files in all have names that say nothing",
                         (long long)own->bids.n_odd);
    if (rc == 0 && own->failed)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory for the dataset in %s", folder);
    if (rc == 0)
        rc = make_index(own);
    if (rc == 0 && !has_subject(&own->bids))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: has no file of a subject (sub-01/...); it is no BIDS dataset",
                      folder);
    if (rc == 0)
        *out = &own->bids;
    else if (own)
        ana_bids_close(ctx, &own->bids);
    return rc;
}

void ana_bids_close(struct ana_ctx *ctx, struct ana_bids *bids)
{
    struct ana_bids_own *own = bids ? bids->own_ : NULL;

    if (!own)
        return;
    for (int64_t i = 0; own->json && i < bids->n_files; i++)
        json_decref(own->json[i]);
    ana_arena_finish(&own->arena);
    ana_free(ctx, own);
}
