/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Attributes of one value: a string, a number, a reference. What is of another kind or
 * longer than any real one counts as not there.
 */
#include <stdio.h>
#include <string.h>

#include "h5.h"

enum { LONGEST = 65536 };

/* An attribute with its type; 0 where it is not there or too large to be one value. */
static int open_one(hid_t object, const char *name, hid_t *attribute, hid_t *type)
{
    hid_t space;
    int one;

    h5_quiet();
    *type = -1;
    *attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (*attribute < 0)
        return 0;
    space = H5Aget_space(*attribute);
    one = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
          H5Aget_storage_size(*attribute) <= LONGEST;
    if (space >= 0)
        H5Sclose(space);
    if (one)
        *type = H5Aget_type(*attribute);
    if (*type < 0) {
        H5Aclose(*attribute);
        return 0;
    }
    return 1;
}

static void close_one(hid_t attribute, hid_t type)
{
    H5Tclose(type);
    H5Aclose(attribute);
}

/* A string of varying length, which libhdf5 makes; H5free_memory it. */
static char *read_varying(hid_t attribute, hid_t type)
{
    hid_t memory = H5Tcopy(H5T_C_S1);
    char *text = NULL;

    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Aread(attribute, memory, &text) < 0)
        text = NULL;
    H5Tclose(memory);
    return text;
}

static int read_text(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
                     hid_t attribute, hid_t type, char **text)
{
    const size_t n = H5Tget_size(type);
    char *bytes;
    int rc = 0;

    if (H5Tis_variable_str(type) > 0) {
        bytes = read_varying(attribute, type);
        if (!bytes)
            return h5_damaged(ctx, file, attribute, name, "cannot be read");
        *text = ana_strdup(ctx, strnlen(bytes, LONGEST) < LONGEST ? bytes : "");
        H5free_memory(bytes);
        return *text ? 0 : ANA_ERESOURCE;
    }
    bytes = ana_alloc(ctx, (int64_t)n + 1, 1);
    if (!bytes)
        return ANA_ERESOURCE;
    if (H5Aread(attribute, type, bytes) < 0)
        rc = h5_damaged(ctx, file, attribute, name, "cannot be read");
    for (size_t i = n; rc == 0 && i > 0 && (bytes[i - 1] == ' ' || !bytes[i - 1]); i--)
        bytes[i - 1] = 0;
    if (rc == 0)
        *text = ana_strdup(ctx, bytes);
    ana_free(ctx, bytes);
    return rc == 0 && !*text ? ANA_ERESOURCE : rc;
}

int h5_attribute_text(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                      const char *name, char **text)
{
    hid_t attribute, type;
    int rc = 0;

    *text = NULL;
    if (!open_one(object, name, &attribute, &type))
        return 0;
    if (H5Tget_class(type) == H5T_STRING && H5Tget_size(type) <= LONGEST)
        rc = read_text(ctx, file, name, attribute, type, text);
    close_one(attribute, type);
    return rc;
}

void h5_attribute_word(hid_t object, const char *name, char word[H5_WORD])
{
    hid_t attribute, type;
    char *varying = NULL;

    memset(word, 0, H5_WORD);
    if (object < 0 || !open_one(object, name, &attribute, &type))
        return;
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0)
        varying = read_varying(attribute, type);
    else if (H5Tget_class(type) == H5T_STRING && H5Tget_size(type) < H5_WORD &&
             H5Aread(attribute, type, word) < 0)
        memset(word, 0, H5_WORD);
    if (varying)
        snprintf(word, H5_WORD, "%s", varying);
    H5free_memory(varying);
    close_one(attribute, type);
}

int h5_attribute_number(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                        const char *name, double *value, int *there)
{
    hid_t attribute, type;
    H5T_class_t kind;
    int rc = 0;

    *there = 0;
    if (!open_one(object, name, &attribute, &type))
        return 0;
    kind = H5Tget_class(type);
    *there = (kind == H5T_INTEGER || kind == H5T_FLOAT) &&
             H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0;
    if (!*there && (kind == H5T_INTEGER || kind == H5T_FLOAT))
        rc = h5_damaged(ctx, file, attribute, name, "cannot be read");
    close_one(attribute, type);
    return rc;
}

int h5_attribute_reference(struct ana_ctx *ctx, const struct h5_file *file, hid_t object,
                           const char *name, hid_t *target)
{
    hid_t attribute, type;
    hobj_ref_t reference;
    int there;

    *target = -1;
    if (!open_one(object, name, &attribute, &type))
        return 0;
    there = H5Tequal(type, H5T_STD_REF_OBJ) > 0 &&
            H5Aread(attribute, H5T_STD_REF_OBJ, &reference) >= 0;
    close_one(attribute, type);
    return there ? h5_follow(ctx, file, name, &reference, target) : 0;
}
