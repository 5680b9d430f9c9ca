/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANA_PIPELINE_BIDS_SELECT_H
#define ANA_PIPELINE_BIDS_SELECT_H

#include "data/bids_beside.h"

/* Which recordings of a dataset are meant.
 *
 * words  "sub-01", "task-story", "space-MNI152NLin2009cAsym", "desc-preproc", "run-[12]",
 *        "derivatives-fmriprep", "datatype-eeg", "suffix-bold", "extension-.nii.gz":
 *        values may have wildcards; several words of one key mean any of them. Without
 *        derivatives-, space-, desc-, res-, den- and hemi-, the raw recordings.
 * out    n of them, in order of subject, session, task and run (ana_alloc)
 *
 * What is left must be one file a run: in one space, of one pipeline, of one kind.
 * Owns:   the caller owns the list (ana_free), not the files.
 * Errors: ANA_EPARAM for a word that is none; ANA_EDATA where nothing matches (with what
 *         there is), where more than one form matches, for MEG, and for links to nothing. */
int ana_bids_select(struct ana_ctx *ctx, const struct ana_bids *bids, int64_t n_words,
                    const char *const *words, int64_t *n,
                    const struct ana_bids_file ***out);

#endif
