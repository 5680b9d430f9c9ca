/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A clock out of time stamps. The step is the median of the first differences; a
 * difference of more than one and a half steps is a gap; between gaps every stamp must lie
 * within half a step of where an even clock puts it. The rate is that of the longest
 * stretch, to which the others must agree.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_series.h"

enum { FOR_STEP = 10001, MOST_STRETCHES = 100000, AT_ONCE = 1 << 16 };

static int add_segment(struct ana_ctx *ctx, struct hdf5_series *s, int64_t first,
                       double onset)
{
    if (s->n_segments == s->room_segments) {
        const int64_t room = s->room_segments ? 4 * s->room_segments : 1;
        struct series_segment *grown;

        if (room > 4 * MOST_STRETCHES)
            return ana_fail(
                ctx, ANA_EDATA,
                "%s: the time stamps of `%s` have more than %d gaps; are they "
                "seconds?",
                s->file.path, s->name, MOST_STRETCHES);
        grown = ana_alloc(ctx, room, sizeof *grown);
        if (!grown)
            return ANA_ERESOURCE;
        if (s->n_segments > 0)
            memcpy(grown, s->segment, (size_t)s->n_segments * sizeof *grown);
        ana_free(ctx, s->segment);
        s->segment = grown;
        s->room_segments = room;
    }
    s->segment[s->n_segments++] = (struct series_segment){.first = first, .onset = onset};
    return 0;
}

int hdf5_take_rate(struct ana_ctx *ctx, struct hdf5_series *s, double rate)
{
    int rc;

    if (!(rate > 0) || !isfinite(rate) || rate > 1e9)
        return ana_fail(ctx, ANA_EDATA, "%s: `%s` has a rate of %g Hz", s->file.path,
                        s->name, rate);
    s->rate = rate;
    rc = add_segment(ctx, s, 0, 0);
    if (rc == 0)
        s->segment[0].n = s->n_times;
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Stamps [first, first + n) of the array. */
static int stamps(struct ana_ctx *ctx, struct h5_array *times, int64_t first, int64_t n,
                  double *out)
{
    const struct h5_box box = {
        .first = {first}, .count = {n}, .pick_axis = -1, .out = out, .stride = {1}};

    return h5_array_read(ctx, times, &box);
}

static int find_step(struct ana_ctx *ctx, const struct hdf5_series *s,
                     struct h5_array *times, double *buffer, double *step)
{
    const int64_t n = s->n_times < FOR_STEP ? s->n_times : FOR_STEP;
    int rc = stamps(ctx, times, 0, n, buffer);

    for (int64_t i = 0; rc == 0 && i + 1 < n; i++)
        buffer[i] = buffer[i + 1] - buffer[i];
    if (rc != 0)
        return rc;
    qsort(buffer, (size_t)n - 1, sizeof *buffer, ascending);
    *step = buffer[(n - 1) / 2];
    if (*step > 0 && isfinite(*step))
        return 0;
    return ana_fail(ctx, ANA_EDATA,
                    "%s: the time stamps of `%s` do not ascend: most steps are %g s",
                    s->file.path, s->name, *step);
}

/* Where the gaps are: stretches with their onset, and the time of each one's last sample
 * in `end`, which grows with them. */
static int find_gaps(struct ana_ctx *ctx, struct hdf5_series *s, struct h5_array *times,
                     double step, double *buffer, double *last_of_longest)
{
    double before = 0;
    int64_t longest = 0;
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < s->n_times; first += AT_ONCE) {
        const int64_t n = s->n_times - first < AT_ONCE ? s->n_times - first : AT_ONCE;

        rc = stamps(ctx, times, first, n, buffer);
        for (int64_t i = 0; rc == 0 && i < n; i++) {
            const double gone = first + i > 0 ? buffer[i] - before : 2 * step;

            if (!isfinite(buffer[i]) || gone <= 0)
                rc = ana_fail(ctx, ANA_EDATA,
                              "%s: the time stamps of `%s` go from %.9g s to %.9g s at "
                              "sample %lld (from 0); they must ascend",
                              s->file.path, s->name, before, buffer[i],
                              (long long)(first + i));
            if (first + i == 0)
                s->start = buffer[i];
            if (rc == 0 && gone > 1.5 * step)
                rc = add_segment(ctx, s, first + i, buffer[i] - s->start);
            if (rc == 0 && ++s->segment[s->n_segments - 1].n > longest) {
                longest = s->segment[s->n_segments - 1].n;
                *last_of_longest = buffer[i] - s->start;
            }
            before = buffer[i];
        }
    }
    return rc;
}

