/* SPDX-License-Identifier: BSD-3-Clause
 *
 * EEGLAB's .set: a struct EEG (or its fields at the top) with the samples in it, or in a
 * .fdt beside it: float32, channels fastest. Epochs follow one another: a segment each.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <anaflow/files.h>
#include <anaflow/plugin.h>

#include "../lib/places.h"
#include "../lib/series.h"
#include "mat5.h"

enum { NAME = 64, TEXT = 128, CHUNK = 4 << 20 };

struct set {
    char *path, *stem, *fdt;
    struct m5_file file;
    struct m5 data; /* embedded */
    int fd;         /* of the .fdt; -1 = embedded */
    double rate;
    int64_t n_channels, pnts, trials;
    struct series_channel *channels;
    char *names; /* n_channels x NAME */
    int has_places;
    struct series_segment *segments;
    int64_t n_events;
    struct series_event *events;
    char *texts; /* n_events x TEXT */
};

static void close_set(struct ana_ctx *ctx, void *self)
{
    struct set *s = self;

    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    m5_finish(ctx, &s->file);
    ana_free(ctx, s->channels);
    ana_free(ctx, s->names);
    ana_free(ctx, s->segments);
    ana_free(ctx, s->events);
    ana_free(ctx, s->texts);
    ana_free(ctx, s->fdt);
    ana_free(ctx, s->stem);
    ana_free(ctx, s->path);
    ana_free(ctx, s);
}

/* A field of EEG, wherever it stands. */
static int get(const struct set *s, const char *name, struct m5 *out)
{
    const struct m5 *eeg = m5_find(&s->file, "EEG"), *own = m5_find(&s->file, name);

    if (eeg)
        return m5_field(eeg, name, out);
    memset(out, 0, sizeof *out);
    if (own)
        *out = *own;
    return own != NULL;
}

/* Where a field stands, or EEG where there is none of that name. */
static const char *place(const struct set *s, const struct m5 *field, char out[48])
{
    m5_place(&s->file, field && field->data ? field : m5_find(&s->file, "EEG"), out);
    return out;
}

static int get_count(struct ana_ctx *ctx, const struct set *s, const char *name,
                     int64_t *out)
{
    struct m5 a;
    const double value = get(s, name, &a) ? m5_number(&a, 0) : (double)NAN;
    char at[48];

    if (isnan(value))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: EEG.%s (%s): expected a whole number from 1 on, and there "
                        "is none; save the data set again in EEGLAB",
                        s->path, name, place(s, &a, at));
    if (!(value >= 1 && value < 1e15 && value == floor(value)))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: EEG.%s (%s): expected a whole number from 1 on, found %g",
                        s->path, name, place(s, &a, at), value);
    *out = (int64_t)value;
    return 0;
}

static int take_sizes(struct ana_ctx *ctx, struct set *s)
{
    struct m5 a;
    int64_t all;
    char at[48];
    int rc = 0;

    if (!m5_find(&s->file, "EEG") && !m5_find(&s->file, "nbchan"))
        rc = ana_fail(
            ctx, ANA_EDATA,
            "%s: holds no `EEG` from byte 128 on, as a data set of EEGLAB does; a "
            "MATLAB file of other arrays is read by `plugin = mat`",
            s->path);
    if (rc == 0)
        rc = get_count(ctx, s, "nbchan", &s->n_channels);

    if (rc == 0)
        rc = get_count(ctx, s, "pnts", &s->pnts);
    if (rc == 0)
        rc = get_count(ctx, s, "trials", &s->trials);
    s->rate = rc == 0 && get(s, "srate", &a) ? m5_number(&a, 0) : 0;
    if (rc == 0 && !(s->rate > 0 && s->rate < 1e9))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: EEG.srate (%s): expected a rate above 0 Hz, found %g", s->path,
                      place(s, &a, at), s->rate);
    if (rc == 0 &&
        (__builtin_mul_overflow(s->pnts, s->trials, &all) ||
         __builtin_mul_overflow(all, s->n_channels, &all) || all > INT64_MAX / 8))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: EEG.pnts, trials and nbchan (%s) are more samples than a file "
                      "can hold",
                      s->path, place(s, NULL, at));
    return rc;
}

/* The .fdt that the .set names, in its own folder; or the one of its own name, where both
 * were renamed. */
