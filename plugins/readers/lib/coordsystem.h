/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_COORDSYSTEM_H
#define READERS_COORDSYSTEM_H

#include <anaflow/base.h>

/* In which unit and space the positions of a BIDS electrodes.tsv are: of coordsystem.json
 * beside it (sub-01_space-X_electrodes.tsv has sub-01_space-X_coordsystem.json), the space
 * also of the table's name. "" = not said; unit is "mm", "cm", "m" or "". */
struct coordsystem {
    char unit[4], space[64];
};

/* with_file  0 = only what the table's name says
 * Errors: ANA_EDATA for a file that is no JSON, or a unit that is none of length. */
int coordsystem_read(struct ana_ctx *ctx, const char *table, int with_file,
                     struct coordsystem *out);

#endif
