/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_NIFTI_GUNZIP_H
#define PLUGIN_NIFTI_GUNZIP_H

#include <anaflow/base.h>

/* A gzip file (RFC 1952) in order, by two threads where the pool has them: one inflates
 * from where all before is known, the other from a block that it finds further on. */
struct gunzip;

/* Why nothing more comes, beside the reasons of deflate.h. */
enum {
    GUNZIP_UNREAD = 100, /* the file cannot be read: errno */
    GUNZIP_HEADER,       /* no header of a member that can be inflated */
    GUNZIP_SUM           /* what was inflated does not have its checksum or length */
};

/* At most `expected` bytes will be wanted. fd stays the caller's.
 * Owns: the caller; gunzip_close. Errors: ANA_ERESOURCE. */
int gunzip_open(struct ana_ctx *ctx, int fd, int64_t expected, struct gunzip **out);
void gunzip_close(struct ana_ctx *ctx, struct gunzip *g);

/* The next stretch: n bytes, 0 = nothing more comes. The window of deflate (32 KB) before
 * them stands in front of it. What comes before a fault is given first; then *why is not 0 (GUNZIP_UNREAD:
 * errno). Owns: g, until the next call. Errors: those of ana_parallel_for. */
int gunzip_next(struct ana_ctx *ctx, struct gunzip *g, const uint8_t **bytes, int64_t *n,
                int *why);

/* Where in the file it stands; a reason as words. */
int64_t gunzip_at(const struct gunzip *g);
const char *gunzip_reason(int why);

/* Bytes that it holds. */
int64_t gunzip_memory(int64_t expected);

#endif
