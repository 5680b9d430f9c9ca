/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_TARGETS_H
#define READERS_TARGETS_H

#include <anaflow/reader.h>

/* The channels of an electrophysiological recording as targets: which are wanted, and
 * what the tables beside the file (BIDS: channels.tsv, electrodes.tsv) say of them. */
struct targets {
    int64_t n;
    struct ana_target *target;
    int64_t *channel; /* n: number of the channel in the file */
    char **text;      /* all strings that targets point at */
    int64_t n_text, room_text;
};

/* Which channels are wanted, as a mask.
 *
 * patterns  between commas, "*" and "?" as in a shell, "-PATTERN" leaves out: "EEG *",
 *           "A1, A2, B*", "*, -ECG"; "" = what `usual` says
 * usual     n flags: wanted where nothing is asked for
 * wanted    n flags, out
 *
 * Errors: ANA_EPARAM for a pattern that no channel matches, with the names there are. */
int targets_choose(struct ana_ctx *ctx, const char *path, const char *patterns, int64_t n,
                   const char *const *names, const uint8_t *usual, uint8_t *wanted);

/* Make the targets of the wanted channels. Owns: `out`; finish with `targets_finish`. */
int targets_create(struct ana_ctx *ctx, int64_t n, const char *const *names,
                   const uint8_t *wanted, struct targets *out);
void targets_finish(struct ana_ctx *ctx, struct targets *targets);

/* A file beside a recording: "" = as BIDS names it (sub-01_task-x_ieeg.edf has
 * sub-01_task-x_channels.tsv; electrodes of the subject, session or space). *found is
 * NULL where there is none. Owns: the caller (ana_free). Errors: ANA_EDATA for a file
 * that was asked for and is not there, or two that could be meant. */
int targets_beside(struct ana_ctx *ctx, const char *path, const char *asked,
                   const char *suffix, char **found);

/* Mark bad channels as channels.tsv says; and where `usual` is given, clear it for the
 * types that are no recording of a brain (TRIG, ECG, EOG, MISC, ...). */
int targets_channels(struct ana_ctx *ctx, const char *table, int64_t n,
                     const char *const *names, uint8_t *bad, uint8_t *usual);

/* Positions (mm), their space, regions and hemispheres from electrodes.tsv. `unit` is the
 * table's: "mm", "cm", "m", or "auto": of the coordsystem.json beside it, else mm.
 * Errors: ANA_EDATA with the line. */
int targets_electrodes(struct ana_ctx *ctx, const char *table, const char *unit,
                       struct targets *targets);

#endif
