/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a reader is given and what it says, as messages, and back.
 */
#include "plugin/apart_message.h"

#include <string.h>

#include "plugin/params_private.h"

enum { LEAST_TEXT = sizeof(int64_t) }; /* the bytes that any item takes at least */

void ana_put_params(struct ana_packet *packet, const struct ana_params *params)
{
    int64_t given = 0;

    for (int64_t i = 0; i < params->n; i++)
        given += params->entries[i].given != 0;
    ana_packet_put_int(packet, given);
    for (int64_t i = 0; i < params->n; i++) {
        if (!params->entries[i].given)
            continue;
        ana_packet_put_text(packet, params->entries[i].param->name);
        ana_packet_put_text(packet, params->entries[i].text);
    }
}

int ana_take_params(struct ana_packet *packet, struct ana_arena *arena, int64_t *n,
                    struct ana_setting **settings)
{
    *n = ana_packet_take_count(packet, 2 * LEAST_TEXT);
    *settings = ana_packet_need(packet, ana_arena_alloc(arena, *n, sizeof **settings));
    for (int64_t i = 0; *settings && i < *n; i++) {
        (*settings)[i].key = ana_packet_take_text(packet);
        (*settings)[i].value = ana_packet_take_text(packet);
        (*settings)[i].where = "its section";
        packet->failed |= !(*settings)[i].key || !(*settings)[i].value;
    }
    return !packet->failed;
}

static void put_texts(struct ana_packet *packet, int64_t n, const char *const *texts)
{
    ana_packet_put_int(packet, n);
    for (int64_t i = 0; i < n; i++)
        ana_packet_put_text(packet, texts[i]);
}

static const char **take_texts(struct ana_packet *packet, struct ana_arena *arena,
                               int64_t *n)
{
    const char **texts;

    *n = ana_packet_take_count(packet, LEAST_TEXT);
    texts = ana_arena_alloc(arena, *n, sizeof *texts);
    for (int64_t i = 0; texts && i < *n; i++)
        texts[i] = ana_packet_take_text(packet);
    if (!ana_packet_need(packet, texts))
        *n = 0;
    return texts;
}

/* Where "" says that there is none, no text does, too. */
static const char *text_or_none(struct ana_packet *packet)
{
    const char *text = ana_packet_take_text(packet);

    return text ? text : "";
}

void ana_put_source(struct ana_packet *packet, const struct ana_source *source)
{
    const struct ana_array_var *var = &source->var;

    put_texts(packet, source->n_files, source->files);
    ana_packet_put_int(packet, source->flags);
    ana_packet_put_real(packet, source->rate);
    ana_packet_put_text(packet, source->text);
    ana_packet_put_text(packet, var->file);
    ana_packet_put_text(packet, var->name);
    ana_packet_put_text(packet, var->cells);
    ana_packet_put_text(packet, var->times);
    ana_packet_put_int(packet, var->n_axes);
    for (int64_t i = 0; i < var->n_axes; i++) {
        ana_packet_put_int(packet, var->axis[i].kind);
        ana_packet_put_text(packet, var->axis[i].name);
        ana_packet_put_text(packet, var->axis[i].names);
    }
}

int ana_take_source(struct ana_packet *packet, struct ana_arena *arena,
                    struct ana_source *source)
{
    struct ana_array_var *var = &source->var;

    *source = (struct ana_source){.size = sizeof *source};
    source->files = take_texts(packet, arena, &source->n_files);
    source->flags = (uint32_t)ana_packet_take_int(packet);
    source->rate = ana_packet_take_real(packet);
    source->text = ana_packet_take_text(packet);
    var->file = ana_packet_take_text(packet);
    var->name = ana_packet_take_text(packet);
    var->cells = ana_packet_take_text(packet);
    var->times = ana_packet_take_text(packet);
    var->n_axes = ana_packet_take_count(packet, 1);
    packet->failed |= var->n_axes > ANA_MAX_DIMS;
    for (int64_t i = 0; !packet->failed && i < var->n_axes; i++) {
        var->axis[i].kind = (int32_t)ana_packet_take_int(packet);
        var->axis[i].name = ana_packet_take_text(packet);
        var->axis[i].names = ana_packet_take_text(packet);
    }
    return !packet->failed;
}

static void put_runs(struct ana_packet *packet, const struct ana_recording_info *info)
{
    const int64_t n = info->runs ? info->n_runs : 0;

    ana_packet_put_int(packet, n);
    for (int64_t i = 0; i < n; i++) {
        const struct ana_run *run = &info->runs[i];

        ana_packet_put_int(packet, run->flags);
        ana_packet_put_text(packet, run->id);
        ana_packet_put_text(packet, run->stimulus);
        ana_packet_put_int(packet, run->n);
        ana_packet_put_real(packet, run->rate);
        ana_packet_put_real(packet, run->start);
    }
}

