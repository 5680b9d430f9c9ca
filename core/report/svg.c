/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SVG by hand: paints, lettering, lines and linear axes. Coordinates have one decimal,
 * which makes files small and the same on every machine.
 */
#include "report/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/escape.h"

enum {
    STAMP_MARGIN = 10, /* px above and below the stamp under a figure */
    STAMP_LINE = 16,
    MOST_LINES = 4
};

static const struct {
    const char *name, *colour;
} paints[ANA_SERIES + ANA_SERIES_COLOURS] = {
    {"ink", "#1b1f23"},  {"muted", "#59626b"}, {"rule", "#dfe3e7"}, {"warm", "#0b62a4"},
    {"cold", "#b84a08"}, {"s0", "#0b62a4"},    {"s1", "#b84a08"},   {"s2", "#0a7a5a"},
    {"s3", "#8a3f8f"},   {"s4", "#7d6200"},    {"s5", "#4d5761"},
};

/* Name and colour of a paint; the buffer holds a colour of maps. */
static const char *paint_name(int paint, const char **colour, char buffer[32])
{
    if (paint >= ANA_MAP) {
        snprintf(buffer, 16, "m%d", paint - ANA_MAP);
        *colour = ana_map_colour(paint - ANA_MAP, buffer + 16);
        return buffer;
    }
    if (paint >= ANA_SERIES)
        paint = ANA_SERIES + (paint - ANA_SERIES) % ANA_SERIES_COLOURS;
    *colour = paints[paint].colour;
    return paints[paint].name;
}

void ana_svg_fill(struct ana_figure *figure, int paint)
{
    char buffer[32];
    const char *colour, *name = paint_name(paint, &colour, buffer);

    ana_text_add(&figure->body, " class=\"f-%s\" fill=\"%s\"", name, colour);
}

void ana_svg_stroke(struct ana_figure *figure, int paint, double width)
{
    char buffer[32];
    const char *colour, *name = paint_name(paint, &colour, buffer);

    ana_text_add(&figure->body,
                 " class=\"l-%s\" fill=\"none\" stroke=\"%s\""
                 " stroke-width=\"%g\"",
                 name, colour, width);
}

/* Advance widths of Helvetica in 1/1000 em, in four classes that are near enough to
 * place labels; a font that is wider by a tenth still fits the room left. */
static double advance(unsigned char c)
{
    if (strchr("iljtfr.,:;!|'()[] ", c))
        return 0.33;
    if (strchr("mwMW@%", c))
        return 0.9;
    if ((c >= 'A' && c <= 'Z') || c >= 0x80)
        return 0.7;
    return 0.57;
}

double ana_svg_text_width(const char *text)
{
    double width = 0;

    while (text && *text) { /* one advance a character, not a byte */
        int64_t n;

        width += 12 * advance((unsigned char)*ana_next_piece(&text, &n));
    }
    return width;
}

/* The bytes of `text` that fit into `room`, whole characters only. */
static int64_t fitting(const char *text, double room)
{
    const unsigned char *p = (const unsigned char *)text;
    double width = 12 * 0.9; /* for the "…" */
    int64_t n = 0;

    while (p[n]) {
        width += 12 * advance(p[n]);
        if (width > room && n > 0)
            break;
        do
            n++;
        while ((p[n] & 0xC0) == 0x80);
    }
    return n;
}

void ana_svg_text(struct ana_figure *figure, struct ana_lettering how, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    const double wide = how.bold ? 1.08 : 1;
    struct ana_text shown = {0};
    int cut;

    ana_add_utf8(&shown, text);
    cut = how.room > 0 && ana_svg_text_width(shown.data) * wide > how.room;
    if (cut)
        shown.data[fitting(shown.data, how.room / wide)] = 0;
    ana_text_add(&figure->body, "<text x=\"%.1f\" y=\"%.1f\"", how.x, how.y);
    ana_svg_fill(figure, how.paint);
    if (how.anchor != ANA_START)
        ana_text_add(&figure->body, " text-anchor=\"%s\"", anchors[how.anchor]);
    if (how.bold)
        ana_text_add(&figure->body, " font-weight=\"600\"");
    if (how.turn != 0)
        ana_text_add(&figure->body, " transform=\"rotate(%g %.1f %.1f)\"", how.turn,
                     how.x, how.y);
    ana_text_add(&figure->body, ">");
    ana_add_xml(&figure->body, shown.data ? shown.data : "");
    if (cut) {
        ana_text_add(&figure->body, "\u2026<title>");
        ana_add_xml(&figure->body, text);
        ana_text_add(&figure->body, "</title>");
    }
    ana_text_add(&figure->body, "</text>\n");
    figure->body.failed |= shown.failed;
    ana_text_finish(&shown);
}

