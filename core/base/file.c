/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files read with a limit and written whole or not at all. A result that exists
 * is complete: it is written beside its place, synced, and renamed into it.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file_set.h"
#include "base/text.h"

enum { PIECE = 1 << 20 };

/* What the system has no more of is no fault of the file. */
static int status_of(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO
               ? ANA_ERESOURCE
               : ANA_EDATA;
}

/* A read that failed, or found less than the file's size. */
static int fail_reading(struct ana_ctx *ctx, const char *path, int error)
{
    return ana_fail(ctx, status_of(error), "%s: could not be read to its end: %s", path,
                    error ? strerror(error) : "it has become shorter meanwhile");
}

/* Open a regular file and take its size; a folder, FIFO or device is refused. */
static int open_regular(struct ana_ctx *ctx, const char *path, int *fd, int64_t *n)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return ana_fail(ctx, status_of(errno), "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        return ana_fail(ctx, ANA_EDATA, "%s: is not a regular file", path);
    }
    ana_ctx_saw(ctx, path);
    *n = st.st_size;
    return 0;
}

int ana_file_check(struct ana_ctx *ctx, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || (S_ISREG(st.st_mode) && access(path, R_OK) != 0))
        return ana_fail(ctx, status_of(errno), "%s: cannot be opened: %s", path,
                        strerror(errno));
    if (!S_ISREG(st.st_mode))
        return ana_fail(ctx, ANA_EDATA, "%s: is %s, and a file was expected", path,
                        S_ISDIR(st.st_mode)    ? "a folder"
                        : S_ISFIFO(st.st_mode) ? "a pipe"
                                               : "a device");
    return 0;
}

/* 0, or an errno; -1 where the file ends before. */
static int read_all(int fd, char *data, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t k = read(fd, data + done, (size_t)(n - done));

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return k < 0 ? errno : -1;
        done += k;
    }
    return 0;
}

int ana_file_read(struct ana_ctx *ctx, const char *path, int64_t most, char **data,
                  int64_t *n)
{
    int fd, rc = open_regular(ctx, path, &fd, n);

    *data = NULL;
    if (rc != 0)
        return rc;
    if (*n > most) {
        close(fd);
        return ana_fail(ctx, ANA_EDATA,
                        "%s: has %lld bytes, more than the %lld allowed here", path,
                        (long long)*n, (long long)most);
    }
    *data = ana_alloc(ctx, *n + 1, 1);
    if (!*data) {
        close(fd);
        return ANA_ERESOURCE;
    }
    rc = read_all(fd, *data, *n);
    close(fd);
    if (rc == 0)
        return 0;
    ana_free(ctx, *data);
    *data = NULL;
    return fail_reading(ctx, path, rc > 0 ? rc : 0);
}

int ana_file_pieces(struct ana_ctx *ctx, const char *path,
                    int (*take)(void *arg, const void *data, int64_t n), void *arg)
{
    int64_t n, done = 0;
    int fd, rc = open_regular(ctx, path, &fd, &n);
    char *piece;

    if (rc != 0)
        return rc;
    piece = ana_alloc(ctx, PIECE, 1);
    if (!piece) {
        close(fd);
        return ANA_ERESOURCE;
    }
    while (rc == 0 && done < n) {
        const int64_t k = n - done < PIECE ? n - done : PIECE;

        rc = read_all(fd, piece, k);
        if (rc == 0)
            rc = take(arg, piece, k);
        done += k;
    }
    close(fd);
    ana_free(ctx, piece);
    return rc == 0 ? 0 : fail_reading(ctx, path, rc > 0 ? rc : 0);
}

int ana_file_map(struct ana_ctx *ctx, const char *path, const uint8_t **data, int64_t *n)
{
    int fd, rc = open_regular(ctx, path, &fd, n);
    void *map;

    *data = NULL;
    if (rc != 0)
        return rc;
    if (*n == 0) {
        close(fd);
        return ana_fail(ctx, ANA_EDATA, "%s: byte 0: the file is empty", path);
    }
    map = mmap(NULL, (size_t)*n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be mapped: %s", path,
                        strerror(errno));
    *data = map;
    return 0;
}

void ana_file_unmap(const uint8_t *data, int64_t n)
{
    if (data)
        munmap((void *)(uintptr_t)data, (size_t)n);
}

int ana_writer_open(struct ana_ctx *ctx, const char *path, struct ana_writer *writer)
{
    const size_t n = strlen(path);
    int fd;

    memset(writer, 0, sizeof *writer);
    writer->path = ana_strdup(ctx, path);
    writer->temporary = ana_alloc(ctx, (int64_t)n + 16, 1);
    if (!writer->path || !writer->temporary) {
        ana_writer_abort(writer);
        return ANA_ERESOURCE;
    }
    snprintf(writer->temporary, n + 16, "%s.tmp-XXXXXX", path);
    fd = mkostemp(writer->temporary, O_CLOEXEC);
    if (fd < 0)
        goto fail;
    fchmod(fd, 0644);
    writer->file = fdopen(fd, "wb");
    if (writer->file)
        return 0;
    close(fd);
    unlink(writer->temporary);
fail:
    ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path, strerror(errno));
    ana_free(ctx, writer->path);
    ana_free(ctx, writer->temporary);
    memset(writer, 0, sizeof *writer);
    return ANA_ERESOURCE;
}

