/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef READERS_SERIES_OWN_H
#define READERS_SERIES_OWN_H

#include "series.h"
#include "targets.h"

/* What the files of series_*.c share. */
struct series {
    const struct series_format *format;
    int64_t n_files;
    struct series_file *file;
    int64_t n_runs;
    struct ana_run *run;
    int64_t *run_file, *run_segment; /* n_runs */
    char **run_id;
    int64_t n_events;
    struct ana_event *event;
    struct targets targets;
    int64_t *channel;         /* n_files x targets: number in that file */
    char *table, *electrodes; /* the tables beside the first file that were read */
    int64_t n_more;
    const char *
        *more; /* 2 + 2 n_files: those, and what the format read beside its files */
    double rate;
    const char *unit;
};

/* series_choose.c: the first file's channels as targets. */
int series_choose(struct ana_ctx *ctx, const struct ana_params *params, struct series *s);

/* series_runs.c: once all files are open and have the targets. */
int series_make_runs(struct ana_ctx *ctx, struct series *s);
int series_make_events(struct ana_ctx *ctx, struct series *s);

#endif
