/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_PARAMS_H
#define ANA_PLUGIN_PARAMS_H

#include <anaflow/plugin.h>

/* One key as an INI file (or --set) wrote it. */
struct ana_setting {
    const char *key, *value;
    const char *where;  /* "pipeline.ini:12", for messages */
    const char *folder; /* where relative paths start; NULL = the working folder */
};

/* Check settings against a plugin's table and fill in defaults. Unknown keys,
 * values of the wrong type or out of range, and required ones that are missing
 * are ANA_EPARAM with the place, what was expected and a suggestion.
 * Later settings beat earlier ones of the same key.
 * Owns: the caller; release with `ana_params_destroy`. */
int ana_params_create(struct ana_ctx *ctx, const struct ana_plugin *plugin, int64_t n,
                      const struct ana_setting *settings, struct ana_params **out);
void ana_params_destroy(struct ana_params *params);

/* Check one setting alone, so that a study can report every wrong key at once.
 * Errors: ANA_EPARAM as above. */
int ana_params_check(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                     const struct ana_setting *setting);

/* All values as "key = value" lines, sorted by key, defaults included: for the
 * lock file, the report and cache keys. Owns: the params. */
const char *ana_params_text(const struct ana_params *params);

/* The name a plugin asked for that its table does not have, or NULL. */
const char *ana_params_misused(const struct ana_params *params);

#endif
