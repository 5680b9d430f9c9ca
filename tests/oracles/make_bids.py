#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/bids: two small datasets as people share them.

story   fMRI of two people, two runs each of a story in two parts; RepetitionTime stands at
        the dataset's root only; fMRIPrep's layout beside it. Response: the sound's loudness
        in each TR, two scans later, plus noise; drift and head motion on top.
speech  EEG of sub-01 (two sessions, one run each) and iEEG of sub-02. A run presents two
        short sounds, one of them twice. channels.tsv, electrodes.tsv, coordsystem.json.
        Response: the sound's loudness, 100 ms later, plus noise.

Needs NumPy and nibabel (the files are checked with it). Usage: make_bids.py FOLDER
"""
import gzip
import json
import os
import struct
import sys

import nibabel
import numpy as np

root = sys.argv[1]
rng = np.random.default_rng(7)


def put(name, data):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(data, dict):
        data = json.dumps(data, indent=1) + "\n"
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def table(name, columns, rows):
    put(name, "".join("\t".join(map(str, r)) + "\n" for r in [columns] + rows))


def sound(name, seconds, seed, rate=2000, step=.5):
    """Noise whose loudness changes every `step` s; returns loudness on a 100 Hz clock."""
    r = np.random.default_rng(seed)
    level = r.uniform(0, 1, int(seconds / step) + 2) ** 2
    t = np.arange(int(seconds * rate)) / rate
    loud = np.interp(t, np.arange(level.size) * step, level)
    pcm = np.clip(128 + 100 * loud * r.uniform(-1, 1, t.size), 0, 255).astype(np.uint8)
    head = b"RIFF" + struct.pack("<I", 36 + pcm.size) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + struct.pack("<I", pcm.size)
    put(name, head + pcm.tobytes())
    return np.interp(np.arange(int(seconds * 100)) / 100, np.arange(level.size) * step, level)


def nifti(name, data, tr, affine):
    image = nibabel.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm", "sec")
    if data.ndim == 4:
        image.header["pixdim"][4] = tr
    put(name, gzip.compress(image.to_bytes(), 9, mtime=0))
    back = nibabel.load(os.path.join(root, name))
    assert np.array_equal(np.asanyarray(back.dataobj), data)


def story():
    tr, scans, seconds = 1.5, 64, 84
    put("story/dataset_description.json", {"Name": "A story", "BIDSVersion": "1.9.0"})
    table("story/participants.tsv", ["participant_id", "age"], [["sub-01", 30], ["sub-02", 40]])
    put("story/task-story_bold.json", {"RepetitionTime": tr, "TaskName": "story"})
    put("story/derivatives/fmriprep/dataset_description.json",
        {"Name": "fMRIPrep", "BIDSVersion": "1.4.0", "DatasetType": "derivative"})
    loud = [sound(f"story/stimuli/part{i + 1}.wav", seconds, 100 + i, 1000, 1.5) for i in range(2)]
    affine = np.diag([3., 3., 3., 1.])
    mask = np.ones((3, 3, 2), np.uint8)
    mask[0, 0, 0] = mask[2, 2, 1] = 0
    for s in (1, 2):
        sub = f"sub-{s:02d}"
        put(f"story/{sub}/{sub}_task-story_bold.json", {"Manufacturer": f"Scanner {s}"})
        for run in (1, 2):
            base = f"{sub}/func/{sub}_task-story_run-{run}"
            onset = 6.0 if s == 1 else 4.5
            when = np.arange(scans) * tr - onset
            i = np.clip((when * 100).astype(int), 0, loud[run - 1].size - 1)
            heard = np.where((when >= 0) & (when < seconds), loud[run - 1][i], 0)
            late = np.r_[0, 0, heard[:-2]]
            motion = np.cumsum(rng.normal(0, .05, (scans, 6)), 0)
            data = 1000 + 200 * late + rng.normal(0, 15, (3, 3, 2, scans))
            data[0] = 1000 + rng.normal(0, 15, (3, 2, scans))  # x = 0 hears nothing
            data += 2 * np.arange(scans) + 300 * motion[:, 0]
            data = data.round().astype(np.int16)
            raw = data.copy()
            raw[..., 0] += 500  # a first scan that is not yet in balance
            nifti(f"story/{base}_bold.nii.gz", raw, tr, affine)
            table(f"story/{base}_events.tsv", ["onset", "duration", "trial_type", "stim_file"],
                  [[onset, seconds, "story", f"part{run}.wav"], [onset + 80, 0, "button", "n/a"]])
            prep = f"story/derivatives/fmriprep/{base}"
            nifti(prep + "_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz", data, tr, affine)
            put(prep + "_space-MNI152NLin2009cAsym_desc-preproc_bold.json", {"SkullStripped": False})
            nifti(prep + "_space-MNI152NLin2009cAsym_desc-brain_mask.nii.gz", mask, 0, affine)
            nifti(prep + "_space-T1w_desc-preproc_bold.nii.gz", data[::-1].copy(), tr, affine)
            nifti(prep + "_space-T1w_desc-brain_mask.nii.gz", mask[::-1].copy(), 0, affine)
            names = ["csf", "framewise_displacement"] + [
                m + d for m in ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
                for d in ("", "_derivative1", "_power2", "_derivative1_power2")]
            rows = []
            for t in range(scans):
                row = [f"{rng.normal():.5f}", f"{np.abs(motion[t] - motion[t - 1]).sum():.5f}" if t else "n/a"]
                for m in range(6):
                    d = motion[t, m] - motion[t - 1, m] if t else None
                    row += [f"{motion[t, m]:.6f}", "n/a" if d is None else f"{d:.6f}",
                            f"{motion[t, m] ** 2:.8f}", "n/a" if d is None else f"{d * d:.8f}"]
                rows.append(row)
            table(prep + "_desc-confounds_timeseries.tsv", names, rows)


def edf(name, labels, units, rate, data):
    """data: channels x samples, whole seconds, within +-1000."""
    n, records = len(labels), data.shape[1] // rate

    def text(value, width):
        return str(value)[:width].ljust(width).encode("latin-1")

    head = text(0, 8) + text("X", 80) + text("X", 80) + text("01.01.20", 8) + text("00.00.00", 8)
    head += text(256 * (n + 1), 8) + text("", 44) + text(records, 8) + text(1, 8) + text(n, 4)
    fields = [(labels, 16), ([""] * n, 80), (units, 8), ([-1000] * n, 8), ([1000] * n, 8),
              ([-32768] * n, 8), ([32767] * n, 8), ([""] * n, 80), ([rate] * n, 8), ([""] * n, 32)]
    head += b"".join(text(v, w) for values, w in fields for v in values)
    digital = np.round((data + 1000) / 2000 * 65535 - 32768).astype("<i2")
    body = b"".join(digital[c, r * rate:(r + 1) * rate].tobytes()
                    for r in range(records) for c in range(n))
    put(name, head + body)


def speech():
    rate, seconds = 32, 40
    put("speech/dataset_description.json", {"Name": "Two sounds", "BIDSVersion": "1.9.0"})
    loud = {w: sound(f"speech/stimuli/{w}.wav", 8, 200 + i) for i, w in enumerate(("one", "two", "three"))}
    order = {("01", "a"): ["one", "two", "one"], ("01", "b"): ["three", "two", "three"],
             ("02", "a"): ["one", "two", "three"]}
    put("speech/task-listen_eeg.json", {"TaskName": "listen", "SamplingFrequency": rate,
                                        "PowerLineFrequency": 50, "EEGReference": "Cz"})
    put("speech/task-listen_ieeg.json", {"TaskName": "listen", "SamplingFrequency": rate})
    for (s, ses), shown in order.items():
        kind = "ieeg" if s == "02" else "eeg"
        base = f"speech/sub-{s}/ses-{ses}/{kind}/sub-{s}_ses-{ses}_task-listen"
        labels = ["A1", "A2", "A3", "A4", "ECG"] if kind == "ieeg" else ["Fz", "Cz", "Pz", "Oz", "ECG"]
        x = np.zeros(seconds * rate)
        rows = []
        for i, name in enumerate(shown):
            onset = 2.0 + 12.5 * i
            at = np.arange(x.size) / rate - onset - .1
            inside = (at >= 0) & (at < 8)
            x += np.where(inside, loud[name][np.clip((at * 100).astype(int), 0, 799)], 0)
            rows.append([onset, 8.0, name, f"{name}.wav"])
        data = np.stack([100 * x + rng.normal(0, 5, x.size) for _ in labels])
        data[3] = rng.normal(0, 20, x.size)  # hears nothing
        data[4] = 400 * np.sin(2 * np.pi * 1.1 * np.arange(x.size) / rate)
        edf(base + f"_{kind}.edf", labels, ["uV"] * 5, rate, data)
        table(base + "_events.tsv", ["onset", "duration", "trial_type", "stim_file"], rows)
        types = [["ECOG" if kind == "ieeg" else "EEG"]] * 4 + [["ECG"]]
        status = ["good", "good", "bad" if ses == "b" else "good", "good", "good"]
        table(base + "_channels.tsv", ["name", "type", "units", "status"],
              [[n, t[0], "uV", b] for n, t, b in zip(labels, types, status)])
    base = "speech/sub-02/ses-a/ieeg/sub-02_ses-a_space-MNI152NLin2009aSym"
    table(base + "_electrodes.tsv", ["name", "x", "y", "z", "size", "region"],
          [[f"A{i}", -4.0 - i, .5 * i, 1.25, 2.3, "STG" if i < 3 else "MTG"] for i in range(1, 5)])
    put(base + "_coordsystem.json", {"iEEGCoordinateSystem": "MNI152NLin2009aSym",
                                     "iEEGCoordinateUnits": "cm"})
    base = "speech/sub-02/ses-a/ieeg/sub-02_ses-a_space-ACPC"
    table(base + "_electrodes.tsv", ["name", "x", "y", "z", "size"],
          [[f"A{i}", 1, 2, 3 * i, 2.3] for i in range(1, 5)])
    put(base + "_coordsystem.json", {"iEEGCoordinateSystem": "ACPC", "iEEGCoordinateUnits": "mm"})


story()
speech()