static void take_runs(struct ana_packet *packet, struct ana_arena *arena,
                      struct ana_recording_info *info)
{
    struct ana_run *run;

    info->n_runs = ana_packet_take_count(packet, 3 * LEAST_TEXT);
    info->runs = run = ana_arena_alloc(arena, info->n_runs, sizeof *run);
    ana_packet_need(packet, run);
    for (int64_t i = 0; run && i < info->n_runs; i++) {
        run[i].size = sizeof run[i];
        run[i].flags = (uint32_t)ana_packet_take_int(packet);
        run[i].id = ana_packet_take_text(packet);
        run[i].stimulus = ana_packet_take_text(packet);
        run[i].n = ana_packet_take_int(packet);
        run[i].rate = ana_packet_take_real(packet);
        run[i].start = ana_packet_take_real(packet);
        packet->failed |= run[i].n < 0 || !run[i].id;
    }
}

static void put_targets(struct ana_packet *packet, const struct ana_recording_info *info)
{
    const int64_t n = info->targets ? info->n_targets : 0;

    ana_packet_put_int(packet, n);
    for (int64_t i = 0; i < n; i++) {
        const struct ana_target *target = &info->targets[i];

        ana_packet_put_int(packet, target->bad);
        ana_packet_put_text(packet, target->name);
        ana_packet_put_text(packet, target->region);
        ana_packet_put_text(packet, target->space);
        ana_packet_put_text(packet, target->hemisphere);
        ana_packet_put_bytes(packet, target->position, sizeof target->position);
    }
}

static void take_targets(struct ana_packet *packet, struct ana_arena *arena,
                         struct ana_recording_info *info)
{
    struct ana_target *target;

    info->n_targets = ana_packet_take_count(packet, 4 * LEAST_TEXT);
    info->targets = target = ana_arena_alloc(arena, info->n_targets, sizeof *target);
    ana_packet_need(packet, target);
    for (int64_t i = 0; target && i < info->n_targets; i++) {
        target[i].size = sizeof target[i];
        target[i].bad = (int32_t)ana_packet_take_int(packet);
        target[i].name = ana_packet_take_text(packet);
        target[i].region = text_or_none(packet);
        target[i].space = text_or_none(packet);
        target[i].hemisphere = text_or_none(packet);
        for (int d = 0; d < 3; d++)
            target[i].position[d] = ana_packet_take_real(packet);
        packet->failed |= !target[i].name;
    }
}

static void put_events(struct ana_packet *packet, const struct ana_recording_info *info)
{
    const int64_t n = info->events ? info->n_events : 0;

    ana_packet_put_int(packet, n);
    for (int64_t i = 0; i < n; i++) {
        ana_packet_put_int(packet, info->events[i].run);
        ana_packet_put_real(packet, info->events[i].onset);
        ana_packet_put_real(packet, info->events[i].duration);
        ana_packet_put_text(packet, info->events[i].text);
    }
}

static void take_events(struct ana_packet *packet, struct ana_arena *arena,
                        struct ana_recording_info *info)
{
    struct ana_event *event;

    info->n_events = ana_packet_take_count(packet, LEAST_TEXT);
    info->events = event = ana_arena_alloc(arena, info->n_events, sizeof *event);
    ana_packet_need(packet, event);
    for (int64_t i = 0; event && i < info->n_events; i++) {
        event[i].size = sizeof event[i];
        event[i].run = ana_packet_take_int(packet);
        event[i].onset = ana_packet_take_real(packet);
        event[i].duration = ana_packet_take_real(packet);
        event[i].text = ana_packet_take_text(packet);
        packet->failed |= event[i].run < 0 || event[i].run >= info->n_runs;
        packet->failed |= !event[i].text;
    }
}

void ana_put_info(struct ana_packet *packet, const struct ana_recording_info *info)
{
    ana_packet_put_int(packet, info->layout);
    ana_packet_put_text(packet, info->unit);
    put_runs(packet, info);
    put_targets(packet, info);
    ana_packet_put_int(packet, info->n_rows);
    put_texts(packet, info->row_names ? info->n_rows : 0, info->row_names);
    ana_packet_put_int(packet, info->n_times);
    ana_packet_put_real(packet, info->rate);
    ana_packet_put_real(packet, info->start);
    ana_packet_put_int(packet, info->block);
    put_events(packet, info);
    ana_packet_put_int(packet, info->scratch);
    put_texts(packet, info->files ? info->n_files : 0, info->files);
    ana_packet_put_text(packet, info->map);
    ana_packet_put_int(packet, info->memory);
}

