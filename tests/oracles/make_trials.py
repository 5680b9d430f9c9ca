#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What MNE-Python makes of the first run of tests/unit/test_trials.c: epochs of -0.2 to 0.5 s
around its annotations (those that overlap BAD_... or an end are dropped), baseline, and the
mean over the presentations of each stimulus; tests/golden/trials/mne.tsv: stimulus,
presentations, sample, target, mean. Run with MNE 1.3:
make_trials.py tests/golden/trials"""
import sys

import mne
import numpy as np

t, v = np.arange(400), np.arange(3)
x = np.fmod(7919.0 + 104729.0 * t[None, :] + 331.0 * v[:, None], 997)
raw = mne.io.RawArray(x, mne.create_info(["A1", "A2", "A3"], 100, "eeg"), verbose="error")
raw.set_annotations(mne.Annotations(
    [1.502, .496, 3.95, 2.5, .9, 3.301, 2.9], [0, 0, 0, 0, 0, 0, .3],
    ["dog", "cat", "dog", "cat", "dog", "cat", "BAD_jaw"]))
events, ids = mne.events_from_annotations(raw, regexp="cat|dog", verbose="error")
epochs = mne.Epochs(raw, events, ids, -.2, .49, baseline=(-.2, -.01), picks="all",
                    preload=True, reject_by_annotation=True, verbose="error")
rows = ["stimulus\tn\tsample\ttarget\tmean"]
for name in ("cat", "dog"):
    data = epochs[name].get_data()
    mean = data.mean(axis=0)
    for s in (0, 1, 19, 20, 33, 69):
        for target in range(3):
            rows.append(f"{name}\t{len(data)}\t{s}\t{target}\t{float(mean[target, s])!r}")
open(f"{sys.argv[1]}/mne.tsv", "w").write("\n".join(rows) + "\n")
