/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `ridge`: how well a linear map from features predicts each target on held-out
 * rows. w = argmin |y - Xw - c|^2 + alpha |w|^2 (Hoerl & Kennard 1970), alpha chosen on
 * the training rows of each fold, for each target or for all. The work is done by the
 * encoding engine in ../lib.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/metrics/lib/encode.h"
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
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "alpha",
     .fallback = "target",
     .choices = "target|shared",
     .help = "whether each target has its own penalty or all share one per fold"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "inner_measure",
     .fallback = "R2",
     .choices = "R2|mse",
     .help = "what inner folds average to choose a penalty (inner = loo and gcv have "
             "their own)"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "intercept",
     .fallback = "yes",
     .help = "remove the training means of x and y; the intercept is not penalised"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "precision",
     .fallback = "auto",
     .choices = "auto|double",
     .help = "auto = products in float32 from 1,000 rows on (inner folds or one alpha); "
             "double = float64 throughout, slower and larger"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "predictions",
     .fallback = "no",
     .help = "write the held-out predictions of every fold as an array"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "weights",
     .fallback = "no",
     .help = "write the weights of every fold as an array; works in float64"},
};

/* The metric's x side: the engine and the settings that the report states. */
struct ridge {
    struct ana_encoder *encoder;
    const struct ana_params *params;
    const struct ana_problem *problem;
};

struct ridge_y {
    const struct ridge *ridge;
    struct ana_encoding *encoding;
};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Stimuli or runs in a fold's training rows. */
static int64_t count_groups(const struct ana_problem *problem,
                            const struct ana_fold *fold)
{
    int64_t n = 0, last = -1;

    for (int64_t i = 0; i < fold->n_train; i++) {
        const int64_t group = problem->group[fold->train[i]];

        n += group != last;
        last = group;
    }
    return n;
}

/* What a penalty of another program is multiplied by to be scikit-learn's (huth's are
 * squared first). */
static int find_factor(struct ana_ctx *ctx, const char *convention,
                       const struct ana_problem *problem, double *factor)
{
    *factor = 1;
    if (strncmp(convention, "mtrf", 4) != 0)
        return 0;
    if (!(problem->rate > 0))
        return ana_fail(
            ctx, ANA_EPARAM,
            "`lambda = %s` multiplies by the sampling rate, and these rows are "
            "not samples over time; leave it out",
            convention);
    *factor = problem->rate;
    if (strcmp(convention, "mtrfpy") != 0)
        return 0;
    for (int64_t k = 1; k < problem->n_folds; k++)
        if (count_groups(problem, &problem->folds[k]) !=
            count_groups(problem, &problem->folds[0]))
            return ana_fail(
                ctx, ANA_EPARAM,
                "`lambda = mtrfpy` multiplies by the number of training trials, "
                "and fold %lld has %lld where the first has %lld; use mtrf",
                (long long)k, (long long)count_groups(problem, &problem->folds[k]),
                (long long)count_groups(problem, &problem->folds[0]));
    *factor *= (double)count_groups(problem, &problem->folds[0]);
    return 0;
}

/* Sorted, repeats dropped. */
static int64_t sort_list(int64_t n, double *list)
{
    int64_t kept = 0;

    qsort(list, (size_t)n, sizeof *list, ascending);
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || list[i] > list[kept - 1])
            list[kept++] = list[i];
    return kept;
}

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
    ridge->n_alphas = n = sort_list(n, fractions);
    for (int64_t i = 0; i < n / 2; i++) {
        const double held = fractions[i];

        fractions[i] = fractions[n - 1 - i];
        fractions[n - 1 - i] = held;
    }
    return 0;
}

/* The parameters in the engine's terms; alphas sorted, repeats dropped, owned by the
 * caller. */
