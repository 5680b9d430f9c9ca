/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A TimeSeries of NWB (https://nwb-schema.readthedocs.io, 2.x): a group with `data`
 * (time, or time x channel), and either `starting_time` with its attribute `rate`, or
 * `timestamps`. Its values are
 *
 *     data * conversion * channel_conversion + offset,  in the attribute `unit`.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hdf5_series.h"

/* The series of a file: those that hold an ElectricalSeries, by path. */
struct found {
    int64_t n;
    char first[512], names[512];
};

static int is_a(hid_t object, const char *type)
{
    char word[H5_WORD];

    h5_attribute_word(object, "neurodata_type", word);
    return strcmp(word, type) == 0;
}

static int take_series(struct ana_ctx *ctx, void *arg, const char *path, hid_t object,
                       const char *link)
{
    struct found *found = arg;
    size_t used = strlen(found->names);

    (void)ctx;
    if (link || H5Iget_type(object) != H5I_GROUP || !is_a(object, "ElectricalSeries"))
        return 0;
    if (found->n++ == 0)
        snprintf(found->first, sizeof found->first, "%s", path);
    if (used + 100 < sizeof found->names)
        snprintf(found->names + used, sizeof found->names - used, "%s%.90s",
                 used ? ", " : "", path);
    return 0;
}

/* The only ElectricalSeries there is; "" where there is none. */
static int find_only(struct ana_ctx *ctx, const struct h5_file *file, char path[512])
{
    struct found found = {0};
    const struct h5_visitor visitor = {take_series, &found};
    int rc = h5_visit(ctx, file, &visitor);

    if (rc == 0 && found.n > 1)
        rc = ana_fail(ctx, ANA_EPARAM,
                      "%s: holds %lld ElectricalSeries: %s; say which with `dataset`",
                      file->path, (long long)found.n, found.names);
    snprintf(path, 512, "%s", found.first);
    return rc;
}

static int take_scale(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series)
{
    double value;
    int64_t n = 0;
    int there;
    int rc = h5_attribute_number(ctx, &s->file, s->data.id, "conversion", &value, &there);

    s->scale = rc == 0 && there ? value : 1;
    if (rc == 0)
        rc = h5_attribute_number(ctx, &s->file, s->data.id, "offset", &value, &there);
    s->offset = rc == 0 && there ? value : 0;
    if (rc == 0 && (!isfinite(s->scale) || !isfinite(s->offset)))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` has a conversion of %g and an offset of %g", s->file.path,
                      s->name, s->scale, s->offset);
    if (rc == 0)
        rc = hdf5_numbers(ctx, s, series, "channel_conversion", &n, &s->own_scale);
    if (rc == 0 && s->own_scale && n != s->n_channels)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` has %lld channels and channel_conversion %lld values",
                      s->file.path, s->name, (long long)s->n_channels, (long long)n);
    for (int64_t i = 0; rc == 0 && s->own_scale && i < n; i++)
        if (!isfinite(s->own_scale[i]))
            rc = ana_fail(ctx, ANA_EDATA, "%s: `%s`: channel_conversion[%lld] is %g",
                          s->file.path, s->name, (long long)i, s->own_scale[i]);
    if (rc == 0)
        rc = h5_attribute_text(ctx, &s->file, s->data.id, "unit", &s->unit);
    if (rc != 0)
        return rc;
    if (!s->unit || strcmp(s->unit, "volts") == 0 || strcmp(s->unit, "volt") == 0) {
        char *unit = ana_strdup(ctx, s->unit ? "V" : "");

        ana_free(ctx, s->unit);
        s->unit = unit;
    }
    return s->unit ? 0 : ANA_ERESOURCE;
}

static int take_clock(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series)
{
    double *start = NULL, rate = 0;
    hid_t object = -1;
    int64_t n = 0;
    int there = 0;
    int rc = h5_find_any(ctx, &s->file, series, "starting_time", &object);

    if (rc == 0 && object >= 0) {
        rc = h5_attribute_number(ctx, &s->file, object, "rate", &rate, &there);
        h5_drop(object);
        if (rc == 0)
            rc = hdf5_numbers(ctx, s, series, "starting_time", &n, &start);
        if (rc == 0 && (n != 1 || !isfinite(*start) || !there))
            rc =
                ana_fail(ctx, ANA_EDATA,
                         "%s: `%s`: starting_time was expected to be one number with the "
                         "attribute `rate`",
                         s->file.path, s->name);
        if (rc == 0)
            s->start = *start;
        ana_free(ctx, start);
        return rc == 0 ? hdf5_take_rate(ctx, s, rate) : rc;
    }
    if (rc == 0)
        rc = h5_find_any(ctx, &s->file, series, "timestamps", &object);
    if (rc == 0 && object < 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` has neither starting_time with a rate nor timestamps",
                      s->file.path, s->name);
    h5_drop(object);
    return rc == 0 ? hdf5_take_times(ctx, s, series, "timestamps") : rc;
}

static int take_data(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series,
                     const char *path)
{
    char name[600];
    hid_t object;
    int rc = h5_find(ctx, &s->file, series, "data", &object);

    snprintf(name, sizeof name, "%s/data", path);
    s->name = ana_strdup(ctx, name);
    if (rc == 0 && !s->name)
        rc = ANA_ERESOURCE;
    if (rc == 0)
        rc = h5_array_open(ctx, &s->file, object, name, &s->data);
    if (rc == 0 && (!s->data.dtype || s->data.ndim < 1 || s->data.ndim > 2))
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` holds %s in %d dimensions; numbers by time, or by time and "
            "channel, were expected",
            s->file.path, name, s->data.dtype ? "numbers" : s->data.what, s->data.ndim);
    if (rc != 0)
        return rc;
    s->time_axis = 0;
    s->n_times = s->data.shape[0];
    s->n_channels = s->data.ndim == 2 ? s->data.shape[1] : 1;
    if (s->n_times < 1 || s->n_channels < 1)
        rc = ana_fail(ctx, ANA_EDATA, "%s: `%s` is empty", s->file.path, name);
    return rc;
}

static int open_group(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series,
                      const char *path, const char *position_unit)
{
    int rc = take_data(ctx, s, series, path);

    if (rc == 0)
        rc = take_scale(ctx, s, series);
    if (rc == 0)
        rc = take_clock(ctx, s, series);
    if (rc == 0)
        rc = hdf5_make_channels(ctx, s);
    if (rc == 0)
        rc = nwb_take_electrodes(ctx, s, series, position_unit);
    if (rc == 0)
        rc = nwb_take_events(ctx, s);
    return rc;
}

int nwb_open(struct ana_ctx *ctx, struct hdf5_series *s, const char *asked,
             const char *position_unit, int *found)
{
    char path[512], type[H5_WORD] = "";
    hid_t series = -1;
    size_t n;
    int rc = 0;

    *found = 0;
    if (s->file.matlab)
        return 0;
    if (*asked)
        snprintf(path, sizeof path, "%s", asked);
    else
        rc = find_only(ctx, &s->file, path);
    n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, "/data") == 0)
        path[n - 5] = 0; /* the series whose data it is knows their unit */
    if (rc == 0 && *path)
        rc = h5_find_any(ctx, &s->file, -1, path, &series);
    if (rc == 0 && series >= 0 && H5Iget_type(series) == H5I_GROUP)
        h5_attribute_word(series, "neurodata_type", type);
    *found = *type != 0;
    if (rc == 0 && *found)
        rc = open_group(ctx, s, series, path, position_unit);
    h5_drop(series);
    return rc;
}
