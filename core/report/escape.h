/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_REPORT_ESCAPE_H
#define ANA_REPORT_ESCAPE_H

#include "base/text.h"

/* Names come out of other people's files, so any byte may stand in them. What is not
 * UTF-8, and what XML 1.0 cannot hold, becomes U+FFFD in every output. NULL = "".
 * Threads: any, on its own text. */

/* Hand out `name`, not at its end, piece by piece: a character's n bytes, or those of
 * U+FFFD for a bad byte. Allocates nothing. */
const char *ana_next_piece(const char **name, int64_t *n);

/* As text or attribute of HTML and SVG: & < > " ' as references. */
void ana_add_xml(struct ana_text *text, const char *name);

/* As one cell of a TSV: tab and line end become a space; "" and NULL become n/a. */
void ana_add_cell(struct ana_text *text, const char *name);

/* As it is, made valid; for jansson, which refuses what is not UTF-8. */
void ana_add_utf8(struct ana_text *text, const char *name);

/* Inside a string of CSS in an HTML style element: what is not a letter, digit or space as
 * an escape, so that no text ends string or element. */
void ana_add_css_string(struct ana_text *text, const char *name);

/* JSON inside an HTML script element: '<' as \u003c, so that no text ends it. */
void ana_add_json_island(struct ana_text *text, const char *json);

/* As part of a file name: letters, digits, '.', '-' and '_' stay, every other
 * character becomes '_'; at most `most` bytes, no leading dot. "" and NULL add nothing. */
void ana_add_file_part(struct ana_text *text, const char *name, int64_t most);

/* Whether a name says something: not NULL, "" or "n/a". */
int ana_says(const char *name);

/* A score as prose shows it: three decimals, a true minus sign, "n/a" for NaN. */
const char *ana_show_score(double score, char buffer[32]);

/* A whole number with a comma at the thousands. */
const char *ana_show_count(int64_t n, char buffer[32]);

/* The shortest decimal of 15 to 17 digits that reads back equal; "n/a" for NaN. The
 * thread's locale must be C. Returns the length. */
int64_t ana_shortest(double value, char buffer[32]);

#endif
