/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What one inner fold adds to a draw's curve: in float64 as ridge under 1,000 rows, else in
 * float32, by a decomposition of its own or a map that came from elsewhere, in tiles of
 * targets.
 */
#include <math.h>
#include <string.h>

#include "plugins/metrics/banded/search.h"
#include "plugins/metrics/lib/fit.h"

/* Rows of X with each band's columns times the root of its weight. */
static double *weighted_rows(struct ana_ctx *ctx, const struct bands_fold *fold,
                             const double *gamma, int64_t n, const int64_t *rows)
{
    const int64_t p = fold->p;
    double *x = ana_alloc(ctx, n * p, sizeof *x);

    for (int64_t b = 0; x && b < fold->bands->n_bands; b++) {
        const double by = sqrt(gamma[b]);

        for (int64_t i = 0; i < n; i++)
            for (int64_t k = fold->start[b]; k < fold->start[b + 1]; k++)
                x[i * p + k] = fold->x[rows[i] * p + k] * by;
    }
    return x;
}

void bands_take_targets(int64_t n, const int64_t *rows, int64_t t, const double *from,
                        double *to)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * t, from + rows[i] * t, (size_t)t * sizeof *to);
}

/* In float64, as ridge under 1,000 rows. */
static int by_design(struct ana_ctx *ctx, const struct bands_piece *piece)
{
    const struct bands_batch *s = piece->search;
    const struct ana_ridge *ridge = &s->fold->bands->ridge;
    const int64_t n = piece->inner->n_train, m = piece->inner->n_test, t = s->t;
    double *train = weighted_rows(ctx, s->fold, piece->gamma, n, piece->inner->train);
    double *test = weighted_rows(ctx, s->fold, piece->gamma, m, piece->inner->test);
    double *y = ana_alloc(ctx, (n + m + 1) * t, sizeof *y), *b = NULL;
    double *y_test = y + n * t, *mean = y + (n + m) * t;
    struct ana_design *design = NULL;
    int rc = train && test && y ? ana_design_create(ctx, n, m, s->fold->p, train, test,
                                                    ridge->intercept, &design)
                                : ANA_ERESOURCE;

    if (rc == 0)
        b = ana_alloc(ctx, design->r * t, sizeof *b);
    if (rc == 0 && !b)
        rc = ANA_ERESOURCE;
    if (rc == 0) {
        bands_take_targets(n, piece->inner->train, t, s->y, y);
        bands_take_targets(m, piece->inner->test, t, s->y, y_test);
        rc = ana_design_project(ctx, design, t, y, mean, b);
    }
    if (rc == 0)
        rc = ana_loss_held_out(ctx, design, ridge->loss, ridge->n_alphas, ridge->alphas,
                               t, mean, b, y_test, piece->curve, piece->counted);
    ana_design_destroy(ctx, design);
    ana_free(ctx, train);
    ana_free(ctx, test);
    ana_free(ctx, y);
    ana_free(ctx, b);
    return rc;
}

static int make_primal(struct ana_ctx *ctx, const struct bands_piece *piece,
                       struct bands_factors *f)
{
    const struct bands_fold *fold = piece->search->fold;
    const struct ana_ridge *ridge = &fold->bands->ridge;
    const int64_t n = piece->inner->n_train, m = piece->inner->n_test, p = fold->p;
    double *x = weighted_rows(ctx, fold, piece->gamma, n, piece->inner->train);
    double *x_test = weighted_rows(ctx, fold, piece->gamma, m, piece->inner->test);
    float *x32 = ana_alloc(ctx, (n + m) * p, sizeof *x32);
    double *gram = ana_alloc(ctx, p * p + 2 * p, sizeof *gram), *sum = gram + p * p;
    struct ana_spectrum spectrum = {0};
    const struct ana_picked train = {x32, NULL, n, p}, test = {x32 + n * p, NULL, m, p};
    int rc = x && x_test && x32 && gram ? 0 : ANA_ERESOURCE;

    for (int64_t i = 0; rc == 0 && i < n * p; i++)
        x32[i] = (float)x[i];
    for (int64_t i = 0; rc == 0 && i < m * p; i++)
        x32[n * p + i] = (float)x_test[i];
    ana_free(ctx, x);
    ana_free(ctx, x_test);
    if (rc == 0)
        rc = ana_gram(ctx, &train, gram, sum);
    for (int64_t k = 0; rc == 0 && k < p; k++)
        sum[p + k] = gram[k * p + k];
    if (rc == 0) { /* takes gram over */
        rc = ana_spectrum_create(ctx, n, p, gram, sum, sum + p, ridge->intercept, 0, NULL,
                                 &spectrum);
        gram = NULL;
    }
    ana_free(ctx, gram);
    if (rc == 0)
        rc = ana_sweep_create(ctx, &spectrum, &test, ridge->n_alphas, ridge->alphas, NULL,
                              &f->sweep);
    if (rc == 0)
        rc = ana_fit_create(ctx, &spectrum, &train, NULL, 0, &f->fit);
    ana_spectrum_finish(ctx, &spectrum);
    ana_free(ctx, x32);
    return rc;
}

