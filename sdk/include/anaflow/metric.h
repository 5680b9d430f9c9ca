/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_METRIC_H
#define ANAFLOW_METRIC_H

#include <anaflow/plugin.h>
#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a metric is, takes and needs. Since: ABI 0.1. */
#define ANA_METRIC_PER_TARGET 1u  /* targets are scored one by one, in any tiles */
#define ANA_METRIC_SYMMETRIC 2u   /* x <-> y gives the same score */
#define ANA_METRIC_NEEDS_FOLDS 4u /* fits on training rows, scores on test rows */
#define ANA_METRIC_MANY_X 8u      /* takes several spaces (bands) */
#define ANA_METRIC_Y_OPTIONAL 16u
#define ANA_METRIC_NO_DELAYS 32u  /* compares patterns: declared delays are left out */
#define ANA_METRIC_TAKES_ROWS 64u /* layouts of y */
#define ANA_METRIC_TAKES_EPOCHS 128u
#define ANA_METRIC_TAKES_SERIES 256u
#define ANA_METRIC_TUNES_LAGS                                                            \
    4096u /* takes spaces whose lags are ANA_LAGS_EACH or _TUNE */

/* What a metric promises of its first measure; `anaflow plugin check` tests it. SYMMETRIC,
 * above, is one of them. Since: ABI 0.1. */
#define ANA_METRIC_SCALE 512u     /* x or y times a positive number: the same scores */
#define ANA_METRIC_ROTATION 1024u /* x times an orthogonal matrix: the same scores */
#define ANA_METRIC_IDENTITY 2048u /* y that equals x scores 1 */

/* How a fold's inner choice (of a penalty, say) is made. Since: ABI 0.1. */
#define ANA_INNER_NONE 0
#define ANA_INNER_FOLDS 1
#define ANA_INNER_LOO 2 /* leave one training row out, in closed form */
#define ANA_INNER_GCV 3

/* One split into training and test rows. Since: ABI 0.1. */
struct ana_fold {
    uint32_t size;  /* sizeof (struct ana_fold) */
    int32_t inner;  /* ANA_INNER_... */
    int32_t repeat; /* which random repeat, from 0 */
    int32_t index;  /* which fold of that repeat, from 0 */
    int64_t n_train, n_test;
    const int64_t *train, *test;        /* row numbers, ascending */
    int64_t n_inner;                    /* inner folds, for ANA_INNER_FOLDS */
    const struct ana_fold *inner_folds; /* their rows count the places in `train`:
                                           0 .. n_train - 1 */
};

/* A feature space on the rows of a problem, with its declared delays, scaling
 * and PCA. Opaque. */
struct ana_space;

/* Columns of the space's matrix, delays (and PCA) included. Threads: any. Since: ABI 0.1. */
ANA_API int64_t ana_space_width(const struct ana_space *space);

/* Name of a space, for messages and bands. Owns: the space. Threads: any.
 * Since: ABI 0.1. */
ANA_API const char *ana_space_name(const struct ana_space *space);

/* What `ana_space_columns` answers. Since: ABI 0.1. */
#define ANA_COLUMNS_PLAIN 0   /* as they are */
#define ANA_COLUMNS_CENTRED 1 /* each less its mean over the training rows */
#define ANA_COLUMNS_SCALED 2  /* and divided by its population SD there */
#define ANA_COLUMNS_MIXED 3   /* PCA: every column depends on all */

/* How `ana_fold_matrix` makes its columns: whether a metric may carry a matrix from one
 * set of training rows to another by arithmetic on single columns. Threads: any.
 * Since: ABI 0.1. */
ANA_API int32_t ana_space_columns(const struct ana_space *space);

