/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_CIFTI_H
#define PLUGIN_CIFTI_H

#include <anaflow/reader.h>

/* CIFTI-2 (nitrc.org/projects/cifti): a NIfTI-2 file whose matrix is T x N, T scans or maps
 * and N places: vertices and voxels (brain models) or parcels. What the two dimensions
 * mean stands as XML in an extension of the header. */

#define CII_SERIES 1  /* dimension 0: scans */
#define CII_SCALARS 2 /* named maps */
#define CII_LABELS 3  /* named maps of whole numbers with names */
#define CII_MODELS 4  /* dimension 1: vertices and voxels */
#define CII_PARCELS 5 /* regions */

/* A place: a vertex (i = its number, j = -1), a voxel (i, j, k), or a parcel (i = -1). */
struct cii_place {
    int32_t structure; /* number into `structure`; -1 = none */
    int64_t i, j, k;
};

struct cii_file {
    char *path, *stem;
    int big_endian, width, code; /* of the values */
    int64_t offset, T, N;        /* values at offset + (n T + t) width */
    double slope, intercept;
    char *xml;
    int64_t n_xml, map_from, map_to; /* the element that describes places, within xml */
    int kind, places;                /* CII_... of the two dimensions */
    int64_t kind_line;               /* of the XML: what says the first of them */
    double step;                     /* s, of SERIES */
    int64_t n_maps, room_maps;
    char **map_name;
    struct cii_place *place; /* N */
    int64_t n_structures, room_structures;
    char **structure; /* "CORTEX_LEFT" */
    char **parcel;    /* N names, for PARCELS */
    int64_t n_parcels, room_parcels;
    double ijk_to_mm[3][4];
    int has_volume;
    int64_t n_labels, room_labels;
    int32_t *key; /* of the first map */
    char **label;
};

/* file.c: header, extension and places of a file. Owns: the caller; cii_file_finish, also
 * after a failure. Errors: ANA_EDATA with file, byte and field. */
int cii_file_open(struct ana_ctx *ctx, const char *path, struct cii_file *out);
void cii_file_finish(struct ana_ctx *ctx, struct cii_file *file);
/* Values of places [first, first + n): out is n x T. */
int cii_file_read(struct ana_ctx *ctx, const struct cii_file *file, int64_t first,
                  int64_t n, double *out);
/* 1 if both have the same places. */
int cii_same_places(const struct cii_file *a, const struct cii_file *b);

/* xml.c: parse the extension. */
int cii_xml_parse(struct ana_ctx *ctx, struct cii_file *file);

/* write.c: one value a place as dscalar (pscalar where places are parcels). */
int cii_write(struct ana_ctx *ctx, const struct cii_file *like, const double *value,
              const char *path);

/* Files of one kind as one recording. */
struct recording {
    int64_t n_files;
    struct cii_file *file;
    struct cii_file atlas;
    int series;
    struct ana_run *run;
    const char **row_name;
    char *names; /* of rows and places */
    int64_t n_rows, n_targets;
    struct ana_target *target;
    int64_t *first, *member; /* places that a target is the mean of */
};

/* The values of the atlas' first map, a label a place; *label is NULL without an atlas.
 * Owns: the caller frees *label; the recording its atlas. */
int cii_read_atlas(struct ana_ctx *ctx, const char *path, struct recording *r,
                   int64_t **label);

/* The places of each target, one after another. structures: patterns; "" = all. */
int cii_gather(struct ana_ctx *ctx, struct recording *r, const char *structures,
               const int64_t *label, int parcels);

/* Names, regions and positions of the targets. */
int cii_describe_targets(struct ana_ctx *ctx, struct recording *r, const int64_t *label,
                         int parcels);

#endif
