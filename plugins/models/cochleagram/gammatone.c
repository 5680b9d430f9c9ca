/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Gammatone filters of order 4 (Patterson et al. 1992, "Complex sounds and auditory
 * images"), in the complex form whose modulus is the envelope (Hohmann 2002, Acta
 * Acustica 88:433): the impulse response sampled exactly,
 *   h[k] = k^3 p^k,  p = exp(-2 pi 1.019 ERB(f) / rate + 2 pi i f / rate)
 * has the z-transform p z (1 + 4 p z + p^2 z^2) / (1 - p z)^4, z standing for one
 * sample of delay: three taps and four equal poles.
 */
#include "bank.h"

#include <math.h>

enum { POLES = 4 };

static const double WIDTH = 1.019; /* of the ERB, for order 4 */
static const double DECAY = 36;    /* 2 pi WIDTH ERB t at which less than 3e-12 is left */
static const double SECONDS = 2.25;

void gammatone_design(double frequency, double rate, struct gammatone *filter)
{
    const double a = exp(-2 * M_PI * WIDTH * ana_erb(frequency) / rate);
    const double sum = a * (1 + 4 * a + a * a) / pow(1 - a, 4); /* of k^3 a^k */
    const double angle = 2 * M_PI * frequency / rate;

    filter->pole[0] = a * cos(angle);
    filter->pole[1] = a * sin(angle);
    filter->gain = 2 / sum; /* a real tone is half of it a positive frequency */
}

int gammatone_create(struct ana_ctx *ctx, const struct bank_options *options,
                     struct bank *bank)
{
    const double slowest = 2 * M_PI * WIDTH * ana_erb(bank->centre[0]);

    bank->gammatone = ana_alloc(ctx, bank->channels, sizeof *bank->gammatone);
    if (!bank->gammatone)
        return ANA_ERESOURCE;
    for (int64_t c = 0; c < bank->channels; c++)
        gammatone_design(bank->centre[c], options->input_rate, &bank->gammatone[c]);
    bank->before = (int64_t)ceil(DECAY / slowest * options->rate) + SMOOTHING;
    bank->after = SMOOTHING;
    bank->frames = (int64_t)ceil(SECONDS * options->rate) + bank->before + bank->after;
    return 0;
}

/* The poles run one sample apart, the second on what the first gave for the sample
 * before, so that none waits for another: the answer comes POLES - 1 samples late. */
void gammatone_filter(const struct gammatone *filter, int64_t n, const double *x,
                      double *out)
{
    const double re = filter->pole[0], im = filter->pole[1];
    const double re2 = re * re - im * im, im2 = 2 * re * im;
    const double re3 = re2 * re - im2 * im, im3 = re2 * im + im2 * re;
    double x1 = 0, x2 = 0, x3 = 0;                 /* the last three samples */
    double a[POLES + 1] = {0}, b[POLES + 1] = {0}; /* taps, then each pole's output */

    for (int64_t i = 0; i < n + POLES - 1; i++) {
        a[0] = re * x1 + 4 * re2 * x2 + re3 * x3;
        b[0] = im * x1 + 4 * im2 * x2 + im3 * x3;
        for (int k = POLES; k > 0; k--) { /* the last first: each reads an old value */
            const double u = a[k - 1] + re * a[k] - im * b[k];

            b[k] = b[k - 1] + re * b[k] + im * a[k];
            a[k] = u;
        }
        if (i >= POLES - 1) {
            out[2 * (i - POLES + 1)] = filter->gain * a[POLES];
            out[2 * (i - POLES + 1) + 1] = filter->gain * b[POLES];
        }
        x3 = x2;
        x2 = x1;
        x1 = i < n ? x[2 * i] : 0;
    }
}

void gammatone_run(const struct bank *bank, int64_t channel, struct bank_work *work,
                   int64_t *per_frame)
{
    const int64_t N = bank->frames * bank->hop;

    gammatone_filter(&bank->gammatone[channel], N, work->sound, work->analytic);
    for (int64_t j = 0; j < N; j++) {
        const double *const z = work->analytic + 2 * j;

        work->envelope[j] = sqrt(z[0] * z[0] + z[1] * z[1]);
    }
    *per_frame = bank->hop;
}