static int find_fdt(struct ana_ctx *ctx, struct set *s, const char *named)
{
    const char *slash = strrchr(s->path, '/'), *base = strrchr(named, '/');
    const int n = slash ? (int)(slash - s->path) + 1 : 0;
    const char *back = strrchr(named, '\\');
    char path[4300];

    base = base && base > (back ? back : named) ? base + 1 : back ? back + 1 : named;
    if (strlen(s->path) > 4000)
        return ana_fail(ctx, ANA_EDATA, "%s: the name is too long", s->path);
    snprintf(path, sizeof path, "%.*s%.200s", n, s->path, base);
    if (access(path, R_OK) != 0) {
        snprintf(path, sizeof path, "%.*s%.200s.fdt", n, s->path, s->stem);
        if (access(path, R_OK) != 0)
            return ana_fail(ctx, ANA_EDATA,
                            "%s: its samples are in %.200s, which is not beside it",
                            s->path, base);
        ana_warn(ctx, "%s: names %.200s, which is not there; %s was read instead",
                 s->path, base, path);
    }
    s->fdt = ana_strdup(ctx, path);
    return s->fdt ? 0 : ANA_ERESOURCE;
}

static int open_fdt(struct ana_ctx *ctx, struct set *s)
{
    const int64_t need = 4 * s->n_channels * s->pnts * s->trials;
    struct stat status;
    const int rc = ana_file_check(ctx, s->fdt);

    if (rc != 0)
        return rc;
    s->fd = open(s->fdt, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0)
        return ana_fail(ctx, ANA_EDATA, "%s: cannot be opened: %s", s->fdt,
                        strerror(errno));
    if (fstat(s->fd, &status) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: %s", s->fdt, strerror(errno));
    if ((int64_t)status.st_size == need)
        return 0;
    return ana_fail(
        ctx, ANA_EDATA,
        "%s: %lld channels x %lld samples x %lld trials of %s end at byte %lld "
        "and it ends at byte %lld; copy both files again",
        s->fdt, (long long)s->n_channels, (long long)s->pnts, (long long)s->trials,
        s->path, (long long)need, (long long)status.st_size);
}

static int take_data(struct ana_ctx *ctx, struct set *s)
{
    char name[512], at[48];
    int rc;

    if (!get(s, "data", &s->data))
        return ana_fail(ctx, ANA_EDATA, "%s: has no EEG.data (%s)", s->path,
                        place(s, NULL, at));
    if (s->data.class_ == M5_CHAR) {
        m5_text(&s->data, name, sizeof name);
        rc = find_fdt(ctx, s, name);
        return rc == 0 ? open_fdt(ctx, s) : rc;
    }
    if (s->data.class_ != 6 && s->data.class_ != 7)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: EEG.data (%s): expected real numbers or the name of a file",
                        s->path, place(s, &s->data, at));
    if (s->data.complex_)
        return ana_fail(ctx, ANA_EDATA, "%s: EEG.data (%s): holds complex numbers",
                        s->path, place(s, &s->data, at));
    if (s->data.n != s->n_channels * s->pnts * s->trials || s->data.rows != s->n_channels)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: EEG.data (%s): %lld channels x %lld samples x %lld trials "
                        "were expected, found %lld values in %lld rows",
                        s->path, place(s, &s->data, at), (long long)s->n_channels,
                        (long long)s->pnts, (long long)s->trials, (long long)s->data.n,
                        (long long)s->data.rows);
    return 0;
}

static int damaged(struct ana_ctx *ctx, const struct set *s, const char *field)
{
    struct m5 a;
    char at[48];

    get(s, field, &a);
    return ana_fail(ctx, ANA_EDATA,
                    "%s: EEG.%s (%s): its parts do not fit into it; the file is "
                    "damaged, copy it again",
                    s->path, field, place(s, &a, at));
}

