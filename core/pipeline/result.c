/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Results as bytes. Lengths are checked against what is left, though the blob around
 * them has proved that nothing changed: another version may have written them.
 */
#include "pipeline/result.h"

#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "data/tensor.h"

static const char format[8] = "ANARES03";
enum { ANA_RESULT_ALIGNMENT = 64 };

static void put_int(struct ana_text *out, int64_t value)
{
    ana_text_write(out, (const char *)&value, sizeof value);
}

static void put_text(struct ana_text *out, const char *text)
{
    const int64_t n = (int64_t)strlen(text);

    put_int(out, n);
    ana_text_write(out, text, n);
}

static void put_reals(struct ana_text *out, int64_t n, const double *values)
{
    put_int(out, n);
    ana_text_write(out, (const char *)values, n * (int64_t)sizeof *values);
}

static void put_table(struct ana_text *out, const struct ana_out_table *t)
{
    put_text(out, t->measure);
    put_text(out, t->part);
    put_int(out, t->pooled);
    put_int(out, t->derived);
    put_int(out, t->no_folds);
    put_reals(out, 1, &t->lag);
    put_int(out, t->n_folds);
    put_int(out, t->n_targets);
    for (int64_t i = 0; t->pooled && i < t->n_targets; i++)
        put_text(out, t->names[i]);
    put_reals(out, t->n_folds * t->n_targets, t->score);
}

static void put_warned(struct ana_text *out, const struct ana_warned *list)
{
    put_int(out, list->n);
    for (int64_t i = 0; i < list->n; i++) {
        put_text(out, list->warning[i].text);
        put_int(out, list->warning[i].count);
    }
}

static void put_axis(struct ana_text *out, const struct ana_axis *axis, int64_t n)
{
    put_int(out, axis != NULL);
    if (!axis)
        return;
    put_int(out, axis->kind);
    put_text(out, axis->name);
    put_text(out, axis->unit);
    put_reals(out, 2, (const double[]){axis->rate, axis->start});
    put_int(out, axis->coords != NULL);
    if (axis->coords)
        put_reals(out, n, axis->coords);
    put_int(out, axis->labels != NULL);
    for (int64_t i = 0; axis->labels && i < n; i++)
        put_text(out, axis->labels[i]);
}

static void put_array(struct ana_text *out, const struct ana_out_array *a)
{
    put_text(out, a->name);
    put_text(out, a->help);
    put_int(out, a->folds);
    put_int(out, a->targets);
    put_int(out, a->values.dtype);
    put_int(out, a->values.ndim);
    for (int32_t d = 0; d < a->values.ndim; d++)
        put_int(out, a->values.shape[d]);
    for (int32_t d = 0; d < a->values.ndim; d++)
        put_axis(out, a->values.axes[d], a->values.shape[d]);
}

static int64_t array_bytes(const struct ana_tensor *values)
{
    return ana_tensor_count(values) * (int64_t)ana_dtype_size(values->dtype);
}

static const char zeros[ANA_RESULT_ALIGNMENT];

int ana_result_pieces(struct ana_ctx *ctx, const struct ana_result *result,
                      const struct ana_text *packed, int64_t *n,
                      struct ana_piece **pieces)
{
    const struct ana_collector *c = result->collector;
    struct ana_piece *p = ana_alloc(ctx, 1 + 2 * c->n_arrays, sizeof *p);
    int64_t at = packed->length;

    *pieces = p;
    *n = 0;
    if (!p)
        return ANA_ERESOURCE;
    p[(*n)++] = (struct ana_piece){packed->data, packed->length};
    for (int64_t i = 0; i < c->n_arrays; i++) {
        const struct ana_tensor *values = &c->arrays[i].values;
        const int64_t gap = (-at) & (ANA_RESULT_ALIGNMENT - 1);

        p[(*n)++] = (struct ana_piece){zeros, gap};
        p[(*n)++] = (struct ana_piece){values->data, array_bytes(values)};
        at += gap + array_bytes(values);
    }
    return 0;
}

