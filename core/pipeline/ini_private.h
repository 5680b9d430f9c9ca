/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_INI_PRIVATE_H
#define ANA_PIPELINE_INI_PRIVATE_H

#include "base/arena.h"
#include "pipeline/ini.h"

/* Longest line that every build of inih passes whole: its buffer of 200 bytes less
 * the line's end and a carriage return. */
#define ANA_INI_LINE 197
/* Longest section header and key that inih keeps whole. */
#define ANA_INI_NAME 49

/* What one line is. */
#define ANA_INI_BLANK 0
#define ANA_INI_COMMENT 1
#define ANA_INI_HEADER 2
#define ANA_INI_KEY 3
#define ANA_INI_MORE 4 /* continues the value above */

/* A line and what stands above it. */
struct ana_ini_line {
    const char *file;
    int64_t number; /* from 1 */
    const char *text;
    int64_t n;         /* bytes, without the line's end */
    int may_continue;  /* a key stands above, with nothing but comments between */
    int open_brackets; /* the value so far has brackets to close */
};

/* Say what a line is, or refuse what inih would cut or misread. */
int ana_ini_check_line(struct ana_ctx *ctx, const struct ana_ini_line *line, int *what);

/* Brackets that `text` opens and does not close. */
int ana_ini_open_brackets(const char *text);

/* Replace every ${NAME}; `where` ("file:line") stands before a message. `*data_default` is set to 1 where
 * ${ANAFLOW_DATA} took its default. Result in the arena. */
int ana_ini_expand(struct ana_ctx *ctx, struct ana_arena *arena, const char *where,
                   const char *folder, const char *text, const char **out,
                   int32_t *data_default);

/* Add a section, or a key to the last section; refuse a second one of its name. */
int ana_ini_add_section(struct ana_ctx *ctx, struct ana_ini *ini, const char *header,
                        const char *file, int64_t line);
int ana_ini_add_key(struct ana_ctx *ctx, struct ana_ini *ini,
                    struct ana_ini_section *section, const struct ana_ini_key *key);

struct ana_arena *ana_ini_arena(const struct ana_ini *ini);

#endif
