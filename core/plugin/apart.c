/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The program's side of readers that are kept apart: their workers, and one call of one.
 */
#include "plugin/apart_call.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/process.h"
#include "plugin/load.h"

enum { OPENING_SECONDS = 600, MOST_WARNINGS = 10000 };

/* No file needs as much to say what it is: a message of more is none. */
static const int64_t most_answer = (int64_t)4 << 30;

struct ana_apart {
    struct ana_ctx *ctx; /* of the run, which outlives those that ask for a while */
    pthread_mutex_t lock;
    double timeout; /* s, of a read; 0 = for ever */
    double share;   /* of it, and of all other waits, that is waited */
    struct ana_apart_worker *workers;
};

int ana_apart_create(struct ana_ctx *ctx, struct ana_apart **out)
{
    struct ana_apart *apart = ana_alloc(ctx, 1, sizeof *apart);

    *out = NULL;
    if (!apart)
        return ANA_ERESOURCE;
    if (pthread_mutex_init(&apart->lock, NULL) != 0) {
        ana_free(ctx, apart);
        return ana_fail(ctx, ANA_ERESOURCE, "the system has no lock to give");
    }
    apart->ctx = ctx;
    apart->timeout = OPENING_SECONDS;
    apart->share = 1;
    *out = apart;
    return 0;
}

void ana_apart_set_timeout(struct ana_apart *apart, double seconds)
{
    if (apart)
        apart->timeout = seconds;
}

void ana_apart_hurry(struct ana_apart *apart)
{
    apart->share = .9;
}

/* Seconds to wait for values, or for anything else. */
static double patience(const struct ana_apart *apart, int values)
{
    const double timeout = apart->timeout;

    if (values)
        return apart->share * timeout;
    return apart->share *
           (timeout > 0 && timeout < OPENING_SECONDS ? timeout : OPENING_SECONDS);
}

/* The process is gone, and with it all that it held. */
static void end_worker(struct ana_ctx *ctx, struct ana_apart_worker *worker,
                       struct ana_process_end *end)
{
    ana_process_finish(ctx, worker->process, end);
    worker->process = NULL;
    worker->generation++;
    ana_ctx_charge(worker->apart->ctx, -worker->held);
    worker->held = 0;
}

void ana_apart_destroy(struct ana_ctx *ctx, struct ana_apart *apart)
{
    if (!apart)
        return;
    for (struct ana_apart_worker *w = apart->workers, *next; w; w = next) {
        next = w->next;
        end_worker(ctx, w, NULL);
        free(w);
    }
    pthread_mutex_destroy(&apart->lock);
    ana_free(ctx, apart);
}

int ana_apart_find(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                   struct ana_apart_worker **out)
{
    struct ana_apart *apart = ana_ctx_apart(ctx);
    struct ana_apart_worker *w;

    pthread_mutex_lock(&apart->lock);
    for (w = apart->workers; w && w->plugin != plugin; w = w->next)
        ;
    if (!w && (w = calloc(1, sizeof *w)) != NULL) {
        w->apart = apart;
        w->plugin = plugin;
        w->next = apart->workers;
        apart->workers = w;
    }
    pthread_mutex_unlock(&apart->lock);
    *out = w;
    return w ? 0 : ana_fail(ctx, ANA_ERESOURCE, "no memory for a reader's worker");
}

static int start(struct ana_ctx *ctx, struct ana_apart_worker *worker)
{
    const char *arguments[] = {"reader", NULL, NULL};
    int rc = ana_plugin_file(ctx, worker->plugin, &arguments[1]);

    return rc ? rc : ana_process_start(ctx, arguments, 1, &worker->process);
}

/* What it holds counts as if it were held here, and so does the most that it held. */
static void take_account(struct ana_ctx *ctx, struct ana_apart_worker *worker,
                         const char *words)
{
    long long in_use, peak;
    double flops;

    if (sscanf(words, "%lld %lld %lf", &in_use, &peak, &flops) != 3 || in_use < 0 ||
        peak < in_use)
        return;
    ana_ctx_charge(worker->apart->ctx, peak - worker->held);
    ana_ctx_charge(worker->apart->ctx, in_use - peak);
    ana_ctx_count_flops(ctx, flops);
    worker->held = in_use;
}

/* Lines that stand before every answer. */
static void hear(struct ana_ctx *ctx, struct ana_apart_worker *worker, const char *line)
{
    long long count;
    int used = 0;

    if (strcmp(line, "works") == 0)
        worker->works = 1;
    else if (strncmp(line, "took ", 5) == 0)
        take_account(ctx, worker, line + 5);
    else if (strncmp(line, "saw ", 4) == 0)
        ana_ctx_saw(ctx, line + 4);
    else if (strncmp(line, "log ", 4) == 0 && strncmp(line + 4, "warning: ", 9) != 0)
        ana_log(ctx, "%s", line + 4);
    else if (sscanf(line, "warn %lld %n", &count, &used) == 1 && used > 0)
        for (long long i = 0; i < count && i < MOST_WARNINGS; i++)
            ana_warn(ctx, "%s", line + used);
}

