/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_HDF5_SERIES_H
#define PLUGIN_HDF5_SERIES_H

#include "../lib/h5_arrays.h"
#include "../lib/series.h"

/* One dataset of numbers as channels over time: what `dataset` names, or an
 * ElectricalSeries of NWB. */
struct hdf5_series {
    struct h5_file file;
    char *stem;
    char *name;           /* of the dataset, "/acquisition/x/data" */
    struct h5_array data; /* T x C, or C x T; T alone */
    int time_axis;
    int64_t n_times, n_channels;
    double scale, offset; /* value = stored * scale * own_scale[channel] + offset */
    double *own_scale;    /* n_channels, or NULL */
    double rate;
    char *unit;
    struct series_channel *channel;
    int64_t n_segments, room_segments;
    struct series_segment *segment;
    double start; /* s: the clock's time of sample 0 */
    int64_t n_events, room_events;
    struct series_event *event;
    int64_t n_texts, room_texts;
    char **text; /* all strings that channels and events point at */
};

/* hdf5_series.c: the strings that a series keeps; NULL: no memory. Takes `text` over. */
const char *hdf5_keep(struct ana_ctx *ctx, struct hdf5_series *s, char *take_text);

/* A dataset of numbers that stands below an object, as float64; *numbers is NULL where
 * there is none. Owns: the caller (ana_free). */
int hdf5_numbers(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t from,
                 const char *path, int64_t *n, double **numbers);

/* The same for strings. Owns: the caller, each string, then the list (ana_free). */
int hdf5_texts(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t from,
               const char *path, int64_t *n, char ***texts);
void hdf5_free_texts(struct ana_ctx *ctx, int64_t n, char **texts);

/* n channels called 1, 2, ..., without positions. */
int hdf5_make_channels(struct ana_ctx *ctx, struct hdf5_series *s);
int hdf5_name_channel(struct ana_ctx *ctx, struct hdf5_series *s, int64_t i,
                      const char *name);

/* A plain dataset, s->name, as the parameters say; `rate` is that of "@ RATE". */
int hdf5_open_plain(struct ana_ctx *ctx, struct hdf5_series *s,
                    const struct ana_params *params, double rate);

/* hdf5_times.c: samples' times (s) as a rate and stretches without a gap. One stretch at
 * `rate` where `times` is NULL.
 * Errors: ANA_EDATA for times that go back or are unevenly spaced, with the sample. */
int hdf5_take_times(struct ana_ctx *ctx, struct hdf5_series *s, hid_t from,
                    const char *times);
int hdf5_take_rate(struct ana_ctx *ctx, struct hdf5_series *s, double rate);

/* nwb.c: the series that `path` names ("" = the file's only one); 0 in *found where it
 * names a plain dataset. Fills everything of `s` but the stem. */
int nwb_open(struct ana_ctx *ctx, struct hdf5_series *s, const char *path,
             const char *position_unit, int *found);

/* nwb_electrodes.c: names, positions and regions of the channels, from the rows of the
 * electrodes table that the series points at. */
int nwb_take_electrodes(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series,
                        const char *position_unit);

/* nwb_events.c: the rows of TimeIntervals tables as events. */
int nwb_take_events(struct ana_ctx *ctx, struct hdf5_series *s);

/* Factor from a unit to mm. "auto": mm where no coordinate is beyond 300, else um. */
double hdf5_to_mm(struct ana_ctx *ctx, const struct hdf5_series *s, const char *unit,
                  int64_t n, const double *positions);

#endif
