/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_BLOCKS_H
#define ANAFLOW_BLOCKS_H

#include <anaflow/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a reader makes of a file at some cost, and neither it nor a later run need make
 * again: a compressed file, which cannot be read here and there, as blocks of equal size
 * in the run's cache. Outside of a run, and where the cache cannot be written, they lie in
 * a scratch file (`ana_scratch`) and end with it.
 *
 *     ana_blocks_open -> not found: ana_blocks_put of each, ana_blocks_seal
 *                     -> ana_blocks_get -> ana_blocks_close */

/* Which blocks. A reader lists those that reading will need in `kept` of its description,
 * so that a plan knows what they take and which are there. Since: ABI 0.1. */
struct ana_blocks_key {
    uint32_t size; /* sizeof (struct ana_blocks_key) */
    uint32_t pad;
    const char *file; /* what they are made from: its content counts, not its name */
    const char *how;  /* all else that their bytes depend on, in words: the plugin's id, a
                         number that changes with what it makes, types and sizes */
    const int64_t *numbers; /* n_numbers: more of that; which voxels, say */
    int64_t n_numbers;
    const char *what; /* a line for `anaflow cache ls` */
    int64_t n;        /* blocks */
    int64_t bytes;    /* of each */
};

/* Opaque. Since: ABI 0.1. */
struct ana_blocks;

/* Find blocks in the run's cache (*found = 1), or begin to make them (0). Room on the disk
 * is taken at once. What is made appears in the cache once it is sealed, or not at all.
 *
 * Owns:    the caller; `ana_blocks_close`, also where it fails.
 * Errors:  ANA_EPARAM: more blocks or bytes than can be; ANA_EPLUGIN: a key without a file
 *          or words, or of a wrong size; ANA_EDATA: key->file cannot be read;
 *          ANA_ERESOURCE: no room.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API int ana_blocks_open(struct ana_ctx *ctx, const struct ana_blocks_key *key,
                            struct ana_blocks **out, int32_t *found);

/* Put one block, key->bytes long; each is put once, in any order.
 *
 * Errors:  ANA_EPARAM: there is no such block, or they were found or sealed already;
 *          ANA_ERESOURCE.
 * Threads: any, on distinct blocks.
 * Since:   ABI 0.1 */
ANA_API int ana_blocks_put(struct ana_ctx *ctx, struct ana_blocks *blocks, int64_t i,
                           const void *bytes);

/* Warn of the file, "FILE: WHAT", now and, where they are kept, whenever they are taken from
 * the cache again: of what is only seen while they are made.
 *
 * what     one line
 *
 * Owns:    nothing.
 * Errors:  none.
 * Threads: the context's own, before `ana_blocks_seal`.
 * Since:   ABI 0.1 */
ANA_API void ana_blocks_warn(struct ana_ctx *ctx, struct ana_blocks *blocks,
                             const char *what);

/* All were put: keep them. From here on they can be had.
 *
 * Errors:  ANA_EDATA: key->file changed since `ana_blocks_open`; ANA_ERESOURCE; nothing is
 *          kept then.
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API int ana_blocks_seal(struct ana_ctx *ctx, struct ana_blocks *blocks);

/* Get blocks [first, first + n). Every byte is checked: where one is not what was put
 * (which the report then says), or where somebody has cleared the cache, *lost is 1 and
 * the blocks are to be closed and made again.
 *
 * Errors:  ANA_EPARAM: there are no such blocks; ANA_EDATA: damage, where the cache is only
 *          looked at; ANA_ERESOURCE.
 * Threads: any.
 * Since:   ABI 0.1 */
ANA_API int ana_blocks_get(struct ana_ctx *ctx, const struct ana_blocks *blocks,
                           int64_t first, int64_t n, void *bytes, int32_t *lost);

/* NULL is allowed. What was not sealed is gone.
 *
 * Threads: the context's own.
 * Since:   ABI 0.1 */
ANA_API void ana_blocks_close(struct ana_ctx *ctx, struct ana_blocks *blocks);

#ifdef __cplusplus
}
#endif
#endif
