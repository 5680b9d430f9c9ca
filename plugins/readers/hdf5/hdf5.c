/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Recordings in HDF5 files: datasets as channels over time (by path, or as NWB describes
 * them), and, where `data =` names axes, as arrays.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <anaflow/plugin.h>

#include "hdf5_series.h"

static void close_series(struct ana_ctx *ctx, void *self)
{
    struct hdf5_series *s = self;

    if (!s)
        return;
    h5_array_close(ctx, &s->data);
    h5_close(ctx, &s->file);
    hdf5_free_texts(ctx, s->n_texts, s->text);
    ana_free(ctx, s->stem);
    ana_free(ctx, s->name);
    ana_free(ctx, s->own_scale);
    ana_free(ctx, s->unit);
    ana_free(ctx, s->channel);
    ana_free(ctx, s->segment);
    ana_free(ctx, s->event);
    ana_free(ctx, s);
}

static int open_named(struct ana_ctx *ctx, struct hdf5_series *s,
                      const struct ana_params *params, double rate)
{
    const char *asked = ana_param_text(params, "dataset");
    int nwb = 0;
    int rc = nwb_open(ctx, s, asked, ana_param_text(params, "positions-unit"), &nwb);

    if (rc != 0 || nwb)
        return rc;
    if (!*asked)
        return ana_fail(
            ctx, ANA_EPARAM,
            "%s: holds no ElectricalSeries of NWB: say which dataset it is with "
            "`dataset = /a/b` and its `rate`; `anaflow inspect` lists them",
            s->file.path);
    s->name = ana_strdup(ctx, asked);
    return s->name ? hdf5_open_plain(ctx, s, params, rate) : ANA_ERESOURCE;
}

static int open_series(struct ana_ctx *ctx, const struct ana_params *params, double rate,
                       const char *path, struct series_file *file)
{
    struct hdf5_series *s = ana_alloc(ctx, 1, sizeof *s);
    int rc = s ? 0 : ANA_ERESOURCE;

    file->self = s;
    if (rc != 0)
        return rc;
    s->file.id = s->data.id = -1;
    s->scale = 1;
    s->stem = series_stem(ctx, path);
    rc = s->stem ? h5_open(ctx, path, &s->file) : ANA_ERESOURCE;
    if (rc == 0)
        rc = open_named(ctx, s, params, rate);
    if (rc == 0)
        rc = h5_array_keep(ctx, &s->data, s->time_axis);
    if (rc != 0)
        return rc;
    file->path = s->file.path;
    file->stem = s->stem;
    file->n_channels = s->n_channels;
    file->channels = s->channel;
    file->n_segments = s->n_segments;
    file->segments = s->segment;
    file->n_events = s->n_events;
    file->events = s->event;
    file->memory = h5_array_memory(&s->data);
    file->holds = s->data.holds;
    return 0;
}

static void scale(const struct hdf5_series *s, int64_t n, int64_t V,
                  const int64_t *channels, double *out)
{
    for (int64_t i = 0; i < n * V; i++) {
        const double own = s->own_scale ? s->own_scale[channels[i % V]] : 1;

        out[i] = out[i] * s->scale * own + s->offset;
    }
}

static int read_series(struct ana_ctx *ctx, const struct series_file *file, int64_t first,
                       int64_t n, int64_t V, const int64_t *channels, int is_f32,
                       void *out)
{
    enum { ROWS = 1 << 14 };
    struct hdf5_series *s = file->self;
    const int plain = s->scale == 1 && s->offset == 0 && !s->own_scale;
    const int t = s->time_axis, wide = s->data.ndim == 2;
    double *values = NULL;
    int rc = 0;

    if (n == 0 || V == 0)
        return 0;
    if (is_f32 && !plain) { /* scaled in float64, rounded once */
        values = ana_alloc(ctx, (n < ROWS ? n : ROWS) * V, sizeof *values);
        if (!values)
            return ANA_ERESOURCE;
    }
    for (int64_t row = 0; rc == 0 && row < n;) {
        const int64_t count = values && n - row > ROWS ? ROWS : n - row;
        struct h5_box box = {.pick_axis = wide ? 1 - t : -1,
                             .pick = channels,
                             .is_f32 = is_f32 && plain,
                             .out = values ? (void *)values : out};

        box.first[t] = first + row;
        box.count[t] = count;
        box.stride[t] = V;
        if (wide) {
            box.count[1 - t] = V;
            box.stride[1 - t] = 1;
        }
        rc = h5_array_read(ctx, &s->data, &box);
        if (rc == 0 && !plain)
            scale(s, count, V, channels, box.out);
        for (int64_t i = 0; rc == 0 && values && i < count * V; i++)
            ((float *)out)[row * V + i] = (float)values[i];
        row += count;
    }
    ana_free(ctx, values);
    if (first + n >= s->n_times)
        h5_array_forget(ctx, &s->data);
    return rc;
}

