/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_NEW_H
#define ANA_CLI_NEW_H

#include "base/arena.h"
#include "base/text.h"
#include "data/stimuli.h"
#include "plugin/registry.h"

/* `anaflow new`: a folder is looked through (new_files.c), its arrays are tried as
 * recordings of its sounds (new_recording.c), and what fits becomes an INI (new.c). */

/* Files of one folder and one ending; their names in natural order. */
struct ana_new_group {
    const char *folder, *ending; /* ending "" = none */
    int64_t n;
    const char **path; /* n */
};

struct ana_new_files {
    struct ana_arena *arena;
    int64_t n;
    struct ana_new_group *group;
};

/* Every file below a folder, hidden ones left out, in groups.
 * Errors: ANA_EDATA, also for more than 100,000 files. */
int ana_new_walk(struct ana_ctx *ctx, const char *folder, struct ana_new_files *files);

/* A recording that fits: as `data =` would name it, and by which reader. */
struct ana_new_recording {
    const char *name;   /* of the section */
    const char *plugin; /* id */
    const char *data;   /* the value of `data =` */
    const char *says;   /* a sentence for the comment: what was guessed and from what */
    int32_t layout;
    int32_t pad;
};

/* The recordings among the files, at most `room`, their texts in the arena.
 *
 * stimuli  what the rows or runs of each have to name, every one of them
 *
 * Files that nothing can be made of are passed over, with a line in the log.
 * Errors: ANA_ERESOURCE, ANA_ECANCEL. */
int ana_new_recordings(struct ana_ctx *ctx, const struct ana_registry *registry,
                       const struct ana_new_files *files,
                       const struct ana_stimuli *stimuli, int64_t room,
                       struct ana_new_recording *out, int64_t *n);

#endif
