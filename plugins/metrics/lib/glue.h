/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_GLUE_H
#define METRICS_GLUE_H

#include <anaflow/metric.h>

/* What encoding metrics have in common where they meet the core: what they are posed, told
 * and given, and what they state. */

/* Parameters that mean the same in each of them. */
#define ANA_GLUE_ALPHA                                                                   \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_CHOICE, .name = "alpha",     \
        .fallback = "target", .choices = "target|shared",                                \
        .help = "whether each target has its own penalty or all share one per fold"      \
    }
#define ANA_GLUE_INTERCEPT                                                               \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_BOOL, .name = "intercept",   \
        .fallback = "yes",                                                               \
        .help = "remove the training means of x and y; the intercept is not penalised"   \
    }
#define ANA_GLUE_PREDICTIONS                                                             \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_BOOL, .name = "predictions", \
        .fallback = "no",                                                                \
        .help = "write the held-out predictions of every fold as an array"               \
    }
#define ANA_GLUE_WEIGHTS                                                                 \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_BOOL, .name = "weights",     \
        .fallback = "no", .help = "write the weights of every fold as an array"          \
    }

/* ANA_EPARAM where a metric of this name is not posed one space and folds.
 * Threads: any, as all below but the first of the parallel ones. */
int ana_glue_check(struct ana_ctx *ctx, const char *metric,
                   const struct ana_problem *problem);

/* Ascending, repeats dropped; returns how many are left. */
int64_t ana_glue_sort(int64_t n, double *list);

/* The penalties `alphas` of a plugin in scikit-learn's convention, sorted, from the one that
 * `lambda` names (sklearn | huth | mtrf | mtrfpy | normalised; NULL = sklearn). normalised
 * ones are squared; what they are times is for the metric to find.
 *
 * Owns:   *alphas is the caller's, also after an error; ana_free.
 * Errors: ANA_EPARAM for an empty list, a convention that needs a rate where there is none,
 *         or folds with unequal numbers of trials (mtrfpy); ANA_ERESOURCE. */
int ana_glue_penalties(struct ana_ctx *ctx, const struct ana_params *given,
                       const char *convention, const struct ana_problem *problem,
                       int64_t *n, double **alphas);

/* ANA_ENUMERIC at the first value of a tile that is not finite, with its row and target
 * (targets may be NULL). */
int ana_glue_finite(struct ana_ctx *ctx, const struct ana_target *targets,
                    const struct ana_tile *tile);

/* Keep a y that was asked for whole until the end of the pass: shared where its memory is
 * counted, else copied.
 * Owns:   *y is the caller's; release with `ana_tensor_finish`.
 * Errors: as `ana_glue_finite`; ANA_ESHAPE for a part of it or a second one. */
int ana_glue_take(struct ana_ctx *ctx, const struct ana_target *targets,
                  int64_t n_targets, const struct ana_tile *tile, struct ana_tensor *y);

/* work(ctx, arg, fold) for all of n folds, `at_once` of them in flight so that their memory
 * is bounded, each in the context "fold K". Threads: main. */
int ana_glue_folds(struct ana_ctx *ctx, int64_t n, int64_t at_once,
                   int (*work)(struct ana_ctx *ctx, void *arg, int64_t fold), void *arg);

/* What r2 is, and what constants come to. */
int ana_glue_state(struct ana_ctx *ctx, struct ana_out *out);

#endif