void ana_writer_abort(struct ana_writer *writer)
{
    if (writer->file)
        fclose(writer->file);
    if (writer->temporary)
        unlink(writer->temporary);
    ana_free(NULL, writer->path);
    ana_free(NULL, writer->temporary);
    memset(writer, 0, sizeof *writer);
}

void ana_file_sync_folder(const char *path)
{
    char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
    int fd;

    if (slash)
        *slash = 0;
    fd = open(slash ? (slash == copy ? "/" : copy) : ".",
              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

static int not_whole(struct ana_ctx *ctx, const struct ana_writer *writer, int error)
{
    return ana_fail(ctx, ANA_ERESOURCE, "%s: could not be written whole: %s",
                    writer->path, strerror(error));
}

/* Now, or with the others of a set. */
static int come_into_place(struct ana_ctx *ctx, const struct ana_writer *writer)
{
    if (!writer->alone && ana_ctx_files(ctx))
        return ana_file_set_add(ctx, writer->path, writer->temporary);
    if (rename(writer->temporary, writer->path) != 0)
        return not_whole(ctx, writer, errno);
    ana_file_sync_folder(writer->path);
    return 0;
}

int ana_writer_close(struct ana_ctx *ctx, struct ana_writer *writer)
{
    int failed = 0, error = 0, rc = 0;

    if (ferror(writer->file) || fflush(writer->file) != 0 ||
        fsync(fileno(writer->file)) != 0)
        failed = 1, error = errno;
    if (fclose(writer->file) != 0 && !failed)
        failed = 1, error = errno;
    writer->file = NULL;
    if (failed)
        rc = not_whole(ctx, writer, error);
    else
        rc = come_into_place(ctx, writer);
    if (rc == 0) {
        ana_free(ctx, writer->temporary);
        writer->temporary = NULL;
    }
    ana_writer_abort(writer);
    return rc;
}

int ana_writer_rest(struct ana_ctx *ctx, struct ana_writer *writer)
{
    const int failed = fclose(writer->file) != 0;

    writer->file = NULL;
    return failed ? not_whole(ctx, writer, errno) : 0;
}

int ana_writer_place(struct ana_ctx *ctx, const struct ana_writer *writer, int64_t at,
                     const void *data, int64_t n)
{
    const int fd = open(writer->temporary, O_WRONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;

    for (int64_t done = 0; !error && done < n;) {
        const ssize_t k =
            pwrite(fd, (const char *)data + done, (size_t)(n - done), (off_t)(at + done));

        if (k > 0)
            done += k;
        else if (k == 0 || errno != EINTR)
            error = k == 0 ? ENOSPC : errno;
    }
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    return error ? not_whole(ctx, writer, error) : 0;
}

int ana_writer_wake(struct ana_ctx *ctx, struct ana_writer *writer)
{
    writer->file = fopen(writer->temporary, "r+be");
    return writer->file ? 0 : not_whole(ctx, writer, errno);
}

int ana_file_write(struct ana_ctx *ctx, const char *path, const char *data, int64_t n)
{
    struct ana_writer writer;
    int rc = ana_writer_open(ctx, path, &writer);

    if (rc != 0)
        return rc;
    fwrite(data, 1, (size_t)n, writer.file);
    return ana_writer_close(ctx, &writer);
}

int ana_folder_make(struct ana_ctx *ctx, const char *path)
{
    char *copy = ana_strdup(ctx, path);
    struct stat st;
    int error = 0;

    if (!copy)
        return ANA_ERESOURCE;
    for (char *p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST && !error)
            error = errno;
        *p = '/';
    }
    if (mkdir(copy, 0777) != 0 && errno != EEXIST && !error)
        error = errno;
    ana_free(ctx, copy);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE, "%s: the folder cannot be made: %s", path,
                    error ? strerror(error) : "something else has that name");
}

static int natural_order(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

int ana_file_glob(struct ana_ctx *ctx, const char *pattern, int64_t *n, char ***paths)
{
    glob_t found;
    int rc = glob(pattern, GLOB_BRACE, NULL, &found);

    *n = 0;
    *paths = NULL;
    if (rc == GLOB_NOMATCH)
        return 0;
    if (rc != 0)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: the folder cannot be listed", pattern);
    *paths = ana_alloc(ctx, (int64_t)found.gl_pathc, sizeof **paths);
    for (size_t i = 0; *paths && i < found.gl_pathc; i++) {
        (*paths)[i] = ana_strdup(ctx, found.gl_pathv[i]);
        if (!(*paths)[i]) {
            while (i-- > 0)
                ana_free(ctx, (*paths)[i]);
            ana_free(ctx, *paths);
            *paths = NULL;
        }
    }
    *n = *paths ? (int64_t)found.gl_pathc : 0;
    globfree(&found);
    if (!*paths)
        return ANA_ERESOURCE;
    qsort(*paths, (size_t)*n, sizeof **paths, natural_order);
    return 0;
}

int ana_file_same(const char *a, const char *b)
{
    struct stat s, t;

    return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev &&
           s.st_ino == t.st_ino;
}

char *ana_path_join(struct ana_ctx *ctx, const char *base, const char *path)
{
    const size_t n = strlen(base) + strlen(path) + 2;
    char *joined;

    if (path[0] == '/' || base[0] == 0 || strcmp(base, ".") == 0)
        return ana_strdup(ctx, path);
    joined = ana_alloc(ctx, (int64_t)n, 1);
    if (joined)
        snprintf(joined, n, "%s/%s", base, path);
    return joined;
}
