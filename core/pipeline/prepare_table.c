/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The steps of `prepare =` as data: what a study may write, and what the manual says.
 */
#include "pipeline/prepare.h"

/* In the order of ANA_STEP_... */
const struct ana_step_info ana_steps[ANA_N_STEPS] = {
    {"average", "A..B s", 1, 1, "one value a trial: the mean of its samples in [A, B)"},
    {"crop", "A..B s", 1, 1, "keeps the samples in [A, B) of each trial or run"},
    {"trim", "A, B", 2, 2, "drops the first A and the last B (s or TR) of each run"},
    {"baseline", "A..B s", 1, 1, "subtracts each trial's mean over [A, B)"},
    {"resample", "R Hz, poly | decimate", 1, 2,
     "to another rate, anti-aliased (soxr); poly: by a ratio of whole numbers with "
     "SciPy's "
     "filter (resample_poly); decimate: every k-th sample behind a Chebyshev low-pass of "
     "order 8, forward and backward, as SciPy's decimate"},
    {"zscore", "run", 1, 1,
     "each target to mean 0 and SD 1 (divided by n) over its run; trials and items are "
     "one run together; a constant target becomes 0"},
    {"shift", "A s", 1, 1,
     "turns each run in a circle by A: a null that keeps autocorrelation and loses "
     "alignment"},
    {"detrend", "D", 1, 1, "takes polynomials of degree 0 to D out of each run"},
    {"cosine", "P s", 1, 1, "takes cosines of periods longer than P out of each run"},
    {"confounds", "FILES, COLUMNS, skip N", 1, 99,
     "takes columns of a file a run (text, TSV, CSV; all, or those that match) out of "
     "it, without the file's first N rows; detrend, cosine and confounds that stand side "
     "by side are one regression"},
    {"highpass", "F Hz, ORDER", 1, 2,
     "Butterworth filter (order 4), forward and backward, in second-order sections"},
    {"lowpass", "F Hz, ORDER", 1, 2, "the same, of what is slower than F"},
    {"bandpass", "A-B Hz, ORDER", 1, 2, "the same, of what lies between A and B"},
    {"notch", "F Hz", 1, 1,
     "takes F and its harmonics below half the rate out (quality 30), forward and "
     "backward"},
    {"highgamma", "A-B Hz, BANDS", 1, 2,
     "amplitude of a high band: BANDS (8) filters of equal width within A-B, each one's "
     "analytic amplitude, their mean"},
    {"clip", "K", 1, 1, "sets what lies beyond K SDs of its run's mean there"},
    {"bad", "drop | NAMES", 1, 999,
     "leaves out the targets that the recording marks as bad, or these"},
    {"reference", "average | bipolar", 1, 1,
     "subtracts each sample's mean over all targets; or takes neighbours on a shaft, "
     "A1-A2, A2-A3, instead of contacts"},
    {"epochs", "A..B s, NAMES, by COLUMN", 1, 99,
     "cuts the runs into a trial around each event (of these names, * and ? allowed), "
     "from A to B after it, each event at its nearest sample; its stimulus is what "
     "COLUMN of `events` says, else stim_file, else the event's name"},
    {"trials", "average | single", 1, 1,
     "what is done where a stimulus was presented more than once: the mean over its "
     "presentations, or each a row of its own, all of them on one side of every fold"},
};
