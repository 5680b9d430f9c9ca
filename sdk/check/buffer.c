/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Buffers that turn a step outside into a crash at that instruction.
 */
#include "check/buffer.h"

#include <sys/mman.h>
#include <unistd.h>

enum { ROOM = 1 << 15 };

int ana_buffer_create(int place, int64_t bytes, struct ana_buffer *buffer)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), n = (size_t)bytes;
    const size_t extra = place == ANA_BUFFER_ROOMY ? 2 * ROOM : 0;
    const size_t inside = (n + extra + page - 1) / page * page;

    *buffer = (struct ana_buffer){.length = inside + 2 * page, .page = page};
    buffer->map = mmap(NULL, buffer->length, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (buffer->map == MAP_FAILED) {
        *buffer = (struct ana_buffer){.data = NULL};
        return -1;
    }
    if (inside > 0 && mprotect(buffer->map + page, inside, PROT_READ | PROT_WRITE) != 0) {
        ana_buffer_finish(buffer);
        return -1;
    }
    buffer->data = buffer->map + page;
    if (place == ANA_BUFFER_ROOMY)
        buffer->data = buffer->map + page + ROOM;
    else if (place == ANA_BUFFER_AT_END)
        buffer->data = buffer->map + page + inside - n;
    return 0;
}

void ana_buffer_freeze(const struct ana_buffer *buffer)
{
    if (buffer->length > 2 * buffer->page)
        mprotect(buffer->map + buffer->page, buffer->length - 2 * buffer->page,
                 PROT_READ);
}

void ana_buffer_finish(struct ana_buffer *buffer)
{
    if (buffer->map)
        munmap(buffer->map, buffer->length);
    *buffer = (struct ana_buffer){.data = NULL};
}
