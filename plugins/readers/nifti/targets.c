/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Voxels as targets, "x,y,z" counted from 0, placed in mm; or parcels, each the mean of
 * its voxels, placed at their centre.
 */
#include <math.h>
#include <string.h>

#include "recording.h"

/* FreeSurfer keeps values of vertices as one row of voxels, which lie nowhere. */
static int are_vertices(const struct nii_recording *r)
{
    return r->file[0].header.version == NII_MGH && r->space.dim[1] == 1 &&
           r->space.dim[2] == 1;
}

static const char *space_name(const struct nii_recording *r)
{
    if (are_vertices(r))
        return "";
    switch (r->file[0].header.space) {
    case 1:
        return "scanner";
    case 3:
        return "Talairach";
    case 4:
    case 5:
        return "MNI152";
    default:
        return "";
    }
}

static void voxel_position(const struct nii_space *space, int64_t v, int64_t ijk[3],
                           double mm[3])
{
    const int64_t at = space->voxel[v];

    ijk[0] = at % space->dim[0];
    ijk[1] = at / space->dim[0] % space->dim[1];
    ijk[2] = at / space->dim[0] / space->dim[1];
    nii_position(space->affine, ijk, mm);
}

/* Targets and, behind them in one block, their names of `width` bytes each. */
static int make_room(struct ana_ctx *ctx, struct nii_recording *r, int64_t n,
                     int64_t width)
{
    r->target = ana_alloc(ctx, n, sizeof *r->target + (size_t)width);
    r->n_targets = n;
    if (!r->target)
        return ANA_ERESOURCE;
    r->names = (char *)(r->target + n);
    for (int64_t i = 0; i < n; i++)
        r->target[i] = (struct ana_target){.size = sizeof r->target[i],
                                           .name = r->names + i * width,
                                           .region = "",
                                           .space = space_name(r),
                                           .hemisphere = ""};
    return 0;
}

/* Bytes of the longest name, its end included. */
static int64_t name_width(const struct nii_space *space)
{
    int64_t width = 3;

    for (int d = 0; d < 3; d++) {
        int64_t last = space->dim[d] - 1;

        do
            width++;
        while ((last /= 10) > 0);
    }
    return width;
}

/* "12,40,7". By hand: snprintf takes 8 ms over 50,000 names, a twentieth of reading their
 * images. */
static void name_voxel(char *to, int n, const int64_t *ijk)
{
    char digits[20];

    for (int d = 0; d < n; d++) {
        int64_t rest = ijk[d];
        int k = 0;

        do
            digits[k++] = (char)('0' + rest % 10);
        while ((rest /= 10) > 0);
        if (d > 0)
            *to++ = ',';
        while (k > 0)
            *to++ = digits[--k];
    }
    *to = 0;
}

static int make_voxels(struct ana_ctx *ctx, struct nii_recording *r)
{
    const struct nii_space *space = &r->space;
    int64_t ijk[3];
    const int vertices = are_vertices(r);
    const int64_t width = name_width(space);
    const int rc = make_room(ctx, r, space->n_voxels, width);

    for (int64_t v = 0; rc == 0 && v < space->n_voxels; v++) {
        struct ana_target *t = &r->target[v];

        voxel_position(space, v, ijk, t->position);
        name_voxel(r->names + v * width, vertices ? 1 : 3, ijk);
        for (int d = 0; vertices && d < 3; d++)
            t->position[d] = (double)NAN;
        if (space->region[v] >= 0)
            t->region = space->region_name[space->region[v]];
    }
    return rc;
}

/* Sort the voxels by region: counting sort, each parcel's stay in their order. */
static int gather_members(struct ana_ctx *ctx, struct nii_recording *r)
{
    const struct nii_space *space = &r->space;
    int64_t *next = ana_alloc(ctx, space->n_regions + 1, sizeof *next);

    r->first_voxel = ana_alloc(ctx, space->n_regions + 1, sizeof *r->first_voxel);
    r->member = ana_alloc(ctx, space->n_voxels, sizeof *r->member);
    if (!next || !r->first_voxel || !r->member) {
        ana_free(ctx, next);
        return ANA_ERESOURCE;
    }
    for (int64_t v = 0; v < space->n_voxels; v++)
        r->first_voxel[space->region[v] + 1]++;
    for (int64_t p = 0; p < space->n_regions; p++)
        r->first_voxel[p + 1] += r->first_voxel[p];
    memcpy(next, r->first_voxel, (size_t)space->n_regions * sizeof *next);
    for (int64_t v = 0; v < space->n_voxels; v++)
        r->member[next[space->region[v]]++] = v;
    ana_free(ctx, next);
    return 0;
}

static int make_parcels(struct ana_ctx *ctx, struct nii_recording *r)
{
    const struct nii_space *space = &r->space;
    int64_t ijk[3];
    int rc;

    if (space->n_regions == 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`average = parcels` needs parcels: add `atlas = FILE` or "
                        "`spheres`");
    rc = make_room(ctx, r, space->n_regions, NII_NAME);
    if (rc == 0)
        rc = gather_members(ctx, r);
    for (int64_t p = 0; rc == 0 && p < space->n_regions; p++) {
        const int64_t n = r->first_voxel[p + 1] - r->first_voxel[p];
        struct ana_target *t = &r->target[p];

        snprintf(r->names + p * NII_NAME, NII_NAME, "%.60s", space->region_name[p]);
        t->region = space->region_name[p];
        if (n == 0)
            return ana_fail(ctx, ANA_EDATA, "parcel %s holds no voxel", t->region);
        for (int64_t i = r->first_voxel[p]; i < r->first_voxel[p + 1]; i++) {
            double mm[3];

            voxel_position(space, r->member[i], ijk, mm);
            for (int d = 0; d < 3; d++)
                t->position[d] += are_vertices(r) ? (double)NAN : mm[d] / (double)n;
        }
    }
    return rc;
}

int nii_targets_make(struct ana_ctx *ctx, struct nii_recording *r, int means)
{
    return means ? make_parcels(ctx, r) : make_voxels(ctx, r);
}
