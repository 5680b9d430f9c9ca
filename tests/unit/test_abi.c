/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The promise to plugins that are built already: members stay where they are, and what an
 * older plugin's struct does not have is absent.
 */
#include "tests/unit/helpers.h"

#include <anaflow/metric.h>
#include <anaflow/model.h>
#include <anaflow/reader.h>

#include "plugin/describe.h"
#include "plugin/descriptor.h"
#include "plugin/registry.h"
#include "plugin/widen.h"

extern const int ana_layout_holds; /* tests/abi/layout.c: it was compiled */

START_TEST(members_lie_where_they_lay)
{
    ck_assert_int_eq(ana_layout_holds, 1);
}
END_TEST

START_TEST(plugins_built_against_the_frozen_headers_load)
{
    static const char *const ids[] = {"frozen-model", "frozen-reader", "frozen-metric"};
    struct ana_ctx *ctx = test_ctx();
    struct ana_registry *registry = NULL;
    char path[512];

    snprintf(path, sizeof path, "%s/tests/abi/.libs", getenv("ANA_BUILD"));
    setenv("ANAFLOW_PLUGIN_PATH", path, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
    for (int32_t kind = ANA_KIND_MODEL; kind <= ANA_KIND_METRIC; kind++) {
        const struct ana_plugin *plugin = NULL;

        ck_assert_msg(ana_registry_find(ctx, registry, kind, ids[kind - 1], &plugin) == 0,
                      "%s", ana_error(ctx));
        ck_assert_uint_eq(plugin->size, sizeof *plugin);
    }
    ana_registry_destroy(registry);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Structs of an older header, one behind the other: their ends are not in the file. */
struct old_run {
    uint32_t size, flags;
    const char *id, *stimulus;
    int64_t n;
    double rate, start;
};

START_TEST(shorter_structs_of_an_array_become_ours_with_zeros)
{
    struct longer {
        struct old_run run;
        double added;
    } * ours;
    const struct old_run old[] = {
        {.size = sizeof *old, .id = "a", .n = 3, .rate = 10, .start = 1},
        {.size = sizeof *old, .id = "b", .n = 5, .rate = 20, .start = 2}};
    struct ana_ctx *ctx = test_ctx();
    void *out;

    ck_assert_int_eq(ana_widen(ctx, "run", old, 2, sizeof *old, sizeof *ours, &out), 0);
    ours = out;
    ck_assert_str_eq(ours[1].run.id, "b");
    ck_assert_int_eq(ours[1].run.n, 5);
    ck_assert_double_eq(ours[1].run.start, 2);
    ck_assert_double_eq(ours[0].added, 0);
    ck_assert_double_eq(ours[1].added, 0);
    ck_assert_uint_eq(ours[1].run.size, sizeof *ours);
    ana_free(ctx, out);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(sizes_that_cannot_be_are_refused)
{
    struct old_run runs[2] = {{.size = sizeof *runs}, {.size = sizeof *runs}};
    struct ana_ctx *ctx = test_ctx();
    void *out;

    runs[1].size = sizeof *runs - 8; /* not that of the first */
    ck_assert_int_eq(ana_widen(ctx, "run", runs, 2, sizeof *runs - 8, sizeof *runs, &out),
                     ANA_EPLUGIN);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "its run 2 has 40 bytes"));
    ck_assert_ptr_null(out);
    runs[0].size = 4;
    ck_assert_int_eq(ana_widen(ctx, "run", runs, 1, 16, sizeof *runs, &out), ANA_EPLUGIN);
    runs[0].size = sizeof *runs + 8;
    ck_assert_int_eq(ana_widen(ctx, "run", runs, 1, 16, sizeof *runs, &out), ANA_EPLUGIN);
    ck_assert_ptr_nonnull(strstr(ana_error(ctx), "build it again"));
    ana_ctx_destroy(ctx);
}
END_TEST

static int describe_short(struct ana_ctx *ctx, void *self, struct ana_model_info *info)
{
    static const struct ana_layer layer = {.size = sizeof layer, .id = "one"};
    const uint32_t older = offsetof(struct ana_model_info, layers) + sizeof info->layers;
    const struct ana_model_info mine = {
        .size = older, .input = ANA_INPUT_AUDIO, .n_layers = 1, .layers = &layer};

    (void)ctx, (void)self;
    memcpy(info, &mine, older);
    return 0;
}

START_TEST(a_layer_is_ours_even_if_the_plugin_goes_on_to_change_its_own)
{
    const struct ana_model_vt vt = {.size = sizeof vt, .describe = describe_short};
    struct ana_ctx *ctx = test_ctx();
    struct ana_model_info info;
    void *layers;

    ck_assert_int_eq(ana_model_describe(ctx, &vt, NULL, &info, &layers), 0);
    ck_assert_ptr_eq(info.layers, layers);
    ck_assert_str_eq(info.layers[0].id, "one");
    ana_free(ctx, layers);
    ana_ctx_destroy(ctx);
}
END_TEST

/* A reader's table that ends behind `close`, as before `list` and `labels` were added. */
START_TEST(functions_behind_the_end_of_a_table_are_absent)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_reader_vt table;
    const struct ana_plugin *read = NULL;
    struct ana_plugin plugin = {ANA_PLUGIN_HEAD(ANA_KIND_READER),
                                .id = "old",
                                .version = "1",
                                .summary = "an old reader",
                                .licence = "MIT",
                                .citation = "",
                                .reader = &table};

    memset(&table, 0xff, sizeof table); /* no function may be read there */
    table.size = ANA_UP_TO(struct ana_reader_vt, close);
    ck_assert_msg(ana_descriptor_read(ctx, &plugin, sizeof plugin, &read) == 0, "%s",
                  ana_error(ctx));
    ck_assert(read->reader->list == NULL);
    ck_assert(read->reader->labels == NULL);
    ck_assert(read->reader->close != NULL);
    ana_descriptor_release(read);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("abi");
    TCase *all = tcase_create("all");

    tcase_add_test(all, members_lie_where_they_lay);
    tcase_add_test(all, plugins_built_against_the_frozen_headers_load);
    tcase_add_test(all, shorter_structs_of_an_array_become_ours_with_zeros);
    tcase_add_test(all, sizes_that_cannot_be_are_refused);
    tcase_add_test(all, a_layer_is_ours_even_if_the_plugin_goes_on_to_change_its_own);
    tcase_add_test(all, functions_behind_the_end_of_a_table_are_absent);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
