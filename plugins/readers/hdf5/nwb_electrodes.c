/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Channels as rows of NWB's electrodes table: the series' `electrodes` holds a row number
 * for each channel and, as attribute `table`, a reference to the table, whose columns are
 * datasets. Names are the first of the columns label, channel_name, name and electrode_name
 * that gives each channel another one, else the `id`; the region is `location`, or where that
 * says nothing the group's name.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hdf5_series.h"

/* The rows of the table that the channels are, 0-based, checked. */
struct rows {
    hid_t table;
    int64_t n; /* of the table */
    int64_t *row;
};

static int check_rows(struct ana_ctx *ctx, const struct hdf5_series *s,
                      const double *region, int64_t n, struct rows *rows)
{
    rows->row = ana_alloc(ctx, s->n_channels, sizeof *rows->row);
    if (!rows->row)
        return ANA_ERESOURCE;
    if (n != s->n_channels)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` has %lld channels and %lld electrodes",
                        s->file.path, s->name, (long long)s->n_channels, (long long)n);
    for (int64_t i = 0; i < n; i++) {
        if (!(region[i] >= 0 && region[i] < (double)rows->n))
            return ana_fail(
                ctx, ANA_EDATA, "%s: `%s`: electrodes[%lld] is row %g of a table of %lld",
                s->file.path, s->name, (long long)i, region[i], (long long)rows->n);
        rows->row[i] = (int64_t)region[i];
    }
    return 0;
}

/* A column of numbers, one a row of the table; NULL where there is none. */
static int numbers(struct ana_ctx *ctx, const struct hdf5_series *s,
                   const struct rows *rows, const char *name, double **out)
{
    int64_t n;
    int rc = hdf5_numbers(ctx, s, rows->table, name, &n, out);

    if (rc == 0 && *out && n != rows->n)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: the column `%s` of the electrodes has %lld rows of %lld",
                      s->file.path, name, (long long)n, (long long)rows->n);
    if (rc != 0) {
        ana_free(ctx, *out);
        *out = NULL;
    }
    return rc;
}

static int texts(struct ana_ctx *ctx, const struct hdf5_series *s,
                 const struct rows *rows, const char *name, char ***out)
{
    int64_t n;
    int rc = hdf5_texts(ctx, s, rows->table, name, &n, out);

    if (rc == 0 && *out && n != rows->n)
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: the column `%s` of the electrodes has %lld rows of %lld",
                      s->file.path, name, (long long)n, (long long)rows->n);
    if (rc != 0) {
        hdf5_free_texts(ctx, *out ? n : 0, *out);
        *out = NULL;
    }
    return rc;
}

static int order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* *are = 1 where each channel would get another name that says something. */
static int distinct(struct ana_ctx *ctx, const struct hdf5_series *s,
                    const struct rows *rows, char *const *names, int *are)
{
    const int64_t n = s->n_channels;
    const char **sorted = ana_alloc(ctx, n, sizeof *sorted);

    *are = 1;
    if (!sorted)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = names[rows->row[i]];
    qsort(sorted, (size_t)n, sizeof *sorted, order);
    for (int64_t i = 0; i < n && *are; i++)
        *are = *sorted[i] && (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0);
    ana_free(ctx, (void *)sorted);
    return 0;
}

static int take_names(struct ana_ctx *ctx, struct hdf5_series *s, const struct rows *rows)
{
    static const char *const columns[] = {"label", "channel_name", "name",
                                          "electrode_name", "id"};
    int rc = 0, done = 0;

    for (size_t c = 0; rc == 0 && !done && c < sizeof columns / sizeof *columns; c++) {
        char **names = NULL;

        rc = texts(ctx, s, rows, columns[c], &names);
        if (rc == 0 && names)
            rc = distinct(ctx, s, rows, names, &done);
        for (int64_t i = 0; rc == 0 && done && i < s->n_channels; i++)
            rc = hdf5_name_channel(ctx, s, i, names[rows->row[i]]);
        hdf5_free_texts(ctx, rows->n, names);
    }
    return rc;
}

static int says_nothing(const char *text)
{
    return !*text || strcasecmp(text, "unknown") == 0 || strcasecmp(text, "nan") == 0 ||
           strcasecmp(text, "n/a") == 0 || strcasecmp(text, "none") == 0;
}

static int take_regions(struct ana_ctx *ctx, struct hdf5_series *s,
                        const struct rows *rows)
{
    char **location = NULL, **group = NULL;
    int rc = texts(ctx, s, rows, "location", &location);

    if (rc == 0)
        rc = texts(ctx, s, rows, "group_name", &group);
    for (int64_t i = 0; rc == 0 && i < s->n_channels; i++) {
        const int64_t row = rows->row[i];
        const char *text = location && !says_nothing(location[row]) ? location[row]
                           : group                                  ? group[row]
                                                                    : "";

        s->channel[i].region = hdf5_keep(ctx, s, ana_strdup(ctx, text));
        rc = s->channel[i].region ? 0 : ANA_ERESOURCE;
    }
    hdf5_free_texts(ctx, rows->n, location);
    hdf5_free_texts(ctx, rows->n, group);
    return rc;
}

static int take_positions(struct ana_ctx *ctx, struct hdf5_series *s,
                          const struct rows *rows, const char *unit)
{
    static const char *const axes[] = {"x", "y", "z"};
    double *all = ana_alloc(ctx, 3 * s->n_channels, sizeof *all);
    int rc = all ? 0 : ANA_ERESOURCE, known = 0;

    for (int d = 0; rc == 0 && d < 3; d++) {
        double *x = NULL;

        rc = numbers(ctx, s, rows, axes[d], &x);
        known += x != NULL;
        for (int64_t i = 0; rc == 0 && i < s->n_channels; i++)
            all[3 * i + d] = x ? x[rows->row[i]] : (double)NAN;
        ana_free(ctx, x);
    }
    if (rc == 0 && known == 3) {
        const double factor = hdf5_to_mm(ctx, s, unit, 3 * s->n_channels, all);

        for (int64_t i = 0; i < s->n_channels; i++) {
            const double *p = all + 3 * i;
            const int whole = isfinite(p[0]) && isfinite(p[1]) && isfinite(p[2]);

            for (int d = 0; d < 3; d++)
                s->channel[i].position[d] = whole ? factor * p[d] : (double)NAN;
        }
    }
    ana_free(ctx, all);
    return rc;
}

static int take_bad(struct ana_ctx *ctx, struct hdf5_series *s, const struct rows *rows)
{
    double *bad = NULL, *good = NULL;
    hid_t column = -1;
    int rc = h5_find_any(ctx, &s->file, rows->table, "bad", &column);

    if (rc == 0 && column >= 0)
        rc = numbers(ctx, s, rows, "bad", &bad);
    h5_drop(column);
    column = -1;
    if (rc == 0)
        rc = h5_find_any(ctx, &s->file, rows->table, "good", &column);
    if (rc == 0 && column >= 0)
        rc = numbers(ctx, s, rows, "good", &good);
    h5_drop(column);
    for (int64_t i = 0; rc == 0 && i < s->n_channels; i++)
        s->channel[i].bad =
            (bad && bad[rows->row[i]] != 0) || (good && good[rows->row[i]] == 0);
    ana_free(ctx, bad);
    ana_free(ctx, good);
    return rc;
}

/* The table that the series' row numbers are of, and how long it is. */
static int find_table(struct ana_ctx *ctx, const struct hdf5_series *s, hid_t series,
                      struct rows *rows)
{
    struct h5_array ids = {.id = -1};
    hid_t region = -1, id = -1;
    int rc = h5_find(ctx, &s->file, series, "electrodes", &region);

    if (rc == 0)
        rc = h5_attribute_reference(ctx, &s->file, region, "table", &rows->table);
    h5_drop(region);
    if (rc == 0 && rows->table < 0)
        rc = h5_find(ctx, &s->file, -1, "/general/extracellular_ephys/electrodes",
                     &rows->table);
    if (rc == 0)
        rc = h5_find(ctx, &s->file, rows->table, "id", &id);
    if (rc == 0)
        rc = h5_array_open(ctx, &s->file, id, "electrodes/id", &ids);
    if (rc == 0)
        rows->n = h5_array_count(&ids);
    h5_array_close(ctx, &ids);
    return rc;
}

int nwb_take_electrodes(struct ana_ctx *ctx, struct hdf5_series *s, hid_t series,
                        const char *position_unit)
{
    struct rows rows = {.table = -1};
    double *region = NULL;
    int64_t n = 0;
    int rc = hdf5_numbers(ctx, s, series, "electrodes", &n, &region);

    if (rc != 0 || !region)
        return rc; /* a TimeSeries without electrodes */
    rc = find_table(ctx, s, series, &rows);
    if (rc == 0)
        rc = check_rows(ctx, s, region, n, &rows);
    if (rc == 0)
        rc = take_names(ctx, s, &rows);
    if (rc == 0)
        rc = take_regions(ctx, s, &rows);
    if (rc == 0)
        rc = take_positions(ctx, s, &rows, position_unit);
    if (rc == 0)
        rc = take_bad(ctx, s, &rows);
    h5_drop(rows.table);
    ana_free(ctx, region);
    ana_free(ctx, rows.row);
    return rc;
}
