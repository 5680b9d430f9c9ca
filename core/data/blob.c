/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that know whether they are whole.
 */
#include "data/blob.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "data/blob_parts.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blobs are little-endian");

const char ana_blob_whole[8] = "ANABLOB1", ana_blob_blocks[8] = "ANABLOB2";

static int hash_piece(XXH3_state_t *state, const void *data, int64_t n)
{
    return n == 0 || XXH3_128bits_update(state, data, (size_t)n) == XXH_OK;
}

/* Note and lengths behind a content that is hashed already, into the tail; `ok` as far as
 * that went. Releases the state. */
static int seal(struct ana_ctx *ctx, XXH3_state_t *state, int ok, const char *note,
                struct ana_blob_tail *tail)
{
    ok = ok && hash_piece(state, note, tail->n_note) && hash_piece(state, &tail->n, 16);
    if (ok) {
        const XXH128_hash_t hash = XXH3_128bits_digest(state);

        tail->low = hash.low64;
        tail->high = hash.high64;
    }
    XXH3_freeState(state);
    return ok ? 0 : ana_fail(ctx, ANA_ERESOURCE, "no memory to hash a result");
}

/* The same of a content in memory. */
static int seal_pieces(struct ana_ctx *ctx, int64_t n_pieces,
                       const struct ana_piece *pieces, const char *note,
                       struct ana_blob_tail *tail)
{
    XXH3_state_t *state = XXH3_createState();
    int ok = state && XXH3_128bits_reset(state) == XXH_OK;

    for (int64_t i = 0; ok && i < n_pieces; i++)
        ok = hash_piece(state, pieces[i].data, pieces[i].n);
    return seal(ctx, state, ok, note, tail);
}

/* And of one that lies in an open file. It is read again, not mapped, so that it takes no
 * memory. */
static int seal_file(struct ana_ctx *ctx, const struct ana_writer *writer,
                     const char *note, struct ana_blob_tail *tail)
{
    enum { BLOCK = 1 << 18 };
    XXH3_state_t *state = XXH3_createState();
    char *block = ana_alloc(ctx, BLOCK, 1);
    int ok = state && block && XXH3_128bits_reset(state) == XXH_OK;

    for (int64_t at = 0; ok && at < tail->n;) {
        const int64_t left = tail->n - at;
        const ssize_t k = pread(fileno(writer->file), block,
                                (size_t)(left < BLOCK ? left : BLOCK), (off_t)at);

        if (k <= 0) {
            ana_free(ctx, block);
            XXH3_freeState(state);
            return ana_fail(ctx, ANA_ERESOURCE, "%s: could not be read again: %s",
                            writer->path, k < 0 ? strerror(errno) : "it ends early");
        }
        ok = hash_piece(state, block, k);
        at += k;
    }
    ana_free(ctx, block);
    return seal(ctx, state, ok, note, tail);
}

int ana_blob_write(struct ana_ctx *ctx, const char *path, int64_t n_pieces,
                   const struct ana_piece *pieces, const char *note)
{
    struct ana_blob_tail tail = {.n_note = (int64_t)strlen(note)};
    struct ana_writer writer;
    int rc;

    memcpy(tail.magic, ana_blob_whole, sizeof tail.magic);
    for (int64_t i = 0; i < n_pieces; i++)
        tail.n += pieces[i].n;
    rc = seal_pieces(ctx, n_pieces, pieces, note, &tail);
    if (rc == 0)
        rc = ana_writer_open(ctx, path, &writer);
    if (rc != 0)
        return rc;
    writer.alone = 1;
    for (int64_t i = 0; i < n_pieces; i++)
        if (pieces[i].n > 0)
            fwrite(pieces[i].data, 1, (size_t)pieces[i].n, writer.file);
    fwrite(note, 1, (size_t)tail.n_note, writer.file);
    fwrite(&tail, sizeof tail, 1, writer.file);
    return ana_writer_close(ctx, &writer);
}

int ana_blob_begin(struct ana_ctx *ctx, const char *path, int64_t n,
                   struct ana_blob_writer *out)
{
    int rc = ana_writer_open(ctx, path, &out->writer);

    out->n = n;
    if (rc != 0)
        return rc;
    out->writer.alone = 1;
    if (ftruncate(fileno(out->writer.file), (off_t)n) != 0)
        rc = ana_fail(ctx, ANA_ERESOURCE, "%s: could not be written whole: %s", path,
                      strerror(errno));
    if (rc == 0)
        rc = ana_writer_rest(ctx, &out->writer);
    if (rc != 0)
        ana_writer_abort(&out->writer);
    return rc;
}

int ana_blob_place(struct ana_ctx *ctx, const struct ana_blob_writer *blob, int64_t at,
                   const void *data, int64_t n)
{
    return ana_writer_place(ctx, &blob->writer, at, data, n);
}

int ana_blob_seal(struct ana_ctx *ctx, struct ana_blob_writer *blob, const char *note)
{
    struct ana_blob_tail tail = {.n = blob->n, .n_note = (int64_t)strlen(note)};
    int rc = ana_writer_wake(ctx, &blob->writer);

    memcpy(tail.magic, ana_blob_whole, sizeof tail.magic);
    if (rc == 0)
        rc = seal_file(ctx, &blob->writer, note, &tail);
    if (rc != 0) {
        ana_blob_abort(blob);
        return rc;
    }
    fseeko(blob->writer.file, 0, SEEK_END);
    fwrite(note, 1, (size_t)tail.n_note, blob->writer.file);
    fwrite(&tail, sizeof tail, 1, blob->writer.file);
    return ana_writer_close(ctx, &blob->writer);
}

