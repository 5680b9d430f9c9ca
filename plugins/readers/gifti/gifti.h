/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_GIFTI_H
#define PLUGIN_GIFTI_H

#include <anaflow/reader.h>

/* GIFTI 1.0 (nitrc.org/projects/gifti): XML of arrays, each a map, a time point, a mesh's
 * points or triangles, or labels. N vertices. */

#define GII_OTHER 0 /* one value a vertex: shape, statistics, none */
#define GII_TIME 1
#define GII_LABEL 2
#define GII_POINTS 3
#define GII_TRIANGLES 4

struct gii_array {
    int64_t line;  /* of the file, where it begins */
    int intent;    /* GII_... */
    int32_t dtype; /* ANA_U8, ANA_I32, ANA_F32, ANA_F64 */
    int ndim, column_major, big_endian, encoding;
    int64_t dim[6], n; /* n: their product */
    uint8_t *value;    /* n of dtype, in this machine's order */
    char *name;        /* metadata Name, or NULL */
    double step;       /* metadata TimeStep; 0 = none */
    int64_t
        external_at; /* bytes before the values, where they have a file of their own */
};

struct gii_file {
    char *path, *stem;
    int64_t n_arrays, room;
    struct gii_array *array;
    int64_t n_labels, room_labels;
    int32_t *key;
    char **label;
    char hemisphere[2]; /* "L", "R" or "" */
    int64_t n_external, room_external;
    char **external; /* files beside it that hold values */
};

/* parse.c: read a whole file, gzipped or not. Owns: the caller; gii_file_finish, also after
 * a failure. Errors: ANA_EDATA naming file, line and what was expected. */
int gii_file_read(struct ana_ctx *ctx, const char *path, struct gii_file *out);
void gii_file_finish(struct ana_ctx *ctx, struct gii_file *file);

/* values.c: the text of a <Data> element as numbers. The array's type, sizes and
 * encoding are set; where: "FILE:LINE" for messages. */
#define GII_ASCII 1
#define GII_BASE64 2
#define GII_GZIP 3
#define GII_EXTERNAL 4 /* in a file of their own */
int gii_values(struct ana_ctx *ctx, const char *where, const char *text, int64_t n,
               struct gii_array *array);
/* Values as they were stored to this machine's byte order and C order of the sizes. */
int gii_arrange(struct ana_ctx *ctx, struct gii_array *array);

/* external.c: the values from the file `name` in the folder of `path`.
 * Owns: the caller frees *out, the file's path, also after a failure. */
int gii_external(struct ana_ctx *ctx, const char *where, const char *path,
                 const char *name, struct gii_array *array, char **out);

/* Value i of an array, in C order of its sizes. */
double gii_value(const struct gii_array *array, int64_t i);
/* Base64 of bytes. Owns: the caller (ana_free). */
char *gii_base64(struct ana_ctx *ctx, const uint8_t *bytes, int64_t n);

/* vertices.c: which vertices are targets, and what they are. */
struct gii_choice {
    const char *mask, *atlas, *surface, *space;
    int parcels;
};
struct gii_targets {
    int64_t N; /* vertices of the mesh */
    int64_t n;
    struct ana_target *target; /* n */
    int64_t *first, *member; /* n + 1, and vertices: those that a target is the mean of */
    char *names;             /* n x GII_NAME */
    char **region;           /* of the atlas */
    int64_t n_regions;
    struct {
        int64_t n;
        char **path;
    } external[3]; /* of mask, atlas and surface: files that hold their values */
};
enum { GII_NAME = 24 };
int gii_targets_make(struct ana_ctx *ctx, const struct gii_choice *choice, int64_t N,
                     const char *hemisphere, struct gii_targets *out);
void gii_targets_finish(struct ana_ctx *ctx, struct gii_targets *targets);

/* annot.c: the region of each of N vertices by FreeSurfer's .annot (-1 = none), and the
 * regions' names, "" where a number has none.
 * Owns: the caller frees each name, then the list, also after a failure. */
int gii_annot_read(struct ana_ctx *ctx, const char *path, int64_t N, int64_t *region,
                   int64_t *n, char ***name);

/* How many vertices a .annot is of. */
int gii_annot_vertices(struct ana_ctx *ctx, const char *path, int64_t *n);

/* label.c: FreeSurfer's .label, vertices of one region with their places (mm); `take`
 * is called for each. about: what its first line says ("" or up to room - 1 bytes).
 * Errors: ANA_EDATA with the line; those of `take`. */
int gii_label_read(struct ana_ctx *ctx, const char *path, size_t room, char *about,
                   int64_t *n,
                   int (*take)(struct ana_ctx *ctx, void *arg, int64_t line,
                               int64_t vertex, const double place[3]),
                   void *arg);

/* list.c: what a file holds; FreeSurfer's by their names. */
int gii_list(struct ana_ctx *ctx, const char *path, int64_t *n,
             struct ana_entry **entries);
int gii_is_annot(const char *path);
int gii_is_label(const char *path);

/* recording.c: files on one mesh as one recording; the reader's functions. */
int gii_recording_open(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, void **self);
int gii_recording_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info);
int gii_recording_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out);
int gii_recording_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                        const char *path);
void gii_recording_close(struct ana_ctx *ctx, void *self);

/* write.c: one value a vertex as .func.gii, whole or not at all. */
int gii_write(struct ana_ctx *ctx, int64_t N, const double *value, const char *hemisphere,
              const char *path);

#endif
