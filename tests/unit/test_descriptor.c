/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A descriptor with one fault at a time: what a file of the zoo would only repeat.
 */
#include "tests/unit/helpers.h"

#include <anaflow/metric.h>
#include <anaflow/model.h>
#include <anaflow/reader.h>

#include "plugin/descriptor.h"

/* Stands for every function of a table: none is called when a descriptor is checked. */
static void never(struct ana_ctx *ctx, void *self)
{
    (void)ctx, (void)self;
    abort();
}

struct made {
    struct ana_plugin plugin;
    struct ana_model_vt model;
    struct ana_metric_vt metric;
    struct ana_param params[2];
};

static void fill_function(void *entry)
{
    void (*function)(struct ana_ctx *, void *) = never;

    memcpy(entry, &function, sizeof function);
}

/* A model without fault. */
static void make(struct made *made)
{
    const struct ana_param number = {.size = sizeof number,
                                     .type = ANA_PARAM_INT,
                                     .name = "a",
                                     .fallback = "1",
                                     .max = 9,
                                     .help = "a number"};
    const struct ana_param choice = {.size = sizeof choice,
                                     .type = ANA_PARAM_CHOICE,
                                     .name = "b",
                                     .fallback = "x",
                                     .choices = "x|y",
                                     .help = "a choice"};

    *made = (struct made){.plugin = {ANA_PLUGIN_HEAD(ANA_KIND_MODEL), .id = "made",
                                     .version = "1", .summary = "a model",
                                     .licence = "MIT", .citation = "", .n_params = 2},
                          .model = {.size = sizeof made->model},
                          .params = {number, choice}};
    fill_function(&made->model.open);
    fill_function(&made->model.describe);
    fill_function(&made->model.cost);
    fill_function(&made->model.forward);
    fill_function(&made->model.close);
    made->plugin.model = &made->model;
    made->plugin.params = made->params;
}

/* A faulty byte count may not be read past: the copy ends where the count does. */
static int check(struct ana_ctx *ctx, const struct made *made, size_t bytes)
{
    const struct ana_plugin *read = NULL;
    void *copy = malloc(bytes);
    int rc;

    memcpy(copy, &made->plugin, bytes);
    rc = ana_descriptor_read(ctx, copy, (int64_t)bytes, &read);
    ana_descriptor_release(read);
    free(copy);
    return rc;
}

START_TEST(a_descriptor_without_fault_passes)
{
    struct ana_ctx *ctx = test_ctx();
    struct made made;

    make(&made);
    ck_assert_msg(check(ctx, &made, sizeof made.plugin) == 0, "%s", ana_error(ctx));
    made.model.prepare = NULL; /* the one function that a model may lack */
    ck_assert_int_eq(check(ctx, &made, sizeof made.plugin), 0);
    made.plugin.n_params = 0;
    made.plugin.params = NULL;
    ck_assert_int_eq(check(ctx, &made, sizeof made.plugin), 0);
    ana_ctx_destroy(ctx);
}
END_TEST

/* Each fault as the statement that makes it, and what its sentence says. */
#define FAULT(name, statement)                                                           \
    static void name(struct made *made)                                                  \
    {                                                                                    \
        statement;                                                                       \
    }
FAULT(reserved_set, made->plugin.reserved = 1)
FAULT(minor_ahead, made->plugin.abi_minor++)
FAULT(longer, made->plugin.size += 8)
FAULT(no_id, made->plugin.id = NULL)
FAULT(upper_case_id, made->plugin.id = "Made")
FAULT(long_id,
      made->plugin.id = "a23456789012345678901234567890123456789012345678901234567890"
                        "1234")
