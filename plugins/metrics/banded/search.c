/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random search over the bands' weights: the losses of every penalty on the inner folds
 * for each draw, shared by all targets (Dupre la Tour et al. 2022, doi
 * 10.1016/j.neuroimage.2022.119728). Draws go in pairs, so that there is work for every
 * worker; each inner fold of a draw adds up in memory of its own.
 *
 * n training rows of the outer fold, t targets.
 */
#include <anaflow/linalg.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "plugins/metrics/banded/bands.h"
#include "plugins/metrics/lib/fit.h"
#include "plugins/metrics/lib/map.h"
#include "plugins/metrics/lib/sweep.h"

enum { DRAWS = 4, TILE = 512 };

/* What a draw is worked on in, left to the draws after it: pages fresh from the system for
 * each would be cleared first. */
struct room {
    double *kernel; /* n x n */
    struct ana_leave_room *leaving;
    struct ana_map **maps; /* n_inner */
    float *tile;
    int64_t tile_floats;
};

struct search {
    const struct bands_fold *fold;
    uint32_t mask;
    int32_t pad;
    int64_t t, first, draws; /* draws of this batch, from `first` on */
    const double *y;         /* n x t */
    float *y32;              /* the same, standardised; or NULL */
    double *sd;              /* t: by what */
    double *weight;          /* n_inner x t: what its squared errors count */
    double *gamma;           /* DRAWS x n_bands */
    int64_t parts;           /* curves of a draw: n_inner, or 1 that all add up in */
    double *curve;           /* DRAWS x parts x n_alphas x t */
    int64_t *counted;        /* DRAWS x parts x t */
    _Atomic(struct room *) rooms[DRAWS]; /* that nobody is in, or NULL */
};

/* One inner fold of one draw. */
struct piece {
    const struct search *search;
    const struct ana_fold *inner;
    const double *gamma;
    double *curve;
    int64_t *counted;
};

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

static void take_targets(int64_t n, const int64_t *rows, int64_t t, const double *from,
                         double *to)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * t, from + rows[i] * t, (size_t)t * sizeof *to);
}

