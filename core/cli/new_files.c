/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The files below a folder, grouped by where they lie and how their names end.
 */
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "cli/new.h"

enum { MOST_FILES = 100000 };

static const char *ending_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && dot != name ? dot + 1 : "";
}

static struct ana_new_group *find_group(struct ana_new_files *files, const char *folder,
                                        const char *ending)
{
    struct ana_new_group *grown;

    for (int64_t i = 0; i < files->n; i++)
        if (strcmp(files->group[i].folder, folder) == 0 &&
            strcmp(files->group[i].ending, ending) == 0)
            return &files->group[i];
    grown = ana_arena_more(files->arena, files->group, files->n, sizeof *grown);
    if (!grown)
        return NULL;
    files->group = grown;
    grown += files->n++;
    grown->folder = ana_arena_strdup(files->arena, folder);
    grown->ending = ana_arena_strdup(files->arena, ending);
    return grown->folder && grown->ending ? grown : NULL;
}

static int add_file(struct ana_new_files *files, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = ana_arena_copy(files->arena, path, slash ? slash - path : 0);
    struct ana_new_group *group =
        folder ? find_group(files, folder, ending_of(slash ? slash + 1 : path)) : NULL;
    const char **grown =
        group ? ana_arena_more(files->arena, group->path, group->n, sizeof *grown) : NULL;

    if (!grown)
        return ANA_ERESOURCE;
    group->path = grown;
    grown[group->n] = ana_arena_strdup(files->arena, path);
    return grown[group->n++] ? 0 : ANA_ERESOURCE;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strverscmp((*a)->fts_name, (*b)->fts_name);
}

int ana_new_walk(struct ana_ctx *ctx, const char *folder, struct ana_new_files *files)
{
    char *copy = strdup(folder), *roots[] = {copy, NULL};
    FTS *tree = copy ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name) : NULL;
    int64_t n = 0;
    FTSENT *entry;
    int rc = 0;

    for (size_t end = copy ? strlen(copy) : 0; end > 1 && copy[end - 1] == '/'; end--)
        copy[end - 1] = 0;
    if (!tree)
        rc = ana_fail(ctx, ANA_EDATA, "%s: the folder cannot be listed", folder);
    while (rc == 0 && (entry = fts_read(tree))) {
        if (entry->fts_level > 0 && entry->fts_name[0] == '.')
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F && n++ == MOST_FILES)
            rc = ana_fail(ctx, ANA_EDATA,
                          "%s: holds more than %d files; name the folder of one study",
                          folder, MOST_FILES);
        else if (entry->fts_info == FTS_F)
            rc = add_file(files, entry->fts_path);
        if (rc == 0 && ana_cancelled(ctx))
            rc = ana_fail(ctx, ANA_ECANCEL, "interrupted");
    }
    if (tree)
        fts_close(tree);
    free(copy);
    return rc;
}
