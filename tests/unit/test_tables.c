/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plugin's parameter table drives what the program says: every parameter of every
 * plugin is looked for in `plugin info`, in completion, in anaflow.ini(5) and in the
 * suggestion that `check` makes for a key that is nearly it.
 */
#include "tests/unit/helpers.h"

#include "pipeline/sections.h"
#include "plugin/registry.h"

/* What the program prints on both streams. */
static char *say(const char *arguments)
{
    char command[4096], *text = calloc(1, 1 << 24);
    FILE *pipe;

    ck_assert_ptr_nonnull(text);
    snprintf(command, sizeof command, "'%s' %s 2>&1", getenv("ANAFLOW"), arguments);
    pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    text[fread(text, 1, (1 << 24) - 1, pipe)] = 0;
    pclose(pipe);
    return text;
}

static void expect_line(const char *text, const char *begin, const char *what)
{
    const size_t n = strlen(begin);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, begin, n) == 0)
            return;
    }
    ck_abort_msg("%s: no line begins with '%s' in:\n%.2000s", what, begin, text);
}

static struct ana_registry *open_all(struct ana_ctx *ctx, int64_t *n,
                                     const struct ana_plugin_entry **entry)
{
    struct ana_registry *registry = NULL;

    unsetenv("ANAFLOW_PLUGIN_PATH");
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    *n = ana_registry_entries(registry, entry);
    ck_assert_int_ge(*n, 7);
    return registry;
}

START_TEST(every_parameter_is_in_plugin_info_and_completed)
{
    struct ana_ctx *ctx = test_ctx();
    const struct ana_plugin_entry *entry;
    int64_t n;
    struct ana_registry *registry = open_all(ctx, &n, &entry);

    for (int64_t i = 0; i < n; i++) {
        const struct ana_plugin *plugin = entry[i].plugin;
        char arguments[256], begin[256], *info, *offered;

        ck_assert_ptr_nonnull(plugin);
        snprintf(arguments, sizeof arguments, "plugin info %s", plugin->id);
        info = say(arguments);
        snprintf(arguments, sizeof arguments, "complete run x.ini --set 'plugin %s.'",
                 plugin->id);
        offered = say(arguments);
        for (int64_t p = 0; p < plugin->n_params; p++) {
            const struct ana_param *param = &plugin->params[p];

            snprintf(begin, sizeof begin, "  %s%s", param->name,
                     !param->fallback   ? " (must be given)"
                     : *param->fallback ? " = "
                                        : "\n");
            ck_assert_msg(strstr(info, begin), "no '%s' in:\n%.2000s", begin, info);
            ck_assert_msg(strstr(info, param->help), "no '%s' in:\n%s", param->help,
                          info);
            snprintf(begin, sizeof begin, "plugin %s.%s=", plugin->id, param->name);
            expect_line(offered, begin, arguments);
        }
        free(info);
        free(offered);
    }
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A key that is no parameter and is nearest to this one: its first letter twice. */
static void misspell(const char *name, char out[128])
{
    snprintf(out, 128, "%c%s", name[0], name);
}

/* One INI with a section a parameter, each with the parameter misspelt. */
START_TEST(every_parameter_is_suggested_for_a_key_that_is_nearly_it)
{
    static const char *const kinds[] = {"", "model", "brain", "metric"};
    struct ana_ctx *ctx = test_ctx();
    const struct ana_plugin_entry *entry;
    int64_t n, number = 0;
    struct ana_registry *registry = open_all(ctx, &n, &entry);
    char folder[256], path[512], arguments[600], sentence[512], wrong[128];
    char *problems;
    FILE *ini;

    snprintf(path, sizeof path, "%s/wrong.ini", test_folder(folder, sizeof folder));
    ini = fopen(path, "w");
    ck_assert_ptr_nonnull(ini);
    for (int64_t i = 0; i < n; i++)
        for (int64_t p = 0; p < entry[i].plugin->n_params; p++) {
            misspell(entry[i].plugin->params[p].name, wrong);
            fprintf(ini, "[%s s%lld]\nplugin = %s\n%s = 1\n",
                    kinds[entry[i].plugin->kind], (long long)number++,
                    entry[i].plugin->id, wrong);
        }
    fclose(ini);
    snprintf(arguments, sizeof arguments, "check %s --ini-only", path);
    problems = say(arguments);
    number = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t p = 0; p < entry[i].plugin->n_params; p++) {
            const char *name = entry[i].plugin->params[p].name;

            misspell(name, wrong);
            snprintf(
                sentence, sizeof sentence,
                "wrong.ini:%lld: neither [%s s%lld] nor its plugin %s has a key `%s`; "
                "did you mean `%s`?",
                (long long)(3 * number + 3), kinds[entry[i].plugin->kind],
                (long long)number, entry[i].plugin->id, wrong, name);
            number++;
            ck_assert_msg(strstr(problems, sentence), "no '%s' in:\n%.2000s", sentence,
                          problems);
        }
    ck_assert_int_ge(number, 20);
    free(problems);
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_parameter_and_key_is_in_the_manual)
{
    struct ana_ctx *ctx = test_ctx();
    const struct ana_plugin_entry *entry;
    int64_t n;
    struct ana_registry *registry = open_all(ctx, &n, &entry);
    char *page = say("manual anaflow.ini"), begin[128];

    for (int64_t i = 0; i < n; i++) {
        const char *part;

        snprintf(begin, sizeof begin, ".Ss %s (%s)\n", entry[i].plugin->id,
                 ana_kind_name(entry[i].plugin->kind));
        part = strstr(page, begin);
        ck_assert_msg(part != NULL, "no '%s'", begin);
        for (int64_t p = 0; p < entry[i].plugin->n_params; p++) {
            snprintf(begin, sizeof begin,
                     ".It Ic %s No = ", entry[i].plugin->params[p].name);
            expect_line(part, begin, "anaflow.ini(5)");
        }
    }
    for (int64_t s = 0; s < ana_n_sections; s++)
        for (int64_t k = 0; k < ana_sections[s].n_keys; k++) {
            snprintf(begin, sizeof begin,
                     ".It Ic %s No = ", ana_sections[s].keys[k].name);
            expect_line(page, begin, "anaflow.ini(5)");
        }
    free(page);
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tables");
    TCase *all = tcase_create("all");

    tcase_add_test(all, every_parameter_is_in_plugin_info_and_completed);
    tcase_add_test(all, every_parameter_is_suggested_for_a_key_that_is_nearly_it);
    tcase_add_test(all, every_parameter_and_key_is_in_the_manual);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
