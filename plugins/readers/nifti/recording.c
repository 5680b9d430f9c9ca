/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Images on one grid as one recording.
 */
#include "recording.h"

#include <math.h>
#include <string.h>

void nii_recording_close(struct ana_ctx *ctx, void *self)
{
    struct nii_recording *r = self;

    if (!r)
        return;
    for (int64_t f = 0; r->file && f < r->n_files; f++)
        nii_file_finish(ctx, &r->file[f]);
    nii_space_finish(ctx, &r->space);
    for (int64_t i = 0; r->run_name && i < r->n_runs; i++)
        ana_free(ctx, r->run_name[i]);
    ana_free(ctx, r->run_name);
    ana_free(ctx, r->first_file);
    ana_free(ctx, r->file);
    ana_free(ctx, r->run);
    ana_free(ctx, (void *)r->row_name);
    ana_free(ctx, (void *)r->more);
    ana_free(ctx, r->kept);
    ana_free(ctx, r->target);
    ana_free(ctx, r->first_voxel);
    ana_free(ctx, r->member);
    ana_free(ctx, r);
}

static int open_files(struct ana_ctx *ctx, const struct ana_source *source,
                      struct nii_recording *r)
{
    int rc = 0;

    if (source->n_files < 1)
        return ana_fail(ctx, ANA_EPARAM, "no file was named");
    if (source->var.name || source->var.n_axes > 0 || source->var.cells)
        return ana_fail(ctx, ANA_EPARAM,
                        "an image has its own axes; write `data = FILES` and choose with "
                        "`mask`, `atlas` or `spheres`");
    r->file = ana_alloc(ctx, source->n_files, sizeof *r->file);
    if (!r->file)
        return ANA_ERESOURCE;
    for (int64_t f = 0; rc == 0 && f < source->n_files; f++) {
        r->n_files = f + 1;
        rc = nii_file_open(ctx, source->files[f], &r->file[f]);
    }
    return rc;
}

/* `stack = auto`: 4-D images are runs; 3-D ones are volumes where a TR is known, items
 * where there is none. */
static int choose_stack(struct ana_ctx *ctx, const struct ana_params *params,
                        const struct ana_source *source, struct nii_recording *r)
{
    const char *asked = ana_param_text(params, "stack");
    int64_t flat = 0;

    for (int64_t f = 0; f < r->n_files; f++)
        flat += r->file[f].header.n_volumes == 1;
    if (strcmp(asked, "runs") == 0)
        r->stack = NII_RUNS;
    else if (strcmp(asked, "volumes") == 0)
        r->stack = NII_VOLUMES;
    else if (strcmp(asked, "rows") == 0)
        r->stack = NII_ROWS;
    else if (flat == 0)
        r->stack = NII_RUNS;
    else if (flat < r->n_files)
        return ana_fail(ctx, ANA_EDATA,
                        "%lld images have one volume and %lld several; say what they are "
                        "with `stack = runs`, `volumes` or `rows`",
                        (long long)flat, (long long)(r->n_files - flat));
    else
        r->stack =
            source->rate > 0 || ana_param_real(params, "tr") > 0 || r->file[0].tr > 0
                ? NII_VOLUMES
                : NII_ROWS;
    if (r->stack == NII_ROWS && flat < r->n_files)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `stack = rows` takes images of one volume each",
                        r->file[0].path);
    return 0;
}

static const double LONG_TR = 100; /* s; nobody waits so long, and some write ms as s */

static void warn_long(struct ana_ctx *ctx, const struct nii_file *file)
{
    if (file->tr >= LONG_TR)
        ana_warn(
            ctx,
            "%s: a TR of %g s; if the %s means milliseconds, say it with `tr = %g s`",
            file->path, file->tr, file->tr_of_json ? "JSON file" : "header",
            file->tr / 1000);
}

/* The INI file's word goes before the files'; what disagrees is said. */
static int choose_rate(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, struct nii_recording *r)
{
    const double asked = ana_param_real(params, "tr") > 0 ? ana_param_real(params, "tr")
                         : source->rate > 0               ? 1 / source->rate
                                                          : 0;

    if (r->stack == NII_ROWS)
        return 0;
    for (int64_t f = 0; f < r->n_files; f++) {
        const double tr = r->file[f].tr;
        const double want = asked > 0 ? asked : r->file[0].tr;

        if (asked <= 0)
            warn_long(ctx, &r->file[f]);
        if (tr > 0 && want > 0 && fabs(tr - want) > .01 * want) {
            if (asked <= 0)
                return ana_fail(ctx, ANA_EDATA, "%s has a TR of %g s and %s of %g s",
                                r->file[f].path, tr, r->file[0].path, want);
            ana_warn(ctx, "%s: its TR is %g s; the %g s that was asked for was taken",
                     r->file[f].path, tr, want);
        }
    }
    if (asked <= 0 && r->file[0].tr <= 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld, %s: holds no TR in seconds, nor does a JSON file; "
            "give it with `tr = 2 s`",
            r->file[0].path, (long long)nii_tr_byte(&r->file[0].header),
            r->file[0].header.version == NII_MGH ? "tr" : "pixdim[4]");
    r->rate = 1 / (asked > 0 ? asked : r->file[0].tr);
    return 0;
}

