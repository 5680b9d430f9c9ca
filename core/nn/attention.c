/* SPDX-License-Identifier: BSD-3-Clause
 *
 * out[i] = sum_j softmax_j(scale q_i'k_j + gate_i bias_{j-i}) v_j  (Vaswani et al. 2017)
 *
 * One head's queries are taken some rows at a time against all keys, so that the scores
 * stay in cache and grow with the length, not with its square. Rows are divided by
 * their sum after they have met v: that is `width` numbers instead of one a key.
 *
 * Some kernels of OpenBLAS take small products with both factors as they lie, without
 * packing them first, which here would cost a quarter: so keys are turned over once a
 * task, and as many rows go together as stay small.
 */
#include <string.h>

#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "base/context.h"
#include "linalg/blas.h"
#include "nn/kernels.h"

/* Queries held at once, whose scores stay in the second cache, and where they are few;
 * queries of a task. */
enum { ROWS = 128, LEAST = 8, PART = 512 };

struct job {
    const struct ana_nn_attention *a;
    const struct ana_nn_kernels *kernels;
    int64_t parts; /* tasks a head */
    int64_t rows;  /* queries at once */
    float *out;
};

/* Keys that query i may see: all, or those not after it. */
static int64_t visible(const struct ana_nn_attention *a, int64_t i)
{
    const int64_t last = i + a->n_keys - a->n_queries + 1;

    if (!(a->flags & ANA_NN_CAUSAL))
        return a->n_keys;
    return last < 0 ? 0 : last < a->n_keys ? last : a->n_keys;
}

static void add_bias(const struct ana_nn_attention *a, int64_t head, int64_t i, int64_t n,
                     float *scores)
{
    const float *bias =
        a->bias + head * (a->n_queries + a->n_keys - 1) + a->n_queries - 1 - i;
    const float gate = a->gate ? a->gate[i * a->heads + head] : 1;

    for (int64_t j = 0; j < n; j++)
        scores[j] += gate * bias[j];
}

static void keep_near(const struct ana_nn_attention *a, int64_t head, int64_t i,
                      int64_t n, const float *weights, float factor)
{
    const int64_t span = 2 * a->reach + 1;
    float *near = a->near + (i * a->heads + head) * span;

    for (int64_t d = 0; d < span; d++) {
        const int64_t j = i + d - a->reach;

        near[d] = j >= 0 && j < n ? weights[j] * factor : 0;
    }
}

/* turned: a head's keys, width x n_keys. */
static int run_rows(struct ana_ctx *ctx, const struct job *job, int64_t head,
                    int64_t first, int64_t n, const float *turned, float *scores)
{
    const struct ana_nn_attention *a = job->a;
    const int64_t shared = head / (a->heads / a->kv_heads) * a->width;
    const int64_t keys = visible(a, first + n - 1);
    float *out = job->out + first * a->ld_out + head * a->width;
    float factor[ROWS];
    int rc = ana_gemm_f32(ctx, 0, 0, n, keys, a->width, a->scale,
                          a->q + first * a->ld_q + head * a->width, a->ld_q, turned,
                          a->n_keys, 0, scores, a->n_keys);

    for (int64_t r = 0; rc == 0 && r < n; r++) {
        float *row = scores + r * a->n_keys;
        const int64_t seen = visible(a, first + r);

        if (a->bias)
            add_bias(a, head, first + r, seen, row);
        factor[r] = seen > 0 ? 1 / job->kernels->exp_sum(seen, row) : 0;
        memset(row + seen, 0, (size_t)(keys - seen) * sizeof *row);
        if (a->near)
            keep_near(a, head, first + r, seen, row, factor[r]);
    }
    if (rc == 0)
        rc = ana_gemm_f32(ctx, 0, 0, n, a->width, keys, 1, scores, a->n_keys,
                          a->v + shared, a->ld_v, 0, out, a->ld_out);
    for (int64_t r = 0; rc == 0 && r < n; r++)
        job->kernels->multiply(a->width, out + r * a->ld_out, factor[r]);
    return rc;
}

static int run_part(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct ana_nn_attention *a = job->a;
    const int64_t head = i / job->parts, first = i % job->parts * PART;
    const int64_t end = first + PART < a->n_queries ? first + PART : a->n_queries;
    float *turned =
        ana_alloc_unset(ctx, (a->width + job->rows) * a->n_keys, sizeof *turned);
    int rc = turned ? 0 : ANA_ERESOURCE;

    if (rc == 0)
        job->kernels->turn(a->n_keys, a->width,
                           a->k + head / (a->heads / a->kv_heads) * a->width, a->ld_k,
                           turned, a->n_keys);
    for (int64_t row = first; rc == 0 && row < end; row += job->rows)
        rc = run_rows(ctx, job, head, row, row + job->rows < end ? job->rows : end - row,
                      turned, turned + a->width * a->n_keys);
    ana_free(ctx, turned);
    return rc;
}

/* A multiple of four, which vectors of the product are; all where packing has to be. */
static int64_t rows_at_once(const struct ana_nn_attention *a)
{
    const int64_t small = ana_blas_direct() / a->n_keys / a->width;

    return small < LEAST || small > ROWS ? ROWS : small - small % 4;
}

int ana_nn_attend(struct ana_ctx *ctx, const struct ana_nn_attention *a, float *out)
{
    struct job job = {.a = a, .kernels = ana_nn_kernels(), .out = out};

    if (a->n_queries < 0 || a->n_keys < 1 || a->heads < 1 || a->kv_heads < 1 ||
        a->heads % a->kv_heads != 0 || a->width < 1 || a->width > INT32_MAX ||
        a->n_keys > INT64_MAX / (a->width + ROWS) || (a->near && a->reach < 0))
        return ana_fail(ctx, ANA_ESHAPE,
                        "attention: %lld queries on %lld keys with %lld heads on %lld of "
                        "%lld columns are no shape",
                        (long long)a->n_queries, (long long)a->n_keys,
                        (long long)a->heads, (long long)a->kv_heads, (long long)a->width);
    job.rows = rows_at_once(a);
    job.parts = (a->n_queries + PART - 1) / PART;
    return ana_parallel_for(ctx, a->heads * job.parts, run_part, &job);
}
