/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_STUDY_BIDS_H
#define ANA_PIPELINE_STUDY_BIDS_H

#include "pipeline/study_private.h"

/* Files of a BIDS dataset that are one recording. All texts belong to the study. */
struct ana_bids_recording {
    const char *subject; /* "sub-01", of its first file */
    int32_t kind;        /* ANA_BIDS_... */
    int32_t pad;
    int64_t n;
    const char **file;         /* n paths */
    const char **confounds;    /* n tables, each may be NULL */
    struct ana_study_run *run; /* n */
    double tr;                 /* s, of the JSON files; 0 = not said */
    const char *mask;          /* what `mask = desc-NAME_mask` is of its first file */
    const char *electrodes;    /* its table, or NULL; in which space and unit, or "" */
    const char *space, *unit;
    int64_t n_beside;
    const char **beside; /* the JSON files that were read */
};

/* The recordings of `bids =` of a section, one a subject, or one of all where `pooled`;
 * also reads `shown` and `electrodes-space`. 0 where it has none: a problem says why. */
int64_t ana_build_bids(struct ana_build *b, const struct ana_ini_section *section,
                       int pooled, int timed_by, struct ana_bids_recording **out);

/* The recordings of a section with `bids`, each a brain like `common` with files,
 * parameters, subject and runs of its own (study_bids_brains.c). */
void ana_build_bids_brains(struct ana_build *b, const struct ana_ini_section *section,
                           const struct ana_study_brain *common);
/* study_brains.c: one more recording of the study; NULL without memory. */
struct ana_study_brain *ana_build_add_brain(struct ana_build *b,
                                            const struct ana_study_brain *brain);

/* Where the INI file has no [stimulus NAME]: one of what the events of all recordings
 * name (study_bids_stimuli.c). */
void ana_build_bids_stimuli(struct ana_build *b);

#endif
