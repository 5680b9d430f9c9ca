/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_INSPECT_H
#define ANA_CLI_INSPECT_H

#include <anaflow/base.h>

#include "plugin/registry.h"
#include "report/json.h"

/* What is found out about a file or folder, as a JSON object. Always `path` and `kind`;
 * then, by kind:
 *   recording    reader, summary (the reader's own); arrays of {name, dtype or null, shape,
 *                note}; values of a NumPy file; of a table words, events of {n,
 *                without_onset, from, to, kinds, event_kinds of {text, n, first}}, places of
 *                {n, rows, extent}; where the file says
 *                all of itself, `recording` of {layout, unit, runs and samples or rows,
 *                rate, seconds, targets, positions, space, extent (from and to along x, y,
 *                z, mm), regions, bad, events, event_kinds of {text, n, first}}, or else
 *                `needs`, why it is none: it is a mask, a mesh, or lacks a rate
 *   words        words of {n, from, to (s), first, last}
 *   sound        seconds, samples, rate, channels
 *   safetensors  arrays
 *   study        sections of {kind, name, keys}
 *   checkpoint   plugin, summary, architecture (a folder's), layers, attention_maps,
 *                first_layer, last_layer, parameters, numbers in the files (heads
 *                included) and their bytes, input, rate; a minute of input as
 *                {bytes, flops, seconds here, threads, flops_per_second}
 *   folder       bids, files of {extension, n, bytes}, sounds, unreadable
 *   bids         name, version, pipeline (where its own folder was named), files; subjects,
 *                sessions, tasks, spaces; recordings of {kind, pipeline, task, space, desc,
 *                ..., extension, runs, subjects, bytes, headers that were read,
 *                lowest_rate, highest_rate, shortest, longest, fewest_channels,
 *                most_channels}; problems of {n, sentences}
 * and `use`, {as, line}: the line of an INI file that would use it (of bids also its kind,
 * and whether a brain mask lies beside it); `warnings`, sentences. */
struct ana_facts {
    struct ana_ctx *ctx;
    json_t *root;
    int failed; /* 1 = there was no memory for some of it */
};

/* 1 if the folder holds a network's weights; then what it is, or a file is that holds a
 * network. */
int ana_is_checkpoint(struct ana_ctx *ctx, const char *path);
int ana_inspect_checkpoint(struct ana_facts *facts, const char *path, int is_file);

/* What a folder holds: its files by extension, sounds with their length, and whether it
 * is a BIDS dataset. */
int ana_inspect_folder(struct ana_facts *facts, const char *path);

/* What a file is as a recording, opened by a reader that needs no more than its name.
 * Errors: the reader's. */
int ana_inspect_opened(struct ana_facts *facts, const struct ana_plugin *plugin,
                       const char *path);

/* A TextGrid, or the JSON of Whisper and WhisperX: the words. Errors: the file's. */
int ana_inspect_words(struct ana_facts *facts, const char *path);

/* What a TSV or CSV is beside columns: words, events, places of electrodes. */
void ana_inspect_table(struct ana_facts *facts, const char *path);

/* The facts in words, on standard output. */
void ana_inspect_print(const json_t *root);

/* 1 if the name ends as a sound file's does. */
int ana_is_sound(const char *path);

/* "1:02:03.5" or "8.50 s": a duration for a person. */
const char *ana_duration_text(double seconds, char buffer[32]);

#endif
