/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_BASE_PACKET_H
#define ANA_BASE_PACKET_H

#include <anaflow/base.h>

/* A message between this program and a helper of it: numbers, texts and blocks of bytes,
 * one behind the other, in this machine's own order. Who takes one apart trusts nothing in
 * it: every length is held against what is left, and the first that does not fit fails the
 * packet, which then gives zeros. Start with {.ctx = ctx}.
 * Threads: one at a time. */
struct ana_packet {
    struct ana_ctx *ctx;
    char *data;
    int64_t n, room; /* bytes in it, bytes that there is room for */
    int64_t at;      /* taken so far */
    int failed;      /* no memory for it (put), or it is none (take) */
    int no_memory;   /* failed, since what is taken found no room */
};

void ana_packet_put_int(struct ana_packet *packet, int64_t value);
void ana_packet_put_real(struct ana_packet *packet, double value);
void ana_packet_put_text(struct ana_packet *packet, const char *text); /* or NULL */
void ana_packet_put_bytes(struct ana_packet *packet, const void *bytes, int64_t n);

int64_t ana_packet_take_int(struct ana_packet *packet);
double ana_packet_take_real(struct ana_packet *packet);

/* Owns: the packet. */
const char *ana_packet_take_text(struct ana_packet *packet);
const void *ana_packet_take_bytes(struct ana_packet *packet, int64_t n);

/* A number of items that take at least so many bytes each, so that what is left bounds what
 * is allocated for them. */
int64_t ana_packet_take_count(struct ana_packet *packet, int64_t least);

/* Fail the packet where what was allocated for its contents is NULL. Returns `block`. */
void *ana_packet_need(struct ana_packet *packet, void *block);

/* 1 if all of it was taken, and nothing failed. */
int ana_packet_whole(const struct ana_packet *packet);

/* Room for n bytes that come from elsewhere, as its contents. NULL = there is none. */
char *ana_packet_receive(struct ana_packet *packet, int64_t n);

void ana_packet_finish(struct ana_packet *packet);

#endif
