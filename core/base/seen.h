/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_SEEN_H
#define ANA_BASE_SEEN_H

#include <anaflow/base.h>

/* Which files were opened through base/file.h in a stretch of a run: what a plugin looks
 * up by itself (a table beside the data) matters as much as what the study names.
 * Start with {0}. */
struct ana_seen {
    struct ana_ctx *ctx;
    int64_t n, room;
    char **path; /* each once, in order of first mention */
    int failed;
};

/* From here on files are noted, until the end, which fails where memory ran out. One list
 * at a time. Owns: the caller; `ana_seen_finish`. */
void ana_seen_begin(struct ana_ctx *ctx, struct ana_seen *seen);
int ana_seen_end(struct ana_ctx *ctx, struct ana_seen *seen);
void ana_seen_finish(struct ana_ctx *ctx, struct ana_seen *seen);

#endif
