/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Control networks: the same architecture without what training put into the weights.
 */
#include "twin.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "track.h"

#define ROLE_WEIGHT 1
#define ROLE_BIAS 2
#define ROLE_SCALE 3

static int listed(const char *globs, const char *name)
{
    char word[256];

    while (globs && *globs) {
        const size_t skip = strspn(globs, " "), n = strcspn(globs + skip, " ");

        if (n > 0 && n < sizeof word) {
            memcpy(word, globs + skip, n);
            word[n] = 0;
            if (fnmatch(word, name, 0) == 0)
                return 1;
        }
        globs += skip + n;
    }
    return 0;
}

/* What input i of a learned operation is to it. */
static int32_t role_of(const char *op, int32_t i)
{
    if (strcmp(op, "Conv") == 0 || strcmp(op, "ConvTranspose") == 0 ||
        strcmp(op, "Gemm") == 0)
        return i == 1 ? ROLE_WEIGHT : i == 2 ? ROLE_BIAS : 0;
    if (strcmp(op, "MatMul") == 0)
        return ROLE_WEIGHT;
    if (strcmp(op, "LSTM") == 0 || strcmp(op, "GRU") == 0 || strcmp(op, "RNN") == 0)
        return i == 1 || i == 2 ? ROLE_WEIGHT : i == 3 ? ROLE_BIAS : 0;
    if (strcmp(op, "Attention") == 0)
        return i == 1 ? ROLE_WEIGHT : i == 2 ? ROLE_BIAS : 0;
    if (strcmp(op, "BatchNormalization") == 0 || strcmp(op, "LayerNormalization") == 0 ||
        strcmp(op, "InstanceNormalization") == 0 || strcmp(op, "GroupNormalization") == 0)
        return i == 1 ? ROLE_SCALE : i == 2 ? ROLE_BIAS : 0;
    return 0;
}

/* How many numbers one output of the weight adds up. */
static int64_t fan_in(const struct graph_node *node, const struct graph_tensor *t)
{
    int64_t all = 1;

    for (int32_t d = 0; d < t->ndim; d++)
        all *= t->shape[d];
    if (t->ndim < 2 || all == 0)
        return all > 0 ? all : 1;
    if (strcmp(node->op, "MatMul") == 0)
        return t->shape[t->ndim - 2];
    if (strcmp(node->op, "Gemm") == 0)
        return t->shape[node->trans_b ? 1 : 0];
    if (strcmp(node->op, "LSTM") == 0 || strcmp(node->op, "GRU") == 0 ||
        strcmp(node->op, "RNN") == 0)
        return t->shape[t->ndim - 1];
    if (strcmp(node->op, "ConvTranspose") == 0)
        return all / t->shape[1];
    return all / t->shape[0];
}

/* A bias that stands alone: Add of a list right behind a MatMul. */
static int follows_matmul(const struct graph *g, const struct graph_node *add)
{
    for (int32_t i = 0; i < add->n_in; i++) {
        const int32_t t = add->in[i];

        if (t >= 0 && g->tensor[t].producer >= 0 &&
            strcmp(g->node[g->tensor[t].producer].op, "MatMul") == 0)
            return 1;
    }
    return 0;
}

static void shuffle(struct ana_rng *rng, uint8_t *data, int64_t n, int64_t width)
{
    uint8_t kept[8];

    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t k = ana_rng_below(rng, i + 1);

        memcpy(kept, data + i * width, (size_t)width);
        memcpy(data + i * width, data + k * width, (size_t)width);
        memcpy(data + k * width, kept, (size_t)width);
    }
}

static void put(uint8_t *at, int32_t type, double value)
{
    const float single = (float)value;

    if (type == ONNX_FLOAT)
        memcpy(at, &single, sizeof single);
    else
        memcpy(at, &value, sizeof value);
}

struct job {
    struct graph *graph;
    const char *control, *fixed;
    int64_t twin, changed;
    uint8_t *done; /* tensors: a weight that two nodes share is changed once */
};

static int change(struct ana_ctx *ctx, struct job *job, const struct graph_node *node,
                  int32_t number, int32_t role)
{
    struct graph *g = job->graph;
    const struct graph_tensor *t = &g->tensor[number];
    const int permute = strcmp(job->control, "permuted") == 0;
    const int64_t width = t->type == ONNX_FLOAT ? 4 : t->type == ONNX_FLOAT16 ? 2 : 8;
    const double sd = sqrt(2.0 / (double)fan_in(node, t));
    struct ana_rng rng;
    int64_t n = 1;

    if (!t->is_weight || job->done[number] ||
        (t->type != ONNX_FLOAT && t->type != ONNX_FLOAT16 && t->type != ONNX_DOUBLE) ||
        listed(job->fixed, t->name) || listed(job->fixed, node->name))
        return 0;
    for (int32_t d = 0; d < t->ndim; d++)
        n *= t->shape[d];
    if (t->external || t->at < 0 || n < 0 || t->bytes / width != n ||
        (!permute && t->type == ONNX_FLOAT16))
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s: weight '%s' cannot be changed in place (%s); save the network "
            "as one file with float32 weights to make `controls` of it",
            g->path, t->name,
            t->external               ? "it lies in another file"
            : t->type == ONNX_FLOAT16 ? "it is float16"
                                      : "it is spelt number by number");
    job->done[number] = 1;
    job->changed++;
    ana_rng_init(ctx, t->name, job->twin, &rng);
    if (permute)
        shuffle(&rng, g->bytes + t->at, n, width);
    else
        for (int64_t i = 0; i < n; i++)
            put(g->bytes + t->at + i * width, t->type,
                role == ROLE_WEIGHT  ? sd * ana_rng_normal(&rng)
                : role == ROLE_SCALE ? 1
                                     : 0);
    return 0;
}

static int change_node(struct ana_ctx *ctx, struct job *job,
                       const struct graph_node *node)
{
    const int lone_bias =
        strcmp(node->op, "Add") == 0 && follows_matmul(job->graph, node);
    int rc = 0;

    for (int32_t i = 0; rc == 0 && i < node->n_in; i++) {
        int32_t role = role_of(node->op, i);

        if (lone_bias && node->in[i] >= 0 && job->graph->tensor[node->in[i]].ndim == 1)
            role = ROLE_BIAS;
        if (role && node->in[i] >= 0)
            rc = change(ctx, job, node, node->in[i], role);
    }
    return rc;
}

int twin_make(struct ana_ctx *ctx, struct graph *graph, const char *control, int64_t twin,
              const char *fixed)
{
    struct job job = {graph, control, fixed, twin, 0, NULL};
    int rc = 0;

    job.done = ana_alloc(ctx, graph->n_tensors, 1);
    if (!job.done)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < graph->n_nodes; i++)
        rc = change_node(ctx, &job, &graph->node[i]);
    ana_free(ctx, job.done);
    if (rc == 0 && job.changed == 0)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "%s: has no learned weights to make a %s twin of (`fixed` may keep "
                      "them all)",
                      graph->path, control);
    if (rc == 0)
        ana_log(ctx, "%s twin %lld: %lld weight tensors %s", control, (long long)twin,
                (long long)job.changed,
                strcmp(control, "permuted") == 0 ? "shuffled, each by itself"
                                                 : "drawn He-normal by fan-in, biases 0");
    return rc;
}
