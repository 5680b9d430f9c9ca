/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of a dataset, block by block: a chunk as it is stored, or about a megabyte of
 * what is stored in one piece. The block that was read last is held, or of a row of chunks
 * each.
 */
#include <string.h>

#include "h5.h"
#include "h5_decode.h"

/* A block, with what the filters put behind it; as it is stored. */
static int64_t room_of(const struct h5_array *a)
{
    return a->block_bytes + 4 * (int64_t)a->n_filters;
}

static int64_t stored_room(const struct h5_array *a)
{
    return room_of(a) + room_of(a) / 8 + 4096;
}

static int make_room(struct ana_ctx *ctx, struct h5_array *a)
{
    if (!a->slot && !a->held)
        a->held = ana_alloc(ctx, room_of(a), 1);
    if (a->chunked && a->n_filters > 1 && !a->spare)
        a->spare = ana_alloc(ctx, room_of(a), 1);
    if (a->chunked && !a->stored)
        a->stored = ana_alloc(ctx, stored_room(a), 1);
    return (a->slot || a->held) &&
                   (!a->chunked || (a->stored && (a->n_filters < 2 || a->spare)))
               ? 0
               : ANA_ERESOURCE;
}

/* How many chunks stand beside one another along dimension d. */
static int64_t chunks_along(const struct h5_array *a, int32_t d)
{
    return a->shape[d] / a->block[d] + (a->shape[d] % a->block[d] != 0);
}

int h5_array_keep(struct ana_ctx *ctx, struct h5_array *a, int32_t axis)
{
    const int64_t each = room_of(a) + (int64_t)sizeof *a->slot;
    int64_t n = 1;

    for (int32_t d = 0; a->chunked && d < a->ndim; d++)
        n *= d == axis ? 1 : chunks_along(a, d);
    a->holds = n < 2 || n <= H5_MOST_KEPT / each;
    if (n < 2 || !a->holds)
        return 0;
    a->slot = ana_alloc(ctx, n, sizeof *a->slot);
    if (!a->slot)
        return ANA_ERESOURCE;
    a->n_slots = n;
    a->kept_axis = axis;
    ana_free(ctx, a->held);
    a->held = NULL;
    a->held_at = -1;
    return 0;
}

void h5_array_forget(struct ana_ctx *ctx, struct h5_array *a)
{
    if (!a->slot)
        return;
    for (int64_t i = 0; i < a->n_slots; i++) {
        ana_free(ctx, a->slot[i].bytes);
        a->slot[i].bytes = NULL;
    }
    a->held = NULL;
    a->held_at = -1;
}

int64_t h5_array_memory(const struct h5_array *a)
{
    const int64_t held = a->slot ? a->n_slots : 1;

    return held * (room_of(a) + (int64_t)sizeof *a->slot) +
           (a->chunked ? stored_room(a) + (a->n_filters > 1 ? room_of(a) : 0) : 0);
}

/* What holds the block at `start`, or is to. */
static struct h5_slot *slot_of(const struct h5_array *a, const int64_t *start)
{
    int64_t i = 0;

    for (int32_t d = 0; a->slot && d < a->ndim; d++)
        if (d != a->kept_axis)
            i = i * chunks_along(a, d) + start[d] / a->block[d];
    return a->slot ? &a->slot[i] : NULL;
}

static int hold(struct ana_ctx *ctx, struct h5_array *a, struct h5_slot *slot)
{
    if (!slot->bytes) {
        slot->bytes = ana_alloc(ctx, room_of(a), 1);
        slot->at = -1;
    }
    a->held = slot->bytes;
    a->held_at = slot->bytes ? slot->at : -1;
    return slot->bytes ? 0 : ANA_ERESOURCE;
}

static void fill_block(struct h5_array *a)
{
    for (int64_t i = 0; i < a->block_bytes; i += a->width)
        if (a->fill)
            memcpy(a->held + i, a->fill, (size_t)a->width);
        else
            memset(a->held + i, 0, (size_t)a->width);
}

/* Releases before 1.14 and 1.12.3 leave the user block out of a chunk's address. */
static int64_t base_of_chunks(const struct h5_file *file)
{
    unsigned major = 0, minor = 0, release = 0;

    H5get_libversion(&major, &minor, &release);
    return major == 1 && (minor < 12 || (minor == 12 && release < 3)) ? file->base : 0;
}