/* Make a fold's matrices real: delays laid side by side (block d holds the
 * features delay d ago; never across groups), then centred and scaled as the
 * space declares, then PCA, all fitted on the fold's training rows alone.
 * Scaling divides by the population SD (ddof 0); a column that is constant on
 * the training rows becomes 0.
 *
 * train, test   n x width, float64 or float32 as each one's dtype says on entry;
 *               either may be NULL
 *
 * Owns:    the caller owns the results; release with `ana_tensor_finish`. After an error
 *          there are none.
 * Errors:  ANA_ERESOURCE; ANA_ENUMERIC at a value that is not finite; ANA_ECANCEL.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_fold_matrix(struct ana_ctx *ctx, const struct ana_space *space,
                            const struct ana_fold *fold, struct ana_tensor *train,
                            struct ana_tensor *test);

/* How the delays of a space are meant. Since: ABI 0.1. */
#define ANA_LAGS_JOINT 0 /* all of them predict together */
#define ANA_LAGS_EACH 1  /* each by itself: a score a delay (`ana_out_lagged`) */
#define ANA_LAGS_TUNE 2  /* one of several windows, chosen on training rows */

/* A space before its delays are laid side by side, for metrics that make sums over lagged
 * samples without the lagged matrix. Row r of that matrix holds, delay by delay, the
 * features of sample base[r] - delay; every such sample exists. Scaling and PCA are
 * declared by the space, not applied (`ana_space_columns`). Since: ABI 0.1. */
struct ana_lags {
    uint32_t size; /* sizeof (struct ana_lags) */
    int32_t mode;  /* ANA_LAGS_... */
    int64_t n_samples, features;
    const float *x;      /* n_samples x features; NULL while a run is planned */
    const int64_t *base; /* of each row of the problem */
    int64_t n_delays;
    const int64_t *delays;  /* in samples; positive = the past of x predicts y */
    int64_t n_windows;      /* of ANA_LAGS_TUNE */
    const int64_t *windows; /* n_windows x 2: first and last delay of each, in samples */
};

/* Fill *lags, up to the size that it says on entry.
 * Owns: the space. Threads: any. Since: ABI 0.1. */
ANA_API void ana_space_lags(const struct ana_space *space, struct ana_lags *lags);

/* What `ana_fold_matrix` will take: its operations (of a PCA, else 0), and the most bytes
 * beside the two results. Threads: any. Since: ABI 0.1. */
ANA_API double ana_fold_matrix_flops(const struct ana_space *space,
                                     const struct ana_fold *fold);
ANA_API int64_t ana_fold_matrix_bytes(const struct ana_space *space,
                                      const struct ana_fold *fold);

/* The same for all rows at once, neither centred nor scaled, without PCA: for
 * metrics that compare patterns as they are. n_rows x width in out->dtype.
 *
 * Owns, Errors, Threads: as `ana_fold_matrix`.
 * Since:   ABI 0.1 */
ANA_API int ana_space_matrix(struct ana_ctx *ctx, const struct ana_space *space,
                             struct ana_tensor *out);

/* One comparison's x side. Since: ABI 0.1. */
struct ana_y;
struct ana_problem {
    uint32_t size;  /* sizeof (struct ana_problem) */
    int32_t layout; /* ANA_LAYOUT_... of y, from <anaflow/reader.h> */
    int64_t n_rows;
    const int64_t *group;  /* n_rows: stimulus (ROWS, EPOCHS) or run (SERIES) of a row */
    const int64_t *moment; /* n_rows: sample number within the group; 0 for ROWS */
    int64_t n_groups;
    double rate; /* Hz of the samples of a group; 0 for ROWS */
    int64_t n_spaces;
    const struct ana_space *const *spaces;
    int64_t n_folds;
    const struct ana_fold *folds;
    int64_t n_targets;        /* of the largest y, for planning */
    int64_t memory;           /* bytes allowed for the whole task */
    int32_t want_predictions; /* 1 = also hand out held-out predictions */
    int32_t pad;
    const struct ana_y *widest; /* the y of n_targets, for planning; may be NULL */
    int64_t pushes; /* calls of push that may be under way at once; 0 = ana_workers */
};

