/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A named array over time, such as the kernel of a temporal response function: mean over
 * folds, a thin line a target and a bold one for all of them; and, where there are
 * several features, their size over time as a map. With several features a target's line
 * is their root mean square, else the values themselves.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"
#include "report/figures.h"

enum {
    MOST_LINES = 128, /* targets that are drawn; of more every n-th */
    MOST_FEATURES = 64,
    LEAST_TIMES = 2
};

static const double LEFT = 64, PLOT = 520, HEIGHT = 200, ROW = 10, TOP = 58;

/* An array as times x features x targets, folds averaged. */
struct kernel {
    const struct ana_array_block *array;
    struct ana_figure *figure;
    int32_t time, feature, fold; /* axes; -1 = has none */
    int64_t T, F, V;
    double *mean; /* T x F x V; NaN where no fold has a value */
    double *line; /* T x V, and behind them T of all targets */
    double *at;   /* T: seconds, or what the unit is */
};

static int find_axes(struct kernel *k)
{
    const struct ana_tensor *v = &k->array->values;
    int32_t target = -1;

    k->time = k->feature = k->fold = -1;
    for (int32_t d = 0; d < v->ndim; d++) {
        const int32_t kind = v->axes[d] ? v->axes[d]->kind : ANA_AXIS_OTHER;
        int32_t *axis = kind == ANA_AXIS_TIME      ? &k->time
                        : kind == ANA_AXIS_FOLD    ? &k->fold
                        : kind == ANA_AXIS_FEATURE ? &k->feature
                        : kind == ANA_AXIS_TARGET  ? &target
                                                   : NULL;

        if (!axis || *axis >= 0)
            return 0;
        *axis = d;
    }
    if (k->time < 0 || target != v->ndim - 1 || !v->data ||
        (k->fold >= 0 && k->fold != 0) || (k->feature >= 0 && k->feature < k->time))
        return 0;
    k->T = v->shape[k->time];
    k->F = k->feature >= 0 ? v->shape[k->feature] : 1;
    k->V = v->shape[target];
    return k->T >= LEAST_TIMES && k->F > 0 && k->V > 0 &&
           (v->axes[k->time]->coords || v->axes[k->time]->rate > 0);
}

static void fill(struct kernel *k)
{
    const struct ana_tensor *v = &k->array->values;
    const struct ana_axis *time = v->axes[k->time];
    const int64_t cells = k->T * k->F * k->V, folds = k->fold >= 0 ? v->shape[0] : 1;

    for (int64_t i = 0; i < cells; i++) {
        double sum = 0;
        int64_t n = 0;

        for (int64_t f = 0; f < folds; f++) {
            const double value = ana_tensor_get(v, f * cells + i);

            sum += isnan(value) ? 0 : value;
            n += !isnan(value);
        }
        k->mean[i] = n > 0 ? sum / (double)n : (double)NAN;
    }
    for (int64_t t = 0; t < k->T; t++) {
        double all = 0;

        k->at[t] = time->coords ? time->coords[t] : time->start + (double)t / time->rate;
        for (int64_t j = 0; j < k->V; j++) {
            double square = 0;

            for (int64_t f = 0; f < k->F; f++)
                square += pow(k->mean[(t * k->F + f) * k->V + j], 2) / (double)k->F;
            k->line[t * k->V + j] = k->F > 1 ? sqrt(square) : k->mean[t * k->V + j];
            all += isnan(square) ? 0 : square / (double)k->V;
        }
        k->line[k->T * k->V + t] = sqrt(all);
    }
}

static double time_x(const struct kernel *k, double at)
{
    return LEFT + PLOT * (at - k->at[0]) / (k->at[k->T - 1] - k->at[0]);
}

