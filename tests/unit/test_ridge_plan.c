/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What ridge plans against what it then takes, in every way that it works: primal and
 * dual, each inner choice, folds kept or made anew, tiles, Gram matrices.
 */
#include "tests/unit/plan_run.h"

extern const struct ana_plugin anaflow_plugin;

static const struct test_shape shapes[] = {
    {.name = "primal, leave-one-out",
     .rows = 300,
     .features = 60,
     .targets = 200,
     .folds = 5,
     .inner = ANA_INNER_LOO},
    {.name = "primal, GCV",
     .rows = 300,
     .features = 60,
     .targets = 200,
     .folds = 5,
     .inner = ANA_INNER_GCV},
    {.name = "dual, leave-one-out",
     .rows = 120,
     .features = 900,
     .targets = 150,
     .folds = 4,
     .inner = ANA_INNER_LOO},
    {.name = "dual, GCV",
     .rows = 120,
     .features = 900,
     .targets = 150,
     .folds = 4,
     .inner = ANA_INNER_GCV},
    {.name = "primal, inner folds",
     .rows = 240,
     .features = 40,
     .targets = 300,
     .folds = 4,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 5},
    {.name = "dual, inner folds",
     .rows = 100,
     .features = 700,
     .targets = 200,
     .folds = 3,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4},
    {.name = "one penalty",
     .rows = 200,
     .features = 100,
     .targets = 400,
     .folds = 5,
     .inner = ANA_INNER_NONE,
     .key = {"alphas"},
     .value = {"10"}},
    {.name = "few targets",
     .rows = 165,
     .features = 84,
     .targets = 6,
     .folds = 10,
     .inner = ANA_INNER_LOO},
    {.name = "many targets",
     .rows = 90,
     .features = 30,
     .targets = 4000,
     .folds = 3,
     .inner = ANA_INNER_LOO,
     .key = {"alphas"},
     .value = {"logspace(-2, 5, 8)"}},
    {.name = "tiles",
     .rows = 90,
     .features = 30,
     .targets = 4000,
     .folds = 3,
     .inner = ANA_INNER_LOO,
     .memory = 12000000,
     .workers = 2,
     .key = {"alphas"},
     .value = {"logspace(-2, 5, 8)"}},
    {.name = "folds made anew",
     .rows = 300,
     .features = 200,
     .targets = 200,
     .folds = 6,
     .inner = ANA_INNER_LOO,
     .memory = 9000000,
     .key = {"alphas"},
     .value = {"logspace(-2, 5, 8)"}},
    {.name = "a shared alpha",
     .rows = 200,
     .features = 50,
     .targets = 500,
     .folds = 4,
     .inner = ANA_INNER_LOO,
     .key = {"alpha", "alphas"},
     .value = {"shared", "logspace(-2, 5, 8)"}},
    {.name = "tall, inner folds",
     .rows = 5400,
     .features = 800,
     .targets = 30,
     .folds = 2,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 3,
     .key = {"alphas"},
     .value = {"logspace(-2, 5, 8)"}},
    {.name = "tall, two workers",
     .rows = 5400,
     .features = 800,
     .targets = 30,
     .folds = 2,
     .inner = ANA_INNER_FOLDS,
     .n_inner = 4,
     .workers = 2,
     .key = {"alphas"},
     .value = {"logspace(-2, 5, 8)"}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(counted_operations_and_memory_are_those_planned)
{
    test_plan(&anaflow_plugin, &shapes[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ridge's plan");
    TCase *tests = tcase_create("plan");

    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, counted_operations_and_memory_are_those_planned, 0,
                        SHAPES);
    suite_add_tcase(suite, tests);
    return test_main(suite);
}
