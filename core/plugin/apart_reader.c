/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A recording whose reader works apart: what its functions ask the worker.
 */
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "plugin/apart_call.h"
#include "plugin/describe.h"

/* Values come in pieces of about so many bytes, or of the rows that are cheapest at once:
 * what is read stands here, and in the worker next to nothing of it. */
enum { PIECE_BYTES = 4 << 20 };

struct remote {
    struct ana_apart_worker *worker;
    int64_t number, generation; /* its name in that process of the worker */
    struct ana_packet open;     /* the request, for a process that begins anew */
    struct ana_packet answer;   /* what `info` points into */
    int changed;                /* another process found something else in the file */
    struct ana_arena arena;
    struct ana_recording_info info;
    char *what; /* the source, for sentences */
};

static int fail_message(struct ana_ctx *ctx, const struct ana_apart_worker *worker,
                        const struct ana_packet *answer)
{
    if (answer->no_memory) /* whose sentence stands already */
        return ANA_ERESOURCE;
    return ana_fail(ctx, ANA_EPLUGIN,
                    "reader %s: the message of its worker is none from byte %lld on",
                    worker->plugin->id, (long long)answer->at);
}

static void begin(struct ana_ctx *ctx, struct ana_packet *request, int64_t asked,
                  int64_t number)
{
    *request = (struct ana_packet){.ctx = ctx};
    ana_packet_put_int(request, asked);
    ana_packet_put_int(request, number);
}

static int ask_to_open(struct ana_ctx *ctx, struct remote *r, struct ana_packet *answer)
{
    const struct ana_apart_answer into = {.packet = answer};
    int rc = ana_apart_ask(ctx, r->worker, &r->open, r->what, &into);

    if (rc == 0)
        r->generation = r->worker->generation;
    return rc;
}

/* The process that had opened it may have ended over another file. What the next one finds
 * has to be what was planned by: sizes above all. */
static int open_again(struct ana_ctx *ctx, struct remote *r)
{
    struct ana_packet now = {.ctx = ctx};
    int rc = 0;

    if (!r->changed && r->generation != r->worker->generation) {
        rc = ask_to_open(ctx, r, &now);
        r->changed = rc == 0 && (now.n != r->answer.n ||
                                 memcmp(now.data, r->answer.data, (size_t)now.n) != 0);
    }
    ana_packet_finish(&now);
    if (r->changed)
        rc =
            ana_fail(ctx, ANA_EDATA,
                     "%s: is not what it was when the run began; run again once it is in "
                     "place",
                     r->what);
    return rc;
}

static int remote_describe(struct ana_ctx *ctx, void *self,
                           struct ana_recording_info *info)
{
    const struct remote *r = self;

    (void)ctx;
    *info = r->info;
    return 0;
}

static int ask_to_read(struct ana_ctx *ctx, struct remote *r, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out)
{
    const int64_t bytes = ana_tensor_count(out) * (int64_t)ana_dtype_size(out->dtype);
    const struct ana_apart_answer into = {.values = out->data, .bytes = bytes};
    struct ana_packet request;
    int rc;

    begin(ctx, &request, ANA_ASK_READ, r->number);
    ana_packet_put_int(&request, run);
    ana_packet_put_int(&request, first);
    ana_packet_put_int(&request, n);
    ana_packet_put_int(&request, targets ? n_targets : -1);
    ana_packet_put_bytes(&request, targets,
                         targets ? n_targets * (int64_t)sizeof *targets : 0);
    ana_put_shape(&request, out);
    rc = ana_apart_ask(ctx, r->worker, &request, r->what, &into);
    ana_packet_finish(&request);
    return rc;
}

/* Copy a piece without gaps to where its values belong. */
static void spread(const struct ana_tensor *piece, int64_t at, struct ana_tensor *out)
{
    const size_t size = ana_dtype_size(out->dtype);
    const int64_t n = ana_tensor_count(piece);
    int64_t index[ANA_MAX_DIMS] = {at};

    for (int64_t i = 0; i < n; i++) {
        int64_t offset = 0;

        for (int32_t d = 0; d < out->ndim; d++)
            offset += index[d] * out->strides[d];
        memcpy((char *)out->data + offset * (int64_t)size,
               (const char *)piece->data + (size_t)i * size, size);
        for (int32_t d = out->ndim - 1; d >= 0; d--) {
            if (++index[d] < (d > 0 ? out->shape[d] : INT64_MAX))
                break;
            index[d] = 0;
        }
    }
}

