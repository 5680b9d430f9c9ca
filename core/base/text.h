/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_TEXT_H
#define ANA_BASE_TEXT_H

#include <anaflow/base.h>

/* A growing string; on the first failure to grow it stays as it is and `failed`
 * is set. Start with {0}; release with `ana_text_finish`. */
struct ana_text {
    char *data; /* never NULL after the first add; zero-terminated */
    int64_t length, room;
    int failed;
};

void ana_text_add(struct ana_text *text, const char *fmt, ...) ANA_PRINTF(2, 3);
void ana_text_write(struct ana_text *text, const char *data, int64_t n);
void ana_text_finish(struct ana_text *text);

/* The candidate nearest to `word` by edits (Damerau-Levenshtein, at most a third
 * of its letters, at least 1), or NULL: the "did you mean" of every message. */
const char *ana_text_nearest(const char *word, const char *const *candidates, int64_t n);

/* Names as a message lists them: "a, b, c, d, e and 12 more". Owns: the caller (free). */
char *ana_text_list(const char *const *names, int64_t n, int64_t most);

/* File name without folders and without its last extension, into a new string (free). */
char *ana_text_stem(const char *path);

/* The same inside the path, n letters long; 1 if two paths have the same stem. Neither
 * needs memory. */
const char *ana_text_stem_in(const char *path, int64_t *n);
int ana_text_same_stem(const char *a, const char *b);

/* Bytes that are no UTF-8 and control characters, as damaged files have them, become '?';
 * newlines and tabs stay. */
void ana_text_clean(char *text);

/* A number as JSON and TSV write it: shortest decimal that reads back equal; buffer
 * of 32; "n/a" for NaN. C locale always. */
const char *ana_text_number(double value, char buffer[32]);

/* A count for a person: "870", "12.3 million", "456 billion". */
const char *ana_text_amount(double value, char buffer[32]);

/* A number of bytes for a person, in the units that INI files take: "512 B", "1.5 KB",
 * "23.4 MB", "16.9 GB". */
const char *ana_text_bytes(int64_t bytes, char buffer[32]);

/* The same, rounded up, for what is needed: whoever allows the number shown has allowed
 * enough. */
const char *ana_text_bytes_up(int64_t bytes, char buffer[32]);

/* Strict: the whole string is one number in the C locale (no hex, no locale). 1 = ok. */
int ana_text_to_double(const char *text, double *out);
int ana_text_to_int(const char *text, int64_t *out);

#endif
