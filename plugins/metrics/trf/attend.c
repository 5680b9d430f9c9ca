/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which of two streams was attended to (O'Sullivan et al. 2015): the reconstruction of a
 * trial that the decoder, its penalty and its lags have not seen is cut into windows that
 * do not overlap; a window is right where the reconstruction correlates higher with the
 * attended stream than with the other, half right where it correlates equally.
 *
 *     accuracy = mean over windows;   d' = (mean a - mean b) / sqrt((var a + var b) / 2)
 *
 * with a and b the two correlations (de Cheveigne et al. 2018, as mTRFattnevaluate).
 * Windows of one trial are not independent, so the interval of the accuracy (Wilson 1927)
 * counts trials.
 */
#include <anaflow/stats.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plugins/metrics/trf/trf.h"

/* Correlations that differ by no more than rounding are equal. */
static const double TIE = 1e-12;

/* One window length. */
struct length {
    double seconds;
    int64_t samples;
};

/* What one fold found for one length. */
struct found {
    double right, a, b, aa, bb; /* sums over windows: decided for, r of both, squares */
    int64_t n, ties;
};

struct attending {
    const struct trf_y *y;
    struct ana_lags rival;
    int64_t n_lengths;
    struct length *length;
    struct found *found; /* n_folds x n_lengths */
};

/* Folds hold out whole trials: nothing of a tested trial may train its decoder. */
static int check_folds(struct ana_ctx *ctx, const struct ana_problem *problem)
{
    uint8_t *trained = ana_alloc(ctx, problem->n_groups, 1);
    int rc = trained ? 0 : ANA_ERESOURCE;

    for (int64_t k = 0; rc == 0 && k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];

        memset(trained, 0, (size_t)problem->n_groups);
        for (int64_t i = 0; i < fold->n_train; i++)
            trained[problem->group[fold->train[i]]] = 1;
        for (int64_t i = 0; rc == 0 && i < fold->n_test; i++)
            if (trained[problem->group[fold->test[i]]])
                rc =
                    ana_fail(ctx, ANA_EPARAM,
                             "fold %lld tests and trains on trial %lld, and a decoder of "
                             "attention must not have seen the trial that it decides; "
                             "write `by = run` into [folds]",
                             (long long)k, (long long)problem->group[fold->test[i]] + 1);
    }
    ana_free(ctx, trained);
    return rc;
}

int trf_attend_create(struct ana_ctx *ctx, const struct trf_y *y, struct attending **out)
{
    const struct trf *trf = y->trf;
    struct attending *a = ana_alloc(ctx, 1, sizeof *a);
    const double *seconds;
    int64_t n;
    int rc;

    *out = a;
    if (!a)
        return ANA_ERESOURCE;
    seconds = ana_param_list(trf->params, "windows", &n);
    a->y = y;
    a->n_lengths = n;
    a->length = ana_alloc(ctx, n, sizeof *a->length);
    a->found = ana_alloc(ctx, n * trf->problem->n_folds, sizeof *a->found);
    if (!a->length || !a->found)
        return ANA_ERESOURCE;
    a->rival.size = sizeof a->rival;
    ana_space_lags(trf->rival, &a->rival);
    if (a->rival.features != y->t)
        return ana_fail(ctx, ANA_EPARAM,
                        "the attended stream has %lld target%s and `rival` has %lld "
                        "features; both have to be made alike",
                        (long long)y->t, y->t == 1 ? "" : "s",
                        (long long)a->rival.features);
    for (int64_t i = 0; i < n; i++) {
        a->length[i].seconds = seconds[i];
        a->length[i].samples = (int64_t)llround(seconds[i] * trf->problem->rate);
        if (a->length[i].samples < 3)
            return ana_fail(ctx, ANA_EPARAM,
                            "a window of %g s holds %lld samples at %g Hz, and a "
                            "correlation needs at least 3; lengthen `windows`",
                            seconds[i], (long long)a->length[i].samples,
                            trf->problem->rate);
    }
    rc = check_folds(ctx, trf->problem);
    return rc;
}

void trf_attend_destroy(struct ana_ctx *ctx, struct attending *a)
{
    if (!a)
        return;
    ana_free(ctx, a->length);
    ana_free(ctx, a->found);
    ana_free(ctx, a);
}

/* Mean over targets of both correlations in one window, 0 where something is constant
 * there (silence): places i .. i + n of the test
 * rows. */
static void correlate(const struct attending *a, const struct ana_fold *fold, int64_t i,
                      int64_t n, const double *prediction, double *work, double *attended,
                      double *other)
{
    const int64_t t = a->y->t;
    int32_t constant;
    double r;

    *attended = *other = 0;
    for (int64_t j = 0; j < t; j++) {
        for (int64_t q = 0; q < n; q++) {
            const int64_t row = fold->test[i + q];

            work[q] = prediction[(i + q) * t + j];
            work[n + q] = a->y->y[row * t + j];
            work[2 * n + q] = (double)a->rival.x[a->rival.base[row] * t + j];
        }
        r = ana_pearson(n, work, work + n, &constant);
        *attended += constant ? 0 : r / (double)t;
        r = ana_pearson(n, work, work + 2 * n, &constant);
        *other += constant ? 0 : r / (double)t;
    }
}

