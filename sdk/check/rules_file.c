/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a file shows before any of its functions is called: that it loads, what it declares,
 * what it exports, and which variables it has.
 */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "check/elf.h"
#include "check/rules.h"
#include "plugin/descriptor.h"
#include "plugin/load.h"
#include "plugin/params.h"
#include "plugin/registry.h"

int ana_rule_loads(struct ana_check *check)
{
    const void *symbol;
    int64_t bytes;
    int rc = ana_plugin_load_begin(check->ctx);

    return rc ? rc : ana_plugin_open(check->ctx, check->options.path, &symbol, &bytes);
}

int ana_rule_descriptor(struct ana_check *check)
{
    const struct ana_plugin *plugin;
    const void *symbol;
    int64_t bytes;
    int rc = ana_plugin_load_begin(check->ctx);

    if (rc == 0)
        rc = ana_plugin_open(check->ctx, check->options.path, &symbol, &bytes);
    if (rc == 0)
        rc = ana_descriptor_read_bare(check->ctx, symbol, bytes, &plugin);
    if (rc != 0)
        return rc;
    ana_found(check, "%s %s %s", ana_kind_name(plugin->kind), plugin->id,
              plugin->version);
    ana_descriptor_release(plugin);
    return 0;
}

int ana_rule_parameters(struct ana_check *check)
{
    struct ana_test *test = NULL;
    int rc = ana_check_load(check);

    if (rc == 0 && ana_test_open(check->plugin, check->options.settings, &test) != 0)
        rc = ana_fail(check->ctx, ANA_EPLUGIN, "%s; give it with --set KEY=VALUE",
                      test ? ana_error(ana_test_ctx(test)) : "no memory");
    ana_test_close(test);
    if (rc == 0)
        ana_found(check, "%lld parameters", (long long)check->plugin->n_params);
    return rc;
}

/* Names that compilers and sanitizers put into every library. */
static int of_toolchain(const char *name)
{
    static const char *const prefixes[] = {"__asan", "__odr_asan", "__ubsan", "__gcov",
                                           "__llvm", "__lsan",     "__tsan",  "__sancov",
                                           ".L",     "__start_",   "__stop_"};
    static const char *const names[] = {
        "_init",       "_fini",       "_edata",
        "_end",        "__bss_start", "__dso_handle",
        "__TMC_END__", "_DYNAMIC",    "_GLOBAL_OFFSET_TABLE_"};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return strncmp(name, "completed.", 10) == 0;
}

enum { MOST_NAMED = 5 };

struct look {
    int want, sanitized;
    int64_t n;
    struct ana_text names;
};

static int look_at(void *arg, int what, const char *name, int64_t bytes)
{
    struct look *look = arg;

    look->sanitized |= what == ANA_ELF_IMPORT && strncmp(name, "__asan", 6) == 0;
    if (look->want == ANA_ELF_EXPORT &&
        (what != ANA_ELF_EXPORT || strcmp(name, "anaflow_plugin") == 0))
        return 0;
    if (look->want == ANA_ELF_WRITABLE && what != ANA_ELF_WRITABLE &&
        what != ANA_ELF_STRIPPED)
        return 0;
    if (of_toolchain(name) || look->n++ >= MOST_NAMED)
        return 0;
    ana_text_add(&look->names, "%s`%s`", look->n > 1 ? ", " : "", name);
    if (look->want == ANA_ELF_WRITABLE)
        ana_text_add(&look->names, " (%lld bytes)", (long long)bytes);
    return 0;
}

int ana_rule_exports(struct ana_check *check)
{
    struct look look = {.want = ANA_ELF_EXPORT};
    int rc = ana_elf_visit(check->ctx, check->options.path, look_at, &look);

    if (rc == 0 && look.n > 0)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "it exports %s%s, too; make them static, or compile with "
                      "-fvisibility=hidden",
                      look.names.data, look.n > MOST_NAMED ? " and others" : "");
    ana_text_finish(&look.names);
    return rc;
}

int ana_rule_globals(struct ana_check *check)
{
    struct look look = {.want = ANA_ELF_WRITABLE};
    int rc = ana_elf_visit(check->ctx, check->options.path, look_at, &look);

    if (rc == 0 && look.sanitized)
        rc = ana_untried(check, "it was built with a sanitizer, which has its own");
    else if (rc == 0 && look.n > 0)
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "it has variables that all its instances share: %s%s; keep them "
                      "in `self`, or make them const",
                      look.names.data, look.n > MOST_NAMED ? " and others" : "");
    ana_text_finish(&look.names);
    return rc;
}