int ana_result_pack(struct ana_ctx *ctx, const struct ana_result *result,
                    struct ana_text *out)
{
    const struct ana_collector *c = result->collector;

    ana_text_write(out, format, sizeof format);
    put_int(out, c->n_targets);
    put_int(out, c->n_folds);
    put_int(out, c->n_measures);
    for (int64_t i = 0; i < c->n_measures; i++) {
        put_text(out, c->measures[i].id);
        put_text(out, c->measures[i].help);
    }
    put_int(out, c->n_tables);
    for (int64_t i = 0; i < c->n_tables; i++)
        put_table(out, &c->tables[i]);
    put_int(out, c->n_choices);
    for (int64_t i = 0; i < c->n_choices; i++) {
        put_text(out, c->choices[i].name);
        put_reals(out, c->n_folds * c->n_targets, c->choices[i].values);
    }
    put_int(out, c->n_counters);
    for (int64_t i = 0; i < c->n_counters; i++) {
        put_text(out, c->counters[i].what);
        put_int(out, c->counters[i].n);
        put_int(out, c->counters[i].of);
    }
    put_int(out, c->n_notes);
    for (int64_t i = 0; i < c->n_notes; i++)
        put_text(out, c->notes[i]);
    put_warned(out, &result->x_warned);
    put_warned(out, &result->y_warned);
    put_warned(out, &result->shown);
    put_int(out, c->n_arrays);
    for (int64_t i = 0; i < c->n_arrays; i++)
        put_array(out, &c->arrays[i]);
    return out->failed ? ana_fail(ctx, ANA_ERESOURCE, "no memory for a result") : 0;
}

/* Bytes being read; `bad` once they make no sense, `rc` once there is no memory. */
struct reading {
    struct ana_ctx *ctx;
    const uint8_t *at;
    int64_t left;
    int bad, rc;
};

static void take(struct reading *r, void *out, int64_t n)
{
    if (r->bad || r->rc || n < 0 || n > r->left) {
        r->bad = 1;
        return;
    }
    if (n > 0)
        memcpy(out, r->at, (size_t)n);
    r->at += n;
    r->left -= n;
}

static int64_t take_int(struct reading *r)
{
    int64_t value = 0;

    take(r, &value, sizeof value);
    return r->bad ? 0 : value;
}

/* A count of things that take at least `size` bytes each. */
static int64_t take_count(struct reading *r, int64_t size)
{
    const int64_t n = take_int(r);

    if (n < 0 || n > r->left / size)
        r->bad = 1;
    return r->bad ? 0 : n;
}

static void *room(struct reading *r, int64_t n, size_t size)
{
    void *memory = r->bad || r->rc ? NULL : ana_alloc(r->ctx, n, size);

    if (!memory && !r->bad)
        r->rc = ANA_ERESOURCE;
    return memory;
}

static char *take_text(struct reading *r)
{
    const int64_t n = take_count(r, 1);
    char *text = room(r, n + 1, 1);

    if (text)
        take(r, text, n);
    return text;
}

static double *take_reals(struct reading *r, int64_t rows, int64_t columns)
{
    const int64_t n = take_count(r, sizeof(double));
    int64_t expected;
    double *values;

    if (!ana_mul_ok(rows, columns, &expected) || n != expected)
        r->bad = 1;
    values = room(r, n, sizeof *values);
    if (values)
        take(r, values, n * (int64_t)sizeof *values);
    return values;
}

static void take_table(struct reading *r, struct ana_out_table *t)
{
    double *lag;

    t->measure = take_text(r);
    t->part = take_text(r);
    t->pooled = take_int(r) != 0;
    t->derived = take_int(r) != 0;
    t->no_folds = take_int(r) != 0;
    lag = take_reals(r, 1, 1);
    t->lag = lag ? lag[0] : 0;
    ana_free(r->ctx, lag);
    t->n_folds = take_int(r);
    t->n_targets = take_count(r, 1);
    t->names = t->pooled ? room(r, t->n_targets, sizeof *t->names) : NULL;
    for (int64_t i = 0; t->names && i < t->n_targets; i++)
        t->names[i] = take_text(r);
    t->score = take_reals(r, t->n_folds, t->n_targets);
}

