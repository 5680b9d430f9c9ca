/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Activations into the cache and back. The note of an entry is
 *
 *     what it is, for `anaflow cache ls`
 *     the lines that its key was made from
 *     ! COUNT WARNING       for each warning of the pass that made it
 */
#include "pipeline/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "data/npy_header.h"
#include "data/npy_write.h"
#include "data/tensor.h"

int ana_kept_model(const struct ana_opened *opened, int64_t model)
{
    return opened->models[model].info.input != ANA_INPUT_NONE;
}

static void write_note(const struct ana_keys *keys, const struct ana_opened *opened,
                       int64_t model, const struct ana_trace *trace,
                       const struct ana_warned *warned, struct ana_text *note)
{
    const char *key = ana_keys_text(keys, trace->key);

    ana_text_add(note, "%s %s, ", opened->study->models[model].name, trace->info->id);
    if (trace->stretch)
        ana_text_add(note, "%lld stimuli at %g Hz", (long long)trace->n_items,
                     trace->rate);
    else
        ana_text_add(note, "mean of %lld stimuli%s", (long long)trace->n_items,
                     trace->reduce == ANA_REDUCE_TIME_FREQUENCY ? " and frequencies"
                                                                : "");
    ana_text_add(note, ": %lld x %lld\n%s", (long long)trace->offset[trace->n_items],
                 (long long)trace->features, key ? key : "");
    for (int64_t i = 0; i < warned->n; i++) {
        ana_text_add(note, "! %lld ", (long long)warned->warning[i].count);
        for (const char *c = warned->warning[i].text; *c; c++)
            ana_text_add(note, "%c", *c == '\n' ? ' ' : *c);
        ana_text_add(note, "\n");
    }
}

/* A trace whose rows go into the cache. */
struct keeping {
    const struct ana_trace *trace;
    struct ana_blob_writer blob;
    int64_t header; /* bytes in front of its first row */
    int32_t begun, pad;
};

/* Rows as they lie in the file. */
static int keep_rows(struct ana_ctx *ctx, void *arg, int64_t row, int64_t n,
                     const float *x)
{
    const struct keeping *k = arg;
    const int64_t F = k->trace->features, count = n * F;
    const int64_t size = k->trace->half ? sizeof(uint16_t) : sizeof(float);
    uint16_t *half = k->trace->half ? ana_alloc(ctx, count, sizeof *half) : NULL;
    int rc = k->trace->half && !half ? ANA_ERESOURCE : 0;

    for (int64_t i = 0; half && i < count; i++)
        ana_elements_store(ANA_F16, &(double){(double)x[i]}, 1, half, i);
    if (rc == 0)
        rc = ana_blob_place(ctx, &k->blob, k->header + row * F * size,
                            half ? (const void *)half : x, count * size);
    ana_free(ctx, half);
    return rc;
}

static int begin_keeping(struct ana_ctx *ctx, const struct ana_cache *cache,
                         struct ana_trace *trace, struct keeping *k)
{
    const int64_t shape[] = {trace->offset[trace->n_items], trace->features};
    const int dtype = trace->half ? ANA_F16 : ANA_F32;
    char header[ANA_NPY_HEADER_ROOM];
    struct ana_tensor kept; /* the head of what is written */
    int rc;

    ana_tensor_view(dtype, 2, shape, NULL, &kept);
    k->trace = trace;
    k->header = ana_npy_write_header(&kept, header);
    rc = ana_cache_begin(ctx, cache, ANA_KEPT_ACTIVATIONS, trace->key,
                         k->header + shape[0] * shape[1] * (int64_t)ana_dtype_size(dtype),
                         &k->blob);
    k->begun = rc == 0;
    if (rc == 0)
        rc = ana_blob_place(ctx, &k->blob, 0, header, k->header);
    ana_trace_take(trace, keep_rows, k);
    return rc;
}

