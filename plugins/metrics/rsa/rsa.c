/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The metric `rsa`: whether items that lie far apart in the features lie far apart in the
 * recording (Kriegeskorte, Mur & Bandettini 2008). Two dissimilarity matrices over the
 * same items are compared; no map is fitted.
 *
 * Sets: all targets, then each region that has some. A score belongs to a set and a fold.
 */
#include <anaflow/reader.h>
#include <math.h>
#include <string.h>

#include "plugins/metrics/lib/rdm.h"
#include "plugins/metrics/rsa/sides.h"

static const struct ana_param params[] = {
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "distance",
     .fallback = "correlation",
     .choices = "correlation|euclidean",
     .help = "between two patterns: 1 - Pearson's r, or squared distance per dimension"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "compare",
     .fallback = "spearman",
     .choices = "spearman|pearson|rho-a|tau-a|tau-b|cosine",
     .help =
         "how alike the two dissimilarity matrices are; rho-a and tau-a where RDMs tie"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "rows",
     .fallback = "test",
     .choices = "test|all",
     .help = "one score for the test items of each fold, or one for all items"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "target_scale",
     .fallback = "none",
     .choices = "none|zscore",
     .help = "whether each target is z-scored over the compared items before distances"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "feature_scale",
     .fallback = "none",
     .choices = "none|zscore",
     .help = "the same for each feature"},
};

static const struct {
    const char *name;
    int32_t kind;
    struct ana_measure measure;
} comparisons[] = {
    {"spearman", ANA_RDM_SPEARMAN, {"rho", "Spearman's rho between the two RDMs"}},
    {"pearson", ANA_RDM_PEARSON, {"r", "Pearson's r between the two RDMs"}},
    {"rho-a",
     ANA_RDM_RHO_A,
     {"rho-a", "expected Spearman's rho under random breaking of ties"}},
    {"tau-a", ANA_RDM_TAU_A, {"tau-a", "Kendall's tau-a between the two RDMs"}},
    {"tau-b", ANA_RDM_TAU_B, {"tau-b", "Kendall's tau-b between the two RDMs"}},
    {"cosine", ANA_RDM_COSINE, {"cosine", "cosine between the two RDMs"}},
};

/* Beyond it a matrix of dissimilarities alone takes 3.2 GB. */
enum { MOST_ITEMS = 20000 };

static int is(const struct ana_params *given, const char *name, const char *value)
{
    return strcmp(ana_param_text(given, name), value) == 0;
}

static void read_settings(const struct ana_params *given,
                          const struct ana_problem *problem,
                          struct rsa_settings *settings)
{
    *settings = (struct rsa_settings){
        .distance =
            is(given, "distance", "euclidean") ? ANA_RDM_EUCLIDEAN : ANA_RDM_CORRELATION,
        .per_fold = problem->n_folds > 0 && is(given, "rows", "test"),
        .z_score_targets = is(given, "target_scale", "zscore"),
        .z_score_features = is(given, "feature_scale", "zscore")};
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (is(given, "compare", comparisons[i].name)) {
            settings->compare = comparisons[i].kind;
            settings->measure = &comparisons[i].measure;
        }
}

/* What the parts have of items and pairs, and what their matrices and comparisons take. */
struct sizes {
    double parts, items, rows; /* the last two of the largest part */
    double pairs;              /* of all parts */
    double gram;               /* items^2 x samples of an item, of all parts */
    double loops;              /* numbers of all parts' patterns, a column */
    double sorting;            /* m log2(m) of all parts' pairs */
};

static void add_part(double rows, double share, struct sizes *sizes)
{
    const double items = rows * share, pairs = items * (items - 1) / 2;

    sizes->parts++;
    sizes->items = fmax(sizes->items, items);
    sizes->rows = fmax(sizes->rows, rows);
    sizes->pairs += pairs;
    sizes->gram += items * rows;
    sizes->loops += 6 * rows;
    sizes->sorting += pairs * log2(pairs + 2);
}