/* Every stamp against the even clock of its stretch. */
static int check_even(struct ana_ctx *ctx, const struct hdf5_series *s,
                      struct h5_array *times, double *buffer)
{
    const struct series_segment *segment = s->segment;
    int rc = 0;

    for (int64_t first = 0; rc == 0 && first < s->n_times; first += AT_ONCE) {
        const int64_t n = s->n_times - first < AT_ONCE ? s->n_times - first : AT_ONCE;

        rc = stamps(ctx, times, first, n, buffer);
        for (int64_t i = 0; rc == 0 && i < n; i++) {
            double even;

            if (first + i >= segment->first + segment->n)
                segment++;
            even = segment->onset + (double)(first + i - segment->first) / s->rate;
            if (fabs(buffer[i] - s->start - even) * s->rate > .5)
                rc =
                    ana_fail(ctx, ANA_EDATA,
                             "%s: the time stamps of `%s` are unevenly spaced: sample "
                             "%lld (from 0) stands at %.9g s, at %.9g Hz it were at %.9g "
                             "s; resample it to one rate first",
                             s->file.path, s->name, (long long)(first + i), buffer[i],
                             s->rate, s->start + even);
        }
    }
    return rc;
}

static int take_rate_of_longest(struct ana_ctx *ctx, struct hdf5_series *s, double step,
                                double last)
{
    const struct series_segment *longest = s->segment;

    for (int64_t i = 1; i < s->n_segments; i++)
        if (s->segment[i].n > longest->n)
            longest = &s->segment[i];
    s->rate =
        longest->n > 1 ? (double)(longest->n - 1) / (last - longest->onset) : 1 / step;
    if (fabs(s->rate - round(s->rate)) < 1e-7 * s->rate)
        s->rate = round(s->rate); /* what seconds in float64 leave of a whole rate */
    if (isfinite(s->rate) && s->rate > 0)
        return 0;
    return ana_fail(ctx, ANA_EDATA, "%s: the time stamps of `%s` give no rate",
                    s->file.path, s->name);
}

static int take_stamps(struct ana_ctx *ctx, struct hdf5_series *s, struct h5_array *times)
{
    double *buffer = ana_alloc(ctx, AT_ONCE, sizeof *buffer), step = 0, last = 0;
    int rc = buffer ? find_step(ctx, s, times, buffer, &step) : ANA_ERESOURCE;

    if (rc == 0)
        rc = find_gaps(ctx, s, times, step, buffer, &last);
    if (rc == 0)
        rc = take_rate_of_longest(ctx, s, step, last);
    if (rc == 0)
        rc = check_even(ctx, s, times, buffer);
    ana_free(ctx, buffer);
    return rc;
}

int hdf5_take_times(struct ana_ctx *ctx, struct hdf5_series *s, hid_t from,
                    const char *path)
{
    struct h5_array times = {.id = -1};
    hid_t object;
    int rc = h5_find(ctx, &s->file, from, path, &object);

    if (rc == 0)
        rc = h5_array_open(ctx, &s->file, object, path, &times);
    if (rc == 0 && (times.ndim != 1 || times.shape[0] != s->n_times || s->n_times < 2))
        rc = ana_fail(ctx, ANA_EDATA,
                      "%s: `%s` has %lld time stamps for %lld samples (at least 2 are "
                      "needed)",
                      s->file.path, path, (long long)h5_array_count(&times),
                      (long long)s->n_times);
    if (rc == 0)
        rc = take_stamps(ctx, s, &times);
    h5_array_close(ctx, &times);
    return rc;
}
