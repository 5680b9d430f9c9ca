/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files for what does not fit into memory: they have no name and end with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/context_parts.h"
#include "base/file.h"
#include "base/text.h"

enum { PATH = 4096 };

void ana_ctx_set_scratch(struct ana_ctx *ctx, const char *folder)
{
    char *copy = folder ? strdup(folder) : NULL;

    pthread_mutex_lock(&ctx->shared->lock);
    free(ctx->shared->scratch);
    ctx->shared->scratch = copy;
    pthread_mutex_unlock(&ctx->shared->lock);
}

void ana_ctx_set_keeper(struct ana_ctx *ctx, const struct ana_keeper *keeper)
{
    ctx->shared->keeper = keeper;
}

const struct ana_keeper *ana_ctx_keeper(const struct ana_ctx *ctx)
{
    return ctx->shared->keeper;
}

/* -1 = none can be made there: errno. */
static int make_in(const char *folder)
{
    char path[PATH];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    if (snprintf(path, sizeof path, "%s/anaflow-XXXXXX", folder) >= PATH)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int ana_file_reserve(struct ana_ctx *ctx, int fd, int64_t bytes, const char *what,
                     const char *folder)
{
    char needed[32], left[32];
    struct statvfs disk;

    if (bytes == 0 || fallocate(fd, 0, 0, (off_t)bytes) == 0 ||
        (errno != ENOSPC && errno != EFBIG))
        return 0;
    memset(&disk, 0, sizeof disk);
    fstatvfs(fd, &disk);
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "%s of %s does not fit into %s, which has %s free; choose another folder with "
        "`cache` in [study]",
        what, ana_text_bytes(bytes, needed), folder,
        ana_text_bytes((int64_t)disk.f_bavail * (int64_t)disk.f_frsize, left));
}

int ana_scratch(struct ana_ctx *ctx, int64_t bytes, int *fd)
{
    const char *const folders[] = {ctx->shared->scratch, getenv("ANAFLOW_CACHE"),
                                   getenv("TMPDIR"), "/var/tmp", "/tmp"};
    int rc;

    *fd = -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i] || !*folders[i])
            continue;
        *fd = make_in(folders[i]);
        if (*fd < 0)
            continue;
        rc = ana_file_reserve(ctx, *fd, bytes, "a scratch file", folders[i]);
        if (rc != 0) {
            close(*fd);
            *fd = -1;
        }
        return rc;
    }
    return ana_fail(
        ctx, ANA_ERESOURCE,
        "no scratch file can be made: %s; choose a folder that can be written "
        "with `cache` in [study]",
        strerror(errno));
}