/* Its lines until it answers. *n = -1 where it ended before. */
static int follow(struct ana_ctx *ctx, struct ana_apart_worker *worker, double seconds,
                  int64_t *n)
{
    for (;;) {
        const char *line = NULL;
        long long bytes;
        int status, used = 0;
        int rc = ana_process_line(ctx, worker->process, seconds, &line);

        *n = -1;
        if (rc != 0 || !line)
            return rc;
        if (sscanf(line, "answer %lld", &bytes) == 1) {
            *n = bytes < 0 ? 0 : bytes;
            return 0;
        }
        if (sscanf(line, "fail %d %n", &status, &used) == 1 && used > 0) {
            *n = 0;
            return ana_fail(ctx, status < 0 ? status : ANA_EDATA, "%s", line + used);
        }
        if (sscanf(line, "leave %d %n", &status, &used) == 1 && used > 0)
            return ana_fail(ctx, status < 0 ? status : ANA_EPLUGIN, "%s", line + used);
        hear(ctx, worker, line);
    }
}

/* Room in the answer for n bytes, and those bytes. *got = 0 where it ended before. */
static int receive(struct ana_ctx *ctx, struct ana_apart_worker *worker, double seconds,
                   int64_t n, const struct ana_apart_answer *answer, int *got)
{
    void *to = answer->values;

    *got = 1;
    if (to ? n != answer->bytes : n > most_answer)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "reader %s: its worker answers with %lld bytes, where %s%lld "
                        "were expected",
                        worker->plugin->id, (long long)n, to ? "" : "at most ",
                        (long long)(to ? answer->bytes : most_answer));
    if (!to) {
        to = ana_packet_receive(answer->packet, n);
        if (!to)
            return ANA_ERESOURCE;
    }
    return ana_process_bytes(ctx, worker->process, seconds, to, n, got);
}

static int fail_by_end(struct ana_ctx *ctx, struct ana_apart_worker *worker,
                       const char *what)
{
    struct ana_process_end end;
    char how[256];

    end_worker(ctx, worker, &end);
    if (end.how == ANA_PROCESS_KILLED && end.number == SIGKILL && !end.by_us)
        return ana_fail(ctx, ANA_ERESOURCE,
                        "reader %s: %s: its worker was killed from outside, perhaps for "
                        "want of memory",
                        worker->plugin->id, what);
    ana_process_describe(&end, how, sizeof how);
    if (!worker->works)
        return ana_fail(ctx, ANA_EPLUGIN,
                        "reader %s: %s: its worker did not come to read it: %s%s%.200s",
                        worker->plugin->id, what, how,
                        *end.printed ? "; the last it said: " : "", end.printed);
    return ana_fail(ctx, ANA_EDATA,
                    "reader %s: %s: %s inside its library; the file is "
                    "damaged, or `anaflow inspect` of another file of "
                    "its kind fails, too%s%.200s",
                    worker->plugin->id, what, how,
                    *end.printed ? "; the last it said: " : "", end.printed);
}

/* The lock is held. */
static int ask(struct ana_ctx *ctx, struct ana_apart_worker *worker,
               const struct ana_packet *request, const char *what,
               const struct ana_apart_answer *answer)
{
    const double seconds = patience(worker->apart, answer->values != NULL);
    const int64_t head[] = {request->n + (int64_t)sizeof head[1], ana_ctx_room(ctx)};
    int64_t n = 0;
    int got = 1;
    int rc = worker->process ? 0 : start(ctx, worker);

    if (rc != 0)
        return rc;
    worker->works = 0;
    ana_process_write(worker->process, head, sizeof head);
    ana_process_write(worker->process, request->data, request->n);
    rc = follow(ctx, worker, seconds, &n);
    if (rc != 0 && n == 0)
        return rc; /* it refused in a sentence, and goes on */
    if (rc == 0 && n >= 0)
        rc = receive(ctx, worker, seconds, n, answer, &got);
    if (rc == 0 && (n < 0 || !got))
        return fail_by_end(ctx, worker, what);
    if (rc != 0)
        end_worker(ctx, worker, NULL);
    return rc;
}

int ana_apart_ask(struct ana_ctx *ctx, struct ana_apart_worker *worker,
                  const struct ana_packet *request, const char *what,
                  const struct ana_apart_answer *answer)
{
    int rc;

    if (request->failed)
        return ana_fail(ctx, ANA_ERESOURCE, "no memory for what reader %s is asked",
                        worker->plugin->id);
    pthread_mutex_lock(&worker->apart->lock);
    rc = ask(ctx, worker, request, what, answer);
    pthread_mutex_unlock(&worker->apart->lock);
    return rc;
}
