/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_SECTIONS_H
#define ANA_PIPELINE_SECTIONS_H

#include <stdint.h>

/* The sections of an INI file and their own keys as data: what `check` knows, what it
 * suggests, anaflow.ini(5) and completion all come from this table. A plugin's keys are in
 * the plugin's own table and may stand in the section beside these. */
struct ana_key_info {
    const char *name;
    const char *value; /* how its value is written: "FILES", "A..B ms | none" */
    const char
        *help; /* one sentence, lower case, without a full stop; the default last */
};

#define ANA_NAME_NEVER 0  /* [study] */
#define ANA_NAME_ALWAYS 1 /* [model NAME] */
#define ANA_NAME_EITHER 2 /* [features] holds defaults for [features NAME] */

struct ana_section_info {
    const char *kind;
    int32_t named; /* ANA_NAME_... */
    int32_t n_keys;
    const char *plugins; /* kind of plugin whose keys it takes, too; or NULL */
    const char *help;    /* sentences */
    const struct ana_key_info *keys;
};

extern const struct ana_section_info ana_sections[];
extern const int64_t ana_n_sections;

/* The section of that kind; NULL if there is none. */
const struct ana_section_info *ana_section_find(const char *kind);

#endif
