/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_KEYS_H
#define ANA_PIPELINE_KEYS_H

#include "base/arena.h"
#include "base/text.h"
#include "data/known_files.h"
#include "pipeline/class.h"
#include "plugin/registry.h"

/* What a piece of work depends on, in words. A node is a text of lines "NAME = VALUE";
 * its key is the text's hash. A line "@NAME = KEY" stands for another node, so that what
 * many tasks share is written once, and two keys that differ can be followed down to the
 * line that made them differ. */
struct ana_node {
    const char *key, *text;
};

struct ana_remembered {
    const void *what;
    const char *kind, *key;
};

struct ana_keys {
    struct ana_arena arena;
    const struct ana_opened *opened;
    const struct ana_registry *registry;
    struct ana_known_files *known; /* borrowed; NULL = files by their paths */
    int64_t n;
    struct ana_node *node;
    const char *program; /* of this anaflow and its BLAS */
    int64_t n_remembered;
    struct ana_remembered *remembered;
};

/* Start. Owns: the caller; release with `ana_keys_finish`, also after a failure. */
int ana_keys_begin(struct ana_ctx *ctx, const struct ana_opened *opened,
                   const struct ana_registry *registry, struct ana_known_files *known,
                   struct ana_keys *keys);
void ana_keys_finish(struct ana_keys *keys);

/* Take a text as a node, which releases it; *key belongs to keys. */
int ana_keys_node(struct ana_ctx *ctx, struct ana_keys *keys, struct ana_text *take_text,
                  const char **key);

/* The key that was made of a thing before, or NULL; and remember it. */
const char *ana_keys_recall(const struct ana_keys *keys, const void *what,
                            const char *kind);
int ana_keys_remember(struct ana_ctx *ctx, struct ana_keys *keys, const void *what,
                      const char *kind, const char *key);

/* The text of a node, or NULL. */
const char *ana_keys_text(const struct ana_keys *keys, const char *key);

/* A plugin, its parameters and the files that they name. */
int ana_keys_plugin(struct ana_ctx *ctx, struct ana_keys *keys,
                    const struct ana_plugin *plugin, const struct ana_params *params,
                    struct ana_text *text);

/* Files that were opened on the way, whoever named them. */
int ana_keys_seen(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_seen *seen,
                  struct ana_text *text);

/* Every key of a section that is neither in `known` (which count in ways of their own) nor
 * a plugin's: a key that is new to anaflow counts before anybody thinks of it here. */
void ana_keys_settings(const struct ana_keys *keys, const char *kind, const char *name,
                       const struct ana_plugin *plugin, int64_t n_known,
                       const char *const *known, struct ana_text *text);

/* "file NAME = HASH" for a file, each file of a folder, or each that a glob finds. */
int ana_keys_files(struct ana_ctx *ctx, struct ana_keys *keys, const char *path,
                   struct ana_text *text);

/* Keys of [features] and [features NAME] that no other line speaks of. */
void ana_keys_features(const struct ana_keys *keys, const char *name,
                       struct ana_text *text);

/* The activations of one trace (keys_activations.c). */
int ana_keys_trace(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_class *c,
                   const struct ana_features *features, int64_t model,
                   const struct ana_trace *trace, const char **key);

/* The x side of a task: a variant of each of its spaces, its rows and its folds; and one
 * recording against it (keys_scores.c). n_targets: of the largest recording. */
int ana_keys_x(struct ana_ctx *ctx, struct ana_keys *keys, const struct ana_class *c,
               const struct ana_study_comparison *comparison, const int64_t *variant,
               int64_t n_targets, const char **key);
int ana_keys_y(struct ana_ctx *ctx, struct ana_keys *keys, const char *x,
               int64_t recording, const struct ana_rows *rows, const char **key);

/* Why a key differs from an earlier one, from the nodes of both: "alphas changed", "file
 * x.wav changed, seed changed". Nodes of `before` may be missing.
 * Owns: the caller (ana_text_finish). */
void ana_keys_differ(const struct ana_keys *before, const char *old_key,
                     const struct ana_keys *now, const char *new_key,
                     struct ana_text *why);

#endif
