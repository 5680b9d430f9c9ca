/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_MAP_H
#define METRICS_MAP_H

#include "plugins/metrics/lib/few.h"
#include "plugins/metrics/lib/halves.h"
#include "plugins/metrics/lib/quadric.h"

/* Ridge of one training set in the dual, for features that outnumber rows: held-out
 * predictions are M y with M = K_test,train (K_train + alpha)^-1, of a few penalties; the
 * others are combinations of these. */
struct ana_map {
    int64_t n, m;
    struct ana_few few;
    float *maps;              /* (k m) x n: one after another; or */
    struct ana_halves halves; /* of these: halves of each penalty's rows */
    int32_t lent;             /* 1 = maps are the room's they were made in */
    int32_t pad;
};

/* How maps are kept. */
enum ana_map_form {
    ANA_MAPS_WHOLE,
    ANA_MAPS_HALVED, /* for products that are many and wide; cannot be mixed */
};

/* From the kernel of all rows concerned.
 *
 * kernel       N x N: XX'
 * train, test  n and m of its rows
 * centre       1 = as if x were less its mean over the training rows
 * plan         as in ana_few_create, here and below
 *
 * Penalties below 2^-52 of the kernel's trace act as that.
 *
 * Owns:    the caller; release with `ana_map_destroy`.
 * Threads: any. */
int ana_map_create(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                   const int64_t *train, int64_t m, const int64_t *test, int centre,
                   int64_t n_alphas, const double *alphas,
                   const struct ana_few_plan *plan, enum ana_map_form form,
                   struct ana_map **out);
void ana_map_destroy(struct ana_ctx *ctx, struct ana_map *map);

/* The maps of several training sets that leave rows out of the first n rows of a kernel,
 * from one inverse a penalty: with A = (K + alpha)^-1 and L the rows left out, what they
 * are predicted to be is -A_LL^-1 A_L,train y_train, exactly, and as close to it as if each
 * training set were solved by itself, however small the penalty is. Rows of the folds count
 * 0 .. n - 1.
 *
 * m       rows that follow the n, predicted from all of these by one more map, the last;
 *         or 0
 * centre  as above: an unpenalised constant is fitted too; maps give what it leaves
 * form    of the folds' maps; the last is whole
 * at_once penalties that are worked on at the same time
 * quadric where the folds' losses are wanted in place of their maps, which are NULL then; the
 *         caller's also after an error; or NULL. plan.squares is 1 with it; intercept as in
 *         ana_quadric_add
 * out     n_folds maps, and the last; those that were made are the caller's also after an
 *         error
 * Threads: any; uses all workers. */
int ana_map_leave_out(struct ana_ctx *ctx, int64_t N, const double *kernel, int64_t n,
                      int64_t n_folds, const struct ana_fold *folds, int64_t m,
                      int centre, int intercept, int64_t n_alphas, const double *alphas,
                      const struct ana_few_plan *plan, enum ana_map_form form,
                      int64_t at_once, struct ana_quadric **quadric,
                      struct ana_map **out);

/* The same again and again, for kernels and folds of the same sizes: the room that is worked
 * in, and the rows of whole folds' maps, stay from one call to the next, also after one that
 * failed. A room serves one call at a time; its maps are to be released before the next.
 *
 * features  that kernels are of, at most; 0 = not known
 *
 * Owns:    the caller; release with `ana_leave_room_destroy`. */
struct ana_leave_room;
int ana_leave_room_create(struct ana_ctx *ctx, int64_t n_folds, int64_t at_once,
                          int64_t features, struct ana_leave_room **out);
void ana_leave_room_destroy(struct ana_ctx *ctx, struct ana_leave_room *room);
int ana_map_leave_out_in(struct ana_ctx *ctx, struct ana_leave_room *room, int64_t N,
                         const double *kernel, int64_t n, int64_t n_folds,
                         const struct ana_fold *folds, int64_t m, int centre,
                         int64_t n_alphas, const double *alphas,
                         const struct ana_few_plan *plan, enum ana_map_form form,
                         struct ana_map **out);

/* Of k penalties that are computed, the limit among them or not: bytes while made on one
 * worker, and operations. */
double ana_map_leave_out_bytes(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t m);
double ana_map_leave_out_flops(int64_t n, int64_t n_folds, const struct ana_fold *folds,
                               int64_t m, int64_t k);
/* The same of a quadric: what it takes beside that. */
double ana_map_leave_out_wide_bytes(int64_t n, int64_t n_folds,
                                    const struct ana_fold *folds);
double ana_map_leave_out_wide_flops(int64_t n, int64_t n_folds,
                                    const struct ana_fold *folds, int64_t k);

/* A map whose n, m and few are set and all else is 0 gets its rows, 0 yet; these are put
 * (n numbers each), and when all of the q-th penalty are there, that one is completed.
 *
 * Owns:    the map, which `ana_map_destroy` releases, also after an error.
 * Threads: any; different penalties at the same time. */
int ana_map_open(struct ana_ctx *ctx, enum ana_map_form form, struct ana_map *map);
void ana_map_put(const struct ana_map *map, int64_t q, int64_t row, const double *values);
void ana_map_complete(const struct ana_map *map, int64_t q);

/* predictions ((k m) x w) of the few penalties; y is n x w. Halved maps take and give
 * matrices whose rows, and y whose number of them, are even: what is beyond is 0. Room is
 * what `ana_map_room` says for a target, for as many as the rows of y are wide; NULL where
 * that is 0. Threads: any, as below. */
int ana_map_predict(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                    const float *y, float *room, float *predictions);
/* Of so many targets, how wide rows are; how many rows y has, and predictions have. */
int64_t ana_map_width(const struct ana_map *map, int64_t w);
int64_t ana_map_rows(const struct ana_map *map);
int64_t ana_map_predicted(const struct ana_map *map);
int64_t ana_map_room(const struct ana_map *map);

/* errors (n_alphas x w) of all penalties from these, rows as wide as there: held-out y
 * (m x w) less offset. */
void ana_map_errors(const struct ana_map *map, int64_t w, const float *predictions,
                    const float *y, const double *offset, double *errors);

/* prediction (m x w) with the chosen penalty of each target (w places); y is n x w, work
 * has room for (n + m) x w. */
int ana_map_predict_chosen(struct ana_ctx *ctx, const struct ana_map *map, int64_t w,
                           const float *y, const int64_t *choice, float *work,
                           float *prediction);

/* For k penalties that are computed: bytes kept, bytes while made, operations of
 * making one (Cholesky alone) and of one target. */
double ana_map_bytes(int64_t n, int64_t m, int64_t k, enum ana_map_form form);
double ana_map_work_bytes(int64_t n, int64_t m);
double ana_map_factor_flops(int64_t n, int64_t m, int64_t k);
double ana_map_target_flops(int64_t n, int64_t m, int64_t k, enum ana_map_form form);

#endif