void ana_blob_abort(struct ana_blob_writer *blob)
{
    ana_writer_abort(&blob->writer);
}

static int damaged(struct ana_ctx *ctx, const char *path, struct ana_blob *blob,
                   const char *how)
{
    ana_blob_close(blob);
    return ana_fail(ctx, ANA_EDATA, "%s: is damaged: %s", path, how);
}

struct ana_block_hash ana_block_hash(const void *data, int64_t n)
{
    const XXH128_hash_t hash = XXH3_128bits(data, (size_t)n);

    return (struct ana_block_hash){hash.low64, hash.high64};
}

XXH128_hash_t ana_blob_blocks_seal(const struct ana_blob_tail *tail, const void *hashes,
                                   const char *note)
{
    const uint64_t lengths[] = {(uint64_t)tail->n, (uint64_t)tail->n_note, tail->block};
    const XXH128_hash_t words = XXH3_128bits(note, (size_t)tail->n_note);
    const XXH128_hash_t index = XXH3_128bits(hashes, (size_t)tail->n / tail->block *
                                                         sizeof(struct ana_block_hash));
    const uint64_t all[] = {lengths[0],   lengths[1],  lengths[2],  words.low64,
                            words.high64, index.low64, index.high64};

    return XXH3_128bits(all, sizeof all);
}

int64_t ana_blob_blocks_count(const struct ana_blob_tail *tail, int64_t size)
{
    const int64_t rest = size - (int64_t)sizeof *tail;
    int64_t n, sum;

    if (memcmp(tail->magic, ana_blob_blocks, sizeof tail->magic) != 0 ||
        tail->block == 0 || tail->n < 0 || tail->n > rest || tail->n_note < 0 ||
        (uint64_t)tail->n % tail->block != 0)
        return -1;
    n = (int64_t)((uint64_t)tail->n / tail->block);
    if (n > rest / (int64_t)sizeof(struct ana_block_hash) ||
        !ana_add_ok(tail->n + n * (int64_t)sizeof(struct ana_block_hash), tail->n_note,
                    &sum))
        return -1;
    return sum == rest ? n : -1;
}

/* Where the note begins, or -1: lengths that do not fit the file's. */
static int64_t find_note(const struct ana_blob_tail *tail, int64_t size)
{
    int64_t sum, n;

    if (memcmp(tail->magic, ana_blob_whole, sizeof tail->magic) == 0)
        return tail->block == 0 && tail->n >= 0 && tail->n_note >= 0 &&
                       ana_add_ok(tail->n, tail->n_note, &sum) &&
                       sum == size - (int64_t)sizeof *tail
                   ? tail->n
                   : -1;
    n = ana_blob_blocks_count(tail, size);
    return n < 0 ? -1 : tail->n + n * (int64_t)sizeof(struct ana_block_hash);
}

static int open_tail(struct ana_ctx *ctx, const char *path, struct ana_blob *out,
                     struct ana_blob_tail *tail)
{
    struct ana_file_sign sign;
    const uint8_t *data;
    int64_t n, note;
    int rc;

    memset(out, 0, sizeof *out);
    if (!ana_file_sign(path, &sign))
        return 0;
    if (sign.size < (int64_t)sizeof *tail)
        return damaged(ctx, path, out, "it is too short to be whole");
    rc = ana_file_map(ctx, path, &data, &n);
    if (rc != 0)
        return rc;
    out->data = data;
    out->mapped = n;
    if (n < (int64_t)sizeof *tail)
        return damaged(ctx, path, out, "it is too short to be whole");
    memcpy(tail, data + n - (int64_t)sizeof *tail, sizeof *tail);
    note = find_note(tail, n);
    if (note < 0)
        return damaged(ctx, path, out, "its last 48 bytes do not fit its length");
    out->n = tail->n;
    out->note = (const char *)data + note;
    out->n_note = tail->n_note;
    return 0;
}

/* 1 if every block has its hash, and they and the note the tail's. */
static int blocks_hold(const struct ana_blob *blob, const struct ana_blob_tail *tail)
{
    const int64_t block = (int64_t)tail->block, n = blob->n / block;
    const uint8_t *hashes = blob->data + blob->n;
    const XXH128_hash_t sealed = ana_blob_blocks_seal(tail, hashes, blob->note);
    int holds = sealed.low64 == tail->low && sealed.high64 == tail->high;

    for (int64_t i = 0; holds && i < n; i++) {
        const struct ana_block_hash made = ana_block_hash(blob->data + i * block, block);

        holds = memcmp(&made, hashes + i * (int64_t)sizeof made, sizeof made) == 0;
    }
    return holds;
}

int ana_blob_peek(struct ana_ctx *ctx, const char *path, struct ana_blob *out)
{
    struct ana_blob_tail tail;

    return open_tail(ctx, path, out, &tail);
}

int ana_blob_open(struct ana_ctx *ctx, const char *path, struct ana_blob *out)
{
    struct ana_blob_tail found, made;
    int rc = open_tail(ctx, path, out, &found);

    if (rc != 0 || !out->data)
        return rc;
    made = found;
    if (found.block > 0)
        made.low += (uint64_t)!blocks_hold(out, &found);
    else
        rc =
            seal_pieces(ctx, 1, &(struct ana_piece){out->data, out->n}, out->note, &made);
    if (rc != 0)
        ana_blob_close(out);
    else if (made.low != found.low || made.high != found.high)
        rc = damaged(ctx, path, out,
                     "its content does not have the hash it had when it "
                     "was written");
    return rc;
}

void ana_blob_close(struct ana_blob *blob)
{
    ana_file_unmap(blob->data, blob->mapped);
    memset(blob, 0, sizeof *blob);
}
