/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `anaflow plugin new KIND NAME`: a folder with a plugin that works, its test and its build,
 * from the templates of sdk/templates. In them @name@ stands for the plugin's name and
 * @symbol@ for the same as C can write it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "plugin/registry.h"
#include "plugin/search.h"

enum { NAME_LENGTH = 40, MOST_BYTES = 1 << 20 };

struct fill {
    const char *kind, *name;
    char symbol[NAME_LENGTH + 1];
    char *templates; /* the folder of them */
    char *folder;    /* what is being made */
};

/* From where, under the templates' folder ("KIND" = that of the kind), to where. A second
 * file with one target is appended. */
static const struct {
    const char *from, *to;
} files[] = {
    {"common/configure.ac", "configure.ac"}, {"common/Makefile.am", "Makefile.am"},
    {"common/gitignore", ".gitignore"},      {"../anaflow.m4", "m4/anaflow.m4"},
    {"KIND/plugin.c", "@name@.c"},           {"KIND/test.c", "test_@symbol@.c"},
    {"KIND/README.md", "README.md"},         {"common/building.md", "README.md"}};

static int check_kind(struct ana_ctx *ctx, const char *kind)
{
    static const char *const kinds[] = {"model", "reader", "metric"};
    const char *near = ana_text_nearest(kind, kinds, 3);

    for (int i = 0; i < 3; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return 0;
    return ana_fail(ctx, ANA_EPARAM,
                    "a plugin is a model, a reader or a metric, not a '%s'%s%s%s", kind,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int check_name(struct ana_ctx *ctx, const char *name)
{
    const size_t n = strlen(name);

    if (n > 0 && n <= NAME_LENGTH && islower((unsigned char)name[0]) &&
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
        return 0;
    return ana_fail(
        ctx, ANA_EPARAM,
        "'%s' cannot be a plugin's name: lower case letters, digits and '-', a "
        "letter first, %d at most",
        name, NAME_LENGTH);
}

/* The text with each placeholder replaced. */
static void substitute(const struct fill *fill, const char *text, struct ana_text *out)
{
    while (*text) {
        const char *at = strchr(text, '@');

        ana_text_write(out, text, at ? at - text : (int64_t)strlen(text));
        if (!at)
            return;
        if (strncmp(at, "@name@", 6) == 0) {
            ana_text_add(out, "%s", fill->name);
            text = at + 6;
        } else if (strncmp(at, "@symbol@", 8) == 0) {
            ana_text_add(out, "%s", fill->symbol);
            text = at + 8;
        } else {
            ana_text_write(out, at, 1);
            text = at + 1;
        }
    }
}

/* A path below `folder`, KIND and placeholders replaced. Owns: the caller (ana_free). */
static char *fill_path(struct ana_ctx *ctx, const struct fill *fill, const char *folder,
                       const char *pattern)
{
    const int of_kind = strncmp(pattern, "KIND/", 5) == 0;
    struct ana_text text = {0};
    char *path = NULL;

    ana_text_add(&text, "%s", of_kind ? fill->kind : "");
    substitute(fill, of_kind ? pattern + 4 : pattern, &text);
    if (text.failed)
        ana_fail(ctx, ANA_ERESOURCE, "no memory for the name of a file");
    else
        path = ana_path_join(ctx, folder, text.data);
    ana_text_finish(&text);
    return path;
}

static int append(struct ana_ctx *ctx, const char *path, const struct ana_text *text)
{
    FILE *file = fopen(path, "ae");
    int failed = !file;

    if (file && fwrite(text->data, 1, (size_t)text->length, file) != (size_t)text->length)
        failed = 1;
    if (file && fclose(file) != 0)
        failed = 1;
    return failed ? ana_fail(ctx, ANA_ERESOURCE, "%s: %s", path, strerror(errno)) : 0;
}

static int write_one(struct ana_ctx *ctx, const struct fill *fill, const char *from,
                     const char *to)
{
    char *source = fill_path(ctx, fill, fill->templates, from);
    char *target = fill_path(ctx, fill, fill->folder, to), *data = NULL;
    struct ana_text text = {0};
    int64_t n;
    int rc = source && target ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_file_read(ctx, source, MOST_BYTES, &data, &n);
    if (rc == 0) {
        ana_text_add(&text, "%s", "");
        substitute(fill, data, &text);
        rc = text.failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for %s", to)
                         : append(ctx, target, &text);
    }
    ana_text_finish(&text);
    ana_free(ctx, data);
    ana_free(ctx, source);
    ana_free(ctx, target);
    return rc;
}

/* The folder must be new: nobody's work is written over. */
static int make_folder(struct ana_ctx *ctx, const struct fill *fill, const char *parent)
{
    char *m4 = ana_path_join(ctx, fill->folder, "m4");
    int rc = m4 ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_folder_make(ctx, parent);
    if (rc == 0 && mkdir(fill->folder, 0777) != 0)
        rc = errno == EEXIST
                 ? ana_fail(ctx, ANA_EPARAM,
                            "%s is there already; choose another name or --dir",
                            fill->folder)
                 : ana_fail(ctx, ANA_ERESOURCE, "%s: %s", fill->folder, strerror(errno));
    if (rc == 0)
        rc = ana_folder_make(ctx, m4);
    ana_free(ctx, m4);
    return rc;
}

static void say_what_next(const struct fill *fill)
{
    printf("%s holds a %s that works, its test and its build. Next:\n\n"
           "  cd %s\n"
           "  autoreconf -fi && ./configure && make check\n"
           "  ANAFLOW_PLUGIN_PATH=$PWD anaflow plugin info %s\n\n"
           "then change %s.c.\n",
           fill->folder, fill->kind, fill->folder, fill->name, fill->name);
}

/* Of two plugins with one kind and id both are refused: ask before there are two. */
static int check_free(struct ana_ctx *ctx, const char *kind, const char *name)
{
    const struct ana_plugin_entry *entry;
    struct ana_registry *registry;
    int rc = ana_registry_create(ctx, &registry);

    if (rc != 0)
        return rc;
    for (int64_t i = 0, n = ana_registry_entries(registry, &entry); rc == 0 && i < n; i++)
        if (entry[i].plugin && strcmp(entry[i].plugin->id, name) == 0 &&
            strcmp(ana_kind_name(entry[i].plugin->kind), kind) == 0)
            rc = ana_fail(ctx, ANA_EPARAM,
                          "there is a %s '%s' already, in %s; choose another name: of "
                          "two that are called the same neither is loaded",
                          kind, name, entry[i].path);
    ana_registry_destroy(registry);
    return rc;
}

static int plugin_new(struct ana_ctx *ctx, const struct ana_arguments *arguments)
{
    const char *parent = ana_arguments_value(arguments, "dir");
    struct fill fill = {.kind = arguments->operand, .name = arguments->second};
    int rc = check_kind(ctx, fill.kind);

    if (rc == 0)
        rc = check_name(ctx, fill.name);
    if (rc == 0)
        rc = check_free(ctx, fill.kind, fill.name);
    if (rc != 0)
        return rc;
    for (size_t i = 0; fill.name[i]; i++)
        fill.symbol[i] = fill.name[i] == '-' ? '_' : fill.name[i];
    fill.templates = ana_package_place(ctx, "sdk/templates", ANA_DATA_DIR "/templates");
    fill.folder = ana_path_join(ctx, parent ? parent : ".", fill.name);
    if (!fill.templates || !fill.folder)
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = make_folder(ctx, &fill, parent ? parent : ".");
    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof *files; i++)
        rc = write_one(ctx, &fill, files[i].from, files[i].to);
    if (rc == 0)
        say_what_next(&fill);
    ana_free(ctx, fill.templates);
    ana_free(ctx, fill.folder);
    return rc;
}

static const struct ana_option options[] = {
    {"dir", 'd', "DIR", "make the plugin's folder in DIR, not here", 0},
};

const struct ana_command ana_command_plugin_new = {
    .name = "plugin new",
    .operand = "KIND",
    .second = "NAME",
    .summary = "begin a model, reader or metric",
    .details =
        "Makes a folder NAME with a plugin of that kind (model, reader, metric) that "
        "works,\n"
        "its test, configure.ac, Makefile.am and README. It builds wherever anaflow is\n"
        "installed, or against a build tree of it. The tour first-plugin.md\n"
        "(" ANA_DOC_DIR "; in the source tree sdk/) leads through it.",
    .examples = "  anaflow plugin new metric cosine\n"
                "  anaflow plugin new model small-net --dir ~/plugins",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .run = plugin_new,
};