/* Which blocks the compressed images have; what it lists belongs to the files. */
static int plan_blocks(struct ana_ctx *ctx, struct nii_recording *r)
{
    int rc = 0;

    r->kept = ana_alloc(ctx, r->n_files, sizeof *r->kept);
    if (!r->kept)
        return ANA_ERESOURCE;
    for (int64_t f = 0; rc == 0 && f < r->n_files; f++) {
        if (!r->file[f].compressed)
            continue;
        rc = nii_blocks_plan(ctx, &r->file[f], &r->space);
        r->kept[r->n_kept++] = r->file[f].blocks.key;
    }
    return rc;
}

int nii_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self)
{
    const struct nii_choice choice = {
        ana_param_text(params, "mask"), ana_param_text(params, "atlas"),
        ana_param_text(params, "labels"), ana_param_text(params, "spheres")};
    struct nii_recording *r = ana_alloc(ctx, 1, sizeof *r);
    int rc = r ? open_files(ctx, source, r) : ANA_ERESOURCE;

    *self = NULL;
    if (rc == 0)
        rc = choose_stack(ctx, params, source, r);
    if (rc == 0)
        rc = choose_rate(ctx, params, source, r);
    if (rc == 0)
        rc = nii_space_make(ctx, &r->file[0], &choice, &r->space);
    for (int64_t f = 1; rc == 0 && f < r->n_files; f++)
        rc = nii_space_fits(ctx, &r->space, &r->file[f], "this image");
    if (rc == 0)
        rc = plan_blocks(ctx, r);
    if (rc == 0)
        rc = nii_runs_make(ctx, r);
    if (rc == 0)
        rc = nii_targets_make(ctx, r,
                              strcmp(ana_param_text(params, "average"), "parcels") == 0);
    if (rc == 0)
        *self = r;
    else
        nii_recording_close(ctx, r);
    return rc;
}

int nii_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info)
{
    const struct nii_recording *r = self;
    int64_t held = 0;

    (void)ctx;
    info->layout = r->stack == NII_ROWS ? ANA_LAYOUT_ROWS : ANA_LAYOUT_SERIES;
    info->unit = "";
    info->n_runs = r->n_runs;
    info->runs = r->run;
    info->n_targets = r->n_targets;
    info->targets = r->target;
    info->n_rows = r->stack == NII_ROWS ? r->n_files : 0;
    info->row_names = r->stack == NII_ROWS ? r->row_name : NULL;
    info->block = 1;
    info->map = ".nii.gz";
    info->n_files = r->n_more;
    info->files = r->more;
    for (int64_t f = 0; f < r->n_files; f++) {
        const int64_t memory = nii_file_memory(&r->file[f], &r->space);

        if (r->file[f].compressed)
            held += nii_blocks_held(&r->file[f]);
        info->memory = memory > info->memory ? memory : info->memory;
    }
    info->memory += held + (r->member ? NII_MEAN + 8 * r->space.n_voxels : 0);
    info->n_kept = r->n_kept;
    info->kept = r->kept;
    return 0;
}

/* Voxels of some rows of a run, which may go over several files. */
static int read_voxels(struct ana_ctx *ctx, struct nii_recording *r, int64_t run,
                       const struct nii_request *wanted)
{
    struct nii_request part = *wanted;
    int64_t f = r->first_file[run], rows = wanted->n;
    int rc = 0;

    for (; rc == 0 && rows > 0; f++) {
        const int64_t volumes = r->file[f].header.n_volumes;

        if (part.first >= volumes) {
            part.first -= volumes;
            continue;
        }
        part.n = volumes - part.first < rows ? volumes - part.first : rows;
        rc = nii_file_read(ctx, &r->file[f], &r->space, &part);
        part.out = (char *)part.out + part.n * part.stride * ana_dtype_size(part.dtype);
        part.first = 0;
        rows -= part.n;
    }
    return rc;
}