static int finish_keeping(struct ana_ctx *ctx, const struct ana_keys *keys,
                          const struct ana_opened *opened, int64_t model,
                          const struct ana_warned *warned, struct keeping *k)
{
    struct ana_text note = {0};
    int rc;

    write_note(keys, opened, model, k->trace, warned, &note);
    rc = note.failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory to keep activations")
                     : ana_blob_seal(ctx, &k->blob, note.data);
    k->begun = note.failed; /* else it is sealed, or gone */
    ana_text_finish(&note);
    return rc;
}

int ana_kept_show(struct ana_ctx *ctx, const struct ana_cache *cache,
                  const struct ana_keys *keys, const struct ana_opened *opened,
                  int64_t model, const struct ana_features *features, int64_t n,
                  struct ana_trace *const *traces)
{
    struct keeping *keeping = ana_alloc(ctx, n, sizeof *keeping);
    struct ana_warned mark = {0}, warned = {0};
    int rc = keeping ? ana_warned_mark(ctx, &mark) : ANA_ERESOURCE;

    for (int64_t t = 0; rc == 0 && t < n; t++)
        rc = begin_keeping(ctx, cache, traces[t], &keeping[t]);
    if (rc == 0)
        rc = ana_traces_run(ctx, opened, model, features, n, traces);
    if (rc == 0)
        rc = ana_warned_since(ctx, &mark, &warned);
    for (int64_t t = 0; rc == 0 && t < n; t++)
        rc = finish_keeping(ctx, keys, opened, model, &warned, &keeping[t]);
    for (int64_t t = 0; keeping && t < n; t++) {
        if (keeping[t].begun)
            ana_blob_abort(&keeping[t].blob);
        ana_trace_take(traces[t], NULL, NULL);
    }
    ana_warned_finish(ctx, &mark);
    ana_warned_finish(ctx, &warned);
    ana_free(ctx, keeping);
    return rc;
}

static int read_warned(struct ana_ctx *ctx, const struct ana_blob *blob,
                       struct ana_warned *warned)
{
    char *note = ana_alloc(ctx, blob->n_note + 1, 1);
    int rc = note ? 0 : ANA_ERESOURCE;

    if (note)
        memcpy(note, blob->note, (size_t)blob->n_note);
    for (char *at = note, *line; rc == 0 && (line = strsep(&at, "\n")) != NULL;) {
        char *text = NULL;
        const int64_t count = line[0] == '!' ? strtoll(line + 1, &text, 10) : 0;

        if (count > 0 && *text == ' ')
            rc = ana_warned_add(ctx, warned, text + 1, count, 1);
    }
    ana_free(ctx, note);
    return rc;
}

/* The array of a blob, if it has the shape that the trace expects. */
static int read_array(struct ana_ctx *ctx, const struct ana_blob *blob,
                      struct ana_trace *t)
{
    const int64_t rows = t->offset[t->n_items];
    struct ana_npy_header header;
    int rc = ana_npy_parse(ctx, t->key, blob->data, blob->n, &header);

    if (rc == 0 && (header.dtype != (t->half ? ANA_F16 : ANA_F32) || header.ndim != 2 ||
                    header.fortran || header.swapped || header.shape[0] != rows ||
                    header.shape[1] != t->features))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s.npy of the cache has another shape than its key says", t->key);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F32, 2, header.shape, &t->x);
    for (int64_t i = 0; rc == 0 && t->half && i < header.count; i++) {
        double value;

        ana_elements_load(ANA_F16, blob->data + header.offset, i, 1, 1, &value);
        ((float *)t->x.data)[i] = (float)value;
    }
    if (rc == 0 && !t->half && header.count > 0)
        memcpy(t->x.data, blob->data + header.offset,
               (size_t)header.count * sizeof(float));
    return rc;
}