/* Names and places of the channels; "1", "2", ... where there are no names. */
static int take_channels(struct ana_ctx *ctx, struct set *s)
{
    struct m5_walk walk = {0};
    struct m5 locs, value;
    char at[48];

    s->channels = ana_alloc(ctx, s->n_channels, sizeof *s->channels);
    s->names = ana_alloc(ctx, s->n_channels, NAME);
    if (!s->channels || !s->names)
        return ANA_ERESOURCE;
    for (int64_t c = 0; c < s->n_channels; c++) {
        snprintf(s->names + c * NAME, NAME, "%lld", (long long)c + 1);
        s->channels[c] =
            (struct series_channel){.name = s->names + c * NAME,
                                    .unit = "uV",
                                    .rate = s->rate,
                                    .per_frame = 1,
                                    .position = {(double)NAN, (double)NAN, (double)NAN}};
    }
    get(s, "chanlocs", &locs);
    if (locs.class_ != M5_STRUCT || locs.n == 0)
        return 0;
    if (locs.n != s->n_channels)
        return ana_fail(
            ctx, ANA_EDATA, "%s: EEG.chanlocs (%s): expected %lld channels, found %lld",
            s->path, place(s, &locs, at), (long long)s->n_channels, (long long)locs.n);
    while (m5_next(&locs, &walk, &value)) {
        struct series_channel *c = &s->channels[walk.element];
        char name[NAME];

        if (m5_at(&locs, &walk, "labels")) {
            m5_text(&value, name, sizeof name);
            if (*name)
                memcpy(s->names + walk.element * NAME, name, sizeof name);
        }
        for (int d = 0; d < 3; d++)
            if (m5_at(&locs, &walk, (const char *const[]){"X", "Y", "Z"}[d]) &&
                value.n == 1) {
                c->position[d] = m5_number(&value, 0);
                s->has_places |= isfinite(c->position[d]);
            }
    }
    if (walk.bad)
        return damaged(ctx, s, "chanlocs");
    places_to_mm(ctx, s->path, s->n_channels,
                 (int64_t)(sizeof *s->channels / sizeof(double)),
                 s->channels[0].position);
    return 0;
}

static int take_segments(struct ana_ctx *ctx, struct set *s)
{
    s->segments = ana_alloc(ctx, s->trials, sizeof *s->segments);
    for (int64_t t = 0; s->segments && t < s->trials; t++)
        s->segments[t] = (struct series_segment){t * s->pnts, s->pnts,
                                                 (double)(t * s->pnts) / s->rate};
    return s->segments ? 0 : ANA_ERESOURCE;
}

/* Latencies count samples from 1, of all trials one after another. */
static int take_events(struct ana_ctx *ctx, struct set *s)
{
    struct m5_walk walk = {0};
    struct m5 events, value;
    char at[48];

    get(s, "event", &events);
    if (events.class_ != M5_STRUCT || events.n == 0)
        return 0;
    if (events.n > events.bytes / 8)
        return damaged(ctx, s, "event");
    s->events = ana_alloc(ctx, events.n, sizeof *s->events);
    s->texts = ana_alloc(ctx, events.n, TEXT);
    if (!s->events || !s->texts)
        return ANA_ERESOURCE;
    s->n_events = events.n;
    for (int64_t e = 0; e < s->n_events; e++)
        s->events[e] = (struct series_event){0, (double)NAN, s->texts + e * TEXT};
    while (m5_next(&events, &walk, &value)) {
        struct series_event *e = &s->events[walk.element];

        if (m5_at(&events, &walk, "type"))
            m5_text(&value, s->texts + walk.element * TEXT, TEXT);
        else if (m5_at(&events, &walk, "latency")) {
            e->onset = (m5_number(&value, 0) - 1) / s->rate;
            if (!isfinite(e->onset))
                return ana_fail(ctx, ANA_EDATA,
                                "%s: EEG.event(%lld).latency (%s) is no number", s->path,
                                (long long)walk.element + 1, place(s, &value, at));
        } else if (m5_at(&events, &walk, "duration") && value.n == 1)
            e->duration = m5_number(&value, 0) / s->rate;
    }
    for (int64_t e = 0; !walk.bad && e < s->n_events; e++)
        if (!isfinite(s->events[e].onset))
            return ana_fail(ctx, ANA_EDATA,
                            "%s: EEG.event(%lld) (%s) has no latency that is a number",
                            s->path, (long long)e + 1, place(s, &events, at));
    return walk.bad ? damaged(ctx, s, "event") : 0;
}

static int open_set(struct ana_ctx *ctx, const char *path, struct series_file *out)
{
    struct set *s = ana_alloc(ctx, 1, sizeof *s);
    int rc;

    if (!s)
        return ANA_ERESOURCE;
    s->fd = -1;
    s->path = ana_strdup(ctx, path);
    s->stem = series_stem(ctx, path);
    rc = s->path && s->stem ? m5_read(ctx, s->path, &s->file) : ANA_ERESOURCE;
    if (rc == 0)
        rc = take_sizes(ctx, s);
    if (rc == 0)
        rc = take_data(ctx, s);
    if (rc == 0)
        rc = take_channels(ctx, s);
    if (rc == 0)
        rc = take_segments(ctx, s);
    if (rc == 0)
        rc = take_events(ctx, s);
    if (rc != 0) {
        close_set(ctx, s);
        return rc;
    }
    out->path = s->path;
    out->stem = s->stem;
    out->n_channels = s->n_channels;
    out->channels = s->channels;
    out->n_segments = s->trials;
    out->segments = s->segments;
    out->n_events = s->n_events;
    out->events = s->events;
    out->space = s->has_places ? "EEGLAB" : "";
    out->more[0] = s->fdt;
    out->self = s;
    return 0;
}

