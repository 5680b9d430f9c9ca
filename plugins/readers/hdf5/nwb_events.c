/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TimeIntervals of NWB (trials, epochs, stimuli: tables with start_time and stop_time in
 * seconds of the session) as events of the series. An event's text is the table's name and
 * what the first column of text says.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hdf5_series.h"

enum { MOST_EVENTS = 1 << 20 };

static int make_room(struct ana_ctx *ctx, struct hdf5_series *s, int64_t n)
{
    struct series_event *grown;

    if (n > MOST_EVENTS || s->n_events + n > MOST_EVENTS)
        return ana_fail(ctx, ANA_EDATA, "%s: has more than %d intervals", s->file.path,
                        MOST_EVENTS);
    if (s->n_events + n <= s->room_events)
        return 0;
    grown = ana_alloc(ctx, s->n_events + n, sizeof *grown);
    if (!grown)
        return ANA_ERESOURCE;
    if (s->n_events > 0)
        memcpy(grown, s->event, (size_t)s->n_events * sizeof *grown);
    ana_free(ctx, s->event);
    s->event = grown;
    s->room_events = s->n_events + n;
    return 0;
}

/* The first column of text with a value for each of n rows; NULL = none. */
static int text_column(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t table,
                       int64_t n, char ***texts)
{
    H5G_info_t info;
    int rc = 0;

    *texts = NULL;
    if (H5Gget_info(table, &info) < 0)
        return h5_damaged(ctx, &s->file, table, "intervals", "cannot be listed");
    for (hsize_t i = 0; rc == 0 && !*texts && i < info.nlinks && i < 64; i++) {
        struct h5_array array = {.id = -1};
        hid_t object = -1;
        char name[128] = "";
        int64_t count = 0;

        if (H5Lget_name_by_idx(table, ".", H5_INDEX_NAME, H5_ITER_NATIVE, i, name,
                               sizeof name, H5P_DEFAULT) >= 0)
            rc = h5_find_any(ctx, &s->file, table, name, &object);
        if (rc != 0 || object < 0 || H5Iget_type(object) != H5I_DATASET) {
            h5_drop(object);
            continue;
        }
        rc = h5_array_open(ctx, &s->file, object, name, &array);
        if (rc == 0 && !array.dtype && strcmp(array.what, "text") == 0 &&
            h5_array_count(&array) == n)
            rc = h5_array_text(ctx, &array, &count, texts);
        h5_array_close(ctx, &array);
    }
    return rc;
}

static int add_rows(struct ana_ctx *ctx, struct hdf5_series *s, hid_t table,
                    const char *name, int64_t n, const double *start, const double *stop)
{
    char **texts = NULL;
    int rc = text_column(ctx, s, table, n, &texts);

    if (rc == 0)
        rc = make_room(ctx, s, n);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        char text[256];

        if (!isfinite(start[i]))
            continue;
        snprintf(text, sizeof text, "%.120s%s%.120s", name, texts ? ": " : "",
                 texts ? texts[i] : "");
        s->event[s->n_events] =
            (struct series_event){.onset = start[i] - s->start,
                                  .duration = stop ? stop[i] - start[i] : (double)NAN,
                                  .text = hdf5_keep(ctx, s, ana_strdup(ctx, text))};
        rc = s->event[s->n_events].text ? 0 : ANA_ERESOURCE;
        s->n_events += rc == 0;
    }
    hdf5_free_texts(ctx, n, texts);
    return rc;
}

static int take_table(struct ana_ctx *ctx, void *arg, const char *path, hid_t object,
                      const char *link)
{
    struct hdf5_series *s = arg;
    double *start = NULL, *stop = NULL;
    char type[H5_WORD];
    int64_t n = 0, n_stop = 0;
    int rc = 0, is = 0;

    if (link || H5Iget_type(object) != H5I_GROUP)
        return 0;
    h5_attribute_word(object, "neurodata_type", type);
    is = strcmp(type, "TimeIntervals") == 0;
    if (is)
        rc = hdf5_numbers(ctx, s, object, "start_time", &n, &start);
    if (rc == 0 && is)
        rc = hdf5_numbers(ctx, s, object, "stop_time", &n_stop, &stop);
    if (rc == 0 && is && start && stop && n != n_stop)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` has %lld start times and %lld stop times",
                      s->file.path, path, (long long)n, (long long)n_stop);
    if (rc == 0 && is && start)
        rc = add_rows(ctx, s, object, strrchr(path, '/') + 1, n, start, stop);
    ana_free(ctx, start);
    ana_free(ctx, stop);
    return rc;
}

int nwb_take_events(struct ana_ctx *ctx, struct hdf5_series *s)
{
    const struct h5_visitor visitor = {take_table, s};

    return h5_visit(ctx, &s->file, &visitor);
}