static struct sizes part_sizes(const struct ana_problem *problem,
                               const struct rsa_settings *settings)
{
    const double share = problem->layout == ANA_LAYOUT_EPOCHS && problem->n_rows > 0
                             ? (double)problem->n_groups / (double)problem->n_rows
                             : 1;
    struct sizes sizes = {0};

    for (int64_t k = 0; settings->per_fold && k < problem->n_folds; k++)
        add_part((double)problem->folds[k].n_test, share, &sizes);
    if (!settings->per_fold)
        add_part((double)problem->n_rows, share, &sizes);
    return sizes;
}

/* Columns of all sets together, and the number of sets: all targets, then regions. */
static void set_sizes(const struct ana_problem *problem, double *columns, double *sets)
{
    const struct ana_target *target = problem->widest ? problem->widest->targets : NULL;

    *columns = (double)problem->n_targets;
    *sets = 1;
    for (int64_t i = 0; target && i < problem->n_targets; i++) {
        int64_t k = i;

        if (!target[i].region || !target[i].region[0])
            continue;
        while (k > 0 &&
               (!target[k - 1].region || strcmp(target[k - 1].region, target[i].region)))
            k--;
        *columns += 1;
        *sets += k == 0;
    }
}

static int check_problem(struct ana_ctx *ctx, const struct ana_problem *problem)
{
    if (problem->n_spaces != 1)
        return ana_fail(ctx, ANA_EPARAM, "rsa takes one feature space, not %lld",
                        (long long)problem->n_spaces);
    if (problem->layout != ANA_LAYOUT_ROWS && problem->layout != ANA_LAYOUT_EPOCHS)
        return ana_fail(
            ctx, ANA_EPARAM,
            "rsa compares items, and a continuous recording has none; average "
            "it per stimulus (pool) or score it with ridge");
    return 0;
}

static void estimate(const struct ana_ctx *ctx, const struct ana_problem *problem,
                     const struct rsa_settings *settings, const struct sizes *sizes,
                     struct ana_metric_plan *plan)
{
    const double x = (double)ana_space_width(problem->spaces[0]);
    const double y = (double)problem->n_targets, n = (double)problem->n_rows;
    const double square = sizes->items * sizes->items;
    double columns, sets, begin, push, making, scoring;

    set_sizes(problem, &columns, &sets);
    making = fmin((double)ana_workers(ctx), sizes->parts);
    scoring = fmin((double)ana_workers(ctx), sizes->parts * sets);
    begin = n * x + making * (sizes->rows * x + square + 2 * x);
    push = n * y + scoring * (sizes->rows * y + square + 5 * square / 2 + 2 * y);
    plan->bytes = (int64_t)fmin(8 * (sizes->pairs + fmax(begin, push)), 9e18);
    plan->begun = (int64_t)fmin(8 * sizes->pairs, 9e18); /* x's RDMs are left */
    plan->begin_flops = sizes->gram * x;
    plan->flops = sizes->gram * (x + columns);
    plan->loops = sizes->loops * (x + columns) + sets * 8 * sizes->sorting;
    plan->at_once = plan->pieces = (int64_t)fmin(sizes->parts * sets, 1e9);
    if (settings->compare == ANA_RDM_PEARSON || settings->compare == ANA_RDM_COSINE)
        plan->loops -= sets * 8 * sizes->sorting - 8 * sets * sizes->pairs;
}

static int plan(struct ana_ctx *ctx, const struct ana_params *given,
                const struct ana_problem *problem, struct ana_metric_plan *plan)
{
    struct rsa_settings settings;
    struct sizes sizes;
    int rc = check_problem(ctx, problem);

    if (rc != 0)
        return rc;
    read_settings(given, problem, &settings);
    sizes = part_sizes(problem, &settings);
    if (sizes.items > MOST_ITEMS)
        return ana_fail(
            ctx, ANA_ERESOURCE,
            "an RDM over %.0f items takes %.1f GB, more than rsa works on (%d "
            "items); score fewer rows, or one part at a time with [folds]",
            sizes.items, 8 * sizes.items * sizes.items / 1e9, (int)MOST_ITEMS);
    plan->passes = 1;
    plan->tile = 0;
    plan->n_measures = 1;
    plan->measures = settings.measure;
    estimate(ctx, problem, &settings, &sizes, plan);
    return 0;
}

