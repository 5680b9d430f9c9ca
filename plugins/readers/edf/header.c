/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The header of an EDF or BDF file: fields of text with fixed places. Files in the wild
 * deviate (decimal commas, a number of records of -1, equal physical limits, a last
 * record cut short); such a file is read with a warning that says what was assumed.
 */
#include "edf.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <anaflow/files.h>

enum { FIXED = 256, A_SIGNAL = 256, MOST_SIGNALS = 9999, MOST_SAMPLES = 1 << 26 };

static const double MOST_PHYSICAL = 1e30; /* beyond it a float32 sample is no number */

/* The fields of a signal, each standing for all signals in turn. */
enum { LABEL, TRANSDUCER, UNIT, PMIN, PMAX, DMIN, DMAX, FILTER, SAMPLES, RESERVED };
static const struct {
    const char *name;
    int width, at; /* bytes; at, times the number of signals */
} fields[] = {{"label", 16, 0},
              {"transducer", 80, 16},
              {"physical dimension", 8, 96},
              {"physical minimum", 8, 104},
              {"physical maximum", 8, 112},
              {"digital minimum", 8, 120},
              {"digital maximum", 8, 128},
              {"prefiltering", 80, 136},
              {"number of samples", 8, 216},
              {"reserved", 32, 224}};

int edf_bytes(struct ana_ctx *ctx, const struct edf_file *file, int64_t at, int64_t n,
              void *out)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t got =
            pread(file->fd, (char *)out + done, (size_t)(n - done), at + done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ana_fail(ctx, ANA_EDATA, "%s: byte %lld cannot be read: %s",
                            file->path, (long long)(at + done),
                            got < 0 ? strerror(errno) : "the file ends there");
        done += got;
    }
    return 0;
}

/* A number of a field; a decimal comma is taken for a point, `commas` then counts it. */
static int take_number(struct ana_ctx *ctx, const struct edf_file *file, int64_t at,
                       const char *what, const char *field, int width, int64_t *commas,
                       double *out)
{
    char text[32], *end, *comma;

    series_text(field, width, text, sizeof text);
    comma = strchr(text, ',');
    if (comma) {
        *comma = '.';
        ++*commas;
    }
    *out = strtod(text, &end);
    if (end != text && *end == 0 && isfinite(*out) && !strpbrk(text, "xXnN"))
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: byte %lld, %s: expected a number, found '%s'; the header is "
                    "damaged, export the recording again",
                    file->path, (long long)at, what, text);
}

static int take_whole(struct ana_ctx *ctx, const struct edf_file *file, int64_t at,
                      const char *what, const char *field, int width, double least,
                      double most, int64_t *out)
{
    int64_t commas = 0;
    double value;
    int rc = take_number(ctx, file, at, what, field, width, &commas, &value);

    if (rc != 0)
        return rc;
    if (value < least || value > most || value != floor(value))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte %lld, %s: expected a whole number from %.0f to %.0f, found %g",
            file->path, (long long)at, what, least, most, value);
    *out = (int64_t)value;
    return 0;
}

/* The first 256 bytes: how many signals and records there are, and their length. */
static int fixed_part(struct ana_ctx *ctx, struct edf_file *file)
{
    char head[FIXED];
    int64_t commas = 0, promised;
    int rc = edf_bytes(ctx, file, 0, FIXED, head);

    if (rc != 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: ends before byte 256, inside the first part of its header; "
                        "it is cut short or no EDF",
                        file->path);
    if (memcmp(head,
               "\xff"
               "BIOSEMI",
               8) == 0)
        file->width = 3;
    else if (memcmp(head, "0       ", 8) == 0)
        file->width = 2;
    else
        return ana_fail(
            ctx, ANA_EDATA,
            memcmp(head, "\x1f\x8b", 2) == 0
                ? "%s: byte 0: is compressed; inflate it with gunzip"
                : "%s: byte 0: is neither EDF ('0' and seven spaces) nor BDF (255 "
                  "and 'BIOSEMI')",
            file->path);
    file->discontinuous = memcmp(head + 192 + 3, "+D", 2) == 0;
    rc = take_whole(ctx, file, 252, "number of signals", head + 252, 4, 1, MOST_SIGNALS,
                    &file->n_signals);
    if (rc == 0)
        rc = take_whole(ctx, file, 236, "number of records", head + 236, 8, -1, 1e8,
                        &file->n_records);
    if (rc == 0)
        rc = take_number(ctx, file, 244, "duration of a record", head + 244, 8, &commas,
                         &file->record_seconds);
    if (rc == 0)
        rc = take_whole(ctx, file, 184, "number of bytes of the header", head + 184, 8, 0,
                        1e8, &promised);
    if (rc != 0)
        return rc;
    file->data = FIXED + A_SIGNAL * file->n_signals;
    if (promised != file->data)
        ana_warn(ctx,
                 "%s: the header says that it has %lld bytes; %lld signals make it %lld, "
                 "which is what was assumed",
                 file->path, (long long)promised, (long long)file->n_signals,
                 (long long)file->data);
    if (file->record_seconds != 0 &&
        (file->record_seconds < 1e-6 || file->record_seconds > 1e6))
        return ana_fail(
            ctx, ANA_EDATA,
            "%s: byte 244, duration of a record: expected 0.000001 to 1000000 "
            "s, found %g",
            file->path, file->record_seconds);
    if (file->record_seconds == 0) {
        file->record_seconds = 1;
        ana_warn(ctx, "%s: a record is said to last 0 s; 1 s was assumed", file->path);
    }
    return 0;
}

