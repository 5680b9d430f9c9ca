/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What rsa plans against what it then takes.
 */
#include "tests/unit/plan_run.h"

extern const struct ana_plugin anaflow_plugin;

static const struct test_shape shapes[] = {
    {.name = "all items",
     .rows = 300,
     .features = 80,
     .targets = 120,
     .folds = 5,
     .key = {"rows"},
     .value = {"all"}},
    {.name = "test items", .rows = 600, .features = 80, .targets = 120, .folds = 4},
    {.name = "two workers",
     .rows = 600,
     .features = 80,
     .targets = 120,
     .folds = 4,
     .workers = 2},
    {.name = "wide features", .rows = 200, .features = 2000, .targets = 20, .folds = 2},
    {.name = "Kendall's tau",
     .rows = 300,
     .features = 40,
     .targets = 40,
     .folds = 2,
     .key = {"compare"},
     .value = {"tau-b"}},
    {.name = "trials over time",
     .rows = 1200,
     .features = 30,
     .targets = 60,
     .folds = 1,
     .layout = ANA_LAYOUT_EPOCHS,
     .moments = 10,
     .key = {"rows"},
     .value = {"all"}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(counted_operations_and_memory_are_those_planned)
{
    test_plan(&anaflow_plugin, &shapes[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rsa's plan");
    TCase *tests = tcase_create("plan");

    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, counted_operations_and_memory_are_those_planned, 0,
                        SHAPES);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
