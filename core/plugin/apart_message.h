/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PLUGIN_APART_MESSAGE_H
#define ANA_PLUGIN_APART_MESSAGE_H

#include "base/arena.h"
#include "base/packet.h"
#include "plugin/params.h"
#include "plugin/registry.h"

/* What goes between the program and the worker of a reader (plugin/apart.h).
 *
 * A request is its length (int64), then a packet: what is asked (ANA_ASK_...), the bytes
 * that may still be allocated (0 = no limit), and what it needs. The worker reports in
 * lines: `works` once it has the request, `saw PATH`, `warn COUNT TEXT`, `log TEXT`, then
 * `took IN_USE PEAK FLOPS`, and ends with `fail STATUS SENTENCE` or `answer BYTES`, behind
 * which that many bytes follow. Where it cannot serve at all it says `leave STATUS
 * SENTENCE` and is gone. */

#define ANA_ASK_LIST 1  /* path -> entries */
#define ANA_ASK_OPEN 2  /* number, parameters, source -> info */
#define ANA_ASK_READ 3  /* number, run, first, n, targets, tensor's shape -> values */
#define ANA_ASK_WRITE 4 /* number, path, tensor's shape and values -> nothing */
#define ANA_ASK_CLOSE 5 /* number -> nothing */

/* put: what failed shows in packet->failed. take: what the packet's texts point to belongs
 * to the packet, the rest to the arena; 0 if it was none. */
void ana_put_params(struct ana_packet *packet, const struct ana_params *params);
int ana_take_params(struct ana_packet *packet, struct ana_arena *arena, int64_t *n,
                    struct ana_setting **settings);

void ana_put_source(struct ana_packet *packet, const struct ana_source *source);
int ana_take_source(struct ana_packet *packet, struct ana_arena *arena,
                    struct ana_source *source);

void ana_put_info(struct ana_packet *packet, const struct ana_recording_info *info);
int ana_take_info(struct ana_packet *packet, struct ana_arena *arena,
                  struct ana_recording_info *info);

void ana_put_entries(struct ana_packet *packet, int64_t n, const struct ana_entry *entry);
int ana_take_entries(struct ana_packet *packet, int64_t *n, struct ana_entry **entries);

/* Type and shape of a tensor without gaps, and the bytes that its values take. */
void ana_put_shape(struct ana_packet *packet, const struct ana_tensor *tensor);
int ana_take_shape(struct ana_packet *packet, int32_t *dtype, int32_t *ndim,
                   int64_t shape[ANA_MAX_DIMS]);

#endif
