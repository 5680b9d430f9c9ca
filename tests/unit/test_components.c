/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Streamed principal components against numpy's SVD of the whole centred matrix
 * (tests/oracles/make_components.py).
 */
#include <math.h>

#include "base/context.h"
#include "pipeline/components.h"
#include "tests/unit/helpers.h"

enum { N = 600, F = 7, KEEP = 3 }; /* more samples than a block holds */

static const double axes[KEEP][F] = {
    {0.130754705, 0.004007992, -0.006627686, 0.481797148, 0.000240296, 0.002344121,
     0.866434748},
    {0.002077388, -0.002025947, 0.434028106, -0.004961532, 0.021054541, 0.900628762,
     0.003332395},
    {-0.015197753, 0.346190999, -0.017421949, 0.015118037, 0.937637923, -0.012596834,
     -0.008073809},
};
static const double first[KEEP] = {0.4368378, 0.0547714, -0.4933986},
                    last[KEEP] = {7.5083303, -6.1267289, -1.0022409};
static const double share_wanted = 0.958096459;

static void make_sample(int64_t t, float *x)
{
    for (int64_t f = 0; f < F; f++)
        x[f] = (float)(100.0 * (double)f +
                       (double)(f + 1) * sin(0.37 * (double)t * (double)(1 + f % 3)) +
                       cos(0.11 * (double)t + (double)f));
}

static struct ana_project *fit(struct ana_ctx *ctx, int64_t n, int64_t keep,
                               double *share, int *rc)
{
    struct ana_components *c;
    struct ana_project *project = NULL;
    float x[F];

    ck_assert_int_eq(ana_components_create(ctx, F, &c), 0);
    for (int64_t t = 0; t < n; t++) {
        make_sample(t, x);
        ck_assert_int_eq(ana_components_add(ctx, c, x), 0);
    }
    *rc = ana_components_solve(ctx, c, keep, &project, share);
    ana_components_destroy(ctx, c);
    return project;
}

START_TEST(components_are_those_of_an_svd_of_the_whole)
{
    struct ana_ctx *ctx = test_ctx();
    double share, sums[KEEP];
    float x[F], zero[KEEP], y[KEEP];
    int rc;
    struct ana_project *p = fit(ctx, N, KEEP, &share, &rc);

    ck_assert_int_eq(rc, 0);
    ck_assert_double_eq_tol(share, share_wanted, 1e-9);
    make_sample(0, x);
    ana_project_apply(p, x, sums, zero);
    for (int64_t i = 0; i < KEEP; i++)
        ck_assert_double_eq_tol((double)zero[i], first[i], 1e-5);
    for (int64_t f = 0; f < F; f++) { /* a step along one unit gives its weights */
        make_sample(0, x);
        x[f] += 64;
        ana_project_apply(p, x, sums, y);
        for (int64_t i = 0; i < KEEP; i++)
            ck_assert_double_eq_tol((double)(y[i] - zero[i]) / 64, axes[i][f], 2e-6);
    }
    make_sample(N - 1, x);
    ana_project_apply(p, x, sums, y);
    for (int64_t i = 0; i < KEEP; i++)
        ck_assert_double_eq_tol((double)y[i], last[i], 1e-5);
    ana_project_destroy(ctx, p);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(too_few_samples_are_refused_with_their_directions)
{
    struct ana_ctx *ctx = test_ctx();
    double share;
    int rc;
    struct ana_project *p = fit(ctx, 3, KEEP, &share, &rc);

    ck_assert_int_eq(rc, ANA_EDATA);
    ck_assert_ptr_null(p);
    ck_assert_str_eq(ana_error(ctx),
                     "3 samples of 7 units vary in 2 directions only, and `pca 3` wants "
                     "more; lower it or fit on more sounds");
    p = fit(ctx, 0, 1, &share, &rc);
    ck_assert_int_eq(rc, ANA_EDATA);
    ck_assert_ptr_null(p);
    ana_ctx_destroy(ctx);
}
END_TEST

START_TEST(what_a_fit_takes_is_planned)
{
    struct ana_ctx *ctx = test_ctx();
    double share, counted;
    int64_t peak;
    int rc;
    struct ana_project *p = fit(ctx, N, KEEP, &share, &rc);

    counted = ana_ctx_flops(ctx);
    ck_assert_double_eq_tol(counted, ana_components_flops(F, N), 0.02 * counted);
    ana_ctx_memory(ctx, &peak);
    ck_assert_int_le(peak, ana_components_bytes(F) + 4096);
    ana_project_destroy(ctx, p);
    ana_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("components");
    TCase *c = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(c, components_are_those_of_an_svd_of_the_whole);
    tcase_add_test(c, too_few_samples_are_refused_with_their_directions);
    tcase_add_test(c, what_a_fit_takes_is_planned);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
