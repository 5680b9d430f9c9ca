/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_NEW_TRIAL_H
#define ANA_CLI_NEW_TRIAL_H

#include "cli/new.h"

/* One file, or several that hold the same, while it is tried. */
struct ana_new_trial {
    struct ana_ctx *ctx;
    struct ana_arena *arena;
    const struct ana_registry *registry;
    const struct ana_stimuli *stimuli;
    const struct ana_new_files *files;
    const struct ana_new_group *group;
    const struct ana_plugin *plugin;
    int64_t n_entries;
    struct ana_entry *entry; /* of the first file */
    int64_t n_files;
    const char *const *file;
    const char *written; /* the files as `data =` writes them */
    int64_t tries;
    struct ana_new_recording found;
};

/* Whether every stimulus is named by exactly one of n names. */
int ana_new_names_all(const struct ana_new_trial *t, int64_t n,
                      const char *(*name)(const void *, int64_t), const void *of);

/* Open the files as a source says, and look at what they are: what `look` returns, 0 where
 * they do not open. */
int ana_new_open(struct ana_new_trial *t, const struct ana_source *source,
                 int (*look)(struct ana_new_trial *t,
                             const struct ana_recording_info *info, void *arg),
                 void *arg);

/* The same; 1 = its rows or runs are the sounds. */
int ana_new_fits(struct ana_new_trial *t, const struct ana_source *source,
                 int32_t *layout);

/* new_axes.c: the largest array with a row for every sound; a table; a file a sound.
 * 1 = it fits, and `found` says how. */
int ana_new_try_rows(struct ana_new_trial *t);
int ana_new_try_table(struct ana_new_trial *t);
int ana_new_try_series(struct ana_new_trial *t);

/* new_events.c: one recording whose events, or a table of them beside it, name the sounds.
 * 1 = it fits, and `found` says how. */
int ana_new_try_events(struct ana_new_trial *t, const struct ana_source *source);

#endif
