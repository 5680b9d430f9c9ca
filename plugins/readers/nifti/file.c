/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One image: its header, perhaps compressed, and where its voxels are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <anaflow/files.h>

#include "../lib/sidecar.h"
#include "nifti.h"

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

static int is_compressed(const char *path)
{
    uint8_t head[2] = {0};
    FILE *file = fopen(path, "rb");
    const size_t n = file ? fread(head, 1, 2, file) : 0;

    if (file)
        fclose(file);
    return n == 2 && head[0] == 0x1f && head[1] == 0x8b;
}

/* "bold" of "/data/bold.nii.gz". */
static char *make_stem(struct ana_ctx *ctx, const char *path)
{
    static const char *const endings[] = {".gz", ".nii", ".hdr", ".img", ".mgh", ".mgz"};
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path);

    for (size_t i = 0; stem && i < sizeof endings / sizeof *endings; i++)
        if (ends_in(stem, endings[i]))
            stem[strlen(stem) - strlen(endings[i])] = 0;
    return stem;
}

/* gzread reads plain files as they are. */
static int read_header(struct ana_ctx *ctx, struct nii_file *file)
{
    uint8_t bytes[NII_HEADER_BYTES] = {0};
    gzFile in;
    z_off_t at = 0;
    int n, error = 0, rc = ana_file_check(ctx, file->path);

    if (rc != 0)
        return rc;
    in = gzopen(file->path, "rb");
    if (!in)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->path,
                        strerror(errno));
    n = gzread(in, bytes, sizeof bytes);
    if (n < 0) {
        gzerror(in, &error);
        at = gzoffset(in);
    }
    gzclose(in);
    if (n < 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: cannot be inflated (zlib error %d); it is damaged, copy "
            "it again",
            file->path, (long long)at, error);
    if (nii_is_mgh(file->path, bytes, n))
        return nii_mgh_parse(ctx, file->path, bytes, n, &file->header);
    return nii_header_parse(ctx, file->path, bytes, n, &file->header);
}

/* x.hdr has its voxels in x.img, x.hdr.gz in x.img.gz. */
static int find_data(struct ana_ctx *ctx, struct nii_file *file)
{
    char *at;

    file->data = ana_strdup(ctx, file->path);
    if (!file->data)
        return ANA_ERESOURCE;
    if (!file->header.pair)
        return 0;
    at = strstr(file->data + (strlen(file->data) - strlen(strrchr(file->data, '/')
                                                              ? strrchr(file->data, '/')
                                                              : file->data)),
                ".hdr");
    if (!at)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %d, magic: is the header of a pair, and the file is "
                        "not called .hdr; its image cannot be found",
                        file->path, file->header.version == 2 ? 4 : 344);
    memcpy(at, ".img", 4);
    return ana_file_check(ctx, file->data);
}

/* A file must hold what its header says, before room is made for a target a voxel. */
static int check_length(struct ana_ctx *ctx, const struct nii_file *file)
{
    const struct nii_header *h = &file->header;
    const int64_t need =
        h->offset + h->dim[0] * h->dim[1] * h->dim[2] * h->n_volumes * h->type->width;
    struct stat status;

    if (stat(file->data, &status) != 0 || !S_ISREG(status.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is no file", file->data);
    if (file->compressed && need / NII_MOST_SHRINK > (int64_t)status.st_size)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: the file ends, and so little cannot hold the %lld bytes of "
            "the %lld x %lld x %lld x %lld values of its header; it is cut short, copy "
            "it again",
            file->data, (long long)status.st_size, (long long)need, (long long)h->dim[0],
            (long long)h->dim[1], (long long)h->dim[2], (long long)h->n_volumes);
    if (file->compressed)
        return 0;
    if ((int64_t)status.st_size < need)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the file ends, and its %lld x %lld x %lld x %lld "
                        "values need %lld bytes; it is cut short, copy it again",
                        file->data, (long long)status.st_size, (long long)h->dim[0],
                        (long long)h->dim[1], (long long)h->dim[2],
                        (long long)h->n_volumes, (long long)need);
    return 0;
}

/* The time between volumes: the sidecar's word goes before the header's. */
static int take_tr(struct ana_ctx *ctx, struct nii_file *file)
{
    double sidecar = 0;
    const int rc = sidecar_tr(ctx, file->path, ".nii", &file->json, &sidecar);

    file->tr = sidecar > 0 ? sidecar : file->header.tr;
    file->tr_of_json = sidecar > 0;
    if (rc == 0 && sidecar_disagree(sidecar, file->header.tr))
        ana_warn(ctx,
                 "%s: the header's TR is %g s and the JSON file's %g s; the JSON file's "
                 "was taken",
                 file->path, file->header.tr, sidecar);
    return rc;
}

