/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the targets peak, in words: the layers that most of them score highest at, or for
 * recordings with a few regions the most frequent one of each.
 */
#include <string.h>

#include "report/escape.h"
#include "report/page.h"
#include "report/scores.h"

enum {
    MOST_REGIONS = 16,
    IN_A_SENTENCE = 4, /* regions; more are a table */
    MOST_LAYERS = 3
};

struct peaks {
    const struct ana_panel *panel;
    int64_t only;   /* the series that is looked at, -1 = all */
    int64_t *place; /* n_targets: point of the panel, -1 = none */
    int64_t *count; /* a point */
    const char *region[MOST_REGIONS];
    int64_t n_regions;
};

static const char *region_of(const struct peaks *peaks, int64_t target)
{
    const char *region =
        ana_block_region(peaks->panel->series[0].points[0].block, target);

    return ana_says(region) ? region : "";
}

/* Regions by first appearance; none if they are more than a page needs in words. */
static void find_regions(struct peaks *peaks)
{
    for (int64_t t = 0; t < peaks->panel->key->n_targets; t++) {
        const char *region = region_of(peaks, t);
        int64_t r = 0;

        while (r < peaks->n_regions && strcmp(peaks->region[r], region) != 0)
            r++;
        if (r < peaks->n_regions)
            continue;
        if (r == MOST_REGIONS) {
            peaks->n_regions = 0;
            return;
        }
        peaks->region[peaks->n_regions++] = region;
    }
}

/* Peaks a point, of one region or (NULL) of all targets; returns their sum. */
static int64_t count_points(struct peaks *peaks, const char *region)
{
    int64_t total = 0;

    memset(peaks->count, 0, (size_t)peaks->panel->n_points * sizeof *peaks->count);
    for (int64_t t = 0; t < peaks->panel->key->n_targets; t++)
        if (peaks->place[t] >= 0 &&
            (!region || strcmp(region_of(peaks, t), region) == 0)) {
            peaks->count[peaks->place[t]]++;
            total++;
        }
    return total;
}

/* The point with the most peaks, the first of equals. */
static int64_t most_frequent(const struct peaks *peaks)
{
    int64_t best = 0;

    for (int64_t i = 1; i < peaks->panel->n_points; i++)
        if (peaks->count[i] > peaks->count[best])
            best = i;
    return best;
}

/* "layer3", or with all series "now, coch, layer3". */
static void add_point(struct ana_text *html, const struct peaks *peaks, int64_t point)
{
    int64_t s = 0;
    const struct ana_series *series;

    while (point >= peaks->panel->series[s].n)
        point -= peaks->panel->series[s++].n;
    series = &peaks->panel->series[s];
    if (peaks->only < 0) {
        if (series->group && strcmp(series->group, series->label) != 0) {
            ana_add_xml(html, series->group);
            ana_text_add(html, ", ");
        }
        ana_add_xml(html, series->label);
    }
    if (ana_says(series->points[point].block->layer)) {
        ana_text_add(html, peaks->only < 0 ? ", " : "");
        ana_add_xml(html, series->points[point].block->layer);
    }
}

/* A sentence's first words; one model's layers of several are said to be its own, as the
   figure beside the sentence may show the layers of all. */
static void begin(struct ana_text *html, const struct peaks *peaks, const char *upper,
                  const char *lower)
{
    const struct ana_panel *panel = peaks->panel;

    if (peaks->only < 0 || panel->n_series < 2) {
        ana_text_add(html, " %s", upper);
        return;
    }
    ana_text_add(html, " Within ");
    ana_add_xml(html, panel->series[peaks->only].label);
    ana_text_add(html, ", %s", lower);
}

static void add_regions(struct ana_text *html, struct peaks *peaks)
{
    const int table = peaks->n_regions > IN_A_SENTENCE;
    char number[32], of[32];

    begin(html, peaks,
          "Most targets of each region peak at:", "most targets of each region peak at:");
    ana_text_add(html, table ? "</p><table class=\"peaks\">" : " ");
    for (int64_t r = 0, shown = 0; r < peaks->n_regions; r++) {
        const int64_t total = count_points(peaks, peaks->region[r]);
        const int64_t best = most_frequent(peaks);

        if (total == 0)
            continue;
        ana_text_add(html, table ? "<tr><td>" : shown++ ? "; " : "");
        ana_add_xml(html, *peaks->region[r] ? peaks->region[r] : "no region");
        ana_text_add(html, table ? "</td><td><strong>" : " <strong>");
        add_point(html, peaks, best);
        ana_text_add(
            html, table ? "</strong></td><td>%s of %s</td></tr>" : "</strong> (%s of %s)",
            ana_show_count(peaks->count[best], number), ana_show_count(total, of));
    }
    ana_text_add(html, table ? "</table><p>" : ".");
}

/* The most frequent points if they hold most targets, else from where to where. */
static void add_points(struct ana_text *html, struct peaks *peaks)
{
    const int64_t total = count_points(peaks, NULL);
    int64_t best[MOST_LAYERS], count[MOST_LAYERS], n = 0, held = 0;
    int64_t first = peaks->panel->n_points, last = -1;
    char number[32];

    for (int64_t i = 0; i < peaks->panel->n_points; i++)
        if (peaks->count[i] > 0) {
            first = i < first ? i : first;
            last = i;
        }
    for (; n < MOST_LAYERS; n++) {
        best[n] = most_frequent(peaks);
        held += count[n] = peaks->count[best[n]];
        if (count[n] == 0)
            break;
        peaks->count[best[n]] = 0;
    }
    if (total == 0)
        return;
    if (2 * held <= total && peaks->only >= 0) {
        begin(html, peaks, "Targets peak at layers from ",
              "targets peak at layers from ");
        add_point(html, peaks, first);
        ana_text_add(html, " to ");
        add_point(html, peaks, last);
        ana_text_add(html, ".");
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        if (i == 0)
            begin(html, peaks, "Targets peak at ", "targets peak at ");
        else
            ana_text_add(html, peaks->only < 0 ? "; " : ", ");
        add_point(html, peaks, best[i]);
        ana_text_add(html, " (%s)", ana_show_count(count[i], number));
    }
    if (held < total)
        ana_text_add(html, " and other layers (%s)",
                     ana_show_count(total - held, number));
    ana_text_add(html, ".");
}

int ana_page_peaks(struct ana_ctx *ctx, struct ana_text *html,
                   const struct ana_panel *panel)
{
    struct peaks peaks = {.panel = panel, .only = panel->own_key ? -1 : panel->best};
    int rc = ANA_ERESOURCE;

    if (panel->best < 0 || panel->key->n_targets < 2 ||
        (peaks.only >= 0 && panel->series[panel->best].n < 2))
        return 0;
    peaks.place = ana_alloc(ctx, panel->key->n_targets, sizeof *peaks.place);
    peaks.count = ana_alloc(ctx, panel->n_points, sizeof *peaks.count);
    if (peaks.place && peaks.count) {
        ana_panel_peaks(panel, peaks.only, peaks.place);
        find_regions(&peaks);
        if (peaks.n_regions > 1)
            add_regions(html, &peaks);
        else
            add_points(html, &peaks);
        rc = 0;
    }
    ana_free(ctx, peaks.place);
    ana_free(ctx, peaks.count);
    return rc;
}
