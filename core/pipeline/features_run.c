/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The activations that fill feature spaces: models are shown the stimuli, recordings
 * read.
 */
#include <string.h>

#include "base/context.h"
#include "pipeline/features.h"
#include "pipeline/fit.h"

int ana_traces_run(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                   const struct ana_features *f, int64_t n,
                   struct ana_trace *const *traces)
{
    const struct ana_study_model *study = &opened->study->models[model];
    const struct ana_rows *rows = f->rows;
    int rc;

    ana_log(ctx, "model %s%s%s: %lld stimuli, %lld layers", study->name,
            study->twin_of >= 0 ? ", " : "", study->twin_of >= 0 ? study->variant : "",
            (long long)rows->n_groups, (long long)n);
    rc = ana_twin_begin(ctx, &opened->models[model]);
    if (rc == 0)
        rc = ana_fit_traces(ctx, opened, model, n, traces);
    for (int64_t t = 0; rc == 0 && t < n; t++)
        rc = ana_trace_begin(ctx, traces[t]);
    if (rc == 0)
        rc = ana_model_run(ctx, &opened->models[model], opened->stimuli[f->stimuli],
                           rows->n_groups, rows->item, n, traces);
    ana_twin_end(ctx, &opened->models[model]);
    ana_context_push(ctx, "model %s", opened->study->models[model].name);
    for (int64_t t = 0; t < n; t++)
        if (rc == 0)
            rc = ana_trace_finish(ctx, traces[t], rows->name);
        else
            ana_trace_drop(ctx, traces[t]);
    ana_context_pop(ctx);
    return rc;
}

static int run_model(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t model,
                     int64_t n, struct ana_features *const *features)
{
    struct ana_trace **traces;
    int64_t n_traces = 0;
    int rc;

    for (int64_t i = 0; i < n; i++)
        for (int64_t v = 0; v < features[i]->n_variants; v++)
            if (features[i]->variants[v].model == model)
                n_traces += features[i]->variants[v].n_traces;
    if (n_traces == 0)
        return 0;
    traces = ana_alloc(ctx, n_traces, sizeof *traces);
    if (!traces)
        return ANA_ERESOURCE;
    n_traces = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t v = 0; v < features[i]->n_variants; v++)
            for (int64_t t = 0; t < features[i]->variants[v].n_traces; t++)
                if (features[i]->variants[v].model == model)
                    traces[n_traces++] = features[i]->variants[v].traces[t];
    rc = ana_traces_run(ctx, opened, model, features[0], n_traces, traces);
    ana_free(ctx, traces);
    return rc;
}

/* Put the traces of a variant side by side: B x (F1 + F2 + ...). */
int ana_variant_join(struct ana_ctx *ctx, struct ana_variant *v)
{
    int64_t F = 0, at = 0;
    int rc;

    if (v->n_traces == 1) {
        ana_tensor_ref(&v->traces[0]->x, &v->x);
        return 0;
    }
    for (int64_t t = 0; t < v->n_traces; t++)
        F += v->traces[t]->features;
    rc = ana_tensor_create(ctx, ANA_F32, 2,
                           (const int64_t[]){v->traces[0]->x.shape[0], F}, &v->x);
    for (int64_t t = 0; rc == 0 && t < v->n_traces; t++) {
        const struct ana_trace *trace = v->traces[t];
        const int64_t f = trace->features;

        for (int64_t r = 0; r < trace->x.shape[0]; r++)
            memcpy((float *)v->x.data + r * F + at, (const float *)trace->x.data + r * f,
                   (size_t)f * sizeof(float));
        at += f;
    }
    return rc;
}

int ana_features_run(struct ana_ctx *ctx, const struct ana_opened *opened, int64_t n,
                     struct ana_features *const *features)
{
    int rc = 0;

    for (int64_t m = 0; rc == 0 && m < opened->study->n_models; m++)
        rc = run_model(ctx, opened, m, n, features);
    for (int64_t i = 0; i < n; i++)
        for (int64_t v = 0; rc == 0 && v < features[i]->n_variants; v++)
            rc = features[i]->variants[v].model >= 0
                     ? ana_variant_join(ctx, &features[i]->variants[v])
                     : ana_features_read(ctx, opened, features[i],
                                         &features[i]->variants[v]);
    return rc;
}