static void draw_line(const struct kernel *k, const struct ana_scale *y,
                      const double *value, int64_t step, int paint, double width,
                      const char *more)
{
    struct ana_text *body = &k->figure->body;
    int drawing = 0;

    ana_text_add(body, "<path d=\"M0 0");
    for (int64_t t = 0; t < k->T; t++) {
        if (isfinite(value[t * step]))
            ana_text_add(body, "%s%.1f %.1f", drawing ? "L" : "M", time_x(k, k->at[t]),
                         ana_scale_at(y, value[t * step]));
        drawing = isfinite(value[t * step]);
    }
    ana_text_add(body, "\"");
    ana_svg_stroke(k->figure, paint, width);
    ana_text_add(body, " stroke-linejoin=\"round\"%s/>\n", more);
}

static void draw_lines(const struct kernel *k, double top)
{
    const int64_t step = (k->V + MOST_LINES - 1) / MOST_LINES;
    double low = 0, high = 0;
    struct ana_scale y;

    for (int64_t i = 0; i < k->T * k->V + k->T; i++) {
        low = k->line[i] < low ? k->line[i] : low;
        high = k->line[i] > high ? k->line[i] : high;
    }
    y = ana_scale_nice(low, high > low ? high : low + 1, top + HEIGHT, top, 5);
    ana_svg_axis_y(k->figure, &y, LEFT, LEFT + PLOT);
    if (k->at[0] < 0 && k->at[k->T - 1] > 0)
        ana_svg_line(k->figure, time_x(k, 0), top, time_x(k, 0), top + HEIGHT, ANA_MUTED,
                     1);
    for (int64_t j = 0; j < k->V; j += step)
        draw_line(k, &y, k->line + j, k->V, ANA_SERIES, .75, " stroke-opacity=\"0.45\"");
    draw_line(k, &y, k->line + k->T * k->V, 1, ANA_INK, 2, "");
}

/* Root mean square over targets of each feature and time, relative to the largest. */
static void draw_map(const struct kernel *k, double top, int64_t shown)
{
    const double width = PLOT / (double)k->T;
    double most = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int64_t f = 0; f < shown; f++)
            for (int64_t t = 0; t < k->T; t++) {
                double square = 0;

                for (int64_t j = 0; j < k->V; j++) {
                    const double v = k->mean[(t * k->F + f) * k->V + j];

                    square += isnan(v) ? 0 : v * v;
                }
                if (pass == 0)
                    most = fmax(most, square);
                else
                    ana_svg_rect(k->figure, LEFT + (double)t * width,
                                 top + (double)f * ROW, width, ROW,
                                 ana_map_paint(most > 0 ? sqrt(square / most) : 0), 1);
            }
    ana_svg_text(k->figure,
                 (struct ana_lettering){
                     .x = LEFT - 8, .y = top + 9, .anchor = ANA_END, .paint = ANA_MUTED},
                 "feature 1");
    if (shown > 2)
        ana_svg_text(k->figure,
                     (struct ana_lettering){.x = LEFT - 8,
                                            .y = top + (double)shown * ROW - 1,
                                            .anchor = ANA_END,
                                            .paint = ANA_MUTED},
                     ana_text_number((double)shown, (char[32]){0}));
}

static void draw_times(const struct kernel *k, double y)
{
    const struct ana_axis *axis = k->array->values.axes[k->time];
    const int ms = strcmp(axis->unit, "s") == 0;
    struct ana_scale scale =
        ana_scale_nice(k->at[0], k->at[k->T - 1], LEFT, LEFT + PLOT, 8);
    char text[96];

    for (int64_t i = 0; i <= llround((scale.high - scale.low) / scale.step); i++) {
        const double at = scale.low + (double)i * scale.step;

        if (at < k->at[0] - 1e-9 || at > k->at[k->T - 1] + 1e-9)
            continue;
        snprintf(text, sizeof text, "%g", ms ? round(1e6 * at) / 1e3 : at);
        ana_svg_text(k->figure,
                     (struct ana_lettering){.x = time_x(k, at),
                                            .y = y + 14,
                                            .anchor = ANA_MIDDLE,
                                            .paint = ANA_MUTED},
                     text);
    }
    snprintf(text, sizeof text, "%s (%s); positive: the past of what predicts",
             axis->name, ms ? "ms" : axis->unit);
    ana_svg_text(
        k->figure,
        (struct ana_lettering){
            .x = LEFT + PLOT / 2, .y = y + 32, .anchor = ANA_MIDDLE, .paint = ANA_MUTED},
        text);
}

