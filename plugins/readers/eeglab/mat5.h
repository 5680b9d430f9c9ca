/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_MAT5_H
#define PLUGIN_MAT5_H

#include <anaflow/base.h>

/* MAT-files of level 5 (MathWorks, "MAT-File Format", versions 6 and 7), as far as a .set
 * needs them: looked at where they lie, never copied; every size is checked against the
 * bytes that there are. */

#define M5_CELL 1
#define M5_STRUCT 2
#define M5_CHAR 4

/* An array somewhere in a file. */
struct m5 {
    int class_; /* M5_..., 6 .. 15 numbers, others not read */
    int complex_, swap;
    int64_t rows, columns, n; /* n: of all elements; columns = n / rows */
    const char *name;         /* not ended by 0 */
    int64_t n_name;
    int type; /* of the stored numbers */
    const uint8_t *data;
    int64_t bytes;     /* of data: numbers, or what a struct or cell holds */
    const char *field; /* STRUCT: names, each field_room long */
    int64_t n_fields, field_room;
};

struct m5_file {
    const char *path;
    uint8_t *memory;
    int64_t n_memory;
    int swap;
    int64_t n_arrays, room;
    struct m5 *array;         /* at the top */
    uint8_t **inflated;       /* n_arrays; NULL where an array was not compressed */
    int64_t *n_inflated, *at; /* n_arrays: its bytes, and where the array stands */
};

/* Read a whole file. Owns: the caller; m5_finish, also after a failure. path must stay.
 * Errors: ANA_EDATA with file and byte. */
int m5_read(struct ana_ctx *ctx, const char *path, struct m5_file *out);
void m5_finish(struct ana_ctx *ctx, struct m5_file *file);

/* The array of that name at the top; NULL if there is none. */
const struct m5 *m5_find(const struct m5_file *file, const char *name);

/* Where an array's values stand, "byte 776" or, of what is compressed, "byte 128,
 * compressed"; NULL = where the file's arrays begin. */
void m5_place(const struct m5_file *file, const struct m5 *array, char out[48]);

/* Walk through what a struct (its fields, element after element) or a cell holds. Start
 * with {0}; 1 = *out is the next, of element walk.element and field walk.field; 0 = the
 * end, or (bad = 1) what follows is damaged. */
struct m5_walk {
    int64_t at, element, field, k;
    int bad;
};
int m5_next(const struct m5 *of, struct m5_walk *walk, struct m5 *out);

/* 1 if the walk stands at a field of that name. */
int m5_at(const struct m5 *of, const struct m5_walk *walk, const char *name);

/* A field of a struct's first element; 0 if there is none (out is then empty). */
int m5_field(const struct m5 *of, const char *name, struct m5 *out);

/* Number i of a numeric array; NaN where there is none. */
double m5_number(const struct m5 *array, int64_t i);

/* A text as UTF-8, trimmed; a number as it is printed; "" for what is neither. */
void m5_text(const struct m5 *array, char *out, int64_t room);

#endif
