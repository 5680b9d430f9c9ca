#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What MNE-Python reads from every EEG file of its own and EEGLAB's suites in ../shared/data:
tests/golden/real_eeg.tsv (file, channel, what, value). Of each channel three samples and the
sum of all, in the unit of the file; of each file ("#") rate, samples, events, first and last
event (s). A channel that MNE has to resample is taken from the file's integers instead. Run
with MNE 1.3: make_real_eeg.py ../shared/data tests/golden"""
import math
import sys
import warnings

import mne
import numpy as np

shared, out = sys.argv[1], sys.argv[2]
warnings.simplefilter("ignore")
rows = ["file\tchannel\twhat\tvalue"]


def say(file, channel, what, value):
    rows.append(f"{file}\t{channel}\t{what}\t{float(value)!r}")


def channel(file, name, x):
    for t in (0, len(x) // 3, len(x) - 1):
        say(file, name, t, x[t])
    say(file, name, "sum", math.fsum(x))


def events(file, onsets):
    say(file, "#", "events", len(onsets))
    if len(onsets):
        say(file, "#", "first event", min(onsets))
        say(file, "#", "last event", max(onsets))


def edf_integers(path, which):
    """The samples of one signal by the formula of EDF, without MNE."""
    data = open(path, "rb").read()
    n, records = int(data[252:256]), int(data[236:244])
    field = lambda at, width, i: data[256 + at * n + width * i:256 + at * n + width * (i + 1)]
    samples = [int(field(216, 8, i)) for i in range(n)]
    pmin, pmax, dmin, dmax = (float(field(at, 8, which)) for at in (104, 112, 120, 128))
    x = np.frombuffer(data[256 * (n + 1):], "<i2").reshape(records, sum(samples))
    start = sum(samples[:which])
    x = x[:, start:start + samples[which]].ravel().astype(float)
    return (x - dmin) * ((pmax - pmin) / (dmax - dmin)) + pmin


def edf(file, read, status):
    path = f"{shared}/{file}"
    raw = read(path, preload=True, stim_channel=False, verbose="error")
    x = raw.get_data()
    say(file, "#", "rate", raw.info["sfreq"])
    say(file, "#", "samples", raw.n_times)
    for i, name in enumerate(raw.ch_names):
        if name == "Status":
            continue
        resampled = "uneven" in file and i == 1
        unit = 1 if "uneven" in file and i == 0 else 1e6  # V, uV
        channel(file, name, edf_integers(path, i) if resampled else x[i] * unit)
    onsets = [a["onset"] for a in raw.annotations]
    if status:  # triggers stand in the low 16 bits
        raw = read(path, preload=True, stim_channel="Status", verbose="error")
        found = mne.find_events(raw, "Status", "onset", True, mask=0xffff, mask_type="and",
                                initial_event=True)
        onsets = found[:, 0] / raw.info["sfreq"]
    events(file, onsets)


def brainvision(file):
    raw = mne.io.read_raw_brainvision(f"{shared}/{file}", preload=True, verbose="error")
    say(file, "#", "rate", raw.info["sfreq"])
    say(file, "#", "samples", raw.n_times)
    header = open(f"{shared}/{file}", encoding="utf-8", errors="replace").read()
    units = [line.strip().split(",")[3:] for line in header.splitlines() if line.startswith("Ch")]
    for unit, name, x in zip(units, raw.ch_names, raw.get_data()):  # no unit is microvolt
        channel(file, name, x * (1e6 if not unit or unit[0][:1] in ("", "µ", "u", "\ufffd") else 1))
    events(file, [a["onset"] for a in raw.annotations if not a["description"].startswith("New Seg")])


def eeglab(file):
    raw = mne.io.read_raw_eeglab(f"{shared}/{file}", preload=True, verbose="error")
    say(file, "#", "rate", raw.info["sfreq"])
    say(file, "#", "samples", raw.n_times)
    for name, x in zip(raw.ch_names, raw.get_data()):
        channel(file, name, x * 1e6)
    events(file, [a["onset"] for a in raw.annotations])


tests = "formats-eeg/edf/tests/data"
edf(f"{tests}/test.edf", mne.io.read_raw_edf, False)
edf(f"{tests}/test.bdf", mne.io.read_raw_bdf, True)
edf(f"{tests}/test_uneven_samp.edf", mne.io.read_raw_edf, False)
for name in ("test.vhdr", "test_highpass.vhdr"):
    brainvision(f"formats-eeg/brainvision/tests/data/{name}")
eeglab("eeg-eeglab/eeglab_data.set")
open(f"{out}/real_eeg.tsv", "w").write("\n".join(rows) + "\n")