static const struct series_format format = {
    .advice = "", .read = read_series, .close = close_series, .open_as = open_series};

/* Either of the two. */
struct recording {
    void *series;
    struct ana_arrays *arrays;
};

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    uint8_t head[4096] = {0};
    struct stat st;
    FILE *file = source->n_files > 0 && stat(source->files[0], &st) == 0 &&
                         S_ISREG(st.st_mode) /* a pipe would be waited for */
                     ? fopen(source->files[0], "rb")
                     : NULL;
    const int64_t n = file ? (int64_t)fread(head, 1, sizeof head, file) : 0;
    const int kind = h5_kind(head, n);

    (void)ctx;
    if (file)
        fclose(file);
    *confidence = kind == 1 ? 90 : kind == 2 ? 50 : 0; /* MATLAB's are mat's first */
    return 0;
}

static void close_recording(struct ana_ctx *ctx, void *self)
{
    struct recording *r = self;

    if (!r)
        return;
    series_close(ctx, r->series);
    ana_arrays_close(ctx, r->arrays);
    ana_free(ctx, r);
}

static int open_arrays(struct ana_ctx *ctx, const struct ana_params *params,
                       const struct ana_source *source, struct ana_arrays **out)
{
    int rc = ana_arrays_open(ctx, &h5_arrays_format, source, out);

    return rc == 0
               ? ana_arrays_set_targets(ctx, *out, ana_param_text(params, "positions"),
                                        ana_param_text(params, "regions"))
               : rc;
}

static int open_recording(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_source *source, void **self)
{
    const struct ana_array_var *var = &source->var;
    const int arrays = var->name || var->n_axes > 0 || var->cells;
    struct recording *r = ana_alloc(ctx, 1, sizeof *r);
    int rc;

    *self = NULL;
    if (!r)
        return ANA_ERESOURCE;
    rc = arrays ? open_arrays(ctx, params, source, &r->arrays)
                : series_open(ctx, &format, params, source, &r->series);
    if (rc == 0)
        *self = r;
    else
        close_recording(ctx, r);
    return rc;
}

static int describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    const struct recording *r = self;

    return r->arrays ? ana_arrays_describe(ctx, r->arrays, info)
                     : series_describe(ctx, r->series, info);
}

static int read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out)
{
    const struct recording *r = self;

    return r->arrays
               ? ana_arrays_read(ctx, r->arrays, run, first, n, targets, n_targets, out)
               : series_read(ctx, r->series, run, first, n, targets, n_targets, out);
}

static int labels(struct ana_ctx *ctx, void *self, const char *variable, int64_t *n,
                  char ***out)
{
    const struct recording *r = self;

    if (r->arrays)
        return ana_arrays_labels(ctx, r->arrays, variable, n, out);
    return ana_fail(ctx, ANA_EPARAM,
                    "labels stand beside rows, and this is a time series");
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    return ana_arrays_list(ctx, &h5_arrays_format, path, n, entries);
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_UNTRUSTED_LIB |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = open_recording,
                                        .describe = describe,
                                        .read = read,
                                        .close = close_recording,
                                        .list = list,
                                        .labels = labels};

#define TEXT(key, what)                                                                  \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_TEXT, .name = key,           \
        .fallback = "", .help = what                                                     \
    }

static const struct ana_param params[] = {
    TEXT("dataset", "path of a dataset or ElectricalSeries, \"/a/b\"; default: the only "
                    "ElectricalSeries"),
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "rate",
     .fallback = "0 Hz",
     .max = 1e9,
     .unit = "Hz",
     .help = "samples a second; 0 = what `times` or an attribute of the dataset says"},
    TEXT("times", "dataset with the seconds of each sample; a gap begins a run"),
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "time-axis",
     .fallback = "auto",
     .choices = "auto|first|last",
     .help = "dimension that is time; auto: the first, which must be the longer one"},
    TEXT("names", "dataset with the channels' names"),
    TEXT("unit", "of the values; default: the dataset's attribute `unit`"),
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "scale",
     .fallback = "1",
     .help = "value = stored x scale + offset, where `dataset` is no NWB series"},
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_REAL,
     .name = "offset",
     .fallback = "0",
     .help = "see `scale`"},
    TEXT("positions", "dataset with x, y, z of each channel"),
    {.size = sizeof(struct ana_param),
     .type = ANA_PARAM_CHOICE,
     .name = "positions-unit",
     .fallback = "auto",
     .choices = "auto|mm|um|cm|m",
     .help = "of the positions; auto: mm where none is beyond 300, else um"},
    TEXT("regions", "dataset with the region of each channel"),
    SERIES_PARAMS};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "hdf5",
    .version = "1.0",
    .summary = "HDF5 datasets by path, NWB's ElectricalSeries, MATLAB v7.3",
    .licence = "BSD-3-Clause",
    .citation = "Ruebel et al. 2022, eLife 11:e78362 (NWB)",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
