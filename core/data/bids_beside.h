/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_DATA_BIDS_BESIDE_H
#define ANA_DATA_BIDS_BESIDE_H

#include "data/bids.h"

/* What kind of recording a file is; 0 = none: an anatomy, a table, a mask. */
#define ANA_BIDS_BOLD 1
#define ANA_BIDS_EEG 2
#define ANA_BIDS_IEEG 3
#define ANA_BIDS_MEG 4
int32_t ana_bids_recording(const struct ana_bids_file *file);

/* The table of events of a recording: the nearest of its pipeline, else of the raw data;
 * NULL if there is none. */
const struct ana_bids_file *ana_bids_events_of(const struct ana_bids *bids,
                                               const struct ana_bids_file *file);
/* A mask of a preprocessed image, of those with the entities that `words` name
 * ("desc-brain", "label-GM_res-2"); its confounds, under any of the names that
 * fMRIPrep has given them; channels.tsv; electrodes.tsv, of `space` where that is not NULL
 * (*several: 1 = that would be needed). NULL if there is none. */
const struct ana_bids_file *ana_bids_mask_of(const struct ana_bids *bids,
                                             const struct ana_bids_file *file,
                                             const char *words);
const struct ana_bids_file *ana_bids_confounds_of(const struct ana_bids *bids,
                                                  const struct ana_bids_file *file);
const struct ana_bids_file *ana_bids_channels_of(const struct ana_bids *bids,
                                                 const struct ana_bids_file *file);
const struct ana_bids_file *ana_bids_electrodes_of(const struct ana_bids *bids,
                                                   const struct ana_bids_file *file,
                                                   const char *space, int *several);

#endif
