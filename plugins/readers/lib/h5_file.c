/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opening an HDF5 file: what it is from its first bytes, and libhdf5 told to load no
 * plugins, to print nothing and to take no lock.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "h5.h"

enum { HEAD = 4096 };

/* Where the signature stands: 0, or behind a user block of 512, 1024 ... bytes. */
static int64_t signature_at(const uint8_t *head, int64_t n)
{
    static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    for (int64_t at = 0; at + 16 <= n; at = at ? 2 * at : 512)
        if (memcmp(head + at, signature, sizeof signature) == 0)
            return at;
    return -1;
}

int h5_kind(const uint8_t *head, int64_t n)
{
    const int64_t at = signature_at(head, n);

    if (at < 0)
        return 0;
    return at >= 512 && memcmp(head, "MATLAB 7.3", 10) == 0 ? 2 : 1;
}

void h5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Eclear2(H5E_DEFAULT);
}

struct told {
    char text[160];
};

static herr_t take_innermost(unsigned n, const H5E_error2_t *error, void *arg)
{
    struct told *told = arg;

    (void)n;
    if (error->desc)
        snprintf(told->text, sizeof told->text, "%.150s", error->desc);
    return 0;
}

int h5_damaged(struct ana_ctx *ctx, const struct h5_file *file, const char *name,
               const char *what)
{
    struct told told = {""};

    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take_innermost, &told);
    H5Eclear2(H5E_DEFAULT);
    for (char *c = told.text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    return ana_fail(ctx, ANA_EDATA, "%s: `%.200s` %s; the file is damaged%s%s%s",
                    file->path, name, what, *told.text ? " (HDF5: " : "", told.text,
                    *told.text ? ")" : "");
}

/* A number of `width` bytes, little-endian as all of HDF5's own. */
static int64_t number_at(const uint8_t *bytes, int width)
{
    uint64_t x = 0;

    for (int i = 0; i < width; i++)
        x |= (uint64_t)bytes[i] << (8 * i);
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

/* The superblock's own idea of where the file ends; -1 = it is no superblock we know. */
static int64_t promised_end(const uint8_t *super, int64_t n)
{
    const int version = super[8];
    const int width = version < 2 ? super[13] : super[9];
    const int64_t at = version == 0 ? 24 : version == 1 ? 28 : 12;

    if (version > 3 || (width != 2 && width != 4 && width != 8) || at + 3 * width > n)
        return -1;
    return number_at(super + at + 2 * width, width);
}

static int check_head(struct ana_ctx *ctx, struct h5_file *file)
{
    uint8_t head[HEAD] = {0};
    FILE *stream = fopen(file->path, "rb");
    const int64_t n = stream ? (int64_t)fread(head, 1, sizeof head, stream) : 0;
    const int64_t at = signature_at(head, n);
    const int64_t end = at < 0 ? -1 : promised_end(head + at, n - at);

    if (!stream)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->path,
                        strerror(errno));
    fclose(stream);
    if (n == 0)
        return ana_fail(ctx, ANA_EDATA, "%s: is empty", file->path);
    if (at < 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is no HDF5 file: its signature stands neither at byte 0 nor "
                        "behind a user block",
                        file->path);
    if (end < 0)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: this is no superblock of HDF5; expected version 0 "
            "to 3 and addresses of 2, 4 or 8 bytes",
            file->path, (long long)at + 8);
    if (end > file->bytes)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: is cut short: its superblock says that it ends at byte %lld, "
            "and it ends at byte %lld; copy it again",
            file->path, (long long)end, (long long)file->bytes);
    file->matlab = h5_kind(head, n) == 2;
    return 0;
}

int h5_open(struct ana_ctx *ctx, const char *path, struct h5_file *file)
{
    struct stat st;
    hid_t access;
    int rc;

    *file = (struct h5_file){.id = -1};
    if (stat(path, &st) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (!S_ISREG(st.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is not a regular file", path);
    file->path = ana_strdup(ctx, path);
    if (!file->path)
        return ANA_ERESOURCE;
    file->bytes = st.st_size;
    rc = check_head(ctx, file);
    if (rc != 0)
        return rc;
    h5_quiet();
    H5PLset_loading_state(0);
    access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, 0, 1);
    file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file->id < 0 ? h5_damaged(ctx, file, "/", "cannot be opened") : 0;
}

void h5_close(struct ana_ctx *ctx, struct h5_file *file)
{
    h5_quiet();
    if (file->id > 0)
        H5Fclose(file->id);
    ana_free(ctx, file->path);
    *file = (struct h5_file){.id = -1};
}