static int begin(struct ana_ctx *ctx, const struct ana_params *given,
                 const struct ana_problem *problem, void **xs)
{
    struct rsa_settings settings;
    struct rsa *rsa;
    int rc;

    read_settings(given, problem, &settings);
    rc = rsa_open(ctx, &settings, problem, &rsa);
    *xs = rsa;
    return rc;
}

static int open_y(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys)
{
    struct rsa_y *opened;
    const int rc = rsa_y_open(ctx, xs, y, &opened);

    *ys = opened;
    return rc;
}

/* Dissimilarities need all targets of a row at once; the work is done in pass. */
static int push(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out)
{
    (void)out;
    return rsa_y_take(ctx, ys, tile);
}

static int hand_out(struct ana_ctx *ctx, const struct rsa_y *opened, struct ana_out *out)
{
    const struct rsa *rsa = opened->rsa;
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < rsa->n_parts * opened->n_sets; i++)
        rc = ana_out_pooled(ctx, out, rsa->settings.measure->id, "",
                            rsa->parts[i / opened->n_sets].fold,
                            opened->sets[i % opened->n_sets].name, opened->scores[i]);
    for (int64_t i = 0; rc == 0 && rsa->settings.z_score_targets && i < rsa->n_parts; i++)
        rc = ana_out_count(ctx, out, "constant target", opened->constants[i],
                           opened->y->n_targets);
    return rc;
}

/* The conventions without which two programs' numbers cannot be compared. */
static int state(struct ana_ctx *ctx, const struct rsa *rsa, struct ana_out *out)
{
    const struct rsa_settings *s = &rsa->settings;
    int rc = ana_out_note(ctx, out, "rsa: %s, compared by %s",
                          s->distance == ANA_RDM_CORRELATION
                              ? "dissimilarity 1 - Pearson's r of two patterns"
                              : "dissimilarity squared distance / dimensions",
                          s->measure->help);

    if (rc == 0)
        rc = ana_out_note(ctx, out, "target_scale = %s, feature_scale = %s",
                          s->z_score_targets ? "zscore" : "none",
                          s->z_score_features ? "zscore" : "none");
    if (rc == 0)
        rc = ana_out_note(ctx, out,
                          s->per_fold
                              ? "one score for the test items of each fold; nothing is "
                                "fitted, folds only show the spread over items"
                              : "one score over all items, without folds");
    if (rc == 0 && rsa->problem->layout == ANA_LAYOUT_EPOCHS)
        rc = ana_out_note(ctx, out, "a pattern is all targets at all samples of a trial");
    return rc;
}

static int pass(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again)
{
    struct rsa_y *opened = ys;
    int rc = rsa_y_score(ctx, opened);

    *again = 0;
    if (rc == 0)
        rc = hand_out(ctx, opened, out);
    if (rc == 0)
        rc = state(ctx, opened->rsa, out);
    return rc;
}

static void close_y(struct ana_ctx *ctx, void *ys)
{
    rsa_y_close(ctx, ys);
}

static void close_x(struct ana_ctx *ctx, void *xs)
{
    rsa_close(ctx, xs);
}

static const struct ana_metric_vt metric = {
    .size = sizeof(struct ana_metric_vt),
    .flags = ANA_METRIC_SYMMETRIC | ANA_METRIC_NO_DELAYS | ANA_METRIC_TAKES_ROWS |
             ANA_METRIC_TAKES_EPOCHS | ANA_METRIC_SCALE | ANA_METRIC_IDENTITY,
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
    .id = "rsa",
    .version = "1.0",
    .summary = "representational similarity of features and targets over items",
    .licence = "BSD-3-Clause",
    .citation =
        "Kriegeskorte, Mur & Bandettini 2008, Frontiers in Systems Neuroscience 2:4; "
        "Nili et al. 2014, PLoS Computational Biology 10(4)",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .metric = &metric,
};
