/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Features less what low-level spaces say of them. Ridge from Z, the low spaces side by
 * side, to every other feature as if it were a target: Z = U diag(s) V' on the training
 * rows,
 *
 *     residual = x - U (s^2 / (s^2 + alpha) * U'x)           training rows
 *     residual = x - T (s / (s^2 + alpha) * U'x)             test rows, T = Z_test V
 *
 * with a penalty for each feature, chosen over the inner folds. Nothing of the test rows is
 * looked at. Z is standardised by the training rows of the outer fold, as the bands are.
 *
 * n training rows, m test rows, q columns of Z, p features.
 */
#include "plugins/metrics/banded/low.h"

#include <anaflow/linalg.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 128 };

static int is_named(const struct ana_space *space, const char *name, size_t length)
{
    const char *own = ana_space_name(space);

    return strncmp(own, name, length) == 0 && (own[length] == 0 || own[length] == ',');
}

/* The next name of a list and its length; NULL at the end. */
static const char *next_name(const char *names, size_t *length)
{
    names += strspn(names, " \t");
    *length = strcspn(names, " \t");
    return *length > 0 ? names : NULL;
}

static int is_low(const struct ana_space *space, const char *names)
{
    size_t length;

    while ((names = next_name(names, &length)) != NULL) {
        if (is_named(space, names, length))
            return 1;
        names += length;
    }
    return 0;
}

static int check_names(struct ana_ctx *ctx, const char *names,
                       const struct ana_problem *problem)
{
    size_t length;

    while ((names = next_name(names, &length)) != NULL) {
        int64_t b = 0;

        while (b < problem->n_spaces && !is_named(problem->spaces[b], names, length))
            b++;
        if (b == problem->n_spaces)
            return ana_fail(ctx, ANA_EPARAM,
                            "`residualise` names '%.*s', which is none of the feature "
                            "spaces that are compared (the first is '%s'); add it to x "
                            "in [compare], as in x = %.*s + ...",
                            (int)length, names, ana_space_name(problem->spaces[0]),
                            (int)length, names);
        names += length;
    }
    return 0;
}

int bands_low_create(struct ana_ctx *ctx, const char *names,
                     const struct ana_problem *problem, struct bands_low *low)
{
    int64_t n = 0;
    int rc;

    *low = (struct bands_low){.kept = *problem};
    low->spaces = ana_alloc(ctx, problem->n_spaces, sizeof *low->spaces);
    if (!low->spaces)
        return ANA_ERESOURCE;
    rc = check_names(ctx, names, problem);
    if (rc != 0)
        return rc;
    for (int which = 0; which < 2; which++)
        for (int64_t b = 0; b < problem->n_spaces; b++)
            if (is_low(problem->spaces[b], names) == which) {
                low->spaces[n++] = problem->spaces[b];
                low->n_low += which;
            }
    low->kept.n_spaces = problem->n_spaces - low->n_low;
    low->kept.spaces = low->spaces;
    if (low->kept.n_spaces < 1)
        return ana_fail(ctx, ANA_EPARAM,
                        "`residualise` removes every feature space; name those to remove "
                        "and leave one that predicts");
    return 0;
}

void bands_low_finish(struct ana_ctx *ctx, struct bands_low *low)
{
    ana_free(ctx, low->spaces);
    memset(low, 0, sizeof *low);
}

static int64_t low_width(const struct bands_low *low)
{
    int64_t q = 0;

    for (int64_t b = 0; b < low->n_low; b++)
        q += ana_space_width(low->spaces[low->kept.n_spaces + b]);
    return q;
}

/* One fold's removal. */
struct removal {
    const struct ana_ridge *ridge;
    const struct ana_fold *fold;
    int64_t n, m, q, p;
    double *z; /* (n + m) x q */
    struct ana_design *outer;
    struct ana_design **inner; /* n_inner, where there is a choice */
    double *x;
};

static int has_choice(const struct ana_ridge *ridge, const struct ana_fold *fold)
{
    return ridge->n_alphas > 1 && fold->inner == ANA_INNER_FOLDS;
}

static void copy_columns(int64_t rows, int64_t from_width, const double *from,
                         int64_t to_width, int64_t width, double *to)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(to + i * to_width, from + i * from_width, (size_t)width * sizeof *to);
}

static int take_low(struct ana_ctx *ctx, const struct bands_low *low,
                    const struct removal *r)
{
    int64_t at = 0;
    int rc = 0;

    for (int64_t b = 0; rc == 0 && b < low->n_low; b++) {
        const struct ana_space *space = low->spaces[low->kept.n_spaces + b];
        const int64_t width = ana_space_width(space);
        struct ana_tensor z = {.dtype = ANA_F64}, z_test = {.dtype = ANA_F64};

        rc = ana_fold_matrix(ctx, space, r->fold, &z, &z_test);
        if (rc == 0) {
            copy_columns(r->n, width, z.data, r->q, width, r->z + at);
            copy_columns(r->m, width, z_test.data, r->q, width, r->z + r->n * r->q + at);
        }
        ana_tensor_finish(&z);
        ana_tensor_finish(&z_test);
        at += width;
    }
    return rc;
}

static double *pick_rows(struct ana_ctx *ctx, int64_t n, const int64_t *rows,
                         int64_t width, const double *from)
{
    double *to = ana_alloc(ctx, n * width, sizeof *to);

    for (int64_t i = 0; to && i < n; i++)
        memcpy(to + i * width, from + rows[i] * width, (size_t)width * sizeof *to);
    return to;
}

static int make_inner(struct ana_ctx *ctx, void *arg, int64_t j)
{
    const struct removal *r = arg;
    const struct ana_fold *in = &r->fold->inner_folds[j];
    double *train = pick_rows(ctx, in->n_train, in->train, r->q, r->z);
    double *test = pick_rows(ctx, in->n_test, in->test, r->q, r->z);
    const int rc = train && test ? ana_design_create(ctx, in->n_train, in->n_test, r->q,
                                                     train, test, 1, &r->inner[j])
                                 : ANA_ERESOURCE;

    ana_free(ctx, train);
    ana_free(ctx, test);
    return rc;
}

static int make_outer(struct ana_ctx *ctx, struct removal *r)
{
    double *copy = ana_alloc(ctx, (r->n + r->m) * r->q, sizeof *copy);
    int rc = ANA_ERESOURCE;

    if (copy) {
        memcpy(copy, r->z, (size_t)((r->n + r->m) * r->q) * sizeof *copy);
        rc = ana_design_create(ctx, r->n, r->m, r->q, copy, copy + r->n * r->q, 1,
                               &r->outer);
    }
    ana_free(ctx, copy);
    return rc;
}

/* A design's training rows of w columns of x, rotated. Rows are places in x. */
struct block {
    double *y, *test, *mean, *b;
};

static int take_block(struct ana_ctx *ctx, const struct removal *r,
                      const struct ana_design *design, const struct ana_fold *rows,
                      int64_t first, int64_t w, struct block *block)
{
    const int64_t n = design->n, m = design->m;

    block->y = ana_alloc(ctx, (n + m + 1) * w, sizeof(double));
    block->b = ana_alloc(ctx, design->r * w, sizeof(double));
    if (!block->y || !block->b)
        return ANA_ERESOURCE;
    block->test = block->y + n * w;
    block->mean = block->y + (n + m) * w;
    for (int64_t i = 0; i < n + m; i++) {
        const int64_t row = !rows ? i : i < n ? rows->train[i] : rows->test[i - n];

        memcpy(block->y + i * w, r->x + row * r->p + first, (size_t)w * sizeof(double));
    }
    return ana_design_project(ctx, design, w, block->y, block->mean, block->b);
}

static void drop_block(struct ana_ctx *ctx, struct block *block)
{
    ana_free(ctx, block->y);
    ana_free(ctx, block->b);
}

/* The best penalty of w columns from `first` on. */
static int choose(struct ana_ctx *ctx, const struct removal *r, int64_t first, int64_t w,
                  int64_t *choice)
{
    const struct ana_ridge *ridge = r->ridge;
    double *curve = ana_alloc(ctx, ridge->n_alphas * w, sizeof *curve);
    int64_t *counted = ana_alloc(ctx, w, sizeof *counted);
    int rc = curve && counted ? 0 : ANA_ERESOURCE;

    for (int64_t j = 0; rc == 0 && r->inner && j < r->fold->n_inner; j++) {
        struct block block = {0};

        rc = take_block(ctx, r, r->inner[j], &r->fold->inner_folds[j], first, w, &block);
        if (rc == 0)
            rc = ana_loss_held_out(ctx, r->inner[j], ridge->loss, ridge->n_alphas,
                                   ridge->alphas, w, block.mean, block.b, block.test,
                                   curve, counted);
        drop_block(ctx, &block);
    }
    if (rc == 0 && r->inner) {
        ana_loss_mean(ridge->n_alphas, w, counted, curve);
        ana_penalty_choose(ridge->n_alphas, w, curve, choice);
    }
    ana_free(ctx, curve);
    ana_free(ctx, counted);
    return rc;
}

/* Columns of x less what rows (n x r) predict with b, shrunken. */
static int subtract(struct ana_ctx *ctx, int64_t n, int64_t r, int64_t w,
                    const double *rows, const double *b, int64_t p, double *x)
{
    return ana_gemm(ctx, 0, 0, n, w, r, -1, rows, r, b, w, 1, x, p);
}

static int remove_block(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct removal *r = arg;
    const struct ana_design *design = r->outer;
    const int64_t first = i * BLOCK, w = r->p - first < BLOCK ? r->p - first : BLOCK;
    int64_t *choice = ana_alloc(ctx, w, sizeof *choice);
    struct block block = {0};
    int rc = choice ? choose(ctx, r, first, w, choice) : ANA_ERESOURCE;

    if (rc == 0)
        rc = take_block(ctx, r, design, NULL, first, w, &block);
    for (int64_t k = 0; rc == 0 && k < design->r; k++)
        for (int64_t j = 0; j < w; j++)
            block.b[k * w + j] *= design->s[k] / (design->s[k] * design->s[k] +
                                                  r->ridge->alphas[choice[j]]);
    if (rc == 0)
        rc = subtract(ctx, r->m, design->r, w, design->t, block.b, r->p,
                      r->x + r->n * r->p + first);
    for (int64_t k = 0; rc == 0 && k < design->r; k++)
        for (int64_t j = 0; j < w; j++)
            block.b[k * w + j] *= design->s[k];
    if (rc == 0)
        rc = subtract(ctx, r->n, design->r, w, design->u, block.b, r->p, r->x + first);
    drop_block(ctx, &block);
    ana_free(ctx, choice);
    return rc;
}

int bands_low_remove(struct ana_ctx *ctx, const struct bands_low *low,
                     const struct ana_ridge *ridge, const struct ana_fold *fold,
                     int64_t p, double *x)
{
    struct removal r = {.ridge = ridge,
                        .fold = fold,
                        .n = fold->n_train,
                        .m = fold->n_test,
                        .q = low_width(low),
                        .p = p,
                        .x = x};
    int rc;

    r.z = ana_alloc(ctx, (r.n + r.m) * r.q, sizeof *r.z);
    rc = r.z ? take_low(ctx, low, &r) : ANA_ERESOURCE;
    if (rc == 0)
        rc = make_outer(ctx, &r);
    if (rc == 0 && has_choice(ridge, fold)) {
        r.inner = ana_alloc(ctx, fold->n_inner, sizeof(void *));
        rc = r.inner ? ana_parallel_for(ctx, fold->n_inner, make_inner, &r)
                     : ANA_ERESOURCE;
    }
    ana_free(ctx, r.z);
    if (rc == 0)
        rc = ana_parallel_for(ctx, (p + BLOCK - 1) / BLOCK, remove_block, &r);
    for (int64_t j = 0; r.inner && j < fold->n_inner; j++)
        ana_design_destroy(ctx, r.inner[j]);
    ana_free(ctx, r.inner);
    ana_design_destroy(ctx, r.outer);
    return rc;
}

struct bands_low_effort bands_low_effort(double workers, const struct bands_low *low,
                                         const struct ana_ridge *ridge,
                                         const struct ana_fold *fold, int64_t p)
{
    const int64_t n = fold->n_train, m = fold->n_test, q = low_width(low);
    const int64_t r = ana_design_rank(n, q), A = ridge->n_alphas;
    const double w = p < BLOCK ? p : BLOCK;
    const double blocks = ceil((double)p / BLOCK);
    double kept = ana_design_bytes(n, m, q), work = ana_design_work_bytes(n, m, q);
    struct bands_low_effort e = {0};

    e.factor = ana_design_factor_flops(n, q);
    e.flops =
        ana_design_flops(n, m, q) + ana_gemm_flops(r, p, n) + ana_gemm_flops(n + m, p, r);
    e.loops = (double)p * (double)(3 * n + 2 * r);
    for (int64_t j = 0; has_choice(ridge, fold) && j < fold->n_inner; j++) {
        const int64_t k = fold->inner_folds[j].n_train, t = fold->inner_folds[j].n_test;
        const int64_t rank = ana_design_rank(k, q);

        kept += ana_design_bytes(k, t, q);
        work = fmax(work, fmin(workers, (double)fold->n_inner) *
                              ana_design_work_bytes(k, t, q));
        e.factor += ana_design_factor_flops(k, q);
        e.flops += ana_design_flops(k, t, q) + ana_gemm_flops(rank, p, k) +
                   (double)A * ana_gemm_flops(t, p, rank);
        e.loops += (double)A * (double)p * (double)(rank + 3 * t);
    }
    e.bytes =
        kept + fmax(work + 8 * (double)(n + m) * (double)q,
                    8 * fmin(workers, blocks) * w * (double)(n + 2 * m + 2 * r + A + 4));
    return e;
}
