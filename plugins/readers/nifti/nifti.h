/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_NIFTI_H
#define PLUGIN_NIFTI_H

#include <stdio.h>

#include <anaflow/reader.h>

/* NIfTI-1.1 and NIfTI-2 (nifti.nimh.nih.gov): single files, pairs of header and image,
 * either byte order, compressed or not. x, y, z count voxels from 0, the first fastest;
 * T volumes, V voxels that are wanted.
 *
 *     value = stored * slope + intercept      position (mm) = affine * (x, y, z, 1) */

/* The stored types that hold real numbers. */
struct nii_type {
    int code;      /* of the header */
    int32_t dtype; /* ANA_... that holds its numbers, rounded if it is wider than 8 */
    int width;     /* bytes */
};
const struct nii_type *nii_type(int code);

struct nii_header {
    int version;    /* 1, 2 or NII_MGH */
    int big_endian; /* its numbers' first byte is the highest */
    int pair;       /* data in a file of their own */
    int64_t dim[3], n_volumes;
    const struct nii_type *type;
    int64_t offset; /* of the data, bytes */
    double slope, intercept;
    double affine[3][4]; /* mm */
    int space;           /* NIFTI_XFORM code of the affine; 0 = unknown */
    double tr;           /* s; 0 = not given */
};
#define NII_MGH 3
#define NII_FLOAT32 16 /* of nii_type */
#define NII_FLOAT64 64
enum { NII_HEADER_BYTES = 540 }; /* the longer of the two */
enum { NII_MOST_SHRINK = 1032 }; /* bytes that one byte of deflate can become */

/* header.c: parse the first bytes of a file; n is how many there are.
 * Errors: ANA_EDATA naming file, byte and field. */
int nii_header_parse(struct ana_ctx *ctx, const char *path, const uint8_t *bytes,
                     int64_t n, struct nii_header *out);

/* The byte where the TR stands or would stand. */
int64_t nii_tr_byte(const struct nii_header *header);

/* mgh.c: FreeSurfer's .mgh and .mgz as the same; TR stands behind the values (0 = none). */
int nii_is_mgh(const char *path, const uint8_t *bytes, int64_t n);
int nii_mgh_parse(struct ana_ctx *ctx, const char *path, const uint8_t *bytes, int64_t n,
                  struct nii_header *out);
double nii_mgh_tr(const char *path, const struct nii_header *header);

/* affine.c: from quaternion, offset and spacing; qfac is -1 or 1. */
void nii_affine_quaternion(const double b_c_d[3], const double offset[3],
                           const double spacing[3], double qfac, double affine[3][4]);
void nii_position(const double affine[3][4], const int64_t ijk[3], double mm[3]);

/* What of a space is wanted: voxels, perhaps gathered in parcels. */
struct nii_space {
    int64_t dim[3];
    double affine[3][4];
    int64_t n_voxels;
    int64_t *voxel;  /* n_voxels: x + dim[0] * (y + dim[1] * z), ascending */
    int64_t *region; /* n_voxels: number of its region, -1 = none */
    int64_t n_regions, room_regions;
    char **region_name;
};

/* The wanted voxels of a compressed file: blocks of W voxels x R volumes, those of the same
 * voxels one after another, in the run's cache. Numbers that float32 holds exactly stand
 * there as float32, others as the file has them; neither is scaled. */
struct nii_blocks {
    int64_t T, V, W, R;
    int64_t across, along;    /* blocks: over voxels, over volumes */
    struct nii_header stored; /* as it were of a file that has its numbers so */
    struct ana_blocks_key key;
    char *how, *what;        /* of the key */
    struct ana_blocks *kept; /* NULL = not yet made or found */
    uint8_t *memory;         /* R volumes of all voxels, while they are made */
};

/* One open file. */
struct nii_file {
    char *path, *data, *stem; /* data: the file that holds the voxels */
    char *json;               /* the sidecar that was read; NULL = none */
    struct nii_header header;
    int compressed;           /* of data */
    double tr;                /* s, after the sidecar; 0 = unknown */
    int tr_of_json;           /* 1 = the sidecar's */
    struct nii_blocks blocks; /* of a compressed file */
};

/* file.c: open a file by its header. Owns: the caller; nii_file_finish. */
int nii_file_open(struct ana_ctx *ctx, const char *path, struct nii_file *out);
void nii_file_finish(struct ana_ctx *ctx, struct nii_file *file);

/* What is wanted of a file: volumes [first, first + n) of some voxels (numbers into
 * space->voxel), float32 or float64 as dtype says, rows `stride` values apart. */
struct nii_request {
    int64_t first, n, n_voxels, stride;
    const int64_t *voxels;
    int32_t dtype; /* ANA_F32, ANA_F64 */
    void *out;
};

/* Read them, scaled. Errors: ANA_EDATA, ANA_ERESOURCE. */
int nii_file_read(struct ana_ctx *ctx, struct nii_file *file,
                  const struct nii_space *space, const struct nii_request *request);

/* Bytes that reading holds beside its result, at most. */
int64_t nii_file_memory(const struct nii_file *file, const struct nii_space *space);