static void take_warned(struct reading *r, struct ana_warned *list)
{
    const int64_t n = take_count(r, 16);

    for (int64_t i = 0; i < n && !r->bad && !r->rc; i++) {
        char *text = take_text(r);
        const int64_t count = take_int(r);

        if (text && !r->bad)
            r->rc = ana_warned_add(r->ctx, list, text, count, 0);
        ana_free(r->ctx, text);
    }
}

static void take_measures(struct reading *r, struct ana_collector *c)
{
    const int64_t n = take_count(r, 16);

    c->measures = room(r, n, sizeof *c->measures);
    for (int64_t i = 0; c->measures && i < n && !r->bad && !r->rc; i++) {
        c->n_measures = i + 1;
        c->measures[i].id = take_text(r);
        c->measures[i].help = take_text(r);
    }
}

/* Lists grow as they are read, so that a failure leaves what can be destroyed. */
static void take_lists(struct reading *r, struct ana_collector *c)
{
    int64_t n = take_count(r, 64);

    c->tables = room(r, n, sizeof *c->tables);
    for (int64_t i = 0; c->tables && i < n && !r->bad && !r->rc; i++) {
        c->n_tables = i + 1;
        take_table(r, &c->tables[i]);
    }
    n = take_count(r, 16);
    c->choices = room(r, n, sizeof *c->choices);
    for (int64_t i = 0; c->choices && i < n && !r->bad && !r->rc; i++) {
        c->n_choices = i + 1;
        c->choices[i].name = take_text(r);
        c->choices[i].values = take_reals(r, c->n_folds, c->n_targets);
    }
    n = take_count(r, 24);
    c->counters = room(r, n, sizeof *c->counters);
    for (int64_t i = 0; c->counters && i < n && !r->bad && !r->rc; i++) {
        c->n_counters = i + 1;
        c->counters[i].what = take_text(r);
        c->counters[i].n = take_int(r);
        c->counters[i].of = take_int(r);
    }
    n = take_count(r, 8);
    c->notes = room(r, n, sizeof *c->notes);
    for (int64_t i = 0; c->notes && i < n && !r->bad && !r->rc; i++) {
        c->n_notes = i + 1;
        c->notes[i] = take_text(r);
    }
}

/* Label one axis of an array, whose lists are read into memory for the while. */
static void take_axis(struct reading *r, struct ana_tensor *values, int32_t d)
{
    const int64_t n = values->shape[d];
    struct ana_axis axis = {.size = sizeof axis};
    char *name, *unit, **labels = NULL;
    double *place, *coords = NULL;

    if (take_int(r) == 0)
        return;
    axis.kind = (int32_t)take_int(r);
    name = take_text(r);
    unit = take_text(r);
    place = take_reals(r, 2, 1);
    if (take_int(r) != 0)
        coords = take_reals(r, n, 1);
    if (take_int(r) != 0 && n <= r->left)
        labels = room(r, n, sizeof *labels);
    for (int64_t i = 0; labels && i < n && !r->bad && !r->rc; i++)
        labels[i] = take_text(r);
    if (!r->bad && !r->rc) {
        snprintf(axis.name, sizeof axis.name, "%s", name);
        snprintf(axis.unit, sizeof axis.unit, "%s", unit);
        axis.rate = place[0];
        axis.start = place[1];
        axis.coords = coords;
        axis.labels = (const char *const *)labels;
        r->rc = ana_tensor_set_axis(r->ctx, values, d, &axis);
    }
    for (int64_t i = 0; labels && i < n; i++)
        ana_free(r->ctx, labels[i]);
    ana_free(r->ctx, labels);
    ana_free(r->ctx, coords);
    ana_free(r->ctx, place);
    ana_free(r->ctx, name);
    ana_free(r->ctx, unit);
}

