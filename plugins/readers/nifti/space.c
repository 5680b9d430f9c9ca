/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which voxels are targets, and of which region: inside a mask, labelled by an atlas, in a
 * sphere; all of them where nothing is asked for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nifti.h"

static int64_t volume_of(const struct nii_space *space)
{
    return space->dim[0] * space->dim[1] * space->dim[2];
}

static void place_of(const struct nii_space *space, int64_t voxel, int64_t ijk[3])
{
    ijk[0] = voxel % space->dim[0];
    ijk[1] = voxel / space->dim[0] % space->dim[1];
    ijk[2] = voxel / space->dim[0] / space->dim[1];
}

int nii_space_fits(struct ana_ctx *ctx, const struct nii_space *space,
                   const struct nii_file *file, const char *what)
{
    const struct nii_header *h = &file->header;

    if (memcmp(space->dim, h->dim, sizeof h->dim) != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: %s has %lld x %lld x %lld voxels and the images %lld x %lld "
                        "x %lld; resample it onto their grid",
                        file->path, what, (long long)h->dim[0], (long long)h->dim[1],
                        (long long)h->dim[2], (long long)space->dim[0],
                        (long long)space->dim[1], (long long)space->dim[2]);
    for (int corner = 0; corner < 8; corner++) {
        const int64_t ijk[3] = {corner & 1 ? h->dim[0] - 1 : 0,
                                corner & 2 ? h->dim[1] - 1 : 0,
                                corner & 4 ? h->dim[2] - 1 : 0};
        double a[3], b[3];

        nii_position(space->affine, ijk, a);
        nii_position(h->affine, ijk, b);
        for (int i = 0; i < 3; i++)
            if (fabs(a[i] - b[i]) > 1e-3)
                return ana_fail(ctx, ANA_EDATA,
                                "%s: voxel (%lld, %lld, %lld) of %s lies at (%g, %g, %g) "
                                "mm and at (%g, %g, %g) mm in the images; resample it "
                                "onto their grid",
                                file->path, (long long)ijk[0], (long long)ijk[1],
                                (long long)ijk[2], what, b[0], b[1], b[2], a[0], a[1],
                                a[2]);
    }
    return 0;
}

/* A whole 3-D image as numbers. */
static int read_volume(struct ana_ctx *ctx, const struct nii_file *file, int64_t n,
                       double *out)
{
    const struct nii_header *h = &file->header;
    uint8_t *stored = ana_alloc(ctx, n, (size_t)h->type->width);
    int rc = stored ? nii_first_volume(ctx, file, stored) : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n; i++)
        out[i] =
            nii_value(stored + i * h->type->width, h->type, h->big_endian) * h->slope +
            h->intercept;
    ana_free(ctx, stored);
    return rc;
}

static int read_image(struct ana_ctx *ctx, const char *path, const char *what,
                      const struct nii_space *space, double **out)
{
    struct nii_file file;
    int rc = nii_file_open(ctx, path, &file);

    *out = NULL;
    if (rc == 0 && file.header.n_volumes != 1)
        rc = ana_fail(ctx, ANA_EDATA, "%s: %s has %lld volumes; expected one", path, what,
                      (long long)file.header.n_volumes);
    if (rc == 0)
        rc = nii_space_fits(ctx, space, &file, what);
    if (rc == 0) {
        *out = ana_alloc(ctx, volume_of(space), sizeof **out);
        rc = *out ? read_volume(ctx, &file, volume_of(space), *out) : ANA_ERESOURCE;
    }
    nii_file_finish(ctx, &file);
    return rc;
}

/* The number of a region by its name, made new where there is none. */
static int64_t region_named(struct ana_ctx *ctx, struct nii_space *space,
                            const char *name)
{
    for (int64_t i = 0; i < space->n_regions; i++)
        if (strcmp(space->region_name[i], name) == 0)
            return i;
    if (space->n_regions == space->room_regions) {
        const int64_t room = space->room_regions > 0 ? 2 * space->room_regions : 64;
        char **more = ana_alloc(ctx, room, sizeof *more);

        if (!more)
            return -1;
        if (space->n_regions > 0)
            memcpy(more, space->region_name, (size_t)space->n_regions * sizeof *more);
        ana_free(ctx, space->region_name);
        space->region_name = more;
        space->room_regions = room;
    }
    space->region_name[space->n_regions] = ana_strdup(ctx, name);
    return space->region_name[space->n_regions] ? space->n_regions++ : -1;
}

