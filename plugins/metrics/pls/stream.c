/* SPDX-License-Identifier: BSD-3-Clause
 *
 * PLS over tiles of targets. In a first pass over y, X'yy'X of each fold of a stage grows
 * block by block; its square root gives the components; in a second pass each target is
 * predicted from them.
 */
#include "plugins/metrics/pls/stream.h"

#include <stdatomic.h>

#include "plugins/metrics/lib/glue.h"
#include "plugins/metrics/pls/sum.h"

/* A fold of the stage. */
struct part {
    struct ana_design *own; /* where designs are not kept */
    struct pls_sum sum;
    struct pls_fit fit;
};

struct pls_stream {
    const struct pls_x *x;
    const struct pls_layout *layout;
    struct ana_out *out; /* while a pass ends */
    int64_t first, last; /* folds of the stage */
    int32_t fitted, pad; /* 1 = the second pass of the stage */
    struct part *parts;  /* last - first */
};

static const struct ana_design *design_of(const struct pls_stream *s, int64_t fold)
{
    return s->x->designs ? s->x->designs[fold] : s->parts[fold - s->first].own;
}

static void drop_stage(struct ana_ctx *ctx, struct pls_stream *s)
{
    for (int64_t i = 0; s->parts && i < s->last - s->first; i++) {
        ana_design_destroy(ctx, s->parts[i].own);
        pls_sum_finish(ctx, &s->parts[i].sum);
        pls_fit_finish(ctx, &s->parts[i].fit);
    }
    ana_free(ctx, s->parts);
    s->parts = NULL;
}

static int make_design(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct pls_stream *s = arg;

    return s->x->designs ? 0 : pls_design(ctx, s->x, s->first + i, &s->parts[i].own);
}

/* The folds from `first` on that fit into memory together. */
static int start_stage(struct ana_ctx *ctx, struct pls_stream *s, int64_t first)
{
    int rc;

    s->first = first;
    s->last = pls_stage_end(s->x, s->layout, first);
    s->fitted = 0;
    s->parts = ana_alloc(ctx, s->last - first, sizeof *s->parts);
    if (!s->parts)
        return ANA_ERESOURCE;
    rc = ana_glue_folds(ctx, s->last - first, s->layout->making, make_design, s);
    for (int64_t k = first; rc == 0 && k < s->last; k++)
        rc = pls_sum_start(ctx, design_of(s, k)->r, &s->parts[k - first].sum);
    return rc;
}

int pls_stream_create(struct ana_ctx *ctx, const struct pls_x *x,
                      const struct pls_layout *layout, struct pls_stream **out)
{
    struct pls_stream *s = *out = ana_alloc(ctx, 1, sizeof *s);

    if (!s)
        return ANA_ERESOURCE;
    s->x = x;
    s->layout = layout;
    return start_stage(ctx, s, 0);
}

void pls_stream_destroy(struct ana_ctx *ctx, struct pls_stream *stream)
{
    if (!stream)
        return;
    drop_stage(ctx, stream);
    ana_free(ctx, stream);
}

static int add_tile(struct ana_ctx *ctx, struct pls_stream *s, int64_t fold,
                    const struct ana_tile *tile)
{
    const int64_t t = tile->y.shape[1];
    struct pls_sum *sum = &s->parts[fold - s->first].sum;
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < t; first += PLS_BLOCK) {
        const int64_t w = t - first < PLS_BLOCK ? t - first : PLS_BLOCK;
        const struct ana_tensor view = pls_columns(&tile->y, first, w);
        struct pls_part *part = pls_part_create(ctx, sum, tile->first + first, w);

        rc = part ? pls_fold_products(ctx, s->x, fold, design_of(s, fold), &view, 1,
                                      pls_part_values(part))
                  : ANA_ERESOURCE;
        if (rc == 0)
            rc = pls_sum_add(ctx, sum, part);
        else
            pls_part_drop(ctx, part);
    }
    return rc;
}

int pls_stream_push(struct ana_ctx *ctx, struct pls_stream *s,
                    const struct ana_tile *tile, struct ana_out *out)
{
    int rc = 0;

    for (int64_t k = s->first; rc == 0 && k < s->last; k++) {
        ana_context_push(ctx, "fold %lld", (long long)k);
        rc = s->fitted
                 ? pls_hand_out(ctx, s->x, k, design_of(s, k),
                                &s->parts[k - s->first].fit, &tile->y, tile->first, out)
                 : add_tile(ctx, s, k, tile);
        ana_context_pop(ctx);
    }
    return rc;
}

static int fit_fold(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct pls_stream *s = arg;
    struct part *part = &s->parts[i];
    int rc = pls_fit_sum(ctx, s->x, s->first + i, design_of(s, s->first + i),
                         part->sum.gram, &part->fit);

    pls_sum_finish(ctx, &part->sum);
    return rc == 0 ? pls_count_lacking(ctx, s->x, &part->fit, s->out) : rc;
}

int pls_stream_pass(struct ana_ctx *ctx, struct pls_stream *s, struct ana_out *out,
                    int32_t *again)
{
    const int64_t next = s->last;

    *again = 1;
    if (!s->fitted) {
        s->fitted = 1;
        s->out = out;
        return ana_glue_folds(ctx, s->last - s->first, s->layout->running, fit_fold, s);
    }
    *again = next < s->x->problem->n_folds;
    drop_stage(ctx, s);
    return *again ? start_stage(ctx, s, next) : 0;
}