void ana_svg_line(struct ana_figure *figure, double x1, double y1, double x2, double y2,
                  int paint, double width)
{
    ana_text_add(&figure->body, "<path d=\"M%.1f %.1fL%.1f %.1f\"", x1, y1, x2, y2);
    ana_svg_stroke(figure, paint, width);
    ana_text_add(&figure->body, "/>\n");
}

void ana_svg_rect(struct ana_figure *figure, double x, double y, double width,
                  double height, int paint, double opacity)
{
    ana_text_add(&figure->body,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", x, y,
                 width < 0 ? 0 : width, height < 0 ? 0 : height);
    ana_svg_fill(figure, paint);
    if (opacity < 1)
        ana_text_add(&figure->body, " fill-opacity=\"%.2f\"", opacity);
    ana_text_add(&figure->body, "/>\n");
}

struct ana_scale ana_scale_nice(double low, double high, double from, double to,
                                int ticks)
{
    static const double steps[] = {1, 2, 5, 10};
    struct ana_scale scale = {low, high, from, to, 1, 0};
    double raw, ten;

    if (!(high - low > 1e-12)) { /* one value, or none that is finite */
        scale.low = low = isfinite(low) ? low : 0;
        high = low + 1;
    }
    raw = (high - low) / ticks;
    ten = pow(10, floor(log10(raw)));
    scale.step = 10 * ten;
    for (int i = 3; i >= 0; i--)
        if (steps[i] * ten >= raw * 0.999)
            scale.step = steps[i] * ten;
    scale.low = floor(low / scale.step + 1e-9) * scale.step;
    scale.high = ceil(high / scale.step - 1e-9) * scale.step;
    scale.decimals = scale.step < 1 ? (int)ceil(-log10(scale.step) - 1e-9) : 0;
    return scale;
}

double ana_scale_at(const struct ana_scale *scale, double value)
{
    return scale->from +
           (value - scale->low) / (scale->high - scale->low) * (scale->to - scale->from);
}

double ana_scale_clamped(const struct ana_scale *scale, double value)
{
    return ana_scale_at(scale, fmin(fmax(value, scale->low), scale->high));
}

static int64_t tick_count(const struct ana_scale *scale)
{
    return llround((scale->high - scale->low) / scale->step) + 1;
}

static double tick(const struct ana_scale *scale, int64_t i, char label[32])
{
    double value = scale->low + (double)i * scale->step;

    if (fabs(value) < scale->step * 1e-6)
        value = 0;
    snprintf(label, 32, "%s%.*f", value < 0 ? "\u2212" : "", scale->decimals,
             fabs(value));
    return value;
}

void ana_svg_axis_y(struct ana_figure *figure, const struct ana_scale *scale, double x0,
                    double x1)
{
    char label[32];

    for (int64_t i = 0; i < tick_count(scale); i++) {
        const double value = tick(scale, i, label), y = ana_scale_at(scale, value);

        ana_svg_line(figure, x0, y, x1, y, value == 0 ? ANA_MUTED : ANA_RULE, 1);
        ana_svg_text(figure,
                     (struct ana_lettering){
                         .x = x0 - 6, .y = y + 4, .anchor = ANA_END, .paint = ANA_MUTED},
                     label);
    }
}