/* Each label's region, found once a label: `seen` maps labels in the order they come. */
struct naming {
    int64_t n_names;
    int64_t *number;
    char **name;
    int64_t n_seen;
    double last_label;
    int64_t last_region;
    int64_t room;
    double *first; /* room: the label that each region was made for */
    int warned;
};

/* Two labels of one name, left and right say, are one region; that is said once. */
static int note_region(struct ana_ctx *ctx, const char *path,
                       const struct nii_space *space, struct naming *naming, double label)
{
    const int64_t r = naming->last_region;

    if (r >= naming->room) {
        const int64_t room = 2 * r + 64;
        double *more = ana_alloc(ctx, room, sizeof *more);

        if (!more)
            return ANA_ERESOURCE;
        for (int64_t i = 0; i < room; i++)
            more[i] = i < naming->room ? naming->first[i] : (double)NAN;
        ana_free(ctx, naming->first);
        naming->first = more;
        naming->room = room;
    }
    if (isnan(naming->first[r]))
        naming->first[r] = label;
    else if (naming->first[r] != label && !naming->warned++)
        ana_warn(ctx,
                 "%s: labels %.0f and %.0f are both called '%s': they are one region",
                 path, naming->first[r], label, space->region_name[r]);
    return 0;
}

static int64_t region_of_label(struct ana_ctx *ctx, const char *path,
                               struct nii_space *space, struct naming *naming,
                               double label)
{
    char text[64];
    const char *name = text;

    if (naming->n_seen > 0 && naming->last_label == label)
        return naming->last_region;
    snprintf(text, sizeof text, "%.0f", label); /* whole, of up to ten digits */
    for (int64_t i = 0; i < naming->n_names; i++)
        if ((double)naming->number[i] == label)
            name = naming->name[i];
    naming->n_seen = 1;
    naming->last_label = label;
    naming->last_region = region_named(ctx, space, name);
    if (naming->last_region < 0 || note_region(ctx, path, space, naming, label) != 0)
        return -1;
    return naming->last_region;
}

/* keep: a byte a voxel of the volume; region: a number a voxel. */
static int apply_atlas(struct ana_ctx *ctx, const struct nii_choice *choice,
                       struct nii_space *space, uint8_t *keep, int64_t *region)
{
    struct naming naming = {0};
    double *image = NULL;
    int rc = read_image(ctx, choice->atlas, "the atlas", space, &image);

    if (rc == 0 && *choice->labels)
        rc = nii_labels_read(ctx, choice->labels, &naming.n_names, &naming.number,
                             &naming.name);
    for (int64_t i = 0; rc == 0 && i < volume_of(space); i++) {
        if (!isfinite(image[i]) || image[i] == 0) {
            keep[i] = 0;
        } else if (image[i] != floor(image[i])) {
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: voxel %lld has the label %g; an atlas has whole numbers",
                          choice->atlas, (long long)i, image[i]);
        } else if (keep[i]) {
            region[i] = region_of_label(ctx, choice->labels, space, &naming, image[i]);
            rc = region[i] < 0 ? ANA_ERESOURCE : 0;
        }
    }
    for (int64_t i = 0; i < naming.n_names; i++)
        ana_free(ctx, naming.name[i]);
    ana_free(ctx, naming.name);
    ana_free(ctx, naming.number);
    ana_free(ctx, naming.first);
    ana_free(ctx, image);
    return rc;
}

