/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_RULES_H
#define SDK_CHECK_RULES_H

#include "check/check.h"

/* The rules and what they are handed, in the helper. A rule returns 0 if it holds, a
 * failure with its sentence in check->ctx, or ANA_UNTRIED. */

#define ANA_UNTRIED 1

struct ana_check {
    struct ana_ctx *ctx;
    struct ana_check_options options;
    const struct ana_plugin *plugin; /* NULL while the first rules load it */
    const char *folder;              /* for what a rule writes; removed afterwards */
    char note[512];                  /* what a rule that holds has found, or why it was
                                        not tried */
};

#define ANA_KIND_BIT(kind) (1u << (kind))
#define ANA_ALL_KINDS                                                                    \
    (ANA_KIND_BIT(ANA_KIND_MODEL) | ANA_KIND_BIT(ANA_KIND_READER) |                      \
     ANA_KIND_BIT(ANA_KIND_METRIC))

struct ana_rule {
    const char *id, *claim;
    uint32_t kinds;
    int gate;       /* where it fails, the rules behind it are not tried */
    double seconds; /* that it may take */
    int (*test)(struct ana_check *check);
};

/* In the order in which they are tried. */
extern const struct ana_rule ana_rules[];
extern const int64_t ana_n_rules;

/* Load the plugin; a failure's sentence is the loader's. */
int ana_check_load(struct ana_check *check);

/* Say why a rule was not tried; returns ANA_UNTRIED. */
int ana_untried(struct ana_check *check, const char *fmt, ...) ANA_PRINTF(2, 3);
/* Keep what was found. */
void ana_found(struct ana_check *check, const char *fmt, ...) ANA_PRINTF(2, 3);

/* rules_file.c: what the file itself shows */
int ana_rule_loads(struct ana_check *check);
int ana_rule_descriptor(struct ana_check *check);
int ana_rule_parameters(struct ana_check *check);
int ana_rule_exports(struct ana_check *check);
int ana_rule_globals(struct ana_check *check);
/* rules_works.c: good input */
int ana_rule_opens(struct ana_check *check);
int ana_rule_shapes(struct ana_check *check);
int ana_rule_finite(struct ana_check *check);
int ana_rule_repeats(struct ana_check *check);
int ana_rule_workers(struct ana_check *check);
int ana_rule_threads(struct ana_check *check);
int ana_rule_plan(struct ana_check *check);
/* rules_memory.c */
int ana_rule_guards(struct ana_check *check);
int ana_rule_growth(struct ana_check *check);
int ana_rule_refused(struct ana_check *check);
/* rules_hostile.c */
int ana_rule_cancel(struct ana_check *check);
int ana_rule_hostile(struct ana_check *check);
/* rules_huge.c */
int ana_rule_huge(struct ana_check *check);
/* rules_entries.c: entries that may be NULL */
int ana_rule_write(struct ana_check *check);
int ana_rule_prepare(struct ana_check *check);
/* model_rules.c, reader_rules.c, metric_rules.c: one kind each */
int ana_rule_batch(struct ana_check *check);
int ana_rule_chunks(struct ana_check *check);
int ana_rule_blocks(struct ana_check *check);
int ana_rule_damage(struct ana_check *check);
int ana_rule_tiles(struct ana_check *check);
int ana_rule_symmetric(struct ana_check *check);
int ana_rule_scale(struct ana_check *check);
int ana_rule_rotation(struct ana_check *check);
int ana_rule_identity(struct ana_check *check);

#endif