void ana_svg_axis_x(struct ana_figure *figure, const struct ana_scale *scale, double y0,
                    double y1)
{
    char label[32];

    for (int64_t i = 0; i < tick_count(scale); i++) {
        const double value = tick(scale, i, label), x = ana_scale_at(scale, value);

        ana_svg_line(figure, x, y0, x, y1, value == 0 ? ANA_MUTED : ANA_RULE, 1);
        ana_svg_text(figure,
                     (struct ana_lettering){
                         .x = x, .y = y1 + 16, .anchor = ANA_MIDDLE, .paint = ANA_MUTED},
                     label);
    }
}

static void open_svg(double width, double height, struct ana_text *out)
{
    ana_text_add(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%.0f\""
                 " height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-size=\"12\""
                 " font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\"",
                 width, height, width, height);
}

static void close_svg(const struct ana_figure *figure, struct ana_text *out)
{
    ana_text_write(out, figure->body.data ? figure->body.data : "", figure->body.length);
    ana_text_add(out, "</svg>\n");
    out->failed |= figure->body.failed | figure->caption.failed;
}

/* The bytes of `text` that one line of the stamp holds, broken between words. */
static int64_t stamp_line(const char *text, double room)
{
    int64_t fits = fitting(text, room / 1.08 + 12 * 0.9), n = fits;

    if (ana_svg_text_width(text) * 1.08 <= room)
        return (int64_t)strlen(text);
    while (n > 0 && text[n] != ' ')
        n--;
    return n > 0 ? n : fits;
}

static int64_t count_lines(const char *stamp, double room)
{
    int64_t n = 0;

    for (; *stamp && n < MOST_LINES; n++) {
        stamp += stamp_line(stamp, room);
        stamp += strspn(stamp, " ");
    }
    return n;
}

/* The whole stamp, whatever the figure's width: it is what must not be missed. */
static void draw_stamp(const struct ana_figure *figure, const char *stamp,
                       struct ana_text *out)
{
    struct ana_figure foot = {0};
    struct ana_lettering how = {.x = 8,
                                .y = figure->height + STAMP_MARGIN + 2,
                                .room = figure->width - 16,
                                .paint = ANA_COLD,
                                .bold = 1};

    for (int64_t i = 0; *stamp && i < MOST_LINES; i++, how.y += STAMP_LINE) {
        const int64_t n =
            i + 1 < MOST_LINES ? stamp_line(stamp, how.room) : (int64_t)strlen(stamp);
        struct ana_text line = {0};

        ana_text_write(&line, stamp, n);
        ana_svg_text(&foot, how, line.data ? line.data : "");
        foot.body.failed |= line.failed;
        ana_text_finish(&line);
        stamp += n;
        stamp += strspn(stamp, " ");
    }
    ana_text_write(out, foot.body.data ? foot.body.data : "", foot.body.length);
    out->failed |= foot.body.failed;
    ana_figure_finish(&foot);
}

void ana_figure_write_file(const struct ana_figure *figure, const char *stamp,
                           struct ana_text *out)
{
    const int64_t lines = count_lines(stamp, figure->width - 16);

    open_svg(figure->width,
             figure->height + (lines ? STAMP_MARGIN + STAMP_LINE * (double)lines : 0),
             out);
    ana_text_add(out, ">\n<title>");
    ana_add_xml(out, figure->title);
    ana_text_add(out, "</title>\n<desc>");
    ana_add_xml(out, stamp);
    ana_text_add(out, stamp[0] ? " " : "");
    ana_add_xml(out, figure->caption.data);
    ana_text_add(out, "</desc>\n<rect width=\"100%%\" height=\"100%%\""
                      " fill=\"#ffffff\"/>\n");
    if (stamp[0])
        draw_stamp(figure, stamp, out);
    close_svg(figure, out);
}

void ana_figure_write(const struct ana_figure *figure, struct ana_text *out)
{
    open_svg(figure->width, figure->height, out);
    /* A title element would pop up wherever the pointer rests. */
    ana_text_add(out, " aria-label=\"");
    ana_add_xml(out, figure->title);
    ana_text_add(out, "\">\n");
    close_svg(figure, out);
}

void ana_figure_finish(struct ana_figure *figure)
{
    ana_text_finish(&figure->body);
    ana_text_finish(&figure->caption);
    memset(figure, 0, sizeof *figure);
}
