/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The .vhdr: sections of keys, the channels, and where the other two files are. Files
 * that were renamed without their header are found by its own name.
 */
#include "brainvision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_CHANNELS = 65536 };

/* Whether a line begins the section. */
static int begins(const char *text, const char *section)
{
    const size_t n = strlen(section);

    return *text == '[' && strncasecmp(text + 1, section, n) == 0 && text[1 + n] == ']';
}

/* The value of `Key=` in a section, "" without one; *line is its number from 1. */
static const char *value_of(const struct bv_lines *lines, const char *section,
                            const char *key, int64_t *line)
{
    const size_t n = strlen(key);
    int inside = 0;

    for (int64_t i = 0; i < lines->n; i++) {
        const char *text = lines->line[i];

        if (*text == '[')
            inside = begins(text, section);
        if (!inside || *text == ';' || strncasecmp(text, key, n) != 0)
            continue;
        text += n + strspn(text + n, " \t");
        if (*text != '=')
            continue;
        *line = i + 1;
        text++;
        return text + strspn(text, " \t");
    }
    *line = 0;
    return "";
}

/* A key that is not there was sought in its section, or, without that, up to the end. */
static int refuse_absent(struct ana_ctx *ctx, const struct bv_file *file,
                         const struct bv_lines *lines, const char *section,
                         const char *key, const char *expected)
{
    int64_t at = 0;

    while (at < lines->n && !begins(lines->line[at], section))
        at++;
    if (at == lines->n)
        return ana_fail(ctx, ANA_EDATA,
                        "%s:%lld: ends without [%s] and its `%s`; expected %s",
                        file->path, (long long)lines->n, section, key, expected);
    return ana_fail(ctx, ANA_EDATA, "%s:%lld: [%s] has no `%s`; expected %s", file->path,
                    (long long)at + 1, section, key, expected);
}

static int refuse(struct ana_ctx *ctx, const struct bv_file *file,
                  const struct bv_lines *lines, int64_t line, const char *section,
                  const char *key, const char *expected, const char *found)
{
    if (line == 0)
        return refuse_absent(ctx, file, lines, section, key, expected);
    return ana_fail(ctx, ANA_EDATA, "%s:%lld: %s: expected %s, found '%.60s'", file->path,
                    (long long)line, key, expected, found);
}

/* One of a list of words by its number, or the number `otherwise` where it is not given. */
static int word_of(struct ana_ctx *ctx, const struct bv_file *file,
                   const struct bv_lines *lines, const char *section, const char *key,
                   const char *words, int otherwise, int *out)
{
    int64_t line;
    const char *value = value_of(lines, section, key, &line);
    const size_t length = strcspn(value, " \t");
    const char *at = words;

    *out = otherwise;
    if (line == 0 && otherwise >= 0)
        return 0;
    for (int i = 0; *at; i++) {
        const size_t n = strcspn(at, "|");

        if (n == length && strncasecmp(at, value, n) == 0) {
            *out = i;
            return 0;
        }
        at += n + (at[n] == '|');
    }
    return refuse(ctx, file, lines, line, section, key, words, value);
}

/* The file that a header names, beside it; "$b" stands for the header's own stem. */
static char *beside(struct ana_ctx *ctx, const struct bv_file *file, const char *name)
{
    const char *slash = strrchr(file->path, '/');
    const int folder = slash ? (int)(slash - file->path) + 1 : 0;
    const char *mark = strstr(name, "$b");
    char path[4096];

    if (mark)
        snprintf(path, sizeof path, "%.*s%.*s%s%s", folder, file->path,
                 (int)(mark - name), name, file->stem, mark + 2);
    else
        snprintf(path, sizeof path, "%.*s%s", folder, file->path, name);
    return ana_strdup(ctx, path);
}

/* The named file, or one with the header's stem and a usual ending; NULL = neither. */
static int find_file(struct ana_ctx *ctx, const struct bv_file *file, const char *named,
                     const char *const *endings, char **out)
{
    *out = NULL;
    if (*named && !strchr(named, '/') && !strchr(named, '\\')) {
        *out = beside(ctx, file, named);
        if (!*out)
            return ANA_ERESOURCE;
        if (access(*out, R_OK) == 0)
            return 0;
        ana_free(ctx, *out);
        *out = NULL;
    }
    for (; *endings; endings++) {
        char name[600];

        snprintf(name, sizeof name, "%.500s%s", file->stem, *endings);
        *out = beside(ctx, file, name);
        if (!*out)
            return ANA_ERESOURCE;
        if (access(*out, R_OK) == 0) {
            if (*named)
                ana_warn(ctx, "%s: '%.100s' is not there; %s was read", file->path, named,
                         *out);
            else
                ana_warn(ctx, "%s: does not name its DataFile; %s was read", file->path,
                         *out);
            return 0;
        }
        ana_free(ctx, *out);
        *out = NULL;
    }
    return 0;
}

