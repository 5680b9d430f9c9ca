/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a folder holds, what a file was when it was last seen, and locks on files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

int ana_file_sign(const char *path, struct ana_file_sign *sign)
{
    struct stat st;

    memset(sign, 0, sizeof *sign);
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    sign->size = st.st_size;
    sign->mtime = nanoseconds(&st.st_mtim);
    sign->ctime = nanoseconds(&st.st_ctim);
    sign->inode = st.st_ino;
    return 1;
}

int ana_folder_is(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int keep_name(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

int ana_folder_list(struct ana_ctx *ctx, const char *path, int64_t *n, char ***names)
{
    struct dirent **found = NULL;
    const int count = scandir(path, &found, keep_name, versionsort);
    int rc = 0;

    *n = 0;
    *names = ana_alloc(ctx, count > 0 ? count : 0, sizeof **names);
    rc = *names ? 0 : ANA_ERESOURCE;
    for (int i = 0; i < count; i++) {
        char *name = rc == 0 ? ana_strdup(ctx, found[i]->d_name) : NULL;

        if (name)
            (*names)[(*n)++] = name;
        else
            rc = ANA_ERESOURCE;
        free(found[i]);
    }
    free(found);
    return rc;
}

int ana_file_remove(struct ana_ctx *ctx, const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be removed: %s", path,
                    strerror(errno));
}

static int keep_temporary(const struct dirent *entry)
{
    return ana_file_is_temporary(entry->d_name);
}

void ana_folder_sweep(const char *path)
{
    struct dirent **found = NULL;
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int count =
        folder < 0 ? 0 : scandirat(folder, ".", &found, keep_temporary, NULL);

    for (int i = 0; i < count; i++) {
        unlinkat(folder, found[i]->d_name, 0);
        free(found[i]);
    }
    free(found);
    if (folder >= 0)
        close(folder);
}

void ana_file_touch(const char *path)
{
    (void)utimensat(AT_FDCWD, path, NULL, 0);
}

int ana_file_is_temporary(const char *name)
{
    for (const char *at = name; (at = strstr(at, ".tmp-")) != NULL; at++)
        if (at > name && strlen(at) >= 11 && (at[11] == 0 || at[11] == '.'))
            return 1;
    return 0;
}

int ana_lock_take(struct ana_ctx *ctx, const char *path, int wanted, int *lock)
{
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path,
                        strerror(errno));
    if (!ana_lock_change(*lock, wanted))
        ana_lock_release(lock);
    return 0;
}

int ana_lock_change(int lock, int wanted)
{
    int rc;

    do
        rc = flock(lock, wanted == ANA_LOCK_ALONE ? LOCK_EX | LOCK_NB : LOCK_SH);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

void ana_lock_release(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
