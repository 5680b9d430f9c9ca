/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Strings of a MAT file as UTF-8: rows of a char matrix, cells of text, one field of a
 * struct array. matio hands characters over as they were stored: bytes (UTF-8 or, from
 * old files, Latin-1) or 16-bit units.
 */
#include "mat.h"

#include <stdio.h>
#include <string.h>

#include "plugins/readers/lib/units.h"

static int unit_size(const matvar_t *variable)
{
    switch (variable->data_type) {
    case MAT_T_UINT16:
    case MAT_T_INT16:
    case MAT_T_UTF16:
        return 2;
    case MAT_T_UINT8:
    case MAT_T_INT8:
    case MAT_T_UTF8:
        return 1;
    default:
        return 0;
    }
}

static int refuse_text(struct ana_ctx *ctx, const struct mat_file *file, const char *name)
{
    return ana_fail(ctx, ANA_EDATA,
                    "%s: `%s` is no text: save it as a cell array of strings (cellstr)",
                    file->path, name ? name : "the array");
}

/* Rows and columns of a char matrix whose data is as long as it says. */
static int char_matrix(const matvar_t *variable, int64_t *rows, int64_t *columns)
{
    const int size = unit_size(variable);
    const int64_t n = mat_count(variable);

    if (variable->class_type != MAT_C_CHAR || variable->rank != 2)
        return 0;
    *rows = (int64_t)variable->dims[0];
    *columns = (int64_t)variable->dims[1];
    if (n == 0)
        return 1;
    if (!variable->data || size == 0 || n == INT64_MAX)
        return 0;
    if (*rows == 1) /* in UTF-8 there may be more bytes than characters */
        *columns = (int64_t)(variable->nbytes / (size_t)size);
    return (size_t)n <= variable->nbytes / (size_t)size;
}

/* One string: a char row, an empty array, or a number that names something. */
static int one_string(struct ana_ctx *ctx, const struct mat_file *file, const char *name,
                      const matvar_t *variable, char **out)
{
    int64_t rows = 0, columns = 0;

    if (!variable || mat_count(variable) == 0) {
        *out = ana_strdup(ctx, "");
    } else if (char_matrix(variable, &rows, &columns) && rows == 1) {
        *out = units_text(ctx, variable->data, columns, 1, unit_size(variable));
    } else if (variable->class_type == MAT_C_DOUBLE && mat_count(variable) == 1 &&
               variable->data && variable->nbytes >= sizeof(double) &&
               !variable->isComplex) {
        char text[32];

        snprintf(text, sizeof text, "%.15g", *(const double *)variable->data);
        *out = ana_strdup(ctx, text);
    } else {
        return refuse_text(ctx, file, name);
    }
    return *out ? 0 : ANA_ERESOURCE;
}

static int matrix_rows(struct ana_ctx *ctx, const struct mat_file *file, const char *name,
                       const matvar_t *variable, int64_t *n, char ***strings)
{
    int64_t rows = 0, columns = 0;
    const int size = variable ? unit_size(variable) : 0;

    if (!variable || !char_matrix(variable, &rows, &columns))
        return refuse_text(ctx, file, name);
    *strings = ana_alloc(ctx, rows, sizeof **strings);
    if (!*strings)
        return ANA_ERESOURCE;
    for (*n = 0; *n < rows; ++*n) {
        (*strings)[*n] =
            columns == 0 ? ana_strdup(ctx, "")
                         : units_text(ctx, (const uint8_t *)variable->data + *n * size,
                                      columns, rows, size);
        if (!(*strings)[*n])
            return ANA_ERESOURCE;
    }
    return 0;
}

static int each_element(struct ana_ctx *ctx, struct mat_file *file, const char *name,
                        const struct mat_place *place, int64_t *n, char ***strings)
{
    int rc = 0;

    *strings = ana_alloc(ctx, place->n, sizeof **strings);
    if (!*strings)
        return ANA_ERESOURCE;
    for (*n = 0; rc == 0 && *n < place->n;) {
        struct mat_place element;

        rc = mat_element(ctx, file, place, *n, &element);
        if (rc == 0)
            rc = one_string(ctx, file, name, element.variable, &(*strings)[*n]);
        *n += rc == 0;
    }
    return rc;
}

int mat_text(struct ana_ctx *ctx, void *self, const char *name, int64_t *n,
             char ***strings)
{
    struct mat_place place;
    int rc = mat_find(ctx, self, name, -1, 1, &place);

    *n = 0;
    *strings = NULL;
    if (rc == 0)
        rc = place.n > 0 ? each_element(ctx, self, name, &place, n, strings)
                         : matrix_rows(ctx, self, name, place.variable, n, strings);
    if (rc == 0)
        return 0;
    for (int64_t i = 0; i < *n; i++)
        ana_free(ctx, (*strings)[i]);
    ana_free(ctx, *strings);
    *n = 0;
    *strings = NULL;
    return rc;
}
