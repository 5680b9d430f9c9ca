/* SPDX-License-Identifier: BSD-3-Clause
 *
 * out[i] = sum_j softmax_j(scale q_i'k_j + gate_i bias_{j-i}) v_j  (Vaswani et al. 2017)
 *
 * One head's queries are taken some rows at a time against all keys, so that the scores
 * stay in cache and grow with the length, not with its square. Rows are divided by
 * their sum after they have met v: that is `width` numbers instead of one a key.
 *
 * Some kernels of OpenBLAS take small products with both factors as they lie, without
 * packing them first, which here would cost a quarter. So a head's keys are turned over
 * and its values gathered once a task, in blocks that the first cache holds while the
 * rows pass by them; a product is of one block.
 */
#include <string.h>

#include <anaflow/linalg.h>
#include <anaflow/nn.h>

#include "base/context.h"
#include "linalg/blas.h"
#include "nn/kernels.h"

/* Queries held at once where BLAS packs, and where it does not, so that their scores stay
 * in the second cache; fewer than LEAST are not worth it. Keys of a block; queries of a
 * task. */
enum { ROWS = 128, DIRECT = 64, LEAST = 8, KEYS = 128, PART = 512 };

struct job {
    const struct ana_nn_attention *a;
    const struct ana_nn_kernels *kernels;
    int64_t parts; /* tasks a head */
    int64_t rows;  /* queries at once */
    int64_t keys;  /* of a block */
    float *out;
};

/* What a task holds of its head. */
struct work {
    float *keys;   /* a block's width x keys behind the other's */
    float *values; /* n_keys x width */
    float *scores; /* rows x n_keys */
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

/* The first `keys` scores of n queries from q on. */
static int multiply_keys(struct ana_ctx *ctx, const struct job *job, int64_t n,
                         int64_t keys, const float *q, const struct work *work)
{
    const struct ana_nn_attention *a = job->a;
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < keys; k += job->keys) {
        const int64_t block = k + job->keys < a->n_keys ? job->keys : a->n_keys - k;

        rc = ana_gemm_f32(ctx, 0, 0, n, k + block < keys ? block : keys - k, a->width,
                          a->scale, q, a->ld_q, work->keys + k * a->width, block, 0,
                          work->scores + k, a->n_keys);
    }
    return rc;
}

/* Sums of the first `keys` values by n rows of scores. */
static int multiply_values(struct ana_ctx *ctx, const struct job *job, int64_t n,
                           int64_t keys, const struct work *work, float *out)
{
    const struct ana_nn_attention *a = job->a;
    int rc = 0;

    for (int64_t k = 0; rc == 0 && k < keys; k += job->keys)
        rc = ana_gemm_f32(ctx, 0, 0, n, a->width,
                          k + job->keys < keys ? job->keys : keys - k, 1,
                          work->scores + k, a->n_keys, work->values + k * a->width,
                          a->width, k > 0, out, a->ld_out);
    return rc;
}

static int run_rows(struct ana_ctx *ctx, const struct job *job, int64_t head,
                    int64_t first, int64_t n, const struct work *work)
{
    const struct ana_nn_attention *a = job->a;
    const int64_t keys = visible(a, first + n - 1);
    float *out = job->out + first * a->ld_out + head * a->width;
    float factor[ROWS];
    int rc =
        multiply_keys(ctx, job, n, keys, a->q + first * a->ld_q + head * a->width, work);

    for (int64_t r = 0; rc == 0 && r < n; r++) {
        float *row = work->scores + r * a->n_keys;
        const int64_t seen = visible(a, first + r);

        if (a->bias)
            add_bias(a, head, first + r, seen, row);
        factor[r] = seen > 0 ? 1 / job->kernels->exp_sum(seen, row) : 0;
        memset(row + seen, 0, (size_t)(keys - seen) * sizeof *row);
        if (a->near)
            keep_near(a, head, first + r, seen, row, factor[r]);
    }
    if (rc == 0)
        rc = multiply_values(ctx, job, n, keys, work, out);
    for (int64_t r = 0; rc == 0 && r < n; r++)
        if (keys > 0)
            job->kernels->multiply(a->width, out + r * a->ld_out, factor[r]);
        else
            memset(out + r * a->ld_out, 0, (size_t)a->width * sizeof *out);
    return rc;
}

/* A head's keys and values, in blocks. */
static void gather(const struct job *job, int64_t head, const struct work *work)
{
    const struct ana_nn_attention *a = job->a;
    const int64_t column = head / (a->heads / a->kv_heads) * a->width;

    for (int64_t k = 0; k < a->n_keys; k += job->keys) {
        const int64_t block = k + job->keys < a->n_keys ? job->keys : a->n_keys - k;

        job->kernels->turn(block, a->width, a->k + k * a->ld_k + column, a->ld_k,
                           work->keys + k * a->width, block);
    }
    for (int64_t k = 0; k < a->n_keys; k++)
        memcpy(work->values + k * a->width, a->v + k * a->ld_v + column,
               (size_t)a->width * sizeof *work->values);
}

static int run_part(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct job *job = arg;
    const struct ana_nn_attention *a = job->a;
    const int64_t head = i / job->parts, first = i % job->parts * PART;
    const int64_t end = first + PART < a->n_queries ? first + PART : a->n_queries;
    struct work work;
    int rc = 0;

    work.keys =
        ana_alloc_unset(ctx, (2 * a->width + job->rows) * a->n_keys, sizeof *work.keys);
    if (!work.keys)
        return ANA_ERESOURCE;
    work.values = work.keys + a->width * a->n_keys;
    work.scores = work.values + a->width * a->n_keys;
    gather(job, head, &work);
    for (int64_t row = first; rc == 0 && row < end; row += job->rows)
        rc = run_rows(ctx, job, head, row, row + job->rows < end ? job->rows : end - row,
                      &work);
    ana_free(ctx, work.keys);
    return rc;
}

/* Queries at once, a multiple of four, which vectors of the product are; and the keys of a
 * block: all where packing has to be. */
static void cut(struct job *job)
{
    const struct ana_nn_attention *a = job->a;
    const int64_t keys = a->n_keys < KEYS ? a->n_keys : KEYS;
    const int64_t small = ana_blas_direct() / keys / a->width / 4 * 4;

    job->rows = small < LEAST ? ROWS : small < DIRECT ? small : DIRECT;
    job->keys = small < LEAST ? a->n_keys : KEYS;
    job->parts = (a->n_queries + PART - 1) / PART;
}

int ana_nn_attend(struct ana_ctx *ctx, const struct ana_nn_attention *a, float *out)
{
    struct job job = {.a = a, .kernels = ana_nn_kernels(), .out = out};

    if (a->n_queries < 0 || a->n_keys < 1 || a->heads < 1 || a->kv_heads < 1 ||
        a->heads % a->kv_heads != 0 || a->width < 1 || a->width > INT32_MAX ||
        a->n_keys > INT64_MAX / (2 * a->width + ROWS) || (a->near && a->reach < 0))
        return ana_fail(ctx, ANA_ESHAPE,
                        "attention: %lld queries on %lld keys with %lld heads on %lld of "
                        "%lld columns are no shape",
                        (long long)a->n_queries, (long long)a->n_keys,
                        (long long)a->heads, (long long)a->kv_heads, (long long)a->width);
    cut(&job);
    return ana_parallel_for(ctx, a->heads * job.parts, run_part, &job);
}
