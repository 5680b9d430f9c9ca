/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One open file: its header, its events, its gaps.
 */
#include "edf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *make_stem(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ana_strdup(ctx, slash ? slash + 1 : path);
    char *dot = stem ? strrchr(stem, '.') : NULL;

    if (dot && dot != stem)
        *dot = 0;
    return stem;
}

int edf_open(struct ana_ctx *ctx, const char *path, struct edf_file **out)
{
    struct edf_file *file = ana_alloc(ctx, 1, sizeof *file);
    struct stat status;
    int rc = file ? 0 : ANA_ERESOURCE;

    *out = file;
    if (rc != 0)
        return rc;
    file->path = ana_strdup(ctx, path);
    file->stem = make_stem(ctx, path);
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        rc = ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", path, strerror(errno));
    else if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode))
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no file", path);
    if (rc == 0 && (!file->path || !file->stem))
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = edf_header(ctx, file);
    if (rc == 0)
        rc = edf_annotations(ctx, file);
    if (rc == 0)
        rc = edf_status(ctx, file);
    if (rc != 0) {
        edf_close(ctx, file);
        *out = NULL;
    }
    return rc;
}

void edf_close(struct ana_ctx *ctx, struct edf_file *file)
{
    if (!file)
        return;
    for (int64_t e = 0; e < file->n_events; e++)
        ana_free(ctx, file->events[e].text);
    ana_free(ctx, file->events);
    ana_free(ctx, file->segments);
    ana_free(ctx, file->signals);
    ana_free(ctx, file->path);
    ana_free(ctx, file->stem);
    if (file->fd >= 0)
        close(file->fd);
    ana_free(ctx, file);
}