/* What a metric says before it works. Since: ABI 0.1. */
struct ana_measure {
    const char *id;   /* "r", "R2", "rho": the column `measure` */
    const char *help; /* one line: the formula */
};
struct ana_metric_plan {
    uint32_t size;  /* sizeof (struct ana_metric_plan) */
    int32_t passes; /* over y, at most */
    int64_t bytes;  /* the most that begin, or all pushes in flight and a pass, hold */
    double flops;   /* of all calls of <anaflow/linalg.h>, for one y of n_targets */
    int64_t tile;   /* targets a push; 0 = all at once */
    int64_t n_measures; /* the first is the one that figures draw */
    const struct ana_measure *measures;
    double begin_flops; /* of flops: those of begin, which all y share */
    double factor;      /* of flops: eigenvalues, singular values and Cholesky */
    double loops;       /* beside them: numbers that plain loops work on, each time */
    int64_t at_once; /* pieces of the work that may run side by side; 0 = all workers */
    int64_t
        arrays; /* bytes of all `ana_out_array` of one y of n_targets: held until it is
                       scored (beside `bytes`) and kept on disk */
    int64_t
        begun; /* of bytes: what begin leaves held; 0 = not said, which counts as all */
    int64_t
        scores; /* of a target in a fold, those of every part and lag; 0 = n_measures */
    int64_t pushing; /* of bytes: the most while pushes are under way, when y is read; 0 =
                        not said, which counts as all */
    int64_t pieces;  /* of one length that the work falls into, `at_once` of them side by
                        side: three take two workers as long as four; 0 = many */
};

/* One subject's y: what its targets are. Since: ABI 0.1. */
struct ana_target;
struct ana_y {
    uint32_t size; /* sizeof (struct ana_y) */
    uint32_t flags;
    const char *name;
    int64_t n_targets;
    const struct ana_target *targets;
};

/* A block of targets: n_rows x n float64, column-contiguous or not as its strides say.
 * Since: ABI 0.1. */
struct ana_tile {
    uint32_t size; /* sizeof (struct ana_tile) */
    uint32_t flags;
    int64_t first; /* its first target */
    struct ana_tensor y;
};

/* Takes what a metric computes. Opaque; calls may come from several workers. */
struct ana_out;

/* Scores of the n targets from `first` on. `part` is "" for the whole, a band's
 * name, or "shared"; fold is the fold's number or -1 for a score that has none.
 * NaN means n/a (a constant target) and is counted. A metric with one score for
 * many targets gives them with `ana_out_pooled`.
 *
 * Owns:    reads scores before it returns.
 * Errors:  ANA_EPLUGIN for a measure that plan did not name, targets outside y
 *          or a second score in the same place; ANA_ENUMERIC at Inf.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_out_scores(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                           const char *part, int64_t fold, int64_t first, int64_t n,
                           const double *scores);

/* The same for a score that belongs to one lag (s): each lag has its own column of
 * scores.tsv and its own array. Owns, Errors, Threads: as `ana_out_scores`.
 * Since: ABI 0.1. */
ANA_API int ana_out_lagged(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                           const char *part, double lag, int64_t fold, int64_t first,
                           int64_t n, const double *scores);

/* One score for a named set of targets ("all", a region's name).
 * Owns, Errors, Threads: as `ana_out_scores`. Since: ABI 0.1. */
ANA_API int ana_out_pooled(struct ana_ctx *ctx, struct ana_out *out, const char *measure,
                           const char *part, int64_t fold, const char *targets,
                           double score);

/* Held-out predictions: n_test x n float64 of the n targets from `first` on.
 * From them the core derives what every encoding metric reports for trials over
 * time: the time-in-clip null, scores after removing it, within clips. In push, or in
 * pass where the plan asked for all targets at once (tile = 0).
 * Owns, Errors, Threads: as `ana_out_scores`. Since: ABI 0.1. */
