/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COCHLEAGRAM_BANK_H
#define COCHLEAGRAM_BANK_H

#include <anaflow/anaflow.h>

/* A bank of filters equally spaced on the ERB scale, and the envelopes of what they
 * pass, one segment of sound at a time.
 *
 * A frame is what the cochleagram samples: K = hop input samples. A segment is B
 * frames long; its first `before` and last `after` frames are margin, which the
 * filters of the frames between them reach into. */

enum { SMOOTHING = 2 }; /* frames that the envelope's low-pass reaches to each side */

struct bank_options {
    int32_t gammatone; /* 1 = gammatone, 0 = half-cosine */
    int64_t channels;  /* C >= 1 */
    int64_t overlap;   /* steps from a filter's centre to its edge */
    double low, high;  /* Hz: lower edge of the first filter, upper of the last */
    double input_rate; /* Hz */
    double rate;       /* frames a second */
};

struct bank {
    int64_t channels;                /* C */
    double *centre;                  /* Hz, C of them, ascending */
    int64_t hop;                     /* K */
    int64_t before, after, frames;   /* B = frames */
    struct half_cosine *half_cosine; /* one of the two, the other NULL */
    struct gammatone *gammatone;     /* C of them */
};

/* What one thread needs to run a bank. */
struct bank_work {
    double *sound;    /* B*K pairs, the imaginary parts 0 */
    double *spectrum; /* B*K pairs; half-cosine only */
    double *band;     /* B*K pairs */
    double *analytic; /* B*K pairs */
    double *envelope; /* B*K */
    double *kernel;   /* 4K + 1 */
};

/* Errors: ANA_EPARAM where a filter would lie outside 0 .. input_rate / 2 or a frame is
 * no whole number of samples; ANA_ERESOURCE. */
int bank_create(struct ana_ctx *ctx, const struct bank_options *options,
                struct bank **out);
void bank_destroy(struct ana_ctx *ctx, struct bank *bank);

int bank_work_create(struct ana_ctx *ctx, const struct bank *bank,
                     struct bank_work *work);
void bank_work_finish(struct ana_ctx *ctx, struct bank_work *work);

/* Envelopes of the frames of a segment that starts with frame `first - before` of a
 * sound of n samples (silent outside): out[i * C + c] for frame first + i, i < count
 * <= B - before - after. A tone at a filter's centre gives its amplitude. */
int bank_run(struct ana_ctx *ctx, const struct bank *bank, struct bank_work *work,
             const float *sound, int64_t n, int64_t first, int64_t count, double *out);

/* What a segment takes: operations of its filters, and numbers that loops work on;
 * bytes of what one thread needs. */
double bank_segment_flops(const struct bank *bank);
double bank_segment_loops(const struct bank *bank);
int64_t bank_work_bytes(const struct bank *bank);

/* The two kinds of filters. Each fills work->envelope from work->sound with *per_frame
 * samples a frame, sample j lying j / *per_frame frames after the segment's start. */
struct half_cosine;
int half_cosine_create(struct ana_ctx *ctx, const struct bank_options *options,
                       struct bank *bank);
void half_cosine_destroy(struct ana_ctx *ctx, int64_t channels,
                         struct half_cosine *filters);
int half_cosine_begin(struct ana_ctx *ctx, const struct bank *bank,
                      struct bank_work *work);
int half_cosine_run(struct ana_ctx *ctx, const struct bank *bank, int64_t channel,
                    struct bank_work *work, int64_t *per_frame);

double half_cosine_flops(const struct bank *bank);
double half_cosine_samples(const struct bank *bank); /* of the envelopes of a segment */

struct gammatone {
    double pole[2]; /* exp(-2 pi 1.019 ERB(f) / rate + 2 pi i f / rate) */
    double gain;    /* makes the envelope of a tone at f its amplitude */
};
int gammatone_create(struct ana_ctx *ctx, const struct bank_options *options,
                     struct bank *bank);
void gammatone_design(double frequency, double rate, struct gammatone *filter);
/* out (n pairs) = the complex filter's answer to the real parts of x (n pairs). */
void gammatone_filter(const struct gammatone *filter, int64_t n, const double *x,
                      double *out);
void gammatone_run(const struct bank *bank, int64_t channel, struct bank_work *work,
                   int64_t *per_frame);

#endif
