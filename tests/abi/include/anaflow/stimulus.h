/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_STIMULUS_H
#define ANAFLOW_STIMULUS_H

#include <anaflow/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A word of a stimulus. Since: ABI 0.1. */
struct ana_word {
    const char *text; /* UTF-8 */
    double onset;     /* s from the stimulus' start */
    double duration;  /* s, >= 0 */
};

/* One item that was shown. Any of its parts may be missing. Since: ABI 0.1. */
struct ana_stimulus {
    uint32_t size; /* sizeof (struct ana_stimulus) */
    uint32_t flags;
    const char *id;    /* file name without folder and extension */
    double duration;   /* s */
    double audio_rate; /* Hz of the file; 0 = no audio */
    int32_t channels;  /* of the file */
    int32_t pad;
    int64_t audio_frames; /* samples a channel in the file */
    const char *audio_path;
    int64_t n_words; /* 0 = no words */
    const struct ana_word *words;
    const char *image_path; /* NULL = no image */
};

/* Read a stretch of a stimulus' sound: channels averaged, resampled to `rate`
 * (soxr, very high quality), full scale = 1.
 *
 * Sample k of `out` is the sound at time (first + k) / rate. Stretches outside
 * the file are digital silence. Stretches of one sound, read one after another,
 * join to what one read of the whole gives (to 1e-6).
 *
 * Owns:    the caller owns `out` (n float32).
 * Errors:  ANA_EDATA with the file's name if it cannot be read.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_stimulus_audio(struct ana_ctx *ctx, const struct ana_stimulus *stimulus,
                               double rate, int64_t first, int64_t n, float *out);

#ifdef __cplusplus
}
#endif
#endif
