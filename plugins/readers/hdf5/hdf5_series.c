/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One dataset as channels over time, as the parameters say: `dataset`, `rate` or `times`,
 * `time-axis`, `names`, `positions`, `regions`, `unit`, `scale`, `offset`.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hdf5_series.h"

const char *hdf5_keep(struct ana_ctx *ctx, struct hdf5_series *s, char *take_text)
{
    if (take_text && s->n_texts == s->room_texts) {
        const int64_t room = s->room_texts ? 2 * s->room_texts : 64;
        char **grown = ana_alloc(ctx, room, sizeof *grown);

        if (grown && s->n_texts > 0)
            memcpy(grown, s->text, (size_t)s->n_texts * sizeof *grown);
        if (grown) {
            ana_free(ctx, s->text);
            s->text = grown;
            s->room_texts = room;
        }
    }
    if (!take_text || s->n_texts == s->room_texts) {
        ana_free(ctx, take_text);
        return NULL;
    }
    return s->text[s->n_texts++] = take_text;
}

void hdf5_free_texts(struct ana_ctx *ctx, int64_t n, char **texts)
{
    for (int64_t i = 0; texts && i < n; i++)
        ana_free(ctx, texts[i]);
    ana_free(ctx, texts);
}

/* Open what stands at a path; array->id < 0 where nothing does. */
static int open_any(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t from,
                    const char *path, struct h5_array *array)
{
    hid_t object;
    int rc = h5_find_any(ctx, &s->file, from, path, &object);

    *array = (struct h5_array){.id = -1};
    if (rc != 0 || object < 0)
        return rc;
    return h5_array_open(ctx, &s->file, object, path, array);
}

int hdf5_numbers(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t from,
                 const char *path, int64_t *n, double **numbers)
{
    struct h5_array array;
    int rc = open_any(ctx, s, from, path, &array);

    *n = 0;
    *numbers = NULL;
    if (rc == 0 && array.id >= 0)
        rc = h5_array_numbers(ctx, &array, n, numbers);
    h5_array_close(ctx, &array);
    return rc;
}

int hdf5_texts(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t from,
               const char *path, int64_t *n, char ***texts)
{
    struct h5_array array;
    int rc = open_any(ctx, s, from, path, &array);

    *n = 0;
    *texts = NULL;
    if (rc == 0 && array.id >= 0)
        rc = h5_array_text(ctx, &array, n, texts);
    h5_array_close(ctx, &array);
    return rc;
}

int hdf5_name_channel(struct ana_ctx *ctx, struct hdf5_series *s, int64_t i,
                      const char *name)
{
    s->channel[i].name = hdf5_keep(ctx, s, ana_strdup(ctx, name));
    return s->channel[i].name ? 0 : ANA_ERESOURCE;
}

