/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_WORDS_H
#define ANA_DATA_WORDS_H

#include <anaflow/stimulus.h>

/* Words with their times as other programs write them; each gives a block of words with
 * their texts in it (ana_free of *words), in the file's order.
 * Errors: ANA_EDATA with file and line. */

/* What a reader of words may be told. NULL = nothing. */
struct ana_words_how {
    const char
        *tier; /* of intervals that holds the words; NULL = "words", or the only one */
    double duration; /* s of the sound; 0 = unknown */
};

/* A Praat TextGrid, long or short, UTF-8 or UTF-16: one tier of intervals. Empty intervals
 * and marks of silence (sp, sil, <p>) are no words.
 * Times are the grid's, and 0 is the sound's start, also where xmin is not 0; but where the
 * grid is as long as the sound and ends behind it, it is of an excerpt that kept its times:
 * they are counted from xmin then, which is logged. */
int ana_textgrid_read(struct ana_ctx *ctx, const char *path,
                      const struct ana_words_how *how, int64_t *n,
                      struct ana_word **words);

/* The JSON of Whisper and WhisperX: segments[].words[] or word_segments[], each with word,
 * start and end. WhisperX leaves out the times of what it could not align (numbers, say):
 * such words share the time between their neighbours, with a warning. */
int ana_words_json(struct ana_ctx *ctx, const char *path, int64_t *n,
                   struct ana_word **words);

/* ana_words_read (data/stimuli.h) of any of the forms, with what is known. */
int ana_words_read_how(struct ana_ctx *ctx, const char *path,
                       const struct ana_words_how *how, int64_t *n,
                       struct ana_word **words);

/* 1 if a file is a TextGrid by its name. */
int ana_is_textgrid(const char *path);

#endif
