/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values in a file of their own beside the GIFTI file (ExternalFileBinary; SPM and CAT12 write
 * .gii with .dat): raw numbers from ExternalFileOffset on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/files.h>

#include "gifti.h"

/* The file of that name in the folder of `path`. */
static char *beside(struct ana_ctx *ctx, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *out = ana_alloc(ctx, (int64_t)(folder + strlen(name) + 1), 1);

    if (!out)
        return NULL;
    memcpy(out, path, folder);
    strcpy(out + folder, name);
    return out;
}

static int read_values(struct ana_ctx *ctx, const char *where, const char *path,
                       struct gii_array *a)
{
    const int64_t need = a->n * (int64_t)ana_dtype_size(a->dtype);
    struct stat status;
    int rc = ana_file_check(ctx, path);
    FILE *in = rc == 0 ? fopen(path, "rb") : NULL;

    if (rc != 0)
        return rc;
    if (!in || fstat(fileno(in), &status) != 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path, strerror(errno));
    else if (a->external_at > (int64_t)status.st_size ||
             need > (int64_t)status.st_size - a->external_at)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: %lld values need %lld bytes from byte %lld of %s on, which has "
                     "%lld; it is cut short, copy it again",
                     where, (long long)a->n, (long long)need, (long long)a->external_at,
                     path, (long long)status.st_size);
    if (rc == 0) {
        a->value = ana_alloc(ctx, need, 1);
        rc = a->value ? 0 : ANA_ERESOURCE;
    }
    if (rc == 0 && (fseeko(in, (off_t)a->external_at, SEEK_SET) != 0 ||
                    fread(a->value, 1, (size_t)need, in) != (size_t)need))
        rc = ana_fail(ctx, ANA_EDATA, "%s: byte %lld cannot be read", path,
                      (long long)a->external_at);
    if (in)
        fclose(in);
    return rc;
}

int gii_external(struct ana_ctx *ctx, const char *where, const char *path,
                 const char *name, struct gii_array *a, char **out)
{
    int rc;

    *out = NULL;
    if (!*name || strchr(name, '/') || strchr(name, '\\'))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: ExternalFileName is '%.60s': expected the name of a file beside "
            "this one",
            where, name);
    *out = beside(ctx, path, name);
    rc = *out ? read_values(ctx, where, *out, a) : ANA_ERESOURCE;
    return rc == 0 ? gii_arrange(ctx, a) : rc;
}