int hdf5_make_channels(struct ana_ctx *ctx, struct hdf5_series *s)
{
    int rc = 0;

    if (s->n_channels > 1 << 20)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%s` would have %lld channels; which dimension is time says "
                        "`time-axis`",
                        s->file.path, s->name, (long long)s->n_channels);
    s->channel = ana_alloc(ctx, s->n_channels, sizeof *s->channel);
    if (!s->channel)
        return ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < s->n_channels; i++) {
        char name[24];

        snprintf(name, sizeof name, "%lld", (long long)i + 1);
        s->channel[i] = (struct series_channel){.unit = s->unit,
                                                .rate = s->rate,
                                                .per_frame = 1,
                                                .position = {NAN, NAN, NAN}};
        rc = hdf5_name_channel(ctx, s, i, name);
    }
    return rc;
}

double hdf5_to_mm(struct ana_ctx *ctx, const struct hdf5_series *s, const char *unit,
                  int64_t n, const double *positions)
{
    double most = 0;

    if (strcmp(unit, "auto") != 0)
        return strcmp(unit, "m") == 0    ? 1000
               : strcmp(unit, "cm") == 0 ? 10
               : strcmp(unit, "um") == 0 ? .001
                                         : 1;
    for (int64_t i = 0; i < n; i++)
        most = isfinite(positions[i]) && fabs(positions[i]) > most ? fabs(positions[i])
                                                                   : most;
    if (most > 0)
        ana_warn(ctx,
                 "%s: the electrodes' positions were taken for %s, since the largest "
                 "coordinate is %g; `positions-unit` says it for sure",
                 s->file.path, most > 300 ? "micrometres" : "millimetres", most);
    return most > 300 ? .001 : 1;
}

/* Names, positions and regions of the channels from datasets of the same file. */
static int take_names(struct ana_ctx *ctx, struct hdf5_series *s, const char *path)
{
    char **texts = NULL;
    int64_t n = 0;
    int rc = h5_arrays_format.text(ctx, &s->file, path, &n, &texts);

    if (rc == 0 && n != s->n_channels)
        rc =
            ana_fail(ctx, ANA_EDATA, "%s: `%s` names %lld channels and `%s` has %lld",
                     s->file.path, path, (long long)n, s->name, (long long)s->n_channels);
    for (int64_t i = 0; rc == 0 && i < n; i++)
        rc = hdf5_name_channel(ctx, s, i, texts[i]);
    hdf5_free_texts(ctx, n, texts);
    return rc;
}

static int take_regions(struct ana_ctx *ctx, struct hdf5_series *s, const char *path)
{
    char **texts = NULL;
    int64_t n = 0;
    int rc = h5_arrays_format.text(ctx, &s->file, path, &n, &texts);

    if (rc == 0 && n != s->n_channels)
        rc =
            ana_fail(ctx, ANA_EDATA, "%s: `%s` has %lld regions and `%s` %lld channels",
                     s->file.path, path, (long long)n, s->name, (long long)s->n_channels);
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        s->channel[i].region = hdf5_keep(ctx, s, ana_strdup(ctx, texts[i]));
        rc = s->channel[i].region ? 0 : ANA_ERESOURCE;
    }
    hdf5_free_texts(ctx, n, texts);
    return rc;
}

/* channels x 3, in the order that the file's language gives the dimensions. */
static int take_positions(struct ana_ctx *ctx, struct hdf5_series *s, const char *path,
                          const char *unit)
{
    const struct ana_array_file_vt *format = &h5_arrays_format;
    int64_t shape[ANA_MAX_DIMS];
    int32_t dtype = 0, ndim = 0;
    struct ana_tensor table = {0};
    int rc = format->shape(ctx, &s->file, path, -1, &dtype, &ndim, shape);

    if (rc == 0 && (!dtype || ndim != 2 || shape[0] != s->n_channels || shape[1] != 3))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` was expected to be %lld x 3: x, y, z of each channel",
                      s->file.path, path, (long long)s->n_channels);
    if (rc == 0)
        rc = ana_tensor_create(ctx, ANA_F64, 2, shape, &table);
    if (rc == 0)
        rc = format->load(ctx, &s->file, path, -1, &table);
    if (rc == 0) {
        const double *x = table.data;
        const double factor = hdf5_to_mm(ctx, s, unit, 3 * s->n_channels, x);

        for (int64_t i = 0; i < 3 * s->n_channels; i++)
            s->channel[i / 3].position[i % 3] = factor * x[i];
    }
    ana_tensor_finish(&table);
    return rc;
}

