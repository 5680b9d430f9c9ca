/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What metrics promise by their flags: targets in any tiles, x and y that change places,
 * scale, rotation, and 1 for what is equal. All but the first of the first measure.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "check/metric.h"
#include "pipeline/drive.h"

enum { ROWS = 40, WIDTH = 5 };

static const double tolerance = 1e-6; /* x passes through float32 */

/* Scores as they are and after a change, on pairs that may be changed. */
static int compare_changed(struct ana_check *check, uint32_t flag, const char *what,
                           void (*change)(struct ana_pair *pair))
{
    struct ana_sequence plain = {.n = 0}, changed = {.n = 0};
    struct ana_pair pair = {.x.size = 0};
    struct ana_bench bench;
    double far;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0 && !(check->plugin->metric->flags & flag)) {
        ana_bench_close(&bench);
        return ana_untried(check, "it does not declare it");
    }
    if (rc == 0) {
        rc = ana_pair_create(&bench, ROWS, WIDTH, WIDTH, &pair);
        if (rc == 0)
            rc = ana_metric_first(&bench, &pair, &plain);
        change(&pair);
        if (rc == 0)
            rc = ana_metric_first(&bench, &pair, &changed);
        rc = ana_bench_adopt(&bench, rc);
    }
    far = ana_sequence_distance(&changed, &plain);
    if (rc == 0 && !(far <= tolerance))
        rc = ana_fail(check->ctx, ANA_EPLUGIN,
                      "%s changes the scores by %g of the largest", what, far);
    ana_pair_finish(&pair);
    ana_sequence_finish(&plain);
    ana_sequence_finish(&changed);
    ana_bench_close(&bench);
    return rc;
}

static void swap_sides(struct ana_pair *pair)
{
    float *x = pair->x.data;
    double *y = pair->y.data;

    for (int64_t i = 0; i < ROWS * WIDTH; i++) {
        const float kept = x[i];

        x[i] = (float)y[i];
        y[i] = (double)kept;
    }
}

static void scale_sides(struct ana_pair *pair)
{
    for (int64_t i = 0; i < ROWS * WIDTH; i++) {
        ((float *)pair->x.data)[i] *= 4;
        ((double *)pair->y.data)[i] *= 0.125;
    }
}

/* A product of plane rotations, so orthogonal; computed in double. */
static void rotate_x(struct ana_pair *pair)
{
    for (int64_t r = 0; r < ROWS; r++) {
        float *row = (float *)pair->x.data + r * WIDTH;
        double v[WIDTH];

        for (int i = 0; i < WIDTH; i++)
            v[i] = (double)row[i];
        for (int i = 0; i + 1 < WIDTH; i++) {
            const double angle = 0.5 + 0.3 * i, a = v[i], b = v[i + 1];

            v[i] = cos(angle) * a - sin(angle) * b;
            v[i + 1] = sin(angle) * a + cos(angle) * b;
        }
        for (int i = 0; i < WIDTH; i++)
            row[i] = (float)v[i];
    }
}

int ana_rule_symmetric(struct ana_check *check)
{
    return compare_changed(check, ANA_METRIC_SYMMETRIC, "changing the places of x and y",
                           swap_sides);
}

int ana_rule_scale(struct ana_check *check)
{
    return compare_changed(check, ANA_METRIC_SCALE, "scaling x by 4 and y by 1/8",
                           scale_sides);
}

int ana_rule_rotation(struct ana_check *check)
{
    return compare_changed(check, ANA_METRIC_ROTATION, "rotating x", rotate_x);
}

int ana_rule_identity(struct ana_check *check)
{
    struct ana_sequence scores = {.n = 0};
    struct ana_pair pair = {.x.size = 0};
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);

    if (rc == 0 && !(check->plugin->metric->flags & ANA_METRIC_IDENTITY)) {
        ana_bench_close(&bench);
        return ana_untried(check, "it does not declare it");
    }
    if (rc == 0) {
        rc = ana_pair_create(&bench, ROWS, WIDTH, WIDTH, &pair);
        for (int64_t i = 0; rc == 0 && i < ROWS * WIDTH; i++)
            ((double *)pair.y.data)[i] = (double)((float *)pair.x.data)[i];
        if (rc == 0)
            rc = ana_metric_first(&bench, &pair, &scores);
        rc = ana_bench_adopt(&bench, rc);
    }
    for (int64_t i = 0; rc == 0 && i < scores.n; i++)
        if (!(fabs(scores.value[i] - 1) <= tolerance))
            rc = ana_fail(check->ctx, ANA_EPLUGIN, "y equal to x scores %.9g",
                          scores.value[i]);
    ana_pair_finish(&pair);
    ana_sequence_finish(&scores);
    ana_bench_close(&bench);
    return rc;
}

/* y with another distance between rows, or between columns. */
static void lay_by_column(struct ana_pair *pair)
{
    double kept[ROWS * WIDTH], *y = pair->y.data;

    memcpy(kept, y, sizeof kept);
    for (int64_t r = 0; r < ROWS; r++)
        for (int64_t t = 0; t < WIDTH; t++)
            y[t * ROWS + r] = kept[r * WIDTH + t];
    pair->y.strides[0] = 1;
    pair->y.strides[1] = ROWS;
}

static int score_as(struct ana_bench *bench, int64_t tile, int by_column,
                    struct ana_sequence *numbers)
{
    struct ana_pair pair;
    int rc = ana_pair_create(bench, ROWS, WIDTH, WIDTH, &pair);

    if (rc == 0 && by_column)
        lay_by_column(&pair);
    bench->test->tile = tile;
    if (rc == 0)
        rc = ana_metric_score(bench, &pair, numbers);
    bench->test->tile = 0;
    ana_pair_finish(&pair);
    return rc;
}

int ana_rule_tiles(struct ana_check *check)
{
    static const struct {
        int64_t tile;
        int by_column;
        const char *what;
    } cases[] = {{0, 1, "y laid by columns"},
                 {1, 0, "one target a tile"},
                 {2, 0, "two targets a tile"}};
    struct ana_sequence plain = {.n = 0};
    struct ana_bench bench;
    int rc = ana_bench_open(check, 0, &bench);
    const int tiles = rc == 0 && (check->plugin->metric->flags & ANA_METRIC_PER_TARGET);

    if (rc == 0)
        rc = ana_bench_adopt(&bench, score_as(&bench, 0, 0, &plain));
    for (size_t i = 0; rc == 0 && i < (tiles ? sizeof cases / sizeof *cases : 1); i++) {
        struct ana_sequence other = {.n = 0};

        ana_doing("%s", cases[i].what);
        rc = ana_bench_adopt(&bench,
                             score_as(&bench, cases[i].tile, cases[i].by_column, &other));
        if (rc == 0 && !(ana_sequence_distance(&other, &plain) <= 1e-9))
            rc = ana_fail(check->ctx, ANA_EPLUGIN, "%s changes the scores by %g",
                          cases[i].what, ana_sequence_distance(&other, &plain));
        ana_sequence_finish(&other);
    }
    ana_sequence_finish(&plain);
    ana_bench_close(&bench);
    return rc;
}
