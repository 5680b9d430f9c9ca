/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Strings of a dataset: of fixed length, of varying length, or numbers that name
 * something.
 */
#include <stdio.h>
#include <string.h>

#include "h5.h"
#include "units.h"

enum { MOST_STRINGS = 1 << 20, LONGEST = 4096 };

static int make_text(struct ana_ctx *ctx, const char *bytes, size_t n, char **out)
{
    *out = units_text(ctx, bytes, (int64_t)(n < LONGEST ? n : LONGEST), 1, 1);
    return *out ? 0 : ANA_ERESOURCE;
}

static int fixed_strings(struct ana_ctx *ctx, struct h5_array *a, int64_t n,
                         char **strings)
{
    hid_t type = H5Dget_type(a->id);
    char *bytes = ana_alloc(ctx, n * a->width, 1);
    int rc = bytes ? 0 : ANA_ERESOURCE;

    if (rc == 0 && H5Dread(a->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        rc = h5_damaged_data(ctx, a->file, a->id, a->name, "that cannot be read");
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = make_text(ctx, bytes + i * a->width,
                       strnlen(bytes + i * a->width, (size_t)a->width), &strings[i]);
    ana_free(ctx, bytes);
    H5Tclose(type);
    return rc;
}

static int varying_strings(struct ana_ctx *ctx, struct h5_array *a, hid_t stored,
                           int64_t n, char **strings)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    char **found = ana_alloc(ctx, n, sizeof *found);
    int rc = found ? 0 : ANA_ERESOURCE;

    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5Tget_cset(stored));
    if (rc == 0 && H5Dread(a->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) < 0)
        rc = h5_damaged_data(ctx, a->file, a->id, a->name, "that cannot be read");
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = make_text(ctx, found[i] ? found[i] : "",
                       found[i] ? strnlen(found[i], LONGEST) : 0, &strings[i]);
    for (int64_t i = 0; found && i < n; i++)
        H5free_memory(found[i]);
    ana_free(ctx, found);
    H5Tclose(type);
    return rc;
}

static int number_strings(struct ana_ctx *ctx, struct h5_array *a, int64_t n,
                          char **strings)
{
    double *numbers;
    int64_t count;
    int rc = h5_array_numbers(ctx, a, &count, &numbers);

    for (int64_t i = 0; rc == 0 && i < n; i++) {
        char text[32];

        snprintf(text, sizeof text, "%.15g", numbers[i]);
        strings[i] = ana_strdup(ctx, text);
        rc = strings[i] ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0)
        ana_free(ctx, numbers);
    return rc;
}

int h5_array_text(struct ana_ctx *ctx, struct h5_array *a, int64_t *n, char ***strings)
{
    hid_t type = H5Dget_type(a->id);
    int rc = 0;

    h5_quiet();
    *n = h5_array_count(a);
    *strings = NULL;
    if (*n > MOST_STRINGS || *n * (a->dtype ? 1 : a->width) > H5_MOST_CHUNK)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%.200s` holds %lld strings; at most %d are read",
                      a->file->path, a->name, (long long)*n, MOST_STRINGS);
    else if (!a->dtype && H5Tget_class(type) != H5T_STRING)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%.200s` holds %s; names were expected",
                      a->file->path, a->name, a->what);
    if (rc == 0) {
        *strings = ana_alloc(ctx, *n, sizeof **strings);
        rc = *strings ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0 && !a->dtype)
        rc = h5_array_prove(ctx, a);
    if (rc == 0)
        rc = a->dtype                       ? number_strings(ctx, a, *n, *strings)
             : H5Tis_variable_str(type) > 0 ? varying_strings(ctx, a, type, *n, *strings)
                                            : fixed_strings(ctx, a, *n, *strings);
    for (int64_t i = 0; rc != 0 && *strings && i < *n; i++)
        ana_free(ctx, (*strings)[i]);
    if (rc != 0) {
        ana_free(ctx, *strings);
        *strings = NULL;
        *n = 0;
    }
    H5Tclose(type);
    return rc;
}
