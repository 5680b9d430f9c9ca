/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_RESULT_H
#define ANA_PIPELINE_RESULT_H

#include "base/text.h"
#include "base/warned.h"
#include "data/blob.h"
#include "pipeline/out.h"

/* What a task found for one recording, as it is kept in the store: the whole collector,
 * and the warnings that were given on the way, so that a run which takes it from there
 * says the same words. Start with {0}. */
struct ana_result {
    struct ana_collector *collector;
    struct ana_warned x_warned; /* on the side that all recordings of the task share */
    struct ana_warned y_warned; /* on this recording's */
    struct ana_warned shown; /* "KEY TEXT": kept with the activations KEY that it read */
    struct ana_blob blob;    /* what its named arrays point into; data = NULL: nothing */
};

/* As bytes: little-endian int64 and float64, texts with their lengths. Bit for bit the
 * same for equal results. Behind them come the numbers of the named arrays, each from a
 * multiple of 64 on: see `ana_result_pieces`. */
int ana_result_pack(struct ana_ctx *ctx, const struct ana_result *result,
                    struct ana_text *out);

/* These bytes with the arrays behind them, without copying an array.
 * Owns: the caller (ana_free); the pieces borrow from both arguments. */
int ana_result_pieces(struct ana_ctx *ctx, const struct ana_result *result,
                      const struct ana_text *packed, int64_t *n,
                      struct ana_piece **pieces);

/* And back. The collector has neither problem nor plan and takes nothing more; its named
 * arrays borrow `data`, which begins at a multiple of 8.
 * Owns: the caller; release with `ana_result_finish`. Errors: ANA_EDATA for bytes that
 * `ana_result_pack` did not write. */
int ana_result_unpack(struct ana_ctx *ctx, const char *name, const uint8_t *data,
                      int64_t n, struct ana_result *out);

void ana_result_finish(struct ana_ctx *ctx, struct ana_result *result);

#endif