static int find_files(struct ana_ctx *ctx, struct bv_file *file,
                      const struct bv_lines *lines)
{
    static const char *const data[] = {".eeg", ".dat", ".EEG", NULL};
    static const char *const markers[] = {".vmrk", ".VMRK", NULL};
    int64_t line;
    const char *named = value_of(lines, "Common Infos", "DataFile", &line);
    int rc = find_file(ctx, file, named, data, &file->data);

    if (rc == 0 && !file->data)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s:%lld: the file of samples, '%.100s', is not beside the header, "
                      "nor is %s.eeg",
                      file->path, (long long)line, named, file->stem);
    named = value_of(lines, "Common Infos", "MarkerFile", &line);
    if (rc == 0 && *named)
        rc = find_file(ctx, file, named, markers, &file->markers);
    if (rc == 0 && *named && !file->markers)
        ana_warn(ctx, "%s: the marker file '%.100s' is missing; there are no events",
                 file->path, named);
    return rc;
}

static int common_part(struct ana_ctx *ctx, struct bv_file *file,
                       const struct bv_lines *lines)
{
    int64_t line;
    const char *text = value_of(lines, "Common Infos", "NumberOfChannels", &line);
    char *end;
    int number;
    int rc =
        word_of(ctx, file, lines, "Common Infos", "DataFormat", "BINARY", 0, &number);

    if (rc != 0)
        return rc;
    file->n_channels = strtoll(text, &end, 10);
    if (end == text || *end || file->n_channels < 1 || file->n_channels > MOST_CHANNELS)
        return refuse(ctx, file, lines, line, "Common Infos", "NumberOfChannels",
                      "a whole number from 1 to 65536", text);
    text = value_of(lines, "Common Infos", "SamplingInterval", &line);
    file->interval = strtod(text, &end);
    if (end == text || *end || !(file->interval >= 1e-3 && file->interval <= 1e12))
        return refuse(ctx, file, lines, line, "Common Infos", "SamplingInterval",
                      "microseconds between two samples, 0.001 to 1e12", text);
    rc = word_of(ctx, file, lines, "Common Infos", "DataType", "TIMEDOMAIN", 0, &number);
    if (rc == 0)
        rc = word_of(ctx, file, lines, "Common Infos", "DataOrientation",
                     "MULTIPLEXED|VECTORIZED", 0, &file->vectorized);
    if (rc == 0)
        rc =
            word_of(ctx, file, lines, "Binary Infos", "BinaryFormat",
                    "INT_16|UINT_16|INT_32|IEEE_FLOAT_32|IEEE_FLOAT_64", -1, &file->type);
    if (rc == 0)
        rc = word_of(ctx, file, lines, "Binary Infos", "UseBigEndianOrder", "NO|YES", 0,
                     &file->big_endian);
    return rc;
}

/* Which channel a line "ChN=..." is of, from 0, and its value; -1 = it is none. */
static int64_t channel_of(const char *text, const char **value)
{
    char *end = NULL;
    long long number = 0;

    if (strncasecmp(text, "Ch", 2) == 0 && text[2] >= '1' && text[2] <= '9')
        number = strtoll(text + 2, &end, 10);
    if (!end || number > MOST_CHANNELS)
        return -1;
    end += strspn(end, " \t");
    if (*end != '=')
        return -1;
    *value = end + 1 + strspn(end + 1, " \t");
    return number - 1;
}

/* The line of each channel, from 1; 0 = there is none. All in one pass. */
static void find_channels(const struct bv_file *file, const struct bv_lines *lines,
                          int64_t *at)
{
    int inside = 0;

    for (int64_t i = 0; i < lines->n; i++) {
        const char *text = lines->line[i], *value;
        int64_t channel;

        if (*text == '[')
            inside = strncasecmp(text, "[Channel Infos]", 15) == 0;
        channel = inside ? channel_of(text, &value) : -1;
        if (channel >= 0 && channel < file->n_channels && at[channel] == 0)
            at[channel] = i + 1;
    }
}

