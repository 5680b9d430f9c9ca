/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_CLI_INSPECT_BIDS_H
#define ANA_CLI_INSPECT_BIDS_H

#include "cli/inspect.h"
#include "data/bids_beside.h"

/* What a BIDS dataset holds, from names, headers, JSON files and tables alone. */

/* What the header of one recording says; NaN and 0 = not said, or not read. */
struct ana_bids_header {
    double rate, seconds;
    int64_t samples, channels;
    int read;
    int told; /* 1 = the reader had something to say, which is among the problems */
};

/* Recordings of one kind: all bold of one task in one space, say. */
struct ana_bids_group {
    const struct ana_bids_file *first;
    int32_t kind, pad;
    int64_t n, bytes, n_subjects, n_read,
        n_events; /* those that have a table of events */
    const char *last_subject;
    double rate[2], seconds[2]; /* least and most */
    int64_t channels[2];
};

struct ana_bids_survey {
    struct ana_facts *facts;
    const struct ana_registry *registry;
    const struct ana_bids *bids;
    struct ana_ctx *quiet; /* for headers: what readers warn of is among the problems */
    int64_t n_warned;      /* of its warnings that were passed on */
    int64_t n_groups;
    struct ana_bids_group *group;
    uint8_t *used; /* of each file: 1 = a table of events that has its run */
    double *last;  /* of each file: the last onset of a table of events; NaN = not read */
    json_t *problems;
    int64_t n_problems;
    int has_raw; /* 1 = there are recordings beside derivatives */
};

/* inspect_bids_check.c: a sentence on the problems, once; what is amiss with one recording;
 * and with the dataset as a whole, once all recordings were seen. */
void ana_bids_say(struct ana_bids_survey *survey, const char *fmt, ...) ANA_PRINTF(2, 3);
void ana_bids_check_file(struct ana_bids_survey *survey, const struct ana_bids_file *file,
                         const struct ana_bids_header *header);
void ana_bids_check_all(struct ana_bids_survey *survey);

/* A file's path below the dataset's root. */
const char *ana_bids_short(const struct ana_bids *bids, const char *path);

/* inspect_bids.c: the whole; *is_one = 0, and nothing else, where the folder is none.
 * inspect_bids_print.c: in words. */
int ana_inspect_bids(struct ana_facts *facts, const char *path, int *is_one);
void ana_inspect_print_bids(const json_t *root);

#endif
