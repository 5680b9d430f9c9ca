/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_RATES_H
#define ANA_PIPELINE_RATES_H

#include <anaflow/base.h>

/* How fast this machine is now, with all of the pool's threads at work: each a thread and
 * second. */
struct ana_rates {
    double gemm, gemm_f32; /* operations of matrix products */
    double factor;         /* of decompositions of large matrices */
    double factor_side;    /* the side of those that run at half of that */
    double transform;      /* of Fourier transforms */
    double loop;  /* numbers that a plain loop works on: two in the time in which one is
                    added to a sum */
    double fresh; /* bytes that the system finds and clears */
    double again; /* the same where they were just given back */
    int64_t threads;
};

/* Measure for about so many seconds. Nothing of it is counted as the run's work.
 * Errors: ANA_ERESOURCE; ANA_ECANCEL. Threads: main. */
int ana_rates_measure(struct ana_ctx *ctx, double seconds, struct ana_rates *out);

/* Measure on more of them what bytes cost that the system clears: what was free for long
 * may have to be found, and comes after what was not. So many bytes at most.
 * Errors, Threads: as ana_rates_measure. */
int ana_rates_measure_fresh(struct ana_ctx *ctx, double seconds, int64_t bytes,
                            struct ana_rates *rates);

/* Operations a second of decompositions of matrices with this side. */
double ana_rates_factor(const struct ana_rates *rates, double side);

#endif