int ana_take_info(struct ana_packet *packet, struct ana_arena *arena,
                  struct ana_recording_info *info)
{
    int64_t named;

    *info = (struct ana_recording_info){.size = sizeof *info};
    info->layout = (int32_t)ana_packet_take_int(packet);
    info->unit = text_or_none(packet);
    take_runs(packet, arena, info);
    take_targets(packet, arena, info);
    info->n_rows = ana_packet_take_int(packet);
    info->row_names = take_texts(packet, arena, &named);
    packet->failed |= info->n_rows < 0 || (named != 0 && named != info->n_rows);
    if (named == 0)
        info->row_names = NULL;
    info->n_times = ana_packet_take_int(packet);
    info->rate = ana_packet_take_real(packet);
    info->start = ana_packet_take_real(packet);
    info->block = ana_packet_take_int(packet);
    take_events(packet, arena, info);
    info->scratch = ana_packet_take_int(packet);
    info->files = take_texts(packet, arena, &info->n_files);
    for (int64_t i = 0; i < info->n_files; i++)
        packet->failed |= !info->files[i];
    info->map = ana_packet_take_text(packet);
    info->memory = ana_packet_take_int(packet);
    packet->failed |= info->n_times < 0 || info->scratch < 0 || info->memory < 0;
    return ana_packet_whole(packet);
}

void ana_put_entries(struct ana_packet *packet, int64_t n, const struct ana_entry *entry)
{
    ana_packet_put_int(packet, n);
    for (int64_t i = 0; i < n; i++) {
        ana_packet_put_int(packet, entry[i].dtype);
        ana_packet_put_text(packet, entry[i].name);
        ana_packet_put_text(packet, entry[i].note);
        ana_packet_put_int(packet, entry[i].ndim);
        ana_packet_put_bytes(packet, entry[i].shape, sizeof entry[i].shape);
        ana_packet_put_real(packet, entry[i].rate);
    }
}

/* Owns: each text is a copy, as `list` gives it. */
int ana_take_entries(struct ana_packet *packet, int64_t *n, struct ana_entry **entries)
{
    struct ana_entry *entry;

    *n = ana_packet_take_count(packet, 2 * LEAST_TEXT);
    *entries = entry = ana_alloc(packet->ctx, *n, sizeof *entry);
    if (!ana_packet_need(packet, entry))
        *n = 0;
    for (int64_t i = 0; entry && i < *n; i++) {
        const char *text;

        entry[i].size = sizeof entry[i];
        entry[i].dtype = (int32_t)ana_packet_take_int(packet);
        text = ana_packet_take_text(packet);
        entry[i].name = ana_strdup(packet->ctx, text ? text : "");
        text = ana_packet_take_text(packet);
        entry[i].note = ana_strdup(packet->ctx, text ? text : "");
        entry[i].ndim = (int32_t)ana_packet_take_int(packet);
        for (int d = 0; d < ANA_MAX_DIMS; d++)
            entry[i].shape[d] = ana_packet_take_int(packet);
        entry[i].rate = ana_packet_take_real(packet);
        ana_packet_need(packet, (void *)(uintptr_t)entry[i].name);
        ana_packet_need(packet, (void *)(uintptr_t)entry[i].note);
        packet->failed |= entry[i].ndim < 0 || entry[i].ndim > ANA_MAX_DIMS;
    }
    return ana_packet_whole(packet);
}

void ana_put_shape(struct ana_packet *packet, const struct ana_tensor *tensor)
{
    ana_packet_put_int(packet, tensor->dtype);
    ana_packet_put_int(packet, tensor->ndim);
    for (int32_t d = 0; d < tensor->ndim; d++)
        ana_packet_put_int(packet, tensor->shape[d]);
}

int ana_take_shape(struct ana_packet *packet, int32_t *dtype, int32_t *ndim,
                   int64_t shape[ANA_MAX_DIMS])
{
    *dtype = (int32_t)ana_packet_take_int(packet);
    *ndim = (int32_t)ana_packet_take_count(packet, LEAST_TEXT);
    packet->failed |= *ndim > ANA_MAX_DIMS || ana_dtype_size(*dtype) == 0;
    for (int32_t d = 0; !packet->failed && d < *ndim; d++)
        shape[d] = ana_packet_take_int(packet);
    return !packet->failed;
}
