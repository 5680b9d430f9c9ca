/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which images make a run: a 4-D image is one; of single volumes, those that lie in one folder,
 * for runs of one series each have a folder of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "recording.h"

/* The folder of a file, written in one way: "a/b" of "./a//b/v.nii", "" of "v.nii". */
static char *folder_of(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = ana_strdup(ctx, path), *out = folder;

    if (!folder)
        return NULL;
    if (*path == '/')
        *out++ = '/';
    for (size_t n; slash && path < slash; path += n + 1) {
        n = strcspn(path, "/");
        if (n == 0 || (n == 1 && *path == '.'))
            continue;
        if (out > folder && out[-1] != '/')
            *out++ = '/';
        memcpy(out, path, n);
        out += n;
    }
    *out = 0;
    return folder;
}

/* The last `depth` folders of one: "run-1", "sub-01/run-1". */
static const char *last_of(const char *folder, int64_t depth)
{
    const char *from = folder + strlen(folder);

    while (from > folder && (from[-1] != '/' || --depth > 0))
        from--;
    return *from ? from : *folder ? folder : ".";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A name that two folders have when called by their last `depth`; NULL = none has. */
static const char *find_alike(int64_t n, char *const *folder, int64_t depth,
                              const char **sorted)
{
    for (int64_t i = 0; i < n; i++)
        sorted[i] = last_of(folder[i], depth);
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);
    for (int64_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return sorted[i];
    return NULL;
}

/* Runs are called by their folders, with as many of those above as tell them apart. */
static int name_runs(struct ana_ctx *ctx, struct nii_recording *r, char *const *folder)
{
    const char **sorted = ana_alloc(ctx, r->n_runs, sizeof *sorted), *twice;
    int64_t depth = 1;
    int rc = 0;

    r->run_name = ana_alloc(ctx, r->n_runs, sizeof *r->run_name);
    if (!sorted || !r->run_name) {
        ana_free(ctx, (void *)sorted);
        return ANA_ERESOURCE;
    }
    twice = find_alike(r->n_runs, folder, INT64_MAX, sorted);
    if (twice)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "images of folder %s stand in several places of `data`, with those "
                      "of others between them; the images of a folder are one run, put "
                      "them one after another",
                      twice);
    while (rc == 0 && find_alike(r->n_runs, folder, depth, sorted))
        depth++;
    for (int64_t i = 0; rc == 0 && i < r->n_runs; i++) {
        r->run_name[i] = ana_strdup(ctx, last_of(folder[i], depth));
        rc = r->run_name[i] ? 0 : ANA_ERESOURCE;
    }
    ana_free(ctx, (void *)sorted);
    return rc;
}

/* Where each run begins; of volumes with its folder, which folder[0 .. n_runs) owns. */
static int begin_runs(struct ana_ctx *ctx, struct nii_recording *r, char **folder)
{
    for (int64_t f = 0; f < r->n_files; f++) {
        char *own = r->stack == NII_VOLUMES ? folder_of(ctx, r->file[f].path) : NULL;

        if (r->stack == NII_VOLUMES && !own)
            return ANA_ERESOURCE;
        if (f == 0 || r->stack == NII_RUNS ||
            (own && strcmp(own, folder[r->n_runs - 1]) != 0)) {
            folder[r->n_runs] = own;
            r->first_file[r->n_runs++] = f;
        } else {
            ana_free(ctx, own);
        }
    }
    r->first_file[r->n_runs] = r->n_files;
    return 0;
}

static int divide(struct ana_ctx *ctx, struct nii_recording *r)
{
    char **folder = ana_alloc(ctx, r->n_files, sizeof *folder);
    int rc = ANA_ERESOURCE;

    r->first_file = ana_alloc(ctx, r->n_files + 1, sizeof *r->first_file);
    if (folder && r->first_file)
        rc = begin_runs(ctx, r, folder);
    if (rc == 0 && r->stack == NII_VOLUMES && r->n_runs > 1)
        rc = name_runs(ctx, r, folder);
    for (int64_t i = 0; folder && i < r->n_runs; i++)
        ana_free(ctx, folder[i]);
    ana_free(ctx, folder);
    return rc;
}

static void list_files(struct nii_recording *r)
{
    for (int64_t f = 0; f < r->n_files; f++) {
        if (r->file[f].header.pair)
            r->more[r->n_more++] = r->file[f].data;
        if (r->file[f].json)
            r->more[r->n_more++] = r->file[f].json;
        r->row_name[f] = r->file[f].stem;
    }
}

int nii_runs_make(struct ana_ctx *ctx, struct nii_recording *r)
{
    int rc = divide(ctx, r);

    if (rc != 0)
        return rc;
    r->run = ana_alloc(ctx, r->n_runs, sizeof *r->run);
    r->row_name = ana_alloc(ctx, r->n_files, sizeof *r->row_name);
    r->more = ana_alloc(ctx, 2 * r->n_files, sizeof *r->more);
    if (!r->run || !r->row_name || !r->more)
        return ANA_ERESOURCE;
    list_files(r);
    for (int64_t i = 0; i < r->n_runs; i++) {
        int64_t volumes = 0;

        for (int64_t f = r->first_file[i]; f < r->first_file[i + 1]; f++)
            volumes += r->file[f].header.n_volumes;
        r->run[i] = (struct ana_run){.size = sizeof r->run[i],
                                     .id = r->run_name ? r->run_name[i]
                                                       : r->file[r->first_file[i]].stem,
                                     .n = volumes,
                                     .rate = r->rate};
    }
    return 0;
}