FAULT(path_as_id, made->plugin.id = "../made")
FAULT(no_version, made->plugin.version = "")
FAULT(no_summary, made->plugin.summary = NULL)
FAULT(no_licence, made->plugin.licence = NULL)
FAULT(no_citation, made->plugin.citation = NULL)
FAULT(no_table, made->plugin.model = NULL)
FAULT(table_of_another_size, made->model.size += 8)
FAULT(table_cut_short, made->model.size -= 8)
FAULT(no_forward, made->model.forward = NULL)
FAULT(two_kinds, made->plugin.metric = &made->metric)
FAULT(kind_of_another_table, made->plugin.kind = ANA_KIND_READER)
FAULT(too_many_params, made->plugin.n_params = 1000000)
FAULT(fewer_than_no_params, made->plugin.n_params = -1)
FAULT(params_missing, made->plugin.params = NULL)
FAULT(param_of_another_size, made->params[1].size = 8)
FAULT(param_without_name, made->params[0].name = NULL)
FAULT(param_with_blank, made->params[0].name = "two words")
FAULT(param_of_no_type, made->params[0].type = 99)
FAULT(param_without_help, made->params[0].help = "")
FAULT(choice_without_choices, made->params[1].choices = NULL)
FAULT(number_with_choices, made->params[0].choices = "1|2")
FAULT(bounds_turned_round, made->params[0].min = 10)
FAULT(bounds_not_numbers, made->params[0].max = NAN)
FAULT(default_out_of_bounds, made->params[0].fallback = "12")
FAULT(default_of_another_type, made->params[0].fallback = "many")
FAULT(default_no_choice, made->params[1].fallback = "z")
FAULT(param_twice, made->params[1].name = "a")

static const struct {
    void (*make)(struct made *made);
    const char *says;
} faults[] = {
    {reserved_set, "the reserved word of its head is not 0"},
    {minor_ahead, "it was built for plugin interface"},
    {longer, "bytes, this anaflow's has"},
    {no_id, "its id is \"\""},
    {upper_case_id, "its id is \"Made\", expected lower case"},
    {long_id, "63 at most"},
    {path_as_id, "its id is \"../made\""},
    {no_version, "its `version` is empty"},
    {no_summary, "its `summary` is empty"},
    {no_licence, "its `licence` is empty"},
    {no_citation, "its `citation` is NULL"},
    {no_table, "it says that it is a model, but its `model` is NULL"},
    {table_of_another_size, "its struct ana_model_vt has"},
    {table_cut_short, "its struct ana_model_vt has"},
    {no_forward, "its function `forward` is NULL; every model has one"},
    {two_kinds, "function tables of 2 kinds"},
    {kind_of_another_table, "but its `reader` is NULL"},
    {too_many_params, "its table has 1000000 parameters, expected 0 .. 256"},
    {fewer_than_no_params, "its table has -1 parameters"},
    {params_missing, "its table has 2 parameters and is NULL"},
    {param_of_another_size, "its parameter 2 has 8 bytes"},
    {param_without_name, "its parameter 1 is called \"\""},
    {param_with_blank, "its parameter 1 is called \"two words\""},
    {param_of_no_type, "`a` has type 99"},
    {param_without_help, "`a` has no help"},
    {choice_without_choices, "`b` has no choices"},
    {number_with_choices, "`a` has choices"},
    {bounds_turned_round, "`a` has bounds 10 .. 9"},
    {bounds_not_numbers, "`a` has bounds 0 .. nan"},
    {default_out_of_bounds, "`a`"},
    {default_of_another_type, "'many'"},
    {default_no_choice, "'z' is none of its choices"},
    {param_twice, "two parameters called `a`"},
};

START_TEST(a_fault_is_refused_by_its_own_sentence)
{
    struct ana_ctx *ctx = test_ctx();
    struct made made;

    make(&made);
    faults[_i].make(&made);
    ck_assert_int_eq(check(ctx, &made, sizeof made.plugin), ANA_EPLUGIN);
    ck_assert_msg(strstr(ana_error(ctx), faults[_i].says) != NULL,
                  "\"%s\" does not say \"%s\"", ana_error(ctx), faults[_i].says);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_descriptor_cut_anywhere_is_refused_unread)
{
    struct ana_ctx *ctx = test_ctx();
    struct made made;

    make(&made);
    for (size_t bytes = 1; bytes < sizeof made.plugin; bytes++)
        ck_assert_int_eq(check(ctx, &made, bytes), ANA_EPLUGIN);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptor");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_descriptor_without_fault_passes);
    tcase_add_loop_test(all, a_fault_is_refused_by_its_own_sentence, 0,
                        sizeof faults / sizeof *faults);
    tcase_add_test(all, a_descriptor_cut_anywhere_is_refused_unread);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
