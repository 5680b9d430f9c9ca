/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_LISTS_H
#define ANA_DATA_LISTS_H

#include <anaflow/tensor.h>

/* A list of names or numbers in a file of its own: lines of a .txt, an .npy, a column
 * of a .tsv or .csv with a header. */

struct ana_strings {
    int64_t n;
    char **item; /* from ana_alloc, each and the list */
};

struct ana_numbers { /* rows x columns, C order */
    int64_t rows, columns;
    double *value;
    double precision; /* of the type it was stored as, relative */
};

void ana_strings_finish(struct ana_ctx *ctx, struct ana_strings *strings);
void ana_numbers_finish(struct ana_ctx *ctx, struct ana_numbers *numbers);

/* Whether the extension is one of the four. */
int ana_list_known(const char *path);

/* Read a list. column: of a table, NULL = the first; for numbers x, y and z where
 * the table has all three. Numbers that are asked for as strings are written in digits.
 * Owns: the caller. Errors: ANA_EDATA with file and line. */
int ana_list_strings(struct ana_ctx *ctx, const char *path, const char *column,
                     struct ana_strings *out);
int ana_list_numbers(struct ana_ctx *ctx, const char *path, const char *column,
                     struct ana_numbers *out);

int ana_numbers_to_strings(struct ana_ctx *ctx, const struct ana_numbers *numbers,
                           struct ana_strings *out);

int ana_strings_to_numbers(struct ana_ctx *ctx, const char *path,
                           const struct ana_strings *strings, struct ana_numbers *out);

/* Rows and columns of a shape with at most two dimensions; ANA_EDATA otherwise. */
int ana_numbers_shape(struct ana_ctx *ctx, const char *path, const char *name,
                      int32_t ndim, const int64_t *shape, struct ana_numbers *out);

/* Relative precision of a stored type. */
double ana_dtype_precision(int32_t dtype);

/* "165 x 300". */
const char *ana_shape_text(int32_t ndim, const int64_t *shape, char buffer[192]);

#endif
