/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages: what is put in is copied behind what there is; what is taken is bounded by
 * what is left.
 */
#include "base/packet.h"

#include <string.h>

#include "base/checked.h"

void ana_packet_put_bytes(struct ana_packet *packet, const void *bytes, int64_t n)
{
    int64_t needed;
    char *grown;

    if (packet->failed || !ana_add_ok(packet->n, n, &needed)) {
        packet->failed = 1;
        return;
    }
    if (needed > packet->room) {
        const int64_t room = needed > 512 ? needed + needed / 2 : 1024;

        grown = ana_alloc(packet->ctx, room, 1);
        if (!grown) {
            packet->failed = 1;
            return;
        }
        if (packet->n > 0)
            memcpy(grown, packet->data, (size_t)packet->n);
        ana_free(packet->ctx, packet->data);
        packet->data = grown;
        packet->room = room;
    }
    if (n > 0)
        memcpy(packet->data + packet->n, bytes, (size_t)n);
    packet->n = needed;
}

void ana_packet_put_int(struct ana_packet *packet, int64_t value)
{
    ana_packet_put_bytes(packet, &value, sizeof value);
}

void ana_packet_put_real(struct ana_packet *packet, double value)
{
    ana_packet_put_bytes(packet, &value, sizeof value);
}

/* Its length with the 0 at its end, so that 0 is no text at all. */
void ana_packet_put_text(struct ana_packet *packet, const char *text)
{
    const int64_t n = text ? (int64_t)strlen(text) + 1 : 0;

    ana_packet_put_int(packet, n);
    ana_packet_put_bytes(packet, text, n);
}

const void *ana_packet_take_bytes(struct ana_packet *packet, int64_t n)
{
    const char *bytes = packet->data + packet->at;

    if (packet->failed || n < 0 || n > packet->n - packet->at) {
        packet->failed = 1;
        return NULL;
    }
    packet->at += n;
    return bytes;
}

int64_t ana_packet_take_int(struct ana_packet *packet)
{
    const void *bytes = ana_packet_take_bytes(packet, sizeof(int64_t));
    int64_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

double ana_packet_take_real(struct ana_packet *packet)
{
    const void *bytes = ana_packet_take_bytes(packet, sizeof(double));
    double value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

const char *ana_packet_take_text(struct ana_packet *packet)
{
    const int64_t n = ana_packet_take_int(packet);
    const char *text = n != 0 ? ana_packet_take_bytes(packet, n) : NULL;

    if (text && memchr(text, 0, (size_t)n) != text + n - 1) {
        packet->failed = 1;
        return NULL;
    }
    return text;
}

int64_t ana_packet_take_count(struct ana_packet *packet, int64_t least)
{
    const int64_t n = ana_packet_take_int(packet);

    if (n >= 0 && n <= (packet->n - packet->at) / least)
        return n;
    packet->failed = 1;
    return 0;
}

void *ana_packet_need(struct ana_packet *packet, void *block)
{
    if (!block)
        packet->failed = packet->no_memory = 1;
    return block;
}

int ana_packet_whole(const struct ana_packet *packet)
{
    return !packet->failed && packet->at == packet->n;
}

char *ana_packet_receive(struct ana_packet *packet, int64_t n)
{
    ana_free(packet->ctx, packet->data);
    *packet = (struct ana_packet){.ctx = packet->ctx};
    packet->data = ana_alloc(packet->ctx, n > 0 ? n : 1, 1);
    packet->failed = !packet->data;
    packet->n = packet->room = packet->data ? n : 0;
    return packet->data;
}

void ana_packet_finish(struct ana_packet *packet)
{
    ana_free(packet->ctx, packet->data);
    *packet = (struct ana_packet){.ctx = packet->ctx};
}
