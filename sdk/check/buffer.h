/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SDK_CHECK_BUFFER_H
#define SDK_CHECK_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Memory between two pages that nobody may touch. */

#define ANA_BUFFER_ROOMY                                                                 \
    0 /* in the middle of 64 KiB: a small step outside does no harm */
#define ANA_BUFFER_AT_END 1   /* its last byte is the last before a guard page */
#define ANA_BUFFER_AT_BEGIN 2 /* its first byte is the first behind one */

struct ana_buffer {
    void *data; /* `bytes` zeros */
    char *map;
    size_t length, page;
};

/* 0, or -1 without memory. Release with `ana_buffer_finish`. */
int ana_buffer_create(int place, int64_t bytes, struct ana_buffer *buffer);

/* From here on it may only be read. */
void ana_buffer_freeze(const struct ana_buffer *buffer);
void ana_buffer_finish(struct ana_buffer *buffer);

#endif
