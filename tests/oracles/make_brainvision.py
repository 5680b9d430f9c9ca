#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What MNE-Python reads from its BrainVision test file, in the header's unit: channel,
sample, value. Run with MNE 1.3: make_brainvision.py ../shared/data tests/golden/brainvision"""
import sys
import warnings

import mne
import numpy as np

shared, out = sys.argv[1], sys.argv[2]
warnings.simplefilter("ignore")
raw = mne.io.read_raw_brainvision(
    f"{shared}/formats-eeg/brainvision/tests/data/test.vhdr", preload=True, verbose="error")
x = raw.get_data()
# the first 26 channels are in microvolt, which MNE turns into volt
rows = ["channel\tsample\tvalue", f"#rate\t0\t{raw.info['sfreq']!r}",
        f"#samples\t0\t{raw.n_times}", f"#events\t0\t{len(raw.annotations) - 1}"]
for i in np.linspace(0, 25, 9).astype(int):
    for t in (0, 1, raw.n_times // 3, raw.n_times - 1):
        rows.append(f"{raw.ch_names[i]}\t{t}\t{float(x[i, t]) * 1e6!r}")
open(f"{out}/real.tsv", "w").write("\n".join(rows) + "\n")
