/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_APART_CALL_H
#define ANA_PLUGIN_APART_CALL_H

#include "plugin/apart.h"
#include "plugin/apart_message.h"

/* One call of a reader's worker: apart.c makes it, apart_reader.c says what is asked. */

struct ana_apart_worker {
    struct ana_apart *apart;
    struct ana_apart_worker *next;
    const struct ana_plugin *plugin;
    struct ana_process *process; /* NULL = none is running */
    int64_t generation;          /* of the process: what an earlier one opened is gone */
    int64_t opened;              /* recordings so far: the last one's number */
    int64_t held;                /* bytes, counted here as if they were ours */
    int works;                   /* it has the request and is at it, in its library */
};

/* Where the answer goes: into the packet, or as `bytes` values. */
struct ana_apart_answer {
    struct ana_packet *packet;
    void *values;
    int64_t bytes;
};

/* The plugin's worker, which need not be running. Owns: the context's ana_apart. */
int ana_apart_find(struct ana_ctx *ctx, const struct ana_plugin *plugin,
                   struct ana_apart_worker **out);

/* Ask, and wait for the answer, while no other call is under way.
 *
 * request  what is asked and what it needs; its length and the limit of memory are put in
 *          front here
 * what     the file, for a sentence about its end
 *
 * Errors: the reader's; ANA_EDATA where the worker ended; ANA_EPLUGIN where its answer has
 *         another size than can be; ANA_ECANCEL. Threads: any. */
int ana_apart_ask(struct ana_ctx *ctx, struct ana_apart_worker *worker,
                  const struct ana_packet *request, const char *what,
                  const struct ana_apart_answer *answer);

#endif