static int read_settings(struct ana_ctx *ctx, const struct ana_params *given,
                         const struct ana_problem *problem, struct ana_ridge *ridge)
{
    const char *convention = ana_param_text(given, "lambda");
    const int relative = strcmp(convention, "normalised") == 0;
    const int squared = relative || strcmp(convention, "huth") == 0;
    double factor;
    int rc;
    int64_t n, n_fractions;
    const double *list = ana_param_list(given, "alphas", &n);
    double *alphas;

    ana_param_list(given, "fractions", &n_fractions);
    *ridge = (struct ana_ridge){
        .intercept = ana_param_bool(given, "intercept"),
        .shared = strcmp(ana_param_text(given, "alpha"), "shared") == 0,
        .loss = strcmp(ana_param_text(given, "inner_measure"), "R2") == 0 ? ANA_LOSS_R2
                                                                          : ANA_LOSS_MSE,
        .relative = relative,
        .fractional = n_fractions > 0,
        .predictions = ana_param_bool(given, "predictions") ? ana_keep_rows(problem) : 0,
        .weights = ana_param_bool(given, "weights")};
    ridge->float64 = ridge->weights || ridge->relative || ridge->fractional ||
                     strcmp(ana_param_text(given, "precision"), "double") == 0;
    if (ridge->fractional)
        return read_fractions(ctx, given, ridge);
    ridge->alphas = alphas = ana_alloc(ctx, n, sizeof *alphas);
    if (!alphas)
        return ANA_ERESOURCE;
    if (n < 1)
        return ana_fail(ctx, ANA_EPARAM, "`alphas` is empty; give at least one penalty");
    rc = find_factor(ctx, convention, problem, &factor);
    if (rc != 0)
        return rc;
    for (int64_t i = 0; i < n; i++)
        alphas[i] = factor * list[i] * (squared ? list[i] : 1);
    ridge->n_alphas = sort_list(n, alphas);
    return 0;
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

static int check_problem(struct ana_ctx *ctx, const struct ana_problem *problem)
{
    if (problem->n_spaces != 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "ridge takes one feature space, not %lld; join them in one "
                        "[features] section (from = a b)",
                        (long long)problem->n_spaces);
    if (problem->n_folds < 1)
        return ana_fail(ctx, ANA_EPARAM, "ridge needs folds; add a [folds] section");
    return 0;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    struct ana_encode_layout layout;
    struct ana_ridge ridge = {0};
    int rc = check_problem(ctx, problem);

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
    ana_encoder_destroy(ctx, ridge->encoder);
    ana_free(ctx, ridge);
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct ridge *ridge = ana_alloc(ctx, 1, sizeof *ridge);
    struct ana_ridge settings = {0};
    int rc = ridge ? check_problem(ctx, problem) : ANA_ERESOURCE;

    *xs = NULL;
    if (rc == 0) {
        ridge->params = given;
        ridge->problem = problem;
        rc = read_settings(ctx, given, problem, &settings);
    }
    if (rc == 0)
        rc = ana_encoder_create(ctx, problem, &settings, &ridge->encoder);
    drop_settings(ctx, &settings);
    if (rc == 0)
        *xs = ridge;
    else
        close_x(ctx, ridge);
    return rc;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    struct ridge *ridge = xs;
    struct ridge_y *opened = ana_alloc(ctx, 1, sizeof *opened);
    int rc = ANA_ERESOURCE;

    *ys = NULL;
    if (!opened)
        return rc;
    opened->ridge = ridge;
    rc = ana_encoding_create(ctx, ridge->encoder, y, &opened->encoding);
    if (rc == 0)
        *ys = opened;
    else
        ana_free(ctx, opened);
    return rc;
}

static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    return ana_encoding_push(ctx, ((struct ridge_y *)ys)->encoding, tile, out);
}

static const char *inner_text(const struct ana_fold *fold, const char *measure)
{
    switch (fold->inner) {
    case ANA_INNER_LOO:
        return "squared error of leaving each training row out";
    case ANA_INNER_GCV:
        return "generalised cross-validation on the training rows";
    case ANA_INNER_FOLDS:
        return strcmp(measure, "R2") == 0 ? "mean R2 over the inner folds"
                                          : "mean squared error over the inner folds";
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
static int state(struct ana_ctx *ctx, const struct ridge *ridge, struct ana_out *out)
{
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
        rc = ana_out_note(ctx, out,
                          "r2 = max(r, 0)^2; constant prediction: r = 0; constant "
                          "target: n/a");
    drop_settings(ctx, &settings);
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct ridge_y *opened = ys;
    int rc = ana_encoding_pass(ctx, opened->encoding, out, again);

    if (rc == 0 && !*again)
        rc = state(ctx, opened->ridge, out);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct ridge_y *opened = ys;

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