/* Where the unbroken stretch of one trial ends that begins at test row i. */
static int64_t stretch_end(const struct ana_problem *problem, const struct ana_fold *fold,
                           int64_t i)
{
    int64_t end = i + 1;

    while (end < fold->n_test && fold->test[end] == fold->test[end - 1] + 1 &&
           problem->group[fold->test[end]] == problem->group[fold->test[i]])
        end++;
    return end;
}

int trf_attend_fold(struct ana_ctx *ctx, struct attending *a, int64_t k,
                    const double *prediction)
{
    const struct ana_problem *problem = a->y->trf->problem;
    const struct ana_fold *fold = &problem->folds[k];
    double *work = ana_alloc(ctx, 3 * fold->n_test, sizeof *work);

    if (!work)
        return ANA_ERESOURCE;
    for (int64_t l = 0; l < a->n_lengths; l++) {
        struct found *f = &a->found[k * a->n_lengths + l];
        const int64_t n = a->length[l].samples;

        for (int64_t i = 0, end; i < fold->n_test; i = end) {
            end = stretch_end(problem, fold, i);
            for (int64_t at = i; at + n <= end; at += n) {
                double attended, other;
                int tie;

                correlate(a, fold, at, n, prediction, work, &attended, &other);
                tie = fabs(attended - other) <= TIE;
                f->right += tie ? .5 : attended > other ? 1 : 0;
                f->ties += tie;
                f->a += attended;
                f->b += other;
                f->aa += attended * attended;
                f->bb += other * other;
                f->n++;
            }
        }
    }
    ana_free(ctx, work);
    return 0;
}

/* Trials that a window of n samples was decided in; one that several repeats of the folds
 * test is one. -1 without memory. */
static int64_t count_trials(struct ana_ctx *ctx, const struct ana_problem *problem,
                            int64_t n)
{
    uint8_t *decided = ana_alloc(ctx, problem->n_groups, 1);
    int64_t trials = 0;

    if (!decided)
        return -1;
    for (int64_t k = 0; k < problem->n_folds; k++) {
        const struct ana_fold *fold = &problem->folds[k];

        for (int64_t i = 0, end; i < fold->n_test; i = end) {
            end = stretch_end(problem, fold, i);
            if (end - i >= n)
                decided[problem->group[fold->test[i]]] = 1;
        }
    }
    for (int64_t g = 0; g < problem->n_groups; g++)
        trials += decided[g];
    ana_free(ctx, decided);
    return trials;
}

/* 95 % interval of a share p of n. */
static void wilson(double p, double n, double *low, double *high)
{
    const double z = 1.959963984540054, zz = z * z / n;
    const double middle = (p + zz / 2) / (1 + zz);
    const double half = z * sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz);

    *low = fmax(0, middle - half);
    *high = fmin(1, middle + half);
}

static int hand_out(struct ana_ctx *ctx, const struct attending *a, int64_t l,
                    const struct found *all, struct ana_out *out)
{
    const int64_t tried = count_trials(ctx, a->y->trf->problem, a->length[l].samples);
    const double n = (double)all->n, trials = (double)tried;
    const double accuracy = all->right / n;
    const double within =
        (all->aa - all->a * all->a / n + all->bb - all->b * all->b / n) / (n - 1) / 2;
    const char *const names[] = {"accuracy", "dprime", "windows",
                                 "low",      "high",   "trials"};
    double values[6] = {
        accuracy,
        n > 1 && within > 0 ? (all->a - all->b) / n / sqrt(within) : (double)NAN,
        n,
        0,
        0,
        trials};
    char part[48];
    int rc = 0;

    if (tried < 0)
        return ANA_ERESOURCE;
    wilson(accuracy, trials, &values[3], &values[4]);
    snprintf(part, sizeof part, "window %g s", a->length[l].seconds);
    for (int i = 0; rc == 0 && i < 6; i++)
        rc = ana_out_pooled(ctx, out, names[i], part, -1, "all", values[i]);
    if (rc == 0)
        rc = ana_out_count(ctx, out, "attention: windows that tie", all->ties, all->n);
    if (rc == 0)
        rc = ana_out_note(
            ctx, out,
            "attention, windows of %g s: %.1f %% of %lld right (ties count 1/2), %.0f to "
            "%.0f %% with 95 %% confidence for %lld trials, d' = %.2f",
            a->length[l].seconds, 100 * accuracy, (long long)all->n, 100 * values[3],
            100 * values[4], (long long)tried, values[1]);
    return rc;
}

int trf_attend_finish(struct ana_ctx *ctx, struct attending *a, struct ana_out *out)
{
    int rc = 0;

    for (int64_t l = 0; rc == 0 && l < a->n_lengths; l++) {
        struct found all = {0};

        for (int64_t k = 0; k < a->y->trf->problem->n_folds; k++) {
            const struct found *f = &a->found[k * a->n_lengths + l];

            all.right += f->right;
            all.a += f->a;
            all.b += f->b;
            all.aa += f->aa;
            all.bb += f->bb;
            all.n += f->n;
            all.ties += f->ties;
        }
        rc = all.n > 0
                 ? hand_out(ctx, a, l, &all, out)
                 : ana_out_note(ctx, out,
                                "attention: no trial is as long as a window of %g s",
                                a->length[l].seconds);
    }
    return rc;
}
