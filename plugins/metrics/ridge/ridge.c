/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `ridge`: how well a linear map from features predicts each target on held-out
 * rows. w = argmin |y - Xw - c|^2 + alpha |w|^2 (Hoerl & Kennard 1970), alpha chosen on
 * the training rows of each fold, for each target or for all. The work is done by the
 * encoding engine in ../lib.
 */
#include <string.h>

#include "plugins/metrics/lib/encoded.h"
#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/keep.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "alphas",
     .fallback = "logspace(-10, 10, 41)",
     .min = 0,
     .max = 1e100,
     .help = "penalties to choose from, in scikit-learn's convention (|y-Xw|^2 + alpha "
             "|w|^2)"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "fractions",
     .fallback = "",
     .min = 1e-6,
     .max = 1,
     .help =
         "fractional ridge: choose from these fractions of the least-squares weights' "
         "norm instead of from alphas; works in float64"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "lambda",
     .fallback = "sklearn",
     .choices = "sklearn|huth|mtrf|mtrfpy|normalised",
     .help =
         "whose penalties `alphas` are: huth = squared, mtrf = times the rate, mtrfpy = "
         "times rate and training trials, normalised = times the largest singular value "
         "of the training features, then squared"},
    ANA_GLUE_ALPHA,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "inner_measure",
     .fallback = "R2",
     .choices = "R2|mse|r",
     .help = "what inner folds average to choose a penalty (inner = loo and gcv have "
             "their own); r works in float64"},
    ANA_GLUE_INTERCEPT,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "precision",
     .fallback = "auto",
     .choices = "auto|double",
     .help = "auto = products in float32 from 1,000 rows on (inner folds or one alpha); "
             "double = float64 throughout, slower and larger"},
    ANA_GLUE_PREDICTIONS,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "weights",
     .fallback = "no",
     .help = "write the weights of every fold as an array; works in float64"},
};

/* The metric's x side: the engine and the settings that the report states. */
struct ridge {
    struct ana_encoded engine; /* first */
    const struct ana_params *params;
    const struct ana_problem *problem;
};

/* Fractions in the place of alphas, descending as penalties ascend. */
static int read_fractions(struct ana_ctx *ctx, const struct ana_params *given,
                          struct ana_ridge *ridge)
{
    int64_t n;
    const double *list = ana_param_list(given, "fractions", &n);
    double *fractions = ana_alloc(ctx, n, sizeof *fractions);

    ridge->alphas = fractions;
    if (!fractions)
        return ANA_ERESOURCE;
    if (strcmp(ana_param_text(given, "lambda"), "sklearn") != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`lambda = %s` says whose penalties alphas are, and `fractions` "
                        "are none; leave one of them out",
                        ana_param_text(given, "lambda"));
    memcpy(fractions, list, (size_t)n * sizeof *list);
    ridge->n_alphas = n = ana_glue_sort(n, fractions);
    for (int64_t i = 0; i < n / 2; i++) {
        const double held = fractions[i];

        fractions[i] = fractions[n - 1 - i];
        fractions[n - 1 - i] = held;
    }
    return 0;
}

static int32_t read_loss(const char *measure)
{
    return strcmp(measure, "R2") == 0    ? ANA_LOSS_R2
           : strcmp(measure, "mse") == 0 ? ANA_LOSS_MSE
                                         : ANA_LOSS_R;
}

/* The parameters in the engine's terms; alphas sorted, repeats dropped, owned by the
 * caller. */
static int read_settings(struct ana_ctx *ctx, const struct ana_params *given,
                         const struct ana_problem *problem, struct ana_ridge *ridge)
{
    const char *convention = ana_param_text(given, "lambda");
    const int relative = strcmp(convention, "normalised") == 0;
    int64_t n_fractions;
    double *alphas;
    int rc;

    ana_param_list(given, "fractions", &n_fractions);
    *ridge = (struct ana_ridge){
        .intercept = ana_param_bool(given, "intercept"),
        .shared = strcmp(ana_param_text(given, "alpha"), "shared") == 0,
        .loss = read_loss(ana_param_text(given, "inner_measure")),
        .relative = relative,
        .fractional = n_fractions > 0,
        .predictions = ana_param_bool(given, "predictions") ? ana_keep_rows(problem) : 0,
        .weights = ana_param_bool(given, "weights")};
    ridge->float64 = ridge->weights || ridge->relative || ridge->fractional ||
                     ridge->loss == ANA_LOSS_R ||
                     strcmp(ana_param_text(given, "precision"), "double") == 0;
    if (ridge->fractional)
        return read_fractions(ctx, given, ridge);
    rc = ana_glue_penalties(ctx, given, convention, problem, &ridge->n_alphas, &alphas);
    ridge->alphas = alphas;
    return rc;
}

static void drop_settings(struct ana_ctx *ctx, struct ana_ridge *ridge)
{
    ana_free(ctx, (void *)(uintptr_t)ridge->alphas);
}

