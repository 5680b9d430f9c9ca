/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `pls`: partial least squares regression from the features to all targets
 * together (Wold, Sjöström & Eriksson 2001), scored on held-out rows; 25 components,
 * unscaled, is what Brain-Score uses (Schrimpf et al. 2018).
 */
#include <anaflow/linalg.h>
#include <math.h>

#include "plugins/metrics/lib/encode.h"
#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/lib/keep.h"
#include "plugins/metrics/pls/fold.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_INT,
     .name = "components",
     .fallback = "25",
     .min = 1,
     .max = 1e6,
     .help = "how many components are fitted to the training rows"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_BOOL,
     .name = "scale",
     .fallback = "no",
     .help = "divide features and targets by their SDs on the training rows; no = "
             "centred only, also where [features] says standardise"},
    ANA_GLUE_PREDICTIONS,
    ANA_GLUE_WEIGHTS,
};

struct pls_y {
    const struct pls_x *x;
    const struct ana_target *targets;
    int64_t n_targets;
    struct ana_tensor y; /* n_rows x t */
};

static struct pls_settings read_settings(const struct ana_params *given,
                                         const struct ana_problem *problem)
{
    return (struct pls_settings){
        .components = ana_param_int(given, "components"),
        .scale = ana_param_bool(given, "scale"),
        .weights = ana_param_bool(given, "weights"),
        .predictions = ana_param_bool(given, "predictions") ? ana_keep_rows(problem) : 0};
}

static int check_problem(struct ana_ctx *ctx, const struct ana_problem *problem)
{
    const int rc = ana_glue_check(ctx, "pls", problem);

    if (rc != 0)
        return rc;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const int64_t n = problem->folds[k].n_train;

        if (n < 2)
            return ana_fail(ctx, ANA_EPARAM,
                            "fold %lld has %lld training rows; pls needs at least 2",
                            (long long)k, (long long)n);
        if (ana_design_fits(ctx, n, ana_space_width(problem->spaces[0])) != 0)
            return ANA_ERESOURCE;
    }
    return 0;
}

/* How the folds are gone through. */
struct layout {
    int kept;                /* designs are made once, for every y */
    int64_t making, running; /* folds at once */
    double bytes, design_flops, design_factor, design_loops;
    struct pls_effort effort; /* of all folds with the targets; bytes of the largest */
};

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

static int fits_each_fold(const struct ana_space *space)
{
    return ana_space_columns(space) == ANA_COLUMNS_MIXED;
}

static double design_bytes(const struct pls_x *x, int64_t n, int64_t m, int64_t p)
{
    return ana_design_bytes(n, m, p) +
           (x->settings.weights ? 8 * (double)p * (double)(ana_design_rank(n, p) + 1)
                                : 0);
}

static void lay_out(const struct ana_ctx *ctx, const struct pls_x *x,
                    struct layout *layout)
{
    const struct ana_problem *problem = x->problem;
    const struct ana_space *space = problem->spaces[0];
    const int64_t p = ana_space_width(space), t = problem->n_targets;
    const double rows = (double)problem->n_rows, y = 8 * rows * (double)t;
    const double memory = problem->memory > 0 ? (double)problem->memory : 1e18;
    const double at_once = fmin((double)ana_workers(ctx), (double)problem->n_folds);
    const double whole = fits_each_fold(space) ? 0 : 4 * rows * (double)p;
    double kept = 0, most = 0, work = 0, running, making;

    *layout = (struct layout){0};
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];
        const int64_t n = fold->n_train, m = fold->n_test;
        struct pls_effort effort;

        pls_fold_effort(x, k, t, &effort);
        layout->effort.bytes = fmax(layout->effort.bytes, effort.bytes);
        layout->effort.flops += effort.flops;
        layout->effort.factor += effort.factor;
        layout->effort.loops += effort.loops;
        layout->design_flops += ana_design_flops(n, m, p);
        layout->design_factor += ana_design_factor_flops(n, p);
        layout->design_loops += (double)(n + m) * 8 * (double)p;
        kept += design_bytes(x, n, m, p);
        most = fmax(most, design_bytes(x, n, m, p));
        if (x->settings.weights && ana_design_form(n, p) == ANA_DESIGN_KERNEL)
            layout->design_flops += ana_gemm_flops(p, ana_design_rank(n, p), n);
        work = fmax(work, ana_design_work_bytes(n, m, p) + 8 * (double)p);
        if (!fits_each_fold(space))
            continue;
        layout->design_flops += ana_fold_matrix_flops(space, fold);
        layout->design_factor += ana_fold_matrix_flops(space, fold);
        work = fmax(work, ana_design_work_bytes(n, m, p) +
                              (double)ana_fold_matrix_bytes(space, fold));
    }
    layout->kept = kept + work + whole <= memory / 2;
    if (layout->kept) {
        layout->making = (int64_t)between(1, (memory / 2 - kept - whole) / work, at_once);
        making = kept + (double)layout->making * work;
        layout->running = (int64_t)between(
            1, (memory - whole - kept - y) / layout->effort.bytes, at_once);
        running = kept + y + (double)layout->running * layout->effort.bytes;
    } else {
        const double fold = most + fmax(work, layout->effort.bytes);

        making = 0;
        layout->running = (int64_t)between(1, (memory - whole - y) / fold, at_once);
        running = y + (double)layout->running * fold;
    }
    layout->bytes = whole + fmax(2 * whole, fmax(making, running));
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    const struct pls_x x = {.problem = problem,
                            .settings = read_settings(given, problem)};
    struct layout layout;
    int rc = check_problem(ctx, problem);

    if (rc != 0)
        return rc;
    lay_out(ctx, &x, &layout);
    plan->passes = 1;
    plan->tile = 0;
    plan->bytes = (int64_t)fmin(layout.bytes, 9e18);
    plan->flops = layout.design_flops + layout.effort.flops;
    plan->begin_flops = layout.kept ? layout.design_flops : 0;
    plan->factor = layout.design_factor + layout.effort.factor;
    plan->loops = layout.design_loops + layout.effort.loops;
    plan->at_once = layout.running;
    plan->arrays = ana_keep_bytes(problem, x.settings.predictions > 0, x.settings.weights,
                                  ana_space_width(problem->spaces[0]));
    plan->measures = ana_encode_measures(&plan->n_measures);
    return 0;
}