int64_t bands_tile_floats(const struct bands_piece *piece, const struct bands_factors *f)
{
    const int64_t rows = piece->inner->n_train + piece->inner->n_test;

    return rows + (f->map ? f->map->few.k * f->map->m
                          : f->sweep->r + ana_sweep_work(f->sweep->r));
}

/* One tile of targets: y (n x w) and y_test (m x w), both in float32, and room for what
 * tile_floats counts beside them. */
static int tile_errors(struct ana_ctx *ctx, const struct bands_factors *f, int64_t w,
                       const float *y, const float *y_test, const double *offset,
                       float *room, double *errors)
{
    float *work;
    int rc;

    if (f->map) {
        rc = ana_map_predict(ctx, f->map, w, y, NULL, room);
        if (rc == 0)
            ana_map_errors(f->map, w, room, y_test, offset, errors);
        return rc;
    }
    work = room + f->sweep->r * w;
    rc = ana_fit_rotate(ctx, f->fit, w, y, room);
    if (rc == 0)
        rc = ana_sweep_cross(ctx, f->sweep, w, y_test, work);
    if (rc == 0)
        rc = ana_sweep_errors(ctx, f->sweep, w, room, y_test, offset, work, errors);
    return rc;
}

/* Columns [first, first + w) of the picked rows. */
static void take_tile(int64_t n, const int64_t *rows, int64_t t, const float *from,
                      int64_t first, int64_t w, float *to)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * w, from + rows[i] * t + first, (size_t)w * sizeof *to);
}

/* y: room for a tile's floats. */
static int add_tile(struct ana_ctx *ctx, const struct bands_piece *piece,
                    const struct bands_factors *f, const double *weight, int64_t first,
                    int64_t w, float *y)
{
    const struct bands_batch *s = piece->search;
    const struct ana_ridge *ridge = &s->fold->bands->ridge;
    const int64_t n = piece->inner->n_train, m = piece->inner->n_test, t = s->t;
    double *errors = ana_alloc(ctx, (ridge->n_alphas + 1) * w, sizeof *errors);
    double *offset = errors + ridge->n_alphas * w;
    int rc = errors ? 0 : ANA_ERESOURCE;

    if (rc == 0) {
        take_tile(n, piece->inner->train, t, s->y32, first, w, y);
        take_tile(m, piece->inner->test, t, s->y32, first, w, y + n * w);
        for (int64_t i = 0; ridge->intercept && i < n; i++)
            for (int64_t j = 0; j < w; j++)
                offset[j] += (double)y[i * w + j] / (double)n;
        rc = tile_errors(ctx, f, w, y, y + n * w, offset, y + (n + m) * w, errors);
    }
    for (int64_t a = 0; rc == 0 && a < ridge->n_alphas; a++)
        for (int64_t j = 0; j < w; j++)
            piece->curve[a * t + first + j] += errors[a * w + j] * weight[first + j];
    ana_free(ctx, errors);
    return rc;
}

int bands_add_tiles(struct ana_ctx *ctx, const struct bands_piece *piece,
                    const struct bands_factors *f, float *y)
{
    const struct bands_batch *s = piece->search;
    const int64_t t = s->t;
    const double *weight = s->weight + (piece->inner - s->fold->fold->inner_folds) * t;
    int rc = 0;

    for (int64_t j = 0; j < t; j++)
        piece->counted[j] += weight[j] > 0;
    for (int64_t first = 0; rc == 0 && first < t; first += BANDS_TILE)
        rc = add_tile(ctx, piece, f, weight, first,
                      t - first < BANDS_TILE ? t - first : BANDS_TILE, y);
    return rc;
}

struct bands_piece bands_piece_of(const struct bands_batch *s, int64_t draw,
                                  int64_t inner)
{
    const struct bands *bands = s->fold->bands;
    const int64_t i = draw * s->parts + (s->parts > 1 ? inner : 0);
    const struct bands_piece piece = {.search = s,
                                      .inner = &s->fold->fold->inner_folds[inner],
                                      .gamma = s->gamma + draw * bands->n_bands,
                                      .curve =
                                          s->curve + i * bands->ridge.n_alphas * s->t,
                                      .counted = s->counted + i * s->t};

    if (s->parts > 1 || inner == 0) {
        memset(piece.curve, 0, (size_t)(bands->ridge.n_alphas * s->t) * sizeof(double));
        memset(piece.counted, 0, (size_t)s->t * sizeof(int64_t));
    }
    return piece;
}

int bands_run_piece(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct bands_batch *s = arg;
    const int64_t n_inner = s->fold->fold->n_inner;
    const struct bands_piece piece = bands_piece_of(s, i / n_inner, i % n_inner);
    const int64_t least = s->t < BANDS_TILE ? s->t : BANDS_TILE;
    struct bands_factors f = {0};
    float *y = NULL;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    if (!s->fold->large)
        return by_design(ctx, &piece);
    rc = make_primal(ctx, &piece, &f);
    if (rc == 0) {
        y = ana_alloc(ctx, bands_tile_floats(&piece, &f) * least, sizeof *y);
        rc = y ? bands_add_tiles(ctx, &piece, &f, y) : ANA_ERESOURCE;
    }
    ana_free(ctx, y);
    ana_sweep_destroy(ctx, f.sweep);
    ana_fit_destroy(ctx, f.fit);
    return rc;
}
