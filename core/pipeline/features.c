/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Feature spaces on a recording's rows: which layers they mean, their shapes, and the
 * spaces that metrics take.
 */
#include "pipeline/features.h"

#include <string.h>

#include "base/context.h"
#include "pipeline/features_parts.h"
#include "pipeline/fit.h"

const char *ana_variant_model(const struct ana_opened *opened,
                              const struct ana_variant *v)
{
    return v->model >= 0 ? opened->study->models[v->model].name
                         : opened->study->brains[-1 - v->model].name;
}

const char *ana_variant_layer(const struct ana_opened *opened,
                              const struct ana_variant *v)
{
    if (v->model < 0)
        return "n/a";
    return v->layer < 0 ? "all" : opened->models[v->model].info.layers[v->layer].id;
}

/* How the space reduces layers: as written, or by the recording's layout. */
static int choose_reduce(struct ana_ctx *ctx, struct ana_features *f)
{
    const int rows = f->rows->layout == ANA_LAYOUT_ROWS;

    switch (f->study->pool) {
    case ANA_POOL_TIME:
        f->reduce = ANA_REDUCE_TIME;
        break;
    case ANA_POOL_TIME_FREQUENCY:
        f->reduce = ANA_REDUCE_TIME_FREQUENCY;
        break;
    case ANA_POOL_NONE:
        f->reduce = ANA_REDUCE_NONE;
        break;
    default:
        f->reduce = rows ? ANA_REDUCE_TIME : ANA_REDUCE_NONE;
    }
    if (rows && (f->study->kernel.kind != ANA_KERNEL_NONE || f->study->nuisance))
        return ana_fail(ctx, ANA_EPARAM,
                        "the recording has one value a stimulus, and `%s` needs one over "
                        "time; remove it",
                        f->study->nuisance                            ? "nuisance"
                        : f->study->kernel.kind == ANA_KERNEL_LANCZOS ? "resample"
                                                                      : "hrf");
    if (rows && f->reduce == ANA_REDUCE_NONE)
        return ana_fail(
            ctx, ANA_EPARAM,
            "the recording has one value a stimulus and `pool = none` keeps time; "
            "use `pool = time`");
    if (!rows && f->reduce != ANA_REDUCE_NONE)
        return ana_fail(
            ctx, ANA_EPARAM,
            "the recording has samples over time and `pool` averages time away; use "
            "`pool = none`, or `prepare = average(A..B s)` on the recording");
    return 0;
}

static struct ana_variant *add_variant(struct ana_ctx *ctx, struct ana_features *f,
                                       int64_t model, int64_t layer, int64_t n_traces)
{
    struct ana_variant *grown = ana_alloc(ctx, f->n_variants + 1, sizeof *grown), *v;

    if (!grown)
        return NULL;
    if (f->n_variants > 0)
        memcpy(grown, f->variants, (size_t)f->n_variants * sizeof *grown);
    ana_free(ctx, f->variants);
    f->variants = grown;
    v = &grown[f->n_variants++];
    v->model = model;
    v->layer = layer;
    v->n_traces = n_traces;
    v->traces = ana_alloc(ctx, n_traces, sizeof *v->traces);
    return v->traces ? v : NULL;
}

static int add_trace(struct ana_ctx *ctx, const struct ana_opened_model *model,
                     const struct ana_features *f, int64_t layer, struct ana_trace **out)
{
    int rc;

    if (f->reduce == ANA_REDUCE_NONE && model->window > 0 &&
        model->study->window.keep == ANA_KEEP_ALL)
        return ana_fail(
            ctx, ANA_EPARAM,
            "the windows of model %s give several samples a moment, and the "
            "recording asks for one; add `keep last` (causal) or `keep centre` "
            "to its `window`",
            model->study->name);
    rc = ana_trace_create(ctx, &model->info.layers[layer], layer, f->reduce,
                          f->rows->n_groups, f->stretch, f->rows->rate, &f->study->kernel,
                          out);
    if (rc == 0)
        ana_trace_shrink(*out, f->study->project, f->study->half);
    if (rc == 0)
        (*out)->fit = f->study->fit;
    return rc;
}