/* What is done with each fold. */
struct batch {
    struct pls_x *making;  /* while designs are made */
    const struct pls_x *x; /* else */
    const struct pls_y *y;
    struct ana_out *out;
};

static int make_design(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct batch *batch = arg;

    return pls_design(ctx, batch->making, k, &batch->making->designs[k]);
}

static int run_fold(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct batch *batch = arg;
    const struct pls_x *x = batch->x;
    struct ana_design *own = NULL;
    int rc = x->designs ? 0 : pls_design(ctx, x, k, &own);

    if (rc == 0)
        rc = pls_run_fold(ctx, x, k, own ? own : x->designs[k], &batch->y->y, batch->out);
    ana_design_destroy(ctx, own);
    return rc;
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    struct pls_x *x = xs;

    if (!x)
        return;
    for (int64_t k = 0; x->designs && k < x->problem->n_folds; k++)
        ana_design_destroy(ctx, x->designs[k]);
    ana_free(ctx, x->designs);
    ana_tensor_finish(&x->rows);
    ana_free(ctx, x);
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct pls_x *x = ana_alloc(ctx, 1, sizeof *x);
    struct batch batch = {.making = x};
    struct layout layout;
    int rc = ANA_ERESOURCE;

    *xs = x;
    if (!x)
        return rc;
    x->problem = problem;
    x->settings = read_settings(given, problem);
    rc = check_problem(ctx, problem);
    if (rc != 0)
        return rc;
    lay_out(ctx, x, &layout);
    if (!fits_each_fold(problem->spaces[0])) {
        x->rows = (struct ana_tensor){.size = sizeof x->rows, .dtype = ANA_F32};
        rc = ana_space_matrix(ctx, problem->spaces[0], &x->rows);
    }
    if (rc != 0 || !layout.kept)
        return rc;
    x->designs = ana_alloc(ctx, problem->n_folds, sizeof(void *));
    if (!x->designs)
        return ANA_ERESOURCE;
    rc = ana_glue_folds(ctx, problem->n_folds, layout.making, make_design, &batch);
    ana_tensor_finish(&x->rows); /* the designs hold all that is needed */
    return rc;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    struct pls_y *opened = ana_alloc(ctx, 1, sizeof *opened);

    *ys = opened;
    if (!opened)
        return ANA_ERESOURCE;
    opened->x = xs;
    opened->targets = y->targets;
    opened->n_targets = y->n_targets;
    return 0;
}

/* Components are those of all targets together; the work is done in pass. */
static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    struct pls_y *y = ys;

    (void)out;
    return ana_glue_take(ctx, y->targets, y->n_targets, tile, &y->y);
}

static int state(struct ana_ctx *ctx, const struct pls_settings *settings,
                 struct ana_out *out)
{
    int rc = ana_out_note(ctx, out,
                          "pls: %lld components of features and all targets together "
                          "(PLS2, both deflated), %s on the training rows",
                          (long long)settings->components,
                          settings->scale ? "both centred and divided by their SDs"
                                          : "both centred and not scaled");

    if (rc == 0)
        rc = ana_glue_state(ctx, out);
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    const struct pls_y *y = ys;
    struct batch batch = {.x = y->x, .y = y, .out = out};
    struct layout layout;
    int rc;

    *again = 0;
    lay_out(ctx, y->x, &layout);
    rc = ana_glue_folds(ctx, y->x->problem->n_folds, layout.running, run_fold, &batch);
    if (rc == 0)
        rc = state(ctx, &y->x->settings, out);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct pls_y *y = ys;

    if (!y)
        return;
    ana_tensor_finish(&y->y);
    ana_free(ctx, y);
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
    .id = "pls",
    .version = "1.0",
    .summary = "partial least squares regression from features to all targets together",
    .licence = "BSD-3-Clause",
    .citation =
        "Wold, Sjöström & Eriksson 2001, Chemometrics and Intelligent Laboratory Systems "
        "58(2):109; Schrimpf et al. 2018, bioRxiv 407007",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
