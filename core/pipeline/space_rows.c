/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rows of a fold's matrices: delayed, standardised, converted. A matrix of many rows is
 * made in blocks of rows, one of many columns is standardised in stripes of them, each
 * column from its first row to its last.
 */
#include "pipeline/space_rows.h"

#include <math.h>
#include <string.h>

#include "base/context.h"

enum {
    BLOCK = 1 << 16, /* numbers that are worth a worker's while */
    STRIPE = 64      /* columns */
};

/* Rows of a block, with so many numbers each. */
static int64_t block_rows(int64_t width)
{
    return 1 + BLOCK / (width > 0 ? width : 1);
}

struct delay {
    const struct ana_space *space;
    const struct ana_space_source *from;
    int64_t n, block;
    const int64_t *rows;
    double *out;
    float *floats; /* instead of out */
};

/* Of one row and delay. */
static void put(const struct delay *work, int64_t at, int64_t to)
{
    const int64_t W = work->from->width;
    double *row = work->out + to;

    if (work->floats)
        memcpy(work->floats + to, work->from->x + at, (size_t)W * sizeof(float));
    else if (work->from->z)
        memcpy(row, work->from->z + at, (size_t)W * sizeof *row);
    else
        for (int64_t f = 0; f < W; f++)
            row[f] = (double)work->from->x[at + f];
}

static int delay_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct delay *work = arg;
    const struct ana_space *space = work->space;
    const int64_t W = work->from->width, D = space->n_delays;
    const int64_t end = (b + 1) * work->block < work->n ? (b + 1) * work->block : work->n;

    (void)ctx;
    for (int64_t i = b * work->block; i < end; i++) {
        const int64_t base = space->base[work->rows ? work->rows[i] : i];

        for (int64_t d = 0; d < D; d++)
            put(work, (base - space->delays[d]) * W, (i * D + d) * W);
    }
    return 0;
}

static int delay_all(struct ana_ctx *ctx, struct delay *work)
{
    work->block = block_rows(work->space->n_delays * work->from->width);
    return ana_parallel_for(ctx, (work->n + work->block - 1) / work->block, delay_block,
                            work);
}

int ana_space_delay(struct ana_ctx *ctx, const struct ana_space *space,
                    const struct ana_space_source *from, int64_t n, const int64_t *rows,
                    double *out)
{
    struct delay work = {.space = space, .from = from, .n = n, .rows = rows, .out = out};

    return delay_all(ctx, &work);
}

int ana_space_copy(struct ana_ctx *ctx, const struct ana_space *space, int64_t n,
                   const int64_t *rows, struct ana_tensor *out)
{
    const int64_t F = space->features;
    const struct ana_space_source from = {space->x.data, NULL, F};
    struct delay work = {.space = space, .from = &from, .n = n, .rows = rows};
    int rc = ana_tensor_create(ctx, ANA_F32, 2, (const int64_t[]){n, space->n_delays * F},
                               out);

    if (rc != 0)
        return rc;
    work.floats = out->data;
    rc = work.floats ? delay_all(ctx, &work) : 0;
    if (rc != 0)
        ana_tensor_finish(out);
    return rc;
}

struct columns {
    int64_t n_train, n_test, W, stripe;
    int scale;
    double *train, *test, *mean, *sd;
};

static void scale_of(const struct columns *c, int64_t j)
{
    c->sd[j] = sqrt(c->sd[j] / (double)c->n_train);
    if (c->sd[j] <= 1e-12 * fabs(c->mean[j]))
        c->sd[j] = 0;
    c->sd[j] = c->sd[j] > 0 ? (c->scale ? 1 / c->sd[j] : 1) : 0;
}

static int standardise_stripe(struct ana_ctx *ctx, void *arg, int64_t s)
{
    const struct columns *c = arg;
    const int64_t W = c->W, first = s * c->stripe;
    const int64_t end = first + c->stripe < W ? first + c->stripe : W;

    (void)ctx;
    for (int64_t i = 0; i < c->n_train; i++)
        for (int64_t j = first; j < end; j++)
            c->mean[j] += c->train[i * W + j];
    for (int64_t j = first; j < end; j++)
        c->mean[j] /= (double)c->n_train;
    for (int64_t i = 0; i < c->n_train; i++)
        for (int64_t j = first; j < end; j++) {
            const double d = c->train[i * W + j] - c->mean[j];

            c->train[i * W + j] = d;
            c->sd[j] += d * d;
        }
    for (int64_t j = first; j < end; j++)
        scale_of(c, j);
    for (int64_t i = 0; i < c->n_train; i++)
        for (int64_t j = first; j < end; j++)
            c->train[i * W + j] *= c->sd[j];
    for (int64_t i = 0; i < c->n_test; i++)
        for (int64_t j = first; j < end; j++)
            c->test[i * W + j] = (c->test[i * W + j] - c->mean[j]) * c->sd[j];
    return 0;
}

int ana_space_standardise(struct ana_ctx *ctx, int64_t n_train, int64_t n_test, int64_t W,
                          int scale, double *train, double *test, double *mean,
                          double *sd)
{
    struct columns columns = {.n_train = n_train,
                              .n_test = n_test,
                              .W = W,
                              .scale = scale,
                              .train = train,
                              .test = test,
                              .mean = mean,
                              .sd = sd};
    const int64_t all = W > 0 ? W : 1;

    columns.stripe = ana_workers(ctx) > 1 && n_train > BLOCK / all ? STRIPE : all;
    return ana_parallel_for(ctx, (W + columns.stripe - 1) / columns.stripe,
                            standardise_stripe, &columns);
}

struct narrowing {
    const double *from;
    float *to;
    int64_t n;
};

static int narrow_block(struct ana_ctx *ctx, void *arg, int64_t b)
{
    const struct narrowing *work = arg;
    const int64_t end = (b + 1) * BLOCK < work->n ? (b + 1) * BLOCK : work->n;

    (void)ctx;
    for (int64_t i = b * BLOCK; i < end; i++)
        work->to[i] = (float)work->from[i];
    return 0;
}

int ana_space_hand_over(struct ana_ctx *ctx, int32_t dtype, struct ana_tensor *from,
                        struct ana_tensor *out)
{
    struct narrowing work = {.from = from->data, .n = ana_tensor_count(from)};
    int rc;

    if (dtype == ANA_F64) {
        *out = *from;
        memset(from, 0, sizeof *from);
        return 0;
    }
    if (dtype == ANA_F32) {
        rc = ana_tensor_create(ctx, ANA_F32, 2, from->shape, out);
        work.to = out->data;
        if (rc == 0) {
            rc = ana_parallel_for(ctx, (work.n + BLOCK - 1) / BLOCK, narrow_block, &work);
            if (rc != 0)
                ana_tensor_finish(out);
        }
    } else {
        rc = ana_tensor_convert(ctx, from, dtype, out);
    }
    ana_tensor_finish(from);
    return rc;
}
