/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What stands beside a recording, in time and place: words with their onsets, tables of
 * events, tables of electrodes.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "cli/inspect.h"
#include "data/events.h"
#include "data/stimuli.h"

enum { MOST_KINDS = 12 };

static int set_words(struct ana_facts *facts, const char *path)
{
    struct ana_word *words = NULL;
    json_t *object = json_object();
    double to = 0;
    int64_t n = 0;
    int rc = ana_words_read(facts->ctx, path, &n, &words);

    for (int64_t i = 0; rc == 0 && i < n; i++)
        to = fmax(to, words[i].onset + words[i].duration);
    if (rc == 0)
        ana_json_count(object, "n", n, &facts->failed);
    if (rc == 0 && n > 0) {
        ana_json_real(object, "from", words[0].onset, &facts->failed);
        ana_json_real(object, "to", to, &facts->failed);
        ana_json_text(object, "first", words[0].text, &facts->failed);
        ana_json_text(object, "last", words[n - 1].text, &facts->failed);
    }
    if (rc == 0)
        ana_json_set(facts->root, "words", object, &facts->failed);
    else
        json_decref(object);
    ana_free(facts->ctx, words);
    return rc;
}

int ana_inspect_words(struct ana_facts *facts, const char *path)
{
    int rc = set_words(facts, path);

    if (rc == 0)
        ana_json_text(facts->root, "kind", "words", &facts->failed);
    return rc;
}

/* Each type once, in order of time, with how often and when first. */
static void set_events(struct ana_facts *facts, const struct ana_events *events)
{
    json_t *object = json_object(), *kinds = json_array();
    int64_t n = 0;

    for (int64_t i = 0; i < events->n; i++) {
        const struct ana_event_row *event = &events->event[i];
        const char *type = *event->type ? event->type : event->stim_file;
        json_t *kind = NULL;

        for (size_t k = 0; k < json_array_size(kinds) && !kind; k++) {
            const json_t *text = json_object_get(json_array_get(kinds, k), "text");

            if (strcmp(json_string_value(text), type) == 0)
                kind = json_array_get(kinds, k);
        }
        if (kind) {
            json_t *count = json_object_get(kind, "n");

            json_integer_set(count, json_integer_value(count) + 1);
        } else if (n++ < MOST_KINDS) {
            kind = json_object();
            ana_json_text(kind, "text", type, &facts->failed);
            ana_json_count(kind, "n", 1, &facts->failed);
            ana_json_real(kind, "first", event->onset, &facts->failed);
            ana_json_append(kinds, kind, &facts->failed);
        }
    }
    ana_json_count(object, "n", events->n, &facts->failed);
    ana_json_count(object, "without_onset", events->n_without, &facts->failed);
    ana_json_real(object, "from", events->event[0].onset, &facts->failed);
    ana_json_real(object, "to", events->event[events->n - 1].onset, &facts->failed);
    ana_json_count(object, "kinds", n, &facts->failed);
    ana_json_set(object, "event_kinds", kinds, &facts->failed);
    ana_json_set(facts->root, "events", object, &facts->failed);
}

/* The places of electrodes: rows of a table whose x, y and z are numbers. */
static void set_places(struct ana_facts *facts, const struct ana_table *table)
{
    static const char *const names[] = {"x", "y", "z"};
    double least[3] = {(double)INFINITY, (double)INFINITY, (double)INFINITY};
    double most[3] = {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY};
    json_t *object = json_object(), *box = json_array();
    int64_t placed = 0;

    for (int64_t i = 0; i < table->n_rows; i++) {
        double place[3] = {(double)NAN, (double)NAN, (double)NAN};
        int known = 1;

        for (int d = 0; d < 3; d++)
            if (ana_table_number(facts->ctx, table, i, ana_table_column(table, names[d]),
                                 &place[d]) != 0)
                known = 0;
        for (int d = 0; d < 3; d++)
            known &= isfinite(place[d]);
        for (int d = 0; known && d < 3; d++) {
            least[d] = fmin(least[d], place[d]);
            most[d] = fmax(most[d], place[d]);
        }
        placed += known;
    }
    for (int d = 0; placed > 0 && d < 3; d++) {
        json_t *side = json_array();

        ana_json_append(side, json_real(least[d]), &facts->failed);
        ana_json_append(side, json_real(most[d]), &facts->failed);
        ana_json_append(box, side, &facts->failed);
    }
    ana_json_count(object, "n", placed, &facts->failed);
    ana_json_count(object, "rows", table->n_rows, &facts->failed);
    ana_json_set(object, "extent", box, &facts->failed);
    ana_json_set(facts->root, "places", object, &facts->failed);
}

void ana_inspect_table(struct ana_facts *facts, const char *path)
{
    struct ana_ctx *ctx = facts->ctx;
    struct ana_events events = {0};
    struct ana_table *table = NULL;

    set_words(facts, path);
    ana_ctx_clear(ctx);
    if (ana_table_read(ctx, path, 1, &table) == 0) {
        if (ana_table_column(table, "onset") >= 0 &&
            ana_events_read(ctx, path, &events) == 0 && events.n > 0)
            set_events(facts, &events);
        if (ana_table_column(table, "x") >= 0 && ana_table_column(table, "y") >= 0 &&
            ana_table_column(table, "z") >= 0)
            set_places(facts, table);
    }
    ana_events_finish(ctx, &events);
    ana_table_destroy(ctx, table);
    ana_ctx_clear(ctx); /* a table of something else */
}