int ana_kept_read(struct ana_ctx *ctx, const struct ana_cache *cache,
                  struct ana_trace *trace, struct ana_warned *warned)
{
    struct ana_blob blob;
    int rc = ana_cache_get(ctx, cache, ANA_KEPT_ACTIVATIONS, trace->key, &blob, NULL);

    if (rc == 0 && blob.data)
        rc = read_array(ctx, &blob, trace);
    if (rc == 0 && blob.data && warned)
        rc = read_warned(ctx, &blob, warned);
    ana_blob_close(&blob);
    return rc;
}

int ana_kept_warned(struct ana_ctx *ctx, const struct ana_cache *cache, const char *key,
                    struct ana_warned *warned)
{
    struct ana_blob blob;
    int rc = ana_cache_peek(ctx, cache, ANA_KEPT_ACTIVATIONS, key, &blob);
    int any = 0;

    for (int64_t i = 1; rc == 0 && blob.data && i < blob.n_note; i++)
        any |= blob.note[i] == '!' && blob.note[i - 1] == '\n';
    ana_blob_close(&blob);
    if (rc != 0 || !any)
        return rc;
    rc = ana_cache_get(ctx, cache, ANA_KEPT_ACTIVATIONS, key, &blob, NULL);
    if (rc == 0 && blob.data)
        rc = read_warned(ctx, &blob, warned);
    ana_blob_close(&blob);
    return rc;
}

/* Read what the cache has of a variant; the others are listed. */
static int read_kept(struct ana_ctx *ctx, const struct ana_cache *cache,
                     const struct ana_variant *v, int64_t *n, struct ana_trace **missing)
{
    int rc = 0;

    *n = 0;
    for (int64_t t = 0; rc == 0 && t < v->n_traces; t++) {
        if (v->traces[t]->key && !v->traces[t]->x.data)
            rc = ana_kept_read(ctx, cache, v->traces[t], NULL);
        if (!v->traces[t]->x.data)
            missing[(*n)++] = v->traces[t];
    }
    return rc;
}

/* Show a model what the cache does not have; what has a key goes there and comes back. */
static int make_missing(struct ana_ctx *ctx, const struct ana_cache *cache,
                        const struct ana_keys *keys, const struct ana_opened *opened,
                        const struct ana_features *f, const struct ana_variant *v)
{
    struct ana_trace **missing = ana_alloc(ctx, v->n_traces, sizeof *missing);
    int64_t n = 0;
    int rc = missing ? read_kept(ctx, cache, v, &n, missing) : ANA_ERESOURCE;

    if (rc == 0 && n > 0 && !missing[0]->key) {
        rc = ana_traces_run(ctx, opened, v->model, f, n, missing);
    } else if (rc == 0 && n > 0) {
        rc = ana_kept_show(ctx, cache, keys, opened, v->model, f, n, missing);
        if (rc == 0)
            rc = read_kept(ctx, cache, v, &n, missing);
        if (rc == 0 && n > 0)
            rc = ana_fail(ctx, ANA_ERESOURCE,
                          "activations of model %s were removed from the cache while the "
                          "run needed them; run it again",
                          opened->study->models[v->model].name);
    }
    ana_free(ctx, missing);
    return rc;
}

int ana_kept_load(struct ana_ctx *ctx, const struct ana_cache *cache,
                  const struct ana_keys *keys, const struct ana_opened *opened,
                  const struct ana_features *f, struct ana_variant *v)
{
    int rc;

    if (v->x.data)
        return 0;
    if (v->model < 0)
        return ana_features_read(ctx, opened, f, v);
    rc = make_missing(ctx, cache, keys, opened, f, v);
    if (rc == 0)
        rc = ana_variant_join(ctx, v);
    return rc;
}

void ana_kept_unload(struct ana_variant *v)
{
    for (int64_t t = 0; v->traces && t < v->n_traces; t++)
        ana_tensor_finish(&v->traces[t]->x);
    ana_tensor_finish(&v->x);
}