static int one_sphere(struct ana_ctx *ctx, struct nii_space *space, const char *text,
                      const uint8_t *keep, uint8_t *inside, int64_t *region)
{
    char name[64];
    double centre[3], radius, mm[3];
    int64_t ijk[3], number, found = 0;

    if (sscanf(text, " %63s %lf %lf %lf %lf", name, &centre[0], &centre[1], &centre[2],
               &radius) != 5 ||
        !(radius > 0) || !isfinite(centre[0] + centre[1] + centre[2] + radius))
        return ana_fail(ctx, ANA_EPARAM,
                        "spheres: expected 'NAME X Y Z RADIUS' in mm between commas, "
                        "found '%.80s'",
                        text);
    number = region_named(ctx, space, name);
    if (number < 0)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < volume_of(space); i++) {
        double square = 0;

        place_of(space, i, ijk);
        nii_position(space->affine, ijk, mm);
        for (int d = 0; d < 3; d++)
            square += (mm[d] - centre[d]) * (mm[d] - centre[d]);
        if (!keep[i] || square > radius * radius)
            continue;
        if (!inside[i])
            region[i] = number;
        inside[i] = 1;
        found++;
    }
    if (found == 0)
        return ana_fail(ctx, ANA_EDATA, "sphere %s holds no voxel of the images", name);
    return 0;
}

static int apply_spheres(struct ana_ctx *ctx, const struct nii_choice *choice,
                         struct nii_space *space, uint8_t *keep, int64_t *region)
{
    uint8_t *inside = ana_alloc(ctx, volume_of(space), 1);
    char *text = ana_strdup(ctx, choice->spheres), *rest = text, *one;
    int rc = inside && text ? 0 : ANA_ERESOURCE;

    while (rc == 0 && (one = strsep(&rest, ",")))
        rc = one_sphere(ctx, space, one, keep, inside, region);
    if (rc == 0)
        memcpy(keep, inside, (size_t)volume_of(space));
    ana_free(ctx, text);
    ana_free(ctx, inside);
    return rc;
}

static int apply_mask(struct ana_ctx *ctx, const struct nii_choice *choice,
                      const struct nii_space *space, uint8_t *keep)
{
    double *image = NULL;
    const int rc = read_image(ctx, choice->mask, "the mask", space, &image);

    for (int64_t i = 0; rc == 0 && i < volume_of(space); i++)
        keep[i] = isfinite(image[i]) && image[i] != 0;
    ana_free(ctx, image);
    return rc;
}

static int gather(struct ana_ctx *ctx, const uint8_t *keep, const int64_t *region,
                  struct nii_space *space)
{
    int64_t n = 0;

    for (int64_t i = 0; i < volume_of(space); i++)
        n += keep[i];
    if (n == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "no voxel is left: mask, atlas and spheres have none in common");
    space->voxel = ana_alloc(ctx, n, sizeof *space->voxel);
    space->region = ana_alloc(ctx, n, sizeof *space->region);
    if (!space->voxel || !space->region)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < volume_of(space); i++)
        if (keep[i]) {
            space->region[space->n_voxels] = region[i];
            space->voxel[space->n_voxels++] = i;
        }
    return 0;
}

int nii_space_make(struct ana_ctx *ctx, const struct nii_file *first,
                   const struct nii_choice *choice, struct nii_space *out)
{
    uint8_t *keep;
    int64_t *region;
    int rc;

    memset(out, 0, sizeof *out);
    memcpy(out->dim, first->header.dim, sizeof out->dim);
    memcpy(out->affine, first->header.affine, sizeof out->affine);
    keep = ana_alloc(ctx, volume_of(out), 1);
    region = ana_alloc(ctx, volume_of(out), sizeof *region);
    rc = keep && region ? 0 : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < volume_of(out); i++) {
        keep[i] = 1;
        region[i] = -1;
    }
    if (rc == 0 && *choice->mask)
        rc = apply_mask(ctx, choice, out, keep);
    if (rc == 0 && *choice->atlas)
        rc = apply_atlas(ctx, choice, out, keep, region);
    if (rc == 0 && *choice->spheres)
        rc = apply_spheres(ctx, choice, out, keep, region);
    if (rc == 0)
        rc = gather(ctx, keep, region, out);
    ana_free(ctx, keep);
    ana_free(ctx, region);
    return rc;
}

void nii_space_finish(struct ana_ctx *ctx, struct nii_space *space)
{
    for (int64_t i = 0; i < space->n_regions; i++)
        ana_free(ctx, space->region_name[i]);
    ana_free(ctx, space->region_name);
    ana_free(ctx, space->region);
    ana_free(ctx, space->voxel);
    memset(space, 0, sizeof *space);
}
