/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that take their places together: a list of places and of what is to come to each,
 * and two rounds of renames, of which a failed one is taken back.
 */
#include "base/file_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/hash.h"

enum { MOST_NAME = 100 }; /* of a temporary one; who writes it may want a longer one */

static const char former_ending[] = ".tmp-former";

struct member {
    char *path, *temporary; /* temporary: NULL = what stands at `path` only goes */
    char *former;           /* where what stood at `path` is meanwhile */
    int aside, placed;
};

struct ana_file_set {
    pthread_mutex_t lock;
    struct member *members;
    int64_t n;
};

int ana_file_set_begin(struct ana_ctx *ctx, struct ana_file_set **out)
{
    struct ana_file_set *set = ana_alloc(ctx, 1, sizeof *set);

    *out = NULL;
    if (!set)
        return ANA_ERESOURCE;
    if (pthread_mutex_init(&set->lock, NULL) != 0) {
        ana_free(ctx, set);
        return ana_fail(ctx, ANA_ERESOURCE, "the system has no lock to give");
    }
    ana_ctx_set_files(ctx, set);
    *out = set;
    return 0;
}

static void finish(struct ana_ctx *ctx, struct ana_file_set *set)
{
    ana_ctx_set_files(ctx, NULL);
    for (int64_t i = 0; i < set->n; i++) {
        ana_free(ctx, set->members[i].path);
        ana_free(ctx, set->members[i].temporary);
        ana_free(ctx, set->members[i].former);
    }
    ana_free(ctx, set->members);
    pthread_mutex_destroy(&set->lock);
    ana_free(ctx, set);
}

void ana_file_set_abort(struct ana_ctx *ctx, struct ana_file_set *set)
{
    if (!set)
        return;
    for (int64_t i = 0; i < set->n; i++)
        if (set->members[i].temporary)
            unlink(set->members[i].temporary);
    finish(ctx, set);
}

/* One more, whose strings are there already. The lock is held. */
static int append(struct ana_ctx *ctx, struct ana_file_set *set,
                  const struct member *member)
{
    if ((set->n & (set->n - 1)) == 0) { /* room doubles at powers of two */
        struct member *grown = ana_alloc(ctx, set->n > 0 ? 2 * set->n : 1, sizeof *grown);

        if (!grown)
            return ANA_ERESOURCE;
        if (set->n > 0)
            memcpy(grown, set->members, (size_t)set->n * sizeof *grown);
        ana_free(ctx, set->members);
        set->members = grown;
    }
    set->members[set->n++] = *member;
    return 0;
}

/* NAME.tmp-former, which is a temporary file's name, too. One that would be too long is cut
 * and told apart by its hash: it comes back after a failure, but a kill loses it. */
static char *name_former(struct ana_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t n_folder = slash ? slash + 1 - path : 0, n = strlen(path);
    const size_t room = n + sizeof former_ending;
    char *former = ana_alloc(ctx, (int64_t)room, 1);

    if (former && n - n_folder + sizeof former_ending - 1 <= NAME_MAX)
        snprintf(former, room, "%s%s", path, former_ending);
    else if (former)
        snprintf(former, room, "%.*s.tmp-%.6s", (int)(n_folder + MOST_NAME), path,
                 ana_hash_bytes(path, (int64_t)n).hex);
    return former;
}

int ana_file_set_add(struct ana_ctx *ctx, const char *path, const char *place)
{
    struct ana_file_set *set = ana_ctx_files(ctx);
    struct member member = {0};
    int rc;

    if (!set)
        return 0;
    member.path = ana_strdup(ctx, path);
    member.temporary = place ? ana_strdup(ctx, place) : NULL;
    member.former = name_former(ctx, path);
    rc = member.path && member.former && (!place || member.temporary) ? 0 : ANA_ERESOURCE;
    if (rc == 0) {
        pthread_mutex_lock(&set->lock);
        rc = append(ctx, set, &member);
        pthread_mutex_unlock(&set->lock);
    }
    if (rc != 0) {
        ana_free(ctx, member.path);
        ana_free(ctx, member.temporary);
        ana_free(ctx, member.former);
    }
    return rc;
}