ANA_API int ana_out_predictions(struct ana_ctx *ctx, struct ana_out *out, int64_t fold,
                                int64_t first, const struct ana_tensor *predictions);

/* A number chosen for each target and fold (alpha): kept as an array folds x
 * targets under `name`. Owns, Errors, Threads: as `ana_out_scores`. Since: ABI 0.1. */
ANA_API int ana_out_choice(struct ana_ctx *ctx, struct ana_out *out, const char *name,
                           int64_t fold, int64_t first, int64_t n, const double *values);

/* Part of a named array, for whoever works on with it: a kernel, weights, predictions.
 * The core puts the parts together, writes arrays/...NAME.npy beside the scores and lists
 * it in report.json with the labels of its axes; places that are never handed out are
 * NaN. An array with an axis ANA_AXIS_TIME and targets is drawn in the report.
 *
 * help    one line: what it holds, and its unit
 * fold    the fold's number: the array gets folds as its first axis; -1 = it has none
 * first   the targets from `first` on are the last axis of `values`, which is a part of
 *         the array's last axis; -1 = the array has no targets and comes in one part
 * values  float32 or float64 with any strides; all parts have the same shape but for the
 *         number of targets. The axes that it is labelled with are those of the first
 *         part that is handed out
 *
 * Owns:    reads values before it returns.
 * Errors:  ANA_EPLUGIN for a fold or targets that there are not, or another shape than
 *          before; ANA_ENUMERIC at Inf; ANA_ERESOURCE. Plan it in `arrays`.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_out_array(struct ana_ctx *ctx, struct ana_out *out, const char *name,
                          const char *help, int64_t fold, int64_t first,
                          const struct ana_tensor *values);

/* Add `n` of `of` to a counter of the report ("alpha at the low edge of the grid").
 * Errors: ANA_ERESOURCE. Threads: any. Since: ABI 0.1. */
ANA_API int ana_out_count(struct ana_ctx *ctx, struct ana_out *out, const char *what,
                          int64_t n, int64_t of);

/* State a convention or setting of this result ("alphas = 1e-3 ... 1e6, 19 values"),
 * once. Errors: ANA_ERESOURCE. Threads: any. Since: ABI 0.1. */
ANA_API int ana_out_note(struct ana_ctx *ctx, struct ana_out *out, const char *fmt, ...)
    ANA_PRINTF(3, 4);

/* A metric plugin. Every function returns a status. Since: ABI 0.1.
 *
 * plan     what this problem will take, from shapes alone           [any]
 * begin    all that needs only x and the folds: factor once         [main thread, may
 *                                                                    use ana_parallel_for]
 * open_y   one per subject; xs is read-only from here on            [main thread]
 * push     one block of targets; per-target metrics score now       [worker, several
 *                                                                   at once on one ys]
 * pass     end of a pass over y; again = 1 streams y once more      [main thread]
 * close_y, close   free; NULL is allowed                            [main thread] */
struct ana_metric_vt {
    uint32_t size;  /* sizeof (struct ana_metric_vt) */
    uint32_t flags; /* ANA_METRIC_... */
    int (*plan)(struct ana_ctx *ctx, const struct ana_params *params,
                const struct ana_problem *problem, struct ana_metric_plan *plan);
    int (*begin)(struct ana_ctx *ctx, const struct ana_params *params,
                 const struct ana_problem *problem, void **xs);
    int (*open_y)(struct ana_ctx *ctx, void *xs, const struct ana_y *y, void **ys);
    int (*push)(struct ana_ctx *ctx, void *ys, const struct ana_tile *tile,
                struct ana_out *out);
    int (*pass)(struct ana_ctx *ctx, void *ys, struct ana_out *out, int32_t *again);
    void (*close_y)(struct ana_ctx *ctx, void *ys);
    void (*close)(struct ana_ctx *ctx, void *xs);
};

#ifdef __cplusplus
}
#endif
#endif
