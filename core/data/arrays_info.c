/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs, targets and rows as a reader describes them: the names that the files gave,
 * else file stems and cell numbers, else "1", "2", ...
 */
#include "data/arrays.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The last two parts of a path without extension: "sub-02/eeg". */
static void write_tail(const char *path, char *out, size_t room)
{
    const char *slash = strrchr(path, '/'), *tail = path, *stem;
    int64_t n;

    stem = ana_text_stem_in(path, &n);
    for (const char *p = path; slash && p < slash; p++)
        if (*p == '/')
            tail = p + 1;
    snprintf(out, room, "%.*s/%.*s", slash ? (int)(slash - tail) : 0, tail, (int)n, stem);
}

/* The file's stem; with its folder where two files have the same stem. */
static void write_file_name(const struct ana_arrays *arrays, int64_t file, char *out,
                            size_t room)
{
    int64_t n;
    const char *stem = ana_text_stem_in(arrays->path[file], &n);
    int alone = 1;

    for (int64_t i = 0; i < arrays->n_files && alone; i++)
        alone = i == file || !ana_text_same_stem(arrays->path[i], arrays->path[file]);
    if (alone)
        snprintf(out, room, "%.*s", (int)n, stem);
    else
        write_tail(arrays->path[file], out, room);
}

/* "speech-elec1", "3", "speech-elec1:3"; a cell that was picked before is "3#2". */
static const char *name_piece(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t p)
{
    const struct ana_piece *piece = &arrays->piece[p];
    char name[1024] = "", cell[64] = "";
    int64_t again = 1;

    for (int64_t i = 0; i < p; i++)
        again +=
            arrays->piece[i].file == piece->file && arrays->piece[i].cell == piece->cell;
    if (arrays->n_files > 1 || piece->cell < 0)
        write_file_name(arrays, piece->file, name, 900);
    if (piece->cell >= 0)
        snprintf(cell, sizeof cell, "%s%lld", name[0] ? ":" : "",
                 (long long)piece->cell + 1);
    strcat(name, cell);
    if (again > 1)
        snprintf(cell, sizeof cell, "#%lld", (long long)again);
    return ana_arrays_keep(ctx, arrays,
                           ana_strdup(ctx, again > 1 ? strcat(name, cell) : name));
}

static const char *name_number(struct ana_ctx *ctx, struct ana_arrays *arrays, int64_t i)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", (long long)i + 1);
    return ana_arrays_keep(ctx, arrays, ana_strdup(ctx, text));
}

static int make_runs(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    const int series = arrays->layout == ANA_LAYOUT_SERIES;
    const int64_t each = arrays->piece[0].extent[ANA_ROLE_RUN];
    const struct ana_strings *names = &arrays->names[ANA_ROLE_RUN];

    arrays->n_runs = series ? arrays->n_pieces * each : 1;
    arrays->runs = ana_alloc(ctx, arrays->n_runs, sizeof *arrays->runs);
    if (!arrays->runs)
        return ANA_ERESOURCE;
    for (int64_t r = 0; r < arrays->n_runs; r++) {
        const struct ana_piece *piece = &arrays->piece[series ? r / each : 0];
        struct ana_run *run = &arrays->runs[r];

        run->size = sizeof *run;
        run->id = !series || each > 1 ? name_number(ctx, arrays, r)
                                      : name_piece(ctx, arrays, r);
        run->stimulus = piece->stimulus ? piece->stimulus
                        : names->n > 0  ? names->item[r]
                                        : NULL;
        run->n = series ? piece->extent[ANA_ROLE_TIME] : arrays->n_rows;
        run->rate = piece->rate;
        run->start = piece->start;
        if (!run->id)
            return ANA_ERESOURCE;
    }
    return 0;
}

static int make_targets(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    const int stacked = arrays->stack == ANA_ROLE_TARGET;
    const struct ana_strings *names = &arrays->names[ANA_ROLE_TARGET];

    arrays->n_targets =
        stacked ? arrays->n_pieces : arrays->piece[0].extent[ANA_ROLE_TARGET];
    arrays->targets = ana_alloc(ctx, arrays->n_targets, sizeof *arrays->targets);
    if (!arrays->targets)
        return ANA_ERESOURCE;
    for (int64_t k = 0; k < arrays->n_targets; k++) {
        struct ana_target *target = &arrays->targets[k];

        target->size = sizeof *target;
        target->name = names->n > 0 ? names->item[k]
                       : stacked    ? name_piece(ctx, arrays, k)
                                    : name_number(ctx, arrays, k);
        target->region = target->space = target->hemisphere = "";
        target->position[0] = target->position[1] = target->position[2] = NAN;
        if (!target->name)
            return ANA_ERESOURCE;
    }
    return 0;
}

static int make_rows(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    const int stacked = arrays->stack == ANA_ROLE_STIMULUS;
    const struct ana_strings *names = &arrays->names[ANA_ROLE_STIMULUS];

    if (arrays->layout == ANA_LAYOUT_SERIES)
        return 0;
    arrays->n_rows =
        stacked ? arrays->n_pieces : arrays->piece[0].extent[ANA_ROLE_STIMULUS];
    if (!stacked && names->n == 0)
        return 0;
    arrays->row_names = ana_alloc(ctx, arrays->n_rows, sizeof *arrays->row_names);
    if (!arrays->row_names)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < arrays->n_rows; i++) {
        arrays->row_names[i] = stacked ? name_piece(ctx, arrays, i) : names->item[i];
        if (!arrays->row_names[i])
            return ANA_ERESOURCE;
    }
    return 0;
}

int ana_arrays_make_info(struct ana_ctx *ctx, struct ana_arrays *arrays)
{
    int rc = make_rows(ctx, arrays);

    if (rc == 0)
        rc = make_targets(ctx, arrays);
    return rc == 0 ? make_runs(ctx, arrays) : rc;
}

int ana_arrays_describe(struct ana_ctx *ctx, void *self, struct ana_recording_info *info)
{
    struct ana_arrays *arrays = self;
    const int epochs = arrays->layout == ANA_LAYOUT_EPOCHS;
    struct ana_recording_info ours = {.size = sizeof ours};

    (void)ctx;
    ours.layout = arrays->layout;
    ours.unit = "";
    ours.n_runs = arrays->n_runs;
    ours.runs = arrays->runs;
    ours.n_targets = arrays->n_targets;
    ours.targets = arrays->targets;
    ours.n_rows = arrays->n_rows;
    ours.row_names = arrays->row_names;
    ours.n_times = epochs ? arrays->piece[0].extent[ANA_ROLE_TIME] : 0;
    ours.rate = epochs ? arrays->piece[0].rate : 0;
    ours.start = epochs ? arrays->piece[0].start : 0;
    ours.block = 1; /* of numbers in memory, where they stay */
    ours.memory = ana_arrays_held(arrays);
    /* a reader built against older headers has a shorter one */
    if (info->size > 0 && info->size < sizeof ours)
        ours.size = info->size;
    memcpy(info, &ours, ours.size);
    return 0;
}
