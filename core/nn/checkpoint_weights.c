/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One tensor after the other, as an architecture asks for them; what is wrong is
 * gathered, so that a user sees it all at once.
 */
#include <anaflow/files.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/checked.h"
#include "nn/checkpoint.h"

enum { LISTED = 8, BLOCK = 1 << 16 };

static void add_listed(struct ana_text *list, int64_t *n, const char *text)
{
    if ((*n)++ < LISTED)
        ana_text_add(list, "%s%s", *n > 1 ? ", " : "", text);
}

static void write_shape(char out[96], int32_t ndim, const int64_t *shape)
{
    int at = snprintf(out, 96, ndim == 0 ? "one number" : "");

    for (int32_t d = 0; d < ndim && at < 72; d++)
        at += snprintf(out + at, 96 - (size_t)at, "%s%lld", d > 0 ? " x " : "",
                       (long long)shape[d]);
}

static void keep_failure(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, int rc)
{
    if (checkpoint->status == 0) {
        checkpoint->status = rc;
        checkpoint->failure = ana_strdup(ctx, ana_error(ctx));
    }
}

/* Memory that lives as long as the checkpoint. */
static float *make_room(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint, int64_t n)
{
    float *x;

    if (checkpoint->n_made == checkpoint->room_made) {
        const int64_t room = checkpoint->room_made * 2 + 64;
        void **made = ana_alloc(ctx, room, sizeof *made);

        if (!made)
            return NULL;
        if (checkpoint->n_made > 0)
            memcpy(made, checkpoint->made, (size_t)checkpoint->n_made * sizeof *made);
        ana_free(ctx, checkpoint->made);
        checkpoint->made = made;
        checkpoint->room_made = room;
    }
    x = ana_alloc(ctx, n, sizeof *x);
    if (x)
        checkpoint->made[checkpoint->n_made++] = x;
    return x;
}

/* Exponent bits all set: NaN or Inf. Written for the compiler to widen. */
static int all_finite(const float *x, int64_t n)
{
    uint32_t bad = 0, bits;

    for (int64_t i = 0; i < n; i++) {
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

struct scan {
    const float *x;
    int64_t n;
    uint8_t *bad;
};

static int scan_block(struct ana_ctx *ctx, void *arg, int64_t block)
{
    const struct scan *scan = arg;
    const int64_t from = block * BLOCK;

    (void)ctx;
    scan->bad[block] =
        !all_finite(scan->x + from, from + BLOCK < scan->n ? BLOCK : scan->n - from);
    return 0;
}

static int check_finite(struct ana_ctx *ctx, const char *path, const char *name,
                        const struct ana_tensor *tensor, const float *x)
{
    struct scan scan = {.x = x, .n = ana_tensor_count(tensor)};
    const int64_t blocks = (scan.n + BLOCK - 1) / BLOCK;
    int64_t bad = -1;
    int rc;

    scan.bad = ana_alloc(ctx, blocks, 1);
    if (!scan.bad)
        return ANA_ERESOURCE;
    rc = ana_parallel_for(ctx, blocks, scan_block, &scan);
    for (int64_t b = 0; rc == 0 && bad < 0 && b < blocks; b++)
        for (int64_t i = b * BLOCK; scan.bad[b] && bad < 0 && i < scan.n; i++)
            if (!all_finite(x + i, 1))
                bad = i;
    ana_free(ctx, scan.bad);
    if (bad >= 0)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: tensor '%s': number %lld of %lld (from 0, in the file's "
                        "order) is %g; the checkpoint is damaged",
                        path, name, (long long)bad, (long long)scan.n, (double)x[bad]);
    return rc;
}

/* Give back the pages that lie wholly in the span; they can still be read. */
static void give_back(const struct ana_span *span)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)span->x + page - 1) / page * page;
    const uintptr_t to = (uintptr_t)(span->x + span->n) / page * page;

    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
}

/* A float tensor's numbers as float32: the mapped ones, or a copy. */
static int take_numbers(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                        const char *path, const char *name, struct ana_tensor *tensor,
                        const float **out)
{
    const int64_t n = ana_tensor_count(tensor);
    struct ana_tensor single = {0};
    float *copy;
    int rc = 0;

    if (tensor->dtype == ANA_F32 && !tensor->owner) {
        const struct ana_span span = {tensor->data, n, 0};

        *out = tensor->data;
        rc = check_finite(ctx, path, name, tensor, *out);
        give_back(&span); /* looking at a tensor is no reason to keep it in memory */
        return rc;
    }
    if (tensor->dtype != ANA_F32 && tensor->dtype != ANA_F64 &&
        tensor->dtype != ANA_F16 && tensor->dtype != ANA_BF16)
        return ana_fail(ctx, ANA_EDATA,
                        "%s: tensor '%s' holds %s; weights are F32, F16, BF16 or F64",
                        path, name, ana_dtype_name(tensor->dtype));
    copy = make_room(ctx, checkpoint, n);
    if (copy)
        rc = ana_tensor_convert(ctx, tensor, ANA_F32, &single);
    if (copy && rc == 0) {
        memcpy(copy, single.data, (size_t)n * sizeof *copy);
        *out = copy;
        rc = check_finite(ctx, path, name, tensor, copy);
    }
    ana_tensor_finish(&single);
    return copy ? rc : ANA_ERESOURCE;
}