/* Fractions are judged on rows that are held out. */
static int check_fractions(struct ana_ctx *ctx, const struct ana_ridge *ridge,
                           const struct ana_problem *problem)
{
    for (int64_t k = 0; ridge->fractional && ridge->n_alphas > 1 && k < problem->n_folds;
         k++)
        if (problem->folds[k].inner != ANA_INNER_FOLDS)
            return ana_fail(ctx, ANA_EPARAM,
                            "`fractions` are chosen over inner folds; write `inner = 5`, "
                            "say, into [folds], or give one fraction");
    return 0;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    struct ana_encode_layout layout;
    struct ana_ridge ridge = {0};
    int rc = ana_glue_check(ctx, "ridge", problem);

    if (rc == 0)
        rc = read_settings(ctx, given, problem, &ridge);
    if (rc == 0)
        rc = check_fractions(ctx, &ridge, problem);
    for (int64_t k = 0; rc == 0 && k < problem->n_folds; k++)
        rc = ana_split_check(ctx, &problem->folds[k], &ridge);
    if (rc == 0)
        rc = ana_encode_layout(ctx, problem, &ridge, &layout);
    if (rc == 0) {
        ana_encode_fill_plan(&layout, plan);
        plan->arrays = ana_keep_bytes(problem, ridge.predictions > 0, ridge.weights,
                                      ana_space_width(problem->spaces[0]));
    }
    drop_settings(ctx, &ridge);
    return rc;
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    struct ridge *ridge = xs;

    if (!ridge)
        return;
    ana_encoder_destroy(ctx, ridge->engine.encoder);
    ana_free(ctx, ridge);
}

static const char *inner_text(const struct ana_fold *fold, const char *measure)
{
    switch (fold->inner) {
    case ANA_INNER_LOO:
        return "squared error of leaving each training row out";
    case ANA_INNER_GCV:
        return "generalised cross-validation on the training rows";
    case ANA_INNER_FOLDS:
        return strcmp(measure, "R2") == 0    ? "mean R2 over the inner folds"
               : strcmp(measure, "mse") == 0 ? "mean squared error over the inner folds"
                                             : "mean r over the inner folds";
    default:
        return "given";
    }
}

static const char *unit_text(const struct ana_ridge *ridge)
{
    return ridge->relative ? " of the largest squared singular value" : "";
}

static int state_fractions(struct ana_ctx *ctx, const struct ridge *ridge,
                           const struct ana_ridge *settings, struct ana_out *out)
{
    return ana_out_note(ctx, out,
                        "fractional ridge: %lld fractions of the least-squares weights' "
                        "norm from %g to %g, %s, by %s; ties go to the smaller; alpha is "
                        "what each came to",
                        (long long)settings->n_alphas,
                        settings->alphas[settings->n_alphas - 1], settings->alphas[0],
                        settings->shared ? "one for all targets of a fold"
                                         : "one for each target and fold",
                        settings->n_alphas > 1
                            ? inner_text(&ridge->problem->folds[0],
                                         ana_param_text(ridge->params, "inner_measure"))
                            : "their being given");
}

/* The conventions without which two programs' numbers cannot be compared. */
static int state(struct ana_ctx *ctx, const void *xs, struct ana_out *out)
{
    const struct ridge *ridge = xs;
    const struct ana_params *given = ridge->params;
    struct ana_ridge settings = {0};
    const char *convention = ana_param_text(given, "lambda");
    int rc = read_settings(ctx, given, ridge->problem, &settings);

    if (rc == 0 && settings.fractional)
        rc = state_fractions(ctx, ridge, &settings, out);
    else if (rc == 0 && settings.n_alphas > 1)
        rc = ana_out_note(ctx, out,
                          "alpha: %lld values from %g to %g%s, %s, by %s; ties go to the "
                          "larger",
                          (long long)settings.n_alphas, settings.alphas[0],
                          settings.alphas[settings.n_alphas - 1], unit_text(&settings),
                          settings.shared ? "one for all targets of a fold"
                                          : "one for each target and fold",
                          inner_text(&ridge->problem->folds[0],
                                     ana_param_text(given, "inner_measure")));
    else if (rc == 0)
        rc = ana_out_note(ctx, out, "alpha: %g%s, given", settings.alphas[0],
                          unit_text(&settings));
    if (rc == 0 && settings.n_alphas > 1)
        rc = ana_note_grid(ctx, out, settings.fractional ? "fractions" : "alphas",
                           settings.n_alphas, settings.alphas);
    if (rc == 0 && strcmp(convention, "sklearn") != 0)
        rc = ana_out_note(
            ctx, out, "alphas were given as %s's and are stated as scikit-learn's: %s",
            convention,
            strcmp(convention, "huth") == 0   ? "squared"
            : settings.relative               ? "times the largest singular value of the "
                                                "training features, then squared"
            : strcmp(convention, "mtrf") == 0 ? "times the sampling rate"
                                              : "times the sampling rate and "
                                                "the training trials");
    if (rc == 0)
        rc = ana_out_note(ctx, out, "ridge: minimises |y - Xw - c|^2 + alpha |w|^2, %s",
                          settings.intercept ? "intercept c not penalised"
                                             : "without an intercept (c = 0)");
    if (rc == 0)
        rc = ana_glue_state(ctx, out);
    drop_settings(ctx, &settings);
    return rc;
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct ridge *ridge = ana_alloc(ctx, 1, sizeof *ridge);
    struct ana_ridge settings = {0};
    int rc = ridge ? ana_glue_check(ctx, "ridge", problem) : ANA_ERESOURCE;

    *xs = NULL;
    if (rc == 0) {
        ridge->engine.state = state;
        ridge->params = given;
        ridge->problem = problem;
        rc = read_settings(ctx, given, problem, &settings);
    }
    if (rc == 0)
        rc = ana_encoder_create(ctx, problem, &settings, &ridge->engine.encoder);
    drop_settings(ctx, &settings);
    if (rc == 0)
        *xs = ridge;
    else
        close_x(ctx, ridge);
    return rc;
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
    .id = "ridge",
    .version = "1.0",
    .summary = "cross-validated ridge regression from features to each target",
    .licence = "BSD-3-Clause",
    .citation =
        "Hoerl & Kennard 1970, Technometrics 12(1); leave-one-out: Golub, Heath & "
        "Wahba 1979, Technometrics 21(2)",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