static int one_channel(struct ana_ctx *ctx, struct bv_file *file,
                       const struct bv_lines *lines, int64_t line, int64_t i)
{
    struct bv_channel *c = &file->channel[i];
    char key[24], number[64], *end;
    const char *text = "";

    snprintf(key, sizeof key, "Ch%lld", (long long)i + 1);
    if (line == 0)
        return refuse_absent(ctx, file, lines, "Channel Infos", key,
                             "NAME,REFERENCE,RESOLUTION,UNIT");
    channel_of(lines->line[line - 1], &text);
    bv_field(text, 0, c->name, sizeof c->name);
    bv_field(text, 2, number, sizeof number);
    bv_field(text, 3, c->unit, sizeof c->unit);
    if (!*c->name) {
        snprintf(c->name, sizeof c->name, "%s", key);
        ana_warn(ctx, "%s:%lld: channel %lld has no name; it is called %s", file->path,
                 (long long)line, (long long)i + 1, key);
    }
    if (!*c->unit)
        snprintf(c->unit, sizeof c->unit, "\xc2\xb5V");
    c->resolution = *number ? strtod(number, &end) : 1;
    if (*number && (*end || !isfinite(c->resolution) || c->resolution == 0))
        return refuse(ctx, file, lines, line, "Channel Infos", key,
                      "a resolution that is a number other than 0", number);
    file->channels[i] =
        (struct series_channel){.name = c->name,
                                .unit = c->unit,
                                .rate = 1e6 / file->interval,
                                .per_frame = 1,
                                .position = {(double)NAN, (double)NAN, (double)NAN}};
    return 0;
}

/* By name, those of one name in their order. */
static int name_order(const void *a, const void *b)
{
    const struct bv_channel *x = *(const struct bv_channel *const *)a;
    const struct bv_channel *y = *(const struct bv_channel *const *)b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x > y) - (x < y);
}

/* at: the channels' lines */
static int check_names(struct ana_ctx *ctx, const struct bv_file *file, const int64_t *at)
{
    const struct bv_channel **sorted = ana_alloc(ctx, file->n_channels, sizeof *sorted),
                            *first = NULL, *second = NULL;

    if (!sorted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < file->n_channels; i++)
        sorted[i] = &file->channel[i];
    qsort(sorted, (size_t)file->n_channels, sizeof *sorted, name_order);
    for (int64_t i = 1; i < file->n_channels; i++)
        if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0 &&
            (!second || sorted[i] < second)) {
            first = sorted[i - 1];
            second = sorted[i];
        }
    ana_free(ctx, (void *)sorted);
    return !second ? 0
                   : ana_fail(ctx, ANA_EDATA,
                              "%s:%lld: channels %lld and %lld are both called '%s'; "
                              "rename one in the header",
                              file->path, (long long)at[second - file->channel],
                              (long long)(first - file->channel) + 1,
                              (long long)(second - file->channel) + 1, second->name);
}

static int take_channels(struct ana_ctx *ctx, struct bv_file *file,
                         const struct bv_lines *lines)
{
    int64_t *at = ana_alloc(ctx, file->n_channels, sizeof *at);
    int rc = 0;

    file->channel = ana_alloc(ctx, file->n_channels, sizeof *file->channel);
    file->channels = ana_alloc(ctx, file->n_channels, sizeof *file->channels);
    if (!at || !file->channel || !file->channels)
        rc = ANA_ERESOURCE;
    if (rc == 0)
        find_channels(file, lines, at);
    for (int64_t i = 0; rc == 0 && i < file->n_channels; i++)
        rc = one_channel(ctx, file, lines, at[i], i);
    if (rc == 0)
        rc = check_names(ctx, file, at);
    ana_free(ctx, at);
    return rc;
}

int bv_header(struct ana_ctx *ctx, struct bv_file *file)
{
    struct bv_lines lines;
    int rc = bv_lines_read(ctx, file->path, &lines);

    if (rc != 0)
        return rc;
    if (strncmp(lines.line[0], "Brain", 5) != 0 || !strstr(lines.line[0], "Header File"))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s:1: is no BrainVision header: expected 'Brain Vision Data "
                      "Exchange Header File Version 1.0', found '%.60s'",
                      file->path, lines.line[0]);
    if (rc == 0)
        rc = common_part(ctx, file, &lines);
    if (rc == 0)
        rc = take_channels(ctx, file, &lines);
    if (rc == 0)
        rc = find_files(ctx, file, &lines);
    bv_lines_free(ctx, &lines);
    return rc;
}
