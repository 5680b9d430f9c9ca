/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The folders of a dataset that BIDS knows: subjects, perhaps sessions in them, kinds of
 * data in those; the same below derivatives/PIPELINE. Others are left alone, so that a
 * link to anywhere costs nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "data/bids_private.h"

enum { MOST_LEVELS = 4 }; /* folders below a subject's: ses-a/func is 2 */

/* A folder on the way down, for circles. */
struct place {
    const struct place *above;
    dev_t device;
    ino_t inode;
};

struct walk {
    struct ana_ctx *ctx;
    struct ana_bids_own *own;
    const char *pipeline;
};

static int starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static int in_circle(const struct place *at, const struct stat *st)
{
    for (; at; at = at->above)
        if (at->device == st->st_dev && at->inode == st->st_ino)
            return 1;
    return 0;
}

static int walk_folder(struct walk *walk, const char *path, const char *datatype,
                       int level, const struct place *above);

/* One name below a subject's folder. */
static int look(struct walk *walk, const char *path, const char *name,
                const char *datatype, int level, const struct place *at)
{
    struct stat st;
    int is_link = 0;

    if (stat(path, &st) != 0) {
        if (lstat(path, &st) != 0)
            return 0; /* it went away meanwhile */
        is_link = S_ISLNK(st.st_mode);
    }
    if (!is_link && S_ISDIR(st.st_mode) && !strchr(name, '.')) {
        if (in_circle(at, &st))
            ana_bids_problem(walk->own, "%s: leads back into a folder above it", path);
        else if (level == MOST_LEVELS)
            ana_bids_problem(walk->own,
                             "%s: lies deeper than BIDS has folders and was left alone",
                             path);
        else
            return walk_folder(walk, path, starts(name, "ses-") ? "" : name, level + 1,
                               at);
        return 0;
    }
    if (!is_link && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return 0;
    return ana_bids_keep(walk->ctx, walk->own, path, walk->pipeline, datatype, level,
                         is_link ? 0 : st.st_size, is_link);
}

/* All of a folder at or below a subject's. */
static int walk_folder(struct walk *walk, const char *path, const char *datatype,
                       int level, const struct place *above)
{
    struct place at = {.above = above};
    struct stat st;
    char **names = NULL;
    int64_t n = 0;
    int rc;

    if (stat(path, &st) != 0 || access(path, R_OK | X_OK) != 0) {
        ana_bids_problem(walk->own, "%s: cannot be read: %s", path, strerror(errno));
        return 0;
    }
    at.device = st.st_dev;
    at.inode = st.st_ino;
    rc = ana_folder_list(walk->ctx, path, &n, &names);
    for (int64_t i = 0; i < n; i++) {
        char *full = rc == 0 && names[i][0] != '.'
                         ? ana_path_join(walk->ctx, path, names[i])
                         : NULL;

        if (rc == 0 && names[i][0] != '.')
            rc = full ? look(walk, full, names[i], datatype, level, &at) : ANA_ERESOURCE;
        if (rc == 0 && ana_cancelled(walk->ctx))
            rc = ana_fail(walk->ctx, ANA_ECANCEL, "interrupted");
        ana_free(walk->ctx, full);
        ana_free(walk->ctx, names[i]);
    }
    ana_free(walk->ctx, names);
    return rc;
}

/* The folder of a dataset or of a pipeline: its own files, and its subjects. */
static int walk_root(struct walk *walk, const char *path)
{
    char **names = NULL;
    int64_t n = 0;
    int rc = ana_folder_list(walk->ctx, path, &n, &names);

    for (int64_t i = 0; i < n; i++) {
        char *full = rc == 0 ? ana_path_join(walk->ctx, path, names[i]) : NULL;

        rc = rc == 0 && !full ? ANA_ERESOURCE : rc;
        if (rc == 0 && starts(names[i], "sub-") && ana_folder_is(full))
            rc = walk_folder(walk, full, "", 1, NULL);
        else if (rc == 0 && names[i][0] != '.' && !ana_folder_is(full))
            rc = look(walk, full, names[i], "", 0, NULL);
        ana_free(walk->ctx, full);
        ana_free(walk->ctx, names[i]);
    }
    ana_free(walk->ctx, names);
    return rc;
}

/* derivatives/PIPELINE each; derivatives/sub-* without a pipeline's folder, too. */
static int walk_derivatives(struct walk *walk, const char *path)
{
    char **names = NULL;
    int64_t n = 0;
    int direct = 0, rc = ana_folder_list(walk->ctx, path, &n, &names);

    for (int64_t i = 0; i < n; i++) {
        char *full = rc == 0 ? ana_path_join(walk->ctx, path, names[i]) : NULL;

        rc = rc == 0 && !full ? ANA_ERESOURCE : rc;
        if (rc == 0 && starts(names[i], "sub-")) {
            direct = 1;
        } else if (rc == 0 && names[i][0] != '.' && ana_folder_is(full) &&
                   (!walk->own->bids.only[0] ||
                    strcmp(walk->own->bids.only, names[i]) == 0)) {
            walk->pipeline = ana_arena_strdup(&walk->own->arena, names[i]);
            rc = walk->pipeline ? walk_root(walk, full) : ANA_ERESOURCE;
        }
        ana_free(walk->ctx, full);
        ana_free(walk->ctx, names[i]);
    }
    ana_free(walk->ctx, names);
    walk->pipeline = "derivatives";
    return rc == 0 && direct && !walk->own->bids.only[0] ? walk_root(walk, path) : rc;
}

int ana_bids_walk(struct ana_ctx *ctx, struct ana_bids_own *own)
{
    struct walk walk = {.ctx = ctx, .own = own, .pipeline = ""};
    char *derivatives = ana_path_join(ctx, own->bids.root, "derivatives");
    int rc = derivatives ? walk_root(&walk, own->bids.root) : ANA_ERESOURCE;

    if (rc == 0 && ana_folder_is(derivatives))
        rc = walk_derivatives(&walk, derivatives);
    ana_free(ctx, derivatives);
    return rc;
}
