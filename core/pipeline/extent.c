/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which stretches of a stimulus a model is shown.
 */
#include "pipeline/extent.h"

#include <math.h>

static const double SILENCE_STEP = 0.25; /* s */

enum { CHUNK_SECONDS = 30, WHOLE_SECONDS = 60 };

struct ana_extent ana_extent_whole(int64_t n_traces, struct ana_trace *const *traces,
                                   int64_t item, double duration)
{
    struct ana_extent extent = {0, duration, 0, 0, 0};

    for (int64_t t = 0; t < n_traces; t++) {
        const struct ana_trace *trace = traces[t];
        double first, last;

        if (!trace || !trace->stretch)
            continue;
        first = trace->stretch[item].start +
                ((double)trace->stretch[item].first - 0.5) / trace->rate;
        last = first + (double)trace->stretch[item].n / trace->rate;
        extent.low = first < extent.low ? first : extent.low;
        extent.high = last > extent.high ? last : extent.high;
    }
    extent.low = floor(extent.low / SILENCE_STEP) * SILENCE_STEP;
    extent.high = duration + ceil((extent.high - duration) / SILENCE_STEP) * SILENCE_STEP;
    return extent;
}

void ana_extent_first(const struct ana_model_info *info, struct ana_extent *extent)
{
    const int chunks = (info->flags & ANA_MODEL_EXACT_IN_CHUNKS) &&
                       info->input != ANA_INPUT_NONE &&
                       extent->high - extent->low > WHOLE_SECONDS;

    extent->step = chunks ? CHUNK_SECONDS : 0;
    extent->from = extent->low;
    extent->to = chunks && extent->low + CHUNK_SECONDS < extent->high
                     ? extent->low + CHUNK_SECONDS
                     : extent->high;
}

int ana_extent_next(struct ana_extent *extent)
{
    extent->from += extent->step;
    if (extent->step <= 0 || extent->from >= extent->high)
        return 0;
    extent->to = extent->from + extent->step < extent->high ? extent->from + extent->step
                                                            : extent->high;
    return 1;
}

void ana_extent_input(const struct ana_model_info *info, const struct ana_extent *extent,
                      double *a, double *b)
{
    *a = extent->from - info->context_before;
    *b = extent->to + info->context_after;
    *a = *a < extent->low ? extent->low : *a;
    *b = *b > extent->high ? extent->high : *b;
    if (info->hop > 0)
        *a = extent->low + floor((*a - extent->low) / info->hop + 1e-9) * info->hop;
}

void ana_extent_samples(double rate, double a, double b, int64_t *first, int64_t *n)
{
    *first = llround(floor(a * rate + 1e-6));
    *n = llround(ceil(b * rate - 1e-6)) - *first;
    *n = *n > 0 ? *n : 0;
}