static int same_shape(const struct ana_weight *weight, const struct ana_tensor *tensor)
{
    if (tensor->ndim != weight->ndim)
        return 0;
    for (int32_t d = 0; d < weight->ndim; d++)
        if (tensor->shape[d] != weight->shape[d])
            return 0;
    return 1;
}

static void note_misshapen(struct ana_checkpoint *checkpoint, const char *name,
                           const struct ana_weight *weight,
                           const struct ana_tensor *tensor)
{
    char found[96], wanted[96], all[512];

    write_shape(found, tensor->ndim, tensor->shape);
    write_shape(wanted, weight->ndim, weight->shape);
    snprintf(all, sizeof all, "'%.200s' is %s, not %s", name, found, wanted);
    add_listed(&checkpoint->misshapen, &checkpoint->n_misshapen, all);
}

static int note_mapped(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                       const float *x, int64_t n, int copied)
{
    if (checkpoint->n_mapped == checkpoint->room_mapped) {
        const int64_t room = checkpoint->room_mapped * 2 + 64;
        struct ana_span *mapped = ana_alloc(ctx, room, sizeof *mapped);

        if (!mapped)
            return ANA_ERESOURCE;
        if (checkpoint->n_mapped > 0)
            memcpy(mapped, checkpoint->mapped,
                   (size_t)checkpoint->n_mapped * sizeof *mapped);
        ana_free(ctx, checkpoint->mapped);
        checkpoint->mapped = mapped;
        checkpoint->room_mapped = room;
    }
    checkpoint->mapped[checkpoint->n_mapped++] = (struct ana_span){x, n, copied};
    return 0;
}

void ana_checkpoint_rest(const struct ana_checkpoint *checkpoint, const float *weight)
{
    for (int64_t i = 0; i < checkpoint->n_mapped; i++)
        if (checkpoint->mapped[i].x == weight)
            give_back(&checkpoint->mapped[i]);
}

static const float *read_weight(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                                const struct ana_weight *weight, const char *name)
{
    char full[256], first[256];
    struct ana_named *named =
        ana_checkpoint_find(checkpoint, checkpoint->prefix, name, full);
    struct ana_tensor tensor;
    const struct ana_shard *shard;
    const float *x = NULL;
    int rc;

    if (!named) {
        snprintf(first, sizeof first, "%s%.*s", checkpoint->prefix,
                 (int)strcspn(name, "|"), name);
        if (!(weight->flags & ANA_WEIGHT_OPTIONAL))
            add_listed(&checkpoint->missing, &checkpoint->n_missing, first);
        return NULL;
    }
    named->used = 1;
    shard = &checkpoint->shard[named->shard];
    rc = ana_safetensors_get(ctx, shard->file, full, &tensor);
    if (rc == 0 && !same_shape(weight, &tensor))
        note_misshapen(checkpoint, full, weight, &tensor);
    else if (rc == 0 && checkpoint->describe)
        checkpoint->parameters += ana_tensor_count(&tensor);
    else if (rc == 0)
        rc = take_numbers(ctx, checkpoint, shard->path, full, &tensor, &x);
    if (rc == 0 && x && x == tensor.data)
        rc = note_mapped(ctx, checkpoint, x, ana_tensor_count(&tensor),
                         (weight->flags & ANA_WEIGHT_COPIED) != 0);
    if (rc != 0) {
        keep_failure(ctx, checkpoint, rc);
        x = NULL;
    }
    ana_tensor_finish(&tensor);
    return x;
}

static const float *draw_weight(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                                const struct ana_weight *weight, const char *name,
                                int64_t n)
{
    float *x = make_room(ctx, checkpoint, n);
    int rc = x ? ana_checkpoint_draw(ctx, weight, name, checkpoint->twin, n, x)
               : ANA_ERESOURCE;

    if (rc != 0)
        keep_failure(ctx, checkpoint, rc);
    return rc == 0 ? x : NULL;
}

static const float *shuffle_weight(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                                   const float *from, const char *name, int64_t n)
{
    float *x = make_room(ctx, checkpoint, n);
    int rc = x ? 0 : ANA_ERESOURCE;

    if (x) {
        memcpy(x, from, (size_t)n * sizeof *x);
        ana_checkpoint_rest(checkpoint, from);
        rc = ana_checkpoint_shuffle(ctx, name, checkpoint->twin, n, x);
    }
    if (rc != 0)
        keep_failure(ctx, checkpoint, rc);
    return rc == 0 ? x : NULL;
}