/* The layers of one model that the space takes, each a variant or all in one. */
static int add_layers(struct ana_ctx *ctx, const struct ana_opened *opened,
                      struct ana_features *f, int64_t number)
{
    const struct ana_opened_model *model = &opened->models[number];
    const int64_t L = model->info.n_layers;
    uint8_t *selected = ana_alloc(ctx, L, 1), *also = ana_alloc(ctx, L, 1);
    struct ana_variant *v = NULL;
    int64_t n = 0, k = 0;
    int rc = selected && also ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        rc = ana_layers_select(ctx, &model->info, model->study->layers, selected);
    if (rc == 0 && f->study->layer == ANA_LAYER_SOME)
        rc = ana_layers_select(ctx, &model->info, f->study->layers, also);
    for (int64_t i = 0; rc == 0 && i < L; i++) {
        selected[i] = selected[i] && (f->study->layer != ANA_LAYER_SOME || also[i]);
        n += selected[i];
    }
    if (rc == 0 && f->study->layer == ANA_LAYER_ALL) {
        v = add_variant(ctx, f, number, -1, n);
        rc = v ? 0 : ANA_ERESOURCE;
    }
    for (int64_t i = 0; rc == 0 && i < L; i++) {
        if (!selected[i])
            continue;
        if (f->study->layer != ANA_LAYER_ALL) {
            v = add_variant(ctx, f, number, i, 1);
            k = 0;
        }
        rc = v ? add_trace(ctx, model, f, i, &v->traces[k++]) : ANA_ERESOURCE;
    }
    ana_free(ctx, selected);
    ana_free(ctx, also);
    return rc;
}

int ana_features_create(struct ana_ctx *ctx, const struct ana_opened *opened,
                        int64_t number, const struct ana_rows *rows, int64_t stimuli,
                        struct ana_features **out)
{
    const struct ana_study_features *study = &opened->study->features[number];
    struct ana_features *f = ana_alloc(ctx, 1, sizeof *f);
    int rc;

    *out = NULL;
    if (!f)
        return ANA_ERESOURCE;
    f->study = study;
    f->rows = rows;
    f->stimuli = stimuli;
    ana_context_push(ctx, "%s: features %s", study->place.where, study->name);
    rc = choose_reduce(ctx, f);
    if (rc == 0)
        rc = ana_features_delays(ctx, f);
    if (rc == 0 && study->nuisance)
        rc = ana_features_check_nuisance(ctx, f);
    if (rc == 0)
        rc = ana_features_stretches(ctx, f);
    if (rc == 0 && study->fit >= 0)
        rc = ana_fit_check(ctx, opened, f);
    for (int64_t i = 0; rc == 0 && i < study->n_from; i++) {
        if (study->from[i] >= 0)
            rc = add_layers(ctx, opened, f, study->from[i]);
        else if (study->project > 0 || study->half)
            rc =
                ana_fail(ctx, ANA_EPARAM,
                         "`%s` is for layers of models, and %s is a recording; remove it",
                         study->project > 0 ? "project" : "activations",
                         opened->study->brains[-1 - study->from[i]].name);
        else if (!add_variant(ctx, f, study->from[i], -1, 0))
            rc = ANA_ERESOURCE;
    }
    if (rc == 0 && f->n_variants == 0)
        rc = ana_fail(ctx, ANA_EPARAM, "the space selects no layer of its models");
    ana_context_pop(ctx);
    if (rc == 0)
        *out = f;
    else
        ana_features_destroy(ctx, f);
    return rc;
}

void ana_features_destroy(struct ana_ctx *ctx, struct ana_features *f)
{
    if (!f)
        return;
    for (int64_t i = 0; i < f->n_variants; i++) {
        struct ana_variant *v = &f->variants[i];

        for (int64_t t = 0; v->traces && t < v->n_traces; t++)
            ana_trace_destroy(ctx, v->traces[t]);
        ana_free(ctx, v->traces);
        ana_tensor_finish(&v->x);
    }
    ana_free(ctx, f->variants);
    ana_free(ctx, f->delays);
    ana_free(ctx, f->windows);
    ana_free(ctx, f->stretch);
    ana_free(ctx, f);
}

