/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `ols`: least squares from the features, or from their principal components
 * on the training rows (Massy 1965), to each target; scored on held-out rows. The work is
 * done by the encoding engine in ../lib with a penalty of 0.
 */
#include "plugins/metrics/lib/encode.h"
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
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "intercept",
     .fallback = "yes",
     .help = "remove the training means of x and y"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "predictions",
     .fallback = "no",
     .help = "write the held-out predictions of every fold as an array"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "weights",
     .fallback = "no",
     .help = "write the weights of every fold as an array"},
};

/* The metric's x side. */
struct ols {
    struct ana_encoder *encoder;
    const struct ana_problem *problem;
    int64_t components;
    int32_t intercept, pad;
};

struct ols_y {
    const struct ols *ols;
    struct ana_encoding *encoding;
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
    if (problem->n_spaces != 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "ols takes one feature space, not %lld; join them in one "
                        "[features] section (from = a b)",
                        (long long)problem->n_spaces);
    if (problem->n_folds < 1)
        return ana_fail(ctx, ANA_EPARAM, "ols needs folds; add a [folds] section");
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
    ana_encoder_destroy(ctx, ols->encoder);
    ana_free(ctx, ols);
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    const struct ana_ridge ridge = read_settings(given, problem);
    struct ols *ols = ana_alloc(ctx, 1, sizeof *ols);
    int rc = ols ? check_problem(ctx, problem, &ridge) : ANA_ERESOURCE;

    *xs = NULL;
    if (rc == 0)
        rc = ana_encoder_create(ctx, problem, &ridge, &ols->encoder);
    if (rc != 0) {
        ana_free(ctx, ols);
        return rc;
    }
    ols->problem = problem;
    ols->components = ridge.most;
    ols->intercept = ridge.intercept;
    *xs = ols;
    return 0;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    const struct ols *ols = xs;
    struct ols_y *opened = ana_alloc(ctx, 1, sizeof *opened);
    int rc = ANA_ERESOURCE;

    *ys = NULL;
    if (!opened)
        return rc;
    opened->ols = ols;
    rc = ana_encoding_create(ctx, ols->encoder, y, &opened->encoding);
    if (rc == 0)
        *ys = opened;
    else
        ana_free(ctx, opened);
    return rc;
}

static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    return ana_encoding_push(ctx, ((struct ols_y *)ys)->encoding, tile, out);
}

/* The conventions without which two programs' numbers cannot be compared. */
static int state(struct ana_ctx *ctx, const struct ols *ols, struct ana_out *out)
{
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
        rc = ana_out_note(ctx, out,
                          "r2 = max(r, 0)^2; constant prediction: r = 0; constant "
                          "target: n/a");
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct ols_y *opened = ys;
    int rc = ana_encoding_pass(ctx, opened->encoding, out, again);

    if (rc == 0 && !*again)
        rc = state(ctx, opened->ols, out);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct ols_y *opened = ys;

    if (!opened)
        return;
    ana_encoding_destroy(ctx, opened->encoding);
    ana_free(ctx, opened);
}

static const struct ana_metric_vt metric = {
    .size = sizeof(struct ana_metric_vt),
    .flags = ANA_METRIC_PER_TARGET | ANA_METRIC_NEEDS_FOLDS | ANA_METRIC_TAKES_ROWS |
             ANA_METRIC_TAKES_EPOCHS | ANA_METRIC_TAKES_SERIES,
    .plan = plan,
    .begin = begin,
    .open_y = open_y,
    .push = push,
    .pass = pass,
    .close_y = close_y,
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