/* In float64, as ridge under 1,000 rows. */
static int by_design(struct ana_ctx *ctx, const struct piece *piece)
{
    const struct search *s = piece->search;
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
        take_targets(n, piece->inner->train, t, s->y, y);
        take_targets(m, piece->inner->test, t, s->y, y_test);
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

/* A factored inner training set in float32. */
struct factors {
    struct ana_map *map;
    struct ana_sweep *sweep;
    struct ana_fit *fit;
};

static int make_primal(struct ana_ctx *ctx, const struct piece *piece, struct factors *f)
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

/* Floats of a target that a tile's work takes: rows of y, and what they are rotated to. */
static int64_t tile_floats(const struct piece *piece, const struct factors *f)
{
    const int64_t rows = piece->inner->n_train + piece->inner->n_test;

    return rows + (f->map ? f->map->few.k * f->map->m
                          : f->sweep->r + ana_sweep_work(f->sweep->r));
}

/* One tile of targets: y (n x w) and y_test (m x w), both in float32, and room for what
 * tile_floats counts beside them. */
static int tile_errors(struct ana_ctx *ctx, const struct factors *f, int64_t w,
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
static int add_tile(struct ana_ctx *ctx, const struct piece *piece,
                    const struct factors *f, const double *weight, int64_t first,
                    int64_t w, float *y)
{
    const struct search *s = piece->search;
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

/* All tiles of targets of one factored inner training set; y: room for a tile's floats. */
static int add_tiles(struct ana_ctx *ctx, const struct piece *piece,
                     const struct factors *f, float *y)
{
    const struct search *s = piece->search;
    const int64_t t = s->t;
    const double *weight = s->weight + (piece->inner - s->fold->fold->inner_folds) * t;
    int rc = 0;

    for (int64_t j = 0; j < t; j++)
        piece->counted[j] += weight[j] > 0;
    for (int64_t first = 0; rc == 0 && first < t; first += TILE)
        rc = add_tile(ctx, piece, f, weight, first, t - first < TILE ? t - first : TILE,
                      y);
    return rc;
}

static struct piece piece_of(const struct search *s, int64_t draw, int64_t inner)
{
    const struct bands *bands = s->fold->bands;
    const int64_t i = draw * s->parts + (s->parts > 1 ? inner : 0);
    const struct piece piece = {.search = s,
                                .inner = &s->fold->fold->inner_folds[inner],
                                .gamma = s->gamma + draw * bands->n_bands,
                                .curve = s->curve + i * bands->ridge.n_alphas * s->t,
                                .counted = s->counted + i * s->t};

    if (s->parts > 1 || inner == 0) {
        memset(piece.curve, 0, (size_t)(bands->ridge.n_alphas * s->t) * sizeof(double));
        memset(piece.counted, 0, (size_t)s->t * sizeof(int64_t));
    }
    return piece;
}

/* One inner fold of one draw. */
static int run_piece(struct ana_ctx *ctx, void *arg, int64_t i)
{
    const struct search *s = arg;
    const int64_t n_inner = s->fold->fold->n_inner;
    const struct piece piece = piece_of(s, i / n_inner, i % n_inner);
    const int64_t least = s->t < TILE ? s->t : TILE;
    struct factors f = {0};
    float *y = NULL;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    if (!s->fold->large)
        return by_design(ctx, &piece);
    rc = make_primal(ctx, &piece, &f);
    if (rc == 0) {
        y = ana_alloc(ctx, tile_floats(&piece, &f) * least, sizeof *y);
        rc = y ? add_tiles(ctx, &piece, &f, y) : ANA_ERESOURCE;
    }
    ana_free(ctx, y);
    ana_sweep_destroy(ctx, f.sweep);
    ana_fit_destroy(ctx, f.fit);
    return rc;
}

static void destroy_room(struct ana_ctx *ctx, struct room *room)
{
    if (!room)
        return;
    ana_free(ctx, room->kernel);
    ana_leave_room_destroy(ctx, room->leaving);
    ana_free(ctx, room->maps);
    ana_free(ctx, room->tile);
    ana_free(ctx, room);
}

/* One draw alone has all workers. */
static struct room *create_room(struct ana_ctx *ctx, const struct search *s)
{
    const int64_t n = s->fold->n, n_inner = s->fold->fold->n_inner;
    const int64_t at_once = s->draws > 1 ? 1 : ana_workers(ctx);
    struct room *room = ana_alloc(ctx, 1, sizeof *room);

    if (!room)
        return NULL;
    room->kernel = ana_alloc(ctx, n * n, sizeof *room->kernel);
    room->maps = ana_alloc(ctx, n_inner, sizeof(struct ana_map *));
    if (room->kernel && room->maps &&
        ana_leave_room_create(ctx, n_inner, at_once, s->fold->p, &room->leaving) == 0)
        return room;
    destroy_room(ctx, room);
    return NULL;
}

static struct room *take_room(struct ana_ctx *ctx, struct search *s)
{
    struct room *room = NULL;

    for (int i = 0; !room && i < DRAWS; i++)
        room = atomic_exchange(&s->rooms[i], NULL);
    return room ? room : create_room(ctx, s);
}

static void leave_room(struct ana_ctx *ctx, struct search *s, struct room *room)
{
    for (int i = 0; room && i < DRAWS; i++)
        room = atomic_exchange(&s->rooms[i], room);
    destroy_room(ctx, room);
}

static void drop_rooms(struct ana_ctx *ctx, struct search *s)
{
    for (int i = 0; i < DRAWS; i++)
        destroy_room(ctx, atomic_exchange(&s->rooms[i], NULL));
}

/* K = sum of gamma K_b over the bands. */
static void add_kernels(const struct bands_fold *fold, const double *gamma,
                        double *kernel)
{
    const int64_t cells = fold->n * fold->n;

    memset(kernel, 0, (size_t)cells * sizeof *kernel);
    for (int64_t b = 0; b < fold->bands->n_bands; b++)
        for (int64_t i = 0; gamma[b] > 0 && i < cells; i++)
            kernel[i] += gamma[b] * fold->kernel[b][i];
}

/* The j-th inner fold of a draw, by its map. */
static int run_map(struct ana_ctx *ctx, const struct search *s, int64_t d, int64_t j,
                   struct room *room)
{
    const struct piece piece = piece_of(s, d, j);
    const struct factors f = {.map = room->maps[j]};
    const int64_t floats = tile_floats(&piece, &f) * (s->t < TILE ? s->t : TILE);

    if (room->tile_floats < floats) {
        ana_free(ctx, room->tile);
        room->tile_floats = 0;
        room->tile = ana_alloc(ctx, floats, sizeof *room->tile);
        if (!room->tile)
            return ANA_ERESOURCE;
        room->tile_floats = floats;
    }
    return add_tiles(ctx, &piece, &f, room->tile);
}

/* One draw through its kernel: all inner folds from one inverse a penalty. */
static int run_draw(struct ana_ctx *ctx, void *arg, int64_t d)
{
    struct search *s = arg;
    const struct bands_fold *fold = s->fold;
    const struct ana_ridge *ridge = &fold->bands->ridge;
    const int64_t n = fold->n, n_inner = fold->fold->n_inner;
    struct room *room;
    int rc;

    if (ana_cancelled(ctx))
        return ana_fail(ctx, ANA_ECANCEL, "the run was interrupted");
    room = take_room(ctx, s);
    if (!room)
        return ANA_ERESOURCE;
    add_kernels(fold, s->gamma + d * fold->bands->n_bands, room->kernel);
    rc = ana_map_leave_out_in(ctx, room->leaving, n, room->kernel, n, n_inner,
                              fold->fold->inner_folds, 0, ridge->intercept,
                              ridge->n_alphas, ridge->alphas, &fold->bands->few,
                              ANA_MAPS_WHOLE, room->maps);
    for (int64_t j = 0; rc == 0 && j < n_inner; j++)
        rc = run_map(ctx, s, d, j, room);
    for (int64_t j = 0; j < n_inner; j++)
        ana_map_destroy(ctx, room->maps[j]);
    leave_room(ctx, s, room);
    return rc;
}

/* Add the inner folds' curves of a draw up, in their order, into the first. */
static void add_up(const struct search *s, int64_t d)
{
    const int64_t t = s->t;
    const int64_t n_alphas = s->fold->bands->ridge.n_alphas, cells = n_alphas * t;
    double *curve = s->curve + d * s->parts * cells;
    int64_t *counted = s->counted + d * s->parts * t;

    for (int64_t j = 1; j < s->parts; j++) {
        for (int64_t i = 0; i < cells; i++)
            curve[i] += curve[j * cells + i];
        for (int64_t i = 0; i < t; i++)
            counted[i] += counted[j * t + i];
    }
    ana_loss_mean(n_alphas, t, counted, curve);
}

static double mean_of(int64_t t, const double *loss)
{
    double sum = 0;
    int64_t n = 0;

    for (int64_t j = 0; j < t; j++)
        if (!isnan(loss[j])) {
            sum += loss[j];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* One alpha for all targets: that of the smallest mean loss (mean: n_alphas). */
static void share_alpha(int64_t n_alphas, int64_t t, const double *curve, double *mean,
                        int64_t *alpha)
{
    for (int64_t a = 0; a < n_alphas; a++)
        mean[a] = mean_of(t, curve + a * t);
    ana_penalty_choose(n_alphas, 1, mean, alpha);
    for (int64_t j = 1; j < t; j++)
        alpha[j] = alpha[0];
}

/* Keep what a draw does better; with a shared choice its mean decides for all. */
static int keep_best(struct ana_ctx *ctx, const struct search *s, int64_t d,
                     struct bands_choice *choice)
{
    const struct ana_ridge *ridge = &s->fold->bands->ridge;
    const int64_t n_alphas = ridge->n_alphas, t = s->t, draw = s->first + d;
    double *curve = s->curve + d * s->parts * n_alphas * t;
    int64_t *alpha = ana_alloc(ctx, t, sizeof *alpha);
    double *mean = ana_alloc(ctx, n_alphas, sizeof *mean);

    if (!alpha || !mean) {
        ana_free(ctx, alpha);
        ana_free(ctx, mean);
        return ANA_ERESOURCE;
    }
    for (int64_t a = 0; ridge->shared && a < n_alphas; a++) {
        mean[a] = mean_of(t, curve + a * t);
        for (int64_t j = 0; j < t; j++)
            curve[a * t + j] = mean[a];
    }
    if (s->fold->bands->by_draw)
        share_alpha(n_alphas, t, curve, mean, alpha);
    else
        ana_penalty_choose(n_alphas, t, curve, alpha);
    for (int64_t j = 0; j < t; j++) {
        const double loss = curve[alpha[j] * t + j];

        if (draw == 0 || loss < choice->loss[j] - 1e-12 * fabs(choice->loss[j])) {
            choice->draw[j] = draw;
            choice->alpha[j] = alpha[j];
            choice->loss[j] = loss;
            if (choice->flat)
                choice->flat[j] =
                    (char)(s->fold->bands->by_draw
                               ? ana_penalty_is_flat(n_alphas, 1, mean)
                               : ana_penalty_is_flat(n_alphas, t, curve + j));
        }
    }
    ana_free(ctx, mean);
    ana_free(ctx, alpha);
    return 0;
}

/* y in float32, in units of its size on the training rows. */
static int narrow_targets(struct ana_ctx *ctx, struct search *s)
{
    const int64_t n = s->fold->n, t = s->t;
    double *mean = ana_alloc(ctx, t, sizeof *mean);

    s->y32 = ana_alloc(ctx, n * t, sizeof *s->y32);
    s->sd = ana_alloc(ctx, t, sizeof *s->sd);
    if (!mean || !s->y32 || !s->sd) {
        ana_free(ctx, mean);
        return ANA_ERESOURCE;
    }
    for (int64_t i = 0; s->fold->bands->ridge.intercept && i < n; i++)
        for (int64_t j = 0; j < t; j++)
            mean[j] += s->y[i * t + j] / (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            s->sd[j] += (s->y[i * t + j] - mean[j]) * (s->y[i * t + j] - mean[j]);
    for (int64_t j = 0; j < t; j++) {
        s->sd[j] = sqrt(s->sd[j] / (double)n);
        if (!(s->sd[j] > 1e-13 * fabs(mean[j])))
            s->sd[j] = 1;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < t; j++)
            s->y32[i * t + j] = (float)((s->y[i * t + j] - mean[j]) / s->sd[j]);
    ana_free(ctx, mean);
    return 0;
}

/* What a squared error of the standardised targets counts in each inner fold. */
static int weigh_targets(struct ana_ctx *ctx, struct search *s)
{
    const struct ana_fold *fold = s->fold->fold;
    const int64_t t = s->t;

    s->weight = ana_alloc(ctx, fold->n_inner * t, sizeof *s->weight);
    for (int64_t k = 0; s->weight && k < fold->n_inner; k++) {
        const int64_t m = fold->inner_folds[k].n_test;
        double *y = ana_alloc(ctx, m * t, sizeof *y), *weight = s->weight + k * t;

        if (!y)
            return ANA_ERESOURCE;
        take_targets(m, fold->inner_folds[k].test, t, s->y, y);
        ana_loss_weight(s->fold->bands->ridge.loss, m, t, y, weight);
        for (int64_t j = 0; j < t; j++)
            weight[j] *= s->sd[j] * s->sd[j];
        ana_free(ctx, y);
    }
    return s->weight ? 0 : ANA_ERESOURCE;
}

static int open_search(struct ana_ctx *ctx, struct search *s)
{
    const struct bands_fold *fold = s->fold;
    int64_t cells;
    int rc = 0;

    s->parts = fold->kernel ? 1 : fold->fold->n_inner;
    cells = DRAWS * s->parts * s->t;
    s->gamma = ana_alloc(ctx, DRAWS * fold->bands->n_bands, sizeof *s->gamma);
    s->curve = ana_alloc(ctx, cells * fold->bands->ridge.n_alphas, sizeof *s->curve);
    s->counted = ana_alloc(ctx, cells, sizeof *s->counted);
    if (!s->gamma || !s->curve || !s->counted)
        rc = ANA_ERESOURCE;
    if (rc == 0 && fold->large)
        rc = narrow_targets(ctx, s);
    return rc == 0 && fold->large ? weigh_targets(ctx, s) : rc;
}

static void close_search(struct ana_ctx *ctx, struct search *s)
{
    drop_rooms(ctx, s);
    ana_free(ctx, s->gamma);
    ana_free(ctx, s->curve);
    ana_free(ctx, s->counted);
    ana_free(ctx, s->y32);
    ana_free(ctx, s->sd);
    ana_free(ctx, s->weight);
}

int bands_try(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
              int64_t first, int64_t t, const double *y, struct bands_choice *choice)
{
    const struct bands *bands = fold->bands;
    const int one = (mask & (mask - 1)) == 0; /* one band: every draw is the same */
    const int64_t draws = one ? 1 : bands->n_draws;
    struct search s = {.fold = fold, .mask = mask, .t = t, .y = y};
    int rc = open_search(ctx, &s);

    for (s.first = first; rc == 0 && s.first < draws; s.first += DRAWS) {
        s.draws = draws - s.first < DRAWS ? draws - s.first : DRAWS;
        if (s.draws == 1)
            drop_rooms(ctx, &s);
        for (int64_t d = 0; d < s.draws; d++)
            bands_gamma(bands, s.first + d, mask, s.gamma + d * bands->n_bands);
        rc = fold->kernel
                 ? ana_parallel_for(ctx, s.draws, run_draw, &s)
                 : ana_parallel_for(ctx, s.draws * fold->fold->n_inner, run_piece, &s);
        for (int64_t d = 0; rc == 0 && d < s.draws; d++) {
            add_up(&s, d);
            rc = keep_best(ctx, &s, d, choice);
        }
    }
    close_search(ctx, &s);
    return rc;
}

int bands_search(struct ana_ctx *ctx, const struct bands_fold *fold, uint32_t mask,
                 int64_t t, const double *y, struct bands_choice *choice)
{
    for (int64_t j = 0; j < t; j++)
        choice->draw[j] = choice->alpha[j] = 0;
    if (fold->bands->n_draws == 1 && fold->bands->ridge.n_alphas == 1 &&
        fold->bands->refine == 0)
        return 0;
    return bands_try(ctx, fold, mask, 0, t, y, choice);
}
