/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_NEW_H
#define ANA_CLI_NEW_H

#include "base/arena.h"
#include "base/text.h"
#include "data/stimuli.h"
#include "pipeline/study.h"
#include "plugin/registry.h"

/* `anaflow new`: a folder is looked through (new_files.c), its files are tried as recordings
 * of its sounds (new_recording.c, new_axes.c), and what fits becomes an INI (new_write.c); a
 * dataset says itself what it is (new_bids.c). */

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
    const char *lines;  /* further lines of the section; NULL = none */
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

enum { ANA_NEW_RECORDINGS = 12 };

/* A study that is begun. */
struct ana_new_study {
    struct ana_ctx *ctx;
    struct ana_arena arena;
    struct ana_registry *registry;
    struct ana_new_files files;
    const struct ana_new_group *sounds; /* the folder and ending with most of them */
    struct ana_stimuli *stimuli;
    const struct ana_plugin *model, *metric;
    int64_t n;
    struct ana_new_recording recording[ANA_NEW_RECORDINGS];
};

/* new.c: choose the sounds; the first plugins of the package, by their names, that need
 * nothing said; write a file that is not yet there; and look whether `check` finds nothing
 * wrong with it. */
void ana_new_find_sounds(struct ana_new_study *s);
int ana_new_choose(struct ana_new_study *s);
int ana_new_file(struct ana_new_study *s, const char *path, const struct ana_text *text);
int ana_new_check(struct ana_new_study *s, const char *path);

/* new_write.c: what the INI file says. `folder` and `name` as they were given. */
void ana_new_write_head(const char *folder, const char *name, struct ana_text *out);
void ana_new_write_sounds(const struct ana_new_study *s, struct ana_text *out);
void ana_new_write_plugin(const struct ana_new_study *s, const char *section,
                          const struct ana_plugin *plugin, struct ana_text *out);
void ana_new_write_folder(const struct ana_new_study *s, const char *folder,
                          const char *name, struct ana_text *out);

/* The whole for a BIDS dataset; *is_one = 0, and nothing else, where the folder is none. */
int ana_new_bids(struct ana_new_study *s, const char *folder, const char *given,
                 const char *path, int *is_one);

#endif