/* Where a field of one signal stands, from the start of the file. */
static int64_t place(const struct edf_file *file, int field, int64_t signal)
{
    return FIXED + fields[field].at * file->n_signals + fields[field].width * signal;
}

static int limits(struct ana_ctx *ctx, const struct edf_file *file, const char *head,
                  int64_t i, int64_t *commas, struct edf_signal *s)
{
    double *const to[] = {&s->physical_min, &s->physical_max, &s->digital_min,
                          &s->digital_max};
    double digital, physical;
    int rc = 0;

    for (int f = PMIN; rc == 0 && f <= DMAX; f++) {
        const int64_t at = place(file, f, i);

        rc = take_number(ctx, file, at, fields[f].name, head + at, fields[f].width,
                         commas, to[f - PMIN]);
    }
    if (rc != 0)
        return rc;
    digital = s->digital_max - s->digital_min;
    physical = s->physical_max - s->physical_min;
    if (!(fabs(s->physical_min) < MOST_PHYSICAL && fabs(s->physical_max) < MOST_PHYSICAL))
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld, physical minimum of signal '%s': %g to %g is no "
                        "range that a sensor has; the header is damaged, export the "
                        "recording again",
                        file->path, (long long)place(file, PMIN, i), s->label,
                        s->physical_min, s->physical_max);
    if (digital == 0 || physical == 0)
        ana_warn(ctx,
                 "%s: signal '%s' has no %s range (%g to %g); a range of 1 was assumed, "
                 "its values have no meaning in %s",
                 file->path, s->label, digital == 0 ? "digital" : "physical",
                 digital == 0 ? s->digital_min : s->physical_min,
                 digital == 0 ? s->digital_max : s->physical_max,
                 *s->unit ? s->unit : "any unit");
    s->gain = (physical == 0 ? 1 : physical) / (digital == 0 ? 1 : digital);
    s->offset = s->physical_min - s->digital_min * s->gain;
    return 0;
}

/* "uV" with the micro of Japanese recorders. */
static int is_shift_jis(const char *unit)
{
    return memcmp(unit, "\x83\xcaV", 3) == 0;
}

static int one_signal(struct ana_ctx *ctx, struct edf_file *file, const char *head,
                      int64_t i, int64_t *commas)
{
    struct edf_signal *s = &file->signals[i];
    const int64_t at = place(file, SAMPLES, i);
    int rc;

    series_text(head + place(file, LABEL, i), fields[LABEL].width, s->label,
                sizeof s->label);
    series_text(head + place(file, UNIT, i), fields[UNIT].width, s->unit, sizeof s->unit);
    if (is_shift_jis(head + place(file, UNIT, i)))
        snprintf(s->unit, sizeof s->unit, "\xc2\xb5V");
    s->annotations = strcmp(s->label, "EDF Annotations") == 0 ||
                     strcmp(s->label, "BDF Annotations") == 0;
    s->status = file->width == 3 && strcmp(s->label, "Status") == 0;
    rc = take_whole(ctx, file, at, fields[SAMPLES].name, head + at, fields[SAMPLES].width,
                    0, MOST_SAMPLES, &s->samples);
    if (rc == 0 && !s->annotations)
        rc = limits(ctx, file, head, i, commas, s);
    s->at = file->record_bytes;
    file->record_bytes += s->samples * file->width;
    return rc;
}

static void warn_commas(struct ana_ctx *ctx, const struct edf_file *file, int64_t commas)
{
    if (commas > 0)
        ana_warn(ctx, "%s: %lld numbers of the header have a decimal comma; taken as %s",
                 file->path, (long long)commas, "a point");
}

