# SPDX-License-Identifier: BSD-3-Clause
"""make FOLDER: the recordings; nifti FILE MASK and edf FILE: what readers.c does, by nibabel
and by MNE, with the same three numbers: seconds without imports, peak memory of the process
(MB), checksum."""
import resource
import sys
import time

import numpy as np


def make(folder):
    import nibabel
    rng = np.random.default_rng(0)
    shape = (64, 64, 40)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij"))
    mask = (grid ** 2).sum(0) < .7
    data = np.zeros(shape + (300,), "i2")
    base = np.where(mask, 900 + 200 * grid[0], 20)
    for t in range(300):
        data[..., t] = base + rng.normal(size=shape) * np.where(mask, 12, 4)
    image = nibabel.Nifti1Image(data, np.diag([3., 3, 3, 1]))
    image.header.set_zooms((3, 3, 3, 2))
    nibabel.save(image, f"{folder}/bold.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mask.astype("u1"), np.diag([3., 3, 3, 1])), f"{folder}/mask.nii.gz")
    channels, seconds, rate = 128, 1800, 512

    def fields(form, values):
        return b"".join(str(v).ljust(form)[:form].encode() for v in values)

    n = channels
    head = fields(8, ["0"]) + fields(80, ["X X X X", "Startdate 01-JAN-2026 X X X"])
    head += fields(8, ["01.01.26", "00.00.00", 256 * (n + 1)]) + fields(44, [""])
    head += fields(8, [seconds, 1]) + fields(4, [n])
    head += fields(16, [f"EEG{c:03d}" for c in range(n)]) + fields(80, [""] * n) + fields(8, ["uV"] * n)
    head += fields(8, [-3276.8] * n) + fields(8, [3276.7] * n) + fields(8, [-32768] * n) + fields(8, [32767] * n)
    head += fields(80, [""] * n) + fields(8, [rate] * n) + fields(32, [""] * n)
    with open(f"{folder}/eeg.edf", "wb") as file:
        file.write(head)
        for _ in range(seconds):
            file.write((rng.normal(size=(n, rate)) * 400).astype("<i2").tobytes())


def finish(begun, x):
    # x: targets x samples or samples x targets as `T` says; float32, z-scored in place
    x -= x.mean(0, dtype="f8").astype("f4")
    sd = x.std(0, dtype="f8").astype("f4")
    np.divide(x, sd, out=x, where=sd > 0)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sums = x[::3, :100].sum(0, dtype="f8")
    print(f"{seconds:.4f} {peak:.1f} {(sums ** 2).sum() / 100:.6g}")


if sys.argv[1] == "make":
    make(sys.argv[2])
elif sys.argv[1] == "nifti":
    import nibabel
    begun = time.perf_counter()
    mask = np.asarray(nibabel.load(sys.argv[3]).dataobj) != 0
    data = np.asarray(nibabel.load(sys.argv[2]).dataobj)
    inside = data.reshape(-1, data.shape[3], order="F")[mask.ravel(order="F")]
    finish(begun, np.ascontiguousarray(inside.T, dtype="f4"))
elif sys.argv[1] == "edf":
    import mne
    begun = time.perf_counter()
    raw = mne.io.read_raw_edf(sys.argv[2], preload=True, verbose=False)
    finish(begun, np.ascontiguousarray((raw.get_data() * 1e6).T, dtype="f4"))
