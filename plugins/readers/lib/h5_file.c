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
#include "h5_blocks.h"

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

/* What a superblock says against what the file is. One that was moved, with a user block
 * put before the file or taken away, keeps its old begin. */
static int check_super(struct ana_ctx *ctx, struct h5_file *file, const uint8_t *bytes,
                       int64_t n)
{
    struct h5_super super;

    if (!h5_take_super(file, bytes, n, &super))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: this is no superblock of HDF5; expected version 0 "
            "to 3 and addresses of 2, 4 or 8 bytes",
            file->path, (long long)file->base + 8);
    if (!h5_is_width(file->length_width))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the superblock has lengths of %d bytes; expected "
                        "2, 4 or 8; the file is damaged",
                        file->path, (long long)file->base + super.length_at,
                        file->length_width);
    if (super.begin > super.end)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: the superblock says that the file begins at byte "
                        "%lld and ends at byte %lld; the file is damaged",
                        file->path, (long long)file->base + super.begin_at,
                        (long long)super.begin, (long long)super.end);
    if (super.end > file->bytes)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: is cut short: its superblock says that it ends at byte %lld, "
            "and it ends at byte %lld; copy it again",
            file->path, (long long)super.end, (long long)file->bytes);
    if (super.root >= file->bytes - file->base)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld: the superblock says that the root group is at byte "
            "%lld, and the file ends at byte %lld; the file is damaged",
            file->path, (long long)file->base + super.root_at, (long long)super.root,
            (long long)file->bytes);
    file->root = file->base + super.root;
    return 0;
}

static int check_head(struct ana_ctx *ctx, struct h5_file *file)
{
    uint8_t head[HEAD] = {0};
    FILE *stream = fopen(file->path, "rb");
    const int64_t n = stream ? (int64_t)fread(head, 1, sizeof head, stream) : 0;
    const int64_t at = signature_at(head, n);

    if (!stream)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", file->path,
                        strerror(errno));
    fclose(stream);
    if (n == 0)
        return ana_fail(ctx, ANA_EDATA, "%s: byte 0: the file is empty", file->path);
    if (at < 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: is no HDF5 file: its signature stands neither at byte 0 nor "
                        "behind a user block",
                        file->path);
    file->base = at;
    file->matlab = h5_kind(head, n) == 2;
    return check_super(ctx, file, head + at, n - at);
}

int h5_open(struct ana_ctx *ctx, const char *path, struct h5_file *file)
{
    struct stat st;
    hid_t access;
    int rc;

    *file = (struct h5_file){.id = -1, .root = -1};
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
    return file->id < 0 ? h5_damaged(ctx, file, -1, "/", "cannot be opened") : 0;
}

void h5_close(struct ana_ctx *ctx, struct h5_file *file)
{
    h5_quiet();
    if (file->id > 0)
        H5Fclose(file->id);
    ana_free(ctx, file->path);
    *file = (struct h5_file){.id = -1, .root = -1};
}
