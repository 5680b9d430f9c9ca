/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_STIMULI_H
#define ANA_DATA_STIMULI_H

#include <anaflow/stimulus.h>

/* The stimuli of one set, by id. Audio headers are read when the set is made; sound
 * is read on demand, in pieces. */
struct ana_stimuli {
    int64_t n;
    struct ana_stimulus *item; /* sorted by id in natural order */
};

/* One stimulus a file stem; audio, word table and image of one stem are one
 * stimulus. Two files of one kind with the same stem are ANA_EDATA with both paths.
 * Owns: the caller; release with `ana_stimuli_destroy`. */
int ana_stimuli_create(struct ana_ctx *ctx, int64_t n_audio, const char *const *audio,
                       int64_t n_words, const char *const *words, int64_t n_images,
                       const char *const *images, struct ana_stimuli **out);

/* The same with the tier of TextGrids that holds the words; NULL = "words", or the only
 * one. */
int ana_stimuli_create_tier(struct ana_ctx *ctx, const char *tier, int64_t n_audio,
                            const char *const *audio, int64_t n_words,
                            const char *const *words, int64_t n_images,
                            const char *const *images, struct ana_stimuli **out);

/* Stimuli of which only the names are known: a list in a file (data/lists.h), folders and
 * extensions taken off. Two equal names are ANA_EDATA.
 * Owns: the caller; release with `ana_stimuli_destroy`. */
int ana_stimuli_create_named(struct ana_ctx *ctx, const char *path,
                             struct ana_stimuli **out);

void ana_stimuli_destroy(struct ana_ctx *ctx, struct ana_stimuli *stimuli);

/* Number of the stimulus that a recording's row name means (`ana_name_means`); the id
 * that equals the whole name wins; -1 if none. */
int64_t ana_stimuli_find(const struct ana_stimuli *stimuli, const char *name);

/* Read a word table: a Praat TextGrid or Whisper's JSON (data/words.h), else a TSV or CSV with a header; columns onset (or start), duration (or offset,
 * end), word (or text, token, or trial_type as in events.tsv), in any case; seconds. The file's order is kept.
 * Owns: the caller (ana_free of *words, and its texts with it). ANA_EDATA with the line. */
int ana_words_read(struct ana_ctx *ctx, const char *path, int64_t *n,
                   struct ana_word **words);

#endif