static void release_nothing(void *memory)
{
    (void)memory;
}

/* All but the numbers, which stand behind the last array's words. */
static void take_array(struct reading *r, struct ana_out_array *a)
{
    int64_t shape[ANA_MAX_DIMS] = {0}, dtype, ndim, count, bytes;

    a->name = take_text(r);
    a->help = take_text(r);
    a->folds = take_int(r) != 0;
    a->targets = take_int(r) != 0;
    dtype = take_int(r);
    ndim = take_int(r);
    if (r->bad || (dtype != ANA_F32 && dtype != ANA_F64) || ndim < 1 ||
        ndim > ANA_MAX_DIMS) {
        r->bad = 1;
        return;
    }
    for (int64_t d = 0; d < ndim; d++)
        shape[d] = take_int(r);
    if (!ana_shape_ok((int32_t)dtype, (int32_t)ndim, shape, &count, &bytes) ||
        bytes > r->left)
        r->bad = 1;
    if (r->bad || r->rc)
        return;
    ana_tensor_view((int32_t)dtype, (int32_t)ndim, shape, NULL, &a->values);
    r->rc = ana_tensor_adopt(r->ctx, &a->values, release_nothing, NULL);
    for (int32_t d = 0; d < ndim && !r->bad && !r->rc; d++)
        take_axis(r, &a->values, d);
}

static void take_arrays(struct reading *r, struct ana_collector *c, const uint8_t *data)
{
    const int64_t n = take_count(r, 48);

    c->arrays = room(r, n, sizeof *c->arrays);
    for (int64_t i = 0; c->arrays && i < n && !r->bad && !r->rc; i++) {
        c->n_arrays = i + 1;
        take_array(r, &c->arrays[i]);
    }
    for (int64_t i = 0; i < c->n_arrays && !r->bad && !r->rc; i++) {
        const int64_t gap = (data - r->at) & (ANA_RESULT_ALIGNMENT - 1);
        const int64_t bytes = array_bytes(&c->arrays[i].values);

        if (gap > r->left || bytes > r->left - gap) {
            r->bad = 1;
            break;
        }
        /* A view is read only, but a tensor's data is not const. */
        c->arrays[i].values.data = (void *)(uintptr_t)(r->at + gap);
        r->at += gap + bytes;
        r->left -= gap + bytes;
    }
}

int ana_result_unpack(struct ana_ctx *ctx, const char *name, const uint8_t *data,
                      int64_t n, struct ana_result *out)
{
    struct reading r = {.ctx = ctx, .at = data, .left = n};
    char magic[sizeof format] = {0};
    struct ana_collector *c;
    int rc;

    memset(out, 0, sizeof *out);
    rc = ana_collector_create(ctx, NULL, NULL, 0, &out->collector);
    if (rc != 0)
        return rc;
    c = out->collector;
    take(&r, magic, sizeof magic);
    if (memcmp(magic, format, sizeof format) != 0)
        r.bad = 1;
    c->n_targets = take_int(&r);
    c->n_folds = take_int(&r);
    take_measures(&r, c);
    take_lists(&r, c);
    take_warned(&r, &out->x_warned);
    take_warned(&r, &out->y_warned);
    take_warned(&r, &out->shown);
    take_arrays(&r, c, data);
    if (r.bad || r.left != 0)
        r.rc = r.rc ? r.rc
                    : ana_fail(ctx, ANA_EDATA,
                               "%s: is a result of another version of anaflow", name);
    if (r.rc != 0)
        ana_result_finish(ctx, out);
    return r.rc;
}

void ana_result_finish(struct ana_ctx *ctx, struct ana_result *result)
{
    ana_collector_destroy(ctx, result->collector);
    ana_warned_finish(ctx, &result->x_warned);
    ana_warned_finish(ctx, &result->y_warned);
    ana_warned_finish(ctx, &result->shown);
    ana_blob_close(&result->blob);
    memset(result, 0, sizeof *result);
}
