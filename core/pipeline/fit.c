/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Projections that are fitted (`project = pca N`, `fit = NAME`). The components of a layer
 * are those of its samples inside the stimuli of a set of their own: a PCA of the scored
 * stimuli would know the test ones, so a stimulus of both sets is refused.
 */
#include "pipeline/fit.h"

#include <string.h>
#include <sys/stat.h>

#include <anaflow/linalg.h>

#include "base/context.h"
#include "base/text.h"

static int same_file(const char *a, const char *b)
{
    struct stat s, t;

    return a && b && stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev &&
           s.st_ino == t.st_ino;
}

static int same_stimulus(const struct ana_stimulus *a, const struct ana_stimulus *b)
{
    return strcmp(a->id, b->id) == 0 || same_file(a->audio_path, b->audio_path) ||
           same_file(a->image_path, b->image_path);
}

int ana_fit_check(struct ana_ctx *ctx, const struct ana_opened *opened,
                  const struct ana_features *f)
{
    enum { LISTED = 5 };
    const struct ana_stimuli *set = opened->stimuli[f->study->fit];
    const struct ana_stimuli *scored =
        f->stimuli >= 0 ? opened->stimuli[f->stimuli] : NULL;
    struct ana_text names = {0};
    int64_t n = 0;
    int rc = 0;

    for (int64_t g = 0; scored && set && g < f->rows->n_groups; g++)
        for (int64_t i = 0; i < set->n; i++)
            if (same_stimulus(&scored->item[f->rows->item[g]], &set->item[i])) {
                if (n++ < LISTED)
                    ana_text_add(&names, "%s%s", n > 1 ? ", " : "", set->item[i].id);
                break;
            }
    if (n > 0)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "`fit = %s` would fit the PCA on %lld of the stimuli that are "
                     "scored (%s%s), so test sounds would shape their own features; name "
                     "a set of others, or use `pca = N`, which is fitted on each fold's "
                     "training rows",
                     opened->study->stimuli[f->study->fit].name, (long long)n, names.data,
                     n > LISTED ? ", ..." : "");
    ana_text_finish(&names);
    return rc;
}

/* The traces of some that are fitted on one set, beside the traces that do the fitting. */
struct fitting {
    int64_t n;
    struct ana_trace **trace, **by;
    struct ana_components **components;
};

static void finish_fitting(struct ana_ctx *ctx, struct fitting *f)
{
    for (int64_t t = 0; t < f->n; t++) {
        ana_trace_destroy(ctx, f->by[t]);
        ana_components_destroy(ctx, f->components[t]);
    }
    ana_free(ctx, f->trace);
    ana_free(ctx, f->by);
    ana_free(ctx, f->components);
}

/* Pooled ones, to which every sample inside the stimulus comes. */
static int add_fitting(struct ana_ctx *ctx, const struct ana_opened_model *model,
                       struct ana_trace *trace, struct fitting *f)
{
    const int64_t t = f->n++;
    int rc = ana_trace_create(
        ctx, &model->info.layers[trace->layer], trace->layer,
        trace->reduce == ANA_REDUCE_TIME_FREQUENCY ? trace->reduce : ANA_REDUCE_TIME, 1,
        NULL, 0, NULL, &f->by[t]);

    f->trace[t] = trace;
    return rc;
}

static int begin_fitting(struct ana_ctx *ctx, const struct ana_opened_model *model,
                         int64_t set, int64_t n, struct ana_trace *const *traces,
                         struct fitting *f)
{
    int rc;

    *f = (struct fitting){0};
    f->trace = ana_alloc(ctx, n, sizeof *f->trace);
    f->by = ana_alloc(ctx, n, sizeof *f->by);
    f->components = ana_alloc(ctx, n, sizeof *f->components);
    rc = f->trace && f->by && f->components ? 0 : ANA_ERESOURCE;
    for (int64_t t = 0; rc == 0 && t < n; t++)
        if (traces[t]->fit == set && traces[t]->unprojected > 0)
            rc = add_fitting(ctx, model, traces[t], f);
    return rc;
}

