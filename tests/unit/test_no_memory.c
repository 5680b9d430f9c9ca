/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A whole run in this process, cold and resumed, in which the n-th allocation fails: a
 * sentence, everything given back (which the leak checker sees, too, where the suite runs
 * under it), and afterwards a run that gives the same scores.
 */
#include "tests/unit/helpers.h"

#include "base/file.h"
#include "linalg/pool.h"
#include "pipeline/execute.h"
#include "plugin/registry.h"

static struct ana_ctx *ctx;
static struct ana_registry *registry;
static char folder[64], ini[128], output[128], *scores;

enum { ITEMS = 12, COLUMNS = 3 };

static void write_table(const char *name, const char *stage, int columns)
{
    char path[160], text[4000] = "stimulus";
    struct ana_rng rng;

    ana_rng_init(ctx, stage, 0, &rng);
    for (int c = 0; c < columns; c++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "\tc%d", c);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "\nitem%d", i);
        for (int c = 0; c < columns; c++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "\t%.6f",
                     ana_rng_normal(&rng));
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ana_file_write(ctx, path, text, (int64_t)strlen(text)), 0);
}

static void setup(void)
{
    static const char study[] =
        "[study]\nname = small\n[data items]\nplugin = arrays\n"
        "data = x.tsv : (stimulus, target)\n[brain b]\nplugin = arrays\n"
        "data = y.tsv : (stimulus, target)\nprepare = zscore(run)\n"
        "[features items]\nfrom = items\n[folds]\nby = stimulus\nouter = 3\n"
        "[metric score]\nplugin = ridge\n[plugin ridge]\nalphas = 1 10\n";
    const char *build = getenv("ANA_BUILD");
    char path[1200];

    ctx = test_ctx();
    test_folder(folder, sizeof folder);
    snprintf(ini, sizeof ini, "%s/small.ini", folder);
    snprintf(output, sizeof output, "%s/out", folder);
    ck_assert_int_eq(ana_file_write(ctx, ini, study, sizeof study - 1), 0);
    write_table("x.tsv", "x", 4);
    write_table("y.tsv", "y", COLUMNS);
    snprintf(path, sizeof path,
             "%s/plugins/readers/arrays/.libs:%s/plugins/metrics/ridge/"
             ".libs",
             build, build);
    setenv("ANAFLOW_PLUGIN_PATH", path, 1);
    snprintf(path, sizeof path, "%s/cache", folder);
    setenv("ANAFLOW_CACHE", path, 1);
    ck_assert_int_eq(ana_registry_create(ctx, &registry), 0);
}

static void teardown(void)
{
    free(scores);
    ana_registry_destroy(registry);
    ck_assert_int_eq(ana_ctx_memory(ctx, NULL), 0);
    ana_ctx_destroy(ctx);
}

static char *read_scores(void)
{
    char path[200], *data = NULL, *copy;
    int64_t n;

    snprintf(path, sizeof path, "%s/scores.tsv", output);
    if (access(path, F_OK) != 0)
        return NULL;
    ck_assert_int_eq(ana_file_read(ctx, path, 1 << 20, &data, &n), 0);
    copy = strdup(data);
    ana_free(ctx, data);
    return copy;
}

/* One run whose n-th allocation fails (0 = none); *asked is how many there were. */
static int run_once(int64_t n, int64_t *asked)
{
    const struct ana_run_options options = {.output = output, .jobs = 1};
    struct ana_ctx *small = NULL;
    struct ana_study *study = NULL;
    struct ana_ini *file = NULL;
    int rc;

    ck_assert_int_eq(ana_ctx_create(&(struct ana_ctx_options){.seed = 1}, &small), 0);
    ana_ctx_fail_allocation(small, n);
    rc = ana_ini_read(small, ini, &file);
    if (rc == 0)
        rc = ana_study_create(small, registry, file, &study);
    if (rc == 0) {
        ck_assert_msg(study->n_problems == 0, "%s", study->problems[0]);
        rc = ana_run(small, registry, study, &options);
    }
    if (rc != 0) {
        ck_assert_msg(rc == ANA_ERESOURCE, "allocation %lld: %d: %s", (long long)n, rc,
                      ana_error(small));
        ck_assert_msg(strstr(ana_error(small), "memory") != NULL, "allocation %lld: %s",
                      (long long)n, ana_error(small));
    }
    *asked = ana_ctx_allocations(small);
    ck_assert_msg(ana_ctx_memory(small, NULL) == 0, "allocation %lld: %lld bytes kept",
                  (long long)n, (long long)ana_ctx_memory(small, NULL));
    ana_ctx_destroy(small);
    return rc;
}

static void remove_output(void)
{
    char command[300];

    snprintf(command, sizeof command, "rm -rf %s %s/cache", output, folder);
    ck_assert_int_eq(system(command), 0);
}

/* Scores are whole where there are any: those of a run that nothing disturbed, or, where a
 * task failed, fewer lines of the same head. */
static void check_whole(int64_t n, int rc)
{
    char *now = read_scores();

    if (now && rc == 0)
        ck_assert_msg(strcmp(now, scores) == 0, "allocation %lld: other scores",
                      (long long)n);
    if (now)
        ck_assert_msg(now[strlen(now) - 1] == '\n', "allocation %lld: half a table",
                      (long long)n);
    free(now);
}

START_TEST(a_run_without_memory_gives_everything_back)
{
    const int resumed = _i;
    int64_t asked, n = 1, failed = 0, step;

    ck_assert_int_eq(run_once(0, &asked), 0);
    scores = read_scores();
    ck_assert_ptr_nonnull(scores);
    if (resumed)
        ck_assert_int_eq(run_once(0, &asked), 0);
    step = getenv("FAULT_ALL") || asked < 300 ? 1 : asked / 150; /* all in test --long */
    for (; n <= asked + 1; n += step) {
        int64_t now;
        int rc;

        if (!resumed)
            remove_output();
        rc = run_once(n, &now);
        check_whole(n, rc);
        failed += rc != 0;
    }
    ck_assert_int_gt(failed, 50);
    ck_assert_int_eq(run_once(0, &asked), 0);
    check_whole(0, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("no_memory");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 600);
    tcase_add_loop_test(all, a_run_without_memory_gives_everything_back, 0, 2);
    suite_add_tcase(suite, all);
    return test_main(suite);
}
