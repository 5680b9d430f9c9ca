/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `ols`: least squares from the features, or from their principal components
 * on the training rows (Massy 1965), to each target; scored on held-out rows. The work is
 * done by the encoding engine in ../lib with a penalty of 0.
 */
#include "plugins/metrics/lib/encoded.h"
#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/keep.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "components",
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .help = "principal components of the training rows to regress on; 0 = all, which "
             "is plain least squares (of minimum norm where features outnumber rows)"},
    ANA_GLUE_INTERCEPT,
    ANA_GLUE_PREDICTIONS,
    ANA_GLUE_WEIGHTS,
};

/* The metric's x side. */
struct ols {
    struct ana_encoded engine; /* first */
    const struct ana_problem *problem;
    int64_t components;
    int32_t intercept, pad;
};

static const double no_penalty[] = {0};

static struct ana_ridge read_settings(const struct ana_params *given,
                                      const struct ana_problem *problem)
{
    return (struct ana_ridge){
        .n_alphas = 1,
        .alphas = no_penalty,
        .intercept = ana_param_bool(given, "intercept"),
        .loss = ANA_LOSS_R2,
        .most = ana_param_int(given, "components"),
        .weights = ana_param_bool(given, "weights"),
        .predictions = ana_param_bool(given, "predictions") ? ana_keep_rows(problem) : 0,
        .float64 = 1,
        .unnamed = 1};
}

static int check_problem(struct ana_ctx *ctx, const struct ana_problem *problem,
                         const struct ana_ridge *ridge)
{
    const int rc = ana_glue_check(ctx, "ols", problem);

    if (rc != 0)
        return rc;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const int64_t n = problem->folds[k].n_train;

        if (n < 2)
            return ana_fail(ctx, ANA_EPARAM,
                            "fold %lld has %lld training rows; ols needs at least 2",
                            (long long)k, (long long)n);
        if (ridge->most > n - 1)
            return ana_fail(ctx, ANA_EPARAM,
                            "fold %lld has %lld training rows, which span at most %lld "
                            "components; lower `components = %lld`",
                            (long long)k, (long long)n, (long long)n - 1,
                            (long long)ridge->most);
    }
    if (ridge->most > ana_space_width(problem->spaces[0]))
        return ana_fail(ctx, ANA_EPARAM,
                        "`components = %lld` asks for more than the %lld features have; "
                        "lower it, or write 0 for plain least squares",
                        (long long)ridge->most,
                        (long long)ana_space_width(problem->spaces[0]));
    return 0;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    const struct ana_ridge ridge = read_settings(given, problem);
    struct ana_encode_layout layout;
    int rc = check_problem(ctx, problem, &ridge);

    if (rc == 0)
        rc = ana_encode_layout(ctx, problem, &ridge, &layout);
    if (rc != 0)
        return rc;
    ana_encode_fill_plan(&layout, plan);
    plan->arrays = ana_keep_bytes(problem, ridge.predictions > 0, ridge.weights,
                                  ana_space_width(problem->spaces[0]));
    return 0;
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    struct ols *ols = xs;

    if (!ols)
        return;
    ana_encoder_destroy(ctx, ols->engine.encoder);
    ana_free(ctx, ols);
}

/* The conventions without which two programs' numbers cannot be compared. */
static int state(struct ana_ctx *ctx, const void *xs, struct ana_out *out)
{
    const struct ols *ols = xs;
    const char *constant =
        ols->intercept ? "with an intercept" : "without an intercept (c = 0)";
    int rc;

    if (ols->components > 0)
        rc = ana_out_note(ctx, out,
                          "ols: least squares on the first %lld principal components of "
                          "the training rows, %s",
                          (long long)ols->components, constant);
    else
        rc = ana_out_note(ctx, out,
                          "ols: least squares on all features, %s; of the smallest norm "
                          "where they outnumber the training rows",
                          constant);
    if (rc == 0)
        rc = ana_glue_state(ctx, out);
    return rc;
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    const struct ana_ridge ridge = read_settings(given, problem);
    struct ols *ols = ana_alloc(ctx, 1, sizeof *ols);
    int rc = ols ? check_problem(ctx, problem, &ridge) : ANA_ERESOURCE;

    *xs = NULL;
    if (rc == 0)
        rc = ana_encoder_create(ctx, problem, &ridge, &ols->engine.encoder);
    if (rc != 0) {
        ana_free(ctx, ols);
        return rc;
    }
    ols->engine.state = state;
    ols->problem = problem;
    ols->components = ridge.most;
    ols->intercept = ridge.intercept;
    *xs = ols;
    return 0;
}

static const struct ana_metric_vt metric = {
    .size = sizeof(struct ana_metric_vt),
    .flags = ANA_METRIC_PER_TARGET | ANA_METRIC_NEEDS_FOLDS | ANA_METRIC_TAKES_ROWS |
             ANA_METRIC_TAKES_EPOCHS | ANA_METRIC_TAKES_SERIES,
    .plan = plan,
    .begin = begin,
    .open_y = ana_encoded_open_y,
    .push = ana_encoded_push,
    .pass = ana_encoded_pass,
    .close_y = ana_encoded_close_y,
    .close = close_x,
};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_METRIC),
    .id = "ols",
    .version = "1.0",
    .summary = "cross-validated least squares from features, or their principal "
               "components, to each target",
    .licence = "BSD-3-Clause",
    .citation = "Massy 1965, Journal of the American Statistical Association 60(309):234 "
                "(principal component regression)",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
