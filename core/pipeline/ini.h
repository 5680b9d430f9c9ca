/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_INI_H
#define ANA_PIPELINE_INI_H

#include <anaflow/base.h>

/* An INI file as written: sections in order, keys with their places, ${VAR} and
 * includes resolved, nothing interpreted. Everything belongs to the ini. */
struct ana_ini_key {
    const char *name, *value; /* value trimmed; continuation lines joined by a blank */
    const char *file;         /* the file it stands in (an include has its own) */
    int64_t line;             /* from 1 */
    const char *folder;       /* of that file: relative paths start here */
    int32_t used;             /* set by whoever consumed it, for "unknown key" */
    int32_t data_default; /* ${ANAFLOW_DATA} was not set and its default stands here */
};

struct ana_ini_section {
    const char *kind; /* "model" of [model coch] */
    const char *name; /* "coch", or "" */
    const char *file;
    int64_t line;
    int64_t n_keys;
    struct ana_ini_key *keys;
};

struct ana_ini {
    const char *path;
    int64_t n_sections;
    struct ana_ini_section *sections;
    void *memory; /* private */
};

/* Read a file with everything it includes. `include = FILE ...` stands before the
 * first section or in [study]; included sections come first. A section that appears
 * twice, a key twice in one section, an include cycle, an unset variable, NUL or bad
 * UTF-8, a line over 197 bytes, an indented `key = value`, a comment behind a value:
 * each is ANA_EPARAM with file, line and what to do.
 *
 * An indented line continues the value above it; inside an open bracket it may hold
 * '='. ${ANAFLOW_DATA} not set is the first folder `shared/data` beside the file's
 * folder or one of its parents (a checkout has it at ../shared/data), else
 * "shared/data" beside the file, where no file will be found.
 * Owns: the caller; release with `ana_ini_destroy`. */
int ana_ini_read(struct ana_ctx *ctx, const char *path, struct ana_ini **out);
void ana_ini_destroy(struct ana_ini *ini);

/* Apply "section.key=value" or "section NAME.key=value" of --set; adds the key (and
 * the section) if missing. Without a NAME the only section of that kind is meant.
 * Relative paths then start at the working folder. ANA_EPARAM for a NAME that the file
 * does not have beside others of that kind, [plugin ID] apart. */
int ana_ini_set(struct ana_ctx *ctx, struct ana_ini *ini, const char *assignment);

/* NULL if there is none. */
struct ana_ini_section *ana_ini_section(const struct ana_ini *ini, const char *kind,
                                        const char *name);
struct ana_ini_key *ana_ini_key(const struct ana_ini_section *section, const char *name);

/* The whole as INI text again: what ran, for report and lock. Owns: the caller (ana_free). */
char *ana_ini_text(struct ana_ctx *ctx, const struct ana_ini *ini);

#endif