static void write_caption(const struct kernel *k)
{
    struct ana_text *caption = &k->figure->caption;

    ana_text_add(caption, "%s: mean over folds. ", k->array->help);
    if (k->V > 1)
        ana_text_add(caption, "Thin: a target%s. Bold: root mean square over targets.",
                     k->F > 1 ? ", root mean square over features" : "");
    if (k->V > MOST_LINES)
        ana_text_add(caption, " %d of %lld targets are drawn.", MOST_LINES,
                     (long long)k->V);
    if (k->F > 1)
        ana_text_add(caption,
                     " Below: root mean square over targets of each feature%s, darker = "
                     "larger.",
                     k->F > MOST_FEATURES ? " (the first 64)" : "");
}

static void draw(struct kernel *k)
{
    const struct ana_array_block *a = k->array;
    const int64_t shown = k->F > 1 ? (k->F < MOST_FEATURES ? k->F : MOST_FEATURES) : 0;
    struct ana_text name = {0};
    char below[256];
    double bottom = TOP + HEIGHT;

    ana_text_add(&name, "array_");
    ana_add_file_part(&name, a->name, 28);
    ana_text_add(&name, "_");
    ana_add_file_part(&name, a->comparison, 28);
    ana_text_add(&name, "_");
    ana_add_file_part(&name, a->brain, 28);
    if (ana_says(a->layer)) {
        ana_text_add(&name, "_");
        ana_add_file_part(&name, a->layer, 28);
    }
    snprintf(k->figure->name, sizeof k->figure->name, "%s", name.data ? name.data : "");
    k->figure->body.failed |= name.failed;
    ana_text_finish(&name);
    snprintf(k->figure->title, sizeof k->figure->title, "%.60s of %.60s, %.60s", a->name,
             a->comparison, a->brain);
    snprintf(below, sizeof below, "%.60s%s%.60s%s%.60s", a->features,
             ana_says(a->model) ? ", " : "", ana_says(a->model) ? a->model : "",
             ana_says(a->layer) ? " " : "", ana_says(a->layer) ? a->layer : "");
    ana_figure_heading(k->figure, k->figure->title, below, PLOT + LEFT - 8);
    draw_lines(k, TOP);
    if (shown > 0) {
        draw_map(k, bottom + 12, shown);
        bottom += 12 + (double)shown * ROW;
    }
    draw_times(k, bottom);
    k->figure->width = LEFT + PLOT + 16;
    k->figure->height = bottom + 44;
    write_caption(k);
}

int ana_figure_kernel(struct ana_ctx *ctx, const struct ana_array_block *array,
                      struct ana_figure *out)
{
    struct kernel k = {.array = array, .figure = out};
    int rc = 0;

    if (!find_axes(&k))
        return 0;
    k.mean = ana_alloc(ctx, k.T * k.F * k.V, sizeof *k.mean);
    k.line = ana_alloc(ctx, k.T * (k.V + 1), sizeof *k.line);
    k.at = ana_alloc(ctx, k.T, sizeof *k.at);
    if (!k.mean || !k.line || !k.at) {
        rc = ANA_ERESOURCE;
    } else {
        fill(&k);
        draw(&k);
        rc = ana_figure_check(ctx, out);
    }
    ana_free(ctx, k.mean);
    ana_free(ctx, k.line);
    ana_free(ctx, k.at);
    return rc;
}
