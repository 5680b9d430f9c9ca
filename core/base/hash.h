/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_HASH_H
#define ANA_BASE_HASH_H

#include <anaflow/base.h>

/* XXH3-128 of some bytes, as 32 hexadecimal digits: names contents and finds damage; no
 * protection against who wants to deceive. */
struct ana_hash {
    char hex[33];
};

struct ana_hash ana_hash_bytes(const void *data, int64_t n);

/* Of a whole file's content, read in pieces. Errors: ANA_EDATA, ANA_ERESOURCE. */
int ana_hash_file(struct ana_ctx *ctx, const char *path, struct ana_hash *out);

/* 1 if a text is a hash: 32 lower-case hexadecimal digits and nothing else. */
int ana_hash_is(const char *text);

#endif
