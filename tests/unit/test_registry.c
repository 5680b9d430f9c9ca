/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/helpers.h"

#include <sys/stat.h>

#include "base/file.h"
#include "plugin/registry.h"
#include "plugin/search.h"

/* All animals of tests/zoo at once: what one does must not hurt another. */
static struct ana_registry *open_zoo(struct ana_ctx *ctx)
{
    struct ana_registry *registry = NULL;
    char path[512];

    snprintf(path, sizeof path, "%s/tests/zoo/.libs", getenv("ANA_BUILD"));
    setenv("ANAFLOW_PLUGIN_PATH", path, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    return registry;
}

/* Why the file NAME.so of the zoo was refused; fails if it was not. */
static const char *problem_of(const struct ana_registry *registry, const char *name)
{
    const struct ana_plugin_entry *entry;
    const int64_t n = ana_registry_entries(registry, &entry);
    char file[64];

    snprintf(file, sizeof file, "/%s.so", name);
    for (int64_t i = 0; i < n; i++) {
        if (!strstr(entry[i].path, file))
            continue;
        ck_assert_msg(entry[i].problem != NULL, "%s was taken", name);
        ck_assert_ptr_null(entry[i].plugin);
        ck_assert_msg(strncmp(entry[i].problem, entry[i].path, strlen(entry[i].path)) ==
                          0,
                      "does not begin with the path: %s", entry[i].problem);
        return entry[i].problem;
    }
    ck_abort_msg("%s was not found", name);
    return NULL;
}

static void assert_says(const char *problem, const char *part)
{
    ck_assert_msg(strstr(problem, part) != NULL, "\"%s\" does not say \"%s\"", problem,
                  part);
}

START_TEST(a_good_plugin_loads_among_broken_ones)
{
    const struct ana_plugin *plugin = NULL;
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);
    const char *version;

    ck_assert_int_eq(ana_registry_find(ctx, zoo, ANA_KIND_METRIC, "zoo-good", &plugin),
                     0);
    ck_assert_str_eq(plugin->id, "zoo-good");
    ck_assert_int_eq(plugin->n_params, 4);
    version = plugin->version;
    ana_registry_destroy(zoo);
    ck_assert_str_eq(version, "1.0"); /* nothing is unloaded */
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Each animal: its file, and what its sentence must say of both sides and the cure. */
static const struct {
    const char *name, *says[4];
} animals[] = {
    {"no-symbol", {"exports no `anaflow_plugin`", "ANA_PLUGIN_EXPORT"}},
    {"short-symbol", {"has 8 bytes", "a head of 32", "struct ana_plugin"}},
    {"wrong-magic", {"\"anaflop", "expected \"anaflow\"", "ANA_PLUGIN_HEAD"}},
    {"newer-major", {"interface 1.7", "this anaflow speaks 0.1", "build it again"}},
    {"short-struct",
     {"96 bytes", "this anaflow's has 112", "kind is 9", "build it again"}},
    {"undefined-symbol",
     {"undefined symbol: zoo_function_that_nobody_wrote", "build it again"}},
    {"newer-minor", {"interface 0.2", "this anaflow speaks 0.1", "build it again"}},
    {"crash-at-load",
     {"it crashed (SIGSEGV", "while it was being loaded", "until the file"}},
    {"hang-at-load", {"it did not come back within 5 s while", "until the file changes"}},
    {"exit-at-load", {"it called exit(3) while it was being loaded", "until the file"}},
    {"null-entry", {"function `push` is NULL", "every metric has one"}},
    {"bad-default", {"its default", "`bands`", "0 is outside the allowed 1..100"}},
};

START_TEST(a_broken_plugin_is_refused_with_both_sides_and_the_cure)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);
    const char *problem = problem_of(zoo, animals[_i].name);

    for (int k = 0; k < 4 && animals[_i].says[k]; k++)
        assert_says(problem, animals[_i].says[k]);
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A copy of an animal as FOLDER/copy.so. */
static void copy_animal(struct ana_ctx *ctx, const char *name, const char *folder)
{
    char path[512];
    char *data;
    int64_t n;

    snprintf(path, sizeof path, "%s/tests/zoo/.libs/%s.so", getenv("ANA_BUILD"), name);
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 26, &data, &n), 0);
    snprintf(path, sizeof path, "%s/copy.so", folder);
    ck_assert_int_eq(ana_file_write(ctx, path, data, n), 0);
    ana_free(ctx, data);
}

