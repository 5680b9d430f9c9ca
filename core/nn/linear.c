/* SPDX-License-Identifier: BSD-3-Clause
 *
 * y = tail(x w'): N rows, K inputs, M outputs. The product is cut into tiles of rows and
 * columns whose size depends on the shape alone; a tile is one BLAS call with one
 * thread, and its tail follows while it is in cache. A norm needs whole rows and comes
 * in a second round.
 */
#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "linalg/blas.h"
#include "nn/product.h"
#include "nn/tail.h"

/* A tile that is packed packs its rows of x and of w anew: large enough that this is a
 * few percent, small enough for some tiles a worker. Others need no more columns than
 * cover a row's tail. Wide layers have an even number of them side by side, which two
 * workers share without waiting. */
enum { TILE_ROWS = 1536, PACKED = 768, DIRECT = 192, WIDE = 512, NORM_ROWS = 64 };

struct job {
    int64_t n, in, out, ldx, ldy;
    int64_t rows, columns, across; /* of a tile; tiles side by side */
    const float *x, *w;
    const struct ana_nn_tail *tail;
    const struct ana_nn_kernels *kernels;
    float *y;
};

static int run_tile(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const int64_t row = i / job->across * job->rows,
                  column = i % job->across * job->columns;
    const int64_t n = row + job->rows < job->n ? job->rows : job->n - row;
    const int64_t m = column + job->columns < job->out ? job->columns : job->out - column;
    const float *residual = job->tail->residual;
    float *y = job->y + row * job->ldy + column;
    int begun = 0, rc;

    residual = residual ? residual + row * job->ldy + column : NULL;
    for (int64_t r = 0; r < n; r++)
        begun =
            ana_tail_begin(job->kernels, job->tail, column, m,
                           residual ? residual + r * job->ldy : NULL, y + r * job->ldy);
    rc = ana_nn_product(ctx, n, job->in, m, job->x + row * job->ldx, job->ldx,
                        job->w + column * job->in, job->in, begun, y, job->ldy);
    for (int64_t r = 0; rc == 0 && r < n; r++)
        if (begun)
            ana_tail_act(job->kernels, job->tail, m, y + r * job->ldy);
        else
            ana_tail_columns(job->kernels, job->tail, column, m,
                             residual ? residual + r * job->ldy : NULL, y + r * job->ldy);
    return rc;
}

static int norm_rows(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;

    (void)ctx;
    for (int64_t r = i * NORM_ROWS; r < (i + 1) * NORM_ROWS && r < job->n; r++)
        if (job->tail->residual == job->y)
            ana_tail_row_after(job->kernels, job->tail, job->out, job->y + r * job->ldy);
        else
            ana_tail_row(job->kernels, job->tail, job->out, job->y + r * job->ldy);
    return 0;
}

/* n cut into equal pieces of at most `most`, a multiple of 16 each; their number is a
 * multiple of `times`. */
static int64_t piece(int64_t n, int64_t most, int64_t times)
{
    const int64_t step = 16, least = (n + most - 1) / most;
    const int64_t pieces = (least + times - 1) / times * times;
    const int64_t size = pieces > 0 ? (n + pieces - 1) / pieces : 1;

    return (size + step - 1) / step * step;
}

int ana_nn_linear_strided(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out,
                          const float *x, int64_t ldx, const float *w,
                          const struct ana_nn_tail *tail, float *y, int64_t ldy)
{
    static const struct ana_nn_tail nothing = {.size = sizeof nothing};
    struct job job = {.n = n,
                      .in = in,
                      .out = out,
                      .ldx = ldx,
                      .ldy = ldy,
                      .x = x,
                      .w = w,
                      .tail = tail ? tail : &nothing,
                      .kernels = ana_nn_kernels(),
                      .y = y};
    int rc;

    if (n < 0 || in < 1 || out < 1 || ldx < in || ldy < out)
        return ana_fail(ctx, ANA_ESHAPE,
                        "linear: %lld rows of %lld (every %lld) to %lld (every %lld) are "
                        "no shape",
                        (long long)n, (long long)in, (long long)ldx, (long long)out,
                        (long long)ldy);
    if (job.tail->residual == y && job.tail->scale)
        return ana_fail(ctx, ANA_ESHAPE,
                        "linear: a residual in place cannot be kept from the scale");
    if (n == 0)
        return 0;
    job.rows = piece(n, TILE_ROWS, 1);
    job.columns = piece(out, ana_blas_direct() > 0 ? DIRECT : PACKED, out < WIDE ? 1 : 2);
    job.across = (out + job.columns - 1) / job.columns;
    rc = ana_parallel_for(ctx, job.across * ((n + job.rows - 1) / job.rows), run_tile,
                          &job);
    if (rc == 0 && job.tail->gain)
        rc = ana_parallel_for(ctx, (n + NORM_ROWS - 1) / NORM_ROWS, norm_rows, &job);
    return rc;
}

int ana_nn_linear(struct ana_ctx *ctx, int64_t n, int64_t in, int64_t out, const float *x,
                  const float *w, const struct ana_nn_tail *tail, float *y)
{
    return ana_nn_linear_strided(ctx, n, in, out, x, in, w, tail, y, out);
}
