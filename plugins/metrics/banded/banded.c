/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `banded`: several feature spaces predict each target together, each with a
 * penalty of its own (Nunez-Elizalde, Huth & Gallant 2019; Dupre la Tour et al. 2022), and
 * what each adds to the joint prediction.
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/banded/run.h"
#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/keep.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "alphas",
     .fallback = "logspace(-10, 10, 41)",
     .min = 0,
     .max = 1e100,
     .help = "penalties to choose from; a band's own is alpha / gamma"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "draws",
     .fallback = "20",
     .min = 1,
     .max = 1e6,
     .help = "sets of band weights gamma to try: all equal, then random"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "concentration",
     .fallback = "0.1 1",
     .min = 1e-6,
     .max = 1e6,
     .help = "of the Dirichlet distributions that draws are taken from in turn"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_LIST,
     .name = "gammas",
     .fallback = "",
     .min = 0,
     .max = 1e100,
     .help = "band weights to try instead, one draw after another"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "refine",
     .fallback = "0",
     .min = 0,
     .max = 10000,
     .help = "rounds of gradient steps from the chosen draws, for up to 8 groups of "
             "targets that share one"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "alpha",
     .fallback = "target",
     .choices = "target|shared|draw",
     .help = "whether each target has its own penalties or all share them per fold; draw "
             "= each has its own draw, and all share the alpha of a draw"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "inner_measure",
     .fallback = "R2",
     .choices = "R2|mse",
     .help = "what inner folds average to choose penalties"},
    ANA_GLUE_INTERCEPT,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "partition",
     .fallback = "no",
     .help = "fit every subset of the bands: R2 that each adds alone, and shared"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_TEXT,
     .name = "residualise",
     .fallback = "",
     .help = "feature spaces of x to remove from the others first: what remains of these "
             "after ridge from the named ones predicts"},
    ANA_GLUE_PREDICTIONS,
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "weights",
     .fallback = "no",
     .help = "write the weights of every fold as an array, the bands side by side"},
};

/* Marsaglia & Tsang 2000; below 1 by the power of a uniform number. */
static double gamma_variate(struct ana_rng *rng, double shape)
{
    const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);

    for (;;) {
        const double x = ana_rng_normal(rng), v = pow(1 + c * x, 3);
        const double u = ana_rng_uniform(rng);

        if (v > 0 && log(u > 0 ? u : 1e-300) < .5 * x * x + d - d * v + d * log(v))
            return d * v *
                   (shape < 1 ? pow(fmax(ana_rng_uniform(rng), 1e-300), 1 / shape) : 1);
    }
}

/* All equal first, then Dirichlet draws. */
static void draw_gammas(struct ana_ctx *ctx, const struct ana_params *given,
                        struct bands *bands)
{
    int64_t n;
    const double *concentration = ana_param_list(given, "concentration", &n);
    struct ana_rng rng;

    ana_rng_init(ctx, "banded draws", 0, &rng);
    for (int64_t d = 0; d < bands->n_draws; d++) {
        double *row = bands->gamma + d * bands->n_bands, sum = 0;

        for (int64_t b = 0; b < bands->n_bands; b++) {
            row[b] = d == 0 ? 1 : gamma_variate(&rng, concentration[(d - 1) % n]);
            sum += row[b];
        }
        for (int64_t b = 0; b < bands->n_bands; b++)
            row[b] = sum > 0 ? row[b] / sum : 1 / (double)bands->n_bands;
    }
}

static int given_gammas(struct ana_ctx *ctx, const double *list, int64_t n,
                        struct bands *bands)
{
    if (n % bands->n_bands != 0)
        return ana_fail(ctx, ANA_EPARAM,
                        "`gammas` has %lld numbers, which is not a whole number of draws "
                        "of %lld bands",
                        (long long)n, (long long)bands->n_bands);
    for (int64_t d = 0; d < bands->n_draws; d++) {
        double sum = 0;

        for (int64_t b = 0; b < bands->n_bands; b++)
            sum += list[d * bands->n_bands + b];
        if (!(sum > 0))
            return ana_fail(ctx, ANA_EPARAM, "draw %lld of `gammas` is all 0",
                            (long long)d + 1);
        for (int64_t b = 0; b < bands->n_bands; b++)
            bands->gamma[d * bands->n_bands + b] = list[d * bands->n_bands + b] / sum;
    }
    return 0;
}

