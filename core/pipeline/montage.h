/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_MONTAGE_H
#define ANA_PIPELINE_MONTAGE_H

#include "pipeline/prepare.h"

/* Which channels of a reader are targets, and what is taken from them: the steps bad() and
 * reference() of a preparation, which come before all others. A target is a channel, less
 * another (bipolar) or less the mean of all (average). */
struct ana_montage {
    int64_t n;
    int64_t *plus, *minus; /* n channels of the reader; minus -1 = none */
    struct ana_target *target;
    char **names; /* n; NULL where the reader's own name stands */
    int average;  /* 1 = the mean over `plus` is taken from each */
};

/* Work out the montage of the steps. Owns: the caller; release with
 * `ana_montage_finish`. Errors: ANA_EPARAM for names that there are not, for a step behind
 * others, and where no target is left. */
int ana_montage_make(struct ana_ctx *ctx, const struct ana_recording_info *info,
                     int64_t n, const struct ana_step *steps, struct ana_montage *out);
void ana_montage_finish(struct ana_ctx *ctx, struct ana_montage *montage);

/* 1 if every target is a channel as it is. */
int ana_montage_is_plain(const struct ana_montage *montage);

#endif
