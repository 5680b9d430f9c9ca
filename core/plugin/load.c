/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One file to one checked descriptor. libltdl opens it; the dynamic linker is asked
 * directly for two things that libltdl does not tell: why a file did not load, and how
 * long the symbol is that was found.
 */
#include "plugin/load.h"

#include <dlfcn.h>
#include <link.h>
#include <ltdl.h>
#include <string.h>

#include <anaflow/reader.h>

#include "base/file.h"
#include "plugin/descriptor.h"

#define SYMBOL "anaflow_plugin"

int ana_plugin_load_begin(struct ana_ctx *ctx)
{
    if (lt_dlinit() != 0)
        return ana_fail(ctx, ANA_EPLUGIN, "plugins cannot be loaded: %s", lt_dlerror());
    return 0;
}

/* libltdl says 'file not found' of a file with an undefined symbol. */
static int fail_to_open(struct ana_ctx *ctx, const char *path, const char *ltdl_error)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *reason = handle ? ltdl_error : dlerror();
    const size_t n = strlen(path);
    static const char *const short_of[] = {"not enough memory", "annot allocate memory"};

    for (int i = 0; reason && i < 2; i++) /* no fault of the file */
        if (strstr(reason, short_of[i]))
            return ana_fail(ctx, ANA_ERESOURCE, "no memory to load %s", path);
    /* The sentence names the path already. */
    if (reason && strncmp(reason, path, n) == 0 && strncmp(reason + n, ": ", 2) == 0)
        reason += n + 2;
    return ana_fail(
        ctx, ANA_EPLUGIN,
        "it does not load: %s; build it again against this anaflow, with every "
        "library that it needs",
        reason ? reason : "the loader gives no reason");
}

static int open_file(struct ana_ctx *ctx, const char *path, lt_dlhandle *out)
{
    lt_dladvise advise;
    int rc = 0;

    *out = NULL;
    if (lt_dladvise_init(&advise) != 0)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory to load it");
    lt_dladvise_local(&advise);
    lt_dladvise_ext(&advise);
    *out = lt_dlopenadvise(path, advise);
    if (!*out)
        rc = fail_to_open(ctx, path, lt_dlerror());
    lt_dladvise_destroy(&advise);
    return rc;
}

/* The symbol must be data of this very file: a lookup also reaches the libraries that
 * the file was linked with. */
static int find_symbol(struct ana_ctx *ctx, const char *path, lt_dlhandle handle,
                       const void **symbol, int64_t *bytes)
{
    void *found = NULL; /* the symbol's entry in the file's table */
    const ElfW(Sym) * entry;
    Dl_info info;

    *symbol = lt_dlsym(handle, SYMBOL);
    if (!*symbol || !dladdr1(*symbol, &info, &found, RTLD_DL_SYMENT) || !found ||
        !ana_file_same(info.dli_fname, path))
        return ana_fail(ctx, ANA_EPLUGIN,
                        "it exports no `" SYMBOL "`; define the descriptor behind "
                        "ANA_PLUGIN_EXPORT, or take the file out of the plugin folder");
    entry = found;
    if (ELF64_ST_TYPE(entry->st_info) != STT_OBJECT)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "its `" SYMBOL
                        "` is no data; define it as a struct ana_plugin behind "
                        "ANA_PLUGIN_EXPORT");
    *bytes = (int64_t)entry->st_size;
    return 0;
}

int ana_plugin_open(struct ana_ctx *ctx, const char *path, const void **symbol,
                    int64_t *bytes)
{
    lt_dlhandle handle;
    int rc = open_file(ctx, path, &handle);

    return rc ? rc : find_symbol(ctx, path, handle, symbol, bytes);
}

int ana_plugin_load(struct ana_ctx *ctx, const char *path, const struct ana_plugin **out)
{
    const void *symbol = NULL;
    int64_t bytes = 0;
    int rc = ana_plugin_open(ctx, path, &symbol, &bytes);

    *out = NULL;
    return rc ? rc : ana_descriptor_read(ctx, symbol, bytes, out);
}

int ana_plugin_file(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const char **path)
{
    Dl_info info;

    if (!dladdr((const void *)(uintptr_t)plugin->reader->open, &info) || !info.dli_fname)
        return ana_fail(ctx, ANA_EPLUGIN, "the file of plugin %s is not known",
                        plugin->id);
    *path = info.dli_fname;
    return 0;
}