char *ana_file_set_place(struct ana_ctx *ctx, const char *path, const char *ending)
{
    const char *slash = strrchr(path, '/');
    const size_t n_ending = strlen(ending), n_folder = slash ? slash + 1 - path : 0;
    const size_t n_name = strlen(path) - n_folder - n_ending;
    const size_t n = n_folder + (n_name < MOST_NAME ? n_name : MOST_NAME);
    const size_t room = n + n_ending + 16;
    char *place;
    int fd;

    if (!ana_ctx_files(ctx))
        return ana_strdup(ctx, path);
    place = ana_alloc(ctx, (int64_t)room, 1);
    if (!place)
        return NULL;
    snprintf(place, room, "%.*s.tmp-XXXXXX%s", (int)n, path, ending);
    fd = mkostemps(place, (int)n_ending, O_CLOEXEC);
    if (fd < 0) {
        ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", path, strerror(errno));
        ana_free(ctx, place);
        return NULL;
    }
    fchmod(fd, 0644);
    close(fd);
    return place;
}

/* Why nothing can stand at a path: in a file, or under a name that none can have, neither. */
static int is_nothing(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

static int move_aside(struct ana_ctx *ctx, struct member *m)
{
    struct stat st;
    int error = 0;

    if (lstat(m->path, &st) != 0)
        error = is_nothing(errno) ? 0 : errno;
    else if (S_ISDIR(st.st_mode))
        error = EISDIR;
    else if (rename(m->path, m->former) == 0)
        m->aside = 1;
    else
        error = errno;
    return error == 0 ? 0
                      : ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be replaced: %s",
                                 m->path, strerror(error));
}

static int move_in(struct ana_ctx *ctx, struct member *m)
{
    if (!m->temporary)
        return 0;
    if (rename(m->temporary, m->path) != 0)
        return ana_fail(ctx, ANA_ERESOURCE, "%s: cannot be written: %s", m->path,
                        strerror(errno));
    m->placed = 1;
    return 0;
}

/* As it was: what has come goes, and what was moved aside comes back, the last file last. */
static void take_back(const struct ana_file_set *set)
{
    for (int64_t i = set->n - 1; i >= 0; i--)
        if (set->members[i].placed)
            rename(set->members[i].path, set->members[i].temporary);
    for (int64_t i = 0; i < set->n; i++)
        if (set->members[i].aside)
            rename(set->members[i].former, set->members[i].path);
}

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* Each folder, or each again where another came between. */
static void sync_folders(const struct ana_file_set *set)
{
    for (int64_t i = 0; i < set->n; i++) {
        const char *path = set->members[i].path;
        const char *before = i > 0 ? set->members[i - 1].path : NULL;
        const size_t n = folder_length(path);

        if (!before || folder_length(before) != n || memcmp(before, path, n) != 0)
            ana_file_sync_folder(path);
    }
}

int ana_file_set_commit(struct ana_ctx *ctx, struct ana_file_set *set)
{
    int rc = 0;

    for (int64_t i = set->n - 1; rc == 0 && i >= 0; i--)
        rc = move_aside(ctx, &set->members[i]);
    if (rc == 0)
        sync_folders(set);
    for (int64_t i = 0; rc == 0 && i < set->n; i++)
        rc = move_in(ctx, &set->members[i]);
    if (rc != 0) {
        take_back(set);
        ana_file_set_abort(ctx, set);
        return rc;
    }
    for (int64_t i = 0; i < set->n; i++)
        if (set->members[i].aside)
            unlink(set->members[i].former);
    sync_folders(set);
    finish(ctx, set);
    return 0;
}

static int keep_former(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name), ending = sizeof former_ending - 1;

    return n > ending && strcmp(entry->d_name + n - ending, former_ending) == 0;
}

int64_t ana_file_set_restore(const char *path, const char *last)
{
    struct dirent **found = NULL;
    char name[NAME_MAX + 1], former[NAME_MAX + 1];
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int count = folder < 0 ? 0 : scandirat(folder, ".", &found, keep_former, NULL);
    int64_t n = 0;

    snprintf(former, sizeof former, "%s%s", last, former_ending);
    for (int i = 0; i < count; i++) {
        const char *from = found[i]->d_name;

        snprintf(name, sizeof name, "%.*s",
                 (int)(strlen(from) - sizeof former_ending + 1), from);
        if (strcmp(from, former) != 0)
            n += renameat(folder, from, folder, name) == 0;
        free(found[i]);
    }
    free(found);
    if (n > 0)
        fsync(folder);
    if (folder >= 0) {
        n += renameat(folder, former, folder, last) == 0;
        close(folder);
    }
    return n;
}
