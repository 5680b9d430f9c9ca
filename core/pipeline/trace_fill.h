/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_TRACE_FILL_H
#define ANA_PIPELINE_TRACE_FILL_H

#include "pipeline/trace.h"

/* What trace_fill.c gives to trace.c: the rows of one item that are not finished yet. */
struct ana_filling {
    int64_t added;    /* samples so far */
    int64_t done;     /* blocks of rows that are finished */
    int64_t n_blocks; /* 0 = no sample has come */
    double **block;   /* n_blocks; NULL = no row of it was reached, and it is zeros */
    /* Of a layer slower than its clock: the last sample, from which rows reach to the
     * next one. */
    float *last;
    double time;  /* s: of sample 0 */
    int64_t next; /* the first row that waits for the next sample */
};

/* The row of an item's stretch in whose bin a moment lies; it may have none. */
int64_t ana_trace_row(const struct ana_trace *trace, int64_t item, double time);

/* One sample of F features into the mean of a row; rows the item does not have are passed
 * over. Errors: ANA_EPLUGIN for a row that is finished; ANA_ERESOURCE. */
int ana_filling_average(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item,
                        int64_t row, const float *sample);

/* Into all rows that its kernel reaches. */
int ana_filling_spread(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item,
                       double time, const float *sample);

/* The next sample of a slow layer: the rows between it and the one before it. */
int ana_filling_interpolate(struct ana_ctx *ctx, struct ana_trace *trace, int64_t item,
                            double time, const float *sample);

void ana_filling_release(struct ana_ctx *ctx, struct ana_filling *filling);

#endif