/* Rows [first, first + n) of one target: the mean over its voxels. x: n x m. */
static int read_mean(struct ana_ctx *ctx, struct nii_recording *r, int64_t run,
                     int64_t first, int64_t n, int64_t target, double *x, double *mean)
{
    const int64_t from = r->first_voxel[target], m = r->first_voxel[target + 1] - from;
    const struct nii_request request = {.first = first,
                                        .n = n,
                                        .n_voxels = m,
                                        .stride = m,
                                        .voxels = r->member + from,
                                        .dtype = ANA_F64,
                                        .out = x};
    const int rc = read_voxels(ctx, r, run, &request);

    for (int64_t t = 0; rc == 0 && t < n; t++) {
        double sum = 0;

        for (int64_t v = 0; v < m; v++)
            sum += x[t * m + v];
        mean[t] = sum / (double)m;
    }
    return rc;
}

/* Rows of a parcel's voxels that are held at once. */
static int64_t rows_at_once(int64_t n, int64_t m)
{
    const int64_t most = NII_MEAN / (8 * m);

    return most < 1 ? 1 : most < n ? most : n;
}

static int read_means(struct ana_ctx *ctx, struct nii_recording *r, int64_t run,
                      const struct nii_request *wanted)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < wanted->n_voxels; i++) {
        const int64_t target = wanted->voxels[i];
        const int64_t m = r->first_voxel[target + 1] - r->first_voxel[target];
        const int64_t most = rows_at_once(wanted->n, m);
        double *x = ana_alloc(ctx, most * (m + 1), sizeof *x), *mean = x + most * m;

        rc = x ? 0 : ANA_ERESOURCE;
        for (int64_t from = 0; rc == 0 && from < wanted->n; from += most) {
            const int64_t n = wanted->n - from < most ? wanted->n - from : most;

            rc = read_mean(ctx, r, run, wanted->first + from, n, target, x, mean);
            for (int64_t t = 0; rc == 0 && t < n; t++) {
                const int64_t at = (from + t) * wanted->stride + i;

                if (wanted->dtype == ANA_F32)
                    ((float *)wanted->out)[at] = (float)mean[t];
                else
                    ((double *)wanted->out)[at] = mean[t];
            }
        }
        ana_free(ctx, x);
    }
    return rc;
}

int nii_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out)
{
    struct nii_recording *r = self;
    const int64_t rows = r->stack == NII_ROWS          ? r->n_files
                         : run >= 0 && run < r->n_runs ? r->run[run].n
                                                       : -1;
    int64_t *list = NULL;
    int rc = 0;

    if (run < 0 || run >= r->n_runs || first < 0 || n < 0 || n > rows - first)
        return ana_fail(ctx, ANA_EPARAM,
                        "%lld rows from %lld on of run %lld do not exist", (long long)n,
                        (long long)first, (long long)run);
    for (int64_t i = 0; targets && i < n_targets; i++)
        if (targets[i] < 0 || targets[i] >= r->n_targets)
            return ana_fail(ctx, ANA_EPARAM, "target %lld does not exist; there are %lld",
                            (long long)targets[i], (long long)r->n_targets);
    if (!targets) {
        n_targets = r->n_targets;
        list = ana_alloc(ctx, n_targets, sizeof *list);
        if (!list)
            return ANA_ERESOURCE;
        for (int64_t i = 0; i < n_targets; i++)
            list[i] = i;
        targets = list;
    }
    rc = (r->member ? read_means
                    : read_voxels)(ctx, r, run,
                                   &(struct nii_request){.first = first,
                                                         .n = n,
                                                         .n_voxels = n_targets,
                                                         .stride = n_targets,
                                                         .voxels = targets,
                                                         .dtype = out->dtype,
                                                         .out = out->data});
    ana_free(ctx, list);
    return rc;
}

int nii_recording_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                        const char *path)
{
    const struct nii_recording *r = self;
    double *value;
    int rc;

    if (ana_tensor_count(map) != r->n_targets)
        return ana_fail(ctx, ANA_ESHAPE,
                        "%s: expected %lld values, one a target, got %lld", path,
                        (long long)r->n_targets, (long long)ana_tensor_count(map));
    value = ana_alloc(ctx, r->space.n_voxels, sizeof *value);
    if (!value)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < r->n_targets; i++) {
        const int64_t from = r->member ? r->first_voxel[i] : i;
        const int64_t to = r->member ? r->first_voxel[i + 1] : i + 1;

        for (int64_t v = from; v < to; v++)
            value[r->member ? r->member[v] : v] = ana_tensor_get(map, i);
    }
    rc = nii_write(ctx, &r->space, &r->file[0].header, value, path);
    ana_free(ctx, value);
    return rc;
}
