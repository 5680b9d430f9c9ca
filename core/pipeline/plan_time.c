/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Seconds of what a plan counts, at the rates of this machine. Constants are numbers of the
 * plain loop of rates.h, measured beside it.
 */
#include "pipeline/plan_time.h"

#include <math.h>

#include "pipeline/tiling.h"

enum {
    SOUND = 90,    /* of a sample of sound: read, resampled */
    VALUE = 30,    /* of a value of a recording: converted, checked, picked */
    INFLATED = 5,  /* of a byte that a reader inflates, as it is kept */
    REMEMBERED = 8 /* of a byte that a reader keeps: inflated, turned */
};

/* To open, write and sync the files of a folder of results; of each result in the store. */
static const double FOLDER = .03, STORED = .004, FIGURES = .01;

/* Threads that are at work, on average, on so many pieces of one length: three take two
 * threads as long as four. */
static double busy(double threads, double pieces)
{
    return pieces > 0 ? pieces / ceil(pieces / threads) : threads;
}

double ana_plan_model_seconds(const struct ana_rates *rates, const struct ana_effort *e,
                              int reentrant, int64_t items)
{
    const double threads = reentrant ? busy((double)rates->threads, (double)items) : 1;

    return ((e->flops - e->slow) / rates->gemm_f32 + e->slow / rates->transform +
            (e->loops + SOUND * e->sound) / rates->loop) /
           fmax(threads, 1);
}

double ana_plan_first_seconds(const struct ana_rates *rates,
                              const struct ana_recording *recording, int64_t to_keep)
{
    return (REMEMBERED * (double)recording->info.memory +
            INFLATED * (double)(recording->info.scratch + to_keep)) /
           rates->loop;
}

double ana_plan_reading_seconds(const struct ana_rates *rates,
                                const struct ana_recording *recording, int64_t tile)
{
    const double V = (double)recording->info.n_targets;
    const double tiles = tile > 0 && (double)tile < V ? ceil(V / (double)tile) : 1;
    double n = (double)ana_recording_samples(recording);

    for (int64_t u = 0; u < recording->before.n_units; u++)
        n += (double)recording->before.n[u];
    return V *
           (VALUE / 2.0 * n + recording->loops / fmin(tiles, (double)rates->threads)) /
           rates->loop;
}

double ana_plan_metric_seconds(const struct ana_metric_plan *plan,
                               const struct ana_problem *problem,
                               const struct ana_rates *rates)
{
    const double at_once = plan->at_once > 0
                               ? fmin((double)plan->at_once, (double)rates->threads)
                               : (double)rates->threads;
    const double threads = busy(at_once, (double)plan->pieces);

    return ((plan->flops - plan->factor) / rates->gemm +
            plan->factor / ana_rates_factor(rates, ana_tiling_side(problem)) +
            plan->loops / rates->loop) /
           fmax(threads, 1);
}

double ana_plan_clearing_seconds(const struct ana_rates *rates, int64_t bytes,
                                 int64_t before)
{
    const double fresh = bytes > before ? (double)(bytes - before) : 0;

    return fresh / rates->fresh + ((double)bytes - fresh) / rates->again;
}

double ana_plan_writing_seconds(int64_t results, int64_t bytes)
{
    return FOLDER + FIGURES * (double)results + 1e-6 * (double)bytes / 50;
}

double ana_plan_stored_seconds(void)
{
    return STORED;
}