/* The reason is changed by hand where it is kept: who says it has read it there. */
START_TEST(a_crash_is_remembered_until_the_file_changes)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *registry = NULL;
    char folder[64], cache[128], *text, *at;
    int64_t n;

    copy_animal(ctx, "crash-at-load", test_folder(folder, sizeof folder));
    setenv("ANAFLOW_PLUGIN_PATH", folder, 1);
    setenv("ANAFLOW_CACHE", folder, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    assert_says(problem_of(registry, "copy"), "it crashed (SIGSEGV");
    ana_registry_destroy(registry);

    snprintf(cache, sizeof cache, "%s/plugins.json", folder);
    ck_assert_int_eq(ana_file_read(ctx, cache, 1 << 20, &text, &n), 0);
    at = strstr(text, "crashed");
    ck_assert_ptr_nonnull(at);
    memcpy(at, "CRASHED", 7);
    ck_assert_int_eq(ana_file_write(ctx, cache, text, n), 0);
    ana_free(ctx, text);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    assert_says(problem_of(registry, "copy"), "it CRASHED (SIGSEGV");
    ana_registry_destroy(registry);

    copy_animal(ctx, "exit-at-load", folder);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    assert_says(problem_of(registry, "copy"), "it called exit(3)");
    ana_registry_destroy(registry);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(nothing_is_loaded_from_where_everybody_may_write)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *registry = NULL;
    const struct ana_plugin_entry *entry;
    char folder[64];
    int64_t n, found = 0;

    copy_animal(ctx, "good", test_folder(folder, sizeof folder));
    setenv("ANAFLOW_PLUGIN_PATH", folder, 1);
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    n = ana_registry_entries(registry, &entry);
    for (int64_t i = 0; i < n; i++) {
        if (strcmp(entry[i].path, folder) != 0)
            continue;
        found++;
        assert_says(entry[i].problem, "everybody may write to it");
        assert_says(entry[i].problem, "`chmod o-w`");
    }
    ck_assert_int_eq(found, 1);
    ana_registry_destroy(registry);

    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    n = ana_registry_entries(registry, &entry);
    for (int64_t i = 0; i < n; i++)
        found += entry[i].plugin && strcmp(entry[i].plugin->id, "zoo-good") == 0;
    ck_assert_int_eq(found, 2);
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(two_files_with_one_id_are_both_refused_and_both_named)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);

    assert_says(problem_of(zoo, "duplicate-first"), "duplicate-second.so");
    assert_says(problem_of(zoo, "duplicate-second"), "duplicate-first.so");
    assert_says(problem_of(zoo, "duplicate-second"), "metric zoo-twin is also in");
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_file_that_is_found_twice_is_no_duplicate)
{
    const struct ana_plugin *plugin = NULL;
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = NULL;
    char folder[64], link[128], path[1024];
    const char *build = getenv("ANA_BUILD");

    snprintf(link, sizeof link, "%s/again.so", test_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/tests/zoo/.libs/good.so", build);
    ck_assert_int_eq(symlink(path, link), 0);
    snprintf(path, sizeof path, "%s/tests/zoo/.libs:%s::%s", build, folder, folder);
    setenv("ANAFLOW_PLUGIN_PATH", path, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &zoo), 0);
    ck_assert_int_eq(ana_registry_find(ctx, zoo, ANA_KIND_METRIC, "zoo-good", &plugin),
                     0);
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_misspelt_id_is_answered_with_the_nearest)
{
    const struct ana_plugin *plugin;
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);

    ck_assert_int_eq(ana_registry_find(ctx, zoo, ANA_KIND_METRIC, "zoo-godo", &plugin),
                     ANA_EPLUGIN);
    ck_assert_ptr_null(plugin);
    assert_says(ana_error(ctx), "there is no metric plugin 'zoo-godo', did you mean "
                                "'zoo-good'?; there are: ");
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_id_of_another_kind_is_answered_with_its_kind)
{
    const struct ana_plugin *plugin;
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);

    ck_assert_int_eq(ana_registry_find(ctx, zoo, ANA_KIND_MODEL, "zoo-good", &plugin),
                     ANA_EPLUGIN);
    assert_says(ana_error(ctx), "'zoo-good' is a metric plugin, no model");
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(asking_for_a_refused_file_tells_why_it_was_refused)
{
    const struct ana_plugin *plugin;
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *zoo = open_zoo(ctx);

    ck_assert_int_eq(ana_registry_find(ctx, zoo, ANA_KIND_METRIC, "null-entry", &plugin),
                     ANA_EPLUGIN);
    assert_says(ana_error(ctx), "the metric plugin 'null-entry' was refused");
    assert_says(ana_error(ctx), "function `push` is NULL");
    ana_registry_destroy(zoo);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(text_under_the_name_of_a_library_is_refused_with_the_loaders_words)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *registry = NULL;
    char folder[64], path[128];

    snprintf(path, sizeof path, "%s/text.so", test_folder(folder, sizeof folder));
    ck_assert_int_eq(ana_file_write(ctx, path, "hello\n", 6), 0);
    setenv("ANAFLOW_PLUGIN_PATH", folder, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    assert_says(problem_of(registry, "text"), "it does not load: file too short");
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_search_path_stands_in_its_order)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_plugin_place *folder;
    char build[64], plugins[128];
    int64_t n;

    snprintf(plugins, sizeof plugins, "%s/plugins", test_folder(build, sizeof build));
    ck_assert_int_eq(mkdir(plugins, 0700), 0);
    setenv("ANAFLOW_PLUGIN_PATH", "/a:/b", 1);
    setenv("ANA_BUILD", build, 1);
    setenv("HOME", "/home/someone", 1);
    ck_assert_int_eq(ana_plugin_folders(ctx, &n, &folder), 0);
    ck_assert_int_eq(n, 4);
    ck_assert_str_eq(folder[0].path, "/a");
    ck_assert_str_eq(folder[1].path, "/b");
    ck_assert_str_eq(folder[2].path, plugins);
    ck_assert_int_eq(folder[1].from_package, 0);
    ck_assert_int_eq(folder[2].from_package, 1);
    ck_assert_str_eq(folder[3].path, "/home/someone/.local/lib/anaflow/plugins");
    ana_plugin_places_free(ctx, n, folder);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(without_a_build_tree_the_installed_folder_is_searched)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_plugin_place *folder;
    int64_t n;

    unsetenv("ANAFLOW_PLUGIN_PATH");
    setenv("ANA_BUILD", "/nonexistent", 1);
    ck_assert_int_eq(ana_plugin_folders(ctx, &n, &folder), 0);
    ck_assert_str_eq(folder[0].path, ANA_PLUGINS_DIR);
    ana_plugin_places_free(ctx, n, folder);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(folders_of_kinds_and_names_are_searched_two_deep)
{
    const struct {
        const char *path;
        int found;
    } files[] = {{"/b.so", 1},
                 {"/models/c/c.so", 1},
                 {"/models/c/.libs/d.so", 1},
                 {"/models/c/.git/e.so", 0},
                 {"/x/y/z/w/f.so", 0},
                 {"/g.txt", 0}};
    char folder[64], path[512];
    struct ana_ctx *ctx = test_ctx();
    struct ana_plugin_place *file;
    int64_t n, found = 0;

    test_folder(folder, sizeof folder);
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s%s", folder, files[i].path);
        *strrchr(path, '/') = 0;
        ck_assert_int_eq(ana_folder_make(ctx, path), 0);
        snprintf(path, sizeof path, "%s%s", folder, files[i].path);
        ck_assert_int_eq(ana_file_write(ctx, path, "x", 1), 0);
    }
    setenv("ANAFLOW_PLUGIN_PATH", folder, 1);
    ck_assert_int_eq(ana_plugin_files(ctx, &n, &file), 0);
    for (int64_t k = 0; k < n; k++)
        for (int i = 0; i < 6; i++)
            if (strncmp(file[k].path, folder, strlen(folder)) == 0 &&
                strcmp(file[k].path + strlen(folder), files[i].path) == 0) {
                ck_assert_msg(files[i].found, "%s was found", files[i].path);
                found++;
            }
    ck_assert_int_eq(found, 3);
    ana_plugin_places_free(ctx, n, file);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 60);
    tcase_add_test(all, a_good_plugin_loads_among_broken_ones);
    tcase_add_loop_test(all, a_broken_plugin_is_refused_with_both_sides_and_the_cure, 0,
                        sizeof animals / sizeof *animals);
    tcase_add_test(all, a_crash_is_remembered_until_the_file_changes);
    tcase_add_test(all, nothing_is_loaded_from_where_everybody_may_write);
    tcase_add_test(all, two_files_with_one_id_are_both_refused_and_both_named);
    tcase_add_test(all, a_file_that_is_found_twice_is_no_duplicate);
    tcase_add_test(all, a_misspelt_id_is_answered_with_the_nearest);
    tcase_add_test(all, an_id_of_another_kind_is_answered_with_its_kind);
    tcase_add_test(all, asking_for_a_refused_file_tells_why_it_was_refused);
    tcase_add_test(all,
                   text_under_the_name_of_a_library_is_refused_with_the_loaders_words);
    tcase_add_test(all, the_search_path_stands_in_its_order);
    tcase_add_test(all, without_a_build_tree_the_installed_folder_is_searched);
    tcase_add_test(all, folders_of_kinds_and_names_are_searched_two_deep);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
