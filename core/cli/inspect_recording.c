/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a file that says all of itself is as a recording: opened as `data = FILE` opens it,
 * and asked.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "cli/inspect.h"
#include "plugin/apart.h"
#include "plugin/describe.h"
#include "plugin/params.h"

enum { MOST_KINDS = 12 }; /* of events that are told one by one */

static const char *layout_name(int32_t layout)
{
    static const char *const names[] = {"",    "series", "epochs", "rows",
                                        "RDM", "table",  "labels", "mesh"};

    return layout >= 1 && layout <= 7 ? names[layout] : "";
}

/* The smallest box around the known positions: from and to along x, y, z. */
static void add_extent(struct ana_facts *facts, const struct ana_recording_info *info,
                       json_t *object)
{
    json_t *box = json_array();

    for (int d = 0; d < 3; d++) {
        double least = (double)INFINITY, most = -(double)INFINITY;
        json_t *side = json_array();

        for (int64_t t = 0; t < info->n_targets; t++) {
            least = fmin(least, info->targets[t].position[d]);
            most = fmax(most, info->targets[t].position[d]);
        }
        ana_json_append(side, json_real(isfinite(least) ? least + 0. : 0),
                        &facts->failed);
        ana_json_append(side, json_real(isfinite(most) ? most + 0. : 0), &facts->failed);
        ana_json_append(box, side, &facts->failed);
    }
    ana_json_set(object, "extent", box, &facts->failed);
}

/* Targets with a position, with a region, marked as bad. */
static void add_targets(struct ana_facts *facts, const struct ana_recording_info *info,
                        json_t *object)
{
    int64_t placed = 0, named = 0;
    json_t *bad = json_array();

    for (int64_t t = 0; t < info->n_targets; t++) {
        const struct ana_target *target = &info->targets[t];

        placed += !isnan(target->position[0]);
        named += target->region && *target->region;
        if (target->bad)
            ana_json_append(bad, json_string(target->name ? target->name : ""),
                            &facts->failed);
    }
    ana_json_count(object, "targets", info->n_targets, &facts->failed);
    ana_json_count(object, "positions", placed, &facts->failed);
    if (placed > 0 && info->targets[0].space)
        ana_json_text(object, "space", info->targets[0].space, &facts->failed);
    if (placed > 0)
        add_extent(facts, info, object);
    ana_json_count(object, "regions", named, &facts->failed);
    ana_json_set(object, "bad", bad, &facts->failed);
}

/* Each text once, in order of appearance, with how often and when first. */
static void add_events(struct ana_facts *facts, const struct ana_recording_info *info,
                       json_t *object)
{
    json_t *kinds = json_array();
    int64_t n = 0;

    for (int64_t i = 0; i < info->n_events; i++) {
        const struct ana_event *event = &info->events[i];
        json_t *kind = NULL;

        for (size_t k = 0; k < json_array_size(kinds) && !kind; k++) {
            const json_t *text = json_object_get(json_array_get(kinds, k), "text");

            if (text && strcmp(json_string_value(text), event->text) == 0)
                kind = json_array_get(kinds, k);
        }
        if (kind) {
            json_t *count = json_object_get(kind, "n");

            json_integer_set(count, json_integer_value(count) + 1);
        } else if (n++ < MOST_KINDS) {
            kind = json_object();
            ana_json_text(kind, "text", event->text, &facts->failed);
            ana_json_count(kind, "n", 1, &facts->failed);
            ana_json_real(kind, "first", event->onset, &facts->failed);
            ana_json_append(kinds, kind, &facts->failed);
        }
    }
    ana_json_count(object, "events", info->n_events, &facts->failed);
    ana_json_set(object, "event_kinds", kinds, &facts->failed);
}

static void add_info(struct ana_facts *facts, const struct ana_recording_info *info)
{
    json_t *object = json_object();
    const int series = info->layout == ANA_LAYOUT_SERIES && info->n_runs > 0;
    const double rate = series ? info->runs[0].rate : info->rate;
    int64_t samples = 0;

    for (int64_t r = 0; series && r < info->n_runs; r++)
        samples += info->runs[r].n;
    ana_json_text(object, "layout", layout_name(info->layout), &facts->failed);
    ana_json_text(object, "unit", info->unit ? info->unit : "", &facts->failed);
    if (series) {
        ana_json_count(object, "runs", info->n_runs, &facts->failed);
        ana_json_count(object, "samples", samples, &facts->failed);
    } else {
        ana_json_count(object, "rows", info->n_rows, &facts->failed);
    }
    if (rate > 0)
        ana_json_real(object, "rate", rate, &facts->failed);
    if (rate > 0 && series)
        ana_json_real(object, "seconds", (double)samples / rate, &facts->failed);
    add_targets(facts, info, object);
    add_events(facts, info, object);
    ana_json_set(facts->root, "recording", object, &facts->failed);
}

int ana_inspect_opened(struct ana_facts *facts, const struct ana_plugin *plugin,
                       const char *path)
{
    struct ana_ctx *ctx = facts->ctx;
    const char *const files[] = {path};
    const struct ana_source source = {
        .size = sizeof source, .n_files = 1, .files = files, .text = path};
    struct ana_recording_info info = {.size = sizeof info};
    struct ana_described arrays = {0};
    struct ana_params *params = NULL;
    const struct ana_reader_vt *vt = plugin->reader;
    void *self = NULL;
    int rc = ana_params_create(ctx, plugin, 0, NULL, &params);

    ana_context_push(ctx, "reader %s", plugin->id);
    if (rc == 0)
        rc = ana_reader_open(ctx, plugin, params, &source, &vt, &self);
    if (rc == 0)
        rc = ana_reader_describe(ctx, vt, self, &info, &arrays);
    ana_context_pop(ctx);
    if (rc == 0)
        add_info(facts, &info);
    ana_described_finish(ctx, &arrays);
    vt->close(ctx, self);
    ana_params_destroy(params);
    return rc;
}