int nii_file_open(struct ana_ctx *ctx, const char *path, struct nii_file *out)
{
    int rc;

    memset(out, 0, sizeof *out);
    out->path = ana_strdup(ctx, path);
    out->stem = make_stem(ctx, path);
    rc = out->path && out->stem ? read_header(ctx, out) : ANA_ERESOURCE;
    if (rc == 0)
        rc = find_data(ctx, out);
    if (rc == 0) {
        out->compressed = is_compressed(out->data);
        rc = check_length(ctx, out);
        if (rc == 0 && out->header.version == NII_MGH && out->header.n_volumes > 1)
            out->header.tr = nii_mgh_tr(out->data, &out->header);
    }
    return rc == 0 ? take_tr(ctx, out) : rc;
}

void nii_file_finish(struct ana_ctx *ctx, struct nii_file *file)
{
    nii_blocks_finish(ctx, &file->blocks);
    ana_free(ctx, file->path);
    ana_free(ctx, file->data);
    ana_free(ctx, file->stem);
    ana_free(ctx, file->json);
    memset(file, 0, sizeof *file);
}

/* Where the wanted voxels lie among the values of a volume, and between which two. */
static int64_t *place_voxels(struct ana_ctx *ctx, const struct nii_space *space,
                             const struct nii_request *request, int64_t *low,
                             int64_t *high)
{
    int64_t *index = ana_alloc(ctx, request->n_voxels, sizeof *index);

    *low = INT64_MAX;
    *high = -1;
    for (int64_t v = 0; index && v < request->n_voxels; v++) {
        index[v] = space->voxel[request->voxels[v]];
        *low = index[v] < *low ? index[v] : *low;
        *high = index[v] > *high ? index[v] : *high;
    }
    return index;
}

/* A plain file: the stretch of each volume that holds the voxels is read at once. */
static int read_plain(struct ana_ctx *ctx, struct nii_file *file,
                      const struct nii_space *space, const struct nii_request *request)
{
    const struct nii_header *h = &file->header;
    const int64_t width = h->type->width, volume = h->dim[0] * h->dim[1] * h->dim[2];
    int64_t low, high;
    int64_t *index = place_voxels(ctx, space, request, &low, &high);
    uint8_t *bytes = index ? ana_alloc(ctx, high - low + 1, (size_t)width) : NULL;
    FILE *in = bytes ? fopen(file->data, "rb") : NULL;
    int rc = bytes ? 0 : ANA_ERESOURCE;

    if (rc == 0 && !in)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->data,
                      strerror(errno));
    for (int64_t t = 0; rc == 0 && t < request->n; t++) {
        const int64_t at = h->offset + ((request->first + t) * volume + low) * width;
        const size_t want = (size_t)((high - low + 1) * width);

        if (fseeko(in, (off_t)at, SEEK_SET) != 0 || fread(bytes, 1, want, in) != want)
            rc = ana_fail(ctx, ANA_EDATA, "%s: volume %lld cannot be read at byte %lld",
                          file->data, (long long)(request->first + t), (long long)at);
        else
            nii_convert(h, bytes, low, index, request->n_voxels, request,
                        t * request->stride);
    }
    if (in)
        fclose(in);
    ana_free(ctx, bytes);
    ana_free(ctx, index);
    return rc;
}

/* A compressed file: from its blocks, which are found or made; where they turn out to be
 * damaged, or gone, they are made again. */
static int read_compressed(struct ana_ctx *ctx, struct nii_file *file,
                           const struct nii_space *space,
                           const struct nii_request *request)
{
    struct nii_blocks *blocks = &file->blocks;
    int32_t found = 1, lost = 1;
    int rc = 0;

    while (rc == 0 && lost) {
        if (!blocks->kept) {
            rc = ana_blocks_open(ctx, &blocks->key, &blocks->kept, &found);
            if (rc == 0 && !found)
                rc = nii_blocks_make(ctx, file, space, request);
            lost = found;
        }
        if (rc == 0 && found)
            rc = nii_blocks_read(ctx, blocks, request, &lost);
        if (rc != 0 || lost) {
            ana_blocks_close(ctx, blocks->kept);
            blocks->kept = NULL;
        }
    }
    return rc;
}

int nii_file_read(struct ana_ctx *ctx, struct nii_file *file,
                  const struct nii_space *space, const struct nii_request *request)
{
    if (request->n == 0 || request->n_voxels == 0)
        return 0;
    return (file->compressed ? read_compressed : read_plain)(ctx, file, space, request);
}

int64_t nii_file_memory(const struct nii_file *file, const struct nii_space *space)
{
    const struct nii_header *h = &file->header;

    if (file->compressed)
        return nii_blocks_memory(file);
    return h->dim[0] * h->dim[1] * h->dim[2] * h->type->width + 8 * space->n_voxels;
}