/* Samples of all stretches; one a stimulus where time is averaged. */
static int64_t sample_count(const struct ana_features *f)
{
    int64_t n = 0;

    for (int64_t g = 0; g < f->rows->n_groups; g++)
        n += f->reduce == ANA_REDUCE_NONE ? f->stretch[g].n : 1;
    return n;
}

/* F of a variant. */
static int64_t width_of(const struct ana_opened *opened, const struct ana_variant *v)
{
    int64_t F = v->model < 0 ? opened->recordings[-1 - v->model].info.n_targets : 0;

    for (int64_t t = 0; t < v->n_traces; t++)
        F += v->traces[t]->features;
    return F;
}

/* One variant of the space is held at a time. */
int64_t ana_features_bytes(const struct ana_opened *opened, const struct ana_features *f)
{
    const int64_t rows = sample_count(f);
    int64_t most = 0;

    for (int64_t i = 0; i < f->n_variants; i++) {
        const struct ana_variant *v = &f->variants[i];
        const int64_t F = width_of(opened, v);
        int64_t bytes = rows * F * (v->model < 0 ? 12 : v->n_traces > 1 ? 8 : 4);

        if (f->study->nuisance)
            bytes += f->rows->n_rows * f->n_delays * F * 12;
        most = bytes > most ? bytes : most;
    }
    return most;
}

void ana_features_shape(const struct ana_opened *opened, struct ana_features *f)
{
    for (int64_t i = 0; i < f->n_variants; i++) {
        struct ana_variant *v = &f->variants[i];
        const int64_t F = width_of(opened, v);

        ana_tensor_view(ANA_F32, 2, (const int64_t[]){sample_count(f), F}, NULL, &v->x);
    }
}

/* Where each row reads the space's samples. */
static void make_base(const struct ana_features *f, int64_t *base)
{
    const struct ana_rows *rows = f->rows;
    int64_t at = 0, r = 0;

    for (int64_t g = 0; g < rows->n_groups; g++) {
        for (int64_t t = 0; t < rows->n[g]; t++, r++)
            base[r] = f->study->nuisance             ? r
                      : f->reduce == ANA_REDUCE_NONE ? at + t - f->stretch[g].first
                                                     : at;
        at += f->reduce == ANA_REDUCE_NONE ? f->stretch[g].n : 1;
    }
}

static int64_t components(const struct ana_opened *opened, const struct ana_features *f)
{
    const int64_t pca = f->study->pca, most = opened->try_pca;

    return most > 0 && (pca == 0 || most < pca) ? most : pca;
}

int ana_features_space(struct ana_ctx *ctx, const struct ana_opened *opened,
                       const struct ana_features *f, int64_t variant, int with_delays,
                       struct ana_space **out)
{
    const struct ana_variant *v = &f->variants[variant];
    const struct ana_rows *rows = f->rows;
    int64_t *base = ana_alloc(ctx, rows->n_rows, sizeof *base);
    const int64_t none = 0, n = with_delays ? f->n_delays : 1;
    const int64_t *delays = with_delays ? f->delays : &none;
    struct ana_tensor x = {0};
    char name[128];
    int rc = base ? 0 : ANA_ERESOURCE;

    if (rc == 0 && f->study->nuisance)
        rc = ana_features_clean(ctx, f, &v->x, n, delays, &x);
    else if (rc == 0)
        ana_tensor_ref(&v->x, &x);
    if (rc == 0)
        make_base(f, base);
    snprintf(name, sizeof name, "%s, %s %s", f->study->name, ana_variant_model(opened, v),
             ana_variant_layer(opened, v));
    if (rc == 0)
        rc = ana_space_create(ctx, name, &x, rows->n_rows, base,
                              f->study->nuisance ? 1 : n,
                              f->study->nuisance ? &none : delays, f->study->standardise,
                              components(opened, f), out);
    if (rc == 0 && with_delays)
        rc = ana_space_set_lags(ctx, *out, f->study->lag_mode, f->n_windows, f->windows);
    ana_tensor_finish(&x);
    ana_free(ctx, base);
    return rc;
}
