/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The worker's side of readers that are kept apart: one plugin, the recordings that were
 * opened with it, a request at a time from standard input.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/process.h"
#include "base/seen.h"
#include "plugin/apart.h"
#include "plugin/apart_message.h"
#include "plugin/describe.h"
#include "plugin/descriptor.h"
#include "plugin/load.h"

struct opened {
    struct opened *next;
    int64_t number;
    void *self;
    struct ana_params *params;
    struct ana_arena arena;    /* of the settings */
    struct ana_packet request; /* what the source points into */
};

struct serving {
    struct ana_ctx *ctx;
    const struct ana_plugin *plugin;
    struct opened *opened;
    int64_t *said, n_said; /* how often each warning was told already */
    double flops;
};

static void close_one(struct serving *s, struct opened *o)
{
    if (o->self)
        s->plugin->reader->close(s->ctx, o->self);
    ana_params_destroy(o->params);
    ana_arena_finish(&o->arena);
    ana_packet_finish(&o->request);
    ana_free(s->ctx, o);
}

/* Takes the request over: the reader may keep what the source points to. */
static int do_open(struct serving *s, struct ana_packet *request, int64_t number,
                   struct ana_packet *answer)
{
    struct ana_recording_info info = {.size = sizeof info};
    struct ana_described arrays = {0};
    struct ana_setting *settings;
    struct opened *o = ana_alloc(s->ctx, 1, sizeof *o);
    struct ana_source source;
    int64_t n = 0;
    int rc = 0;

    if (!o)
        return ANA_ERESOURCE;
    *o = (struct opened){.number = number, .arena.ctx = s->ctx, .request = *request};
    *request = (struct ana_packet){.ctx = s->ctx};
    if (!ana_take_params(&o->request, &o->arena, &n, &settings) ||
        !ana_take_source(&o->request, &o->arena, &source))
        rc = ana_fail(s->ctx, ANA_EPARAM, "a request to open is cut short");
    if (rc == 0)
        rc = ana_params_create(s->ctx, s->plugin, n, settings, &o->params);
    if (rc == 0) {
        rc = s->plugin->reader->open(s->ctx, o->params, &source, &o->self);
        if (rc != 0)
            o->self = NULL; /* what a failed open leaves there is nothing to close */
    }
    if (rc == 0)
        rc = ana_reader_describe(s->ctx, s->plugin->reader, o->self, &info, &arrays);
    if (rc == 0)
        ana_put_info(answer, &info);
    ana_described_finish(s->ctx, &arrays);
    if (rc != 0) {
        close_one(s, o);
        return rc;
    }
    o->next = s->opened;
    s->opened = o;
    return 0;
}

static struct opened *find(struct serving *s, int64_t number)
{
    struct opened *o = s->opened;

    while (o && o->number != number)
        o = o->next;
    if (!o)
        ana_fail(s->ctx, ANA_EPARAM, "recording %lld is not open", (long long)number);
    return o;
}

static int do_read(struct serving *s, struct ana_packet *request, struct opened *o,
                   struct ana_packet *answer)
{
    const int64_t run = ana_packet_take_int(request);
    const int64_t first = ana_packet_take_int(request);
    const int64_t n = ana_packet_take_int(request);
    const int64_t V = ana_packet_take_int(request);
    const int64_t *chosen =
        V > 0 ? ana_packet_take_bytes(request, V * (int64_t)sizeof *chosen) : NULL;
    int64_t shape[ANA_MAX_DIMS] = {0};
    struct ana_tensor out = {.size = sizeof out};
    int32_t dtype, ndim;
    int rc;

    if (!ana_take_shape(request, &dtype, &ndim, shape) || ndim < 2)
        return ana_fail(s->ctx, ANA_EPARAM, "a request to read is cut short");
    rc = ana_tensor_create(s->ctx, dtype, ndim, shape, &out);
    if (rc == 0)
        rc = s->plugin->reader->read(s->ctx, o->self, run, first, n, chosen,
                                     V >= 0 ? V : shape[ndim - 1], &out);
    if (rc == 0)
        ana_packet_put_bytes(answer, out.data,
                             ana_tensor_count(&out) * (int64_t)ana_dtype_size(dtype));
    ana_tensor_finish(&out);
    return rc;
}

static int do_write(struct serving *s, struct ana_packet *request, struct opened *o)
{
    const char *path = ana_packet_take_text(request);
    int64_t shape[ANA_MAX_DIMS] = {0};
    struct ana_tensor map = {.size = sizeof map};
    int32_t dtype, ndim;
    const void *values;
    int rc;

    if (!path || !ana_take_shape(request, &dtype, &ndim, shape))
        return ana_fail(s->ctx, ANA_EPARAM, "a request to write is cut short");
    if (!s->plugin->reader->write)
        return ana_fail(s->ctx, ANA_EPARAM, "reader %s writes no maps", s->plugin->id);
    rc = ana_tensor_create(s->ctx, dtype, ndim, shape, &map);
    if (rc != 0)
        return rc;
    values = ana_packet_take_bytes(request, ana_tensor_count(&map) *
                                                (int64_t)ana_dtype_size(dtype));
    if (values) {
        memcpy(map.data, values, (size_t)ana_tensor_count(&map) * ana_dtype_size(dtype));
        rc = s->plugin->reader->write(s->ctx, o->self, &map, path);
    } else {
        rc = ana_fail(s->ctx, ANA_EPARAM, "a request to write is cut short");
    }
    ana_tensor_finish(&map);
    return rc;
}

static void do_close(struct serving *s, struct opened *o)
{
    struct opened **at = &s->opened;

    while (*at != o)
        at = &(*at)->next;
    *at = o->next;
    close_one(s, o);
}