static void put(void *out, int is_f32, int64_t at, double value)
{
    if (is_f32)
        ((float *)out)[at] = (float)value;
    else
        ((double *)out)[at] = value;
}

/* Samples of the .fdt, a stretch of all channels at a time. */
static int read_fdt(struct ana_ctx *ctx, const struct set *s, int64_t first, int64_t n,
                    int64_t V, const int64_t *channels, int is_f32, void *out)
{
    const int64_t width = 4 * s->n_channels, most = CHUNK / width > 0 ? CHUNK / width : 1;
    uint8_t *chunk = ana_alloc(ctx, most * width, 1);
    int rc = chunk ? 0 : ANA_ERESOURCE;

    for (int64_t at = 0; rc == 0 && at < n; at += most) {
        const int64_t count = n - at < most ? n - at : most;

        for (int64_t done = 0; rc == 0 && done < count * width;) {
            const ssize_t got = pread(s->fd, chunk + done, (size_t)(count * width - done),
                                      (first + at) * width + done);

            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                rc = ana_fail(ctx, ANA_EDATA, "%s: byte %lld cannot be read", s->fdt,
                              (long long)((first + at) * width + done));
            done += got;
        }
        for (int64_t t = 0; rc == 0 && t < count; t++)
            for (int64_t v = 0; v < V; v++) {
                float f;

                memcpy(&f, chunk + t * width + 4 * channels[v], sizeof f);
                put(out, is_f32, (at + t) * V + v, (double)f);
            }
    }
    ana_free(ctx, chunk);
    return rc;
}

static int read_set(struct ana_ctx *ctx, const struct series_file *series, int64_t first,
                    int64_t n, int64_t V, const int64_t *channels, int is_f32, void *out)
{
    const struct set *s = series->self;

    if (s->fd >= 0)
        return read_fdt(ctx, s, first, n, V, channels, is_f32, out);
    for (int64_t t = 0; t < n; t++)
        for (int64_t v = 0; v < V; v++)
            put(out, is_f32, t * V + v,
                m5_number(&s->data, (first + t) * s->n_channels + channels[v]));
    return 0;
}

static const struct series_format format = {
    .advice = "a .set names its own channels; write `data = FILES.set` and choose with "
              "`channels`",
    .open = open_set,
    .read = read_set,
    .close = close_set};

static int probe(struct ana_ctx *ctx, const struct ana_source *source,
                 int32_t *confidence)
{
    const char *path = source->n_files > 0 ? source->files[0] : "";
    const char *dot = strrchr(path, '.');
    char head[16] = "";
    FILE *file = dot && strcasecmp(dot, ".set") == 0 ? fopen(path, "rb") : NULL;

    (void)ctx;
    *confidence = file ? 20 : 0;
    if (file) {
        if (fread(head, 1, 10, file) == 10 && strncmp(head, "MATLAB ", 7) == 0)
            *confidence = 100;
        fclose(file);
    }
    return 0;
}

static int open_recording(struct ana_ctx *ctx, const struct ana_params *params,
                          const struct ana_source *source, void **self)
{
    return series_open(ctx, &format, params, source, self);
}

static int list(struct ana_ctx *ctx, const char *path, int64_t *n,
                struct ana_entry **entries)
{
    return series_list(ctx, &format, ANA_F32, path, n, entries);
}

static const struct ana_reader_vt vt = {.size = sizeof vt,
                                        .flags = ANA_READER_RANDOM_ACCESS |
                                                 ANA_READER_SELF_DESCRIBING,
                                        .probe = probe,
                                        .open = open_recording,
                                        .describe = series_describe,
                                        .read = series_read,
                                        .close = series_close,
                                        .list = list};

static const struct ana_param params[] = {SERIES_PARAMS};

ANA_PLUGIN_EXPORT const struct ana_plugin anaflow_plugin = {
    ANA_PLUGIN_HEAD(ANA_KIND_READER),
    .id = "eeglab",
    .version = "1.0",
    .summary = "EEGLAB data sets (.set, with or without .fdt)",
    .licence = "BSD-3-Clause",
    .citation = "Delorme & Makeig 2004, J. Neurosci. Methods 134:9",
    .params = params,
    .n_params = sizeof params / sizeof *params,
    .reader = &vt,
};
