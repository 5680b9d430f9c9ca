/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_EDF_H
#define PLUGIN_EDF_H

#include "../lib/series.h"

/* European Data Format (Kemp et al. 1992; EDF+: Kemp & Olivan 2003) and BioSemi's BDF:
 * a header of text fields, then records, each holding some samples of every signal,
 * 2 (EDF) or 3 (BDF) bytes a sample, little-endian, two's complement.
 *
 *     physical = (digital - dmin) * (pmax - pmin) / (dmax - dmin) + pmin */

struct edf_signal {
    char label[64], unit[32]; /* UTF-8 */
    double physical_min, physical_max, digital_min, digital_max;
    double gain, offset; /* physical = digital * gain + offset */
    int64_t samples;     /* a record */
    int64_t at;          /* bytes from the record's start */
    int annotations;     /* a signal of text, not of numbers */
    int status;          /* BioSemi's triggers */
};

struct edf_file {
    char *path, *stem;
    int fd, width;
    int64_t data; /* bytes of header */
    int64_t n_records, record_bytes;
    double record_seconds;
    int64_t n_signals;
    struct edf_signal *signals;
    int discontinuous; /* EDF+D, BDF+D */
    double first_onset;
    int64_t n_segments, n_events;
    int64_t n_bad_lists;             /* annotations that are none */
    struct series_channel *channels; /* n_signals: as the recording sees them */
    struct series_segment *segments; /* frames are records */
    struct series_event *events;
    char **text; /* n_events: what the events point at */
};

/* file.c: the format. Opening checks every size against the file's; what deviates from the
 * standard and can be read all the same is a warning. */
extern const struct series_format edf_format;

/* header.c: fill in all but annotations and segments; the file is open. */
int edf_header(struct ana_ctx *ctx, struct edf_file *file);

/* annotations.c: read the signals of text and the triggers; find the gaps. */
int edf_annotations(struct ana_ctx *ctx, struct edf_file *file);
int edf_status(struct ana_ctx *ctx, struct edf_file *file);
int edf_event_add(struct ana_ctx *ctx, struct edf_file *file, double onset,
                  double duration, const char *text);

/* samples.c: as struct series_format has it. */
int edf_samples(struct ana_ctx *ctx, const struct series_file *file, int64_t first,
                int64_t n, int64_t n_signals, const int64_t *signals, int is_f32,
                void *out);

/* Read exactly n bytes at a place, or fail with the file's name and the byte. */
int edf_bytes(struct ana_ctx *ctx, const struct edf_file *file, int64_t at, int64_t n,
              void *out);

#endif