int bands_create(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, struct bands *bands)
{
    int64_t n;
    const double *list = ana_param_list(given, "gammas", &n);
    double *alphas;
    int rc;

    *bands = (struct bands){.n_bands = problem->n_spaces};
    bands->n_draws = n > 0 ? n / bands->n_bands + (n % bands->n_bands != 0)
                           : ana_param_int(given, "draws");
    bands->ridge = (struct ana_ridge){
        .intercept = ana_param_bool(given, "intercept"),
        .shared = strcmp(ana_param_text(given, "alpha"), "shared") == 0,
        .loss = strcmp(ana_param_text(given, "inner_measure"), "R2") == 0 ? ANA_LOSS_R2
                                                                          : ANA_LOSS_MSE};
    bands->by_draw = strcmp(ana_param_text(given, "alpha"), "draw") == 0;
    rc = ana_glue_penalties(ctx, given, NULL, problem, &bands->ridge.n_alphas, &alphas);
    bands->ridge.alphas = alphas;
    if (rc == 0)
        bands->gamma = ana_alloc(ctx, bands->n_draws * bands->n_bands, sizeof(double));
    if (rc == 0 && !bands->gamma)
        rc = ANA_ERESOURCE;
    if (rc == 0 && n > 0)
        rc = given_gammas(ctx, list, n, bands);
    else if (rc == 0)
        draw_gammas(ctx, given, bands);
    if (bands->n_bands == 1) /* every draw weighs the only band by 1 */
        bands->n_draws = 1;
    bands->refine = bands->n_bands > 1 ? ana_param_int(given, "refine") : 0;
    return rc;
}

void bands_finish(struct ana_ctx *ctx, struct bands *bands)
{
    ana_free(ctx, (void *)(uintptr_t)bands->ridge.alphas);
    ana_free(ctx, bands->gamma);
    memset(bands, 0, sizeof *bands);
}

static int check_problem(struct ana_ctx *ctx, const struct ana_problem *problem,
                         const struct bands *bands, int partition)
{
    enum { MOST = 8 };
    const int choose =
        bands->n_draws > 1 || bands->ridge.n_alphas > 1 || bands->refine > 0;
    int rc = 0;

    if (problem->n_folds < 1)
        return ana_fail(ctx, ANA_EPARAM, "banded needs folds; add a [folds] section");
    if (partition && problem->n_spaces > MOST)
        return ana_fail(ctx, ANA_EPARAM,
                        "`partition` fits every subset of the bands; %lld bands have too "
                        "many (at most %d bands)",
                        (long long)problem->n_spaces, MOST);
    for (int64_t k = 0; rc == 0 && choose && k < problem->n_folds; k++)
        if (problem->folds[k].inner != ANA_INNER_FOLDS || problem->folds[k].n_inner < 1)
            rc = ana_fail(ctx, ANA_EPARAM,
                          "banded chooses its penalties over inner folds; write "
                          "`inner = 5`, say, into [folds]");
        else
            rc = ana_split_check_single(ctx, &problem->folds[k], bands->ridge.loss);
    return rc;
}

static int64_t bands_width(const struct ana_problem *problem)
{
    int64_t p = 0;

    for (int64_t b = 0; b < problem->n_spaces; b++)
        p += ana_space_width(problem->spaces[b]);
    return p;
}

static void finish(struct ana_ctx *ctx, struct banded *banded)
{
    bands_finish(ctx, &banded->bands);
    bands_low_finish(ctx, &banded->low);
}

/* What is given, in the metric's terms. The caller calls finish, also after an error; the
 * place of `banded` must not change. */
