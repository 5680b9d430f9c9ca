#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small FieldTrip and CND files as v5 (scipy.io) and v7.3 (the writer of make_hdf5.py, with
MATLAB's attributes), and numbers that scipy reads back (tests/golden/mat/layouts.tsv: file,
variable, run, sample, channel, value). Run with Debian's SciPy 1.10 and h5py 3.7:
/usr/bin/python3 make_mat_layouts.py tests/golden/mat"""
import os
import sys
import tempfile

import numpy as np
import scipy.io

out = sys.argv[1]
sys.argv[1] = tempfile.mkdtemp()
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_hdf5 import Matlab, Structs  # noqa: E402  (it writes its own files on the way)

rng = np.random.default_rng(6)
rows = ["file\tvariable\trun\tsample\tchannel\tvalue"]


def cell(items, shape):
    x = np.empty(shape, dtype=object)
    for i, item in enumerate(items):
        x[np.unravel_index(i, shape, order="F")] = item
    return x


def v5(path, **variables):
    def turn(v):
        if isinstance(v, dict):
            return {k: turn(x) for k, x in v.items()}
        if isinstance(v, Structs):
            x = np.empty((1, len(v.items)), [(k, object) for k in v.items[0]])
            for i, item in enumerate(v.items):
                x[0, i] = tuple(item[k] for k in v.items[0])
            return x
        if isinstance(v, list):
            grid = v if isinstance(v[0], list) else [v]
            flat = [grid[i][j] for j in range(len(grid[0])) for i in range(len(grid))]
            return cell([turn(x) for x in flat], (len(grid), len(grid[0])))
        return v
    scipy.io.savemat(path, {k: turn(v) for k, v in variables.items()}, do_compression=True)


def both(name, **variables):
    v5(f"{out}/{name}_v5.mat", **variables)
    m = Matlab(f"{out}/{name}_v73.mat")
    for key, value in variables.items():
        m.put(m.f, key, value)
    m.close()


def say(name, variable, run, x):
    for t in (0, x.shape[0] - 1):
        for c in (0, x.shape[1] - 1):
            for kind in ("v5", "v73"):
                rows.append(f"{name}_{kind}.mat\t{variable}\t{run}\t{t}\t{c}\t{float(x[t, c])!r}")


# FieldTrip raw: 3 trials of 4 channels, of different lengths, that begin before the stimulus
labels = ["Fz", "Cz", "Pz", "Oz"]
trials = [rng.normal(size=(4, n)) for n in (40, 50, 45)]
times = [np.arange(n)[None] / 200 - .05 for n in (40, 50, 45)]
elec = {"label": [["Oz"], ["Pz"], ["Fz"]], "chanpos": np.arange(9.).reshape(3, 3), "unit": "cm"}
raw = {"label": [[x] for x in labels], "fsample": 200., "trial": trials, "time": times,
       "sampleinfo": np.array([[1., 40], [101, 150], [201, 245]]), "elec": elec}
both("fieldtrip", data=raw)
for k, x in enumerate(trials):
    say("fieldtrip", "", k, x.T)
avg = rng.normal(size=(4, 30))
both("timelock", tl={"label": [[x] for x in labels], "time": np.arange(30)[None] / 100 - .1,
                     "avg": avg, "dimord": "chan_time"})
say("timelock", "", 0, avg.T)
epochs = rng.normal(size=(5, 4, 30))
both("epochs", tl={"label": [[x] for x in labels], "time": np.arange(30)[None] / 100 - .1,
                   "trial": epochs, "dimord": "rpt_chan_time"})
for k in range(5):
    say("epochs", "", k, epochs[k].T)

# CND: 3 trials of 3 channels, and 2 features of the stimuli
eeg = [rng.normal(size=(n, 3)) for n in (60, 70, 50)]
chanlocs = Structs([{"labels": x, "X": float(i), "Y": i + .5, "Z": -float(i)}
                    for i, x in enumerate(["A1", "A2", "A3"])])
ext = [{"data": [np.zeros((n, 2)) for n in (60, 70, 50)], "description": "Mastoids"}]
both("cnd_eeg", eeg={"data": eeg, "fs": 64., "dataType": "EEG", "deviceName": "BioSemi",
                     "chanlocs": chanlocs, "extChan": ext, "origTrialPosition": np.array([[1., 2, 3]])})
for k, x in enumerate(eeg):
    say("cnd_eeg", "", k, x)
envelope = [rng.random((n, 1)) for n in (60, 70, 50)]
spectrum = [rng.random((n, 4)) for n in (60, 70, 50)]
both("cnd_stim", stim={"names": ["envelope", "spectrogram"], "data": [envelope, spectrum],
                       "fs": 64., "stimIdxs": np.array([[1., 2, 3]])})
for k in range(3):
    say("cnd_stim", "envelope", k, envelope[k])
    say("cnd_stim", "2", k, spectrum[k])
# a recording that begins before its stimulus, by as much in each trial, or by another
short = [x[:, :2] for x in (eeg[0][:6], eeg[1][:7], eeg[2][:5])]
both("cnd_padded", eeg={"data": short, "fs": 64., "dataType": "EEG", "paddingStartSample": 16.})
both("cnd_paddings", eeg={"data": short, "fs": 64., "dataType": "EEG",
                          "paddingStartSample": np.array([[0., 16, 32]])})
open(f"{out}/layouts.tsv", "w").write("\n".join(rows) + "\n")
