/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the targets peak, in words: the layers that most of them score highest at, or for
 * recordings with a few regions the most frequent one of each.
 */
#include <string.h>

#include "report/escape.h"
#include "report/page.h"
#include "report/scores.h"

enum { MOST_REGIONS = 12, MOST_LAYERS = 3 };

struct peaks {
    const struct ana_series *series;
    const int64_t *place; /* n_targets: point of the panel, -1 = none */
    int64_t first;        /* the series' first point in the panel */
    int64_t *count;       /* a layer */
    const char *region[MOST_REGIONS];
    int64_t n_regions;
};

static const char *region_of(const struct peaks *peaks, int64_t target)
{
    const char *region = ana_block_region(peaks->series->points[0].block, target);

    return ana_says(region) ? region : "";
}

/* Regions by first appearance; none if they are more than a sentence holds. */
static void find_regions(struct peaks *peaks, int64_t n_targets)
{
    for (int64_t t = 0; t < n_targets; t++) {
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

/* Peaks a layer, of one region or (NULL) of all targets; returns their sum. */
static int64_t count_layers(struct peaks *peaks, int64_t n_targets, const char *region)
{
    int64_t total = 0;

    memset(peaks->count, 0, (size_t)peaks->series->n * sizeof *peaks->count);
    for (int64_t t = 0; t < n_targets; t++)
        if (peaks->place[t] >= 0 &&
            (!region || strcmp(region_of(peaks, t), region) == 0)) {
            peaks->count[peaks->place[t] - peaks->first]++;
            total++;
        }
    return total;
}

/* The layer with the most peaks, the shallower of equals. */
static int64_t most_frequent(const struct peaks *peaks)
{
    int64_t best = 0;

    for (int64_t i = 1; i < peaks->series->n; i++)
        if (peaks->count[i] > peaks->count[best])
            best = i;
    return best;
}

static void add_regions(struct ana_text *html, struct peaks *peaks, int64_t n_targets)
{
    char number[32], of[32];

    ana_text_add(html, " Most targets of each region peak at: ");
    for (int64_t r = 0, shown = 0; r < peaks->n_regions; r++) {
        const int64_t total = count_layers(peaks, n_targets, peaks->region[r]);
        const int64_t best = most_frequent(peaks);

        if (total == 0)
            continue;
        ana_text_add(html, "%s", shown++ ? "; " : "");
        ana_add_xml(html, *peaks->region[r] ? peaks->region[r] : "no region");
        ana_text_add(html, " <strong>");
        ana_add_xml(html, peaks->series->points[best].block->layer);
        ana_text_add(html, "</strong> (%s of %s)",
                     ana_show_count(peaks->count[best], number),
                     ana_show_count(total, of));
    }
    ana_text_add(html, ".");
}

/* The most frequent layers if they hold most targets, else from where to where. */
static void add_layers(struct ana_text *html, struct peaks *peaks, int64_t n_targets)
{
    const int64_t total = count_layers(peaks, n_targets, NULL);
    int64_t best[MOST_LAYERS], count[MOST_LAYERS], n = 0, held = 0;
    int64_t first = peaks->series->n, last = -1;
    char number[32];

    for (int64_t i = 0; i < peaks->series->n; i++)
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
    if (2 * held <= total) {
        ana_text_add(html, " Targets peak at layers from ");
        ana_add_xml(html, peaks->series->points[first].block->layer);
        ana_text_add(html, " to ");
        ana_add_xml(html, peaks->series->points[last].block->layer);
        ana_text_add(html, ".");
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        ana_text_add(html, i ? ", " : " Targets peak at ");
        ana_add_xml(html, peaks->series->points[best[i]].block->layer);
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
    const int64_t n = panel->key->n_targets;
    struct peaks peaks = {0};
    int64_t *place;
    int rc = ANA_ERESOURCE;

    if (panel->best < 0 || panel->series[panel->best].n < 2 || n < 2)
        return 0;
    peaks.series = &panel->series[panel->best];
    for (int64_t s = 0; s < panel->best; s++)
        peaks.first += panel->series[s].n;
    peaks.place = place = ana_alloc(ctx, n, sizeof *place);
    peaks.count = ana_alloc(ctx, peaks.series->n, sizeof *peaks.count);
    if (place && peaks.count) {
        ana_panel_peaks(panel, panel->best, place);
        find_regions(&peaks, n);
        if (peaks.n_regions > 1)
            add_regions(html, &peaks, n);
        else
            add_layers(html, &peaks, n);
        rc = 0;
    }
    ana_free(ctx, place);
    ana_free(ctx, peaks.count);
    return rc;
}
