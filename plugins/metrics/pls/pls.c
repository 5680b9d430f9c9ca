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
#include "plugins/metrics/pls/stream.h"

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

/* The metric's x side. */
struct pls {
    struct pls_x x;
    struct pls_layout layout;
};

struct pls_y {
    const struct pls *pls;
    const struct ana_target *targets;
    int64_t n_targets;
    struct ana_tensor y;       /* n_rows x t, where it is held whole */
    struct pls_stream *stream; /* else */
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

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    const struct pls_x x = {.problem = problem,
                            .settings = read_settings(given, problem)};
    struct pls_layout layout;
    int rc = check_problem(ctx, problem);

    if (rc != 0)
        return rc;
    pls_lay_out(ctx, &x, &layout);
    plan->passes = layout.stream ? (int32_t)(2 * layout.n_stages) : 1;
    plan->tile = layout.stream ? PLS_TILE : 0;
    plan->bytes = (int64_t)fmin(layout.bytes, 9e18);
    plan->begun = (int64_t)fmin(layout.begun, 9e18);
    plan->flops = layout.flops;
    plan->begin_flops = layout.begin_flops;
    plan->factor = layout.factor;
    plan->loops = layout.loops;
    plan->at_once = layout.stream ? 0 : layout.running;
    plan->pieces = layout.stream ? 0 : problem->n_folds;
    plan->arrays = ana_keep_bytes(problem, x.settings.predictions > 0, x.settings.weights,
                                  ana_space_width(problem->spaces[0]));
    plan->measures = ana_encode_measures(&plan->n_measures);
    return 0;
}

static int make_design(struct ana_ctx *ctx, void *arg, int64_t k)
{
    struct pls_x *x = arg;

    return pls_design(ctx, x, k, &x->designs[k]);
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    struct pls *pls = xs;

    if (!pls)
        return;
    for (int64_t k = 0; pls->x.designs && k < pls->x.problem->n_folds; k++)
        ana_design_destroy(ctx, pls->x.designs[k]);
    ana_free(ctx, pls->x.designs);
    ana_tensor_finish(&pls->x.rows);
    ana_free(ctx, pls);
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct pls *pls = ana_alloc(ctx, 1, sizeof *pls);
    struct pls_x *x;
    int rc = ANA_ERESOURCE;

    *xs = pls;
    if (!pls)
        return rc;
    x = &pls->x;
    x->problem = problem;
    x->settings = read_settings(given, problem);
    rc = check_problem(ctx, problem);
    if (rc != 0)
        return rc;
    pls_lay_out(ctx, x, &pls->layout);
    if (ana_space_columns(problem->spaces[0]) != ANA_COLUMNS_MIXED) {
        x->rows = (struct ana_tensor){.size = sizeof x->rows, .dtype = ANA_F32};
        rc = ana_space_matrix(ctx, problem->spaces[0], &x->rows);
    }
    if (rc != 0 || !pls->layout.kept)
        return rc;
    x->designs = ana_alloc(ctx, problem->n_folds, sizeof(void *));
    if (!x->designs)
        return ANA_ERESOURCE;
    rc = ana_glue_folds(ctx, problem->n_folds, pls->layout.making, make_design, x);
    ana_tensor_finish(&x->rows); /* the designs hold all that is needed */
    return rc;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    const struct pls *pls = xs;
    struct pls_y *opened = ana_alloc(ctx, 1, sizeof *opened);

    *ys = opened;
    if (!opened)
        return ANA_ERESOURCE;
    opened->pls = pls;
    opened->targets = y->targets;
    opened->n_targets = y->n_targets;
    return pls->layout.stream
               ? pls_stream_create(ctx, &pls->x, &pls->layout, &opened->stream)
               : 0;
}

/* Components are those of all targets together: held whole, the work is done in pass. */
static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    struct pls_y *y = ys;
    int rc;

    if (!y->stream)
        return ana_glue_take(ctx, y->targets, y->n_targets, tile, &y->y);
    rc = ana_glue_finite(ctx, y->targets, tile);
    return rc == 0 ? pls_stream_push(ctx, y->stream, tile, out) : rc;
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

/* What is done with each fold of a y that is held whole. */
struct folds {
    const struct pls_y *y;
    struct ana_out *out;
};

static int run_fold(struct ana_ctx *ctx, void *arg, int64_t k)
{
    const struct folds *folds = arg;
    const struct pls_x *x = &folds->y->pls->x;
    struct ana_design *own = NULL;
    int rc = x->designs ? 0 : pls_design(ctx, x, k, &own);

    if (rc == 0)
        rc = pls_run_fold(ctx, x, k, own ? own : x->designs[k], &folds->y->y, folds->out);
    ana_design_destroy(ctx, own);
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct pls_y *y = ys;
    const struct pls *pls = y->pls;
    struct folds folds = {y, out};
    int rc;

    *again = 0;
    if (y->stream)
        rc = pls_stream_pass(ctx, y->stream, out, again);
    else
        rc = ana_glue_folds(ctx, pls->x.problem->n_folds, pls->layout.running, run_fold,
                            &folds);
    return rc == 0 && !*again ? state(ctx, &pls->x.settings, out) : rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    struct pls_y *y = ys;

    if (!y)
        return;
    ana_tensor_finish(&y->y);
    pls_stream_destroy(ctx, y->stream);
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
