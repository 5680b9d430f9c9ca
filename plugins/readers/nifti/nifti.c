/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Images of NIfTI-1, NIfTI-2 and MGH: fMRI runs, statistical maps, single volumes.
 */
#include <string.h>
#include <zlib.h>

#include <anaflow/plugin.h>

#include "recording.h"

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

static int is_named(const char *path)
{
    return ends_in(path, ".nii") || ends_in(path, ".nii.gz") || ends_in(path, ".hdr") ||
           ends_in(path, ".hdr.gz") || ends_in(path, ".mgh") || ends_in(path, ".mgz") ||
           ends_in(path, ".mgh.gz");
}

/* CIFTI stands in NIfTI-2, too, but has another reader. */
static int is_cifti(const char *path)
{
    static const char *const kinds[] = {".dtseries.nii", ".ptseries.nii", ".dscalar.nii",
                                        ".dlabel.nii",   ".pscalar.nii",  ".dconn.nii",
                                        ".pconn.nii",    ".plabel.nii"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ends_in(path, kinds[i]))
            return 1;
    return 0;
}

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    const char *path = source->n_files > 0 ? source->files[0] : "";
    uint8_t bytes[4] = {0};
    gzFile file = *path && is_named(path) ? gzopen(path, "rb") : NULL;
    int n = 0;

    (void)ctx;
    if (file) {
        n = gzread(file, bytes, sizeof bytes);
        gzclose(file);
    }
    *confidence = file ? 20 : 0; /* to say what is wrong with it */
    if (nii_is_mgh(path, bytes, n))
        *confidence = 100;
    if (n == 4 &&
        ((bytes[0] == 92 && bytes[1] == 1) || (bytes[3] == 92 && bytes[2] == 1) ||
         (bytes[0] == 28 && bytes[1] == 2) || (bytes[3] == 28 && bytes[2] == 2)))
        *confidence = is_cifti(path) ? 40 : 100;
    return 0;
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    struct nii_file file;
    struct ana_entry *e = NULL;
    char note[400];
    int rc = nii_file_open(ctx, path, &file);

    *n = 0;
    *entries = NULL;
    if (rc == 0) {
        const struct nii_header *h = &file.header;
        const double(*a)[4] = h->affine;
        size_t used;

        used = (size_t)snprintf(
            note, sizeof note, "%s%s%s%s; voxel (0, 0, 0) at (%g, %g, %g) mm, space %s",
            h->version == NII_MGH ? "MGH"
            : h->version == 2     ? "NIfTI-2"
                                  : "NIfTI-1",
            h->big_endian && h->version != NII_MGH ? ", big-endian" : "",
            h->type->width > 8 ? ", 128-bit reals as float64" : "",
            file.compressed ? ", compressed" : "", a[0][3], a[1][3], a[2][3],
            h->space == 4   ? "MNI152"
            : h->space == 3 ? "Talairach"
            : h->space == 1 ? "scanner"
                            : "unknown");
        if (h->slope != 1 || h->intercept != 0)
            used += (size_t)snprintf(note + used, sizeof note - used,
                                     "; values x %g + %g", h->slope, h->intercept);
        if (file.tr > 0)
            snprintf(note + used, sizeof note - used, "; TR %g s", file.tr);
        e = ana_alloc(ctx, 1, sizeof *e);
        rc = e ? 0 : ANA_ERESOURCE;
        if (rc == 0)
            *e = (struct ana_entry){
                .size = sizeof *e,
                .dtype = h->type->dtype,
                .ndim = h->n_volumes > 1 ? 4 : 3,
                .shape = {h->dim[0], h->dim[1], h->dim[2], h->n_volumes},
                .name = ana_strdup(ctx, ""),
                .note = ana_strdup(ctx, note),
                .rate = h->n_volumes > 1 && h->tr > 0 ? 1 / h->tr : 0};
    }
    nii_file_finish(ctx, &file);
    if (rc == 0 && (!e->name || !e->note)) {
        ana_free(ctx, (void *)(uintptr_t)e->name);
        ana_free(ctx, (void *)(uintptr_t)e->note);
        ana_free(ctx, e);
        return ANA_ERESOURCE;
    }
    *n = rc == 0;
    *entries = e;
    return rc;
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = nii_recording_open,
                                        .describe = nii_recording_describe,
                                        .read = nii_recording_read,
                                        .write = nii_recording_write,
                                        .close = nii_recording_close,
                                        .list = list};

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "mask",
     .fallback = "",
     .help = "image on the same grid; voxels that are not 0 there are targets"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "atlas",
     .fallback = "",
     .help = "image of whole numbers on the same grid: each voxel's region; 0 is none"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_PATH,
     .name = "labels",
     .fallback = "",
     .help = "names of the atlas' numbers: TSV (index, name) or FreeSurfer lookup table"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "spheres",
     .fallback = "",
     .help = "regions as \"NAME X Y Z RADIUS\" in mm, between commas"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "average",
     .fallback = "voxels",
     .choices = "voxels|parcels",
     .help = "a target is a voxel, or the mean over a parcel of atlas or spheres"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "stack",
     .fallback = "auto",
     .choices = "auto|runs|volumes|rows",
     .help = "what several images are: runs, volumes (a folder a run), or items"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "tr",
     .fallback = "0",
     .min = 0,
     .max = 1000,
     .unit = "s",
     .help = "time between volumes; 0 = as the JSON file or the header says"},
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "nifti",
    .version = "1.0",
    .summary = "NIfTI-1 and NIfTI-2 images (.nii, .nii.gz, .hdr with .img) and "
               "FreeSurfer's .mgh, .mgz",
    .licence = "BSD-3-Clause",
    .citation = "Cox et al. 2004, A (sort of) new image data format standard: NIfTI-1",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