static int show_set(struct ana_ctx *ctx, struct ana_opened_model *model,
                    const struct ana_stimuli *stimuli, struct fitting *f)
{
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < f->n; t++) {
        rc = ana_components_create(ctx, f->trace[t]->unprojected, &f->components[t]);
        ana_trace_fit(f->by[t], f->components[t]);
    }
    for (int64_t i = 0; rc == 0 && i < stimuli->n; i++)
        rc = ana_model_run(ctx, model, stimuli, 1, &i, f->n, f->by);
    return rc;
}

static int solve(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                 int64_t set, struct fitting *f)
{
    int rc = 0;

    for (int64_t t = 0; rc == 0 && t < f->n; t++) {
        struct ana_trace *trace = f->trace[t];
        double share;

        ana_context_push(ctx, "model %s, layer %s, `fit = %s`",
                         opened->study->models[model].name, trace->info->id,
                         opened->study->stimuli[set].name);
        ana_project_destroy(ctx, trace->fitted);
        trace->fitted = NULL;
        rc = ana_components_solve(ctx, f->components[t], trace->features, &trace->fitted,
                                  &share);
        ana_context_pop(ctx);
        ana_components_destroy(ctx, f->components[t]);
        f->components[t] = NULL;
        if (rc == 0)
            ana_log(
                ctx,
                "model %s, layer %s: %lld components of %lld units hold %.1f %% of the "
                "variance over [stimulus %s]",
                opened->study->models[model].name, trace->info->id,
                (long long)trace->features, (long long)trace->unprojected, 100 * share,
                opened->study->stimuli[set].name);
    }
    return rc;
}

int ana_fit_traces(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   int64_t n, struct ana_trace *const *traces)
{
    int rc = 0;

    for (int64_t set = 0; rc == 0 && set < opened->study->n_stimuli; set++) {
        struct fitting f;

        rc = begin_fitting(ctx, &opened->models[model], set, n, traces, &f);
        if (rc == 0 && f.n > 0)
            rc = show_set(ctx, &opened->models[model], opened->stimuli[set], &f);
        if (rc == 0)
            rc = solve(ctx, opened, model, set, &f);
        finish_fitting(ctx, &f);
    }
    return rc;
}

/* Samples of a layer inside all stimuli. */
static double count_samples(const struct ana_trace *trace,
                            const struct ana_stimuli *stimuli)
{
    double samples = 0;

    for (int64_t i = 0; i < stimuli->n; i++)
        samples +=
            trace->layer_rate > 0 ? trace->layer_rate * stimuli->item[i].duration : 1;
    return samples;
}

/* Of one set, all of whose stimuli are shown one by one. */
static int add_effort(struct ana_ctx *ctx, struct ana_opened_model *model,
                      const struct ana_stimuli *stimuli, struct fitting *f,
                      struct ana_effort *effort)
{
    int64_t held = 0;
    int rc = 0;

    for (int64_t t = 0; t < f->n; t++) {
        rc = rc == 0 ? ana_eigh_fits(ctx, f->trace[t]->unprojected) : rc;
        held += ana_components_bytes(f->trace[t]->unprojected);
        effort->flops += ana_components_flops(f->trace[t]->unprojected,
                                              count_samples(f->trace[t], stimuli));
    }
    for (int64_t i = 0; rc == 0 && i < stimuli->n; i++) {
        struct ana_effort one;

        rc = ana_model_effort(ctx, model, stimuli, 1, &i, f->n, f->by, &one);
        effort->flops += one.flops;
        effort->slow += one.slow;
        effort->loops += one.loops;
        effort->sound += one.sound;
        if (held + one.bytes > effort->bytes)
            effort->bytes = held + one.bytes;
    }
    return rc;
}

int ana_fit_effort(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   int64_t n, struct ana_trace *const *traces, struct ana_effort *effort)
{
    int rc = 0;

    *effort = (struct ana_effort){0};
    for (int64_t set = 0; rc == 0 && set < opened->study->n_stimuli; set++) {
        struct fitting f;

        rc = begin_fitting(ctx, &opened->models[model], set, n, traces, &f);
        if (rc == 0 && f.n > 0)
            rc =
                add_effort(ctx, &opened->models[model], opened->stimuli[set], &f, effort);
        finish_fitting(ctx, &f);
    }
    return rc;
}