/* Labels and units are ASCII by the standard; MNE reads what is not as Latin-1, too. */
static void warn_latin(struct ana_ctx *ctx, const struct edf_file *file, const char *head)
{
    int64_t n = 0;

    for (int64_t i = 0; i < file->n_signals; i++) {
        n += ana_utf8_invalid(head + place(file, LABEL, i), fields[LABEL].width) >= 0;
        n += ana_utf8_invalid(head + place(file, UNIT, i), fields[UNIT].width) >= 0 &&
             !is_shift_jis(head + place(file, UNIT, i));
    }
    if (n > 0)
        ana_warn(
            ctx,
            "%s: %lld of its labels and units, neither ASCII nor UTF-8, were taken as "
            "Latin-1",
            file->path, (long long)n);
}

/* Signals of one name get -0, -1, ... behind it. */
static void tell_apart(struct ana_ctx *ctx, struct edf_file *file)
{
    for (int64_t i = 0; i < file->n_signals; i++) {
        char name[sizeof file->signals->label];
        int64_t same = 0;

        memcpy(name, file->signals[i].label, sizeof name);
        for (int64_t j = i + 1; j < file->n_signals; j++)
            same += !file->signals[j].annotations &&
                    strcmp(file->signals[j].label, name) == 0;
        if (same == 0 || file->signals[i].annotations)
            continue;
        ana_warn(ctx, "%s: %lld signals are called '%s'; they are read as '%s-0' ...",
                 file->path, (long long)same + 1, name, name);
        same = 0;
        for (int64_t j = i; j < file->n_signals; j++) {
            struct edf_signal *s = &file->signals[j];

            if (!s->annotations && strcmp(s->label, name) == 0)
                snprintf(s->label, sizeof s->label, "%.40s-%lld", name,
                         (long long)same++);
        }
    }
}

/* How many whole records the file holds, against how many it promises. */
static int count_records(struct ana_ctx *ctx, struct edf_file *file)
{
    struct stat status;
    int64_t bytes, whole;

    if (file->record_bytes == 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld, number of samples: no signal has one in a record",
                        file->path, (long long)place(file, SAMPLES, 0));
    if (fstat(file->fd, &status) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: %s", file->path, strerror(errno));
    bytes = (int64_t)status.st_size - file->data;
    whole = bytes / file->record_bytes;
    if (bytes < file->record_bytes)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: byte %lld: a record of all signals takes %lld bytes and the "
                        "file has %lld left; it is cut short, copy it again",
                        file->path, (long long)file->data, (long long)file->record_bytes,
                        (long long)(bytes < 0 ? 0 : bytes));
    if (file->n_records == -1)
        ana_warn(ctx, "%s: the number of records is not given; %lld were found",
                 file->path, (long long)whole);
    else if (file->n_records != whole)
        ana_warn(ctx, "%s: %lld records are promised and %lld found; these were read",
                 file->path, (long long)file->n_records, (long long)whole);
    else if (bytes % file->record_bytes != 0)
        ana_warn(ctx, "%s: %lld bytes behind the last record were left out", file->path,
                 (long long)(bytes % file->record_bytes));
    file->n_records = whole;
    return 0;
}

static int check_header_length(struct ana_ctx *ctx, const struct edf_file *file)
{
    struct stat status;

    if (fstat(file->fd, &status) != 0)
        return ana_fail(ctx, ANA_EDATA, "%s: %s", file->path, strerror(errno));
    if ((int64_t)status.st_size >= file->data)
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: byte %lld: the file ends inside its header, which for the %lld "
                    "signals of byte 252 has %lld bytes; it is cut short, copy it again",
                    file->path, (long long)status.st_size, (long long)file->n_signals,
                    (long long)file->data);
}

int edf_header(struct ana_ctx *ctx, struct edf_file *file)
{
    int64_t commas = 0;
    char *head;
    int rc = fixed_part(ctx, file);

    if (rc != 0)
        return rc;
    rc = check_header_length(ctx, file);
    if (rc != 0)
        return rc;
    head = ana_alloc(ctx, file->data, 1);
    file->signals = ana_alloc(ctx, file->n_signals, sizeof *file->signals);
    rc =
        head && file->signals ? edf_bytes(ctx, file, 0, file->data, head) : ANA_ERESOURCE;
    for (int64_t i = 0; rc == 0 && i < file->n_signals; i++)
        rc = one_signal(ctx, file, head, i, &commas);
    if (rc == 0)
        warn_latin(ctx, file, head);
    ana_free(ctx, head);
    if (rc != 0)
        return rc;
    warn_commas(ctx, file, commas);
    tell_apart(ctx, file);
    return count_records(ctx, file);
}
