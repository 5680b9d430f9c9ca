/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/report_cases.h"

#include <sys/stat.h>

static struct report_case *deep(const char *folder)
{
    return case_deep(folder, 0);
}

static struct report_case *twins(const char *folder)
{
    return case_deep(folder, 1);
}

static const struct {
    const char *name;
    struct report_case *(*make)(const char *folder);
} cases[] = {{"components", case_components},
             {"deep", deep},
             {"twins", twins},
             {"networks", case_networks},
             {"voxels", case_voxels},
             {"one-layer", case_one_layer},
             {"all-na", case_all_na},
             {"pooled", case_pooled},
             {"demo", case_demo},
             {"nasty", case_nasty}};

/* Not a test: ANA_REPORT_KEEP=DIR leaves a report of every case in DIR to look at. */
START_TEST(every_shape_of_results_gives_a_report)
{
    const char *keep = getenv("ANA_REPORT_KEEP");
    struct ana_ctx *ctx = test_ctx();
    char folder[256], path[512];
    struct report_case *c;

    if (keep)
        snprintf(folder, sizeof folder, "%s", keep);
    else
        test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/%s", folder, cases[_i].name);
    ck_assert(mkdir(path, 0777) == 0 || keep);
    c = cases[_i].make(path);
    if (cases[_i].make == case_nasty)
        ana_warn(ctx, "%s", NASTY);
    ck_assert_int_eq(ana_results_write(ctx, &c->results), 0);
    ck_assert_int_eq(ana_report_write(ctx, &c->results), 0);
    case_free(c);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_add_loop_test(tcase, every_shape_of_results_gives_a_report, 0,
                        sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return test_main(suite);
}
