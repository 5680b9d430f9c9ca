/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_SERIES_H
#define READERS_SERIES_H

#include <anaflow/reader.h>

/* A recording made of files of channels over time: what EDF, BrainVision and EEGLAB
 * share. A format writes open, read and close for one file; this makes the reader: the
 * first file's wanted channels are the targets, found by name in the others; every file
 * is a run, and where a file has gaps, every stretch between them is one. */

struct series_channel {
    const char *name, *unit; /* UTF-8 */
    double rate;             /* Hz */
    int64_t per_frame;       /* samples a frame: 1, or what a record of EDF has */
    double position[3];      /* mm; NaN = unknown */
    int text;                /* 1 = holds no numbers: never a target */
    int aside;               /* 1 = a target only where it is named: triggers */
    int bad;                 /* 1 = the file marks it so */
    const char *region;      /* NULL = unknown */
};

/* Frames that follow one another without a gap. */
struct series_segment {
    int64_t first, n; /* frames */
    double onset;     /* s after the file's first frame */
};

struct series_event {
    double onset, duration; /* s after the file's first frame; NaN = not given */
    const char *text;
};

/* One open file; pointers belong to `self`. */
struct series_file {
    const char *path, *stem;
    int64_t n_channels, n_segments, n_events;
    const struct series_channel *channels;
    const struct series_segment *segments;
    const struct series_event *events;
    const char *space;   /* of the channels' positions, "" = unknown */
    const char *more[2]; /* files beside `path` that it is read from; NULL = none */
    int64_t memory;      /* bytes that reading it holds up to its last sample, at most */
    int holds; /* 1 = what a read unpacks, the next need not: pieces may be small */
    void *self;
};

/* open   header, events, gaps; every size checked                    [main thread]
 * read   n samples from `first` (counted without gaps) of channels that share one rate
 *        into out (n x n_channels), float32 where is_f32, else float64 [one at a time]
 * close  free self; NULL is allowed
 * open_as  in its place, for a format whose files do not say all of themselves: with the
 *        reader's parameters, and the rate of "@ RATE" (0 = not given) */
struct series_format {
    const char *advice; /* where `data =` names axes: how it is written for this format */
    int (*open)(struct ana_ctx *ctx, const char *path, struct series_file *file);
    int (*read)(struct ana_ctx *ctx, const struct series_file *file, int64_t first,
                int64_t n, int64_t n_channels, const int64_t *channels, int is_f32,
                void *out);
    void (*close)(struct ana_ctx *ctx, void *self);
    int (*open_as)(struct ana_ctx *ctx, const struct ana_params *params, double rate,
                   const char *path, struct series_file *file); /* NULL = open */
};

struct series;

/* Of n >= 1 segments that ascend, the one in which a frame lies; the first, if before. */
const struct series_segment *series_segment_at(const struct series_segment *segments,
                                               int64_t n, int64_t frame);

/* Open a source. Reads the parameters channels, channels-table, electrodes and
 * electrodes-unit (SERIES_PARAMS).
 * Owns: the caller; release with `series_close` (NULL allowed).
 * Errors: of the format; ANA_EPARAM for channels that there are not or whose rates
 * differ; ANA_EDATA for files that do not fit together. */
int series_open(struct ana_ctx *ctx, const struct series_format *format,
                const struct ana_params *params, const struct ana_source *source,
                void **self);

/* A reader's describe, read and close, as they stand in struct ana_reader_vt. */
int series_describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info);
int series_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first, int64_t n,
                const int64_t *targets, int64_t n_targets, struct ana_tensor *out);
void series_close(struct ana_ctx *ctx, void *self);

/* A reader's list: an entry a channel, of `dtype`, and one for the events. */
int series_list(struct ana_ctx *ctx, const struct series_format *format, int32_t dtype,
                const char *path, int64_t *n, struct ana_entry **entries);

/* Bytes as UTF-8: what is none is taken for Latin-1, control characters for '?'.
 * Spaces and zero bytes around it are left out. */
void series_text(const char *bytes, int64_t n, char *out, size_t room);

/* The same with every byte of ASCII as it is, blanks and control characters too. */
void series_utf8(const char *bytes, int64_t n, char *out, size_t room);

/* File name without folder and last extension. Owns: the caller (ana_free). */
char *series_stem(struct ana_ctx *ctx, const char *path);

#define SERIES_PARAMS                                                                    \
    {.size = sizeof(struct ana_param),                                                   \
     .type = ANA_PARAM_TEXT,                                                             \
     .name = "channels",                                                                 \
     .fallback = "",                                                                     \
     .help = "channels, between commas: \"EEG *, A1\"; \"*, -ECG\" leaves one out"},     \
        {.size = sizeof(struct ana_param),                                               \
         .type = ANA_PARAM_PATH,                                                         \
         .name = "channels-table",                                                       \
         .fallback = "",                                                                 \
         .help = "table of name, type, status; default: the file's *_channels.tsv"},     \
        {.size = sizeof(struct ana_param),                                               \
         .type = ANA_PARAM_PATH,                                                         \
         .name = "electrodes",                                                           \
         .fallback = "",                                                                 \
         .help =                                                                         \
             "table of name, x, y, z, region; default: the subject's *_electrodes.tsv"}, \
    {                                                                                    \
        .size = sizeof(struct ana_param), .type = ANA_PARAM_CHOICE,                      \
        .name = "electrodes-unit", .fallback = "auto", .choices = "auto|mm|cm|m",        \
        .help = "unit of x, y, z in `electrodes`; auto: of coordsystem.json, else mm"    \
    }

#endif
