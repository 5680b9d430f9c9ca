/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A file as bytes.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(struct ana_ctx *ctx, const char *path, int fd, int64_t size,
                    uint8_t *out)
{
    int64_t done = 0;

    while (done < size) {
        const ssize_t n = read(fd, out + done, (size_t)(size - done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ana_fail(ctx, ANA_EDATA, "%s: byte %lld of %lld cannot be read: %s",
                            path, (long long)done, (long long)size,
                            n < 0 ? strerror(errno) : "the file became shorter");
        done += n;
    }
    return 0;
}

int file_read_whole(struct ana_ctx *ctx, const char *path, uint8_t **bytes, int64_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    int rc = 0;

    *bytes = NULL;
    *size = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be read: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no file; name the network's .onnx file",
                      path);
    else if (st.st_size < 1 || st.st_size > INT32_MAX)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: has %lld bytes, and an ONNX file has 1 to 2,147,483,647; larger "
            "weights lie in files of their own beside it (external data)",
            path, (long long)st.st_size);
    if (rc == 0) {
        *size = st.st_size;
        *bytes = ana_alloc(ctx, *size, 1);
        rc = *bytes ? read_all(ctx, path, fd, *size, *bytes) : ANA_ERESOURCE;
    }
    if (fd >= 0)
        close(fd);
    return rc;
}