/* Which dimension is time. MATLAB's first is HDF5's last. */
static int take_axes(struct ana_ctx *ctx, struct hdf5_series *s, const char *asked)
{
    struct h5_array *data = &s->data;
    const int first = s->file.matlab ? data->ndim - 1 : 0, last = data->ndim - 1 - first;

    if (!data->dtype)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%s` at byte %lld holds %s; numbers were expected",
                        s->file.path, s->name,
                        (long long)h5_header_of(&s->file, s->data.id), data->what);
    if (data->ndim < 1 || data->ndim > 2)
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` has %d dimensions; time and channel were expected (name "
            "the axes otherwise: `data = FILE : %s(stimulus, time, target)`)",
            s->file.path, s->name, data->ndim, s->name);
    s->time_axis = strcmp(asked, "last") == 0 ? last : first;
    s->n_times = data->shape[s->time_axis];
    s->n_channels = data->ndim == 2 ? data->shape[1 - s->time_axis] : 1;
    if (s->n_times < 1 || s->n_channels < 1)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` is empty", s->file.path, s->name);
    if (strcmp(asked, "auto") == 0 && s->n_channels > s->n_times)
        return ana_fail(ctx, ANA_EPARAM,
                        "%s: `%s` is %lld x %lld; say which of them is time with "
                        "`time-axis = first` or `last`",
                        s->file.path, s->name, (long long)s->n_times,
                        (long long)s->n_channels);
    return 0;
}

static int take_unit(struct ana_ctx *ctx, struct hdf5_series *s, const char *asked)
{
    int rc = 0;

    if (*asked)
        s->unit = ana_strdup(ctx, asked);
    else
        rc = h5_attribute_text(ctx, &s->file, s->data.id, "unit", &s->unit);
    if (rc == 0 && !s->unit)
        rc = h5_attribute_text(ctx, &s->file, s->data.id, "units", &s->unit);
    if (rc == 0 && !s->unit)
        s->unit = ana_strdup(ctx, "");
    return rc == 0 && !s->unit ? ANA_ERESOURCE : rc;
}

/* The rate: `times`, `rate`, "@ RATE", or an attribute of the dataset. */
static int take_clock(struct ana_ctx *ctx, struct hdf5_series *s,
                      const struct ana_params *params, double rate)
{
    static const char *const names[] = {"rate", "sampling_rate", "fs", "sfreq", "srate"};
    const char *times = ana_param_text(params, "times");
    double own = ana_param_real(params, "rate");
    int there = 0, rc = 0;

    if (*times)
        return hdf5_take_times(ctx, s, -1, times);
    own = own > 0 ? own : rate;
    for (size_t i = 0; rc == 0 && own <= 0 && !there && i < sizeof names / sizeof *names;
         i++) {
        double value;

        rc = h5_attribute_number(ctx, &s->file, s->data.id, names[i], &value, &there);
        if (there && value > 0)
            own = value;
    }
    if (rc == 0 && own <= 0)
        rc =
            ana_fail(ctx, ANA_EPARAM,
                     "%s: nothing says at which rate `%s` was sampled; write `rate = 512 "
                     "Hz`, or name the dataset with its seconds with `times`",
                     s->file.path, s->name);
    return rc == 0 ? hdf5_take_rate(ctx, s, own) : rc;
}

int hdf5_open_plain(struct ana_ctx *ctx, struct hdf5_series *s,
                    const struct ana_params *params, double rate)
{
    const char *names = ana_param_text(params, "names");
    const char *positions = ana_param_text(params, "positions");
    const char *regions = ana_param_text(params, "regions");
    struct h5_place place;
    int rc = h5_place(ctx, &s->file, s->name, -1, &place);

    if (rc == 0 && place.n > 0)
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: `%s` is a cell array of %lld; take its cells as runs with `data "
            "= FILE : %s{*}(time, target) @ RATE`",
            s->file.path, s->name, (long long)place.n, s->name);
    if (rc == 0) {
        rc = h5_array_open(ctx, &s->file, place.object, s->name, &s->data);
        place.object = -1;
    }
    h5_place_finish(ctx, &place);
    if (rc == 0)
        rc = take_axes(ctx, s, ana_param_text(params, "time-axis"));
    if (rc == 0)
        rc = take_unit(ctx, s, ana_param_text(params, "unit"));
    if (rc == 0)
        rc = take_clock(ctx, s, params, rate);
    if (rc == 0)
        rc = hdf5_make_channels(ctx, s);
    if (rc == 0 && *names)
        rc = take_names(ctx, s, names);
    if (rc == 0 && *positions)
        rc = take_positions(ctx, s, positions, ana_param_text(params, "positions-unit"));
    if (rc == 0 && *regions)
        rc = take_regions(ctx, s, regions);
    s->scale = ana_param_real(params, "scale");
    s->offset = ana_param_real(params, "offset");
    return rc;
}
