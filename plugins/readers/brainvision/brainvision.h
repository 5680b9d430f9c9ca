/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_BRAINVISION_H
#define PLUGIN_BRAINVISION_H

#include "../lib/series.h"

/* BrainVision Core Data Format (Brain Products, 1.0 and 2.0): a header of text (.vhdr), the
 * samples (.eeg, .dat), and markers (.vmrk).
 *
 *     physical = stored * resolution, in the channel's unit */

#define BV_INT16 0
#define BV_UINT16 1
#define BV_INT32 2
#define BV_FLOAT32 3
#define BV_FLOAT64 4

struct bv_channel {
    char name[64], unit[32]; /* UTF-8 */
    double resolution;
};

struct bv_file {
    char *path, *stem, *data, *markers; /* markers NULL = none */
    int fd;
    int type; /* BV_... */
    int big_endian, vectorized;
    double interval; /* microseconds */
    int64_t n, n_channels;
    struct bv_channel *channel;
    struct series_channel *channels;
    int64_t n_segments, n_events;
    struct series_segment *segments;
    struct series_event *events;
    char **text; /* n_events */
};

/* header.c: fill in all that the .vhdr says. Errors: ANA_EDATA naming the line. */
int bv_header(struct ana_ctx *ctx, struct bv_file *file);

/* markers.c: events, and the segments that 'New Segment' markers begin. */
int bv_markers(struct ana_ctx *ctx, struct bv_file *file);

/* samples.c: bytes a sample; samples as struct series_format has it. */
int64_t bv_width(int type);
int bv_samples(struct ana_ctx *ctx, const struct series_file *file, int64_t first,
               int64_t n, int64_t n_channels, const int64_t *channels, int is_f32,
               void *out);

/* lines.c: a text file in lines, CR LF or LF. Owns: the caller; bv_lines_free. */
struct bv_lines {
    char *memory;
    int64_t n;
    char **line;
};
int bv_lines_read(struct ana_ctx *ctx, const char *path, struct bv_lines *lines);
void bv_lines_free(struct ana_ctx *ctx, struct bv_lines *lines);

/* Field k (from 0) of a list between commas, trimmed, as UTF-8, "\1" read as a comma;
 * "" where there are fewer. */
void bv_field(const char *list, int k, char *out, size_t room);

#endif
