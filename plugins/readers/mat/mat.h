/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_MAT_H
#define PLUGIN_MAT_H

#include <matio.h>

#include <anaflow/arrays.h>

/* One open MAT file. matio finds a variable by scanning, so that the last one that was
 * read is kept: 40 cells of one variable are read once. */
struct mat_file {
    mat_t *mat;
    char *path;
    int64_t bytes; /* of the file */
    char *name;    /* of the variable that is kept, or NULL */
    matvar_t *kept;
    int has_data; /* its numbers too, not only its shape */
};

/* A variable that a name leads to: "C.ids", or one cell of it. `n` is the number of
 * cells or struct elements where no single one is meant, else 0. */
struct mat_place {
    const matvar_t *variable; /* NULL = an empty cell */
    const matvar_t *structs;  /* a struct array on the way, or NULL */
    const char *field;        /* what comes behind it */
    int64_t n;
};

/* mat_check.c: the kind of file from its first bytes: 4, 5 or 7 (7.3), 0 = none of them;
 * then that what its headers promise is there. */
int mat_kind(const uint8_t *head, int64_t n);
int mat_check(struct ana_ctx *ctx, const char *path, int64_t *bytes);

/* mat_find.c: names to variables. */
int mat_find(struct ana_ctx *ctx, struct mat_file *file, const char *name, int64_t cell,
             int with_data, struct mat_place *place);
int mat_element(struct ana_ctx *ctx, struct mat_file *file, const struct mat_place *place,
                int64_t i, struct mat_place *out);
int64_t mat_count(const matvar_t *variable);
int mat_list(struct ana_ctx *ctx, void *file, int64_t *n, char ***names);

/* mat_text.c: strings. */
int mat_text(struct ana_ctx *ctx, void *file, const char *name, int64_t *n,
             char ***strings);

/* mat_file.c: the format, for ana_arrays_*: v4 and v5. mat_kinds.c: and v7.3. */
extern const struct ana_array_file_vt mat_format;
extern const struct ana_array_file_vt mat_any_format;

#endif