static int load_chunk(struct ana_ctx *ctx, struct h5_array *a, const int64_t *start)
{
    const int64_t room = room_of(a);
    hsize_t offset[H5_MOST_DIMS], size = 0;
    haddr_t address = HADDR_UNDEF;
    unsigned mask = 0;
    uint32_t filters = 0;

    for (int32_t d = 0; d < a->ndim; d++)
        offset[d] = (hsize_t)start[d];
    if (H5Dget_chunk_info_by_coord(a->id, offset, &mask, &address, &size) < 0)
        return h5_damaged(ctx, a->file, a->id, a->name,
                          "has an index of chunks that is wrong");
    if (address == HADDR_UNDEF || size == 0) {
        fill_block(a);
        return 0;
    }
    if ((int64_t)size > a->file->bytes || (int64_t)size > stored_room(a) ||
        address > (haddr_t)a->file->bytes)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` has a chunk of %llu bytes at byte %llu where %lld "
                        "at most were expected; the file is damaged",
                        a->file->path, a->name, (unsigned long long)size,
                        (unsigned long long)address, (long long)room);
    a->stored_at = (int64_t)address + base_of_chunks(a->file);
    if (H5Dread_chunk(a->id, H5P_DEFAULT, offset, &filters, a->stored) < 0)
        return h5_damaged_part(ctx, a->file, a->name, "has a chunk", a->stored_at,
                               "that cannot be read");
    return h5_unpack(ctx, a, filters, (int64_t)size);
}

static int load_piece(struct ana_ctx *ctx, struct h5_array *a, const int64_t *start)
{
    hsize_t offset[H5_MOST_DIMS] = {0}, count[H5_MOST_DIMS], block[H5_MOST_DIMS];
    hid_t type = H5Dget_type(a->id), from = H5Dget_space(a->id), to = -1;
    const hsize_t zero[H5_MOST_DIMS] = {0};
    herr_t status = -1;

    for (int32_t d = 0; d < a->ndim; d++) {
        const int64_t left = a->shape[d] - start[d];

        offset[d] = (hsize_t)start[d];
        block[d] = (hsize_t)a->block[d];
        count[d] = left < a->block[d] ? (hsize_t)left : block[d];
    }
    if (a->ndim == 0) {
        status = H5Dread(a->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->held);
    } else {
        to = H5Screate_simple(a->ndim, block, NULL);
        if (H5Sselect_hyperslab(from, H5S_SELECT_SET, offset, NULL, count, NULL) >= 0 &&
            H5Sselect_hyperslab(to, H5S_SELECT_SET, zero, NULL, count, NULL) >= 0)
            status = H5Dread(a->id, type, to, from, H5P_DEFAULT, a->held);
        H5Sclose(to);
    }
    H5Sclose(from);
    H5Tclose(type);
    return status < 0
               ? h5_damaged_data(ctx, a->file, a->id, a->name, "that cannot be read")
               : 0;
}

/* Bring the block that begins at `start` into a->held. */
static int load_block(struct ana_ctx *ctx, struct h5_array *a, const int64_t *start)
{
    struct h5_slot *slot = slot_of(a, start);
    int64_t at = 0;
    int rc = make_room(ctx, a);

    for (int32_t d = 0; d < a->ndim; d++)
        at = at * a->shape[d] + start[d];
    if (rc == 0 && slot)
        rc = hold(ctx, a, slot);
    if (rc != 0 || at == a->held_at)
        return rc;
    a->held_at = -1;
    rc = a->chunked ? load_chunk(ctx, a, start) : load_piece(ctx, a, start);
    if (rc == 0)
        a->held_at = at;
    if (slot)
        slot->at = a->held_at;
    return rc;
}

static int64_t sample(const struct h5_box *box, int32_t d, int64_t i)
{
    return d == box->pick_axis ? box->pick[i] : box->first[d] + i;
}

/* The first of ascending picks that is not below x. */
static int64_t first_pick(const struct h5_box *box, int64_t x)
{
    int64_t low = 0, high = box->count[box->pick_axis];

    while (low < high) {
        const int64_t half = low + (high - low) / 2;

        if (box->pick[half] < x)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* What of the box lies in the block at `start`, from dimension d on. `from` counts
 * elements of the block, `to` of out. */
static void scatter(const struct h5_array *a, const struct h5_box *box,
                    const int64_t *start, int32_t d, int64_t from, int64_t to)
{
    int64_t lo = 0, hi = d < a->ndim ? box->count[d] : 1;

    if (d < a->ndim && d != box->pick_axis) {
        lo = start[d] > box->first[d] ? start[d] - box->first[d] : 0;
        hi = start[d] + a->block[d] - box->first[d];
        hi = hi < box->count[d] ? hi : box->count[d];
    } else if (d < a->ndim && box->ascending) {
        lo = first_pick(box, start[d]);
        hi = first_pick(box, start[d] + a->block[d]);
    }
    for (int64_t i = lo; i < hi; i++) {
        const int64_t in = d < a->ndim ? sample(box, d, i) - start[d] : 0;
        const int64_t f = d < a->ndim ? from * a->block[d] + in : from;
        const int64_t t = d < a->ndim ? to + i * box->stride[d] : to;

        if (d < a->ndim && (in < 0 || in >= a->block[d]))
            continue;
        if (d + 1 < a->ndim)
            scatter(a, box, start, d + 1, f, t);
        else if (box->is_f32)
            ((float *)box->out)[t] =
                (float)h5_decode(a->held + f * a->width, a->width, a->code);
        else
            ((double *)box->out)[t] =
                h5_decode(a->held + f * a->width, a->width, a->code);
    }
}

/* Samples of one dimension that the box touches: [*lo, *hi]. */
static void reach(const struct h5_box *box, int32_t d, int64_t *lo, int64_t *hi)
{
    *lo = sample(box, d, 0);
    *hi = sample(box, d, box->count[d] - 1);
    for (int64_t i = 0; d == box->pick_axis && i < box->count[d]; i++) {
        *lo = box->pick[i] < *lo ? box->pick[i] : *lo;
        *hi = box->pick[i] > *hi ? box->pick[i] : *hi;
    }
}

static int touches(const struct h5_array *a, const struct h5_box *box,
                   const int64_t *start)
{
    const int d = box->pick_axis;

    if (d < 0)
        return 1;
    if (box->ascending)
        return first_pick(box, start[d]) < first_pick(box, start[d] + a->block[d]);
    for (int64_t i = 0; i < box->count[d]; i++)
        if (box->pick[i] >= start[d] && box->pick[i] < start[d] + a->block[d])
            return 1;
    return 0;
}

static int check_box(struct ana_ctx *ctx, const struct h5_array *a,
                     const struct h5_box *box, int64_t *lo, int64_t *hi)
{
    if (!a->dtype)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: `%.200s` at byte %lld holds %s; numbers (integers, floating "
                        "point) were expected",
                        a->file->path, a->name, (long long)h5_header_of(a->file, a->id),
                        a->what);
    for (int32_t d = 0; d < a->ndim; d++) {
        if (box->count[d] < 1)
            return 1;
        reach(box, d, &lo[d], &hi[d]);
        if (lo[d] < 0 || hi[d] >= a->shape[d])
            return ana_fail(ctx, ANA_EDATA,
                            "%s: `%.200s` has %lld samples along dimension %d; %lld to "
                            "%lld were asked for",
                            a->file->path, a->name, (long long)a->shape[d], d + 1,
                            (long long)lo[d], (long long)hi[d]);
    }
    return 0;
}

static int ascend(const struct h5_box *box)
{
    for (int64_t i = 1; box->pick_axis >= 0 && i < box->count[box->pick_axis]; i++)
        if (box->pick[i] <= box->pick[i - 1])
            return 0;
    return box->pick_axis >= 0;
}

int h5_array_read(struct ana_ctx *ctx, struct h5_array *a, const struct h5_box *asked)
{
    int64_t lo[H5_MOST_DIMS], hi[H5_MOST_DIMS], start[H5_MOST_DIMS];
    struct h5_box own = *asked;
    const struct h5_box *box = &own;
    int rc = check_box(ctx, a, box, lo, hi);
    int more = 1;

    h5_quiet();
    if (rc != 0)
        return rc == 1 ? 0 : rc;
    own.ascending = ascend(asked);
    for (int32_t d = 0; d < a->ndim; d++)
        start[d] = lo[d] / a->block[d] * a->block[d];
    while (rc == 0 && more) {
        if (ana_cancelled(ctx))
            return ana_fail(ctx, ANA_ECANCEL, "interrupted");
        if (touches(a, box, start)) {
            rc = load_block(ctx, a, start);
            if (rc == 0)
                scatter(a, box, start, 0, 0, 0);
        }
        more = 0;
        for (int32_t d = a->ndim; d-- > 0 && !more;) {
            start[d] += a->block[d];
            more = start[d] <= hi[d];
            if (!more)
                start[d] = lo[d] / a->block[d] * a->block[d];
        }
    }
    return rc;
}

int h5_array_numbers(struct ana_ctx *ctx, struct h5_array *a, int64_t *n,
                     double **numbers)
{
    struct h5_box box = {.pick_axis = -1};
    int64_t stride = 1;
    int rc;

    *n = h5_array_count(a);
    *numbers = ana_alloc(ctx, *n, sizeof **numbers);
    if (!*numbers)
        return ANA_ERESOURCE;
    box.out = *numbers;
    for (int32_t d = a->ndim; d-- > 0;) {
        box.count[d] = a->shape[d];
        box.stride[d] = stride;
        stride *= a->shape[d];
    }
    rc = h5_array_read(ctx, a, &box);
    if (rc != 0) {
        ana_free(ctx, *numbers);
        *numbers = NULL;
        *n = 0;
    }
    return rc;
}

int h5_array_prove(struct ana_ctx *ctx, struct h5_array *a)
{
    int64_t start[H5_MOST_DIMS] = {0};
    int more = h5_array_count(a) > 0, rc = 0;

    while (rc == 0 && more && a->chunked) {
        rc = load_block(ctx, a, start);
        more = 0;
        for (int32_t d = a->ndim; d-- > 0 && !more;) {
            start[d] += a->block[d];
            more = start[d] < a->shape[d];
            if (!more)
                start[d] = 0;
        }
    }
    return rc;
}
