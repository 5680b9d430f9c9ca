#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What MNE-Python reads from the EDF and BDF files of its own test suite, at some places
(tests/golden/edf/real.tsv: file, signal, sample, value in uV), and how many events it
finds; and a small EDF+ file of ours (plain.edf) that the tests damage. Run with MNE 1.3:
make_edf.py ../shared/data tests/golden/edf"""
import sys
import warnings

import mne
import numpy as np

shared, out = sys.argv[1], sys.argv[2]
warnings.simplefilter("ignore")
rows = ["file\tsignal\tsample\tvalue"]
for name, read in (("test.edf", mne.io.read_raw_edf), ("test.bdf", mne.io.read_raw_bdf)):
    path = f"{shared}/formats-eeg/edf/tests/data/{name}"
    raw = read(path, preload=True, stim_channel=False, verbose="error")
    x = raw.get_data()
    rows.append(f"{name}\t#rate\t0\t{raw.info['sfreq']!r}")
    rows.append(f"{name}\t#samples\t0\t{raw.n_times}")
    events = len(raw.annotations)
    if name.endswith(".bdf"):  # triggers stand in the Status signal's low 16 bits
        status = read(path, preload=True, stim_channel="Status", verbose="error")
        events = len(mne.find_events(status, "Status", "onset", True, mask=0xffff,
                                     mask_type="and", initial_event=True))
    rows.append(f"{name}\t#events\t0\t{events}")
    last = len(raw.ch_names) - (2 if name.endswith(".bdf") else 1)
    for i in np.linspace(0, last, 9).astype(int):
        for t in (0, 1, raw.n_times // 3, raw.n_times - 1):
            rows.append(f"{name}\t{raw.ch_names[i]}\t{t}\t{float(x[i, t]) * 1e6!r}")
open(f"{out}/real.tsv", "w").write("\n".join(rows) + "\n")


def field(text, width):
    return str(text).encode("latin-1").ljust(width)


def edf(signals, records, seconds, reserved):
    """signals: (label, unit, pmin, pmax, dmin, dmax, samples); records: a list of bytes"""
    n = len(signals)
    head = field("0", 8) + field("X X X X", 80) + field("Startdate X X X X", 80)
    head += field("01.01.20", 8) + field("00.00.00", 8) + field(256 * (n + 1), 8)
    head += field(reserved, 44) + field(len(records), 8) + field(seconds, 8) + field(n, 4)
    for width, take in ((16, 0), (80, None), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5),
                        (80, None), (8, 6), (32, None)):
        head += b"".join(field("" if take is None else s[take], width) for s in signals)
    return head + b"".join(records)


signals = [("EEG Fz", "uV", -100, 100, -2048, 2047, 8), ("EEG Cz", "uV", -50, 50, -32768, 32767, 8),
           ("EDF Annotations", "", -1, 1, -32768, 32767, 20), ("Temp", "degC", 30, 40, 0, 1000, 2)]
records = []
for r in range(4):
    ramp = np.arange(8 * r, 8 * r + 8, dtype="<i2")
    tal = f"+{r * 0.5:g}\x14\x14\x00" + (f"+0.75\x150.25\x14word\x14\x00" if r == 1 else "")
    records.append(ramp.tobytes() + (-100 * ramp).astype("<i2").tobytes()
                   + tal.encode().ljust(40, b"\0") + np.array([500, 700], "<i2").tobytes())
open(f"{out}/plain.edf", "wb").write(edf(signals, records, 0.5, "EDF+C"))

# The same as BDF+C: 24 bits a sample, its own annotations, and triggers in Status.
def three(x):
    return b"".join(int(v).to_bytes(3, "little", signed=True) for v in x)


signals = [("EEG Fz", "uV", -262144, 262143, -8388608, 8388607, 8),
           ("EEG Cz", "uV", -1000, 1000, -8388608, 8388607, 8),
           ("BDF Annotations", "", -1, 1, -8388608, 8388607, 20),
           ("Status", "Boolean", -8388608, 8388607, -8388608, 8388607, 8)]
records = []
for r in range(4):
    ramp = np.arange(8 * r, 8 * r + 8)
    tal = f"+{r * 0.5:g}\x14\x14\x00" + (f"+0.75\x150.25\x14word\x14\x00" if r == 1 else "")
    status = np.where(ramp >= 20, 7, 0) + 0x10000  # a bit of the amplifier above the triggers
    records.append(three(1000 * ramp - 8000) + three(-100000 * ramp) + tal.encode().ljust(60, b"\0")
                   + three(status))
data = bytearray(edf(signals, records, 0.5, "BDF+C"))
data[0:8] = b"\xffBIOSEMI"
open(f"{out}/plain.bdf", "wb").write(data)
raw = mne.io.read_raw_bdf(f"{out}/plain.bdf", preload=True, stim_channel=None, verbose="error")
rows = ["channel\tsample\tvalue"]
for name, x in zip(raw.ch_names[:2], raw.get_data()):
    rows += [f"{name}\t{t}\t{float(v) * 1e6!r}" for t, v in enumerate(x)]
rows += [f"#{a['description']}\t{float(a['duration'])!r}\t{float(a['onset'])!r}" for a in raw.annotations]
open(f"{out}/plain_bdf.tsv", "w").write("\n".join(rows) + "\n")
