#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small EEGLAB data sets of ours (written by SciPy) and what MNE reads from them and from
EEGLAB's own: tests/golden/eeglab/expected.tsv (file, what, value), where what is
"CHANNEL,SAMPLE" (microvolts), "sum", "rate", "event N" (s) or "name N". Files of
../shared/data begin with @. make_eeglab.py ../shared/data tests/golden/eeglab"""
import os
import sys
import warnings

import mne
import numpy as np
from scipy.io import savemat

warnings.simplefilter("ignore")
shared, out = sys.argv[1], sys.argv[2]
rng = np.random.default_rng(3)
rows = ["file\twhat\tvalue"]
C, T = 4, 50


def locs(named=True):
    kind = [("labels", "O"), ("X", "O"), ("Y", "O"), ("Z", "O")]
    a = np.zeros((1, C), kind)
    for c in range(C):
        a[0, c] = ("Ä1" if c == 2 else f"E{c + 1}", 10. * c, -5. * c, 1.5) if named else ("", [], [], [])
    return a


def events(latencies):
    a = np.zeros((1, len(latencies)), [("type", "O"), ("latency", "O"), ("duration", "O")])
    for i, t in enumerate(latencies):
        a[0, i] = ("go" if i % 2 else float(i + 7), t, [] if i % 2 else 2.)
    return a


def fields(data, trials=1, **more):
    return dict(setname="test", filename="x.set", filepath="", nbchan=float(C), trials=float(trials),
                pnts=float(T), srate=100., xmin=0., xmax=(T - 1) / 100., times=np.arange(T) * 10.,
                data=data, chanlocs=locs(), event=events([1., 11.5, 40.]), epoch=[], icaact=[],
                icawinv=[], icasphere=[], icaweights=[], ref="common", chaninfo=dict(nosedir="+X"), **more)


def expect(name, path):
    raw = mne.io.read_raw_eeglab(path, verbose=False, preload=True)
    x = raw.get_data() * 1e6
    for _ in range(6):
        c, t = (int(rng.integers(n)) for n in x.shape)
        rows.append(f"{name}\t{c},{t}\t{float(x[c, t])!r}")
    rows.append(f"{name}\tsum\t{float(x.sum())!r}")
    rows.append(f"{name}\trate\t{raw.info['sfreq']!r}")
    for i, a in enumerate(raw.annotations):
        if i < 4:
            rows.append(f"{name}\tevent {i}\t{float(a['onset'])!r}")
    for i in (0, x.shape[0] - 1):
        rows.append(f"{name}\tname {i}\t{raw.ch_names[i]}")


x = (rng.normal(size=(C, T)) * 20).astype("f4")
savemat(f"{out}/embedded.set", {"EEG": fields(x)}, oned_as="row")
savemat(f"{out}/packed.set", {"EEG": fields(x.astype("f8"))}, oned_as="row", do_compression=True)
savemat(f"{out}/flat.set", fields(x), oned_as="row")
x.T.astype("<f4").tofile(f"{out}/two.fdt")
savemat(f"{out}/two.set", {"EEG": fields("two.fdt")}, oned_as="row")
savemat(f"{out}/renamed.set", {"EEG": fields("C:\\data\\old.fdt")}, oned_as="row")
x.T.astype("<f4").tofile(f"{out}/renamed.fdt")
savemat(f"{out}/whole.set", {"EEG": fields(np.round(x).astype("f8"))}, oned_as="row")  # small ints inside
for name in ("embedded", "packed", "flat", "two", "whole"):
    expect(f"{name}.set", f"{out}/{name}.set")
epochs = (rng.normal(size=(C, T, 3))).astype("f4")
epoched = fields(epochs, 3)
epoched["epoch"] = np.zeros((1, 3), [("event", "O"), ("eventlatency", "O"), ("eventtype", "O")])
for i in range(3):
    epoched["epoch"][0, i] = (i + 1., 0., "go")
savemat(f"{out}/epoched.set", {"EEG": epoched}, oned_as="row")
for t in range(3):
    for c, s in ((0, 0), (3, 49), (1, 20)):
        rows.append(f"epoched.set\t{c},{s}\t{float(epochs[c, s, t])!r}\t{t}")
for name, radius in (("sphere", 1.), ("metres", .09)):  # chanlocs of other radii than mm
    angle = np.arange(C) + .5
    placed = fields(x)
    for c in range(C):
        placed["chanlocs"][0, c] = (f"E{c + 1}", radius * np.cos(angle[c]), radius * np.sin(angle[c]), 0.)
    savemat(f"{out}/{name}.set", {"EEG": placed}, oned_as="row")
real = f"{shared}/eeg-eeglab/eeglab_data.set"
if os.path.exists(real):
    expect("@eeg-eeglab/eeglab_data.set", real)
open(f"{out}/expected.tsv", "w").write(
    "\n".join("\t".join((r.split("\t") + ["0"])[:4]) if i else r + "\trun" for i, r in enumerate(rows)) + "\n")