static int read_piece(struct ana_ctx *ctx, struct remote *r, int64_t run, int64_t first,
                      int64_t at, int64_t n, const int64_t *targets, int64_t n_targets,
                      struct ana_tensor *out)
{
    struct ana_tensor piece = {.size = sizeof piece};
    int64_t shape[ANA_MAX_DIMS] = {0};
    int rc = 0;

    memcpy(shape, out->shape, sizeof shape);
    shape[0] = n;
    if (ana_tensor_contiguous(out))
        ana_tensor_view(out->dtype, out->ndim, shape,
                        (char *)out->data +
                            at * out->strides[0] * (int64_t)ana_dtype_size(out->dtype),
                        &piece);
    else
        rc = ana_tensor_create(ctx, out->dtype, out->ndim, shape, &piece);
    if (rc == 0)
        rc = ask_to_read(ctx, r, run, first + at, n, targets, n_targets, &piece);
    if (rc == 0 && piece.owner)
        spread(&piece, at, out);
    ana_tensor_finish(&piece);
    return rc;
}

static int remote_read(struct ana_ctx *ctx, void *self, int64_t run, int64_t first,
                       int64_t n, const int64_t *targets, int64_t n_targets,
                       struct ana_tensor *out)
{
    struct remote *r = self;
    int64_t row = (int64_t)ana_dtype_size(out->dtype), piece;
    int rc = open_again(ctx, r);

    if (rc == 0 && (out->ndim < 1 || out->shape[0] != n))
        return ana_fail(ctx, ANA_ESHAPE, "a tensor of %lld rows for %lld",
                        (long long)(out->ndim > 0 ? out->shape[0] : 0), (long long)n);
    for (int32_t d = 1; d < out->ndim; d++)
        if (!ana_mul_ok(row, out->shape[d], &row))
            return ana_fail(ctx, ANA_ERESOURCE, "a row does not fit in memory");
    piece = PIECE_BYTES / (row > 0 ? row : 1);
    if (piece < r->info.block) /* less would read or unpack the same again */
        piece = r->info.block;
    piece = piece < 1 ? 1 : piece;
    for (int64_t at = 0; rc == 0 && at < n; at += piece)
        rc = read_piece(ctx, r, run, first, at, n - at < piece ? n - at : piece, targets,
                        n_targets, out);
    return rc;
}

static int remote_write(struct ana_ctx *ctx, void *self, const struct ana_tensor *map,
                        const char *path)
{
    struct remote *r = self;
    struct ana_packet request, answer = {.ctx = ctx};
    const struct ana_apart_answer into = {.packet = &answer};
    struct ana_tensor whole = {.size = sizeof whole};
    int rc = open_again(ctx, r);

    if (rc == 0)
        rc = ana_tensor_convert(ctx, map, map->dtype, &whole);
    if (rc != 0)
        return rc;
    begin(ctx, &request, ANA_ASK_WRITE, r->number);
    ana_packet_put_text(&request, path);
    ana_put_shape(&request, &whole);
    ana_packet_put_bytes(&request, whole.data,
                         ana_tensor_count(&whole) * (int64_t)ana_dtype_size(whole.dtype));
    rc = ana_apart_ask(ctx, r->worker, &request, path, &into);
    ana_packet_finish(&request);
    ana_packet_finish(&answer);
    ana_tensor_finish(&whole);
    return rc;
}

static void free_remote(struct ana_ctx *ctx, struct remote *r)
{
    ana_packet_finish(&r->open);
    ana_packet_finish(&r->answer);
    ana_arena_finish(&r->arena);
    ana_free(ctx, r->what);
    ana_free(ctx, r);
}

static int ask_to_close(struct ana_ctx *ctx, struct remote *r)
{
    struct ana_packet request, answer = {.ctx = ctx};
    const struct ana_apart_answer into = {.packet = &answer};
    int rc;

    begin(ctx, &request, ANA_ASK_CLOSE, r->number);
    rc = ana_apart_ask(ctx, r->worker, &request, r->what, &into);
    ana_packet_finish(&request);
    ana_packet_finish(&answer);
    return rc;
}