static int start(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, struct banded *banded)
{
    int rc = bands_low_create(ctx, ana_param_text(given, "residualise"), problem,
                              &banded->low);

    banded->problem = &banded->low.kept;
    banded->partition = ana_param_bool(given, "partition");
    banded->weights = ana_param_bool(given, "weights");
    banded->predictions =
        ana_param_bool(given, "predictions") ? ana_keep_rows(problem) : 0;
    if (rc == 0)
        rc = bands_create(ctx, given, banded->problem, &banded->bands);
    banded->bands.low = &banded->low;
    if (rc == 0)
        rc = check_problem(ctx, banded->problem, &banded->bands, banded->partition);
    if (rc == 0)
        rc = bands_plan_maps(ctx, banded);
    return rc;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    struct banded banded = {0};
    int rc = start(ctx, given, problem, &banded);

    for (int64_t k = 0; rc == 0 && k < problem->n_folds; k++) {
        rc = ana_split_check(ctx, &problem->folds[k], &banded.bands.ridge);
        if (rc == 0)
            rc = ana_design_fits(ctx, problem->folds[k].n_train, bands_width(problem));
    }
    if (rc == 0) {
        plan->passes = 1;
        plan->tile = 0;
        plan->measures = bands_measures(&plan->n_measures);
        plan->scores = 4 +
                       2 * banded.bands.n_bands + /* r, r2, R2, the rest; of each band */
                       (banded.partition ? (1 << banded.bands.n_bands) - 1 : 0);
        bands_plan(ctx, &banded, plan);
        plan->arrays = ana_keep_bytes(problem, banded.predictions > 0, banded.weights,
                                      bands_width(banded.problem));
    }
    finish(ctx, &banded);
    return rc;
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct banded *banded = ana_alloc(ctx, 1, sizeof *banded);

    *xs = banded;
    return banded ? start(ctx, given, problem, banded) : ANA_ERESOURCE;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    struct banded_y *opened = ana_alloc(ctx, 1, sizeof *opened);

    *ys = opened;
    if (!opened)
        return ANA_ERESOURCE;
    opened->banded = xs;
    opened->targets = y->targets;
    opened->n_targets = y->n_targets;
    return 0;
}

static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    struct banded_y *y = ys;

    (void)out;
    return ana_glue_take(ctx, y->targets, y->n_targets, tile, &y->y);
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct banded_y *y = ys;
    const struct bands *bands = &y->banded->bands;
    const int64_t block = bands_block(y->banded);
    int rc = 0;

    *again = 0;
    for (int64_t k = 0; rc == 0 && k < y->banded->problem->n_folds; k++) {
        ana_context_push(ctx, "fold %lld", (long long)k);
        rc = bands_run_fold(ctx, y, k, block, out);
        ana_context_pop(ctx);
    }
    if (rc == 0)
        rc = ana_out_note(
            ctx, out,
            "banded: minimises |y - sum Xb wb - c|^2 + sum alpha / gamma_b |wb|^2; %lld "
            "draws of gamma, %lld alphas from %g to %g, %s; ties go to the larger alpha "
            "and "
            "the earlier draw",
            (long long)bands->n_draws, (long long)bands->ridge.n_alphas,
            bands->ridge.alphas[0], bands->ridge.alphas[bands->ridge.n_alphas - 1],
            bands->ridge.shared ? "one choice for all targets of a fold"
            : bands->by_draw ? "one alpha for each draw and fold, a draw for each target"
                             : "a choice for each target and fold");
    if (rc == 0)
        rc =
            ana_note_grid(ctx, out, "alphas", bands->ridge.n_alphas, bands->ridge.alphas);
    if (rc == 0)
        rc = ana_out_note(ctx, out,
                          "R2 and r of a band: its part in the joint prediction (product "
                          "measure); the parts of R2 and `mean` add up to R2");
    if (rc == 0 && bands->refine > 0)
        rc = ana_out_note(ctx, out,
                          "gamma refined by %lld rounds of gradient steps on the inner "
                          "loss, shared by groups of targets",
                          (long long)bands->refine);
    if (rc == 0 && y->banded->low.n_low > 0)
        rc = ana_out_note(ctx, out,
                          "features less their ridge prediction from %lld low-level "
                          "space(s), fitted on training rows with a penalty for each "
                          "feature",
                          (long long)y->banded->low.n_low);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct banded_y *y = ys;

    if (!y)
        return;
    ana_tensor_finish(&y->y);
    ana_free(ctx, y);
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    struct banded *banded = xs;

    if (!banded)
        return;
    finish(ctx, banded);
    ana_free(ctx, banded);
}

static const struct ana_metric_vt metric = {
    .size = sizeof(struct ana_metric_vt),
    .flags = ANA_METRIC_PER_TARGET | ANA_METRIC_NEEDS_FOLDS | ANA_METRIC_MANY_X |
             ANA_METRIC_TAKES_ROWS | ANA_METRIC_TAKES_EPOCHS | ANA_METRIC_TAKES_SERIES,
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
    .id = "banded",
    .version = "1.0",
    .summary = "ridge regression from several feature spaces, each with its own penalty",
    .licence = "BSD-3-Clause",
    .citation =
        "Nunez-Elizalde, Huth & Gallant 2019, NeuroImage 197; Dupre la Tour et al. 2022, "
        "NeuroImage 264",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