const float *ana_checkpoint_weight(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                                   const struct ana_weight *weight, const char *name, ...)
{
    char text[256], key[256];
    const float *x;
    int64_t n = 1;
    va_list arguments;
    int good = weight->ndim >= 0 && weight->ndim <= 4;

    va_start(arguments, name);
    vsnprintf(text, sizeof text, name, arguments);
    va_end(arguments);
    for (int32_t d = 0; good && d < weight->ndim; d++)
        good = weight->shape[d] > 0 && ana_mul_ok(n, weight->shape[d], &n);
    if (!good) {
        keep_failure(ctx, checkpoint,
                     ana_fail(ctx, ANA_EDATA, "%s: tensor '%s' would have no shape",
                              checkpoint->folder, text));
        return NULL;
    }
    snprintf(key, sizeof key, "%.*s", (int)strcspn(text, "|"), text);
    if (checkpoint->random && checkpoint->describe) {
        checkpoint->parameters += n;
        return NULL;
    }
    if (checkpoint->random && !(weight->flags & ANA_WEIGHT_FIXED))
        x = checkpoint->status == 0 ? draw_weight(ctx, checkpoint, weight, key, n) : NULL;
    else if (checkpoint->random)
        x = NULL; /* a constant that the plugin makes itself */
    else
        x = read_weight(ctx, checkpoint, weight, text);
    if (x && checkpoint->permuted && !(weight->flags & ANA_WEIGHT_FIXED))
        x = shuffle_weight(ctx, checkpoint, x, key, n);
    if (x)
        checkpoint->parameters += n;
    return x;
}

static int is_unused(const char *const *unused, const char *name)
{
    for (; unused && *unused; unused++)
        if (fnmatch(*unused, name, 0) == 0)
            return 1;
    return 0;
}

/* Tensors that nobody asked for: under the network's own prefix they mean that the
 * configuration describes another network; beside it they are heads. */
static int64_t list_extra(struct ana_ctx *ctx, const struct ana_checkpoint *checkpoint,
                          const char *const *unused, struct ana_text *extra)
{
    const size_t prefix = strlen(checkpoint->prefix);
    struct ana_text heads = {0};
    int64_t n = 0, n_heads = 0;

    for (int64_t i = 0; i < checkpoint->n_names; i++) {
        const struct ana_named *named = &checkpoint->named[i];

        if (named->used)
            continue;
        if (strncmp(named->name, checkpoint->prefix, prefix) != 0)
            add_listed(&heads, &n_heads, named->name);
        else if (!is_unused(unused, named->name + prefix))
            add_listed(extra, &n, named->name);
    }
    if (n_heads > 0)
        ana_log(ctx, "checkpoint %s: %lld tensors beside the network are left alone: %s",
                checkpoint->folder, (long long)n_heads, heads.data ? heads.data : "");
    ana_text_finish(&heads);
    return n;
}

static void add_part(struct ana_text *all, const char *what, int64_t n,
                     const struct ana_text *list)
{
    if (n == 0)
        return;
    ana_text_add(all, "%s %s", all->length > 0 ? ";" : "", what);
    ana_text_add(all, " (%lld): %s", (long long)n, list->data ? list->data : "");
    if (n > LISTED)
        ana_text_add(all, " and %lld more", (long long)(n - LISTED));
}

int ana_checkpoint_finish(struct ana_ctx *ctx, struct ana_checkpoint *checkpoint,
                          const char *const *unused)
{
    struct ana_text extra = {0}, all = {0};
    int64_t n_extra;
    int rc = 0;

    if (checkpoint->status != 0)
        return ana_fail(ctx, checkpoint->status, "%s",
                        checkpoint->failure ? checkpoint->failure : "no memory");
    for (int64_t i = 0; i < checkpoint->n_mapped; i++)
        if (checkpoint->mapped[i].copied)
            give_back(&checkpoint->mapped[i]);
    n_extra = list_extra(ctx, checkpoint, unused, &extra);
    add_part(&all, "missing", checkpoint->n_missing, &checkpoint->missing);
    add_part(&all, "of another shape", checkpoint->n_misshapen, &checkpoint->misshapen);
    add_part(&all, "not known", n_extra, &extra);
    if (all.length > 0)
        rc = ana_fail(ctx, ANA_EDATA,
                      "checkpoint %s: its tensors are not those that config.json "
                      "describes:%s",
                      checkpoint->folder, all.data);
    ana_text_finish(&extra);
    ana_text_finish(&all);
    return rc;
}
