/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which images make a run: a 4-D image is one; of single volumes, those that lie in one folder,
 * for runs of one series each have a folder of their own.
 */
#include <stdio.h>
#include <string.h>

#include "recording.h"

/* Bytes of the folder in front of a file's name. */
static int folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (int)(slash - path) : 0;
}

static int same_folder(const char *a, const char *b)
{
    return folder_of(a) == folder_of(b) && memcmp(a, b, (size_t)folder_of(a)) == 0;
}

/* The last `depth` folders of a path: "run-1", "sub-01/run-1". */
static void name_folder(const char *path, int depth, size_t room, char *out)
{
    const int n = folder_of(path);
    int from = n;

    while (from > 0 && (path[from - 1] != '/' || --depth > 0))
        from--;
    snprintf(out, room, "%.*s", n - from, path + from);
}

/* Runs are called by their folders, with as many of those above as tell them apart. */
static int name_runs(struct ana_ctx *ctx, struct nii_recording *r)
{
    char name[512], other[512];
    int depth = 1, alike = 1;

    for (; alike && depth < 8; depth += alike) {
        alike = 0;
        for (int64_t i = 0; i < r->n_runs; i++)
            for (int64_t j = 0; j < i; j++) {
                name_folder(r->file[r->first_file[i]].path, depth, sizeof name, name);
                name_folder(r->file[r->first_file[j]].path, depth, sizeof other, other);
                alike |= strcmp(name, other) == 0;
            }
    }
    r->run_name = ana_alloc(ctx, r->n_runs, sizeof *r->run_name);
    if (!r->run_name)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < r->n_runs; i++) {
        name_folder(r->file[r->first_file[i]].path, depth, sizeof name, name);
        r->run_name[i] = ana_strdup(ctx, name);
        if (!r->run_name[i])
            return ANA_ERESOURCE;
    }
    return 0;
}

static int begins_run(const struct nii_recording *r, int64_t f)
{
    return f == 0 || r->stack == NII_RUNS ||
           (r->stack == NII_VOLUMES &&
            !same_folder(r->file[f].path, r->file[f - 1].path));
}

static int divide(struct ana_ctx *ctx, struct nii_recording *r)
{
    int64_t n = 0;

    for (int64_t f = 0; f < r->n_files; f++)
        n += begins_run(r, f);
    r->first_file = ana_alloc(ctx, n + 1, sizeof *r->first_file);
    if (!r->first_file)
        return ANA_ERESOURCE;
    for (int64_t f = 0; f < r->n_files; f++)
        if (begins_run(r, f))
            r->first_file[r->n_runs++] = f;
    r->first_file[n] = r->n_files;
    return r->stack == NII_VOLUMES && n > 1 ? name_runs(ctx, r) : 0;
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