static int do_list(struct serving *s, struct ana_packet *request,
                   struct ana_packet *answer)
{
    const char *path = ana_packet_take_text(request);
    struct ana_entry *entries = NULL;
    int64_t n = 0;
    int rc;

    if (!path || !s->plugin->reader->list)
        return ana_fail(s->ctx, ANA_EPARAM, "a request to list is cut short");
    rc = ana_reader_list_here(s->ctx, s->plugin->reader, path, &n, &entries);
    if (rc == 0)
        ana_put_entries(answer, n, entries);
    ana_entries_free(s->ctx, n, entries);
    return rc;
}

static int answer_one(struct serving *s, struct ana_packet *request,
                      struct ana_packet *answer)
{
    const int64_t room = ana_packet_take_int(request);
    const int64_t asked = ana_packet_take_int(request);
    const int64_t number = ana_packet_take_int(request);
    struct opened *o;

    ana_ctx_limit_memory(s->ctx, room > 0 ? room + ana_ctx_memory(s->ctx, NULL) : 0);
    if (asked == ANA_ASK_LIST)
        return do_list(s, request, answer);
    if (asked == ANA_ASK_OPEN)
        return do_open(s, request, number, answer);
    o = find(s, number);
    if (!o)
        return ANA_EPARAM;
    if (asked == ANA_ASK_READ)
        return do_read(s, request, o, answer);
    if (asked == ANA_ASK_WRITE)
        return do_write(s, request, o);
    if (asked == ANA_ASK_CLOSE) {
        do_close(s, o);
        return 0;
    }
    return ana_fail(s->ctx, ANA_EPARAM, "a reader's worker was asked for %lld",
                    (long long)asked);
}

/* What was warned of since the last answer. */
static void tell_warnings(struct serving *s)
{
    const struct ana_warning *warning;
    const int64_t n = ana_ctx_warnings(s->ctx, &warning);

    if (n > s->n_said) {
        int64_t *grown = ana_alloc(s->ctx, n, sizeof *grown);

        if (!grown)
            return;
        if (s->n_said > 0)
            memcpy(grown, s->said, (size_t)s->n_said * sizeof *grown);
        ana_free(s->ctx, s->said);
        s->said = grown;
        s->n_said = n;
    }
    for (int64_t i = 0; i < n; i++) {
        if (warning[i].count > s->said[i])
            ana_process_report("warn %lld %s", (long long)(warning[i].count - s->said[i]),
                               warning[i].text);
        s->said[i] = warning[i].count;
    }
}

static void tell(struct serving *s, int rc, const struct ana_packet *answer)
{
    int64_t in_use, peak;

    tell_warnings(s);
    in_use = ana_ctx_memory(s->ctx, &peak);
    ana_process_report("took %lld %lld %.17g", (long long)in_use, (long long)peak,
                       ana_ctx_flops(s->ctx) - s->flops);
    s->flops = ana_ctx_flops(s->ctx);
    if (rc == 0 && answer->failed)
        rc = ana_fail(s->ctx, ANA_ERESOURCE, "no memory for an answer");
    if (rc == 0) {
        ana_process_report("answer %lld", (long long)answer->n);
        ana_process_answer(answer->data, answer->n);
    } else {
        ana_process_report("fail %d %s", rc, ana_error(s->ctx));
    }
    ana_ctx_clear(s->ctx);
}

/* 1 if all n bytes came. */
static int read_all(void *bytes, int64_t n)
{
    for (int64_t done = 0; done < n;) {
        const ssize_t k = read(0, (char *)bytes + done, (size_t)(n - done));

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return 0;
        done += k;
    }
    return 1;
}

/* It ends, and not by a file: the caller is to hear why. */
static void leave(struct ana_ctx *ctx, int status)
{
    ana_process_report("leave %d %s", status, ana_error(ctx));
}

static int serve_one(struct serving *s)
{
    struct ana_packet request = {.ctx = s->ctx}, answer = {.ctx = s->ctx};
    int64_t n = 0;
    int rc = read_all(&n, sizeof n) && n > 0;
    char *to;

    ana_ctx_limit_memory(s->ctx, 0); /* what it may have now stands in the request */
    to = rc ? ana_packet_receive(&request, n) : NULL;
    if (rc && !to)
        leave(s->ctx, ANA_ERESOURCE);
    rc = to && read_all(to, n);
    if (rc) {
        ana_process_report("works");
        ana_ctx_forget_peak(s->ctx);
        tell(s, answer_one(s, &request, &answer), &answer);
    }
    ana_packet_finish(&request);
    ana_packet_finish(&answer);
    return rc;
}

static void saw(void *arg, const char *path)
{
    (void)arg;
    ana_process_report("saw %s", path);
}

int ana_apart_serve(struct ana_ctx *ctx, const char *file)
{
    struct serving s = {.ctx = ctx};
    FILE *log = ana_process_log();
    int rc = ana_plugin_load_begin(ctx);

    if (rc == 0)
        rc = ana_plugin_load(ctx, file, &s.plugin);
    if (rc == 0 && s.plugin->kind != ANA_KIND_READER)
        rc = ana_fail(ctx, ANA_EPLUGIN, "%s is no reader", file);
    if (rc != 0) {
        leave(ctx, rc);
        if (log)
            fclose(log);
        return rc;
    }
    ana_ctx_set_log(ctx, log);
    ana_ctx_watch(ctx, saw, NULL);
    while (serve_one(&s))
        ;
    while (s.opened)
        do_close(&s, s.opened);
    ana_free(ctx, s.said);
    ana_ctx_watch(ctx, NULL, NULL);
    ana_ctx_set_log(ctx, NULL);
    if (log)
        fclose(log);
    ana_descriptor_release(s.plugin);
    return 0;
}
