/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BLOB_H
#define ANA_DATA_BLOB_H

#include "base/file.h"

/* A file that knows whether it is whole: any content, a note in words, and a tail of 48
 * bytes with the lengths of both and their hash:
 *
 *     content | note | "ANABLOB1" | int64 content | int64 note | 24 bytes of hash
 *
 * The content stands first, so that a program that knows its format (np.load on .npy)
 * opens the file as it is and never sees the rest. Numbers are little-endian.
 *
 * One whose content is blocks of equal size has a hash of each, so that some can be read
 * and checked without the others (data/blocks.h); the tail's hash is of those:
 *
 *     blocks | 16 bytes of hash each | note | "ANABLOB2" | lengths, hash, block's bytes */
struct ana_blob {
    const uint8_t *data; /* NULL = there is no such file */
    int64_t n;
    const char *note; /* n_note bytes and no zero behind them */
    int64_t n_note;
    int64_t mapped; /* private */
};

/* Write one from pieces, whole or not at all (ana_writer). Errors: ANA_ERESOURCE. */
struct ana_piece {
    const void *data;
    int64_t n;
};
int ana_blob_write(struct ana_ctx *ctx, const char *path, int64_t n_pieces,
                   const struct ana_piece *pieces, const char *note);

/* Write one piece by piece and in any order, over hours: the content has n bytes, zeros
 * where nothing is placed. It appears under its name once it is sealed.
 *
 *     ana_blob_begin -> ana_blob_place from any thread -> ana_blob_seal
 *
 * Owns:   the caller; `ana_blob_abort` instead of seal removes what there is; so does a
 *         seal that fails.
 * Errors: ANA_ERESOURCE. */
struct ana_blob_writer {
    struct ana_writer writer;
    int64_t n;
};
int ana_blob_begin(struct ana_ctx *ctx, const char *path, int64_t n,
                   struct ana_blob_writer *out);
int ana_blob_place(struct ana_ctx *ctx, const struct ana_blob_writer *blob, int64_t at,
                   const void *data, int64_t n);
int ana_blob_seal(struct ana_ctx *ctx, struct ana_blob_writer *blob, const char *note);
void ana_blob_abort(struct ana_blob_writer *blob);

/* Map one and check every byte of it. A file that is not there gives data = NULL and 0.
 * Owns:   the caller; release with `ana_blob_close`.
 * Errors: ANA_EDATA: "FILE: is damaged: ...", nothing is then open. */
int ana_blob_open(struct ana_ctx *ctx, const char *path, struct ana_blob *out);

/* The same without a look at content and note's hash: sizes and the note, for lists. */
int ana_blob_peek(struct ana_ctx *ctx, const char *path, struct ana_blob *out);

void ana_blob_close(struct ana_blob *blob);

#endif