/* convert.c: n stored numbers, that of index[i] at stored + (index[i] - origin) * width,
 * to values from request->out + at on. */
void nii_convert(const struct nii_header *h, const uint8_t *stored, int64_t origin,
                 const int64_t *index, int64_t n, const struct nii_request *request,
                 int64_t at);

/* n stored numbers of one file, that of voxel[i] at stored + (voxel[i] - origin) * width,
 * one after another as float32, where that holds them exactly, as doubles, where they
 * are wider, else as they are; and what a file would be that has them so. */
void nii_pick(const struct nii_header *h, const uint8_t *stored, int64_t origin,
              const int64_t *voxel, int64_t n, uint8_t *out);
struct nii_header nii_picked(const struct nii_header *h);

/* wide.c: a number of 16 bytes, the lowest first, rounded to the nearest double (NaN where
 * it is none). IEEE's binary128, as nibabel has it; the 80 bits of Intel's long double,
 * padded with zeros, would be one below 3.4e-4932 there and are taken for what they are. */
double nii_wide(const uint8_t bytes[16]);

/* One stored number as a double. */
double nii_value(const uint8_t *p, const struct nii_type *type, int big_endian);

/* stream.c: the values of a file's first `volumes` in order, in their stored byte order:
 * so many bytes of them, or, of a compressed file, the stretch that is inflated next, with
 * the 16 bytes before it in front (0 bytes: that was all). Never more comes than the header
 * promises; `end` looks whether its checksum fits. Owns: the caller; nii_stream_close,
 * also after a failure. Errors: ANA_EDATA, ANA_ERESOURCE. */
struct nii_stream;
int nii_stream_open(struct ana_ctx *ctx, const struct nii_file *file, int64_t volumes,
                    struct nii_stream **out);
int nii_stream_next(struct ana_ctx *ctx, struct nii_stream *s, int64_t bytes,
                    uint8_t *out);
int nii_stream_some(struct ana_ctx *ctx, struct nii_stream *s, const uint8_t **bytes,
                    int64_t *n);
int nii_stream_end(struct ana_ctx *ctx, struct nii_stream *s);
void nii_stream_close(struct ana_ctx *ctx, struct nii_stream *s);

/* The first volume alone. */
int nii_first_volume(struct ana_ctx *ctx, const struct nii_file *file, uint8_t *out);

/* take.c: inflate a file once, in order, into blocks, and answer the request that asked
 * for it on the way. */
int nii_blocks_make(struct ana_ctx *ctx, struct nii_file *file,
                    const struct nii_space *space, const struct nii_request *request);

/* blocks.c: say which blocks a file will have. */
int nii_blocks_plan(struct ana_ctx *ctx, struct nii_file *file,
                    const struct nii_space *space);
void nii_blocks_finish(struct ana_ctx *ctx, struct nii_blocks *blocks);

/* Where what is known of voxel block b at volume t stands in memory while blocks are made;
 * put what stands there of volume t and those before it that are not yet put. */
uint8_t *nii_blocks_row(const struct nii_blocks *blocks, int64_t b, int64_t t);
int nii_blocks_put(struct ana_ctx *ctx, const struct nii_blocks *blocks, int64_t t);

/* Answer a request from blocks; *lost = 1: they are to be made again. */
int nii_blocks_read(struct ana_ctx *ctx, const struct nii_blocks *blocks,
                    const struct nii_request *request, int32_t *lost);

/* Where the voxels of a request that lie in one block with voxel v of it end. */
int64_t nii_same_block(const struct nii_blocks *blocks, const struct nii_request *request,
                       int64_t v);

/* Bytes that making and reading blocks hold, at most, and what they hold all the time. */
int64_t nii_blocks_memory(const struct nii_file *file);
int64_t nii_blocks_held(const struct nii_file *file);

/* space.c: which voxels: inside `mask`, labelled by `atlas` (names in `labels`), in one of
 * `spheres` ("NAME X Y Z RADIUS, ..." in mm); each "" = not asked for.
 * Owns: the caller; nii_space_finish. Errors: ANA_EDATA where the files' grids differ. */
struct nii_choice {
    const char *mask, *atlas, *labels, *spheres;
};
int nii_space_make(struct ana_ctx *ctx, const struct nii_file *first,
                   const struct nii_choice *choice, struct nii_space *out);
void nii_space_finish(struct ana_ctx *ctx, struct nii_space *space);

/* 1 if a file has the space's grid: sizes equal, corners within 1e-3 mm. */
int nii_space_fits(struct ana_ctx *ctx, const struct nii_space *space,
                   const struct nii_file *file, const char *what);

/* labels.c: names of an atlas' numbers, from a table (index or id, name) or a lookup
 * table of FreeSurfer ("NUMBER NAME R G B A"). Owns: the caller frees each, then lists. */
int nii_labels_read(struct ana_ctx *ctx, const char *path, int64_t *n, int64_t **number,
                    char ***name);

/* write.c: a map of one value a voxel as float32 .nii or .nii.gz, whole or not at all; 0
 * outside of the wanted voxels, NaN where a value is. */
int nii_write(struct ana_ctx *ctx, const struct nii_space *space,
              const struct nii_header *like, const double *value, const char *path);

#endif
