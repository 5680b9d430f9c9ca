/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_WORDS_H
#define ANA_DATA_WORDS_H

#include <anaflow/stimulus.h>

/* Words with their times as other programs write them; each gives a block of words with
 * their texts in it (ana_free of *words), in the file's order.
 * Errors: ANA_EDATA with file and line. */

/* A Praat TextGrid, long or short, UTF-8 or UTF-16: the tier of intervals that is called
 * "words", or the only one. Empty intervals and marks of silence (sp, sil, <p>) are no
 * words. Times count from the sound's start, whatever xmin is. */
int ana_textgrid_read(struct ana_ctx *ctx, const char *path, int64_t *n,
                      struct ana_word **words);

/* The JSON of Whisper and WhisperX: segments[].words[] or word_segments[], each with word,
 * start and end. WhisperX leaves out the times of what it could not align (numbers, say):
 * such words share the time between their neighbours, with a warning. */
int ana_words_json(struct ana_ctx *ctx, const char *path, int64_t *n,
                   struct ana_word **words);

#endif
