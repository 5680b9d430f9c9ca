/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin search path. Running from a build tree needs no installation: the tree's
 * own plugins then stand in for the installed ones, so that the two never meet as
 * duplicates.
 */
#include "plugin/search.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "plugin/trust.h"

enum { DEEPEST = 3 }; /* KIND/NAME/.libs */

struct places {
    int64_t n, room;
    struct ana_plugin_place *item;
};

/* Add a path that `take_path` owns; NULL is a failure already recorded. */
static int add_place(struct ana_ctx *ctx, struct places *places, char *take_path,
                     int from_package)
{
    struct ana_plugin_place *grown;

    if (!take_path)
        return ANA_ERESOURCE;
    if (places->n == places->room) {
        const int64_t room = places->room ? 2 * places->room : 16;

        grown = ana_alloc(ctx, room, sizeof *grown);
        if (!grown) {
            ana_free(ctx, take_path);
            return ANA_ERESOURCE;
        }
        if (places->n > 0)
            memcpy(grown, places->item, (size_t)places->n * sizeof *grown);
        ana_free(ctx, places->item);
        places->item = grown;
        places->room = room;
    }
    places->item[places->n++] =
        (struct ana_plugin_place){.path = take_path, .from_package = from_package};
    return 0;
}

static int is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The build tree beside the running program: DIR/anaflow, or DIR/.libs/anaflow behind
 * libtool's wrapper; config.status tells a build tree from an installation. */
static int beside_program(char folder[4096])
{
    char status[4096 + 16], *slash;
    const ssize_t n = readlink("/proc/self/exe", folder, 4095);

    if (n <= 0)
        return 0;
    folder[n] = 0;
    slash = strrchr(folder, '/');
    *slash = 0;
    slash = strrchr(folder, '/');
    if (slash && strcmp(slash, "/.libs") == 0)
        *slash = 0;
    snprintf(status, sizeof status, "%s/config.status", folder);
    return access(status, F_OK) == 0;
}

/* Tests name a build tree, or none, by ANA_BUILD. */
char *ana_package_place(struct ana_ctx *ctx, const char *in_build_tree,
                        const char *installed)
{
    const char *named = getenv("ANA_BUILD");
    char folder[4096];

    if (named && *named)
        return is_folder(named) ? ana_path_join(ctx, named, in_build_tree)
                                : ana_strdup(ctx, installed);
    return beside_program(folder) ? ana_path_join(ctx, folder, in_build_tree)
                                  : ana_strdup(ctx, installed);
}

/* The folders of a list with ':' between; empty ones are skipped. */
static int add_listed(struct ana_ctx *ctx, struct places *places, const char *list)
{
    int rc = 0;

    while (rc == 0 && list && *list) {
        const size_t n = strcspn(list, ":");

        if (n > 0) {
            char *path = ana_alloc(ctx, (int64_t)n + 1, 1);

            if (path)
                memcpy(path, list, n);
            rc = add_place(ctx, places, path, 0);
        }
        list += n + (list[n] == ':');
    }
    return rc;
}

int ana_plugin_folders(struct ana_ctx *ctx, int64_t *n, struct ana_plugin_place **folders)
{
    const char *home = getenv("HOME");
    struct places places = {0};
    int rc = add_listed(ctx, &places, getenv("ANAFLOW_PLUGIN_PATH"));

    if (rc == 0)
        rc = add_place(ctx, &places, ana_package_place(ctx, "plugins", ANA_PLUGINS_DIR),
                       1);
    if (rc == 0 && home && *home)
        rc = add_place(ctx, &places,
                       ana_path_join(ctx, home, ".local/lib/anaflow/plugins"), 0);
    if (rc != 0) {
        ana_plugin_places_free(ctx, places.n, places.item);
        places = (struct places){0};
    }
    *n = places.n;
    *folders = places.item;
    return rc;
}

static int ends_in_so(const char *name)
{
    const size_t n = strlen(name);

    return n > 3 && strcmp(name + n - 3, ".so") == 0;
}

/* Files of the package were put there by whoever installed the program. */
static int add_file(struct ana_ctx *ctx, struct places *files, char *take_path,
                    int from_package)
{
    int rc;

    for (int64_t i = 0; i < files->n; i++) {
        if (ana_file_same(files->item[i].path, take_path)) {
            ana_free(ctx, take_path);
            return 0;
        }
    }
    rc = add_place(ctx, files, take_path, from_package);
    if (rc == 0 && !from_package)
        rc = ana_plugin_distrust(ctx, take_path, &files->item[files->n - 1].problem);
    return rc;
}

/* 1 if a folder may be entered; else it is kept as a place with a problem. */
static int may_enter(struct ana_ctx *ctx, struct places *files, const char *folder,
                     int from_package, int *rc)
{
    char *problem = NULL;

    if (from_package || !is_folder(folder))
        return 1;
    *rc = ana_plugin_distrust(ctx, folder, &problem);
    if (*rc != 0 || !problem)
        return *rc == 0;
    *rc = add_place(ctx, files, ana_strdup(ctx, folder), 0);
    if (*rc == 0)
        files->item[files->n - 1].problem = problem;
    else
        ana_free(ctx, problem);
    return 0;
}

/* Hidden folders are left alone but for .libs, where libtool puts what it built. */
static int visible(const char *name)
{
    return name[0] != '.' || strcmp(name, ".libs") == 0;
}

static int walk(struct ana_ctx *ctx, struct places *files, const char *folder,
                int from_package, int depth)
{
    struct dirent **list = NULL;
    int rc = 0, n = 0;

    if (may_enter(ctx, files, folder, from_package, &rc))
        n = scandir(folder, &list, NULL, versionsort);
    if (n < 0 && errno == ENOMEM)
        rc = ana_fail(ctx, ANA_ERESOURCE, "no memory to list the plugins of %s", folder);
    for (int i = 0; i < n; i++) {
        char *path = NULL;

        if (rc == 0 && visible(list[i]->d_name)) {
            path = ana_path_join(ctx, folder, list[i]->d_name);
            if (!path)
                rc = ANA_ERESOURCE;
            else if (is_folder(path) && depth < DEEPEST)
                rc = walk(ctx, files, path, from_package, depth + 1);
            else if (!is_folder(path) && ends_in_so(path)) {
                rc = add_file(ctx, files, path, from_package);
                path = NULL;
            }
        }
        ana_free(ctx, path);
        free(list[i]);
    }
    free(list);
    return rc;
}

int ana_plugin_files(struct ana_ctx *ctx, int64_t *n, struct ana_plugin_place **files)
{
    struct ana_plugin_place *folders;
    struct places found = {0};
    int64_t n_folders;
    int rc = ana_plugin_folders(ctx, &n_folders, &folders);

    for (int64_t i = 0; rc == 0 && i < n_folders; i++)
        rc = walk(ctx, &found, folders[i].path, folders[i].from_package, 0);
    ana_plugin_places_free(ctx, n_folders, folders);
    if (rc != 0) {
        ana_plugin_places_free(ctx, found.n, found.item);
        found = (struct places){0};
    }
    *n = found.n;
    *files = found.item;
    return rc;
}

void ana_plugin_places_free(struct ana_ctx *ctx, int64_t n,
                            struct ana_plugin_place *places)
{
    for (int64_t i = 0; i < n; i++) {
        ana_free(ctx, places[i].path);
        ana_free(ctx, places[i].problem);
    }
    ana_free(ctx, places);
}
