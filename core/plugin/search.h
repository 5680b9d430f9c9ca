/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_SEARCH_H
#define ANA_PLUGIN_SEARCH_H

#include <anaflow/base.h>

/* Where plugins are looked for, and which files lie there. */
struct ana_plugin_place {
    char *path;
    int from_package; /* from the build tree or from pkglibdir */
    char *problem;    /* why it must not be loaded, or NULL */
};

/* The folders, in the order in which they are searched, whether they exist or not:
 * those of ANAFLOW_PLUGIN_PATH, the package's own (the build tree's where the program
 * runs from one, else $(pkglibdir)/plugins), ~/.local/lib/anaflow/plugins.
 * Owns: the caller; release with `ana_plugin_places_free`. Errors: ANA_ERESOURCE. */
int ana_plugin_folders(struct ana_ctx *ctx, int64_t *n,
                       struct ana_plugin_place **folders);

/* Every *.so in those folders and two folders below them (KIND/NAME/), each file once
 * however many paths lead to it, in natural order within a folder. A folder from outside
 * the package that others may write to is a place with a problem, and is not entered.
 * Owns, Errors: as `ana_plugin_folders`. */
int ana_plugin_files(struct ana_ctx *ctx, int64_t *n, struct ana_plugin_place **files);

void ana_plugin_places_free(struct ana_ctx *ctx, int64_t n,
                            struct ana_plugin_place *places);

/* A file or folder of the package: the build tree's where the program runs from one,
 * else the installed one. Owns: the caller (ana_free). NULL: no memory. */
char *ana_package_place(struct ana_ctx *ctx, const char *in_build_tree,
                        const char *installed);

#endif