/* Often behind a failure, whose sentence is to stand: what fails here is asked of a child. */
static void remote_close(struct ana_ctx *ctx, void *self)
{
    struct remote *r = self;
    struct ana_ctx *child = NULL;

    if (!r)
        return;
    if (r->worker->process && r->generation == r->worker->generation &&
        !ana_cancelled(ctx)) {
        if (ana_ctx_child(ctx, &child) != 0 || ask_to_close(child, r) != 0)
            ana_log(ctx, "%s: its worker did not close it", r->what);
        ana_ctx_destroy(child);
    }
    free_remote(ctx, r);
}

static const struct ana_reader_vt remote_vt = {
    .size = sizeof remote_vt,
    .describe = remote_describe,
    .read = remote_read,
    .write = remote_write,
    .close = remote_close,
};

static int open_remote(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                       const struct ana_params *params, const struct ana_source *source,
                       struct remote **out)
{
    struct remote *r = ana_alloc(ctx, 1, sizeof *r);
    int rc = r ? ana_apart_find(ctx, plugin, &r->worker) : ANA_ERESOURCE;

    *out = NULL;
    if (rc != 0) {
        ana_free(ctx, r);
        return rc;
    }
    r->arena.ctx = ctx;
    r->answer.ctx = ctx;
    r->number = ++r->worker->opened;
    r->what = ana_strdup(ctx, source->n_files == 1 ? source->files[0] : source->text);
    begin(ctx, &r->open, ANA_ASK_OPEN, r->number);
    ana_put_params(&r->open, params);
    ana_put_source(&r->open, source);
    rc = r->what ? ask_to_open(ctx, r, &r->answer) : ANA_ERESOURCE;
    if (rc == 0 && !ana_take_info(&r->answer, &r->arena, &r->info))
        rc = fail_message(ctx, r->worker, &r->answer);
    if (rc == 0)
        *out = r;
    else
        free_remote(ctx, r);
    return rc;
}

static int is_apart(const struct ana_ctx *ctx, const struct ana_plugin *plugin)
{
    return ana_ctx_apart(ctx) && (plugin->reader->flags & ANA_READER_UNTRUSTED_LIB);
}

int64_t ana_apart_bytes(const struct ana_ctx *ctx, const struct ana_plugin *plugin,
                        int64_t read, int64_t block)
{
    enum {
        COPIES = 4,      /* read and packed there, received and spread here */
        WORKER = 3 << 19 /* small things of the worker and its library */
    };
    const int64_t piece = block > PIECE_BYTES ? block : PIECE_BYTES;

    return is_apart(ctx, plugin) ? COPIES * (read < piece ? read : piece) + WORKER : 0;
}

int ana_reader_open(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const struct ana_params *params, const struct ana_source *source,
                    const struct ana_reader_vt **vt, void **self)
{
    struct remote *remote;
    int rc;

    *self = NULL;
    *vt = plugin->reader;
    if (!is_apart(ctx, plugin))
        return plugin->reader->open(ctx, params, source, self);
    *vt = &remote_vt;
    rc = open_remote(ctx, plugin, params, source, &remote);
    *self = remote;
    return rc;
}

int ana_reader_list(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                    const char *path, int64_t *n, struct ana_entry **entries)
{
    struct ana_packet request, answer = {.ctx = ctx};
    const struct ana_apart_answer into = {.packet = &answer};
    struct ana_apart_worker *worker;
    int rc;

    *n = 0;
    *entries = NULL;
    if (!is_apart(ctx, plugin))
        return ana_reader_list_here(ctx, plugin->reader, path, n, entries);
    begin(ctx, &request, ANA_ASK_LIST, 0);
    ana_packet_put_text(&request, path);
    rc = ana_apart_find(ctx, plugin, &worker);
    if (rc == 0)
        rc = ana_apart_ask(ctx, worker, &request, path, &into);
    if (rc == 0 && !ana_take_entries(&answer, n, entries)) {
        rc = fail_message(ctx, worker, &answer);
        ana_entries_free(ctx, *n, *entries);
        *entries = NULL;
        *n = 0;
    }
    ana_packet_finish(&request);
    ana_packet_finish(&answer);
    return rc;
}
